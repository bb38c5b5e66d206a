//! The frame: rail with steps, the panel of the step, the dialogs.
use super::{
    actions::is_own,
    i18n::{Arg, Lang, fill},
    panels,
    parts::{Choice, Finding, findings, job_card, notice, pick},
    state::{EngineState, JobKind, Step, Theme, Ui},
};
use leptos::prelude::*;
use web_sys::DragEvent;

/// Everything, in one language.
pub fn shell(ui: Ui) -> AnyView {
    let dropped = move |e: DragEvent| {
        e.prevent_default();
        ui.view.dragging.set(false);
        let file = e
            .data_transfer()
            .and_then(|d| d.files())
            .and_then(|files| files.get(0));
        let ready = matches!(ui.engine.get_untracked(), EngineState::Ready(_));
        let Some(file) = file.filter(|_| ready && ui.jobs.running.with_untracked(Option::is_none))
        else {
            return;
        };
        leptos::task::spawn_local(async move {
            let scores = ui.view.step.get_untracked() == Step::Predict
                && ui.data.model.with_untracked(Option::is_some);
            if is_own(&file).await {
                ui.act.open_any(file).await;
            } else if scores {
                ui.act.score_file(file).await;
            } else if ui.data.loaded.with_untracked(Option::is_some) {
                ui.data.dropped.set(Some(file));
            } else {
                ui.act.load_file(file).await;
            }
        });
    };
    let over = move |e: DragEvent| {
        e.prevent_default();
        if !ui.view.dragging.get_untracked() {
            ui.view.dragging.set(true);
        }
    };
    // Leaving for a child is not leaving.
    let left = move |e: DragEvent| {
        if e.related_target().is_none() {
            ui.view.dragging.set(false);
        }
    };
    let t = ui.lang.texts();
    view! {
        <div class="frame" on:dragover=over on:dragleave=left on:drop=dropped>
            {rail(ui)}
            <main class="main" part="main">
                {engine_card(ui)}
                {panels::troubles(ui)}
                {move || panel(ui)}
            </main>
            {panels::privacy(ui)}
            {panels::project(ui)}
            {panels::ask(ui)}
            {panels::dropped(ui)}
            <p class="hidden" role="status">{move || ui.view.said.get()}</p>
            {move || ui.view.dragging.get().then(|| view! { <div class="over" aria-hidden="true"><p>{t.drop_now}</p></div> })}
        </div>
    }
    .into_any()
}

fn panel(ui: Ui) -> AnyView {
    match ui.view.shown() {
        Step::Data => panels::data(ui),
        Step::Prepare => panels::prepare(ui),
        Step::Churn => panels::learn(ui, "churn"),
        Step::Behaviour => panels::learn(ui, "behaviour"),
        Step::Segments => panels::study(ui, "segments"),
        Step::Predict => panels::predict(ui),
        Step::Overview => listed(ui, Finding::Overview),
        Step::Actions => listed(ui, Finding::Actions),
    }
}

/// A list, with the rows that come in over it.
fn listed(ui: Ui, what: Finding) -> AnyView {
    view! { {panels::coming(ui)}{findings(ui, what)} }.into_any()
}

fn engine_card(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    (move || match ui.engine.get() {
        EngineState::Failed(error) => Some(view! {
            <div role="alert">{notice(
                t.engine_failed,
                format!("{} {}", super::i18n::error(ui.lang, &error), t.reload_hint),
            )}</div>
        }),
        _ => None,
    })
    .into_any()
}

fn step_name(lang: Lang, step: Step) -> &'static str {
    let t = lang.texts();
    match step {
        Step::Data => t.step_data,
        Step::Prepare => t.step_prepare,
        Step::Churn => t.step_churn,
        Step::Behaviour => t.step_behaviour,
        Step::Segments => t.step_segments,
        Step::Predict => t.step_predict,
        Step::Overview => t.step_overview,
        Step::Actions => t.step_actions,
    }
}

/// Why a step cannot be entered yet.
fn closed(ui: Ui, step: Step) -> Option<&'static str> {
    let t = ui.lang.texts();
    let no_data = ui.data.loaded.with(Option::is_none);
    match step {
        Step::Data | Step::Predict => None,
        Step::Overview | Step::Actions => {
            // Segments have no customers at risk.
            let has_outcome = ui.data.model.with(|m| {
                m.as_ref()
                    .is_some_and(|m| m.analysis != Step::Segments.id())
            });
            let ready = has_outcome && ui.data.listed().is_some();
            (!ready).then_some(t.why_no_model)
        }
        Step::Prepare | Step::Churn | Step::Behaviour | Step::Segments if no_data => {
            Some(t.why_no_data)
        }
        Step::Segments => None,
        Step::Prepare | Step::Churn | Step::Behaviour => {
            (!ui.data.has_target()).then_some(t.why_no_target)
        }
    }
}

