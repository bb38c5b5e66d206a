//! Uniform whole numbers and shuffles from any generator; the same on 32 and 64 bit.
use rand_chacha::rand_core::Rng;

/// A uniform number below `n`, without bias; 0 for `n = 0`.
///
/// Source: Lemire (2019), Fast random integer generation in an interval, doi:10.1145/3230636.
pub fn below(rng: &mut impl Rng, n: u32) -> u32 {
    if n == 0 {
        return 0;
    }
    let refuse = n.wrapping_neg() % n;
    loop {
        let wide = u64::from(rng.next_u32()) * u64::from(n);
        if wide as u32 >= refuse {
            return (wide >> 32) as u32;
        }
    }
}

/// Fisher–Yates: every order equally likely. At most 2³² values.
pub fn shuffle<T>(rng: &mut impl Rng, values: &mut [T]) {
    for i in (1..values.len()).rev() {
        let j = below(rng, u32::try_from(i + 1).unwrap_or(u32::MAX)) as usize;
        values.swap(i, j);
    }
}

/// `0..n` in random order.
pub fn permutation(rng: &mut impl Rng, n: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..u32::try_from(n).unwrap_or(u32::MAX)).collect();
    shuffle(rng, &mut order);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    #[test]
    fn numbers_are_even_and_orders_complete() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut counts = [0u32; 6];
        for _ in 0..60_000 {
            counts[below(&mut rng, 6) as usize] += 1;
        }
        // Standard deviation about 91.
        assert!(
            counts.iter().all(|c| c.abs_diff(10_000) < 450),
            "{counts:?}"
        );
        let mut order = permutation(&mut rng, 100);
        assert_ne!(order, (0..100).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
        assert_eq!(below(&mut rng, 0), 0);
        shuffle::<u8>(&mut rng, &mut []);
    }
}
