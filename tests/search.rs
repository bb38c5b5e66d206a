//! Every way of searching: what is learned from, who does the work, what is reported, when it stops.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
use kept::base::{
    Done, Error, Executor, Job, LocalFuture, Observer, Params, Progress, Quiet, Result, Run,
    Shared, Stage, Test, Train, Value, Warning, block_on,
};
use kept::evaluate::{
    TASKS,
    imbalance::{Calibration, Resampler, recalibrate},
    prepared::Prepared,
    scoring::Scoring,
    search::{
        Candidate, Halving, ParamGrid, PickOptions, Trial, Verdict, cross_validate, halving,
        learning_curve, nested, out_of_fold, pick, repeated, validation_curve,
    },
    select::{Keep, Selector, Univariate, recursive_cv},
    split::{Fold, Splits, repeated_stratified_folds, stratified_folds},
};
use kept::learn::{Dataset, LEARNERS, Target, entry};
use ndarray::Array2;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};
use std::cell::Cell;
use std::sync::Arc;

/// Two columns that matter and two that do not; one row in five is positive.
fn data(n: usize) -> (Dataset, Vec<u32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut even = || f64::from(rng.next_u32()) / f64::from(u32::MAX) - 0.5;
    let x = Array2::from_shape_simple_fn((n, 4), || even() as f32 * 2.0);
    let codes: Vec<u32> = x
        .rows()
        .into_iter()
        .map(|r| u32::from(f64::from(r[0] + 0.6 * r[2]) + even() > 0.75))
        .collect();
    let data = Dataset::new(x, Target::class(codes.clone(), &["no", "yes"]));
    (data, codes)
}

fn plain(data: &Dataset, fold: &Fold) -> Prepared {
    let (train, test) = (data.take(&fold.train), data.take(&fold.test));
    (Train::all(train), Test::all(test)).into()
}

fn folds(codes: &[u32], k: usize) -> Splits {
    Splits::dealt(stratified_folds(codes, 2, k, None).unwrap(), k)
}

fn logistic() -> Candidate {
    Candidate {
        learner: entry("logistic").unwrap(),
        params: Params::default(),
    }
}

fn candidates() -> Vec<Candidate> {
    let grid = ParamGrid::default().with("C", [0.01, 1.0, 100.0]);
    let mut out = grid.candidates(entry("logistic").unwrap()).unwrap();
    let grid = ParamGrid::default().with("max_depth", [2_i64, 4]);
    out.extend(grid.candidates(entry("tree").unwrap()).unwrap());
    out
}

/// Every method on the same data, as text without times.
fn everything(run: &mut Run<'_>) -> Result<String> {
    let (data, codes) = data(240);
    let splits = folds(&codes, 3);
    let scoring = Scoring::NegLogLoss;
    let mut prepare = |fold: &Fold, run: &mut Run<'_>| {
        let selector = Selector::Univariate {
            test: Univariate::FClassif,
            keep: Keep::Best(3),
        };
        let resampler = Resampler::RandomUnder { ratio: 0.5 };
        let (fold, _) = plain(&data, fold).select(&selector, run)?;
        fold.resample(&resampler, run)
    };
    let all = candidates();
    let mut said = Vec::new();
    let scored = block_on(cross_validate(&all, &splits, scoring, &mut prepare, run))?;
    said.push(format!("{scored:?}"));
    let how = Halving {
        min_rows: Some(60),
        factor: 2,
        ..Halving::default()
    };
    let rounds = block_on(halving(
        &all,
        &splits,
        240,
        Some(&codes),
        how,
        scoring,
        &mut prepare,
        run,
    ))?;
    said.push(format!("{rounds:?}"));
    let mut inner = |rows: &[u32]| {
        let mine: Vec<u32> = rows.iter().map(|r| codes[*r as usize]).collect();
        Ok(folds(&mine, 2))
    };
    let honest = block_on(nested(
        &all,
        &splits,
        &mut inner,
        scoring,
        &mut prepare,
        run,
    ))?;
    said.push(format!("{honest:?}"));
    let deals = repeated_stratified_folds(&codes, 2, 3, 2, &mut run.rng(1))?;
    let again = block_on(repeated(&all[..2], &deals, scoring, &mut prepare, run))?;
    said.push(format!("{again:?}"));
    let sizes = [0.3, 1.0];
    let curve = block_on(learning_curve(
        &all[1],
        &splits,
        &sizes,
        Some(&codes),
        scoring,
        &mut prepare,
        run,
    ))?;
    said.push(format!("{curve:?}"));
    let values = [Value::Float(0.1), Value::Float(1.0)];
    let curve = block_on(validation_curve(
        &all[0],
        &splits,
        "C",
        &values,
        scoring,
        &mut prepare,
        run,
    ))?;
    said.push(format!("{curve:?}"));
    let mut bare = |fold: &Fold, _: &mut Run<'_>| Ok(plain(&data, fold));
    let train = Train::all(data.clone());
    let fewer = block_on(recursive_cv(
        &all[1], &train, &splits, scoring, 1, 1, &mut bare, run,
    ))?;
    said.push(format!("{fewer:?}"));
    let held = block_on(out_of_fold(&all[3], &splits, &mut prepare, run))?;
    said.push(format!("{held:?}"));
    Ok(said.join("\n"))
}

