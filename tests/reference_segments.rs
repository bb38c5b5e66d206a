//! Groups, directions and measures of groups against scikit-learn, scipy and umap-learn.
//!
//! Tolerances: labels equal; heights, variances and criteria 1e-9 relative, mixtures 1e-7, probabilities 1e-8.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
mod common;

use kept::{
    base::{Params, Quiet, Run, Train},
    evaluate::{
        apart::{Column, contrasts},
        clusters::{
            adjusted_rand,
            faithful::trustworthiness,
            indices::{calinski_harabasz, davies_bouldin},
            silhouette,
        },
        rfm,
    },
    learn::{
        Dataset, Target,
        dbscan::dbscan,
        gaussian_mixture::GaussianMixture,
        gower::{self, Gower},
        hdbscan::hdbscan,
        k_medoids::k_medoids,
        kernels::space::{Distances, Euclid, Rows},
        pca::Pca,
        umap,
        ward::ward,
    },
};
use ndarray::Array2;
use serde_json::Value;

fn read() -> Value {
    common::reference("segments.json")
}

fn list<'a>(body: &'a Value, key: &str) -> &'a [Value] {
    body[key].as_array().unwrap()
}

fn numbers(v: &Value) -> Vec<f64> {
    let all = v.as_array().unwrap().iter();
    all.map(|v| v.as_f64().unwrap()).collect()
}

fn size(v: &Value) -> usize {
    v.as_u64().unwrap() as usize
}

#[track_caller]
fn near(what: &str, got: f64, want: f64, room: f64) {
    assert!(
        (got - want).abs() <= room * want.abs().max(1.0),
        "{what}: {got} is not {want}"
    );
}

#[track_caller]
fn all_near(what: &str, got: &[f64], want: &Value, room: f64) {
    let want = numbers(want);
    assert!(got.len() >= want.len(), "{what}: {} values", got.len());
    for (i, (g, w)) in got.iter().zip(want).enumerate() {
        near(&format!("{what} {i}"), *g, w, room);
    }
}

/// Heaps that grow wider one by one, as `blobs` of `tests/reference/segments.py`.
fn blobs(data: &Value) -> Array2<f32> {
    let data = numbers(data);
    let [seed, n, d, k] = [0, 1, 2, 3].map(|i| data[i] as usize);
    let u = common::noise(seed as u32, (n + k) * d);
    Array2::from_shape_fn((n, d), |(i, j)| {
        let at = i % k;
        let own = u[k * d + i * d + j];
        (8.0 * u[at * d + j] + data[4] * (1 + at) as f64 / k as f64 * own) as f32
    })
}

fn signed(v: &Value) -> Vec<i32> {
    numbers(v).iter().map(|v| *v as i32).collect()
}

#[test]
fn ward_is_scipys() {
    for case in list(&read(), "ward") {
        let x = blobs(&case["data"]);
        let mut quiet = Quiet;
        let got = ward(x.view(), &mut Run::new(&mut quiet, 1)).unwrap();
        let heights: Vec<f64> = got.merges.iter().map(|m| m.height).collect();
        all_near(
            "height",
            &heights[heights.len() - 60..],
            &case["heights"],
            1e-9,
        );
        near(
            "sum",
            heights.iter().sum(),
            case["sum"].as_f64().unwrap(),
            1e-9,
        );
        let sizes: Vec<f64> = got.merges.iter().map(|m| f64::from(m.size)).collect();
        all_near("size", &sizes[sizes.len() - 20..], &case["sizes"], 0.0);
        for (k, want) in case["labels"].as_object().unwrap() {
            let labels = got.labels(k.parse().unwrap()).unwrap();
            let labels: Vec<i32> = labels.iter().take(150).map(|l| *l as i32).collect();
            assert_eq!(labels, signed(want), "{k} groups");
        }
    }
}

#[test]
fn dbscan_is_scikit_learns() {
    for case in list(&read(), "dbscan") {
        let x = blobs(&case["data"]);
        let (eps, m) = (case["eps"].as_f64().unwrap(), size(&case["min_samples"]));
        let mut quiet = Quiet;
        let got = dbscan(x.view(), eps, m, &mut Run::new(&mut quiet, 1)).unwrap();
        assert_eq!(got.labels, signed(&case["labels"]));
        let cores = got.is_core.iter().filter(|c| **c).count();
        assert_eq!(cores, size(&case["cores"]));
    }
}

