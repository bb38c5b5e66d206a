//! What every learner of the registry promises, checked for all of them alike, natively and in the browser.
#![allow(dead_code, clippy::unwrap_used)]
use kept::base::{Error, Observer, Params, Part, Progress, Quiet, Result, Run, Train, Warning};
use kept::evaluate::metrics::roc_auc;
use kept::learn::{Dataset, Entry, LEARNERS, Model, Target, entry};
use ndarray::{Array2, ArrayView2, Axis};

/// Whole-number generator, the same everywhere.
pub fn noise(seed: u32) -> impl FnMut() -> f32 {
    let mut s = seed;
    move || {
        s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (s >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    Binary,
    Multiclass,
    Regression,
    Clustering,
}

const TASKS: [Task; 4] = [
    Task::Binary,
    Task::Multiclass,
    Task::Regression,
    Task::Clustering,
];

pub fn takes(e: &Entry, task: Task) -> bool {
    match task {
        Task::Binary => e.takes.binary,
        Task::Multiclass => e.takes.multiclass,
        Task::Regression => e.takes.regression,
        Task::Clustering => e.takes.clustering,
    }
}

fn target(task: Task, values: Vec<f32>) -> Target {
    let class = |limits: &[f32], names: &[&str]| {
        let code = |v: &f32| limits.iter().filter(|l| *v > **l).count() as u32;
        Target::class(values.iter().map(code).collect(), names)
    };
    match task {
        Task::Binary => class(&[0.3], &["no", "yes"]),
        Task::Multiclass => class(&[-0.3, 0.4], &["low", "middle", "high"]),
        Task::Regression => {
            Target::Number(values.iter().map(|v| f64::from(*v) * 3.0 + 7.0).collect())
        }
        Task::Clustering => Target::None,
    }
}

/// `n` rows of `d` columns; the target follows the first and the last of them.
pub fn sample(e: &Entry, task: Task, n: usize, d: usize) -> Dataset {
    let mut u = noise(3);
    // Counts and shares are never negative.
    let lift = if e.takes.non_negative { 1.0 } else { 0.0 };
    let x = Array2::from_shape_fn((n, d), |_| u() + lift);
    let values = x
        .rows()
        .into_iter()
        .map(|r| (r[0] - lift) + 0.5 * (r[d - 1] - lift) + 0.5 * u())
        .collect();
    Dataset::new(x, target(task, values))
}

/// Every learner with every task that it takes.
pub fn all(mut check: impl FnMut(&'static Entry, Task)) {
    for e in LEARNERS {
        for task in TASKS.into_iter().filter(|t| takes(e, *t)) {
            check(e, task);
        }
    }
}

pub fn fit_with(e: &Entry, params: &Params, data: &Dataset, o: &mut dyn Observer) -> Result<Model> {
    (e.build)(params)?.fit(&Train::all(data.clone()), &mut Run::new(o, 42))
}

pub fn fit(e: &Entry, data: &Dataset) -> Result<Model> {
    fit_with(e, &Params::default(), data, &mut Quiet)
}

/// Probabilities, predictions or groups, a row per row.
pub fn answer(model: &Model, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
    let column = |v: Vec<f64>| Array2::from_shape_vec((v.len(), 1), v).unwrap();
    match model {
        Model::Classifier(c) => c.predict_proba(x),
        Model::Regressor(r) => r.predict(x).map(column),
        Model::Clusterer(c) => {
            let groups = c.predict(x)?;
            assert!(groups.iter().all(|g| (*g as usize) < c.n_clusters()));
            Ok(column(groups.into_iter().map(f64::from).collect()))
        }
    }
}

fn bits(model: &Model, x: &Array2<f32>) -> Vec<u64> {
    let p = answer(model, x.view()).unwrap();
    p.iter().map(|v| v.to_bits()).collect()
}

fn n_features(model: &Model) -> usize {
    match model {
        Model::Classifier(c) => c.n_features(),
        Model::Regressor(r) => r.n_features(),
        Model::Clusterer(c) => c.n_features(),
    }
}

/// How good a model is on `data`, 1 at best: ROC-AUC, accuracy above chance, R²; 1 for groups.
fn quality(model: &Model, data: &Dataset) -> f64 {
    let p = answer(model, data.x.view()).unwrap();
    match &data.y {
        Target::Class { codes, classes } if classes.len() == 2 => {
            let y: Vec<bool> = codes.iter().map(|&c| c == 1).collect();
            roc_auc(&y, &p.column(1).to_vec(), None).unwrap()
        }
        Target::Class { codes, .. } => {
            let best = |row: ArrayView2<'_, f64>| {
                let mut at = 0;
                for k in 0..row.ncols() {
                    if row[[0, k]] > row[[0, at]] {
                        at = k;
                    }
                }
                at as u32
            };
            let right =
                (0..codes.len()).filter(|&i| best(p.slice(ndarray::s![i..i + 1, ..])) == codes[i]);
            let accuracy = right.count() as f64 / codes.len() as f64;
            0.5 + (accuracy - 1.0 / 3.0) * 0.75
        }
        Target::Number(y) => {
            let mean = y.iter().sum::<f64>() / y.len() as f64;
            let rest: f64 = y
                .iter()
                .zip(p.column(0))
                .map(|(y, p)| (y - p).powi(2))
                .sum();
            let whole: f64 = y.iter().map(|y| (y - mean).powi(2)).sum();
            1.0 - rest / whole
        }
        Target::None => 1.0,
    }
}

fn learns(e: &Entry) -> bool {
    e.id != "baseline"
}

/// Learners whose view of a column is so coarse that the sample's fine differences pass them by.
fn coarse(e: &Entry) -> bool {
    matches!(e.id, "bernoulli_nb" | "multinomial_nb")
}

fn floor(e: &Entry, task: Task) -> f64 {
    match task {
        _ if coarse(e) => 0.6,
        Task::Regression => 0.5,
        Task::Multiclass => 0.65,
        _ => 0.8,
    }
}

/// Keeps steps; cancels after a number of them.
#[derive(Default)]
struct Watch {
    steps: Vec<Progress>,
    cancel_at: Option<usize>,
}

impl Observer for Watch {
    fn progress(&mut self, progress: Progress) {
        self.steps.push(progress);
    }
    fn warn(&mut self, _: Warning) {}
    fn is_cancelled(&self) -> bool {
        self.cancel_at.is_some_and(|k| self.steps.len() > k)
    }
}

pub fn the_registry_is_in_order() {
    assert_eq!(LEARNERS.first().map(|e| e.id), Some("baseline"));
    let rising = |w: &[Entry]| w[0].complexity < w[1].complexity;
    assert!(LEARNERS.windows(2).all(rising), "complexity must rise");
    assert_eq!(entry("oracle").unwrap_err().code(), "unknown");
    for e in LEARNERS {
        assert!(TASKS.iter().any(|t| takes(e, *t)), "{} takes nothing", e.id);
        assert!(!(e.candidates)().is_empty());
        for params in (e.candidates)() {
            (e.build)(&params).unwrap();
        }
        let unknown = Params::default().with("no_such_parameter", 1);
        let error = (e.build)(&unknown).unwrap_err();
        assert_eq!(error.param(), Some("no_such_parameter"), "{}", e.id);
        let mut names: Vec<&str> = e.params.iter().map(|p| p.name.as_ref()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), e.params.len(), "{}: a name twice", e.id);
    }
}

pub fn same_seed_same_result_and_it_learns() {
    all(|e, task| {
        let data = sample(e, task, 300, 4);
        let a = fit(e, &data).unwrap();
        let b = fit(e, &data).unwrap();
        assert_eq!(bits(&a, &data.x), bits(&b, &data.x), "{} {task:?}", e.id);
        let p = answer(&a, data.x.view()).unwrap();
        assert_eq!(p.nrows(), 300);
        if let (Model::Classifier(c), Target::Class { classes, .. }) = (&a, &data.y) {
            assert_eq!(c.classes(), &classes[..]);
            for row in p.rows() {
                let shares = row.iter().all(|p| (0.0..=1.0).contains(p));
                assert!((row.sum() - 1.0).abs() < 1e-9 && shares, "{} {row}", e.id);
            }
        }
        assert!(p.iter().all(|v| v.is_finite()));
        if learns(e) {
            let q = quality(&a, &data);
            assert!(q > floor(e, task), "{} {task:?} {q}", e.id);
        }
    });
}

pub fn every_candidate_can_be_fitted() {
    for e in LEARNERS {
        let Some(task) = TASKS.into_iter().find(|t| takes(e, *t)) else {
            continue;
        };
        let data = sample(e, task, 120, 3);
        for params in (e.candidates)() {
            let model = fit_with(e, &params, &data, &mut Quiet).unwrap();
            assert_eq!(answer(&model, data.x.view()).unwrap().nrows(), 120);
        }
    }
}

pub fn saved_models_predict_the_same_bits() {
    all(|e, task| {
        let data = sample(e, task, 200, 3);
        let model = fit(e, &data).unwrap();
        let part = model.fitted().save().unwrap();
        assert_eq!(part.kind, e.id);
        let again = (e.load)(&part).unwrap();
        assert_eq!(
            bits(&model, &data.x),
            bits(&again, &data.x),
            "{} {task:?}",
            e.id
        );
        assert_eq!(n_features(&model), n_features(&again));
        assert_eq!(again.fitted().save().unwrap(), part, "{} {task:?}", e.id);
    });
}

pub fn spoiled_parts_are_errors_or_harmless() {
    all(|e, task| {
        let data = sample(e, task, 60, 3);
        let part = fit(e, &data).unwrap().fitted().save().unwrap();
        let newer = Part {
            version: part.version + 1,
            ..part.clone()
        };
        assert_eq!((e.load)(&newer).unwrap_err().code(), "artifact");
        let with = |body: Vec<u8>| Part {
            body,
            ..part.clone()
        };
        let step = (part.body.len() / 50).max(1);
        for len in (0..part.body.len()).step_by(step) {
            let cut = with(part.body[..len].to_vec());
            assert!((e.load)(&cut).is_err(), "{} {len}", e.id);
        }
        // A changed byte may go unnoticed here (the file has a checksum), but must not lead to a panic.
        let x = data.x.slice(ndarray::s![..20, ..]);
        // Large bodies are the same structure over and over: fewer places, as each costs more.
        let n_places = (4_000_000 / part.body.len()).clamp(100, 1200);
        let step = (part.body.len() / n_places).max(1);
        for at in (0..part.body.len()).step_by(step) {
            for flip in [1, 0x80] {
                let mut body = part.body.clone();
                body[at] ^= flip;
                if let Ok(model) = (e.load)(&with(body))
                    && n_features(&model) == 3
                {
                    answer(&model, x).unwrap();
                }
            }
        }
    });
}

pub fn wrong_width_is_an_error_and_odd_values_are_predicted() {
    let odd = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
        -0.0,
    ];
    let x = Array2::from_shape_fn((36, 3), |(i, j)| odd[(i / [1, 6, 2][j]) % 6]);
    all(|e, task| {
        let data = sample(e, task, 150, 3);
        let model = fit(e, &data).unwrap();
        for width in [0, 2, 4] {
            let error = answer(&model, Array2::zeros((5, width)).view()).unwrap_err();
            assert_eq!(error.code(), "shape", "{}", e.id);
        }
        let p = answer(&model, x.view()).unwrap();
        if matches!(model, Model::Classifier(_)) {
            for row in p.rows() {
                assert!((row.sum() - 1.0).abs() < 1e-9, "{} {task:?} {row}", e.id);
            }
        }
        assert!(p.iter().all(|v| !v.is_nan()), "{} {task:?}", e.id);
        let none = answer(&model, Array2::zeros((0, 3)).view()).unwrap();
        assert_eq!(none.nrows(), 0);
        // The same numbers laid out by column.
        let turned = data.x.t().as_standard_layout().into_owned();
        let a = answer(&model, turned.t()).unwrap();
        assert_eq!(a, answer(&model, data.x.view()).unwrap(), "{}", e.id);
    });
}

