//! Sums over those at risk, which the partial likelihood and all that follows from it are made of.
use super::{Spells, cox::Ties};

/// Rows in the order the sums are made in, columns put to mean 0 and deviation 1.
pub(super) struct Sorted {
    /// `n × d`, by stratum and falling stop.
    pub z: Vec<f64>,
    pub d: usize,
    /// Rows of the caller.
    pub row: Vec<u32>,
    pub stop: Vec<f64>,
    pub event: Vec<bool>,
    /// First row of each stratum, and the end of the last.
    pub strata: Vec<usize>,
    /// Starts of the rows and, per stratum, rows by falling start; empty where all are watched from 0 on.
    start: Vec<f64>,
    leaving: Vec<u32>,
}

impl Sorted {
    pub(super) fn new(z: &[f64], d: usize, spells: &Spells<'_>, strata: Option<&[u32]>) -> Self {
        let n = spells.len();
        let stratum = |i: u32| strata.map_or(0, |s| s[i as usize]);
        let key = |t: f64| !t.abs().to_bits();
        let mut keyed: Vec<(u32, u64, u32)> = (0..n as u32)
            .map(|i| (stratum(i), key(spells.stop[i as usize]), i))
            .collect();
        keyed.sort_unstable();
        let mut out = Self {
            z: Vec::with_capacity(n * d),
            d,
            row: Vec::with_capacity(n),
            stop: Vec::with_capacity(n),
            event: Vec::with_capacity(n),
            strata: vec![0],
            start: Vec::new(),
            leaving: Vec::new(),
        };
        for same in keyed.chunk_by(|a, b| a.0 == b.0) {
            let first = out.row.len();
            for (.., i) in same {
                let i = *i as usize;
                out.z.extend_from_slice(&z[i * d..(i + 1) * d]);
                out.row.push(i as u32);
                out.stop.push(spells.stop[i]);
                out.event.push(spells.event[i]);
            }
            if let Some(start) = spells.start {
                let mut by: Vec<(u64, u32)> = same
                    .iter()
                    .zip(first as u32..)
                    .map(|((.., i), at)| (key(start[*i as usize]), at))
                    .collect();
                by.sort_unstable();
                out.leaving.extend(by.iter().map(|b| b.1));
                out.start
                    .extend(same.iter().map(|(.., i)| start[*i as usize]));
            }
            out.strata.push(out.row.len());
        }
        out
    }

    pub(super) fn n(&self) -> usize {
        self.row.len()
    }

    /// Goes through the times of events, stratum by stratum, time falling, with the sums over those at risk and over
    /// those with the event. `second` asks for the sums of products too.
    pub(super) fn times(&self, beta: &[f64], second: bool, mut each: impl FnMut(&At<'_>)) {
        let (n, d) = (self.n(), self.d);
        let mut eta = vec![0.0; n];
        let mut most = f64::NEG_INFINITY;
        for (e, row) in eta.iter_mut().zip(self.z.chunks_exact(d.max(1))) {
            *e = row.iter().zip(beta).map(|(a, b)| a * b).sum();
            most = most.max(*e);
        }
        let most = if most.is_finite() { most } else { 0.0 };
        let weight: Vec<f64> = eta.iter().map(|e| (e - most).exp()).collect();
        let (mut all, mut tied) = (Sums::new(d, second), Sums::new(d, second));
        for (s, ends) in self.strata.windows(2).enumerate() {
            let &[first, end] = ends else { continue };
            all.clear();
            let (mut i, mut left) = (first, first);
            while i < end {
                let time = self.stop[i];
                tied.clear();
                let mut sum_eta = 0.0;
                let begin = i;
                while i < end && self.stop[i] == time {
                    let row = &self.z[i * d..(i + 1) * d];
                    all.add(row, weight[i], 1.0);
                    if self.event[i] {
                        tied.add(row, weight[i], 1.0);
                        tied.plain(row);
                        sum_eta += eta[i] - most;
                    }
                    i += 1;
                }
                if tied.count == 0.0 {
                    continue;
                }
                if !self.start.is_empty() {
                    while left < end {
                        let out = self.leaving[left] as usize;
                        if self.start[out] < time {
                            break;
                        }
                        all.add(&self.z[out * d..(out + 1) * d], weight[out], -1.0);
                        left += 1;
                    }
                }
                each(&At {
                    stratum: s,
                    time,
                    rows: begin..i,
                    all: &all,
                    tied: &tied,
                    sum_eta,
                    shift: most,
                });
            }
        }
    }
}

/// Sums of weights `e^(βz)`, of weighted columns and of their products (lower half).
pub(super) struct Sums {
    pub count: f64,
    pub w: f64,
    pub wz: Vec<f64>,
    pub wzz: Vec<f64>,
    /// Sum of the columns without weights; of those with the event only.
    pub z: Vec<f64>,
}

impl Sums {
    fn new(d: usize, second: bool) -> Self {
        Self {
            count: 0.0,
            w: 0.0,
            wz: vec![0.0; d],
            wzz: vec![0.0; if second { d * d } else { 0 }],
            z: vec![0.0; d],
        }
    }

