//! How a prediction moves with one column: a line with its band over numbers, dots with intervals for categories, and how
//! many customers there are where.
use super::axis::{Axis, frame};
use super::common::{bins, share};
use super::lines::extent;
use super::points::{of_class, place, prediction, signed, titles, with_unit};
use super::row_dots::{self, Dots, RowDot};
use super::rows;
use super::scale::{Kind, rounded};
use super::sheet::{Sheet, spread};
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// What is drawn over the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EffectKind {
    /// Mean of what the column adds for customers with such values.
    Contribution,
    /// Accumulated local effect: what moving the value alone does, from the average.
    Accumulated,
    /// Partial dependence: the mean prediction if everybody had the value.
    Partial,
}

/// Values of the column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum EffectPlaces {
    /// Rising numbers.
    Numbers(Vec<f64>),
    /// Categories, in the order in which they are shown.
    Names(Vec<String>),
}

impl EffectPlaces {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(v) => v.len(),
            Self::Names(v) => v.len(),
        }
    }

    fn text(&self, i: usize, words: &Words) -> String {
        match self {
            Self::Numbers(v) => {
                (words.number)(v.get(i).copied().unwrap_or(f64::NAN), NumberStyle::Short)
            }
            Self::Names(v) => v.get(i).cloned().unwrap_or_default(),
        }
    }
}

/// The effect of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dependence {
    /// Column of the file.
    pub column: String,
    /// The class whose probability is meant, where there are more than two.
    pub class: Option<String>,
    /// What is drawn.
    pub kind: EffectKind,
    /// Its values.
    pub places: EffectPlaces,
    /// The effect at each value, in the unit of the prediction.
    pub mean: Vec<f64>,
    /// Lower end of its 95 % interval; not a number where none is known.
    pub low: Vec<f64>,
    /// Upper end of its 95 % interval; not a number where none is known.
    pub high: Vec<f64>,
    /// Limits of the bins in which customers are counted; empty for categories.
    pub edges: Vec<f64>,
    /// Customers per bin, or per category.
    pub counts: Vec<u64>,
    /// Single customers: value and contribution.
    pub dots: Vec<(f64, f64)>,
    /// The prediction is a probability, 0 to 1; else it has the unit of the target.
    pub is_share: bool,
}

/// Part of the plot in which customers are counted.
const STRIP: f64 = 0.2;
const MOST_SPOTS: usize = 50;
const MOST_DOTS: usize = 300;

fn at(values: &[f64], i: usize) -> f64 {
    values.get(i).copied().unwrap_or(f64::NAN)
}

impl Dependence {
    fn is_signed(&self) -> bool {
        self.kind != EffectKind::Partial
    }

    /// An effect on the axis.
    fn place(&self, v: f64) -> f64 {
        place(v, self.is_share && self.is_signed())
    }

    fn axis_kind(&self) -> Kind {
        if self.is_share && !self.is_signed() {
            Kind::Share
        } else {
            Kind::Number
        }
    }

    fn titles(&self, words: &Words) -> [&'static str; 2] {
        match self.kind {
            EffectKind::Partial => [words.said.partial_axis, words.said.partial_axis_short],
            EffectKind::Accumulated if self.is_share => {
                [words.said.ale_axis_points, words.said.ale_axis_points_short]
            }
            EffectKind::Accumulated => [words.said.ale_axis, words.said.ale_axis_short],
            EffectKind::Contribution => titles(self.is_share, words),
        }
    }

    fn effect(&self, v: f64, is_long: bool, words: &Words) -> String {
        match (self.is_signed(), is_long) {
            (false, _) => prediction(v, self.is_share, words),
            (true, true) => with_unit(v, self.is_share, words),
            (true, false) => signed(v, self.is_share, words),
        }
    }

    /// Values with a finite effect.
    fn drawn(&self) -> Vec<usize> {
        let is_place = |i: &usize| match &self.places {
            EffectPlaces::Numbers(v) => at(v, *i).is_finite(),
            EffectPlaces::Names(_) => true,
        };
        (0..self.places.len().min(self.mean.len()))
            .filter(|i| self.mean[*i].is_finite())
            .filter(is_place)
            .collect()
    }

    /// Where the effect is lowest and highest.
    fn ends(&self) -> Option<(usize, usize)> {
        let drawn = self.drawn();
        let by = |a: &&usize, b: &&usize| self.mean[**a].total_cmp(&self.mean[**b]);
        Some((*drawn.iter().min_by(by)?, *drawn.iter().max_by(by)?))
    }

