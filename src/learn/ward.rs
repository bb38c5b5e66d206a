//! Ward's hierarchy: groups are joined two at a time, always the two whose joining adds least to the squared distances
//! within groups.
//!
//! Two groups of `a` and `b` rows with means `A` and `B` lie `√(2ab / (a + b)) · ‖A − B‖` apart, the height of their joining, as
//! scipy and scikit-learn have it. Chains of nearest neighbours find the same hierarchy as looking for the nearest pair at
//! every step would; distances are computed when they are needed, so that memory is that of the means alone.
//!
//! Time grows with the square of the rows: beyond [`MOST_ROWS`] a sample is the thing to fit, and the other rows go to
//! the group whose mean is nearest ([`FittedKMeans::of_groups`](super::k_means::FittedKMeans::of_groups)).
//!
//! Source: Ward (1963), doi:10.1080/01621459.1963.10500845; Murtagh (1983), doi:10.1093/comjnl/26.4.354; Müllner (2011),
//! arXiv:1109.2378.
use super::kernels::space::{BLOCK, Rows, Space, least};
use crate::base::{Error, Result, Run, Stage, order::Ordered};
use ndarray::ArrayView2;

/// Rows from which on a sample should be fitted.
pub const MOST_ROWS: usize = 20_000;

/// Two groups that were joined. Groups below the number of rows are single rows; joining `i`, from 0, makes the group
/// `n_rows + i`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Merge {
    /// The groups; of Ward's hierarchy the lower number first.
    pub groups: [u32; 2],
    /// How far apart they were.
    pub height: f64,
    /// Rows of both.
    pub size: u32,
}

/// A hierarchy over rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Hierarchy {
    /// Joinings by rising height, one less than rows.
    pub merges: Vec<Merge>,
}

impl Hierarchy {
    /// Rows.
    pub fn n_rows(&self) -> usize {
        self.merges.len() + 1
    }

    /// The group of each row when `k` are left, numbered by their first rows from 0.
    ///
    /// # Errors
    /// [`Error::Param`] unless `k` lies between 1 and the number of rows.
    pub fn labels(&self, k: usize) -> Result<Vec<u32>> {
        let n = self.n_rows();
        if k == 0 || k > n {
            return Err(Error::out_of_range("k", 1.0, n as f64));
        }
        // Groups are named by the last one they became part of: parents have higher numbers.
        let mut top: Vec<u32> = (0..(2 * n - 1) as u32).collect();
        for (i, merge) in self.merges[..n - k].iter().enumerate() {
            for g in merge.groups {
                top[g as usize] = (n + i) as u32;
            }
        }
        for g in (0..2 * n - 1).rev() {
            top[g] = top[top[g] as usize];
        }
        Ok(by_first(&top[..n]))
    }

    /// The number of groups with the longest stretch of heights without a joining, from 2 to `most`; 1 where nothing was
    /// joined at any height above 0.
    pub fn longest_stretch(&self, most: usize) -> usize {
        let n = self.n_rows();
        let mut best = (0.0, 1);
        for k in 2..=most.min(n.saturating_sub(1)) {
            // Between the joining that leaves k and the one that leaves k − 1.
            let stretch = self.merges[n - k].height - self.merges[n - k - 1].height;
            if stretch > best.0 {
                best = (stretch, k);
            }
        }
        best.1
    }
}

/// Names changed into numbers from 0 by their first place.
pub(super) fn by_first(names: &[u32]) -> Vec<u32> {
    let size = names.iter().max().map_or(0, |m| *m as usize + 1);
    let mut number = vec![u32::MAX; size];
    let mut n = 0;
    let mut numbered = |name: &u32| {
        let to = &mut number[*name as usize];
        if *to == u32::MAX {
            *to = n;
            n += 1;
        }
        *to
    };
    names.iter().map(&mut numbered).collect()
}

struct Means {
    space: Space,
    /// Rows of the group at each place; 0 where there is none.
    sizes: Vec<f64>,
    /// The slot, a number below that of rows, of the group at each place.
    slots: Vec<u32>,
    /// Place of each slot.
    places: Vec<u32>,
    alive: usize,
}

impl Means {
    fn new(rows: &Rows<'_>) -> Self {
        let room = rows.n.next_multiple_of(BLOCK);
        let mut sizes = vec![1.0; rows.n];
        sizes.resize(room, 0.0);
        let slots: Vec<u32> = (0..room as u32).collect();
        Self {
            space: Space::new(&rows.x, rows.d),
            sizes,
            places: slots.clone(),
            slots,
            alive: rows.n,
        }
    }

