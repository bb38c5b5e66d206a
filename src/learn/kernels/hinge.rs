//! A linear support vector machine by a primal-dual interior-point method; time grows with the rows, not their square.
//!
//! Minimises `½ ‖w‖² + Σ Cₜ max(0, mₜ − yₜ (w·x + b))` over `w` and the unpenalised `b`. With slacks `s` and `ξ`,
//! `y (w·x + b) + ξ − s = m`, and multipliers `0 ≤ α ≤ C`, each step solves the conditions
//! `w = Σ α y x`, `Σ α y = 0`, `s α = μ`, `ξ (C − α) = μ` linearised. Eliminating all but `w` and `b` leaves a weighted
//! least-squares matrix of `d + 1` columns, as in Newton's method; the number of steps hardly depends on the data.
//!
//! Source: Ferris & Munson (2002), Interior-point methods for massive support vector machines,
//! doi:10.1137/S1052623400374379; Mehrotra (1992), On the implementation of a primal-dual interior point method,
//! doi:10.1137/0802028.
use super::{
    linear::{cholesky, cholesky_solve, dot},
    smo::Dual,
};
use crate::base::Result;

/// Multiplications between two looks at whether the job is cancelled.
const WORK: usize = 30_000_000;
/// Share of the way to the boundary that a step may go.
const DAMPING: f64 = 0.995;
const MAX_STEPS: u64 = 200;

/// A fitted plane.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Weight per column.
    pub w: Vec<f64>,
    /// Intercept.
    pub bias: f64,
    /// Steps taken.
    pub n_iter: u64,
    /// Whether the gap between primal and dual objective closed.
    pub converged: bool,
}

impl Plane {
    /// `w·x + b`.
    pub fn at(&self, row: &[f32]) -> f64 {
        let sum: f64 = row
            .iter()
            .zip(&self.w)
            .map(|(x, w)| f64::from(*x) * w)
            .sum();
        sum + self.bias
    }
}

/// Points with their rows in row-major order, and what is asked of them.
struct Problem<'a> {
    x: &'a [f32],
    d: usize,
    n: usize,
    dual: &'a Dual,
}

/// Per variable.
struct Point {
    alpha: Vec<f64>,
    slack: Vec<f64>,
    over: Vec<f64>,
}

impl Problem<'_> {
    /// `x·w + b` per point; `w` carries `b` at its end.
    fn values(&self, w: &[f64]) -> Vec<f64> {
        let one = |row: &[f32]| {
            let mut lanes = [0f64; 4];
            let (chunks, rest) = row.as_chunks::<4>();
            let (ws, w_rest) = w[..self.d].as_chunks::<4>();
            for (x, w) in chunks.iter().zip(ws) {
                for k in 0..4 {
                    lanes[k] += f64::from(x[k]) * w[k];
                }
            }
            let tail: f64 = rest
                .iter()
                .zip(w_rest)
                .map(|(x, w)| f64::from(*x) * w)
                .sum();
            lanes.iter().sum::<f64>() + tail + w[self.d]
        };
        self.x.chunks_exact(self.d).map(one).collect()
    }

    /// `Σ rᵢ xᵢ`, then `Σ rᵢ`.
    fn collect(&self, r: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.d + 1];
        for (row, r) in self.x.chunks_exact(self.d).zip(r) {
            for (o, x) in out.iter_mut().zip(row) {
                *o += r * f64::from(*x);
            }
            out[self.d] += r;
        }
        out
    }

    /// Lower half of `Σ vᵢ x̃ᵢ x̃ᵢᵀ` with `x̃ = (x, 1)`, plus 1 on the diagonal of the columns of `x`.
    fn matrix(&self, v: &[f64], tick: &mut dyn FnMut() -> Result<()>) -> Result<Vec<f64>> {
        let q = self.d + 1;
        let mut h = vec![0.0; q * q];
        let mut wide = vec![1.0; 4 * q];
        let mut work = 0;
        for (rows, v) in self.x.chunks(4 * self.d).zip(v.chunks(4)) {
            for (row, wide) in rows.chunks_exact(self.d).zip(wide.chunks_exact_mut(q)) {
                for (w, x) in wide.iter_mut().zip(row) {
                    *w = f64::from(*x);
                }
            }
            let mut four = [0.0; 4];
            four[..v.len()].copy_from_slice(v);
            add_outer(&mut h, &wide, four);
            work += 2 * q * q;
            if work > WORK {
                work = 0;
                tick()?;
            }
        }
        for j in 0..self.d {
            h[j * q + j] += 1.0;
        }
        Ok(h)
    }

    /// Sums what belongs to the variables of a point.
    fn per_point(&self, of: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut out = vec![0.0; self.n];
        for t in 0..self.dual.sign.len() {
            out[t % self.n] += of(t);
        }
        out
    }
}

