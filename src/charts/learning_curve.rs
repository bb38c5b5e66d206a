//! Score against the number of training rows.
use super::axis::Axis;
use super::common::{ScoreSeries, score_text};
use super::lines::{self, LineSeries, Lines, extent};
use super::scale::Kind;
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// A learner fitted on ever more rows, each time scored on its training rows and on rows it did not see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearningCurve {
    /// Which score, by its metric key.
    pub scoring: String,
    /// Training rows per point, rising.
    pub train_sizes: Vec<u64>,
    /// Score on the training rows.
    pub train: ScoreSeries,
    /// Score on rows not seen.
    pub validation: ScoreSeries,
}

impl LearningCurve {
    fn n_points(&self) -> usize {
        let known = |i: &usize| self.validation.at(*i).0.is_finite();
        let last = (0..self.train_sizes.len()).rev().find(known);
        last.map_or(0, |i| i + 1)
    }

    fn has_levelled(&self) -> Option<bool> {
        let last = self.n_points().checked_sub(1)?;
        let half = self.train_sizes[last] / 2;
        let before = (0..last).rev().find(|i| self.train_sizes[*i] <= half)?;
        let ((a, _), (b, sd)) = (self.validation.at(before), self.validation.at(last));
        let moved = (b - a).abs();
        (moved.is_finite() && sd.is_finite()).then_some(moved <= sd)
    }
}

impl Chart for LearningCurve {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let score = (words.score)(&self.scoring);
        let score = score.trim();
        let of = |name: &str, ink, pen, scores: &ScoreSeries| {
            let point = |(i, n): (usize, &u64)| {
                let count = (words.number)(*n as f64, NumberStyle::Count);
                let at = fill(words.learning_at, &[("n", &count)]);
                scores.point(i, *n as f64, [name, &at, score], words)
            };
            LineSeries {
                name: name.to_owned(),
                ink,
                pen,
                points: self.train_sizes.iter().enumerate().map(point).collect(),
            }
        };
        let series = [
            of(words.validation_name, Ink::Series(1), 2.2, &self.validation),
            of(words.train_name, Ink::Series(2), 1.5, &self.train),
        ];
        let sizes = self.train_sizes.iter().map(|n| *n as f64);
        let domain = extent(sizes).unwrap_or_default();
        let lines = Lines {
            x: Axis::new([words.train_sizes; 2], domain, Kind::Count),
            y_titles: [score; 2],
            y_kind: Kind::Number,
            note: [words.band_note, words.band_note_short],
            series: &series,
            marker: None,
        };
        if !lines::draw(&mut sheet, &lines, words) {
            return sheet.empty(words);
        }
        let summary = self.summary(words);
        sheet.finish(summary)
    }

    fn title(&self, words: &Words) -> String {
        let template = match self.has_levelled() {
            Some(true) => words.learning_title_level,
            Some(false) => words.learning_title_moving,
            None => words.learning_title,
        };
        fill(template, &[("score", &(words.score)(&self.scoring))])
            .trim()
            .to_owned()
    }

    fn height_px(&self, width_px: f64) -> f64 {
        lines::height_px(width_px)
    }

    fn grid(&self, words: &Words) -> Grid {
        let columns = [
            words.train_sizes,
            words.train_name,
            "± SD",
            words.validation_name,
            "± SD",
        ];
        let rows = self.train_sizes.iter().enumerate().map(|(i, n)| {
            let mut row = vec![(words.number)(*n as f64, NumberStyle::Count)];
            row.extend(self.train.cells(i, words));
            row.extend(self.validation.cells(i, words));
            row
        });
        Grid::new(&columns, rows.collect())
    }
}

impl LearningCurve {
    fn summary(&self, words: &Words) -> String {
        let Some(last) = self.n_points().checked_sub(1) else {
            return words.nothing.to_owned();
        };
        let score = (words.score)(&self.scoring);
        let count = |i: usize| (words.number)(self.train_sizes[i] as f64, NumberStyle::Count);
        let values = [
            ("score", score.as_str()),
            ("first_n", &count(0)),
            ("first", &score_text(self.validation.at(0).0, words)),
            ("n", &count(last)),
            ("validation", &score_text(self.validation.at(last).0, words)),
            ("train", &score_text(self.train.at(last).0, words)),
        ];
        fill(words.learning_summary, &values)
    }
}
