//! What a contact costs and brings: the money side of a decision.
//!
//! The parameter `costs` is a map of `contact`, `success`, `value` and `capacity`, each of which may be left out:
//!
//! | key | meaning | when left out |
//! |---|---|---|
//! | `contact` | cost of contacting one customer, in money | 0 |
//! | `success` | chance that a contact keeps a customer who would leave, 0 to 1 | 1 |
//! | `value` | what a kept customer is worth: a number, or the name of a column of numbers | the column of the role `value`, else 1 |
//! | `capacity` | how many customers can be contacted | no limit |
//!
//! The defaults invent no money: without a cost and with sure success, the gain of a list is the value that would leave
//! on it, an upper bound of what any offer brings. [`Costs::assumed`] says which of them hold.
use super::{Error, Named, ParamReason, Params, Result, Value};
use serde::{Deserialize, Serialize};

/// Name of the parameter.
pub const COSTS: &str = "costs";

const CONTACT: &str = "costs.contact";
const SUCCESS: &str = "costs.success";
const VALUE: &str = "costs.value";
const CAPACITY: &str = "costs.capacity";

/// Amounts beyond this are no money; sums over millions of rows stay finite.
const MOST: f64 = 1e12;
/// Whole numbers up to here are exact.
const MOST_CUSTOMERS: f64 = 9e15;

/// What a customer is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ValueOf {
    /// The same for every customer.
    Number(f64),
    /// A column of the file.
    Column(String),
}

/// Which of the costs nobody stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Assumed {
    /// `contact` is 0 because nothing was said.
    pub contact: bool,
    /// `success` is 1 because nothing was said.
    pub success: bool,
    /// `value` is 1 per customer because there is neither a number nor a column.
    pub value: bool,
}

impl Assumed {
    /// Whether so little was said that a gain is none of money.
    pub fn is_all(self) -> bool {
        self.contact && self.success && self.value
    }
}

/// What a contact costs and brings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// Cost of contacting one customer, in money; not negative.
    pub contact: f64,
    /// Chance that a contact keeps a customer who would leave, 0 to 1.
    pub success: f64,
    /// What a kept customer is worth.
    pub value: ValueOf,
    /// How many customers can be contacted.
    pub capacity: Option<u64>,
    /// What nobody stated.
    pub assumed: Assumed,
}

impl Default for Costs {
    fn default() -> Self {
        Self {
            contact: 0.0,
            success: 1.0,
            value: ValueOf::Number(1.0),
            capacity: None,
            assumed: Assumed {
                contact: true,
                success: true,
                value: true,
            },
        }
    }
}

fn refused(param: &'static str, reason: ParamReason) -> Error {
    Error::Param {
        param: param.into(),
        reason,
    }
}

fn wrong(param: &'static str, expected: &'static str) -> Error {
    let expected = expected.into();
    refused(param, ParamReason::WrongType { expected })
}

/// A number from 0 to `max`, if given.
fn number(map: &Named, key: &str, param: &'static str, max: f64) -> Result<Option<f64>> {
    let v = match map.get(key) {
        None => return Ok(None),
        Some(Value::Float(v)) => *v,
        Some(Value::Int(v)) => *v as f64,
        Some(_) => return Err(wrong(param, "number")),
    };
    if v.is_finite() && v >= 0.0 && v <= max {
        Ok(Some(v))
    } else {
        Err(Error::out_of_range(param, 0.0, max))
    }
}

impl Costs {
    /// Those that `params` state under [`COSTS`], the rest as the module's table says; `column` is the column of the role
    /// `value`.
    ///
    /// # Errors
    /// [`Error::Param`] naming `costs.contact`, `costs.success`, `costs.value` or `costs.capacity` when it is of the wrong
    /// type, negative, above its range, or a capacity that is not whole; `costs.X` when `X` is none of them.
    pub fn parse(params: &Params, column: Option<&str>) -> Result<Self> {
        let none = Named::new();
        let map = match params.get(COSTS) {
            None => &none,
            Some(Value::Map(map)) => map,
            Some(_) => return Err(wrong(COSTS, "map")),
        };
        let known = ["contact", "success", "value", "capacity"];
        if let Some(key) = map.keys().find(|k| !known.contains(&k.as_str())) {
            let mut param = COSTS.to_owned();
            param.push('.');
            param.push_str(key);
            return Err(Error::Param {
                param: param.into(),
                reason: ParamReason::NotKnown,
            });
        }
        let contact = number(map, "contact", CONTACT, MOST)?;
        let success = number(map, "success", SUCCESS, 1.0)?;
        let capacity = number(map, "capacity", CAPACITY, MOST_CUSTOMERS)?;
        if capacity.is_some_and(|c| c.fract() != 0.0) {
            return Err(wrong(CAPACITY, "whole number"));
        }
        let value = match map.get("value") {
            None => column.map(|c| ValueOf::Column(c.to_owned())),
            Some(Value::Text(name)) if !name.is_empty() => Some(ValueOf::Column(name.clone())),
            Some(Value::Text(_)) => return Err(refused(VALUE, ParamReason::Required)),
            Some(_) => number(map, "value", VALUE, MOST)?.map(ValueOf::Number),
        };
        Ok(Self {
            assumed: Assumed {
                contact: contact.is_none(),
                success: success.is_none(),
                value: value.is_none(),
            },
            contact: contact.unwrap_or(0.0),
            success: success.unwrap_or(1.0),
            value: value.unwrap_or(ValueOf::Number(1.0)),
            capacity: capacity.map(|c| c as u64),
        })
    }

