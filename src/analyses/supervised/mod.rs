//! Learning from known outcomes: the journey that every analysis with a target goes.
//!
//! 1. Rows without a target are left out; the rest is cut in a training and a held-out part: by class, by group, or at a
//!    point in time.
//! 2. On the training part every learner's parameters are searched by cross-validation, with folds of the same kind; the
//!    preparation is fitted anew in every fold, so that no fold sees another. What was tried is part of the report. On
//!    request the learners' best are measured over repeated folds, and the search as a whole inside folds around it.
//! 3. Each learner is fitted once more on the whole training part. The best by cross-validation is the model.
//!    Its probabilities are corrected where predictions on the folds show that to be worth it.
//! 4. Everything reported is measured on the held-out part, which nothing before has seen. The model that was
//!    measured is the model that is saved: it is not fitted again on all rows.
mod calibrate;
mod card;
mod checks;
mod curves;
mod effects;
mod findings;
mod fold;
mod goal;
mod importance;
mod insights;
mod learners;
mod measure;
mod number;
mod options;
mod phases;
mod request;
mod room;
mod search;
mod several;
mod splits;
mod train;
mod tried;

pub(super) use goal::Scope;

use super::{Job, Outcome, decide, explain, global, ranges::Ranges};
use crate::base::order::Ordered;
use crate::{
    artifact::{Artifact, Opened},
    base::{ColumnKind, ParamSpec, Part, Result, Role, RoleSpec, Run, Stage, Test, Train, Warning},
    charts::Figure,
    evaluate::interval,
    table::read::SAMPLED,
};
use goal::Goal;
use request::Request;
use train::{Fitted, Trained};

/// Streams of the seed: each use of randomness has its own.
mod stream {
    pub(super) const SPLIT: u64 = 1;
    pub(super) const FOLDS: u64 = 2;
    pub(super) const IMPORTANCE: u64 = 3;
    pub(super) const LEAKS: u64 = 4;
    pub(super) const REPEATS: u64 = 5;
    pub(super) const NESTED: u64 = 6;
    pub(super) const DRAWS: u64 = 7;
    pub(super) const SELECT: u64 = 8;
    pub(super) const REFITS: u64 = 20;
    pub(super) const SLICES: u64 = 21;
    pub(super) const SAMPLE: u64 = 22;
}

/// Columns beyond which effects are left out: every point of a curve prepares all of them once more.
const MOST_EXPLAINED: usize = 1_000;

/// Classes of several that have effects of their own.
const MOST_CLASSES: usize = 4;
/// Predictions that sampled contributions take at most.
const MOST_PREDICTIONS: usize = 60_000;

/// Held-out rows of the rarer class below which figures are called uncertain.
const FEW_TEST_ROWS: u64 = 30;

/// Roles of an analysis with a target.
pub(super) fn roles(scope: Scope) -> Vec<RoleSpec> {
    let spec = |role, required, kinds: &[ColumnKind]| RoleSpec {
        role,
        required,
        kinds: kinds.to_vec(),
    };
    let classes = [ColumnKind::Bool, ColumnKind::Category, ColumnKind::Int];
    let mut targets = classes.to_vec();
    if scope == Scope::Any {
        targets.push(ColumnKind::Float);
    }
    vec![
        spec(Role::Id, false, &[]),
        spec(Role::Target, true, &targets),
        spec(Role::Value, false, &[ColumnKind::Float, ColumnKind::Int]),
        spec(Role::Date, false, &[ColumnKind::Date, ColumnKind::DateTime]),
        spec(Role::Text, false, &[ColumnKind::Text]),
        spec(Role::Group, false, &[]),
    ]
}

/// Parameters of an analysis with a target.
pub(super) fn params(scope: Scope) -> Vec<ParamSpec> {
    goal::specs_of(scope)
}

