//! Linear regression: ordinary, ridge, lasso and elastic net.
//!
//! Minimises, with scikit-learn's objectives, over `β` and (unless `fit_intercept` is off) an intercept `b` that is not
//! penalised, `rᵢ = yᵢ − xᵢβ − b`:
//! - `none`: `Σ wᵢ rᵢ²`. Where columns are collinear or outnumber the rows, the shortest `β` of all that do.
//! - `ridge`: `Σ wᵢ rᵢ² + alpha ‖β‖²`.
//! - `lasso`, `elasticnet`: `Σ wᵢ rᵢ² / (2 Σw) + alpha · ρ ‖β‖₁ + ½ alpha (1 − ρ) ‖β‖²`, `ρ` being 1 or `l1_ratio`, by
//!   coordinate descent until the duality gap is below `tol · Σw y² / Σw`.
//!
//! Up to 2048 columns everything is computed from means and the centred cross-product matrix, so the rows are passed over
//! twice whatever follows; with more, ordinary and ridge fits are made in the space of the rows and coordinate descent
//! goes over the data. The path of coefficients over `n_alphas` strengths, from the least that makes all of them 0 down
//! to `eps` of it, comes with lasso and elastic net up to 256 columns.
//!
//! Ordinary fits of full rank have standard errors, `s² (XᵀWX)⁻¹` with `s² = Σ w r² / (n − p)`, 95 % intervals and p-values
//! of Student's t with `n − p` degrees of freedom, and prediction intervals.
//!
//! Source: Hastie, Tibshirani & Friedman (2009), *The Elements of Statistical Learning*, sections 3.2 and 3.4,
//! doi:10.1007/978-0-387-84858-7; Friedman, Hastie & Tibshirani (2010), doi:10.18637/jss.v033.i01.
mod fitted;
mod path;
mod sparse;

pub use fitted::FittedLinear;

use super::{
    Dataset, Entry, Estimator, Model, Takes,
    kernels::{
        input::ClassWeight,
        linear::{cholesky, cholesky_inverse, cholesky_solve, dot},
        moments::{Moments, least_norm},
        problem::{Goal, Problem},
    },
};
use crate::base::{Error, ParamSpec, Params, Result, Run, Stage, TargetReason, Train, Warning};
use fitted::{Errors, Path, State};
use std::borrow::Cow;

const ID: &str = "linear";

const PARAMS: &[ParamSpec] = &[
    ParamSpec::choice(
        "penalty",
        &[
            Cow::Borrowed("none"),
            Cow::Borrowed("ridge"),
            Cow::Borrowed("lasso"),
            Cow::Borrowed("elasticnet"),
        ],
    ),
    ParamSpec::float("alpha", 1e-9, 1e9, 1.0),
    ParamSpec::float("l1_ratio", 0.0, 1.0, 0.5),
    ParamSpec::flag("fit_intercept", true),
    ParamSpec::int("n_alphas", 0, 1_000, 100),
    ParamSpec::float("eps", 1e-6, 0.5, 1e-3),
    ParamSpec::float("tol", 1e-12, 0.1, 1e-4),
    ParamSpec::int("max_iter", 1, 100_000, 1_000),
];

const TAKES: Takes = Takes {
    regression: true,
    sample_weight: true,
    ..Takes::NOTHING
};

/// Registry line.
pub(super) const ENTRY: Entry = Entry {
    id: ID,
    params: PARAMS,
    complexity: 4,
    takes: TAKES,
    by_default: true,
    build: |params| Ok(Box::new(Linear::new(params)?)),
    load: |part| Ok(Model::Regressor(Box::new(FittedLinear::load(part)?))),
    candidates: || {
        let ridge = [0.1, 10.0, 1_000.0]
            .map(|a| Params::default().with("penalty", "ridge").with("alpha", a));
        [Params::default()].into_iter().chain(ridge).collect()
    },
    divide: None,
    fit_path: Some(path::fit_path),
};

/// Up to this many columns the cross-product matrix is formed.
const GRAM_COLUMNS: usize = 2_048;
/// Most cells of a matrix made to solve with (256 MB).
const MAX_CELLS: usize = 1 << 25;
/// Beyond so many cells collinear columns are dealt with by the cross-product matrix alone.
const LONG_CELLS: usize = 1 << 22;
/// Up to this many columns the path and prediction intervals are kept with the model.
const KEPT_COLUMNS: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Penalty {
    None,
    Ridge,
    /// With the share of L1.
    Sparse(f64),
}

