//! Search by cross-validation on the training part, then one fit per learner on all of it.
use super::{
    insights,
    request::{BASELINE, Data, Request},
    search::{self, Found},
};
use crate::{
    base::{Error, Params, Portion, Result, Run, Stage, Test, Train},
    evaluate::split::Fold,
    learn::{self, Classifier, Dataset, Entry, Insight, Target},
    prepare::{Design, FittedPipeline, design},
    table::Table,
};

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
    pub(super) model: Box<dyn Classifier>,
    pub(super) pipeline: std::rc::Rc<FittedPipeline>,
    /// What there is to see inside, counted among the training rows.
    pub(super) insights: Vec<Insight>,
    /// Probability of the positive class per held-out row.
    pub(super) scores: Vec<f64>,
}

impl Fitted {
    pub(super) fn is_baseline(&self) -> bool {
        self.learner.id == BASELINE
    }

    pub(super) fn score(&mut self, test: &Test<Data>, run: &mut Run<'_>) -> Result<()> {
        // Levels the training part happens not to have are no news.
        let design = run.quietly(|run| {
            let prepared = self.pipeline.apply(&test.get().table, run)?;
            design(&prepared, run)
        })?;
        self.scores = self
            .model
            .predict_proba(design.x.view())?
            .column(1)
            .to_vec();
        Ok(())
    }
}

fn dataset(design: Design, codes: &[u32], request: &Request) -> Dataset {
    let y = Target::Class {
        codes: codes.to_vec(),
        classes: request.classes.clone(),
    };
    Dataset::new(design.x, y).with_features(design.features)
}

/// Fits the preparation on `train` only and gives both parts as matrices.
fn prepared(
    request: &Request,
    train: &Train<Data>,
    run: &mut Run<'_>,
) -> Result<(FittedPipeline, Train<Dataset>)> {
    let table: Train<Table> = train.clone().map(|d| d.table);
    let (pipeline, table) = request.pipeline.fit(&table, run)?;
    let matrix = table.try_map(|t| design(&t, run))?;
    Ok((
        pipeline,
        matrix.map(|x| dataset(x, &train.get().codes, request)),
    ))
}

/// What training gives.
pub(super) struct Trained {
    /// Learners fitted on the training part, in order of complexity.
    pub(super) fitted: Vec<Fitted>,
    /// What the search found on the way.
    pub(super) found: Found,
}

/// Units of progress per learner.
const FIT_UNITS: u64 = 1_000;

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
    let (_, matrix) = run.quietly(|run| prepared(request, train, run))?;
    let data = matrix.get();
    let column = data.features.iter().position(|f| f == name);
    let values = column.and_then(|j| data.x.columns().into_iter().nth(j));
    let at = values.and_then(|v| v.iter().position(|v| *v < 0.0));
    let row = at.and_then(|i| train.get().rows.get(i));
    Ok(row.map(|r| u64::from(*r) + 1))
}

async fn trained(request: &Request, train: &Train<Data>, run: &mut Run<'_>) -> Result<Trained> {
    let mut prepare = |fold: &Fold, run: &mut Run<'_>| {
        let (inner, held): (Train<Data>, Test<Data>) = Train::split(
            train.get(),
            fold.train.as_slice(),
            fold.test.as_slice(),
            |d, rows: &[u32]| d.take(rows),
        );
        let (pipeline, inner) = prepared(request, &inner, run)?;
        let held = held.try_map(|d| {
            let design = run.quietly(|run| design(&pipeline.apply(&d.table, run)?, run))?;
            Ok::<_, crate::base::Error>(dataset(design, &d.codes, request))
        })?;
        Ok((inner, held).into())
    };
    let found = search::all(request, train.get(), &mut prepare, run).await?;

    run.step(Stage::Preparing, 0, 1)?;
    let (pipeline, matrix) = prepared(request, train, run)?;
    let pipeline = std::rc::Rc::new(pipeline);
    let best = &found.searched.best;
    let mut fitted = Vec::with_capacity(best.len());
    for (i, best) in best.iter().enumerate() {
        let learner = best.candidate.learner;
        let params = best.candidate.params.clone();
        let start = run.now_ms();
        run.set_portion(Some(Portion {
            stage: Stage::Fitting,
            before: i as u64 * FIT_UNITS,
            units: FIT_UNITS,
            total: found.searched.best.len() as u64 * FIT_UNITS,
        }));
        let model = learn::fit(learner, &params, &matrix, run)
            .await?
            .classifier()?;
        run.set_portion(None);
        fitted.push(Fitted {
            learner,
            params,
            cv_mean: best.mean,
            cv_sd: best.sd,
            cv_interval: best.interval,
            fit_ms: run.now_ms() - start,
            insights: insights::of(model.as_ref(), matrix.get()),
            model,
            pipeline: pipeline.clone(),
            scores: Vec::new(),
        });
    }
    Ok(Trained { fitted, found })
}
