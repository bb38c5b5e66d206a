//! Columns: values with a bit mask for what is missing, text as codes into a shared dictionary.
use crate::base::ColumnKind;
use std::sync::Arc;

/// Which cells are missing; one bit each, set means missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    pub(super) words: Arc<Vec<u64>>,
    pub(super) n_missing: usize,
}

impl Mask {
    /// A mask of `len` cells, or none when nothing is missing.
    pub fn from_fn(len: usize, is_missing: impl Fn(usize) -> bool) -> Option<Self> {
        let mut words = vec![0_u64; len.div_ceil(64)];
        let mut n_missing = 0;
        for i in (0..len).filter(|&i| is_missing(i)) {
            words[i / 64] |= 1 << (i % 64);
            n_missing += 1;
        }
        (n_missing > 0).then(|| Self {
            words: Arc::new(words),
            n_missing,
        })
    }

    /// Whether cell `i` is missing.
    pub fn get(&self, i: usize) -> bool {
        self.words
            .get(i / 64)
            .is_some_and(|w| w >> (i % 64) & 1 == 1)
    }

    /// How many are missing.
    pub fn n_missing(&self) -> usize {
        self.n_missing
    }
}

/// Values of one type. What stands at a missing cell is unspecified.
#[derive(Debug, Clone, PartialEq)]
pub struct Values<T> {
    pub(super) data: Arc<Vec<T>>,
    pub(super) missing: Option<Mask>,
}

impl<T: Copy> Values<T> {
    /// Values with their mask.
    pub fn new(data: Vec<T>, missing: Option<Mask>) -> Self {
        Self {
            data: Arc::new(data),
            missing,
        }
    }

    /// Values of which some are missing.
    pub fn from_options(cells: &[Option<T>], fill: T) -> Self {
        let missing = Mask::from_fn(cells.len(), |i| cells[i].is_none());
        Self::new(cells.iter().map(|c| c.unwrap_or(fill)).collect(), missing)
    }

    /// All cells, missing ones included.
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// Which are missing.
    pub fn missing(&self) -> Option<&Mask> {
        self.missing.as_ref()
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Number of missing cells.
    pub fn n_missing(&self) -> usize {
        self.missing.as_ref().map_or(0, Mask::n_missing)
    }

    /// Whether cell `i` is missing.
    pub fn is_missing(&self, i: usize) -> bool {
        self.missing.as_ref().is_some_and(|m| m.get(i))
    }

    /// Cell `i`.
    pub fn get(&self, i: usize) -> Option<T> {
        if self.is_missing(i) {
            None
        } else {
            self.data.get(i).copied()
        }
    }

    /// All cells in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<T>> + '_ {
        (0..self.len()).map(|i| self.get(i))
    }

    /// The cells `rows`.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        let data = rows.iter().map(|&r| self.data[r as usize]).collect();
        let missing = self
            .missing
            .as_ref()
            .and_then(|m| Mask::from_fn(rows.len(), |i| m.get(rows[i] as usize)));
        Self::new(data, missing)
    }
}

/// A dictionary of different texts in one arena.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Levels {
    text: String,
    ends: Vec<usize>,
}

impl Levels {
    /// Adds a level and returns its code. Does not look whether it is there already.
    pub fn push(&mut self, level: &str) -> u32 {
        self.text.push_str(level);
        self.ends.push(self.text.len());
        (self.ends.len() - 1) as u32
    }

    /// A level.
    pub fn get(&self, code: u32) -> Option<&str> {
        let i = code as usize;
        let end = *self.ends.get(i)?;
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        self.text.get(start..end)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// In order of their codes.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).filter_map(|c| self.get(c))
    }
}

impl Levels {
    /// The levels of an arena, which is taken as it is; none where it is no text.
    pub(super) fn of_arena(arena: Vec<u8>, ends: Vec<usize>) -> Option<Self> {
        let text = String::from_utf8(arena).ok()?;
        ends.iter()
            .all(|end| text.is_char_boundary(*end))
            .then_some(Self { text, ends })
    }
}

impl<S: AsRef<str>> FromIterator<S> for Levels {
    fn from_iter<I: IntoIterator<Item = S>>(levels: I) -> Self {
        let mut out = Self::default();
        for level in levels {
            out.push(level.as_ref());
        }
        out
    }
}

/// Text as codes into shared levels.
#[derive(Debug, Clone, PartialEq)]
pub struct Coded {
    /// A code per cell.
    pub codes: Values<u32>,
    /// What the codes mean.
    pub levels: Arc<Levels>,
}

