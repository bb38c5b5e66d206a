//! Noise for differential privacy: discrete Laplace and discrete Gaussian, drawn exactly.
//!
//! Everything here is whole numbers: noise made of floating point numbers has gaps from which the true value can be
//! read. Source: Canonne, Kamath and Steinke (2020), The discrete Gaussian for differential privacy, arXiv:2004.00010.
use rand_chacha::rand_core::Rng;

/// A uniform number below `n`, without bias; `n` is at least 1.
fn below(rng: &mut impl Rng, n: u128) -> u128 {
    let bits = 128 - n.saturating_sub(1).leading_zeros();
    let mask = match bits {
        0 => return 0,
        128 => u128::MAX,
        bits => (1 << bits) - 1,
    };
    loop {
        let high = if bits > 64 { rng.next_u64() } else { 0 };
        let drawn = ((u128::from(high) << 64) | u128::from(rng.next_u64())) & mask;
        if drawn < n {
            return drawn;
        }
    }
}

/// True with probability exp(−`num`/`den`).
fn bernoulli_exp(rng: &mut impl Rng, num: u128, den: u128) -> bool {
    for _ in 0..num / den {
        if !at_most_one(rng, 1, 1) {
            return false;
        }
    }
    at_most_one(rng, num % den, den)
}

/// [`bernoulli_exp`] for `num` ≤ `den`: the series of the exponential, drawn term by term.
fn at_most_one(rng: &mut impl Rng, num: u128, den: u128) -> bool {
    let mut k = 1;
    while below(rng, den * k) < num {
        k += 1;
    }
    k % 2 == 1
}

/// A draw of the discrete Laplace distribution of scale `num`/`den`: P(x) ∝ exp(−|x|·`den`/`num`).
pub fn discrete_laplace(rng: &mut impl Rng, num: u64, den: u64) -> i128 {
    let (num, den) = (u128::from(num.max(1)), u128::from(den.max(1)));
    loop {
        let low = below(rng, num);
        if !bernoulli_exp(rng, low, num) {
            continue;
        }
        let mut high = 0;
        while at_most_one(rng, 1, 1) {
            high += 1;
        }
        let size = ((low + num * high) / den) as i128;
        let negative = below(rng, 2) == 1;
        // Zero would come up twice as often otherwise.
        if !(negative && size == 0) {
            return if negative { -size } else { size };
        }
    }
}

/// A draw of the discrete Gaussian distribution: P(x) ∝ exp(−x²/(2·`variance`)). `variance` is below 2⁵⁶.
pub fn discrete_gaussian(rng: &mut impl Rng, variance: u64) -> i128 {
    let t = variance.isqrt() + 1;
    let (v, wide) = (u128::from(variance.max(1)), u128::from(t));
    loop {
        let drawn = discrete_laplace(rng, t, 1);
        let off = (drawn.unsigned_abs() * wide).abs_diff(v);
        // Beyond it the probability to be kept is below 2⁻¹⁰⁰⁰⁰.
        let Some(square) = off.checked_mul(off) else {
            continue;
        };
        if bernoulli_exp(rng, square, 2 * v * wide * wide) {
            return drawn;
        }
    }
}

/// The δ that concentrated privacy `rho` gives at `epsilon` (corollary 13 of the paper).
fn delta_of(rho: f64, epsilon: f64) -> f64 {
    let (mut low, mut high) = (1.0 + 1e-9, (epsilon + 1.0) / (2.0 * rho) + 2.0);
    for _ in 0..200 {
        let alpha = f64::midpoint(low, high);
        let slope = (2.0 * alpha - 1.0) * rho - epsilon + (-1.0 / alpha).ln_1p();
        if slope < 0.0 {
            low = alpha;
        } else {
            high = alpha;
        }
    }
    let exponent = (high - 1.0) * (high * rho - epsilon) + high * (-1.0 / high).ln_1p();
    exponent.exp() / (high - 1.0)
}

/// The variance of Gaussian noise, for a vector of `n` answers that one customer changes by at most 1 each, that is
/// (`epsilon`, `delta`)-private. The bound holds for discrete noise as it is.
pub fn gaussian_variance(epsilon: f64, delta: f64, n: u32) -> f64 {
    let (mut low, mut high) = (0.0, epsilon + 1.0);
    for _ in 0..200 {
        let rho = f64::midpoint(low, high);
        if delta_of(rho, epsilon) <= delta {
            low = rho;
        } else {
            high = rho;
        }
    }
    f64::from(n) / (2.0 * low)
}

/// The least `m` for which discrete Laplace noise of scale 1/`t` is at least `m` with probability `delta` or less.
pub fn laplace_tail(t: f64, delta: f64) -> u64 {
    ((-delta.ln() - (-t).exp().ln_1p()) / t).ceil().max(1.0) as u64
}

