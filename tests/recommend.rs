//! The analysis `recommend`: generated ratings of the shape of MovieLens 100K, made baskets, and what becomes of bad input.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
mod common;
#[path = "common/engine.rs"]
mod engine;

use common::movies;
use engine::{ask, load, numbers, texts};
use kept::{
    base::{Params, Result, Role, Roles, Value, Warning},
    engine::State,
    protocol::{DatasetId, ModelId, Output, Request},
    report::Report,
};
use std::collections::{HashMap, HashSet};

fn recommend(csv: String, roles: &[(Role, &str)], params: Params) -> Result<Report> {
    let mut state = State::default();
    load(&mut state, 1, csv.into_bytes())?;
    let roles = roles.iter().map(|(r, c)| (*r, (*c).to_owned())).collect();
    let request = Request::Run {
        analysis: "recommend".into(),
        dataset: DatasetId(1),
        roles: Roles(roles),
        params,
        recipe: None,
        model: ModelId(1),
    };
    match ask(&mut state, request)?.output {
        Output::Report(report) => Ok(report),
        other => panic!("{other:?}"),
    }
}

const RATED: [(Role, &str); 4] = [
    (Role::User, "user"),
    (Role::Item, "item"),
    (Role::Rating, "rating"),
    (Role::Date, "date"),
];
const HAD: [(Role, &str); 2] = [(Role::User, "user"), (Role::Item, "item")];

fn has(report: &Report, name: &str) -> Option<(u64, u64)> {
    report.warnings.iter().find_map(|w| match w {
        Warning::Remark {
            what,
            count,
            first_row,
            ..
        } if what == name => Some((*count, *first_row)),
        _ => None,
    })
}

/// A day of the calendar, so many after the first of 2020.
fn date(day: usize) -> String {
    let (year, of) = (2020 + day / 336, day % 336);
    format!("{year}-{:02}-{:02}", of / 28 + 1, of % 28 + 1)
}

/// Users who rate at least so much of a part of the generated ratings.
fn ratings(n_users: u32, n_items: u32) -> Vec<String> {
    let all = movies::movies(7);
    let mut out = Vec::new();
    for k in 0..all.users.len() {
        let (user, item) = (all.users[k], all.items[k]);
        if user < n_users && item < n_items {
            // Days in no order of users or items: the last of each user is any of theirs.
            let day = k * 7_919 % 2_003;
            out.push(format!("u{user},i{item},{},{}", all.ratings[k], date(day)));
        }
    }
    out
}

fn rated(rows: &[String]) -> String {
    format!("user,item,rating,date\n{}\n", rows.join("\n"))
}

#[test]
fn ratings_are_foreseen_better_than_by_the_baseline() {
    let rows = ratings(220, 260);
    println!("{} ratings", rows.len());
    for (method, folds) in [("auto", 3_i64), ("als", 0)] {
        let params = Params::default()
            .with("method", method)
            .with("n_factors", 10_i64)
            .with("folds", folds);
        let report = recommend(rated(&rows), &RATED, params).unwrap();
        let metric = |key: &str| report.metric(key).unwrap();
        println!(
            "{method}: {:.4}, baseline {:.4}; NDCG {:.4}, popular {:.4}",
            metric("rmse"),
            metric("baseline_rmse"),
            metric("ndcg_at_10"),
            metric("baseline_ndcg_at_10")
        );
        if folds > 0 {
            assert!(metric("rmse") < metric("baseline_rmse"));
            assert_eq!(numbers(&report, "folds", "rmse").len(), folds as usize);
        }
        assert!(metric("mae") < metric("rmse"));
        for key in ["precision_at_10", "recall_at_10", "ndcg_at_10", "coverage"] {
            assert!((0.0..=1.0).contains(&metric(key)), "{key}");
            assert!(
                (0.0..=1.0).contains(&metric(&format!("baseline_{key}"))),
                "{key}"
            );
        }
        let users = texts(&report, "recommendations", "user");
        let rank = numbers(&report, "recommendations", "rank");
        assert_eq!(users.len(), rank.len());
        let score = numbers(&report, "recommendations", "score");
        for i in 1..users.len() {
            if users[i] == users[i - 1] {
                assert_eq!(rank[i], rank[i - 1] + 1.0);
                assert!(score[i] <= score[i - 1]);
            } else {
                assert_eq!(rank[i], 1.0);
            }
        }
        // Nothing that the user has rated.
        let owned: HashSet<(&str, &str)> = rows
            .iter()
            .map(|r| {
                let mut cells = r.split(',');
                (cells.next().unwrap(), cells.next().unwrap())
            })
            .collect();
        let items = texts(&report, "recommendations", "item");
        assert!(
            users
                .iter()
                .zip(&items)
                .all(|(u, i)| !owned.contains(&(u.as_str(), i.as_str())))
        );
    }
}

