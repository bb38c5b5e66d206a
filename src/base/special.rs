//! Tails and quantiles of the distributions that tests and intervals need.
//!
//! The continued fraction of the incomplete gamma function is worked out by Lentz's method as in Thompson & Barnett (1986),
//! doi:10.1016/0021-9991(86)90046-X.
//!
//! Source: NIST Digital Library of Mathematical Functions, sections 5.11, 7.6, 7.9 and 8.17, <https://dlmf.nist.gov>.
use std::f64::consts::{FRAC_2_SQRT_PI, PI, SQRT_2};

/// 97.5 % point of the normal distribution.
pub const NORMAL_975: f64 = 1.959_963_984_540_054;

/// Beyond so many degrees of freedom Student's t is taken as normal: they differ by less than 1e-7.
const MANY_DEGREES: f64 = 1e7;

/// Chance of a standard normal value at least as far from 0 as `z`.
pub fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() / SQRT_2)
}

/// Complementary error function for `x >= 0`: its series near 0, its continued fraction beyond.
fn erfc(x: f64) -> f64 {
    if x < 2.5 {
        let (mut term, mut sum) = (x, x);
        for k in 1..100 {
            term *= -x * x / f64::from(k);
            let part = term / f64::from(2 * k + 1);
            sum += part;
            if part.abs() < 1e-17 * sum.abs() {
                break;
            }
        }
        return 1.0 - FRAC_2_SQRT_PI * sum;
    }
    let mut tail = x;
    for k in (1..=60).rev() {
        tail = x + 0.5 * f64::from(k) / tail;
    }
    (-x * x).exp() * 0.5 * FRAC_2_SQRT_PI / tail
}

/// Natural logarithm of the gamma function, `x > 0`.
pub fn ln_gamma(x: f64) -> f64 {
    // Moved up to where Stirling's series is exact to the last digits.
    let (mut x, mut product) = (x, 1.0);
    while x < 12.0 {
        product *= x;
        x += 1.0;
    }
    let u = 1.0 / (x * x);
    let mut series = 0.0;
    for c in [
        -691.0 / 360_360.0,
        1.0 / 1_188.0,
        -1.0 / 1_680.0,
        1.0 / 1_260.0,
        -1.0 / 360.0,
        1.0 / 12.0,
    ] {
        series = series * u + c;
    }
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * PI).ln() + series / x - f64::ln(product)
}

/// Regularised incomplete beta function `I_x(a, b)`; `rest` is `1 − x`, given apart so that neither end loses digits.
pub fn incomplete_beta(a: f64, b: f64, x: f64, rest: f64) -> f64 {
    if x <= 0.0 || rest >= 1.0 {
        return 0.0;
    }
    if rest <= 0.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, rest, x);
    }
    let front =
        (a * x.ln() + b * rest.ln() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b)).exp() / a;
    // The continued fraction, by the modified Lentz method.
    let apart = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let (mut c, mut d) = (1.0, 1.0 / apart(1.0 - (a + b) * x / (a + 1.0)));
    let mut value = d;
    for m in 1..20_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / apart(1.0 + even * d);
        c = apart(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / apart(1.0 + odd * d);
        c = apart(1.0 + odd / c);
        value *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    front * value
}

/// Chance of a value of Student's t with `df > 0` degrees of freedom at least as far from 0 as `t`.
pub fn student_two_sided(t: f64, df: f64) -> f64 {
    if df > MANY_DEGREES {
        return normal_two_sided(t);
    }
    let u = t * t / df;
    if u.is_infinite() {
        return 0.0;
    }
    incomplete_beta(0.5 * df, 0.5, 1.0 / (1.0 + u), u / (1.0 + u))
}

/// The `t` with [`student_two_sided`]`(t, df) = tail`, for `0 < tail < 1`: half the width of an interval of level
/// `1 − tail`, in standard errors.
pub fn student_quantile(tail: f64, df: f64) -> f64 {
    let mut high = 1.0;
    while student_two_sided(high, df) > tail && high < 1e150 {
        high *= 2.0;
    }
    let mut low = if high > 1.0 { 0.5 * high } else { 0.0 };
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if student_two_sided(middle, df) > tail {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
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
pub(crate) fn lentz(first: f64, next: impl Fn(f64) -> (f64, f64)) -> f64 {
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

/// Chance of more than `x` under chi-squared with `df` degrees of freedom.
pub fn chi2_tail(x: f64, df: f64) -> f64 {
    incomplete_gamma(df / 2.0, x / 2.0).1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, want: f64) {
        assert!((got / want - 1.0).abs() < 1e-10, "{got} {want}");
    }

    // scipy 1.17.1: stats.norm.sf, stats.t.sf, stats.t.isf, special.gammaln.
    #[test]
    fn tails_and_quantiles_are_scipys() {
        near(normal_two_sided(0.3), 0.7641771556220948);
        near(normal_two_sided(1.7), 0.08913092551708608);
        near(normal_two_sided(3.1), 0.0019352064264367126);
        near(normal_two_sided(6.0), 1.973175290075389e-09);
        near(student_two_sided(0.2, 1.0), 0.8743340836219978);
        near(student_two_sided(2.0, 1.0), 0.2951672353008665);
        near(student_two_sided(1.5, 4.0), 0.208);
        near(student_two_sided(12.0, 7.0), 6.358310378185098e-06);
        near(student_two_sided(2.2, 60.0), 0.0316692474725769);
        near(student_two_sided(2.2, 80000.0), 0.02780974367464481);
        near(student_two_sided(1.0, 0.5), 0.6022432216826441);
        near(student_quantile(0.05, 1.0), 12.706204736174705);
        near(student_quantile(0.05, 5.0), 2.5705818356363155);
        near(student_quantile(0.01, 30.0), 2.749995653567226);
        near(student_quantile(0.05, 79979.0), 1.9599936461577439);
        near(student_quantile(0.5, 3.0), 0.7648923284043444);
        near(ln_gamma(0.1), 2.252712651734206);
        near(ln_gamma(0.5), 0.5723649429247);
        near(ln_gamma(3.7), 1.428072326665388);
        near(ln_gamma(200.0), 857.9336698258575);
    }

    #[test]
    fn ends_are_exact() {
        assert_eq!(student_two_sided(0.0, 3.0), 1.0);
        assert_eq!(student_two_sided(f64::INFINITY, 3.0), 0.0);
        assert_eq!(normal_two_sided(0.0), 1.0);
        assert_eq!(incomplete_beta(2.0, 3.0, 0.0, 1.0), 0.0);
        assert_eq!(incomplete_beta(2.0, 3.0, 1.0, 0.0), 1.0);
    }
}
