//! The best split of a category: one level from the others, or levels put in order by `G / (H + smooth)` and cut from
//! either end. Listed levels go left; the others, missing values and levels never seen go right.
//!
//! Source: Fisher (1958), On grouping for maximum homogeneity, doi:10.1080/01621459.1958.10501479; LightGBM's limits.
use super::{
    super::kernels::histogram::unpack,
    split::{Found, Limits, Whole},
};

type Set = [u64; 4];

fn set_of(bins: impl IntoIterator<Item = usize>) -> Set {
    let mut set = [0; 4];
    for bin in bins {
        set[(bin >> 6) & 3] |= 1 << (bin & 63);
    }
    set
}

/// The best set of bins to go left that scores more than `top`, and what is to be added to `λ` with it.
///
/// `sums` has bin 0 for what is missing. Each side has at least `least` second derivatives.
pub fn best(
    sums: &[i64],
    whole: Whole,
    least: f64,
    n_per_h: f64,
    limits: &Limits,
    top: f64,
) -> Option<(Found<Set>, f64)> {
    let mut search = Search {
        whole,
        least,
        limits,
        top,
        found: None,
    };
    let levels = sums.len() - 1;
    let missing = sums[0];
    if missing != 0 {
        // Everything that is there from everything that is not.
        search.try_left(whole.sum - missing, 0.0, || set_of(1..=levels));
    }
    // LightGBM counts the bin of what is missing among them.
    if levels < limits.categories.max_to_onehot {
        for (bin, &sum) in sums.iter().enumerate().skip(1) {
            search.try_left(sum, 0.0, || set_of([bin]));
        }
    } else {
        search.in_order(sums, n_per_h);
    }
    search.found
}

struct Search<'a> {
    whole: Whole,
    least: f64,
    limits: &'a Limits,
    top: f64,
    found: Option<(Found<Set>, f64)>,
}

