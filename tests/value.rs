//! The analysis `value`: the CDNOW purchases as published, survival as by lifelines, and what becomes of bad input.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
mod common;
#[path = "common/engine.rs"]
mod engine;

use engine::{ask, load, numbers, texts};
use kept::{
    base::{Error, Params, Result, Role, Roles, Warning},
    engine::State,
    protocol::{DatasetId, ModelId, Output, Request},
    report::Report,
};
use serde_json::Value;
use std::collections::HashSet;

fn value(csv: String, roles: &[(Role, &str)], params: Params) -> Result<Report> {
    let mut state = State::default();
    load(&mut state, 1, csv.into_bytes())?;
    let roles = roles.iter().map(|(r, c)| (*r, (*c).to_owned())).collect();
    let request = Request::Run {
        analysis: "value".into(),
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

const EVENTS: [(Role, &str); 3] = [
    (Role::Id, "id"),
    (Role::Date, "date"),
    (Role::Amount, "amount"),
];

fn remarks(report: &Report) -> Vec<(&str, u64, u64)> {
    let of = |w: &'_ Warning| match w {
        Warning::Remark {
            what,
            count,
            first_row,
            ..
        } => Some((what.clone(), *count, *first_row)),
        _ => None,
    };
    let all: Vec<(String, u64, u64)> = report.warnings.iter().filter_map(of).collect();
    all.into_iter()
        .map(|(what, n, row)| (&*what.leak(), n, row))
        .collect()
}

fn has(report: &Report, what: &str) -> bool {
    remarks(report).iter().any(|r| r.0 == what)
}

/// Whatever the data, nothing is negative, infinite or without a number where there must be one.
fn sound(report: &Report) {
    for m in &report.metrics {
        assert!(m.value.is_finite(), "{}", m.key);
    }
    for key in ["expected_purchases", "lifetime_value", "low", "high"] {
        let table = report.table("customers").unwrap();
        if table.column(key).is_some() {
            let all = numbers(report, "customers", key);
            assert!(
                all.iter()
                    .all(|v| v.is_nan() || (*v >= 0.0 && v.is_finite())),
                "{key}"
            );
        }
    }
}

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap_or(f64::INFINITY)
}

fn list(v: &Value) -> Vec<f64> {
    v.as_array().unwrap().iter().map(number).collect()
}

fn near(what: &str, got: f64, want: f64, room: f64) {
    assert!(
        got == want || (got - want).abs() <= room * want.abs().max(0.1),
        "{what}: {got} is not {want}"
    );
}

fn all_near(what: &str, got: &[f64], want: &[f64], room: f64) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (g, w) in got.iter().zip(want) {
        near(what, *g, *w, room);
    }
}

/// Lines of the CDNOW purchases: id, date as `yyyymmdd`, amount.
fn cdnow() -> Vec<(u32, String, String)> {
    let text = std::fs::read_to_string(common::data("cdnow_master.txt")).unwrap();
    let line = |l: &str| {
        let cells: Vec<&str> = l.split_whitespace().collect();
        let [id, date, _, amount] = cells[..] else {
            return None;
        };
        Some((id.parse().unwrap(), date.to_owned(), amount.to_owned()))
    };
    text.lines().skip(1).filter_map(line).collect()
}

fn csv(lines: &[(u32, String, String)]) -> String {
    let mut out = String::from("id,date,amount\n");
    for (id, date, amount) in lines {
        out.push_str(&format!("{id},{date},{amount}\n"));
    }
    out
}

