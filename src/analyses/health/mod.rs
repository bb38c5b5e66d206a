//! Health: 0 (about to leave) to 100 per customer, made of named parts.
//!
//! 1. Columns are put into parts by what their names say, or by hand (`parts.rs`).
//! 2. A column's score is where a value stands among the training rows, the end that leaves less up (`scale.rs`). Columns
//!    whose connection with leaving may be chance are left out.
//! 3. A part's score is the mean of its columns' scores, each weighted by how well it alone tells who leaves.
//! 4. The parts' weights are learned: a logistic regression of leaving on `100 − score`, whose weights may not be negative, so
//!    that no part counts against itself; or they are a person's. Health is the mean of the parts' scores with these weights.
//!
//! All is fitted on training rows only; how well learned, equal and own weights tell who leaves is measured on held-out ones.
mod parts;
mod scale;
mod tested;

pub use crate::base::HEALTH_PARTS as PARTS;
pub use parts::HealthAsked;
pub use tested::{BackTest, HeldBack, Interval};

use crate::base::order::Ordered;
use crate::{
    artifact::Artifact,
    base::{Error, Part, Result, Run},
    evaluate::nonnegative,
    table::Table,
};
use ndarray::Array2;
use scale::Scale;
use serde::{Deserialize, Serialize};

/// Kind of the extra part of a model file.
pub const KIND: &str = "health";
const VERSION: u16 = 1;
/// Most training rows that scales and weights are learned from: more would not move them.
const MOST_ROWS: usize = 50_000;
/// Keeps weights finite where parts separate the classes.
const L2: f64 = 1.0;

/// A column and its score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Measured {
    column: String,
    /// Place of its part.
    part: u32,
    /// Share of its part.
    weight: f64,
    scale: Scale,
}

/// A fitted health score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// Parts that have columns, in the order of [`PARTS`].
    pub parts: Vec<String>,
    /// Weights in use, summing to 1.
    pub weights: Vec<f64>,
    /// Weights learned, summing to 1.
    pub learned: Vec<f64>,
    columns: Vec<Measured>,
}

/// Scores of some rows, 0 to 100.
#[derive(Debug, Clone, PartialEq)]
pub struct HealthScores {
    /// The whole.
    pub health: Vec<f64>,
    /// Per part of [`Health::parts`] its scores.
    pub parts: Vec<Vec<f64>>,
}

/// Weights that sum to 1; equal ones where all are 0.
fn normal(weights: &[f64]) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    let n = weights.len().max(1) as f64;
    let one = |w: &f64| if sum > 0.0 { w / sum } else { 1.0 / n };
    weights.iter().map(one).collect()
}

/// Whether weights differ by no more than rounding.
fn is_near(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9)
}

fn mixed(parts: &[Vec<f64>], weights: &[f64], n_rows: usize) -> Vec<f64> {
    let mut out = vec![0.0; n_rows];
    for (part, weight) in parts.iter().zip(weights) {
        for (sum, v) in out.iter_mut().zip(part) {
            *sum += weight * v;
        }
    }
    out
}

