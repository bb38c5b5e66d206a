//! A scored file: how far it is from what the model learned from, what the model says of it, and the first of its rows.
use super::{
    export::{self, Chosen},
    tables::{column, tables},
};
use crate::{
    charts::Figure,
    findings::{
        Pane,
        chart::{figure, plain_figure},
        hosted,
        shown::{metric_style, run_on},
    },
    report::{Report, Sentence},
    ui::{
        i18n::{Arg, Lang, Style, count, fill, metric, number, sentence},
        parts::{Col, button, data_table, opening, warning_list},
    },
};
use js_sys::Array;
use leptos::prelude::*;
use std::sync::Arc;

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

/// What was scored; of two classes it is the title.
fn is_count(said: &Sentence) -> bool {
    matches!(
        said,
        Sentence::Scored { .. } | Sentence::ScoredClasses { .. } | Sentence::ScoredNumbers { .. }
    )
}

fn heading(lang: Lang, report: &Report) -> String {
    let t = lang.texts();
    if let Some((n, positive, _)) = counts(report) {
        let args = [("n", Arg::Count(positive)), ("total", Arg::Count(n))];
        return fill(lang, t.scored_title, &args);
    }
    let said = report.sentences.iter().find(|s| is_count(s));
    said.map_or_else(|| t.result_no_sentence.to_owned(), |s| sentence(lang, s))
}

fn facts(lang: Lang, report: &Report) -> Vec<(String, String)> {
    let t = lang.texts();
    let percent = |v: f64| number(lang, v, Style::Percent1);
    if let Some((n, positive, mean)) = counts(report) {
        return vec![
            (t.scored_rows.to_owned(), count(lang, n)),
            (t.scored_flagged.to_owned(), count(lang, positive)),
            (t.scored_mean.to_owned(), percent(mean)),
        ];
    }
    let name = |key: &str| match key {
        "n_rows" => t.scored_rows.to_owned(),
        key => metric(lang, key).to_owned(),
    };
    let metrics = report.metrics.iter();
    metrics
        .map(|m| (name(&m.key), number(lang, m.value, metric_style(&m.key))))
        .collect()
}

/// The rows that are shown, whatever the model predicts.
fn rows(pane: Pane, report: &Report) -> Option<AnyView> {
    let (t, lang) = (pane.lang.texts(), pane.lang);
    let table = report.table("predictions")?;
    let total = report.metric("n_rows").unwrap_or_default() as u64;
    let args = [
        ("n", Arg::Count(table.n_rows() as u64)),
        ("total", Arg::Count(total)),
    ];
    let cut = if (table.n_rows() as u64) < total {
        fill(lang, t.predictions_first, &args)
    } else {
        String::new()
    };
    let columns: Vec<Col> = table.columns.iter().map(|it| column(lang, it)).collect();
    let view = view! {
        <section class="card w7 predictions" part="card predictions">
            <h2>{t.predictions_title}</h2>
            <p class="why">{cut}</p>
            {data_table(table, &columns, t.predictions_title.to_owned(), false)}
        </section>
    };
    Some(view.into_any())
}

/// How they are spread.
fn spread(pane: Pane, report: &Report) -> Option<AnyView> {
    let (t, lang) = (pane.lang.texts(), pane.lang);
    let shown = ["scores", "predictions", "predicted_classes"];
    let it = shown.iter().find_map(|key| report.figure(key))?;
    Some(match it {
        Figure::Scores(_) => figure(
            lang,
            "scores",
            "w5",
            Signal::stored(t.fig_scores_plain.to_owned()),
            t.scored_why,
            Signal::stored(it.clone()),
            Signal::stored(report.metric("threshold")),
        ),
        it => plain_figure(lang, it, "w5"),
    })
}

/// The screen; `name` is the file's.
pub(super) fn scored(pane: Pane, report: &Arc<Report>, name: &str) -> AnyView {
    let (t, lang) = (pane.lang.texts(), pane.lang);
    // How far the file is from the training data comes before what is predicted for it.
    let said = report.sentences.iter().filter(|s| !is_count(s));
    let head = fill(lang, t.scored_head, &[("name", Arg::Text(name))]);
    let lede = run_on(
        lang,
        std::iter::once(head).chain(said.map(|s| sentence(lang, s))),
    );
    let never = Signal::stored(false);
    let acts = view! {
        {button(t.start_over, false, never, move || pane.bridge.act("start_over"))}
        {hosted::exports("csv").then(|| button(t.download_csv, true, never, move || pane.bridge.act("save_scores")))}
    }
    .into_any();
    let said = hosted::exports("csv").then(|| {
        let save = Callback::new(move |chosen: Chosen| {
            let how = Array::of2(&chosen.key.into(), &chosen.lookup.into());
            pane.bridge.tell("save_scores", how);
        });
        export::holds(pane, t.holds_scores, Some(save))
    });
    let facts = facts(lang, report)
        .into_iter()
        .map(|(head, value)| view! { <div><dt class="label">{head}</dt><dd><span class="num">{value}</span></dd></div> }.into_any())
        .collect_view();
    let drift = report.figure("drift");
    let drift = drift.map(|it| plain_figure(lang, it, "w12"));
    view! {
        {opening(heading(lang, report), lede, acts.into_any())}
        {said}
        <dl class="strip three" part="strip">{facts}</dl>
        {warning_list(lang, t.warnings_title, &report.warnings)}
        <div class="grid">{drift}{rows(pane, report)}{spread(pane, report)}{tables(pane, report)}</div>
    }
    .into_any()
}
