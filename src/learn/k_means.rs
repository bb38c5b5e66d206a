//! k-means: `n_clusters` centres that lie close to the rows.
//!
//! Minimises the inertia `Σ wᵢ ‖xᵢ − c(xᵢ)‖²`, `c(x)` being the centre nearest to `x`. Centres start at rows drawn far from
//! each other (k-means++ with `2 + ln k` tries per centre); rows and centres are then settled in turn until no row moves, or
//! the centres together move by less than `tol` times the mean variance of the columns. A centre without rows is set
//! on the row farthest from its own. The best of `n_init` starts is kept.
//!
//! Distances are in single precision around the column means. Bounds on each row's distances spare most of them.
//!
//! Source: Lloyd (1982), doi:10.1109/TIT.1982.1056489; Arthur & Vassilvitskii (2007), k-means++; Hamerly (2010), Making
//! k-means even faster, doi:10.1137/1.9781611972801.12.
use super::{
    Clusterer, Dataset, Entry, Estimator, Model, Save, Takes,
    kernels::{
        distance::{distance2, padded},
        input::{ClassWeight, check_width, row_major},
        lloyd::{Found, Lloyd},
        problem::Problem,
        space::Rows,
    },
};
use crate::base::{Error, ParamSpec, Params, Part, Result, Run, Stage, Train, Warning};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

const ID: &str = "k_means";
const VERSION: u16 = 1;
/// Stream of the seed.
const STREAM: u64 = 0x6b6d;

const PARAMS: &[ParamSpec] = &[
    ParamSpec::int("n_clusters", 1, 1_000, 8),
    ParamSpec::int("n_init", 1, 100, 3),
    ParamSpec::int("max_iter", 1, 10_000, 300),
    ParamSpec::float("tol", 0.0, 1.0, 1e-4),
];

const TAKES: Takes = Takes {
    clustering: true,
    sample_weight: true,
    ..Takes::NOTHING
};

/// Registry line.
pub(super) const ENTRY: Entry = Entry {
    id: ID,
    params: PARAMS,
    complexity: 20,
    takes: TAKES,
    by_default: false,
    build: |params| Ok(Box::new(KMeans::new(params)?)),
    load: |part| {
        let state: State = part.decode(VERSION)?;
        Ok(Model::Clusterer(Box::new(FittedKMeans::from_state(state)?)))
    },
    candidates: || vec![Params::default()],
    divide: None,
    fit_path: None,
};

/// The learner, parameters checked.
#[derive(Debug, Clone)]
pub struct KMeans {
    n_clusters: usize,
    n_init: usize,
    max_iter: usize,
    tol: f64,
}

impl KMeans {
    /// Checks `n_clusters`, `n_init`, `max_iter`, `tol`.
    ///
    /// # Errors
    /// [`Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        params.deny_unknown(PARAMS)?;
        Ok(Self {
            n_clusters: params.int(PARAMS, "n_clusters")? as usize,
            n_init: params.int(PARAMS, "n_init")? as usize,
            max_iter: params.int(PARAMS, "max_iter")? as usize,
            tol: params.float(PARAMS, "tol")?,
        })
    }

    /// Fits.
    ///
    /// # Errors
    /// Those of [`Problem::check`]; [`Error::TooFewRows`] with fewer rows than clusters; [`Error::Cancelled`].
    pub fn fit_k_means(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<FittedKMeans> {
        let total = (self.n_init * self.max_iter) as u64;
        run.step(Stage::Fitting, 0, total)?;
        let data = Problem::check(train.get(), TAKES, ClassWeight::None)?;
        if data.n_rows < self.n_clusters {
            return Err(Error::TooFewRows {
                needed: self.n_clusters as u64,
                found: data.n_rows as u64,
            });
        }
        let weight = data.sample_weight.as_deref();
        let mut lloyd = Lloyd::new(&data.x, data.n_columns, weight);
        let mut rng = run.rng(STREAM);
        let mut best: Option<Found> = None;
        for start in 0..self.n_init {
            let before = (start * self.max_iter) as u64;
            let mut step = |n: usize| run.step(Stage::Fitting, before + n as u64, total);
            let found = lloyd.run(
                self.n_clusters,
                self.max_iter,
                self.tol,
                &mut rng,
                &mut step,
            )?;
            if best.as_ref().is_none_or(|b| found.inertia < b.inertia) {
                best = Some(found);
            }
        }
        run.step(Stage::Fitting, total, total)?;
        let Some(best) = best else {
            return Err(Error::out_of_range("n_init", 1.0, 100.0));
        };
        if !best.converged {
            run.warn(Warning::NotConverged {
                algorithm: ID.into(),
                iterations: best.n_iter as u64,
            });
        }
        FittedKMeans::from_state(State {
            centers: best.centers,
            n_features: data.n_columns as u64,
            inertia: best.inertia,
            n_iter: best.n_iter as u64,
        })
    }
}

impl Estimator for KMeans {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        Ok(Model::Clusterer(Box::new(self.fit_k_means(train, run)?)))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    /// `n_clusters × n_features`.
    centers: Vec<f32>,
    n_features: u64,
    inertia: f64,
    n_iter: u64,
}

