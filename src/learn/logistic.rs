//! Logistic regression, multinomial for more than two classes.
//!
//! Minimises `C · Σ wᵢ lossᵢ + (1 − ρ)/2 ‖β‖² + ρ ‖β‖₁`: scikit-learn's objective and its `C`, with `ρ = 0` for the
//! penalty `l2`, 1 for `l1`, `l1_ratio` for `elasticnet`, and no penalty at all for `none`. With two classes the loss is
//! `ln(1 + e^(−ỹᵢ zᵢ))`, `ỹ = ±1`, `z = Xβ + b`; with `K > 2` classes there are `K` outputs and it is
//! `ln Σₖ e^(zᵢₖ) − zᵢ,yᵢ`. Intercepts are not penalised. A penalty keeps the problem well-posed for constant, repeated
//! and separating columns; without one, columns that repeat others share their coefficient and separated classes are
//! reported as not converged.
//!
//! The way is chosen by shape: Newton's method with the exact curvature up to 260 parameters, L-BFGS beyond, and proximal
//! Newton with coordinate descent for penalties with an L1 part. `tol` is the length of the last step in standard errors.
//!
//! Standard errors come from the observed information, `(Σ wᵢ ∂²lossᵢ + I/C)⁻¹`. Without a penalty these are the usual
//! ones and their intervals Wald's. With an L2 penalty the penalised curvature is used: they describe the spread of the
//! shrunk estimate, not its bias, and are therefore smaller than those of an unpenalised fit. After selection by L1, with
//! collinear columns and beyond Newton's size there are none. Weights count as numbers of rows.
//!
//! Source: Hastie, Tibshirani & Friedman (2009), *The Elements of Statistical Learning*, section 4.4,
//! doi:10.1007/978-0-387-84858-7.
mod fitted;

pub use fitted::FittedLogistic;

use super::{
    Dataset, Entry, Estimator, Model, Receive, Takes, differ_in_one,
    kernels::{
        input::ClassWeight,
        logit::{Errors, Logit, Solution, Stop},
        problem::{Goal, Problem},
    },
};
use crate::base::order::Ordered;
use crate::base::{Error, ParamSpec, Params, Result, Run, Stage, TargetReason, Train, Warning};
use std::borrow::Cow;

const ID: &str = "logistic";

/// `class_weight` as scikit-learn means it.
pub(super) const CLASS_WEIGHT: ParamSpec = ParamSpec::choice(
    "class_weight",
    &[Cow::Borrowed("none"), Cow::Borrowed("balanced")],
);

const PARAMS: &[ParamSpec] = &[
    ParamSpec::choice(
        "penalty",
        &[
            Cow::Borrowed("l2"),
            Cow::Borrowed("l1"),
            Cow::Borrowed("elasticnet"),
            Cow::Borrowed("none"),
        ],
    ),
    ParamSpec::float("C", 1e-6, 1e6, 1.0),
    ParamSpec::float("l1_ratio", 0.0, 1.0, 0.5),
    CLASS_WEIGHT,
    ParamSpec::flag("fit_intercept", true),
    ParamSpec::float("tol", 1e-10, 0.1, 1e-4),
    ParamSpec::int("max_iter", 1, 100_000, 1_000),
];

const TAKES: Takes = Takes {
    binary: true,
    multiclass: true,
    sample_weight: true,
    ..Takes::NOTHING
};

/// Registry line.
pub(super) const ENTRY: Entry = Entry {
    id: ID,
    params: PARAMS,
    complexity: 5,
    takes: TAKES,
    by_default: true,
    build: |params| Ok(Box::new(Logistic::new(params)?)),
    load: |part| Ok(Model::Classifier(Box::new(FittedLogistic::load(part)?))),
    candidates: || {
        [0.1, 1.0, 10.0, 100.0]
            .map(|c| Params::default().with("C", c))
            .to_vec()
    },
    divide: None,
    fit_path: Some(fit_path),
};

/// Reads `class_weight`.
pub(super) fn class_weight(params: &Params, specs: &[ParamSpec]) -> Result<ClassWeight> {
    Ok(match params.choice(specs, "class_weight")?.as_str() {
        "balanced" => ClassWeight::Balanced,
        _ => ClassWeight::None,
    })
}

