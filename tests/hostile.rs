//! Hostile data through the whole way, import to churn report and scores, with every learner: an error that says where, or
//! a report with finite figures; never a panic, and no cell's value in what is said about them.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
mod common;
#[path = "common/engine.rs"]
mod engine;

use engine::{ask, churn, load, numbers, predict};
use kept::{
    base::{Error, FormatReason, Params, Recipe, Role, Roles, Step, TargetReason, Warning},
    engine::State,
    learn::LEARNERS,
    protocol::{DatasetId, ModelId, Output, Request},
    report::Report,
};
use std::fmt::Write;

/// Part of every text cell: must not appear in errors or warnings.
const SECRET: &str = "Zq7k";

fn file(header: &str, n: usize, mut row: impl FnMut(usize) -> String) -> Vec<u8> {
    let mut text = format!("{header}\n");
    for i in 0..n {
        writeln!(text, "{}", row(i)).unwrap();
    }
    text.into_bytes()
}

/// A number from 0 to 999 that looks random.
fn noise(i: usize, j: usize) -> usize {
    let mut s = (i * 7919 + j * 104_729 + 17) as u32;
    for _ in 0..3 {
        s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        s ^= s >> 13;
    }
    s as usize % 1000
}

fn gone(i: usize) -> &'static str {
    if noise(i, 99) < 400 { "yes" } else { "no" }
}

fn target() -> Roles {
    Roles(vec![(Role::Target, "gone".into())])
}

/// Every learner for two classes except the baseline, which is always there.
fn learners() -> impl Iterator<Item = &'static str> {
    let all = LEARNERS.iter().filter(|e| e.takes.binary);
    all.map(|e| e.id).filter(|id| *id != "baseline")
}

fn quick() -> Params {
    Params::default().with("cv", 2_i64).with("n_repeats", 1_i64)
}

fn says_no_cell(what: &str, said: &str) {
    assert!(!said.contains(SECRET), "{what}: {said}");
}

fn is_sound(what: &str, report: &Report) {
    for metric in &report.metrics {
        assert!(
            metric.value.is_finite(),
            "{what}: {} {}",
            metric.key,
            metric.value
        );
        if let Some((low, high)) = metric.interval {
            assert!(low <= high, "{what}: {} {low} {high}", metric.key);
        }
    }
    for p in numbers(report, "leaderboard", "cv_roc_auc_mean") {
        assert!((0.0..=1.0).contains(&p), "{what}: {p}");
    }
    says_no_cell(what, &format!("{:?}", report.warnings));
}

/// With numbers as they are in the file.
fn churn_unscaled(state: &mut State, params: Params) -> Result<Report, Error> {
    let steps = ["impute", "one_hot"].map(|kind| Step::new(kind, Vec::new(), Params::default()));
    let request = Request::Run {
        analysis: "churn".into(),
        dataset: DatasetId(1),
        roles: target(),
        params,
        recipe: Some(Recipe {
            steps: steps.into(),
        }),
        model: ModelId(1),
    };
    match ask(state, request)?.output {
        Output::Report(report) => Ok(report),
        other => panic!("{other:?}"),
    }
}

/// What each learner makes of a file, as suggested and without scaling; a report is followed by scoring the same file.
fn each(bytes: &[u8], params: &Params) -> Vec<(&'static str, Result<Report, Error>)> {
    let mut state = State::default();
    let loaded = load(&mut state, 1, bytes.to_vec()).unwrap();
    says_no_cell("import", &format!("{:?}", loaded.warnings));
    let ways = learners().flat_map(|id| [(id, true), (id, false)]);
    ways.map(|(id, scaled)| {
        let params = params.clone().with("learners", id);
        let outcome = if scaled {
            churn(&mut state, 1, target(), params)
        } else {
            churn_unscaled(&mut state, params)
        };
        match &outcome {
            Ok(report) => {
                is_sound(id, report);
                let scores = predict(&mut state, 1).unwrap();
                for p in numbers(&scores, "predictions", "probability") {
                    assert!((0.0..=1.0).contains(&p), "{id}: {p}");
                }
            }
            Err(e) => says_no_cell(id, &format!("{e:?} {e}")),
        }
        (id, outcome)
    })
    .collect()
}

