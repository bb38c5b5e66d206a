//! Choosing a file: by button, or by dropping it.
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{File, HtmlInputElement};

/// A button that opens the file chooser. Built on a native file input, so that the keyboard works.
pub fn file_button(
    label: &'static str,
    accept: &'static str,
    primary: bool,
    disabled: Signal<bool>,
    chosen: impl Fn(File) + 'static,
) -> AnyView {
    let on_change = move |e: leptos::ev::Event| {
        let input = e
            .target()
            .and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
        let Some(input) = input else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            chosen(file);
        }
        // The same file can be chosen again.
        input.set_value("");
    };
    view! {
        <label class="button" part="button" class:primary=primary class:off=move || disabled.get()>
            <input type="file" class="hidden" accept=accept disabled=move || disabled.get() on:change=on_change/>
            <span>{label}</span>
        </label>
    }
    .into_any()
}

/// A place that says that files can be dropped; the whole element takes them.
pub fn drop_zone(
    title: &'static str,
    why: &'static str,
    button: AnyView,
    hint: Option<&'static str>,
) -> AnyView {
    view! {
        <div class="zone" part="zone">
            <h2>{title}</h2>
            <p class="why">{why}</p>
            {button}
            {hint.map(|h| view! { <p class="small">{h}</p> }.into_any())}
        </div>
    }
    .into_any()
}
