//! Mutual information of a column and the target, in nats, by nearest neighbours.
//!
//! - Two discrete ones: from their joint counts.
//! - A number and a class: `ψ(n) + ⟨ψ(k)⟩ − ⟨ψ(n_class)⟩ − ⟨ψ(m)⟩`, `m` counting rows within the distance to the `k`-th
//!   neighbour of the same class (Ross).
//! - Two numbers: `ψ(n) + ψ(k) − ⟨ψ(n_x + 1)⟩ − ⟨ψ(n_y + 1)⟩`, counting rows within the distance, by the larger of both
//!   differences, to the `k`-th neighbour (Kraskov).
//!
//! Numbers are divided by their standard deviation and moved by a tiny random amount, so that equal ones do not tie.
//! Estimates below 0 count as 0. Rows without a value in a column do not count for it.
//!
//! Source: Kraskov, Stögbauer & Grassberger (2004), doi:10.1103/PhysRevE.69.066138; Ross (2014),
//! doi:10.1371/journal.pone.0087357.
use super::{classes, numbers};
use crate::base::{Error, Result, Run, Stage};
use crate::evaluate::{importance::mean_sd, special::digamma};
use crate::learn::{Dataset, Target};
use rand_chacha::{ChaCha8Rng, rand_core::Rng as _};
use std::collections::BTreeMap;

/// Stream of the seed.
const STREAM: u64 = 0x6d75_7475;
/// Size of the random amount relative to the values, as in scikit-learn.
const NOISE: f64 = 1e-10;

/// Mutual information of each column of `data` and its target; category columns are discrete.
///
/// # Errors
/// [`Error::Param`] for no neighbour; [`Error::Target`] without a target; [`Error::Shape`]; [`Error::Cancelled`].
pub fn mutual_information(
    data: &Dataset,
    n_neighbors: usize,
    run: &mut Run<'_>,
) -> Result<Vec<f64>> {
    if n_neighbors == 0 {
        return Err(Error::out_of_range("n_neighbors", 1.0, 1_000.0));
    }
    let d = data.x.ncols();
    let mut rng = run.rng(STREAM);
    let goal: Vec<f64> = match &data.y {
        Target::Number(_) => scaled(numbers(data)?, &mut rng),
        _ => classes(data)?.0.iter().map(|c| f64::from(*c)).collect(),
    };
    let goal_is_number = matches!(data.y, Target::Number(_));
    let mut out = Vec::with_capacity(d);
    for (j, column) in data.x.columns().into_iter().enumerate() {
        run.step(Stage::Explaining, j as u64, d as u64)?;
        let (x, y): (Vec<f64>, Vec<f64>) = column
            .iter()
            .zip(&goal)
            .filter(|(x, _)| x.is_finite())
            .map(|(x, y)| (f64::from(*x), *y))
            .unzip();
        let discrete = data.levels_of(j) > 0;
        let x = if discrete { x } else { scaled(&x, &mut rng) };
        let codes = |v: &[f64]| -> Vec<u32> { v.iter().map(|v| *v as u32).collect() };
        out.push(match (discrete, goal_is_number) {
            (true, false) => plug_in(&codes(&x), &codes(&y)),
            (true, true) => number_class(&y, &codes(&x), n_neighbors),
            (false, false) => number_class(&x, &codes(&y), n_neighbors),
            (false, true) => number_number(&x, &y, n_neighbors, run)?,
        });
    }
    run.step(Stage::Explaining, d as u64, d as u64)?;
    Ok(out)
}

/// Divided by the standard deviation, with a tiny normal amount added.
fn scaled(values: &[f64], rng: &mut ChaCha8Rng) -> Vec<f64> {
    let (_, sd) = mean_sd(values);
    let sd = if sd > 0.0 { sd } else { 1.0 };
    let size = values.iter().map(|v| (v / sd).abs()).sum::<f64>() / values.len().max(1) as f64;
    let amount = NOISE * size.max(1.0);
    values
        .iter()
        .map(|v| v / sd + amount * normal(rng))
        .collect()
}

/// About standard normal: twelve even numbers added up, which needs no library function.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let even = |_| f64::from(rng.next_u32()) / f64::from(u32::MAX);
    (0..12).map(even).sum::<f64>() - 6.0
}

fn plug_in(x: &[u32], y: &[u32]) -> f64 {
    let n = x.len() as f64;
    let mut joint: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    let (mut of_x, mut of_y) = (BTreeMap::new(), BTreeMap::new());
    for (&x, &y) in x.iter().zip(y) {
        *joint.entry((x, y)).or_default() += 1.0;
        *of_x.entry(x).or_insert(0.0) += 1.0;
        *of_y.entry(y).or_insert(0.0) += 1.0;
    }
    let part = |((x, y), c): (&(u32, u32), &f64)| {
        let (a, b): (f64, f64) = (
            of_x.get(x).copied().unwrap_or(1.0),
            of_y.get(y).copied().unwrap_or(1.0),
        );
        c / n * (c * n / (a * b)).ln()
    };
    joint.iter().map(part).sum::<f64>().max(0.0)
}

/// Numbers of `sorted` closer to `at` than `radius`, itself included.
fn within(sorted: &[f64], at: f64, radius: f64) -> usize {
    // Distances are compared, not ends of the interval, so that rounding is the same for all.
    let first = sorted.partition_point(|v| at - v > radius);
    let last = sorted.partition_point(|v| v - at <= radius);
    last.saturating_sub(first)
}

