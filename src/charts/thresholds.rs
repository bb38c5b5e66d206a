//! What a decision threshold does.
use super::axis::{Axis, frame};
use super::common::{marker_text, share};
use super::sheet::{Sheet, along, spread};
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// A metric of one threshold.
type Measure = fn(&Operating) -> f64;

/// Metrics at one threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Operating {
    /// Rows scored at or above it that are positive.
    pub tp: u64,
    /// Rows scored at or above it that are negative.
    pub fp: u64,
    /// Positives below it.
    pub fn_: u64,
    /// Negatives below it.
    pub tn: u64,
}

/// Counts over a ladder of thresholds, so that the page can move the threshold without the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Thresholds, rising from 0 to 1.
    pub threshold: Vec<f64>,
    /// True positives at each.
    pub tp: Vec<u64>,
    /// False positives at each.
    pub fp: Vec<u64>,
    /// Positives in all.
    pub n_positive: u64,
    /// Negatives in all.
    pub n_negative: u64,
}

/// Quotients with nothing below the line are 0, as scikit-learn's `zero_division=0`.
impl Operating {
    /// Rows in all.
    pub fn n_rows(&self) -> u64 {
        [self.tp, self.fp, self.fn_, self.tn]
            .into_iter()
            .fold(0, u64::saturating_add)
    }
    /// Rows at or above the threshold.
    pub fn n_flagged(&self) -> u64 {
        self.tp.saturating_add(self.fp)
    }
    /// Share of rows flagged.
    pub fn share_flagged(&self) -> f64 {
        share(self.n_flagged(), self.n_rows())
    }
    /// Share of flagged rows that are positive.
    pub fn precision(&self) -> f64 {
        share(self.tp, self.n_flagged())
    }
    /// Share of positives that are flagged.
    pub fn recall(&self) -> f64 {
        share(self.tp, self.tp.saturating_add(self.fn_))
    }
    /// Share of negatives that are not flagged.
    pub fn specificity(&self) -> f64 {
        share(self.tn, self.tn.saturating_add(self.fp))
    }
    /// Share of rows classified correctly.
    pub fn accuracy(&self) -> f64 {
        share(self.tp.saturating_add(self.tn), self.n_rows())
    }
    /// Harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        let (tp, errors) = (self.tp as f64, self.fp as f64 + self.fn_ as f64);
        if tp == 0.0 {
            0.0
        } else {
            2.0 * tp / (2.0 * tp + errors)
        }
    }
    /// Matthews correlation coefficient, -1 to 1 (Matthews 1975, doi:10.1016/0005-2795(75)90109-9).
    pub fn mcc(&self) -> f64 {
        let [tp, fp, fneg, tn] = [self.tp, self.fp, self.fn_, self.tn].map(|n| n as f64);
        let below = ((tp + fp) * (tp + fneg)).sqrt() * ((tn + fp) * (tn + fneg)).sqrt();
        if below == 0.0 {
            0.0
        } else {
            (tp * tn - fp * fneg) / below
        }
    }
}

impl Thresholds {
    /// Index of the ladder step nearest to `threshold`; of two equally near the lower.
    pub fn nearest(&self, threshold: f64) -> Option<usize> {
        let n = self.threshold.len().min(self.tp.len()).min(self.fp.len());
        (0..n)
            .filter(|i| self.threshold[*i].is_finite())
            .min_by(|a, b| {
                let far = |i: &usize| (self.threshold[*i] - threshold).abs();
                far(a).total_cmp(&far(b))
            })
    }

    /// Counts at the ladder step nearest to `threshold`. Without a ladder nothing is flagged.
    pub fn at(&self, threshold: f64) -> Operating {
        let (tp, fp) = self
            .nearest(threshold)
            .map_or((0, 0), |i| (self.tp[i], self.fp[i]));
        Operating {
            tp,
            fp,
            fn_: self.n_positive.saturating_sub(tp),
            tn: self.n_negative.saturating_sub(fp),
        }
    }

    /// Step with the highest F1; the lowest threshold among equals.
    pub fn best_f1(&self) -> Option<f64> {
        let steps = self.threshold.iter().filter(|t| t.is_finite());
        let mut best: Option<(f64, f64)> = None;
        for t in steps {
            let f1 = self.at(*t).f1();
            if best.is_none_or(|(most, _)| f1 > most) {
                best = Some((f1, *t));
            }
        }
        best.map(|(_, t)| t)
    }

