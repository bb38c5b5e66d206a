//! Learners: one file each, registered in [`registry`]. They know matrices, not tables.
pub mod baseline;
pub mod boosting;
pub mod kernels;
pub mod logistic;
mod registry;
pub mod tree;

pub use registry::{LEARNERS, entry};

use crate::base::{Error, ParamSpec, Params, Part, Result, Run, Train};
use ndarray::{Array2, ArrayView2};
use std::{fmt::Debug, sync::Arc};

/// A design matrix with its target.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// `(n_samples, n_features)`, finite.
    pub x: Array2<f32>,
    /// One value per row of `x`.
    pub y: Target,
    /// Names of the columns of `x`.
    pub features: Arc<[String]>,
    /// Weights per row; all 1 when absent.
    pub sample_weight: Option<Vec<f64>>,
}

/// What is to be predicted.
#[derive(Debug, Clone)]
pub enum Target {
    /// Classes: a code per row.
    Class {
        /// Codes into `classes`.
        codes: Vec<u32>,
        /// Labels; with two classes the second is the positive one.
        classes: Arc<[String]>,
    },
    /// Numbers.
    Number(Vec<f64>),
}

/// An estimator whose parameters have been checked.
pub trait Estimator: Debug {
    /// Fits a model. Same data and seed give the same model.
    ///
    /// # Errors
    /// Whatever the data make impossible; [`Error::Cancelled`].
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model>;
}

/// Something fitted.
#[derive(Debug)]
pub enum Model {
    /// Gives probabilities of classes.
    Classifier(Box<dyn Classifier>),
    /// Gives numbers.
    Regressor(Box<dyn Regressor>),
}

impl Model {
    /// The classifier.
    ///
    /// # Errors
    /// [`Error::Artifact`] when it is something else.
    pub fn classifier(self) -> Result<Box<dyn Classifier>> {
        match self {
            Self::Classifier(c) => Ok(c),
            Self::Regressor(_) => Err(Error::invalid_artifact("a classifier was expected")),
        }
    }
}

/// Everything fitted can be saved.
pub trait Save: Debug {
    /// Its state; loading it gives the same predictions bit for bit.
    ///
    /// # Errors
    /// [`Error::Artifact`] when it cannot be encoded.
    fn save(&self) -> Result<Part>;
}

/// A fitted classifier.
pub trait Classifier: Save {
    /// Labels, in the order of the columns of [`Classifier::predict_proba`].
    fn classes(&self) -> &[String];
    /// Number of columns it expects.
    fn n_features(&self) -> usize;
    /// Probabilities `(n_samples, n_classes)`; every row sums to 1.
    ///
    /// # Errors
    /// [`Error::Shape`] when `x` has another width.
    fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>>;
}

/// A fitted regressor.
pub trait Regressor: Save {
    /// Number of columns it expects.
    fn n_features(&self) -> usize;
    /// Predictions `(n_samples,)`.
    ///
    /// # Errors
    /// [`Error::Shape`] when `x` has another width.
    fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f64>>;
}

/// A learner of the registry.
#[derive(Debug)]
pub struct Entry {
    /// Stable id, also the kind of its saved part.
    pub id: &'static str,
    /// Its parameters.
    pub params: &'static [ParamSpec],
    /// From simplest to most complex: ties go to the simpler one.
    pub complexity: u8,
    /// Checks parameters.
    pub build: fn(&Params) -> Result<Box<dyn Estimator>>,
    /// Takes up a saved part.
    pub load: fn(&Part) -> Result<Model>,
    /// Candidates a search tries when the person names none.
    pub candidates: fn() -> Vec<Params>,
}
