//! Columns of a table with several rows for one customer, read the way its analyses need them.
use super::Job;
use crate::{
    base::{
        ColumnKind, Error, Field, ParamReason, ParamSpec, Result, Role, RoleSpec, Run, Unit,
        Warning,
    },
    evaluate::cohorts::month_of_day,
    table::{Column, cell_text, dates, is_currency, read::SAMPLED},
};

/// Instead of a code where a cell is missing.
pub(super) const MISSING: u32 = u32::MAX;
/// Most levels of a column of currencies.
const MOST_CURRENCIES: usize = 60;

/// A role of an analysis.
pub(super) fn spec(role: Role, required: bool, kinds: &[ColumnKind]) -> RoleSpec {
    RoleSpec {
        role,
        required,
        kinds: kinds.to_vec(),
    }
}

/// The same with a unit.
pub(super) fn in_unit(spec: ParamSpec, unit: Unit) -> ParamSpec {
    ParamSpec { unit, ..spec }
}

pub(super) fn required(param: &'static str) -> Error {
    Error::Param {
        param: param.into(),
        reason: ParamReason::Required,
    }
}

/// A column with its field.
pub(super) type Named<'a> = (&'a Field, &'a Column);

/// The column with a role.
///
/// # Errors
/// [`Error::MissingColumn`].
pub(super) fn column<'a>(job: &Job<'a>, role: Role) -> Result<Option<Named<'a>>> {
    let Some(name) = job.roles.get(role) else {
        return Ok(None);
    };
    Ok(Some((
        job.table.schema().field(name)?,
        job.table.column(name)?,
    )))
}

/// The column with a role that must be filled.
///
/// # Errors
/// Those of [`column`]; [`Error::Param`] naming the role.
pub(super) fn needed<'a>(job: &Job<'a>, role: Role) -> Result<Named<'a>> {
    column(job, role)?.ok_or_else(|| required(role.id()))
}

/// All cells of a column of numbers, NaN where missing.
///
/// # Errors
/// [`Error::ColumnKind`] for anything else.
pub(super) fn numbers((field, column): Named<'_>) -> Result<Vec<f64>> {
    match column {
        Column::Float(_) | Column::Int(_) => Ok(column.numbers().unwrap_or_default()),
        _ => Err(Error::ColumnKind {
            name: field.name.clone(),
            expected: ColumnKind::Float,
            found: field.kind,
        }),
    }
}

/// Whether a column holds days or points in time.
pub(super) fn is_date(column: &Column) -> bool {
    matches!(column, Column::Date(_) | Column::DateTime(_))
}

/// All cells of a column of dates as days since 1970-01-01, NaN where missing.
///
/// # Errors
/// [`Error::ColumnKind`] for anything else.
pub(super) fn days((field, column): Named<'_>) -> Result<Vec<f64>> {
    let per_day = match column {
        Column::Date(_) => 1.0,
        Column::DateTime(_) => 86_400.0,
        _ => {
            return Err(Error::ColumnKind {
                name: field.name.clone(),
                expected: ColumnKind::Date,
                found: field.kind,
            });
        }
    };
    let mut days = column.numbers().unwrap_or_default();
    days.iter_mut().for_each(|d| *d /= per_day);
    Ok(days)
}

/// The day of a parameter such as `2026-11-29`.
///
/// # Errors
/// [`Error::Param`] for a text that is no date.
pub(super) fn day_param(job: &Job<'_>, name: &'static str) -> Result<Option<f64>> {
    let Some(text) = job.params.text(name)?.filter(|t| !t.is_empty()) else {
        return Ok(None);
    };
    match dates::parse(&text, crate::base::DateOrder::YearMonthDay) {
        Some(moment) => Ok(Some(f64::from(moment.days))),
        None => Err(Error::Param {
            param: name.into(),
            reason: ParamReason::WrongType {
                expected: "date".into(),
            },
        }),
    }
}

/// A month counted from the year 0 as `2026-11`.
pub(super) fn month_text(month: i32) -> String {
    format!(
        "{:04}-{:02}",
        month.div_euclid(12),
        month.rem_euclid(12) + 1
    )
}

/// The months that days are in.
pub(super) fn months(days: &[f64]) -> Vec<i32> {
    days.iter().map(|d| month_of_day(*d)).collect()
}

/// Cells as codes by where they first stand.
#[derive(Debug)]
pub(super) struct Coding {
    /// Code of each row, or [`MISSING`].
    pub(super) codes: Vec<u32>,
    /// The first row of each code.
    pub(super) first: Vec<u32>,
}