    /// As [`Chart::draw`], with `threshold` marked.
    pub fn draw_at(&self, size: Size, words: &Words, threshold: Option<f64>) -> Scene {
        let mut sheet = Sheet::new(size);
        let steps: Vec<f64> = self
            .threshold
            .iter()
            .copied()
            .filter(|t| t.is_finite())
            .collect();
        let n_rows = self.n_positive.saturating_add(self.n_negative);
        let (Some(best), true) = (self.best_f1(), n_rows > 0) else {
            return sheet.empty(words);
        };
        let x = Axis::share([words.threshold_axis, words.threshold_axis_short]);
        let y = Axis::share([words.metrics_axis, words.metrics_axis_short]);
        let plot = frame(&mut sheet, &x, &y, &[], words);
        let metrics: [(&str, Measure); 3] = [
            (words.precision_name, Operating::precision),
            (words.recall_name, Operating::recall),
            (words.f1_name, Operating::f1),
        ];
        let mut obstacles = Vec::new();
        let mut curves = Vec::new();
        for (i, (name, metric)) in metrics.into_iter().enumerate() {
            let points: Vec<(f64, f64)> = steps
                .iter()
                .map(|t| (*t, self.at(*t)))
                // Precision of no flags is not 0, it does not exist.
                .filter(|(_, o)| i != 0 || o.n_flagged() > 0)
                .map(|(t, o)| plot.at((t, metric(&o))))
                .collect();
            sheet.line(&points, Ink::Series(i as u8 + 1), 2.0, false);
            obstacles.extend(along(&points));
            curves.push((name, points));
        }
        if let Some(t) = threshold.filter(|t| t.is_finite()) {
            let at = plot.x.at(t);
            let line = [(at, plot.top), (at, plot.bottom)];
            sheet.line(&line, Ink::Accent, 1.5, false);
            let now = self.at(t);
            for (i, value) in [now.precision(), now.recall(), now.f1()]
                .into_iter()
                .enumerate()
            {
                if i != 0 || now.n_flagged() > 0 {
                    sheet.dot((at, plot.y.at(value)), 4.0, Ink::Series(i as u8 + 1), true);
                }
            }
            let text = marker_text(threshold, words);
            obstacles.extend(along(&line));
            let places = [0.08, 0.5, 0.9, 0.3, 0.7];
            let _ = places.into_iter().any(|s| {
                let y = plot.top + s * (plot.bottom - plot.top);
                sheet.label_near((at, y), &text, true, &plot, &obstacles)
            });
        }
        for (i, (name, points)) in curves.iter().enumerate() {
            sheet.label_curve(name, Ink::Series(i as u8 + 1), points, &plot, &obstacles);
        }
        for i in spread(steps.len(), 60) {
            let t = steps[i];
            let at = plot.at((t, self.at(t).f1()));
            sheet.spot(at, self.describe(words.thresholds_spot, t, words));
        }
        let summary = self.describe(words.thresholds_summary, best, words);
        sheet.finish(summary)
    }

    fn describe(&self, template: &str, threshold: f64, words: &Words) -> String {
        let at = self.at(threshold);
        let percent = |v: f64| (words.number)(v, NumberStyle::Percent1);
        let precision = if at.n_flagged() == 0 {
            f64::NAN
        } else {
            at.precision()
        };
        let values = [
            ("threshold", (words.number)(threshold, NumberStyle::Score)),
            ("precision", percent(precision)),
            ("recall", percent(at.recall())),
            ("f1", percent(at.f1())),
            ("flagged", percent(at.share_flagged())),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }
}

impl Chart for Thresholds {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        self.draw_at(size, words, None)
    }
    fn grid(&self, words: &Words) -> Grid {
        let columns = [
            words.threshold_head,
            words.precision_name,
            words.recall_name,
            words.f1_name,
            words.flagged_head,
        ];
        let rows = self.threshold.iter().filter(|t| t.is_finite()).map(|t| {
            let at = self.at(*t);
            let precision = if at.n_flagged() == 0 {
                f64::NAN
            } else {
                at.precision()
            };
            let mut row = vec![(words.number)(*t, NumberStyle::Score)];
            row.extend(
                [precision, at.recall(), at.f1(), at.share_flagged()]
                    .map(|v| (words.number)(v, NumberStyle::Percent1)),
            );
            row
        });
        Grid::new(&columns, rows.collect())
    }
    fn height_px(&self, width_px: f64) -> f64 {
        super::common::square_height_px(width_px).min(280.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_step_is_taken_and_metrics_are_those_of_the_table() {
        let ladder = Thresholds {
            threshold: vec![0.0, 0.5, 1.0],
            tp: vec![10, 6, 0],
            fp: vec![20, 3, 0],
            n_positive: 10,
            n_negative: 20,
        };
        let at = ladder.at(0.6);
        assert_eq!((at.tp, at.fp, at.fn_, at.tn), (6, 3, 4, 17));
        assert!((at.f1() - 12.0 / 19.0).abs() < 1e-12);
        assert!((at.mcc() - 90.0 / (9.0 * 10.0 * 20.0 * 21.0_f64).sqrt()).abs() < 1e-12);
        assert_eq!(ladder.at(2.0).precision(), 0.0);
        assert_eq!(ladder.best_f1(), Some(0.5));
        assert_eq!(at.share_flagged(), 0.3);
        assert_eq!(at.specificity(), 0.85);
    }
}
