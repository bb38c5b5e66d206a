//! Probabilities of some rows, in pieces, so that memory does not grow with the data.
use crate::{
    artifact::{Opened, Predictions},
    base::{Error, Observer, Progress, Result, Run, Stage, Warning},
    table::Table,
};

/// Rows made ready at once.
const BLOCK: usize = 65_536;

/// Keeps warnings.
#[derive(Default)]
struct Ear(Vec<Warning>);

impl Observer for Ear {
    fn progress(&mut self, _: Progress) {}

    fn warn(&mut self, warning: Warning) {
        // What is found in several pieces is one finding with its counts added up.
        if let Warning::UnseenLevels { column, count } = &warning {
            for known in &mut self.0 {
                if let Warning::UnseenLevels {
                    column: other,
                    count: n,
                } = known
                    && other == column
                {
                    *n += count;
                    return;
                }
            }
        }
        if !self.0.contains(&warning) {
            self.0.push(warning);
        }
    }
}

/// Probability of the class, or the number predicted, per row of `rows`, in their order.
///
/// # Errors
/// Those of [`Opened::predict`].
pub fn score_rows(
    model: &Opened,
    table: &Table,
    rows: &[u32],
    class: usize,
    run: &mut Run<'_>,
) -> Result<Vec<f64>> {
    let total = rows.len() as u64;
    let mut out = Vec::with_capacity(rows.len());
    let mut ear = Ear::default();
    run.step(Stage::Predicting, 0, total.max(1))?;
    for block in rows.chunks(BLOCK) {
        // Rows in their own order need no copy.
        let whole = block.len() == table.n_rows()
            && block.iter().enumerate().all(|(i, row)| i == *row as usize);
        let part = if whole {
            table.clone()
        } else {
            table.take(block)
        };
        match model.predict(&part, &mut Run::new(&mut ear, model.artifact.seed))? {
            Predictions::Numbers(numbers) => out.extend(numbers),
            Predictions::Proba(p) if class < p.ncols() => out.extend(p.column(class)),
            Predictions::Proba(_) => return Err(Error::invalid_artifact("classes differ")),
        }
        run.step(Stage::Predicting, out.len() as u64, total.max(1))?;
    }
    if rows.is_empty() {
        run.step(Stage::Predicting, 1, 1)?;
    }
    for warning in ear.0 {
        run.warn(warning);
    }
    Ok(out)
}
