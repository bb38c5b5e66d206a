//! A playbook: which reason asks for which action.
use super::{Error, Named, ParamReason, Params, Result, Value};
use serde::{Deserialize, Serialize};

/// Name of the parameter: a list of rules, each a map of `id`, `about`, `words`, `columns`, `direction` and `action`.
pub const PLAYBOOK: &str = "playbook";

/// What columns may be about; each has its words in English and Chinese.
pub const SUBJECTS: &[&str] = &[
    "product",
    "support",
    "contract",
    "payment",
    "price",
    "usage",
    "tenure",
    "sentiment",
    "engagement",
];

/// Actions that have a name in every language.
pub const ACTIONS: &[&str] = &[
    "offer_service",
    "solve_issues",
    "offer_contract",
    "ease_payment",
    "review_price",
    "offer_upgrade",
    "show_usage",
    "onboard",
    "thank_loyal",
    "call_unhappy",
    "re_engage",
    "check_in",
];

/// Most rules of a playbook.
pub const MOST_RULES: usize = 200;
const MOST_WORDS: usize = 50;
/// Most characters of one text of a playbook.
pub const LONGEST_TEXT: usize = 500;

/// Which side of the rest a customer's value is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// Above the middle of the others; yes.
    High,
    /// Below it; no.
    Low,
    /// Either, categories included.
    Any,
}

impl Direction {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Any, Self::High, Self::Low];

    /// How it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Low => "low",
            Self::Any => "any",
        }
    }

    /// The one that is written so.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.as_str() == text)
    }
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActionText {
    /// One of [`ACTIONS`], whose words depend on the language.
    Known(String),
    /// A person's own words.
    Own(String),
}

impl ActionText {
    /// The id or the words.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(text) | Self::Own(text) => text,
        }
    }
}

/// One rule. It is about the columns that any of `columns`, `words` and `about` names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Tells it from the others.
    pub id: String,
    /// One of [`SUBJECTS`].
    pub about: Option<String>,
    /// Words of which a column's name has one.
    pub words: Vec<String>,
    /// Names of columns.
    pub columns: Vec<String>,
    /// For which values.
    pub direction: Direction,
    /// What to do.
    pub action: ActionText,
}

/// Rules, the first that fits counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playbook {
    /// The rules.
    pub rules: Vec<Rule>,
}

/// `playbook.I.key` of the rule at `i`, counted from 1.
fn place(i: usize, key: &str) -> String {
    let mut out = PLAYBOOK.to_owned();
    out.push('.');
    out.push_str(&(i + 1).to_string());
    if !key.is_empty() {
        out.push('.');
        out.push_str(key);
    }
    out
}

fn refused(param: String, reason: ParamReason) -> Error {
    Error::Param {
        param: param.into(),
        reason,
    }
}

fn wrong(param: String, expected: &'static str) -> Error {
    let expected = expected.into();
    refused(param, ParamReason::WrongType { expected })
}

fn choice(param: String, options: &[&str]) -> Error {
    let options = options.iter().map(|o| (*o).to_owned()).collect();
    refused(param, ParamReason::NotAChoice { options })
}

fn text(map: &Named, i: usize, key: &str) -> Result<Option<String>> {
    match map.get(key) {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text.clone())),
        Some(_) => Err(wrong(place(i, key), "text")),
    }
}

fn texts(map: &Named, i: usize, key: &str) -> Result<Vec<String>> {
    let one = |v: &Value| match v {
        Value::Text(text) => Ok(text.clone()),
        _ => Err(wrong(place(i, key), "text")),
    };
    match map.get(key) {
        None => Ok(Vec::new()),
        Some(Value::List(all)) => all.iter().map(one).collect(),
        Some(value) => Ok(vec![one(value)?]),
    }
}

fn rule(value: &Value, i: usize) -> Result<Rule> {
    let Value::Map(map) = value else {
        return Err(wrong(place(i, ""), "map"));
    };
    let known = ["id", "about", "words", "columns", "direction", "action"];
    if let Some(key) = map.keys().find(|k| !known.contains(&k.as_str())) {
        return Err(refused(place(i, key), ParamReason::NotKnown));
    }
    let required = |key| refused(place(i, key), ParamReason::Required);
    let direction = match text(map, i, "direction")? {
        None => Direction::Any,
        Some(text) => Direction::parse(&text)
            .ok_or_else(|| choice(place(i, "direction"), &["high", "low", "any"]))?,
    };
    let action = text(map, i, "action")?.ok_or_else(|| required("action"))?;
    let id = text(map, i, "id")?.unwrap_or_else(|| (i + 1).to_string());
    Ok(Rule {
        id,
        about: text(map, i, "about")?,
        words: texts(map, i, "words")?,
        columns: texts(map, i, "columns")?,
        direction,
        action: if ACTIONS.contains(&action.as_str()) {
            ActionText::Known(action)
        } else {
            ActionText::Own(action)
        },
    })
}

