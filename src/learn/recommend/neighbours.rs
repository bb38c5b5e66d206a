//! Neighbourhoods: an item is liked as items like it were by the same user, or as it was by users like them.
//!
//! `r̂ = b_ui + Σ s (r − b) / Σ s` over the `n_neighbours` likest that have a rating, `s > 0`; `b` is the mean of the user (or
//! item), or the baseline `μ + b_u + b_i`. Without ratings the score is `Σ s · value` over what the user has and the item is among the
//! `n_neighbours` likest of, or over the likest users.
//!
//! Source: Sarwar, Karypis, Konstan & Riedl (2001), Item-based collaborative filtering, doi:10.1145/371920.372071; Koren
//! (2010), Factor in the neighbors, doi:10.1145/1644873.1644874.
use super::{
    Reason, Recommender,
    baseline::{BiasOptions, Biases},
    factors::check_within,
    interactions::{Interactions, Sparse},
    top::keep_best,
};
use crate::base::{Result, Run, Stage};

/// Most pairs that are kept, in all and at least for each row.
const MOST_PAIRS: usize = 12_000_000;
const FEWEST: usize = 32;
/// Most pairs that are looked at.
const MOST_VISITS: f64 = 2e10;

/// Whose neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Users like the user.
    Users,
    /// Items like the item.
    Items,
}

/// What makes two alike. All but the last look only at what both have a rating of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// Cosine of the ratings.
    Cosine,
    /// Correlation of the ratings.
    Pearson,
    /// Correlation of the ratings around the baseline.
    PearsonBaseline,
    /// Cosine of the ratings around the means of the other side: of each user, for items.
    AdjustedCosine,
    /// Cosine over everything, what is not there counting as 0: for data without ratings.
    Overlap,
}

/// What predictions are around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Around {
    /// The mean of the user or item.
    Means,
    /// `μ + b_u + b_i`.
    Baseline,
    /// Nothing: a sum, for data without ratings.
    Nothing,
}

/// Settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Whose neighbours.
    pub side: Side,
    /// What makes two alike.
    pub likeness: Likeness,
    /// What predictions are around.
    pub around: Around,
    /// Neighbours that count, 1 to 10,000.
    pub n_neighbours: usize,
    /// Ratings that both must have, 1 to 1e6.
    pub min_common: usize,
    /// Likeness counts `n / (n + shrinkage)` with `n` in common (one less for correlations), 0 to 1e6.
    pub shrinkage: f64,
}

impl Options {
    /// For ratings.
    pub const RATINGS: Self = Self {
        side: Side::Items,
        likeness: Likeness::PearsonBaseline,
        around: Around::Baseline,
        n_neighbours: 40,
        min_common: 2,
        shrinkage: 100.0,
    };

    /// For mere interactions.
    pub const INTERACTIONS: Self = Self {
        side: Side::Items,
        likeness: Likeness::Overlap,
        around: Around::Nothing,
        n_neighbours: 200,
        min_common: 1,
        shrinkage: 10.0,
    };
}

/// Fitted neighbourhoods.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    options: Options,
    near: Near,
    biases: Biases,
    /// Per user or item, by side.
    means: Vec<f64>,
}

/// Per row its neighbours, likest first.
#[derive(Debug, Clone, PartialEq, Default)]
struct Near {
    start: Vec<usize>,
    other: Vec<u32>,
    likeness: Vec<f32>,
}

impl Near {
    fn row(&self, i: usize) -> impl Iterator<Item = (u32, f32)> {
        let range = match self.start.get(i..i + 2) {
            Some(&[a, b]) => a..b,
            _ => 0..0,
        };
        let others = self.other[range.clone()].iter().copied();
        others.zip(self.likeness[range].iter().copied())
    }
}

/// Sums over what two rows have in common.
#[derive(Debug, Clone, Copy, Default)]
struct Common {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

impl Common {
    fn cosine(&self) -> f64 {
        let square = self.xx * self.yy;
        if square > 0.0 {
            self.xy / square.sqrt()
        } else {
            0.0
        }
    }

