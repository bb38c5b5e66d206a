//! Taking back, and bringing again.
use super::Actions;
use crate::ui::{
    state::now_ms,
    undo::{Choices, History},
};
use leptos::prelude::*;

impl Actions {
    /// From here on: what was before cannot be taken back.
    pub(super) fn start_history(self) {
        let now = untrack(|| self.data.choices());
        self.data.history.update(|h| h.start(now));
    }

    /// Takes note of where the choices are.
    pub(in crate::ui) fn note(self, now: Choices) {
        let mut history = self.data.history.get_untracked();
        let moved = history.note(now, now_ms());
        // Whoever shows what can be taken back draws anew only where that is another.
        if moved {
            self.data.history.set(history);
        } else {
            self.data.history.update_untracked(|h| *h = history);
        }
    }

    /// Takes the last change of a choice back.
    pub fn undo(self) {
        self.step_history(History::undo);
    }

    /// Brings again what was taken back last.
    pub fn redo(self) {
        self.step_history(History::redo);
    }

    fn step_history(self, step: fn(&mut History) -> Option<Choices>) {
        // While a file is read or a model trained, what is on the screen is what that rests on.
        if self.jobs.running.try_with_untracked(Option::is_some) != Some(false) {
            return;
        }
        let loaded = self.data.loaded.get_untracked();
        let mut there = None;
        self.data.history.update(|h| {
            there = step(h);
            h.is_paused = true;
        });
        let there = there.unwrap_or_else(|| untrack(|| self.data.choices()));
        self.data.roles.set(there.roles);
        self.data.positive.set(there.positive);
        self.data.params.set(there.params);
        self.data.recipe.set(there.recipe);
        let kinds = there.kinds;
        leptos::task::spawn_local(async move {
            if loaded.is_some_and(|l| l.options.kinds != kinds) {
                self.read_again(kinds).await;
            }
            self.data
                .history
                .try_update_untracked(|h| h.is_paused = false);
            if self.client().is_ok() {
                // Where the file could not be read again, its kinds are as they were.
                self.note(untrack(|| self.data.choices()));
            }
        });
    }
}
