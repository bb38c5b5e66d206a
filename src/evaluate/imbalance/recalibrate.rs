//! The correction that belongs to a final model fitted on resampled rows.
use super::super::{
    calibrate::{Held, Method},
    search::{Candidate, PrepareFold, out_of_fold},
    split::Splits,
    target,
};
use super::{Calibration, Resampler, shares};
use crate::base::{Result, Run, TargetReason, Train, Warning};
use crate::learn::{Dataset, Target};

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
/// [`crate::base::Error::Target`] without classes; those of [`super::super::search::cross_validate`] and [`Method::fit`].
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
            Method::Sigmoid.fit(Held {
                codes: &held.codes(codes)?,
                proba: &held.proba,
                n_classes: classes.len(),
            })?
        }
    };
    run.warn(Warning::Recalibrated {
        method: calibration.id().to_owned(),
        n_before: before.get().x.nrows() as u64,
        n_after: after.get().x.nrows() as u64,
    });
    Ok(calibration)
}
