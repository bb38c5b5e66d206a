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
                let sd = (words.number)(r.sd, NumberStyle::Score);
                let values = [
                    ("column", r.column.as_str()),
                    ("score", &score),
                    ("mean", &mean),
                    ("sd", &sd),
                ];
                RowBar {
                    label: r.column.clone(),
                    value: r.mean,
                    spread: if r.sd.is_finite() { r.sd.abs() } else { 0.0 },
                    spot: fill(words.importance_spot, &values),
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
        let columns = [words.column_head, fall.trim(), words.sd_head];
        let rows = self.rows.iter().map(|r| {
            vec![
                r.column.clone(),
                (words.number)(r.mean, NumberStyle::Short),
                (words.number)(r.sd, NumberStyle::Short),
            ]
        });
        Grid::new(&columns, rows.collect())
    }
    fn height_px(&self, _width_px: f64) -> f64 {
        rows::height_px(self.rows.len(), true)
    }
}