impl Playbook {
    /// The one that [`PLAYBOOK`] holds, checked; the usual one where there is none.
    ///
    /// # Errors
    /// [`Error::Param`] naming the rule, counted from 1, and its key: `playbook.2.about`.
    pub fn parse(params: &Params) -> Result<Self> {
        let rules = match params.get(PLAYBOOK) {
            None => return Ok(Self::default()),
            Some(Value::List(rules)) => rules,
            Some(_) => return Err(wrong(PLAYBOOK.to_owned(), "list")),
        };
        let rules = rules.iter().enumerate();
        let rules = rules.map(|(i, r)| rule(r, i)).collect::<Result<_>>()?;
        let playbook = Self { rules };
        playbook.check()?;
        Ok(playbook)
    }

    /// What [`Playbook::parse`] reads as this playbook.
    pub fn value(&self) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        let rule = |r: &Rule| {
            let mut out = Named::new();
            out.insert("id".to_owned(), text(&r.id));
            out.insert("words".to_owned(), r.words.clone().into());
            out.insert("columns".to_owned(), r.columns.clone().into());
            out.insert("direction".to_owned(), text(r.direction.as_str()));
            out.insert("action".to_owned(), text(r.action.as_str()));
            if let Some(about) = &r.about {
                out.insert("about".to_owned(), text(about));
            }
            Value::Map(out)
        };
        Value::List(self.rules.iter().map(rule).collect())
    }

    /// Whether every rule can be used: an id of its own, something it is about, an action, and no more text than a list
    /// can show.
    ///
    /// # Errors
    /// As [`Playbook::parse`].
    pub fn check(&self) -> Result<()> {
        let n = self.rules.len();
        if n > MOST_RULES {
            let (min, max) = (0.0, MOST_RULES as f64);
            return Err(refused(
                PLAYBOOK.to_owned(),
                ParamReason::OutOfRange { min, max },
            ));
        }
        for (i, rule) in self.rules.iter().enumerate() {
            let required = |key| Err(refused(place(i, key), ParamReason::Required));
            let is_twice = self.rules.iter().take(i).any(|r| r.id == rule.id);
            if rule.id.is_empty() || is_twice {
                return required("id");
            }
            if let Some(about) = &rule.about
                && !SUBJECTS.contains(&about.as_str())
            {
                return Err(choice(place(i, "about"), SUBJECTS));
            }
            if rule.about.is_none() && rule.words.is_empty() && rule.columns.is_empty() {
                return required("about");
            }
            if let ActionText::Known(id) = &rule.action
                && !ACTIONS.contains(&id.as_str())
            {
                return Err(choice(place(i, "action"), ACTIONS));
            }
            if rule.action.as_str().trim().is_empty() {
                return required("action");
            }
            let lists = [("words", &rule.words), ("columns", &rule.columns)];
            for (key, list) in lists {
                if list.len() > MOST_WORDS {
                    let (min, max) = (0.0, MOST_WORDS as f64);
                    return Err(refused(place(i, key), ParamReason::OutOfRange { min, max }));
                }
                if list.iter().any(|w| w.trim().is_empty()) {
                    return required(key);
                }
            }
            let all = rule.words.iter().chain(&rule.columns).chain([&rule.id]);
            let mut all = all.map(String::as_str).chain([rule.action.as_str()]);
            if all.any(|t| t.chars().count() > LONGEST_TEXT) {
                let (min, max) = (0.0, LONGEST_TEXT as f64);
                return Err(refused(place(i, ""), ParamReason::OutOfRange { min, max }));
            }
        }
        Ok(())
    }
}

