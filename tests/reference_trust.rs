//! Adjusted p-values and drift against scipy and definitions in numpy.
//!
//! Tolerances: 1e-9, p-values relative.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
mod common;

use kept::evaluate::slices::benjamini_hochberg;
use serde_json::Value;

fn read() -> Value {
    common::reference("trust.json")
}

fn numbers(v: &Value) -> Vec<f64> {
    let all = v.as_array().unwrap().iter();
    all.map(|v| v.as_f64().unwrap()).collect()
}

fn near(what: &str, got: f64, want: f64) {
    let room = 1e-9 * want.abs().max(1e-6);
    assert!((got - want).abs() <= room, "{what}: {got} is not {want}");
}

#[test]
fn adjusted_values_are_scipys() {
    for case in read()["adjusted"].as_array().unwrap() {
        let got = benjamini_hochberg(&numbers(&case["p"]));
        for (g, w) in got.iter().zip(numbers(&case["want"])) {
            near("adjusted", *g, w);
        }
    }
}
