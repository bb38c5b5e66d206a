//! HDBSCAN: the groups of DBSCAN at all distances at once, of which the most lasting are kept.
//!
//! The core distance of a row is that to its `min_samples`-th nearest row, itself the first; two rows are as far from each
//! other as the largest of their distance and their core distances. The shortest tree that joins all rows by these distances
//! is a hierarchy ([`tree`]); groups of fewer than `min_cluster_size` rows count as rows that fall away. A group lasts from
//! the distance where it splits off to that where its rows fall away; of a group and the groups within it, those are kept
//! that last longer in total. Labels and probabilities are scikit-learn's `HDBSCAN`, with its defaults.
//!
//! Every row is compared with every other once: 20,000 rows of 10 columns take seconds, 100,000 minutes. Memory is that of the
//! rows.
//!
//! Source: Campello, Moulavi & Sander (2013), doi:10.1007/978-3-642-37456-2_14; McInnes, Healy & Astels (2017),
//! doi:10.21105/joss.00205.
mod tree;

use super::{
    dbscan::{NOISE, kth},
    kernels::{
        input::check_width,
        kd_tree::KdTree,
        space::{BLOCK, Rows, Space, least},
    },
    ward::{Merge, numbered},
};
use crate::base::{Error, Result, Run, Stage};
use ndarray::ArrayView2;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Lasting {
    /// The group of each row, from 0; [`NOISE`] for none.
    pub labels: Vec<i32>,
    /// How firmly each row belongs to its group, from 0 (noise) to 1.
    pub probabilities: Vec<f64>,
    /// How long each group lasts: per row, in units of 1 / distance.
    pub stabilities: Vec<f64>,
    /// Where each group splits off and where its last rows fall away, as 1 / distance; the latter infinite where rows are equal.
    pub spans: Vec<[f64; 2]>,
}

impl Lasting {
    /// Groups.
    pub fn n_clusters(&self) -> usize {
        self.stabilities.len()
    }
}

/// The groups of the rows of `x` (`n_samples × n_features`); `min_samples` is `min_cluster_size` where it is absent.
///
/// # Errors
/// [`Error::Param`] unless `min_cluster_size` is at least 2 and `min_samples` between 1 and the number of rows;
/// [`Error::NoFeatures`]; [`Error::TooFewRows`] below two rows; [`Error::Cell`] for a value that is not finite;
/// [`Error::Cancelled`].
pub fn hdbscan(
    x: ArrayView2<'_, f32>,
    min_cluster_size: usize,
    min_samples: Option<usize>,
    run: &mut Run<'_>,
) -> Result<Lasting> {
    let rows = Rows::check(x, 2)?;
    if min_cluster_size < 2 {
        return Err(Error::out_of_range(
            "min_cluster_size",
            2.0,
            f64::from(u32::MAX),
        ));
    }
    let core = kth(&rows, min_samples.unwrap_or(min_cluster_size), run)?;
    let merges = shortest_tree(&rows, core, run)?;
    let condensed = tree::condense(&merges, min_cluster_size);
    Ok(condensed.choose())
}

/// The shortest tree over the mutual distances, `core` being squared core distances, as joinings by rising distance.
fn shortest_tree(rows: &Rows<'_>, core: Vec<f64>, run: &mut Run<'_>) -> Result<Vec<Merge>> {
    let n = rows.n;
    let mut space = Space::new(&rows.x, rows.d);
    let room = n.next_multiple_of(BLOCK);
    // Per place: row, core distance, distance to the tree and the row of the tree it is to.
    let mut ids: Vec<u32> = (0..n as u32).collect();
    let mut cores = core.clone();
    cores.resize(room, f64::INFINITY);
    let mut reach = vec![f64::INFINITY; room];
    let mut from = vec![0u32; room];
    let mut edges = Vec::with_capacity(n - 1);
    let mut point = vec![0.0; rows.d];
    let (mut at, mut left) = (0usize, n);
    for step in 0..n - 1 {
        if step % 64 == 0 {
            run.step(Stage::Fitting, step as u64, n as u64)?;
        }
        let row = ids[at];
        space.get(at, &mut point);
        space.clear(at);
        (cores[at], reach[at]) = (f64::INFINITY, f64::INFINITY);
        left -= 1;
        let own = core[row as usize];
        if left * 2 < ids.len() && ids.len() > 4 * BLOCK {
            let alive = |i: &u32| cores[*i as usize] < f64::INFINITY;
            let kept: Vec<u32> = (0..ids.len() as u32).filter(alive).collect();
            space.keep(&kept);
            for (to, of) in kept.iter().map(|i| *i as usize).enumerate() {
                (ids[to], cores[to], reach[to], from[to]) =
                    (ids[of], cores[of], reach[of], from[of]);
            }
            ids.truncate(kept.len());
            let room = kept.len().next_multiple_of(BLOCK);
            for all in [&mut cores, &mut reach] {
                all.truncate(room);
                all[kept.len()..].fill(f64::INFINITY);
            }
            from.truncate(room);
        }
        at = nearest(&space, &point, own, row, &cores, &mut reach, &mut from);
        let to = ids.get(at).copied().unwrap_or(row);
        edges.push(([from[at], to], reach[at].sqrt()));
    }
    run.step(Stage::Fitting, n as u64, n as u64)?;
    Ok(numbered(n, edges))
}