pub fn values_that_are_not_finite_are_named() {
    all(|e, task| {
        if !learns(e) {
            return;
        }
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut data = sample(e, task, 60, 3);
            data.x[[17, 2]] = bad;
            if bad.is_nan() && e.takes.missing {
                let model = fit(e, &data).unwrap();
                assert!(
                    answer(&model, data.x.view())
                        .unwrap()
                        .iter()
                        .all(|v| v.is_finite())
                );
                continue;
            }
            let error = fit(e, &data).unwrap_err();
            assert_eq!(
                (error.code(), error.row(), error.column()),
                ("cell", Some(18), Some("x2")),
                "{} {task:?}",
                e.id
            );
        }
        if e.takes.missing {
            let mut data = sample(e, task, 150, 3);
            data.x.column_mut(1).fill(f32::NAN);
            let model = fit(e, &data).unwrap();
            assert!(
                quality(&model, &data) > floor(e, task) - 0.05,
                "{} {task:?}",
                e.id
            );
            data.x.fill(f32::NAN);
            assert!(fit(e, &data).is_ok_and(|m| answer(&m, data.x.view()).is_ok()));
        }
        if task == Task::Regression {
            let mut data = sample(e, task, 60, 3);
            if let Target::Number(y) = &mut data.y {
                y[4] = f64::NAN;
            }
            let error = fit(e, &data).unwrap_err();
            assert_eq!((error.code(), error.row()), ("cell", Some(5)), "{}", e.id);
        }
        if e.takes.non_negative {
            let mut data = sample(e, task, 60, 3);
            data.x[[3, 1]] = -0.5;
            let error = fit(e, &data).unwrap_err();
            assert_eq!((error.code(), error.row()), ("negative", Some(4)));
        }
    });
}