#[test]
fn the_cdnow_sample_has_the_published_parameters() {
    let reference = common::reference("lifetime.json");
    let mut id = 0;
    let ids: HashSet<u32> = list(&reference["ids"])
        .iter()
        .map(|step| {
            id += *step as u32;
            id
        })
        .collect();
    let lines: Vec<_> = cdnow().into_iter().filter(|l| ids.contains(&l.0)).collect();
    let params = Params::default()
        .with("until", "1997-09-30")
        .with("horizon_days", 273_i64)
        .with("discount", 0.0);
    let report = value(csv(&lines), &EVENTS, params).unwrap();
    let metric = |key: &str| report.metric(key).unwrap();
    assert_eq!(metric("n_customers"), 2357.0);
    for (key, want) in [("r", 0.243), ("alpha", 4.414), ("a", 0.793), ("b", 2.426)] {
        assert_eq!((metric(key) * 1000.0).round() / 1000.0, want, "{key}");
        let (low, high) = report.interval(key).unwrap();
        assert!(low < metric(key) && metric(key) < high);
    }
    let want = &reference["bg_nbd"];
    near(
        "total",
        metric("expected_purchases"),
        number(&want["total"]),
        1e-3,
    );
    all_near(
        "gamma-gamma",
        &["p", "q", "v"].map(metric),
        &list(&reference["gamma_gamma"]["params"]),
        1e-3,
    );
    sound(&report);
    assert_eq!(report.table("customers").unwrap().n_rows(), 2357);
    let worth = numbers(&report, "customers", "lifetime_value");
    assert!(worth.windows(2).all(|w| w[0] >= w[1]));
    near("sum", worth.iter().sum(), metric("lifetime_value"), 1e-9);
    let age = numbers(&report, "customers", "age");
    assert!(age.iter().all(|a| (0.0..=272.0).contains(a)));
    for key in ["p_alive", "cohorts"] {
        assert!(report.figure(key).is_some(), "{key}");
    }
    // The cohort of January: all of it is there in the first month.
    assert_eq!(texts(&report, "cohorts", "cohort")[0], "1997-01");
    assert_eq!(numbers(&report, "cohorts", "retention")[0], 1.0);
    for key in ["logo_churn", "nrr", "grr"] {
        assert!((0.0..=10.0).contains(&metric(key)), "{key}");
    }
    assert!(has(&report, "after_end") && has(&report, "copies"));
}

#[test]
fn a_forecast_of_the_whole_cohort_stands_beside_what_came() {
    let lines = cdnow();
    let params = Params::default()
        .with("until", "1998-06-30")
        .with("holdout_days", 273_i64)
        .with("model", "mbg_nbd");
    let report = value(csv(&lines), &EVENTS, params).unwrap();
    let metric = |key: &str| report.metric(key).unwrap();
    let later: HashSet<(u32, &str)> = lines
        .iter()
        .filter(|l| l.1.as_str() > "19970930")
        .map(|l| (l.0, l.1.as_str()))
        .collect();
    assert_eq!(metric("holdout_actual"), later.len() as f64);
    let (expected, actual) = (metric("holdout_expected"), metric("holdout_actual"));
    println!(
        "foreseen {expected:.0}, came {actual}, simple {:.0}; error {:.3} and {:.3}",
        metric("baseline_expected"),
        metric("holdout_rmse"),
        metric("baseline_rmse"),
    );
    assert!((expected / actual - 1.0).abs() < 0.2);
    assert!((metric("baseline_expected") / actual - 1.0).abs() > 0.2);
    assert!(metric("holdout_rmse") < metric("baseline_rmse"));
    let n: f64 = numbers(&report, "holdout", "n").iter().sum();
    assert_eq!(n, 23_570.0);
    let track = numbers(&report, "track", "actual");
    assert_eq!(*track.last().unwrap(), actual);
    assert!(report.figure("holdout").is_some());
}

/// As `spells` of `tests/reference_survival.rs`, as a file; `more` adds to time and group of a row.
fn spells(groups: u32, more: f64) -> String {
    let mut out = String::from("id,x0,x1,x2,from,to,gone,group\n");
    for (i, u) in common::noise(5, 240 * 6).chunks_exact(6).enumerate() {
        let (a, b) = (u[0], u[1] * 10.0);
        let e = (u[3] + 1.0) / 2.0;
        let t = 1.0 + (24.0 * e * e * (1.6 - a + 0.05 * b)).floor();
        let c = 1.0 + (36.0 * (u[4] + 1.0) / 2.0).floor();
        let from = (t.min(c) * (u[5] + 1.0) / 4.0).floor();
        let group = i as u32 % groups;
        let to = t.min(c) + if group == 1 { more } else { 0.0 };
        let gone = if t <= c { "yes" } else { "no" };
        out.push_str(&format!(
            "k{i},{a},{b},{},{from},{to},{gone},g{group}\n",
            u[2]
        ));
    }
    out
}

