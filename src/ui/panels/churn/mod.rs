//! Learning from a target: the form, the running training, and what came of it.
mod costs;
mod form;
mod members;

use super::start::blocked;
use crate::ui::{
    i18n::{Arg, fill},
    parts::{Finding, button, failure_card, findings, follow, job_card, opening},
    state::{JobKind, Ui},
};
use form::form;
use leptos::prelude::*;

fn train(ui: Ui, analysis: &'static str, label: &'static str) -> AnyView {
    let off = blocked(ui);
    let off = Signal::derive(move || off.get() || !ui.data.has_target());
    button(label, true, off, move || {
        leptos::task::spawn_local(ui.act.train(analysis))
    })
}

/// The Churn panel, or that of any other behaviour.
pub fn learn(ui: Ui, analysis: &'static str) -> AnyView {
    let ui = ui.about(analysis);
    let t = ui.lang.texts();
    let mine = move || {
        ui.data
            .trained
            .get()
            .filter(|t| t.report.analysis == analysis)
    };
    let is_churn = analysis == "churn";
    follow(move || match mine() {
        None => {
            let n = ui
                .data
                .loaded
                .with(|l| l.as_ref().map_or(0, |l| l.profile.n_rows));
            let title = fill(
                ui.lang,
                if is_churn {
                    t.train_title
                } else {
                    t.behaviour_title
                },
                &[("n", Arg::Count(n))],
            );
            view! {
                {opening(title, if is_churn { t.train_lede } else { t.behaviour_lede }, train(ui, analysis, t.train))}
                {failure_card(ui, &[JobKind::Train])}
                {job_card(ui)}
                <section class="card settings" part="card"><h2>{t.train_settings}</h2>{move || form(ui, analysis)}</section>
            }
            .into_any()
        }
        Some(_) => view! {
            {failure_card(ui, &[JobKind::Train])}
            {job_card(ui)}
            {findings(ui, Finding::Result)}
            <details class="card settings" part="card">
                <summary>{t.train_settings}</summary>
                {move || form(ui, analysis)}
                <div class="acts">{train(ui, analysis, t.train_again)}</div>
            </details>
        }
        .into_any(),
    })
}
