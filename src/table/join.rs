//! Adds rows to a table. Columns that nobody else holds grow in place.
use super::{Coded, Column, Levels, Mask, Table, Values, cell_text};
use crate::base::{Error, Field, Result};
use std::{collections::HashMap, sync::Arc};

impl Mask {
    /// The masks of `n` cells and then of `more` cells.
    fn joined(first: Option<Self>, n: usize, second: Option<&Self>, more: usize) -> Option<Self> {
        let Some(second) = second else {
            return first;
        };
        let mut mask = first.unwrap_or_else(|| Self {
            words: Arc::new(Vec::new()),
            n_missing: 0,
        });
        let words = Arc::make_mut(&mut mask.words);
        words.resize((n + more).div_ceil(64), 0);
        for i in (0..more).filter(|i| second.get(*i)) {
            if let Some(word) = words.get_mut((n + i) / 64) {
                *word |= 1 << ((n + i) % 64);
            }
        }
        mask.n_missing += second.n_missing;
        Some(mask)
    }
}

impl<T: Copy> Values<T> {
    fn joined(mut self, more: &Self) -> Self {
        let (n, n_more) = (self.len(), more.len());
        self.missing = Mask::joined(self.missing, n, more.missing.as_ref(), n_more);
        Arc::make_mut(&mut self.data).extend_from_slice(&more.data);
        self
    }
}

impl Coded {
    fn joined(mut self, more: &Self) -> Self {
        // The codes of the new levels are looked up in one pass over the old ones.
        let new: HashMap<&str, u32> = more.levels.iter().zip(0..).collect();
        let mut code_of: Vec<Option<u32>> = vec![None; more.levels.len()];
        for (code, level) in self.levels.iter().enumerate() {
            if let Some(slot) = new.get(level).and_then(|c| code_of.get_mut(*c as usize)) {
                slot.get_or_insert(code as u32);
            }
        }
        let levels = Arc::make_mut(&mut self.levels);
        for (slot, level) in code_of.iter_mut().zip(more.levels.iter()) {
            if slot.is_none() {
                *slot = Some(levels.push(level));
            }
        }
        let code = |c: &u32| code_of.get(*c as usize).copied().flatten().unwrap_or(0);
        let codes: Vec<u32> = more.codes.data().iter().map(code).collect();
        self.codes = self
            .codes
            .joined(&Values::new(codes, more.codes.missing().cloned()));
        self
    }
}

/// Cells as texts.
fn texts(field: &Field, column: &Column) -> Coded {
    match column {
        Column::Text(c) | Column::Category(c) => c.clone(),
        _ => Coded::from_cells((0..column.len()).map(|i| cell_text(field, column, i))),
    }
}

/// Whole numbers, where every text is one and is written as one.
fn whole(texts: &Coded) -> Option<Values<i64>> {
    let read = |l: &str| l.parse::<i64>().ok().filter(|n| n.to_string() == l);
    let levels: Vec<i64> = texts.levels.iter().map(read).collect::<Option<_>>()?;
    let cells: Vec<Option<i64>> = texts
        .codes
        .iter()
        .map(|c| levels.get(c? as usize).copied())
        .collect();
    Some(Values::from_options(&cells, 0))
}

/// A column of missing cells, stored as `like`.
fn missing(like: &Column, n: usize) -> Column {
    fn gaps<T: Copy>(n: usize, fill: T) -> Values<T> {
        Values::new(vec![fill; n], Mask::from_fn(n, |_| true))
    }
    let coded = || Coded {
        codes: gaps(n, 0),
        levels: Arc::new(Levels::default()),
    };
    match like {
        Column::Float(_) => Column::Float(gaps(n, 0.0)),
        Column::Int(_) => Column::Int(gaps(n, 0)),
        Column::Bool(_) => Column::Bool(gaps(n, false)),
        Column::Date(_) => Column::Date(gaps(n, 0)),
        Column::DateTime(_) => Column::DateTime(gaps(n, 0)),
        Column::Text(_) => Column::Text(coded()),
        Column::Category(_) => Column::Category(coded()),
    }
}

/// The cells of `first` and then those of `second`. Where one holds whole numbers and the other texts, as ids may, all
/// become texts unless the texts are numbers.
fn joined(field: &Field, first: Column, second: &Column) -> Result<Column> {
    Ok(match (first, second) {
        (Column::Float(a), Column::Float(b)) => Column::Float(a.joined(b)),
        (Column::Int(a), Column::Int(b)) => Column::Int(a.joined(b)),
        (Column::Bool(a), Column::Bool(b)) => Column::Bool(a.joined(b)),
        (Column::Date(a), Column::Date(b)) => Column::Date(a.joined(b)),
        (Column::DateTime(a), Column::DateTime(b)) => Column::DateTime(a.joined(b)),
        (Column::Text(a), Column::Text(b) | Column::Category(b)) => Column::Text(a.joined(b)),
        (Column::Category(a), Column::Text(b) | Column::Category(b)) => {
            Column::Category(a.joined(b))
        }
        (Column::Int(a), Column::Text(b)) => match whole(b) {
            Some(numbers) => Column::Int(a.joined(&numbers)),
            None => Column::Text(texts(field, &Column::Int(a)).joined(b)),
        },
        (Column::Text(a), b @ Column::Int(_)) => Column::Text(a.joined(&texts(field, b))),
        (a, b) => {
            return Err(Error::ColumnKind {
                name: field.name.clone(),
                expected: a.storage(),
                found: b.storage(),
            });
        }
    })
}

