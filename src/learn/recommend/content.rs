//! Content: items like those the user has, by what items are, with no other user looked at.
//!
//! Every item is a sparse vector of length 1 put together from blocks (numbers, categories, words); a user's profile is
//! the sum of the vectors of their items, weighted by how far each rating lies above the user's mean, and the score of
//! an item is its cosine with the profile.
//!
//! Source: Lops, de Gemmis & Semeraro (2011), Content-based recommender systems, doi:10.1007/978-0-387-85820-3_3.
use super::{
    Reason, Recommender,
    interactions::{Interactions, Sparse},
    top::{Wishes, best},
};
use crate::base::{Error, Result, same_length};
use std::ops::Range;

/// Levels of a category, more than which are refused.
const MOST_LEVELS: u32 = 10_000_000;
/// Numbers beyond so many deviations count as so many.
const FARTHEST: f64 = 3.0;

/// What items are, put together block by block. A block counts as its weight, however many features it has.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Features {
    n_items: usize,
    n_features: usize,
    rows: Vec<u32>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl Features {
    /// Of `n_items` items, nothing yet.
    pub fn new(n_items: usize) -> Self {
        Self {
            n_items,
            ..Self::default()
        }
    }

    /// Features so far.
    pub fn len(&self) -> usize {
        self.n_features
    }

    /// Whether there are none so far.
    pub fn is_empty(&self) -> bool {
        self.n_features == 0
    }

    /// A number per item, in deviations from the mean; not a number means nothing is known. Returns its feature.
    ///
    /// # Errors
    /// [`Error::Shape`] when there are more or fewer than items.
    pub fn numbers(&mut self, values: &[f64], weight: f32) -> Result<u32> {
        same_length("items", self.n_items, values.len())?;
        let known = || values.iter().filter(|v| v.abs() <= 1e100);
        let n = known().count().max(1) as f64;
        let mean = known().sum::<f64>() / n;
        let deviation = (known().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        let feature = self.next(1).start;
        for (item, v) in values.iter().enumerate() {
            let z = (v - mean) / deviation;
            if z.is_finite() && deviation > 1e-12 * mean.abs() {
                let z = z.clamp(-FARTHEST, FARTHEST) / FARTHEST;
                self.put(item, feature, weight * z as f32);
            }
        }
        Ok(feature)
    }

    /// A category per item, `codes` below `n_levels`; a code that is not means nothing is known. Rare ones say
    /// more: each counts `ln((1 + n) / (1 + n of it)) + 1`, then as part of the largest. Returns a feature per level.
    ///
    /// # Errors
    /// [`Error::Shape`] when there are more or fewer than items; [`Error::Memory`] for more than ten million levels.
    pub fn categories(&mut self, codes: &[u32], n_levels: u32, weight: f32) -> Result<Range<u32>> {
        same_length("items", self.n_items, codes.len())?;
        if n_levels > MOST_LEVELS {
            return Err(Error::memory(u64::from(n_levels) * 8));
        }
        let mut counts = vec![0u32; n_levels as usize];
        let known = || codes.iter().enumerate().filter(|(_, c)| **c < n_levels);
        known().for_each(|(_, c)| counts[*c as usize] += 1);
        let n = 1.0 + codes.len() as f64;
        let rare = |c: u32| (n / (1.0 + f64::from(c))).ln() + 1.0;
        let most = counts
            .iter()
            .filter(|c| **c > 0)
            .map(|c| rare(*c))
            .fold(1.0, f64::max);
        let features = self.next(n_levels);
        for (item, c) in known() {
            let says = rare(counts[*c as usize]) / most;
            self.put(item, features.start + c, weight * says as f32);
        }
        Ok(features)
    }

    /// Weights of words, or of anything else, a row per item; rows are brought to length 1. Returns a feature per column.
    ///
    /// # Errors
    /// [`Error::Shape`] when there are more or fewer rows than items.
    pub fn words(&mut self, of: &Sparse, weight: f32) -> Result<Range<u32>> {
        same_length("items", self.n_items, of.n_rows())?;
        let features = self.next(of.n_columns() as u32);
        for item in 0..self.n_items {
            let (columns, values) = of.row(item);
            let length = length(values);
            for (c, v) in columns.iter().zip(values) {
                if length > 0.0 {
                    self.put(item, features.start + c, weight * v / length);
                }
            }
        }
        Ok(features)
    }

    fn next(&mut self, n: u32) -> Range<u32> {
        let from = self.n_features as u32;
        self.n_features += n as usize;
        from..from.saturating_add(n)
    }

    fn put(&mut self, item: usize, feature: u32, value: f32) {
        if value != 0.0 {
            self.rows.push(item as u32);
            self.columns.push(feature);
            self.values.push(value);
        }
    }

    /// Rows of items, columns of features, every row of length 1 or empty.
    ///
    /// # Errors
    /// [`Error::NoFeatures`] when no item has any; [`Error::Memory`] when there are too many.
    pub fn finish(self) -> Result<Sparse> {
        let mut of = Sparse::new(
            self.n_items,
            self.n_features,
            &self.rows,
            &self.columns,
            &self.values,
        )?;
        if of.is_empty() {
            return Err(Error::NoFeatures);
        }
        of.even_out();
        Ok(of)
    }
}

fn length(values: &[f32]) -> f32 {
    let sum: f64 = values.iter().map(|v| f64::from(*v).powi(2)).sum();
    sum.sqrt() as f32
}

/// Items by their features, ready to be compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    items: Sparse,
    n_users: usize,
}

