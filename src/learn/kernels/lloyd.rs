//! One run of k-means: start, settle, measure.
//!
//! Every row keeps an upper bound of the distance to its centre and a lower bound of that to the second nearest; as long as
//! the former is below the latter, or below half the way to the next centre, nothing has to be computed.
use super::{
    distance::{LANES, Points, SIDE, distance2, turn},
    lanes::F32x4,
};
use crate::base::order::Ordered;
use crate::base::{Result, random};
use rand_chacha::{ChaCha8Rng, rand_core::Rng};

/// Relative slack of bounds kept in single precision.
const SLACK: f32 = 1e-5;

/// Where a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// `n_clusters × n_columns`, row-major.
    pub centers: Vec<f32>,
    /// Sum of weighted squared distances.
    pub inertia: f64,
    /// Iterations spent.
    pub n_iter: usize,
    /// Whether it came to rest.
    pub converged: bool,
}

type Row = [[f32; LANES]];

/// Rows whose bounds are looked at together, and whose distances share a sum.
const CHUNK: usize = 1024;

/// Squared distances of rows to the nearest of some centres.
#[derive(Debug, Clone)]
struct Potential {
    /// Per row, padded to whole blocks.
    near: Vec<f32>,
    /// Weighted sums per [`CHUNK`] rows.
    sums: Vec<f64>,
}

impl Potential {
    fn sum(&self) -> f64 {
        self.sums.iter().sum()
    }
}

/// A training set around its column means, and room to work in.
#[derive(Debug)]
pub struct Lloyd {
    rows: Vec<[f32; LANES]>,
    width: usize,
    n_rows: usize,
    n_columns: usize,
    weight: Option<Vec<f64>>,
    mean: Vec<f64>,
    variance: f64,
    label: Vec<u32>,
    upper: Vec<f32>,
    lower: Vec<f32>,
}

/// Per row of a block its nearest centre, that one's squared distance and the second nearest one's.
struct Nearest {
    at: [u32; SIDE],
    first: [f32; SIDE],
    second: [f32; SIDE],
}

/// Looks for the nearest of some points, block by block.
struct Search {
    points: Points,
    block: Vec<[[f32; LANES]; 2]>,
}

impl Search {
    fn new(points: &Row, width: usize) -> Self {
        Self {
            points: Points::new(points, width),
            block: vec![[[0.0; LANES]; 2]; width * LANES],
        }
    }

    #[inline(always)]
    fn nearest(&mut self, rows: &Row, width: usize, ids: &[u32; SIDE]) -> Nearest {
        turn(rows, width, ids, &mut self.block);
        let infinite = [F32x4::splat(f32::INFINITY); 2];
        let (mut at, mut first, mut second) = ([F32x4::splat(0.0); 2], infinite, infinite);
        self.points.distances(&self.block, |p, d| {
            // Numbers of centres are small enough for single precision.
            let p = F32x4::splat(p as f32);
            for h in 0..2 {
                at[h] = d[h].if_less(first[h], p, at[h]);
                second[h] = second[h].min(first[h].max(d[h]));
                first[h] = first[h].min(d[h]);
            }
        });
        let flat = |v: [F32x4; 2]| {
            let mut out = [0.0; SIDE];
            for (v, to) in v.into_iter().zip(out.as_chunks_mut().0) {
                v.store(to);
            }
            out
        };
        Nearest {
            at: flat(at).map(|p| p as u32),
            first: flat(first),
            second: flat(second),
        }
    }
}

/// Numbers of up to [`SIDE`] rows, the first one repeated where there are fewer.
#[inline(always)]
fn side(ids: &[u32]) -> [u32; SIDE] {
    let mut out = [ids.first().copied().unwrap_or(0); SIDE];
    out[..ids.len()].copy_from_slice(ids);
    out
}

struct Centers {
    padded: Vec<[f32; LANES]>,
    /// Weighted sums of the rows of each, `k × width × 4`.
    sums: Vec<f64>,
    weights: Vec<f64>,
}

