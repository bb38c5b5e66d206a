//! Figures of value over time.
#![allow(dead_code)]
use kept::charts::*;

fn cohorts(n: usize, long: bool) -> Figure {
    let start = 2025 * 12 + 3;
    let share = |age: usize| 1.0 / (1.0 + 0.9 * (age as f64).sqrt());
    let row = |k: usize| CohortRow {
        month: start + k as i32,
        n: if long { 1_234_567 } else { 40 + 7 * k as u64 },
        shares: (0..n - k)
            .map(|age| {
                if age == 0 {
                    1.0
                } else {
                    share(age) * (1.0 - 0.01 * k as f64)
                }
            })
            .collect(),
    };
    Cohorts {
        rows: (0..n).map(row).collect(),
        all: (0..n).map(share).collect(),
    }
    .into()
}

fn curve(name: &str, rate: f64, n: usize) -> SurvivalCurve {
    let point = |k: usize| {
        let days = 30.4375 * k as f64;
        let share = (-rate * k as f64).exp();
        let half = 0.02 + 0.004 * k as f64;
        [
            days,
            share,
            (share - half).max(0.0),
            (share + half).min(1.0),
        ]
    };
    SurvivalCurve {
        name: name.to_owned(),
        points: (1..=n).map(point).collect(),
    }
}

fn survival(curves: Vec<SurvivalCurve>) -> Figure {
    Survival {
        curves,
        level: 0.95,
    }
    .into()
}

fn purchases(scale: f64) -> Figure {
    let bucket = |frequency: u32| PurchaseBucket {
        frequency,
        n: 1_400 >> frequency,
        expected: scale * (0.2 + 0.55 * f64::from(frequency)),
        actual: scale * (0.24 + 0.5 * f64::from(frequency)),
    };
    Purchases {
        days: 273.0,
        buckets: (0..=7).map(bucket).collect(),
    }
    .into()
}

fn revenue(n: usize, month: Option<i32>, is_money: bool, scale: f64) -> Figure {
    let of = |k: usize| {
        let value = scale * (-0.04 * k as f64).exp();
        let half = value * (0.02 + 0.006 * k as f64);
        RevenueMonth {
            month: month.map(|m| m + k as i32),
            value,
            low: value - half,
            high: value + half,
        }
    };
    Revenue {
        is_money,
        level: 0.95,
        months: (0..n).map(of).collect(),
    }
    .into()
}

pub fn plain() -> Vec<Figure> {
    vec![
        cohorts(9, false),
        survival(vec![curve("", 0.03, 36)]),
        survival(vec![
            curve("Month-to-month", 0.06, 36),
            curve("One year", 0.015, 36),
            curve("Two year", 0.004, 36),
        ]),
        purchases(1.0),
        revenue(12, Some(2026 * 12 + 11), true, 48_210.0),
    ]
}

pub fn long() -> Vec<Figure> {
    let long = "customers_of_the_plan_without_any_minimum_term_and_with_a_discount";
    vec![
        cohorts(60, true),
        cohorts(1, false),
        survival(vec![
            curve("按月付费的客户", 0.2, 400),
            curve(long, 0.001, 3),
        ]),
        purchases(1e6),
        revenue(120, None, false, 3e9),
        revenue(1, Some(-5), true, 0.001),
    ]
}

pub fn odd() -> Vec<Figure> {
    let nan = f64::NAN;
    let row = |shares: Vec<f64>| CohortRow {
        month: i32::MIN,
        n: u64::MAX,
        shares,
    };
    let month = |value, low| RevenueMonth {
        month: Some(i32::MAX),
        value,
        low,
        high: nan,
    };
    vec![
        Cohorts {
            rows: vec![],
            all: vec![],
        }
        .into(),
        Cohorts {
            rows: vec![row(vec![]), row(vec![nan, 7.0, -1.0]), row(vec![1.0])],
            all: vec![nan],
        }
        .into(),
        survival(vec![]),
        survival(vec![SurvivalCurve {
            name: String::new(),
            points: vec![[nan; 4], [0.0, 1.0, nan, f64::INFINITY]],
        }]),
        Purchases {
            days: nan,
            buckets: vec![],
        }
        .into(),
        Purchases {
            days: 1.0,
            buckets: vec![PurchaseBucket {
                frequency: u32::MAX,
                n: u64::MAX,
                expected: nan,
                actual: f64::INFINITY,
            }],
        }
        .into(),
        revenue(0, None, true, 1.0),
        Revenue {
            is_money: true,
            level: nan,
            months: vec![month(nan, 1.0), month(f64::INFINITY, nan), month(1.0, 2.0)],
        }
        .into(),
    ]
}
