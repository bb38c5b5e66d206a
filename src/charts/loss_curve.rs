//! Loss per epoch or boosting round, also while the training runs.
use super::axis::Axis;
use super::common::score_text;
use super::lines::{self, LineSeries, Lines, Point, extent};
use super::scale::Kind;
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// What a step of the training is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LossStep {
    /// One pass over the rows.
    Epoch,
    /// One more tree.
    Round,
}

/// Losses of a training, the first step's first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LossCurve {
    /// Which loss, by its metric key.
    pub scoring: String,
    /// What a step is.
    pub step: LossStep,
    /// Loss on the training rows after each step.
    pub train: Vec<f64>,
    /// Loss on rows held out; empty where none are.
    pub validation: Vec<f64>,
    /// Index of the step whose model is kept.
    pub best: Option<u32>,
    /// More steps will come.
    pub is_running: bool,
}

/// Losses that differ by more than this factor are drawn by their logarithm: the first steps would flatten the rest.
const LOG_FROM: f64 = 30.0;
/// A running training starts on an axis of this many steps, which then grows.
const FIRST_STEPS: f64 = 10.0;

impl LossCurve {
    /// The losses by which the training is judged.
    fn judged(&self) -> &[f64] {
        if self.validation.is_empty() {
            &self.train
        } else {
            &self.validation
        }
    }

    fn step_text(&self, i: usize, words: &Words) -> String {
        let template = match self.step {
            LossStep::Epoch => words.step_epoch,
            LossStep::Round => words.step_round,
        };
        let n = (words.number)((i + 1) as f64, NumberStyle::Count);
        fill(template, &[("n", &n)])
    }

    /// Last step with a loss, and the best: the kept one, else the lowest.
    fn last_and_best(&self) -> Option<(usize, usize)> {
        let losses = self.judged();
        let finite = || (0..losses.len()).filter(|i| losses[*i].is_finite());
        let lowest = finite().min_by(|a, b| losses[*a].total_cmp(&losses[*b]))?;
        let kept = self.best.map(|i| i as usize);
        let kept = kept.filter(|i| losses.get(*i).is_some_and(|v| v.is_finite()));
        Some((finite().next_back()?, kept.unwrap_or(lowest)))
    }

    fn describe(&self, template: &str, words: &Words) -> String {
        let Some((last, best)) = self.last_and_best() else {
            return words.nothing.to_owned();
        };
        let score = (words.score)(&self.scoring);
        let name = if self.validation.is_empty() {
            words.train_name
        } else {
            words.validation_name
        };
        let values = [
            ("series", name),
            ("score", score.as_str()),
            ("best_step", &self.step_text(best, words)),
            ("best", &score_text(self.judged()[best], words)),
            ("last_step", &self.step_text(last, words)),
            ("last", &score_text(self.judged()[last], words)),
        ];
        fill(template, &values).trim().to_owned()
    }
}

impl Chart for LossCurve {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let score = (words.score)(&self.scoring);
        let score = score.trim();
        let losses = || self.train.iter().chain(&self.validation).copied();
        let is_log = extent(losses()).is_some_and(|(lo, hi)| lo > 0.0 && hi > lo * LOG_FROM);
        let of = |name: &str, ink, pen, losses: &[f64]| {
            let point = |(i, loss): (usize, &f64)| {
                let values = [
                    ("series", name),
                    ("at", &self.step_text(i, words)),
                    ("score", score),
                    ("mean", &score_text(*loss, words)),
                ];
                Point {
                    x: (i + 1) as f64,
                    y: if is_log { loss.log10() } else { *loss },
                    sd: f64::NAN,
                    spot: fill(words.line_spot, &values),
                }
            };
            LineSeries {
                name: if losses.is_empty() {
                    String::new()
                } else {
                    name.to_owned()
                },
                ink,
                pen,
                points: losses.iter().enumerate().map(point).collect(),
            }
        };
        let series = [
            of(words.validation_name, Ink::Series(1), 2.2, &self.validation),
            of(words.train_name, Ink::Series(2), 1.6, &self.train),
        ];
        let n = self.train.len().max(self.validation.len()) as f64;
        let end = if self.is_running { grown(n) } else { n };
        let title = match self.step {
            LossStep::Epoch => words.epoch_axis,
            LossStep::Round => words.round_axis,
        };
        let y_title = if is_log {
            fill(words.log_scale, &[("axis", score)])
        } else {
            score.to_owned()
        };
        let best = self.last_and_best().filter(|_| self.best.is_some());
        let lines = Lines {
            x: Axis::new([title; 2], (1.0_f64.min(end), end.max(2.0)), Kind::Count),
            y_titles: [&y_title, score],
            y_kind: if is_log { Kind::Log } else { Kind::Number },
            note: [""; 2],
            series: &series,
            marker: best.map(|(_, i)| {
                let step = self.step_text(i, words);
                ((i + 1) as f64, fill(words.best, &[("value", &step)]))
            }),
        };
        if !lines::draw(&mut sheet, &lines, words) {
            return sheet.empty(words);
        }
        sheet.finish(self.describe(words.loss_summary, words))
    }

    fn title(&self, words: &Words) -> String {
        let template = if self.is_running {
            words.loss_title_running
        } else {
            words.loss_title
        };
        self.describe(template, words)
    }

    fn height_px(&self, width_px: f64) -> f64 {
        lines::height_px(width_px)
    }

    fn grid(&self, words: &Words) -> Grid {
        let title = match self.step {
            LossStep::Epoch => words.epoch_axis,
            LossStep::Round => words.round_axis,
        };
        let text = |losses: &[f64], i: usize| {
            let loss = losses.get(i).copied().unwrap_or(f64::NAN);
            (words.number)(loss, NumberStyle::Short)
        };
        let n = self.train.len().max(self.validation.len());
        let rows = (0..n).map(|i| {
            let n = (words.number)((i + 1) as f64, NumberStyle::Count);
            vec![n, text(&self.train, i), text(&self.validation, i)]
        });
        let columns = [title, words.train_name, words.validation_name];
        Grid::new(&columns, rows.collect())
    }
}

/// The end of an axis that grows seldom and never leaves more than a third empty beyond its first steps.
fn grown(n: f64) -> f64 {
    let mut end = FIRST_STEPS;
    while end < n {
        end = (end * 1.4 / 5.0).ceil() * 5.0;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_of_a_running_training_grows_in_steps() {
        assert_eq!(
            [1.0, 10.0, 11.0, 15.0, 16.0].map(grown),
            [10.0, 10.0, 15.0, 15.0, 25.0]
        );
        assert!((11..2000).all(|n| f64::from(n) / grown(f64::from(n)) > 0.6));
    }

    #[test]
    fn the_kept_step_is_named_else_the_lowest() {
        let mut it = LossCurve {
            scoring: "log_loss".to_owned(),
            step: LossStep::Round,
            train: vec![0.6, 0.4, 0.3],
            validation: vec![0.7, 0.5, 0.55],
            best: None,
            is_running: false,
        };
        assert_eq!(it.last_and_best(), Some((2, 1)));
        it.best = Some(2);
        assert_eq!(it.last_and_best(), Some((2, 2)));
        it.best = Some(9);
        assert_eq!(it.last_and_best(), Some((2, 1)));
        it.validation = vec![f64::NAN];
        assert_eq!(it.last_and_best(), None);
    }
}
