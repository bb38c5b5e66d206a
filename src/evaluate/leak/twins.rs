//! Held-out rows that stand among the training rows too, and how many chance would put there.
//!
//! In a table of few different values two customers may well be alike in everything. Then many more are alike in all columns
//! but one: of pairs of rows that agree in all columns but `j`, the share that agree by chance in `j` too is what two rows
//! at random agree in it, `q_j`, so that `n_j q_j / (1 − q_j)` of `n_j` pairs that differ in `j` alone are expected to stand beside
//! them. Copied rows have no such neighbours. The estimate is the largest over the columns, as rows that are alike in much
//! are also more alike in the rest.
use crate::{
    base::{Result, Run},
    evaluate::same_length,
};
use std::collections::HashMap;

/// Held-out rows with a twin among the training rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Twins {
    /// Held-out rows.
    pub n_rows: u64,
    /// Which of them have a twin.
    pub rows: Vec<u32>,
    /// How many chance would give, estimated from rows that differ in one column.
    pub expected: f64,
    /// Share of them with the same outcome as a twin.
    pub agreement: f64,
}

/// Share of held-out rows that have to have twins.
const LEAST_SHARE: f64 = 0.01;
/// And how many rows.
const LEAST_ROWS: usize = 10;
/// Chance may give so many times fewer.
const TIMES: f64 = 3.0;
/// Copies have the same outcome, but for mistakes.
const AGREEMENT: f64 = 0.9;

impl Twins {
    /// Whether they are more than chance gives, and of one outcome as copies are.
    pub fn are_copies(&self) -> bool {
        let n = self.rows.len();
        n >= LEAST_ROWS
            && n as f64 >= LEAST_SHARE * self.n_rows as f64
            && n as f64 >= TIMES * self.expected
            && self.agreement >= AGREEMENT
    }
}

/// Compares rows by the numbers that stand for their cells: `train[j]` and `test[j]` are column `j`, `same` says whether a training
/// and a held-out row have the same outcome.
///
/// # Errors
/// [`crate::base::Error::Shape`] when lengths disagree; [`crate::base::Error::Cancelled`].
pub fn twins(
    train: &[Vec<u64>],
    test: &[Vec<u64>],
    same: &dyn Fn(usize, usize) -> bool,
    run: &mut Run<'_>,
) -> Result<Twins> {
    same_length("columns", train.len(), test.len())?;
    let rows = |columns: &[Vec<u64>]| columns.first().map_or(0, Vec::len);
    let (n_train, n_test) = (rows(train), rows(test));
    for (side, n) in [(train, n_train), (test, n_test)] {
        for column in side {
            same_length("cells", n, column.len())?;
        }
    }
    let mixed = |columns: &[Vec<u64>], n: usize| {
        let mut sums = vec![0_u64; n];
        for (j, column) in columns.iter().enumerate() {
            for (sum, cell) in sums.iter_mut().zip(column) {
                *sum = sum.wrapping_add(mix(*cell, j));
            }
        }
        sums
    };
    let (of_train, of_test) = (mixed(train, n_train), mixed(test, n_test));
    let mut first: HashMap<u64, Vec<u32>> = HashMap::with_capacity(n_train);
    for (i, sum) in of_train.iter().enumerate() {
        first.entry(*sum).or_default().push(i as u32);
    }
    let mut out = Twins {
        n_rows: n_test as u64,
        rows: Vec::new(),
        expected: 0.0,
        agreement: 1.0,
    };
    let (mut n_same, mut n_pairs) = (0_u64, 0_u64);
    for (i, sum) in of_test.iter().enumerate() {
        let Some(mine) = first.get(sum) else { continue };
        out.rows.push(i as u32);
        n_pairs += mine.len() as u64;
        n_same += u64::from(mine.iter().any(|t| same(*t as usize, i)));
    }
    if out.rows.is_empty() {
        return Ok(out);
    }
    let n_twins = out.rows.len() as f64;
    out.agreement = n_same as f64 / n_twins;
    if out.rows.len() < LEAST_ROWS || n_twins < LEAST_SHARE * n_test as f64 {
        return Ok(out);
    }
    // Per held-out row with twins there are so many pairs.
    let per_row = n_pairs as f64 / n_twins;
    drop(first);
    for (j, (train, test)) in train.iter().zip(test).enumerate() {
        run.check()?;
        let q = alike(train, test);
        if q >= 1.0 {
            continue;
        }
        let rest = |sums: &[u64], column: &[u64]| -> Vec<u64> {
            let without = sums.iter().zip(column);
            without.map(|(s, c)| s.wrapping_sub(mix(*c, j))).collect()
        };
        let mut others: HashMap<u64, u32> = HashMap::with_capacity(n_train);
        for sum in rest(&of_train, train) {
            *others.entry(sum).or_default() += 1;
        }
        let pairs: u64 = rest(&of_test, test)
            .iter()
            .filter_map(|s| others.get(s))
            .map(|n| u64::from(*n))
            .sum();
        let differing = pairs.saturating_sub(n_pairs) as f64;
        let expected = differing * q / (1.0 - q) / per_row;
        out.expected = out.expected.max(expected);
    }
    Ok(out)
}

