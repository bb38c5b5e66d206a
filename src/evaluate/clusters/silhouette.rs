//! Silhouettes: how much nearer a row is to its own group than to the next.
//!
//! `(b − a) / max(a, b)`, `a` being the mean distance to the other rows of its group and `b` the least mean distance to the
//! rows of another; 0 for a row that is its group alone. Every row is compared with all, so that many rows are looked at
//! through a sample of them: the distances of those few rows to all others are exact, and the error of their mean is known.
//!
//! Source: Rousseeuw (1987), doi:10.1016/0377-0427(87)90125-7.
use super::several;
use crate::{
    base::{Result, Run, random::permutation},
    learn::kernels::space::Distances,
};

/// Stream of the seed.
const STREAM: u64 = 0x7369;

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Silhouette {
    /// Mean over the rows.
    pub mean: f64,
    /// Standard error of the mean from looking at some rows only; 0 where all were looked at.
    pub error: f64,
    /// Mean per group; NaN where no row of it was looked at.
    pub clusters: Vec<f64>,
    /// Rows looked at.
    pub n: usize,
}

/// The silhouette of each of `rows`, in that order.
///
/// # Errors
/// [`crate::base::Error::Shape`] unless every row has a label; [`crate::base::Error::Param`] unless there are at least two
/// groups and fewer than rows; [`crate::base::Error::Cancelled`].
pub fn of_rows(
    distances: &dyn Distances,
    labels: &[u32],
    rows: &[u32],
    run: &mut Run<'_>,
) -> Result<Vec<f64>> {
    let n = distances.n_rows();
    let sizes = several(labels, n)?;
    let mut away = vec![0.0; n];
    let mut sums = vec![0.0; sizes.len()];
    let mut out = Vec::with_capacity(rows.len());
    for (at, i) in rows.iter().map(|i| *i as usize).enumerate() {
        if at % 64 == 0 {
            run.check()?;
        }
        let Some(own) = labels.get(i).map(|l| *l as usize) else {
            return Err(crate::base::Error::out_of_range(
                "rows",
                0.0,
                n as f64 - 1.0,
            ));
        };
        if sizes[own] == 1 {
            out.push(0.0);
            continue;
        }
        distances.to_all(i, &mut away);
        sums.fill(0.0);
        for (d, l) in away.iter().zip(labels) {
            sums[*l as usize] += d;
        }
        let a = sums[own] / (sizes[own] - 1) as f64;
        let others = sums.iter().zip(&sizes).enumerate();
        let others = others.filter(|(c, (_, size))| *c != own && **size > 0);
        let b = others.fold(f64::INFINITY, |b, (_, (sum, size))| {
            b.min(sum / *size as f64)
        });
        let most = a.max(b);
        out.push(if most > 0.0 { (b - a) / most } else { 0.0 });
    }
    Ok(out)
}

/// The mean silhouette over at most `most` rows, drawn by the run's seed.
///
/// # Errors
/// As [`of_rows`].
pub fn silhouette(
    distances: &dyn Distances,
    labels: &[u32],
    most: usize,
    run: &mut Run<'_>,
) -> Result<Silhouette> {
    let n = distances.n_rows();
    let sizes = several(labels, n)?;
    let rows: Vec<u32> = if most >= n {
        (0..n as u32).collect()
    } else {
        let mut rows = permutation(&mut run.rng(STREAM), n);
        rows.truncate(most.max(2));
        rows
    };
    let values = of_rows(distances, labels, &rows, run)?;
    let m = values.len() as f64;
    let mean = values.iter().sum::<f64>() / m;
    let squared: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    let error = (squared / (m - 1.0) / m * (1.0 - m / n as f64))
        .max(0.0)
        .sqrt();
    let mut clusters = vec![(0.0, 0.0); sizes.len()];
    for (i, v) in rows.iter().zip(&values) {
        let (sum, count) = &mut clusters[labels[*i as usize] as usize];
        *sum += v;
        *count += 1.0;
    }
    Ok(Silhouette {
        mean,
        error: if values.len() == n { 0.0 } else { error },
        clusters: clusters.iter().map(|(sum, count)| sum / count).collect(),
        n: values.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::Quiet,
        learn::kernels::space::{Euclid, Rows},
    };
    use ndarray::{Array2, array};

    #[test]
    fn a_sample_is_as_far_off_as_it_says() {
        let x = Array2::from_shape_fn((900, 2), |(i, j)| {
            (i % 3 * 2) as f32 + ((i * 37 + j * 11) % 101) as f32 / 40.0
        });
        let labels: Vec<u32> = (0..900).map(|i| i % 3).collect();
        let euclid = Euclid::new(Rows::check(x.view(), 2).unwrap());
        let mut quiet = Quiet;
        let all = silhouette(&euclid, &labels, 900, &mut Run::new(&mut quiet, 1)).unwrap();
        assert_eq!((all.error, all.n), (0.0, 900));
        let mut outside = 0;
        for seed in 0..60 {
            let run = &mut Run::new(&mut quiet, seed);
            let some = silhouette(&euclid, &labels, 100, run).unwrap();
            outside += u32::from((some.mean - all.mean).abs() > 2.0 * some.error);
        }
        assert!(outside <= 7, "{outside} of 60");
    }

    #[test]
    fn groups_must_be_several() {
        let x = array![[0.0f32], [1.0], [5.0]];
        let euclid = Euclid::new(Rows::check(x.view(), 2).unwrap());
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        let mut code = |l: &[u32]| silhouette(&euclid, l, 9, run).unwrap_err().code();
        assert_eq!(code(&[0, 0, 0]), "param");
        assert_eq!(code(&[0, 1, 2]), "param");
        assert_eq!(code(&[0, 1]), "shape");
        assert_eq!(code(&[0, 1, 77]), "param");
        assert!(silhouette(&euclid, &[0, 0, 1], 9, run).unwrap().mean > 0.0);
    }
}
