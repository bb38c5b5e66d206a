//! What boosting makes small: losses, where they start, and their derivatives per row.
//!
//! | Objective | Loss of score `s` | First derivative | Second |
//! |---|---|---|---|
//! | logistic | `−ln p` of the row's class, `p = 1 / (1 + e^−s)` | `p − y` | `p (1 − p)` |
//! | softmax | `−ln p` of the row's class | `p_k − [k = y]` | `K / (K − 1) · p_k (1 − p_k)` |
//! | squared | `(s − y)²` | `s − y` | 1 |
//! | absolute | `abs(s − y)` | `sign(s − y)` | 1 |
//! | quantile | `max(α (y − s), (α − 1)(y − s))` | `1 − α` above `y`, else `−α` | 1 |
//! | Poisson | `e^s − y s` | `e^s − y` | `e^(s + 0.7)` |
//!
//! LightGBM's, constants included. Scores of the number objectives but Poisson are relative to where they start.
use super::super::kernels::{
    exp::{exp_f32, exp_f64, sigmoid_f32, sigmoid_f64},
    histogram::pack,
};
use serde::{Deserialize, Serialize};

/// What quantised derivatives sum to in absolute value; half of what a packed field holds, the rest is for rounding.
const FIELD_SUM: f64 = (1u64 << 30) as f64;
/// Rows handled by one call of a small loop, so that browsers compile it well early.
const CHUNK: usize = 4096;
/// Keeps steps of the Poisson objective small.
const POISSON_MAX_STEP: f32 = 0.7;
/// No row counts as less likely than this in the loss of the training rows.
const LEAST: f32 = 1e-9;

/// An objective.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Objective {
    /// Two classes.
    Logistic,
    /// Several classes.
    Softmax {
        /// How many.
        n_classes: u32,
    },
    /// Mean.
    Squared,
    /// Median.
    Absolute,
    /// A quantile.
    Quantile {
        /// Its share.
        alpha: f64,
    },
    /// Counts; the score is the logarithm of the mean.
    Poisson,
}

impl Objective {
    /// Scores per row.
    pub fn n_outputs(self) -> usize {
        match self {
            Self::Softmax { n_classes } => n_classes as usize,
            _ => 1,
        }
    }

    /// The share of the quantile that leaves are set to after they have grown.
    pub fn renewed(self) -> Option<f64> {
        match self {
            Self::Absolute => Some(0.5),
            Self::Quantile { alpha } => Some(alpha),
            _ => None,
        }
    }

    /// The constant score of least loss, per output.
    pub fn start(self, y: &[f64], weight: Option<&[f64]>) -> Vec<f64> {
        let w = |i: usize| weight.map_or(1.0, |w| w[i]);
        let all: f64 = (0..y.len()).map(w).sum();
        let mean = || (0..y.len()).map(|i| w(i) * y[i]).sum::<f64>() / all;
        match self {
            Self::Logistic => {
                let p = mean();
                vec![(p / (1.0 - p)).ln()]
            }
            Self::Softmax { n_classes } => {
                let mut sums = vec![0.0; n_classes as usize];
                for (i, y) in y.iter().enumerate() {
                    sums[*y as usize] += w(i);
                }
                sums.iter().map(|s| (s / all).ln()).collect()
            }
            Self::Squared => vec![mean()],
            Self::Absolute | Self::Quantile { .. } => {
                let share = self.renewed().unwrap_or(0.5);
                let mut rows: Vec<(f64, f64)> = (0..y.len()).map(|i| (y[i], w(i))).collect();
                vec![quantile(&mut rows, share, weight.is_some())]
            }
            // No counts at all: next to nothing.
            Self::Poisson => vec![mean().max(1e-30).ln()],
        }
    }

    /// Mean loss; `scores` has a list per output, in single precision as while fitting.
    pub fn loss(self, scores: &[&[f32]], y: &[f32], weight: Option<&[f32]>) -> f64 {
        let (mut sum, mut all) = (0.0, 0.0);
        for (i, &y) in y.iter().enumerate() {
            let w = weight.map_or(1.0, |w| f64::from(w[i]));
            all += w;
            sum += w * self.row_loss(|k| f64::from(scores[k][i]), f64::from(y));
        }
        sum / all
    }

