//! Tables of a report that have no place of their own: folded, with heads and cells in the reader's language.
use super::export::{self, Chosen, bytes_of, save_renamed};
use crate::{
    findings::{
        Pane,
        chart::save_csv,
        hosted,
        shown::{column_head, number_cell, text_cell, to_csv, worded},
    },
    report::{Cells, Report, ReportTable, TableColumn},
    ui::{
        i18n::{Arg, Lang, fill, table, table_why},
        parts::{Col, button, data_table},
    },
};
use leptos::prelude::*;
use std::sync::Arc;

/// Shown elsewhere, or drawn.
const PLACED: &[&str] = &[
    "leaderboard",
    "classification_report",
    "confusion_matrix",
    "importance",
    "predictions",
];

/// Rows shown of a long table.
const SHOWN: usize = 200;

pub(super) fn column(lang: Lang, column: &TableColumn) -> Col {
    let key = column.key.clone();
    let (title, name) = (column_head(lang, &key), key.clone());
    match &column.cells {
        Cells::Number(_) => Col::number(key, title, move |v| number_cell(lang, &name, v)),
        Cells::Text(_) => Col::text(key, title).named(move |cell| text_cell(lang, &name, cell)),
    }
}

fn folded(pane: Pane, of: &Arc<Report>, key: &str, it: &ReportTable) -> AnyView {
    let lang = pane.lang;
    let (all, name) = (of.clone(), key.to_owned());
    let save = move || {
        if let Some(table) = all.table(&name) {
            // A browser that refuses a download has said so itself.
            let _ = save_csv(&to_csv(table), &format!("{name}.csv"));
        }
    };
    let acts = hosted::exports("csv").then(|| {
        let t = lang.texts();
        let has_ids = it.columns.iter().any(|c| c.key == "id");
        let said = if has_ids { t.holds_table } else { t.holds_table_plain };
        let (all, name) = (of.clone(), key.to_owned());
        let renamed = Callback::new(move |chosen: Chosen| {
            let csv = all.table(&name).map(to_csv).unwrap_or_default();
            let name = name.clone();
            leptos::task::spawn_local(async move {
                // A key that is too short cannot be chosen.
                let _ = save_renamed(pane.bridge, &bytes_of(&csv), &name, chosen).await;
            });
        });
        let holds = export::holds(pane, said, has_ids.then_some(renamed));
        view! { {holds}<div class="acts">{button(t.download_csv, false, Signal::stored(false), save)}</div> }
            .into_any()
    });
    let title = table(lang, key).to_owned();
    let n = [("n", Arg::Count(it.n_rows() as u64))];
    let rows = fill(lang, lang.texts().n_rows, &n);
    let why = table_why(lang, key).to_owned();
    let label = title.clone();
    let whole = it.n_rows();
    let it = worded(lang, key, &it.head(SHOWN));
    let columns: Vec<Col> = it.columns.iter().map(|c| column(lang, c)).collect();
    let cut = (it.n_rows() < whole).then(|| {
        let args = [
            ("n", Arg::Count(SHOWN as u64)),
            ("total", Arg::Count(whole as u64)),
        ];
        fill(lang, lang.texts().predictions_first, &args)
    });
    // Made when it is first looked at.
    let opened = RwSignal::new(false);
    view! {
        <details class="card table" part="card" data-table=key.to_owned() on:toggle=move |_| opened.set(true)>
            <summary>{title}<span class="small">{rows}</span></summary>
            <p class="why">{why}" "{cut}</p>
            {acts}
            {move || opened.get().then(|| data_table(&it, &columns, label.clone(), false))}
        </details>
    }
    .into_any()
}

/// The fold of one table, where the report has it.
pub(super) fn only(pane: Pane, report: &Arc<Report>, key: &str) -> AnyView {
    let it = report.table(key).filter(|it| it.n_rows() > 0);
    let fold = it.map(|it| folded(pane, report, key, it));
    view! { <div class="folds w12">{fold}</div> }.into_any()
}

/// One fold per table, in the order of the report.
pub(super) fn tables(pane: Pane, report: &Arc<Report>) -> AnyView {
    let rest = report.tables.iter();
    let rest = rest.filter(|(key, it)| !PLACED.contains(&key.as_str()) && it.n_rows() > 0);
    let folds = rest
        .map(|(key, it)| folded(pane, report, key, it))
        .collect_view();
    view! { <div class="folds w12">{folds}</div> }.into_any()
}
