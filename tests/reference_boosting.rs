//! Boosting against LightGBM with the same parameters, see `tests/reference/boosting.py`; and against broken input.
//!
//! Tolerances: on 3,000 rows not learned from, losses (log loss, root mean squared, absolute, pinball, Poisson deviance)
//! within 4 % of LightGBM's and ROC-AUC within 0.005 (with sampled rows or columns, which each side draws for itself, at
//! most 6 % and 0.005 worse), mean prediction within 2 % of itself plus 0.01. Directions hold exactly.
#![cfg(feature = "engine")]
// Helpers of tests may unwrap like the tests themselves.
#![allow(clippy::unwrap_used)]
use kept::base::{
    Error, Observer, Params, Progress, Quiet, Result, Run, Trace, Train, Value, Warning,
};
use kept::evaluate::metrics::roc_auc;
use kept::learn::{Dataset, Insight, Model, Target, entry};
use ndarray::{Array2, Axis, s};
use serde_json::Value as Json;

const N: usize = 9000;
const TRAIN: usize = 6000;
const D: usize = 8;

fn reference() -> Json {
    let path = format!(
        "{}/tests/reference/boosting.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The numbers of `boosting.py`, `(N, D + 3)`.
fn numbers() -> Array2<f64> {
    let mut s = 2024u32;
    Array2::from_shape_simple_fn((N, D + 3), || {
        s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(s >> 8) / f64::from(1 << 23) - 1.0
    })
}

/// The matrix with its gaps, and the part of the target that can be learned.
fn matrix(u: &Array2<f64>, gaps: bool) -> (Array2<f32>, Vec<f64>) {
    let mut x = u.slice(s![.., ..D]).mapv(|v| v as f32);
    for (j, k) in [(5, 4.0), (6, 30.0)] {
        x.column_mut(j)
            .assign(&u.column(j).mapv(|v| ((v + 1.0) / 2.0 * k).floor() as f32));
    }
    let signal = x.rows().into_iter().map(|r| {
        let at = |j: usize| f64::from(r[j]);
        1.5 * at(0) + (1.0 + at(1)) * (1.0 + at(2)) - 1.5 * at(3).powi(2)
            + 0.5 * [0.0, 1.0, -1.0, 0.5][r[5] as usize]
            + 0.4 * (f64::from((r[6] as u32 * 7) % 5) - 2.0)
    });
    let signal = signal.collect();
    if gaps {
        for ((i, j), v) in x.indexed_iter_mut() {
            let twice = if j == 0 && u[[i, 0]] > 0.0 { 2.0 } else { 1.0 };
            let share = if j == 0 { 0.3 } else { 0.1 };
            if u[[i, (j + 3) % D]].abs() < share * twice {
                *v = f32::NAN;
            }
        }
    }
    (x, signal)
}

fn target(goal: &str, u: &Array2<f64>, signal: &[f64]) -> Vec<f64> {
    let of = |(i, signal): (usize, &f64)| {
        let z = signal + 1.2 * u[[i, D]];
        match goal {
            "binary" => f64::from(z > 1.0),
            "multiclass" => f64::from(z > 0.3) + f64::from(z > 1.5),
            "poisson" => ((0.6 * z).exp() * (u[[i, D + 1]] + 1.0)).floor(),
            _ => 10.0 * z + 100.0,
        }
    };
    signal.iter().enumerate().map(of).collect()
}

fn as_target(goal: &str, y: &[f64]) -> Target {
    let codes = || y.iter().map(|y| *y as u32).collect();
    match goal {
        "binary" => Target::class(codes(), &["a", "b"]),
        "multiclass" => Target::class(codes(), &["a", "b", "c"]),
        _ => Target::Number(y.to_vec()),
    }
}

fn fit(data: &Dataset, params: &Params) -> Result<Model> {
    fit_heard(data, params, &mut Quiet)
}

fn fit_heard(data: &Dataset, params: &Params, observer: &mut dyn Observer) -> Result<Model> {
    let learner = (entry("boosting")?.build)(params)?;
    learner.fit(&Train::all(data.clone()), &mut Run::new(observer, 42))
}

/// Probabilities of each class, or numbers in one column.
fn predict(model: &Model, x: &Array2<f32>) -> Array2<f64> {
    match model {
        Model::Classifier(c) => c.predict_proba(x.view()).unwrap(),
        Model::Regressor(r) => {
            let p = r.predict(x.view()).unwrap();
            Array2::from_shape_vec((p.len(), 1), p).unwrap()
        }
        Model::Clusterer(_) => panic!("no clusterer was asked for"),
    }
}

fn loss(goal: &str, y: &[f64], p: &Array2<f64>, alpha: f64) -> f64 {
    let of = |(y, p): (&f64, ndarray::ArrayView1<'_, f64>)| {
        let (d, m) = (y - p[0], p[0]);
        match goal {
            "binary" | "multiclass" => -p[*y as usize].ln(),
            "squared" => d * d,
            "absolute" => d.abs(),
            "quantile" => (alpha * d).max((alpha - 1.0) * d),
            _ => 2.0 * (if *y > 0.0 { y * (y / m).ln() } else { 0.0 } - y + m),
        }
    };
    let mean = y.iter().zip(p.rows()).map(of).sum::<f64>() / y.len() as f64;
    if goal == "squared" { mean.sqrt() } else { mean }
}

fn params_of(case: &Json) -> Params {
    let goal = case["goal"].as_str().unwrap();
    let mut params = Params::default();
    if !["binary", "multiclass"].contains(&goal) {
        params = params.with("objective", goal);
    } else {
        params = params.with("class_weight", case["class_weight"].as_str().unwrap());
    }
    for (name, v) in case["params"].as_object().unwrap() {
        params = match v.as_i64() {
            Some(v) => params.with(name, v),
            None => params.with(name, v.as_f64().unwrap()),
        };
    }
    let directions: Vec<i64> = case["directions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d.as_i64().unwrap())
        .collect();
    if !directions.is_empty() {
        params = params.with("monotone_constraints", directions);
    }
    params
}

/// Column `j` from −1 to 1 under 40 rows of the matrix must not turn against `direction`.
fn check_direction(model: &Model, x: &Array2<f32>, j: usize, direction: i64) {
    for row in 0..40 {
        let mut line = Array2::zeros((60, D));
        for (i, mut r) in line.rows_mut().into_iter().enumerate() {
            r.assign(&x.row(row * 7));
            r[j] = i as f32 / 29.5 - 1.0;
        }
        let p = predict(model, &line);
        let p = p.index_axis(Axis(1), p.ncols() - 1);
        for (a, b) in p.iter().zip(p.iter().skip(1)) {
            assert!((b - a) * direction as f64 >= 0.0, "column {j}, row {row}");
        }
    }
}

#[test]
fn losses_are_lightgbms() {
    let u = numbers();
    let mut table = String::new();
    let mut bad = 0;
    for case in reference()["fits"].as_array().unwrap() {
        let goal = case["goal"].as_str().unwrap();
        let (x, signal) = matrix(&u, case["gaps"] == true);
        let y = target(goal, &u, &signal);
        assert!((y.iter().sum::<f64>() - case["y_sum"].as_f64().unwrap()).abs() < 1e-3);
        let (mut data, test) = (
            Dataset::new(
                x.slice(s![..TRAIN, ..]).to_owned(),
                as_target(goal, &y[..TRAIN]),
            ),
            x.slice(s![TRAIN.., ..]).to_owned(),
        );
        if case["categories"] == true {
            data = data.with_levels([0, 0, 0, 0, 0, 4, 30, 0].into());
        }
        if case["weighted"] == true {
            let w = (0..TRAIN).map(|i| 1.0 + ((u[[i, D + 2]] + 1.0) * 2.0).floor());
            data = data.with_weights(w.collect());
        }
        let model = fit(&data, &params_of(case)).unwrap();
        let p = predict(&model, &test);
        let (got, want) = (
            loss(goal, &y[TRAIN..], &p, case["alpha"].as_f64().unwrap()),
            case["loss"].as_f64().unwrap(),
        );
        let mean = p.index_axis(Axis(1), p.ncols() - 1).mean().unwrap();
        let want_mean = case["mean"].as_f64().unwrap();
        let sampled = case["params"].get("subsample").is_some();
        let off = got / want - 1.0;
        let near = if sampled {
            off < 0.06
        } else {
            off.abs() < 0.04
        };
        let mut good = near && (mean - want_mean).abs() < 0.02 * want_mean.abs() + 0.01;
        table += &format!(
            "{goal} {:.4} {want:.4} ({:+.2} %) mean {mean:.4} {want_mean:.4}",
            got,
            100.0 * (got / want - 1.0)
        );
        if let Some(want) = case["auc"].as_f64() {
            let truth: Vec<bool> = y[TRAIN..].iter().map(|y| *y == 1.0).collect();
            let got = roc_auc(&truth, &p.column(1).to_vec(), None).unwrap();
            good &= got > want - 0.005 && (sampled || got < want + 0.005);
            table += &format!(" auc {got:.4} {want:.4}");
        }
        bad += usize::from(!good);
        table += &format!(" {}{}\n", case["params"], if good { "" } else { " <<<" });
        for (j, d) in case["directions"].as_array().unwrap().iter().enumerate() {
            let d = d.as_i64().unwrap();
            if d != 0 {
                check_direction(&model, &test, j, d);
            }
        }
    }
    assert_eq!(bad, 0, "\n{table}");
    println!("{table}");
}

#[test]
fn directions_hold_for_quantiles_too() {
    let u = numbers();
    let (x, signal) = matrix(&u, true);
    for goal in ["absolute", "quantile", "poisson", "multiclass"] {
        let y = target(goal, &u, &signal);
        let data = Dataset::new(
            x.slice(s![..2000, ..]).to_owned(),
            as_target(goal, &y[..2000]),
        );
        let mut directions = vec![0i64; D];
        (directions[0], directions[3], directions[7]) = (1, 1, -1);
        let mut params = Params::default().with("monotone_constraints", directions);
        if goal == "multiclass" {
            // One class's score may rise while its share falls: only that it fits is asked for.
            fit(&data, &params).unwrap();
            continue;
        }
        params = params.with("objective", goal);
        let model = fit(&data, &params).unwrap();
        for (j, d) in [(0, 1), (3, 1), (7, -1)] {
            check_direction(&model, &x, j, d);
        }
        let free = fit(&data, &Params::default().with("objective", goal)).unwrap();
        let test = x.slice(s![TRAIN.., ..]).to_owned();
        let of = |m: &Model| loss(goal, &y[TRAIN..], &predict(m, &test), 0.9);
        assert!(
            of(&model) < 1.5 * of(&free),
            "{goal}: directions cost too much"
        );
    }
}

#[derive(Default)]
struct Ear {
    steps: Vec<Progress>,
    traces: Vec<Trace>,
}

impl Observer for Ear {
    fn progress(&mut self, p: Progress) {
        self.steps.push(p);
    }
    fn warn(&mut self, _: Warning) {}
    fn trace(&mut self, t: Trace) {
        self.traces.push(t);
    }
}

#[test]
fn early_stopping_keeps_about_as_many_rounds_and_tells_its_curve() {
    let u = numbers();
    let (x, signal) = matrix(&u, false);
    let y = target("binary", &u, &signal);
    let data = Dataset::new(
        x.slice(s![..TRAIN, ..]).to_owned(),
        as_target("binary", &y[..TRAIN]),
    );
    let params = Params::default()
        .with("n_estimators", 500_i64)
        .with("learning_rate", 0.2)
        .with("early_stopping_rounds", 10_i64);
    let mut ear = Ear::default();
    let model = fit_heard(&data, &params, &mut ear).unwrap();
    let insights = model.fitted().insights();
    let [
        Insight::LossCurve {
            train,
            validation,
            best,
        },
    ] = insights.as_slice()
    else {
        panic!("{insights:?}")
    };
    let best = *best as usize;
    assert_eq!((train.len(), validation.len()), (best + 10, best + 10));
    let least = validation.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(validation[best - 1], least);
    assert!(train.windows(2).all(|w| w[1] < w[0] + 1e-6));
    let seen: Vec<f64> = ear.traces.iter().map(|t| t.train_loss).collect();
    assert_eq!(&seen, train);
    assert!(
        ear.traces
            .iter()
            .zip(1..)
            .all(|(t, i)| t.step == i && t.total == 500)
    );
    assert!(ear.traces.iter().all(|t| t.validation_loss.is_some()));
    let last = ear.steps.last().unwrap();
    assert_eq!((last.done, last.total), (500, 500));
    let reference = reference();
    let peers = reference["stopped"].as_array().unwrap();
    let of = |k: usize| peers.iter().map(move |p| p[k].as_f64().unwrap());
    let (fewest, most) = (
        of(0).fold(f64::INFINITY, f64::min),
        of(0).fold(0.0, f64::max),
    );
    assert!(
        best as f64 > 0.6 * fewest && (best as f64) < 1.6 * most,
        "{best} of {fewest} to {most}"
    );
    let test = x.slice(s![TRAIN.., ..]).to_owned();
    let got = loss("binary", &y[TRAIN..], &predict(&model, &test), 0.0);
    let want = of(1).sum::<f64>() / peers.len() as f64;
    assert!((got / want - 1.0).abs() < 0.05, "{got} {want}");
    // The model kept is the one after the best round.
    let again = Params::default()
        .with("n_estimators", best as i64)
        .with("learning_rate", 0.2)
        .with("early_stopping_rounds", 10_i64);
    let shorter = fit(&data, &again).unwrap();
    assert_eq!(predict(&model, &test), predict(&shorter, &test));
}

#[test]
fn every_kind_of_model_is_saved_whole() {
    let u = numbers();
    let (x, signal) = matrix(&u, true);
    for goal in ["binary", "multiclass", "squared", "quantile", "poisson"] {
        let y = target(goal, &u, &signal);
        let data = Dataset::new(
            x.slice(s![..1500, ..]).to_owned(),
            as_target(goal, &y[..1500]),
        )
        .with_levels([0, 0, 0, 0, 0, 4, 30, 0].into());
        let mut params = Params::default().with("n_estimators", 8_i64);
        if !["binary", "multiclass"].contains(&goal) {
            params = params.with("objective", goal);
        }
        let model = fit(&data, &params).unwrap();
        let part = model.fitted().save().unwrap();
        let again = (entry("boosting").unwrap().load)(&part).unwrap();
        assert_eq!(predict(&model, &x), predict(&again, &x), "{goal}");
        assert_eq!(again.fitted().save().unwrap(), part);
        assert_eq!(again.fitted().insights(), model.fitted().insights());
        // A level never seen goes with what is missing.
        let with = |v: f32| {
            let mut x = x.slice(s![..200, ..]).to_owned();
            x.column_mut(6).fill(v);
            predict(&model, &x)
        };
        assert_eq!(with(77.0), with(f32::NAN), "{goal}");
        assert_eq!(with(1e9), with(f32::NAN), "{goal}");
        // A changed byte is an error or harmless.
        let odd = x.slice(s![..16, ..]).to_owned();
        for at in (0..part.body.len()).step_by(3) {
            for flip in [1, 0x40, 0x80] {
                let mut spoiled = part.clone();
                spoiled.body[at] ^= flip;
                let Ok(model) = (entry("boosting").unwrap().load)(&spoiled) else {
                    continue;
                };
                match &model {
                    Model::Classifier(c) => drop(c.predict_proba(odd.view())),
                    Model::Regressor(r) => drop(r.predict(odd.view())),
                    Model::Clusterer(_) => panic!("a clusterer was loaded"),
                }
            }
        }
    }
}

#[test]
fn parameters_that_do_not_suit_the_data_are_errors() {
    let x = || Array2::from_shape_fn((60, 2), |(i, j)| (i * (j + 1) % 7) as f32);
    let numbers = |f: fn(usize) -> f64| Dataset::new(x(), Target::Number((0..60).map(f).collect()));
    let classes = Dataset::new(
        x(),
        Target::class((0..60).map(|i| i % 2).collect(), &["a", "b"]),
    );
    let with = |name: &str, v: Value| Params::default().with(name, v);
    let text = |v: &str| Value::Text(v.into());
    let param = |data: &Dataset, p: &Params| {
        let e = fit(data, p).unwrap_err();
        (e.code(), e.param().map(str::to_owned))
    };
    let named = |p: &str| ("param", Some(p.to_owned()));
    assert_eq!(
        param(&classes, &with("objective", text("quantile"))),
        named("objective")
    );
    assert_eq!(
        param(&classes, &with("objective", text("huber"))),
        named("objective")
    );
    let directions = |v: Vec<f64>| Params::default().with("monotone_constraints", v);
    for bad in [vec![2.0, 0.0], vec![0.5, 0.0], vec![f64::NAN, 0.0]] {
        assert_eq!(
            param(&classes, &directions(bad)),
            named("monotone_constraints")
        );
    }
    assert_eq!(param(&classes, &directions(vec![1.0])).0, "shape");
    let category = classes.clone().with_levels([7, 0].into());
    assert_eq!(
        param(&category, &directions(vec![1.0, 0.0])),
        named("monotone_constraints")
    );
    assert!(fit(&category, &directions(vec![0.0, 1.0])).is_ok());
    let negative = numbers(|i| i as f64 - 3.0);
    let error = fit(&negative, &with("objective", text("poisson"))).unwrap_err();
    assert_eq!((error.code(), error.row()), ("cell", Some(1)));
    let none = numbers(|_| 0.0);
    let model = fit(&none, &with("objective", text("poisson"))).unwrap();
    assert!(
        predict(&model, &none.x)
            .iter()
            .all(|p| (0.0..1e-6).contains(p))
    );
}

/// Every objective on `x`, with few rows asked of a leaf.
fn try_all(
    x: &Array2<f32>,
    levels: &[u32],
    weights: Option<Vec<f64>>,
    n_classes: u32,
) -> Vec<Result<Model>> {
    let n = x.nrows() as u32;
    let names: Vec<String> = (0..n_classes).map(|c| c.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let targets = [
        (
            "auto",
            Target::class((0..n).map(|i| i % n_classes).collect(), &names),
        ),
        (
            "squared",
            Target::Number((0..n).map(|i| f64::from(i % 11)).collect()),
        ),
        (
            "absolute",
            Target::Number((0..n).map(|i| f64::from(i % 11)).collect()),
        ),
        (
            "quantile",
            Target::Number((0..n).map(|i| f64::from(i % 11)).collect()),
        ),
        (
            "poisson",
            Target::Number((0..n).map(|i| f64::from(i % 11)).collect()),
        ),
    ];
    let fits = targets.into_iter().flat_map(|(objective, y)| {
        [1i64, 20].map(|rows| {
            let mut data = Dataset::new(x.clone(), y.clone()).with_levels(levels.to_vec().into());
            data.sample_weight = weights.clone();
            let params = Params::default()
                .with("objective", objective)
                .with("n_estimators", 6_i64)
                .with("min_child_samples", rows)
                .with("min_data_per_group", 1_i64)
                .with("early_stopping_rounds", 3_i64)
                .with("subsample", 0.7)
                .with("subsample_freq", 1_i64);
            let model = fit(&data, &params)?;
            let p = predict(&model, x);
            assert!(p.iter().all(|p| p.is_finite()), "{objective}");
            Ok(model)
        })
    });
    fits.collect()
}

#[test]
fn hostile_input_is_an_error_or_a_model_never_a_panic() {
    let all_good = |fits: Vec<Result<Model>>| fits.into_iter().for_each(|f| drop(f.unwrap()));
    let plain = |n: usize, d: usize| {
        Array2::from_shape_fn((n, d), |(i, j)| ((i * 31 + j * 17) % 23) as f32)
    };
    all_good(try_all(&Array2::from_elem((40, 3), 5.0), &[], None, 2));
    all_good(try_all(&Array2::from_elem((40, 3), f32::NAN), &[], None, 2));
    all_good(try_all(
        &Array2::from_elem((40, 3), f32::NAN),
        &[4, 4, 0],
        None,
        2,
    ));
    let mut one_missing = plain(60, 3);
    one_missing.column_mut(1).fill(f32::NAN);
    all_good(try_all(&one_missing, &[], None, 3));
    // One row per class; a category of which every level has one row.
    all_good(try_all(&plain(6, 2), &[], None, 6));
    let single = Array2::from_shape_fn((300, 2), |(i, j)| if j == 0 { i as f32 } else { 1.0 });
    all_good(try_all(&single, &[300, 0], None, 2));
    all_good(try_all(&single, &[u32::MAX, 0], None, 2));
    let vast = Array2::from_shape_fn((40, 2), |(i, _)| [f32::MAX, f32::MIN, 1e-40, 0.0][i % 4]);
    all_good(try_all(&vast, &[], None, 2));
    all_good(try_all(&plain(50, 10_000), &[], None, 2));
    for fit in try_all(&plain(30, 2), &[], Some(vec![0.0; 30]), 2) {
        assert_eq!(fit.unwrap_err().code(), "too_few_rows");
    }
    all_good(try_all(&plain(30, 2), &[], Some(vec![1e-300; 30]), 2));
    all_good(try_all(
        &plain(30, 2),
        &[],
        Some((0..30).map(|i| 10f64.powi(i)).collect()),
        2,
    ));
    let mut infinite = plain(30, 2);
    infinite[[4, 1]] = f32::INFINITY;
    for fit in try_all(&infinite, &[], None, 2) {
        let e: Error = fit.unwrap_err();
        assert_eq!((e.row(), e.column()), (Some(5), Some("x1")));
    }
    for fit in try_all(&plain(30, 2), &[23, 5], None, 2) {
        assert_eq!(fit.unwrap_err().column(), Some("x1"));
    }
}
