//! Every kernel against the definition: all subsets of columns.
use super::{ensemble::shares, *};
use crate::{
    base::{Params, Quiet, Train},
    learn::{Dataset, Model, Target, entry},
};
use ndarray::{ArrayView1, s};

/// Whole numbers below `n`, one after the other.
struct Draws(u32);

impl Draws {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % n
    }

    fn unit(&mut self) -> f64 {
        f64::from(self.below(1 << 20)) / f64::from(1 << 20)
    }
}

/// Shapley values of a game over `d` columns, by its definition.
fn shapley(d: usize, value: impl Fn(usize) -> f64) -> Vec<f64> {
    let all: Vec<f64> = (0..1usize << d).map(value).collect();
    let mut weights = vec![1.0 / d as f64; d];
    for k in 1..d {
        weights[k] = weights[k - 1] * k as f64 / (d - k) as f64;
    }
    let one = |j: usize| {
        let without = (0..1usize << d).filter(|set| set >> j & 1 == 0);
        without
            .map(|set| weights[set.count_ones() as usize] * (all[set | 1 << j] - all[set]))
            .sum()
    };
    (0..d).map(one).collect()
}

fn mixture(set: usize, row: &[f32], other: &[f32]) -> Vec<f32> {
    let pick = |j: usize| if set >> j & 1 == 1 { row[j] } else { other[j] };
    (0..row.len()).map(pick).collect()
}

/// Trees at random, whose columns come up again on a path; splits by number and by level, missing values either way.
fn ensemble(d: usize, n_trees: usize, n_splits: usize, draws: &mut Draws) -> Ensemble {
    let mut out = Ensemble::new(d, 0.7, 0.5);
    for _ in 0..n_trees {
        let set = out.add_set(vec![draws.below(16)]);
        let mut nodes = vec![Node::leaf(draws.unit(), 64.0)];
        for _ in 0..n_splits {
            let leaves: Vec<usize> = (0..nodes.len()).filter(|i| nodes[*i].left == 0).collect();
            let at = leaves[draws.below(leaves.len() as u32) as usize];
            let cover = nodes[at].cover;
            let (left, share) = (nodes.len() as u32, 0.1 + 0.8 * draws.unit());
            let column = draws.below(d as u32);
            let threshold = draws.below(4) as f32;
            let missing_left = draws.below(2) == 0;
            nodes[at] = Node::split(column, threshold, left, missing_left, cover);
            if draws.below(4) == 0 {
                nodes[at].set = set;
            }
            nodes.push(Node::leaf(draws.unit() - 0.3, cover * share));
            nodes.push(Node::leaf(draws.unit() - 0.3, cover * (1.0 - share)));
        }
        out.add_tree(&nodes).unwrap();
    }
    out
}

fn matrix(n: usize, d: usize, draws: &mut Draws) -> Vec<f32> {
    let value = |draws: &mut Draws| match draws.below(9) {
        8 => f32::NAN,
        v => v as f32 * 0.5,
    };
    (0..n * d).map(|_| value(draws)).collect()
}

fn close(got: &[f64], want: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (j, (a, b)) in got.iter().zip(want).enumerate() {
        assert!(
            (a - b).abs() <= tolerance,
            "{what}: column {j}: {a} for {b}"
        );
    }
}

#[test]
fn pairs_of_rows_give_the_values_of_all_subsets() {
    let mut draws = Draws(1);
    let d = 6;
    for case in 0..20 {
        let ensemble = ensemble(d, 3, 3 + case, &mut draws);
        let n = [1, 3, 64, 70, 130][case % 5];
        let background = matrix(n, d, &mut draws);
        let scales: Vec<f64> = (0..n).map(|_| draws.unit() - 0.2).collect();
        let rows = matrix(4, d, &mut draws);
        let mut pairs = Pairs::new(&ensemble, &background);
        for row in rows.chunks_exact(d) {
            let mut got = vec![0.0; d];
            pairs.add(row, &scales, &mut got);
            let want = shapley(d, |set| {
                let others = background.chunks_exact(d).zip(&scales);
                others
                    .map(|(b, s)| s * ensemble.sum(&mixture(set, row, b)))
                    .sum()
            });
            close(&got, &want, 1e-11, &format!("case {case}"));
        }
    }
}

