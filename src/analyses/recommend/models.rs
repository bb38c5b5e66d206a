//! The models by name.
use super::super::rows::required;
use super::{Asked, read::Data};
use crate::{
    base::{Result, Run},
    learn::recommend::{
        Content, Interactions, Neighbours, Popularity, Recommender, als, bpr, implicit,
        neighbours::{self, Side},
        rules, sgd,
    },
};

/// The method of lists: where the one asked for is of ratings, implicit factors.
pub(super) fn of_lists(asked: &Asked) -> &str {
    match asked.method.as_str() {
        "svd" | "svdpp" | "als" => "implicit",
        other => other,
    }
}

/// The method of ratings: where the one asked for is of lists, biased factors.
pub(super) fn of_ratings(asked: &Asked) -> &str {
    match asked.method.as_str() {
        own @ ("svdpp" | "als" | "knn_items" | "knn_users") => own,
        _ => "svd",
    }
}

fn side(method: &str) -> Side {
    if method == "knn_users" {
        Side::Users
    } else {
        Side::Items
    }
}

/// A model of what users have.
///
/// # Errors
/// Those of the models; [`crate::base::Error::Param`] without columns of items to go by.
pub(super) fn lists(
    asked: &Asked,
    data: &Data,
    had: &Interactions,
    run: &mut Run<'_>,
) -> Result<Box<dyn Recommender>> {
    let method = of_lists(asked);
    Ok(match method {
        "bpr" => {
            let options = bpr::Options {
                n_factors: asked.n_factors,
                ..bpr::Options::default()
            };
            Box::new(bpr::fit(had, &options, run)?)
        }
        "knn_items" | "knn_users" => {
            let options = neighbours::Options {
                side: side(method),
                ..neighbours::Options::INTERACTIONS
            };
            Box::new(Neighbours::fit(had, &options, run)?)
        }
        "content" => {
            let features = data.features.clone().ok_or_else(|| required("features"))?;
            Box::new(Content::fit(had, features)?)
        }
        "rules" => Box::new(rules::Rules::fit(had, &rule_options(asked), run)?),
        "popular" => Box::new(Popularity::fit(had)),
        _ => {
            let options = implicit::Options {
                n_factors: asked.n_factors,
                ..implicit::Options::default()
            };
            Box::new(implicit::fit(had, &options, run)?)
        }
    })
}

pub(super) fn rule_options(asked: &Asked) -> rules::Options {
    rules::Options {
        min_support: asked.min_support,
        min_confidence: asked.min_confidence,
        ..rules::Options::default()
    }
}

/// A model of ratings.
///
/// # Errors
/// Those of the models.
pub(super) fn ratings(
    asked: &Asked,
    rated: &Interactions,
    run: &mut Run<'_>,
) -> Result<Box<dyn Recommender>> {
    let method = of_ratings(asked);
    let n_factors = asked.n_factors;
    Ok(match method {
        "knn_items" | "knn_users" => {
            let options = neighbours::Options {
                side: side(method),
                ..neighbours::Options::RATINGS
            };
            Box::new(Neighbours::fit(rated, &options, run)?)
        }
        "als" => {
            let options = als::Options {
                n_factors,
                ..als::Options::default()
            };
            Box::new(als::fit(rated, &options, run)?)
        }
        other => {
            let options = if other == "svdpp" {
                sgd::Options::SVD_PLUS_PLUS
            } else {
                sgd::Options::BIASED
            };
            let options = sgd::Options {
                n_factors,
                ..options
            };
            Box::new(sgd::fit(rated, &options, run)?)
        }
    })
}
