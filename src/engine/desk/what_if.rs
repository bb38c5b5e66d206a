//! What a changed or new record comes to.
use super::{Seen, why::explanation};
use crate::{
    analyses::book::{record, score_rows},
    artifact::Opened,
    base::{DatasetProfile, Error, Result, Run},
    protocol::desk::{Change, Control, Terms, WhatIf},
    table::{Table, cell_text},
};

fn text(table: &Table, at: usize) -> Option<String> {
    table.at(at).and_then(|(f, c)| cell_text(f, c, 0))
}

fn answer(
    opened: &Opened,
    dataset: Option<&DatasetProfile>,
    class: usize,
    start: Option<&Table>,
    changed: &[(String, Option<String>)],
    run: &mut Run<'_>,
) -> Result<WhatIf> {
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
    let (mut changes, mut controls) = (Vec::new(), Vec::new());
    for (at, (field, column)) in now.iter().enumerate() {
        let to = text(&now, at);
        let from = then.as_ref().and_then(|then| text(then, at));
        let known = |p: &&crate::base::ColumnProfile| p.field.name == field.name;
        let profile = dataset.and_then(|p| p.columns.iter().find(known));
        let numbers = profile.and_then(|p| p.numbers.as_ref());
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
        if then.is_some() && from != to {
            changes.push(Change {
                column: field.name.clone(),
                from,
                to,
            });
        }
    }
    Ok(WhatIf {
        explanation: explanation(opened, class, &now, dataset, run)?,
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
    changed: &[(String, Option<String>)],
    run: &mut Run<'_>,
) -> Result<WhatIf> {
    let class = crate::analyses::book::class(opened, terms.class.as_deref())?;
    answer(opened, None, class, None, changed, run)
}

impl Seen<'_> {
    /// A record, perhaps made from a customer: from the row that is named, not the last one.
    pub(super) fn what_if(
        &self,
        row: Option<u64>,
        changed: &[(String, Option<String>)],
        run: &mut Run<'_>,
    ) -> Result<WhatIf> {
        let start = match row {
            Some(row) => {
                self.at(row)?;
                Some(self.table().take(&[(row - 1) as u32]))
            }
            None => None,
        };
        let class = self.it.book.plan.class;
        let profile = Some(&self.held.profile);
        answer(self.opened, profile, class, start.as_ref(), changed, run)
    }
}
