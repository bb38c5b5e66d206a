//! Drives the engine's state as the page does.
#![allow(dead_code, clippy::unwrap_used)]
use kept::{
    base::{DatasetProfile, LoadOptions, Params, Progress, Result, Role, Roles, Value, block_on},
    engine::{Answer, Beside, Sink, State},
    protocol::{DatasetId, ModelId, Output, Request},
    report::{Cells, Report},
    table::read::Bytes,
};
use std::cell::RefCell;

/// Keeps what a job reports.
#[derive(Default)]
pub struct Ear(pub RefCell<Vec<Progress>>);

impl Sink for Ear {
    fn progress(&self, progress: Progress) {
        self.0.borrow_mut().push(progress);
    }
    fn now_ms(&self) -> f64 {
        0.0
    }
}

pub fn ask(state: &mut State, request: Request) -> Result<Answer> {
    block_on(state.handle(request, Beside::default(), &Ear::default()))
}

pub fn load(state: &mut State, id: u32, bytes: Vec<u8>) -> Result<DatasetProfile> {
    let request = Request::Load {
        dataset: DatasetId(id),
        options: LoadOptions {
            name: "data".into(),
            ..LoadOptions::default()
        },
    };
    let beside = Beside {
        source: Some(Box::new(Bytes(bytes))),
        bytes: None,
    };
    match block_on(state.handle(request, beside, &Ear::default()))?.output {
        Output::Loaded(profile) => Ok(profile),
        other => panic!("{other:?}"),
    }
}

/// Id and target as guessed.
pub fn guessed(profile: &DatasetProfile) -> Roles {
    let wanted = |r: &Role| matches!(r, Role::Id | Role::Target);
    Roles(
        profile
            .roles
            .iter()
            .filter(|g| wanted(&g.role))
            .map(|g| (g.role, g.column.clone()))
            .collect(),
    )
}

pub fn churn(state: &mut State, dataset: u32, roles: Roles, params: Params) -> Result<Report> {
    let request = Request::Run {
        analysis: "churn".into(),
        dataset: DatasetId(dataset),
        roles,
        params,
        recipe: None,
        model: ModelId(1),
    };
    match ask(state, request)?.output {
        Output::Report(report) => Ok(report),
        other => panic!("{other:?}"),
    }
}

pub fn predict(state: &mut State, dataset: u32) -> Result<Report> {
    let request = Request::Predict {
        model: ModelId(1),
        dataset: DatasetId(dataset),
        n_rows: None,
        csv: false,
    };
    match ask(state, request)?.output {
        Output::Predicted(report) => Ok(report),
        other => panic!("{other:?}"),
    }
}

pub fn numbers(report: &Report, table: &str, column: &str) -> Vec<f64> {
    match report.table(table).unwrap().column(column).unwrap() {
        Cells::Number(v) => v.clone(),
        Cells::Text(_) => panic!("{table}.{column} is text"),
    }
}

pub fn texts(report: &Report, table: &str, column: &str) -> Vec<String> {
    match report.table(table).unwrap().column(column).unwrap() {
        Cells::Text(v) => v.iter().map(|t| t.clone().unwrap_or_default()).collect(),
        Cells::Number(_) => panic!("{table}.{column} holds numbers"),
    }
}

pub fn demo(state: &mut State, n_rows: u32, seed: u64) -> Vec<u8> {
    ask(state, Request::Demo { n_rows, seed })
        .unwrap()
        .bytes
        .unwrap()
}

/// Every number of a whole journey on demo data that must not depend on where it runs.
pub fn fingerprint() -> Vec<(String, f64)> {
    fingerprint_of(State::default())
}

/// The same from a state of one's own.
pub fn fingerprint_of(mut state: State) -> Vec<(String, f64)> {
    let csv = demo(&mut state, 1500, 42);
    let profile = load(&mut state, 1, csv).unwrap();
    let params = Params::default()
        .with("C", vec![Value::Float(0.1), Value::Float(1.0)])
        .with("cv", 3_i64);
    let report = churn(&mut state, 1, guessed(&profile), params).unwrap();
    let mut out: Vec<(String, f64)> = report
        .metrics
        .iter()
        .map(|m| (m.key.clone(), m.value))
        .collect();
    let (low, high) = report.interval("roc_auc").unwrap();
    out.extend([
        ("roc_auc low".to_owned(), low),
        ("roc_auc high".to_owned(), high),
    ]);
    for key in ["cv_roc_auc_mean", "cv_roc_auc_sd", "test_roc_auc"] {
        let names = texts(&report, "leaderboard", "learner");
        let cells = numbers(&report, "leaderboard", key);
        out.extend(
            names
                .iter()
                .zip(cells)
                .map(|(n, v)| (format!("{n} {key}"), v)),
        );
    }
    let columns = texts(&report, "importance", "column");
    out.extend(
        columns
            .into_iter()
            .zip(numbers(&report, "importance", "importance")),
    );
    let scores = numbers(
        &predict(&mut state, 1).unwrap(),
        "predictions",
        "probability",
    );
    out.extend(
        scores
            .iter()
            .take(100)
            .enumerate()
            .map(|(i, p)| (format!("row {i}"), *p)),
    );
    out
}

/// 10,000 columns and 50 rows, from the file to the report and the scores of the same file.
pub fn far_more_columns_than_rows() {
    let n_columns = 10_000;
    let mixed = |i: usize, j: usize| (i * 7919 + j * 104_729 + i * j * 31) % 1009;
    let names: Vec<String> = (0..n_columns).map(|j| format!("c{j}")).collect();
    let mut text = format!("{},gone\n", names.join(","));
    for i in 0..50 {
        let cells: Vec<String> = (0..n_columns).map(|j| mixed(i, j).to_string()).collect();
        let gone = if mixed(i, 1) % 5 < 2 { "yes" } else { "no" };
        text.push_str(&format!("{},{gone}\n", cells.join(",")));
    }
    let mut state = State::default();
    load(&mut state, 1, text.into_bytes()).unwrap();
    let roles = Roles(vec![(Role::Target, "gone".into())]);
    let few = Params::default().with("cv", 2_i64).with("n_repeats", 1_i64);
    let report = churn(&mut state, 1, roles, few).unwrap();
    assert!(report.metrics.iter().all(|m| m.value.is_finite()));
    let scores = numbers(
        &predict(&mut state, 1).unwrap(),
        "predictions",
        "probability",
    );
    assert_eq!(scores.len(), 50);
    assert!(scores.iter().all(|p| (0.0..=1.0).contains(p)));
}

/// How far a number may differ between processors: `exp` and `ln` are not the same to the last bit everywhere.
pub const TOLERANCE: f64 = 1e-6;

/// Compares with the numbers kept in `tests/reference/journey.json`.
pub fn check_fingerprint(reference: &str) {
    let kept: Vec<(String, f64)> = serde_json::from_str(reference).unwrap();
    let ours: std::collections::HashMap<String, f64> = fingerprint().into_iter().collect();
    assert!(kept.len() > 100);
    // Figures that came later are tested where they are made.
    for (name, value) in &kept {
        let ours = ours.get(name).unwrap_or_else(|| panic!("{name} is gone"));
        assert!(
            (ours - value).abs() <= TOLERANCE * value.abs().max(1.0),
            "{name}: {ours} and {value}"
        );
    }
}
