//! What learners share: checked input, solvers, histogram trees, fast maths.
pub mod exp;
pub mod input;
pub mod linear;
pub mod logit;
