//! DBSCAN: groups are where rows lie dense, whatever their shape; what lies in no such place is noise.
//!
//! A row with at least `min_samples` rows within `eps`, itself among them, is a core row. Core rows within `eps` of each other
//! are of one group, and so are the rows within `eps` of them; a row near core rows of several groups is of the first. Groups
//! are numbered by their first core rows. Distances are Euclidean. Labels are scikit-learn's.
//!
//! Source: Ester, Kriegel, Sander & Xu (1996), A density-based algorithm for discovering clusters.
use super::kernels::{kd_tree::KdTree, space::Rows};
use crate::base::{Error, Result, Run, Stage};
use ndarray::ArrayView2;

/// The group of rows of no group.
pub const NOISE: i32 = -1;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// The group of each row, from 0; [`NOISE`] for none.
    pub labels: Vec<i32>,
    /// Whether each row is a core row.
    pub is_core: Vec<bool>,
    /// Groups.
    pub n_clusters: usize,
}

fn wide(row: &[f32], point: &mut Vec<f64>) {
    point.clear();
    point.extend(row.iter().map(|v| f64::from(*v)));
}

/// The groups of the rows of `x` (`n_samples × n_features`).
///
/// # Errors
/// [`Error::Param`] unless `eps` is above 0 and finite and `min_samples` at least 1; [`Error::NoFeatures`];
/// [`Error::TooFewRows`] without rows; [`Error::Cell`] for a value that is not finite; [`Error::Cancelled`].
pub fn dbscan(
    x: ArrayView2<'_, f32>,
    eps: f64,
    min_samples: usize,
    run: &mut Run<'_>,
) -> Result<Dense> {
    if !(eps > 0.0 && eps.is_finite()) {
        return Err(Error::out_of_range("eps", f64::MIN_POSITIVE, f64::MAX));
    }
    if min_samples == 0 {
        return Err(Error::out_of_range("min_samples", 1.0, f64::from(u32::MAX)));
    }
    let rows = Rows::check(x, 1)?;
    let (n, total) = (rows.n, 2 * rows.n as u64);
    let tree = KdTree::new(&rows);
    let squared = eps * eps;
    let mut point = Vec::with_capacity(rows.d);
    let mut is_core = vec![false; n];
    for (i, core) in is_core.iter_mut().enumerate() {
        if i % 256 == 0 {
            run.step(Stage::Fitting, i as u64, total)?;
        }
        wide(rows.row(i), &mut point);
        let mut seen = 0;
        tree.within(&point, squared, &mut |_| {
            seen += 1;
            seen < min_samples
        });
        *core = seen >= min_samples;
    }
    let mut labels = vec![NOISE; n];
    let (mut n_clusters, mut done) = (0, 0);
    let mut open: Vec<u32> = Vec::new();
    for start in 0..n {
        if !is_core[start] || labels[start] != NOISE {
            continue;
        }
        let label = n_clusters as i32;
        n_clusters += 1;
        labels[start] = label;
        open.push(start as u32);
        while let Some(i) = open.pop() {
            if done % 256 == 0 {
                run.step(Stage::Fitting, (n + done) as u64, total)?;
            }
            done += 1;
            wide(rows.row(i as usize), &mut point);
            tree.within(&point, squared, &mut |near| {
                let to = &mut labels[near.row as usize];
                if *to == NOISE {
                    *to = label;
                    if is_core[near.row as usize] {
                        open.push(near.row);
                    }
                }
                true
            });
        }
    }
    run.step(Stage::Fitting, total, total)?;
    Ok(Dense {
        labels,
        is_core,
        n_clusters,
    })
}

