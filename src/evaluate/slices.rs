//! Figures on parts of the rows: each with its interval, its difference from the rest, and whether that is more than chance.
//!
//! A part and the rest share no row, so that the difference of two figures has the sum of their variances. Variances: DeLong's
//! for ROC-AUC, the binomial one for shares, the sample's for means, `Σ p (1 − p) / n²` for what happens against what was said.
//! p-values of all parts are adjusted together by Benjamini and Hochberg's step-up procedure; parts too small for a test get
//! none.
//!
//! Source: Benjamini & Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x.
use super::{
    interval::{delong, two_sided, wilson},
    same_length,
};
use crate::base::order::Ordered;
use crate::base::{Result, special::NORMAL_975 as Z95};

/// Rows of a part from which on it is tested.
pub const MIN_ROWS: usize = 30;
/// Rows of each class from which on its ROC-AUC is tested.
pub const MIN_CLASS_ROWS: usize = 10;

/// What was predicted and what is true, per row.
#[derive(Debug, Clone, Copy)]
pub enum Measured<'a> {
    /// Two classes.
    Binary {
        /// Whether the row is positive.
        truth: &'a [bool],
        /// Probability of that, 0 to 1.
        scores: &'a [f64],
        /// Probability at or above which a row counts as positive.
        threshold: f64,
    },
    /// More classes.
    Classes {
        /// Class of the row.
        truth: &'a [u32],
        /// Class said.
        said: &'a [u32],
        /// Probability of the true class.
        of_truth: &'a [f64],
    },
    /// Numbers.
    Numbers {
        /// What happened.
        truth: &'a [f64],
        /// What was said.
        said: &'a [f64],
    },
}

/// A figure of a part.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Metric key.
    pub metric: &'static str,
    /// Its value; NaN where it is not defined.
    pub value: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end of its 95 % interval.
    pub high: f64,
    /// Value less that of the rest.
    pub difference: f64,
    /// Standard error of the difference.
    pub standard_error: f64,
    /// Two-sided p-value of no difference; NaN without a test.
    pub p_value: f64,
}

impl Figure {
    /// Whether a difference of this sign is bad; of what should be 0 either is.
    pub fn is_worse(&self) -> bool {
        match self.metric {
            "roc_auc" | "recall" | "precision" | "accuracy" => self.difference < 0.0,
            "calibration_gap" | "bias" => true,
            _ => self.difference > 0.0,
        }
    }
}

/// A value with its variance and interval.
#[derive(Debug, Clone, Copy)]
struct Estimate {
    value: f64,
    variance: f64,
    ends: (f64, f64),
    /// Whether there are rows enough for a test.
    is_tested: bool,
}

const NONE: Estimate = Estimate {
    value: f64::NAN,
    variance: f64::NAN,
    ends: (f64::NAN, f64::NAN),
    is_tested: false,
};

/// The figures of the rows in `part` against those in `rest`.
///
/// # Errors
/// [`crate::base::Error::Shape`] when lengths disagree; [`crate::base::Error::Param`] for a score that is not a number.
pub fn compare(measured: Measured<'_>, part: &[u32], rest: &[u32]) -> Result<Vec<Figure>> {
    let (part, rest) = (estimates(measured, part)?, estimates(measured, rest)?);
    let figure = |(a, b): (&(&'static str, Estimate), &(&'static str, Estimate))| {
        let (metric, a) = *a;
        let b = b.1;
        let standard_error = (a.variance + b.variance).sqrt();
        let difference = a.value - b.value;
        let is_tested = a.is_tested && b.is_tested && standard_error > 0.0;
        Figure {
            metric,
            value: a.value,
            low: a.ends.0,
            high: a.ends.1,
            difference,
            standard_error,
            p_value: if is_tested {
                two_sided(difference / standard_error)
            } else {
                f64::NAN
            },
        }
    };
    Ok(part.iter().zip(&rest).map(figure).collect())
}

/// One figure of a part with its standard error: a first look, before a comparison that takes all rows.
///
/// # Errors
/// As [`compare`].
pub fn glance(measured: Measured<'_>, metric: &str, part: &[u32]) -> Result<Option<(f64, f64)>> {
    let all = estimates(measured, part)?;
    let found = all.into_iter().find(|(m, e)| *m == metric && e.is_tested);
    Ok(found.map(|(_, e)| (e.value, e.variance.sqrt())))
}

/// The figures of all rows, without a comparison.
///
/// # Errors
/// As [`compare`].
pub fn overall(measured: Measured<'_>, rows: &[u32]) -> Result<Vec<(&'static str, f64)>> {
    let all = estimates(measured, rows)?;
    Ok(all.into_iter().map(|(m, e)| (m, e.value)).collect())
}

