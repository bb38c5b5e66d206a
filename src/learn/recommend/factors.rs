//! What every factorisation ends in: a vector per user and per item, whose product says how well the two go together.
//!
//! `r̂ = μ + σ (b_u + b_i + q_i · p_u)`. Factorisations of ratings work in units of the ratings' deviation, so their settings
//! mean the same whatever the scale; those of mere interactions have `μ = 0, σ = 1`.
use super::{
    Reason, Recommender,
    interactions::{Interactions, Summary},
    vectors::{Group, Matrix, System, add, dot, gram},
};
use crate::base::{Error, Part, Result};
use serde::{Deserialize, Serialize};

const ID: &str = "factors";
const VERSION: u16 = 1;
/// Most factors.
pub const MOST_FACTORS: usize = 512;

/// What a user who was not there is fitted by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Kind {
    /// Ratings: squared errors, `reg` and `reg_bias` per rating.
    Ratings {
        /// Penalty of factors.
        reg: f32,
        /// Penalty of biases.
        reg_bias: f32,
    },
    /// Confidence `1 + alpha · value` in that the user likes what they have, 1 in that they do not like the rest.
    Confidence {
        /// Weight of the values.
        alpha: f32,
        /// Penalty of factors.
        reg: f32,
    },
    /// What the user has before what they have not.
    Ranking {
        /// Step.
        rate: f32,
        /// Penalty of factors.
        reg: f32,
    },
}

/// A fitted factorisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Factors {
    pub(super) kind: Kind,
    pub(super) mean: f64,
    pub(super) unit: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) user_bias: Vec<f32>,
    pub(super) item_bias: Vec<f32>,
    pub(super) users: Matrix,
    pub(super) items: Matrix,
    /// What having an item says about a user, SVD++ only: `p_u + Σ y_j / √n` is what `users` holds.
    pub(super) implied: Option<Matrix>,
    /// `Σ y yᵀ` over the items, where equations need it.
    #[serde(skip)]
    pub(super) common: Matrix,
}

/// A user as a factorisation sees them.
#[derive(Debug, Clone, PartialEq)]
pub struct Taste {
    bias: f32,
    factors: Vec<Group>,
}

/// Factors and settings, checked.
pub(super) fn check_factors(n_factors: usize) -> Result<()> {
    if (1..=MOST_FACTORS).contains(&n_factors) {
        return Ok(());
    }
    Err(Error::out_of_range("n_factors", 1.0, MOST_FACTORS as f64))
}

/// Refuses factors that would not fit into a browser's memory: more than a billion bytes.
pub(super) fn check_room(data: &Interactions, n_factors: usize) -> Result<()> {
    let rows = data.n_users() as u64 + 2 * data.n_items() as u64;
    let needed_bytes = rows * (4 * n_factors as u64 + 8);
    if needed_bytes > 1_000_000_000 {
        return Err(Error::memory(needed_bytes));
    }
    Ok(())
}

/// Within a range, numbers that are not numbers excluded.
pub(super) fn check_within(param: &'static str, value: f64, low: f64, high: f64) -> Result<()> {
    if value >= low && value <= high {
        return Ok(());
    }
    Err(Error::out_of_range(param, low, high))
}

/// What one deviation of the ratings is; 1 where they are all alike.
pub(super) fn unit_of(summary: &Summary, is_standardised: bool) -> f64 {
    if is_standardised && summary.deviation > 1e-6 * summary.mean.abs() {
        summary.deviation
    } else {
        1.0
    }
}

impl Factors {
    /// Works out what is not saved.
    pub(super) fn ready(mut self) -> Self {
        if let Kind::Confidence { .. } = self.kind {
            self.common = gram(&self.items);
        }
        self
    }

    /// Numbers of a vector.
    pub fn n_factors(&self) -> usize {
        self.items.n_columns()
    }

    /// Vectors of users, in rows.
    pub fn user_factors(&self) -> &Matrix {
        &self.users
    }

    /// Vectors of items, in rows.
    pub fn item_factors(&self) -> &Matrix {
        &self.items
    }

    /// Biases of users, in deviations of the ratings.
    pub fn user_biases(&self) -> &[f32] {
        &self.user_bias
    }

    /// Biases of items, in deviations of the ratings.
    pub fn item_biases(&self) -> &[f32] {
        &self.item_bias
    }

    /// Mean of the ratings and what one unit of biases and products is.
    pub fn scale(&self) -> (f64, f64) {
        (self.mean, self.unit)
    }

