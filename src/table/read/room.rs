//! How much memory reading a file takes, told from its first rows; and which rows are read where there is not enough.

/// A number in its column.
const NUMBER: f64 = 8.0;
/// A code in its column, and again while the column is ended.
const CODE: f64 = 8.0;
/// A text of its own, besides its letters: its end, its place among those that are found by hash, and what is counted of it.
const LEVEL: f64 = 60.0;
/// A list of letters that grows by doubling is on average three quarters full.
const LETTER: f64 = 1.35;
/// What a profile takes of the largest column: a copy, and another one that is sorted.
const PROFILE: f64 = 16.0;
/// So many times as many different texts as the repeats of the first rows suggest, were all as frequent: some are rare.
const RARE: f64 = 10.0;
/// What lies between the pieces of memory.
const BETWEEN: f64 = 1.05;
/// What does not depend on the rows: chunks of the file, first rows.
const FIXED: u64 = 24 << 20;

/// A column in the first rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Looks {
    /// Of plain numbers.
    Number,
    /// Of texts: how many were seen, how many different ones, and their mean length.
    Text {
        n: usize,
        different: usize,
        length: f64,
    },
}

/// What `n_rows` rows of such columns take: bytes per row, and bytes besides.
pub fn needed(columns: &[Looks], n_rows: u64) -> (u64, u64) {
    let (mut per_row, mut besides) = (PROFILE, 0.0);
    for looks in columns {
        match *looks {
            Looks::Number => per_row += NUMBER,
            Looks::Text {
                n,
                different,
                length,
            } => {
                let level = LEVEL + LETTER * length;
                let (n, different) = (n as f64, different as f64);
                // Of so many equally frequent texts as many would repeat among the first rows (the birthday problem).
                let likely = RARE * n * n / (2.0 * (n - different));
                let share = different / n.max(1.0);
                per_row += CODE;
                if likely < share * n_rows as f64 {
                    besides += likely * level;
                } else {
                    per_row += share * level;
                }
            }
        }
    }
    let bytes = |v: f64| (v * BETWEEN).ceil() as u64;
    (bytes(per_row), bytes(besides) + FIXED)
}

/// Rows drawn at random, the same for the same seed: so many of so many, each as likely as any other, in the order of the
/// file (Knuth, "The Art of Computer Programming" 2, 3.4.2, algorithm S).
#[derive(Debug, Clone)]
pub struct Pick {
    state: u64,
    /// Rows to draw yet.
    wanted: u64,
    /// Rows to come.
    left: u64,
    /// Rows drawn, from 0.
    pub rows: Vec<u32>,
    at: u32,
}

impl Pick {
    /// `n` of `total` rows.
    pub fn new(n: u64, total: u64, seed: u64) -> Self {
        Self {
            state: seed,
            wanted: n.min(total),
            left: total,
            rows: Vec::new(),
            at: 0,
        }
    }

    /// Whether the next row is drawn.
    pub fn takes(&mut self) -> bool {
        // SplitMix64 (Steele, Lea and Flood 2014): a step and a mixing of its result.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let below = (u128::from(z) * u128::from(self.left)) >> 64;
        let is_taken = below < u128::from(self.wanted);
        self.left = self.left.saturating_sub(1);
        if is_taken {
            self.wanted -= 1;
            self.rows.push(self.at);
        }
        self.at = self.at.wrapping_add(1);
        is_taken
    }

    /// Row of the file, from 1, of a row of the sample, from 1.
    pub fn in_file(&self, row: u64) -> u64 {
        let at = usize::try_from(row.saturating_sub(1)).ok();
        let found = at.and_then(|i| self.rows.get(i));
        found.map_or(row, |r| u64::from(*r) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_rows_are_drawn_evenly_and_again() {
        let draw = |seed| {
            let mut pick = Pick::new(1_000, 10_000, seed);
            for _ in 0..10_000 {
                pick.takes();
            }
            pick.rows
        };
        let rows = draw(42);
        assert_eq!(rows.len(), 1_000);
        assert_eq!(rows, draw(42));
        assert_ne!(rows, draw(43));
        assert!(rows.windows(2).all(|w| w[0] < w[1]));
        for part in 0..10 {
            let n = rows.iter().filter(|r| **r / 1_000 == part).count();
            assert!((70..130).contains(&n), "{part}: {n}");
        }
        let mut all = Pick::new(50, 20, 1);
        assert!((0..20).all(|_| all.takes()));
        assert_eq!(all.in_file(3), 3);
    }

    #[test]
    fn texts_that_differ_take_more() {
        let text = |different| Looks::Text {
            n: 2_000,
            different,
            length: 20.0,
        };
        let rows = 10_000_000;
        let of = |different| needed(&[text(different)], rows);
        let (few, some, all) = (of(4), of(1_400), of(2_000));
        assert!(few.0 < 30 && few.1 < FIXED + (1 << 20), "{few:?}");
        assert!(some.0 < 30 && some.1 < FIXED + (8 << 20), "{some:?}");
        assert!(all.0 > 90 && all.1 < FIXED + 1_000, "{all:?}");
        assert!(needed(&[Looks::Number; 12], rows).0 < 130);
    }
}
