//! A scene while it is being laid out. Keeps two promises: no text leaves it, no two texts overlap.
use super::measure::{ASCENT_PX, DESCENT_PX, shorten, width_px};
use super::{Anchor, Ink, Mark, Scene, Size, Spot, Words};

/// Left, top, right, bottom.
type Bounds = (f64, f64, f64, f64);

/// Collects marks and spots.
pub struct Sheet {
    pub width: f64,
    pub height: f64,
    marks: Vec<Mark>,
    spots: Vec<Spot>,
    texts: Vec<Bounds>,
}

impl Sheet {
    /// An empty sheet; impossible sizes become the smallest that can be drawn.
    pub fn new(size: Size) -> Self {
        let sound = |v: f64, least: f64| {
            if v.is_finite() {
                v.max(least).min(20_000.0)
            } else {
                least
            }
        };
        Self {
            width: sound(size.width_px, 120.0),
            height: sound(size.height_px, 80.0),
            marks: Vec::new(),
            spots: Vec::new(),
            texts: Vec::new(),
        }
    }

    pub fn rect(
        &mut self,
        (left, top, right, bottom): Bounds,
        radius: f64,
        ink: Ink,
        strength: f64,
    ) {
        self.marks.push(Mark::Rect {
            x: left,
            y: top,
            width: (right - left).max(0.0),
            height: (bottom - top).max(0.0),
            radius,
            ink,
            strength,
        });
    }

    /// A line; points closer than a painter can show are left out.
    pub fn line(&mut self, points: &[(f64, f64)], ink: Ink, width: f64, dashed: bool) {
        let mut kept: Vec<(f64, f64)> = Vec::new();
        for (i, &(x, y)) in points.iter().enumerate() {
            let far = kept
                .last()
                .is_none_or(|&(a, b)| (x - a).abs() + (y - b).abs() >= 0.8);
            if far || i + 1 == points.len() {
                kept.push((x, y));
            }
        }
        if kept.len() > 1 {
            self.marks.push(Mark::Line {
                points: kept,
                ink,
                width,
                dashed,
            });
        }
    }

    /// A hairline around a rectangle, corners cut by `corner`.
    pub fn outline(&mut self, (left, top, right, bottom): Bounds, corner: f64, ink: Ink) {
        let c = corner;
        let points = [
            (left + c, top),
            (right - c, top),
            (right, top + c),
            (right, bottom - c),
            (right - c, bottom),
            (left + c, bottom),
            (left, bottom - c),
            (left, top + c),
            (left + c, top),
        ];
        self.line(&points, ink, 1.0, false);
    }

    pub fn area(&mut self, points: Vec<(f64, f64)>, ink: Ink, strength: f64) {
        self.marks.push(Mark::Area {
            points,
            ink,
            strength,
        });
    }

    pub fn dot(&mut self, (x, y): (f64, f64), radius: f64, ink: Ink, hollow: bool) {
        self.marks.push(Mark::Dot {
            x,
            y,
            radius,
            ink,
            hollow,
        });
    }

    pub fn spot(&mut self, (x, y): (f64, f64), text: String) {
        self.spots.push(Spot { x, y, text });
    }

    /// Text, moved inwards where it would be clipped. `false` when its place is taken: then it is left out.
    pub fn text(
        &mut self,
        at: (f64, f64),
        text: &str,
        ink: Ink,
        anchor: Anchor,
        strong: bool,
    ) -> bool {
        let text = shorten(text, self.width - 2.0, strong);
        let (x, bounds) = self.placed(at, &text, anchor, strong);
        if text.is_empty() || !self.is_free(bounds) {
            return false;
        }
        self.texts.push(bounds);
        self.marks.push(Mark::Text {
            x,
            y: at.1,
            text,
            ink,
            anchor,
            strong,
        });
        true
    }

