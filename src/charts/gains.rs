//! Cumulative gains: of those who left, how many are among the customers contacted first.
use super::axis::Axis;
use super::bands::{self, Banded, Bands, Curve};
use super::common::square_height_px;
use super::lift::{Depths, nearest};
use super::scale::Kind;
use super::sheet::Sheet;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// Share of positives found, by share of rows taken from the top of the ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gains {
    /// Shares of rows with the shares of positives among them.
    pub depths: Depths,
    /// Share of positives overall.
    pub base_rate: f64,
}

impl Gains {
    fn summary(&self, template: &str, words: &Words) -> String {
        let Some(i) = nearest(&self.depths.share, 0.2) else {
            return words.nothing.to_owned();
        };
        self.depths
            .describe(template, i, NumberStyle::Percent, words)
    }
}

impl Chart for Gains {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let points = self.depths.points();
        let rate = if self.base_rate.is_finite() {
            self.base_rate.clamp(0.0, 1.0)
        } else {
            0.0
        };
        let curves = [
            Curve {
                name: words.profit_model.to_owned(),
                ink: Ink::Series(1),
                dashed: false,
                points: points.clone(),
            },
            Curve {
                name: words.gains_perfect.to_owned(),
                ink: Ink::Series(2),
                dashed: true,
                points: [(0.0, 0.0), (rate, 1.0), (1.0, 1.0)]
                    .map(|(x, y)| Banded::bare(x, y))
                    .into(),
            },
            Curve {
                name: words.profit_random.to_owned(),
                ink: Ink::Axis,
                dashed: true,
                points: [0.0, 1.0].map(|x| Banded::bare(x, x)).into(),
            },
        ];
        let drawn = Bands {
            x: Axis::share([words.contacted_axis, words.contacted_axis_short]),
            y_titles: [words.gains_axis, words.gains_axis_short],
            y_kind: Kind::Share,
            note: [words.gains_note, words.gains_note_short],
            curves: &curves,
            marker: None,
        };
        if !points.iter().any(|p| p.y.is_finite()) {
            return sheet.empty(words);
        }
        let Some(plot) = bands::draw(&mut sheet, &drawn, words) else {
            return sheet.empty(words);
        };
        let told = (words.gains_spot, NumberStyle::Percent1);
        Depths::spots(&mut sheet, &plot, &points, told, words);
        let summary = self.summary(words.gains_summary, words);
        sheet.finish(summary)
    }

    fn title(&self, words: &Words) -> String {
        self.summary(words.gains_title, words)
    }

    fn grid(&self, words: &Words) -> Grid {
        self.depths
            .grid(words.gains_axis, NumberStyle::Percent1, words)
    }

    fn height_px(&self, width_px: f64) -> f64 {
        square_height_px(width_px)
    }
}