pub fn constant_columns_do_no_harm() {
    all(|e, task| {
        let mut data = sample(e, task, 250, 3);
        data.x.column_mut(1).fill(3.0);
        let model = fit(e, &data).unwrap();
        if learns(e) {
            let q = quality(&model, &data);
            assert!(q > floor(e, task) - 0.1, "{} {task:?} {q}", e.id);
        }
        data.x.fill(2.5);
        let p = answer(&fit(e, &data).unwrap(), data.x.view()).unwrap();
        if let Target::Class { codes, .. } = &data.y
            && p.ncols() == 2
            && !matches!(e.id, "knn" | "svm" | "mlp")
        {
            let share = f64::from(codes.iter().sum::<u32>()) / 250.0;
            let near = |v: &f64| (v - share).abs() < 0.02;
            assert!(p.column(1).iter().all(near), "{} {}", e.id, p[[0, 1]]);
        }
    });
}

pub fn degenerate_targets_and_sizes_are_errors() {
    for e in LEARNERS.iter().filter(|e| learns(e) && e.takes.binary) {
        let code = |x: Array2<f32>, y: Vec<u32>| {
            let data = Dataset::new(x, Target::class(y, &["no", "yes"]));
            fit(e, &data).err().map(|e| e.code())
        };
        let rows = |n: usize| Array2::from_shape_fn((n, 2), |(i, j)| (i * 2 + j) as f32);
        assert_eq!(code(rows(3), vec![1, 1, 1]), Some("target"), "{}", e.id);
        assert_eq!(code(rows(1), vec![0]), Some("target"), "{}", e.id);
        let empty = code(rows(0), vec![]);
        assert!(matches!(empty, Some("too_few_rows" | "target")), "{}", e.id);
        assert_eq!(code(rows(3), vec![0, 1]), Some("shape"), "{}", e.id);
        assert_eq!(code(rows(3), vec![0, 1, 2]), Some("shape"), "{}", e.id);
        let narrow = code(Array2::zeros((3, 0)), vec![0, 1, 0]);
        assert_eq!(narrow, Some("no_features"), "{}", e.id);
        // Enough for some, too few for those with folds inside: never a panic.
        for (n, y) in [(2, vec![0, 1]), (3, vec![0, 1, 1])] {
            let few = code(rows(n), y);
            assert!(
                matches!(few, None | Some("too_few_rows" | "target")),
                "{} {few:?}",
                e.id
            );
        }
        let three = Target::class(vec![0, 1, 2, 2, 1, 0], &["a", "b", "c"]);
        let found = fit(e, &Dataset::new(rows(6), three))
            .err()
            .map(|e| e.code());
        if !e.takes.multiclass {
            assert_eq!(found, Some("target"), "{}", e.id);
        }
    }
    // What a learner does not take is refused.
    for e in LEARNERS {
        for task in TASKS
            .into_iter()
            .filter(|t| !takes(e, *t) && *t != Task::Clustering)
        {
            if e.takes.clustering {
                continue; // A target in the data is not looked at.
            }
            let found = fit(e, &sample(e, task, 60, 3)).err().map(|e| e.code());
            assert_eq!(found, Some("target"), "{} {task:?}", e.id);
        }
        if !e.takes.clustering {
            let found = fit(e, &sample(e, Task::Clustering, 60, 3))
                .err()
                .map(|e| e.code());
            assert_eq!(found, Some("target"), "{}", e.id);
        }
    }
}

