//! Written numbers: the plain fast path, and signs, separators, currencies and percent marks.
use super::words;

/// The cell has a decimal point or an exponent.
pub const FRACTION: u8 = 1;
/// A whole number with a leading zero: rather a code.
pub const PADDED: u8 = 2;
/// A whole number beyond 2^53, which a float cannot hold: rather a code.
pub const WIDE: u8 = 4;

/// Powers of ten that a float holds exactly.
const POWERS: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// Reads `[+-]digits[.digits][e[+-]digits]`, with flags about how it was written.
///
/// Up to 15 digits the quotient of two exact floats is correctly rounded (Clinger 1990, "How to read floating point
/// numbers accurately"); longer ones go to a full parser.
#[inline]
pub fn plain(cell: &[u8]) -> Option<(f64, u8)> {
    let (negative, digits) = match cell {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, cell),
    };
    if digits.len() > 16 {
        return slow(negative, digits);
    }
    let (mut mantissa, mut n, mut point) = (0_u64, 0_usize, usize::MAX);
    for (i, &b) in digits.iter().enumerate() {
        let d = b.wrapping_sub(b'0');
        if d < 10 {
            mantissa = mantissa * 10 + u64::from(d);
            n += 1;
        } else if b == b'.' && point == usize::MAX {
            point = i;
        } else {
            return slow(negative, digits);
        }
    }
    if n == 0 || n > 15 {
        return slow(negative, digits);
    }
    let (value, flags) = if point == usize::MAX {
        (
            mantissa as f64,
            if digits[0] == b'0' && n > 1 {
                PADDED
            } else {
                0
            },
        )
    } else {
        (mantissa as f64 / POWERS[digits.len() - 1 - point], FRACTION)
    };
    Some((if negative { -value } else { value }, flags))
}

#[cold]
#[inline(never)]
fn slow(negative: bool, digits: &[u8]) -> Option<(f64, u8)> {
    let first = *digits.first()?;
    // The parser would take words such as "inf", and a second sign.
    if !(first.is_ascii_digit() || first == b'.')
        || !digits
            .iter()
            .all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
    {
        return None;
    }
    let value: f64 = fast_float2::parse(digits).ok()?;
    if !value.is_finite() {
        return None;
    }
    let flags = if digits.iter().any(|b| !b.is_ascii_digit()) {
        FRACTION
    } else {
        let wide = if value > 9_007_199_254_740_992.0 {
            WIDE
        } else {
            0
        };
        let padded = if first == b'0' { PADDED } else { 0 };
        wide | padded
    };
    Some((if negative { -value } else { value }, flags))
}

/// Currency signs and codes, longer ones before those they begin with.
const CURRENCIES: &[&str] = &[
    "US$",
    "HK$",
    "NT$",
    "CA$",
    "AU$",
    "A$",
    "C$",
    "R$",
    "S$",
    "$",
    "€",
    "£",
    "¥",
    "￥",
    "₹",
    "₽",
    "₩",
    "₺",
    "₴",
    "₫",
    "₪",
    "฿",
    "USD",
    "EUR",
    "GBP",
    "CNY",
    "RMB",
    "JPY",
    "CHF",
    "AUD",
    "CAD",
    "HKD",
    "SGD",
    "INR",
    "KRW",
    "BRL",
    "MXN",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "TWD",
    "NZD",
    "ZAR",
    "TRY",
    "zł",
    "Kč",
    "kr",
    "人民币",
    "元",
    "円",
    "원",
];

/// Whether a text is the sign or code of a currency, and nothing else.
pub fn is_currency(text: &str) -> bool {
    let text = text.trim();
    let is_code = text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic());
    CURRENCIES
        .iter()
        .any(|c| *c == text || is_code && c.eq_ignore_ascii_case(text))
}

/// A number as it stood in its cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Written {
    /// Its value; a percentage is not yet divided.
    pub value: f64,
    /// Flags of [`plain`].
    pub flags: u8,
    /// It carries a percent mark.
    pub percent: bool,
    /// The currency written with it.
    pub currency: Option<&'static str>,
}

fn minus(text: &str) -> Option<&str> {
    text.strip_prefix(['-', '\u{2212}', '\u{fe63}', '\u{ff0d}'])
}

