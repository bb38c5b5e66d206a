//! What learners share: checked input, solvers, histogram trees, fast maths.
pub mod bins;
pub mod exp;
pub mod folds;
pub mod forest;
pub mod grow;
pub mod histogram;
pub mod input;
pub mod linear;
pub mod logit;
pub mod problem;