    fn correlation(&self) -> f64 {
        let xx = self.n * self.xx - self.x * self.x;
        let yy = self.n * self.yy - self.y * self.y;
        // Rounding of alike ratings is not a spread.
        let is_spread = xx > 1e-9 * self.n * self.xx && yy > 1e-9 * self.n * self.yy;
        if is_spread {
            (self.n * self.xy - self.x * self.y) / (xx * yy).sqrt()
        } else {
            0.0
        }
    }
}

fn means(rows: &Sparse, otherwise: f64) -> Vec<f64> {
    let mean = |i: usize| {
        let values = rows.row(i).1;
        if values.is_empty() {
            return otherwise;
        }
        values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64
    };
    (0..rows.n_rows()).map(mean).collect()
}

impl Neighbours {
    /// Fits.
    ///
    /// # Errors
    /// [`crate::base::Error::Param`]; [`crate::base::Error::Cancelled`].
    pub fn fit(data: &Interactions, options: &Options, run: &mut Run<'_>) -> Result<Self> {
        check_within("n_neighbours", options.n_neighbours as f64, 1.0, 1e4)?;
        check_within("min_common", options.min_common as f64, 1.0, 1e6)?;
        check_within("shrinkage", options.shrinkage, 0.0, 1e6)?;
        let biases = Biases::fit(data, &BiasOptions::default())?;
        let (rows, columns) = match options.side {
            Side::Users => (data.by_user(), data.by_item()),
            Side::Items => (data.by_item(), data.by_user()),
        };
        let mean = biases.summary().mean;
        let of_columns = means(columns, mean);
        let value = |row: usize, column: u32, v: f32| -> f64 {
            let v = f64::from(v);
            match options.likeness {
                Likeness::AdjustedCosine => v - of_columns[column as usize],
                Likeness::PearsonBaseline => {
                    v - match options.side {
                        Side::Users => biases.raw(row as u32, column),
                        Side::Items => biases.raw(column, row as u32),
                    }
                }
                _ => v,
            }
        };
        let near = near(rows, columns, options, &value, run)?;
        Ok(Self {
            options: *options,
            near,
            means: means(rows, mean),
            biases,
        })
    }

    /// Likest rows of the fitted side, likest first, those with a positive likeness only.
    pub fn alike(&self, row: u32) -> Vec<(u32, f32)> {
        self.near.row(row as usize).collect()
    }

    /// What a prediction starts from, and what a neighbour's rating is measured from.
    fn bases(&self, user: u32, item: u32) -> (f64, impl Fn(u32) -> f64) {
        let side = self.options.side;
        let around = self.options.around;
        let own = match side {
            Side::Users => user,
            Side::Items => item,
        };
        let mean = self.biases.summary().mean;
        let of = move |row: u32| match around {
            Around::Nothing => 0.0,
            Around::Means => self.means.get(row as usize).copied().unwrap_or(mean),
            Around::Baseline => match side {
                Side::Users => self.biases.raw(row, item),
                Side::Items => self.biases.raw(user, row),
            },
        };
        (of(own), of)
    }

    /// Neighbours that count for a pair: their code, likeness and rating.
    fn counted(&self, data: &Interactions, user: u32, item: u32) -> Vec<(u32, f64, f64)> {
        if self.options.around == Around::Nothing && self.options.side == Side::Items {
            let (items, values) = data.by_user().row(user as usize);
            let likeness = |other: u32| {
                let mut near = self.near.row(other as usize);
                near.find(|n| n.0 == item).map(|n| f64::from(n.1))
            };
            let owned = items.iter().zip(values);
            return owned
                .filter_map(|(other, v)| Some((*other, likeness(*other)?, f64::from(*v))))
                .collect();
        }
        self.rated(data, user, item)
    }

