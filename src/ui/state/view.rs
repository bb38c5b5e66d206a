//! Where the person is and how they like to see it.
use super::{Host, Shelf};
use crate::ui::{i18n::Lang, parts::Finding};
use leptos::prelude::*;
use std::sync::Arc;

/// A step of the journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Step {
    /// Open and describe.
    #[default]
    Data,
    /// The recipe.
    Prepare,
    /// Training and its result.
    Churn,
    /// Any other behaviour than leaving.
    Behaviour,
    /// Customers who are alike.
    Segments,
    /// Scoring.
    Predict,
    /// The whole at a glance.
    Overview,
    /// The action list.
    Actions,
}

impl Step {
    /// All steps, in order.
    pub const ALL: [Self; 8] = [
        Self::Data,
        Self::Prepare,
        Self::Churn,
        Self::Behaviour,
        Self::Segments,
        Self::Overview,
        Self::Actions,
        Self::Predict,
    ];

    /// Stable name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Prepare => "prepare",
            Self::Churn => "churn",
            Self::Behaviour => "behaviour",
            Self::Segments => "segments",
            Self::Predict => "predict",
            Self::Overview => "overview",
            Self::Actions => "actions",
        }
    }
}

/// Colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the device has it.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All themes.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// Stable name, as in the `theme` attribute.
    pub fn id(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme with that name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.id() == id)
    }
}

/// Signals about the view.
#[derive(Clone, Copy)]
pub struct View {
    /// Language, once its texts are there.
    pub lang: RwSignal<Lang>,
    /// The language asked for last.
    pub asked: StoredValue<Lang>,
    /// Whether the texts of that one could not be had.
    pub unspoken: RwSignal<bool>,
    /// Step.
    pub step: RwSignal<Step>,
    /// Colours, once chosen here; the element's `theme` attribute counts until then.
    pub theme: RwSignal<Option<Theme>>,
    /// The movable decision threshold.
    pub threshold: RwSignal<f64>,
    /// What the module of findings wants kept: costs and notes.
    pub kept: StoredValue<Option<String>>,
    /// Projects, as the script that keeps them tells.
    pub shelf: RwSignal<Arc<Shelf>>,
    /// The dialog that is open.
    pub opened: RwSignal<Option<Finding>>,
    /// Counts restored views: what is shown elsewhere is drawn anew.
    pub restored: RwSignal<u32>,
    /// What a screen reader is told next.
    pub said: RwSignal<String>,
    /// Whether a file hovers over the page.
    pub dragging: RwSignal<bool>,
    /// Analyses offered; all when `None`.
    pub analyses: RwSignal<Option<Vec<String>>>,
    /// What else the page around says.
    pub host: RwSignal<Host>,
}

impl View {
    /// At the start.
    pub fn new(lang: RwSignal<Lang>, analyses: RwSignal<Option<Vec<String>>>) -> Self {
        Self {
            lang,
            asked: StoredValue::new(lang.get_untracked()),
            unspoken: RwSignal::new(false),
            step: RwSignal::new(Step::Data),
            theme: RwSignal::new(None),
            threshold: RwSignal::new(0.5),
            kept: StoredValue::new(None),
            shelf: RwSignal::new(Arc::default()),
            opened: RwSignal::new(None),
            restored: RwSignal::new(0),
            said: RwSignal::new(String::new()),
            dragging: RwSignal::new(false),
            analyses,
            host: RwSignal::new(Host::default()),
        }
    }

    /// Whether a step is offered.
    pub fn offers(&self, step: Step) -> bool {
        let id = step.id();
        let is_in = |list: &Option<Vec<String>>| {
            list.as_ref()
                .is_none_or(|list| list.iter().any(|it| it == id))
        };
        let is_analysis = matches!(step, Step::Churn | Step::Behaviour | Step::Segments);
        (!is_analysis || self.analyses.with(is_in)) && self.host.with(|h| is_in(&h.steps))
    }

    /// The step that is shown: the person's, or the first one offered where that one is not.
    pub fn shown(&self) -> Step {
        let step = self.step.get();
        let first = || Step::ALL.into_iter().find(|s| self.offers(*s));
        if self.offers(step) {
            return step;
        }
        first().unwrap_or(step)
    }
}
