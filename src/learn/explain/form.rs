//! What a fitted model is to an explanation: sums of parts, and what is made of the sums.
use super::{Ensemble, Explained};
use crate::learn::kernels::exp::{exp_f64, sigmoid_f64};

/// The inside of a model as far as an explanation can use it.
#[derive(Debug)]
pub enum Form<'m> {
    /// Sums of columns times coefficients.
    Linear {
        /// The sums.
        sums: Vec<LinearSum<'m>>,
        /// What is made of them.
        link: Link,
    },
    /// Sums over trees.
    Trees {
        /// The sums.
        sums: Vec<Ensemble>,
        /// What is made of them.
        link: Link,
    },
    /// The weighted mean of other models' answers.
    Mean(Vec<(f64, Explained<'m>)>),
    /// Nothing but its answers.
    Opaque,
}

/// `intercept + Σ coefficientⱼ · xⱼ`; a value that is not a number counts as 0, an infinite one as the largest finite one.
#[derive(Debug, Clone, Copy)]
pub struct LinearSum<'m> {
    /// Per column.
    pub coefficients: &'m [f64],
    /// The sum at the origin.
    pub intercept: f64,
}

/// What is made of a model's sums: the value that is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// The one sum itself.
    Identity,
    /// `1 / (1 + e^−z)`, or with `negative` what is missing to 1.
    Logistic {
        /// Whether the first of two classes is explained.
        negative: bool,
    },
    /// `e^z`.
    Exp,
    /// The share of one class: `e^zₖ / Σ e^z`.
    Softmax {
        /// The class.
        output: usize,
    },
}

impl Link {
    /// The link of a classifier with a sum for its second class, or one per class.
    pub fn of_class(output: usize, n_sums: usize) -> Self {
        if n_sums == 1 {
            Self::Logistic {
                negative: output == 0,
            }
        } else {
            Self::Softmax { output }
        }
    }

    /// The value at `sums`.
    pub fn value(self, sums: &[f64]) -> f64 {
        let z = sums.first().copied().unwrap_or_default();
        match self {
            Self::Identity => z,
            Self::Logistic { negative } => sigmoid_f64(if negative { -z } else { z }),
            Self::Exp => exp_f64(z),
            Self::Softmax { output } => {
                let mut shares = sums.to_vec();
                softmax(&mut shares);
                shares.get(output).copied().unwrap_or_default()
            }
        }
    }

    /// Values of all classes at `sums`, for a correction that needs them; empty where there are none.
    pub fn shares(self, sums: &[f64]) -> Vec<f64> {
        let z = sums.first().copied().unwrap_or_default();
        match self {
            Self::Identity | Self::Exp => Vec::new(),
            Self::Logistic { .. } => vec![sigmoid_f64(-z), sigmoid_f64(z)],
            Self::Softmax { .. } => {
                let mut shares = sums.to_vec();
                softmax(&mut shares);
                shares
            }
        }
    }

    /// How fast the value moves with its one sum.
    pub fn slope(self, z: f64) -> f64 {
        match self {
            Self::Identity => 1.0,
            Self::Logistic { negative } => {
                let p = sigmoid_f64(z);
                let slope = p * (1.0 - p);
                if negative { -slope } else { slope }
            }
            Self::Exp => exp_f64(z),
            Self::Softmax { .. } => 0.0,
        }
    }
}

/// Sums in place become shares.
pub(super) fn softmax(z: &mut [f64]) {
    let top = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for z in z.iter_mut() {
        *z = exp_f64((*z - top).max(-1e300));
    }
    let sum: f64 = z.iter().sum();
    for z in z {
        *z /= sum;
    }
}
