//! Every model file ever released still loads and predicts the numbers it predicted then.
//!
//! A file `NAME.kept` stands beside `NAME.json`, the probabilities it gave for the demo customers of seed 7.
//! `KEPT_BLESS=NAME:LEARNER cargo test --test artifacts` adds one; existing files are never written again. Parameters of the
//! analysis, and of the learner behind its id, may follow: those of format 2 were added with
//! `format2-boosting:boosting:resampling=random_over:boosting.n_estimators=12:boosting.num_leaves=8` and
//! `format2-logistic:logistic:resampling=smote:feature_selection=univariate:n_features_to_select=6`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
#[path = "common/engine.rs"]
mod engine;

use engine::{ask, demo, guessed, load, numbers, predict};
use kept::{
    artifact::Artifact,
    base::{Params, Part, Value, block_on},
    engine::{Beside, State},
    protocol::{DatasetId, ModelId, Output, Request},
};
use serde::Deserialize;
use std::{collections::BTreeSet, fs, path::PathBuf};

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

/// `key=value`, a number where it is one.
fn setting(text: &str) -> (String, Value) {
    let (key, value) = text.split_once('=').unwrap();
    let value = match value.parse::<i64>() {
        Ok(number) => Value::Int(number),
        Err(_) => Value::Text(value.into()),
    };
    (key.to_owned(), value)
}

fn bless(name: &str, learner: &str, settings: &[&str]) {
    let path = folder().join(format!("{name}.kept"));
    assert!(!path.exists(), "{name} is there already");
    let mut state = State::default();
    let csv = demo(&mut state, N_ROWS, 7);
    let profile = load(&mut state, 1, csv).unwrap();
    let mut params = Params::default()
        .with("learners", vec![Value::Text(learner.into())])
        .with("cv", 3_i64);
    let mut own = Vec::new();
    for (key, value) in settings.iter().map(|s| setting(s)) {
        match key.split_once('.') {
            Some((of, key)) if of == learner => own.push((key.to_owned(), value)),
            _ => params = params.with(&key, value),
        }
    }
    if !own.is_empty() {
        let own = [(learner.to_owned(), Value::Map(own.into_iter().collect()))];
        let own = Value::Map(own.into_iter().collect());
        params = params.with("learner_params", own);
    }
    let request = Request::Run {
        analysis: "churn".into(),
        dataset: DatasetId(1),
        roles: guessed(&profile),
        params,
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

/// The part of a saved preparation that says what it is made of.
#[derive(Deserialize)]
struct Saved {
    steps: Vec<Part>,
    #[serde(default)]
    native: bool,
}

/// What of its format a file uses.
fn kinds_of(artifact: &Artifact, format: u16) -> Vec<String> {
    let mut kinds = vec![format.to_string()];
    kinds.push(format!("calibration {}", artifact.calibration.id()));
    let Saved { steps, native } = artifact.pipeline.decode(artifact.pipeline.version).unwrap();
    let special = ["keep", "levels"];
    kinds.extend(
        (steps.iter().filter(|s| special.contains(&s.kind.as_str())))
            .map(|s| format!("step {}", s.kind)),
    );
    kinds.extend(native.then(|| "native".to_owned()));
    kinds
}

#[test]
fn released_models_predict_what_they_predicted() {
    if let Ok(wanted) = std::env::var("KEPT_BLESS")
        && let [name, learner, settings @ ..] = &wanted.split(':').collect::<Vec<_>>()[..]
    {
        bless(name, learner, settings);
    }
    let mut n_files = 0;
    let mut kinds = BTreeSet::new();
    for entry in fs::read_dir(folder()).unwrap().flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|e| e != "kept") {
            continue;
        }
        n_files += 1;
        let bytes = fs::read(&path).unwrap();
        let format = u16::from_le_bytes([bytes[8], bytes[9]]);
        let name = path.file_name().unwrap().to_string_lossy();
        assert!(name.starts_with(&format!("format{format}-")), "{name}");
        kinds.extend(kinds_of(&Artifact::from_bytes(&bytes).unwrap(), format));
        let ours = probabilities(bytes);
        let text = fs::read_to_string(path.with_extension("json")).unwrap();
        let then: Vec<f64> = serde_json::from_str(&text).unwrap();
        assert_eq!(ours.len(), then.len(), "{}", path.display());
        for (a, b) in ours.iter().zip(&then) {
            assert!((a - b).abs() <= TOLERANCE, "{}: {a} {b}", path.display());
        }
    }
    assert!(n_files >= 5, "{n_files}");
    // Each of what a format can say is kept in a file.
    let want = [
        "1",
        "2",
        "calibration none",
        "calibration prior",
        "calibration sigmoid",
        "native",
        "step keep",
        "step levels",
    ];
    assert_eq!(kinds.iter().map(String::as_str).collect::<Vec<_>>(), want);
}
