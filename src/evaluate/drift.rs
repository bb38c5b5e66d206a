//! How far the rows of now are from those of before: population stability, Kolmogorov and Smirnov's distance, what is new.
//!
//! - `PSI = Σ (p − q) ln(p / q)` over bins, half a row added to each so that an empty one has a logarithm. Of two samples of
//!   one population it is about χ² with bins − 1 degrees of freedom times `1/n + 1/m`: its mean is taken off, and a drift has to be
//!   beyond chance by Pearson's test besides. Neighbouring bins of fewer than five rows are one.
//! - `D = max |F − G|` over the marks of the summary: exact where every value is a mark, otherwise short of the distance by
//!   at most the share of rows between two marks, one in a hundred. Its p-value is that of the limiting distribution.
//!
//! Source: Yurdakul & Naranjo (2020), doi:10.21314/JRMV.2020.227; Smirnov (1948), doi:10.1214/aoms/1177730256.
use super::special::chi2_tail;
use crate::base::order::Ordered;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// PSI, its chance taken off, from which on a change is moderate and large.
pub const LIMITS: [f64; 2] = [0.1, 0.25];
/// Chance of a change as large, up to which it counts.
const BEYOND_CHANCE: f64 = 0.001;
/// Rows below which a bin joins its neighbour.
const FEW: f64 = 5.0;
const N_MARKS: usize = 100;
const N_BINS: usize = 10;
/// Levels that are kept by name, and those that are bins of their own.
const MAX_NAMES: usize = 200;
const MAX_BINS: usize = 30;

/// Numbers or levels of before, in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Summary {
    /// Numbers: rising marks, and rows up to and with each.
    Numbers {
        /// The marks.
        marks: Vec<f64>,
        /// Rows up to each.
        upto: Vec<u64>,
        /// Whether every value is a mark.
        exact: bool,
        /// Rows without a value.
        missing: u64,
    },
    /// Levels, the commonest first.
    Levels {
        /// Their names.
        names: Vec<String>,
        /// Rows of each.
        counts: Vec<u64>,
        /// Rows of levels beyond those named.
        other: u64,
        /// Rows without a value.
        missing: u64,
    },
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// Population stability index as it stands.
    pub psi: f64,
    /// Kolmogorov and Smirnov's distance; NaN for levels.
    pub ks: f64,
    /// Chance of such a distance, of levels by Pearson's test, without a change.
    pub p_value: f64,
    /// Rows with a level that was not there; NaN for numbers, and where not all levels were kept.
    pub unseen: f64,
    /// Share without a value before.
    pub missing_before: f64,
    /// Share without a value now.
    pub missing_now: f64,
    /// 0 none, 1 moderate, 2 large.
    pub size: u8,
}

impl Drift {
    /// Stable name of how large it is.
    pub fn verdict(&self) -> &'static str {
        match self.size {
            0 => "stable",
            1 => "moderate",
            _ => "large",
        }
    }
}

