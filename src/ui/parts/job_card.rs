//! Running work: what it does, how far it is, how long it has taken, and a way out.
use crate::ui::{
    i18n::{Arg, Style, fill, stage},
    state::{Job, JobKind, Ui, now_ms},
};
use leptos::prelude::*;
use std::time::Duration;

fn headline(ui: Ui, job: &Job) -> String {
    let t = ui.lang.texts();
    let name = [("name", Arg::Text(&job.subject))];
    match job.kind {
        JobKind::Load => fill(ui.lang, t.job_load, &name),
        JobKind::Demo => t.job_demo.to_owned(),
        JobKind::Suggest => t.job_suggest.to_owned(),
        JobKind::Train => fill(ui.lang, t.training_title, &name),
        JobKind::Predict => fill(ui.lang, t.job_predict, &name),
        JobKind::Model => t.job_model.to_owned(),
    }
}

/// The job in front, while there is one.
pub fn job_card(ui: Ui) -> AnyView {
    let running = ui.jobs.running;
    let serial = Memo::new(move |_| running.with(|j| j.as_ref().map(|j| j.serial)));
    (move || {
        serial.get()?;
        let job = running.get_untracked()?;
        let t = ui.lang.texts();
        let started = job.started_ms;
        let seconds = RwSignal::new(0_u64);
        let tick = move || seconds.set(((now_ms() - started) / 1000.0).max(0.0) as u64);
        if let Ok(handle) = set_interval_with_handle(tick, Duration::from_millis(250)) {
            on_cleanup(move || handle.clear());
        }
        let progress = move || running.with(|j| j.as_ref().and_then(|j| j.progress.clone()));
        // Changes with the stage only, so that a screen reader is not told every percent.
        let doing = Memo::new(move |_| {
            progress().map_or(t.working, |p| stage(ui.lang, p.stage))
        });
        let share = move || progress().map(|p| p.done as f64 / p.total.max(1) as f64);
        let share_text = move || {
            share().map(|s| {
                fill(ui.lang, t.share_done, &[("share", Arg::Number(s, Style::Percent))])
            })
        };
        let elapsed = move || fill(ui.lang, t.elapsed, &[("seconds", Arg::Count(seconds.get()))]);
        let title = headline(ui, &job);
        Some(view! {
            <section class="card job" part="card job">
                <div class="head">
                    <h2>{title}</h2>
                    <button type="button" part="button" class="cancel" on:click=move |_| ui.act.cancel()>{t.cancel}</button>
                </div>
                <progress max="1" value=move || share().map(|s| s.to_string()) aria-label=move || doing.get()></progress>
                <p class="small job-line">
                    <span role="status">{move || doing.get()}</span>
                    <span>{share_text}</span>
                    <span class="elapsed">{elapsed}</span>
                </p>
            </section>
        })
    })
    .into_any()
}
