//! Functions that tests and intervals need: gamma, digamma, incomplete gamma and beta, and the tails made from them.
//!
//! Source: Abramowitz & Stegun (1964), sections 6 and 26; the continued fractions by Lentz's method as in
//! Thompson & Barnett (1986), doi:10.1016/0021-9991(86)90046-X.
use crate::base::special::lentz;
pub use crate::base::special::{chi2_tail, digamma};

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