/// Share of pairs of a training and a held-out row with the same value.
fn alike(train: &[u64], test: &[u64]) -> f64 {
    let mut counts: HashMap<u64, u64> = HashMap::new();
    for v in train {
        *counts.entry(*v).or_default() += 1;
    }
    let pairs: u64 = test.iter().filter_map(|v| counts.get(v)).sum();
    pairs as f64 / ((train.len() * test.len()) as f64).max(1.0)
}

/// A number for the value `v` in column `j` (splitmix64's finaliser), so that the sum over columns stands for the row.
fn mix(v: u64, j: usize) -> u64 {
    let step = (j as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = v.wrapping_add(step);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) ^ step.rotate_left(17)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;

    fn of(train: &[Vec<u64>], test: &[Vec<u64>], same: bool) -> Twins {
        let mut quiet = Quiet;
        twins(train, test, &|_, _| same, &mut Run::new(&mut quiet, 0)).unwrap()
    }

    fn random(n: usize, levels: &[u64], seed: u64) -> Vec<Vec<u64>> {
        let column = |(j, levels): (usize, &u64)| {
            let cell = |i: usize| mix(i as u64 * 31 + seed, j) % levels;
            (0..n).map(cell).collect()
        };
        levels.iter().enumerate().map(column).collect()
    }

    #[test]
    fn chance_twins_are_expected_and_copies_are_not() {
        // Few different rows: nearly every held-out row has a twin.
        let few = [2, 3, 4, 2, 5];
        let chance = of(&random(800, &few, 1), &random(200, &few, 7_777), true);
        assert!(chance.rows.len() > 150, "{chance:?}");
        assert!(
            !chance.are_copies(),
            "{} {}",
            chance.rows.len(),
            chance.expected
        );
        // Many different rows, of which some are copied.
        let many = [1_000, 1_000, 4, 2, 5];
        let train = random(800, &many, 1);
        let mut test = random(200, &many, 7_777);
        assert_eq!(of(&train, &test, true).rows.len(), 0);
        for (column, from) in test.iter_mut().zip(&train) {
            column[..20].copy_from_slice(&from[..20]);
        }
        let copied = of(&train, &test, true);
        assert_eq!(copied.rows, (0..20).collect::<Vec<u32>>());
        assert!(copied.are_copies(), "{copied:?}");
        // Copies have the outcome of what they were copied from.
        assert!(!of(&train, &test, false).are_copies());
    }

    #[test]
    fn lengths_are_checked() {
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, 0);
        let short = [vec![1, 2], vec![1]];
        assert!(twins(&short, &short, &|_, _| true, &mut run).is_err());
        assert!(
            twins(&[], &[], &|_, _| true, &mut run)
                .unwrap()
                .rows
                .is_empty()
        );
    }
}
