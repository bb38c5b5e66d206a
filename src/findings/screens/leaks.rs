//! Columns that give the outcome away, each with a way to leave it out.
use crate::{
    findings::Pane,
    report::{Cells, Report},
    ui::{
        i18n::{Arg, fill},
        parts::button,
    },
};
use leptos::prelude::*;

/// A button for each suspicious column; nothing where there is none. What is wrong with it stands among the warnings.
pub(super) fn leaks(pane: Pane, report: &Report) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let columns = report
        .table("leaks")
        .and_then(|table| table.column("column"));
    let Some(Cells::Text(columns)) = columns else {
        return ().into_any();
    };
    let mut names: Vec<String> = Vec::new();
    for name in columns.iter().flatten() {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    if names.is_empty() {
        return ().into_any();
    }
    let never = Signal::stored(false);
    let n = [("n", Arg::Count(names.len() as u64))];
    let title = fill(lang, t.leaks_title, &n);
    let rows = names.into_iter().map(|name| {
        let out = name.clone();
        let press = move || pane.bridge.tell("leave_out", out.as_str());
        view! { <li><b>{name}</b>{button(t.leave_out, false, never, press)}</li> }.into_any()
    });
    view! {
        <section class="card note leaks" part="card note"><h2>{title}</h2><p class="why">{t.leaks_why}</p><ul>{rows.collect_view()}</ul></section>
    }
    .into_any()
}
