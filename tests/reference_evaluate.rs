//! Splits, metrics, schedules, selectors, calibration and search against scikit-learn and definitions in numpy.
//!
//! Tolerances: splits and schedules exact; metrics, tests and intervals 1e-9 (p-values relative); mutual information 1e-6;
//! sigmoids 1e-5; scores of logistic regression 1e-5.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
mod common;

use kept::base::{Params, Quiet, Run, Test, Train, Value as Param, block_on};
use kept::evaluate::{
    calibrate::platt,
    metrics::regression as reg,
    prepared::Prepared,
    scoring::Scoring,
    search::{
        Candidate, Halving, ParamGrid, corrected_interval, cross_validate, nested, validation_curve,
    },
    select::{Univariate, mutual_information},
    split::{
        Fold, Forward, Splits, forward_splits, group_folds, k_folds, stratified_folds,
        stratified_group_folds,
    },
};
use kept::learn::{Dataset, Target, entry};
use ndarray::Array2;
use serde_json::Value;

fn read() -> Value {
    common::reference("evaluate.json")
}

fn numbers(v: &Value) -> Vec<f64> {
    let all = v.as_array().unwrap().iter();
    all.map(|v| v.as_f64().unwrap()).collect()
}

fn codes(v: &Value) -> Vec<u32> {
    numbers(v).iter().map(|v| *v as u32).collect()
}

fn size(v: &Value) -> Option<usize> {
    v.as_u64().map(|v| v as usize)
}

fn near(what: &str, got: f64, want: f64, tolerance: f64) {
    assert!(
        (got - want).abs() <= tolerance * want.abs().max(1.0),
        "{what}: {got} is not {want}"
    );
}

fn all_near(what: &str, got: &[f64], want: &Value, tolerance: f64) {
    let want = numbers(want);
    assert_eq!(got.len(), want.len(), "{what}");
    for (g, w) in got.iter().zip(want) {
        near(what, *g, w, tolerance);
    }
}

fn matrix(v: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = v.as_array().unwrap().iter().map(numbers).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j])
}

#[test]
fn splits_are_scikit_learns() {
    let all = read();
    for case in all["k_folds"].as_array().unwrap() {
        let (n, k) = (size(&case["n"]).unwrap(), size(&case["k"]).unwrap());
        assert_eq!(k_folds(n, k, None).unwrap(), codes(&case["fold"]));
    }
    for case in all["grouped"].as_array().unwrap() {
        let (groups, y) = (codes(&case["groups"]), codes(&case["y"]));
        let k = size(&case["k"]).unwrap();
        assert_eq!(
            group_folds(&groups, k, None).unwrap(),
            codes(&case["plain"])
        );
        let strata = stratified_group_folds(&y, 3, &groups, k, None).unwrap();
        assert_eq!(strata, codes(&case["strata"]));
    }
    for case in all["forward"].as_array().unwrap() {
        let order: Vec<u32> = (0..size(&case["n"]).unwrap() as u32).collect();
        let how = Forward {
            n_splits: size(&case["k"]).unwrap(),
            test_size: size(&case["size"]),
            max_train_size: size(&case["most"]),
            gap: size(&case["gap"]).unwrap(),
        };
        let want: Vec<Fold> = case["folds"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| Fold {
                train: codes(&f[0]),
                test: codes(&f[1]),
            })
            .collect();
        assert_eq!(forward_splits(&order, how).unwrap().folds(), want);
    }
}

