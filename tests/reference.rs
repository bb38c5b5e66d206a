//! Our numbers against those of scikit-learn, LightGBM, statsmodels and definitions in numpy; see `tests/reference/`.
//!
//! Tolerances: metrics, curves and intervals 1e-6; logistic coefficients 1e-3 (relative above 1), probabilities 1e-6
//! (1e-5 for the wide case); tree probabilities 1e-6 where the reference is unambiguous; boosting ROC-AUC 0.005.
#![cfg(feature = "engine")]
// Helpers of tests may unwrap like the tests themselves.
#![allow(clippy::unwrap_used)]
use kept::base::{Params, Quiet, Run, Train};
use kept::evaluate::{calibration, curves, interval, metrics, positives, report, split};
use kept::learn::{Classifier, Dataset, Target, entry, logistic::Logistic};
use ndarray::Array2;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde_json::Value;

fn read(name: &str) -> Value {
    let path = format!("{}/tests/reference/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn number(v: &Value) -> f64 {
    if v == "inf" {
        f64::INFINITY
    } else {
        v.as_f64().unwrap()
    }
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().unwrap().iter().map(number).collect()
}

fn codes(v: &Value) -> Vec<u32> {
    numbers(v).iter().map(|v| *v as u32).collect()
}

fn near(what: &str, got: f64, want: f64, tolerance: f64) {
    assert!(
        got == want || (got - want).abs() <= tolerance,
        "{what}: {got} is not {want}"
    );
}

fn all_near(what: &str, got: &[f64], want: &Value, tolerance: f64) {
    let want = numbers(want);
    assert_eq!(got.len(), want.len(), "{what}");
    for (g, w) in got.iter().zip(want) {
        near(what, *g, w, tolerance);
    }
}

fn same_report(got: &report::ClassificationReport, want: &Value) {
    let row = |r: &report::ReportRow, want: &Value| {
        all_near(
            "report",
            &[r.precision, r.recall, r.f1, r.support],
            want,
            1e-6,
        );
    };
    for (k, r) in got.classes.iter().enumerate() {
        row(r, &want[k.to_string()]);
    }
    near("accuracy", got.accuracy, number(&want["accuracy"]), 1e-6);
    row(&got.macro_avg, &want["macro avg"]);
    row(&got.weighted_avg, &want["weighted avg"]);
}

#[test]
fn metrics_and_curves_are_scikit_learns() {
    for case in read("metrics")["cases"].as_array().unwrap() {
        let (truth, p) = (codes(&case["y"]), numbers(&case["p"]));
        let y = positives(&truth);
        let weight = (!case["w"].is_null()).then(|| numbers(&case["w"]));
        let w = weight.as_deref();
        let ranked = metrics::Ranked::new(&y, &p, w).unwrap();
        let decisions: Vec<bool> = p.iter().map(|p| *p >= 0.5).collect();
        let counts = metrics::Counts::new(&y, &decisions, w).unwrap();
        for (name, got) in [
            ("roc_auc", ranked.roc_auc()),
            ("average_precision", ranked.average_precision()),
            ("log_loss", metrics::log_loss(&y, &p, w).unwrap()),
            ("brier_score", metrics::brier_score(&y, &p, w).unwrap()),
            ("accuracy", counts.accuracy()),
            ("balanced_accuracy", counts.balanced_accuracy()),
            ("precision", counts.precision()),
            ("recall", counts.recall()),
            ("f1", counts.f1()),
            ("mcc", counts.mcc()),
        ] {
            near(name, got, number(&case[name]), 1e-6);
        }
        all_near(
            "confusion",
            &[counts.tn, counts.fp],
            &case["confusion"][0],
            1e-6,
        );
        all_near(
            "confusion",
            &[counts.fn_, counts.tp],
            &case["confusion"][1],
            1e-6,
        );
        let predicted: Vec<u32> = decisions.iter().map(|d| u32::from(*d)).collect();
        let r = report::classification_report(&truth, &predicted, 2, w).unwrap();
        same_report(&r, &case["report"]);
        // With weights, which points lie on a line depends on rounding; the full curve does not.
        if w.is_none() {
            let roc = curves::roc_curve(&ranked, true);
            all_near("fpr", &roc.fpr, &case["roc"][0], 1e-6);
            all_near("tpr", &roc.tpr, &case["roc"][1], 1e-6);
            all_near("thresholds", &roc.thresholds, &case["roc"][2], 1e-6);
            let pr = curves::precision_recall_curve(&ranked);
            all_near("precision", &pr.precision, &case["pr"][0], 1e-6);
            all_near("recall", &pr.recall, &case["pr"][1], 1e-6);
            all_near("thresholds", &pr.thresholds, &case["pr"][2], 1e-6);
            let bins = calibration::calibration_bins(&y, &p, 10).unwrap();
            let predicted: Vec<f64> = bins.iter().map(|b| b.predicted).collect();
            let observed: Vec<f64> = bins.iter().map(|b| b.observed).collect();
            all_near("predicted", &predicted, &case["calibration"][0], 1e-6);
            all_near("observed", &observed, &case["calibration"][1], 1e-6);
            let roc = curves::roc_curve(&ranked, false);
            all_near("fpr", &roc.fpr, &case["roc_all"][0], 1e-6);
            all_near("tpr", &roc.tpr, &case["roc_all"][1], 1e-6);
        }
    }
}

#[test]
fn report_of_three_classes_is_scikit_learns() {
    let three = &read("metrics")["three"];
    let r = report::classification_report(&codes(&three["y"]), &codes(&three["pred"]), 3, None);
    same_report(&r.unwrap(), &three["report"]);
}

#[test]
fn wilson_is_statsmodels() {
    for row in read("metrics")["wilson"].as_array().unwrap() {
        let v = numbers(row);
        let (low, high) = interval::wilson(v[0], v[1]);
        near("low", low, v[2], 1e-9);
        near("high", high, v[3], 1e-9);
    }
}

#[test]
fn delong_is_its_definition() {
    for case in read("intervals")["cases"].as_array().unwrap() {
        let y = positives(&codes(&case["y"]));
        let (a, b) = (numbers(&case["a"]), numbers(&case["b"]));
        for (k, s) in [&a, &b].into_iter().enumerate() {
            let got = interval::delong(&y, s).unwrap();
            near("auc", got.roc_auc, number(&case["auc"][k]), 1e-9);
            near("se", got.standard_error, number(&case["se"][k]), 1e-9);
            if k == 0 {
                near("low", got.low, number(&case["low"]), 1e-9);
                near("high", got.high, number(&case["high"]), 1e-9);
            }
        }
        let test = interval::delong_test(&y, &a, &b).unwrap();
        near(
            "se",
            test.standard_error,
            number(&case["difference_se"]),
            1e-9,
        );
        near("p", test.p_value, number(&case["p_value"]), 1e-7);
    }
}

#[test]
fn folds_and_splits_are_scikit_learns() {
    let all = read("splits");
    for case in all["folds"].as_array().unwrap() {
        let y = codes(&case["y"]);
        let (classes, k) = (
            number(&case["n_classes"]) as usize,
            number(&case["n_splits"]) as usize,
        );
        assert_eq!(
            split::stratified_folds(&y, classes, k, None).unwrap(),
            codes(&case["fold"])
        );
        let mut rng = ChaCha8Rng::seed_from_u64(42);
        let folds = split::stratified_folds(&y, classes, k, Some(&mut rng)).unwrap();
        let mut counts = vec![vec![0.0; classes]; k];
        for (f, c) in folds.iter().zip(&y) {
            counts[*f as usize][*c as usize] += 1.0;
        }
        for (got, want) in counts
            .iter()
            .zip(case["shuffled_counts"].as_array().unwrap())
        {
            all_near("counts", got, want, 0.0);
        }
    }
    for case in all["splits"].as_array().unwrap() {
        let (n, positive) = (
            number(&case["n"]) as usize,
            number(&case["n_positive"]) as usize,
        );
        let y: Vec<u32> = (0..n).map(|i| u32::from(i >= n - positive)).collect();
        let wanted: Vec<Vec<f64>> = case["counts"]
            .as_array()
            .unwrap()
            .iter()
            .map(numbers)
            .collect();
        for seed in 0..8 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let (train, test) =
                split::stratified_split(&y, 2, number(&case["test_size"]), &mut rng).unwrap();
            let count =
                |rows: &[u32], c| rows.iter().filter(|r| y[**r as usize] == c).count() as f64;
            let got = vec![
                count(&train, 0),
                count(&train, 1),
                count(&test, 0),
                count(&test, 1),
            ];
            assert!(wanted.contains(&got), "{got:?} {wanted:?}");
        }
    }
}

