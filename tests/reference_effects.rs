//! Effects of categories in a churn report, each compared with the most frequent one, against statsmodels; see
//! `tests/reference/effects.py`.
//!
//! Tolerance: 1e-4 of a number, or of 1 where it is smaller.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
mod common;

use kept::{
    analyses::{Job, entry},
    base::{LoadOptions, Params, Quiet, Recipe, Role, Roles, Run, Step, Value, block_on},
    charts::{Chart, EN, Figure},
    report::{Cells, Report},
    table::{
        Table,
        read::{Bytes, read},
    },
};

const N: u64 = 500;

/// The rule of whole numbers, a day per row.
fn table() -> Table {
    let mut s = 99_u32;
    let mut next = || {
        s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(s >> 8) / f64::from(1 << 24)
    };
    let mut text = String::from("usage,plan,paper,day,churn\n");
    for i in 0..N {
        let (usage, plan) = ((next() * 100.0).floor(), next());
        let plan = [0.2, 0.55, 0.8].iter().filter(|l| plan >= **l).count();
        let is_paper = next() < 0.4;
        let z = 0.4 - 0.02 * usage + if is_paper { 0.7 } else { 0.0 } + [0.5, -0.3, 0.9, 0.0][plan];
        let is_churn = next() < 1.0 / (1.0 + (-z).exp());
        let word = |yes| if yes { "yes" } else { "no" };
        let (year, month, day) = (2020 + i / 336, i / 28 % 12 + 1, i % 28 + 1);
        text += &format!(
            "{usage},{},{},{year}-{month:02}-{day:02},{}\n",
            ["basic", "free", "gold", "team"][plan],
            word(is_paper),
            word(is_churn)
        );
    }
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 42);
    read(
        &mut Bytes(text.into_bytes()),
        &LoadOptions::default(),
        &mut run,
    )
    .unwrap()
    .table
}

fn report(drop: &str, logistic: &[(&str, Value)]) -> Report {
    let roles = [(Role::Target, "churn"), (Role::Date, "day")];
    let roles = Roles(roles.map(|(r, c)| (r, c.to_owned())).to_vec());
    let recipe = Recipe {
        steps: vec![
            Step::new("drop", vec!["day".to_owned()], Params::default()),
            Step::new("one_hot", Vec::new(), Params::default().with("drop", drop)),
        ],
    };
    let own = logistic.iter().map(|(k, v)| ((*k).to_owned(), v.clone()));
    let own = Value::Map(own.chain([("tol".to_owned(), 1e-10.into())]).collect());
    let params = Params::default()
        .with("learners", vec![Value::Text("logistic".into())])
        .with("split", "time")
        .with("cv", 2_i64)
        .with("n_repeats", 1_i64)
        .with(
            "learner_params",
            Value::Map([("logistic".to_owned(), own)].into()),
        );
    let job = Job {
        table: &table(),
        dataset: "data",
        roles: &roles,
        params: &params,
        recipe: Some(&recipe),
    };
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 42);
    let outcome = block_on((entry("churn").unwrap().run)(&job, &mut run));
    outcome.unwrap().report
}

fn near(what: &str, got: f64, want: f64) {
    assert!(
        (got - want).abs() < 1e-4 * want.abs().max(1.0),
        "{what}: {got} {want}"
    );
}

fn compare(report: &Report, want: &str) {
    let want = &common::reference("effects.json")[want];
    let want = want.as_array().unwrap();
    assert_eq!(report.metric("n_test"), Some(100.0));
    let table = report.table("coefficients").unwrap();
    let text = |key| match table.column(key) {
        Some(Cells::Text(v)) => v.clone(),
        other => panic!("{key}: {other:?}"),
    };
    let number = |key| match table.column(key) {
        Some(Cells::Number(v)) => v.clone(),
        other => panic!("{key}: {other:?}"),
    };
    let (columns, levels, references) = (text("column"), text("level"), text("reference"));
    assert_eq!(columns.len(), want.len());
    let Some(Figure::Coefficients(figure)) = report.figure("coefficients") else {
        panic!()
    };
    assert_eq!(figure.rows.len(), want.len());
    for want in want {
        let is = |cell: &Option<String>, key: &str| cell.as_deref() == want[key].as_str();
        let mut places = 0..columns.len();
        let i = places.find(|i| is(&columns[*i], "column") && is(&levels[*i], "level"));
        let i = i.unwrap_or_else(|| panic!("{want}"));
        assert!(is(&references[i], "reference"), "{want}");
        let known = |key: &str| want[key].as_f64().unwrap();
        let what = want.to_string();
        near(&what, number("coefficient")[i], known("coef"));
        near(&what, number("standard_error")[i], known("se"));
        near(&what, number("p_value")[i], known("p"));
        near(&what, number("odds_ratio")[i], known("coef").exp());
        near(&what, number("low")[i], known("low").exp());
        near(&what, number("high")[i], known("high").exp());
        // The figure says the same.
        let mut rows = figure.rows.iter();
        let row = rows.find(|r| {
            is(&r.level, "level")
                && Some(r.name.split(" + ").next().unwrap()) == want["column"].as_str()
        });
        let row = row.unwrap();
        assert!(is(&row.reference, "reference"), "{row:?}");
        near(&what, row.estimate, known("coef").exp());
        near(&what, row.high, known("high").exp());
    }
}

