//! Columns that give the target away, rows that stand on both sides of the split, and why they are suspicious.
//!
//! Looked for among the training rows, one column at a time, the most telling reason first: levels that are the target's under
//! other names; dates filled in, or lying after the observation, for one outcome only; values filled in for one outcome only;
//! words that occur with one outcome only; a score alone that is too good, in any direction and out of fold; single values
//! that decide the outcome of a good part of a class; ids whose order is that of the outcome. Copies are looked for among
//! the held-out rows, see [`leak::twins`].
use super::words;
use crate::{
    base::{ColumnKind, LeakReason, Result, Role, Roles, Run, Stage, Warning, random},
    evaluate::leak::{self, Outcome, Tell},
    report::ReportTable,
    table::{Column, Table},
};
use rand_chacha::ChaCha8Rng;

/// Rows beyond which a random part is looked at.
const MAX_ROWS: usize = 30_000;
/// ROC-AUC of one column alone at or above which it is called a leak, and R² for a target of numbers.
const TOO_GOOD: [f64; 2] = [0.97, 0.98];
/// The lower end of its interval has to reach this.
const SURELY: f64 = 0.9;
/// From here on it is a leak where the other columns together stay far behind.
const SUSPICIOUS: [f64; 2] = [0.88, 0.85];
/// So far.
const FAR_BEHIND: f64 = 0.08;
/// ROC-AUC, or R², of an id alone.
const ORDERED: [f64; 2] = [0.75, 0.5];
/// The same where another column is known to run along with the id: a customer's age in a file sorted by it.
const ORDERED_ALONG: [f64; 2] = [0.9, 0.9];
/// Correlation from which on a column runs along.
const ALONG: f64 = 0.95;
/// Levels up to which each is looked at.
const MAX_LEVELS: usize = 50;
/// Levels up to which a column may be the target under other names.
const MAX_NAMES: usize = 12;
/// Share of different values from which on whole numbers are taken for an id.
const UNIQUE: f64 = 0.95;
/// The same where copies are looked for, which have the id of what they were copied from.
const NEARLY_UNIQUE: f64 = 0.7;
/// Share of rows of a class with a date after the observation: at most so many of the others, at least so many of its own
/// where the time of the observation is known, or taken from the other dates.
const AFTER: [f64; 3] = [0.05, 0.25, 0.5];
const FEWEST_DATES: usize = 20;
const SECONDS_PER_DAY: f64 = 86_400.0;

/// Rows and what is known of them.
#[derive(Debug, Clone)]
pub(in crate::analyses) struct Known<'a> {
    /// Columns of the file without the target.
    pub(in crate::analyses) table: &'a Table,
    /// The target per row.
    pub(in crate::analyses) outcome: Outcome<'a>,
    /// A fold per row.
    pub(in crate::analyses) folds: &'a [u32],
    pub(in crate::analyses) roles: &'a Roles,
}

/// A finding.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::analyses) struct Leak {
    /// None for rows.
    pub(in crate::analyses) column: Option<String>,
    pub(in crate::analyses) reason: LeakReason,
    /// See [`LeakReason`].
    pub(in crate::analyses) evidence: f64,
    /// Rows it is about.
    pub(in crate::analyses) n_rows: u64,
    /// Whether it is one only if the other columns stay far behind.
    pub(in crate::analyses) if_alone: bool,
    /// Score with and without it, once measured.
    pub(in crate::analyses) scores: [f64; 2],
}

impl Leak {
    fn new(reason: LeakReason, evidence: f64, n_rows: usize) -> Self {
        Self {
            column: None,
            reason,
            evidence,
            n_rows: n_rows as u64,
            if_alone: false,
            scores: [f64::NAN; 2],
        }
    }

    fn of(reason: LeakReason, tell: &Tell) -> Self {
        Self::new(reason, tell.purity, tell.n as usize)
    }

    /// Whether what was measured leaves it a leak.
    pub(in crate::analyses) fn holds(&self) -> bool {
        let [with, without] = self.scores;
        !self.if_alone || with - without >= FAR_BEHIND
    }

