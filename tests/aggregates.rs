//! Figures of groups and pseudonyms as the engine answers them: how near the truth, who is shown, what is refused; and
//! columns that a host hides.
#![allow(clippy::unwrap_used)]
mod common {
    pub mod engine;
}

use common::engine::{Ear, ask, load};
use kept::{
    base::{ColumnKind, DatasetProfile, Error, LoadOptions, Result, Warning, block_on},
    engine::{Beside, State},
    protocol::{DatasetId, GroupTerms, Groups, Ids, Output, Request},
    report::{Cells, ReportTable},
    table::read::Bytes,
};

/// Sizes of the groups.
const SIZES: [(&str, usize); 4] = [("big", 3000), ("middle", 400), ("small", 12), ("one", 1)];

/// Every third customer left; values are 10, with one of a million.
fn file() -> Vec<u8> {
    let mut out = String::from("id,plan,left,fee,rate\n");
    let mut i = 0;
    for (plan, n) in SIZES {
        for _ in 0..n {
            let left = if i % 3 == 0 { "yes" } else { "no" };
            let fee = if i == 7 { 1_000_000 } else { 10 };
            out.push_str(&format!("c{i},{plan},{left},{fee},{}.5\n", i % 100));
            i += 1;
        }
    }
    out.into_bytes()
}

fn terms(seed: u16) -> GroupTerms {
    let mut bytes = [7; 32];
    bytes[..2].copy_from_slice(&seed.to_le_bytes());
    GroupTerms {
        by: "plan".into(),
        outcome: Some(("left".into(), "yes".into())),
        value: Some(("fee".into(), 0.0, 100.0)),
        id: Some("id".into()),
        epsilon: 1_000_000,
        delta: 1e-6,
        min_size: 10,
        seed: bytes.to_vec(),
        ..GroupTerms::default()
    }
}

fn groups(state: &mut State, terms: GroupTerms) -> Result<Groups> {
    let request = Request::Groups {
        dataset: DatasetId(1),
        terms: Box::new(terms),
    };
    match ask(state, request)?.output {
        Output::Groups(groups) => Ok(groups),
        other => panic!("{other:?}"),
    }
}

fn names(table: &ReportTable) -> Vec<String> {
    match table.column("group").unwrap() {
        Cells::Text(v) => v.iter().flatten().cloned().collect(),
        Cells::Number(_) => panic!("groups are names"),
    }
}

fn cell(table: &ReportTable, group: &str, column: &str) -> Option<f64> {
    let at = names(table).iter().position(|g| g == group)?;
    match table.column(column).unwrap() {
        Cells::Number(v) => Some(v[at]),
        Cells::Text(_) => panic!("{column} is text"),
    }
}