fn estimates(measured: Measured<'_>, rows: &[u32]) -> Result<Vec<(&'static str, Estimate)>> {
    let take = |all: &[f64]| -> Vec<f64> {
        let of = |r: &u32| all.get(*r as usize).copied().unwrap_or(f64::NAN);
        rows.iter().map(of).collect()
    };
    match measured {
        Measured::Binary {
            truth,
            scores,
            threshold,
        } => {
            same_length("scores", truth.len(), scores.len())?;
            let y: Vec<bool> = (rows.iter())
                .map(|r| truth.get(*r as usize).copied().unwrap_or(false))
                .collect();
            binary(&y, &take(scores), threshold)
        }
        Measured::Classes {
            truth,
            said,
            of_truth,
        } => {
            same_length("classes", truth.len(), said.len())?;
            same_length("probabilities", truth.len(), of_truth.len())?;
            let is_right = |r: &&u32| truth.get(**r as usize) == said.get(**r as usize);
            let hits = rows.iter().filter(is_right).count();
            let losses: Vec<f64> = take(of_truth).iter().map(|p| loss(*p)).collect();
            let n = rows.len();
            Ok(vec![
                ("accuracy", share(hits, n)),
                ("log_loss", mean(&losses)),
            ])
        }
        Measured::Numbers { truth, said } => {
            same_length("predictions", truth.len(), said.len())?;
            let (y, said) = (take(truth), take(said));
            let errors: Vec<f64> = y.iter().zip(&said).map(|(y, s)| s - y).collect();
            let sizes: Vec<f64> = errors.iter().map(|e| e.abs()).collect();
            let squares: Vec<f64> = errors.iter().map(|e| e * e).collect();
            Ok(vec![
                ("mae", mean(&sizes)),
                ("rmse", root(mean(&squares))),
                ("bias", mean(&errors)),
            ])
        }
    }
}

fn binary(y: &[bool], scores: &[f64], threshold: f64) -> Result<Vec<(&'static str, Estimate)>> {
    let n = y.len();
    let n_positive = y.iter().filter(|y| **y).count();
    let n_rarer = n_positive.min(n - n_positive);
    let roc_auc = if n_rarer == 0 {
        NONE
    } else {
        let area = delong(y, scores)?;
        // With perfect separation the error is unknown, not 0.
        let standard_error = match area.standard_error {
            e if e > 0.0 => e,
            _ => (area.high - area.low) / (2.0 * Z95),
        };
        Estimate {
            value: area.roc_auc,
            variance: standard_error * standard_error,
            ends: (area.low, area.high),
            is_tested: n_rarer >= MIN_CLASS_ROWS,
        }
    };
    let count = |of: &dyn Fn(bool, bool) -> bool| {
        let rows = y.iter().zip(scores);
        rows.filter(|(y, s)| of(**y, **s >= threshold)).count()
    };
    let hits = count(&|y, flagged| y && flagged);
    let flagged = count(&|_, flagged| flagged);
    let losses: Vec<f64> = (y.iter().zip(scores))
        .map(|(y, s)| loss(if *y { *s } else { 1.0 - s }))
        .collect();
    let squares: Vec<f64> = (y.iter().zip(scores))
        .map(|(y, s)| (s - f64::from(u8::from(*y))).powi(2))
        .collect();
    Ok(vec![
        ("roc_auc", roc_auc),
        ("recall", share(hits, n_positive)),
        ("precision", share(hits, flagged)),
        ("log_loss", mean(&losses)),
        ("brier_score", mean(&squares)),
        ("calibration_gap", gap(n_positive, scores)),
    ])
}

/// Smallest probability in a logarithm, as in [`super::metrics::log_loss`].
fn loss(p: f64) -> f64 {
    -p.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
}

fn share(hits: usize, n: usize) -> Estimate {
    if n == 0 {
        return NONE;
    }
    let (h, m) = (hits as f64, n as f64);
    // A share of 0 or 1 has a spread all the same (Agresti & Coull 1998).
    let p = (h + 2.0) / (m + 4.0);
    Estimate {
        value: h / m,
        variance: p * (1.0 - p) / (m + 4.0),
        ends: wilson(h, m),
        is_tested: n >= MIN_ROWS,
    }
}

fn mean(values: &[f64]) -> Estimate {
    let n = values.len() as f64;
    if values.len() < 2 {
        return Estimate {
            value: values.first().copied().unwrap_or(f64::NAN),
            ..NONE
        };
    }
    let value = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - value) * (v - value)).sum();
    let variance = squares / (n - 1.0) / n;
    let half = Z95 * variance.sqrt();
    Estimate {
        value,
        variance,
        ends: (value - half, value + half),
        is_tested: values.len() >= MIN_ROWS,
    }
}

