//! Expectation and maximum in one pass over the rows.
//!
//! Rows are taken in blocks, column by column. Sums for the next parameters are kept around the present means, so that
//! `Σ r (x − μ)(x − μ)ᵀ / n − δ δᵀ`, `δ` being how far a mean moves, loses no digits and no responsibility has to be kept.
use super::{super::kernels::exp::exp_f64, ID, Kind};
use crate::base::{Error, Result};

/// Rows of a block.
const BLOCK: usize = 64;
type Lane = [f64; BLOCK];
/// Bytes of a block for each column and component.
pub const BYTES: u64 = size_of::<Lane>() as u64;

const LN_2_PI: f64 = 1.837_877_066_409_345_5;

/// What is expected of a block of rows.
struct Block<'a> {
    /// Its first row.
    from: usize,
    /// Its rows; places beyond have no responsibilities.
    used: usize,
    /// Responsibilities of each component.
    shares: &'a [Lane],
    /// Differences of the rows from each mean, column by column.
    away: &'a [Vec<Lane>],
    /// Logarithms of the rows' densities.
    density: &'a Lane,
}

/// Where the first parameters come from.
#[derive(Debug)]
pub enum Start<'a> {
    /// Rows go to the nearest of these (`k × d`).
    Centers(&'a [f64]),
    /// Rows have these groups.
    Labels(&'a [u32]),
}

/// The parameters.
#[derive(Debug, Clone)]
pub struct Mixture {
    pub k: usize,
    pub d: usize,
    pub kind: Kind,
    /// `k`, sum 1.
    pub weights: Vec<f64>,
    /// `k × d`.
    pub means: Vec<f64>,
    /// `k × d × d`, `d × d`, `k × d` or `k`.
    pub covariances: Vec<f64>,
    /// Inverse Cholesky factors, lower, or inverse standard deviations; the shape of `covariances`.
    factors: Vec<f64>,
    /// `ln √det` of each component's inverse covariance.
    log_det: Vec<f64>,
}

/// Sums around means, per component.
struct Sums {
    /// Responsibilities, `k`.
    n: Vec<f64>,
    /// `k × d`.
    first: Vec<f64>,
    /// `k × d × d`, lower half, or `k × d`.
    second: Vec<f64>,
}

impl Sums {
    fn new(k: usize, d: usize, kind: Kind) -> Self {
        let wide = matches!(kind, Kind::Full | Kind::Tied);
        Self {
            n: vec![0.0; k],
            first: vec![0.0; k * d],
            second: vec![0.0; k * d * if wide { d } else { 1 }],
        }
    }

    /// Adds a block: `away` are its differences from the mean of component `c`, `r` its responsibilities.
    #[inline(never)]
    fn add(&mut self, c: usize, away: &[Lane], r: &Lane) {
        let d = away.len();
        let wide = self.second.len() > self.first.len() || d == 1;
        self.n[c] += r.iter().sum::<f64>();
        let mut part = [0.0; BLOCK];
        for (j, column) in away.iter().enumerate() {
            for ((p, x), r) in part.iter_mut().zip(column).zip(r) {
                *p = x * r;
            }
            self.first[c * d + j] += part.iter().sum::<f64>();
            if wide {
                let to = &mut self.second[(c * d + j) * d..][..=j];
                for (to, other) in to.iter_mut().zip(away) {
                    *to += dot(&part, other);
                }
            } else {
                self.second[c * d + j] += dot(&part, column);
            }
        }
    }
}

#[inline(always)]
fn dot(a: &Lane, b: &Lane) -> f64 {
    let mut sums = [0.0; 8];
    for (a, b) in a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0) {
        for ((s, a), b) in sums.iter_mut().zip(a).zip(b) {
            *s += a * b;
        }
    }
    sums.iter().sum()
}

/// The columns of rows `from..` of `x`, places beyond the last row filled with zeros; returns how many rows there are.
fn turn(x: &[f32], d: usize, from: usize, columns: &mut [Lane]) -> usize {
    let rows = x[from * d..].chunks_exact(d).take(BLOCK);
    let n = rows.len();
    if n < BLOCK {
        columns.iter_mut().for_each(|c| c.fill(0.0));
    }
    for (r, row) in rows.enumerate() {
        for (column, v) in columns.iter_mut().zip(row) {
            column[r] = f64::from(*v);
        }
    }
    n
}

fn subtract(columns: &[Lane], mean: &[f64], away: &mut [Lane]) {
    for ((to, from), m) in away.iter_mut().zip(columns).zip(mean) {
        for (t, f) in to.iter_mut().zip(from) {
            *t = f - m;
        }
    }
}

