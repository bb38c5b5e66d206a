//! What a training found, the finding first.
use super::{
    export::{self, Chosen},
    leaderboard::leaderboard,
    leaks::leaks,
    refusal,
    tables::tables,
    threshold::threshold,
    worth::{stated, worth},
};
use crate::{
    charts::Figure,
    findings::{
        Pane,
        book::Book,
        chart::{figure, is_wide, plain_figure, save_csv},
        document::save as save_report,
        hosted,
        shown::{STRIP, between, metric_style, run_on, thresholds, title, why},
    },
    report::Report,
    ui::{
        i18n::{Style, metric, metric_why, number, sentence},
        parts::{Col, button, data_table, opening, warning_list},
    },
};
use leptos::prelude::*;
use std::sync::Arc;

/// Figures with a place of their own; all others follow them as they are.
const PLACED: &[&str] = &[
    "roc",
    "precision_recall",
    "calibration",
    "confusion_matrix",
    "thresholds",
    "importance",
    "scores",
    "profit",
];

/// The result screen.
pub(super) fn result(pane: Pane, book: Book, name: &str, report: &Arc<Report>) -> AnyView {
    let t = pane.lang.texts();
    let mut said = report.sentences.iter().map(|s| sentence(pane.lang, s));
    let heading = said
        .next()
        .unwrap_or_else(|| t.result_no_sentence.to_owned());
    let lede = run_on(pane.lang, said);
    let no_model = Signal::stored(!pane.has_model);
    let never = Signal::stored(false);
    let (whole, name) = (report.clone(), name.to_owned());
    let save = Saved { book, whole, name };
    let under = save.clone();
    let renamed = Callback::new(move |chosen: Chosen| {
        let (report, name) = under.report();
        leptos::task::spawn_local(async move {
            match export::renamed(pane.bridge, report, &chosen.key).await {
                Ok((report, lookup)) => {
                    save_report(&report, pane.lang, &name, pane.threshold.get_untracked());
                    if chosen.lookup {
                        // A browser that refuses a download has said so itself.
                        let _ = save_csv(&lookup, "report-lookup.csv");
                    }
                }
                Err(refusal) => {
                    book.refusal.try_set(Some(refusal));
                }
            }
        });
    });
    let press = move || {
        let (report, name) = save.report();
        save_report(&report, pane.lang, &name, pane.threshold.get_untracked());
    };
    let has_ids = export::names_customers(report);
    let saves_report = hosted::exports("report").then(|| {
        view! { <span title=t.save_report_why>{button(t.save_report, false, never, press)}</span> }
            .into_any()
    });
    let saves_model = hosted::exports("model").then(|| {
        button(t.save_model, false, no_model, move || {
            pane.bridge.act("save_model")
        })
    });
    let scores = hosted::offers("predict")
        .then(|| button(t.score_file, true, no_model, move || pane.go("predict")));
    let acts = view! { {saves_report}{saves_model}{scores} }.into_any();
    let said = hosted::exports("report").then(|| {
        let said = if has_ids {
            t.holds_report
        } else {
            t.holds_report_plain
        };
        export::holds(pane, said, has_ids.then_some(renamed))
    });
    let said_model = hosted::exports("model").then(|| export::holds(pane, t.holds_model, None));
    view! {
        {opening(heading, lede, acts.into_any())}
        <div class="held-lines">{said}{said_model}</div>
        {refusal(pane, book)}
        {strip(pane, report)}
        {warning_list(pane.lang, t.model_warnings, &report.warnings)}
        {leaks(pane, report)}
        <div class="grid">
            {profit(pane, book, report)}
            {leaderboard(pane, report)}
            {curves(pane, report)}
            {threshold_cards(pane, report)}
            {evidence(pane, report)}
            {others(pane, report)}
            {tables(pane, report)}
            {by_class(pane, report)}
            {in_words(pane, report)}
        </div>
    }
    .into_any()
}

/// A report as it is saved.
#[derive(Clone)]
struct Saved {
    book: Book,
    whole: Arc<Report>,
    name: String,
}

impl Saved {
    /// As the screen shows it: at the costs that are stated now. With the name of its file.
    fn report(&self) -> (Report, String) {
        let mut report = (*self.whole).clone();
        for (_, figure) in &mut report.figures {
            if let Figure::Profit(it) = figure {
                it.costs = stated(self.book, it);
            }
        }
        (report, self.name.clone())
    }
}

fn profit(pane: Pane, book: Book, report: &Report) -> AnyView {
    match report.figure("profit") {
        Some(Figure::Profit(it)) => worth(pane, book, it),
        _ => ().into_any(),
    }
}

pub(super) fn strip(pane: Pane, report: &Report) -> AnyView {
    let t = pane.lang.texts();
    let cells = STRIP
        .iter()
        .filter_map(|key| report.metrics.iter().find(|m| m.key == *key))
        .take(6)
        .map(|m| {
            let why = metric_why(pane.lang, &m.key);
            let style = metric_style(&m.key);
            view! {
                <div data-metric=m.key.clone()>
                    <dt class="label" title=why>{metric(pane.lang, &m.key).to_owned()}</dt>
                    <dd><span class="num">{number(pane.lang, m.value, style)}</span>
                        {m.interval.map(|i| between(pane.lang, i, style)).map(|i| view! { <span class="label">{i}</span> }.into_any())}</dd>
                </div>
            }.into_any()
        })
        .collect_view();
    view! { <section aria-label=t.metrics_title><dl class="strip" part="strip">{cells}</dl></section> }.into_any()
}

