//! How rows are split: by themselves, by group, or forward in time; the held-out part and the folds alike.
use super::{
    goal::Goal,
    options::SplitBy,
    request::{Data, Request, required},
    stream,
};
use crate::{
    analyses::Job,
    base::{Error, Result, Role, Run, TargetReason},
    evaluate::split::{self, Fold, Forward, Splits},
    table::{Column, Table},
};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Random cuts by group that are tried until both parts have all classes.
const MAX_CUTS: usize = 50;

/// What a row is split by.
#[derive(Debug, Clone)]
pub(super) enum Keys {
    /// Its class.
    Class,
    /// Its group.
    Groups(Vec<u32>),
    /// Its time.
    Times(Vec<f64>),
}

impl Keys {
    pub(super) fn take(&self, rows: &[u32]) -> Self {
        match self {
            Self::Class => Self::Class,
            Self::Groups(g) => Self::Groups(rows.iter().map(|r| g[*r as usize]).collect()),
            Self::Times(t) => Self::Times(rows.iter().map(|r| t[*r as usize]).collect()),
        }
    }

    fn n_distinct(&self) -> usize {
        let mut bits: Vec<u64> = match self {
            Self::Class => return 0,
            Self::Groups(g) => g.iter().map(|g| u64::from(*g)).collect(),
            Self::Times(t) => t.iter().map(|t| t.to_bits()).collect(),
        };
        bits.sort_unstable();
        bits.dedup();
        bits.len()
    }
}

/// The column that the split goes by.
///
/// # Errors
/// [`Error::Param`] when no column has the role.
pub(super) fn column<'a>(job: &Job<'a>, by: SplitBy) -> Result<Option<&'a str>> {
    let role = match by {
        SplitBy::Class => return Ok(None),
        SplitBy::Group => Role::Group,
        SplitBy::Time => Role::Date,
    };
    let column = job.roles.get(role).ok_or_else(|| required(role.id()))?;
    Ok(Some(column))
}

/// A key per row of `table`; every cell of the column has a value.
///
/// # Errors
/// [`Error::ColumnKind`] for a time split by text.
pub(super) fn keys(table: &Table, column: Option<&str>, by: SplitBy) -> Result<Keys> {
    let Some(name) = column else {
        return Ok(Keys::Class);
    };
    let column = table.column(name)?;
    if by == SplitBy::Time {
        let times = column.numbers().ok_or_else(|| Error::ColumnKind {
            name: name.to_owned(),
            expected: crate::base::ColumnKind::Date,
            found: column.storage(),
        })?;
        return Ok(Keys::Times(times));
    }
    Ok(Keys::Groups(match column {
        Column::Text(c) | Column::Category(c) => {
            let code = |i| c.codes.get(i).unwrap_or(u32::MAX);
            (0..column.len()).map(code).collect()
        }
        _ => {
            let mut of: BTreeMap<u64, u32> = BTreeMap::new();
            let group = |i| {
                let next = of.len() as u32;
                *of.entry(column.number(i).unwrap_or(f64::NAN).to_bits())
                    .or_insert(next)
            };
            (0..column.len()).map(group).collect()
        }
    }))
}

/// The rows to learn from and those held out.
///
/// # Errors
/// [`Error::TooFewDistinct`] naming the column that the split goes by; [`Error::Target`] when a part would have one
/// class only; those of the splits.
pub(super) fn hold_out(request: &Request, data: &Data, run: &Run<'_>) -> Result<Fold> {
    let mut rng = run.rng(stream::SPLIT);
    // As many training groups, or points in time, as there are folds, and one more for each window to look back on.
    let needed = (request.cv as f64 / (1.0 - request.test_size)).ceil() as usize + 1;
    request.enough(data.keys.n_distinct(), needed, &data.keys)?;
    match &data.keys {
        Keys::Class if request.goal == Goal::Number => {
            split::shuffle_split(data.codes.len(), request.test_size, &mut rng)
        }
        Keys::Class => {
            let n = request.n_kinds();
            let cut = split::stratified_split(&data.codes, n, request.test_size, &mut rng);
            let (train, test) = cut.map_err(|e| request.name_target(e))?;
            Ok(Fold { train, test })
        }
        Keys::Groups(groups) => {
            for _ in 0..MAX_CUTS {
                let fold = split::group_split(groups, request.test_size, &mut rng)?;
                if has_all(&data.codes, request.n_kinds(), &fold) {
                    return Ok(fold);
                }
            }
            Err(request.single_class_part())
        }
        Keys::Times(times) => {
            let fold = split::time_split(&split::time_order(times)?, request.test_size)?;
            if has_all(&data.codes, request.n_kinds(), &fold) {
                Ok(fold)
            } else {
                Err(request.single_class_part())
            }
        }
    }
}