impl Content {
    /// From rows of length 1 as [`Features::finish`] makes them.
    ///
    /// # Errors
    /// [`Error::Shape`] when there are more or fewer items than in the interactions.
    pub fn fit(data: &Interactions, items: Sparse) -> Result<Self> {
        same_length("items", data.n_items(), items.n_rows())?;
        Ok(Self {
            items,
            n_users: data.n_users(),
        })
    }

    /// Rows of items.
    pub fn items(&self) -> &Sparse {
        &self.items
    }

    /// What someone likes who has `items`: `Σ w x`, of length 1, a number per feature. `w` is how far a rating lies above
    /// the mean of all given; 1 without ratings, or where they are all alike.
    pub fn profile(&self, items: &[u32], ratings: Option<&[f32]>) -> Vec<f32> {
        let mut out = vec![0.0f32; self.items.n_columns()];
        let ratings = ratings.unwrap_or(&[]);
        let mean = ratings.iter().map(|r| f64::from(*r)).sum::<f64>() / ratings.len().max(1) as f64;
        let above = |k: usize| {
            ratings
                .get(k)
                .map_or(1.0, |r| (f64::from(*r) - mean) as f32)
        };
        let all_alike = (0..items.len()).all(|k| above(k).abs() < 1e-6 * mean.abs() as f32);
        for (k, item) in items.iter().enumerate() {
            let w = if all_alike { 1.0 } else { above(k) };
            let (features, values) = self.items.row(*item as usize);
            for (f, v) in features.iter().zip(values) {
                out[*f as usize] += w * v;
            }
        }
        let length = length(&out);
        if length > 0.0 {
            out.iter_mut().for_each(|v| *v /= length);
        }
        out
    }

    /// Cosine of a profile with a row of features; 0 where features are beyond those known.
    pub fn score(profile: &[f32], (features, values): (&[u32], &[f32])) -> f32 {
        let of = |f: &u32| profile.get(*f as usize).copied().unwrap_or(0.0);
        let products = features.iter().zip(values).map(|(f, v)| of(f) * v);
        products.sum::<f32>()
    }

    /// The items likest a row of features, of length 1, with their cosines, likest first.
    pub fn alike(&self, (features, values): (&[u32], &[f32]), n: usize) -> Vec<(u32, f32)> {
        let mut profile = vec![0.0; self.items.n_columns()];
        for (f, v) in features.iter().zip(values) {
            if let Some(to) = profile.get_mut(*f as usize) {
                *to = *v;
            }
        }
        let all = 0..self.items.n_rows();
        let scores: Vec<f32> = all
            .map(|i| Self::score(&profile, self.items.row(i)))
            .collect();
        let found = best(&scores, &[], &Wishes::new(n)).unwrap_or_default();
        let positive = found.into_iter().filter(|f| f.0 > 0.0);
        positive.map(|(score, item)| (item, score)).collect()
    }

    fn profile_of(&self, data: &Interactions, user: u32) -> Vec<f32> {
        let (items, values) = data.by_user().row(user as usize);
        self.profile(items, data.has_ratings().then_some(values))
    }
}

impl Recommender for Content {
    fn n_users(&self) -> usize {
        self.n_users
    }

    fn n_items(&self) -> usize {
        self.items.n_rows()
    }

    fn predict(&self, data: &Interactions, user: u32, item: u32) -> f64 {
        Self::score(&self.profile_of(data, user), self.items.row(item as usize)).into()
    }

    fn scores(&self, data: &Interactions, user: u32, out: &mut Vec<f32>) {
        let profile = self.profile_of(data, user);
        out.clear();
        out.extend((0..self.n_items()).map(|i| Self::score(&profile, self.items.row(i))));
    }

    /// The feature whose product is the largest.
    fn reasons(&self, data: &Interactions, user: u32, items: &[u32]) -> Vec<Option<Reason>> {
        let profile = self.profile_of(data, user);
        let of = |item: &u32| {
            let (features, values) = self.items.row(*item as usize);
            let mut best: Option<Reason> = None;
            for (f, v) in features.iter().zip(values) {
                let weight = profile[*f as usize] * v;
                if weight > best.map_or(0.0, Reason::weight) {
                    best = Some(Reason::Feature {
                        feature: *f,
                        weight,
                    });
                }
            }
            best
        };
        items.iter().map(of).collect()
    }
}
