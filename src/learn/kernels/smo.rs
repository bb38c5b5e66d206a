//! The dual of a support vector machine by sequential minimal optimisation.
//!
//! Minimises `½ Σ βᵢ βⱼ K(xᵢ, xⱼ) − Σ mₜ αₜ` over `0 ≤ αₜ ≤ Cₜ` with `Σ yₜ αₜ = 0`, where `β` of a point is the sum of
//! `yₜ αₜ` over its variables. A classifier has one variable per point with `m = 1`; a regression has two, one for
//! each side of the tube. The decision is `f(x) = Σ βᵢ K(xᵢ, x) + b`.
//!
//! Each step moves two variables: the one that violates its condition most, and the one with which the objective
//! falls most to second order. `uₜ = yₜ mₜ − f(xₜ)` (without `b`) is kept up to date in double precision; the choice is
//! made in single precision, which only decides the order of the steps.
//!
//! Source: Fan, Chen & Lin (2005), Working set selection using second order information for training support vector
//! machines, *Journal of Machine Learning Research* 6.
use super::kernel_rows::Rows;
use crate::base::Result;

/// Values looked at in one call of an inner loop.
const BLOCK: usize = 256;
const LANES: usize = 16;
/// Curvature of a pair of repeated points.
const TINY: f32 = 1e-12;
/// Multiplications between two looks at whether the job is cancelled: some 20 ms.
const WORK: u64 = 30_000_000;

/// What is to be minimised; `sign`, `margin` and `cost` have one value per variable. With two variables per point, all
/// first ones come before all second ones.
#[derive(Debug, Clone)]
pub struct Dual {
    /// `yₜ`, 1 or −1.
    pub sign: Vec<f64>,
    /// `mₜ`.
    pub margin: Vec<f64>,
    /// `Cₜ`; 0 leaves a variable out.
    pub cost: Vec<f64>,
}

/// Where the minimisation stands.
#[derive(Debug, Clone)]
pub struct State {
    /// One per variable.
    pub alpha: Vec<f64>,
    /// `f(xᵢ)` without `b`, per point.
    pub f: Vec<f64>,
    /// `b`.
    pub bias: f64,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Steps taken.
    pub n_iter: u64,
    /// Whether the largest violation is below the tolerance.
    pub converged: bool,
}

impl State {
    /// All `α` are 0.
    pub fn zero(n_points: usize, n_variables: usize) -> Self {
        Self {
            alpha: vec![0.0; n_variables],
            f: vec![0.0; n_points],
            bias: 0.0,
        }
    }

    /// `β` per point.
    pub fn beta(&self, sign: &[f64]) -> Vec<f64> {
        let n = self.f.len().max(1);
        let mut beta = vec![0.0; self.f.len()];
        for (t, (a, y)) in self.alpha.iter().zip(sign).enumerate() {
            beta[t % n] += a * y;
        }
        beta
    }

    /// Sets variables to new values and brings `f` up to date. `tick` is called every now and then.
    ///
    /// # Errors
    /// Those of `tick`.
    pub fn change(
        &mut self,
        changes: &[(usize, f64)],
        sign: &[f64],
        rows: &mut Rows,
        tick: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        let n = self.f.len().max(1);
        let mut work = 0;
        for &(t, value) in changes {
            let by = (value - self.alpha[t]) * sign[t];
            self.alpha[t] = value;
            let slot = rows.fetch(t % n);
            for (f, k) in self.f.iter_mut().zip(rows.get(slot)) {
                *f += by * f64::from(*k);
            }
            work += rows.row_work();
            if work > WORK {
                work = 0;
                tick()?;
            }
        }
        Ok(())
    }
}

/// Arrays of the minimisation. Each half is padded to whole rows; variables that pad can never be chosen.
struct Work {
    u: Vec<f64>,
    /// 0 where `y α` may grow, else −∞.
    up: Vec<f32>,
    /// 0 where `y α` may fall, else ∞.
    low: Vec<f32>,
    /// `u + low`.
    low_u: Vec<f32>,
    diagonal: Vec<f32>,
    /// Points, points padded.
    n: usize,
    len: usize,
}