/// Brings distances to the tree up to date with its latest row; returns the place nearest to the tree.
#[inline(never)]
fn nearest(
    space: &Space,
    point: &[f64],
    own: f64,
    row: u32,
    cores: &[f64],
    reach: &mut [f64],
    from: &mut [u32],
) -> usize {
    let mut best = (f64::INFINITY, 0);
    let cores = cores.as_chunks::<BLOCK>().0.iter();
    let places = reach.as_chunks_mut::<BLOCK>().0.iter_mut();
    let from = from.as_chunks_mut::<BLOCK>().0.iter_mut();
    for (b, ((cores, reach), from)) in cores.zip(places).zip(from).enumerate() {
        let squared = space.squared(b, point);
        for l in 0..BLOCK {
            let d = squared[l].max(cores[l]).max(own);
            let is_nearer = d < reach[l];
            reach[l] = if is_nearer { d } else { reach[l] };
            from[l] = if is_nearer { row } else { from[l] };
        }
        let (l, low) = least(reach);
        if low < best.0 {
            best = (low, b * BLOCK + l);
        }
    }
    best.1
}

/// A row that is noise.
fn noise(n: usize) -> Lasting {
    Lasting {
        labels: vec![NOISE; n],
        probabilities: vec![0.0; n],
        stabilities: Vec::new(),
        spans: Vec::new(),
    }
}

/// The groups of rows that were not there when groups were found, and how firmly they belong to them: that of the nearest row by
/// mutual distance, as long as the group is there at that distance. `x` and `min_samples` are those of `found`.
///
/// # Errors
/// [`Error::Shape`] when lengths or widths disagree; else as [`hdbscan`].
pub fn assign(
    x: ArrayView2<'_, f32>,
    min_samples: usize,
    found: &Lasting,
    new: ArrayView2<'_, f32>,
    run: &mut Run<'_>,
) -> Result<(Vec<i32>, Vec<f64>)> {
    check_width(new, x.ncols())?;
    let rows = Rows::check(x, 2)?;
    if found.labels.len() != rows.n {
        return Err(Error::Shape {
            what: "labels".into(),
            expected: rows.n,
            found: found.labels.len(),
        });
    }
    if new.nrows() == 0 {
        return Ok((Vec::new(), Vec::new()));
    }
    let new = Rows::check(new, 1)?;
    let core = kth(&rows, min_samples, run)?;
    let tree = KdTree::new(&rows);
    let (mut point, mut near) = (vec![0.0; rows.d], Vec::new());
    let (mut labels, mut firm) = (Vec::with_capacity(new.n), Vec::with_capacity(new.n));
    for i in 0..new.n {
        if i % 256 == 0 {
            run.check()?;
        }
        for (p, v) in point.iter_mut().zip(new.row(i)) {
            *p = f64::from(*v);
        }
        tree.nearest(&point, 2 * min_samples, &mut near);
        // The row itself is the first of its nearest, but not among these.
        let own = match min_samples.checked_sub(2) {
            Some(at) => near.get(at).map_or(f64::INFINITY, |f| f.squared),
            None => 0.0,
        };
        let mut best = (f64::INFINITY, NOISE);
        for f in &near {
            let mutual = f.squared.max(own).max(core[f.row as usize]);
            if mutual < best.0 {
                best = (mutual, found.labels[f.row as usize]);
            }
        }
        let lambda = 1.0 / best.0.sqrt();
        let span = usize::try_from(best.1)
            .ok()
            .and_then(|l| found.spans.get(l));
        let (label, share) = match span {
            Some([birth, death]) if lambda >= *birth => {
                let share = if lambda >= *death {
                    1.0
                } else {
                    lambda / death
                };
                (best.1, share)
            }
            _ => (NOISE, 0.0),
        };
        labels.push(label);
        firm.push(share);
    }
    Ok((labels, firm))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use ndarray::{Array2, array};

    #[test]
    fn two_heaps_and_a_stray_row() {
        let x = Array2::from_shape_fn((21, 2), |(i, j)| match i {
            20 => 50.0,
            _ => (i % 2) as f32 * 10.0 + ((i * 7 + j * 3) % 11) as f32 * 0.1,
        });
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        let got = hdbscan(x.view(), 4, None, run).unwrap();
        assert_eq!(got.n_clusters(), 2);
        assert_eq!(got.labels[20], NOISE);
        assert_eq!(got.probabilities[20], 0.0);
        for i in 0..20 {
            assert_eq!(got.labels[i], got.labels[i % 2]);
            assert!(got.probabilities[i] > 0.0 && got.probabilities[i] <= 1.0);
        }
        let new = array![[0.5f32, 0.5], [10.5, 10.4], [30.0, 30.0]];
        let (labels, firm) = assign(x.view(), 4, &got, new.view(), run).unwrap();
        assert_eq!(labels, [got.labels[0], got.labels[1], NOISE]);
        assert!(firm[0] > 0.3 && firm[2] == 0.0);
    }

    #[test]
    fn bad_and_dull_input() {
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        let same = Array2::<f32>::ones((30, 2));
        let got = hdbscan(same.view(), 5, None, run).unwrap();
        assert!(got.labels.iter().all(|l| *l == got.labels[0]));
        let mut code = |x: &Array2<f32>, m, s| hdbscan(x.view(), m, s, run).unwrap_err().code();
        assert_eq!(code(&same, 1, None), "param");
        assert_eq!(code(&same, 31, None), "param");
        assert_eq!(code(&same, 5, Some(0)), "param");
        assert_eq!(code(&Array2::ones((1, 2)), 5, None), "too_few_rows");
    }
}
