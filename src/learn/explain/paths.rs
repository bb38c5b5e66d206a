//! Path-dependent TreeSHAP: a column that is absent is averaged over the training rows that passed each node.
//!
//! On the path to a leaf of value `v` let column `i` let the share `zᵢ` of the training rows through, and the row itself
//! (`oᵢ = 1`) or not (`oᵢ = 0`). Its Shapley value is `v (oᵢ − zᵢ) Σ_S |S|! (D−|S|−1)! / D! Π_{j∈S} oⱼ Π_{j∉S} zⱼ` over the sets `S` of
//! the path's other columns. As `k! (D−k−1)! / D! = ∫₀¹ t^k (1−t)^(D−k−1) dt`, the sum is the integral of
//! `Π_{j≠i} (zⱼ (1−t) + oⱼ t)`, a polynomial that Gauss and Legendre's rule with `⌈D/2⌉` points integrates exactly; all of its
//! terms are positive, so nothing cancels.
//!
//! With many rows and few columns per path the values of a leaf are made once for each of the `2^D` ways a row may satisfy
//! the path, then looked up.
//!
//! Source: Lundberg, Erion & Lee (2018), Consistent individualized feature attribution for tree ensembles, arXiv:1802.03888,
//! algorithm 2; Yang (2021), Fast TreeSHAP, arXiv:2109.09847; Yu et al. (2022), Linear TreeShap, arXiv:2209.08192.
use super::{
    Answer, Contributions, Explained, Method, check,
    ensemble::{Ensemble, Node, shares},
    form::Form,
    lookup::Lookup,
    scale::{Place, divide, factors},
};
use crate::{
    base::{Error, Result, Run, Stage},
    learn::{Calibration, kernels::input::row_major},
};
use ndarray::{Array2, ArrayView2};

/// Rows gone through at once.
const BLOCK: usize = 1024;

/// Most columns of a path whose values are looked up.
pub(super) const MOST_LOOKED_UP: usize = 9;
/// Most columns of a path in a tree that several rows go through at once: a bit each.
pub(super) const MOST_BITS: usize = 16;

/// Points and their weights.
pub(super) type Rule = Vec<[f64; 2]>;

/// Points and weights on 0 to 1 of Gauss and Legendre's rule.
fn rule(n: usize) -> Rule {
    let order = n as f64;
    let point = |i: usize| {
        // Newton's steps from Tricomi's estimate; the polynomial and its slope by recurrence.
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (order + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..100 {
            let (mut before, mut p) = (0.0, 1.0);
            for k in 0..n {
                let k = k as f64;
                (before, p) = (p, ((2.0 * k + 1.0) * x * p - k * before) / (k + 1.0));
            }
            slope = order * (x * p - before) / (x * x - 1.0);
            let step = p / slope;
            x -= step;
            if step.abs() < 1e-16 {
                break;
            }
        }
        [0.5 * (1.0 - x), 1.0 / ((1.0 - x * x) * slope * slope)]
    };
    (0..n).map(point).collect()
}

/// A column on the way to a leaf.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) column: u32,
    /// Share of the training rows let through.
    pub(super) share: f64,
    /// Whether the row is.
    pub(super) own: bool,
}

/// Adds a leaf's values to `out`, by column.
pub(super) fn settle(value: f64, steps: &[Step], rules: &[Rule], out: &mut [f64]) {
    let Some(rule) = rules.get(steps.len().div_ceil(2)) else {
        return;
    };
    let term = |step: &Step, t: f64| step.share * (1.0 - t) + if step.own { t } else { 0.0 };
    for [t, weight] in rule {
        let all: f64 = steps.iter().map(|s| term(s, *t)).product();
        for step in steps {
            let rest = all / term(step, *t);
            let gain = f64::from(u8::from(step.own)) - step.share;
            out[step.column as usize] += value * weight * gain * rest;
        }
    }
}

/// Trees made ready to explain by their covers.
#[derive(Debug)]
pub struct Paths<'e> {
    ensemble: &'e Ensemble,
    /// Per tree the most different columns on a path.
    widths: Vec<usize>,
    /// By number of points.
    rules: Vec<Rule>,
}

impl<'e> Paths<'e> {
    /// Looks `ensemble` over.
    ///
    /// # Errors
    /// [`Error::Artifact`] when its nodes do not know the weight of their training rows, as in models of earlier versions.
    pub fn new(ensemble: &'e Ensemble) -> Result<Self> {
        if !ensemble.has_covers() {
            return Err(Error::invalid_artifact(
                "trees: the weight of the training rows per node is not in the model",
            ));
        }
        let widths: Vec<usize> = ensemble
            .trees()
            .map(|tree| width(tree, ensemble.n_columns()))
            .collect();
        let most = widths.iter().copied().max().unwrap_or(0);
        Ok(Self {
            ensemble,
            widths,
            rules: (0..=most.div_ceil(2)).map(rule).collect(),
        })
    }

