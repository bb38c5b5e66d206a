//! Measures of groups by their means, and how alike two groupings are.
//!
//! Source: Caliński & Harabasz (1974), doi:10.1080/03610927408827101; Davies & Bouldin (1979),
//! doi:10.1109/TPAMI.1979.4766909; Hubert & Arabie (1985), doi:10.1007/BF01908075.
use super::several;
use crate::{
    base::{Result, order::rising},
    evaluate::same_length,
    learn::kernels::space::Rows,
};

/// Per group its mean (`k × d`); and sums of squared and of plain distances of its rows to it.
struct Within {
    means: Vec<f64>,
    squared: Vec<f64>,
    plain: Vec<f64>,
}

fn within(rows: &Rows<'_>, labels: &[u32], sizes: &[usize]) -> Within {
    let (d, k) = (rows.d, sizes.len());
    let mut means = vec![0.0; k * d];
    for (row, l) in rows.x.chunks_exact(d).zip(labels) {
        for (m, v) in means[*l as usize * d..].iter_mut().zip(row) {
            *m += f64::from(*v);
        }
    }
    for (mean, n) in means.chunks_exact_mut(d).zip(sizes) {
        mean.iter_mut().for_each(|m| *m /= (*n).max(1) as f64);
    }
    let (mut squared, mut plain) = (vec![0.0; k], vec![0.0; k]);
    for (row, l) in rows.x.chunks_exact(d).zip(labels) {
        let c = *l as usize;
        let away = row.iter().zip(&means[c * d..]);
        let away: f64 = away.map(|(v, m)| (f64::from(*v) - m).powi(2)).sum();
        squared[c] += away;
        plain[c] += away.sqrt();
    }
    Within {
        means,
        squared,
        plain,
    }
}

/// Spread between groups over spread within, each by its degrees of freedom; 1 where rows equal their groups' means.
///
/// # Errors
/// [`crate::base::Error::Shape`] unless every row has a label; [`crate::base::Error::Param`] unless there are at least two
/// groups and fewer than rows.
pub fn calinski_harabasz(rows: &Rows<'_>, labels: &[u32]) -> Result<f64> {
    let sizes = several(labels, rows.n)?;
    let found = within(rows, labels, &sizes);
    let (n, d) = (rows.n as f64, rows.d);
    let k = sizes.iter().filter(|s| **s > 0).count() as f64;
    let mut mean = vec![0.0; d];
    for (of, size) in found.means.chunks_exact(d).zip(&sizes) {
        for (m, v) in mean.iter_mut().zip(of) {
            *m += v * *size as f64 / n;
        }
    }
    let groups = found.means.chunks_exact(d).zip(&sizes);
    let between: f64 = groups
        .map(|(of, size)| {
            let away: f64 = of.iter().zip(&mean).map(|(v, m)| (v - m).powi(2)).sum();
            *size as f64 * away
        })
        .sum();
    let inside: f64 = found.squared.iter().sum();
    Ok(if inside == 0.0 {
        1.0
    } else {
        between * (n - k) / (inside * (k - 1.0))
    })
}

/// The mean over groups of the largest `(sᵢ + sⱼ) / dᵢⱼ`: mean distances to the means, against the distance between these; 0
/// where all means or all spreads are 0.
///
/// # Errors
/// As [`calinski_harabasz`].
pub fn davies_bouldin(rows: &Rows<'_>, labels: &[u32]) -> Result<f64> {
    let sizes = several(labels, rows.n)?;
    let found = within(rows, labels, &sizes);
    let d = rows.d;
    let used: Vec<usize> = (0..sizes.len()).filter(|c| sizes[*c] > 0).collect();
    let spread = |c: usize| found.plain[c] / sizes[c] as f64;
    let apart = |a: usize, b: usize| {
        let pairs = found.means[a * d..(a + 1) * d]
            .iter()
            .zip(&found.means[b * d..]);
        pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    };
    let worst = |a: &usize| {
        let others = used.iter().filter(|b| *b != a);
        let alike = others.map(|b| {
            let (spread, apart) = (spread(*a) + spread(*b), apart(*a, *b));
            // Means at one place are apart by nothing that could be divided by.
            if apart > 0.0 { spread / apart } else { 0.0 }
        });
        alike.fold(0.0, f64::max)
    };
    Ok(used.iter().map(worst).sum::<f64>() / used.len() as f64)
}

