//! Support vector machines and neural networks against scikit-learn, and probabilities against their published
//! algorithms; see `tests/reference/svm_mlp.py`.
//!
//! Tolerances: decision values 1e-3, dual objective 1e-5 relative, sigmoids and coupling 1e-6; weights after twelve
//! steps of Adam 1e-5; mean ROC-AUC and R² over seeds within 0.005, or three deviations over the seeds.
#![cfg(feature = "engine")]
// Helpers of tests may unwrap like the tests themselves.
#![allow(clippy::unwrap_used)]
mod common;

use common::{noise, sample, weights};
use kept::base::{Params, Quiet, Run, Train};
use kept::evaluate::metrics::{log_loss, roc_auc};
use kept::learn::kernels::network::{Activation, Adam, Network, Output, Shape};
use kept::learn::kernels::platt::{Sigmoid, couple};
use kept::learn::mlp::{FittedMlp, Mlp};
use kept::learn::svm::{FittedSvm, Svm};
use kept::learn::{Classifier, Dataset, Regressor, Target};
use ndarray::Array2;
use serde_json::Value;

fn read() -> Value {
    common::reference("svm_mlp.json")
}

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap()
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().unwrap().iter().map(number).collect()
}

fn all_near(what: &str, got: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (k, (g, w)) in got.iter().zip(want).enumerate() {
        assert!((g - w).abs() <= tolerance, "{what} {k}: {g} is not {w}");
    }
}

fn above(z: &[f64], limit: f64) -> Vec<u32> {
    z.iter().map(|z| u32::from(*z > limit)).collect()
}

fn in_three(z: &[f64]) -> Vec<u32> {
    let code = |z: &f64| u32::from(*z > -0.4) + u32::from(*z > 0.6);
    z.iter().map(code).collect()
}

fn flag(v: &Value) -> bool {
    v.as_bool().unwrap()
}

fn svm(params: &Params, data: Dataset) -> FittedSvm {
    let svm = Svm::new(params).unwrap();
    svm.fit_svm(&Train::all(data), &mut Run::new(&mut Quiet, 1))
        .unwrap()
}

fn column(f: &Array2<f64>) -> Vec<f64> {
    f.column(0).to_vec()
}

#[test]
fn decisions_are_those_of_svc() {
    let case = &read()["svc"];
    let (x, z) = sample(1, 240, 4);
    let (t, _) = sample(2, 40, 4);
    let codes = above(&z, 0.2);
    assert_eq!(
        codes.iter().sum::<u32>(),
        number(&case["n_positive"]) as u32
    );
    for fit in case["fits"].as_array().unwrap() {
        let what = format!(
            "{} {} C {} {} {}",
            fit["kernel"], fit["gamma"], fit["C"], fit["balanced"], fit["weighted"]
        );
        let mut params = Params::default()
            .with("kernel", fit["kernel"].as_str().unwrap())
            .with("C", number(&fit["C"]))
            .with("tol", 1e-6)
            .with("probability", false);
        params = match fit["gamma"].as_str() {
            Some(name) => params.with("gamma", name),
            None => params.with("gamma", number(&fit["gamma"])),
        };
        if flag(&fit["balanced"]) {
            params = params.with("class_weight", "balanced");
        }
        let mut data = Dataset::new(x.clone(), Target::class(codes.clone(), &["no", "yes"]));
        if flag(&fit["weighted"]) {
            data = data.with_weights(weights(3, 240));
        }
        let fitted = svm(&params, data);
        let f = column(&fitted.decision_function(t.view()).unwrap());
        all_near(&what, &f, &numbers(&fit["f"]), 1e-3);
        if fit["kernel"] == "linear" {
            all_near(&what, fitted.coefficients(), &numbers(&fit["coef"]), 1e-3);
            continue;
        }
        let objective = fitted.dual_objective().unwrap();
        let want = number(&fit["objective"]);
        assert!(
            (objective / want - 1.0).abs() < 1e-5,
            "{what}: {objective} is not {want}"
        );
    }
}

