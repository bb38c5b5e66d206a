//! Figures of reasons over plain and odd data, for the tests of figures.
use kept::base::Cell;
use kept::charts::*;

const COLUMNS: [&str; 8] = [
    "Contract",
    "tenure",
    "MonthlyCharges",
    "InternetService",
    "PaymentMethod",
    "客户年龄",
    "TotalCharges",
    "number_of_support_tickets_last_90_days",
];

fn column(i: usize) -> String {
    match i / COLUMNS.len() {
        0 => COLUMNS[i].to_owned(),
        n => format!("{}_{n}", COLUMNS[i % COLUMNS.len()]),
    }
}

/// -1 to 1, without order.
fn noise(i: usize, seed: usize) -> f64 {
    let x = ((i * 12_989 + seed * 78_233 + 17) as f64).sin() * 43_758.547;
    2.0 * (x - x.floor()) - 1.0
}

fn waterfall(n: usize, unit: f64, is_share: bool) -> Waterfall {
    let values = [
        Cell::from("Month-to-month"),
        Cell::from(3.0),
        Cell::from(89.9),
        Cell::from("Fiber optic with a very long description 光纤"),
        Cell::Missing,
    ];
    let step = |i: usize| WaterfallStep {
        column: column(i),
        value: values[i % values.len()].clone(),
        points: unit * noise(i, 3) / (1.0 + i as f64),
        error: if i % 3 == 1 { 0.004 * unit } else { f64::NAN },
    };
    let steps: Vec<_> = (0..n).map(step).collect();
    let base = 0.265 * unit.min(1.0);
    Waterfall {
        base,
        prediction: base + steps.iter().map(|s| s.points).sum::<f64>(),
        steps,
        is_share,
    }
}

fn beeswarm(n_columns: usize, n_rows: usize, unit: f64, is_share: bool) -> Beeswarm {
    let row = |c: usize| {
        let reach = unit * 0.3 / (1.0 + c as f64);
        let value = |i: usize| match c % 4 {
            3 => f64::NAN,
            _ => (noise(i, c) + 1.0) / 2.0,
        };
        let way = if c.is_multiple_of(2) { -1.0 } else { 1.0 };
        let points: Vec<f64> = (0..n_rows)
            .map(|i| reach * (way * noise(i, c) + 0.3 * noise(i, c + 40)) * 0.7)
            .collect();
        BeeswarmRow {
            column: column(c),
            mean: points.iter().map(|p| p.abs()).sum::<f64>() / n_rows.max(1) as f64,
            points,
            values: (0..n_rows).map(value).collect(),
        }
    };
    Beeswarm {
        class: None,
        rows: (0..n_columns).map(row).collect(),
        is_share,
    }
}

fn curve(kind: EffectKind, n: usize, unit: f64, is_share: bool) -> Dependence {
    let x: Vec<f64> = (0..n).map(|i| 72.0 * i as f64 / n.max(2) as f64).collect();
    let shift = if kind == EffectKind::Partial {
        0.3
    } else {
        0.0
    };
    let mean: Vec<f64> = x
        .iter()
        .map(|x| unit * (shift + 0.25 * (-x / 15.0).exp() - 0.08))
        .collect();
    let wide = |i: usize| unit * (0.01 + 0.0003 * i as f64);
    Dependence {
        class: None,
        column: "tenure".to_owned(),
        kind,
        low: mean.iter().enumerate().map(|(i, m)| m - wide(i)).collect(),
        high: mean.iter().enumerate().map(|(i, m)| m + wide(i)).collect(),
        dots: if kind == EffectKind::Contribution {
            let y = |i: usize| mean[i * n / 60] + 0.05 * unit * noise(i, 4);
            (0..60).map(|i| (x[i * n / 60], y(i))).collect()
        } else {
            Vec::new()
        },
        places: EffectPlaces::Numbers(x),
        mean,
        edges: (0..=24).map(|i| f64::from(i) * 3.0).collect(),
        counts: (0..24_u64).map(|i| 400 / (i + 1) + 7 * (i % 5)).collect(),
        is_share,
    }
}

