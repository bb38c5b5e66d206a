//! What a study of all customers found: segments and the like, which predict no outcome.
use super::{
    result::{in_words, others, strip},
    tables::tables,
};
use crate::{
    findings::{Pane, document::save as save_report, hosted, shown::run_on},
    report::{Report, Sentence},
    ui::{
        i18n::sentence,
        parts::{button, opening, warning_list},
    },
};
use leptos::prelude::*;
use std::sync::Arc;

/// The finding first, the rest of them as a list, then figures and tables.
pub(super) fn study(pane: Pane, name: &str, report: &Arc<Report>) -> AnyView {
    let t = pane.lang.texts();
    let lang = pane.lang;
    let (parts, rest): (Vec<&Sentence>, Vec<&Sentence>) = report
        .sentences
        .iter()
        .partition(|s| matches!(s, Sentence::SegmentIs { .. }));
    let mut rest = rest.into_iter().map(|s| sentence(lang, s));
    let heading = rest
        .next()
        .unwrap_or_else(|| t.result_no_sentence.to_owned());
    let lede = run_on(lang, rest);
    let said = parts.into_iter().map(|s| sentence(lang, s));
    let items = said.map(|s| view! { <li>{s}</li> }.into_any());
    let items: Vec<AnyView> = items.collect();
    let list = (!items.is_empty()).then(|| {
        view! { <section class="card" part="card"><ul class="said">{items}</ul></section> }
            .into_any()
    });
    let (whole, name) = (report.clone(), name.to_owned());
    let press = move || save_report(&whole, lang, &name, 0.5);
    let saves = hosted::exports("report").then(|| {
        view! { <span title=t.save_report_why>{button(t.save_report, false, Signal::stored(false), press)}</span> }
            .into_any()
    });
    view! {
        {opening(heading, lede, saves.into_any())}
        {list}
        {strip(pane, report)}
        {warning_list(lang, t.model_warnings, &report.warnings)}
        <div class="grid">
            {others(pane, report)}
            {tables(pane, report)}
            {in_words(pane, report)}
        </div>
    }
    .into_any()
}
