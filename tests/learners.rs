//! What every learner of the registry promises, checked for all of them alike.
#![cfg(feature = "engine")]
// Helpers of tests may unwrap like the tests themselves.
#![allow(clippy::unwrap_used)]
use kept::base::{Error, Observer, Params, Part, Progress, Quiet, Result, Run, Train, Warning};
use kept::evaluate::metrics::roc_auc;
use kept::learn::{Classifier, Dataset, Entry, LEARNERS, Target, entry};
use ndarray::{Array2, Axis};

/// Whole-number generator, the same everywhere.
fn noise(seed: u32) -> impl FnMut() -> f32 {
    let mut s = seed;
    move || {
        s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (s >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}

fn dataset(x: Array2<f32>, codes: Vec<u32>) -> Dataset {
    Dataset::new(x, Target::class(codes, &["no", "yes"]))
}

fn sample(n: usize, d: usize) -> Dataset {
    let mut u = noise(3);
    let x = Array2::from_shape_fn((n, d), |_| u());
    let codes = x
        .rows()
        .into_iter()
        .map(|r| u32::from(r[0] + 0.5 * r[d - 1] + 0.7 * u() > 0.3))
        .collect();
    dataset(x, codes)
}

fn codes(data: &Dataset) -> &[u32] {
    match &data.y {
        Target::Class { codes, .. } => codes,
        _ => &[],
    }
}

fn fit_with(
    e: &Entry,
    params: &Params,
    data: &Dataset,
    observer: &mut dyn Observer,
) -> Result<Box<dyn Classifier>> {
    let train = Train::all(data.clone());
    (e.build)(params)?
        .fit(&train, &mut Run::new(observer, 42))?
        .classifier()
}

fn fit(e: &Entry, data: &Dataset) -> Result<Box<dyn Classifier>> {
    fit_with(e, &Params::default(), data, &mut Quiet)
}

fn bits(model: &dyn Classifier, x: &Array2<f32>) -> Vec<u64> {
    let p = model.predict_proba(x.view()).unwrap();
    p.iter().map(|v| v.to_bits()).collect()
}

fn auc(model: &dyn Classifier, data: &Dataset) -> f64 {
    let p = model.predict_proba(data.x.view()).unwrap();
    let y: Vec<bool> = codes(data).iter().map(|&c| c == 1).collect();
    roc_auc(&y, &p.column(1).to_vec(), None).unwrap()
}

fn learns(e: &Entry) -> bool {
    e.id != "baseline"
}

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

#[test]
fn the_registry_is_in_order() {
    assert_eq!(LEARNERS.first().map(|e| e.id), Some("baseline"));
    assert!(
        LEARNERS
            .windows(2)
            .all(|w| w[0].complexity < w[1].complexity)
    );
    assert_eq!(entry("oracle").unwrap_err().code(), "unknown");
    for e in LEARNERS {
        assert!(!(e.candidates)().is_empty());
        for params in (e.candidates)() {
            (e.build)(&params).unwrap();
        }
        let unknown = Params::default().with("no_such_parameter", 1);
        assert_eq!(
            (e.build)(&unknown).unwrap_err().param(),
            Some("no_such_parameter")
        );
    }
}

#[test]
fn same_seed_same_result_and_rows_sum_to_one() {
    let data = sample(400, 4);
    for e in LEARNERS {
        for params in (e.candidates)() {
            let a = fit_with(e, &params, &data, &mut Quiet).unwrap();
            let b = fit_with(e, &params, &data, &mut Quiet).unwrap();
            assert_eq!(
                bits(a.as_ref(), &data.x),
                bits(b.as_ref(), &data.x),
                "{}",
                e.id
            );
            let p = a.predict_proba(data.x.view()).unwrap();
            assert_eq!(p.dim(), (400, 2));
            assert_eq!(a.classes(), ["no", "yes"]);
            for row in p.rows() {
                assert!(
                    (row.sum() - 1.0).abs() < 1e-12 && row.iter().all(|p| (0.0..=1.0).contains(p))
                );
            }
            if learns(e) {
                assert!(
                    auc(a.as_ref(), &data) > 0.8,
                    "{} {}",
                    e.id,
                    auc(a.as_ref(), &data)
                );
            }
        }
    }
}

#[test]
fn saved_models_predict_the_same_bits() {
    let data = sample(300, 3);
    for e in LEARNERS {
        let model = fit(e, &data).unwrap();
        let part = model.save().unwrap();
        assert_eq!(part.kind, e.id);
        let again = (e.load)(&part).unwrap().classifier().unwrap();
        assert_eq!(
            bits(model.as_ref(), &data.x),
            bits(again.as_ref(), &data.x),
            "{}",
            e.id
        );
        assert_eq!(
            (model.classes(), model.n_features()),
            (again.classes(), again.n_features())
        );
        assert_eq!(again.save().unwrap(), part);
    }
}

#[test]
fn spoiled_parts_are_errors_or_harmless() {
    let data = sample(120, 3);
    for e in LEARNERS {
        let part = fit(e, &data).unwrap().save().unwrap();
        let newer = Part {
            version: part.version + 1,
            ..part.clone()
        };
        assert_eq!((e.load)(&newer).unwrap_err().code(), "artifact");
        for len in (0..part.body.len()).step_by(7) {
            let body = part.body[..len].to_vec();
            assert!(
                (e.load)(&Part {
                    body,
                    ..part.clone()
                })
                .is_err(),
                "{} {len}",
                e.id
            );
        }
        // A changed byte may go unnoticed here (the file has a checksum), but must not lead to a panic.
        for at in 0..part.body.len().min(6_000) {
            for flip in [1, 0x80] {
                let mut body = part.body.clone();
                body[at] ^= flip;
                let Ok(model) = (e.load)(&Part {
                    body,
                    ..part.clone()
                }) else {
                    continue;
                };
                let model = model.classifier().unwrap();
                if model.n_features() == 3 {
                    model.predict_proba(data.x.view()).unwrap();
                }
            }
        }
    }
}

#[test]
fn wrong_width_is_an_error_and_odd_values_are_predicted() {
    let data = sample(200, 3);
    let odd = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
        -0.0,
    ];
    let x = Array2::from_shape_fn((36, 3), |(i, j)| odd[(i / [1, 6, 2][j]) % 6]);
    for e in LEARNERS {
        let model = fit(e, &data).unwrap();
        for width in [0, 2, 4] {
            let error = model
                .predict_proba(Array2::zeros((5, width)).view())
                .unwrap_err();
            assert_eq!(error.code(), "shape", "{}", e.id);
        }
        let p = model.predict_proba(x.view()).unwrap();
        assert!(
            p.rows().into_iter().all(|r| (r.sum() - 1.0).abs() < 1e-12),
            "{}",
            e.id
        );
        assert_eq!(
            model
                .predict_proba(Array2::zeros((0, 3)).view())
                .unwrap()
                .nrows(),
            0
        );
        // The same numbers laid out by column.
        let turned = data.x.t().as_standard_layout().into_owned();
        let a = model.predict_proba(turned.t()).unwrap();
        assert_eq!(a, model.predict_proba(data.x.view()).unwrap());
    }
}

#[test]
fn values_that_are_not_finite_are_named() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut data = sample(50, 3);
        data.x[[17, 2]] = bad;
        for e in LEARNERS.iter().filter(|e| learns(e)) {
            let error = fit(e, &data).unwrap_err();
            assert_eq!(
                (error.code(), error.row(), error.column()),
                ("cell", Some(18), Some("x2"))
            );
        }
    }
}

