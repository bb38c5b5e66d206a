//! Intervals and tests for figures measured on a sample.
use super::{same_length, target};
use crate::base::order::rising;
pub use crate::base::special::normal_two_sided as two_sided;
use crate::base::{Error, Result, TargetReason, special::NORMAL_975 as Z95};

/// 95 % Wilson interval of a share: `hits` of `n`; the whole of 0..1 without rows.
///
/// Source: Wilson (1927), doi:10.1080/01621459.1927.10502953.
pub fn wilson(hits: f64, n: f64) -> (f64, f64) {
    if n <= 0.0 {
        return (0.0, 1.0);
    }
    let p = hits / n;
    let z2 = Z95 * Z95;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    // The ends are exact at 0 and 1; rounding must not push them past.
    let low = if hits <= 0.0 {
        0.0
    } else {
        (middle - half).max(0.0)
    };
    let high = if hits >= n {
        1.0
    } else {
        (middle + half).min(1.0)
    };
    (low, high)
}

/// ROC-AUC with its sampling error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Auc {
    /// ROC-AUC.
    pub roc_auc: f64,
    /// Standard error.
    pub standard_error: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
}

/// ROC-AUC with DeLong's standard error and a 95 % interval.
///
/// The interval is symmetric on the log-odds of the area, so it stays within 0 and 1 and keeps its level near
/// the ends, where the plain one does not. With perfect separation (or its opposite) the standard error is 0 and
/// says nothing: the Wilson interval for as many successes as the rarer class has rows stands in.
///
/// # Errors
/// [`Error::Shape`] when lengths disagree; [`Error::Target`] when positives or negatives are absent;
/// [`Error::Param`] for a score that is not a number.
///
/// Source: DeLong, DeLong & Clarke-Pearson (1988), doi:10.2307/2531595; fast form by Sun & Xu (2014),
/// doi:10.1109/LSP.2014.2337313; log-odds form after Pepe (2003), section 5.2.
pub fn delong(y_true: &[bool], score: &[f64]) -> Result<Auc> {
    let p = Placements::new(y_true, score)?;
    let standard_error = covariance(&p, &p).max(0.0).sqrt();
    let a = p.roc_auc;
    let (low, high) = if standard_error > 0.0 && a > 0.0 && a < 1.0 {
        let middle = (a / (1.0 - a)).ln();
        let half = Z95 * standard_error / (a * (1.0 - a));
        let back = |t: f64| 1.0 / (1.0 + (-t).exp());
        (back(middle - half), back(middle + half))
    } else {
        let n = p.positive.len().min(p.negative.len()) as f64;
        wilson(a * n, n)
    };
    Ok(Auc {
        roc_auc: a,
        standard_error,
        low,
        high,
    })
}

/// Two scores compared on the same rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// ROC-AUC of the first minus that of the second.
    pub difference: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Two-sided p-value of no difference; 1 when the two rank alike.
    pub p_value: f64,
}

/// Paired DeLong test: do two scores of the same rows differ in ROC-AUC?
///
/// # Errors
/// As [`delong`].
pub fn delong_test(y_true: &[bool], first: &[f64], second: &[f64]) -> Result<Comparison> {
    let a = Placements::new(y_true, first)?;
    let b = Placements::new(y_true, second)?;
    let difference = a.roc_auc - b.roc_auc;
    let variance = covariance(&a, &a) + covariance(&b, &b) - 2.0 * covariance(&a, &b);
    // Alike rankings leave rounding, not variance.
    let standard_error = if variance > 1e-18 {
        variance.sqrt()
    } else {
        0.0
    };
    let p_value = if standard_error > 0.0 {
        two_sided(difference / standard_error)
    } else if difference == 0.0 {
        1.0
    } else {
        0.0
    };
    Ok(Comparison {
        difference,
        standard_error,
        p_value,
    })
}

