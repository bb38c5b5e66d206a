//! What a search tried, as a table and a figure.
//!
//! Losses are shown as such, under the name of the metric and smaller being better; inside the search they count
//! negative, so that more is always better.
use super::search::{Searched, Tried, within};
use crate::base::order::Ordered;
use crate::{
    base::{Params, Value},
    charts::{Search, SearchCandidate},
    evaluate::{scoring::Scoring, search::corrected_interval},
    report::ReportTable,
};

/// Most candidates in the figure; the table has all.
const MAX_DRAWN: usize = 60;

/// The metric that a score measures.
pub(super) fn shown(scoring: Scoring) -> &'static str {
    match scoring {
        Scoring::NegRmse => "rmse",
        Scoring::NegMae => "mae",
        Scoring::NegMape => "mape",
        _ => {
            let id = scoring.id();
            id.strip_prefix("neg_").unwrap_or(id)
        }
    }
}

/// What turns a score into its metric: −1 for a loss.
pub(super) fn sign(scoring: Scoring) -> f64 {
    if scoring.id().starts_with("neg_") {
        -1.0
    } else {
        1.0
    }
}

/// An interval of a score as one of its metric.
pub(super) fn interval(scoring: Scoring, (low, high): (f64, f64)) -> (f64, f64) {
    if sign(scoring) < 0.0 {
        (-high, -low)
    } else {
        (low, high)
    }
}

pub(super) fn param_text(value: &Value) -> String {
    match value {
        Value::Flag(v) => v.to_string(),
        Value::Int(v) => v.to_string(),
        Value::Float(v) => float_text(*v),
        Value::Text(v) => v.clone(),
        Value::List(v) => v.iter().map(param_text).collect::<Vec<_>>().join(" "),
        Value::Map(_) => String::new(),
    }
}

/// Four significant digits are enough for a number that was drawn.
fn float_text(v: f64) -> String {
    let plain = v.to_string();
    if plain.len() <= 8 || v == 0.0 {
        return plain;
    }
    let size = v.abs().log10().floor() as i32;
    if (-4..6).contains(&size) {
        format!("{v:.*}", (3 - size).max(0) as usize)
    } else {
        format!("{v:.3e}")
    }
}

/// Parameters as a reader of scikit-learn writes them.
pub(super) fn params_text(params: &Params) -> String {
    let one = |(k, v): (&String, &Value)| format!("{k}={}", param_text(v));
    params.0.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Everything tried, in order.
pub(super) fn table(searched: &Searched, scoring: Scoring) -> ReportTable {
    let all = &searched.tried;
    let number = |of: &dyn Fn(&Tried) -> f64| all.iter().map(of).collect::<Vec<f64>>();
    let sign = sign(scoring);
    ReportTable::default()
        .text("learner", all.iter().map(|t| t.learner).collect())
        .text(
            "params",
            all.iter()
                .map(|t| params_text(&t.params))
                .collect::<Vec<_>>(),
        )
        .number("round", number(&|t| t.round as f64 + 1.0))
        .number("rows", number(&|t| t.rows as f64))
        .number("mean", number(&|t| sign * t.mean))
        .number("sd", number(&|t| t.sd))
        .text("verdict", all.iter().map(|t| t.verdict).collect())
        .number("ms", number(&|t| t.ms))
}

/// Candidates with a score; of those tried on several numbers of rows the last.
pub(super) fn figure(searched: &Searched, scoring: Scoring, cv: usize) -> Search {
    let mut rungs: Vec<u64> = searched.tried.iter().map(|t| t.rows as u64).collect();
    rungs.sort_unstable();
    rungs.dedup();
    let mut last: Vec<&Tried> = Vec::new();
    for tried in searched.tried.iter().filter(|t| t.mean.is_finite()) {
        let same = |t: &&mut &Tried| t.learner == tried.learner && t.params == tried.params;
        match last.iter_mut().find(same) {
            Some(before) if before.rows <= tried.rows => *before = tried,
            Some(_) => {}
            None => last.push(tried),
        }
    }
    let rung = |t: &Tried| rungs.iter().position(|r| *r == t.rows as u64).unwrap_or(0);
    last.order_by(|a, b| rung(b).cmp(&rung(a)).then(b.mean.total_cmp(&a.mean)));
    last.truncate(MAX_DRAWN);
    let sign = sign(scoring);
    let drawn = |t: &&Tried| {
        let (n_train, n_test) = ((cv.max(2) - 1) as f64, 1.0);
        let ends = corrected_interval(&t.scores, n_train, n_test)
            .map(|ends| interval(scoring, within(scoring, ends)));
        let (low, high) = ends.unwrap_or((f64::NAN, f64::NAN));
        let text = |(k, v): (&String, &Value)| (k.clone(), param_text(v));
        SearchCandidate {
            learner: t.learner.to_owned(),
            params: t.params.0.iter().filter(told).map(text).collect(),
            mean: sign * t.mean,
            low,
            high,
            rung: rung(t) as u32,
        }
    };
    let candidates = last.iter().map(drawn).collect();
    if rungs.len() < 2 {
        rungs.clear();
    }
    Search {
        scoring: shown(scoring).to_owned(),
        greater_is_better: sign > 0.0,
        candidates,
        rungs,
    }
}

/// Weights that are not set tell no candidate from another.
fn told((name, value): &(&String, &Value)) -> bool {
    !(name.as_str() == "class_weight" && **value == Value::from("none"))
}
