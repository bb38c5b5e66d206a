//! Churn: the form, the running training, and what came of it.
use super::{button, opening, result::result, start::blocked};
use crate::{
    base::{ParamSpec, Value},
    ui::{
        i18n::{Arg, fill},
        parts::{failure_card, job_card, param_form},
        state::{EngineState, JobKind, Ui},
    },
};
use leptos::prelude::*;
use std::sync::Arc;

const ANALYSIS: &str = "churn";
/// Always in sight; the rest is folded away.
const PLAIN: &[&str] = &["learners", "class_weight"];
/// Chosen with the target on the Data page.
const ELSEWHERE: &[&str] = &["positive"];

fn specs(ui: Ui) -> Vec<ParamSpec> {
    match ui.engine.get() {
        EngineState::Ready(catalog) => {
            let card = catalog.analyses.iter().find(|a| a.id == ANALYSIS);
            let specs = card.map(|a| a.params.clone()).unwrap_or_default();
            let here = |s: &ParamSpec| !ELSEWHERE.contains(&s.name.as_ref());
            specs.into_iter().filter(here).collect()
        }
        _ => Vec::new(),
    }
}

fn form(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    let params = ui.data.params;
    let set = move |name: &str, value: Option<Value>| {
        params.update(|p| {
            match value {
                Some(value) => p.0.insert(name.to_owned(), value),
                None => p.0.remove(name),
            };
        });
    };
    let (plain, more): (Vec<_>, Vec<_>) = specs(ui)
        .into_iter()
        .partition(|s| PLAIN.contains(&s.name.as_ref()));
    view! {
        {param_form(ui, &plain, params.into(), set)}
        <details><summary>{t.train_advanced}</summary>{param_form(ui, &more, params.into(), set)}</details>
    }
    .into_any()
}

fn train(ui: Ui, label: &'static str) -> AnyView {
    let off = blocked(ui);
    let off = Signal::derive(move || off.get() || !ui.data.has_target());
    button(label, true, off, move || {
        leptos::task::spawn_local(ui.act.train())
    })
}

/// The Churn panel.
pub fn churn(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    (move || match ui.data.trained.get() {
        None => {
            let n = ui.data.loaded.with(|l| l.as_ref().map_or(0, |l| l.profile.n_rows));
            let title = fill(ui.lang, t.train_title, &[("n", Arg::Count(n))]);
            view! {
                {opening(title, t.train_lede, train(ui, t.train))}
                {failure_card(ui, &[JobKind::Train])}
                {job_card(ui)}
                <section class="card settings" part="card"><h2>{t.train_settings}</h2>{move || form(ui)}</section>
            }
            .into_any()
        }
        Some(trained) => {
            let trained = Arc::clone(&trained);
            let again = view! {
                {failure_card(ui, &[JobKind::Train])}
                {job_card(ui)}
                <details class="card settings" part="card">
                    <summary>{t.train_settings}</summary>
                    {move || form(ui)}
                    <div class="acts">{train(ui, t.train_again)}</div>
                </details>
            };
            result(ui, &trained.report, again.into_any())
        }
    })
    .into_any()
}
