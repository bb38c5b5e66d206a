//! Extra trees for classes and numbers: a forest whose trees see all rows and try one random threshold per column.
//!
//! At every node some columns are drawn, and for each a threshold evenly between its smallest and largest value
//! there; the best of these splits is taken. Everything else is as in a random forest, without `bootstrap` by default.
//!
//! Source: Geurts, Ernst & Wehenkel (2006), Extremely randomized trees, Machine Learning 63,
//! doi:10.1007/s10994-006-6226-1.
use super::{
    Divide, Entry,
    forest::{Forest, Kind, TAKES, candidates, load, merge, params, part},
};
use crate::base::ParamSpec;

pub(super) const PARAMS: &[ParamSpec] = &params(false);

/// Registry line.
pub(super) const ENTRY: Entry = Entry {
    id: Kind::ExtraTrees.id(),
    params: PARAMS,
    complexity: 9,
    takes: TAKES,
    by_default: false,
    build: |params| Ok(Box::new(Forest::new(params, Kind::ExtraTrees)?)),
    load: |part| load(part, Kind::ExtraTrees),
    candidates,
    divide: Some(Divide {
        n_units: |params| Ok(params.int(PARAMS, "n_estimators")? as usize),
        part,
        merge: |params, parts| merge(params, parts, Kind::ExtraTrees),
    }),
    fit_path: None,
};
