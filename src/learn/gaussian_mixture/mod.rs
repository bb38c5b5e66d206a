//! Gaussian mixture: rows come from `n_components` normal distributions; which one is a probability, not a label.
//!
//! | `covariance_type` | Covariance of a component |
//! |---|---|
//! | `full` | its own |
//! | `tied` | one for all |
//! | `diag` | its own, columns independent |
//! | `spherical` | its own, columns independent and alike |
//!
//! k-means gives the first groups; then expectations and maxima follow each other until the mean log-likelihood of a row gains
//! less than `tol`. The likeliest of `n_init` starts is kept. `reg_covar` is added to every variance, so that a component that
//! shrinks to a point keeps a density. Parameters, stopping and criteria are scikit-learn's `GaussianMixture`.
//!
//! Beyond [`MOST_COLUMNS`] columns `full` and `tied` become `diag` ([`FittedMixture::kind`] says so): covariances of so many
//! columns are more numbers than rows could tell.
//!
//! Source: Dempster, Laird & Rubin (1977), doi:10.1111/j.2517-6161.1977.tb01600.x; Schwarz (1978),
//! doi:10.1214/aos/1176344136; Fraley & Raftery (2002), doi:10.1198/016214502760047131.
mod em;
mod fitted;

use super::{
    Dataset, Entry, Estimator, Model, Takes,
    kernels::{input::ClassWeight, lloyd::Lloyd, problem::Problem},
};
use crate::base::{Error, ParamSpec, Params, Result, Run, Stage, Train, Warning};
use em::{Mixture, Start};
pub use fitted::FittedMixture;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

const ID: &str = "gaussian_mixture";
const VERSION: u16 = 1;
/// Stream of the seed.
const STREAM: u64 = 0x676d;

/// Most room for a block of rows.
const MOST_BYTES: u64 = 1 << 29;

/// Most columns that may depend on each other.
pub const MOST_COLUMNS: usize = 256;

const PARAMS: &[ParamSpec] = &[
    ParamSpec::int("n_components", 1, 200, 5),
    ParamSpec::choice(
        "covariance_type",
        &[
            Cow::Borrowed("full"),
            Cow::Borrowed("tied"),
            Cow::Borrowed("diag"),
            Cow::Borrowed("spherical"),
        ],
    ),
    ParamSpec::int("n_init", 1, 100, 1),
    ParamSpec::int("max_iter", 1, 10_000, 100),
    ParamSpec::float("tol", 0.0, 1.0, 1e-3),
    ParamSpec::float("reg_covar", 0.0, 1e6, 1e-6),
];

const TAKES: Takes = Takes {
    clustering: true,
    ..Takes::NOTHING
};

/// Registry line, to be listed when an analysis asks for it; the catalogue would offer it in forms.
pub const ENTRY: Entry = Entry {
    id: ID,
    params: PARAMS,
    complexity: 25,
    takes: TAKES,
    by_default: false,
    build: |params| Ok(Box::new(GaussianMixture::new(params)?)),
    load: |part| {
        let state = part.decode(VERSION)?;
        Ok(Model::Clusterer(Box::new(FittedMixture::from_state(
            state,
        )?)))
    },
    candidates: || vec![Params::default()],
    divide: None,
    fit_path: None,
};

/// What the covariances have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Each component its own.
    Full,
    /// One for all components.
    Tied,
    /// Each its own, columns independent.
    Diag,
    /// Each its own, columns independent and alike.
    Spherical,
}

impl Kind {
    fn from_id(id: &str) -> Self {
        match id {
            "tied" => Self::Tied,
            "diag" => Self::Diag,
            "spherical" => Self::Spherical,
            _ => Self::Full,
        }
    }

    /// Numbers that are free in a mixture of `k` components over `d` columns.
    pub fn n_free(self, k: usize, d: usize) -> usize {
        let covariance = match self {
            Self::Full => k * d * (d + 1) / 2,
            Self::Tied => d * (d + 1) / 2,
            Self::Diag => k * d,
            Self::Spherical => k,
        };
        covariance + k * d + k - 1
    }
}

/// The learner, parameters checked.
#[derive(Debug, Clone)]
pub struct GaussianMixture {
    n_components: usize,
    kind: Kind,
    n_init: usize,
    max_iter: usize,
    tol: f64,
    reg_covar: f64,
}

/// Where a start ended.
struct Ended {
    mixture: Mixture,
    bound: f64,
    n_iter: usize,
    converged: bool,
}

