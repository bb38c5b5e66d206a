//! Numbers from elsewhere: in digits, or wider than this machine's.
use serde::{Deserialize, Deserializer};

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

/// Whether `text` is a decimal number: a sign, digits with at most one point, a power of ten such as `e-3`. Spaces,
/// hexadecimal numbers, `inf` and `nan` are not.
pub fn is_number(text: &str) -> bool {
    let all_digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let (number, power) = text
        .split_once(['e', 'E'])
        .map_or((text, None), |(n, p)| (n, Some(unsigned(p))));
    let number = unsigned(number);
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    all_digits(whole)
        && all_digits(part)
        && whole.len() + part.len() > 0
        && power.is_none_or(|p| !p.is_empty() && all_digits(p))
}

/// Reads a `usize`; one too large for this machine becomes the largest, so that reading it never fails.
///
/// # Errors
/// Those of the deserializer.
pub fn saturating<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    u64::deserialize(deserializer).map(|v| usize::try_from(v).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_the_parser() {
        let yes = [
            "0", "-1", "+1.5", ".5", "5.", "1e5", "1.E-05", "007", "-.0e+9",
        ];
        let no = [
            "", "+", ".", "-.", "e5", "1e", "1e+", "0x10", "1 ", " 1", "1_0", "1,5", "--1",
            "1.2.3", "1e2e3", "1e2.5", "１",
        ];
        for text in yes {
            assert!(is_number(text) && text.parse::<f64>().is_ok(), "{text}");
        }
        for text in no {
            assert!(!is_number(text) && text.parse::<f64>().is_err(), "{text}");
        }
        for text in ["inf", "-Infinity", "NaN"] {
            assert!(!is_number(text), "{text}");
        }
    }
}
