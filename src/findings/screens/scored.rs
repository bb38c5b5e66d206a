//! A scored file: how many are flagged, and the first of them.
use crate::{
    charts::Figure,
    findings::{Pane, chart::figure},
    report::{Report, Sentence},
    ui::{
        i18n::{Arg, Style, count, fill, number},
        parts::{Col, button, data_table, opening, warning_list},
    },
};
use leptos::prelude::*;

/// Rows, rows at or above the threshold, mean probability.
fn counts(report: &Report) -> Option<(u64, u64, f64)> {
    report.sentences.iter().find_map(|s| match s {
        Sentence::Scored {
            n_rows,
            n_positive,
            mean,
        } => Some((*n_rows, *n_positive, *mean)),
        _ => None,
    })
}

/// The screen; `name` is the file's.
pub(super) fn scored(pane: Pane, report: &Report, name: &str) -> AnyView {
    let (t, lang) = (pane.lang.texts(), pane.lang);
    let (n, positive, mean) = counts(report).unwrap_or_default();
    let title = fill(
        lang,
        t.scored_title,
        &[("n", Arg::Count(positive)), ("total", Arg::Count(n))],
    );
    let lede = fill(lang, t.scored_head, &[("name", Arg::Text(name))]);
    let never = Signal::stored(false);
    let acts = view! {
        {button(t.start_over, false, never, move || pane.bridge.act("start_over"))}
        {button(t.download_csv, true, never, move || pane.bridge.act("save_scores"))}
    }
    .into_any();
    let percent = move |v: f64| number(lang, v, Style::Percent1);
    let facts = [
        (t.scored_rows, count(lang, n)),
        (t.scored_flagged, count(lang, positive)),
        (t.scored_mean, percent(mean)),
    ];
    let facts = facts
        .into_iter()
        .map(|(head, value)| view! { <div><dt class="label">{head}</dt><dd><span class="num">{value}</span></dd></div> }.into_any())
        .collect_view();
    let columns = [
        Col::text("id", t.col_id),
        Col::number("probability", t.col_probability, percent),
        Col::text("class", t.col_class),
    ];
    let table = report.table("predictions");
    let first = table.map(|table| {
        let args = [
            ("n", Arg::Count(table.n_rows() as u64)),
            ("total", Arg::Count(n)),
        ];
        let title = if (table.n_rows() as u64) < n {
            fill(lang, t.predictions_first, &args)
        } else {
            String::new()
        };
        view! {
            <section class="card w7 predictions" part="card predictions">
                <h2>{t.predictions_title}</h2>
                <p class="why">{title}</p>
                {data_table(table, &columns, t.predictions_title.to_owned(), false)}
            </section>
        }
        .into_any()
    });
    let scores = match report.figure("scores") {
        Some(f @ Figure::Scores(_)) => {
            let title = Signal::stored(t.fig_scores_plain.to_owned());
            let mark = Signal::stored(report.metric("threshold"));
            Some(figure(
                lang,
                "scores",
                "w5",
                title,
                t.scored_why,
                Signal::stored(f.clone()),
                mark,
            ))
        }
        _ => None,
    };
    view! {
        {opening(title, lede, acts.into_any())}
        <dl class="strip three" part="strip">{facts}</dl>
        {warning_list(lang, t.warnings_title, &report.warnings)}
        <div class="grid">{first}{scores}</div>
    }
    .into_any()
}