#[test]
fn answers_lie_within_what_is_said_of_them_and_small_groups_are_not_shown() {
    let mut state = State::default();
    load(&mut state, 1, file()).unwrap();
    for gaussian in [false, true] {
        let (mut inside, mut exact, mut shown) = (0, 0, [0; 4]);
        for seed in 0..200 {
            let it = groups(
                &mut state,
                GroupTerms {
                    gaussian,
                    ..terms(seed)
                },
            )
            .unwrap();
            let n = cell(&it.table, "big", "customers").unwrap();
            let total = cell(&it.table, "big", "total").unwrap();
            // The value of a million counts as a hundred.
            inside += i32::from((n - 3000.0).abs() <= it.within[0]);
            inside += i32::from((total - 30_090.0).abs() <= it.within[1]);
            exact += i32::from(n == 3000.0);
            let rate = cell(&it.table, "big", "rate").unwrap();
            assert!((0.31..0.36).contains(&rate), "{rate}");
            assert!((cell(&it.table, "big", "mean").unwrap() - 10.0).abs() < 1.5);
            for (i, (name, _)) in SIZES.iter().enumerate() {
                let found = cell(&it.table, name, "customers");
                assert!(found.is_none_or(|n| n >= it.shown_from as f64 && n == n.round()));
                shown[i] += usize::from(found.is_some());
            }
        }
        // 95%, give or take three standard deviations of 400 draws.
        assert!((366..=393).contains(&inside), "{inside}");
        assert!(exact < 60, "noise is missing: {exact}");
        assert_eq!((shown[0], shown[1], shown[3]), (200, 200, 0), "{gaussian}");
        assert!(shown[2] < 20, "{shown:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_noise_and_less_privacy_less_of_it() {
    let mut state = State::default();
    load(&mut state, 1, file()).unwrap();
    let one = groups(&mut state, terms(1)).unwrap();
    assert_eq!(groups(&mut state, terms(1)).unwrap(), one);
    assert_ne!(groups(&mut state, terms(2)).unwrap(), one);
    let plain = GroupTerms {
        outcome: None,
        value: None,
        ..terms(1)
    };
    let plain = groups(&mut state, plain).unwrap();
    assert_eq!(plain.table.columns.len(), 2);
    assert!(
        plain.within[0] < one.within[0] / 3.0,
        "four answers share epsilon"
    );
    let dear = groups(
        &mut state,
        GroupTerms {
            epsilon: 10_000_000,
            ..terms(1)
        },
    )
    .unwrap();
    assert!(
        (dear.within[0] * 10.0 - one.within[0]).abs() < 1e-9 && dear.shown_from < one.shown_from
    );
}

#[test]
fn a_customer_counts_once_however_many_rows_there_are() {
    let mut text = String::from_utf8(file()).unwrap();
    for _ in 0..5000 {
        text.push_str("c0,big,yes,10,0.5\n");
    }
    let mut state = State::default();
    load(&mut state, 1, text.into_bytes()).unwrap();
    let once = groups(&mut state, terms(1)).unwrap();
    assert!((cell(&once.table, "big", "customers").unwrap() - 3000.0).abs() < 60.0);
    let rows = groups(
        &mut state,
        GroupTerms {
            id: None,
            ..terms(1)
        },
    )
    .unwrap();
    assert!(cell(&rows.table, "big", "customers").unwrap() > 7900.0);
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    let mut state = State::default();
    load(&mut state, 1, file()).unwrap();
    let mut refused = |edit: &dyn Fn(&mut GroupTerms)| {
        let mut asked = terms(1);
        edit(&mut asked);
        let error = groups(&mut state, asked).unwrap_err();
        (
            error.code(),
            error
                .column()
                .or(error.param())
                .unwrap_or_default()
                .to_owned(),
        )
    };
    assert_eq!(
        refused(&|t| t.by = "nope".into()),
        ("missing_column", "nope".into())
    );
    assert_eq!(
        refused(&|t| t.by = "rate".into()),
        ("column_kind", "rate".into())
    );
    assert_eq!(
        refused(&|t| t.by = "id".into()),
        ("column_kind", "id".into())
    );
    assert_eq!(refused(&|t| t.by = "left".into()), ("param", "by".into()));
    assert_eq!(
        refused(&|t| t.value = Some(("plan".into(), 0.0, 1.0))),
        ("column_kind", "plan".into())
    );
    assert_eq!(
        refused(&|t| t.value = Some(("fee".into(), 5.0, 5.0))),
        ("param", "bounds".into())
    );
    assert_eq!(
        refused(&|t| t.value = Some(("fee".into(), f64::NAN, 5.0))),
        ("param", "bounds".into())
    );
    assert_eq!(refused(&|t| t.epsilon = 0), ("param", "epsilon".into()));
    assert_eq!(refused(&|t| t.delta = 0.5), ("param", "delta".into()));
    assert_eq!(refused(&|t| t.min_size = 1), ("param", "minSize".into()));
    assert_eq!(
        refused(&|t| t.seed = vec![1; 8]),
        ("protocol", String::new())
    );
}

#[test]
fn pseudonyms_come_in_the_order_of_the_ids_and_a_short_key_is_refused() {
    let mut state = State::default();
    let mut request = |key: &str| {
        let of = Ids::Listed(vec!["a".into(), "b".into(), "a".into()]);
        ask(
            &mut state,
            Request::Pseudonyms {
                key: key.into(),
                of,
            },
        )
    };
    let key = format!("kept1-{}", "3f".repeat(32));
    let Output::Pseudonyms(it) = request(&key).unwrap().output else {
        panic!("pseudonyms were asked for");
    };
    assert!(it.names[0] == it.names[2] && it.names[0] != it.names[1]);
    let error = request("short").unwrap_err();
    assert_eq!((error.code(), error.param()), ("param", Some("key")));
}

fn opened(options: LoadOptions) -> Result<DatasetProfile> {
    let mut state = State::default();
    let request = Request::Load {
        dataset: DatasetId(1),
        options,
    };
    let beside = Beside {
        source: Some(Box::new(Bytes(file()))),
        bytes: None,
    };
    match block_on(state.handle(request, beside, &Ear::default()))?.output {
        Output::Loaded(profile) => Ok(profile),
        other => panic!("{other:?}"),
    }
}

#[test]
fn hidden_columns_are_as_if_not_there() {
    let seen = |p: &DatasetProfile| -> Vec<String> {
        p.columns.iter().map(|c| c.field.name.clone()).collect()
    };
    let hide = vec!["fee".to_owned(), "salary".to_owned()];
    let profile = opened(LoadOptions {
        hide,
        ..LoadOptions::default()
    })
    .unwrap();
    assert_eq!(seen(&profile), ["id", "plan", "left", "rate"]);
    assert!(profile.preview.iter().all(|row| row.len() == 4));
    let missing = Warning::NotHidden {
        column: "salary".into(),
    };
    assert!(
        profile.warnings.contains(&missing),
        "{:?}",
        profile.warnings
    );
    assert!(profile.roles.iter().all(|g| g.column != "fee"));
    let only = Some(vec!["left".to_owned(), "plan".to_owned()]);
    let profile = opened(LoadOptions {
        only: only.clone(),
        ..LoadOptions::default()
    })
    .unwrap();
    assert_eq!(seen(&profile), ["plan", "left"]);
    let all = ["id", "plan", "left", "fee", "rate"]
        .map(str::to_owned)
        .to_vec();
    let error = opened(LoadOptions {
        hide: all,
        ..LoadOptions::default()
    })
    .unwrap_err();
    assert_eq!(error, Error::NoFeatures);
    let only = Some(vec!["left".to_owned(), "salary".to_owned()]);
    let error = opened(LoadOptions {
        only,
        ..LoadOptions::default()
    })
    .unwrap_err();
    assert_eq!(
        (error.code(), error.column()),
        ("missing_column", Some("salary"))
    );
    // A kind for a hidden column is for a column that is there.
    let kinds = vec![("fee".to_owned(), ColumnKind::Category)];
    let hide = vec!["fee".to_owned()];
    assert!(
        opened(LoadOptions {
            hide,
            kinds,
            ..LoadOptions::default()
        })
        .is_ok()
    );
}
