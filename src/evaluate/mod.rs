//! Honest measurement: splits, metrics, curves, calibration, search.
