//! Numbers as machines write them: for form fields and attributes.

/// The shortest text that reads back as the same number: a point for decimals, no grouping, no power of ten.
pub fn plain(v: f64) -> String {
    if v.is_finite() && v != 0.0 {
        spread(&platform::shortest(v))
    } else if v.is_nan() {
        "NaN".to_owned()
    } else {
        let sign = if v.is_sign_negative() { "-" } else { "" };
        let size = if v == 0.0 { "0" } else { "inf" };
        format!("{sign}{size}")
    }
}

/// `1.5e-7` as `0.00000015`.
fn spread(text: &str) -> String {
    let Some((number, power)) = text.split_once('e') else {
        return text.to_owned();
    };
    let power: i32 = power.trim_start_matches('+').parse().unwrap_or(0);
    let (sign, number) = match number.strip_prefix('-') {
        Some(number) => ("-", number),
        None => ("", number),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let zeros = |n: i32| "0".repeat(n.max(0) as usize);
    if power < 0 {
        let ahead = zeros(-power - whole.len() as i32);
        return format!("{sign}0.{ahead}{whole}{part}");
    }
    let behind = zeros(power - part.len() as i32);
    format!("{sign}{whole}{part}{behind}")
}

#[cfg(target_arch = "wasm32")]
mod platform {

    /// The browser's own way: that of the standard library would bring its tables into the page.
    pub fn shortest(v: f64) -> String {
        let text = js_sys::Number::from(v).to_string_with_radix(10);
        text.map(String::from).unwrap_or_default()
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod platform {
    pub fn shortest(v: f64) -> String {
        v.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_are_written_out() {
        // As JavaScript writes numbers beyond 1e21 and below 1e-6.
        for (theirs, ours) in [
            ("1.5e-7", 1.5e-7),
            ("-1e-10", -1e-10),
            ("1e+21", 1e21),
            ("1.25e+25", 1.25e25),
            ("5e-324", 5e-324),
            ("0.000001", 1e-6),
            ("-12.5", -12.5),
        ] {
            assert_eq!(spread(theirs), ours.to_string());
        }
        for v in [
            0.0,
            -0.0,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            0.1,
            1e300,
        ] {
            assert_eq!(plain(v), v.to_string());
        }
    }
}
