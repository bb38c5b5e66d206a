//! Parameters: values as they come from forms and from JavaScript, and the ranges they are checked against.
use super::{Error, Named, ParamReason, Result};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Int(i64),
    /// Any number.
    Float(f64),
    /// Text.
    Text(String),
    /// Several values.
    List(Vec<Value>),
    /// Named values.
    Map(Named),
}

impl From<bool> for Value {
    fn from(v: bool) -> Self {
        Self::Flag(v)
    }
}
impl From<i64> for Value {
    fn from(v: i64) -> Self {
        Self::Int(v)
    }
}
impl From<f64> for Value {
    fn from(v: f64) -> Self {
        Self::Float(v)
    }
}
impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Self::Text(v.to_owned())
    }
}
impl From<String> for Value {
    fn from(v: String) -> Self {
        Self::Text(v)
    }
}
impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(v: Vec<T>) -> Self {
        Self::List(v.into_iter().map(Into::into).collect())
    }
}

/// Named values, not yet checked.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Params(pub Named);

fn wrong(param: &'static str, expected: &'static str) -> Error {
    Error::Param {
        param: param.into(),
        reason: ParamReason::WrongType {
            expected: expected.into(),
        },
    }
}

impl Params {
    /// The same with one more value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// The value, if given.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A number, checked against the range of `spec` or its default.
    ///
    /// # Errors
    /// [`Error::Param`] when it is not a number or out of range.
    pub fn float(&self, specs: &[ParamSpec], name: &'static str) -> Result<f64> {
        let (min, max, default) = match find(specs, name) {
            Some(Range::Float { min, max, default }) => (*min, *max, *default),
            Some(Range::Int { min, max, default }) => (*min as f64, *max as f64, *default as f64),
            _ => {
                return Err(Error::Param {
                    param: name.into(),
                    reason: ParamReason::NotKnown,
                });
            }
        };
        let v = match self.get(name) {
            None => return Ok(default),
            Some(Value::Float(v)) => *v,
            Some(Value::Int(v)) => *v as f64,
            Some(_) => return Err(wrong(name, "number")),
        };
        if v.is_finite() && v >= min && v <= max {
            Ok(v)
        } else {
            Err(Error::out_of_range(name, min, max))
        }
    }

    /// A whole number, checked against the range of `spec` or its default.
    ///
    /// # Errors
    /// [`Error::Param`] when it is not a whole number or out of range.
    pub fn int(&self, specs: &[ParamSpec], name: &'static str) -> Result<i64> {
        let Some(Range::Int { min, max, default }) = find(specs, name) else {
            return Err(Error::Param {
                param: name.into(),
                reason: ParamReason::NotKnown,
            });
        };
        let v = match self.get(name) {
            None => return Ok(*default),
            Some(Value::Int(v)) => *v,
            Some(Value::Float(v)) if v.fract() == 0.0 && v.abs() < 9e15 => *v as i64,
            Some(_) => return Err(wrong(name, "whole number")),
        };
        if (*min..=*max).contains(&v) {
            Ok(v)
        } else {
            Err(Error::out_of_range(name, *min as f64, *max as f64))
        }
    }

    /// A flag, or its default.
    ///
    /// # Errors
    /// [`Error::Param`] when it is not a flag.
    pub fn flag(&self, specs: &[ParamSpec], name: &'static str) -> Result<bool> {
        let Some(Range::Flag { default }) = find(specs, name) else {
            return Err(Error::Param {
                param: name.into(),
                reason: ParamReason::NotKnown,
            });
        };
        match self.get(name) {
            None => Ok(*default),
            Some(Value::Flag(v)) => Ok(*v),
            Some(_) => Err(wrong(name, "flag")),
        }
    }

    /// One of the choices, or the default.
    ///
    /// # Errors
    /// [`Error::Param`] when it is not one of them.
    pub fn choice(&self, specs: &[ParamSpec], name: &'static str) -> Result<String> {
        let Some(Range::Choice { options, default }) = find(specs, name) else {
            return Err(Error::Param {
                param: name.into(),
                reason: ParamReason::NotKnown,
            });
        };
        match self.get(name) {
            None => Ok(options
                .get(*default)
                .map(|o| o.to_string())
                .unwrap_or_default()),
            Some(Value::Text(v)) if options.iter().any(|o| o == v) => Ok(v.clone()),
            Some(Value::Text(_)) => {
                let options = options.iter().map(|o| o.to_string()).collect();
                Err(Error::Param {
                    param: name.into(),
                    reason: ParamReason::NotAChoice { options },
                })
            }
            Some(_) => Err(wrong(name, "text")),
        }
    }

