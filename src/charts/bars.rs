//! Horizontal bars.
use super::row_bars::{self, RowBar};
use super::rows;
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// Labelled values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bars {
    /// Labels.
    pub labels: Vec<String>,
    /// Values.
    pub values: Vec<f64>,
}

impl Chart for Bars {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let rows: Vec<RowBar> = self
            .labels
            .iter()
            .zip(&self.values)
            .filter(|(_, v)| v.is_finite())
            .map(|(label, v)| {
                let text = (words.number)(*v, NumberStyle::Short);
                let values = [("label", label.as_str()), ("value", text.as_str())];
                RowBar {
                    label: label.clone(),
                    value: *v,
                    ends: [f64::NAN; 2],
                    spot: fill(words.bars_spot, &values),
                    text,
                }
            })
            .collect();
        let Some(largest) = rows.iter().max_by(|a, b| a.value.total_cmp(&b.value)) else {
            return sheet.empty(words);
        };
        let values = [
            ("label", largest.label.as_str()),
            ("value", &largest.text),
            ("n", &(words.number)(rows.len() as f64, NumberStyle::Count)),
        ];
        let summary = fill(words.bars_summary, &values);
        row_bars::draw(&mut sheet, &rows, [words.value; 2], ["", ""], words);
        sheet.finish(summary)
    }
    fn grid(&self, words: &Words) -> Grid {
        let rows = self.labels.iter().zip(&self.values);
        let rows = rows.map(|(l, v)| vec![l.clone(), (words.number)(*v, NumberStyle::Short)]);
        Grid::new(&[words.label_head, words.value], rows.collect())
    }
    fn height_px(&self, _width_px: f64) -> f64 {
        rows::height_px(self.labels.len(), false)
    }
}