#[test]
fn constant_columns_do_no_harm() {
    let mut data = sample(300, 3);
    data.x.column_mut(1).fill(1e6);
    for e in LEARNERS {
        let model = fit(e, &data).unwrap();
        assert!(!learns(e) || auc(model.as_ref(), &data) > 0.8, "{}", e.id);
        let mut still = data.clone();
        still.x.fill(2.5);
        let p = fit(e, &still)
            .unwrap()
            .predict_proba(still.x.view())
            .unwrap();
        let share = codes(&still).iter().sum::<u32>() as f64 / 300.0;
        assert!(
            p.column(1).iter().all(|v| (v - share).abs() < 1e-6),
            "{}",
            e.id
        );
    }
}

#[test]
fn degenerate_targets_and_sizes_are_errors() {
    let code = |e: &Entry, data: &Dataset| fit(e, data).err().map(|e| e.code());
    for e in LEARNERS.iter().filter(|e| learns(e)) {
        let x = || Array2::from_shape_fn((3, 2), |(i, j)| (i * 2 + j) as f32);
        let rows = |n: usize| x().select(Axis(0), &(0..n).collect::<Vec<_>>());
        assert_eq!(code(e, &dataset(rows(3), vec![1, 1, 1])), Some("target"));
        assert_eq!(code(e, &dataset(rows(1), vec![0])), Some("target"));
        assert_eq!(code(e, &dataset(rows(0), vec![])), Some("too_few_rows"));
        assert_eq!(code(e, &dataset(rows(3), vec![0, 1])), Some("shape"));
        assert_eq!(code(e, &dataset(rows(3), vec![0, 1, 2])), Some("shape"));
        assert_eq!(
            code(e, &dataset(Array2::zeros((3, 0)), vec![0, 1, 0])),
            Some("no_features")
        );
        assert_eq!(code(e, &dataset(rows(2), vec![0, 1])), None);
        assert_eq!(code(e, &dataset(rows(3), vec![0, 1, 1])), None);
        let mut many = dataset(rows(3), vec![0, 1, 2]);
        many.y = Target::Class {
            codes: vec![0, 1, 2],
            classes: ["a", "b", "c"].map(String::from).into(),
        };
        assert_eq!(code(e, &many), Some("target"));
        many.y = Target::Number(vec![0.5, 1.5, 2.5]);
        assert_eq!(code(e, &many), Some("target"));
    }
}

