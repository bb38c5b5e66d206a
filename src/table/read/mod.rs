//! Files into tables.
//!
//! An importer is one file here and one line in [`IMPORTERS`].
pub mod builder;
mod csv;
mod encoding;
mod room;
mod sniff;
mod source;
mod split;

#[cfg(not(target_arch = "wasm32"))]
pub use source::Disk;
pub use source::{Bytes, Source};

use super::{Schema, Table, infer::Wanted};
use crate::base::{Error, LoadOptions, Result, Run, Warning};
use std::borrow::Cow;

/// What [`Warning::Sampled`] calls the rows of a file of which only some were read.
pub const SAMPLED: &str = "import";

/// A table with what is known about its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The data.
    pub table: Table,
    /// Encoding used, lower case, as in `gb18030`.
    pub encoding: String,
    /// Delimiter used; a space for aligned columns.
    pub delimiter: Option<char>,
    /// Size of the file.
    pub n_bytes: u64,
    /// What was repaired.
    pub warnings: Vec<Warning>,
}

/// What an importer is asked to do.
struct Task<'a> {
    options: &'a LoadOptions,
    /// Schema of which columns take over kind and format.
    expected: Option<&'a Schema>,
}

impl Task<'_> {
    /// What is asked of a column.
    fn wanted(&self, name: &str) -> Option<Wanted> {
        if let Some(f) = self
            .expected
            .and_then(|s| s.fields.iter().find(|f| f.name == name))
        {
            return Some(Wanted {
                kind: f.kind,
                format: Some(f.format.clone()),
            });
        }
        let (_, kind) = self.options.kinds.iter().find(|(n, _)| n == name)?;
        Some(Wanted {
            kind: *kind,
            format: None,
        })
    }
}

/// A kind of file.
struct Importer {
    id: &'static str,
    /// Whether a file with these first bytes is of that kind; the first importer that says so takes it.
    sniff: fn(&[u8]) -> bool,
    read: fn(&mut dyn Source, &Task<'_>, &mut Run<'_>) -> Result<Loaded>,
}

/// All importers; text is what nothing else takes.
const IMPORTERS: &[Importer] = &[Importer {
    id: "csv",
    sniff: |_| true,
    read: csv::read,
}];

/// Reads a file as a table; kinds are inferred over the whole file, except where the person set them.
///
/// # Errors
/// [`Error::Format`] for a file that is no table, [`Error::Cell`] when a kind set by hand fits less than half of its
/// column, [`Error::MissingColumn`] when that column is not there, [`Error::Param`] and [`Error::Unknown`] for
/// options that mean nothing, [`Error::Cancelled`].
pub fn read(source: &mut dyn Source, options: &LoadOptions, run: &mut Run<'_>) -> Result<Loaded> {
    dispatch(
        source,
        &Task {
            options,
            expected: None,
        },
        run,
    )
}

/// Reads a file in which every column that is in `expected` gets exactly the kind and format it has there; other
/// columns are inferred. Columns of `expected` that are not in the file are not in the table.
///
/// # Errors
/// As [`read`].
pub fn read_as(
    source: &mut dyn Source,
    options: &LoadOptions,
    expected: &Schema,
    run: &mut Run<'_>,
) -> Result<Loaded> {
    let expected = Some(expected);
    dispatch(source, &Task { options, expected }, run)
}

fn dispatch(source: &mut dyn Source, task: &Task<'_>, run: &mut Run<'_>) -> Result<Loaded> {
    let importer = match &task.options.format {
        Some(id) => IMPORTERS
            .iter()
            .find(|i| i.id == id)
            .ok_or_else(|| Error::Unknown {
                what: Cow::Borrowed("format"),
                id: id.clone(),
            })?,
        None => {
            let mut head = Vec::new();
            source.read(0, &mut head, 1 << 12)?;
            let found = IMPORTERS.iter().find(|i| (i.sniff)(&head));
            found.ok_or(Error::Format {
                row: None,
                column: None,
                reason: crate::base::FormatReason::Unsupported,
            })?
        }
    };
    let mut loaded = (importer.read)(source, task, run)?;
    conceal(&mut loaded, task)?;
    Ok(loaded)
}

/// Takes hidden columns away, and what was said about them.
fn conceal(loaded: &mut Loaded, task: &Task<'_>) -> Result<()> {
    let options = task.options;
    if options.hide.is_empty() && options.only.is_none() {
        return Ok(());
    }
    let schema = loaded.table.schema();
    if task.expected.is_none() {
        for name in options.only.iter().flatten() {
            schema.position(name)?;
        }
    }
    let missing = options
        .hide
        .iter()
        .filter(|name| schema.position(name).is_err())
        .map(|name| Warning::NotHidden {
            column: name.clone(),
        });
    let missing: Vec<Warning> = missing.collect();
    loaded.warnings.retain(|w| match w {
        Warning::StrangeCells { column, .. } | Warning::AmbiguousDates { column } => {
            options.shows(column)
        }
        Warning::DuplicateName { renamed: name, .. } | Warning::EmptyName { name } => {
            options.shows(name)
        }
        _ => true,
    });
    loaded.warnings.extend(missing);
    loaded.table = loaded.table.filter_columns(|f| options.shows(&f.name));
    if loaded.table.n_columns() == 0 {
        return Err(Error::NoFeatures);
    }
    Ok(())
}
