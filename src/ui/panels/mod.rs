//! One panel per step.
mod churn;
mod columns;
mod data;
mod leaderboard;
mod predict;
mod prepare;
mod result;
mod roles;
mod start;
mod tables;
mod threshold;

pub use churn::churn;
pub use data::data;
pub use predict::predict;
pub use prepare::prepare;

use leptos::prelude::*;

/// What a panel opens with: the finding, what it rests on, what can be done.
fn opening(title: impl Into<String>, lede: impl Into<String>, acts: AnyView) -> AnyView {
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
fn button(
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
