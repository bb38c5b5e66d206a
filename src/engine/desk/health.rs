//! What the health score is made of, tested beside the weights a person gives it; who stands where.
use super::Seen;
use crate::{
    analyses::health::{Health, HeldBack},
    base::{Filter, HEALTH_BANDS, Key, Op, Query, Result},
    protocol::desk::{Band, HealthCard, HealthPart, HealthTest, PartScore},
};

impl Seen<'_> {
    /// The parts with their weights, and the back-test.
    pub(super) fn health(&self) -> Result<Option<HealthCard>> {
        let Some((health, weights)) = self.it.book.health_score() else {
            return Ok(None);
        };
        let part = |i: usize| HealthPart {
            part: health.parts[i].clone(),
            columns: health.columns_of(i),
            learned: health.learned[i],
            own: health.weights[i],
            weight: weights[i],
        };
        Ok(Some(HealthCard {
            parts: (0..health.parts.len()).map(part).collect(),
            test: self.health_test(health, weights)?,
        }))
    }

    fn health_test(&self, health: &Health, weights: &[f64]) -> Result<Option<HealthTest>> {
        let Some(held_back) = HeldBack::of(&self.opened.artifact, health)? else {
            return Ok(None);
        };
        let test = held_back.test(&health.learned, weights)?;
        Ok(Some(HealthTest {
            n: held_back.n_rows() as u64,
            n_happened: held_back.n_happened() as u64,
            learned: test.learned,
            by_hand: test.by_hand,
            equal: test.equal,
            difference: test.difference,
        }))
    }

    /// Listed customers by band of health, the poorest first.
    pub(super) fn health_bands(&self) -> Vec<Band> {
        let book = &self.it.book;
        if book.health_score().is_none() {
            return Vec::new();
        }
        let all = HEALTH_BANDS.iter().enumerate();
        all.map(|(i, (_, from))| {
            let next = HEALTH_BANDS.get(i + 1).map(|n| n.1);
            // A range includes both ends: the largest number below stands for one that is left out.
            let max = next.map(f64::next_down);
            let is_in = |h: f64| h >= *from && max.is_none_or(|max| h <= max);
            let is_in = |c: &usize| book.health(*c).is_some_and(is_in);
            Band {
                from: *from,
                to: next.unwrap_or(100.0),
                counts: self.counts(book.listed.iter().filter(is_in)),
                query: Query {
                    filters: vec![Filter {
                        key: Key::Health,
                        op: Op::Range {
                            min: Some(*from),
                            max,
                        },
                    }],
                    ..Query::default()
                },
            }
        })
        .collect()
    }

    /// What the parts say of a customer.
    pub(super) fn part_scores(&self, customer: usize) -> Vec<PartScore> {
        let parts = self.it.book.health_parts(customer).into_iter();
        parts
            .map(|p| PartScore {
                part: p.part,
                weight: p.weight,
                score: p.score,
                before: p.before,
            })
            .collect()
    }
}
