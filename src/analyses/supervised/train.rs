//! Search by cross-validation on the training part, then one fit per learner on all of it.
use super::{
    super::explain,
    calibrate, effects, fold,
    goal::Goal,
    insights,
    request::{BASELINE, Data, Request},
    search::{self, Found},
};
use crate::{
    artifact::Predictions,
    base::{Error, Params, Part, Portion, Result, Run, Stage, Test, Train},
    evaluate::{
        calibrate::Choice,
        search::{PrepareFold, out_of_fold},
        split::Fold,
    },
    learn::{self, Calibration, Entry, Insight, Model},
    prepare::{Design, FittedPipeline},
    report::ReportTable,
};
use ndarray::Array2;

/// A learner fitted on the training part.
pub(super) struct Fitted {
    pub(super) learner: &'static Entry,
    pub(super) params: Params,
    /// Mean score in the search; more is better, a loss counts negative.
    pub(super) cv_mean: f64,
    pub(super) cv_sd: f64,
    /// 95 % interval of the mean, over repeated folds.
    pub(super) cv_interval: Option<(f64, f64)>,
    pub(super) fit_ms: f64,
    pub(super) model: Model,
    pub(super) pipeline: std::rc::Rc<FittedPipeline>,
    /// Takes probabilities back to the class shares from before a resampling.
    pub(super) calibration: Calibration,
    /// What there is to see inside, counted among the training rows.
    pub(super) insights: Vec<Insight>,
    /// Mean of each column of the matrix among the training rows, where the model has coefficients: of a category's 0
    /// and 1 its share.
    pub(super) means: Vec<f64>,
    /// Rows to compare with where a row is explained, as they are saved.
    pub(super) background: Part,
    /// Per held-out row the probability of the positive class, or the number predicted; nothing with more classes.
    pub(super) scores: Vec<f64>,
    /// Per held-out row the probability of each class, where there are more than two.
    pub(super) proba: Option<Array2<f64>>,
}

impl Fitted {
    pub(super) fn is_baseline(&self) -> bool {
        self.learner.id == BASELINE
    }

    /// What it says of the rows of `design`, corrected.
    pub(super) fn predictions(&self, design: &Design) -> Result<Predictions> {
        let x = design.x.view();
        match &self.model {
            Model::Classifier(m) => {
                let proba = self.calibration.apply_all(m.predict_proba(x)?)?;
                Ok(Predictions::Proba(proba))
            }
            Model::Regressor(m) => Ok(Predictions::Numbers(m.predict(x)?)),
            Model::Clusterer(_) => Err(Error::invalid_artifact(
                "a learner with a target was expected",
            )),
        }
    }

    pub(super) fn score(&mut self, test: &Test<Data>, run: &mut Run<'_>) -> Result<()> {
        // Levels the training part happens not to have are no news.
        let design = run.quietly(|run| self.pipeline.design(&test.get().table, run))?;
        match self.predictions(&design)? {
            Predictions::Proba(proba) if proba.ncols() > 2 => self.proba = Some(proba),
            other => self.scores = other.single("target")?,
        }
        Ok(())
    }
}

/// What training gives.
pub(super) struct Trained {
    /// Learners fitted on the training part, in order of complexity.
    pub(super) fitted: Vec<Fitted>,
    /// What the search found on the way.
    pub(super) found: Found,
    /// What a selection of columns chose.
    pub(super) selected: Option<ReportTable>,
    /// How the winner's probabilities are corrected, of two classes.
    pub(super) correction: Option<Choice>,
    /// Truth minus prediction for training rows that the winner's fits on folds did not see; of numbers only.
    pub(super) residuals: Vec<f64>,
}

/// Every learner with its best parameters.
///
/// # Errors
/// Those of preparation, learners and scoring, in terms of the file: its target, its rows.
pub(super) async fn all(
    request: &Request,
    train: &Train<Data>,
    run: &mut Run<'_>,
) -> Result<Trained> {
    match trained(request, train, run).await {
        Err(Error::Negative { row, name }) => Err(Error::Negative {
            row: first_negative(request, train, &name, run)?.unwrap_or(row),
            name,
        }),
        other => other.map_err(|e| request.name_target(e)),
    }
}

