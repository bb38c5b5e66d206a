//! Probabilities of a run are corrected where folds of the training rows show it to be worth it, and it is said what came of it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
mod common;
#[path = "common/engine.rs"]
mod engine;

use engine::{churn, guessed, load, numbers, predict, texts};
use kept::{
    base::{Params, Role, Value},
    charts::Figure,
    engine::State,
    report::{Report, Sentence},
};

fn run(file: &str, params: Params) -> (State, Report) {
    let mut state = State::default();
    let bytes = std::fs::read(common::data(file)).unwrap();
    let profile = load(&mut state, 1, bytes).unwrap();
    let report = churn(&mut state, 1, guessed(&profile), params).unwrap();
    (state, report)
}

fn with(learner: &str) -> Params {
    Params::default()
        .with("learners", vec![Value::Text(learner.into())])
        .with("cv", 5_i64)
        .with("n_repeats", 1_i64)
}

fn chosen(report: &Report) -> String {
    let methods = texts(report, "calibration_methods", "method");
    let verdicts = texts(report, "calibration_methods", "verdict");
    let at = verdicts.iter().position(|v| v == "chosen").unwrap();
    methods[at].clone()
}

fn metric(report: &Report, key: &str) -> f64 {
    report.metric(key).unwrap()
}

#[test]
fn a_model_that_is_too_sure_is_corrected_and_the_saved_one_says_the_same() {
    // Naive Bayes counts what its columns share several times.
    let (_, plain) = run(
        "telco_churn.csv",
        with("gaussian_nb").with("calibrate", "none"),
    );
    let (mut state, report) = run("telco_churn.csv", with("gaussian_nb"));
    let method = chosen(&report);
    assert_ne!(method, "none");
    let said = report.sentences.iter().find_map(|s| match s {
        Sentence::CalibrationApplied {
            method,
            brier_before,
            brier_after,
            error_before,
            error_after,
            helped,
        } => Some((
            method.clone(),
            [*brier_before, *brier_after, *error_before, *error_after],
            *helped,
        )),
        _ => None,
    });
    let (named, [brier, brier_after, error, error_after], helped) = said.unwrap();
    assert_eq!((named.as_str(), helped), (method.as_str(), Some(true)));
    // What it says of before is what the run without a correction measured.
    assert!((metric(&plain, "brier_score") - brier).abs() < 1e-12);
    assert!((metric(&plain, "ece") - error).abs() < 1e-12);
    assert!((metric(&report, "brier_score") - brier_after).abs() < 1e-12);
    assert!((metric(&report, "ece") - error_after).abs() < 1e-12);
    assert!(
        brier_after < brier - 0.01 && error_after < error / 2.0,
        "{report:?}"
    );
    assert!(metric(&report, "brier_reliability") < metric(&plain, "brier_reliability") / 2.0);
    let uncertainty = metric(&report, "brier_uncertainty");
    assert!((uncertainty - metric(&plain, "brier_uncertainty")).abs() < 1e-12);
    let share = metric(&report, "base_rate");
    assert!((uncertainty - share * (1.0 - share)).abs() < 1e-12);

    // Both curves, in the figure and in the table.
    let Some(Figure::Calibration(figure)) = report.figure("calibration") else {
        panic!()
    };
    let Some(Figure::Calibration(before)) = plain.figure("calibration") else {
        panic!()
    };
    assert_eq!(figure.before, before.bins);
    assert!(before.before.is_empty());
    let methods = texts(&report, "calibration", "method");
    let n = |id: &str| methods.iter().filter(|m| *m == id).count();
    assert_eq!(
        (n("none"), n(&method)),
        (figure.before.len(), figure.bins.len())
    );
    let rows: f64 = numbers(&report, "calibration", "n").iter().sum();
    assert_eq!(rows, 2.0 * metric(&report, "n_test"));

    // The saved model says what was measured: over the whole file the mean is near the share.
    let p = numbers(
        &predict(&mut state, 1).unwrap(),
        "predictions",
        "probability",
    );
    let mean = p.iter().sum::<f64>() / p.len() as f64;
    assert!((mean - share).abs() < 0.02, "{mean} {share}");
    assert!(
        texts(&plain, "calibration", "method")
            .iter()
            .all(|m| m == "none")
    );
    assert!(plain.table("calibration_methods").is_none());
}