    /// The squared height at which the groups at two places would be joined.
    fn between(&self, a: usize, b: usize, point: &[f64]) -> f64 {
        let squared = self.space.squared(b / BLOCK, point)[b % BLOCK];
        let (m, n) = (self.sizes[a], self.sizes[b]);
        squared * (2.0 * m * n / (m + n))
    }

    /// The place nearest to that at `at`, of equal ones `before`, else the first.
    #[inline(never)]
    fn nearest(&self, at: usize, before: Option<usize>, point: &[f64]) -> (usize, f64) {
        let own = self.sizes[at];
        let mut best = match before {
            Some(b) => (b, self.between(at, b, point)),
            None => (usize::MAX, f64::INFINITY),
        };
        let sizes = self.sizes.as_chunks::<BLOCK>().0;
        for (b, sizes) in sizes.iter().enumerate() {
            let mut heights = self.space.squared(b, point);
            for (h, n) in heights.iter_mut().zip(sizes) {
                // A place without a group keeps its infinity: its factor is set to that of one row.
                let n = if *n > 0.0 { *n } else { 1.0 };
                *h *= 2.0 * own * n / (own + n);
            }
            if at / BLOCK == b {
                heights[at % BLOCK] = f64::INFINITY;
            }
            let (l, low) = least(&heights);
            if low < best.1 {
                best = (b * BLOCK + l, low);
            }
        }
        best
    }

    /// Joins two groups in the slot of the higher number.
    fn join(&mut self, a: usize, b: usize, points: &mut [Vec<f64>; 2]) {
        let (gone, kept) = (a.min(b), a.max(b));
        let [p, q] = points;
        self.space.get(gone, p);
        self.space.get(kept, q);
        let (m, n) = (self.sizes[gone], self.sizes[kept]);
        let mean = p
            .iter()
            .zip(q.iter())
            .map(|(p, q)| (m * p + n * q) / (m + n));
        self.space.set(kept, mean);
        self.sizes[kept] = m + n;
        self.space.clear(gone);
        self.sizes[gone] = 0.0;
        self.alive -= 1;
    }

    /// Moves groups together once half of the places are empty; their order stays.
    fn tidy(&mut self) {
        if self.alive * 2 > self.sizes.len() || self.sizes.len() <= 4 * BLOCK {
            return;
        }
        let kept: Vec<u32> = (0..self.sizes.len() as u32)
            .filter(|i| self.sizes[*i as usize] > 0.0)
            .collect();
        self.space.keep(&kept);
        for (to, from) in kept.iter().enumerate() {
            self.sizes[to] = self.sizes[*from as usize];
            self.slots[to] = self.slots[*from as usize];
            self.places[self.slots[to] as usize] = to as u32;
        }
        let room = kept.len().next_multiple_of(BLOCK);
        self.sizes.truncate(room);
        self.sizes[kept.len()..].fill(0.0);
        self.slots.truncate(room);
    }
}

/// The hierarchy of the rows of `x` (`n_samples × n_features`).
///
/// # Errors
/// [`Error::NoFeatures`], [`Error::TooFewRows`] without rows, [`Error::Cell`] for a value that is not finite;
/// [`Error::Cancelled`].
pub fn ward(x: ArrayView2<'_, f32>, run: &mut Run<'_>) -> Result<Hierarchy> {
    let rows = Rows::check(x, 1)?;
    let n = rows.n;
    let mut means = Means::new(&rows);
    let mut point = vec![0.0; rows.d];
    let mut points = [point.clone(), point.clone()];
    // Joinings in the order they are found, by slots.
    let mut found: Vec<([u32; 2], f64)> = Vec::with_capacity(n.saturating_sub(1));
    let mut chain: Vec<u32> = Vec::new();
    let mut first = 0;
    while found.len() + 1 < n {
        if found.len().is_multiple_of(64) {
            run.step(Stage::Fitting, found.len() as u64, n as u64)?;
        }
        if chain.is_empty() {
            means.tidy();
            first = if means.sizes.get(first).is_some_and(|s| *s > 0.0) {
                first
            } else {
                means.sizes.iter().position(|s| *s > 0.0).unwrap_or(0)
            };
            chain.push(means.slots[first]);
        }
        loop {
            let place = |c: &u32| means.places[*c as usize] as usize;
            let at = chain.last().map_or(0, place);
            let before = chain.len().checked_sub(2).map(|i| place(&chain[i]));
            means.space.get(at, &mut point);
            let (to, squared) = means.nearest(at, before, &point);
            if to == usize::MAX {
                // Cannot be: there are at least two groups, all at finite distances.
                return Err(Error::NoFeatures);
            }
            if before == Some(to) {
                found.push(([means.slots[at], means.slots[to]], squared.sqrt()));
                means.join(at, to, &mut points);
                chain.truncate(chain.len() - 2);
                break;
            }
            chain.push(means.slots[to]);
        }
        if chain.is_empty() {
            first = 0;
        }
    }
    run.step(Stage::Fitting, n as u64, n as u64)?;
    let mut merges = numbered(n, found);
    merges.iter_mut().for_each(|m| m.groups.sort_unstable());
    Ok(Hierarchy { merges })
}

