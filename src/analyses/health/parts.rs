//! Which column belongs to which part of the health score.
use crate::{
    base::{
        Error, HEALTH, HEALTH_PARTS as PARTS, Named, ParamReason, Params, Result, Value,
        check_health_weights,
    },
    table::{Schema, subjects::subject},
};

/// What a person said about the health score.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HealthAsked {
    /// Columns and their parts; an empty part leaves a column out.
    pub parts: Vec<(String, String)>,
    /// Parts and their weights, which take the place of those learned; parts not named weigh nothing.
    pub weights: Vec<(String, f64)>,
}

fn refused(key: &str, name: &str, reason: ParamReason) -> Error {
    let path = [HEALTH, key, name].join(".");
    Error::Param {
        param: path.trim_end_matches('.').to_owned().into(),
        reason,
    }
}

fn map<'a>(of: &'a Named, key: &'static str) -> Result<Option<&'a Named>> {
    match of.get(key) {
        None => Ok(None),
        Some(Value::Map(map)) => Ok(Some(map)),
        Some(_) => {
            let expected = "map".into();
            Err(refused(key, "", ParamReason::WrongType { expected }))
        }
    }
}

fn options() -> ParamReason {
    ParamReason::NotAChoice {
        options: PARTS.iter().map(|p| (*p).to_owned()).collect(),
    }
}

impl HealthAsked {
    /// What [`HEALTH`] holds, checked.
    ///
    /// # Errors
    /// [`Error::Param`] naming `health.parts.COLUMN` or `health.weights.PART` when a part is not one of [`crate::base::HEALTH_PARTS`], a weight is
    /// negative or all are 0; [`Error::MissingColumn`].
    pub fn parse(params: &Params, schema: &Schema) -> Result<Self> {
        let Some(given) = params.get(HEALTH) else {
            return Ok(Self::default());
        };
        let Value::Map(given) = given else {
            let expected = "map".into();
            return Err(refused("", "", ParamReason::WrongType { expected }));
        };
        if let Some(key) = given.keys().find(|k| *k != "parts" && *k != "weights") {
            return Err(refused(key, "", ParamReason::NotKnown));
        }
        let mut asked = Self::default();
        for (column, part) in map(given, "parts")?.into_iter().flat_map(Named::iter) {
            schema.position(column)?;
            match part {
                Value::Text(part) if part.is_empty() || PARTS.contains(&part.as_str()) => {
                    asked.parts.push((column.clone(), part.clone()));
                }
                _ => return Err(refused("parts", column, options())),
            }
        }
        for (part, weight) in map(given, "weights")?.into_iter().flat_map(Named::iter) {
            let weight = match weight {
                Value::Float(w) => *w,
                Value::Int(w) => *w as f64,
                _ => f64::NAN,
            };
            asked.weights.push((part.clone(), weight));
        }
        check_health_weights(&asked.weights)?;
        Ok(asked)
    }

    /// The part of a column, by what was said, else by its name; nothing where it is left out.
    pub fn part(&self, column: &str) -> Option<&'static str> {
        let said = self.parts.iter().find(|(c, _)| c == column);
        let part = match said {
            Some((_, part)) => part.as_str(),
            None => usual(column),
        };
        PARTS.iter().copied().find(|p| *p == part)
    }
}

/// The part of a column by its name.
fn usual(column: &str) -> &'static str {
    match subject(column) {
        Some("usage") => "usage",
        Some("support") => "support",
        Some("contract" | "payment" | "price") => "billing",
        Some("sentiment") => "sentiment",
        Some("engagement" | "product") => "engagement",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ColumnKind, Field};

    fn schema() -> Schema {
        let field = |name: &str| Field::new(name, ColumnKind::Float);
        Schema::new(["logins", "x1"].map(field).into())
    }

    fn params(key: &str, name: &str, value: Value) -> Params {
        let inner: Named = [(name.to_owned(), value)].into_iter().collect();
        let outer: Named = [(key.to_owned(), Value::Map(inner))].into_iter().collect();
        Params(Named::from([(HEALTH.to_owned(), Value::Map(outer))]))
    }

    #[test]
    fn columns_are_put_into_parts_by_name_or_by_hand() {
        let usual = HealthAsked::parse(&Params::default(), &schema()).unwrap();
        for (column, part) in [
            ("logins", "usage"),
            ("support_tickets", "support"),
            ("MonthlyCharges", "billing"),
            ("Contract", "billing"),
            ("nps", "sentiment"),
            ("邮件打开", "engagement"),
            ("x1", "other"),
        ] {
            assert_eq!(usual.part(column), Some(part), "{column}");
        }
        let moved = params("parts", "x1", "sentiment".into());
        let moved = HealthAsked::parse(&moved, &schema()).unwrap();
        assert_eq!(moved.part("x1"), Some("sentiment"));
        let out = params("parts", "x1", "".into());
        let out = HealthAsked::parse(&out, &schema()).unwrap();
        assert_eq!(out.part("x1"), None);
    }

    #[test]
    fn what_cannot_be_is_named() {
        let cases = [
            (
                "parts",
                "x1",
                Value::from("mood"),
                "param",
                Some("health.parts.x1"),
            ),
            ("parts", "x9", "usage".into(), "missing_column", None),
            (
                "weights",
                "mood",
                1_i64.into(),
                "param",
                Some("health.weights.mood"),
            ),
            (
                "weights",
                "usage",
                (-1.0).into(),
                "param",
                Some("health.weights.usage"),
            ),
            (
                "weights",
                "usage",
                0.0.into(),
                "param",
                Some("health.weights"),
            ),
            (
                "wishes",
                "usage",
                0.0.into(),
                "param",
                Some("health.wishes"),
            ),
        ];
        for (key, name, value, code, param) in cases {
            let error = HealthAsked::parse(&params(key, name, value), &schema()).unwrap_err();
            assert_eq!((error.code(), error.param()), (code, param), "{key}.{name}");
        }
        let flat = Params::default().with(HEALTH, 3_i64);
        let error = HealthAsked::parse(&flat, &schema()).unwrap_err();
        assert_eq!(error.param(), Some(HEALTH));
    }
}
