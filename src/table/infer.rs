//! What a column holds, judged over all of its cells.
//!
//! A kind other than text is taken when at most 1 % of the cells that are not missing (or one cell, of twenty or
//! more) do not fit; those become missing and are counted in a warning. Yes/no columns take no strange cells: a third
//! word makes a category.
mod force;

use super::{
    Coded, Column, Mask, Values, dates, distinct, names,
    numbers::{self, NumberStyle},
    read::builder::{Builder, NONE, Numbers, Texts},
    words,
};
use crate::base::{ColumnKind, DateOrder, Error, Field, Format, Result, Warning};
use std::sync::Arc;

/// The kind a column must get, and how it is written where that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The kind.
    pub kind: ColumnKind,
    /// The format, of a saved schema.
    pub format: Option<Format>,
}

impl Wanted {
    /// Whether plain numbers may be read straight into a number column.
    pub fn takes_numbers(&self) -> bool {
        self.kind.is_number()
            && !matches!(
                self.format,
                Some(
                    Format::Number { percent: true, .. }
                        | Format::Number {
                            decimal_comma: true,
                            ..
                        }
                )
            )
    }
}

/// What became of a column.
#[derive(Debug)]
pub enum Finished {
    /// It is done.
    Column(Field, Column),
    /// Its original text is needed: read it again.
    NeedsText,
}

/// How many strange cells a column of `n` present cells may have.
fn tolerance(n: u64) -> u64 {
    (n / 100).max(u64::from(n >= 20))
}

/// Ends a column.
///
/// # Errors
/// [`Error::Cell`] when more than half of the cells do not fit the wanted kind.
pub fn finish(
    name: &str,
    builder: Builder,
    wanted: Option<&Wanted>,
    warnings: &mut Vec<Warning>,
) -> Result<Finished> {
    match builder {
        Builder::Skip => Ok(Finished::NeedsText),
        Builder::Numbers(n) => finish_numbers(name, n, wanted, warnings),
        Builder::Texts(mut t) => {
            t.dictionary.seal();
            let view = View::new(&t);
            let (format, column, kind) = match wanted {
                Some(w) => view.force(name, w, warnings)?,
                None => view.infer(name, warnings),
            };
            // Texts stay in the memory they were read into.
            let View { missing, .. } = view;
            let column = match column {
                Column::Text(_) => Column::Text(t.into_coded(&missing)),
                Column::Category(_) => Column::Category(t.into_coded(&missing)),
                other => other,
            };
            let mut field = Field::new(name, kind);
            field.format = format;
            Ok(Finished::Column(field, column))
        }
    }
}

fn strange_cells(name: &str, kind: ColumnKind, count: u64, first_row: u64) -> Warning {
    Warning::StrangeCells {
        column: name.to_owned(),
        count,
        first_row,
        kind,
    }
}

