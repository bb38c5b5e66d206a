//! What the page around has decided: which columns are hidden, what is preset.
use super::Actions;
use crate::{
    base::{COSTS, DatasetProfile, LoadOptions, Recipe, Role, Roles, Value, Warning},
    ui::state::Host,
};
use leptos::prelude::*;

impl Actions {
    /// Takes up what the page around offers, presets and locks, at any time. A file that is open is read again where
    /// columns or kinds are concerned.
    pub fn take_host(self, host: Host) {
        let Some(before) = self.view.host.try_get_untracked() else {
            return;
        };
        if before == host {
            return;
        }
        let reads = before.hide != host.hide || before.preset.kinds != host.preset.kinds;
        let presets = before.preset != host.preset;
        self.view.host.set(host);
        // What the other module shows is drawn anew.
        self.view.restored.update(|n| *n = n.wrapping_add(1));
        let Some(old) = self.data.loaded.get_untracked() else {
            return;
        };
        if reads {
            leptos::task::spawn_local(async move {
                let mut options = old.options.clone();
                options.hide.retain(|name| !before.hide.contains(name));
                let was = &before.preset.kinds;
                options.kinds.retain(|kind| !was.contains(kind));
                // A failure is on the screen already; what was chosen stays where it still fits.
                let _ = self.reload(old.dataset, self.hosted(options)).await;
            });
        } else if presets {
            let warnings = self.preset(&old.profile, false);
            self.warn(warnings);
        }
    }

    /// How a file is read here.
    pub(super) fn hosted(self, mut options: LoadOptions) -> LoadOptions {
        self.view.host.with_untracked(|host| {
            for name in &host.hide {
                if !options.hide.contains(name) {
                    options.hide.push(name.clone());
                }
            }
            for (name, kind) in &host.preset.kinds {
                if !options.kinds.iter().any(|(n, _)| n == name) {
                    options.kinds.push((name.clone(), *kind));
                }
            }
        });
        options
    }

    /// Whether the page around has preset the kind of a column.
    pub(super) fn has_preset_kind(self, name: &str) -> bool {
        let host = self.view.host;
        host.with_untracked(|h| h.preset.kinds.iter().any(|(n, _)| n == name))
    }

    /// Applies what is preset to the open file; what does not fit it is left out, and named.
    /// `locked` alone: what the person cannot change, after choices of another time were brought back.
    pub(super) fn preset(self, profile: &DatasetProfile, locked: bool) -> Vec<Warning> {
        let preset = self.view.host.with_untracked(|host| {
            let mut it = host.preset.clone();
            if locked {
                if !host.locks("roles") {
                    it.roles.clear();
                }
                it.recipe = it.recipe.filter(|_| host.locks("recipe"));
                it.params
                    .0
                    .retain(|name, _| host.locks(if name == COSTS { "costs" } else { "params" }));
            }
            it
        });
        let mut missed = Vec::new();
        let mut has = |name: &str| {
            let has = profile.columns.iter().any(|c| c.field.name == name);
            if !has {
                miss(&mut missed, name);
            }
            has
        };
        let roles: Vec<(Role, String)> = preset
            .roles
            .into_iter()
            .filter(|(_, column)| has(column))
            .collect();
        let recipe = preset.recipe.map(|recipe| fitting(recipe, &mut has));
        let mut params = preset.params;
        if let Some(Value::Map(mut costs)) = params.0.remove(COSTS) {
            let wrong = matches!(costs.get("value"), Some(Value::Text(column)) if !has(column));
            if wrong {
                costs.remove("value");
            }
            params.0.insert(COSTS.to_owned(), Value::Map(costs));
        }
        if !roles.is_empty() {
            self.data.roles.update(|now| set_roles(now, roles));
        }
        if recipe.is_some() {
            self.data.recipe.set(recipe);
        }
        if !params.0.is_empty() {
            self.data.params.update(|now| {
                for (name, value) in params.0.iter() {
                    now.0.insert(name.clone(), value.clone());
                }
            });
        }
        missed
    }

    /// Adds warnings to what is said of the open file.
    pub(super) fn warn(self, warnings: Vec<Warning>) {
        if warnings.is_empty() {
            return;
        }
        self.data.loaded.update(|loaded| {
            if let Some(loaded) = loaded {
                let mut new = (**loaded).clone();
                new.profile.warnings.extend(warnings);
                *loaded = std::sync::Arc::new(new);
            }
        });
    }
}

fn miss(missed: &mut Vec<Warning>, name: &str) {
    let warning = Warning::NotPreset {
        column: name.to_owned(),
    };
    if !missed.contains(&warning) {
        missed.push(warning);
    }
}

/// Roles given take the place of those guessed.
fn set_roles(now: &mut Roles, given: Vec<(Role, String)>) {
    now.0
        .retain(|(role, column)| !given.iter().any(|(r, c)| r == role || c == column));
    now.0.extend(given);
}

/// The recipe without columns that are not there, and without steps about them alone.
fn fitting(recipe: Recipe, has: &mut impl FnMut(&str) -> bool) -> Recipe {
    let mut steps = recipe.steps;
    steps.retain_mut(|step| {
        let before = step.columns.len();
        step.columns.retain(|column| has(column));
        before == 0 || !step.columns.is_empty()
    });
    Recipe { steps }
}