const LASTS: [(Role, &str); 2] = [(Role::Duration, "to"), (Role::Event, "gone")];
const COLUMNS: [(Role, &str); 3] = [
    (Role::Feature, "x0"),
    (Role::Feature, "x1"),
    (Role::Feature, "x2"),
];

fn with(more: &[(Role, &'static str)]) -> Vec<(Role, &'static str)> {
    LASTS.iter().chain(more).copied().collect()
}

#[test]
fn curves_and_groups_are_those_of_lifelines() {
    let want = common::reference("survival.json");
    let days = Params::default().with("unit", "day");
    let report = value(spells(1, 0.0), &LASTS, days.clone()).unwrap();
    for (column, key, room) in [
        ("time", "time", 0.0),
        ("at_risk", "at_risk", 0.0),
        ("events", "events", 0.0),
        ("survival", "estimate", 1e-9),
        ("low", "low", 1e-9),
        ("high", "high", 1e-9),
    ] {
        let got = numbers(&report, "survival", column);
        all_near(column, &got, &list(&want["km"][key]), room);
    }
    let median = list(&want["km"]["median"]);
    assert_eq!(report.metric("median_days"), Some(median[0]));
    assert_eq!(report.interval("median_days"), Some((median[1], median[2])));
    for case in want["log_rank"].as_array().unwrap() {
        let k = case["k"].as_u64().unwrap() as u32;
        let roles = with(&[(Role::Group, "group")]);
        let report = value(spells(k, 2.0), &roles, days.clone()).unwrap();
        let metric = |key: &str| report.metric(key).unwrap();
        near(
            "statistic",
            metric("log_rank"),
            number(&case["statistic"]),
            1e-9,
        );
        near("p", metric("log_rank_p"), number(&case["p"]), 1e-8);
        let names: HashSet<String> = texts(&report, "survival", "group").into_iter().collect();
        assert_eq!(names.len(), k as usize);
        assert!(report.figure("survival").is_some());
    }
}

#[test]
fn coefficients_are_those_of_lifelines() {
    let want = common::reference("survival.json");
    let cox = &want["cox"];
    let days = Params::default().with("unit", "day");
    let table = |report: &Report, column: &str| numbers(report, "coefficients", column);
    let efron = value(spells(1, 0.0), &with(&COLUMNS), days.clone()).unwrap();
    let strata = [&COLUMNS[..], &[(Role::Group, "group")]].concat();
    let strata = value(spells(3, 0.0), &with(&strata), days.clone()).unwrap();
    let late: Vec<(Role, &str)> = [
        &[
            (Role::Start, "from"),
            (Role::End, "to"),
            (Role::Event, "gone"),
        ],
        &COLUMNS[..],
    ]
    .concat();
    let late = value(spells(1, 0.0), &late, days.clone()).unwrap();
    let ridge = days.clone().with("ridge", 0.1);
    let ridge = value(spells(1, 0.0), &with(&COLUMNS), ridge).unwrap();
    let breslow = days.clone().with("ties", "breslow");
    let breslow = value(spells(1, 0.0), &with(&COLUMNS), breslow).unwrap();
    for (name, report) in [
        ("efron", &efron),
        ("strata", &strata),
        ("late", &late),
        ("ridge", &ridge),
        ("breslow", &breslow),
    ] {
        let want = &cox[name];
        all_near(
            name,
            &table(report, "coefficient"),
            &list(&want["coef"]),
            1e-4,
        );
        all_near(name, &table(report, "se"), &list(&want["se"]), 1e-4);
        let likelihood = report.metric("log_likelihood").unwrap();
        near(name, likelihood, number(&want["log_likelihood"]), 1e-6);
        if let Some(p) = want.get("p") {
            all_near(name, &table(report, "p_value"), &list(p), 1e-4);
        }
        if let Some(c) = want.get("concordance") {
            near(
                name,
                report.metric("concordance_train").unwrap(),
                number(c),
                1e-4,
            );
        }
    }
    let (ratio, low) = (table(&efron, "ratio"), table(&efron, "low"));
    let (b, se) = (table(&efron, "coefficient"), table(&efron, "se"));
    for j in 0..3 {
        near("ratio", ratio[j], b[j].exp(), 1e-12);
        near("low", low[j], (b[j] - 1.959_963_985 * se[j]).exp(), 1e-6);
    }
    assert!((0.0..=1.0).contains(&table(&efron, "proportional_p")[0]));
    assert!((0.0..=1.0).contains(&efron.metric("concordance").unwrap()));
    // The model's mean curve runs along the one without a model.
    let (curve, model) = (
        numbers(&efron, "survival", "survival"),
        numbers(&efron, "survival", "model"),
    );
    assert!(curve.iter().zip(&model).all(|(a, b)| (a - b).abs() < 0.06));
    for law in ["weibull", "log_normal"] {
        let params = days.clone().with("model", law);
        let report = value(spells(1, 0.0), &with(&COLUMNS), params).unwrap();
        let mut got = table(&report, "coefficient");
        if law == "weibull" {
            got[4] = -got[4];
            near("rho", report.metric("rho").unwrap(), got[4].exp(), 1e-9);
        }
        all_near(law, &got, &list(&want["aft"][law]["params"]), 1e-4);
        all_near(
            law,
            &table(&report, "se"),
            &list(&want["aft"][law]["se"]),
            1e-4,
        );
    }
}

/// Subscriptions by a rule: each month one in ten leaves, twice as often with the plan `b`; 20 a month in plan `a`.
fn subscriptions() -> String {
    let mut out = String::from("id,plan,started,ended,price\n");
    let date = |month: u32| format!("{}-{:02}-01", 2023 + month / 12, month % 12 + 1);
    let u = common::noise(11, 600 * 40);
    for i in 0..600_usize {
        let is_b = i % 2 == 1;
        let start = (i % 24) as u32;
        let hazard = if is_b { 0.1 } else { 0.05 };
        let gone = (start + 1..=36).find(|m| (u[i * 40 + *m as usize] + 1.0) / 2.0 < hazard);
        let ended = gone.map(&date).unwrap_or_default();
        let (plan, price) = if is_b { ("b", 50) } else { ("a", 20) };
        out.push_str(&format!("s{i},{plan},{},{ended},{price}\n", date(start)));
    }
    out
}

const SUBSCRIBED: [(Role, &str); 5] = [
    (Role::Id, "id"),
    (Role::Start, "started"),
    (Role::End, "ended"),
    (Role::Value, "price"),
    (Role::Feature, "plan"),
];

#[test]
fn renewals_and_revenue_of_the_base() {
    for model in ["kaplan_meier", "cox", "weibull", "discrete"] {
        let params = Params::default().with("model", model);
        let report = value(subscriptions(), &SUBSCRIBED, params).unwrap();
        let metric = |key: &str| report.metric(key).unwrap();
        let still = metric("n_still");
        assert_eq!(still + metric("n_events"), 600.0);
        assert_eq!(report.table("customers").unwrap().n_rows(), still as usize);
        // Mean monthly hazards of 0.05 and 0.1 leave from 0.28 to 0.54 after a year.
        let stay = metric("retention");
        println!("{model}: {stay:.3} stay");
        assert!((0.35..0.6).contains(&stay), "{model}: {stay}");
        let revenue = numbers(&report, "forecast", "revenue");
        let (low, high) = (
            numbers(&report, "forecast", "low"),
            numbers(&report, "forecast", "high"),
        );
        assert_eq!(revenue.len(), 12);
        assert!(revenue.windows(2).all(|w| w[0] >= w[1]), "{model}");
        assert!((0..12).all(|i| low[i] < revenue[i] && revenue[i] < high[i]));
        assert_eq!(texts(&report, "renewals", "month").len(), 12);
        let due: f64 = numbers(&report, "renewals", "customers").iter().sum();
        // Everybody has an anniversary within a year.
        assert_eq!(due, still);
        let (money, risk) = (
            numbers(&report, "renewals", "money"),
            numbers(&report, "renewals", "at_risk"),
        );
        assert!(money.iter().zip(&risk).all(|(m, r)| 0.0 <= *r && r <= m));
        assert!(report.figure("forecast").is_some() && report.figure("cohorts").is_some());
        if model == "cox" {
            let ratio = numbers(&report, "coefficients", "ratio")[0];
            let level = texts(&report, "coefficients", "level");
            let ratio = if level[0] == "b" { ratio } else { 1.0 / ratio };
            assert!((1.5..2.7).contains(&ratio), "{ratio}");
            assert!(report.figure("coefficients").is_some());
        }
    }
}

/// Two purchases and more of 30 customers, one row each, by a rule.
fn events(n: usize) -> Vec<String> {
    let mut out = Vec::new();
    for i in 0..n {
        for k in 0..1 + i % 4 {
            let day = (i * 7 + k * 31) % 300;
            let (month, of) = (day / 28 + 1, day % 28 + 1);
            out.push(format!("c{i},2025-{month:02}-{of:02},{}", 10 + (i * k) % 9));
        }
    }
    out
}

fn file(rows: &[String]) -> String {
    format!("id,date,amount\n{}\n", rows.join("\n"))
}

#[test]
fn odd_events_are_told_and_lose_nothing() {
    let plain = value(file(&events(60)), &EVENTS, Params::default()).unwrap();
    sound(&plain);
    assert!(!has(&plain, "refunds") && !has(&plain, "after_end"));

    // Refunds: taken off, no purchase.
    let mut rows = events(60);
    rows.push("c3,2025-11-20,-4".into());
    let report = value(file(&rows), &EVENTS, Params::default()).unwrap();
    let n = rows.len() as u64;
    assert!(remarks(&report).contains(&("refunds", 1, n)));
    assert!(remarks(&report).contains(&("refund_days", 1, 0)));
    sound(&report);

    // A year mistyped does not move the end of what was observed.
    let mut rows = events(60);
    rows.insert(0, "c3,2099-01-05,4".into());
    rows.push("c3,1970-01-01,4".into());
    let report = value(file(&rows), &EVENTS, Params::default()).unwrap();
    assert!(remarks(&report).contains(&("after_end", 1, 1)));
    assert!(remarks(&report).contains(&("before_start", 1, rows.len() as u64)));
    assert_eq!(
        numbers(&report, "customers", "expected_purchases"),
        numbers(&plain, "customers", "expected_purchases")
    );
    // Bounds that were given.
    let bounds = Params::default()
        .with("since", "2025-03-01")
        .with("until", "2025-06-30");
    let report = value(file(&events(60)), &EVENTS, bounds).unwrap();
    assert!(has(&report, "after_end") && has(&report, "before_start"));
    assert!(has(&report, "no_purchase"));

    // One purchase each: the simple estimate stands in and says so.
    let rows: Vec<String> = (0..40)
        .map(|i| format!("c{i},2025-01-{:02},5", i % 28 + 1))
        .collect();
    let report = value(file(&rows), &EVENTS, Params::default()).unwrap();
    assert!(has(&report, "one_purchase") && report.metric("r").is_none());
    assert_eq!(report.metric("expected_purchases"), Some(0.0));
    sound(&report);
    // Few customers.
    let report = value(file(&events(5)), &EVENTS, Params::default()).unwrap();
    assert!(has(&report, "few_customers"));
    sound(&report);

    // Rows twice, without a customer, without a date, without an amount.
    let mut rows = events(60);
    rows.push(rows[1].clone());
    rows.push(",2025-02-02,4".into());
    rows.push("c1,,4".into());
    rows.push("c1,2025-02-02,".into());
    let report = value(file(&rows), &EVENTS, Params::default()).unwrap();
    let n = rows.len() as u64;
    for want in [
        ("copies", 1, n - 3),
        ("no_id", 1, n - 2),
        ("no_date", 1, n - 1),
        ("no_amount", 1, n),
    ] {
        assert!(
            remarks(&report).contains(&want),
            "{want:?} {:?}",
            remarks(&report)
        );
    }
}

#[test]
fn what_cannot_be_read_is_an_error_that_says_where() {
    let fails = |csv: String, roles: &[(Role, &str)], params: Params| {
        value(csv, roles, params).unwrap_err()
    };
    let plain = || file(&events(60));
    // No date, no customer.
    let error = fails(plain(), &[(Role::Id, "id")], Params::default());
    assert_eq!((error.code(), error.param()), ("param", Some("date")));
    let error = fails(plain(), &[(Role::Date, "date")], Params::default());
    assert_eq!(error.param(), Some("id"));
    // Dates that are none.
    let rows: Vec<String> = (0..40)
        .map(|i| format!("c{},soon {},5", i % 9, i % 7))
        .collect();
    let error = fails(file(&rows), &EVENTS, Params::default());
    assert_eq!(
        (error.code(), error.column()),
        ("column_kind", Some("date"))
    );
    // Currencies: by a column nobody named, and by one with the role.
    let mut text = String::from("id,date,amount,money\n");
    for (i, row) in events(60).iter().enumerate() {
        text.push_str(&format!("{row},{}\n", if i == 17 { "USD" } else { "EUR" }));
    }
    let error = fails(text.clone(), &EVENTS, Params::default());
    assert_eq!(
        error,
        Error::Currencies {
            row: 18,
            name: "money".into()
        }
    );
    let roles = [&EVENTS[..], &[(Role::Currency, "id")]].concat();
    let error = fails(plain(), &roles, Params::default());
    assert_eq!(error.column(), Some("id"));
    // Signs before the amounts: the other currency is no amount of this one.
    let mixed: Vec<String> = (0..60)
        .map(|i| {
            let sign = if i % 10 == 3 { "$" } else { "€" };
            format!("c{},2025-{:02}-11,{sign}{}", i % 20, i / 6 + 1, 10 + i % 7)
        })
        .collect();
    match value(file(&mixed), &EVENTS, Params::default()) {
        Ok(report) => assert!(has(&report, "no_amount")),
        Err(error) => assert_eq!(error.column(), Some("amount")),
    }
    // Parameters.
    for (name, params) in [
        ("until", Params::default().with("until", "soon")),
        ("model", Params::default().with("model", "oracle")),
        (
            "holdout_days",
            Params::default().with("holdout_days", 4_000_i64),
        ),
        ("colour", Params::default().with("colour", 1_i64)),
    ] {
        assert_eq!(fails(plain(), &EVENTS, params).param(), Some(name));
    }
    // Survival.
    let bg = Params::default().with("model", "bg_nbd");
    assert_eq!(fails(spells(1, 0.0), &LASTS, bg).param(), Some("model"));
    let cox = Params::default().with("model", "cox");
    assert_eq!(fails(spells(1, 0.0), &LASTS, cox).param(), Some("features"));
    let error = fails(spells(1, 0.0), &LASTS[..1], Params::default());
    assert_eq!(error.param(), Some("event"));
    let roles = [(Role::Duration, "to"), (Role::Event, "id")];
    let error = fails(spells(1, 0.0), &roles, Params::default());
    assert_eq!((error.code(), error.column()), ("target", Some("id")));
    let roles = [(Role::Start, "started"), (Role::End, "price")];
    let error = fails(subscriptions(), &roles, Params::default());
    assert_eq!(
        (error.code(), error.column()),
        ("column_kind", Some("price"))
    );
}

#[test]
fn odd_spells_are_told() {
    let mut text = spells(1, 0.0);
    text.push_str("k1,0.1,0.2,0.3,0,-4,yes,g0\n");
    text.push_str("k240,0.1,0.2,0.3,0,,yes,g0\n");
    text.push_str("k241,,0.2,0.3,0,4,,g0\n");
    text.push_str("k3,,0.2,0.3,0,4,no,g0\n");
    let roles = [&with(&COLUMNS)[..], &[(Role::Id, "id")]].concat();
    let report = value(text, &roles, Params::default().with("unit", "day")).unwrap();
    for want in [
        ("negative_duration", 1, 241),
        ("no_duration", 1, 242),
        ("no_event", 1, 243),
        ("duplicate_customers", 1, 244),
        ("filled", 1, 0),
    ] {
        assert!(
            remarks(&report).contains(&want),
            "{want:?} {:?}",
            remarks(&report)
        );
    }
    assert_eq!(report.metric("n_customers"), Some(241.0));
    // Ends before starts, and starts after the day that was named.
    let mut text = subscriptions();
    text.push_str("s600,a,2024-05-01,2024-04-01,20\n");
    text.push_str("s601,a,2031-05-01,,20\n");
    let params = Params::default()
        .with("until", "2026-01-01")
        .with("model", "cox");
    let report = value(text, &SUBSCRIBED, params).unwrap();
    assert!(remarks(&report).contains(&("end_before_start", 1, 601)));
    assert!(remarks(&report).contains(&("after_end", 1, 602)));
    assert_eq!(report.metric("n_customers"), Some(600.0));
}