    /// What the person is told.
    pub(in crate::analyses) fn warning(&self, n_test: u64) -> Warning {
        match &self.column {
            Some(column) => Warning::Leak {
                column: column.clone(),
                reason: self.reason,
                evidence: self.evidence,
                score_with: self.scores[0],
                score_without: self.scores[1],
            },
            None => Warning::CopiedRows {
                count: self.n_rows,
                n_rows: n_test,
            },
        }
    }
}

/// Table `leaks`; empty when there are none.
pub(in crate::analyses) fn table(leaks: &[Leak], learner: &str) -> ReportTable {
    let numbers = |of: &dyn Fn(&Leak) -> f64| leaks.iter().map(of).collect::<Vec<f64>>();
    ReportTable::default()
        .optional_text("column", leaks.iter().map(|l| l.column.clone()).collect())
        .text("reason", leaks.iter().map(|l| l.reason.id()).collect())
        .number("score_with", numbers(&|l| l.scores[0]))
        .number("score_without", numbers(&|l| l.scores[1]))
        .number("evidence", numbers(&|l| l.evidence))
        .number("rows", numbers(&|l| l.n_rows as f64))
        .text("learner", vec![learner; leaks.len()])
}

/// Every suspicious column, in the order of the file.
pub(in crate::analyses) fn columns(
    known: &Known<'_>,
    rng: &mut ChaCha8Rng,
    run: &mut Run<'_>,
) -> Result<Vec<Leak>> {
    let n_rows = known.table.n_rows();
    if n_rows <= MAX_ROWS {
        return search(known, run);
    }
    let mut rows = random::permutation(rng, n_rows);
    rows.truncate(MAX_ROWS);
    rows.sort_unstable();
    run.warn(Warning::Sampled {
        what: "leaks".into(),
        n_used: MAX_ROWS as u64,
        n_rows: n_rows as u64,
    });
    let take = |all: &[u32]| -> Vec<u32> {
        let of = |r: &u32| all.get(*r as usize).copied().unwrap_or_default();
        rows.iter().map(of).collect()
    };
    let (codes, numbers);
    let outcome = match known.outcome {
        Outcome::Classes {
            codes: all,
            n_classes,
        } => {
            codes = take(all);
            Outcome::Classes {
                codes: &codes,
                n_classes,
            }
        }
        Outcome::Numbers(all) => {
            let of = |r: &u32| all.get(*r as usize).copied().unwrap_or(f64::NAN);
            numbers = rows.iter().map(of).collect::<Vec<f64>>();
            Outcome::Numbers(&numbers)
        }
    };
    let part = Known {
        table: &known.table.take(&rows),
        outcome,
        folds: &take(known.folds),
        roles: known.roles,
    };
    search(&part, run)
}

fn search(known: &Known<'_>, run: &mut Run<'_>) -> Result<Vec<Leak>> {
    let times = Times::of(known);
    let mut out = Vec::new();
    let n = known.table.n_columns() as u64;
    for (i, (field, column)) in known.table.iter().enumerate() {
        run.step(Stage::Explaining, i as u64, n)?;
        let found = if is_id(known, &field.name, field.kind, column, UNIQUE) {
            id(known, &field.name, column)?
        } else {
            column_alone(known, &times, i, column)?
        };
        out.extend(found.map(|leak| Leak {
            column: Some(field.name.clone()),
            ..leak
        }));
    }
    run.step(Stage::Explaining, n, n)?;
    Ok(out)
}

fn is_id(known: &Known<'_>, name: &str, kind: ColumnKind, column: &Column, unique: f64) -> bool {
    if kind == ColumnKind::Id || known.roles.of(name) == Some(Role::Id) {
        return true;
    }
    let Column::Int(v) = column else { return false };
    let mut all: Vec<i64> = v.iter().flatten().collect();
    let n = all.len();
    all.sort_unstable();
    all.dedup();
    n > 0 && all.len() as f64 >= unique * n as f64
}

/// Which of two numbers belongs to the outcome: that of classes, or that of numbers.
fn pick(known: &Known<'_>, of: [f64; 2]) -> f64 {
    match known.outcome {
        Outcome::Classes { .. } => of[0],
        Outcome::Numbers(_) => of[1],
    }
}