#[test]
fn metrics_of_numbers_are_scikit_learns() {
    for case in read()["regression"].as_array().unwrap() {
        let (y, p) = (numbers(&case["y"]), numbers(&case["p"]));
        let weight = (!case["w"].is_null()).then(|| numbers(&case["w"]));
        let w = weight.as_deref();
        // A truth of 0 makes the relative error of one row decide everything.
        let kept: Vec<usize> = (0..y.len()).filter(|i| y[*i] > 0.0).collect();
        let of = |v: &[f64]| -> Vec<f64> { kept.iter().map(|i| v[*i]).collect() };
        let some = w.map(of);
        for (name, got) in [
            ("mae", reg::mae(&y, &p, w)),
            ("rmse", reg::rmse(&y, &p, w)),
            ("r2", reg::r2(&y, &p, w)),
            ("median", reg::median_absolute_error(&y, &p, w)),
            ("mape", reg::mape(&of(&y), &of(&p), some.as_deref())),
            ("pinball", reg::pinball_loss(&y, &p, 0.3, w)),
            ("poisson", reg::poisson_deviance(&y, &p, w)),
            ("explained", reg::explained_variance(&y, &p, w)),
            ("max", reg::max_error(&y, &p, w)),
        ] {
            near(name, got.unwrap(), case[name].as_f64().unwrap(), 1e-9);
        }
        let of = |s: Scoring| s.of_numbers(&y, &p, w).unwrap();
        near("r2", of(Scoring::R2), case["r2"].as_f64().unwrap(), 1e-9);
        let losses = of(Scoring::NegRmse) + of(Scoring::NegMae);
        let want = case["rmse"].as_f64().unwrap() + case["mae"].as_f64().unwrap();
        near("losses", -losses, want, 1e-9);
    }
}

#[test]
fn scores_of_classes_are_scikit_learns() {
    let mut seen = 0;
    for case in read()["classes"].as_array().unwrap() {
        let (y, proba) = (codes(&case["y"]), matrix(&case["proba"]));
        let weight = (!case["w"].is_null()).then(|| numbers(&case["w"]));
        for scoring in Scoring::ALL {
            let Some(want) = case[scoring.id()].as_f64() else {
                continue;
            };
            let got = scoring.of_proba(&y, &proba, weight.as_deref()).unwrap();
            near(scoring.id(), got, want, 1e-9);
            seen += 1;
        }
    }
    assert_eq!(seen, 3 * 7 + 2 * 9);
}

#[test]
fn halving_rounds_are_scikit_learns() {
    for case in read()["halving"].as_array().unwrap() {
        let how = Halving {
            factor: size(&case["factor"]).unwrap(),
            min_rows: size(&case["least"]),
            max_rows: size(&case["most"]),
            aggressive_elimination: case["aggressive"].as_bool().unwrap(),
        };
        let of = |name: &str| size(&case[name]).unwrap();
        let got = how.schedule(of("candidates"), of("n"), of("k"), Some(2));
        let want: Vec<(usize, usize)> = case["rounds"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| (size(&r[0]).unwrap(), size(&r[1]).unwrap()))
            .collect();
        assert_eq!(got.unwrap(), want, "{how:?}");
    }
}

#[test]
fn selectors_are_scikit_learns() {
    let case = &read()["select"];
    let x = matrix(&case["x"]).mapv(|v| v as f32);
    let y = Target::class(codes(&case["y"]), &["a", "b", "c"]);
    let of_class = Dataset::new(x.clone(), y);
    let of_number = Dataset::new(x, Target::Number(numbers(&case["number"])));
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 3);
    for (test, data, score, p) in [
        (Univariate::FClassif, &of_class, "f", "f_p"),
        (Univariate::Chi2, &of_class, "chi2", "chi2_p"),
        (Univariate::FRegression, &of_number, "r", "r_p"),
    ] {
        let (scores, p_values) = test.of(data, &mut run).unwrap();
        all_near(score, &scores, &case[score], 1e-9);
        for (got, want) in p_values.iter().zip(numbers(&case[p])) {
            near(p, got.ln(), want.ln(), 1e-9);
        }
    }
    let levels: std::sync::Arc<[u32]> = [0, 0, 0, 4, 2].into();
    let mut mutual = |d: Dataset| mutual_information(&d.with_levels(levels.clone()), 3, &mut run);
    all_near("mi", &mutual(of_class).unwrap(), &case["mi"], 1e-6);
    let got = mutual(of_number).unwrap();
    all_near("mi_number", &got, &case["mi_number"], 1e-6);
}

