//! One run of k-means: start, settle, measure.
//!
//! Every row keeps an upper bound of the distance to its centre and a lower bound of that to the second nearest; as long as
//! the former is below the latter, or below half the way to the next centre, nothing has to be computed.
use super::distance::{LANES, distance2, padded};
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

/// Nearest centre, its squared distance and the second nearest one's.
#[inline(always)]
fn two_nearest(row: &Row, centers: &Row, width: usize) -> (u32, f32, f32) {
    let (mut at, mut first, mut second) = (0, f32::INFINITY, f32::INFINITY);
    for (c, center) in centers.chunks_exact(width).enumerate() {
        let d = distance2(row, center);
        if d < first {
            (second, first, at) = (first, d, c as u32);
        } else if d < second {
            second = d;
        }
    }
    (at, first, second)
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
        let mut mean = vec![0.0; n_columns];
        for row in x.chunks_exact(n_columns) {
            for (m, v) in mean.iter_mut().zip(row) {
                *m += f64::from(*v);
            }
        }
        for m in &mut mean {
            *m /= n_rows.max(1) as f64;
        }
        let (mut rows, width) = padded(x, n_columns);
        let mut squares = 0.0;
        for row in rows.chunks_exact_mut(width) {
            for (v, m) in row.as_flattened_mut().iter_mut().zip(&mean) {
                let centred = f64::from(*v) - m;
                squares += centred * centred;
                // Squares of distances must stay finite.
                *v = (centred as f32).clamp(-1e18, 1e18);
            }
        }
        Self {
            rows,
            width,
            n_rows,
            n_columns,
            weight: weight.map(<[f64]>::to_vec),
            mean,
            variance: squares / (n_rows * n_columns).max(1) as f64,
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

    /// Lowers `near` to the distance to row `at`; returns the weighted sum.
    #[inline(never)]
    fn potential(&self, at: usize, near: &[f32], out: &mut [f32]) -> f64 {
        let center = self.row(at).to_vec();
        let mut sum = 0.0;
        for (i, row) in self.rows.chunks_exact(self.width).enumerate() {
            out[i] = distance2(row, &center).min(near[i]);
            sum += f64::from(out[i]) * self.weight_of(i);
        }
        sum
    }

    /// A row drawn with chances proportional to weight × distance.
    fn draw(&self, near: &[f32], sum: f64, rng: &mut ChaCha8Rng) -> usize {
        let unit = (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        let mut left = unit * sum;
        for (i, d) in near.iter().enumerate() {
            left -= f64::from(*d) * self.weight_of(i);
            if left < 0.0 {
                return i;
            }
        }
        // All rows equal, or rounding at the very end.
        random::below(rng, self.n_rows as u32) as usize
    }

    fn start(&self, k: usize, rng: &mut ChaCha8Rng) -> Vec<[f32; LANES]> {
        let tries = 2 + (k as f64).ln() as usize;
        let ones = vec![1.0; self.n_rows];
        let all = (0..self.n_rows).map(|i| self.weight_of(i)).sum();
        let first = self.draw(&ones, all, rng);
        let mut centers = self.row(first).to_vec();
        let mut near = vec![0.0; self.n_rows];
        let mut sum = self.potential(first, &vec![f32::INFINITY; self.n_rows], &mut near);
        let (mut trial, mut kept) = (near.clone(), near.clone());
        for _ in 1..k {
            let mut best = (f64::INFINITY, 0);
            for _ in 0..tries {
                let at = self.draw(&near, sum, rng);
                let potential = self.potential(at, &near, &mut trial);
                if potential < best.0 {
                    best = (potential, at);
                    std::mem::swap(&mut trial, &mut kept);
                }
            }
            sum = best.0;
            std::mem::swap(&mut near, &mut kept);
            centers.extend_from_slice(self.row(best.1));
        }
        centers
    }

    /// Every row to its nearest centre, all distances computed.
    #[inline(never)]
    fn assign_all(&mut self, centers: &Row, from: usize, to: usize) {
        let width = self.width;
        for i in from..to {
            let row = &self.rows[i * width..(i + 1) * width];
            let (at, first, second) = two_nearest(row, centers, width);
            self.label[i] = at;
            self.upper[i] = first.sqrt() * (1.0 + SLACK);
            self.lower[i] = second.sqrt() * (1.0 - SLACK);
        }
    }

    /// The same, leaving out rows whose bounds say that they stay. `half` is half the distance from each centre to the
    /// next. Returns whether any row has moved.
    #[inline(never)]
    fn assign(&mut self, centers: &mut Centers, half: &[f32], from: usize, to: usize) -> bool {
        let width = self.width;
        let mut moved = false;
        for i in from..to {
            let own = self.label[i] as usize;
            let bound = half[own].max(self.lower[i]);
            if self.upper[i] <= bound {
                continue;
            }
            let row = &self.rows[i * width..(i + 1) * width];
            let mine = &centers.padded[own * width..(own + 1) * width];
            self.upper[i] = distance2(row, mine).sqrt() * (1.0 + SLACK);
            if self.upper[i] <= bound {
                continue;
            }
            let (at, first, second) = two_nearest(row, &centers.padded, width);
            self.upper[i] = first.sqrt() * (1.0 + SLACK);
            self.lower[i] = second.sqrt() * (1.0 - SLACK);
            if at as usize != own {
                moved = true;
                self.label[i] = at;
                let w = self.weight.as_ref().map_or(1.0, |w| w[i]);
                centers.take(row, own, -w);
                centers.take(row, at as usize, w);
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
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
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
        const CHUNK: usize = 4096;
        let n = self.n_rows;
        step(0)?;
        let mut centers = Centers {
            padded: self.start(k, rng),
            sums: vec![0.0; k * self.width * LANES],
            weights: vec![0.0; k],
        };
        for from in (0..n).step_by(CHUNK) {
            self.assign_all(&centers.padded, from, (from + CHUNK).min(n));
        }
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
            let mut moved = false;
            for from in (0..n).step_by(CHUNK) {
                moved |= self.assign(&mut centers, &half, from, (from + CHUNK).min(n));
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
        for (i, row) in self.rows.chunks_exact(self.width).enumerate() {
            let (_, d, _) = two_nearest(row, &centers.padded, self.width);
            inertia += f64::from(d) * self.weight_of(i);
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
                let (at, d, _) = two_nearest(row, &centers, w);
                inertia += f64::from(d) * lloyd.weight_of(i);
                c.take(row, at as usize, lloyd.weight_of(i));
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
