//! Contributions: how far each column moves a row's prediction away from the mean prediction of the background.
//!
//! The Shapley values of the game in which a column either has the row's value or that of a background row, averaged over the
//! background: the only division of the difference that credits equal columns equally and adds up (Lundberg & Lee 2017,
//! NeurIPS 30). They are in the unit a person reads, a probability or the target's own, and sum to the prediction:
//! `base + Σ values = prediction`, correction of the probabilities included.
//!
//! - Linear models and trees: exact, see [`Pairs`]. Where the model sums log-odds or logs, each comparison with a background
//!   row is brought to the answer's unit by its own factor, as the package `shap` does.
//! - The mean of several models (voting): the mean of their contributions.
//! - Everything else: by drawing orders of the columns, with standard errors.
//!
//! Without a background there are [`path_dependent`] contributions of trees, which take absent columns from the training rows that
//! passed each node.
mod ensemble;
mod exact;
mod form;
mod lookup;
mod pairs;
mod paths;
mod sampled;
mod scale;
#[cfg(test)]
mod tests;

pub use ensemble::{Ensemble, Node};
pub use form::{Form, LinearSum, Link};
pub use pairs::Pairs;
pub use paths::{Paths, path_dependent};

use super::{Calibration, Classifier, Regressor, Save};
use crate::base::{Error, Result, Run, Stage};
use ndarray::{Array2, ArrayView2, s};

/// Stream of the draws.
const STREAM: u64 = 0x5e;

/// A model to explain.
#[derive(Debug, Clone, Copy)]
pub enum Explained<'m> {
    /// Probabilities.
    Classifier(&'m dyn Classifier),
    /// Numbers.
    Regressor(&'m dyn Regressor),
}

impl<'m> Explained<'m> {
    /// Columns it expects.
    pub fn n_features(self) -> usize {
        match self {
            Self::Classifier(c) => c.n_features(),
            Self::Regressor(r) => r.n_features(),
        }
    }

    fn form(self, output: usize) -> Form<'m> {
        match self {
            Self::Classifier(c) => (c as &dyn Save).explain_form(output),
            Self::Regressor(r) => (r as &dyn Save).explain_form(output),
        }
    }
}

/// How contributions came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Exactly, from coefficients.
    Linear,
    /// Exactly, from trees.
    Tree,
    /// By drawing orders of the columns, at least in part.
    Sampled,
}

/// Contributions of the columns of a matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// Mean prediction of the background.
    pub base: f64,
    /// Prediction of each row, `(n_rows,)`: a probability from 0 to 1, or a number in the target's unit.
    pub predictions: Vec<f64>,
    /// `(n_rows, n_columns)`; `base` and a row's sum make its prediction.
    pub values: Array2<f64>,
    /// Their standard errors, where they were sampled.
    pub errors: Option<Array2<f64>>,
    /// How they came about.
    pub method: Method,
}

/// What a model answers for one of its outputs, corrected.
pub(super) struct Answer<'m> {
    model: Explained<'m>,
    output: usize,
    calibration: &'m Calibration,
}

impl Answer<'_> {
    /// Before and after the correction.
    fn both(&self, x: ArrayView2<'_, f32>) -> Result<(Vec<f64>, Vec<f64>)> {
        let Self { model, output, .. } = *self;
        match model {
            Explained::Regressor(r) => {
                let y = r.predict(x)?;
                Ok((y.clone(), y))
            }
            Explained::Classifier(c) => {
                let proba = c.predict_proba(x)?;
                let raw = proba.column(output).to_vec();
                let corrected = self.calibration.apply_all(proba)?;
                Ok((raw, corrected.column(output).to_vec()))
            }
        }
    }

    /// After the correction.
    fn values(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f64>> {
        Ok(self.both(x)?.1)
    }

    fn is_corrected(&self) -> bool {
        matches!(self.model, Explained::Classifier(_)) && !self.calibration.is_none()
    }
}

