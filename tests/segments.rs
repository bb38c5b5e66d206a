//! The analysis `segments`: from a file to described segments, a saved model and new customers in them.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
mod common;
#[path = "common/engine.rs"]
mod engine;

use engine::{Ear, ask, demo, load, numbers, predict, texts};
use kept::{
    base::{Error, Params, Result, Role, Roles, Value, block_on},
    engine::{Beside, State},
    protocol::{DatasetId, ModelId, Output, Request},
    report::{Module, Report, Sentence},
};
use std::fmt::Write as _;

fn run(state: &mut State, roles: Roles, params: Params) -> Result<(Report, Option<Vec<u8>>)> {
    let request = Request::Run {
        analysis: "segments".into(),
        dataset: DatasetId(1),
        roles,
        params,
        recipe: None,
        model: ModelId(1),
    };
    let answer = ask(state, request)?;
    match answer.output {
        Output::Report(report) => Ok((report, answer.bytes)),
        other => panic!("{other:?}"),
    }
}

fn with_id() -> Roles {
    Roles(vec![
        (Role::Id, "id".to_owned()),
        (Role::Value, "spend".to_owned()),
        (Role::Target, "left".to_owned()),
    ])
}

/// Three heaps: small and cheap, large and dear, and in between on another plan.
fn heaps(n: usize) -> Vec<u8> {
    let mut text = String::from("id,seats,spend,plan,same,left\n");
    let mut s = 7_u32;
    let mut draw = || {
        s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(s >> 8) / f64::from(1 << 24)
    };
    for i in 0..n {
        let heap = i % 6;
        let (seats, spend, plan, left) = match heap {
            0 => (90.0, 900.0, "Enterprise", draw() < 0.05),
            1 | 2 => (40.0, 300.0, "Team", draw() < 0.2),
            _ => (5.0, 20.0, "Starter", draw() < 0.5),
        };
        let (a, b) = (seats + 4.0 * draw(), spend * (0.9 + 0.2 * draw()));
        let left = if left { "yes" } else { "no" };
        writeln!(text, "c{i},{a:.2},{b:.2},{plan},1,{left}").unwrap();
    }
    text.into_bytes()
}

fn loaded(bytes: Vec<u8>) -> State {
    let mut state = State::default();
    load(&mut state, 1, bytes).unwrap();
    state
}

fn method(id: &str) -> Params {
    Params::default().with("method", id)
}

