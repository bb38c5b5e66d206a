//! Coefficients against the strength of their penalty.
use super::axis::Axis;
use super::common::series_ink;
use super::lines::{self, LineSeries, Lines, Point, extent};
use super::scale::Kind;
use super::sheet::{Sheet, spread};
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use crate::base::order;
use serde::{Deserialize, Serialize};

/// Coefficients of a penalised linear model at falling penalties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoefficientPath {
    /// The columns.
    pub columns: Vec<String>,
    /// Penalties, greater than 0, falling.
    pub alphas: Vec<f64>,
    /// Per column one coefficient per penalty.
    pub coefs: Vec<Vec<f64>>,
    /// Index of the chosen penalty.
    pub chosen: Option<u32>,
}

/// Named lines; as many as there are colours.
const N_NAMED: usize = 6;
/// Thin lines beside them.
const N_THIN: usize = 200;

impl CoefficientPath {
    fn coef(&self, column: usize, i: usize) -> f64 {
        let of_column = self.coefs.get(column).and_then(|c| c.get(i));
        of_column.copied().unwrap_or(f64::NAN)
    }

    fn chosen(&self) -> Option<usize> {
        let i = self.chosen? as usize;
        self.alphas.get(i).is_some_and(|a| *a > 0.0).then_some(i)
    }

    /// Columns with a coefficient, the largest at the chosen penalty first; without one at the lowest penalty.
    fn ranked(&self) -> Vec<usize> {
        let n = self.alphas.len();
        let at = self.chosen().or(n.checked_sub(1)).unwrap_or(0);
        let end = n.saturating_sub(1);
        let size = |c: usize, i: usize| {
            let v = self.coef(c, i).abs();
            if v.is_finite() { v } else { -1.0 }
        };
        let has_any = |c: &usize| (0..n).any(|i| self.coef(*c, i).is_finite());
        let mut order: Vec<usize> = (0..self.columns.len()).filter(has_any).collect();
        order::sort(&mut order, &mut |a, b| {
            let by_chosen = size(b, at).total_cmp(&size(a, at));
            by_chosen.then(size(b, end).total_cmp(&size(a, end)))
        });
        order
    }

    /// The column whose coefficient is the first that is not zero.
    fn first(&self) -> Option<&str> {
        let n = self.columns.len();
        (0..self.alphas.len()).find_map(|i| {
            let of = |c: &usize| self.coef(*c, i).abs();
            let found = (0..n).filter(|c| of(c).is_finite() && of(c) > 0.0);
            let c = found.max_by(|a, b| of(a).total_cmp(&of(b)))?;
            Some(self.columns[c].as_str())
        })
    }

    fn describe(&self, templates: [&str; 2], words: &Words) -> String {
        let order = self.ranked();
        let (Some(largest), Some(first)) = (order.first(), self.first()) else {
            return words.path_none.to_owned();
        };
        let number = |v: f64| (words.number)(v, NumberStyle::Short);
        let count = |n: usize| (words.number)(n as f64, NumberStyle::Count);
        let at = self.chosen().unwrap_or(usize::MAX);
        let kept = order
            .iter()
            .filter(|c| self.coef(**c, at).abs() > 0.0)
            .count();
        let (from, to) = extent(self.alphas.iter().copied()).unwrap_or_default();
        let values = [
            ("from", number(to)),
            ("to", number(from)),
            ("first", first.to_owned()),
            ("n", count(kept)),
            ("total", count(self.columns.len())),
            (
                "alpha",
                number(self.alphas.get(at).copied().unwrap_or(f64::NAN)),
            ),
            ("largest", self.columns[*largest].clone()),
            ("coef", number(self.coef(*largest, at))),
        ];
        let template = templates[usize::from(self.chosen().is_none())];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }
}

impl Chart for CoefficientPath {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let number = |v: f64| (words.number)(v, NumberStyle::Short);
        let order = self.ranked();
        let series: Vec<LineSeries> = order
            .iter()
            .take(N_NAMED + N_THIN)
            .enumerate()
            .map(|(rank, &c)| {
                let column = &self.columns[c];
                let point = |(i, alpha): (usize, &f64)| {
                    let coef = self.coef(c, i);
                    let values = [
                        ("column", column.as_str()),
                        ("alpha", &number(*alpha)),
                        ("coef", &number(coef)),
                    ];
                    Point {
                        x: alpha.log10(),
                        y: coef,
                        sd: f64::NAN,
                        spot: fill(words.path_spot, &values),
                    }
                };
                let is_named = rank < N_NAMED;
                LineSeries {
                    name: if is_named {
                        column.clone()
                    } else {
                        String::new()
                    },
                    ink: if is_named {
                        series_ink(rank)
                    } else {
                        Ink::Axis
                    },
                    pen: if is_named { 1.8 } else { 1.0 },
                    points: self.alphas.iter().enumerate().map(point).collect(),
                }
            })
            .collect();
        let title = fill(words.log_scale, &[("axis", words.alpha_axis)]);
        let places = self.alphas.iter().map(|a| a.log10());
        let domain = extent(places).unwrap_or_default();
        let lines = Lines {
            x: Axis {
                reversed: true,
                ..Axis::new([&title, words.alpha_axis_short], domain, Kind::Log)
            },
            y_titles: [words.coef_axis; 2],
            y_kind: Kind::Number,
            note: [""; 2],
            series: &series,
            marker: self.chosen().map(|i| {
                let alpha = self.alphas[i];
                (
                    alpha.log10(),
                    fill(words.chosen, &[("value", &number(alpha))]),
                )
            }),
        };
        if !lines::draw(&mut sheet, &lines, words) {
            return sheet.empty(words);
        }
        let summary = [words.path_summary_chosen, words.path_summary];
        sheet.finish(self.describe(summary, words))
    }

    fn title(&self, words: &Words) -> String {
        self.describe([words.path_title_chosen, words.path_title], words)
    }

    /// One row per penalty, at most a hundred; columns in the order of the picture.
    fn grid(&self, words: &Words) -> Grid {
        let number = |v: f64| (words.number)(v, NumberStyle::Short);
        let order = self.ranked();
        let mut columns = vec![words.alpha_axis_short];
        columns.extend(order.iter().map(|c| self.columns[*c].as_str()));
        let rows = spread(self.alphas.len(), 100).into_iter().map(|i| {
            let mut row = vec![number(self.alphas[i])];
            row.extend(order.iter().map(|c| number(self.coef(*c, i))));
            row
        });
        Grid::new(&columns, rows.collect())
    }

    fn height_px(&self, width_px: f64) -> f64 {
        lines::height_px(width_px)
    }
}