pub fn the_baseline_gives_shares_for_any_classes() {
    let y = Target::class(vec![0, 2, 2, 1], &["a", "b", "c"]);
    let data = Dataset::new(Array2::zeros((4, 0)), y);
    let model = fit(entry("baseline").unwrap(), &data).unwrap();
    let p = answer(&model, Array2::zeros((1, 0)).view()).unwrap();
    assert_eq!(p.row(0).to_vec(), [0.25, 0.25, 0.5]);
}

pub fn weights_are_checked_and_count() {
    all(|e, task| {
        let data = sample(e, task, 200, 3);
        let with = |w: Vec<f64>| data.clone().with_weights(w);
        let code = |w| fit(e, &with(w)).err().map(|e| e.code());
        if !e.takes.sample_weight {
            assert_eq!(code(vec![1.0; 200]), Some("param"), "{}", e.id);
            return;
        }
        assert_eq!(code(vec![0.0; 200]), Some("too_few_rows"), "{}", e.id);
        assert_eq!(code(vec![1.0; 199]), Some("shape"), "{}", e.id);
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            let mut w = vec![1.0; 200];
            w[7] = bad;
            assert_eq!(code(w), Some("param"), "{}", e.id);
        }
        let Target::Class { codes, classes } = &data.y else {
            return;
        };
        if learns(e) {
            let one = codes.iter().map(|&c| f64::from(u8::from(c == 1))).collect();
            assert_eq!(code(one), Some("target"), "{}: one class has weight", e.id);
        }
        // All weights 1 change next to nothing; more weight on the last class pulls towards it.
        let plain = fit(e, &data).unwrap();
        let ones = fit(e, &with(vec![1.0; 200])).unwrap();
        let difference = quality(&plain, &data) - quality(&ones, &data);
        assert!(difference.abs() < 0.03, "{} {task:?} {difference}", e.id);
        let last = classes.len() as u32 - 1;
        let heavy = codes
            .iter()
            .map(|&c| if c == last { 5.0 } else { 1.0 })
            .collect();
        let raised = answer(&fit(e, &with(heavy)).unwrap(), data.x.view()).unwrap();
        let before = answer(&plain, data.x.view()).unwrap();
        let sum = |p: &Array2<f64>| p.column(last as usize).sum();
        assert!(sum(&raised) > sum(&before) - 1e-6, "{} {task:?}", e.id);
    });
}

