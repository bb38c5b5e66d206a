//! Columns that an L1 penalty leaves with a coefficient.
//!
//! Source: Tibshirani (1996), Regression shrinkage and selection via the lasso, doi:10.1111/j.2517-6161.1996.tb02080.x.
use super::{Selection, importance::coefficients};
use crate::base::{Error, ParamReason, Params, Result, Run, Train};
use crate::evaluate::search::fit;
use crate::learn::{Dataset, entry};

/// Largest coefficient that counts as 0, as in scikit-learn's `SelectFromModel`.
const ZERO: f64 = 1e-5;

/// Fits a linear learner, whose parameters ask for the penalty; scores are absolute coefficients (root of the sum of
/// squares over outputs).
pub(super) fn select(
    train: &Train<Dataset>,
    learner: &str,
    params: &Params,
    run: &mut Run<'_>,
) -> Result<Selection> {
    let model = fit(entry(learner)?, params, train, run)?;
    let squares = coefficients(&model, &train.get().features).ok_or_else(|| Error::Param {
        param: "learner".into(),
        reason: ParamReason::NotAChoice {
            options: vec!["logistic".to_owned(), "linear".to_owned()],
        },
    })?;
    Ok(by_size(&squares))
}

fn by_size(squares: &[f64]) -> Selection {
    let scores: Vec<f64> = squares.iter().map(|s| s.sqrt()).collect();
    Selection {
        kept: scores.iter().map(|s| *s > ZERO).collect(),
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
        let got = by_size(&[0.25, 0.0, 1e-12, 4.0]);
        assert_eq!(got.kept, [true, false, false, true]);
        assert_eq!(got.scores[3], 2.0);
    }

    #[test]
    fn a_learner_without_coefficients_is_refused() {
        let mut quiet = Quiet;
        let e = select(
            &Train::all(data(100)),
            "tree",
            &Params::default(),
            &mut Run::new(&mut quiet, 1),
        );
        assert_eq!(e.unwrap_err().param(), Some("learner"));
    }
}
