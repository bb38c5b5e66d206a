//! Places for the module that shows findings.
use crate::{base::Role, ui::state::Ui};
use js_sys::{Function, Object, Reflect};
use leptos::{html::Div, prelude::*};
use wasm_bindgen::JsValue;

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The last training.
    Result,
    /// The last scoring.
    Scored,
    /// What the model in use says of itself.
    Model,
    /// The whole at a glance.
    Overview,
    /// The action list, and the pages of customers.
    Actions,
}

impl Finding {
    fn id(self) -> &'static str {
        match self {
            Self::Result => "result",
            Self::Scored => "scored",
            Self::Model => "model",
            Self::Overview => "overview",
            Self::Actions => "actions",
        }
    }

    /// Which report it shows; none where it asks for itself.
    fn body(self, ui: Ui) -> Option<usize> {
        match self {
            Self::Result => Some(0),
            Self::Scored => Some(1),
            // A model that was trained here has its card in its report.
            Self::Model => {
                let model = ui.data.model.get_untracked()?;
                Some(if model.card.is_some() { 2 } else { 0 })
            }
            Self::Overview | Self::Actions => None,
        }
    }
}

/// What the other module is told.
fn about(ui: Ui, what: Finding) -> Object {
    let about = Object::new();
    let set = |key: &str, value: JsValue| {
        // Setting a key of a fresh object cannot fail.
        let _ = Reflect::set(&about, &key.into(), &value);
    };
    set("screen", what.id().into());
    set("lang", ui.lang.tag().into());
    let name = match what {
        Finding::Result | Finding::Overview | Finding::Actions => ui
            .data
            .loaded
            .with_untracked(|l| l.as_ref().map(|l| l.profile.name.clone())),
        Finding::Model => ui
            .data
            .model
            .with_untracked(|m| m.as_ref().map(|m| m.dataset.clone())),
        Finding::Scored => ui
            .data
            .scored
            .with_untracked(|s| s.as_ref().map(|s| s.name.clone())),
    };
    set("name", name.unwrap_or_default().into());
    let body = what.body(ui);
    let body = body.and_then(|i| ui.data.bodies.with_value(|b| b.get(i).cloned().flatten()));
    set("body", body.map_or(JsValue::UNDEFINED, Into::into));
    set("threshold", ui.view.threshold.get_untracked().into());
    if let Some((dataset, _)) = ui.data.listed() {
        set("dataset", dataset.0.into());
    }
    for (key, role) in [("value", Role::Value), ("date", Role::Date)] {
        let column = ui
            .data
            .roles
            .with_untracked(|r| r.get(role).map(str::to_owned));
        if let Some(column) = column {
            set(key, column.into());
        }
    }
    if let Some(kept) = ui.view.kept.get_value() {
        set("kept", kept.into());
    }
    if let Some(model) = ui.data.model.get_untracked() {
        set("model", model.id.0.into());
        set("analysis", model.analysis.as_str().into());
    }
    about
}

/// A place that the other module draws into; it says that it works until then.
pub fn findings(ui: Ui, what: Finding) -> AnyView {
    let place = NodeRef::<Div>::new();
    let t = ui.lang.texts();
    let done = StoredValue::new_local(None::<Function>);
    let end = move || {
        let end = done.try_update_value(Option::take).flatten();
        if let Some(end) = end {
            // What was not drawn yet will not be.
            let _ = end.call0(&JsValue::NULL);
        }
    };
    on_cleanup(end);
    Effect::new(move |_| {
        ui.view.restored.track();
        let Some(element) = place.get() else { return };
        end();
        let about = about(ui, what);
        done.set_value(ui.act.show(&element, &about));
    });
    view! { <div class="findings" data-screen=what.id() node_ref=place><p class="small" role="status">{t.working}</p></div> }
        .into_any()
}
