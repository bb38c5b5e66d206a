//! "Pick for me": spends a stated time over learners and says all that was tried.
//!
//! 1. The simplest learner (the baseline) and the plainest real one (logistic or linear regression where they take the
//!    data) are fitted on the first, small part of the rows, however little time there is.
//! 2. On the same part every learner's own candidate is tried, cheap learners first, then, in turns, parameters drawn at
//!    random around its candidates.
//! 3. The best of a round go on to four times as many rows, until all rows are used; each round has its share of the time,
//!    a candidate known to take longer than what is left is passed over.
//! 4. What time is left goes to parameters drawn around the learner that leads on the most rows.
//!
//! How much fits into a time depends on the machine: two runs may choose differently, and only with the same readings of
//! the clock they do the same. That is why the log is part of the result. A fit is given up when its time is over, so the
//! budget is overrun by the preparation of one part of the rows, the certain fits of step 1, and the time a learner takes
//! from one of its steps to the next.
//!
//! Source: Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar (2018), Hyperband, JMLR 18, for rounds of growing size.
mod types;

pub use types::{Pick, PickOptions, Picked, Trial, Verdict};

use super::{
    super::{
        importance::mean_sd,
        scoring::Scoring,
        split::{Fold, Splits},
    },
    Candidate, Failure, How, PrepareFold, Space,
    cross_validate::fit_batch,
    halving::{part, thinned},
    prepare_batch,
};
use crate::base::order::Ordered;
use crate::base::{Error, Params, Result, Run, Shared, Span, Stage};
use crate::learn::Entry;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// Stream of the seed.
const STREAM: u64 = 0x7069_636b;
/// How fast rounds grow and candidates fall away.
const FACTOR: usize = 4;
/// Learners preferred for the certain fit.
const PLAIN: &[&str] = &["logistic", "linear"];

