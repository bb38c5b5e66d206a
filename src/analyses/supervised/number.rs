//! What is measured on the held-out part where the target is a number, as a report; and intervals around predictions.
//!
//! An interval is the prediction and as much on either side as the truth lay away from predictions on folds, for the share
//! of rows that was asked for: conformal prediction with residuals of cross-validation.
//!
//! Source: Lei, G'Sell, Rinaldo, Tibshirani & Wasserman (2018), Distribution-free predictive inference for regression,
//! doi:10.1080/01621459.2017.1307116; residuals of folds after Barber, Candès, Ramdas & Tibshirani (2021),
//! doi:10.1214/20-AOS1965.
use super::{
    findings::{drivers, race},
    measure::{chosen, importance_table, leaderboard},
    request::{Data, Request},
    train::Fitted,
    tried,
};
use crate::{
    artifact::Intervals,
    base::{Result, Run, Unit, Warning},
    charts::{Importance, PredictedActual, Residuals},
    evaluate::{
        bootstrap::{r2_interval, rmse_interval},
        cloud::cloud,
        conformal,
        importance::mean_sd,
        interval::wilson,
        metrics::regression::{mae, mape, median_absolute_error, r2, rmse},
        scoring::Scoring,
        smooth::trend,
        spread::histogram,
    },
    report::{Metric, Report, Sentence},
};

const N_BINS: usize = 30;
/// Places of the smoothed residual.
const N_TREND: usize = 25;
/// Streams of the seed.
const BOOTSTRAP: u64 = 0x626f_6f74;

/// Intervals that hold a share `level` of rows, from residuals on folds; none, with a warning, where there are too few.
pub(super) fn intervals(
    residuals: &[f64],
    level: f64,
    run: &mut Run<'_>,
) -> Result<Option<Intervals>> {
    let half_width = conformal::absolute(residuals, 1.0 - level)?;
    if !half_width.is_finite() {
        run.warn(Warning::NoIntervals { level });
        return Ok(None);
    }
    Ok(Some(Intervals { level, half_width }))
}

fn tests(all: &[&Fitted], truth: &[f64], scoring: Scoring) -> Result<Vec<(String, Vec<f64>)>> {
    let mut scores = vec![Scoring::R2, Scoring::NegRmse];
    if !scores.contains(&scoring) {
        scores.push(scoring);
    }
    let mut out = Vec::new();
    for scoring in scores {
        let of = |f: &&Fitted| scoring.of_numbers(truth, &f.scores, None);
        let values: Vec<f64> = all.iter().map(of).collect::<Result<_>>()?;
        let values = values.into_iter().map(|v| tried::sign(scoring) * v);
        out.push((format!("test_{}", tried::shown(scoring)), values.collect()));
    }
    Ok(out)
}

/// The mean error relative to the truth, over rows where that is not 0; and the number of the other rows.
fn relative_error(truth: &[f64], said: &[f64]) -> Result<(Option<f64>, u64)> {
    let pairs = truth.iter().zip(said).filter(|(t, _)| **t != 0.0);
    let (truths, said): (Vec<f64>, Vec<f64>) = pairs.map(|(t, s)| (*t, *s)).unzip();
    let n_zero = (truth.len() - truths.len()) as u64;
    if truths.is_empty() {
        return Ok((None, n_zero));
    }
    Ok((Some(mape(&truths, &said, None)?), n_zero))
}

