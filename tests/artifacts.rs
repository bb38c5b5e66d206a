//! Every model file ever released still loads and predicts the numbers it predicted then.
//!
//! A file `NAME.kept` stands beside `NAME.json`, the probabilities it gave for the demo customers of seed 7.
//! `KEPT_BLESS=NAME:LEARNER cargo test --test artifacts` adds one; existing files are never written again.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
#[path = "common/engine.rs"]
mod engine;

use engine::{ask, demo, guessed, load, numbers, predict};
use kept::{
    base::{Params, Value, block_on},
    engine::{Beside, State},
    protocol::{DatasetId, ModelId, Output, Request},
};
use std::{fs, path::PathBuf};

const N_ROWS: u32 = 400;
/// `exp` and `ln` may differ in their last bits between processors.
const TOLERANCE: f64 = 1e-9;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/artifacts")
}

fn probabilities(bytes: Vec<u8>) -> Vec<f64> {
    let mut state = State::default();
    let csv = demo(&mut state, N_ROWS, 7);
    load(&mut state, 1, csv).unwrap();
    let beside = Beside {
        source: None,
        bytes: Some(bytes),
    };
    let request = Request::LoadModel { model: ModelId(1) };
    block_on(state.handle(request, beside, &engine::Ear::default())).unwrap();
    numbers(
        &predict(&mut state, 1).unwrap(),
        "predictions",
        "probability",
    )
}

fn bless(name: &str, learner: &str) {
    let path = folder().join(format!("{name}.kept"));
    assert!(!path.exists(), "{name} is there already");
    let mut state = State::default();
    let csv = demo(&mut state, N_ROWS, 7);
    let profile = load(&mut state, 1, csv).unwrap();
    let request = Request::Run {
        analysis: "churn".into(),
        dataset: DatasetId(1),
        roles: guessed(&profile),
        params: Params::default()
            .with("learners", vec![Value::Text(learner.into())])
            .with("cv", 3_i64),
        recipe: None,
        model: ModelId(1),
    };
    let answer = ask(&mut state, request).unwrap();
    assert!(matches!(answer.output, Output::Report(_)));
    let bytes = answer.bytes.unwrap();
    fs::write(&path, &bytes).unwrap();
    let text = serde_json::to_string(&probabilities(bytes)).unwrap();
    fs::write(path.with_extension("json"), text + "\n").unwrap();
}

#[test]
fn released_models_predict_what_they_predicted() {
    if let Ok(wanted) = std::env::var("KEPT_BLESS")
        && let Some((name, learner)) = wanted.split_once(':')
    {
        bless(name, learner);
    }
    let mut n_files = 0;
    for entry in fs::read_dir(folder()).unwrap().flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|e| e != "kept") {
            continue;
        }
        n_files += 1;
        let ours = probabilities(fs::read(&path).unwrap());
        let text = fs::read_to_string(path.with_extension("json")).unwrap();
        let then: Vec<f64> = serde_json::from_str(&text).unwrap();
        assert_eq!(ours.len(), then.len(), "{}", path.display());
        for (a, b) in ours.iter().zip(&then) {
            assert!((a - b).abs() <= TOLERANCE, "{}: {a} {b}", path.display());
        }
    }
    assert!(n_files >= 3, "{n_files}");
}