/// Every learner gives a report; only the one for counts may refuse columns that were scaled, by name and row.
fn all_work(what: &str, bytes: &[u8], params: &Params) -> Vec<Report> {
    let mut out = Vec::new();
    for (id, outcome) in each(bytes, params) {
        match outcome {
            Ok(report) => out.push(report),
            Err(Error::Negative { row, name }) if id == "multinomial_nb" => {
                assert!(row >= 1 && !name.is_empty());
            }
            Err(e) => panic!("{what} {id}: {e}"),
        }
    }
    out
}

fn all_fail(what: &str, bytes: &[u8], params: &Params, right: impl Fn(&Error) -> bool) {
    for (id, outcome) in each(bytes, params) {
        match outcome {
            Ok(_) => panic!("{what} {id}: no error"),
            Err(e) => assert!(right(&e), "{what} {id}: {e:?}"),
        }
    }
}

fn names_target(e: &Error, right: impl Fn(&TargetReason) -> bool) -> bool {
    matches!(e, Error::Target { name, reason } if name == "gone" && right(reason))
}

#[test]
fn too_few_classes_or_rows_are_named() {
    let row = |i: usize, y: &str| format!("{},{SECRET}{},{y}", noise(i, 0), i % 3);
    let single = |r: &TargetReason| *r == TargetReason::SingleClass;
    let rare = |r: &TargetReason| matches!(r, TargetReason::RareClass { .. });
    for n in [1, 2, 200] {
        let one_class = file("x,plan,gone", n, |i| row(i, "no"));
        all_fail("one class", &one_class, &quick(), |e| {
            names_target(e, single)
        });
    }
    let nothing = file("x,plan,gone", 100, |i| row(i, ""));
    all_fail("no target", &nothing, &quick(), |e| names_target(e, single));
    for n in [2, 3, 4] {
        let few = file("x,plan,gone", n, |i| row(i, ["no", "yes"][i % 2]));
        all_fail("a row per class", &few, &quick(), |e| names_target(e, rare));
    }
    let one = file("x,plan,gone", 300, |i| {
        row(i, if i == 77 { "yes" } else { "no" })
    });
    all_fail("one leaver", &one, &quick(), |e| names_target(e, rare));
    let each_its_own = file("x,plan,gone", 100, |i| row(i, &format!("{SECRET}{i}")));
    all_fail("a class per row", &each_its_own, &quick(), |e| {
        names_target(e, |r| matches!(r, TargetReason::TooManyClasses { .. }))
    });
}

#[test]
fn the_fewest_rows_allowed_are_enough() {
    // Two folds and a held-out part need four rows of each class: fewer rows than any k, leaf or batch.
    for n in [8, 9, 12, 20] {
        let few = file("x,plan,gone", n, |i| {
            let y = ["no", "yes"][usize::from(i % 2 == 0)];
            format!("{},{SECRET}{},{y}", noise(i, 0), i % 3)
        });
        for (id, outcome) in each(&few, &quick()) {
            match outcome {
                Ok(report) => {
                    let small = |w: &Warning| matches!(w, Warning::SmallTest { .. });
                    assert!(report.warnings.iter().any(small), "{id} {n}");
                }
                Err(Error::Negative { .. }) if id == "multinomial_nb" => {}
                // Its own folds need two rows of each class in half of the training part.
                Err(e) if id == "stacking" && n < 12 => {
                    let rare = TargetReason::RareClass {
                        found: 1,
                        needed: 2,
                    };
                    assert!(names_target(&e, |r| *r == rare), "{e:?}");
                }
                Err(e) => panic!("{id} {n}: {e:?}"),
            }
        }
    }
    let rare = file("x,plan,gone", 400, |i| {
        let y = if i % 80 == 3 { "yes" } else { "no" };
        format!("{},{SECRET}{},{y}", noise(i, 0), i % 3)
    });
    all_work("five leavers", &rare, &quick());
}

