//! How far the columns of a new file are from those learned from.
use super::row_bars::{self, RowBar};
use super::rows;
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, NumberStyle, Scene, Size, Words};
use crate::base::order;
use serde::{Deserialize, Serialize};

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftRow {
    /// Column of the file; empty for the scores.
    pub column: String,
    /// Population stability index.
    pub psi: f64,
    /// 0 stable, 1 moderate, 2 large.
    pub size: u8,
}

/// Population stability of every column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The columns.
    pub rows: Vec<DriftRow>,
}

impl Drift {
    fn sorted(&self) -> Vec<&DriftRow> {
        let rows: Vec<_> = self.rows.iter().filter(|r| r.psi.is_finite()).collect();
        let most = order::sorted(rows.len(), &mut |a, b| {
            (rows[b].size.cmp(&rows[a].size)).then(rows[b].psi.total_cmp(&rows[a].psi))
        });
        most.into_iter().map(|i| rows[i]).collect()
    }

    fn describe(&self, template: &str, r: &DriftRow, words: &Words) -> String {
        let changed = self.rows.iter().filter(|r| r.size > 0).count();
        let count = |n: usize| (words.number)(n as f64, NumberStyle::Count);
        let values = [
            ("column", name(r, words)),
            ("psi", (words.number)(r.psi, NumberStyle::Score)),
            ("verdict", verdict(r, words).to_owned()),
            ("changed", count(changed)),
            ("n", count(self.rows.len())),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }
}

fn name(r: &DriftRow, words: &Words) -> String {
    match r.column.as_str() {
        "" => words.drift_scores.to_owned(),
        column => column.to_owned(),
    }
}

fn verdict<'w>(r: &DriftRow, words: &'w Words) -> &'w str {
    match r.size {
        0 => words.drift_stable,
        1 => words.drift_moderate,
        _ => words.drift_large,
    }
}

impl Chart for Drift {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let sorted = self.sorted();
        let Some(first) = sorted.first() else {
            return sheet.empty(words);
        };
        let row = |r: &&DriftRow| RowBar {
            label: name(r, words),
            value: r.psi,
            ends: [f64::NAN; 2],
            spot: self.describe(words.drift_spot, r, words),
            text: (words.number)(r.psi, NumberStyle::Score),
        };
        let rows: Vec<RowBar> = sorted.iter().map(row).collect();
        let titles = [words.drift_axis, words.drift_axis_short];
        let note = [words.drift_note, words.drift_note_short];
        row_bars::draw(&mut sheet, &rows, titles, note, words);
        sheet.finish(self.describe(words.drift_summary, first, words))
    }

    fn title(&self, words: &Words) -> String {
        match self.sorted().first() {
            Some(first) if first.size > 0 => self.describe(words.drift_title, first, words),
            Some(_) => words.drift_title_none.to_owned(),
            None => words.nothing.to_owned(),
        }
    }

    fn grid(&self, words: &Words) -> Grid {
        let columns = [words.column_head, words.drift_axis_short, words.drift_head];
        let rows = self.sorted().into_iter().map(|r| {
            let psi = (words.number)(r.psi, NumberStyle::Score);
            vec![name(r, words), psi, verdict(r, words).to_owned()]
        });
        Grid::new(&columns, rows.collect())
    }

    fn height_px(&self, _width_px: f64) -> f64 {
        rows::height_px(self.sorted().len(), true)
    }
}
