//! Several searches one after the other, as one stage.
use crate::base::{Portion, Run, Stage};

/// Parts of the stage [`Stage::Searching`], or of the portion of it that the run is in.
#[derive(Debug)]
pub(super) struct Phases {
    outer: Option<Portion>,
    before: u64,
    total: u64,
}

impl Phases {
    /// Phases of `total` units in all.
    pub(super) fn new(total: usize, run: &Run<'_>) -> Self {
        Self {
            outer: run.portion(),
            before: 0,
            total: (total.max(1) as u64).saturating_mul(Portion::PIECE),
        }
    }

    /// The next phase, of so many units.
    pub(super) fn begin(&mut self, units: usize, run: &mut Run<'_>) {
        let units = (units as u64).saturating_mul(Portion::PIECE);
        let inner = Portion {
            stage: Stage::Searching,
            before: self.before,
            units,
            total: self.total,
        };
        self.before += units;
        run.set_portion(match self.outer {
            Some(outer) => Some(outer.within(inner)),
            // A phase that is all there is counts in units of its own.
            None if units == self.total => None,
            None => Some(inner),
        });
    }

    /// What comes next is no phase.
    pub(super) fn end(self, run: &mut Run<'_>) {
        run.set_portion(self.outer);
    }
}
