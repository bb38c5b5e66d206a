//! Every figure at every width: goldens, no clipped or colliding text, no panic on odd data.
//!
//! `KEPT_BLESS=1 cargo test --test charts` writes the goldens anew; look at them before committing.
use kept::charts::measure::{ASCENT_PX, DESCENT_PX, width_px};
use kept::charts::*;

#[path = "common/decide_figures.rs"]
mod decide_figures;
#[path = "common/model_figures.rs"]
mod model_figures;
#[path = "common/number_figures.rs"]
mod number_figures;
#[path = "common/reason_figures.rs"]
mod reason_figures;
#[path = "common/segment_figures.rs"]
mod segment_figures;
#[path = "common/trust_figures.rs"]
mod trust_figures;
#[path = "common/value_figures.rs"]
mod value_figures;

/// A small deterministic generator, 0 to 1.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Scores with some truth in them: `power` 0 is guessing. Sorted from the highest.
fn scored(n: usize, rate: f64, power: f64, seed: u64) -> Vec<(f64, bool)> {
    let mut next = noise(seed);
    let mut rows: Vec<(f64, bool)> = (0..n)
        .map(|i| {
            // The first is positive, so that no class is empty.
            let positive = i == 0 || next() < rate;
            let shift = if positive { power } else { 0.0 };
            let z = next() + next() + next() - 1.5 + shift - power / 2.0;
            (1.0 / (1.0 + (-2.0 * z).exp()), positive)
        })
        .collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    rows
}

fn roc_series(name: &str, rows: &[(f64, bool)]) -> RocSeries {
    let p = rows.iter().filter(|r| r.1).count().max(1) as f64;
    let n = rows.iter().filter(|r| !r.1).count().max(1) as f64;
    let (mut fpr, mut tpr, mut thresholds) = (vec![0.0], vec![0.0], vec![f64::INFINITY]);
    let (mut a, mut b, mut area) = (0.0, 0.0, 0.0);
    for (score, positive) in rows {
        if *positive {
            a += 1.0;
        } else {
            b += 1.0;
            area += a / p / n;
        }
        fpr.push(b / n);
        tpr.push(a / p);
        thresholds.push(*score);
    }
    RocSeries {
        learner: name.to_owned(),
        roc_auc: area,
        fpr,
        tpr,
        thresholds,
    }
}

fn precision_recall_series(name: &str, rows: &[(f64, bool)]) -> PrecisionRecallSeries {
    let p = rows.iter().filter(|r| r.1).count().max(1) as f64;
    let mut tp = 0.0;
    let mut points: Vec<(f64, f64, f64)> = Vec::new();
    for (i, (score, positive)) in rows.iter().enumerate() {
        tp += f64::from(u8::from(*positive));
        points.push((tp / (i + 1) as f64, tp / p, *score));
    }
    points.reverse();
    let mut precision: Vec<f64> = points.iter().map(|v| v.0).collect();
    let mut recall: Vec<f64> = points.iter().map(|v| v.1).collect();
    precision.push(1.0);
    recall.push(0.0);
    PrecisionRecallSeries {
        learner: name.to_owned(),
        average_precision: 0.655,
        precision,
        recall,
        thresholds: points.iter().map(|v| v.2).collect(),
    }
}

/// All figures over one shape of data.
fn bolder(bins: &[CalibrationBin]) -> Vec<CalibrationBin> {
    let bolder = |b: &CalibrationBin| CalibrationBin {
        predicted: (b.predicted * 1.6).min(1.0),
        ..b.clone()
    };
    bins.iter().map(bolder).collect()
}

