//! Precision-recall curves.
use super::{Chart, Grid, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// One learner's curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrecisionRecallSeries {
    /// Learner id.
    pub learner: String,
    /// Average precision.
    pub average_precision: f64,
    /// Precision per point, in the order of scikit-learn: recall falling from 1 to 0.
    pub precision: Vec<f64>,
    /// Recall per point.
    pub recall: Vec<f64>,
    /// Score at or above which a row counts as positive; one shorter than the points.
    pub thresholds: Vec<f64>,
}

/// Precision-recall curves, the best learner first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrecisionRecall {
    /// The curves.
    pub series: Vec<PrecisionRecallSeries>,
    /// Share of positives: what guessing reaches.
    pub base_rate: f64,
}

impl Chart for PrecisionRecall {
    fn draw(&self, _size: Size, _words: &Words) -> Scene {
        Scene::default()
    }
    fn grid(&self, _words: &Words) -> Grid {
        Grid::default()
    }
}