/// Reads a number with any of: a minus of several kinds or accounting parentheses, a currency before or after,
/// thousands separators, a percent mark. `comma` says that the comma is the decimal sign.
pub fn written(cell: &str, comma: bool) -> Option<Written> {
    let mut text = cell.trim();
    let mut negative = false;
    if let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        (text, negative) = (inner.trim(), true);
    }
    let (mut currency, mut percent, mut signed) = (None, false, negative);
    loop {
        if let Some(rest) = minus(text).filter(|_| !signed) {
            (text, negative, signed) = (rest.trim_start(), true, true);
        } else if let Some((sign, rest)) = CURRENCIES
            .iter()
            .find_map(|c| text.strip_prefix(c).map(|r| (*c, r)))
            .filter(|_| currency.is_none())
        {
            (text, currency) = (rest.trim_start(), Some(sign));
        } else {
            break;
        }
    }
    loop {
        if let Some(rest) = text.strip_suffix(['%', '％']).filter(|_| !percent) {
            (text, percent) = (rest.trim_end(), true);
        } else if let Some(rest) = text.strip_suffix('-').filter(|_| !signed) {
            (text, negative, signed) = (rest.trim_end(), true, true);
        } else if let Some((sign, rest)) = CURRENCIES
            .iter()
            .find_map(|c| text.strip_suffix(c).map(|r| (*c, r)))
            .filter(|_| currency.is_none())
        {
            (text, currency) = (rest.trim_end(), Some(sign));
        } else {
            break;
        }
    }
    if signed && text.starts_with(['+', '-']) {
        return None;
    }
    let (value, flags) = core(text, comma)?;
    Some(Written {
        value: if negative { -value } else { value },
        flags,
        percent,
        currency,
    })
}

/// The digits of a number with their separators.
fn core(text: &str, comma: bool) -> Option<(f64, u8)> {
    let decimal = if comma { ',' } else { '.' };
    if (!comma || !text.contains(['.', ',']))
        && let Some(found) = plain(text.as_bytes())
    {
        return Some(found);
    }
    let (whole, fraction) = match text.split_once(decimal) {
        Some((w, f)) => (w, Some(f)),
        None => (text, None),
    };
    if fraction.is_some_and(|f| !f.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let mut digits = String::with_capacity(text.len());
    let is_group = |c: char| {
        matches!(
            c,
            ',' | '.' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’'
        ) && c != decimal
    };
    match whole.chars().find(|&c| is_group(c)) {
        None => digits.push_str(whole),
        Some(mark) => {
            let groups: Vec<&str> = whole.split(mark).collect();
            let last = groups.len() - 1;
            let first = groups[0].strip_prefix('+').unwrap_or(groups[0]);
            // Groups of three; the comma also in the Indian way, where groups before the last have two digits.
            let three = groups[1..].iter().all(|g| g.len() == 3) && (1..=3).contains(&first.len());
            let indian = mark == ','
                && groups[last].len() == 3
                && groups[1..last].iter().all(|g| g.len() == 2)
                && (1..=2).contains(&first.len());
            if !(three || indian) || first.starts_with('0') {
                return None;
            }
            digits.push_str(first);
            digits.extend(groups[1..].iter().copied());
        }
    }
    if !digits
        .trim_start_matches('+')
        .bytes()
        .all(|b| b.is_ascii_digit())
    {
        return None;
    }
    if let Some(fraction) = fraction {
        digits.push('.');
        digits.push_str(fraction);
    }
    plain(digits.as_bytes())
}

/// How the numbers of a column are written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NumberStyle {
    /// The comma is the decimal sign.
    pub comma: bool,
    /// Cells are percentages.
    pub percent: bool,
    /// The currency written with them.
    pub currency: Option<String>,
}

impl NumberStyle {
    /// The style that fits most of the cells; `cells` are texts with how often they occur.
    ///
    /// Where point and comma fit equally well, the point is the decimal sign: `1,234` is a thousand.
    pub fn judge<'a>(cells: impl Iterator<Item = (&'a str, u64)> + Clone) -> Self {
        let mut best = (0_u64, Self::default());
        for comma in [false, true] {
            let (mut n, mut n_percent) = (0, 0);
            let mut currencies: Vec<(&'static str, u64)> = Vec::new();
            for (cell, weight) in cells.clone() {
                let Some(w) = written(cell, comma) else {
                    continue;
                };
                n += weight;
                n_percent += if w.percent { weight } else { 0 };
                if let Some(c) = w.currency {
                    match currencies.iter_mut().find(|(k, _)| *k == c) {
                        Some((_, count)) => *count += weight,
                        None => currencies.push((c, weight)),
                    }
                }
            }
            if n > best.0 {
                let currency = currencies.iter().max_by_key(|(_, n)| *n);
                best = (
                    n,
                    Self {
                        comma,
                        percent: n_percent * 2 >= n,
                        currency: currency.map(|(c, _)| (*c).to_owned()),
                    },
                );
            }
        }
        best.1
    }

    /// A cell in this style: its value and the flags of [`plain`]. None for a stray percent mark and for another
    /// currency, which would change the meaning.
    pub fn read(&self, cell: &str) -> Option<(f64, u8)> {
        let w = written(cell, self.comma)?;
        if w.percent && !self.percent {
            return None;
        }
        if w.currency
            .is_some_and(|c| self.currency.as_deref() != Some(c))
        {
            return None;
        }
        Some(if self.percent {
            (w.value / 100.0, w.flags | FRACTION)
        } else {
            (w.value, w.flags)
        })
    }

    /// As [`read`](Self::read), taking any currency, and a percent mark as written: for cells that must be numbers.
    pub fn read_any(&self, cell: &str) -> Option<f64> {
        let w = written(cell, self.comma).or_else(|| written(cell, !self.comma))?;
        Some(if w.percent || self.percent {
            w.value / 100.0
        } else {
            w.value
        })
    }
}

