//! The ways to find segments. Rows beyond what a way can look at are put where a sample's segments lie nearest.
use super::{
    data::{Cells, Data},
    options::{Method, Options},
};
use crate::{
    base::{Error, Params, Result, Run, Train, Warning, order::rising},
    evaluate::clusters::silhouette::silhouette,
    learn::{
        Clusterer as _, Dataset, Model, Target,
        dbscan::{self, NOISE},
        gaussian_mixture::GaussianMixture,
        gower::{self, Gower},
        hdbscan,
        k_means::{FittedKMeans, KMeans},
        k_medoids,
        kernels::space::{Euclid, Rows},
        ward::{self, ward},
    },
};
use ndarray::{Array2, ArrayView2, Axis};
use rand_chacha::rand_core::Rng as _;

/// Stream of the seed that draws samples.
const SAMPLE: u64 = 0x7365;
/// Rows that the ways which compare all pairs look at.
const MOST_ROWS: usize = ward::MOST_ROWS;

/// What was found.
pub(super) struct Found {
    /// The segment of each row; none where a row is of no segment.
    pub(super) codes: Vec<Option<u32>>,
    pub(super) n_segments: usize,
    /// What puts new customers into them, where there is such a thing. Its groups are the segments.
    pub(super) model: Option<Model>,
    /// Of a mixture its own BIC.
    pub(super) bic: Option<f64>,
}

/// Rows at random in their order; all where there are not more than `most`.
pub(super) fn sample(n: usize, most: usize, run: &Run<'_>) -> Vec<u32> {
    if n <= most {
        return (0..n as u32).collect();
    }
    let mut rng = run.rng(SAMPLE);
    let mut left = most;
    let mut out = Vec::with_capacity(most);
    for i in 0..n {
        // Each row with the chance that fills the sample exactly.
        let at = (u64::from(rng.next_u32()) * (n - i) as u64) >> 32;
        if (at as usize) < left {
            out.push(i as u32);
            left -= 1;
        }
    }
    out
}

pub(super) fn rows_of(x: ArrayView2<'_, f32>, rows: &[u32]) -> Array2<f32> {
    let at: Vec<usize> = rows.iter().map(|r| *r as usize).collect();
    x.select(Axis(0), &at)
}

fn sampled(n: usize, run: &mut Run<'_>) -> Vec<u32> {
    let rows = sample(n, MOST_ROWS, run);
    if rows.len() < n {
        run.warn(Warning::Sampled {
            what: "run".into(),
            n_used: rows.len() as u64,
            n_rows: n as u64,
        });
    }
    rows
}

/// Shares of the rows that need not be so near to their neighbours, where DBSCAN's radius is looked for.
const APART: [f64; 5] = [0.2, 0.1, 0.05, 0.02, 0.0];
/// Rows whose silhouettes judge a radius.
const JUDGED: usize = 300;

/// The bend of falling distances: the point farthest from the line between the ends.
fn elbow(falling: &[f64]) -> Option<f64> {
    let (first, last) = (*falling.first()?, *falling.last()?);
    let n = (falling.len() - 1).max(1) as f64;
    let below = |i: usize| first + (last - first) * i as f64 / n - falling[i];
    let depths: Vec<f64> = (0..falling.len()).map(below).collect();
    let at = *rising(&depths).last()?;
    falling.get(at as usize).copied().filter(|d| *d > 0.0)
}

/// Mean silhouette of the rows of `x`, of which `most` are looked at; NaN with one group or a group per row.
pub(super) fn mean_silhouette(
    x: ArrayView2<'_, f32>,
    labels: &[u32],
    most: usize,
    run: &mut Run<'_>,
) -> Result<f64> {
    let euclid = Euclid::new(Rows::check(x, 1)?);
    match silhouette(&euclid, labels, most, run) {
        Ok(found) => Ok(found.mean),
        Err(Error::Param { .. }) => Ok(f64::NAN),
        Err(other) => Err(other),
    }
}

/// A radius for DBSCAN. The bend of the distances to the neighbours is right where all groups are equally dense; wider ones
/// are tried too, and that one is taken whose groups have the best mean silhouette, rows of no group counted as 0.
fn radius(part: ArrayView2<'_, f32>, least: usize, run: &mut Run<'_>) -> Result<f64> {
    let falling = run.quietly(|run| dbscan::distances(part, least, run))?;
    // Rows that are all alike have no distances.
    let bend = elbow(&falling).unwrap_or(1.0);
    let wider = APART.map(|share| {
        falling
            .get((share * falling.len() as f64) as usize)
            .copied()
    });
    let wider = wider.into_iter().flatten().filter(|d| *d > bend);
    let (mut best, mut radius) = (f64::NEG_INFINITY, bend);
    for eps in std::iter::once(bend).chain(wider) {
        let found = run.quietly(|run| dbscan::dbscan(part, eps, least, run))?;
        let inside: Vec<u32> = (0..found.labels.len() as u32)
            .filter(|i| found.labels[*i as usize] != NOISE)
            .collect();
        if found.n_clusters < 2 {
            continue;
        }
        let labels: Vec<u32> = inside
            .iter()
            .map(|i| found.labels[*i as usize] as u32)
            .collect();
        let rows = rows_of(part, &inside);
        let mean = run.quietly(|run| mean_silhouette(rows.view(), &labels, JUDGED, run))?;
        let score = mean * inside.len() as f64 / part.nrows() as f64;
        if score > best {
            (best, radius) = (score, eps);
        }
    }
    Ok(radius)
}