/// Users of three tastes, each with eight of the twelve items of their taste and a popular one; the last is theirs too.
fn baskets() -> Vec<String> {
    let u = common::noise(3, 20_000);
    let mut out = Vec::new();
    for user in 0..150_usize {
        let taste = user % 3;
        let mut items: Vec<usize> = (0..12).collect();
        items.sort_by(|a, b| u[user * 12 + a].total_cmp(&u[user * 12 + b]));
        if user % 2 == 0 {
            out.push(format!("u{user},everybody"));
        }
        for item in items.iter().take(8) {
            out.push(format!("u{user},t{taste}_{item}"));
        }
    }
    out
}

fn had(rows: &[String]) -> String {
    format!("user,item\n{}\n", rows.join("\n"))
}

#[test]
fn lists_find_the_taste_that_popularity_does_not() {
    for method in ["auto", "bpr", "knn_items", "knn_users", "rules"] {
        let params = Params::default()
            .with("method", method)
            .with("top_n", 3_i64);
        let report = recommend(had(&baskets()), &HAD, params).unwrap();
        let metric = |key: &str| report.metric(key).unwrap();
        println!(
            "{method}: recall {:.3}, popular {:.3}",
            metric("recall_at_10"),
            metric("baseline_recall_at_10")
        );
        assert!(
            metric("recall_at_10") > metric("baseline_recall_at_10") + 0.2,
            "{method}"
        );
        assert!(metric("coverage") > metric("baseline_coverage"));
        assert!(report.metric("rmse").is_none());
        // Of those recommended nearly all are of the user's taste, because of an item of it.
        let taste: HashMap<String, String> = baskets()
            .iter()
            .filter_map(|r| {
                let (user, item) = r.split_once(',')?;
                Some((user.to_owned(), item.split_once('_')?.0.to_owned()))
            })
            .collect();
        let users = texts(&report, "recommendations", "user");
        let items = texts(&report, "recommendations", "item");
        let reasons = texts(&report, "recommendations", "reason");
        let is_own = |(u, i): &(&String, &String)| i.starts_with(&taste[*u]) || *i == "everybody";
        let own = users.iter().zip(&items).filter(is_own).count();
        assert!(
            own as f64 > 0.9 * users.len() as f64,
            "{method}: {own} of {}",
            users.len()
        );
        let because = |(u, r): &(&String, &String)| r.starts_with(&taste[*u]) || *r == "everybody";
        let told = users.iter().zip(&reasons).filter(because).count();
        assert!(told as f64 > 0.7 * users.len() as f64, "{method}: {told}");
    }
    let report = recommend(had(&baskets()), &HAD, Params::default()).unwrap();
    let (given, then) = (
        texts(&report, "rules", "given"),
        texts(&report, "rules", "then"),
    );
    assert!(!given.is_empty());
    let same = |(g, t): &(&String, &String)| g.split('_').next() == t.split('_').next();
    assert!(given.iter().zip(&then).filter(same).count() * 2 > given.len());
    assert!(numbers(&report, "rules", "lift")[0] > 0.5);
}