fn dataset(case: &Value, weighted: bool) -> Train<Dataset> {
    let rows: Vec<Vec<f64>> = case["x"].as_array().unwrap().iter().map(numbers).collect();
    let x = Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j] as f32);
    let weight = weighted.then(|| numbers(&case["w"]));
    Train::all(with_codes(x, codes(&case["y"]), weight))
}

fn with_codes(x: Array2<f32>, codes: Vec<u32>, sample_weight: Option<Vec<f64>>) -> Dataset {
    Dataset {
        sample_weight,
        ..Dataset::new(x, Target::class(codes, &["0", "1"]))
    }
}

fn class_weight(fit: &Value) -> &'static str {
    if fit["balanced"] == true {
        "balanced"
    } else {
        "none"
    }
}

#[test]
fn logistic_coefficients_are_scikit_learns() {
    let all = read("learners");
    for fit in all["logistic"]["fits"].as_array().unwrap() {
        let train = dataset(&all["logistic"], fit["weighted"] == true);
        let params = Params::default()
            .with("C", number(&fit["C"]))
            .with("class_weight", class_weight(fit));
        let mut quiet = Quiet;
        let model = Logistic::new(&params).unwrap();
        let model = model
            .fit_logistic(&train, &mut Run::new(&mut quiet, 0))
            .unwrap();
        let want = numbers(&fit["coef"]);
        for (g, w) in model.coefficients().iter().zip(&want) {
            near("coefficient", *g, *w, 1e-3 * w.abs().max(1.0));
        }
        let w = number(&fit["intercept"]);
        near("intercept", model.intercept(), w, 1e-3 * w.abs().max(1.0));
        let p = model.predict_proba(train.get().x.view()).unwrap();
        all_near(
            "probability",
            &p.column(1).to_vec()[..40],
            &fit["proba"],
            1e-6,
        );
    }
    let train = dataset(&all["wide"], false);
    let mut quiet = Quiet;
    let model = Logistic::new(&Params::default()).unwrap();
    let model = model
        .fit_logistic(&train, &mut Run::new(&mut quiet, 0))
        .unwrap();
    all_near("wide", model.coefficients(), &all["wide"]["coef"], 1e-5);
    near(
        "wide",
        model.intercept(),
        number(&all["wide"]["intercept"]),
        1e-5,
    );
}

