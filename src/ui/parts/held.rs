//! What the page around has decided for the person.
use crate::ui::state::Ui;
use leptos::prelude::*;

/// `view`, out of reach where the page around has locked `what`, with a line that says so.
pub fn held(ui: Ui, what: &'static str, view: AnyView) -> AnyView {
    let locked = Memo::new(move |_| ui.view.host.with(|h| h.locks(what)));
    let note = move || {
        let said = ui.lang.texts().locked_note;
        locked
            .get()
            .then(|| view! { <p class="small">{said}</p> }.into_any())
    };
    view! { <fieldset class="held" disabled=move || locked.get()>{note}{view}</fieldset> }
        .into_any()
}
