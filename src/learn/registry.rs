//! The list of learners. Adding one is a file, a `mod` line and a line here.
use super::{
    Entry, baseline, boosting, extra_trees, forest, gaussian_mixture, k_means, knn, linear,
    logistic, mlp, naive_bayes, stacking, svm, tree, voting,
};
use crate::base::{Error, Result};

/// Learners of the catalogue, simplest first; none in a module that learns from no outcome.
pub static LEARNERS: &[Entry] = if cfg!(feature = "engine") { ALL } else { &[] };

/// Those that only the second module of the engine reads models with.
static STUDIES: &[Entry] = if cfg!(feature = "studies") {
    &[k_means::ENTRY, gaussian_mixture::ENTRY]
} else {
    &[]
};

/// All of them.
const ALL: &[Entry] = &[
    baseline::ENTRY,
    naive_bayes::gaussian::ENTRY,
    naive_bayes::bernoulli::ENTRY,
    naive_bayes::multinomial::ENTRY,
    linear::ENTRY,
    logistic::ENTRY,
    tree::ENTRY,
    knn::ENTRY,
    svm::ENTRY,
    extra_trees::ENTRY,
    forest::ENTRY,
    boosting::ENTRY,
    mlp::ENTRY,
    voting::ENTRY,
    stacking::ENTRY,
    k_means::ENTRY,
];

/// The learner with that id.
///
/// # Errors
/// [`Error::Unknown`] when there is none.
pub fn entry(id: &str) -> Result<&'static Entry> {
    let all = LEARNERS.iter().chain(STUDIES);
    all.into_iter()
        .find(|e| e.id == id)
        .ok_or_else(|| Error::Unknown {
            what: "learner".into(),
            id: id.to_owned(),
        })
}
