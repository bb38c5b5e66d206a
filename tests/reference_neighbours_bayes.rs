//! Naive Bayes, nearest neighbours, k-means, voting and stacking against scikit-learn; see
//! `tests/reference/neighbours_bayes.py`.
//!
//! Tolerances: naive Bayes 1e-6; neighbours 1e-5 where it is clear which rows are near; inertia of k-means at most 0.1 %
//! from the best of ninety starts; voting and stacking, with the same folds, 1e-5.
#![cfg(feature = "engine")]
// Helpers of tests may unwrap like the tests themselves.
#![allow(clippy::unwrap_used)]
mod common;

use common::{noise, sample, weights};
use kept::base::{Params, Quiet, Run, Train, Value as Param};
use kept::learn::kernels::{folds, problem::Goal};
use kept::learn::{Dataset, Model, Target, entry, k_means::KMeans};
use ndarray::Array2;
use serde_json::Value;

fn read() -> Value {
    common::reference("neighbours_bayes.json")
}

fn cases(name: &str) -> Vec<Value> {
    let cases = read()[name].as_array().unwrap().clone();
    assert!(!cases.is_empty());
    cases
}

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap()
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().unwrap().iter().map(number).collect()
}

fn whole(v: &Value) -> usize {
    v.as_u64().unwrap() as usize
}

fn in_two(z: &[f64]) -> Target {
    Target::class(
        z.iter().map(|z| u32::from(*z > 0.2)).collect(),
        &["no", "yes"],
    )
}

fn in_three(z: &[f64]) -> Target {
    let code = |z: &f64| u32::from(*z > -0.4) + u32::from(*z > 0.6);
    Target::class(z.iter().map(code).collect(), &["a", "b", "c"])
}

/// The target of a named task.
fn target(task: &str, z: &[f64]) -> Target {
    match task {
        "binary" => in_two(z),
        "multiclass" => in_three(z),
        _ => Target::Number(z.to_vec()),
    }
}

/// Whole numbers: many rows are equally far from one another.
fn stepped(x: &Array2<f32>) -> Array2<f32> {
    Array2::from_shape_fn(x.dim(), |(i, j)| {
        let wide = if j == 1 { 10.0 } else { 1.0 };
        ((f64::from(x[[i, j]]) / wide + 1.0) * 2.5).floor() as f32
    })
}

fn fit(learner: &str, params: &Params, data: &Dataset) -> Model {
    let estimator = (entry(learner).unwrap().build)(params).unwrap();
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 42);
    estimator.fit(&Train::all(data.clone()), &mut run).unwrap()
}

fn answer(model: &Model, x: &Array2<f32>) -> Array2<f64> {
    match model {
        Model::Classifier(c) => c.predict_proba(x.view()).unwrap(),
        Model::Regressor(r) => {
            let p = r.predict(x.view()).unwrap();
            Array2::from_shape_vec((p.len(), 1), p).unwrap()
        }
        Model::Clusterer(_) => panic!("no groups here"),
    }
}

/// Compares row by row, only rows named by `clear` if it is given.
fn same(what: &str, got: &Array2<f64>, want: &Value, clear: Option<&[f64]>, tolerance: f64) {
    let want = want.as_array().unwrap();
    assert_eq!(got.nrows(), want.len(), "{what}");
    for (i, (got, want)) in got.rows().into_iter().zip(want).enumerate() {
        if clear.is_some_and(|c| c[i] == 0.0) {
            continue;
        }
        let want = numbers(want);
        assert_eq!(got.len(), want.len(), "{what}");
        for (g, w) in got.iter().zip(want) {
            assert!(
                (g - w).abs() <= tolerance,
                "{what}, row {i}: {g} is not {w}"
            );
        }
    }
}

fn map(pairs: &[(&str, Param)]) -> Param {
    let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone()));
    Param::Map(pairs.collect())
}

#[test]
fn naive_bayes_is_scikit_learns() {
    let (x, z) = sample(11, 240, 4);
    let (t, _) = sample(12, 30, 4);
    for case in cases("bayes") {
        let learner = case["learner"].as_str().unwrap();
        let counts = learner == "multinomial_nb";
        let (x, t) = if counts {
            (stepped(&x), stepped(&t))
        } else {
            (x.clone(), t.clone())
        };
        let mut params =
            Params::default().with(case["param"].as_str().unwrap(), number(&case["value"]));
        if let Some(binarize) = case["binarize"].as_f64() {
            params = params.with("binarize", binarize);
        }
        let mut data = Dataset::new(x, in_three(&z));
        if case["weighted"].as_bool().unwrap() {
            data = data.with_weights(weights(13, 240));
        }
        let got = answer(&fit(learner, &params, &data), &t);
        same(
            &format!("{learner} {params:?}"),
            &got,
            &case["proba"],
            None,
            1e-6,
        );
    }
}

#[test]
fn neighbours_are_scikit_learns() {
    let (x, z) = sample(21, 300, 4);
    let (t, _) = sample(22, 40, 4);
    for case in cases("nearest") {
        let (x, t) = if case["ties"].as_bool().unwrap() {
            (stepped(&x), stepped(&t))
        } else {
            (x.clone(), t.clone())
        };
        let params = Params::default()
            .with("n_neighbors", whole(&case["k"]) as i64)
            .with("weights", case["weights"].as_str().unwrap());
        let clear = numbers(&case["clear"]);
        for (y, name) in [(in_three(&z), "proba"), (Target::Number(z.clone()), "mean")] {
            let got = answer(&fit("knn", &params, &Dataset::new(x.clone(), y)), &t);
            same(
                &format!("{name} {params:?}"),
                &got,
                &case[name],
                Some(&clear),
                1e-5,
            );
        }
    }
}

