//! Warnings: things a person should know before acting.
use crate::{
    base::Warning,
    ui::i18n::{Arg, Lang, fill, warning},
};
use leptos::prelude::*;

/// Warnings shown before the list is folded.
const SHOWN: usize = 6;

/// Warnings under a counted title; the rest of a long list is folded.
pub fn warning_list(lang: Lang, title: &'static str, warnings: &[Warning]) -> AnyView {
    if warnings.is_empty() {
        return ().into_any();
    }
    let t = lang.texts();
    let n = |n: usize| [("n", Arg::Count(n as u64))];
    let item = |w: &Warning| view! { <li>{warning(lang, w)}</li> }.into_any();
    let cut = if warnings.len() > SHOWN + 1 {
        SHOWN
    } else {
        warnings.len()
    };
    let (first, rest) = warnings.split_at(cut);
    let folded = (!rest.is_empty()).then(|| {
        view! {
            <details>
                <summary>{fill(lang, t.warnings_more, &n(rest.len()))}</summary>
                <ul>{rest.iter().map(item).collect_view()}</ul>
            </details>
        }
        .into_any()
    });
    view! {
        <section class="card warnings" part="card warnings">
            <h2>{fill(lang, title, &n(warnings.len()))}</h2>
            <ul>{first.iter().map(item).collect_view()}</ul>
            {folded}
        </section>
    }
    .into_any()
}