#[test]
fn the_baseline_gives_shares_for_any_classes() {
    let mut data = dataset(Array2::zeros((4, 0)), vec![]);
    data.y = Target::Class {
        codes: vec![0, 2, 2, 1],
        classes: ["a", "b", "c"].map(String::from).into(),
    };
    let model = fit(entry("baseline").unwrap(), &data).unwrap();
    let p = model.predict_proba(Array2::zeros((1, 0)).view()).unwrap();
    assert_eq!(p.row(0).to_vec(), [0.25, 0.25, 0.5]);
}

#[test]
fn weights_are_checked_and_count() {
    let data = sample(300, 3);
    let with = |w: Vec<f64>| Dataset {
        sample_weight: Some(w),
        ..data.clone()
    };
    for e in LEARNERS {
        let code = |w| fit(e, &with(w)).err().map(|e| e.code());
        assert_eq!(code(vec![0.0; 300]), Some("too_few_rows"), "{}", e.id);
        assert_eq!(code(vec![1.0; 299]), Some("shape"));
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            let mut w = vec![1.0; 300];
            w[7] = bad;
            assert_eq!(code(w), Some("param"));
        }
        if learns(e) {
            let w = codes(&data).iter().map(|&c| f64::from(c)).collect();
            assert_eq!(code(w), Some("target"), "only one class has weight");
        }
        // All weights 1 change next to nothing; weight 3 pulls the same way as three copies.
        let plain = fit(e, &data).unwrap().predict_proba(data.x.view()).unwrap();
        let ones = fit(e, &with(vec![1.0; 300]))
            .unwrap()
            .predict_proba(data.x.view())
            .unwrap();
        // Boosting counts rows exactly once rows have weights, so its trees may differ a little.
        let y: Vec<bool> = codes(&data).iter().map(|&c| c == 1).collect();
        let area = |p: &Array2<f64>| roc_auc(&y, &p.column(1).to_vec(), None).unwrap();
        assert!((area(&plain) - area(&ones)).abs() < 0.02, "{}", e.id);
        let heavy: Vec<f64> = codes(&data)
            .iter()
            .map(|&c| 1.0 + 4.0 * f64::from(c))
            .collect();
        let raised = fit(e, &with(heavy))
            .unwrap()
            .predict_proba(data.x.view())
            .unwrap();
        assert!(
            raised.column(1).sum() > plain.column(1).sum() - 1e-9,
            "{}",
            e.id
        );
    }
}

