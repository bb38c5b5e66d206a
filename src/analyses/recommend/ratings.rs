//! Errors of predicted ratings, beside those of the baseline.
use super::{Asked, add, models, read::Data};
use crate::{
    base::{Result, Run, Stage, Unit},
    evaluate::{
        ranked_lists::{RatingErrors, rating_errors},
        split::k_folds,
    },
    learn::recommend::{BiasOptions, Biases, Interactions, Recommender, Repeats},
    report::{Report, ReportTable, Sentence},
};

/// Stream of the seed.
const STREAM: u64 = 0x5265;

fn errors(
    model: &dyn Recommender,
    rated: &Interactions,
    data: &Data,
    test: &[u32],
) -> Result<RatingErrors> {
    let Some(ratings) = &data.ratings else {
        return rating_errors(&[], &[]);
    };
    let truth: Vec<f64> = test.iter().map(|i| ratings[*i as usize]).collect();
    let told = |i: &u32| {
        let i = *i as usize;
        model.predict(rated, data.users[i], data.items[i])
    };
    rating_errors(&truth, &test.iter().map(told).collect::<Vec<_>>())
}

/// Those of the model and of the baseline, both learned from `train`.
fn both(
    asked: &Asked,
    data: &Data,
    train: &[u32],
    test: &[u32],
    run: &mut Run<'_>,
) -> Result<[RatingErrors; 2]> {
    let own = data.rows().take(train)?;
    let (n_users, n_items) = (data.user_names.len(), data.item_names.len());
    let rated = Interactions::new(n_users, n_items, &own.rows(), Repeats::Last)?;
    let model = models::ratings(asked, &rated, run)?;
    let plain = Biases::fit(&rated, &BiasOptions::default())?;
    Ok([
        errors(model.as_ref(), &rated, data, test)?,
        errors(&plain, &rated, data, test)?,
    ])
}

/// By folds of all rows where they are asked for, else on the rows held out.
///
/// # Errors
/// Those of the models; [`crate::base::Error::TooFewRows`] with fewer rows than folds.
pub(super) fn measure(
    report: &mut Report,
    asked: &Asked,
    data: &Data,
    train: &[u32],
    test: &[u32],
    run: &mut Run<'_>,
) -> Result<()> {
    let mut all = Vec::new();
    if asked.folds < 2 {
        all.push(both(asked, data, train, test, run)?);
    } else {
        let n = data.users.len();
        let mut rng = run.rng(STREAM);
        let fold = k_folds(n, asked.folds, Some(&mut rng))?;
        for k in 0..asked.folds as u32 {
            run.step(Stage::Searching, u64::from(k), asked.folds as u64)?;
            let (test, train): (Vec<u32>, Vec<u32>) =
                (0..n as u32).partition(|i| fold[*i as usize] == k);
            all.push(run.within(|run| both(asked, data, &train, &test, run))?);
        }
    }
    let n = all.len() as f64;
    let mean =
        |k: usize, of: fn(&RatingErrors) -> f64| all.iter().map(|b| of(&b[k])).sum::<f64>() / n;
    let (rmse, plain) = (mean(0, |e| e.rmse), mean(1, |e| e.rmse));
    add(report, "rmse", rmse, Unit::None);
    add(report, "mae", mean(0, |e| e.mae), Unit::None);
    add(report, "baseline_rmse", plain, Unit::None);
    add(report, "baseline_mae", mean(1, |e| e.mae), Unit::None);
    if all.len() > 1 {
        let of = |k: usize, of: fn(&RatingErrors) -> f64| {
            all.iter().map(|b| of(&b[k])).collect::<Vec<_>>()
        };
        let table = ReportTable::default()
            .number("fold", (1..=all.len()).map(|k| k as f64).collect())
            .number("rmse", of(0, |e| e.rmse))
            .number("mae", of(0, |e| e.mae))
            .number("baseline_rmse", of(1, |e| e.rmse))
            .number("baseline_mae", of(1, |e| e.mae));
        report.tables.push(("folds".into(), table));
    }
    let what = if rmse < plain {
        "recommend_ratings"
    } else {
        "recommend_ratings_poor"
    };
    let told = [("rmse", rmse, Unit::None), ("baseline", plain, Unit::None)];
    report.sentences.push(Sentence::told(what, &told));
    Ok(())
}