#[test]
fn pairs_of_three_classes_are_those_of_svc() {
    let (x, z) = sample(4, 210, 4);
    let (t, _) = sample(5, 25, 4);
    let codes = in_three(&z);
    let case = &read()["three"];
    for (c, n) in numbers(&case["counts"]).iter().enumerate() {
        assert_eq!(
            codes.iter().filter(|v| **v as usize == c).count() as f64,
            *n
        );
    }
    for fit in case["fits"].as_array().unwrap() {
        let params = Params::default()
            .with("kernel", fit["kernel"].as_str().unwrap())
            .with("C", 3.0)
            .with("tol", 1e-6);
        let mut data = Dataset::new(x.clone(), Target::class(codes.clone(), &["a", "b", "c"]));
        if flag(&fit["weighted"]) {
            data = data.with_weights(weights(6, 210));
        }
        let fitted = svm(&params, data);
        let f = fitted.decision_function(t.view()).unwrap();
        for (row, want) in f.rows().into_iter().zip(fit["f"].as_array().unwrap()) {
            all_near("pairs", &row.to_vec(), &numbers(want), 1e-3);
        }
        let p = fitted.predict_proba(t.view()).unwrap();
        assert!(p.rows().into_iter().all(|r| (r.sum() - 1.0).abs() < 1e-12));
    }
}

#[test]
fn regression_is_that_of_svr() {
    let (x, z) = sample(7, 160, 4);
    let (t, _) = sample(8, 40, 4);
    for fit in read()["svr"]["fits"].as_array().unwrap() {
        let scale = number(&fit["scale"]);
        let params = Params::default()
            .with("kernel", fit["kernel"].as_str().unwrap())
            .with("C", 2.0)
            .with("tol", 1e-6)
            .with("epsilon", 0.1 * scale);
        let target = z.iter().map(|z| z * scale + 3.0 * scale).collect();
        let mut data = Dataset::new(x.clone(), Target::Number(target));
        if flag(&fit["weighted"]) {
            data = data.with_weights(weights(9, 160));
        }
        let f = svm(&params, data).predict(t.view()).unwrap();
        let what = format!("{} {scale}", fit["kernel"]);
        all_near(&what, &f, &numbers(&fit["f"]), 1e-3 * scale);
    }
}

#[test]
fn sigmoids_and_coupling_are_as_published() {
    let reference = read();
    for case in reference["platt"].as_array().unwrap() {
        let (n, wide) = (number(&case["n"]) as usize, number(&case["wide"]));
        let u = noise(number(&case["seed"]) as u32, 2 * n);
        let f: Vec<f64> = u[..n].iter().map(|v| v * wide).collect();
        let shift = number(&case["shift"]);
        let y = f
            .iter()
            .zip(&u[n..])
            .map(|(f, u)| f + 0.8 * wide * u > shift);
        let found = Sigmoid::fit(&f, &y.collect::<Vec<_>>(), &vec![1.0; n]);
        let want = numbers(&case["ab"]);
        let size = want[0].abs().max(1.0);
        all_near(
            "A, B",
            &[found.a / size, found.b],
            &[want[0] / size, want[1]],
            1e-6,
        );
    }
    for case in reference["coupling"].as_array().unwrap() {
        let k = number(&case["k"]) as usize;
        let u = noise(number(&case["seed"]) as u32, k * k);
        let mut r = vec![0.0; k * k];
        for i in 0..k {
            for j in i + 1..k {
                r[i * k + j] = 0.5 + 0.45 * u[i * k + j];
                r[j * k + i] = 1.0 - r[i * k + j];
            }
        }
        let (mut p, mut scratch) = (vec![0.0; k], Vec::new());
        couple(&r, &mut p, &mut scratch);
        all_near("coupling", &p, &numbers(&case["p"]), 1e-6);
    }
}

#[test]
fn probabilities_are_as_good_as_those_of_calibrated_svc() {
    let (x, z) = sample(16, 1200, 5);
    let (t, zt) = sample(17, 3000, 5);
    let truth: Vec<bool> = zt.iter().map(|z| *z > 0.3).collect();
    for case in read()["probabilities"].as_array().unwrap() {
        let params = Params::default().with("kernel", case["kernel"].as_str().unwrap());
        let data = Dataset::new(x.clone(), Target::class(above(&z, 0.3), &["no", "yes"]));
        let p = svm(&params, data).predict_proba(t.view()).unwrap();
        let p = p.column(1).to_vec();
        let figures = [
            log_loss(&truth, &p, None).unwrap(),
            roc_auc(&truth, &p, None).unwrap(),
            p.iter().sum::<f64>() / 3000.0,
        ];
        let want = ["log_loss", "auc", "mean"].map(|name| number(&case[name]));
        all_near("probabilities", &figures, &want, 0.005);
    }
}

