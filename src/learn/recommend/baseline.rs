//! What any recommendation has to be better than: what most have, and means that know only who is strict and what is good.
use super::{
    Reason, Recommender,
    factors::check_within,
    interactions::{Interactions, Summary},
};
use crate::base::Result;
use serde::{Deserialize, Serialize};

/// The number of users who have an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Popularity {
    counts: Vec<f32>,
    n_users: u64,
}

impl Popularity {
    /// Counts.
    pub fn fit(data: &Interactions) -> Self {
        let of = data.by_item();
        let count = |i: usize| of.row(i).0.len() as f32;
        Self {
            counts: (0..of.n_rows()).map(count).collect(),
            n_users: data.n_users() as u64,
        }
    }

    /// Users per item.
    pub fn counts(&self) -> &[f32] {
        &self.counts
    }
}

impl Recommender for Popularity {
    fn n_users(&self) -> usize {
        usize::try_from(self.n_users).unwrap_or(usize::MAX)
    }

    fn n_items(&self) -> usize {
        self.counts.len()
    }

    fn predict(&self, _: &Interactions, _: u32, item: u32) -> f64 {
        self.counts
            .get(item as usize)
            .copied()
            .unwrap_or(0.0)
            .into()
    }

    fn scores(&self, _: &Interactions, _: u32, out: &mut Vec<f32>) {
        out.clear();
        out.extend_from_slice(&self.counts);
    }

    fn reasons(&self, _: &Interactions, _: u32, items: &[u32]) -> Vec<Option<Reason>> {
        vec![Some(Reason::Popular); items.len()]
    }
}

/// `r̂ = μ + b_u + b_i`.
///
/// Biases are means of what is left, drawn to 0: `b_i = Σ (r − μ − b_u) / (reg_item + n)`, then `b_u` alike, in turn.
///
/// Source: Koren (2010), Factor in the neighbors, doi:10.1145/1644873.1644874.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Biases {
    summary: Summary,
    users: Vec<f64>,
    items: Vec<f64>,
}

/// Settings of [`Biases`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BiasOptions {
    /// Ratings of the mean that every user starts with, 0 to 1e6.
    pub reg_user: f64,
    /// The same of every item.
    pub reg_item: f64,
    /// Turns, 1 to 1000.
    pub n_epochs: usize,
}

impl Default for BiasOptions {
    fn default() -> Self {
        Self {
            reg_user: 15.0,
            reg_item: 10.0,
            n_epochs: 10,
        }
    }
}

impl Biases {
    /// Fits.
    ///
    /// # Errors
    /// [`crate::base::Error::Param`].
    pub fn fit(data: &Interactions, options: &BiasOptions) -> Result<Self> {
        check_within("reg_user", options.reg_user, 0.0, 1e6)?;
        check_within("reg_item", options.reg_item, 0.0, 1e6)?;
        check_within("n_epochs", options.n_epochs as f64, 1.0, 1000.0)?;
        let summary = data.summary();
        let mut users = vec![0.0; data.n_users()];
        let mut items = vec![0.0; data.n_items()];
        for _ in 0..options.n_epochs {
            turn(
                data.by_item(),
                summary.mean,
                &users,
                options.reg_item,
                &mut items,
            );
            turn(
                data.by_user(),
                summary.mean,
                &items,
                options.reg_user,
                &mut users,
            );
        }
        Ok(Self {
            summary,
            users,
            items,
        })
    }

    /// Biases of users.
    pub fn users(&self) -> &[f64] {
        &self.users
    }

    /// Biases of items.
    pub fn items(&self) -> &[f64] {
        &self.items
    }

    /// Mean of the ratings, and their range.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// `μ + b_u + b_i`, beyond the scale where that leads there.
    pub fn raw(&self, user: u32, item: u32) -> f64 {
        let of = |b: &[f64], i: u32| b.get(i as usize).copied().unwrap_or(0.0);
        self.summary.mean + of(&self.users, user) + of(&self.items, item)
    }
}

fn turn(rows: &super::Sparse, mean: f64, others: &[f64], reg: f64, out: &mut [f64]) {
    for (i, out) in out.iter_mut().enumerate() {
        let (columns, values) = rows.row(i);
        let rest = columns.iter().zip(values);
        let rest = rest.map(|(c, v)| f64::from(*v) - mean - others[*c as usize]);
        let sum: f64 = rest.sum();
        let n = columns.len() as f64 + reg;
        *out = if n > 0.0 { sum / n } else { 0.0 };
    }
}

impl Recommender for Biases {
    fn n_users(&self) -> usize {
        self.users.len()
    }

    fn n_items(&self) -> usize {
        self.items.len()
    }

    fn predict(&self, _: &Interactions, user: u32, item: u32) -> f64 {
        let raw = self.raw(user, item);
        raw.max(self.summary.low).min(self.summary.high)
    }

    fn scores(&self, _: &Interactions, user: u32, out: &mut Vec<f32>) {
        out.clear();
        out.extend((0..self.items.len() as u32).map(|i| self.raw(user, i) as f32));
    }

    fn reasons(&self, _: &Interactions, _: u32, items: &[u32]) -> Vec<Option<Reason>> {
        vec![Some(Reason::Popular); items.len()]
    }
}
