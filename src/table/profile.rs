//! Summary of a table: what each column holds, and what looks odd.
use super::{Column, distinct, read::Loaded, roles, text::cell_text};
use crate::base::order::Ordered;
use crate::base::{
    Bar, ColumnKind, ColumnProfile, DatasetProfile, Field, Histogram, NumberSummary, Result, Role,
    Run, Stage, Warning,
};
use std::collections::HashMap;

/// Bins of the small histogram.
const N_BINS: usize = 20;
/// Levels named per column.
const N_TOP: usize = 10;
/// Rows shown.
const N_PREVIEW: usize = 20;
/// Skewness beyond which a number column is called very skewed.
const SKEWED: f64 = 3.0;
/// Levels beyond which a category column is said to have very many.
const MANY_LEVELS: u64 = 50;
/// Share beyond which a column is mostly missing.
const MOSTLY: f64 = 0.5;
/// Correlation beyond which two number columns say the same.
const SAME: f64 = 0.999;
/// Rows on which pairs of columns are first compared.
const N_COMPARED: usize = 2_000;
/// Columns compared pairwise.
const MAX_COMPARED: usize = 300;

/// Summarises a table; `name` is shown for the dataset.
///
/// Counts, distinct values and medians are exact. Skewness is g1 = m3 / m2^1.5 (Joanes and Gill 1998,
/// doi:10.1111/1467-9884.00122). Near-duplicates are found on at most 2,000 rows of the first 300 columns and then
/// confirmed on all rows.
///
/// # Errors
/// `Error::Cancelled`.
pub fn profile(loaded: &Loaded, name: &str, run: &mut Run<'_>) -> Result<DatasetProfile> {
    let table = &loaded.table;
    let total = table.n_columns() as u64 + 1;
    let mut columns = Vec::with_capacity(table.n_columns());
    let mut found = Vec::new();
    for (i, (field, column)) in table.iter().enumerate() {
        run.step(Stage::Profiling, i as u64, total)?;
        let profile = column_profile(field, column);
        odd(&profile, table.n_rows() as u64, &mut found);
        columns.push(profile);
    }
    run.step(Stage::Profiling, total - 1, total)?;
    duplicates(loaded, &columns, &mut found);
    let roles = roles::guess(table, &columns);
    // That the customer's own number is one needs no warning.
    let id = roles.iter().find(|g| g.role == Role::Id);
    found.retain(|w| !matches!(w, Warning::IdLikeColumn { column } if id.is_some_and(|g| g.column == *column)));
    for w in &found {
        run.warn(w.clone());
    }
    let preview = (0..table.n_rows().min(N_PREVIEW))
        .map(|r| {
            table
                .iter()
                .map(|(f, c)| cell_text(f, c, r).unwrap_or_default())
                .collect()
        })
        .collect();
    run.step(Stage::Profiling, total, total)?;
    Ok(DatasetProfile {
        name: name.to_owned(),
        n_rows: table.n_rows() as u64,
        n_bytes: loaded.n_bytes,
        encoding: loaded.encoding.clone(),
        delimiter: loaded.delimiter,
        roles,
        columns,
        warnings: loaded.warnings.iter().cloned().chain(found).collect(),
        preview,
    })
}

/// Summary of one column.
pub fn column_profile(field: &Field, column: &Column) -> ColumnProfile {
    let mut out = ColumnProfile {
        field: field.clone(),
        n_missing: column.n_missing() as u64,
        n_distinct: 0,
        numbers: None,
        top: Vec::new(),
    };
    match column {
        Column::Text(c) | Column::Category(c) => {
            let mut counts = vec![0_u64; c.levels.len()];
            for code in c.codes.iter().flatten() {
                if let Some(n) = counts.get_mut(code as usize) {
                    *n += 1;
                }
            }
            out.n_distinct = counts.iter().filter(|n| **n > 0).count() as u64;
            // The ten largest without sorting a level per row.
            let mut order: Vec<u32> = (0..counts.len() as u32)
                .filter(|&c| counts[c as usize] > 0)
                .collect();
            let key = |&c: &u32| (std::cmp::Reverse(counts[c as usize]), c);
            if order.len() > N_TOP {
                order.select_nth_unstable_by_key(N_TOP, key);
                order.truncate(N_TOP);
            }
            order.order_by_key(key);
            let bar = |&code: &u32| Bar {
                label: c.levels.get(code).unwrap_or_default().to_owned(),
                count: counts[code as usize],
            };
            out.top = order.iter().map(bar).collect();
        }
        _ => {
            let values = present(column);
            out.n_distinct = distinct::exact(values.iter().map(|v| (v + 0.0).to_bits())) as u64;
            if let Column::Bool(b) = column {
                let mut rows = [None, None];
                let mut counts = [0_u64; 2];
                for (i, yes) in b.iter().enumerate() {
                    if let Some(yes) = yes {
                        counts[usize::from(yes)] += 1;
                        rows[usize::from(yes)].get_or_insert(i);
                    }
                }
                for (row, count) in rows.into_iter().zip(counts) {
                    if let Some(label) = row.and_then(|r| cell_text(field, column, r)) {
                        out.top.push(Bar { label, count });
                    }
                }
                out.top.order_by_key(|b| std::cmp::Reverse(b.count));
            }
            if field.kind != ColumnKind::Id {
                out.numbers = summary(values);
            }
        }
    }
    out
}

