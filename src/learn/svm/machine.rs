//! One machine: a single decision function, and its probabilities from inner folds.
//!
//! The folds start from the solution on all rows: rows held out give up their share, and the balance is restored with
//! the rows that are most clearly right. They share its kernel rows, and a variable that costs nothing is as good as
//! absent, so the decision values of the rows held out come for free.
//!
//! Source: DeCoste & Wagstaff (2000), Alpha seeding for support vector machines, doi:10.1145/347090.347165.
use super::super::kernels::{
    hinge::{self, Plane},
    kernel_rows::{Points, Rows, Shape},
    platt::Sigmoid,
    smo::{self, Dual, Ended, State},
};
use crate::base::Result;
use crate::base::order::Ordered;

/// Folds that probabilities are fitted on, as in libsvm.
pub(super) const N_FOLDS: usize = 5;
/// Decision values that differ by less say nothing.
const SPREAD: f64 = 1e-6;
/// Relative gap of objectives that rounding lets be reached.
const MIN_GAP: f64 = 1e-11;

/// How machines are fitted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    pub shape: Shape,
    pub tol: f64,
    pub max_iter: u64,
    pub cache_bytes: usize,
}

/// Rows a machine is fitted to.
pub(super) struct Sample<'a> {
    /// Shifted and scaled, row-major.
    pub x: &'a [f32],
    pub d: usize,
    pub dual: Dual,
    /// Fold of each row, where probabilities are wanted.
    pub folds: Option<Vec<u32>>,
    /// Weight of each row.
    pub weight: Vec<f64>,
}

/// A fitted machine.
pub(super) struct Machine {
    /// `β` per row of the sample; empty where there is a plane.
    pub beta: Vec<f64>,
    /// Weights per column, for the linear kernel.
    pub w: Vec<f64>,
    pub bias: f64,
    pub sigmoid: Sigmoid,
    pub n_iter: u64,
    pub converged: bool,
}

/// Hears which of the fits is under way, 0 for the one on all rows, and how far it is.
pub(super) type Tick<'t> = dyn FnMut(usize, f64) -> Result<()> + 't;

impl Sample<'_> {
    fn n_rows(&self) -> usize {
        self.x.len() / self.d
    }

    /// Rows not in fold `k`.
    fn without(&self, folds: &[u32], k: u32) -> Vec<usize> {
        (0..folds.len()).filter(|i| folds[*i] != k).collect()
    }

    fn sigmoid(&self, f: &[f64]) -> Sigmoid {
        let positive: Vec<bool> = self.dual.sign.iter().map(|s| *s > 0.0).collect();
        Sigmoid::fit(f, &positive, &self.weight)
    }

    /// Probability of the second class when the decision says nothing.
    fn share(&self) -> Sigmoid {
        self.sigmoid(&vec![0.0; self.n_rows()])
    }

    /// The decision where only one class is left, or none.
    fn only_class(&self, rows: &[usize]) -> Option<f64> {
        let has = |side: f64| rows.iter().any(|i| self.dual.sign[*i] == side);
        match (has(1.0), has(-1.0)) {
            (true, true) => None,
            (true, false) => Some(1.0),
            (false, true) => Some(-1.0),
            (false, false) => Some(0.0),
        }
    }
}

fn says_nothing(f: &[f64]) -> bool {
    let low = f.iter().fold(f64::INFINITY, |m, v| m.min(*v));
    let high = f.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v));
    let spread = high - low;
    spread.is_nan() || spread <= SPREAD * high.abs().max(1.0)
}

/// Fits a machine. `slab` is room for kernel rows, handed on from machine to machine.
pub(super) fn fit(
    sample: &Sample<'_>,
    settings: Settings,
    slab: &mut Vec<f32>,
    tick: &mut Tick<'_>,
) -> Result<Machine> {
    // Where rows are fewer than columns, their kernel matrix is the smaller problem.
    if settings.shape == Shape::Linear && sample.d <= sample.n_rows() {
        fit_plane(sample, settings, tick)
    } else {
        fit_rows(sample, settings, slab, tick)
    }
}

