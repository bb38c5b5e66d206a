//! Trees and forests against scikit-learn; see `tests/reference/trees.py`.
//!
//! Tolerances: structure exact; thresholds exact; impurities and predictions 1e-6; pruning strengths 1e-9; scores of
//! forests within 0.012 of the mean over scikit-learn's seeds, out-of-bag scores within 0.012 of its, mean predictions
//! within 0.02.
#![cfg(feature = "engine")]
// Helpers of tests may unwrap like the tests themselves.
#![allow(clippy::unwrap_used)]
use kept::base::{Params, Part, Quiet, Run, Train, Value as Param};
use kept::evaluate::metrics::roc_auc;
use kept::learn::{Dataset, Insight, LEARNERS, Model, Target, TreeNode, entry, tree::Tree};
use ndarray::{Array2, ArrayView2, s};
use serde_json::Value;

const N: usize = 600;
const LEVELS: f64 = 40.0;

fn read() -> Value {
    let path = format!("{}/tests/reference/trees.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap()
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().unwrap().iter().map(number).collect()
}

fn text(v: &Value) -> &str {
    v.as_str().unwrap()
}

/// The data of the script, by the same rule.
struct Data {
    x: Array2<f32>,
    z: Vec<f64>,
    whole: Vec<f64>,
    broken: Vec<f64>,
}

fn data(n: usize, d: usize, seed: u32, levels: f64) -> Data {
    let mut s = seed;
    let u = Array2::from_shape_fn((n, d + 3), |_| {
        s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(s >> 8) / f64::from(1 << 23) - 1.0
    });
    let x = u.slice(s![.., ..d]).mapv(|v| (v * levels).floor() as f32);
    let z = |i: usize| {
        let c = |j| f64::from(x[[i, j]]);
        2.0 * c(0) / levels + f64::from(c(1) > 0.0) * (c(2) / levels) + 0.6 * u[[i, d]]
    };
    Data {
        z: (0..n).map(z).collect(),
        whole: (0..n)
            .map(|i| ((u[[i, d + 1]] + 1.0) * 2.0).floor() + 1.0)
            .collect(),
        broken: (0..n)
            .map(|i| ((u[[i, d + 2]] + 1.01) * 100.0).round_ties_even() / 128.0)
            .collect(),
        x,
    }
}

impl Data {
    fn target(&self, name: &str) -> Target {
        let above = |z: &f64, limit: f64| u32::from(*z > limit);
        match name {
            "two" => Target::class(self.z.iter().map(|z| above(z, 0.4)).collect(), &["0", "1"]),
            "three" => Target::class(
                self.z
                    .iter()
                    .map(|z| above(z, -0.5) + above(z, 0.6))
                    .collect(),
                &["0", "1", "2"],
            ),
            _ => Target::Number(
                self.z
                    .iter()
                    .map(|z| (z * 1000.0).round_ties_even() / 64.0)
                    .collect(),
            ),
        }
    }

    fn dataset(&self, target: &str, weight: &str) -> Dataset {
        let data = Dataset::new(self.x.clone(), self.target(target));
        match weight {
            "whole" => data.with_weights(self.whole.clone()),
            "broken" => data.with_weights(self.broken.clone()),
            _ => data,
        }
    }
}

fn params(setting: &Value) -> Params {
    let mut params = Params::default();
    for (name, value) in setting.as_object().unwrap() {
        let value = match value {
            Value::Bool(b) => Param::Flag(*b),
            Value::String(s) => Param::Text(s.clone()),
            v if v.is_i64() => Param::Int(v.as_i64().unwrap()),
            v => Param::Float(number(v)),
        };
        params = params.with(name, value);
    }
    params
}

fn fit(id: &str, params: &Params, data: &Dataset, seed: u64) -> Model {
    let mut quiet = Quiet;
    let run = &mut Run::new(&mut quiet, seed);
    let train = Train::all(data.clone());
    (entry(id).unwrap().build)(params)
        .unwrap()
        .fit(&train, run)
        .unwrap()
}

/// Shares of all classes but the first, or means, per row.
fn predictions(model: &Model, x: ArrayView2<'_, f32>) -> Array2<f64> {
    match model {
        Model::Classifier(c) => c.predict_proba(x).unwrap().slice(s![.., 1..]).to_owned(),
        Model::Regressor(r) => {
            let p = r.predict(x).unwrap();
            Array2::from_shape_vec((p.len(), 1), p).unwrap()
        }
        Model::Clusterer(_) => panic!("not a tree"),
    }
}

/// Nodes as scikit-learn walks them: column, threshold, rows, impurity; -1 for leaves.
fn walked(nodes: &[TreeNode]) -> Vec<[f64; 4]> {
    let (mut open, mut out) = (vec![0usize], Vec::new());
    while let Some(i) = open.pop() {
        let node = &nodes[i];
        let (mut column, mut threshold) = (-1.0, 0.0);
        if let Some(split) = &node.split {
            column = split.feature[1..].parse().unwrap();
            threshold = split.threshold.unwrap();
            open.extend([split.right as usize, split.left as usize]);
        }
        out.push([column, threshold, node.n_samples as f64, node.impurity]);
    }
    out
}

#[test]
fn trees_are_scikit_learns() {
    let learned = data(N, 5, 77, LEVELS);
    let x = data(300, 5, 78, LEVELS).x + 0.3;
    let all = read();
    let fits = all["fits"].as_array().unwrap();
    assert!(fits.len() > 60, "{}", fits.len());
    for fit_ in fits {
        let mut params = params(&fit_["setting"]).with("criterion", text(&fit_["criterion"]));
        if fit_["balanced"] == true {
            params = params.with("class_weight", "balanced");
        }
        let name = format!("{} {} {}", fit_["target"], fit_["weight"], fit_["setting"]);
        let data = learned.dataset(text(&fit_["target"]), text(&fit_["weight"]));
        let model = fit("tree", &params, &data, 0);
        let Some(Insight::Tree { nodes, .. }) = model.fitted().insights().pop() else {
            panic!("{name}: nothing to see");
        };
        assert_eq!(nodes.len() as f64, number(&fit_["n_nodes"]), "{name}");
        let wanted = fit_["nodes"].as_array().unwrap();
        // Best-first growth numbers nodes otherwise there; the walk below sees the same tree only depth-first.
        if fit_["setting"].get("max_leaf_nodes").is_none() {
            for (got, want) in walked(&nodes).iter().zip(wanted) {
                let want = numbers(want);
                assert_eq!(got[..3], want[..3], "{name}");
                assert!(
                    (got[3] - want[3]).abs() < 1e-6 * want[3].max(1.0),
                    "{name}: {got:?} {want:?}"
                );
            }
        }
        let p = predictions(&model, x.view());
        for (got, want) in p.iter().zip(numbers(&fit_["proba"])) {
            assert!((got - want).abs() < 1e-6, "{name}: {got} {want}");
        }
        for (got, want) in p.columns().into_iter().zip(numbers(&fit_["sum"])) {
            assert!(
                (got.sum() - want).abs() < 1e-5,
                "{name}: {} {want}",
                got.sum()
            );
        }
    }
}

#[test]
fn pruning_paths_are_scikit_learns() {
    let learned = data(N, 5, 77, LEVELS);
    for case in read()["paths"].as_array().unwrap() {
        let data = learned.dataset(text(&case["target"]), text(&case["weight"]));
        let params = Params::default()
            .with("criterion", text(&case["criterion"]))
            .with("max_depth", 4)
            .with("min_samples_leaf", 8);
        let mut quiet = Quiet;
        let path = Tree::new(&params)
            .unwrap()
            .cost_complexity_pruning_path(&Train::all(data), &mut Run::new(&mut quiet, 0))
            .unwrap();
        for (got, want) in [
            (&path.ccp_alphas, &case["alphas"]),
            (&path.impurities, &case["impurities"]),
        ] {
            let want = numbers(want);
            assert_eq!(got.len(), want.len());
            for (g, w) in got.iter().zip(&want) {
                assert!((g - w).abs() < 1e-8 * w.abs().max(1.0), "{case}: {g} {w}");
            }
        }
    }
}

fn r2(p: &[f64], y: &[f64]) -> f64 {
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let squares = |of: &dyn Fn(usize) -> f64| (0..y.len()).map(|i| of(i) * of(i)).sum::<f64>();
    1.0 - squares(&|i| y[i] - p[i]) / squares(&|i| y[i] - mean)
}

#[test]
fn forests_are_as_good_as_scikit_learns() {
    let all = data(6000, 8, 5, 2000.0);
    let rows: Vec<u32> = (0..6000).collect();
    for case in read()["forests"].as_array().unwrap() {
        let whole = all.dataset(text(&case["target"]), "none");
        let (train, test) = (whole.take(&rows[..4000]), whole.take(&rows[4000..]));
        let params = params(&case["setting"]).with("n_estimators", 60);
        let params = if case["oob"].is_null() {
            params
        } else {
            params.with("oob_score", true)
        };
        let model = fit(text(&case["learner"]), &params, &train, 7);
        let p = predictions(&model, test.x.view());
        let score = match &test.y {
            Target::Class { codes, classes } if classes.len() == 2 => {
                let y: Vec<bool> = codes.iter().map(|c| *c == 1).collect();
                roc_auc(&y, &p.column(0).to_vec(), None).unwrap()
            }
            Target::Class { codes, .. } => {
                let right = p.rows().into_iter().zip(codes).filter(|(p, c)| {
                    let shares = [1.0 - p.sum(), p[0], p[1]];
                    shares.iter().all(|s| shares[**c as usize] >= *s)
                });
                right.count() as f64 / 2000.0
            }
            Target::Number(y) => r2(&p.column(0).to_vec(), y),
            Target::None => panic!("no target"),
        };
        let want = number(&case["score"]);
        assert!((score - want).abs() < 0.012, "{case}: {score}");
        let mean = p.column(0).mean().unwrap();
        let near = 0.02
            * if text(&case["target"]) == "number" {
                15.0
            } else {
                1.0
            };
        assert!(
            (mean - number(&case["mean"])).abs() < near,
            "{case}: {mean}"
        );
        let seen = model.fitted().insights();
        if case["oob"].is_null() {
            assert!(seen.is_empty());
            continue;
        }
        let Some(Insight::OutOfBag { metric, value }) = seen.first() else {
            panic!("{case}: no out-of-bag score");
        };
        let name = if text(&case["target"]) == "number" {
            "r2"
        } else {
            "accuracy"
        };
        assert_eq!(metric, name);
        assert!(
            (value - number(&case["oob"])).abs() < 0.012,
            "{case}: {value}"
        );
        if name == "r2" {
            assert!((value - score).abs() < 0.03, "{case}: {value} {score}");
        }
    }
}

/// The state of a model and what it shows.
fn image(model: &Model) -> (Part, Vec<Insight>) {
    (model.fitted().save().unwrap(), model.fitted().insights())
}

#[test]
fn divided_fits_give_the_same_bits() {
    let all = data(N, 5, 77, LEVELS);
    for (id, target) in [
        ("forest", "two"),
        ("forest", "three"),
        ("forest", "number"),
        ("extra_trees", "two"),
        ("extra_trees", "number"),
    ] {
        let data = all.dataset(target, "broken");
        let params = Params::default()
            .with("n_estimators", 13)
            .with("bootstrap", true)
            .with("oob_score", true)
            .with("max_features", 2);
        let whole = fit(id, &params, &data, 5);
        assert!(!whole.fitted().insights().is_empty());
        let divide = entry(id).unwrap().divide.unwrap();
        assert_eq!((divide.n_units)(&params).unwrap(), 13);
        for cuts in [
            vec![0, 13],
            vec![0, 1, 13],
            vec![0, 4, 5, 11, 13],
            (0..=13).collect(),
        ] {
            let parts: Vec<Part> = cuts
                .windows(2)
                .map(|w| {
                    let part = (divide.part)(&params, w[0]..w[1]);
                    fit(id, &part, &data, 5).fitted().save().unwrap()
                })
                .collect();
            let merged = (divide.merge)(&params, &parts).unwrap();
            assert_eq!(image(&merged), image(&whole), "{id} {target} {cuts:?}");
            let bits = |m: &Model| predictions(m, data.x.view()).mapv(f64::to_bits);
            assert_eq!(bits(&merged), bits(&whole));
            if parts.len() > 1 {
                assert!((divide.merge)(&params, &parts[1..]).is_err());
                // A part may itself be divided.
                let half = (divide.part)(&params, cuts[0]..cuts[2]);
                let half = (divide.merge)(&half, &parts[..2])
                    .unwrap()
                    .fitted()
                    .save()
                    .unwrap();
                let mut rest = vec![half];
                rest.extend_from_slice(&parts[2..]);
                let merged = (divide.merge)(&params, &rest).unwrap();
                assert_eq!(image(&merged), image(&whole));
            }
        }
        assert!((divide.merge)(&params, &[]).is_err());
        let other = fit("tree", &Params::default(), &data, 0)
            .fitted()
            .save()
            .unwrap();
        assert!((divide.merge)(&params, &[other]).is_err());
    }
}

#[test]
fn whatever_is_saved_predicts_the_same_bits() {
    let all = data(N, 5, 77, LEVELS);
    for id in ["tree", "forest", "extra_trees"] {
        for target in ["two", "three", "number"] {
            let data = all.dataset(target, "whole");
            let params = if id == "tree" {
                Params::default()
            } else {
                Params::default().with("n_estimators", 5)
            };
            let model = fit(id, &params, &data, 1);
            let (part, seen) = image(&model);
            let load = LEARNERS.iter().find(|e| e.id == id).unwrap().load;
            let again = load(&part).unwrap();
            assert_eq!(image(&again), (part.clone(), seen));
            assert_eq!(
                predictions(&again, data.x.view()),
                predictions(&model, data.x.view())
            );
            // Changed bytes are refused or harmless.
            for at in 0..part.body.len().min(1500) {
                let mut spoiled = part.clone();
                spoiled.body[at] ^= 0x41;
                if let Ok(model) = load(&spoiled)
                    && !matches!(&model, Model::Classifier(c) if c.n_features() != 5)
                    && !matches!(&model, Model::Regressor(r) if r.n_features() != 5)
                {
                    predictions(&model, data.x.slice(s![..40, ..]));
                    model.fitted().insights();
                }
            }
        }
    }
}

#[test]
fn hostile_inputs_are_errors_or_sound_models() {
    let try_fit = |id: &str, params: Params, data: Dataset| {
        let mut quiet = Quiet;
        let learner = (entry(id).unwrap().build)(&params).unwrap();
        let model = learner.fit(&Train::all(data.clone()), &mut Run::new(&mut quiet, 3));
        model
            .map_err(|e| e.code())
            .map(|m| predictions(&m, data.x.view()))
    };
    let quick = |id: &str| {
        if id == "tree" {
            Params::default()
        } else {
            Params::default().with("n_estimators", 7)
        }
    };
    let numbers = |n: usize| Target::Number((0..n).map(|i| (i * i % 17) as f64).collect());
    let codes =
        |n: usize| Target::class((0..n).map(|i| (i % 3 == 0).into()).collect(), &["a", "b"]);
    for id in ["tree", "forest", "extra_trees"] {
        let go = |data| try_fit(id, quick(id), data);
        // One row, constant targets, constant columns.
        let one = Dataset::new(Array2::ones((1, 2)), Target::Number(vec![3.5]));
        assert_eq!(go(one).unwrap()[[0, 0]], 3.5);
        let same = Dataset::new(data(N, 5, 1, LEVELS).x, Target::Number(vec![0.1; N]));
        assert!(go(same).unwrap().iter().all(|p| (p - 0.1).abs() < 1e-15));
        let still = Dataset::new(Array2::zeros((50, 3)), numbers(50));
        assert!(go(still).unwrap().iter().all(|p| (0.0..=16.0).contains(p)));
        let lone = Dataset::new(Array2::ones((4, 1)), Target::class(vec![1; 4], &["a", "b"]));
        assert_eq!(go(lone), Err("target"));
        // Weights.
        let plain = || Dataset::new(data(60, 3, 1, LEVELS).x, codes(60));
        assert_eq!(go(plain().with_weights(vec![0.0; 60])), Err("too_few_rows"));
        let wild = (0..60).map(|i| 10f64.powi(i % 40 * 12 - 200)).collect();
        assert!(
            go(plain().with_weights(wild))
                .unwrap()
                .iter()
                .all(|p| (0.0..=1.0).contains(p))
        );
        // The same rows with different labels: nothing to tell them apart by.
        let twins = Dataset::new(
            Array2::from_shape_fn((80, 2), |(i, j)| (i / 4 % 3 + j) as f32),
            codes(80),
        );
        let p = go(twins).unwrap();
        assert!(p.iter().all(|p| (0.05..0.75).contains(p)), "{id}");
        // Wide.
        let wide = Array2::from_shape_fn((50, 10_000), |(i, j)| {
            ((i * 7919 + j * 104_729) % 1009) as f32
        });
        for y in [codes(50), numbers(50)] {
            assert!(
                go(Dataset::new(wide.clone(), y))
                    .unwrap()
                    .iter()
                    .all(|p| p.is_finite())
            );
        }
        // Many classes.
        let names: Vec<String> = (0..90).map(|k| k.to_string()).collect();
        let many = Target::Class {
            codes: (0..180).map(|i| i % 90).collect(),
            classes: names.into(),
        };
        let x = Array2::from_shape_fn((180, 2), |(i, j)| (i % 90 * (j + 1)) as f32);
        let p = go(Dataset::new(x, many)).unwrap();
        assert!(p.iter().all(|p| (0.0..=1.0).contains(p)) && p.ncols() == 89);
        // Targets at the edge of what can be squared, and beyond.
        let large =
            |v: f64| Dataset::new(data(4, 3, 1, LEVELS).x, Target::Number(vec![v, -v, v, 0.0]));
        assert!(
            go(large(1e149)).unwrap().iter().all(|p| p.is_finite()),
            "{id}"
        );
        assert!(go(large(1e-310)).unwrap().iter().all(|p| p.abs() <= 1e-310));
        assert_eq!(go(large(1e200)), Err("param"));
    }
}

#[test]
fn parameters_are_checked() {
    let code = |id: &str, name: &str, value: Param| {
        let params = Params::default().with(name, value);
        (entry(id).unwrap().build)(&params)
            .err()
            .and_then(|e| e.param().map(str::to_owned))
    };
    let refused = Some("max_features".to_owned());
    for bad in [
        Param::Int(0),
        Param::Int(-3),
        Param::Float(0.0),
        Param::Float(1.5),
        Param::Float(f64::NAN),
    ] {
        assert_eq!(code("forest", "max_features", bad), refused);
    }
    for bad in ["some", "0", "1.5", "-1"] {
        assert_eq!(code("forest", "max_features", bad.into()), refused, "{bad}");
    }
    for good in ["sqrt", "log2", "all", "", "3", "0.25"] {
        assert_eq!(
            code("extra_trees", "max_features", good.into()),
            None,
            "{good}"
        );
    }
    assert_eq!(
        code("tree", "max_leaf_nodes", Param::Int(1)).as_deref(),
        Some("max_leaf_nodes")
    );
    assert_eq!(
        code("tree", "ccp_alpha", Param::Float(-1.0)).as_deref(),
        Some("ccp_alpha")
    );
    let params = Params::default().with("criterion", "squared_error");
    let data = data(30, 3, 1, LEVELS).dataset("two", "none");
    let mut quiet = Quiet;
    let error = (entry("tree").unwrap().build)(&params)
        .unwrap()
        .fit(&Train::all(data), &mut Run::new(&mut quiet, 0))
        .unwrap_err();
    assert_eq!(error.param(), Some("criterion"));
}
