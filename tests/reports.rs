//! Whole analyses through the engine's state.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
mod common;
#[path = "common/engine.rs"]
mod engine;

use engine::{
    ask, check_fingerprint, churn, demo, fingerprint, fingerprint_of, guessed, load, numbers,
    predict, texts,
};
use kept::{
    base::{Error, Params, Role, Roles, TargetReason, Warning},
    engine::{Beside, State, Threads},
    evaluate::metrics,
    protocol::{DatasetId, ModelId, Output, Request},
    report::Sentence,
    table::demo as demo_data,
};

fn real(name: &str) -> Vec<u8> {
    std::fs::read(common::data(name)).unwrap()
}

fn run(name: &str) -> (State, kept::report::Report) {
    let mut state = State::default();
    let profile = load(&mut state, 1, real(name)).unwrap();
    let report = churn(&mut state, 1, guessed(&profile), Params::default()).unwrap();
    (state, report)
}

fn test_auc(report: &kept::report::Report, learner: &str) -> f64 {
    let at = texts(report, "leaderboard", "learner")
        .iter()
        .position(|l| l == learner)
        .unwrap();
    numbers(report, "leaderboard", "test_roc_auc")[at]
}

#[test]
fn telco_reaches_what_the_reference_reaches_and_no_more() {
    let (mut state, report) = run("telco_churn.csv");
    for learner in ["logistic", "boosting"] {
        let auc = test_auc(&report, learner);
        assert!((0.83..=0.86).contains(&auc), "{learner}: {auc}");
    }
    assert_eq!(test_auc(&report, "baseline"), 0.5);
    let cv = numbers(&report, "leaderboard", "cv_roc_auc_mean");
    // Five-fold reference points of scikit-learn and LightGBM: 0.845 and 0.847.
    assert!(cv[0] > 0.835 && cv[0] < 0.86, "{cv:?}");
    assert!(
        !report
            .warnings
            .iter()
            .any(|w| matches!(w, Warning::Leak { .. })),
        "{:?}",
        report.warnings
    );
    assert!(
        report
            .sentences
            .iter()
            .any(|s| matches!(s, Sentence::Tested { n_test: 1409, .. }))
    );
    let drivers = texts(&report, "importance", "column");
    assert!(
        drivers[..4]
            .iter()
            .any(|c| c == "Contract" || c == "tenure"),
        "{drivers:?}"
    );
    let scored = predict(&mut state, 1).unwrap();
    assert_eq!(texts(&scored, "predictions", "id").len(), 7043);
    assert_eq!(texts(&scored, "predictions", "id")[0], "7590-VHVEG");
}

#[test]
fn bank_reaches_what_the_reference_reaches_padded_or_not() {
    let (_, report) = run("bank_churn.csv");
    assert!(
        test_auc(&report, "boosting") >= 0.85,
        "{}",
        test_auc(&report, "boosting")
    );
    let (_, padded) = run("bank_churn_padded.csv");
    // As text, because an undefined cell (NaN) is not equal to itself.
    assert!(
        format!("{report:?}") == format!("{padded:?}"),
        "padding changed the report"
    );
    let sampled = kept::base::Warning::Sampled {
        what: "explanation".into(),
        n_used: 1_000,
        n_rows: 2_000,
    };
    assert_eq!(report.warnings, vec![sampled]);
}

#[test]
fn the_demo_comes_close_to_the_best_possible_ranking() {
    let truth = demo_data::generate(5000, 42);
    let best = metrics::roc_auc(&truth.churned, &truth.probability, None).unwrap();
    let mut state = State::default();
    let profile = load(&mut state, 1, truth.csv).unwrap();
    let report = churn(&mut state, 1, guessed(&profile), Params::default()).unwrap();
    let ours = report.metric("roc_auc").unwrap();
    // The held-out part is a sample: its interval, not a point, is what can be promised.
    let (low, high) = report.interval("roc_auc").unwrap();
    assert!(
        ours > best - 0.05 && low < best && ours < best + (high - low),
        "{ours} against {best}"
    );
}

