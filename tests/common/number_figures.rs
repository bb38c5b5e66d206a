//! Figures of predicted numbers and of several classes over plain, long and odd data, for the tests of figures.
use kept::{charts::*, evaluate::cloud::cloud, evaluate::smooth::trend};

fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn both(n: usize, scale: f64, bend: f64, column: &str) -> [Figure; 2] {
    let mut next = noise(11);
    let said: Vec<f64> = (0..n).map(|_| scale * (20.0 + 100.0 * next())).collect();
    let off: Vec<f64> = said
        .iter()
        .map(|p| {
            let far = p / scale / 120.0 - 0.5;
            scale * (24.0 * (next() + next() - 1.0) + bend * (far * far - 0.08))
        })
        .collect();
    let actual: Vec<f64> = said.iter().zip(&off).map(|(p, r)| p + r).collect();
    let one = PredictedActual {
        column: column.to_owned(),
        cloud: cloud(&said, &actual),
        half_width: 16.0 * scale,
        r2: 0.874,
        rmse: 9.8 * scale,
    };
    let other = Residuals {
        column: column.to_owned(),
        cloud: cloud(&said, &off),
        trend: trend(&said, &off, 25),
        sd: 9.8 * scale,
    };
    [one.into(), other.into()]
}

fn classes(labels: &[&str]) -> Figure {
    let n = labels.len();
    let mut next = noise(5);
    let mut count = |a: usize, p: usize| {
        let all = 400.0 / (1.0 + a as f64);
        let share = if a == p { 0.7 } else { 0.3 / n as f64 };
        (all * share * (0.5 + next())) as u64
    };
    ConfusionClasses {
        labels: labels.iter().map(|l| (*l).to_owned()).collect(),
        counts: (0..n)
            .map(|a| (0..n).map(|p| count(a, p)).collect())
            .collect(),
    }
    .into()
}

pub fn plain() -> Vec<Figure> {
    let mut out = both(4_000, 1.0, 90.0, "MonthlyCharges").to_vec();
    out.push(classes(&["Month-to-month", "One year", "Two year", "Open"]));
    out
}

pub fn long() -> Vec<Figure> {
    let mut out = both(300, 1e7, 0.0, "revenue_of_the_next_twelve_months_in_euro").to_vec();
    let labels: Vec<String> = (0..50)
        .map(|i| format!("年度套餐 plan number {i} with everything"))
        .collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    out.push(classes(&labels));
    out.push(classes(&labels[..9]));
    out
}

pub fn odd() -> Vec<Figure> {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let empty = Cloud::default();
    let spoiled = Cloud {
        x: (nan, inf),
        y: (0.0, 1.0),
        n_x: 0,
        n_y: 0,
        cells: vec![(7, 9, u64::MAX), (u32::MAX, 1, 3)],
        points: Vec::new(),
    };
    let wide = Cloud {
        x: (-f64::MAX, f64::MAX),
        y: (0.0, 0.0),
        n_x: 2,
        n_y: 1,
        cells: vec![(0, 0, u64::MAX), (1, 0, 1)],
        points: vec![(nan, 1.0)],
    };
    let mut out: Vec<Figure> = Vec::new();
    for cloud in [empty, spoiled, wide] {
        out.push(
            PredictedActual {
                column: String::new(),
                cloud: cloud.clone(),
                half_width: inf,
                r2: nan,
                rmse: -inf,
            }
            .into(),
        );
        let point = |x, mean, low, high| TrendPoint { x, mean, low, high };
        out.push(
            Residuals {
                column: "y".into(),
                cloud,
                trend: vec![point(nan, 0.0, 0.0, 0.0), point(0.0, 1.0, 1.0, 1.0)],
                sd: nan,
            }
            .into(),
        );
    }
    for (labels, counts) in [
        (vec![], vec![]),
        (vec!["a", "b", "c"], vec![vec![1]]),
        (vec!["a", "b"], vec![vec![u64::MAX; 2]; 2]),
        (vec!["a", "b"], vec![vec![3, 0], vec![0, 4]]),
    ] {
        out.push(
            ConfusionClasses {
                labels: labels.into_iter().map(str::to_owned).collect(),
                counts,
            }
            .into(),
        );
    }
    out
}