    /// What contacting a customer brings on average, in money: `success · probability · value − contact`.
    pub fn gain(&self, probability: f64, value: f64) -> f64 {
        self.success * probability * value - self.contact
    }

    /// The money at risk, `probability · value`, above which a contact pays: infinite when no contact can succeed.
    pub fn break_even(&self) -> f64 {
        if self.contact == 0.0 {
            0.0
        } else {
            self.contact / self.success
        }
    }

    /// How many of `n` customers can be contacted.
    pub fn reach(&self, n: u64) -> u64 {
        self.capacity.map_or(n, |c| c.min(n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(pairs: &[(&str, Value)]) -> Params {
        let map: Named = pairs
            .iter()
            .map(|(n, v)| ((*n).to_owned(), v.clone()))
            .collect();
        Params(Named::from([(COSTS.to_owned(), Value::Map(map))]))
    }

    #[test]
    fn what_is_left_out_is_assumed_and_said() {
        let none = Costs::parse(&Params::default(), None).unwrap();
        assert_eq!(none, Costs::default());
        assert!(none.assumed.is_all());
        let by_role = Costs::parse(&Params::default(), Some("MRR")).unwrap();
        assert_eq!(by_role.value, ValueOf::Column("MRR".into()));
        assert!(!by_role.assumed.value && by_role.assumed.contact);
        let given = costs(&[
            ("contact", Value::Int(5)),
            ("success", Value::Float(0.25)),
            ("value", Value::Float(80.0)),
            ("capacity", Value::Float(300.0)),
        ]);
        let given = Costs::parse(&given, Some("MRR")).unwrap();
        assert_eq!(given.assumed, Assumed::default());
        assert_eq!(given.value, ValueOf::Number(80.0));
        assert_eq!((given.capacity, given.reach(10)), (Some(300), 10));
        assert_eq!(given.gain(0.5, 80.0), 5.0);
        assert_eq!(given.break_even(), 20.0);
        let named = costs(&[("value", Value::Text("Spend".into()))]);
        let named = Costs::parse(&named, Some("MRR")).unwrap();
        assert_eq!(named.value, ValueOf::Column("Spend".into()));
    }

    #[test]
    fn a_contact_that_cannot_succeed_never_pays() {
        let hopeless = Costs {
            contact: 1.0,
            success: 0.0,
            ..Costs::default()
        };
        assert_eq!(hopeless.break_even(), f64::INFINITY);
        assert_eq!(Costs::default().break_even(), 0.0);
    }

    #[test]
    fn errors_name_the_cost() {
        let cases: &[(&str, Value, &str)] = &[
            ("contact", Value::Float(-1.0), CONTACT),
            ("contact", Value::Float(f64::NAN), CONTACT),
            ("contact", Value::Text("5".into()), CONTACT),
            ("success", Value::Float(1.01), SUCCESS),
            ("success", Value::Int(-1), SUCCESS),
            ("success", Value::Flag(true), SUCCESS),
            ("value", Value::Float(-0.5), VALUE),
            ("value", Value::Flag(true), VALUE),
            ("value", Value::Text(String::new()), VALUE),
            ("value", Value::Float(f64::INFINITY), VALUE),
            ("capacity", Value::Float(2.5), CAPACITY),
            ("capacity", Value::Int(-3), CAPACITY),
            ("kontakt", Value::Int(3), "costs.kontakt"),
        ];
        for (key, value, param) in cases {
            let error = Costs::parse(&costs(&[(key, value.clone())]), None).unwrap_err();
            assert_eq!(error.param(), Some(*param), "{key} {value:?}");
        }
        let flat = Params::default().with(COSTS, 3_i64);
        assert_eq!(Costs::parse(&flat, None).unwrap_err().param(), Some(COSTS));
    }
}
