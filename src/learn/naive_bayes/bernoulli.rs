//! Bernoulli naive Bayes: every column a flag, present or absent, within a class.
//!
//! Values above `binarize` count as present. The chance of presence in a class is `(n + α) / (N + 2α)`; absence speaks too,
//! which is what sets it apart from the multinomial variant.
//!
//! Source: Manning, Raghavan & Schütze (2008), *Introduction to Information Retrieval*, section 13.3.
use super::{FittedLinear, Linear, class_weights, classes_of, log_prior};
use crate::base::{ParamSpec, Params, Result, Run, Stage, Train};
use crate::learn::{
    Dataset, Entry, Estimator, Model, Takes,
    kernels::{input::ClassWeight, problem::Problem},
    logistic::{CLASS_WEIGHT, class_weight},
};

const ID: &str = "bernoulli_nb";
const PARAMS: &[ParamSpec] = &[
    ParamSpec::float("alpha", 1e-10, 1e6, 1.0),
    ParamSpec::float("binarize", -1e15, 1e15, 0.0),
    CLASS_WEIGHT,
];
const TAKES: Takes = Takes {
    binary: true,
    multiclass: true,
    sample_weight: true,
    ..Takes::NOTHING
};

/// Registry line.
pub(in crate::learn) const ENTRY: Entry = Entry {
    id: ID,
    params: PARAMS,
    complexity: 2,
    takes: TAKES,
    by_default: false,
    build: |params| Ok(Box::new(BernoulliNb::new(params)?)),
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
pub struct BernoulliNb {
    alpha: f64,
    binarize: f32,
    class_weight: ClassWeight,
}

impl BernoulliNb {
    /// Checks `alpha`, `binarize` and `class_weight`.
    ///
    /// # Errors
    /// [`crate::base::Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        params.deny_unknown(PARAMS)?;
        Ok(Self {
            alpha: params.float(PARAMS, "alpha")?,
            binarize: params.float(PARAMS, "binarize")? as f32,
            class_weight: class_weight(params, PARAMS)?,
        })
    }
}

impl Estimator for BernoulliNb {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        run.step(Stage::Fitting, 0, 1)?;
        let data = Problem::check(train.get(), TAKES, self.class_weight)?;
        let (codes, classes) = classes_of(&data)?;
        let weight = data.row_weights();
        let (d, k) = (data.n_columns, classes.len());
        let totals = class_weights(codes, k, weight.as_deref());
        let mut present = vec![0.0; k * d];
        for (i, row) in data.x.chunks_exact(d).enumerate() {
            let c = codes[i] as usize;
            let w = weight.as_ref().map_or(1.0, |w| w[i]);
            for (p, v) in present[c * d..(c + 1) * d].iter_mut().zip(row) {
                *p += if *v > self.binarize { w } else { 0.0 };
            }
        }
        let mut intercepts = log_prior(&totals);
        let mut weights = present;
        for ((row, total), b) in weights
            .chunks_exact_mut(d)
            .zip(&totals)
            .zip(&mut intercepts)
        {
            for v in row {
                let p = (*v + self.alpha) / (total + 2.0 * self.alpha);
                let absent = (1.0 - p).ln();
                *b += absent;
                *v = p.ln() - absent;
            }
        }
        run.step(Stage::Fitting, 1, 1)?;
        let fitted = FittedLinear::from_state(
            ID,
            Linear {
                classes: classes.to_vec(),
                n_features: d as u64,
                intercepts,
                weights,
                binarize: Some(self.binarize),
            },
        )?;
        Ok(Model::Classifier(Box::new(fitted)))
    }
}
