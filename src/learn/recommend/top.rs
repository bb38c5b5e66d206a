//! The best few of all items for a user.
use super::{Reason, Recommender, interactions::Interactions};
use crate::base::{Error, Result};

/// What a list should be like.
#[derive(Debug, Clone, Copy)]
pub struct Wishes<'a> {
    /// Most lines.
    pub n: usize,
    /// Whether what the user has is listed as well.
    pub with_owned: bool,
    /// Items that may be listed, such as those in stock; all when absent.
    pub allowed: Option<&'a [bool]>,
    /// Added to the scores, such as a margin in units of the score.
    pub bonus: Option<&'a [f32]>,
    /// Whether to look for reasons.
    pub with_reasons: bool,
}

impl Wishes<'_> {
    /// `n` items that the user has not, with reasons.
    pub fn new(n: usize) -> Self {
        Self {
            n,
            with_owned: false,
            allowed: None,
            bonus: None,
            with_reasons: true,
        }
    }
}

/// A line of a list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Code of the item.
    pub item: u32,
    /// Its score, bonus included.
    pub score: f32,
    /// Why; where nothing that the user has speaks for it, [`Reason::Popular`].
    pub reason: Option<Reason>,
}

/// The best items for a user, best first; of equals the one with the lower code. Fewer where there are no more.
///
/// # Errors
/// [`Error::Shape`] when `allowed` or `bonus` is not as long as there are items.
pub fn top_n(
    model: &dyn Recommender,
    data: &Interactions,
    user: u32,
    wishes: &Wishes<'_>,
) -> Result<Vec<Line>> {
    let mut scores = Vec::new();
    model.scores(data, user, &mut scores);
    let found = best(&scores, data.by_user().row(user as usize).0, wishes)?;
    let items: Vec<u32> = found.iter().map(|f| f.1).collect();
    let reasons = if wishes.with_reasons {
        let of = model.reasons(data, user, &items).into_iter();
        of.map(|r| r.or(Some(Reason::Popular))).collect()
    } else {
        vec![None; items.len()]
    };
    let lines = found.iter().zip(reasons);
    Ok(lines
        .map(|((score, item), reason)| Line {
            item: *item,
            score: *score,
            reason,
        })
        .collect())
}

/// The best of `scores` as wished, `(score, item)`; `owned` rises.
///
/// # Errors
/// As [`top_n`].
pub fn best(scores: &[f32], owned: &[u32], wishes: &Wishes<'_>) -> Result<Vec<(f32, u32)>> {
    let lengths = [
        wishes.allowed.map(<[bool]>::len),
        wishes.bonus.map(<[f32]>::len),
    ];
    for found in lengths.into_iter().flatten() {
        if found != scores.len() {
            return Err(Error::Shape {
                what: "items".into(),
                expected: scores.len(),
                found,
            });
        }
    }
    let mut owned = owned.iter().peekable();
    let mut all: Vec<(f32, u32)> = Vec::with_capacity(scores.len());
    for (item, score) in scores.iter().enumerate() {
        let is_owned = owned.next_if(|o| **o as usize == item).is_some();
        let score = score + wishes.bonus.map_or(0.0, |b| b[item]);
        let may_be = wishes.allowed.is_none_or(|a| a[item]) && (wishes.with_owned || !is_owned);
        if may_be && !score.is_nan() {
            all.push((score, item as u32));
        }
    }
    keep_best(&mut all, wishes.n);
    Ok(all)
}

/// Leaves the `n` highest of a list, highest first, of equals the one with the lower code.
pub(super) fn keep_best(all: &mut Vec<(f32, u32)>, n: usize) {
    let falling = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if all.len() > n {
        all.select_nth_unstable_by(n, falling);
        all.truncate(n);
    }
    all.sort_unstable_by(falling);
}