/// Half the width of the interval of a score alone; that of R² is small beside what is asked of it.
fn room(known: &Known<'_>, score: f64) -> f64 {
    let Outcome::Classes { codes, n_classes } = known.outcome else {
        return 0.0;
    };
    let mut counts = vec![0.0; n_classes];
    for code in codes {
        if let Some(n) = counts.get_mut(*code as usize) {
            *n += 1.0;
        }
    }
    let rarest = counts.iter().copied().filter(|n| *n > 0.0);
    let rarest = rarest.fold(f64::INFINITY, f64::min);
    2.0 * leak::standard_error(score, rarest, codes.len() as f64 - rarest)
}

/// The number that an id holds: itself, or the digits at its end.
fn id_number(column: &Column, i: usize) -> f64 {
    let (Column::Text(c) | Column::Category(c)) = column else {
        return column.number(i).unwrap_or(f64::NAN);
    };
    let digits = |text: &str| {
        let tail = text.trim_end_matches(|c: char| c.is_ascii_digit());
        text.get(tail.len()..).and_then(|d| d.parse::<f64>().ok())
    };
    c.get(i).and_then(digits).unwrap_or(f64::NAN)
}

fn id(known: &Known<'_>, name: &str, column: &Column) -> Result<Option<Leak>> {
    let values: Vec<f64> = (0..column.len()).map(|i| id_number(column, i)).collect();
    let n_known = values.iter().filter(|v| !v.is_nan()).count();
    if n_known * 10 < values.len() * 9 {
        return Ok(None);
    }
    let (codes, n) = leak::bins(&values);
    let score = leak::alone(known.outcome, &codes, n, Some(&values), known.folds)?;
    if score < pick(known, ORDERED) || score - 1.5 * room(known, score) < pick(known, [0.65, 0.3]) {
        return Ok(None);
    }
    let along = known.table.iter().any(|(field, other)| {
        let numbers = other.numbers().filter(|_| field.name != name);
        numbers.is_some_and(|v| {
            let is_id = is_id(known, &field.name, field.kind, other, UNIQUE);
            !is_id && correlation(&codes, &leak::bins(&v).0).abs() >= ALONG
        })
    });
    let enough = !along || score >= pick(known, ORDERED_ALONG);
    Ok(enough.then(|| Leak::new(LeakReason::IdOrder, score, n_known)))
}

fn correlation(a: &[u32], b: &[u32]) -> f64 {
    let n = a.len().max(1) as f64;
    let mean = |v: &[u32]| v.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let (ma, mb) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (f64::from(*a) - ma, f64::from(*b) - mb);
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    if aa > 0.0 && bb > 0.0 {
        ab / (aa * bb).sqrt()
    } else {
        0.0
    }
}

/// What stands in a cell, as a code: a level, a whole value, a bin.
struct Coding {
    codes: Vec<u32>,
    n_levels: usize,
    /// The numbers behind bins.
    values: Option<Vec<f64>>,
    /// Whether codes are single values.
    is_exact: bool,
}

fn coding(column: &Column) -> Coding {
    if let Column::Text(c) | Column::Category(c) = column {
        let n_levels = c.levels.len();
        let code = |code: Option<u32>| code.unwrap_or(n_levels as u32);
        return Coding {
            codes: c.codes.iter().map(code).collect(),
            n_levels,
            values: None,
            is_exact: true,
        };
    }
    let values = column.numbers().unwrap_or_default();
    let mut different: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    different.sort_unstable_by(f64::total_cmp);
    different.dedup();
    if different.len() <= MAX_LEVELS {
        let code = |v: &f64| match v.is_nan() {
            true => different.len() as u32,
            false => different.partition_point(|d| d < v) as u32,
        };
        return Coding {
            codes: values.iter().map(code).collect(),
            n_levels: different.len(),
            values: Some(values),
            is_exact: true,
        };
    }
    let (codes, n_levels) = leak::bins(&values);
    Coding {
        codes,
        n_levels,
        values: Some(values),
        is_exact: false,
    }
}

