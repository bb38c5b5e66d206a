//! Templates filled, and numbers as both languages write them.
#[cfg(not(target_arch = "wasm32"))]
use super::NumberStyle;
use crate::charts::decimal::{fixed, scientific};

/// Fills `{name}` placeholders in one pass, so that braces in a value stay as they are.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at(open);
        out.push_str(before);
        let found = after.find('}').and_then(|close| {
            let name = &after[1..close];
            let value = values.iter().find(|(k, _)| *k == name)?.1;
            Some((value, &after[close + 1..]))
        });
        match found {
            Some((value, tail)) => {
                out.push_str(&crate::base::isolated(value));
                rest = tail;
            }
            None => {
                out.push('{');
                rest = &after[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// A parameter goes by its own name; the page knows more.
#[cfg(not(target_arch = "wasm32"))]
pub fn param(name: &str) -> String {
    name.to_owned()
}

/// Digits grouped by three.
fn grouped(v: f64, decimals: usize) -> String {
    let plain = fixed(v.abs(), decimals);
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut out = String::new();
    let is_zero = plain.bytes().all(|b| b == b'0' || b == b'.');
    if v < 0.0 && !is_zero {
        out.push('-');
    }
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// Drops zeros after the decimal point.
fn trimmed(text: String) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Numbers with a point for decimals and a comma for thousands, as both languages write them.
#[cfg(not(target_arch = "wasm32"))]
pub fn number(v: f64, style: NumberStyle) -> String {
    if !v.is_finite() {
        return "–".to_owned();
    }
    match style {
        NumberStyle::Percent => format!("{}%", grouped(v * 100.0, 0)),
        NumberStyle::Percent1 => format!("{}%", grouped(v * 100.0, 1)),
        NumberStyle::Count => grouped(v, 0),
        NumberStyle::Score => grouped(v, 3),
        NumberStyle::Short => short(v),
    }
}

/// Four significant digits at most; powers of ten only where digits alone would be unreadable.
fn short(v: f64) -> String {
    let size = v.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e15).contains(&size) {
        return scientific(v, 2);
    }
    let magnitude = size.log10().floor() as i32;
    let decimals = (3 - magnitude).clamp(0, 8) as usize;
    trimmed(grouped(v, decimals))
}

/// `v` over the largest of the `units` that it reaches; they are written as `6M 3K`, by their powers of ten.
pub fn compact(v: f64, units: &str) -> String {
    let units = units.split(' ').filter_map(|unit| {
        let name = unit.trim_start_matches(|c: char| c.is_ascii_digit());
        let power: i32 = unit[..unit.len() - name.len()].parse().ok()?;
        Some((10_f64.powi(power), name))
    });
    let mut fitting = units.filter(|(size, _)| v.abs() >= *size && v.abs() / size < 1e6);
    fitting.next().map_or_else(
        || short(v),
        |(size, name)| format!("{}{name}", short(v / size)),
    )
}

#[cfg(test)]
mod tests {
    use super::super::{EN, ZH};
    use super::*;

    #[test]
    fn placeholders_are_filled_once() {
        let text = fill("{a} and {b}, {c", &[("a", "{b}"), ("b", "2")]);
        assert_eq!(text, "{b} and 2, {c");
        assert_eq!(fill("{x}", &[]), "{x}");
    }

    #[test]
    fn numbers_are_grouped_and_short() {
        assert_eq!(number(1234567.0, NumberStyle::Count), "1,234,567");
        assert_eq!(number(-0.0004, NumberStyle::Score), "0.000");
        assert_eq!(number(0.1234, NumberStyle::Percent1), "12.3%");
        assert_eq!(number(f64::NAN, NumberStyle::Score), "–");
        assert_eq!(number(1234.56, NumberStyle::Short), "1,235");
        assert_eq!(number(0.012345, NumberStyle::Short), "0.01235");
        assert_eq!(number(100.0, NumberStyle::Short), "100");
        assert_eq!(EN.compact(1_200_000.0), "1.2M");
        assert_eq!(ZH.compact(1_200_000.0), "120万");
    }
}