/// Checks that `output` and `calibration` belong to `model`, and the width of a matrix.
fn check(
    model: Explained<'_>,
    output: usize,
    calibration: &Calibration,
    matrices: &[ArrayView2<'_, f32>],
) -> Result<()> {
    let shape = |what: &'static str, expected, found| {
        Err(Error::Shape {
            what: what.into(),
            expected,
            found,
        })
    };
    for x in matrices {
        if x.ncols() != model.n_features() {
            return shape("columns", model.n_features(), x.ncols());
        }
    }
    if let Explained::Classifier(c) = model {
        let n_classes = c.classes().len();
        if output >= n_classes || !calibration.is_for(n_classes) {
            return shape("classes", n_classes, output + 1);
        }
    }
    Ok(())
}

/// Contributions of the columns of `x` `(n_rows, n_columns)` to what `model` predicts for class `output` (a regressor has
/// only one), corrected by `calibration`, compared with the rows of `background`. In the unit of the prediction.
///
/// # Errors
/// [`Error::Shape`] for matrices of another width, or a class or a correction the model does not have;
/// [`Error::TooFewRows`] without background rows; those of the model; [`Error::Cancelled`].
pub fn contributions(
    model: Explained<'_>,
    output: usize,
    calibration: &Calibration,
    background: ArrayView2<'_, f32>,
    x: ArrayView2<'_, f32>,
    run: &mut Run<'_>,
) -> Result<Contributions> {
    check(model, output, calibration, &[background, x])?;
    if background.nrows() == 0 {
        return Err(Error::TooFewRows {
            needed: 1,
            found: 0,
        });
    }
    let answer = Answer {
        model,
        output,
        calibration,
    };
    match model.form(output) {
        Form::Linear { sums, link } => exact::linear(&sums, link, &answer, background, x, run),
        Form::Trees { sums, link } => exact::trees(&sums, link, &answer, background, x, run),
        Form::Mean(members) => exact::mean(&members, &answer, background, x, run),
        Form::Opaque => by_sampling(&answer, background, x, run),
    }
}

/// What [`contributions`] for a row take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effort {
    /// Predictions asked for, where they are sampled.
    pub predictions: usize,
    /// Nodes of trees walked, each for every row compared with.
    pub nodes: usize,
}

/// What [`contributions`] to `output` of `model` take for each row, compared with `n_background` others.
pub fn effort(model: Explained<'_>, output: usize, n_background: usize) -> Effort {
    match model.form(output) {
        Form::Linear { .. } => Effort::default(),
        Form::Trees { sums, .. } => Effort {
            nodes: sums.iter().map(Ensemble::n_nodes).sum::<usize>() * n_background,
            predictions: 0,
        },
        Form::Mean(members) if !members.is_empty() => {
            let mut all = Effort::default();
            for (_, member) in members {
                let one = effort(member, output, n_background);
                all.predictions += one.predictions;
                all.nodes += one.nodes;
            }
            all
        }
        Form::Mean(_) | Form::Opaque => Effort {
            predictions: sampled::predictions(model.n_features(), n_background),
            nodes: 0,
        },
    }
}

fn by_sampling(
    answer: &Answer<'_>,
    background: ArrayView2<'_, f32>,
    x: ArrayView2<'_, f32>,
    run: &mut Run<'_>,
) -> Result<Contributions> {
    let total = x.nrows() as u64;
    run.step(Stage::Explaining, 0, total)?;
    let n_compared = sampled::rows_compared(x.ncols()).min(background.nrows());
    let background = background.slice(s![..n_compared, ..]);
    let at_background = answer.values(background)?;
    let predictions = answer.values(x)?;
    let mut values = Array2::zeros(x.dim());
    let mut errors = Array2::zeros(x.dim());
    for (i, row) in x.rows().into_iter().enumerate() {
        // Every row draws the same orders: one explained alone is explained as among others.
        let mut rng = run.rng(STREAM);
        let at = (&at_background[..], predictions[i]);
        let (value, error) = sampled::row(answer, background, at, row, &mut rng, run)?;
        values.row_mut(i).assign(&ndarray::ArrayView1::from(&value));
        errors.row_mut(i).assign(&ndarray::ArrayView1::from(&error));
        run.step(Stage::Explaining, i as u64 + 1, total)?;
    }
    run.step(Stage::Explaining, total, total)?;
    Ok(Contributions {
        base: mean(&at_background),
        predictions,
        values,
        errors: Some(errors),
        method: Method::Sampled,
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
