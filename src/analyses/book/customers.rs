//! Which rows belong to one customer, and which of them counts.
use crate::{
    base::{Error, Result},
    table::{Column, Table, cell_text},
};
use std::collections::HashMap;

/// Stands for no row.
const NONE: u32 = u32::MAX;

/// Customers, numbered by their first row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customers {
    /// Per customer the row that counts: the last by date, then by place.
    newest: Vec<u32>,
    /// Per row its customer; absent as long as every customer has one row, which has his number.
    of_row: Option<Vec<u32>>,
    /// Per customer the row that counted before; absent with `of_row`.
    previous: Vec<u32>,
    n_rows: usize,
}

/// What new rows did to the customers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grown {
    /// Customers who came in.
    pub n_new: usize,
    /// Customers who were there and whose row that counts is a new one, rising.
    pub updated: Vec<u32>,
    /// All customers with a new row, rising.
    pub touched: Vec<u32>,
}

/// What a row is told by.
fn check(table: &Table, id: Option<&str>) -> Result<()> {
    if table.n_rows() >= NONE as usize {
        return Err(Error::memory(table.n_rows() as u64 * 32));
    }
    id.map_or(Ok(()), |id| table.column(id).map(|_| ()))
}

impl Customers {
    /// The customers of a table. Without an id column, and for rows without an id, each row is one.
    ///
    /// # Errors
    /// [`Error::MissingColumn`].
    pub fn of(table: &Table, id: Option<&str>, date: Option<&str>) -> Result<Self> {
        let mut customers = Self {
            newest: Vec::new(),
            of_row: None,
            previous: Vec::new(),
            n_rows: 0,
        };
        customers.grow(table, id, date)?;
        Ok(customers)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.newest.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.newest.is_empty()
    }

    /// Rows it knows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Per customer the row that counts.
    pub fn rows(&self) -> &[u32] {
        &self.newest
    }

    /// Whether some have several rows.
    pub fn has_history(&self) -> bool {
        self.of_row.is_some()
    }

    /// The customer of a row.
    pub fn at(&self, row: usize) -> Option<usize> {
        match &self.of_row {
            Some(of_row) => of_row.get(row).map(|c| *c as usize),
            None => (row < self.n_rows).then_some(row),
        }
    }

    /// The row that counted before the one that counts.
    pub fn previous(&self, customer: usize) -> Option<u32> {
        self.previous
            .get(customer)
            .copied()
            .filter(|row| *row != NONE)
    }

    /// All rows of a customer in the order of the data.
    pub fn history(&self, customer: usize) -> Vec<u32> {
        match &self.of_row {
            Some(of_row) => of_row
                .iter()
                .enumerate()
                .filter(|(_, c)| **c as usize == customer)
                .map(|(row, _)| row as u32)
                .collect(),
            None => self.newest.get(customer).copied().into_iter().collect(),
        }
    }

    /// Takes in the rows of `table` behind those it knows.
    ///
    /// # Errors
    /// [`Error::MissingColumn`].
    pub fn grow(&mut self, table: &Table, id: Option<&str>, date: Option<&str>) -> Result<Grown> {
        check(table, id)?;
        let when = date.map(|d| table.column(d)).transpose()?;
        let (from, to) = (self.n_rows, table.n_rows());
        let n_before = self.len();
        // By new row: a number that is equal for equal ids and, for ids that were there, below `n_before`.
        let found = match id {
            Some(id) => self.find(table.column(id)?, from, to),
            None => (from..to).map(|_| None).collect(),
        };
        let (mut updated, mut touched) = (Vec::new(), Vec::new());
        for (row, customer) in (from..to).zip(found) {
            match customer {
                Some(c) => {
                    let of_row = self.of_row.get_or_insert_with(|| (0..row as u32).collect());
                    of_row.push(c);
                    self.previous.resize(self.newest.len(), NONE);
                    touched.push(c);
                    let c = c as usize;
                    let (Some(newest), Some(previous)) =
                        (self.newest.get_mut(c), self.previous.get_mut(c))
                    else {
                        continue;
                    };
                    if is_later(when, row, *newest as usize) {
                        *previous = std::mem::replace(newest, row as u32);
                        if c < n_before {
                            updated.push(c as u32);
                        }
                    } else if *previous == NONE || is_later(when, row, *previous as usize) {
                        *previous = row as u32;
                    }
                }
                None => {
                    if let Some(of_row) = &mut self.of_row {
                        of_row.push(self.newest.len() as u32);
                        self.previous.push(NONE);
                    }
                    touched.push(self.newest.len() as u32);
                    self.newest.push(row as u32);
                }
            }
        }
        if self.of_row.is_some() {
            self.previous.resize(self.newest.len(), NONE);
        }
        self.n_rows = to;
        for list in [&mut updated, &mut touched] {
            list.sort_unstable();
            list.dedup();
        }
        Ok(Grown {
            n_new: self.len() - n_before,
            updated,
            touched,
        })
    }

