//! Columns left by an L1 penalty and recursive elimination, plain and cross-validated, against scikit-learn; see
//! `tests/reference/selection.py`.
//!
//! Tolerances: columns, ranks and numbers of columns exact; sizes of coefficients 1e-3; scores 1e-5.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
mod common;

use kept::base::{Params, Quiet, Run, Test, Train, block_on};
use kept::evaluate::{
    prepared::Prepared,
    scoring::Scoring,
    search::Candidate,
    select::{Selection, Selector, recursive_cv},
    split::{Fold, Splits, k_folds, stratified_folds},
};
use kept::learn::{Dataset, Target, entry};
use ndarray::Array2;
use serde_json::Value;

const N: usize = 240;
const D: usize = 9;

fn cases(name: &str) -> Vec<Value> {
    let cases = common::reference("selection.json")[name]
        .as_array()
        .unwrap()
        .clone();
    assert!(!cases.is_empty());
    cases
}

fn numbers(v: &Value) -> Vec<f64> {
    let list = v.as_array().unwrap();
    list.iter().map(|v| v.as_f64().unwrap()).collect()
}

fn whole(v: &Value) -> usize {
    v.as_u64().unwrap() as usize
}

/// The rule of whole numbers; some columns matter, some are noise, one is nearly another.
fn sample(task: &str) -> Dataset {
    let mut s = 61_u32;
    let mut u = Vec::with_capacity(N * (D + 1));
    for _ in 0..N * (D + 1) {
        s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u.push(f64::from(s >> 8) / f64::from(1 << 23) - 1.0);
    }
    let at = |i: usize, j: usize| u[i * (D + 1) + j];
    let x = Array2::from_shape_fn((N, D), |(i, j)| match j {
        4 => (0.7 * at(i, 0) + 0.3 * at(i, 4)) as f32,
        _ => at(i, j) as f32,
    });
    let z = |i: usize| {
        let v = |j: usize| f64::from(x[[i, j]]);
        1.5 * v(0) - v(2) + 0.5 * v(5) - 0.3 * v(7) + 0.8 * at(i, D)
    };
    let z: Vec<f64> = (0..N).map(z).collect();
    let above = |limits: &[f64]| {
        let code = |z: &f64| limits.iter().filter(|l| z > *l).count() as u32;
        z.iter().map(code).collect()
    };
    let y = match task {
        "binary" => Target::class(above(&[0.2]), &["no", "yes"]),
        "multiclass" => Target::class(above(&[-0.4, 0.6]), &["a", "b", "c"]),
        _ => Target::Number(z),
    };
    Dataset::new(x, y)
}

/// The linear learner of a task, to its minimum.
fn linear(task: &str) -> (&'static str, Params) {
    let learner = if task == "regression" {
        "linear"
    } else {
        "logistic"
    };
    (learner, Params::default().with("tol", 1e-9))
}

fn select(selector: &Selector, data: Dataset) -> Selection {
    let mut quiet = Quiet;
    selector
        .fit(&Train::all(data), &mut Run::new(&mut quiet, 42))
        .unwrap()
}

#[test]
fn columns_left_by_l1_are_scikit_learns() {
    let (mut n_dropped, mut n_limited) = (0, 0);
    for case in cases("l1") {
        let task = case["task"].as_str().unwrap();
        let strength = case["strength"].as_f64().unwrap();
        let (learner, mut params) = linear(task);
        params = if task == "regression" {
            params
                .with("penalty", "lasso")
                .with("alpha", strength / 2.0)
        } else {
            params.with("penalty", "l1").with("C", strength)
        };
        let selector = Selector::L1 {
            learner: learner.into(),
            params: params.clone(),
            max_features: None,
        };
        let mut quiet = Quiet;
        let fitted = selector.fit(&Train::all(sample(task)), &mut Run::new(&mut quiet, 42));
        let kept: Vec<bool> = numbers(&case["kept"]).iter().map(|k| *k == 1.0).collect();
        n_dropped += kept.iter().filter(|k| !**k).count();
        if !kept.contains(&true) {
            assert_eq!(
                fitted.unwrap_err().code(),
                "no_features",
                "{task} {strength}"
            );
            continue;
        }
        let got = fitted.unwrap();
        assert_eq!(got.kept, kept, "{task} {strength}: {:?}", got.scores);
        for (got, want) in got.scores.iter().zip(numbers(&case["size"])) {
            assert!((got - want).abs() < 1e-3, "{task} {strength}: {got} {want}");
        }
        for (most, want) in case["limited"].as_object().unwrap() {
            let selector = Selector::L1 {
                learner: learner.into(),
                params: params.clone(),
                max_features: Some(most.parse().unwrap()),
            };
            let want: Vec<bool> = numbers(want).iter().map(|k| *k == 1.0).collect();
            assert_eq!(
                select(&selector, sample(task)).kept,
                want,
                "{task} {strength} {most}"
            );
            n_limited += usize::from(want != kept);
        }
    }
    assert!(n_dropped > 10, "{n_dropped}");
    assert!(n_limited > 10, "{n_limited}");
}

#[test]
fn eliminated_columns_are_scikit_learns() {
    for case in cases("recursive") {
        let task = case["task"].as_str().unwrap();
        let (learner, params) = linear(task);
        let selector = Selector::Recursive {
            learner: learner.into(),
            params,
            n_features: whole(&case["keep"]),
            step: whole(&case["step"]),
        };
        let got = select(&selector, sample(task));
        let ranks: Vec<f64> = got.scores.iter().map(|s| -s).collect();
        assert_eq!(ranks, numbers(&case["ranks"]), "{case}");
        let kept: Vec<bool> = ranks.iter().map(|r| *r == 1.0).collect();
        assert_eq!(got.kept, kept);
    }
}

#[test]
fn numbers_of_columns_are_scikit_learns() {
    for case in cases("cross_validated") {
        let task = case["task"].as_str().unwrap();
        let data = sample(task);
        let folds = match &data.y {
            Target::Class { codes, classes } => stratified_folds(codes, classes.len(), 4, None),
            _ => k_folds(N, 4, None),
        };
        let (learner, params) = linear(task);
        let candidate = Candidate {
            learner: entry(learner).unwrap(),
            params,
        };
        let mut prepare = |fold: &Fold, _: &mut Run<'_>| -> kept::base::Result<Prepared> {
            let (train, test) = (data.take(&fold.train), data.take(&fold.test));
            Ok((Train::all(train), Test::all(test)).into())
        };
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, 42);
        let scoring = Scoring::ALL
            .into_iter()
            .find(|s| Some(s.id()) == case["scoring"].as_str());
        let got = block_on(recursive_cv(
            &candidate,
            &Train::all(data.clone()),
            &Splits::dealt(folds.unwrap(), 4),
            scoring.unwrap(),
            whole(&case["least"]),
            whole(&case["step"]),
            &mut prepare,
            &mut run,
        ))
        .unwrap();
        let sizes: Vec<f64> = got.n_features.iter().map(|n| *n as f64).collect();
        assert_eq!(sizes, numbers(&case["n_features"]), "{case}");
        for (got, want) in got.scores.iter().zip(case["scores"].as_array().unwrap()) {
            for (got, want) in got.iter().zip(numbers(want)) {
                assert!((got - want).abs() < 1e-5, "{task}: {got} {want}");
            }
        }
        assert_eq!(got.best, whole(&case["best"]), "{case}");
        let ranks: Vec<f64> = got.selection.scores.iter().map(|s| -s).collect();
        assert_eq!(ranks, numbers(&case["ranks"]), "{case}");
    }
}
