//! Time to an event against `lifelines`, Breslow's ties against `statsmodels`.
//!
//! Tolerances, relative to the number or to 0.1: curves and tests 1e-9; Cox 1e-6; accelerated times 2e-5 and standard
//! errors of them 1e-4 (the reference stops early).
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
mod common;

use kept::{
    base::{Quiet, Result, Run},
    learn::survival::{
        Aft, Cox, CoxOptions, KaplanMeier, Law, LogRank, NelsonAalen, PersonPeriods, Point,
        Proportional, Spells, Ties, TimeScale,
    },
};
use serde_json::Value;

struct Data {
    x: Vec<f64>,
    start: Vec<f64>,
    stop: Vec<f64>,
    event: Vec<bool>,
}

/// As `sample` of `tests/reference/survival.py`.
fn spells(seed: u32, n: usize) -> Data {
    let mut out = Data {
        x: Vec::new(),
        start: Vec::new(),
        stop: Vec::new(),
        event: Vec::new(),
    };
    for u in common::noise(seed, n * 6).chunks_exact(6) {
        let (a, b) = (u[0], u[1] * 10.0);
        let e = (u[3] + 1.0) / 2.0;
        let t = 1.0 + (24.0 * e * e * (1.6 - a + 0.05 * b)).floor();
        let c = 1.0 + (36.0 * (u[4] + 1.0) / 2.0).floor();
        out.x.extend([a, b, u[2]]);
        out.stop.push(t.min(c));
        out.start.push((t.min(c) * (u[5] + 1.0) / 4.0).floor());
        out.event.push(t <= c);
    }
    out
}

const N: usize = 240;

fn read() -> Value {
    common::reference("survival.json")
}

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap_or_else(|| {
        assert_eq!(v, "inf");
        f64::INFINITY
    })
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().unwrap().iter().map(number).collect()
}

/// All numbers of nested lists.
fn flat(v: &Value) -> Vec<f64> {
    match v.as_array() {
        Some(all) => all.iter().flat_map(flat).collect(),
        None => vec![number(v)],
    }
}

fn near(what: &str, got: f64, want: f64, room: f64) {
    let gap = (got - want).abs();
    assert!(
        got == want || gap <= room * want.abs().max(0.1),
        "{what}: {got} is not {want}"
    );
}

fn all_near(what: &str, got: &[f64], want: &[f64], room: f64) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (i, (g, w)) in got.iter().zip(want).enumerate() {
        near(&format!("{what} {i}"), *g, *w, room);
    }
}

