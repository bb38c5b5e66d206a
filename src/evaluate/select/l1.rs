//! Columns that an L1 penalty leaves with a coefficient; of those the largest, where only so many are asked for. What
//! `SelectFromModel(estimator, max_features=…)` of scikit-learn keeps.
//!
//! Source: Tibshirani (1996), Regression shrinkage and selection via the lasso, doi:10.1111/j.2517-6161.1996.tb02080.x.
use super::{Selection, best, importance::coefficients};
use crate::base::{Error, ParamReason, Params, Result, Run, Train};
use crate::evaluate::search::fit;
use crate::learn::{Dataset, entry};

/// Largest coefficient that counts as 0, as in scikit-learn's `SelectFromModel`.
const ZERO: f64 = 1e-5;

/// Fits a linear learner, whose parameters ask for the penalty; scores are absolute coefficients (root of the sum of
/// squares over outputs). At most `max_features` stay.
pub(super) fn select(
    train: &Train<Dataset>,
    learner: &str,
    params: &Params,
    max_features: Option<usize>,
    run: &mut Run<'_>,
) -> Result<Selection> {
    let model = fit(entry(learner)?, params, train, run)?;
    let squares = coefficients(&model, &train.get().features).ok_or_else(|| Error::Param {
        param: "learner".into(),
        reason: ParamReason::NotAChoice {
            options: vec!["logistic".to_owned(), "linear".to_owned()],
        },
    })?;
    Ok(by_size(&squares, max_features))
}

fn by_size(squares: &[f64], max_features: Option<usize>) -> Selection {
    let scores: Vec<f64> = squares.iter().map(|s| s.sqrt()).collect();
    let largest = best(&scores, max_features.unwrap_or(scores.len()));
    let left = |(score, is_largest): (&f64, bool)| is_largest && *score > ZERO;
    Selection {
        kept: scores.iter().zip(largest).map(left).collect(),
        scores,
        p_values: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use crate::evaluate::select::tests::data;

    #[test]
    fn only_coefficients_that_are_left_count() {
        let got = by_size(&[0.25, 0.0, 1e-12, 4.0], None);
        assert_eq!(got.kept, [true, false, false, true]);
        for (most, kept) in [
            (1, [false, false, false, true]),
            // Not a column without a coefficient.
            (3, [true, false, false, true]),
            (0, [false; 4]),
        ] {
            assert_eq!(by_size(&[0.25, 0.0, 1e-12, 4.0], Some(most)).kept, kept);
        }
        // The earlier of two alike.
        assert_eq!(by_size(&[1.0, 1.0], Some(1)).kept, [true, false]);
        assert_eq!(got.scores[3], 2.0);
    }

    #[test]
    fn a_learner_without_coefficients_is_refused() {
        let mut quiet = Quiet;
        let e = select(
            &Train::all(data(100)),
            "tree",
            &Params::default(),
            None,
            &mut Run::new(&mut quiet, 1),
        );
        assert_eq!(e.unwrap_err().param(), Some("learner"));
    }
}
