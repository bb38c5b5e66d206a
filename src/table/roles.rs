//! What columns are for, guessed from names and contents.
use super::{Column, Table, names, text::cell_text, words};
use crate::base::order::Ordered;
use crate::base::{ColumnKind, ColumnProfile, Field, Format, Reason, Role, RoleGuess};

/// Most classes a target may have.
const MAX_CLASSES: usize = 50;

/// Guesses roles; at most one column per role, except free texts, of which all are named.
pub fn guess(table: &Table, columns: &[ColumnProfile]) -> Vec<RoleGuess> {
    let n_rows = table.n_rows() as u64;
    let mut out: Vec<RoleGuess> = Vec::new();
    out.extend(guess_id(columns, n_rows));
    out.extend(guess_target(table, columns, n_rows));
    let taken = |out: &[RoleGuess], name: &str| out.iter().any(|g| g.column == name);
    let value = columns
        .iter()
        .filter(|c| c.field.kind.is_number() && !taken(&out, &c.field.name))
        .filter_map(|c| {
            let written = matches!(
                &c.field.format,
                Format::Number {
                    currency: Some(_),
                    ..
                }
            );
            let percent = matches!(&c.field.format, Format::Number { percent: true, .. });
            let named = names::money_rank(&c.field.name).filter(|_| !percent);
            let mut reasons = Vec::new();
            if named.is_some() {
                reasons.push(Reason::Name);
            }
            if written {
                reasons.push(Reason::Money);
            }
            let rank = (
                reasons.len(),
                std::cmp::Reverse(named.unwrap_or(usize::MAX)),
            );
            (!reasons.is_empty()).then_some((rank, c, reasons))
        })
        // Of equals the first column wins.
        .rev()
        .max_by_key(|(rank, _, _)| *rank);
    if let Some((_, c, reasons)) = value {
        out.push(role(Role::Value, c, reasons));
    }
    let date = columns
        .iter()
        .filter(|c| matches!(c.field.kind, ColumnKind::Date | ColumnKind::DateTime))
        .rev()
        .max_by_key(|c| names::is_date(&c.field.name));
    if let Some(c) = date {
        let named = names::is_date(&c.field.name);
        let reasons = if named {
            vec![Reason::Name, Reason::Dates]
        } else {
            vec![Reason::Dates]
        };
        out.push(role(Role::Date, c, reasons));
    }
    for c in columns.iter().filter(|c| c.field.kind == ColumnKind::Text) {
        if !taken(&out, &c.field.name) {
            out.push(role(Role::Text, c, vec![Reason::LongText]));
        }
    }
    out
}

fn role(role: Role, c: &ColumnProfile, reasons: Vec<Reason>) -> RoleGuess {
    RoleGuess {
        role,
        column: c.field.name.clone(),
        reasons,
        classes: Vec::new(),
    }
}

/// The customer's number before any other number, unique before repeated, text before whole numbers counted up.
fn guess_id(columns: &[ColumnProfile], n_rows: u64) -> Option<RoleGuess> {
    columns
        .iter()
        .filter(|c| c.field.kind == ColumnKind::Id)
        .map(|c| {
            let entity = names::is_entity_id(&c.field.name);
            let named = names::is_id(&c.field.name);
            let unique = c.n_missing == 0 && c.n_distinct == n_rows;
            let mut reasons = Vec::new();
            if entity || named {
                reasons.push(Reason::Name);
            }
            if unique {
                reasons.push(Reason::Unique);
            }
            ((entity, unique, named), role(Role::Id, c, reasons))
        })
        .rev()
        .max_by_key(|(rank, _)| *rank)
        .map(|(_, g)| g)
        .filter(|g| !g.reasons.is_empty())
}

/// A named target first; else, when it is the only one of two classes in the last place, that.
fn guess_target(table: &Table, columns: &[ColumnProfile], n_rows: u64) -> Option<RoleGuess> {
    let fits = |c: &&ColumnProfile| {
        matches!(
            c.field.kind,
            ColumnKind::Bool | ColumnKind::Category | ColumnKind::Int
        ) && c.n_distinct >= 2
            && c.n_distinct <= 10
            && c.n_missing * 2 < n_rows
    };
    let named = columns
        .iter()
        .filter(fits)
        .filter_map(|c| {
            let plainly = names::is_target(&c.field.name)?;
            Some(((plainly, c.n_distinct == 2), c))
        })
        // The later column: targets stand last by custom.
        .max_by_key(|(rank, _)| *rank)
        .map(|(_, c)| (c, vec![Reason::Name]));
    let (profile, mut reasons) = match named {
        Some(found) => found,
        None => {
            let says_positive = |c: &&ColumnProfile| {
                let label = |b: &crate::base::Bar| b.label.to_lowercase();
                c.top
                    .iter()
                    .map(label)
                    .any(|l| names::is_target(&l) == Some(true))
            };
            let mut two = columns.iter().filter(fits).filter(|c| c.n_distinct == 2);
            let found = two.clone().find(says_positive).or_else(|| {
                let only = two.next().filter(|_| two.next().is_none())?;
                let last = columns.last()?;
                (last.field.name == only.field.name).then_some(only)
            })?;
            (found, Vec::new())
        }
    };
    let (field, column) = table.iter().find(|(f, _)| f.name == profile.field.name)?;
    let labels = class_labels(field, column)?;
    let classes = if labels.len() == 2 {
        reasons.push(Reason::TwoClasses);
        let positive = positive_class(field, column, &labels);
        [labels[1 - positive].clone(), labels[positive].clone()].into()
    } else {
        Vec::new()
    };
    let mut out = role(Role::Target, profile, reasons);
    out.classes = classes;
    Some(out)
}

