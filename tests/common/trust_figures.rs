//! Figures of trust: groups of customers.
#![allow(dead_code)]
use kept::charts::*;

fn slice(column: &str, level: &str, count: u64, ends: [f64; 3], is_clear: bool) -> SliceRow {
    let [value, low, high] = ends;
    SliceRow {
        column: column.to_owned(),
        level: level.to_owned(),
        count,
        value,
        low,
        high,
        is_clear,
    }
}

fn slices(metric: &str, overall: f64, rows: Vec<SliceRow>) -> Figure {
    Slices {
        metric: metric.to_owned(),
        more_is_better: metric != "mae",
        overall,
        rows,
    }
    .into()
}

fn drift(rows: &[(&str, f64, u8)]) -> Figure {
    let row = |(column, psi, size): &(&str, f64, u8)| DriftRow {
        column: (*column).to_owned(),
        psi: *psi,
        size: *size,
    };
    Drift {
        rows: rows.iter().map(row).collect(),
    }
    .into()
}

pub fn plain() -> Vec<Figure> {
    let rows = vec![
        slice(
            "Contract × tenure",
            "Month-to-month × 1 – 9",
            212,
            [0.64, 0.57, 0.71],
            true,
        ),
        slice(
            "PaymentMethod",
            "Electronic check",
            472,
            [0.77, 0.73, 0.81],
            true,
        ),
        slice("tenure", "56 – 72", 351, [0.79, 0.66, 0.89], false),
        slice("gender", "Female", 700, [0.83, 0.80, 0.86], false),
        slice("gender", "Male", 709, [0.85, 0.82, 0.88], false),
    ];
    vec![
        slices("roc_auc", 0.842, rows),
        drift(&[
            ("MonthlyCharges", 0.41, 2),
            ("", 0.18, 1),
            ("Contract", 0.03, 0),
        ]),
    ]
}

pub fn long() -> Vec<Figure> {
    let row = |i: u32| {
        let column = format!("number_of_support_tickets_of_quarter_{i} × preferred_payment_method");
        let mae = 1e6 / f64::from(i + 1);
        slice(
            &column,
            "between 12 and 144 × by bank transfer",
            1_000_000,
            [mae, mae * 0.9, mae * 1.2],
            i < 5,
        )
    };
    let alike = vec![
        slice("年龄", "18 – 25", 80, [0.8, 0.7, 0.88], false),
        slice("年龄", "(missing)", 40, [0.86, 0.7, 0.95], false),
    ];
    vec![
        slices("mae", 2e5, (0..40).map(row).collect()),
        slices("roc_auc", 0.83, alike),
    ]
}

pub fn odd() -> Vec<Figure> {
    let nan = f64::NAN;
    vec![
        slices("", nan, vec![]),
        drift(&[]),
        drift(&[("x", nan, 2), ("y", f64::INFINITY, 9)]),
        slices("roc_auc", nan, vec![slice("", "", 0, [nan; 3], true)]),
        slices(
            "x",
            f64::INFINITY,
            vec![slice("a", "b", u64::MAX, [0.5, nan, f64::INFINITY], false)],
        ),
    ]
}
