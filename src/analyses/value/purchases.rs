//! Events of customers who buy until they stop without saying so.
use super::{Asked, cohorts};
use crate::{
    analyses::{
        Job,
        rows::{self, Coding, MISSING, days, needed, numbers, warn_repeats, warn_rows},
    },
    base::{Error, Result, Role, Run, Stage, Unit, Warning, order::Ordered},
    charts::{Histogram, PurchaseBucket, Purchases as Figure},
    learn::lifetime::{
        Customer, Doubt, Events, Forecast, Holdout, Kind, Lifetime, Purchases, Range, Spend,
        Summary, Terms, rate_of_year,
    },
    report::{Metric, Report, ReportTable, Sentence},
};

/// Events this many days away from all others are taken for mistyped dates.
const FAR: f64 = 365.0;
/// Share of events that may be.
const FEW: f64 = 0.005;
/// With fewer events nothing is far from all others.
const FEWEST: usize = 20;
/// Most customers times draws.
const MOST_DRAWS: usize = 4_000_000;

/// Events that can be used.
struct Read {
    customer: Vec<u32>,
    names: Vec<String>,
    day: Vec<f64>,
    amount: Option<Vec<f64>>,
    until: f64,
}

impl Read {
    fn events(&self) -> Events<'_> {
        Events {
            customer: &self.customer,
            n_customers: self.names.len(),
            day: &self.day,
            amount: self.amount.as_deref(),
        }
    }
}