fn names(names: &[&str], unit: f64) -> Dependence {
    let n = names.len();
    let mean: Vec<f64> = (0..n).map(|i| unit * noise(i, 11) * 0.2).collect();
    Dependence {
        class: None,
        column: "Contract".to_owned(),
        kind: EffectKind::Accumulated,
        places: EffectPlaces::Names(names.iter().map(|n| (*n).to_owned()).collect()),
        low: mean.iter().map(|m| m - 0.03 * unit).collect(),
        high: mean.iter().map(|m| m + 0.02 * unit).collect(),
        mean,
        edges: vec![],
        counts: (0..n as u64).map(|i| 10 + 300 * i).collect(),
        dots: vec![],
        is_share: true,
    }
}

fn interactions(n: usize, unit: f64, is_share: bool) -> Interactions {
    let pair = |i: usize| {
        let strength = unit * 0.08 / (1.0 + i as f64);
        InteractionPair {
            first: column(i),
            second: column(i + 3),
            strength,
            low: strength * 0.8,
            high: strength * 1.3,
            share: 0.4 / (1.0 + i as f64),
        }
    };
    Interactions {
        class: None,
        pairs: (0..n).map(pair).collect(),
        is_share,
    }
}

const CONTRACTS: [&str; 3] = ["Month-to-month", "One year", "Two year"];

/// One figure of each kind.
pub fn plain() -> Vec<Figure> {
    vec![
        waterfall(14, 1.0, true).into(),
        beeswarm(6, 40, 1.0, true).into(),
        curve(EffectKind::Accumulated, 24, 1.0, true).into(),
        names(&CONTRACTS, 1.0).into(),
        interactions(6, 1.0, true).into(),
    ]
}

/// Long names, extreme values, many rows.
pub fn long() -> Vec<Figure> {
    let many: Vec<String> = (0..40)
        .map(|i| format!("an unusually long category name 第{i}类"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    vec![
        waterfall(60, 1.0, true).into(),
        waterfall(11, 1e7, false).into(),
        waterfall(12, 1e-9, false).into(),
        waterfall(3, 1.0, true).into(),
        beeswarm(30, 1000, 1.0, true).into(),
        beeswarm(11, 300, 1e7, false).into(),
        beeswarm(10, 2, 1e-6, false).into(),
        curve(EffectKind::Contribution, 40, 1.0, true).into(),
        curve(EffectKind::Partial, 40, 1.0, true).into(),
        curve(EffectKind::Partial, 8, 1e6, false).into(),
        curve(EffectKind::Accumulated, 300, 1e9, false).into(),
        curve(EffectKind::Contribution, 2, 1e-7, false).into(),
        names(&many, 1.0).into(),
        interactions(40, 1.0, true).into(),
        interactions(3, 1e8, false).into(),
    ]
}

/// Nothing, one row, no numbers.
pub fn odd() -> Vec<Figure> {
    let nan = f64::NAN;
    let bare = curve(EffectKind::Accumulated, 0, 1.0, true);
    vec![
        waterfall(0, 1.0, true).into(),
        waterfall(1, 0.0, true).into(),
        waterfall(2, nan, true).into(),
        waterfall(5, 1e300, false).into(),
        beeswarm(0, 0, 1.0, true).into(),
        beeswarm(2, 0, 1.0, true).into(),
        beeswarm(1, 1, 0.0, false).into(),
        beeswarm(3, 9, nan, true).into(),
        beeswarm(3, 400, 1e300, false).into(),
        bare.clone().into(),
        Dependence {
            class: None,
            mean: vec![nan, 0.1, f64::INFINITY],
            places: EffectPlaces::Numbers(vec![1.0, 1.0]),
            low: vec![nan],
            high: vec![],
            edges: vec![3.0, 3.0],
            counts: vec![u64::MAX, u64::MAX],
            dots: vec![(nan, 1.0), (1e300, -1e300)],
            ..bare.clone()
        }
        .into(),
        Dependence {
            class: None,
            places: EffectPlaces::Names(vec![String::new()]),
            mean: vec![0.0],
            counts: vec![],
            ..bare
        }
        .into(),
        names(&[], 1.0).into(),
        names(&["x"], nan).into(),
        interactions(0, 1.0, true).into(),
        interactions(2, nan, true).into(),
        interactions(1, 0.0, false).into(),
    ]
}
