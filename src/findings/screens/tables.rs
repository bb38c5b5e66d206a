//! Tables of a report that have no place of their own: folded, with heads and cells in the reader's language.
use crate::{
    findings::Pane,
    report::{Cells, Report, ReportTable, TableColumn},
    ui::{
        i18n::{Arg, Lang, Style, fill, head, learner, number, option, param, table, table_why},
        parts::{Col, data_table},
    },
};
use leptos::prelude::*;

/// Shown elsewhere, or drawn.
const PLACED: &[&str] = &[
    "leaderboard",
    "classification_report",
    "confusion_matrix",
    "importance",
];

/// Rows shown of a long table.
const SHOWN: usize = 200;

/// A time as people say it.
pub(super) fn duration(lang: Lang, ms: f64) -> String {
    let t = lang.texts();
    let (n, template) = if ms < 1000.0 {
        (number(lang, ms.round(), Style::Count), t.milliseconds)
    } else {
        (number(lang, ms / 1000.0, Style::Short), t.seconds)
    };
    fill(lang, template, &[("n", Arg::Text(&n))])
}

/// `C=1, penalty=l1` in words. What is switched off is not worth reading.
fn settings(lang: Lang, text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    for part in text.split(", ") {
        match (part.split_once('='), out.last_mut()) {
            (Some((_, "none")), _) => {}
            (Some((name, value)), _) => {
                out.push(format!(
                    "{} {}",
                    param(lang, name),
                    option(lang, name, value)
                ));
            }
            // The rest of a list.
            (None, Some(last)) => *last = format!("{last} {part}"),
            (None, None) => out.push(part.to_owned()),
        }
    }
    out.join(" · ")
}

fn column(lang: Lang, column: &TableColumn) -> Col {
    let key = column.key.clone();
    let title = head(lang, &key).to_owned();
    match &column.cells {
        Cells::Number(_) => {
            let name = key.clone();
            Col::number(key, title, move |v| match name.as_str() {
                "ms" | "fit_ms" => duration(lang, v),
                "rows" | "n_rows" | "rank" | "round" | "n_folds" => number(lang, v, Style::Count),
                "p_value" if v < 0.001 => format!("< {}", number(lang, 0.001, Style::Score)),
                "step" | "value" | "at_risk" | "expected_gain" | "psi" | "lift" | "edge"
                | "threshold" => number(lang, v, Style::Short),
                "n" | "positives" | "decile" | "health" | "count" => number(lang, v, Style::Count),
                "probability" => number(lang, v, Style::Percent1),
                _ => number(lang, v, Style::Score),
            })
        }
        Cells::Text(_) => {
            let name = key.clone();
            Col::text(key, title).named(move |cell| match name.as_str() {
                "learner" => learner(lang, cell).to_owned(),
                "params" => settings(lang, cell),
                "verdict" | "kept" => option(lang, &name, cell).to_owned(),
                _ => cell.to_owned(),
            })
        }
    }
}

fn folded(pane: Pane, key: &str, it: &ReportTable) -> AnyView {
    let lang = pane.lang;
    let columns: Vec<Col> = it.columns.iter().map(|c| column(lang, c)).collect();
    let title = table(lang, key).to_owned();
    let n = [("n", Arg::Count(it.n_rows() as u64))];
    let rows = fill(lang, lang.texts().n_rows, &n);
    let why = table_why(lang, key).to_owned();
    let label = title.clone();
    let whole = it.n_rows();
    let it = it.head(SHOWN);
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
            {move || opened.get().then(|| data_table(&it, &columns, label.clone(), false))}
        </details>
    }
    .into_any()
}

/// One fold per table, in the order of the report.
pub(super) fn tables(pane: Pane, report: &Report) -> AnyView {
    let rest = report.tables.iter();
    let rest = rest.filter(|(key, it)| !PLACED.contains(&key.as_str()) && it.n_rows() > 0);
    let folds = rest.map(|(key, it)| folded(pane, key, it)).collect_view();
    view! { <div class="folds w12">{folds}</div> }.into_any()
}
