//! What there is to see inside the fitted models, in the units of the person's file.
//!
//! The best learner shows all it has. A tree and odds ratios are shown of the others too, because they can be read as
//! rules and effects, unless they know clearly less than the best: see [`readable_from`].
use super::{effects, goal::Goal, request::Request, train::Fitted};
use crate::base::order::Ordered;
use crate::{
    base::Unit,
    charts::{
        CoefficientPath, Figure, LossCurve, LossStep, TreePicture, TreePictureNode, TreeSplit,
        TreeTest, TreeValue,
    },
    learn::{Dataset, Insight, Save, Target, TreeNode},
    prepare::Meaning,
    report::{Metric, Report, ReportTable},
};
use std::collections::HashMap;

/// Share of what the best learner gains over the baseline that another may lack for its rules to be worth reading.
const CLOSE_ENOUGH: f64 = 0.2;
/// Share of a number column's scale by which single precision may have moved a threshold.
const ROUNDING: f64 = 1e-6;

/// What goes into the report.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) metrics: Vec<Metric>,
    pub(super) figures: Vec<(String, Figure)>,
    pub(super) tables: Vec<(String, ReportTable)>,
}

impl Seen {
    /// Puts everything behind what the report has.
    pub(super) fn add_to(self, report: &mut Report) {
        report.metrics.extend(self.metrics);
        report.figures.extend(self.figures);
        report.tables.extend(self.tables);
    }
}

/// What `model` has to show, which was fitted on the rows `real` or on `drawn` ones in which classes even out.
///
/// The rows of a tree's nodes are counted anew among the real rows: others may have been weighted or drawn. Errors that
/// count drawn rows as if they were seen say too little, and so do rows out of the bag that are in it once more, and rows
/// kept aside of which others are copies or neighbours: there are none then.
pub(super) fn of(model: &dyn Save, real: &Dataset, drawn: Option<&Dataset>) -> Vec<Insight> {
    let mut all = model.insights();
    let is_drawn = drawn.is_some();
    let has_copies = drawn.is_some_and(|d| d.x.nrows() > real.x.nrows());
    all.retain(|i| !is_drawn || !matches!(i, Insight::OutOfBag { .. }));
    for insight in &mut all {
        match insight {
            Insight::Tree { nodes, .. } => recount(nodes, real),
            Insight::Coefficients { rows, .. } if is_drawn => {
                for row in rows {
                    row.standard_error = None;
                    row.interval = None;
                    row.p_value = None;
                }
            }
            Insight::LossCurve { validation, .. } if has_copies => validation.clear(),
            _ => {}
        }
    }
    all
}

/// Rows and share of each class, or mean, in every node, by walking down.
fn recount(nodes: &mut [TreeNode], real: &Dataset) {
    let (n_values, ones): (usize, Vec<(usize, f64)>) = match &real.y {
        Target::Class { codes, classes } => {
            let ones = codes.iter().map(|c| (*c as usize, 1.0)).collect();
            (classes.len(), ones)
        }
        Target::Number(values) => (1, values.iter().map(|v| (0, *v)).collect()),
        Target::None => return,
    };
    let position: HashMap<&str, usize> = (real.features.iter().enumerate())
        .map(|(j, name)| (name.as_str(), j))
        .collect();
    let columns: Vec<Option<usize>> = nodes
        .iter()
        .map(|n| position.get(n.split.as_ref()?.feature.as_str()).copied())
        .collect();
    let mut counts = vec![0_u64; nodes.len()];
    let mut sums = vec![vec![0.0; n_values]; nodes.len()];
    for (row, (class, value)) in real.x.rows().into_iter().zip(ones) {
        let mut at = 0;
        while let (Some(node), Some(count), Some(sum)) =
            (nodes.get(at), counts.get_mut(at), sums.get_mut(at))
        {
            *count += 1;
            if let Some(sum) = sum.get_mut(class) {
                *sum += value;
            }
            let (Some(split), Some(Some(j))) = (&node.split, columns.get(at)) else {
                break;
            };
            let value = row.get(*j).map_or(f64::NAN, |v| f64::from(*v));
            let goes_left = match split.threshold {
                _ if value.is_nan() => split.missing_left,
                Some(limit) => value <= limit,
                None => split.levels.contains(&(value as u32)),
            };
            let next = if goes_left { split.left } else { split.right } as usize;
            // Children come after their parent, so this ends.
            if next <= at {
                break;
            }
            at = next;
        }
    }
    for ((node, count), sum) in nodes.iter_mut().zip(counts).zip(sums) {
        node.n_samples = count;
        // A node that only drawn rows reach keeps what it was fitted with.
        if count > 0 {
            node.value = sum.into_iter().map(|s| s / count as f64).collect();
        }
    }
}