impl Coded {
    /// Cell `i`.
    pub fn get(&self, i: usize) -> Option<&str> {
        self.codes.get(i).and_then(|c| self.levels.get(c))
    }

    /// Codes cells as they first appear.
    pub fn from_cells<S: AsRef<str>>(cells: impl IntoIterator<Item = Option<S>>) -> Self {
        let mut levels = Levels::default();
        let mut seen = std::collections::HashMap::<String, u32>::new();
        let codes: Vec<Option<u32>> = cells
            .into_iter()
            .map(|c| {
                c.map(|c| {
                    *seen
                        .entry(c.as_ref().to_owned())
                        .or_insert_with(|| levels.push(c.as_ref()))
                })
            })
            .collect();
        Self {
            codes: Values::from_options(&codes, 0),
            levels: Arc::new(levels),
        }
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Decimal numbers.
    Float(Values<f64>),
    /// Whole numbers.
    Int(Values<i64>),
    /// Yes and no.
    Bool(Values<bool>),
    /// Days since 1970-01-01.
    Date(Values<i32>),
    /// Seconds since 1970-01-01T00:00, as written, zones ignored.
    DateTime(Values<i64>),
    /// Free text and ids.
    Text(Coded),
    /// A few repeating values.
    Category(Coded),
}

impl Column {
    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Self::Float(v) => v.len(),
            Self::Int(v) => v.len(),
            Self::Bool(v) => v.len(),
            Self::Date(v) => v.len(),
            Self::DateTime(v) => v.len(),
            Self::Text(c) | Self::Category(c) => c.codes.len(),
        }
    }

    /// Whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of missing cells.
    pub fn n_missing(&self) -> usize {
        match self {
            Self::Float(v) => v.n_missing(),
            Self::Int(v) => v.n_missing(),
            Self::Bool(v) => v.n_missing(),
            Self::Date(v) => v.n_missing(),
            Self::DateTime(v) => v.n_missing(),
            Self::Text(c) | Self::Category(c) => c.codes.n_missing(),
        }
    }

    /// Whether cell `i` is missing.
    pub fn is_missing(&self, i: usize) -> bool {
        match self {
            Self::Float(v) => v.is_missing(i),
            Self::Int(v) => v.is_missing(i),
            Self::Bool(v) => v.is_missing(i),
            Self::Date(v) => v.is_missing(i),
            Self::DateTime(v) => v.is_missing(i),
            Self::Text(c) | Self::Category(c) => c.codes.is_missing(i),
        }
    }

    /// Cell `i` as a number: yes is 1, dates are days, points in time seconds. None for text, and where missing.
    pub fn number(&self, i: usize) -> Option<f64> {
        match self {
            Self::Float(v) => v.get(i),
            Self::Int(v) => v.get(i).map(|v| v as f64),
            Self::Bool(v) => v.get(i).map(|v| f64::from(u8::from(v))),
            Self::Date(v) => v.get(i).map(f64::from),
            Self::DateTime(v) => v.get(i).map(|v| v as f64),
            Self::Text(_) | Self::Category(_) => None,
        }
    }

    /// All cells as numbers, NaN where missing; None for text.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        match self {
            Self::Text(_) | Self::Category(_) => None,
            _ => Some(
                (0..self.len())
                    .map(|i| self.number(i).unwrap_or(f64::NAN))
                    .collect(),
            ),
        }
    }

    /// The storage kind; an id column is stored as text or whole numbers.
    pub fn storage(&self) -> ColumnKind {
        match self {
            Self::Float(_) => ColumnKind::Float,
            Self::Int(_) => ColumnKind::Int,
            Self::Bool(_) => ColumnKind::Bool,
            Self::Date(_) => ColumnKind::Date,
            Self::DateTime(_) => ColumnKind::DateTime,
            Self::Text(_) => ColumnKind::Text,
            Self::Category(_) => ColumnKind::Category,
        }
    }

    /// The cells `rows`.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        let coded = |c: &Coded| Coded {
            codes: c.codes.take(rows),
            levels: c.levels.clone(),
        };
        match self {
            Self::Float(v) => Self::Float(v.take(rows)),
            Self::Int(v) => Self::Int(v.take(rows)),
            Self::Bool(v) => Self::Bool(v.take(rows)),
            Self::Date(v) => Self::Date(v.take(rows)),
            Self::DateTime(v) => Self::DateTime(v.take(rows)),
            Self::Text(c) => Self::Text(coded(c)),
            Self::Category(c) => Self::Category(coded(c)),
        }
    }
}