fn finish_numbers(
    name: &str,
    mut n: Numbers,
    wanted: Option<&Wanted>,
    warnings: &mut Vec<Warning>,
) -> Result<Finished> {
    let n_values = n.values.iter().filter(|v| !v.is_nan()).count() as u64;
    let n_present = n_values + n.strange.len() as u64;
    let decorated = |(_, t): &(u32, String)| {
        numbers::written(t, false).is_some() || numbers::written(t, true).is_some()
    };
    let unfit = n.failed
        || n.strange.len() as u64 > tolerance(n_present)
        || n.strange.iter().any(decorated);
    n.values.shrink_to_fit();
    let whole = n.n_fraction == 0;
    let codes = whole && (n.n_wide > 0 || (n.n_padded > 0 && n.n_padded * 100 >= n_present));
    if unfit || (wanted.is_none() && (codes || n_present == 0)) {
        return Ok(Finished::NeedsText);
    }
    let binary = || {
        let (mut zero, mut one) = (false, false);
        for &v in n.values.iter().filter(|v| !v.is_nan()) {
            zero |= v == 0.0;
            one |= v == 1.0;
            if v != 0.0 && v != 1.0 {
                return false;
            }
        }
        zero && one
    };
    let mut strange = (
        n.strange.len() as u64,
        n.strange.first().map_or(0, |s| u64::from(s.0) + 1),
    );
    let (kind, column, format) = match wanted.map(|w| w.kind) {
        Some(ColumnKind::Int) => {
            for (i, v) in n.values.iter_mut().enumerate() {
                if v.fract() != 0.0 && !v.is_nan() {
                    *v = f64::NAN;
                    strange.1 = if strange.0 == 0 {
                        i as u64 + 1
                    } else {
                        strange.1.min(i as u64 + 1)
                    };
                    strange.0 += 1;
                }
            }
            if strange.0 * 2 > n_present {
                return Err(Error::Cell {
                    row: strange.1,
                    name: name.to_owned(),
                    kind: ColumnKind::Int,
                });
            }
            (ColumnKind::Int, ints(n.values), Format::Plain)
        }
        Some(_) => (ColumnKind::Float, floats(n.values), Format::Plain),
        None if binary() => {
            if !whole {
                return Ok(Finished::NeedsText);
            }
            let missing = Mask::from_fn(n.values.len(), |i| n.values[i].is_nan());
            let format = Format::Bool {
                falsy: "0".into(),
                truthy: "1".into(),
            };
            let cells = n.values.iter().map(|v| *v == 1.0).collect();
            (
                ColumnKind::Bool,
                Column::Bool(Values::new(cells, missing)),
                format,
            )
        }
        None if whole => match compact_dates(name, &n.values) {
            Some(column) => {
                let format = Format::Date {
                    order: DateOrder::YearMonthDay,
                };
                (ColumnKind::Date, column, format)
            }
            None => {
                let kind = if is_id(name, &n.values) {
                    ColumnKind::Id
                } else {
                    ColumnKind::Int
                };
                (kind, ints(n.values), Format::Plain)
            }
        },
        None => (ColumnKind::Float, floats(n.values), Format::Plain),
    };
    if strange.0 > 0 {
        warnings.push(strange_cells(name, kind, strange.0, strange.1));
    }
    let mut field = Field::new(name, kind);
    field.format = format;
    Ok(Finished::Column(field, column))
}

/// NaN becomes missing; zero stands in its place, so that equal columns compare equal.
fn floats(mut values: Vec<f64>) -> Column {
    let missing = Mask::from_fn(values.len(), |i| values[i].is_nan());
    if missing.is_some() {
        for v in values.iter_mut().filter(|v| v.is_nan()) {
            *v = 0.0;
        }
    }
    Column::Float(Values::new(values, missing))
}

fn ints(values: Vec<f64>) -> Column {
    let missing = Mask::from_fn(values.len(), |i| values[i].is_nan());
    // A NaN casts to 0; the same size lets the cells be turned in place.
    Column::Int(Values::new(
        values.into_iter().map(|v| v as i64).collect(),
        missing,
    ))
}

/// Days, when every number is one written yyyymmdd and there are a few, or the name says so.
fn compact_dates(name: &str, values: &[f64]) -> Option<Column> {
    let mut cells = Vec::new();
    let mut n = 0;
    for v in values {
        if v.is_nan() {
            cells.push(None);
        } else {
            cells.push(Some(dates::from_compact(*v as i64)?));
            n += 1;
        }
    }
    (n >= 3 || (n > 0 && names::is_date(name)))
        .then(|| Column::Date(Values::from_options(&cells, 0)))
}

/// Whether whole numbers are a number of the customer or of the row: all different, and named so; or counting up
/// from 0 or 1 row by row under a name that is no measure. Numbers of customers may also repeat.
fn is_id(name: &str, values: &[f64]) -> bool {
    let present = || values.iter().filter(|v| !v.is_nan());
    let n = present().count();
    if n < 2 || names::is_measure(name) {
        return false;
    }
    let counts_up = n == values.len()
        && n >= 20
        && matches!(values[0], 0.0 | 1.0)
        && values.windows(2).all(|w| w[1] - w[0] == 1.0);
    if counts_up {
        return true;
    }
    if !names::is_id(name) {
        return false;
    }
    let n_distinct = distinct::exact(present().map(|v| v.to_bits()));
    n_distinct == n || (names::is_entity_id(name) && n_distinct > 100)
}

