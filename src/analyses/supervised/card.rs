//! The model card of a run.
use super::{
    super::trust::card::Card, FEW_TEST_ROWS, request::Data, request::Request, train::Fitted, tried,
};
use crate::{
    analyses::Job,
    base::{Role, Test, Train},
    report::{Cells, Report, Sentence},
    table::cell_text,
};

/// What is known at the end of a run.
pub(super) fn card(
    analysis: &str,
    job: &Job<'_>,
    request: &Request,
    best: &Fitted,
    sides: (&Train<Data>, &Test<Data>),
    report: &Report,
) -> Card {
    let mut card = Card::default();
    let (train, test) = (sides.0.get(), sides.1.get());
    let count = |n: usize| n.to_string();

    card.add("model", "analysis", analysis);
    card.add("model", "learner", best.learner.id);
    card.add("model", "params", tried::params_text(&best.params));
    let steps = request.recipe.steps.iter().filter(|s| s.enabled);
    let steps: Vec<&str> = steps.map(|s| s.kind.as_str()).collect();
    card.add("model", "preparation", steps.join(", "));
    card.add("model", "version", env!("CARGO_PKG_VERSION"));
    card.add("model", "seed", request.seed.to_string());
    card.add("model", "intended_use", "ranking");

    card.add("data", "dataset", job.dataset);
    card.add("data", "n_rows", count(job.table.n_rows()));
    if let Some(n) = job.table.sampled_from() {
        card.add("data", "sampled_from", n.to_string());
    }
    if let Some(n) = request.most_rows().filter(|n| *n < job.table.n_rows()) {
        card.add("data", "max_rows", count(n));
    }
    card.add("data", "n_train", count(train.codes.len()));
    card.add("data", "n_test", count(test.codes.len()));
    card.add("data", "n_columns", count(train.table.n_columns()));
    for (role, column) in &job.roles.0 {
        card.add("data", &format!("role:{}", role.id()), column.as_str());
    }
    if let Some((first, last)) = period(job) {
        card.add("data", "period", format!("{first} – {last}"));
    }
    let n_cells = (train.table.n_rows() * train.table.n_columns()).max(1);
    let n_missing: usize = train.table.iter().map(|(_, c)| c.n_missing()).sum();
    card.number("data", "missing", n_missing as f64 / n_cells as f64);
    card.add("data", "classes", request.classes.join(", "));
    let split = match &request.split_column {
        Some(column) => format!("{:?}: {column}", request.options.split).to_lowercase(),
        None => "stratified".to_owned(),
    };
    card.add("data", "split", split);

    for metric in &report.metrics {
        match metric.interval {
            Some(ends) => card.interval("figures", &metric.key, metric.value, ends),
            None => card.number("figures", &metric.key, metric.value),
        }
    }
    for sentence in &report.sentences {
        match sentence {
            Sentence::Calibrated {
                error,
                n_off,
                n_bins,
            } => {
                card.number("figures", "expected_calibration_error", *error);
                card.add("figures", "bins_off", format!("{n_off} / {n_bins}"));
            }
            Sentence::SliceWorst {
                column,
                level,
                metric,
                value,
                ..
            } => {
                card.add("limits", "worst_group", format!("{column}: {level}"));
                card.number("limits", &format!("worst_group:{metric}"), *value);
            }
            Sentence::SlicesAlike { n_slices } => {
                card.add("limits", "groups_alike", n_slices.to_string());
            }
            Sentence::NoSignal => card.add("limits", "no_signal", "✓"),
            _ => {}
        }
    }
    let leaks = report
        .table("leaks")
        .map(|t| (t.column("column"), t.column("reason")));
    let mut n_leaks = 0;
    if let Some((Some(Cells::Text(columns)), Some(Cells::Text(reasons)))) = leaks {
        for (column, reason) in columns.iter().zip(reasons) {
            let reason = reason.as_deref().unwrap_or_default();
            let column = column.as_deref().unwrap_or("–");
            card.add("limits", &format!("leak:{reason}"), column);
            n_leaks += 1;
        }
    }
    card.add("limits", "n_leaks", n_leaks.to_string());
    let n_positive = test.codes.iter().filter(|c| **c == 1).count();
    let n_rarer = n_positive.min(test.codes.len() - n_positive);
    card.add("limits", "n_rarer_test", count(n_rarer));
    if (n_rarer as u64) < FEW_TEST_ROWS {
        card.add("limits", "small_test", "✓");
    }
    card
}

/// First and last date in the column that says when rows were observed.
fn period(job: &Job<'_>) -> Option<(String, String)> {
    let name = job.roles.get(Role::Date)?;
    let (field, column) = (
        job.table.schema().field(name).ok()?,
        job.table.column(name).ok()?,
    );
    let known = (0..column.len()).filter_map(|i| Some((i, column.number(i)?)));
    let (mut first, mut last) = (None, None);
    for (i, v) in known {
        if first.is_none_or(|(_, f)| v < f) {
            first = Some((i, v));
        }
        if last.is_none_or(|(_, l)| v > l) {
            last = Some((i, v));
        }
    }
    let text = |at: Option<(usize, f64)>| cell_text(field, column, at?.0);
    Some((text(first)?, text(last)?))
}