#[test]
fn balanced_classes_are_scored_evenly() {
    let mut data = sample(2000, 3);
    if let Target::Class { codes, .. } = &mut data.y {
        let mut u = noise(9);
        for c in codes.iter_mut() {
            *c *= u32::from(u() > 0.6);
        }
    }
    for e in LEARNERS.iter().filter(|e| learns(e)) {
        let params = Params::default().with("class_weight", "balanced");
        let mean = |params: &Params| {
            let p = fit_with(e, params, &data, &mut Quiet)
                .unwrap()
                .predict_proba(data.x.view())
                .unwrap();
            p.column(1).mean().unwrap()
        };
        let share = codes(&data).iter().sum::<u32>() as f64 / 2000.0;
        assert!((mean(&Params::default()) - share).abs() < 0.02, "{}", e.id);
        // Boosting follows its training rows closely, whatever their weight.
        assert!(
            mean(&params) > share + 0.02,
            "{} {}",
            e.id,
            mean(&params) - share
        );
    }
}

#[test]
fn progress_never_falls_and_cancel_works_at_every_step() {
    let data = sample(250, 3);
    for e in LEARNERS {
        let mut watch = Watch::default();
        fit_with(e, &Params::default(), &data, &mut watch).unwrap();
        let n_steps = watch.steps.len();
        assert!(n_steps >= 2, "{}", e.id);
        assert!(
            watch
                .steps
                .windows(2)
                .all(|w| w[0].done <= w[1].done && w[0].total == w[1].total)
        );
        assert!(watch.steps.iter().all(|s| s.total > 0 && s.done <= s.total));
        assert_eq!(
            watch.steps.last().map(|s| s.done),
            watch.steps.last().map(|s| s.total)
        );
        for k in 0..n_steps {
            let mut watch = Watch {
                cancel_at: Some(k),
                ..Watch::default()
            };
            let error = fit_with(e, &Params::default(), &data, &mut watch).unwrap_err();
            assert_eq!(error, Error::Cancelled, "{} {k}", e.id);
            assert_eq!(watch.steps.len(), k + 1);
        }
    }
}

#[test]
fn order_of_rows_matters_next_to_nothing() {
    let data = sample(1000, 4);
    let order: Vec<usize> = (0..1000).map(|i| i * 7919 % 1000).collect();
    let turned = dataset(
        data.x.select(Axis(0), &order),
        order.iter().map(|&i| codes(&data)[i]).collect(),
    );
    for e in LEARNERS {
        let (a, b) = (fit(e, &data).unwrap(), fit(e, &turned).unwrap());
        let difference = auc(a.as_ref(), &data) - auc(b.as_ref(), &data);
        assert!(difference.abs() < 0.005, "{} {difference}", e.id);
    }
}

#[test]
fn more_columns_than_rows() {
    let data = sample(50, 2_000);
    for e in LEARNERS {
        let model = fit(e, &data).unwrap();
        model.predict_proba(data.x.view()).unwrap();
    }
}

#[test]
fn rows_of_weight_zero_are_as_good_as_absent() {
    let data = sample(300, 3);
    let kept: Vec<usize> = (0..300).filter(|i| i % 3 != 0).collect();
    let mut zeroed = data.clone();
    zeroed.sample_weight = Some((0..300).map(|i| f64::from(u8::from(i % 3 != 0))).collect());
    let mut fewer = dataset(
        data.x.select(Axis(0), &kept),
        kept.iter().map(|&i| codes(&data)[i]).collect(),
    );
    fewer.sample_weight = Some(vec![1.0; kept.len()]);
    for e in LEARNERS {
        let (a, b) = (fit(e, &zeroed).unwrap(), fit(e, &fewer).unwrap());
        assert_eq!(
            bits(a.as_ref(), &data.x),
            bits(b.as_ref(), &data.x),
            "{}",
            e.id
        );
    }
}