impl Lloyd {
    /// Lays out `x` (`n × n_columns`, finite).
    pub fn new(x: &[f32], n_columns: usize, weight: Option<&[f64]>) -> Self {
        let n_rows = x.len() / n_columns.max(1);
        let width = n_columns.div_ceil(LANES);
        let mut mean = vec![0.0; n_columns];
        for row in x.chunks_exact(n_columns.max(1)) {
            for (m, v) in mean.iter_mut().zip(row) {
                *m += f64::from(*v);
            }
        }
        for m in &mut mean {
            *m /= n_rows.max(1) as f64;
        }
        let mut rows = vec![[0.0; LANES]; n_rows * width];
        // Sums per column, so that one does not wait for the other.
        let mut squares = vec![0.0; n_columns];
        let pairs = x.chunks_exact(n_columns.max(1));
        for (row, to) in pairs.zip(rows.chunks_exact_mut(width.max(1))) {
            let to = &mut to.as_flattened_mut()[..n_columns];
            for (((v, to), m), s) in row.iter().zip(to).zip(&mean).zip(&mut squares) {
                let centred = f64::from(*v) - m;
                *s += centred * centred;
                // Squares of distances must stay finite.
                *to = (centred as f32).clamp(-1e18, 1e18);
            }
        }
        Self {
            rows,
            width,
            n_rows,
            n_columns,
            weight: weight.map(<[f64]>::to_vec),
            mean,
            variance: squares.iter().sum::<f64>() / (n_rows * n_columns).max(1) as f64,
            label: vec![0; n_rows],
            upper: vec![0.0; n_rows],
            lower: vec![0.0; n_rows],
        }
    }

    fn row(&self, i: usize) -> &Row {
        &self.rows[i * self.width..(i + 1) * self.width]
    }

    fn weight_of(&self, i: usize) -> f64 {
        self.weight.as_ref().map_or(1.0, |w| w[i])
    }

    /// Per row of `at`, the distances `near` lowered to those to that row, and their weighted sums a chunk.
    #[inline(never)]
    fn potentials(&self, at: &[usize], near: &[f32], out: &mut [Potential]) {
        let points: Vec<[f32; LANES]> = at.iter().flat_map(|&i| self.row(i)).copied().collect();
        let points = Points::new(&points, self.width);
        let mut block = vec![[[0.0; LANES]; 2]; self.width * LANES];
        for p in out.iter_mut() {
            p.sums.fill(0.0);
        }
        for from in (0..self.n_rows).step_by(SIDE) {
            let last = self.n_rows - 1;
            let ids = std::array::from_fn(|l| (from + l).min(last) as u32);
            turn(&self.rows, self.width, &ids, &mut block);
            points.distances(&block, |p, d| {
                let Some(p) = out.get_mut(p) else { return };
                let near = near[from..from + SIDE].as_chunks().0;
                let to = &mut p.near[from..from + SIDE];
                for ((d, near), to) in d.into_iter().zip(near).zip(to.as_chunks_mut().0) {
                    d.min(F32x4::load(near)).store(to);
                }
                let end = self.n_rows.min(from + SIDE);
                let weighted = |i: usize| f64::from(p.near[i]) * self.weight_of(i);
                p.sums[from / CHUNK] += (from..end).map(weighted).sum::<f64>();
            });
        }
    }

