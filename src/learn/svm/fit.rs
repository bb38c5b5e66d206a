//! A fit under way: columns shifted and scaled, one machine per pair of classes, the parts put together.
use super::super::kernels::{
    folds,
    kernel_rows::Shape,
    platt::Sigmoid,
    problem::{Goal, Problem},
    smo::Dual,
};
use super::{
    FittedSvm, ID, Svm,
    fitted::{Body, FAR, State},
    machine::{self, Machine, N_FOLDS, Sample, Settings},
    varying,
};
use crate::base::{Result, Run, Stage, Warning};
use std::borrow::Cow;

/// Units of progress per fit of a machine.
const UNITS: u64 = 100;
/// Stream of random numbers that folds are dealt with.
const FOLDS: u64 = 0x5356_4d02;

/// Means of the columns; the value itself where a column has only one.
fn means(x: &[f32], d: usize) -> Vec<f64> {
    let n = (x.len() / d).max(1) as f64;
    let mut sums = vec![0f64; d];
    for row in x.chunks_exact(d) {
        for (s, v) in sums.iter_mut().zip(row) {
            *s += f64::from(*v);
        }
    }
    let varies = varying(x, d);
    let mean = |((sum, varies), first): ((f64, bool), &f32)| {
        if varies { sum / n } else { f64::from(*first) }
    };
    sums.into_iter().zip(varies).zip(x).map(mean).collect()
}

/// A fit under way.
pub(super) struct Fit<'a> {
    svm: &'a Svm,
    data: &'a Problem<'a>,
    /// Rows of `data` that are fitted to.
    rows: Vec<usize>,
    weight: Vec<f64>,
    /// Shifted and scaled, row-major, one row per entry of `rows`.
    x: Vec<f32>,
    shift: Vec<f64>,
    /// Factor of `x` after the shift.
    scale: f64,
    settings: Settings,
    slab: Vec<f32>,
    n_iter: u64,
    converged: bool,
}

