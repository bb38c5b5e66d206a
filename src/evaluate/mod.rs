//! Honest measurement: splits, metrics, curves, calibration, search.
//!
//! Two-class functions take the truth as `&[bool]` (`true` is the positive class) and scores as `&[f64]`
//! (the higher, the likelier positive). Definitions follow scikit-learn, ties and zero divisions included.
pub mod apart;
pub mod bootstrap;
pub mod calibrate;
pub mod calibration;
pub mod cloud;
pub mod clusters;
pub mod cohorts;
pub mod conformal;
pub mod counterfactual;
pub mod curves;
pub mod drift;
pub mod effects;
pub mod gains;
pub mod imbalance;
pub mod importance;
pub mod interval;
pub mod leak;
pub mod metrics;
pub mod movement;
pub mod nonnegative;
pub mod prepared;
pub mod privacy;
pub mod profit;
pub mod ranked_lists;
mod ranking;
pub mod report;
pub mod rfm;
pub mod scoring;
pub mod search;
pub mod select;
pub mod slices;
pub mod smooth;
pub mod special;
pub mod split;
pub mod spread;
pub mod thresholds;

use crate::base::{Error, TargetReason, Task, same_length};

/// Jobs of this room, for whoever carries them out.
pub const TASKS: &[&Task] = &[&search::FIT_SCORE, &search::FIT_PREDICT, &select::RFE_PATH];

/// The truth as `&[bool]` functions take it: code 1 is positive.
pub fn positives(codes: &[u32]) -> Vec<bool> {
    codes.iter().map(|&c| c == 1).collect()
}

fn target(reason: TargetReason) -> Error {
    Error::Target {
        name: "target".into(),
        reason,
    }
}
