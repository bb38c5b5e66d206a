//! Confusion matrix of any number of classes.
use super::common::share;
use super::measure::{shorten, width_px};
use super::sheet::Sheet;
use super::words::fill;
use super::{Anchor, Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// Most tooltips.
const MAX_SPOTS: usize = 64;

/// Counts of actual against predicted class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfusionClasses {
    /// Class labels.
    pub labels: Vec<String>,
    /// `counts[actual][predicted]`, as many rows and columns as labels.
    pub counts: Vec<Vec<u64>>,
}

impl Chart for ConfusionClasses {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let n = self.labels.len();
        if n == 0 || self.total() == 0 {
            return sheet.empty(words);
        }
        let gap = if n > 12 { 1.0 } else { 3.0 };
        let head = width_px(words.actual_class, false);
        let widths = self.labels.iter().map(|l| width_px(l, true));
        let left = (widths.fold(head, f64::max) + 12.0).min(sheet.width * 0.34);
        // Very wide cells would tear the numbers apart.
        let right = sheet.width.min(left + 120.0 * n as f64);
        let (top, bottom) = (38.0, sheet.height - 4.0);
        let (cell_w, cell_h) = ((right - left) / n as f64, (bottom - top) / n as f64);
        let middle = (left + right) / 2.0;
        let (ink, anchor) = (Ink::Muted, Anchor::Middle);
        sheet.text((middle, 11.0), words.predicted_class, ink, anchor, false);
        let actual = shorten(words.actual_class, left - 8.0, false);
        sheet.text((1.0, 29.0), &actual, ink, Anchor::Start, false);
        for (i, label) in self.labels.iter().enumerate() {
            // Labels too narrow to tell apart are left to the tooltips.
            if cell_w >= 30.0 {
                let x = left + cell_w * (i as f64 + 0.5);
                let text = shorten(label, cell_w - 8.0, true);
                sheet.text((x, 29.0), &text, Ink::Strong, anchor, true);
            }
            if cell_h >= 12.0 {
                let y = top + cell_h * (i as f64 + 0.5) + 4.0;
                let text = shorten(label, left - 10.0, true);
                sheet.text((1.0, y), &text, Ink::Strong, Anchor::Start, true);
            }
        }
        let told = self.told();
        for actual in 0..n {
            let total = self.of(actual);
            for predicted in 0..n {
                let count = self.at(actual, predicted);
                let part = share(count, total);
                let ink = if actual == predicted {
                    Ink::Accent
                } else {
                    Ink::RiskHigh
                };
                let x = left + cell_w * predicted as f64;
                let y = top + cell_h * actual as f64;
                let bounds = (x, y, x + cell_w - gap, y + cell_h - gap);
                // Faint on purpose: text must be legible on it in both themes.
                sheet.rect(bounds, 2.0, ink, 0.05 + 0.25 * part);
                let at = (x + (cell_w - gap) / 2.0, y + (cell_h - gap) / 2.0);
                let text = (words.number)(count as f64, NumberStyle::Count);
                let percent = (words.number)(part, NumberStyle::Percent1);
                if count > 0 && width_px(&text, false) + 4.0 <= cell_w && cell_h >= 14.0 {
                    let place = (at.0, at.1 + 4.0);
                    sheet.text(place, &text, Ink::Strong, anchor, actual == predicted);
                }
                if count < told {
                    continue;
                }
                let values = [
                    ("actual", self.label(actual)),
                    ("predicted", self.label(predicted)),
                    ("count", &text),
                    ("share", &percent),
                ];
                sheet.spot(at, fill(words.confusion_spot, &values));
            }
        }
        sheet.finish(self.said(words.confusion_classes_summary, words))
    }
    fn grid(&self, words: &Words) -> Grid {
        let columns = [
            words.actual_class,
            words.predicted_class,
            words.rows,
            words.share_head,
        ];
        let mut rows = Vec::new();
        for actual in 0..self.labels.len() {
            let total = self.of(actual);
            for predicted in 0..self.labels.len() {
                let count = self.at(actual, predicted);
                rows.push(vec![
                    self.label(actual).to_owned(),
                    self.label(predicted).to_owned(),
                    (words.number)(count as f64, NumberStyle::Count),
                    (words.number)(share(count, total), NumberStyle::Percent1),
                ]);
            }
        }
        Grid::new(&columns, rows)
    }
    fn title(&self, words: &Words) -> String {
        match self.worst() {
            Some(_) => self.said(words.confusion_classes_title, words),
            None if self.total() == 0 => words.nothing.to_owned(),
            None => words.confusion_classes_clean.to_owned(),
        }
    }
    fn height_px(&self, _width_px: f64) -> f64 {
        let rows = 34.0 * self.labels.len() as f64 + 46.0;
        rows.clamp(190.0, 620.0)
    }
}

impl ConfusionClasses {
    fn at(&self, actual: usize, predicted: usize) -> u64 {
        let row = self.counts.get(actual);
        row.and_then(|r| r.get(predicted)).copied().unwrap_or(0)
    }

    fn label(&self, k: usize) -> &str {
        self.labels.get(k).map_or("", String::as_str)
    }

    /// Rows at or above which a cell has a tooltip: all of few cells, of many the fullest.
    fn told(&self) -> u64 {
        let n = self.labels.len();
        if n * n <= MAX_SPOTS {
            return 0;
        }
        let mut least = 1_u64;
        let all = || (0..n).flat_map(|a| (0..n).map(move |p| (a, p)));
        let n_at = |least: u64| all().filter(|(a, p)| self.at(*a, *p) >= least).count();
        while n_at(least) > MAX_SPOTS && least < u64::MAX {
            least = least.saturating_add((least / 8).max(1));
        }
        least
    }

    /// Rows of a class.
    fn of(&self, actual: usize) -> u64 {
        let all = (0..self.labels.len()).map(|p| self.at(actual, p));
        all.fold(0, u64::saturating_add)
    }

    fn total(&self) -> u64 {
        let all = (0..self.labels.len()).map(|a| self.of(a));
        all.fold(0, u64::saturating_add)
    }

    /// The commonest mistake: actual class, what it is taken for, rows; none where there is no mistake.
    fn worst(&self) -> Option<(usize, usize, u64)> {
        let mut out: Option<(usize, usize, u64)> = None;
        for actual in 0..self.labels.len() {
            for predicted in 0..self.labels.len() {
                let count = self.at(actual, predicted);
                let more = out.is_none_or(|o| count > o.2);
                if actual != predicted && count > 0 && more {
                    out = Some((actual, predicted, count));
                }
            }
        }
        out
    }

    fn said(&self, template: &str, words: &Words) -> String {
        let right = (0..self.labels.len()).map(|k| self.at(k, k));
        let right = right.fold(0, u64::saturating_add);
        let count = |n: u64| (words.number)(n as f64, NumberStyle::Count);
        let (actual, predicted, worst) = self.worst().unwrap_or((0, 0, 0));
        let percent =
            |part: u64, whole: u64| (words.number)(share(part, whole), NumberStyle::Percent1);
        let values = [
            ("right", count(right)),
            ("total", count(self.total())),
            ("share", percent(right, self.total())),
            ("actual", self.label(actual).to_owned()),
            ("predicted", self.label(predicted).to_owned()),
            ("count", count(worst)),
            ("part", percent(worst, self.of(actual))),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }
}
