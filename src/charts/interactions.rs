//! Pairs of columns that act together: how much of a prediction neither of the two gives by itself.
use super::points::{of_class, plain, size};
use super::row_bars::{self, RowBar};
use super::rows;
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// One pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InteractionPair {
    /// One column.
    pub first: String,
    /// The other.
    pub second: String,
    /// Typical size of what the pair adds beyond its two columns, in the unit of the prediction.
    pub strength: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end of its 95 % interval.
    pub high: f64,
    /// Friedman's H²: the share of the pair's joint effect that is not the sum of the two, 0 to 1.
    pub share: f64,
}

/// Pairs, the strongest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interactions {
    /// The pairs.
    pub pairs: Vec<InteractionPair>,
    /// The class whose probability is meant, where there are more than two.
    pub class: Option<String>,
    /// The prediction is a probability, 0 to 1; else it has the unit of the target.
    pub is_share: bool,
}

impl Interactions {
    fn drawn(&self) -> Vec<&InteractionPair> {
        let is_drawn = |p: &&InteractionPair| p.strength.is_finite();
        self.pairs.iter().filter(is_drawn).collect()
    }

    fn describe(&self, template: &str, pair: &InteractionPair, words: &Words) -> String {
        let values = [
            ("first", pair.first.clone()),
            ("second", pair.second.clone()),
            ("size", size(pair.strength, self.is_share, words)),
            ("low", size(pair.low, self.is_share, words)),
            ("high", size(pair.high, self.is_share, words)),
            ("share", (words.number)(pair.share, NumberStyle::Percent)),
            (
                "n",
                (words.number)(self.pairs.len() as f64, NumberStyle::Count),
            ),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }
}

impl Chart for Interactions {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let drawn = self.drawn();
        let Some(first) = drawn.first() else {
            return sheet.empty(words);
        };
        let unit = if self.is_share { 100.0 } else { 1.0 };
        let bar = |p: &&InteractionPair| RowBar {
            label: self.describe(words.pair_label, p, words),
            value: p.strength * unit,
            ends: [p.low * unit, p.high * unit],
            text: plain(p.strength, self.is_share, words),
            spot: self.describe(words.pair_spot, p, words),
        };
        let bars: Vec<RowBar> = drawn.iter().map(bar).collect();
        let titles = if self.is_share {
            [words.pair_axis_points, words.pair_axis_points_short]
        } else {
            [words.pair_axis, words.pair_axis_short]
        };
        let note = [words.pair_note, words.pair_note_short];
        row_bars::draw(&mut sheet, &bars, titles, note, words);
        let said = self.describe(words.pair_summary, first, words);
        sheet.finish(of_class(
            self.class.as_deref(),
            words.of_class_summary,
            said,
        ))
    }

    fn title(&self, words: &Words) -> String {
        match self.drawn().first() {
            Some(first) => {
                let said = self.describe(words.pair_title, first, words);
                of_class(self.class.as_deref(), words.of_class, said)
            }
            None => words.nothing.to_owned(),
        }
    }

    fn grid(&self, words: &Words) -> Grid {
        let columns = [
            words.column_head,
            words.second_column_head,
            words.strength_head,
            words.low_head,
            words.high_head,
            words.h_head,
        ];
        let rows = self.pairs.iter().map(|p| {
            let mut row = vec![p.first.clone(), p.second.clone()];
            row.extend([p.strength, p.low, p.high].map(|v| size(v, self.is_share, words)));
            row.push((words.number)(p.share, NumberStyle::Percent1));
            row
        });
        Grid::new(&columns, rows.collect())
    }

    fn height_px(&self, _width_px: f64) -> f64 {
        rows::height_px(self.drawn().len(), true)
    }
}