/// The root of a mean, by the delta method.
fn root(of: Estimate) -> Estimate {
    let value = of.value.max(0.0).sqrt();
    Estimate {
        value,
        variance: if value > 0.0 {
            of.variance / (4.0 * of.value)
        } else {
            f64::NAN
        },
        ends: (of.ends.0.max(0.0).sqrt(), of.ends.1.max(0.0).sqrt()),
        ..of
    }
}

/// Share of positives less mean probability. The interval is Wilson's of the share, moved.
fn gap(n_positive: usize, scores: &[f64]) -> Estimate {
    let n = scores.len();
    if n == 0 {
        return NONE;
    }
    let m = n as f64;
    let said = scores.iter().sum::<f64>() / m;
    let (low, high) = wilson(n_positive as f64, m);
    Estimate {
        value: n_positive as f64 / m - said,
        variance: scores.iter().map(|p| p * (1.0 - p)).sum::<f64>() / (m * m),
        ends: (low - said, high - said),
        is_tested: n >= MIN_ROWS,
    }
}

/// p-values adjusted so that rejecting those up to `q` keeps the expected share of false rejections at `q`; NaN stays and does
/// not count.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len())
        .filter(|i| !p_values[*i].is_nan())
        .collect();
    order.order_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let n = order.len() as f64;
    let mut out = vec![f64::NAN; p_values.len()];
    let mut least: f64 = 1.0;
    for (rank, i) in order.iter().enumerate().rev() {
        least = least.min(p_values[*i] * n / (rank + 1) as f64);
        out[*i] = least;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'f>(all: &'f [Figure], metric: &str) -> &'f Figure {
        all.iter().find(|f| f.metric == metric).unwrap()
    }

    #[test]
    fn a_part_is_compared_with_the_rest() {
        // The first half is ranked by chance, the second well.
        let n = 400;
        let truth: Vec<bool> = (0..n).map(|i| i * 7 % 10 < 4).collect();
        let scores: Vec<f64> = (truth.iter().enumerate())
            .map(|(i, y)| {
                let u = (i * 37 % 101) as f64 / 101.0;
                if i < n / 2 {
                    u
                } else {
                    0.4 * u + if *y { 0.5 } else { 0.0 }
                }
            })
            .collect();
        let measured = Measured::Binary {
            truth: &truth,
            scores: &scores,
            threshold: 0.5,
        };
        let rows = |from: usize, to: usize| (from as u32..to as u32).collect::<Vec<u32>>();
        let figures = compare(measured, &rows(0, n / 2), &rows(n / 2, n)).unwrap();
        let area = of(&figures, "roc_auc");
        assert!(area.is_worse() && area.p_value < 1e-6 && area.difference < -0.3);
        assert!(area.low < area.value && area.value < area.high);
        // The other way round the difference only changes its sign.
        let back = compare(measured, &rows(n / 2, n), &rows(0, n / 2)).unwrap();
        assert_eq!(
            of(&back, "recall").difference,
            -of(&figures, "recall").difference
        );
        let gap = of(&figures, "calibration_gap");
        assert!(gap.low < gap.value && gap.value < gap.high);
        // A handful of rows has intervals, and no test.
        for figure in compare(measured, &rows(0, 6), &rows(6, n)).unwrap() {
            assert!(figure.p_value.is_nan(), "{figure:?}");
        }
        // No rows have no figures.
        assert!(
            compare(measured, &[], &rows(0, n)).unwrap()[0]
                .value
                .is_nan()
        );
    }

    #[test]
    fn numbers_have_errors_and_a_bias() {
        let truth: Vec<f64> = (0..100).map(f64::from).collect();
        let said: Vec<f64> = (0..100)
            .map(|i| {
                f64::from(i)
                    + if i < 50 {
                        3.0
                    } else {
                        f64::from(i % 2 * 2 - 1)
                    }
            })
            .collect();
        let measured = Measured::Numbers {
            truth: &truth,
            said: &said,
        };
        let rows: Vec<u32> = (0..100).collect();
        let figures = compare(measured, &rows[..50], &rows[50..]).unwrap();
        assert_eq!(
            (of(&figures, "bias").value, of(&figures, "mae").value),
            (3.0, 3.0)
        );
        assert_eq!(of(&figures, "rmse").difference, 2.0);
        assert_eq!(overall(measured, &rows[50..]).unwrap()[2], ("bias", 0.0));
    }

    #[test]
    fn adjusted_values_are_those_worked_by_hand() {
        let p = [0.01, 0.04, 0.03, f64::NAN, 0.005];
        let got = benjamini_hochberg(&p);
        let want = [0.02, 0.04, 0.04, f64::NAN, 0.02];
        for (g, w) in got.iter().zip(want) {
            assert!(
                (g - w).abs() < 1e-15 || (g.is_nan() && w.is_nan()),
                "{got:?}"
            );
        }
    }
}