impl Mixture {
    /// Parameters that were saved.
    ///
    /// # Errors
    /// [`Error::NotConverged`] where a covariance cannot be inverted.
    pub fn new(
        kind: Kind,
        d: usize,
        weights: Vec<f64>,
        means: Vec<f64>,
        covariances: Vec<f64>,
    ) -> Result<Self> {
        let mut mixture = Self {
            k: weights.len(),
            d,
            kind,
            weights,
            means,
            covariances,
            factors: Vec::new(),
            log_det: Vec::new(),
        };
        mixture.invert()?;
        Ok(mixture)
    }

    /// First parameters, from groups.
    pub fn start(
        x: &[f32],
        d: usize,
        k: usize,
        kind: Kind,
        reg: f64,
        start: &Start<'_>,
    ) -> Result<Self> {
        let n = x.len() / d;
        let mut means = match start {
            Start::Centers(c) => c.to_vec(),
            Start::Labels(_) => vec![0.0; k * d],
        };
        if let Start::Labels(labels) = start {
            let mut counts = vec![0.0; k];
            for (row, l) in x.chunks_exact(d).zip(*labels) {
                let c = *l as usize;
                counts[c] += 1.0;
                for (m, v) in means[c * d..(c + 1) * d].iter_mut().zip(row) {
                    *m += f64::from(*v);
                }
            }
            for (mean, n) in means.chunks_exact_mut(d).zip(&counts) {
                mean.iter_mut().for_each(|m| *m /= f64::max(*n, 1.0));
            }
        }
        let mut sums = Sums::new(k, d, kind);
        let mut columns = vec![[0.0; BLOCK]; d];
        let mut away = vec![vec![[0.0; BLOCK]; d]; k];
        for from in (0..n).step_by(BLOCK) {
            let used = turn(x, d, from, &mut columns);
            let mut best = [(f64::INFINITY, 0u32); BLOCK];
            for (c, away) in away.iter_mut().enumerate() {
                subtract(&columns, &means[c * d..(c + 1) * d], away);
                for (r, best) in best.iter_mut().enumerate() {
                    let squared: f64 = away.iter().map(|a| a[r] * a[r]).sum();
                    if squared < best.0 {
                        *best = (squared, c as u32);
                    }
                }
            }
            for (c, away) in away.iter().enumerate() {
                let own = |r: usize| match start {
                    Start::Labels(l) => l[from + r] as usize == c,
                    Start::Centers(_) => best[r].1 as usize == c,
                };
                let share: Lane = std::array::from_fn(|r| f64::from(u8::from(r < used && own(r))));
                sums.add(c, away, &share);
            }
        }
        let mut mixture = Self {
            k,
            d,
            kind,
            weights: vec![0.0; k],
            means,
            covariances: Vec::new(),
            factors: Vec::new(),
            log_det: Vec::new(),
        };
        mixture.settle(&sums, reg)?;
        Ok(mixture)
    }

    /// `ln (weight · density)` of a block's rows under component `c`; `away` and `y` are scratch.
    #[inline(never)]
    fn log_density(&self, c: usize, columns: &[Lane], away: &mut [Lane], y: &mut Lane) -> Lane {
        let d = self.d;
        subtract(columns, &self.means[c * d..(c + 1) * d], away);
        let mut squared = [0.0; BLOCK];
        match self.kind {
            Kind::Full | Kind::Tied => {
                let at = if self.kind == Kind::Full {
                    c * d * d
                } else {
                    0
                };
                for (j, row) in self.factors[at..at + d * d].chunks_exact(d).enumerate() {
                    y.fill(0.0);
                    for (f, column) in row[..=j].iter().zip(away.iter()) {
                        for (y, v) in y.iter_mut().zip(column) {
                            *y += f * v;
                        }
                    }
                    for (s, y) in squared.iter_mut().zip(y.iter()) {
                        *s += y * y;
                    }
                }
            }
            Kind::Diag | Kind::Spherical => {
                for (j, column) in away.iter().enumerate() {
                    let f = match self.kind {
                        Kind::Diag => self.factors[c * d + j],
                        _ => self.factors[c],
                    };
                    for (s, v) in squared.iter_mut().zip(column) {
                        let y = f * v;
                        *s += y * y;
                    }
                }
            }
        }
        let rest = self.log_det[c] - 0.5 * d as f64 * LN_2_PI + self.weights[c].ln();
        squared.map(|s| rest - 0.5 * s)
    }

