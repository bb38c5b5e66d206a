//! Curves of the best learner: would more rows help, and does its leading parameter matter?
use super::{
    request::Data,
    search::Searched,
    tried::{param_text, shown, sign},
};
use crate::base::order::Ordered;
use crate::{
    base::{Range, Result, Run, Value},
    charts::{Figure, LearningCurve, ParamValues, ScoreSeries, ValidationCurve},
    evaluate::{
        scoring::Scoring,
        search::{Candidate, CurvePoint, PrepareFold, learning_curve, validation_curve},
        split::Splits,
    },
};

/// Shares of the training rows, as scikit-learn's.
const SIZES: [f64; 5] = [0.1, 0.325, 0.55, 0.775, 1.0];
/// A part with fewer rows of the rarer class in its smallest fold is left out.
const FEWEST: f64 = 3.0;
/// Fewer values than this make no curve; then values around the chosen one are tried too.
const FEW_VALUES: usize = 3;
const MOST_VALUES: usize = 9;

/// Figures, by key.
pub(super) type Curves = Vec<(String, Figure)>;

/// The learning curve, and the validation curve where the search varied a number.
pub(super) async fn of(
    best: &Candidate,
    searched: &Searched,
    splits: &Splits,
    train: &Data,
    scoring: Scoring,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Curves> {
    let mut out = Curves::new();
    let sizes = sizes(splits, &train.codes);
    let varied = varied(best, searched);
    let n_values = varied.as_ref().map_or(0, |(_, values)| values.len());
    let mut phases = super::phases::Phases::new(sizes.len() + n_values, run);
    phases.begin(sizes.len(), run);
    let codes = Some(train.codes.as_slice());
    let points = learning_curve(best, splits, &sizes, codes, scoring, prepare, run).await?;
    let rows = |p: &CurvePoint| match p.at {
        Value::Int(n) => n.max(0) as u64,
        _ => 0,
    };
    let curve = LearningCurve {
        scoring: shown(scoring).to_owned(),
        train_sizes: points.iter().map(rows).collect(),
        train: series(&points, scoring, |p| p.train),
        validation: series(&points, scoring, |p| p.test),
    };
    out.push(("learning_curve".to_owned(), curve.into()));
    if let Some((param, values)) = varied {
        phases.begin(n_values, run);
        let points = validation_curve(best, splits, &param, &values, scoring, prepare, run).await?;
        let curve = ValidationCurve {
            scoring: shown(scoring).to_owned(),
            values: param_values(&values),
            train: series(&points, scoring, |p| p.train),
            validation: series(&points, scoring, |p| p.test),
            chosen: values
                .iter()
                .position(|v| number(v) == best.params.get(&param).and_then(number))
                .map(|i| i as u32),
            param,
        };
        out.push(("validation_curve".to_owned(), curve.into()));
    }
    phases.end(run);
    Ok(out)
}

/// Shares of the rows that leave every fold enough of every class.
fn sizes(splits: &Splits, codes: &[u32]) -> Vec<f64> {
    let folds = splits.folds();
    let smallest = folds.iter().map(|f| f.train.len()).min().unwrap_or(0) as f64;
    let n_kinds = codes.iter().max().map_or(1, |c| *c as usize + 1);
    let share = |fold: &crate::evaluate::split::Fold| {
        let mut counts = vec![0_usize; n_kinds];
        for row in &fold.train {
            let kind = codes.get(*row as usize).map(|c| *c as usize);
            if let Some(n) = kind.and_then(|k| counts.get_mut(k)) {
                *n += 1;
            }
        }
        let rarer = counts.into_iter().min().unwrap_or(0);
        rarer as f64 / fold.train.len().max(1) as f64
    };
    let rarest = folds.iter().map(share).fold(1.0, f64::min);
    let enough = |s: &f64| s * smallest * rarest >= FEWEST || *s >= 1.0;
    SIZES.into_iter().filter(enough).collect()
}

fn series(
    points: &[CurvePoint],
    scoring: Scoring,
    of: impl Fn(&CurvePoint) -> (f64, f64),
) -> ScoreSeries {
    ScoreSeries {
        mean: points.iter().map(|p| sign(scoring) * of(p).0).collect(),
        sd: points.iter().map(|p| of(p).1).collect(),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(v) => Some(*v as f64),
        Value::Float(v) => Some(*v),
        _ => None,
    }
}

/// The first number that the search varied for the learner of `best`, with its values, rising.
fn varied(best: &Candidate, searched: &Searched) -> Option<(String, Vec<Value>)> {
    let mine = || {
        searched
            .tried
            .iter()
            .filter(|t| t.learner == best.learner.id)
    };
    let (name, chosen) = best.params.0.iter().find(|(name, chosen)| {
        let differs = |v: &Value| v != *chosen;
        let tried = mine().filter_map(|t| t.params.get(name));
        number(chosen).is_some() && tried.into_iter().any(differs)
    })?;
    let mut values: Vec<Value> = mine().filter_map(|t| t.params.get(name).cloned()).collect();
    values.push(chosen.clone());
    let spec = best.learner.params.iter().find(|s| s.name == name.as_str());
    let around = [0.25, 0.5, 2.0, 4.0];
    let tidy = |values: &mut Vec<Value>| {
        values.retain(|v| number(v).is_some());
        values.order_by(|a, b| order(a).total_cmp(&order(b)));
        values.dedup_by(|a, b| order(a) == order(b));
    };
    tidy(&mut values);
    if values.len() < FEW_VALUES {
        match (chosen, spec.map(|s| &s.range)) {
            (Value::Int(v), Some(Range::Int { min, max, .. })) => {
                let near = |f: f64| ((*v as f64 * f) as i64).clamp(*min, *max);
                values.extend(around.map(|f| Value::Int(near(f))));
            }
            (Value::Float(v), Some(Range::Float { min, max, .. })) => {
                values.extend(around.map(|f| Value::Float((v * f).clamp(*min, *max))));
            }
            _ => {}
        }
        tidy(&mut values);
    }
    // Of many draws the ends and some between, the chosen one among them.
    if values.len() > MOST_VALUES {
        let last = values.len() - 1;
        let keep: Vec<usize> = (0..MOST_VALUES)
            .map(|i| i * last / (MOST_VALUES - 1))
            .collect();
        let thinned = keep.iter().filter_map(|i| values.get(*i).cloned());
        let mut thinned: Vec<Value> = thinned.collect();
        thinned.push(chosen.clone());
        tidy(&mut thinned);
        values = thinned;
    }
    let builds = |v: &Value| {
        let params = best.params.clone().with(name, v.clone());
        (best.learner.build)(&params).is_ok()
    };
    values.retain(builds);
    (values.len() >= 2).then(|| (name.clone(), values))
}

fn order(value: &Value) -> f64 {
    number(value).unwrap_or(f64::NAN)
}

fn param_values(values: &[Value]) -> ParamValues {
    let numbers: Option<Vec<f64>> = values.iter().map(number).collect();
    match numbers {
        None => ParamValues::Names(values.iter().map(param_text).collect()),
        Some(v)
            if v.iter().all(|v| *v > 0.0) && v.last() > v.first().map(|v| v * 10.0).as_ref() =>
        {
            ParamValues::Log(v)
        }
        Some(v) => ParamValues::Linear(v),
    }
}
