//! Sorting that is compiled once: every type sorted with the standard library brings its own copy of the sort, and
//! the page sorts a dozen short lists.
use std::cmp::Ordering;

/// Sorts indices with `compare`; equal ones keep their order. Runs of double length are merged until one is left.
pub fn sort(indices: &mut [usize], compare: &mut dyn FnMut(usize, usize) -> Ordering) {
    let n = indices.len();
    let (mut from, mut to) = (indices.to_vec(), Vec::with_capacity(n));
    let mut run = 1;
    while run < n {
        to.clear();
        for pair in from.chunks(2 * run) {
            let (mut left, mut right) = pair.split_at(run.min(pair.len()));
            while let (Some((a, rest_left)), Some((b, rest_right))) =
                (left.split_first(), right.split_first())
            {
                if compare(*b, *a).is_lt() {
                    to.push(*b);
                    right = rest_right;
                } else {
                    to.push(*a);
                    left = rest_left;
                }
            }
            to.extend_from_slice(left);
            to.extend_from_slice(right);
        }
        std::mem::swap(&mut from, &mut to);
        run *= 2;
    }
    indices.copy_from_slice(&from);
}

/// The indices `0..n` in the order of `compare`; equal ones rise.
pub fn sorted(n: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..n).collect();
    sort(&mut indices, compare);
    indices
}

/// Sorting of lists that are not sorted where time is short: what `sort_by` does, in one copy for all types.
pub trait Ordered<T> {
    /// Sorts with `compare`; equal ones keep their order.
    fn order_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    /// Sorts by what `key` gives; equal ones keep their order.
    fn order_by_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K);
}

impl<T> Ordered<T> for [T] {
    fn order_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let mut from = sorted(self.len(), &mut |a, b| compare(&self[a], &self[b]));
        settle(&mut from, &mut |a, b| self.swap(a, b));
    }

    fn order_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.order_by(|a, b| key(a).cmp(&key(b)));
    }
}

/// The indices of `values` from the lowest to the highest as `f64::total_cmp` has them; equal ones rise. For long lists.
pub fn rising(values: &[f64]) -> Vec<u32> {
    let key = |v: f64| {
        let bits = v.to_bits();
        bits ^ if bits >> 63 == 1 { u64::MAX } else { 1 << 63 }
    };
    let keys = values.iter().map(|v| key(*v));
    let mut keyed: Vec<(u64, u32)> = keys.zip(0..).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, i)| i).collect()
}

/// Brings to every place what stands at `from` it, by swaps along the cycles. Afterwards each place is from itself.
fn settle(from: &mut [usize], swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..from.len() {
        let mut at = start;
        loop {
            let next = std::mem::replace(&mut from[at], at);
            if next == start {
                break;
            }
            swap(at, next);
            at = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_any_type_are_ordered() {
        for n in [0_usize, 1, 2, 3, 8, 9, 100, 1023] {
            let list: Vec<(f64, String)> = (0..n)
                .map(|i| ((i * 7919 % 97) as f64, i.to_string()))
                .collect();
            let (mut ours, mut theirs) = (list.clone(), list.clone());
            ours.order_by(|a, b| b.0.total_cmp(&a.0));
            theirs.sort_by(|a, b| b.0.total_cmp(&a.0));
            assert_eq!(ours, theirs);
            ours.order_by_key(|a| a.0 as u64);
            theirs.sort_by_key(|a| a.0 as u64);
            assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn it_agrees_with_the_standard_library() {
        for n in [0_usize, 1, 2, 3, 7, 8, 9, 100, 1023] {
            let keys: Vec<usize> = (0..n).map(|i| i * 7919 % 97).collect();
            let mut theirs: Vec<usize> = (0..n).collect();
            theirs.sort_by_key(|i| keys[*i]);
            assert_eq!(sorted(n, &mut |a, b| keys[a].cmp(&keys[b])), theirs);
        }
    }

    #[test]
    fn numbers_rise_as_total_cmp_has_them() {
        let mut values = vec![
            f64::NAN,
            -f64::NAN,
            0.0,
            -0.0,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ];
        values.extend((0..500_u32).map(|i| f64::from(i * 7919 % 97) - 48.5));
        let mut theirs: Vec<u32> = (0..values.len() as u32).collect();
        theirs.sort_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
        assert_eq!(rising(&values), theirs);
    }

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
