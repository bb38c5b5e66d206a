//! Before there is a file.
use super::projects::{go_on, waiting};
use crate::ui::{
    parts::{button, drop_zone, failure_card, file_button, job_card, opening},
    state::{EngineState, JobKind, Ui},
};
use leptos::prelude::*;

/// Kinds of file offered by the chooser; any file may be dropped.
pub const ACCEPT: &str = ".csv,.tsv,.txt,text/csv,text/tab-separated-values,text/plain";

/// The same, with projects.
const OPENS: &str = ".csv,.tsv,.txt,text/csv,text/tab-separated-values,text/plain,.kept";

/// Nothing can be started now.
pub fn blocked(ui: Ui) -> Signal<bool> {
    Signal::derive(move || {
        ui.jobs.busy() || !ui.engine.with(|e| matches!(e, EngineState::Ready(_)))
    })
}

/// The start screen.
pub fn start(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    let off = blocked(ui);
    let choose = file_button(t.choose_file, OPENS, true, off, move |file| {
        leptos::task::spawn_local(ui.act.open_any(file));
    });
    let demo = button(t.start_demo, false, off, move || {
        leptos::task::spawn_local(ui.act.load_demo());
    });
    let starting = move || {
        ui.engine
            .with(|e| matches!(e, EngineState::Starting))
            .then(|| view! { <p class="small" role="status">{t.engine_starting}</p> }.into_any())
    };
    view! {
        {opening(t.start_title, t.start_lede, ().into_any())}
        {failure_card(ui, &[JobKind::Load, JobKind::Demo])}
        {job_card(ui)}
        {waiting(ui)}
        {go_on(ui)}
        <div class="grid">
            <section class="card w8" part="card">{drop_zone(t.start_drop, t.start_drop_why, choose, Some(t.formats))}</section>
            <section class="card w4" part="card">
                <h2>{t.start_demo}</h2>
                <p class="why">{t.start_demo_why}</p>
                <div class="acts">{demo}</div>
                {move || starting()}
            </section>
        </div>
    }
    .into_any()
}
