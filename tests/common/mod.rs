//! What several test files share.
#![allow(dead_code, clippy::unwrap_used)]
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
