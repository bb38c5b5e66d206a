//! Lists of recommendations and predicted ratings, measured on what was held out.
//!
//! Of a user with the held-out items `R` and a list of which the first `k` count: precision is hits / k, recall hits / |R|,
//! NDCG the discounted gain of the hits, `1 / log₂(place + 1)`, in parts of the best there can be, MAP the mean over
//! `min(k, |R|)` of the precision at each hit. All are means over the users who have held-out items.
//!
//! Source: Järvelin & Kekäläinen (2002), doi:10.1145/582415.582418; Zhou et al. (2010), doi:10.1073/pnas.1000488107
//! (novelty).
use super::same_length;
use crate::base::{Error, Result, Run, Stage};
use crate::learn::recommend::{Interactions, Recommender, Wishes, top_n};

/// Errors of predicted ratings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatingErrors {
    /// Root of the mean square.
    pub rmse: f64,
    /// Mean of the absolute values.
    pub mae: f64,
}

/// Errors of `predicted` against `truth`.
///
/// # Errors
/// [`Error::Shape`] when lengths differ; [`Error::TooFewRows`] without any.
pub fn rating_errors(truth: &[f64], predicted: &[f64]) -> Result<RatingErrors> {
    same_length("predictions", truth.len(), predicted.len())?;
    if truth.is_empty() {
        return Err(Error::TooFewRows {
            needed: 1,
            found: 0,
        });
    }
    let n = truth.len() as f64;
    let errors = || truth.iter().zip(predicted).map(|(t, p)| t - p);
    Ok(RatingErrors {
        rmse: (errors().map(|e| e * e).sum::<f64>() / n).sqrt(),
        mae: errors().map(f64::abs).sum::<f64>() / n,
    })
}

/// What one list is worth.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ListScore {
    /// Share of the list that was held out.
    pub precision: f64,
    /// Share of what was held out that is in the list.
    pub recall: f64,
    /// Discounted gain in parts of the best.
    pub ndcg: f64,
    /// Mean of the precision at hits.
    pub map: f64,
    /// Whether there is a hit at all.
    pub hit: f64,
}

fn discount(place: usize) -> f64 {
    1.0 / ((place + 2) as f64).log2()
}

/// Scores the first `k` of `list`, best first, against `relevant`, which rises. A list shorter than `k` counts as one with
/// misses at its end. All 0 where nothing is relevant.
pub fn score_list(list: &[u32], relevant: &[u32], k: usize) -> ListScore {
    let n_best = k.min(relevant.len());
    if n_best == 0 {
        return ListScore::default();
    }
    let (mut hits, mut gain, mut precisions) = (0.0, 0.0, 0.0);
    for (place, item) in list.iter().take(k).enumerate() {
        if relevant.binary_search(item).is_ok() {
            hits += 1.0;
            gain += discount(place);
            precisions += hits / (place + 1) as f64;
        }
    }
    let most: f64 = (0..n_best).map(discount).sum();
    ListScore {
        precision: hits / k as f64,
        recall: hits / relevant.len() as f64,
        ndcg: gain / most,
        map: precisions / n_best as f64,
        hit: f64::from(u8::from(hits > 0.0)),
    }
}

/// What the lists of all users are worth.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ListScores {
    /// Means over users.
    pub mean: ListScore,
    /// Users who had something held out.
    pub n_users: u64,
    /// Share of all items that are in any list.
    pub coverage: f64,
    /// Mean of `−log₂(share of users who have the item)` over the lines of all lists, in bits: the higher, the less
    /// known what is recommended. Items nobody has count as had by one.
    pub novelty: f64,
}

/// Adds lists up.
#[derive(Debug, Clone)]
pub struct Measure<'a> {
    data: &'a Interactions,
    k: usize,
    sum: ListScore,
    n_users: u64,
    is_listed: Vec<bool>,
    bits: f64,
    n_lines: u64,
}

impl<'a> Measure<'a> {
    /// Of lists of `k`; `data` is what was learned from.
    ///
    /// # Errors
    /// [`Error::Param`] for `k = 0`.
    pub fn new(data: &'a Interactions, k: usize) -> Result<Self> {
        if k == 0 {
            return Err(Error::out_of_range("k", 1.0, f64::MAX));
        }
        Ok(Self {
            data,
            k,
            sum: ListScore::default(),
            n_users: 0,
            is_listed: vec![false; data.n_items()],
            bits: 0.0,
            n_lines: 0,
        })
    }

    /// A user's list, best first, and what was held out, rising.
    pub fn add(&mut self, list: &[u32], relevant: &[u32]) {
        if relevant.is_empty() {
            return;
        }
        let of = score_list(list, relevant, self.k);
        self.n_users += 1;
        self.sum.precision += of.precision;
        self.sum.recall += of.recall;
        self.sum.ndcg += of.ndcg;
        self.sum.map += of.map;
        self.sum.hit += of.hit;
        for item in list.iter().take(self.k) {
            if let Some(is_listed) = self.is_listed.get_mut(*item as usize) {
                *is_listed = true;
            }
            let owners = self.data.by_item().row(*item as usize).0.len().max(1);
            self.bits += (self.data.n_users().max(1) as f64 / owners as f64).log2();
            self.n_lines += 1;
        }
    }

