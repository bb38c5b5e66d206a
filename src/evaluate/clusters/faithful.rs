//! How far a map can be trusted: whether rows that lie near each other on it are near in all columns.
//!
//! `1 − 2 / (n k (2n − 3k − 1)) · Σ max(0, rank − k)`, over the `k` rows nearest to each on the map, with their rank among the
//! nearest in all columns: 1 where every neighbour on the map is one indeed, about 0.5 for a map drawn at random.
//!
//! Source: Venna & Kaski (2001), doi:10.1007/3-540-44668-0_68.
use crate::{
    base::{Error, Result, Run, random::permutation},
    learn::kernels::space::Distances,
};

/// Stream of the seed.
const STREAM: u64 = 0x7477;

/// The trustworthiness of `map`, places of the rows of `distances`, for `k` neighbours, over at most `most` rows drawn by the
/// run's seed.
///
/// # Errors
/// [`Error::Shape`] when lengths disagree; [`Error::Param`] unless `k` is at least 1 and below half the number of rows;
/// [`Error::Cancelled`].
pub fn trustworthiness(
    distances: &dyn Distances,
    map: &[[f64; 2]],
    k: usize,
    most: usize,
    run: &mut Run<'_>,
) -> Result<f64> {
    let n = distances.n_rows();
    crate::evaluate::same_length("map", n, map.len())?;
    if k == 0 || 2 * k >= n {
        return Err(Error::out_of_range("k", 1.0, (n / 2) as f64));
    }
    let mut rows = permutation(&mut run.rng(STREAM), n);
    rows.truncate(most.max(1));
    let mut away = vec![0.0; n];
    let mut near: Vec<(f64, u32)> = Vec::with_capacity(n);
    let mut sum = 0.0;
    for (at, i) in rows.iter().map(|i| *i as usize).enumerate() {
        if at % 16 == 0 {
            run.check()?;
        }
        distances.to_all(i, &mut away);
        near.clear();
        let own = map[i];
        let on_map = |p: &[f64; 2]| (p[0] - own[0]).powi(2) + (p[1] - own[1]).powi(2);
        near.extend(
            map.iter()
                .map(on_map)
                .zip(0..)
                .filter(|(_, j)| *j as usize != i),
        );
        near.select_nth_unstable_by(k - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (_, j) in &near[..k] {
            let d = away[*j as usize];
            let nearer = |(other, o): (usize, &f64)| other != i && (*o, other) < (d, *j as usize);
            let rank = 1 + away.iter().enumerate().filter(|o| nearer(*o)).count();
            sum += rank.saturating_sub(k) as f64;
        }
    }
    let (m, n, k) = (rows.len() as f64, n as f64, k as f64);
    Ok(1.0 - 2.0 / (m * k * (2.0 * n - 3.0 * k - 1.0)) * sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::Quiet,
        learn::kernels::space::{Euclid, Rows},
    };
    use ndarray::Array2;

    #[test]
    fn the_rows_themselves_are_a_faithful_map() {
        let x = Array2::from_shape_fn((60, 2), |(i, j)| (i * (7 + j * 4) % 59) as f32);
        let euclid = Euclid::new(Rows::check(x.view(), 1).unwrap());
        let map: Vec<[f64; 2]> = x
            .rows()
            .into_iter()
            .map(|r| [0, 1].map(|j| f64::from(r[j])))
            .collect();
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        assert_eq!(trustworthiness(&euclid, &map, 5, 60, run).unwrap(), 1.0);
        let mixed: Vec<[f64; 2]> = (0..60).map(|i| map[i * 17 % 60]).collect();
        let got = trustworthiness(&euclid, &mixed, 5, 60, run).unwrap();
        assert!((0.3..0.7).contains(&got));
        assert_eq!(
            trustworthiness(&euclid, &map, 30, 9, run)
                .unwrap_err()
                .code(),
            "param"
        );
        assert_eq!(
            trustworthiness(&euclid, &[], 3, 9, run).unwrap_err().code(),
            "shape"
        );
    }
}