/// `H += Σ vₖ wideₖ wideₖᵀ` for four rows, lower half.
#[inline(never)]
fn add_outer(h: &mut [f64], wide: &[f64], v: [f64; 4]) {
    let q = wide.len() / 4;
    let (a, rest) = wide.split_at(q);
    let (b, rest) = rest.split_at(q);
    let (c, d) = rest.split_at(q);
    for (i, h) in h.chunks_exact_mut(q).enumerate() {
        let s = [v[0] * a[i], v[1] * b[i], v[2] * c[i], v[3] * d[i]];
        let upto = i + 1;
        let (a, b, c, d) = (&a[..upto], &b[..upto], &c[..upto], &d[..upto]);
        for ((((h, a), b), c), d) in h[..upto].iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *h += (s[0] * a + s[1] * b) + (s[2] * c + s[3] * d);
        }
    }
}

/// Factor of `h` with columns brought to one scale; a little is added to the diagonal when rounding has spoilt it.
struct Factor {
    l: Vec<f64>,
    scale: Vec<f64>,
}

impl Factor {
    fn new(h: &[f64], q: usize) -> Option<Self> {
        let diagonal = |j: usize| h[j * q + j];
        let scale: Vec<f64> = (0..q)
            .map(|j| 1.0 / diagonal(j).max(1e-300).sqrt())
            .collect();
        let mut ridge = 0.0;
        while ridge < 1e-2 {
            let mut l = h.to_vec();
            for (i, row) in l.chunks_exact_mut(q).enumerate() {
                for (j, v) in row[..=i].iter_mut().enumerate() {
                    *v *= scale[i] * scale[j];
                }
                row[i] += ridge;
            }
            if cholesky(&mut l, q) {
                return Some(Self { l, scale });
            }
            ridge = f64::max(ridge * 100.0, 1e-13);
        }
        None
    }

    fn solve(&self, b: &[f64]) -> Vec<f64> {
        let q = b.len();
        let scaled: Vec<f64> = b.iter().zip(&self.scale).map(|(b, s)| b * s).collect();
        let x = cholesky_solve(&self.l, q, &scaled);
        x.iter().zip(&self.scale).map(|(x, s)| x * s).collect()
    }
}

