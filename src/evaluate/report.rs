//! Classification report: precision, recall and F1 per class and over all.
use super::same_length;
use crate::base::{Error, Result};

/// One line of the report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReportRow {
    /// Share of rows taken as the class that are of it.
    pub precision: f64,
    /// Share of rows of the class found.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// Weight of rows of the class.
    pub support: f64,
}

/// scikit-learn's `classification_report`; divisions by zero give 0.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassificationReport {
    /// Per class code.
    pub classes: Vec<ReportRow>,
    /// Share of right decisions.
    pub accuracy: f64,
    /// Plain mean over classes.
    pub macro_avg: ReportRow,
    /// Mean over classes by their rows.
    pub weighted_avg: ReportRow,
}

/// Compares actual and predicted class codes.
///
/// # Errors
/// [`Error::Shape`] when lengths disagree or a code is not below `n_classes`.
pub fn classification_report(
    y_true: &[u32],
    y_pred: &[u32],
    n_classes: usize,
    sample_weight: Option<&[f64]>,
) -> Result<ClassificationReport> {
    same_length("predictions", y_true.len(), y_pred.len())?;
    if let Some(w) = sample_weight {
        same_length("sample weights", y_true.len(), w.len())?;
    }
    let mut hits = vec![0.0; n_classes];
    let mut actual = vec![0.0; n_classes];
    let mut predicted = vec![0.0; n_classes];
    for (i, (&t, &p)) in y_true.iter().zip(y_pred).enumerate() {
        let (t, p) = (t as usize, p as usize);
        if t.max(p) >= n_classes {
            return Err(Error::Shape {
                what: "class code".into(),
                expected: n_classes,
                found: t.max(p),
            });
        }
        let w = sample_weight.map_or(1.0, |w| w[i]);
        actual[t] += w;
        predicted[p] += w;
        if t == p {
            hits[t] += w;
        }
    }
    let ratio = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    let classes: Vec<ReportRow> = (0..n_classes)
        .map(|k| ReportRow {
            precision: ratio(hits[k], predicted[k]),
            recall: ratio(hits[k], actual[k]),
            f1: ratio(2.0 * hits[k], predicted[k] + actual[k]),
            support: actual[k],
        })
        .collect();
    let all: f64 = actual.iter().sum();
    let average = |weight: &dyn Fn(&ReportRow) -> f64, whole: f64| {
        let mean = |of: fn(&ReportRow) -> f64| {
            ratio(classes.iter().map(|r| weight(r) * of(r)).sum(), whole)
        };
        ReportRow {
            precision: mean(|r| r.precision),
            recall: mean(|r| r.recall),
            f1: mean(|r| r.f1),
            support: all,
        }
    };
    Ok(ClassificationReport {
        accuracy: ratio(hits.iter().sum(), all),
        macro_avg: average(&|_| 1.0, n_classes as f64),
        weighted_avg: average(&|r| r.support, all),
        classes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_never_predicted_scores_zero() {
        let r = classification_report(&[0, 0, 1], &[0, 0, 0], 2, None).unwrap();
        assert_eq!((r.classes[1].precision, r.classes[1].f1), (0.0, 0.0));
        assert_eq!(r.classes[0].recall, 1.0);
        assert_eq!(r.macro_avg.recall, 0.5);
        assert!((r.accuracy - 2.0 / 3.0).abs() < 1e-15);
        assert!(classification_report(&[0], &[2], 2, None).is_err());
        assert_eq!(
            classification_report(&[], &[], 2, None).unwrap().accuracy,
            0.0
        );
    }
}
