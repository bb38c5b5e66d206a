//! What every column adds for many customers at once: a dot per customer, placed by what the column adds.
use super::axis::Axis;
use super::lines::extent;
use super::points::{of_class, place, signed, size, titles};
use super::rows::{self, Label};
use super::scale::Kind;
use super::sheet::{Sheet, spread};
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BeeswarmRow {
    /// Column of the file.
    pub column: String,
    /// Mean size of what it adds, over all customers and not those drawn alone.
    pub mean: f64,
    /// What it adds, per customer, in the unit of the prediction.
    pub points: Vec<f64>,
    /// Where the customer's value stands between the lowest, 0, and the highest, 1; not a number where values have no
    /// order or none is known.
    pub values: Vec<f64>,
}

/// Contributions of many customers, the strongest column first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beeswarm {
    /// The columns.
    pub rows: Vec<BeeswarmRow>,
    /// The class whose probability is meant, where there are more than two.
    pub class: Option<String>,
    /// The prediction is a probability, 0 to 1; else it has the unit of the target.
    pub is_share: bool,
}

/// Columns drawn at most: every one has up to [`MOST_DOTS`] dots.
const MOST_ROWS: usize = 10;
/// Dots per row at most; more would be slow to draw and hide each other.
const MOST_DOTS: usize = 300;
/// Dots whose centres are nearer than this stand beside each other.
const DOT_PX: f64 = 3.0;
/// Correlation from which one direction is spoken of.
const CLEAR: f64 = 0.3;

impl BeeswarmRow {
    /// Contributions with the place of their value, as they are drawn.
    fn pairs(&self) -> Vec<(f64, f64)> {
        let value = |i: usize| self.values.get(i).copied().unwrap_or(f64::NAN);
        let all = self.points.iter().enumerate();
        let finite: Vec<(f64, f64)> = all
            .filter(|(_, p)| p.is_finite())
            .map(|(i, p)| (*p, value(i)))
            .collect();
        let kept = spread(finite.len(), MOST_DOTS);
        kept.into_iter().map(|i| finite[i]).collect()
    }

    /// Correlation of value and contribution; 0 where there is none to speak of.
    fn direction(&self) -> f64 {
        let pairs = self.pairs();
        let pairs = pairs.iter().filter(|p| p.1.is_finite());
        let mut sums = [0.0; 6];
        for (p, v) in pairs {
            for (sum, x) in sums.iter_mut().zip([1.0, *p, *v, p * p, v * v, p * v]) {
                *sum += x;
            }
        }
        let [n, p, v, pp, vv, pv] = sums;
        let r = (n * pv - p * v) / ((n * pp - p * p) * (n * vv - v * v)).sqrt();
        if r.is_finite() { r } else { 0.0 }
    }

    fn ends(&self) -> (f64, f64) {
        extent(self.points.iter().copied()).unwrap_or((f64::NAN, f64::NAN))
    }

    fn ink(value: f64) -> Ink {
        if value.is_nan() {
            Ink::Axis
        } else if value < 1.0 / 3.0 {
            Ink::Series(1)
        } else if value > 2.0 / 3.0 {
            Ink::Series(2)
        } else {
            Ink::Muted
        }
    }
}

impl Beeswarm {
    fn drawn(&self) -> Vec<&BeeswarmRow> {
        let is_drawn = |r: &&BeeswarmRow| r.points.iter().any(|p| p.is_finite());
        self.rows.iter().filter(is_drawn).collect()
    }

