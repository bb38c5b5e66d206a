//! What a view keeps of the desk, as bytes: a number that tells the layout, choices by name, what the person noted.
use crate::{
    base::{Mark, Named, PLAYBOOK, Params, Playbook, Value, check_health_weights, pack},
    protocol::decode,
};

/// Layout of what is kept.
const LAYOUT: u8 = 3;
/// The one before, without weights of the health score.
const WITHOUT_WEIGHTS: u8 = 2;
/// The first one, whose choices were the costs.
const COSTS_ALONE: u8 = 1;
/// Names of the choices.
const COSTS: &str = "costs";
const ACTIONABLE: &str = "actionable";
const WEIGHTS: &str = "weights";

/// What is kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Kept {
    pub(super) costs: Params,
    pub(super) actionable: Vec<String>,
    pub(super) playbook: Option<Playbook>,
    pub(super) weights: Vec<(String, f64)>,
    pub(super) marks: Vec<Mark>,
}

/// What cannot be used is as if not there.
fn weights(of: Option<Value>) -> Vec<(String, f64)> {
    let Some(Value::Map(map)) = of else {
        return Vec::new();
    };
    let weight = |(part, value): (&String, &Value)| match value {
        Value::Float(v) => (part.clone(), *v),
        _ => (part.clone(), f64::NAN),
    };
    let all: Vec<(String, f64)> = map.iter().map(weight).collect();
    match check_health_weights(&all) {
        Ok(()) => all,
        Err(_) => Vec::new(),
    }
}

impl Kept {
    pub(super) fn write(self) -> Vec<u8> {
        let mut choices = Named::new();
        choices.insert(COSTS.to_owned(), Value::Map(self.costs.0));
        choices.insert(ACTIONABLE.to_owned(), self.actionable.into());
        if let Some(playbook) = self.playbook {
            choices.insert(PLAYBOOK.to_owned(), playbook.value());
        }
        if !self.weights.is_empty() {
            let mut weights = Named::new();
            for (part, weight) in self.weights {
                weights.insert(part, Value::Float(weight));
            }
            choices.insert(WEIGHTS.to_owned(), Value::Map(weights));
        }
        pack(&(LAYOUT, choices, self.marks)).unwrap_or_default()
    }

    /// Nothing for bytes of another layout.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let layout = *bytes.first()?;
        let (_, mut choices, marks) = decode::<(u8, Named, Vec<Mark>)>(bytes).ok()?;
        match layout {
            LAYOUT | WITHOUT_WEIGHTS => {}
            COSTS_ALONE => choices = Named::from([(COSTS.to_owned(), Value::Map(choices))]),
            _ => return None,
        }
        let costs = match choices.remove(COSTS) {
            Some(Value::Map(costs)) => Params(costs),
            _ => Params::default(),
        };
        let playbook = choices.remove(PLAYBOOK).and_then(|rules| {
            // Rules that this version cannot use are as if not there.
            Playbook::parse(&Params::default().with(PLAYBOOK, rules)).ok()
        });
        Some(Self {
            costs,
            playbook,
            weights: weights(choices.remove(WEIGHTS)),
            // As with the rules: what cannot be read is as if not there.
            actionable: Params(choices)
                .texts(ACTIONABLE)
                .ok()
                .flatten()
                .unwrap_or_default(),
            marks,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Kept {
        Kept {
            costs: Params::default().with("contact", 10.0),
            actionable: vec!["Contract".to_owned()],
            playbook: Some(Playbook::default()),
            weights: vec![("billing".to_owned(), 25.0), ("usage".to_owned(), 0.0)],
            marks: vec![Mark {
                id: "7590".to_owned(),
                note: "called".to_owned(),
                ..Mark::default()
            }],
        }
    }

    #[test]
    fn what_is_kept_is_read_back() {
        assert_eq!(Kept::read(&full().write()), Some(full()));
        assert_eq!(Kept::read(&Kept::default().write()), Some(Kept::default()));
    }

    /// Texts as each version wrote them, before they were made base64.
    const FIRST: &[u8] =
        b"\x01\x01\x07contact\x02\0\0\0\0\0\0\x24\x40\x01\x047590\0\x06called\0\0\0\0";
    const SECOND: &[u8] = b"\x02\x02\x0aactionable\x04\x01\x03\x08Contract\x05costs\x05\x01\x07contact\x02\0\0\0\0\0\0\x24\x40\x01\x047590\0\x06called\0\0\0\0";
    const THIRD: &[u8] = b"\x03\x03\x0aactionable\x04\x01\x03\x08Contract\x05costs\x05\x01\x07contact\x02\0\0\0\0\0\0\x24\x40\x07weights\x05\x02\x07billing\x02\0\0\0\0\0\0\x39\x40\x05usage\x02\0\0\0\0\0\0\0\0\x01\x047590\0\x06called\0\0\0\0";

    #[test]
    fn texts_of_all_layouts_are_read() {
        let third = Kept {
            playbook: None,
            ..full()
        };
        let second = Kept {
            weights: Vec::new(),
            ..third.clone()
        };
        let first = Kept {
            actionable: Vec::new(),
            ..second.clone()
        };
        assert_eq!(third.clone().write(), THIRD);
        for (bytes, wanted) in [(FIRST, first), (SECOND, second), (THIRD, third)] {
            assert_eq!(Kept::read(bytes), Some(wanted));
            assert_eq!(Kept::read(&bytes[..bytes.len() - 1]), None);
            let mut other = bytes.to_vec();
            other[0] = LAYOUT + 1;
            assert_eq!(Kept::read(&other), None);
        }
        assert_eq!(Kept::read(&[]), None);
    }

    #[test]
    fn weights_that_make_no_score_are_as_if_not_there() {
        for (part, weight) in [
            ("mood", 1.0),
            ("usage", -1.0),
            ("usage", 0.0),
            ("usage", f64::NAN),
        ] {
            let odd = Kept {
                weights: vec![(part.to_owned(), weight)],
                ..full()
            };
            let read = Kept::read(&odd.write()).unwrap();
            assert_eq!(
                read,
                Kept {
                    weights: Vec::new(),
                    ..full()
                },
                "{part} {weight}"
            );
        }
    }
}
