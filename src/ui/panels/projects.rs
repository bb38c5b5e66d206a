//! Projects on the page: what the rail says of the one that is remembered, and places for what the other module draws.
use crate::ui::{
    i18n::{Arg, fill},
    parts::{Finding, dialog, findings, follow, notice},
    state::Ui,
};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// What the rail says of the project; opens the dialog.
pub fn project_state(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    let status = move || {
        ui.view.shelf.with(|s| match s.status.as_deref() {
            None => (t.project_off, "off"),
            Some("saved") => (t.project_saved, "saved"),
            Some("saving") => (t.project_saving, "saving"),
            Some("readonly") => (t.project_readonly, "readonly"),
            Some("taken") => (t.project_taken, "taken"),
            Some(_) => (t.project_failed, "failed"),
        })
    };
    let open = move |_| ui.view.opened.set(Some(Finding::Project));
    view! {
        <button type="button" class="kept-state" part="project" aria-haspopup="dialog" data-status=move || status().1 title=t.project_open on:click=open>
            <i></i><span>{move || status().0}</span>
        </button>
    }
    .into_any()
}

/// On the start screen: where the person left off.
pub fn go_on(ui: Ui) -> AnyView {
    let any = Memo::new(move |_| ui.view.shelf.with(|s| s.any));
    follow(move || any.get().then(|| findings(ui, Finding::Projects)))
}

/// A project is open and its data is not.
pub fn waiting(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    let name = Memo::new(move |_| {
        let any = ui.data.versions.with(|v| !v.is_empty());
        ui.view
            .shelf
            .with(|s| (any || s.status.is_some()).then(|| s.name.clone()))
    });
    follow(move || {
        let name = name.get()?;
        Some(notice(
            fill(
                ui.lang,
                t.project_waits_title,
                &[("name", Arg::Text(&name))],
            ),
            t.project_waits_why,
        ))
    })
}

/// Over every screen: what keeps the work from being saved, and what went wrong with a project.
pub fn troubles(ui: Ui) -> AnyView {
    let any = Memo::new(move |_| ui.view.shelf.with(|s| s.trouble));
    follow(move || any.get().then(|| findings(ui, Finding::Troubles)))
}

/// All models of the project, side by side; nothing while there is none.
pub fn versions(ui: Ui) -> AnyView {
    let any = Memo::new(move |_| ui.data.versions.with(|v| !v.is_empty()));
    follow(move || any.get().then(|| findings(ui, Finding::Versions)))
}

/// What the person is asked before a project opens: its passphrase, or what becomes of the other tab.
pub fn ask(ui: Ui) -> AnyView {
    let asks = Signal::derive(move || ui.view.shelf.with(|s| s.asks));
    dialog(ui, Finding::Ask, asks, move || {
        ui.act.keep("answer", JsValue::UNDEFINED)
    })
}

fn opened(ui: Ui, what: Finding) -> AnyView {
    let is_open = Signal::derive(move || ui.view.opened.get() == Some(what));
    dialog(ui, what, is_open, move || ui.view.opened.set(None))
}

/// Everything about the project, in a dialog.
pub fn project(ui: Ui) -> AnyView {
    opened(ui, Finding::Project)
}

/// What there is to know of privacy, in a dialog.
pub fn privacy(ui: Ui) -> AnyView {
    opened(ui, Finding::Privacy)
}