impl Default for Playbook {
    /// The usual one: what customer success teams do about each subject.
    fn default() -> Self {
        use Direction::{Any, High, Low};
        let rules = [
            ("product", Any, "offer_service"),
            ("support", High, "solve_issues"),
            ("support", Any, "check_in"),
            ("contract", Any, "offer_contract"),
            ("payment", Any, "ease_payment"),
            ("price", Low, "offer_upgrade"),
            ("price", Any, "review_price"),
            ("usage", High, "offer_upgrade"),
            ("usage", Any, "show_usage"),
            ("tenure", Low, "onboard"),
            ("tenure", Any, "thank_loyal"),
            ("sentiment", Any, "call_unhappy"),
            ("engagement", Any, "re_engage"),
        ];
        let rule = |(about, direction, action): (&str, Direction, &str)| {
            let mut id = about.to_owned();
            id.push_str(match direction {
                High => "_high",
                Low => "_low",
                Any => "",
            });
            Rule {
                id,
                about: Some(about.to_owned()),
                words: Vec::new(),
                columns: Vec::new(),
                direction,
                action: ActionText::Known(action.to_owned()),
            }
        };
        Self {
            rules: rules.map(rule).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(rules: &[&[(&str, Value)]]) -> Params {
        let map = |rule: &&[(&str, Value)]| {
            let pairs = rule.iter().map(|(k, v)| ((*k).to_owned(), v.clone()));
            Value::Map(pairs.collect())
        };
        let rules = rules.iter().map(map).collect();
        Params(Named::from([(PLAYBOOK.to_owned(), Value::List(rules))]))
    }

    #[test]
    fn the_usual_one_is_sound_and_names_what_exists() {
        let usual = Playbook::parse(&Params::default()).unwrap();
        usual.check().unwrap();
        for subject in SUBJECTS {
            let of = |r: &Rule| r.about.as_deref() == Some(subject);
            assert!(usual.rules.iter().any(of), "{subject}");
        }
        let bytes = postcard::to_stdvec(&usual).unwrap();
        assert_eq!(postcard::from_bytes::<Playbook>(&bytes).unwrap(), usual);
    }

    #[test]
    fn own_rules_are_read() {
        let given = params(&[
            &[
                ("id", "a".into()),
                ("columns", vec!["Fee"].into()),
                ("direction", "high".into()),
                ("action", "Give a month for free".into()),
            ],
            &[("words", "logins".into()), ("action", "check_in".into())],
        ]);
        let book = Playbook::parse(&given).unwrap();
        assert_eq!(book.rules[0].direction, Direction::High);
        assert!(matches!(&book.rules[0].action, ActionText::Own(t) if t.contains("month")));
        assert_eq!(book.rules[1].id, "2");
        assert_eq!(book.rules[1].action, ActionText::Known("check_in".into()));
        // Written and read again it is the same.
        for book in [book, Playbook::default()] {
            let again = Params::default().with(PLAYBOOK, book.value());
            assert_eq!(Playbook::parse(&again).unwrap(), book);
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let about = || ("about", Value::from("usage"));
        let act = || ("action", Value::from("check_in"));
        let cases: Vec<(Vec<(&str, Value)>, &str)> = vec![
            (vec![about()], "playbook.1.action"),
            (vec![about(), ("action", " ".into())], "playbook.1.action"),
            (vec![about(), ("action", 3_i64.into())], "playbook.1.action"),
            (vec![act()], "playbook.1.about"),
            (vec![act(), ("about", "weather".into())], "playbook.1.about"),
            (vec![act(), ("words", "".into())], "playbook.1.words"),
            (
                vec![act(), about(), ("direction", "up".into())],
                "playbook.1.direction",
            ),
            (vec![act(), about(), ("id", "".into())], "playbook.1.id"),
            (vec![act(), about(), ("if", "x".into())], "playbook.1.if"),
            (
                vec![about(), ("action", "x".repeat(501).into())],
                "playbook.1",
            ),
            (
                vec![act(), ("columns", vec!["c"; 51].into())],
                "playbook.1.columns",
            ),
        ];
        for (rule, param) in &cases {
            let error = Playbook::parse(&params(&[rule])).unwrap_err();
            assert_eq!(error.param(), Some(*param), "{rule:?}");
        }
        let one = [about(), act(), ("id", "x".into())];
        let twice = Playbook::parse(&params(&[&one, &one])).unwrap_err();
        assert_eq!(twice.param(), Some("playbook.2.id"));
        let many = vec![&one[..2]; 201];
        assert_eq!(
            Playbook::parse(&params(&many)).unwrap_err().param(),
            Some(PLAYBOOK)
        );
    }
}
