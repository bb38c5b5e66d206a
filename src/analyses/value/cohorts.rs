//! Cohorts and what leaves and grows from month to month, as tables, numbers and a figure.
use super::super::rows::{Coding, month_text, months};
use super::{purchases::add as add_number, spells::Watched};
use crate::{
    base::{Result, Run, Stage, Unit, Warning},
    charts::{CohortRow, Cohorts as Figure},
    evaluate::cohorts::{Activity, Cohort, Movement, month_of_day},
    report::{Report, ReportTable, Sentence},
    table::Column,
};

/// Adds cohorts of events up to the day `until`. The last month counts in movements only when it is over by then.
///
/// # Errors
/// Those of [`Activity::of_events`].
pub(super) fn add(
    report: &mut Report,
    customer: &[u32],
    day: &[f64],
    amount: Option<&[f64]>,
    until: f64,
    run: &mut Run<'_>,
) -> Result<()> {
    run.step(Stage::Evaluating, 0, 1)?;
    let activity = Activity::of_events(customer, &months(day), amount)?;
    let last = month_of_day(until);
    let whole = if month_of_day(until + 1.0) > last {
        last
    } else {
        last - 1
    };
    if whole < last {
        run.warn(Warning::remark("open_month"));
    }
    of_activity(report, &activity, whole, amount.is_some())
}

fn of_activity(
    report: &mut Report,
    activity: &Activity,
    whole: i32,
    has_money: bool,
) -> Result<()> {
    let cohorts = activity.cohorts();
    let cells: Vec<(&Cohort, usize)> = (cohorts.all.iter())
        .flat_map(|c| (0..c.active.len()).map(move |age| (c, age)))
        .collect();
    let of = |f: &dyn Fn(&Cohort, usize) -> Option<f64>| {
        let one = |(c, age): &(&Cohort, usize)| f(c, *age).unwrap_or(f64::NAN);
        cells.iter().map(one).collect::<Vec<f64>>()
    };
    let mut table = ReportTable::default()
        .text(
            "cohort",
            cells.iter().map(|(c, _)| month_text(c.month)).collect(),
        )
        .number("n_customers", of(&|c, _| Some(c.n_customers as f64)))
        .number("month", of(&|_, age| Some(age as f64)))
        .number("active", of(&|c, age| Some(c.active[age] as f64)))
        .number("retention", of(&|c, age| c.retention(age)));
    if has_money {
        table = table
            .number("revenue", of(&|c, age| Some(c.revenue[age])))
            .number("revenue_retention", of(&|c, age| c.revenue_retention(age)));
    }
    report.tables.push(("cohorts".into(), table));
    let row = |c: &Cohort| CohortRow {
        month: c.month,
        n: c.n_customers,
        // A month that is not over says too little.
        shares: (0..c.active.len())
            .filter(|age| c.month + *age as i32 <= whole)
            .filter_map(|age| c.retention(age))
            .collect(),
    };
    let mut figure = Figure {
        rows: cohorts.all.iter().map(row).collect(),
        all: (0..cohorts.all.first().map_or(0, |c| c.active.len()))
            .filter(|age| cohorts.first + *age as i32 <= whole)
            .filter_map(|age| cohorts.retention(age))
            .collect(),
    };
    figure.rows.retain(|r| !r.shares.is_empty());
    if let Some(second) = figure.all.get(1) {
        add_number(report, "retention_1", *second, Unit::Ratio);
    }
    report.figures.push(("cohorts".into(), figure.into()));
    let Ok(movements) = activity.movements(1) else {
        return Ok(());
    };
    report
        .tables
        .push(("movements".into(), moved(&movements, has_money)));
    // Churn of a month is what a person compares; the last whole one is the latest that holds.
    let latest = movements.iter().rev().find(|m| m.month <= whole);
    if let Some(m) = latest {
        let rates = [
            ("logo_churn", m.logo_churn()),
            ("revenue_churn", m.revenue_churn().filter(|_| has_money)),
            ("nrr", m.nrr().filter(|_| has_money)),
            ("grr", m.grr().filter(|_| has_money)),
        ];
        for (key, value) in rates {
            if let Some(value) = value {
                add_number(report, key, value, Unit::Ratio);
            }
        }
        if let Some(churn) = m.logo_churn() {
            let mut told = Sentence::told("value_month", &[("churn", churn, Unit::Ratio)]);
            if let Sentence::Told { texts, .. } = &mut told {
                texts.push(("month".into(), month_text(m.month)));
            }
            report.sentences.push(told);
        }
    }
    Ok(())
}

fn moved(all: &[Movement], has_money: bool) -> ReportTable {
    let of = |f: &dyn Fn(&Movement) -> Option<f64>| {
        let one = |m: &Movement| f(m).unwrap_or(f64::NAN);
        all.iter().map(one).collect::<Vec<f64>>()
    };
    let table = ReportTable::default()
        .text("month", all.iter().map(|m| month_text(m.month)).collect())
        .number("customers_before", of(&|m| Some(m.customers_before as f64)))
        .number("customers_lost", of(&|m| Some(m.customers_lost as f64)))
        .number("customers_new", of(&|m| Some(m.customers_new as f64)))
        .number("customers_back", of(&|m| Some(m.customers_back as f64)))
        .number("logo_churn", of(&Movement::logo_churn));
    if !has_money {
        return table;
    }
    table
        .number("revenue_before", of(&|m| Some(m.before)))
        .number("expansion", of(&|m| Some(m.expansion)))
        .number("contraction", of(&|m| Some(m.contraction)))
        .number("lost", of(&|m| Some(m.lost)))
        .number("new", of(&|m| Some(m.new)))
        .number("back", of(&|m| Some(m.back)))
        .number("revenue", of(&|m| Some(m.after())))
        .number("revenue_churn", of(&Movement::revenue_churn))
        .number("nrr", of(&Movement::nrr))
        .number("grr", of(&Movement::grr))
}

/// Adds cohorts of customers with a start and an end, where a customer may have several one after the other.
///
/// # Errors
/// Those of [`Activity::of_spans`].
pub(super) fn add_spans(
    report: &mut Report,
    data: &Watched,
    day: &[f64],
    now: f64,
    id: Option<&Column>,
    unit: f64,
    run: &mut Run<'_>,
) -> Result<()> {
    let coding = id.map(Coding::of);
    let own = |i: usize| match &coding {
        Some(c) => c.codes[data.rows[i] as usize],
        None => i as u32,
    };
    let customer: Vec<u32> = (0..data.len()).map(own).collect();
    let last = month_of_day(now);
    let whole = if month_of_day(now + 1.0) > last {
        last
    } else {
        last - 1
    };
    if whole < last {
        run.warn(Warning::remark("open_month"));
    }
    let start: Vec<i32> = day.iter().map(|d| month_of_day(*d)).collect();
    // Somebody who left in their first month was there in it.
    let end: Vec<Option<i32>> = (0..data.len())
        .map(|i| {
            let left = month_of_day((day[i] + data.stop[i] * unit).round());
            data.event[i].then_some(left.max(start[i] + 1))
        })
        .collect();
    let activity = Activity::of_spans(&customer, &start, &end, data.value.as_deref(), last)?;
    of_activity(report, &activity, whole, data.value.is_some())
}
