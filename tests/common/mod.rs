//! What several test files share.
#![allow(dead_code, clippy::unwrap_used)]
pub mod movies;

use ndarray::Array2;
use std::path::{Path, PathBuf};

/// A reference file.
pub fn reference(name: &str) -> serde_json::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/reference")
        .join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A real data set; says where it looked when there is none.
pub fn data(name: &str) -> PathBuf {
    let folder = std::env::var_os("KEPT_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let path = folder.join(name);
    assert!(
        path.exists(),
        "the data set {} is needed for this test",
        path.display()
    );
    path
}

/// Coefficients of a fitted logistic regression, through its saved part.
pub fn logistic_coefficients(model: &dyn kept::learn::Classifier) -> Vec<f64> {
    let part = model.save().unwrap();
    #[derive(serde::Deserialize)]
    struct Saved {
        coefficients: Vec<f64>,
    }
    part.decode::<Saved>(u16::MAX).unwrap().coefficients
}

/// Numbers from -1 to 1 by a rule of whole numbers, as `noise` of `tests/reference/common.py`.
pub fn noise(seed: u32, n: usize) -> Vec<f64> {
    let mut s = seed;
    let mut next = || {
        s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(s >> 8) / f64::from(1 << 23) - 1.0
    };
    (0..n).map(|_| next()).collect()
}

/// Columns between -1 and 1 (the second ten times as wide), then a latent score with noise; `sample` there.
pub fn sample(seed: u32, n: usize, d: usize) -> (Array2<f32>, Vec<f64>) {
    let u = noise(seed, n * (d + 1));
    let cell = |i: usize, j: usize| {
        let wide = if j == 1 { 10.0 } else { 1.0 };
        (u[i * (d + 1) + j] * wide) as f32
    };
    let x = Array2::from_shape_fn((n, d), |(i, j)| cell(i, j));
    let z = (0..n).map(|i| {
        let v = |j: usize| f64::from(x[[i, j]]);
        v(0) + 0.1 * v(1) + v(2) * v(3) * 2.0 + 0.6 * u[i * (d + 1) + d]
    });
    let z = z.collect();
    (x, z)
}

/// Weights from 0.25 to 2.25; `weights` there.
pub fn weights(seed: u32, n: usize) -> Vec<f64> {
    let w = noise(seed, n);
    w.iter().map(|v| 0.25 + 2.0 * v.abs()).collect()
}
