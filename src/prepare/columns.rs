//! Which columns a step works on.
use crate::{
    base::{ColumnKind, Error, Field, Result},
    table::Schema,
};
use std::{borrow::Cow, collections::HashSet};

/// The columns `named`, or all that fit when none is named.
///
/// # Errors
/// [`Error::MissingColumn`] when a named column is absent, [`Error::ColumnKind`] when it does not fit.
pub fn select(
    schema: &Schema,
    named: &[String],
    expected: ColumnKind,
    fits: impl Fn(&Field) -> bool,
) -> Result<Vec<String>> {
    if named.is_empty() {
        return Ok(schema
            .fields
            .iter()
            .filter(|f| fits(f))
            .map(|f| f.name.clone())
            .collect());
    }
    for name in named {
        let field = schema.field(name)?;
        if !fits(field) {
            return Err(Error::ColumnKind {
                name: name.clone(),
                expected,
                found: field.kind,
            });
        }
    }
    Ok(named.to_vec())
}

/// Names that are taken in a schema, and by what is made beside it.
pub(crate) struct Names<'a>(HashSet<Cow<'a, str>>);

impl<'a> Names<'a> {
    /// Those of `schema`.
    pub(crate) fn of(schema: &'a Schema) -> Self {
        let names = schema.fields.iter().map(|f| Cow::from(&f.name));
        Self(names.collect())
    }

    /// `wanted`, or where that is taken `wanted (2)`, `wanted (3)` and so on; taken from now on.
    pub(crate) fn take(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut n = 2;
        while self.0.contains(name.as_str()) {
            name = format!("{wanted} ({n})");
            n += 1;
        }
        self.0.insert(name.clone().into());
        name
    }
}