/// The whole journey for a target within `scope`; `analysis` is the id of the one it is done for.
///
/// # Errors
/// Those of settings, data, preparation and learners.
pub(super) async fn learn(
    analysis: &str,
    scope: Scope,
    job: &Job<'_>,
    run: &mut Run<'_>,
) -> Result<Outcome> {
    let request = Request::parse(job, scope)?;
    let asked = decide::Asked::parse(job)?;
    run.step(Stage::Preparing, 0, 1)?;
    if let Some(n_rows) = job.table.sampled_from() {
        run.warn(Warning::Sampled {
            what: SAMPLED.into(),
            n_used: job.table.n_rows() as u64,
            n_rows,
        });
    }
    let data = request.data(job, run)?;
    let cut = splits::hold_out(&request, &data, run)?;
    let (train, test): (Train<_>, Test<_>) = Train::split(
        &data,
        cut.train.as_slice(),
        cut.test.as_slice(),
        |d, rows: &[u32]| d.take(rows),
    );
    warn_small(&request, test.get(), run);
    let suspects = checks::suspects(&request, job.roles, &train, &test, run)?;

    let Trained {
        mut fitted,
        found,
        selected,
        correction,
        residuals,
    } = train::all(&request, &train, run).await?;
    run.step(Stage::Evaluating, 0, 2)?;
    for learner in &mut fitted {
        learner.score(&test, run)?;
    }
    // By cross-validation, never by the held-out part; the baseline cannot win.
    fitted.order_by(|a, b| {
        a.is_baseline()
            .cmp(&b.is_baseline())
            .then(b.cv_mean.total_cmp(&a.cv_mean))
    });
    let Some((best, others)) = fitted.split_first_mut() else {
        return Err(crate::base::Error::NoFeatures);
    };
    let corrected = correction.map(|c| calibrate::Corrected::new(&request, c, best));
    let (best, others) = (&*best, &*others);
    let truth = test.get().truth();
    let mut intervals = None;
    let importance;
    let mut report = match request.goal {
        Goal::Binary => {
            let area = interval::delong(&truth, &best.scores)?;
            if area.low <= 0.5 {
                run.warn(Warning::NoSignal);
            }
            importance = importance::permutation(&request, best, &test, run)?;
            run.step(Stage::Evaluating, 1, 2)?;
            let mut report = measure::report(&request, best, others, &truth, &area, &importance)?;
            calibrate::add_to(&mut report, best, corrected.as_ref(), &truth)?;
            report
        }
        Goal::Multiclass => {
            importance = importance::permutation(&request, best, &test, run)?;
            run.step(Stage::Evaluating, 1, 2)?;
            several::report(&request, best, others, test.get(), &importance, run)?
        }
        Goal::Number => {
            intervals = number::intervals(&residuals, request.interval_level, run)?;
            importance = importance::permutation(&request, best, &test, run)?;
            run.step(Stage::Evaluating, 1, 2)?;
            let data = test.get();
            number::report(&request, best, others, data, &importance, intervals, run)?
        }
    };
    report.analysis = analysis.to_owned();
    found.add_to(&mut report, &request);
    report
        .tables
        .extend(selected.map(|table| ("selected_features".to_owned(), table)));
    suspects
        .add_to(&mut report, &request, best, &train, &test, run)
        .await?;
    checks::add_slices(&mut report, &request, job.roles, best, &test, run)?;
    insights::seen(&request, best, others).add_to(&mut report);
    let mut artifact = artifact(analysis, job, &request, best, &train, &report)?;
    artifact.extras.push(best.background.clone());
    if let Some(intervals) = intervals {
        artifact.extras.push(intervals.save()?);
    }
    if request.goal == Goal::Binary {
        let held_out = decide::HeldOut {
            table: job.table,
            rows: &test.get().rows,
            proba: &best.scores,
            truth: &truth,
        };
        asked.measure(&held_out, &mut report, run)?;
        let learned = decide::Learned {
            rows: &train.get().rows,
            truth: &train.get().truth(),
        };
        asked.health(job, &learned, &held_out, &mut artifact, &mut report, run)?;
    }
    let model = artifact.clone().open()?;
    if request.goal == Goal::Binary {
        asked.list(job, &model, &mut report, run)?;
    }
    if request.options.explain {
        let by_importance = importance.rows.into_iter().map(|r| r.column).collect();
        let figures = explained(&model, &test, by_importance, request.n_repeats, run)?;
        report.figures.extend(figures);
    }
    let card = card::card(analysis, job, &request, best, (&train, &test), &report);
    report.tables.push(("model_card".to_owned(), card.table()));
    artifact.extras.push(card.save()?);
    run.step(Stage::Evaluating, 2, 2)?;
    Ok(Outcome {
        report,
        artifact: Some(artifact),
    })
}

