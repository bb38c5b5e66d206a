//! Feature importance.
use super::{Chart, Grid, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// One column's importance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportanceRow {
    /// Column of the file.
    pub column: String,
    /// Mean fall of the score when the column is shuffled.
    pub mean: f64,
    /// Standard deviation over repeats.
    pub sd: f64,
}

/// Permutation importance, largest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// The columns.
    pub rows: Vec<ImportanceRow>,
    /// Which score falls, by its metric key.
    pub scoring: String,
}

impl Chart for Importance {
    fn draw(&self, _size: Size, _words: &Words) -> Scene {
        Scene::default()
    }
    fn grid(&self, _words: &Words) -> Grid {
        Grid::default()
    }
}
