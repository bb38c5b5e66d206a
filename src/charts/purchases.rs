//! Purchases that were foreseen beside those that came, by how often customers had bought before.
use super::axis::Axis;
use super::lines::{self, LineSeries, Lines, Point};
use super::scale::Kind;
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// Customers with one number of repeat purchases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurchaseBucket {
    /// Repeat purchases before; the last bucket holds all from there on.
    pub frequency: u32,
    /// Customers.
    pub n: u64,
    /// Mean purchases foreseen.
    pub expected: f64,
    /// Mean purchases that came.
    pub actual: f64,
}

/// A forecast made earlier beside what came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Purchases {
    /// Days that it looked ahead.
    pub days: f64,
    /// By rising frequency.
    pub buckets: Vec<PurchaseBucket>,
}

impl Purchases {
    /// Sums of what was foreseen and what came.
    fn totals(&self) -> (f64, f64) {
        let of = |f: fn(&PurchaseBucket) -> f64| {
            let all = self.buckets.iter().map(|b| f(b) * b.n as f64);
            all.filter(|v| v.is_finite()).sum::<f64>()
        };
        (of(|b| b.expected), of(|b| b.actual))
    }

    fn describe(&self, template: &str, b: Option<&PurchaseBucket>, words: &Words) -> String {
        let (expected, actual) = match b {
            Some(b) => (b.expected, b.actual),
            None => self.totals(),
        };
        let style = if b.is_some() {
            NumberStyle::Short
        } else {
            NumberStyle::Count
        };
        let number = |v: f64| (words.number)(v, style);
        let count = |v: f64| (words.number)(v, NumberStyle::Count);
        let values = [
            ("expected", number(expected)),
            ("actual", number(actual)),
            ("days", count(self.days)),
            ("n", count(b.map_or(0.0, |b| b.n as f64))),
            ("frequency", self.name(b, words)),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }

    /// How often, with a plus where more are meant as well.
    fn name(&self, b: Option<&PurchaseBucket>, words: &Words) -> String {
        let Some(b) = b else { return String::new() };
        let text = (words.number)(f64::from(b.frequency), NumberStyle::Count);
        match self.buckets.last() {
            Some(last) if last.frequency == b.frequency && b.frequency >= 7 => format!("{text}+"),
            _ => text,
        }
    }
}

impl Chart for Purchases {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let (Some(first), Some(last)) = (self.buckets.first(), self.buckets.last()) else {
            return sheet.empty(words);
        };
        let series = |name: &str, ink: Ink, of: fn(&PurchaseBucket) -> f64| LineSeries {
            name: name.to_owned(),
            ink,
            pen: 2.0,
            points: (self.buckets.iter())
                .map(|b| Point {
                    x: f64::from(b.frequency),
                    y: of(b),
                    sd: f64::NAN,
                    spot: self.describe(words.purchases_spot, Some(b), words),
                })
                .collect(),
        };
        let drawn = Lines {
            x: Axis::new(
                [words.purchases_axis, words.purchases_axis_short],
                (f64::from(first.frequency), f64::from(last.frequency)),
                Kind::Count,
            ),
            y_titles: [words.purchases_mean, words.purchases_mean_short],
            y_kind: Kind::Number,
            note: [words.purchases_note, words.purchases_note_short],
            series: &[
                series(words.purchases_actual, Ink::Series(1), |b| b.actual),
                series(words.purchases_expected, Ink::Series(2), |b| b.expected),
            ],
            marker: None,
        };
        if !lines::draw(&mut sheet, &drawn, words) {
            return sheet.empty(words);
        }
        sheet.finish(self.describe(words.purchases_summary, None, words))
    }

    fn title(&self, words: &Words) -> String {
        if self.buckets.is_empty() {
            return words.nothing.to_owned();
        }
        self.describe(words.purchases_title, None, words)
    }

    fn grid(&self, words: &Words) -> Grid {
        let columns = [
            words.purchases_axis_short,
            words.cohorts_customers,
            words.purchases_expected,
            words.purchases_actual,
        ];
        let rows = self.buckets.iter().map(|b| {
            vec![
                self.name(Some(b), words),
                (words.number)(b.n as f64, NumberStyle::Count),
                (words.number)(b.expected, NumberStyle::Score),
                (words.number)(b.actual, NumberStyle::Score),
            ]
        });
        Grid::new(&columns, rows.collect())
    }

    fn height_px(&self, width_px: f64) -> f64 {
        lines::height_px(width_px)
    }
}
