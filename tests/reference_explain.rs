//! Contributions against the package `shap` and LightGBM's own TreeSHAP; see `tests/reference/explain.py`.
//!
//! Tolerance: 1e-5 for every value and for the base. The trees of the reference are taken up as our models save theirs.
#![cfg(feature = "engine")]
// Helpers of tests may unwrap like the tests themselves.
#![allow(clippy::unwrap_used)]
use kept::base::{Part, Quiet, Run};
use kept::learn::{
    Calibration, Model, entry,
    explain::{Contributions, Explained, Method, contributions, path_dependent},
};
use ndarray::Array2;
use serde::Serialize;
use serde_json::{Value, json};

const TOLERANCE: f64 = 1e-5;

fn list(v: &Value) -> &[Value] {
    v.as_array().unwrap()
}

fn matrix(v: &Value) -> Array2<f32> {
    let rows = list(v);
    let width = list(&rows[0]).len();
    let value = |v: &Value| v.as_f64().map_or(f32::NAN, |v| v as f32);
    let all = rows.iter().flat_map(list).map(value).collect();
    Array2::from_shape_vec((rows.len(), width), all).unwrap()
}

/// Trees of shares or means as they are saved.
#[derive(Default, Serialize)]
struct Means {
    n_features: u64,
    n_values: u64,
    sizes: Vec<u32>,
    steps: Vec<u32>,
    features: Vec<u32>,
    thresholds: Vec<f32>,
    values: Vec<f64>,
    covers: Vec<f32>,
}

#[derive(Serialize)]
struct Tree {
    trees: Means,
    classes: Vec<String>,
    look: Option<u8>,
}

#[derive(Serialize)]
struct Forest {
    trees: Means,
    classes: Vec<String>,
    scores: Vec<(String, f64)>,
    part: Option<u8>,
}

/// Boosted trees as they are saved.
#[derive(Default, Serialize)]
struct Boosted {
    n_features: u64,
    roots: Vec<u32>,
    outputs: Vec<u32>,
    features: Vec<u32>,
    thresholds: Vec<f32>,
    lefts: Vec<u32>,
    values: Vec<f32>,
    missing_right: Vec<u8>,
    sets: Vec<u32>,
    levels: Vec<Vec<u32>>,
    covers: Vec<f32>,
}

#[derive(Serialize)]
struct Boosting {
    objective: &'static str,
    start: Vec<f64>,
    trees: Boosted,
    classes: Vec<String>,
    curve: Curve,
}

#[derive(Default, Serialize)]
struct Curve {
    train: Vec<f64>,
    validation: Vec<f64>,
    best: u64,
}

fn number(node: &Value, i: usize) -> f64 {
    node[i].as_f64().unwrap()
}

fn means(trees: &[Value], n_features: usize, is_class: bool) -> Means {
    let mut out = Means {
        n_features: n_features as u64,
        ..Means::default()
    };
    for tree in trees {
        out.sizes.push(list(tree).len() as u32);
        for (i, node) in list(tree).iter().enumerate() {
            let left = number(node, 0) as usize;
            out.steps.push(left.saturating_sub(i) as u32);
            out.features.push(number(node, 1) as u32);
            out.thresholds.push(number(node, 2) as f32);
            out.covers.push(number(node, 6) as f32);
            if left == 0 {
                let values = list(&node[5]).iter().map(|v| v.as_f64().unwrap());
                out.values.extend(values.skip(usize::from(is_class)));
                out.n_values = (list(&node[5]).len() - usize::from(is_class)) as u64;
            }
        }
    }
    out
}