pub fn balanced_classes_are_scored_evenly() {
    for e in LEARNERS {
        let balances = e.params.iter().any(|p| p.name == "class_weight");
        if !balances || !e.takes.binary {
            continue;
        }
        let mut data = sample(e, Task::Binary, 600, 3);
        if let Target::Class { codes, .. } = &mut data.y {
            let mut u = noise(9);
            for c in codes.iter_mut() {
                *c *= u32::from(u() > 0.6);
            }
        }
        let mean = |params: &Params| {
            let model = fit_with(e, params, &data, &mut Quiet).unwrap();
            let p = answer(&model, data.x.view()).unwrap();
            p.column(1).mean().unwrap()
        };
        let params = Params::default().with("class_weight", "balanced");
        let (plain, balanced) = (mean(&Params::default()), mean(&params));
        // Learners that calibrate on folds give honest shares either way.
        let enough = if e.id == "svm" { -0.05 } else { 0.0 };
        assert!(balanced > plain + enough, "{} {plain} {balanced}", e.id);
    }
}

pub fn progress_never_falls_and_cancel_works_at_every_step() {
    all(|e, task| {
        let data = sample(e, task, 120, 3);
        let mut watch = Watch::default();
        fit_with(e, &Params::default(), &data, &mut watch).unwrap();
        let steps = watch.steps;
        assert!(steps.len() >= 2, "{}", e.id);
        assert_eq!(steps[0].done, 0, "{} {task:?}", e.id);
        let rising = |w: &[Progress]| w[0].done <= w[1].done && w[0].total == w[1].total;
        assert!(steps.windows(2).all(rising), "{} {task:?}", e.id);
        assert!(steps.iter().all(|s| s.total > 0 && s.done <= s.total));
        let last = steps.last().unwrap();
        assert_eq!(last.done, last.total, "{} {task:?}", e.id);
        // All of few steps, some of many.
        let n = steps.len();
        for k in (0..n).filter(|k| n <= 24 || *k < 4 || *k + 4 >= n || k % (n / 12) == 0) {
            let mut watch = Watch {
                cancel_at: Some(k),
                ..Watch::default()
            };
            let error = fit_with(e, &Params::default(), &data, &mut watch).unwrap_err();
            assert_eq!(error, Error::Cancelled, "{} {k}", e.id);
            assert_eq!(watch.steps.len(), k + 1, "{}", e.id);
        }
    });
}

pub fn order_of_rows_matters_next_to_nothing() {
    all(|e, task| {
        // Learners that draw rows or start at random have other luck with another order.
        let lucky = matches!(
            e.id,
            "forest" | "extra_trees" | "mlp" | "svm" | "stacking" | "voting"
        );
        let data = sample(e, task, 500, 4);
        let order: Vec<u32> = (0..500).map(|i| i * 7919 % 500).collect();
        let turned = data.take(&order);
        let (a, b) = (fit(e, &data).unwrap(), fit(e, &turned).unwrap());
        let difference = quality(&a, &data) - quality(&b, &data);
        let limit = if lucky { 0.05 } else { 0.01 };
        assert!(difference.abs() < limit, "{} {task:?} {difference}", e.id);
    });
}

pub fn many_columns_and_huge_values_do_no_harm() {
    all(|e, task| {
        let data = sample(e, task, 40, 1_500);
        let model = fit(e, &data).unwrap();
        answer(&model, data.x.view()).unwrap();
        let mut data = sample(e, task, 80, 3);
        data.x[[5, 0]] = 1e30;
        data.x[[6, 1]] = if e.takes.non_negative { 1e30 } else { -1e30 };
        match fit(e, &data) {
            Ok(model) => {
                let p = answer(&model, data.x.view()).unwrap();
                assert!(p.iter().all(|v| v.is_finite()), "{} {task:?}", e.id);
            }
            Err(error) => assert_ne!(error.code(), "crashed", "{}", e.id),
        }
        // The same row again and again, with every target there is.
        let same = Dataset {
            x: Array2::from_elem((80, 3), 1.0),
            ..data
        };
        fit(e, &same).unwrap();
    });
}

pub fn rows_of_weight_zero_are_as_good_as_absent() {
    all(|e, task| {
        if !e.takes.sample_weight {
            return;
        }
        let data = sample(e, task, 210, 3);
        let kept: Vec<u32> = (0..210).filter(|i| i % 3 != 0).collect();
        let zeroed = data
            .clone()
            .with_weights((0..210).map(|i| f64::from(u8::from(i % 3 != 0))).collect());
        let fewer = data.take(&kept).with_weights(vec![1.0; kept.len()]);
        let (a, b) = (fit(e, &zeroed).unwrap(), fit(e, &fewer).unwrap());
        assert_eq!(bits(&a, &data.x), bits(&b, &data.x), "{} {task:?}", e.id);
    });
}

