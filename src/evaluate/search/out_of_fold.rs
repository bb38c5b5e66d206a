//! Predictions for every row by models that have not seen it.
use super::{
    super::{
        prepared::Prepared,
        split::{Fold, Splits},
        target,
    },
    Candidate, PrepareFold, fit, prepare_batch,
};
use crate::base::{Error, Job, Params, Result, Run, Shared, Span, Stage, TargetReason, Task};
use crate::learn::{self, Model};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Fits a learner on a prepared fold and predicts its held-out rows.
pub static FIT_PREDICT: Task = Task {
    id: "fit_predict",
    run: fit_predict,
};

#[derive(Debug, Serialize, Deserialize)]
struct Input {
    learner: String,
    params: Params,
}

/// Predictions of held-out rows.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfFold {
    /// Row numbers, fold after fold.
    pub rows: Vec<u32>,
    /// Probabilities per row, by class; of a regressor the number it predicts, alone.
    pub proba: Vec<Vec<f64>>,
}

impl OutOfFold {
    /// The class codes of its rows, of those of all rows.
    ///
    /// # Errors
    /// [`Error::Shape`] for a row that has none.
    pub fn codes(&self, all: &[u32]) -> Result<Vec<u32>> {
        let of = |r: &u32| all.get(*r as usize).copied();
        let codes: Option<Vec<u32>> = self.rows.iter().map(of).collect();
        codes.ok_or_else(|| Error::Shape {
            what: "class codes".into(),
            expected: self.rows.len(),
            found: all.len(),
        })
    }
}

/// Predictions of every row that `splits` holds out; probabilities uncorrected ([`Prepared::calibration`] is left aside).
///
/// [`Stage::Searching`] counts folds.
///
/// # Errors
/// Those of [`super::cross_validate`]; [`Error::Target`] for a learner without a target.
pub async fn out_of_fold(
    candidate: &Candidate,
    splits: &Splits,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<OutOfFold> {
    (candidate.learner.build)(&candidate.params)?;
    let input = Input {
        learner: candidate.learner.id.to_owned(),
        params: candidate.params.clone(),
    };
    let input = crate::base::pack(&input)?;
    let folds = splits.folds();
    let total = folds.len() as u64;
    let mut out = OutOfFold {
        rows: Vec::new(),
        proba: Vec::new(),
    };
    let mut done = 0;
    while done < folds.len() {
        let waiting: Vec<&Fold> = folds.iter().skip(done).collect();
        let batch = prepare_batch(&waiting, done as u64, total, prepare, run)?;
        let job = |fold: &Arc<Shared>| Job {
            task: &FIT_PREDICT,
            input: input.clone(),
            shared: vec![fold.clone()],
            cost: 1.0,
        };
        let span = Span {
            stage: Stage::Searching,
            done: done as u64,
            total,
        };
        let outputs = run.parallel(batch.iter().map(job).collect(), span).await?;
        for (fold, output) in folds.iter().skip(done).zip(outputs) {
            let proba: Vec<Vec<f64>> =
                postcard::from_bytes(&output).map_err(|_| Error::Protocol)?;
            if proba.len() != fold.test.len() {
                return Err(Error::Shape {
                    what: "predictions".into(),
                    expected: fold.test.len(),
                    found: proba.len(),
                });
            }
            out.rows.extend(&fold.test);
            out.proba.extend(proba);
        }
        done += batch.len();
    }
    Ok(out)
}

fn fit_predict(input: &[u8], shared: &[Arc<Shared>], run: &mut Run<'_>) -> Result<Vec<u8>> {
    let input: Input = postcard::from_bytes(input).map_err(|_| Error::Protocol)?;
    let fold: &Prepared = shared.first().ok_or(Error::Protocol)?.get()?;
    let entry = learn::entry(&input.learner)?;
    let fold = fold.side_of(entry);
    let x = fold.test.get().x.view();
    let rows: Vec<Vec<f64>> = match fit(entry, &input.params, &fold.train, run)? {
        Model::Classifier(model) => {
            let proba = model.predict_proba(x)?;
            proba.rows().into_iter().map(|r| r.to_vec()).collect()
        }
        Model::Regressor(model) => model.predict(x)?.into_iter().map(|v| vec![v]).collect(),
        Model::Clusterer(_) => return Err(target(TargetReason::NeedsClasses)),
    };
    crate::base::pack(&rows)
}
