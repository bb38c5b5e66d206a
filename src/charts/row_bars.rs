//! Labelled horizontal bars, one per row: what importance and plain bars share.
use super::axis::Axis;
use super::measure::width_px;
use super::rows::{self, Label};
use super::scale::{Kind, rounded};
use super::sheet::Sheet;
use super::{Anchor, Ink, Words};

/// One bar. Its value is finite.
pub struct RowBar {
    pub label: String,
    pub value: f64,
    /// Ends of the whisker; not numbers where there is none.
    pub ends: [f64; 2],
    /// Written at its end.
    pub text: String,
    /// Tooltip.
    pub spot: String,
}

/// Draws as many rows as fit, first ones first, and counts the rest.
pub fn draw(sheet: &mut Sheet, rows: &[RowBar], titles: [&str; 2], note: [&str; 2], words: &Words) {
    let n = rows::n_shown(sheet, rows.len(), !note[0].is_empty());
    let shown = &rows[..n];
    let (lo, hi) = shown.iter().fold((0.0_f64, 0.0_f64), |(lo, hi), r| {
        // A minimum with what is not a number is the other one.
        let [from, to] = r.ends;
        (lo.min(r.value).min(from), hi.max(r.value).max(to))
    });
    let domain = rounded(
        if lo == hi { (0.0, 1.0) } else { (lo, hi) },
        4,
        Kind::Number,
    );
    let axis = Axis::new(titles, domain, Kind::Number);
    let labels: Vec<Label<'_>> = shown
        .iter()
        .map(|r| Label {
            text: &r.label,
            strong: false,
            is_head: false,
        })
        .collect();
    // Values stand right of their bars, so the axis ends before the edge.
    let text_px = shown.iter().map(|r| width_px(&r.text, true));
    let text_px = text_px.fold(0.0, f64::max).min(sheet.width * 0.25) + 8.0;
    let n_hidden = rows.len() - n;
    let frame = rows::frame(sheet, &labels, n_hidden, &axis, text_px, note, words);
    let zero = frame.scale.at(0.0);
    for (i, row) in shown.iter().enumerate() {
        let middle = rows::middle(i);
        let end = frame.scale.at(row.value);
        let bounds = (zero.min(end), middle - 7.0, zero.max(end), middle + 7.0);
        let ink = if row.value < 0.0 {
            Ink::Muted
        } else {
            Ink::Series(1)
        };
        sheet.rect(bounds, 2.0, ink, 0.85);
        let mut reach = end.max(zero);
        let [from, to] = row.ends;
        if from < to && from.is_finite() && to.is_finite() {
            let (from, to) = (frame.scale.at(from), frame.scale.at(to));
            sheet.line(&[(from, middle), (to, middle)], Ink::Strong, 1.2, false);
            reach = reach.max(to);
        }
        let at = (reach + 6.0, middle + 4.0);
        sheet.text(at, &row.text, Ink::Strong, Anchor::Start, true);
        sheet.spot(((zero + end) / 2.0, middle), row.spot.clone());
    }
    sheet.line(&[(zero, 4.0), (zero, frame.bottom)], Ink::Axis, 1.0, false);
}
