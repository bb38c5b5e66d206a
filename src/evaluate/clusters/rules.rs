//! Segments as rules: the paths of a small tree that tells them apart.
use crate::{
    base::{Params, Result, Run, Train, order::Ordered as _},
    learn::{Dataset, Estimator as _, Insight, Target, TreeNode, tree::Tree},
};
use ndarray::ArrayView2;
use std::sync::Arc;

/// What a rule says of a column: `above < value ≤ up_to`.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// Column.
    pub feature: String,
    /// Values must be above this.
    pub above: Option<f64>,
    /// Values must not be above this.
    pub up_to: Option<f64>,
}

/// A path of the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The segment most of its rows are of.
    pub segment: u32,
    /// All of these hold; none for a tree that is a leaf.
    pub conditions: Vec<Condition>,
    /// Rows that it holds for.
    pub n: u64,
    /// Share of them that are of the segment.
    pub share: f64,
    /// Share of the segment's rows that it holds for.
    pub covers: f64,
}

/// The rules of a tree over `x` (`n_samples × n_features`, finite), at most `max_depth` conditions each, by segment and then
/// the ones that cover most first. A segment may have none: it is never the most frequent one anywhere.
///
/// # Errors
/// [`crate::base::Error::Shape`] when lengths disagree; [`crate::base::Error::Target`] for a single segment; [`crate::base::Error::Cell`] for a value that is not
/// finite; [`crate::base::Error::Param`] for a depth outside 1 to 64; [`crate::base::Error::Cancelled`].
pub fn rules(
    x: ArrayView2<'_, f32>,
    features: &[String],
    labels: &[u32],
    max_depth: usize,
    run: &mut Run<'_>,
) -> Result<Vec<Rule>> {
    crate::evaluate::same_length("columns", x.ncols(), features.len())?;
    let sizes = super::sizes(labels, x.nrows())?;
    let used: Vec<u32> = (0..sizes.len() as u32)
        .filter(|s| sizes[*s as usize] > 0)
        .collect();
    let mut code = vec![0; sizes.len()];
    for (c, s) in used.iter().enumerate() {
        code[*s as usize] = c as u32;
    }
    let codes = labels.iter().map(|l| code[*l as usize]).collect();
    let classes: Arc<[String]> = used.iter().map(u32::to_string).collect();
    let least = (x.nrows() / 100).clamp(1, 1_000_000);
    let params = Params::default()
        .with("max_depth", max_depth as i64)
        .with("min_samples_leaf", least as i64);
    let data = Dataset::new(x.to_owned(), Target::Class { codes, classes });
    let data = data.with_features(features.iter().cloned().collect());
    let model = Tree::new(&params)?.fit(&Train::all(data), run)?;
    let mut out = Vec::new();
    for insight in model.fitted().insights() {
        if let Insight::Tree { nodes, .. } = insight {
            walk(&nodes, 0, &mut Vec::new(), &used, &sizes, &mut out);
        }
    }
    out.order_by(|a, b| {
        a.segment
            .cmp(&b.segment)
            .then(b.covers.total_cmp(&a.covers))
    });
    Ok(out)
}

fn walk(
    nodes: &[TreeNode],
    at: usize,
    path: &mut Vec<Condition>,
    used: &[u32],
    sizes: &[usize],
    out: &mut Vec<Rule>,
) {
    let Some(node) = nodes.get(at) else { return };
    let Some(split) = &node.split else {
        let best =
            (1..node.value.len()).fold(0, |b, c| if node.value[c] > node.value[b] { c } else { b });
        let (Some(segment), Some(share)) = (used.get(best), node.value.get(best)) else {
            return;
        };
        out.push(Rule {
            segment: *segment,
            conditions: merged(path),
            n: node.n_samples,
            share: *share,
            covers: share * node.n_samples as f64 / sizes[*segment as usize] as f64,
        });
        return;
    };
    for (child, is_left) in [(split.left, true), (split.right, false)] {
        path.push(Condition {
            feature: split.feature.clone(),
            above: split.threshold.filter(|_| !is_left),
            up_to: split.threshold.filter(|_| is_left),
        });
        walk(nodes, child as usize, path, used, sizes, out);
        path.pop();
    }
}

/// Several conditions on a column become one.
fn merged(path: &[Condition]) -> Vec<Condition> {
    let mut out: Vec<Condition> = Vec::new();
    for new in path {
        match out.iter_mut().find(|c| c.feature == new.feature) {
            Some(old) => {
                // Deeper splits are the narrower ones.
                old.above = new.above.or(old.above);
                old.up_to = new.up_to.or(old.up_to);
            }
            None => out.push(new.clone()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use ndarray::Array2;

    #[test]
    fn boxes_are_found_again() {
        let x = Array2::from_shape_fn((300, 2), |(i, j)| ((i * 7 + j * 13) % 30) as f32);
        let labels: Vec<u32> = x
            .rows()
            .into_iter()
            .map(|r| {
                if r[0] < 10.0 {
                    4
                } else {
                    u32::from(r[1] > 20.0)
                }
            })
            .collect();
        let names = ["a".to_owned(), "b".to_owned()];
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        let got = rules(x.view(), &names, &labels, 3, run).unwrap();
        let of_4: Vec<&Rule> = got.iter().filter(|r| r.segment == 4).collect();
        assert_eq!(of_4.len(), 1);
        assert_eq!((of_4[0].share, of_4[0].covers), (1.0, 1.0));
        let want = Condition {
            feature: "a".into(),
            above: None,
            up_to: Some(9.5),
        };
        assert_eq!(of_4[0].conditions, [want]);
        assert!(got.iter().all(|r| r.share == 1.0));
        let one = rules(x.view(), &names, &[0; 300], 3, run);
        assert_eq!(one.unwrap_err().code(), "target");
        let short = rules(x.view(), &names[..1], &labels, 3, run);
        assert_eq!(short.unwrap_err().code(), "shape");
    }
}
