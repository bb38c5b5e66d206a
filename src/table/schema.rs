//! The fields of a table, found by name.
use crate::base::{Error, Field, Result, order};
use std::sync::OnceLock;

/// So many fields are looked through faster than an index is made.
const FEW: usize = 16;

/// Fields of a table, in order; names are unique.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Schema {
    /// The fields.
    pub fields: Vec<Field>,
    #[serde(skip)]
    index: Index,
}

/// Positions by name, made when a name is first looked up. Says nothing that the fields do not.
#[derive(Debug, Clone, Default)]
struct Index(OnceLock<Vec<u32>>);

impl PartialEq for Index {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Schema {
    /// A schema of `fields`.
    pub fn new(fields: Vec<Field>) -> Self {
        Self {
            fields,
            index: Index::default(),
        }
    }

    /// The first column of that name. Wide files are asked for each of their columns many times.
    fn find(&self, name: &str) -> Option<usize> {
        let linear = || self.fields.iter().position(|f| f.name == name);
        if self.fields.len() <= FEW {
            return linear();
        }
        let by_name = self.index.0.get_or_init(|| {
            let name = |i: usize| self.fields[i].name.as_str();
            let order = order::sorted(self.fields.len(), &mut |a, b| name(a).cmp(name(b)));
            order.into_iter().map(|i| i as u32).collect()
        });
        // Fields are open to change: an index of others is not asked.
        if by_name.len() != self.fields.len() {
            return linear();
        }
        let at = |i: &u32| self.fields[*i as usize].name.as_str();
        let first = by_name.partition_point(|i| at(i) < name);
        let found = by_name.get(first)?;
        (at(found) == name).then_some(*found as usize)
    }

    /// Position of a column.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] when there is none of that name.
    pub fn position(&self, name: &str) -> Result<usize> {
        self.find(name).ok_or_else(|| Error::MissingColumn {
            name: name.to_owned(),
        })
    }

    /// Checks that every column of `needed` is here.
    ///
    /// # Errors
    /// [`Error::MissingColumns`] naming all that are not.
    pub fn require(&self, needed: &Schema) -> Result<()> {
        let absent = |f: &&Field| self.find(&f.name).is_none();
        let names: Vec<String> = needed
            .fields
            .iter()
            .filter(absent)
            .map(|f| f.name.clone())
            .collect();
        if names.is_empty() {
            Ok(())
        } else {
            Err(Error::MissingColumns { names })
        }
    }

    /// The schema without the fields for which `is_source` holds, `made` appended.
    #[must_use]
    pub fn replace(
        &self,
        is_source: impl Fn(&Field) -> bool,
        made: impl IntoIterator<Item = Field>,
    ) -> Self {
        let kept = self.fields.iter().filter(|f| !is_source(f)).cloned();
        Self::new(kept.chain(made).collect())
    }

    /// A field.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] when there is none of that name.
    pub fn field(&self, name: &str) -> Result<&Field> {
        self.position(name).map(|i| &self.fields[i])
    }
}

/// Names that are asked about often.
#[derive(Debug)]
pub struct Among<'a>(Vec<&'a str>);

impl<'a> Among<'a> {
    /// These names.
    pub fn new(names: impl IntoIterator<Item = &'a String>) -> Self {
        let mut names: Vec<&str> = names.into_iter().map(String::as_str).collect();
        names.sort_unstable();
        Self(names)
    }

    /// Whether a name is one of them.
    pub fn has(&self, name: &str) -> bool {
        self.0.binary_search(&name).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ColumnKind;

    fn wide(n: usize) -> Schema {
        let field = |j: usize| Field::new(format!("c{}", j * 7919 % n), ColumnKind::Int);
        Schema::new((0..n).map(field).collect())
    }

    #[test]
    fn every_name_is_found_where_it_stands() {
        for n in [1, FEW, FEW + 1, 1000] {
            let schema = wide(n);
            for (i, field) in schema.fields.iter().enumerate() {
                assert_eq!(schema.position(&field.name), Ok(i), "{n}");
            }
            let missing = schema.position("c").unwrap_err();
            assert_eq!(missing, Error::MissingColumn { name: "c".into() });
        }
    }

    #[test]
    fn of_two_alike_the_first_is_found() {
        let mut schema = wide(100);
        schema.fields[70].name = "twice".into();
        schema.fields[30].name = "twice".into();
        assert_eq!(schema.position("twice"), Ok(30));
    }

    #[test]
    fn a_schema_looked_through_is_equal_to_one_that_was_not_and_written_alike() {
        let (asked, fresh) = (wide(100), wide(100));
        assert!(asked.position("c5").is_ok());
        assert_eq!(asked, fresh);
        let bytes = postcard::to_stdvec(&fresh).unwrap();
        assert_eq!(postcard::to_stdvec(&asked).unwrap(), bytes);
        // Only the fields are written.
        assert_eq!(postcard::to_stdvec(&fresh.fields).unwrap(), bytes);
        assert_eq!(postcard::from_bytes::<Schema>(&bytes).unwrap(), asked);
    }

    #[test]
    fn fields_that_changed_are_found_where_they_are() {
        let mut schema = wide(100);
        let last = schema.fields[99].name.clone();
        assert_eq!(schema.position(&last), Ok(99));
        schema.fields.remove(0);
        assert_eq!(schema.position(&last), Ok(98));
    }

    #[test]
    fn names_are_among_others_or_not() {
        let names: Vec<String> = ["b", "a", "c"].map(String::from).into();
        let among = Among::new(&names);
        assert!(names.iter().all(|n| among.has(n)));
        assert!(!among.has("") && !among.has("ab") && !among.has("d"));
    }
}
