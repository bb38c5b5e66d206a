//! Places for the module that shows findings.
use crate::{base::Role, ui::state::Ui};
use js_sys::{Array, Function, Object, Reflect};
use leptos::{html::Div, prelude::*};
use wasm_bindgen::JsValue;

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The last training.
    Result,
    /// The last of a study: an analysis that needs no outcome.
    Study(&'static str),
    /// The last scoring.
    Scored,
    /// What the model in use says of itself.
    Model,
    /// The whole at a glance.
    Overview,
    /// The action list, and the pages of customers.
    Actions,
    /// Figures of groups to hand on.
    Share,
    /// Models side by side.
    Versions,
    /// Projects of this device.
    Projects,
    /// What keeps the work from being saved.
    Troubles,
    /// Everything about the project.
    Project,
    /// What is asked before a project opens.
    Ask,
    /// Policies, requests, and the ways out that were tried.
    Privacy,
}

impl Finding {
    /// Stable name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Result => "result",
            Self::Study(_) => "study",
            Self::Scored => "scored",
            Self::Model => "model",
            Self::Overview => "overview",
            Self::Actions => "actions",
            Self::Share => "share",
            Self::Versions => "versions",
            Self::Projects => "projects",
            Self::Troubles => "troubles",
            Self::Project => "project",
            Self::Ask => "ask",
            Self::Privacy => "privacy",
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
            _ => None,
        }
    }
}

fn texts<'a>(list: impl Iterator<Item = &'a String>) -> JsValue {
    list.map(|it| JsValue::from_str(it))
        .collect::<Array>()
        .into()
}

/// What the open file has to be grouped by.
fn open(ui: Ui, set: &dyn Fn(&str, JsValue)) {
    let Some(loaded) = ui.data.loaded.get_untracked() else {
        return;
    };
    let columns = &loaded.profile.columns;
    let roles = ui.data.roles.get_untracked();
    set("dataset", loaded.dataset.0.into());
    let target = roles.get(Role::Target);
    let groups = columns.iter().filter(|c| {
        use crate::base::ColumnKind::{Bool, Category, Int};
        let few = c.field.kind != Int || c.n_distinct <= 50;
        let named = Some(c.field.name.as_str());
        matches!(c.field.kind, Bool | Category | Int) && few && named != target
    });
    set("groups", texts(groups.map(|c| &c.field.name)));
    let numbers = columns.iter().filter(|c| c.field.kind.is_number());
    set("numbers", texts(numbers.map(|c| &c.field.name)));
    if let Some(id) = roles.get(Role::Id) {
        set("id", id.into());
    }
    let positive = ui.data.positive.get_untracked();
    let label = positive.or_else(|| ui.data.classes().get(1).cloned());
    if let Some((target, label)) = target.zip(label) {
        set("outcome", target.into());
        set("label", label.into());
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
        Finding::Model => ui
            .data
            .model
            .with_untracked(|m| m.as_ref().map(|m| m.dataset.clone())),
        Finding::Scored => ui
            .data
            .scored
            .with_untracked(|s| s.as_ref().map(|s| s.name.clone())),
        _ => ui
            .data
            .loaded
            .with_untracked(|l| l.as_ref().map(|l| l.profile.name.clone())),
    };
    set("name", name.unwrap_or_default().into());
    let body = what.body(ui);
    let body = body.and_then(|i| ui.data.bodies.with_value(|b| b.get(i).cloned().flatten()));
    let body = match what {
        Finding::Study(analysis) => ui.data.study(analysis),
        _ => body,
    };
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
    let host = ui.view.host.get_untracked();
    let locked = Some(host.locked);
    for (key, list) in [
        ("steps", host.steps),
        ("exports", host.exports),
        ("locked", locked),
    ] {
        if let Some(list) = list {
            set(key, texts(list.iter()));
        }
    }
    if what == Finding::Share {
        open(ui, &set);
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
    place(ui, what, "findings")
}

/// The same, of a class of its own.
pub(super) fn place(ui: Ui, what: Finding, class: &'static str) -> AnyView {
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
        if what == Finding::Versions {
            ui.data.versions.track();
            ui.data.model.track();
        }
        let Some(element) = place.get() else { return };
        end();
        let about = about(ui, what);
        done.set_value(ui.act.show(&element, &about));
    });
    view! { <div class=class data-screen=what.id() node_ref=place><p class="small" role="status">{t.working}</p></div> }
        .into_any()
}