impl Search<'_> {
    fn try_left(&mut self, left: i64, extra: f64, set: impl FnOnce() -> Set) {
        let (gl, hl) = unpack(left);
        let (gr, hr) = unpack(self.whole.sum - left);
        if hl < self.least || hr < self.least {
            return;
        }
        let bounds = self.whole.bounds;
        let score =
            self.limits.score(gl, hl, extra, bounds) + self.limits.score(gr, hr, extra, bounds);
        if score > self.top {
            self.top = score;
            let at = set();
            self.found = Some((Found { score, at, left }, extra));
        }
    }

    fn in_order(&mut self, sums: &[i64], n_per_h: f64) {
        let rules = self.limits.categories;
        let mut order: Vec<(f64, usize)> = Vec::with_capacity(sums.len());
        for (bin, &sum) in sums.iter().enumerate().skip(1) {
            let (g, h) = unpack(sum);
            if h > 0.0 && h * n_per_h + 0.5 >= rules.min_per_level {
                order.push((g / (h + rules.smooth), bin));
            }
        }
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let most = rules.max_threshold.min(order.len().div_ceil(2));
        for from_top in [false, true] {
            let nth = |i: usize| {
                if from_top {
                    order[order.len() - 1 - i].1
                } else {
                    order[i].1
                }
            };
            let (mut left, mut group) = (0i64, 0.0);
            for i in 0..most {
                let sum = sums[nth(i)];
                left += sum;
                group += unpack(sum).1 * n_per_h;
                let hr = unpack(self.whole.sum - left).1;
                if hr < self.least || hr * n_per_h + 0.5 < rules.min_per_group {
                    break;
                }
                if unpack(left).1 < self.least || group + 0.5 < rules.min_per_group {
                    continue;
                }
                group = 0.0;
                self.try_left(left, rules.l2, || set_of((0..=i).map(nth)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::boosting::split::{Bounds, Categories, tests::LIMITS};
    use crate::learn::kernels::histogram::pack;

    fn cases(n_levels: usize) -> impl Iterator<Item = Vec<i64>> {
        let mut s = 11u32;
        (0..40).map(move |case| {
            let mut next = || {
                s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                s >> 8
            };
            let mut sums: Vec<i64> = (0..=n_levels)
                .map(|_| pack((next() % 4001) as i32 - 2000, next() % 90 + 10))
                .collect();
            if case % 2 == 0 {
                sums[0] = 0;
            }
            sums
        })
    }

    fn whole(sums: &[i64]) -> Whole {
        Whole {
            sum: sums.iter().sum(),
            n_rows: 100.0,
            bounds: Bounds::NONE,
        }
    }

    fn score(limits: &Limits, sums: &[i64], set: u32) -> f64 {
        let part = |inside: bool| {
            let bins = (0..sums.len()).filter(|b| (set >> b & 1 == 1) == inside);
            let (g, h) = unpack(bins.map(|b| sums[b]).sum());
            if h > 0.0 {
                g * g / (h + limits.l2)
            } else {
                0.0
            }
        };
        part(true) + part(false)
    }

    #[test]
    fn levels_in_order_hold_the_best_of_all_subsets() {
        // Without a penalty and with every level on either side, an optimal subset is a run from one end.
        let limits = Limits {
            l2: 0.0,
            categories: Categories {
                max_threshold: 255,
                ..LIMITS.categories
            },
            ..LIMITS
        };
        let n = 8;
        for mut sums in cases(n) {
            // What is missing always goes with the levels that are not listed; without it all subsets can be had.
            sums[0] = 0;
            let all = (1u32..1 << n).map(|s| score(&limits, &sums, s << 1));
            let want = all.fold(0.0, f64::max);
            let (found, _) = best(&sums, whole(&sums), 1.0, 1.0, &limits, 0.0).unwrap();
            // Half of the levels at most from each end reach every way to cut the order in two.
            assert!((found.score - want).abs() < 1e-9 * want);
            assert!((score(&limits, &sums, found.at[0] as u32) - want).abs() < 1e-9 * want);
        }
    }

    #[test]
    fn few_levels_are_split_one_from_the_rest_or_all_from_what_is_missing() {
        let mut missing_alone = 0;
        for sums in cases(3) {
            let mut sets: Vec<u32> = (1..=3).map(|b| 1 << b).collect();
            if sums[0] != 0 {
                sets.push(0b1110);
            }
            let want = sets
                .iter()
                .map(|s| score(&LIMITS, &sums, *s))
                .fold(0.0, f64::max);
            let (found, extra) = best(&sums, whole(&sums), 1.0, 1.0, &LIMITS, 0.0).unwrap();
            assert!((found.score - want).abs() < 1e-9 * want && extra == 0.0);
            missing_alone += usize::from(found.at[0] == 0b1110);
        }
        assert!(missing_alone > 0);
    }

    #[test]
    fn small_groups_and_levels_are_no_candidates() {
        let sums: Vec<i64> = (0..=9).map(|i| pack(i * 100 - 450, 10)).collect();
        let with = |min_per_group: f64, min_per_level: f64, max_threshold: usize| {
            let limits = Limits {
                categories: Categories {
                    min_per_group,
                    min_per_level,
                    max_threshold,
                    l2: 3.0,
                    ..LIMITS.categories
                },
                ..LIMITS
            };
            best(&sums, whole(&sums), 1.0, 1.0, &limits, 0.0)
                .map(|(f, extra)| (f.at[0].count_ones(), extra))
        };
        assert_eq!(with(0.0, 0.0, 2), Some((2, 3.0)));
        assert_eq!(
            with(0.0, 11.0, 9).map(|f| f.1),
            Some(0.0),
            "only what is missing"
        );
        assert_eq!(with(30.0, 0.0, 9).map(|f| f.0 % 3), Some(0));
        assert_eq!(with(1e3, 0.0, 9).map(|f| f.1), Some(0.0));
    }
}
