//! Figures of merit for two classes: of scores (ranked or as probabilities) and of decisions.
use super::{
    super::{same_length, target},
    check_weights,
};
use crate::base::{Error, Result, TargetReason};

/// Rows grouped by score, from the highest down, with running totals: what every ranking metric is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The different scores, falling.
    pub thresholds: Vec<f64>,
    /// Weight of positives scored at or above each threshold.
    pub tps: Vec<f64>,
    /// Weight of negatives scored at or above each threshold.
    pub fps: Vec<f64>,
}

impl Ranked {
    /// Sorts and groups. Rows of weight 0 do not count.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths disagree; [`Error::Target`] when positives or negatives are absent;
    /// [`Error::Param`] for a score that is not a number.
    pub fn new(y_true: &[bool], score: &[f64], sample_weight: Option<&[f64]>) -> Result<Self> {
        check(y_true, score, sample_weight)?;
        let weight = |i: usize| sample_weight.map_or(1.0, |w| w[i]);
        let mut order: Vec<(u64, u32)> = (0..)
            .zip(score)
            .filter(|&(i, _)| weight(i as usize) > 0.0)
            .map(|(i, s)| (falling(*s), i))
            .collect();
        order.sort_unstable();
        let mut out = Self {
            thresholds: Vec::with_capacity(order.len()),
            tps: Vec::with_capacity(order.len()),
            fps: Vec::with_capacity(order.len()),
        };
        let (mut tp, mut fp) = (0.0, 0.0);
        for (k, &(_, i)) in order.iter().enumerate() {
            let i = i as usize;
            if y_true[i] {
                tp += weight(i);
            } else {
                fp += weight(i);
            }
            if order
                .get(k + 1)
                .is_none_or(|&(_, j)| score[j as usize] != score[i])
            {
                out.thresholds.push(score[i]);
                out.tps.push(tp);
                out.fps.push(fp);
            }
        }
        if tp == 0.0 || fp == 0.0 {
            return Err(target(TargetReason::SingleClass));
        }
        Ok(out)
    }

    /// Weight of all positives.
    pub fn n_positive(&self) -> f64 {
        self.tps.last().copied().unwrap_or_default()
    }

    /// Weight of all negatives.
    pub fn n_negative(&self) -> f64 {
        self.fps.last().copied().unwrap_or_default()
    }

    /// Area under the ROC curve: the chance that a positive is scored above a negative, ties counting half.
    pub fn roc_auc(&self) -> f64 {
        let mut area = 0.0;
        let (mut tp, mut fp) = (0.0, 0.0);
        for (&t, &f) in self.tps.iter().zip(&self.fps) {
            area += (f - fp) * (t + tp) * 0.5;
            (tp, fp) = (t, f);
        }
        area / (self.n_positive() * self.n_negative())
    }

    /// Average precision: `Σ (Rₖ − Rₖ₋₁) Pₖ` over falling thresholds, without interpolation.
    pub fn average_precision(&self) -> f64 {
        let mut sum = 0.0;
        let mut before = 0.0;
        for (&t, &f) in self.tps.iter().zip(&self.fps) {
            sum += (t - before) * t / (t + f);
            before = t;
        }
        sum / self.n_positive()
    }
}

/// A key that falls as the number rises, in the total order of IEEE 754.
fn falling(v: f64) -> u64 {
    let bits = v.to_bits();
    if v.is_sign_negative() {
        bits
    } else {
        !(bits | 1 << 63)
    }
}

/// Area under the ROC curve.
///
/// # Errors
/// See [`Ranked::new`].
pub fn roc_auc(y_true: &[bool], score: &[f64], sample_weight: Option<&[f64]>) -> Result<f64> {
    Ranked::new(y_true, score, sample_weight).map(|r| r.roc_auc())
}

/// Average precision.
///
/// # Errors
/// See [`Ranked::new`].
pub fn average_precision(
    y_true: &[bool],
    score: &[f64],
    sample_weight: Option<&[f64]>,
) -> Result<f64> {
    Ranked::new(y_true, score, sample_weight).map(|r| r.average_precision())
}

/// Mean of `−ln p(truth)`, natural logarithm; probabilities are kept 2.2e-16 away from 0 and 1.
///
/// # Errors
/// [`Error::Shape`], [`Error::TooFewRows`], [`Error::Param`] for a probability that is not a number.
pub fn log_loss(y_true: &[bool], proba: &[f64], sample_weight: Option<&[f64]>) -> Result<f64> {
    mean(y_true, proba, sample_weight, |y, p| {
        let p = p.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        -if y { p.ln() } else { (1.0 - p).ln() }
    })
}

/// Mean squared distance between probability and outcome.
///
/// # Errors
/// As [`log_loss`].
pub fn brier_score(y_true: &[bool], proba: &[f64], sample_weight: Option<&[f64]>) -> Result<f64> {
    mean(y_true, proba, sample_weight, |y, p| {
        (p - f64::from(u8::from(y))).powi(2)
    })
}

fn mean(
    y_true: &[bool],
    proba: &[f64],
    sample_weight: Option<&[f64]>,
    of: impl Fn(bool, f64) -> f64,
) -> Result<f64> {
    check(y_true, proba, sample_weight)?;
    let (mut sum, mut all) = (0.0, 0.0);
    for (i, (&y, &p)) in y_true.iter().zip(proba).enumerate() {
        let w = sample_weight.map_or(1.0, |w| w[i]);
        sum += w * of(y, p);
        all += w;
    }
    if all > 0.0 {
        Ok(sum / all)
    } else {
        Err(Error::TooFewRows {
            needed: 1,
            found: 0,
        })
    }
}

