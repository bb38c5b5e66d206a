//! Rows of a kernel matrix: `exp(−‖a − b‖²)` or `a · b`, in single precision, and a bounded store of them.
//!
//! Points lie in panels of 16, column by column, so that 16 inner products grow side by side. A point's inner product
//! with itself is summed in the same order as its norm: repeated points have a kernel value of exactly 1.
use super::exp::exp_f32;
use crate::base::{Error, Result};

/// Points of a panel.
const PANEL: usize = 16;

/// Which kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `exp(−‖a − b‖²)`; the points carry `√gamma` as a factor.
    Rbf,
    /// `a · b`.
    Linear,
}

/// Points that kernel values are taken with.
#[derive(Debug, Clone)]
pub struct Points {
    panels: Vec<f32>,
    norms: Vec<f32>,
    n: usize,
    d: usize,
    shape: Shape,
}

impl Points {
    /// Lays out `x`, row-major with `d > 0` columns.
    pub fn new(x: &[f32], d: usize, shape: Shape) -> Self {
        let n = x.len() / d;
        let n_panels = n.div_ceil(PANEL);
        let mut panels = vec![0f32; n_panels * PANEL * d];
        let mut norms = vec![0f32; n_panels * PANEL];
        for (i, row) in x.chunks_exact(d).enumerate() {
            let panel = &mut panels[i / PANEL * PANEL * d..][..PANEL * d];
            for (column, v) in panel.chunks_exact_mut(PANEL).zip(row) {
                column[i % PANEL] = *v;
            }
            norms[i] = norm(row);
        }
        Self {
            panels,
            norms,
            n,
            d,
            shape,
        }
    }

    /// How many points.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Length of a kernel row: [`Points::len`], rounded up to whole panels.
    pub fn row_len(&self) -> usize {
        self.norms.len()
    }

    /// Kernel value of point `i` with itself.
    pub fn diagonal(&self, i: usize) -> f32 {
        match self.shape {
            Shape::Rbf => 1.0,
            Shape::Linear => self.norms[i],
        }
    }

    /// Point `i`.
    pub fn point(&self, i: usize) -> Vec<f32> {
        let panel = &self.panels[i / PANEL * PANEL * self.d..][..PANEL * self.d];
        panel.chunks_exact(PANEL).map(|c| c[i % PANEL]).collect()
    }