#[test]
fn steps_of_adam_are_scikit_learns() {
    let (mut x, z) = sample(21, 48, 5);
    x.column_mut(1)
        .mapv_inplace(|v| (f64::from(v) / 10.0) as f32);
    let w = weights(22, 48);
    for fit in read()["steps"]["fits"].as_array().unwrap() {
        let what = format!("{} {}", fit["goal"], fit["activation"]);
        let (output, n_outputs, y): (_, _, Vec<f32>) = match fit["goal"].as_str().unwrap() {
            "binary" => (
                Output::Logistic,
                1,
                above(&z, 0.0).iter().map(|c| *c as f32).collect(),
            ),
            "three" => (
                Output::Softmax,
                3,
                in_three(&z).iter().map(|c| *c as f32).collect(),
            ),
            _ => (Output::Identity, 1, z.iter().map(|z| *z as f32).collect()),
        };
        let mut sizes = vec![5];
        sizes.extend(numbers(&fit["hidden"]).iter().map(|s| *s as usize));
        sizes.push(n_outputs);
        let activation = match fit["activation"].as_str().unwrap() {
            "relu" => Activation::Relu,
            "tanh" => Activation::Tanh,
            _ => Activation::Logistic,
        };
        let count = Network::count(&sizes).unwrap();
        let mut network = Network::new(Shape {
            sizes,
            activation,
            output,
        });
        let start: Vec<f32> = noise(20, count).iter().map(|v| (0.5 * v) as f32).collect();
        assert!(network.set_flat(&start));
        let mut adam = Adam::new(&network, 0.01, [0.9, 0.999], 1e-8);
        let mut batch = network.batch(16);
        for want in numbers(&fit["loss"]) {
            let mut loss = 0.0;
            for from in (0..48).step_by(16) {
                let rows = from..from + 16;
                batch.x = x.as_slice().unwrap()[from * 5..(from + 16) * 5].to_vec();
                batch.y = y[rows.clone()].to_vec();
                batch.weight.clear();
                if flag(&fit["weighted"]) {
                    batch.weight.extend(w[rows].iter().map(|w| *w as f32));
                }
                loss += network.backward(&mut batch, 0.1) / 3.0;
                adam.step(&mut network, &batch);
            }
            all_near(&what, &[loss], &[want], 1e-5);
        }
        let got: Vec<f64> = network.flat().iter().map(|w| f64::from(*w)).collect();
        all_near(&what, &got, &numbers(&fit["weights"]), 1e-5);
    }
}

#[test]
fn networks_are_as_good_as_scikit_learns() {
    let scaled = |seed| {
        let (mut x, z) = sample(seed, 5000, 6);
        x.column_mut(1).mapv_inplace(|v| v / 10.0);
        (x, z)
    };
    let ((x, z), (t, zt)) = (scaled(30), scaled(31));
    let truth: Vec<bool> = zt.iter().map(|z| *z > 0.2).collect();
    let mean_of = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    for case in read()["quality"].as_array().unwrap() {
        let params = Params::default()
            .with("hidden_layer_sizes", 10)
            .with("activation", case["activation"].as_str().unwrap())
            .with("learning_rate_init", 0.005)
            .with("batch_size", 64)
            .with("max_iter", 25);
        let fit = |y: Target, seed: u64| -> FittedMlp {
            let data = Train::all(Dataset::new(x.clone(), y));
            let mlp = Mlp::new(&params).unwrap();
            mlp.fit_mlp(&data, &mut Run::new(&mut Quiet, seed)).unwrap()
        };
        let auc = |seed| {
            let model = fit(Target::class(above(&z, 0.2), &["no", "yes"]), seed);
            let p = model.predict_proba(t.view()).unwrap();
            roc_auc(&truth, &p.column(1).to_vec(), None).unwrap()
        };
        let r2 = |seed| {
            let f = fit(Target::Number(z.clone()), seed)
                .predict(t.view())
                .unwrap();
            let mean = mean_of(&zt);
            let off: f64 = f.iter().zip(&zt).map(|(f, z)| (f - z).powi(2)).sum();
            1.0 - off / zt.iter().map(|z| (z - mean).powi(2)).sum::<f64>()
        };
        let within = |name: &str| f64::max(0.005, 3.0 * number(&case[name]));
        let aucs: Vec<f64> = (0..5).map(auc).collect();
        let r2s: Vec<f64> = (0..5).map(r2).collect();
        let what = case["activation"].as_str().unwrap();
        all_near(
            what,
            &[mean_of(&aucs)],
            &[number(&case["auc"])],
            within("auc_spread"),
        );
        all_near(
            what,
            &[mean_of(&r2s)],
            &[number(&case["r2"])],
            within("r2_spread"),
        );
    }
}