/// Pairs `n (n − 1) / 2`.
fn pairs(n: f64) -> f64 {
    n * (n - 1.0) / 2.0
}

/// How often two groupings agree on pairs of rows, 0 being what chance gives and 1 the same groups; labels may be any numbers.
///
/// # Errors
/// [`crate::base::Error::Shape`] when lengths disagree.
pub fn adjusted_rand(a: &[u32], b: &[u32]) -> Result<f64> {
    same_length("labels", a.len(), b.len())?;
    if a.len() < 2 {
        return Ok(1.0);
    }
    let mut both: Vec<u64> = a
        .iter()
        .zip(b)
        .map(|(a, b)| u64::from(*a) << 32 | u64::from(*b))
        .collect();
    let mut of_b: Vec<u64> = b.iter().map(|b| u64::from(*b)).collect();
    both.sort_unstable();
    of_b.sort_unstable();
    let together = |all: &[u64], shift: u32| -> f64 {
        let runs = all.chunk_by(|x, y| x >> shift == y >> shift);
        runs.map(|r| pairs(r.len() as f64)).sum()
    };
    let (in_both, in_a, in_b) = (together(&both, 0), together(&both, 32), together(&of_b, 0));
    let expected = in_a * in_b / pairs(a.len() as f64);
    let most = (in_a + in_b) / 2.0;
    Ok(if in_both == in_a && in_both == in_b {
        1.0
    } else {
        (in_both - expected) / (most - expected)
    })
}

/// Ranks from 1, the best first, equal ones sharing the mean of theirs; NaN comes last.
pub(super) fn ranks(values: &[f64], higher_is_better: bool) -> Vec<f64> {
    let sign = if higher_is_better { -1.0 } else { 1.0 };
    let keys: Vec<f64> = values
        .iter()
        .map(|v| if v.is_nan() { f64::INFINITY } else { sign * v })
        .collect();
    let order = rising(&keys);
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    for run in order.chunk_by(|a, b| keys[*a as usize] == keys[*b as usize]) {
        let rank = from as f64 + (run.len() + 1) as f64 / 2.0;
        run.iter().for_each(|i| ranks[*i as usize] = rank);
        from += run.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn groupings_agree_whatever_their_names() {
        assert_eq!(adjusted_rand(&[0, 0, 1, 1], &[7, 7, 3, 3]).unwrap(), 1.0);
        assert_eq!(adjusted_rand(&[0, 0, 0], &[1, 1, 1]).unwrap(), 1.0);
        assert!((adjusted_rand(&[0, 0, 1, 2], &[0, 0, 1, 1]).unwrap() - 4.0 / 7.0).abs() < 1e-12);
        assert!(adjusted_rand(&[0, 1, 0, 1], &[0, 0, 1, 1]).unwrap() < 0.0);
        assert_eq!(adjusted_rand(&[0], &[]).unwrap_err().code(), "shape");
    }

    #[test]
    fn groups_without_spread() {
        let x = array![[0.0f32], [0.0], [4.0], [4.0]];
        let rows = Rows::check(x.view(), 1).unwrap();
        assert_eq!(calinski_harabasz(&rows, &[0, 0, 1, 1]).unwrap(), 1.0);
        assert_eq!(davies_bouldin(&rows, &[0, 0, 1, 1]).unwrap(), 0.0);
        assert_eq!(davies_bouldin(&rows, &[0; 4]).unwrap_err().code(), "param");
        assert_eq!(
            ranks(&[3.0, f64::NAN, 5.0, 3.0], true),
            [2.5, 4.0, 1.0, 2.5]
        );
    }
}
