//! k-medoids: groups around rows that are themselves customers, for any distance.
//!
//! Medoids are taken one by one where they help most; then a medoid is changed for another row as long as that lowers the sum
//! of distances. Beyond [`SAMPLE`] rows this is done on several samples, and the medoids are kept that fit all rows best.
//!
//! Source: Kaufman & Rousseeuw (1990), *Finding Groups in Data* (PAM, CLARA); Schubert & Rousseeuw (2021),
//! doi:10.1016/j.is.2021.101804 (FasterPAM).
use super::kernels::space::Distances;
use crate::base::{Error, Result, Run, Stage, random};

/// Rows that are looked at whole, and of a sample.
pub const SAMPLE: usize = 2_000;
/// Samples where there are more.
const SAMPLES: usize = 5;
/// Stream of the seed.
const STREAM: u64 = 0x6d65;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Medoids {
    /// The row in the middle of each group.
    pub rows: Vec<u32>,
    /// The group of each row.
    pub labels: Vec<u32>,
    /// Sum of the distances of all rows to their medoids.
    pub total: f64,
}

/// Groups rows around `k` of them.
///
/// # Errors
/// [`Error::Param`] for `k` of 0 or above 1,000; [`Error::TooFewRows`] with fewer rows than `k`; [`Error::Cancelled`].
pub fn k_medoids(distances: &dyn Distances, k: usize, run: &mut Run<'_>) -> Result<Medoids> {
    sampled(distances, k, SAMPLE, run)
}

fn sampled(distances: &dyn Distances, k: usize, most: usize, run: &mut Run<'_>) -> Result<Medoids> {
    let n = distances.n_rows();
    if k == 0 || k > 1_000 {
        return Err(Error::out_of_range("k", 1.0, 1_000.0));
    }
    if n < k {
        return Err(Error::TooFewRows {
            needed: k as u64,
            found: n as u64,
        });
    }
    if n <= most.max(k) {
        let all: Vec<u32> = (0..n as u32).collect();
        let medoids = around(distances, &all, k, run)?;
        return assign(distances, medoids, run);
    }
    let mut rng = run.rng(STREAM);
    let mut best: Option<Medoids> = None;
    for sample in 0..SAMPLES {
        run.step(Stage::Fitting, sample as u64, SAMPLES as u64)?;
        let mut rows = random::permutation(&mut rng, n);
        rows.truncate(most.max(2 * k));
        // The best medoids so far are always among the rows.
        if let Some(best) = &best {
            for (to, medoid) in rows.iter_mut().zip(&best.rows) {
                *to = *medoid;
            }
        }
        rows.sort_unstable();
        rows.dedup();
        let medoids = around(distances, &rows, k, run)?;
        let found = assign(distances, medoids, run)?;
        if best.as_ref().is_none_or(|b| found.total < b.total) {
            best = Some(found);
        }
    }
    run.step(Stage::Fitting, SAMPLES as u64, SAMPLES as u64)?;
    best.ok_or(Error::NoFeatures)
}

/// All rows to the nearest of `medoids`.
fn assign(distances: &dyn Distances, medoids: Vec<u32>, run: &Run<'_>) -> Result<Medoids> {
    let n = distances.n_rows();
    let mut near = vec![f64::INFINITY; n];
    let mut labels = vec![0; n];
    let mut away = vec![0.0; n];
    for (c, medoid) in medoids.iter().enumerate() {
        run.check()?;
        distances.to_all(*medoid as usize, &mut away);
        for ((near, label), d) in near.iter_mut().zip(&mut labels).zip(&away) {
            if d < near {
                (*near, *label) = (*d, c as u32);
            }
        }
    }
    // A medoid is of its own group, also where another one lies at the same place.
    for (c, medoid) in medoids.iter().enumerate() {
        labels[*medoid as usize] = c as u32;
    }
    Ok(Medoids {
        total: near.iter().sum(),
        rows: medoids,
        labels,
    })
}

/// Per row its nearest medoid and the distances to that and to the second nearest.
#[derive(Debug, Clone, Copy)]
struct Near {
    at: u32,
    first: f64,
    second: f64,
}