/// The mean over the leaves of what a row that shows only the columns of `set` reaches.
fn shown(ensemble: &Ensemble, tree: &[Node], at: usize, set: usize, row: &[f32]) -> f64 {
    let node = &tree[at];
    let left = node.left as usize;
    if left == 0 {
        return node.value;
    }
    let column = node.column as usize;
    if set >> column & 1 == 1 {
        let right = usize::from(!ensemble.goes_left(node, row[column]));
        return shown(ensemble, tree, left + right, set, row);
    }
    let [a, b] = shares(tree, node);
    a * shown(ensemble, tree, left, set, row) + b * shown(ensemble, tree, left + 1, set, row)
}

#[test]
fn paths_give_the_values_of_all_subsets() {
    let mut draws = Draws(2);
    for case in 0..24 {
        let d = [1, 2, 5, 8, 12][case % 5];
        let ensemble = ensemble(d, 3, 2 * case, &mut draws);
        // Few rows are explained one by one, many together.
        let n = [3, 40, 1100][case % 3];
        let x = ndarray::Array2::from_shape_vec((n, d), matrix(n, d, &mut draws)).unwrap();
        let paths = Paths::new(&ensemble).unwrap();
        let mut quiet = Quiet;
        let got = paths
            .values(x.view(), &mut Run::new(&mut quiet, 0))
            .unwrap();
        let base = ensemble.expectation();
        for i in 0..n {
            let row = x.row(i);
            let row = row.as_slice().unwrap();
            let got = got.row(i).to_vec();
            let sum = base + got.iter().sum::<f64>();
            assert!((sum - ensemble.sum(row)).abs() < 1e-11, "case {case}");
            if i < 3 || i + 2 > n {
                let want = shapley(d, |set| {
                    let trees = ensemble.trees();
                    0.5 * trees.map(|t| shown(&ensemble, t, 0, set, row)).sum::<f64>()
                });
                close(&got, &want, 1e-11, &format!("case {case}"));
            }
        }
    }
}

#[test]
fn trees_without_covers_are_told_apart() {
    let mut known = Ensemble::new(1, 0.0, 1.0);
    known.add_tree(&[Node::leaf(1.0, 0.0)]).unwrap();
    assert_eq!(Paths::new(&known).unwrap_err().code(), "artifact");
    let leaf = Node::leaf(1.0, 1.0);
    for bad in [
        vec![],
        vec![Node::split(0, 1.0, 2, true, 1.0), leaf, leaf],
        vec![Node::split(1, 1.0, 1, true, 1.0), leaf, leaf],
        vec![Node::split(0, f32::NAN, 1, true, 1.0), leaf, leaf],
        vec![Node::leaf(f64::NAN, 1.0)],
        vec![Node::leaf(1.0, -1.0)],
    ] {
        assert!(
            Ensemble::new(1, 0.0, 1.0).add_tree(&bad).is_err(),
            "{bad:?}"
        );
    }
}

/// Rows of 4 columns with a target that three of them decide together.
fn data(n: usize, n_classes: u32) -> Dataset {
    let mut draws = Draws(3);
    let x = Array2::from_shape_fn((n, 4), |_| (draws.below(1000) as f32 / 500.0) - 1.0);
    let score = |row: ArrayView1<'_, f32>| row[0] + row[1] * row[2] + 0.2 * row[1];
    let scores: Vec<f64> = x
        .rows()
        .into_iter()
        .map(|r| f64::from(score(r)) + 0.4 * draws.unit())
        .collect();
    if n_classes == 0 {
        return Dataset::new(x, Target::Number(scores));
    }
    let code = |s: &f64| ((s + 1.0) * f64::from(n_classes) / 2.4) as u32;
    Dataset::new(
        x,
        Target::Class {
            codes: scores.iter().map(|s| code(s).min(n_classes - 1)).collect(),
            classes: (0..n_classes).map(|k| format!("c{k}")).collect(),
        },
    )
}

fn fitted(id: &str, params: Params, data: &Dataset) -> Model {
    let mut quiet = Quiet;
    let train = Train::all(data.clone());
    let learner = (entry(id).unwrap().build)(&params).unwrap();
    learner.fit(&train, &mut Run::new(&mut quiet, 7)).unwrap()
}

fn explained(model: &Model) -> Explained<'_> {
    match model {
        Model::Classifier(c) => Explained::Classifier(c.as_ref()),
        Model::Regressor(r) => Explained::Regressor(r.as_ref()),
        Model::Clusterer(_) => panic!("a clusterer"),
    }
}