    /// Kernel values of `x` with all points; `out` has [`Points::row_len`] places, those beyond the points mean nothing.
    #[inline(never)]
    pub fn row(&self, x: &[f32], out: &mut [f32]) {
        let own = norm(x);
        let panels = self.panels.chunks_exact(PANEL * self.d);
        let (outs, _) = out.as_chunks_mut::<PANEL>();
        let (norms, _) = self.norms.as_chunks::<PANEL>();
        for ((panel, norms), out) in panels.zip(norms).zip(outs) {
            let products = products(panel, x);
            match self.shape {
                Shape::Linear => *out = products,
                Shape::Rbf => {
                    for k in 0..PANEL {
                        let squared = own + norms[k] - 2.0 * products[k];
                        // Not `max`: in WebAssembly that is a call for each value.
                        let squared = if squared > 0.0 { squared } else { 0.0 };
                        out[k] = exp_f32(-squared);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn products(panel: &[f32], x: &[f32]) -> [f32; PANEL] {
    let mut sums = [0f32; PANEL];
    let (columns, _) = panel.as_chunks::<PANEL>();
    for (column, v) in columns.iter().zip(x) {
        for k in 0..PANEL {
            sums[k] += v * column[k];
        }
    }
    sums
}

fn norm(x: &[f32]) -> f32 {
    let mut sum = 0f32;
    for v in x {
        sum += v * v;
    }
    sum
}

/// Kernel rows of points with one another, the least recently used ones forgotten when the store is full.
#[derive(Debug)]
pub struct Rows {
    points: Points,
    /// Room for all slots, reserved once: growing memory little by little is slow in WebAssembly.
    slab: Vec<f32>,
    /// Slot of each point's row, or `NOWHERE`.
    slot_of: Vec<u32>,
    /// Point of each filled slot.
    owner: Vec<u32>,
    used: Vec<u64>,
    max_slots: usize,
    clock: u64,
    /// Rows computed so far.
    pub n_computed: u64,
}

const NOWHERE: u32 = u32::MAX;

impl Rows {
    /// A store of at most about `max_bytes`, at least two rows. `slab` is room to use again, see [`Rows::into_slab`].
    ///
    /// # Errors
    /// [`Error::Memory`] when the room cannot be had.
    pub fn new(points: Points, max_bytes: usize, mut slab: Vec<f32>) -> Result<Self> {
        let len = points.row_len().max(1);
        let max_slots = (max_bytes / 4 / len).clamp(2, points.len().max(2));
        slab.clear();
        let needed = max_slots * len;
        slab.try_reserve_exact(needed)
            .map_err(|_| Error::memory(needed as u64 * 4))?;
        Ok(Self {
            slot_of: vec![NOWHERE; points.len()],
            owner: Vec::with_capacity(max_slots),
            used: Vec::with_capacity(max_slots),
            points,
            slab,
            max_slots,
            clock: 0,
            n_computed: 0,
        })
    }

    /// The points.
    pub fn points(&self) -> &Points {
        &self.points
    }

    /// Multiplications, about, that computing a row takes.
    pub fn row_work(&self) -> u64 {
        (self.points.row_len() * (self.points.d + 16)) as u64
    }

    /// Its room, for the next store.
    pub fn into_slab(self) -> Vec<f32> {
        self.slab
    }

    /// The slot that holds the row of point `i`, computed if need be. The slot used just before stays filled.
    pub fn fetch(&mut self, i: usize) -> usize {
        self.clock += 1;
        let known = self.slot_of[i];
        if known != NOWHERE {
            self.used[known as usize] = self.clock;
            return known as usize;
        }
        let len = self.points.row_len();
        let slot = if self.owner.len() < self.max_slots {
            self.owner.push(i as u32);
            self.used.push(self.clock);
            self.slab.resize(self.owner.len() * len, 0.0);
            self.owner.len() - 1
        } else {
            let oldest = self.used.iter().enumerate().min_by_key(|(_, used)| **used);
            let slot = oldest.map_or(0, |(slot, _)| slot);
            self.slot_of[self.owner[slot] as usize] = NOWHERE;
            self.owner[slot] = i as u32;
            self.used[slot] = self.clock;
            slot
        };
        self.slot_of[i] = slot as u32;
        let x = self.points.point(i);
        self.points
            .row(&x, &mut self.slab[slot * len..(slot + 1) * len]);
        self.n_computed += 1;
        slot
    }

    /// The row in a slot, [`Points::row_len`] values; those beyond the points are finite and mean nothing.
    pub fn get(&self, slot: usize) -> &[f32] {
        let len = self.points.row_len();
        &self.slab[slot * len..(slot + 1) * len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(n: usize, d: usize) -> Vec<f32> {
        (0..n * d)
            .map(|i| ((i * 7919 + 13) % 1009) as f32 / 500.0 - 1.0)
            .collect()
    }

    #[test]
    fn rows_are_the_kernel() {
        for (n, d) in [(1, 1), (16, 3), (37, 5), (50, 20)] {
            let x = sample(n, d);
            let at = |i: usize| &x[i * d..(i + 1) * d];
            for shape in [Shape::Rbf, Shape::Linear] {
                let points = Points::new(&x, d, shape);
                assert_eq!(points.point(n - 1), at(n - 1));
                let mut out = vec![0.0; points.row_len()];
                for i in 0..n {
                    points.row(at(i), &mut out);
                    assert_eq!(out[i], points.diagonal(i), "exactly");
                    for (k, got) in out[..n].iter().enumerate() {
                        let pairs = || at(i).iter().zip(at(k)).map(|(a, b)| (*a as f64, *b as f64));
                        let want = match shape {
                            Shape::Linear => pairs().map(|(a, b)| a * b).sum::<f64>(),
                            Shape::Rbf => {
                                (-pairs().map(|(a, b)| (a - b).powi(2)).sum::<f64>()).exp()
                            }
                        };
                        assert!((f64::from(*got) - want).abs() < 1e-5, "{i} {k}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_full_store_forgets_the_oldest_row_only() {
        let (n, d) = (40, 3);
        let x = sample(n, d);
        let points = Points::new(&x, d, Shape::Rbf);
        let mut want = vec![0.0; points.row_len()];
        let mut rows = Rows::new(points.clone(), 4 * points.row_len() * 5, Vec::new()).unwrap();
        for t in 0..400 {
            let (i, j) = (t * 17 % n, t * 23 % 7);
            let a = rows.fetch(i);
            let b = rows.fetch(j);
            for (point, slot) in [(i, a), (j, b)] {
                points.row(&x[point * d..(point + 1) * d], &mut want);
                assert_eq!(rows.get(slot), want);
            }
        }
        assert_eq!(rows.slab.capacity(), 5 * points.row_len());
        let before = rows.n_computed;
        rows.fetch(3);
        rows.fetch(3);
        assert!(rows.n_computed <= before + 1);
    }
}
