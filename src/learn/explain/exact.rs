//! Contributions that the inside of a model gives exactly.
use super::{
    Answer, Contributions, Explained, Method, by_sampling, contributions,
    ensemble::Ensemble,
    form::{LinearSum, Link},
    mean as mean_of,
    pairs::Pairs,
    scale::{Place, divide, factors},
};
use crate::{
    base::{Result, Run, Stage},
    learn::{
        Calibration,
        kernels::{input::row_major, panels::finite},
    },
};
use ndarray::{Array2, ArrayView2};

/// Rows between two reports of progress.
const STEP: usize = 64;

/// One of a model's sums beside the background.
trait Sum {
    /// For a row.
    fn at(&self, row: &[f32]) -> f64;
    /// Adds to `out` the columns' contributions to the sum compared with each background row, times its `scales`.
    fn add(&mut self, row: &[f32], scales: &[f64], out: &mut [f64]);
}

struct TreeSum<'e> {
    ensemble: &'e Ensemble,
    pairs: Pairs<'e>,
}

impl Sum for TreeSum<'_> {
    fn at(&self, row: &[f32]) -> f64 {
        self.ensemble.sum(row)
    }

    fn add(&mut self, row: &[f32], scales: &[f64], out: &mut [f64]) {
        self.pairs.add(row, scales, out);
    }
}

struct Weighted<'m> {
    sum: LinearSum<'m>,
    background: &'m [f32],
    /// Scaled sum of the background's rows.
    middle: Vec<f64>,
}

impl Sum for Weighted<'_> {
    fn at(&self, row: &[f32]) -> f64 {
        let terms = self.sum.coefficients.iter().zip(row);
        self.sum.intercept + terms.map(|(c, v)| c * f64::from(finite(*v))).sum::<f64>()
    }

    fn add(&mut self, row: &[f32], scales: &[f64], out: &mut [f64]) {
        self.middle.fill(0.0);
        for (other, scale) in self.background.chunks_exact(row.len()).zip(scales) {
            for (m, v) in self.middle.iter_mut().zip(other) {
                *m += scale * f64::from(finite(*v));
            }
        }
        let all: f64 = scales.iter().sum();
        let columns = self.sum.coefficients.iter().zip(row).zip(&self.middle);
        for (out, ((c, v), m)) in out.iter_mut().zip(columns) {
            *out += c * (f64::from(finite(*v)) * all - m);
        }
    }
}