    fn placed(
        &self,
        (x, y): (f64, f64),
        text: &str,
        anchor: Anchor,
        strong: bool,
    ) -> (f64, Bounds) {
        let width = width_px(text, strong);
        let left = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - width / 2.0,
            Anchor::End => x - width,
        };
        let inside = left.min(self.width - width - 1.0).max(1.0);
        let bounds = (inside, y - ASCENT_PX, inside + width, y + DESCENT_PX);
        (x + inside - left, bounds)
    }

    fn is_free(&self, b: Bounds) -> bool {
        let inside = b.1 >= 0.0 && b.3 <= self.height && b.2 <= self.width;
        inside
            && self
                .texts
                .iter()
                .all(|t| b.2 + 2.0 <= t.0 || t.2 + 2.0 <= b.0 || b.3 <= t.1 || t.3 <= b.1)
    }

    /// A label near a dot: the free place that hides the fewest of `obstacles`.
    pub fn label_near(
        &mut self,
        (x, y): (f64, f64),
        text: &str,
        strong: bool,
        plot: &super::axis::Plot,
        obstacles: &[(f64, f64)],
    ) -> bool {
        let places = [
            (x + 10.0, y + 4.0, Anchor::Start),
            (x - 10.0, y + 4.0, Anchor::End),
            (x + 8.0, y + 20.0, Anchor::Start),
            (x - 8.0, y + 20.0, Anchor::End),
            (x + 8.0, y - 12.0, Anchor::Start),
            (x - 8.0, y - 12.0, Anchor::End),
            (x + 10.0, y + 40.0, Anchor::Start),
            (x - 10.0, y - 32.0, Anchor::End),
        ];
        let mut best: Option<(usize, f64, f64, Anchor)> = None;
        for (x, y, anchor) in places {
            let (moved, b) = self.placed((x, y), text, anchor, strong);
            let within = moved == x
                && b.0 >= plot.left
                && b.2 <= plot.right
                && b.1 >= plot.top
                && b.3 <= plot.bottom;
            if !within || !self.is_free(b) {
                continue;
            }
            let hidden = hits(obstacles, b);
            if best.is_none_or(|(least, ..)| hidden < least) {
                best = Some((hidden, x, y, anchor));
            }
        }
        let Some((_, x, y, anchor)) = best else {
            return false;
        };
        let (_, b) = self.placed((x, y), text, anchor, strong);
        self.rect((b.0 - 2.0, b.1, b.2 + 2.0, b.3), 2.0, Ink::Surface, 0.85);
        self.text((x, y), text, Ink::Strong, anchor, strong)
    }

    /// One line per curve, with a piece of the curve's pen, in the emptiest part of the plot. The first is bold.
    pub fn key(
        &mut self,
        entries: &[(Ink, bool, String)],
        plot: &super::axis::Plot,
        obstacles: &[(f64, f64)],
        corners: &[(f64, f64)],
    ) {
        const PEN: f64 = 20.0;
        const ROW: f64 = 16.0;
        let room = plot.right - plot.left - PEN - 12.0;
        let rows = (((plot.bottom - plot.top - 8.0) / ROW).max(0.0) as usize).min(entries.len());
        if room < 24.0 || rows == 0 {
            return;
        }
        let texts: Vec<String> = entries[..rows]
            .iter()
            .enumerate()
            .map(|(i, e)| shorten(&e.2, room, i == 0))
            .collect();
        let width = texts
            .iter()
            .enumerate()
            .map(|(i, t)| width_px(t, i == 0))
            .fold(0.0, f64::max)
            + PEN
            + 4.0;
        let height = ROW * rows as f64 + 2.0;
        let mut best: Option<(usize, Bounds)> = None;
        for &(sx, sy) in corners {
            let left = plot.left + 4.0 + sx * (plot.right - plot.left - 8.0 - width);
            let top = plot.top + 4.0 + sy * (plot.bottom - plot.top - 8.0 - height);
            let bounds = (left, top, left + width, top + height);
            if !self.is_free(bounds) {
                continue;
            }
            let hidden = hits(obstacles, bounds);
            if best.is_none_or(|(least, _)| hidden < least) {
                best = Some((hidden, bounds));
            }
        }
        let Some((_, b)) = best else { return };
        self.rect(b, 3.0, Ink::Surface, 0.85);
        for (i, (text, (ink, dashed, _))) in texts.iter().zip(entries).enumerate() {
            let y = b.1 + ROW * i as f64 + 12.0;
            let pen = [(b.0 + 2.0, y - 4.0), (b.0 + PEN - 4.0, y - 4.0)];
            self.line(&pen, *ink, if i == 0 { 2.5 } else { 1.5 }, *dashed);
            let ink = if i == 0 { Ink::Strong } else { Ink::Muted };
            self.text((b.0 + PEN, y), text, ink, Anchor::Start, i == 0);
        }
    }

    /// The name of a curve beside it, where it hides the least.
    pub fn label_curve(
        &mut self,
        name: &str,
        ink: Ink,
        curve: &[(f64, f64)],
        plot: &super::axis::Plot,
        obstacles: &[(f64, f64)],
    ) {
        let width = width_px(name, true);
        let points = along(curve);
        let mut best: Option<(usize, f64, f64)> = None;
        for i in spread(points.len(), 40) {
            let (x, y) = points[i];
            for (dx, dy) in [
                (8.0, -8.0),
                (8.0, 16.0),
                (-8.0 - width, -8.0),
                (-8.0 - width, 16.0),
            ] {
                let at = (x + dx, y + dy);
                let (_, b) = self.placed(at, name, Anchor::Start, true);
                let within = at.0 >= plot.left + 2.0
                    && at.0 + width <= plot.right
                    && b.1 >= plot.top
                    && b.3 <= plot.bottom;
                if !within || !self.is_free(b) {
                    continue;
                }
                // Pen and the room around count too: a label must not seem to belong to another curve.
                let hidden = hits(obstacles, b) * 4
                    + hits(obstacles, (b.0 - 12.0, b.1 - 9.0, b.2 + 12.0, b.3 + 9.0))
                    - hits(&points, (b.0 - 12.0, b.1 - 9.0, b.2 + 12.0, b.3 + 9.0)).min(hits(
                        obstacles,
                        (b.0 - 12.0, b.1 - 9.0, b.2 + 12.0, b.3 + 9.0),
                    ));
                if best.is_none_or(|(least, ..)| hidden < least) {
                    best = Some((hidden, at.0, at.1));
                }
            }
        }
        if let Some((_, x, y)) = best {
            self.text((x, y), name, ink, Anchor::Start, true);
        }
    }

    pub fn finish(self, summary: String) -> Scene {
        Scene {
            width_px: self.width,
            height_px: self.height,
            marks: self.marks,
            spots: self.spots,
            summary,
        }
    }

    /// What stands in the place of a figure without data.
    pub fn empty(mut self, words: &Words) -> Scene {
        let at = (self.width / 2.0, self.height / 2.0);
        self.text(at, words.nothing, Ink::Muted, Anchor::Middle, false);
        self.finish(words.nothing.to_owned())
    }
}