impl Coding {
    pub(super) fn of(column: &Column) -> Self {
        let n = column.len();
        let key = |i: usize| match column {
            Column::Text(c) | Column::Category(c) => c.codes.get(i).map(u64::from),
            Column::Int(v) | Column::DateTime(v) => v.get(i).map(i64::cast_unsigned),
            // 0.0 and -0.0 are one number.
            _ => column.number(i).map(|v| (v + 0.0).to_bits()),
        };
        let mut keyed: Vec<(u64, u32)> = Vec::with_capacity(n);
        keyed.extend((0..n).filter_map(|i| Some((key(i)?, i as u32))));
        keyed.sort_unstable();
        let mut groups: Vec<(u32, u32)> = Vec::new();
        let mut start = 0_u32;
        for rows in keyed.chunk_by(|a, b| a.0 == b.0) {
            groups.push((rows[0].1, start));
            start += rows.len() as u32;
        }
        groups.sort_unstable();
        let mut codes = vec![MISSING; n];
        for (code, (_, start)) in groups.iter().enumerate() {
            let at = *start as usize;
            let key = keyed[at].0;
            let rows = keyed[at..].iter().take_while(|(k, _)| *k == key);
            rows.for_each(|(_, row)| codes[*row as usize] = code as u32);
        }
        Self {
            codes,
            first: groups.into_iter().map(|(row, _)| row).collect(),
        }
    }

    /// How many different ones there are.
    pub(super) fn len(&self) -> usize {
        self.first.len()
    }

    /// What a code stands for.
    pub(super) fn name(&self, (field, column): Named<'_>, code: u32) -> String {
        let row = self.first.get(code as usize);
        row.and_then(|r| cell_text(field, column, *r as usize))
            .unwrap_or_default()
    }

    /// What all stand for.
    pub(super) fn names(&self, of: Named<'_>) -> Vec<String> {
        (0..self.len() as u32).map(|c| self.name(of, c)).collect()
    }
}

/// Refuses amounts in several currencies: by the column with the role, else by one that holds nothing but the signs or
/// codes of currencies.
///
/// # Errors
/// [`Error::Currencies`] naming the first row with another one.
pub(super) fn one_currency(job: &Job<'_>) -> Result<()> {
    let given = column(job, Role::Currency)?;
    let holds = |c: &Column| match c {
        Column::Text(c) | Column::Category(c) => {
            (2..=MOST_CURRENCIES).contains(&c.levels.len()) && c.levels.iter().all(is_currency)
        }
        _ => false,
    };
    let found = given.or_else(|| job.table.iter().find(|(_, c)| holds(c)));
    if let Some((field, column)) = found {
        let coding = Coding::of(column);
        if let Some(row) = coding.first.get(1) {
            return Err(Error::Currencies {
                row: u64::from(*row) + 1,
                name: field.name.clone(),
            });
        }
    }
    Ok(())
}

/// How many rows something holds of, and the first of them from 1; warns of them where there are any.
pub(super) fn warn_rows(
    what: &str,
    column: &str,
    n_rows: usize,
    holds: impl Fn(usize) -> bool,
    run: &mut Run<'_>,
) -> u64 {
    let (mut count, mut first) = (0, 0);
    for i in (0..n_rows).filter(|i| holds(*i)) {
        count += 1;
        if first == 0 {
            first = i as u64 + 1;
        }
    }
    if count > 0 {
        run.warn(Warning::about_rows(what, column, count, first));
    }
    count
}

/// Warns of rows whose key another row had before: `keyed` has the key and the place of every row, from 0.
pub(super) fn warn_repeats<K: Ord>(
    what: &str,
    column: &str,
    mut keyed: Vec<(K, usize)>,
    run: &mut Run<'_>,
) {
    keyed.sort_unstable();
    let again = keyed.windows(2).filter(|w| w[0].0 == w[1].0);
    let (mut count, mut first) = (0, usize::MAX);
    for w in again {
        count += 1;
        first = first.min(w[1].1);
    }
    if count > 0 {
        run.warn(Warning::about_rows(what, column, count, first as u64 + 1));
    }
}

/// What comes first in any such analysis: parameters and columns that are not there are refused, and a sample is named.
///
/// # Errors
/// [`Error::Param`], [`Error::MissingColumn`].
pub(super) fn begin(job: &Job<'_>, specs: &[ParamSpec], run: &mut Run<'_>) -> Result<()> {
    job.params.deny_unknown(specs)?;
    for (_, column) in &job.roles.0 {
        job.table.schema().position(column)?;
    }
    if let Some(n_rows) = job.table.sampled_from() {
        run.warn(Warning::Sampled {
            what: SAMPLED.into(),
            n_used: job.table.n_rows() as u64,
            n_rows,
        });
    }
    Ok(())
}
