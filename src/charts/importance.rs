//! Feature importance.
use super::row_bars::{self, RowBar};
use super::rows;
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// One column's importance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportanceRow {
    /// Column of the file.
    pub column: String,
    /// Mean fall of the score when the column is shuffled.
    pub mean: f64,
    /// Standard deviation over repeats.
    pub sd: f64,
    /// Lower end of the 95 % interval of the mean, of shuffling alone; not a number for a single repeat.
    pub low: f64,
    /// Upper end of the 95 % interval of the mean, of shuffling alone; not a number for a single repeat.
    pub high: f64,
}

/// Permutation importance, largest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// The columns.
    pub rows: Vec<ImportanceRow>,
    /// Which score falls, by its metric key.
    pub scoring: String,
}

impl Chart for Importance {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let score = (words.score)(&self.scoring);
        let rows: Vec<RowBar> = self
            .rows
            .iter()
            .filter(|r| r.mean.is_finite())
            .map(|r| {
                let mean = (words.number)(r.mean, NumberStyle::Score);
                let ends = [r.low, r.high].map(|v| (words.number)(v, NumberStyle::Score));
                let values = [
                    ("column", r.column.as_str()),
                    ("score", &score),
                    ("mean", &mean),
                    ("low", &ends[0]),
                    ("high", &ends[1]),
                ];
                RowBar {
                    label: r.column.clone(),
                    value: r.mean,
                    ends: [r.low, r.high],
                    spot: fill(
                        if r.low.is_finite() && r.high.is_finite() {
                            words.importance_spot
                        } else {
                            words.importance_spot_plain
                        },
                        &values,
                    ),
                    text: mean,
                }
            })
            .collect();
        let Some(first) = rows.first() else {
            return sheet.empty(words);
        };
        let of_score = [("score", score.as_str())];
        let titles = [
            fill(words.importance_axis, &of_score),
            fill(words.importance_axis_short, &of_score),
        ];
        let titles = titles.each_ref().map(|t| t.trim());
        let note = [words.importance_note, words.importance_note_short];
        row_bars::draw(&mut sheet, &rows, titles, note, words);
        let values = [
            ("column", first.label.as_str()),
            ("score", &score),
            ("mean", &first.text),
            ("n", &(words.number)(rows.len() as f64, NumberStyle::Count)),
        ];
        sheet.finish(fill(words.importance_summary, &values))
    }
    fn grid(&self, words: &Words) -> Grid {
        let score = (words.score)(&self.scoring);
        let fall = fill(words.fall_head, &[("score", &score)]);
        let columns = [
            words.column_head,
            fall.trim(),
            words.sd_head,
            words.low_head,
            words.high_head,
        ];
        let rows = self.rows.iter().map(|r| {
            let mut row = vec![r.column.clone()];
            let numbers = [r.mean, r.sd, r.low, r.high];
            row.extend(numbers.map(|v| (words.number)(v, NumberStyle::Short)));
            row
        });
        Grid::new(&columns, rows.collect())
    }
    fn height_px(&self, _width_px: f64) -> f64 {
        rows::height_px(self.rows.len(), true)
    }
}
