//! The context of a running job: progress, warnings, cancellation, randomness.
use super::{Error, Result, Warning};
use serde::{Deserialize, Serialize};

/// What a job is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Stage {
    /// Reading the file.
    Reading,
    /// Working out types.
    Inferring,
    /// Summaries per column.
    Profiling,
    /// Fitting the preparation.
    Preparing,
    /// Cross-validated search.
    Searching,
    /// Fitting a learner.
    Fitting,
    /// Measuring on the held-out part.
    Evaluating,
    /// Importance and explanation.
    Explaining,
    /// Scoring rows.
    Predicting,
    /// Writing a file.
    Writing,
}

impl Stage {
    /// Stable name of the public interface.
    pub fn id(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Inferring => "inferring",
            Self::Profiling => "profiling",
            Self::Preparing => "preparing",
            Self::Searching => "searching",
            Self::Fitting => "fitting",
            Self::Evaluating => "evaluating",
            Self::Explaining => "explaining",
            Self::Predicting => "predicting",
            Self::Writing => "writing",
        }
    }
}

/// How far a job is. `done` never falls within a stage; `total` is never 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Units done.
    pub done: u64,
    /// Units in all.
    pub total: u64,
}

/// A point of the learning curve of a fit under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// Learner id.
    pub learner: String,
    /// Epoch or round, from 1.
    pub step: u64,
    /// Most steps there can be.
    pub total: u64,
    /// Loss on the rows learned from.
    pub train_loss: f64,
    /// Loss on the rows kept aside, where there are any.
    pub validation_loss: Option<f64>,
}

/// Receives what a job has to say while it runs.
pub trait Observer {
    /// The job moved on.
    fn progress(&mut self, progress: Progress);
    /// The job found something.
    fn warn(&mut self, warning: Warning);
    /// A fit reached another point of its learning curve.
    fn trace(&mut self, _trace: Trace) {}
    /// Asked at every step; `true` ends the job with [`Error::Cancelled`].
    fn is_cancelled(&self) -> bool {
        false
    }
    /// A clock, in milliseconds from any start; for reporting durations and keeping to a stated time budget only.
    fn now_ms(&self) -> f64 {
        0.0
    }
}

/// An observer that listens to nothing.
#[derive(Debug, Default)]
pub struct Quiet;

impl Observer for Quiet {
    fn progress(&mut self, _: Progress) {}
    fn warn(&mut self, _: Warning) {}
}

/// The part of a stage that a piece of work makes up: what it reports of the stage is scaled into the part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portion {
    /// The stage.
    pub stage: Stage,
    /// Units of the whole done before.
    pub before: u64,
    /// Units of the whole that the work makes up.
    pub units: u64,
    /// Units of the whole.
    pub total: u64,
}

impl Portion {
    /// What each of several equal pieces of work counts that make up a stage: fine enough that parts of parts still move.
    pub const PIECE: u64 = 1_000;

    /// A portion of this portion.
    #[must_use]
    pub fn within(self, inner: Self) -> Self {
        let scale = |units: u64| self.scaled(units, inner.total).0;
        let before = scale(inner.before);
        let end = scale(inner.before.saturating_add(inner.units));
        Self {
            before,
            units: end.saturating_sub(before),
            ..self
        }
    }

    fn scaled(self, done: u64, total: u64) -> (u64, u64) {
        let share = u128::from(self.units) * u128::from(done) / u128::from(total.max(1));
        let share = u64::try_from(share).unwrap_or(self.units);
        (self.before.saturating_add(share), self.total)
    }
}

/// Progress as the observer hears it: within its stage's portion, never beyond its total.
fn heard(portion: Option<Portion>, stage: Stage, done: u64, total: u64) -> Progress {
    let total = total.max(1);
    let done = done.min(total);
    let (done, total) = match portion.filter(|p| p.stage == stage) {
        Some(portion) => portion.scaled(done, total),
        None => (done, total),
    };
    let total = total.max(1);
    Progress {
        stage,
        done: done.min(total),
        total,
    }
}

/// Handed down through a job.
pub struct Run<'a> {
    observer: &'a mut dyn Observer,
    seed: u64,
    portion: Option<Portion>,
    muted: Option<Stage>,
    #[cfg(feature = "worker")]
    room: Option<u64>,
    #[cfg(feature = "worker")]
    executor: Option<&'a mut dyn super::Executor>,
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

