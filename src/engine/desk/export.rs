//! The list as a file.
use super::{
    Seen,
    list::reasons,
    why::{Kept, can},
};
use crate::{
    base::{Phrases, Query, Result, Run, Stage, Told},
    engine::csv::Lines,
};

const NUMBERS: [&str; 6] = [
    "id",
    "row",
    "probability",
    "value",
    "at_risk",
    "expected_gain",
];
/// Where the model has a health score; the second where customers have several rows.
const HEALTH: [&str; 2] = ["health", "health_change"];
const MARKS: [&str; 5] = ["action", "owner", "note", "done", "held_out"];
/// Lines written between two looks at whether to go on.
const BLOCK: usize = 10_000;

/// A share in whole percent, as `Intl` writes it: from its decimal digits, so 0.285 is 29 % although 100 times it is less than
/// 28.5.
fn percent(share: f64) -> String {
    format!("{}%", ((share * 1e11).round() / 1e9).round())
}

/// Why a customer has this probability, in words.
fn why_text(phrases: &Phrases, kept: &Kept, probability: f64) -> String {
    let sizes: Vec<String> = kept
        .told
        .iter()
        .map(|w| (100.0 * w.points.abs()).round().to_string())
        .collect();
    let told: Vec<Told<'_>> = kept
        .told
        .iter()
        .zip(&sizes)
        .map(|(w, size)| Told {
            column: &w.column,
            value: w.value.as_deref(),
            typical: w
                .typical
                .as_deref()
                .filter(|t| Some(*t) != w.value.as_deref()),
            size,
            lowers: w.points < 0.0,
        })
        .collect();
    let (prediction, base) = (percent(probability), percent(kept.base));
    let named = [("prediction", prediction.as_str()), ("base", &base)];
    phrases.say(&named, &told, probability >= kept.base, true)
}

impl Seen<'_> {
    /// The whole list of a query in its order, as CSV; how many lines it has.
    pub(super) fn export(
        &mut self,
        query: &Query,
        n_reasons: u32,
        phrases: Option<&Phrases>,
        run: &mut Run<'_>,
    ) -> Result<(u64, Vec<u8>)> {
        let n_reasons = reasons(n_reasons)?;
        let phrases = phrases.filter(|_| can(self.opened));
        let is_explained = n_reasons > 0 || phrases.is_some();
        let view = self.view(query, run)?;
        let total = (view.customers.len() as u64).max(1);
        let named: Vec<String> = (1..=n_reasons).map(|i| format!("reason_{i}")).collect();
        let book = &self.it.book;
        let n_health = match book.health_score() {
            Some(_) => 1 + usize::from(book.customers.has_history()),
            None => 0,
        };
        let mut columns = NUMBERS.to_vec();
        columns.extend(HEALTH.iter().take(n_health));
        columns.extend(named.iter().map(String::as_str));
        columns.extend(phrases.map(|_| "why"));
        columns.extend(MARKS);
        let mut lines = Lines::new(&columns);
        // Blocks no larger than what is kept of reasons.
        let size = if is_explained { 1_000 } else { BLOCK };
        for (i, block) in view.customers.chunks(size).enumerate() {
            run.step(Stage::Writing, (i * size) as u64, total)?;
            if is_explained {
                self.explain(block, run)?;
            }
            for customer in block {
                let row = self.row(*customer as usize, n_reasons);
                let mark = row.mark.unwrap_or_default();
                let flag = |is: bool| if is { "yes" } else { "no" };
                lines.text(&row.id);
                lines.number(row.row as f64);
                lines.number(row.probability);
                lines.number(row.value.unwrap_or(f64::NAN));
                lines.number(row.at_risk);
                lines.number(row.gain);
                let change = || Some(row.health? - row.health_before?);
                for value in [row.health, change()].into_iter().take(n_health) {
                    lines.number(value.unwrap_or(f64::NAN));
                }
                for i in 0..n_reasons {
                    lines.text(row.reasons.get(i).map_or("", |w| w.column.as_str()));
                }
                if let Some(phrases) = phrases {
                    let why = self.it.why.get(customer);
                    lines.text(
                        &why.map_or_else(String::new, |w| why_text(phrases, w, row.probability)),
                    );
                }
                let said = row.action.as_ref().map(|a| a.as_str());
                lines.text(mark.action.as_deref().or(said).unwrap_or_default());
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

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn percents_are_those_that_the_page_writes() {
        let cases = [
            (0.0, "0%"),
            (1.0, "100%"),
            (0.125, "13%"),
            (0.285, "29%"),
            (0.825, "83%"),
            (0.835, "84%"),
            (0.005, "1%"),
            (0.004, "0%"),
            (0.999, "100%"),
        ];
        for (share, text) in cases {
            assert_eq!(percent(share), text, "{share}");
        }
    }
}