    fn row_loss(self, score: impl Fn(usize) -> f64, y: f64) -> f64 {
        let s = score(0);
        match self {
            Self::Logistic => {
                let p = sigmoid_f64(if y > 0.5 { s } else { -s });
                -p.max(1e-300).ln()
            }
            Self::Softmax { n_classes } => {
                let n = n_classes as usize;
                let top = (0..n).map(&score).fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = (0..n).map(|k| exp_f64(score(k) - top)).sum();
                sum.ln() + top - score(y as usize)
            }
            Self::Squared => (s - y) * (s - y),
            Self::Absolute => (s - y).abs(),
            Self::Quantile { alpha } => pinball(s - y, alpha),
            Self::Poisson => exp_f64(s) - y * s,
        }
    }
}

fn pinball(above: f64, alpha: f64) -> f64 {
    if above >= 0.0 {
        (1.0 - alpha) * above
    } else {
        -alpha * above
    }
}

/// The `share` quantile of `(value, weight)`: interpolated between neighbours, or with weights the first value that
/// passes its share of the total weight. Changes the order. 0 without rows.
pub fn quantile(rows: &mut [(f64, f64)], share: f64, weighted: bool) -> f64 {
    if rows.is_empty() {
        return 0.0;
    }
    if !weighted {
        let at = (rows.len() - 1) as f64 * share;
        let k = at.floor() as usize;
        let (_, low, above) = rows.select_nth_unstable_by(k, |a, b| a.0.total_cmp(&b.0));
        let low = low.0;
        let high = above.iter().map(|v| v.0).fold(f64::INFINITY, f64::min);
        return if high.is_finite() {
            low + (high - low) * (at - k as f64)
        } else {
            low
        };
    }
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let all: f64 = rows.iter().map(|r| r.1).sum();
    let mut sum = 0.0;
    let passes = |r: &&(f64, f64)| {
        sum += r.1;
        sum > share * all
    };
    let found = rows.iter().find(passes).or(rows.last());
    found.map_or(0.0, |r| r.0)
}

/// Derivatives of one output, in floating point and packed, and what they are made from.
#[derive(Debug)]
pub struct Derivatives {
    objective: Objective,
    y: Vec<f32>,
    weight: Option<Vec<f32>>,
    total_weight: f64,
    first: Vec<f32>,
    second: Vec<f32>,
    /// Probabilities, a list per class.
    shares: Vec<Vec<f32>>,
    packed: Vec<i64>,
    unit: [f64; 2],
}

impl Derivatives {
    /// For these targets.
    pub fn new(objective: Objective, y: Vec<f32>, weight: Option<Vec<f32>>) -> Self {
        let n = y.len();
        let sum = |w: &Vec<f32>| w.iter().map(|w| f64::from(*w)).sum();
        let n_shares = match objective {
            Objective::Softmax { n_classes } => n_classes as usize,
            _ => 0,
        };
        Self {
            objective,
            total_weight: weight.as_ref().map_or(n as f64, sum),
            y,
            weight,
            first: vec![0.0; n],
            second: vec![0.0; n],
            shares: vec![vec![0.0; n]; n_shares],
            packed: vec![0; n],
            unit: [1.0; 2],
        }
    }

    /// Packed derivatives of the output updated last.
    pub fn packed(&self) -> &[i64] {
        &self.packed
    }

    /// Value of one unit of the signed and of the unsigned packed field.
    pub fn unit(&self) -> [f64; 2] {
        self.unit
    }

    /// Target and weight of a row.
    pub fn row(&self, i: usize) -> (f32, f64) {
        (self.y[i], self.weight.as_ref().map_or(1.0, |w| w[i].into()))
    }

    /// Whether rows have weights.
    pub fn weighted(&self) -> bool {
        self.weight.is_some()
    }

    /// Prepares a round at `scores`; the mean loss there.
    pub fn start_round(&mut self, scores: &[Vec<f32>]) -> f64 {
        let n = self.y.len();
        let mut sum = 0.0;
        for from in (0..n).step_by(CHUNK) {
            let rows = from..(from + CHUNK).min(n);
            let y = &self.y[rows.clone()];
            let weight = self.weight.as_ref().map(|w| &w[rows.clone()]);
            if self.shares.is_empty() {
                let first = &mut self.first[rows.clone()];
                let second = &mut self.second[rows.clone()];
                let score = &scores[0][rows];
                sum += match self.objective {
                    Objective::Squared => squared(score, y, weight, first, second),
                    Objective::Absolute => pulled(score, y, weight, [1.0, 1.0], first, second),
                    Objective::Quantile { alpha } => {
                        let pull = [1.0 - alpha as f32, alpha as f32];
                        pulled(score, y, weight, pull, first, second)
                    }
                    Objective::Poisson => poisson(score, y, weight, first, second),
                    Objective::Logistic | Objective::Softmax { .. } => {
                        logistic(score, y, weight, first, second)
                    }
                };
                weigh(first, second, weight);
            } else {
                let scores: Vec<&[f32]> = scores.iter().map(|s| &s[rows.clone()]).collect();
                let shares = self.shares.iter_mut().map(|s| &mut s[rows.clone()]);
                sum += softmax(&scores, y, weight, &mut shares.collect::<Vec<_>>());
            }
        }
        sum / self.total_weight
    }

