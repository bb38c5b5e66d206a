//! SMOTE: new rows of a class between one of its rows and one of that row's nearest neighbours of the same class.
//!
//! 1. A row of the class is drawn, then one of its `k` nearest neighbours within the class (Euclidean).
//! 2. Numbers lie at a random point of the segment between the two.
//! 3. Category columns (SMOTE-NC) count as the median of the numbers' standard deviations when they differ, and the new
//!    row takes the level most frequent among the neighbours, the smallest code when several are.
//!
//! Source: Chawla, Bowyer, Hall & Kegelmeyer (2002), SMOTE, sections 4.2 and 6.1, doi:10.1613/jair.953.
use super::{
    super::target,
    SMOTE,
    neighbours::{Metric, nearest},
    random::rows_by_class,
};
use crate::base::{ColumnKind, Error, Result, Run, TargetReason, random::below};
use crate::learn::{Dataset, Target};
use ndarray::{Array2, Axis};
use rand_chacha::rand_core::Rng as _;
use std::collections::BTreeMap;

/// Brings every class that occurs to at least `least` rows.
pub(super) fn smote(
    data: &Dataset,
    codes: &[u32],
    counts: &[usize],
    least: usize,
    k_neighbors: usize,
    run: &mut Run<'_>,
) -> Result<Dataset> {
    if k_neighbors == 0 {
        return Err(Error::out_of_range("k_neighbors", 1.0, 1_000.0));
    }
    finite(data)?;
    let d = data.x.ncols();
    let is_category: Vec<bool> = (0..d).map(|j| data.levels_of(j) > 0).collect();
    let mut new_x: Vec<f32> = Vec::new();
    let mut new_codes: Vec<u32> = Vec::new();
    let mut from: Vec<u32> = Vec::new();
    let mut rng = run.rng(SMOTE);
    for (class, rows) in rows_by_class(codes, counts.len()).iter().enumerate() {
        if rows.is_empty() || rows.len() >= least {
            continue;
        }
        if rows.len() < 2 {
            return Err(target(TargetReason::RareClass {
                found: 1,
                needed: 2,
            }));
        }
        let wide: Vec<usize> = rows.iter().map(|r| *r as usize).collect();
        let mine = data.x.select(Axis(0), &wide);
        let median = median_sd(&mine, &is_category);
        let metric = Metric {
            is_category: &is_category,
            category_square: median * median,
        };
        let k = k_neighbors.min(rows.len() - 1);
        let near = nearest(mine.view(), k, &metric, run)?;
        for _ in rows.len()..least {
            let base = below(&mut rng, rows.len() as u32) as usize;
            let Some(close) = near.get(base) else {
                continue;
            };
            let pick = below(&mut rng, close.len() as u32) as usize;
            let other = close.get(pick).map_or(base, |o| *o as usize);
            let share = (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
            for (j, category) in is_category.iter().enumerate() {
                let (a, b) = (mine[[base, j]], mine[[other, j]]);
                new_x.push(if *category {
                    most_frequent(close.iter().map(|&r| mine[[r as usize, j]]))
                } else {
                    (f64::from(a) + share * (f64::from(b) - f64::from(a))) as f32
                });
            }
            new_codes.push(class as u32);
            from.push(rows[base]);
        }
    }
    let n_new = new_codes.len();
    let added = Array2::from_shape_vec((n_new, d), new_x).map_err(|_| Error::Shape {
        what: "new rows".into(),
        expected: n_new,
        found: 0,
    })?;
    let mut x = data.x.as_standard_layout().into_owned();
    x.append(Axis(0), added.view()).map_err(|_| Error::Shape {
        what: "columns".into(),
        expected: d,
        found: added.ncols(),
    })?;
    let y = match &data.y {
        Target::Class { classes, .. } => Target::Class {
            codes: [codes, &new_codes].concat(),
            classes: classes.clone(),
        },
        other => other.clone(),
    };
    let sample_weight = data.sample_weight.as_ref().map(|w| {
        let of_new = from.iter().filter_map(|r| w.get(*r as usize));
        w.iter().chain(of_new).copied().collect()
    });
    Ok(Dataset {
        x,
        y,
        features: data.features.clone(),
        n_levels: data.n_levels.clone(),
        sample_weight,
    })
}

fn finite(data: &Dataset) -> Result<()> {
    match data.x.indexed_iter().find(|(_, v)| !v.is_finite()) {
        Some(((i, j), _)) => Err(Error::Cell {
            row: i as u64 + 1,
            name: data.features.get(j).cloned().unwrap_or_default(),
            kind: ColumnKind::Float,
        }),
        None => Ok(()),
    }
}

/// Median over number columns of their standard deviation; 1 without any.
fn median_sd(x: &Array2<f32>, is_category: &[bool]) -> f64 {
    let mut sds: Vec<f64> = x
        .columns()
        .into_iter()
        .zip(is_category)
        .filter(|(_, category)| !**category)
        .map(|(column, _)| {
            let values: Vec<f64> = column.iter().map(|v| f64::from(*v)).collect();
            super::super::importance::mean_sd(&values).1
        })
        .collect();
    sds.sort_unstable_by(f64::total_cmp);
    match (sds.get(sds.len() / 2), sds.len() % 2) {
        (None, _) => 1.0,
        (Some(upper), 0) => 0.5 * (upper + sds.get(sds.len() / 2 - 1).unwrap_or(upper)),
        (Some(middle), _) => *middle,
    }
}

fn most_frequent(values: impl Iterator<Item = f32>) -> f32 {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for v in values {
        *counts.entry(v as u32).or_default() += 1;
    }
    let mut best = (0, 0);
    for (code, n) in counts {
        if n > best.1 {
            best = (code, n);
        }
    }
    best.0 as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Quiet, Train};
    use crate::evaluate::imbalance::Resampler;

    #[test]
    fn new_rows_lie_between_rows_of_their_class() {
        let n = 120_usize;
        let codes: Vec<u32> = (0..n).map(|i| u32::from(i % 8 == 0)).collect();
        let x = Array2::from_shape_fn((n, 4), |(i, j)| match j {
            3 => (i / 8 % 3) as f32,
            _ => ((i * (j + 2) * 7919) % 977) as f32 / 10.0,
        });
        let data = Dataset::new(x, Target::class(codes.clone(), &["no", "yes"]))
            .with_levels([0, 0, 0, 3].into());
        let mut quiet = Quiet;
        let how = Resampler::Smote {
            ratio: 1.0,
            k_neighbors: 3,
        };
        let got = how
            .resample(&Train::all(data.clone()), &mut Run::new(&mut quiet, 1))
            .unwrap();
        let after = got.train.get();
        assert_eq!(after.x.nrows(), 210);
        let minority: Vec<usize> = (0..n).filter(|&i| codes[i] == 1).collect();
        for new in n..210 {
            let p: Vec<f64> = (0..3).map(|j| f64::from(after.x[[new, j]])).collect();
            let between = |a: usize, b: usize| {
                let of = |r: usize, j: usize| f64::from(data.x[[r, j]]);
                let along: Vec<f64> = (0..3)
                    .filter(|&j| of(a, j) != of(b, j))
                    .map(|j| (p[j] - of(a, j)) / (of(b, j) - of(a, j)))
                    .collect();
                along.iter().all(|t| (-1e-4..=1.0001).contains(t))
                    && along.windows(2).all(|w| (w[0] - w[1]).abs() < 1e-3)
            };
            let found = minority
                .iter()
                .any(|&a| minority.iter().any(|&b| a != b && between(a, b)));
            assert!(found, "row {new}");
            assert!([0.0, 1.0, 2.0].contains(&after.x[[new, 3]]));
        }
    }
}