/// Index of the class that says the customer is gone, of two `labels` as [`class_labels`] gives them; where no word
/// tells, the rarer one.
pub fn positive_class(field: &Field, column: &Column, labels: &[String]) -> usize {
    let [first, second] = labels else { return 0 };
    match (words::positive(first), words::positive(second)) {
        (Some(true), Some(true)) | (Some(false), Some(false)) | (None, None) => {
            let (mut n_first, mut n_second) = (0_u64, 0_u64);
            for label in (0..column.len()).filter_map(|i| cell_text(field, column, i)) {
                n_first += u64::from(label == *first);
                n_second += u64::from(label == *second);
            }
            usize::from(n_second <= n_first)
        }
        (Some(first), _) => usize::from(!first),
        (None, Some(second)) => usize::from(second),
    }
}

/// The labels that occur in a column usable as a class target, as the file writes them, sorted (numbers by value);
/// none for other columns and for more than 50 labels. Same labels as [`cell_text`] gives.
pub fn class_labels(field: &Field, column: &Column) -> Option<Vec<String>> {
    match column {
        Column::Bool(v) => {
            let mut rows = [None, None];
            for (i, yes) in v.iter().enumerate() {
                if let Some(yes) = yes {
                    rows[usize::from(yes)].get_or_insert(i);
                    if rows.iter().all(Option::is_some) {
                        break;
                    }
                }
            }
            let text = |r: Option<usize>| r.and_then(|r| cell_text(field, column, r));
            let mut labels: Vec<String> = rows.into_iter().filter_map(text).collect();
            labels.order_by(Ord::cmp);
            Some(labels)
        }
        Column::Int(v) => {
            let mut seen = std::collections::BTreeSet::new();
            for n in v.iter().flatten() {
                seen.insert(n);
                if seen.len() > MAX_CLASSES {
                    return None;
                }
            }
            Some(seen.into_iter().map(|n| n.to_string()).collect())
        }
        Column::Text(c) | Column::Category(c) => {
            let mut used = vec![false; c.levels.len()];
            for code in c.codes.iter().flatten() {
                if let Some(u) = used.get_mut(code as usize) {
                    *u = true;
                }
            }
            if used.iter().filter(|u| **u).count() > MAX_CLASSES {
                return None;
            }
            let mut labels: Vec<String> = c
                .levels
                .iter()
                .zip(&used)
                .filter(|(_, u)| **u)
                .map(|(l, _)| l.to_owned())
                .collect();
            labels.order_by(Ord::cmp);
            Some(labels)
        }
        Column::Float(_) | Column::Date(_) | Column::DateTime(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{LoadOptions, Quiet, Run};
    use crate::table::{profile, read};

    fn guesses(csv: &str) -> Vec<RoleGuess> {
        let (mut quiet, options) = (Quiet, LoadOptions::default());
        let mut run = Run::new(&mut quiet, 42);
        let loaded = read::read(&mut read::Bytes(csv.as_bytes()), &options, &mut run).unwrap();
        profile::profile(&loaded, "x", &mut run).unwrap().roles
    }

    fn column(roles: &[RoleGuess], role: Role) -> Option<&str> {
        roles
            .iter()
            .find(|g| g.role == role)
            .map(|g| g.column.as_str())
    }

    #[test]
    fn names_in_chinese_are_understood() {
        let roles = guesses(
            "客户编号,注册日期,月费,是否流失\nA1,2026-01-02,20.5,是\nA2,2026-01-03,30.5,否\nA3,2026-02-03,10,否\n",
        );
        assert_eq!(column(&roles, Role::Id), Some("客户编号"));
        assert_eq!(column(&roles, Role::Date), Some("注册日期"));
        assert_eq!(column(&roles, Role::Value), Some("月费"));
        let target = roles.iter().find(|g| g.role == Role::Target).unwrap();
        assert_eq!(target.column, "是否流失");
        assert_eq!(target.classes, ["否", "是"]);
    }

    #[test]
    fn no_target_is_guessed_where_nothing_fits() {
        let roles = guesses("age,city,height\n20,Rome,1.7\n30,Oslo,1.8\n25,Rome,1.6\n");
        assert_eq!(roles, []);
    }

    #[test]
    fn the_positive_class_is_told_by_words_or_rarity() {
        let classes = |csv: &str| {
            let roles = guesses(csv);
            roles
                .into_iter()
                .find(|g| g.role == Role::Target)
                .unwrap()
                .classes
        };
        assert_eq!(
            classes("a,status,churn\n1,x,Left\n2,y,Stayed\n4,z,Left\n"),
            ["Stayed", "Left"]
        );
        assert_eq!(classes("a,target\n1,p\n2,q\n4,q\n"), ["q", "p"]);
    }
}
