//! A forecast made on an earlier day beside what came after it.
use super::{
    counting::Kind,
    simple::Simple,
    summary::{Events, Summary},
    total::Lifetime,
};
use crate::base::{Error, Result, Run, Stage};

/// From so many repeat purchases on customers are in one bucket.
const MOST_BUCKETS: u32 = 7;
/// Most points of the track.
const MOST_POINTS: usize = 60;

/// Customers with one number of repeat purchases at the earlier day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Repeat purchases; the last bucket holds all from there on.
    pub frequency: u32,
    /// Customers.
    pub n: u64,
    /// Mean purchases foreseen.
    pub expected: f64,
    /// Mean purchases that came.
    pub actual: f64,
}

/// Purchases of all up to a time after the earlier day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Track {
    /// Time, in units of the summary.
    pub time: f64,
    /// Foreseen so far.
    pub expected: f64,
    /// Come so far.
    pub actual: f64,
}

/// How a forecast fared.
#[derive(Debug, Clone, PartialEq)]
pub struct Holdout {
    /// What was fitted to the days up to the split.
    pub model: Lifetime,
    /// The summary at the split.
    pub summary: Summary,
    /// Time from the split to the end.
    pub horizon: f64,
    /// Purchases foreseen of each customer of the summary.
    pub expected: Vec<f64>,
    /// Days with a purchase that came.
    pub actual: Vec<u32>,
    /// Sums of both.
    pub totals: (f64, f64),
    /// Amounts foreseen and come; none without amounts.
    pub amounts: Option<(f64, f64)>,
    /// Mean absolute error per customer.
    pub mae: f64,
    /// Root of the mean squared error per customer.
    pub rmse: f64,
    /// Sum foreseen, mean absolute error and root of the mean squared error of the simple estimate, for comparison.
    pub simple: (f64, f64, f64),
    /// By repeat purchases at the split.
    pub buckets: Vec<Bucket>,
    /// Over time.
    pub track: Vec<Track>,
}

impl Holdout {
    /// Fits to events up to the day `split` and compares with those after it, up to the day `end`. Customers whose
    /// first purchase comes later are not part of it.
    ///
    /// # Errors
    /// Those of [`Summary::of_events`] and [`Lifetime::fit`]; [`Error::Param`] when the end does not come after the
    /// split.
    pub fn of(
        kind: Kind,
        events: &Events<'_>,
        split: f64,
        end: f64,
        unit: f64,
        run: &mut Run<'_>,
    ) -> Result<Self> {
        let summary = Summary::of_events(events, split, unit)?;
        let (split, end) = (split.floor(), end.floor());
        if !(end > split && end - split <= 1e6) {
            return Err(Error::out_of_range("holdout", 1.0, 1e6));
        }
        let horizon = (end - split) / unit;
        let model = Lifetime::fit(kind, &summary, run)?;
        let later = Later::of(events, &summary, split, end);
        let simple = Simple::of(&summary);
        let n = summary.len();
        let foreseen = model.customers(&summary, horizon, 0.0, run)?;
        let expected: Vec<f64> = foreseen.iter().map(|c| c.expected_purchases).collect();
        let plain: Vec<f64> = (0..n)
            .map(|i| simple.rate_of(summary.history(i)) * horizon)
            .collect();
        let (mae, rmse) = errors(&expected, &later.count);
        let (simple_mae, simple_rmse) = errors(&plain, &later.count);
        let came: u64 = later.count.iter().map(|c| u64::from(*c)).sum();
        let value: f64 = foreseen.iter().filter_map(|c| c.lifetime_value).sum();
        let amounts = events.amount.map(|_| (value, later.amount));
        let track = track(&model, &summary, &later.days, horizon, unit, run)?;
        Ok(Self {
            horizon,
            totals: (expected.iter().sum(), came as f64),
            amounts,
            mae,
            rmse,
            simple: (plain.iter().sum(), simple_mae, simple_rmse),
            buckets: buckets(&summary, &expected, &later.count),
            track,
            expected,
            actual: later.count,
            model,
            summary,
        })
    }
}

/// What came after the split.
struct Later {
    /// Days with a purchase, per customer of the summary.
    count: Vec<u32>,
    /// Days of all purchases after the split, from 1, rising.
    days: Vec<f64>,
    /// Sum of the amounts.
    amount: f64,
}

impl Later {
    fn of(events: &Events<'_>, summary: &Summary, split: f64, end: f64) -> Self {
        let mut out = Self {
            count: vec![0; summary.len()],
            days: Vec::new(),
            amount: 0.0,
        };
        let mut keyed: Vec<(u32, i64, u32)> = Vec::new();
        for (i, (code, day)) in events.customer.iter().zip(events.day).enumerate() {
            let day = day.floor();
            if day > split
                && day <= end
                && let Ok(at) = summary.customer.binary_search(code)
            {
                keyed.push((at as u32, (day - split) as i64, i as u32));
            }
        }
        keyed.sort_unstable();
        for day in keyed.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let of = |row: u32| events.amount.map_or(0.0, |a| a[row as usize]);
            let good = |v: &f64| v.is_finite() && v.abs() <= 1e12;
            let spent: f64 = day.iter().map(|(.., row)| of(*row)).filter(good).sum();
            out.amount += spent;
            if spent >= 0.0 {
                out.count[day[0].0 as usize] += 1;
                out.days.push(day[0].1 as f64);
            }
        }
        out.days.sort_unstable_by(f64::total_cmp);
        out
    }
}

fn errors(expected: &[f64], actual: &[u32]) -> (f64, f64) {
    let n = expected.len().max(1) as f64;
    let (mut sum, mut squares) = (0.0, 0.0);
    for (e, a) in expected.iter().zip(actual) {
        let d = e - f64::from(*a);
        sum += d.abs();
        squares += d * d;
    }
    (sum / n, (squares / n).sqrt())
}

fn buckets(summary: &Summary, expected: &[f64], actual: &[u32]) -> Vec<Bucket> {
    let mut out: Vec<Bucket> = (0..=MOST_BUCKETS)
        .map(|frequency| Bucket {
            frequency,
            n: 0,
            expected: 0.0,
            actual: 0.0,
        })
        .collect();
    for ((x, e), a) in summary.frequency.iter().zip(expected).zip(actual) {
        let b = &mut out[(*x).min(MOST_BUCKETS) as usize];
        b.n += 1;
        b.expected += e;
        b.actual += f64::from(*a);
    }
    out.retain(|b| b.n > 0);
    for b in &mut out {
        b.expected /= b.n as f64;
        b.actual /= b.n as f64;
    }
    out
}

/// Points at whole units of time, as many as there is room for.
fn track(
    model: &Lifetime,
    summary: &Summary,
    days: &[f64],
    horizon: f64,
    unit: f64,
    run: &mut Run<'_>,
) -> Result<Vec<Track>> {
    let units = horizon.ceil().max(1.0);
    let stride = (units / MOST_POINTS as f64).ceil().max(1.0);
    let n_points = (units / stride).ceil() as usize;
    let mut out = Vec::with_capacity(n_points);
    for k in 1..=n_points {
        run.step(Stage::Evaluating, k as u64, n_points as u64)?;
        let time = (k as f64 * stride).min(horizon);
        let mut expected = 0.0;
        for i in 0..summary.len() {
            expected += model.discounted(summary.history(i), time, 0.0)?;
        }
        let actual = days.partition_point(|d| *d <= time * unit + 1e-9) as f64;
        out.push(Track {
            time,
            expected,
            actual,
        });
    }
    Ok(out)
}
