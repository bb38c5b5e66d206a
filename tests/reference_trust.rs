//! Adjusted p-values and drift against scipy and definitions in numpy.
//!
//! Tolerances: 1e-9, p-values relative.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
mod common;

use kept::evaluate::{
    drift::{Summary, psi},
    slices::benjamini_hochberg,
};
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

#[test]
fn population_stability_is_that_of_numpy() {
    for case in read()["psi"].as_array().unwrap() {
        let got = psi(&numbers(&case["a"]), &numbers(&case["b"]));
        near("psi", got, case["psi"].as_f64().unwrap());
    }
}

/// Rounded as numpy does, ties to even.
fn rounded(v: f64) -> f64 {
    (v * 1000.0).round_ties_even() / 1000.0
}

#[test]
fn distances_of_numbers_are_scipys() {
    for case in read()["ks"].as_array().unwrap() {
        let size = |key: &str| case[key].as_u64().unwrap() as u32;
        let (n, m) = (size("n"), size("m"));
        let shift = case["shift"].as_f64().unwrap();
        let of = |seed: u32, n: u32, shift: f64| -> Vec<f64> {
            let all = common::noise(seed + n, n as usize).into_iter();
            all.map(|v| rounded(v) + shift).collect()
        };
        let (before, now) = (of(11, n, 0.0), of(23, m, shift));
        let drift = Summary::of_numbers(&before).against_numbers(&now).unwrap();
        let want = case["statistic"].as_f64().unwrap();
        if n <= 100 {
            // Every value is a mark.
            near("ks", drift.ks, want);
        } else {
            assert!(
                drift.ks <= want + 1e-12 && drift.ks >= want - 0.0101,
                "{} {want}",
                drift.ks
            );
        }
        let p = kept::evaluate::drift::ks_tail(want, f64::from(n), f64::from(m));
        near("p", p, case["p"].as_f64().unwrap());
    }
}
