//! What contacting the riskiest customers brings, by how many are contacted.
//!
//! A ranking by money at risk, `probability · value`, depends on no cost. So sums down that ranking, kept at a ladder of
//! depths, give the profit at any cost, success and capacity by arithmetic, and a page follows its controls without asking
//! the engine, however many customers were scored.
use super::axis::Axis;
use super::bands::{self, Banded, Bands, Curve};
use super::scale::Kind;
use super::sheet::{Sheet, spread};
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use crate::base::{Costs, ValueOf};
use serde::{Deserialize, Serialize};

/// Tooltips.
const N_SPOTS: usize = 50;
/// Rows of the table view.
const N_ROWS: usize = 101;

/// Sums over the first customers of a ranking, at rising depths from none to all.
///
/// Sums are in units of value: of money where values come from a column, of customers where all are worth the same, so
/// that the worth itself can be changed. All lists are as long as `n`; those about what happened are empty where that is
/// not known.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ladder {
    /// Customers contacted.
    pub n: Vec<u64>,
    /// What the last of them is ranked by; infinite for none.
    pub threshold: Vec<f64>,
    /// Sum of probability times value.
    pub risk: Vec<f64>,
    /// Sum of the value of those who left.
    pub observed: Vec<f64>,
    /// Lower end of the 95 % interval: of `observed` over other customers of the kind, without it of what will be observed.
    pub low: Vec<f64>,
    /// Upper end.
    pub high: Vec<f64>,
}

/// Sums at one depth.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sums {
    n: f64,
    risk: f64,
    happened: f64,
    low: f64,
    high: f64,
}

impl Ladder {
    fn len(&self) -> usize {
        let n = self.n.len().min(self.risk.len()).min(self.threshold.len());
        let n = n.min(self.low.len()).min(self.high.len());
        if self.observed.is_empty() {
            n
        } else {
            n.min(self.observed.len())
        }
    }

    fn rung(&self, i: usize) -> Sums {
        let of = |v: &[f64]| v.get(i).copied().unwrap_or(f64::NAN);
        let risk = of(&self.risk);
        Sums {
            n: self.n.get(i).map_or(f64::NAN, |n| *n as f64),
            risk,
            happened: if self.observed.is_empty() {
                risk
            } else {
                of(&self.observed)
            },
            low: of(&self.low),
            high: of(&self.high),
        }
    }

    /// Sums at a depth between rungs, on the straight line between them.
    fn sums(&self, n: u64) -> Option<Sums> {
        let after = self.n.partition_point(|rung| *rung < n);
        let after = after.min(self.len().checked_sub(1)?);
        let (b, n) = (self.rung(after), n as f64);
        let a = self.rung(after.saturating_sub(1));
        let t = if b.n > a.n && n < b.n {
            (n - a.n) / (b.n - a.n)
        } else {
            1.0
        };
        let mix = |a: f64, b: f64| a + t * (b - a);
        Some(Sums {
            n: mix(a.n, b.n),
            risk: mix(a.risk, b.risk),
            happened: mix(a.happened, b.happened),
            low: mix(a.low, b.low),
            high: mix(a.high, b.high),
        })
    }

    /// Depth of the most profit by the probabilities, of equals the least.
    fn best(&self, costs: &Costs, factor: f64) -> Option<u64> {
        let mut best: Option<(f64, u64)> = None;
        let reach = costs.reach(*self.n.last()?);
        let rungs = self.n.iter().copied().take(self.len());
        for n in rungs.filter(|n| *n < reach).chain([reach]) {
            let at = self.sums(n)?;
            let profit = costs.success * factor * at.risk - costs.contact * at.n;
            if best.is_none_or(|(most, _)| profit > most) {
                best = Some((profit, n));
            }
        }
        best.map(|(_, n)| n)
    }
}

/// Profit by depth, for any costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profit {
    /// Customers ranked.
    pub n_rows: u64,
    /// Ranked by money at risk.
    pub by_risk: Ladder,
    /// Ranked by value alone; nothing where all are worth the same.
    pub by_value: Option<Ladder>,
    /// What is drawn and told is at these. The name of a column may only be that which the ladders were made with.
    pub costs: Costs,
}