fn figures(n: usize, rate: f64, power: f64, seed: u64, long: bool) -> Vec<Figure> {
    let names = if long {
        [
            "gradient_boosting_with_a_remarkably_long_name",
            "logistic_regression_on_everything_there_is",
            "决策树（深度为十，带有类别权重）",
        ]
    } else {
        ["gradient_boosting", "logistic_regression", "decision_tree"]
    };
    let sets: Vec<_> = [1.0, 0.93, 0.7]
        .iter()
        .zip(seed..)
        .map(|(s, seed)| scored(n, rate, power * s, seed))
        .collect();
    let first = &sets[0];
    let n_positive = first.iter().filter(|r| r.1).count() as u64;
    let ladder: Vec<f64> = (0..=100).map(|i| f64::from(i) / 100.0).collect();
    let at = |t: f64, truth: bool| first.iter().filter(|r| r.0 >= t && r.1 == truth).count() as u64;
    let thresholds = Thresholds {
        tp: ladder.iter().map(|t| at(*t, true)).collect(),
        fp: ladder.iter().map(|t| at(*t, false)).collect(),
        n_positive,
        n_negative: n as u64 - n_positive,
        threshold: ladder,
    };
    let edges: Vec<f64> = (0..=20).map(|i| f64::from(i) / 20.0).collect();
    let binned = |truth: bool| -> Vec<u64> {
        let of = |e: &[f64]| {
            let inside = |r: &&(f64, bool)| r.1 == truth && r.0 >= e[0] && r.0 < e[1];
            first.iter().filter(inside).count() as u64
        };
        edges.windows(2).map(of).collect()
    };
    let scores = Scores {
        positive: binned(true),
        negative: binned(false),
        edges: edges.clone(),
    };
    let bins: Vec<CalibrationBin> = (0..10)
        .filter_map(|i| {
            let part: Vec<_> = first.iter().skip(i * n / 10).take(n / 10).collect();
            let count = part.len() as f64;
            let observed = part.iter().filter(|r| r.1).count() as f64 / count;
            let wide = 1.96 * (observed * (1.0 - observed) / count).sqrt() + 1.0 / count;
            (count > 0.0).then(|| CalibrationBin {
                predicted: part.iter().map(|r| r.0).sum::<f64>() / count,
                observed,
                low: (observed - wide).max(0.0),
                high: (observed + wide).min(1.0),
                count: part.len() as u64,
            })
        })
        .rev()
        .collect();
    let mid = thresholds.at(0.5);
    let labels = if long {
        [
            "a customer who stays with us for long".to_owned(),
            "即将在本季度内流失的客户".to_owned(),
        ]
    } else {
        ["No".to_owned(), "Yes".to_owned()]
    };
    let columns = [
        "Contract",
        "tenure",
        "MonthlyCharges",
        "InternetService",
        "PaymentMethod",
        "客户年龄",
    ];
    let mut next = noise(seed + 9);
    let rows = (0..if long { 40 } else { 8 })
        .map(|i| ImportanceRow {
            column: if long {
                format!("{}_number_of_support_tickets_{i}", columns[i % 6])
            } else {
                format!("{}{}", columns[i % 6], if i < 6 { "" } else { "_2" })
            },
            mean: 0.08 * power / (1.0 + i as f64) - 0.004,
            sd: 0.004 * next(),
            low: 0.08 * power / (1.0 + i as f64) - 0.006,
            high: 0.08 * power / (1.0 + i as f64) - 0.002,
        })
        .collect();
    vec![
        Roc {
            series: names
                .iter()
                .zip(&sets)
                .map(|(n, s)| roc_series(n, s))
                .collect(),
        }
        .into(),
        PrecisionRecall {
            series: names
                .iter()
                .zip(&sets)
                .map(|(n, s)| precision_recall_series(n, s))
                .collect(),
            base_rate: n_positive as f64 / n as f64,
        }
        .into(),
        Calibration {
            // Every other data set has a correction: without it predictions were twice as bold.
            before: if long { bolder(&bins) } else { vec![] },
            bins,
        }
        .into(),
        Confusion {
            labels,
            counts: [[mid.tn, mid.fp], [mid.fn_, mid.tp]],
        }
        .into(),
        Importance {
            rows,
            scoring: "roc_auc".to_owned(),
        }
        .into(),
        thresholds.into(),
        scores.into(),
        Histogram {
            edges: edges
                .iter()
                .map(|e| e * 72.0 * if long { 1e6 } else { 1.0 })
                .collect(),
            counts: binned(false)
                .iter()
                .map(|c| c * if long { 100_000 } else { 1 })
                .collect(),
        }
        .into(),
        Bars {
            labels: columns.map(str::to_owned).into(),
            values: columns
                .iter()
                .map(|_| (next() - 0.4) * if long { 1e7 } else { 30.0 })
                .collect(),
        }
        .into(),
    ]
}

/// Shapes of data, plain and odd.
fn shapes() -> Vec<Vec<Figure>> {
    vec![
        figures(600, 0.27, 1.2, 42, false),
        figures(3000, 0.03, 0.8, 7, true),
        figures(200, 0.5, 0.0, 3, false),
        figures(40, 0.4, 6.0, 5, true),
        figures(1, 0.5, 1.0, 1, false),
        odd(),
        model_figures::plain(),
        model_figures::long(),
        model_figures::odd(),
        number_figures::plain(),
        number_figures::long(),
        number_figures::odd(),
        decide_figures::plain(),
        decide_figures::odd(),
        reason_figures::plain(),
        reason_figures::long(),
        reason_figures::odd(),
        trust_figures::plain(),
        trust_figures::long(),
        trust_figures::odd(),
        segment_figures::plain(),
        segment_figures::long(),
        segment_figures::odd(),
        value_figures::plain(),
        value_figures::long(),
        value_figures::odd(),
    ]
}

