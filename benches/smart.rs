//! smartcore's learners as a peer in the same module, so that the bench shows where our own kernels replace it and why.
//!
//! It answers with classes and no probabilities, so the bench compares accuracies.
use kept::{
    base::Params,
    learn::{Dataset, Target},
};
use smartcore::{
    cluster::kmeans::{KMeans, KMeansParameters},
    ensemble::random_forest_classifier::{
        RandomForestClassifier, RandomForestClassifierParameters,
    },
    error::Failed,
    linalg::basic::matrix::DenseMatrix,
    linear::{
        linear_regression::{LinearRegression, LinearRegressionParameters},
        logistic_regression::{LogisticRegression, LogisticRegressionParameters},
    },
    naive_bayes::gaussian::{GaussianNB, GaussianNBParameters},
    neighbors::knn_classifier::{KNNClassifier, KNNClassifierParameters},
    svm::{
        Kernels,
        svc::{SVC, SVCParameters},
    },
    tree::decision_tree_classifier::{DecisionTreeClassifier, DecisionTreeClassifierParameters},
};

type Matrix = DenseMatrix<f32>;
type Answer<T> = Result<Vec<T>, Failed>;

/// A fitted peer: an answer per row.
pub type Fitted = Box<dyn Fn(&Matrix) -> Answer<f64>>;

/// A row-major matrix.
pub fn matrix(x: &[f32], n_columns: usize) -> Result<Matrix, Failed> {
    Matrix::new(x.len() / n_columns.max(1), n_columns, x.to_vec(), false)
}

fn widened<T: Into<f64>>(answer: Answer<T>) -> Answer<f64> {
    Ok(answer?.into_iter().map(Into::into).collect())
}

/// Fits the learner `call`; of `params` those are read that it knows.
pub fn fit(call: &str, params: &Params, data: &Dataset, seed: u64) -> Result<Fitted, Failed> {
    let x = matrix(&data.x.iter().copied().collect::<Vec<_>>(), data.x.ncols())?;
    let int = |name: &str| match params.get(name) {
        Some(kept::base::Value::Int(v)) => Ok(*v),
        _ => Err(Failed::fit(name)),
    };
    let y = match &data.y {
        Target::Class { codes, .. } => codes.clone(),
        Target::Number(values) => {
            let y: Vec<f32> = values.iter().map(|v| *v as f32).collect();
            let made = LinearRegression::fit(&x, &y, LinearRegressionParameters::default())?;
            return Ok(Box::new(move |x| widened(made.predict(x))));
        }
        Target::None => {
            let k = KMeansParameters {
                k: int("n_clusters")? as usize,
                max_iter: 300,
                seed: Some(seed),
            };
            let made = KMeans::<f32, u32, Matrix, Vec<u32>>::fit(&x, k)?;
            return Ok(Box::new(move |x| widened(made.predict(x))));
        }
    };
    Ok(match call {
        "tree" => {
            let p = DecisionTreeClassifierParameters::default()
                .with_max_depth(int("max_depth")? as u16);
            let made = DecisionTreeClassifier::fit(&x, &y, p)?;
            Box::new(move |x| widened(made.predict(x)))
        }
        "forest" => {
            let p = RandomForestClassifierParameters::default()
                .with_n_trees(int("n_estimators")? as u16)
                .with_max_depth(int("max_depth")? as u16)
                .with_seed(seed);
            let made = RandomForestClassifier::fit(&x, &y, p)?;
            Box::new(move |x| widened(made.predict(x)))
        }
        "logistic" => {
            let p = LogisticRegressionParameters::default().with_alpha(1.0);
            let made = LogisticRegression::fit(&x, &y, p)?;
            Box::new(move |x| widened(made.predict(x)))
        }
        "knn" => {
            let p = KNNClassifierParameters::default().with_k(int("n_neighbors")? as usize);
            let made = KNNClassifier::fit(&x, &y, p)?;
            Box::new(move |x| widened(made.predict(x)))
        }
        "gaussian_nb" => {
            let made = GaussianNB::fit(&x, &y, GaussianNBParameters::default())?;
            Box::new(move |x| widened(made.predict(x)))
        }
        "svm" => {
            // The model borrows all three for as long as it lives; the bench ends with its worker.
            let gamma = 1.0 / data.x.ncols().max(1) as f64;
            let p = SVCParameters::default()
                .with_c(1.0)
                .with_kernel(Kernels::rbf().with_gamma(gamma));
            let signs: Vec<i32> = y.iter().map(|c| if *c == 1 { 1 } else { -1 }).collect();
            let x: &'static Matrix = Box::leak(Box::new(x));
            let made = SVC::fit(x, Box::leak(Box::new(signs)), Box::leak(Box::new(p)))?;
            Box::new(move |x| {
                let x: &'static Matrix = Box::leak(Box::new(x.clone()));
                let signs: Vec<f32> = made.predict(x)?;
                Ok(signs
                    .iter()
                    .map(|s| f64::from(u8::from(*s > 0.0)))
                    .collect())
            })
        }
        _ => return Err(Failed::fit("no such learner")),
    })
}
