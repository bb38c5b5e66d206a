//! Recommendations: which items a user would like, from who had what, from ratings, and from what items are like.
//!
//! Users and items are codes from 0; the learners know nothing of names. All are fitted on [`Interactions`] and can be
//! asked through [`Recommender`]. The same data and seed give the same model.
pub mod als;
mod baseline;
pub mod bpr;
mod content;
mod factors;
pub mod implicit;
mod interactions;
pub mod neighbours;
pub mod pairs;
pub mod rules;
pub mod sgd;
mod start;
mod top;
mod vectors;

pub use baseline::{BiasOptions, Biases, Popularity};
pub use content::{Content, Features};
pub use factors::{Factors, Kind, MOST_FACTORS, Taste};
pub use interactions::{Interactions, Owned, Repeats, Rows, Sparse, Summary};
pub use neighbours::Neighbours;
pub use top::{Line, Wishes, best, top_n};
pub use vectors::{Group, Matrix};

/// Why an item is recommended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reason {
    /// Because of an item that the user has.
    Item {
        /// Its code.
        item: u32,
        /// What it adds to the score.
        weight: f32,
    },
    /// Because of something the item has that the user's items have.
    Feature {
        /// Its code.
        feature: u32,
        /// What it adds to the score.
        weight: f32,
    },
    /// Because many have it, or rate it well.
    Popular,
}

impl Reason {
    /// What it adds to the score.
    pub fn weight(self) -> f32 {
        match self {
            Self::Item { weight, .. } | Self::Feature { weight, .. } => weight,
            Self::Popular => 0.0,
        }
    }
}

/// Something fitted that scores items for users. `data` are the interactions it was fitted on.
pub trait Recommender {
    /// Users it was fitted on.
    fn n_users(&self) -> usize;
    /// Items it was fitted on.
    fn n_items(&self) -> usize;
    /// The rating expected, within the scale seen; for models without ratings the score. Any codes are answered.
    fn predict(&self, data: &Interactions, user: u32, item: u32) -> f64;
    /// Scores of all items for a user, into `out`; the higher, the better.
    fn scores(&self, data: &Interactions, user: u32, out: &mut Vec<f32>);
    /// The owned item or the feature that does most for each of `items`; none where nothing speaks for it.
    fn reasons(&self, data: &Interactions, user: u32, items: &[u32]) -> Vec<Option<Reason>>;
}
