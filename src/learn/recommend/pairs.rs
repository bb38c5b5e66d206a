//! Pairs of user and item as rows of a table, so that any classifier can rank: what other recommenders say, how much the
//! user has, how many have the item, and how both rate.
//!
//! Recommenders know the interactions they were fitted on by heart. What is to be learned from has to be later ones, or
//! others held out, which [`draw`] takes beside them.
use super::{
    Recommender,
    interactions::{Interactions, Sparse},
};
use crate::base::{Error, Result, Run, random, same_length};

/// Stream of the seed.
const STREAM: u64 = 0x7072;
/// Columns before those of the recommenders: `ln(1 + n)` of user and item, mean value of user and item.
pub const N_COLUMNS: usize = 4;

/// A user, an item, and whether they came together.
pub type Pair = (u32, u32, bool);

/// All pairs of `held`, and for each `per_pair` items, 1 to 100, that the user has in neither, evenly drawn; by user.
///
/// # Errors
/// [`Error::Shape`] when the two are not of the same users and items; [`Error::Param`]; [`Error::Cancelled`].
pub fn draw(
    data: &Interactions,
    held: &Interactions,
    per_pair: usize,
    run: &Run<'_>,
) -> Result<Vec<Pair>> {
    let sizes = [
        (data.n_users(), held.n_users()),
        (data.n_items(), held.n_items()),
    ];
    for (expected, found) in sizes {
        same_length("interactions", expected, found)?;
    }
    if !(1..=100).contains(&per_pair) {
        return Err(Error::out_of_range("per_pair", 1.0, 100.0));
    }
    let mut rng = run.rng(STREAM);
    let mut out = Vec::with_capacity(held.len() * (1 + per_pair));
    for user in 0..held.n_users() {
        if user % 1024 == 0 {
            run.check()?;
        }
        let items = held.by_user().row(user).0;
        out.extend(items.iter().map(|i| (user as u32, *i, true)));
        for _ in 0..items.len() * per_pair {
            let item = random::below(&mut rng, data.n_items() as u32);
            let has = |of: &Interactions| of.by_user().get(user, item).is_some();
            if !has(data) && !has(held) {
                out.push((user as u32, item, false));
            }
        }
    }
    Ok(out)
}

/// A row of [`N_COLUMNS`] and one number per recommender for each pair, row-major. Quickest where pairs come by user.
///
/// # Errors
/// [`Error::Cancelled`].
pub fn features(
    data: &Interactions,
    models: &[&dyn Recommender],
    pairs: &[(u32, u32)],
    run: &Run<'_>,
) -> Result<Vec<f32>> {
    let mean = data.summary().mean as f32;
    let count_and_mean = |of: &Sparse, i: u32| {
        let values = of.row(i as usize).1;
        let n = values.len() as f32;
        // One rating of the mean, so that few do not say much.
        (
            (1.0 + n).ln(),
            (values.iter().sum::<f32>() + mean) / (n + 1.0),
        )
    };
    let mut scores = vec![Vec::new(); models.len()];
    let mut out = Vec::with_capacity(pairs.len() * (N_COLUMNS + models.len()));
    let mut of = None;
    for (user, item) in pairs {
        if of != Some(*user) {
            run.check()?;
            for (model, scores) in models.iter().zip(&mut scores) {
                model.scores(data, *user, scores);
            }
            of = Some(*user);
        }
        let (n_user, mean_user) = count_and_mean(data.by_user(), *user);
        let (n_item, mean_item) = count_and_mean(data.by_item(), *item);
        out.extend([n_user, n_item, mean_user, mean_item]);
        let said = scores.iter().map(|s| s.get(*item as usize).copied());
        out.extend(said.map(|s| s.filter(|s| s.is_finite()).unwrap_or(0.0)));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::{Popularity, Repeats, Rows};
    use super::*;
    use crate::base::Quiet;

    #[test]
    fn pairs_become_rows() {
        let of = |users: &[u32], items: &[u32]| {
            let rows = Rows {
                users,
                items,
                ..Rows::default()
            };
            Interactions::new(3, 4, &rows, Repeats::Last).unwrap()
        };
        let (data, held) = (of(&[0, 0, 1], &[0, 1, 1]), of(&[0, 2], &[2, 3]));
        let mut quiet = Quiet;
        let run = Run::new(&mut quiet, 1);
        let pairs = draw(&data, &held, 20, &run).unwrap();
        let positive: Vec<&Pair> = pairs.iter().filter(|p| p.2).collect();
        assert_eq!(positive, [&(0, 2, true), &(2, 3, true)]);
        // Of what user 0 has in neither there is one item only.
        assert!(pairs.iter().all(|p| p.2 || p.0 != 0 || p.1 == 3));
        assert!(pairs.len() > 4);
        let popular = Popularity::fit(&data);
        let rows = features(&data, &[&popular], &[(0, 1), (2, 9)], &run).unwrap();
        let ln = |n: f32| (1.0 + n).ln();
        assert_eq!(
            rows,
            [ln(2.0), ln(2.0), 1.0, 1.0, 2.0, 0.0, 0.0, 1.0, 1.0, 0.0]
        );
        assert_eq!(draw(&data, &held, 0, &run).unwrap_err().code(), "param");
    }
}
