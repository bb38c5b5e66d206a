//! The recipe a dataset starts with.
use crate::{
    base::{ColumnKind, Field, Params, Recipe, Role, Roles, Step},
    table::Schema,
};

/// Words of a column name, lower case: `loginDays` and `login_days` give `login`, `days`.
fn words(name: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase()) {
            out.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = out.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    out.retain(|w| !w.is_empty());
    out
}

const MONEY: &[&str] = &[
    "amount", "spend", "spent", "spending", "revenue", "sales", "金额", "消费",
];
const TIMES: &[&str] = &[
    "purchases",
    "orders",
    "transactions",
    "invoices",
    "bookings",
    "订单",
    "次数",
];
const PERIODS: &[&str] = &["days", "weeks", "months", "天数"];
const ALL: &[&str] = &["total", "all", "count", "n", "num", "number", "总"];

fn has(words: &[String], any: &[&str]) -> bool {
    words.iter().any(|w| any.contains(&w.as_str()))
}

/// What is counted: `total_purchases` and `purchase_amount` share `purchase`.
fn stem(word: &str) -> &str {
    word.strip_suffix('s').unwrap_or(word)
}

/// Whether an amount belongs to the events counted, by a word they share.
fn same_events(amount: &[String], events: &[String]) -> bool {
    let mut counted = events.iter().filter(|w| TIMES.contains(&w.as_str()));
    counted.any(|e| amount.iter().any(|a| stem(a) == stem(e)))
}

/// The unit of a part/whole pair such as `login_days` and `total_days`.
fn unit(words: &[String]) -> Option<&str> {
    words
        .iter()
        .map(String::as_str)
        .find(|w| PERIODS.contains(w))
}

/// Pairs of number columns whose names say that one is a share, or an amount per event, of the other.
fn ratios(fields: &[&Field]) -> Vec<Step> {
    let named: Vec<(&Field, Vec<String>)> = fields.iter().map(|f| (*f, words(&f.name))).collect();
    let mut steps = Vec::new();
    for (whole, whole_words) in &named {
        let is_total = has(whole_words, ALL);
        for (part, part_words) in named.iter().filter(|(p, _)| p.name != whole.name) {
            let share = is_total
                && unit(whole_words).is_some()
                && unit(whole_words) == unit(part_words)
                && !has(part_words, ALL);
            let per_event = !has(whole_words, MONEY)
                && has(part_words, MONEY)
                && !has(part_words, ALL)
                && same_events(part_words, whole_words);
            let name = match (share, per_event) {
                (true, _) if has(part_words, &["login", "active", "logins"]) => {
                    format!("active_{}", unit(whole_words).unwrap_or("share"))
                }
                (true, _) => format!("{}_share", part.name),
                (_, true) if has(part_words, &["purchase"]) => "purchase_value".to_owned(),
                (_, true) => format!("{}_per_event", part.name),
                _ => continue,
            };
            let params = Params::default().with("name", name);
            steps.push(Step::new(
                "ratio",
                vec![part.name.clone(), whole.name.clone()],
                params,
            ));
        }
    }
    // A crowd of accidental pairs helps nobody.
    steps.truncate(5);
    steps
}

/// Drops ids, groups, free texts and the target; adds ratios where names fit; turns dates into numbers; fills gaps; encodes
/// categories; standardises numbers.
pub fn suggest(schema: &Schema, roles: &Roles) -> Recipe {
    let target = roles.get(Role::Target);
    let features: Vec<&Field> = schema
        .fields
        .iter()
        .filter(|f| Some(f.name.as_str()) != target)
        .collect();
    let useless = |f: &&&Field| {
        matches!(f.kind, ColumnKind::Id | ColumnKind::Text)
            || matches!(roles.of(&f.name), Some(Role::Id | Role::Text | Role::Group))
    };
    let dropped: Vec<String> = features
        .iter()
        .filter(useless)
        .map(|f| f.name.clone())
        .collect();
    let numbers: Vec<&Field> = features
        .iter()
        .copied()
        .filter(|f| f.kind.is_number() && !dropped.contains(&f.name))
        .collect();
    let mut steps = Vec::new();
    if !dropped.is_empty() {
        steps.push(Step::new("drop", dropped, Params::default()));
    }
    steps.extend(ratios(&numbers));
    if features
        .iter()
        .any(|f| matches!(f.kind, ColumnKind::Date | ColumnKind::DateTime))
    {
        steps.push(Step::new("dates", Vec::new(), Params::default()));
    }
    for kind in ["impute", "one_hot", "standardize"] {
        steps.push(Step::new(kind, Vec::new(), Params::default()));
    }
    Recipe { steps }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(columns: &[(&str, ColumnKind)]) -> Schema {
        Schema::new(columns.iter().map(|(n, k)| Field::new(*n, *k)).collect())
    }

    #[test]
    fn ratios_are_suggested_where_names_fit() {
        let int = ColumnKind::Int;
        let s = schema(&[
            ("login_days", int),
            ("totalDays", int),
            ("purchase_amount", int),
            ("total_purchases", int),
            ("age", int),
        ]);
        let steps = suggest(&s, &Roles::default()).steps;
        let made: Vec<_> = steps
            .iter()
            .filter(|s| s.kind == "ratio")
            .map(|s| (s.columns.join("/"), s.params.clone()))
            .collect();
        let named = |n: &str| Params::default().with("name", n);
        let expected = [
            ("login_days/totalDays", named("active_days")),
            ("purchase_amount/total_purchases", named("purchase_value")),
        ];
        assert_eq!(made, expected.map(|(c, p)| (c.to_owned(), p)));
    }

    #[test]
    fn ids_are_dropped_and_the_target_is_left_alone() {
        let s = schema(&[
            ("key", ColumnKind::Category),
            ("note", ColumnKind::Text),
            ("churn", ColumnKind::Bool),
        ]);
        let roles = Roles(vec![
            (Role::Id, "key".into()),
            (Role::Target, "churn".into()),
        ]);
        let recipe = suggest(&s, &roles);
        assert_eq!(recipe.steps[0].columns, ["key", "note"]);
    }
}
