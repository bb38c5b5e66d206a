//! Labelled horizontal bars, one per row: what importance and plain bars share.
use super::axis::{Axis, x_labels};
use super::measure::{fitting, shorten, width_px};
use super::scale::{Kind, Linear, rounded};
use super::sheet::Sheet;
use super::words::fill;
use super::{Anchor, Ink, NumberStyle, Words};

const ROW_PX: f64 = 24.0;
const BELOW_PX: f64 = 40.0;

/// One bar. Its value is finite.
pub struct RowBar {
    pub label: String,
    pub value: f64,
    /// Half the length of the whisker; 0 for none.
    pub spread: f64,
    /// Written at its end.
    pub text: String,
    /// Tooltip.
    pub spot: String,
}

/// Height for all rows of a list, up to a limit.
pub fn height_px(n_rows: usize, has_note: bool) -> f64 {
    n_rows.clamp(1, 20) as f64 * ROW_PX + BELOW_PX + if has_note { 16.0 } else { 0.0 }
}

/// Draws as many rows as fit, first ones first, and says so when some do not.
pub fn draw(sheet: &mut Sheet, rows: &[RowBar], titles: [&str; 2], note: [&str; 2], words: &Words) {
    let below = |has_note: bool| BELOW_PX + if has_note { 16.0 } else { 0.0 };
    let with_note = !note[0].is_empty();
    let room = ((sheet.height - below(true)) / ROW_PX + 1e-6).max(1.0) as usize;
    let room_all = ((sheet.height - below(with_note)) / ROW_PX + 1e-6).max(1.0) as usize;
    let n = if rows.len() <= room_all {
        rows.len()
    } else {
        room.min(rows.len())
    };
    let rows_cut = (n < rows.len()).then(|| {
        let count = |n: usize| (words.number)(n as f64, NumberStyle::Count);
        fill(
            words.shown_of,
            &[("shown", &count(n)), ("total", &count(rows.len()))],
        )
    });
    let has_note = with_note || rows_cut.is_some();
    let shown = &rows[..n];
    let widest = shown
        .iter()
        .map(|r| width_px(&r.label, false))
        .fold(0.0, f64::max);
    let left = (widest + 10.0).min(sheet.width * 0.38);
    let text_px = shown
        .iter()
        .map(|r| width_px(&r.text, true))
        .fold(0.0, f64::max);
    let (lo, hi) = shown.iter().fold((0.0_f64, 0.0_f64), |(lo, hi), r| {
        (lo.min(r.value - r.spread), hi.max(r.value + r.spread))
    });
    let domain = rounded(
        if lo == hi { (0.0, 1.0) } else { (lo, hi) },
        4,
        Kind::Number,
    );
    let axis = Axis::new(titles, domain, Kind::Number);
    // Values stand right of their bars, so the axis ends before the edge.
    let text_px = text_px.min(sheet.width * 0.25) + 8.0;
    let (ticks, right) = x_labels(&axis, left, sheet.width - text_px, words);
    let scale = Linear::new(domain, (left, right));
    let bottom = 4.0 + n as f64 * ROW_PX;
    for (v, text) in &ticks {
        let x = scale.at(*v);
        sheet.line(&[(x, 4.0), (x, bottom)], Ink::Grid, 1.0, false);
        sheet.text((x, bottom + 14.0), text, Ink::Muted, Anchor::Middle, false);
    }
    let zero = scale.at(0.0);
    for (i, row) in shown.iter().enumerate() {
        let middle = 4.0 + (i as f64 + 0.5) * ROW_PX;
        let end = scale.at(row.value);
        let bounds = (zero.min(end), middle - 7.0, zero.max(end), middle + 7.0);
        let ink = if row.value < 0.0 {
            Ink::Muted
        } else {
            Ink::Series(1)
        };
        sheet.rect(bounds, 2.0, ink, 0.85);
        let mut reach = end.max(zero);
        if row.spread > 0.0 && row.spread.is_finite() {
            let ends = (
                scale.at(row.value - row.spread),
                scale.at(row.value + row.spread),
            );
            sheet.line(
                &[(ends.0, middle), (ends.1, middle)],
                Ink::Strong,
                1.2,
                false,
            );
            reach = reach.max(ends.1);
        }
        let label = shorten(&row.label, left - 10.0, false);
        sheet.text(
            (left - 8.0, middle + 4.0),
            &label,
            Ink::Strong,
            Anchor::End,
            false,
        );
        sheet.text(
            (reach + 6.0, middle + 4.0),
            &row.text,
            Ink::Strong,
            Anchor::Start,
            true,
        );
        sheet.spot(((zero + end) / 2.0, middle), row.spot.clone());
    }
    sheet.line(&[(zero, 4.0), (zero, bottom)], Ink::Axis, 1.0, false);
    let all = sheet.width - 4.0;
    let title = fitting(&titles, all);
    sheet.text(
        (sheet.width - 1.0, bottom + 31.0),
        &title,
        Ink::Muted,
        Anchor::End,
        false,
    );
    if has_note {
        let cut = rows_cut.unwrap_or_default();
        let mut long = [cut.as_str(), note[0]].join("  ");
        long = long.trim().to_owned();
        let short = if cut.is_empty() {
            note[1]
        } else {
            cut.as_str()
        };
        let text = fitting(&[&long, short], all);
        sheet.text(
            (1.0, bottom + 48.0),
            &text,
            Ink::Muted,
            Anchor::Start,
            false,
        );
    }
}