/// ROC and precision-recall; their titles follow the threshold.
fn curves(pane: Pane, report: &Arc<Report>) -> AnyView {
    if thresholds(report).is_none() {
        return ().into_any();
    }
    let now = pane.threshold;
    let mark = Signal::derive(move || Some(now.get()));
    let one = |name: &'static str, class| {
        let it = report.figure(name)?;
        let (whole, drawn) = (report.clone(), it.clone());
        let heading = Signal::derive(move || title(pane.lang, &whole, &drawn, now.get()));
        let shown = Signal::stored(it.clone());
        Some(figure(
            pane.lang,
            name,
            class,
            heading,
            why(pane.lang, it),
            shown,
            mark,
        ))
    };
    view! { {one("roc", "w7")}{one("precision_recall", "w6")}{still(pane, report, "calibration")} }
        .into_any()
}

/// A figure with a place of its own that no control moves.
fn still(pane: Pane, report: &Report, name: &'static str) -> Option<AnyView> {
    let it = report.figure(name)?;
    let heading = Signal::stored(title(pane.lang, report, it, pane.threshold.get_untracked()));
    let (shown, none) = (Signal::stored(it.clone()), Signal::stored(None));
    Some(figure(
        pane.lang,
        name,
        "w6",
        heading,
        why(pane.lang, it),
        shown,
        none,
    ))
}

fn threshold_cards(pane: Pane, report: &Report) -> AnyView {
    let labels = match report.figure("confusion_matrix") {
        Some(Figure::Confusion(c)) => c.labels.clone(),
        _ => [String::new(), String::new()],
    };
    match thresholds(report) {
        Some(ladder) => threshold(pane, ladder, labels),
        None => ().into_any(),
    }
}

fn evidence(pane: Pane, report: &Report) -> AnyView {
    view! { {still(pane, report, "importance")}{still(pane, report, "scores")} }.into_any()
}

pub(super) fn others(pane: Pane, report: &Report) -> AnyView {
    let rest = report.figures.iter();
    let rest = rest.filter(|(key, _)| !PLACED.contains(&key.as_str()));
    // Whole rows first; of halves an odd one gets a whole row, so that none is left with a hole beside it.
    let (whole, half): (Vec<&Figure>, Vec<&Figure>) =
        rest.map(|(_, it)| it).partition(|f| is_wide(f));
    let odd = half.len() % 2;
    let whole = whole.into_iter().chain(half.iter().copied().take(odd));
    let whole = whole
        .map(|it| plain_figure(pane.lang, it, "w12"))
        .collect_view();
    let half = half
        .iter()
        .skip(odd)
        .map(|it| plain_figure(pane.lang, it, "w6"));
    view! { {whole}{half.collect_view()} }.into_any()
}

fn by_class(pane: Pane, report: &Report) -> AnyView {
    let t = pane.lang.texts();
    let Some(table) = report.table("classification_report") else {
        return ().into_any();
    };
    let lang = pane.lang;
    let score = move |v: f64| number(lang, v, Style::Score);
    let head = |key: &str| metric(lang, key).to_owned();
    let label = move |l: &str| match l {
        "accuracy" => metric(lang, "accuracy").to_owned(),
        "macro avg" => t.macro_avg.to_owned(),
        "weighted avg" => t.weighted_avg.to_owned(),
        other => other.to_owned(),
    };
    let columns = [
        Col::text("label", t.col_class).named(label),
        Col::number("precision", head("precision"), score),
        Col::number("recall", head("recall"), score),
        Col::number("f1", head("f1"), score),
        Col::number("support", head("support"), move |v| {
            number(lang, v, Style::Count)
        })
        .optional(),
    ];
    view! {
        <section class="card w6" part="card report">
            <h2>{t.report_title}</h2>
            <p class="why">{t.report_why}</p>
            {data_table(table, &columns, t.report_title.to_owned(), false)}
        </section>
    }
    .into_any()
}

pub(super) fn in_words(pane: Pane, report: &Report) -> AnyView {
    let t = pane.lang.texts();
    let rows = report
        .metrics
        .iter()
        .map(|m| {
            let style = metric_style(&m.key);
            view! {
                <div><dt><b>{metric(pane.lang, &m.key).to_owned()}</b><span class="n">{number(pane.lang, m.value, style)}</span></dt>
                    <dd class="why">{metric_why(pane.lang, &m.key)}</dd></div>
            }.into_any()
        })
        .collect_view();
    view! {
        <section class="card w6" part="card">
            <h2>{t.in_words}</h2>
            <details><summary>{t.metrics_more}</summary><dl class="words">{rows}</dl></details>
        </section>
    }
    .into_any()
}
