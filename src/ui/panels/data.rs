//! Data: what was read, what is odd about it, what the columns are for.
use super::{
    added::added,
    columns::columns,
    roles::roles,
    start::{ACCEPT, blocked, start},
};
use crate::{
    base::DatasetProfile,
    ui::{
        i18n::{Arg, bytes, fill},
        parts::{
            Finding, button, failure_card, file_button, findings, follow, job_card, notice,
            opening, warning_list,
        },
        state::{JobKind, Step, Ui},
    },
};
use leptos::prelude::*;
use std::sync::Arc;

/// Below this, any figure is mostly chance.
const FEW_ROWS: u64 = 100;

/// The Data panel.
pub fn data(ui: Ui) -> AnyView {
    follow(move || match ui.data.loaded.get() {
        None => start(ui),
        Some(loaded) => {
            let loaded = Arc::clone(&loaded);
            described(ui, &loaded.profile)
        }
    })
}

fn delimiter(c: char) -> String {
    match c {
        '\t' => "tab".to_owned(),
        c => format!("“{c}”"),
    }
}

fn described(ui: Ui, profile: &DatasetProfile) -> AnyView {
    let t = ui.lang.texts();
    let n_warnings = profile.warnings.len() as u64;
    let n_columns = profile.columns.len().to_string();
    let args = [
        ("n", Arg::Count(profile.n_rows)),
        ("columns", Arg::Text(&n_columns)),
        ("warnings", Arg::Count(n_warnings)),
    ];
    let template = if n_warnings == 0 {
        t.data_ready
    } else {
        t.data_ready_checked
    };
    let title = fill(ui.lang, template, &args);
    let size = bytes(ui.lang, profile.n_bytes);
    let delimiter = profile.delimiter.map(delimiter);
    let lede = [
        ("name", Arg::Text(&profile.name)),
        ("size", Arg::Text(&size)),
        ("encoding", Arg::Text(&profile.encoding)),
        (
            "delimiter",
            Arg::Text(delimiter.as_deref().unwrap_or_default()),
        ),
    ];
    let template = if delimiter.is_some() {
        t.data_lede
    } else {
        t.data_lede_plain
    };
    let lede = fill(ui.lang, template, &lede);
    let off = blocked(ui);
    let no_next = Signal::derive(move || !ui.data.has_target());
    let acts = view! {
        {file_button(t.change_file, ACCEPT, false, off, move |file| leptos::task::spawn_local(ui.act.load_file(file)))}
        <span title=t.add_rows_why>{file_button(t.add_rows, ACCEPT, false, off, move |file| leptos::task::spawn_local(ui.act.add_file(file)))}</span>
        {button(t.next_prepare, true, no_next, move || ui.act.go(Step::Prepare))}
    }.into_any();
    let few = (profile.n_rows < FEW_ROWS).then(|| {
        let why = fill(
            ui.lang,
            t.few_rows_why,
            &[("n", Arg::Count(profile.n_rows))],
        );
        notice(t.few_rows_title, why)
    });
    let no_target = move || {
        (!ui.data.has_target()).then(|| notice(t.target_missing_title, t.target_missing_why))
    };
    view! {
        {opening(title, lede, acts.into_any())}
        {failure_card(ui, &[JobKind::Load, JobKind::Demo, JobKind::Append])}
        {job_card(ui)}
        {added(ui)}
        {few}
        {move || no_target()}
        <div class="grid two">
            {roles(ui, profile)}
            {warning_list(ui.lang, t.warnings_title, &profile.warnings)}
        </div>
        {columns(ui, profile)}
        {preview(ui, profile)}
        {move || share(ui)}
    }
    .into_any()
}

/// Figures of groups to hand on; drawn when it is opened.
fn share(ui: Ui) -> Option<AnyView> {
    let t = ui.lang.texts();
    let opened = RwSignal::new(false);
    ui.view.host.with(|h| h.exports("aggregates")).then(|| {
        view! {
            <details class="card settings" part="card" data-share="" on:toggle=move |_| opened.set(true)>
                <summary>{t.share_title}</summary>
                {move || opened.get().then(|| findings(ui, Finding::Share))}
            </details>
        }
        .into_any()
    })
}

fn preview(ui: Ui, profile: &DatasetProfile) -> AnyView {
    let t = ui.lang.texts();
    let title = fill(
        ui.lang,
        t.preview_title,
        &[("n", Arg::Count(profile.preview.len() as u64))],
    );
    let (columns, preview) = (profile.columns.clone(), profile.preview.clone());
    // Drawn when it is opened: most people never do, and wide tables are long.
    let opened = RwSignal::new(false);
    let label = title.clone();
    let table = move || {
        let heads = columns
            .iter()
            .map(|c| view! { <th scope="col">{c.field.name.clone()}</th> }.into_any())
            .collect_view();
        let rows = preview
            .iter()
            .map(|row| {
                let cells = row
                    .iter()
                    .map(|c| view! { <td>{c.clone()}</td> }.into_any())
                    .collect_view();
                view! { <tr>{cells}</tr> }.into_any()
            })
            .collect_view();
        view! {
            <div class="scroll" tabindex="0" role="region" aria-label=label.clone()>
                <table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>
            </div>
        }
        .into_any()
    };
    view! {
        <details class="card preview" part="card" on:toggle=move |_| opened.set(true)>
            <summary>{title}</summary>
            {move || opened.get().then(&table)}
        </details>
    }
    .into_any()
}