    /// What the factorisation knows of a user; the mean user for one there is not.
    pub fn taste(&self, user: u32) -> Taste {
        match self.user_bias.get(user as usize) {
            Some(bias) => Taste {
                bias: *bias,
                factors: self.users.row(user as usize).to_vec(),
            },
            None => Taste {
                bias: 0.0,
                factors: vec![[0.0; 4]; self.items.width()],
            },
        }
    }

    /// Fits a user who was not there by what they have, everything else held fast; the same problem that the last step
    /// of alternating least squares solves. Items there are not are passed over; without ratings each counts as 1.
    ///
    /// # Errors
    /// [`Error::Shape`] when `ratings` is not as long as `items`; [`Error::Target`] for one that is not finite, or where a
    /// factorisation of ratings is given none.
    pub fn fold_in(&self, items: &[u32], ratings: Option<&[f64]>) -> Result<Taste> {
        let owned = self.known(items, ratings)?;
        if owned.is_empty() {
            return Ok(self.taste(u32::MAX));
        }
        if let Kind::Ranking { rate, reg } = self.kind {
            return Ok(self.ranked(&owned, rate, reg));
        }
        let mut system = self.system(&owned);
        let mut taste = self.taste(u32::MAX);
        let implied = self.implied_by(&owned);
        match self.kind {
            Kind::Confidence { alpha, .. } => {
                for (item, value) in &owned {
                    let weight = 1.0 + alpha * value.abs();
                    if *value > 0.0 {
                        system.add_right(weight, self.items.row(*item as usize));
                    }
                }
                taste.factors.copy_from_slice(system.solve());
            }
            Kind::Ranking { .. } => {}
            Kind::Ratings { .. } => {
                let mut row = vec![[0.0; 4]; (self.n_factors() + 1).div_ceil(4)];
                for (item, value) in &owned {
                    let i = *item as usize;
                    self.extended(i, &mut row);
                    let of_item = self.item_bias[i] + dot(self.items.row(i), &implied);
                    system.add_right(value - of_item, &row);
                }
                let solved = system.solve().as_flattened();
                let n = self.n_factors();
                taste.factors.as_flattened_mut()[..n].copy_from_slice(&solved[..n]);
                taste.bias = solved[n];
                add(&mut taste.factors, 1.0, &implied);
            }
        }
        Ok(taste)
    }

    /// Steps of the user's vector alone, along what they have and every item in turn that they have not.
    fn ranked(&self, owned: &[(u32, f32)], rate: f32, reg: f32) -> Taste {
        const STEPS: usize = 2_000;
        let mut taste = self.taste(u32::MAX);
        let n_items = self.item_bias.len();
        let has = |item: usize| owned.binary_search_by_key(&(item as u32), |o| o.0).is_ok();
        let mut other = 0;
        for (i, _) in owned.iter().cycle().take(STEPS.max(10 * owned.len())) {
            // A stride that meets all, in an order that is none.
            other = (other + 7919) % n_items;
            if has(other) {
                continue;
            }
            let (q, r) = (self.items.row(*i as usize), self.items.row(other));
            let p = &mut taste.factors;
            let biases = self.item_bias[*i as usize] - self.item_bias[other];
            let push = rate / (1.0 + (biases + dot(p, q) - dot(p, r)).exp());
            let keep = 1.0 - rate * reg;
            p.as_flattened_mut().iter_mut().for_each(|v| *v *= keep);
            add(p, push, q);
            add(p, -push, r);
        }
        taste
    }

    /// Items there are, each once, with their ratings in the units of the model.
    fn known(&self, items: &[u32], ratings: Option<&[f64]>) -> Result<Vec<(u32, f32)>> {
        if let Some(ratings) = ratings
            && ratings.len() != items.len()
        {
            return Err(Error::Shape {
                what: "ratings".into(),
                expected: items.len(),
                found: ratings.len(),
            });
        }
        let rating = |i: usize| ratings.map_or(1.0, |r| r[i]);
        let needs_ratings = matches!(self.kind, Kind::Ratings { .. }) && ratings.is_none();
        if needs_ratings || !(0..items.len()).all(|i| rating(i).abs() <= 1e15) {
            return Err(Error::Target {
                name: "rating".into(),
                reason: crate::base::TargetReason::NeedsNumbers,
            });
        }
        let in_units = |r: f64| ((r - self.mean) / self.unit) as f32;
        let mut out: Vec<(u32, f32)> = (0..items.len())
            .filter(|i| (items[*i] as usize) < self.item_bias.len())
            .map(|i| (items[i], in_units(rating(i))))
            .collect();
        // The last of several counts.
        out.reverse();
        crate::base::order::Ordered::order_by_key(&mut out[..], |o| o.0);
        out.dedup_by_key(|o| o.0);
        Ok(out)
    }