    /// Makes the derivatives of output `k`; `false` when nothing is left to improve.
    pub fn update(&mut self, k: usize) -> bool {
        let n = self.y.len();
        let factor = self.shares.len() as f32 / (self.shares.len() as f32 - 1.0);
        let mut sums = [0.0; 2];
        for from in (0..n).step_by(CHUNK) {
            let rows = from..(from + CHUNK).min(n);
            let first = &mut self.first[rows.clone()];
            let second = &mut self.second[rows.clone()];
            if let Some(shares) = self.shares.get(k) {
                one_of(
                    &shares[rows.clone()],
                    &self.y[rows.clone()],
                    k as f32,
                    factor,
                    first,
                    second,
                );
                weigh(
                    first,
                    second,
                    self.weight.as_ref().map(|w| &w[rows.clone()]),
                );
            }
            sums[0] += sum_abs(first);
            sums[1] += sum_abs(second);
        }
        if !sums.iter().all(|s| *s > 0.0 && s.is_finite()) {
            return false;
        }
        self.unit = sums.map(|s| s / FIELD_SUM);
        let scale = sums.map(|s| (FIELD_SUM / s) as f32);
        if !scale.iter().all(|s| s.is_finite()) {
            return false;
        }
        let fields = self.first.chunks(CHUNK).zip(self.second.chunks(CHUNK));
        for ((first, second), packed) in fields.zip(self.packed.chunks_mut(CHUNK)) {
            quantise(first, second, packed, scale);
        }
        true
    }
}

/// `Σ w · loss` where the loss is `−ln` of a probability: of many probabilities at once, for one logarithm is dear.
fn minus_logs(of: impl Fn(usize) -> f32, n: usize, weight: Option<&[f32]>) -> f64 {
    if let Some(w) = weight {
        let log = |i: usize| f64::from(w[i]) * f64::from(of(i).max(LEAST)).ln();
        return -(0..n).map(log).sum::<f64>();
    }
    let mut sum = 0.0;
    for from in (0..n).step_by(32) {
        let mut products = [1f64; 4];
        let to = (from + 32).min(n);
        for i in from..to {
            products[i & 3] *= f64::from(of(i).max(LEAST));
        }
        sum -= (products[0] * products[1] * (products[2] * products[3])).ln();
    }
    sum
}

#[inline(never)]
fn logistic(
    score: &[f32],
    y: &[f32],
    weight: Option<&[f32]>,
    first: &mut [f32],
    second: &mut [f32],
) -> f64 {
    let out = first.iter_mut().zip(second.iter_mut());
    for ((f, s), (z, y)) in out.zip(score.iter().zip(y)) {
        let p = sigmoid_f32(*z);
        *f = p - y;
        *s = p * (1.0 - p);
    }
    minus_logs(|i| 1.0 - first[i].abs(), first.len(), weight)
}

#[inline(never)]
fn squared(
    score: &[f32],
    y: &[f32],
    weight: Option<&[f32]>,
    first: &mut [f32],
    second: &mut [f32],
) -> f64 {
    for ((f, s), (z, y)) in first
        .iter_mut()
        .zip(second.iter_mut())
        .zip(score.iter().zip(y))
    {
        *f = z - y;
        *s = 1.0;
    }
    weighted_sum(first.iter().map(|f| f64::from(*f) * f64::from(*f)), weight)
}

/// Absolute and quantile: the loss rises by `pull[0]` per unit above the target, and by `pull[1]` below.
#[inline(never)]
fn pulled(
    score: &[f32],
    y: &[f32],
    weight: Option<&[f32]>,
    pull: [f32; 2],
    first: &mut [f32],
    second: &mut [f32],
) -> f64 {
    // On the target itself neither side of the absolute loss pulls; a quantile counts it as above.
    let even = if pull[0] == pull[1] { 0.0 } else { pull[0] };
    for ((f, s), (z, y)) in first
        .iter_mut()
        .zip(second.iter_mut())
        .zip(score.iter().zip(y))
    {
        *f = if z > y {
            pull[0]
        } else if z < y {
            -pull[1]
        } else {
            even
        };
        *s = 1.0;
    }
    let rows = score.iter().zip(y).zip(first);
    weighted_sum(
        rows.map(|((z, y), f)| f64::from(z - y) * f64::from(*f)),
        weight,
    )
}

