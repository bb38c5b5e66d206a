//! Reasons made readable: two sentences, a waterfall, a beeswarm, and what a column added by its value. From contributions
//! per row and column of the file, whatever they were worked out with.
use super::{
    ranges::{Held, Ranges},
    vary::{cell, numbers},
};
use crate::base::order::Ordered;
use crate::{
    base::{Cell, Result},
    charts::{
        Beeswarm, BeeswarmRow, Dependence, EffectKind, EffectPlaces, Waterfall, WaterfallStep,
    },
    evaluate::effects::cut_points,
    report::{Sentence, Why, WhyOf},
    table::{Column, Table},
};
use ndarray::ArrayView2;

/// Reasons named at most.
const MOST_REASONS: usize = 3;
/// A number is called unusual from this far from the median, in shares of the rows.
const UNUSUAL: f64 = 0.15;
/// Bins of a dependence.
const N_BINS: usize = 12;
const N_COUNTS: usize = 24;
/// Categories shown by themselves.
const MOST_LEVELS: usize = 20;
const NORMAL_975: f64 = 1.959_963_984_540_054;

/// One prediction taken apart. `points[j]` belongs to `columns[j]`; with `base` they sum to `prediction`.
#[derive(Debug, Clone, Copy)]
pub struct Taken<'a> {
    /// The average prediction.
    pub base: f64,
    /// The prediction.
    pub prediction: f64,
    /// Columns of the file.
    pub columns: &'a [String],
    /// What each adds.
    pub points: &'a [f64],
    /// Standard errors of the points, where they were sampled.
    pub errors: Option<&'a [f64]>,
    /// The prediction is a probability.
    pub is_share: bool,
}

fn cell_of(table: &Table, row: usize, column: &str) -> Cell {
    match (table.schema().field(column), table.column(column)) {
        (Ok(field), Ok(values)) => cell(field, values, row),
        _ => Cell::Missing,
    }
}

/// The waterfall of row `row` of `table`.
pub fn waterfall(taken: Taken<'_>, table: &Table, row: usize) -> Waterfall {
    let steps = taken.columns.iter().zip(taken.points).enumerate();
    Waterfall {
        base: taken.base,
        prediction: taken.prediction,
        steps: steps
            .map(|(j, (column, points))| WaterfallStep {
                column: column.clone(),
                value: cell_of(table, row, column),
                points: *points,
                error: taken
                    .errors
                    .and_then(|e| e.get(j).copied())
                    .unwrap_or(f64::NAN),
            })
            .collect(),
        is_share: taken.is_share,
    }
}

/// What is usual, where a number is far from it.
fn typical(value: &Cell, column: &str, ranges: Option<&Ranges>) -> Option<Cell> {
    let (Cell::Number(v), Some(range)) = (value, ranges?.get(column)) else {
        return None;
    };
    let is_number = matches!(range.held, Held::Numbers { .. });
    let is_far = is_number && (range.share_below(*v) - 0.5).abs() > UNUSUAL;
    Some(range.typical()).filter(|t| is_far && t != value)
}

/// The two sentences of row `row` of `table`: up to three reasons that lead where the prediction lies, and where one is left
/// and strong, the strongest that speaks against. What rounds to nothing is not named.
pub fn sentence(
    of: WhyOf,
    taken: Taken<'_>,
    table: &Table,
    row: usize,
    ranges: Option<&Ranges>,
) -> Sentence {
    let least = if taken.is_share {
        0.005
    } else {
        // A hundredth of how far it all goes.
        let size = |p: &f64| p.abs();
        taken.points.iter().map(size).sum::<f64>() / 100.0
    };
    let why = |(column, points): (&String, f64)| {
        let value = cell_of(table, row, column);
        Why {
            column: column.clone(),
            typical: typical(&value, column, ranges),
            value,
            points,
        }
    };
    let mut all: Vec<(&String, f64)> = taken
        .columns
        .iter()
        .zip(taken.points.iter().copied())
        .filter(|(_, p)| p.is_finite() && p.abs() >= least && *p != 0.0)
        .collect();
    all.order_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let is_above = taken.prediction >= taken.base;
    let (with, against): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(_, p)| (*p > 0.0) == is_above);
    let strongest = with.first().map_or(0.0, |w| w.1.abs());
    let against = against
        .first()
        .filter(|a| a.1.abs() >= strongest / 2.0)
        .copied();
    let n = MOST_REASONS - usize::from(against.is_some());
    let named = with.into_iter().take(n).chain(against);
    Sentence::WhyScore {
        of,
        prediction: taken.prediction,
        base: taken.base,
        reasons: named.map(why).collect(),
    }
}

/// Mean sizes of the contributions `points`, `(n_rows, n_columns)`, with their places, the largest first.
pub fn ranked(points: ArrayView2<'_, f64>) -> Vec<(usize, f64)> {
    let n = points.nrows().max(1) as f64;
    let mut sizes: Vec<(usize, f64)> = points
        .columns()
        .into_iter()
        .map(|c| c.iter().map(|p| p.abs()).sum::<f64>() / n)
        .enumerate()
        .filter(|(_, size)| size.is_finite())
        .collect();
    sizes.order_by(|a, b| b.1.total_cmp(&a.1));
    sizes
}

