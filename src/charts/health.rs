//! What the parts of a health score weigh, and how well each alone tells who leaves.
use super::row_bars::{self, RowBar};
use super::rows;
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, NumberStyle, Scene, Size, Words};
use crate::base::order;
use serde::{Deserialize, Serialize};

/// One part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HealthPart {
    /// Its id: `usage`, `support`, `billing`, `sentiment`, `engagement`, `other`.
    pub id: String,
    /// Weight in use, a share of all.
    pub weight: f64,
    /// Weight learned, a share of all.
    pub learned: f64,
    /// Columns it is made of.
    pub n_columns: u64,
}

/// The parts of a health score, and its test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HealthParts {
    /// The parts.
    pub parts: Vec<HealthPart>,
    /// ROC-AUC on held-out rows of the weights in use.
    pub roc_auc: f64,
    /// That of equal weights.
    pub equal_roc_auc: f64,
}

fn name<'a>(id: &'a str, words: &Words) -> &'a str {
    match id {
        "usage" => words.part_usage,
        "support" => words.part_support,
        "billing" => words.part_billing,
        "sentiment" => words.part_sentiment,
        "engagement" => words.part_engagement,
        "other" => words.part_other,
        id => id,
    }
}

impl HealthParts {
    fn falling(&self) -> Vec<&HealthPart> {
        let known: Vec<&HealthPart> = self.parts.iter().filter(|p| p.weight.is_finite()).collect();
        let order = order::sorted(known.len(), &mut |a, b| {
            known[b].weight.total_cmp(&known[a].weight)
        });
        order.into_iter().map(|i| known[i]).collect()
    }

    fn say(&self, template: &str, words: &Words) -> String {
        let Some(first) = self.falling().into_iter().next() else {
            return words.nothing.to_owned();
        };
        let texts = [
            ("part", name(&first.id, words).to_owned()),
            ("weight", (words.number)(first.weight, NumberStyle::Percent)),
            ("roc_auc", (words.number)(self.roc_auc, NumberStyle::Score)),
            (
                "equal",
                (words.number)(self.equal_roc_auc, NumberStyle::Score),
            ),
        ];
        fill(template, &texts.each_ref().map(|(k, v)| (*k, v.as_str())))
    }
}

impl Chart for HealthParts {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let row = |p: &&HealthPart| {
            let text = (words.number)(p.weight, NumberStyle::Percent);
            let learned = (words.number)(p.learned, NumberStyle::Percent);
            let columns = (words.number)(p.n_columns as f64, NumberStyle::Count);
            let values = [
                ("part", name(&p.id, words)),
                ("weight", text.as_str()),
                ("learned", &learned),
                ("n", &columns),
            ];
            RowBar {
                label: name(&p.id, words).to_owned(),
                value: p.weight * 100.0,
                ends: [f64::NAN; 2],
                spot: fill(words.health_spot, &values),
                text,
            }
        };
        let rows: Vec<RowBar> = self.falling().iter().map(row).collect();
        if rows.is_empty() {
            return sheet.empty(words);
        }
        let titles = [words.health_axis, words.health_axis_short];
        let note = [words.health_note, words.health_note_short];
        row_bars::draw(&mut sheet, &rows, titles, note, words);
        let summary = self.say(words.health_summary, words);
        sheet.finish(summary)
    }

    fn title(&self, words: &Words) -> String {
        self.say(words.health_title, words)
    }

    fn grid(&self, words: &Words) -> Grid {
        let columns = [
            words.part_head,
            words.health_axis_short,
            words.health_learned,
            words.column_head,
        ];
        let rows = self.parts.iter().map(|p| {
            vec![
                name(&p.id, words).to_owned(),
                (words.number)(p.weight, NumberStyle::Percent1),
                (words.number)(p.learned, NumberStyle::Percent1),
                (words.number)(p.n_columns as f64, NumberStyle::Count),
            ]
        });
        Grid::new(&columns, rows.collect())
    }

    fn height_px(&self, _width_px: f64) -> f64 {
        rows::height_px(self.parts.len(), true)
    }
}
