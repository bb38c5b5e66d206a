//! Probabilities from decision values: Platt's sigmoid for two classes, pairwise coupling for more.
//!
//! - `P(second | f) = 1 / (1 + e^(A f + B))`, `A` and `B` by Newton's method with backtracking on the cross-entropy
//!   with Platt's softened targets. Rows count by their weight.
//! - With more classes, `rᵢⱼ = P(i | i or j)` of every pair are coupled: `p` minimises
//!   `Σᵢ Σⱼ (rⱼᵢ pᵢ − rᵢⱼ pⱼ)²` with `Σ p = 1`.
//!
//! Source: Lin, Lin & Weng (2007), A note on Platt's probabilistic outputs for support vector machines,
//! doi:10.1007/s10994-007-5018-6; Wu, Lin & Weng (2004), Probability estimates for multi-class classification by
//! pairwise coupling, section 4.2, *Journal of Machine Learning Research* 5.
use super::exp::exp_f64;

/// The sigmoid `1 / (1 + e^(a f + b))`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sigmoid {
    /// Slope; negative when larger decision values speak for the second class.
    pub a: f64,
    /// Offset.
    pub b: f64,
}

impl Sigmoid {
    /// The same probability for every decision value; `share` is between 0 and 1, both excluded.
    pub fn constant(share: f64) -> Self {
        Self {
            a: 0.0,
            b: ((1.0 - share) / share).ln(),
        }
    }

    /// Fits to decision values `f`, `positive` where a row is of the second class. Without spread in `f` it is
    /// [`Sigmoid::constant`]; both classes must have weight.
    pub fn fit(f: &[f64], positive: &[bool], weight: &[f64]) -> Self {
        let total = |side: bool| -> f64 {
            let rows = positive.iter().zip(weight).filter(|(p, _)| **p == side);
            rows.map(|(_, w)| w).sum()
        };
        let (negatives, positives) = (total(false), total(true));
        let largest = f.iter().fold(0f64, |m, v| m.max(v.abs()));
        let low = f.iter().fold(f64::INFINITY, |m, v| m.min(*v));
        let high = f.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v));
        let spread = high - low;
        if !(spread.is_finite() && spread > 1e-9 * largest) {
            return Self::constant(positives / (negatives + positives));
        }
        // Of size about 1, whatever the scale of the decision values; the slope is turned back at the end.
        let f: Vec<f64> = f.iter().map(|v| v / largest).collect();
        let high = (positives + 1.0) / (positives + 2.0);
        let low = 1.0 / (negatives + 2.0);
        let target: Vec<f64> = positive
            .iter()
            .map(|p| if *p { high } else { low })
            .collect();
        let cross_entropy = |a: f64, b: f64| -> f64 {
            let mut sum = 0.0;
            for ((f, t), w) in f.iter().zip(&target).zip(weight) {
                let z = a * f + b;
                let ln_1p = (-z.abs()).exp().ln_1p();
                sum += w * (if z >= 0.0 { t * z } else { (t - 1.0) * z } + ln_1p);
            }
            sum
        };
        let (mut a, mut b) = (0.0, ((negatives + 1.0) / (positives + 1.0)).ln());
        let mut value = cross_entropy(a, b);
        let enough = 1e-9 * (negatives + positives);
        for _ in 0..100 {
            // A little is added to the diagonal, so that it is positive definite.
            let (mut h11, mut h22, mut h21) = (1e-12, 1e-12, 0.0);
            let (mut g1, mut g2) = (0.0, 0.0);
            for ((f, t), w) in f.iter().zip(&target).zip(weight) {
                let p = 1.0 / (1.0 + exp_f64(a * f + b));
                let (first, second) = (w * (t - p), w * p * (1.0 - p));
                h11 += f * f * second;
                h22 += second;
                h21 += f * second;
                g1 += f * first;
                g2 += first;
            }
            if g1.abs() < enough && g2.abs() < enough {
                break;
            }
            let determinant = h11 * h22 - h21 * h21;
            let da = -(h22 * g1 - h21 * g2) / determinant;
            let db = -(h11 * g2 - h21 * g1) / determinant;
            if !(da.is_finite() && db.is_finite()) {
                break;
            }
            let slope = g1 * da + g2 * db;
            let mut step = 1.0;
            let found = loop {
                let trial = cross_entropy(a + step * da, b + step * db);
                if trial < value + 1e-4 * step * slope {
                    break Some(trial);
                }
                step *= 0.5;
                if step < 1e-10 {
                    break None;
                }
            };
            let Some(found) = found else { break };
            a += step * da;
            b += step * db;
            value = found;
        }
        Self { a: a / largest, b }
    }

    /// Probability of the second class.
    pub fn at(self, f: f64) -> f64 {
        1.0 / (1.0 + exp_f64(self.a * f + self.b))
    }
}

