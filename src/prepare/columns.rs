//! Which columns a step works on.
use crate::{
    base::{ColumnKind, Error, Field, Result},
    table::Schema,
};

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

/// A name no field of `schema` and none of `taken` has yet.
pub(crate) fn free_name(schema: &Schema, taken: &[Field], wanted: &str) -> String {
    let used = |name: &str| schema.fields.iter().chain(taken).any(|f| f.name == name);
    let mut name = wanted.to_owned();
    let mut n = 2;
    while used(&name) {
        name = format!("{wanted} ({n})");
        n += 1;
    }
    name
}
