//! Share of customers still there over time, with the band of its interval.
use super::axis::Axis;
use super::bands::{self, Banded, Bands, Curve};
use super::common::{series_ink, square_height_px};
use super::scale::Kind;
use super::sheet::{Sheet, spread};
use super::words::fill;
use super::{Chart, Grid, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// Tooltips in all.
const MOST_SPOTS: usize = 60;

/// One group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurvivalCurve {
    /// The group; empty where there is one only.
    pub name: String,
    /// Days, share still there after them, low and high end of its interval; by rising days.
    pub points: Vec<[f64; 4]>,
}

/// Shares still there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Survival {
    /// The most important first.
    pub curves: Vec<SurvivalCurve>,
    /// Share of cases that intervals hold.
    pub level: f64,
}

impl Survival {
    fn said(&self, template: &str, name: &str, p: [f64; 4], words: &Words) -> String {
        let percent = |v: f64| (words.number)(v, NumberStyle::Percent1);
        let values = [
            ("name", name.to_owned()),
            ("days", (words.number)(p[0], NumberStyle::Short)),
            ("share", percent(p[1])),
            ("low", percent(p[2])),
            ("high", percent(p[3])),
            ("level", (words.number)(self.level, NumberStyle::Percent)),
            (
                "n",
                (words.number)(self.curves.len() as f64, NumberStyle::Count),
            ),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }

    /// Where half have left on the first curve, else its last place; and whether half have left.
    fn middle(&self) -> Option<([f64; 4], bool)> {
        let curve = self.curves.first()?;
        let sound = |p: &&[f64; 4]| p[0].is_finite() && p[1].is_finite();
        let half = curve.points.iter().filter(sound).find(|p| p[1] <= 0.5);
        match half {
            Some(p) => Some((*p, true)),
            None => Some((*curve.points.iter().rfind(sound)?, false)),
        }
    }

    fn name(&self) -> &str {
        self.curves.first().map_or("", |c| c.name.as_str())
    }
}

/// The corners of steps.
fn steps(points: &[[f64; 4]]) -> Vec<Banded> {
    let mut out = vec![Banded {
        x: 0.0,
        y: 1.0,
        low: 1.0,
        high: 1.0,
    }];
    for [x, y, low, high] in points.iter().copied() {
        if !x.is_finite() || !y.is_finite() {
            continue;
        }
        if let Some(before) = out.last().copied() {
            out.push(Banded { x, ..before });
        }
        out.push(Banded { x, y, low, high });
    }
    out
}

impl Chart for Survival {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let Some((at, is_half)) = self.middle() else {
            return sheet.empty(words);
        };
        let ends = self
            .curves
            .iter()
            .flat_map(|c| c.points.iter().map(|p| p[0]));
        let last = ends.filter(|v| v.is_finite()).fold(0.0, f64::max);
        let curve = |(i, c): (usize, &SurvivalCurve)| Curve {
            name: c.name.clone(),
            ink: series_ink(i),
            dashed: false,
            points: steps(&c.points),
        };
        let curves: Vec<Curve> = self.curves.iter().enumerate().map(curve).collect();
        let note = [words.survival_note, words.survival_note_short];
        let note = note.map(|n| self.said(n, "", at, words));
        let drawn = Bands {
            x: Axis::new([words.survival_axis; 2], (0.0, last), Kind::Number),
            y_titles: [words.survival_share, words.survival_share_short],
            y_kind: Kind::Share,
            note: [&note[0], &note[1]],
            curves: &curves,
            marker: None,
        };
        let Some(plot) = bands::draw(&mut sheet, &drawn, words) else {
            return sheet.empty(words);
        };
        let each = (MOST_SPOTS / self.curves.len().max(1)).max(2);
        for c in &self.curves {
            for i in spread(c.points.len(), each) {
                let Some(p) = c.points.get(i).filter(|p| p.iter().all(|v| v.is_finite())) else {
                    continue;
                };
                let template = if c.name.is_empty() {
                    words.survival_spot_plain
                } else {
                    words.survival_spot
                };
                let text = self.said(template, &c.name, *p, words);
                sheet.spot(plot.at((p[0], p[1])), text);
            }
        }
        let template = match (is_half, self.name().is_empty()) {
            (true, true) => words.survival_summary,
            (true, false) => words.survival_summary_group,
            (false, true) => words.survival_summary_left,
            (false, false) => words.survival_summary_group_left,
        };
        sheet.finish(self.said(template, self.name(), at, words))
    }

    fn title(&self, words: &Words) -> String {
        let template = |is_half| {
            if is_half {
                words.survival_title
            } else {
                words.survival_title_left
            }
        };
        match self.middle() {
            Some((at, is_half)) if self.curves.len() == 1 => {
                self.said(template(is_half), self.name(), at, words)
            }
            Some((at, _)) => self.said(words.survival_title_groups, self.name(), at, words),
            None => words.nothing.to_owned(),
        }
    }

    fn grid(&self, words: &Words) -> Grid {
        let columns = [
            words.group_head,
            words.survival_axis,
            words.survival_share_short,
            words.low_head,
            words.high_head,
        ];
        let rows = self.curves.iter().flat_map(|c| {
            c.points.iter().map(|[days, share, low, high]| {
                let percent = |v: f64| (words.number)(v, NumberStyle::Percent1);
                let days = (words.number)(*days, NumberStyle::Short);
                vec![
                    c.name.clone(),
                    days,
                    percent(*share),
                    percent(*low),
                    percent(*high),
                ]
            })
        });
        Grid::new(&columns, rows.collect())
    }

    fn height_px(&self, width_px: f64) -> f64 {
        square_height_px(width_px)
    }
}