#[test]
fn three_heaps_are_found_described_and_compared() {
    let mut state = loaded(heaps(600));
    let (report, bytes) = run(&mut state, with_id(), Params::default()).unwrap();
    assert_eq!(report.metric("k"), Some(3.0));
    assert!(report.metric("silhouette").unwrap() > 0.7);
    assert!(report.metric("inertia").unwrap() > 0.0);
    assert_eq!(texts(&report, "segments", "segment"), ["1", "2", "3"]);
    assert_eq!(numbers(&report, "segments", "n"), [300.0, 200.0, 100.0]);
    let share = numbers(&report, "segments", "value_share");
    assert!((share.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(share[2] > share[1] && share[1] > share[0]);
    let left = numbers(&report, "segments", "target_mean");
    assert!(left[0] > 0.4 && left[2] < 0.15, "{left:?}");
    let said = texts(&report, "segments", "description");
    assert!(said[0].contains("plan = Starter"), "{said:?}");
    assert!(said[2].contains("spend ↑"), "{said:?}");
    // What is the same everywhere is left out; ids are no features.
    let columns = texts(&report, "segment_traits", "column");
    assert!(
        !columns
            .iter()
            .any(|c| c == "same" || c == "id" || c == "left")
    );
    // Six measures for two to eight, one of them named by each pick.
    assert_eq!(numbers(&report, "segment_counts", "k").len(), 7);
    assert!(texts(&report, "segment_counts", "picked_by")[1].contains("silhouette"));
    // Heaps this far apart are rules without a mistake.
    assert!(
        numbers(&report, "segment_rules", "precision")
            .iter()
            .all(|p| *p == 1.0)
    );
    let ids = texts(&report, "assignments", "id");
    assert_eq!((ids.len(), ids[5].as_str()), (600, "c5"));
    assert!(matches!(
        report.sentences[0],
        Sentence::SegmentsFound {
            n_segments: 3,
            n_rows: 600,
            by_measures: true,
            ..
        }
    ));
    assert!(report.sentences.iter().any(|s| matches!(
        s,
        Sentence::MixedColumns {
            n_categories: 1,
            gower: false,
            ..
        }
    )));
    let kinds: Vec<_> = report.figures.iter().map(|(k, _)| k.as_str()).collect();
    assert_eq!(kinds, ["segment_map", "segment_counts"]);

    // The model says of the same rows what the report says, in another engine too.
    let before = texts(&report, "assignments", "segment");
    let again = predict(&mut state, 1).unwrap();
    assert_eq!(texts(&again, "predictions", "segment"), before);
    let mut other = loaded(heaps(60));
    let beside = Beside {
        source: None,
        bytes,
    };
    let request = Request::LoadModel { model: ModelId(1) };
    let card = block_on(other.handle(request, beside, &Ear::default())).unwrap();
    let Output::Model(card) = card.output else {
        panic!()
    };
    assert_eq!(
        (card.analysis.as_str(), card.classes.len()),
        ("segments", 3)
    );
    let new = predict(&mut other, 1).unwrap();
    assert_eq!(texts(&new, "predictions", "segment"), before[..60]);
}

#[test]
fn every_way_finds_the_heaps() {
    let mut state = loaded(heaps(600));
    for id in [
        "k_means",
        "gaussian_mixture",
        "ward",
        "k_medoids",
        "dbscan",
        "hdbscan",
    ] {
        let params = method(id).with("map", "none");
        let params = match id {
            "dbscan" | "hdbscan" => params,
            _ => params.with("k", 3_i64).with("k_max", 3_i64),
        };
        let (report, bytes) = run(&mut state, with_id(), params).unwrap();
        assert_eq!(report.metric("k"), Some(3.0), "{id}");
        let named: Vec<String> = texts(&report, "assignments", "segment");
        // All of one heap are of one segment, whatever little noise there is.
        for (heap, segment) in [(3, "1"), (1, "2"), (0, "3")] {
            let of = named.iter().skip(heap).step_by(6);
            let (hits, all) = of.fold((0, 0), |(h, n), s| (h + usize::from(s == segment), n + 1));
            assert!(hits * 10 >= all * 9, "{id}: {hits} of {all} in {segment}");
        }
        let saves = matches!(id, "k_means" | "gaussian_mixture" | "ward");
        assert_eq!(bytes.is_some(), saves, "{id}");
        if saves {
            let again = predict(&mut state, 1).unwrap();
            assert_eq!(texts(&again, "predictions", "segment"), named, "{id}");
        }
        assert_eq!(report.figure("segment_map"), None);
    }
}

#[test]
fn rfm_names_customers_by_rules_that_can_be_changed() {
    let mut text = String::from("id,days_since,orders,amount\n");
    for i in 0..100 {
        writeln!(text, "c{i},{},{},{}", 100 - i, 1 + i / 2, 10 * i + 1).unwrap();
    }
    let mut state = loaded(text.into_bytes());
    let roles = || Roles(vec![(Role::Id, "id".into())]);
    let columns = method("rfm")
        .with("recency", "days_since")
        .with("frequency", "orders")
        .with("monetary", "amount");
    let (report, bytes) = run(&mut state, roles(), columns.clone()).unwrap();
    assert!(bytes.is_none());
    let named = texts(&report, "assignments", "segment");
    assert_eq!(
        (named[99].as_str(), named[0].as_str()),
        ("champions", "lost")
    );
    assert_eq!(numbers(&report, "assignments", "r")[99], 5.0);
    let (report, _) = run(
        &mut state,
        roles(),
        columns.clone().with("rules", "best 5 5; rest 1-4.9 1-5"),
    )
    .unwrap();
    let names = texts(&report, "segments", "segment");
    assert!(
        names.contains(&"best".to_owned()) && names.contains(&"rest".to_owned()),
        "{names:?}"
    );
    let wrong = run(&mut state, roles(), columns.with("rules", "best"));
    assert_eq!(wrong.unwrap_err().param(), Some("rules"));
    let (none, _) = run(&mut state, roles(), method("rfm")).unwrap();
    assert!(none.metric("k").unwrap() >= 2.0, "found by their names");
}

#[test]
fn bad_input_is_said() {
    let mut state = loaded(heaps(60));
    let features = |names: &[&str]| {
        let names: Vec<Value> = names.iter().map(|n| Value::Text((*n).to_owned())).collect();
        Params::default().with("features", names)
    };
    let mut code = |roles: Roles, params: Params| run(&mut state, roles, params).unwrap_err();
    assert!(
        matches!(code(with_id(), features(&["id"])), Error::ColumnKind { name, .. } if name == "id")
    );
    assert!(matches!(
        code(with_id(), features(&["nobody"])),
        Error::MissingColumn { .. }
    ));
    assert_eq!(code(with_id(), features(&["same"])), Error::NoFeatures);
    assert!(matches!(
        code(with_id(), Params::default().with("k", 1_i64)),
        Error::Param { .. }
    ));
    assert!(matches!(
        code(with_id(), method("astrology")),
        Error::Param { .. }
    ));
    let role = Roles(vec![(Role::Feature, "gone".into())]);
    assert!(matches!(
        code(role, Params::default()),
        Error::MissingColumn { .. }
    ));
    // Fewer customers than segments.
    let mut few = loaded(b"a,b\n1,2\n3,4\n5,6\n7,9\n".to_vec());
    let wanted = run(
        &mut few,
        Roles::default(),
        Params::default().with("k", 9_i64),
    );
    assert_eq!(
        wanted.unwrap_err(),
        Error::TooFewRows {
            needed: 9,
            found: 4
        }
    );
    assert!(
        run(
            &mut few,
            Roles::default(),
            Params::default().with("k", 2_i64)
        )
        .is_ok()
    );
    // Nothing but gaps, nothing but one value.
    let mut gaps = loaded(b"a,b\n,1\n,1\n,1\n,1\n,1\n".to_vec());
    assert_eq!(
        run(&mut gaps, Roles::default(), Params::default()).unwrap_err(),
        Error::NoFeatures
    );
}

#[test]
fn one_column_with_gaps_is_enough() {
    let mut text = String::from("a,b\n");
    for i in 0..200 {
        let v = if i % 10 == 0 {
            String::new()
        } else {
            (i % 2 * 100 + i % 7).to_string()
        };
        writeln!(text, "{v},x").unwrap();
    }
    let mut state = loaded(text.into_bytes());
    let (report, _) = run(&mut state, Roles::default(), Params::default()).unwrap();
    assert!(report.metric("k").unwrap() >= 2.0);
    assert_eq!(report.figure("segment_map"), None, "one column has no map");
    assert_eq!(numbers(&report, "segments", "n").iter().sum::<f64>(), 200.0);
}

#[test]
fn the_demo_has_segments_and_the_same_seed_the_same_ones() {
    let mut state = State::default();
    let csv = demo(&mut state, 250, 42);
    let profile = load(&mut state, 1, csv).unwrap();
    let roles = Roles(
        profile
            .roles
            .iter()
            .map(|g| (g.role, g.column.clone()))
            .collect(),
    );
    let params = Params::default().with("map", "umap").with("k_max", 5_i64);
    let (a, _) = run(&mut state, roles.clone(), params.clone()).unwrap();
    let (b, _) = run(&mut state, roles, params).unwrap();
    assert_eq!(a, b);
    assert!(
        a.sentences
            .iter()
            .filter(|s| matches!(s, Sentence::SegmentIs { .. }))
            .count()
            >= 2
    );
}

#[test]
fn its_card_names_the_second_module() {
    let catalog = kept::engine::catalog();
    let of = |id: &str| catalog.analyses.iter().find(|a| a.id == id).unwrap().module;
    assert_eq!(
        (of("segments"), of("churn")),
        (Module::Studies, Module::Engine)
    );
    assert_eq!(Module::Studies.id(), "studies");
}