impl Summary {
    /// Of numbers, NaN where missing.
    pub fn of_numbers(values: &[f64]) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let n = sorted.len();
        let mut different = sorted.clone();
        different.dedup();
        let exact = different.len() <= N_MARKS;
        let mut marks = if exact {
            different
        } else {
            let at = |k: usize| sorted.get((k * n / N_MARKS).min(n - 1)).copied();
            (0..=N_MARKS).filter_map(at).collect()
        };
        marks.dedup();
        let upto = marks
            .iter()
            .map(|m| sorted.partition_point(|v| v <= m) as u64);
        Self::Numbers {
            upto: upto.collect(),
            marks,
            exact,
            missing: (values.len() - n) as u64,
        }
    }

    /// Of levels with their rows.
    pub fn of_levels(levels: &HashMap<&str, u64>, missing: u64) -> Self {
        let mut all: Vec<(&str, u64)> = levels.iter().map(|(l, n)| (*l, *n)).collect();
        all.order_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let other = all.iter().skip(MAX_NAMES).map(|l| l.1).sum();
        all.truncate(MAX_NAMES);
        Self::Levels {
            names: all.iter().map(|l| l.0.to_owned()).collect(),
            counts: all.iter().map(|l| l.1).collect(),
            other,
            missing,
        }
    }

    /// Whether a saved summary holds together.
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Numbers { marks, upto, .. } => {
                marks.len() == upto.len()
                    && marks.len() <= N_MARKS + 1
                    && marks.is_sorted()
                    && upto.is_sorted()
            }
            Self::Levels { names, counts, .. } => {
                names.len() == counts.len() && names.len() <= MAX_NAMES
            }
        }
    }

    /// Against numbers of now; `None` for a summary of levels, or without rows.
    pub fn against_numbers(&self, values: &[f64]) -> Option<Drift> {
        let Self::Numbers {
            marks,
            upto,
            exact,
            missing,
        } = self
        else {
            return None;
        };
        let mut now: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
        now.sort_unstable_by(f64::total_cmp);
        let (n, m) = (upto.last().copied().unwrap_or(0) as f64, now.len() as f64);
        let now_upto: Vec<f64> = marks
            .iter()
            .map(|k| now.partition_point(|v| v <= k) as f64)
            .collect();
        let gap =
            |before: u64, now: usize| (before as f64 / n.max(1.0) - now as f64 / m.max(1.0)).abs();
        let (mut ks, mut below): (f64, u64) = (0.0, 0);
        for ((mark, upto), now_upto) in marks.iter().zip(upto).zip(&now_upto) {
            ks = ks.max(gap(*upto, *now_upto as usize));
            if *exact {
                // Rows of now between two marks are a step of their own.
                ks = ks.max(gap(below, now.partition_point(|v| v < mark)));
            }
            below = *upto;
        }
        if n == 0.0 || m == 0.0 {
            ks = f64::NAN;
        }
        // Bins of about a tenth each, a value of many rows in one.
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut last = (0.0, 0.0);
        for (upto, now) in upto.iter().zip(&now_upto) {
            let upto = *upto as f64;
            if upto - last.0 >= n / N_BINS as f64 {
                before.push(upto - last.0);
                after.push(now - last.1);
                last = (upto, *now);
            }
        }
        before.push(n - last.0);
        after.push(m - last.1);
        let n_missing = values.len() as f64 - m;
        before.push(*missing as f64);
        after.push(n_missing);
        let mut drift = assess(&before, &after, *missing as f64, n_missing)?;
        drift.ks = ks;
        if !ks.is_nan() {
            drift.p_value = ks_tail(ks, n, m);
        }
        Some(drift)
    }

    /// Against levels of now; `None` for a summary of numbers, or without rows.
    pub fn against_levels(&self, levels: &HashMap<&str, u64>, missing: u64) -> Option<Drift> {
        let Self::Levels {
            names,
            counts,
            other,
            missing: missing_before,
        } = self
        else {
            return None;
        };
        let total: u64 = levels.values().sum();
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let (mut rest, mut known) = (*other, 0);
        for (i, (name, count)) in names.iter().zip(counts).enumerate() {
            let now = levels.get(name.as_str()).copied().unwrap_or(0);
            known += now;
            if i < MAX_BINS {
                before.push(*count as f64);
                after.push(now as f64);
            } else {
                rest += count;
            }
        }
        let binned: f64 = after.iter().sum();
        before.push(rest as f64);
        after.push(total as f64 - binned);
        before.push(*missing_before as f64);
        after.push(missing as f64);
        let mut drift = assess(&before, &after, *missing_before as f64, missing as f64)?;
        if *other == 0 {
            drift.unseen = total.saturating_sub(known) as f64;
        }
        Some(drift)
    }
}

/// Population stability index of rows per bin, before and now.
pub fn psi(before: &[f64], now: &[f64]) -> f64 {
    let total = |of: &[f64]| of.iter().map(|n| n + 0.5).sum::<f64>();
    let (n, m) = (total(before), total(now));
    let part = |(a, b): (&f64, &f64)| {
        let (p, q) = ((a + 0.5) / n, (b + 0.5) / m);
        (p - q) * (p / q).ln()
    };
    before.iter().zip(now).map(part).sum()
}

/// Chance of a distance above `d` between samples of `n` and `m` rows of one population, in the limit of many rows.
pub fn ks_tail(d: f64, n: f64, m: f64) -> f64 {
    let z = d * (n * m / (n + m)).sqrt();
    if z < 0.2 {
        return 1.0;
    }
    let mut sum = 0.0;
    for k in 1..=100 {
        let k = f64::from(k);
        let term = (-2.0 * k * k * z * z).exp();
        sum += if k % 2.0 == 1.0 { term } else { -term };
        if term < 1e-18 {
            break;
        }
    }
    (2.0 * sum).clamp(0.0, 1.0)
}

