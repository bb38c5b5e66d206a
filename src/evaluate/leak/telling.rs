//! States of a row that nearly decide its class, and levels that are the classes under other names.
use crate::{
    base::Result,
    evaluate::{interval::wilson, same_length},
};

/// Rows in some state, and how many of them share a class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tell {
    /// The class most of them have.
    pub class: usize,
    /// Rows in the state.
    pub n: u64,
    /// Share of them that have the class.
    pub purity: f64,
    /// Lower end of its 95 % Wilson interval.
    pub low: f64,
    /// Share of the class's rows that are in the state.
    pub coverage: f64,
    /// Share of the class among all rows.
    pub base: f64,
}

impl Tell {
    /// From rows per class in the state and in all; `None` where nothing is counted.
    pub fn of(inside: &[u64], all: &[u64]) -> Option<Self> {
        let n: u64 = inside.iter().sum();
        let total: u64 = all.iter().sum();
        let (class, hits) =
            (inside.iter().enumerate()).max_by_key(|(i, n)| (**n, usize::MAX - i))?;
        let of_class = *all.get(class)?;
        if n == 0 || of_class == 0 {
            return None;
        }
        Some(Self {
            class,
            n,
            purity: *hits as f64 / n as f64,
            low: wilson(*hits as f64, n as f64).0,
            coverage: *hits as f64 / of_class as f64,
            base: of_class as f64 / total.max(1) as f64,
        })
    }

    /// Whether the state gives the class away: it closes at least nine tenths (of a class that is rarer than the rest) or
    /// nineteen twentieths (of a commoner one) of the way from the class's share to certainty, by the lower end of the
    /// interval, and reaches a good part of the class.
    ///
    /// Plain columns have states that nearly decide a few rows, or that raise a common class to nearly all; neither is
    /// taken for a leak.
    pub fn gives_away(&self) -> bool {
        let (open, reach) = if self.base < 0.5 {
            (0.1, 0.25)
        } else {
            (0.05, 0.5)
        };
        self.low >= 1.0 - open * (1.0 - self.base) && self.coverage >= reach
    }
}

/// Rows for which `state` holds, counted by class.
///
/// # Errors
/// [`crate::base::Error::Shape`] when lengths disagree.
pub fn tell(state: &[bool], codes: &[u32], n_classes: usize) -> Result<Option<Tell>> {
    same_length("states", codes.len(), state.len())?;
    let (mut inside, mut all) = (vec![0; n_classes], vec![0; n_classes]);
    for (is_in, class) in state.iter().zip(codes) {
        for (counts, counted) in [(&mut inside, *is_in), (&mut all, true)] {
            if let Some(n) = counts.get_mut(*class as usize)
                && counted
            {
                *n += 1;
            }
        }
    }
    Ok(Tell::of(&inside, &all))
}

/// How far a column's levels are the classes under other names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mapping {
    /// Share of rows whose class is the commonest of their level.
    pub agreement: f64,
    /// The same when every row is said to have the commonest class.
    pub base: f64,
    /// Smallest share of a class's rows that lie in levels of their own class.
    pub least: f64,
}

impl Mapping {
    /// Whether the levels nearly are the classes: all but one row in fifty, in every class.
    pub fn is_renamed(&self) -> bool {
        self.agreement >= 0.98 && self.least >= 0.9 && self.base < 1.0
    }
}

/// Each level stands for the class most of its rows have; codes of `n_levels` and above are missing, a level too.
///
/// # Errors
/// [`crate::base::Error::Shape`] when lengths disagree.
pub fn mapping(
    levels: &[u32],
    n_levels: usize,
    codes: &[u32],
    n_classes: usize,
) -> Result<Option<Mapping>> {
    same_length("levels", codes.len(), levels.len())?;
    let mut counts = vec![0_u64; (n_levels + 1) * n_classes];
    let mut all = vec![0_u64; n_classes];
    for (level, class) in levels.iter().zip(codes) {
        let (level, class) = ((*level as usize).min(n_levels), *class as usize);
        if let (true, Some(n)) = (class < n_classes, counts.get_mut(level * n_classes + class)) {
            *n += 1;
        }
        if let Some(n) = all.get_mut(class) {
            *n += 1;
        }
    }
    let mut own = vec![0_u64; n_classes];
    for of_level in counts.chunks(n_classes.max(1)) {
        let most = (of_level.iter().enumerate()).max_by_key(|(i, n)| (**n, usize::MAX - i));
        if let Some((class, n)) = most
            && let Some(own) = own.get_mut(class)
        {
            *own += n;
        }
    }
    let total: u64 = all.iter().sum();
    if total == 0 {
        return Ok(None);
    }
    let share = |n: u64| n as f64 / total as f64;
    let of_class = all.iter().zip(&own).filter(|(n, _)| **n > 0);
    Ok(Some(Mapping {
        agreement: share(own.iter().sum()),
        base: share(all.iter().copied().max().unwrap_or(0)),
        least: (of_class.map(|(n, own)| *own as f64 / *n as f64)).fold(1.0, f64::min),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_or_a_common_class_are_no_tell() {
        let of = |hits: u64, n: u64| Tell::of(&[n - hits, hits], &[7_963, 2_037]).unwrap();
        // 60 customers with four products, all of whom left: true of a real file, and no leak.
        assert!(!of(60, 60).gives_away());
        assert!(of(900, 900).gives_away());
        assert!(!of(800, 900).gives_away());
        // Contracts of two years: 97 % stay where 73 % do.
        let stay = Tell::of(&[1_647, 48], &[5_174, 1_869]).unwrap();
        assert!(stay.class == 0 && !stay.gives_away());
        assert_eq!(Tell::of(&[0, 0], &[3, 4]), None);
        // Ten rows say nothing.
        assert!(!Tell::of(&[0, 10], &[30, 12]).unwrap().gives_away());
    }

    #[test]
    fn another_spelling_is_seen_with_a_few_mistakes() {
        let codes: Vec<u32> = (0..1_000).map(|i| u32::from(i % 4 == 0)).collect();
        let spelt = |n_off: u32| -> Vec<u32> {
            let off = |i: u32| u32::from(i < n_off);
            (0..).zip(&codes).map(|(i, c)| (c ^ off(i)) + 1).collect()
        };
        let of = |n_off| mapping(&spelt(n_off), 3, &codes, 2).unwrap().unwrap();
        assert!(of(0).is_renamed() && of(10).is_renamed() && !of(60).is_renamed());
        assert_eq!((of(0).agreement, of(0).base), (1.0, 0.75));
        // Levels that all have the common class agree with it, and say nothing.
        let one = mapping(&[0; 1_000], 1, &codes, 2).unwrap().unwrap();
        assert!(!one.is_renamed());
        assert!(mapping(&[0], 1, &codes, 2).is_err());
    }

    #[test]
    fn states_are_counted_by_class() {
        let codes = [0, 1, 1, 0, 1];
        let tell = tell(&[false, true, true, true, false], &codes, 2)
            .unwrap()
            .unwrap();
        assert_eq!((tell.class, tell.n), (1, 3));
        assert!((tell.purity - 2.0 / 3.0).abs() < 1e-15 && (tell.base - 0.6).abs() < 1e-15);
    }
}