/// The group of rows that were not there when the groups were found: that of the nearest core row within `eps`, else
/// [`NOISE`]. `x` are the rows `found` is about.
///
/// # Errors
/// [`Error::Shape`] when lengths or widths disagree; else as [`dbscan`].
pub fn assign(
    x: ArrayView2<'_, f32>,
    found: &Dense,
    new: ArrayView2<'_, f32>,
    eps: f64,
) -> Result<Vec<i32>> {
    super::kernels::input::check_width(new, x.ncols())?;
    if found.labels.len() != x.nrows() || found.is_core.len() != x.nrows() {
        return Err(Error::Shape {
            what: "labels".into(),
            expected: x.nrows(),
            found: found.labels.len().min(found.is_core.len()),
        });
    }
    let cores: Vec<usize> = (0..x.nrows()).filter(|i| found.is_core[*i]).collect();
    if new.nrows() == 0 || cores.is_empty() {
        return Ok(vec![NOISE; new.nrows()]);
    }
    let kept = x.select(ndarray::Axis(0), &cores);
    let kept = Rows::check(kept.view(), 1)?;
    let new = Rows::check(new, 1)?;
    let tree = KdTree::new(&kept);
    let (mut point, mut near) = (Vec::new(), Vec::new());
    let of = |i: usize| {
        wide(new.row(i), &mut point);
        tree.nearest(&point, 1, &mut near);
        let first = near.first().filter(|f| f.squared <= eps * eps);
        first.map_or(NOISE, |f| found.labels[cores[f.row as usize]])
    };
    Ok((0..new.n).map(of).collect())
}

/// The distance of each row to its `k`-th nearest, itself the first, falling: where the curve bends, `eps` is well chosen.
///
/// # Errors
/// As [`dbscan`]; [`Error::Param`] unless `k` lies between 1 and the number of rows.
pub fn distances(x: ArrayView2<'_, f32>, k: usize, run: &mut Run<'_>) -> Result<Vec<f64>> {
    let rows = Rows::check(x, 1)?;
    let mut all = kth(&rows, k, run)?;
    all.sort_unstable_by(f64::total_cmp);
    all.reverse();
    Ok(all.into_iter().map(f64::sqrt).collect())
}

/// Squared distance of each row to its `k`-th nearest, itself the first.
pub(super) fn kth(rows: &Rows<'_>, k: usize, run: &mut Run<'_>) -> Result<Vec<f64>> {
    if k == 0 || k > rows.n {
        return Err(Error::out_of_range("min_samples", 1.0, rows.n as f64));
    }
    let tree = KdTree::new(rows);
    let (mut point, mut near) = (Vec::new(), Vec::new());
    let mut out = Vec::with_capacity(rows.n);
    for i in 0..rows.n {
        if i % 256 == 0 {
            run.check()?;
        }
        wide(rows.row(i), &mut point);
        tree.nearest(&point, k, &mut near);
        out.push(near.last().map_or(0.0, |f| f.squared));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use ndarray::{Array2, array};

    #[test]
    fn dense_places_are_groups_and_the_rest_is_noise() {
        let x = array![[0.0f32], [0.1], [0.2], [5.0], [5.1], [5.2], [9.0], [0.35]];
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        let got = dbscan(x.view(), 0.16, 3, run).unwrap();
        assert_eq!(got.labels, [0, 0, 0, 1, 1, 1, -1, 0]);
        assert_eq!(got.n_clusters, 2);
        assert!(got.is_core[1] && !got.is_core[7]);
        let new = array![[0.05f32], [5.3], [7.0]];
        assert_eq!(
            assign(x.view(), &got, new.view(), 0.16).unwrap(),
            [0, -1, -1]
        );
        let d = distances(x.view(), 2, run).unwrap();
        assert!((d[0] - 3.8).abs() < 1e-6 && d[7] < d[0]);
    }

    #[test]
    fn bad_input_is_an_error() {
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        let x = Array2::<f32>::zeros((3, 1));
        let mut code = |eps, m| dbscan(x.view(), eps, m, run).unwrap_err().code();
        assert_eq!(code(0.0, 1), "param");
        assert_eq!(code(f64::NAN, 1), "param");
        assert_eq!(code(1.0, 0), "param");
        assert_eq!(distances(x.view(), 4, run).unwrap_err().code(), "param");
        assert_eq!(dbscan(x.view(), 1.0, 9, run).unwrap().labels, [NOISE; 3]);
    }
}