#[test]
fn columns_that_say_nothing_are_harmless() {
    let constant = file("x,plan,flag,gone", 80, |i| {
        format!("7.5,{SECRET},yes,{}", gone(i))
    });
    for report in all_work("constant columns", &constant, &quick()) {
        assert!(report.warnings.contains(&Warning::NoSignal));
        assert_eq!(report.metric("roc_auc"), Some(0.5));
    }
    let empty = file("x,a,b,gone", 80, |i| {
        format!("{},,NA,{}", noise(i, 0), gone(i))
    });
    all_work("two empty columns", &empty, &quick());
    let holes = file("x,y,plan,gone", 120, |i| {
        let x = if i == 60 {
            noise(i, 0).to_string()
        } else {
            String::new()
        };
        let plan = if i == 61 { SECRET } else { "" };
        format!("{x},{},{plan},{}", noise(i, 1), gone(i))
    });
    all_work("columns with one value", &holes, &quick());
    let twice = file("x,x2,x3,plan,plan2,gone", 120, |i| {
        let (x, p) = (noise(i, 0), format!("{SECRET}{}", i % 4));
        format!("{x},{x},{},{p},{p},{}", 2 * x + 1, gone(i))
    });
    all_work("the same column again and again", &twice, &quick());
    let same = file("x,plan,gone", 100, |i| {
        format!("5,{SECRET}{},{}", i / 100, gone(i))
    });
    all_work("one row a hundred times", &same, &quick());
}

#[test]
fn files_without_features_are_an_error() {
    let no_features = |e: &Error| *e == Error::NoFeatures;
    let only = file("gone", 60, |i| gone(i).to_owned());
    all_fail("the target alone", &only, &quick(), no_features);
    let ids = file("key,gone", 200, |i| format!("{SECRET}-{i:06},{}", gone(i)));
    all_fail("an id alone", &ids, &quick(), no_features);
    let missing = file("a,b,gone", 60, |i| format!(",,{}", gone(i)));
    for (id, outcome) in each(&missing, &quick()) {
        match outcome {
            Err(e) => assert_eq!(e, Error::NoFeatures, "{id}"),
            Ok(report) => assert!(report.warnings.contains(&Warning::NoSignal), "{id}"),
        }
    }
}

#[test]
fn infinite_huge_and_tiny_numbers_are_survived() {
    let odd = [
        "inf",
        "-Infinity",
        "NaN",
        "1e400",
        "-1e400",
        "1e308",
        "-1e308",
        "1e39",
        "1e-320",
        "-0",
    ];
    let names: Vec<String> = (0..odd.len()).map(|j| format!("c{j}")).collect();
    let header = format!("{},gone", names.join(","));
    // A column for each of them: often, so that words make it a text, and once, so that it stays a number.
    for every in [17, 240] {
        let spoiled = file(&header, 240, |i| {
            let cell = |j: usize| match (i + j) % every {
                16 => odd[j].to_owned(),
                _ => noise(i, j).to_string(),
            };
            let cells: Vec<String> = (0..odd.len()).map(cell).collect();
            format!("{},{}", cells.join(","), gone(i))
        });
        all_work("odd numbers", &spoiled, &quick());
    }
    let scales = file("a,b,c,d,gone", 120, |i| {
        let v = |j| noise(i, j) as f64 - 500.0;
        format!(
            "{:e},{:e},{:e},{},{}",
            v(0) * 1e300,
            v(1) * 1e-300,
            v(2) * 1e35,
            1e15 + v(3),
            gone(i)
        )
    });
    all_work("numbers of all sizes", &scales, &quick());
}