#[test]
fn differences_of_categories_are_statsmodels() {
    let weak = report("none", &[("C", 1e6.into())]);
    compare(&weak, "treatment");
    let words = weak.figure("coefficients").unwrap();
    let said = format!("{:?}", words.grid(&EN));
    assert!(said.contains("plan: gold, compared with free"), "{said}");
}

#[test]
fn a_category_without_a_column_is_compared_too() {
    // Without a penalty: "basic" has none of its own, and "free" is more frequent.
    compare(&report("first", &[("penalty", "none".into())]), "treatment");
}

#[test]
fn differences_under_a_penalty_have_the_errors_of_its_curvature() {
    compare(&report("none", &[("C", 0.5.into())]), "penalised");
}

type Set<'a> = [(usize, &'a [f64])];

fn numbers(of: &serde_json::Value) -> Vec<f64> {
    let all = of.as_array().unwrap().iter();
    all.map(|v| v.as_f64().unwrap()).collect()
}

/// Probabilities of rows of `x` with some cells set, by the coefficients of a reference.
fn probabilities(
    x: &[Vec<f64>],
    want: &serde_json::Value,
) -> impl FnMut(&[u32], &Set<'_>) -> kept::base::Result<Vec<f64>> {
    let coefficients = numbers(&want["coefficients"]);
    let intercept = want["intercept"].as_f64().unwrap();
    move |rows, set| {
        let one = |(i, row): (usize, &u32)| {
            let mut values = x[*row as usize].clone();
            for (column, cells) in set {
                values[*column] = cells[i];
            }
            let z: f64 = values.iter().zip(&coefficients).map(|(v, c)| v * c).sum();
            1.0 / (1.0 + (-z - intercept).exp())
        };
        Ok(rows.iter().enumerate().map(one).collect())
    }
}

fn rows(seed: u32) -> Vec<Vec<f64>> {
    let (x, _) = common::sample(seed, 300, 4);
    let row = |r| Vec::from_iter(x.row(r).iter().map(|v| f64::from(*v)));
    (0..x.nrows()).map(row).collect()
}

#[test]
fn partial_dependence_is_scikit_learns() {
    use kept::evaluate::effects::partial_dependence;
    let want = &common::reference("effects.json")["partial"];
    let x = rows(5);
    let mut score = probabilities(&x, want);
    for column in 0..2 {
        let places = numbers(&want["places"][column]);
        let found = partial_dependence(column, &places, x.len(), &mut score).unwrap();
        let mean = numbers(&want["mean"][column]);
        assert_eq!(found.mean.len(), 7);
        for ((got, low), want) in found.mean.iter().zip(&found.low).zip(mean) {
            assert!((got - want).abs() < 1e-9, "{column}: {got} {want}");
            assert!(low < got);
        }
    }
}

#[test]
fn accumulated_local_effects_are_pyales() {
    use kept::evaluate::effects::{ale_categories, ale_numbers, cut_points};
    let want = &common::reference("effects.json")["accumulated"];
    let mut x = rows(6);
    for row in &mut x {
        row[2] = ((row[2] + 1.0) * 2.5).floor().clamp(0.0, 4.0);
    }
    let mut score = probabilities(&x, want);
    for column in 0..3 {
        let values: Vec<f64> = x.iter().map(|r| r[column]).collect();
        let found = match column {
            2 => ale_categories(column, &values, 5, &mut score),
            _ => ale_numbers(column, &values, &cut_points(&values, 10), &mut score),
        }
        .unwrap();
        let (places, mean) = (
            numbers(&want["places"][column]),
            numbers(&want["mean"][column]),
        );
        assert_eq!(found.places.len(), places.len(), "{column}");
        let pairs = found.places.iter().zip(&places);
        for (got, want) in pairs.chain(found.mean.iter().zip(&mean)) {
            assert!((got - want).abs() < 1e-9, "{column}: {got} {want}");
        }
        assert!(mean.iter().any(|m| m.abs() > 0.1), "{column}");
    }
}
