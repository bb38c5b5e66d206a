//! From the average to the prediction of one customer, column by column.
use super::axis::Axis;
use super::lines::extent;
use super::measure::width_px;
use super::points::{label, prediction, signed, titles, with_unit};
use super::rows::{self, Label};
use super::scale::{Kind, rounded};
use super::sheet::Sheet;
use super::words::fill;
use super::{Anchor, Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use crate::base::{Cell, order};
use serde::{Deserialize, Serialize};

/// What one column adds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaterfallStep {
    /// Column of the file.
    pub column: String,
    /// What it holds for this customer.
    pub value: Cell,
    /// What it adds to the prediction, in its unit: 0.23 is 23 percentage points.
    pub points: f64,
    /// Standard error of `points` where it was sampled; not a number where it is exact.
    pub error: f64,
}

/// One prediction taken apart. `base` and all points sum to `prediction`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waterfall {
    /// The average prediction.
    pub base: f64,
    /// The prediction of this customer.
    pub prediction: f64,
    /// The columns, in any order.
    pub steps: Vec<WaterfallStep>,
    /// The prediction is a probability, 0 to 1; else it has the unit of the target.
    pub is_share: bool,
}

/// Columns drawn by themselves at most.
const MOST_STEPS: usize = 10;

/// A row as it is drawn.
struct Bar {
    label: String,
    points: f64,
    error: f64,
    after: f64,
}

impl Waterfall {
    /// Steps that can be drawn, the largest first.
    fn sorted(&self) -> Vec<&WaterfallStep> {
        let steps: Vec<_> = self
            .steps
            .iter()
            .filter(|s| s.points.is_finite() && s.points != 0.0)
            .collect();
        let falling = order::sorted(steps.len(), &mut |a, b| {
            steps[b].points.abs().total_cmp(&steps[a].points.abs())
        });
        falling.into_iter().map(|i| steps[i]).collect()
    }

    /// The first `n` columns by themselves, the rest in one row.
    fn bars(&self, n: usize, words: &Words) -> Vec<Bar> {
        let sorted = self.sorted();
        let n = if sorted.len() == n + 1 { n + 1 } else { n };
        let (own, rest) = sorted.split_at(n.min(sorted.len()));
        let mut after = self.base;
        let mut bars: Vec<Bar> = own
            .iter()
            .map(|s| {
                after += s.points;
                Bar {
                    label: label(&s.column, &s.value, words),
                    points: s.points,
                    error: s.error,
                    after,
                }
            })
            .collect();
        if !rest.is_empty() {
            let n = (words.number)(rest.len() as f64, NumberStyle::Count);
            let points: f64 = rest.iter().map(|s| s.points).sum();
            bars.push(Bar {
                label: fill(words.other_columns, &[("n", &n)]),
                points,
                error: f64::NAN,
                after: after + points,
            });
        }
        bars
    }

    fn describe(&self, template: &str, first: &WaterfallStep, words: &Words) -> String {
        let values = [
            ("name", label(&first.column, &first.value, words)),
            ("points", with_unit(first.points, self.is_share, words)),
            ("base", prediction(self.base, self.is_share, words)),
            (
                "prediction",
                prediction(self.prediction, self.is_share, words),
            ),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }

    fn spot(&self, bar: &Bar, words: &Words) -> String {
        let values = [
            ("name", bar.label.clone()),
            ("points", with_unit(bar.points, self.is_share, words)),
            ("error", with_unit(bar.error, self.is_share, words)),
            ("after", prediction(bar.after, self.is_share, words)),
        ];
        let template = if bar.error.is_finite() && bar.error > 0.0 {
            words.waterfall_spot_error
        } else {
            words.waterfall_spot
        };
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str()))).replace("± +", "± ")
    }
}

