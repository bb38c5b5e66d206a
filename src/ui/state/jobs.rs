//! What is running and what went wrong.
use crate::base::{Error, Portion, Progress, Stage, Trace};
use leptos::prelude::*;

/// Kinds of work, by what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// Reading a file.
    Load,
    /// Making the demo file.
    Demo,
    /// Working out a recipe.
    Suggest,
    /// Training.
    Train,
    /// Scoring.
    Predict,
    /// Opening a model file.
    Model,
    /// Adding rows.
    Append,
}

/// Running work.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Tells jobs apart.
    pub serial: u32,
    /// What it is for.
    pub kind: JobKind,
    /// Name of the file.
    pub subject: String,
    /// How far it is.
    pub progress: Option<Progress>,
    /// Learning curve of the fit under way.
    pub traces: Vec<Trace>,
    /// When it began, in milliseconds of the page's clock.
    pub started_ms: f64,
}

/// Work that ended badly.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// What it was for.
    pub kind: JobKind,
    /// What happened.
    pub error: Error,
}

/// Signals about work.
#[derive(Clone, Copy)]
pub struct Jobs {
    /// The job in front.
    pub running: RwSignal<Option<Job>>,
    /// The last failure, until dismissed or overtaken.
    pub failure: RwSignal<Option<Failure>>,
    serial: StoredValue<u32>,
}

impl Jobs {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            running: RwSignal::new(None),
            failure: RwSignal::new(None),
            serial: StoredValue::new(0),
        }
    }

    /// Puts a job in front and clears the last failure.
    pub fn begin(&self, kind: JobKind, subject: String) -> u32 {
        self.serial.update_value(|s| *s = s.wrapping_add(1));
        let serial = self.serial.get_value();
        self.failure.set(None);
        self.running.set(Some(Job {
            serial,
            kind,
            subject,
            progress: None,
            traces: Vec::new(),
            started_ms: now_ms(),
        }));
        serial
    }

    /// Takes note of a point of a learning curve; one of another fit begins a new curve.
    pub fn trace(&self, serial: u32, trace: Trace) {
        self.running.try_update(|running| {
            let Some(job) = running.as_mut().filter(|j| j.serial == serial) else {
                return;
            };
            let follows = |last: &Trace| last.learner == trace.learner && last.step < trace.step;
            if !job.traces.last().is_some_and(follows) {
                job.traces.clear();
            }
            job.traces.push(trace);
        });
    }

    /// Takes note of progress.
    pub fn progress(&self, serial: u32, progress: Progress) {
        self.running.try_update(|job| {
            if let Some(job) = job.as_mut().filter(|j| j.serial == serial) {
                // Another fit begins, or none: the curve belongs to the one before.
                let fit =
                    |p: &Progress| (p.stage == Stage::Fitting).then_some(p.done / Portion::PIECE);
                let before = job.progress.as_ref().and_then(fit);
                if progress.done == 0 || before.is_none() || before != fit(&progress) {
                    job.traces.clear();
                }
                job.progress = Some(progress);
            }
        });
    }

    /// Takes the job away if it is still in front.
    pub fn end(&self, serial: u32) {
        self.running.try_update(|job| {
            if job.as_ref().is_some_and(|j| j.serial == serial) {
                *job = None;
            }
        });
    }

    /// Whether something runs.
    pub fn busy(&self) -> bool {
        self.running.with(Option::is_some)
    }
}

/// The page's clock.
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}