#[test]
fn the_latest_are_held_out_and_what_items_are_like_is_used() {
    let rows = ratings(120, 150);
    let params = Params::default()
        .with("method", "knn_items")
        .with("held_out", "time")
        .with("test_size", 0.25);
    let report = recommend(rated(&rows), &RATED, params).unwrap();
    assert!(report.metric("rmse").is_some() && report.metric("ndcg_at_10").is_some());
    // Without dates there is no latest.
    let by_time = Params::default().with("held_out", "time");
    let error = recommend(rated(&rows), &RATED[..3], by_time).unwrap_err();
    assert_eq!(error.param(), Some("date"));

    let with_kind: Vec<String> = baskets()
        .iter()
        .map(|r| {
            let item = r.split_once(',').unwrap().1;
            format!("{r},{}", item.split('_').next().unwrap())
        })
        .collect();
    let csv = format!("user,item,kind\n{}\n", with_kind.join("\n"));
    let roles = [&HAD[..], &[(Role::Feature, "kind")]].concat();
    let content = Params::default().with("method", "content");
    let report = recommend(csv, &roles, content.clone()).unwrap();
    assert!(report.metric("recall_at_10").unwrap() > 0.8);
    let error = recommend(had(&baskets()), &HAD, content).unwrap_err();
    assert_eq!(error.param(), Some("features"));
}

#[test]
fn odd_ratings_are_told_or_refused() {
    let plain = ratings(120, 150);
    let mut rows = plain.clone();
    rows.insert(2, "u1,i3,99,2021-01-01".into());
    rows.push(format!(
        "{},5,2027-01-01",
        plain[0].rsplitn(3, ',').last().unwrap()
    ));
    rows.push("u4,i5,,2021-01-01".into());
    rows.push(",i5,3,2021-01-01".into());
    rows.push("u4,i500,3,".into());
    let n = rows.len() as u64;
    let params = Params::default().with("n_factors", 5_i64);
    let report = recommend(rated(&rows), &RATED, params.clone()).unwrap();
    assert_eq!(has(&report, "off_scale"), Some((1, 3)));
    assert_eq!(has(&report, "repeated"), Some((1, n - 3)));
    assert_eq!(has(&report, "no_rating"), Some((1, n - 2)));
    assert_eq!(has(&report, "no_code"), Some((1, n - 1)));
    assert_eq!(has(&report, "undated"), Some((1, n)));
    assert_eq!(report.metric("n_ratings"), Some((plain.len() + 2) as f64));
    // A scale that was named.
    let scale = vec![Value::Float(2.0), Value::Float(5.0)];
    let report = recommend(rated(&plain), &RATED, params.clone().with("scale", scale)).unwrap();
    let low = plain
        .iter()
        .filter(|r| r.split(',').nth(2) == Some("1"))
        .count() as u64;
    assert_eq!(has(&report, "off_scale").unwrap().0, low);

    // One item, one user, nothing to hold out, roles and parameters.
    let fails = |csv: String, roles: &[(Role, &str)], params: Params| {
        let error = recommend(csv, roles, params).unwrap_err();
        (
            error.code(),
            error.column().map(str::to_owned),
            error.param().map(str::to_owned),
        )
    };
    let one = |f: fn(usize) -> String| had(&(0..30).map(f).collect::<Vec<_>>());
    let got = fails(one(|i| format!("u{i},only")), &HAD, Params::default());
    assert_eq!(
        (got.0, got.1.as_deref()),
        ("too_few_distinct", Some("item"))
    );
    let got = fails(one(|i| format!("only,i{i}")), &HAD, Params::default());
    assert_eq!(
        (got.0, got.1.as_deref()),
        ("too_few_distinct", Some("user"))
    );
    let got = fails(one(|i| format!("u{i},i{i}")), &HAD, Params::default());
    assert_eq!(got.0, "too_few_rows");
    let got = fails(had(&baskets()), &HAD[..1], Params::default());
    assert_eq!(got.2.as_deref(), Some("item"));
    let roles = [&HAD[..], &[(Role::Rating, "user")]].concat();
    let got = fails(had(&baskets()), &roles, Params::default());
    assert_eq!((got.0, got.1.as_deref()), ("column_kind", Some("user")));
    for (name, params) in [
        ("folds", Params::default().with("folds", 1_i64)),
        ("scale", Params::default().with("scale", 3.0)),
        ("method", Params::default().with("method", "oracle")),
        ("colour", Params::default().with("colour", 1_i64)),
    ] {
        assert_eq!(
            fails(had(&baskets()), &HAD, params).2.as_deref(),
            Some(name)
        );
    }
}
