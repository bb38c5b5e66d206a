//! What would bring a prediction to the other side of its limit, and which columns count at all.
use crate::{
    analyses::{
        book::{record, score_rows},
        counterfactual::{Asked, Goal, counterfactuals},
        explain::compared_with,
    },
    artifact::Opened,
    base::{Cell, Error, Quiet, Result, Run},
    protocol::desk::{Change, Instead, Turn},
    report::Changed,
    table::Table,
};

/// The analysis whose positive class is leaving.
const CHURN: &str = "churn";
/// Answers looked for.
const N_ANSWERS: usize = 3;

/// Columns of the file that reach the matrix of `opened`; an id is read and left out.
pub(super) fn reaching(opened: &Opened) -> Result<Vec<String>> {
    // Which columns are made from which does not depend on the row; what is said about an empty one is of no use.
    let mut nobody = Quiet;
    let mut run = Run::new(&mut nobody, opened.artifact.seed);
    let design = opened.design(&record(opened, None, &[])?, &mut run)?;
    let mut names: Vec<String> = design.origins.into_iter().flatten().collect();
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// Whether a class is that of the customers who leave.
pub(super) fn is_leaving(opened: &Opened, class: usize) -> bool {
    opened.artifact.analysis == CHURN && class == 1
}

fn shown(cell: Cell) -> Option<String> {
    match cell {
        Cell::Missing => None,
        Cell::Number(v) => Some(v.to_string()),
        Cell::Text(text) => Some(text),
    }
}

/// The smallest changes to `actionable` columns of `own`, one row in the model's columns; nothing where none may change.
///
/// # Errors
/// [`Error::Unknown`] for a column that the model does not use, those of [`counterfactuals`].
pub(super) fn turn(
    opened: &Opened,
    own: &Table,
    class: usize,
    threshold: f64,
    actionable: &[String],
    run: &mut Run<'_>,
) -> Result<Option<Turn>> {
    if actionable.is_empty() {
        return Ok(None);
    }
    let used = reaching(opened)?;
    if let Some(name) = actionable.iter().find(|a| !used.contains(*a)) {
        return Err(Error::Unknown {
            what: "column".into(),
            id: name.clone(),
        });
    }
    let limit = if opened.artifact.classes.is_empty() {
        usual(opened)?
    } else {
        threshold
    };
    // Nobody wants to lose a customer; of any other outcome it is the person who knows which side is the good one.
    let below = is_leaving(opened, class) || {
        let now = score_rows(opened, own, &[0], class, run)?;
        now.first().is_some_and(|now| *now >= limit)
    };
    let goal = Goal { limit, below };
    let asked = Asked {
        actionable,
        output: class,
        goal,
        n_answers: N_ANSWERS,
    };
    let answer = counterfactuals(opened, own, asked, run)?;
    let change = |c: Changed| Change {
        column: c.column,
        from: shown(c.from),
        to: shown(c.to),
    };
    let found = answer.found.into_iter().map(|f| Instead {
        changes: f.changes.into_iter().map(change).collect(),
        prediction: f.prediction,
    });
    Ok(Some(Turn {
        limit: goal.limit,
        is_met: answer.is_met,
        found: found.collect(),
    }))
}

/// Mean prediction of the rows that explanations compare with.
fn usual(opened: &Opened) -> Result<f64> {
    let rows = compared_with(opened)?;
    let said = opened.positive(rows.view())?;
    Ok(said.iter().sum::<f64>() / said.len().max(1) as f64)
}
