//! What a search over learners and parameters tried.
use super::common::{score_text, series_ink};
use super::row_dots::{self, Dots, RowDot};
use super::rows;
use super::scale::Kind;
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use crate::base::order;
use serde::{Deserialize, Serialize};

/// One candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchCandidate {
    /// Learner id.
    pub learner: String,
    /// What was set: names and values.
    pub params: Vec<(String, String)>,
    /// Mean score over folds.
    pub mean: f64,
    /// Lower end of its interval; not a number where none is known.
    pub low: f64,
    /// Upper end of its interval; not a number where none is known.
    pub high: f64,
    /// Index of the last rung that it reached; 0 without rungs.
    pub rung: u32,
}

/// Candidates, in any order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Search {
    /// Which score, by its metric key.
    pub scoring: String,
    /// Whether higher is better.
    pub greater_is_better: bool,
    /// What was tried.
    pub candidates: Vec<SearchCandidate>,
    /// Rows used on each rung of a successive halving, rising; empty for a search on all rows.
    pub rungs: Vec<u64>,
}

impl Search {
    /// Candidates with a score: those of the last rung first, in each the best first.
    fn ranked(&self) -> Vec<&SearchCandidate> {
        let scored = self.candidates.iter().filter(|c| c.mean.is_finite());
        let scored: Vec<_> = scored.collect();
        let ranked = order::sorted(scored.len(), &mut |a, b| {
            let (a, b) = (scored[a], scored[b]);
            let rising = a.mean.total_cmp(&b.mean);
            let by_score = if self.greater_is_better {
                rising.reverse()
            } else {
                rising
            };
            b.rung.cmp(&a.rung).then(by_score)
        });
        ranked.into_iter().map(|i| scored[i]).collect()
    }

    /// Learners in the order of their best candidates.
    fn learners<'a>(&self, ranked: &[&'a SearchCandidate]) -> Vec<&'a str> {
        let mut learners: Vec<&str> = Vec::new();
        for c in ranked {
            if !learners.contains(&c.learner.as_str()) {
                learners.push(&c.learner);
            }
        }
        learners
    }

    fn params(&self, c: &SearchCandidate, words: &Words) -> String {
        let text = |(name, value): &(String, String)| format!("{} {value}", (words.param)(name));
        let texts: Vec<String> = c.params.iter().map(text).collect();
        texts.join(words.list_joint)
    }

    /// Learner and parameters.
    fn name(&self, c: &SearchCandidate, words: &Words) -> String {
        let learner = (words.learner)(&c.learner);
        let params = self.params(c, words);
        if params.is_empty() {
            return learner;
        }
        let values = [("learner", learner.as_str()), ("params", &params)];
        fill(words.search_name, &values)
    }

    fn rung_rows(&self, c: &SearchCandidate, words: &Words) -> Option<String> {
        let rows = self.rungs.get(c.rung as usize)?;
        Some((words.number)(*rows as f64, NumberStyle::Count))
    }

    fn row(
        &self,
        rank: usize,
        c: &SearchCandidate,
        label: String,
        ink: Ink,
        words: &Words,
    ) -> RowDot {
        let [mean, low, high] = [c.mean, c.low, c.high].map(|v| score_text(v, words));
        let has_interval = !c.low.is_nan() && !c.high.is_nan();
        let values = [("value", mean.as_str()), ("low", &low), ("high", &high)];
        let long = if has_interval {
            fill(words.value_interval, &values)
        } else {
            mean.clone()
        };
        let values = [
            ("rank", (words.number)(rank as f64, NumberStyle::Count)),
            ("name", self.name(c, words)),
            ("score", (words.score)(&self.scoring).trim().to_owned()),
            ("value", long.clone()),
            ("rows", self.rung_rows(c, words).unwrap_or_default()),
        ];
        let template = if self.rungs.is_empty() {
            words.search_spot
        } else {
            words.search_spot_rung
        };
        RowDot {
            label,
            strong: rank == 1,
            value: Some([c.mean, c.low, c.high]),
            ink,
            texts: [long, mean],
            spot: fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str()))),
        }
    }

    fn head(&self, c: &SearchCandidate, n: usize, words: &Words) -> Option<RowDot> {
        let n = (words.number)(n as f64, NumberStyle::Count);
        let rows = self.rung_rows(c, words)?;
        let values = [("rows", rows.as_str()), ("n", &n)];
        Some(RowDot {
            label: fill(words.search_rung, &values),
            strong: false,
            value: None,
            ink: Ink::Muted,
            texts: [String::new(), String::new()],
            spot: String::new(),
        })
    }

    fn describe(&self, templates: [&str; 2], words: &Words) -> String {
        let ranked = self.ranked();
        let Some(best) = ranked.first() else {
            return words.nothing.to_owned();
        };
        let next = ranked.iter().find(|c| c.learner != best.learner);
        let values = [
            (
                "n",
                (words.number)(self.candidates.len() as f64, NumberStyle::Count),
            ),
            ("learner", (words.learner)(&best.learner)),
            ("name", self.name(best, words)),
            ("score", (words.score)(&self.scoring)),
            ("value", score_text(best.mean, words)),
            (
                "next",
                next.map(|c| (words.learner)(&c.learner))
                    .unwrap_or_default(),
            ),
            (
                "next_value",
                score_text(next.map_or(f64::NAN, |c| c.mean), words),
            ),
        ];
        let template = templates[usize::from(next.is_none())];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }
}

