//! What the churn analysis does beyond its first report: insights, native columns, resampling, selection.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
mod common;
#[path = "common/engine.rs"]
mod engine;

use engine::{churn, demo, guessed, load, numbers, predict, texts};
use kept::{
    base::{ColumnKind, Error, Params, Quiet, Role, Roles, Run, Value, Warning},
    charts::{EN, Figure},
    engine::State,
    evaluate::{metrics, split},
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
    assert!(rules.len() > 1);
    assert!(rules.iter().any(|r| r.contains("Contract")), "{rules:?}");
    // In months and money, not in standard deviations.
    assert!(rules.iter().any(|r| r.contains("tenure")), "{rules:?}");
    let effects = texts(&report, "coefficients", "column");
    let levels = texts(&report, "coefficients", "level");
    let at = |column: &str, level: &str| {
        let mut all = effects.iter().zip(&levels);
        all.position(|(c, l)| c == column && l == level)
    };
    let two_years = at("Contract", "Two year").unwrap();
    // Compared with what most customers have.
    let references = texts(&report, "coefficients", "reference");
    assert_eq!(references[two_years], "Month-to-month");
    assert!(at("Contract", "Month-to-month").is_none());
    for (level, reference) in levels.iter().zip(&references) {
        assert_eq!(level.is_empty(), reference.is_empty(), "{level}");
    }
    let odds = numbers(&report, "coefficients", "odds_ratio");
    assert!(odds[two_years] < 1.0);
    let (low, high) = (
        numbers(&report, "coefficients", "low"),
        numbers(&report, "coefficients", "high"),
    );
    assert!(low[two_years] < odds[two_years] && odds[two_years] < high[two_years]);
}

fn on_demo(params: Params) -> (State, Report) {
    let mut state = State::default();
    let csv = demo(&mut state, 900, 5);
    let profile = load(&mut state, 1, csv).unwrap();
    let report = churn(&mut state, 1, guessed(&profile), params).unwrap();
    (state, report)
}

fn metric(report: &Report, key: &str) -> f64 {
    report.metrics.iter().find(|m| m.key == key).unwrap().value
}

/// Without what depends on the clock.
fn timeless(report: &Report) -> String {
    let mut report = report.clone();
    for (_, table) in &mut report.tables {
        table
            .columns
            .retain(|c| !["ms", "fit_ms"].contains(&c.key.as_str()));
    }
    format!(
        "{:?} {:?} {:?}",
        report.metrics, report.tables, report.sentences
    )
}

#[test]
fn every_search_says_what_it_tried_and_gives_the_same_again() {
    for mode in ["grid", "random", "halving"] {
        let params = || {
            learners(&["logistic", "tree"])
                .with("search", mode)
                .with("n_iter", 4_i64)
        };
        let (_, first) = on_demo(params());
        let tried = texts(&first, "tried", "learner");
        assert!(tried.len() > 4, "{mode}: {tried:?}");
        for id in ["baseline", "logistic", "tree"] {
            assert!(tried.iter().any(|t| t == id), "{mode}: {id}");
        }
        assert!(first.figure("search").is_some());
        assert!(metric(&first, "roc_auc") > 0.7);
        assert_eq!(timeless(&first), timeless(&on_demo(params()).1), "{mode}");
    }
}

#[test]
fn a_time_budget_is_kept_and_its_log_shown() {
    let begun = std::time::Instant::now();
    let params = learners(&["logistic", "tree", "boosting"])
        .with("search", "pick")
        .with("time_budget", 2.0);
    let (_, report) = on_demo(params);
    assert!(begun.elapsed().as_secs_f64() < 60.0);
    assert!(metric(&report, "roc_auc") > 0.7);
    let verdicts = texts(&report, "tried", "verdict");
    assert!(verdicts.iter().any(|v| v == "scored"), "{verdicts:?}");
}

#[test]
fn repeated_and_nested_folds_give_intervals() {
    let params = learners(&["logistic", "tree"])
        .with("cv_repeats", 3_i64)
        .with("nested", true);
    let (_, report) = on_demo(params);
    let nested = report
        .metrics
        .iter()
        .find(|m| m.key == "nested_roc_auc")
        .unwrap();
    let (low, high) = nested.interval.unwrap();
    assert!(low < nested.value && nested.value < high);
    let mean = numbers(&report, "leaderboard", "cv_roc_auc_mean");
    let low = numbers(&report, "leaderboard", "cv_roc_auc_low");
    assert!(low[0] < mean[0] && low[0] > 0.6);
}