/// Cells as numbers, missing ones left out.
fn present(column: &Column) -> Vec<f64> {
    match column {
        Column::Float(v) if v.missing().is_none() => v.data().to_vec(),
        Column::Int(v) if v.missing().is_none() => v.data().iter().map(|v| *v as f64).collect(),
        _ => (0..column.len()).filter_map(|i| column.number(i)).collect(),
    }
}

/// Summary of numbers; none when there are none.
fn summary(mut values: Vec<f64>) -> Option<NumberSummary> {
    if values.is_empty() {
        return None;
    }
    let n = values.len() as f64;
    let (mut min, mut max, mut sum) = (f64::INFINITY, f64::NEG_INFINITY, 0.0);
    for &v in &values {
        min = min.min(v);
        max = max.max(v);
        sum += v;
    }
    let mean = sum / n;
    let (mut m2, mut m3) = (0.0, 0.0);
    let width = (max - min) / N_BINS as f64;
    let scale = if width > 0.0 && width.is_finite() {
        1.0 / width
    } else {
        0.0
    };
    let mut counts = vec![0_u64; N_BINS];
    for &v in &values {
        let d = v - mean;
        m2 += d * d;
        m3 += d * d * d;
        counts[(((v - min) * scale) as usize).min(N_BINS - 1)] += 1;
    }
    let middle = values.len() / 2;
    let even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let median = if even {
        let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        lower + (upper - lower) / 2.0
    } else {
        upper
    };
    let sd = if n > 1.0 {
        (m2 / (n - 1.0)).sqrt()
    } else {
        0.0
    };
    let variance = m2 / n;
    // A spread of rounding errors is no spread.
    let flat = variance <= (mean * 1e-14).powi(2);
    let histogram = if scale > 0.0 {
        Histogram {
            edges: (0..=N_BINS)
                .map(|i| {
                    if i == N_BINS {
                        max
                    } else {
                        min + width * i as f64
                    }
                })
                .collect(),
            counts,
        }
    } else {
        Histogram {
            edges: vec![min, max],
            counts: vec![values.len() as u64],
        }
    };
    Some(NumberSummary {
        min,
        mean,
        median,
        max,
        sd,
        skewness: if flat {
            0.0
        } else {
            m3 / n / variance.powf(1.5)
        },
        histogram,
    })
}

/// What looks odd about one column.
fn odd(profile: &ColumnProfile, n_rows: u64, out: &mut Vec<Warning>) {
    let column = profile.field.name.clone();
    let n_present = n_rows - profile.n_missing;
    let kind = profile.field.kind;
    if n_rows > 0 && profile.n_missing as f64 > MOSTLY * n_rows as f64 {
        out.push(Warning::MostlyMissing {
            column: column.clone(),
            share: profile.n_missing as f64 / n_rows as f64,
        });
    }
    if profile.n_distinct == 1 && n_rows > 1 {
        out.push(Warning::ConstantColumn { column });
        return;
    }
    let nearly_all = n_present >= 20 && profile.n_distinct * 20 >= n_present * 19;
    if kind == ColumnKind::Id || (kind == ColumnKind::Category && nearly_all) {
        out.push(Warning::IdLikeColumn { column });
        return;
    }
    if kind == ColumnKind::Category && profile.n_distinct > MANY_LEVELS {
        out.push(Warning::HighCardinality {
            column: column.clone(),
            n_levels: profile.n_distinct,
        });
    }
    if let Some(n) = profile.numbers.as_ref().filter(|_| kind.is_number())
        && n.skewness.abs() > SKEWED
    {
        out.push(Warning::SkewedColumn {
            column,
            skewness: n.skewness,
        });
    }
}