    /// Contributions to the sum, `(n_rows, n_columns)`; with [`Ensemble::expectation`] a row's make its sum.
    ///
    /// # Errors
    /// [`Error::Shape`] when `x` has another width; [`Error::Cancelled`]. Reports [`Stage::Explaining`].
    pub fn values(&self, x: ArrayView2<'_, f32>, run: &mut Run<'_>) -> Result<Array2<f64>> {
        let d = self.ensemble.n_columns();
        crate::learn::kernels::input::check_width(x, d)?;
        let (n, total) = (x.nrows(), x.nrows() as u64);
        run.step(Stage::Explaining, 0, total)?;
        let mut values = vec![0.0; n * d];
        let rows = row_major(x);
        let mut walk = Walk::new(d);
        let mut lookup = Lookup::new(d, BLOCK.min(n));
        let blocks = rows.chunks(BLOCK * d).zip(values.chunks_mut(BLOCK * d));
        for (i, (rows, out)) in blocks.enumerate() {
            run.step(Stage::Explaining, (i * BLOCK) as u64, total)?;
            let n = rows.len() / d;
            lookup.start(rows);
            for (tree, &width) in self.ensemble.trees().zip(&self.widths) {
                run.check()?;
                // Making the values of all ways costs as much as working a share of so many rows out.
                if width <= MOST_BITS && n >= (1 << width.min(MOST_LOOKED_UP)) / 4 {
                    lookup.tree(self.ensemble, tree, &self.rules, n);
                    continue;
                }
                for (row, out) in rows.chunks_exact(d).zip(out.chunks_exact_mut(d)) {
                    one_by_one(self.ensemble, tree, row, &self.rules, &mut walk, out);
                }
            }
            lookup.finish(n, out);
        }
        run.step(Stage::Explaining, total, total)?;
        Array2::from_shape_vec((n, d), values).map_err(|_| Error::Shape {
            what: "contributions".into(),
            expected: n,
            found: 0,
        })
    }
}

/// Most different columns between root and leaf.
fn width(tree: &[Node], n_columns: usize) -> usize {
    let mut most = 0;
    let mut walk = Walk::new(n_columns);
    walk.over(
        tree,
        |_, _| (1.0, true),
        |_, steps| most = most.max(steps.len()),
    );
    most
}

/// Adds a tree's values for one row.
fn one_by_one(
    ensemble: &Ensemble,
    tree: &[Node],
    row: &[f32],
    rules: &[Rule],
    walk: &mut Walk,
    out: &mut [f64],
) {
    let enter = |node: &Node, side: usize| {
        let goes_left = ensemble.goes_left(node, row[node.column as usize]);
        (shares(tree, node)[side], goes_left == (side == 0))
    };
    let scale = ensemble.scale();
    walk.over(tree, enter, |leaf, steps| {
        settle(leaf.value * scale, steps, rules, out);
    });
}

#[derive(Debug)]
enum Turn {
    Enter { node: u32, step: Step },
    Leave { column: u32, before: Option<Step> },
}

/// A way down a tree and back, without recursion: how deep trees are is not known.
#[derive(Debug)]
struct Walk {
    steps: Vec<Step>,
    /// Per column 1 and its place among the steps, else 0.
    places: Vec<u32>,
    turns: Vec<Turn>,
}

impl Walk {
    fn new(n_columns: usize) -> Self {
        Self {
            steps: Vec::new(),
            places: vec![0; n_columns],
            turns: Vec::new(),
        }
    }

