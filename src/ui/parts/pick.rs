//! A select.
use leptos::prelude::*;

/// One of its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is handed back.
    pub value: String,
    /// What is read.
    pub label: String,
}

impl Choice {
    /// An option.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
        }
    }
}

/// A select without a label of its own: the caller wraps it in one or gives `aria_label`.
pub fn pick(
    aria_label: Option<String>,
    choices: Vec<Choice>,
    value: Signal<String>,
    disabled: Signal<bool>,
    set: impl Fn(String) + 'static,
) -> AnyView {
    let options = choices
        .into_iter()
        .map(|c| {
            let mine = c.value.clone();
            view! { <option value=c.value selected=move || value.with(|v| *v == mine)>{c.label}</option> }.into_any()
        })
        .collect_view();
    view! {
        <select aria-label=aria_label disabled=disabled on:change=move |e| set(event_target_value(&e))>
            {options}
        </select>
    }
    .into_any()
}
