//! The model card: what a model is, what it learned from, how good it is and where it should not be used, kept in the model.
use crate::{
    artifact::Artifact,
    base::{Part, Result},
    report::ReportTable,
};
use serde::{Deserialize, Serialize};

const KIND: &str = "card";
const VERSION: u16 = 1;

/// Lines of a section, an item and a value. Sections and items are keys; values are as they are. No date, so that the same
/// run gives the same card.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::analyses) struct Card {
    rows: Vec<[String; 3]>,
}

impl Card {
    pub(in crate::analyses) fn add(&mut self, section: &str, item: &str, value: impl Into<String>) {
        let row = [section.to_owned(), item.to_owned(), value.into()];
        self.rows.push(row);
    }

    /// A number with up to four decimals.
    pub(in crate::analyses) fn number(&mut self, section: &str, item: &str, value: f64) {
        self.add(section, item, plain(value));
    }

    /// A number with its interval.
    pub(in crate::analyses) fn interval(
        &mut self,
        section: &str,
        item: &str,
        value: f64,
        ends: (f64, f64),
    ) {
        let text = format!("{} ({} – {})", plain(value), plain(ends.0), plain(ends.1));
        self.add(section, item, text);
    }

    /// Table `model_card`.
    pub(in crate::analyses) fn table(&self) -> ReportTable {
        let column = |j: usize| {
            let cells = self.rows.iter().filter_map(|r| r.get(j).cloned());
            cells.collect::<Vec<String>>()
        };
        ReportTable::default()
            .text("section", column(0))
            .text("item", column(1))
            .text("value", column(2))
    }

    /// The part of the model file.
    pub(in crate::analyses) fn save(&self) -> Result<Part> {
        Part::encode(KIND, VERSION, self)
    }
}

fn plain(v: f64) -> String {
    if !v.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{v:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

/// Table `model_card` of a saved model, where it has one.
///
/// # Errors
/// [`crate::base::Error::Artifact`] when the part cannot be read.
pub fn model_card(artifact: &Artifact) -> Result<Option<ReportTable>> {
    let Some(part) = artifact.extra(KIND) else {
        return Ok(None);
    };
    Ok(Some(part.decode::<Card>(VERSION)?.table()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_the_table_is_kept() {
        assert_eq!(
            [0.5, 12.0, 0.123_46, f64::NAN].map(plain),
            ["0.5", "12", "0.1235", "–"]
        );
        let mut card = Card::default();
        card.interval("figures", "roc_auc", 0.8, (0.75, 0.85));
        let part = card.save().unwrap();
        assert_eq!(part.decode::<Card>(VERSION).unwrap(), card);
        assert_eq!(card.table().n_rows(), 1);
    }
}