/// The variable to raise, and how far the conditions are violated.
#[derive(Clone, Copy)]
struct First {
    at: usize,
    max_up: f32,
    min_low: f32,
}

impl Work {
    fn new(rows: &Rows, dual: &Dual, state: &State) -> Self {
        let (n, len) = (rows.points().len(), rows.points().row_len());
        let padded = dual.sign.len() / n.max(1) * len;
        let mut diagonal = vec![1.0; len];
        for (i, d) in diagonal.iter_mut().take(n).enumerate() {
            *d = rows.points().diagonal(i);
        }
        let mut work = Self {
            u: vec![0.0; padded],
            up: vec![f32::NEG_INFINITY; padded],
            low: vec![f32::INFINITY; padded],
            low_u: vec![f32::INFINITY; padded],
            diagonal,
            n,
            len,
        };
        for t in 0..dual.sign.len() {
            let p = work.place(t);
            work.u[p] = dual.sign[t] * dual.margin[t] - state.f[t % n];
            work.mark(t, dual, state.alpha[t]);
        }
        work
    }

    fn place(&self, t: usize) -> usize {
        t / self.n * self.len + t % self.n
    }

    fn variable(&self, place: usize) -> usize {
        place / self.len * self.n + place % self.len
    }

    /// Notes which way variable `t` may move.
    fn mark(&mut self, t: usize, dual: &Dual, alpha: f64) {
        let p = self.place(t);
        let (below, above) = (alpha < dual.cost[t], alpha > 0.0);
        let (up, low) = if dual.sign[t] > 0.0 {
            (below, above)
        } else {
            (above, below)
        };
        self.up[p] = if up { 0.0 } else { f32::NEG_INFINITY };
        self.low[p] = if low { 0.0 } else { f32::INFINITY };
    }

    /// `u −= step · (ki − kj)`; finds the variable to raise.
    fn sweep(&mut self, ki: &[f32], kj: &[f32], step: f64) -> First {
        let mut first = First {
            at: 0,
            max_up: f32::NEG_INFINITY,
            min_low: f32::INFINITY,
        };
        for start in (0..self.u.len()).step_by(self.len.max(1)) {
            for from in (0..self.len).step_by(BLOCK) {
                let to = (from + BLOCK).min(self.len);
                let at = start + from..start + to;
                let (max_up, min_low) = sweep_block(
                    &mut self.u[at.clone()],
                    &mut self.low_u[at.clone()],
                    &self.up[at.clone()],
                    &self.low[at.clone()],
                    &ki[from..to],
                    &kj[from..to],
                    step,
                );
                first.min_low = first.min_low.min(min_low);
                if max_up > first.max_up {
                    first.max_up = max_up;
                    first.at = at.start;
                }
            }
        }
        let block = first.at..(first.at + BLOCK).min(self.u.len());
        let values = self.u[block.clone()].iter().zip(&self.up[block]);
        let found = values
            .enumerate()
            .find(|(_, (u, up))| **u as f32 + **up == first.max_up);
        first.at += found.map_or(0, |(k, _)| k);
        first
    }

    /// The variable to lower together with `first`; none when nothing is left to gain.
    fn second(&self, first: First, ki: &[f32]) -> Option<usize> {
        let kii = self.diagonal[first.at % self.len];
        let mut best = (f32::NEG_INFINITY, 0);
        for start in (0..self.u.len()).step_by(self.len.max(1)) {
            for from in (0..self.len).step_by(BLOCK) {
                let to = (from + BLOCK).min(self.len);
                let gain = gain_block(
                    &self.low_u[start + from..start + to],
                    &ki[from..to],
                    &self.diagonal[from..to],
                    kii,
                    first.max_up,
                );
                if gain > best.0 {
                    best = (gain, start + from);
                }
            }
        }
        let (from, end) = (best.1, (best.1 + BLOCK).min(self.u.len()));
        let within = from % self.len.max(1);
        (from..end).find(|&p| {
            let k = within + p - from;
            k < self.len
                && best.0 > f32::NEG_INFINITY
                && gain(self.low_u[p], ki[k], self.diagonal[k], kii, first.max_up) == best.0
        })
    }
}

