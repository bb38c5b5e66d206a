//! How the churn analysis searches and validates: every mode, every split, what is reported, what is refused.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
mod common;

use kept::{
    analyses::{Job, entry},
    base::{
        Error, LoadOptions, Observer, Params, Progress, Quiet, Result, Role, Roles, Run, Stage,
        TargetReason, Value, Warning, block_on,
    },
    charts::Figure,
    engine::Threads,
    report::{Cells, Report},
    table::{
        Table, demo,
        read::{Bytes, read},
    },
};
use std::{cell::Cell, collections::BTreeMap, time::Instant};

/// Hears all, and cancels after so many questions.
#[derive(Default)]
struct Ear {
    steps: Vec<Progress>,
    warnings: Vec<Warning>,
    /// A real clock, or one that stands still.
    clock: Option<Instant>,
    asked: Cell<u64>,
    cancel_at: Option<u64>,
}

impl Observer for Ear {
    fn progress(&mut self, progress: Progress) {
        self.steps.push(progress);
    }
    fn warn(&mut self, warning: Warning) {
        self.warnings.push(warning);
    }
    fn is_cancelled(&self) -> bool {
        self.asked.set(self.asked.get() + 1);
        self.cancel_at.is_some_and(|at| self.asked.get() > at)
    }
    fn now_ms(&self) -> f64 {
        self.clock.map_or(0.0, |c| c.elapsed().as_secs_f64() * 1e3)
    }
}

fn table(bytes: Vec<u8>) -> Table {
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 42);
    let loaded = read(&mut Bytes(bytes), &LoadOptions::default(), &mut run);
    loaded.unwrap().table
}

fn demo_table(n: u32) -> Table {
    table(demo::generate(n, 42).csv)
}

fn real(name: &str) -> Table {
    table(std::fs::read(common::data(name)).unwrap())
}

fn roles(pairs: &[(Role, &str)]) -> Roles {
    Roles(pairs.iter().map(|(r, c)| (*r, (*c).to_owned())).collect())
}

fn demo_roles() -> Roles {
    roles(&[(Role::Id, "account_id"), (Role::Target, "churned")])
}

fn telco_roles() -> Roles {
    roles(&[(Role::Id, "customerID"), (Role::Target, "Churn")])
}

fn job_run(table: &Table, roles: &Roles, params: &Params, run: &mut Run<'_>) -> Result<Report> {
    let job = Job {
        table,
        dataset: "data",
        roles,
        params,
        recipe: None,
    };
    let outcome = block_on((entry("churn").unwrap().run)(&job, run));
    outcome.map(|o| o.report)
}

fn churn_heard(table: &Table, roles: &Roles, params: &Params, ear: &mut Ear) -> Result<Report> {
    job_run(table, roles, params, &mut Run::new(ear, 42))
}

fn churn(table: &Table, roles: &Roles, params: &Params) -> Result<Report> {
    churn_heard(table, roles, params, &mut Ear::default())
}

fn names(ids: &[&str]) -> Value {
    Value::List(ids.iter().map(|i| (*i).into()).collect())
}

/// Few folds and quick learners.
fn quick(search: &str) -> Params {
    Params::default()
        .with("learners", names(&["logistic", "tree", "gaussian_nb"]))
        .with("cv", 3_i64)
        .with("n_repeats", 1_i64)
        .with("n_iter", 5_i64)
        .with("search", search)
}

fn everything(search: &str) -> Params {
    quick(search)
        .with("cv_repeats", 2_i64)
        .with("nested", true)
        .with("curves", true)
}

fn numbers(report: &Report, table: &str, column: &str) -> Vec<f64> {
    match report.table(table).unwrap().column(column) {
        Some(Cells::Number(v)) => v.clone(),
        other => panic!("{table}.{column}: {other:?}"),
    }
}

fn texts(report: &Report, table: &str, column: &str) -> Vec<String> {
    match report.table(table).unwrap().column(column) {
        Some(Cells::Text(v)) => v.iter().map(|t| t.clone().unwrap_or_default()).collect(),
        other => panic!("{table}.{column}: {other:?}"),
    }
}