/// Fitted centres.
#[derive(Debug, Clone)]
pub struct FittedKMeans {
    state: State,
    n_features: usize,
    padded: Vec<[f32; 4]>,
    width: usize,
}

impl FittedKMeans {
    fn from_state(state: State) -> Result<Self> {
        let bad = || Error::invalid_artifact("k_means: inconsistent state");
        let n_features = usize::try_from(state.n_features).map_err(|_| bad())?;
        let finite = state.centers.iter().all(|v| v.is_finite()) && state.inertia.is_finite();
        if n_features == 0
            || state.centers.is_empty()
            || !state.centers.len().is_multiple_of(n_features)
            || !finite
        {
            return Err(bad());
        }
        let (padded, width) = padded(&state.centers, n_features);
        Ok(Self {
            state,
            n_features,
            padded,
            width,
        })
    }

    /// The means of groups found in another way, so that new rows can be put into them and the groups be saved.
    ///
    /// # Errors
    /// [`Error::Shape`] unless each row of `x` (`n_samples × n_features`) has a label; [`Error::NoFeatures`];
    /// [`Error::TooFewRows`] without rows and where a label up to the highest has none; [`Error::Cell`] for a value that is not
    /// finite.
    pub fn of_groups(x: ArrayView2<'_, f32>, labels: &[u32]) -> Result<Self> {
        let rows = Rows::check(x, 1)?;
        let d = rows.d;
        if labels.len() != rows.n {
            return Err(Error::Shape {
                what: "labels".into(),
                expected: rows.n,
                found: labels.len(),
            });
        }
        let few = |needed: u32| Error::TooFewRows {
            needed: u64::from(needed) + 1,
            found: rows.n as u64,
        };
        let top = labels.iter().copied().max().unwrap_or(0);
        if top as usize >= rows.n {
            return Err(few(top));
        }
        let k = top as usize + 1;
        let (mut sums, mut counts) = (vec![0.0; k * d], vec![0u64; k]);
        for (row, l) in rows.x.chunks_exact(d).zip(labels) {
            counts[*l as usize] += 1;
            for (s, v) in sums[*l as usize * d..].iter_mut().zip(row) {
                *s += f64::from(*v);
            }
        }
        if counts.contains(&0) {
            return Err(few(top));
        }
        let mean = |(i, s): (usize, &f64)| (s / counts[i / d] as f64) as f32;
        let centers: Vec<f32> = sums.iter().enumerate().map(mean).collect();
        let squared = |(row, l): (&[f32], &u32)| {
            let pairs = row.iter().zip(&centers[*l as usize * d..]);
            pairs
                .map(|(v, c)| (f64::from(*v) - f64::from(*c)).powi(2))
                .sum::<f64>()
        };
        let inertia = rows.x.chunks_exact(d).zip(labels).map(squared).sum();
        Self::from_state(State {
            centers,
            n_features: d as u64,
            inertia,
            n_iter: 0,
        })
    }

    /// Centres, `(n_clusters, n_features)` row-major.
    pub fn centers(&self) -> &[f32] {
        &self.state.centers
    }

    /// Sum of weighted squared distances of the training rows to their centres.
    pub fn inertia(&self) -> f64 {
        self.state.inertia
    }

    /// Iterations of the start that was kept.
    pub fn n_iter(&self) -> u64 {
        self.state.n_iter
    }
}

impl Save for FittedKMeans {
    fn save(&self) -> Result<Part> {
        Part::encode(ID, VERSION, &self.state)
    }
}

impl Clusterer for FittedKMeans {
    fn n_features(&self) -> usize {
        self.n_features
    }

    fn n_clusters(&self) -> usize {
        self.padded.len() / self.width
    }

    /// Values that are not numbers count as 0, infinite ones as very large.
    fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Vec<u32>> {
        check_width(x, self.n_features)?;
        let mut row = vec![[0f32; 4]; self.width];
        let nearest = |values: &[f32]| {
            for (j, v) in values.iter().enumerate() {
                let v = if v.is_nan() { 0.0 } else { *v };
                row[j / 4][j % 4] = v.clamp(-1e18, 1e18);
            }
            let mut best = (f32::INFINITY, 0);
            for (c, center) in self.padded.chunks_exact(self.width).enumerate() {
                let d = distance2(&row, center);
                if d < best.0 {
                    best = (d, c as u32);
                }
            }
            best.1
        };
        Ok(row_major(x)
            .chunks_exact(self.n_features)
            .map(nearest)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn groups_found_elsewhere_take_new_rows() {
        let x = array![[0.0f32, 0.0], [2.0, 0.0], [9.0, 9.0]];
        let found = FittedKMeans::of_groups(x.view(), &[0, 0, 1]).unwrap();
        assert_eq!(found.centers(), [1.0, 0.0, 9.0, 9.0]);
        assert_eq!((found.inertia(), found.n_clusters()), (2.0, 2));
        assert_eq!(found.predict(array![[8.0f32, 7.0]].view()).unwrap(), [1]);
        let code = |l: &[u32]| FittedKMeans::of_groups(x.view(), l).unwrap_err().code();
        assert_eq!(code(&[0, 0]), "shape");
        assert_eq!(code(&[0, 0, 2]), "too_few_rows");
        assert_eq!(code(&[0, 0, u32::MAX]), "too_few_rows");
    }
}