fn boosted(trees: &[Value], n_features: usize) -> Boosted {
    let mut out = Boosted {
        n_features: n_features as u64,
        ..Boosted::default()
    };
    for tree in trees {
        let root = out.lefts.len();
        out.roots.push(root as u32);
        out.outputs.push(0);
        for (i, node) in list(tree).iter().enumerate() {
            let left = number(node, 0) as usize;
            let is_leaf = left == 0;
            let at = if is_leaf { i } else { left };
            out.lefts.push((root + at) as u32);
            out.features.push(number(node, 1) as u32);
            out.covers.push(number(node, 6) as f32);
            let value = list(&node[5]).first().map_or(0.0, |v| v.as_f64().unwrap());
            out.values.push(value as f32);
            let (mut threshold, mut right, mut set) = (number(node, 2) as f32, 0, 0);
            if is_leaf {
                threshold = f32::INFINITY;
            } else if let Some(levels) = node[4].as_array() {
                let levels = levels.iter().map(|l| l.as_u64().unwrap() as u32);
                let mut levels: Vec<u32> = levels.collect();
                levels.sort_unstable();
                out.levels.push(levels);
                (right, set) = (1, out.levels.len() as u32);
            } else {
                right = u8::from(number(node, 3) == 0.0);
            }
            out.thresholds.push(threshold);
            out.missing_right.push(right);
            out.sets.push(set);
        }
    }
    out
}

fn model(case: &Value, n_features: usize) -> Model {
    let trees = list(&case["trees"]);
    let labels = |n: usize| (0..n).map(|k| k.to_string()).collect();
    let part = match case["kind"].as_str().unwrap() {
        "forest" => {
            let state = Forest {
                trees: means(trees, n_features, true),
                classes: labels(3),
                scores: Vec::new(),
                part: None,
            };
            Part::encode("forest", 1, &state)
        }
        "tree" => {
            let state = Tree {
                trees: means(trees, n_features, false),
                classes: Vec::new(),
                look: None,
            };
            Part::encode("tree", 2, &state)
        }
        kind => {
            let is_class = kind == "probability";
            let state = Boosting {
                objective: if is_class { "Logistic" } else { "Squared" },
                start: vec![0.0],
                trees: boosted(trees, n_features),
                classes: labels(if is_class { 2 } else { 0 }),
                curve: Curve::default(),
            };
            Part::encode("boosting", 2, &state)
        }
    };
    let part = part.unwrap();
    (entry(&part.kind).unwrap().load)(&part).unwrap()
}

fn explained(case: &Value) -> Contributions {
    let x = matrix(&case["x"]);
    let model = model(case, x.ncols());
    let (model, output) = match &model {
        Model::Classifier(c) => (Explained::Classifier(c.as_ref()), c.classes().len() - 1),
        Model::Regressor(r) => (Explained::Regressor(r.as_ref()), 0),
        Model::Clusterer(_) => panic!("a clusterer"),
    };
    let (mut quiet, none) = (Quiet, Calibration::None);
    let mut run = Run::new(&mut quiet, 1);
    if case["unit"] == "paths" {
        path_dependent(model, output, &none, x.view(), &mut run).unwrap()
    } else {
        let background = matrix(&case["background"]);
        contributions(model, output, &none, background.view(), x.view(), &mut run).unwrap()
    }
}

#[test]
fn contributions_are_those_of_shap() {
    let path = format!(
        "{}/tests/reference/explain.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(all["tools"]["shap"], json!("0.51.0"));
    let mut kinds = Vec::new();
    for (i, case) in list(&all["cases"]).iter().enumerate() {
        let got = explained(case);
        let what = format!("case {i}: {} by {}", case["kind"], case["unit"]);
        assert_eq!(got.method, Method::Tree, "{what}");
        let base = case["base"].as_f64().unwrap();
        assert!((got.base - base).abs() < TOLERANCE, "{what}: {}", got.base);
        let (mut largest, mut off) = (0f64, 0f64);
        for (row, want) in got.values.rows().into_iter().zip(list(&case["values"])) {
            for (got, want) in row.iter().zip(list(want)) {
                let want = want.as_f64().unwrap();
                off = off.max((got - want).abs());
                largest = largest.max(want.abs());
            }
        }
        assert!(off < TOLERANCE, "{what}: {off}");
        assert!(largest > 0.05, "{what}: nothing to compare");
        kinds.push((case["kind"].to_string(), case["unit"].to_string()));
    }
    kinds.dedup();
    assert_eq!(kinds.len(), 7, "{kinds:?}");
}
