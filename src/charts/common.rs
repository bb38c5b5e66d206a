//! Small things that several figures share.
use super::lines::Point;
use super::words::fill;
use super::{Ink, NumberStyle, Words};
use serde::{Deserialize, Serialize};

/// A score per point, over folds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ScoreSeries {
    /// Mean over folds.
    pub mean: Vec<f64>,
    /// Standard deviation over folds.
    pub sd: Vec<f64>,
}

impl ScoreSeries {
    /// Mean and standard deviation at a point; not a number where there is none.
    pub(super) fn at(&self, i: usize) -> (f64, f64) {
        let of = |v: &[f64]| v.get(i).copied().unwrap_or(f64::NAN);
        (of(&self.mean), of(&self.sd))
    }

    /// The point of a line; `texts` are the line's name, the place, and the score's name.
    pub(super) fn point(&self, i: usize, x: f64, texts: [&str; 3], words: &Words) -> Point {
        let (mean, sd) = self.at(i);
        let values = [
            ("series", texts[0]),
            ("at", texts[1]),
            ("score", texts[2]),
            ("mean", &score_text(mean, words)),
            ("sd", &score_text(sd, words)),
        ];
        let template = if sd.is_finite() {
            words.band_spot
        } else {
            words.line_spot
        };
        Point {
            x,
            y: mean,
            sd,
            spot: fill(template, &values),
        }
    }

    /// Table cells.
    pub(super) fn cells(&self, i: usize, words: &Words) -> [String; 2] {
        let (mean, sd) = self.at(i);
        [mean, sd].map(|v| score_text(v, words))
    }
}

/// Three decimals, as for an AUC; errors in large or small units by their first digits.
pub fn score_text(v: f64, words: &Words) -> String {
    let style = if v == 0.0 || (0.001..10.0).contains(&v.abs()) {
        NumberStyle::Score
    } else {
        NumberStyle::Short
    };
    (words.number)(v, style)
}

/// Where a key may stand, as shares of the free room: corners first, then the middles of the edges.
pub const CORNERS: [(f64, f64); 8] = [
    (1.0, 1.0),
    (0.0, 1.0),
    (1.0, 0.0),
    (0.0, 0.0),
    (0.5, 1.0),
    (1.0, 0.5),
    (0.0, 0.5),
    (0.5, 0.0),
];

/// Points with both coordinates finite, and their index.
pub fn pairs(x: &[f64], y: &[f64]) -> Vec<(usize, (f64, f64))> {
    x.iter()
        .zip(y)
        .enumerate()
        .filter(|(_, (x, y))| x.is_finite() && y.is_finite())
        .map(|(i, (x, y))| (i, (*x, *y)))
        .collect()
}

/// Colour of the `i`-th series.
pub fn series_ink(i: usize) -> Ink {
    Ink::Series((i % 6) as u8 + 1)
}

/// Height of a figure whose axes both run from 0 to 1.
pub fn square_height_px(width_px: f64) -> f64 {
    (width_px * 0.75).clamp(230.0, 320.0)
}

/// A threshold, which may lie above every score.
pub fn threshold_text(threshold: Option<&f64>, words: &Words) -> String {
    match threshold {
        Some(t) if t.is_finite() => (words.number)(*t, NumberStyle::Score),
        _ => words.threshold_infinite.to_owned(),
    }
}

/// "Threshold 0.350".
pub fn marker_text(threshold: Option<f64>, words: &Words) -> String {
    let text = threshold_text(threshold.as_ref(), words);
    fill(words.threshold_marker, &[("threshold", &text)])
}

/// Share of `part` in `whole`; 0 of nothing.
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// Edges and counts as bins that can be drawn: finite, rising, as many as both lists allow.
pub fn bins(edges: &[f64], len: usize) -> Vec<(usize, f64, f64)> {
    edges
        .windows(2)
        .take(len)
        .enumerate()
        .filter(|(_, e)| e[0].is_finite() && e[1].is_finite() && e[0] <= e[1])
        .map(|(i, e)| (i, e[0], e[1]))
        .collect()
}