/// Learners for which a row of weight 3 is the same as three rows: those that only add rows up. The others draw rows,
/// deal them to folds, count rows of a leaf or look for the nearest ones.
fn adds_up(e: &Entry) -> bool {
    let names = [
        "baseline",
        "gaussian_nb",
        "bernoulli_nb",
        "multinomial_nb",
        "linear",
        "logistic",
        "tree",
    ];
    names.contains(&e.id)
}

pub fn weights_are_as_good_as_repetition() {
    all(|e, task| {
        if !adds_up(e) || !e.takes.sample_weight {
            return;
        }
        let data = sample(e, task, 120, 3);
        let times = |i: u32| 1 + i % 3;
        let weighted = data
            .clone()
            .with_weights((0..120).map(|i| f64::from(times(i))).collect());
        let again: Vec<u32> = (0..120)
            .flat_map(|i| (0..times(i)).map(move |_| i))
            .collect();
        let mut balanced = vec![Params::default()];
        if e.params.iter().any(|p| p.name == "class_weight") {
            balanced.push(Params::default().with("class_weight", "balanced"));
        }
        for mut params in balanced {
            // To the minimum, not to the neighbourhood where it may stop.
            if e.params.iter().any(|p| p.name == "tol") {
                params = params.with("tol", 1e-9);
            }
            let of = |d: &Dataset| {
                let model = fit_with(e, &params, d, &mut Quiet).unwrap();
                answer(&model, data.x.view()).unwrap()
            };
            let (a, b) = (of(&weighted), of(&data.take(&again)));
            for (a, b) in a.iter().zip(&b) {
                let near = (a - b).abs() < 1e-5 * b.abs().max(1.0);
                assert!(near, "{} {task:?}: {a} {b}", e.id);
            }
        }
    });
}

pub fn categories_are_taken_as_they_are() {
    all(|e, task| {
        if !e.takes.categories || task == Task::Clustering {
            return;
        }
        let mut data = sample(e, task, 400, 3);
        let mut u = noise(11);
        // Levels in no order: 1, 4 and 6 are high.
        let levels: Vec<f32> = (0..400)
            .map(|_| ((u() + 1.0) * 4.0).floor().min(7.0))
            .collect();
        let values = levels
            .iter()
            .map(|l| if [1.0, 4.0, 6.0].contains(l) { 0.9 } else { -0.9 } + 0.8 * u())
            .collect();
        data.y = target(task, values);
        data.x.column_mut(2).assign(&ndarray::Array1::from(levels));
        data.n_levels = [0, 0, 8].into();
        let model = fit(e, &data).unwrap();
        let q = quality(&model, &data);
        assert!(q > floor(e, task), "{} {task:?} {q}", e.id);
        // Levels never seen, and none at all.
        for odd in [f32::NAN, 8.0, 1e9, -1.0, 0.5] {
            let mut x = data.x.slice(ndarray::s![..5, ..]).to_owned();
            x.column_mut(2).fill(odd);
            assert!(
                answer(&model, x.view())
                    .unwrap()
                    .iter()
                    .all(|v| v.is_finite())
            );
        }
        let mut wrong = data.clone();
        wrong.x[[9, 2]] = 8.0;
        let error = fit(e, &wrong).unwrap_err();
        assert_eq!(
            (error.code(), error.row(), error.column()),
            ("cell", Some(10), Some("x2"))
        );
    });
}

pub fn insights_name_columns_and_add_up() {
    use kept::learn::Insight;
    all(|e, task| {
        let data = sample(e, task, 200, 3);
        for insight in fit(e, &data).unwrap().fitted().insights() {
            match insight {
                Insight::Coefficients {
                    outputs,
                    intercepts,
                    rows,
                    ..
                } => {
                    let n_outputs = outputs.len().max(1);
                    assert_eq!(intercepts.len(), n_outputs, "{}", e.id);
                    assert_eq!(rows.len(), n_outputs * 3, "{}", e.id);
                    for row in rows {
                        assert!(row.feature.starts_with('x') && row.value.is_finite());
                        if let (Some((low, high)), true) =
                            (row.interval, row.standard_error.is_some())
                        {
                            assert!(low <= row.value && row.value <= high);
                        }
                    }
                }
                Insight::Tree { nodes, .. } => {
                    assert_eq!(nodes[0].n_samples, 200, "{}", e.id);
                    for node in &nodes {
                        if let Some(split) = &node.split {
                            let (l, r) =
                                (&nodes[split.left as usize], &nodes[split.right as usize]);
                            assert_eq!(l.n_samples + r.n_samples, node.n_samples, "{}", e.id);
                        }
                    }
                }
                Insight::LossCurve { train, best, .. } => {
                    assert!(!train.is_empty() && best >= 1, "{}", e.id);
                    assert!(train.iter().all(|v| v.is_finite()));
                }
                Insight::OutOfBag { value, .. } => assert!(value <= 1.0),
                Insight::Path {
                    alphas,
                    coefficients,
                    ..
                } => {
                    assert_eq!(alphas.len(), coefficients.len());
                }
                _ => {}
            }
        }
    });
}