#[test]
fn a_saved_model_scores_the_same_bit_for_bit() {
    let mut state = State::default();
    let csv = demo(&mut state, 800, 3);
    let profile = load(&mut state, 1, csv).unwrap();
    let request = Request::Run {
        analysis: "churn".into(),
        dataset: DatasetId(1),
        roles: guessed(&profile),
        params: Params::default().with("cv", 2_i64),
        recipe: None,
        model: ModelId(1),
    };
    let bytes = ask(&mut state, request).unwrap().bytes.unwrap();
    let before = numbers(
        &predict(&mut state, 1).unwrap(),
        "predictions",
        "probability",
    );
    let mut fresh = State::default();
    let csv = demo(&mut fresh, 800, 3);
    load(&mut fresh, 1, csv).unwrap();
    let beside = Beside {
        source: None,
        bytes: Some(bytes),
    };
    let answer = kept::base::block_on(fresh.handle(
        Request::LoadModel { model: ModelId(1) },
        beside,
        &engine::Ear::default(),
    ))
    .unwrap();
    let Output::Model(card) = answer.output else {
        panic!()
    };
    assert_eq!(card.classes.len(), 2);
    let after = numbers(
        &predict(&mut fresh, 1).unwrap(),
        "predictions",
        "probability",
    );
    assert!(
        before
            .iter()
            .zip(&after)
            .all(|(a, b)| a.to_bits() == b.to_bits())
            && before.len() == 800
    );
}

/// A little file: `n` rows, feature columns as given, target by row number.
fn little(n: usize, row: impl Fn(usize) -> String, header: &str) -> Vec<u8> {
    let mut text = format!("{header}\n");
    for i in 0..n {
        text += &row(i);
        text.push('\n');
    }
    text.into_bytes()
}

fn target(column: &str) -> Roles {
    Roles(vec![(Role::Target, column.into())])
}

fn failure(bytes: Vec<u8>, roles: Roles, params: Params) -> Error {
    let mut state = State::default();
    load(&mut state, 1, bytes).unwrap();
    churn(&mut state, 1, roles, params).unwrap_err()
}

