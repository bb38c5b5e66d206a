//! What a screen draws from.
use super::{Bridge, shelf::Shelf};
use crate::ui::i18n::Lang;
use leptos::prelude::*;

/// Everything a screen needs, in one language; freely copied.
#[derive(Clone, Copy)]
pub(super) struct Pane {
    /// The language it is drawn in.
    pub(super) lang: Lang,
    /// The movable decision threshold.
    pub(super) threshold: RwSignal<f64>,
    /// The page around.
    pub(super) bridge: Bridge,
    /// Whether there is a model that can be saved and can score.
    pub(super) has_model: bool,
    /// Projects, as the script that keeps them tells.
    pub(super) shelf: RwSignal<Shelf>,
}

impl Pane {
    /// Goes to a step of the page.
    pub(super) fn go(self, step: &'static str) {
        self.bridge.tell("go", step);
    }

    /// Moves the threshold, here and in what the page keeps.
    pub(super) fn set_threshold(self, to: f64) {
        self.threshold.set(to);
        self.bridge.tell("threshold", to);
    }
}