#[test]
fn odd_categories_are_survived() {
    let many = file("plan,x,gone", 300, |i| {
        format!("{SECRET}{},{},{}", noise(i, 5), noise(i, 0), gone(i))
    });
    all_work("many levels", &many, &quick());
    let odd = [
        "(missing)",
        "(other)",
        "é\u{301}",
        "\u{202e}abc",
        "🙂",
        "' OR 1=1",
    ];
    let named = file("plan,\"pl,an\",gone", 120, |i| {
        format!(
            "\"{}\",\"{SECRET} \"\"{}\"\"\",{}",
            odd[i % 6],
            odd[i % 5],
            gone(i)
        )
    });
    all_work("odd levels", &named, &quick());
    let leak = file("x,same,gone", 120, |i| {
        format!("{},{},{}", noise(i, 0), u8::from(gone(i) == "yes"), gone(i))
    });
    for report in all_work("the target twice", &leak, &quick()) {
        let says = |w: &Warning| matches!(w, Warning::Leak { column, .. } if column == "same");
        assert!(report.warnings.iter().any(says), "{:?}", report.warnings);
    }
    let sorted = file("x,plan,gone", 120, |i| {
        format!(
            "{i},{SECRET}{},{}",
            i / 60,
            if i < 60 { "no" } else { "yes" }
        )
    });
    all_work("classes one after the other", &sorted, &quick());
}

#[test]
fn damaged_files_say_where() {
    let mut state = State::default();
    for (bytes, reason) in [
        (&b""[..], FormatReason::Empty),
        (&b"x,gone\n"[..], FormatReason::NoRows),
        (
            &b"x,gone\n1,\"Zq7k\n2,no\n"[..],
            FormatReason::UnterminatedQuote,
        ),
    ] {
        let e = load(&mut state, 1, bytes.to_vec()).unwrap_err();
        says_no_cell("damage", &format!("{e:?} {e}"));
        assert!(
            matches!(&e, Error::Format { reason: r, .. } if *r == reason),
            "{e:?}"
        );
    }
    let names: Vec<String> = (0..20_000).map(|j| format!("c{j}")).collect();
    let e = load(&mut state, 1, file(&names.join(","), 1, |_| "1".into())).unwrap_err();
    assert!(matches!(
        e,
        Error::Format {
            reason: FormatReason::TooManyColumns { .. },
            ..
        }
    ));
    let ragged = file("x,y,gone", 120, |i| match i % 10 {
        0 => format!("{}", noise(i, 0)),
        1 => format!("{},{},{},{SECRET}", noise(i, 0), noise(i, 1), gone(i)),
        _ => format!("{},{},{}", noise(i, 0), noise(i, 1), gone(i)),
    });
    all_work("short and long rows", &ragged, &quick());
}

#[test]
fn far_more_columns_than_rows_are_survived() {
    let n_columns = 300;
    let names: Vec<String> = (0..n_columns).map(|j| format!("c{j}")).collect();
    let wide = file(&format!("{},gone", names.join(",")), 50, |i| {
        let cell = |j: usize| match j % 10 {
            0 => String::new(),
            1 => format!("{SECRET}{}", noise(i, j) % 3),
            2 => "1".into(),
            _ => noise(i, j).to_string(),
        };
        let cells: Vec<String> = (0..n_columns).map(cell).collect();
        format!("{},{}", cells.join(","), gone(i))
    });
    all_work("300 columns", &wide, &quick());
    engine::far_more_columns_than_rows();
}

#[test]
fn a_negative_count_is_found_in_the_file() {
    // Row 91 of the file; rows without a target, the held-out part and folds do not shift it.
    let bytes = file("x,n,gone", 200, |i| {
        let n = if i >= 90 && i % 10 == 0 { -3 } else { 4 };
        let y = if i < 20 { "" } else { gone(i) };
        format!("{},{n},{y}", noise(i, 0))
    });
    let mut rows = Vec::new();
    for seed in 0..4 {
        let mut state = State::default();
        load(&mut state, 1, bytes.clone()).unwrap();
        let params = quick()
            .with("learners", "multinomial_nb")
            .with("seed", seed);
        match churn_unscaled(&mut state, params).unwrap_err() {
            Error::Negative { row, name } => {
                assert_eq!(name, "n");
                assert!(row > 90 && row % 10 == 1, "{row}");
                rows.push(row);
            }
            e => panic!("{e:?}"),
        }
    }
    // Seldom in the held-out part.
    assert!(rows.contains(&91), "{rows:?}");
}