    fn describe(&self, template: &str, i: usize, words: &Words) -> String {
        let total = self.counts.iter().copied().fold(0, u64::saturating_add);
        let count = self.counts.get(i).copied().unwrap_or(0);
        let (least, most) = self.ends().unwrap_or((i, i));
        let values = [
            ("column", self.column.clone()),
            ("at", self.places.text(i, words)),
            ("effect", self.effect(at(&self.mean, i), true, words)),
            ("low", self.effect(at(&self.low, i), false, words)),
            ("high", self.effect(at(&self.high, i), true, words)),
            ("count", (words.number)(count as f64, NumberStyle::Count)),
            (
                "share",
                (words.number)(share(count, total), NumberStyle::Percent1),
            ),
            ("lowest", self.effect(at(&self.mean, least), true, words)),
            ("lowest_at", self.places.text(least, words)),
            ("highest", self.effect(at(&self.mean, most), true, words)),
            ("highest_at", self.places.text(most, words)),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }

    fn spot(&self, i: usize, words: &Words) -> String {
        let has_interval = at(&self.low, i).is_finite() && at(&self.high, i).is_finite();
        let template = match (has_interval, &self.places) {
            (true, EffectPlaces::Names(_)) => words.effect_spot_count,
            (false, EffectPlaces::Names(_)) => words.effect_spot_count_plain,
            (true, EffectPlaces::Numbers(_)) => words.effect_spot,
            (false, EffectPlaces::Numbers(_)) => words.effect_spot_plain,
        };
        self.describe(template, i, words)
    }

    fn draw_names(&self, sheet: &mut Sheet, words: &Words) {
        let rows: Vec<RowDot> = self
            .drawn()
            .into_iter()
            .map(|i| {
                let short = self.effect(self.mean[i], false, words);
                RowDot {
                    label: self.places.text(i, words),
                    strong: false,
                    value: Some([&self.mean, &self.low, &self.high].map(|v| self.place(at(v, i)))),
                    ink: Ink::Series(1),
                    texts: [self.describe(words.effect_text, i, words), short],
                    spot: self.spot(i, words),
                }
            })
            .collect();
        let dots = Dots {
            rows: &rows,
            titles: self.titles(words),
            kind: self.axis_kind(),
            reference: self.is_signed().then_some(0.0),
            note: [words.effect_note_names, words.effect_note_names_short],
        };
        row_dots::draw(sheet, &dots, words);
    }

    fn draw_numbers(&self, sheet: &mut Sheet, numbers: &[f64], words: &Words) {
        let drawn = self.drawn();
        let bins = bins(&self.edges, self.counts.len());
        let xs = drawn.iter().map(|i| numbers[*i]);
        let limits = bins.iter().flat_map(|b| [b.1, b.2]);
        let x_domain = extent(xs.chain(limits)).unwrap_or_default();
        let band: Vec<[f64; 4]> = drawn
            .iter()
            .map(|i| {
                let [low, high] = [&self.low, &self.high].map(|v| self.place(at(v, *i)));
                [numbers[*i], self.place(self.mean[*i]), low, high]
            })
            .collect();
        let dots = self.dots.iter().map(|d| self.place(d.1));
        let zero = self.is_signed().then_some(0.0);
        let values = band.iter().flat_map(|b| [b[1], b[2], b[3]]);
        let (lo, hi) = extent(values.chain(dots).chain(zero)).unwrap_or_default();
        let has_strip = !bins.is_empty() && self.counts.iter().any(|c| *c > 0);
        // Customers are counted below the lowest value, where nothing else is drawn.
        let below = if has_strip {
            (hi - lo) * STRIP / (1.0 - STRIP)
        } else {
            0.0
        };
        let (lo, hi) = rounded((lo, hi), 5, self.axis_kind());
        let y_domain = if (lo - below).is_finite() {
            (lo - below, hi)
        } else {
            (lo, hi)
        };
        let x = Axis::new([self.column.as_str(); 2], x_domain, Kind::Number);
        let y = Axis::new(self.titles(words), y_domain, self.axis_kind());
        let note = match (self.dots.is_empty(), has_strip) {
            (true, true) => [words.effect_note, words.effect_note_short],
            (false, true) => [words.effect_note_dots, words.effect_note_dots_short],
            (_, false) => [words.effect_note_plain, words.effect_note_plain_short],
        };
        let plot = frame(sheet, &x, &y, &note, words);
        if has_strip {
            let most = self.counts.iter().max().map_or(1, |c| (*c).max(1)) as f64;
            let room = (plot.bottom - plot.top) * STRIP * 0.8;
            for (i, from, to) in &bins {
                let count = self.counts[*i] as f64;
                let (left, right) = (plot.x.at(*from), plot.x.at(*to));
                if count > 0.0 {
                    let top = plot.bottom - (room * count / most).max(1.0);
                    let gap = if right - left > 3.0 { 0.5 } else { 0.0 };
                    let bounds = (left + gap, top, right - gap, plot.bottom);
                    sheet.rect(bounds, 0.0, Ink::Muted, 0.45);
                }
            }
        }
        for i in spread(self.dots.len(), MOST_DOTS) {
            let (x, y) = self.dots[i];
            if x.is_finite() && y.is_finite() {
                sheet.dot(plot.at((x, self.place(y))), 0.7, Ink::Axis, false);
            }
        }
        let edges: Vec<&[f64; 4]> = band
            .iter()
            .filter(|b| b[2].is_finite() && b[3].is_finite())
            .collect();
        if edges.len() > 1 {
            let upper = edges.iter().map(|b| plot.at((b[0], b[3])));
            let lower = edges.iter().rev().map(|b| plot.at((b[0], b[2])));
            sheet.area(upper.chain(lower).collect(), Ink::Series(1), 0.18);
        }
        let line: Vec<(f64, f64)> = band.iter().map(|b| plot.at((b[0], b[1]))).collect();
        sheet.line(&line, Ink::Series(1), 2.0, false);
        if line.len() <= 12 {
            for at in &line {
                sheet.dot(*at, 2.2, Ink::Series(1), false);
            }
        }
        for i in spread(line.len(), MOST_SPOTS) {
            sheet.spot(line[i], self.spot(drawn[i], words));
        }
    }
}

impl Chart for Dependence {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let Some((_, most)) = self.ends() else {
            return sheet.empty(words);
        };
        match &self.places {
            EffectPlaces::Names(_) => self.draw_names(&mut sheet, words),
            EffectPlaces::Numbers(numbers) => self.draw_numbers(&mut sheet, numbers, words),
        }
        let said = self.describe(words.effect_summary, most, words);
        sheet.finish(of_class(
            self.class.as_deref(),
            words.of_class_summary,
            said,
        ))
    }

