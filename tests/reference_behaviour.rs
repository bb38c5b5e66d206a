//! Behaviour runs end to end, one of several classes and one of a number, against scikit-learn; see
//! `tests/reference/behaviour.py`. The split is one in time, so that both sides hold the same rows out.
//!
//! Tolerance: 1e-4 of a probability, of a prediction's size or of a metric; ROC-AUC and what counts rows, 1e-9.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
mod common;

use kept::{
    analyses::{Job, entry},
    artifact::{Opened, Predictions},
    base::{LoadOptions, Params, Quiet, Recipe, Role, Roles, Run, Step, Value, block_on},
    report::{Cells, Report},
    table::{
        Table,
        read::{Bytes, read},
    },
};
use serde_json::Value as Json;

const N: u32 = 600;
const N_TRAIN: u32 = 480;

/// The rule of whole numbers, a day per row.
fn table() -> Table {
    let mut s = 77_u32;
    let mut next = || {
        s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(s >> 8) / f64::from(1 << 24)
    };
    let mut text = String::from("usage,plan,age,day,choice,spend\n");
    for i in 0..N {
        let (usage, plan) = ((next() * 100.0).floor(), next());
        let plan = [0.2, 0.55, 0.8].iter().filter(|l| plan >= **l).count();
        let age = (20.0 + next() * 50.0).floor();
        let is_gold = if plan == 2 { 1.0 } else { 0.0 };
        let z = [0.02 * usage - 1.0 + is_gold, 0.04 * (age - 45.0), 0.4];
        let odds = z.map(|z| (2.0 * z).exp());
        let all: f64 = odds.iter().sum();
        let (drawn, noise) = (next(), next());
        let below = [odds[0] / all, odds[0] / all + odds[1] / all];
        let choice = below.iter().filter(|b| drawn >= **b).count();
        let of_plan = [15.0, 0.0, 32.0, -9.0][plan];
        let spend = (100.0 + 1.5 * usage - 0.8 * age + of_plan + 60.0 * noise).floor();
        let (year, month, day) = (2020 + i / 336, i / 28 % 12 + 1, i % 28 + 1);
        text += &format!(
            "{usage},{},{age},{year}-{month:02}-{day:02},{},{spend}\n",
            ["basic", "free", "gold", "team"][plan],
            ["book", "course", "nothing"][choice],
        );
    }
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 42);
    let mut source = Bytes(text.into_bytes());
    read(&mut source, &LoadOptions::default(), &mut run)
        .unwrap()
        .table
}

/// A run over the columns but `left_out`, and what its model says of the rows held out.
fn ran(
    target: &str,
    left_out: &str,
    learner: &str,
    own: &[(&str, Value)],
) -> (Report, Predictions) {
    let table = table();
    let roles = [(Role::Target, target), (Role::Date, "day")];
    let dropped = ["day", left_out].map(str::to_owned).to_vec();
    let recipe = Recipe {
        steps: vec![
            Step::new("drop", dropped, Params::default()),
            Step::new(
                "one_hot",
                Vec::new(),
                Params::default().with("drop", "none"),
            ),
        ],
    };
    let own = own.iter().map(|(k, v)| ((*k).to_owned(), v.clone()));
    let own = Value::Map(own.collect());
    let params = Params::default()
        .with("learners", vec![Value::Text(learner.into())])
        .with("split", "time")
        .with("cv", 2_i64)
        .with("n_repeats", 1_i64)
        .with(
            "learner_params",
            Value::Map([(learner.to_owned(), own)].into()),
        );
    let job = Job {
        table: &table,
        dataset: "data",
        roles: &Roles(roles.map(|(r, c)| (r, c.to_owned())).to_vec()),
        params: &params,
        recipe: Some(&recipe),
    };
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 42);
    let outcome = block_on((entry("behaviour").unwrap().run)(&job, &mut run)).unwrap();
    let model: Opened = outcome.artifact.unwrap().open().unwrap();
    let rows: Vec<u32> = (N_TRAIN..N).collect();
    let design = model.design(&table.take(&rows), &mut run).unwrap();
    let said = model.of_matrix(design.x.view()).unwrap();
    (outcome.report, said)
}

fn near(what: &str, got: f64, want: f64, tolerance: f64) {
    let limit = tolerance * want.abs().max(1.0);
    assert!((got - want).abs() <= limit, "{what}: {got} {want}");
}

fn metrics(report: &Report, want: &Json) {
    assert_eq!(report.metric("n_test"), Some(f64::from(N - N_TRAIN)));
    for (key, value) in want.as_object().unwrap() {
        let exact = !["log_loss", "r2", "rmse", "mae", "mape"].contains(&key.as_str());
        let tolerance = if exact { 1e-9 } else { 1e-4 };
        near(
            key,
            report.metric(key).unwrap(),
            value.as_f64().unwrap(),
            tolerance,
        );
    }
}

fn numbers(of: &Json) -> Vec<f64> {
    of.as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect()
}

#[test]
fn one_of_several_classes_is_scikit_learns() {
    let want = &common::reference("behaviour.json")["several"];
    let own = [("C", 1.0.into()), ("tol", 1e-10.into())];
    let (report, said) = ran("choice", "spend", "logistic", &own);
    metrics(&report, &want["metrics"]);
    let Predictions::Proba(proba) = said else {
        panic!()
    };
    let rows = want["probabilities"].as_array().unwrap();
    assert_eq!(proba.nrows(), rows.len());
    for (row, want) in proba.rows().into_iter().zip(rows) {
        for (p, want) in row.iter().zip(numbers(want)) {
            near("probability", *p, want, 1e-4);
        }
    }
    let table = |name: &str, key: &str| match report.table(name).unwrap().column(key) {
        Some(Cells::Number(v)) => v.clone(),
        other => panic!("{other:?}"),
    };
    let confusion = want["confusion"].as_array().unwrap();
    let confusion: Vec<f64> = confusion.iter().flat_map(numbers).collect();
    assert_eq!(table("confusion_matrix", "count"), confusion);
    let precision = table("classification_report", "precision");
    for (got, want) in precision.iter().zip(numbers(&want["precision"])) {
        near("precision", *got, want, 1e-9);
    }
}

#[test]
fn a_number_is_scikit_learns() {
    let want = &common::reference("behaviour.json")["number"];
    let own = [("penalty", "ridge".into()), ("alpha", 2.0.into())];
    let (report, said) = ran("spend", "choice", "linear", &own);
    metrics(&report, &want["metrics"]);
    let Predictions::Numbers(said) = said else {
        panic!()
    };
    let want = numbers(&want["predictions"]);
    assert_eq!(said.len(), want.len());
    for (got, want) in said.iter().zip(want) {
        near("prediction", *got, want, 1e-4);
    }
}