fn quiet<T>(work: impl FnOnce(&mut Run<'_>) -> T) -> T {
    work(&mut Run::new(&mut Quiet, 7))
}

fn curve(what: &str, points: &[Point], want: &Value) {
    let of = |f: &dyn Fn(&Point) -> f64| points.iter().map(f).collect::<Vec<f64>>();
    all_near(what, &of(&|p| p.time), &numbers(&want["time"]), 0.0);
    all_near(
        what,
        &of(&|p| p.at_risk as f64),
        &numbers(&want["at_risk"]),
        0.0,
    );
    all_near(
        what,
        &of(&|p| p.events as f64),
        &numbers(&want["events"]),
        0.0,
    );
    all_near(
        what,
        &of(&|p| p.estimate),
        &numbers(&want["estimate"]),
        1e-9,
    );
    all_near(what, &of(&|p| p.low), &numbers(&want["low"]), 1e-9);
    all_near(what, &of(&|p| p.high), &numbers(&want["high"]), 1e-9);
}

/// Coefficients, intercept and the logarithm of ρ (Weibull) or of σ, as lifelines has them.
fn as_lifelines(got: &Aft, law: Law) -> Vec<f64> {
    let (mut params, ln_sigma) = (got.coefficients.clone(), got.sigma.ln());
    let last = match law {
        Law::Weibull => -ln_sigma,
        Law::LogNormal => ln_sigma,
    };
    params.extend([got.intercept, last]);
    params
}

#[test]
fn curves_are_those_of_lifelines() {
    let (want, data) = (read(), spells(5, N));
    let plain = Spells::new(&data.stop, &data.event);
    let late = Spells {
        start: Some(&data.start),
        ..plain
    };
    for (name, spells) in [("km", plain), ("late", late)] {
        let got = KaplanMeier::fit(&spells, 0.95).unwrap();
        curve(name, &got.points, &want[name]);
        let (middle, low, high) = got.median();
        let median = [middle, low, high].map(|v| v.unwrap_or(f64::INFINITY));
        all_near("median", &median, &numbers(&want[name]["median"]), 0.0);
    }
    let got = KaplanMeier::fit(&plain, 0.95).unwrap();
    near(
        "mean",
        got.restricted_mean(20.0),
        number(&want["km"]["mean_20"]),
        1e-9,
    );
    curve(
        "na",
        &NelsonAalen::fit(&plain, 0.95).unwrap().points,
        &want["na"],
    );
}

#[test]
fn groups_are_compared_as_by_lifelines() {
    let (want, data) = (read(), spells(5, N));
    for case in want["log_rank"].as_array().unwrap() {
        let k = case["k"].as_u64().unwrap() as u32;
        let group: Vec<u32> = (0..N as u32).map(|i| i % k).collect();
        let stop: Vec<f64> = data
            .stop
            .iter()
            .zip(&group)
            .map(|(t, g)| t + if *g == 1 { 2.0 } else { 0.0 })
            .collect();
        let got = LogRank::of(&Spells::new(&stop, &data.event), &group, k as usize).unwrap();
        near("statistic", got.statistic, number(&case["statistic"]), 1e-9);
        near("p", got.p, number(&case["p"]), 1e-8);
        assert_eq!(got.df, k as usize - 1);
        near(
            "sums",
            got.observed.iter().sum(),
            got.expected.iter().sum(),
            1e-9,
        );
        // Groups without rows change nothing.
        let more = LogRank::of(&Spells::new(&stop, &data.event), &group, k as usize + 2).unwrap();
        assert_eq!((more.df, more.statistic), (got.df, got.statistic));
    }
    let one = LogRank::of(&Spells::new(&data.stop, &data.event), &[0; N], 1);
    assert_eq!(one.unwrap_err().code(), "too_few_distinct");
}

fn check(what: &str, got: &Cox, want: &Value) {
    all_near(what, &got.coefficients, &numbers(&want["coef"]), 1e-6);
    all_near(what, &got.standard_errors(), &numbers(&want["se"]), 1e-6);
    near(
        what,
        got.log_likelihood,
        number(&want["log_likelihood"]),
        1e-9,
    );
    if let Some(p) = want.get("p") {
        all_near(what, &got.p_values(), &numbers(p), 1e-5);
    }
    if let Some(c) = want.get("concordance") {
        near(what, got.concordance, number(c), 1e-9);
    }
    if let Some(v) = want.get("lr") {
        near(what, got.likelihood_ratio().0, number(v), 1e-6);
    }
    if let Some(time) = want.get("baseline_time") {
        let (time, all) = (numbers(time), want["baseline"].as_array().unwrap());
        assert_eq!(got.baselines.len(), all.len());
        for (b, want) in got.baselines.iter().zip(all) {
            let at: Vec<f64> = time.iter().map(|t| b.at(*t)).collect();
            all_near(what, &at, &numbers(want), 1e-6);
        }
    }
    assert!(got.converged, "{what}");
    println!("{what}: {} steps", got.n_steps);
}

#[test]
fn hazards_are_those_of_lifelines() {
    let (want, data) = (&read()["cox"], spells(5, N));
    let plain = Spells::new(&data.stop, &data.event);
    let strata: Vec<u32> = (0..N as u32).map(|i| i % 3).collect();
    let fit = |spells: &Spells<'_>, strata: Option<&[u32]>, options| {
        quiet(|run| Cox::fit(&data.x, 3, spells, strata, options, run)).unwrap()
    };
    let options = CoxOptions::default();
    let ridge = CoxOptions {
        ridge: 0.1,
        ..options
    };
    let ties = Ties::Breslow;
    let late = Spells {
        start: Some(&data.start),
        ..plain
    };
    let efron = fit(&plain, None, options);
    check("efron", &efron, &want["efron"]);
    check("late", &fit(&late, None, options), &want["late"]);
    check(
        "breslow",
        &fit(&plain, None, CoxOptions { ties, ..options }),
        &want["breslow"],
    );
    let penalised = fit(&plain, None, ridge);
    check("ridge", &penalised, &want["ridge"]);
    let stratified = fit(&plain, Some(&strata), options);
    check("strata", &stratified, &want["strata"]);
    assert_eq!((efron.ridge, penalised.ridge), (0.0, 0.1));

    let rows = &data.x[..9];
    for (what, model) in [("efron", &efron), ("ridge", &penalised)] {
        let got = model
            .survival(rows, 0, 0.0, &[3.0, 8.0, 12.0, 30.0])
            .unwrap();
        all_near(what, &got, &flat(&want[what]["survival"]), 1e-6);
        let got = model.survival(rows, 0, 4.0, &[9.0, 14.0]).unwrap();
        all_near(what, &got, &flat(&want[what]["conditional"]), 1e-6);
    }
    assert_eq!(
        efron.survival(rows, 9, 0.0, &[1.0]).unwrap_err().code(),
        "unknown"
    );

    for (what, model, strata) in [
        ("efron", &efron, None),
        ("ridge", &penalised, None),
        ("strata", &stratified, Some(&*strata)),
    ] {
        for (name, scale) in [
            ("identity", TimeScale::Identity),
            ("log", TimeScale::Log),
            ("km", TimeScale::KaplanMeier),
        ] {
            let got = Proportional::test(model, &data.x, &plain, strata, scale).unwrap();
            all_near(
                what,
                &got.statistic,
                &numbers(&want[what][name]["statistic"]),
                1e-5,
            );
            all_near(what, &got.p, &numbers(&want[what][name]["p"]), 1e-5);
        }
        let rank = Proportional::test(model, &data.x, &plain, strata, TimeScale::Rank).unwrap();
        assert!(rank.p.iter().all(|p| (0.0..=1.0).contains(p)));
    }
}