fn hits(points: &[(f64, f64)], b: Bounds) -> usize {
    points
        .iter()
        .filter(|(x, y)| *x >= b.0 - 3.0 && *x <= b.2 + 3.0 && *y >= b.1 - 3.0 && *y <= b.3 + 3.0)
        .count()
}

/// Points every few pixels along a line, as obstacles for labels.
pub fn along(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut out = Vec::new();
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let n = ((x1 - x0).hypot(y1 - y0) / 5.0).ceil().clamp(1.0, 500.0) as usize;
        out.extend((0..n).map(|i| {
            let s = i as f64 / n as f64;
            (x0 + s * (x1 - x0), y0 + s * (y1 - y0))
        }));
    }
    out.extend(points.last());
    out
}

/// At most `n` indices of `len`, evenly spread, ends included.
pub fn spread(len: usize, n: usize) -> Vec<usize> {
    if len <= n || n < 2 {
        return (0..len.min(n.max(1))).collect();
    }
    let mut out: Vec<usize> = (0..n).map(|i| i * (len - 1) / (n - 1)).collect();
    out.dedup();
    out
}

/// Indices of at most `n` points, spread evenly along the drawn line rather than along the list.
pub fn spread_along(points: &[(f64, f64)], n: usize) -> Vec<usize> {
    let total: f64 = points
        .windows(2)
        .map(|p| (p[1].0 - p[0].0).hypot(p[1].1 - p[0].1))
        .sum();
    if points.len() <= n || n < 3 {
        return spread(points.len(), n);
    }
    let step = total / (n - 2) as f64;
    let (mut out, mut gone) = (vec![0], 0.0);
    for (i, pair) in points.windows(2).enumerate() {
        gone += (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1);
        if gone >= step && out.len() < n - 1 {
            out.push(i + 1);
            gone = 0.0;
        }
    }
    if out.last() != Some(&(points.len() - 1)) {
        out.push(points.len() - 1);
    }
    out
}
