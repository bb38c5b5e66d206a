//! The correction that belongs to a final model fitted on resampled rows.
use super::super::{
    same_length,
    search::{Candidate, PrepareFold, out_of_fold},
    split::Splits,
    target,
};
use super::{Calibration, Resampler, platt::platt, shares};
use crate::base::{Result, Run, TargetReason, Train, Warning};
use crate::learn::{Dataset, Target, log_odds};

/// Works out how probabilities of `candidate`, fitted on rows evened out by `resampler`, are taken back, and says so with
/// [`Warning::Recalibrated`].
///
/// - Random sampling changes class shares and nothing else: the correction is exact, see [`Calibration::Prior`], and
///   follows from `before` and `after`, the training side on both sides of the resampling.
/// - New rows between neighbours change more: a sigmoid is fitted on predictions for rows held out of `splits` (folds of
///   the training rows), each made by a model whose training side `prepare` resampled; the held-out rows are real ones.
///   `y` is the target of all rows that `splits` numbers.
///
/// # Errors
/// [`crate::base::Error::Target`] without classes; those of [`super::super::search::cross_validate`] and [`platt`].
#[allow(clippy::too_many_arguments)]
pub async fn recalibrate(
    candidate: &Candidate,
    resampler: &Resampler,
    before: &Train<Dataset>,
    after: &Train<Dataset>,
    splits: &Splits,
    y: &Target,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Calibration> {
    let calibration = match resampler {
        Resampler::RandomUnder { .. } | Resampler::RandomOver { .. } => {
            Calibration::prior(&shares(before.get())?, &shares(after.get())?)
        }
        Resampler::Smote { .. } => {
            let Target::Class { codes, classes } = y else {
                return Err(target(TargetReason::NeedsClasses));
            };
            let held = out_of_fold(candidate, splits, prepare, run).await?;
            sigmoids(codes, classes.len(), &held.rows, &held.proba)?
        }
    };
    run.warn(Warning::Recalibrated {
        method: calibration.id().to_owned(),
        n_before: before.get().x.nrows() as u64,
        n_after: after.get().x.nrows() as u64,
    });
    Ok(calibration)
}

fn sigmoids(
    codes: &[u32],
    n_classes: usize,
    rows: &[u32],
    proba: &[Vec<f64>],
) -> Result<Calibration> {
    same_length("predictions", rows.len(), proba.len())?;
    // Two classes need one sigmoid.
    let classes = if n_classes == 2 { 1..2 } else { 0..n_classes };
    let (mut slopes, mut intercepts) = (Vec::new(), Vec::new());
    for class in classes {
        let truth: Vec<bool> = rows
            .iter()
            .map(|r| codes.get(*r as usize).is_some_and(|c| *c as usize == class))
            .collect();
        let f: Vec<f64> = proba
            .iter()
            .map(|p| log_odds(p.get(class).copied().unwrap_or_default()))
            .collect();
        let (slope, intercept) = platt(&f, &truth, None)?;
        slopes.push(slope);
        intercepts.push(intercept);
    }
    Ok(Calibration::Sigmoid { slopes, intercepts })
}