    fn rated(&self, data: &Interactions, user: u32, item: u32) -> Vec<(u32, f64, f64)> {
        let (row, of) = match self.options.side {
            Side::Users => (user, data.by_item().row(item as usize)),
            Side::Items => (item, data.by_user().row(user as usize)),
        };
        let rated = |(other, likeness): (u32, f32)| {
            let at = of.0.binary_search(&other).ok()?;
            Some((other, f64::from(likeness), f64::from(of.1[at])))
        };
        let near = self.near.row(row as usize);
        near.filter_map(rated)
            .take(self.options.n_neighbours)
            .collect()
    }
}

/// The longest of the `columns` that pairs are made from, so that there are not too many: what nearly everyone has
/// makes nobody alike.
fn longest(columns: &Sparse) -> usize {
    let lengths = || (0..columns.n_rows()).map(|c| columns.row(c).0.len());
    let mut longest = lengths().max().unwrap_or(0);
    loop {
        let within = lengths().filter(|l| *l <= longest);
        let visits: f64 = within.map(|l| (l as f64).powi(2)).sum();
        if visits <= MOST_VISITS || longest <= 1_000 {
            return longest;
        }
        longest = longest / 5 * 4;
    }
}

fn near(
    rows: &Sparse,
    columns: &Sparse,
    options: &Options,
    value: &dyn Fn(usize, u32, f32) -> f64,
    run: &mut Run<'_>,
) -> Result<Near> {
    let n = rows.n_rows();
    let longest = longest(columns);
    let kept = match options.around {
        Around::Nothing => options.n_neighbours,
        _ => (MOST_PAIRS / n.max(1)).max(FEWEST),
    };
    // The values of `columns`, one call each.
    let mut values = Vec::with_capacity(columns.len());
    let mut start = vec![0];
    for c in 0..columns.n_rows() {
        let (of, v) = columns.row(c);
        values.extend((of.iter().zip(v)).map(|(r, v)| value(*r as usize, c as u32, *v)));
        start.push(values.len());
    }
    let mut squares = vec![0.0; n];
    for (row, square) in squares.iter_mut().enumerate() {
        *square = rows.row(row).1.iter().map(|v| f64::from(*v).powi(2)).sum();
    }
    let mut sums = vec![Common::default(); n];
    let mut touched: Vec<u32> = Vec::new();
    let mut found: Vec<(f32, u32)> = Vec::new();
    let mut out = Near {
        start: vec![0],
        ..Near::default()
    };
    for i in 0..n {
        if i % 64 == 0 {
            run.step(Stage::Fitting, i as u64, n as u64)?;
        }
        let (of, v) = rows.row(i);
        for (c, v) in of.iter().zip(v) {
            let x = value(i, *c, *v);
            let others = columns.row(*c as usize).0;
            if others.len() > longest {
                continue;
            }
            let ys = &values[start[*c as usize]..start[*c as usize + 1]];
            for (j, y) in others.iter().zip(ys) {
                let s = &mut sums[*j as usize];
                if s.n == 0.0 {
                    touched.push(*j);
                }
                s.n += 1.0;
                s.x += x;
                s.y += y;
                s.xx += x * x;
                s.yy += y * y;
                s.xy += x * y;
            }
        }
        found.clear();
        for j in touched.drain(..) {
            let s = std::mem::take(&mut sums[j as usize]);
            if j as usize == i || s.n < options.min_common as f64 {
                continue;
            }
            let (raw, n) = match options.likeness {
                Likeness::Cosine | Likeness::AdjustedCosine => (s.cosine(), s.n),
                Likeness::Pearson => (s.correlation(), s.n - 1.0),
                Likeness::PearsonBaseline => (s.cosine(), s.n - 1.0),
                Likeness::Overlap => {
                    let square = squares[i] * squares[j as usize];
                    (s.xy / square.sqrt().max(f64::MIN_POSITIVE), s.n)
                }
            };
            let shrunk = if n > 0.0 {
                raw * (n / (n + options.shrinkage))
            } else {
                0.0
            };
            if shrunk > 0.0 {
                found.push((shrunk as f32, j));
            }
        }
        keep_best(&mut found, kept);
        out.other.extend(found.iter().map(|f| f.1));
        out.likeness.extend(found.iter().map(|f| f.0));
        out.start.push(out.other.len());
    }
    run.step(Stage::Fitting, n as u64, n as u64)?;
    Ok(out)
}

impl Recommender for Neighbours {
    fn n_users(&self) -> usize {
        self.biases.users().len()
    }

    fn n_items(&self) -> usize {
        self.biases.items().len()
    }

    fn predict(&self, data: &Interactions, user: u32, item: u32) -> f64 {
        let (own, base) = self.bases(user, item);
        let (mut sum, mut weights) = (0.0, 0.0);
        for (other, likeness, rating) in self.counted(data, user, item) {
            sum += likeness * (rating - base(other));
            weights += likeness;
        }
        if self.options.around == Around::Nothing {
            return sum;
        }
        let raw = if weights > 0.0 {
            own + sum / weights
        } else {
            own
        };
        let scale = self.biases.summary();
        raw.max(scale.low).min(scale.high)
    }

