//! What may be spent, and what it was spent on.
use super::super::{Candidate, Space};
use crate::base::{Error, Params};
use crate::evaluate::scoring::Scoring;
use crate::learn::Entry;

/// What may be spent, on what.
#[derive(Debug, Clone)]
pub struct PickOptions {
    /// Time to spend, in milliseconds.
    pub budget_ms: f64,
    /// What to try of which learners; those that cannot take the data say so in the log.
    pub spaces: Vec<Space>,
    /// What is measured.
    pub scoring: Scoring,
    /// Rows of the first round.
    pub first_rows: usize,
    /// Random parameters per learner in the first round.
    pub n_draws: usize,
    /// Most candidates in all.
    pub max_trials: usize,
}

impl PickOptions {
    /// 2,000 rows first, eight draws per learner, at most 500 candidates; of each learner what [`Space::of`] it has.
    pub fn new(budget_ms: f64, learners: Vec<&'static Entry>, scoring: Scoring) -> Self {
        Self {
            budget_ms,
            spaces: learners.into_iter().map(Space::of).collect(),
            scoring,
            first_rows: 2_000,
            n_draws: 8,
            max_trials: 500,
        }
    }
}

/// How a trial ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It has a score.
    Scored,
    /// Its time ran out.
    OutOfTime,
    /// It would have taken longer than what was left, and was not begun.
    PassedOver,
    /// The learner, or the score, could not take the data.
    Refused(Error),
}

/// Something tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Learner id.
    pub learner: &'static str,
    /// Its parameters.
    pub params: Params,
    /// Rows of the round, over both sides of a fold.
    pub rows: usize,
    /// Score per fold; empty without a verdict of [`Verdict::Scored`].
    pub scores: Vec<f64>,
    /// Their mean.
    pub score: Option<f64>,
    /// Time it took, all folds.
    pub ms: f64,
    /// How it ended.
    pub verdict: Verdict,
}

/// The winner with the figures it won by.
#[derive(Debug, Clone)]
pub struct Pick {
    /// The candidate.
    pub candidate: Candidate,
    /// Mean score.
    pub mean: f64,
    /// Standard deviation over folds, divided by n.
    pub sd: f64,
    /// Rows it was measured with, over both sides of a fold.
    pub rows: usize,
}

/// What the time was spent on.
#[derive(Debug, Clone)]
pub struct Picked {
    /// The best on the most rows that any real learner was measured with; the simplest learner only when no other could
    /// be fitted.
    pub best: Pick,
    /// Everything tried, in order.
    pub log: Vec<Trial>,
    /// Time spent.
    pub spent_ms: f64,
    /// Time allowed.
    pub budget_ms: f64,
}