/// Does jobs last to first, on data that went through bytes.
struct Helpers(usize);

impl Executor for Helpers {
    fn n_workers(&self) -> usize {
        self.0
    }

    fn execute<'a>(
        &'a mut self,
        jobs: &'a [Job],
        seed: u64,
        on_done: &'a mut dyn FnMut(usize) -> Result<()>,
    ) -> LocalFuture<'a, Result<Vec<Done>>> {
        Box::pin(async move {
            let mut out = Vec::new();
            for (n, job) in jobs.iter().rev().enumerate() {
                let known = TASKS.iter().find(|t| t.id == job.task.id);
                let copy = |s: &Arc<Shared>| Ok(Shared::received(s.id(), s.to_bytes()?));
                let sent = Job {
                    task: known.ok_or(Error::Protocol)?,
                    input: job.input.clone(),
                    shared: job.shared.iter().map(copy).collect::<Result<_>>()?,
                    cost: job.cost,
                };
                out.push(sent.perform(&Quiet, seed)?);
                on_done(n + 1)?;
            }
            out.reverse();
            Ok(out)
        })
    }
}

#[test]
fn helpers_change_nothing() {
    let mut quiet = Quiet;
    let alone = everything(&mut Run::new(&mut quiet, 5)).unwrap();
    for n in [1, 3] {
        let (mut quiet, mut helpers) = (Quiet, Helpers(n));
        let mut run = Run::new(&mut quiet, 5).with_executor(&mut helpers);
        assert_eq!(everything(&mut run).unwrap(), alone);
    }
    // And the seed matters: folds of the repeats, thinning and drawing follow it.
    let other = everything(&mut Run::new(&mut Quiet, 6)).unwrap();
    assert_ne!(other, alone);
}

#[derive(Default)]
struct Watch {
    steps: Vec<Progress>,
    asked: Cell<usize>,
    cancel_at: Option<usize>,
    warnings: Vec<Warning>,
}

impl Observer for Watch {
    fn progress(&mut self, p: Progress) {
        self.steps.push(p);
    }
    fn warn(&mut self, w: Warning) {
        self.warnings.push(w);
    }
    fn is_cancelled(&self) -> bool {
        self.asked.set(self.asked.get() + 1);
        self.cancel_at.is_some_and(|n| self.asked.get() > n)
    }
}

/// Progress of one search: from 0 to the end, never falling, one stage.
fn whole(steps: &[Progress]) {
    assert!(steps.iter().all(|s| s.stage == Stage::Searching));
    assert_eq!(steps.first().map(|s| s.done), Some(0));
    let last = steps.last().unwrap();
    assert_eq!(last.done, last.total);
    assert!(steps.windows(2).all(|w| w[0].done <= w[1].done));
    assert!(steps.iter().all(|s| s.total == last.total));
}

#[test]
fn progress_never_falls_within_a_search() {
    let mut watch = Watch::default();
    everything(&mut Run::new(&mut watch, 5)).unwrap();
    // Searches follow each other: a new one begins where the count is back at 0.
    let mut begun = vec![0];
    for (i, w) in watch.steps.windows(2).enumerate() {
        if w[1].done == 0 && w[0].done > 0 {
            begun.push(i + 1);
        }
    }
    begun.push(watch.steps.len());
    let searching = watch
        .steps
        .iter()
        .filter(|s| s.stage == Stage::Searching)
        .count();
    assert!(searching > 50 && begun.len() >= 9, "{}", begun.len());
    for part in begun.windows(2) {
        let steps = &watch.steps[part[0]..part[1]];
        if steps.iter().all(|s| s.stage == Stage::Searching) {
            whole(steps);
        }
    }
}