/// Share of the other class each row beats, ties counting half.
struct Placements {
    roc_auc: f64,
    /// Per positive: share of negatives scored below it.
    positive: Vec<f64>,
    /// Per negative: share of positives scored above it.
    negative: Vec<f64>,
}

impl Placements {
    fn new(y_true: &[bool], score: &[f64]) -> Result<Self> {
        same_length("scores", y_true.len(), score.len())?;
        if score.iter().any(|s| s.is_nan()) {
            return Err(Error::out_of_range("score", f64::MIN, f64::MAX));
        }
        let rows = |class: bool| -> Vec<f64> {
            let of = y_true.iter().zip(score).filter(|(y, _)| **y == class);
            of.map(|(_, s)| *s).collect()
        };
        let (p, n) = (rows(true), rows(false));
        if p.is_empty() || n.is_empty() {
            return Err(target(TargetReason::SingleClass));
        }
        let all = midranks(score);
        let (in_p, in_n) = (midranks(&p), midranks(&n));
        let (m, k) = (p.len() as f64, n.len() as f64);
        let pooled = |class: bool| {
            let of = y_true.iter().zip(&all).filter(move |(y, _)| **y == class);
            of.map(|(_, r)| *r)
        };
        let positive: Vec<f64> = pooled(true).zip(&in_p).map(|(a, b)| (a - b) / k).collect();
        let negative: Vec<f64> = pooled(false)
            .zip(&in_n)
            .map(|(a, b)| 1.0 - (a - b) / m)
            .collect();
        Ok(Self {
            roc_auc: positive.iter().sum::<f64>() / m,
            positive,
            negative,
        })
    }
}

/// Ranks from 1; equal values share the mean of their ranks.
fn midranks(values: &[f64]) -> Vec<f64> {
    let order = rising(values);
    let mut ranks = vec![0.0; values.len()];
    let same = |a: &u32, b: &u32| values[*a as usize] == values[*b as usize];
    let mut before = 0;
    for group in order.chunk_by(same) {
        let rank = before as f64 + 0.5 * (group.len() + 1) as f64;
        for &i in group {
            ranks[i as usize] = rank;
        }
        before += group.len();
    }
    ranks
}

/// DeLong's covariance of two areas. A class with one row adds no spread of its own.
fn covariance(a: &Placements, b: &Placements) -> f64 {
    let part = |x: &[f64], y: &[f64]| {
        if x.len() < 2 {
            return 0.0;
        }
        let n = x.len() as f64;
        let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
        let sum: f64 = x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum();
        sum / (n - 1.0) / n
    };
    part(&a.positive, &b.positive) + part(&a.negative, &b.negative)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perfect_separation_is_not_certainty() {
        let y = [false, false, false, true, true];
        let a = delong(&y, &[0.1, 0.2, 0.3, 0.8, 0.9]).unwrap();
        assert_eq!((a.roc_auc, a.high), (1.0, 1.0));
        assert!(a.low > 0.1 && a.low < 0.6, "{a:?}");
    }

    #[test]
    fn alike_rankings_do_not_differ() {
        let y = [false, true, false, true, true, false];
        let s = [0.1, 0.4, 0.35, 0.8, 0.3, 0.2];
        let squared: Vec<f64> = s.iter().map(|v| v * v).collect();
        assert_eq!(delong_test(&y, &s, &squared).unwrap().p_value, 1.0);
        assert_eq!(delong(&[true], &[0.5]).unwrap_err().code(), "target");
    }

    #[test]
    fn normal_tails() {
        for (z, want) in [
            (0.0, 1.0),
            (1.0, 0.317_310_507_862_914_1),
            (Z95, 0.05),
            (3.5, 4.652_581_580_710_793e-4),
            (8.0, 1.244_192_114_854_356_8e-15),
        ] {
            assert!(
                (two_sided(z) / want - 1.0).abs() < 1e-10,
                "{z} {}",
                two_sided(z)
            );
        }
    }
}