impl<'a> Fit<'a> {
    pub(super) fn new(svm: &'a Svm, data: &'a Problem<'a>, rows: Vec<usize>) -> Self {
        let d = data.n_columns;
        let all = data.row_weights();
        let weight = rows.iter().map(|i| all.as_ref().map_or(1.0, |w| w[*i]));
        let raw: Cow<'_, [f32]> = if rows.len() == data.n_rows {
            Cow::Borrowed(&data.x)
        } else {
            let of = |i: &usize| &data.x[i * d..(i + 1) * d];
            Cow::Owned(rows.iter().flat_map(of).copied().collect())
        };
        let shift = means(&raw, d);
        let centred = |cell: (&f32, &f64)| f64::from(*cell.0) - cell.1;
        let scale = match svm.shape {
            Shape::Rbf => svm.gamma.of(&raw, d).sqrt(),
            Shape::Linear => {
                let cells = raw.iter().zip(shift.iter().cycle());
                let largest = cells.map(centred).fold(0f64, |m, v| m.max(v.abs()));
                if largest > 0.0 { 1.0 / largest } else { 1.0 }
            }
        };
        let place = |cell| (centred(cell) * scale).clamp(-FAR, FAR) as f32;
        let x = raw.iter().zip(shift.iter().cycle()).map(place).collect();
        Self {
            weight: weight.collect(),
            x,
            shift,
            scale,
            settings: Settings {
                shape: svm.shape,
                tol: svm.tol,
                max_iter: svm.max_iter,
                cache_bytes: svm.cache_bytes,
            },
            slab: Vec::new(),
            n_iter: 0,
            converged: true,
            svm,
            data,
            rows,
        }
    }

    /// `C`, in terms of the scaled columns: shrinking them by `s` makes the weights grow, and their penalty by `s²`.
    fn c(&self) -> f64 {
        match self.svm.shape {
            Shape::Rbf => self.svm.c,
            Shape::Linear => self.svm.c / (self.scale * self.scale),
        }
    }

    /// Fits machine `m` of `n_machines`.
    fn machine(
        &mut self,
        sample: &Sample<'_>,
        (m, n_machines, n_fits): (usize, usize, usize),
        run: &mut Run<'_>,
    ) -> Result<Machine> {
        let total = (n_machines * n_fits) as u64 * UNITS;
        let mut tick = |fit: usize, share: f64| {
            let before = (m * n_fits + fit) as u64 * UNITS;
            let done = before + (share * UNITS as f64) as u64;
            run.step(Stage::Fitting, done.min(total - 1), total)
        };
        tick(0, 0.0)?;
        let machine = machine::fit(sample, self.settings, &mut self.slab, &mut tick)?;
        self.n_iter += machine.n_iter;
        self.converged &= machine.converged;
        Ok(machine)
    }

    pub(super) fn classify(
        &mut self,
        codes: &[u32],
        classes: Vec<String>,
        run: &mut Run<'_>,
    ) -> Result<FittedSvm> {
        let (d, k) = (self.data.n_columns, classes.len());
        let n_machines = k * (k - 1) / 2;
        let n_fits = if self.svm.probability { 1 + N_FOLDS } else { 1 };
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); k];
        for (place, row) in self.rows.iter().enumerate() {
            members[codes[*row] as usize].push(place);
        }
        let mut rng = run.rng(FOLDS);
        let mut bias = Vec::with_capacity(n_machines);
        let mut sigmoid = Vec::with_capacity(n_machines);
        let mut weights = Vec::new();
        let mut beta = vec![vec![0.0; self.rows.len()]; k - 1];
        for i in 0..k {
            for j in i + 1..k {
                // In the order of the rows, so that two classes are the rows as they are.
                let mut of_pair = [members[i].as_slice(), &members[j]].concat();
                of_pair.sort_unstable();
                let sign = of_pair.iter().map(|p| {
                    if codes[self.rows[*p]] as usize == j {
                        1.0
                    } else {
                        -1.0
                    }
                });
                let sign: Vec<f64> = sign.collect();
                let weight: Vec<f64> = of_pair.iter().map(|p| self.weight[*p]).collect();
                let dealt = self.svm.probability.then(|| {
                    let goal = Goal::Classes {
                        codes: sign.iter().map(|s| u32::from(*s > 0.0)).collect(),
                        classes: [String::new(), String::new()].into(),
                        class_weight: vec![1.0; 2],
                    };
                    folds::deal(&goal, sign.len(), N_FOLDS, &mut rng)
                });
                let of = |p: &usize| &self.x[p * d..(p + 1) * d];
                let x: Vec<f32> = of_pair.iter().flat_map(of).copied().collect();
                let sample = Sample {
                    x: &x,
                    d,
                    dual: Dual {
                        margin: vec![1.0; sign.len()],
                        cost: weight.iter().map(|w| w * self.c()).collect(),
                        sign,
                    },
                    folds: dealt,
                    weight,
                };
                let m = bias.len();
                let fitted = self.machine(&sample, (m, n_machines, n_fits), run)?;
                bias.push(fitted.bias);
                let Sigmoid { a, b } = fitted.sigmoid;
                sigmoid.push((a, b));
                weights.extend(fitted.w.iter().map(|w| w * self.scale));
                for (p, b) in of_pair.iter().zip(&fitted.beta) {
                    let row = if codes[self.rows[*p]] as usize == i {
                        j - 1
                    } else {
                        i
                    };
                    beta[row][*p] = *b;
                }
            }
        }
        self.finish(classes, bias, sigmoid, weights, &beta, &members, run)
    }

    pub(super) fn regress(&mut self, values: &[f64], run: &mut Run<'_>) -> Result<FittedSvm> {
        let n = self.rows.len();
        let total: f64 = self.weight.iter().sum();
        let weighted = self.rows.iter().map(|r| values[*r]).zip(&self.weight);
        let mean = weighted.clone().map(|(v, w)| v * w).sum::<f64>() / total;
        let variance = weighted
            .map(|(v, w)| w * (v - mean) * (v - mean))
            .sum::<f64>()
            / total;
        // In units of their deviation; the objective shrinks by its square, its second term by `C` once more.
        let spread = variance.sqrt();
        let unit = if spread.is_finite() && spread > 0.0 {
            spread
        } else {
            1.0
        };
        let target: Vec<f64> = self
            .rows
            .iter()
            .map(|r| (values[*r] - mean) / unit)
            .collect();
        let epsilon = self.svm.epsilon / unit;
        self.settings.tol = (self.svm.tol / unit).clamp(self.svm.tol.min(1e-5), self.svm.tol);
        let mut sign = vec![1.0; n];
        sign.resize(2 * n, -1.0);
        let above = target.iter().map(|z| z - epsilon);
        let below = target.iter().map(|z| -z - epsilon);
        let cost: Vec<f64> = self.weight.iter().map(|w| w * self.c() / unit).collect();
        let x = std::mem::take(&mut self.x);
        let sample = Sample {
            x: &x,
            d: self.data.n_columns,
            dual: Dual {
                sign,
                margin: above.chain(below).collect(),
                cost: [cost.as_slice(), &cost].concat(),
            },
            folds: None,
            weight: Vec::new(),
        };
        let fitted = self.machine(&sample, (0, 1, 1), run)?;
        self.x = x;
        let weights = fitted.w.iter().map(|w| w * self.scale * unit).collect();
        let beta = vec![fitted.beta.iter().map(|b| b * unit).collect()];
        let bias = vec![fitted.bias * unit + mean];
        let members = [(0..n).collect()];
        self.finish(Vec::new(), bias, Vec::new(), weights, &beta, &members, run)
    }

    /// Puts the fitted machine together. `beta` has a value per row for each opposing class.
    #[allow(clippy::too_many_arguments)]
    fn finish(
        &mut self,
        classes: Vec<String>,
        bias: Vec<f64>,
        sigmoid: Vec<(f64, f64)>,
        weights: Vec<f64>,
        beta: &[Vec<f64>],
        members: &[Vec<usize>],
        run: &mut Run<'_>,
    ) -> Result<FittedSvm> {
        let d = self.data.n_columns;
        if !self.converged {
            run.warn(Warning::NotConverged {
                algorithm: ID.into(),
                iterations: self.n_iter,
            });
        }
        let n_machines = bias.len() as u64;
        let n_fits = if classes.is_empty() || !self.svm.probability {
            1
        } else {
            1 + N_FOLDS as u64
        };
        let total = n_machines * n_fits * UNITS;
        run.step(Stage::Fitting, total, total)?;
        let body = if self.svm.shape == Shape::Linear {
            Body::Linear { weights }
        } else {
            let used = |p: &&usize| beta.iter().any(|b| b[**p] != 0.0);
            let kept: Vec<Vec<usize>> = members
                .iter()
                .map(|m| m.iter().filter(used).copied().collect())
                .collect();
            let all: Vec<usize> = kept.concat();
            Body::Rbf {
                scale: self.scale,
                vectors: all
                    .iter()
                    .flat_map(|p| &self.x[p * d..(p + 1) * d])
                    .copied()
                    .collect(),
                n_vectors: kept.iter().map(|m| m.len() as u32).collect(),
                coefficients: beta
                    .iter()
                    .flat_map(|b| all.iter().map(|p| b[*p]))
                    .collect(),
            }
        };
        FittedSvm::from_state(State {
            classes,
            features: self.data.features.to_vec(),
            shift: std::mem::take(&mut self.shift),
            bias,
            sigmoid,
            body,
        })
    }
}