fn fit_plane(sample: &Sample<'_>, settings: Settings, tick: &mut Tick<'_>) -> Result<Machine> {
    let eps = (1e-3 * settings.tol * settings.tol).max(MIN_GAP);
    let d = sample.d;
    let plane = hinge::minimise(sample.x, d, &sample.dual, eps, &mut |s| tick(0, s))?;
    let at = |plane: &Plane, i: usize| plane.at(&sample.x[i * d..(i + 1) * d]);
    let mut machine = Machine {
        beta: Vec::new(),
        bias: plane.bias,
        sigmoid: Sigmoid { a: -1.0, b: 0.0 },
        n_iter: plane.n_iter,
        converged: plane.converged,
        w: Vec::new(),
    };
    if let Some(folds) = &sample.folds {
        let mut f: Vec<f64> = (0..folds.len()).map(|i| at(&plane, i)).collect();
        if says_nothing(&f) {
            machine.sigmoid = sample.share();
        } else {
            for k in 0..N_FOLDS {
                let kept = sample.without(folds, k as u32);
                let held = (0..folds.len()).filter(|i| folds[*i] == k as u32);
                if let Some(value) = sample.only_class(&kept) {
                    held.for_each(|i| f[i] = value);
                    continue;
                }
                let of = |v: &[f64]| kept.iter().map(|i| v[*i]).collect();
                let dual = Dual {
                    sign: of(&sample.dual.sign),
                    margin: of(&sample.dual.margin),
                    cost: of(&sample.dual.cost),
                };
                let x: Vec<f32> = kept
                    .iter()
                    .flat_map(|i| &sample.x[i * d..(i + 1) * d])
                    .copied()
                    .collect();
                let part = hinge::minimise(&x, d, &dual, eps, &mut |s| tick(1 + k, s))?;
                machine.n_iter += part.n_iter;
                machine.converged &= part.converged;
                held.for_each(|i| f[i] = at(&part, i));
            }
            machine.sigmoid = sample.sigmoid(&f);
        }
    }
    machine.w = plane.w;
    Ok(machine)
}

fn fit_rows(
    sample: &Sample<'_>,
    settings: Settings,
    slab: &mut Vec<f32>,
    tick: &mut Tick<'_>,
) -> Result<Machine> {
    let points = Points::new(sample.x, sample.d, settings.shape);
    let mut rows = Rows::new(points, settings.cache_bytes, std::mem::take(slab))?;
    let dual = &sample.dual;
    let mut state = State::zero(sample.n_rows(), dual.sign.len());
    let minimise =
        |rows: &mut Rows, dual: &Dual, state: &mut State, fit: usize, tick: &mut Tick<'_>| {
            let mut hear = |s| tick(fit, s);
            smo::minimise(
                rows,
                dual,
                state,
                settings.tol,
                settings.max_iter,
                &mut hear,
            )
        };
    let Ended {
        mut n_iter,
        mut converged,
    } = minimise(&mut rows, dual, &mut state, 0, tick)?;
    let mut sigmoid = Sigmoid { a: -1.0, b: 0.0 };
    if let Some(folds) = &sample.folds {
        if says_nothing(&state.f) {
            sigmoid = sample.share();
        } else {
            let mut f = state.f.clone();
            for k in 0..N_FOLDS {
                let held = |i: usize| folds[i] == k as u32;
                let kept = sample.without(folds, k as u32);
                let of_fold = (0..folds.len()).filter(|i| held(*i));
                if let Some(value) = sample.only_class(&kept) {
                    of_fold.for_each(|i| f[i] = value);
                    continue;
                }
                let mut part = dual.clone();
                (0..folds.len())
                    .filter(|i| held(*i))
                    .for_each(|i| part.cost[i] = 0.0);
                let mut start = state.clone();
                let changes = seed(&state, &dual.sign, held);
                start.change(&changes, &dual.sign, &mut rows, &mut || tick(1 + k, 0.0))?;
                let ended = minimise(&mut rows, &part, &mut start, 1 + k, tick)?;
                n_iter += ended.n_iter;
                converged &= ended.converged;
                of_fold.for_each(|i| f[i] = start.f[i] + start.bias);
            }
            sigmoid = sample.sigmoid(&f);
        }
    }
    *slab = rows.into_slab();
    let beta = state.beta(&dual.sign);
    let mut machine = Machine {
        beta,
        w: Vec::new(),
        bias: state.bias,
        sigmoid,
        n_iter,
        converged,
    };
    if settings.shape == Shape::Linear {
        machine.w = vec![0.0; sample.d];
        for (row, b) in sample.x.chunks_exact(sample.d).zip(&machine.beta) {
            for (w, x) in machine.w.iter_mut().zip(row) {
                *w += b * f64::from(*x);
            }
        }
        machine.beta = Vec::new();
    }
    Ok(machine)
}

/// What turns the solution on all rows into a feasible start without the rows `held`.
fn seed(state: &State, sign: &[f64], held: impl Fn(usize) -> bool) -> Vec<(usize, f64)> {
    let n = sign.len();
    let mut changes: Vec<(usize, f64)> = (0..n)
        .filter(|t| held(*t) && state.alpha[*t] > 0.0)
        .map(|t| (t, 0.0))
        .collect();
    let surplus: f64 = (0..n)
        .filter(|t| !held(*t))
        .map(|t| sign[t] * state.alpha[t])
        .sum();
    let mut givers: Vec<usize> = (0..n)
        .filter(|t| !held(*t) && state.alpha[*t] > 0.0 && sign[*t] * surplus > 0.0)
        .collect();
    let margin = |t: usize| sign[t] * (state.f[t] + state.bias);
    givers.order_by(|a, b| margin(*b).total_cmp(&margin(*a)));
    let mut left = surplus.abs();
    for t in givers {
        if left <= 0.0 {
            break;
        }
        let given = left.min(state.alpha[t]);
        changes.push((t, state.alpha[t] - given));
        left -= given;
    }
    changes
}