fn whole(codes: Vec<u32>, n_segments: usize, model: Option<Model>) -> Found {
    Found {
        codes: codes.into_iter().map(Some).collect(),
        n_segments,
        model,
        bic: None,
    }
}

fn dense(labels: Vec<i32>, n_segments: usize) -> Found {
    Found {
        codes: labels
            .into_iter()
            .map(|l| (l != NOISE).then_some(l as u32))
            .collect(),
        n_segments,
        model: None,
        bic: None,
    }
}

/// Finds segments by the columns; `k` is the number of them where the way takes one.
pub(super) fn find(data: &Data, options: &Options, k: usize, run: &mut Run<'_>) -> Result<Found> {
    let x = data.design.x.view();
    let n = x.nrows();
    let train = |x: Array2<f32>| Train::all(Dataset::new(x, Target::None));
    if options.method.takes_k() && n < k {
        return Err(Error::TooFewRows {
            needed: k as u64,
            found: n as u64,
        });
    }
    match options.method {
        Method::GaussianMixture => {
            let kind = if x.ncols() > 12 { "diag" } else { "full" };
            let params = Params::default()
                .with("n_components", k as i64)
                .with("covariance_type", kind);
            let fitted = GaussianMixture::new(&params)?.fit_mixture(&train(x.to_owned()), run)?;
            let (codes, bic) = (fitted.predict(x)?, fitted.bic());
            Ok(Found {
                bic: Some(bic),
                ..whole(codes, k, Some(Model::Clusterer(Box::new(fitted))))
            })
        }
        Method::Ward => {
            let rows = sampled(n, run);
            let part = rows_of(x, &rows);
            let labels = ward(part.view(), run)?.labels(k)?;
            let fitted = FittedKMeans::of_groups(part.view(), &labels)?;
            let codes = if rows.len() == n {
                labels
            } else {
                fitted.predict(x)?
            };
            Ok(whole(codes, k, Some(Model::Clusterer(Box::new(fitted)))))
        }
        Method::KMedoids => {
            let cells: Vec<Cells> = data.table.iter().map(|(_, c)| Cells::of(c)).collect();
            let columns: Vec<gower::Column<'_>> = cells
                .iter()
                .map(|c| match c {
                    Cells::Numbers(v) => gower::Column::Numbers(v),
                    Cells::Levels(v) => gower::Column::Levels(v),
                })
                .collect();
            let found = k_medoids::k_medoids(&Gower::new(&columns, None)?, k, run)?;
            Ok(whole(found.labels, k, None))
        }
        Method::Dbscan => {
            let rows = sampled(n, run);
            let part = rows_of(x, &rows);
            let least = options.min_samples.min(rows.len());
            let eps = match options.eps {
                Some(eps) => eps,
                None => radius(part.view(), least, run)?,
            };
            let found = dbscan::dbscan(part.view(), eps, least, run)?;
            let labels = if rows.len() == n {
                found.labels
            } else {
                dbscan::assign(part.view(), &found, x, eps)?
            };
            Ok(dense(labels, found.n_clusters))
        }
        Method::Hdbscan => {
            let rows = sampled(n, run);
            let part = rows_of(x, &rows);
            let least = options
                .min_cluster_size
                .unwrap_or((rows.len() / 100).max(5));
            let core = options.min_samples.min(rows.len());
            let found = hdbscan::hdbscan(part.view(), least, Some(core), run)?;
            let n_segments = found.n_clusters();
            let labels = if rows.len() == n {
                found.labels
            } else {
                nearest(part.view(), &found.labels, x)?
            };
            Ok(dense(labels, n_segments))
        }
        _ => {
            let params = Params::default().with("n_clusters", k as i64);
            let fitted = KMeans::new(&params)?.fit_k_means(&train(x.to_owned()), run)?;
            let codes = fitted.predict(x)?;
            Ok(whole(codes, k, Some(Model::Clusterer(Box::new(fitted)))))
        }
    }
}

/// The labels of the means that lie nearest; rows of no group have none.
fn nearest(part: ArrayView2<'_, f32>, labels: &[i32], x: ArrayView2<'_, f32>) -> Result<Vec<i32>> {
    let inside: Vec<u32> = (0..labels.len() as u32)
        .filter(|i| labels[*i as usize] != NOISE)
        .collect();
    if inside.is_empty() {
        return Ok(vec![NOISE; x.nrows()]);
    }
    let codes: Vec<u32> = inside.iter().map(|i| labels[*i as usize] as u32).collect();
    let means = FittedKMeans::of_groups(rows_of(part, &inside).view(), &codes)?;
    Ok(means.predict(x)?.into_iter().map(|c| c as i32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;

    #[test]
    fn a_sample_has_as_many_rows_as_asked_for_in_order() {
        let mut quiet = Quiet;
        let run = Run::new(&mut quiet, 1);
        for (n, most) in [(10, 10), (10, 3), (1_000, 100), (5, 9)] {
            let got = sample(n, most, &run);
            assert_eq!(got.len(), n.min(most));
            assert!(got.windows(2).all(|w| w[0] < w[1]));
            assert!(got.iter().all(|i| (*i as usize) < n));
        }
    }

    #[test]
    fn the_elbow_is_where_the_curve_bends() {
        assert_eq!(elbow(&[10.0, 2.0, 1.0, 0.9, 0.8]), Some(2.0));
        assert_eq!(elbow(&[0.0, 0.0]), None);
        assert_eq!(elbow(&[]), None);
    }
}