#[inline(never)]
fn poisson(
    score: &[f32],
    y: &[f32],
    weight: Option<&[f32]>,
    first: &mut [f32],
    second: &mut [f32],
) -> f64 {
    let step = exp_f32(POISSON_MAX_STEP);
    for ((f, s), (z, y)) in first
        .iter_mut()
        .zip(second.iter_mut())
        .zip(score.iter().zip(y))
    {
        let mean = exp_f32(*z);
        *f = mean - y;
        *s = mean * step;
    }
    let rows = first.iter().zip(score.iter().zip(y));
    let losses = rows.map(|(f, (z, y))| f64::from(f + y) - f64::from(y * z));
    weighted_sum(losses, weight)
}

/// Probabilities of every class.
#[inline(never)]
fn softmax(scores: &[&[f32]], y: &[f32], weight: Option<&[f32]>, shares: &mut [&mut [f32]]) -> f64 {
    let n = y.len();
    let mut top = vec![f32::NEG_INFINITY; n];
    let mut sum = vec![0f32; n];
    for score in scores {
        for (t, s) in top.iter_mut().zip(*score) {
            *t = t.max(*s);
        }
    }
    for (share, score) in shares.iter_mut().zip(scores) {
        for ((p, s), (t, sum)) in share
            .iter_mut()
            .zip(*score)
            .zip(top.iter().zip(sum.iter_mut()))
        {
            *p = exp_f32(s - t);
            *sum += *p;
        }
    }
    for share in shares.iter_mut() {
        for (p, sum) in share.iter_mut().zip(&sum) {
            *p /= sum;
        }
    }
    minus_logs(|i| shares[y[i] as usize][i], n, weight)
}

/// Derivatives of one class of several.
#[inline(never)]
fn one_of(share: &[f32], y: &[f32], k: f32, factor: f32, first: &mut [f32], second: &mut [f32]) {
    let out = first.iter_mut().zip(second.iter_mut());
    for ((f, s), (p, y)) in out.zip(share.iter().zip(y)) {
        *f = p - if *y == k { 1.0 } else { 0.0 };
        *s = factor * p * (1.0 - p);
    }
}

fn weighted_sum(losses: impl Iterator<Item = f64>, weight: Option<&[f32]>) -> f64 {
    match weight {
        None => losses.sum(),
        Some(w) => losses.zip(w).map(|(l, w)| l * f64::from(*w)).sum(),
    }
}

#[inline(never)]
fn weigh(first: &mut [f32], second: &mut [f32], weight: Option<&[f32]>) {
    if let Some(w) = weight {
        for ((f, s), w) in first.iter_mut().zip(second.iter_mut()).zip(w) {
            *f *= w;
            *s *= w;
        }
    }
}