/// Minimises for points `x`, row-major with `d > 0` columns. All costs must be positive. Stops when the relative gap is
/// below `eps`. `tick` hears now and then how far it is, 0 to 1.
///
/// # Errors
/// Those of `tick`.
pub fn minimise(
    x: &[f32],
    d: usize,
    dual: &Dual,
    eps: f64,
    tick: &mut dyn FnMut(f64) -> Result<()>,
) -> Result<Plane> {
    let n = x.len() / d;
    let problem = Problem { x, d, n, dual };
    let (sign, cost) = (&dual.sign, &dual.cost);
    let m = sign.len();
    let size = 1.0 + dual.margin.iter().map(|m| m.abs()).sum::<f64>() / m.max(1) as f64;
    let mut at = Point {
        alpha: cost.iter().map(|c| 0.5 * c).collect(),
        slack: dual.margin.iter().map(|m| size + (-m).max(0.0)).collect(),
        over: dual.margin.iter().map(|m| size + m.max(0.0)).collect(),
    };
    let mut w = vec![0.0; d + 1];
    let mut f = vec![0.0; n];
    let mut ended = (0, false);
    let mut first_gap = 0.0;
    let mut best: Option<(f64, Vec<f64>)> = None;
    for step in 0..MAX_STEPS {
        ended.0 = step;
        // Residuals; `w` and `b` of the dual condition come from `collect`.
        let signed = problem.per_point(|t| at.alpha[t] * sign[t]);
        let mut r_w = problem.collect(&signed);
        for (r, w) in r_w[..d].iter_mut().zip(&w) {
            *r -= w;
        }
        let r_p: Vec<f64> = (0..m)
            .map(|t| sign[t] * f[t % n] + at.over[t] - at.slack[t] - dual.margin[t])
            .collect();
        let product = |t: usize| at.slack[t] * at.alpha[t] + at.over[t] * (cost[t] - at.alpha[t]);
        let gap: f64 = (0..m).map(product).sum();
        let hinge = |t: usize| cost[t] * (dual.margin[t] - sign[t] * f[t % n]).max(0.0);
        let objective = 0.5 * dot(&w[..d], &w[..d]) + (0..m).map(hinge).sum::<f64>();
        if best.as_ref().is_none_or(|(value, _)| objective < *value) {
            best = Some((objective, w.clone()));
        }
        let worst = r_p.iter().fold(0f64, |a, r| a.max(r.abs()));
        if step == 0 {
            first_gap = gap.max(1e-300);
        }
        let limit = eps * (1.0 + objective);
        if gap <= limit && worst <= 1e-6 * size {
            ended.1 = true;
            break;
        }
        let left = (gap / limit).ln() / (first_gap / limit).ln().max(1.0);
        let share = (1.0 - left).clamp(0.0, 1.0);
        tick(share)?;
        let d_of = |t: usize| at.over[t] / (cost[t] - at.alpha[t]) + at.slack[t] / at.alpha[t];
        let inverse: Vec<f64> = (0..m).map(|t| 1.0 / d_of(t)).collect();
        let v = problem.per_point(|t| inverse[t]);
        let h = problem.matrix(&v, &mut || tick(share))?;
        let Some(factor) = Factor::new(&h, d + 1) else {
            break;
        };
        // Solves for given right-hand sides of the two products.
        let solve = |r_s: &dyn Fn(usize) -> f64, r_o: &dyn Fn(usize) -> f64| {
            let q: Vec<f64> = (0..m)
                .map(|t| -r_p[t] + r_o(t) / (cost[t] - at.alpha[t]) - r_s(t) / at.alpha[t])
                .collect();
            let pull = problem.per_point(|t| sign[t] * q[t] * inverse[t]);
            let mut b = problem.collect(&pull);
            for (b, r) in b.iter_mut().zip(&r_w) {
                *b += r;
            }
            let dw = factor.solve(&b);
            let df = problem.values(&dw);
            let d_alpha: Vec<f64> = (0..m)
                .map(|t| (q[t] - sign[t] * df[t % n]) * inverse[t])
                .collect();
            let d_slack: Vec<f64> = (0..m)
                .map(|t| -(r_s(t) + at.slack[t] * d_alpha[t]) / at.alpha[t])
                .collect();
            let d_over: Vec<f64> = (0..m)
                .map(|t| (-r_o(t) + at.over[t] * d_alpha[t]) / (cost[t] - at.alpha[t]))
                .collect();
            (dw, df, d_alpha, d_slack, d_over)
        };
        let mu = gap / (2 * m) as f64;
        let s_alpha = |t: usize| at.slack[t] * at.alpha[t];
        let o_beta = |t: usize| at.over[t] * (cost[t] - at.alpha[t]);
        let (_, _, da, ds, dp) = solve(&s_alpha, &o_beta);
        tick(share)?;
        let far = reach(&at, cost, &da, &ds, &dp);
        let after: f64 = (0..m)
            .map(|t| {
                let alpha = at.alpha[t] + far * da[t];
                (at.slack[t] + far * ds[t]) * alpha + (at.over[t] + far * dp[t]) * (cost[t] - alpha)
            })
            .sum();
        let centre = (after / gap).clamp(0.0, 1.0).powi(3) * mu;
        let (dw, df, d_alpha, d_slack, d_over) =
            solve(&|t| s_alpha(t) + da[t] * ds[t] - centre, &|t| {
                o_beta(t) - da[t] * dp[t] - centre
            });
        tick(share)?;
        let t = (DAMPING * reach(&at, cost, &d_alpha, &d_slack, &d_over)).min(1.0);
        if !(t > 1e-10 && dw.iter().all(|v| v.is_finite())) {
            break;
        }
        let add = |to: &mut [f64], by: &[f64]| {
            for (a, b) in to.iter_mut().zip(by) {
                *a += t * b;
            }
        };
        add(&mut w, &dw);
        add(&mut f, &df);
        add(&mut at.alpha, &d_alpha);
        add(&mut at.slack, &d_slack);
        add(&mut at.over, &d_over);
    }
    if !ended.1
        && let Some((_, found)) = best
    {
        w = found;
    }
    let bias = w.pop().unwrap_or_default();
    Ok(Plane {
        w,
        bias,
        n_iter: ended.0,
        converged: ended.1,
    })
}