#[test]
fn settings_of_a_learner_are_heeded_and_unknown_ones_refused() {
    let of = |learner: &str, name: &str, value: Value| {
        let inner = Value::Map([(name.to_owned(), value)].into());
        let map = Value::Map([(learner.to_owned(), inner)].into());
        learners(&["logistic", "tree"]).with("learner_params", map)
    };
    let depths = Value::List(vec![Value::Int(2), Value::Int(3)]);
    let (_, report) = on_demo(of("tree", "max_depth", depths));
    let ids = texts(&report, "tried", "learner");
    let params = texts(&report, "tried", "params");
    let trees: Vec<&String> = (ids.iter().zip(&params))
        .filter(|(id, _)| *id == "tree")
        .map(|(_, p)| p)
        .collect();
    assert!(trees.iter().any(|p| p.contains("max_depth=2")), "{trees:?}");
    assert!(
        trees.iter().all(|p| !p.contains("max_depth=6")),
        "{trees:?}"
    );
    let mut state = State::default();
    let csv = demo(&mut state, 300, 5);
    let profile = load(&mut state, 1, csv).unwrap();
    let wrong = of("tree", "depth_max", Value::Int(2));
    let error = churn(&mut state, 1, guessed(&profile), wrong).unwrap_err();
    assert!(matches!(error, Error::Param { .. }), "{error:?}");
}

#[test]
fn columns_are_chosen_and_the_saved_model_asks_for_no_others() {
    for how in [
        "univariate",
        "mutual_info",
        "l1",
        "permutation",
        "rfe",
        "rfecv",
    ] {
        let params = learners(&["logistic", "boosting"])
            .with("feature_selection", how)
            .with("n_features_to_select", 4_i64)
            .with("n_repeats", 2_i64);
        let (mut state, report) = on_demo(params);
        let verdicts = texts(&report, "selected_features", "verdict");
        let n_kept = verdicts.iter().filter(|v| *v == "kept").count();
        assert!(n_kept >= 1 && n_kept < verdicts.len(), "{how}: {n_kept}");
        if how != "rfecv" {
            assert_eq!(n_kept, 4, "{how}");
        }
        assert!(metric(&report, "roc_auc") > 0.65, "{how}");
        let scores = predict(&mut state, 1).unwrap();
        assert_eq!(numbers(&scores, "predictions", "probability").len(), 900);
    }
}

#[test]
fn selection_inside_folds_finds_nothing_in_noise() {
    // 200 rows of 60 columns of noise: the best ten columns chosen over all rows would seem to know the target.
    let mut state = 9_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1_u32 << 31)
    };
    let names: Vec<String> = (0..60).map(|j| format!("c{j}")).collect();
    let mut csv = format!("{},left\n", names.join(","));
    for i in 0..200 {
        let cells: Vec<String> = (0..60).map(|_| format!("{:.5}", next())).collect();
        csv += &format!("{},{}\n", cells.join(","), ["no", "yes"][i % 2]);
    }
    let mut engine = State::default();
    load(&mut engine, 1, csv.into_bytes()).unwrap();
    let roles = Roles(vec![(Role::Target, "left".to_owned())]);
    let params = learners(&["logistic"])
        .with("feature_selection", "univariate")
        .with("n_features_to_select", 10_i64);
    let report = churn(&mut engine, 1, roles, params).unwrap();
    let ids = texts(&report, "leaderboard", "learner");
    let at = ids.iter().position(|id| id == "logistic").unwrap();
    let mean = numbers(&report, "leaderboard", "cv_roc_auc_mean")[at];
    assert!((0.35..0.62).contains(&mean), "{mean}");
}

