//! ROC curves.
use super::{Chart, Grid, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// One learner's ROC curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RocSeries {
    /// Learner id.
    pub learner: String,
    /// Area under the curve.
    pub roc_auc: f64,
    /// False positive rate per point, rising.
    pub fpr: Vec<f64>,
    /// True positive rate per point, rising.
    pub tpr: Vec<f64>,
    /// Score at or above which a row counts as positive; the first is infinite.
    pub thresholds: Vec<f64>,
}

/// ROC curves, the best learner first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Roc {
    /// The curves.
    pub series: Vec<RocSeries>,
}

impl Chart for Roc {
    fn draw(&self, _size: Size, _words: &Words) -> Scene {
        Scene::default()
    }
    fn grid(&self, _words: &Words) -> Grid {
        Grid::default()
    }
}