fn check(y_true: &[bool], score: &[f64], sample_weight: Option<&[f64]>) -> Result<()> {
    same_length("scores", y_true.len(), score.len())?;
    check_weights(y_true.len(), sample_weight)?;
    if score.iter().any(|s| s.is_nan()) {
        return Err(Error::out_of_range("score", f64::MIN, f64::MAX));
    }
    Ok(())
}

/// Weight of rows by actual and predicted class.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Negatives taken as negative.
    pub tn: f64,
    /// Negatives taken as positive.
    pub fp: f64,
    /// Positives taken as negative.
    pub fn_: f64,
    /// Positives taken as positive.
    pub tp: f64,
}

/// A share; 0 where there is nothing to share.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

impl Counts {
    /// Counts decisions.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths disagree.
    pub fn new(y_true: &[bool], y_pred: &[bool], sample_weight: Option<&[f64]>) -> Result<Self> {
        same_length("predictions", y_true.len(), y_pred.len())?;
        if let Some(w) = sample_weight {
            same_length("sample weights", y_true.len(), w.len())?;
        }
        let mut counts = Self::default();
        for (i, pair) in y_true.iter().zip(y_pred).enumerate() {
            let cell = match pair {
                (false, false) => &mut counts.tn,
                (false, true) => &mut counts.fp,
                (true, false) => &mut counts.fn_,
                (true, true) => &mut counts.tp,
            };
            *cell += sample_weight.map_or(1.0, |w| w[i]);
        }
        Ok(counts)
    }

    /// Counts the decisions `score >= threshold`.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths disagree.
    pub fn at(y_true: &[bool], score: &[f64], threshold: f64) -> Result<Self> {
        let y_pred: Vec<bool> = score.iter().map(|&s| s >= threshold).collect();
        Self::new(y_true, &y_pred, None)
    }

    /// Share of right decisions.
    pub fn accuracy(&self) -> f64 {
        ratio(self.tp + self.tn, self.tp + self.tn + self.fp + self.fn_)
    }

    /// Mean share of right decisions over the classes that occur.
    pub fn balanced_accuracy(&self) -> f64 {
        let (p, n) = (self.tp + self.fn_, self.tn + self.fp);
        match (p > 0.0, n > 0.0) {
            (true, true) => 0.5 * (self.tp / p + self.tn / n),
            (true, false) => self.tp / p,
            _ => ratio(self.tn, n),
        }
    }

    /// Share of rows taken as positive that are.
    pub fn precision(&self) -> f64 {
        ratio(self.tp, self.tp + self.fp)
    }

    /// Share of positives found.
    pub fn recall(&self) -> f64 {
        ratio(self.tp, self.tp + self.fn_)
    }

    /// Harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        ratio(2.0 * self.tp, 2.0 * self.tp + self.fp + self.fn_)
    }

    /// Matthews correlation: correlation of truth and decision; 0 where either never varies.
    ///
    /// Source: Matthews (1975), doi:10.1016/0005-2795(75)90109-9.
    pub fn mcc(&self) -> f64 {
        let Self { tn, fp, fn_, tp } = *self;
        let spread = ((tp + fp) * (tn + fn_)).sqrt() * ((tp + fn_) * (tn + fp)).sqrt();
        if spread > 0.0 {
            (tp * tn - fp * fn_) / spread
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_count_half() {
        let y = [true, false, true, false];
        assert_eq!(roc_auc(&y, &[0.5; 4], None).unwrap(), 0.5);
        assert_eq!(roc_auc(&y, &[0.9, 0.1, 0.9, 0.9], None).unwrap(), 0.75);
        assert_eq!(roc_auc(&y, &[1.0, 0.0, 1.0, 0.0], None).unwrap(), 1.0);
        // Signed zeros are the same score.
        assert_eq!(roc_auc(&[true, false], &[0.0, -0.0], None).unwrap(), 0.5);
    }

    #[test]
    fn what_cannot_be_measured_is_an_error() {
        assert_eq!(roc_auc(&[true], &[0.5], None).unwrap_err().code(), "target");
        assert_eq!(roc_auc(&[], &[], None).unwrap_err().code(), "target");
        assert_eq!(
            roc_auc(&[true, false], &[0.5], None).unwrap_err().code(),
            "shape"
        );
        let nan = roc_auc(&[true, false], &[0.5, f64::NAN], None);
        assert_eq!(nan.unwrap_err().code(), "param");
        let weightless = roc_auc(&[true, false], &[0.5, 0.1], Some(&[1.0, 0.0]));
        assert_eq!(weightless.unwrap_err().code(), "target");
        assert_eq!(log_loss(&[], &[], None).unwrap_err().code(), "too_few_rows");
        assert!(Counts::new(&[true], &[], None).is_err());
    }

    #[test]
    fn empty_counts_give_zero() {
        let c = Counts::default();
        for v in [
            c.accuracy(),
            c.precision(),
            c.recall(),
            c.f1(),
            c.mcc(),
            c.balanced_accuracy(),
        ] {
            assert_eq!(v, 0.0);
        }
        assert!(log_loss(&[true], &[0.0], None).unwrap() < 37.0);
    }
}