#[test]
fn resampled_probabilities_are_those_of_real_rows_and_it_is_said() {
    for how in ["random_over", "random_under", "smote"] {
        let params = learners(&["logistic"]).with("resampling", how);
        let (mut state, report) = run("bank_churn.csv", params);
        let said = |w: &Warning| matches!(w, Warning::Recalibrated { .. });
        assert!(report.warnings.iter().any(said), "{how}");
        let p = numbers(
            &predict(&mut state, 1).unwrap(),
            "predictions",
            "probability",
        );
        let mean = p.iter().sum::<f64>() / p.len() as f64;
        // 20.37 % of the customers have left.
        assert!((mean - 0.2037).abs() < 0.02, "{how}: {mean}");
    }
}

#[test]
fn features_as_they_are_serve_boosting_and_score_alike() {
    let params = |native: bool| learners(&["boosting"]).with("native_features", native);
    for file in ["telco_churn.csv", "bank_churn.csv"] {
        let (mut state, native) = run(file, params(true));
        let (_, encoded) = run(file, params(false));
        let gap = metric(&native, "roc_auc") - metric(&encoded, "roc_auc");
        assert!(gap > -0.01, "{file}: {gap}");
        assert!(
            native
                .warnings
                .iter()
                .all(|w| !matches!(w, Warning::UnseenLevels { .. }))
        );
        let p = numbers(
            &predict(&mut state, 1).unwrap(),
            "predictions",
            "probability",
        );
        assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
    }
}

#[test]
fn a_split_needs_its_column_and_heeds_it() {
    let (mut state, profile) = {
        let mut state = State::default();
        let csv = demo(&mut state, 600, 5);
        let profile = load(&mut state, 1, csv).unwrap();
        (state, profile)
    };
    let roles = guessed(&profile);
    for split in ["group", "time"] {
        let params = learners(&["logistic"]).with("split", split);
        let error = churn(&mut state, 1, roles.clone(), params).unwrap_err();
        assert!(matches!(error, Error::Param { .. }), "{split}: {error:?}");
    }
    let date = profile
        .columns
        .iter()
        .find(|c| matches!(c.field.kind, ColumnKind::Date | ColumnKind::DateTime));
    if let Some(date) = date {
        let mut with = roles.clone();
        with.0.push((Role::Date, date.field.name.clone()));
        let params = learners(&["logistic"]).with("split", "time");
        let report = churn(&mut state, 1, with, params).unwrap();
        assert!(metric(&report, "roc_auc") > 0.5);
    }
}

/// Probabilities of the held-out part as a scored file has them, and what happened there: the split drawn once more.
fn held_out(report: &Report, state: &mut State, truth: &[bool]) -> (Vec<f64>, Vec<bool>) {
    let codes: Vec<u32> = truth.iter().map(|t| u32::from(*t)).collect();
    let mut quiet = Quiet;
    let mut rng = Run::new(&mut quiet, report.seed).rng(1);
    let (_, rows) = split::stratified_split(&codes, 2, 0.2, &mut rng).unwrap();
    let p = numbers(&predict(state, 1).unwrap(), "predictions", "probability");
    let of = |r: &u32| (p[*r as usize], truth[*r as usize]);
    rows.iter().map(of).unzip()
}

/// Whether each row of a file with a target column of that name is of the positive class.
fn happened(file: &str, column: &str, positive: &str) -> Vec<bool> {
    let text = String::from_utf8(std::fs::read(common::data(file)).unwrap()).unwrap();
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = head.iter().position(|h| h.trim() == column).unwrap();
    let is = |l: &str| l.split(',').nth(at).unwrap().trim() == positive;
    lines.filter(|l| !l.is_empty()).map(is).collect()
}

#[test]
fn a_scored_file_has_the_probabilities_that_were_measured() {
    let truth = happened("telco_churn.csv", "Churn", "Yes");
    for (learner, change, value) in [
        ("boosting", "native_features", Value::Flag(true)),
        ("boosting", "resampling", Value::Text("random_under".into())),
        ("logistic", "resampling", Value::Text("smote".into())),
        ("logistic", "feature_selection", Value::Text("rfe".into())),
    ] {
        let params = learners(&[learner])
            .with("seed", 42_i64)
            .with(change, value);
        let (mut state, report) = run("telco_churn.csv", params);
        let (p, truth) = held_out(&report, &mut state, &truth);
        for (key, ours) in [
            ("log_loss", metrics::log_loss(&truth, &p, None).unwrap()),
            ("roc_auc", metrics::roc_auc(&truth, &p, None).unwrap()),
        ] {
            let reported = metric(&report, key);
            assert!(
                (ours - reported).abs() < 1e-9,
                "{learner} {change}: {key} {ours} {reported}"
            );
        }
    }
}

