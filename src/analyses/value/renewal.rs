//! Customers who are still there: chances, renewals by month, and what the base will bring.
//!
//! A month's money is the sum over customers of what they pay times their chance to be there at its end. Its interval
//! takes in that each customer stays or leaves, and that hazards are known to within one in the root of the events
//! they were learned from; not that a model may be wrong.
use super::{
    Asked, MONTH, columns::Matrix, fit::Fitted, purchases::add as add_number, spells::Watched,
};
use crate::{
    analyses::{Job, rows::month_text},
    base::{Result, Role, Run, Stage, Unit, Warning, order::Ordered},
    charts::{Revenue as Figure, RevenueMonth},
    evaluate::cohorts::month_of_day,
    learn::{lifetime::rate_of_year, survival::normal_quantile},
    report::{Report, ReportTable, Sentence},
    table::cell_text,
};

/// Most months looked ahead.
const MOST_MONTHS: f64 = 120.0;

/// Sums of a month over the customers.
#[derive(Clone, Copy, Default)]
struct Month {
    customers: f64,
    money: f64,
    /// Variances, and slopes by the size of all hazards.
    spread: [f64; 2],
    slope: [f64; 2],
    due: f64,
    due_money: f64,
    due_chance: f64,
    due_risk: f64,
}

/// A customer who is still there.
struct Still {
    row: usize,
    stays: f64,
    days: f64,
    worth: f64,
}

/// Adds customers, renewals and the forecast; nothing for rows that stand for parts of a customer's time.
///
/// # Errors
/// Those of the model; [`Error::Cancelled`](crate::base::Error::Cancelled).
pub(super) fn add(
    report: &mut Report,
    job: &Job<'_>,
    asked: &Asked,
    model: &Fitted,
    data: &Watched,
    x: &Matrix,
    run: &mut Run<'_>,
) -> Result<()> {
    let still: Vec<usize> = (0..data.len()).filter(|i| !data.event[*i]).collect();
    if data.start.is_some() || still.is_empty() {
        return Ok(());
    }
    let n_months = (asked.horizon_days / MONTH).ceil().clamp(1.0, MOST_MONTHS);
    // In months, and in units of time.
    let step = MONTH / asked.unit;
    let horizon = asked.horizon_days / asked.unit;
    let mut months = vec![Month::default(); n_months as usize];
    let rate = rate_of_year(asked.discount, MONTH);
    let mut out = Vec::with_capacity(still.len());
    let mut n_beyond = 0;
    for (k, i) in still.iter().enumerate() {
        if k % 256 == 0 {
            run.step(Stage::Predicting, k as u64, still.len() as u64)?;
        }
        let age = data.stop[*i];
        let value = data.value.as_ref().map_or(0.0, |v| v[*i]);
        let ends = (1..=months.len()).map(|m| age + step * m as f64);
        let mut times = vec![age, age + horizon];
        times.extend(ends);
        let reach = model.reach(data.group[*i]);
        n_beyond += u64::from(reach.is_some_and(|r| age + horizon > r));
        let hazards = model.hazards(x.row(*i), data.group[*i], &times)?;
        let from = hazards[0];
        // Until the next multiple of the term, at least a little ahead.
        let age_months = age / step;
        let term = asked.term_months;
        let due = ((age_months / term).floor() + 1.0) * term - age_months;
        let due = (due.ceil() as usize).saturating_sub(1);
        let (mut worth, mut days, mut before) = (0.0, 0.0, 1.0);
        for (m, (month, h)) in months.iter_mut().zip(&hazards[2..]).enumerate() {
            let h = (h - from).max(0.0);
            let s = (-h).exp();
            let spread = s * (1.0 - s);
            month.customers += s;
            month.money += value * s;
            month.spread[0] += spread;
            month.spread[1] += value * value * spread;
            month.slope[0] += s * h;
            month.slope[1] += value * s * h;
            if m == due {
                month.due += 1.0;
                month.due_money += value * term;
                month.due_chance += s;
                month.due_risk += value * term * (1.0 - s);
            }
            // The horizon may end within a month.
            let part = (asked.horizon_days / MONTH - m as f64).clamp(0.0, 1.0);
            days += 0.5 * (before + s) * part * MONTH;
            worth += value * s * part * (-rate * (m as f64 + 1.0)).exp();
            before = s;
        }
        out.push(Still {
            row: *i,
            stays: (from - hazards[1]).min(0.0).exp(),
            days,
            worth,
        });
    }
    if n_beyond > 0 {
        run.warn(Warning::about_rows("beyond_reach", "", n_beyond, 0));
    }
    customers(report, job, asked, data, &mut out);
    let first = data.now.map(|now| month_of_day(now) + 1);
    calendar(report, &months, first, data.value.is_some());
    let n_events = data.event.iter().filter(|e| **e).count();
    forecast(
        report,
        asked,
        &months,
        first,
        n_events,
        data.value.is_some(),
    )?;
    let stays: f64 = out.iter().map(|s| s.stays).sum();
    let n = out.len() as f64;
    add_number(report, "n_still", n, Unit::Count);
    add_number(report, "retention", stays / n, Unit::Ratio);
    if data.value.is_some() {
        let worth: f64 = out.iter().map(|s| s.worth).sum();
        add_number(report, "lifetime_value", worth, Unit::Currency);
    }
    let told = [
        ("n", n, Unit::Count),
        ("days", asked.horizon_days, Unit::Days),
        ("share", stays / n, Unit::Ratio),
    ];
    report.sentences.push(Sentence::told("value_stay", &told));
    Ok(())
}