#[test]
fn cancelling_anywhere_ends_every_search() {
    let mut watch = Watch::default();
    everything(&mut Run::new(&mut watch, 5)).unwrap();
    let all = watch.asked.get();
    for k in 0..40 {
        let mut watch = Watch {
            cancel_at: Some(all * k / 40),
            ..Watch::default()
        };
        let e = everything(&mut Run::new(&mut watch, 5)).unwrap_err();
        assert_eq!(e, Error::Cancelled, "{k}");
    }
}

#[test]
fn resampled_rows_are_never_held_out_and_halving_ends_with_the_best() {
    let (data, codes) = data(400);
    let splits = folds(&codes, 4);
    let real: Vec<Vec<f32>> = data.x.rows().into_iter().map(|r| r.to_vec()).collect();
    let smote = Resampler::Smote {
        ratio: 1.0,
        k_neighbors: 5,
    };
    let mut seen = 0;
    let mut prepare = |fold: &Fold, run: &mut Run<'_>| {
        let before = plain(&data, fold);
        let after = before.clone().resample(&smote, run)?;
        assert_eq!(before.test.get().x, after.test.get().x);
        let held: Vec<Vec<f32>> = after
            .test
            .get()
            .x
            .rows()
            .into_iter()
            .map(|r| r.to_vec())
            .collect();
        assert!(held.iter().all(|r| real.contains(r)));
        // New rows are between rows of the training side: none is one of the held-out ones.
        let n = before.train.get().x.nrows();
        let made = after.train.get().x.rows().into_iter().skip(n);
        for row in made {
            assert!(!held.contains(&row.to_vec()));
            seen += 1;
        }
        Ok(after)
    };
    let mut watch = Watch::default();
    let mut run = Run::new(&mut watch, 2);
    let rounds = block_on(halving(
        &candidates(),
        &splits,
        400,
        Some(&codes),
        Halving::default(),
        Scoring::RocAuc,
        &mut prepare,
        &mut run,
    ))
    .unwrap();
    let left: Vec<usize> = rounds.iter().map(|r| r.scored.len()).collect();
    assert_eq!(left, [5, 2]);
    assert!(seen > 0 && rounds[0].rows < rounds[1].rows);
    let best = rounds[1].scored.iter().find(|s| s.rank == 1).unwrap();
    assert_eq!(best.learner, "logistic");
    whole(&watch.steps);
}

#[test]
fn resampled_models_are_taken_back_and_it_is_said() {
    let (data, codes) = data(2000);
    let rate = codes.iter().sum::<u32>() as f64 / codes.len() as f64;
    let splits = folds(&codes, 5);
    let all = Train::all(data.clone());
    for (resampler, method) in [
        (Resampler::RandomUnder { ratio: 1.0 }, "prior"),
        (Resampler::RandomOver { ratio: 1.0 }, "prior"),
        (
            Resampler::Smote {
                ratio: 1.0,
                k_neighbors: 5,
            },
            "sigmoid",
        ),
    ] {
        let mut watch = Watch::default();
        let mut run = Run::new(&mut watch, 2);
        let after = resampler.resample(&all, &mut run).unwrap().train;
        let mut prepare =
            |fold: &Fold, run: &mut Run<'_>| plain(&data, fold).resample(&resampler, run);
        let calibration = block_on(recalibrate(
            &logistic(),
            &resampler,
            &all,
            &after,
            &splits,
            &data.y,
            &mut prepare,
            &mut run,
        ))
        .unwrap();
        let model = (logistic().learner.build)(&Params::default())
            .unwrap()
            .fit(&after, &mut run)
            .unwrap()
            .classifier()
            .unwrap();
        let raw = model.predict_proba(data.x.view()).unwrap();
        let mean = |p: &Array2<f64>| p.column(1).sum() / p.nrows() as f64;
        let bold = mean(&raw);
        assert!(bold > rate + 0.05, "{method}: {bold} against {rate}");
        let bytes = postcard::to_stdvec(&calibration).unwrap();
        let loaded: Calibration = postcard::from_bytes(&bytes).unwrap();
        let right = loaded.apply_all(raw).unwrap();
        assert!(
            (mean(&right) - rate).abs() < 0.02,
            "{method} {}",
            mean(&right)
        );
        let said = Warning::Recalibrated {
            method: method.into(),
            n_before: 2000,
            n_after: after.get().x.nrows() as u64,
        };
        assert!(watch.warnings.contains(&said), "{:?}", watch.warnings);
    }
}

