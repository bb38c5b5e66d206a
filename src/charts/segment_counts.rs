//! How many segments: what each measure says of every number, on one scale.
use super::axis::Axis;
use super::common::series_ink;
use super::lines::{self, LineSeries, Lines, Point, extent};
use super::scale::Kind;
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// The measures of one number of segments; of BIC the lower, of all others the higher, the better.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeasuredCount {
    /// Segments.
    pub k: u32,
    /// Mean silhouette.
    pub silhouette: f64,
    /// Gap statistic.
    pub gap: f64,
    /// BIC of a mixture.
    pub bic: f64,
    /// How well segments come back under resampling.
    pub stability: f64,
}

/// All numbers of segments that were looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentCounts {
    /// By rising number.
    pub rows: Vec<MeasuredCount>,
    /// The number that was taken.
    pub chosen: u32,
}

impl SegmentCounts {
    fn series<'a>(&self, words: &'a Words) -> [(&'a str, Vec<f64>, bool); 4] {
        let of = |value: fn(&MeasuredCount) -> f64| self.rows.iter().map(value).collect();
        [
            (words.silhouette_name, of(|m| m.silhouette), true),
            (words.stability_name, of(|m| m.stability), true),
            (words.gap_name, of(|m| m.gap), true),
            (words.bic_name, of(|m| m.bic), false),
        ]
    }

    fn said(&self, template: &str, words: &Words) -> String {
        let count = |n: u32| (words.number)(f64::from(n), NumberStyle::Count);
        let ends = |k: Option<&MeasuredCount>| count(k.map_or(0, |m| m.k));
        let values = [
            ("k", count(self.chosen)),
            ("first", ends(self.rows.first())),
            ("last", ends(self.rows.last())),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }
}

/// From the worst, 0, to the best, 1; half where all are alike.
fn scaled(values: &[f64], higher: bool) -> Vec<f64> {
    let Some((low, high)) = extent(values.iter().copied()) else {
        return vec![f64::NAN; values.len()];
    };
    let at = |v: &f64| match high - low {
        _ if !v.is_finite() => f64::NAN,
        span if span > 0.0 && higher => (v - low) / span,
        span if span > 0.0 => (high - v) / span,
        _ => 0.5,
    };
    values.iter().map(at).collect()
}

impl Chart for SegmentCounts {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let all = self.series(words);
        let series: Vec<LineSeries> = all
            .iter()
            .enumerate()
            .map(|(i, (name, values, higher))| {
                let places = scaled(values, *higher);
                let point = |(j, m): (usize, &MeasuredCount)| {
                    let said = [
                        ("name", *name),
                        ("k", &(words.number)(f64::from(m.k), NumberStyle::Count)),
                        ("value", &(words.number)(values[j], NumberStyle::Short)),
                    ];
                    Point {
                        x: f64::from(m.k),
                        y: places[j],
                        sd: f64::NAN,
                        spot: fill(words.count_spot, &said),
                    }
                };
                LineSeries {
                    name: (*name).to_owned(),
                    ink: series_ink(i),
                    pen: 1.8,
                    points: self.rows.iter().enumerate().map(point).collect(),
                }
            })
            .collect();
        let domain = extent(self.rows.iter().map(|m| f64::from(m.k))).unwrap_or_default();
        let (low, high) = domain;
        let domain = if low == high {
            (low - 1.0, high + 1.0)
        } else {
            domain
        };
        let chosen = f64::from(self.chosen);
        let inside = chosen >= domain.0 && chosen <= domain.1;
        let lines = Lines {
            x: Axis::new([words.count_axis; 2], domain, Kind::Count),
            y_titles: [words.count_scale, words.count_scale_short],
            y_kind: Kind::Number,
            note: [words.count_note, words.count_note_short],
            series: &series,
            marker: inside.then(|| (chosen, self.said(words.count_marker, words))),
        };
        if !lines::draw(&mut sheet, &lines, words) {
            return sheet.empty(words);
        }
        sheet.finish(self.said(words.count_summary, words))
    }

    fn grid(&self, words: &Words) -> Grid {
        let all = self.series(words);
        let short = |v: f64| (words.number)(v, NumberStyle::Short);
        let columns = [words.count_axis, all[0].0, all[1].0, all[2].0, all[3].0];
        let rows = self.rows.iter().enumerate().map(|(j, m)| {
            let mut row = vec![(words.number)(f64::from(m.k), NumberStyle::Count)];
            row.extend(all.iter().map(|(_, values, _)| short(values[j])));
            row
        });
        Grid::new(&columns, rows.collect())
    }

    fn title(&self, words: &Words) -> String {
        self.said(words.count_title, words)
    }

    fn height_px(&self, width_px: f64) -> f64 {
        lines::height_px(width_px)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_one_and_the_worst_zero() {
        assert_eq!(scaled(&[1.0, 3.0, 2.0], true), [0.0, 1.0, 0.5]);
        assert_eq!(scaled(&[1.0, 3.0, 2.0], false), [1.0, 0.0, 0.5]);
        assert_eq!(scaled(&[2.0, 2.0], true), [0.5, 0.5]);
        assert!(scaled(&[f64::NAN, 1.0, 2.0], true)[0].is_nan());
    }
}
