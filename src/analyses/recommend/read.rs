//! Who had what, and how they liked it.
use super::Asked;
use crate::{
    analyses::{
        Job,
        rows::{self, Coding, MISSING, Named, days, needed, numbers, warn_repeats, warn_rows},
    },
    base::{ColumnKind, Error, Result, Role, Run},
    learn::recommend::{Features, Rows, Sparse},
    table::Column,
};

/// Different ratings up to which they are taken for a scale of steps.
const STEPS: usize = 21;
/// Share of ratings that may lie off a scale that was not named.
const FEW: f64 = 0.005;

/// Rows that can be used.
pub(super) struct Data {
    pub(super) users: Vec<u32>,
    pub(super) items: Vec<u32>,
    pub(super) ratings: Option<Vec<f64>>,
    pub(super) dates: Option<Vec<f64>>,
    pub(super) user_names: Vec<String>,
    pub(super) item_names: Vec<String>,
    /// What items are like, a row each; none without such columns.
    pub(super) features: Option<Sparse>,
}

impl Data {
    pub(super) fn rows(&self) -> Rows<'_> {
        Rows {
            users: &self.users,
            items: &self.items,
            ratings: self.ratings.as_deref(),
            dates: self.dates.as_deref(),
        }
    }
}

/// Steps of the scale that nearly all ratings are on; none where they are no steps.
fn usual(ratings: &[f64]) -> Option<(f64, f64)> {
    let mut sorted: Vec<f64> = ratings.iter().copied().filter(|r| r.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let few = (sorted.len() as f64 * FEW) as usize;
    let bulk = sorted.get(few..sorted.len().saturating_sub(few))?;
    let (low, high) = (*bulk.first()?, *bulk.last()?);
    let mut steps = bulk.to_vec();
    steps.dedup();
    // Steps that hardly anybody takes lie just beside the others.
    let room = high - low;
    (steps.len() <= STEPS && room > 0.0).then_some((low - room, high + room))
}

/// Reads the rows.
///
/// # Errors
/// Roles that are missing, columns of another kind; [`Error::TooFewDistinct`] for one user or one item;
/// [`Error::TooFewRows`] when nothing is left.
pub(super) fn read(job: &Job<'_>, asked: &Asked, run: &mut Run<'_>) -> Result<Data> {
    let (user, item) = (needed(job, Role::User)?, needed(job, Role::Item)?);
    let rating = rows::column(job, Role::Rating)?;
    let date = rows::column(job, Role::Date)?;
    let (users, items) = (Coding::of(user.1), Coding::of(item.1));
    let ratings = rating.map(numbers).transpose()?;
    let dates = date.map(days).transpose()?;
    let n = users.codes.len();
    run.demand(n as u64, 120, 0)?;
    for (coding, (field, _)) in [(&users, user), (&items, item)] {
        let lacks = |i: usize| coding.codes[i] == MISSING;
        warn_rows("no_code", &field.name, n, lacks, run);
        if coding.len() < 2 {
            return Err(Error::TooFewDistinct {
                name: field.name.clone(),
                needed: 2,
                found: coding.len() as u64,
            });
        }
    }
    let mut is_off = vec![false; n];
    if let (Some(ratings), Some((field, _))) = (&ratings, rating) {
        warn_rows("no_rating", &field.name, n, |i| ratings[i].is_nan(), run);
        if let Some((low, high)) = asked.scale.or_else(|| usual(ratings)) {
            for (is_off, r) in is_off.iter_mut().zip(ratings) {
                *is_off = *r < low || *r > high;
            }
            warn_rows("off_scale", &field.name, n, |i| is_off[i], run);
        }
    }
    if let (Some(dates), Some((field, _))) = (&dates, date) {
        warn_rows("undated", &field.name, n, |i| dates[i].is_nan(), run);
    }
    let fits = |i: &usize| {
        let has = users.codes[*i] != MISSING && items.codes[*i] != MISSING && !is_off[*i];
        has && ratings.as_ref().is_none_or(|r| r[*i].is_finite())
    };
    let kept: Vec<usize> = (0..n).filter(fits).collect();
    if kept.len() < 2 {
        return Err(Error::TooFewRows {
            needed: 2,
            found: kept.len() as u64,
        });
    }
    if ratings.is_some() {
        // Of what was rated before the latest counts.
        let keyed = kept
            .iter()
            .map(|i| ((users.codes[*i], items.codes[*i]), *i));
        warn_repeats("repeated", &item.0.name, keyed.collect(), run);
    }
    let code = |of: &Coding| kept.iter().map(|i| of.codes[*i]).collect::<Vec<u32>>();
    let of = |v: Vec<f64>| kept.iter().map(|i| v[*i]).collect::<Vec<f64>>();
    Ok(Data {
        users: code(&users),
        items: code(&items),
        ratings: ratings.map(of),
        dates: dates.map(of),
        user_names: users.names(user),
        item_names: items.names(item),
        features: features(job, &items)?,
    })
}

/// What the columns say of each item in its first row.
fn features(job: &Job<'_>, items: &Coding) -> Result<Option<Sparse>> {
    let mut made = Features::new(items.len());
    for name in job.roles.all(Role::Feature) {
        let of: Named<'_> = (job.table.schema().field(name)?, job.table.column(name)?);
        match of.1 {
            Column::Float(_) | Column::Int(_) | Column::Bool(_) => {
                let cell = |r: &u32| of.1.number(*r as usize).unwrap_or(f64::NAN);
                made.numbers(&items.first.iter().map(cell).collect::<Vec<_>>(), 1.0)?;
            }
            Column::Category(_) | Column::Text(_) => {
                let coding = Coding::of(of.1);
                let codes: Vec<u32> = items
                    .first
                    .iter()
                    .map(|r| coding.codes[*r as usize])
                    .collect();
                made.categories(&codes, coding.len() as u32, 1.0)?;
            }
            _ => {
                return Err(Error::ColumnKind {
                    name: name.to_owned(),
                    expected: ColumnKind::Category,
                    found: of.0.kind,
                });
            }
        }
    }
    if made.is_empty() {
        return Ok(None);
    }
    made.finish().map(Some)
}
