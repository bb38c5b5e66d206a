//! Scales, ticks at round numbers, and how a tick is written.
use super::svg::px;
use super::{NumberStyle, Words};

/// Maps a domain onto pixels. Values outside end at the edge, so that nothing leaves the plot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Linear {
    domain: (f64, f64),
    range: (f64, f64),
}

impl Linear {
    /// A scale; an empty or non-finite domain is widened to something that can be drawn.
    pub fn new(domain: (f64, f64), range: (f64, f64)) -> Self {
        Self {
            domain: sound(domain),
            range,
        }
    }

    /// Pixel of a value.
    pub fn at(&self, v: f64) -> f64 {
        let (a, b) = self.domain;
        // Halved first: the span of two huge finite numbers may not be finite.
        let share = (v / 2.0 - a / 2.0) / (b / 2.0 - a / 2.0);
        let share = if share.is_finite() { share } else { 0.0 };
        self.range.0 + share.clamp(0.0, 1.0) * (self.range.1 - self.range.0)
    }
}

fn sound((a, b): (f64, f64)) -> (f64, f64) {
    if !a.is_finite() || !b.is_finite() {
        return (0.0, 1.0);
    }
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    let least = (a.abs().max(b.abs()) * 1e-9).max(1e-300);
    if b - a >= least {
        return (a, b);
    }
    let pad = if a == 0.0 { 0.5 } else { a.abs() * 0.1 };
    (a - pad, b + pad)
}

/// What an axis counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Shares, written as percent.
    Share,
    /// Whole things.
    Count,
    /// Any number.
    Number,
    /// Positive numbers by their decimal logarithm: the domain counts powers of ten, labels show the numbers.
    Log,
}

/// Ten to the power of `v`, to fourteen digits, and exactly as near as can be for small whole `v`. The standard library's
/// way brings tables that are larger than the rest of the axes.
fn ten_to(v: f64) -> f64 {
    let whole = v.round().clamp(-400.0, 400.0);
    let x = (v - whole) * std::f64::consts::LN_10;
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..24_u8 {
        term *= x / f64::from(k);
        sum += term;
    }
    // In two steps where one would leave the range of numbers on the way to a very small one.
    let whole = whole as i32;
    let most = whole.clamp(-300, 300);
    sum * 10f64.powi(most) * 10f64.powi(whole - most)
}

/// Round tick values within `domain`, `n_max` at most, and the step between them.
///
/// Steps are 1, 2, 5 (and 2.5 for shares) times a power of ten.
pub fn ticks(domain: (f64, f64), n_max: usize, kind: Kind) -> (Vec<f64>, f64) {
    let (lo, hi) = sound(domain);
    let n_max = n_max.max(2);
    if kind == Kind::Log {
        return (log_ticks((lo, hi), n_max), 1.0);
    }
    let raw = (hi / 2.0 - lo / 2.0) / (n_max as f64) * 2.0;
    let mut power = ten_to(raw.log10().floor());
    if !power.is_finite() || power <= 0.0 {
        return (vec![lo, hi], hi - lo);
    }
    if kind == Kind::Count {
        power = power.max(1.0);
    }
    let factors: &[f64] = match kind {
        Kind::Share => &[1.0, 2.0, 2.5, 5.0, 10.0, 20.0],
        _ => &[1.0, 2.0, 5.0, 10.0, 20.0],
    };
    for factor in factors {
        let step = power * factor;
        // A hair of tolerance: 0.3 / 0.1 is not 3.
        let first = (lo / step - 1e-9).ceil();
        let last = (hi / step + 1e-9).floor();
        let count = last - first + 1.0;
        if count <= n_max as f64 {
            let values = (0..count.max(0.0) as usize)
                .map(|i| (first + i as f64) * step)
                .map(|v| if v == 0.0 { 0.0 } else { v })
                .collect();
            return (values, step);
        }
    }
    (vec![lo, hi], hi - lo)
}

/// Round numbers as powers of ten: every decade's 1, 2 and 5 where they fit, else whole decades.
fn log_ticks((lo, hi): (f64, f64), n_max: usize) -> Vec<f64> {
    if hi - lo < 0.9 {
        let (values, _) = ticks((ten_to(lo), ten_to(hi)), n_max, Kind::Number);
        let values: Vec<f64> = values.into_iter().map(f64::log10).collect();
        if values.iter().all(|v| v.is_finite()) {
            return values;
        }
    }
    let decades = || lo.floor() as i64..=hi.floor() as i64;
    for mantissas in [&[1.0, 2.0, 5.0][..], &[1.0, 3.0]] {
        let values: Vec<f64> = decades()
            .flat_map(|d| mantissas.iter().map(move |m: &f64| d as f64 + m.log10()))
            .filter(|v| (lo - 1e-9..=hi + 1e-9).contains(v))
            .collect();
        if (2..=n_max).contains(&values.len()) {
            return values;
        }
    }
    ticks((lo, hi), n_max, Kind::Count).0
}

/// `domain` widened to whole ticks.
pub fn rounded(domain: (f64, f64), n_max: usize, kind: Kind) -> (f64, f64) {
    let (lo, hi) = sound(domain);
    let (_, step) = ticks((lo, hi), n_max, kind);
    let low = (lo / step + 1e-9).floor() * step;
    let high = (hi / step - 1e-9).ceil() * step;
    if low.is_finite() && high.is_finite() {
        (low, high)
    } else {
        (lo, hi)
    }
}

