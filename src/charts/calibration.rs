//! Said against happened.
use super::axis::{Axis, frame};
use super::common::square_height_px;
use super::scale::Kind;
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// One group of rows with similar scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Mean predicted probability.
    pub predicted: f64,
    /// Share of positives.
    pub observed: f64,
    /// Lower end of the 95 % Wilson interval of `observed`.
    pub low: f64,
    /// Upper end of the 95 % Wilson interval of `observed`.
    pub high: f64,
    /// Rows.
    pub count: u64,
}

/// Reliability of predicted probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Groups, by rising prediction.
    pub bins: Vec<CalibrationBin>,
    /// The same without a correction that was made; empty where there was none.
    pub before: Vec<CalibrationBin>,
}

impl Calibration {
    /// Of probabilities that were not corrected.
    pub fn new(bins: Vec<CalibrationBin>) -> Self {
        Self {
            bins,
            before: Vec::new(),
        }
    }
}

fn drawable(bins: &[CalibrationBin]) -> Vec<&CalibrationBin> {
    bins.iter()
        .filter(|b| b.predicted.is_finite() && b.observed.is_finite() && b.count > 0)
        .collect()
}

/// Mean distance of said and happened over rows.
fn gap(bins: &[&CalibrationBin]) -> f64 {
    let (mut gap, mut total) = (0.0, 0.0);
    for b in bins {
        gap += b.count as f64 * (b.predicted - b.observed).abs();
        total += b.count as f64;
    }
    gap / total
}

impl Chart for Calibration {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let drawn = drawable(&self.bins);
        let before = drawable(&self.before);
        if drawn.is_empty() {
            return sheet.empty(words);
        }
        // Rare positives: all the groups would crowd in a corner of the full square.
        let largest = drawn.iter().chain(&before).fold(0.0, |m: f64, b| {
            let high = if b.high.is_finite() {
                b.high
            } else {
                b.observed
            };
            m.max(b.predicted).max(b.observed).max(high.min(1.0))
        });
        let limit = [0.05, 0.1, 0.2, 0.5]
            .into_iter()
            .find(|l| largest <= *l)
            .unwrap_or(1.0);
        let x = Axis::new(
            [words.predicted, words.predicted_short],
            (0.0, limit),
            Kind::Share,
        );
        let y = Axis::new(
            [words.observed, words.observed_short],
            (0.0, limit),
            Kind::Share,
        );
        let note = if before.is_empty() {
            [words.calibration_note, words.calibration_note_short]
        } else {
            [
                words.calibration_corrected_note,
                words.calibration_corrected_note_short,
            ]
        };
        let plot = frame(&mut sheet, &x, &y, &note, words);
        let ideal = [plot.at((0.0, 0.0)), plot.at((limit, limit))];
        sheet.line(&ideal, Ink::Axis, 1.0, true);
        let path: Vec<_> = before
            .iter()
            .map(|b| plot.at((b.predicted, b.observed)))
            .collect();
        sheet.line(&path, Ink::Muted, 1.0, false);
        for (b, at) in before.iter().zip(path) {
            sheet.dot(at, 2.5, Ink::Muted, false);
            sheet.spot(at, spot(b, words.calibration_before_spot, words));
        }
        for b in &drawn {
            if b.low.is_finite() && b.high.is_finite() {
                let ends = [
                    plot.at((b.predicted, b.low)),
                    plot.at((b.predicted, b.high)),
                ];
                sheet.line(&ends, Ink::Series(1), 1.5, false);
            }
        }
        for b in &drawn {
            let at = plot.at((b.predicted, b.observed));
            sheet.dot(at, 3.5, Ink::Series(1), false);
            sheet.spot(at, spot(b, words.calibration_spot, words));
        }
        let values = [
            (
                "bins",
                (words.number)(drawn.len() as f64, NumberStyle::Count),
            ),
            ("gap", (words.number)(gap(&drawn), NumberStyle::Percent1)),
            (
                "before",
                (words.number)(gap(&before), NumberStyle::Percent1),
            ),
        ];
        let values = values.each_ref().map(|(k, v)| (*k, v.as_str()));
        let summary = if before.is_empty() {
            words.calibration_summary
        } else {
            words.calibration_corrected_summary
        };
        sheet.finish(fill(summary, &values))
    }
    fn grid(&self, words: &Words) -> Grid {
        let mut columns = vec![
            words.predicted_short,
            words.observed_short,
            words.low_head,
            words.high_head,
            words.rows,
        ];
        let row = |b: &CalibrationBin| {
            let mut row: Vec<String> = [b.predicted, b.observed, b.low, b.high]
                .map(|v| (words.number)(v, NumberStyle::Percent1))
                .into();
            row.push((words.number)(b.count as f64, NumberStyle::Count));
            row
        };
        let mut rows: Vec<Vec<String>> = self.bins.iter().map(row).collect();
        if !self.before.is_empty() {
            columns.push(words.calibration_head);
            rows.extend(self.before.iter().map(row));
            for (i, row) in rows.iter_mut().enumerate() {
                let is_after = i < self.bins.len();
                row.push(
                    if is_after {
                        words.calibration_after
                    } else {
                        words.calibration_before
                    }
                    .to_owned(),
                );
            }
        }
        Grid::new(&columns, rows)
    }
    fn height_px(&self, width_px: f64) -> f64 {
        square_height_px(width_px)
    }
}

fn spot(b: &CalibrationBin, text: &str, words: &Words) -> String {
    let percent = |v: f64| (words.number)(v, NumberStyle::Percent1);
    let values = [
        ("predicted", percent(b.predicted)),
        ("observed", percent(b.observed)),
        ("low", percent(b.low)),
        ("high", percent(b.high)),
        ("count", (words.number)(b.count as f64, NumberStyle::Count)),
    ];
    fill(text, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
}
