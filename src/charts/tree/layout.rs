//! Which nodes of a tree stand side by side at a width, and where.
use super::TreePictureNode;
use crate::base::order;

/// Height of a node.
pub const BOX_PX: f64 = 56.0;
/// From one level to the next.
pub const LEVEL_PX: f64 = BOX_PX + 40.0;
/// Least width of a node, and the gap beside it.
const SLOT_PX: f64 = 72.0;
const GAP_PX: f64 = 8.0;
const WIDEST_PX: f64 = 190.0;
const MAX_DEPTH: usize = 7;

/// One shown node.
pub struct Place {
    /// Index of the node.
    pub node: usize,
    pub depth: usize,
    /// Its middle.
    pub x: f64,
    pub width: f64,
    /// Index of the place above it, and whether it is reached by yes.
    pub parent: Option<(usize, bool)>,
    /// Whether its children are shown.
    pub is_open: bool,
    /// Nodes below it that are not shown.
    pub n_hidden: usize,
}

impl Place {
    pub fn top(&self) -> f64 {
        2.0 + self.depth as f64 * LEVEL_PX
    }
}

/// Shown nodes, parents before children.
pub struct Layout {
    pub places: Vec<Place>,
}

impl Layout {
    /// Opens level by level, in each the nodes with the most rows first, while the leaves stand side by side.
    pub fn new(children: &[Option<[usize; 2]>], nodes: &[TreePictureNode], width: f64) -> Self {
        let width = if width.is_finite() {
            width.clamp(120.0, 20_000.0)
        } else {
            120.0
        };
        if children.is_empty() {
            return Self { places: Vec::new() };
        }
        let n_slots = ((width + GAP_PX) / (SLOT_PX + GAP_PX)).max(1.0) as usize;
        let mut size = vec![1_usize; children.len()];
        for (i, pair) in children.iter().enumerate().rev() {
            size[i] += pair.map_or(0, |p| size[p[0]] + size[p[1]]);
        }
        let (mut level, mut n_leaves) = (vec![0], 1);
        let mut is_open = vec![false; children.len()];
        for _ in 0..MAX_DEPTH {
            order::sort(&mut level, &mut |a, b| {
                nodes[b].n_rows.cmp(&nodes[a].n_rows)
            });
            let mut next = Vec::new();
            for i in level {
                if let (Some(pair), true) = (children[i], n_leaves < n_slots) {
                    is_open[i] = true;
                    n_leaves += 1;
                    next.extend(pair);
                }
            }
            level = next;
        }
        // Depth first: leaves take the slots from left to right.
        let mut places: Vec<Place> = Vec::new();
        let mut waiting = vec![(0, 0, None)];
        while let Some((node, depth, parent)) = waiting.pop() {
            let here = places.len();
            places.push(Place {
                node,
                depth,
                x: 0.0,
                width: 0.0,
                parent,
                is_open: is_open[node],
                n_hidden: if is_open[node] { 0 } else { size[node] - 1 },
            });
            if let (true, Some([yes, no])) = (is_open[node], children[node]) {
                waiting.push((no, depth + 1, Some((here, false))));
                waiting.push((yes, depth + 1, Some((here, true))));
            }
        }
        let slot = (width / n_leaves as f64).min(WIDEST_PX + GAP_PX);
        let mut left = (width - slot * n_leaves as f64) / 2.0;
        // Left and right end of each part, and the middles of its children.
        let mut spans = vec![(f64::MAX, f64::MIN); places.len()];
        let mut middles = vec![(f64::MAX, f64::MIN); places.len()];
        for (place, span) in places.iter().zip(&mut spans) {
            if !is_open[place.node] {
                *span = (left, left + slot);
                left += slot;
            }
        }
        for i in (0..places.len()).rev() {
            let (from, to) = spans[i];
            let place = &mut places[i];
            place.x = if is_open[place.node] {
                (middles[i].0 + middles[i].1) / 2.0
            } else {
                (from + to) / 2.0
            };
            let room = (place.x - from).min(to - place.x) * 2.0 - GAP_PX;
            place.width = room.min(WIDEST_PX);
            if let Some((parent, _)) = place.parent {
                let x = place.x;
                let (span, middle) = (&mut spans[parent], &mut middles[parent]);
                *span = (span.0.min(from), span.1.max(to));
                *middle = (middle.0.min(x), middle.1.max(x));
            }
        }
        Self { places }
    }
}
