//! A k-d tree: the nearest rows, and all rows within a distance.
//!
//! Every node is cut at the median of its widest column; distances within a leaf are computed side by side. Exact in any
//! number of columns; from about fifteen on it is hardly faster than looking at all rows.
//!
//! Source: Bentley (1975), doi:10.1145/361002.361007; Friedman, Bentley & Finkel (1977), doi:10.1145/355744.355745.
use super::space::{BLOCK, Rows, Space};

const LEAF: usize = 2 * BLOCK;

#[derive(Debug, Clone, Copy)]
struct Node {
    from: u32,
    to: u32,
    /// The right child, the left one following its parent; 0 in a leaf.
    right: u32,
    /// First block of a leaf.
    block: u32,
}

/// A row that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Squared distance.
    pub squared: f64,
    /// Row.
    pub row: u32,
}

/// The tree over the rows of a matrix.
#[derive(Debug, Clone)]
pub struct KdTree {
    /// Rows in the order of the leaves.
    order: Vec<u32>,
    nodes: Vec<Node>,
    /// Per node the lowest values of the columns, then the highest.
    boxes: Vec<f64>,
    space: Space,
    d: usize,
}

impl KdTree {
    /// Over all rows.
    pub fn new(rows: &Rows<'_>) -> Self {
        let mut tree = Self {
            order: (0..rows.n as u32).collect(),
            nodes: Vec::new(),
            boxes: Vec::new(),
            space: Space::default(),
            d: rows.d,
        };
        let mut order = std::mem::take(&mut tree.order);
        let mut n_blocks = 0;
        tree.grow(rows, &mut order, 0, &mut n_blocks);
        tree.space = Space::empty(n_blocks, rows.d);
        for node in tree.nodes.iter().filter(|n| n.right == 0) {
            for (k, at) in (node.from..node.to).enumerate() {
                let row = rows.row(order[at as usize] as usize);
                let place = node.block as usize * BLOCK + k;
                tree.space.set(place, row.iter().map(|v| f64::from(*v)));
            }
        }
        tree.order = order;
        tree
    }

    fn grow(&mut self, rows: &Rows<'_>, order: &mut [u32], from: usize, n_blocks: &mut usize) {
        let d = self.d;
        let at = self.nodes.len();
        let mut low = vec![f32::INFINITY; d];
        let mut high = vec![f32::NEG_INFINITY; d];
        for i in order.iter() {
            for ((l, h), v) in low.iter_mut().zip(&mut high).zip(rows.row(*i as usize)) {
                *l = l.min(*v);
                *h = h.max(*v);
            }
        }
        let (mut widest, mut width) = (0, -1.0);
        for (j, (l, h)) in low.iter().zip(&high).enumerate() {
            let of = f64::from(*h) - f64::from(*l);
            if of > width {
                (widest, width) = (j, of);
            }
        }
        self.boxes.extend(low.iter().map(|v| f64::from(*v)));
        self.boxes.extend(high.iter().map(|v| f64::from(*v)));
        self.nodes.push(Node {
            from: from as u32,
            to: (from + order.len()) as u32,
            right: 0,
            block: *n_blocks as u32,
        });
        if order.len() <= LEAF {
            *n_blocks += order.len().div_ceil(BLOCK);
            return;
        }
        let middle = order.len() / 2;
        let value = |i: &u32| rows.x[*i as usize * d + widest];
        order.select_nth_unstable_by(middle, |a, b| value(a).total_cmp(&value(b)).then(a.cmp(b)));
        let (left, right) = order.split_at_mut(middle);
        self.grow(rows, left, from, n_blocks);
        self.nodes[at].right = self.nodes.len() as u32;
        self.grow(rows, right, from + middle, n_blocks);
    }

    /// Squared distances of `point` to the nearest and farthest corner a row of `node` may lie at.
    fn reach(&self, node: usize, point: &[f64]) -> f64 {
        let (low, high) = self.boxes[node * 2 * self.d..][..2 * self.d].split_at(self.d);
        let mut sum = 0.0;
        for ((l, h), p) in low.iter().zip(high).zip(point) {
            let away = (l - p).max(p - h).max(0.0);
            sum += away * away;
        }
        sum
    }

