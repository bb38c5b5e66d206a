//! ROC curves.
use super::axis::{Axis, frame};
use super::common::{CORNERS, marker_text, pairs, series_ink, square_height_px, threshold_text};
use super::sheet::{Sheet, along, spread, spread_along};
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// One learner's ROC curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RocSeries {
    /// Learner id.
    pub learner: String,
    /// Area under the curve.
    pub roc_auc: f64,
    /// False positive rate per point, rising.
    pub fpr: Vec<f64>,
    /// True positive rate per point, rising.
    pub tpr: Vec<f64>,
    /// Score at or above which a row counts as positive; the first is infinite.
    pub thresholds: Vec<f64>,
}

/// ROC curves, the best learner first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Roc {
    /// The curves.
    pub series: Vec<RocSeries>,
}

impl Chart for Roc {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        self.draw_at(size, words, None)
    }
    fn grid(&self, words: &Words) -> Grid {
        let columns = [
            words.learner_head,
            words.threshold_head,
            words.false_positive_rate_short,
            words.true_positive_rate_short,
        ];
        let mut rows = Vec::new();
        for s in &self.series {
            let len = s.fpr.len().min(s.tpr.len());
            for i in spread(len, 200) {
                rows.push(vec![
                    (words.learner)(&s.learner),
                    threshold_text(s.thresholds.get(i), words),
                    (words.number)(s.fpr[i], NumberStyle::Percent1),
                    (words.number)(s.tpr[i], NumberStyle::Percent1),
                ]);
            }
        }
        Grid::new(&columns, rows)
    }
    fn height_px(&self, width_px: f64) -> f64 {
        square_height_px(width_px)
    }
}

impl Roc {
    /// As [`Chart::draw`], with the best learner's point at a decision threshold marked.
    pub fn draw_at(&self, size: Size, words: &Words, threshold: Option<f64>) -> Scene {
        let mut sheet = Sheet::new(size);
        let series: Vec<_> = self.series.iter().take(6).collect();
        if series.iter().all(|s| pairs(&s.fpr, &s.tpr).len() < 2) {
            return sheet.empty(words);
        }
        let x = Axis::share([words.false_positive_rate, words.false_positive_rate_short]);
        let y = Axis::share([words.true_positive_rate, words.true_positive_rate_short]);
        let plot = frame(&mut sheet, &x, &y, &[], words);
        let chance = [plot.at((0.0, 0.0)), plot.at((1.0, 1.0))];
        sheet.line(&chance, Ink::Axis, 1.0, true);
        let mut obstacles = along(&chance);
        let curves: Vec<Vec<(f64, f64)>> = series
            .iter()
            .map(|s| {
                let points = pairs(&s.fpr, &s.tpr);
                points.into_iter().map(|(_, p)| plot.at(p)).collect()
            })
            .collect();
        // The best is painted last, on top.
        for (i, curve) in curves.iter().enumerate().rev() {
            let pen = if i == 0 { 2.2 } else { 1.5 };
            sheet.line(curve, series_ink(i), pen, false);
            obstacles.extend(along(curve));
        }
        let mark = threshold.and_then(|t| {
            let s = series.first()?;
            let i = s.thresholds.iter().rposition(|v| *v >= t)?;
            let p = (*s.fpr.get(i)?, *s.tpr.get(i)?);
            (p.0.is_finite() && p.1.is_finite()).then_some(p)
        });
        let mut key: Vec<_> = series
            .iter()
            .enumerate()
            .map(|(i, s)| {
                let auc = (words.number)(s.roc_auc, NumberStyle::Score);
                let name = (words.learner)(&s.learner);
                let values = [("learner", name.as_str()), ("roc_auc", auc.as_str())];
                (series_ink(i), false, fill(words.roc_label, &values))
            })
            .collect();
        key.push((Ink::Axis, true, words.guessing.to_owned()));
        sheet.key(&key, &plot, &obstacles, &CORNERS);
        if let Some(p) = mark {
            sheet.dot(plot.at(p), 5.0, Ink::Accent, true);
            let text = marker_text(threshold, words);
            sheet.label_near(plot.at(p), &text, true, &plot, &obstacles);
        }
        let per_series = (60 / series.len().max(1)).max(8);
        for (s, curve) in series.iter().zip(&curves) {
            let points = pairs(&s.fpr, &s.tpr);
            let name = (words.learner)(&s.learner);
            for i in spread_along(curve, per_series) {
                let (index, (fpr, tpr)) = points[i];
                let values = [
                    ("learner", name.as_str()),
                    ("threshold", &threshold_text(s.thresholds.get(index), words)),
                    ("fpr", &(words.number)(fpr, NumberStyle::Percent1)),
                    ("tpr", &(words.number)(tpr, NumberStyle::Percent1)),
                ];
                sheet.spot(curve[i], fill(words.roc_spot, &values));
            }
        }
        let summary = self.summary(words);
        sheet.finish(summary)
    }

    fn summary(&self, words: &Words) -> String {
        let Some(best) = self.series.first() else {
            return words.nothing.to_owned();
        };
        // Where a fifth of the negatives is disturbed: about what a team can stand.
        let at = pairs(&best.fpr, &best.tpr);
        let (fpr, tpr) = at
            .iter()
            .rev()
            .find(|(_, p)| p.0 <= 0.2)
            .map_or((0.0, 0.0), |(_, p)| *p);
        let values = [
            ("learner", (words.learner)(&best.learner)),
            ("roc_auc", (words.number)(best.roc_auc, NumberStyle::Score)),
            ("fpr", (words.number)(fpr, NumberStyle::Percent)),
            ("tpr", (words.number)(tpr, NumberStyle::Percent)),
        ];
        fill(
            words.roc_summary,
            &values.each_ref().map(|(k, v)| (*k, v.as_str())),
        )
    }
}