#[inline(never)]
fn sum_abs(values: &[f32]) -> f64 {
    let mut lanes = [0f64; 8];
    let (chunks, rest) = values.as_chunks::<8>();
    for c in chunks {
        for k in 0..8 {
            lanes[k] += f64::from(c[k].abs());
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|v| f64::from(v.abs())).sum::<f64>()
}

#[inline(never)]
fn quantise(first: &[f32], second: &[f32], packed: &mut [i64], scale: [f32; 2]) {
    for ((p, f), s) in packed.iter_mut().zip(first).zip(second) {
        let f = f * scale[0];
        // Half away from zero, so that mirrored classes give mirrored sums.
        let f = (f + 0.5f32.copysign(f)) as i32;
        let s = (s * scale[1] + 0.5) as i32;
        *p = pack(f, s as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Objective; 6] = [
        Objective::Logistic,
        Objective::Softmax { n_classes: 3 },
        Objective::Squared,
        Objective::Absolute,
        Objective::Quantile { alpha: 0.8 },
        Objective::Poisson,
    ];

    fn targets(objective: Objective, n: usize) -> Vec<f32> {
        let of = |i: usize| match objective {
            Objective::Logistic => (i % 2) as f32,
            Objective::Softmax { .. } | Objective::Poisson => (i % 3) as f32,
            _ => (i % 7) as f32 - 2.3,
        };
        (0..n).map(of).collect()
    }

    #[test]
    fn derivatives_are_slopes_of_the_loss() {
        for objective in ALL {
            let (n, k) = (35, objective.n_outputs());
            let y = targets(objective, n);
            let score: Vec<Vec<f32>> = (0..k)
                .map(|k| {
                    (0..n)
                        .map(|i| ((i * 5 + k * 3) % 11) as f32 * 0.3 - 1.4)
                        .collect()
                })
                .collect();
            for weight in [
                None,
                Some((0..n).map(|i| 0.5 + (i % 4) as f32).collect::<Vec<f32>>()),
            ] {
                let mut d = Derivatives::new(objective, y.clone(), weight.clone());
                let slices: Vec<&[f32]> = score.iter().map(Vec::as_slice).collect();
                let loss = objective.loss(&slices, &y, weight.as_deref());
                let quick = d.start_round(&score);
                assert!(
                    (loss - quick).abs() < 1e-5 * loss.abs().max(1.0),
                    "{objective:?} {loss} {quick}"
                );
                for out in 0..k {
                    assert!(d.update(out));
                    for i in 0..n {
                        let at = |dz: f64| {
                            let of =
                                |k: usize| f64::from(score[k][i]) + if k == out { dz } else { 0.0 };
                            objective.row_loss(of, f64::from(y[i]))
                        };
                        let w = d.row(i).1;
                        let slope = (at(1e-4) - at(-1e-4)) / 2e-4 * w;
                        let twice = if objective == Objective::Squared {
                            2.0
                        } else {
                            1.0
                        };
                        let (f, s) = (f64::from(d.first[i]), f64::from(d.second[i]));
                        assert!(
                            (f * twice - slope).abs() < 1e-3,
                            "{objective:?} {i} {f} {slope}"
                        );
                        assert!(s > 0.0);
                        let (qf, qs) = super::super::super::kernels::histogram::unpack(d.packed[i]);
                        let unit = d.unit();
                        assert!((qf * unit[0] - f).abs() < 1e-5 && (qs * unit[1] - s).abs() < 1e-5);
                    }
                }
            }
        }
    }

    #[test]
    fn starts_have_the_least_loss() {
        for objective in ALL {
            let n = 41;
            let y = targets(objective, n);
            let wide: Vec<f64> = y.iter().map(|v| f64::from(*v)).collect();
            let w: Vec<f64> = (0..n).map(|i| 0.5 + (i % 5) as f64).collect();
            let narrow: Vec<f32> = w.iter().map(|w| *w as f32).collect();
            for weighted in [false, true] {
                let start = objective.start(&wide, weighted.then_some(&w));
                let loss = |shift: f64, k: usize| {
                    let scores: Vec<Vec<f32>> = (0..start.len())
                        .map(|o| vec![(start[o] + if o == k { shift } else { 0.0 }) as f32; n])
                        .collect();
                    let scores: Vec<&[f32]> = scores.iter().map(Vec::as_slice).collect();
                    objective.loss(&scores, &y, weighted.then_some(&narrow))
                };
                for k in 0..start.len() {
                    for shift in [-0.05, 0.05] {
                        assert!(loss(shift, k) >= loss(0.0, k) - 1e-6, "{objective:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn quantiles_interpolate_or_follow_the_weight() {
        let of = |values: &[f64], share| {
            let mut rows: Vec<(f64, f64)> = values.iter().map(|v| (*v, 1.0)).collect();
            quantile(&mut rows, share, false)
        };
        assert_eq!(of(&[3.0, 1.0, 2.0, 10.0], 0.5), 2.5);
        assert_eq!(of(&[3.0, 1.0, 2.0], 1.0), 3.0);
        assert_eq!(of(&[4.0], 0.3), 4.0);
        assert_eq!(of(&[], 0.3), 0.0);
        let mut rows = [(1.0, 1.0), (2.0, 5.0), (9.0, 1.0)];
        assert_eq!(quantile(&mut rows, 0.5, true), 2.0);
        assert_eq!(quantile(&mut rows, 0.99, true), 9.0);
    }

    #[test]
    fn a_perfect_fit_leaves_nothing_to_do() {
        let mut d = Derivatives::new(Objective::Squared, vec![1.0; 5], None);
        assert_eq!(d.start_round(&[vec![1.0; 5]]), 0.0);
        assert!(!d.update(0));
    }
}
