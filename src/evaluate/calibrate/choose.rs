//! Which correction is worth it, by cross-validation on predictions that are out of fold already.
//!
//! 1. Each method is fitted on the predictions of all folds but one and measured on that one; where folds run forward in
//!    time, on the folds before it.
//! 2. It is worth it when the mean log loss falls by more than the standard error of the fall (over the rows, in pairs) and
//!    the Brier score falls too. Otherwise probabilities stay as they are: the simplest that does.
//! 3. Of several that are, the one with least freedom that the best is ahead of by no more than a standard error.
//!
//! Source for the rule of one standard error: Breiman, Friedman, Olshen & Stone (1984), section 3.4.3.
use super::{Held, Method};
use crate::base::{Result, Run};
use crate::evaluate::{importance::mean_sd, same_length};
use crate::learn::Calibration;
use std::ops::Range;

/// Least probability of what happened in the log loss of a row.
const LEAST: f64 = f64::EPSILON;

/// A method, measured on folds.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Which.
    pub method: Method,
    /// Mean `−ln p` of what happened; not a number where the method could not be fitted.
    pub log_loss: f64,
    /// Half the squared distance of probabilities and outcome, summed over classes: with two classes the Brier score.
    pub brier_score: f64,
    /// By how much the log loss is below that of leaving probabilities alone.
    pub gain: f64,
    /// Standard error of the gain.
    pub gain_error: f64,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The method.
    pub method: Method,
    /// Fitted on all predictions.
    pub calibration: Calibration,
    /// All methods, by rising freedom.
    pub judged: Vec<Judged>,
}

/// Chooses a correction for `held`, whose rows stand fold after fold, `fold_sizes` rows each; `forward` when folds run
/// forward in time. With `wanted` it is that method, and the others are measured all the same.
///
/// # Errors
/// [`crate::base::Error::Shape`] when lengths disagree; those of the wanted method; [`crate::base::Error::Cancelled`].
pub fn choose(
    held: Held<'_>,
    fold_sizes: &[usize],
    forward: bool,
    wanted: Option<Method>,
    run: &Run<'_>,
) -> Result<Choice> {
    same_length("predictions", held.codes.len(), held.proba.len())?;
    same_length("predictions", held.codes.len(), fold_sizes.iter().sum())?;
    let mut losses = Vec::new();
    for method in Method::ALL {
        run.check()?;
        losses.push(cross_validated(held, fold_sizes, forward, method));
    }
    let untouched = losses.first().cloned().flatten().unwrap_or_default();
    let judged: Vec<Judged> = Method::ALL
        .iter()
        .zip(&losses)
        .map(|(method, losses)| judge(*method, losses.as_deref(), &untouched))
        .collect();
    let method = wanted.unwrap_or_else(|| best(&judged, &losses));
    Ok(Choice {
        method,
        calibration: method.fit(held)?,
        judged,
    })
}

/// Log loss and Brier score of one row.
type Loss = (f64, f64);

/// Losses of rows whose correction did not see them; `None` where a part of the rows is not enough to fit one.
fn cross_validated(
    held: Held<'_>,
    fold_sizes: &[usize],
    forward: bool,
    method: Method,
) -> Option<Vec<Loss>> {
    let mut folds: Vec<Range<usize>> = Vec::new();
    for size in fold_sizes {
        let start = folds.last().map_or(0, |f| f.end);
        folds.push(start..start + size);
    }
    let mut out = Vec::new();
    // Before the first of folds that run forward there is nothing to fit on.
    for fold in folds.iter().skip(usize::from(forward)) {
        let (mut codes, mut proba) = (Vec::new(), Vec::new());
        for other in folds.iter().filter(|f| *f != fold) {
            if !forward || other.end <= fold.start {
                codes.extend_from_slice(held.codes.get(other.clone())?);
                proba.extend_from_slice(held.proba.get(other.clone())?);
            }
        }
        let side = Held {
            codes: &codes,
            proba: &proba,
            n_classes: held.n_classes,
        };
        let calibration = method.fit(side).ok()?;
        let rows = held.codes.get(fold.clone())?.iter();
        for (code, row) in rows.zip(held.proba.get(fold.clone())?) {
            let mut row = row.clone();
            calibration.apply_row(&mut row);
            out.push(loss(&row, *code as usize));
        }
    }
    (!out.is_empty()).then_some(out)
}

fn loss(row: &[f64], class: usize) -> Loss {
    let of_class = row.get(class).copied().unwrap_or(0.0);
    let missed = |(k, p): (usize, &f64)| (p - f64::from(u8::from(k == class))).powi(2);
    let squares: f64 = row.iter().enumerate().map(missed).sum();
    (-of_class.clamp(LEAST, 1.0).ln(), squares / 2.0)
}

