//! Numbers and dates in the reader's language: through `Intl` in a browser, plainly elsewhere.
use super::Lang;

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// A count, grouped.
    Count,
    /// A share as percent without decimals.
    Percent,
    /// A share as percent with one decimal.
    Percent1,
    /// Three decimals.
    Score,
    /// At most four significant digits.
    Short,
}

/// Writes a number; NaN as a dash.
pub fn number(lang: Lang, value: f64, style: Style) -> String {
    if value.is_finite() {
        let text = platform::number(lang, value, style);
        // A rounded zero carries no sign.
        if text.contains(|c: char| ('1'..='9').contains(&c)) {
            text
        } else {
            text.replace(['-', '\u{2212}'], "")
        }
    } else if value.is_infinite() {
        if value > 0.0 { "∞" } else { "−∞" }.to_owned()
    } else {
        "–".to_owned()
    }
}

/// Writes a count.
pub fn count(lang: Lang, n: u64) -> String {
    number(lang, n as f64, Style::Count)
}

/// Writes a size in bytes.
pub fn bytes(lang: Lang, n: u64) -> String {
    let units = ["B", "KB", "MB", "GB", "TB"];
    let mut value = n as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    let value = if value < 10.0 && unit > 0 {
        (value * 10.0).round() / 10.0
    } else {
        value.round()
    };
    let unit = units.get(unit).copied().unwrap_or_default();
    format!("{}\u{a0}{unit}", number(lang, value, Style::Short))
}

/// Writes a day, given in days since 1970-01-01.
pub fn date(lang: Lang, days: f64) -> String {
    platform::date(lang, days * 86_400_000.0, false)
}

/// Writes a point in time, given in seconds since 1970-01-01.
pub fn date_time(lang: Lang, seconds: f64) -> String {
    platform::date(lang, seconds * 1000.0, true)
}

#[cfg(target_arch = "wasm32")]
mod platform {
    use super::{Lang, Style};
    use js_sys::{Array, Function, Intl, Object, Reflect};
    use std::cell::RefCell;
    use wasm_bindgen::JsValue;

    thread_local! {
        static FORMATS: RefCell<Vec<((Lang, Style), Function)>> = RefCell::default();
    }

    fn options(list: &[(&str, JsValue)]) -> Object {
        let object = Object::new();
        for (key, value) in list {
            // Setting a property of a plain object cannot fail.
            let _ = Reflect::set(&object, &JsValue::from_str(key), value);
        }
        object
    }

    fn format(lang: Lang, style: Style) -> Function {
        let n = |v: u32| JsValue::from_f64(f64::from(v));
        let percent = || ("style", JsValue::from_str("percent"));
        let list = match style {
            Style::Count => vec![("maximumFractionDigits", n(0))],
            Style::Percent => vec![percent(), ("maximumFractionDigits", n(0))],
            Style::Percent1 => vec![
                percent(),
                ("minimumFractionDigits", n(1)),
                ("maximumFractionDigits", n(1)),
            ],
            Style::Score => vec![
                ("minimumFractionDigits", n(3)),
                ("maximumFractionDigits", n(3)),
            ],
            Style::Short => vec![("maximumSignificantDigits", n(4))],
        };
        let locale = Array::of1(&JsValue::from_str(lang.tag()));
        Intl::NumberFormat::new(&locale, &options(&list)).format()
    }

    pub fn number(lang: Lang, value: f64, style: Style) -> String {
        FORMATS
            .with_borrow_mut(|cache| {
                let value = JsValue::from_f64(value);
                let known = cache.iter().find(|(key, _)| *key == (lang, style));
                if let Some((_, known)) = known {
                    return known.call1(&JsValue::UNDEFINED, &value);
                }
                let made = format(lang, style);
                let text = made.call1(&JsValue::UNDEFINED, &value);
                cache.push(((lang, style), made));
                text
            })
            .ok()
            .and_then(|s| s.as_string())
            .unwrap_or_else(|| crate::ui::plain(value))
    }

    pub fn date(lang: Lang, ms: f64, time: bool) -> String {
        let day = js_sys::Date::new(&JsValue::from_f64(ms));
        let mut list = vec![
            ("timeZone", JsValue::from_str("UTC")),
            ("dateStyle", JsValue::from_str("medium")),
        ];
        if time {
            list.push(("timeStyle", JsValue::from_str("short")));
        }
        String::from(day.to_locale_string(lang.tag(), &options(&list)))
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod platform {
    use super::{Lang, Style};

    fn grouped(digits: &str) -> String {
        let n = digits.len();
        digits
            .char_indices()
            .flat_map(|(i, c)| {
                let comma = i > 0 && (n - i).is_multiple_of(3);
                comma.then_some(',').into_iter().chain([c])
            })
            .collect()
    }

    pub fn number(_: Lang, value: f64, style: Style) -> String {
        match style {
            Style::Count => {
                let sign = if value < 0.0 { "-" } else { "" };
                format!("{sign}{}", grouped(&format!("{:.0}", value.abs())))
            }
            Style::Percent => format!("{:.0}%", value * 100.0),
            Style::Percent1 => format!("{:.1}%", value * 100.0),
            Style::Score => format!("{value:.3}"),
            Style::Short => {
                let digits = 3 - value.abs().max(1e-9).log10().floor() as i32;
                let factor = 10_f64.powi(digits);
                format!("{}", (value * factor).round() / factor)
            }
        }
    }

    /// Civil date from days (Hinnant, "chrono-compatible low-level date algorithms", 2013).
    pub fn date(_: Lang, ms: f64, time: bool) -> String {
        let days = (ms / 86_400_000.0).floor() as i64;
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let d = doy - (153 * mp + 2) / 5 + 1;
        let m = if mp < 10 { mp + 3 } else { mp - 9 };
        let y = yoe + era * 400 + i64::from(m <= 2);
        let day = format!("{y:04}-{m:02}-{d:02}");
        if !time {
            return day;
        }
        let minutes = (ms.rem_euclid(86_400_000.0) / 60_000.0) as u32;
        format!("{day} {:02}:{:02}", minutes / 60, minutes % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_rounded() {
        assert_eq!(count(Lang::En, 7043), "7,043");
        assert_eq!(count(Lang::En, 12), "12");
        assert_eq!(count(Lang::En, 1_000_000), "1,000,000");
        assert_eq!(number(Lang::En, 0.7391, Style::Percent), "74%");
        assert_eq!(number(Lang::En, 2283.3004, Style::Short), "2283");
        assert_eq!(number(Lang::En, f64::NAN, Style::Short), "–");
        assert_eq!(bytes(Lang::En, 977_501), "978\u{a0}KB");
        assert_eq!(bytes(Lang::En, 1_530_000), "1.5\u{a0}MB");
    }

    #[test]
    fn days_become_dates() {
        assert_eq!(date(Lang::En, 0.0), "1970-01-01");
        assert_eq!(date(Lang::En, 20_780.0), "2026-11-23");
        assert_eq!(date_time(Lang::En, -60.0), "1969-12-31 23:59");
    }
}