/// Learner, parameters, round, rows, mean, verdict.
fn tried(report: &Report) -> Vec<(String, String, f64, f64, f64, String)> {
    let text = |column| texts(report, "tried", column);
    let number = |column| numbers(report, "tried", column);
    let (learner, params, verdict) = (text("learner"), text("params"), text("verdict"));
    let (round, rows, mean) = (number("round"), number("rows"), number("mean"));
    assert_eq!(number("sd").len(), learner.len());
    assert_eq!(number("ms").len(), learner.len());
    (0..learner.len())
        .map(|i| {
            let (l, p, v) = (&learner[i], &params[i], &verdict[i]);
            (l.clone(), p.clone(), round[i], rows[i], mean[i], v.clone())
        })
        .collect()
}

/// Without times: helpers have clocks of their own.
fn timeless(mut report: Report) -> String {
    for (_, table) in &mut report.tables {
        table.columns.retain(|c| c.key != "ms" && c.key != "fit_ms");
    }
    format!("{report:?}")
}

fn whole(steps: &[Progress]) {
    let mut last: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for p in steps {
        assert!(p.done <= p.total && p.total > 0, "{p:?}");
        // The analysis prepares twice and explains twice; what it searches and fits is one stage each.
        if !matches!(p.stage, Stage::Searching | Stage::Fitting) {
            continue;
        }
        if let Some((done, total)) = last.insert(p.stage.id(), (p.done, p.total)) {
            assert_eq!(total, p.total, "{p:?}");
            assert!(p.done >= done, "{p:?} after {done}");
        } else {
            assert_eq!(p.done, 0, "{p:?}");
        }
    }
    for stage in ["searching", "fitting"] {
        let (done, total) = last[stage];
        assert_eq!(done, total, "{stage}");
    }
}

#[test]
fn every_mode_repeats_whoever_helps_and_reports_one_stage() {
    let (data, roles) = (demo_table(500), demo_roles());
    for search in ["grid", "random", "halving"] {
        let params = everything(search);
        let mut ear = Ear::default();
        let report = churn_heard(&data, &roles, &params, &mut ear).unwrap();
        whole(&ear.steps);
        let text = format!("{report:?}");
        assert_eq!(
            text,
            format!("{:?}", churn(&data, &roles, &params).unwrap())
        );
        let mut helpers = Threads::new(2);
        let mut ear = Ear::default();
        let mut run = Run::new(&mut ear, 42).with_executor(&mut helpers);
        let helped = job_run(&data, &roles, &params, &mut run).unwrap();
        let alone = timeless(report.clone());
        assert!(
            alone == timeless(helped),
            "{search}: helpers change the report"
        );
        whole(&ear.steps);
        // Another seed, another result.
        let mut other = Ear::default();
        let other = job_run(&data, &roles, &params, &mut Run::new(&mut other, 7)).unwrap();
        assert_ne!(text, format!("{other:?}"), "{search}");

        let nested = report.metric("nested_roc_auc").unwrap();
        let (low, high) = report.interval("nested_roc_auc").unwrap();
        assert!(low < nested && nested < high && high <= 1.0 && nested > 0.6);
        for key in ["search", "learning_curve", "validation_curve"] {
            assert!(report.figure(key).is_some(), "{search}: {key}");
        }
        let mean = numbers(&report, "leaderboard", "cv_roc_auc_mean");
        let low = numbers(&report, "leaderboard", "cv_roc_auc_low");
        let high = numbers(&report, "leaderboard", "cv_roc_auc_high");
        assert_eq!(mean.len(), 4);
        for i in 0..3 {
            assert!(low[i] < mean[i] && mean[i] < high[i] && high[i] <= 1.0);
        }
    }
}

#[test]
fn fits_that_correct_probabilities_do_not_take_progress_back() {
    let (data, roles) = (demo_table(500), demo_roles());
    for resampling in ["random_over", "smote"] {
        let params = quick("grid").with("resampling", resampling);
        let mut ear = Ear::default();
        churn_heard(&data, &roles, &params, &mut ear).unwrap();
        whole(&ear.steps);
        let mut helpers = Threads::new(2);
        let mut ear = Ear::default();
        let mut run = Run::new(&mut ear, 42).with_executor(&mut helpers);
        job_run(&data, &roles, &params, &mut run).unwrap();
        whole(&ear.steps);
        let last = |stage| ear.steps.iter().rposition(|p| p.stage == stage);
        assert!(last(Stage::Searching) < last(Stage::Fitting));
    }
}