/// The classes whose probabilities are explained, where there are classes: the second of two, else the most frequent of the
/// held-out rows.
fn outputs(model: &Opened, test: &request::Data) -> Vec<usize> {
    let n_classes = model.artifact.classes.len();
    if n_classes <= 2 {
        return vec![n_classes.saturating_sub(1)];
    }
    let mut counts = vec![0_u64; n_classes];
    for code in &test.codes {
        if let Some(n) = counts.get_mut(*code as usize) {
            *n += 1;
        }
    }
    let mut order: Vec<usize> = (0..n_classes).collect();
    order.order_by(|a, b| counts.get(*b).cmp(&counts.get(*a)));
    order.truncate(MOST_CLASSES);
    order
}

/// What the model does as a whole, as figures; `columns` are those that reach it, the most important first. Where
/// contributions are sampled they take no more predictions than importance by `n_repeats` shuffles did.
fn explained(
    model: &Opened,
    test: &Test<request::Data>,
    columns: Vec<String>,
    n_repeats: usize,
    run: &mut Run<'_>,
) -> Result<Vec<(String, Figure)>> {
    let table = &test.get().table;
    if table.n_columns() > MOST_EXPLAINED {
        return Ok(Vec::new());
    }
    let outputs = outputs(model, test.get());
    let most = explain::Budget {
        predictions: (table.n_rows() * columns.len() * n_repeats).min(MOST_PREDICTIONS),
        pictures: outputs.len(),
    };
    let classes = &model.artifact.classes;
    let mut figures = Vec::new();
    for output in &outputs {
        if let Some((rows, found)) = explain::of_many(model, *output, table, most, run)? {
            let class = classes.get(*output).filter(|_| outputs.len() > 1);
            let (points, is_share) = (found.points.view(), !classes.is_empty());
            let drawn = global::contributions(&rows, &found.columns, points, class, is_share)?;
            figures.extend(drawn);
        }
    }
    figures.extend(global::effects(model, table, &columns, &outputs, run)?);
    Ok(figures)
}

fn warn_small(request: &Request, test: &request::Data, run: &mut Run<'_>) {
    if request.goal == Goal::Number {
        let n_test = test.numbers.len() as u64;
        if n_test < FEW_TEST_ROWS {
            run.warn(Warning::FewTestRows { n_test });
        }
        return;
    }
    let count = |class: u32| test.codes.iter().filter(|c| **c == class).count() as u64;
    let n_rarer = (0..request.classes.len() as u32).map(count).min();
    let n_rarer = n_rarer.unwrap_or(0);
    if n_rarer < FEW_TEST_ROWS {
        run.warn(Warning::SmallTest { n_rarer });
    }
}

fn artifact(
    analysis: &str,
    job: &Job<'_>,
    request: &Request,
    best: &Fitted,
    train: &Train<request::Data>,
    report: &crate::report::Report,
) -> Result<Artifact> {
    Ok(Artifact {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        analysis: analysis.to_owned(),
        learner: best.learner.id.to_owned(),
        learner_params: best.params.clone(),
        dataset: job.dataset.to_owned(),
        n_rows: train.get().codes.len() as u64,
        seed: request.seed,
        id: job.roles.get(Role::Id).map(str::to_owned),
        target: request.target.clone(),
        classes: request.classes.to_vec(),
        threshold: request.threshold,
        metrics: report
            .metrics
            .iter()
            .map(|m| (m.key.clone(), m.value))
            .collect(),
        recipe: request.recipe.clone(),
        pipeline: best.pipeline.save()?,
        model: best.model.fitted().save()?,
        calibration: best.calibration.clone(),
        extras: extras(best, train)?,
    })
}

/// What else belongs to the model.
fn extras(best: &Fitted, train: &Train<request::Data>) -> Result<Vec<Part>> {
    let mut all = checks::parts(best, train)?;
    all.push(Ranges::of(&train.get().table, best.pipeline.input())?.save()?);
    Ok(all)
}
