//! The frame of a figure with one labelled row per thing: labels on the left, one axis below, what does not fit counted.
use super::axis::{Axis, x_labels};
use super::measure::{fitting, shorten, width_px};
use super::scale::Linear;
use super::sheet::Sheet;
use super::words::fill;
use super::{Anchor, Ink, NumberStyle, Words};

pub const ROW_PX: f64 = 24.0;
const TOP_PX: f64 = 4.0;
const BELOW_PX: f64 = 40.0;
const NOTE_PX: f64 = 16.0;
const MOST_ROWS: usize = 20;

/// What stands beside a row.
pub struct Label<'a> {
    pub text: &'a str,
    pub strong: bool,
    /// Stands over the rows that follow instead of beside one.
    pub is_head: bool,
}

/// The drawn frame.
pub struct Rows {
    pub left: f64,
    pub right: f64,
    pub bottom: f64,
    pub scale: Linear,
}

/// Middle of a row.
pub fn middle(i: usize) -> f64 {
    TOP_PX + (i as f64 + 0.5) * ROW_PX
}

/// Room for a label beside its row.
pub fn label_px(width_px: f64) -> f64 {
    width_px * 0.38 - 10.0
}

/// Height for all rows of a list, up to a limit.
pub fn height_px(n_rows: usize, has_note: bool) -> f64 {
    n_rows.clamp(1, MOST_ROWS) as f64 * ROW_PX + BELOW_PX + if has_note { NOTE_PX } else { 0.0 }
}

/// How many rows fit; one less where the rest has to be counted in a row of its own.
pub fn n_shown(sheet: &Sheet, n_rows: usize, has_note: bool) -> usize {
    let below = BELOW_PX + if has_note { NOTE_PX } else { 0.0 };
    let room = ((sheet.height - below) / ROW_PX + 1e-6).max(1.0) as usize;
    if n_rows <= room {
        n_rows
    } else {
        (room - 1).max(1)
    }
}

/// Draws labels, grid lines, title and small print, with `beside` pixels left free on the right.
pub fn frame(
    sheet: &mut Sheet,
    labels: &[Label<'_>],
    n_hidden: usize,
    axis: &Axis<'_>,
    beside: f64,
    note: [&str; 2],
    words: &Words,
) -> Rows {
    let of_rows = labels.iter().filter(|l| !l.is_head);
    let widest = of_rows
        .map(|l| width_px(l.text, l.strong))
        .fold(0.0, f64::max);
    let left = (widest + 10.0).min(label_px(sheet.width) + 10.0);
    let (ticks, right) = x_labels(axis, left, sheet.width - beside, words);
    let scale = Linear::new(axis.domain, (left, right));
    let n_rows = labels.len() + usize::from(n_hidden > 0);
    let bottom = TOP_PX + n_rows as f64 * ROW_PX;
    for (v, text) in &ticks {
        let x = scale.at(*v);
        sheet.line(&[(x, TOP_PX), (x, bottom)], Ink::Grid, 1.0, false);
        sheet.text((x, bottom + 14.0), text, Ink::Muted, Anchor::Middle, false);
    }
    for (i, label) in labels.iter().enumerate() {
        let y = middle(i);
        if label.is_head {
            let bounds = (0.0, y - ROW_PX / 2.0, sheet.width, y + ROW_PX / 2.0);
            sheet.rect(bounds, 0.0, Ink::Surface, 1.0);
            sheet.line(
                &[(0.0, y + 10.0), (sheet.width, y + 10.0)],
                Ink::Grid,
                1.0,
                false,
            );
            sheet.text((1.0, y + 5.0), label.text, Ink::Muted, Anchor::Start, false);
        } else {
            // Some bold faces run wider than the estimate, and here nothing gives way on the left.
            let room = if label.strong { 0.94 } else { 1.0 } * (left - 10.0);
            let text = shorten(label.text, room, label.strong);
            let at = (left - 8.0, y + 4.0);
            sheet.text(at, &text, Ink::Strong, Anchor::End, label.strong);
        }
    }
    if n_hidden > 0 {
        let n = (words.number)(n_hidden as f64, NumberStyle::Count);
        let text = fill(words.n_more, &[("n", &n)]);
        let at = (left - 8.0, middle(labels.len()) + 4.0);
        sheet.text(at, &text, Ink::Muted, Anchor::End, false);
    }
    let all = sheet.width - 4.0;
    let title = fitting(&axis.titles, all);
    let at = (sheet.width - 1.0, bottom + 31.0);
    sheet.text(at, &title, Ink::Muted, Anchor::End, false);
    let note = fitting(&note, all);
    let at = (1.0, bottom + 48.0);
    sheet.text(at, &note, Ink::Muted, Anchor::Start, false);
    Rows {
        left,
        right,
        bottom,
        scale,
    }
}
