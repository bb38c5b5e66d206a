//! Linear and logistic regression against scikit-learn and statsmodels. Written by `tests/reference/linear.py`.
//!
//! Tolerances, relative above 1: coefficients 1e-4 (1e-3 for L1, where scikit-learn stops earlier), probabilities 1e-5
//! (1e-4), standard errors and intervals 1e-4, linear fits 1e-6.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
mod common;

use kept::{
    base::{Observer, Params, Progress, Quiet, Run, Train, Warning},
    learn::{
        Classifier, Dataset, Insight, Regressor, Save, Target, linear::Linear, logistic::Logistic,
    },
};
use ndarray::Array2;
use serde_json::Value;

fn numbers(v: &Value) -> Vec<f64> {
    let all = v.as_array().unwrap().iter();
    all.map(|v| v.as_f64().unwrap()).collect()
}

fn near(what: &str, got: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (g, w) in got.iter().zip(want) {
        assert!(
            (g - w).abs() <= tolerance * w.abs().max(1.0),
            "{what}: {g} {w}\n{got:?}\n{want:?}"
        );
    }
}

/// The rule of the script: matrix, number target, class codes, weights.
fn data(n: usize, d: usize, n_classes: usize) -> (Array2<f32>, Vec<f64>, Vec<u32>, Vec<f64>) {
    let mut s = 2024_u32;
    let mut u = || {
        s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(s >> 8) / f64::from(1 << 23) - 1.0
    };
    let mut x = Array2::zeros((n, d));
    let mut z = Vec::new();
    for mut row in x.rows_mut() {
        row.iter_mut().for_each(|v| *v = u() as f32);
        let of = |j: usize| f64::from(row[j]);
        z.push(of(0) - 0.6 * of(1) + 0.5 * of(2) + 0.9 * u());
    }
    let top = (n_classes - 1) as f64;
    let code = |z: &f64| {
        ((z + 1.2) * 0.42 * n_classes as f64)
            .floor()
            .clamp(0.0, top) as u32
    };
    let codes = z.iter().map(code).collect();
    let weight = (0..n).map(|i| 0.5 + (i % 4) as f64).collect();
    (x, z, codes, weight)
}

fn size(fit: &Value, key: &str) -> usize {
    fit[key].as_u64().unwrap() as usize
}

fn text<'v>(fit: &'v Value, key: &str) -> &'v str {
    fit[key].as_str().unwrap()
}

#[derive(Default)]
struct Collect(Vec<Warning>);
impl Observer for Collect {
    fn progress(&mut self, _: Progress) {}
    fn warn(&mut self, warning: Warning) {
        self.0.push(warning);
    }
}

#[test]
fn logistic_is_scikit_learns() {
    let reference = common::reference("linear.json");
    for fit in reference["logistic"].as_array().unwrap() {
        let (n, d, k) = (size(fit, "n"), size(fit, "d"), size(fit, "k"));
        let (x, _, codes, weight) = data(n, d, k);
        let mut set = Dataset::new(x, Target::class(codes, &["a", "b", "c"][..k]));
        if fit["weighted"] == true {
            set = set.with_weights(weight);
        }
        let balanced = if fit["balanced"] == true {
            "balanced"
        } else {
            "none"
        };
        let params = Params::default()
            .with("penalty", text(fit, "penalty"))
            .with("C", fit["C"].as_f64().unwrap())
            .with("l1_ratio", fit["l1_ratio"].as_f64().unwrap())
            .with("class_weight", balanced)
            .with("fit_intercept", fit["intercept"] == true);
        let mut seen = Collect::default();
        let train = Train::all(set);
        let fitted = Logistic::new(&params)
            .unwrap()
            .fit_logistic(&train, &mut Run::new(&mut seen, 0))
            .unwrap();
        let mut said = fit.clone();
        said["coef"] = Value::Null;
        let said = said.to_string();
        assert!(seen.0.is_empty(), "{said} {:?}", seen.0);
        let rough = if fit["l1_ratio"] == 0.0 { 1.0 } else { 10.0 };
        let coefficients: Vec<f64> = fitted
            .coefficients()
            .chunks(d)
            .flat_map(|c| c.iter().take(40).copied())
            .collect();
        near(&said, &coefficients, &numbers(&fit["coef"]), 1e-4 * rough);
        if fit["intercept"] == true {
            near(
                &said,
                fitted.intercepts(),
                &numbers(&fit["b"]),
                1e-4 * rough,
            );
        } else {
            assert!(fitted.intercepts().iter().all(|b| *b == 0.0));
        }
        let p = fitted.predict_proba(train.get().x.view()).unwrap();
        let p: Vec<f64> = p.iter().take(3 * k).copied().collect();
        near(&said, &p, &numbers(&fit["proba"]), 1e-5 * rough);
    }
}

