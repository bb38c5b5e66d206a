//! Whether groups would have been found in other rows of the same kind.
//!
//! Groups are found again in rows drawn with replacement, and all rows are put into them. How alike the two groupings are
//! says how far the whole can be relied on (adjusted Rand index); of each group, how much of it comes back (the largest share
//! of rows in common with a group found again). Below about 0.6 a group is not much of one, from 0.75 on it is there, from 0.85
//! on firmly.
//!
//! Source: Hennig (2007), doi:10.1016/j.csda.2006.11.025; Hubert & Arabie (1985), doi:10.1007/BF01908075.
use super::{adjusted_rand, sizes};
use crate::base::{Error, Result, Run, Stage, random};

/// Stream of the seed.
const STREAM: u64 = 0x7374;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Stability {
    /// Mean adjusted Rand index.
    pub mean: f64,
    /// Standard deviation over the draws.
    pub deviation: f64,
    /// The index of each draw.
    pub draws: Vec<f64>,
    /// Per group the mean share that came back, from 0 to 1; NaN for a group without rows.
    pub clusters: Vec<f64>,
}

/// Finds groups among the rows it is given and returns a group for every row.
pub type Find<'f> = dyn FnMut(&[u32], &mut Run<'_>) -> Result<Vec<u32>> + 'f;

/// Finds groups again `n_draws` times. `find` is given the rows drawn, as many as there are labels, and returns a group for
/// every row, drawn or not.
///
/// # Errors
/// [`Error::Param`] without draws; [`Error::Shape`] where `find` returns another number of labels; those of `find`;
/// [`Error::Cancelled`].
pub fn stability(
    labels: &[u32],
    n_draws: usize,
    run: &mut Run<'_>,
    find: &mut Find<'_>,
) -> Result<Stability> {
    if n_draws == 0 {
        return Err(Error::out_of_range("n_draws", 1.0, 1e6));
    }
    let n = labels.len();
    let own = sizes(labels, n)?;
    let mut rng = run.rng(STREAM);
    let mut draws = Vec::with_capacity(n_draws);
    let mut back = vec![0.0; own.len()];
    let mut rows = vec![0u32; n];
    for draw in 0..n_draws {
        run.step(Stage::Evaluating, draw as u64, n_draws as u64)?;
        rows.fill_with(|| random::below(&mut rng, n as u32));
        rows.sort_unstable();
        let again = find(&rows, run)?;
        draws.push(adjusted_rand(labels, &again)?);
        for (to, share) in back.iter_mut().zip(shares(labels, &again, &own)?) {
            *to += share / n_draws as f64;
        }
    }
    run.step(Stage::Evaluating, n_draws as u64, n_draws as u64)?;
    let m = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / m;
    let squared: f64 = draws.iter().map(|d| (d - mean).powi(2)).sum();
    Ok(Stability {
        mean,
        deviation: (squared / (m - 1.0).max(1.0)).sqrt(),
        draws,
        clusters: back,
    })
}

/// Per group of `labels` the largest `|A ∩ B| / |A ∪ B|` with a group of `again`.
fn shares(labels: &[u32], again: &[u32], own: &[usize]) -> Result<Vec<f64>> {
    let other = sizes(again, labels.len())?;
    let mut both: Vec<u64> = labels
        .iter()
        .zip(again)
        .map(|(a, b)| u64::from(*a) << 32 | u64::from(*b))
        .collect();
    both.sort_unstable();
    let mut best: Vec<f64> = own
        .iter()
        .map(|n| if *n > 0 { 0.0 } else { f64::NAN })
        .collect();
    for same in both.chunk_by(|a, b| a == b) {
        let (a, b) = ((same[0] >> 32) as usize, same[0] as u32 as usize);
        let common = same.len();
        let share = common as f64 / (own[a] + other[b] - common) as f64;
        best[a] = best[a].max(share);
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;

    #[test]
    fn what_comes_back_is_stable() {
        let labels: Vec<u32> = (0..90).map(|i| i % 3).collect();
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        let mut same = |rows: &[u32], _: &mut Run<'_>| {
            assert_eq!(rows.len(), 90);
            Ok((0..90).map(|i| (i + 1) % 3).collect())
        };
        let got = stability(&labels, 5, run, &mut same).unwrap();
        assert_eq!((got.mean, got.deviation), (1.0, 0.0));
        assert!(got.clusters.iter().all(|c| (c - 1.0).abs() < 1e-12));
        let mut merged =
            |_: &[u32], _: &mut Run<'_>| Ok((0..90).map(|i| u32::from(i % 3 > 0)).collect());
        let got = stability(&labels, 5, run, &mut merged).unwrap();
        assert!(got.mean < 0.7);
        assert!((got.clusters[0] - 1.0).abs() < 1e-12 && (got.clusters[1] - 0.5).abs() < 1e-12);
        let mut short = |_: &[u32], _: &mut Run<'_>| Ok(vec![0]);
        assert_eq!(
            stability(&labels, 5, run, &mut short).unwrap_err().code(),
            "shape"
        );
        assert_eq!(
            stability(&[], 5, run, &mut short).unwrap_err().code(),
            "too_few_rows"
        );
    }
}