fn calibrations(n_classes: usize) -> Vec<Calibration> {
    let n = if n_classes == 2 { 1 } else { n_classes };
    let sigmoid = Calibration::Sigmoid {
        slopes: (0..n).map(|k| 0.6 + k as f64 * 0.3).collect(),
        intercepts: (0..n).map(|k| 0.4 - k as f64 * 0.2).collect(),
    };
    let factors = (0..n_classes).map(|k| 0.5 + k as f64).collect();
    vec![Calibration::None, sigmoid, Calibration::Prior { factors }]
}

/// The mean over the background of the values of all subsets, for what the whole model answers.
fn by_subsets(answer: &Answer<'_>, background: ArrayView2<'_, f32>, row: &[f32]) -> Vec<f64> {
    shapley(row.len(), |set| {
        let mixed = background.rows().into_iter().flat_map(|b| {
            let b = b.to_vec();
            mixture(set, row, &b)
        });
        let x = Array2::from_shape_vec(background.dim(), mixed.collect()).unwrap();
        mean(&answer.values(x.view()).unwrap())
    })
}

#[test]
fn every_learner_sums_to_its_prediction() {
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 1);
    for (n_classes, ids) in [
        (
            2,
            &[
                "baseline",
                "gaussian_nb",
                "bernoulli_nb",
                "logistic",
                "tree",
                "knn",
                "svm",
                "extra_trees",
                "forest",
                "boosting",
                "mlp",
                "voting",
                "stacking",
            ][..],
        ),
        (
            3,
            &["logistic", "tree", "forest", "boosting", "knn", "voting"][..],
        ),
        (
            0,
            &["linear", "tree", "forest", "boosting", "knn", "voting"][..],
        ),
    ] {
        let data = data(300, n_classes);
        for id in ids {
            let params = match *id {
                "tree" => Params::default().with("max_depth", 4),
                "forest" | "extra_trees" | "boosting" => Params::default().with("n_estimators", 10),
                _ => Params::default(),
            };
            let model = fitted(id, params, &data);
            let model = explained(&model);
            let background = data.x.slice(s![..20, ..]);
            let x = data.x.slice(s![15..25, ..]);
            for calibration in calibrations(n_classes as usize) {
                for output in 0..n_classes.max(1) as usize {
                    let got = contributions(model, output, &calibration, background, x, &mut run)
                        .unwrap();
                    let what = format!("{id} {output} {calibration:?}");
                    let answer = Answer {
                        model,
                        output,
                        calibration: &calibration,
                    };
                    close(&got.predictions, &answer.values(x).unwrap(), 0.0, &what);
                    let base = mean(&answer.values(background).unwrap());
                    assert!((got.base - base).abs() < 1e-12, "{what}");
                    for (row, p) in got.values.rows().into_iter().zip(&got.predictions) {
                        assert!((got.base + row.sum() - p).abs() < 1e-9, "{what}: {p}");
                        assert!(row.iter().all(|v| v.abs() < 3.0), "{what}: {row}");
                    }
                    assert_eq!(got.errors.is_some(), got.method == Method::Sampled);
                }
            }
        }
    }
}

#[test]
fn models_whose_answer_is_a_sum_give_the_values_of_all_subsets() {
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 1);
    let trees = || Params::default().with("n_estimators", 8);
    for (id, n_classes, params, method) in [
        ("tree", 2, Params::default(), Method::Tree),
        ("forest", 2, trees(), Method::Tree),
        ("extra_trees", 3, trees(), Method::Tree),
        ("forest", 0, trees(), Method::Tree),
        ("boosting", 0, trees(), Method::Tree),
        ("linear", 0, Params::default(), Method::Linear),
    ] {
        let data = data(200, n_classes);
        let model = fitted(id, params, &data);
        let background = data.x.slice(s![..70, ..]);
        let x = data.x.slice(s![100..105, ..]);
        let answer = Answer {
            model: explained(&model),
            output: usize::from(n_classes == 3),
            calibration: &Calibration::None,
        };
        let (model, output) = (answer.model, answer.output);
        let got =
            contributions(model, output, answer.calibration, background, x, &mut run).unwrap();
        assert_eq!(got.method, method);
        for (row, got) in x.rows().into_iter().zip(got.values.rows()) {
            let want = by_subsets(&answer, background, &row.to_vec());
            close(&got.to_vec(), &want, 1e-9, id);
        }
    }
}