/// Of a linear model.
///
/// # Errors
/// Those of the model; cancellation.
pub(super) fn linear(
    sums: &[LinearSum<'_>],
    link: Link,
    answer: &Answer<'_>,
    background: ArrayView2<'_, f32>,
    x: ArrayView2<'_, f32>,
    run: &mut Run<'_>,
) -> Result<Contributions> {
    let rows = row_major(background);
    let mut games: Vec<Box<dyn Sum + '_>> = Vec::with_capacity(sums.len());
    for sum in sums {
        games.push(Box::new(Weighted {
            sum: *sum,
            background: &rows,
            middle: vec![0.0; x.ncols()],
        }));
    }
    compared(&mut games, link, Method::Linear, answer, background, x, run)
}

/// Of trees.
///
/// # Errors
/// Those of the model; cancellation.
pub(super) fn trees(
    sums: &[Ensemble],
    link: Link,
    answer: &Answer<'_>,
    background: ArrayView2<'_, f32>,
    x: ArrayView2<'_, f32>,
    run: &mut Run<'_>,
) -> Result<Contributions> {
    let rows = row_major(background);
    let mut games: Vec<Box<dyn Sum + '_>> = Vec::with_capacity(sums.len());
    for ensemble in sums {
        let pairs = Pairs::new(ensemble, &rows);
        games.push(Box::new(TreeSum { ensemble, pairs }));
    }
    compared(&mut games, link, Method::Tree, answer, background, x, run)
}

/// Compares every row with every background row, each comparison in the answer's unit.
fn compared(
    games: &mut [Box<dyn Sum + '_>],
    link: Link,
    method: Method,
    answer: &Answer<'_>,
    background: ArrayView2<'_, f32>,
    x: ArrayView2<'_, f32>,
    run: &mut Run<'_>,
) -> Result<Contributions> {
    let total = x.nrows() as u64;
    run.step(Stage::Explaining, 0, total)?;
    let (d, k, n) = (x.ncols(), games.len(), background.nrows());
    let others = row_major(background);
    let (raw_there, there) = answer.both(background)?;
    let (raw_here, predictions) = answer.both(x)?;
    let sums_of = |games: &[Box<dyn Sum + '_>], row: &[f32], to: &mut [f64]| {
        for (to, game) in to.iter_mut().zip(games) {
            *to = game.at(row);
        }
    };
    let mut sums_there = vec![0.0; n * k];
    for (row, to) in others.chunks_exact(d).zip(sums_there.chunks_exact_mut(k)) {
        sums_of(games, row, to);
    }
    let rows = row_major(x);
    let mut values = Array2::zeros(x.dim());
    let mut sums = vec![0.0; k];
    let mut one = vec![0.0; k];
    let mut out = vec![0.0; d];
    let mut scales = vec![vec![0.0; n]; k];
    for (i, row) in rows.chunks_exact(d).enumerate() {
        sums_of(games, row, &mut sums);
        let here = Place {
            sums: &sums,
            raw: raw_here[i],
            value: predictions[i],
        };
        let mut rest = 0.0;
        for b in 0..n {
            let from = Place {
                sums: &sums_there[b * k..(b + 1) * k],
                raw: raw_there[b],
                value: there[b],
            };
            rest += factors(link, answer.is_corrected(), from, here, &mut one);
            for (scales, factor) in scales.iter_mut().zip(&one) {
                scales[b] = factor / n as f64;
            }
        }
        out.fill(0.0);
        for (game, scales) in games.iter_mut().zip(&scales) {
            game.add(row, scales, &mut out);
        }
        divide(rest / n as f64, &mut out);
        for (to, from) in values.row_mut(i).iter_mut().zip(&out) {
            *to = *from;
        }
        if i % STEP == STEP - 1 {
            run.step(Stage::Explaining, i as u64 + 1, total)?;
        }
    }
    run.step(Stage::Explaining, total, total)?;
    Ok(Contributions {
        base: mean_of(&there),
        predictions,
        values,
        errors: None,
        method,
    })
}

/// Of a weighted mean of models, exact as far as theirs are. A correction on top multiplies the contributions by the ratio of
/// the differences from the base after and before it.
///
/// # Errors
/// Those of the models; cancellation.
pub(super) fn mean(
    members: &[(f64, Explained<'_>)],
    answer: &Answer<'_>,
    background: ArrayView2<'_, f32>,
    x: ArrayView2<'_, f32>,
    run: &mut Run<'_>,
) -> Result<Contributions> {
    if members.is_empty() {
        return by_sampling(answer, background, x, run);
    }
    let total = members.len() as u64;
    run.step(Stage::Explaining, 0, total)?;
    let (raw_there, there) = answer.both(background)?;
    let (raw_here, predictions) = answer.both(x)?;
    let mut values = Array2::<f64>::zeros(x.dim());
    let mut errors_sum = Array2::<f64>::zeros(x.dim());
    let mut method = None;
    for (i, (weight, member)) in members.iter().enumerate() {
        let none = Calibration::None;
        let part =
            run.within(|run| contributions(*member, answer.output, &none, background, x, run))?;
        values.scaled_add(*weight, &part.values);
        if let Some(errors) = part.errors {
            // They drew the same orders: their errors may go together.
            errors_sum.scaled_add(weight.abs(), &errors);
        }
        method = match method {
            None => Some(part.method),
            Some(known) if known == part.method => Some(known),
            Some(Method::Sampled) => Some(Method::Sampled),
            _ if part.method == Method::Sampled => Some(Method::Sampled),
            // Exact either way; trees are the more general of the two.
            _ => Some(Method::Tree),
        };
        run.step(Stage::Explaining, i as u64 + 1, total)?;
    }
    let (raw_base, base) = (mean_of(&raw_there), mean_of(&there));
    let rows = values.rows_mut().into_iter().zip(errors_sum.rows_mut());
    for (i, (mut row, mut errors)) in rows.enumerate() {
        let mut factor = [1.0];
        let from = Place {
            sums: &[raw_base],
            raw: raw_base,
            value: base,
        };
        let to = Place {
            sums: &[raw_here[i]],
            raw: raw_here[i],
            value: predictions[i],
        };
        let corrected = answer.is_corrected();
        let rest = factors(Link::Identity, corrected, from, to, &mut factor);
        let mut all: Vec<f64> = row.iter().map(|v| v * factor[0]).collect();
        divide(rest, &mut all);
        row.iter_mut().zip(all).for_each(|(to, from)| *to = from);
        errors.mapv_inplace(|e| e * factor[0].abs());
    }
    let method = method.unwrap_or(Method::Sampled);
    Ok(Contributions {
        base,
        predictions,
        values,
        errors: (method == Method::Sampled).then_some(errors_sum),
        method,
    })
}
