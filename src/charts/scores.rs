//! Distribution of scores by actual class.
use super::{Chart, Grid, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// Histograms of predicted probability, one per actual class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Bin limits, 0 to 1.
    pub edges: Vec<f64>,
    /// Rows per bin that are positive; all rows where the truth is not known.
    pub positive: Vec<u64>,
    /// Rows per bin that are negative; empty where the truth is not known.
    pub negative: Vec<u64>,
}

impl Chart for Scores {
    fn draw(&self, _size: Size, _words: &Words) -> Scene {
        Scene::default()
    }
    fn grid(&self, _words: &Words) -> Grid {
        Grid::default()
    }
}