/// The learner, parameters checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    penalty: Penalty,
    alpha: f64,
    fit_intercept: bool,
    n_alphas: usize,
    eps: f64,
    tol: f64,
    max_iter: usize,
}

/// Checked data.
struct Rows<'p> {
    x: &'p [f32],
    d: usize,
    y: &'p [f64],
    weight: Option<&'p [f64]>,
}

impl<'p> Rows<'p> {
    fn of(data: &'p Problem<'_>) -> Result<Self> {
        let Goal::Numbers(y) = &data.goal else {
            return Err(Error::Target {
                name: "target".into(),
                reason: TargetReason::NeedsNumbers,
            });
        };
        Ok(Self {
            x: &data.x,
            d: data.n_columns,
            y,
            weight: data.sample_weight.as_deref(),
        })
    }

    fn weight(&self, i: usize) -> f64 {
        self.weight.map_or(1.0, |w| w[i])
    }

    /// The centred rows times the square roots of their weights, `n × d`, and the target alike.
    fn whitened(&self, m: &Moments) -> Result<(Vec<f64>, Vec<f64>)> {
        if self.x.len() > MAX_CELLS {
            return Err(too_large(self.x.len()));
        }
        let root = |i: usize| self.weight(i).sqrt();
        let cell =
            |(at, v): (usize, &f32)| (f64::from(*v) - m.x_mean[at % self.d]) * root(at / self.d);
        let a = self.x.iter().enumerate().map(cell).collect();
        let b = self.y.iter().enumerate();
        Ok((a, b.map(|(i, y)| (y - m.y_mean) * root(i)).collect()))
    }
}

fn too_large(cells: usize) -> Error {
    Error::memory(cells as u64 * 8)
}