impl Chart for Waterfall {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let sorted = self.sorted();
        let (Some(first), true) = (
            sorted.first(),
            self.base.is_finite() && self.prediction.is_finite(),
        ) else {
            return sheet.empty(words);
        };
        // Two rows are for the ends, and one for the columns without a row of their own.
        let room = rows::n_shown(&sheet, sorted.len() + 2, true);
        let n_own = if room == sorted.len() + 2 {
            sorted.len()
        } else {
            room.saturating_sub(2).max(1)
        };
        let mut bars = self.bars(n_own.min(MOST_STEPS), words);
        let ends = [
            (words.average_name, self.base),
            (words.customer_name, self.prediction),
        ];
        let texts: Vec<String> = bars
            .iter()
            .map(|b| signed(b.points, self.is_share, words))
            .collect();
        let end_texts = ends.map(|(_, v)| prediction(v, self.is_share, words));
        // A place too low for all of it shows the largest columns and the two ends.
        let most = rows::n_shown(&sheet, usize::MAX, true).saturating_sub(1);
        bars.truncate(most.max(1));
        let mut labels = vec![Label {
            text: ends[0].0,
            strong: true,
            is_head: false,
        }];
        labels.extend(bars.iter().map(|b| Label {
            text: &b.label,
            strong: false,
            is_head: false,
        }));
        labels.push(Label {
            text: ends[1].0,
            strong: true,
            is_head: false,
        });
        let kind = if self.is_share {
            Kind::Share
        } else {
            Kind::Number
        };
        let places = bars.iter().map(|b| b.after);
        let places = places.chain([self.base, self.prediction]);
        let domain = rounded(extent(places).unwrap_or_default(), 4, kind);
        let axis = Axis::new(
            [words.waterfall_axis, words.waterfall_axis_short],
            domain,
            kind,
        );
        let widest = texts.iter().chain(&end_texts).map(|t| width_px(t, true));
        let beside = widest.fold(0.0, f64::max).min(sheet.width * 0.25) + 8.0;
        let note = [words.waterfall_note, words.waterfall_note_short];
        let frame = rows::frame(&mut sheet, &labels, 0, &axis, beside, note, words);
        let mut before = frame.scale.at(self.base);
        let n = bars.len();
        for (i, (bar, text)) in bars.iter().zip(&texts).enumerate() {
            let y = rows::middle(i + 1);
            let after = frame.scale.at(bar.after);
            let ink = if bar.points < 0.0 {
                Ink::Series(1)
            } else {
                Ink::Series(2)
            };
            sheet.line(
                &[(before, y - 17.0), (before, y - 7.0)],
                Ink::Axis,
                1.0,
                false,
            );
            let (left, right) = (before.min(after), before.max(after).max(before + 1.0));
            sheet.rect((left, y - 7.0, right, y + 7.0), 2.0, ink, 0.85);
            let at = (right + 6.0, y + 4.0);
            sheet.text(at, text, Ink::Strong, Anchor::Start, false);
            sheet.spot(((left + right) / 2.0, y), self.spot(bar, words));
            before = after;
        }
        for (i, ((name, v), text)) in ends.iter().zip(&end_texts).enumerate() {
            let y = rows::middle(i * (n + 1));
            let x = frame.scale.at(*v);
            if i == 1 {
                sheet.line(&[(x, y - 17.0), (x, y)], Ink::Axis, 1.0, false);
            }
            sheet.dot((x, y), 4.0, Ink::Strong, i == 0);
            let at = (x + 9.0, y + 4.0);
            sheet.text(at, text, Ink::Strong, Anchor::Start, true);
            let values = [("column", *name), ("value", text.as_str())];
            sheet.spot((x, y), fill(words.cell_label, &values));
        }
        sheet.finish(self.describe(words.waterfall_summary, first, words))
    }

    fn title(&self, words: &Words) -> String {
        match self.sorted().first() {
            Some(first) => self.describe(words.waterfall_title, first, words),
            None => words.nothing.to_owned(),
        }
    }

    /// Every column, the largest first, between the two ends.
    fn grid(&self, words: &Words) -> Grid {
        let of = |label: String, points: f64, after: f64| {
            let points = if points.is_finite() {
                signed(points, self.is_share, words)
            } else {
                String::new()
            };
            vec![label, points, prediction(after, self.is_share, words)]
        };
        let mut rows = vec![of(words.average_name.to_owned(), f64::NAN, self.base)];
        let bars = self.bars(usize::MAX - 1, words);
        rows.extend(bars.into_iter().map(|b| of(b.label, b.points, b.after)));
        rows.push(of(
            words.customer_name.to_owned(),
            f64::NAN,
            self.prediction,
        ));
        let columns = [
            words.column_head,
            titles(self.is_share, words)[0],
            words.waterfall_axis_short,
        ];
        Grid::new(&columns, rows)
    }

    fn height_px(&self, _width_px: f64) -> f64 {
        let n = self.sorted().len();
        let n_bars = if n > MOST_STEPS + 1 {
            MOST_STEPS + 1
        } else {
            n.max(1)
        };
        rows::height_px(n_bars + 2, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::EN;

    #[test]
    fn the_last_bar_ends_at_the_prediction() {
        let step = |i: u32| WaterfallStep {
            column: format!("c{i}"),
            value: Cell::Number(f64::from(i)),
            points: 0.01 * if i.is_multiple_of(2) { 1.0 } else { -0.5 } * f64::from(i + 1),
            error: f64::NAN,
        };
        let steps: Vec<_> = (0..25).map(step).collect();
        let sum: f64 = steps.iter().map(|s| s.points).sum();
        let it = Waterfall {
            base: 0.2,
            prediction: 0.2 + sum,
            steps,
            is_share: true,
        };
        for n in [0, 1, 10, 23, 24, 25, 90] {
            let bars = it.bars(n, &EN);
            assert_eq!(bars.len(), if n >= 24 { 25 } else { n + 1 });
            assert!((bars.last().unwrap().after - it.prediction).abs() < 1e-12);
        }
        assert_eq!(it.grid(&EN).rows.len(), 27);
    }
}