fn assess(before: &[f64], now: &[f64], missing: f64, missing_now: f64) -> Option<Drift> {
    let (n, m): (f64, f64) = (before.iter().sum(), now.iter().sum());
    if n <= 0.0 || m <= 0.0 {
        return None;
    }
    // Neighbouring bins of few rows count as one, so that a logarithm does not make much of little.
    let (mut merged, mut few) = (Vec::new(), (0.0, 0.0));
    for (a, b) in before.iter().zip(now) {
        if a * m / n < FEW && *b < FEW {
            few = (few.0 + a, few.1 + b);
            if few.0 * m / n < FEW && few.1 < FEW {
                continue;
            }
            merged.push(std::mem::take(&mut few));
        } else {
            merged.push((*a, *b));
        }
    }
    if few.0 + few.1 > 0.0 {
        match merged.last_mut() {
            Some(last) => *last = (last.0 + few.0, last.1 + few.1),
            None => merged.push(few),
        }
    }
    let (before, now): (Vec<f64>, Vec<f64>) = merged.into_iter().unzip();
    let psi = psi(&before, &now);
    let free = before.len() as f64 - 1.0;
    // Pearson's test that both are of one population.
    let part = |(a, b): (&f64, &f64)| (a * m - b * n) * (a * m - b * n) / ((a + b) * n * m);
    let chi2: f64 = before.iter().zip(&now).map(part).sum();
    let p_value = if free > 0.0 {
        chi2_tail(chi2, free)
    } else {
        1.0
    };
    let beyond = psi - free * (1.0 / n + 1.0 / m);
    let size = match p_value < BEYOND_CHANCE {
        true => LIMITS.iter().filter(|l| beyond >= **l).count() as u8,
        false => 0,
    };
    Some(Drift {
        psi,
        ks: f64::NAN,
        p_value,
        unseen: f64::NAN,
        missing_before: missing / n,
        missing_now: missing_now / m,
        size,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(i: u32) -> f64 {
        f64::from(i.wrapping_mul(2_654_435_761) >> 8) / f64::from(1 << 24)
    }

    #[test]
    fn the_same_rows_are_stable_and_moved_ones_are_not() {
        let before: Vec<f64> = (0..3_000).map(unit).collect();
        let summary = Summary::of_numbers(&before);
        assert!(summary.is_sound());
        let of = |n: u32, shift: f64| {
            let now: Vec<f64> = (0..n).map(|i| unit(i + 10_000) + shift).collect();
            summary.against_numbers(&now).unwrap()
        };
        for n in [20, 50, 200, 3_000] {
            assert_eq!(of(n, 0.0).size, 0, "{n}");
        }
        assert_eq!((of(3_000, 0.3).size, of(200, 0.5).size), (2, 2));
        let moved = of(500, 0.5);
        assert!((moved.ks - 0.5).abs() < 0.03 && moved.p_value < 1e-9);
        // Gaps that were not there are a change.
        let mut gaps = before.clone();
        gaps[..1_500].fill(f64::NAN);
        let gone = summary.against_numbers(&gaps).unwrap();
        assert!(gone.size == 2 && gone.missing_now == 0.5 && gone.missing_before == 0.0);
        assert_eq!(summary.against_numbers(&[]), None);
    }

    #[test]
    fn new_levels_are_counted() {
        let before = HashMap::from([("a", 600), ("b", 400)]);
        let summary = Summary::of_levels(&before, 0);
        let same = HashMap::from([("a", 62), ("b", 38)]);
        let drift = summary.against_levels(&same, 0).unwrap();
        assert_eq!((drift.size, drift.unseen), (0, 0.0));
        let new = HashMap::from([("a", 40), ("c", 60)]);
        let drift = summary.against_levels(&new, 0).unwrap();
        assert_eq!(
            (drift.size, drift.unseen, drift.verdict()),
            (2, 60.0, "large")
        );
        assert!(summary.against_numbers(&[1.0]).is_none());
    }
}
