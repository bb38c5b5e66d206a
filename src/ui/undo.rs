//! What can be taken back: the choices as they were, and what each change was about.
use crate::base::{ColumnKind, Params, Recipe, Roles, Step, Value};

/// Changes that can be taken back.
const MOST: usize = 100;
/// Changes of one thing that follow each other this fast are one, in milliseconds: a slider, a number being typed.
const SAME_MS: f64 = 800.0;

/// All that can be taken back together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Choices {
    /// Columns by role.
    pub roles: Roles,
    /// The class that means "left".
    pub positive: Option<String>,
    /// Kinds set by hand.
    pub kinds: Vec<(String, ColumnKind)>,
    /// Settings that differ from their defaults.
    pub params: Params,
    /// The recipe.
    pub recipe: Option<Recipe>,
}

/// What a change was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Roles of columns.
    Roles,
    /// The class that means "left".
    Positive,
    /// The kind of a column; several, when empty.
    Kind(String),
    /// A setting; several, when empty.
    Setting(String),
    /// A step came; by its kind.
    Added(String),
    /// A step went.
    Removed(String),
    /// A step was changed.
    Edited(String),
    /// The recipe as a whole.
    Recipe,
}

/// The one kind of step that `more` has beyond `fewer`, where the rest is the same.
fn extra<'a>(more: &'a [Step], fewer: &[Step]) -> Option<&'a str> {
    let at = more.iter().zip(fewer).take_while(|(a, b)| a == b).count();
    let rest_is_same = more.len() == fewer.len() + 1 && more[at + 1..] == fewer[at..];
    rest_is_same.then(|| more[at].kind.as_str())
}

/// What two recipes differ in.
fn recipe_change(from: &[Step], to: &[Step]) -> Change {
    if let Some(kind) = extra(to, from) {
        return Change::Added(kind.to_owned());
    }
    if let Some(kind) = extra(from, to) {
        return Change::Removed(kind.to_owned());
    }
    let mut differ = from.iter().zip(to).filter(|(a, b)| a != b);
    match (differ.next(), differ.next()) {
        (Some((a, b)), None) if a.kind == b.kind && from.len() == to.len() => {
            Change::Edited(b.kind.clone())
        }
        _ => Change::Recipe,
    }
}

/// The only name whose value differs; empty where there are several.
fn only(names: impl Iterator<Item = String>) -> String {
    let mut found = String::new();
    for name in names {
        if !found.is_empty() && found != name {
            return String::new();
        }
        found = name;
    }
    found
}

/// What the change between two states is about; nothing where the person did not make it: a recipe that was suggested, or
/// dropped with what it rested on.
fn change(from: &Choices, to: &Choices) -> Option<Change> {
    if from.roles != to.roles {
        return Some(Change::Roles);
    }
    if from.positive != to.positive {
        return Some(Change::Positive);
    }
    if from.kinds != to.kinds {
        let of = |c: &Choices, name: &str| c.kinds.iter().find(|k| k.0 == name).map(|k| k.1);
        let all = from.kinds.iter().chain(&to.kinds).map(|k| k.0.clone());
        let name = only(all.filter(|n| of(from, n) != of(to, n)));
        return Some(Change::Kind(name));
    }
    if from.params != to.params {
        let (a, b) = (&from.params.0, &to.params.0);
        let differs = |name: &&String| -> bool {
            let value = |of: Option<&Value>| of.cloned();
            value(a.get(name)) != value(b.get(name))
        };
        let all = a.keys().chain(b.keys());
        return Some(Change::Setting(only(all.filter(differs).cloned())));
    }
    match (&from.recipe, &to.recipe) {
        (Some(a), Some(b)) if a != b => Some(recipe_change(&a.steps, &b.steps)),
        _ => None,
    }
}

/// The way back and forth.
#[derive(Debug, Clone, Default)]
pub struct History {
    now: Choices,
    back: Vec<(Choices, Change)>,
    forth: Vec<(Choices, Change)>,
    last_ms: f64,
    /// While a file is read again for what was taken back, nothing is noted.
    pub is_paused: bool,
}

impl History {
    /// From here on: nothing can be taken back.
    pub fn start(&mut self, now: Choices) {
        *self = Self {
            now,
            ..Self::default()
        };
    }

    /// Takes note of where the choices are. Whether the way back or forth is another than before.
    pub fn note(&mut self, to: Choices, at_ms: f64) -> bool {
        if self.is_paused {
            return false;
        }
        let Some(change) = change(&self.now, &to) else {
            self.now = to;
            return false;
        };
        let from = std::mem::replace(&mut self.now, to);
        self.forth.clear();
        let goes_on = self.back.last().is_some_and(|(_, last)| {
            *last == change
                && at_ms - self.last_ms < SAME_MS
                && matches!(change, Change::Setting(_) | Change::Edited(_))
        });
        self.last_ms = at_ms;
        if !goes_on {
            self.back.push((from, change));
            if self.back.len() > MOST {
                self.back.remove(0);
            }
        }
        true
    }

    /// What would be taken back, and what brought again.
    pub fn next(&self) -> (Option<&Change>, Option<&Change>) {
        (
            self.back.last().map(|c| &c.1),
            self.forth.last().map(|c| &c.1),
        )
    }

