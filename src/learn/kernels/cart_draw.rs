//! Draws rows with replacement, evenly or by weight.
use crate::base::random::below;
use rand_chacha::{ChaCha8Rng, rand_core::Rng};

/// Where rows are drawn from.
#[derive(Debug)]
pub enum Urn {
    /// Every one of so many rows alike.
    Even(usize),
    /// By weight: per slot how much of it is its own row's, of 2³², and the row the rest belongs to.
    Weighted(Vec<(u32, u32)>),
}

impl Urn {
    /// Rows drawn in proportion to `weight`, positive and finite with a finite sum.
    ///
    /// Source: Vose (1991), A linear algorithm for generating random numbers with a given distribution,
    /// doi:10.1109/32.92917.
    pub fn weighted(weight: &[f64]) -> Self {
        let n = weight.len();
        let mean = weight.iter().sum::<f64>() / n as f64;
        let mut share: Vec<f64> = weight.iter().map(|w| w / mean).collect();
        let mut slots: Vec<(u32, u32)> = (0..n as u32).map(|i| (u32::MAX, i)).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..n).rev().partition(|i| share[*i] < 1.0);
        while let (Some(&s), Some(&l)) = (small.last(), large.last()) {
            small.pop();
            slots[s] = ((share[s] * 4_294_967_296.0) as u32, l as u32);
            share[l] -= 1.0 - share[s];
            if share[l] < 1.0 {
                large.pop();
                small.push(l);
            }
        }
        Self::Weighted(slots)
    }

    /// How often each row was drawn in `n_draws`.
    pub fn draw(&self, n_draws: usize, rng: &mut ChaCha8Rng) -> Vec<u32> {
        match self {
            Self::Even(n) => {
                let mut counts = vec![0u32; *n];
                for start in (0..n_draws).step_by(4096) {
                    draw_evenly(&mut counts, (n_draws - start).min(4096), rng);
                }
                counts
            }
            Self::Weighted(slots) => {
                let mut counts = vec![0u32; slots.len()];
                for _ in 0..n_draws {
                    let slot = below(rng, slots.len() as u32) as usize;
                    let (own, other) = slots[slot];
                    let row = if rng.next_u32() < own || own == u32::MAX {
                        slot
                    } else {
                        other as usize
                    };
                    counts[row] += 1;
                }
                counts
            }
        }
    }
}

#[inline(never)]
fn draw_evenly(counts: &mut [u32], n_draws: usize, rng: &mut ChaCha8Rng) {
    let n = counts.len() as u32;
    for _ in 0..n_draws {
        counts[below(rng, n) as usize] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn rows_come_as_often_as_their_weight_says() {
        let weight = [1.0, 0.0001, 5.0, 2.0, 1.9999];
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let counts = Urn::weighted(&weight).draw(100_000, &mut rng);
        for (c, w) in counts.iter().zip(weight) {
            assert!((f64::from(*c) - w * 10_000.0).abs() < 600.0, "{counts:?}");
        }
        assert_eq!(counts.iter().sum::<u32>(), 100_000);
        let counts = Urn::Even(4).draw(40_000, &mut rng);
        assert!(
            counts.iter().all(|c| c.abs_diff(10_000) < 500),
            "{counts:?}"
        );
    }
}
