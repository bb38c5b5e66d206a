//! Histogram of a number column.
use super::axis::{Axis, frame};
use super::common::{bins, share};
use super::scale::{Kind, rounded};
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// Equal-width bins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Bin limits.
    pub edges: Vec<f64>,
    /// Rows per bin.
    pub counts: Vec<u64>,
}

impl Chart for Histogram {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let bins = bins(&self.edges, self.counts.len());
        let total = self.total();
        let (Some(first), Some(last)) = (bins.first(), bins.last()) else {
            return sheet.empty(words);
        };
        let Some(&(full, from, to)) = bins.iter().max_by_key(|b| self.counts[b.0]) else {
            return sheet.empty(words);
        };
        if total == 0 {
            return sheet.empty(words);
        }
        let most = rounded((0.0, self.counts[full].max(1) as f64), 4, Kind::Count);
        let x = Axis::new([words.value; 2], (first.1, last.2), Kind::Number);
        let y = Axis::new([words.rows; 2], most, Kind::Count);
        let plot = frame(&mut sheet, &x, &y, &[], words);
        for &(i, from, to) in &bins {
            let (left, right) = (plot.x.at(from), plot.x.at(to));
            let gap = if right - left > 4.0 { 0.5 } else { 0.0 };
            let top = plot.y.at(self.counts[i] as f64);
            if self.counts[i] > 0 {
                // A single row among millions still shows.
                let bounds = (
                    left + gap,
                    top.min(plot.bottom - 1.0),
                    right - gap,
                    plot.bottom,
                );
                sheet.rect(bounds, 0.0, Ink::Series(1), 0.8);
            }
            let text = self.spot(words.histogram_spot, (from, to), i, words);
            sheet.spot(((left + right) / 2.0, top), text);
        }
        let values = [
            ("count", (words.number)(total as f64, NumberStyle::Count)),
            (
                "share",
                (words.number)(share(self.counts[full], total), NumberStyle::Percent),
            ),
            ("from", (words.number)(from, NumberStyle::Short)),
            ("to", (words.number)(to, NumberStyle::Short)),
        ];
        let values = values.each_ref().map(|(k, v)| (*k, v.as_str()));
        sheet.finish(fill(words.histogram_summary, &values))
    }
    fn grid(&self, words: &Words) -> Grid {
        let columns = [words.from_head, words.to_head, words.rows, words.share_head];
        let total = self.total();
        let rows = bins(&self.edges, self.counts.len())
            .into_iter()
            .map(|(i, from, to)| {
                vec![
                    (words.number)(from, NumberStyle::Short),
                    (words.number)(to, NumberStyle::Short),
                    (words.number)(self.counts[i] as f64, NumberStyle::Count),
                    (words.number)(share(self.counts[i], total), NumberStyle::Percent1),
                ]
            });
        Grid::new(&columns, rows.collect())
    }
}

impl Histogram {
    fn total(&self) -> u64 {
        self.counts.iter().copied().fold(0, u64::saturating_add)
    }

    fn spot(&self, template: &str, (from, to): (f64, f64), i: usize, words: &Words) -> String {
        let part = share(self.counts[i], self.total());
        let values = [
            ("from", (words.number)(from, NumberStyle::Short)),
            ("to", (words.number)(to, NumberStyle::Short)),
            (
                "count",
                (words.number)(self.counts[i] as f64, NumberStyle::Count),
            ),
            ("share", (words.number)(part, NumberStyle::Percent1)),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }
}
