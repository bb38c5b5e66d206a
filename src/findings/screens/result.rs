//! What a training found, the finding first.
use super::{
    leaderboard::{between, leaderboard},
    leaks::leaks,
    tables::tables,
    threshold::threshold,
    worth::worth,
};
use crate::{
    charts::{Calibration, Figure, Scores, Thresholds},
    findings::{
        Pane,
        book::Book,
        chart::{figure, is_wide, plain_figure},
    },
    report::Report,
    ui::{
        i18n::{Arg, Style, fill, metric, metric_why, number, sentence},
        parts::{Col, button, data_table, opening, warning_list},
    },
};
use leptos::prelude::*;

/// Shown in the strip, in this order.
const STRIP: &[&str] = &[
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier_score",
    "f1",
    "mcc",
    "roc_auc_ovr",
    "f1_macro",
    "r2",
    "rmse",
    "mae",
    "mape",
    "median_absolute_error",
    "coverage",
];

/// Metrics in the unit of the target.
const IN_UNITS: &[&str] = &["rmse", "mae", "median_absolute_error"];

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
pub(super) fn result(pane: Pane, book: Book, report: &Report) -> AnyView {
    let t = pane.lang.texts();
    let mut said = report.sentences.iter().map(|s| sentence(pane.lang, s));
    let title = said
        .next()
        .unwrap_or_else(|| t.result_no_sentence.to_owned());
    let joint = if pane.lang == crate::ui::i18n::Lang::Zh {
        ""
    } else {
        " "
    };
    let lede = said.collect::<Vec<_>>().join(joint);
    let no_model = Signal::stored(!pane.has_model);
    let acts = view! {
        {button(t.save_model, false, no_model, move || pane.bridge.act("save_model"))}
        {button(t.score_file, true, no_model, move || pane.go("predict"))}
    }
    .into_any();
    view! {
        {opening(title, lede, acts.into_any())}
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

fn profit(pane: Pane, book: Book, report: &Report) -> AnyView {
    match report.figure("profit") {
        Some(Figure::Profit(it)) => worth(pane, book, it),
        _ => ().into_any(),
    }
}

fn strip(pane: Pane, report: &Report) -> AnyView {
    let t = pane.lang.texts();
    let cells = STRIP
        .iter()
        .filter_map(|key| report.metrics.iter().find(|m| m.key == *key))
        .take(6)
        .map(|m| {
            let why = metric_why(pane.lang, &m.key);
            let style = if IN_UNITS.contains(&m.key.as_str()) {
                Style::Short
            } else {
                Style::Score
            };
            view! {
                <div data-metric=m.key.clone()>
                    <dt class="label" title=why>{metric(pane.lang, &m.key).to_owned()}</dt>
                    <dd><span class="num">{number(pane.lang, m.value, style)}</span>
                        {m.interval.map(|i| between(pane.lang, i)).map(|i| view! { <span class="label">{i}</span> }.into_any())}</dd>
                </div>
            }.into_any()
        })
        .collect_view();
    view! { <section aria-label=t.metrics_title><dl class="strip" part="strip">{cells}</dl></section> }.into_any()
}

fn thresholds(report: &Report) -> Option<&Thresholds> {
    match report.figure("thresholds") {
        Some(Figure::Thresholds(it)) => Some(it),
        _ => None,
    }
}

/// ROC and precision-recall; their titles follow the threshold.
fn curves(pane: Pane, report: &Report) -> AnyView {
    let t = pane.lang.texts();
    let Some(ladder) = thresholds(report).cloned() else {
        return ().into_any();
    };
    let ladder = StoredValue::new(ladder);
    let now = pane.threshold;
    let at = Memo::new(move |_| ladder.with_value(|l| l.at(now.get())));
    let percent = move |v: f64| number(pane.lang, v, Style::Percent);
    let roc_title = Signal::derive(move || {
        let op = at.get();
        let (threshold, recall, fpr) = (
            number(pane.lang, now.get(), Style::Percent1),
            percent(op.recall()),
            percent(1.0 - op.specificity()),
        );
        let args = [
            ("threshold", Arg::Text(&threshold)),
            ("recall", Arg::Text(&recall)),
            ("fpr", Arg::Text(&fpr)),
        ];
        fill(pane.lang, t.fig_roc, &args)
    });
    let pr_title = Signal::derive(move || {
        let (threshold, precision) = (
            number(pane.lang, now.get(), Style::Percent1),
            percent(at.get().precision()),
        );
        let args = [
            ("threshold", Arg::Text(&threshold)),
            ("precision", Arg::Text(&precision)),
        ];
        fill(pane.lang, t.fig_pr, &args)
    });
    let mark = Signal::derive(move || Some(now.get()));
    let one = |key: &str, class, title, caption| {
        let name = if key == "roc" {
            "roc"
        } else {
            "precision_recall"
        };
        report.figure(key).map(|f| {
            figure(
                pane.lang,
                name,
                class,
                title,
                caption,
                Signal::stored(f.clone()),
                mark,
            )
        })
    };
    view! {
        {one("roc", "w7", roc_title, t.fig_roc_why)}
        {one("precision_recall", "w6", pr_title, t.fig_pr_why)}
        {calibration(pane, report)}
    }
    .into_any()
}

fn still(text: String) -> Signal<String> {
    Signal::stored(text)
}

fn calibration(pane: Pane, report: &Report) -> AnyView {
    let t = pane.lang.texts();
    let Some(Figure::Calibration(it)) = report.figure("calibration") else {
        return ().into_any();
    };
    let Calibration { bins, .. } = it;
    let off = bins
        .iter()
        .filter(|b| b.predicted < b.low || b.predicted > b.high)
        .count();
    let title = if bins.is_empty() {
        t.fig_calibration_plain.to_owned()
    } else if off == 0 {
        t.fig_calibration_good.to_owned()
    } else {
        let args = [
            ("off", Arg::Count(off as u64)),
            ("bins", Arg::Count(bins.len() as u64)),
        ];
        fill(pane.lang, t.fig_calibration, &args)
    };
    let shown = Signal::stored(Figure::from(it.clone()));
    figure(
        pane.lang,
        "calibration",
        "w6",
        still(title),
        t.fig_calibration_why,
        shown,
        Signal::stored(None),
    )
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

/// The middle of a histogram: the edge below which half of its rows lie.
fn half(edges: &[f64], counts: &[u64]) -> Option<f64> {
    let total: u64 = counts.iter().sum();
    let mut seen = 0;
    for (i, n) in counts.iter().enumerate() {
        seen += n;
        if total > 0 && seen * 2 >= total {
            return edges.get(i + 1).copied();
        }
    }
    None
}

fn evidence(pane: Pane, report: &Report) -> AnyView {
    let t = pane.lang.texts();
    let importance = match report.figure("importance") {
        Some(f @ Figure::Importance(it)) => {
            let title = match it.rows.first() {
                Some(first) if first.mean > 0.0 => fill(
                    pane.lang,
                    t.fig_importance,
                    &[("column", Arg::Text(&first.column))],
                ),
                _ => t.fig_importance_plain.to_owned(),
            };
            let shown = Signal::stored(f.clone());
            Some(figure(
                pane.lang,
                "importance",
                "w6",
                still(title),
                t.fig_importance_why,
                shown,
                Signal::stored(None),
            ))
        }
        _ => None,
    };
    let scores = match report.figure("scores") {
        Some(
            f @ Figure::Scores(Scores {
                edges,
                positive,
                negative,
            }),
        ) => {
            // Histograms know halves only to a bin: the lower edge for leavers, the upper for the others.
            let step = edges.get(1).copied().unwrap_or(0.0) - edges.first().copied().unwrap_or(0.0);
            let title = match (half(edges, positive), half(edges, negative)) {
                (Some(high), Some(low)) => {
                    let high = number(pane.lang, high - step, Style::Percent);
                    let low = number(pane.lang, low, Style::Percent);
                    let args = [("high", Arg::Text(&high)), ("low", Arg::Text(&low))];
                    fill(pane.lang, t.fig_scores, &args)
                }
                _ => t.fig_scores_plain.to_owned(),
            };
            let shown = Signal::stored(f.clone());
            Some(figure(
                pane.lang,
                "scores",
                "w6",
                still(title),
                t.fig_scores_why,
                shown,
                Signal::stored(None),
            ))
        }
        _ => None,
    };
    view! { {importance}{scores} }.into_any()
}

fn others(pane: Pane, report: &Report) -> AnyView {
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

fn in_words(pane: Pane, report: &Report) -> AnyView {
    let t = pane.lang.texts();
    let rows = report
        .metrics
        .iter()
        .map(|m| {
            let style = if m.key.starts_with("n_") { Style::Count } else { Style::Score };
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