    /// Hears of all rows, block by block.
    fn expect(&self, x: &[f32], hear: &mut dyn FnMut(&Block<'_>) -> Result<()>) -> Result<()> {
        let (n, d) = (x.len() / self.d, self.d);
        let mut columns = vec![[0.0; BLOCK]; d];
        let mut away = vec![vec![[0.0; BLOCK]; d]; self.k];
        let mut shares = vec![[0.0; BLOCK]; self.k];
        let mut y = [0.0; BLOCK];
        for from in (0..n).step_by(BLOCK) {
            let used = turn(x, d, from, &mut columns);
            let mut top = [f64::NEG_INFINITY; BLOCK];
            for (c, (share, away)) in shares.iter_mut().zip(&mut away).enumerate() {
                *share = self.log_density(c, &columns, away, &mut y);
                for (t, s) in top.iter_mut().zip(share.iter()) {
                    *t = if *s > *t { *s } else { *t };
                }
            }
            let mut sum = [0.0; BLOCK];
            for share in &mut shares {
                for ((s, t), sum) in share.iter_mut().zip(&top).zip(&mut sum) {
                    *s = exp_f64(*s - t);
                    *sum += *s;
                }
            }
            for share in &mut shares {
                for (s, sum) in share.iter_mut().zip(&sum) {
                    *s /= sum;
                }
                share[used..].fill(0.0);
            }
            let density: Lane = std::array::from_fn(|r| top[r] + sum[r].ln());
            hear(&Block {
                from,
                used,
                shares: &shares,
                away: &away,
                density: &density,
            })?;
        }
        Ok(())
    }

    /// One expectation and one maximum; returns the mean log-likelihood of a row before it.
    pub fn step(
        &mut self,
        x: &[f32],
        reg: f64,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<f64> {
        let mut sums = Sums::new(self.k, self.d, self.kind);
        let mut total = 0.0;
        self.expect(x, &mut |block| {
            for (c, (share, away)) in block.shares.iter().zip(block.away).enumerate() {
                sums.add(c, away, share);
            }
            total += block.density[..block.used].iter().sum::<f64>();
            if block.from % (256 * BLOCK) == 0 {
                check()
            } else {
                Ok(())
            }
        })?;
        self.settle(&sums, reg)?;
        Ok(total / (x.len() / self.d) as f64)
    }

    /// Per row its responsibilities (`n × k`) and the logarithm of its density.
    pub fn rows(&self, x: &[f32]) -> Result<(Vec<f64>, Vec<f64>)> {
        let n = x.len() / self.d;
        let mut shares = vec![0.0; n * self.k];
        let mut densities = Vec::with_capacity(n);
        self.expect(x, &mut |block| {
            let (from, used) = (block.from, block.used);
            for (c, of) in block.shares.iter().enumerate() {
                for (r, share) in of[..used].iter().enumerate() {
                    shares[(from + r) * self.k + c] = *share;
                }
            }
            densities.extend_from_slice(&block.density[..used]);
            Ok(())
        })?;
        Ok((shares, densities))
    }

    /// The likeliest component of each row, the first of equal ones.
    pub fn likeliest(&self, x: &[f32]) -> Result<Vec<u32>> {
        let mut out = Vec::with_capacity(x.len() / self.d);
        self.expect(x, &mut |block| {
            let of = block.shares;
            out.extend((0..block.used).map(|r| {
                let best = (1..of.len()).fold(0, |b, c| if of[c][r] > of[b][r] { c } else { b });
                best as u32
            }));
            Ok(())
        })?;
        Ok(out)
    }

    /// Mean log-likelihood of a row.
    pub fn score(&self, x: &[f32]) -> Result<f64> {
        let mut total = 0.0;
        self.expect(x, &mut |block| {
            total += block.density[..block.used].iter().sum::<f64>();
            Ok(())
        })?;
        Ok(total / (x.len() / self.d) as f64)
    }

    /// The parameters that `sums` around the present means make likeliest.
    fn settle(&mut self, sums: &Sums, reg: f64) -> Result<()> {
        let (k, d) = (self.k, self.d);
        let n: Vec<f64> = sums.n.iter().map(|n| n + 10.0 * f64::EPSILON).collect();
        let all: f64 = n.iter().sum();
        self.weights = n.iter().map(|n| n / all).collect();
        let shift: Vec<f64> = (0..k * d).map(|i| sums.first[i] / n[i / d]).collect();
        let spread = |c: usize, i: usize, j: usize| {
            sums.second[(c * d + i) * d + j] / n[c] - shift[c * d + i] * shift[c * d + j]
        };
        let extra = |i: usize, j: usize| if i == j { reg } else { 0.0 };
        let single = |c: usize, j: usize| {
            let mean = sums.second[c * d + j] / n[c];
            (mean - shift[c * d + j] * shift[c * d + j]).max(0.0) + reg
        };
        self.covariances = match self.kind {
            Kind::Full => {
                let mut out = vec![0.0; k * d * d];
                for (c, out) in out.chunks_exact_mut(d * d).enumerate() {
                    fill(out, d, |i, j| spread(c, i, j) + extra(i, j));
                }
                out
            }
            Kind::Tied => {
                let mut out = vec![0.0; d * d];
                let mean = |i, j| (0..k).map(|c| n[c] * spread(c, i, j)).sum::<f64>() / all;
                fill(&mut out, d, |i, j| mean(i, j) + extra(i, j));
                out
            }
            Kind::Diag => (0..k * d).map(|i| single(i / d, i % d)).collect(),
            Kind::Spherical => {
                let mean = |c| (0..d).map(|j| single(c, j)).sum::<f64>() / d as f64;
                (0..k).map(mean).collect()
            }
        };
        for (m, s) in self.means.iter_mut().zip(&shift) {
            *m += s;
        }
        self.invert()
    }

    fn invert(&mut self) -> Result<()> {
        let (k, d) = (self.k, self.d);
        let bad = || Error::NotConverged {
            algorithm: ID.into(),
            iterations: 0,
        };
        self.factors = self.covariances.clone();
        match self.kind {
            Kind::Full | Kind::Tied => {
                for c in self.factors.chunks_exact_mut(d * d) {
                    inverse_factor(c, d).ok_or_else(bad)?;
                }
                let of = |c: &[f64]| (0..d).map(|j| c[j * d + j].ln()).sum::<f64>();
                let each: Vec<f64> = self.factors.chunks_exact(d * d).map(of).collect();
                self.log_det = (0..k).map(|c| each[c.min(each.len() - 1)]).collect();
            }
            Kind::Diag | Kind::Spherical => {
                if !self.factors.iter().all(|v| *v > 0.0 && v.is_finite()) {
                    return Err(bad());
                }
                self.factors.iter_mut().for_each(|v| *v = 1.0 / v.sqrt());
                let per = self.factors.len() / k;
                let of = |c: &[f64]| c.iter().map(|v| v.ln()).sum::<f64>() * (d / per) as f64;
                self.log_det = self.factors.chunks_exact(per).map(of).collect();
            }
        }
        Ok(())
    }
}

/// Both halves of a symmetric matrix from its lower one.
fn fill(out: &mut [f64], d: usize, of: impl Fn(usize, usize) -> f64) {
    for i in 0..d {
        for j in 0..=i {
            let v = of(i, j);
            (out[i * d + j], out[j * d + i]) = (v, v);
        }
    }
}

/// The inverse of the lower Cholesky factor of `a`, in its place; nothing where `a` is not positive definite.
fn inverse_factor(a: &mut [f64], d: usize) -> Option<()> {
    for i in 0..d {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|l| a[i * d + l] * a[j * d + l]).sum();
            let rest = a[i * d + j] - dot;
            a[i * d + j] = if i == j {
                if !(rest > 0.0 && rest.is_finite()) {
                    return None;
                }
                rest.sqrt()
            } else {
                rest / a[j * d + j]
            };
        }
        a[i * d + i + 1..(i + 1) * d].fill(0.0);
    }
    // L⁻¹ row by row: the rows above are inverted already.
    for i in 0..d {
        let own = 1.0 / a[i * d + i];
        for j in 0..i {
            let sum: f64 = (j..i).map(|l| a[i * d + l] * a[l * d + j]).sum();
            // a[i][j] is read by no later column of this row: columns rise and l starts at j.
            a[i * d + j] = -own * sum;
        }
        a[i * d + i] = own;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_of_the_factor_is_one() {
        let a = [4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let mut f = a;
        inverse_factor(&mut f, 3).unwrap();
        for i in 0..3 {
            for j in 0..3 {
                let of = |p: usize, q: usize| f[i * 3 + p] * a[p * 3 + q] * f[j * 3 + q];
                let got: f64 = (0..9).map(|pq| of(pq / 3, pq % 3)).sum();
                assert!((got - f64::from(u8::from(i == j))).abs() < 1e-14);
            }
        }
        assert!(inverse_factor(&mut [1.0, 2.0, 2.0, 1.0], 2).is_none());
    }
}