/// The medoids of `rows`.
fn around(distances: &dyn Distances, rows: &[u32], k: usize, run: &Run<'_>) -> Result<Vec<u32>> {
    let n = rows.len();
    let mut matrix = Vec::with_capacity(n * n);
    let mut away = vec![0.0; distances.n_rows()];
    for (at, i) in rows.iter().enumerate() {
        if at % 64 == 0 {
            run.check()?;
        }
        distances.to_all(*i as usize, &mut away);
        matrix.extend(rows.iter().map(|j| away[*j as usize] as f32));
    }
    let row = |i: usize| &matrix[i * n..(i + 1) * n];
    // One by one, where the sum of distances falls most.
    let mut medoids: Vec<usize> = Vec::with_capacity(k);
    let mut near = vec![f64::INFINITY; n];
    for _ in 0..k {
        run.check()?;
        let mut best = (f64::INFINITY, 0);
        for c in (0..n).filter(|c| !medoids.contains(c)) {
            let pairs = row(c).iter().zip(&near);
            let total: f64 = pairs.map(|(d, near)| f64::from(*d).min(*near)).sum();
            if total < best.0 {
                best = (total, c);
            }
        }
        medoids.push(best.1);
        for (near, d) in near.iter_mut().zip(row(best.1)) {
            *near = near.min(f64::from(*d));
        }
    }
    if k == 1 || k == n {
        return Ok(medoids.iter().map(|m| rows[*m]).collect());
    }
    let look = |medoids: &[usize], o: usize| {
        let mut near = Near {
            at: 0,
            first: f64::INFINITY,
            second: f64::INFINITY,
        };
        for (c, m) in medoids.iter().enumerate() {
            let d = f64::from(matrix[m * n + o]);
            if d < near.first {
                (near.at, near.second, near.first) = (c as u32, near.first, d);
            } else if d < near.second {
                near.second = d;
            }
        }
        near
    };
    let mut near: Vec<Near> = (0..n).map(|o| look(&medoids, o)).collect();
    let losses = |near: &[Near]| {
        let mut loss = vec![0.0; k];
        near.iter()
            .for_each(|o| loss[o.at as usize] += o.second - o.first);
        loss
    };
    let mut loss = losses(&near);
    let (mut still, mut c) = (0, 0);
    let mut change = vec![0.0; k];
    while still < n {
        if c % 64 == 0 {
            run.check()?;
        }
        if !medoids.contains(&c) {
            change.copy_from_slice(&loss);
            let mut shared = 0.0;
            for (d, o) in row(c).iter().zip(&near) {
                let d = f64::from(*d);
                if d < o.first {
                    shared += d - o.first;
                    change[o.at as usize] += o.first - o.second;
                } else if d < o.second {
                    change[o.at as usize] += d - o.second;
                }
            }
            let out = (1..k).fold(0, |b, m| if change[m] < change[b] { m } else { b });
            let total: f64 = near.iter().map(|o| o.first).sum();
            if change[out] + shared < -1e-9 * total {
                medoids[out] = c;
                for (o, near) in near.iter_mut().enumerate() {
                    *near = look(&medoids, o);
                }
                loss = losses(&near);
                still = 0;
            }
        }
        still += 1;
        c = (c + 1) % n;
    }
    Ok(medoids.iter().map(|m| rows[*m]).collect())
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
    fn heaps_have_their_middles() {
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        for n in [90, 600] {
            let x = Array2::from_shape_fn((n, 1), |(i, _)| (i % 3 * 100 + i / 3 % 7) as f32);
            let euclid = Euclid::new(Rows::check(x.view(), 1).unwrap());
            let got = sampled(&euclid, 3, 120, run).unwrap();
            let mut middles: Vec<f32> = got.rows.iter().map(|r| x[[*r as usize, 0]]).collect();
            middles.sort_by(f32::total_cmp);
            assert_eq!(middles, [3.0, 103.0, 203.0]);
            assert!((3..n).all(|i| got.labels[i] == got.labels[i % 3]));
        }
        let same = Array2::ones((5, 1));
        let euclid = Euclid::new(Rows::check(same.view(), 1).unwrap());
        let got = k_medoids(&euclid, 5, run).unwrap();
        assert_eq!(got.total, 0.0);
        assert_eq!(k_medoids(&euclid, 3, run).unwrap().rows.len(), 3);
        assert_eq!(
            k_medoids(&euclid, 6, run).unwrap_err().code(),
            "too_few_rows"
        );
        assert_eq!(k_medoids(&euclid, 0, run).unwrap_err().code(), "param");
    }
}
