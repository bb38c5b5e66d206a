//! How long each row was watched, and how it ended.
use super::same_length;
use crate::base::{Error, Result, TargetReason};

/// Longest time that is taken for one.
const LONGEST: f64 = 1e12;

/// Rows under observation.
#[derive(Debug, Clone, Copy)]
pub struct Spells<'a> {
    /// Times from which the rows are watched, `(n_rows,)`; from 0 on without it. A row does not count at this very
    /// moment.
    pub start: Option<&'a [f64]>,
    /// Times until which they are watched, `(n_rows,)`.
    pub stop: &'a [f64],
    /// Whether the event came at that time; otherwise nothing is known of what came later.
    pub event: &'a [bool],
}

impl<'a> Spells<'a> {
    /// Rows watched from 0 on.
    pub fn new(stop: &'a [f64], event: &'a [bool]) -> Self {
        Self {
            start: None,
            stop,
            event,
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.stop.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.stop.is_empty()
    }

    /// Number of events.
    pub fn n_events(&self) -> usize {
        self.event.iter().filter(|e| **e).count()
    }

    /// Checks the rows.
    ///
    /// # Errors
    /// [`Error::TooFewRows`] without rows; [`Error::Shape`] when lengths disagree; [`Error::Param`] for a time that is
    /// missing or not from 0 to 1e12, or a stop that does not come after the start.
    pub fn check(&self) -> Result<()> {
        let n = self.len();
        if n == 0 {
            return Err(Error::TooFewRows {
                needed: 1,
                found: 0,
            });
        }
        same_length("events", n, self.event.len())?;
        if !self.stop.iter().all(|t| (0.0..=LONGEST).contains(t)) {
            return Err(Error::out_of_range("duration", 0.0, LONGEST));
        }
        if let Some(start) = self.start {
            same_length("starts", n, start.len())?;
            let good = |(a, b): (&f64, &f64)| (0.0..=LONGEST).contains(a) && a < b;
            if !start.iter().zip(self.stop).all(good) {
                return Err(Error::out_of_range("start", 0.0, LONGEST));
            }
        }
        Ok(())
    }

    /// The same, and that there is an event to learn from.
    ///
    /// # Errors
    /// Those of [`Spells::check`]; [`Error::Target`] without an event.
    pub fn check_events(&self) -> Result<()> {
        self.check()?;
        if self.event.iter().any(|e| *e) {
            return Ok(());
        }
        Err(Error::Target {
            name: "event".into(),
            reason: TargetReason::NoPositive,
        })
    }
}
