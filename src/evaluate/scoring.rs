//! Scoring by name: what a search compares candidates by. More is always better, so losses count negative.
use super::{
    metrics::{self, multiclass, regression},
    positives, target,
};
use crate::base::{Error, ParamReason, Result, TargetReason};
use crate::learn::{Dataset, Model, Target};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// A score, under scikit-learn's name.
///
/// `RocAuc`, `AveragePrecision` need two classes; `RocAucOvr` is the mean over classes against the rest; the others for
/// classes take any number of them (F1 is that of the positive class with two and the mean over classes with more).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Scoring {
    RocAuc,
    RocAucOvr,
    AveragePrecision,
    NegLogLoss,
    NegBrierScore,
    Accuracy,
    BalancedAccuracy,
    F1,
    Mcc,
    R2,
    NegRmse,
    NegMae,
    F1Macro,
    NegMedianAe,
    NegMape,
}

impl Scoring {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::RocAuc,
        Self::RocAucOvr,
        Self::AveragePrecision,
        Self::NegLogLoss,
        Self::NegBrierScore,
        Self::Accuracy,
        Self::BalancedAccuracy,
        Self::F1,
        Self::Mcc,
        Self::R2,
        Self::NegRmse,
        Self::NegMae,
        Self::F1Macro,
        Self::NegMedianAe,
        Self::NegMape,
    ];

    /// Stable name.
    pub fn id(self) -> &'static str {
        match self {
            Self::RocAuc => "roc_auc",
            Self::RocAucOvr => "roc_auc_ovr",
            Self::AveragePrecision => "average_precision",
            Self::NegLogLoss => "neg_log_loss",
            Self::NegBrierScore => "neg_brier_score",
            Self::Accuracy => "accuracy",
            Self::BalancedAccuracy => "balanced_accuracy",
            Self::F1 => "f1",
            Self::Mcc => "mcc",
            Self::R2 => "r2",
            Self::NegRmse => "neg_root_mean_squared_error",
            Self::NegMae => "neg_mean_absolute_error",
            Self::F1Macro => "f1_macro",
            Self::NegMedianAe => "neg_median_absolute_error",
            Self::NegMape => "neg_mean_absolute_percentage_error",
        }
    }

    /// The one with that name.
    ///
    /// # Errors
    /// [`Error::Param`] when there is none.
    pub fn parse(id: &str) -> Result<Self> {
        let options = || Self::ALL.iter().map(|s| s.id().to_owned()).collect();
        Self::ALL
            .into_iter()
            .find(|s| s.id() == id)
            .ok_or_else(|| Error::Param {
                param: "scoring".into(),
                reason: ParamReason::NotAChoice { options: options() },
            })
    }

    /// Whether it is for numbers.
    pub fn is_regression(self) -> bool {
        matches!(
            self,
            Self::R2 | Self::NegRmse | Self::NegMae | Self::NegMedianAe | Self::NegMape
        )
    }

    /// What a search of `target` is scored by when nobody said: ROC-AUC with two classes, its mean over classes with
    /// more, R² for numbers.
    ///
    /// # Errors
    /// [`Error::Target`] without a target.
    pub fn default_for(target: &Target) -> Result<Self> {
        match target {
            Target::Class { classes, .. } if classes.len() <= 2 => Ok(Self::RocAuc),
            Target::Class { .. } => Ok(Self::RocAucOvr),
            Target::Number(_) => Ok(Self::R2),
            Target::None => Err(super::target(TargetReason::NeedsClasses)),
        }
    }

    /// The score of probabilities `(n_samples, n_classes)`.
    ///
    /// # Errors
    /// Those of the metric; [`Error::Target`] for a score of numbers.
    pub fn of_proba(
        self,
        codes: &[u32],
        proba: &Array2<f64>,
        sample_weight: Option<&[f64]>,
    ) -> Result<f64> {
        let n_classes = proba.ncols();
        let two = || -> Result<(Vec<bool>, Vec<f64>)> {
            if n_classes == 2 {
                Ok((positives(codes), proba.column(1).to_vec()))
            } else {
                Err(Error::Shape {
                    what: "classes".into(),
                    expected: 2,
                    found: n_classes,
                })
            }
        };
        let decisions = || {
            let said = multiclass::decide(proba.view());
            multiclass::ConfusionMatrix::new(codes, &said, n_classes, sample_weight)
        };
        match self {
            Self::RocAuc => {
                let (truth, p) = two()?;
                metrics::roc_auc(&truth, &p, sample_weight)
            }
            Self::AveragePrecision => {
                let (truth, p) = two()?;
                metrics::average_precision(&truth, &p, sample_weight)
            }
            Self::RocAucOvr => multiclass::roc_auc_ovr(codes, proba.view(), sample_weight),
            Self::NegLogLoss => {
                multiclass::log_loss(codes, proba.view(), sample_weight).map(|v| -v)
            }
            Self::NegBrierScore => {
                multiclass::brier_score(codes, proba.view(), sample_weight).map(|v| -v)
            }
            Self::Accuracy => decisions().map(|m| m.accuracy()),
            Self::BalancedAccuracy => decisions().map(|m| m.balanced_accuracy()),
            Self::F1 if n_classes == 2 => {
                let m = decisions()?;
                let all = 2.0 * m.at(1, 1) + m.at(0, 1) + m.at(1, 0);
                Ok(if all > 0.0 {
                    2.0 * m.at(1, 1) / all
                } else {
                    0.0
                })
            }
            Self::F1 | Self::F1Macro => decisions().map(|m| m.f1_macro()),
            Self::Mcc => decisions().map(|m| m.mcc()),
            Self::R2 | Self::NegRmse | Self::NegMae | Self::NegMedianAe | Self::NegMape => {
                Err(target(TargetReason::NeedsNumbers))
            }
        }
    }

    /// The score of probabilities of the second of two classes.
    ///
    /// # Errors
    /// As [`Scoring::of_proba`]; [`Error::Shape`] when lengths disagree.
    pub fn of_positive(self, codes: &[u32], positive: &[f64]) -> Result<f64> {
        super::same_length("probabilities", codes.len(), positive.len())?;
        let cells = positive.iter().flat_map(|p| [1.0 - p, *p]).collect();
        let proba = Array2::from_shape_vec((positive.len(), 2), cells);
        let proba = proba.map_err(|_| Error::Shape {
            what: "probabilities".into(),
            expected: codes.len(),
            found: positive.len(),
        })?;
        self.of_proba(codes, &proba, None)
    }

    /// The score of predicted numbers.
    ///
    /// # Errors
    /// Those of the metric; [`Error::Target`] for a score of classes.
    pub fn of_numbers(
        self,
        y_true: &[f64],
        y_pred: &[f64],
        sample_weight: Option<&[f64]>,
    ) -> Result<f64> {
        match self {
            Self::R2 => regression::r2(y_true, y_pred, sample_weight),
            Self::NegRmse => regression::rmse(y_true, y_pred, sample_weight).map(|v| -v),
            Self::NegMae => regression::mae(y_true, y_pred, sample_weight).map(|v| -v),
            Self::NegMedianAe => {
                regression::median_absolute_error(y_true, y_pred, sample_weight).map(|v| -v)
            }
            Self::NegMape => regression::mape(y_true, y_pred, sample_weight).map(|v| -v),
            _ => Err(target(TargetReason::NeedsClasses)),
        }
    }

    /// The score of `model` on `data`; probabilities go through `adjust` first.
    ///
    /// # Errors
    /// [`Error::Shape`]; [`Error::Target`] when model, data and score are not of one kind, or a class is absent;
    /// those of the metric.
    pub fn of_model(
        self,
        model: &Model,
        data: &Dataset,
        adjust: impl FnOnce(Array2<f64>) -> Result<Array2<f64>>,
    ) -> Result<f64> {
        let weight = data.sample_weight.as_deref();
        match (model, &data.y) {
            (Model::Classifier(m), Target::Class { codes, .. }) => {
                let proba = adjust(m.predict_proba(data.x.view())?)?;
                self.of_proba(codes, &proba, weight)
            }
            (Model::Regressor(m), Target::Number(y)) => {
                self.of_numbers(y, &m.predict(data.x.view())?, weight)
            }
            (Model::Regressor(_), _) => Err(target(TargetReason::NeedsNumbers)),
            _ => Err(target(TargetReason::NeedsClasses)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn names_lead_back_and_more_is_better() {
        let codes = [0, 1, 0, 1];
        let good = array![[0.9, 0.1], [0.2, 0.8], [0.8, 0.2], [0.1, 0.9]];
        let bad = array![[0.4, 0.6], [0.6, 0.4], [0.8, 0.2], [0.1, 0.9]];
        let y = [1.0, 2.0, 3.0];
        for s in Scoring::ALL {
            assert_eq!(Scoring::parse(s.id()).unwrap(), s);
            let of = |p: &Array2<f64>| s.of_proba(&codes, p, None);
            let numbers = |p: [f64; 3]| s.of_numbers(&y, &p, None);
            if s.is_regression() {
                assert!(numbers([1.0, 2.0, 2.9]).unwrap() > numbers([1.0, 3.0, 2.0]).unwrap());
                assert_eq!(of(&good).unwrap_err().code(), "target");
            } else {
                assert!(of(&good).unwrap() > of(&bad).unwrap(), "{}", s.id());
                assert_eq!(numbers(y).unwrap_err().code(), "target");
            }
        }
        let e = Scoring::parse("luck").unwrap_err();
        assert_eq!(e.param(), Some("scoring"));
        let three = array![[0.2, 0.3, 0.5]];
        let e = Scoring::RocAuc.of_proba(&[2], &three, None).unwrap_err();
        assert_eq!(e.code(), "shape");
    }
}