#[test]
fn nothing_is_added_to_the_leaderboard_that_nobody_asked_for() {
    let (data, roles) = (demo_table(500), demo_roles());
    let report = churn(&data, &roles, &quick("grid")).unwrap();
    let columns: Vec<&str> = report
        .table("leaderboard")
        .unwrap()
        .columns
        .iter()
        .map(|c| c.key.as_str())
        .collect();
    assert_eq!(
        columns,
        [
            "learner",
            "cv_roc_auc_mean",
            "cv_roc_auc_sd",
            "test_roc_auc",
            "fit_ms"
        ]
    );
    assert!(report.metric("nested_roc_auc").is_none());
    assert!(report.figure("learning_curve").is_none());
    // 4 of logistic regression, 4 of the tree, 3 of naive Bayes, the baseline.
    let tried = tried(&report);
    assert_eq!(tried.len(), 12);
    assert!(
        tried
            .iter()
            .all(|t| t.5 == "scored" && t.2 == 1.0 && t.3 == 400.0)
    );
    let best = tried.iter().map(|t| t.4).fold(0.0, f64::max);
    assert_eq!(numbers(&report, "leaderboard", "cv_roc_auc_mean")[0], best);
    let Some(Figure::Search(figure)) = report.figure("search") else {
        panic!()
    };
    assert_eq!((figure.candidates.len(), figure.rungs.len()), (12, 0));
    assert!(
        figure
            .candidates
            .iter()
            .all(|c| c.low <= c.mean && c.mean <= c.high)
    );
}

#[test]
fn random_search_draws_as_often_as_it_is_told() {
    let (data, roles) = (demo_table(500), demo_roles());
    let report = churn(&data, &roles, &quick("random").with("n_iter", 9_i64)).unwrap();
    let tried = tried(&report);
    let of = |id: &str| tried.iter().filter(|t| t.0 == id).count();
    assert_eq!(
        [of("logistic"), of("gaussian_nb"), of("baseline")],
        [9, 9, 1]
    );
    // Draws that come twice are tried once.
    assert!((5..=9).contains(&of("tree")));
}

#[test]
fn halving_ends_on_all_rows_and_compares_learners_there() {
    let (data, roles) = (demo_table(1_500), demo_roles());
    let report = churn(&data, &roles, &quick("halving")).unwrap();
    let tried = tried(&report);
    let n_rows = 1_200.0;
    let in_round = |r: f64| tried.iter().filter(|t| t.2 == r).count();
    assert!(in_round(1.0) == 12 && in_round(2.0) < 12, "{tried:?}");
    let rounds: Vec<f64> = tried.iter().map(|t| t.3).collect();
    assert!(rounds[0] < n_rows && rounds.contains(&n_rows));
    let dropped = tried.iter().filter(|t| t.5 == "dropped");
    assert!(dropped.clone().count() >= 8 && dropped.clone().all(|t| t.3 < n_rows));
    // Each figure of the leaderboard was measured on all rows.
    let board = numbers(&report, "leaderboard", "cv_roc_auc_mean");
    for (learner, mean) in texts(&report, "leaderboard", "learner").iter().zip(board) {
        let on_all = tried.iter().filter(|t| t.0 == *learner && t.3 == n_rows);
        assert!(on_all.clone().any(|t| t.4 == mean), "{learner}");
    }
    let Some(Figure::Search(figure)) = report.figure("search") else {
        panic!()
    };
    assert!(figure.rungs.len() >= 2 && figure.rungs.windows(2).all(|w| w[0] < w[1]));
}

#[test]
fn a_picked_search_keeps_to_its_time_and_says_what_it_tried() {
    let data = real("telco_churn.csv");
    let params = Params::default()
        .with("search", "pick")
        .with("time_budget", 1.0)
        .with("cv", 3_i64)
        .with("n_repeats", 1_i64)
        .with("class_weight", "balanced")
        .with(
            "learners",
            names(&["logistic", "tree", "gaussian_nb", "boosting", "svm"]),
        );
    let mut ear = Ear {
        clock: Some(Instant::now()),
        ..Ear::default()
    };
    let report = churn_heard(&data, &telco_roles(), &params, &mut ear).unwrap();
    whole(&ear.steps);
    let spent: f64 = numbers(&report, "tried", "ms").iter().sum();
    assert!(spent < 5_000.0, "{spent}");
    let tried = tried(&report);
    assert_eq!([&tried[0].0, &tried[1].0], ["baseline", "logistic"]);
    let verdicts = ["scored", "out_of_time", "passed_over", "refused"];
    assert!(tried.iter().all(|t| verdicts.contains(&t.5.as_str())));
    // The person's choice goes to every learner that has it.
    for (learner, params, ..) in &tried {
        let weighted = params.contains("class_weight=balanced");
        assert_eq!(weighted, learner != "baseline", "{learner}: {params}");
    }
    let board = texts(&report, "leaderboard", "learner");
    assert!(board[0] != "baseline" && board.contains(&"baseline".to_owned()));
    assert!(report.metric("roc_auc").unwrap() > 0.7);
}

