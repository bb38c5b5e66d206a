//! What is known about every customer, as something to sort, group and search by.
use super::{
    Bits, Book, Marks,
    order::{number_key, rank_key, ranks},
    query::{GroupOf, Money, View},
    search::Needle,
};
use crate::base::order::Ordered;
use crate::{
    base::{ColumnKind, Error, Key, ParamReason, Result},
    table::{Coded, Column, Table, cell_text},
};
use std::collections::BTreeMap;

/// Most groups of a list.
const MAX_GROUPS: usize = 200;
/// Stands for no group.
const NONE: u32 = u32::MAX;

/// Where customers are looked up.
pub(super) struct Ctx<'a> {
    pub(super) book: &'a Book,
    pub(super) table: &'a Table,
    pub(super) marks: &'a Marks,
}

/// Level of a customer who is left alone.
pub(super) const HELD_OUT: &str = "held_out";
/// Level of a customer drawn to be treated.
pub(super) const TREATED: &str = "treated";
const YES_NO: [&str; 2] = ["false", "true"];

/// Levels that few customers have: marks, and the strongest reasons.
pub(super) fn few<'a>(ctx: &Ctx<'a>, key: &'a Key) -> Option<Vec<(usize, &'a str)>> {
    if is_mark(key) {
        let marks = ctx.marks.iter();
        return Some(
            marks
                .filter_map(|(c, m)| Some((c, mark_level(key, m)?)))
                .collect(),
        );
    }
    (*key == Key::Reason).then(|| ctx.book.reasons().collect())
}

/// Whether a key goes by the weights of the health score.
pub(super) fn is_health(key: &Key) -> bool {
    matches!(key, Key::Health | Key::HealthTrend)
}

/// Whether a key goes by marks.
pub(super) fn is_mark(key: &Key) -> bool {
    matches!(key, Key::Owner | Key::Note | Key::Done | Key::Arm)
}

/// A level of a mark, none where it says nothing.
pub(super) fn mark_level<'a>(key: &Key, mark: &'a crate::base::Mark) -> Option<&'a str> {
    let text = |t: &'a str| (!t.is_empty()).then_some(t);
    match key {
        Key::Owner => text(&mark.owner),
        Key::Note => text(&mark.note),
        Key::Done => mark.done.then_some("true"),
        Key::Arm => Some(if mark.held_out? { HELD_OUT } else { TREATED }),
        _ => None,
    }
}

/// Refuses keys that mean nothing where a number is predicted.
pub(super) fn needs_classes(ctx: &Ctx<'_>, key: &Key) -> Result<()> {
    match key {
        Key::AtRisk | Key::Gain | Key::OverThreshold | Key::Reason => ctx.book.plan.needs_classes(),
        _ => Ok(()),
    }
}

/// The number a key stands for; nothing for texts.
pub(super) fn number<'a>(ctx: &Ctx<'a>, key: &Key) -> Option<Box<dyn Fn(usize) -> f64 + 'a>> {
    let book = ctx.book;
    Some(match key {
        Key::Probability => Box::new(|c| book.probability(c)),
        Key::Value => Box::new(|c| book.value(c).unwrap_or(f64::NAN)),
        Key::AtRisk => Box::new(|c| book.at_risk(c)),
        Key::Gain => Box::new(|c| book.gain(c)),
        Key::Trend => Box::new(|c| {
            let before = book.before(c).unwrap_or(f64::NAN);
            book.probability(c) - before
        }),
        Key::OverThreshold => Box::new(|c| f64::from(u8::from(book.is_over(c)))),
        Key::Health => Box::new(|c| book.health(c).unwrap_or(f64::NAN)),
        Key::HealthTrend => Box::new(|c| {
            let change = || Some(book.health(c)? - book.health_before(c)?);
            change().unwrap_or(f64::NAN)
        }),
        _ => return None,
    })
}