impl GaussianMixture {
    /// Checks `n_components`, `covariance_type`, `n_init`, `max_iter`, `tol`, `reg_covar`.
    ///
    /// # Errors
    /// [`Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        params.deny_unknown(PARAMS)?;
        Ok(Self {
            n_components: params.int(PARAMS, "n_components")? as usize,
            kind: Kind::from_id(&params.choice(PARAMS, "covariance_type")?),
            n_init: params.int(PARAMS, "n_init")? as usize,
            max_iter: params.int(PARAMS, "max_iter")? as usize,
            tol: params.float(PARAMS, "tol")?,
            reg_covar: params.float(PARAMS, "reg_covar")?,
        })
    }

    /// Fits.
    ///
    /// # Errors
    /// Those of [`Problem::check`]; [`Error::TooFewRows`] with fewer rows than components; [`Error::Memory`] for thousands of
    /// columns with hundreds of components; [`Error::NotConverged`] where a
    /// covariance cannot be inverted; [`Error::Cancelled`].
    pub fn fit_mixture(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<FittedMixture> {
        let total = (self.n_init * self.max_iter) as u64;
        run.step(Stage::Fitting, 0, total)?;
        let data = self.check(train)?;
        let (x, d) = (data.x.as_ref(), data.n_columns);
        let mut rng = run.rng(STREAM);
        // Centres of all starts first: k-means has a copy of the rows, which is gone before the rest begins.
        let mut lloyd = Lloyd::new(x, d, None);
        let mut centers = Vec::with_capacity(self.n_init);
        for _ in 0..self.n_init {
            let mut step = |_| run.check();
            let found = lloyd.run(self.n_components, 300, 1e-4, &mut rng, &mut step)?;
            centers.push(found.centers);
        }
        drop(lloyd);
        let mut best: Option<Ended> = None;
        for (start, centers) in centers.iter().enumerate() {
            let centers: Vec<f64> = centers.iter().map(|v| f64::from(*v)).collect();
            let ended = self.climb(x, d, &Start::Centers(&centers), start, run)?;
            if best.as_ref().is_none_or(|b| ended.bound > b.bound) {
                best = Some(ended);
            }
        }
        run.step(Stage::Fitting, total, total)?;
        self.close(x, best, run)
    }

    /// Fits from the groups `labels` of the rows, below `n_components`, in place of those of k-means.
    ///
    /// # Errors
    /// As [`GaussianMixture::fit_mixture`]; [`Error::Shape`] unless there is a label for each row; [`Error::Param`] for a label
    /// that is no component.
    pub fn fit_from(
        &self,
        train: &Train<Dataset>,
        labels: &[u32],
        run: &mut Run<'_>,
    ) -> Result<FittedMixture> {
        let data = self.check(train)?;
        if labels.len() != data.n_rows {
            return Err(Error::Shape {
                what: "labels".into(),
                expected: data.n_rows,
                found: labels.len(),
            });
        }
        if labels.iter().any(|l| *l as usize >= self.n_components) {
            return Err(Error::out_of_range(
                "labels",
                0.0,
                self.n_components as f64 - 1.0,
            ));
        }
        let (x, d) = (data.x.as_ref(), data.n_columns);
        let ended = self.climb(x, d, &Start::Labels(labels), 0, run)?;
        self.close(x, Some(ended), run)
    }

    fn check<'a>(&self, train: &'a Train<Dataset>) -> Result<Problem<'a>> {
        let data = Problem::check(train.get(), TAKES, ClassWeight::None)?;
        if data.n_rows < self.n_components {
            return Err(Error::TooFewRows {
                needed: self.n_components as u64,
                found: data.n_rows as u64,
            });
        }
        let needed_bytes = (self.n_components * data.n_columns) as u64 * em::BYTES;
        if needed_bytes > MOST_BYTES {
            return Err(Error::memory(needed_bytes));
        }
        Ok(data)
    }

    fn climb(
        &self,
        x: &[f32],
        d: usize,
        start: &Start<'_>,
        nth: usize,
        run: &mut Run<'_>,
    ) -> Result<Ended> {
        let (before, total) = (
            (nth * self.max_iter) as u64,
            (self.n_init * self.max_iter) as u64,
        );
        let kind = match self.kind {
            Kind::Full | Kind::Tied if d > MOST_COLUMNS => Kind::Diag,
            kind => kind,
        };
        let mut mixture = Mixture::start(x, d, self.n_components, kind, self.reg_covar, start)?;
        let mut bound = f64::NEG_INFINITY;
        for n_iter in 1..=self.max_iter {
            let now = mixture.step(x, self.reg_covar, &mut || run.check())?;
            run.step(Stage::Fitting, before + n_iter as u64, total)?;
            let gain = now - bound;
            bound = now;
            if gain.abs() < self.tol {
                return Ok(Ended {
                    mixture,
                    bound,
                    n_iter,
                    converged: true,
                });
            }
        }
        Ok(Ended {
            mixture,
            bound,
            n_iter: self.max_iter,
            converged: false,
        })
    }

    fn close(&self, x: &[f32], best: Option<Ended>, run: &mut Run<'_>) -> Result<FittedMixture> {
        let Some(best) = best else {
            return Err(Error::out_of_range("n_init", 1.0, 100.0));
        };
        if !best.converged {
            run.warn(Warning::NotConverged {
                algorithm: ID.into(),
                iterations: best.n_iter as u64,
            });
        }
        FittedMixture::new(best.mixture, x, best.bound, best.n_iter)
    }
}

impl Estimator for GaussianMixture {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        Ok(Model::Clusterer(Box::new(self.fit_mixture(train, run)?)))
    }
}
