//! The models beside each other.
use crate::{
    findings::{
        Pane,
        shown::{between, duration},
    },
    report::{Cells, Metric, Report, ReportTable},
    ui::{
        i18n::{Arg, Lang, Style, fill, learner, metric, number},
        parts::{Col, data_table},
    },
};
use leptos::prelude::*;

/// The metric the models are ranked by: `cv_…_mean`.
fn ranked_by(table: &ReportTable) -> Option<&str> {
    table
        .columns
        .iter()
        .find_map(|c| c.key.strip_prefix("cv_")?.strip_suffix("_mean"))
}

/// The ends of an interval in one column.
fn with_intervals(lang: Lang, table: &ReportTable, low: &str, high: &str) -> Option<ReportTable> {
    let (Some(Cells::Number(low)), Some(Cells::Number(high))) =
        (table.column(low), table.column(high))
    else {
        return None;
    };
    let ends = low.iter().zip(high).map(|(low, high)| {
        let known = low.is_finite() && high.is_finite();
        known.then(|| between(lang, (*low, *high), Style::Score))
    });
    Some(table.clone().optional_text("interval", ends.collect()))
}

/// The search as a whole, where it was measured.
fn nested(lang: Lang, m: &Metric) -> AnyView {
    let value = number(lang, m.value, Style::Score);
    let ends = m
        .interval
        .map(|i| between(lang, i, Style::Score))
        .unwrap_or_default();
    let key = m.key.trim_start_matches("nested_");
    let args = [
        ("metric", Arg::Text(metric(lang, key))),
        ("value", Arg::Text(&value)),
        ("interval", Arg::Text(&ends)),
    ];
    let text = fill(lang, lang.texts().leaderboard_nested, &args);
    view! { <p class="why nested">{text}</p> }.into_any()
}

/// The card; nothing without a table.
pub(super) fn leaderboard(pane: Pane, report: &Report) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let Some(table) = report.table("leaderboard") else {
        return ().into_any();
    };
    let score = move |v: f64| number(lang, v, Style::Score);
    let by = ranked_by(table).unwrap_or_default().to_owned();
    let cv = |end: &str| format!("cv_{by}_{end}");
    let joined = with_intervals(lang, table, &cv("low"), &cv("high"));
    let columns = [
        Col::text("learner", t.col_learner).named(move |id| learner(lang, id).to_owned()),
        Col::number(cv("mean"), t.col_cv, score),
        match joined {
            Some(_) => Col::text("interval", t.col_interval),
            None => Col::number(cv("sd"), "± SD", score).optional(),
        },
        Col::number(format!("test_{by}"), t.col_test, score),
        Col::number("fit_ms", t.col_time, move |ms| duration(lang, ms)).optional(),
    ];
    let why = fill(
        lang,
        t.leaderboard_why,
        &[("metric", Arg::Text(metric(lang, &by)))],
    );
    let whole = report.metrics.iter().find(|m| m.key.starts_with("nested_"));
    view! {
        <section class="card w5 leaderboard" part="card leaderboard">
            <h2>{t.leaderboard_title}</h2>
            <p class="why">{why}</p>
            {data_table(joined.as_ref().unwrap_or(table), &columns, t.leaderboard_title.to_owned(), true)}
            {whole.map(|m| nested(lang, m))}
        </section>
    }
    .into_any()
}