fn column_alone(
    known: &Known<'_>,
    times: &Times,
    at: usize,
    column: &Column,
) -> Result<Option<Leak>> {
    let coding = coding(column);
    let n_present = column.len() - column.n_missing();
    let is_date = matches!(column, Column::Date(_) | Column::DateTime(_));
    if let Outcome::Classes { codes, n_classes } = known.outcome {
        let filled = filled(column, codes, n_classes)?;
        let may_be_names = coding.is_exact && coding.n_levels <= MAX_NAMES;
        if may_be_names && filled.is_none() {
            let mapping = leak::mapping(&coding.codes, coding.n_levels, codes, n_classes)?;
            if let Some(m) = mapping.filter(leak::Mapping::is_renamed) {
                return Ok(Some(Leak::new(LeakReason::Renamed, m.agreement, n_present)));
            }
        }
        if let Some(tell) = filled {
            let reason = match is_date {
                true => LeakReason::DateFilled,
                false => LeakReason::Filled,
            };
            return Ok(Some(Leak::of(reason, &tell)));
        }
        if is_date && let Some(tell) = times.after(at, codes, n_classes)? {
            return Ok(Some(Leak::of(LeakReason::DateAfter, &tell)));
        }
        if let Column::Text(c) = column
            && let Some(tell) = words::strongest(c, codes, n_classes)
        {
            return Ok(Some(Leak::of(LeakReason::Text, &tell)));
        }
    }
    // A value of its own in nearly every row tells nothing out of fold.
    let is_free = matches!(column, Column::Text(_)) && 2 * coding.n_levels > column.len();
    if is_free {
        return Ok(None);
    }
    let values = coding.values.as_deref();
    let score = leak::alone(
        known.outcome,
        &coding.codes,
        coding.n_levels,
        values,
        known.folds,
    )?;
    let too_good = Leak::new(LeakReason::TooGood, score, n_present);
    if score >= pick(known, TOO_GOOD) && score - room(known, score) >= SURELY {
        return Ok(Some(too_good));
    }
    if let Outcome::Classes { codes, n_classes } = known.outcome
        && let Some(tell) = level(&coding, codes, n_classes)?
    {
        return Ok(Some(Leak::of(LeakReason::Level, &tell)));
    }
    let is_suspicious = score >= pick(known, SUSPICIOUS);
    Ok(is_suspicious.then_some(Leak {
        if_alone: true,
        ..too_good
    }))
}

/// Whether being filled in, or not, gives the outcome away.
fn filled(column: &Column, codes: &[u32], n_classes: usize) -> Result<Option<Tell>> {
    if column.n_missing() == 0 || column.n_missing() == column.len() {
        return Ok(None);
    }
    let state = |is_missing: bool| -> Result<Option<Tell>> {
        let state: Vec<bool> = (0..column.len())
            .map(|i| column.is_missing(i) == is_missing)
            .collect();
        Ok(leak::tell(&state, codes, n_classes)?.filter(Tell::gives_away))
    };
    match state(false)? {
        Some(tell) => Ok(Some(tell)),
        None => state(true),
    }
}

/// The level that gives most of a class away; of numbers the commonest value, and all others.
fn level(coding: &Coding, codes: &[u32], n_classes: usize) -> Result<Option<Tell>> {
    let mut best: Option<Tell> = None;
    let mut look = |state: &dyn Fn(u32) -> bool| -> Result<()> {
        let state: Vec<bool> = coding.codes.iter().map(|c| state(*c)).collect();
        if let Some(tell) = leak::tell(&state, codes, n_classes)?.filter(Tell::gives_away)
            && best.is_none_or(|b| tell.coverage > b.coverage)
        {
            best = Some(tell);
        }
        Ok(())
    };
    if coding.is_exact && coding.values.is_none() {
        if coding.n_levels <= MAX_LEVELS {
            for level in 0..coding.n_levels as u32 {
                look(&|c| c == level)?;
            }
        }
    } else {
        let mut counts = vec![0_u64; coding.n_levels + 1];
        for code in &coding.codes {
            if let Some(n) = counts.get_mut(*code as usize) {
                *n += 1;
            }
        }
        let most = (counts.iter().enumerate()).max_by_key(|(i, n)| (**n, usize::MAX - i));
        if let Some((usual, _)) = most.filter(|(i, _)| *i < coding.n_levels) {
            look(&|c| c == usual as u32)?;
            look(&|c| c != usual as u32)?;
        }
    }
    Ok(best)
}

