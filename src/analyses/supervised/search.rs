//! Search on the training part: what was tried, and each learner's best.
//!
//! - `grid`: every candidate on every fold.
//! - `random`: so many draws per learner on every fold.
//! - `halving`: all candidates on few rows, one in three of them on three times as many, until few are left on all rows.
//!   The leading candidate of a learner that fell out on the way is then measured on all rows too, so that learners are
//!   compared on the same rows.
//! - `pick`: whatever a stated time allows, see [`crate::evaluate::search::pick`]. What is tried then depends on the clock,
//!   so that two runs may differ.
use super::{
    options::SearchMode,
    phases::Phases,
    request::{BASELINE, Data, Request},
    splits, stream,
};
use crate::{
    base::{Error, Params, Result, Run},
    evaluate::{
        scoring::Scoring,
        search::{
            self, Candidate, Halving, PickOptions, PrepareFold, Scored, Verdict, corrected_interval,
        },
        split::{Fold, Splits},
    },
    learn,
};

/// Rows of the rarer class that the smallest part of a fold learns from, in expectation.
const FEWEST: usize = 4;
/// Halving keeps one candidate in so many.
const FACTOR: usize = 3;

/// A candidate on some rows.
#[derive(Debug, Clone)]
pub(super) struct Tried {
    pub(super) learner: &'static str,
    pub(super) params: Params,
    /// From 0; candidates of a later round were measured on more rows.
    pub(super) round: usize,
    /// Rows of the round, over both sides of a fold.
    pub(super) rows: usize,
    pub(super) scores: Vec<f64>,
    /// Not a number without a score.
    pub(super) mean: f64,
    pub(super) sd: f64,
    /// `scored`, `dropped` (scored, and left behind by a halving), `out_of_time`, `passed_over`, `refused`.
    pub(super) verdict: &'static str,
    /// Time of all folds.
    pub(super) ms: f64,
}

/// The best of a learner.
#[derive(Debug, Clone)]
pub(super) struct Best {
    pub(super) candidate: Candidate,
    pub(super) mean: f64,
    pub(super) sd: f64,
    /// 95 % interval of the mean, over repeated folds.
    pub(super) interval: Option<(f64, f64)>,
}

/// What a search found.
#[derive(Debug)]
pub(super) struct Searched {
    pub(super) tried: Vec<Tried>,
    /// Per learner, in the order in which they were asked for.
    pub(super) best: Vec<Best>,
}

impl Searched {
    /// The best of all, whatever the baseline reaches; ties go to the earlier.
    pub(super) fn winner(&self) -> Result<&Best> {
        let mut out: Option<&Best> = None;
        for best in &self.best {
            let is_baseline = best.candidate.learner.id == BASELINE;
            if !is_baseline && out.is_none_or(|o| best.mean > o.mean) {
                out = Some(best);
            }
        }
        out.ok_or(Error::NoFeatures)
    }
}

/// The search as a whole, measured in folds around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Honest {
    pub(super) mean: f64,
    pub(super) interval: (f64, f64),
}

/// Where a search looks: folds of `n_rows` of the training rows, and a class per training row.
#[derive(Clone, Copy)]
struct Ground<'g> {
    request: &'g Request,
    codes: &'g [u32],
    splits: &'g Splits,
    n_rows: usize,
}

impl Ground<'_> {
    fn scoring(&self) -> Scoring {
        self.request.options.scoring
    }

    /// Rows, over both sides of a fold, of which every fold's training side has enough of every class.
    fn fewest_rows(&self) -> usize {
        let rarer = |fold: &Fold| {
            let mut counts = vec![0_usize; self.request.n_kinds()];
            for row in &fold.train {
                let kind = self.codes.get(*row as usize).map(|c| *c as usize);
                if let Some(n) = kind.and_then(|k| counts.get_mut(k)) {
                    *n += 1;
                }
            }
            counts.into_iter().min().unwrap_or(0)
        };
        let fewest = self.splits.folds().iter().map(rarer).min().unwrap_or(0);
        let needed = (FEWEST * self.n_rows).div_ceil(fewest.max(1));
        needed.min(self.n_rows)
    }
}

fn tried(scored: &Scored, round: usize, rows: usize) -> Tried {
    Tried {
        learner: scored.learner,
        params: scored.params.clone(),
        round,
        rows,
        scores: scored.scores.clone(),
        mean: scored.mean,
        sd: scored.sd,
        verdict: "scored",
        ms: scored.fit_ms * scored.scores.len() as f64,
    }
}