#[test]
fn columns_that_change_over_time_are_those_of_lifelines() {
    let (want, data) = (read(), spells(5, N));
    let (mut x, mut start, mut stop, mut event) = (vec![], vec![], vec![], vec![]);
    for (i, row) in data.x.chunks_exact(3).enumerate() {
        let split = data.stop[i] > 6.0;
        x.extend_from_slice(row);
        start.push(0.0);
        stop.push(if split { 6.0 } else { data.stop[i] });
        event.push(!split && data.event[i]);
        if split {
            x.extend([row[0], row[1], -row[2]]);
            start.push(6.0);
            stop.push(data.stop[i]);
            event.push(data.event[i]);
        }
    }
    let spells = Spells {
        start: Some(&start),
        stop: &stop,
        event: &event,
    };
    let got = quiet(|run| Cox::fit(&x, 3, &spells, None, CoxOptions::default(), run)).unwrap();
    check("varying", &got, &want["cox"]["varying"]);
    // Rows cut in two without a change say the same as whole ones.
    let whole = Spells::new(&data.stop, &data.event);
    let whole =
        quiet(|run| Cox::fit(&data.x, 3, &whole, None, CoxOptions::default(), run)).unwrap();
    let mut at = 0;
    let mut same = Vec::new();
    for (i, row) in data.x.chunks_exact(3).enumerate() {
        let pieces = if data.stop[i] > 6.0 { 2 } else { 1 };
        (0..pieces).for_each(|_| same.extend_from_slice(row));
        at += pieces;
    }
    assert_eq!(at, stop.len());
    let cut = quiet(|run| Cox::fit(&same, 3, &spells, None, CoxOptions::default(), run)).unwrap();
    all_near("cut", &cut.coefficients, &whole.coefficients, 1e-8);
}

#[test]
fn accelerated_times_are_those_of_lifelines() {
    let (want, data) = (&read()["aft"], spells(5, N));
    let plain = Spells::new(&data.stop, &data.event);
    for law in [Law::Weibull, Law::LogNormal] {
        let want = &want[law.id()];
        let got = quiet(|run| Aft::fit(law, &data.x, 3, &plain, run)).unwrap();
        println!("{}: {} steps", law.id(), got.n_steps);
        let params = as_lifelines(&got, law);
        all_near(law.id(), &params, &numbers(&want["params"]), 2e-5);
        all_near(
            law.id(),
            &got.standard_errors(),
            &numbers(&want["se"]),
            1e-4,
        );
        near(
            law.id(),
            got.log_likelihood,
            number(&want["log_likelihood"]),
            1e-8,
        );
        assert!(got.log_likelihood >= number(&want["log_likelihood"]) - 1e-6);
        let rows = &data.x[..9];
        all_near(
            law.id(),
            &got.median(rows, 3).unwrap(),
            &flat(&want["median"]),
            2e-5,
        );
        all_near(
            law.id(),
            &got.mean(rows, 3).unwrap(),
            &flat(&want["mean"]),
            2e-5,
        );
        let times = [3.0, 7.5, 12.0, 30.0];
        all_near(
            law.id(),
            &got.survival(rows, 3, 0.0, &times).unwrap(),
            &flat(&want["survival"]),
            2e-5,
        );
        all_near(
            law.id(),
            &got.survival(rows, 3, 4.0, &[9.0, 14.0]).unwrap(),
            &flat(&want["conditional"]),
            2e-5,
        );
        // Without columns.
        let none = quiet(|run| Aft::fit(law, &[], 0, &plain, run)).unwrap();
        assert!(
            none.log_likelihood < got.log_likelihood && none.median(&[], 2).unwrap().len() == 2
        );
    }
}

