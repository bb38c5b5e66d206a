//! What screens open with, and their buttons.
use leptos::prelude::*;

/// What a panel opens with: the finding, what it rests on, what can be done.
pub fn opening(title: impl Into<String>, lede: impl Into<String>, acts: AnyView) -> AnyView {
    view! {
        <header class="opening" part="opening">
            <div class="head">
                <h1 tabindex="-1">{title.into()}</h1>
                <div class="acts">{acts}</div>
            </div>
            <p class="lede">{lede.into()}</p>
        </header>
    }
    .into_any()
}

/// A button.
pub fn button(
    label: &'static str,
    primary: bool,
    disabled: Signal<bool>,
    press: impl Fn() + 'static,
) -> AnyView {
    view! {
        <button type="button" part="button" class:primary=primary disabled=move || disabled.get() on:click=move |_| press()>
            {label}
        </button>
    }
    .into_any()
}