fn best(tried: &Tried) -> Result<Best> {
    let candidate = Candidate {
        learner: learn::entry(tried.learner)?,
        params: tried.params.clone(),
    };
    Ok(Best {
        candidate,
        mean: tried.mean,
        sd: tried.sd,
        interval: None,
    })
}

/// The best per learner among `all`; ties go to the earlier.
fn leaders<'t>(all: impl Iterator<Item = &'t Tried>) -> Vec<&'t Tried> {
    let mut out: Vec<&Tried> = Vec::new();
    for tried in all.filter(|t| t.mean.is_finite()) {
        match out.iter_mut().find(|b| b.learner == tried.learner) {
            Some(b) if tried.mean > b.mean => *b = tried,
            Some(_) => {}
            None => out.push(tried),
        }
    }
    out
}

/// Searches by `mode`.
async fn search(
    ground: Ground<'_>,
    mode: SearchMode,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Searched> {
    let tried = match mode {
        SearchMode::Halving => halved(ground, prepare, run).await?,
        SearchMode::Pick { budget_ms } => return picked(ground, budget_ms, prepare, run).await,
        SearchMode::Grid | SearchMode::Random { .. } => {
            let candidates = candidates(ground.request, mode, run)?;
            let scoring = ground.scoring();
            let scored =
                search::cross_validate(&candidates, ground.splits, scoring, prepare, run).await?;
            let rows = ground.n_rows;
            scored.iter().map(|s| tried(s, 0, rows)).collect()
        }
    };
    let last = |t: &&Tried| t.rows == ground.n_rows;
    let leading = leaders(tried.iter().filter(last));
    let best = leading.into_iter().map(best).collect::<Result<_>>()?;
    Ok(Searched { tried, best })
}

/// What a search over fixed candidates tries.
fn candidates(request: &Request, mode: SearchMode, run: &Run<'_>) -> Result<Vec<Candidate>> {
    let mut rng = run.rng(stream::DRAWS);
    let mut out = Vec::new();
    for space in &request.spaces {
        out.extend(match mode {
            SearchMode::Random { n_iter } => space.draw(n_iter, &mut rng)?,
            _ => space.candidates()?,
        });
    }
    Ok(out)
}

async fn halved(
    ground: Ground<'_>,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Vec<Tried>> {
    let all = candidates(ground.request, SearchMode::Halving, run)?;
    // As many rounds as the candidates are good for and the rows allow, the last one on all rows.
    let smallest = (ground.splits.len() * 2 * 2).max(ground.fewest_rows());
    let most = (ground.n_rows / smallest).checked_ilog(FACTOR).unwrap_or(0);
    let n_rounds = all.len().checked_ilog(FACTOR).unwrap_or(0).min(most);
    let growth = FACTOR.saturating_pow(n_rounds);
    let least = (ground.n_rows / growth).max(1);
    let how = Halving {
        factor: FACTOR,
        min_rows: Some(least),
        ..Halving::default()
    };
    // What is left over when rows are divided evenly is in the last round all the same.
    let n_even = least * growth;
    let n_rows = ground.n_rows;
    let scoring = ground.scoring();
    let mut phases = Phases::new(all.len() + ground.request.spaces.len(), run);
    phases.begin(all.len(), run);
    let (splits, codes) = (ground.splits, Some(ground.codes));
    let rounds = search::halving(&all, splits, n_even, codes, how, scoring, prepare, run).await?;
    let mut out: Vec<Tried> = Vec::new();
    for (i, round) in rounds.iter().enumerate() {
        let rows = if round.rows == n_even {
            n_rows
        } else {
            round.rows
        };
        let next = rounds.get(i + 1).map(|r| r.scored.as_slice());
        for scored in &round.scored {
            let goes_on = next.is_none_or(|next| {
                let same = |s: &Scored| s.learner == scored.learner && s.params == scored.params;
                next.iter().any(same)
            });
            let verdict = if goes_on { "scored" } else { "dropped" };
            out.push(Tried {
                verdict,
                ..tried(scored, i, rows)
            });
        }
    }
    // Learners that fell out on the way: their leading candidate on all rows.
    let mut again: Vec<Candidate> = Vec::new();
    for space in &ground.request.spaces {
        let mine = || out.iter().filter(|t| t.learner == space.learner.id);
        if mine().any(|t| t.rows == n_rows) {
            continue;
        }
        let furthest = mine().map(|t| t.round).max();
        let leading = leaders(mine().filter(|t| Some(t.round) == furthest));
        for tried in leading {
            again.push(best(tried)?.candidate);
        }
    }
    phases.begin(ground.request.spaces.len(), run);
    let scored = search::cross_validate(&again, splits, scoring, prepare, run).await?;
    let last = rounds.len().saturating_sub(1);
    out.extend(scored.iter().map(|s| tried(s, last, n_rows)));
    phases.end(run);
    Ok(out)
}

async fn picked(
    ground: Ground<'_>,
    budget_ms: f64,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Searched> {
    let mut options = PickOptions::new(budget_ms, Vec::new(), ground.scoring());
    options.spaces = ground.request.spaces.clone();
    options.first_rows = options.first_rows.max(ground.fewest_rows());
    let (splits, codes) = (ground.splits, Some(ground.codes));
    let got = search::pick(&options, splits, ground.n_rows, codes, prepare, run).await?;
    let mut rounds: Vec<usize> = got.log.iter().map(|t| t.rows).collect();
    rounds.sort_unstable();
    rounds.dedup();
    let entry = |t: &search::Trial| {
        let (mean, sd) = crate::evaluate::importance::mean_sd(&t.scores);
        let unknown = t.score.is_none();
        Tried {
            learner: t.learner,
            params: t.params.clone(),
            round: rounds.iter().position(|r| *r == t.rows).unwrap_or(0),
            rows: t.rows,
            scores: t.scores.clone(),
            mean: if unknown { f64::NAN } else { mean },
            sd: if unknown { f64::NAN } else { sd },
            verdict: match t.verdict {
                Verdict::Scored => "scored",
                Verdict::OutOfTime => "out_of_time",
                Verdict::PassedOver => "passed_over",
                Verdict::Refused(_) => "refused",
            },
            ms: t.ms,
        }
    };
    let tried: Vec<Tried> = got.log.iter().map(entry).collect();
    // Learners that came as far as the winner are compared with it; the others have shown nothing on these rows, and
    // fitting them on all rows could take any time. The baseline costs nothing.
    let mut leading = leaders(tried.iter().filter(|t| t.rows == got.best.rows));
    if !leading.iter().any(|t| t.learner == BASELINE) {
        let furthest = tried.iter().rev().filter(|t| t.learner == BASELINE);
        leading.extend(leaders(furthest.take(1)));
    }
    let best = leading.into_iter().map(best).collect::<Result<_>>()?;
    Ok(Searched { tried, best })
}

/// Work of a search relative to one fit per fold.
fn weight(request: &Request) -> usize {
    let own = || {
        request
            .spaces
            .iter()
            .map(|s| s.candidates().map_or(1, |c| c.len()))
    };
    match request.options.search {
        SearchMode::Grid => own().sum(),
        SearchMode::Random { n_iter } => n_iter.saturating_mul(request.spaces.len()),
        SearchMode::Halving => own().sum::<usize>() / 2 + request.spaces.len(),
        SearchMode::Pick { .. } => 20,
    }
    .max(1)
}

/// Curves are about this many fits per fold.
const CURVE_WEIGHT: usize = 12;

/// What the training part tells before anything is fitted on all of it.
#[derive(Debug)]
pub(super) struct Found {
    /// The folds of the search.
    pub(super) folds: Splits,
    pub(super) searched: Searched,
    pub(super) nested: Option<Honest>,
    pub(super) curves: super::curves::Curves,
}

/// Everything that is asked for: the search; each learner's best over repeated folds; the search as a whole in folds
/// around it; curves of the best. [`crate::base::Stage::Searching`] runs once over all of it.
pub(super) async fn all(
    request: &Request,
    train: &Data,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Found> {
    let options = &request.options;
    let folds = splits::folds(
        request,
        &train.codes,
        &train.keys,
        1,
        &mut run.rng(stream::FOLDS),
    )?;
    let ground = Ground {
        request,
        codes: &train.codes,
        splits: &folds,
        n_rows: train.codes.len(),
    };
    // A stated time is for the search and for those that measure it.
    let mode = match options.search {
        SearchMode::Pick { budget_ms } if options.nested => SearchMode::Pick {
            budget_ms: budget_ms / (request.cv + 1) as f64,
        },
        mode => mode,
    };
    let of_search = weight(request);
    let of_repeats = match options.cv_repeats {
        1 => 0,
        n => n * request.spaces.len(),
    };
    let of_nested = if options.nested {
        (of_search + 1) * request.cv
    } else {
        0
    };
    let of_curves = if options.curves { CURVE_WEIGHT } else { 0 };
    let mut phases = Phases::new(of_search + of_repeats + of_nested + of_curves, run);

    phases.begin(of_search, run);
    let mut searched = search(ground, mode, prepare, run).await?;
    if options.cv_repeats > 1 {
        phases.begin(of_repeats, run);
        repeat(ground, &mut searched, &train.keys, prepare, run).await?;
    }
    let nested = if options.nested {
        phases.begin(of_nested, run);
        Some(nested(ground, mode, &train.keys, prepare, run).await?)
    } else {
        None
    };
    let curves = if options.curves {
        phases.begin(of_curves, run);
        let best = &searched.winner()?.candidate;
        super::curves::of(
            best,
            &searched,
            &folds,
            train,
            options.scoring,
            prepare,
            run,
        )
        .await?
    } else {
        super::curves::Curves::default()
    };
    phases.end(run);
    Ok(Found {
        folds,
        searched,
        nested,
        curves,
    })
}

/// Measures each learner's best on several other deals of the folds.
async fn repeat(
    ground: Ground<'_>,
    searched: &mut Searched,
    keys: &splits::Keys,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    let n = ground.request.options.cv_repeats;
    let mut rng = run.rng(stream::REPEATS);
    let deals = splits::folds(ground.request, ground.codes, keys, n, &mut rng)?;
    let candidates: Vec<Candidate> = searched.best.iter().map(|b| b.candidate.clone()).collect();
    let repeated = search::repeated(&candidates, &deals, ground.scoring(), prepare, run).await?;
    for (best, again) in searched.best.iter_mut().zip(repeated) {
        best.mean = again.scored.mean;
        best.sd = again.scored.sd;
        best.interval = Some(within(ground.scoring(), (again.low, again.high)));
    }
    Ok(())
}

/// Searches inside every fold of the training part and scores what was chosen on the rows that the fold holds out.
///
/// Source: Varma & Simon (2006), doi:10.1186/1471-2105-7-91.
async fn nested(
    ground: Ground<'_>,
    mode: SearchMode,
    keys: &splits::Keys,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Honest> {
    let outer = ground.splits.folds();
    let of_search = weight(ground.request);
    let mut phases = Phases::new((of_search + 1) * outer.len(), run);
    let mut rng = run.rng(stream::NESTED);
    let (mut scores, mut n_train, mut n_test) = (Vec::new(), 0.0, 0.0);
    for fold in &outer {
        let codes = fold.train.iter().map(|r| ground.codes[*r as usize]);
        let codes: Vec<u32> = codes.collect();
        let keys = keys.take(&fold.train);
        let inner = splits::folds(ground.request, &codes, &keys, 1, &mut rng)?;
        let inner = inner.folds().iter().map(|f| f.of(&fold.train)).collect();
        let inner = Splits::listed(inner);
        let inside = Ground {
            splits: &inner,
            n_rows: fold.train.len(),
            ..ground
        };
        phases.begin(of_search, run);
        let searched = Box::pin(search(inside, mode, prepare, run)).await?;
        let chosen = [searched.winner()?.candidate.clone()];
        let around = Splits::listed(vec![fold.clone()]);
        phases.begin(1, run);
        let scored =
            search::cross_validate(&chosen, &around, ground.scoring(), prepare, run).await?;
        scores.extend(scored.iter().map(|s| s.mean));
        n_train += fold.train.len() as f64;
        n_test += fold.test.len() as f64;
    }
    phases.end(run);
    let (mean, _) = crate::evaluate::importance::mean_sd(&scores);
    let interval = corrected_interval(&scores, n_train, n_test)?;
    Ok(Honest {
        mean,
        interval: within(ground.scoring(), interval),
    })
}

/// An interval of a score, cut to what the score can be.
pub(super) fn within(scoring: Scoring, (low, high): (f64, f64)) -> (f64, f64) {
    match scoring {
        Scoring::RocAuc
        | Scoring::RocAucOvr
        | Scoring::AveragePrecision
        | Scoring::Accuracy
        | Scoring::BalancedAccuracy
        | Scoring::F1
        | Scoring::F1Macro => (low.clamp(0.0, 1.0), high.clamp(0.0, 1.0)),
        Scoring::NegBrierScore => (low.clamp(-1.0, 0.0), high.clamp(-1.0, 0.0)),
        Scoring::NegLogLoss
        | Scoring::NegRmse
        | Scoring::NegMae
        | Scoring::NegMedianAe
        | Scoring::NegMape => (low.min(0.0), high.min(0.0)),
        Scoring::R2 => (low, high.min(1.0)),
        _ => (low, high),
    }
}
