//! Sorting that is compiled once: every type sorted with the standard library brings its own copy of the sort, and
//! the page sorts a dozen short lists.
use std::cmp::Ordering;

/// Sorts indices with `compare`; equal ones keep their order.
pub fn sort(indices: &mut [usize], compare: &mut dyn FnMut(usize, usize) -> Ordering) {
    indices.sort_by(|a, b| compare(*a, *b));
}

/// The indices `0..n` in the order of `compare`; equal ones rise.
pub fn sorted(n: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..n).collect();
    sort(&mut indices, compare);
    indices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_ones_keep_their_order() {
        let keys = [2, 1, 2, 0, 1];
        let order = sorted(keys.len(), &mut |a, b| keys[a].cmp(&keys[b]));
        assert_eq!(order, [3, 1, 4, 0, 2]);
        let mut some = [4, 2, 0, 1];
        sort(&mut some, &mut |a, b| keys[b].cmp(&keys[a]));
        assert_eq!(some, [2, 0, 4, 1]);
    }
}