/// The report of the best learner, the others beside it.
pub(super) fn report(
    request: &Request,
    best: &Fitted,
    others: &[Fitted],
    test: &Data,
    importance: &Importance,
    intervals: Option<Intervals>,
    run: &mut Run<'_>,
) -> Result<Report> {
    let all: Vec<&Fitted> = std::iter::once(best).chain(others).collect();
    let (truth, said) = (test.numbers.as_slice(), best.scores.as_slice());
    let error = rmse(truth, said, None)?;
    let ends = rmse_interval(truth, said, &mut run.rng(BOOTSTRAP), run)?;
    let share = r2(truth, said, None)?;
    let share_ends = r2_interval(truth, said, &mut run.rng(BOOTSTRAP), run)?;
    let is_lost = share_ends.0 <= 0.0;
    if is_lost {
        run.warn(Warning::NoSignal);
    }
    let (relative, n_zero) = relative_error(truth, said)?;
    if n_zero > 0 {
        run.warn(Warning::ZeroTargets {
            column: request.target.clone(),
            count: n_zero,
        });
    }
    let n = truth.len() as f64;
    let width = intervals.map_or(f64::NAN, |i| i.half_width);
    let inside = |(t, s): (&f64, &f64)| (t - s).abs() <= width;
    let n_inside = truth.iter().zip(said).filter(|p| inside(*p)).count() as f64;
    let metric = |key: &str, value: f64, interval| Metric {
        key: key.to_owned(),
        value,
        interval,
        unit: Unit::None,
    };
    let ratio = |key: &str, value: f64, interval| Metric {
        unit: Unit::Ratio,
        ..metric(key, value, interval)
    };
    let mut metrics = vec![
        metric("rmse", error, Some(ends)),
        metric("mae", mae(truth, said, None)?, None),
    ];
    metrics.extend(relative.map(|v| ratio("mape", v, None)));
    metrics.extend([
        metric("r2", share, Some(share_ends)),
        metric(
            "median_absolute_error",
            median_absolute_error(truth, said, None)?,
            None,
        ),
    ]);
    if let Some(intervals) = &intervals {
        metrics.extend([
            ratio("coverage", n_inside / n, Some(wilson(n_inside, n))),
            ratio("interval_level", intervals.level, None),
            metric("interval_half_width", intervals.half_width, None),
        ]);
    }
    metrics.extend([Metric {
        unit: Unit::Count,
        ..metric("n_test", n, None)
    }]);

    let residuals: Vec<f64> = truth.iter().zip(said).map(|(t, s)| t - s).collect();
    let sd = mean_sd(&residuals).1;
    let column = &request.target;
    let said_and_true = PredictedActual {
        column: column.clone(),
        cloud: cloud(said, truth),
        half_width: width,
        r2: share,
        rmse: error,
    };
    let left_over = Residuals {
        column: column.clone(),
        cloud: cloud(said, &residuals),
        trend: trend(said, &residuals, N_TREND),
        sd,
    };
    let figures = vec![
        ("predicted_actual".to_owned(), said_and_true.into()),
        ("residuals".to_owned(), left_over.into()),
        (
            "residual_distribution".to_owned(),
            histogram(&residuals, N_BINS).into(),
        ),
        ("importance".to_owned(), importance.clone().into()),
    ];
    let scoring = request.options.scoring;
    let tables = vec![
        (
            "leaderboard".to_owned(),
            leaderboard(&all, scoring, tests(&all, truth, scoring)?),
        ),
        ("best_params".to_owned(), chosen(&all)),
        ("importance".to_owned(), importance_table(importance)),
    ];
    let baseline = others.iter().find(|f| f.is_baseline());
    let baseline = match baseline {
        Some(f) => rmse(truth, &f.scores, None)?,
        None => f64::NAN,
    };
    let tested = Sentence::TestedNumbers {
        learner: best.learner.id.to_owned(),
        n_test: truth.len() as u64,
        rmse: error,
        low: ends.0,
        high: ends.1,
        baseline,
        r2: share,
    };
    let covered = intervals.map(|i| Sentence::Covered {
        level: i.level,
        coverage: n_inside / n,
        half_width: i.half_width,
    });
    let sentences = if is_lost {
        let column = request.target.clone();
        let mut out = vec![Sentence::NothingLearned { column }, tested];
        out.extend(covered);
        out
    } else {
        let loss = |f: &Fitted| -> Vec<f64> {
            let pairs = truth.iter().zip(&f.scores);
            pairs.map(|(t, s)| (t - s).powi(2)).collect()
        };
        let mut out = vec![tested];
        out.extend(covered);
        out.extend(race(best, others, &loss));
        out.extend(drivers(importance));
        out
    };
    Ok(Report {
        metrics,
        figures,
        tables,
        sentences,
        ..Report::default()
    })
}

#[cfg(test)]
mod tests_of_numbers {
    use super::*;
    use crate::base::Quiet;

    #[test]
    fn too_few_rows_give_no_interval() {
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, 1);
        let few = [1.0; 12];
        assert_eq!(intervals(&few, 0.99, &mut run).unwrap(), None);
        let some = intervals(&few, 0.9, &mut run).unwrap().unwrap();
        assert_eq!(some.around(5.0), (4.0, 6.0));
    }

    #[test]
    fn rows_of_zero_are_counted_apart() {
        let (error, n_zero) = relative_error(&[0.0, 10.0, -4.0], &[5.0, 9.0, -5.0]).unwrap();
        assert_eq!(n_zero, 1);
        assert!((error.unwrap() - 0.175).abs() < 1e-12);
        assert_eq!(relative_error(&[0.0], &[1.0]).unwrap(), (None, 1));
    }
}
