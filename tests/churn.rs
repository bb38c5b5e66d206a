//! What the churn analysis does beyond its first report: insights, native columns, resampling, selection.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
mod common;
#[path = "common/engine.rs"]
mod engine;

use engine::{churn, guessed, load};
use kept::{
    base::{Params, Value},
    charts::{Chart, EN, Figure},
    engine::State,
    report::Report,
};

fn run(file: &str, params: Params) -> (State, Report) {
    let mut state = State::default();
    let bytes = std::fs::read(common::data(file)).unwrap();
    let profile = load(&mut state, 1, bytes).unwrap();
    let report = churn(&mut state, 1, guessed(&profile), params).unwrap();
    (state, report)
}

fn learners(ids: &[&str]) -> Params {
    let ids: Vec<Value> = ids.iter().map(|i| Value::Text((*i).to_owned())).collect();
    Params::default().with("learners", ids).with("cv", 3_i64)
}

#[test]
fn rules_and_effects_speak_the_language_of_the_file() {
    let (_, report) = run("telco_churn.csv", learners(&["tree", "logistic"]));
    let Some(Figure::TreePicture(tree)) = report.figure("tree") else {
        panic!()
    };
    let rules: Vec<String> = tree.rules().iter().map(|r| r.text(tree, &EN)).collect();
    println!("{}", rules.join("\n"));
    println!(
        "{:#?}",
        report.figure("coefficients").unwrap().grid(&EN).rows
    );
}