    fn scores(&self, data: &Interactions, user: u32, out: &mut Vec<f32>) {
        let n = self.n_items();
        let mut all = vec![(0.0f64, 0.0f64, 0usize); n];
        let most = self.options.n_neighbours;
        match self.options.side {
            Side::Users => {
                for (other, likeness) in self.near.row(user as usize) {
                    let (items, values) = data.by_user().row(other as usize);
                    for (item, v) in items.iter().zip(values) {
                        let Some((sum, weights, count)) = all.get_mut(*item as usize) else {
                            continue;
                        };
                        if *count < most {
                            let (_, base) = self.bases(user, *item);
                            *sum += f64::from(likeness) * (f64::from(*v) - base(other));
                            *weights += f64::from(likeness);
                            *count += 1;
                        }
                    }
                }
            }
            Side::Items if self.options.around == Around::Nothing => {
                let (items, values) = data.by_user().row(user as usize);
                for (other, v) in items.iter().zip(values) {
                    for (item, likeness) in self.near.row(*other as usize) {
                        all[item as usize].0 += f64::from(likeness) * f64::from(*v);
                    }
                }
            }
            Side::Items => {
                let (items, values) = data.by_user().row(user as usize);
                let mut rest = vec![f64::NAN; n];
                let (_, base) = self.bases(user, 0);
                for (item, v) in items.iter().zip(values) {
                    if let Some(rest) = rest.get_mut(*item as usize) {
                        *rest = f64::from(*v) - base(*item);
                    }
                }
                for (item, (sum, weights, count)) in all.iter_mut().enumerate() {
                    for (other, likeness) in self.near.row(item) {
                        let rest = rest[other as usize];
                        if rest.is_nan() {
                            continue;
                        }
                        *sum += f64::from(likeness) * rest;
                        *weights += f64::from(likeness);
                        *count += 1;
                        if *count == most {
                            break;
                        }
                    }
                }
            }
        }
        out.clear();
        let is_sum = self.options.around == Around::Nothing;
        out.extend(all.iter().enumerate().map(|(i, (sum, weights, _))| {
            if is_sum {
                return *sum as f32;
            }
            let (own, _) = self.bases(user, i as u32);
            let more = if *weights > 0.0 { sum / weights } else { 0.0 };
            (own + more) as f32
        }));
    }

    fn reasons(&self, data: &Interactions, user: u32, items: &[u32]) -> Vec<Option<Reason>> {
        if self.options.side == Side::Users {
            return closest_owned(data, user, items);
        }
        let mut of = |item: &u32| {
            let (_, base) = self.bases(user, *item);
            let mut best: Option<Reason> = None;
            let mut likest = None;
            for (other, likeness, rating) in self.counted(data, user, *item) {
                let weight = (likeness * (rating - base(other))) as f32;
                let this = Reason::Item {
                    item: other,
                    weight,
                };
                if weight > best.map_or(0.0, Reason::weight) {
                    best = Some(this);
                }
                likest = likest.or(Some(this));
            }
            best.or(likest)
        };
        items.iter().map(&mut of).collect()
    }
}

/// Per item the owned one that most of the same people have, by cosine.
pub fn closest_owned(data: &Interactions, user: u32, items: &[u32]) -> Vec<Option<Reason>> {
    let mut counts = vec![0u32; data.n_items()];
    let owned = data.by_user().row(user as usize).0;
    let mut of = |item: &u32| {
        counts.fill(0);
        let people = data.by_item().row(*item as usize).0;
        for person in people {
            for other in data.by_user().row(*person as usize).0 {
                counts[*other as usize] += 1;
            }
        }
        let mut best: Option<Reason> = None;
        for other in owned {
            let n = data.by_item().row(*other as usize).0.len() * people.len();
            let weight = counts[*other as usize] as f32 / (n.max(1) as f32).sqrt();
            if other != item && weight > best.map_or(0.0, Reason::weight) {
                best = Some(Reason::Item {
                    item: *other,
                    weight,
                });
            }
        }
        best
    };
    items.iter().map(&mut of).collect()
}