/// Of equally near rows the earlier one counts.
#[test]
fn of_equally_near_rows_the_first_counts() {
    let x = Array2::from_shape_vec((4, 1), vec![1.0, -1.0, 1.0, -1.0]).unwrap();
    let data = Dataset::new(x, Target::Number(vec![1.0, 2.0, 4.0, 8.0]));
    for (k, want) in [(1, 1.0), (2, 1.5), (3, 7.0 / 3.0)] {
        let params = Params::default().with("n_neighbors", k);
        let got = answer(&fit("knn", &params, &data), &Array2::zeros((1, 1)));
        assert!((got[[0, 0]] - want).abs() < 1e-12, "{k} {got}");
    }
}

/// Rows around `k` places, the seventh part of them far from any.
fn blobs(seed: u32, n: usize, d: usize, k: usize, spread: f64) -> Array2<f32> {
    let u = noise(seed, n * d + k * d);
    Array2::from_shape_fn((n, d), |(i, j)| {
        let v = u[i * d + j] * spread + u[n * d + (i % k) * d + j] * 10.0;
        (if i % 7 == 0 { v * 1.5 } else { v }) as f32
    })
}

/// Weighted sum of squared distances to the nearest centre, from the definition.
fn inertia(x: &Array2<f32>, centers: &[f32], weight: &[f64]) -> f64 {
    let near = |row: ndarray::ArrayView1<'_, f32>| {
        let far = |c: &[f32]| -> f64 {
            let squares = row.iter().zip(c);
            squares.map(|(a, b)| f64::from(a - b).powi(2)).sum()
        };
        let each = centers.chunks_exact(row.len()).map(far);
        each.fold(f64::INFINITY, f64::min)
    };
    let rows = x.rows().into_iter().zip(weight);
    rows.map(|(r, w)| w * near(r)).sum()
}

#[test]
fn inertia_is_scikit_learns() {
    for case in cases("means") {
        let of = |name: &str| whole(&case[name]);
        let (n, d, k) = (of("n"), of("d"), of("n_clusters"));
        let seed = of("seed") as u32;
        let x = blobs(seed, n, d, of("k"), number(&case["spread"]));
        let mut data = Dataset::new(x.clone(), Target::None);
        let mut weight = vec![1.0; n];
        if case["weighted"].as_bool().unwrap() {
            weight = weights(seed + 50, n);
            data = data.with_weights(weight.clone());
        }
        let params = Params::default()
            .with("n_clusters", k as i64)
            .with("n_init", 30_i64)
            .with("tol", 0.0);
        let mut quiet = Quiet;
        let got = KMeans::new(&params)
            .unwrap()
            .fit_k_means(&Train::all(data), &mut Run::new(&mut quiet, 42))
            .unwrap();
        let want = number(&case["inertia"]);
        let what = format!("{case}");
        let stated = got.inertia();
        let found = inertia(&x, got.centers(), &weight);
        assert!(
            (stated / found - 1.0).abs() < 1e-5,
            "{what}: {stated} {found}"
        );
        assert!((found / want - 1.0).abs() < 1e-3, "{what}: {found}");
    }
}

#[test]
fn voting_is_scikit_learns() {
    let (x, z) = sample(41, 250, 4);
    let (t, _) = sample(42, 30, 4);
    for case in cases("voting") {
        let task = case["task"].as_str().unwrap();
        let mut params = Params::default();
        params = if task == "regression" {
            params
                .with("estimators", "linear, knn")
                .with("knn", map(&[("n_neighbors", Param::Int(7))]))
        } else {
            params
                .with("estimators", "logistic, gaussian_nb, bernoulli_nb")
                .with("logistic", map(&[("tol", Param::Float(1e-9))]))
        };
        if case["weights"].is_array() {
            let w = numbers(&case["weights"]);
            params = params.with(
                "weights",
                w.into_iter().map(Param::Float).collect::<Vec<_>>(),
            );
        }
        let mut data = Dataset::new(x.clone(), target(task, &z));
        if case["weighted"].as_bool().unwrap() {
            data = data.with_weights(weights(43, 250));
        }
        let got = answer(&fit("voting", &params, &data), &t);
        same(
            &format!("{task} {params:?}"),
            &got,
            &case["out"],
            None,
            1e-5,
        );
    }
}

#[test]
fn stacking_is_scikit_learns() {
    let n = 150;
    let (x, z) = sample(51, n, 4);
    let (t, _) = sample(52, 30, 4);
    for case in cases("stacking") {
        let task = case["task"].as_str().unwrap();
        let y = target(task, &z);
        let goal = match &y {
            Target::Class { codes, classes } => Goal::Classes {
                codes: codes.as_slice().into(),
                classes: classes.clone(),
                class_weight: vec![1.0; classes.len()],
            },
            _ => Goal::Numbers(z.as_slice().into()),
        };
        let mut quiet = Quiet;
        let run = Run::new(&mut quiet, 42);
        let dealt: String = folds::deal(&goal, n, 5, &mut run.rng(0x5354))
            .iter()
            .map(u32::to_string)
            .collect();
        assert_eq!(case["fold"].as_str(), Some(dealt.as_str()), "{task}");
        let knn = map(&[("n_neighbors", Param::Int(7))]);
        let params = if task == "regression" {
            Params::default()
                .with("estimators", "linear, knn")
                .with("knn", knn)
        } else {
            // The last learner shares the parameters of its name with the first ones.
            Params::default()
                .with("estimators", "logistic, gaussian_nb, knn")
                .with("knn", knn)
                .with("logistic", map(&[("tol", Param::Float(1e-9))]))
        };
        let model = fit("stacking", &params, &Dataset::new(x.clone(), y.clone()));
        same(task, &answer(&model, &t), &case["out"], None, 1e-5);
    }
}
