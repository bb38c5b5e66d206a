//! Confusion matrix.
use super::{Chart, Grid, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// Counts of actual against predicted class; class 1 is the positive one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// Class labels.
    pub labels: [String; 2],
    /// `counts[actual][predicted]`.
    pub counts: [[u64; 2]; 2],
}

impl Chart for Confusion {
    fn draw(&self, _size: Size, _words: &Words) -> Scene {
        Scene::default()
    }
    fn grid(&self, _words: &Words) -> Grid {
        Grid::default()
    }
}