    fn title(&self, words: &Words) -> String {
        match self.ends() {
            Some((_, most)) => {
                let said = self.describe(words.effect_title, most, words);
                of_class(self.class.as_deref(), words.of_class, said)
            }
            None => words.nothing.to_owned(),
        }
    }

    fn grid(&self, words: &Words) -> Grid {
        let columns = [
            self.column.as_str(),
            self.titles(words)[1],
            words.low_head,
            words.high_head,
        ];
        let rows = (0..self.places.len()).map(|i| {
            let mut row = vec![self.places.text(i, words)];
            let numbers = [&self.mean, &self.low, &self.high];
            row.extend(numbers.map(|v| self.effect(at(v, i), false, words)));
            row
        });
        let mut grid = Grid::new(&columns, rows.collect());
        if let EffectPlaces::Names(_) = self.places {
            grid.columns.push(words.rows.to_owned());
            for (i, row) in grid.rows.iter_mut().enumerate() {
                let count = self.counts.get(i).copied().unwrap_or(0);
                row.push((words.number)(count as f64, NumberStyle::Count));
            }
        }
        grid
    }

    fn height_px(&self, width_px: f64) -> f64 {
        match &self.places {
            EffectPlaces::Names(_) => rows::height_px(self.drawn().len(), true),
            EffectPlaces::Numbers(_) => (width_px * 0.55).clamp(230.0, 320.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::{EN, ZH};

    #[test]
    fn the_title_says_where_it_is_highest_and_lowest() {
        let it = Dependence {
            column: "tenure".into(),
            class: None,
            kind: EffectKind::Accumulated,
            places: EffectPlaces::Numbers(vec![1.0, 20.0, 72.0]),
            mean: vec![0.2, 0.01, -0.15],
            low: vec![0.18, 0.0, -0.17],
            high: vec![0.22, 0.02, -0.13],
            edges: vec![0.0, 36.0, 72.0],
            counts: vec![30, 10],
            dots: vec![],
            is_share: true,
        };
        let title = it.title(&EN);
        assert!(title.contains("+20.0 points") && title.contains("-15.0 points"));
        assert_eq!(it.grid(&EN).rows[2], ["72", "-15.0", "-17.0", "-13.0"]);
        let partial = Dependence {
            kind: EffectKind::Partial,
            ..it
        };
        assert_eq!(partial.grid(&EN).rows[0], ["1", "20.0%", "18.0%", "22.0%"]);
        let of = Dependence {
            class: Some("gold".into()),
            ..partial
        };
        assert!(of.title(&EN).starts_with("For “gold”, tenure: "));
        assert!(of.title(&ZH).starts_with("“gold”：tenure"));
    }
}
