//! What the customers of today bring in the months to come, with the band of its interval.
use super::axis::Axis;
use super::bands::{self, Banded, Bands, Curve};
use super::cohorts::month_text;
use super::lines;
use super::scale::Kind;
use super::sheet::{Sheet, spread};
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// One month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RevenueMonth {
    /// Month counted from the year 0, where dates are known.
    pub month: Option<i32>,
    /// Money, or customers.
    pub value: f64,
    /// Low end of its interval.
    pub low: f64,
    /// High end.
    pub high: f64,
}

/// The base over months.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Revenue {
    /// Money a month; customers where nothing is known of money.
    pub is_money: bool,
    /// Share of cases that intervals hold.
    pub level: f64,
    /// From the next month on.
    pub months: Vec<RevenueMonth>,
}

impl Revenue {
    fn name(&self, i: usize, words: &Words) -> String {
        match self.months.get(i).and_then(|m| m.month) {
            Some(month) => month_text(month),
            None => format!("+{}", (words.number)((i + 1) as f64, NumberStyle::Count)),
        }
    }

    fn said(&self, template: &str, i: usize, words: &Words) -> String {
        let Some(m) = self.months.get(i) else {
            return words.nothing.to_owned();
        };
        let first = self.months.first().map_or(f64::NAN, |m| m.value);
        let number = |v: f64| {
            let style = if v.abs() >= 1000.0 {
                NumberStyle::Count
            } else {
                NumberStyle::Short
            };
            (words.number)(v, style)
        };
        let values = [
            ("month", self.name(i, words)),
            ("value", number(m.value)),
            ("low", number(m.low)),
            ("high", number(m.high)),
            ("start", number(first)),
            ("level", (words.number)(self.level, NumberStyle::Percent)),
            (
                "n",
                (words.number)(self.months.len() as f64, NumberStyle::Count),
            ),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }
}

impl Chart for Revenue {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let n = self.months.len();
        let place = |(i, m): (usize, &RevenueMonth)| Banded {
            x: (i + 1) as f64,
            y: m.value,
            low: m.low,
            high: m.high,
        };
        let curves = [Curve {
            name: String::new(),
            ink: Ink::Series(1),
            dashed: false,
            points: self.months.iter().enumerate().map(place).collect(),
        }];
        let last = n.saturating_sub(1);
        let note = [words.revenue_note, words.survival_note_short];
        let note = note.map(|t| self.said(t, last, words));
        let drawn = Bands {
            x: Axis::new([words.revenue_axis; 2], (1.0, n as f64), Kind::Count),
            y_titles: if self.is_money {
                [words.revenue_money; 2]
            } else {
                [words.cohorts_customers; 2]
            },
            y_kind: if self.is_money {
                Kind::Number
            } else {
                Kind::Count
            },
            note: [&note[0], &note[1]],
            curves: &curves,
            marker: None,
        };
        let Some(plot) = bands::draw(&mut sheet, &drawn, words) else {
            return sheet.empty(words);
        };
        for i in spread(n, 60) {
            if let Some(m) = self.months.get(i).filter(|m| m.value.is_finite()) {
                let text = self.said(words.revenue_spot, i, words);
                sheet.spot(plot.at(((i + 1) as f64, m.value)), text);
            }
        }
        let template = if self.is_money {
            words.revenue_summary
        } else {
            words.revenue_summary_customers
        };
        sheet.finish(self.said(template, last, words))
    }

    fn title(&self, words: &Words) -> String {
        let template = if self.is_money {
            words.revenue_title
        } else {
            words.revenue_title_customers
        };
        self.said(template, self.months.len().saturating_sub(1), words)
    }

    fn grid(&self, words: &Words) -> Grid {
        let head = if self.is_money {
            words.revenue_money
        } else {
            words.cohorts_customers
        };
        let columns = [words.month_head, head, words.low_head, words.high_head];
        let rows = self.months.iter().enumerate().map(|(i, m)| {
            let mut row = vec![self.name(i, words)];
            row.extend([m.value, m.low, m.high].map(|v| (words.number)(v, NumberStyle::Short)));
            row
        });
        Grid::new(&columns, rows.collect())
    }

    fn height_px(&self, width_px: f64) -> f64 {
        lines::height_px(width_px)
    }
}