    /// Text, if given.
    ///
    /// # Errors
    /// [`Error::Param`] when it is something else.
    pub fn text(&self, name: &'static str) -> Result<Option<String>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Text(v)) => Ok(Some(v.clone())),
            Some(Value::Int(v)) => Ok(Some(v.to_string())),
            Some(Value::Float(v)) => Ok(Some(v.to_string())),
            Some(Value::Flag(v)) => Ok(Some(v.to_string())),
            Some(_) => Err(wrong(name, "text")),
        }
    }

    /// Numbers, if given; one number counts as a list of one.
    ///
    /// # Errors
    /// [`Error::Param`] when one of them is not a number.
    pub fn floats(&self, name: &'static str) -> Result<Option<Vec<f64>>> {
        let one = |v: &Value| match v {
            Value::Float(v) => Ok(*v),
            Value::Int(v) => Ok(*v as f64),
            _ => Err(wrong(name, "number")),
        };
        match self.get(name) {
            None => Ok(None),
            Some(Value::List(vs)) => vs.iter().map(one).collect::<Result<_>>().map(Some),
            Some(v) => Ok(Some(vec![one(v)?])),
        }
    }

    /// Texts, if given; one text counts as a list of one.
    ///
    /// # Errors
    /// [`Error::Param`] when one of them is not text.
    pub fn texts(&self, name: &'static str) -> Result<Option<Vec<String>>> {
        let one = |v: &Value| match v {
            Value::Text(v) => Ok(v.clone()),
            _ => Err(wrong(name, "text")),
        };
        match self.get(name) {
            None => Ok(None),
            Some(Value::List(vs)) => vs.iter().map(one).collect::<Result<_>>().map(Some),
            Some(v) => Ok(Some(vec![one(v)?])),
        }
    }

    /// Refuses names that `specs` does not list.
    ///
    /// # Errors
    /// [`Error::Param`] for the first unknown name.
    pub fn deny_unknown(&self, specs: &[ParamSpec]) -> Result<()> {
        match self
            .0
            .keys()
            .find(|k| !specs.iter().any(|s| s.name == k.as_str()))
        {
            Some(k) => Err(Error::Param {
                param: k.clone().into(),
                reason: ParamReason::NotKnown,
            }),
            None => Ok(()),
        }
    }
}

fn find<'a>(specs: &'a [ParamSpec], name: &str) -> Option<&'a Range> {
    specs.iter().find(|s| s.name == name).map(|s| &s.range)
}

/// A parameter as the catalogue describes it; forms are drawn from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParamSpec {
    /// Name, scikit-learn's where it has one.
    pub name: Cow<'static, str>,
    /// What it may be.
    pub range: Range,
    /// Its unit.
    pub unit: Unit,
}

/// What a parameter may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Range {
    /// Any number between two bounds.
    Float {
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
        /// When not given.
        default: f64,
    },
    /// A whole number between two bounds.
    Int {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
        /// When not given.
        default: i64,
    },
    /// One of several.
    Choice {
        /// The options.
        options: Cow<'static, [Cow<'static, str>]>,
        /// Index of the default.
        #[serde(deserialize_with = "super::saturating")]
        default: usize,
    },
    /// Yes or no.
    Flag {
        /// When not given.
        default: bool,
    },
    /// Free text, such as a class label.
    Text,
    /// Several of several.
    Choices {
        /// The options.
        options: Cow<'static, [Cow<'static, str>]>,
    },
    /// Several numbers between two bounds.
    Floats {
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
    },
}

/// Unit of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// A bare number.
    None,
    /// Things counted.
    Count,
    /// A share, 0 to 1.
    Ratio,
    /// Days.
    Days,
    /// Milliseconds.
    Milliseconds,
    /// Money.
    Currency,
}

impl ParamSpec {
    /// A number.
    pub const fn float(name: &'static str, min: f64, max: f64, default: f64) -> Self {
        Self {
            name: Cow::Borrowed(name),
            range: Range::Float { min, max, default },
            unit: Unit::None,
        }
    }
    /// A whole number.
    pub const fn int(name: &'static str, min: i64, max: i64, default: i64) -> Self {
        Self {
            name: Cow::Borrowed(name),
            range: Range::Int { min, max, default },
            unit: Unit::Count,
        }
    }
    /// A flag.
    pub const fn flag(name: &'static str, default: bool) -> Self {
        Self {
            name: Cow::Borrowed(name),
            range: Range::Flag { default },
            unit: Unit::None,
        }
    }
    /// One of several; the first is the default.
    pub const fn choice(name: &'static str, options: &'static [Cow<'static, str>]) -> Self {
        Self {
            name: Cow::Borrowed(name),
            range: Range::Choice {
                options: Cow::Borrowed(options),
                default: 0,
            },
            unit: Unit::None,
        }
    }
    /// Free text.
    pub const fn text(name: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            range: Range::Text,
            unit: Unit::None,
        }
    }
}
