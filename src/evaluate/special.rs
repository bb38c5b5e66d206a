//! Functions that tests and intervals need: gamma, digamma, incomplete gamma and beta, and the tails made from them.
//!
//! Source: Abramowitz & Stegun (1964), sections 6 and 26; the continued fractions by Lentz's method as in
//! Thompson & Barnett (1986), doi:10.1016/0021-9991(86)90046-X.

/// `ln Γ(x)` for `x > 0`; relative error about 1e-14.
///
/// Source: Lanczos (1964), doi:10.1137/0701008, with g = 7 and nine terms.
pub fn ln_gamma(x: f64) -> f64 {
    const G: f64 = 7.0;
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        let pi = std::f64::consts::PI;
        return (pi / (pi * x).sin().abs()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let mut sum = 0.999_999_999_999_809_9;
    for (i, t) in TERMS.iter().enumerate() {
        sum += t / (x + i as f64 + 1.0);
    }
    let t = x + G + 0.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// `ψ(x) = d ln Γ(x) / dx` for `x > 0`; absolute error about 1e-13.
pub fn digamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 10.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let f = 1.0 / (x * x);
    let tail = f
        * (1.0 / 12.0
            - f * (1.0 / 120.0
                - f * (1.0 / 252.0
                    - f * (1.0 / 240.0 - f * (1.0 / 132.0 - f * 691.0 / 32_760.0)))));
    sum + x.ln() - 0.5 / x - tail
}

/// Regularised lower incomplete gamma `P(a, x)` and upper `Q(a, x)`.
fn incomplete_gamma(a: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        for _ in 0..10_000 {
            n += 1.0;
            term *= x / n;
            sum += term;
            if term < sum * 1e-17 {
                break;
            }
        }
        let p = (front * sum).min(1.0);
        (p, 1.0 - p)
    } else {
        let coefficient = |i: f64| (-i * (i - a), x + 2.0 * i + 1.0 - a);
        let q = (front / lentz(x + 1.0 - a, coefficient)).clamp(0.0, 1.0);
        (1.0 - q, q)
    }
}

/// `b₀ + a₁/(b₁ + a₂/(b₂ + …))` where `next(i)` gives `(aᵢ, bᵢ)`.
fn lentz(first: f64, next: impl Fn(f64) -> (f64, f64)) -> f64 {
    const TINY: f64 = 1e-300;
    let keep = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut f = keep(first);
    let (mut c, mut d) = (f, 0.0);
    for i in 1..10_000 {
        let (a, b) = next(f64::from(i));
        d = 1.0 / keep(b + a * d);
        c = keep(b + a / c);
        let step = c * d;
        f *= step;
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    f
}

/// Regularised incomplete beta `I_x(a, b)` for `a, b > 0`.
pub fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let ln_front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    let coefficient = |i: f64| {
        let m = (i / 2.0).floor();
        let numerator = if i % 2.0 == 0.0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        (numerator, 1.0)
    };
    (ln_front.exp() / (a * lentz(1.0, coefficient))).clamp(0.0, 1.0)
}

/// Chance of more than `x` under chi-squared with `df` degrees of freedom.
pub fn chi2_tail(x: f64, df: f64) -> f64 {
    incomplete_gamma(df / 2.0, x / 2.0).1
}

/// Chance of more than `f` under Fisher's F with `d1` and `d2` degrees of freedom.
pub fn f_tail(f: f64, d1: f64, d2: f64) -> f64 {
    if f.is_infinite() {
        return 0.0;
    }
    incomplete_beta(d2 / 2.0, d1 / 2.0, d2 / (d2 + d1 * f.max(0.0)))
}

/// The value below which a share `p` of Student's t with `df` degrees of freedom lies; `p` in (0, 1).
pub fn student_t_quantile(p: f64, df: f64) -> f64 {
    if p < 0.5 {
        return -student_t_quantile(1.0 - p, df);
    }
    let tail = |t: f64| 0.5 * incomplete_beta(df / 2.0, 0.5, df / (df + t * t));
    let (mut low, mut high) = (0.0, 1.0);
    while tail(high) > 1.0 - p && high < 1e300 {
        low = high;
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if tail(middle) > 1.0 - p {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let near = |got: f64, want: f64| {
            assert!((got / want - 1.0).abs() < 1e-10, "{got} is not {want}");
        };
        near(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln());
        near(ln_gamma(11.0), 3_628_800_f64.ln());
        near(digamma(1.0), -0.577_215_664_901_532_9);
        near(digamma(0.5), -1.963_510_026_021_423_5);
        near(chi2_tail(3.841_458_820_694_124, 1.0), 0.05);
        near(chi2_tail(2.0, 2.0), (-1.0_f64).exp());
        // F with (2, 2) degrees of freedom has the tail 1 / (1 + f).
        near(f_tail(3.0, 2.0, 2.0), 0.25);
        near(f_tail(1e6, 2.0, 2.0), 1.0 / (1.0 + 1e6));
        near(student_t_quantile(0.975, 1.0), 12.706_204_736_432_095);
        near(student_t_quantile(0.975, 9.0), 2.262_157_162_740_991_7);
        near(student_t_quantile(0.025, 9.0), -2.262_157_162_740_991_7);
        assert_eq!(f_tail(0.0, 3.0, 5.0), 1.0);
        assert_eq!(f_tail(f64::INFINITY, 3.0, 5.0), 0.0);
        assert_eq!(
            (incomplete_beta(2.0, 3.0, 0.0), chi2_tail(0.0, 3.0)),
            (0.0, 1.0)
        );
    }
}