/// The largest number below a distance.
fn just_below(radius: f64) -> f64 {
    if radius > 0.0 {
        radius.next_down()
    } else {
        0.0
    }
}

fn number_class(x: &[f64], codes: &[u32], n_neighbors: usize) -> f64 {
    let mut groups: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (&x, &c) in x.iter().zip(codes) {
        groups.entry(c).or_default().push(x);
    }
    // A row alone in its class has no neighbour.
    groups.retain(|_, v| v.len() > 1);
    let mut all: Vec<f64> = groups.values().flatten().copied().collect();
    all.sort_unstable_by(f64::total_cmp);
    let n = all.len() as f64;
    if all.is_empty() {
        return 0.0;
    }
    let (mut of_k, mut of_class, mut of_m) = (0.0, 0.0, 0.0);
    for values in groups.values_mut() {
        values.sort_unstable_by(f64::total_cmp);
        let k = n_neighbors.min(values.len() - 1);
        let size = values.len() as f64;
        of_k += size * digamma(k as f64);
        of_class += size * digamma(size);
        for i in 0..values.len() {
            let radius = just_below(kth_distance(values, i, k));
            of_m += digamma(within(&all, values[i], radius) as f64);
        }
    }
    (digamma(n) + (of_k - of_class - of_m) / n).max(0.0)
}

/// Distance from a place in rising values to its `k`-th neighbour.
fn kth_distance(sorted: &[f64], i: usize, k: usize) -> f64 {
    let (mut low, mut high, mut distance) = (i, i + 1, 0.0);
    for _ in 0..k {
        let left = low.checked_sub(1).map(|l| sorted[i] - sorted[l]);
        let right = sorted.get(high).map(|v| v - sorted[i]);
        match (left, right) {
            (Some(l), Some(r)) if l <= r => (low, distance) = (low - 1, l),
            (Some(l), None) => (low, distance) = (low - 1, l),
            (_, Some(r)) => (high, distance) = (high + 1, r),
            (None, None) => break,
        }
    }
    distance
}

fn number_number(x: &[f64], y: &[f64], n_neighbors: usize, run: &Run<'_>) -> Result<f64> {
    let n = x.len();
    if n < 2 {
        return Ok(0.0);
    }
    let k = n_neighbors.min(n - 1);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_unstable_by(|&a, &b| x[a].total_cmp(&x[b]));
    let sorted_x: Vec<f64> = order.iter().map(|&i| x[i]).collect();
    let y_by_x: Vec<f64> = order.iter().map(|&i| y[i]).collect();
    let mut sorted_y = y.to_vec();
    sorted_y.sort_unstable_by(f64::total_cmp);
    let mut sum = 0.0;
    let mut nearest: Vec<f64> = Vec::with_capacity(k + 1);
    for at in 0..n {
        if at % 256 == 0 {
            run.check()?;
        }
        // Outwards along x until no closer row can come.
        nearest.clear();
        let (mut low, mut high) = (at, at + 1);
        loop {
            let left = low.checked_sub(1).map(|l| sorted_x[at] - sorted_x[l]);
            let right = sorted_x.get(high).map(|v| v - sorted_x[at]);
            let (j, dx) = match (left, right) {
                (Some(l), Some(r)) if l <= r => (low - 1, l),
                (Some(l), None) => (low - 1, l),
                (_, Some(r)) => (high, r),
                (None, None) => break,
            };
            if nearest.len() == k && nearest.last().is_some_and(|worst| dx >= *worst) {
                break;
            }
            if j < at {
                low = j;
            } else {
                high = j + 1;
            }
            let apart = dx.max((y_by_x[j] - y_by_x[at]).abs());
            let place = nearest.partition_point(|d| *d <= apart);
            nearest.insert(place, apart);
            nearest.truncate(k);
        }
        let radius = just_below(nearest.last().copied().unwrap_or(0.0));
        sum += digamma(within(&sorted_x, sorted_x[at], radius) as f64)
            + digamma(within(&sorted_y, y_by_x[at], radius) as f64);
    }
    Ok((digamma(n as f64) + digamma(k as f64) - sum / n as f64).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use ndarray::Array2;

    #[test]
    fn neighbours_are_counted_like_by_hand() {
        let sorted = [0.0, 1.0, 3.0, 3.5, 7.0];
        let far = |i, k| kth_distance(&sorted, i, k);
        assert_eq!(
            (far(0, 1), far(0, 2), far(2, 2), far(4, 4)),
            (1.0, 3.0, 2.0, 7.0)
        );
        assert_eq!(within(&sorted, 3.0, 2.0), 3);
        assert_eq!(within(&sorted, 3.0, 0.0), 1);
    }

    #[test]
    fn hostile_columns_give_nothing() {
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, 1);
        let of =
            |x: Array2<f32>, y, run: &mut Run<'_>| mutual_information(&Dataset::new(x, y), 3, run);
        let gone = Array2::from_elem((6, 2), f32::NAN);
        let y = Target::class(vec![0, 1, 0, 1, 0, 1], &["a", "b"]);
        assert_eq!(of(gone.clone(), y, &mut run).unwrap(), [0.0, 0.0]);
        assert_eq!(
            of(gone, Target::Number(vec![1.0; 6]), &mut run).unwrap(),
            [0.0, 0.0]
        );
        let one = Array2::zeros((1, 1));
        assert_eq!(
            of(one.clone(), Target::Number(vec![1.0]), &mut run).unwrap(),
            [0.0]
        );
        assert_eq!(
            of(one, Target::None, &mut run).unwrap_err().code(),
            "target"
        );
    }
}
