//! Classes of very different size: rows are drawn so that classes even out, on the training side only; probabilities are
//! taken back to the true shares afterwards. (Weighting classes instead is a parameter of the learners.)
mod neighbours;
mod random;
mod recalibrate;
mod smote;

pub use crate::learn::Calibration;
pub use recalibrate::recalibrate;

use super::target;
use crate::base::{Error, Result, Run, TargetReason, Train};
use crate::learn::{Dataset, Target};
use serde::{Deserialize, Serialize};

/// Streams of the seed.
const DRAW: u64 = 0x7265_7361;
const SMOTE: u64 = 0x736d_6f74;

/// How classes are evened out. `ratio` is what the size of a smaller class divided by that of the largest one is brought
/// to, in (0, 1]; classes beyond it stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Resampler {
    /// Rows of larger classes are left out at random.
    RandomUnder {
        /// Smallest class ÷ every other one.
        ratio: f64,
    },
    /// Rows of smaller classes are repeated at random.
    RandomOver {
        /// Every other class ÷ largest one.
        ratio: f64,
    },
    /// New rows between neighbours of the smaller classes, see [`smote`].
    Smote {
        /// Every other class ÷ largest one.
        ratio: f64,
        /// Neighbours to choose from.
        k_neighbors: usize,
    },
}

/// A training side with other class shares.
#[derive(Debug, Clone)]
pub struct Resampled {
    /// The rows: those kept first, in their order, then new ones.
    pub train: Train<Dataset>,
    /// Takes probabilities of a model fitted on it back to the shares from before. Exact for random sampling; for new rows
    /// between neighbours see [`recalibrate`].
    pub calibration: Calibration,
}

impl Resampler {
    /// Stable id.
    pub fn id(&self) -> &'static str {
        match self {
            Self::RandomUnder { .. } => "random_under",
            Self::RandomOver { .. } => "random_over",
            Self::Smote { .. } => "smote",
        }
    }

    /// Evens out the classes of `train`.
    ///
    /// # Errors
    /// [`Error::Param`] for a ratio outside (0, 1] or no neighbour; [`Error::Target`] without classes, with one only, or
    /// when a class to be added to between neighbours has one row; [`Error::Cell`] for a missing value where neighbours are
    /// looked for; [`Error::Cancelled`].
    pub fn resample(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Resampled> {
        let data = train.get();
        let (codes, n_classes) = classes(data)?;
        let mut counts = vec![0_usize; n_classes];
        for &c in codes {
            if let Some(n) = counts.get_mut(c as usize) {
                *n += 1;
            }
        }
        let present: Vec<usize> = counts.iter().copied().filter(|n| *n > 0).collect();
        let (Some(&smallest), Some(&largest)) = (present.iter().min(), present.iter().max()) else {
            return Err(target(TargetReason::SingleClass));
        };
        if present.len() < 2 {
            return Err(target(TargetReason::SingleClass));
        }
        let (Self::RandomUnder { ratio } | Self::RandomOver { ratio } | Self::Smote { ratio, .. }) =
            *self;
        if !(ratio > 0.0 && ratio <= 1.0) {
            return Err(Error::out_of_range("ratio", 0.0, 1.0));
        }
        run.check()?;
        let after = match *self {
            Self::RandomUnder { .. } => {
                let most = (smallest as f64 / ratio).floor() as usize;
                random::under(data, codes, &counts, most, &mut run.rng(DRAW))
            }
            Self::RandomOver { .. } => {
                let least = (largest as f64 * ratio).floor() as usize;
                random::over(data, codes, &counts, least, &mut run.rng(DRAW))
            }
            Self::Smote { k_neighbors, .. } => {
                let least = (largest as f64 * ratio).floor() as usize;
                smote::smote(data, codes, &counts, least, k_neighbors, run)?
            }
        };
        let calibration = Calibration::prior(&shares(data)?, &shares(&after)?);
        Ok(Resampled {
            train: train.clone().map(|_| after),
            calibration,
        })
    }
}

fn classes(data: &Dataset) -> Result<(&[u32], usize)> {
    match &data.y {
        Target::Class { codes, classes } => {
            super::same_length("rows of the target", data.x.nrows(), codes.len())?;
            Ok((codes, classes.len()))
        }
        _ => Err(target(TargetReason::NeedsClasses)),
    }
}

