//! Learners: one file each, registered in [`registry`]. They know matrices, not tables.
pub mod baseline;
pub mod boosting;
mod calibration;
mod dataset;
pub mod dbscan;
mod divide;
pub mod explain;
pub mod extra_trees;
pub mod forest;
pub mod gaussian_mixture;
pub mod gower;
pub mod hdbscan;
mod insight;
pub mod k_means;
pub mod k_medoids;
pub mod kernels;
pub mod knn;
pub mod lifetime;
pub mod linear;
pub mod logistic;
pub mod mlp;
pub mod naive_bayes;
pub mod pca;
mod portable;
pub mod recommend;
mod registry;
pub mod stacking;
pub mod survival;
pub mod svm;
mod team;
pub mod tree;
pub mod umap;
pub mod voting;
pub mod ward;

pub use calibration::{Calibration, Curve, log_odds};
pub use dataset::{Dataset, Target};
pub use divide::{TASKS, fit};
pub use insight::{Coefficient, Insight, TreeNode, TreeSplit};
pub use registry::{LEARNERS, entry};

use crate::base::{Error, ParamSpec, Params, Part, Result, Run, Train};
use ndarray::{Array2, ArrayView2};
use std::{fmt, ops::Range};

/// Shown by their names in messages for developers: their numbers say little there, and writing them out would be code
/// for each type in the module.
macro_rules! opaque {
    ($($part:ident)+) => {$(
        impl fmt::Debug for dyn $part + '_ {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($part))
            }
        }
    )+};
}

opaque! { Estimator Save Classifier Regressor Clusterer }

/// An estimator whose parameters have been checked.
pub trait Estimator {
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
    /// Gives groups.
    Clusterer(Box<dyn Clusterer>),
}

impl Model {
    /// The classifier.
    ///
    /// # Errors
    /// [`Error::Artifact`] when it is something else.
    pub fn classifier(self) -> Result<Box<dyn Classifier>> {
        match self {
            Self::Classifier(c) => Ok(c),
            _ => Err(Error::invalid_artifact("a classifier was expected")),
        }
    }

    /// The regressor.
    ///
    /// # Errors
    /// [`Error::Artifact`] when it is something else.
    pub fn regressor(self) -> Result<Box<dyn Regressor>> {
        match self {
            Self::Regressor(r) => Ok(r),
            _ => Err(Error::invalid_artifact("a regressor was expected")),
        }
    }

    /// The clusterer.
    ///
    /// # Errors
    /// [`Error::Artifact`] when it is something else.
    pub fn clusterer(self) -> Result<Box<dyn Clusterer>> {
        match self {
            Self::Clusterer(c) => Ok(c),
            _ => Err(Error::invalid_artifact("a clusterer was expected")),
        }
    }

    /// What can be saved and looked into, whatever it is.
    pub fn fitted(&self) -> &dyn Save {
        match self {
            Self::Classifier(c) => c.as_ref(),
            Self::Regressor(r) => r.as_ref(),
            Self::Clusterer(c) => c.as_ref(),
        }
    }
}

/// Everything fitted can be saved.
pub trait Save {
    /// Its state; loading it gives the same predictions bit for bit.
    ///
    /// # Errors
    /// [`Error::Artifact`] when it cannot be encoded.
    fn save(&self) -> Result<Part>;

    /// What there is to see inside: coefficients, a tree, a learning curve. Nothing by default.
    fn insights(&self) -> Vec<Insight> {
        Vec::new()
    }

    /// Standard error of the difference of two coefficients of the same output, by their places in the rows of
    /// [`Insight::Coefficients`]. None where it is not known, as in a model that comes from a file.
    fn difference_error(&self, _a: usize, _b: usize) -> Option<f64> {
        None
    }

    /// How it makes its answer for class `output`, as far as an explanation can use it; a regressor has one output only.
    fn explain_form(&self, _output: usize) -> explain::Form<'_> {
        explain::Form::Opaque
    }
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

