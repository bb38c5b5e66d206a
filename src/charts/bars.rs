//! Horizontal bars.
use super::{Chart, Grid, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// Labelled values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bars {
    /// Labels.
    pub labels: Vec<String>,
    /// Values.
    pub values: Vec<f64>,
}

impl Chart for Bars {
    fn draw(&self, _size: Size, _words: &Words) -> Scene {
        Scene::default()
    }
    fn grid(&self, _words: &Words) -> Grid {
        Grid::default()
    }
}
