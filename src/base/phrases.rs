//! A prediction and its reasons as two sentences, put together from phrases of the reader's language: where a row is shown the
//! page has them, where a list becomes a file they come with the request.
use super::isolated;
use serde::{Deserialize, Serialize};

/// Templates with placeholders in braces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phrases {
    /// `{prediction}`, `{base}`, and what else the first sentence names.
    pub first: String,
    /// `{reasons}`, `{against}`: the prediction is no lower than the base.
    pub above: String,
    /// The same where it is lower.
    pub below: String,
    /// `{reason}`: what speaks against.
    pub against: String,
    /// No reason stands out.
    pub none: String,
    /// `{column}`, `{value}`, `{points}`.
    pub is: String,
    /// `{column}`, `{value}`, `{typical}`, `{points}`.
    pub is_usual: String,
    /// `{column}`, `{points}`: the cell is empty.
    pub missing: String,
    /// `{points}`: with their unit, which is said once.
    pub points: String,
    /// Stands between two reasons.
    pub and: String,
}

/// A reason, its parts as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<'a> {
    /// Column of the file.
    pub column: &'a str,
    /// The cell; `None` where it is empty.
    pub value: Option<&'a str>,
    /// What is usual, where that is to be said.
    pub typical: Option<&'a str>,
    /// Size of what it adds, without a sign.
    pub size: &'a str,
    /// It lowers the prediction.
    pub lowers: bool,
}

fn fill(template: &str, args: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, next)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        if let Some((_, value)) = args.iter().find(|(key, _)| *key == name) {
            out.push_str(value);
        }
        rest = next;
    }
    out.push_str(rest);
    out
}

impl Phrases {
    /// The two sentences. `named` fills the first; points carry their unit once where `has_unit`; reasons that lower stand
    /// against a prediction that `is_above` the base, and the first of those that speak against is told.
    pub fn say(
        &self,
        named: &[(&str, &str)],
        reasons: &[Told<'_>],
        is_above: bool,
        has_unit: bool,
    ) -> String {
        let first = fill(&self.first, named);
        let (mut with, mut against) = (String::new(), String::new());
        for why in reasons {
            let said = self.reason(why, has_unit && with.is_empty());
            if why.lowers != is_above {
                if !with.is_empty() {
                    with.push_str(&self.and);
                }
                with.push_str(&said);
            } else if against.is_empty() {
                against = fill(&self.against, &[("reason", &said)]);
            }
        }
        let template = if is_above { &self.above } else { &self.below };
        let second = match with.as_str() {
            "" => self.none.clone(),
            with => fill(template, &[("reasons", with), ("against", &against)]),
        };
        let gap = if first.ends_with('.') { " " } else { "" };
        format!("{first}{gap}{second}")
    }

    /// "tenure is 3, usually 29 (+11 points)".
    fn reason(&self, why: &Told<'_>, has_unit: bool) -> String {
        let sign = if why.lowers { "-" } else { "+" };
        let mut points = format!("{sign}{}", why.size);
        if has_unit {
            points = fill(&self.points, &[("points", &points)]);
        }
        let template = match (why.value, why.typical) {
            (None, _) => &self.missing,
            (_, None) => &self.is,
            _ => &self.is_usual,
        };
        // What comes from data cannot turn the sentence around it.
        let [column, value, typical] = [
            why.column,
            why.value.unwrap_or(""),
            why.typical.unwrap_or(""),
        ]
        .map(isolated);
        let args = [
            ("column", &*column),
            ("value", &*value),
            ("typical", &*typical),
            ("points", &points),
        ];
        fill(template, &args)
    }
}
