//! Scores a table with a saved classifier: table `predictions`, one row per input row, in input order.
use crate::{
    artifact::Opened,
    base::{Result, Run, Unit, Warning},
    evaluate::thresholds::score_histogram,
    report::{Metric, Report, ReportTable, Sentence},
    table::{Table, cell_text},
};

/// Bins of the score histogram.
const N_BINS: usize = 20;

fn id_cells(table: &Table, id: Option<&str>) -> Vec<Option<String>> {
    let named = id.and_then(|id| table.iter().find(|(f, _)| f.name == id));
    let cell = |i: usize| match named {
        Some((field, column)) => cell_text(field, column, i),
        // Without an id column rows are named by their number, from 1 as in the file.
        None => Some((i + 1).to_string()),
    };
    (0..table.n_rows()).map(cell).collect()
}

/// Columns `id`, `probability` and `class`; warnings for columns the model does not use.
///
/// # Errors
/// Those of [`Opened::score`].
pub fn score(model: &Opened, table: &Table, run: &mut Run<'_>) -> Result<Report> {
    let artifact = &model.artifact;
    let used = model.pipeline.input();
    let named = |name: &str| used.position(name).is_ok() || artifact.id.as_deref() == Some(name);
    let extra: Vec<String> = table
        .schema()
        .fields
        .iter()
        .map(|f| f.name.clone())
        .filter(|n| !named(n))
        .collect();
    let (target, extra): (Vec<String>, Vec<String>) =
        extra.into_iter().partition(|n| *n == artifact.target);
    if let Some(column) = target.into_iter().next() {
        run.warn(Warning::TargetIgnored { column });
    }
    if !extra.is_empty() {
        run.warn(Warning::ExtraColumns { columns: extra });
    }
    let probability = model.score(table, run)?;
    let class = |p: &f64| artifact.classes[usize::from(*p >= artifact.threshold)].clone();
    let n_rows = probability.len();
    let n_positive = probability
        .iter()
        .filter(|p| **p >= artifact.threshold)
        .count() as u64;
    let mean = probability.iter().sum::<f64>() / n_rows.max(1) as f64;
    let scores = score_histogram(None, &probability, N_BINS)?;
    let metric = |key: &str, value: f64, unit| Metric {
        key: key.to_owned(),
        value,
        interval: None,
        unit,
    };
    let classes: Vec<String> = probability.iter().map(class).collect();
    let predictions = ReportTable::default()
        .optional_text("id", id_cells(table, artifact.id.as_deref()))
        .number("probability", probability)
        .text("class", classes);
    Ok(Report {
        analysis: artifact.analysis.clone(),
        seed: artifact.seed,
        metrics: vec![
            metric("n_rows", n_rows as f64, Unit::Count),
            metric("n_positive", n_positive as f64, Unit::Count),
            metric("mean_probability", mean, Unit::Ratio),
            metric("threshold", artifact.threshold, Unit::Ratio),
        ],
        figures: vec![("scores".to_owned(), scores.into())],
        tables: vec![("predictions".to_owned(), predictions)],
        sentences: vec![Sentence::Scored {
            n_rows: n_rows as u64,
            n_positive,
            mean,
        }],
        ..Report::default()
    })
}
