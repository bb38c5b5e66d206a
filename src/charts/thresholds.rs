//! What a decision threshold does.
use super::{Chart, Grid, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// Metrics at one threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Operating {
    /// Rows scored at or above it that are positive.
    pub tp: u64,
    /// Rows scored at or above it that are negative.
    pub fp: u64,
    /// Positives below it.
    pub fn_: u64,
    /// Negatives below it.
    pub tn: u64,
}

/// Counts over a ladder of thresholds, so that the page can move the threshold without the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Thresholds, rising from 0 to 1.
    pub threshold: Vec<f64>,
    /// True positives at each.
    pub tp: Vec<u64>,
    /// False positives at each.
    pub fp: Vec<u64>,
    /// Positives in all.
    pub n_positive: u64,
    /// Negatives in all.
    pub n_negative: u64,
}

impl Chart for Thresholds {
    fn draw(&self, _size: Size, _words: &Words) -> Scene {
        Scene::default()
    }
    fn grid(&self, _words: &Words) -> Grid {
        Grid::default()
    }
}
