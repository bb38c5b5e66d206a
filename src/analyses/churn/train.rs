//! Search by cross-validation on the training part, then one fit per learner on all of it.
use super::{
    request::{BASELINE, Data, Request},
    search::{self, Found},
};
use crate::{
    base::{Params, Portion, Result, Run, Stage, Test, Train},
    evaluate::split::Fold,
    learn::{self, Classifier, Dataset, Entry, Target},
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
pub(super) async fn all(
    request: &Request,
    train: &Train<Data>,
    run: &mut Run<'_>,
) -> Result<Trained> {
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
        let model = learn::fit(learner, &params, &matrix, run).await?;
        run.set_portion(None);
        fitted.push(Fitted {
            learner,
            params,
            cv_mean: best.mean,
            cv_sd: best.sd,
            cv_interval: best.interval,
            fit_ms: run.now_ms() - start,
            model: model.classifier()?,
            pipeline: pipeline.clone(),
            scores: Vec::new(),
        });
    }
    Ok(Trained { fitted, found })
}
