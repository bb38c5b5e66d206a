//! The preparation.
use super::Actions;
use crate::{
    base::{Error, Params, Recipe, Step as RecipeStep},
    protocol::{Output, Request},
    ui::state::JobKind,
};
use leptos::prelude::*;

impl Actions {
    /// Asks for a recipe for the present roles, unless there is one; the person's own is left alone.
    pub(in crate::ui) async fn suggest(self) {
        let Some(loaded) = self.data.loaded.get_untracked() else {
            return;
        };
        if self.data.suggested.with_untracked(Option::is_some) {
            return;
        }
        let request = Request::Suggest {
            dataset: loaded.dataset,
            roles: self.data.roles.get_untracked(),
        };
        let answer = self
            .job(
                JobKind::Suggest,
                String::new(),
                async |client, progress| match client.request(request, progress).await?.output {
                    Output::Suggested(recipe) => Ok(recipe),
                    _ => Err(Error::Protocol),
                },
            )
            .await;
        if let Ok(recipe) = answer {
            if self.data.recipe.with_untracked(Option::is_none) {
                self.data.recipe.set(Some(recipe.clone()));
            }
            self.data.suggested.set(Some(recipe));
        }
    }

    /// Changes the recipe.
    pub(in crate::ui) fn edit_recipe(self, edit: impl FnOnce(&mut Recipe)) {
        self.data.recipe.update(|recipe| {
            if let Some(recipe) = recipe {
                edit(recipe);
            }
        });
    }

    /// Changes one step.
    pub(in crate::ui) fn edit_step(self, index: usize, edit: impl FnOnce(&mut RecipeStep)) {
        self.edit_recipe(|recipe| {
            if let Some(step) = recipe.steps.get_mut(index) {
                edit(step);
            }
        });
    }

    /// Leaves a column out and trains again.
    pub(in crate::ui) async fn leave_out(self, column: String) {
        if self.jobs.busy() {
            return;
        }
        self.suggest().await;
        self.edit_recipe(|recipe| {
            let out = RecipeStep {
                kind: "drop".into(),
                columns: vec![column],
                params: Params::default(),
                enabled: true,
            };
            recipe.steps.insert(0, out);
        });
        let last = self.data.trained.get_untracked();
        let other = last.is_some_and(|t| t.report.analysis == super::run::BEHAVIOUR);
        self.train(if other {
            super::run::BEHAVIOUR
        } else {
            "churn"
        })
        .await;
    }

    /// The suggested recipe again.
    pub(in crate::ui) fn reset_recipe(self) {
        self.data.recipe.set(self.data.suggested.get_untracked());
    }

    /// Something changed that the suggestion rests on: an untouched recipe is dropped with it.
    pub(in crate::ui) fn forget_suggestion(self) {
        let (recipe, suggested) = (
            self.data.recipe.get_untracked(),
            self.data.suggested.get_untracked(),
        );
        if recipe == suggested {
            self.data.recipe.set(None);
        }
        self.data.suggested.set(None);
    }
}