/// What to do at given costs, and what it brings, in money.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Customers to contact.
    pub n: u64,
    /// Their share of all.
    pub share: f64,
    /// Money at risk of the last of them.
    pub threshold: f64,
    /// Profit by the probabilities.
    pub expected: f64,
    /// Profit with those who really left; by the probabilities where that is not known.
    pub gain: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end of its 95 % interval.
    pub high: f64,
    /// Profit when everybody is contacted.
    pub everybody: f64,
    /// Profit when as many are contacted, those of the highest value.
    pub by_value: Option<f64>,
    /// Profit when as many are contacted, drawn at random.
    pub random: f64,
}

/// Profit at one depth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Yield {
    /// By the probabilities.
    pub expected: f64,
    /// With those who really left, where known.
    pub gain: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end of its 95 % interval.
    pub high: f64,
}

impl Profit {
    /// Whether it is known who left.
    pub fn is_observed(&self) -> bool {
        !self.by_risk.observed.is_empty()
    }

    /// What a unit of the ladders is worth at `costs`.
    pub fn factor(&self, costs: &Costs) -> f64 {
        match (&self.costs.value, &costs.value) {
            (ValueOf::Number(_), ValueOf::Number(v)) => *v,
            _ => 1.0,
        }
    }

    fn profit(&self, at: Sums, costs: &Costs) -> Yield {
        let unit = costs.success * self.factor(costs);
        let less = costs.contact * at.n;
        Yield {
            expected: unit * at.risk - less,
            gain: unit * at.happened - less,
            low: unit * at.low - less,
            high: unit * at.high - less,
        }
    }

    /// Profit of contacting the `n` customers with the most money at risk; nothing without customers.
    pub fn at_depth(&self, n: u64, costs: &Costs) -> Option<Yield> {
        self.by_risk.sums(n).map(|s| self.profit(s, costs))
    }

    /// The depth of the most profit by the probabilities within the capacity, and what it brings; nothing without
    /// customers.
    pub fn at(&self, costs: &Costs) -> Option<Decision> {
        let factor = self.factor(costs);
        let n = self.by_risk.best(costs, factor)?;
        let here = self.at_depth(n, costs)?;
        let all = self.by_risk.sums(self.n_rows)?;
        let share = n as f64 / (self.n_rows as f64).max(1.0);
        let rung = self.by_risk.n.partition_point(|rung| *rung < n);
        let by_value = self.by_value.as_ref().and_then(|l| l.sums(n));
        let threshold = self.by_risk.threshold.get(rung).copied();
        Some(Decision {
            n,
            share,
            threshold: threshold.unwrap_or(f64::NAN) * factor,
            expected: here.expected,
            gain: here.gain,
            low: here.low,
            high: here.high,
            everybody: self.profit(all, costs).gain,
            by_value: by_value.map(|s| self.profit(s, costs).gain),
            random: self.random(all, share, costs),
        })
    }

    fn random(&self, all: Sums, share: f64, costs: &Costs) -> f64 {
        share * self.profit(all, costs).gain
    }

    fn curve(&self, ladder: &Ladder, pick: fn(Yield) -> f64, band: bool) -> Vec<Banded> {
        let all = (self.n_rows as f64).max(1.0);
        let rungs = (0..ladder.len()).map(|i| ladder.rung(i));
        rungs
            .map(|at| {
                let got = self.profit(at, &self.costs);
                Banded {
                    low: if band { got.low } else { f64::NAN },
                    high: if band { got.high } else { f64::NAN },
                    ..Banded::bare(at.n / all, pick(got))
                }
            })
            .collect()
    }

    fn money(v: f64, words: &Words) -> String {
        if v.abs() >= 1e6 {
            words.compact(v)
        } else if v.abs() >= 1000.0 {
            (words.number)(v, NumberStyle::Count)
        } else {
            (words.number)(v, NumberStyle::Short)
        }
    }