#[test]
fn more_rows_help_and_elimination_finds_what_matters() {
    let (data, codes) = data(600);
    let splits = folds(&codes, 5);
    let mut prepare = |fold: &Fold, _: &mut Run<'_>| Ok(plain(&data, fold));
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 1);
    let curve = block_on(learning_curve(
        &logistic(),
        &splits,
        &[0.05, 0.3, 1.0],
        Some(&codes),
        Scoring::NegLogLoss,
        &mut prepare,
        &mut run,
    ))
    .unwrap();
    let at: Vec<&Value> = curve.iter().map(|p| &p.at).collect();
    assert_eq!(at, [&Value::Int(24), &Value::Int(144), &Value::Int(480)]);
    assert!(curve[2].test.0 > curve[0].test.0);
    assert!(curve[0].train.0 - curve[0].test.0 > curve[2].train.0 - curve[2].test.0);
    let e = block_on(learning_curve(
        &logistic(),
        &splits,
        &[1.5],
        None,
        Scoring::NegLogLoss,
        &mut prepare,
        &mut run,
    ));
    assert_eq!(e.unwrap_err().param(), Some("train_sizes"));
    let train = Train::all(data.clone());
    let got = block_on(recursive_cv(
        &logistic(),
        &train,
        &splits,
        Scoring::NegLogLoss,
        1,
        1,
        &mut prepare,
        &mut run,
    ))
    .unwrap();
    assert_eq!(got.n_features, [1, 2, 3, 4]);
    assert!(got.selection.kept[0] && got.selection.kept[2], "{got:?}");
    assert!(got.mean_sd[1].0 > got.mean_sd[0].0);
}

/// A clock that moves on by a fixed amount whenever it is read.
struct Clock {
    now: Cell<f64>,
    tick: f64,
    steps: Vec<Progress>,
}

impl Observer for Clock {
    fn progress(&mut self, p: Progress) {
        self.steps.push(p);
    }
    fn warn(&mut self, _: Warning) {}
    fn now_ms(&self) -> f64 {
        self.now.set(self.now.get() + self.tick);
        self.now.get()
    }
}

fn picked(budget_ms: f64, tick: f64) -> (kept::evaluate::search::Picked, Clock) {
    let (data, codes) = data(900);
    let splits = folds(&codes, 3);
    let mut prepare = |fold: &Fold, _: &mut Run<'_>| Ok(plain(&data, fold));
    let mut options = PickOptions::new(budget_ms, LEARNERS.iter().collect(), Scoring::RocAuc);
    options.first_rows = 200;
    options.n_draws = 3;
    let mut clock = Clock {
        now: Cell::new(0.0),
        tick,
        steps: Vec::new(),
    };
    let mut run = Run::new(&mut clock, 3);
    let got = block_on(pick(
        &options,
        &splits,
        900,
        Some(&codes),
        &mut prepare,
        &mut run,
    ))
    .unwrap();
    (got, clock)
}

/// Candidates that differ in one parameter are fitted together; each must score as it does alone.
#[test]
fn candidates_along_a_path_score_as_they_do_alone() {
    let (data, codes) = data(300);
    let numbers = Target::Number(
        data.x
            .rows()
            .into_iter()
            .map(|r| f64::from(r[0] - r[2]))
            .collect(),
    );
    let continuous = Dataset {
        y: numbers,
        ..data.clone()
    };
    let c = ParamGrid::default().with("C", [10.0, 0.01, 1.0]);
    let alpha = ParamGrid::default()
        .with("penalty", ["ridge", "lasso"])
        .with("alpha", [1.0, 0.01, 30.0]);
    for (learner, grid, data, scoring) in [
        ("logistic", c, &data, Scoring::NegLogLoss),
        ("linear", alpha, &continuous, Scoring::R2),
    ] {
        let all = grid.candidates(entry(learner).unwrap()).unwrap();
        assert!(all[0].learner.fit_path.is_some());
        let search = |candidates: &[Candidate]| {
            let mut prepare = |fold: &Fold, _: &mut Run<'_>| Ok(plain(data, fold));
            let mut quiet = Quiet;
            let mut run = Run::new(&mut quiet, 0);
            let splits = folds(&codes, 3);
            block_on(cross_validate(
                candidates,
                &splits,
                scoring,
                &mut prepare,
                &mut run,
            ))
            .unwrap()
        };
        let together = search(&all);
        assert!(together[0].mean != together[1].mean);
        for (one, with_others) in all.iter().zip(&together) {
            let alone = search(std::slice::from_ref(one));
            assert_eq!(alone[0].params, with_others.params);
            for (a, b) in alone[0].scores.iter().zip(&with_others.scores) {
                assert!(
                    (a - b).abs() < 1e-6 * a.abs().max(1.0),
                    "{learner}: {a} {b}"
                );
            }
        }
    }
}

