//! Calibration and conformal prediction against scikit-learn, betacal, statsmodels, mapie and definitions in numpy.
//!
//! Tolerances: curves, errors, parts of scores, ranges and sets 1e-9; isotonic regression 1e-9; sigmoids 1e-4 (scikit-learn's
//! solver stops there); beta calibration 1e-4 of the exact maximum, 0.02 of betacal, which stops earlier.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
mod common;

use common::{noise, weights};
use kept::base::{Params, Quiet, Run, Train};
use kept::evaluate::{
    calibrate::{beta, isotonic, platt},
    calibration::{
        BrierParts, calibration_bins, calibration_bins_by_width, debiased_calibration_error,
        expected_calibration_error,
    },
    conformal::{self, FoldErrors, Sets, cv_plus},
    metrics::brier_score,
};
use kept::learn::{Calibration, Dataset, Target, entry, log_odds};
use ndarray::{Array2, s};
use serde_json::Value;

fn read() -> Value {
    common::reference("calibration.json")
}

fn numbers(v: &Value) -> Vec<f64> {
    let all = v.as_array().unwrap().iter();
    all.map(|v| v.as_f64().unwrap()).collect()
}

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap()
}

fn count(v: &Value) -> usize {
    v.as_u64().unwrap() as usize
}

fn all_near(what: &str, got: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (g, w) in got.iter().zip(want) {
        let near = (g - w).abs() <= tolerance * w.abs().max(1.0);
        assert!(near, "{what}: {got:?} is not {want:?}");
    }
}

/// `scored` of the script.
fn scored(case: &Value) -> (Vec<f64>, Vec<bool>) {
    let (seed, n) = (count(&case["seed"]) as u32, count(&case["n"]));
    let (slope, digits) = (number(&case["slope"]), count(&case["digits"]) as i32);
    let scale = 10f64.powi(digits);
    let p = noise(seed, n).into_iter().map(|u| {
        let p = 0.5 + 0.44 * u;
        if digits > 0 {
            (p * scale).round_ties_even() / scale
        } else {
            p
        }
    });
    let p: Vec<f64> = p.collect();
    let happened = p.iter().zip(noise(seed + 1, n)).map(|(p, v)| {
        let side = if *p == 0.5 { 0.0 } else { (p - 0.5).signum() };
        0.5 + 0.5 * v < 0.5 + 0.5 * side * (2.0 * p - 1.0).abs().powf(slope)
    });
    let happened = happened.collect();
    (p, happened)
}

fn grid() -> Vec<f64> {
    (0..21).map(|i| f64::from(i) / 20.0).collect()
}

#[test]
fn fits_are_scikit_learns_and_betacals() {
    for case in read()["fits"].as_array().unwrap() {
        let (p, y) = scored(case);
        let n_positive = y.iter().filter(|y| **y).count();
        assert_eq!(n_positive, count(&case["n_positive"]));
        let is_weighted = case["weighted"].as_bool().unwrap();
        let w = is_weighted.then(|| weights(count(&case["seed"]) as u32 + 2, p.len()));
        let w = w.as_deref();

        let f: Vec<f64> = p.iter().map(|p| log_odds(*p)).collect();
        let (slope, intercept) = platt(&f, &y, w).unwrap();
        all_near(
            "sigmoid",
            &[slope, intercept],
            &numbers(&case["sigmoid"]),
            1e-4,
        );

        let outcome: Vec<f64> = y.iter().map(|y| f64::from(u8::from(*y))).collect();
        let everywhere = (f64::NEG_INFINITY, f64::INFINITY);
        let want = &case["isotonic"];
        let curve = isotonic(&p, &outcome, w, everywhere).unwrap();
        all_near("isotonic x", &curve.x, &numbers(&want["x"]), 1e-9);
        all_near("isotonic y", &curve.y, &numbers(&want["y"]), 1e-9);
        let at = |c: &kept::learn::Curve| grid().iter().map(|x| c.at(*x)).collect::<Vec<f64>>();
        all_near("isotonic", &at(&curve), &numbers(&want["at"]), 1e-9);
        let bounded = isotonic(&p, &outcome, w, (0.1, 0.8)).unwrap();
        all_near("bounded", &at(&bounded), &numbers(&want["bounded"]), 1e-9);

        let want = &case["beta"];
        let shape = beta(&p, &y, w).unwrap();
        all_near("beta", &shape, &numbers(&want["exact"]), 1e-4);
        all_near("betacal", &shape, &numbers(&want["betacal"]), 0.02);
        let loss = |shape: [f64; 3]| -> f64 {
            let rows = p.iter().zip(&y).enumerate();
            let each = rows.map(|(i, (p, y))| {
                let q = Calibration::Beta {
                    shapes: vec![shape],
                }
                .apply(*p);
                let weight = w.map_or(1.0, |w| w[i]);
                -weight * if *y { q } else { 1.0 - q }.ln()
            });
            each.sum()
        };
        let (ours, exact) = (loss(shape), number(&want["loss"]));
        assert!(ours <= exact + 1e-9 * exact, "{ours} {exact}");
        let calibration = Calibration::Beta {
            shapes: vec![shape],
        };
        let at: Vec<f64> = grid()
            .iter()
            .map(|p| calibration.apply(p.clamp(0.01, 0.99)))
            .collect();
        all_near("beta at", &at, &numbers(&want["at"]), 2e-3);
    }
    // Outcomes turned round: what would fall is level.
    let all = read();
    let p = numbers(&all["falling"]["p"]);
    let y: Vec<bool> = numbers(&all["falling"]["y"])
        .iter()
        .map(|y| *y > 0.5)
        .collect();
    let got = beta(&p, &y, None).unwrap();
    all_near("falling", &got, &numbers(&all["falling"]["exact"]), 1e-5);
}

