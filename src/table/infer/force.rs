//! A column as the kind a person or a saved schema asks for.
use super::{View, Wanted, floats, ints, strange_cells};
use crate::base::{ColumnKind, Error, Format, Result, Warning};
use crate::table::{Column, dates, numbers::NumberStyle, words};

impl View<'_> {
    /// The column as the kind it must have.
    pub(super) fn force(
        &self,
        name: &str,
        wanted: &Wanted,
        warnings: &mut Vec<Warning>,
    ) -> Result<(Format, Column, ColumnKind)> {
        let kind = wanted.kind;
        let check = |(count, row): (u64, u64), warnings: &mut Vec<Warning>| {
            if count * 2 > self.n_present {
                let name = name.to_owned();
                return Err(Error::Cell { row, name, kind });
            }
            if count > 0 {
                warnings.push(strange_cells(name, kind, count, row));
            }
            Ok(())
        };
        match kind {
            ColumnKind::Float | ColumnKind::Int => {
                let style = match &wanted.format {
                    Some(Format::Number {
                        percent,
                        currency,
                        decimal_comma,
                    }) => NumberStyle {
                        comma: *decimal_comma,
                        percent: *percent,
                        currency: currency.clone(),
                    },
                    _ => NumberStyle::judge(self.present()),
                };
                let read = self.read(|l| {
                    let v = style.read(l).map(|r| r.0).or_else(|| style.read_any(l));
                    v.filter(|v| kind == ColumnKind::Float || v.fract() == 0.0)
                });
                check(self.strange(&read), warnings)?;
                let values = self.values(&read, f64::NAN).data().to_vec();
                let column = if kind == ColumnKind::Int {
                    ints(values)
                } else {
                    floats(values)
                };
                let format = wanted
                    .format
                    .clone()
                    .unwrap_or_else(|| Self::number_format(&style));
                Ok((format, column, kind))
            }
            ColumnKind::Date | ColumnKind::DateTime => {
                let order = match &wanted.format {
                    Some(Format::Date { order }) => *order,
                    _ => {
                        let (order, tied) = self.date_order();
                        if tied {
                            warnings.push(Warning::AmbiguousDates {
                                column: name.to_owned(),
                            });
                        }
                        order
                    }
                };
                let read = self.read(|l| dates::parse(l, order));
                check(self.strange(&read), warnings)?;
                Ok((Format::Date { order }, self.moments(&read, kind), kind))
            }
            ColumnKind::Bool => {
                let format = match &wanted.format {
                    Some(f @ Format::Bool { .. }) => f.clone(),
                    _ => self.spellings(name)?,
                };
                let Format::Bool { falsy, truthy } = &format else {
                    return Err(self.misfit(name, kind, 0));
                };
                let same = |a: &str, b: &str| a.trim().to_lowercase() == b.trim().to_lowercase();
                let read = self.read(|l| {
                    if same(l, truthy) {
                        Some(true)
                    } else if same(l, falsy) {
                        Some(false)
                    } else {
                        words::truth(l)
                    }
                });
                check(self.strange(&read), warnings)?;
                Ok((format, Column::Bool(self.values(&read, false)), kind))
            }
            ColumnKind::Category => Ok((Format::Plain, Column::Category(self.coded()), kind)),
            _ => Ok((Format::Plain, Column::Text(self.coded()), kind)),
        }
    }

    fn misfit(&self, name: &str, kind: ColumnKind, row: u64) -> Error {
        Error::Cell {
            row: row + 1,
            name: name.to_owned(),
            kind,
        }
    }

    /// The two spellings of a column that must be yes/no: known words, else the rarer one is yes.
    fn spellings(&self, name: &str) -> Result<Format> {
        if let Some((format, _, _)) = self.bools() {
            return Ok(format);
        }
        // Spellings that differ in case only are one.
        let mut folded: Vec<(String, &str, u64, u32)> = Vec::new();
        for l in (0..self.levels.len()).filter(|&l| !self.missing[l]) {
            let lower = self.levels[l].trim().to_lowercase();
            match folded.iter_mut().find(|f| f.0 == lower) {
                Some(f) => f.2 += u64::from(self.counts[l]),
                None => folded.push((
                    lower,
                    self.levels[l].trim(),
                    u64::from(self.counts[l]),
                    self.first[l],
                )),
            }
            if let Some(third) = folded.get(2) {
                return Err(self.misfit(name, ColumnKind::Bool, u64::from(third.3)));
            }
        }
        let yes = |f: &(String, &str, u64, u32)| words::truth(f.1).or_else(|| words::positive(f.1));
        let (falsy, truthy) = match folded.as_slice() {
            [] => ("no", "yes"),
            [one] => match yes(one) {
                Some(false) => (one.1, "yes"),
                _ => ("no", one.1),
            },
            [a, b, ..] => {
                let swap = match (yes(a), yes(b)) {
                    (Some(true), Some(true)) | (Some(false), Some(false)) | (None, None) => {
                        a.2 < b.2
                    }
                    (Some(a), _) => a,
                    (None, Some(b)) => !b,
                };
                if swap { (b.1, a.1) } else { (a.1, b.1) }
            }
        };
        Ok(Format::Bool {
            falsy: falsy.to_owned(),
            truthy: truthy.to_owned(),
        })
    }
}
