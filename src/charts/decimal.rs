//! Numbers with a fixed count of decimals, to the last digit as the standard library writes them: exactly, halves to the
//! even digit. Its own way is several times the code, and its tables do not compress; pictures need short numbers only.

/// A limb holds nine digits.
const BASE: u64 = 1_000_000_000;

/// All digits of the size of a finite number, without leading zeros, and how many of them are decimals.
fn exact(v: f64) -> (Vec<u8>, usize) {
    let bits = v.abs().to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i32);
    let (mantissa, exponent) = match exponent {
        0 => (fraction, -1074),
        e => (fraction | 1 << 52, e - 1075),
    };
    if mantissa == 0 {
        return (vec![0], 0);
    }
    let n_zeros = mantissa.trailing_zeros();
    let (mantissa, exponent) = (mantissa >> n_zeros, exponent + n_zeros as i32);
    // A half is five tenths.
    let factor = if exponent < 0 { 5 } else { 2 };
    let mut limbs = vec![mantissa % BASE, mantissa / BASE];
    for _ in 0..exponent.unsigned_abs() {
        let mut carry = 0;
        for limb in &mut limbs {
            carry += *limb * factor;
            *limb = carry % BASE;
            carry /= BASE;
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let mut digits = Vec::new();
    for mut limb in limbs {
        for _ in 0..9 {
            digits.push((limb % 10) as u8);
            limb /= 10;
        }
    }
    while digits.len() > 1 && digits.last() == Some(&0) {
        digits.pop();
    }
    digits.reverse();
    (digits, (-exponent).max(0) as usize)
}

/// Cuts all but `n` digits off, rounding. Whether that made a digit more in front.
fn round(digits: &mut Vec<u8>, n: usize) -> bool {
    let tail = digits.split_off(n.min(digits.len()));
    let is_odd = digits.last().is_some_and(|d| d % 2 == 1);
    let more = tail.iter().skip(1).any(|d| *d > 0) || is_odd;
    let up = match tail.first() {
        Some(5) => more,
        Some(d) => *d > 5,
        None => false,
    };
    if !up {
        return false;
    }
    for d in digits.iter_mut().rev() {
        if *d < 9 {
            *d += 1;
            return false;
        }
        *d = 0;
    }
    digits.insert(0, 1);
    true
}

fn written(v: f64, digits: &[u8], n_whole: usize) -> String {
    let mut out = String::with_capacity(digits.len() + 2);
    if v.is_sign_negative() {
        out.push('-');
    }
    for (i, d) in digits.iter().enumerate() {
        if i == n_whole {
            out.push('.');
        }
        out.push(char::from(b'0' + d));
    }
    out
}

/// A finite number with `decimals` decimals, as `{:.decimals$}` writes it.
pub fn fixed(v: f64, decimals: usize) -> String {
    let (mut digits, n_decimals) = exact(v);
    while digits.len() <= n_decimals {
        digits.splice(0..0, std::iter::repeat_n(0, n_decimals + 1 - digits.len()));
    }
    let mut n_whole = digits.len() - n_decimals;
    n_whole += usize::from(round(&mut digits, n_whole + decimals));
    digits.resize(n_whole + decimals, 0);
    written(v, &digits, n_whole)
}

/// A finite number as a power of ten with `decimals` decimals before it, as `{:.decimals$e}` writes it.
pub fn scientific(v: f64, decimals: usize) -> String {
    let (mut digits, n_decimals) = exact(v);
    let mut power = digits.len() as i32 - 1 - n_decimals as i32;
    power += i32::from(round(&mut digits, 1 + decimals));
    digits.resize(1 + decimals, 0);
    format!("{}e{power}", written(v, &digits, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_standard_library() {
        let odd = [
            0.0,
            -0.0,
            0.25,
            0.75,
            1.25,
            -0.01,
            0.05,
            0.5,
            1.5,
            2.5,
            9.995,
            99.5,
            0.095,
            999_999.5,
            1e15,
            1e22,
            123e20,
            5e-324,
            f64::MIN_POSITIVE,
            f64::MAX,
            f64::MIN,
            0.1,
            0.3,
            1e-9,
        ];
        let mut state = 1_u64;
        let mut random = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state
        };
        let mut values = odd.to_vec();
        for _ in 0..3_000 {
            values.push((random() >> 11) as f64 / 1e12 - 4_000.0);
            // Halves and quarters, where rounding must look at the digit before.
            values.push((random() >> 50) as f64 / 8.0);
            values.push(f64::from_bits(random()));
        }
        for v in values.into_iter().filter(|v| v.is_finite()) {
            for n in [0, 1, 2, 3, 8] {
                assert_eq!(fixed(v, n), format!("{v:.n$}"), "{v:e} {n}");
            }
            for n in [0, 2] {
                assert_eq!(scientific(v, n), format!("{v:.n$e}"), "{v:e} {n}");
            }
        }
    }
}