/// Figures, tables and metrics from inside the models.
pub(super) fn seen(request: &Request, best: &Fitted, others: &[Fitted]) -> Seen {
    let mut out = Seen::default();
    let baseline = others.iter().find(|f| f.is_baseline()).map(|f| f.cv_mean);
    let least = readable_from(best.cv_mean, baseline);
    let loss = match request.goal {
        Goal::Number => "squared_error",
        _ => "log_loss",
    };
    let readable = |f: &&Fitted| !f.is_baseline() && f.cv_mean >= least;
    for fitted in std::iter::once(best).chain(others.iter().filter(readable)) {
        let is_best = std::ptr::eq(fitted, best);
        let meanings = Meanings::of(fitted);
        for insight in &fitted.insights {
            match insight {
                Insight::Tree { nodes, .. } => {
                    let picture = tree(nodes, &meanings, request);
                    add(&mut out.figures, "tree", picture.into());
                }
                // Several outputs have as many weights per column, which no figure holds.
                Insight::Coefficients { outputs, .. } if outputs.len() > 1 => {}
                Insight::Coefficients { odds, rows, .. }
                    if is_best || *odds || request.goal == Goal::Number =>
                {
                    let effects = effects::of(fitted, rows, &meanings.0);
                    let table = effects::table(fitted.learner.id, &effects, *odds);
                    let figure = effects::figure(&effects, *odds);
                    if !out.figures.iter().any(|(k, _)| k == "coefficients") {
                        out.tables.push(("coefficients".to_owned(), table));
                    }
                    add(&mut out.figures, "coefficients", figure.into());
                }
                _ if is_best => only_of_the_best(&mut out, fitted, insight, &meanings, loss),
                _ => {}
            }
        }
    }
    out
}

/// The cross-validated score from which a learner is worth reading: [`CLOSE_ENOUGH`] of the way from the best back to the
/// baseline, which guesses. So it means the same whatever the score is: 0.05 is little of a ROC-AUC and much of a Brier
/// score, or of an average precision where few leave. More is better, losses count negative. Where the best gains nothing,
/// what is as good as it is worth as much.
fn readable_from(best: f64, baseline: Option<f64>) -> f64 {
    let gain = baseline.map_or(0.0, |b| best - b);
    best - CLOSE_ENOUGH * gain.max(0.0)
}

/// One figure of a kind is enough: the better learner's comes first.
fn add(figures: &mut Vec<(String, Figure)>, key: &str, figure: Figure) {
    if !figures.iter().any(|(k, _)| k == key) {
        figures.push((key.to_owned(), figure));
    }
}

