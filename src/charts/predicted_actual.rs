//! Predicted against actual numbers.
use super::axis::{Axis, frame};
use super::cloud::Cloud;
use super::common::square_height_px;
use super::scale::{Kind, rounded};
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// Held-out rows by predicted and actual number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PredictedActual {
    /// What is predicted: a column of the file.
    pub column: String,
    /// Rows: predicted, actual.
    pub cloud: Cloud,
    /// Distance from a prediction to the ends of its interval; not a number where there is none.
    pub half_width: f64,
    /// Share of the variance explained.
    pub r2: f64,
    /// Root mean squared error.
    pub rmse: f64,
}

impl Chart for PredictedActual {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        if !self.cloud.is_drawable() {
            return sheet.empty(words);
        }
        // The same domain for both, so that the line of right predictions is the diagonal.
        let low = self.cloud.x.0.min(self.cloud.y.0);
        let high = self.cloud.x.1.max(self.cloud.y.1);
        let domain = rounded((low, high), 5, Kind::Number);
        let x = Axis::new([words.predicted_value; 2], domain, Kind::Number);
        let y = Axis::new([words.actual_value; 2], domain, Kind::Number);
        let note = if self.half_width > 0.0 {
            [
                words.predicted_actual_note,
                words.predicted_actual_note_short,
            ]
        } else {
            ["", ""]
        };
        let plot = frame(&mut sheet, &x, &y, &note, words);
        self.cloud.draw(&mut sheet, &plot, words);
        let ends = [plot.at((domain.0, domain.0)), plot.at((domain.1, domain.1))];
        sheet.line(&ends, Ink::Strong, 1.0, false);
        if self.half_width > 0.0 && self.half_width < domain.1 - domain.0 {
            let w = self.half_width;
            for (a, b) in [
                ((domain.0, domain.0 + w), (domain.1 - w, domain.1)),
                ((domain.0 + w, domain.0), (domain.1, domain.1 - w)),
            ] {
                sheet.line(&[plot.at(a), plot.at(b)], Ink::Strong, 1.0, true);
            }
        }
        sheet.finish(self.said(words.predicted_actual_summary, words))
    }
    fn grid(&self, words: &Words) -> Grid {
        let short = |v: f64| (words.number)(v, NumberStyle::Short);
        if !self.cloud.points.is_empty() {
            let rows = self.cloud.points.iter();
            let rows = rows.map(|(x, y)| vec![short(*x), short(*y)]).collect();
            return Grid::new(&[words.predicted_value, words.actual_value], rows);
        }
        let columns = [
            words.predicted_from_head,
            words.predicted_to_head,
            words.actual_from_head,
            words.actual_to_head,
            words.rows,
        ];
        let row = |cell: &(u32, u32, u64)| {
            let [x, y] = self.cloud.limits(*cell);
            let mut row: Vec<String> = [x.0, x.1, y.0, y.1].map(short).into();
            row.push((words.number)(cell.2 as f64, NumberStyle::Count));
            row
        };
        Grid::new(&columns, self.cloud.cells.iter().map(row).collect())
    }
    fn title(&self, words: &Words) -> String {
        self.said(words.predicted_actual_title, words)
    }
    fn height_px(&self, width_px: f64) -> f64 {
        square_height_px(width_px)
    }
}

impl PredictedActual {
    fn said(&self, template: &str, words: &Words) -> String {
        let values = [
            ("column", self.column.clone()),
            (
                "n",
                (words.number)(self.cloud.n_rows() as f64, NumberStyle::Count),
            ),
            ("r2", (words.number)(self.r2, NumberStyle::Score)),
            (
                "share",
                (words.number)(self.r2.max(0.0), NumberStyle::Percent),
            ),
            ("rmse", (words.number)(self.rmse, NumberStyle::Short)),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }
}