/// Whether both parts have rows of every kind.
fn has_all(codes: &[u32], n_kinds: usize, fold: &Fold) -> bool {
    let all = |rows: &[u32]| {
        let mut seen = vec![false; n_kinds];
        for row in rows {
            let kind = codes.get(*row as usize).map(|c| *c as usize);
            if let Some(seen) = kind.and_then(|k| seen.get_mut(k)) {
                *seen = true;
            }
        }
        seen.into_iter().all(|s| s)
    };
    all(&fold.train) && all(&fold.test)
}

/// `n_repeats` deals of `request.cv` folds of rows with these classes and keys; of windows in time there is one deal
/// only.
///
/// # Errors
/// As [`hold_out`].
pub(super) fn folds(
    request: &Request,
    codes: &[u32],
    keys: &Keys,
    n_repeats: usize,
    rng: &mut ChaCha8Rng,
) -> Result<Splits> {
    let (cv, n_kinds) = (request.cv, request.n_kinds());
    let is_number = request.goal == Goal::Number;
    let splits = match keys {
        Keys::Class if is_number && n_repeats == 1 => {
            return Ok(Splits::dealt(
                split::k_folds(codes.len(), cv, Some(rng))?,
                cv,
            ));
        }
        Keys::Class if is_number => {
            return split::repeated_k_folds(codes.len(), cv, n_repeats, rng);
        }
        Keys::Class if n_repeats == 1 => {
            let dealt = split::stratified_folds(codes, n_kinds, cv, Some(rng));
            return Ok(Splits::dealt(
                dealt.map_err(|e| request.name_target(e))?,
                cv,
            ));
        }
        Keys::Class => {
            let dealt = split::repeated_stratified_folds(codes, n_kinds, cv, n_repeats, rng);
            return dealt.map_err(|e| request.name_target(e));
        }
        Keys::Groups(groups) => {
            request.enough(keys.n_distinct(), cv, keys)?;
            let mut all = Vec::with_capacity(cv * n_repeats);
            for _ in 0..n_repeats {
                let dealt = if is_number {
                    split::group_folds(groups, cv, Some(rng))
                } else {
                    split::stratified_group_folds(codes, n_kinds, groups, cv, Some(rng))
                };
                let dealt = dealt.map_err(|e| request.name_target(e))?;
                all.extend(Splits::dealt(dealt, cv).folds());
            }
            Splits::listed(all)
        }
        Keys::Times(times) => split::forward_splits(&split::time_order(times)?, Forward::new(cv))?,
    };
    if splits.folds().iter().all(|f| has_all(codes, n_kinds, f)) {
        Ok(splits)
    } else {
        Err(request.single_class_part())
    }
}

impl Request {
    fn enough(&self, found: usize, needed: usize, keys: &Keys) -> Result<()> {
        match keys {
            Keys::Groups(_) | Keys::Times(_) if found < needed => Err(Error::TooFewDistinct {
                name: self.split_column.clone().unwrap_or_default(),
                needed: needed as u64,
                found: found as u64,
            }),
            _ => Ok(()),
        }
    }

    fn single_class_part(&self) -> Error {
        self.refused(TargetReason::SingleClassPart)
    }
}
