//! Listens to a running job: passes progress on at a bearable rate, keeps warnings for the report.
use crate::base::{Observer, Progress, Stage, Trace, Warning};

/// Where events of a running job go.
pub trait Sink {
    /// Progress, already thinned out.
    fn progress(&self, progress: Progress);
    /// A point of a learning curve.
    fn trace(&self, _trace: Trace) {}
    /// Milliseconds from any start.
    fn now_ms(&self) -> f64;
}

/// Shortest time between two progress events of one stage.
const INTERVAL_MS: f64 = 40.0;

/// The observer of the engine's jobs.
pub struct Collector<'a> {
    sink: &'a dyn Sink,
    warnings: Vec<Warning>,
    last: Option<(Stage, f64)>,
    traced: Option<f64>,
}

impl<'a> Collector<'a> {
    /// A collector that reports to `sink`.
    pub fn new(sink: &'a dyn Sink) -> Self {
        Self {
            sink,
            warnings: Vec::new(),
            last: None,
            traced: None,
        }
    }

    /// What was found so far, each finding once.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// What was found, each finding once.
    pub fn into_warnings(self) -> Vec<Warning> {
        self.warnings
    }
}

impl std::fmt::Debug for Collector<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Collector")
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

impl Observer for Collector<'_> {
    fn progress(&mut self, progress: Progress) {
        let now = self.sink.now_ms();
        let due = match self.last {
            Some((stage, at)) => {
                stage != progress.stage
                    || now - at >= INTERVAL_MS
                    || progress.done == progress.total
            }
            None => true,
        };
        if due {
            self.last = Some((progress.stage, now));
            self.sink.progress(progress);
        }
    }

    fn warn(&mut self, warning: Warning) {
        // Folds and learners meet the same finding again and again.
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    fn trace(&mut self, trace: Trace) {
        // A handful of points a second is all that anybody can see; the first and the last are always shown.
        let now = self.sink.now_ms();
        let ends = trace.step <= 1 || trace.step >= trace.total;
        if ends || self.traced.is_none_or(|at| now - at >= INTERVAL_MS) {
            self.traced = Some(now);
            self.sink.trace(trace);
        }
    }

    fn now_ms(&self) -> f64 {
        self.sink.now_ms()
    }
}