/// Every value's place among those of its column, 0 to 1; not numbers for categories.
fn places(column: &Column) -> Vec<f64> {
    let values = match column {
        Column::Category(_) | Column::Text(_) => return vec![f64::NAN; column.len()],
        _ => numbers(column),
    };
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = |v: f64| {
        if v.is_nan() || sorted.first() == sorted.last() {
            return f64::NAN;
        }
        let below = sorted.partition_point(|s| *s < v);
        let up_to = sorted.partition_point(|s| *s <= v);
        (below + up_to) as f64 / (2 * sorted.len()) as f64
    };
    values.into_iter().map(place).collect()
}

/// All contributions `points`, `(n_rows, columns.len())`, of the rows of `table`.
///
/// # Errors
/// [`crate::base::Error::MissingColumn`] when `table` lacks one of `columns`.
pub fn beeswarm(
    table: &Table,
    columns: &[String],
    points: ArrayView2<'_, f64>,
    is_share: bool,
) -> Result<Beeswarm> {
    let mut rows = Vec::new();
    for (j, mean) in ranked(points) {
        let Some(column) = columns.get(j).filter(|_| mean > 0.0) else {
            continue;
        };
        rows.push(BeeswarmRow {
            column: column.clone(),
            mean,
            points: points.column(j).to_vec(),
            values: places(table.column(column)?),
        });
    }
    Ok(Beeswarm {
        rows,
        class: None,
        is_share,
    })
}

/// Mean and its 95 % interval.
fn mean_interval(values: &[f64]) -> [f64; 3] {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    let half = if n > 1.0 {
        NORMAL_975 * (square / (n - 1.0) / n).sqrt()
    } else {
        f64::NAN
    };
    [mean, mean - half, mean + half]
}

/// What a column is over its values, without an effect yet: its places, with the rows at each, and the rows counted.
pub(super) fn empty(column: &str, kind: EffectKind, is_share: bool) -> Dependence {
    Dependence {
        column: column.to_owned(),
        class: None,
        kind,
        places: EffectPlaces::Numbers(Vec::new()),
        mean: Vec::new(),
        low: Vec::new(),
        high: Vec::new(),
        edges: Vec::new(),
        counts: Vec::new(),
        dots: Vec::new(),
        is_share,
    }
}

/// Counts numbers in bins of equal width.
pub(super) fn count(it: &mut Dependence, values: &[f64]) {
    let finite = || values.iter().copied().filter(|v| v.is_finite());
    let (low, high) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
        (l.min(v), h.max(v))
    });
    let width = (high - low) / N_COUNTS as f64;
    if !width.is_finite() || width <= 0.0 {
        return;
    }
    it.edges = (0..=N_COUNTS).map(|i| low + width * i as f64).collect();
    it.counts = vec![0; N_COUNTS];
    for v in finite() {
        let bin = (((v - low) / width) as usize).min(N_COUNTS - 1);
        if let Some(count) = it.counts.get_mut(bin) {
            *count += 1;
        }
    }
}

/// Contributions of one column by its value, `points` one per row of `table`. None where the values are too alike.
///
/// # Errors
/// [`crate::base::Error::MissingColumn`] when `table` lacks the column.
pub fn dependence(
    table: &Table,
    column: &str,
    points: &[f64],
    is_share: bool,
) -> Result<Option<Dependence>> {
    let (field, values) = (table.schema().field(column)?, table.column(column)?);
    let mut out = empty(column, EffectKind::Contribution, is_share);
    let codes = numbers(values);
    let mut groups: Vec<(f64, Vec<f64>)> = Vec::new();
    match values {
        Column::Category(_) | Column::Bool(_) => {
            let mut names: Vec<(String, Vec<f64>)> = Vec::new();
            for (i, points) in points.iter().enumerate() {
                let Cell::Text(name) = cell(field, values, i) else {
                    continue;
                };
                match names.iter_mut().find(|(n, _)| *n == name) {
                    Some((_, all)) => all.push(*points),
                    None => names.push((name, vec![*points])),
                }
            }
            names.order_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
            names.truncate(MOST_LEVELS);
            out.counts = names.iter().map(|(_, v)| v.len() as u64).collect();
            let (labels, all): (Vec<String>, Vec<Vec<f64>>) = names.into_iter().unzip();
            out.places = EffectPlaces::Names(labels);
            groups = all.into_iter().map(|v| (0.0, v)).collect();
        }
        Column::Float(_) | Column::Int(_) => {
            let cuts = cut_points(&codes, N_BINS);
            let mut bins = vec![(0.0, Vec::new()); cuts.len().saturating_sub(1)];
            for (v, points) in codes.iter().zip(points) {
                let bin = cuts.partition_point(|c| c < v).max(1) - 1;
                if let Some((sum, all)) = bins.get_mut(bin).filter(|_| v.is_finite()) {
                    *sum += v;
                    all.push(*points);
                    out.dots.push((*v, *points));
                }
            }
            for (sum, all) in bins {
                if !all.is_empty() {
                    groups.push((sum / all.len() as f64, all));
                }
            }
            out.places = EffectPlaces::Numbers(groups.iter().map(|g| g.0).collect());
            count(&mut out, &codes);
        }
        _ => return Ok(None),
    }
    if groups.len() < 2 {
        return Ok(None);
    }
    for (_, all) in &groups {
        let [mean, low, high] = mean_interval(all);
        out.mean.push(mean);
        out.low.push(low);
        out.high.push(high);
    }
    Ok(Some(out))
}