    /// A row drawn with chances proportional to weight × distance.
    fn draw(&self, from: &Potential, rng: &mut ChaCha8Rng) -> usize {
        let unit = (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        let mut left = unit * from.sum();
        for (c, sum) in from.sums.iter().enumerate() {
            if left >= *sum {
                left -= sum;
                continue;
            }
            for i in c * CHUNK..self.n_rows.min((c + 1) * CHUNK) {
                left -= f64::from(from.near[i]) * self.weight_of(i);
                if left < 0.0 {
                    return i;
                }
            }
        }
        // All rows equal, or rounding at the very end.
        random::below(rng, self.n_rows as u32) as usize
    }

    fn start(&self, k: usize, rng: &mut ChaCha8Rng) -> Vec<[f32; LANES]> {
        let tries = 2 + (k as f64).ln() as usize;
        let blank = || Potential {
            near: vec![f32::INFINITY; self.n_rows.next_multiple_of(SIDE)],
            sums: vec![0.0; self.n_rows.div_ceil(CHUNK)],
        };
        let mut all = Potential {
            near: vec![1.0; self.n_rows],
            ..blank()
        };
        for (c, sum) in all.sums.iter_mut().enumerate() {
            let rows = c * CHUNK..self.n_rows.min((c + 1) * CHUNK);
            *sum = rows.map(|i| self.weight_of(i)).sum();
        }
        let first = self.draw(&all, rng);
        let mut centers = self.row(first).to_vec();
        let mut best = blank();
        let mut trials = vec![blank(); if k > 1 { tries } else { 1 }];
        self.potentials(&[first], &best.near, &mut trials);
        std::mem::swap(&mut best, &mut trials[0]);
        for _ in 1..k {
            let at: Vec<usize> = (0..tries).map(|_| self.draw(&best, rng)).collect();
            self.potentials(&at, &best.near, &mut trials);
            let sums: Vec<f64> = trials.iter().map(Potential::sum).collect();
            let least = (1..tries).fold(0, |b, t| if sums[t] < sums[b] { t } else { b });
            std::mem::swap(&mut best, &mut trials[least]);
            centers.extend_from_slice(self.row(at[least]));
        }
        centers
    }

    /// Every row to its nearest centre, all distances computed.
    #[inline(never)]
    fn assign_all(&mut self, search: &mut Search, from: usize, to: usize) {
        for from in (from..to).step_by(SIDE) {
            let ids = std::array::from_fn(|l| (from + l).min(to - 1) as u32);
            let found = search.nearest(&self.rows, self.width, &ids);
            for (l, i) in (from..to.min(from + SIDE)).enumerate() {
                self.label[i] = found.at[l];
                self.upper[i] = found.first[l].sqrt() * (1.0 + SLACK);
                self.lower[i] = found.second[l].sqrt() * (1.0 - SLACK);
            }
        }
    }

    /// The same, leaving out rows whose bounds say that they stay. `half` is half the distance from each centre to the
    /// next. Returns whether any row has moved.
    #[inline(never)]
    fn assign(
        &mut self,
        centers: &mut Centers,
        search: &mut Search,
        half: &[f32],
        from: usize,
        to: usize,
    ) -> bool {
        let mut open = [0u32; CHUNK];
        let mut n_open = 0;
        for i in from..to {
            open[n_open] = i as u32;
            let bound = half[self.label[i] as usize].max(self.lower[i]);
            n_open += usize::from(self.upper[i] > bound);
        }
        let mut moved = false;
        for ids in open[..n_open].chunks(SIDE) {
            let found = search.nearest(&self.rows, self.width, &side(ids));
            for (l, &i) in ids.iter().enumerate() {
                let i = i as usize;
                self.upper[i] = found.first[l].sqrt() * (1.0 + SLACK);
                self.lower[i] = found.second[l].sqrt() * (1.0 - SLACK);
                let own = std::mem::replace(&mut self.label[i], found.at[l]);
                if found.at[l] != own {
                    moved = true;
                    let row = &self.rows[i * self.width..(i + 1) * self.width];
                    let w = self.weight.as_ref().map_or(1.0, |w| w[i]);
                    centers.take(row, own as usize, -w);
                    centers.take(row, found.at[l] as usize, w);
                }
            }
        }
        moved
    }

    /// Centres without rows are set on the rows farthest from their own.
    fn fill_empty(&mut self, centers: &mut Centers) {
        let width = self.width;
        let empty: Vec<usize> = (0..centers.weights.len())
            .filter(|&c| centers.weights[c] <= 1e-9)
            .collect();
        if empty.is_empty() {
            return;
        }
        let distance = |i: usize| {
            let own = self.label[i] as usize;
            distance2(self.row(i), &centers.padded[own * width..(own + 1) * width])
        };
        let mut order: Vec<(f32, usize)> = (0..self.n_rows).map(|i| (distance(i), i)).collect();
        order.order_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (&c, &(_, i)) in empty.iter().zip(&order) {
            let row = self.rows[i * width..(i + 1) * width].to_vec();
            let w = self.weight_of(i);
            centers.take(&row, self.label[i] as usize, -w);
            centers.take(&row, c, w);
            self.label[i] = c as u32;
            self.upper[i] = f32::INFINITY;
            self.lower[i] = 0.0;
        }
    }

    /// Starts anew and settles. `step` hears of each iteration and may end it.
    ///
    /// # Errors
    /// Those of `step`.
    pub fn run(
        &mut self,
        k: usize,
        max_iter: usize,
        tol: f64,
        rng: &mut ChaCha8Rng,
        step: &mut dyn FnMut(usize) -> Result<()>,
    ) -> Result<Found> {
        let n = self.n_rows;
        step(0)?;
        let mut centers = Centers {
            padded: self.start(k, rng),
            sums: vec![0.0; k * self.width * LANES],
            weights: vec![0.0; k],
        };
        let mut search = Search::new(&centers.padded, self.width);
        self.assign_all(&mut search, 0, n);
        for i in 0..n {
            let w = self.weight_of(i);
            let row = &self.rows[i * self.width..(i + 1) * self.width];
            centers.take(row, self.label[i] as usize, w);
        }
        let (mut n_iter, mut converged) = (0, false);
        while n_iter < max_iter {
            n_iter += 1;
            self.fill_empty(&mut centers);
            let shifts = centers.settle(self.width);
            self.loosen(&shifts);
            let total: f64 = shifts.iter().map(|s| f64::from(*s).powi(2)).sum();
            let half = centers.half_gaps(self.width);
            let mut search = Search::new(&centers.padded, self.width);
            let mut moved = false;
            for from in (0..n).step_by(CHUNK) {
                let to = (from + CHUNK).min(n);
                moved |= self.assign(&mut centers, &mut search, &half, from, to);
            }
            step(n_iter.min(max_iter))?;
            if !moved || total <= tol * self.variance {
                converged = true;
                break;
            }
        }
        Ok(self.close(&centers, n_iter, converged))
    }

    /// Bounds after the centres have moved by `shifts`.
    #[inline(never)]
    fn loosen(&mut self, shifts: &[f32]) {
        let (mut far, mut at, mut next) = (0f32, 0, 0f32);
        for (c, s) in shifts.iter().enumerate() {
            if *s > far {
                (next, far, at) = (far, *s, c);
            } else if *s > next {
                next = *s;
            }
        }
        for ((u, l), own) in self.upper.iter_mut().zip(&mut self.lower).zip(&self.label) {
            *u = (*u + shifts[*own as usize]) * (1.0 + SLACK);
            let fall = if *own as usize == at { next } else { far };
            *l = (*l - fall) * (1.0 - SLACK);
        }
    }

    /// Inertia over all rows, all distances computed, in double precision.
    fn close(&self, centers: &Centers, n_iter: usize, converged: bool) -> Found {
        let mut inertia = 0.0;
        let mut search = Search::new(&centers.padded, self.width);
        for from in (0..self.n_rows).step_by(SIDE) {
            let ids = std::array::from_fn(|l| (from + l).min(self.n_rows - 1) as u32);
            let found = search.nearest(&self.rows, self.width, &ids);
            let rows = from..self.n_rows.min(from + SIDE);
            let weighted = rows
                .zip(found.first)
                .map(|(i, d)| f64::from(d) * self.weight_of(i));
            inertia += weighted.sum::<f64>();
        }
        let shift = |row: &Row| -> Vec<f32> {
            let values = row.as_flattened()[..self.n_columns].iter().zip(&self.mean);
            values.map(|(v, m)| (f64::from(*v) + m) as f32).collect()
        };
        Found {
            centers: centers
                .padded
                .chunks_exact(self.width)
                .flat_map(shift)
                .collect(),
            inertia,
            n_iter,
            converged,
        }
    }
}

impl Centers {
    #[inline(always)]
    fn take(&mut self, row: &Row, center: usize, weight: f64) {
        let len = row.len() * LANES;
        let sums = &mut self.sums[center * len..(center + 1) * len];
        for (s, v) in sums.iter_mut().zip(row.as_flattened()) {
            *s += weight * f64::from(*v);
        }
        self.weights[center] += weight;
    }

