//! How uncertain the parameters are: the inverse of the curvature, L2 penalty included.
use super::{
    super::linear::{cholesky, cholesky_solve, inverse_diagonal},
    Logit, Solution,
};

/// Standard errors of parameters and of their differences.
#[derive(Debug, Clone)]
pub struct Errors {
    /// Cholesky factor of the curvature.
    factor: Vec<f64>,
    /// Parameters of an output: the coefficients, then the intercept.
    width: usize,
    /// Per parameter of an output, what the tie between outputs adds to its variance.
    tied: Vec<f64>,
    own: Vec<f64>,
}

impl Logit {
    /// How uncertain the parameters at `at` are. None where the curvature is not definite or not known, nor with an L1
    /// penalty.
    pub fn errors(&self, at: &Solution) -> Option<Errors> {
        if self.l1 > 0.0 || at.separated {
            return None;
        }
        let raw = at.curvature.as_ref()?;
        let (d, q, n) = (self.panels.n_columns(), self.width(), self.n_parameters());
        let (mut factor, ties) = self.definite(raw, self.l2);
        if !cholesky(&mut factor, n) {
            return None;
        }
        let k = self.n_outputs as f64;
        let tied: Vec<f64> = (ties.iter().enumerate())
            .map(|(j, tie)| {
                let l2 = if j < d { self.l2 } else { 0.0 };
                if self.n_outputs > 1 && *tie > 0.0 {
                    1.0 / (k * (l2 + k * tie))
                } else {
                    0.0
                }
            })
            .collect();
        let mut variances = inverse_diagonal(&factor, n);
        for (i, v) in variances.iter_mut().enumerate() {
            let j = i % q;
            *v -= tied[j];
            if j == d && !self.intercept {
                *v = 0.0;
            }
        }
        let fine = variances.iter().all(|v| v.is_finite() && *v >= 0.0);
        fine.then(|| Errors {
            factor,
            width: q,
            tied,
            own: variances.iter().map(|v| v.sqrt()).collect(),
        })
    }
}

impl Errors {
    /// Standard errors of all parameters, laid out as they are.
    pub fn of_each(&self) -> &[f64] {
        &self.own
    }

    /// Standard error of the difference of coefficients `a` and `b` of the output `k`:
    /// `√(Var a + Var b − 2 Cov(a, b))`. None where there are no such two, or no spread.
    pub fn of_difference(&self, k: usize, a: usize, b: usize) -> Option<f64> {
        let n = self.own.len();
        let (i, j) = (k * self.width + a, k * self.width + b);
        if a == b || a.max(b) + 1 >= self.width || i.max(j) >= n {
            return None;
        }
        let mut contrast = vec![0.0; n];
        (contrast[i], contrast[j]) = (1.0, -1.0);
        let solved = cholesky_solve(&self.factor, n, &contrast);
        // The ties of two columns are independent of each other.
        let variance = solved[i] - solved[j] - self.tied[a] - self.tied[b];
        (variance.is_finite() && variance > 0.0).then(|| variance.sqrt())
    }
}
