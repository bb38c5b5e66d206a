//! The list as a file.
use super::Seen;
use crate::{
    base::{Query, Result, Run, Stage},
    engine::csv::Lines,
};

const COLUMNS: [&str; 11] = [
    "id",
    "row",
    "probability",
    "value",
    "at_risk",
    "expected_gain",
    "action",
    "owner",
    "note",
    "done",
    "held_out",
];
/// Lines written between two looks at whether to go on.
const BLOCK: usize = 10_000;

impl Seen<'_> {
    /// The whole list of a query in its order, as CSV; how many lines it has.
    pub(super) fn export(&mut self, query: &Query, run: &mut Run<'_>) -> Result<(u64, Vec<u8>)> {
        let view = self.view(query)?;
        let total = (view.customers.len() as u64).max(1);
        let mut lines = Lines::new(&COLUMNS);
        for (i, block) in view.customers.chunks(BLOCK).enumerate() {
            run.step(Stage::Writing, (i * BLOCK) as u64, total)?;
            for customer in block {
                let row = self.row(*customer as usize);
                let mark = row.mark.unwrap_or_default();
                let flag = |is: bool| if is { "yes" } else { "no" };
                lines.text(&row.id);
                lines.number(row.row as f64);
                lines.number(row.probability);
                lines.number(row.value.unwrap_or(f64::NAN));
                lines.number(row.at_risk);
                lines.number(row.gain);
                lines.text(mark.action.as_deref().unwrap_or_default());
                lines.text(&mark.owner);
                lines.text(&mark.note);
                lines.text(flag(mark.done));
                lines.text(mark.held_out.map_or("", flag));
                lines.end();
            }
        }
        run.step(Stage::Writing, total, total)?;
        Ok((view.customers.len() as u64, lines.into_bytes()))
    }
}
