//! UMAP: a map in two dimensions on which rows lie near the rows that are near them in all columns.
//!
//! Every row is joined with its nearest ones, more loosely the farther they are ([`graph`]); the map then pulls joined rows
//! together and pushes rows drawn at random apart ([`layout`]). It starts from the first two principal components, so that the
//! large picture is theirs. Neighbourhoods are what such a map shows: distances between groups, their sizes and the axes mean
//! nothing.
//!
//! The graph is that of umap-learn with `n_neighbors` and its defaults; the layout is the same method with `min_dist` 0.1 and
//! draws of its own. It is done one step after the other with sums and products alone, so that a seed gives the same map on
//! every machine.
//!
//! Source: McInnes, Healy & Melville (2018), arXiv:1802.03426.
mod graph;
mod layout;

pub use graph::{Edge, graph};

use super::{kernels::space::Rows, pca::Pca};
use crate::base::{Error, Result, Run, Stage};
use ndarray::ArrayView2;

/// Rows from which on a sample should be shown.
pub const MOST_ROWS: usize = 20_000;

/// Places on the map, `(n_samples, 2)` row-major, for the rows of `x` (`n_samples × n_features`); 15 is a usual number of
/// neighbours, more show more of the large picture. Fewer than four rows lie where their principal components are.
///
/// # Errors
/// [`Error::Param`] unless `n_neighbors`, the row itself included, is 2 to 200; [`Error::NoFeatures`]; [`Error::TooFewRows`]
/// without rows; [`Error::Cell`] for a value that is not finite; [`Error::Cancelled`].
pub fn umap(
    x: ArrayView2<'_, f32>,
    n_neighbors: usize,
    run: &mut Run<'_>,
) -> Result<Vec<[f64; 2]>> {
    if !(2..=200).contains(&n_neighbors) {
        return Err(Error::out_of_range("n_neighbors", 2.0, 200.0));
    }
    let rows = Rows::check(x, 1)?;
    if rows.n == 1 {
        return Ok(vec![[0.0; 2]]);
    }
    run.step(Stage::Fitting, 0, 1)?;
    let pca = run.quietly(|run| Pca::fit(x, 2, run))?;
    let along = pca.transform(x)?;
    let mut places: Vec<[f64; 2]> = along
        .rows()
        .into_iter()
        .map(|r| [0, 1].map(|j| r.get(j).copied().unwrap_or(0.0)))
        .collect();
    if rows.n < 4 {
        return Ok(places);
    }
    let edges = graph(&rows, n_neighbors.min(rows.n), run)?;
    layout::settle(&mut places, &edges, run)?;
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use ndarray::Array2;

    #[test]
    fn heaps_stay_together() {
        let mut s = 5u32;
        let x = Array2::from_shape_fn((150, 5), |(i, j)| {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (s >> 8) as f32 / (1 << 24) as f32 + 5.0 * f32::from(u8::from(i % 3 == j))
        });
        let mut quiet = Quiet;
        let map = umap(x.view(), 10, &mut Run::new(&mut quiet, 1)).unwrap();
        let again = umap(x.view(), 10, &mut Run::new(&mut quiet, 1)).unwrap();
        assert_eq!(map, again);
        for (i, p) in map.iter().enumerate() {
            let away = |q: &[f64; 2]| (p[0] - q[0]).powi(2) + (p[1] - q[1]).powi(2);
            let others = (0..150).filter(|j| *j != i);
            let nearest = others.min_by(|a, b| away(&map[*a]).total_cmp(&away(&map[*b])));
            assert_eq!(nearest.unwrap() % 3, i % 3);
        }
    }

    #[test]
    fn few_rows_and_equal_rows_do_no_harm() {
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        for n in [1, 2, 3, 5, 40] {
            let map = umap(Array2::ones((n, 1)).view(), 15, run).unwrap();
            assert!(map.len() == n && map.iter().flatten().all(|v| v.is_finite()));
        }
        let x = Array2::<f32>::ones((9, 1));
        assert_eq!(umap(x.view(), 1, run).unwrap_err().code(), "param");
        let far = Array2::from_shape_fn((30, 2), |(i, j)| f32::MAX / 2.0 * (i * j % 3) as f32);
        let map = umap(far.view(), 5, run).unwrap();
        assert!(map.iter().flatten().all(|v| v.is_finite()));
    }
}