/// A column of text, level by level.
struct View<'a> {
    texts: &'a Texts,
    levels: Vec<&'a str>,
    counts: Vec<u32>,
    first: Vec<u32>,
    missing: Vec<bool>,
    n_present: u64,
}

impl<'a> View<'a> {
    fn new(texts: &'a Texts) -> Self {
        let n = texts.dictionary.n_texts();
        let levels: Vec<&str> = (0..n as u32).map(|c| texts.dictionary.get(c)).collect();
        let missing: Vec<bool> = levels
            .iter()
            .map(|l| words::is_missing(l.as_bytes()))
            .collect();
        let (mut counts, mut first) = (vec![0_u32; n], vec![0_u32; n]);
        for (row, &code) in texts.codes.iter().enumerate().filter(|c| *c.1 != NONE) {
            let code = code as usize;
            if counts[code] == 0 {
                first[code] = row as u32;
            }
            counts[code] += 1;
        }
        let n_present = (0..n)
            .filter(|&l| !missing[l])
            .map(|l| u64::from(counts[l]))
            .sum();
        Self {
            texts,
            levels,
            counts,
            first,
            missing,
            n_present,
        }
    }

    /// Levels that are not missing, with how often they occur.
    fn present(&self) -> impl Iterator<Item = (&'a str, u64)> + Clone + '_ {
        (0..self.levels.len())
            .filter(|&l| !self.missing[l])
            .map(|l| (self.levels[l], u64::from(self.counts[l])))
    }

    /// What each level means, none for missing ones.
    fn read<T>(&self, read: impl Fn(&str) -> Option<T>) -> Vec<Option<T>> {
        self.levels
            .iter()
            .zip(&self.missing)
            .map(|(l, missing)| if *missing { None } else { read(l) })
            .collect()
    }

    /// Cells that are present and mean nothing, and the first such row, from 1.
    fn strange<T>(&self, meaning: &[Option<T>]) -> (u64, u64) {
        let odd = || (0..self.levels.len()).filter(|&l| meaning[l].is_none() && !self.missing[l]);
        let count = odd().map(|l| u64::from(self.counts[l])).sum();
        (
            count,
            odd()
                .map(|l| u64::from(self.first[l]) + 1)
                .min()
                .unwrap_or(0),
        )
    }

    fn values<T: Copy>(&self, meaning: &[Option<T>], fill: T) -> Values<T> {
        let at = |code: u32| meaning.get(code as usize).copied().flatten();
        let codes = &self.texts.codes;
        let missing = Mask::from_fn(codes.len(), |i| at(codes[i]).is_none());
        Values::new(
            codes.iter().map(|c| at(*c).unwrap_or(fill)).collect(),
            missing,
        )
    }

    /// Stands for the texts as they are, until the view is gone and they can be had without a copy.
    fn coded(&self) -> Coded {
        Coded {
            codes: Values::new(Vec::new(), None),
            levels: Arc::default(),
        }
    }

    fn number_format(style: &NumberStyle) -> Format {
        if *style == NumberStyle::default() {
            return Format::Plain;
        }
        Format::Number {
            percent: style.percent,
            currency: style.currency.clone(),
            decimal_comma: style.comma,
        }
    }

    /// The order of day and month that fits most cells, and whether another fits as well.
    fn date_order(&self) -> (DateOrder, bool) {
        let judge = |order| {
            let (mut n, mut shapes) = (0_u64, [0_u64; 3]);
            for (level, count) in self.present() {
                if let Some(m) = dates::parse(level, order) {
                    n += count;
                    shapes[m.shape as usize] += count;
                }
            }
            (n, shapes)
        };
        let (day_first, shapes) = judge(DateOrder::DayMonthYear);
        let (month_first, other) = judge(DateOrder::MonthDayYear);
        if shapes[1] + shapes[2] + other[1] + other[2] == 0 {
            (DateOrder::YearMonthDay, false)
        } else if month_first > day_first {
            (DateOrder::MonthDayYear, false)
        } else {
            // A column of days with equal numbers, such as 5/5/2026, reads the same either way.
            let differs = || {
                self.present().any(|(l, _)| {
                    dates::parse(l, DateOrder::DayMonthYear)
                        != dates::parse(l, DateOrder::MonthDayYear)
                })
            };
            let tied = month_first == day_first && shapes[2] > 0 && differs();
            (DateOrder::DayMonthYear, tied)
        }
    }

    fn infer(&self, name: &str, warnings: &mut Vec<Warning>) -> (Format, Column, ColumnKind) {
        let text = |kind: ColumnKind| {
            let coded = self.coded();
            let column = if kind == ColumnKind::Category {
                Column::Category(coded)
            } else {
                Column::Text(coded)
            };
            (Format::Plain, column, kind)
        };
        if self.n_present == 0 {
            return text(ColumnKind::Category);
        }
        if let Some(found) = self.bools() {
            return found;
        }
        let allowed = tolerance(self.n_present);
        // A look at some levels spares most text columns the full reading.
        let promising = |reads: &dyn Fn(&str) -> bool| {
            let (mut n, mut good) = (0_u32, 0_u32);
            for (level, _) in self.present().take(200) {
                n += 1;
                good += u32::from(reads(level));
            }
            good * 2 >= n
        };
        let is_number =
            |l: &str| numbers::written(l, false).is_some() || numbers::written(l, true).is_some();
        if promising(&is_number) && !self.codes_in_digits() {
            let style = NumberStyle::judge(self.present());
            let read = self.read(|l| style.read(l));
            let (count, first_row) = self.strange(&read);
            if count <= allowed && count < self.n_present {
                let whole = read
                    .iter()
                    .flatten()
                    .all(|(_, f)| f & numbers::FRACTION == 0);
                let read: Vec<Option<f64>> = read.iter().map(|r| r.map(|r| r.0)).collect();
                let plain = style == NumberStyle::default();
                let values = self.values(&read, f64::NAN).data().to_vec();
                let days = (whole && plain)
                    .then(|| compact_dates(name, &values))
                    .flatten();
                let (kind, column, format) = match days {
                    Some(column) => {
                        let order = DateOrder::YearMonthDay;
                        (ColumnKind::Date, column, Format::Date { order })
                    }
                    None if whole && plain && is_id(name, &values) => {
                        (ColumnKind::Id, ints(values), Format::Plain)
                    }
                    None if whole => (ColumnKind::Int, ints(values), Self::number_format(&style)),
                    None => (
                        ColumnKind::Float,
                        floats(values),
                        Self::number_format(&style),
                    ),
                };
                if count > 0 {
                    warnings.push(strange_cells(name, kind, count, first_row));
                }
                return (format, column, kind);
            }
        }
        if promising(&|l| {
            dates::parse(l, DateOrder::DayMonthYear).is_some()
                || dates::parse(l, DateOrder::MonthDayYear).is_some()
        }) {
            let (order, tied) = self.date_order();
            let read = self.read(|l| dates::parse(l, order));
            let (count, first_row) = self.strange(&read);
            if count <= allowed && count < self.n_present {
                let timed = read.iter().flatten().any(|m| m.time.is_some_and(|t| t > 0));
                let kind = if timed {
                    ColumnKind::DateTime
                } else {
                    ColumnKind::Date
                };
                if tied {
                    warnings.push(Warning::AmbiguousDates {
                        column: name.to_owned(),
                    });
                }
                if count > 0 {
                    warnings.push(strange_cells(name, kind, count, first_row));
                }
                return (Format::Date { order }, self.moments(&read, kind), kind);
            }
        }
        text(self.text_kind(name))
    }

    fn moments(&self, read: &[Option<dates::Moment>], kind: ColumnKind) -> Column {
        if kind == ColumnKind::DateTime {
            let seconds: Vec<_> = read.iter().map(|m| m.map(dates::Moment::seconds)).collect();
            Column::DateTime(self.values(&seconds, 0))
        } else {
            let days: Vec<_> = read.iter().map(|m| m.map(|m| m.days)).collect();
            Column::Date(self.values(&days, 0))
        }
    }

    /// Whether these are digits that are no numbers: padded with zeros, or too long to calculate with.
    fn codes_in_digits(&self) -> bool {
        let (mut n_padded, mut wide) = (0, false);
        for (level, count) in self.present() {
            match numbers::plain(level.trim().as_bytes()) {
                Some((_, f)) if f & numbers::FRACTION != 0 => return false,
                Some((_, f)) => {
                    n_padded += if f & numbers::PADDED != 0 { count } else { 0 };
                    wide |= f & numbers::WIDE != 0;
                }
                None => {}
            }
        }
        let padded = n_padded > 0 && n_padded * 100 >= self.n_present;
        // Padded days such as 01012026 do not exist: yyyymmdd never starts with a zero.
        wide || padded
    }

    fn bools(&self) -> Option<(Format, Column, ColumnKind)> {
        let levels: Vec<(&str, u64)> = self.present().take(9).collect();
        if levels.len() > 8 {
            return None;
        }
        let names: Vec<&str> = levels.iter().map(|l| l.0).collect();
        let meanings = words::truths(&names)?;
        let spelling = |yes: bool| {
            let of = levels.iter().zip(&meanings).filter(|(_, m)| **m == yes);
            of.max_by_key(|(l, _)| l.1)
                .map(|(l, _)| l.0.trim().to_owned())
        };
        let format = Format::Bool {
            falsy: spelling(false)?,
            truthy: spelling(true)?,
        };
        let read = self.read(|l| names.iter().position(|n| *n == l).map(|i| meanings[i]));
        Some((
            format,
            Column::Bool(self.values(&read, false)),
            ColumnKind::Bool,
        ))
    }

    /// Category, free text or id.
    ///
    /// An id is a code of its own in (nearly) every row, or names a customer. Text is long, or made of names that
    /// hardly repeat. The rest are categories.
    fn text_kind(&self, name: &str) -> ColumnKind {
        let n = self.n_present as f64;
        let (mut n_distinct, mut n_code, mut chars, mut spaces, mut wide) =
            (0_u64, 0_u64, 0.0, 0.0, 0.0);
        for (level, count) in self.present() {
            n_distinct += 1;
            let code = level.len() <= 64
                && level.bytes().all(|b| b.is_ascii_graphic())
                && level.bytes().any(|b| b.is_ascii_digit() || b == b'@');
            n_code += u64::from(code);
            let weight = count as f64;
            for c in level.chars() {
                chars += weight;
                spaces += if c.is_whitespace() { weight } else { 0.0 };
                wide += if ('\u{2e80}'..='\u{d7ff}').contains(&c) {
                    weight
                } else {
                    0.0
                };
            }
        }
        let ratio = n_distinct as f64 / n;
        let coded = n_code * 10 >= n_distinct * 9;
        // Chinese and the like write no spaces: about two characters are a word.
        let n_words = spaces / n + 1.0 + wide / n / 2.0;
        let long = n_words >= 4.5 || chars / n >= 40.0;
        let id_name = names::is_id(name);
        if !long
            && self.n_present >= 2
            && ((id_name && ratio >= 0.9)
                || (coded && ratio >= 0.95 && self.n_present >= 20)
                || (names::is_entity_id(name) && n_distinct > 100))
        {
            ColumnKind::Id
        } else if (long && ratio >= 0.3 && n_distinct > 2) || (ratio >= 0.8 && self.n_present >= 50)
        {
            ColumnKind::Text
        } else {
            ColumnKind::Category
        }
    }
}
