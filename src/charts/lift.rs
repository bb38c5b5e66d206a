//! Lift: how many times as many of those who left are among the customers contacted first as among as many at random.
use super::axis::{Axis, Plot};
use super::bands::{self, Banded, Bands, Curve};
use super::scale::Kind;
use super::sheet::{Sheet, spread};
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// Tooltips along a curve.
const N_SPOTS: usize = 50;

/// A value by the share of rows taken from the top of a ranking, with its interval. All lists are of one length.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Depths {
    /// Share of rows taken, rising.
    pub share: Vec<f64>,
    /// The value.
    pub value: Vec<f64>,
    /// Lower end of its 95 % interval.
    pub low: Vec<f64>,
    /// Upper end of its 95 % interval.
    pub high: Vec<f64>,
}

/// Index of the finite value nearest to `wanted`.
pub(super) fn nearest(values: &[f64], wanted: f64) -> Option<usize> {
    let far = |i: &usize| (values[*i] - wanted).abs();
    let all = (0..values.len()).filter(|i| values[*i].is_finite());
    all.min_by(|a, b| far(a).total_cmp(&far(b)))
}

/// What a point says.
fn tell(at: &Banded, template: &str, style: NumberStyle, words: &Words) -> String {
    let texts = [
        ("share", (words.number)(at.x, NumberStyle::Percent)),
        ("value", (words.number)(at.y, style)),
        ("low", (words.number)(at.low, style)),
        ("high", (words.number)(at.high, style)),
    ];
    fill(template, &texts.each_ref().map(|(k, v)| (*k, v.as_str())))
}

impl Depths {
    pub(super) fn points(&self) -> Vec<Banded> {
        let of = |v: &[f64], i: usize| v.get(i).copied().unwrap_or(f64::NAN);
        let point = |i: usize| Banded {
            x: of(&self.share, i),
            y: of(&self.value, i),
            low: of(&self.low, i),
            high: of(&self.high, i),
        };
        (0..self.share.len()).map(point).collect()
    }

    pub(super) fn describe(
        &self,
        template: &str,
        i: usize,
        style: NumberStyle,
        words: &Words,
    ) -> String {
        match self.points().get(i) {
            Some(at) => tell(at, template, style, words),
            None => words.nothing.to_owned(),
        }
    }

    /// Tooltips along the curve through `points`.
    pub(super) fn spots(
        sheet: &mut Sheet,
        plot: &Plot,
        points: &[Banded],
        (template, style): (&str, NumberStyle),
        words: &Words,
    ) {
        for i in spread(points.len(), N_SPOTS) {
            if let Some(at) = points.get(i).filter(|p| p.y.is_finite()) {
                sheet.spot(plot.at((at.x, at.y)), tell(at, template, style, words));
            }
        }
    }

    pub(super) fn grid(&self, head: &str, style: NumberStyle, words: &Words) -> Grid {
        let columns = [
            words.contacted_axis_short,
            head,
            words.low_head,
            words.high_head,
        ];
        let rows = self.points().into_iter().map(|p| {
            let mut row = vec![(words.number)(p.x, NumberStyle::Percent1)];
            row.extend([p.y, p.low, p.high].map(|v| (words.number)(v, style)));
            row
        });
        Grid::new(&columns, rows.collect())
    }
}

/// Lift by share of rows taken from the top of the ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lift {
    /// Shares of rows with the lift among them.
    pub depths: Depths,
}

impl Lift {
    fn summary(&self, template: &str, words: &Words) -> String {
        match nearest(&self.depths.share, 0.1) {
            Some(i) => self.depths.describe(template, i, NumberStyle::Short, words),
            None => words.nothing.to_owned(),
        }
    }
}

impl Chart for Lift {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let points = self.depths.points();
        if !points.iter().any(|p| p.y.is_finite()) {
            return sheet.empty(words);
        }
        let curves = [
            Curve {
                name: words.profit_model.to_owned(),
                ink: Ink::Series(1),
                dashed: false,
                points: points.clone(),
            },
            Curve {
                name: words.profit_random.to_owned(),
                ink: Ink::Axis,
                dashed: true,
                points: [0.0, 1.0].map(|x| Banded::bare(x, 1.0)).into(),
            },
        ];
        let drawn = Bands {
            x: Axis::share([words.contacted_axis, words.contacted_axis_short]),
            y_titles: [words.lift_axis, words.lift_axis_short],
            y_kind: Kind::Number,
            note: [words.gains_note, words.gains_note_short],
            curves: &curves,
            marker: None,
        };
        let Some(plot) = bands::draw(&mut sheet, &drawn, words) else {
            return sheet.empty(words);
        };
        let told = (words.lift_spot, NumberStyle::Short);
        Depths::spots(&mut sheet, &plot, &points, told, words);
        let summary = self.summary(words.lift_summary, words);
        sheet.finish(summary)
    }

    fn title(&self, words: &Words) -> String {
        self.summary(words.lift_title, words)
    }

    fn grid(&self, words: &Words) -> Grid {
        self.depths
            .grid(words.lift_axis_short, NumberStyle::Short, words)
    }

    fn height_px(&self, width_px: f64) -> f64 {
        super::lines::height_px(width_px)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_depth_is_found() {
        assert_eq!(nearest(&[0.05, 0.12, f64::NAN, 0.3], 0.1), Some(1));
        assert_eq!(nearest(&[f64::NAN], 0.1), None);
    }
}
