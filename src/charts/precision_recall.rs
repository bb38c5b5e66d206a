//! Precision-recall curves.
use super::axis::{Axis, frame};
use super::common::{CORNERS, marker_text, pairs, series_ink, square_height_px, threshold_text};
use super::sheet::{Sheet, along, spread, spread_along};
use super::words::fill;
use super::{Anchor, Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// One learner's curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrecisionRecallSeries {
    /// Learner id.
    pub learner: String,
    /// Average precision.
    pub average_precision: f64,
    /// Precision per point, in the order of scikit-learn: recall falling from 1 to 0.
    pub precision: Vec<f64>,
    /// Recall per point.
    pub recall: Vec<f64>,
    /// Score at or above which a row counts as positive; one shorter than the points.
    pub thresholds: Vec<f64>,
}

/// Precision-recall curves, the best learner first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrecisionRecall {
    /// The curves.
    pub series: Vec<PrecisionRecallSeries>,
    /// Share of positives: what guessing reaches.
    pub base_rate: f64,
}

impl Chart for PrecisionRecall {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        self.draw_at(size, words, None)
    }
    fn grid(&self, words: &Words) -> Grid {
        let columns = [
            words.learner_head,
            words.threshold_head,
            words.recall_name,
            words.precision_name,
        ];
        let mut rows = Vec::new();
        for s in &self.series {
            for i in spread(s.precision.len().min(s.recall.len()), 200) {
                rows.push(vec![
                    (words.learner)(&s.learner),
                    threshold_text(s.thresholds.get(i), words),
                    (words.number)(s.recall[i], NumberStyle::Percent1),
                    (words.number)(s.precision[i], NumberStyle::Percent1),
                ]);
            }
        }
        Grid::new(&columns, rows)
    }
    fn height_px(&self, width_px: f64) -> f64 {
        square_height_px(width_px)
    }
}

impl PrecisionRecall {
    /// As [`Chart::draw`], with the best learner's point at a decision threshold marked.
    pub fn draw_at(&self, size: Size, words: &Words, threshold: Option<f64>) -> Scene {
        let mut sheet = Sheet::new(size);
        let series: Vec<_> = self.series.iter().take(6).collect();
        if series
            .iter()
            .all(|s| pairs(&s.recall, &s.precision).len() < 2)
        {
            return sheet.empty(words);
        }
        let x = Axis::share([words.recall, words.recall_short]);
        let y = Axis::share([words.precision, words.precision_short]);
        let plot = frame(&mut sheet, &x, &y, &[], words);
        let curves: Vec<Vec<(f64, f64)>> = series
            .iter()
            .map(|s| {
                let points = pairs(&s.recall, &s.precision);
                points.into_iter().map(|(_, p)| plot.at(p)).collect()
            })
            .collect();
        let mut obstacles = Vec::new();
        let rate = (words.number)(self.base_rate, NumberStyle::Percent);
        if self.base_rate.is_finite() {
            let line = [
                plot.at((0.0, self.base_rate)),
                plot.at((1.0, self.base_rate)),
            ];
            sheet.line(&line, Ink::Axis, 1.0, true);
            obstacles.extend(along(&line));
        }
        for (i, curve) in curves.iter().enumerate().rev() {
            let pen = if i == 0 { 2.2 } else { 1.5 };
            sheet.line(curve, series_ink(i), pen, false);
            obstacles.extend(along(curve));
        }
        if self.base_rate.is_finite() {
            let y = plot.y.at(self.base_rate);
            let y = if y + 16.0 < plot.bottom {
                y + 13.0
            } else {
                y - 5.0
            };
            let text = fill(words.guessing_rate, &[("rate", &rate)]);
            sheet.text(
                (plot.left + 4.0, y),
                &text,
                Ink::Muted,
                Anchor::Start,
                false,
            );
        }
        let mark = threshold.and_then(|t| {
            let s = series.first()?;
            let i = s.thresholds.iter().position(|v| *v >= t)?;
            let p = (*s.recall.get(i)?, *s.precision.get(i)?);
            (p.0.is_finite() && p.1.is_finite()).then_some(p)
        });
        let key: Vec<_> = series
            .iter()
            .enumerate()
            .map(|(i, s)| {
                let score = (words.number)(s.average_precision, NumberStyle::Score);
                let name = (words.learner)(&s.learner);
                let values = [
                    ("learner", name.as_str()),
                    ("average_precision", score.as_str()),
                ];
                (
                    series_ink(i),
                    false,
                    fill(words.precision_recall_label, &values),
                )
            })
            .collect();
        sheet.key(&key, &plot, &obstacles, &CORNERS);
        if let Some(p) = mark {
            sheet.dot(plot.at(p), 5.0, Ink::Accent, true);
            let text = marker_text(threshold, words);
            sheet.label_near(plot.at(p), &text, true, &plot, &obstacles);
        }
        let per_series = (60 / series.len().max(1)).max(8);
        for (s, curve) in series.iter().zip(&curves) {
            let points = pairs(&s.recall, &s.precision);
            let name = (words.learner)(&s.learner);
            // Visited from the left: recall falls along the list.
            for i in spread_along(curve, per_series).into_iter().rev() {
                let (index, (recall, precision)) = points[i];
                let values = [
                    ("learner", name.as_str()),
                    ("threshold", &threshold_text(s.thresholds.get(index), words)),
                    ("recall", &(words.number)(recall, NumberStyle::Percent1)),
                    (
                        "precision",
                        &(words.number)(precision, NumberStyle::Percent1),
                    ),
                ];
                sheet.spot(curve[i], fill(words.precision_recall_spot, &values));
            }
        }
        let summary = self.series.first().map_or_else(
            || words.nothing.to_owned(),
            |best| {
                let values = [
                    ("learner", (words.learner)(&best.learner)),
                    (
                        "average_precision",
                        (words.number)(best.average_precision, NumberStyle::Score),
                    ),
                    ("rate", rate),
                ];
                fill(
                    words.precision_recall_summary,
                    &values.each_ref().map(|(k, v)| (*k, v.as_str())),
                )
            },
        );
        sheet.finish(summary)
    }
}
