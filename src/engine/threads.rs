//! Carries out jobs on threads of this process; natively only.
use crate::base::{
    Done, Error, Executor, Job, Ledger, LocalFuture, Observer, Progress, Result, Warning,
};
use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Instant,
};

/// A fixed number of threads.
#[derive(Debug, Clone, Copy)]
pub struct Threads {
    n: usize,
}

impl Threads {
    /// `n` threads, at least one.
    pub fn new(n: usize) -> Self {
        Self { n: n.max(1) }
    }
}

/// What a job on another thread may ask.
struct Outside<'a> {
    cancelled: &'a AtomicBool,
    start: Instant,
}

impl Observer for Outside<'_> {
    fn progress(&mut self, _: Progress) {}
    fn warn(&mut self, _: Warning) {}
    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
    fn now_ms(&self) -> f64 {
        self.start.elapsed().as_secs_f64() * 1e3
    }
}

fn all(
    n_threads: usize,
    jobs: &[Job],
    seed: u64,
    on_done: &mut dyn FnMut(usize) -> Result<()>,
) -> Result<Vec<Done>> {
    let ledger = Mutex::new(Ledger::new(jobs));
    let cancelled = AtomicBool::new(false);
    let start = Instant::now();
    let (tell, told) = mpsc::channel::<usize>();
    let outcome = thread::scope(|scope| {
        for _ in 0..n_threads.min(jobs.len()) {
            let (tell, ledger, cancelled) = (tell.clone(), &ledger, &cancelled);
            scope.spawn(move || {
                loop {
                    let next = ledger.lock().ok().and_then(|mut l| l.begin());
                    let Some(job) = next.filter(|_| !cancelled.load(Ordering::Relaxed)) else {
                        return;
                    };
                    let result = jobs[job].perform(&Outside { cancelled, start }, seed);
                    let Ok(mut ledger) = ledger.lock() else {
                        return;
                    };
                    let n_done = ledger.file(job, result);
                    drop(ledger);
                    // Nobody listens once the caller has cancelled.
                    let _ = tell.send(n_done);
                }
            });
        }
        drop(tell);
        let mut most = 0;
        for n_done in told {
            if n_done > most {
                most = n_done;
                if let Err(error) = on_done(n_done) {
                    cancelled.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
        Ok(())
    });
    outcome?;
    ledger.into_inner().map_err(|_| Error::Crashed)?.close()
}

impl Executor for Threads {
    fn n_workers(&self) -> usize {
        self.n
    }

    fn execute<'a>(
        &'a mut self,
        jobs: &'a [Job],
        seed: u64,
        on_done: &'a mut dyn FnMut(usize) -> Result<()>,
    ) -> LocalFuture<'a, Result<Vec<Done>>> {
        Box::pin(async move { all(self.n, jobs, seed, on_done) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ParamReason, Quiet, Run, Shared, Span, Stage, Task, block_on};
    use std::sync::Arc;

    fn square(input: &[u8], _: &[Arc<Shared>], run: &mut Run<'_>) -> Result<Vec<u8>> {
        let v = u64::from(input[0]);
        run.warn(Warning::NoSignal);
        if v % 7 == 6 {
            return Err(Error::Param {
                param: v.to_string().into(),
                reason: ParamReason::Required,
            });
        }
        for _ in 0..v * 1000 {
            run.check()?;
        }
        Ok(vec![(v * v % 251) as u8])
    }
    static SQUARE: Task = Task {
        id: "square",
        run: square,
    };

    fn jobs(inputs: std::ops::Range<u8>) -> Vec<Job> {
        let job = |v: u8| Job {
            task: &SQUARE,
            input: vec![v],
            shared: Vec::new(),
            cost: f64::from(v % 5),
        };
        inputs.map(job).collect()
    }

    fn spread(n: usize, jobs: Vec<Job>, observer: &mut dyn Observer) -> Result<Vec<Vec<u8>>> {
        let span = Span {
            stage: Stage::Searching,
            done: 0,
            total: jobs.len() as u64,
        };
        let mut threads = Threads::new(n);
        let mut run = Run::new(observer, 1).with_executor(&mut threads);
        block_on(run.parallel(jobs, span))
    }

    #[test]
    fn results_are_in_order_however_many_threads() {
        let alone = block_on(Run::new(&mut Quiet, 1).parallel(
            jobs(0..6),
            Span {
                stage: Stage::Searching,
                done: 0,
                total: 6,
            },
        ));
        for n in [1, 2, 5, 9] {
            assert_eq!(spread(n, jobs(0..6), &mut Quiet), alone, "{n}");
        }
    }

    #[test]
    fn the_first_failure_is_reported_however_many_threads() {
        for n in [1, 2, 5] {
            let error = spread(n, jobs(0..30), &mut Quiet).unwrap_err();
            assert_eq!(error.param(), Some("6"), "{n}");
        }
    }

    #[derive(Default)]
    struct Watch {
        done: Vec<u64>,
        n_warnings: usize,
        cancel_at: Option<usize>,
    }
    impl Observer for Watch {
        fn progress(&mut self, p: Progress) {
            self.done.push(p.done);
        }
        fn warn(&mut self, _: Warning) {
            self.n_warnings += 1;
        }
        fn is_cancelled(&self) -> bool {
            self.cancel_at.is_some_and(|k| self.done.len() > k)
        }
    }

    #[test]
    fn progress_rises_warnings_come_once_and_cancel_ends_it() {
        let mut watch = Watch::default();
        spread(3, jobs(0..6), &mut watch).unwrap();
        assert!(watch.done.is_sorted() && watch.done.last() == Some(&6));
        assert_eq!(watch.n_warnings, 1);
        let mut watch = Watch {
            cancel_at: Some(2),
            ..Watch::default()
        };
        let error = spread(3, jobs(0..6), &mut watch).unwrap_err();
        assert_eq!((error, watch.done.len()), (Error::Cancelled, 3));
    }
}
