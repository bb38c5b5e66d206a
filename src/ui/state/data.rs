//! The data, the choices made about it, and what came out.
use super::Version;
use crate::{
    base::{DatasetProfile, LoadOptions, Params, Recipe, Role, Roles},
    protocol::{Appended, DatasetId, ModelCard, ModelId},
    report::{Report, Sentence},
    ui::undo::{Choices, History},
};
use leptos::prelude::*;
use std::sync::Arc;

/// A dataset in the engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// Its id there.
    pub dataset: DatasetId,
    /// How it was read.
    pub options: LoadOptions,
    /// What is known about it.
    pub profile: DatasetProfile,
}

/// A finished training.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// What came out.
    pub report: Arc<Report>,
}

/// The model that scores.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelInUse {
    /// Its id in the engine.
    pub id: ModelId,
    /// The analysis that made it.
    pub analysis: String,
    /// Learner id.
    pub learner: String,
    /// Name of the data it learned from.
    pub dataset: String,
    /// Decision threshold.
    pub threshold: f64,
    /// What its file says, for an opened one.
    pub card: Option<ModelCard>,
}

/// A scored dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Name of the file.
    pub name: String,
    /// Counts and the first rows.
    pub report: Arc<Report>,
}

impl Scored {
    /// Rows, rows at or above the threshold, mean probability.
    pub fn counts(&self) -> Option<(u64, u64, f64)> {
        self.report.sentences.iter().find_map(|s| match s {
            Sentence::Scored {
                n_rows,
                n_positive,
                mean,
            } => Some((*n_rows, *n_positive, *mean)),
            _ => None,
        })
    }
}

/// A file whose rows were added.
#[derive(Debug, Clone, PartialEq)]
pub struct Added {
    /// Name of the file.
    pub name: String,
    /// What came of them.
    pub appended: Appended,
}

/// Signals about the data.
#[derive(Clone, Copy)]
pub struct Data {
    /// The open dataset.
    pub loaded: RwSignal<Option<Arc<Loaded>>>,
    /// Its file, to read it again with other kinds.
    pub source: StoredValue<Option<web_sys::Blob>, LocalStorage>,
    /// The file that was asked for last, and how: what did not fit is asked for again as a sample.
    pub asked: StoredValue<Option<(web_sys::Blob, LoadOptions)>, LocalStorage>,
    /// Columns by role.
    pub roles: RwSignal<Roles>,
    /// The class that means "left".
    pub positive: RwSignal<Option<String>>,
    /// The recipe the engine suggested for the present roles.
    pub suggested: RwSignal<Option<Recipe>>,
    /// The recipe as the person left it.
    pub recipe: RwSignal<Option<Recipe>>,
    /// Parameters that differ from their defaults.
    pub params: RwSignal<Params>,
    /// The last training on this dataset.
    pub trained: RwSignal<Option<Arc<Trained>>>,
    /// The event that brought the last result of each study, by analysis.
    pub studies: RwSignal<Vec<(String, js_sys::ArrayBuffer)>, LocalStorage>,
    /// Parameters of studies that differ from their defaults, by analysis.
    pub study_params: RwSignal<Vec<(String, Params)>>,
    /// The model that scores.
    pub model: RwSignal<Option<Arc<ModelInUse>>>,
    /// The last scoring.
    pub scored: RwSignal<Option<Arc<Scored>>>,
    /// The events that brought the last training, the last scoring and the model that was opened, as the other module of
    /// the page reads them.
    pub bodies: StoredValue<[Option<js_sys::ArrayBuffer>; 3], LocalStorage>,
    /// The dataset that was scored last, while it is not the open one.
    pub scored_file: RwSignal<Option<(DatasetId, String)>>,
    /// The last file whose rows were added, until dismissed.
    pub added: RwSignal<Option<Arc<Added>>>,
    /// A file that was dropped while another is open: the person says what becomes of it.
    pub dropped: RwSignal<Option<web_sys::File>, LocalStorage>,
    /// Models that were trained or opened, the latest last.
    pub versions: RwSignal<Vec<Version>>,
    /// What can be taken back.
    pub history: RwSignal<History>,
    /// Its CSV.
    pub csv: StoredValue<Option<js_sys::ArrayBuffer>, LocalStorage>,
}

impl Data {
    /// The event that brought the last result of a study.
    pub fn study(&self, analysis: &str) -> Option<js_sys::ArrayBuffer> {
        let is_it = |s: &&(String, _)| s.0 == analysis;
        self.studies
            .with_untracked(|all| all.iter().find(is_it).map(|s| s.1.clone()))
    }

    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            loaded: RwSignal::new(None),
            source: StoredValue::new_local(None),
            asked: StoredValue::new_local(None),
            roles: RwSignal::new(Roles::default()),
            positive: RwSignal::new(None),
            suggested: RwSignal::new(None),
            recipe: RwSignal::new(None),
            params: RwSignal::new(Params::default()),
            trained: RwSignal::new(None),
            studies: RwSignal::new_local(Vec::new()),
            study_params: RwSignal::new(Vec::new()),
            model: RwSignal::new(None),
            scored: RwSignal::new(None),
            bodies: StoredValue::new_local([None, None, None]),
            scored_file: RwSignal::new(None),
            added: RwSignal::new(None),
            dropped: RwSignal::new_local(None),
            versions: RwSignal::new(Vec::new()),
            history: RwSignal::new(History::default()),
            csv: StoredValue::new_local(None),
        }
    }

    /// The dataset whose customers are listed, and its name: the one scored last, else the open one.
    pub fn listed(&self) -> Option<(DatasetId, String)> {
        self.scored_file.get().or_else(|| {
            self.loaded
                .with(|l| l.as_ref().map(|l| (l.dataset, l.profile.name.clone())))
        })
    }

    /// All that can be taken back together, as it is now; to whoever tracks it.
    pub fn choices(&self) -> Choices {
        let loaded = self.loaded.get();
        Choices {
            roles: self.roles.get(),
            positive: self.positive.get(),
            kinds: loaded.map(|l| l.options.kinds.clone()).unwrap_or_default(),
            params: self.params.get(),
            recipe: self.recipe.get(),
        }
    }

    /// Whether a column is the target.
    pub fn has_target(&self) -> bool {
        self.roles.with(|r| r.get(Role::Target).is_some())
    }

    /// The two classes of the target, as far as the profile knows them.
    pub fn classes(&self) -> Vec<String> {
        let roles = self.roles.get();
        let (Some(target), Some(loaded)) = (roles.get(Role::Target), self.loaded.get()) else {
            return Vec::new();
        };
        let guess = loaded.profile.roles.iter();
        if let Some(guess) = guess
            .filter(|g| g.role == Role::Target && g.column == target)
            .find(|g| g.classes.len() == 2)
        {
            return guess.classes.clone();
        }
        let column = loaded
            .profile
            .columns
            .iter()
            .find(|c| c.field.name == target);
        match column {
            Some(c) if c.n_distinct == 2 => match &c.field.format {
                crate::base::Format::Bool { falsy, truthy } => {
                    vec![falsy.clone(), truthy.clone()]
                }
                _ => c.top.iter().map(|b| b.label.clone()).collect(),
            },
            _ => Vec::new(),
        }
    }
}