/// The learner, parameters checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    c: f64,
    /// Share of L1 in the penalty; absent without one.
    l1_ratio: Option<f64>,
    class_weight: ClassWeight,
    fit_intercept: bool,
    tol: f64,
    max_iter: usize,
}

impl Logistic {
    /// Checks the parameters: `penalty` (`l2`, `l1`, `elasticnet`, `none`), `C` (inverse strength of the penalty),
    /// `l1_ratio` (for `elasticnet`), `class_weight`, `fit_intercept`, `tol`, `max_iter`.
    ///
    /// # Errors
    /// [`Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        params.deny_unknown(PARAMS)?;
        let l1_ratio = params.float(PARAMS, "l1_ratio")?;
        Ok(Self {
            c: params.float(PARAMS, "C")?,
            l1_ratio: match params.choice(PARAMS, "penalty")?.as_str() {
                "none" => None,
                "l1" => Some(1.0),
                "elasticnet" => Some(l1_ratio),
                _ => Some(0.0),
            },
            class_weight: class_weight(params, PARAMS)?,
            fit_intercept: params.flag(PARAMS, "fit_intercept")?,
            tol: params.float(PARAMS, "tol")?,
            max_iter: params.int(PARAMS, "max_iter")? as usize,
        })
    }

    /// Fits; warns with [`Warning::NotConverged`] when `max_iter` does not suffice, and when there is no penalty and the
    /// classes can be told apart without a mistake, so that there is no solution.
    ///
    /// # Errors
    /// See [`Problem::check`]; [`Error::Cancelled`].
    pub fn fit_logistic(
        &self,
        train: &Train<Dataset>,
        run: &mut Run<'_>,
    ) -> Result<FittedLogistic> {
        run.check()?;
        let data = Problem::check(train.get(), TAKES, self.class_weight)?;
        let mut logit = self.lay_out(&data)?;
        self.penalise(&mut logit);
        let solution = logit.minimise(None, self.stop(), run)?;
        let errors = logit.errors(&solution);
        let fitted = self.finish(&data, errors, &solution, run)?;
        let total = self.max_iter as u64;
        run.step(Stage::Fitting, total, total)?;
        Ok(fitted)
    }

    fn lay_out(&self, data: &Problem<'_>) -> Result<Logit> {
        let (codes, classes) = classes_of(data)?;
        let weight = data.row_weights();
        Ok(Logit::new(
            &data.x,
            data.n_columns,
            codes,
            classes.len(),
            weight.as_deref(),
            self.fit_intercept,
        ))
    }

    fn penalise(&self, logit: &mut Logit) {
        let l1_ratio = self.l1_ratio.unwrap_or(0.0);
        logit.penalise(l1_ratio / self.c, self.l2());
    }

    fn l2(&self) -> f64 {
        self.l1_ratio.map_or(0.0, |r| (1.0 - r) / self.c)
    }

    fn stop(&self) -> Stop {
        Stop {
            max_iter: self.max_iter,
            tol: self.tol,
            errors: true,
        }
    }

    fn finish(
        &self,
        data: &Problem<'_>,
        errors: Option<Errors>,
        solution: &Solution,
        run: &mut Run<'_>,
    ) -> Result<FittedLogistic> {
        if !solution.converged || solution.separated {
            run.warn(Warning::NotConverged {
                algorithm: ID.into(),
                iterations: solution.n_iter as u64,
            });
        }
        let (_, classes) = classes_of(data)?;
        FittedLogistic::new(
            solution,
            errors,
            classes.to_vec(),
            data.features[..].to_vec(),
        )
    }
}

fn classes_of<'p>(data: &'p Problem<'_>) -> Result<(&'p [u32], &'p [String])> {
    match &data.goal {
        Goal::Classes { codes, classes, .. } => Ok((codes, classes)),
        _ => Err(Error::Target {
            name: "target".into(),
            reason: TargetReason::NeedsClasses,
        }),
    }
}

