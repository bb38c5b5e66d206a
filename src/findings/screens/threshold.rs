//! The movable decision threshold and what it does, computed in the page from the ladder of counts.
use crate::{
    charts::{Confusion, Figure, Thresholds},
    findings::{Pane, chart::figure},
    ui::{
        i18n::{Arg, Style, fill, metric, number},
        parts::parse_number,
        plain,
    },
};
use leptos::prelude::*;

const STEP: f64 = 0.005;

/// Cards with the slider, its figures, and the confusion matrix that follows it.
pub fn threshold(pane: Pane, thresholds: &Thresholds, labels: [String; 2]) -> AnyView {
    let t = pane.lang.texts();
    let ladder = StoredValue::new(thresholds.clone());
    let now = pane.threshold;
    let at = Memo::new(move |_| ladder.with_value(|l| l.at(now.get())));
    let percent = move |v: f64| number(pane.lang, v, Style::Percent);
    let title = Signal::derive(move || {
        let value = number(pane.lang, now.get(), Style::Percent1);
        fill(
            pane.lang,
            t.threshold_title,
            &[("threshold", Arg::Text(&value))],
        )
    });
    let flagged = move || {
        let op = at.get();
        let args = [
            ("n", Arg::Count(op.n_flagged())),
            ("total", Arg::Count(op.n_rows())),
        ];
        fill(pane.lang, t.flagged_of, &args)
    };
    let facts = [
        (
            "precision",
            Signal::derive(move || percent(at.get().precision())),
        ),
        ("recall", Signal::derive(move || percent(at.get().recall()))),
        (
            "f1",
            Signal::derive(move || number(pane.lang, at.get().f1(), Style::Score)),
        ),
        (
            "mcc",
            Signal::derive(move || number(pane.lang, at.get().mcc(), Style::Score)),
        ),
    ];
    let facts = facts
        .into_iter()
        .map(|(key, value)| {
            view! { <div data-metric=key><dt>{metric(pane.lang, key).to_owned()}</dt><dd>{move || value.get()}</dd></div> }.into_any()
        })
        .collect_view();
    let set = move |e| {
        if let Some(v) = parse_number(&event_target_value(&e)) {
            pane.set_threshold(v.clamp(0.0, 1.0));
        }
    };
    let confusion = Signal::derive(move || {
        let op = at.get();
        Figure::from(Confusion {
            labels: labels.clone(),
            counts: [[op.tn, op.fp], [op.fn_, op.tp]],
        })
    });
    let curves: Signal<Figure> = Signal::stored(thresholds.clone().into());
    view! {
        <section class="card w12 threshold" part="card threshold">
            <h2>{move || title.get()}</h2>
            <p class="why">{t.threshold_why}</p>
            <label class="field slider"><span>{t.threshold_label}</span>
                <input type="range" min="0" max="1" step=plain(STEP) prop:value=move || plain(now.get())
                    aria-valuetext=move || number(pane.lang, now.get(), Style::Percent1) on:input=set/></label>
            <dl class="facts" aria-live="polite">
                <div data-metric="flagged"><dt>{t.flagged}</dt><dd>{move || flagged()}<span class="small">{move || percent(at.get().share_flagged())}</span></dd></div>
                {facts}
            </dl>
        </section>
        {figure(pane.lang, "confusion_matrix", "w6", Signal::stored(t.matrix_title.to_owned()), t.count, confusion, Signal::stored(None))}
        {figure(pane.lang, "thresholds", "w6", Signal::stored(t.fig_thresholds.to_owned()), t.fig_thresholds_why, curves, Signal::derive(move || Some(now.get())))}
    }
    .into_any()
}
