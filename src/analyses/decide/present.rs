//! Customers who are still there: the action list of a run.
use super::{
    Asked,
    actions::{self, Present},
    book,
    worth::worth,
};
use crate::{
    artifact::Opened,
    base::{Result, Role, Run},
    report::{Report, Sentence},
    table::{Column, Table, cell_text},
};

/// Rows of the customers who are still there, rising: each customer's last row, by date where there is a date, if its target
/// is missing or another class than `gone`.
///
/// # Errors
/// [`crate::base::Error::MissingColumn`].
pub fn still_there(
    table: &Table,
    id: Option<&str>,
    date: Option<&str>,
    target: &str,
    gone: &str,
) -> Result<Vec<u32>> {
    let customers = book::Customers::of(table, id, date)?;
    let (field, column) = (table.schema().field(target)?, table.column(target)?);
    let is_gone: Box<dyn Fn(usize) -> bool> = match column {
        // Once per level, not once per row.
        Column::Text(c) | Column::Category(c) => {
            let level = c.levels.iter().position(|l| l == gone).map(|l| l as u32);
            Box::new(move |row| level.is_some() && c.codes.get(row) == level)
        }
        _ => Box::new(move |row| cell_text(field, column, row).is_some_and(|l| l == gone)),
    };
    let rows = customers.rows().iter().copied();
    let mut rows: Vec<u32> = rows.filter(|row| !is_gone(*row as usize)).collect();
    rows.sort_unstable();
    Ok(rows)
}

impl Asked {
    /// Adds the table `actions` of the customers who are still there, and what it adds up to where costs were stated.
    ///
    /// # Errors
    /// Those of scoring and of [`actions::actions`].
    pub(in crate::analyses) fn list(
        &self,
        job: &super::Job<'_>,
        model: &Opened,
        report: &mut Report,
        run: &mut Run<'_>,
    ) -> Result<()> {
        let artifact = &model.artifact;
        let id = job.roles.get(Role::Id);
        let gone = artifact.classes.get(1).map_or("", String::as_str);
        let date = job.roles.get(Role::Date);
        let rows = still_there(job.table, id, date, &artifact.target, gone)?;
        let table = job.table.take(&rows);
        // Held-out rows have been scored in the open; this is the same once more.
        let proba = run.quietly(|run| model.score(&table, run))?;
        let all: Vec<u32> = (0..rows.len() as u32).collect();
        let value = run.quietly(|run| worth(&table, &self.costs.value, &all, run))?;
        let present = Present {
            table: &table,
            id,
            rows: &rows,
            proba: &proba,
            value: value.as_deref(),
        };
        let mut explain = |table: &Table, run: &mut Run<'_>| super::reasons(model, table, run);
        let list = actions::actions(&present, &self.costs, &self.playbook, &mut explain, run)?;
        report.tables.push(("actions".to_owned(), list.table));
        let is_stated = !(self.costs.assumed.contact && self.costs.assumed.success);
        if is_stated && !report.sentences.contains(&Sentence::NoSignal) {
            report.sentences.push(list.sentence);
        }
        Ok(())
    }
}
