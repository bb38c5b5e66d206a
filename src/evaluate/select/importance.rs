//! How much each column matters to a learner: by its coefficients where it has some, else by shuffling.
use crate::base::{Params, Result, Run, Train};
use crate::evaluate::{
    importance::permutation_importance,
    scoring::Scoring,
    search::fit,
    split::{shuffle_split, stratified_split},
};
use crate::learn::{Dataset, Entry, Insight, Model, Target};
use ndarray::Array2;

/// Streams of the seed.
const CUT: u64 = 0x6375_7420;
const SHUFFLE: u64 = 0x7368_7566;
/// Share of the rows on which shuffling is measured.
const ASIDE: f64 = 0.25;
/// Shuffles per column where a learner has no coefficients.
const N_REPEATS: usize = 3;

/// Sum over outputs of squared coefficients per feature; nothing for a model without coefficients.
pub(super) fn coefficients(model: &Model, features: &[String]) -> Option<Vec<f64>> {
    let insights = model.fitted().insights();
    let rows = insights.iter().find_map(|i| match i {
        Insight::Coefficients { rows, .. } => Some(rows),
        _ => None,
    })?;
    // Outputs first, features in order within each.
    if features.is_empty() || rows.is_empty() || rows.len() % features.len() != 0 {
        return None;
    }
    let mut sums = vec![0.0; features.len()];
    for (i, row) in rows.iter().enumerate() {
        if let Some(s) = sums.get_mut(i % features.len()) {
            *s += row.value * row.value;
        }
    }
    Some(sums)
}

/// Importance of the columns of `train` to a learner fitted on it.
pub(super) fn of(
    train: &Train<Dataset>,
    entry: &Entry,
    params: &Params,
    run: &mut Run<'_>,
) -> Result<Vec<f64>> {
    let model = run.quietly(|run| fit(entry, params, train, run))?;
    run.check()?;
    match coefficients(&model, &train.get().features) {
        Some(c) => Ok(c),
        None => {
            let scoring = smooth(&train.get().y)?;
            held_aside(train, entry, params, scoring, N_REPEATS, run)
        }
    }
}

/// A score that moves with every column, unlike ROC-AUC where all rows are already in order.
fn smooth(y: &Target) -> Result<Scoring> {
    match y {
        Target::Class { .. } => Ok(Scoring::NegLogLoss),
        _ => Scoring::default_for(y),
    }
}

/// Fits on three quarters of the training rows; the fall of the score when a column is shuffled among the others.
pub(super) fn held_aside(
    train: &Train<Dataset>,
    entry: &Entry,
    params: &Params,
    scoring: Scoring,
    n_repeats: usize,
    run: &mut Run<'_>,
) -> Result<Vec<f64>> {
    let data = train.get();
    let mut rng = run.rng(CUT);
    let (inside, aside) = match &data.y {
        Target::Class { codes, classes } => {
            super::classes(data)?;
            stratified_split(codes, classes.len(), ASIDE, &mut rng)?
        }
        _ => {
            let fold = shuffle_split(data.x.nrows(), ASIDE, &mut rng)?;
            (fold.train, fold.test)
        }
    };
    let inner = train.clone().map(|d| d.take(&inside));
    let aside = data.take(&aside);
    let model = run.quietly(|run| fit(entry, params, &inner, run))?;
    let score = |d: &Dataset| scoring.of_model(&model, d, Ok);
    let baseline = score(&aside)?;
    let mut changed = aside.clone();
    let mut rng = run.rng(SHUFFLE);
    let mut score_of = |column: usize, order: &[u32]| {
        shuffle_column(&mut changed.x, &aside.x, column, order);
        let score = score(&changed);
        restore_column(&mut changed.x, &aside.x, column);
        score
    };
    let falls = permutation_importance(
        aside.x.ncols(),
        aside.x.nrows(),
        n_repeats.max(1),
        baseline,
        &mut score_of,
        &mut rng,
        run,
    )?;
    Ok(falls.iter().map(|f| f.mean).collect())
}

fn shuffle_column(to: &mut Array2<f32>, from: &Array2<f32>, column: usize, order: &[u32]) {
    for (i, &o) in order.iter().enumerate() {
        to[[i, column]] = from[[o as usize, column]];
    }
}

fn restore_column(to: &mut Array2<f32>, from: &Array2<f32>, column: usize) {
    to.column_mut(column).assign(&from.column(column));
}