#[test]
fn sampled_values_are_as_near_as_they_say() {
    let mut quiet = Quiet;
    let data = data(200, 2);
    let params = Params::default().with("n_estimators", 8);
    for (id, params) in [("forest", params), ("knn", Params::default())] {
        let model = fitted(id, params, &data);
        let background = data.x.slice(s![..30, ..]);
        let x = data.x.slice(s![100..120, ..]);
        let answer = Answer {
            model: explained(&model),
            output: 1,
            calibration: &calibrations(2)[1],
        };
        let (mut within, mut all) = (0u32, 0u32);
        for seed in 0..5 {
            let run = &mut Run::new(&mut quiet, seed);
            let got = by_sampling(&answer, background, x, run).unwrap();
            let errors = got.errors.unwrap();
            for (i, row) in x.rows().into_iter().enumerate() {
                let want = by_subsets(&answer, background, &row.to_vec());
                for (j, want) in want.iter().enumerate() {
                    let off = (got.values[[i, j]] - want).abs();
                    assert!(off.max(errors[[i, j]]) < 0.04, "{id} {off}");
                    within += u32::from(off <= 1.96 * errors[[i, j]] + 1e-9);
                    all += 1;
                }
            }
        }
        let share = f64::from(within) / f64::from(all);
        assert!((0.90..=1.0).contains(&share), "{id}: {share}");
    }
}

#[test]
fn one_row_is_explained_as_among_others_and_the_same_again() {
    let data = data(120, 2);
    for id in ["forest", "knn", "logistic"] {
        let model = fitted(id, Params::default(), &data);
        let of = |x: ArrayView2<'_, f32>| {
            let mut quiet = Quiet;
            let run = &mut Run::new(&mut quiet, 3);
            let background = data.x.slice(s![..10, ..]);
            contributions(explained(&model), 1, &Calibration::None, background, x, run).unwrap()
        };
        let all = of(data.x.slice(s![40..50, ..]));
        assert_eq!(all, of(data.x.slice(s![40..50, ..])), "{id}");
        let one = of(data.x.slice(s![44..45, ..]));
        assert_eq!(one.values.row(0), all.values.row(4), "{id}");
    }
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 1);
    let data = data(50, 2);
    let model = fitted("logistic", Params::default(), &data);
    let (model, none) = (explained(&model), Calibration::None);
    let (x, narrow) = (data.x.slice(s![..5, ..]), data.x.slice(s![..5, ..2]));
    let mut code = |output, calibration: &Calibration, background, x| {
        contributions(model, output, calibration, background, x, &mut run)
            .map(|_| ())
            .map_err(|e| e.code())
    };
    assert_eq!(code(1, &none, x, x), Ok(()));
    assert_eq!(code(2, &none, x, x), Err("shape"));
    assert_eq!(code(1, &none, narrow, x), Err("shape"));
    assert_eq!(code(1, &none, x, narrow), Err("shape"));
    assert_eq!(code(1, &calibrations(3)[1], x, x), Err("shape"));
    assert_eq!(
        code(1, &none, x.slice_move(s![..0, ..]), x),
        Err("too_few_rows")
    );
    assert_eq!(code(1, &none, x, x.slice_move(s![..0, ..])), Ok(()));
}

#[test]
fn path_dependent_values_sum_to_the_prediction() {
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 1);
    for (n_classes, id) in [
        (2, "tree"),
        (2, "forest"),
        (2, "boosting"),
        (3, "extra_trees"),
        (3, "boosting"),
        (0, "forest"),
    ] {
        let data = data(300, n_classes);
        let params = Params::default().with("max_depth", 5);
        let model = fitted(id, params, &data);
        let model = explained(&model);
        let x = data.x.slice(s![15..25, ..]);
        for calibration in calibrations(n_classes as usize) {
            for output in 0..n_classes.max(1) as usize {
                let got = path_dependent(model, output, &calibration, x, &mut run).unwrap();
                let answer = Answer {
                    model,
                    output,
                    calibration: &calibration,
                };
                close(&got.predictions, &answer.values(x).unwrap(), 0.0, id);
                assert!(n_classes == 0 || (0.0..=1.0).contains(&got.base));
                for (row, p) in got.values.rows().into_iter().zip(&got.predictions) {
                    assert!((got.base + row.sum() - p).abs() < 1e-9, "{id} {p}");
                }
            }
        }
    }
    let linear = fitted("linear", Params::default(), &data(50, 0));
    let x = Array2::zeros((1, 4));
    let none = Calibration::None;
    let got = path_dependent(explained(&linear), 0, &none, x.view(), &mut run);
    assert_eq!(got.unwrap_err().code(), "artifact");
}