/// A tick as text: as many decimals as the step needs, the same for the whole axis.
pub fn tick_text(v: f64, step: f64, largest: f64, kind: Kind, words: &Words) -> String {
    match kind {
        Kind::Share if (step * 100.0 - (step * 100.0).round()).abs() < 1e-6 => {
            (words.number)(v, NumberStyle::Percent)
        }
        Kind::Share => (words.number)(v, NumberStyle::Percent1),
        Kind::Log => log_text(v, words),
        _ if largest >= 1e5 => words.compact(v),
        Kind::Count => (words.number)(v, NumberStyle::Count),
        Kind::Number if step >= 1.0 => (words.number)(v, NumberStyle::Count),
        // Rounded to the step first: 0.30000000000000004 is 0.3.
        Kind::Number => (words.number)((v / step).round() * step, NumberStyle::Short),
    }
}

/// The number whose decimal logarithm is `v`, as a power of ten where digits would be many.
fn log_text(v: f64, words: &Words) -> String {
    let number = ten_to(v);
    if (1e-4..1e5).contains(&number) {
        return (words.number)(number, NumberStyle::Short);
    }
    let exponent = (v + 1e-9).floor();
    let mantissa = (ten_to(v - exponent) * 10.0).round() / 10.0;
    let mut out = String::new();
    if mantissa != 1.0 {
        out = px(mantissa);
        out.push('×');
    }
    out.push_str("10");
    for c in (exponent as i64).to_string().bytes() {
        out.push(match c {
            b'-' => '⁻',
            b'1' => '¹',
            b'2' => '²',
            b'3' => '³',
            c => char::from_u32(0x2070 + u32::from(c.wrapping_sub(b'0'))).unwrap_or('⁰'),
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::EN;
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(
            ticks((0.0, 1.0), 5, Kind::Share).0,
            [0.0, 0.25, 0.5, 0.75, 1.0]
        );
        assert_eq!(ticks((0.0, 3.0), 10, Kind::Count).1, 1.0);
        for (lo, hi) in [(0.0, 1e-9), (-5.0, 1e12), (17.3, 17.4), (-1e300, 1e300)] {
            for n in 2..9 {
                let (values, _) = ticks((lo, hi), n, Kind::Number);
                assert!(values.len() <= n && !values.is_empty(), "{lo} {hi} {n}");
            }
        }
    }

    #[test]
    fn powers_of_ten_are_near() {
        for n in -22..=22 {
            assert_eq!(ten_to(f64::from(n)), format!("1e{n}").parse().unwrap());
        }
        for i in -3_200..3_080 {
            let v = f64::from(i) / 10.0 + 0.037;
            let near = 10f64.powf(v);
            // Numbers below the smallest normal one have few digits.
            let tolerance = (near * 2e-14).max(1e-320);
            assert!((ten_to(v) - near).abs() <= tolerance, "{v}");
        }
        assert_eq!(ten_to(400.0), f64::INFINITY);
    }

    #[test]
    fn odd_domains_can_be_drawn() {
        for domain in [(f64::NAN, 1.0), (3.0, 3.0), (0.0, 0.0), (2.0, 1.0)] {
            let scale = Linear::new(domain, (10.0, 90.0));
            for v in [-1e300, 0.0, 3.0, f64::NAN, f64::INFINITY] {
                assert!((10.0..=90.0).contains(&scale.at(v)), "{domain:?} {v}");
            }
        }
    }

    #[test]
    fn ticks_of_logarithms_are_round_numbers() {
        let texts = |lo: f64, hi: f64, n| -> Vec<String> {
            let (values, step) = ticks((lo.log10(), hi.log10()), n, Kind::Log);
            assert!(values.len() <= n, "{lo} {hi} {n}");
            let text = |v: &f64| tick_text(*v, step, 0.0, Kind::Log, &EN);
            values.iter().map(text).collect()
        };
        assert_eq!(texts(1.0, 10.0, 5), ["1", "2", "5", "10"]);
        assert_eq!(texts(0.01, 1.0, 5), ["0.01", "0.03", "0.1", "0.3", "1"]);
        assert_eq!(texts(1e-8, 1e8, 3), ["10⁻⁵", "1", "10⁵"]);
        assert_eq!(texts(0.8, 1.3, 6), ["0.8", "0.9", "1", "1.1", "1.2", "1.3"]);
        assert_eq!(log_text(1e-12f64.log10() + 2f64.log10(), &EN), "2×10⁻¹²");
        for (lo, hi) in [(1e-300, 1e300), (3.0, 3.0), (1.0, 1.001), (0.7, 7.0)] {
            for n in 2..9 {
                assert!(!texts(lo, hi, n).is_empty(), "{lo} {hi} {n}");
            }
        }
    }

    #[test]
    fn tick_texts_fit_their_step() {
        assert_eq!(tick_text(0.25, 0.25, 1.0, Kind::Share, &EN), "25%");
        assert_eq!(tick_text(0.025, 0.025, 0.1, Kind::Share, &EN), "2.5%");
        assert_eq!(tick_text(0.1 + 0.2, 0.1, 0.5, Kind::Number, &EN), "0.3");
        assert_eq!(tick_text(200_000.0, 1e5, 4e5, Kind::Count, &EN), "200K");
    }
}
