//! Lines over a number or over named places, with bands of one standard deviation and names at their ends: what learning
//! curves, validation curves, loss curves and coefficient paths share.
use super::axis::{Axis, Plot, frame_beside};
use super::measure::{shorten, width_px};
use super::scale::{Kind, rounded};
use super::sheet::{Sheet, spread};
use super::{Anchor, Ink, Words};
use crate::base::order;

/// One point of a line.
pub struct Point {
    pub x: f64,
    pub y: f64,
    /// Half the height of the band; none where it is not a number.
    pub sd: f64,
    /// Tooltip.
    pub spot: String,
}

/// One line.
pub struct LineSeries {
    /// Stands at its end; empty for none.
    pub name: String,
    pub ink: Ink,
    pub pen: f64,
    /// By rising x.
    pub points: Vec<Point>,
}

/// What is drawn.
pub struct Lines<'a> {
    pub x: Axis<'a>,
    pub y_titles: [&'a str; 2],
    pub y_kind: Kind,
    pub note: [&'a str; 2],
    /// The most important first; it is painted on top.
    pub series: &'a [LineSeries],
    /// A place on the x axis and what is written there.
    pub marker: Option<(f64, String)>,
}

/// Spots in all; more would be slow to step through.
const MOST_SPOTS: usize = 60;

/// The domain of finite values, or nothing without any.
pub fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.filter(|v| v.is_finite());
    finite.fold(None, |so_far, v| {
        Some(so_far.map_or((v, v), |(lo, hi): (f64, f64)| (lo.min(v), hi.max(v))))
    })
}

/// Height that suits lines with small print below.
pub fn height_px(width_px: f64) -> f64 {
    (width_px * 0.55).clamp(230.0, 320.0)
}

/// Draws it; `false` when no point can be drawn.
pub fn draw(sheet: &mut Sheet, it: &Lines<'_>, words: &Words) -> bool {
    // Between names there is nothing to go through.
    let is_joined = it.x.names.is_empty();
    let drawn = |p: &&Point| p.x.is_finite() && p.y.is_finite();
    let points = || it.series.iter().flat_map(|s| s.points.iter().filter(drawn));
    let Some(values) = extent(points().flat_map(|p| [p.y, p.y - sd(p), p.y + sd(p)])) else {
        return false;
    };
    let domain = match it.y_kind {
        Kind::Log => (values.0 - 0.05, values.1 + 0.05),
        kind => rounded(values, 5, kind),
    };
    let y = Axis::new(it.y_titles, domain, it.y_kind);
    let widest = it.series.iter().map(|s| width_px(&s.name, true));
    let widest = widest.fold(0.0, f64::max).min(sheet.width * 0.28);
    let beside = if widest > 0.0 { widest + 10.0 } else { 0.0 };
    let plot = frame_beside(sheet, &it.x, &y, &it.note, beside, words);
    let curves: Vec<Vec<(f64, f64)>> = it
        .series
        .iter()
        .enumerate()
        .map(|(i, s)| {
            // Marks at the same named place stand side by side.
            let aside = if is_joined { 0.0 } else { 6.0 * i as f64 - 3.0 };
            let at = |p: &Point| {
                let (x, y) = plot.at((p.x, p.y));
                (x + aside, y)
            };
            s.points.iter().filter(drawn).map(at).collect()
        })
        .collect();
    for (s, curve) in it.series.iter().zip(&curves).rev() {
        let points = s.points.iter().filter(drawn).zip(curve);
        let edges: Vec<[(f64, f64); 2]> = points
            .filter(|(p, _)| sd(p) > 0.0)
            .map(|(p, at)| [1.0, -1.0].map(|way| (at.0, plot.y.at(p.y + way * sd(p)))))
            .collect();
        if is_joined && edges.len() > 1 {
            let upper = edges.iter().map(|e| e[0]);
            let lower = edges.iter().rev().map(|e| e[1]);
            sheet.area(upper.chain(lower).collect(), s.ink, 0.16);
        } else {
            for edge in &edges {
                sheet.line(edge, s.ink, 1.5, false);
            }
        }
    }
    if let Some((x, text)) = &it.marker {
        let at = plot.x.at(*x);
        let line = [(at, plot.top), (at, plot.bottom)];
        sheet.line(&line, Ink::Accent, 1.5, false);
        // Above the plot it hides nothing.
        let text = shorten(text, plot.right - plot.left, true);
        let half = width_px(&text, true) / 2.0;
        let at = at.min(plot.right - half).max(plot.left + half);
        let at = (at, plot.top - 3.0);
        sheet.text(at, &text, Ink::Strong, Anchor::Middle, true);
    }
    for (s, curve) in it.series.iter().zip(&curves).rev() {
        if is_joined {
            sheet.line(curve, s.ink, s.pen, false);
        }
        // Few points are shown as what they are; a line of one would not be seen at all.
        if curve.len() <= 12 || !is_joined {
            for at in curve {
                sheet.dot(*at, s.pen.min(2.2), s.ink, false);
            }
        }
    }
    end_labels(sheet, it.series, &curves, &plot);
    let n_each = (MOST_SPOTS / it.series.len().max(1)).max(1);
    for (s, curve) in it.series.iter().zip(&curves) {
        let kept: Vec<&Point> = s.points.iter().filter(drawn).collect();
        let picked = match kept.len() {
            0 => Vec::new(),
            n if n_each == 1 => vec![n - 1],
            n => spread(n, n_each),
        };
        for i in picked {
            sheet.spot(curve[i], kept[i].spot.clone());
        }
    }
    true
}

fn sd(p: &Point) -> f64 {
    if p.sd.is_finite() { p.sd.abs() } else { 0.0 }
}

/// Names beside the plot, at the height of the lines' ends, pushed apart where they would touch.
fn end_labels(sheet: &mut Sheet, series: &[LineSeries], curves: &[Vec<(f64, f64)>], plot: &Plot) {
    const ROW: f64 = 14.0;
    let mut ends: Vec<(f64, (f64, f64), &LineSeries)> = series
        .iter()
        .zip(curves)
        .filter(|(s, _)| !s.name.is_empty())
        .filter_map(|(s, c)| c.last().map(|end| (end.1, *end, s)))
        .collect();
    ends.truncate(((plot.bottom - plot.top) / ROW).max(1.0) as usize);
    let falling = order::sorted(ends.len(), &mut |a, b| ends[a].0.total_cmp(&ends[b].0));
    let mut ends: Vec<_> = falling.into_iter().map(|i| ends[i]).collect();
    // Down from the top, then up from the bottom: what was pushed too far comes back.
    let mut least = plot.top + 4.0;
    for end in &mut ends {
        end.0 = end.0.max(least);
        least = end.0 + ROW;
    }
    let mut most = plot.bottom - 2.0;
    for end in ends.iter_mut().rev() {
        end.0 = end.0.min(most);
        most = end.0 - ROW;
    }
    let x = plot.right + 8.0;
    for (y, end, s) in ends {
        if (y - end.1).abs() > 3.0 || x - end.0 > 16.0 {
            sheet.line(&[(end.0 + 3.0, end.1), (x - 2.0, y)], Ink::Axis, 0.8, true);
        }
        let is_strong = s.pen > 1.7;
        let text = shorten(&s.name, sheet.width - x - 1.0, is_strong);
        sheet.text((x, y + 4.0), &text, s.ink, Anchor::Start, is_strong);
    }
}