    fn implied_by(&self, owned: &[(u32, f32)]) -> Vec<Group> {
        let mut sum = vec![[0.0; 4]; self.items.width()];
        if let Some(implied) = &self.implied {
            let share = 1.0 / (owned.len().max(1) as f32).sqrt();
            for (item, _) in owned {
                add(&mut sum, share, implied.row(*item as usize));
            }
        }
        sum
    }

    /// `[q_i, 1]`.
    fn extended(&self, item: usize, to: &mut [Group]) {
        let n = self.n_factors();
        to.fill([0.0; 4]);
        let to = to.as_flattened_mut();
        to[..n].copy_from_slice(&self.items.row(item).as_flattened()[..n]);
        to[n] = 1.0;
    }

    /// The left side of the equations of a user who has `owned`, factored.
    fn system(&self, owned: &[(u32, f32)]) -> System {
        let n = self.n_factors();
        match self.kind {
            // Nothing is solved: what is near in the space of factors speaks for an item.
            Kind::Ranking { .. } => {
                let mut system = System::new(n);
                (0..n).for_each(|k| system.add_to_diagonal(k, 1.0));
                system.factor();
                system
            }
            Kind::Confidence { alpha, reg } => {
                let mut system = System::new(n);
                system.reset(Some(&self.common));
                for (item, value) in owned {
                    let row = self.items.row(*item as usize);
                    system.observe(row, alpha * value.abs(), 0.0);
                }
                (0..n).for_each(|k| system.add_to_diagonal(k, reg));
                system.factor();
                system
            }
            Kind::Ratings { reg, reg_bias } => {
                let mut system = System::new(n + 1);
                let mut row = vec![[0.0; 4]; (n + 1).div_ceil(4)];
                for (item, _) in owned {
                    self.extended(*item as usize, &mut row);
                    system.observe(&row, 1.0, 0.0);
                }
                let many = owned.len().max(1) as f32;
                (0..n).for_each(|k| system.add_to_diagonal(k, reg * many));
                system.add_to_diagonal(n, reg_bias * many);
                system.factor();
                system
            }
        }
    }

    fn raw(&self, bias: f32, factors: &[Group], item: usize) -> f64 {
        let sum = bias + self.item_bias[item] + dot(factors, self.items.row(item));
        self.mean + self.unit * f64::from(sum)
    }

    /// Expected rating or affinity of `item` for a taste; ratings within the scale seen.
    pub fn predict_for(&self, taste: &Taste, item: u32) -> f64 {
        let raw = if (item as usize) < self.item_bias.len() {
            self.raw(taste.bias, &taste.factors, item as usize)
        } else {
            self.mean + self.unit * f64::from(taste.bias)
        };
        match self.kind {
            Kind::Ratings { .. } => raw.max(self.low).min(self.high),
            Kind::Confidence { .. } | Kind::Ranking { .. } => raw,
        }
    }

    /// Scores of all items for a taste, not held to the scale.
    pub fn scores_for(&self, taste: &Taste, out: &mut Vec<f32>) {
        out.clear();
        let all = 0..self.item_bias.len();
        out.extend(all.map(|i| self.raw(taste.bias, &taste.factors, i) as f32));
    }

    /// Takes up an item that was not there as the mean of items like it: `(item, likeness)` as
    /// [`super::Content::alike`] gives them. Returns its code. Like items count by their likeness, and one item's
    /// worth of none at all draws the result towards the middle.
    pub fn add_item(&mut self, alike: &[(u32, f32)]) -> u32 {
        let width = self.items.width();
        let mut row = vec![[0.0; 4]; width];
        let (mut bias, mut sum) = (0.0, 0.0);
        for (item, likeness) in alike {
            let i = *item as usize;
            if i < self.item_bias.len() && likeness.is_finite() && *likeness > 0.0 {
                add(&mut row, *likeness, self.items.row(i));
                bias += likeness * self.item_bias[i];
                sum += likeness;
            }
        }
        let share = 1.0 / (sum + 0.1);
        row.as_flattened_mut().iter_mut().for_each(|v| *v *= share);
        self.items.push(&row);
        self.item_bias.push(bias * share);
        if let Kind::Confidence { .. } = self.kind {
            self.common = gram(&self.items);
        }
        if let Some(implied) = &mut self.implied {
            implied.push(&vec![[0.0; 4]; width]);
        }
        (self.item_bias.len() - 1) as u32
    }