/// Spends `options.budget_ms` over learners on the folds of `splits`; `n_rows` is the number of all rows, `strata` a class
/// per row where the target is classes.
///
/// [`Stage::Searching`] counts milliseconds of the budget.
///
/// # Errors
/// [`Error::Param`] for a budget that is not a positive number or no learner; the error of the plainest learner when
/// nothing at all could be fitted; whatever `prepare` returns; [`Error::Cancelled`].
pub async fn pick(
    options: &PickOptions,
    splits: &Splits,
    n_rows: usize,
    strata: Option<&[u32]>,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Picked> {
    let folds = thinned(splits, strata, run);
    let mut search = Search::new(options, &folds, n_rows, run)?;
    let rounds = rounds(options.first_rows, n_rows);
    let mut rng = run.rng(STREAM);
    let mut entrants = search.entrants(&mut rng);
    for (i, &rows) in rounds.iter().enumerate() {
        search.begin(rows, i);
        let share = (i + 1) as f64 / (rounds.len() + 1) as f64;
        let until = if i + 1 == rounds.len() { 1.0 } else { share };
        for (place, candidate) in entrants.iter().enumerate() {
            let certain = i == 0 && place < search.n_certain;
            if !certain && (search.full() || search.left(run, until) <= 0.0) {
                break;
            }
            search
                .attempt(candidate, certain, until, prepare, run)
                .await?;
        }
        entrants = search.leaders(i);
        if entrants.is_empty() || search.left(run, 1.0) <= 0.0 {
            break;
        }
    }
    search.refine(&mut rng, prepare, run).await?;
    search.end(run)
}

/// Rows per round: growing by [`FACTOR`], the last one all.
fn rounds(first: usize, n_rows: usize) -> Vec<usize> {
    let mut rows = first.max(1);
    let mut out = Vec::new();
    while rows < n_rows {
        out.push(rows);
        rows = rows.saturating_mul(FACTOR);
    }
    out.push(n_rows);
    out
}

struct Search<'o> {
    options: &'o PickOptions,
    folds: &'o [Fold],
    n_rows: usize,
    spaces: Vec<Space>,
    /// Entrants that are fitted whatever the time.
    n_certain: usize,
    start: f64,
    /// Milliseconds reported; never falls.
    reported: u64,
    rows: usize,
    round: usize,
    /// Folds of the round, kept while they fit in memory.
    held: Vec<Arc<Shared>>,
    log: Vec<Trial>,
    /// Round and entry of each trial of the log.
    of: Vec<(usize, &'static Entry)>,
}

impl<'o> Search<'o> {
    fn new(
        options: &'o PickOptions,
        folds: &'o [Fold],
        n_rows: usize,
        run: &mut Run<'_>,
    ) -> Result<Self> {
        if !(options.budget_ms > 0.0 && options.budget_ms.is_finite()) {
            return Err(Error::out_of_range("budget_ms", 1.0, 1e9));
        }
        if folds.len() < 2 {
            return Err(Error::out_of_range("cv", 2.0, n_rows.max(2) as f64));
        }
        let mut spaces = options.spaces.clone();
        spaces.order_by_key(|s| s.learner.complexity);
        spaces.dedup_by_key(|s| s.learner.id);
        // The simplest first, then the plainest real one.
        let plain = spaces
            .iter()
            .position(|s| PLAIN.contains(&s.learner.id) && fits(s.learner, options.scoring));
        if let Some(at) = plain.filter(|at| *at > 1) {
            let space = spaces.remove(at);
            spaces.insert(1, space);
        }
        if spaces.is_empty() {
            return Err(Error::Param {
                param: "learners".into(),
                reason: crate::base::ParamReason::Required,
            });
        }
        run.step(Stage::Searching, 0, options.budget_ms as u64)?;
        Ok(Self {
            n_certain: spaces.len().min(2),
            options,
            folds,
            n_rows,
            spaces,
            start: run.now_ms(),
            reported: 0,
            rows: 0,
            round: 0,
            held: Vec::new(),
            log: Vec::new(),
            of: Vec::new(),
        })
    }

    /// Everyone of the first round: each learner's own candidate, then draws in turns.
    fn entrants(&self, rng: &mut ChaCha8Rng) -> Vec<Candidate> {
        let mut drawn: Vec<std::vec::IntoIter<Params>> = Vec::new();
        for space in &self.spaces {
            let mut all = vec![space.middle()];
            let draws = space.draw(self.options.n_draws, rng).unwrap_or_default();
            for candidate in draws {
                if !all.contains(&candidate.params) {
                    all.push(candidate.params);
                }
            }
            drawn.push(all.into_iter());
        }
        let mut out = Vec::new();
        for _ in 0..=self.options.n_draws {
            for (space, params) in self.spaces.iter().zip(&mut drawn) {
                let learner = space.learner;
                out.extend(params.next().map(|params| Candidate { learner, params }));
            }
        }
        out
    }

    fn begin(&mut self, rows: usize, round: usize) {
        self.rows = rows;
        self.round = round;
        self.held.clear();
    }

    fn full(&self) -> bool {
        self.log.len() >= self.options.max_trials
    }

    fn spent(&self, run: &Run<'_>) -> f64 {
        run.now_ms() - self.start
    }

    /// Time left of a share of the budget.
    fn left(&self, run: &Run<'_>, share: f64) -> f64 {
        self.options.budget_ms * share - self.spent(run)
    }

    fn report(&mut self, run: &mut Run<'_>) -> Result<u64> {
        let total = self.options.budget_ms as u64;
        // The end is reported once, by `end`.
        let spent = (self.spent(run).max(0.0) as u64).min(total.saturating_sub(1));
        self.reported = self.reported.max(spent);
        run.step(Stage::Searching, self.reported, total)?;
        Ok(total)
    }

    /// Whether earlier trials of the same candidate say that it would take longer than `left`.
    fn too_slow(&self, candidate: &Candidate, left: f64) -> bool {
        let before = self.log.iter().rev().find(|t| {
            t.learner == candidate.learner.id
                && t.params == candidate.params
                && t.verdict == Verdict::Scored
        });
        before.is_some_and(|t| t.ms * self.rows as f64 / t.rows.max(1) as f64 > left)
    }

    async fn attempt(
        &mut self,
        candidate: &Candidate,
        certain: bool,
        until: f64,
        prepare: &mut PrepareFold<'_>,
        run: &mut Run<'_>,
    ) -> Result<()> {
        let total = self.report(run)?;
        let left = self.left(run, until);
        let mut trial = Trial {
            learner: candidate.learner.id,
            params: candidate.params.clone(),
            rows: self.rows,
            scores: Vec::new(),
            score: None,
            ms: 0.0,
            verdict: Verdict::PassedOver,
        };
        self.of.push((self.round, candidate.learner));
        if !certain && self.too_slow(candidate, left) {
            self.log.push(trial);
            return Ok(());
        }
        let begun = run.now_ms();
        let parts: Vec<Fold> = self
            .folds
            .iter()
            .map(|f| part(f, self.rows, self.n_rows))
            .collect();
        let one = std::slice::from_ref(candidate);
        trial.verdict = Verdict::Scored;
        let mut done = 0;
        while done < parts.len() {
            let fresh = self.held.len() < parts.len();
            let batch = if fresh {
                let waiting: Vec<&Fold> = parts.iter().skip(done).collect();
                prepare_batch(&waiting, self.reported, total, prepare, run)?
            } else {
                self.held.clone()
            };
            // Every fold has its part of the time, so that the last of them is not out of it.
            let turns = (parts.len() as f64 / run.n_workers() as f64)
                .ceil()
                .max(1.0);
            let how = How {
                keep_errors: true,
                limit_ms: (!certain).then(|| (self.left(run, until) / turns).max(0.0)),
                ..How::new(self.options.scoring)
            };
            let span = Span {
                stage: Stage::Searching,
                done: self.reported,
                total,
            };
            let cells = fit_batch(one, &batch, how, span, run).await?;
            // Every job moved the count on by one.
            let jobs = self.reported + batch.len() as u64;
            self.reported = self.reported.max(jobs.min(total));
            done += batch.len();
            if fresh && batch.len() == parts.len() {
                self.held = batch;
            }
            for cell in cells.iter().filter_map(|row| row.first()) {
                match cell {
                    Ok(fit) => trial.scores.push(fit.score),
                    Err(Failure::OutOfTime) => trial.verdict = Verdict::OutOfTime,
                    Err(Failure::Refused(e)) => trial.verdict = Verdict::Refused(e.clone()),
                }
            }
            if trial.verdict != Verdict::Scored {
                break;
            }
        }
        if trial.verdict == Verdict::Scored {
            trial.score = Some(mean_sd(&trial.scores).0).filter(|m| m.is_finite());
        } else {
            trial.scores.clear();
        }
        trial.ms = run.now_ms() - begun;
        self.log.push(trial);
        Ok(())
    }

    /// Scored trials of a round, best first; ties go to the simpler learner, then to the earlier.
    fn standing(&self, round: usize) -> Vec<(usize, f64)> {
        let scored = self.log.iter().zip(&self.of).enumerate();
        let mut out: Vec<(usize, f64)> = scored
            .filter(|(_, (_, (r, _)))| *r == round)
            .filter_map(|(i, (t, _))| Some((i, t.score?)))
            .collect();
        let complexity = |i: usize| self.of.get(i).map_or(0, |(_, e)| e.complexity);
        out.order_by(|a, b| {
            b.1.total_cmp(&a.1)
                .then(complexity(a.0).cmp(&complexity(b.0)))
        });
        out
    }

    fn candidate(&self, trial: usize) -> Option<Candidate> {
        let (_, learner) = self.of.get(trial)?;
        Some(Candidate {
            learner,
            params: self.log.get(trial)?.params.clone(),
        })
    }

    /// Those who go on to the next round: the best, one in [`FACTOR`], at least two; the simplest learner stays behind.
    fn leaders(&self, round: usize) -> Vec<Candidate> {
        let standing = self.standing(round);
        let n = standing.len().div_ceil(FACTOR).max(2);
        let simplest = self.spaces.first().map(|s| s.learner.id);
        standing
            .iter()
            .filter_map(|(i, _)| self.candidate(*i))
            .filter(|c| Some(c.learner.id) != simplest || self.spaces.len() == 1)
            .take(n)
            .collect()
    }

    /// The best trial on the most rows; the simplest learner only when there is nothing else.
    fn best(&self) -> Option<usize> {
        let simplest = self.spaces.first().map(|s| s.learner.id);
        let real = |i: &usize| self.of.get(*i).map(|(_, e)| e.id) != simplest;
        let by_round = || (0..=self.round).rev().map(|r| self.standing(r));
        let first = |only_real: bool| {
            by_round().find_map(|standing| {
                let mut trials = standing.into_iter().map(|(i, _)| i);
                trials.find(|i| !only_real || real(i))
            })
        };
        first(true).or_else(|| first(false))
    }

    /// Spends what is left on draws around the leader.
    async fn refine(
        &mut self,
        rng: &mut ChaCha8Rng,
        prepare: &mut PrepareFold<'_>,
        run: &mut Run<'_>,
    ) -> Result<()> {
        while !self.full() && self.left(run, 1.0) > 0.0 {
            let Some(leader) = self.best().and_then(|i| self.candidate(i)) else {
                return Ok(());
            };
            let mut spaces = self.spaces.iter();
            let Some(space) = spaces.find(|s| s.learner.id == leader.learner.id) else {
                return Ok(());
            };
            let drawn = space.draw(1, rng)?;
            let known = |p: &Params| {
                let mut tried = self.log.iter().zip(&self.of);
                tried.any(|(t, (r, e))| {
                    *r == self.round && e.id == leader.learner.id && t.params == *p
                })
            };
            let fresh = drawn.into_iter().find(|c| !known(&c.params));
            // Few ranges, all tried: nothing is left to draw.
            let Some(candidate) = fresh else {
                return Ok(());
            };
            let n = self.log.len();
            self.attempt(&candidate, false, 1.0, prepare, run).await?;
            let last = self.log.get(n).map(|t| &t.verdict);
            if last != Some(&Verdict::Scored) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn end(mut self, run: &mut Run<'_>) -> Result<Picked> {
        let spent_ms = self.spent(run);
        let total = self.options.budget_ms as u64;
        run.step(Stage::Searching, total, total)?;
        let refused = |t: &Trial| match &t.verdict {
            Verdict::Refused(e) => Some(e.clone()),
            _ => None,
        };
        let Some((at, candidate)) = self.best().and_then(|i| Some((i, self.candidate(i)?))) else {
            let error = self.log.iter().rev().find_map(refused);
            return Err(error.unwrap_or(Error::NoFeatures));
        };
        let log = std::mem::take(&mut self.log);
        let trial = log.get(at).ok_or(Error::NoFeatures)?;
        let (mean, sd) = mean_sd(&trial.scores);
        let best = Pick {
            candidate,
            mean,
            sd,
            rows: trial.rows,
        };
        Ok(Picked {
            best,
            log,
            spent_ms,
            budget_ms: self.options.budget_ms,
        })
    }
}

/// Whether a learner is for what is measured.
fn fits(entry: &Entry, scoring: Scoring) -> bool {
    if scoring.is_regression() {
        entry.takes.regression
    } else {
        entry.takes.binary || entry.takes.multiclass
    }
}