fn only_of_the_best(
    out: &mut Seen,
    fitted: &Fitted,
    insight: &Insight,
    meanings: &Meanings,
    loss: &str,
) {
    match insight {
        Insight::LossCurve {
            train,
            validation,
            best,
        } => {
            let is_boosting = fitted.learner.id == "boosting";
            // Without rows kept aside the loss of rounds only falls: there is nothing to see.
            if is_boosting && validation.is_empty() {
                return;
            }
            let curve = LossCurve {
                scoring: loss.to_owned(),
                step: if is_boosting {
                    LossStep::Round
                } else {
                    LossStep::Epoch
                },
                train: train.clone(),
                validation: validation.clone(),
                best: best.checked_sub(1).and_then(|b| u32::try_from(b).ok()),
                is_running: false,
            };
            add(&mut out.figures, "loss_curve", curve.into());
        }
        Insight::OutOfBag { metric, value } => out.metrics.push(Metric {
            key: match metric.as_str() {
                // scikit-learn's name of the accuracy.
                "accuracy" => "oob_score".to_owned(),
                other => format!("oob_{other}"),
            },
            value: *value,
            interval: None,
            unit: Unit::None,
        }),
        Insight::Path {
            features,
            alphas,
            coefficients,
            chosen,
        } => {
            let of_column = |j| {
                let at = |row: &Vec<f64>| row.get(j).copied().unwrap_or(f64::NAN);
                coefficients.iter().map(at).collect()
            };
            let nearest = |a: &(usize, &f64), b: &(usize, &f64)| {
                (a.1 - chosen).abs().total_cmp(&(b.1 - chosen).abs())
            };
            let path = CoefficientPath {
                columns: features.iter().map(|f| meanings.label(f)).collect(),
                alphas: alphas.clone(),
                coefs: (0..features.len()).map(of_column).collect(),
                chosen: alphas
                    .iter()
                    .enumerate()
                    .min_by(nearest)
                    .map(|(i, _)| i as u32),
            };
            add(&mut out.figures, "path", path.into());
        }
        _ => {}
    }
}

/// What the columns of a learner's matrix stand for, by name.
struct Meanings(HashMap<String, Meaning>);

impl Meanings {
    fn of(fitted: &Fitted) -> Self {
        let mut names: Vec<String> = Vec::new();
        for insight in &fitted.insights {
            match insight {
                Insight::Tree { nodes, .. } => names.extend(
                    nodes
                        .iter()
                        .filter_map(|n| Some(n.split.as_ref()?.feature.clone())),
                ),
                Insight::Coefficients { rows, .. } => {
                    names.extend(rows.iter().map(|r| r.feature.clone()));
                }
                Insight::Path { features, .. } => names.extend(features.iter().cloned()),
                _ => {}
            }
        }
        names.order_by(Ord::cmp);
        names.dedup();
        let meanings = fitted.pipeline.meanings(&names);
        Self(names.into_iter().zip(meanings).collect())
    }

    /// What an effect is the effect of: "tenure + 24.6", "Contract = One year".
    fn label(&self, feature: &str) -> String {
        match self.0.get(feature) {
            Some(Meaning::Number { column, scale, .. }) => effects::per(column, *scale),
            Some(Meaning::Level { column, level, .. }) => format!("{column} = {level}"),
            Some(Meaning::Flag { column, yes, .. }) => format!("{column} = {yes}"),
            None => feature.to_owned(),
        }
    }
}

fn tree(nodes: &[TreeNode], meanings: &Meanings, request: &Request) -> TreePicture {
    let (value, place) = match request.goal {
        Goal::Binary => (TreeValue::Share, Some(1)),
        Goal::Multiclass => (TreeValue::Winner, None),
        Goal::Number => (TreeValue::Mean, Some(0)),
    };
    let shown = |n: &TreeNode| {
        let place = place.or_else(|| {
            let all = n.value.iter().enumerate().rev();
            all.max_by(|a, b| a.1.total_cmp(b.1)).map(|(k, _)| k)
        });
        let label = match request.goal {
            Goal::Multiclass => place.and_then(|k| request.classes.get(k)).cloned(),
            _ => None,
        };
        let value = place.and_then(|k| n.value.get(k)).copied();
        (value.unwrap_or(f64::NAN), label.unwrap_or_default())
    };
    let node = |n: &TreeNode| TreePictureNode {
        n_rows: n.n_samples,
        value: shown(n).0,
        label: shown(n).1,
        split: n.split.as_ref().and_then(|s| {
            let question = Question::of(meanings.0.get(&s.feature)?, s.threshold?);
            // What goes left is at or below the threshold: the lower of no and yes.
            let (yes, no) = if question.yes_goes_left {
                (s.left, s.right)
            } else {
                (s.right, s.left)
            };
            Some(TreeSplit {
                column: question.column,
                test: question.test,
                yes,
                no,
                missing: None,
            })
        }),
    };
    TreePicture {
        nodes: nodes.iter().map(node).collect(),
        value,
        value_label: match request.goal {
            Goal::Binary => request.classes.get(1).unwrap_or(&request.target),
            _ => &request.target,
        }
        .clone(),
    }
}

