//! Scores a table with a saved model: table `predictions`, one row per input row, in input order.
use super::{decide, is_here, trust::drift};
use crate::{
    artifact::{Artifact, Intervals, Opened, Predictions},
    base::{Error, Result, Run, Unit, Warning},
    charts::Bars,
    evaluate::{metrics::multiclass::decide, spread::histogram, thresholds::score_histogram},
    learn::Model,
    report::{Metric, Module, Report, ReportTable, Sentence},
    table::{Table, cell_text},
};
use ndarray::Array2;

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

/// Table `predictions`: of two classes columns `id`, `probability` (of the positive one) and `class`; of more `id`, `class`,
/// `probability` (of that class) and `probability:CLASS` for each; of numbers `id`, `prediction`, and `low` and `high`
/// where the model has intervals; of segments `id` and `segment`. Warnings for columns the model does not use.
///
/// # Errors
/// Those of [`Opened::predict`].
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
    let ids = ReportTable::default().optional_text("id", id_cells(table, artifact.id.as_deref()));
    if let Model::Clusterer(groups) = &model.model {
        let codes = groups.predict(model.design(table, run)?.x.view())?;
        return Ok(of_groups(artifact, ids, &codes));
    }
    // Models with a target are of the other module.
    if !is_here(Module::Engine) {
        return Err(Error::Protocol);
    }
    let predicted = model.predict(table, run)?;
    let scores = match &predicted {
        Predictions::Proba(proba) if proba.ncols() == 2 => proba.column(1).to_vec(),
        Predictions::Proba(_) => Vec::new(),
        Predictions::Numbers(numbers) => numbers.clone(),
    };
    let said = match predicted {
        Predictions::Proba(proba) if proba.ncols() == 2 => {
            let proba = proba.column(1).to_vec();
            let mut said = two_classes(artifact, ids, proba.clone())?;
            decide::scored(artifact, table, &proba, &mut said, run)?;
            said
        }
        Predictions::Proba(proba) => several_classes(artifact, ids, &proba),
        Predictions::Numbers(numbers) => of_numbers(artifact, ids, numbers)?,
    };
    let mut report = Report {
        analysis: artifact.analysis.clone(),
        seed: artifact.seed,
        ..said
    };
    drift::add_to(&mut report, artifact, table, &scores, run)?;
    Ok(report)
}

fn metric(key: &str, value: f64, unit: Unit) -> Metric {
    Metric {
        key: key.to_owned(),
        value,
        interval: None,
        unit,
    }
}

fn two_classes(artifact: &Artifact, ids: ReportTable, probability: Vec<f64>) -> Result<Report> {
    let class = |p: &f64| artifact.classes[usize::from(*p >= artifact.threshold)].clone();
    let n_rows = probability.len();
    let n_positive = probability
        .iter()
        .filter(|p| **p >= artifact.threshold)
        .count() as u64;
    let mean = probability.iter().sum::<f64>() / n_rows.max(1) as f64;
    let scores = score_histogram(None, &probability, N_BINS)?;
    let classes: Vec<String> = probability.iter().map(class).collect();
    let predictions = ids
        .number("probability", probability)
        .text("class", classes);
    Ok(Report {
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

fn several_classes(artifact: &Artifact, ids: ReportTable, proba: &Array2<f64>) -> Report {
    let n_rows = proba.nrows();
    let said = decide(proba.view());
    let mut counts = vec![0_u64; artifact.classes.len()];
    let mut likeliest = Vec::with_capacity(n_rows);
    for (row, class) in proba.rows().into_iter().zip(&said) {
        likeliest.push(row.get(*class as usize).copied().unwrap_or(f64::NAN));
        if let Some(n) = counts.get_mut(*class as usize) {
            *n += 1;
        }
    }
    let label = |class: &u32| artifact.classes.get(*class as usize).cloned();
    let mut predictions = ids
        .optional_text("class", said.iter().map(label).collect())
        .number("probability", likeliest);
    for (label, column) in artifact.classes.iter().zip(proba.columns()) {
        predictions = predictions.number(&format!("probability:{label}"), column.to_vec());
    }
    // The first of several.
    let commonest = counts.iter().enumerate().rev().max_by_key(|(_, n)| **n);
    let commonest = commonest.and_then(|(i, n)| Some((artifact.classes.get(i)?.clone(), *n)));
    let (commonest, n) = commonest.unwrap_or_default();
    let bars = Bars {
        labels: artifact.classes.clone(),
        values: counts.iter().map(|n| *n as f64).collect(),
    };
    Report {
        metrics: vec![metric("n_rows", n_rows as f64, Unit::Count)],
        figures: vec![("predicted_classes".to_owned(), bars.into())],
        tables: vec![("predictions".to_owned(), predictions)],
        sentences: vec![Sentence::ScoredClasses {
            n_rows: n_rows as u64,
            commonest,
            share: n as f64 / n_rows.max(1) as f64,
        }],
        ..Report::default()
    }
}

/// Table `predictions` with the columns `id` and `segment`.
fn of_groups(artifact: &Artifact, ids: ReportTable, codes: &[u32]) -> Report {
    let mut counts = vec![0_u64; artifact.classes.len()];
    for code in codes {
        if let Some(n) = counts.get_mut(*code as usize) {
            *n += 1;
        }
    }
    let name = |code: &u32| artifact.classes.get(*code as usize).cloned();
    let largest = counts
        .iter()
        .zip(&artifact.classes)
        .max_by_key(|(n, _)| **n);
    let (most, commonest) = largest.map_or((0, String::new()), |(n, name)| (*n, name.clone()));
    let bars = Bars {
        labels: artifact.classes.clone(),
        values: counts.iter().map(|n| *n as f64).collect(),
    };
    Report {
        analysis: artifact.analysis.clone(),
        seed: artifact.seed,
        metrics: vec![metric("n_rows", codes.len() as f64, Unit::Count)],
        figures: vec![("segments".to_owned(), bars.into())],
        tables: vec![(
            "predictions".to_owned(),
            ids.optional_text("segment", codes.iter().map(name).collect()),
        )],
        sentences: vec![Sentence::ScoredClasses {
            n_rows: codes.len() as u64,
            commonest,
            share: most as f64 / codes.len().max(1) as f64,
        }],
        ..Report::default()
    }
}

fn of_numbers(artifact: &Artifact, ids: ReportTable, numbers: Vec<f64>) -> Result<Report> {
    let n_rows = numbers.len();
    let mean = numbers.iter().sum::<f64>() / n_rows.max(1) as f64;
    let mut metrics = vec![
        metric("n_rows", n_rows as f64, Unit::Count),
        metric("mean_prediction", mean, Unit::None),
    ];
    let spread = histogram(&numbers, N_BINS);
    let ends = Intervals::of(artifact)?.map(|intervals| {
        metrics.push(metric("interval_level", intervals.level, Unit::Ratio));
        let ends = numbers.iter().map(|v| intervals.around(*v));
        ends.unzip()
    });
    let mut predictions = ids.number("prediction", numbers);
    if let Some((low, high)) = ends {
        predictions = predictions.number("low", low).number("high", high);
    }
    Ok(Report {
        metrics,
        figures: vec![("predictions".to_owned(), spread.into())],
        tables: vec![("predictions".to_owned(), predictions)],
        sentences: vec![Sentence::ScoredNumbers {
            n_rows: n_rows as u64,
            mean,
        }],
        ..Report::default()
    })
}