/// 80 groups of 10 rows; the outcome and `x` belong to the group and have nothing to do with each other.
fn grouped() -> Table {
    let mut text = String::from("x,house,churn\n");
    for i in 0..800_u64 {
        let group = i % 80;
        let x = (group * 7919) % 1009;
        let churn = if (group * 104_729) % 211 % 2 == 0 {
            "yes"
        } else {
            "no"
        };
        let house = if i == 5 {
            String::new()
        } else {
            format!("h{group}")
        };
        text += &format!("{x},{house},{churn}\n");
    }
    table(text.into_bytes())
}

fn day(i: u64) -> String {
    format!(
        "{}-{:02}-{:02}",
        2020 + i / 336,
        i / 28 % 12 + 1,
        i % 28 + 1
    )
}

#[test]
fn rows_of_a_group_stay_on_one_side() {
    let data = grouped();
    let params = quick("grid")
        .with("learners", "knn")
        .with("cv_repeats", 2_i64)
        .with("nested", true);
    let target = (Role::Target, "churn");
    let roles = roles(&[target, (Role::Group, "house")]);
    let loose = churn(&data, &roles, &params).unwrap();
    let mut ear = Ear::default();
    let params = params.with("split", "group");
    let strict = churn_heard(&data, &roles, &params, &mut ear).unwrap();
    let auc = |r: &Report| r.metric("roc_auc").unwrap();
    // Neighbours of the same group give the outcome away, unless the group is held out as a whole.
    assert!(
        auc(&loose) > 0.95 && auc(&strict) < 0.8,
        "{} {}",
        auc(&loose),
        auc(&strict)
    );
    let cv = |r: &Report| numbers(r, "leaderboard", "cv_roc_auc_mean")[0];
    assert!(
        cv(&loose) > 0.95 && cv(&strict) < 0.75,
        "{} {}",
        cv(&loose),
        cv(&strict)
    );
    let nested = |r: &Report| r.metric("nested_roc_auc").unwrap();
    assert!(nested(&loose) > 0.95 && nested(&strict) < 0.75);
    // One row has no group; 16 of 80 groups are held out.
    let left_out = Warning::SplitMissing {
        column: "house".into(),
        count: 1,
    };
    assert!(ear.warnings.contains(&left_out));
    assert!((159.0..=160.0).contains(&strict.metric("n_test").unwrap()));
}

#[test]
fn what_is_learned_lies_before_what_is_measured() {
    // What holds for 480 days is turned around in the last 120.
    let mut text = String::from("x,day,churn\n");
    for i in 0..600_u64 {
        let x = (i * 7919) % 1009;
        let above = x + (i * 31) % 200 > 600;
        let churn = if above == (i < 480) { "yes" } else { "no" };
        text += &format!("{x},{},{churn}\n", day(i));
    }
    let data = table(text.into_bytes());
    let params = quick("grid").with("learners", "logistic");
    let roles = roles(&[(Role::Target, "churn"), (Role::Date, "day")]);
    let loose = churn(&data, &roles, &params).unwrap();
    let params = params.with("split", "time").with("curves", true);
    let strict = churn(&data, &roles, &params).unwrap();
    let auc = |r: &Report| r.metric("roc_auc").unwrap();
    assert!(
        auc(&loose) > 0.6 && auc(&strict) < 0.3,
        "{} {}",
        auc(&loose),
        auc(&strict)
    );
    assert!(numbers(&strict, "leaderboard", "cv_roc_auc_mean")[0] > 0.9);
    assert_eq!(strict.metric("n_test"), Some(120.0));
    assert!(
        churn(
            &data,
            &roles,
            &params.with("search", "halving").with("nested", true)
        )
        .is_ok()
    );
}

