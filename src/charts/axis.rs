//! The frame of a figure with two axes: margins from the widest label, grid lines, tick labels, titles, small print.
use super::measure::{fitting, shorten, width_px};
use super::scale::{Kind, Linear, tick_text, ticks};
use super::sheet::Sheet;
use super::{Anchor, Ink, Words};

/// One axis.
pub struct Axis<'a> {
    /// Titles, long to short.
    pub titles: [&'a str; 2],
    pub domain: (f64, f64),
    pub kind: Kind,
    /// Labels show the absolute value: both sides of zero count up.
    pub mirrored: bool,
    /// Large values stand where small ones stand otherwise.
    pub reversed: bool,
    /// Names of the places 0, 1, 2, …, instead of numbers.
    pub names: &'a [String],
}

impl<'a> Axis<'a> {
    pub fn new(titles: [&'a str; 2], domain: (f64, f64), kind: Kind) -> Self {
        Self {
            titles,
            domain,
            kind,
            mirrored: false,
            reversed: false,
            names: &[],
        }
    }

    /// Named places side by side.
    pub fn named(titles: [&'a str; 2], names: &'a [String]) -> Self {
        let domain = (-0.5, names.len().max(1) as f64 - 0.5);
        Self {
            names,
            ..Self::new(titles, domain, Kind::Number)
        }
    }

    /// Shares from 0 to 1.
    pub fn share(titles: [&'a str; 2]) -> Self {
        Self::new(titles, (0.0, 1.0), Kind::Share)
    }

    /// The scale over pixels from `from` to `to`.
    fn scale(&self, (from, to): (f64, f64)) -> Linear {
        let range = if self.reversed {
            (to, from)
        } else {
            (from, to)
        };
        Linear::new(self.domain, range)
    }

    fn labels(&self, n_max: usize, words: &Words) -> Vec<(f64, String)> {
        if !self.names.is_empty() {
            let step = self.names.len().div_ceil(n_max.max(1));
            let named = self.names.iter().enumerate().step_by(step);
            return named.map(|(i, name)| (i as f64, name.clone())).collect();
        }
        let (values, step) = ticks(self.domain, n_max, self.kind);
        let largest = values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        values
            .into_iter()
            .map(|v| {
                let shown = if self.mirrored { v.abs() } else { v };
                (v, tick_text(shown, step, largest, self.kind, words))
            })
            .collect()
    }
}

/// The drawn frame.
pub struct Plot {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    pub x: Linear,
    pub y: Linear,
}

impl Plot {
    /// Pixel of a point.
    pub fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.x.at(x), self.y.at(y))
    }
}

/// Draws both axes, with the y title above the plot where it needs no turning of heads, and `note` below all.
pub fn frame(sheet: &mut Sheet, x: &Axis<'_>, y: &Axis<'_>, note: &[&str], words: &Words) -> Plot {
    frame_beside(sheet, x, y, note, 0.0, words)
}

/// As [`frame`], with `beside` pixels left free on the right.
pub fn frame_beside(
    sheet: &mut Sheet,
    x: &Axis<'_>,
    y: &Axis<'_>,
    note: &[&str],
    beside: f64,
    words: &Words,
) -> Plot {
    let has_note = note.iter().any(|n| !n.is_empty());
    let top = 26.0;
    let bottom = sheet.height - if has_note { 54.0 } else { 38.0 };
    let n_y = (((bottom - top) / 26.0) as usize).clamp(2, 5);
    let y_labels = y.labels(n_y, words);
    let widest = y_labels
        .iter()
        .map(|(_, t)| width_px(t, false))
        .fold(0.0, f64::max);
    let left = (widest + 9.0).min(sheet.width * 0.4);
    let (x_labels, right) = x_labels(x, left, sheet.width - beside, words);
    let plot = Plot {
        left,
        right,
        top,
        bottom,
        x: x.scale((left, right)),
        y: y.scale((bottom, top)),
    };
    for (v, text) in &y_labels {
        let at = plot.y.at(*v);
        let is_zero = *v == 0.0 && y.kind != Kind::Log;
        let ink = if is_zero { Ink::Axis } else { Ink::Grid };
        sheet.line(&[(left, at), (right, at)], ink, 1.0, false);
        sheet.text((left - 7.0, at + 4.0), text, Ink::Muted, Anchor::End, false);
    }
    let is_above_zero = y.domain.0 >= 0.0 || y.kind == Kind::Log;
    if is_above_zero && !y_labels.iter().any(|(v, _)| *v == y.domain.0) {
        sheet.line(&[(left, bottom), (right, bottom)], Ink::Axis, 1.0, false);
    }
    for (v, text) in &x_labels {
        let at = plot.x.at(*v);
        sheet.line(&[(at, bottom), (at, bottom + 4.0)], Ink::Axis, 1.0, false);
        sheet.text((at, bottom + 17.0), text, Ink::Muted, Anchor::Middle, false);
    }
    let room = sheet.width - 4.0;
    sheet.text(
        (1.0, 11.0),
        &fitting(&y.titles, room),
        Ink::Muted,
        Anchor::Start,
        false,
    );
    sheet.text(
        (right, bottom + 33.0),
        &fitting(&x.titles, room),
        Ink::Muted,
        Anchor::End,
        false,
    );
    if has_note {
        let text = fitting(note, room);
        sheet.text(
            (1.0, sheet.height - 4.0),
            &text,
            Ink::Muted,
            Anchor::Start,
            false,
        );
    }
    plot
}

/// As many labels as stand apart, and where the plot ends so that the last one is whole.
pub fn x_labels(
    axis: &Axis<'_>,
    left: f64,
    width: f64,
    words: &Words,
) -> (Vec<(f64, String)>, f64) {
    let most = if axis.names.is_empty() { 6 } else { 16 };
    let n_first = (((width - left) / 48.0) as usize).clamp(2, most);
    let mut least = (Vec::new(), (width - 8.0).max(left + 10.0));
    // Fewer first, down from what fits for certain; more only where that leaves a single label.
    for n_max in (2..=n_first).rev().chain(n_first + 1..=most) {
        let mut labels = axis.labels(n_max, words);
        let at_end = if axis.reversed {
            labels.first()
        } else {
            labels.last()
        };
        let mut half = at_end.map_or(0.0, |(_, t)| width_px(t, false) / 2.0);
        if !axis.names.is_empty() {
            let room = (width - left) / labels.len().max(1) as f64 - 13.0;
            for (_, text) in &mut labels {
                *text = shorten(text, room, false);
            }
            half = 0.0;
        }
        let right = (width - half.max(6.0) - 2.0).max(left + 10.0);
        let scale = axis.scale((left, right));
        let apart = labels.windows(2).all(|p| {
            let need = (width_px(&p[0].1, false) + width_px(&p[1].1, false)) / 2.0 + 12.0;
            (scale.at(p[1].0) - scale.at(p[0].0)).abs() >= need
        });
        if apart && labels.len() > 1 {
            return (labels, right);
        }
        if n_max == 2 {
            least = (labels, right);
        }
    }
    least
}
