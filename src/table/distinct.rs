//! Counting different values.

/// How many different words there are among `values`, exactly; stops once more than `limit` were found.
pub fn count(values: impl Iterator<Item = u64>, limit: usize) -> usize {
    // Zero marks a free slot and is counted apart.
    let (mut slots, mut n, mut zero) = (vec![0_u64; 1 << 10], 0_usize, 0_usize);
    let place = |slots: &[u64], v: u64| {
        let mask = slots.len() - 1;
        let mut i = (v.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & mask;
        while slots[i] != 0 && slots[i] != v {
            i = (i + 1) & mask;
        }
        i
    };
    for v in values {
        if v == 0 {
            zero = 1;
            continue;
        }
        let i = place(&slots, v);
        if slots[i] == v {
            continue;
        }
        slots[i] = v;
        n += 1;
        if n + zero > limit {
            break;
        }
        if n * 2 > slots.len() {
            let old = std::mem::take(&mut slots);
            slots = vec![0; old.len() * 2];
            for v in old.into_iter().filter(|v| *v != 0) {
                let i = place(&slots, v);
                slots[i] = v;
            }
        }
    }
    n + zero
}

/// Different values that a table of them may hold before sorting is the cheaper way.
const MANY: usize = 1 << 20;

/// How many different words there are among `values`; with very many, in the room of a copy of them.
pub fn exact(values: impl Iterator<Item = u64> + Clone) -> usize {
    let few = count(values.clone(), MANY);
    if few <= MANY {
        return few;
    }
    let mut all: Vec<u64> = values.collect();
    all.sort_unstable();
    all.dedup();
    all.len()
}

#[cfg(test)]
mod tests {
    #[test]
    fn counts_are_exact() {
        assert_eq!(
            super::count((0..10_000).map(|i| i % 3000), usize::MAX),
            3000
        );
        assert_eq!(super::count(std::iter::empty(), usize::MAX), 0);
        assert_eq!(super::count(0..100, 10), 11);
        let many = super::MANY as u64 + 7;
        let twice = (0..2 * many).map(|i| (i % many).wrapping_mul(0x9e37_79b9));
        assert_eq!(super::exact(twice) as u64, many);
        assert_eq!(super::exact([3, 0, 3].into_iter()), 2);
    }
}
