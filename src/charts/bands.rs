//! Curves over a share of the customers, each with a band of its own ends: what profit, gains and lift share.
use super::axis::{Axis, Plot, frame};
use super::common::CORNERS;
use super::lines::extent;
use super::measure::{shorten, width_px};
use super::scale::{Kind, rounded};
use super::sheet::{Sheet, along};
use super::{Anchor, Ink, Words};

/// One place of a curve; ends that are not numbers make no band.
#[derive(Clone, Copy)]
pub struct Banded {
    pub x: f64,
    pub y: f64,
    pub low: f64,
    pub high: f64,
}

impl Banded {
    /// A place without a band.
    pub fn bare(x: f64, y: f64) -> Self {
        Self {
            x,
            y,
            low: f64::NAN,
            high: f64::NAN,
        }
    }

    fn is_drawn(&self) -> bool {
        self.x.is_finite() && self.y.is_finite()
    }

    fn has_band(&self) -> bool {
        self.is_drawn() && self.low.is_finite() && self.high.is_finite()
    }
}

/// One curve.
pub struct Curve {
    /// Stands in the key; empty for none.
    pub name: String,
    pub ink: Ink,
    pub dashed: bool,
    /// By rising x.
    pub points: Vec<Banded>,
}

/// What is drawn, the most important curve first; it is painted on top.
pub struct Bands<'a> {
    pub x: Axis<'a>,
    pub y_titles: [&'a str; 2],
    pub y_kind: Kind,
    pub note: [&'a str; 2],
    pub curves: &'a [Curve],
    /// A place on the first curve, and what is written above it.
    pub marker: Option<((f64, f64), String)>,
}

/// Draws it; nothing when no point can be drawn.
pub fn draw(sheet: &mut Sheet, it: &Bands<'_>, words: &Words) -> Option<Plot> {
    let points = || it.curves.iter().flat_map(|c| c.points.iter());
    let values = points().filter(|p| p.is_drawn()).map(|p| p.y);
    let ends = points()
        .filter(|p| p.has_band())
        .flat_map(|p| [p.low, p.high]);
    let values = extent(values.chain(ends))?;
    let values = (values.0.min(0.0), values.1);
    let domain = rounded(values, 5, it.y_kind);
    let y = Axis::new(it.y_titles, domain, it.y_kind);
    let plot = frame(sheet, &it.x, &y, &it.note, words);
    let mut obstacles = Vec::new();
    for (i, curve) in it.curves.iter().enumerate().rev() {
        let banded: Vec<&Banded> = curve.points.iter().filter(|p| p.has_band()).collect();
        if banded.len() > 1 {
            let upper = banded.iter().map(|p| plot.at((p.x, p.high)));
            let lower = banded.iter().rev().map(|p| plot.at((p.x, p.low)));
            sheet.area(upper.chain(lower).collect(), curve.ink, 0.16);
        }
        let drawn = curve.points.iter().filter(|p| p.is_drawn());
        let line: Vec<(f64, f64)> = drawn.map(|p| plot.at((p.x, p.y))).collect();
        sheet.line(
            &line,
            curve.ink,
            if i == 0 { 2.2 } else { 1.5 },
            curve.dashed,
        );
        if let [only] = line.as_slice() {
            sheet.dot(*only, 2.2, curve.ink, false);
        }
        obstacles.extend(along(&line));
    }
    if let Some((place, text)) = &it.marker {
        let at = plot.at(*place);
        let line = [(at.0, plot.top), (at.0, plot.bottom)];
        sheet.line(&line, Ink::Accent, 1.5, false);
        sheet.dot(at, 4.0, Ink::Accent, true);
        obstacles.extend(along(&line));
        // Above the plot it hides nothing.
        let text = shorten(text, plot.right - plot.left, true);
        let half = width_px(&text, true) / 2.0;
        let x = at.0.min(plot.right - half).max(plot.left + half);
        sheet.text(
            (x, plot.top - 1.0),
            &text,
            Ink::Strong,
            Anchor::Middle,
            true,
        );
    }
    let named = it.curves.iter().filter(|c| !c.name.is_empty());
    let key: Vec<_> = named.map(|c| (c.ink, c.dashed, c.name.clone())).collect();
    if key.len() > 1 {
        sheet.key(&key, &plot, &obstacles, &CORNERS);
    }
    Some(plot)
}