/// The first row of the file, from 1, whose prepared value of column `name` is negative. A learner sees some rows of the
/// file only, and counts those.
fn first_negative(
    request: &Request,
    train: &Train<Data>,
    name: &str,
    run: &mut Run<'_>,
) -> Result<Option<u64>> {
    let matrix = run.quietly(|run| fold::plain(request, train, run))?;
    let data = matrix.get();
    let column = data.features.iter().position(|f| f == name);
    let values = column.and_then(|j| data.x.columns().into_iter().nth(j));
    let at = values.and_then(|v| v.iter().position(|v| *v < 0.0));
    let row = at.and_then(|i| train.get().rows.get(i));
    Ok(row.map(|r| u64::from(*r) + 1))
}

async fn trained(request: &Request, train: &Train<Data>, run: &mut Run<'_>) -> Result<Trained> {
    let mut prepare =
        |fold: &Fold, run: &mut Run<'_>| fold::prepared(request, train.get(), fold, run);
    let found = search::all(request, train.get(), &mut prepare, run).await?;

    run.step(Stage::Preparing, 0, 1)?;
    let sides = fold::sides(request, train, run)?;
    let selected = sides.selected();
    let best = &found.searched.best;
    let mut fitted = Vec::with_capacity(best.len());
    for (i, best) in best.iter().enumerate() {
        let learner = best.candidate.learner;
        let params = best.candidate.params.clone();
        let side = sides.of(learner);
        let start = run.now_ms();
        run.set_portion(Some(Portion {
            stage: Stage::Fitting,
            before: i as u64 * Portion::PIECE,
            units: Portion::PIECE,
            total: found.searched.best.len() as u64 * Portion::PIECE,
        }));
        let model = learn::fit(learner, &params, side.train(), run).await?;
        run.set_portion(None);
        let fit_ms = run.now_ms() - start;
        // It fits on folds once more; the search is over all the same.
        run.mute(Some(Stage::Searching));
        let calibration = side
            .calibration(
                request,
                &best.candidate,
                &found.folds,
                &side.real.get().y,
                &mut prepare,
                run,
            )
            .await;
        run.mute(None);
        let calibration = calibration?;
        let insights = insights::of(model.fitted(), side.real.get(), side.drawn());
        fitted.push(Fitted {
            learner,
            params,
            cv_mean: best.mean,
            cv_sd: best.sd,
            cv_interval: best.interval,
            fit_ms,
            means: effects::means(&insights, side.real.get()),
            insights,
            model,
            pipeline: side.pipeline.clone(),
            calibration,
            background: explain::background(side.real.get(), run)?,
            scores: Vec::new(),
            proba: None,
        });
    }
    // Folds are made once more: the whole training part need not lie beside them.
    drop(sides);
    let correction = match request.goal {
        Goal::Binary => {
            calibrate::choice(request, train, &found, &fitted, &mut prepare, run).await?
        }
        _ => None,
    };
    let residuals = match request.goal {
        Goal::Number => residuals(&found, &train.get().numbers, &mut prepare, run).await?,
        _ => Vec::new(),
    };
    Ok(Trained {
        fitted,
        found,
        selected,
        correction,
        residuals,
    })
}

/// Truth minus prediction of the winner on the folds of the search.
async fn residuals(
    found: &Found,
    numbers: &[f64],
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Vec<f64>> {
    // The search is over, though this fits on its folds once more.
    run.mute(Some(Stage::Searching));
    let winner = found.searched.winner().map(|b| b.candidate.clone());
    let held = match winner {
        Ok(winner) => out_of_fold(&winner, &found.folds, prepare, run).await,
        Err(e) => Err(e),
    };
    run.mute(None);
    let held = held?;
    let pairs = held.rows.iter().zip(&held.proba);
    let apart = |(row, said): (&u32, &Vec<f64>)| Some(numbers.get(*row as usize)? - said.first()?);
    Ok(pairs.filter_map(apart).collect())
}
