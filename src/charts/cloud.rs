//! Many rows by two numbers: a dot for each while there are few, else shaded cells.
use super::axis::Plot;
use super::sheet::{Sheet, spread};
use super::words::fill;
use super::{Ink, NumberStyle, Words};
use serde::{Deserialize, Serialize};

/// Most tooltips.
const MAX_SPOTS: usize = 36;

/// Rows by two numbers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Cloud {
    /// Smallest and largest of the first number.
    pub x: (f64, f64),
    /// Smallest and largest of the second number.
    pub y: (f64, f64),
    /// Cells along the first number.
    pub n_x: u32,
    /// Cells along the second number.
    pub n_y: u32,
    /// Cells that hold rows: place along the first number, along the second, rows.
    pub cells: Vec<(u32, u32, u64)>,
    /// The rows themselves, where they are few; there are no cells then.
    pub points: Vec<(f64, f64)>,
}

/// What `part` of `n` parts of a range begins and ends with. Halved first, as the span of two huge numbers may not be finite.
fn part(range: (f64, f64), i: u32, n: u32) -> (f64, f64) {
    let at = |i: u32| {
        let share = f64::from(i) / f64::from(n.max(1));
        2.0 * (range.0 / 2.0 + (range.1 / 2.0 - range.0 / 2.0) * share)
    };
    (at(i), at(i.saturating_add(1)))
}

impl Cloud {
    /// Rows in all.
    pub(super) fn n_rows(&self) -> u64 {
        let n = self.points.len() as u64;
        self.cells.iter().fold(n, |n, c| n.saturating_add(c.2))
    }

    /// Smallest and largest of both numbers, where both are known.
    pub(super) fn is_drawable(&self) -> bool {
        let ends = [self.x.0, self.x.1, self.y.0, self.y.1];
        self.n_rows() > 0 && ends.iter().all(|v| v.is_finite())
    }

    /// Limits of a cell in both numbers.
    pub(super) fn limits(&self, (i, j, _): (u32, u32, u64)) -> [(f64, f64); 2] {
        [part(self.x, i, self.n_x), part(self.y, j, self.n_y)]
    }

    /// Rows at or above which a cell has a tooltip, so that about [`MAX_SPOTS`] have one.
    fn told(&self) -> u64 {
        let mut least = 1_u64;
        let n_at = |least: u64| self.cells.iter().filter(|c| c.2 >= least).count();
        while n_at(least) > MAX_SPOTS && least < u64::MAX {
            least = least.saturating_add((least / 8).max(1));
        }
        least
    }

    /// Draws the rows; the fullest cells, and some of the points, have a tooltip.
    pub(super) fn draw(&self, sheet: &mut Sheet, plot: &Plot, words: &Words) {
        let short = |v: f64| (words.number)(v, NumberStyle::Short);
        let told = self.told();
        let most = self.cells.iter().map(|c| c.2).max().unwrap_or(1) as f64;
        for cell in &self.cells {
            let [x, y] = self.limits(*cell);
            let (left, bottom) = plot.at((x.0, y.0));
            let (right, top) = plot.at((x.1, y.1));
            // A single row among thousands still shows.
            let strength = 0.1 + 0.8 * (cell.2 as f64 / most).sqrt();
            sheet.rect((left, top, right, bottom), 0.0, Ink::Series(1), strength);
            if cell.2 < told {
                continue;
            }
            let values = [
                ("x_from", short(x.0)),
                ("x_to", short(x.1)),
                ("y_from", short(y.0)),
                ("y_to", short(y.1)),
                ("count", (words.number)(cell.2 as f64, NumberStyle::Count)),
            ];
            let values = values.each_ref().map(|(k, v)| (*k, v.as_str()));
            let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
            sheet.spot(middle, fill(words.cloud_cell_spot, &values));
        }
        let chosen = spread(self.points.len(), MAX_SPOTS);
        for (i, (x, y)) in self.points.iter().enumerate() {
            if !x.is_finite() || !y.is_finite() {
                continue;
            }
            let at = plot.at((*x, *y));
            sheet.dot(at, 2.0, Ink::Series(1), false);
            if !chosen.contains(&i) {
                continue;
            }
            let values = [("x", short(*x)), ("y", short(*y))];
            let values = values.each_ref().map(|(k, v)| (*k, v.as_str()));
            sheet.spot(at, fill(words.cloud_spot, &values));
        }
    }
}