/// The same for discrete Gaussian noise, whose tail is below that of the continuous one's bound.
pub fn gaussian_tail(variance: f64, delta: f64) -> u64 {
    (-2.0 * variance * delta.ln()).sqrt().ceil().max(1.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    const DRAWS: u32 = 60_000;

    fn rng(seed: u8) -> ChaCha20Rng {
        ChaCha20Rng::from_seed([seed; 32])
    }

    /// Pearson's statistic of draws against a probability mass function on `-reach..=reach`, the tails together, over its
    /// degrees of freedom: about 1 where they agree.
    fn misfit(mut draw: impl FnMut() -> i128, weight: impl Fn(f64) -> f64, reach: i128) -> f64 {
        let whole: f64 = (-4000..=4000).map(|x| weight(f64::from(x))).sum();
        let mut counts = vec![0_u32; (2 * reach + 2) as usize];
        for _ in 0..DRAWS {
            let x = draw();
            let at = if x.abs() <= reach {
                x + reach
            } else {
                2 * reach + 1
            };
            counts[at as usize] += 1;
        }
        let mut expected: Vec<f64> = (-reach..=reach)
            .map(|x| weight(x as f64) / whole * f64::from(DRAWS))
            .collect();
        expected.push(f64::from(DRAWS) - expected.iter().sum::<f64>());
        let terms = counts.iter().zip(&expected);
        terms
            .map(|(o, e)| (f64::from(*o) - e).powi(2) / e)
            .sum::<f64>()
            / (2 * reach + 1) as f64
    }

    #[test]
    fn laplace_noise_has_its_exact_distribution() {
        for (seed, num, den, reach) in [(1, 1, 1, 5), (2, 7, 2, 12), (3, 20, 1, 60), (4, 1, 3, 1)] {
            let mut rng = rng(seed);
            let t = den as f64 / num as f64;
            let found = misfit(
                || discrete_laplace(&mut rng, num, den),
                |x| (-x.abs() * t).exp(),
                reach,
            );
            assert!(found < 2.2, "scale {num}/{den}: {found}");
            // A scale that is a fifth off is found out.
            let mut rng = self::rng(seed);
            let off = misfit(
                || discrete_laplace(&mut rng, num, den),
                |x| (-x.abs() * t * 1.2).exp(),
                reach,
            );
            assert!(off > 5.0, "scale {num}/{den}: {off}");
        }
    }

    #[test]
    fn gaussian_noise_has_its_exact_distribution() {
        for (seed, variance, reach) in [(5, 1, 3), (6, 4, 6), (7, 90, 25)] {
            let mut rng = rng(seed);
            let v = variance as f64;
            let found = misfit(
                || discrete_gaussian(&mut rng, variance),
                |x| (-x * x / (2.0 * v)).exp(),
                reach,
            );
            assert!(found < 2.2, "variance {variance}: {found}");
            let mut rng = self::rng(seed);
            let off = misfit(
                || discrete_gaussian(&mut rng, variance),
                |x| (-x * x / (2.5 * v)).exp(),
                reach,
            );
            assert!(off > 5.0, "variance {variance}: {off}");
        }
    }

    #[test]
    fn large_noise_neither_overflows_nor_shrinks() {
        let (mut rng, n) = (rng(8), 2_000);
        let variance = 1_u64 << 55;
        let sum: f64 = (0..n)
            .map(|_| (discrete_gaussian(&mut rng, variance) as f64).powi(2))
            .sum();
        let ratio = sum / f64::from(n) / variance as f64;
        assert!((0.9..1.1).contains(&ratio), "{ratio}");
        let scale = 1_u64 << 42;
        let sum: f64 = (0..n)
            .map(|_| (discrete_laplace(&mut rng, scale, 1) as f64).abs())
            .sum();
        let ratio = sum / f64::from(n) / scale as f64;
        assert!((0.9..1.1).contains(&ratio), "{ratio}");
    }

    /// Balle and Wang's exact δ of continuous Gaussian noise with one answer of sensitivity 1, by integration.
    fn analytic_delta(epsilon: f64, sigma: f64) -> f64 {
        let cdf = |x: f64| {
            let n = 20_000;
            let step = (x + 40.0) / f64::from(n);
            let at = |i: u32| (-(-40.0 + f64::from(i) * step).powi(2) / 2.0).exp();
            let inner: f64 = (1..n).map(at).sum();
            (inner + at(n) / 2.0) * step / (2.0 * std::f64::consts::PI).sqrt()
        };
        cdf(0.5 / sigma - epsilon * sigma) - epsilon.exp() * cdf(-0.5 / sigma - epsilon * sigma)
    }

    #[test]
    fn sigma_suffices_and_is_not_wasteful() {
        for (epsilon, delta) in [(0.1, 1e-6), (1.0, 1e-6), (3.0, 1e-5)] {
            let sigma = gaussian_variance(epsilon, delta, 1).sqrt();
            assert!(analytic_delta(epsilon, sigma) <= delta, "{epsilon}");
            assert!(analytic_delta(epsilon, sigma * 0.85) > delta, "{epsilon}");
            // Discrete noise of that variance, by the definition: the sum of what one side has in excess.
            let p = |x: f64| (-x * x / (2.0 * sigma * sigma)).exp();
            let whole: f64 = (-3000..=3000).map(|x| p(f64::from(x))).sum();
            let excess: f64 = (-3000..=3000)
                .map(|x| (p(f64::from(x)) - epsilon.exp() * p(f64::from(x) + 1.0)).max(0.0))
                .sum();
            assert!(excess / whole <= delta, "{epsilon}: {}", excess / whole);
        }
        let (one, four) = (
            gaussian_variance(1.0, 1e-6, 1),
            gaussian_variance(1.0, 1e-6, 4),
        );
        assert!((four / one - 4.0).abs() < 1e-9);
    }

    #[test]
    fn a_single_customer_is_seen_with_probability_delta_at_most() {
        for t in [0.1_f64, 0.5, 1.0, 2.0] {
            for delta in [1e-3, 1e-6] {
                let m = laplace_tail(t, delta) as f64;
                let tail = |m: f64| (-t * m).exp() / (1.0 + (-t).exp());
                assert!(
                    tail(m) <= delta && (m < 2.0 || tail(m - 1.0) > delta),
                    "{t} {delta}"
                );
                let variance = 1.0 / (t * t);
                let m = gaussian_tail(variance, delta) as i32;
                let p = |x: i32| (-f64::from(x).powi(2) / (2.0 * variance)).exp();
                let (over, all): (f64, f64) = ((m..2000).map(p).sum(), (-2000..2000).map(p).sum());
                assert!(over / all <= delta, "{t} {delta}");
            }
        }
    }
}
