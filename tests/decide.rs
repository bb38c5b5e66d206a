//! Decisions on a real file: costs, figures, list.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
mod common;
#[path = "common/engine.rs"]
mod engine;

use engine::{churn, guessed, load, numbers, predict, texts};
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

/// The file that was learned from, scored as a new one: profit by the probabilities, the same health.
#[test]
fn a_new_file_has_profit_and_health() {
    let bytes = std::fs::read(common::data("telco_churn.csv")).unwrap();
    let mut state = State::default();
    let profile = load(&mut state, 1, bytes).unwrap();
    let Roles(mut roles) = guessed(&profile);
    roles.push((Role::Value, "MonthlyCharges".into()));
    let mut params = few("logistic");
    let given = [("contact", Value::Int(10)), ("success", Value::Float(0.5))];
    params.0.insert(COSTS.to_owned(), costs(&given));
    let report = churn(&mut state, 1, Roles(roles), params).unwrap();
    let scored = predict(&mut state, 1).unwrap();
    let Some(Figure::Profit(profit)) = scored.figure("profit") else {
        panic!("no profit");
    };
    assert!(!profit.is_observed());
    let best = profit.at(&profit.costs).unwrap();
    assert!(best.n > 100 && best.low < best.gain && best.gain < best.high);
    let all = texts(&scored, "health", "id");
    let health = numbers(&scored, "health", "health");
    assert_eq!(all.len(), 7043);
    let there = texts(&report, "health", "id");
    for (id, want) in there
        .iter()
        .zip(numbers(&report, "health", "health"))
        .take(50)
    {
        let at = all.iter().position(|i| i == id).unwrap();
        assert_eq!(health[at], want, "{id}");
    }
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

#[test]
fn health_is_tested_against_leaving() {
    let weights = [("billing", Value::Int(1)), ("other", Value::Int(3))];
    let mut params = few("tree");
    let health = costs(&[("weights", costs(&weights))]);
    params.0.insert("health".to_owned(), health);
    let report = telco(params).unwrap();
    let kinds = texts(&report, "health_test", "weights");
    assert_eq!(kinds, ["learned", "equal", "by_hand"]);
    let auc = numbers(&report, "health_test", "roc_auc");
    assert!(auc[0] > 0.8, "{auc:?}");
    assert!(auc[0] >= auc[1] && auc[0] >= auc[2] - 0.01, "{auc:?}");
    let parts = texts(&report, "health_parts", "part");
    let weights = numbers(&report, "health_parts", "weight");
    let of = |part: &str| weights[parts.iter().position(|p| p == part).unwrap()];
    assert_eq!((of("billing"), of("other")), (0.25, 0.75));
    let learned = numbers(&report, "health_parts", "weight_learned");
    assert!((learned.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    let health = numbers(&report, "health", "health");
    assert_eq!(health.len(), 5174);
    assert!(health.iter().all(|h| (0.0..=100.0).contains(h)));
    assert!(
        numbers(&report, "health", "trend")
            .iter()
            .all(|t| t.is_nan())
    );
    assert!(report.figure("health").is_some());
}

/// Two snapshots of each customer: logins of every other one fell.
#[test]
fn snapshots_give_health_a_direction() {
    let mut csv = "customer_id,month,logins,support_tickets,churned\n".to_owned();
    for i in 0..400_u32 {
        let noise = i * 7919 % 13;
        let falls = i % 2 == 0;
        let late = if falls { 3 + noise } else { 20 + noise };
        let gone = falls && i % 4 == 0;
        csv += &format!("c{i},2026-01-01,{},{},no\n", 12 + noise, i % 3);
        let gone = if gone { "yes" } else { "no" };
        csv += &format!("c{i},2026-02-01,{late},{},{gone}\n", i % 3);
    }
    let mut state = State::default();
    load(&mut state, 1, csv.into_bytes()).unwrap();
    let roles = Roles(vec![
        (Role::Id, "customer_id".into()),
        (Role::Date, "month".into()),
        (Role::Target, "churned".into()),
    ]);
    let report = churn(&mut state, 1, roles, few("logistic")).unwrap();
    let ids = texts(&report, "health", "id");
    let trend = numbers(&report, "health", "trend");
    // A customer once, those who left not at all.
    assert_eq!(ids.len(), 300);
    for (id, trend) in ids.iter().zip(trend) {
        let i: u32 = id[1..].parse().unwrap();
        assert_eq!(trend < 0.0, i.is_multiple_of(2), "{id}: {trend}");
    }
    assert_eq!(report.table("actions").unwrap().n_rows(), 300);
}

/// What the page does while a control moves: arithmetic and layout, whatever the number of rows.
#[test]
fn controls_redraw_at_once() {
    use kept::{
        base::{Costs, Quiet, Run, ValueOf},
        charts::{Chart, EN, Size},
        evaluate::profit::{Customers, profit},
    };
    let n = 300_000;
    let u = common::noise(5, 2 * n);
    let p: Vec<f64> = (0..n).map(|i| ((u[i] + 1.0) / 2.0).powi(2)).collect();
    let y: Vec<bool> = (0..n).map(|i| (u[n + i] + 1.0) / 2.0 < p[i]).collect();
    let v: Vec<f64> = (0..n).map(|i| 50.0 + 40.0 * u[(i * 7) % n]).collect();
    let customers = Customers {
        proba: &p,
        value: Some(&v),
        truth: Some(&y),
    };
    let mut quiet = Quiet;
    let run = Run::new(&mut quiet, 1);
    let start = std::time::Instant::now();
    let mut drawn = profit(&customers, &Costs::default(), 1, &run).unwrap();
    println!("profit of {n} customers: {:?}", start.elapsed());
    let size = Size {
        width_px: 640.0,
        height_px: 320.0,
    };
    let start = std::time::Instant::now();
    let n_moves = 200;
    for i in 0..n_moves {
        drawn.costs = Costs {
            contact: f64::from(i) * 0.1,
            success: 0.3,
            value: ValueOf::Column("v".into()),
            capacity: Some(1_000 * u64::from(i as u16)),
            ..Costs::default()
        };
        let scene = drawn.draw(size, &EN);
        assert!(!scene.marks.is_empty() && !drawn.title(&EN).is_empty());
    }
    let each = start.elapsed() / n_moves as u32;
    println!("arithmetic, title and layout: {each:?} for each move");
    assert!(each.as_millis() < 16, "{each:?}");
}

/// Reasons of a thousand rows by the dearest of the exact ways.
#[test]
fn a_list_of_a_boosted_model_is_made_in_time() {
    let start = std::time::Instant::now();
    let report = telco(few("boosting")).unwrap();
    println!("boosting: {:?}", start.elapsed());
    let reasons = texts(&report, "actions", "reason_1");
    assert!(reasons[..1000].iter().all(|r| !r.is_empty()) && reasons[1000].is_empty());
}