#[test]
fn targets_that_cannot_be_used_are_refused_by_name() {
    let plain =
        |y: fn(usize) -> &'static str| little(100, move |i| format!("{},{}", i % 9, y(i)), "x,y");
    let reason = |bytes, params| match failure(bytes, target("y"), params) {
        Error::Target { name, reason } => {
            assert_eq!(name, "y");
            reason
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(
        reason(plain(|_| "yes"), Params::default()),
        TargetReason::SingleClass
    );
    let three = plain(|i| ["a", "b", "c"][i % 3]);
    assert_eq!(
        reason(three, Params::default()),
        TargetReason::TooManyClasses { found: 3 }
    );
    let rare = plain(|i| if i < 3 { "yes" } else { "no" });
    assert!(matches!(
        reason(rare, Params::default()),
        TargetReason::RareClass { found: 3, .. }
    ));
    let two = plain(|i| if i % 3 == 0 { "yes" } else { "no" });
    assert_eq!(
        reason(two.clone(), Params::default().with("positive", "maybe")),
        TargetReason::NoPositive
    );
    assert_eq!(
        failure(two.clone(), target("z"), Params::default()),
        Error::MissingColumn { name: "z".into() }
    );
    assert_eq!(
        failure(two.clone(), Roles::default(), Params::default()).code(),
        "param"
    );
    for (param, value) in [
        ("cv", 1.0),
        ("test_size", 0.9),
        ("threshold", 2.0),
        ("C", -1.0),
    ] {
        let error = failure(
            two.clone(),
            target("y"),
            Params::default().with(param, value),
        );
        assert_eq!(error.param(), Some(param));
    }
    let error = failure(
        two.clone(),
        target("y"),
        Params::default().with("learners", "oracle"),
    );
    assert_eq!(error.param(), Some("learners"));
}

#[test]
fn a_column_that_gives_the_target_away_is_reported() {
    let bytes = little(
        400,
        |i| {
            format!(
                "{},{},{}",
                i % 17,
                if i % 4 == 0 { "gone" } else { "here" },
                if i % 4 == 0 { "yes" } else { "no" }
            )
        },
        "x,status,churn",
    );
    let mut state = State::default();
    load(&mut state, 1, bytes).unwrap();
    let report = churn(&mut state, 1, target("churn"), Params::default()).unwrap();
    let leak = report.warnings.iter().find_map(|w| match w {
        Warning::Leak {
            column, evidence, ..
        } => Some((column.as_str(), *evidence)),
        _ => None,
    });
    assert_eq!(leak.map(|l| l.0), Some("status"));
}

#[test]
fn noise_is_called_noise() {
    let mut state = State::default();
    // splitmix64: three unrelated streams.
    let mix = |i: u64| {
        let z = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    let at = |i: usize, stream: u64| mix(i as u64 * 3 + stream);
    let row = |i| format!("{},{},{}", at(i, 0) % 31, at(i, 1) % 57, at(i, 2) & 1);
    let bytes = little(600, row, "a,b,churn");
    load(&mut state, 1, bytes).unwrap();
    let report = churn(&mut state, 1, target("churn"), Params::default()).unwrap();
    assert!(
        report.warnings.contains(&Warning::NoSignal),
        "{:?}",
        report.metrics[0]
    );
    assert_eq!(report.sentences[0], Sentence::NoSignal);
}

#[test]
fn a_second_file_is_scored_by_name_whatever_its_order_and_extras() {
    let mut state = State::default();
    let make = |i: usize| {
        (
            i % 10,
            ["red", "blue", "green"][i % 3],
            if (i % 10) * 3 + i % 3 > 14 {
                "yes"
            } else {
                "no"
            },
        )
    };
    let first = little(
        500,
        |i| {
            let (x, c, y) = make(i);
            format!("{i},{x},{c},{y}")
        },
        "key,x,colour,churn",
    );
    load(&mut state, 1, first).unwrap();
    let roles = Roles(vec![
        (Role::Id, "key".into()),
        (Role::Target, "churn".into()),
    ]);
    churn(&mut state, 1, roles, Params::default()).unwrap();
    let same = predict(&mut state, 1).unwrap();

    // Columns in another order, one too many, an unseen level, numbers that all look whole or all look like flags.
    let second = little(
        20,
        |i| {
            let (x, c, _) = make(i);
            format!("{},extra,{x},{i}", if i == 5 { "mauve" } else { c })
        },
        "colour,note,x,key",
    );
    load(&mut state, 2, second).unwrap();
    let scored = predict(&mut state, 2).unwrap();
    let (a, b) = (
        numbers(&same, "predictions", "probability"),
        numbers(&scored, "predictions", "probability"),
    );
    for i in (0..20).filter(|i| *i != 5) {
        assert_eq!(a[i], b[i], "row {i}");
    }
    assert_eq!(texts(&scored, "predictions", "id")[7], "7");
    assert!(
        scored.warnings.contains(&Warning::ExtraColumns {
            columns: vec!["note".into()]
        }),
        "{:?}",
        scored.warnings
    );
    assert!(
        scored.warnings.contains(&Warning::UnseenLevels {
            column: "colour".into(),
            count: 1
        }),
        "{:?}",
        scored.warnings
    );

    let third = little(3, |i| format!("{i},red"), "key,colour");
    load(&mut state, 3, third).unwrap();
    assert_eq!(
        predict(&mut state, 3).unwrap_err(),
        Error::MissingColumns {
            names: vec!["x".into()]
        }
    );

    // One row, a column of 0 and 1 only, a column of numbers where levels were: kinds follow the model.
    let fourth = little(1, |_| "1,7,99".to_owned(), "x,colour,key");
    load(&mut state, 4, fourth).unwrap();
    let scored = predict(&mut state, 4).unwrap();
    assert!(
        scored.warnings.contains(&Warning::UnseenLevels {
            column: "colour".into(),
            count: 1
        }),
        "{:?}",
        scored.warnings
    );
    assert_eq!(numbers(&scored, "predictions", "probability").len(), 1);
}

#[test]
fn the_journey_gives_the_numbers_kept_for_every_target() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/journey.json");
    if std::env::var_os("KEPT_BLESS").is_some() {
        std::fs::write(&path, serde_json::to_string(&fingerprint()).unwrap()).unwrap();
    }
    check_fingerprint(&std::fs::read_to_string(path).unwrap());
    // And once more, bit for bit.
    assert_eq!(fingerprint(), fingerprint());
}

#[test]
fn helpers_change_nothing() {
    let alone = fingerprint();
    for n in [1, 3] {
        let state = State::with_executor(Box::new(Threads::new(n)));
        assert_eq!(fingerprint_of(state), alone, "{n}");
    }
}
