//! The training of a network: scale, batches, epochs, when to stop.
use super::super::kernels::{
    folds,
    network::{Adam, Batch, Network, Shape},
    problem::{Goal, Problem},
};
use super::{
    ID, Mlp,
    fitted::{State, name, output, place},
};
use crate::base::{Error, Result, Run, Stage, Trace, Warning, random};
use rand_chacha::{ChaCha8Rng, rand_core::Rng as _};
use std::borrow::Cow;

/// A mean or a deviation beyond this is taken out of a column.
const LARGE: f64 = 10.0;
/// Multiplications between two looks at whether the job is cancelled.
const WORK: usize = 50_000_000;
/// Most weights of a network.
const MAX_WEIGHTS: usize = 1 << 25;
/// Rows of a batch that is only looked at.
const LOOK: usize = 256;
/// Streams of random numbers.
const START: u64 = 0x4d4c_5001;
const ORDER: u64 = 0x4d4c_5002;
const ASIDE: u64 = 0x4d4c_5003;

/// Shift and factor of a column, or of the target: both as they are unless it is badly scaled.
fn scale_of(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count().max(1) as f64;
    let first = values.clone().next().unwrap_or(0.0);
    if values.clone().all(|v| v == first) {
        return (first, 1.0);
    }
    let mean = values.clone().map(|v| v / n).sum::<f64>();
    let variance = values.map(|v| (v - mean) * (v - mean) / n).sum::<f64>();
    let deviation = variance.sqrt();
    if mean.abs() <= LARGE && deviation <= LARGE {
        return (0.0, 1.0);
    }
    let factor = 1.0 / deviation;
    // Too large even for its own deviation: then it is only moved.
    if factor.is_finite() && factor > 0.0 {
        (mean, factor)
    } else {
        (mean, 1.0)
    }
}

/// Rows as the network sees them.
struct Rows<'a> {
    x: Cow<'a, [f32]>,
    d: usize,
    y: Vec<f32>,
    weight: Option<Vec<f32>>,
}

impl Rows<'_> {
    /// Puts the rows `order` into `batch`.
    fn gather(&self, order: &[u32], batch: &mut Batch) {
        batch.x.clear();
        batch.y.clear();
        batch.weight.clear();
        for r in order {
            let r = *r as usize;
            batch
                .x
                .extend_from_slice(&self.x[r * self.d..(r + 1) * self.d]);
            batch.y.push(self.y[r]);
            if let Some(w) = &self.weight {
                batch.weight.push(w[r]);
            }
        }
    }

    fn weight_of(&self, order: &[u32]) -> f64 {
        match &self.weight {
            Some(w) => order.iter().map(|r| f64::from(w[*r as usize])).sum(),
            None => order.len() as f64,
        }
    }
}

/// Uniform between 0 and 1.
fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

/// Looks whether the job is cancelled whenever enough was done.
struct Patience {
    spent: usize,
    per_row: usize,
}

impl Patience {
    fn did(&mut self, rows: usize, run: &Run<'_>) -> Result<()> {
        self.spent += rows * self.per_row;
        if self.spent > WORK {
            self.spent = 0;
            run.check()?;
        }
        Ok(())
    }
}

/// Fits a network to checked data.
pub(super) fn train(
    mlp: &Mlp,
    data: &Problem<'_>,
    classes: Vec<String>,
    run: &mut Run<'_>,
) -> Result<State> {
    let total = mlp.max_iter as u64;
    run.step(Stage::Fitting, 0, total)?;
    let d = data.n_columns;
    let column = |j: usize| data.x.iter().skip(j).step_by(d).map(|v| f64::from(*v));
    let scales: Vec<(f64, f64)> = (0..d).map(|j| scale_of(column(j))).collect();
    let (target, y) = target(&data.goal);
    let rows = Rows {
        x: placed(&data.x, &scales),
        d,
        y,
        weight: data
            .row_weights()
            .map(|w| w.iter().map(|w| *w as f32).collect()),
    };
    let (output, n_outputs) = output(classes.len());
    let mut sizes = vec![d];
    sizes.extend(&mlp.hidden);
    sizes.push(n_outputs);
    let count = Network::count(&sizes).unwrap_or(usize::MAX);
    if count > MAX_WEIGHTS {
        // Weights, gradient, two moments, the best so far.
        let needed_bytes = (count as u64).saturating_mul(20);
        return Err(Error::memory(needed_bytes));
    }
    let mut network = Network::new(Shape {
        sizes,
        activation: mlp.activation,
        output,
    });
    let mut rng = run.rng(START);
    network.draw(|| uniform(&mut rng));
    let mut course = Course::default();
    let varies = (0..d).any(|j| column(j).any(|v| v != f64::from(data.x[j])));
    if varies {
        let per_row = 6 * count.max(1);
        course.follow(mlp, data, &rows, &mut network, per_row, run)?;
    } else {
        network.set_last_bias(&shares(data, &rows, classes.len()));
    }
    run.step(Stage::Fitting, total, total)?;
    let unit = target.1 * target.1;
    let scaled = |losses: Vec<f64>| losses.iter().map(|l| l * unit).collect();
    Ok(State {
        sizes: network.shape().sizes.iter().map(|s| *s as u32).collect(),
        activation: name(mlp.activation).to_owned(),
        weights: network.flat(),
        shift: scales.iter().map(|s| s.0).collect(),
        scale: scales.iter().map(|s| s.1).collect(),
        target,
        train_loss: scaled(course.train),
        validation_loss: scaled(course.validation),
        best: course.best as u64,
        classes,
    })
}

