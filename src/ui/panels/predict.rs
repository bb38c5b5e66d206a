//! Predict: a model, a file, a score for every row.
use super::{
    projects::versions,
    start::{ACCEPT, blocked},
};
use crate::ui::{
    i18n::{Arg, Style, fill, learner, number},
    parts::{
        Finding, button, drop_zone, failure_card, file_button, findings, follow, job_card, opening,
    },
    state::{JobKind, ModelInUse, Step, Ui},
};
use leptos::prelude::*;

const MODEL: &str = ".kept-model";

/// The Predict panel.
pub fn predict(ui: Ui) -> AnyView {
    follow(move || match (ui.data.model.get(), ui.data.scored.get()) {
        (None, _) => without_model(ui),
        (Some(model), None) => ready(ui.about(&model.analysis), &model),
        (Some(model), Some(_)) => done(ui.about(&model.analysis), &model),
    })
}

fn open_model(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    file_button(t.open_model, MODEL, false, blocked(ui), move |file| {
        leptos::task::spawn_local(ui.act.open_model_file(file));
    })
}

fn troubles(ui: Ui) -> AnyView {
    view! { {failure_card(ui, &[JobKind::Predict, JobKind::Model])}{job_card(ui)} }.into_any()
}

fn without_model(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    let no_data = Signal::derive(move || !ui.data.has_target());
    let train = button(t.train_first, true, no_data, move || ui.act.go(Step::Churn));
    view! {
        {opening(t.predict_title, t.predict_lede, ().into_any())}
        {troubles(ui)}
        <div class="grid">
            <section class="card w6" part="card"><h2>{t.model_none}</h2><p class="why">{t.why_no_model}</p><div class="acts">{train}</div></section>
            <section class="card w6" part="card"><h2>{t.open_model}</h2><p class="why">{t.open_model_why}</p><div class="acts">{open_model(ui)}</div></section>
        </div>
        {versions(ui)}
    }
    .into_any()
}

fn model_card(ui: Ui, model: &ModelInUse) -> AnyView {
    let t = ui.lang.texts();
    let name = learner(ui.lang, &model.learner).to_owned();
    let args = [
        ("learner", Arg::Text(&name)),
        ("name", Arg::Text(&model.dataset)),
    ];
    let template = if model.card.is_some() {
        t.model_opened
    } else {
        t.model_trained
    };
    let threshold = number(ui.lang, model.threshold, Style::Percent1);
    let saves = ui.view.host.with(|h| h.exports("model"));
    let save = saves.then(|| {
        button(t.save_model, false, Signal::stored(false), move || {
            ui.act.save_model()
        })
    });
    let holds =
        saves.then(|| view! { <p class="holds" part="holds">{t.holds_model}</p> }.into_any());
    let columns = model.card.as_ref().map(|card| {
        let n = card.columns.len() as u64;
        let names = card.columns.join(t.list_and);
        view! {
            <details><summary>{fill(ui.lang, t.model_needs, &[("n", Arg::Count(n))])}</summary><p class="why">{names}</p></details>
        }.into_any()
    });
    view! {
        <section class="card w5 model" part="card model">
            <h2>{t.model_title}</h2>
            <p>{fill(ui.lang, template, &args)}</p>
            <p class="why">{fill(ui.lang, t.scored_threshold, &[("threshold", Arg::Text(&threshold))])}</p>
            {columns}
            <div class="acts">{open_model(ui)}{save}</div>
            {holds}
        </section>
    }
    .into_any()
}

fn ready(ui: Ui, model: &ModelInUse) -> AnyView {
    let t = ui.lang.texts();
    let off = blocked(ui);
    let choose = file_button(t.choose_file, ACCEPT, true, off, move |file| {
        leptos::task::spawn_local(ui.act.score_file(file));
    });
    let own = move || {
        ui.data.loaded.get().map(|loaded| {
            let label = fill(ui.lang, t.score_training, &[("name", Arg::Text(&loaded.profile.name))]);
            view! {
                <button type="button" part="button" class="score-open" disabled=move || off.get()
                    on:click=move |_| leptos::task::spawn_local(ui.act.score_open())>{label}</button>
            }.into_any()
        })
    };
    view! {
        {opening(t.predict_title, t.predict_lede, ().into_any())}
        {troubles(ui)}
        <div class="grid">
            <section class="card w7" part="card">{drop_zone(t.score_drop, t.score_drop_why, choose, None)}<div class="acts centre">{move || own()}</div></section>
            {model_card(ui, model)}
        </div>
        {versions(ui)}
        {findings(ui, Finding::Model)}
    }
    .into_any()
}

fn done(ui: Ui, model: &ModelInUse) -> AnyView {
    view! {
        {troubles(ui)}
        {findings(ui, Finding::Scored)}
        <div class="grid">{model_card(ui, model)}</div>
        {versions(ui)}
        {findings(ui, Finding::Model)}
    }
    .into_any()
}
