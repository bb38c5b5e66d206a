//! Money, risks and ids as they are written everywhere.
use crate::{
    findings::Pane,
    protocol::desk::{Counts, CustomerRow},
    ui::i18n::{Lang, Style, number},
};
use leptos::prelude::*;

/// From here on cents are noise.
const WHOLE: f64 = 100.0;

/// An amount.
pub(super) fn money(lang: Lang, v: f64) -> String {
    let style = if v.abs() >= WHOLE || v == v.trunc() {
        Style::Count
    } else {
        Style::Short
    };
    number(lang, v, style)
}

/// Whether values are money: nobody has stated any where every customer counts one.
pub(super) fn is_money(counts: &Counts) -> bool {
    counts.value != counts.n as f64
}

/// `high`, `mid` or `low`, by how a probability lies to the threshold.
fn band(probability: f64, threshold: f64) -> &'static str {
    if probability >= threshold {
        "high"
    } else if probability >= threshold / 2.0 {
        "mid"
    } else {
        "low"
    }
}

/// A probability with its colour.
pub(super) fn risk(pane: Pane, customer: &CustomerRow) -> AnyView {
    let class = format!(
        "risk {}",
        band(customer.probability, pane.threshold.get_untracked())
    );
    let text = number(pane.lang, customer.probability, Style::Percent);
    view! { <span class=class>{text}</span> }.into_any()
}

/// How a probability has moved since the row before.
pub(super) fn trend(pane: Pane, customer: &CustomerRow) -> Option<AnyView> {
    let by = customer.probability - customer.before?;
    let points = number(pane.lang, by * 100.0, Style::Count);
    let (class, text) = if by >= 0.005 {
        ("delta up", format!("+{points}"))
    } else if by <= -0.005 {
        ("delta down", points)
    } else {
        return None;
    };
    let t = pane.lang.texts();
    Some(view! { <span class=class title=t.trend_why>{text}</span> }.into_any())
}
