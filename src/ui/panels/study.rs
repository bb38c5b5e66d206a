//! Studies of all customers, which need no outcome: the form, the running work, and what came of it.
use super::start::blocked;
use crate::ui::{
    i18n::{Arg, fill},
    parts::{Finding, Form, button, failure_card, findings, follow, held, job_card, opening},
    state::{EngineState, JobKind, Ui},
};
use leptos::prelude::*;

/// Always in sight; the rest is folded.
const PLAIN: &[&str] = &["method", "k"];

fn run(ui: Ui, analysis: &'static str, label: &'static str) -> AnyView {
    button(label, true, blocked(ui), move || {
        leptos::task::spawn_local(ui.act.study(analysis))
    })
}

/// The panel of a study.
pub fn study(ui: Ui, analysis: &'static str) -> AnyView {
    let ui = ui.about(analysis);
    let t = ui.lang.texts();
    let has_one = Memo::new(move |_| {
        let is_it = |s: &(String, _)| s.0 == analysis;
        ui.data
            .studies
            .with(|all| all.iter().position(is_it).is_some())
    });
    follow(move || {
        if has_one.get() {
            // Another result of the same study is drawn anew.
            let found = move || {
                ui.data.studies.track();
                findings(ui, Finding::Study(analysis))
            };
            return view! {
                {failure_card(ui, &[JobKind::Train])}
                {job_card(ui)}
                {found}
                <details class="card settings" part="card">
                    <summary>{t.study_settings}</summary>
                    {move || form(ui, analysis)}
                    <div class="acts">{run(ui, analysis, t.segments_again)}</div>
                </details>
            }
            .into_any();
        }
        let n = ui
            .data
            .loaded
            .with(|l| l.as_ref().map_or(0, |l| l.profile.n_rows));
        let title = fill(ui.lang, t.segments_title, &[("n", Arg::Count(n))]);
        view! {
            {opening(title, t.segments_lede, run(ui, analysis, t.segments_find))}
            {failure_card(ui, &[JobKind::Train])}
            {job_card(ui)}
            <section class="card settings" part="card">
                <h2>{t.study_settings}</h2>
                {move || form(ui, analysis)}
                <p class="small">{t.segments_first}</p>
            </section>
        }
        .into_any()
    })
}

/// The form; empty until the engine has said what it can do.
fn form(ui: Ui, analysis: &'static str) -> AnyView {
    let t = ui.lang.texts();
    let EngineState::Ready(catalog) = ui.engine.get() else {
        return ().into_any();
    };
    let Some(card) = catalog.analyses.iter().find(|a| a.id == analysis) else {
        return ().into_any();
    };
    let all = ui.data.study_params;
    let params = Signal::derive(move || {
        let mine = |all: &Vec<(String, _)>| all.iter().find(|p| p.0 == analysis).cloned();
        all.with(mine).map(|p| p.1).unwrap_or_default()
    });
    let form = Form::new(
        ui,
        analysis,
        card.params.clone(),
        params,
        move |name, value| {
            let mut mine = params.get_untracked();
            match value {
                Some(value) => mine.0.insert(name.to_owned(), value),
                None => mine.0.remove(name),
            };
            all.update(|all| {
                all.retain(|p| p.0 != analysis);
                all.push((analysis.to_owned(), mine));
            });
        },
    );
    view! {
        {held(ui, "params", form.some(|n| PLAIN.contains(&n)))}
        <details class="more"><summary>{t.train_advanced}</summary>{held(ui, "params", form.some(|n| !PLAIN.contains(&n)))}</details>
    }
    .into_any()
}