impl Table {
    /// The rows of `more` in the columns of this table, ready to be added to it: its columns must all be there but those
    /// of `optional`, in kinds that fit. Others are left out.
    ///
    /// # Errors
    /// [`Error::MissingColumns`], [`Error::ColumnKind`].
    pub fn fit(&self, more: &Self, optional: &[String]) -> Result<Self> {
        let absent: Vec<String> = self
            .schema
            .fields
            .iter()
            .filter(|f| more.schema.position(&f.name).is_err() && !optional.contains(&f.name))
            .map(|f| f.name.clone())
            .collect();
        if !absent.is_empty() {
            return Err(Error::MissingColumns { names: absent });
        }
        let mut columns = Vec::with_capacity(self.columns.len());
        for (field, column) in self.iter() {
            // Dictionaries are the rows' own: this table's may be large.
            columns.push(match more.column(&field.name) {
                Ok(other) => joined(field, missing(column, 0), other)?,
                Err(_) => missing(column, more.n_rows),
            });
        }
        Ok(Self {
            schema: self.schema.clone(),
            columns,
            n_rows: more.n_rows,
            sampled_from: None,
        })
    }

    /// The rows of the table and then those of `more`; columns that `more` lacks are missing there, others are left out.
    ///
    /// # Errors
    /// [`Error::ColumnKind`] for a column of another kind.
    pub fn append(self, more: &Self) -> Result<Self> {
        let n_rows = self.n_rows + more.n_rows;
        let mut columns = Vec::with_capacity(self.columns.len());
        for (field, column) in self.schema.fields.iter().zip(self.columns) {
            let column = match more.column(&field.name) {
                Ok(other) => joined(field, column, other)?,
                Err(_) => {
                    let gaps = missing(&column, more.n_rows);
                    joined(field, column, &gaps)?
                }
            };
            columns.push(column);
        }
        Ok(Self {
            schema: self.schema,
            columns,
            n_rows,
            sampled_from: self.sampled_from.map(|n| n + more.n_rows as u64),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ColumnKind;

    fn whole_table() -> Table {
        let ids: Vec<Option<i64>> = (0..100).map(|i| (i % 7 > 0).then_some(i / 2)).collect();
        let level = |i: i64| (i % 5 > 0).then(|| format!("l{}", i * i % 11));
        let amounts: Vec<Option<f64>> =
            (0..100).map(|i| (i > 70).then_some(f64::from(i))).collect();
        let cells: Vec<Option<bool>> = (0..100).map(|i| Some(i % 2 == 0)).collect();
        Table::new(
            vec![
                (
                    Field::new("id", ColumnKind::Id),
                    Column::Int(Values::from_options(&ids, 0)),
                ),
                (
                    Field::new("level", ColumnKind::Category),
                    Column::Category(Coded::from_cells((0..100).map(level))),
                ),
                (
                    Field::new("amount", ColumnKind::Float),
                    Column::Float(Values::from_options(&amounts, 0.0)),
                ),
                (
                    Field::new("flag", ColumnKind::Bool),
                    Column::Bool(Values::from_options(&cells, false)),
                ),
            ],
            100,
        )
        .unwrap()
    }

    fn rendered(t: &Table) -> Vec<Vec<Option<String>>> {
        let cells = |(f, c): (&Field, &Column)| (0..c.len()).map(|i| cell_text(f, c, i)).collect();
        t.iter().map(cells).collect()
    }

    #[test]
    fn parts_make_the_whole_wherever_it_is_cut() {
        let whole = whole_table();
        for cut in [0_u32, 1, 63, 64, 65, 99, 100] {
            let first = whole.take(&(0..cut).collect::<Vec<_>>());
            let second = whole.take(&(cut..100).collect::<Vec<_>>());
            // A dictionary of its own, as of another file.
            let own = texts(&whole.schema().fields[1], second.column("level").unwrap());
            let own = Coded::from_cells((0..own.codes.len()).map(|i| own.get(i)));
            let field = whole.schema().fields[1].clone();
            let second = second.with(vec![(field, Column::Category(own))]).unwrap();
            let second = first.fit(&second, &[]).unwrap();
            let all = first.append(&second).unwrap();
            assert_eq!(rendered(&all), rendered(&whole), "{cut}");
            for (i, (_, column)) in all.iter().enumerate() {
                let n = (0..100).filter(|r| column.is_missing(*r)).count();
                assert_eq!(column.n_missing(), n, "{i}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let t = whole_table();
        let less = t.filter_columns(|f| f.name != "level");
        let refused = t.fit(&less, &[]).unwrap_err();
        assert_eq!(refused.column(), Some("level"));
        let less = t.fit(&less, &["level".into()]).unwrap();
        let all = t.clone().append(&less).unwrap();
        assert_eq!(all.n_rows(), 200);
        assert!((100..200).all(|i| all.column("level").unwrap().is_missing(i)));
        let other = t.column("amount").unwrap().clone();
        let odd = t
            .with(vec![(Field::new("flag", ColumnKind::Float), other)])
            .unwrap();
        assert_eq!(t.fit(&odd, &[]).unwrap_err().column(), Some("flag"));
    }

    #[test]
    fn ids_of_numbers_and_texts_meet() {
        let field = Field::new("id", ColumnKind::Id);
        let numbers = Column::Int(Values::from_options(&[Some(1), None], 0));
        let text = |t: &str| Column::Text(Coded::from_cells([Some(t)]));
        let is = |c: &Column| -> Vec<Option<String>> {
            (0..c.len()).map(|i| cell_text(&field, c, i)).collect()
        };
        let both = joined(&field, numbers.clone(), &text("12")).unwrap();
        assert!(matches!(both, Column::Int(_)));
        assert_eq!(is(&both), [Some("1".into()), None, Some("12".into())]);
        let both = joined(&field, numbers, &text("012")).unwrap();
        assert!(matches!(both, Column::Text(_)));
        assert_eq!(is(&both), [Some("1".into()), None, Some("012".into())]);
    }
}