#[test]
fn hdbscan_is_scikit_learns() {
    for case in list(&read(), "hdbscan") {
        let x = blobs(&case["data"]);
        let m = case["min_samples"].as_u64().map(|m| m as usize);
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        let got = hdbscan(x.view(), size(&case["size"]), m, run).unwrap();
        assert_eq!(got.labels, signed(&case["labels"]), "{}", case["data"]);
        all_near(
            "probability",
            &got.probabilities,
            &case["probabilities"],
            1e-8,
        );
        let sum: f64 = got.probabilities.iter().sum();
        near("sum", sum, case["sum"].as_f64().unwrap(), 1e-9);
    }
}

#[test]
fn mixtures_are_scikit_learns() {
    for case in list(&read(), "mixture") {
        let x = blobs(&case["data"]);
        let k = size(&case["k"]);
        let params = Params::default()
            .with("n_components", k as i64)
            .with("covariance_type", case["kind"].as_str().unwrap())
            .with("tol", 1e-5)
            .with("max_iter", 500);
        let labels: Vec<u32> = (0..x.nrows()).map(|i| (i * 7 % 11 % k) as u32).collect();
        let train = Train::all(Dataset::new(x.clone(), Target::None));
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        let got = GaussianMixture::new(&params).unwrap();
        let got = got.fit_from(&train, &labels, run).unwrap();
        let what = format!("{} {}", case["kind"], case["data"]);
        assert_eq!(got.n_iter(), case["n_iter"].as_u64().unwrap(), "{what}");
        all_near(&what, got.weights(), &case["weights"], 1e-7);
        all_near(&what, got.means(), &case["means"], 1e-7);
        all_near(&what, got.covariances(), &case["covariances"], 1e-7);
        for (name, got) in [
            ("bic", got.bic()),
            ("aic", got.aic()),
            ("score", got.score()),
        ] {
            near(name, got, case[name].as_f64().unwrap(), 1e-9);
        }
        let proba = got.predict_proba(x.view()).unwrap();
        all_near("proba", proba.as_slice().unwrap(), &case["proba"], 1e-7);
        all_near(
            "density",
            &got.log_density(x.view()).unwrap(),
            &case["density"],
            1e-7,
        );
    }
}

#[test]
fn components_are_scikit_learns() {
    for case in list(&read(), "pca") {
        let x = blobs(&case["data"]);
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        let got = Pca::fit(x.view(), size(&case["m"]), run).unwrap();
        all_near("variance", &got.variance, &case["variance"], 1e-9);
        all_near("ratio", &got.ratio, &case["ratio"], 1e-9);
        all_near("component", &got.components, &case["components"], 1e-9);
        let mapped = got.transform(x.view()).unwrap();
        all_near("mapped", mapped.as_slice().unwrap(), &case["mapped"], 1e-9);
    }
}

fn codes(v: &Value) -> Vec<u32> {
    numbers(v).iter().map(|v| *v as u32).collect()
}

#[test]
fn measures_are_scikit_learns() {
    for case in list(&read(), "measures") {
        let x = blobs(&case["data"]);
        let (own, others) = (codes(&case["labels"]), codes(&case["others"]));
        let rows = Rows::check(x.view(), 1).unwrap();
        let want = |key: &str| case[key].as_f64().unwrap();
        let got = calinski_harabasz(&rows, &own).unwrap();
        near("calinski", got, want("calinski_harabasz"), 1e-9);
        let got = davies_bouldin(&rows, &own).unwrap();
        near("davies", got, want("davies_bouldin"), 1e-9);
        near(
            "rand",
            adjusted_rand(&own, &others).unwrap(),
            want("rand"),
            1e-12,
        );
        let euclid = Euclid::new(rows);
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        let got = silhouette::silhouette(&euclid, &own, usize::MAX, run).unwrap();
        near("silhouette", got.mean, want("silhouette"), 1e-9);
        let some: Vec<u32> = (0..9).collect();
        let got = silhouette::of_rows(&euclid, &own, &some, run).unwrap();
        all_near("silhouettes", &got, &case["rows"], 1e-9);
    }
}

