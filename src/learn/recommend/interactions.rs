//! Who had to do with what: a sparse matrix of users by items, by rows and by columns.
use crate::base::{Error, Part, Result, TargetReason, same_length};
use serde::{Deserialize, Serialize};

const ID: &str = "interactions";
const VERSION: u16 = 1;
/// Most users, items or interactions: places are 32-bit, and a matrix of more would not fit into a browser's memory.
const MOST: usize = 100_000_000;
/// Ratings beyond this are refused: their squares would leave single precision.
const LARGEST: f64 = 1e15;

/// Rows of a sparse matrix, one after the other, columns of a row rising.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Sparse {
    start: Vec<u32>,
    column: Vec<u32>,
    value: Vec<f32>,
    n_columns: u32,
}

impl Sparse {
    /// From entries in any order; those at the same place are added up, entries that are not finite left out.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths differ or a place is outside; [`Error::Memory`] for more than 100 million of anything.
    pub fn new(
        n_rows: usize,
        n_columns: usize,
        rows: &[u32],
        columns: &[u32],
        values: &[f32],
    ) -> Result<Self> {
        same_length("columns", rows.len(), columns.len())?;
        same_length("values", rows.len(), values.len())?;
        let kept: Vec<u32> = (0..rows.len() as u32)
            .filter(|i| values[*i as usize].is_finite())
            .collect();
        let order = order(n_rows, n_columns, rows, columns, kept)?;
        let mut out = Self::empty(n_rows, n_columns);
        let mut last = None;
        for i in order {
            let i = i as usize;
            let at = (rows[i], columns[i]);
            match out.value.last_mut() {
                Some(value) if last == Some(at) => *value += values[i],
                _ => out.push(at, values[i]),
            }
            last = Some(at);
        }
        out.close();
        Ok(out)
    }

    fn empty(n_rows: usize, n_columns: usize) -> Self {
        Self {
            start: vec![0; n_rows + 1],
            column: Vec::new(),
            value: Vec::new(),
            n_columns: n_columns as u32,
        }
    }

    /// Entries come by rising row; `start` counts until [`Sparse::close`].
    fn push(&mut self, (row, column): (u32, u32), value: f32) {
        self.start[row as usize + 1] += 1;
        self.column.push(column);
        self.value.push(value);
    }

    fn close(&mut self) {
        let mut sum = 0;
        for start in &mut self.start {
            sum += *start;
            *start = sum;
        }
    }

    /// Rows.
    pub fn n_rows(&self) -> usize {
        self.start.len().saturating_sub(1)
    }

    /// Columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns as usize
    }

    /// Entries.
    pub fn len(&self) -> usize {
        self.column.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.column.is_empty()
    }

    /// Columns of all entries, by row.
    pub fn columns(&self) -> &[u32] {
        &self.column
    }

    fn range(&self, row: usize) -> std::ops::Range<usize> {
        let at = |i: usize| self.start.get(i).map_or(0, |s| *s as usize);
        if row < self.n_rows() {
            at(row)..at(row + 1)
        } else {
            0..0
        }
    }

    /// Columns and values of a row; nothing for a row that there is not.
    pub fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let range = self.range(row);
        (&self.column[range.clone()], &self.value[range])
    }

    /// The value at a place, where there is one.
    pub fn get(&self, row: usize, column: u32) -> Option<f32> {
        let (columns, values) = self.row(row);
        columns.binary_search(&column).ok().map(|at| values[at])
    }

    /// Columns become rows.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let mut start = vec![0u32; self.n_columns() + 1];
        for column in &self.column {
            start[*column as usize + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut start {
            sum += *start;
            *start = sum;
        }
        let mut next = start.clone();
        let (mut column, mut value) = (vec![0; self.len()], vec![0.0; self.len()]);
        for row in 0..self.n_rows() {
            let (columns, values) = self.row(row);
            for (c, v) in columns.iter().zip(values) {
                let to = &mut next[*c as usize];
                column[*to as usize] = row as u32;
                value[*to as usize] = *v;
                *to += 1;
            }
        }
        Self {
            start,
            column,
            value,
            n_columns: self.n_rows() as u32,
        }
    }

    /// Brings every row to length 1, as far as it has one.
    pub(super) fn even_out(&mut self) {
        for row in 0..self.n_rows() {
            let range = self.range(row);
            let values = &mut self.value[range];
            let sum: f64 = values.iter().map(|v| f64::from(*v).powi(2)).sum();
            let length = sum.sqrt() as f32;
            if length > 0.0 {
                values.iter_mut().for_each(|v| *v /= length);
            }
        }
    }

    /// Whether it can be read without leaving its lists, as a saved one must be.
    pub(super) fn is_sound(&self) -> bool {
        self.start.first() == Some(&0)
            && self.start.is_sorted()
            && self.start.last().map(|n| *n as usize) == Some(self.len())
            && self.value.len() == self.len()
            && self.column.iter().all(|c| *c < self.n_columns)
            && self.value.iter().all(|v| v.is_finite())
            && (0..self.n_rows()).all(|r| self.row(r).0.is_sorted_by(|a, b| a < b))
    }
}