    /// The `k` rows nearest to `point`, nearest first, of equal ones the first; a row at the very place counts. All of them
    /// where there are no more than `k`. `found` is reused.
    pub fn nearest(&self, point: &[f64], k: usize, found: &mut Vec<Near>) {
        found.clear();
        if k > 0 && !self.nodes.is_empty() {
            self.look(0, point, k, found);
        }
    }

    fn look(&self, at: usize, point: &[f64], k: usize, found: &mut Vec<Near>) {
        let node = self.nodes[at];
        if node.right == 0 {
            let ids = &self.order[node.from as usize..node.to as usize];
            for (b, ids) in ids.chunks(BLOCK).enumerate() {
                let squared = self.space.squared(node.block as usize + b, point);
                for (squared, row) in squared.into_iter().zip(ids) {
                    insert(found, k, Near { squared, row: *row });
                }
            }
            return;
        }
        let (left, right) = (at + 1, node.right as usize);
        let mut ways = [
            (self.reach(left, point), left),
            (self.reach(right, point), right),
        ];
        if ways[1].0 < ways[0].0 {
            ways.swap(0, 1);
        }
        for (reach, child) in ways {
            if found.len() < k || found.last().is_some_and(|f| reach <= f.squared) {
                self.look(child, point, k, found);
            }
        }
    }

    /// Hears of every row whose squared distance to `point` is at most `squared`, until it says `false`.
    pub fn within(&self, point: &[f64], squared: f64, hear: &mut dyn FnMut(Near) -> bool) {
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            let Some(node) = self.nodes.get(at) else {
                return;
            };
            if self.reach(at, point) > squared {
                continue;
            }
            if node.right > 0 {
                open.extend([node.right as usize, at + 1]);
                continue;
            }
            let ids = &self.order[node.from as usize..node.to as usize];
            for (b, ids) in ids.chunks(BLOCK).enumerate() {
                let away = self.space.squared(node.block as usize + b, point);
                for (away, row) in away.into_iter().zip(ids) {
                    let near = Near {
                        squared: away,
                        row: *row,
                    };
                    if away <= squared && !hear(near) {
                        return;
                    }
                }
            }
        }
    }
}

/// Puts `near` where it belongs among the `k` nearest.
fn insert(found: &mut Vec<Near>, k: usize, near: Near) {
    let before = |a: &Near, b: &Near| (a.squared, a.row) < (b.squared, b.row);
    if found.len() == k {
        match found.last() {
            Some(last) if before(&near, last) => found.pop(),
            _ => return,
        };
    }
    let mut at = found.len();
    while at > 0 && before(&near, &found[at - 1]) {
        at -= 1;
    }
    found.insert(at, near);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn it_finds_what_looking_at_all_rows_finds() {
        for (n, d, steps) in [(1, 1, 50), (33, 2, 50), (700, 3, 1000), (400, 7, 3)] {
            let mut s = 5u32;
            let x = Array2::from_shape_fn((n, d), |_| {
                s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((s >> 8) % steps) as f32 / steps as f32
            });
            let rows = Rows::check(x.view(), 1).unwrap();
            let tree = KdTree::new(&rows);
            let mut found = Vec::new();
            for i in (0..n).step_by(17) {
                let p: Vec<f64> = rows.row(i).iter().map(|v| f64::from(*v) + 0.01).collect();
                let mut all: Vec<(f64, u32)> = (0..n)
                    .map(|j| {
                        let d = rows.row(j).iter().zip(&p);
                        (d.map(|(v, p)| (f64::from(*v) - p).powi(2)).sum(), j as u32)
                    })
                    .collect();
                all.sort_by(|a, b| a.partial_cmp(b).unwrap());
                tree.nearest(&p, 6, &mut found);
                let got: Vec<(f64, u32)> = found.iter().map(|f| (f.squared, f.row)).collect();
                assert_eq!(got, all[..n.min(6)]);
                let mut inside = Vec::new();
                tree.within(&p, 0.02, &mut |near| {
                    inside.push(near.row);
                    true
                });
                inside.sort_unstable();
                let mut want: Vec<u32> = all.iter().filter(|a| a.0 <= 0.02).map(|a| a.1).collect();
                want.sort_unstable();
                assert_eq!(inside, want);
            }
        }
    }
}
