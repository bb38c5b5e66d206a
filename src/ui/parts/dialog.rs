//! Dialogs that the other module fills.
use super::findings::{Finding, place};
use crate::ui::state::Ui;
use leptos::{html::Dialog, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::Element;

/// A dialog that is open while `is_open`; `closed` is told where the person closed it.
pub fn dialog(
    ui: Ui,
    what: Finding,
    is_open: Signal<bool>,
    closed: impl Fn() + Copy + 'static,
) -> AnyView {
    let dialog = NodeRef::<Dialog>::new();
    let is_open = Memo::new(move |_| is_open.get());
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match is_open.get() {
            // It refuses when it is open already.
            true => drop(dialog.show_modal()),
            // The focus goes back to where it was.
            false => dialog.close(),
        }
    });
    // A press on the backdrop reaches the dialog itself and none of its children.
    let backdrop = move |e: leptos::ev::MouseEvent| {
        let target = e.target().and_then(|t| t.dyn_into::<Element>().ok());
        if target.is_some_and(|t| t.tag_name() == "DIALOG") {
            closed();
        }
    };
    // Told a while after: it may have been opened again for something else.
    let gone = move |_: web_sys::Event| {
        let is_gone = dialog.get_untracked().is_some_and(|d| !d.open());
        if is_gone && is_open.try_get_untracked() == Some(true) {
            closed();
        }
    };
    let inside = move || is_open.get().then(|| place(ui, what, "findings inner"));
    let id = what.id();
    view! {
        <dialog class=format!("privacy {id}") part="dialog" aria-labelledby=format!("{id}-title") node_ref=dialog
            on:click=backdrop on:close=gone>
            {super::follow(inside)}
        </dialog>
    }
    .into_any()
}
