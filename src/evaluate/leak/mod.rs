//! How far single columns, or rows seen twice, give the target away.
//!
//! - [`alone`]: how well one column alone ranks or predicts the outcome, in whatever direction or shape.
//! - [`tell`]: whether rows in some state (a value filled in, a level, a word) nearly all have one outcome.
//! - [`Mapping`]: whether a column's levels are the target's under other names.
//! - [`twins`]: whether held-out rows stand among the training rows more often than chance puts them there.
mod alone;
mod telling;
mod twins;

pub use alone::{Outcome, alone, bins, category_score, number_score, standard_error};
pub use telling::{Mapping, Tell, mapping, tell};
pub use twins::{Twins, twins};