/// The days between which events lie, without few that are far from all others.
fn usual(days: &[f64]) -> (f64, f64) {
    let mut sorted: Vec<f64> = days.iter().copied().filter(|d| !d.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let most = if sorted.len() < FEWEST {
        0
    } else {
        (sorted.len() as f64 * FEW).ceil() as usize
    };
    let (mut from, mut to) = (0, sorted.len());
    for k in 1..=most {
        if sorted[k] - sorted[k - 1] > FAR {
            from = k;
        }
        let last = sorted.len() - k;
        if sorted[last] - sorted[last - 1] > FAR {
            to = last;
        }
    }
    let kept = &sorted[from..to];
    (
        kept.first().copied().unwrap_or(f64::NAN),
        kept.last().copied().unwrap_or(f64::NAN),
    )
}

fn read(job: &Job<'_>, asked: &Asked, run: &mut Run<'_>) -> Result<Read> {
    let (id, date) = (needed(job, Role::Id)?, needed(job, Role::Date)?);
    let day = days(date)?;
    let money = match rows::column(job, Role::Amount)? {
        None => rows::column(job, Role::Value)?,
        some => some,
    };
    let amount = money.map(numbers).transpose()?;
    let coding = Coding::of(id.1);
    let n = day.len();
    let (first, last) = usual(&day);
    // A day that was given counts to its end.
    let since = asked.since.unwrap_or(first);
    let until = asked.until.unwrap_or(last).floor();
    let of_date = date.0.name.as_str();
    warn_rows("no_id", &id.0.name, n, |i| coding.codes[i] == MISSING, run);
    warn_rows("no_date", of_date, n, |i| day[i].is_nan(), run);
    let is_before = |i: usize| day[i] < since;
    let is_after = |i: usize| day[i].floor() > until;
    warn_rows("before_start", of_date, n, is_before, run);
    warn_rows("after_end", of_date, n, is_after, run);
    let fits = |i: &usize| {
        coding.codes[*i] != MISSING && !day[*i].is_nan() && !is_before(*i) && !is_after(*i)
    };
    let kept: Vec<usize> = (0..n).filter(fits).collect();
    if kept.is_empty() {
        return Err(Error::TooFewRows {
            needed: 1,
            found: 0,
        });
    }
    if let (Some(amount), Some((field, _))) = (&amount, money) {
        warn_rows("refunds", &field.name, n, |i| amount[i] < 0.0, run);
        warn_rows("no_amount", &field.name, n, |i| amount[i].is_nan(), run);
    }
    let out = Read {
        customer: kept.iter().map(|i| coding.codes[*i]).collect(),
        names: coding.names(id),
        day: kept.iter().map(|i| day[*i]).collect(),
        amount: amount.map(|a| kept.iter().map(|i| a[*i]).collect()),
        until,
    };
    warn_copies(&out, &kept, &id.0.name, run);
    Ok(out)
}

/// Rows that say the same as another one: two purchases alike, or a file that was put together twice.
fn warn_copies(read: &Read, rows: &[usize], column: &str, run: &mut Run<'_>) {
    let of = |i: usize| read.amount.as_ref().map_or(0, |a| a[i].to_bits());
    let keyed = (0..rows.len())
        .map(|i| ((read.customer[i], read.day[i].to_bits(), of(i)), rows[i]))
        .collect();
    warn_repeats("copies", column, keyed, run);
}

/// Says what is doubtful, in the words of the remark of that name.
fn warn_doubts(doubts: &[Doubt], run: &mut Run<'_>) {
    for doubt in doubts {
        let (count, value) = match doubt {
            Doubt::FewCustomers { found, .. } | Doubt::FewAmounts { found } => (*found, 0.0),
            Doubt::Correlated { spearman, .. } => (0, *spearman),
            _ => (0, 0.0),
        };
        run.warn(Warning::Remark {
            what: doubt.id().to_owned(),
            column: String::new(),
            count,
            first_row: 0,
            value,
        });
    }
}

fn kind(id: &str) -> Kind {
    match id {
        "mbg_nbd" => Kind::MbgNbd,
        "pareto_nbd" => Kind::ParetoNbd,
        _ => Kind::BgNbd,
    }
}

/// Adds a number.
pub(super) fn add(report: &mut Report, key: &str, value: f64, unit: Unit) {
    report.metrics.push(Metric {
        key: key.to_owned(),
        value,
        interval: None,
        unit,
    });
}

fn add_between(report: &mut Report, key: &str, value: f64, range: Range, unit: Unit) {
    add(report, key, value, unit);
    if let Some(m) = report.metrics.last_mut() {
        m.interval = Some((range.low, range.high));
    }
}

/// The whole journey.
///
/// # Errors
/// Roles that are missing, columns of another kind, parameters; [`Error::TooFewRows`] where no event is left.
pub(super) fn report(job: &Job<'_>, asked: &Asked, run: &mut Run<'_>) -> Result<Report> {
    run.step(Stage::Preparing, 0, 1)?;
    run.demand(job.table.n_rows() as u64, 160, 0)?;
    let read = read(job, asked, run)?;
    let summary = Summary::of_events(&read.events(), read.until, asked.unit)?;
    if summary.left.refund_days > 0 {
        run.warn(Warning::about_rows(
            "refund_days",
            "",
            summary.left.refund_days,
            0,
        ));
    }
    if summary.left.no_purchase > 0 {
        run.warn(Warning::about_rows(
            "no_purchase",
            "",
            summary.left.no_purchase,
            0,
        ));
    }
    let model = Lifetime::fit(kind(&asked.model), &summary, run)?;
    warn_doubts(&model.doubts, run);
    let horizon = asked.horizon_days / asked.unit;
    let rate = rate_of_year(asked.discount, asked.unit);
    let customers = model.customers(&summary, horizon, rate, run)?;
    let terms = Terms {
        horizon,
        rate,
        level: asked.level,
        n_draws: (MOST_DRAWS / summary.len().max(1)).clamp(40, 1_000),
    };
    let drawn = Forecast::draw(&model, &summary, terms, run)?;
    let mut report = Report::default();
    numbers_of(&mut report, asked, &summary, &model, &customers, &drawn);
    report.tables.push((
        "customers".into(),
        table(&read, asked, &summary, &customers, &drawn),
    ));
    let alive: Vec<f64> = customers.iter().filter_map(|c| c.p_alive).collect();
    if !alive.is_empty() {
        report
            .figures
            .push(("p_alive".into(), chances(&alive).into()));
    }
    cohorts::add(
        &mut report,
        &read.customer,
        &read.day,
        read.amount.as_deref(),
        read.until,
        run,
    )?;
    if asked.holdout_days > 0.0 {
        held_out(&mut report, asked, &read, run)?;
    }
    run.step(Stage::Evaluating, 1, 1)?;
    Ok(report)
}

fn chances(alive: &[f64]) -> Histogram {
    let mut counts = vec![0; 20];
    for p in alive {
        counts[((p * 20.0) as usize).min(19)] += 1;
    }
    Histogram {
        edges: (0..=20).map(|i| f64::from(i) / 20.0).collect(),
        counts,
    }
}

fn numbers_of(
    report: &mut Report,
    asked: &Asked,
    summary: &Summary,
    model: &Lifetime,
    customers: &[Customer],
    drawn: &Forecast,
) {
    let n = summary.len() as f64;
    let again = summary.frequency.iter().filter(|x| **x > 0).count() as f64;
    add(report, "n_customers", n, Unit::Count);
    add(report, "repeat_share", again / n, Unit::Ratio);
    if let Purchases::Model(m) = &model.purchases {
        for ((name, value), se) in m.kind.names().iter().zip(m.params).zip(m.standard_errors()) {
            let half = 1.96 * se / value;
            let range = Range {
                low: value * (-half).exp(),
                high: value * half.exp(),
            };
            add_between(report, name, value, range, Unit::None);
        }
        add(report, "log_likelihood", m.log_likelihood, Unit::None);
    }
    if let Some(Spend::Model(m)) = &model.spend {
        for (name, value) in ["p", "q", "v"].iter().zip(m.params) {
            add(report, name, value, Unit::None);
        }
    }
    let purchases: f64 = customers.iter().map(|c| c.expected_purchases).sum();
    add_between(
        report,
        "expected_purchases",
        purchases,
        drawn.total_purchases,
        Unit::Count,
    );
    let mut told = vec![
        ("n", n, Unit::Count),
        ("days", asked.horizon_days, Unit::Days),
        ("purchases", purchases, Unit::Count),
    ];
    let mut what = "value_purchases";
    if model.spend.is_some() {
        let value: f64 = customers.iter().filter_map(|c| c.lifetime_value).sum();
        add_between(
            report,
            "lifetime_value",
            value,
            drawn.total_value,
            Unit::Currency,
        );
        what = "value_money";
        told.extend([
            ("value", value, Unit::Currency),
            ("low", drawn.total_value.low, Unit::Currency),
            ("high", drawn.total_value.high, Unit::Currency),
            ("level", asked.level, Unit::Ratio),
        ]);
    }
    report.sentences.push(Sentence::told(what, &told));
    if let Purchases::Model(_) = model.purchases {
        let alive: f64 = customers.iter().filter_map(|c| c.p_alive).sum();
        add(report, "p_alive", alive / n, Unit::Ratio);
        let told = [("n", alive, Unit::Count), ("share", alive / n, Unit::Ratio)];
        report.sentences.push(Sentence::told("value_alive", &told));
    }
}

/// Times in days, the most valuable customer first.
fn table(
    read: &Read,
    asked: &Asked,
    summary: &Summary,
    customers: &[Customer],
    drawn: &Forecast,
) -> ReportTable {
    let worth = |c: &Customer| c.lifetime_value.unwrap_or(c.expected_purchases);
    let mut order: Vec<usize> = (0..customers.len()).collect();
    order.order_by(|a, b| worth(&customers[*b]).total_cmp(&worth(&customers[*a])));
    let of = |f: &dyn Fn(usize) -> f64| order.iter().map(|i| f(*i)).collect::<Vec<f64>>();
    let name = |i: &usize| read.names[summary.customer[*i] as usize].clone();
    let ranges = if drawn.value.is_empty() {
        &drawn.purchases
    } else {
        &drawn.value
    };
    ReportTable::default()
        .text("id", order.iter().map(name).collect())
        .number("frequency", of(&|i| f64::from(summary.frequency[i])))
        .number("recency", of(&|i| summary.recency[i] * asked.unit))
        .number("age", of(&|i| summary.age[i] * asked.unit))
        .number("p_alive", of(&|i| customers[i].p_alive.unwrap_or(f64::NAN)))
        .number(
            "expected_purchases",
            of(&|i| customers[i].expected_purchases),
        )
        .number(
            "lifetime_value",
            of(&|i| customers[i].lifetime_value.unwrap_or(f64::NAN)),
        )
        .number("low", of(&|i| ranges[i].low))
        .number("high", of(&|i| ranges[i].high))
}

/// What a forecast made that long ago would have been, beside what came.
fn held_out(report: &mut Report, asked: &Asked, read: &Read, run: &mut Run<'_>) -> Result<()> {
    let split = read.until - asked.holdout_days;
    let first = read
        .day
        .iter()
        .copied()
        .fold(f64::INFINITY, f64::min)
        .floor();
    if split < first {
        let most = (read.until - first).max(1.0);
        return Err(Error::out_of_range("holdout_days", 0.0, most));
    }
    let (model, unit) = (kind(&asked.model), asked.unit);
    let got = Holdout::of(model, &read.events(), split, read.until, unit, run)?;
    if let Purchases::Simple(_) = got.model.purchases {
        run.warn(Warning::remark("holdout_simple"));
    }
    let (expected, actual) = got.totals;
    let (simple, simple_mae, simple_rmse) = got.simple;
    add(report, "holdout_expected", expected, Unit::Count);
    add(report, "holdout_actual", actual, Unit::Count);
    add(report, "holdout_mae", got.mae, Unit::None);
    add(report, "holdout_rmse", got.rmse, Unit::None);
    add(report, "baseline_expected", simple, Unit::Count);
    add(report, "baseline_mae", simple_mae, Unit::None);
    add(report, "baseline_rmse", simple_rmse, Unit::None);
    if let Some((expected, actual)) = got.amounts {
        add(report, "holdout_amount_expected", expected, Unit::Currency);
        add(report, "holdout_amount_actual", actual, Unit::Currency);
    }
    let told = [
        ("days", asked.holdout_days, Unit::Days),
        ("expected", expected, Unit::Count),
        ("actual", actual, Unit::Count),
        ("simple", simple, Unit::Count),
    ];
    report
        .sentences
        .push(Sentence::told("value_holdout", &told));
    let bucket = |f: &dyn Fn(&crate::learn::lifetime::Bucket) -> f64| {
        got.buckets.iter().map(f).collect::<Vec<f64>>()
    };
    report.tables.push((
        "holdout".into(),
        ReportTable::default()
            .number("frequency", bucket(&|b| f64::from(b.frequency)))
            .number("n", bucket(&|b| b.n as f64))
            .number("expected", bucket(&|b| b.expected))
            .number("actual", bucket(&|b| b.actual)),
    ));
    let track = |f: &dyn Fn(&crate::learn::lifetime::Track) -> f64| {
        got.track.iter().map(f).collect::<Vec<f64>>()
    };
    report.tables.push((
        "track".into(),
        ReportTable::default()
            .number("days", track(&|t| t.time * asked.unit))
            .number("expected", track(&|t| t.expected))
            .number("actual", track(&|t| t.actual)),
    ));
    let buckets = got.buckets.iter().map(|b| PurchaseBucket {
        frequency: b.frequency,
        n: b.n,
        expected: b.expected,
        actual: b.actual,
    });
    let figure = Figure {
        days: asked.holdout_days,
        buckets: buckets.collect(),
    };
    report.figures.push(("holdout".into(), figure.into()));
    Ok(())
}
