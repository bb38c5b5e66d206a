//! A function of straight pieces: what isotonic regression gives.
use serde::{Deserialize, Serialize};

/// Straight between points, level outside of them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Curve {
    /// Where, rising.
    pub x: Vec<f64>,
    /// How much there.
    pub y: Vec<f64>,
}

impl Curve {
    /// Its value at `x`; not a number for a curve without points.
    pub fn at(&self, x: f64) -> f64 {
        let (Some(first), Some(last)) = (self.y.first(), self.y.last()) else {
            return f64::NAN;
        };
        let after = self.x.partition_point(|v| *v < x);
        let point = |i: usize| Some((*self.x.get(i)?, *self.y.get(i)?));
        match (after.checked_sub(1).and_then(point), point(after)) {
            (None, _) => *first,
            (_, None) => *last,
            (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * ((x - x0) / (x1 - x0)),
        }
    }

    /// Whether it has points, as many values, all probabilities, in rising places.
    pub fn is_for_probabilities(&self) -> bool {
        !self.x.is_empty()
            && self.x.len() == self.y.len()
            && self.x.iter().all(|x| x.is_finite())
            && self.y.iter().all(|y| (0.0..=1.0).contains(y))
            && self.x.is_sorted_by(|a, b| a < b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_between_points_and_level_outside() {
        let c = Curve {
            x: vec![0.2, 0.4, 0.8],
            y: vec![0.1, 0.3, 0.5],
        };
        let got = [0.0, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0].map(|x| c.at(x));
        for (g, w) in got.iter().zip([0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.5]) {
            assert!((g - w).abs() < 1e-12, "{got:?}");
        }
        assert!(c.is_for_probabilities());
        assert!(Curve::default().at(0.5).is_nan() && !Curve::default().is_for_probabilities());
        let flat = Curve {
            x: vec![0.5, 0.5],
            y: vec![0.1, 0.2],
        };
        assert!(!flat.is_for_probabilities());
    }
}
