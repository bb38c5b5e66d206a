//! Keeping the view and bringing it back.
use super::Actions;
use crate::{
    base::{ColumnKind, Roles},
    ui::state::{Loaded, ViewState},
};
use leptos::prelude::*;

impl Actions {
    /// The choices made, as plain data.
    pub fn snapshot(self) -> ViewState {
        let Some(lang) = self.view.lang.try_get_untracked() else {
            return ViewState::default();
        };
        let loaded = self.data.loaded.get_untracked();
        // What waits for its file is not lost meanwhile.
        let waiting = self.pending.get_value().filter(|_| loaded.is_none());
        let state = ViewState {
            lang,
            theme: self.view.theme.get_untracked(),
            step: self.view.step.get_untracked(),
            roles: self.data.roles.get_untracked().0,
            positive: self.data.positive.get_untracked(),
            kinds: loaded.map(|l| l.options.kinds.clone()).unwrap_or_default(),
            recipe: self.data.recipe.get_untracked(),
            params: self.data.params.get_untracked(),
            kept: self.view.kept.get_value().filter(|k| !k.is_empty()),
            threshold: Some(self.view.threshold.get_untracked()),
        };
        match waiting {
            None => state,
            Some(waiting) => ViewState {
                roles: waiting.roles,
                positive: waiting.positive,
                kinds: waiting.kinds,
                recipe: waiting.recipe,
                ..state
            },
        }
    }

    /// Kinds that were restored before there was a file, where it has their columns.
    pub(super) fn pending_kinds(self, loaded: &Loaded) -> Option<Vec<(String, ColumnKind)>> {
        let kinds = self.pending.get_value()?.kinds;
        let has = |name: &String| {
            let all = &loaded.profile.columns;
            all.iter().any(|c| c.field.name == *name)
        };
        let fits = !kinds.is_empty() && loaded.options.kinds.is_empty();
        (fits && kinds.iter().all(|k| has(&k.0))).then_some(kinds)
    }

    /// Brings choices back. Those about columns count at once where the columns are there, else with the next file
    /// that has them.
    pub fn restore(self, state: ViewState) {
        if self.view.lang.try_get_untracked().is_none() {
            return;
        }
        self.speak(state.lang);
        self.view.theme.set(state.theme);
        self.data.params.set(state.params.clone());
        if let Some(threshold) = state.threshold {
            self.view.threshold.set(threshold.clamp(0.0, 1.0));
        }
        self.view.restored.update(|n| *n = n.wrapping_add(1));
        self.view.kept.set_value(state.kept.clone());
        let step = state.step;
        self.pending.set_value(Some(state));
        if self.data.loaded.with_untracked(Option::is_some) {
            self.apply_pending();
            self.view.step.set(step);
        }
    }

    /// Applies what was restored before there was a file.
    pub(super) fn apply_pending(self) {
        let (Some(state), Some(loaded)) =
            (self.pending.get_value(), self.data.loaded.get_untracked())
        else {
            return;
        };
        let has = |name: &String| loaded.profile.columns.iter().any(|c| c.field.name == *name);
        let fits = state.roles.iter().all(|(_, column)| has(column)) && !state.roles.is_empty();
        if fits {
            self.data.roles.set(Roles(state.roles));
            self.data.positive.set(state.positive);
            self.data.recipe.set(state.recipe);
            self.pending.set_value(None);
            // What the page around has locked is not for old choices to change.
            let _ = self.preset(&loaded.profile, true);
        }
        self.start_history();
    }
}
