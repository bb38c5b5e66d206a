//! Several strengths of one penalty on the same data: the rows are passed over once for all of them.
use super::{Linear, Rows, TAKES};
use crate::base::{Params, Result, Run, Stage, Train};
use crate::learn::{
    Dataset, Model, Receive, differ_in_one,
    kernels::{input::ClassWeight, problem::Problem},
};

/// Fits parameter sets that differ in `alpha` alone, without standard errors and without the path of coefficients.
pub(super) fn fit_path(
    sets: &[Params],
    train: &Train<Dataset>,
    run: &mut Run<'_>,
    receive: &mut Receive<'_>,
) -> Option<Result<()>> {
    let all = differ_in_one(sets, Linear::new, |l, first| Linear {
        alpha: first.alpha,
        ..l.clone()
    })?;
    Some(all.and_then(|all| along(&all, train, run, receive)))
}

fn along(
    all: &[Linear],
    train: &Train<Dataset>,
    run: &mut Run<'_>,
    receive: &mut Receive<'_>,
) -> Result<()> {
    let Some(first) = all.first() else {
        return Ok(());
    };
    let total = all.len() as u64;
    run.step(Stage::Fitting, 0, total)?;
    let data = Problem::check(train.get(), TAKES, ClassWeight::None)?;
    let rows = Rows::of(&data)?;
    let m = first.moments(&rows);
    for (i, learner) in all.iter().enumerate() {
        let bare = Linear {
            n_alphas: 0,
            ..learner.clone()
        };
        let fitted = bare.solve(&data, &rows, &m, false, run)?;
        receive(i, Model::Regressor(Box::new(fitted)), run)?;
        run.step(Stage::Fitting, i as u64 + 1, total)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Error, Quiet};
    use crate::learn::{Target, entry};
    use ndarray::Array2;

    fn sample() -> Train<Dataset> {
        let x = Array2::from_shape_fn((300, 4), |(i, j)| {
            (i * [7919, 104_729, 31, 577][j] % 211) as f32 / 100.0 - 1.0
        });
        let y = x.rows().into_iter();
        let y = y.map(|r| f64::from(2.0 * r[0] - r[1] + 0.3 * r[2] * r[3]));
        let y = Target::Number(y.collect());
        Train::all(Dataset::new(x, y))
    }

    #[test]
    fn fits_along_a_path_predict_as_those_made_one_by_one() {
        let train = sample();
        for penalty in ["none", "ridge", "lasso", "elasticnet"] {
            let sets: Vec<Params> = [1.0, 0.001, 30.0, 0.1]
                .map(|a| Params::default().with("alpha", a).with("penalty", penalty))
                .to_vec();
            let (mut quiet, mut seen) = (Quiet, Vec::new());
            let mut run = Run::new(&mut quiet, 0);
            fit_path(&sets, &train, &mut run, &mut |i, model, _| {
                seen.push((i, model));
                Ok(())
            })
            .unwrap()
            .unwrap();
            assert_eq!(seen.len(), sets.len());
            for (i, fast) in seen {
                let slow = (entry("linear").unwrap().build)(&sets[i]).unwrap();
                let slow = slow.fit(&train, &mut run).unwrap();
                let (Model::Regressor(fast), Model::Regressor(slow)) = (fast, slow) else {
                    panic!()
                };
                let x = train.get().x.view();
                assert_eq!(fast.predict(x).unwrap(), slow.predict(x).unwrap());
            }
        }
    }

    #[test]
    fn a_path_needs_sets_that_differ_in_alpha_alone() {
        let train = sample();
        let mut quiet = Quiet;
        let mut go = |sets: &[Params]| {
            let mut run = Run::new(&mut quiet, 0);
            let end = fit_path(sets, &train, &mut run, &mut |_, _, _| Err(Error::Protocol));
            end.map(|r| r.unwrap_err())
        };
        let a = |a: f64| Params::default().with("alpha", a);
        assert!(go(&[]).is_none() && go(&[a(1.0)]).is_none());
        assert!(go(&[a(1.0), a(2.0).with("penalty", "ridge")]).is_none());
        assert_eq!(go(&[a(1.0), a(-1.0)]).unwrap().param(), Some("alpha"));
        assert_eq!(go(&[a(1.0), a(2.0)]), Some(Error::Protocol));
    }
}