/// When each row was observed, as far as dates tell.
struct Times {
    /// Per column of dates, its times in seconds, NaN where missing.
    columns: Vec<(usize, Vec<f64>)>,
    /// The column that says when a row was observed.
    observed: Option<usize>,
}

impl Times {
    fn of(known: &Known<'_>) -> Self {
        let mut columns = Vec::new();
        let mut observed = None;
        for (i, (field, column)) in known.table.iter().enumerate() {
            let unit = match column {
                Column::Date(_) => SECONDS_PER_DAY,
                Column::DateTime(_) => 1.0,
                _ => continue,
            };
            let times = column.numbers().unwrap_or_default();
            columns.push((i, times.iter().map(|t| t * unit).collect()));
            if known.roles.of(&field.name) == Some(Role::Date) {
                observed = Some(i);
            }
        }
        Self { columns, observed }
    }

    /// The class whose rows alone have date `at` after they were observed.
    fn after(&self, at: usize, codes: &[u32], n_classes: usize) -> Result<Option<Tell>> {
        let Some((_, mine)) = self.columns.iter().find(|(i, _)| *i == at) else {
            return Ok(None);
        };
        if self.observed == Some(at) {
            return Ok(None);
        }
        let others = self.columns.iter().filter(|(i, _)| match self.observed {
            Some(observed) => *i == observed,
            None => *i != at,
        });
        let others: Vec<&[f64]> = others.map(|(_, t)| t.as_slice()).collect();
        let latest = |i: usize| {
            let times = others.iter().filter_map(|t| t.get(i).copied());
            times.fold(f64::NAN, f64::max)
        };
        let (mut inside, mut both) = (vec![0_u64; n_classes], vec![0_u64; n_classes]);
        for (i, (time, class)) in mine.iter().zip(codes).enumerate() {
            let observed = latest(i);
            if time.is_nan() || observed.is_nan() {
                continue;
            }
            if let (Some(all), Some(late)) = (
                both.get_mut(*class as usize),
                inside.get_mut(*class as usize),
            ) {
                *all += 1;
                *late += u64::from(*time > observed);
            }
        }
        let [others_most, known_least, guessed_least] = AFTER;
        let least = match self.observed {
            Some(_) => known_least,
            None => guessed_least,
        };
        let Some(tell) = Tell::of(&inside, &both) else {
            return Ok(None);
        };
        let sum = |of: &[u64]| {
            let rest = of.iter().enumerate().filter(|(c, _)| *c != tell.class);
            rest.map(|(_, n)| *n).sum::<u64>() as f64
        };
        let is_late = tell.coverage >= least && tell.n as usize >= FEWEST_DATES;
        let is_own = sum(&inside) <= others_most * sum(&both);
        Ok((is_late && is_own && sum(&both) > 0.0).then_some(tell))
    }
}

/// Held-out rows that are copies of training rows, and which they are.
pub(in crate::analyses) fn copies(
    train: &Known<'_>,
    test: &Table,
    same: &dyn Fn(usize, usize) -> bool,
    run: &mut Run<'_>,
) -> Result<Option<(Leak, Vec<u32>)>> {
    let mut sides = [Vec::new(), Vec::new()];
    for ((field, column), (_, held)) in train.table.iter().zip(test.iter()) {
        if !is_id(train, &field.name, field.kind, column, NEARLY_UNIQUE) {
            for (side, column) in sides.iter_mut().zip([column, held]) {
                side.push(cells(column));
            }
        }
    }
    let [of_train, of_test] = sides;
    let twins = leak::twins(&of_train, &of_test, same, run)?;
    if !twins.are_copies() {
        return Ok(None);
    }
    let share = twins.rows.len() as f64 / twins.n_rows.max(1) as f64;
    let leak = Leak::new(LeakReason::Copies, share, twins.rows.len());
    Ok(Some((leak, twins.rows)))
}

/// A number per cell, equal where cells of one column are.
fn cells(column: &Column) -> Vec<u64> {
    match column {
        Column::Text(c) | Column::Category(c) => {
            let code = |c: Option<u32>| c.map_or(u64::MAX, u64::from);
            c.codes.iter().map(code).collect()
        }
        _ => {
            let cell = |i| column.number(i).map_or(u64::MAX, f64::to_bits);
            (0..column.len()).map(cell).collect()
        }
    }
}