    /// Per row of `from..to` the customer that the id names, nothing where it is the first row of one.
    fn find(&self, column: &Column, from: usize, to: usize) -> Vec<Option<u32>> {
        let mut next = self.len() as u32;
        match column {
            Column::Text(c) | Column::Category(c) => {
                // Codes are equal where ids are: a table looked up by code.
                let mut of_code = vec![NONE; c.levels.len()];
                for (customer, row) in self.newest.iter().enumerate() {
                    let code = c.codes.get(*row as usize);
                    if let Some(slot) = code.and_then(|code| of_code.get_mut(code as usize)) {
                        *slot = customer as u32;
                    }
                }
                let mut find = |row| {
                    let slot = c.codes.get(row).and_then(|l| of_code.get_mut(l as usize));
                    let found = slot.and_then(|slot| meet(slot, next));
                    next += u32::from(found.is_none());
                    found
                };
                (from..to).map(&mut find).collect()
            }
            _ => {
                let key = |row: usize| column.number(row).map(|v| (v + 0.0).to_bits());
                let mut of_id: HashMap<u64, u32> = (from..to)
                    .filter_map(|row| Some((key(row)?, NONE)))
                    .collect();
                for (customer, row) in self.newest.iter().enumerate() {
                    if let Some(slot) = key(*row as usize).and_then(|k| of_id.get_mut(&k)) {
                        *slot = customer as u32;
                    }
                }
                let mut find = |row| {
                    let found = key(row)
                        .and_then(|k| of_id.get_mut(&k))
                        .and_then(|slot| meet(slot, next));
                    next += u32::from(found.is_none());
                    found
                };
                (from..to).map(&mut find).collect()
            }
        }
    }
}

/// The customer in `slot`; where there is none it becomes the `next` one.
fn meet(slot: &mut u32, next: u32) -> Option<u32> {
    let known = (*slot != NONE).then_some(*slot);
    if known.is_none() {
        *slot = next;
    }
    known
}

/// Whether a row counts more than an earlier one of the same customer: its date is not before, or one of them has none.
fn is_later(when: Option<&Column>, row: usize, than: usize) -> bool {
    let Some(when) = when else { return true };
    let time = |row| match when {
        Column::Text(_) | Column::Category(_) => None,
        _ => when.number(row),
    };
    match (time(row), time(than)) {
        (Some(a), Some(b)) if a == b => row > than,
        (Some(a), Some(b)) => a > b,
        // A row without a date is not known to be later than one with a date.
        (None, Some(_)) => false,
        (_, None) => true,
    }
}

/// The id of a row as it is shown; the number of the row, from 1, where there is none.
pub fn id_text(table: &Table, id: Option<&str>, row: usize) -> String {
    let named = id.and_then(|id| {
        let at = table.schema().position(id).ok()?;
        let (field, column) = table.at(at)?;
        cell_text(field, column, row)
    });
    named.unwrap_or_else(|| (row + 1).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{ColumnKind, Field},
        table::{Coded, Values},
    };

    fn table(ids: &[Option<&str>], days: &[Option<i32>]) -> Table {
        Table::new(
            vec![
                (
                    Field::new("id", ColumnKind::Id),
                    Column::Text(Coded::from_cells(ids.iter().copied())),
                ),
                (
                    Field::new("day", ColumnKind::Date),
                    Column::Date(Values::from_options(days, 0)),
                ),
            ],
            ids.len(),
        )
        .unwrap()
    }

    #[test]
    fn the_last_row_of_a_customer_counts() {
        let ids = [Some("a"), Some("b"), Some("a"), None, None, Some("b")];
        let days = [Some(5), Some(1), Some(3), None, None, Some(1)];
        let t = table(&ids, &days);
        let by_place = Customers::of(&t, Some("id"), None).unwrap();
        assert_eq!(by_place.rows(), [2, 5, 3, 4]);
        assert_eq!(by_place.previous(0), Some(0));
        assert_eq!(by_place.previous(2), None);
        assert_eq!(by_place.history(1), [1, 5]);
        let by_date = Customers::of(&t, Some("id"), Some("day")).unwrap();
        assert_eq!(by_date.rows(), [0, 5, 3, 4]);
        assert_eq!(by_date.previous(0), Some(2));
        let rows = Customers::of(&t, None, None).unwrap();
        assert!(!rows.has_history());
        assert_eq!(rows.rows(), [0, 1, 2, 3, 4, 5]);
        assert!(Customers::of(&t, Some("x"), None).is_err());
    }

    #[test]
    fn growing_in_steps_is_the_same_as_at_once() {
        let mut state = 3_u32;
        for round in 0..200 {
            let mut next = |n: u32| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) % n
            };
            let n = 30;
            let names: Vec<String> = (0..n).map(|_| next(12).to_string()).collect();
            let ids: Vec<Option<&str>> = names
                .iter()
                .map(|n| (n != "0").then_some(n.as_str()))
                .collect();
            let days: Vec<Option<i32>> = (0..n)
                .map(|_| (next(5) > 0).then(|| next(9) as i32))
                .collect();
            let date = (round % 2 == 0).then_some("day");
            let full = table(&ids, &days);
            let all = Customers::of(&full, Some("id"), date).unwrap();
            let cut = next(30) as usize;
            let rows: Vec<u32> = (0..cut as u32).collect();
            let mut steps = Customers::of(&full.take(&rows), Some("id"), date).unwrap();
            let n_before = steps.len();
            let grown = steps.grow(&full, Some("id"), date).unwrap();
            assert_eq!(steps, all);
            assert_eq!(grown.n_new, all.len() - n_before);
            // Against the plain rule.
            for customer in 0..all.len() {
                let rows = all.history(customer);
                let best = rows.iter().copied().reduce(|a, b| {
                    let time = |r: u32| days[r as usize].filter(|_| date.is_some());
                    let later = match (time(b), time(a)) {
                        (Some(x), Some(y)) => x >= y,
                        (None, Some(_)) => false,
                        _ => true,
                    };
                    if later { b } else { a }
                });
                assert_eq!(Some(all.rows()[customer]), best);
            }
        }
    }
}