fn odd() -> Vec<Figure> {
    let nan = f64::NAN;
    vec![
        Roc { series: vec![] }.into(),
        Roc {
            series: vec![RocSeries {
                learner: String::new(),
                roc_auc: nan,
                fpr: vec![nan, 0.0, 7.0, f64::INFINITY],
                tpr: vec![0.0, -3.0, 1.0],
                thresholds: vec![],
            }],
        }
        .into(),
        PrecisionRecall {
            series: vec![],
            base_rate: nan,
        }
        .into(),
        PrecisionRecall {
            series: vec![precision_recall_series("one", &[(0.5, true)])],
            base_rate: nan,
        }
        .into(),
        Calibration::new(vec![]).into(),
        Calibration {
            bins: vec![CalibrationBin {
                predicted: 0.5,
                observed: 0.5,
                low: nan,
                high: nan,
                count: 1,
            }],
            before: vec![CalibrationBin {
                predicted: nan,
                observed: f64::INFINITY,
                low: 0.0,
                high: 2.0,
                count: 0,
            }],
        }
        .into(),
        Confusion {
            labels: [String::new(), "x".repeat(500)],
            counts: [[0, 0], [u64::MAX, u64::MAX]],
        }
        .into(),
        Importance {
            rows: vec![],
            scoring: String::new(),
        }
        .into(),
        Thresholds {
            threshold: vec![nan, 0.5],
            tp: vec![1],
            fp: vec![],
            n_positive: 0,
            n_negative: 0,
        }
        .into(),
        Scores {
            edges: vec![0.0, 0.5, 1.0],
            positive: vec![3],
            negative: vec![],
        }
        .into(),
        Histogram {
            edges: vec![3.0, 3.0],
            counts: vec![9],
        }
        .into(),
        Histogram {
            edges: vec![-f64::MAX, 0.0, f64::MAX],
            counts: vec![1, u64::MAX],
        }
        .into(),
        Bars {
            labels: vec!["a".into(), "b".into(), "c".into()],
            values: vec![nan, 0.0, 0.0],
        }
        .into(),
    ]
}

fn text_bounds(mark: &Mark) -> Option<(String, [f64; 4])> {
    let Mark::Text {
        x,
        y,
        text,
        anchor,
        strong,
        ..
    } = mark
    else {
        return None;
    };
    let width = width_px(text, *strong);
    let left = match anchor {
        Anchor::Start => *x,
        Anchor::Middle => x - width / 2.0,
        Anchor::End => x - width,
    };
    Some((
        text.clone(),
        [left, y - ASCENT_PX, left + width, y + DESCENT_PX],
    ))
}

fn places(mark: &Mark) -> Vec<(f64, f64)> {
    match mark {
        Mark::Rect {
            x,
            y,
            width,
            height,
            ..
        } => vec![(*x, *y), (x + width, y + height)],
        Mark::Line { points, .. } | Mark::Area { points, .. } => points.clone(),
        Mark::Dot { x, y, .. } => vec![(*x, *y)],
        Mark::Text { .. } => text_bounds(mark)
            .map(|(_, b)| vec![(b[0], b[1]), (b[2], b[3])])
            .unwrap_or_default(),
    }
}

fn check(scene: &Scene, what: &str) {
    let within = |(x, y): (f64, f64)| {
        (-0.01..=scene.width_px + 0.01).contains(&x)
            && (-0.01..=scene.height_px + 0.01).contains(&y)
    };
    for mark in &scene.marks {
        assert!(
            places(mark).into_iter().all(within),
            "{what}: {mark:?} leaves the scene"
        );
    }
    for spot in &scene.spots {
        assert!(
            within((spot.x, spot.y)) && !spot.text.contains('{'),
            "{what}: {spot:?}"
        );
    }
    let texts: Vec<_> = scene.marks.iter().filter_map(text_bounds).collect();
    for (i, (a, p)) in texts.iter().enumerate() {
        for (b, q) in &texts[i + 1..] {
            let apart = p[2] <= q[0] || q[2] <= p[0] || p[3] <= q[1] || q[3] <= p[1];
            assert!(apart, "{what}: {a:?} covers {b:?}");
        }
    }
    assert!(
        !scene.summary.is_empty() && !scene.summary.contains('{'),
        "{what}: {}",
        scene.summary
    );
    assert!(!texts.is_empty(), "{what}: says nothing");
}

