//! Grid search: every combination of the values given per parameter.
use super::Candidate;
use crate::base::order::Ordered;
use crate::base::{Error, Params, Result, Value};
use crate::learn::Entry;

/// Most combinations a grid may have.
const MAX_COMBINATIONS: usize = 100_000;

/// Values to try per parameter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ParamGrid(Vec<(String, Vec<Value>)>);

impl ParamGrid {
    /// The same with the values of one more parameter.
    #[must_use]
    pub fn with<T: Into<Value>>(mut self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.0.retain(|(n, _)| n != name);
        self.0.push((name.to_owned(), values));
        self
    }

    /// Number of combinations; at most `usize::MAX`.
    pub fn len(&self) -> usize {
        let sizes = self.0.iter().map(|(_, v)| v.len());
        sizes.fold(1, usize::saturating_mul)
    }

    /// Whether some parameter has no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every combination, in scikit-learn's order: parameters by name, the last one varying fastest.
    ///
    /// # Errors
    /// [`Error::Param`] for more than 100,000 combinations.
    pub fn expand(&self) -> Result<Vec<Params>> {
        let n = self.len();
        if n > MAX_COMBINATIONS {
            return Err(Error::out_of_range(
                "param_grid",
                1.0,
                MAX_COMBINATIONS as f64,
            ));
        }
        let mut lists: Vec<&(String, Vec<Value>)> = self.0.iter().collect();
        lists.order_by(|a, b| a.0.cmp(&b.0));
        let combination = |mut i: usize| {
            let mut params = Params::default();
            for (name, values) in lists.iter().rev() {
                if let Some(value) = values.get(i % values.len()) {
                    params.0.insert(name.clone(), value.clone());
                }
                i /= values.len();
            }
            params
        };
        Ok((0..n).map(combination).collect())
    }

    /// Every combination as a candidate of `learner`, parameters checked.
    ///
    /// # Errors
    /// As [`ParamGrid::expand`]; [`Error::Param`] for a value the learner refuses.
    pub fn candidates(&self, learner: &'static Entry) -> Result<Vec<Candidate>> {
        let of = |params: Params| {
            (learner.build)(&params)?;
            Ok(Candidate { learner, params })
        };
        self.expand()?.into_iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::entry;

    #[test]
    fn every_combination_once_the_last_name_fastest() {
        let grid = ParamGrid::default()
            .with("b", [1_i64, 2])
            .with("a", ["x", "y", "z"]);
        let got: Vec<String> = grid
            .expand()
            .unwrap()
            .iter()
            .map(|p| format!("{:?}{:?}", p.get("a").unwrap(), p.get("b").unwrap()))
            .collect();
        let want = |a: &str, b: i64| format!("{:?}{:?}", Value::from(a), Value::from(b));
        let all = ["x", "y", "z"].map(|a| [want(a, 1), want(a, 2)]).concat();
        assert_eq!(got, all);
        assert_eq!(ParamGrid::default().expand().unwrap(), [Params::default()]);
        let none: [i64; 0] = [];
        let empty = ParamGrid::default().with("a", none);
        assert!(empty.is_empty() && empty.expand().unwrap().is_empty());
        let huge = (0..6).fold(ParamGrid::default(), |g, i| {
            g.with(&i.to_string(), (0..10).map(|v| v as i64))
        });
        assert_eq!(huge.expand().unwrap_err().param(), Some("param_grid"));
        let bad = ParamGrid::default().with("C", [1.0, -1.0]);
        let e = bad.candidates(entry("logistic").unwrap()).unwrap_err();
        assert_eq!(e.param(), Some("C"));
    }
}
