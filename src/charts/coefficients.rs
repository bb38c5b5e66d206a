//! Coefficients or odds ratios of a linear model, with their intervals.
use super::row_dots::{self, Dots, RowDot};
use super::rows;
use super::scale::Kind;
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use crate::base::order;
use serde::{Deserialize, Serialize};

/// One coefficient or odds ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoefficientRow {
    /// What it belongs to: a column, or a column and its category.
    pub name: String,
    /// The estimate; greater than 0 for an odds ratio.
    pub estimate: f64,
    /// Lower end of its 95 % interval; not a number where none is known.
    pub low: f64,
    /// Upper end of its 95 % interval; not a number where none is known.
    pub high: f64,
}

/// Coefficients, in any order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficients {
    /// The coefficients.
    pub rows: Vec<CoefficientRow>,
    /// The numbers are odds ratios: 1 is no effect, and 2 is as strong as one half.
    pub is_odds_ratio: bool,
}

impl Coefficients {
    /// A number on the axis.
    fn place(&self, v: f64) -> f64 {
        match self.is_odds_ratio {
            true if v <= 0.0 => f64::NEG_INFINITY,
            true => v.log10(),
            false => v,
        }
    }

    /// Rows that can be drawn, the strongest first.
    fn sorted(&self) -> Vec<&CoefficientRow> {
        let size = |r: &CoefficientRow| self.place(r.estimate).abs();
        let rows: Vec<_> = self.rows.iter().filter(|r| size(r).is_finite()).collect();
        let strongest = order::sorted(rows.len(), &mut |a, b| {
            size(rows[b]).total_cmp(&size(rows[a]))
        });
        strongest.into_iter().map(|i| rows[i]).collect()
    }

    fn is_clear(&self, r: &CoefficientRow) -> bool {
        let none = if self.is_odds_ratio { 1.0 } else { 0.0 };
        r.low > none || r.high < none
    }

    fn kind<'a>(&self, words: &'a Words) -> &'a str {
        if self.is_odds_ratio {
            words.odds_name
        } else {
            words.coef_name
        }
    }

    fn describe(&self, template: &str, r: &CoefficientRow, words: &Words) -> String {
        let number = |v: f64| (words.number)(v, NumberStyle::Short);
        let count = |n: usize| (words.number)(n as f64, NumberStyle::Count);
        let n_clear = self.rows.iter().filter(|r| self.is_clear(r)).count();
        let values = [
            ("name", r.name.clone()),
            ("kind", self.kind(words).to_owned()),
            ("value", number(r.estimate)),
            ("low", number(r.low)),
            ("high", number(r.high)),
            ("clear", count(n_clear)),
            ("n", count(self.rows.len())),
            ("none", count(usize::from(self.is_odds_ratio))),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }
}

impl Chart for Coefficients {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let sorted = self.sorted();
        let Some(first) = sorted.first() else {
            return sheet.empty(words);
        };
        let row = |r: &&CoefficientRow| {
            let has_interval = !r.low.is_nan() && !r.high.is_nan();
            let short = (words.number)(r.estimate, NumberStyle::Short);
            let long = if has_interval {
                self.describe(words.value_interval, r, words)
            } else {
                short.clone()
            };
            let spot = if has_interval {
                words.coefficients_spot
            } else {
                words.coefficients_spot_plain
            };
            RowDot {
                label: r.name.clone(),
                strong: false,
                value: Some([r.estimate, r.low, r.high].map(|v| self.place(v))),
                ink: if self.is_clear(r) {
                    Ink::Series(1)
                } else {
                    Ink::Muted
                },
                texts: [long, short],
                spot: self.describe(spot, r, words),
            }
        };
        let rows: Vec<RowDot> = sorted.iter().map(row).collect();
        let (titles, kind) = if self.is_odds_ratio {
            ([words.odds_axis, words.odds_axis_short], Kind::Log)
        } else {
            ([words.coefficients_axis, words.coef_axis], Kind::Number)
        };
        let dots = Dots {
            rows: &rows,
            titles,
            kind,
            reference: Some(0.0),
            note: [words.coefficients_note, words.coefficients_note_short],
        };
        row_dots::draw(&mut sheet, &dots, words);
        sheet.finish(self.describe(words.coefficients_summary, first, words))
    }

    fn title(&self, words: &Words) -> String {
        match self.sorted().first() {
            Some(first) => self.describe(words.coefficients_title, first, words),
            None => words.nothing.to_owned(),
        }
    }

    /// All rows, the strongest first, then those that cannot be drawn.
    fn grid(&self, words: &Words) -> Grid {
        let size = |r: &&CoefficientRow| self.place(r.estimate).abs();
        let undrawn = self.rows.iter().filter(|r| !size(r).is_finite());
        let rows = self.sorted().into_iter().chain(undrawn).map(|r| {
            let mut row = vec![r.name.clone()];
            row.extend([r.estimate, r.low, r.high].map(|v| (words.number)(v, NumberStyle::Short)));
            row
        });
        let head = if self.is_odds_ratio {
            words.odds_axis_short
        } else {
            words.coef_axis
        };
        let columns = [words.label_head, head, words.low_head, words.high_head];
        Grid::new(&columns, rows.collect())
    }

    fn height_px(&self, _width_px: f64) -> f64 {
        rows::height_px(self.sorted().len(), true)
    }
}
