//! Files that come while another is open: what shall become of them, and what came of their rows.
use super::start::blocked;
use crate::ui::{
    i18n::{Arg, fill},
    parts::{button, failure_card, follow, job_card},
    state::{JobKind, Step, Ui},
};
use leptos::{html::Dialog, prelude::*};

/// What came of the rows that were added last.
pub fn added(ui: Ui) -> AnyView {
    follow(move || {
        let added = ui.data.added.get()?;
        let ui = match ui.data.model.get() {
            Some(model) => ui.about(&model.analysis),
            None => ui,
        };
        let (t, lang, it) = (ui.lang.texts(), ui.lang, &added.appended);
        let args = [
            ("n", Arg::Count(it.n_rows)),
            ("name", Arg::Text(&added.name)),
        ];
        let title = fill(lang, t.added_title, &args);
        let args = [
            ("new", Arg::Count(it.n_new)),
            ("updated", Arg::Count(it.n_updated)),
        ];
        let why = fill(lang, t.added_why, &args);
        let crossed = (it.n_crossed > 0).then(|| {
            let args = [("n", Arg::Count(it.n_crossed))];
            view! { <p><b>{fill(lang, t.added_crossed, &args)}</b></p> }.into_any()
        });
        let never = Signal::stored(false);
        let see = (it.n_crossed > 0 && ui.view.step.get() != Step::Actions)
            .then(|| button(t.added_see, true, never, move || ui.act.go(Step::Actions)));
        let dismiss = button(t.dismiss, false, never, move || ui.data.added.set(None));
        Some(view! {
            <section class="card note" part="card note" role="status" data-added=it.n_rows.to_string()>
                <h2>{title}</h2>
                <p class="why">{why}</p>
                {crossed}
                <div class="acts">{dismiss}{see}</div>
            </section>
        }.into_any())
    })
}

/// The same over a list, with what is under way and what went wrong.
pub fn coming(ui: Ui) -> AnyView {
    let job = move || {
        let adds = ui
            .jobs
            .running
            .with(|j| j.as_ref().is_some_and(|j| j.kind == JobKind::Append));
        adds.then(|| job_card(ui))
    };
    view! { {failure_card(ui, &[JobKind::Append])}{job}{added(ui)} }.into_any()
}

/// Asks what shall become of a file that was dropped while another is open.
pub fn dropped(ui: Ui) -> AnyView {
    let dialog = NodeRef::<Dialog>::new();
    let t = ui.lang.texts();
    let file = ui.data.dropped;
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match file.with(Option::is_some) {
            // It refuses when it is open already.
            true => drop(dialog.show_modal()),
            false => dialog.close(),
        }
    });
    let name = move || {
        file.with(|f| f.as_ref().map(web_sys::File::name))
            .unwrap_or_default()
    };
    let title = move || fill(ui.lang, t.drop_title, &[("name", Arg::Text(&name()))]);
    let why = move || {
        let open = ui.data.listed().map(|l| l.1).unwrap_or_default();
        fill(ui.lang, t.drop_why, &[("open", Arg::Text(&open))])
    };
    let off = blocked(ui);
    let take = move || {
        let taken = file.get_untracked();
        file.set(None);
        taken
    };
    let add = move || {
        if let Some(file) = take() {
            leptos::task::spawn_local(ui.act.add_file(file));
        }
    };
    let open = move || {
        if let Some(file) = take() {
            leptos::task::spawn_local(ui.act.load_file(file));
        }
    };
    let never = Signal::stored(false);
    view! {
        <dialog class="privacy dropped" part="dialog" aria-labelledby="dropped-title" node_ref=dialog on:close=move |_| file.set(None)>
            <div class="inner">
                <h2 id="dropped-title">{title}</h2>
                <p class="why">{why}" "{t.add_rows_why}</p>
                <div class="acts">
                    {button(t.drop_add, true, off, add)}
                    {button(t.drop_open, false, off, open)}
                    {button(t.cancel, false, never, move || file.set(None))}
                </div>
            </div>
        </dialog>
    }
    .into_any()
}
