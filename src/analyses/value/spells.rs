//! How long customers were watched, and how that ended.
use super::Asked;
use crate::{
    analyses::{
        Job,
        rows::{self, Coding, MISSING, Named, days, is_date, needed, numbers, required, warn_rows},
    },
    base::{ColumnKind, Error, Result, Role, Run, TargetReason, Warning},
    learn::survival::Spells,
    table::{
        Column, cell_text,
        roles::{class_labels, positive_class},
    },
};

/// Rows that can be used, times in units.
#[derive(Debug, Clone, Default)]
pub(super) struct Watched {
    /// Row of the table, from 0.
    pub(super) rows: Vec<u32>,
    /// From when rows are watched that stand for a part of a customer's time.
    pub(super) start: Option<Vec<f64>>,
    pub(super) stop: Vec<f64>,
    pub(super) event: Vec<bool>,
    /// Code of the group, 0 without groups.
    pub(super) group: Vec<u32>,
    pub(super) groups: Vec<String>,
    /// Money a month; below 0 and missing count as 0.
    pub(super) value: Option<Vec<f64>>,
    /// Day of the start, where it is known.
    pub(super) day: Option<Vec<f64>>,
    /// Last day watched, where it is known.
    pub(super) now: Option<f64>,
}

impl Watched {
    pub(super) fn spells(&self) -> Spells<'_> {
        Spells {
            start: self.start.as_deref(),
            stop: &self.stop,
            event: &self.event,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The same of some of its rows.
    pub(super) fn take(&self, which: &[usize]) -> Self {
        fn of<T: Copy>(all: &[T], which: &[usize]) -> Vec<T> {
            which.iter().map(|i| all[*i]).collect()
        }
        Self {
            rows: of(&self.rows, which),
            start: self.start.as_ref().map(|v| of(v, which)),
            stop: of(&self.stop, which),
            event: of(&self.event, which),
            group: of(&self.group, which),
            groups: self.groups.clone(),
            value: self.value.as_ref().map(|v| of(v, which)),
            day: self.day.as_ref().map(|v| of(v, which)),
            now: self.now,
        }
    }
}

/// Whether the event came, of each row; none where the cell is missing.
fn events(job: &Job<'_>, (field, column): Named<'_>) -> Result<Vec<Option<bool>>> {
    if let Column::Bool(v) = column {
        return Ok(v.iter().collect());
    }
    let fail = |reason| {
        Err(Error::Target {
            name: field.name.clone(),
            reason,
        })
    };
    let Some(labels) = class_labels(field, column) else {
        return fail(TargetReason::NeedsClasses);
    };
    let found = labels.len() as u64;
    match found {
        0 | 1 => return fail(TargetReason::SingleClass),
        2 => {}
        _ => return fail(TargetReason::TooManyClasses { found }),
    }
    let positive = match job.params.text("positive")?.filter(|p| !p.is_empty()) {
        None => positive_class(field, column, &labels),
        Some(named) => match labels.iter().position(|l| *l == named) {
            Some(i) => i,
            None => return fail(TargetReason::NoPositive),
        },
    };
    let of = |i: usize| Some(cell_text(field, column, i)? == *labels.get(positive)?);
    Ok((0..column.len()).map(of).collect())
}

/// Times of all rows, NaN where a row cannot be used.
struct Times {
    start: Option<Vec<f64>>,
    stop: Vec<f64>,
    event: Vec<bool>,
    day: Option<Vec<f64>>,
    now: Option<f64>,
}

/// Reads the rows.
///
/// # Errors
/// Roles that are missing, columns of another kind; [`Error::TooFewRows`] when nothing is left.
pub(super) fn read(job: &Job<'_>, asked: &Asked, run: &mut Run<'_>) -> Result<Watched> {
    let event = rows::column(job, Role::Event)?;
    let times = match rows::column(job, Role::Duration)? {
        Some(duration) => lasting(job, duration, event, run)?,
        None => {
            let (start, end) = (needed(job, Role::Start)?, needed(job, Role::End)?);
            match (is_date(start.1), is_date(end.1)) {
                (true, true) => dated(job, asked, start, end, event, run)?,
                (false, false) => counted(job, start, end, event, run)?,
                (is_day, _) => {
                    let wrong = if is_day { end } else { start };
                    return Err(Error::ColumnKind {
                        name: wrong.0.name.clone(),
                        expected: ColumnKind::Date,
                        found: wrong.0.kind,
                    });
                }
            }
        }
    };
    let group = rows::column(job, Role::Group)?;
    let coding = group.map(|(_, c)| Coding::of(c));
    let is_in = |i: usize| coding.as_ref().is_none_or(|c| c.codes[i] != MISSING);
    let n = times.stop.len();
    if let Some((field, _)) = group {
        warn_rows("no_group", &field.name, n, |i| !is_in(i), run);
    }
    let kept: Vec<usize> = (0..n)
        .filter(|i| !times.stop[*i].is_nan() && is_in(*i))
        .collect();
    if kept.is_empty() {
        return Err(Error::TooFewRows {
            needed: 1,
            found: 0,
        });
    }
    if let Some(id) = rows::column(job, Role::Id)?
        && times.start.is_none()
    {
        warn_twice(id, &kept, run);
    }
    let value = match rows::column(job, Role::Value)? {
        None => rows::column(job, Role::Amount)?,
        some => some,
    };
    let money = value.map(numbers).transpose()?;
    if let (Some(money), Some((field, _))) = (&money, value) {
        let count = kept
            .iter()
            .filter(|i| money[**i].is_nan() || money[**i] < 0.0)
            .count() as u64;
        if count > 0 {
            let column = field.name.clone();
            run.warn(Warning::NoValue { column, count });
        }
    }
    let of = |v: Vec<f64>| kept.iter().map(|i| v[*i]).collect::<Vec<f64>>();
    Ok(Watched {
        rows: kept.iter().map(|i| *i as u32).collect(),
        event: kept.iter().map(|i| times.event[*i]).collect(),
        group: kept
            .iter()
            .map(|i| coding.as_ref().map_or(0, |c| c.codes[*i]))
            .collect(),
        groups: match (&coding, group) {
            (Some(c), Some(of)) => c.names(of),
            _ => vec![String::new()],
        },
        value: money.map(|m| kept.iter().map(|i| m[*i].max(0.0)).collect()),
        start: times.start.map(of),
        stop: of(times.stop),
        day: times.day.map(of),
        now: times.now,
    })
}

fn warn_twice((field, column): Named<'_>, kept: &[usize], run: &mut Run<'_>) {
    let coding = Coding::of(column);
    let mut seen = vec![false; coding.len()];
    let mut again = vec![false; column.len()];
    for i in kept {
        if let Some(seen) = seen.get_mut(coding.codes[*i] as usize) {
            again[*i] = *seen;
            *seen = true;
        }
    }
    warn_rows(
        "duplicate_customers",
        &field.name,
        again.len(),
        |i| again[i],
        run,
    );
}

/// Events that are required, missing ones warned of and put to no number in `stop`.
fn known(
    job: &Job<'_>,
    event: Option<Named<'_>>,
    stop: &mut [f64],
    run: &mut Run<'_>,
) -> Result<Vec<bool>> {
    let event = event.ok_or_else(|| required("event"))?;
    let found = events(job, event)?;
    warn_rows(
        "no_event",
        &event.0.name,
        found.len(),
        |i| found[i].is_none(),
        run,
    );
    for (stop, found) in stop.iter_mut().zip(&found) {
        if found.is_none() {
            *stop = f64::NAN;
        }
    }
    Ok(found.into_iter().map(|e| e == Some(true)).collect())
}

/// By a column that says how long.
fn lasting(
    job: &Job<'_>,
    duration: Named<'_>,
    event: Option<Named<'_>>,
    run: &mut Run<'_>,
) -> Result<Times> {
    let mut stop = numbers(duration)?;
    let (n, name) = (stop.len(), &duration.0.name);
    warn_rows("no_duration", name, n, |i| stop[i].is_nan(), run);
    warn_rows("negative_duration", name, n, |i| stop[i] < 0.0, run);
    stop.iter_mut()
        .filter(|t| **t < 0.0)
        .for_each(|t| *t = f64::NAN);
    let event = known(job, event, &mut stop, run)?;
    Ok(Times {
        start: None,
        stop,
        event,
        day: None,
        now: None,
    })
}

/// By numbers that say from when until when, several rows for one customer.
fn counted(
    job: &Job<'_>,
    start: Named<'_>,
    end: Named<'_>,
    event: Option<Named<'_>>,
    run: &mut Run<'_>,
) -> Result<Times> {
    let (from, mut stop) = (numbers(start)?, numbers(end)?);
    let n = stop.len();
    warn_rows("no_duration", &start.0.name, n, |i| from[i].is_nan(), run);
    warn_rows("no_duration", &end.0.name, n, |i| stop[i].is_nan(), run);
    let is_odd = |i: usize, stop: &[f64]| from[i] < 0.0 || stop[i] <= from[i];
    warn_rows(
        "end_before_start",
        &end.0.name,
        n,
        |i| is_odd(i, &stop),
        run,
    );
    for i in 0..n {
        if is_odd(i, &stop) || from[i].is_nan() {
            stop[i] = f64::NAN;
        }
    }
    let event = known(job, event, &mut stop, run)?;
    Ok(Times {
        start: Some(from),
        stop,
        event,
        day: None,
        now: None,
    })
}

/// By dates: without an end a customer is still there on the last day that the file knows of, or on `until`.
fn dated(
    job: &Job<'_>,
    asked: &Asked,
    start: Named<'_>,
    end: Named<'_>,
    event: Option<Named<'_>>,
    run: &mut Run<'_>,
) -> Result<Times> {
    let (from, to) = (days(start)?, days(end)?);
    let n = from.len();
    let last = from
        .iter()
        .chain(&to)
        .copied()
        .fold(f64::NEG_INFINITY, f64::max);
    let now = asked.until.unwrap_or(last);
    let found = event.map(|e| events(job, e)).transpose()?;
    warn_rows("no_duration", &start.0.name, n, |i| from[i].is_nan(), run);
    warn_rows("after_end", &start.0.name, n, |i| from[i] > now, run);
    warn_rows("end_before_start", &end.0.name, n, |i| to[i] < from[i], run);
    let is_before = |i: usize| asked.since.is_some_and(|s| from[i] < s);
    warn_rows("before_start", &start.0.name, n, is_before, run);
    let (mut stop, mut happened) = (vec![f64::NAN; n], vec![false; n]);
    for i in 0..n {
        if from[i] > now || to[i] < from[i] || is_before(i) {
            continue;
        }
        let is_over = to[i] <= now;
        stop[i] = (if is_over { to[i] } else { now } - from[i]) / asked.unit;
        // An end may also be that of being watched: then the event says which.
        happened[i] = is_over && found.as_ref().is_none_or(|e| e[i] == Some(true));
    }
    Ok(Times {
        start: None,
        stop,
        event: happened,
        day: Some(from),
        now: Some(now),
    })
}
