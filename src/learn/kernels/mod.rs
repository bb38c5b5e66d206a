//! What learners share: checked input, solvers, histogram trees, fast maths.
pub mod bins;
pub mod descent;
pub mod exp;
pub mod folds;
pub mod forest;
pub mod grow;
pub mod histogram;
pub mod input;
pub mod lanes;
pub mod linear;
pub mod logit;
pub mod moments;
pub mod panels;
pub mod problem;
