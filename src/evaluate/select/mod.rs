//! Choosing columns. A selector is fitted on the training side of a fold and gives a mask, which is applied to both sides.
mod importance;
mod l1;
mod mutual;
mod recursive;
mod univariate;

pub use mutual::mutual_information;
pub use recursive::{RFE_PATH, RecursiveCv, recursive_cv};
pub use univariate::{Univariate, chi2, f_classif, f_regression};

use super::{scoring::Scoring, target};
use crate::base::order::Ordered;
use crate::base::{Error, Params, Result, Run, TargetReason, Train};
use crate::learn::{Dataset, Target};
use ndarray::Axis;
use serde::{Deserialize, Serialize};

/// Which columns stay, by their score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Keep {
    /// The best so many (all when there are fewer); ties go to the earlier column.
    Best(usize),
    /// Those with a score above a limit.
    Above(f64),
    /// Those with a p-value below a limit; univariate tests only.
    PValueBelow(f64),
}

/// How columns are chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Selector {
    /// A test of each column alone.
    Univariate {
        /// The test.
        test: Univariate,
        /// Which stay.
        keep: Keep,
    },
    /// Mutual information of each column and the target.
    MutualInformation {
        /// Neighbours looked at for numbers; 3 in scikit-learn.
        n_neighbors: usize,
        /// Which stay.
        keep: Keep,
    },
    /// Coefficients that an L1 penalty leaves.
    L1 {
        /// A linear learner of the registry.
        learner: String,
        /// Its parameters, the penalty among them.
        params: Params,
        /// Columns that stay at most, those with the largest coefficients; ties go to the earlier column. All that are
        /// left when there is no limit.
        max_features: Option<usize>,
    },
    /// How much the score of a learner falls when a column is shuffled, on a part of the training rows kept aside.
    Permutation {
        /// A learner of the registry.
        learner: String,
        /// Its parameters.
        params: Params,
        /// What is measured.
        scoring: Scoring,
        /// Shuffles per column.
        n_repeats: usize,
        /// Which stay; `Above(0.0)` keeps what helps at all.
        keep: Keep,
    },
    /// The least important columns are left out step by step.
    Recursive {
        /// A learner of the registry.
        learner: String,
        /// Its parameters.
        params: Params,
        /// Columns that stay.
        n_features: usize,
        /// Columns left out per step.
        step: usize,
    },
}

/// What a selector found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// Whether each column stays.
    pub kept: Vec<bool>,
    /// Score per column; the higher, the better. For recursive elimination the negative rank (−1 for those kept).
    pub scores: Vec<f64>,
    /// p-value per column, where the selector has one.
    pub p_values: Option<Vec<f64>>,
}

impl Selector {
    /// Chooses columns on training rows.
    ///
    /// # Errors
    /// [`Error::NoFeatures`] when none stays; [`Error::Target`] when the selector is for another kind of target;
    /// [`Error::Param`]; those of the learner; [`Error::Cancelled`].
    pub fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Selection> {
        if train.get().x.ncols() == 0 {
            return Err(Error::NoFeatures);
        }
        let selection = match self {
            Self::Univariate { test, keep } => {
                let (scores, p_values) = test.of(train.get(), run)?;
                Selection::by(scores, Some(p_values), *keep)?
            }
            Self::MutualInformation { n_neighbors, keep } => {
                let scores = mutual_information(train.get(), *n_neighbors, run)?;
                Selection::by(scores, None, *keep)?
            }
            Self::L1 {
                learner,
                params,
                max_features,
            } => l1::select(train, learner, params, *max_features, run)?,
            Self::Permutation {
                learner,
                params,
                scoring,
                n_repeats,
                keep,
            } => {
                let entry = crate::learn::entry(learner)?;
                let scores =
                    importance::held_aside(train, entry, params, *scoring, *n_repeats, run)?;
                Selection::by(scores, None, *keep)?
            }
            Self::Recursive {
                learner,
                params,
                n_features,
                step,
            } => {
                let entry = crate::learn::entry(learner)?;
                recursive::eliminate(train, entry, params, *n_features, *step, run)?
            }
        };
        if selection.kept.iter().any(|k| *k) {
            Ok(selection)
        } else {
            Err(Error::NoFeatures)
        }
    }
}