/// Couples the probabilities of pairs: `r[i * k + j]` is `P(i | i or j)`, the diagonal is not read. `p` has `k ≥ 2`
/// places and is filled with probabilities that sum to 1. `q` is scratch.
pub fn couple(r: &[f64], p: &mut [f64], q: &mut Vec<f64>) {
    let k = p.len();
    q.clear();
    q.resize(k * k, 0.0);
    for t in 0..k {
        for j in (0..k).filter(|j| *j != t) {
            q[t * k + t] += r[j * k + t] * r[j * k + t];
            q[t * k + j] = -r[j * k + t] * r[t * k + j];
        }
    }
    p.fill(1.0 / k as f64);
    let mut qp = vec![0.0; k];
    for _ in 0..k.max(100) {
        // Computed anew each round, so that rounding does not add up.
        let mut pqp = 0.0;
        for (t, out) in qp.iter_mut().enumerate() {
            *out = q[t * k..][..k]
                .iter()
                .zip(p.iter())
                .map(|(q, p)| q * p)
                .sum();
            pqp += p[t] * *out;
        }
        let worst = qp.iter().fold(0f64, |m, v| m.max((v - pqp).abs()));
        if worst < 1e-9 {
            break;
        }
        for t in 0..k {
            let diagonal = q[t * k + t];
            if diagonal <= 0.0 {
                continue;
            }
            let d = (pqp - qp[t]) / diagonal;
            p[t] += d;
            pqp = (pqp + d * (d * diagonal + 2.0 * qp[t])) / (1.0 + d) / (1.0 + d);
            for j in 0..k {
                qp[j] = (qp[j] + d * q[t * k + j]) / (1.0 + d);
                p[j] /= 1.0 + d;
            }
        }
    }
    let sum: f64 = p.iter().sum();
    if sum.is_finite() && sum > 0.0 {
        p.iter_mut().for_each(|p| *p = (*p / sum).clamp(0.0, 1.0));
    } else {
        p.fill(1.0 / k as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_vanishes_and_scale_does_not_matter() {
        let f: Vec<f64> = (0..200)
            .map(|i| (i * 37 % 200) as f64 / 40.0 - 2.0)
            .collect();
        let y: Vec<bool> = f
            .iter()
            .enumerate()
            .map(|(i, f)| *f + (i % 7) as f64 * 0.4 > 1.3)
            .collect();
        let w: Vec<f64> = (0..200).map(|i| 0.5 + (i % 3) as f64).collect();
        let s = Sigmoid::fit(&f, &y, &w);
        assert!(s.a < 0.0);
        let total = |side| -> f64 {
            y.iter()
                .zip(&w)
                .filter(|(y, _)| **y == side)
                .map(|(_, w)| w)
                .sum()
        };
        let (n0, n1) = (total(false), total(true));
        let (mut g1, mut g2) = (0.0, 0.0);
        for i in 0..200 {
            let t = if y[i] {
                (n1 + 1.0) / (n1 + 2.0)
            } else {
                1.0 / (n0 + 2.0)
            };
            g1 += w[i] * f[i] * (t - s.at(f[i]));
            g2 += w[i] * (t - s.at(f[i]));
        }
        assert!(g1.abs() < 1e-5 && g2.abs() < 1e-5, "{g1} {g2}");
        let far: Vec<f64> = f.iter().map(|f| f * 1e12).collect();
        let t = Sigmoid::fit(&far, &y, &w);
        assert!((t.a * 1e12 / s.a - 1.0).abs() < 1e-6 && (t.b - s.b).abs() < 1e-6);
    }

    #[test]
    fn values_without_spread_give_the_share() {
        let y = [true, false, false, false];
        for f in [0.0, -1.0, 1e30] {
            let s = Sigmoid::fit(&[f; 4], &y, &[1.0, 1.0, 0.5, 0.5]);
            assert!((s.at(f) - 1.0 / 3.0).abs() < 1e-12);
        }
    }

    #[test]
    fn consistent_pairs_are_taken_apart_again() {
        let want = [0.5, 0.3, 0.15, 0.05];
        let mut r = [0.0; 16];
        for i in 0..4 {
            for j in 0..4 {
                r[i * 4 + j] = want[i] / (want[i] + want[j]);
            }
        }
        let (mut p, mut q) = ([0.0; 4], Vec::new());
        couple(&r, &mut p, &mut q);
        for (got, want) in p.iter().zip(want) {
            assert!((got - want).abs() < 1e-6, "{p:?}");
        }
        let mut p = [0.0; 2];
        couple(&[0.0, 0.9, 0.1, 0.0], &mut p, &mut q);
        assert!((p[0] - 0.9).abs() < 1e-7, "{p:?}");
        // Pairs that contradict one another still give probabilities.
        for odd in [[0.0; 16], [1.0; 16]] {
            let mut p = [0.0; 4];
            couple(&odd, &mut p, &mut q);
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