impl Health {
    /// Learns from training `rows` of `table`; `left_out` are columns that no part may have. Nothing where no column tells
    /// who leaves.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths disagree, [`Error::NotConverged`], [`Error::Cancelled`].
    pub fn fit(
        table: &Table,
        rows: &[u32],
        truth: &[bool],
        asked: &HealthAsked,
        left_out: &[&str],
        run: &Run<'_>,
    ) -> Result<Option<Self>> {
        if rows.len() != truth.len() {
            return Err(Error::Shape {
                what: "outcomes".into(),
                expected: rows.len(),
                found: truth.len(),
            });
        }
        let step = rows.len().div_ceil(MOST_ROWS).max(1);
        let rows: Vec<u32> = rows.iter().copied().step_by(step).collect();
        let truth: Vec<bool> = truth.iter().copied().step_by(step).collect();
        let mut found: Vec<(&'static str, Measured)> = Vec::new();
        for (field, column) in table.iter() {
            run.check()?;
            if left_out.contains(&field.name.as_str()) || field.kind == crate::base::ColumnKind::Id
            {
                continue;
            }
            let Some(part) = asked.part(&field.name) else {
                continue;
            };
            if let Some(learned) = scale::learn(column, &rows, &truth)? {
                let measured = Measured {
                    column: field.name.clone(),
                    part: 0,
                    weight: learned.strength,
                    scale: learned.scale,
                };
                found.push((part, measured));
            }
        }
        let has = |part: &&&str| found.iter().any(|(p, _)| p == *part);
        let parts: Vec<&str> = PARTS.iter().filter(has).copied().collect();
        if parts.is_empty() {
            return Ok(None);
        }
        let sums: Vec<f64> = parts
            .iter()
            .map(|p| {
                found
                    .iter()
                    .filter(|(of, _)| of == p)
                    .map(|(_, m)| m.weight)
                    .sum()
            })
            .collect();
        let mut columns = Vec::with_capacity(found.len());
        for (part, mut measured) in found {
            let at = parts.iter().position(|p| *p == part).unwrap_or(0);
            measured.part = at as u32;
            measured.weight /= sums[at];
            columns.push(measured);
        }
        let mut health = Self {
            parts: parts.iter().map(|p| (*p).to_owned()).collect(),
            weights: Vec::new(),
            learned: Vec::new(),
            columns,
        };
        let scores = health.part_scores(table, &rows);
        let x = Array2::from_shape_fn((rows.len(), parts.len()), |(i, j)| {
            1.0 - scores[j][i] / 100.0
        });
        let fitted = nonnegative::fit(x.view(), &truth, L2, run)?;
        health.learned = normal(&fitted.weights);
        health.weights = match health.own(&asked.weights) {
            Some(own) => own,
            None => health.learned.clone(),
        };
        Ok(Some(health))
    }

    /// A person's weights of the parts there are.
    fn own(&self, said: &[(String, f64)]) -> Option<Vec<f64>> {
        let weight = |part: &String| {
            let said = said.iter().find(|(p, _)| p == part);
            said.map_or(0.0, |(_, w)| *w)
        };
        let own: Vec<f64> = self.parts.iter().map(weight).collect();
        own.iter().any(|w| *w > 0.0).then(|| normal(&own))
    }

    /// Weights in use where a person said `said`, which sum to 1: the score's own where nothing was said of its parts.
    pub fn weights_by(&self, said: &[(String, f64)]) -> Vec<f64> {
        match self.own(said) {
            Some(own) if is_near(&own, &self.learned) => self.learned.clone(),
            Some(own) => own,
            None => self.weights.clone(),
        }
    }

    /// Per part the scores of `rows` of a table, which may be another than the one learned from; what it lacks counts in the
    /// middle.
    pub fn part_scores(&self, table: &Table, rows: &[u32]) -> Vec<Vec<f64>> {
        let mut parts = vec![vec![0.0; rows.len()]; self.parts.len()];
        for of in &self.columns {
            let scores = of.scale.scores(table, &of.column, rows);
            let Some(part) = parts.get_mut(of.part as usize) else {
                continue;
            };
            for (sum, score) in part.iter_mut().zip(scores) {
                *sum += of.weight * score;
            }
        }
        parts
    }

    /// The same, and the whole with the score's own weights.
    pub fn scores(&self, table: &Table, rows: &[u32]) -> HealthScores {
        let parts = self.part_scores(table, rows);
        HealthScores {
            health: mixed(&parts, &self.weights, rows.len()),
            parts,
        }
    }

    /// Names of a part's columns, the weightiest first.
    pub fn columns_of(&self, part: usize) -> Vec<String> {
        let mut own: Vec<&Measured> = self
            .columns
            .iter()
            .filter(|c| c.part as usize == part)
            .collect();
        own.order_by(|a, b| b.weight.total_cmp(&a.weight));
        own.into_iter().map(|c| c.column.clone()).collect()
    }

    /// As an extra part of a model file.
    ///
    /// # Errors
    /// [`Error::Artifact`] when it cannot be encoded.
    pub fn save(&self) -> Result<Part> {
        Part::encode(KIND, VERSION, self)
    }

    /// That of a model, where it has one.
    ///
    /// # Errors
    /// [`Error::Artifact`] when it is inconsistent.
    pub fn of(artifact: &Artifact) -> Result<Option<Self>> {
        let Some(part) = artifact.extra(KIND) else {
            return Ok(None);
        };
        let health: Self = part.decode(VERSION)?;
        let n = health.parts.len();
        let is_whole = health.weights.len() == n
            && health.learned.len() == n
            && health.columns.iter().all(|c| (c.part as usize) < n);
        if is_whole {
            Ok(Some(health))
        } else {
            Err(Error::invalid_artifact("health: inconsistent state"))
        }
    }
}
