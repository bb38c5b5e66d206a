//! Fewer rows to learn from, every smaller part inside the larger ones.
use crate::base::order::Ordered;
use crate::base::random;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Rows of each class that come first, so that no part lacks one.
const FIRST: usize = 2;

/// `rows` in an order whose every beginning is a random part of them; with `strata` (a class per row number) one that has
/// about the class shares of the whole, and two rows of every class at the start.
pub fn thinning_order(rows: &[u32], strata: Option<&[u32]>, rng: &mut ChaCha8Rng) -> Vec<u32> {
    let mut order = rows.to_vec();
    random::shuffle(rng, &mut order);
    let Some(strata) = strata else {
        return order;
    };
    let class = |r: u32| strata.get(r as usize).copied().unwrap_or(u32::MAX);
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for &r in &order {
        *counts.entry(class(r)).or_default() += 1;
    }
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    let mut keyed: Vec<(f64, u32)> = Vec::with_capacity(order.len());
    for &r in &order {
        let c = class(r);
        let nth = seen.entry(c).or_default();
        let all = counts.get(&c).copied().unwrap_or(1) as f64;
        let key = if *nth < FIRST {
            *nth as f64 - FIRST as f64
        } else {
            (*nth as f64 + 0.5) / all
        };
        *nth += 1;
        keyed.push((key, r));
    }
    keyed.order_by(|a, b| a.0.total_cmp(&b.0));
    keyed.into_iter().map(|(_, r)| r).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn every_beginning_has_the_shares_of_the_whole() {
        let strata: Vec<u32> = (0..1000).map(|i| u32::from(i % 20 == 0)).collect();
        let rows: Vec<u32> = (0..1000).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let order = thinning_order(&rows, Some(&strata), &mut rng);
        for n in [10, 100, 500] {
            let rare = order[..n]
                .iter()
                .filter(|r| strata[**r as usize] == 1)
                .count();
            assert!(rare.abs_diff(n / 20) <= 2 && rare >= 2, "{n} {rare}");
        }
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, rows);
        let plain = thinning_order(&rows, None, &mut rng);
        assert_ne!(plain, rows);
    }
}
