//! Search and validation. Every method fits candidates on folds whose preparation is fitted on their training side alone;
//! fits are jobs, spread over helpers where there are any, and never depend on how many.
mod cross_validate;
mod curve;
mod grid;
mod halving;
mod job;
mod nested;
mod out_of_fold;
mod path;
mod pick;
mod random;
mod ranges;
mod repeated;
mod space;

pub use cross_validate::{Candidate, PrepareFold, Scored, best, cross_validate};
pub use curve::{CurvePoint, learning_curve, validation_curve};
pub use grid::ParamGrid;
pub use halving::{Halving, Round, halving};
pub use job::FIT_SCORE;
pub use nested::{Nested, nested};
pub use out_of_fold::{FIT_PREDICT, OutOfFold, out_of_fold};
pub use pick::{Pick, PickOptions, Picked, Trial, Verdict, pick};
pub use random::{Draw, ParamRanges};
pub use repeated::{RepeatedScore, corrected_interval, repeated};
pub use space::Space;

pub(crate) use cross_validate::{Track, fit_on_folds, prepare_batch, ranked};
pub(crate) use job::{Failure, How, fit};
