//! Profit, gains and health weights against numpy and scipy.
//!
//! Tolerances: sums, decisions and thresholds 1e-9; ends of bootstrap intervals, which have draws of their own on each side,
//! 12 % of the interval's length; weights 1e-5.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
mod common;

use common::{noise, reference, sample};
use kept::{
    base::{Costs, Quiet, Run, ValueOf},
    evaluate::{
        gains::{deciles, gains},
        nonnegative,
        profit::{Customers, best_threshold, profit},
    },
};
use ndarray::Array2;
use serde_json::Value;

const N: usize = 1500;

fn numbers(v: &Value) -> Vec<f64> {
    let all = v.as_array().unwrap().iter();
    all.map(|v| v.as_f64().unwrap()).collect()
}

fn near(what: &str, got: f64, want: f64, tolerance: f64) {
    assert!(
        (got - want).abs() <= tolerance * want.abs().max(1.0),
        "{what}: {got} is not {want}"
    );
}

fn customers() -> (Vec<f64>, Vec<bool>, Vec<f64>) {
    let u = noise(11, 4 * N);
    let at = |i: usize, j: usize| u[4 * i + j];
    let chance = |i| 1.0 / (1.0 + (-(1.5 * at(i, 0) + at(i, 1) - 1.0)).exp());
    let p: Vec<f64> = (0..N).map(chance).collect();
    let y = (0..N).map(|i| (at(i, 2) + 1.0) / 2.0 < p[i]).collect();
    let worth = |i| ((20.0 + 80.0 * (at(i, 3) + 1.0) / 2.0) * 100.0).round() / 100.0;
    (p, y, (0..N).map(worth).collect())
}

fn costs(of: &Value) -> Costs {
    Costs {
        contact: of["contact"].as_f64().unwrap(),
        success: of["success"].as_f64().unwrap(),
        value: ValueOf::Column("v".into()),
        capacity: of["capacity"].as_u64(),
        ..Costs::default()
    }
}

#[test]
fn profit_is_numpys() {
    let want = reference("decide.json");
    let (p, y, v) = customers();
    let customers = Customers {
        proba: &p,
        value: Some(&v),
        truth: Some(&y),
    };
    let mut quiet = Quiet;
    let run = Run::new(&mut quiet, 42);
    for case in want["cases"].as_array().unwrap() {
        let costs = costs(case);
        let drawn = profit(&customers, &costs, 1, &run).unwrap();
        let best = drawn.at(&costs).unwrap();
        assert_eq!(Some(best.n), case["n"].as_u64(), "{case}");
        let of = |key: &str| case[key].as_f64().unwrap();
        near("gain", best.gain, of("gain"), 1e-9);
        near("everybody", best.everybody, of("everybody"), 1e-9);
        near("expected", best.expected, of("expected"), 1e-9);
        near("by value", best.by_value.unwrap(), of("by_value"), 1e-9);
        let threshold = best_threshold(&customers, &costs).unwrap();
        near("threshold", threshold, of("best_threshold"), 1e-9);
    }
    let free = Costs {
        value: ValueOf::Column("v".into()),
        ..Costs::default()
    };
    let drawn = profit(&customers, &free, 1, &run).unwrap();
    let (risk, left) = (numbers(&want["risk"]), numbers(&want["left"]));
    let by_value = numbers(&want["left_by_value"]);
    let (low, high) = (numbers(&want["ends"][0]), numbers(&want["ends"][1]));
    for (k, depth) in numbers(&want["depths"]).into_iter().enumerate() {
        let at = drawn.at_depth(depth as u64, &free).unwrap();
        near("risk", at.expected, risk[k], 1e-9);
        near("left", at.gain, left[k], 1e-9);
        let width = (high[k] - low[k]).max(1e-9);
        assert!((at.low - low[k]).abs() <= 0.12 * width, "{depth}: {at:?}");
        assert!((at.high - high[k]).abs() <= 0.12 * width, "{depth}: {at:?}");
        let rung = drawn.by_risk.n.iter().position(|n| *n as f64 == depth);
        let ladder = drawn.by_value.as_ref().unwrap();
        near(
            "by value",
            ladder.observed[rung.unwrap()],
            by_value[k],
            1e-9,
        );
    }
}

