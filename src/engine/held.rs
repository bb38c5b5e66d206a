//! A dataset as the engine holds it: its table, its profile, and where its rows can be read again.
use crate::{
    artifact::Opened,
    base::{DatasetProfile, LoadOptions, Result, Run, Warning},
    table::{Schema, Table, profile::profile, read},
};

/// A dataset.
pub(super) struct Held {
    pub(super) table: Table,
    pub(super) profile: DatasetProfile,
    options: LoadOptions,
    source: Box<dyn read::Source>,
    /// Rows that were added, in order.
    added: Vec<Box<dyn read::Source>>,
    /// What was repaired on import.
    repaired: Vec<Warning>,
}

/// Imports a file.
///
/// # Errors
/// Those of [`read::read`].
pub(super) fn load(
    options: LoadOptions,
    mut source: Box<dyn read::Source>,
    run: &mut Run<'_>,
) -> Result<(Held, DatasetProfile)> {
    let loaded = read::read(source.as_mut(), &options, run)?;
    let profile = profile(&loaded, &options.name, run)?;
    let held = Held {
        table: loaded.table,
        profile: profile.clone(),
        options,
        source,
        added: Vec::new(),
        repaired: loaded.warnings,
    };
    Ok((held, profile))
}

/// Reads added rows with the kinds and formats of `schema`. Names, encoding and delimiter are the rows' own.
fn read_more(
    source: &mut dyn read::Source,
    schema: &Schema,
    run: &mut Run<'_>,
) -> Result<read::Loaded> {
    read::read_as(source, &LoadOptions::default(), schema, run)
}

/// The dataset with the kinds the model was fitted on, where the file's own evidence said otherwise: read again. Nothing
/// where the table is as the model needs it.
///
/// # Errors
/// [`crate::base::Error::MissingColumns`], those of [`read::read_as`].
pub(super) fn aligned(
    held: &mut Held,
    opened: &Opened,
    run: &mut Run<'_>,
) -> Result<Option<Table>> {
    let expected = opened.pipeline.input();
    let schema = held.table.schema();
    schema.require(expected)?;
    let same = |f: &crate::base::Field| {
        schema
            .field(&f.name)
            .is_ok_and(|g| g.kind == f.kind && g.format == f.format)
    };
    if expected.fields.iter().all(same) {
        return Ok(None);
    }
    let again = read::read_as(held.source.as_mut(), &held.options, expected, run)?;
    let (mut table, mut warnings) = (again.table, again.warnings);
    for source in &mut held.added {
        let more = read_more(source.as_mut(), table.schema(), run)?;
        warnings.extend(more.warnings);
        table = table.append(&more.table)?;
    }
    for warning in warnings {
        if matches!(warning, Warning::StrangeCells { .. }) {
            run.warn(warning);
        }
    }
    Ok(Some(table))
}

/// Rows that were read and fit a dataset, not yet part of it.
pub(super) struct More {
    loaded: read::Loaded,
    source: Box<dyn read::Source>,
}

impl More {
    /// The rows with the dataset's kinds.
    pub(super) fn table(&self) -> &Table {
        &self.loaded.table
    }

    /// The rows with the kinds of another table of the dataset.
    ///
    /// # Errors
    /// Those of [`Held::read`].
    pub(super) fn read_as(
        &mut self,
        own: &Table,
        optional: &[String],
        run: &mut Run<'_>,
    ) -> Result<Table> {
        let more = read_more(self.source.as_mut(), own.schema(), run)?;
        own.fit(&more.table, optional)
    }
}

impl Held {
    /// Reads rows that are to be added.
    ///
    /// # Errors
    /// [`crate::base::Error::MissingColumns`] for columns other than `optional` that they lack,
    /// [`crate::base::Error::ColumnKind`] and [`crate::base::Error::Cell`] for cells of another kind, those of
    /// [`read::read_as`].
    pub(super) fn read(
        &self,
        mut source: Box<dyn read::Source>,
        optional: &[String],
        run: &mut Run<'_>,
    ) -> Result<More> {
        let mut loaded = read_more(source.as_mut(), self.table.schema(), run)?;
        loaded.table = self.table.fit(&loaded.table, optional)?;
        Ok(More { loaded, source })
    }

    /// Adds rows. The profile is that of all rows.
    ///
    /// # Errors
    /// [`crate::base::Error::Cancelled`]; the dataset is then as before.
    pub(super) fn add(&mut self, more: More, run: &mut Run<'_>) -> Result<()> {
        let before = self.table.n_rows();
        let mut loaded = more.loaded;
        let table = std::mem::take(&mut self.table);
        let table = table.append(&loaded.table)?;
        loaded.encoding.clone_from(&self.profile.encoding);
        loaded.delimiter = self.profile.delimiter;
        loaded.n_bytes += self.profile.n_bytes;
        loaded.warnings = self
            .repaired
            .iter()
            .cloned()
            .chain(loaded.warnings)
            .collect();
        loaded.table = table;
        let found = profile(&loaded, &self.profile.name, run);
        self.table = loaded.table;
        match found {
            Ok(found) => {
                self.profile = found;
                self.repaired = loaded.warnings;
                self.added.push(more.source);
                Ok(())
            }
            Err(error) => {
                let rows: Vec<u32> = (0..before as u32).collect();
                self.table = self.table.take(&rows);
                Err(error)
            }
        }
    }
}