impl Selection {
    /// Keeps by score; a score that is not a number never stays.
    fn by(scores: Vec<f64>, p_values: Option<Vec<f64>>, keep: Keep) -> Result<Self> {
        let kept = match keep {
            Keep::Best(n) => best(&scores, n),
            Keep::Above(limit) => scores.iter().map(|s| *s > limit).collect(),
            Keep::PValueBelow(alpha) => match &p_values {
                Some(p) => p.iter().map(|p| *p < alpha).collect(),
                None => {
                    return Err(Error::Param {
                        param: "keep".into(),
                        reason: crate::base::ParamReason::NotKnown,
                    });
                }
            },
        };
        Ok(Self {
            kept,
            scores,
            p_values,
        })
    }

    /// Indices of the columns that stay, rising.
    pub fn columns(&self) -> Vec<usize> {
        let kept = self.kept.iter().enumerate().filter(|(_, k)| **k);
        kept.map(|(j, _)| j).collect()
    }

    /// `data` with the columns that stay.
    ///
    /// # Errors
    /// [`Error::Shape`] when it has another number of columns.
    pub fn apply(&self, data: &Dataset) -> Result<Dataset> {
        super::same_length("columns", self.kept.len(), data.x.ncols())?;
        Ok(take_columns(data, &self.columns()))
    }
}

fn best(scores: &[f64], n: usize) -> Vec<bool> {
    let mut order: Vec<usize> = (0..scores.len()).filter(|&j| !scores[j].is_nan()).collect();
    order.order_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let mut kept = vec![false; scores.len()];
    for &j in order.iter().take(n) {
        if let Some(k) = kept.get_mut(j) {
            *k = true;
        }
    }
    kept
}

/// `data` with some of its columns; they must exist.
fn take_columns(data: &Dataset, columns: &[usize]) -> Dataset {
    let names = columns
        .iter()
        .filter_map(|&j| data.features.get(j).cloned());
    let n_levels: Vec<u32> = if data.n_levels.is_empty() {
        Vec::new()
    } else {
        columns.iter().map(|&j| data.levels_of(j)).collect()
    };
    Dataset {
        x: data.x.select(Axis(1), columns),
        y: data.y.clone(),
        features: names.collect(),
        n_levels: n_levels.into(),
        sample_weight: data.sample_weight.clone(),
    }
}

/// Class codes and number of classes, lengths checked.
fn classes(data: &Dataset) -> Result<(&[u32], usize)> {
    let Target::Class { codes, classes } = &data.y else {
        return Err(target(TargetReason::NeedsClasses));
    };
    super::same_length("rows of the target", data.x.nrows(), codes.len())?;
    match codes.iter().find(|c| **c as usize >= classes.len()) {
        Some(&bad) => Err(Error::Shape {
            what: "class code".into(),
            expected: classes.len(),
            found: bad as usize,
        }),
        None => Ok((codes, classes.len())),
    }
}

