//! Residuals against predictions, with their trend.
use super::axis::{Axis, frame};
use super::cloud::Cloud;
use super::scale::{Kind, rounded};
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// How far beyond its interval a trend must lie from 0 to be told: many places are looked at.
const CLEAR: f64 = 1.5;

/// A place of the trend.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrendPoint {
    /// Prediction.
    pub x: f64,
    /// Smoothed residual there.
    pub mean: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end of its 95 % interval.
    pub high: f64,
}

/// Held-out rows by prediction and residual, actual minus predicted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Residuals {
    /// What is predicted: a column of the file.
    pub column: String,
    /// Rows: predicted, residual.
    pub cloud: Cloud,
    /// Smoothed residual, by rising prediction.
    pub trend: Vec<TrendPoint>,
    /// Standard deviation of the residuals.
    pub sd: f64,
}

impl Chart for Residuals {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        if !self.cloud.is_drawable() {
            return sheet.empty(words);
        }
        // Zero is in the picture, with room for labels.
        let y = (self.cloud.y.0.min(0.0), self.cloud.y.1.max(0.0));
        let x = rounded(self.cloud.x, 5, Kind::Number);
        let x = Axis::new([words.predicted_value; 2], x, Kind::Number);
        let titles = [words.residual_axis, words.residual_axis_short];
        let y = Axis::new(titles, rounded(y, 5, Kind::Number), Kind::Number);
        let note = [words.residuals_note, words.residuals_note_short];
        let plot = frame(&mut sheet, &x, &y, &note, words);
        self.cloud.draw(&mut sheet, &plot, words);
        let zero = plot.y.at(0.0);
        let ends = [(plot.left, zero), (plot.right, zero)];
        sheet.line(&ends, Ink::Strong, 1.0, false);
        let trend = self.sound();
        if trend.len() > 1 {
            let upper = trend.iter().map(|p| plot.at((p.x, p.high)));
            let lower = trend.iter().rev().map(|p| plot.at((p.x, p.low)));
            sheet.area(upper.chain(lower).collect(), Ink::Series(2), 0.35);
            let line: Vec<_> = trend.iter().map(|p| plot.at((p.x, p.mean))).collect();
            sheet.line(&line, Ink::Series(2), 2.0, false);
        }
        for point in &trend {
            let text = self.said(words.residuals_trend_spot, Some(point), words);
            sheet.spot(plot.at((point.x, point.mean)), text);
        }
        sheet.finish(self.said(words.residuals_summary, None, words))
    }
    fn grid(&self, words: &Words) -> Grid {
        let columns = [
            words.predicted_value,
            words.residual_axis_short,
            words.low_head,
            words.high_head,
        ];
        let short = |v: f64| (words.number)(v, NumberStyle::Short);
        let rows = self.sound();
        let rows = rows
            .iter()
            .map(|p| [p.x, p.mean, p.low, p.high].map(short).into());
        Grid::new(&columns, rows.collect())
    }
    fn title(&self, words: &Words) -> String {
        let trend = self.sound();
        let mut furthest: Option<&TrendPoint> = None;
        for point in &trend {
            let half = (point.high - point.low) / 2.0;
            let is_clear = point.mean.abs() > CLEAR * half;
            if is_clear && furthest.is_none_or(|f| point.mean.abs() > f.mean.abs()) {
                furthest = Some(point);
            }
        }
        let template = match furthest {
            Some(point) if point.mean > 0.0 => words.residuals_title_low,
            Some(_) => words.residuals_title_high,
            None => words.residuals_title_even,
        };
        self.said(template, furthest, words)
    }
}

impl Residuals {
    /// The trend without places that cannot be drawn.
    fn sound(&self) -> Vec<TrendPoint> {
        let finite = |p: &&TrendPoint| [p.x, p.mean, p.low, p.high].iter().all(|v| v.is_finite());
        self.trend.iter().filter(finite).copied().collect()
    }

    fn said(&self, template: &str, at: Option<&TrendPoint>, words: &Words) -> String {
        let short = |v: f64| (words.number)(v, NumberStyle::Short);
        let of = |get: fn(&TrendPoint) -> f64| at.map_or(String::new(), |p| short(get(p)));
        let values = [
            ("column", self.column.clone()),
            (
                "n",
                (words.number)(self.cloud.n_rows() as f64, NumberStyle::Count),
            ),
            ("sd", short(self.sd)),
            ("at", of(|p| p.x)),
            ("by", of(|p| p.mean.abs())),
            ("mean", of(|p| p.mean)),
            ("low", of(|p| p.low)),
            ("high", of(|p| p.high)),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }
}