    /// Moves every centre to the mean of its rows; returns how far each has moved.
    fn settle(&mut self, width: usize) -> Vec<f32> {
        let len = width * LANES;
        let mut shifts = Vec::with_capacity(self.weights.len());
        for (c, weight) in self.weights.iter().enumerate() {
            let before = self.padded[c * width..(c + 1) * width].to_vec();
            if *weight > 0.0 {
                let now = self.padded[c * width..(c + 1) * width].as_flattened_mut();
                for (v, s) in now.iter_mut().zip(&self.sums[c * len..(c + 1) * len]) {
                    *v = (s / weight) as f32;
                }
            }
            let now = &self.padded[c * width..(c + 1) * width];
            shifts.push(distance2(&before, now).sqrt());
        }
        shifts
    }

    fn half_gaps(&self, width: usize) -> Vec<f32> {
        let rows: Vec<&Row> = self.padded.chunks_exact(width).collect();
        let nearest = |c: usize| {
            let others = rows.iter().enumerate().filter(|(o, _)| *o != c);
            let least = others.map(|(_, o)| distance2(rows[c], o));
            0.5 * least.fold(f32::INFINITY, f32::min).sqrt() * (1.0 - SLACK)
        };
        (0..rows.len()).map(nearest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    /// Plain k-means without bounds, from the same start.
    fn plain(lloyd: &Lloyd, k: usize, rng: &mut ChaCha8Rng) -> f64 {
        let mut centers = lloyd.start(k, rng);
        let w = lloyd.width;
        let mut last = f64::INFINITY;
        for _ in 0..300 {
            let mut c = Centers {
                padded: centers.clone(),
                sums: vec![0.0; k * w * LANES],
                weights: vec![0.0; k],
            };
            let mut inertia = 0.0;
            for (i, row) in lloyd.rows.chunks_exact(w).enumerate() {
                let d = centers.chunks_exact(w).map(|c| distance2(row, c));
                let d = d.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
                let (at, d) = d.unwrap();
                inertia += f64::from(d) * lloyd.weight_of(i);
                c.take(row, at, lloyd.weight_of(i));
            }
            c.settle(w);
            centers = c.padded;
            if inertia >= last {
                break;
            }
            last = inertia;
        }
        last
    }

    #[test]
    fn bounds_spare_work_and_change_nothing() {
        let mut s = 5u32;
        let mut next = || {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (s >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        let x: Vec<f32> = (0..3000 * 5)
            .map(|i| next() + 2.0 * ((i / 5) % 7) as f32 * f32::from(u8::from(i % 2 == 0)))
            .collect();
        let weight: Vec<f64> = (0..3000).map(|i| f64::from(i % 4)).collect();
        for (k, weight) in [
            (1, None),
            (2, None),
            (7, None),
            (7, Some(weight.as_slice())),
            (30, None),
        ] {
            let mut lloyd = Lloyd::new(&x, 5, weight);
            let mut rng = ChaCha8Rng::seed_from_u64(3);
            let found = lloyd.run(k, 300, 0.0, &mut rng, &mut |_| Ok(())).unwrap();
            let mut rng = ChaCha8Rng::seed_from_u64(3);
            let want = plain(&lloyd, k, &mut rng);
            assert!(found.converged);
            assert!(
                (found.inertia / want - 1.0).abs() < 1e-4,
                "{k}: {} {want}",
                found.inertia
            );
        }
    }

    #[test]
    fn equal_rows_and_far_values_do_no_harm() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut lloyd = Lloyd::new(&[7.0; 40], 2, None);
        let found = lloyd.run(4, 50, 1e-4, &mut rng, &mut |_| Ok(())).unwrap();
        assert_eq!(found.inertia, 0.0);
        let x: Vec<f32> = (0..60)
            .map(|i| if i % 9 == 0 { f32::MAX } else { i as f32 })
            .collect();
        let mut lloyd = Lloyd::new(&x, 3, None);
        let found = lloyd.run(3, 50, 1e-4, &mut rng, &mut |_| Ok(())).unwrap();
        assert!(found.inertia.is_finite() && found.centers.iter().all(|v| v.is_finite()));
    }
}
