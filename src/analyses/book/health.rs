//! Health of a book's customers: scores per part, held so that other weights are a sum and no new reading of the data.
use super::{super::health::Health, Book};
use crate::{
    artifact::Opened,
    base::{Result, Run, check_health_weights},
    table::Table,
};

/// Rows scored at once.
const BLOCK: usize = 65_536;

/// Scores of customers.
#[derive(Debug, Clone)]
pub(super) struct Healths {
    of: Health,
    /// Weights in use, summing to 1.
    weights: Vec<f64>,
    /// Scores of every customer, part by part.
    now: Vec<f32>,
    /// The same on the row before, NaN without; empty as long as nobody has one.
    before: Vec<f32>,
}

impl Healths {
    /// Scores of some rows, part by part for each.
    fn score(&self, table: &Table, rows: &[u32], mut put: impl FnMut(usize, &[f32])) {
        let n_parts = self.of.parts.len();
        let mut row_scores = vec![0.0; n_parts];
        for (i, block) in rows.chunks(BLOCK).enumerate() {
            let parts = self.of.part_scores(table, block);
            for at in 0..block.len() {
                for (slot, part) in row_scores.iter_mut().zip(&parts) {
                    *slot = part.get(at).map_or(f32::NAN, |v| *v as f32);
                }
                put(i * BLOCK + at, &row_scores);
            }
        }
    }

    /// Works out `customers`, whose rows are new.
    fn look_at(&mut self, customers: &super::Customers, which: &[usize], table: &Table) {
        let n_parts = self.of.parts.len();
        let n = customers.len() * n_parts;
        let mut now = std::mem::take(&mut self.now);
        now.resize(n, f32::NAN);
        let row = |c: &usize| customers.rows().get(*c).copied().unwrap_or(u32::MAX);
        let rows: Vec<u32> = which.iter().map(row).collect();
        let put = |to: &mut Vec<f32>, customer: Option<&usize>, scores: &[f32]| {
            let from = customer.map_or(usize::MAX, |c| c * n_parts);
            if let Some(slot) = to.get_mut(from..from.saturating_add(n_parts)) {
                slot.copy_from_slice(scores);
            }
        };
        self.score(table, &rows, |i, scores| {
            put(&mut now, which.get(i), scores)
        });
        self.now = now;
        if customers.has_history() {
            let mut before = std::mem::take(&mut self.before);
            before.resize(n, f32::NAN);
            let earlier = |c: &usize| Some((*c, customers.previous(*c)?));
            let (whose, rows): (Vec<usize>, Vec<u32>) = which.iter().filter_map(earlier).unzip();
            self.score(table, &rows, |i, scores| {
                put(&mut before, whose.get(i), scores)
            });
            self.before = before;
        }
    }

    fn scores<'a>(&self, all: &'a [f32], customer: usize) -> Option<&'a [f32]> {
        let n_parts = self.of.parts.len();
        let from = customer * n_parts;
        all.get(from..from + n_parts)
    }

    fn whole(&self, all: &[f32], customer: usize) -> Option<f64> {
        let scores = self.scores(all, customer)?.iter().map(|s| f64::from(*s));
        let sum: f64 = scores.zip(&self.weights).map(|(s, w)| s * w).sum();
        // Shares add up to 1 within rounding.
        (!sum.is_nan()).then(|| sum.min(100.0))
    }
}

/// What one part says of a customer.
#[derive(Debug, Clone, PartialEq)]
pub struct PartScore {
    /// Which.
    pub part: String,
    /// Its share of the whole.
    pub weight: f64,
    /// 0 to 100.
    pub score: f64,
    /// On the row before.
    pub before: Option<f64>,
}

impl Book {
    /// Scores the health of everybody, where the model has a health score.
    pub(super) fn look_after(
        &mut self,
        model: &Opened,
        table: &Table,
        run: &Run<'_>,
    ) -> Result<()> {
        run.check()?;
        let Some(of) = Health::of(&model.artifact)? else {
            return Ok(());
        };
        let mut healths = Healths {
            weights: of.weights.clone(),
            of,
            now: Vec::new(),
            before: Vec::new(),
        };
        let all: Vec<usize> = (0..self.len()).collect();
        healths.look_at(&self.customers, &all, table);
        self.healths = Some(healths);
        Ok(())
    }

    /// The same for some, whose rows are new.
    pub(super) fn look_after_new(&mut self, which: &[u32], table: &Table) {
        if let Some(healths) = &mut self.healths {
            let which: Vec<usize> = which.iter().map(|c| *c as usize).collect();
            healths.look_at(&self.customers, &which, table);
        }
    }

    /// Weighs the parts of the health score as a person says; the model's weights where nothing is said.
    ///
    /// # Errors
    /// Those of [`check_health_weights`].
    pub fn weigh_health(&mut self, said: &[(String, f64)]) -> Result<()> {
        check_health_weights(said)?;
        if let Some(healths) = &mut self.healths {
            healths.weights = healths.of.weights_by(said);
        }
        Ok(())
    }

    /// The health score and the weights in use, where the model has one.
    pub fn health_score(&self) -> Option<(&Health, &[f64])> {
        let healths = self.healths.as_ref()?;
        Some((&healths.of, &healths.weights))
    }

    /// A customer's health, 0 to 100.
    #[inline]
    pub fn health(&self, customer: usize) -> Option<f64> {
        let healths = self.healths.as_ref()?;
        healths.whole(&healths.now, customer)
    }

    /// The same on the row before.
    #[inline]
    pub fn health_before(&self, customer: usize) -> Option<f64> {
        let healths = self.healths.as_ref()?;
        healths.whole(&healths.before, customer)
    }

    /// Health on some rows.
    pub fn health_of_rows(&self, table: &Table, rows: &[u32]) -> Vec<Option<f64>> {
        let mut out = vec![None; rows.len()];
        if let Some(healths) = &self.healths {
            healths.score(table, rows, |i, scores| {
                if let Some(slot) = out.get_mut(i) {
                    *slot = healths.whole(scores, 0);
                }
            });
        }
        out
    }

    /// What the parts say of a customer.
    pub fn health_parts(&self, customer: usize) -> Vec<PartScore> {
        let Some(healths) = &self.healths else {
            return Vec::new();
        };
        let now = healths.scores(&healths.now, customer).unwrap_or_default();
        let before = healths.scores(&healths.before, customer);
        let parts = healths.of.parts.iter().zip(&healths.weights).zip(now);
        parts
            .enumerate()
            .map(|(i, ((part, weight), score))| PartScore {
                part: part.clone(),
                weight: *weight,
                score: f64::from(*score),
                before: before
                    .and_then(|b| b.get(i))
                    .filter(|b| !b.is_nan())
                    .map(|b| f64::from(*b)),
            })
            .collect()
    }
}