impl<'a> Run<'a> {
    /// A run that reports to `observer` and draws its randomness from `seed`.
    pub fn new(observer: &'a mut dyn Observer, seed: u64) -> Self {
        Self {
            observer,
            seed,
            portion: None,
            muted: None,
            #[cfg(feature = "worker")]
            room: None,
            #[cfg(feature = "worker")]
            executor: None,
        }
    }

    /// The same, with jobs given to `executor` instead of done one after the other in place.
    #[cfg(feature = "worker")]
    #[must_use]
    pub fn with_executor(self, executor: &'a mut dyn super::Executor) -> Self {
        Self {
            executor: Some(executor),
            ..self
        }
    }

    /// The same, with so many bytes of memory to spend; without, as much as it takes.
    #[cfg(feature = "worker")]
    #[must_use]
    pub fn with_room(self, room: Option<u64>) -> Self {
        Self { room, ..self }
    }

    /// Refuses what needs more memory than there is: `fixed` bytes, and `per_row` for each of `n_rows` rows.
    ///
    /// # Errors
    /// [`Error::Memory`] with the rows that would fit.
    #[cfg(feature = "worker")]
    pub fn demand(&self, n_rows: u64, per_row: u64, fixed: u64) -> Result<()> {
        let needed_bytes = per_row.saturating_mul(n_rows).saturating_add(fixed);
        let Some(available_bytes) = self.room.filter(|room| needed_bytes > *room) else {
            return Ok(());
        };
        let rows = available_bytes.saturating_sub(fixed) / per_row.max(1);
        // A number that a person can remember, and that leaves something over.
        let digits = rows.checked_ilog10().unwrap_or(0).saturating_sub(1);
        let rows = rows - rows % 10_u64.pow(digits);
        Err(Error::Memory {
            needed_bytes,
            available_bytes,
            rows: (rows > 0).then_some(rows),
        })
    }

    /// Jobs that are done at the same time.
    #[cfg(feature = "worker")]
    pub fn n_workers(&self) -> usize {
        self.executor.as_ref().map_or(1, |e| e.n_workers().max(1))
    }

    /// Does all jobs, by helpers where there are any; the outputs are in the order of the jobs. Their warnings are
    /// passed on, each once; `span` says what part of a stage they are.
    ///
    /// # Errors
    /// That of the first job, in order, that failed; [`Error::Cancelled`].
    #[cfg(feature = "worker")]
    pub async fn parallel(
        &mut self,
        jobs: Vec<super::Job>,
        span: super::Span,
    ) -> Result<Vec<Vec<u8>>> {
        let seed = self.seed;
        let Some(executor) = self.executor.take() else {
            let mut done = Vec::with_capacity(jobs.len());
            for (i, job) in jobs.iter().enumerate() {
                done.push(job.perform(&*self.observer, seed)?);
                self.step(span.stage, span.done + i as u64 + 1, span.total)?;
            }
            return Ok(self.heard(done));
        };
        let observer = &mut *self.observer;
        let (portion, is_muted) = (self.portion, self.muted == Some(span.stage));
        let mut on_done = |n: usize| {
            let done = span.done + n as u64;
            if !is_muted {
                observer.progress(heard(portion, span.stage, done, span.total));
            }
            if observer.is_cancelled() {
                Err(Error::Cancelled)
            } else {
                Ok(())
            }
        };
        let result = executor.execute(&jobs, seed, &mut on_done).await;
        self.executor = Some(executor);
        Ok(self.heard(result?))
    }

    #[cfg(feature = "worker")]
    fn heard(&mut self, done: Vec<super::Done>) -> Vec<Vec<u8>> {
        let mut seen: Vec<Warning> = Vec::new();
        let mut outputs = Vec::with_capacity(done.len());
        for one in done {
            for warning in one.warnings {
                if !seen.contains(&warning) {
                    seen.push(warning.clone());
                    self.observer.warn(warning);
                }
            }
            outputs.push(one.output);
        }
        outputs
    }

    /// From now on progress of the portion's stage is that of the portion; `None` takes it as it comes. Several pieces
    /// of work one after the other so make up one stage that never falls back.
    pub fn set_portion(&mut self, portion: Option<Portion>) {
        self.portion = portion;
    }

    /// The portion that the run is in.
    pub fn portion(&self) -> Option<Portion> {
        self.portion
    }

