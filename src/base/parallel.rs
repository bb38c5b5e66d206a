//! Work that may be done by helper engines: jobs that carry everything they need, and whoever carries them out.
//!
//! A [`Job`] is a [`Task`] with its input and the data it shares with other jobs. Its result depends on these and on
//! the seed alone, never on who does it or how many helpers there are; so a job whose helper died is simply done again.
use super::{Error, Observer, Progress, Result, Run, Stage, Warning};
use crate::base::order::Ordered;
use std::{
    any::Any,
    future::Future,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

/// A future that stays on its thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Input and shared data in, output out.
pub type TaskFn = fn(&[u8], &[Arc<Shared>], &mut Run<'_>) -> Result<Vec<u8>>;

/// A kind of work. Tasks that helpers do are listed by id in `analyses`.
#[derive(Debug)]
pub struct Task {
    /// Stable id.
    pub id: &'static str,
    /// Does it.
    pub run: TaskFn,
}

/// One piece of work.
#[derive(Debug, Clone)]
pub struct Job {
    /// What is to be done.
    pub task: &'static Task,
    /// Its own input, encoded by whoever made the task.
    pub input: Vec<u8>,
    /// Data it shares with other jobs; sent to a helper once.
    pub shared: Vec<Arc<Shared>>,
    /// Rough cost relative to other jobs; dearer ones are begun first.
    pub cost: f64,
}

/// What came of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// Its output.
    pub output: Vec<u8>,
    /// What it had to say.
    pub warnings: Vec<Warning>,
}

/// Data that can be sent to a helper.
pub trait Portable: Any + Send + Sync + Sized {
    /// As bytes.
    ///
    /// # Errors
    /// [`Error::Protocol`] when it cannot be encoded.
    fn to_bytes(&self) -> Result<Vec<u8>>;
    /// From the bytes of [`Portable::to_bytes`].
    ///
    /// # Errors
    /// [`Error::Protocol`] when they hold something else.
    fn from_bytes(bytes: &[u8]) -> Result<Self>;
}

type AnyBox = Box<dyn Any + Send + Sync>;
type Encode = fn(&AnyBox) -> Result<Vec<u8>>;

/// Data shared by jobs. Where jobs are done in place it is never encoded.
pub struct Shared {
    id: u64,
    value: OnceLock<AnyBox>,
    encode: Option<Encode>,
    /// What a helper was sent, until it is first used.
    bytes: Mutex<Option<Vec<u8>>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// Shares `value` with jobs.
    pub fn new<T: Portable>(value: T) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let cell = OnceLock::new();
        let boxed: AnyBox = Box::new(value);
        // A fresh cell is empty, so this cannot fail.
        let _ = cell.set(boxed);
        Arc::new(Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            value: cell,
            encode: Some(|any| {
                any.downcast_ref::<T>()
                    .ok_or(Error::Protocol)
                    .and_then(T::to_bytes)
            }),
            bytes: Mutex::new(None),
        })
    }

    /// What a helper was sent under `id`.
    pub fn received(id: u64, bytes: Vec<u8>) -> Arc<Self> {
        Arc::new(Self {
            id,
            value: OnceLock::new(),
            encode: None,
            bytes: Mutex::new(Some(bytes)),
        })
    }

    /// Names it among all that were made in this engine.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The value.
    ///
    /// # Errors
    /// [`Error::Protocol`] when it is of another type.
    pub fn get<T: Portable>(&self) -> Result<&T> {
        if self.value.get().is_none() {
            let bytes = self.bytes.lock().ok().and_then(|mut b| b.take());
            let decoded = T::from_bytes(&bytes.ok_or(Error::Protocol)?)?;
            let _ = self.value.set(Box::new(decoded));
        }
        let any = self.value.get().ok_or(Error::Protocol)?;
        any.downcast_ref().ok_or(Error::Protocol)
    }

    /// As bytes for a helper.
    ///
    /// # Errors
    /// [`Error::Protocol`] when it cannot be encoded.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        match (self.value.get(), self.encode) {
            (Some(value), Some(encode)) => encode(value),
            _ => Err(Error::Protocol),
        }
    }
}

/// Carries out jobs, several at a time where it can.
pub trait Executor {
    /// Jobs done at the same time.
    fn n_workers(&self) -> usize;

    /// Does all `jobs` with `seed`; the results are in the order of the jobs. `on_done` hears after each job how many
    /// are done and may end the rest with an error.
    fn execute<'a>(
        &'a mut self,
        jobs: &'a [Job],
        seed: u64,
        on_done: &'a mut dyn FnMut(usize) -> Result<()>,
    ) -> LocalFuture<'a, Result<Vec<Done>>>;

    /// Frees what is only needed while jobs are under way.
    fn rest(&mut self) {}
}

