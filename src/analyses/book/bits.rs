//! A set of customers, one bit each.

/// A set of numbers below `len`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// All or none of `0..len`.
    pub fn new(len: usize, all: bool) -> Self {
        let word = if all { u64::MAX } else { 0 };
        let mut bits = Self {
            words: vec![word; len.div_ceil(64)],
            len,
        };
        bits.trim();
        bits
    }

    /// Those for which `is_in` holds.
    pub fn from_fn(len: usize, mut is_in: impl FnMut(usize) -> bool) -> Self {
        let word = |w: usize| {
            let first = w * 64;
            (first..(first + 64).min(len))
                .fold(0, |word, i| word | u64::from(is_in(i)) << (i - first))
        };
        Self {
            words: (0..len.div_ceil(64)).map(word).collect(),
            len,
        }
    }

    /// Bits beyond the end are 0, so that words may be counted.
    fn trim(&mut self) {
        if let (Some(last), rest @ 1..) = (self.words.last_mut(), self.len % 64) {
            *last &= (1 << rest) - 1;
        }
    }

    /// Whether `i` is in.
    #[inline]
    pub fn get(&self, i: usize) -> bool {
        self.words
            .get(i / 64)
            .is_some_and(|w| w >> (i % 64) & 1 == 1)
    }

    /// Puts `i` in or takes it out; what is beyond the end is left alone.
    pub fn set(&mut self, i: usize, is_in: bool) {
        if i >= self.len {
            return;
        }
        if let Some(word) = self.words.get_mut(i / 64) {
            let bit = 1 << (i % 64);
            *word = if is_in { *word | bit } else { *word & !bit };
        }
    }

    /// Adds room for numbers below `len`; they are not in.
    pub fn grow(&mut self, len: usize) {
        self.words.resize(len.div_ceil(64), 0);
        self.len = len;
        self.trim();
    }

    /// Keeps what is in `other` too.
    pub fn and(&mut self, other: &Self) {
        for (i, word) in self.words.iter_mut().enumerate() {
            *word &= other.words.get(i).copied().unwrap_or(0);
        }
    }

    /// Takes in what is in `other`.
    pub fn or(&mut self, other: &Self) {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
        self.trim();
    }

    /// How many are in.
    pub fn count(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// What is in, rising.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(w, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(w * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_what_they_hold() {
        for n in [0, 1, 63, 64, 65, 200] {
            assert_eq!(Bits::new(n, true).count(), n);
            assert_eq!(Bits::new(n, false).count(), 0);
            let third = Bits::from_fn(n, |i| i % 3 == 0);
            let half = Bits::from_fn(n, |i| i % 2 == 0);
            let (mut both, mut any) = (third.clone(), third.clone());
            both.and(&half);
            any.or(&half);
            let list = |of: &dyn Fn(usize) -> bool| (0..n).filter(|i| of(*i)).collect::<Vec<_>>();
            assert_eq!(both.iter().collect::<Vec<_>>(), list(&|i| i % 6 == 0));
            assert_eq!(
                any.iter().collect::<Vec<_>>(),
                list(&|i| i % 3 == 0 || i % 2 == 0)
            );
        }
        let mut bits = Bits::new(70, true);
        bits.set(69, false);
        bits.set(70, true);
        bits.grow(140);
        assert_eq!(bits.count(), 69);
        assert!(!bits.get(70) && !bits.get(10_000));
    }
}