#[inline(never)]
fn sweep_block(
    u: &mut [f64],
    low_u: &mut [f32],
    up: &[f32],
    low: &[f32],
    ki: &[f32],
    kj: &[f32],
    step: f64,
) -> (f32, f32) {
    let mut highest = [f32::NEG_INFINITY; LANES];
    let mut lowest = [f32::INFINITY; LANES];
    let (u, _) = u.as_chunks_mut::<LANES>();
    let (low_u, _) = low_u.as_chunks_mut::<LANES>();
    let (up, _) = up.as_chunks::<LANES>();
    let (low, _) = low.as_chunks::<LANES>();
    let (ki, _) = ki.as_chunks::<LANES>();
    let (kj, _) = kj.as_chunks::<LANES>();
    let inputs = up.iter().zip(low).zip(ki.iter().zip(kj));
    for ((u, low_u), ((up, low), (ki, kj))) in u.iter_mut().zip(low_u).zip(inputs) {
        for k in 0..LANES {
            u[k] -= step * (f64::from(ki[k]) - f64::from(kj[k]));
        }
        let mut v = [0f32; LANES];
        for (v, u) in v.as_chunks_mut().0.iter_mut().zip(u.as_chunks().0) {
            *v = narrow(*u);
        }
        for k in 0..LANES {
            let h = v[k] + up[k];
            highest[k] = if h > highest[k] { h } else { highest[k] };
            let l = v[k] + low[k];
            lowest[k] = if l < lowest[k] { l } else { lowest[k] };
            low_u[k] = l;
        }
    }
    let most = |a: f32, b: &f32| if *b > a { *b } else { a };
    let least = |a: f32, b: &f32| if *b < a { *b } else { a };
    (
        highest.iter().fold(f32::NEG_INFINITY, most),
        lowest.iter().fold(f32::INFINITY, least),
    )
}

