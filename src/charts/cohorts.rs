//! Cohorts: of those who started in one month, the share still active in each month after it.
use super::measure::{fitting, width_px};
use super::sheet::Sheet;
use super::words::fill;
use super::{Anchor, Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// Cohorts that are drawn, the last ones, and months of each.
const MOST: (usize, usize) = (30, 48);
/// Height of a row.
const ROW: f64 = 20.0;
/// Tooltips: all of so few cells, of more so many across and down.
const MOST_SPOTS: usize = 64;
const SPOTS_EACH: usize = 8;

/// Customers who started in one month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CohortRow {
    /// Month of the start, counted from the year 0.
    pub month: i32,
    /// Customers.
    pub n: u64,
    /// Share active, by months since the start; the first is 1.
    pub shares: Vec<f64>,
}

/// Cohorts by month of start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cohorts {
    /// By month.
    pub rows: Vec<CohortRow>,
    /// Share of all cohorts seen so long.
    pub all: Vec<f64>,
}

/// A month counted from the year 0, as `2026-11`.
pub(super) fn month_text(month: i32) -> String {
    let (year, of) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    let zero = if of < 10 { "0" } else { "" };
    format!("{year}-{zero}{of}")
}

/// What is drawn of a row: its name and shares.
struct Drawn<'a> {
    name: String,
    n: u64,
    shares: &'a [f64],
}

impl Cohorts {
    fn drawn(&self, words: &Words) -> Vec<Drawn<'_>> {
        let n = self.rows.iter().map(|r| r.n).fold(0, u64::saturating_add);
        let all = Drawn {
            name: words.cohorts_all.to_owned(),
            n,
            shares: &self.all,
        };
        let skip = self.rows.len().saturating_sub(MOST.0);
        let own = self.rows.iter().skip(skip).map(|r| Drawn {
            name: month_text(r.month),
            n: r.n,
            shares: &r.shares,
        });
        std::iter::once(all).chain(own).collect()
    }

    fn said(&self, template: &str, words: &Words) -> String {
        let share = |i: usize| {
            let share = self.all.get(i).copied().unwrap_or(f64::NAN);
            (words.number)(share, NumberStyle::Percent1)
        };
        let last = self.all.len().saturating_sub(1);
        let values = [
            (
                "n",
                (words.number)(self.rows.len() as f64, NumberStyle::Count),
            ),
            ("first", share(1)),
            ("last", share(last)),
            ("age", (words.number)(last as f64, NumberStyle::Count)),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }

    fn is_empty(&self) -> bool {
        self.rows.iter().all(|r| r.shares.is_empty())
    }
}

impl Chart for Cohorts {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        if self.is_empty() {
            return sheet.empty(words);
        }
        let rows = self.drawn(words);
        let longest = rows.iter().map(|r| r.shares.len()).max().unwrap_or(1);
        let n = longest.min(MOST.1).max(1);
        let widths = rows.iter().map(|r| width_px(&r.name, false));
        let left = (widths.fold(0.0, f64::max) + 12.0).min(sheet.width * 0.34);
        // Very wide cells would tear the numbers apart.
        let right = (sheet.width - 2.0).min(left + 64.0 * n as f64);
        let cell = (right - left) / n as f64;
        let (top, bottom) = (34.0, sheet.height - 4.0);
        let height = ((bottom - top) / rows.len() as f64).min(28.0);
        let gap = if cell > 12.0 { 2.0 } else { 1.0 };
        let titles = [words.cohorts_axis, words.cohorts_axis_short];
        let title = fitting(&titles, sheet.width - left - 2.0);
        sheet.text((left, 11.0), &title, Ink::Muted, Anchor::Start, false);
        let step = (34.0 / cell).ceil().max(1.0) as usize;
        for age in (0..n).step_by(step) {
            let x = left + cell * (age as f64 + 0.5);
            let text = (words.number)(age as f64, NumberStyle::Count);
            sheet.text((x, 27.0), &text, Ink::Muted, Anchor::Middle, false);
        }
        // The first month is always whole: the others are told apart by what is left of it.
        let shares = rows.iter().flat_map(|r| r.shares.iter().skip(1));
        let most = shares
            .copied()
            .filter(|s| s.is_finite())
            .fold(0.0, f64::max);
        let n_cells: usize = rows.iter().map(|r| r.shares.len().min(n)).sum();
        let (across, down) = if n_cells <= MOST_SPOTS {
            (1, 1)
        } else {
            (n.div_ceil(SPOTS_EACH), rows.len().div_ceil(SPOTS_EACH))
        };
        for (i, row) in rows.iter().enumerate() {
            let y = top + height * i as f64;
            let middle = y + (height - gap) / 2.0;
            if height >= 12.0 {
                let ink = if i == 0 { Ink::Strong } else { Ink::Muted };
                sheet.text((1.0, middle + 4.0), &row.name, ink, Anchor::Start, i == 0);
            }
            for (age, share) in row.shares.iter().take(n).enumerate() {
                if !share.is_finite() {
                    continue;
                }
                let x = left + cell * age as f64;
                let part = if most > 0.0 {
                    (share / most).min(1.0)
                } else {
                    0.0
                };
                // Faint on purpose: text must be legible on it in both themes.
                let bounds = (x, y, x + cell - gap, y + height - gap);
                sheet.rect(bounds, 2.0, Ink::Accent, 0.04 + 0.31 * part.max(0.0));
                let text = (words.number)(*share, NumberStyle::Percent);
                let at = (x + (cell - gap) / 2.0, middle);
                if width_px(&text, false) + 4.0 <= cell && height >= 14.0 {
                    let ink = if i == 0 { Ink::Strong } else { Ink::Muted };
                    sheet.text((at.0, at.1 + 4.0), &text, ink, Anchor::Middle, false);
                }
                if age % across == 0 && i % down == 0 {
                    let values = [
                        ("cohort", row.name.clone()),
                        ("n", (words.number)(row.n as f64, NumberStyle::Count)),
                        ("share", (words.number)(*share, NumberStyle::Percent1)),
                        ("age", (words.number)(age as f64, NumberStyle::Count)),
                    ];
                    let values = values.each_ref().map(|(k, v)| (*k, v.as_str()));
                    sheet.spot(at, fill(words.cohorts_spot, &values));
                }
            }
        }
        sheet.finish(self.said(words.cohorts_summary, words))
    }

    fn title(&self, words: &Words) -> String {
        match (self.is_empty(), self.all.get(1)) {
            (true, _) => words.nothing.to_owned(),
            (_, Some(share)) if share.is_finite() => self.said(words.cohorts_title, words),
            _ => words.cohorts_title_new.to_owned(),
        }
    }

    /// A row for each cohort and month.
    fn grid(&self, words: &Words) -> Grid {
        let columns = [
            words.cohort_head,
            words.cohorts_customers,
            words.cohorts_axis_short,
            words.share_head,
        ];
        let rows = self.rows.iter().flat_map(|r| {
            let own = |(age, share): (usize, &f64)| {
                vec![
                    month_text(r.month),
                    (words.number)(r.n as f64, NumberStyle::Count),
                    (words.number)(age as f64, NumberStyle::Count),
                    (words.number)(*share, NumberStyle::Percent1),
                ]
            };
            r.shares.iter().enumerate().map(own).collect::<Vec<_>>()
        });
        Grid::new(&columns, rows.collect())
    }

    fn height_px(&self, _width_px: f64) -> f64 {
        let rows = self.rows.len().min(MOST.0) + 1;
        (ROW * rows as f64 + 42.0).clamp(120.0, 680.0)
    }
}
