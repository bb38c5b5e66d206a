//! Multinomial naive Bayes: columns are counts (or shares) of things, words for instance.
//!
//! The chance of a thing in a class is `(n + α) / (N + α · n_features)`. Values must not be negative.
//!
//! Source: Manning, Raghavan & Schütze (2008), *Introduction to Information Retrieval*, section 13.2.
use super::{FittedLinear, Linear, add, class_weights, classes_of, log_prior};
use crate::base::{ParamSpec, Params, Result, Run, Stage, Train};
use crate::learn::{
    Dataset, Entry, Estimator, Model, Takes,
    kernels::{input::ClassWeight, problem::Problem},
    logistic::{CLASS_WEIGHT, class_weight},
};

const ID: &str = "multinomial_nb";
const PARAMS: &[ParamSpec] = &[ParamSpec::float("alpha", 1e-10, 1e6, 1.0), CLASS_WEIGHT];
const TAKES: Takes = Takes {
    binary: true,
    multiclass: true,
    sample_weight: true,
    non_negative: true,
    ..Takes::NOTHING
};

/// Registry line.
pub(in crate::learn) const ENTRY: Entry = Entry {
    id: ID,
    params: PARAMS,
    complexity: 3,
    takes: TAKES,
    by_default: false,
    build: |params| Ok(Box::new(MultinomialNb::new(params)?)),
    load: |part| Ok(Model::Classifier(Box::new(FittedLinear::load(ID, part)?))),
    candidates: || {
        [0.1, 1.0, 10.0]
            .map(|a| Params::default().with("alpha", a))
            .to_vec()
    },
    divide: None,
    fit_path: None,
};

/// The learner, parameters checked.
#[derive(Debug, Clone, Copy)]
pub struct MultinomialNb {
    alpha: f64,
    class_weight: ClassWeight,
}

impl MultinomialNb {
    /// Checks `alpha` and `class_weight`.
    ///
    /// # Errors
    /// [`crate::base::Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        params.deny_unknown(PARAMS)?;
        Ok(Self {
            alpha: params.float(PARAMS, "alpha")?,
            class_weight: class_weight(params, PARAMS)?,
        })
    }
}

impl Estimator for MultinomialNb {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        run.step(Stage::Fitting, 0, 1)?;
        let data = Problem::check(train.get(), TAKES, self.class_weight)?;
        let (codes, classes) = classes_of(&data)?;
        let weight = data.row_weights();
        let (d, k) = (data.n_columns, classes.len());
        let totals = class_weights(codes, k, weight.as_deref());
        let mut weights = vec![0.0; k * d];
        for (i, row) in data.x.chunks_exact(d).enumerate() {
            let c = codes[i] as usize;
            let w = weight.as_ref().map_or(1.0, |w| w[i]);
            add(&mut weights[c * d..(c + 1) * d], row, w);
        }
        for row in weights.chunks_exact_mut(d) {
            let all = row.iter().sum::<f64>() + self.alpha * d as f64;
            row.iter_mut()
                .for_each(|v| *v = ((*v + self.alpha) / all).ln());
        }
        run.step(Stage::Fitting, 1, 1)?;
        let fitted = FittedLinear::from_state(
            ID,
            Linear {
                classes: classes.to_vec(),
                n_features: d as u64,
                intercepts: log_prior(&totals),
                weights,
                binarize: None,
            },
        )?;
        Ok(Model::Classifier(Box::new(fitted)))
    }
}