/// Columns that repeat an earlier one.
fn duplicates(loaded: &Loaded, profiles: &[ColumnProfile], out: &mut Vec<Warning>) {
    let table = &loaded.table;
    let n = table.n_rows();
    let rows: Vec<usize> = if n <= N_COMPARED {
        (0..n).collect()
    } else {
        (0..N_COMPARED).map(|i| i * n / N_COMPARED).collect()
    };
    if rows.len() < 3 {
        return;
    }
    let candidates: Vec<usize> = (0..table.n_columns())
        .filter(|&i| profiles[i].n_distinct > 1 && profiles[i].field.kind != ColumnKind::Id)
        .take(MAX_COMPARED)
        .collect();
    // By codes: the same partition of the rows, whatever the labels.
    let mut patterns: HashMap<Vec<u32>, Vec<usize>> = HashMap::new();
    let mut repeated = vec![false; table.n_columns()];
    for &i in &candidates {
        let Some((_, column)) = table.at(i) else {
            continue;
        };
        if matches!(column, Column::Float(_) | Column::Int(_)) && profiles[i].n_distinct > 1000 {
            continue;
        }
        let same = patterns
            .entry(pattern(column, rows.iter().copied()))
            .or_default();
        let full = || pattern(column, 0..n);
        let original = same.iter().copied().find(|&j| {
            profiles[j].n_distinct == profiles[i].n_distinct
                && table.at(j).is_some_and(|(_, c)| pattern(c, 0..n) == full())
        });
        match original {
            Some(j) => {
                repeated[i] = true;
                out.push(Warning::NearDuplicateColumns {
                    column: profiles[i].field.name.clone(),
                    other: profiles[j].field.name.clone(),
                    agreement: 1.0,
                });
            }
            None => same.push(i),
        }
    }
    // By correlation, where both are present.
    let numbers: Vec<(usize, Vec<f64>)> = candidates
        .into_iter()
        .filter(|&i| !repeated[i] && profiles[i].field.kind.is_number())
        .filter_map(|i| {
            let (_, column) = table.at(i)?;
            Some((
                i,
                rows.iter()
                    .map(|&r| column.number(r).unwrap_or(f64::NAN))
                    .collect(),
            ))
        })
        .collect();
    for (k, (i, x)) in numbers.iter().enumerate() {
        for (j, y) in &numbers[..k] {
            if correlation(x.iter().copied().zip(y.iter().copied())).abs() <= SAME {
                continue;
            }
            let (Some((_, a)), Some((_, b))) = (table.at(*i), table.at(*j)) else {
                continue;
            };
            let all = (0..n).map(|r| {
                (
                    a.number(r).unwrap_or(f64::NAN),
                    b.number(r).unwrap_or(f64::NAN),
                )
            });
            let agreement = correlation(all).abs();
            if agreement > SAME {
                out.push(Warning::NearDuplicateColumns {
                    column: profiles[*i].field.name.clone(),
                    other: profiles[*j].field.name.clone(),
                    agreement,
                });
                break;
            }
        }
    }
}

/// Rows numbered by value in the order in which values first appear; missing is a value of its own.
fn pattern(column: &Column, rows: impl Iterator<Item = usize>) -> Vec<u32> {
    let mut seen: HashMap<u64, u32> = HashMap::new();
    rows.map(|r| {
        let key = match column {
            Column::Text(c) | Column::Category(c) => c.codes.get(r).map_or(u64::MAX, u64::from),
            _ => column.number(r).map_or(u64::MAX, f64::to_bits),
        };
        let next = seen.len() as u32;
        *seen.entry(key).or_insert(next)
    })
    .collect()
}

/// Pearson's correlation over pairs without NaN; 0 where it is not defined.
fn correlation(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut n, mut mx, mut my, mut sxx, mut syy, mut sxy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in pairs.filter(|(x, y)| !x.is_nan() && !y.is_nan()) {
        n += 1.0;
        let (dx, dy) = (x - mx, y - my);
        mx += dx / n;
        my += dy / n;
        sxx += dx * (x - mx);
        syy += dy * (y - my);
        sxy += dx * (y - my);
    }
    let scale = (sxx * syy).sqrt();
    if n < 3.0 || scale.is_nan() || scale <= 0.0 {
        0.0
    } else {
        sxy / scale
    }
}