#[test]
fn losses_are_shown_as_losses() {
    let (data, roles) = (demo_table(500), demo_roles());
    let params = everything("grid")
        .with("scoring", "neg_log_loss")
        .with("curves", false);
    let report = churn(&data, &roles, &params).unwrap();
    let mean = numbers(&report, "leaderboard", "cv_log_loss_mean");
    assert!(
        mean[..3].windows(2).all(|w| w[0] <= w[1]) && mean[0] > 0.0,
        "{mean:?}"
    );
    let (low, high) = report.interval("nested_log_loss").unwrap();
    let nested = report.metric("nested_log_loss").unwrap();
    assert!(0.0 <= low && low < nested && nested < high);
    let test = numbers(&report, "leaderboard", "test_log_loss");
    assert!((test[0] - report.metric("log_loss").unwrap()).abs() < 1e-9);
    let Some(Figure::Search(figure)) = report.figure("search") else {
        panic!()
    };
    assert_eq!(
        (figure.scoring.as_str(), figure.greater_is_better),
        ("log_loss", false)
    );
    assert!(
        figure
            .candidates
            .iter()
            .all(|c| c.low <= c.mean && c.mean <= c.high)
    );
}

fn map<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::Map(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
}

#[test]
fn what_a_person_says_of_a_learner_is_what_is_tried() {
    let (data, roles) = (demo_table(500), demo_roles());
    let of = map([
        (
            "tree",
            map([
                ("max_depth", Value::List(vec![2_i64.into(), 5_i64.into()])),
                (
                    "criterion",
                    Value::List(vec!["gini".into(), "entropy".into()]),
                ),
            ]),
        ),
        (
            "logistic",
            map([("class_weight", "balanced".into()), ("C", 0.5.into())]),
        ),
        // Not tried, and no matter.
        ("forest", map([("n_estimators", 10_i64.into())])),
    ]);
    let params = quick("grid")
        .with("learner_params", of.clone())
        .with("C", 7.0);
    let report = churn(&data, &roles, &params).unwrap();
    let all = tried(&report);
    let of_learner = |id: &str| -> Vec<&str> {
        all.iter()
            .filter(|t| t.0 == id)
            .map(|t| t.1.as_str())
            .collect()
    };
    assert_eq!(of_learner("logistic"), ["C=0.5, class_weight=balanced"]);
    let trees = of_learner("tree");
    assert_eq!(trees.len(), 4, "{trees:?}");
    assert!(
        trees
            .iter()
            .any(|p| p.contains("criterion=entropy") && p.contains("max_depth=5"))
    );
    let params = quick("random").with("learner_params", of);
    let drawn = tried(&churn(&data, &roles, &params).unwrap());
    let mut trees = drawn.iter().filter(|t| t.0 == "tree");
    assert!(trees.all(|t| t.1.contains("max_depth=2") || t.1.contains("max_depth=5")));
}

#[test]
fn what_cannot_be_asked_for_is_refused_by_name() {
    let (data, roles) = (demo_table(300), demo_roles());
    let refused = |params: Params| churn(&data, &roles, &params).unwrap_err();
    let own = |learner, params| quick("grid").with("learner_params", map([(learner, params)]));
    for (params, name) in [
        (quick("oracle"), "search"),
        (quick("random").with("n_iter", 0_i64), "n_iter"),
        (quick("pick").with("time_budget", 0.5), "time_budget"),
        (quick("grid").with("cv_repeats", 21_i64), "cv_repeats"),
        (quick("grid").with("nested", "yes"), "nested"),
        (quick("grid").with("scoring", "r2"), "scoring"),
        (quick("grid").with("split", "alphabet"), "split"),
        (quick("grid").with("split", "group"), "group"),
        (quick("grid").with("split", "time"), "date"),
        (quick("grid").with("resampling", "luck"), "resampling"),
        (
            quick("grid").with("feature_selection", "luck"),
            "feature_selection",
        ),
        (
            quick("grid").with("learner_params", 3_i64),
            "learner_params",
        ),
        (own("oracle", map([])), "learner_params.oracle"),
        (own("k_means", map([])), "learner_params.k_means"),
        (own("tree", 3_i64.into()), "learner_params.tree"),
        (
            own("tree", map([("C", 1.0.into())])),
            "learner_params.tree.C",
        ),
        (
            own("tree", map([("max_depth", 0_i64.into())])),
            "learner_params.tree.max_depth",
        ),
        (
            own("forest", map([("max_depth", "deep".into())])),
            "learner_params.forest.max_depth",
        ),
        (
            own("tree", map([("max_depth", Value::List(vec![]))])),
            "learner_params.tree.max_depth",
        ),
    ] {
        let error = refused(params);
        assert_eq!(error.param(), Some(name), "{error:?}");
    }
}