/// Which jobs are still to be done, what came of the others, and whether it matters: once a job has failed only those
/// before it do, so that the same failure is reported however many work at the same time.
#[derive(Debug)]
pub struct Ledger {
    costs: Vec<f64>,
    waiting: Vec<usize>,
    results: Vec<Option<Done>>,
    failed: Option<(usize, Error)>,
    n_done: usize,
}

impl Ledger {
    /// Nothing done yet; the dearest job comes first, equal ones in order.
    pub fn new(jobs: &[Job]) -> Self {
        let mut waiting: Vec<usize> = (0..jobs.len()).collect();
        // Taken from the end.
        waiting.order_by(|&a, &b| jobs[a].cost.total_cmp(&jobs[b].cost).then(b.cmp(&a)));
        Self {
            costs: jobs.iter().map(|j| j.cost).collect(),
            waiting,
            results: vec![None; jobs.len()],
            failed: None,
            n_done: 0,
        }
    }

    fn matters(&self, job: usize) -> bool {
        self.failed.as_ref().is_none_or(|(f, _)| job < *f)
    }

    /// The next job to begin.
    pub fn begin(&mut self) -> Option<usize> {
        while let Some(job) = self.waiting.pop() {
            if self.matters(job) {
                return Some(job);
            }
        }
        None
    }

    /// The cheapest job, to learn from it how long the others will take; of equal ones the first, since values of a
    /// grid mostly rise with the work they make.
    pub fn cheapest(&mut self) -> Option<usize> {
        self.waiting.retain({
            let failed = self.failed.as_ref().map_or(usize::MAX, |(f, _)| *f);
            move |job| *job < failed
        });
        let jobs = self.waiting.iter().enumerate();
        let (at, _) = jobs.min_by(|(_, a), (_, b)| {
            let (of_a, of_b) = (self.costs[**a], self.costs[**b]);
            of_a.total_cmp(&of_b).then(a.cmp(b))
        })?;
        Some(self.waiting.remove(at))
    }

    /// Jobs not begun.
    pub fn waiting(&self) -> &[usize] {
        &self.waiting
    }

    /// A job that was begun has to be done again.
    pub fn again(&mut self, job: usize) {
        self.waiting.push(job);
    }

    /// Files what came of a job. Says how many are done.
    pub fn file(&mut self, job: usize, result: Result<Done>) -> usize {
        match result {
            Ok(done) => {
                if let Some(place) = self.results.get_mut(job) {
                    self.n_done += usize::from(place.is_none());
                    *place = Some(done);
                }
            }
            Err(error) if self.matters(job) => self.failed = Some((job, error)),
            Err(_) => {}
        }
        self.n_done
    }

    /// Whether nothing that matters is open any more, given the jobs under way.
    pub fn is_over(&self, mut under_way: impl Iterator<Item = usize>) -> bool {
        !self.waiting.iter().any(|&j| self.matters(j)) && !under_way.any(|j| self.matters(j))
    }

    /// All results in the order of the jobs.
    ///
    /// # Errors
    /// That of the first job that failed.
    pub fn close(self) -> Result<Vec<Done>> {
        match self.failed {
            Some((_, error)) => Err(error),
            None => {
                let all: Option<Vec<Done>> = self.results.into_iter().collect();
                all.ok_or(Error::Protocol)
            }
        }
    }
}

/// The part of a stage that a set of jobs makes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The stage.
    pub stage: Stage,
    /// Units done before; each job is one more.
    pub done: u64,
    /// Units in all.
    pub total: u64,
}

/// Keeps a job's warnings, lets cancellation through, holds its progress back.
struct Within<'r> {
    outer: &'r dyn Observer,
    warnings: Vec<Warning>,
}

impl Observer for Within<'_> {
    fn progress(&mut self, _: Progress) {}
    fn warn(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
    fn is_cancelled(&self) -> bool {
        self.outer.is_cancelled()
    }
    fn now_ms(&self) -> f64 {
        self.outer.now_ms()
    }
}

impl Job {
    /// Does the job here and now, under an observer that is only asked for cancellation and the time.
    ///
    /// # Errors
    /// Those of the task.
    pub fn perform(&self, outer: &dyn Observer, seed: u64) -> Result<Done> {
        let mut within = Within {
            outer,
            warnings: Vec::new(),
        };
        let output = (self.task.run)(&self.input, &self.shared, &mut Run::new(&mut within, seed))?;
        Ok(Done {
            output,
            warnings: within.warnings,
        })
    }
}

/// Drives a future to its end on this thread. For futures that never wait for an event of their own, as all are
/// natively; one that waits is polled again and again.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::yield_now();
    }
}