#[test]
fn curves_and_errors_are_those_of_their_definitions() {
    for case in read()["curves"].as_array().unwrap() {
        let (p, y) = scored(case);
        let n_bins = count(&case["n_bins"]);
        let brier = brier_score(&y, &p, None).unwrap();
        all_near("brier", &[brier], &[number(&case["brier"])], 1e-12);
        let by_width = calibration_bins_by_width(&y, &p, n_bins).unwrap();
        let by_rows = calibration_bins(&y, &p, n_bins).unwrap();
        for (strategy, bins) in [("uniform", by_width), ("quantile", by_rows)] {
            let want = &case[strategy];
            let of = |f: &dyn Fn(&kept::charts::CalibrationBin) -> f64| {
                bins.iter().map(f).collect::<Vec<f64>>()
            };
            all_near(
                strategy,
                &of(&|b| b.predicted),
                &numbers(&want["predicted"]),
                1e-9,
            );
            all_near(
                strategy,
                &of(&|b| b.observed),
                &numbers(&want["observed"]),
                1e-9,
            );
            all_near(
                strategy,
                &of(&|b| b.count as f64),
                &numbers(&want["counts"]),
                0.0,
            );
            all_near(strategy, &of(&|b| b.low), &numbers(&want["low"]), 1e-9);
            all_near(strategy, &of(&|b| b.high), &numbers(&want["high"]), 1e-9);
            let errors = [
                expected_calibration_error(&bins),
                debiased_calibration_error(&bins),
            ];
            let want = [number(&want["ece"]), number(&want["debiased"])];
            all_near(strategy, &errors, &want, 1e-9);
        }
        let parts = BrierParts::new(&y, &p, n_bins).unwrap();
        let got = [
            parts.reliability,
            parts.resolution,
            parts.uncertainty,
            parts.within_variance,
            parts.within_covariance,
        ];
        let want = [
            "reliability",
            "resolution",
            "uncertainty",
            "within_variance",
            "within_covariance",
        ];
        let want = want.map(|key| number(&case["parts"][key]));
        all_near("parts", &got, &want, 1e-12);
        assert!((parts.sum() - brier).abs() < 1e-12);
    }
}

/// A straight line through rows by least squares.
fn line(rows: &[(f64, f64)]) -> impl Fn(f64) -> f64 {
    let n = rows.len() as f64;
    let (mx, my) = (
        rows.iter().map(|r| r.0).sum::<f64>() / n,
        rows.iter().map(|r| r.1).sum::<f64>() / n,
    );
    let sxy: f64 = rows.iter().map(|(x, y)| (x - mx) * (y - my)).sum();
    let sxx: f64 = rows.iter().map(|(x, _)| (x - mx) * (x - mx)).sum();
    move |x| my + sxy / sxx * (x - mx)
}

#[test]
fn ranges_are_mapies() {
    for case in read()["ranges"].as_array().unwrap() {
        let (seed, alpha) = (count(&case["seed"]) as u32, number(&case["alpha"]));
        let (n, n_new) = (count(&case["n"]), count(&case["n_new"]));
        let x = noise(seed, n + n_new);
        let e = noise(seed + 1, n + n_new);
        let rows: Vec<(f64, f64)> = x
            .iter()
            .zip(&e)
            .map(|(x, e)| (*x, 2.0 * x + e * e * e * (1.5 + x)))
            .collect();
        let (known, new) = rows.split_at(n);
        let residuals: Vec<f64> = known.iter().map(|(x, y)| y - (1.9 * x + 0.1)).collect();
        let q = conformal::absolute(&residuals, alpha).unwrap();
        let both = [number(&case["absolute"]), number(&case["absolute_mapie"])];
        all_near("absolute", &[q, q], &both, 1e-9);
        let scales: Vec<f64> = known.iter().map(|(x, _)| 1.5 + x).collect();
        let q = conformal::normalised(&residuals, &scales, alpha).unwrap();
        all_near("normalised", &[q], &[number(&case["normalised"])], 1e-9);
        let column = |f: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
            known.iter().map(|(x, y)| f(*x, *y)).collect()
        };
        let q = conformal::quantiles(
            &column(&|_, y| y),
            &column(&|x, _| 2.0 * x - 0.2),
            &column(&|x, _| 2.0 * x + 0.3),
            alpha,
        )
        .unwrap();
        let both = [number(&case["quantiles"]), number(&case["quantiles_mapie"])];
        all_near("quantiles", &[q, q], &both, 1e-9);

        for (name, n_folds) in [("cv_plus", 5), ("jackknife_plus", n)] {
            // As scikit-learn deals: neighbours, the first folds one row larger.
            let mut start = 0;
            let folds: Vec<FoldErrors> = (0..n_folds)
                .map(|k| {
                    let end = start + n / n_folds + usize::from(k < n % n_folds);
                    let side = [&known[..start], &known[end..]].concat();
                    let model = line(&side);
                    let held = known[start..end].iter();
                    start = end;
                    FoldErrors {
                        residuals: held.map(|(x, y)| y - model(*x)).collect(),
                        predictions: new.iter().map(|(x, _)| model(*x)).collect(),
                    }
                })
                .collect();
            let got = cv_plus(&folds, alpha).unwrap();
            let (low, high): (Vec<f64>, Vec<f64>) = got.into_iter().unzip();
            all_near(name, &low, &numbers(&case[name]["low"]), 1e-9);
            all_near(name, &high, &numbers(&case[name]["high"]), 1e-9);
        }
    }
}

