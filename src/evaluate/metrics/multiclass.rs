//! Figures of merit for any number of classes: of probabilities and of decisions.
//!
//! Probabilities are `(n_samples, n_classes)`, truth and decisions are codes below `n_classes`.
use super::{
    super::{same_length, target},
    check_weights, no_rows, roc_auc, weight_of,
};
use crate::base::{Error, Result, TargetReason};
use ndarray::ArrayView2;

/// Mean over classes of the area under the ROC curve of that class against the rest
/// (`roc_auc_score(multi_class="ovr", average="macro")`).
///
/// # Errors
/// [`Error::Shape`]; [`Error::Target`] when a class is absent among the rows; [`Error::Param`] for bad weights or a
/// probability that is not a number.
///
/// Source: Provost & Domingos (2000), Well-trained PETs, for the one-against-rest area.
pub fn roc_auc_ovr(
    y_true: &[u32],
    proba: ArrayView2<'_, f64>,
    sample_weight: Option<&[f64]>,
) -> Result<f64> {
    check(y_true, proba, sample_weight)?;
    let n_classes = proba.ncols();
    if n_classes < 2 {
        return Err(target(TargetReason::SingleClass));
    }
    let mut sum = 0.0;
    for class in 0..n_classes {
        let truth: Vec<bool> = y_true.iter().map(|&c| c as usize == class).collect();
        sum += roc_auc(&truth, &proba.column(class).to_vec(), sample_weight)?;
    }
    Ok(sum / n_classes as f64)
}

/// Mean of `−ln p(truth)`; rows are divided by their sum, probabilities kept 2.2e-16 away from 0 and 1.
///
/// # Errors
/// [`Error::Shape`], [`Error::TooFewRows`], [`Error::Param`].
pub fn log_loss(
    y_true: &[u32],
    proba: ArrayView2<'_, f64>,
    sample_weight: Option<&[f64]>,
) -> Result<f64> {
    mean(y_true, proba, sample_weight, |truth, row| {
        let sum: f64 = row.iter().sum();
        let p = row.get(truth).copied().unwrap_or_default() / sum;
        -p.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
    })
}

/// Mean over rows of `Σₖ (pₖ − [truth = k])²`, halved with two classes as in scikit-learn.
///
/// # Errors
/// As [`log_loss`].
///
/// Source: Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
pub fn brier_score(
    y_true: &[u32],
    proba: ArrayView2<'_, f64>,
    sample_weight: Option<&[f64]>,
) -> Result<f64> {
    let scale = if proba.ncols() == 2 { 0.5 } else { 1.0 };
    mean(y_true, proba, sample_weight, |truth, row| {
        let apart = |(k, p): (usize, &f64)| (p - f64::from(u8::from(k == truth))).powi(2);
        scale * row.iter().enumerate().map(apart).sum::<f64>()
    })
}

fn mean(
    y_true: &[u32],
    proba: ArrayView2<'_, f64>,
    sample_weight: Option<&[f64]>,
    of: impl Fn(usize, &[f64]) -> f64,
) -> Result<f64> {
    check(y_true, proba, sample_weight)?;
    let (mut sum, mut all) = (0.0, 0.0);
    for (i, (&truth, row)) in y_true.iter().zip(proba.rows()).enumerate() {
        let w = weight_of(sample_weight, i);
        sum += w * of(truth as usize, &row.to_vec());
        all += w;
    }
    if all > 0.0 {
        Ok(sum / all)
    } else {
        Err(no_rows())
    }
}

fn check(y_true: &[u32], proba: ArrayView2<'_, f64>, sample_weight: Option<&[f64]>) -> Result<()> {
    same_length("scores", y_true.len(), proba.nrows())?;
    check_weights(y_true.len(), sample_weight)?;
    check_codes(y_true, proba.ncols())?;
    if proba.iter().any(|p| p.is_nan()) {
        return Err(Error::out_of_range("score", 0.0, 1.0));
    }
    Ok(())
}

fn check_codes(codes: &[u32], n_classes: usize) -> Result<()> {
    match codes.iter().find(|&&c| c as usize >= n_classes) {
        Some(&bad) => Err(Error::Shape {
            what: "class code".into(),
            expected: n_classes,
            found: bad as usize,
        }),
        None => Ok(()),
    }
}

/// The likeliest class of each row; equal probabilities go to the earlier class.
pub fn decide(proba: ArrayView2<'_, f64>) -> Vec<u32> {
    proba
        .rows()
        .into_iter()
        .map(|row| {
            let mut best = (0, f64::NEG_INFINITY);
            for (k, &p) in row.iter().enumerate() {
                if p > best.1 {
                    best = (k, p);
                }
            }
            best.0 as u32
        })
        .collect()
}

/// Weight of rows by actual (rows) and predicted class (columns).
#[derive(Debug, Clone, PartialEq)]
pub struct ConfusionMatrix {
    n_classes: usize,
    cells: Vec<f64>,
}

/// A share; 0 where there is nothing to share.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