/// The most valuable first, else those likeliest to leave.
fn customers(
    report: &mut Report,
    job: &Job<'_>,
    asked: &Asked,
    data: &Watched,
    still: &mut [Still],
) {
    still.order_by(|a, b| {
        (b.worth.total_cmp(&a.worth))
            .then(a.stays.total_cmp(&b.stays))
            .then(a.row.cmp(&b.row))
    });
    let id = job.roles.get(Role::Id);
    let schema = job.table.schema();
    let of = id.and_then(|name| Some((schema.field(name).ok()?, job.table.column(name).ok()?)));
    let name = |s: &Still| {
        let row = data.rows[s.row] as usize;
        match of {
            Some((field, column)) => cell_text(field, column, row).unwrap_or_default(),
            None => (row + 1).to_string(),
        }
    };
    let numbers = |f: &dyn Fn(&Still) -> f64| still.iter().map(f).collect::<Vec<f64>>();
    let mut table = ReportTable::default()
        .text("id", still.iter().map(name).collect())
        .number("age", numbers(&|s| data.stop[s.row] * asked.unit))
        .number("p_stay", numbers(&|s| s.stays))
        .number("expected_days", numbers(&|s| s.days));
    if let Some(value) = &data.value {
        table = table
            .number("value", numbers(&|s| value[s.row]))
            .number("lifetime_value", numbers(&|s| s.worth));
    }
    report.tables.push(("customers".into(), table));
}

/// Months from the next on, with their names where dates are known.
fn heads(n: usize, first: Option<i32>) -> ReportTable {
    let ahead = (1..=n).map(|m| m as f64).collect();
    let table = ReportTable::default();
    match first {
        Some(first) => table
            .text(
                "month",
                (0..n as i32).map(|m| month_text(first + m)).collect(),
            )
            .number("ahead", ahead),
        None => table.number("ahead", ahead),
    }
}

fn calendar(report: &mut Report, months: &[Month], first: Option<i32>, has_money: bool) {
    let of = |f: &dyn Fn(&Month) -> f64| months.iter().map(f).collect::<Vec<f64>>();
    let chance = |m: &Month| {
        if m.due > 0.0 {
            m.due_chance / m.due
        } else {
            f64::NAN
        }
    };
    let mut table = heads(months.len(), first)
        .number("customers", of(&|m| m.due))
        .number("chance", of(&chance));
    if has_money {
        table = table
            .number("money", of(&|m| m.due_money))
            .number("at_risk", of(&|m| m.due_risk));
    }
    report.tables.push(("renewals".into(), table));
}

fn forecast(
    report: &mut Report,
    asked: &Asked,
    months: &[Month],
    first: Option<i32>,
    n_events: usize,
    has_money: bool,
) -> Result<()> {
    let z = normal_quantile(asked.level)?;
    let known = 1.0 / (n_events.max(1) as f64).sqrt();
    let half = |m: &Month, k: usize| z * (m.spread[k] + (m.slope[k] * known).powi(2)).sqrt();
    let of = |f: &dyn Fn(&Month) -> f64| months.iter().map(f).collect::<Vec<f64>>();
    let k = usize::from(has_money);
    let middle = |m: &Month| if has_money { m.money } else { m.customers };
    let low = of(&|m| (middle(m) - half(m, k)).max(0.0));
    let high = of(&|m| middle(m) + half(m, k));
    let mut table = heads(months.len(), first).number("customers", of(&|m| m.customers));
    if has_money {
        table = table.number("revenue", of(&|m| m.money));
    }
    let table = table
        .number("low", low.clone())
        .number("high", high.clone());
    report.tables.push(("forecast".into(), table));
    let month = |(i, m): (usize, &Month)| RevenueMonth {
        month: first.map(|f| f + i as i32),
        value: middle(m),
        low: low[i],
        high: high[i],
    };
    let figure = Figure {
        is_money: has_money,
        level: asked.level,
        months: months.iter().enumerate().map(month).collect(),
    };
    report.figures.push(("forecast".into(), figure.into()));
    if let (true, Some(last)) = (has_money, months.last()) {
        let all: f64 = months.iter().map(|m| m.money).sum();
        add_number(report, "forecast_revenue", all, Unit::Currency);
        let told = [
            ("n", months.len() as f64, Unit::Count),
            ("all", all, Unit::Currency),
            ("value", last.money, Unit::Currency),
            ("low", (last.money - half(last, 1)).max(0.0), Unit::Currency),
            ("high", last.money + half(last, 1), Unit::Currency),
        ];
        report
            .sentences
            .push(Sentence::told("value_forecast", &told));
    }
    Ok(())
}