/// To single precision. In WebAssembly by hand: the compiler narrows one value at a time, which takes half of a sweep.
#[inline(always)]
fn narrow(v: [f64; 4]) -> [f32; 4] {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    {
        use core::arch::wasm32::{
            f32x4_demote_f64x2_zero, f32x4_extract_lane, f64x2, i32x4_shuffle,
        };
        let low = f32x4_demote_f64x2_zero(f64x2(v[0], v[1]));
        let high = f32x4_demote_f64x2_zero(f64x2(v[2], v[3]));
        let all = i32x4_shuffle::<0, 1, 4, 5>(low, high);
        [
            f32x4_extract_lane::<0>(all),
            f32x4_extract_lane::<1>(all),
            f32x4_extract_lane::<2>(all),
            f32x4_extract_lane::<3>(all),
        ]
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    v.map(|v| v as f32)
}

/// What the objective gains, twice, by the best step of a pair; −∞ where it cannot gain.
#[inline(always)]
fn gain(low_u: f32, ki: f32, diagonal: f32, kii: f32, max_up: f32) -> f32 {
    let slope = max_up - low_u;
    let curvature = kii + diagonal - 2.0 * ki;
    let curvature = if curvature > TINY { curvature } else { TINY };
    let gain = slope * slope / curvature;
    if slope > 0.0 { gain } else { f32::NEG_INFINITY }
}

#[inline(never)]
fn gain_block(low_u: &[f32], ki: &[f32], diagonal: &[f32], kii: f32, max_up: f32) -> f32 {
    let mut best = [f32::NEG_INFINITY; LANES];
    let (low_u, _) = low_u.as_chunks::<LANES>();
    let (ki, _) = ki.as_chunks::<LANES>();
    let (diagonal, _) = diagonal.as_chunks::<LANES>();
    for ((l, ki), d) in low_u.iter().zip(ki).zip(diagonal) {
        for k in 0..LANES {
            let g = gain(l[k], ki[k], d[k], kii, max_up);
            best[k] = if g > best[k] { g } else { best[k] };
        }
    }
    let most = |a: f32, b: &f32| if *b > a { *b } else { a };
    best.iter().fold(f32::NEG_INFINITY, most)
}

/// Minimises from `state`, which must be feasible, until the largest violation is below `tol` or `max_iter` steps are
/// done. `tick` hears now and then how far it is, 0 to 1.
///
/// # Errors
/// Those of `tick`.
pub fn minimise(
    rows: &mut Rows,
    dual: &Dual,
    state: &mut State,
    tol: f64,
    max_iter: u64,
    tick: &mut dyn FnMut(f64) -> Result<()>,
) -> Result<Ended> {
    let n = rows.points().len();
    let mut work = Work::new(rows, dual, state);
    let zeros = vec![0f32; work.len];
    let mut first = work.sweep(&zeros, &zeros, 0.0);
    let start = f64::from(first.max_up - first.min_low).max(tol);
    let mut ended = Ended {
        n_iter: 0,
        converged: false,
    };
    let (mut spent, mut share) = (0u64, 0f64);
    loop {
        let violation = f64::from(first.max_up - first.min_low);
        // Also true of −∞, when nothing may move, and never of NaN.
        if violation < tol {
            ended.converged = true;
            break;
        }
        if ended.n_iter >= max_iter {
            break;
        }
        let computed = rows.n_computed;
        let i = work.variable(first.at);
        let slot_i = rows.fetch(i % n);
        let Some(second) = work.second(first, rows.get(slot_i)) else {
            break;
        };
        let j = work.variable(second);
        let slot_j = rows.fetch(j % n);
        let (ki, kj) = (rows.get(slot_i), rows.get(slot_j));
        let d = &work.diagonal;
        let curvature = f64::from(d[i % n]) + f64::from(d[j % n]) - 2.0 * f64::from(ki[j % n]);
        let wanted = (work.u[first.at] - work.u[second]) / curvature.max(f64::from(TINY));
        // How far the two may go.
        let room_i = if dual.sign[i] > 0.0 {
            dual.cost[i] - state.alpha[i]
        } else {
            state.alpha[i]
        };
        let room_j = if dual.sign[j] > 0.0 {
            state.alpha[j]
        } else {
            dual.cost[j] - state.alpha[j]
        };
        let step = wanted.min(room_i).min(room_j);
        // Rounding of single precision alone chose this pair: nothing is left to gain.
        if !(step > 0.0 && step.is_finite()) {
            ended.converged = violation < 10.0 * tol;
            break;
        }
        ended.n_iter += 1;
        let end = |raised: bool, t: usize| if raised { dual.cost[t] } else { 0.0 };
        for (t, room, raised) in [
            (i, room_i, dual.sign[i] > 0.0),
            (j, room_j, dual.sign[j] < 0.0),
        ] {
            let moved = state.alpha[t] + if raised { step } else { -step };
            state.alpha[t] = if step >= room {
                end(raised, t)
            } else {
                moved.clamp(0.0, dual.cost[t])
            };
            work.mark(t, dual, state.alpha[t]);
        }
        first = work.sweep(ki, kj, step);
        spent += 3 * work.u.len() as u64 + (rows.n_computed - computed) * rows.row_work();
        if spent > WORK {
            spent = 0;
            let left = (violation / tol).ln() / (start / tol).ln().max(1e-9);
            share = share.max(1.0 - left).clamp(0.0, 1.0);
            tick(share)?;
        }
    }
    for (t, f) in state.f.iter_mut().enumerate() {
        *f = dual.sign[t] * dual.margin[t] - work.u[work.place(t)];
    }
    state.bias = bias(&work, dual, &state.alpha);
    Ok(ended)
}

/// `b` is the mean `u` of the variables between their bounds; without any, the middle of what the others allow.
fn bias(work: &Work, dual: &Dual, alpha: &[f64]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    let (mut high, mut low) = (f64::NEG_INFINITY, f64::INFINITY);
    for (t, a) in alpha.iter().enumerate() {
        let p = work.place(t);
        let u = work.u[p];
        if *a > 0.0 && *a < dual.cost[t] {
            sum += u;
            count += 1.0;
        }
        if work.up[p] == 0.0 {
            high = high.max(u);
        }
        if work.low[p] == 0.0 {
            low = low.min(u);
        }
    }
    let bias = if count > 0.0 {
        sum / count
    } else {
        0.5 * (high + low)
    };
    if bias.is_finite() { bias } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::kernel_rows::{Points, Shape};
    use super::*;
    use crate::base::Error;

    fn sample(n: usize, d: usize) -> (Vec<f32>, Vec<f64>) {
        let mut s = 7u32;
        let mut next = || {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (s >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        let x: Vec<f32> = (0..n * d).map(|_| next()).collect();
        let sign = x.chunks_exact(d).map(|r| {
            let positive = r[0] + r[1] * r[d - 1] + 0.5 * next() > 0.1;
            if positive { 1.0 } else { -1.0 }
        });
        let sign = sign.collect();
        (x, sign)
    }

    fn classifier(sign: Vec<f64>, c: f64) -> Dual {
        Dual {
            margin: vec![1.0; sign.len()],
            cost: vec![c; sign.len()],
            sign,
        }
    }

    /// Largest violation of the optimality conditions, from scratch in double precision.
    fn violation(x: &[f32], d: usize, dual: &Dual, state: &State) -> f64 {
        let n = x.len() / d;
        let beta = state.beta(&dual.sign);
        let at = |i: usize| &x[i * d..(i + 1) * d];
        let kernel = |i: usize, j: usize| -> f64 {
            let pairs = at(i).iter().zip(at(j));
            let off = pairs.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
            (-off.sum::<f64>()).exp()
        };
        let (mut up, mut low) = (f64::NEG_INFINITY, f64::INFINITY);
        for t in 0..dual.sign.len() {
            let f: f64 = (0..n).map(|j| beta[j] * kernel(t % n, j)).sum();
            assert!((f - state.f[t % n]).abs() < 1e-4 * (1.0 + dual.cost[t]));
            let u = dual.sign[t] * dual.margin[t] - f;
            let (below, above) = (state.alpha[t] < dual.cost[t], state.alpha[t] > 0.0);
            let positive = dual.sign[t] > 0.0;
            if (positive && below) || (!positive && above) {
                up = up.max(u);
            }
            if (positive && above) || (!positive && below) {
                low = low.min(u);
            }
        }
        up - low
    }

    fn solve(x: &[f32], d: usize, dual: &Dual, cache: usize) -> (State, Ended) {
        let points = Points::new(x, d, Shape::Rbf);
        let mut rows = Rows::new(points, cache, Vec::new()).unwrap();
        let mut state = State::zero(x.len() / d, dual.sign.len());
        let ended = minimise(
            &mut rows,
            dual,
            &mut state,
            1e-4,
            1_000_000,
            &mut |_| Ok(()),
        );
        (state, ended.unwrap())
    }

    #[test]
    fn conditions_hold_for_classes_and_for_numbers() {
        let (n, d) = (150, 3);
        let (x, sign) = sample(n, d);
        for c in [0.1, 1.0, 1000.0] {
            let dual = classifier(sign.clone(), c);
            let (state, ended) = solve(&x, d, &dual, 1 << 20);
            assert!(ended.converged);
            // Kernel values are rounded to single precision.
            let off = violation(&x, d, &dual, &state);
            assert!(off < 2e-4 + 1e-6 * c, "{c} {off}");
            assert!(state.beta(&dual.sign).iter().sum::<f64>().abs() < 1e-9 * c * n as f64);
        }
        // A tube around numbers: two variables per point.
        let z: Vec<f64> = x
            .chunks_exact(d)
            .map(|r| f64::from(r[0] * r[1] + r[2]))
            .collect();
        let mut both = vec![1.0; n];
        both.resize(2 * n, -1.0);
        let above = z.iter().map(|z| z - 0.1);
        let dual = Dual {
            sign: both,
            margin: above.chain(z.iter().map(|z| -z - 0.1)).collect(),
            cost: vec![2.0; 2 * n],
        };
        let (state, ended) = solve(&x, d, &dual, 1 << 20);
        assert!(ended.converged);
        assert!(violation(&x, d, &dual, &state) < 2e-4);
    }

    #[test]
    fn room_for_two_rows_gives_the_same_bits() {
        let (x, sign) = sample(90, 3);
        let dual = classifier(sign, 1.0);
        let (a, _) = solve(&x, 3, &dual, 1 << 20);
        let (b, _) = solve(&x, 3, &dual, 0);
        assert_eq!(a.alpha, b.alpha);
    }

    #[test]
    fn repeated_points_of_both_classes_and_left_out_rows_end() {
        let x = vec![0.5f32; 60];
        let sign: Vec<f64> = (0..20)
            .map(|i| if i % 3 == 0 { 1.0 } else { -1.0 })
            .collect();
        let dual = classifier(sign.clone(), 1.0);
        let (state, ended) = solve(&x, 3, &dual, 1 << 20);
        assert!(ended.converged);
        assert!((state.bias + 1.0).abs() < 0.1 || state.f[0] + state.bias < 0.0);
        let none = Dual {
            cost: vec![0.0; 20],
            ..dual
        };
        let (state, ended) = solve(&x, 3, &none, 1 << 20);
        assert!(ended.converged && state.alpha.iter().all(|a| *a == 0.0));
    }

    #[test]
    fn a_changed_start_reaches_the_same_solution() {
        let (n, d) = (120, 3);
        let (x, sign) = sample(n, d);
        let mut dual = classifier(sign, 1.0);
        let (mut state, _) = solve(&x, d, &dual, 1 << 20);
        // Leave out the first rows: their share goes, and that of as much on the other side.
        let mut changes: Vec<(usize, f64)> = (0..20).map(|t| (t, 0.0)).collect();
        let mut surplus: f64 = (20..n).map(|t| dual.sign[t] * state.alpha[t]).sum();
        for t in 20..n {
            let given = (surplus * dual.sign[t]).clamp(0.0, state.alpha[t]);
            changes.push((t, state.alpha[t] - given));
            surplus -= given * dual.sign[t];
        }
        let mut rows = Rows::new(Points::new(&x, d, Shape::Rbf), 1 << 20, Vec::new()).unwrap();
        let sign = dual.sign.clone();
        state
            .change(&changes, &sign, &mut rows, &mut || Ok(()))
            .unwrap();
        dual.cost[..20].fill(0.0);
        minimise(&mut rows, &dual, &mut state, 1e-5, 1_000_000, &mut |_| {
            Ok(())
        })
        .unwrap();
        let (mut cold, _) = (State::zero(n, n), ());
        minimise(
            &mut rows,
            &dual,
            &mut cold,
            1e-5,
            1_000_000,
            &mut |_| Ok(()),
        )
        .unwrap();
        for (a, b) in state.f.iter().zip(&cold.f) {
            assert!((a + state.bias - b - cold.bias).abs() < 1e-3);
        }
    }

    #[test]
    fn steps_are_limited_and_cancelled() {
        let (x, sign) = sample(400, 3);
        let dual = classifier(sign, 1e5);
        let mut rows = Rows::new(Points::new(&x, 3, Shape::Rbf), 1 << 24, Vec::new()).unwrap();
        let mut state = State::zero(400, 400);
        let ended = minimise(&mut rows, &dual, &mut state, 1e-6, 5, &mut |_| Ok(())).unwrap();
        assert_eq!((ended.n_iter, ended.converged), (5, false));
        let mut last = 0.0;
        let mut calls = 0;
        let error = minimise(
            &mut rows,
            &dual,
            &mut state,
            1e-6,
            10_000_000,
            &mut |share| {
                assert!(share >= last && share <= 1.0);
                last = share;
                calls += 1;
                if calls == 3 {
                    Err(Error::Cancelled)
                } else {
                    Ok(())
                }
            },
        );
        assert_eq!(error.unwrap_err(), Error::Cancelled);
    }
}