/// Numbers of the target, lengths checked.
fn numbers(data: &Dataset) -> Result<&[f64]> {
    let Target::Number(y) = &data.y else {
        return Err(target(TargetReason::NeedsNumbers));
    };
    super::same_length("rows of the target", data.x.nrows(), y.len())?;
    Ok(y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Observer, Progress, Quiet, Test, Warning, random::below};
    use crate::evaluate::prepared::Prepared;
    use ndarray::Array2;
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    /// Column 1 tells the class, column 3 a little, the others nothing.
    pub(super) fn data(n: usize) -> Dataset {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let codes: Vec<u32> = (0..n).map(|_| u32::from(below(&mut rng, 10) < 4)).collect();
        let x = Array2::from_shape_fn((n, 5), |(i, j)| {
            let noise = below(&mut rng, 1000) as f32 / 1000.0;
            let shift = [0.0, 2.0, 0.0, 0.4, 0.0][j];
            noise + shift * codes[i] as f32
        });
        Dataset::new(x, Target::class(codes, &["no", "yes"]))
    }

    fn all() -> Vec<Selector> {
        let (learner, params) = ("logistic".to_owned(), Params::default());
        let keep = Keep::Best(2);
        vec![
            Selector::Univariate {
                test: Univariate::FClassif,
                keep,
            },
            Selector::Univariate {
                test: Univariate::Chi2,
                keep,
            },
            Selector::MutualInformation {
                n_neighbors: 3,
                keep,
            },
            Selector::Permutation {
                learner: learner.clone(),
                params: params.clone(),
                scoring: Scoring::NegLogLoss,
                n_repeats: 3,
                keep,
            },
            Selector::Recursive {
                learner,
                params,
                n_features: 2,
                step: 1,
            },
        ]
    }

    #[test]
    fn every_selector_finds_the_columns_that_matter() {
        for selector in all() {
            let mut quiet = Quiet;
            let mut run = Run::new(&mut quiet, 1);
            let got = selector.fit(&Train::all(data(400)), &mut run).unwrap();
            assert_eq!(got.columns(), [1, 3], "{selector:?} {:?}", got.scores);
            let again = selector.fit(&Train::all(data(400)), &mut run).unwrap();
            assert_eq!(got, again);
        }
    }

    #[test]
    fn held_out_rows_change_nothing() {
        for selector in all() {
            let fit = |held: Dataset| {
                let mut quiet = Quiet;
                let mut run = Run::new(&mut quiet, 1);
                let fold = Prepared::from((Train::all(data(300)), Test::all(held)));
                fold.select(&selector, &mut run).unwrap()
            };
            // Held-out rows in which another column tells the class.
            let mut planted = data(60);
            let Target::Class { codes, .. } = &planted.y else {
                panic!()
            };
            for (i, c) in codes.clone().iter().enumerate() {
                planted.x[[i, 4]] = *c as f32 * 100.0;
            }
            let (honest, a) = fit(data(60));
            let (other, b) = fit(planted);
            assert_eq!(a, b);
            assert_eq!(honest.train.get().x, other.train.get().x);
            assert_eq!(other.test.get().x.ncols(), 2);
            assert_eq!(other.test.get().features, honest.train.get().features);
        }
    }

    #[test]
    fn selecting_can_be_cancelled() {
        struct Stop;
        impl Observer for Stop {
            fn progress(&mut self, _: Progress) {}
            fn warn(&mut self, _: Warning) {}
            fn is_cancelled(&self) -> bool {
                true
            }
        }
        for selector in all() {
            let mut stop = Stop;
            let e = selector.fit(&Train::all(data(100)), &mut Run::new(&mut stop, 1));
            assert_eq!(e.unwrap_err(), Error::Cancelled, "{selector:?}");
        }
    }

    #[test]
    fn nothing_left_is_an_error() {
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, 1);
        let mut fit = |test, keep, d: Dataset| {
            let selector = Selector::Univariate { test, keep };
            selector.fit(&Train::all(d), &mut run).unwrap_err().code()
        };
        let f = Univariate::FClassif;
        assert_eq!(fit(f, Keep::Above(1e9), data(50)), "no_features");
        assert_eq!(fit(f, Keep::Best(0), data(50)), "no_features");
        assert_eq!(
            fit(Univariate::FRegression, Keep::Best(1), data(50)),
            "target"
        );
        let mut flat = data(50);
        flat.x.fill(1.0);
        assert_eq!(fit(f, Keep::Best(2), flat), "no_features");
        let by = Selection::by(vec![1.0], None, Keep::PValueBelow(0.1));
        assert_eq!(by.unwrap_err().param(), Some("keep"));
    }
}