impl Linear {
    /// Checks the parameters: `penalty` (`none`, `ridge`, `lasso`, `elasticnet`), `alpha` (its strength), `l1_ratio`,
    /// `fit_intercept`, `n_alphas` and `eps` (of the path), `tol` and `max_iter` (of coordinate descent).
    ///
    /// # Errors
    /// [`Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        params.deny_unknown(PARAMS)?;
        let l1_ratio = params.float(PARAMS, "l1_ratio")?;
        Ok(Self {
            penalty: match params.choice(PARAMS, "penalty")?.as_str() {
                "ridge" => Penalty::Ridge,
                "lasso" => Penalty::Sparse(1.0),
                "elasticnet" => Penalty::Sparse(l1_ratio),
                _ => Penalty::None,
            },
            alpha: params.float(PARAMS, "alpha")?,
            fit_intercept: params.flag(PARAMS, "fit_intercept")?,
            n_alphas: params.int(PARAMS, "n_alphas")? as usize,
            eps: params.float(PARAMS, "eps")?,
            tol: params.float(PARAMS, "tol")?,
            max_iter: params.int(PARAMS, "max_iter")? as usize,
        })
    }

    /// Fits; warns with [`Warning::NotConverged`] when `max_iter` sweeps do not suffice for coordinate descent.
    ///
    /// # Errors
    /// See [`Problem::check`]; [`Error::Memory`] for an ordinary or ridge fit of too many rows and columns at once;
    /// [`Error::Cancelled`].
    pub fn fit_linear(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<FittedLinear> {
        run.step(Stage::Fitting, 0, 3)?;
        let data = Problem::check(train.get(), TAKES, ClassWeight::None)?;
        let rows = Rows::of(&data)?;
        let m = self.moments(&rows);
        run.step(Stage::Fitting, 1, 3)?;
        let fitted = self.solve(&data, &rows, &m, true, run)?;
        run.step(Stage::Fitting, 3, 3)?;
        Ok(fitted)
    }

    fn moments(&self, rows: &Rows<'_>) -> Moments {
        let n_rows = rows.y.len();
        let with_gram = rows.d <= GRAM_COLUMNS && (rows.d <= n_rows || self.is_sparse());
        let weight = |i: usize| rows.weight(i);
        let (d, y) = (rows.d, rows.y);
        Moments::new(rows.x, d, y, &weight, self.fit_intercept, with_gram)
    }

    /// From the moments on; standard errors only where `with_errors`.
    fn solve(
        &self,
        data: &Problem<'_>,
        rows: &Rows<'_>,
        m: &Moments,
        with_errors: bool,
        run: &mut Run<'_>,
    ) -> Result<FittedLinear> {
        let (mut errors, mut path, mut n_iter) = (None, None, 1);
        let coefficients = match self.penalty {
            Penalty::None => {
                let (beta, inverse) = self.ordinary(rows, m)?;
                errors = inverse
                    .filter(|_| with_errors)
                    .and_then(|inverse| self.errors(rows, m, &beta, inverse));
                beta
            }
            Penalty::Ridge => self.ridge(rows, m)?,
            Penalty::Sparse(l1_ratio) => {
                let found = sparse::solve(self, l1_ratio, rows, m, run)?;
                n_iter = found.n_iter;
                if !found.converged {
                    run.warn(Warning::NotConverged {
                        algorithm: ID.into(),
                        iterations: n_iter as u64,
                    });
                }
                path = found.path.map(|(alphas, coefficients)| Path {
                    alphas,
                    coefficients,
                    chosen: self.alpha,
                });
                found.beta
            }
        };
        let intercept = if self.fit_intercept {
            m.y_mean - dot(&m.x_mean, &coefficients)
        } else {
            0.0
        };
        FittedLinear::from_state(State {
            coefficients,
            intercept,
            features: data.features[..].to_vec(),
            errors,
            path,
            n_iter: n_iter as u64,
        })
    }

    fn is_sparse(&self) -> bool {
        matches!(self.penalty, Penalty::Sparse(_))
    }

    /// Coefficients and, at full rank, the inverse of the cross-product matrix.
    fn ordinary(&self, rows: &Rows<'_>, m: &Moments) -> Result<(Vec<f64>, Option<Vec<f64>>)> {
        let d = rows.d;
        if let Some((l, scale)) = scaled_factor(&m.gram, d) {
            let right: Vec<f64> = m.xy.iter().zip(&scale).map(|(v, s)| v * s).collect();
            let mut beta = cholesky_solve(&l, d, &right);
            beta.iter_mut().zip(&scale).for_each(|(b, s)| *b *= s);
            let mut inverse = cholesky_inverse(&l, d);
            for i in 0..d {
                for j in 0..=i {
                    inverse[i * d + j] *= scale[i] * scale[j];
                }
            }
            return Ok((beta, Some(inverse)));
        }
        Ok((self.shortest(rows, m)?, None))
    }

    fn ridge(&self, rows: &Rows<'_>, m: &Moments) -> Result<Vec<f64>> {
        let (n, d) = (rows.y.len(), rows.d);
        if !m.gram.is_empty() {
            let mut h = m.gram.clone();
            (0..d).for_each(|i| h[i * d + i] += self.alpha);
            if cholesky(&mut h, d) {
                return Ok(cholesky_solve(&h, d, &m.xy));
            }
        } else if n.saturating_mul(n) <= MAX_CELLS {
            // (XᵀX + αI)⁻¹ Xᵀ = Xᵀ (XXᵀ + αI)⁻¹.
            let (a, b) = rows.whitened(m)?;
            let row = |i: usize| &a[i * d..(i + 1) * d];
            let mut h = vec![0.0; n * n];
            for i in 0..n {
                for j in 0..=i {
                    h[i * n + j] = dot(row(i), row(j));
                }
                h[i * n + i] += self.alpha;
            }
            if cholesky(&mut h, n) {
                let mut beta = vec![0.0; d];
                for (i, v) in cholesky_solve(&h, n, &b).iter().enumerate() {
                    beta.iter_mut().zip(row(i)).for_each(|(b, x)| *b += v * x);
                }
                return Ok(beta);
            }
        } else {
            return Err(too_large(n.saturating_mul(n)));
        }
        // A penalty lost to rounding beside the data: as good as none, except that it tells equal fits apart.
        self.shortest(rows, m)
    }

    /// The shortest of all best fits.
    fn shortest(&self, rows: &Rows<'_>, m: &Moments) -> Result<Vec<f64>> {
        let d = rows.d;
        if !m.gram.is_empty() && rows.x.len() > LONG_CELLS {
            // The normal equations have the same solutions; only what counts as collinear is decided more coarsely.
            let mut whole = m.gram.clone();
            for i in 0..d {
                (0..i).for_each(|j| whole[j * d + i] = whole[i * d + j]);
            }
            return Ok(least_norm(&whole, d, d, &m.xy).0);
        }
        let (a, b) = rows.whitened(m)?;
        Ok(least_norm(&a, rows.y.len(), d, &b).0)
    }

    fn errors(
        &self,
        rows: &Rows<'_>,
        m: &Moments,
        beta: &[f64],
        inverse: Vec<f64>,
    ) -> Option<Errors> {
        let (n, d) = (rows.y.len(), rows.d);
        let df = n.checked_sub(d + usize::from(self.fit_intercept))?;
        if df == 0 {
            return None;
        }
        let mut left = 0.0;
        for (i, (row, y)) in rows.x.chunks_exact(d).zip(rows.y).enumerate() {
            let mut r = y - m.y_mean;
            for ((x, mean), b) in row.iter().zip(&m.x_mean).zip(beta) {
                r -= (f64::from(*x) - mean) * b;
            }
            left += rows.weight(i) * r * r;
        }
        let variance = left / df as f64;
        let error = |j: usize| (variance * inverse[j * d + j]).sqrt();
        let intercept = if self.fit_intercept {
            let along = fitted::quadratic(&inverse, d, &m.x_mean);
            (variance * (1.0 / m.total + along)).sqrt()
        } else {
            0.0
        };
        Some(Errors {
            standard_errors: (0..d).map(error).collect(),
            intercept,
            df: df as u64,
            variance,
            total: m.total,
            x_mean: m.x_mean.clone(),
            inverse: if d <= KEPT_COLUMNS {
                inverse
            } else {
                Vec::new()
            },
        })
    }
}

