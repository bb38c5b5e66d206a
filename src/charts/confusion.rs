//! Confusion matrix.
use super::common::share;
use super::measure::{fitting, shorten, width_px};
use super::sheet::Sheet;
use super::words::fill;
use super::{Anchor, Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// Counts of actual against predicted class; class 1 is the positive one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// Class labels.
    pub labels: [String; 2],
    /// `counts[actual][predicted]`.
    pub counts: [[u64; 2]; 2],
}

impl Chart for Confusion {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        const GAP: f64 = 4.0;
        let mut sheet = Sheet::new(size);
        let head = width_px(words.actual_class, false);
        let widest = self
            .labels
            .iter()
            .map(|l| width_px(l, true))
            .fold(head, f64::max);
        let left = (widest + 12.0).min(sheet.width * 0.34);
        // Very wide cells would tear the numbers apart.
        let right = sheet.width.min(left + 560.0);
        let (top, bottom) = (38.0, sheet.height - 22.0);
        let (cell_w, cell_h) = ((right - left - GAP) / 2.0, (bottom - top - GAP) / 2.0);
        let middle = (left + right) / 2.0;
        sheet.text(
            (middle, 11.0),
            words.predicted_class,
            Ink::Muted,
            Anchor::Middle,
            false,
        );
        let actual = shorten(words.actual_class, left - 8.0, false);
        sheet.text((1.0, 29.0), &actual, Ink::Muted, Anchor::Start, false);
        for (i, label) in self.labels.iter().enumerate() {
            let x = left + (cell_w + GAP) * i as f64 + cell_w / 2.0;
            let text = shorten(label, cell_w - 8.0, true);
            sheet.text((x, 29.0), &text, Ink::Strong, Anchor::Middle, true);
            let y = top + (cell_h + GAP) * i as f64 + cell_h / 2.0 + 4.0;
            let text = shorten(label, left - 10.0, true);
            sheet.text((1.0, y), &text, Ink::Strong, Anchor::Start, true);
        }
        for (actual, row) in self.counts.iter().enumerate() {
            let total = row[0].saturating_add(row[1]);
            for (predicted, count) in row.iter().enumerate() {
                let x = left + (cell_w + GAP) * predicted as f64;
                let y = top + (cell_h + GAP) * actual as f64;
                let part = share(*count, total);
                let ink = if actual == predicted {
                    Ink::Accent
                } else {
                    Ink::RiskHigh
                };
                // Faint on purpose: text must be legible on it in both themes.
                let bounds = (x, y, x + cell_w, y + cell_h);
                sheet.rect(bounds, 4.0, ink, 0.06 + 0.2 * part);
                let (cx, cy) = (x + cell_w / 2.0, y + cell_h / 2.0);
                let count_text = (words.number)(*count as f64, NumberStyle::Count);
                let share_text = (words.number)(part, NumberStyle::Percent1);
                sheet.text(
                    (cx, cy - 3.0),
                    &count_text,
                    Ink::Strong,
                    Anchor::Middle,
                    true,
                );
                let under = fill(words.confusion_share, &[("share", &share_text)]);
                let under = fitting(&[&under, &share_text], cell_w - 4.0);
                sheet.text((cx, cy + 13.0), &under, Ink::Strong, Anchor::Middle, false);
                let values = [
                    ("actual", self.labels[actual].as_str()),
                    ("predicted", self.labels[predicted].as_str()),
                    ("count", &count_text),
                    ("share", &share_text),
                ];
                sheet.spot((cx, cy), fill(words.confusion_spot, &values));
            }
        }
        let note = [words.confusion_note, words.confusion_note_short];
        let note = fitting(&note, sheet.width - 4.0);
        let baseline = sheet.height - 4.0;
        sheet.text((1.0, baseline), &note, Ink::Muted, Anchor::Start, false);
        sheet.finish(self.summary(words))
    }
    fn grid(&self, words: &Words) -> Grid {
        let columns = [
            words.actual_class,
            words.predicted_class,
            words.rows,
            words.share_head,
        ];
        let mut rows = Vec::new();
        for (actual, row) in self.counts.iter().enumerate() {
            for (predicted, count) in row.iter().enumerate() {
                let part = share(*count, row[0].saturating_add(row[1]));
                rows.push(vec![
                    self.labels[actual].clone(),
                    self.labels[predicted].clone(),
                    (words.number)(*count as f64, NumberStyle::Count),
                    (words.number)(part, NumberStyle::Percent1),
                ]);
            }
        }
        Grid::new(&columns, rows)
    }
    fn height_px(&self, width_px: f64) -> f64 {
        (width_px * 0.5).clamp(190.0, 240.0)
    }
}

impl Confusion {
    fn summary(&self, words: &Words) -> String {
        let [[tn, fp], [fneg, tp]] = self.counts;
        let total = [tn, fp, fneg, tp].into_iter().fold(0, u64::saturating_add);
        if total == 0 {
            return words.nothing.to_owned();
        }
        let right = tp.saturating_add(tn);
        let count = |n: u64| (words.number)(n as f64, NumberStyle::Count);
        let values = [
            ("right", count(right)),
            ("total", count(total)),
            (
                "share",
                (words.number)(share(right, total), NumberStyle::Percent1),
            ),
            ("missed", count(fneg)),
            ("alarms", count(fp)),
        ];
        fill(
            words.confusion_summary,
            &values.each_ref().map(|(k, v)| (*k, v.as_str())),
        )
    }
}
