//! Minimal cost-complexity pruning.
//!
//! The cost of a node as a leaf is `R(t) = impurity · share of the weight`, that of its branch `R(T_t)` the sum over the
//! branch's leaves. The branch with the least `(R(t) − R(T_t)) / (leaves − 1)` is cut off first, as long as that is at
//! most `ccp_alpha`.
//!
//! Source: Breiman, Friedman, Olshen & Stone (1984), *Classification and Regression Trees*, chapter 3.
use super::cart::Node;
use std::{cmp::Reverse, collections::BinaryHeap};

/// What pruning by rising strengths gives.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PruningPath {
    /// Strength at which each branch goes, rising from 0, which stands for the whole tree.
    pub ccp_alphas: Vec<f64>,
    /// Total cost of the leaves that are left.
    pub impurities: Vec<f64>,
}

/// An order for finite numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Alpha(f64);
impl Eq for Alpha {}
impl PartialOrd for Alpha {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Alpha {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The branches of a tree.
struct Branches {
    parent: Vec<Option<usize>>,
    left: Vec<Option<usize>>,
    cost: Vec<f64>,
    branch_cost: Vec<f64>,
    n_leaves: Vec<u32>,
}

impl Branches {
    fn new(nodes: &[Node]) -> Self {
        let all = nodes.first().map_or(1.0, |r| r.summary.weight);
        let cost: Vec<f64> = nodes
            .iter()
            .map(|n| n.summary.impurity * n.summary.weight / all)
            .collect();
        let left: Vec<Option<usize>> = nodes.iter().map(|n| n.split.map(|s| s.left)).collect();
        let mut parent = vec![None; nodes.len()];
        let (mut branch_cost, mut n_leaves) = (cost.clone(), vec![1; nodes.len()]);
        for (i, l) in left.iter().enumerate().rev() {
            if let Some(l) = *l {
                branch_cost[i] = branch_cost[l] + branch_cost[l + 1];
                n_leaves[i] = n_leaves[l] + n_leaves[l + 1];
                parent[l] = Some(i);
                parent[l + 1] = Some(i);
            }
        }
        Self {
            parent,
            left,
            cost,
            branch_cost,
            n_leaves,
        }
    }

    /// Strength at which the branch of `i` goes; absent when it is a leaf.
    fn alpha(&self, i: usize) -> Option<f64> {
        self.left[i]?;
        Some((self.cost[i] - self.branch_cost[i]) / f64::from(self.n_leaves[i] - 1))
    }

    /// Makes `i` a leaf; `changed` hears of its ancestors.
    fn cut(&mut self, i: usize, mut changed: impl FnMut(&Self, usize)) {
        let (cost, leaves) = (self.cost[i] - self.branch_cost[i], self.n_leaves[i] - 1);
        self.left[i] = None;
        self.branch_cost[i] = self.cost[i];
        self.n_leaves[i] = 1;
        let mut at = self.parent[i];
        while let Some(a) = at {
            self.branch_cost[a] += cost;
            self.n_leaves[a] -= leaves;
            changed(self, a);
            at = self.parent[a];
        }
    }

    fn is_cut_off(&self, i: usize) -> bool {
        let mut at = i;
        while let Some(a) = self.parent[at] {
            if self.left[a].is_none() {
                return true;
            }
            at = a;
        }
        false
    }

    /// Cuts the weakest branches off up to `most`; `each` hears the strength and the cost left.
    fn prune(&mut self, most: f64, mut each: impl FnMut(f64, f64)) {
        let mut weakest = BinaryHeap::new();
        for i in 0..self.left.len() {
            weakest.extend(self.alpha(i).map(|a| Reverse((Alpha(a), i))));
        }
        while let Some(Reverse((Alpha(alpha), i))) = weakest.pop() {
            // Entries that are out of date are followed by newer ones.
            if self.alpha(i) != Some(alpha) || self.is_cut_off(i) {
                continue;
            }
            if alpha > most {
                break;
            }
            self.cut(i, |b, a| {
                weakest.extend(b.alpha(a).map(|alpha| Reverse((Alpha(alpha), a))));
            });
            each(alpha, self.branch_cost[0]);
        }
    }
}

/// The strengths at which the branches of a tree go, and the costs left.
pub fn pruning_path(nodes: &[Node]) -> PruningPath {
    let mut branches = Branches::new(nodes);
    let mut path = PruningPath::default();
    let Some(whole) = branches.branch_cost.first() else {
        return path;
    };
    path.ccp_alphas.push(0.0);
    path.impurities.push(*whole);
    branches.prune(f64::INFINITY, |alpha, cost| {
        path.ccp_alphas.push(alpha);
        path.impurities.push(cost);
    });
    path
}

/// The tree without the branches that are not worth `ccp_alpha` per leaf.
pub fn prune(nodes: Vec<Node>, ccp_alpha: f64) -> Vec<Node> {
    if ccp_alpha <= 0.0 {
        return nodes;
    }
    let mut branches = Branches::new(&nodes);
    branches.prune(ccp_alpha, |_, _| {});
    // Children still come in pairs after their parent.
    let mut order = vec![0];
    let mut kept: Vec<Node> = Vec::new();
    while let Some(&old) = order.get(kept.len()) {
        let mut node = nodes[old].clone();
        if let (Some(split), Some(left)) = (node.split.as_mut(), branches.left[old]) {
            split.left = order.len();
            order.extend([left, left + 1]);
        } else {
            node.split = None;
        }
        kept.push(node);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::kernels::{cart::Split, cart_sums::Summary};

    fn node(weight: f64, impurity: f64, left: Option<usize>) -> Node {
        Node {
            split: left.map(|left| Split {
                column: 0,
                threshold: 0.0,
                left,
            }),
            summary: Summary {
                n_rows: weight as u64,
                weight,
                impurity,
                value: vec![0.5],
            },
        }
    }

    /// A root with a branch on the left that is worth little.
    fn tree() -> Vec<Node> {
        vec![
            node(10.0, 0.5, Some(1)),
            node(6.0, 0.4, Some(3)),
            node(4.0, 0.0, None),
            node(3.0, 0.3, None),
            node(3.0, 0.4, None),
        ]
    }

    #[test]
    fn the_weakest_branch_goes_first() {
        let path = pruning_path(&tree());
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert_eq!(path.ccp_alphas.len(), 3);
        assert!(near(&path.ccp_alphas, &[0.0, 0.03, 0.26]), "{path:?}");
        assert!(near(&path.impurities, &[0.21, 0.24, 0.5]), "{path:?}");
        for (alpha, n_nodes) in [(0.0, 5), (0.02, 5), (0.04, 3), (0.3, 1)] {
            let pruned = prune(tree(), alpha);
            assert_eq!(pruned.len(), n_nodes, "{alpha}");
            assert_eq!(
                pruned.iter().filter(|n| n.split.is_none()).count(),
                n_nodes / 2 + 1
            );
        }
        assert!(pruning_path(&[]).ccp_alphas.is_empty());
    }
}
