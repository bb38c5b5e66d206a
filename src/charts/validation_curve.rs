//! Score against one parameter.
use super::axis::Axis;
use super::common::{ScoreSeries, score_text};
use super::lines::{self, LineSeries, Lines, extent};
use super::scale::Kind;
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// The tried values of a parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ParamValues {
    /// Numbers.
    Linear(Vec<f64>),
    /// Positive numbers that differ by factors. Drawn as [`ParamValues::Linear`] when one is not positive.
    Log(Vec<f64>),
    /// Choices.
    Names(Vec<String>),
}

/// A learner fitted with each value of a parameter, scored on its training rows and on rows it did not see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValidationCurve {
    /// Which score, by its metric key.
    pub scoring: String,
    /// Name of the parameter.
    pub param: String,
    /// Its values; numbers rise.
    pub values: ParamValues,
    /// Score on the training rows.
    pub train: ScoreSeries,
    /// Score on rows not seen.
    pub validation: ScoreSeries,
    /// Index of the chosen value.
    pub chosen: Option<u32>,
}

impl ValidationCurve {
    fn texts(&self, words: &Words) -> Vec<String> {
        match &self.values {
            ParamValues::Linear(v) | ParamValues::Log(v) => {
                let text = |v: &f64| (words.number)(*v, NumberStyle::Short);
                v.iter().map(text).collect()
            }
            ParamValues::Names(names) => names.clone(),
        }
    }

    fn places(&self) -> (Vec<f64>, Kind) {
        match &self.values {
            ParamValues::Log(v) if v.iter().all(|v| *v > 0.0) => {
                (v.iter().map(|v| v.log10()).collect(), Kind::Log)
            }
            ParamValues::Linear(v) | ParamValues::Log(v) => (v.clone(), Kind::Number),
            ParamValues::Names(v) => ((0..v.len()).map(|i| i as f64).collect(), Kind::Number),
        }
    }

    /// The chosen value's index, where it is one.
    fn chosen(&self, n: usize) -> Option<usize> {
        self.chosen.map(|i| i as usize).filter(|i| *i < n)
    }
}

impl Chart for ValidationCurve {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let full = (words.score)(&self.scoring);
        let score = full.trim();
        let param = (words.param)(&self.param);
        let texts = self.texts(words);
        let (places, kind) = self.places();
        let of = |name: &str, ink, pen, scores: &ScoreSeries| {
            let point = |(i, x): (usize, &f64)| {
                let at = format!("{param} = {}", texts[i]);
                scores.point(i, *x, [name, &at, score], words)
            };
            LineSeries {
                name: name.to_owned(),
                ink,
                pen,
                points: places.iter().enumerate().map(point).collect(),
            }
        };
        let series = [
            of(words.validation_name, Ink::Series(1), 2.2, &self.validation),
            of(words.train_name, Ink::Series(2), 1.5, &self.train),
        ];
        let title = if kind == Kind::Log {
            fill(words.log_scale, &[("axis", &param)])
        } else {
            param.clone()
        };
        let titles = [title.as_str(), &param];
        let x = match &self.values {
            ParamValues::Names(names) => Axis::named(titles, names),
            _ => Axis::new(
                titles,
                extent(places.iter().copied()).unwrap_or_default(),
                kind,
            ),
        };
        let note = match &self.values {
            ParamValues::Names(_) => [words.bar_note, words.bar_note_short],
            _ => [words.band_note, words.band_note_short],
        };
        let chosen = self.chosen(places.len());
        let lines = Lines {
            x,
            y_titles: [score; 2],
            y_kind: Kind::Number,
            note,
            series: &series,
            marker: chosen.filter(|i| places[*i].is_finite()).map(|i| {
                let text = fill(words.chosen, &[("value", &texts[i])]);
                (places[i], text)
            }),
        };
        if !lines::draw(&mut sheet, &lines, words) {
            return sheet.empty(words);
        }
        let means = (0..places.len()).map(|i| self.validation.at(i).0);
        let (low, high) = extent(means).unwrap_or((f64::NAN, f64::NAN));
        let (low, high) = (score_text(low, words), score_text(high, words));
        let n = (words.number)(places.len() as f64, NumberStyle::Count);
        let at = chosen.unwrap_or(usize::MAX);
        let values = [
            ("score", full.as_str()),
            ("param", &param),
            ("n", &n),
            ("low", &low),
            ("high", &high),
            ("value", texts.get(at).map_or("", String::as_str)),
            ("validation", &score_text(self.validation.at(at).0, words)),
            ("train", &score_text(self.train.at(at).0, words)),
        ];
        let template = match chosen {
            Some(_) => words.validation_summary_chosen,
            None => words.validation_summary,
        };
        sheet.finish(fill(template, &values))
    }

    fn title(&self, words: &Words) -> String {
        let texts = self.texts(words);
        let score = (words.score)(&self.scoring);
        let at = self.chosen(texts.len());
        let values = [
            ("score", score.as_str()),
            ("param", &(words.param)(&self.param)),
            ("value", at.map_or("", |i| &texts[i])),
        ];
        let template = match at {
            Some(_) => words.validation_title_chosen,
            None => words.validation_title,
        };
        fill(template, &values).trim().to_owned()
    }

    fn height_px(&self, width_px: f64) -> f64 {
        lines::height_px(width_px)
    }

    fn grid(&self, words: &Words) -> Grid {
        let param = (words.param)(&self.param);
        let columns = [
            param.as_str(),
            words.train_name,
            "± SD",
            words.validation_name,
            "± SD",
        ];
        let rows = self.texts(words).into_iter().enumerate().map(|(i, text)| {
            let mut row = vec![text];
            row.extend(self.train.cells(i, words));
            row.extend(self.validation.cells(i, words));
            row
        });
        Grid::new(&columns, rows.collect())
    }
}
