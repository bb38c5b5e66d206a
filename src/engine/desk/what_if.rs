//! What a changed or new record comes to.
use super::{
    Seen,
    turn::{is_leaving, reaching, turn},
    why::explanation,
};
use crate::{
    analyses::book::{limit, record, score_rows},
    artifact::Opened,
    base::{DatasetProfile, Error, Result, Run},
    protocol::desk::{Change, Control, Terms, WhatIf},
    report::WhyOf,
    table::{Table, cell_text},
};

fn text(table: &Table, at: usize) -> Option<String> {
    table.at(at).and_then(|(f, c)| cell_text(f, c, 0))
}

/// What is asked of a record.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// Columns with their value as a person writes it.
    pub(super) record: &'a [(String, Option<String>)],
    /// Columns that counterfactuals may change.
    pub(super) actionable: &'a [String],
}

fn answer(
    opened: &Opened,
    dataset: Option<&DatasetProfile>,
    (class, threshold): (usize, f64),
    start: Option<&Table>,
    asked: Asked<'_>,
    run: &mut Run<'_>,
) -> Result<WhatIf> {
    let changed = asked.record;
    let now = record(opened, start, changed)?;
    let first = |table: &Table, run: &mut Run<'_>| -> Result<f64> {
        let scores = score_rows(opened, table, &[0], class, run)?;
        scores.first().copied().ok_or(Error::Protocol)
    };
    let prediction = first(&now, run)?;
    let then = start.map(|s| record(opened, Some(s), &[])).transpose()?;
    let before = match &then {
        Some(then) => Some(first(then, run)?),
        None => None,
    };
    let used = reaching(opened)?;
    let (mut changes, mut controls) = (Vec::new(), Vec::new());
    for (at, (field, column)) in now.iter().enumerate() {
        let to = text(&now, at);
        let from = then.as_ref().and_then(|then| text(then, at));
        let known = |p: &&crate::base::ColumnProfile| p.field.name == field.name;
        let profile = dataset.and_then(|p| p.columns.iter().find(known));
        let numbers = profile.and_then(|p| p.numbers.as_ref());
        if used.contains(&field.name) {
            controls.push(Control {
                column: field.name.clone(),
                kind: field.kind,
                text: to.clone(),
                number: column.number(0),
                range: numbers.map(|n| (n.min, n.max)),
                levels: profile
                    .map(|p| p.top.iter().map(|b| b.label.clone()).collect())
                    .unwrap_or_default(),
            });
        }
        if then.is_some() && from != to {
            changes.push(Change {
                column: field.name.clone(),
                from,
                to,
            });
        }
    }
    let explanation = explanation(opened, class, &now, dataset, run)?;
    let artifact = &opened.artifact;
    let of = match artifact.classes.get(class) {
        None => WhyOf::Number {
            column: artifact.target.clone(),
        },
        Some(_) if is_leaving(opened, class) => WhyOf::Leaving,
        Some(label) => WhyOf::Class {
            label: label.clone(),
        },
    };
    Ok(WhatIf {
        of,
        turn: turn(opened, &now, class, threshold, asked.actionable, run)?,
        explanation,
        prediction,
        before,
        changes,
        controls,
    })
}

/// A record where there are no data.
pub(super) fn of_record(
    opened: &Opened,
    terms: &Terms,
    asked: Asked<'_>,
    run: &mut Run<'_>,
) -> Result<WhatIf> {
    let class = crate::analyses::book::class(opened, terms.class.as_deref())?;
    let threshold = limit(opened, class, terms.threshold)?;
    answer(opened, None, (class, threshold), None, asked, run)
}

impl Seen<'_> {
    /// A record, perhaps made from a customer: from the row that is named, not the last one.
    pub(super) fn what_if(
        &self,
        row: Option<u64>,
        asked: Asked<'_>,
        run: &mut Run<'_>,
    ) -> Result<WhatIf> {
        let start = match row {
            Some(row) => {
                self.at(row)?;
                Some(self.table().take(&[(row - 1) as u32]))
            }
            None => None,
        };
        let plan = &self.it.book.plan;
        let at = (plan.class, plan.threshold);
        let profile = Some(&self.held.profile);
        answer(self.opened, profile, at, start.as_ref(), asked, run)
    }
}
