//! What the columns looked like that a model learned from, kept in the model; and how far a new file is from it.
use crate::base::order::Ordered;
use crate::{
    artifact::Artifact,
    base::{Error, Part, Result, Run, Stage},
    charts::{Drift as Picture, DriftRow},
    evaluate::drift::{Drift, Summary},
    report::{Report, ReportTable, Sentence},
    table::{Coded, Column, Schema, Table},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

const KIND: &str = "drift";
const VERSION: u16 = 1;
/// Columns that are kept.
const MAX_COLUMNS: usize = 500;

#[derive(Debug, Serialize, Deserialize)]
struct Saved {
    columns: Vec<(String, Summary)>,
    /// Of what the model says of the held-out rows.
    scores: Summary,
}

fn counted(column: &Coded) -> (HashMap<&str, u64>, u64) {
    let mut counts = vec![0_u64; column.levels.len()];
    let mut missing = 0;
    for code in column.codes.iter() {
        match code.and_then(|c| counts.get_mut(c as usize)) {
            Some(n) => *n += 1,
            None => missing += 1,
        }
    }
    let levels = column.levels.iter().zip(counts).filter(|(_, n)| *n > 0);
    (levels.collect(), missing)
}

/// The part of the model that describes `train`, the columns of `input` that are numbers, dates or levels, and `scores` of the
/// held-out rows.
pub(in crate::analyses) fn reference(
    train: &Table,
    input: &Schema,
    used: &dyn Fn(&str) -> bool,
    scores: &[f64],
) -> Result<Part> {
    let mut columns = Vec::new();
    for field in input.fields.iter().filter(|f| used(&f.name)) {
        let column = train.column(&field.name)?;
        let summary = match column {
            Column::Category(c) => {
                let (levels, missing) = counted(c);
                Summary::of_levels(&levels, missing)
            }
            Column::Text(_) => continue,
            _ => Summary::of_numbers(&column.numbers().unwrap_or_default()),
        };
        columns.push((field.name.clone(), summary));
        if columns.len() == MAX_COLUMNS {
            break;
        }
    }
    let scores = Summary::of_numbers(scores);
    Part::encode(KIND, VERSION, &Saved { columns, scores })
}

/// Compares `table`, and what the model says of it, with what it learned from: table and figure `drift`, and a sentence that
/// stands first where something changed. A model without the part leaves the report as it is.
pub(in crate::analyses) fn add_to(
    report: &mut Report,
    artifact: &Artifact,
    table: &Table,
    scores: &[f64],
    run: &mut Run<'_>,
) -> Result<()> {
    let Some(part) = artifact.extra(KIND) else {
        return Ok(());
    };
    let saved: Saved = part.decode(VERSION)?;
    if !saved.scores.is_sound() || !saved.columns.iter().all(|(_, s)| s.is_sound()) {
        return Err(Error::invalid_artifact("drift"));
    }
    let mut found: Vec<(Option<String>, Drift)> = Vec::new();
    let total = saved.columns.len() as u64 + 1;
    for (i, (name, summary)) in saved.columns.iter().enumerate() {
        run.step(Stage::Evaluating, i as u64, total)?;
        let drift = match table.column(name)? {
            Column::Category(c) | Column::Text(c) => {
                let (levels, missing) = counted(c);
                summary.against_levels(&levels, missing)
            }
            column => summary.against_numbers(&column.numbers().unwrap_or_default()),
        };
        found.extend(drift.map(|d| (Some(name.clone()), d)));
    }
    found.extend(saved.scores.against_numbers(scores).map(|d| (None, d)));
    run.step(Stage::Evaluating, total, total)?;
    found.order_by(|a, b| (b.1.size.cmp(&a.1.size)).then(b.1.psi.total_cmp(&a.1.psi)));
    let numbers =
        |of: &dyn Fn(&Drift) -> f64| found.iter().map(|(_, d)| of(d)).collect::<Vec<f64>>();
    let written = ReportTable::default()
        .optional_text("column", found.iter().map(|f| f.0.clone()).collect())
        .number("psi", numbers(&|d| d.psi))
        .number("ks", numbers(&|d| d.ks))
        .number("p_value", numbers(&|d| d.p_value))
        .number("unseen", numbers(&|d| d.unseen))
        .number("missing_before", numbers(&|d| d.missing_before))
        .number("missing_now", numbers(&|d| d.missing_now))
        .text("verdict", found.iter().map(|f| f.1.verdict()).collect());
    let row = |(column, drift): &(Option<String>, Drift)| DriftRow {
        column: column.clone().unwrap_or_default(),
        psi: drift.psi,
        size: drift.size,
    };
    let picture = Picture {
        rows: found.iter().map(row).collect(),
    };
    let changed = found.iter().filter(|f| f.1.size > 0 && f.0.is_some());
    let columns: Vec<String> = changed.filter_map(|f| f.0.clone()).collect();
    let scores_moved = found.iter().any(|f| f.0.is_none() && f.1.size > 0);
    if columns.is_empty() && !scores_moved {
        let n_columns = found.len() as u64;
        report.sentences.push(Sentence::NoDrift { n_columns });
    } else {
        let drifted = Sentence::Drifted {
            columns,
            scores_moved,
        };
        report.sentences.insert(0, drifted);
    }
    report.tables.push(("drift".to_owned(), written));
    report.figures.push(("drift".to_owned(), picture.into()));
    Ok(())
}