impl Chart for Search {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let ranked = self.ranked();
        if ranked.is_empty() {
            return sheet.empty(words);
        }
        let learners = self.learners(&ranked);
        let is_narrow = sheet.width < 480.0;
        let mut rows: Vec<RowDot> = Vec::new();
        let mut rung = None;
        for (i, c) in ranked.iter().enumerate() {
            if rung != Some(c.rung) {
                let n = ranked.iter().filter(|d| d.rung == c.rung).count();
                rows.extend(self.head(c, n, words));
                rung = Some(c.rung);
            }
            // What tells the candidates apart, as far as there is room.
            let label = match learners.len() {
                1 if !c.params.is_empty() => self.params(c, words),
                1 => (words.learner)(&c.learner),
                _ if is_narrow => (words.learner)(&c.learner),
                _ => self.name(c, words),
            };
            let of = learners.iter().position(|l| *l == c.learner).unwrap_or(0);
            rows.push(self.row(i + 1, c, label, series_ink(of), words));
        }
        let score = (words.score)(&self.scoring);
        let title = fill(words.search_axis, &[("score", &score)]);
        let dots = Dots {
            rows: &rows,
            titles: [title.trim(), score.trim()],
            kind: Kind::Number,
            reference: None,
            note: if learners.len() > 1 {
                [words.search_note, words.search_note_short]
            } else {
                [""; 2]
            },
        };
        row_dots::draw(&mut sheet, &dots, words);
        let summary = [words.search_summary, words.search_summary_one];
        sheet.finish(self.describe(summary, words))
    }

    fn title(&self, words: &Words) -> String {
        self.describe([words.search_title, words.search_title], words)
    }

    /// All candidates, those without a score last.
    fn grid(&self, words: &Words) -> Grid {
        let score = (words.score)(&self.scoring);
        let columns = [
            words.learner_head,
            words.params_head,
            words.rows,
            score.trim(),
            words.interval_from_head,
            words.interval_to_head,
        ];
        let unscored = self.candidates.iter().filter(|c| !c.mean.is_finite());
        let rows = self.ranked().into_iter().chain(unscored).map(|c| {
            let [mean, low, high] = [c.mean, c.low, c.high].map(|v| score_text(v, words));
            let n_rows = self.rung_rows(c, words).unwrap_or_else(|| "–".to_owned());
            let learner = (words.learner)(&c.learner);
            vec![learner, self.params(c, words), n_rows, mean, low, high]
        });
        Grid::new(&columns, rows.collect())
    }

    fn height_px(&self, _width_px: f64) -> f64 {
        let ranked = self.ranked();
        let mut rungs: Vec<u32> = ranked.iter().map(|c| c.rung).collect();
        rungs.dedup();
        rungs.retain(|r| (*r as usize) < self.rungs.len());
        rows::height_px(ranked.len() + rungs.len(), self.learners(&ranked).len() > 1)
    }
}