/// How a learner's fit is divided must not show in the model.
pub fn divided_fits_give_the_same_model() {
    all(|e, task| {
        let Some(divide) = e.divide else { return };
        let data = sample(e, task, 150, 4);
        let params = Params::default();
        let n = (divide.n_units)(&params).unwrap();
        let whole = fit(e, &data).unwrap();
        for n_parts in [1, 3] {
            let part = |k: usize| {
                let range = k * n / n_parts..(k + 1) * n / n_parts;
                let params = (divide.part)(&params, range);
                fit_with(e, &params, &data, &mut Quiet)
                    .unwrap()
                    .fitted()
                    .save()
                    .unwrap()
            };
            let parts: Vec<Part> = (0..n_parts).map(part).collect();
            let merged = (divide.merge)(&params, &parts).unwrap();
            assert_eq!(
                bits(&whole, &data.x),
                bits(&merged, &data.x),
                "{} {task:?}",
                e.id
            );
            assert_eq!(
                whole.fitted().insights(),
                merged.fitted().insights(),
                "{}",
                e.id
            );
        }
    });
}

/// Keeps warnings.
#[derive(Default)]
struct Ear(Vec<Warning>);

impl Observer for Ear {
    fn progress(&mut self, _: Progress) {}
    fn warn(&mut self, warning: Warning) {
        self.0.push(warning);
    }
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// A typed error with a code to show, or a model whose answers are numbers.
fn error_or_sound(e: &Entry, what: &str, params: &Params, data: &Dataset) -> Option<&'static str> {
    let fitted = (e.build)(params)
        .and_then(|b| b.fit(&Train::all(data.clone()), &mut Run::new(&mut Quiet, 42)));
    match fitted {
        Ok(model) => {
            let p = answer(&model, data.x.view()).unwrap();
            assert_eq!(p.nrows(), data.x.nrows(), "{} {what}", e.id);
            assert!(p.iter().all(|v| v.is_finite()), "{} {what}", e.id);
            if matches!(model, Model::Classifier(_)) {
                let whole = |r: ndarray::ArrayView1<'_, f64>| (r.sum() - 1.0).abs() < 1e-9;
                assert!(p.rows().into_iter().all(whole), "{} {what}", e.id);
            }
            None
        }
        Err(error) => {
            assert_ne!(error.code(), "crashed", "{} {what}", e.id);
            Some(error.code())
        }
    }
}

/// The same target in every row.
fn one_value(data: &Dataset) -> Target {
    let n = data.x.nrows();
    match &data.y {
        Target::Class { classes, .. } => Target::Class {
            codes: vec![0; n],
            classes: classes.clone(),
        },
        Target::Number(_) => Target::Number(vec![3.5; n]),
        Target::None => Target::None,
    }
}

pub fn hostile_data_are_errors_or_sound_models() {
    let plain = Params::default();
    all(|e, task| {
        let data = sample(e, task, 50, 3);
        let same = Dataset {
            y: one_value(&data),
            ..data.clone()
        };
        let found = error_or_sound(e, "one value of the target", &plain, &same);
        if learns(e) && matches!(data.y, Target::Class { .. }) {
            assert_eq!(found, Some("target"), "{} {task:?}", e.id);
        }
        for n in [0, 1, 2, 3, 4, 5, 7] {
            let few: Vec<u32> = (0..n).collect();
            let found = error_or_sound(e, "few rows", &plain, &data.take(&few));
            assert!(n > 0 || found.is_some(), "{}: no rows at all", e.id);
        }
        let filled = |value: f32| Dataset {
            x: Array2::from_elem((50, 3), value),
            ..data.clone()
        };
        let missing = error_or_sound(e, "all missing", &plain, &filled(f32::NAN));
        if learns(e) && !e.takes.missing {
            assert_eq!(missing, Some("cell"), "{} {task:?}", e.id);
        }
        for value in [0.0, 1.0, f32::MAX, f32::MIN_POSITIVE] {
            error_or_sound(e, "constant columns", &plain, &filled(value));
        }
        let infinite = error_or_sound(e, "infinite", &plain, &filled(f32::INFINITY));
        if learns(e) {
            assert_eq!(infinite, Some("cell"), "{} {task:?}", e.id);
        }
        let weightless = data.clone().with_weights(vec![0.0; 50]);
        let found = error_or_sound(e, "no weight", &plain, &weightless);
        assert!(found.is_some(), "{} {task:?}: no weight at all", e.id);
        for weight in [1e-300, 1e300] {
            let odd = data.clone().with_weights(vec![weight; 50]);
            error_or_sound(e, "odd weights", &plain, &odd);
        }
    });
}