    fn step(&mut self, is_back: bool) -> Option<Choices> {
        let (from, to) = if is_back {
            (&mut self.back, &mut self.forth)
        } else {
            (&mut self.forth, &mut self.back)
        };
        let (there, change) = from.pop()?;
        let here = std::mem::replace(&mut self.now, there.clone());
        to.push((here, change));
        // What comes next is no part of what was before.
        self.last_ms = f64::NEG_INFINITY;
        Some(there)
    }

    /// The choices before the last change.
    pub fn undo(&mut self) -> Option<Choices> {
        self.step(true)
    }

    /// The choices before the last [`History::undo`].
    pub fn redo(&mut self) -> Option<Choices> {
        self.step(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Role;

    fn step(kind: &str, columns: &[&str]) -> Step {
        Step {
            kind: kind.to_owned(),
            columns: columns.iter().map(|&c| c.to_owned()).collect(),
            params: Params::default(),
            enabled: true,
        }
    }

    fn with_steps(steps: &[Step]) -> Choices {
        Choices {
            recipe: Some(Recipe {
                steps: steps.to_vec(),
            }),
            ..Choices::default()
        }
    }

    fn with_param(name: &str, value: f64) -> Choices {
        Choices {
            params: Params::default().with(name, value),
            ..Choices::default()
        }
    }

    #[test]
    fn changes_are_taken_back_and_brought_again() {
        let mut it = History::default();
        it.start(Choices::default());
        assert_eq!(it.undo(), None);
        let roles = Choices {
            roles: Roles(vec![(Role::Id, "a".to_owned())]),
            ..Choices::default()
        };
        assert!(it.note(roles.clone(), 0.0));
        let both = Choices {
            positive: Some("yes".to_owned()),
            ..roles.clone()
        };
        assert!(it.note(both.clone(), 1.0));
        assert_eq!(it.next(), (Some(&Change::Positive), None));
        assert_eq!(it.undo(), Some(roles.clone()));
        assert_eq!(it.next(), (Some(&Change::Roles), Some(&Change::Positive)));
        // What follows from it is no change of its own.
        assert!(!it.note(roles.clone(), 2.0));
        assert_eq!(it.redo(), Some(both));
        assert_eq!(it.undo(), Some(roles));
        assert_eq!(it.undo(), Some(Choices::default()));
        assert_eq!(it.undo(), None);
        // A change after going back ends the way forth.
        assert!(it.note(with_param("C", 1.0), 3.0));
        assert_eq!(it.redo(), None);
    }

    #[test]
    fn a_suggested_recipe_is_no_change_and_comes_along() {
        let mut it = History::default();
        it.start(Choices::default());
        let suggested = with_steps(&[step("impute", &[])]);
        assert!(!it.note(suggested.clone(), 0.0));
        let more = with_steps(&[step("impute", &[]), step("scale", &[])]);
        assert!(it.note(more, 1.0));
        assert_eq!(it.undo(), Some(suggested));
    }

    #[test]
    fn what_is_typed_is_one_change_and_the_oldest_go_first() {
        let mut it = History::default();
        it.start(Choices::default());
        for i in 1..5 {
            it.note(with_param("C", f64::from(i)), f64::from(i) * 100.0);
        }
        assert_eq!(it.undo(), Some(Choices::default()));
        it.redo();
        it.note(with_param("C", 9.0), 500.0);
        assert_eq!(it.undo(), Some(with_param("C", 4.0)));
        for i in 0..150 {
            it.note(with_param("C", f64::from(i)), f64::from(i) * 1e4);
        }
        let mut n = 0;
        while it.undo().is_some() {
            n += 1;
        }
        assert_eq!(n, MOST);
    }

    #[test]
    fn a_change_says_what_it_is_about() {
        let (a, b, c) = (
            step("impute", &[]),
            step("drop", &["x"]),
            step("scale", &[]),
        );
        let edited = Step {
            enabled: false,
            ..b.clone()
        };
        let steps = |s: &[&Step]| with_steps(&s.iter().map(|&s| s.clone()).collect::<Vec<_>>());
        let cases = [
            (
                steps(&[&a, &c]),
                steps(&[&a, &b, &c]),
                Change::Added("drop".into()),
            ),
            (
                steps(&[&a, &b, &c]),
                steps(&[&b, &c]),
                Change::Removed("impute".into()),
            ),
            (
                steps(&[&a, &b]),
                steps(&[&a, &edited]),
                Change::Edited("drop".into()),
            ),
            (steps(&[&a, &b]), steps(&[&b, &a]), Change::Recipe),
            (steps(&[&a]), steps(&[]), Change::Removed("impute".into())),
            (
                with_param("C", 1.0),
                with_param("C", 2.0),
                Change::Setting("C".into()),
            ),
            (
                with_param("C", 1.0),
                with_param("D", 1.0),
                Change::Setting(String::new()),
            ),
        ];
        for (from, to, wanted) in cases {
            assert_eq!(change(&from, &to), Some(wanted));
        }
        let kinds = |k: &[(&str, ColumnKind)]| Choices {
            kinds: k.iter().map(|k| (k.0.to_owned(), k.1)).collect(),
            ..Choices::default()
        };
        let one = kinds(&[("x", ColumnKind::Category)]);
        let two = kinds(&[("x", ColumnKind::Category), ("y", ColumnKind::Text)]);
        assert_eq!(change(&one, &two), Some(Change::Kind("y".into())));
        assert_eq!(
            change(&Choices::default(), &two),
            Some(Change::Kind(String::new()))
        );
    }
}