    fn describe(&self, template: &str, row: &BeeswarmRow, words: &Words) -> String {
        let n_rows = self.rows.len() as f64;
        let values = [
            ("column", row.column.clone()),
            ("size", size(row.mean, self.is_share, words)),
            ("n", (words.number)(n_rows, NumberStyle::Count)),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }

    /// What a row says, with the way in which higher values lead where there is one.
    fn said(&self, row: &BeeswarmRow, words: &Words) -> String {
        let r = row.direction();
        let template = if r > CLEAR {
            words.swarm_spot_raises
        } else if r < -CLEAR {
            words.swarm_spot_lowers
        } else {
            words.swarm_spot
        };
        self.describe(template, row, words)
    }
}

/// How far above or below the middle of its row each dot stands: dots of one place side by side, in turn above and
/// below, closer where there are many.
fn offsets(xs: &[f64], room_px: f64) -> Vec<f64> {
    let bin = |x: f64| (x / DOT_PX) as usize;
    let n_bins = xs.iter().map(|x| bin(*x) + 1).max().unwrap_or(0);
    let mut counts = vec![0_usize; n_bins];
    let ranks: Vec<usize> = xs
        .iter()
        .map(|x| {
            let count = &mut counts[bin(*x)];
            *count += 1;
            *count - 1
        })
        .collect();
    let most = counts.iter().max().map_or(0, |n| n / 2);
    let step = DOT_PX.min(room_px / most.max(1) as f64);
    let way = |rank: usize| {
        let far = rank.div_ceil(2) as f64;
        if rank.is_multiple_of(2) { far } else { -far }
    };
    ranks.into_iter().map(|rank| step * way(rank)).collect()
}

impl Chart for Beeswarm {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let drawn = self.drawn();
        let Some(first) = drawn.first() else {
            return sheet.empty(words);
        };
        let n = rows::n_shown(&sheet, drawn.len().min(MOST_ROWS + 1), true);
        let n = n.min(MOST_ROWS).min(drawn.len());
        let shown = &drawn[..n];
        let labels: Vec<Label<'_>> = shown
            .iter()
            .map(|r| Label {
                text: &r.column,
                strong: false,
                is_head: false,
            })
            .collect();
        let points = shown.iter().flat_map(|r| r.points.iter());
        let points = points.map(|p| place(*p, self.is_share)).chain([0.0]);
        // Dots need room, so the axis is not widened to whole ticks.
        let domain = extent(points).unwrap_or_default();
        let axis = Axis::new(titles(self.is_share, words), domain, Kind::Number);
        let note = [words.swarm_note, words.swarm_note_short];
        let frame = rows::frame(
            &mut sheet,
            &labels,
            drawn.len() - n,
            &axis,
            4.0,
            note,
            words,
        );
        let zero = frame.scale.at(0.0);
        sheet.line(&[(zero, 4.0), (zero, frame.bottom)], Ink::Axis, 1.0, false);
        for (i, row) in shown.iter().enumerate() {
            let middle = rows::middle(i);
            let pairs = row.pairs();
            let xs: Vec<f64> = pairs
                .iter()
                .map(|(p, _)| frame.scale.at(place(*p, self.is_share)))
                .collect();
            for ((x, offset), (_, value)) in xs.iter().zip(offsets(&xs, 8.5)).zip(&pairs) {
                sheet.dot((*x, middle + offset), 0.9, BeeswarmRow::ink(*value), false);
            }
            let (_, most) = row.ends();
            let at = frame.scale.at(place(most, self.is_share));
            sheet.spot((at, middle), self.said(row, words));
        }
        let said = self.describe(words.swarm_summary, first, words);
        sheet.finish(of_class(
            self.class.as_deref(),
            words.of_class_summary,
            said,
        ))
    }

    fn title(&self, words: &Words) -> String {
        match self.drawn().first() {
            Some(first) => {
                let said = self.describe(words.swarm_title, first, words);
                of_class(self.class.as_deref(), words.of_class, said)
            }
            None => words.nothing.to_owned(),
        }
    }

    fn grid(&self, words: &Words) -> Grid {
        let columns = [
            words.column_head,
            words.mean_size_head,
            words.lowest_head,
            words.highest_head,
            words.higher_values_head,
        ];
        let rows = self.rows.iter().map(|row| {
            let (low, high) = row.ends();
            let r = row.direction();
            let way = if r > CLEAR {
                words.raises
            } else if r < -CLEAR {
                words.lowers
            } else {
                ""
            };
            vec![
                row.column.clone(),
                size(row.mean, self.is_share, words),
                signed(low, self.is_share, words),
                signed(high, self.is_share, words),
                way.to_owned(),
            ]
        });
        Grid::new(&columns, rows.collect())
    }

    fn height_px(&self, _width_px: f64) -> f64 {
        let n = self.drawn().len();
        rows::height_px(n.min(MOST_ROWS) + usize::from(n > MOST_ROWS), true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_of_one_place_stand_apart_and_inside() {
        let xs = [10.0, 10.5, 50.0, 11.0, 10.2];
        assert_eq!(offsets(&xs, 9.0), [0.0, -3.0, 0.0, 3.0, -6.0]);
        let many = vec![10.0; 301];
        let all = offsets(&many, 9.0);
        assert!(all.iter().all(|o| o.abs() <= 9.0 + 1e-9));
        assert_eq!(offsets(&[], 9.0), [0.0; 0]);
    }

    #[test]
    fn direction_is_that_of_higher_values() {
        let row = |sign: f64| BeeswarmRow {
            column: "a".into(),
            mean: 0.1,
            points: (0..50).map(|i| sign * f64::from(i) / 50.0).collect(),
            values: (0..49).map(|i| f64::from(i) / 48.0).collect(),
        };
        assert!(row(1.0).direction() > 0.99);
        assert!(row(-1.0).direction() < -0.99);
        assert_eq!(row(0.0).direction(), 0.0);
    }
}
