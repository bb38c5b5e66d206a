//! Successive halving: all candidates on few rows, the best of them on more, until few are left.
//!
//! Rounds, rows and numbers of candidates are those of scikit-learn's `HalvingGridSearchCV` with rows as the resource.
//! Held-out rows stay whole in every round, so that scores of a round rest on as many rows as those of the last one.
//!
//! Source: Jamieson & Talwalkar (2016), Non-stochastic best arm identification and hyperparameter optimization.
use super::{
    super::{
        scoring::Scoring,
        split::{Fold, Splits, thinning_order},
    },
    Candidate, How, PrepareFold, Scored, Track, fit_on_folds, ranked,
};
use crate::base::order::Ordered;
use crate::base::{Error, Result, Run};

/// Stream of the seed for the order in which rows are added.
const STREAM: u64 = 0x6861_6c76;

/// How candidates are thinned out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Halving {
    /// The share kept is one in `factor`, and rows grow by `factor`; at least 2.
    pub factor: usize,
    /// Rows of the first round, over both sides of a fold; scikit-learn's `smallest` when absent: folds × 2 × classes.
    pub min_rows: Option<usize>,
    /// Rows of the last round at most; all when absent.
    pub max_rows: Option<usize>,
    /// Whether rounds on the fewest rows are repeated until so few candidates are left that the last round can use all
    /// rows.
    pub aggressive_elimination: bool,
}

impl Default for Halving {
    fn default() -> Self {
        Self {
            factor: 3,
            min_rows: None,
            max_rows: None,
            aggressive_elimination: false,
        }
    }
}

/// One round.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// Rows of the round, over both sides of a fold.
    pub rows: usize,
    /// What its candidates reached, in their order.
    pub scored: Vec<Scored>,
}

/// `⌊log_factor(n)⌋` in whole numbers.
fn floor_log(n: usize, factor: usize) -> u32 {
    n.checked_ilog(factor).unwrap_or(0)
}

impl Halving {
    /// Candidates and rows per round.
    ///
    /// # Errors
    /// [`Error::Param`] for a factor below 2 or no row; [`Error::TooFewRows`] when there are fewer rows than the first
    /// round needs.
    pub fn schedule(
        &self,
        n_candidates: usize,
        n_rows: usize,
        n_splits: usize,
        n_classes: Option<usize>,
    ) -> Result<Vec<(usize, usize)>> {
        if self.factor < 2 {
            return Err(Error::out_of_range("factor", 2.0, 1_000.0));
        }
        let most = self.max_rows.unwrap_or(n_rows).min(n_rows);
        let smallest = n_splits * 2 * n_classes.unwrap_or(1);
        let least = self.min_rows.unwrap_or(smallest);
        if least == 0 {
            return Err(Error::out_of_range("min_rows", 1.0, n_rows as f64));
        }
        if least > most {
            return Err(Error::TooFewRows {
                needed: least as u64,
                found: most as u64,
            });
        }
        let needed = 1 + floor_log(n_candidates, self.factor);
        let possible = 1 + floor_log(most / least, self.factor);
        let n_rounds = if self.aggressive_elimination {
            needed
        } else {
            needed.min(possible)
        };
        let mut left = n_candidates;
        let mut rounds = Vec::new();
        for round in 0..n_rounds {
            let power = if self.aggressive_elimination {
                (round + possible).saturating_sub(needed)
            } else {
                round
            };
            let rows = self.factor.saturating_pow(power).saturating_mul(least);
            rounds.push((left, rows.min(most)));
            left = left.div_ceil(self.factor);
        }
        Ok(rounds)
    }
}

/// Thins `candidates` out over rounds; the best one is that of rank 1 in the last round.
///
/// `strata` is a class per row where the target is classes: every part of the rows then has about their shares.
/// [`crate::base::Stage::Searching`] counts fits over all rounds.
///
/// # Errors
/// Those of [`Halving::schedule`] and of [`super::cross_validate`].
#[allow(clippy::too_many_arguments)]
pub async fn halving(
    candidates: &[Candidate],
    splits: &Splits,
    n_rows: usize,
    strata: Option<&[u32]>,
    how: Halving,
    scoring: Scoring,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Vec<Round>> {
    let n_classes = strata.map(n_distinct);
    let schedule = how.schedule(candidates.len(), n_rows, splits.len(), n_classes)?;
    let folds = thinned(splits, strata, run);
    let n_fits = |rounds: &[(usize, usize)]| {
        let fits = rounds.iter().map(|(n, _)| n * splits.len());
        fits.sum::<usize>() as u64
    };
    let mut left = candidates.to_vec();
    let mut out = Vec::with_capacity(schedule.len());
    for (i, &(_, rows)) in schedule.iter().enumerate() {
        let fewer: Vec<Fold> = folds.iter().map(|f| part(f, rows, n_rows)).collect();
        let track = Track {
            done: n_fits(schedule.get(..i).unwrap_or_default()),
            total: n_fits(&schedule),
        };
        let cells = fit_on_folds(&left, &fewer, How::new(scoring), track, prepare, run).await?;
        let scored = ranked(&left, &cells)?;
        left = top(&left, &scored, left.len().div_ceil(how.factor));
        out.push(Round { rows, scored });
    }
    Ok(out)
}

/// Folds whose training rows stand in an order of which every beginning is a fair part.
pub(super) fn thinned(splits: &Splits, strata: Option<&[u32]>, run: &Run<'_>) -> Vec<Fold> {
    let mut rng = run.rng(STREAM);
    let ordered = |fold: Fold| Fold {
        train: thinning_order(&fold.train, strata, &mut rng),
        test: fold.test,
    };
    splits.folds().into_iter().map(ordered).collect()
}

/// The fold with the first `n` of its training rows only, rising.
pub(super) fn first(fold: &Fold, n: usize) -> Fold {
    let mut train: Vec<u32> = fold.train.iter().take(n).copied().collect();
    train.sort_unstable();
    Fold {
        train,
        test: fold.test.clone(),
    }
}

/// `fold` with the part of its training rows that `rows` of all `n_rows` come to.
pub(super) fn part(fold: &Fold, rows: usize, n_rows: usize) -> Fold {
    let share = rows as f64 / n_rows.max(1) as f64;
    let n = (share * fold.train.len() as f64) as usize;
    first(fold, n.max(1))
}

/// The `n` best candidates, in their order; ties go to the earlier.
fn top(candidates: &[Candidate], scored: &[Scored], n: usize) -> Vec<Candidate> {
    let mut order: Vec<usize> = (0..scored.len()).collect();
    order.order_by_key(|&i| scored[i].rank);
    order.truncate(n);
    order.sort_unstable();
    order
        .iter()
        .filter_map(|&i| candidates.get(i).cloned())
        .collect()
}

pub(super) fn n_distinct(codes: &[u32]) -> usize {
    codes
        .iter()
        .collect::<std::collections::BTreeSet<_>>()
        .len()
}
