//! Labelled dots with intervals, one per row: what coefficients and searches share.
use super::axis::Axis;
use super::lines::extent;
use super::measure::width_px;
use super::rows::{self, Label};
use super::scale::{Kind, rounded};
use super::sheet::Sheet;
use super::{Anchor, Ink, Words};
use crate::base::order;

/// One row: a head over the rows that follow when its value is none.
pub struct RowDot {
    pub label: String,
    pub strong: bool,
    /// Its value, which is finite, and the ends of its interval, which need not be.
    pub value: Option<[f64; 3]>,
    pub ink: Ink,
    /// Written on the right, long and short.
    pub texts: [String; 2],
    /// Tooltip.
    pub spot: String,
}

/// What is drawn.
pub struct Dots<'a> {
    pub rows: &'a [RowDot],
    pub titles: [&'a str; 2],
    /// [`Kind::Log`] for values by their decimal logarithm.
    pub kind: Kind,
    /// A line at this value.
    pub reference: Option<f64>,
    pub note: [&'a str; 2],
}

/// From the lowest to the highest value, widened by typical intervals: one that is wider by far must not flatten the rest.
fn domain(rows: &[RowDot], reference: Option<f64>, kind: Kind) -> (f64, f64) {
    let values = || rows.iter().filter_map(|r| r.value);
    let middles = values().map(|v| v[0]).chain(reference);
    let (lo, hi) = extent(middles).unwrap_or_default();
    let widths: Vec<f64> = values()
        .map(|v| v[2] - v[1])
        .filter(|w| w.is_finite())
        .collect();
    let rising = order::sorted(widths.len(), &mut |a, b| widths[a].total_cmp(&widths[b]));
    let typical = rising.get(widths.len() / 2).map_or(0.0, |i| widths[*i]);
    let room = 0.6 * (hi - lo) + 1.5 * typical;
    let ends = values().flat_map(|v| [v[1].max(lo - room), v[2].min(hi + room)]);
    let (lo, hi) = extent(ends.chain([lo, hi])).unwrap_or((lo, hi));
    match kind {
        Kind::Log => (lo - 0.02, hi + 0.02),
        kind => rounded((lo, hi), 5, kind),
    }
}

/// Draws as many rows as fit, first ones first, and counts the rest.
pub fn draw(sheet: &mut Sheet, it: &Dots<'_>, words: &Words) {
    let is_row = |r: &&RowDot| r.value.is_some();
    let mut n = rows::n_shown(sheet, it.rows.len(), !it.note[0].is_empty());
    while n > 1 && n < it.rows.len() && it.rows[n - 1].value.is_none() {
        n -= 1;
    }
    let (shown, hidden) = it.rows.split_at(n);
    let n_hidden = hidden.iter().filter(is_row).count();
    let axis = Axis::new(it.titles, domain(shown, it.reference, it.kind), it.kind);
    let labels: Vec<Label<'_>> = shown
        .iter()
        .map(|r| Label {
            text: &r.label,
            strong: r.strong,
            is_head: r.value.is_none(),
        })
        .collect();
    let widest = |i: usize| {
        let texts = shown.iter().map(|r| width_px(&r.texts[i], r.strong));
        texts.fold(0.0, f64::max)
    };
    let which = usize::from(widest(0) > sheet.width * 0.3);
    let beside = widest(which).min(sheet.width * 0.3) + 8.0;
    let frame = rows::frame(sheet, &labels, n_hidden, &axis, beside, it.note, words);
    if let Some(v) = it.reference {
        let x = frame.scale.at(v);
        sheet.line(&[(x, 4.0), (x, frame.bottom)], Ink::Axis, 1.0, false);
    }
    for (i, row) in shown.iter().enumerate() {
        let Some([value, low, high]) = row.value else {
            continue;
        };
        let y = rows::middle(i);
        let x = frame.scale.at(value);
        if !low.is_nan() && !high.is_nan() {
            let (least, most) = axis.domain;
            let ends = [
                frame.scale.at(low.max(least)),
                frame.scale.at(high.min(most)),
            ];
            sheet.line(&[(ends[0], y), (ends[1], y)], row.ink, 1.6, false);
            // An arrow where the interval goes on beyond the axis.
            for (is_beyond, at, way) in [
                (low < least, frame.left, 5.0),
                (high > most, frame.right, -5.0),
            ] {
                if is_beyond {
                    let head = [(at + way, y - 4.0), (at, y), (at + way, y + 4.0)];
                    sheet.line(&head, row.ink, 1.6, false);
                }
            }
        }
        sheet.dot((x, y), 3.5, row.ink, false);
        let at = (sheet.width - 1.0, y + 4.0);
        sheet.text(at, &row.texts[which], Ink::Strong, Anchor::End, row.strong);
        sheet.spot((x, y), row.spot.clone());
    }
}