#[test]
fn gains_and_tenths_are_numpys() {
    let want = reference("decide.json");
    let (p, y, _) = customers();
    let tenths = deciles(&y, &p).unwrap();
    let list = |key: &str| numbers(&want["tenths"][key]);
    for (i, tenth) in tenths.iter().enumerate() {
        assert_eq!(tenth.n as f64, list("n")[i]);
        assert_eq!(tenth.positives as f64, list("positives")[i]);
        near("lift", tenth.lift, list("lift")[i], 1e-12);
        near(
            "gain",
            tenth.cumulative_gain,
            list("cumulative_gain")[i],
            1e-12,
        );
    }
    let mut quiet = Quiet;
    let run = Run::new(&mut quiet, 42);
    let (found, lift) = gains(&y, &p, 2, &run).unwrap();
    let of = &found.depths;
    // The area under the curve of gains is a ROC-AUC in other coordinates.
    let rate = found.base_rate;
    let area: f64 = (1..of.share.len())
        .map(|i| (of.share[i] - of.share[i - 1]) * (of.value[i] + of.value[i - 1]) / 2.0)
        .sum();
    let auc = (area - rate / 2.0) / (1.0 - rate);
    near("ROC-AUC", auc, want["roc_auc"].as_f64().unwrap(), 2e-3);
    let (low, high) = (
        numbers(&want["gain_ends"][0]),
        numbers(&want["gain_ends"][1]),
    );
    for (k, n) in numbers(&want["shares"]).into_iter().enumerate() {
        let share = n / N as f64;
        let i = of.share.iter().position(|s| (s - share).abs() < 1e-12);
        let i = i.unwrap();
        let width = high[k] - low[k];
        assert!((of.low[i] - low[k]).abs() <= 0.12 * width + 1e-12, "{n}");
        assert!((of.high[i] - high[k]).abs() <= 0.12 * width + 1e-12, "{n}");
        if i > 0 {
            near("lift", lift.depths.value[i - 1], of.value[i] / share, 1e-12);
        }
    }
}

#[test]
fn weights_that_may_not_be_negative_are_scipys() {
    let want = reference("decide.json");
    let mut n_zero = 0;
    for fit in want["fits"].as_array().unwrap() {
        let size = |key: &str| fit[key].as_u64().unwrap() as usize;
        let (n, d) = (size("n"), size("d"));
        let (x, _) = sample(size("seed") as u32, n, d);
        let largest = |j: usize| {
            x.column(j)
                .iter()
                .fold(0.0_f64, |m, v| m.max(f64::from(*v).abs()))
        };
        let largest: Vec<f64> = (0..d).map(largest).collect();
        let x = Array2::from_shape_fn((n, d), |(i, j)| {
            let v = (f64::from(x[[i, j]]) / largest[j] * 1e6).round() / 1e6;
            if j == 2 { -v } else { v }
        });
        let mut y = vec![false; n];
        for i in numbers(&fit["y"]) {
            y[i as usize] = true;
        }
        let mut quiet = Quiet;
        let l2 = fit["l2"].as_f64().unwrap();
        let got = nonnegative::fit(x.view(), &y, l2, &Run::new(&mut quiet, 1)).unwrap();
        let w = numbers(&fit["w"]);
        for (j, (got, want)) in got.weights.iter().zip(&w).enumerate() {
            near(&format!("weight {j}"), *got, *want, 1e-5);
            n_zero += usize::from(*got == 0.0);
        }
        near("intercept", got.intercept, w[d], 1e-5);
    }
    assert!(n_zero >= 2, "the bounds never held");
}