#[test]
fn contrasts_are_scipys() {
    let body = read();
    let case = &body["contrasts"];
    let numbers_of: Vec<Vec<f64>> = list(case, "numbers").iter().map(numbers).collect();
    let levels: Vec<Vec<u32>> = list(case, "levels").iter().map(codes).collect();
    let mut columns: Vec<Column<'_>> = numbers_of.iter().map(|c| Column::Numbers(c)).collect();
    columns.extend(levels.iter().map(|c| Column::Levels(c)));
    let got = contrasts(&columns, &codes(&case["labels"]), 3).unwrap();
    for (i, want) in list(case, "want").iter().enumerate() {
        let of = got[i / 4].iter().find(|c| c.column == i % 4).unwrap();
        let want = numbers(want);
        near("effect", of.effect, want[0], 1e-9);
        for (got, want) in [(of.p, want[1]), (of.adjusted, want[2])] {
            assert!((got - want).abs() <= 1e-8 * want, "{got} is not {want}");
        }
    }
}

#[test]
fn scores_are_those_of_ranks_in_pandas() {
    for case in list(&read(), "scores") {
        let step = case["step"].as_f64().unwrap();
        let values = common::noise(19, 70).into_iter();
        let values: Vec<f64> = values
            .map(|v| if step > 0.0 { (v * step).floor() } else { v })
            .collect();
        let bins = case["bins"].as_u64().unwrap() as u32;
        let got = rfm::scores(&values, bins, false).unwrap();
        assert_eq!(got, codes(&case["want"]));
    }
}

#[test]
fn distances_are_gowers() {
    let body = read();
    let case = &body["gower"];
    let (a, b) = (numbers(&case["a"]), numbers(&case["b"]));
    let (c, d) = (codes(&case["c"]), codes(&case["d"]));
    let columns = [
        gower::Column::Numbers(&a),
        gower::Column::Numbers(&b),
        gower::Column::Levels(&c),
        gower::Column::Levels(&d),
    ];
    let found = Gower::new(&columns, None).unwrap();
    let mut rows = vec![0.0; 120];
    found.to_all(0, &mut rows[..60]);
    found.to_all(7, &mut rows[60..]);
    // That package is in single precision.
    all_near("gower", &rows, &case["rows"], 1e-6);
    let mut quiet = Quiet;
    let got = k_medoids(&found, 4, &mut Run::new(&mut quiet, 1)).unwrap();
    let want = case["total"].as_f64().unwrap();
    assert!(got.total <= want * 1.02, "{} {want}", got.total);
}

#[test]
fn maps_are_as_faithful_as_umap_learns() {
    for case in list(&read(), "umap") {
        let x = blobs(&case["data"]);
        let rows = Rows::check(x.view(), 1).unwrap();
        let k = size(&case["k"]);
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        let edges = umap::graph(&rows, k, run).unwrap();
        assert_eq!(edges.len(), size(&case["n_edges"]));
        let sum: f64 = edges.iter().map(|e| e.weight).sum();
        near("sum", sum, case["sum"].as_f64().unwrap(), 1e-4);
        let ends: Vec<f64> = edges.iter().flat_map(|e| e.rows.map(f64::from)).collect();
        all_near("edge", &ends, &case["edges"], 0.0);
        let weights: Vec<f64> = edges.iter().map(|e| e.weight).collect();
        all_near("weight", &weights, &case["weights"], 1e-4);
        let map = umap::umap(x.view(), k, run).unwrap();
        let euclid = Euclid::new(rows);
        let want = numbers(&case["trust"]);
        let got = trustworthiness(&euclid, &map, k, usize::MAX, run).unwrap();
        assert!(got >= want[0] - 0.01, "{got} {}", want[0]);
        // The measure itself, on the components.
        let pca = Pca::fit(x.view(), 2, run)
            .unwrap()
            .transform(x.view())
            .unwrap();
        let pca: Vec<[f64; 2]> = pca.rows().into_iter().map(|r| [r[0], r[1]]).collect();
        let got = trustworthiness(&euclid, &pca, k, usize::MAX, run).unwrap();
        near("trust", got, want[1], 1e-9);
    }
}