/// Numbers of neighbours, groups, folds, rows of a leaf or of a batch beyond the rows there are.
pub fn numbers_beyond_the_rows_do_no_harm() {
    use kept::base::Range;
    all(|e, task| {
        let data = sample(e, task, 20, 3);
        for spec in e.params {
            let Range::Int { min, max, .. } = spec.range else {
                continue;
            };
            // What only makes the fit longer is not meant here.
            if matches!(
                spec.name.as_ref(),
                "max_iter" | "n_estimators" | "n_init" | "n_iter_no_change"
            ) {
                continue;
            }
            for value in [21, 200, min, max.min(100_000)] {
                if value >= min && value <= max {
                    let what = format!("{} {value}", spec.name);
                    let params = Params::default().with(spec.name.as_ref(), value);
                    error_or_sound(e, &what, &params, &data);
                }
            }
        }
    });
    let k_means = entry("k_means").unwrap();
    let data = sample(k_means, Task::Clustering, 5, 3);
    let params = Params::default().with("n_clusters", 9);
    let found = error_or_sound(k_means, "groups", &params, &data);
    assert_eq!(found, Some("too_few_rows"));
    let knn = entry("knn").unwrap();
    let data = sample(knn, Task::Binary, 12, 3);
    let said = |k: i64| {
        let mut ear = Ear::default();
        let params = Params::default().with("n_neighbors", k);
        fit_with(knn, &params, &data, &mut ear).unwrap();
        ear.0
    };
    let lowered = Warning::ParamLowered {
        param: "n_neighbors".into(),
        asked: 13,
        used: 12,
    };
    assert_eq!(said(13), [lowered]);
    assert_eq!(said(12), []);
}

/// Far more columns than rows.
pub fn ten_thousand_columns_are_borne() {
    let plain = Params::default();
    for e in LEARNERS {
        let task = TASKS.into_iter().find(|t| takes(e, *t)).unwrap();
        error_or_sound(e, "wide", &plain, &sample(e, task, 50, 10_000));
    }
}

/// Answers of every learner on one sample: natively and in the browser they must agree.
pub fn fingerprint() -> Vec<(String, Vec<f64>)> {
    let mut out = Vec::new();
    all(|e, task| {
        let data = sample(e, task, 150, 4);
        let p = answer(&fit(e, &data).unwrap(), data.x.view()).unwrap();
        let last = p.ncols() - 1;
        let few = p.column(last).iter().copied().step_by(10).collect();
        out.push((format!("{} {task:?}", e.id), few));
    });
    out
}

/// Compares with `tests/reference/fingerprint.json`.
pub fn check_fingerprint(reference: &str) {
    let kept: Vec<(String, Vec<f64>)> = serde_json::from_str(reference).unwrap();
    let ours = fingerprint();
    let names = |f: &[(String, Vec<f64>)]| f.iter().map(|f| f.0.clone()).collect::<Vec<_>>();
    assert_eq!(names(&ours), names(&kept));
    for ((name, a), (_, b)) in ours.iter().zip(&kept) {
        for (a, b) in a.iter().zip(b) {
            assert!((a - b).abs() <= 1e-6 * b.abs().max(1.0), "{name}: {a} {b}");
        }
    }
}

/// Takes rows by index, for tests beside this suite.
pub fn rows(data: &Dataset, keep: &[usize]) -> Array2<f32> {
    data.x.select(Axis(0), keep)
}

/// Calls `with!(name)` for every check.
#[macro_export]
macro_rules! contract {
    ($with:ident) => {
        $with!(the_registry_is_in_order);
        $with!(same_seed_same_result_and_it_learns);
        $with!(every_candidate_can_be_fitted);
        $with!(saved_models_predict_the_same_bits);
        $with!(spoiled_parts_are_errors_or_harmless);
        $with!(wrong_width_is_an_error_and_odd_values_are_predicted);
        $with!(values_that_are_not_finite_are_named);
        $with!(constant_columns_do_no_harm);
        $with!(degenerate_targets_and_sizes_are_errors);
        $with!(the_baseline_gives_shares_for_any_classes);
        $with!(weights_are_checked_and_count);
        $with!(balanced_classes_are_scored_evenly);
        $with!(progress_never_falls_and_cancel_works_at_every_step);
        $with!(order_of_rows_matters_next_to_nothing);
        $with!(many_columns_and_huge_values_do_no_harm);
        $with!(rows_of_weight_zero_are_as_good_as_absent);
        $with!(weights_are_as_good_as_repetition);
        $with!(categories_are_taken_as_they_are);
        $with!(insights_name_columns_and_add_up);
        $with!(divided_fits_give_the_same_model);
        $with!(hostile_data_are_errors_or_sound_models);
        $with!(numbers_beyond_the_rows_do_no_harm);
        $with!(ten_thousand_columns_are_borne);
    };
}