/// Joinings by rising height, groups numbered, each in the order in which it was found.
pub(super) fn numbered(n: usize, mut found: Vec<([u32; 2], f64)>) -> Vec<Merge> {
    found.order_by(|a, b| a.1.total_cmp(&b.1));
    let mut parent: Vec<u32> = (0..n as u32).collect();
    let mut group: Vec<(u32, u32)> = (0..n as u32).map(|i| (i, 1)).collect();
    let merge = |(i, (slots, height)): (usize, ([u32; 2], f64))| {
        let [a, b] = slots.map(|s| root(&mut parent, s));
        let ((ga, na), (gb, nb)) = (group[a as usize], group[b as usize]);
        parent[a as usize] = b;
        group[b as usize] = ((n + i) as u32, na + nb);
        Merge {
            groups: [ga, gb],
            height,
            size: na + nb,
        }
    };
    found.into_iter().enumerate().map(merge).collect()
}

/// The root of `i`, paths halved on the way.
pub(super) fn root(parent: &mut [u32], mut i: u32) -> u32 {
    while parent[i as usize] != i {
        let up = parent[parent[i as usize] as usize];
        parent[i as usize] = up;
        i = up;
    }
    i
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use ndarray::{Array2, array};

    fn fit(x: &Array2<f32>) -> Hierarchy {
        ward(x.view(), &mut Run::new(&mut Quiet, 1)).unwrap()
    }

    #[test]
    fn heights_are_those_of_looking_for_the_nearest_pair() {
        let mut s = 9u32;
        let x = Array2::from_shape_fn((150, 3), |_| {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (s >> 8) as f32 / (1 << 23) as f32
        });
        let got = fit(&x);
        let mut groups: Vec<(Vec<f64>, f64)> = x
            .rows()
            .into_iter()
            .map(|r| (r.iter().map(|v| f64::from(*v)).collect(), 1.0))
            .collect();
        for merge in &got.merges {
            let mut best = (f64::INFINITY, 0, 0);
            for i in 0..groups.len() {
                for j in 0..i {
                    let ((a, m), (b, n)) = (&groups[i], &groups[j]);
                    let d: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
                    let h = (2.0 * m * n / (m + n) * d).sqrt();
                    if h < best.0 {
                        best = (h, i, j);
                    }
                }
            }
            let (a, m) = groups.swap_remove(best.1);
            let (b, n) = &mut groups[best.2];
            b.iter_mut()
                .zip(&a)
                .for_each(|(b, a)| *b = (*n * *b + m * a) / (m + *n));
            *n += m;
            assert!((merge.height - best.0).abs() < 1e-9);
        }
    }

    #[test]
    fn groups_are_cut_from_the_top() {
        let x = array![[0.0f32], [10.0], [0.5], [10.25], [100.0]];
        let got = fit(&x);
        assert_eq!(got.labels(3).unwrap(), [0, 1, 0, 1, 2]);
        assert_eq!(got.labels(1).unwrap(), [0; 5]);
        assert_eq!(got.labels(5).unwrap(), [0, 1, 2, 3, 4]);
        assert_eq!(got.merges[0].height, 0.25);
        assert_eq!(got.merges[3].size, 5);
        assert_eq!(got.longest_stretch(4), 2);
        assert_eq!(got.labels(0).unwrap_err().code(), "param");
        assert_eq!(got.labels(6).unwrap_err().code(), "param");
    }

    #[test]
    fn one_row_and_equal_rows_do_no_harm() {
        assert_eq!(fit(&array![[1.0f32, 2.0]]).labels(1).unwrap(), [0]);
        let same = fit(&Array2::ones((40, 2)));
        assert!(same.merges.iter().all(|m| m.height == 0.0));
        assert_eq!(same.longest_stretch(5), 1);
        assert_eq!(same.labels(2).unwrap().iter().max(), Some(&1));
        fit(&array![
            [f32::MAX, 0.0],
            [-f32::MAX, 0.0],
            [0.0, f32::MIN_POSITIVE]
        ]);
    }
}