#[test]
fn sets_are_those_of_their_definition() {
    for case in read()["sets"].as_array().unwrap() {
        let (seed, alpha) = (count(&case["seed"]) as u32, number(&case["alpha"]));
        let (n, n_new, k) = (
            count(&case["n"]),
            count(&case["n_new"]),
            count(&case["n_classes"]),
        );
        let u = noise(seed, (n + n_new) * k);
        let mut proba = Array2::from_shape_fn((n + n_new, k), |(i, j)| {
            let v = u[i * k + j].abs() + 0.01;
            v * v
        });
        for mut row in proba.rows_mut() {
            let sum = row.sum();
            row /= sum;
        }
        let draws = noise(seed + 1, n + n_new);
        let codes: Vec<u32> = proba
            .rows()
            .into_iter()
            .zip(draws)
            .map(|(row, draw)| {
                let mut sum = 0.0;
                let below = row.iter().filter(|p| {
                    sum += **p;
                    sum < 0.5 + 0.5 * draw
                });
                below.count().min(k - 1) as u32
            })
            .collect();
        let sets = Sets::fit(proba.slice(s![..n, ..]), &codes[..n], None, alpha).unwrap();
        all_near(
            "threshold",
            &[sets.threshold()],
            &[number(&case["threshold"])],
            1e-12,
        );
        let sizes: Vec<f64> = proba
            .slice(s![n.., ..])
            .rows()
            .into_iter()
            .map(|row| sets.of(row, None).len() as f64)
            .collect();
        all_near("sizes", &sizes, &numbers(&case["sizes"]), 0.0);
    }
}

/// Boosting with the quantile loss, made to hold what it promises: 90 % ranges hold 88 to 92 % of new rows, although the
/// models themselves, which have seen the rows they learned from, hold fewer.
#[test]
fn ranges_around_quantile_models_hold_ninety_percent() {
    let n = 3_000;
    for seed in 1..=3u32 {
        let u = noise(seed * 1000, 3 * n * 3);
        let rows = |part: usize| -> (Array2<f32>, Vec<f64>) {
            let at = |i: usize, j: usize| u[(part * n + i) * 3 + j];
            let x = Array2::from_shape_fn((n, 2), |(i, j)| at(i, j) as f32);
            let y = (0..n).map(|i| {
                let (a, b, e) = (at(i, 0), at(i, 1), at(i, 2));
                3.0 * a + b * b + e * (1.2 + a)
            });
            let y = y.collect();
            (x, y)
        };
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, u64::from(seed));
        let (x, y) = rows(0);
        let train = Train::all(Dataset::new(x, Target::Number(y)));
        let mut model = |alpha: f64| {
            let params = Params::default()
                .with("objective", "quantile")
                .with("alpha", alpha);
            let learner = (entry("boosting").unwrap().build)(&params).unwrap();
            learner.fit(&train, &mut run).unwrap().regressor().unwrap()
        };
        let (low, high) = (model(0.05), model(0.95));
        let ends = |x: &Array2<f32>| {
            (
                low.predict(x.view()).unwrap(),
                high.predict(x.view()).unwrap(),
            )
        };
        let (x, y) = rows(1);
        let (l, h) = ends(&x);
        let q = conformal::quantiles(&y, &l, &h, 0.1).unwrap();
        let (x, y) = rows(2);
        let (l, h) = ends(&x);
        let share = |q: f64| {
            let inside = y.iter().zip(l.iter().zip(&h));
            let inside = inside.filter(|(y, (l, h))| **l - q <= **y && **y <= **h + q);
            inside.count() as f64 / n as f64
        };
        let (before, after) = (share(0.0), share(q));
        assert!((0.88..=0.92).contains(&after), "{after}");
        assert!(before < after && q > 0.0, "{before} {after} {q}");
    }
}