/// A fitted clusterer.
pub trait Clusterer: Save {
    /// Number of columns it expects.
    fn n_features(&self) -> usize;
    /// Number of groups.
    fn n_clusters(&self) -> usize;
    /// The group of each row, `(n_samples,)`, below [`Clusterer::n_clusters`].
    ///
    /// # Errors
    /// [`Error::Shape`] when `x` has another width.
    fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Vec<u32>>;
}

/// What a learner can take. Anything else is refused when it is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Takes {
    /// Two classes.
    pub binary: bool,
    /// More than two classes.
    pub multiclass: bool,
    /// A number target.
    pub regression: bool,
    /// No target: groups are to be found.
    pub clustering: bool,
    /// Missing values (NaN).
    pub missing: bool,
    /// Category columns ([`Dataset::n_levels`]) as they are; otherwise their codes count as numbers.
    pub categories: bool,
    /// Weights per row.
    pub sample_weight: bool,
    /// Only values that are not negative.
    pub non_negative: bool,
}

impl Takes {
    /// Takes nothing; entries name what they take on top of it.
    pub const NOTHING: Self = Self {
        binary: false,
        multiclass: false,
        regression: false,
        clustering: false,
        missing: false,
        categories: false,
        sample_weight: false,
        non_negative: false,
    };

    /// Whether missing values and categories need no preparation.
    pub fn as_they_are(self) -> bool {
        self.missing && self.categories
    }
}

/// How a fit is spread over helper engines: into parts that are fitted apart and put together again.
#[derive(Debug, Clone, Copy)]
pub struct Divide {
    /// Units of work in a fit, such as trees.
    pub n_units: fn(&Params) -> Result<usize>,
    /// Parameters of the part that makes the units `range`. The same units come out however they are divided.
    pub part: fn(&Params, Range<usize>) -> Params,
    /// Puts the saved parts together, in order.
    pub merge: fn(&Params, &[Part]) -> Result<Model>,
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
    /// What it can take.
    pub takes: Takes,
    /// Whether an analysis tries it when the person names none.
    pub by_default: bool,
    /// Checks parameters.
    pub build: fn(&Params) -> Result<Box<dyn Estimator>>,
    /// Takes up a saved part.
    pub load: fn(&Part) -> Result<Model>,
    /// Candidates a search tries when the person names none.
    pub candidates: fn() -> Vec<Params>,
    /// How its fit is spread over helpers, where that pays.
    pub divide: Option<Divide>,
    /// How several parameter sets are fitted on the same data at once, where that is cheaper.
    pub fit_path: Option<FitPath>,
}

/// Fits several parameter sets on the same data, each from the solution of another, and hands every model over with the
/// place of its set once it is there; what the receiver returns as an error ends the path. The models predict as those
/// fitted one by one do, coefficients within 1e-5, and are to be scored, not kept: they know nothing of their own
/// uncertainty. `None`, and nothing handed over, when the sets differ in something this cannot be done for.
pub type FitPath =
    fn(&[Params], &Train<Dataset>, &mut Run<'_>, &mut Receive<'_>) -> Option<Result<()>>;

/// Takes a model of a path: place of its parameter set, model, the run it was fitted in.
pub type Receive<'f> = dyn FnMut(usize, Model, &Run<'_>) -> Result<()> + 'f;

/// The learners of `sets`, when there are several that differ in one parameter alone; `with` gives a learner the first
/// one's value of it.
fn differ_in_one<L: PartialEq>(
    sets: &[Params],
    new: impl Fn(&Params) -> Result<L>,
    with: impl Fn(&L, &L) -> L,
) -> Option<Result<Vec<L>>> {
    let all = match sets.iter().map(new).collect::<Result<Vec<_>>>() {
        Ok(all) => all,
        Err(e) => return Some(Err(e)),
    };
    let (first, rest) = all.split_first()?;
    let is_path = !rest.is_empty() && rest.iter().all(|l| with(l, first) == *first);
    is_path.then_some(Ok(all))
}
