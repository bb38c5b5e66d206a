//! Random numbers of the distributions that forecasts are drawn from.
//!
//! Source: gamma by Marsaglia & Tsang (2000), doi:10.1145/358407.358414; Poisson beyond 10 by Hörmann (1993), The
//! transformed rejection method, doi:10.1016/0167-6687(93)90997-4.
use crate::base::special::ln_gamma;
use rand_chacha::{ChaCha8Rng, rand_core::Rng as _};

/// Draws, all from one generator.
pub(super) struct Draws(pub ChaCha8Rng, pub Option<f64>);

impl Draws {
    /// Above 0, below 1.
    pub(super) fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// Standard normal, by the polar method.
    pub(super) fn normal(&mut self) -> f64 {
        if let Some(second) = self.1.take() {
            return second;
        }
        loop {
            let (u, v) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                let scale = (-2.0 * s.ln() / s).sqrt();
                self.1 = Some(v * scale);
                return u * scale;
            }
        }
    }

    /// Gamma with the shape and scale 1; `shape > 0`.
    pub(super) fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = self.uniform().ln() / shape;
            return self.gamma(shape + 1.0) * boost.exp();
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = 1.0 + c * x;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            let u = self.uniform();
            if u < 1.0 - 0.0331 * x * x * x * x || u.ln() < 0.5 * x * x + d * (1.0 - v + v.ln()) {
                return d * v;
            }
        }
    }

    /// Beta; both above 0. 0 where both parts vanish.
    pub(super) fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        let sum = x + y;
        if sum > 0.0 { x / sum } else { 0.0 }
    }

    /// Poisson; a mean that is not above 0 gives 0, one beyond 1e9 itself.
    pub(super) fn poisson(&mut self, mean: f64) -> f64 {
        if mean.is_nan() || mean <= 0.0 {
            return 0.0;
        }
        if mean > 1e9 {
            return mean.min(1e15).floor();
        }
        if mean < 10.0 {
            let limit = (-mean).exp();
            let (mut product, mut count) = (self.uniform(), 0.0);
            while product > limit {
                product *= self.uniform();
                count += 1.0;
            }
            return count;
        }
        let b = 0.931 + 2.53 * mean.sqrt();
        let a = -0.059 + 0.024_83 * b;
        let inverse = 1.123_9 + 1.132_8 / (b - 3.4);
        let fast = 0.927_7 - 3.622_4 / (b - 2.0);
        loop {
            let u = self.uniform() - 0.5;
            let v = self.uniform();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + mean + 0.43).floor();
            if us >= 0.07 && v <= fast {
                return k;
            }
            if k < 0.0 || (us < 0.013 && v > us) {
                continue;
            }
            let left = (v * inverse / (a / (us * us) + b)).ln();
            if left <= k * mean.ln() - mean - ln_gamma(k + 1.0) {
                return k;
            }
        }
    }

    /// The first success of trials with the chance `p`, from 1; infinite when there is none.
    pub(super) fn geometric(&mut self, p: f64) -> f64 {
        let rest = (-p).ln_1p();
        if rest == 0.0 {
            return f64::INFINITY;
        }
        (self.uniform().ln() / rest).floor() + 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng as _;

    #[test]
    fn means_and_variances_are_as_they_should_be() {
        let mut draws = Draws(ChaCha8Rng::seed_from_u64(3), None);
        const N: usize = 60_000;
        let mut check =
            |what: &str, mean: f64, variance: f64, one: &mut dyn FnMut(&mut Draws) -> f64| {
                let all: Vec<f64> = (0..N).map(|_| one(&mut draws)).collect();
                let got = all.iter().sum::<f64>() / N as f64;
                let spread = all.iter().map(|v| (v - got).powi(2)).sum::<f64>() / N as f64;
                let room = 5.0 * (variance / N as f64).sqrt();
                assert!((got - mean).abs() < room, "{what}: {got} {mean}");
                assert!(
                    (spread / variance - 1.0).abs() < 0.08,
                    "{what}: {spread} {variance}"
                );
            };
        check("normal", 0.0, 1.0, &mut |d| d.normal());
        for shape in [0.24, 1.0, 7.5] {
            check("gamma", shape, shape, &mut |d| d.gamma(shape));
        }
        for mean in [0.3, 6.0, 10.5, 35.0, 400.0] {
            check("poisson", mean, mean, &mut |d| d.poisson(mean));
        }
        check("beta", 0.25, 0.25 * 0.75 / 5.0, &mut |d| d.beta(1.0, 3.0));
        check("geometric", 4.0, 12.0, &mut |d| d.geometric(0.25));
        assert_eq!(draws.poisson(f64::NAN), 0.0);
        assert_eq!(draws.geometric(0.0), f64::INFINITY);
    }
}
