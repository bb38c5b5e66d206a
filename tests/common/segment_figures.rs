//! Figures of segments: the map, and how many there are.
#![allow(dead_code)]
use kept::charts::*;

fn map(names: &[&str], n: usize, explained: Option<f64>) -> Figure {
    let mut s = 9_u32;
    let mut draw = || {
        s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(s >> 8) / f64::from(1 << 24)
    };
    let of = |i: usize| i % names.len().max(1);
    let x = (0..n).map(|i| 3.0 * of(i) as f64 + 2.0 * draw()).collect();
    let y = (0..n)
        .map(|i| (of(i) * 5 % 7) as f64 + 2.0 * draw())
        .collect();
    SegmentMap {
        names: names.iter().map(|n| (*n).to_owned()).collect(),
        x,
        y,
        segment: (0..n).map(|i| of(i) as u32).collect(),
        explained,
        n_rows: 10 * n as u64,
    }
    .into()
}

fn counts(rows: &[[f64; 4]], chosen: u32) -> Figure {
    let row = |(i, [silhouette, gap, bic, stability]): (usize, &[f64; 4])| MeasuredCount {
        k: i as u32 + 2,
        silhouette: *silhouette,
        gap: *gap,
        bic: *bic,
        stability: *stability,
    };
    SegmentCounts {
        rows: rows.iter().enumerate().map(row).collect(),
        chosen,
    }
    .into()
}

pub fn plain() -> Vec<Figure> {
    vec![
        map(&["1", "2", "3"], 120, Some(0.62)),
        counts(
            &[
                [0.41, 0.2, 9_120.0, 0.95],
                [0.52, 0.45, 8_410.0, 0.99],
                [0.44, 0.43, 8_500.0, 0.81],
                [0.38, 0.42, 8_610.0, 0.74],
            ],
            3,
        ),
    ]
}

pub fn long() -> Vec<Figure> {
    let names = [
        "champions",
        "loyal",
        "potential_loyalists",
        "new",
        "promising",
        "need_attention",
        "about_to_sleep",
        "cannot_lose",
        "at_risk",
        "hibernating",
        "none",
    ];
    vec![
        map(&names, 900, None),
        map(
            &["a name of a person's own that is rather long indeed", "2"],
            40,
            None,
        ),
    ]
}

pub fn odd() -> Vec<Figure> {
    let nan = f64::NAN;
    vec![
        map(&[], 0, None),
        map(&["1"], 1, Some(nan)),
        map(&["none"], 3, None),
        SegmentMap {
            names: vec!["1".into()],
            x: vec![nan, 1.0, f64::INFINITY],
            y: vec![0.0],
            segment: vec![0, 7],
            explained: None,
            n_rows: 0,
        }
        .into(),
        counts(&[], 0),
        counts(&[[nan; 4]], 2),
        counts(&[[0.1, nan, 5.0, 1.0]], 9),
    ]
}