#[test]
fn a_telecom_operator_is_as_by_lifelines() {
    let want = &read()["telco"];
    let text = std::fs::read_to_string(common::data("telco_churn.csv")).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = |name: &str| names.iter().position(|n| *n == name).unwrap();
    let (mut x, mut stop, mut event) = (vec![], vec![], vec![]);
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let is = |name: &str, value: &str| f64::from(u8::from(cells[at(name)] == value));
        let tenure: f64 = cells[at("tenure")].parse().unwrap();
        if tenure > 0.0 {
            x.push(cells[at("MonthlyCharges")].parse().unwrap());
            x.push(is("SeniorCitizen", "Yes"));
            x.extend([
                is("Contract", "One year"),
                is("Contract", "Two year"),
                is("InternetService", "Fiber optic"),
            ]);
            stop.push(tenure);
            event.push(cells[at("Churn")] == "Yes");
        }
    }
    let spells = Spells::new(&stop, &event);
    let got = quiet(|run| Cox::fit(&x, 5, &spells, None, CoxOptions::default(), run)).unwrap();
    check("telco", &got, want);
    let km = KaplanMeier::fit(&spells, 0.95).unwrap();
    all_near(
        "km",
        &[1.0, 12.0, 24.0, 48.0, 72.0].map(|t| km.at(t)),
        &numbers(&want["km"]),
        1e-9,
    );
    for law in [Law::Weibull, Law::LogNormal] {
        let got = quiet(|run| Aft::fit(law, &x, 5, &spells, run)).unwrap();
        let want = &want[law.id()];
        let params = as_lifelines(&got, law);
        all_near(law.id(), &params, &numbers(&want["params"]), 1e-4);
        near(
            law.id(),
            got.log_likelihood,
            number(&want["log_likelihood"]),
            1e-8,
        );
    }
    let periods = PersonPeriods::of(&spells, 12.0, 6).unwrap();
    assert_eq!(
        periods.event.iter().filter(|e| **e).count(),
        spells.n_events()
    );
}

#[test]
fn bad_input_has_a_typed_outcome() {
    let stop = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let event = [true, true, true, false, false, false];
    let spells = Spells::new(&stop, &event);
    let cox = |x: &[f64], d: usize, spells: &Spells<'_>| {
        quiet(|run| Cox::fit(x, d, spells, None, CoxOptions::default(), run))
    };
    fn code<T>(r: Result<T>) -> &'static str {
        r.err().unwrap().code()
    }
    assert_eq!(code(cox(&[], 0, &spells)), "no_features");
    assert_eq!(code(cox(&[1.0; 6], 1, &spells)), "no_features");
    assert_eq!(code(cox(&[1.0; 5], 1, &spells)), "shape");
    assert_eq!(
        code(cox(&[1.0, f64::NAN, 0.0, 0.0, 0.0, 0.0], 1, &spells)),
        "param"
    );
    assert_eq!(code(cox(&[], 1, &Spells::new(&[], &[]))), "too_few_rows");
    assert_eq!(
        code(cox(&[1.0, 2.0], 1, &Spells::new(&stop[..2], &[false; 2]))),
        "target"
    );
    // A column that gives the event away, one that repeats another, one that is constant.
    let apart = cox(&[3.0, 2.0, 1.0, 0.0, 0.0, 0.0], 1, &spells).unwrap();
    assert!(
        apart.ridge > 0.0 && apart.coefficients[0].is_finite() && apart.coefficients[0] > 0.0,
        "{apart:?}"
    );
    let twice: Vec<f64> = [0.3, 0.9, 0.1, 0.5, 0.2, 0.7]
        .iter()
        .flat_map(|v| [*v, *v, 4.0])
        .collect();
    let twice = cox(&twice, 3, &spells).unwrap();
    assert!(
        twice.ridge > 0.0 && twice.constant == [false, false, true] && twice.coefficients[2] == 0.0
    );
    assert!((twice.coefficients[0] - twice.coefficients[1]).abs() < 1e-9);
    let huge: Vec<f64> = (0..6).map(|i| 1e90 * f64::from(i % 4)).collect();
    assert!(cox(&huge, 1, &spells).unwrap().coefficients[0].is_finite());

    let aft = |x: &[f64], d, stop: &[f64], event: &[bool]| {
        quiet(|run| Aft::fit(Law::Weibull, x, d, &Spells::new(stop, event), run))
    };
    assert_eq!(code(aft(&[], 0, &[0.0; 3], &[true; 3])), "param");
    assert_eq!(code(aft(&[], 0, &[2.0; 3], &[true; 3])), "not_converged");
    assert_eq!(code(aft(&[], 0, &[2.0], &[true])), "too_few_rows");
    let zero = aft(&[], 0, &[0.0, 1.0, 2.0, 3.0], &[true; 4]).unwrap();
    assert_eq!(zero.n_zero, 1);
    let same = [0.3, 0.9, 0.1, 0.5, 0.2, 0.7]
        .iter()
        .flat_map(|v| [*v, *v])
        .collect::<Vec<f64>>();
    assert_eq!(code(aft(&same, 2, &stop, &[true; 6])), "not_converged");
}