/// Share of each class in the total weight.
fn shares(data: &Dataset) -> Result<Vec<f64>> {
    let (codes, n_classes) = classes(data)?;
    let mut totals = vec![0.0; n_classes];
    for (i, &c) in codes.iter().enumerate() {
        let w = data.sample_weight.as_ref().and_then(|w| w.get(i));
        if let Some(t) = totals.get_mut(c as usize) {
            *t += w.copied().unwrap_or(1.0);
        }
    }
    let all: f64 = totals.iter().sum();
    Ok(totals
        .iter()
        .map(|t| t / all.max(f64::MIN_POSITIVE))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use ndarray::Array2;

    fn data(n: usize) -> Dataset {
        let codes: Vec<u32> = (0..n as u32).map(|i| u32::from(i % 10 == 0)).collect();
        let x = Array2::from_shape_fn((n, 2), |(i, j)| (i * (j + 3) * 7919 % 101) as f32);
        Dataset::new(x, Target::class(codes, &["no", "yes"]))
            .with_weights((0..n).map(|i| 1.0 + (i % 3) as f64).collect())
    }

    fn counts(data: &Dataset) -> (usize, usize) {
        let (codes, _) = classes(data).unwrap();
        let ones = codes.iter().filter(|c| **c == 1).count();
        (codes.len() - ones, ones)
    }

    fn resample(how: Resampler, data: &Dataset) -> Result<Resampled> {
        let mut quiet = Quiet;
        how.resample(&Train::all(data.clone()), &mut Run::new(&mut quiet, 3))
    }

    #[test]
    fn classes_even_out_and_every_row_stays_itself() {
        let all = data(200);
        let k_neighbors = 5;
        for (how, want) in [
            (Resampler::RandomUnder { ratio: 1.0 }, (20, 20)),
            (Resampler::RandomUnder { ratio: 0.5 }, (40, 20)),
            (Resampler::RandomOver { ratio: 1.0 }, (180, 180)),
            (Resampler::RandomOver { ratio: 0.5 }, (180, 90)),
            (
                Resampler::Smote {
                    ratio: 1.0,
                    k_neighbors,
                },
                (180, 180),
            ),
            // Already beyond the ratio: nothing to do.
            (Resampler::RandomOver { ratio: 0.05 }, (180, 20)),
            (Resampler::RandomUnder { ratio: 0.05 }, (180, 20)),
        ] {
            let got = resample(how, &all).unwrap();
            let after = got.train.get();
            assert_eq!(counts(after), want, "{}", how.id());
            assert_eq!(after.sample_weight.as_ref().unwrap().len(), after.x.nrows());
            let again = resample(how, &all).unwrap();
            assert_eq!(after.x, again.train.get().x);
            if matches!(how, Resampler::Smote { .. }) {
                continue;
            }
            let known: Vec<Vec<f32>> = all.x.rows().into_iter().map(|r| r.to_vec()).collect();
            assert!(
                after
                    .x
                    .rows()
                    .into_iter()
                    .all(|r| known.contains(&r.to_vec()))
            );
        }
    }

    #[test]
    fn what_cannot_be_resampled_is_an_error() {
        let code = |how, d: &Dataset| resample(how, d).unwrap_err().code();
        let over = Resampler::RandomOver { ratio: 1.0 };
        for ratio in [0.0, 1.5, f64::NAN] {
            assert_eq!(code(Resampler::RandomUnder { ratio }, &data(50)), "param");
        }
        let mut numbers = data(50);
        numbers.y = Target::Number(vec![0.0; 50]);
        assert_eq!(code(over, &numbers), "target");
        let mut one = data(50);
        one.y = Target::class(vec![0; 50], &["no", "yes"]);
        assert_eq!(code(over, &one), "target");
        let smote = |k_neighbors| Resampler::Smote {
            ratio: 1.0,
            k_neighbors,
        };
        assert_eq!(code(smote(0), &data(50)), "param");
        assert_eq!(code(smote(5), &data(10)), "target");
        let mut gap = data(50);
        gap.x[[3, 1]] = f32::NAN;
        assert_eq!(resample(smote(5), &gap).unwrap_err().row(), Some(4));
        // More neighbours than there are: all of them.
        assert_eq!(
            counts(resample(smote(50), &data(50)).unwrap().train.get()),
            (45, 45)
        );
    }
}