impl ConfusionMatrix {
    /// Counts decisions.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths disagree or a code is not below `n_classes`; [`Error::Param`] for bad weights.
    pub fn new(
        y_true: &[u32],
        y_pred: &[u32],
        n_classes: usize,
        sample_weight: Option<&[f64]>,
    ) -> Result<Self> {
        same_length("predictions", y_true.len(), y_pred.len())?;
        check_weights(y_true.len(), sample_weight)?;
        check_codes(y_true, n_classes)?;
        check_codes(y_pred, n_classes)?;
        let mut cells = vec![0.0; n_classes * n_classes];
        for (i, (&t, &p)) in y_true.iter().zip(y_pred).enumerate() {
            cells[t as usize * n_classes + p as usize] += weight_of(sample_weight, i);
        }
        Ok(Self { n_classes, cells })
    }

    /// Weight of rows of class `actual` taken as `predicted`; 0 for classes that are not there.
    pub fn at(&self, actual: usize, predicted: usize) -> f64 {
        let inside = actual < self.n_classes && predicted < self.n_classes;
        let cell = self.cells.get(actual * self.n_classes + predicted);
        cell.copied().filter(|_| inside).unwrap_or_default()
    }

    fn row(&self, k: usize) -> f64 {
        (0..self.n_classes).map(|p| self.at(k, p)).sum()
    }

    fn column(&self, k: usize) -> f64 {
        (0..self.n_classes).map(|t| self.at(t, k)).sum()
    }

    fn right(&self) -> f64 {
        (0..self.n_classes).map(|k| self.at(k, k)).sum()
    }

    /// Share of right decisions.
    pub fn accuracy(&self) -> f64 {
        ratio(self.right(), self.cells.iter().sum())
    }

    /// Mean share of right decisions over the classes that occur.
    pub fn balanced_accuracy(&self) -> f64 {
        let shares: Vec<f64> = (0..self.n_classes)
            .filter(|&k| self.row(k) > 0.0)
            .map(|k| self.at(k, k) / self.row(k))
            .collect();
        ratio(shares.iter().sum(), shares.len() as f64)
    }

    /// Mean over the classes that occur, in truth or decisions, of the harmonic mean of precision and recall.
    pub fn f1_macro(&self) -> f64 {
        let of = |k: usize| {
            let all = self.row(k) + self.column(k);
            (all > 0.0).then(|| 2.0 * self.at(k, k) / all)
        };
        let all: Vec<f64> = (0..self.n_classes).filter_map(of).collect();
        ratio(all.iter().sum(), all.len() as f64)
    }

    /// Correlation of truth and decision for any number of classes; 0 where either never varies.
    ///
    /// Source: Gorodkin (2004), doi:10.1016/j.compbiolchem.2004.09.006.
    pub fn mcc(&self) -> f64 {
        let all: f64 = self.cells.iter().sum();
        let (mut cross, mut truth, mut said) = (0.0, 0.0, 0.0);
        for k in 0..self.n_classes {
            let (t, p) = (self.row(k), self.column(k));
            cross += t * p;
            truth += t * t;
            said += p * p;
        }
        let spread = ((all * all - truth) * (all * all - said)).max(0.0).sqrt();
        ratio(self.right() * all - cross, spread)
            .min(1.0)
            .max(if spread > 0.0 { -1.0 } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn two_classes_agree_with_the_two_class_functions() {
        let p = array![[0.8, 0.2], [0.4, 0.6], [0.3, 0.7], [0.9, 0.1]];
        let codes = [0, 0, 1, 1];
        let truth = [false, false, true, true];
        let one: Vec<f64> = p.column(1).to_vec();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        near(
            roc_auc_ovr(&codes, p.view(), None).unwrap(),
            roc_auc(&truth, &one, None).unwrap(),
        );
        near(
            log_loss(&codes, p.view(), None).unwrap(),
            super::super::log_loss(&truth, &one, None).unwrap(),
        );
        near(
            brier_score(&codes, p.view(), None).unwrap(),
            super::super::brier_score(&truth, &one, None).unwrap(),
        );
        let matrix = ConfusionMatrix::new(&codes, &decide(p.view()), 2, None).unwrap();
        near(matrix.accuracy(), 0.5);
        near(matrix.mcc(), 0.0);
    }

    #[test]
    fn what_cannot_be_measured_is_an_error() {
        let p = array![[0.5, 0.3, 0.2], [0.1, 0.8, 0.1]];
        let code = |r: Result<f64>| r.unwrap_err().code();
        assert_eq!(code(roc_auc_ovr(&[0, 1], p.view(), None)), "target");
        assert_eq!(code(log_loss(&[0], p.view(), None)), "shape");
        assert_eq!(code(log_loss(&[0, 3], p.view(), None)), "shape");
        assert_eq!(
            code(log_loss(&[0, 1], p.view(), Some(&[0.0, 0.0]))),
            "too_few_rows"
        );
        let nan = array![[f64::NAN, 0.5], [0.1, 0.9]];
        assert_eq!(code(brier_score(&[0, 1], nan.view(), None)), "param");
        assert!(ConfusionMatrix::new(&[0], &[2], 2, None).is_err());
        let empty = ConfusionMatrix::new(&[], &[], 2, None).unwrap();
        assert_eq!(
            (empty.accuracy(), empty.mcc(), empty.f1_macro()),
            (0.0, 0.0, 0.0)
        );
        assert_eq!(empty.at(2, 0), 0.0);
    }
}