#[test]
fn good_probabilities_stay_as_they_are_and_every_method_can_be_asked_for() {
    // The line of logistic regression fits this file well.
    let (_, auto) = run("bank_churn.csv", with("logistic"));
    let (_, none) = run("bank_churn.csv", with("logistic").with("calibrate", "none"));
    assert_eq!(chosen(&auto), "none");
    assert!(auto.sentences.contains(&Sentence::CalibrationKept));
    assert!(!none.sentences.contains(&Sentence::CalibrationKept));
    assert_eq!(auto.metrics, none.metrics);
    let losses = numbers(&auto, "calibration_methods", "cv_log_loss");
    assert_eq!(losses.len(), 4);
    assert!(losses.iter().all(|l| (0.4..0.45).contains(l)), "{losses:?}");
    for method in ["sigmoid", "isotonic", "beta"] {
        let (_, report) = run("bank_churn.csv", with("logistic").with("calibrate", method));
        assert_eq!(chosen(&report), method);
        // What needs no correction is not spoilt by one either.
        let spoilt = metric(&report, "brier_score") - metric(&none, "brier_score");
        assert!(spoilt.abs() < 2e-3, "{method} {spoilt}");
        let lost = metric(&report, "roc_auc") - metric(&none, "roc_auc");
        let most = if method == "isotonic" { 5e-3 } else { 1e-12 };
        assert!(lost.abs() <= most, "{method} {lost}");
    }
}

#[test]
fn what_weights_distort_is_put_right_and_a_correction_follows_that_of_a_resampling() {
    // 20.37 % of the customers have left.
    let mean = |params: Params| {
        let (mut state, report) = run("bank_churn.csv", params);
        let scored = predict(&mut state, 1).unwrap();
        let p = numbers(&scored, "predictions", "probability");
        (p.iter().sum::<f64>() / p.len() as f64, report)
    };
    let balanced = || with("logistic").with("class_weight", "balanced");
    let (bold, _) = mean(balanced().with("calibrate", "none"));
    assert!(bold > 0.3, "{bold}");
    let (right, report) = mean(balanced());
    assert_ne!(chosen(&report), "none");
    assert!((right - 0.2037).abs() < 0.01, "{right}");
    for how in ["random_under", "smote"] {
        for method in ["isotonic", "beta"] {
            let params = with("logistic")
                .with("resampling", how)
                .with("calibrate", method);
            let (right, report) = mean(params);
            assert_eq!(chosen(&report), method);
            assert!((right - 0.2037).abs() < 0.015, "{how} {method} {right}");
            assert!(metric(&report, "ece") < 0.03, "{how} {method}");
        }
    }
}

#[test]
fn folds_that_run_forward_in_time_are_corrected_forward() {
    let mut text = String::from("day,usage,gone\n");
    for i in 0..900usize {
        let usage = (i * 7919 % 1000) as f64 / 1000.0;
        let gone = (i * 104_729 % 1000) as f64 / 1000.0 < 0.1 + 0.6 * usage;
        let (month, day) = (1 + i / 28 % 12, 1 + i % 28);
        let year = 2020 + i / 336;
        text.push_str(&format!(
            "{year}-{month:02}-{day:02},{usage},{}\n",
            if gone { "yes" } else { "no" }
        ));
    }
    let mut state = State::default();
    let profile = load(&mut state, 1, text.into_bytes()).unwrap();
    let mut roles = guessed(&profile);
    roles.0.retain(|(r, _)| *r != Role::Target);
    roles.0.push((Role::Target, "gone".into()));
    roles.0.push((Role::Date, "day".into()));
    for method in ["auto", "isotonic"] {
        let params = with("tree").with("split", "time").with("calibrate", method);
        let report = churn(&mut state, 1, roles.clone(), params).unwrap();
        assert_eq!(texts(&report, "calibration_methods", "method").len(), 4);
        assert!(metric(&report, "brier_score") < 0.25);
    }
}
