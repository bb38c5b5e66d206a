//! Exponential functions without a library call: the same bits natively and in the browser, and loops over them vectorise.
//!
//! Both split `x = k·ln 2 + r` with `|r| ≤ ln 2 / 2`, evaluate a polynomial in `r` and scale by `2^k` through the exponent bits.
//! Adding a large constant rounds to the nearest whole number and leaves it in the low mantissa bits.

use super::lanes::{F64x2, ROUND as ROUND_F64};

const ROUND_F32: f32 = 12_582_912.0; // 1.5 · 2^23

/// `e^x` in single precision; relative error about 2e-7. Arguments are clamped to ±87.
#[inline(always)]
pub fn exp_f32(x: f32) -> f32 {
    let x = x.clamp(-87.0, 87.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND_F32;
    let exponent = (shifted.to_bits() as i32).wrapping_sub(ROUND_F32.to_bits() as i32);
    let k = shifted - ROUND_F32;
    // ln 2 in two parts, the first exact in few bits, so that k · HIGH is exact.
    const HIGH: f32 = 0.693_359_4;
    const LOW: f32 = -2.121_944_4e-4;
    let r = x - k * HIGH - k * LOW;
    let mut p = 1.0 / 5040.0;
    for c in [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        p = p * r + c;
    }
    p * f32::from_bits(((exponent + 127) << 23) as u32)
}

/// `e^x` in double precision; relative error about 3e-16. Arguments are clamped to ±708.
#[inline(always)]
pub fn exp_f64(x: f64) -> f64 {
    let x = x.clamp(-708.0, 708.0);
    let shifted = x * std::f64::consts::LOG2_E + ROUND_F64;
    let exponent = (shifted.to_bits() as i64).wrapping_sub(ROUND_F64.to_bits() as i64);
    let k = shifted - ROUND_F64;
    let r = x - k * HIGH - k * LOW;
    let mut p = FIRST;
    for c in REST {
        p = p * r + c;
    }
    p * f64::from_bits(((exponent + 1023) << 52) as u64)
}

// ln 2 in two parts, the first exact in few bits.
const HIGH: f64 = 6.931_471_803_691_238e-1;
const LOW: f64 = 1.908_214_929_270_587_7e-10;
// The Taylor series of e^r, highest power first.
const FIRST: f64 = 1.0 / 6_227_020_800.0;
const REST: [f64; 13] = [
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];

/// [`exp_f64`] of `2 N` numbers at most 0 at once, to the same bits; several pairs share the work for the constants.
#[inline(always)]
pub fn exp_f64x2<const N: usize>(x: [F64x2; N]) -> [F64x2; N] {
    let x = x.map(|x| x.max(F64x2::splat(-708.0)));
    let shifted = x.map(|x| x * F64x2::splat(std::f64::consts::LOG2_E) + F64x2::splat(ROUND_F64));
    let r: [F64x2; N] = std::array::from_fn(|i| {
        let k = shifted[i] - F64x2::splat(ROUND_F64);
        x[i] - k * F64x2::splat(HIGH) - k * F64x2::splat(LOW)
    });
    let mut p = [F64x2::splat(FIRST); N];
    for c in REST {
        let c = F64x2::splat(c);
        for (p, r) in p.iter_mut().zip(&r) {
            *p = *p * *r + c;
        }
    }
    std::array::from_fn(|i| p[i] * shifted[i].power_of_two())
}

/// The logistic function `1 / (1 + e^-z)`, single precision.
#[inline(always)]
pub fn sigmoid_f32(z: f32) -> f32 {
    1.0 / (1.0 + exp_f32(-z))
}

/// The logistic function `1 / (1 + e^-z)`, double precision.
#[inline(always)]
pub fn sigmoid_f64(z: f64) -> f64 {
    1.0 / (1.0 + exp_f64(-z))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_agree_with_the_standard_library() {
        for i in -8600..=8600 {
            let x = f64::from(i) * 0.01;
            let want = x.exp();
            assert!((exp_f64(x) / want - 1.0).abs() < 1e-15, "{x}");
            let x32 = x as f32;
            let want = f64::from(x32).exp();
            assert!((f64::from(exp_f32(x32)) / want - 1.0).abs() < 5e-7, "{x}");
        }
        assert!((exp_f64(-700.0) / (-700f64).exp() - 1.0).abs() < 1e-14);
    }

    #[test]
    fn pairs_are_the_same_bits() {
        for i in 0..20_000 {
            let x = [f64::from(i) * -0.0371, f64::from(i) * -0.000_917];
            let mut out = [0.0; 2];
            exp_f64x2([F64x2::load(&x)])[0].store(&mut out);
            assert_eq!(out.map(f64::to_bits), x.map(|x| exp_f64(x).to_bits()));
        }
    }

    #[test]
    fn extremes_stay_finite() {
        for z in [f32::MIN, -1e3, 0.0, 1e3, f32::MAX] {
            assert!((0.0..=1.0).contains(&sigmoid_f32(z)));
            assert!((0.0..=1.0).contains(&sigmoid_f64(f64::from(z))));
        }
        assert_eq!(sigmoid_f64(0.0), 0.5);
    }
}