/// Cholesky factor of the matrix scaled to a diagonal of 1, with the scale; none when it is not of full rank.
fn scaled_factor(gram: &[f64], d: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    if gram.is_empty() {
        return None;
    }
    let scale: Vec<f64> = (0..d).map(|i| 1.0 / gram[i * d + i].sqrt()).collect();
    if !scale.iter().all(|s| s.is_finite()) {
        return None;
    }
    let mut l = gram.to_vec();
    for i in 0..d {
        for j in 0..=i {
            l[i * d + j] *= scale[i] * scale[j];
        }
    }
    let fine = cholesky(&mut l, d) && (0..d).all(|i| l[i * d + i] > 1e-5);
    fine.then_some((l, scale))
}

impl Estimator for Linear {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        Ok(Model::Regressor(Box::new(self.fit_linear(train, run)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use crate::learn::{Insight, Regressor, Save, Target};
    use ndarray::Array2;

    fn sample(n: usize, d: usize) -> Train<Dataset> {
        let mut s = 5u32;
        let mut u = || {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (s >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        let x = Array2::from_shape_fn((n, d), |_| u());
        let y = x.rows().into_iter();
        let y = y.map(|r| f64::from(2.0 * r[0] - r[1 % d] + 3.0 + 0.3 * u()));
        let y = Target::Number(y.collect());
        Train::all(Dataset::new(x, y))
    }

    fn fit(train: &Train<Dataset>, params: Params) -> FittedLinear {
        let mut quiet = Quiet;
        let learner = Linear::new(&params).unwrap();
        learner
            .fit_linear(train, &mut Run::new(&mut quiet, 0))
            .unwrap()
    }

    fn penalty(p: &str) -> Params {
        Params::default().with("penalty", p)
    }

    #[test]
    fn constant_repeated_and_wild_columns_are_fitted() {
        let plain = sample(200, 3);
        let x = &plain.get().x;
        let x = Array2::from_shape_fn((200, 6), |(i, j)| match j {
            3 => 7.5,
            4 => x[[i, 0]],
            5 => x[[i, 1]] * 1e20,
            _ => x[[i, j]],
        });
        let odd = Train::all(Dataset::new(x, plain.get().y.clone()));
        let want = fit(&plain, penalty("none"))
            .predict(plain.get().x.view())
            .unwrap();
        let fitted = fit(&odd, penalty("none"));
        assert!(fitted.standard_errors().is_none());
        let b = fitted.coefficients();
        assert!((b[0] - b[4]).abs() < 1e-9 && b[3] == 0.0, "{b:?}");
        for (g, w) in fitted.predict(odd.get().x.view()).unwrap().iter().zip(want) {
            assert!((g - w).abs() < 1e-5, "{g} {w}");
        }
        for p in ["ridge", "lasso", "elasticnet"] {
            let fitted = fit(&odd, penalty(p).with("alpha", 0.01));
            assert!(
                fitted
                    .predict(odd.get().x.view())
                    .unwrap()
                    .iter()
                    .all(|v| v.is_finite())
            );
        }
    }

    #[test]
    fn many_columns_take_neither_memory_nor_time() {
        let train = sample(50, 10_000);
        let Target::Number(y) = &train.get().y else {
            panic!()
        };
        for p in ["none", "ridge", "lasso", "elasticnet"] {
            let fitted = fit(&train, penalty(p).with("alpha", 0.05));
            let z = fitted.predict(train.get().x.view()).unwrap();
            let off: f64 = z.iter().zip(y).map(|(z, y)| (z - y) * (z - y)).sum();
            assert!(off < 10.0, "{p} {off}");
            if p == "none" {
                assert!(off < 1e-16, "{off}");
            }
        }
    }

    #[test]
    fn both_ways_to_a_lasso_agree() {
        let train = sample(60, 40);
        let data = Problem::check(train.get(), TAKES, ClassWeight::None).unwrap();
        let Goal::Numbers(y) = &data.goal else {
            panic!()
        };
        let weight: Vec<f64> = (0..60).map(|i| 0.5 + f64::from(i % 3)).collect();
        let rows = Rows {
            x: &data.x,
            d: 40,
            y,
            weight: Some(&weight),
        };
        let learner =
            Linear::new(&penalty("elasticnet").with("alpha", 0.1).with("tol", 1e-9)).unwrap();
        let moments = |gram| Moments::new(rows.x, 40, y, &|i| weight[i], true, gram);
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, 0);
        let a = sparse::solve(&learner, 0.7, &rows, &moments(true), &mut run).unwrap();
        let b = sparse::solve(&learner, 0.7, &rows, &moments(false), &mut run).unwrap();
        assert!(a.converged && b.converged && a.path.is_some());
        for (a, b) in a.beta.iter().zip(&b.beta) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }

    #[test]
    fn what_is_saved_is_what_was_fitted() {
        let train = sample(100, 3);
        for p in ["none", "ridge", "lasso"] {
            let fitted = fit(&train, penalty(p));
            let again = FittedLinear::load(&fitted.save().unwrap()).unwrap();
            let x = train.get().x.view();
            assert_eq!(fitted.predict(x).unwrap(), again.predict(x).unwrap());
            assert_eq!(fitted.insights(), again.insights());
            assert_eq!(fitted.insights().len(), if p == "lasso" { 2 } else { 1 });
            let interval = again.predict_interval(x, 0.9).unwrap();
            assert_eq!(interval.is_some(), p == "none");
            assert!(matches!(
                fitted.insights()[0],
                Insight::Coefficients { odds: false, .. }
            ));
        }
        let fitted = fit(&train, penalty("none"));
        let x = train.get().x.view();
        assert_eq!(fitted.predict_interval(x, 1.0).unwrap_err().code(), "param");
        assert_eq!(
            fitted
                .predict(Array2::zeros((1, 2)).view())
                .unwrap_err()
                .code(),
            "shape"
        );
        let mut part = fitted.save().unwrap();
        part.body.truncate(40);
        assert_eq!(FittedLinear::load(&part).unwrap_err().code(), "artifact");
    }

    #[test]
    fn what_cannot_be_fitted_is_an_error() {
        let mut quiet = Quiet;
        let mut code = |data: Dataset| {
            let learner = Linear::new(&Params::default()).unwrap();
            let done = learner.fit(&Train::all(data), &mut Run::new(&mut quiet, 0));
            done.err().map(|e| e.code())
        };
        let data = sample(20, 2).get().clone();
        assert_eq!(code(data.clone()), None);
        assert_eq!(code(data.take(&[3])), None);
        assert_eq!(code(data.take(&[])), Some("too_few_rows"));
        assert_eq!(
            code(data.clone().with_weights(vec![0.0; 20])),
            Some("too_few_rows")
        );
        assert_eq!(
            code(data.clone().with_weights(vec![-1.0; 20])),
            Some("param")
        );
        let classes = Target::class(vec![0; 20], &["a", "b"]);
        assert_eq!(
            code(Dataset {
                y: classes,
                ..data.clone()
            }),
            Some("target")
        );
        let mut bad = data.clone();
        bad.x[[4, 1]] = f32::NAN;
        assert_eq!(code(bad), Some("cell"));
        for bad in [
            penalty("l2"),
            penalty("ridge").with("alpha", 0.0),
            Params::default().with("C", 1.0),
        ] {
            assert_eq!(Linear::new(&bad).unwrap_err().code(), "param");
        }
    }
}