#[test]
fn trees_are_scikit_learns() {
    let all = read("learners");
    let mut n_compared = 0;
    for fit in all["tree"]["fits"].as_array().unwrap() {
        let train = dataset(&all["tree"], fit["weighted"] == true);
        let params = Params::default()
            .with("criterion", fit["criterion"].as_str().unwrap())
            .with("max_depth", number(&fit["max_depth"]))
            .with("min_samples_leaf", 8)
            .with("class_weight", class_weight(fit));
        let mut quiet = Quiet;
        let model = (entry("tree").unwrap().build)(&params).unwrap();
        let model = model
            .fit(&train, &mut Run::new(&mut quiet, 0))
            .unwrap()
            .classifier()
            .unwrap();
        let p = model
            .predict_proba(train.get().x.view())
            .unwrap()
            .column(1)
            .to_vec();
        // With both, classes are balanced by weight here (as scikit-learn's logistic regression does), by rows there.
        if fit["balanced"] == true && fit["weighted"] == true {
            continue;
        }
        if fit["unambiguous"] == true {
            n_compared += 1;
            all_near("probability", &p[..100], &fit["proba"], 1e-6);
        }
        let Target::Class { codes, .. } = &train.get().y else {
            panic!()
        };
        let auc = metrics::roc_auc(&positives(codes), &p, None).unwrap();
        near("auc", auc, number(&fit["auc"]), 0.005);
    }
    assert!(n_compared >= 10, "{n_compared}");
}

#[test]
fn boosting_is_as_good_as_lightgbm() {
    let reference = &read("learners")["boosting"];
    let (n, d) = (30_000, 8);
    let mut s = 12345u32;
    let u = Array2::from_shape_fn((n, d + 1), |_| {
        s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(s >> 8) / f64::from(1 << 23) - 1.0
    });
    let x = u.slice(ndarray::s![.., ..d]).mapv(|v| v as f32);
    let y: Vec<u32> = u
        .rows()
        .into_iter()
        .zip(x.rows())
        .map(|(u, x)| {
            let x = x.mapv(f64::from);
            let step = if x[4] > 0.2 { 0.8 } else { 0.0 };
            u32::from(
                (1.0 + x[0]) * (1.0 + x[1]) + x[2] - 1.5 * x[3] * x[3] + step + 1.2 * u[d] > 1.0,
            )
        })
        .collect();
    assert_eq!(
        f64::from(y.iter().sum::<u32>()),
        number(&reference["n_positive"])
    );
    let train = with_codes(
        x.slice(ndarray::s![..20_000, ..]).to_owned(),
        y[..20_000].to_vec(),
        None,
    );
    let train = Train::all(train);
    for fit in reference["fits"].as_array().unwrap() {
        let params = Params::default()
            .with("num_leaves", number(&fit["num_leaves"]))
            .with("learning_rate", number(&fit["learning_rate"]))
            .with("reg_lambda", number(&fit["reg_lambda"]))
            .with("class_weight", fit["class_weight"].as_str().unwrap());
        let mut quiet = Quiet;
        let model = (entry("boosting").unwrap().build)(&params).unwrap();
        let model = model
            .fit(&train, &mut Run::new(&mut quiet, 0))
            .unwrap()
            .classifier()
            .unwrap();
        let p = model
            .predict_proba(x.slice(ndarray::s![20_000.., ..]))
            .unwrap()
            .column(1)
            .to_vec();
        let truth = positives(&y[20_000..]);
        near(
            "auc",
            metrics::roc_auc(&truth, &p, None).unwrap(),
            number(&fit["auc"]),
            0.005,
        );
        near(
            "mean",
            p.iter().sum::<f64>() / 10_000.0,
            number(&fit["mean"]),
            0.01,
        );
        near(
            "log loss",
            metrics::log_loss(&truth, &p, None).unwrap(),
            number(&fit["log_loss"]),
            0.02,
        );
    }
}