/// `kept` by row, then column, in their order where both agree: two passes of counting.
fn order(
    n_rows: usize,
    n_columns: usize,
    rows: &[u32],
    columns: &[u32],
    kept: Vec<u32>,
) -> Result<Vec<u32>> {
    if n_rows.max(n_columns).max(rows.len()) > MOST {
        let places = (n_rows as u64).saturating_add(n_columns as u64);
        let needed = places
            .saturating_mul(4)
            .saturating_add(rows.len() as u64 * 16);
        return Err(Error::memory(needed));
    }
    let outside = |what: &'static str, n: usize, at: &[u32]| {
        let largest = at
            .iter()
            .copied()
            .max()
            .map_or(0, |m| (m as usize).saturating_add(1));
        if largest <= n {
            return Ok(());
        }
        same_length(what, n, largest)
    };
    outside("rows", n_rows, rows)?;
    outside("columns", n_columns, columns)?;
    let by_column = counted(n_columns, columns, &kept);
    Ok(counted(n_rows, rows, &by_column))
}

fn counted(n: usize, key: &[u32], order: &[u32]) -> Vec<u32> {
    let mut next = vec![0u32; n + 1];
    for i in order {
        next[key[*i as usize] as usize + 1] += 1;
    }
    let mut sum = 0;
    for next in &mut next {
        sum += *next;
        *next = sum;
    }
    let mut out = vec![0; order.len()];
    for i in order {
        let to = &mut next[key[*i as usize] as usize];
        out[*to as usize] = *i;
        *to += 1;
    }
    out
}

/// Interactions as they come, one per place of the lists.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rows<'a> {
    /// Codes of users.
    pub users: &'a [u32],
    /// Codes of items, as many.
    pub items: &'a [u32],
    /// Ratings, counts or amounts, as many; absent where having the item is all that is known.
    pub ratings: Option<&'a [f64]>,
    /// Dates in any unit, as many; what is not finite counts as the earliest.
    pub dates: Option<&'a [f64]>,
}

impl Rows<'_> {
    /// The rows `keep`, as lists of their own.
    ///
    /// # Errors
    /// [`Error::Shape`] when a row is outside.
    pub fn take(&self, keep: &[u32]) -> Result<Owned> {
        let n = self.users.len();
        if let Some(at) = keep.iter().find(|i| **i as usize >= n) {
            same_length("rows", n, (*at as usize).saturating_add(1))?;
        }
        self.check()?;
        let codes = |of: &[u32]| keep.iter().map(|i| of[*i as usize]).collect();
        let numbers = |of: &[f64]| keep.iter().map(|i| of[*i as usize]).collect();
        Ok(Owned {
            users: codes(self.users),
            items: codes(self.items),
            ratings: self.ratings.map(numbers),
            dates: self.dates.map(numbers),
        })
    }

    fn check(&self) -> Result<()> {
        let n = self.users.len();
        same_length("items", n, self.items.len())?;
        same_length("ratings", n, self.ratings.map_or(n, <[f64]>::len))?;
        same_length("dates", n, self.dates.map_or(n, <[f64]>::len))
    }
}

/// [`Rows`] that hold their lists.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Owned {
    /// Codes of users.
    pub users: Vec<u32>,
    /// Codes of items.
    pub items: Vec<u32>,
    /// Ratings.
    pub ratings: Option<Vec<f64>>,
    /// Dates.
    pub dates: Option<Vec<f64>>,
}