    fn clear(&mut self) {
        self.count = 0.0;
        self.w = 0.0;
        self.wz.fill(0.0);
        self.wzz.fill(0.0);
        self.z.fill(0.0);
    }

    /// Adds a row, or takes it away again with the sign −1.
    fn add(&mut self, row: &[f64], weight: f64, sign: f64) {
        self.count += sign;
        let w = sign * weight;
        self.w += w;
        self.wz.iter_mut().zip(row).for_each(|(s, v)| *s += w * v);
        if !self.wzz.is_empty() {
            let d = row.len();
            for (j, (to, v)) in self.wzz.chunks_exact_mut(d).zip(row).enumerate() {
                let wv = w * v;
                to[..=j].iter_mut().zip(row).for_each(|(s, v)| *s += wv * v);
            }
        }
    }

    fn plain(&mut self, row: &[f64]) {
        self.z.iter_mut().zip(row).for_each(|(s, v)| *s += v);
    }
}

/// A time of events in a stratum.
pub(super) struct At<'a> {
    pub stratum: usize,
    pub time: f64,
    /// Rows that end at it, in the sorted order.
    pub rows: std::ops::Range<usize>,
    pub all: &'a Sums,
    pub tied: &'a Sums,
    /// Sum of `βz` of those with the event, less `shift` each.
    pub sum_eta: f64,
    /// What was taken off every `βz` before it became a weight.
    pub shift: f64,
}

/// What a time adds to the likelihood, gathered over the events at it: with `aₗ` the part of those tied that the `l`-th
/// denominator leaves out, sums of `1 / den`, `a / den`, and of `1, a, a²` over `den²`.
pub(super) struct Gathered {
    pub ln: f64,
    pub inverse: f64,
    pub part: f64,
    pub square: [f64; 3],
}

impl At<'_> {
    pub(super) fn gather(&self, ties: Ties) -> Gathered {
        let m = self.tied.count;
        // Rounding of what was taken away again must not make it less than those tied.
        let all = self.all.w.max(self.tied.w);
        let mut out = Gathered {
            ln: 0.0,
            inverse: 0.0,
            part: 0.0,
            square: [0.0; 3],
        };
        if ties == Ties::Breslow {
            let inverse = 1.0 / all;
            out.ln = m * all.ln();
            out.inverse = m * inverse;
            out.square[0] = m * inverse * inverse;
            return out;
        }
        let mut l = 0.0;
        while l < m {
            let a = l / m;
            let den = all - a * self.tied.w;
            let inverse = 1.0 / den;
            out.ln += den.ln();
            out.inverse += inverse;
            out.part += a * inverse;
            let square = inverse * inverse;
            out.square[0] += square;
            out.square[1] += a * square;
            out.square[2] += a * a * square;
            l += 1.0;
        }
        out
    }
}

/// Partial log-likelihood; gradient and information (lower half) where they are asked for.
pub(super) fn likelihood(
    sorted: &Sorted,
    beta: &[f64],
    ties: Ties,
    mut slopes: Option<(&mut [f64], &mut [f64])>,
) -> f64 {
    let d = sorted.d;
    let mut value = 0.0;
    if let Some((g, h)) = &mut slopes {
        g.fill(0.0);
        h.fill(0.0);
    }
    sorted.times(beta, slopes.is_some(), |at| {
        let s = at.gather(ties);
        value += at.sum_eta - s.ln;
        let Some((g, h)) = &mut slopes else { return };
        let (all, tied) = (at.all, at.tied);
        for j in 0..d {
            g[j] += tied.z[j] - all.wz[j] * s.inverse + tied.wz[j] * s.part;
            let (aj, tj) = (all.wz[j], tied.wz[j]);
            let (by_all, by_tied) = (
                s.square[0] * aj - s.square[1] * tj,
                s.square[2] * tj - s.square[1] * aj,
            );
            let to = &mut h[j * d..j * d + j + 1];
            let of = j * d..j * d + j + 1;
            let products = all.wzz[of.clone()].iter().zip(&tied.wzz[of]);
            let sums = all.wz.iter().zip(&tied.wz);
            for ((to, (a, t)), (ak, tk)) in to.iter_mut().zip(products).zip(sums) {
                *to += a * s.inverse - t * s.part - (by_all * ak + by_tied * tk);
            }
        }
    });
    value
}
