//! Leaks that are planted in made-up data are all found, and real files without leaks raise none.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
mod common;
#[path = "common/engine.rs"]
mod engine;

use engine::{churn, demo, guessed, load, numbers, predict, texts};
use kept::{
    base::{LeakReason, Params, Role, Roles, Value, Warning},
    engine::State,
    report::{Report, Sentence},
};

/// splitmix64.
fn mix(i: u64) -> u64 {
    let z = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Even numbers from 0 to 1, one stream per use.
fn unit(i: usize, stream: u64) -> f64 {
    (mix(i as u64 * 64 + stream) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Customers of whom about `share` leave, a little more of them with a high `usage`.
struct Made {
    n: usize,
    share: f64,
}

impl Made {
    fn left(&self, i: usize) -> bool {
        let usage = unit(i, 0);
        unit(i, 1) < self.share * (0.4 + 1.2 * usage)
    }

    /// Header and rows of plain columns: numbers, a category with gaps, dates, texts, an id.
    fn rows(&self) -> (String, Vec<String>) {
        let row = |i: usize| {
            let usage = 100.0 * unit(i, 0) + 20.0 * unit(i, 2);
            let plan = ["basic", "plus", "pro", ""][(unit(i, 3) * 4.0) as usize];
            let (day, month) = (
                1 + (unit(i, 4) * 28.0) as u32,
                1 + (unit(i, 5) * 12.0) as u32,
            );
            let note = ["asked about", "complained about", "praised"][(unit(i, 6) * 3.0) as usize];
            let thing = ["price", "speed", "support", "the app"][(unit(i, 7) * 4.0) as usize];
            format!(
                "C{:06},{usage:.2},{plan},{},2024-{month:02}-{day:02},2026-01-31,customer {i} {note} {thing}",
                mix(i as u64) % 1_000_000,
                (unit(i, 8) * 60.0) as u32
            )
        };
        let header = "id,usage,plan,tenure,signup,seen,note".to_owned();
        (header, (0..self.n).map(row).collect())
    }

    /// The file with one more column.
    fn with(&self, name: &str, cell: &dyn Fn(usize, bool) -> String) -> Vec<u8> {
        let (header, rows) = self.rows();
        let mut out = format!("{header},{name},churn\n");
        for (i, row) in rows.iter().enumerate() {
            let left = self.left(i);
            let yes = if left { "yes" } else { "no" };
            out.push_str(&format!("{row},{},{yes}\n", cell(i, left)));
        }
        out.into_bytes()
    }
}

fn quick() -> Params {
    let ids: Vec<Value> = ["logistic", "tree"].map(|i| Value::Text(i.into())).into();
    Params::default()
        .with("learners", ids)
        .with("cv", 3_i64)
        .with("n_repeats", 1_i64)
}

fn roles() -> Roles {
    Roles(vec![
        (Role::Id, "id".into()),
        (Role::Target, "churn".into()),
        (Role::Date, "seen".into()),
    ])
}

fn run(bytes: Vec<u8>, roles: Roles) -> Report {
    let mut state = State::default();
    load(&mut state, 1, bytes).unwrap();
    churn(&mut state, 1, roles, quick()).unwrap()
}

/// Column and reason of what was found.
fn found(report: &Report) -> Vec<(String, String)> {
    let all = texts(report, "leaks", "column").into_iter();
    all.zip(texts(report, "leaks", "reason")).collect()
}

const SIZES: [Made; 3] = [
    Made {
        n: 500,
        share: 0.45,
    },
    Made {
        n: 1_500,
        share: 0.2,
    },
    Made {
        n: 4_000,
        share: 0.1,
    },
];

type Cell = fn(usize, bool) -> String;

/// Name, reason, cell, and whether it reaches the model.
const PLANTED: &[(&str, LeakReason, Cell, bool)] = &[
    (
        "rising",
        LeakReason::TooGood,
        |i, left| format!("{:.3}", unit(i, 10) + if left { 0.93 } else { 0.0 }),
        true,
    ),
    (
        "falling",
        LeakReason::TooGood,
        |i, left| format!("{:.3}", 5.0 - unit(i, 11) - if left { 1.2 } else { 0.0 }),
        true,
    ),
    (
        "inside",
        LeakReason::TooGood,
        |i, left| {
            let u = unit(i, 12);
            let outside = if u < 0.5 { 2.0 * u - 1.0 } else { 2.0 * u };
            format!("{:.3}", if left { u } else { outside })
        },
        true,
    ),
    (
        "codes",
        LeakReason::TooGood,
        |i, left| {
            let group = (unit(i, 13) * 20.0) as u32;
            format!("k{}", if left { group } else { 20 + group })
        },
        true,
    ),
    (
        "reason",
        LeakReason::Filled,
        |i, left| {
            let said = ["price", "moved", "service"][(unit(i, 14) * 3.0) as usize];
            if left && unit(i, 15) < 0.8 {
                said.into()
            } else {
                String::new()
            }
        },
        true,
    ),
    (
        "refund",
        LeakReason::Level,
        |i, left| {
            if left && unit(i, 16) < 0.7 {
                format!("{:.2}", 1.0 + 80.0 * unit(i, 17))
            } else {
                "0".into()
            }
        },
        true,
    ),
    (
        "status",
        LeakReason::Renamed,
        |i, left| {
            let is_left = left != (unit(i, 18) < 0.005);
            if is_left {
                "closed".into()
            } else {
                "open".into()
            }
        },
        true,
    ),
    (
        "state",
        LeakReason::Renamed,
        |i, left| {
            let half = unit(i, 19) < 0.5;
            let levels = ["gone", "lapsed", "active", "new"];
            levels[usize::from(half) + if left { 0 } else { 2 }].into()
        },
        true,
    ),
    (
        "closing",
        LeakReason::DateFilled,
        |i, left| {
            let day = 1 + (unit(i, 20) * 28.0) as u32;
            if left {
                format!("2025-11-{day:02}")
            } else {
                String::new()
            }
        },
        true,
    ),
    (
        "contact",
        LeakReason::DateAfter,
        |i, left| {
            let day = 1 + (unit(i, 21) * 28.0) as u32;
            let late = left && unit(i, 22) < 0.6;
            format!("{}-{day:02}", if late { "2026-03" } else { "2025-12" })
        },
        true,
    ),
    (
        "comment",
        LeakReason::Text,
        |i, left| {
            let word = if left && unit(i, 23) < 0.7 {
                "cancelled"
            } else {
                "renewed later"
            };
            let topic = ["billing", "login", "export", "speed"][(unit(i, 24) * 4.0) as usize];
            format!("Ticket {} on {topic}: {word}", i * 7 % 9_973)
        },
        false,
    ),
];

#[test]
fn every_planted_leak_is_found_and_its_reason_named() {
    for made in &SIZES {
        let n = made.n;
        for (name, reason, cell, reaches) in PLANTED {
            let report = run(made.with(name, cell), roles());
            let want = [((*name).to_owned(), reason.id().to_owned())];
            assert_eq!(found(&report), want, "{name} of {n}");
            let said = report.warnings.iter().find_map(|w| match w {
                Warning::Leak {
                    column,
                    reason,
                    score_with,
                    score_without,
                    ..
                } => Some((column.as_str(), *reason, *score_with, *score_without)),
                _ => None,
            });
            let (column, why, with, without) = said.unwrap();
            assert_eq!((column, why), (*name, *reason));
            assert_eq!(numbers(&report, "leaks", "score_with"), [with]);
            assert_eq!(numbers(&report, "leaks", "score_without"), [without]);
            // What is left is the little that usage says.
            assert!((0.5..0.8).contains(&without), "{name} of {n}: {without}");
            if *reaches {
                assert!(with > without + 0.08, "{name} of {n}: {with} {without}");
            } else {
                assert_eq!(with, without);
            }
        }
    }
}

#[test]
fn an_id_given_out_by_outcome_is_found() {
    for made in &SIZES {
        let sorted = |i: usize, left: bool| (i + if left { made.n } else { 0 }).to_string();
        let report = run(made.with("number", &sorted), roles());
        let got = found(&report);
        assert_eq!(got.len(), 1, "{got:?}");
        assert_eq!(
            (got[0].0.as_str(), got[0].1.as_str()),
            ("number", "id_order")
        );
    }
}

#[test]
fn copies_on_both_sides_are_found() {
    for made in &SIZES {
        let plain =
            String::from_utf8(made.with("extra", &|i, _| format!("{:.2}", unit(i, 30)))).unwrap();
        let lines: Vec<&str> = plain.lines().collect();
        let mut out = plain.clone();
        // Every sixth customer stands in the file twice.
        for line in lines[1..].iter().step_by(6) {
            out.push_str(line);
            out.push('\n');
        }
        let report = run(out.into_bytes(), roles());
        assert_eq!(found(&report), [(String::new(), "copies".to_owned())]);
        let copied = report.warnings.iter().find_map(|w| match w {
            Warning::CopiedRows { count, n_rows } => Some(*count as f64 / *n_rows as f64),
            _ => None,
        });
        // Two of seven rows have a twin, four in five of which were learned from.
        assert!((0.14..0.33).contains(&copied.unwrap()), "{copied:?}");
        assert!(numbers(&report, "leaks", "score_without")[0].is_finite());
    }
}

#[test]
fn plain_data_raises_no_alarm() {
    for made in &SIZES {
        for (name, cell) in [
            ("noise", (|i, _| format!("{:.2}", unit(i, 40))) as Cell),
            ("counter", |i, _| (10_000 + i).to_string()),
            // A good column, but no better than a good column may be.
            ("strong", |i, left| {
                format!("{:.3}", unit(i, 41) + if left { 0.45 } else { 0.0 })
            }),
            ("gaps", |i, left| {
                let shown = unit(i, 42) < if left { 0.5 } else { 0.7 };
                if shown { "1".into() } else { String::new() }
            }),
        ] {
            let report = run(made.with(name, &cell), roles());
            assert_eq!(found(&report), [], "{name} of {}", made.n);
        }
    }
    for (n, seed) in [(300, 1), (2_000, 2)] {
        let mut state = State::default();
        let csv = demo(&mut state, n, seed);
        let profile = load(&mut state, 1, csv).unwrap();
        let report = churn(&mut state, 1, guessed(&profile), quick()).unwrap();
        assert_eq!(found(&report), []);
    }
}

fn real(name: &str) -> String {
    let bytes = std::fs::read(common::data(name)).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn clean_files_raise_no_alarm() {
    for name in ["telco_churn.csv", "bank_churn.csv", "bank_churn_padded.csv"] {
        let mut state = State::default();
        let profile = load(&mut state, 1, real(name).into_bytes()).unwrap();
        let report = churn(&mut state, 1, guessed(&profile), quick()).unwrap();
        assert_eq!(found(&report), [], "{name}");
        let is_leak = |w: &Warning| matches!(w, Warning::Leak { .. } | Warning::CopiedRows { .. });
        assert!(!report.warnings.iter().any(is_leak), "{name}");
        // The table is there all the same.
        assert_eq!(report.table("leaks").unwrap().n_rows(), 0);
    }
    // Texts are not learned from: the number beside them is there so that there is something to learn from.
    for (name, target) in [("reviews_en.csv", "score"), ("reviews_zh.csv", "label")] {
        let text = real(name);
        let mut out = String::new();
        for (i, line) in text.lines().enumerate() {
            out.push_str(line);
            match i {
                0 => out.push_str(",noise\n"),
                _ => out.push_str(&format!(",{:.3}\n", unit(i, 50))),
            }
        }
        let report = run(out.into_bytes(), Roles(vec![(Role::Target, target.into())]));
        assert_eq!(found(&report), [], "{name}");
    }
}

#[test]
fn a_file_is_compared_with_what_the_model_learned_from() {
    let made = Made {
        n: 3_000,
        share: 0.3,
    };
    let plain = made.with("region", &|i, _| ["north", "south"][i % 2].into());
    let mut state = State::default();
    load(&mut state, 1, plain.clone()).unwrap();
    churn(&mut state, 1, roles(), quick()).unwrap();
    let same = predict(&mut state, 1).unwrap();
    assert!(
        texts(&same, "drift", "verdict")
            .iter()
            .all(|v| v == "stable")
    );
    assert!(
        same.sentences
            .iter()
            .any(|s| matches!(s, Sentence::NoDrift { .. }))
    );
    // A part of the same rows is no drift, however few.
    let text = String::from_utf8(plain).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for n in [25, 60, 400] {
        let part = lines[..=n].join("\n");
        load(&mut state, 2, part.into_bytes()).unwrap();
        let report = predict(&mut state, 2).unwrap();
        let verdicts = texts(&report, "drift", "verdict");
        assert!(verdicts.iter().all(|v| v == "stable"), "{n}: {verdicts:?}");
    }
    // Another region, and twice the usage.
    let moved = |line: &str| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        let usage: f64 = cells[1].parse().unwrap();
        cells[1] = format!("{:.2}", usage * 2.0);
        cells[7] = "west".into();
        cells.join(",")
    };
    let mut out = vec![lines[0].to_owned()];
    out.extend(lines[1..].iter().take(500).map(|l| moved(l)));
    load(&mut state, 3, out.join("\n").into_bytes()).unwrap();
    let report = predict(&mut state, 3).unwrap();
    let Sentence::Drifted { columns, .. } = &report.sentences[0] else {
        panic!("{:?}", report.sentences)
    };
    assert!(columns.contains(&"region".to_owned()) && columns.contains(&"usage".to_owned()));
    assert!(!columns.contains(&"plan".to_owned()) && !columns.contains(&"tenure".to_owned()));
    let at = |name: &str| {
        texts(&report, "drift", "column")
            .iter()
            .position(|c| c == name)
    };
    assert_eq!(
        numbers(&report, "drift", "unseen")[at("region").unwrap()],
        500.0
    );
    assert!(numbers(&report, "drift", "p_value")[at("usage").unwrap()] < 1e-6);
    assert!(report.figure("drift").is_some());
}

#[test]
fn every_model_has_its_card() {
    let made = Made { n: 600, share: 0.3 };
    let bytes = made.with("status", &|_, left| {
        if left { "closed" } else { "open" }.into()
    });
    let card = |report: &Report| -> Vec<[String; 3]> {
        let of = |key| texts(report, "model_card", key);
        let rows = of("section").into_iter().zip(of("item")).zip(of("value"));
        rows.map(|((s, i), v)| [s, i, v]).collect()
    };
    let rows = card(&run(bytes.clone(), roles()));
    let value = |item: &str| rows.iter().find(|r| r[1] == item).map(|r| r[2].as_str());
    assert_eq!(
        (value("n_rows"), value("n_test")),
        (Some("600"), Some("120"))
    );
    assert_eq!(value("leak:renamed"), Some("status"));
    assert_eq!(value("period"), Some("2026-01-31 – 2026-01-31"));
    assert!(value("roc_auc").unwrap().contains('('));
    // The same run gives the same card.
    assert_eq!(rows, card(&run(bytes, roles())));
}