    fn summary(&self, words: &Words) -> String {
        let Some(best) = self.at(&self.costs) else {
            return words.nothing.to_owned();
        };
        let texts = [
            ("n", (words.number)(best.n as f64, NumberStyle::Count)),
            (
                "total",
                (words.number)(self.n_rows as f64, NumberStyle::Count),
            ),
            ("gain", Self::money(best.gain, words)),
            ("low", Self::money(best.low, words)),
            ("high", Self::money(best.high, words)),
            ("everybody", Self::money(best.everybody, words)),
            ("random", Self::money(best.random, words)),
        ];
        let template = if best.n == 0 {
            words.profit_summary_none
        } else {
            words.profit_summary
        };
        fill(template, &texts.each_ref().map(|(k, v)| (*k, v.as_str())))
    }
}

impl Chart for Profit {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let Some(best) = self.at(&self.costs) else {
            return sheet.empty(words);
        };
        let main = self.curve(&self.by_risk, |y| y.gain, true);
        let mut curves = vec![Curve {
            name: words.profit_model.to_owned(),
            ink: Ink::Series(1),
            dashed: false,
            points: main.clone(),
        }];
        if self.is_observed() {
            curves.push(Curve {
                name: words.profit_expected.to_owned(),
                ink: Ink::Series(1),
                dashed: true,
                points: self.curve(&self.by_risk, |y| y.expected, false),
            });
        }
        if let Some(ladder) = &self.by_value {
            curves.push(Curve {
                name: words.profit_by_value.to_owned(),
                ink: Ink::Series(2),
                dashed: false,
                points: self.curve(ladder, |y| y.gain, false),
            });
        }
        curves.push(Curve {
            name: words.profit_random.to_owned(),
            ink: Ink::Axis,
            dashed: true,
            points: vec![Banded::bare(0.0, 0.0), Banded::bare(1.0, best.everybody)],
        });
        let count = (words.number)(best.n as f64, NumberStyle::Count);
        let note = if self.costs.assumed.contact && self.costs.assumed.success {
            [words.profit_note_assumed, words.profit_note_assumed_short]
        } else if self.is_observed() {
            [words.profit_note, words.profit_note_short]
        } else {
            [words.profit_note_expected, words.profit_note_expected_short]
        };
        let drawn = Bands {
            x: Axis::share([words.contacted_axis, words.contacted_axis_short]),
            y_titles: [words.profit_axis, words.profit_axis_short],
            y_kind: Kind::Number,
            note,
            curves: &curves,
            marker: Some((
                (best.share, best.gain),
                fill(words.profit_marker, &[("n", &count)]),
            )),
        };
        let Some(plot) = bands::draw(&mut sheet, &drawn, words) else {
            return sheet.empty(words);
        };
        for i in spread(main.len(), N_SPOTS) {
            let (Some(at), rung) = (main.get(i), self.by_risk.rung(i)) else {
                continue;
            };
            if !at.y.is_finite() {
                continue;
            }
            let texts = [
                ("n", (words.number)(rung.n, NumberStyle::Count)),
                ("share", (words.number)(at.x, NumberStyle::Percent1)),
                ("gain", Self::money(at.y, words)),
                ("low", Self::money(at.low, words)),
                ("high", Self::money(at.high, words)),
            ];
            let texts = texts.each_ref().map(|(k, v)| (*k, v.as_str()));
            sheet.spot(plot.at((at.x, at.y)), fill(words.profit_spot, &texts));
        }
        let summary = self.summary(words);
        sheet.finish(summary)
    }

    fn title(&self, words: &Words) -> String {
        let Some(best) = self.at(&self.costs) else {
            return words.nothing.to_owned();
        };
        let n = (words.number)(best.n as f64, NumberStyle::Count);
        let gain = Self::money(best.gain, words);
        let template = if best.n == 0 {
            words.profit_title_none
        } else {
            words.profit_title
        };
        fill(template, &[("n", &n), ("gain", &gain)])
    }

    fn grid(&self, words: &Words) -> Grid {
        let columns = [
            words.contacted_head,
            words.share_head,
            words.profit_axis,
            words.low_head,
            words.high_head,
            words.profit_expected,
            words.profit_by_value,
            words.profit_random,
        ];
        let all = self.at_depth(self.n_rows, &self.costs);
        let everybody = all.map_or(f64::NAN, |y| y.gain);
        let rows = spread(self.by_risk.len(), N_ROWS).into_iter().map(|i| {
            let rung = self.by_risk.rung(i);
            let got = self.profit(rung, &self.costs);
            let share = rung.n / (self.n_rows as f64).max(1.0);
            let by_value = self.by_value.as_ref().filter(|l| i < l.len());
            let by_value = by_value.map_or(f64::NAN, |l| self.profit(l.rung(i), &self.costs).gain);
            let mut row = vec![
                (words.number)(rung.n, NumberStyle::Count),
                (words.number)(share, NumberStyle::Percent1),
            ];
            let money = [
                got.gain,
                got.low,
                got.high,
                got.expected,
                by_value,
                share * everybody,
            ];
            row.extend(money.map(|v| (words.number)(v, NumberStyle::Short)));
            row
        });
        Grid::new(&columns, rows.collect())
    }

    fn height_px(&self, width_px: f64) -> f64 {
        super::lines::height_px(width_px)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four customers of value 10 with chances 0.9, 0.5, 0.3, 0.1, of whom the first and the third left.
    fn by_hand() -> Profit {
        Profit {
            n_rows: 4,
            by_risk: Ladder {
                n: vec![0, 1, 2, 3, 4],
                threshold: vec![f64::INFINITY, 0.9, 0.5, 0.3, 0.1],
                risk: vec![0.0, 0.9, 1.4, 1.7, 1.8],
                observed: vec![0.0, 1.0, 1.0, 2.0, 2.0],
                low: vec![0.0; 5],
                high: vec![0.0, 1.0, 2.0, 3.0, 4.0],
            },
            by_value: None,
            costs: Costs {
                contact: 2.0,
                success: 0.5,
                value: ValueOf::Number(10.0),
                ..Costs::default()
            },
        }
    }

    #[test]
    fn any_costs_are_arithmetic() {
        let profit = by_hand();
        // A contact pays above 2 / 0.5 = 4 at risk: the first two, with 9 and 5.
        let best = profit.at(&profit.costs).unwrap();
        assert_eq!((best.n, best.share, best.threshold), (2, 0.5, 5.0));
        assert_eq!(best.expected, 0.5 * 14.0 - 4.0);
        assert_eq!((best.gain, best.everybody), (5.0 - 4.0, 10.0 - 8.0));
        assert_eq!((best.low, best.high), (-4.0, 10.0 - 4.0));
        assert_eq!((best.random, best.by_value), (1.0, None));
        // Twice the worth: the third, with 6 at risk, pays too.
        let dearer = Costs {
            value: ValueOf::Number(20.0),
            ..profit.costs.clone()
        };
        assert_eq!(profit.at(&dearer).unwrap().n, 3);
        let one = Costs {
            capacity: Some(1),
            ..dearer
        };
        let one = profit.at(&one).unwrap();
        assert_eq!((one.n, one.gain), (1, 10.0 - 2.0));
        let never = Costs {
            success: 0.0,
            ..profit.costs.clone()
        };
        let never = profit.at(&never).unwrap();
        assert_eq!((never.n, never.gain), (0, 0.0));
        let free = profit.at(&Costs::default()).unwrap();
        assert_eq!((free.n, free.gain), (4, 2.0));
    }

    #[test]
    fn between_rungs_the_line_is_straight() {
        let mut profit = by_hand();
        for list in [
            &mut profit.by_risk.risk,
            &mut profit.by_risk.observed,
            &mut profit.by_risk.threshold,
            &mut profit.by_risk.low,
            &mut profit.by_risk.high,
        ] {
            list.remove(1);
        }
        profit.by_risk.n.remove(1);
        let got = profit.at_depth(1, &profit.costs).unwrap();
        assert_eq!((got.expected, got.gain), (0.5 * 7.0 - 2.0, 2.5 - 2.0));
        let beyond = profit.at_depth(99, &profit.costs).unwrap();
        assert_eq!(beyond.gain, 2.0);
        let empty = Profit {
            by_risk: Ladder::default(),
            ..profit
        };
        assert_eq!(empty.at(&Costs::default()), None);
    }
}
