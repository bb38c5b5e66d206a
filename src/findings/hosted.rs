//! What the page around the element offers here, for every screen below a desk.
use js_sys::{Array, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};

/// Kept in the context of a desk; freely copied.
#[derive(Clone, Copy)]
pub(super) struct Hosted {
    steps: RwSignal<Option<Vec<String>>>,
    exports: RwSignal<Option<Vec<String>>>,
    locked: RwSignal<Option<Vec<String>>>,
}

fn list(about: &JsValue, key: &str) -> Option<Vec<String>> {
    let found = Reflect::get(about, &key.into()).ok()?;
    let found = found.dyn_ref::<Array>()?;
    Some(found.iter().filter_map(|it| it.as_string()).collect())
}

impl Hosted {
    pub(super) fn new() -> Self {
        Self {
            steps: RwSignal::new(None),
            exports: RwSignal::new(None),
            locked: RwSignal::new(None),
        }
    }

    /// Takes up what the page says with a screen.
    pub(super) fn take(self, about: &JsValue) {
        for (signal, key) in [
            (self.steps, "steps"),
            (self.exports, "exports"),
            (self.locked, "locked"),
        ] {
            let list = list(about, key);
            if signal.with_untracked(|now| *now != list) {
                signal.set(list);
            }
        }
    }
}

fn holds(of: fn(Hosted) -> RwSignal<Option<Vec<String>>>, what: &str, otherwise: bool) -> bool {
    let Some(hosted) = use_context::<Hosted>() else {
        return otherwise;
    };
    of(hosted).with_untracked(|all| match all {
        Some(all) => all.iter().any(|it| it == what),
        None => otherwise,
    })
}

/// Whether an export is offered. Asked while a screen is drawn.
pub(super) fn exports(what: &str) -> bool {
    holds(|h| h.exports, what, true)
}

/// Whether a step is offered. Asked while a screen is drawn.
pub(super) fn offers(step: &str) -> bool {
    holds(|h| h.steps, step, true)
}

/// Whether something must stay as it is. Asked while a screen is drawn.
pub(super) fn locks(what: &str) -> bool {
    holds(|h| h.locked, what, false)
}
