//! The gap statistic: how much closer to their centres rows are than rows without any structure would be.
//!
//! `gap(k) = mean ln W*(k) − ln W(k)`, `W` being the inertia of k-means, `W*` that of rows drawn evenly over the box that the
//! columns' ranges make. The first `k` whose gap is within an error of the next one's is the choice: more groups do not gain
//! more than chance.
//!
//! Source: Tibshirani, Walther & Hastie (2001), doi:10.1111/1467-9868.00293.
use crate::{
    base::{Error, Result, Run, Stage},
    learn::kernels::{lloyd::Lloyd, space::Rows},
};
use rand_chacha::{ChaCha8Rng, rand_core::Rng as _};

/// Stream of the seed.
const STREAM: u64 = 0x6761;
const MAX_ITER: usize = 100;
const TOL: f64 = 1e-4;

/// The gap at one number of groups.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// Groups.
    pub k: usize,
    /// Inertia of the rows.
    pub inertia: f64,
    /// Its gap.
    pub gap: f64,
    /// Error of the gap: `sd · √(1 + 1/B)` over the `B` drawn sets.
    pub error: f64,
}

/// The best of some starts of k-means for each number of groups.
fn inertias(
    x: &[f32],
    d: usize,
    ks: &[usize],
    n_init: usize,
    rng: &mut ChaCha8Rng,
    step: &mut dyn FnMut() -> Result<()>,
) -> Result<Vec<f64>> {
    let mut lloyd = Lloyd::new(x, d, None);
    let mut out = Vec::with_capacity(ks.len());
    for k in ks {
        let mut best = f64::INFINITY;
        for _ in 0..n_init {
            let found = lloyd.run(*k, MAX_ITER, TOL, rng, &mut |_| step())?;
            best = best.min(found.inertia);
        }
        out.push(best);
    }
    Ok(out)
}

/// The gaps at the numbers of groups `ks`, from `n_references` drawn sets and `n_init` starts each.
///
/// # Errors
/// [`Error::Param`] without references or starts, or where a `k` is 0 or above the number of rows; [`Error::Cancelled`].
pub fn gaps(
    rows: &Rows<'_>,
    ks: &[usize],
    n_references: usize,
    n_init: usize,
    run: &mut Run<'_>,
) -> Result<Vec<Gap>> {
    if n_references == 0 {
        return Err(Error::out_of_range("n_references", 1.0, 1e6));
    }
    if n_init == 0 {
        return Err(Error::out_of_range("n_init", 1.0, 1e6));
    }
    if ks.iter().any(|k| *k == 0 || *k > rows.n) {
        return Err(Error::out_of_range("k", 1.0, rows.n as f64));
    }
    let d = rows.d;
    let mut rng = run.rng(STREAM);
    let own = inertias(&rows.x, d, ks, n_init, &mut rng, &mut || run.check())?;
    let mut low = rows.row(0).to_vec();
    let mut high = low.clone();
    for row in rows.x.chunks_exact(d) {
        for ((l, h), v) in low.iter_mut().zip(&mut high).zip(row) {
            *l = l.min(*v);
            *h = h.max(*v);
        }
    }
    // Logarithms of 0 would be infinite: rows on their centres count as very close to them.
    let ln = |w: f64| w.max(f64::MIN_POSITIVE).ln();
    let mut logs = vec![Vec::with_capacity(n_references); ks.len()];
    let mut drawn = vec![0f32; rows.x.len()];
    for b in 0..n_references {
        run.step(Stage::Evaluating, b as u64, n_references as u64)?;
        for row in drawn.chunks_exact_mut(d) {
            for ((v, l), h) in row.iter_mut().zip(&low).zip(&high) {
                let unit = f64::from(rng.next_u32()) / f64::from(u32::MAX);
                let (l, h) = (f64::from(*l), f64::from(*h));
                *v = (l + (h - l) * unit) as f32;
            }
        }
        let of = inertias(&drawn, d, ks, n_init, &mut rng, &mut || run.check())?;
        for (logs, w) in logs.iter_mut().zip(of) {
            logs.push(ln(w));
        }
    }
    run.step(Stage::Evaluating, n_references as u64, n_references as u64)?;
    let gap = |((k, inertia), logs): ((&usize, &f64), &Vec<f64>)| {
        let n = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / n;
        let variance = logs.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / n;
        Gap {
            k: *k,
            inertia: *inertia,
            gap: mean - ln(*inertia),
            error: (variance * (1.0 + 1.0 / n)).sqrt(),
        }
    };
    Ok(ks.iter().zip(&own).zip(&logs).map(gap).collect())
}

/// The first `k` whose gap is at least the next one's less its error; the largest gap where there is none.
pub fn choice(gaps: &[Gap]) -> Option<usize> {
    let first = gaps.windows(2).find(|w| w[0].gap >= w[1].gap - w[1].error);
    let best = || gaps.iter().reduce(|a, b| if b.gap > a.gap { b } else { a });
    first.map(|w| w[0].k).or_else(|| best().map(|g| g.k))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use ndarray::Array2;

    #[test]
    fn heaps_are_counted_and_noise_is_one() {
        let mut s = 5u32;
        let mut next = || {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (s >> 8) as f32 / (1 << 24) as f32
        };
        let heaps = Array2::from_shape_fn((240, 2), |(i, j)| {
            next() + 4.0 * f32::from(u8::from(i % 3 == j + 1))
        });
        let noise = Array2::from_shape_fn((240, 2), |_| next());
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 3);
        for (x, want) in [(heaps, 3), (noise, 1)] {
            let rows = Rows::check(x.view(), 1).unwrap();
            let got = gaps(&rows, &[1, 2, 3, 4, 5], 10, 2, run).unwrap();
            assert_eq!(choice(&got), Some(want), "{got:?}");
        }
        let x = Array2::ones((4, 1));
        let rows = Rows::check(x.view(), 1).unwrap();
        let same = gaps(&rows, &[1, 2], 3, 1, run).unwrap();
        assert!(same.iter().all(|g| g.gap.is_finite()));
        assert_eq!(gaps(&rows, &[5], 3, 1, run).unwrap_err().code(), "param");
        assert_eq!(choice(&[]), None);
    }
}
