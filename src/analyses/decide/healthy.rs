//! The health score of a run, in its report and its model.
use super::{
    Asked, HeldOut, Job,
    actions::MOST_ROWS,
    book,
    health::{BackTest, Health, HeldBack, Interval},
    present::still_there,
    stream,
};
use crate::{
    artifact::Artifact,
    base::{Result, Role, Run},
    charts::{HealthPart, HealthParts},
    report::{Report, ReportTable, Sentence},
    table::{Table, cell_text},
};

/// Training rows of the file.
pub(in crate::analyses) struct Learned<'a> {
    pub(in crate::analyses) rows: &'a [u32],
    pub(in crate::analyses) truth: &'a [bool],
}

impl Asked {
    /// Adds tables `health`, `health_parts` and `health_test`, figure `health` and a sentence to the report, and the score to
    /// the model, beside what was said about decisions; no score where no column tells who leaves.
    ///
    /// # Errors
    /// Those of [`Health`].
    pub(in crate::analyses) fn health(
        &self,
        job: &Job<'_>,
        learned: &Learned<'_>,
        held_out: &HeldOut<'_>,
        artifact: &mut Artifact,
        report: &mut Report,
        run: &mut Run<'_>,
    ) -> Result<()> {
        artifact.extras.push(self.save()?);
        let role = |role| job.roles.get(role);
        let mut left_out = vec![artifact.target.as_str()];
        left_out.extend(
            [Role::Id, Role::Date, Role::Group]
                .into_iter()
                .filter_map(role),
        );
        let (rows, truth) = (learned.rows, learned.truth);
        let fitted = Health::fit(job.table, rows, truth, &self.health, &left_out, run)?;
        let Some(health) = fitted else {
            return Ok(());
        };
        let held_back = HeldBack::new(&health, held_out.table, held_out.rows, held_out.truth)?;
        let test = held_back.test(&health.learned, &health.weights)?;
        let gone = artifact.classes.get(1).map_or("", String::as_str);
        let (id, date) = (role(Role::Id), role(Role::Date));
        let mut rows = still_there(job.table, id, date, &artifact.target, gone)?;
        rows.truncate(MOST_ROWS);
        let table = health_table(&health, job.table, id, date, &rows)?;
        report.tables.push(("health".to_owned(), table));
        report
            .tables
            .push(("health_parts".to_owned(), parts_table(&health)));
        report
            .tables
            .push(("health_test".to_owned(), test_table(&test)));
        let part = |i: usize| HealthPart {
            id: health.parts[i].clone(),
            weight: health.weights[i],
            learned: health.learned[i],
            n_columns: health.columns_of(i).len() as u64,
        };
        let drawn = HealthParts {
            parts: (0..health.parts.len()).map(part).collect(),
            roc_auc: test.by_hand.unwrap_or(test.learned).0,
            equal_roc_auc: test.equal.0,
        };
        report.figures.push(("health".to_owned(), drawn.into()));
        let most = (0..health.parts.len())
            .rev()
            .max_by(|a, b| health.learned[*a].total_cmp(&health.learned[*b]));
        if let Some(most) = most.filter(|_| !report.sentences.contains(&Sentence::NoSignal)) {
            report.sentences.push(Sentence::HealthTells {
                learned: test.learned.0,
                by_hand: test.by_hand.map(|a| a.0),
                equal: test.equal.0,
                part: health.parts[most].clone(),
            });
        }
        artifact.extras.push(health.save()?);
        let some = held_back.some(&mut run.rng(stream::HEALTH));
        artifact.extras.push(some.save()?);
        Ok(())
    }
}

/// Columns `id`, `health`, one per part, and `trend`: by how much health changed since the snapshot before, for a
/// customer's newest row where there are dates.
///
/// # Errors
/// [`crate::base::Error::MissingColumn`].
pub fn health_table(
    health: &Health,
    table: &Table,
    id: Option<&str>,
    date: Option<&str>,
    rows: &[u32],
) -> Result<ReportTable> {
    let scores = health.scores(table, rows);
    let customers = book::Customers::of(table, id, date)?;
    // Rows that have a snapshot before, and that one.
    let before = |row: &u32| {
        let customer = date.and_then(|_| customers.at(*row as usize))?;
        let is_newest = customers.rows().get(customer) == Some(row);
        is_newest.then(|| customers.previous(customer)).flatten()
    };
    let earlier: Vec<Option<u32>> = rows.iter().map(before).collect();
    let wanted: Vec<u32> = earlier.iter().flatten().copied().collect();
    let mut then = health.scores(table, &wanted).health.into_iter();
    let trend = earlier.iter().zip(&scores.health).map(|(before, now)| {
        let then = before.and_then(|_| then.next());
        then.map_or(f64::NAN, |then| now - then)
    });
    let trend = trend.collect();
    let named = id.and_then(|id| table.iter().find(|(f, _)| f.name == id));
    let name = |row: &u32| match named {
        Some((field, column)) => cell_text(field, column, *row as usize),
        None => Some((row + 1).to_string()),
    };
    let mut out = ReportTable::default()
        .optional_text("id", rows.iter().map(name).collect())
        .number("health", scores.health);
    for (part, scores) in health.parts.iter().zip(scores.parts) {
        out = out.number(part, scores);
    }
    Ok(out.number("trend", trend))
}

fn parts_table(health: &Health) -> ReportTable {
    let columns = |i: usize| health.columns_of(i).join(", ");
    let n = health.parts.len();
    ReportTable::default()
        .text("part", health.parts.clone())
        .number("weight", health.weights.clone())
        .number("weight_learned", health.learned.clone())
        .text("columns", (0..n).map(columns).collect())
}

fn test_table(test: &BackTest) -> ReportTable {
    let by_hand = test.by_hand.map(|a| ("by_hand", a));
    let all = [("learned", test.learned), ("equal", test.equal)];
    let all: Vec<(&str, Interval)> = all.into_iter().chain(by_hand).collect();
    let of = |f: fn(&Interval) -> f64| all.iter().map(|(_, a)| f(a)).collect();
    ReportTable::default()
        .text("weights", all.iter().map(|(n, _)| *n).collect())
        .number("roc_auc", of(|a| a.0))
        .number("low", of(|a| a.1))
        .number("high", of(|a| a.2))
}