/// Largest step, at most `1 / DAMPING`, that keeps everything on its side.
fn reach(at: &Point, cost: &[f64], d_alpha: &[f64], d_slack: &[f64], d_over: &[f64]) -> f64 {
    let mut far = 1.0 / DAMPING;
    let mut keep = |value: f64, by: f64| {
        if by < 0.0 {
            far = f64::min(far, -value / by);
        }
    };
    for t in 0..cost.len() {
        keep(at.alpha[t], d_alpha[t]);
        keep(cost[t] - at.alpha[t], -d_alpha[t]);
        keep(at.slack[t], d_slack[t]);
        keep(at.over[t], d_over[t]);
    }
    far
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Error;

    fn noise(seed: u32) -> impl FnMut() -> f32 {
        let mut s = seed;
        move || {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (s >> 8) as f32 / (1 << 23) as f32 - 1.0
        }
    }

    fn objective(x: &[f32], d: usize, dual: &Dual, plane: &Plane) -> f64 {
        let n = x.len() / d;
        let hinge = (0..dual.sign.len()).map(|t| {
            let f = plane.at(&x[t % n * d..][..d]);
            dual.cost[t] * (dual.margin[t] - dual.sign[t] * f).max(0.0)
        });
        0.5 * dot(&plane.w, &plane.w) + hinge.sum::<f64>()
    }

    fn classes(n: usize, d: usize, c: f64) -> (Vec<f32>, Dual) {
        let mut u = noise(5);
        let x: Vec<f32> = (0..n * d).map(|_| u()).collect();
        let sign = x.chunks_exact(d).map(|r| {
            if r[0] - 0.5 * r[d - 1] + 0.4 * u() > 0.1 {
                1.0
            } else {
                -1.0
            }
        });
        let sign: Vec<f64> = sign.collect();
        let cost = (0..n).map(|i| c * (1.0 + (i % 3) as f64)).collect();
        let dual = Dual {
            margin: vec![1.0; n],
            cost,
            sign,
        };
        (x, dual)
    }

    #[test]
    fn nothing_nearby_is_better() {
        for (n, d, c) in [(200, 3, 1.0), (500, 8, 0.01), (300, 2, 1e4), (40, 40, 1.0)] {
            let (x, dual) = classes(n, d, c);
            let plane = minimise(&x, d, &dual, 1e-9, &mut |_| Ok(())).unwrap();
            assert!(plane.converged, "{n} {d} {c}");
            let least = objective(&x, d, &dual, &plane);
            let mut u = noise(9);
            for size in [1e-1, 1e-2, 1e-3] {
                for _ in 0..30 {
                    let mut other = plane.clone();
                    for w in &mut other.w {
                        *w += size * f64::from(u());
                    }
                    other.bias += size * f64::from(u());
                    assert!(objective(&x, d, &dual, &other) > least * (1.0 - 1e-8));
                }
            }
        }
    }

    #[test]
    fn constant_repeated_and_wild_columns_are_survived() {
        let (plain, dual) = classes(300, 2, 1.0);
        let mut x = Vec::new();
        for r in plain.chunks_exact(2) {
            x.extend([r[0], 0.0, r[0], r[1], 1e-12 * r[1], 1.0]);
        }
        let plane = minimise(&x, 6, &dual, 1e-9, &mut |_| Ok(())).unwrap();
        assert!(plane.converged && plane.w.iter().all(|w| w.is_finite()));
        assert!((plane.w[0] - plane.w[2]).abs() < 1e-5 && plane.w[1].abs() < 1e-9);
        let still = vec![0f32; 600];
        let plane = minimise(&still, 2, &dual, 1e-9, &mut |_| Ok(())).unwrap();
        assert!(plane.w.iter().all(|w| w.abs() < 1e-6) && plane.bias.is_finite());
    }

    #[test]
    fn a_tube_is_fitted_and_cancelled() {
        let mut u = noise(3);
        let n = 400;
        let x: Vec<f32> = (0..n).map(|_| u()).collect();
        let z: Vec<f64> = x.iter().map(|x| 3.0 * f64::from(*x) + 1.0).collect();
        let mut sign = vec![1.0; n];
        sign.resize(2 * n, -1.0);
        let above = z.iter().map(|z| z - 0.01);
        let dual = Dual {
            sign,
            margin: above.chain(z.iter().map(|z| -z - 0.01)).collect(),
            cost: vec![100.0; 2 * n],
        };
        let plane = minimise(&x, 1, &dual, 1e-9, &mut |_| Ok(())).unwrap();
        assert!(plane.converged);
        assert!((plane.w[0] - 3.0).abs() < 0.02 && (plane.bias - 1.0).abs() < 0.02);
        let error = minimise(&x, 1, &dual, 1e-9, &mut |_| Err(Error::Cancelled));
        assert_eq!(error.unwrap_err(), Error::Cancelled);
    }
}
