//! Nearest neighbours: a row is like the `n_neighbors` training rows closest to it.
//!
//! Classes get their share of the neighbours, a number target their mean; with `weights = distance` a neighbour counts by
//! `1 / distance`, and only those at distance 0 count where there are any. Equally distant rows: the earlier one first.
//! All distances are computed: exact for any number of columns, and the cost is rows × training rows × columns. Columns
//! must be on one scale to be compared; the recipe's standardising step does that.
//!
//! Source: Cover & Hart (1967), Nearest neighbor pattern classification, doi:10.1109/TIT.1967.1053964.
use super::{
    Classifier, Dataset, Entry, Estimator, Model, Regressor, Save, Takes,
    kernels::{
        distance::{LANES, distance2, padded},
        input::{ClassWeight, check_width, row_major},
        problem::{Goal, Problem},
    },
};
use crate::base::{
    Error, ParamSpec, Params, Part, Result, Run, Stage, TargetReason, Train, Warning,
};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

const ID: &str = "knn";
const VERSION: u16 = 1;
const PARAMS: &[ParamSpec] = &[
    ParamSpec::int("n_neighbors", 1, 10_000, 5),
    ParamSpec::choice(
        "weights",
        &[Cow::Borrowed("uniform"), Cow::Borrowed("distance")],
    ),
];
const TAKES: Takes = Takes {
    binary: true,
    multiclass: true,
    regression: true,
    sample_weight: true,
    ..Takes::NOTHING
};
/// Squares of distances must stay finite.
const FAR: f32 = 1e15;

/// Registry line.
pub(super) const ENTRY: Entry = Entry {
    id: ID,
    params: PARAMS,
    complexity: 7,
    takes: TAKES,
    by_default: false,
    build: |params| Ok(Box::new(Knn::new(params)?)),
    load: |part| Ok(FittedKnn::from_state(part.decode(VERSION)?)?.into_model()),
    candidates: || {
        [5, 15, 45]
            .map(|k| Params::default().with("n_neighbors", k))
            .to_vec()
    },
    divide: None,
    fit_path: None,
};

/// The learner, parameters checked.
#[derive(Debug, Clone, Copy)]
pub struct Knn {
    n_neighbors: usize,
    by_distance: bool,
}

impl Knn {
    /// Checks `n_neighbors` and `weights`.
    ///
    /// # Errors
    /// [`Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        params.deny_unknown(PARAMS)?;
        Ok(Self {
            n_neighbors: params.int(PARAMS, "n_neighbors")? as usize,
            by_distance: params.choice(PARAMS, "weights")? == "distance",
        })
    }
}

impl Estimator for Knn {
    /// More neighbours than rows are all rows.
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        run.step(Stage::Fitting, 0, 1)?;
        let data = Problem::check(train.get(), TAKES, ClassWeight::None)?;
        let (classes, y) = match &data.goal {
            Goal::Classes { codes, classes, .. } => {
                let y = codes.iter().map(|c| f64::from(*c)).collect();
                (classes.to_vec(), y)
            }
            Goal::Numbers(v) => (Vec::new(), v.to_vec()),
            Goal::Nothing => {
                return Err(Error::Target {
                    name: "target".into(),
                    reason: TargetReason::NeedsClasses,
                });
            }
        };
        run.step(Stage::Fitting, 1, 1)?;
        let n_neighbors = self.n_neighbors.min(data.n_rows) as u64;
        if n_neighbors < self.n_neighbors as u64 {
            run.warn(Warning::ParamLowered {
                param: "n_neighbors".into(),
                asked: self.n_neighbors as u64,
                used: n_neighbors,
            });
        }
        let state = State {
            x: data.x.to_vec(),
            y,
            weights: data.sample_weight.as_deref().map(<[f64]>::to_vec),
            classes,
            n_features: data.n_columns as u64,
            n_neighbors,
            by_distance: self.by_distance,
        };
        Ok(FittedKnn::from_state(state)?.into_model())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    x: Vec<f32>,
    /// Class codes or numbers.
    y: Vec<f64>,
    weights: Option<Vec<f64>>,
    /// Labels; empty for a number target.
    classes: Vec<String>,
    n_features: u64,
    n_neighbors: u64,
    by_distance: bool,
}

/// The training rows, ready to be compared with.
#[derive(Debug, Clone)]
pub struct FittedKnn {
    state: State,
    rows: Vec<[f32; LANES]>,
    width: usize,
    n_features: usize,
    n_neighbors: usize,
}