fn judge(method: Method, losses: Option<&[Loss]>, untouched: &[Loss]) -> Judged {
    let Some(losses) = losses else {
        return Judged {
            method,
            log_loss: f64::NAN,
            brier_score: f64::NAN,
            gain: f64::NAN,
            gain_error: f64::NAN,
        };
    };
    let n = losses.len() as f64;
    let (gain, gain_error) = ahead(losses, untouched);
    Judged {
        method,
        log_loss: losses.iter().map(|l| l.0).sum::<f64>() / n,
        brier_score: losses.iter().map(|l| l.1).sum::<f64>() / n,
        gain,
        gain_error,
    }
}

/// By how much the log loss of `these` is below that of `those`, and the standard error of it.
fn ahead(these: &[Loss], those: &[Loss]) -> (f64, f64) {
    let differences: Vec<f64> = these.iter().zip(those).map(|(a, b)| b.0 - a.0).collect();
    let (mean, sd) = mean_sd(&differences);
    (mean, sd / (differences.len().max(1) as f64).sqrt())
}

fn best(judged: &[Judged], losses: &[Option<Vec<Loss>>]) -> Method {
    let plain = judged.first().map_or(f64::NAN, |j| j.brier_score);
    let worth = |j: &Judged| j.gain > j.gain_error && j.gain > 0.0 && j.brier_score < plain;
    let all: Vec<(&Judged, &Vec<Loss>)> = judged
        .iter()
        .zip(losses)
        .filter_map(|(j, l)| Some((j, l.as_ref()?)))
        .filter(|(j, _)| worth(j))
        .collect();
    let Some(leading) = all.iter().max_by(|a, b| a.0.gain.total_cmp(&b.0.gain)) else {
        return Method::None;
    };
    // By rising freedom: the first that the best is not clearly ahead of.
    let close = all.iter().find(|(_, losses)| {
        let (lead, error) = ahead(leading.1, losses);
        lead <= error
    });
    close.unwrap_or(leading).0.method
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use crate::learn::kernels::exp::sigmoid_f64;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::Rng;

    const N: usize = 4_000;

    fn uniform(rng: &mut ChaCha8Rng) -> f64 {
        (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Says `said` of a true log-odds, drawn five folds long.
    fn chosen(said: impl Fn(f64) -> f64, seed: u64, forward: bool) -> Choice {
        let mut quiet = Quiet;
        let run = Run::new(&mut quiet, seed);
        let mut rng = run.rng(1);
        let (mut codes, mut proba) = (Vec::new(), Vec::new());
        for _ in 0..N {
            let f = 6.0 * uniform(&mut rng) - 4.0;
            codes.push(u32::from(uniform(&mut rng) < sigmoid_f64(f)));
            let p = said(f);
            proba.push(vec![1.0 - p, p]);
        }
        let held = Held {
            codes: &codes,
            proba: &proba,
            n_classes: 2,
        };
        choose(held, &[N / 5; 5], forward, None, &run).unwrap()
    }

    #[test]
    fn good_probabilities_are_mostly_left_alone() {
        let kept = (0..20)
            .filter(|seed| chosen(sigmoid_f64, *seed, false).method == Method::None)
            .count();
        assert!(kept >= 16, "{kept}");
    }

    #[test]
    fn each_kind_of_error_gets_the_simplest_correction_that_mends_it() {
        for forward in [false, true] {
            let bold = |f: f64| sigmoid_f64(2.5 * f + 0.5);
            assert_eq!(chosen(bold, 1, forward).method, Method::Sigmoid);
            // A curve that is straight nowhere on the log-odds.
            let steps = |f: f64| sigmoid_f64(f + 1.5 * (2.5 * f).sin());
            let got = chosen(steps, 1, forward);
            assert_eq!(got.method, Method::Isotonic, "{got:?}");
            let one_end = |f: f64| sigmoid_f64(if f > 0.0 { 0.3 * f } else { 2.5 * f });
            assert_ne!(chosen(one_end, 1, forward).method, Method::None);
        }
    }

    #[test]
    fn what_is_wanted_is_what_one_gets() {
        let mut quiet = Quiet;
        let run = Run::new(&mut quiet, 0);
        let proba: Vec<Vec<f64>> = (0..20)
            .map(|i| vec![1.0 - i as f64 / 20.0, i as f64 / 20.0])
            .collect();
        let codes: Vec<u32> = (0..20).map(|i| u32::from(i % 3 == 0)).collect();
        let held = Held {
            codes: &codes,
            proba: &proba,
            n_classes: 2,
        };
        for method in Method::ALL {
            let got = choose(held, &[5; 4], false, Some(method), &run).unwrap();
            assert_eq!((got.method, got.calibration.id()), (method, method.id()));
            assert_eq!(got.judged.len(), 4);
        }
        // One class in all but one fold: nothing can be judged, nothing is changed.
        let lonely: Vec<u32> = (0..20).map(|i| u32::from(i < 5)).collect();
        let held = Held {
            codes: &lonely,
            ..held
        };
        let got = choose(held, &[5; 4], false, None, &run).unwrap();
        assert_eq!(got.method, Method::None);
        assert!(got.judged[1].log_loss.is_nan());
        let e = choose(held, &[5; 3], false, None, &run).unwrap_err();
        assert_eq!(e.code(), "shape");
    }
}