/// The column of a key, with its name; for the id of data without one, nothing.
pub(super) fn column<'a>(ctx: &Ctx<'a>, key: &'a Key) -> Result<Option<(&'a str, &'a Column)>> {
    let name = match key {
        Key::Column(name) => name.as_str(),
        Key::Id => match &ctx.book.plan.id {
            Some(id) => id.as_str(),
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(Some((name, ctx.table.column(name)?)))
}

/// A key to sort every customer by.
pub(super) fn sort_keys(ctx: &Ctx<'_>, key: &Key, descending: bool) -> Result<Vec<u64>> {
    let book = ctx.book;
    let n = book.len();
    needs_classes(ctx, key)?;
    if let Some(number) = number(ctx, key) {
        return Ok((0..n).map(|c| number_key(number(c), descending)).collect());
    }
    if let Some(few) = few(ctx, key) {
        let mut levels: Vec<&str> = few.iter().map(|(_, level)| *level).collect();
        levels.order_by(Ord::cmp);
        levels.dedup();
        let mut keys = vec![rank_key(None, descending); n];
        for (customer, level) in few {
            let rank = levels.binary_search(&level).ok();
            if let Some(slot) = keys.get_mut(customer) {
                *slot = rank_key(rank.map(|r| r as u32), descending);
            }
        }
        return Ok(keys);
    }
    let rows = book.customers.rows();
    Ok(match column(ctx, key)? {
        // The number of the row.
        None => rows
            .iter()
            .map(|r| rank_key(Some(*r), descending))
            .collect(),
        Some((_, Column::Text(c) | Column::Category(c))) => {
            let ranks = ranks(&c.levels);
            let rank = |r: &u32| {
                let code = c.codes.get(*r as usize)?;
                ranks.get(code as usize).copied()
            };
            rows.iter().map(|r| rank_key(rank(r), descending)).collect()
        }
        Some((_, column)) => {
            let value = |r: &u32| column.number(*r as usize).unwrap_or(f64::NAN);
            rows.iter()
                .map(|r| number_key(value(r), descending))
                .collect()
        }
    })
}

/// Whether a list can be grouped by a column.
pub fn groups_by(kind: ColumnKind, n_distinct: u64) -> bool {
    match kind {
        ColumnKind::Bool => true,
        ColumnKind::Category | ColumnKind::Text => n_distinct <= MAX_GROUPS as u64,
        _ => false,
    }
}

/// Every customer's group.
pub(super) struct Groups {
    of: Vec<u32>,
    levels: Vec<String>,
}

fn no_group() -> Error {
    Error::Param {
        param: "group".into(),
        reason: ParamReason::OutOfRange {
            min: 1.0,
            max: MAX_GROUPS as f64,
        },
    }
}

/// Groups by a key.
///
/// # Errors
/// [`Error::Param`] where there would be too many, or a group for every customer.
pub(super) fn groups(ctx: &Ctx<'_>, key: &Key) -> Result<Groups> {
    let (book, n) = (ctx.book, ctx.book.len());
    needs_classes(ctx, key)?;
    if *key == Key::OverThreshold {
        return Ok(Groups {
            of: (0..n).map(|c| u32::from(book.is_over(c))).collect(),
            levels: YES_NO.map(str::to_owned).into(),
        });
    }
    if let Some(few) = few(ctx, key).filter(|_| *key != Key::Note) {
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        let mut groups = Groups {
            of: vec![NONE; n],
            levels: Vec::new(),
        };
        for (customer, level) in few {
            let number = *numbers.entry(level).or_insert_with(|| {
                groups.levels.push(level.to_owned());
                groups.levels.len() as u32 - 1
            });
            if let Some(slot) = groups.of.get_mut(customer) {
                *slot = number;
            }
        }
        return if groups.levels.len() > MAX_GROUPS {
            Err(no_group())
        } else {
            Ok(groups)
        };
    }
    let Key::Column(name) = key else {
        return Err(no_group());
    };
    let (field, column) = (ctx.table.schema().field(name)?, ctx.table.column(name)?);
    let rows = book.customers.rows();
    match column {
        Column::Text(c) | Column::Category(c) => coded_groups(c, rows),
        Column::Bool(v) => {
            let of = |r: &u32| v.get(*r as usize).map_or(NONE, u32::from);
            let of: Vec<u32> = rows.iter().map(of).collect();
            let spelled = |yes: u32| {
                let at = of.iter().position(|g| *g == yes)?;
                cell_text(field, column, book.row(at))
            };
            let levels = [0, 1].map(|yes| {
                let plain = YES_NO.get(yes as usize).copied().unwrap_or_default();
                spelled(yes).unwrap_or_else(|| plain.to_owned())
            });
            Ok(Groups {
                levels: levels.into(),
                of,
            })
        }
        _ => Err(Error::ColumnKind {
            name: name.clone(),
            expected: ColumnKind::Category,
            found: field.kind,
        }),
    }
}

fn coded_groups(coded: &Coded, rows: &[u32]) -> Result<Groups> {
    let mut numbers = vec![NONE; coded.levels.len()];
    let mut levels = Vec::new();
    let mut of = Vec::with_capacity(rows.len());
    for row in rows {
        let code = coded.codes.get(*row as usize);
        let slot = code.and_then(|code| numbers.get_mut(code as usize));
        of.push(match (slot, code) {
            (Some(slot), Some(code)) => {
                if *slot == NONE {
                    if levels.len() == MAX_GROUPS {
                        return Err(no_group());
                    }
                    *slot = levels.len() as u32;
                    levels.push(coded.levels.get(code).unwrap_or_default().to_owned());
                }
                *slot
            }
            _ => NONE,
        });
    }
    Ok(Groups { of, levels })
}

impl Groups {
    /// Brings the customers of a list into groups, most money at risk first, those without a level last; within a group
    /// they keep their order.
    pub(super) fn arrange(self, book: &Book, view: &mut View) {
        let last = self.levels.len();
        let group = |c: u32| match self.of.get(c as usize) {
            Some(g) if *g != NONE => *g as usize,
            _ => last,
        };
        let mut money = vec![Money::default(); last + 1];
        for c in &view.customers {
            if let Some(money) = money.get_mut(group(*c)) {
                money.add(book, *c as usize);
            }
        }
        let mut order: Vec<usize> = (0..last).collect();
        let risk = |g: &usize| money.get(*g).map_or(0.0, |m| m.at_risk);
        order.order_by(|a, b| risk(b).total_cmp(&risk(a)));
        order.push(last);
        let mut starts = vec![0; last + 1];
        let mut at = 0;
        for g in &order {
            if let (Some(start), Some(money)) = (starts.get_mut(*g), money.get(*g)) {
                *start = at;
                at += money.n as usize;
            }
        }
        let mut arranged = vec![0; view.customers.len()];
        for c in &view.customers {
            let Some(start) = starts.get_mut(group(*c)) else {
                continue;
            };
            if let Some(slot) = arranged.get_mut(*start) {
                *slot = *c;
            }
            *start += 1;
        }
        view.customers = arranged;
        view.groups = order
            .into_iter()
            .filter_map(|g| {
                let money = money.get(g).copied().filter(|m| m.n > 0)?;
                let level = self.levels.get(g).cloned();
                Some(GroupOf { level, money })
            })
            .collect();
    }
}

/// Customers in whose id, texts or note something is found; nothing where nothing is looked for.
pub(super) fn search(ctx: &Ctx<'_>, text: &str) -> Option<Bits> {
    let needle = Needle::new(text)?;
    let (book, rows) = (ctx.book, ctx.book.customers.rows());
    let in_mark = |m: &crate::base::Mark| needle.is_in(&m.owner) || needle.is_in(&m.note);
    let mut found = ctx.marks.which(book.len(), in_mark);
    for (field, column) in ctx.table.iter() {
        let is_id = book.plan.id.as_deref() == Some(field.name.as_str());
        // Numbers are searched where they name somebody.
        if matches!(column, Column::Int(_)) && !is_id {
            continue;
        }
        if let Some(more) = needle.customers(column, rows) {
            found.or(&more);
        }
    }
    if book.plan.id.is_none() {
        let mut written = String::new();
        found.or(&Bits::from_fn(book.len(), |c| {
            use std::fmt::Write as _;
            written.clear();
            write!(written, "{}", book.row(c) + 1).is_ok() && needle.is_in(&written)
        }));
    }
    Some(found)
}
