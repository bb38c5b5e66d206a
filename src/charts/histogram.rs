//! Histogram of a number column.
use super::{Chart, Grid, Scene, Size, Words};
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
    fn draw(&self, _size: Size, _words: &Words) -> Scene {
        Scene::default()
    }
    fn grid(&self, _words: &Words) -> Grid {
        Grid::default()
    }
}