#[test]
fn a_budget_is_spent_and_kept() {
    let (got, clock) = picked(400_000.0, 1.0);
    whole(&clock.steps);
    assert_eq!(got.best.rows, 900);
    assert_ne!(got.best.candidate.learner.id, "baseline");
    assert!(got.best.mean > 0.8, "{:?}", got.best.mean);
    // Cheap learners first, every learner in the first round, fewer in later ones.
    let ids: Vec<&str> = got
        .log
        .iter()
        .take(LEARNERS.len())
        .map(|t| t.learner)
        .collect();
    assert_eq!(ids[..2], ["baseline", "logistic"]);
    for entry in LEARNERS {
        assert!(ids.contains(&entry.id), "{} not in {ids:?}", entry.id);
    }
    let in_round = |rows| got.log.iter().filter(|t| t.rows == rows).count();
    assert!(in_round(200) > in_round(800), "{:?}", got.log);
    let best = |rows: usize| {
        let of = |t: &&Trial| t.rows == rows && t.verdict == Verdict::Scored;
        got.log
            .iter()
            .filter(of)
            .filter_map(|t| t.score)
            .fold(0.0, f64::max)
    };
    assert_eq!(got.best.mean, best(900));
    // The same readings, the same choice and the same log.
    let (again, _) = picked(400_000.0, 1.0);
    assert_eq!(again.log, got.log);
}

#[test]
fn hardly_any_time_still_gives_an_answer() {
    let (got, clock) = picked(1.0, 5.0);
    whole(&clock.steps);
    assert_eq!(got.best.candidate.learner.id, "logistic");
    let tried: Vec<&str> = got.log.iter().map(|t| t.learner).collect();
    assert_eq!(tried, ["baseline", "logistic"]);
    assert!(got.log.iter().all(|t| t.verdict == Verdict::Scored));
}

#[test]
fn a_fit_beyond_the_budget_is_given_up() {
    // Readings so far apart that boosting cannot end in its share.
    let (got, _) = picked(4_000.0, 20.0);
    let late = |t: &&Trial| matches!(t.verdict, Verdict::OutOfTime | Verdict::PassedOver);
    assert!(got.log.iter().filter(late).count() > 0, "{:?}", got.log);
    assert!(got.spent_ms < 2.0 * got.budget_ms, "{}", got.spent_ms);
    let scored = |t: &&Trial| t.verdict == Verdict::Scored;
    assert!(got.log.iter().filter(scored).count() >= 2);
}

#[test]
fn what_cannot_be_picked_is_an_error() {
    let (data, codes) = data(100);
    let splits = folds(&codes, 2);
    let mut prepare = |fold: &Fold, _: &mut Run<'_>| Ok(plain(&data, fold));
    let mut with = |budget, learners: Vec<_>, scoring| {
        let options = PickOptions::new(budget, learners, scoring);
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, 3);
        let strata = Some(codes.as_slice());
        block_on(pick(&options, &splits, 100, strata, &mut prepare, &mut run)).unwrap_err()
    };
    let all = || LEARNERS.iter().collect::<Vec<_>>();
    let auc = Scoring::RocAuc;
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(with(bad, all(), auc).param(), Some("budget_ms"));
    }
    assert_eq!(with(10.0, vec![], auc).param(), Some("learners"));
    // A score of numbers on classes: every learner is refused.
    assert_eq!(with(10.0, all(), Scoring::R2).code(), "target");
}
