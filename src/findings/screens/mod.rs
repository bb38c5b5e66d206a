//! One file per screen, drawn where the page leaves a place for it.
mod actions;
mod costs;
mod customer;
mod export;
mod health;
mod leaderboard;
mod leaks;
mod money;
mod overview;
mod playbook;
mod privacy;
mod project;
mod projects;
mod result;
mod rows;
mod scored;
mod share;
mod study;
mod tables;
mod threshold;
mod versions;
mod what_if;
mod why;
mod worth;

pub(super) use share::Open;
pub(super) use why::finding;

use super::{Pane, book::Book};
use crate::{report::Report, ui::parts::follow};
use leptos::prelude::*;
use std::sync::Arc;

/// The screen `which`, of the file `name`; nothing where there is none, or nothing to show in it.
pub(super) fn screen(
    pane: Pane,
    book: Book,
    which: &str,
    name: &str,
    report: Option<Arc<Report>>,
    open: Open,
) -> AnyView {
    match (which, report) {
        ("result", Some(report)) => result::result(pane, book, name, &report),
        ("study", Some(report)) => study::study(pane, name, &report),
        ("overview", _) => overview::overview(pane, book),
        ("share", _) => share::share(pane, open),
        ("actions", _) => actions::actions(pane, book),
        ("scored", Some(report)) => scored::scored(pane, &report, name),
        ("versions", _) => versions::versions(pane),
        ("projects", _) => projects::go_on(pane),
        ("troubles", _) => projects::troubles(pane),
        ("project", _) => project::project(pane),
        ("privacy", _) => privacy::privacy(pane),
        ("ask", _) => projects::ask(pane),
        ("model", Some(report)) => tables::only(pane, &report, "model_card"),
        _ => ().into_any(),
    }
}

/// The last question that was refused, where it can be seen.
fn refusal(pane: Pane, book: Book) -> AnyView {
    let t = pane.lang.texts();
    follow(move || {
        let refusal = book.refusal.get()?;
        let dismiss = move |_| book.refusal.set(None);
        Some(view! {
            <section class="card bad" part="card error" role="alert" data-code=refusal.code>
                <h2>{t.err_title}</h2>
                <p>{refusal.message}</p>
                <div class="acts"><button type="button" part="button" on:click=dismiss>{t.dismiss}</button></div>
            </section>
        }.into_any())
    })
}