impl Owned {
    /// The lists, lent.
    pub fn rows(&self) -> Rows<'_> {
        Rows {
            users: &self.users,
            items: &self.items,
            ratings: self.ratings.as_deref(),
            dates: self.dates.as_deref(),
        }
    }
}

/// What becomes of several interactions of one user with one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// The latest counts, by date where there is one, else by order: for ratings.
    Last,
    /// They are added up: for counts and amounts. Without ratings, how often.
    Sum,
}

/// A user-by-item matrix, both ways.
#[derive(Debug, Clone, PartialEq)]
pub struct Interactions {
    by_user: Sparse,
    by_item: Sparse,
    has_ratings: bool,
    left_out: u64,
    repeated: u64,
}

impl Interactions {
    /// Sorts `rows` out. Ratings that are not finite are left out and counted; without ratings each entry is 1.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths differ or a code is not below its number; [`Error::Target`] for a rating beyond
    /// ±1e15; [`Error::TooFewRows`] when nothing is left; [`Error::Memory`] for more than 100 million of anything.
    pub fn new(n_users: usize, n_items: usize, rows: &Rows<'_>, repeats: Repeats) -> Result<Self> {
        rows.check()?;
        let n = rows.users.len();
        let rating = |i: u32| rows.ratings.map_or(1.0, |r| r[i as usize]);
        let kept: Vec<u32> = (0..u32::try_from(n).unwrap_or(u32::MAX))
            .filter(|i| rating(*i).is_finite())
            .collect();
        if kept.iter().any(|i| rating(*i).abs() > LARGEST) {
            return Err(Error::Target {
                name: "rating".into(),
                reason: TargetReason::TooLarge,
            });
        }
        if kept.is_empty() {
            return Err(Error::TooFewRows {
                needed: 1,
                found: 0,
            });
        }
        let left_out = (n - kept.len()) as u64;
        let order = order(n_users, n_items, rows.users, rows.items, kept)?;
        let date = |i: usize| match rows.dates.map(|d| d[i]) {
            Some(date) if date.is_finite() => date,
            _ => f64::NEG_INFINITY,
        };
        let mut by_user = Sparse::empty(n_users, n_items);
        let (mut at, mut sum, mut latest) = (None, 0.0, f64::NEG_INFINITY);
        let mut repeated = 0;
        for i in order {
            let to = (rows.users[i as usize], rows.items[i as usize]);
            let (value, when) = (rating(i), date(i as usize));
            if at == Some(to) {
                repeated += 1;
                match repeats {
                    Repeats::Sum => sum += value,
                    Repeats::Last if when >= latest => (sum, latest) = (value, when),
                    Repeats::Last => {}
                }
                continue;
            }
            if let Some(at) = at {
                by_user.push(at, sum as f32);
            }
            (at, sum, latest) = (Some(to), value, when);
        }
        if let Some(at) = at {
            by_user.push(at, sum as f32);
        }
        by_user.close();
        Ok(Self {
            by_item: by_user.transposed(),
            by_user,
            has_ratings: rows.ratings.is_some(),
            left_out,
            repeated,
        })
    }

    /// A row per user.
    pub fn by_user(&self) -> &Sparse {
        &self.by_user
    }

    /// A row per item.
    pub fn by_item(&self) -> &Sparse {
        &self.by_item
    }

    /// Users.
    pub fn n_users(&self) -> usize {
        self.by_user.n_rows()
    }

    /// Items.
    pub fn n_items(&self) -> usize {
        self.by_item.n_rows()
    }

    /// Pairs of user and item, never 0.
    pub fn len(&self) -> usize {
        self.by_user.len()
    }

    /// Never.
    pub fn is_empty(&self) -> bool {
        self.by_user.is_empty()
    }

    /// Whether ratings, counts or amounts were given.
    pub fn has_ratings(&self) -> bool {
        self.has_ratings
    }

    /// Rows left out because their rating is not a number.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Rows beyond the first of a pair of user and item.
    pub fn repeated(&self) -> u64 {
        self.repeated
    }

    /// Its state.
    ///
    /// # Errors
    /// Never; [`Error::Artifact`] in the type.
    pub fn save(&self) -> Result<Part> {
        let state = (
            &self.by_user,
            self.has_ratings,
            self.left_out,
            self.repeated,
        );
        Part::encode(ID, VERSION, &state)
    }

