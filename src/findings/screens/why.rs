//! Why one customer has this prediction: the picture and the two sentences.
use crate::{
    base::Cell,
    charts::{Waterfall, WaterfallStep},
    findings::{Pane, chart::plain_figure},
    protocol::desk::{Explanation, LEAST_SHARE, Why},
    report::{Sentence, Why as Told, WhyOf},
    ui::i18n::{Arg, Style, fill, number, sentence},
};
use leptos::prelude::*;

fn cell(text: Option<&String>) -> Cell {
    text.map_or(Cell::Missing, |t| Cell::from(t.as_str()))
}

fn told(why: &Why) -> Told {
    let differs = why.typical != why.value;
    Told {
        column: why.column.clone(),
        value: cell(why.value.as_ref()),
        typical: differs.then(|| cell(why.typical.as_ref())),
        points: why.points,
    }
}

/// The finding about `prediction`: the strongest reasons that lead to it, and one that speaks against.
pub(in crate::findings) fn finding(
    of: WhyOf,
    explanation: &Explanation,
    prediction: f64,
) -> Sentence {
    let least = match of {
        WhyOf::Number { .. } => f64::MIN_POSITIVE,
        _ => LEAST_SHARE,
    };
    let reasons = explanation.told(prediction, least);
    Sentence::WhyScore {
        of,
        prediction,
        base: explanation.base,
        reasons: reasons.into_iter().map(told).collect(),
    }
}

/// The card: sentences, picture.
pub(super) fn card(pane: Pane, explanation: &Explanation, prediction: f64) -> AnyView {
    let lang = pane.lang;
    let said = sentence(lang, &finding(WhyOf::Leaving, explanation, prediction));
    let step = |w: &Why| WaterfallStep {
        column: w.column.clone(),
        value: cell(w.value.as_ref()),
        points: w.points,
        error: w.error.unwrap_or(f64::NAN),
    };
    let picture = Waterfall {
        base: explanation.base,
        prediction,
        steps: explanation.reasons.iter().map(step).collect(),
        is_share: true,
    };
    view! {
        <p class="lede why-score">{said}</p>
        <div class="grid">{plain_figure(lang, &picture.into(), "w12")}</div>
    }
    .into_any()
}

/// A reason in a line: the column, its cell, its points.
pub(super) fn short(pane: Pane, why: &Why) -> AnyView {
    let points = number(pane.lang, why.points * 100.0, Style::Count);
    let points = if why.points > 0.0 {
        format!("+{points}")
    } else {
        points
    };
    let value = why
        .value
        .clone()
        .unwrap_or_else(|| pane.lang.texts().value_missing.to_owned());
    let args = [
        ("column", Arg::Text(why.column.as_str())),
        ("value", Arg::Text(&value)),
    ];
    let text = fill(pane.lang, "{column}: {value}", &args);
    view! { <span class="reason"><b>{text}</b>" "{points}</span> }.into_any()
}