/// Shift and unit of the target, and the target in terms of them.
fn target(goal: &Goal<'_>) -> ((f64, f64), Vec<f32>) {
    match goal {
        Goal::Classes { codes, .. } => ((0.0, 1.0), codes.iter().map(|c| *c as f32).collect()),
        Goal::Numbers(values) => {
            let (mean, factor) = scale_of(values.iter().copied());
            let y = values.iter().map(|v| ((v - mean) * factor) as f32);
            ((mean, 1.0 / factor), y.collect())
        }
        Goal::Nothing => ((0.0, 1.0), Vec::new()),
    }
}

/// The columns at the network's scale; the data themselves where all are well scaled.
fn placed<'a>(x: &'a [f32], scales: &[(f64, f64)]) -> Cow<'a, [f32]> {
    if scales.iter().all(|s| *s == (0.0, 1.0)) {
        return Cow::Borrowed(x);
    }
    let cells = x.iter().zip(scales.iter().cycle());
    Cow::Owned(cells.map(|(v, s)| place(*v, s.0, s.1)).collect())
}

/// What the last biases must be to give the shares of the classes, or the mean.
fn shares(data: &Problem<'_>, rows: &Rows<'_>, n_classes: usize) -> Vec<f32> {
    let weight = |i: usize| rows.weight.as_ref().map_or(1.0, |w| f64::from(w[i]));
    let Goal::Classes { codes, .. } = &data.goal else {
        let sum: f64 = (0..data.n_rows)
            .map(|i| weight(i) * f64::from(rows.y[i]))
            .sum();
        let all: f64 = (0..data.n_rows).map(weight).sum();
        return vec![(sum / all) as f32];
    };
    let mut totals = vec![0.0; n_classes];
    for (i, c) in codes.iter().enumerate() {
        totals[*c as usize] += weight(i);
    }
    match totals.as_slice() {
        [no, yes] => vec![(yes / no).ln() as f32],
        all => all.iter().map(|t| t.ln() as f32).collect(),
    }
}

/// How the loss went.
#[derive(Default)]
struct Course {
    train: Vec<f64>,
    validation: Vec<f64>,
    best: usize,
}

impl Course {
    fn follow(
        &mut self,
        mlp: &Mlp,
        data: &Problem<'_>,
        rows: &Rows<'_>,
        network: &mut Network,
        per_row: usize,
        run: &mut Run<'_>,
    ) -> Result<()> {
        let (mut order, kept): (Vec<u32>, Vec<u32>) = if mlp.early_stopping {
            let share = mlp.validation_fraction;
            let aside = folds::aside(&data.goal, data.n_rows, share, &mut run.rng(ASIDE));
            (0..data.n_rows as u32).partition(|r| !aside[*r as usize])
        } else {
            ((0..data.n_rows as u32).collect(), Vec::new())
        };
        let size = match mlp.batch_size {
            0 => 200,
            size => size,
        };
        let size = size.min(order.len()).max(1);
        // Pieces of a batch, short enough for the job to be cancelled between them.
        let piece = (WORK / per_row).clamp(4, size.max(4));
        let mut batch = network.batch(piece.max(LOOK.min(kept.len())));
        let mut adam = Adam::new(network, mlp.learning_rate, mlp.beta, mlp.epsilon);
        let mut rng = run.rng(ORDER);
        let mut patience = Patience { spent: 0, per_row };
        let (mut lowest, mut unchanged) = (f64::INFINITY, 0);
        let mut best: Option<Vec<f32>> = None;
        let total = mlp.max_iter as u64;
        for epoch in 1..=mlp.max_iter {
            random::shuffle(&mut rng, &mut order);
            let mut sum = 0.0;
            for part in order.chunks(size) {
                batch.begin();
                let mut loss = 0.0;
                for piece in part.chunks(piece) {
                    rows.gather(piece, &mut batch);
                    loss += network.accumulate(&mut batch);
                    patience.did(piece.len(), run)?;
                }
                let loss = network.finish(&mut batch, mlp.alpha as f32, loss);
                sum += part.len() as f64 * loss;
                adam.step(network, &batch);
            }
            let loss = sum / order.len() as f64;
            if !loss.is_finite() {
                return Err(Error::NotConverged {
                    algorithm: ID.into(),
                    iterations: epoch,
                });
            }
            self.train.push(loss);
            let mut watched = loss;
            if !kept.is_empty() {
                watched = look(network, rows, &kept, &mut batch, &mut patience, run)?;
                self.validation.push(watched);
            }
            run.trace(Trace {
                learner: ID.into(),
                step: epoch as u64,
                total,
                train_loss: loss,
                validation_loss: (!kept.is_empty()).then_some(watched),
            });
            unchanged = if watched > lowest - mlp.tol {
                unchanged + 1
            } else {
                0
            };
            if watched < lowest {
                lowest = watched;
                if !kept.is_empty() {
                    self.best = epoch;
                    best = Some(network.flat());
                }
            }
            if unchanged > mlp.n_iter_no_change {
                break;
            }
            if epoch == mlp.max_iter {
                run.warn(Warning::NotConverged {
                    algorithm: ID.into(),
                    iterations: epoch as u64,
                });
            } else {
                run.step(Stage::Fitting, epoch as u64, total)?;
            }
        }
        match best {
            Some(weights) => {
                network.set_flat(&weights);
            }
            None => self.best = self.train.len(),
        }
        Ok(())
    }
}

/// Loss on the rows kept aside.
fn look(
    network: &Network,
    rows: &Rows<'_>,
    kept: &[u32],
    batch: &mut Batch,
    patience: &mut Patience,
    run: &Run<'_>,
) -> Result<f64> {
    let mut sum = 0.0;
    for part in kept.chunks(LOOK) {
        rows.gather(part, batch);
        sum += network.loss(batch) * rows.weight_of(part);
        patience.did(part.len(), run)?;
    }
    Ok(sum / rows.weight_of(kept))
}
