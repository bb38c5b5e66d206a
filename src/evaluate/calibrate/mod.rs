//! Corrections that make probabilities happen, fitted on predictions for rows the model has not seen.
//!
//! | Method | Correction | Needs |
//! |---|---|---|
//! | sigmoid | a straight line on the log-odds ([`platt`]) | few rows; the model is too sure or too timid on both sides alike |
//! | beta | two slopes, one for each end ([`beta`]) | few rows; also where the two ends differ |
//! | isotonic | any rising function ([`isotonic`]) | about a thousand rows; scores that it levels are ranked alike |
//!
//! With two classes the positive one is corrected; with more each against the rest, divided by their sum. [`choose`] finds
//! out by cross-validation which of them, if any, is worth it.
mod beta;
mod choose;
mod isotonic;
mod sigmoid;

pub use beta::beta;
pub use choose::{Choice, Judged, choose};
pub use isotonic::isotonic;
pub use sigmoid::platt;

use super::{same_length, target};
use crate::base::{Error, Result, TargetReason};
use crate::learn::{Calibration, log_odds};

/// A way to correct probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// They stay.
    None,
    /// See [`platt`].
    Sigmoid,
    /// See [`beta`].
    Beta,
    /// See [`isotonic`].
    Isotonic,
}

impl Method {
    /// All, by rising freedom.
    pub const ALL: [Self; 4] = [Self::None, Self::Sigmoid, Self::Beta, Self::Isotonic];

    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Sigmoid => "sigmoid",
            Self::Beta => "beta",
            Self::Isotonic => "isotonic",
        }
    }

    /// The correction for `rows`.
    ///
    /// What isotonic regression says stays between `1/(n₋ + 2)` and `(n₊ + 1)/(n₊ + 2)`, as Platt's targets do: that none
    /// of so many left does not mean that none ever will.
    ///
    /// # Errors
    /// [`Error::Target`] when a class, or every other one, is absent; those of the methods.
    pub fn fit(self, rows: Held<'_>) -> Result<Calibration> {
        same_length("predictions", rows.codes.len(), rows.proba.len())?;
        // Two classes need one function.
        let classes = match rows.n_classes {
            2 => 1..2,
            n => 0..n,
        };
        let each = classes.map(|class| rows.class(class));
        Ok(match self {
            Self::None => Calibration::None,
            Self::Sigmoid => {
                let (mut slopes, mut intercepts) = (Vec::new(), Vec::new());
                for (p, truth) in each {
                    let f: Vec<f64> = p.iter().map(|p| log_odds(*p)).collect();
                    let mut line = platt(&f, &truth, None)?;
                    if line.0 < 0.0 {
                        // Scores that point the wrong way say nothing; a correction never turns them round.
                        let n_positive = truth.iter().filter(|t| **t).count();
                        line = (0.0, log_odds(n_positive as f64 / truth.len() as f64));
                    }
                    slopes.push(line.0);
                    intercepts.push(line.1);
                }
                Calibration::Sigmoid { slopes, intercepts }
            }
            Self::Beta => Calibration::Beta {
                shapes: each
                    .map(|(p, truth)| beta(&p, &truth, None))
                    .collect::<Result<_>>()?,
            },
            Self::Isotonic => {
                let fit = |(p, truth): (Vec<f64>, Vec<bool>)| {
                    check(&p, &truth, None)?;
                    let n_positive = truth.iter().filter(|t| **t).count() as f64;
                    let n_negative = truth.len() as f64 - n_positive;
                    let limits = (
                        1.0 / (n_negative + 2.0),
                        (n_positive + 1.0) / (n_positive + 2.0),
                    );
                    let y: Vec<f64> = truth.iter().map(|t| f64::from(u8::from(*t))).collect();
                    isotonic(&p, &y, None, limits)
                };
                Calibration::Isotonic {
                    curves: each.map(fit).collect::<Result<_>>()?,
                }
            }
        })
    }
}

/// Predictions for rows the models had not seen, and what became of the rows.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    /// Class code per row.
    pub codes: &'a [u32],
    /// Probabilities per row, by class.
    pub proba: &'a [Vec<f64>],
    /// Classes.
    pub n_classes: usize,
}

impl Held<'_> {
    /// Probability of a class, and whether it was it, per row.
    fn class(&self, class: usize) -> (Vec<f64>, Vec<bool>) {
        let p = |row: &Vec<f64>| row.get(class).copied().unwrap_or_default();
        (
            self.proba.iter().map(p).collect(),
            self.codes.iter().map(|c| *c as usize == class).collect(),
        )
    }
}

/// Scores and weights that can be fitted to; the weights, 1 where none are given.
fn check(scores: &[f64], y_true: &[bool], sample_weight: Option<&[f64]>) -> Result<Vec<f64>> {
    same_length("scores", y_true.len(), scores.len())?;
    let weight = checked_weights(y_true.len(), sample_weight)?;
    if scores.iter().any(|f| !f.is_finite()) {
        return Err(Error::out_of_range("score", f64::MIN, f64::MAX));
    }
    let has = |class: bool| {
        y_true
            .iter()
            .zip(&weight)
            .any(|(y, w)| *y == class && *w > 0.0)
    };
    if !(has(true) && has(false)) {
        return Err(target(TargetReason::SingleClass));
    }
    Ok(weight)
}

fn checked_weights(n: usize, sample_weight: Option<&[f64]>) -> Result<Vec<f64>> {
    let Some(w) = sample_weight else {
        return Ok(vec![1.0; n]);
    };
    same_length("sample weights", n, w.len())?;
    if w.iter().any(|w| !w.is_finite() || *w < 0.0) {
        return Err(Error::out_of_range("sample_weight", 0.0, f64::MAX));
    }
    Ok(w.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_classes_are_corrected_each_against_the_rest() {
        // A model that is too sure: the truth is its probabilities drawn to the middle.
        let n = 6_000;
        let (mut codes, mut proba) = (Vec::new(), Vec::new());
        for i in 0..n {
            let sure = i % 3;
            let mut row = vec![0.05; 3];
            row[sure] = 0.9;
            proba.push(row);
            // Right in six of ten.
            let other = if (i / 3) % 10 < 6 {
                0
            } else {
                1 + (i / 30) % 2
            };
            codes.push(((sure + other) % 3) as u32);
        }
        let held = Held {
            codes: &codes,
            proba: &proba,
            n_classes: 3,
        };
        for method in Method::ALL {
            let c = method.fit(held).unwrap();
            assert!(c.is_for(3) && c.id() == method.id());
            let mut row = [0.9, 0.05, 0.05];
            c.apply_row(&mut row);
            let want = if method == Method::None { 0.9 } else { 0.6 };
            assert!((row[0] - want).abs() < 0.01, "{c:?} {row:?}");
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        // Scores that point the wrong way become the share.
        let wrong = Held {
            codes: &[1, 1, 0, 0, 0],
            proba: &[0.1, 0.2, 0.7, 0.8, 0.9].map(|p| vec![1.0 - p, p]),
            n_classes: 2,
        };
        for method in &Method::ALL[1..] {
            let c = method.fit(wrong).unwrap();
            for p in [0.01, 0.5, 0.99] {
                assert!((c.apply(p) - 0.4).abs() < 1e-6, "{c:?}");
            }
        }
        let one = Held {
            codes: &[1, 1],
            proba: &[vec![0.5, 0.5], vec![0.4, 0.6]],
            n_classes: 2,
        };
        for method in &Method::ALL[1..] {
            assert_eq!(method.fit(one).unwrap_err().code(), "target");
        }
    }
}
