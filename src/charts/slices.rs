//! A figure of the model by group of rows.
use super::row_dots::{self, Dots, RowDot};
use super::rows;
use super::scale::Kind;
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use crate::base::order;
use serde::{Deserialize, Serialize};

/// One group of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SliceRow {
    /// Column of the file, or two.
    pub column: String,
    /// Level, or range, in it.
    pub level: String,
    /// Rows.
    pub count: u64,
    /// The figure.
    pub value: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end of its 95 % interval.
    pub high: f64,
    /// Whether it is worse than the rest by more than chance, all groups looked at.
    pub is_clear: bool,
}

/// One metric by group, beside that of all rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slices {
    /// Metric key.
    pub metric: String,
    /// Whether more is better.
    pub more_is_better: bool,
    /// The metric of all rows.
    pub overall: f64,
    /// The groups.
    pub rows: Vec<SliceRow>,
}

impl Slices {
    /// Groups that can be drawn, the worst first.
    fn sorted(&self) -> Vec<&SliceRow> {
        let rows: Vec<_> = self.rows.iter().filter(|r| r.value.is_finite()).collect();
        let bad = |r: &SliceRow| {
            if self.more_is_better {
                r.value
            } else {
                -r.value
            }
        };
        let worst = order::sorted(rows.len(), &mut |a, b| {
            bad(rows[a]).total_cmp(&bad(rows[b]))
        });
        worst.into_iter().map(|i| rows[i]).collect()
    }

    fn number(&self, v: f64, words: &Words) -> String {
        let style = if self.more_is_better {
            NumberStyle::Score
        } else {
            NumberStyle::Short
        };
        (words.number)(v, style)
    }

    fn describe(&self, template: &str, r: &SliceRow, words: &Words) -> String {
        let count = |n: u64| (words.number)(n as f64, NumberStyle::Count);
        let name = [("column", r.column.as_str()), ("level", &r.level)];
        let n_clear = self.rows.iter().filter(|r| r.is_clear).count();
        let values = [
            ("name", fill(words.slices_name, &name)),
            ("score", (words.score)(&self.metric)),
            ("value", self.number(r.value, words)),
            ("low", self.number(r.low, words)),
            ("high", self.number(r.high, words)),
            ("overall", self.number(self.overall, words)),
            ("count", count(r.count)),
            ("clear", count(n_clear as u64)),
            ("n", count(self.rows.len() as u64)),
        ];
        let values = values.each_ref().map(|(k, v)| (*k, v.trim()));
        fill(template, &values)
    }
}

impl Chart for Slices {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let sorted = self.sorted();
        let Some(first) = sorted.first() else {
            return sheet.empty(words);
        };
        let row = |r: &&SliceRow| {
            let number = self.number(r.value, words);
            let has_interval = !r.low.is_nan() && !r.high.is_nan();
            RowDot {
                label: self.describe("{name}", r, words),
                strong: r.is_clear,
                value: Some([r.value, r.low, r.high]),
                ink: if r.is_clear {
                    Ink::Series(1)
                } else {
                    Ink::Muted
                },
                texts: [
                    match has_interval {
                        true => self.describe(words.value_interval, r, words),
                        false => number.clone(),
                    },
                    number,
                ],
                spot: self.describe(words.slices_spot, r, words),
            }
        };
        let rows: Vec<RowDot> = sorted.iter().map(row).collect();
        let score = (words.score)(&self.metric);
        let axis = fill(words.slices_axis, &[("score", &score)]);
        let dots = Dots {
            rows: &rows,
            titles: [axis.trim(), score.trim()],
            kind: Kind::Number,
            reference: self.overall.is_finite().then_some(self.overall),
            note: [words.slices_note, words.slices_note_short],
        };
        row_dots::draw(&mut sheet, &dots, words);
        sheet.finish(self.describe(words.slices_summary, first, words))
    }

    fn title(&self, words: &Words) -> String {
        let sorted = self.sorted();
        let clear = sorted.iter().find(|r| r.is_clear);
        match (clear, sorted.first()) {
            (Some(worst), _) => self.describe(words.slices_title, worst, words),
            (None, Some(_)) => words.slices_title_none.to_owned(),
            (None, None) => words.nothing.to_owned(),
        }
    }

    fn grid(&self, words: &Words) -> Grid {
        let score = (words.score)(&self.metric);
        let columns = [
            words.column_head,
            words.level_head,
            words.rows,
            score.trim(),
            words.low_head,
            words.high_head,
        ];
        let rows = self.sorted().into_iter().map(|r| {
            let count = (words.number)(r.count as f64, NumberStyle::Count);
            let mut row = vec![r.column.clone(), r.level.clone(), count];
            row.extend([r.value, r.low, r.high].map(|v| self.number(v, words)));
            row
        });
        Grid::new(&columns, rows.collect())
    }

    fn height_px(&self, _width_px: f64) -> f64 {
        rows::height_px(self.sorted().len(), true)
    }
}
