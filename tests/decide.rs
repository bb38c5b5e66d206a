//! Decisions on a real file: costs, figures, list.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
mod common;
#[path = "common/engine.rs"]
mod engine;

use engine::{churn, guessed, load, numbers, texts};
use kept::{
    base::{COSTS, Named, Params, Result, Role, Roles, Value},
    charts::Figure,
    engine::State,
    report::{Report, Sentence},
};

fn costs(pairs: &[(&str, Value)]) -> Value {
    let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone()));
    Value::Map(pairs.collect::<Named>())
}

fn few(learner: &str) -> Params {
    Params::default()
        .with("learners", vec![learner])
        .with("cv", 2_i64)
        .with("n_repeats", 1_i64)
}

fn telco(params: Params) -> Result<Report> {
    let bytes = std::fs::read(common::data("telco_churn.csv")).unwrap();
    let mut state = State::default();
    let profile = load(&mut state, 1, bytes).unwrap();
    let Roles(mut roles) = guessed(&profile);
    roles.push((Role::Value, "MonthlyCharges".into()));
    churn(&mut state, 1, Roles(roles), params)
}

#[test]
fn costs_lead_to_a_list() {
    let mut params = few("logistic");
    let given = [
        ("contact", Value::Int(10)),
        ("success", Value::Float(0.5)),
        ("capacity", Value::Int(300)),
    ];
    params.0.insert(COSTS.to_owned(), costs(&given));
    let start = std::time::Instant::now();
    let report = telco(params).unwrap();
    println!("run: {:?}", start.elapsed());
    let n_test = report.metric("n_test").unwrap();

    let Some(Figure::Profit(profit)) = report.figure("profit") else {
        panic!("no profit");
    };
    let best = profit.at(&profit.costs).unwrap();
    assert_eq!(profit.n_rows as f64, n_test);
    assert!(best.n > 0 && best.n <= 300);
    assert_eq!(report.metric("expected_profit"), Some(best.gain));
    assert_eq!(
        report.interval("expected_profit"),
        Some((best.low, best.high))
    );
    assert!(best.low < best.gain && best.gain < best.high);
    assert!(best.gain > best.everybody && best.gain > best.random);
    assert!(best.gain > best.by_value.unwrap());
    let threshold = report.metric("best_threshold").unwrap();
    assert!(threshold > 0.1 && threshold < 1.0);

    assert_eq!(numbers(&report, "deciles", "n").iter().sum::<f64>(), n_test);
    let lift = numbers(&report, "deciles", "lift");
    assert!(lift[0] > 2.0 && lift[9] < 0.5, "{lift:?}");
    assert!(report.figure("gains").is_some() && report.figure("lift").is_some());

    // Who is still there, dearest risk first, with reasons for as many as can be contacted.
    let gain = numbers(&report, "actions", "expected_gain");
    assert_eq!(gain.len(), 5174);
    assert!(gain.windows(2).all(|p| p[0] >= p[1]));
    let (p, v) = (
        numbers(&report, "actions", "probability"),
        numbers(&report, "actions", "value"),
    );
    for i in 0..gain.len() {
        assert!((gain[i] - (0.5 * p[i] * v[i] - 10.0)).abs() < 1e-9);
    }
    let reasons = texts(&report, "actions", "reason_1");
    assert!(reasons[..300].iter().all(|r| !r.is_empty()));
    assert!(reasons[300..].iter().all(String::is_empty));
    let actions = texts(&report, "actions", "action");
    let known = |a: &String| kept::base::ACTIONS.contains(&a.as_str());
    assert!(actions[..300].iter().all(known));
    let points = numbers(&report, "actions", "points_1");
    assert!(points[..300].iter().all(|p| *p > 0.0 && *p < 1.0));
    let has = |of: fn(&Sentence) -> bool| report.sentences.iter().any(of);
    assert!(has(|s| matches!(
        s,
        Sentence::Contact { is_money: true, .. }
    )));
    assert!(has(|s| matches!(
        s,
        Sentence::WorthContacting { n: 300, .. }
    )));
}

#[test]
fn without_costs_nothing_is_claimed() {
    let report = telco(few("tree")).unwrap();
    let claims = |s: &Sentence| {
        matches!(
            s,
            Sentence::Contact { .. }
                | Sentence::ContactEverybody { .. }
                | Sentence::WorthContacting { .. }
        )
    };
    assert!(!report.sentences.iter().any(claims));
    assert!(report.figure("profit").is_some());
    assert_eq!(report.table("actions").unwrap().n_rows(), 5174);
}

#[test]
fn bad_costs_are_named_before_anything_is_fitted() {
    let cases = [
        ("success", Value::Float(2.0), "param", Some("costs.success")),
        ("value", "nothing".into(), "missing_column", None),
        ("value", "Contract".into(), "column_kind", None),
    ];
    for (key, value, code, param) in cases {
        let mut params = few("logistic");
        params.0.insert(COSTS.to_owned(), costs(&[(key, value)]));
        let error = telco(params).unwrap_err();
        assert_eq!((error.code(), error.param()), (code, param), "{key}");
    }
}