/// Whether a cell of a sample speaks for (`Some(true)`) or against a plain number column; none where missing.
pub fn votes_plain(cell: &[u8]) -> Option<bool> {
    let cell = cell.trim_ascii();
    if plain(cell).is_some() {
        Some(true)
    } else if words::is_missing(cell) {
        None
    } else {
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_are_correctly_rounded() {
        for s in [
            "0",
            "1",
            "-1",
            "0.1",
            "123456789012345",
            "3.14159",
            "1e5",
            "1.5E-3",
            ".5",
            "5.",
            "-0.25",
            "0.1234567890123456789",
            "123456.789",
            "9007199254740993",
            "99999999999999999999",
            "+7",
        ] {
            let want: f64 = s.trim_start_matches('+').parse().unwrap();
            assert_eq!(plain(s.as_bytes()).unwrap().0, want, "{s}");
        }
        for s in [
            "", "-", ".", "e5", "inf", "nan", "1.2.3", "1,5", "--1", "1e999", "0x10", "1 2", "+-1",
        ] {
            assert_eq!(plain(s.as_bytes()), None, "{s}");
        }
        assert_eq!(plain(b"007").unwrap().1, PADDED);
        assert_eq!(plain(b"9007199254740993").unwrap().1, 0);
        assert_eq!(plain(b"9007199254740999").unwrap().1, WIDE);
        assert_eq!(plain(b"0").unwrap().1, 0);
    }

    #[test]
    fn decorated_numbers() {
        let point = [
            ("1,234.5", 1234.5),
            ("1'234.5", 1234.5),
            ("1,23,456", 123_456.0),
            ("$1,234.50", 1234.5),
            ("-$5", -5.0),
            ("$-5", -5.0),
            ("(123)", -123.0),
            ("($1,000.00)", -1000.0),
            ("€ 3", 3.0),
            ("3 EUR", 3.0),
            ("12元", 12.0),
            ("￥1,000", 1000.0),
            ("\u{2212}4", -4.0),
            ("15%", 15.0),
            ("12-", -12.0),
            ("1\u{a0}234", 1234.0),
        ];
        for (s, v) in point {
            assert_eq!(written(s, false).map(|w| w.value), Some(v), "{s}");
        }
        for (s, v) in [
            ("1.234,5", 1234.5),
            ("1 234,5", 1234.5),
            ("0,5", 0.5),
            ("-1.234.567,89 €", -1_234_567.89),
            ("7", 7.0),
        ] {
            assert_eq!(written(s, true).map(|w| w.value), Some(v), "{s}");
        }
        for s in [
            "1,23", "12,34,5", "0,123", "1,,234", "abc", "$", "%", "1.2.3", "- -5", "(-5)", "12 34",
        ] {
            assert_eq!(written(s, false), None, "{s}");
        }
    }

    #[test]
    fn the_decimal_sign_is_judged_over_the_column() {
        let style = |cells: &[&'static str]| NumberStyle::judge(cells.iter().map(|c| (*c, 1)));
        assert!(style(&["1,5", "2,25", "1.234,5"]).comma);
        assert!(!style(&["1,234", "2,345"]).comma);
        assert!(style(&["1,234", "2,3"]).comma);
        assert!(style(&["15%", "3%"]).percent);
        assert_eq!(style(&["$1", "$2", "€3"]).currency.as_deref(), Some("$"));
        assert_eq!(style(&["$1", "€3", "$4"]).read("€3"), None);
    }
}