#[test]
fn sigmoids_and_intervals_are_those_of_their_definitions() {
    let all = read();
    for case in all["platt"].as_array().unwrap() {
        let truth: Vec<bool> = codes(&case["y"]).iter().map(|c| *c == 1).collect();
        let weight = (!case["w"].is_null()).then(|| numbers(&case["w"]));
        let (a, b) = platt(&numbers(&case["f"]), &truth, weight.as_deref()).unwrap();
        near("slope", a, case["slope"].as_f64().unwrap(), 1e-5);
        near("intercept", b, case["intercept"].as_f64().unwrap(), 1e-5);
    }
    let case = &all["corrected"];
    let of = |name: &str| case[name].as_f64().unwrap();
    let (low, high) =
        corrected_interval(&numbers(&case["scores"]), of("n_train"), of("n_test")).unwrap();
    all_near("interval", &[low, high], &case["interval"], 1e-9);
}

#[test]
fn searches_are_scikit_learns() {
    let case = &read()["search"];
    let y = codes(&case["y"]);
    let target = Target::class(y.clone(), &["no", "yes"]);
    let data = Dataset::new(matrix(&case["x"]).mapv(|v| v as f32), target);
    let mut prepare = |fold: &Fold, _: &mut Run<'_>| -> kept::base::Result<Prepared> {
        let (train, test) = (data.take(&fold.train), data.take(&fold.test));
        Ok((Train::all(train), Test::all(test)).into())
    };
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 1);
    let learner = entry("logistic").unwrap();
    let folds = |k, y: &[u32]| stratified_folds(y, 2, k, None).map(|f| Splits::dealt(f, k));
    let splits = folds(4, &y).unwrap();
    let cs = numbers(&case["cs"]);
    let candidates = ParamGrid::default()
        .with("C", cs.clone())
        .candidates(learner)
        .unwrap();
    let loss = Scoring::NegLogLoss;
    let scored = block_on(cross_validate(
        &candidates,
        &splits,
        loss,
        &mut prepare,
        &mut run,
    ))
    .unwrap();
    for (s, want) in scored.iter().zip(case["test"].as_array().unwrap()) {
        all_near("test", &s.scores, want, 1e-5);
        assert_eq!(s.rows, 120);
    }
    let ranks: Vec<u32> = scored.iter().map(|s| s.rank).collect();
    assert_eq!(ranks, codes(&case["rank"]));

    let plain = Candidate {
        learner,
        params: Params::default(),
    };
    let values: Vec<Param> = cs.iter().map(|c| Param::Float(*c)).collect();
    let curve = block_on(validation_curve(
        &plain,
        &splits,
        "C",
        &values,
        loss,
        &mut prepare,
        &mut run,
    ))
    .unwrap();
    for (i, point) in curve.iter().enumerate() {
        all_near("train", &point.train_scores, &case["train"][i], 1e-5);
        all_near("test", &point.test_scores, &case["test"][i], 1e-5);
        assert_eq!(point.at, values[i]);
    }

    let auc = block_on(cross_validate(
        &[plain],
        &splits,
        Scoring::RocAuc,
        &mut prepare,
        &mut run,
    ))
    .unwrap();
    all_near("roc_auc", &auc[0].scores, &case["roc_auc"], 1e-9);

    let mut inner = |rows: &[u32]| {
        let mine: Vec<u32> = rows.iter().map(|r| y[*r as usize]).collect();
        folds(3, &mine)
    };
    let got = block_on(nested(
        &candidates,
        &splits,
        &mut inner,
        loss,
        &mut prepare,
        &mut run,
    ))
    .unwrap();
    all_near("nested", &got.scores, &case["nested"], 1e-5);
}
