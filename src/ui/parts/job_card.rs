//! Running work: what it does, how far it is, how long it has taken, and a way out.
use super::{follow, loss_spark};
use crate::{
    base::{Portion, Progress, Stage, Trace, Value},
    ui::{
        i18n::{Arg, Style, fill, learner, number, stage},
        plain,
        state::{Job, JobKind, Ui, now_ms},
    },
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
        JobKind::Append => fill(ui.lang, t.job_add, &name),
    }
}

/// How many of how many: fits of a search, models at the end, or seconds of a stated time.
fn counted(ui: Ui, progress: &Progress, timed: bool) -> Option<String> {
    let t = ui.lang.texts();
    // Pieces make up the stage, or the units are its own.
    let pieces = progress.total > Portion::PIECE && progress.total.is_multiple_of(Portion::PIECE);
    let (template, done, total) = match (progress.stage, pieces) {
        (Stage::Searching, _) if timed => (
            t.time_used,
            progress.done / 1000,
            progress.total.div_ceil(1000),
        ),
        (Stage::Searching, false) => (t.fits_done, progress.done, progress.total),
        (Stage::Fitting, true) => {
            let n = progress.total / Portion::PIECE;
            (t.model_of, (progress.done / Portion::PIECE + 1).min(n), n)
        }
        _ => return None,
    };
    let args = [("done", Arg::Count(done)), ("total", Arg::Count(total))];
    Some(fill(ui.lang, template, &args))
}

/// The learning curve of the fit under way. It changes many times a second, so no screen reader is told; the picture
/// has a text to be read when it is visited.
fn live(ui: Ui, traces: &[Trace]) -> Option<AnyView> {
    let (first, last) = (traces.first()?, traces.last()?);
    let (t, lang) = (ui.lang.texts(), ui.lang);
    let written = |v: f64| number(lang, v, Style::Score);
    let loss = |template, v| fill(lang, template, &[("loss", Arg::Text(&written(v)))]);
    let args = [
        ("learner", Arg::Text(learner(lang, &last.learner))),
        ("step", Arg::Count(last.step)),
        ("total", Arg::Count(last.total)),
    ];
    let step = fill(lang, t.live_step, &args);
    let (from, to) = (written(first.train_loss), written(last.train_loss));
    let args = [("first", Arg::Text(&from)), ("last", Arg::Text(&to))];
    let label = format!("{step}. {}", fill(lang, t.live_curve, &args));
    let kept = last
        .validation_loss
        .map(|v| view! { <span class="key kept">{loss(t.live_kept, v)}</span> }.into_any());
    let view = view! {
        <div class="live" data-learner=last.learner.clone()>
            {loss_spark(traces, label)}
            <p class="small job-line"><span>{step}</span><span class="key train">{loss(t.live_loss, last.train_loss)}</span>{kept}</p>
        </div>
    }.into_any();
    Some(view.into_any())
}

/// The job in front, while there is one.
pub fn job_card(ui: Ui) -> AnyView {
    let running = ui.jobs.running;
    let serial = Memo::new(move |_| running.with(|j| j.as_ref().map(|j| j.serial)));
    follow(move || {
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
        let doing = Memo::new(move |_| progress().map_or(t.working, |p| stage(ui.lang, p.stage)));
        let share = move || progress().map(|p| p.done as f64 / p.total.max(1) as f64);
        let timed = ui.data.params.with_untracked(|p| {
            // Whatever comes on top makes the time one piece of several.
            let alone = ["nested", "cv_repeats", "curves"]
                .iter()
                .all(|k| p.get(k).is_none());
            alone && p.get("search").is_some_and(|v| *v == Value::from("pick"))
        });
        let share_text = move || {
            let progress = progress()?;
            counted(ui, &progress, timed).or_else(|| {
                let share = progress.done as f64 / progress.total.max(1) as f64;
                Some(fill(
                    ui.lang,
                    t.share_done,
                    &[("share", Arg::Number(share, Style::Percent))],
                ))
            })
        };
        let curve = move || running.with(|j| live(ui, &j.as_ref()?.traces));
        let elapsed = move || {
            fill(
                ui.lang,
                t.elapsed,
                &[("seconds", Arg::Count(seconds.get()))],
            )
        };
        let title = headline(ui, &job);
        Some(view! {
            <section class="card job" part="card job">
                <div class="head">
                    <h2>{title}</h2>
                    <button type="button" part="button" class="cancel" on:click=move |_| ui.act.cancel()>{t.cancel}</button>
                </div>
                <progress max="1" value=move || share().map(plain) aria-label=move || doing.get()></progress>
                <p class="small job-line">
                    <span role="status">{move || doing.get()}</span>
                    <span>{move || share_text()}</span>
                    <span class="elapsed">{move || elapsed()}</span>
                </p>
                {move || curve()}
            </section>
        }.into_any())
    })
}
