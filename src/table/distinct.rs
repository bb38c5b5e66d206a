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
    }
}
