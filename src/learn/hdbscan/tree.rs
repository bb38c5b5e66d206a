//! From the hierarchy of joinings to groups that last.
use super::{Lasting, Merge, NOISE, noise};
use std::collections::VecDeque;

/// A line of the condensed tree: `child` leaves `parent` at `lambda`. Rows are `0..n`, groups follow, the root first.
#[derive(Debug, Clone, Copy)]
struct Line {
    parent: u32,
    child: u32,
    /// 1 / distance.
    lambda: f64,
    size: u32,
}

/// A hierarchy in which groups that are too small count as rows falling away.
#[derive(Debug)]
pub struct Condensed {
    lines: Vec<Line>,
    n_rows: usize,
    n_groups: usize,
}

/// The nodes below and including `top`, level by level.
fn levels(merges: &[Merge], top: u32, hear: &mut dyn FnMut(u32)) {
    let n = merges.len() as u32 + 1;
    let mut open = VecDeque::from([top]);
    while let Some(node) = open.pop_front() {
        hear(node);
        if node >= n {
            open.extend(merges[(node - n) as usize].groups);
        }
    }
}

/// Walks down from the top; `merges` rise.
pub fn condense(merges: &[Merge], min_size: usize) -> Condensed {
    let n = merges.len() + 1;
    let root = 2 * merges.len() as u32;
    let size = |node: u32| match (node as usize).checked_sub(n) {
        Some(m) => merges[m].size,
        None => 1,
    };
    // The group each node stands for; none below a group that fell apart.
    let mut name = vec![u32::MAX; root as usize + 1];
    name[root as usize] = n as u32;
    let mut next = n as u32 + 1;
    let mut lines = Vec::new();
    let mut open = VecDeque::from([root]);
    while let Some(node) = open.pop_front() {
        let Some(merge) = (node as usize).checked_sub(n).map(|m| merges[m]) else {
            continue;
        };
        let parent = name[node as usize];
        let lambda = if merge.height > 0.0 {
            1.0 / merge.height
        } else {
            f64::INFINITY
        };
        let are_large = merge.groups.map(|g| size(g) as usize >= min_size);
        for (child, is_large) in merge.groups.into_iter().zip(are_large) {
            if are_large == [true; 2] {
                name[child as usize] = next;
                lines.push(Line {
                    parent,
                    child: next,
                    lambda,
                    size: size(child),
                });
                next += 1;
                open.push_back(child);
            } else if is_large {
                name[child as usize] = parent;
                open.push_back(child);
            } else {
                levels(merges, child, &mut |row| {
                    if (row as usize) < n {
                        lines.push(Line {
                            parent,
                            child: row,
                            lambda,
                            size: 1,
                        });
                    }
                });
            }
        }
    }
    Condensed {
        lines,
        n_rows: n,
        n_groups: next as usize - n,
    }
}

impl Condensed {
    /// Keeps of every group and the groups within it what lasts longer; never the root.
    pub fn choose(&self) -> Lasting {
        let n = self.n_rows;
        let group = |node: u32| (node as usize).checked_sub(n);
        let mut birth = vec![0.0; self.n_groups];
        let mut parent = vec![0; self.n_groups];
        let mut sizes = vec![1.0; self.n_groups];
        for line in &self.lines {
            if let (Some(child), Some(up)) = (group(line.child), group(line.parent)) {
                birth[child] = line.lambda;
                parent[child] = up;
                sizes[child] = f64::from(line.size);
            }
        }
        let mut lasts = vec![0.0; self.n_groups];
        let mut death = vec![0f64; self.n_groups];
        for line in &self.lines {
            if let Some(up) = group(line.parent) {
                lasts[up] += (line.lambda - birth[up]) * f64::from(line.size);
                death[up] = death[up].max(line.lambda);
            }
        }
        // Groups below have higher numbers: bottom up what is best within each, then top down what is kept.
        let mut best = lasts.clone();
        let mut within = vec![0.0; self.n_groups];
        let mut is_kept = vec![true; self.n_groups];
        for g in (1..self.n_groups).rev() {
            if within[g] > best[g] {
                is_kept[g] = false;
                best[g] = within[g];
            }
            within[parent[g]] += best[g];
        }
        let mut is_inside = vec![false; self.n_groups];
        let mut label = vec![NOISE; self.n_groups];
        let mut stabilities = Vec::new();
        is_kept[0] = false;
        for g in 1..self.n_groups {
            let up = parent[g];
            is_inside[g] = is_inside[up] || is_kept[up];
            is_kept[g] &= !is_inside[g];
            label[g] = if is_kept[g] {
                stabilities.push(lasts[g] / sizes[g]);
                stabilities.len() as i32 - 1
            } else {
                label[up]
            };
        }
        // The group whose death counts for the rows of a label.
        let of_label: Vec<usize> = (0..self.n_groups).filter(|g| is_kept[*g]).collect();
        let mut out = noise(n);
        out.stabilities = stabilities;
        out.spans = of_label.iter().map(|g| [birth[*g], death[*g]]).collect();
        for line in &self.lines {
            let (row, Some(up)) = (line.child as usize, group(line.parent)) else {
                continue;
            };
            if row >= n || label[up] == NOISE {
                continue;
            }
            out.labels[row] = label[up];
            let death = death[of_label[label[up] as usize]];
            out.probabilities[row] = if death == 0.0 || line.lambda.is_infinite() {
                1.0
            } else {
                line.lambda.min(death) / death
            };
        }
        out
    }
}