    /// Calls `leaf` for every leaf of `tree` with the columns on its path. `enter` gives the share that goes to a side of a
    /// split, 0 or 1, and whether the row does.
    fn over(
        &mut self,
        tree: &[Node],
        enter: impl Fn(&Node, usize) -> (f64, bool),
        mut leaf: impl FnMut(&Node, &[Step]),
    ) {
        let mut at = Some(0);
        loop {
            if let Some(node) = at.take() {
                let node = &tree[node];
                if node.left == 0 {
                    leaf(node, &self.steps);
                } else {
                    for side in 0..2 {
                        let (share, own) = enter(node, side);
                        let column = node.column;
                        let known = match self.places[column as usize] as usize {
                            0 => Step {
                                column,
                                share: 1.0,
                                own: true,
                            },
                            place => self.steps[place - 1],
                        };
                        let step = Step {
                            column,
                            share: known.share * share,
                            own: known.own && own,
                        };
                        self.turns.push(Turn::Enter {
                            node: node.left + side as u32,
                            step,
                        });
                    }
                }
            }
            match self.turns.pop() {
                None => return,
                Some(Turn::Enter { node, step }) => {
                    let column = step.column;
                    let before = match self.places[column as usize] as usize {
                        0 => {
                            self.steps.push(step);
                            self.places[column as usize] = self.steps.len() as u32;
                            None
                        }
                        place => Some(std::mem::replace(&mut self.steps[place - 1], step)),
                    };
                    self.turns.push(Turn::Leave { column, before });
                    at = Some(node as usize);
                }
                Some(Turn::Leave { column, before }) => match before {
                    Some(step) => self.steps[self.places[column as usize] as usize - 1] = step,
                    None => {
                        self.steps.pop();
                        self.places[column as usize] = 0;
                    }
                },
            }
        }
    }
}

/// Contributions of the columns of `x` to what a model of trees predicts for class `output` (a regressor has only one),
/// corrected by `calibration`. Absent columns are averaged over the training rows that passed each node, so that no
/// background is needed. Where the model sums log-odds or logs, all contributions of a row are brought to the answer's unit by
/// one factor per sum, which the differences from the mean sums give.
///
/// # Errors
/// [`Error::Shape`] as for [`super::contributions`]; [`Error::Artifact`] when the model is not made of trees or does not
/// know its covers; [`Error::Cancelled`].
pub fn path_dependent(
    model: Explained<'_>,
    output: usize,
    calibration: &Calibration,
    x: ArrayView2<'_, f32>,
    run: &mut Run<'_>,
) -> Result<Contributions> {
    check(model, output, calibration, &[x])?;
    let Form::Trees { sums, link } = model.form(output) else {
        return Err(Error::invalid_artifact("not a model of trees"));
    };
    let answer = Answer {
        model,
        output,
        calibration,
    };
    let (raw, predictions) = answer.both(x)?;
    let means: Vec<f64> = sums.iter().map(Ensemble::expectation).collect();
    let raw_base = link.value(&means);
    let base = if answer.is_corrected() {
        corrected(model, output, calibration, &means, &sums, link)?
    } else {
        raw_base
    };
    let mut parts = Vec::with_capacity(sums.len());
    for sum in &sums {
        parts.push(run.within(|run| Paths::new(sum)?.values(x, run))?);
    }
    let rows = row_major(x);
    let d = x.ncols();
    let mut values = Array2::zeros(x.dim());
    let mut factor = vec![0.0; sums.len()];
    let mut one = vec![0.0; d];
    for (i, row) in rows.chunks_exact(d).enumerate() {
        let here: Vec<f64> = sums.iter().map(|s| s.sum(row)).collect();
        let from = Place {
            sums: &means,
            raw: raw_base,
            value: base,
        };
        let to = Place {
            sums: &here,
            raw: raw[i],
            value: predictions[i],
        };
        let rest = factors(link, answer.is_corrected(), from, to, &mut factor);
        one.fill(0.0);
        for (part, factor) in parts.iter().zip(&factor) {
            for (to, from) in one.iter_mut().zip(part.row(i)) {
                *to += factor * from;
            }
        }
        divide(rest, &mut one);
        values
            .row_mut(i)
            .iter_mut()
            .zip(&one)
            .for_each(|(to, v)| *to = *v);
    }
    Ok(Contributions {
        base,
        predictions,
        values,
        errors: None,
        method: Method::Tree,
    })
}

/// The answer at the mean sums after the correction, which may look at all classes.
fn corrected(
    model: Explained<'_>,
    output: usize,
    calibration: &Calibration,
    means: &[f64],
    sums: &[Ensemble],
    link: super::Link,
) -> Result<f64> {
    let mut shares = link.shares(means);
    if let (true, Explained::Classifier(c)) = (shares.is_empty(), model) {
        for k in 0..c.classes().len() {
            let share = if k == output {
                sums.first().map(Ensemble::expectation)
            } else if let Form::Trees { sums, .. } = model.form(k) {
                sums.first().map(Ensemble::expectation)
            } else {
                None
            };
            shares.push(share.unwrap_or_default());
        }
    }
    calibration.apply_row(&mut shares);
    shares
        .get(output)
        .copied()
        .ok_or_else(|| Error::invalid_artifact("not a classifier"))
}