fn rail(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    let steps = Step::ALL
        .into_iter()
        .map(|step| {
            move || {
                ui.view.offers(step).then(|| {
                    let why = move || closed(ui, step);
                    let current = move || (ui.view.shown() == step).then_some("step");
                    let badge = move || badge(ui, step);
                    // Not `disabled`: a step that says why it is closed must be reachable by keyboard.
                    let enter = move |_| {
                        if closed(ui, step).is_none() {
                            ui.act.go(step);
                        }
                    };
                    view! {
                        <li>
                            <button type="button" class="step" part="step" data-step=step.id() aria-current=current
                                aria-disabled=move || why().map(|_| "true") title=why on:click=enter>
                                <span>{step_name(ui.lang, step)}</span>
                                {move || badge().map(|b| view! { <em>{b}</em> })}
                                {move || why().map(|w| view! { <span class="hidden">{w}</span> })}
                            </button>
                        </li>
                    }
                })
            }
        })
        .collect_view();
    let open_privacy = move |_| ui.view.opened.set(Some(Finding::Privacy));
    view! {
        <aside class="rail" part="rail">
            <div class="mark" part="mark">
                <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><path d="M4 3v14M4 10l9-7M4 10l9 7" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>
                <b>{t.app_name}</b>
            </div>
            <div class="dataset">
                {move || dataset(ui)}
                <button type="button" class="local" part="privacy" aria-haspopup="dialog" on:click=open_privacy><i></i>{t.on_this_device}</button>
                {panels::project_state(ui)}
            </div>
            {panels::undo_buttons(ui)}
            <nav aria-label=t.steps><ol>{steps}</ol></nav>
            {rail_job(ui)}
            {switches(ui)}
        </aside>
    }
    .into_any()
}

/// The one number that a finished step is remembered by.
fn badge(ui: Ui, step: Step) -> Option<String> {
    match step {
        Step::Churn => ui.data.trained.with(|t| {
            let auc = t
                .as_ref()
                .filter(|t| t.report.analysis == "churn")?
                .report
                .metric("roc_auc")?;
            Some(super::i18n::number(ui.lang, auc, super::i18n::Style::Score))
        }),
        Step::Predict => ui
            .data
            .scored
            .with(|s| Some(super::i18n::count(ui.lang, s.as_ref()?.counts()?.1))),
        _ => None,
    }
}

fn dataset(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    match ui.data.loaded.get() {
        None => view! { <span class="sub">{t.no_file_yet}</span> }.into_any(),
        Some(loaded) => {
            let p = &loaded.profile;
            let n = |n: u64| [("n", Arg::Count(n))];
            let sub = format!(
                "{} · {}",
                fill(ui.lang, t.n_customers, &n(p.n_rows)),
                fill(ui.lang, t.n_columns, &n(p.columns.len() as u64))
            );
            view! { <span class="name" title=p.name.clone()>{p.name.clone()}</span><span class="sub">{sub}</span> }
                .into_any()
        }
    }
}

/// Running work stays in sight on other steps.
fn rail_job(ui: Ui) -> AnyView {
    let elsewhere = Memo::new(move |_| {
        let home = ui.jobs.running.with(|j| {
            j.as_ref().map(|j| match j.kind {
                JobKind::Load | JobKind::Demo => Step::Data,
                JobKind::Suggest => Step::Prepare,
                JobKind::Train => match ui.view.step.get() {
                    step @ (Step::Behaviour | Step::Segments) => step,
                    _ => Step::Churn,
                },
                JobKind::Predict | JobKind::Model => Step::Predict,
                JobKind::Append => match ui.view.step.get() {
                    step @ (Step::Overview | Step::Actions) => step,
                    _ => Step::Data,
                },
            })
        });
        home.is_some_and(|home| home != ui.view.step.get())
    });
    (move || elsewhere.get().then(|| job_card(ui))).into_any()
}

fn switches(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    let never = Signal::stored(false);
    let langs = Lang::ALL
        .into_iter()
        .map(|l| Choice::new(l.tag(), l.own_name()))
        .collect();
    let now = ui.lang.tag().to_owned();
    let lang = pick(
        Some(t.language.to_owned()),
        langs,
        Signal::stored(now),
        never,
        move |tag| ui.act.speak(Lang::from_tag(&tag)),
    );
    let themes = Theme::ALL
        .into_iter()
        .map(|theme| {
            let label = match theme {
                Theme::Auto => t.theme_auto,
                Theme::Light => t.theme_light,
                Theme::Dark => t.theme_dark,
            };
            Choice::new(theme.id(), label)
        })
        .collect();
    let theme = Signal::derive(move || ui.view.theme.get().unwrap_or_default().id().to_owned());
    let theme = pick(Some(t.theme.to_owned()), themes, theme, never, move |id| {
        ui.view.theme.set(Theme::from_id(&id))
    });
    let unspoken = ui.view.unspoken.get_untracked().then(|| {
        let said = format!("{} {}", t.err_language, t.do_language);
        view! { <p class="small" role="alert">{said}</p> }
    });
    view! { <div class="switches" part="switches">{lang}{theme}{unspoken}</div> }.into_any()
}