    /// Takes up saved ones.
    ///
    /// # Errors
    /// [`Error::Artifact`] when they are not, or are inconsistent.
    pub fn load(part: &Part) -> Result<Self> {
        let state: (Sparse, bool, u64, u64) = part.decode(VERSION)?;
        let (by_user, has_ratings, left_out, repeated) = state;
        if !by_user.is_sound() || by_user.is_empty() || by_user.n_columns() > MOST {
            return Err(Error::invalid_artifact("interactions: inconsistent state"));
        }
        Ok(Self {
            by_item: by_user.transposed(),
            by_user,
            has_ratings,
            left_out,
            repeated,
        })
    }

    /// Mean, standard deviation, least and greatest of the ratings.
    pub fn summary(&self) -> Summary {
        let values = &self.by_user.value;
        let n = values.len().max(1) as f64;
        let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
        let squares = values.iter().map(|v| (f64::from(*v) - mean).powi(2));
        Summary {
            mean,
            deviation: (squares.sum::<f64>() / n).sqrt(),
            low: values.iter().copied().fold(f32::INFINITY, f32::min).into(),
            high: values
                .iter()
                .copied()
                .fold(f32::NEG_INFINITY, f32::max)
                .into(),
        }
    }
}

/// See [`Interactions::summary`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Mean.
    pub mean: f64,
    /// Population standard deviation.
    pub deviation: f64,
    /// Least.
    pub low: f64,
    /// Greatest.
    pub high: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows<'a>(users: &'a [u32], items: &'a [u32], ratings: &'a [f64]) -> Rows<'a> {
        Rows {
            users,
            items,
            ratings: Some(ratings),
            dates: None,
        }
    }

    #[test]
    fn both_ways_hold_the_same() {
        let (users, items) = ([1, 0, 1, 0, 3, 1], [2, 1, 0, 1, 2, 1]);
        let ratings = [5.0, 1.0, 3.0, 2.0, f64::NAN, 4.0];
        let of = Interactions::new(4, 3, &rows(&users, &items, &ratings), Repeats::Last).unwrap();
        assert_eq!(of.by_user().row(1), (&[0, 1, 2][..], &[3.0, 4.0, 5.0][..]));
        assert_eq!(of.by_user().row(0), (&[1][..], &[2.0][..]));
        assert_eq!(of.by_item().row(1), (&[0, 1][..], &[2.0, 4.0][..]));
        assert_eq!(of.by_user().row(3).0, []);
        assert_eq!(of.by_user().row(99).0, []);
        assert_eq!((of.left_out(), of.repeated(), of.len()), (1, 1, 4));
        let sum = Interactions::new(4, 3, &rows(&users, &items, &ratings), Repeats::Sum).unwrap();
        assert_eq!(sum.by_user().get(0, 1), Some(3.0));
        assert!(of.by_user().is_sound() && of.by_item().is_sound());
        assert_eq!(of.by_item().transposed(), *of.by_user());
        assert_eq!(Interactions::load(&of.save().unwrap()).unwrap(), of);
        let dates = [9.0, 9.0, 1.0, 2.0, 3.0, 4.0];
        let dated = Rows {
            dates: Some(&dates),
            ..rows(&users, &items, &ratings)
        };
        let of = Interactions::new(4, 3, &dated, Repeats::Last).unwrap();
        assert_eq!(of.by_user().get(0, 1), Some(1.0));
    }

    #[test]
    fn bad_input_is_an_error() {
        let code = |n: usize, r: Rows<'_>| {
            let e = Interactions::new(n, 2, &r, Repeats::Last).unwrap_err();
            e.code()
        };
        assert_eq!(code(2, rows(&[], &[], &[])), "too_few_rows");
        assert_eq!(code(2, rows(&[0], &[0], &[f64::INFINITY])), "too_few_rows");
        assert_eq!(code(2, rows(&[0], &[0], &[1e30])), "target");
        assert_eq!(code(2, rows(&[2], &[0], &[1.0])), "shape");
        assert_eq!(code(2, rows(&[1], &[2], &[1.0])), "shape");
        assert_eq!(code(2, rows(&[1], &[], &[1.0])), "shape");
        assert_eq!(code(usize::MAX / 64, rows(&[1], &[1], &[1.0])), "memory");
        assert_eq!(code(usize::MAX, rows(&[1], &[1], &[1.0])), "memory");
        assert_eq!(code(2, rows(&[u32::MAX], &[1], &[1.0])), "shape");
    }
}