    /// Its state.
    ///
    /// # Errors
    /// Never; [`Error::Artifact`] in the type.
    pub fn save(&self) -> Result<Part> {
        Part::encode(ID, VERSION, self)
    }

    /// Takes up a saved one.
    ///
    /// # Errors
    /// [`Error::Artifact`] when it is not one, or is inconsistent.
    pub fn load(part: &Part) -> Result<Self> {
        let of: Self = part.decode(VERSION)?;
        let n = of.n_factors();
        let n_items = of.item_bias.len();
        let finite = |of: &[f32]| of.iter().all(|v| v.is_finite());
        let numbers = [of.mean, of.unit, of.low, of.high];
        let is_sound = (1..=MOST_FACTORS).contains(&n)
            && of.users.is_sound(of.user_bias.len(), n)
            && of.items.is_sound(n_items, n)
            && of.implied.as_ref().is_none_or(|y| y.is_sound(n_items, n))
            && finite(&of.user_bias)
            && finite(&of.item_bias)
            && numbers.iter().all(|v| v.is_finite());
        if is_sound {
            return Ok(of.ready());
        }
        Err(Error::invalid_artifact("factors: inconsistent state"))
    }
}

impl Recommender for Factors {
    fn n_users(&self) -> usize {
        self.user_bias.len()
    }

    fn n_items(&self) -> usize {
        self.item_bias.len()
    }

    fn predict(&self, _: &Interactions, user: u32, item: u32) -> f64 {
        self.predict_for(&self.taste(user), item)
    }

    fn scores(&self, _: &Interactions, user: u32, out: &mut Vec<f32>) {
        self.scores_for(&self.taste(user), out);
    }

    /// The item whose rating moves the score most: with `A` the left side of the user's equations, `q · A⁻¹ q_j` times
    /// what `j` adds to the right side. Hu, Koren & Volinsky (2008), section 5.
    fn reasons(&self, data: &Interactions, user: u32, items: &[u32]) -> Vec<Option<Reason>> {
        let (columns, values) = data.by_user().row(user as usize);
        let in_units = |v: &f32| ((f64::from(*v) - self.mean) / self.unit) as f32;
        let owned: Vec<(u32, f32)> = (columns.iter().copied())
            .zip(values.iter().map(in_units))
            .filter(|o| (o.0 as usize) < self.item_bias.len())
            .collect();
        self.because(&owned, items)
    }
}

impl Factors {
    /// Reasons for `targets` of a user who was not there, by what they have; see [`Factors::fold_in`].
    ///
    /// # Errors
    /// Those of [`Factors::fold_in`].
    pub fn explain(
        &self,
        items: &[u32],
        ratings: Option<&[f64]>,
        targets: &[u32],
    ) -> Result<Vec<Option<Reason>>> {
        Ok(self.because(&self.known(items, ratings)?, targets))
    }

    fn because(&self, owned: &[(u32, f32)], items: &[u32]) -> Vec<Option<Reason>> {
        if owned.is_empty() {
            return vec![None; items.len()];
        }
        let mut system = self.system(owned);
        let implied = self.implied_by(owned);
        let n = self.n_factors();
        let share = 1.0 / (owned.len() as f32).sqrt();
        let mut reason = |item: u32| {
            let i = item as usize;
            if i >= self.item_bias.len() {
                return None;
            }
            let target = self.items.row(i);
            let mut right = vec![[0.0; 4]; system.width()];
            right.as_flattened_mut()[..n].copy_from_slice(&target.as_flattened()[..n]);
            system.set_right(&right);
            let solved = system.solve();
            let mut best: Option<Reason> = None;
            for (j, value) in owned {
                let of = self.items.row(*j as usize);
                let effect = match self.kind {
                    Kind::Confidence { alpha, .. } => {
                        let weight = if *value > 0.0 {
                            1.0 + alpha * value
                        } else {
                            0.0
                        };
                        weight * dot(solved, of)
                    }
                    Kind::Ranking { .. } => dot(solved, of),
                    Kind::Ratings { .. } => {
                        let rest = value - self.item_bias[*j as usize] - dot(of, &implied);
                        let bias = solved.as_flattened()[n];
                        // The place of the bias meets padding.
                        let product = dot(&solved[..of.len()], of);
                        let said = self.implied.as_ref();
                        let said = said.map_or(0.0, |y| dot(y.row(*j as usize), target) * share);
                        rest * (product + bias) + said
                    }
                };
                if *j != item && effect > best.map_or(0.0, Reason::weight) {
                    best = Some(Reason::Item {
                        item: *j,
                        weight: effect,
                    });
                }
            }
            best
        };
        items.iter().map(|i| reason(*i)).collect()
    }
}