impl Estimator for Logistic {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        Ok(Model::Classifier(Box::new(self.fit_logistic(train, run)?)))
    }
}

/// Fits parameter sets that differ in `C` alone: the data are laid out once, and each fit starts from the one with the
/// next stronger penalty and its curvature.
fn fit_path(
    sets: &[Params],
    train: &Train<Dataset>,
    run: &mut Run<'_>,
    receive: &mut Receive<'_>,
) -> Option<Result<()>> {
    let all = differ_in_one(sets, Logistic::new, |l, first| Logistic {
        c: first.c,
        ..l.clone()
    })?;
    Some(all.and_then(|all| along(&all, train, run, receive)))
}

fn along(
    all: &[Logistic],
    train: &Train<Dataset>,
    run: &mut Run<'_>,
    receive: &mut Receive<'_>,
) -> Result<()> {
    let Some(first) = all.first() else {
        return Ok(());
    };
    let total = all.len() as u64;
    run.step(Stage::Fitting, 0, total)?;
    let data = Problem::check(train.get(), TAKES, first.class_weight)?;
    let mut logit = first.lay_out(&data)?;
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.order_by(|a, b| all[*a].c.total_cmp(&all[*b].c));
    let mut before: Option<(Solution, f64)> = None;
    for (n_done, i) in order.into_iter().enumerate() {
        let learner = &all[i];
        learner.penalise(&mut logit);
        let start = before.as_ref().map(|(s, l2)| (s, *l2));
        let stop = Stop {
            errors: false,
            ..learner.stop()
        };
        let solution = run.quietly(|run| logit.minimise(start, stop, run))?;
        let fitted = learner.finish(&data, None, &solution, run)?;
        receive(i, Model::Classifier(Box::new(fitted)), run)?;
        before = Some((solution, learner.l2()));
        run.step(Stage::Fitting, n_done as u64 + 1, total)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Observer, Progress, Quiet};
    use crate::learn::{Classifier, Insight, Save, Target};
    use ndarray::Array2;

    fn train(x: Vec<f32>, d: usize, codes: Vec<u32>) -> Train<Dataset> {
        let x = Array2::from_shape_vec((codes.len(), d), x).unwrap();
        let names = ["no", "yes", "perhaps"];
        let n = codes.iter().max().map_or(2, |m| *m as usize + 1).max(2);
        Train::all(Dataset::new(x, Target::class(codes, &names[..n])))
    }

    #[derive(Default)]
    struct Collect(Vec<Warning>);
    impl Observer for Collect {
        fn progress(&mut self, _: Progress) {}
        fn warn(&mut self, warning: Warning) {
            self.0.push(warning);
        }
    }

    fn noise() -> impl FnMut() -> f32 {
        let mut s = 17u32;
        move || {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (s >> 8) as f32 / (1 << 23) as f32 - 1.0
        }
    }

    fn sample(n: usize, d: usize, n_classes: u32) -> Train<Dataset> {
        let mut u = noise();
        let x: Vec<f32> = (0..n * d).map(|_| u()).collect();
        let codes = x.chunks_exact(d).map(|r| {
            let z = r[0] - 0.6 * r[1] + 0.8 * u();
            (((z + 1.2) * 0.42 * n_classes as f32).max(0.0) as u32).min(n_classes - 1)
        });
        let codes = codes.collect();
        train(x, d, codes)
    }

    #[test]
    fn repeated_constant_and_separating_columns_converge() {
        let mut x = Vec::new();
        let mut codes = Vec::new();
        for i in 0..400 {
            let v = i as f32 / 200.0 - 1.0;
            x.extend([v, v, 1.0, 0.0, -3.0 * v]);
            codes.push(u32::from(i >= 200));
        }
        let mut seen = Collect::default();
        let params = Params::default().with("C", 1e6);
        let fitted = Logistic::new(&params)
            .unwrap()
            .fit_logistic(&train(x, 5, codes), &mut Run::new(&mut seen, 0))
            .unwrap();
        assert!(seen.0.is_empty(), "{:?}", seen.0);
        let b = fitted.coefficients();
        assert!((b[0] - b[1]).abs() < 1e-3 * b[0].abs(), "{b:?}");
        assert!(b[2].abs() < 1e-3 * b[0].abs() && b[3] == 0.0, "{b:?}");
    }

    #[test]
    fn too_few_iterations_are_a_warning() {
        let mut seen = Collect::default();
        let x: Vec<f32> = (0..40).map(|i| (i % 7) as f32).collect();
        let codes = (0..40)
            .map(|i| u32::from(i % 7 > 3 || i % 5 == 0))
            .collect();
        let params = Params::default().with("max_iter", 1);
        Logistic::new(&params)
            .unwrap()
            .fit(&train(x, 1, codes), &mut Run::new(&mut seen, 0))
            .unwrap();
        assert!(matches!(
            seen.0[..],
            [Warning::NotConverged { iterations: 1, .. }]
        ));
    }

    #[test]
    fn columns_of_wild_scale_are_fitted() {
        let mut x = Vec::new();
        let mut codes = Vec::new();
        for i in 0..500u32 {
            let v = (i * 7919 % 500) as f32 / 250.0 - 1.0;
            let u = (i * 104_729 % 499) as f32 / 250.0 - 1.0;
            x.extend([v * 1e20, u * 1e-6]);
            codes.push(u32::from(v + 0.5 * u > 0.1));
        }
        for penalty in ["l2", "l1", "elasticnet"] {
            let mut quiet = Quiet;
            let fitted = Logistic::new(&Params::default().with("penalty", penalty))
                .unwrap()
                .fit_logistic(
                    &train(x.clone(), 2, codes.clone()),
                    &mut Run::new(&mut quiet, 0),
                )
                .unwrap();
            assert!(fitted.coefficients()[0] > 0.0, "{penalty}");
        }
    }

    #[test]
    fn separated_classes_without_a_penalty_are_a_warning() {
        let x: Vec<f32> = (0..60).map(|i| i as f32 / 30.0 - 1.0).collect();
        let codes = (0..60).map(|i| u32::from(i >= 30)).collect();
        let mut seen = Collect::default();
        let fitted = Logistic::new(&Params::default().with("penalty", "none"))
            .unwrap()
            .fit_logistic(&train(x, 1, codes), &mut Run::new(&mut seen, 0))
            .unwrap();
        assert!(matches!(seen.0[..], [Warning::NotConverged { .. }]));
        assert!(fitted.standard_errors().is_none() && fitted.coefficients()[0] > 0.0);
    }

    #[test]
    fn repeated_columns_without_a_penalty_share_their_coefficient() {
        let plain = sample(300, 3, 2);
        let x = &plain.get().x;
        let twice = Array2::from_shape_fn((300, 4), |(i, j)| x[[i, j.min(2)]]);
        let twice = Train::all(Dataset::new(twice, plain.get().y.clone()));
        let none = Logistic::new(&Params::default().with("penalty", "none")).unwrap();
        let (mut seen, mut quiet) = (Collect::default(), Quiet);
        let a = none
            .fit_logistic(&plain, &mut Run::new(&mut quiet, 0))
            .unwrap();
        let b = none
            .fit_logistic(&twice, &mut Run::new(&mut seen, 0))
            .unwrap();
        assert!(seen.0.is_empty() && b.standard_errors().is_none());
        let (a, b) = (a.coefficients(), b.coefficients());
        assert!(
            (b[2] - b[3]).abs() < 1e-5 && (b[2] + b[3] - a[2]).abs() < 1e-5,
            "{a:?} {b:?}"
        );
    }

    #[test]
    fn a_difference_is_as_uncertain_as_a_coefficient_that_says_the_same() {
        for classes in [2, 3] {
            let plain = sample(300, 3, classes);
            // b₀ x₀ + b₁ x₁ = (b₀ − b₁) x₀ + b₁ (x₀ + x₁)
            let mut x = plain.get().x.clone();
            x.rows_mut().into_iter().for_each(|mut r| r[1] += r[0]);
            let other = Train::all(Dataset::new(x, plain.get().y.clone()));
            let none = Logistic::new(&Params::default().with("penalty", "none")).unwrap();
            let mut quiet = Quiet;
            let mut run = Run::new(&mut quiet, 0);
            let a = none.fit_logistic(&plain, &mut run).unwrap();
            let b = none.fit_logistic(&other, &mut run).unwrap();
            let (errors, n_outputs) = (b.standard_errors().unwrap(), b.intercepts().len());
            for k in 0..n_outputs {
                let (got, want) = (a.difference_error(3 * k, 3 * k + 1), errors[4 * k]);
                assert!((got.unwrap() - want).abs() < 1e-5 * want, "{got:?} {want}");
                assert_eq!(got, a.difference_error(3 * k + 1, 3 * k));
            }
            for (i, j) in [(0, 0), (0, 3 * n_outputs), (2, 3), (99, 98)] {
                assert_eq!(a.difference_error(i, j), None);
            }
            let saved = FittedLogistic::load(&a.save().unwrap()).unwrap();
            assert_eq!(saved.difference_error(0, 1), None);
        }
    }

    fn path(sets: &[Params], train: &Train<Dataset>) -> Option<Result<Vec<Model>>> {
        let mut quiet = Quiet;
        let mut models: Vec<Option<Model>> = sets.iter().map(|_| None).collect();
        let mut receive = |i: usize, model: Model, _: &Run<'_>| {
            assert!(models[i].replace(model).is_none());
            Ok(())
        };
        let done = fit_path(sets, train, &mut Run::new(&mut quiet, 0), &mut receive)?;
        Some(done.map(|()| models.into_iter().map(Option::unwrap).collect()))
    }

    fn all_of(models: Vec<Model>) -> Vec<FittedLogistic> {
        let again = |m: Model| FittedLogistic::load(&m.fitted().save().unwrap()).unwrap();
        models.into_iter().map(again).collect()
    }

    #[test]
    fn fits_along_a_path_are_those_made_one_by_one() {
        for (n, d, classes, penalty) in [
            (500, 4, 2, "l2"),
            (17_000, 3, 2, "l2"),
            (500, 4, 3, "l2"),
            (120, 300, 2, "l2"),
            (500, 6, 2, "l1"),
            (500, 6, 3, "elasticnet"),
            (80, 600, 2, "l1"),
            (500, 4, 2, "none"),
        ] {
            let train = sample(n, d, classes);
            let sets: Vec<Params> = [1.0, 0.03, 20.0]
                .map(|c| Params::default().with("C", c).with("penalty", penalty))
                .to_vec();
            let mut quiet = Quiet;
            let mut run = Run::new(&mut quiet, 0);
            let models = path(&sets, &train).unwrap().unwrap();
            for (set, fast) in sets.iter().zip(all_of(models)) {
                let slow = Logistic::new(set)
                    .unwrap()
                    .fit_logistic(&train, &mut run)
                    .unwrap();
                let scale = slow
                    .coefficients()
                    .iter()
                    .fold(1e-3f64, |m, v| m.max(v.abs()));
                for (a, b) in fast.coefficients().iter().zip(slow.coefficients()) {
                    assert!((a - b).abs() < 1e-5 * scale, "{n} {d} {penalty}: {a} {b}");
                }
                let pairs = fast.intercepts().iter().zip(slow.intercepts());
                for (a, b) in pairs {
                    assert!(
                        (a - b).abs() < 1e-5 * b.abs().max(1.0),
                        "{penalty}: {a} {b}"
                    );
                }
                assert!(fast.standard_errors().is_none());
            }
        }
    }

    #[test]
    fn a_path_needs_sets_that_differ_in_c_alone() {
        let train = sample(60, 2, 2);
        let c = |c: f64| Params::default().with("C", c);
        assert!(path(&[], &train).is_none());
        assert!(path(&[c(1.0)], &train).is_none());
        let other = c(2.0).with("penalty", "l1");
        assert!(path(&[c(1.0), other], &train).is_none());
        let bad = path(&[c(1.0), c(-1.0)], &train).unwrap();
        assert_eq!(bad.unwrap_err().code(), "param");
    }

    #[test]
    fn l1_meets_its_optimality_conditions_and_selects() {
        for (n, d, classes) in [(400, 8, 2), (400, 8, 3), (60, 600, 2), (60, 300, 3)] {
            let train = sample(n, d, classes);
            let params = Params::default()
                .with("penalty", "l1")
                .with("C", 0.2)
                .with("tol", 1e-6);
            let mut quiet = Quiet;
            let fitted = Logistic::new(&params)
                .unwrap()
                .fit_logistic(&train, &mut Run::new(&mut quiet, 0))
                .unwrap();
            let b = fitted.coefficients();
            assert!(b.iter().any(|v| *v != 0.0) && b.iter().filter(|v| **v == 0.0).count() >= 3);
            assert!(fitted.standard_errors().is_none());
            let data = train.get();
            let Target::Class { codes, .. } = &data.y else {
                panic!()
            };
            let p = fitted.predict_proba(data.x.view()).unwrap();
            for (k, b) in b.chunks_exact(d).enumerate() {
                let class = if classes == 2 { 1 } else { k };
                for (j, b) in b.iter().enumerate() {
                    let of = |i: usize| {
                        let hit = f64::from(u8::from(codes[i] as usize == class));
                        f64::from(data.x[[i, j]]) * (p[[i, class]] - hit)
                    };
                    let g = 0.2 * (0..n).map(of).sum::<f64>();
                    if *b == 0.0 {
                        assert!(g.abs() < 1.0 + 1e-4, "{n} {d} {classes}: {g}");
                    } else {
                        assert!((g + b.signum()).abs() < 1e-3, "{n} {d} {classes}: {g} {b}");
                    }
                }
            }
        }
    }

    #[test]
    fn many_columns_take_neither_memory_nor_time() {
        let train = sample(50, 10_000, 2);
        for penalty in ["l2", "l1", "elasticnet", "none"] {
            let mut quiet = Quiet;
            let fitted = Logistic::new(&Params::default().with("penalty", penalty))
                .unwrap()
                .fit_logistic(&train, &mut Run::new(&mut quiet, 0))
                .unwrap();
            let data = train.get();
            let Target::Class { codes, .. } = &data.y else {
                panic!()
            };
            let p = fitted.predict_proba(data.x.view()).unwrap();
            let hits = (0..50).filter(|&i| (p[[i, 1]] > 0.5) == (codes[i] == 1));
            assert!(hits.count() >= 45, "{penalty}");
        }
    }

    #[test]
    fn coefficients_are_there_to_see() {
        let mut quiet = Quiet;
        for classes in [2, 3] {
            let fitted = Logistic::new(&Params::default())
                .unwrap()
                .fit_logistic(&sample(300, 2, classes), &mut Run::new(&mut quiet, 0))
                .unwrap();
            let [
                Insight::Coefficients {
                    odds: true,
                    outputs,
                    intercepts,
                    rows,
                },
            ] = &fitted.insights()[..]
            else {
                panic!()
            };
            let n = if classes == 2 { 1 } else { 3 };
            assert_eq!((intercepts.len(), rows.len()), (n, 2 * n));
            assert_eq!(outputs.len(), if classes == 2 { 0 } else { 3 });
            assert_eq!(rows[1].feature, "x1");
            let (low, high) = rows[0].interval.unwrap();
            assert!(low < rows[0].value && rows[0].value < high);
            let p = rows[0].p_value.unwrap();
            assert_eq!(p < 0.05, low > 0.0 || high < 0.0);
        }
    }

    #[test]
    fn parameters_are_checked() {
        for bad in [
            Params::default().with("C", 0.0),
            Params::default().with("C", f64::NAN),
            Params::default().with("class_weight", "heavy"),
            Params::default().with("max_iter", 0),
            Params::default().with("penalty", "l3"),
            Params::default().with("l1_ratio", 1.5),
            Params::default().with("tol", 0.0),
            Params::default().with("fit_intercept", "no"),
            Params::default().with("solver", "saga"),
        ] {
            assert_eq!(Logistic::new(&bad).unwrap_err().code(), "param");
        }
    }
}
