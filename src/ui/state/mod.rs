//! State, split by the resource it is about. Every part is a handful of signals and can be copied freely.
mod data;
mod host;
mod jobs;
mod projects;
mod saved;
mod view;

pub use data::{Added, Data, Loaded, ModelInUse, Scored, Trained};
pub use host::{Host, Preset};
pub use jobs::{Failure, Job, JobKind, Jobs, now_ms};
pub use projects::{Held, Project, Shelf, Version};
pub use saved::ViewState;
pub use view::{Step, Theme, View};

use crate::{
    base::Error,
    report::Catalog,
    ui::{actions::Actions, i18n::Lang},
};
use leptos::prelude::RwSignal;
use std::sync::Arc;

/// The engine as the page knows it.
#[derive(Debug, Clone)]
pub enum EngineState {
    /// Not up yet.
    Starting,
    /// Up.
    Ready(Arc<Catalog>),
    /// Will not come up.
    Failed(Error),
}

/// Everything a panel draws from, in one language.
#[derive(Clone, Copy)]
pub struct Ui {
    /// The language it is drawn in; another one draws it anew.
    pub lang: Lang,
    /// The engine.
    pub engine: RwSignal<EngineState>,
    /// The data and what was made of it.
    pub data: Data,
    /// What is running.
    pub jobs: Jobs,
    /// Where the person is.
    pub view: View,
    /// What the person can do.
    pub act: Actions,
}

impl Ui {
    /// The same, in the words for what `analysis` is about.
    #[must_use]
    pub fn about(self, analysis: &str) -> Self {
        Self {
            lang: self.lang.about(analysis),
            ..self
        }
    }
}
