//! Ranges to draw parameters of each learner from; the one place that knows which parameters of a learner matter most.
//!
//! A learner that is not named here is drawn around its own candidates, so that adding one needs no line here.
use super::{Draw, ParamRanges};
use crate::base::Value;
use crate::learn::Entry;

fn log(min: f64, max: f64) -> Draw {
    Draw::LogUniform { min, max }
}

fn even(min: f64, max: f64) -> Draw {
    Draw::Uniform { min, max }
}

fn whole(min: i64, max: i64) -> Draw {
    Draw::LogInt { min, max }
}

fn one_of(names: &[&str]) -> Draw {
    Draw::Choice(names.iter().map(|n| Value::from(*n)).collect())
}

fn layers() -> Draw {
    let sizes: [&[i64]; 6] = [&[8], &[16], &[32], &[64], &[32, 16], &[64, 32]];
    Draw::Choice(sizes.iter().map(|s| s.to_vec().into()).collect())
}

fn named(id: &str) -> Vec<(&'static str, Draw)> {
    match id {
        "gaussian_nb" => vec![("var_smoothing", log(1e-10, 1.0))],
        "bernoulli_nb" | "multinomial_nb" => vec![("alpha", log(1e-3, 100.0))],
        "logistic" => vec![("C", log(1e-3, 1e3))],
        "tree" => vec![
            ("criterion", one_of(&["gini", "entropy"])),
            ("max_depth", whole(2, 16)),
            ("min_samples_leaf", whole(2, 200)),
        ],
        "knn" => vec![
            ("n_neighbors", whole(3, 200)),
            ("weights", one_of(&["uniform", "distance"])),
        ],
        "svm" => vec![
            ("kernel", one_of(&["rbf", "linear"])),
            ("C", log(1e-2, 1e2)),
        ],
        "extra_trees" | "forest" => vec![
            ("max_depth", whole(4, 24)),
            ("min_samples_leaf", whole(1, 50)),
            ("max_features", one_of(&["sqrt", "0.5", "all"])),
        ],
        "boosting" => vec![
            ("learning_rate", log(0.02, 0.3)),
            ("num_leaves", whole(4, 63)),
            ("min_child_samples", whole(5, 200)),
            ("reg_lambda", log(1e-3, 10.0)),
            ("colsample_bytree", even(0.5, 1.0)),
        ],
        "mlp" => vec![
            ("hidden_layer_sizes", layers()),
            ("alpha", log(1e-6, 1e-1)),
            ("learning_rate_init", log(1e-4, 1e-2)),
        ],
        _ => Vec::new(),
    }
}

impl ParamRanges {
    /// Ranges that make sense for a learner; [`ParamRanges::around`] its candidates where none are known.
    pub fn of(learner: &Entry) -> Self {
        let known = named(learner.id);
        if known.is_empty() {
            return Self::around(learner);
        }
        let with = |ranges: Self, (name, draw): (&str, Draw)| ranges.with(name, draw);
        known.into_iter().fold(Self::default(), with)
    }
}
