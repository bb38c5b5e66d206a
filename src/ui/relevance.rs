//! Which fields of a form matter, given what was chosen in the others.
use super::plain;
use crate::base::{ParamSpec, Params, Range, Value};

/// A parameter, the one it hangs on, and the values of that one for which it matters; `!` means all others.
const HANGS_ON: &[(&str, &str, &[&str])] = &[
    ("n_iter", "search", &["random"]),
    ("time_budget", "search", &["pick"]),
    ("cv_repeats", "split", &["!time"]),
    (
        "n_features_to_select",
        "feature_selection",
        &["univariate", "mutual_info", "l1", "permutation", "rfe"],
    ),
    ("l1_ratio", "penalty", &["elasticnet"]),
    ("C", "penalty", &["!none"]),
    ("alpha", "penalty", &["!none"]),
    ("n_alphas", "penalty", &["lasso", "elasticnet"]),
    ("eps", "penalty", &["lasso", "elasticnet"]),
    ("gamma", "kernel", &["rbf"]),
    ("gamma_value", "kernel", &["rbf"]),
    ("gamma_value", "gamma", &["value"]),
    ("max_samples", "bootstrap", &["true"]),
    ("oob_score", "bootstrap", &["true"]),
    ("validation_fraction", "early_stopping", &["true"]),
    ("validation_fraction", "early_stopping_rounds", &["!0"]),
    ("subsample_freq", "subsample", &["!1"]),
    ("weights", "estimators", &["!"]),
    ("k", "method", WITH_NUMBER),
    ("k_max", "method", WITH_NUMBER),
    ("eps", "method", &["dbscan"]),
    ("min_samples", "method", &["dbscan", "hdbscan"]),
    ("min_cluster_size", "method", &["hdbscan"]),
    ("recency", "method", &["rfm"]),
    ("frequency", "method", &["rfm"]),
    ("monetary", "method", &["rfm"]),
    ("bins", "method", &["rfm"]),
    ("rules", "method", &["rfm"]),
];

/// Ways of finding segments that are told how many.
const WITH_NUMBER: &[&str] = &["k_means", "gaussian_mixture", "ward", "k_medoids"];

/// A value as text; lists joined by spaces.
pub fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Flag(v) => Some(v.to_string()),
        Value::Int(v) => Some(v.to_string()),
        Value::Float(v) => Some(plain(*v)),
        Value::Text(v) => Some(v.clone()),
        Value::List(vs) => Some(vs.iter().filter_map(text_of).collect::<Vec<_>>().join(" ")),
        Value::Map(_) => None,
    }
}

/// What a parameter is when not given, as text.
pub fn default_of(range: &Range) -> String {
    match range {
        Range::Float { default, .. } => plain(*default),
        Range::Int { default, .. } => default.to_string(),
        Range::Flag { default } => default.to_string(),
        Range::Choice { options, default } => options
            .get(*default)
            .map(|o| o.to_string())
            .unwrap_or_default(),
        Range::Text | Range::Choices { .. } | Range::Floats { .. } => String::new(),
    }
}

/// Whether the parameter `name` of `specs` does anything with these values.
pub fn matters(name: &str, specs: &[ParamSpec], params: &Params) -> bool {
    HANGS_ON
        .iter()
        .filter(|(n, ..)| *n == name)
        .all(|(_, on, values)| {
            let Some(spec) = specs.iter().find(|s| s.name == *on) else {
                return true;
            };
            let given = params.get(on).and_then(text_of);
            let now = given.unwrap_or_else(|| default_of(&spec.range));
            values.iter().any(|v| match v.strip_prefix('!') {
                Some(not) => now != not,
                None => now == *v,
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    const SEARCH: &[Cow<'static, str>] = &[Cow::Borrowed("grid"), Cow::Borrowed("pick")];

    #[test]
    fn a_field_shows_when_what_it_hangs_on_asks_for_it() {
        let specs = [
            ParamSpec::choice("search", SEARCH),
            ParamSpec::int("time_budget", 1, 60, 10),
            ParamSpec::float("subsample", 0.0, 1.0, 1.0),
        ];
        let none = Params::default();
        assert!(!matters("time_budget", &specs, &none));
        assert!(matters(
            "time_budget",
            &specs,
            &none.clone().with("search", "pick")
        ));
        assert!(matters("n_iter", &specs[1..], &none));
        assert!(!matters("subsample_freq", &specs, &none));
        assert!(matters(
            "subsample_freq",
            &specs,
            &none.clone().with("subsample", 0.5)
        ));
        // Nothing to hang on, or no rule: it matters.
        assert!(matters("gamma_value", &specs, &none));
        assert!(matters("seed", &specs, &none));
    }
}

#[cfg(all(test, feature = "engine"))]
mod catalogue {
    use super::*;
    use crate::engine::catalog;

    #[test]
    fn every_rule_is_about_something_that_exists() {
        let catalog = catalog();
        let owners: Vec<&[ParamSpec]> = catalog
            .learners
            .iter()
            .map(|l| l.params.as_slice())
            .chain(catalog.analyses.iter().map(|a| a.params.as_slice()))
            .collect();
        for (name, on, values) in HANGS_ON {
            let has = |specs: &&[ParamSpec], n: &str| specs.iter().any(|s| s.name == n);
            let mut both = owners.iter().filter(|s| has(s, name) && has(s, on));
            let Some(specs) = both.next() else {
                panic!("{name} never stands beside {on}");
            };
            let range = &specs.iter().find(|s| s.name == *on).unwrap().range;
            if let Range::Choice { options, .. } = range {
                for value in values.iter().map(|v| v.trim_start_matches('!')) {
                    assert!(options.iter().any(|o| o == value), "{on} is never {value}");
                }
            }
        }
    }
}