struct Question {
    column: String,
    test: TreeTest,
    yes_goes_left: bool,
}

impl Question {
    fn of(meaning: &Meaning, threshold: f64) -> Self {
        let column = meaning.column().to_owned();
        let is = |level: &String, yes_goes_left| Self {
            column: column.clone(),
            test: TreeTest::OneOf(vec![level.clone()]),
            yes_goes_left,
        };
        match meaning {
            Meaning::Number {
                shift,
                scale,
                is_whole,
                ..
            } => Self {
                test: TreeTest::AtMost(limit(threshold * scale + shift, *scale, *is_whole)),
                column,
                yes_goes_left: true,
            },
            Meaning::Level { level, .. } => is(level, false),
            Meaning::Flag { yes, .. } => is(yes, false),
        }
    }
}

/// A threshold as a person would write it. Whole numbers at or below 12.5 are at or below 12; others lose the digits
/// that single precision does not have.
fn limit(threshold: f64, scale: f64, is_whole: bool) -> f64 {
    let slack = (scale.abs() * ROUNDING).clamp(1e-9, 0.25);
    if is_whole {
        (threshold + slack.max(1e-3)).floor()
    } else {
        let unit = 10f64.powf(slack.log10().ceil());
        (threshold / unit).round() * unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Params, Quiet, Run, Train};
    use ndarray::Array2;

    #[test]
    fn thresholds_read_as_a_person_writes_them() {
        assert_eq!(limit(12.5, 24.6, true), 12.0);
        assert_eq!(limit(11.999_999_8, 24.6, true), 12.0);
        assert_eq!(limit(127_643.49, 62_000.0, true), 127_643.0);
        assert!((limit(29.850_001_2, 30.0, false) - 29.85).abs() < 1e-9);
    }

    #[test]
    fn what_is_close_depends_on_what_there_is_to_gain() {
        // ROC-AUC, log loss, average precision of a rare class.
        for (best, baseline, close, far) in [
            (0.85, 0.5, 0.79, 0.77),
            (-0.42, -0.58, -0.45, -0.46),
            (0.06, 0.02, 0.053, 0.051),
        ] {
            let least = readable_from(best, Some(baseline));
            assert!(far < least && least < close, "{least}");
        }
        assert_eq!(readable_from(0.5, Some(0.52)), 0.5);
        assert_eq!(readable_from(0.5, None), 0.5);
    }

    #[test]
    fn counting_the_rows_anew_gives_what_the_tree_counted() {
        let n = 500;
        let x = Array2::from_shape_fn((n, 3), |(i, j)| {
            (i * [7919, 104_729, 31][j] % 211) as f32 / 7.0
        });
        let codes: Vec<u32> = x
            .rows()
            .into_iter()
            .map(|r| u32::from(r[0] * r[1] > 200.0 || r[2] > 29.0))
            .collect();
        let data = Dataset::new(x, Target::class(codes, &["no", "yes"]));
        let fit = |params: Params| {
            let tree = (crate::learn::entry("tree").unwrap().build)(&params).unwrap();
            let mut quiet = Quiet;
            tree.fit(&Train::all(data.clone()), &mut Run::new(&mut quiet, 1))
                .unwrap()
                .classifier()
                .unwrap()
        };
        let nodes = |all: Vec<Insight>| match all.into_iter().next() {
            Some(Insight::Tree { nodes, .. }) => nodes,
            other => panic!("{other:?}"),
        };
        let plain = fit(Params::default());
        let (own, anew) = (
            nodes(plain.insights()),
            nodes(of(plain.as_ref(), &data, None)),
        );
        assert!(own.len() > 9);
        for (a, b) in own.iter().zip(&anew) {
            assert_eq!(a.n_samples, b.n_samples);
            assert!((a.value[1] - b.value[1]).abs() < 1e-12);
        }
        // With weights the tree's own shares are not those among the rows.
        let weighted = fit(Params::default().with("class_weight", "balanced"));
        let share = |all| nodes(all)[0].value[1];
        assert!((share(weighted.insights()) - 0.5).abs() < 1e-9);
        assert_eq!(share(of(weighted.as_ref(), &data, None)), anew[0].value[1]);
    }
}
