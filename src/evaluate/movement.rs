//! Movement between the segments of two periods.
use super::same_length;
use crate::base::{Error, Result};

/// Code of a customer who is not there in a period.
pub const ABSENT: u32 = u32::MAX;

/// Most segments of a period.
const MOST: usize = 10_000;

/// Who moved where.
#[derive(Debug, Clone, PartialEq)]
pub struct Movement {
    /// Segments before and after.
    pub sizes: [usize; 2],
    /// Customers, `(before + 1, after + 1)` row-major: the last row are those who were not there before, the last column those
    /// who are no longer there.
    pub counts: Vec<u64>,
}

impl Movement {
    /// From the segments of the same customers in two periods, [`ABSENT`] where one is not there.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths disagree; [`Error::Param`] beyond 10,000 segments or for a code that is none.
    pub fn new(before: &[u32], after: &[u32], sizes: [usize; 2]) -> Result<Self> {
        same_length("segments", before.len(), after.len())?;
        if sizes.iter().any(|s| *s > MOST) {
            return Err(Error::out_of_range("segments", 0.0, MOST as f64));
        }
        let width = sizes[1] + 1;
        let mut counts = vec![0; (sizes[0] + 1) * width];
        for pair in before.iter().zip(after) {
            let place = |code: u32, size: usize| match code {
                ABSENT => Ok(size),
                code if (code as usize) < size => Ok(code as usize),
                _ => Err(Error::out_of_range("segments", 0.0, size as f64 - 1.0)),
            };
            let (from, to) = (place(*pair.0, sizes[0])?, place(*pair.1, sizes[1])?);
            if (from, to) != (sizes[0], sizes[1]) {
                counts[from * width + to] += 1;
            }
        }
        Ok(Self { sizes, counts })
    }

    /// Customers that went from one segment to another; the number of segments of a side stands for not being there.
    pub fn count(&self, from: usize, to: usize) -> u64 {
        let width = self.sizes[1] + 1;
        let inside = from <= self.sizes[0] && to <= self.sizes[1];
        if inside {
            self.counts[from * width + to]
        } else {
            0
        }
    }

    fn row(&self, from: usize) -> u64 {
        (0..=self.sizes[1]).map(|to| self.count(from, to)).sum()
    }

    /// Shares of the customers of each segment (and of those who came) that went to each, `(before + 1, after + 1)`; a row sums
    /// to 1, or to 0 where nobody was.
    pub fn shares(&self) -> Vec<f64> {
        let width = self.sizes[1] + 1;
        let share = |(i, n): (usize, &u64)| match self.row(i / width) {
            0 => 0.0,
            all => *n as f64 / all as f64,
        };
        self.counts.iter().enumerate().map(share).collect()
    }

    /// Customers of each segment before and after, where both periods have the same segments: how each grew.
    pub fn totals(&self) -> [Vec<u64>; 2] {
        let before = (0..self.sizes[0]).map(|s| self.row(s)).collect();
        let into = |to| (0..=self.sizes[0]).map(|from| self.count(from, to)).sum();
        [before, (0..self.sizes[1]).map(into).collect()]
    }

    /// Share of the customers who are there in both periods that stayed in the segment of the same number; none where nobody
    /// is in both.
    pub fn stayed(&self) -> Option<f64> {
        let [m, n] = self.sizes;
        let both: u64 = (0..m)
            .flat_map(|a| (0..n).map(move |b| self.count(a, b)))
            .sum();
        let same: u64 = (0..m.min(n)).map(|s| self.count(s, s)).sum();
        (both > 0).then(|| same as f64 / both as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_somewhere() {
        let before = [0, 0, 0, 1, ABSENT, ABSENT];
        let after = [0, 1, ABSENT, 1, 0, ABSENT];
        let got = Movement::new(&before, &after, [2, 2]).unwrap();
        assert_eq!(got.counts, [1, 1, 1, 0, 1, 0, 1, 0, 0]);
        assert_eq!(got.stayed(), Some(2.0 / 3.0));
        assert_eq!(got.totals(), [vec![3, 1], vec![2, 2]]);
        let shares = got.shares();
        assert!((shares[..3].iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(shares[6..], [1.0, 0.0, 0.0]);
        assert_eq!(got.count(2, 0), 1);
        assert_eq!(got.count(9, 0), 0);
        assert_eq!(Movement::new(&[], &[], [0, 0]).unwrap().stayed(), None);
        assert_eq!(
            Movement::new(&[5], &[0], [2, 2]).unwrap_err().code(),
            "param"
        );
        assert_eq!(
            Movement::new(&[0], &[], [2, 2]).unwrap_err().code(),
            "shape"
        );
        let many = Movement::new(&[], &[], [usize::MAX, 1]);
        assert_eq!(many.unwrap_err().code(), "param");
    }
}