impl FittedKnn {
    fn from_state(state: State) -> Result<Self> {
        let bad = || Error::invalid_artifact("knn: inconsistent state");
        let n_features = usize::try_from(state.n_features).map_err(|_| bad())?;
        let n_neighbors = usize::try_from(state.n_neighbors).map_err(|_| bad())?;
        let n = state.y.len();
        let k = state.classes.len();
        let sizes = n_features > 0
            && n.checked_mul(n_features) == Some(state.x.len())
            && (1..=n).contains(&n_neighbors)
            && state.weights.as_ref().is_none_or(|w| w.len() == n);
        let is_code = |v: &f64| *v >= 0.0 && *v < k as f64 && v.fract() == 0.0;
        let targets = match k {
            0 => state.y.iter().all(|v| v.is_finite()),
            1 => false,
            _ => state.y.iter().all(is_code),
        };
        let positive = |w: &Vec<f64>| w.iter().all(|w| w.is_finite() && *w > 0.0);
        let finite =
            state.x.iter().all(|v| v.is_finite()) && state.weights.as_ref().is_none_or(positive);
        if !(sizes && targets && finite) {
            return Err(bad());
        }
        let (mut rows, width) = padded(&state.x, n_features);
        for v in rows.as_flattened_mut() {
            *v = v.clamp(-FAR, FAR);
        }
        Ok(Self {
            state,
            rows,
            width,
            n_features,
            n_neighbors,
        })
    }

    fn into_model(self) -> Model {
        if self.state.classes.is_empty() {
            Model::Regressor(Box::new(self))
        } else {
            Model::Classifier(Box::new(self))
        }
    }

    /// Calls `hear(row, neighbours)` with squared distance and index of the nearest training rows, nearest first.
    fn each(&self, x: ArrayView2<'_, f32>, mut hear: impl FnMut(usize, &[(f32, u32)])) {
        let x = row_major(x);
        let mut row = vec![[0f32; LANES]; self.width];
        let mut found: Vec<(f32, u32)> = Vec::with_capacity(self.n_neighbors + 1);
        for (i, values) in x.chunks_exact(self.n_features).enumerate() {
            for (to, v) in row.as_flattened_mut().iter_mut().zip(values) {
                *to = if v.is_nan() { 0.0 } else { v.clamp(-FAR, FAR) };
            }
            found.clear();
            self.search(&row, &mut found);
            hear(i, &found);
        }
    }

    #[inline(never)]
    fn search(&self, row: &[[f32; LANES]], found: &mut Vec<(f32, u32)>) {
        let mut worst = f32::INFINITY;
        for (j, other) in self.rows.chunks_exact(self.width).enumerate() {
            let d = distance2(row, other);
            if d < worst || found.len() < self.n_neighbors {
                let at = found.partition_point(|f| f.0 <= d);
                found.insert(at, (d, j as u32));
                found.truncate(self.n_neighbors);
                if found.len() == self.n_neighbors {
                    worst = found.last().map_or(worst, |f| f.0);
                }
            }
        }
    }

    /// What each neighbour counts.
    fn votes<'a>(&'a self, found: &'a [(f32, u32)]) -> impl Iterator<Item = (f64, f64)> + 'a {
        let touching = self.state.by_distance && found.iter().any(|f| f.0 == 0.0);
        found.iter().map(move |&(d, j)| {
            let near = match (self.state.by_distance, touching) {
                (false, _) => 1.0,
                (true, true) => f64::from(u8::from(d == 0.0)),
                (true, false) => 1.0 / f64::from(d).sqrt(),
            };
            let j = j as usize;
            let weight = self.state.weights.as_ref().map_or(1.0, |w| w[j]);
            (self.state.y[j], near * weight)
        })
    }
}

impl Save for FittedKnn {
    fn save(&self) -> Result<Part> {
        Part::encode(ID, VERSION, &self.state)
    }
}

impl Classifier for FittedKnn {
    fn classes(&self) -> &[String] {
        &self.state.classes
    }

    fn n_features(&self) -> usize {
        self.n_features
    }

    /// Values that are not numbers count as 0, infinite ones as very large.
    fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        check_width(x, self.n_features)?;
        let mut out = Array2::zeros((x.nrows(), self.state.classes.len()));
        self.each(x, |i, found| {
            let mut row = out.row_mut(i);
            let mut all = 0.0;
            for (class, vote) in self.votes(found) {
                row[class as usize] += vote;
                all += vote;
            }
            row.mapv_inplace(|v| v / all);
        });
        Ok(out)
    }
}

impl Regressor for FittedKnn {
    fn n_features(&self) -> usize {
        self.n_features
    }

    /// Values that are not numbers count as 0, infinite ones as very large.
    fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f64>> {
        check_width(x, self.n_features)?;
        let mut out = vec![0.0; x.nrows()];
        self.each(x, |i, found| {
            let (mut sum, mut all) = (0.0, 0.0);
            for (y, vote) in self.votes(found) {
                sum += y * vote;
                all += vote;
            }
            out[i] = sum / all;
        });
        Ok(out)
    }
}