#[test]
fn splits_that_cannot_be_made_are_refused() {
    let grid = |split: &str| quick("grid").with("split", split);
    let make = |row: fn(u64) -> String, header: &str| {
        let rows: String = (0..200_u64).map(row).collect();
        table(format!("{header}\n{rows}").into_bytes())
    };
    // Four groups for three folds and a held-out part of their own.
    let few = make(
        |i| {
            format!(
                "{},g{},{}\n",
                i * 7 % 13,
                i % 4,
                if i % 3 == 0 { "yes" } else { "no" }
            )
        },
        "x,g,y",
    );
    let by = |role, name| roles(&[(Role::Target, "y"), (role, name)]);
    let error = churn(&few, &by(Role::Group, "g"), &grid("group")).unwrap_err();
    assert_eq!(
        error,
        Error::TooFewDistinct {
            name: "g".into(),
            needed: 5,
            found: 4
        }
    );
    // All who left are of one group.
    let alike = make(
        |i| {
            format!(
                "{},g{},{}\n",
                i * 7 % 13,
                i % 10,
                if i % 10 == 0 { "yes" } else { "no" }
            )
        },
        "x,g,y",
    );
    let part = Error::Target {
        name: "y".into(),
        reason: TargetReason::SingleClassPart,
    };
    let error = churn(&alike, &by(Role::Group, "g"), &grid("group")).unwrap_err();
    assert_eq!(error, part);
    // All who left did so early.
    let early = make(
        |i| {
            let day = format!("2024-{:02}-{:02}", i / 28 + 1, i % 28 + 1);
            format!(
                "{},{day},{}\n",
                i * 7 % 13,
                if i < 60 { "yes" } else { "no" }
            )
        },
        "x,d,y",
    );
    let error = churn(&early, &by(Role::Date, "d"), &grid("time")).unwrap_err();
    assert_eq!(error, part);
    // Text is no time; time has one order.
    let error = churn(&few, &by(Role::Date, "g"), &grid("time")).unwrap_err();
    assert_eq!((error.code(), error.column()), ("column_kind", Some("g")));
    let twice = grid("time").with("cv_repeats", 2_i64);
    let error = churn(&early, &by(Role::Date, "d"), &twice).unwrap_err();
    assert_eq!(error.param(), Some("cv_repeats"));
}

#[test]
fn every_mode_can_be_cancelled_anywhere() {
    let (data, roles) = (demo_table(200), demo_roles());
    for search in ["grid", "random", "halving", "pick"] {
        let params = everything(search)
            .with("learners", names(&["logistic", "gaussian_nb"]))
            .with("n_iter", 2_i64);
        let params = if search == "pick" {
            quick(search)
                .with("learners", "gaussian_nb")
                .with("time_budget", 1.0)
        } else {
            params
        };
        let ear = |cancel_at| Ear {
            clock: (search == "pick").then(Instant::now),
            cancel_at,
            ..Ear::default()
        };
        let mut all = ear(None);
        churn_heard(&data, &roles, &params, &mut all).unwrap();
        let n = all.asked.get();
        for k in 0..12 {
            let mut early = ear(Some(n * k / 24));
            let error = churn_heard(&data, &roles, &params, &mut early).unwrap_err();
            assert_eq!(error, Error::Cancelled, "{search}");
        }
    }
}

#[test]
fn other_ways_of_searching_reach_what_the_grid_reaches() {
    let data = real("telco_churn.csv");
    for search in ["random", "halving"] {
        let params = quick(search)
            .with("learners", names(&["logistic", "boosting"]))
            .with("n_iter", 3_i64);
        let report = churn(&data, &telco_roles(), &params).unwrap();
        let auc = report.metric("roc_auc").unwrap();
        assert!((0.82..=0.86).contains(&auc), "{search}: {auc}");
    }
}
