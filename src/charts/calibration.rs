//! Said against happened.
use super::{Chart, Grid, Scene, Size, Words};
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
}

impl Chart for Calibration {
    fn draw(&self, _size: Size, _words: &Words) -> Scene {
        Scene::default()
    }
    fn grid(&self, _words: &Words) -> Grid {
        Grid::default()
    }
}