#[test]
fn errors_are_statsmodels() {
    let reference = common::reference("linear.json");
    let want = &reference["errors"];
    for (name, k) in [("logit", 2), ("multi", 3)] {
        let (x, _, codes, _) = data(300, 5, k);
        let train = Train::all(Dataset::new(x, Target::class(codes, &["a", "b", "c"][..k])));
        let mut quiet = Quiet;
        let fitted = Logistic::new(&Params::default().with("penalty", "none"))
            .unwrap()
            .fit_logistic(&train, &mut Run::new(&mut quiet, 0))
            .unwrap();
        // There the intercept comes first.
        let got: Vec<f64> = fitted
            .standard_errors()
            .unwrap()
            .chunks(6)
            .flat_map(|c| [c[5]].into_iter().chain(c[..5].iter().copied()))
            .collect();
        near(name, &got, &numbers(&want[name]["se"]), 1e-4);
        if k > 2 {
            continue;
        }
        let [Insight::Coefficients { rows, .. }] = &fitted.insights()[..] else {
            panic!()
        };
        let p: Vec<f64> = rows.iter().map(|r| r.p_value.unwrap()).collect();
        near(name, &p, &numbers(&want[name]["p"])[1..], 1e-5);
        let ends = rows.iter().map(|r| r.interval.unwrap());
        let ends: Vec<f64> = ends.flat_map(|(a, b)| [a, b]).collect();
        near(name, &ends, &numbers(&want[name]["ci"])[2..], 1e-4);
    }
    for name in ["ols", "wls", "bare"] {
        let (x, z, _, weight) = data(300, 5, 2);
        let mut set = Dataset::new(x, Target::Number(z));
        if name == "wls" {
            set = set.with_weights(weight);
        }
        let bare = name == "bare";
        let train = Train::all(set);
        let mut quiet = Quiet;
        let fitted = Linear::new(&Params::default().with("fit_intercept", !bare))
            .unwrap()
            .fit_linear(&train, &mut Run::new(&mut quiet, 0))
            .unwrap();
        let with = |first: Option<f64>, rest: &[f64]| -> Vec<f64> {
            let first = if bare { None } else { first };
            first.into_iter().chain(rest.iter().copied()).collect()
        };
        let want = &want[name];
        let got = with(Some(fitted.intercept()), fitted.coefficients());
        near(name, &got, &numbers(&want["coef"]), 1e-8);
        let got = with(fitted.intercept_error(), fitted.standard_errors().unwrap());
        near(name, &got, &numbers(&want["se"]), 1e-8);
        let [Insight::Coefficients { rows, .. }] = &fitted.insights()[..] else {
            panic!()
        };
        let skip = usize::from(!bare);
        let p: Vec<f64> = rows.iter().map(|r| r.p_value.unwrap()).collect();
        near(name, &p, &numbers(&want["p"])[skip..], 1e-8);
        let ends = rows.iter().map(|r| r.interval.unwrap());
        let ends: Vec<f64> = ends.flat_map(|(a, b)| [a, b]).collect();
        near(name, &ends, &numbers(&want["ci"])[2 * skip..], 1e-8);
        let x = train.get().x.slice(ndarray::s![..5, ..]);
        let (low, high): (Vec<f64>, Vec<f64>) = fitted
            .predict_interval(x, 0.9)
            .unwrap()
            .unwrap()
            .into_iter()
            .unzip();
        near(name, &low, &numbers(&want["low"]), 1e-8);
        near(name, &high, &numbers(&want["high"]), 1e-8);
    }
}

#[test]
fn linear_is_scikit_learns() {
    let reference = common::reference("linear.json");
    for fit in reference["linear"]["fits"].as_array().unwrap() {
        let (n, d) = (size(fit, "n"), size(fit, "d"));
        let (mut x, z, _, weight) = data(n, d, 2);
        if fit["repeated"] == true {
            let first = x.column(0).to_owned();
            x.column_mut(4).assign(&first);
            x.column_mut(5).fill(1.5);
        }
        let mut set = Dataset::new(x, Target::Number(z));
        if fit["weighted"] == true {
            set = set.with_weights(weight);
        }
        let train = Train::all(set);
        let params = Params::default()
            .with("penalty", text(fit, "penalty"))
            .with("alpha", fit["alpha"].as_f64().unwrap())
            .with("l1_ratio", 0.3)
            .with("tol", 1e-10)
            .with("max_iter", 100_000)
            .with("fit_intercept", fit["intercept"] == true);
        let mut seen = Collect::default();
        let fitted = Linear::new(&params)
            .unwrap()
            .fit_linear(&train, &mut Run::new(&mut seen, 0))
            .unwrap();
        let mut said = fit.clone();
        said["coef"] = Value::Null;
        let said = said.to_string();
        assert!(seen.0.is_empty(), "{said} {:?}", seen.0);
        let got = &fitted.coefficients()[..d.min(12)];
        near(&said, got, &numbers(&fit["coef"]), 1e-6);
        near(
            &said,
            &[fitted.intercept()],
            &[fit["b"].as_f64().unwrap()],
            1e-6,
        );
        let y = fitted.predict(train.get().x.view()).unwrap();
        near(&said, &y[..3], &numbers(&fit["y"]), 1e-6);
    }
    let (x, z, _, _) = data(200, 6, 2);
    let train = Train::all(Dataset::new(x, Target::Number(z)));
    let params = Params::default()
        .with("penalty", "lasso")
        .with("n_alphas", 5)
        .with("eps", 1e-2)
        .with("tol", 1e-10);
    let mut quiet = Quiet;
    let fitted = Linear::new(&params)
        .unwrap()
        .fit_linear(&train, &mut Run::new(&mut quiet, 0))
        .unwrap();
    let Some(Insight::Path {
        alphas,
        coefficients,
        ..
    }) = fitted.insights().pop()
    else {
        panic!()
    };
    let want = &reference["linear"]["path"];
    near("alphas", &alphas, &numbers(&want["alphas"]), 1e-7);
    near(
        "path",
        &coefficients.concat(),
        &numbers(&want["coefs"]),
        1e-6,
    );
}