    /// From now on progress of `stage` is not told: work of an earlier stage that a later one is made of. `None` tells all.
    pub fn mute(&mut self, stage: Option<Stage>) {
        self.muted = stage;
    }

    /// The request's seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Reports progress.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the person cancelled.
    pub fn step(&mut self, stage: Stage, done: u64, total: u64) -> Result<()> {
        if self.muted != Some(stage) {
            self.observer
                .progress(heard(self.portion, stage, done, total));
        }
        self.check()
    }

    /// Asks for cancellation without reporting anything.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the person cancelled.
    pub fn check(&self) -> Result<()> {
        if self.observer.is_cancelled() {
            Err(Error::Cancelled)
        } else {
            Ok(())
        }
    }

    /// The observer's clock, in milliseconds; never to decide anything by, a time budget that a person stated excepted.
    pub fn now_ms(&self) -> f64 {
        self.observer.now_ms()
    }

    /// Does `work` unheard: neither progress nor warnings come through, cancellation does.
    pub fn quietly<T>(&mut self, work: impl FnOnce(&mut Run<'_>) -> T) -> T {
        self.muffled(false, work)
    }

    /// Does `work` without its progress and learning curves; warnings come through.
    pub fn within<T>(&mut self, work: impl FnOnce(&mut Run<'_>) -> T) -> T {
        self.muffled(true, work)
    }

    fn muffled<T>(&mut self, warns: bool, work: impl FnOnce(&mut Run<'_>) -> T) -> T {
        struct Inner<'r, 'a> {
            run: &'r mut Run<'a>,
            warns: bool,
        }
        impl Observer for Inner<'_, '_> {
            fn progress(&mut self, _: Progress) {}
            fn warn(&mut self, warning: Warning) {
                if self.warns {
                    self.run.warn(warning);
                }
            }
            fn is_cancelled(&self) -> bool {
                self.run.observer.is_cancelled()
            }
            fn now_ms(&self) -> f64 {
                self.run.now_ms()
            }
        }
        let seed = self.seed;
        work(&mut Run::new(&mut Inner { run: self, warns }, seed))
    }

    /// Passes a point of a learning curve on.
    pub fn trace(&mut self, trace: Trace) {
        self.observer.trace(trace);
    }

    /// Passes a warning on.
    pub fn warn(&mut self, warning: Warning) {
        self.observer.warn(warning);
    }

    /// A generator of its own for each use: `stream` names the use, so that adding one never shifts another.
    #[cfg(feature = "worker")]
    pub fn rng(&self, stream: u64) -> rand_chacha::ChaCha8Rng {
        use rand_chacha::rand_core::SeedableRng as _;
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(stream);
        rng
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ear(Vec<(u64, u64)>);
    impl Observer for Ear {
        fn progress(&mut self, progress: Progress) {
            self.0.push((progress.done, progress.total));
        }
        fn warn(&mut self, _: Warning) {}
    }

    #[test]
    fn pieces_of_work_make_up_one_stage() {
        let mut ear = Ear(Vec::new());
        let mut run = Run::new(&mut ear, 0);
        let portion = |before, units| Portion {
            stage: Stage::Searching,
            before,
            units,
            total: 10,
        };
        for part in [portion(0, 4), portion(4, 6)] {
            run.set_portion(Some(part));
            for (done, total) in [(0, 3), (1, 3), (3, 3), (9, 3)] {
                assert!(run.step(Stage::Searching, done, total).is_ok());
            }
        }
        // Other stages, and none, are left alone.
        assert!(run.step(Stage::Fitting, 1, 2).is_ok());
        run.set_portion(None);
        assert!(run.step(Stage::Searching, 1, 3).is_ok());
        let want = [0, 1, 4, 4, 4, 6, 10, 10].map(|done| (done, 10));
        assert_eq!(ear.0[..8], want);
        assert_eq!(ear.0[8..], [(1, 2), (1, 3)]);
    }

    #[test]
    fn a_stage_that_is_muted_is_not_told() {
        let mut ear = Ear(Vec::new());
        let mut run = Run::new(&mut ear, 0);
        run.mute(Some(Stage::Searching));
        assert!(run.step(Stage::Searching, 1, 3).is_ok());
        assert!(run.step(Stage::Fitting, 1, 2).is_ok());
        run.mute(None);
        assert!(run.step(Stage::Searching, 2, 3).is_ok());
        assert_eq!(ear.0, [(1, 2), (2, 3)]);
    }
}