#[test]
fn more_columns_than_there_are_can_be_asked_for() {
    for how in ["rfe", "univariate"] {
        let params = learners(&["logistic"])
            .with("feature_selection", how)
            .with("n_features_to_select", 500_i64);
        let (_, report) = on_demo(params);
        let verdicts = texts(&report, "selected_features", "verdict");
        // All but those that are constant.
        let n_kept = verdicts.iter().filter(|v| *v == "kept").count();
        assert!(n_kept + 1 >= verdicts.len(), "{how}: {verdicts:?}");
    }
}

#[test]
fn boosting_keeps_its_own_matrix_when_rows_are_drawn_and_says_the_true_share() {
    for how in ["random_over", "random_under"] {
        let params = |native: bool| {
            learners(&["boosting"])
                .with("resampling", how)
                .with("native_features", native)
        };
        let (mut state, report) = run("bank_churn.csv", params(true));
        assert!(metric(&report, "roc_auc") > 0.84, "{how}");
        let p = numbers(
            &predict(&mut state, 1).unwrap(),
            "predictions",
            "probability",
        );
        let mean = p.iter().sum::<f64>() / p.len() as f64;
        assert!((mean - 0.2037).abs() < 0.02, "{how}: {mean}");
        // Trees of categories are others than trees of their levels, where there are many.
        let log_loss = |native| metric(&on_demo(params(native)).1, "log_loss");
        assert_ne!(log_loss(true), log_loss(false), "{how}");
    }
}

#[test]
fn rows_out_of_the_bag_speak_of_rows_that_were_seen_once() {
    let params = || {
        let trees = Value::Map([("n_estimators".to_owned(), 40_i64.into())].into());
        learners(&["forest"]).with(
            "learner_params",
            Value::Map([("forest".to_owned(), trees)].into()),
        )
    };
    let keys = |report: &Report| -> Vec<String> {
        let all = report.metrics.iter().map(|m| m.key.clone());
        all.filter(|k| k.starts_with("oob_")).collect()
    };
    let (_, plain) = on_demo(params());
    assert_eq!(keys(&plain), ["oob_score", "oob_log_loss"]);
    let accuracy = metric(&plain, "oob_score");
    assert!(
        (accuracy - metric(&plain, "accuracy")).abs() < 0.1,
        "{accuracy}"
    );
    let (_, drawn) = on_demo(params().with("resampling", "random_over"));
    assert!(keys(&drawn).is_empty());
}

#[test]
fn rows_kept_aside_are_shown_where_none_of_them_was_learned_from() {
    let stopping = || {
        let rounds = Value::Map([("early_stopping_rounds".to_owned(), 5_i64.into())].into());
        learners(&["boosting"]).with(
            "learner_params",
            Value::Map([("boosting".to_owned(), rounds)].into()),
        )
    };
    for (how, is_shown) in [
        ("none", true),
        ("random_under", true),
        ("random_over", false),
        ("smote", false),
    ] {
        let (_, report) = on_demo(stopping().with("resampling", how));
        assert_eq!(report.figure("loss_curve").is_some(), is_shown, "{how}");
    }
}

#[test]
fn a_tree_is_read_where_it_knows_nearly_what_the_best_knows_by_any_score() {
    let tree = |depth: i64, scoring: &str| {
        let depth = Value::Map([("max_depth".to_owned(), depth.into())].into());
        let params = learners(&["tree", "boosting"])
            .with("scoring", scoring)
            .with("n_repeats", 1_i64)
            .with(
                "learner_params",
                Value::Map([("tree".to_owned(), depth)].into()),
            );
        let report = run("telco_churn.csv", params).1;
        let board = texts(&report, "leaderboard", "learner");
        assert_eq!(board[0], "boosting", "{scoring}");
        report.figure("tree").is_some()
    };
    for scoring in [
        "roc_auc",
        "average_precision",
        "neg_log_loss",
        "neg_brier_score",
    ] {
        assert!(tree(4, scoring), "{scoring}");
        assert!(!tree(1, scoring), "{scoring}");
    }
}