#[test]
fn texts_stay_inside_and_apart_at_every_width() {
    for (s, shape) in shapes().iter().enumerate() {
        for figure in shape {
            for width_px in [240.0, 268.0, 320.0, 377.5, 480.0, 640.0, 911.0, 1200.0] {
                for words in [&EN, &ZH] {
                    let height_px = figure.height_px(width_px);
                    let size = Size {
                        width_px,
                        height_px,
                    };
                    for threshold in [None, Some(0.0), Some(0.35), Some(1.0), Some(f64::NAN)] {
                        let scene = figure.draw_at(size, words, threshold);
                        check(
                            &scene,
                            &format!("{} shape {s} at {width_px}", figure.kind()),
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn titles_are_filled_in_both_languages() {
    for figure in shapes().into_iter().flatten() {
        for words in [&EN, &ZH] {
            let title = figure.title(words);
            let is_sound = !title.trim().is_empty() && !title.contains('{');
            assert!(is_sound, "{}: {title}", figure.kind());
        }
    }
}

#[test]
fn impossible_sizes_do_not_panic() {
    for figure in shapes().into_iter().flatten() {
        for (width_px, height_px) in [(0.0, 0.0), (f64::NAN, 9.0), (-5.0, 1e9), (30.0, 2000.0)] {
            figure.draw(
                Size {
                    width_px,
                    height_px,
                },
                &EN,
            );
        }
    }
}

#[test]
fn tables_are_rectangular_and_spots_few() {
    for figure in shapes().into_iter().flatten() {
        for words in [&EN, &ZH] {
            let grid = figure.grid(words);
            assert!(!grid.columns.is_empty());
            assert!(grid.rows.iter().all(|r| r.len() == grid.columns.len()));
            let lines = grid.to_csv().matches("\r\n").count();
            assert!(lines > grid.rows.len());
        }
        let size = Size {
            width_px: 480.0,
            height_px: figure.height_px(480.0),
        };
        assert!(
            figure.draw(size, &EN).spots.len() <= 64,
            "{}",
            figure.kind()
        );
        assert_eq!(figure.draw(size, &EN), figure.draw(size, &EN));
    }
}

#[test]
fn a_shortened_label_is_whole_in_its_tooltip() {
    let column = "number_of_support_tickets_in_the_last_ninety_days".to_owned();
    let figure = Importance {
        rows: vec![ImportanceRow {
            column: column.clone(),
            mean: 0.1,
            sd: 0.01,
            low: f64::NAN,
            high: f64::NAN,
        }],
        scoring: "roc_auc".to_owned(),
    };
    let size = Size {
        width_px: 300.0,
        height_px: 90.0,
    };
    let scene = figure.draw(size, &EN);
    let has = |part: &str| {
        let of = |m: &Mark| matches!(m, Mark::Text { text, .. } if text.contains(part));
        scene.marks.iter().any(of)
    };
    assert!(has("…") && !has(&column));
    assert!(scene.spots[0].text.contains(&column));
}

#[test]
fn csv_cells_are_quoted_and_never_formulas() {
    let rows = vec![vec!["=1+1".into(), "a,\"b\"".into(), "-0.5".into()]];
    let grid = Grid::new(&["x", "y", "z"], rows);
    assert_eq!(grid.to_csv(), "x,y,z\r\n\"'=1+1\",\"a,\"\"b\"\"\",-0.5\r\n");
}

#[test]
fn pictures_equal_their_goldens() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let bless = std::env::var_os("KEPT_BLESS").is_some();
    let mut differing = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    let plain = figures(160, 0.27, 1.2, 42, false);
    let models = model_figures::plain().into_iter();
    for figure in plain
        .into_iter()
        .chain(models)
        .chain(number_figures::plain())
        .chain(decide_figures::plain())
        .chain(reason_figures::plain())
        .chain(trust_figures::plain())
        .chain(segment_figures::plain())
        .chain(value_figures::plain())
    {
        let kind = figure.kind();
        let nth = seen.iter().filter(|k| **k == kind).count();
        seen.push(kind);
        let nth = if nth == 0 {
            String::new()
        } else {
            format!("-{}", nth + 1)
        };
        let cases = [(320.0, "en", &EN), (640.0, "en", &EN), (320.0, "zh", &ZH)];
        for (width_px, language, words) in cases {
            let height_px = figure.height_px(width_px);
            let scene = figure.draw_at(
                Size {
                    width_px,
                    height_px,
                },
                words,
                Some(0.5),
            );
            let svg = to_svg(&scene, &LIGHT, kind);
            let name = format!("{kind}{nth}-{width_px}-{language}.svg");
            let path = folder.join(&name);
            if bless {
                std::fs::write(&path, &svg).unwrap();
            } else if std::fs::read_to_string(&path).unwrap_or_default() != svg {
                differing.push(name);
            }
        }
    }
    assert!(
        differing.is_empty(),
        "differ from tests/golden: {differing:?}"
    );
}
