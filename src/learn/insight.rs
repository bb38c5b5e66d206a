//! What there is to see inside a fitted model, as data; drawn and put into words elsewhere.
use serde::{Deserialize, Serialize};

/// Something to see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Insight {
    /// Coefficients of a linear model.
    Coefficients {
        /// Whether `exp(value)` is an odds ratio (logistic regression).
        odds: bool,
        /// The class each output is for, empty for a single output.
        outputs: Vec<String>,
        /// Intercept per output.
        intercepts: Vec<f64>,
        /// Per output and feature, outputs first.
        rows: Vec<Coefficient>,
    },
    /// A decision tree, root first.
    Tree {
        /// Labels of the values of [`TreeNode::value`]: classes, or empty for a mean.
        outputs: Vec<String>,
        /// Its nodes; children come after their parent.
        nodes: Vec<TreeNode>,
    },
    /// Loss per round or epoch of the fit.
    LossCurve {
        /// On the rows learned from.
        train: Vec<f64>,
        /// On the rows kept aside; empty without early stopping.
        validation: Vec<f64>,
        /// Round or epoch kept, from 1.
        best: u64,
    },
    /// Score on the rows that a tree has not seen, averaged over trees.
    OutOfBag {
        /// `accuracy` or `r2`.
        metric: String,
        /// Its value.
        value: f64,
    },
    /// Coefficients against the strength of the penalty.
    Path {
        /// Feature names.
        features: Vec<String>,
        /// Strengths, falling.
        alphas: Vec<f64>,
        /// Coefficients per strength, `(n_alphas, n_features)`.
        coefficients: Vec<Vec<f64>>,
        /// The strength of the model itself.
        chosen: f64,
    },
}

/// One coefficient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// Feature name.
    pub feature: String,
    /// Its value, per unit of the feature.
    pub value: f64,
    /// Standard error, where one is known.
    pub standard_error: Option<f64>,
    /// 95 % interval, where one is known.
    pub interval: Option<(f64, f64)>,
    /// Two-sided p-value of the value being 0, where one is known.
    pub p_value: Option<f64>,
}

/// A node of a decision tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TreeNode {
    /// How it divides its rows; absent in a leaf.
    pub split: Option<TreeSplit>,
    /// Training rows that reach it.
    pub n_samples: u64,
    /// Their total weight.
    pub weight: f64,
    /// Impurity by the tree's criterion.
    pub impurity: f64,
    /// Share of each class, or the mean.
    pub value: Vec<f64>,
}

/// How a node divides its rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TreeSplit {
    /// Feature name.
    pub feature: String,
    /// Largest value that goes left; absent for a category.
    pub threshold: Option<f64>,
    /// Codes of the levels that go left, for a category.
    pub levels: Vec<u32>,
    /// Whether missing values go left.
    pub missing_left: bool,
    /// Index of the left child; the right one is at `right`.
    pub left: u32,
    /// Index of the right child.
    pub right: u32,
}