    /// Means.
    ///
    /// # Errors
    /// [`Error::TooFewRows`] when no user had anything held out.
    pub fn finish(&self) -> Result<ListScores> {
        if self.n_users == 0 {
            return Err(Error::TooFewRows {
                needed: 1,
                found: 0,
            });
        }
        let n = self.n_users as f64;
        let listed = self.is_listed.iter().filter(|l| **l).count();
        Ok(ListScores {
            mean: ListScore {
                precision: self.sum.precision / n,
                recall: self.sum.recall / n,
                ndcg: self.sum.ndcg / n,
                map: self.sum.map / n,
                hit: self.sum.hit / n,
            },
            n_users: self.n_users,
            coverage: listed as f64 / self.is_listed.len().max(1) as f64,
            novelty: self.bits / self.n_lines.max(1) as f64,
        })
    }
}

/// Makes a list of `k` items that the user has not for every user with held-out items, and measures them. An item counts
/// as held out where its rating is at least `least`.
///
/// # Errors
/// [`Error::Param`] for `k = 0`; [`Error::TooFewRows`] when no user has anything held out; [`Error::Cancelled`].
pub fn measure(
    model: &dyn Recommender,
    train: &Interactions,
    test: &Interactions,
    k: usize,
    least: f64,
    run: &mut Run<'_>,
) -> Result<ListScores> {
    let mut all = Measure::new(train, k)?;
    let wishes = Wishes {
        with_reasons: false,
        ..Wishes::new(k)
    };
    let n = test.n_users();
    for user in 0..n {
        if user % 32 == 0 {
            run.step(Stage::Evaluating, user as u64, n as u64)?;
        }
        let (items, values) = test.by_user().row(user);
        let rated = items.iter().zip(values);
        let relevant: Vec<u32> = rated
            .filter(|(_, v)| f64::from(**v) >= least)
            .map(|(i, _)| *i)
            .collect();
        if relevant.is_empty() {
            continue;
        }
        let list = top_n(model, train, user as u32, &wishes)?;
        let list: Vec<u32> = list.iter().map(|l| l.item).collect();
        all.add(&list, &relevant);
    }
    run.step(Stage::Evaluating, n as u64, n as u64)?;
    all.finish()
}

/// Rows that are each user's last, by date where there is one, else by order; of users with one row nothing. Returns
/// the rows to learn from and those held out, both rising. Other splits are [`super::split::time_split`] and
/// [`super::split::k_folds`], over rows of interactions.
///
/// # Errors
/// [`Error::Shape`] when there are more or fewer dates than users; [`Error::TooFewRows`] when nothing can be held out.
pub fn leave_last_out(users: &[u32], dates: Option<&[f64]>) -> Result<(Vec<u32>, Vec<u32>)> {
    if let Some(dates) = dates {
        same_length("dates", users.len(), dates.len())?;
    }
    let n_users = users
        .iter()
        .max()
        .map_or(0, |m| (*m as usize).saturating_add(1));
    if n_users > 100_000_000 {
        return Err(Error::memory(n_users as u64 * 16));
    }
    let date = |i: usize| match dates.map(|d| d[i]) {
        Some(date) if !date.is_nan() => date,
        _ => f64::NEG_INFINITY,
    };
    let mut last = vec![(0u32, 0u32); n_users];
    for (i, user) in users.iter().enumerate() {
        let (n, at) = &mut last[*user as usize];
        if *n == 0 || date(i) >= date(*at as usize) {
            *at = i as u32;
        }
        *n += 1;
    }
    let is_held = |i: &u32| {
        let (n, at) = last[users[*i as usize] as usize];
        n > 1 && at == *i
    };
    let (test, train): (Vec<u32>, Vec<u32>) = (0..users.len() as u32).partition(is_held);
    if test.is_empty() {
        return Err(Error::TooFewRows {
            needed: 2,
            found: users.len() as u64,
        });
    }
    Ok((train, test))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_scored_by_hand() {
        let of = score_list(&[5, 1, 9], &[1, 2, 9], 4);
        assert_eq!(of.precision, 0.5);
        assert!((of.recall - 2.0 / 3.0).abs() < 1e-12);
        assert!((of.map - (0.5 + 2.0 / 3.0) / 3.0).abs() < 1e-12);
        assert_eq!(score_list(&[1], &[], 3), ListScore::default());
        assert_eq!(score_list(&[], &[1], 0), ListScore::default());
        assert_eq!(score_list(&[1], &[1], 1).ndcg, 1.0);
    }

    #[test]
    fn the_last_of_each_user_is_held_out() {
        let users = [0, 1, 0, 2, 1, 0];
        let (train, test) = leave_last_out(&users, None).unwrap();
        assert_eq!((train, test), (vec![0, 1, 2, 3], vec![4, 5]));
        let dates = [9.0, 2.0, f64::NAN, 1.0, 1.0, 3.0];
        let (_, test) = leave_last_out(&users, Some(&dates)).unwrap();
        assert_eq!(test, [0, 1]);
        let code = |r: Result<(Vec<u32>, Vec<u32>)>| r.unwrap_err().code();
        assert_eq!(code(leave_last_out(&[], None)), "too_few_rows");
        assert_eq!(code(leave_last_out(&[0, 1], None)), "too_few_rows");
        assert_eq!(code(leave_last_out(&[0], Some(&[]))), "shape");
        assert_eq!(code(leave_last_out(&[u32::MAX], None)), "memory");
        let e = rating_errors(&[], &[]).unwrap_err();
        assert_eq!(e.code(), "too_few_rows");
    }
}
