//! Recency, frequency, money: scores by quantiles, and names by rules.
//!
//! Each of the three is scored from 1 to the number of bins by where a customer stands among all: the share of customers below,
//! half of those with the same value included, says the bin. So customers with the same value always have the same score, and a
//! value that many share does not empty the bins around it: with more than a fifth of customers at one purchase, say, they all
//! get the score of the middle of their ranks. Recency counts the other way: the fewer days since the last purchase, the higher.
//!
//! Source: Hughes (1994), *Strategic Database Marketing*; Bult & Wansbeek (1995), doi:10.1287/mksc.14.4.378.
use super::same_length;
use crate::base::{Error, Result, order::rising};

/// Bins where nothing else is said.
pub const BINS: u32 = 5;

/// Scores of the values, from 1 to `bins`; 0 where a value is NaN. `reversed` gives low values high scores.
///
/// # Errors
/// [`Error::Param`] unless there are 2 to 100 bins.
pub fn scores(values: &[f64], bins: u32, reversed: bool) -> Result<Vec<u32>> {
    if !(2..=100).contains(&bins) {
        return Err(Error::out_of_range("bins", 2.0, 100.0));
    }
    // −0 and 0 are the same value.
    let key = |v: f64| if reversed { -v } else { v } + 0.0;
    let known: Vec<usize> = (0..values.len()).filter(|i| !values[*i].is_nan()).collect();
    let keys: Vec<f64> = known.iter().map(|i| key(values[*i])).collect();
    let mut out = vec![0; values.len()];
    let n = keys.len() as u64;
    let mut below = 0;
    for same in rising(&keys).chunk_by(|a, b| keys[*a as usize] == keys[*b as usize]) {
        let equal = same.len() as u64;
        // ⌊bins · (below + equal / 2) / n⌋, in whole numbers.
        let bin = u64::from(bins) * (2 * below + equal) / (2 * n);
        let score = (bin as u32).min(bins - 1) + 1;
        for i in same {
            out[known[*i as usize]] = score;
        }
        below += equal;
    }
    Ok(out)
}

/// A customer's scores; 0 where one is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rfm {
    /// Recency, the higher, the more recent.
    pub r: u32,
    /// Frequency.
    pub f: u32,
    /// Money.
    pub m: u32,
}

impl Rfm {
    /// `r f m` as one number, as in 5-4-2; each at most 9 then.
    pub fn digits(self) -> u32 {
        100 * self.r + 10 * self.f + self.m
    }
}

/// The scores of customers from days since the last purchase, number of purchases and money spent.
///
/// # Errors
/// As [`scores`]; [`Error::Shape`] when lengths disagree.
pub fn rfm(days_since: &[f64], purchases: &[f64], money: &[f64], bins: u32) -> Result<Vec<Rfm>> {
    same_length("frequency", days_since.len(), purchases.len())?;
    same_length("money", days_since.len(), money.len())?;
    let r = scores(days_since, bins, true)?;
    let f = scores(purchases, bins, false)?;
    let m = scores(money, bins, false)?;
    let of = |((r, f), m)| Rfm { r, f, m };
    Ok(r.into_iter().zip(f).zip(m).map(of).collect())
}

/// A rule that names customers: all ranges must hold, ends included. Scores are taken as fifths whatever the number of bins.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// Name, see [`GROUPS`].
    pub id: String,
    /// Recency from 1 to 5.
    pub r: [f64; 2],
    /// Mean of frequency and money, from 1 to 5.
    pub worth: [f64; 2],
}

/// The names of [`rules`], the best first.
pub const GROUPS: [&str; 11] = [
    "champions",
    "loyal",
    "potential_loyalists",
    "new",
    "promising",
    "need_attention",
    "about_to_sleep",
    "cannot_lose",
    "at_risk",
    "hibernating",
    "lost",
];

/// The rules where a person has set none. They name every customer once: the first that holds counts.
pub fn rules() -> Vec<Named> {
    let ranges: [([f64; 2], [f64; 2]); 11] = [
        ([5.0, 5.0], [4.0, 5.0]),
        ([3.0, 4.9], [4.0, 5.0]),
        ([4.0, 5.0], [2.0, 3.9]),
        ([5.0, 5.0], [1.0, 1.9]),
        ([4.0, 4.9], [1.0, 1.9]),
        ([3.0, 3.9], [3.0, 3.9]),
        ([3.0, 3.9], [1.0, 2.9]),
        ([1.0, 2.9], [4.5, 5.0]),
        ([1.0, 2.9], [3.0, 4.4]),
        ([2.0, 2.9], [1.0, 2.9]),
        ([1.0, 1.9], [1.0, 2.9]),
    ];
    let named = |(id, (r, worth)): (&str, ([f64; 2], [f64; 2]))| Named {
        id: id.to_owned(),
        r,
        worth,
    };
    GROUPS.into_iter().zip(ranges).map(named).collect()
}

/// For each customer the place of the first rule that holds; `None` where none does or a score is not known.
///
/// # Errors
/// [`Error::Param`] unless there are 2 to 100 bins, and for a range that is empty or not a number.
pub fn name(customers: &[Rfm], bins: u32, rules: &[Named]) -> Result<Vec<Option<u32>>> {
    if !(2..=100).contains(&bins) {
        return Err(Error::out_of_range("bins", 2.0, 100.0));
    }
    let ranges = rules.iter().flat_map(|rule| [rule.r, rule.worth]);
    // NaN ends make the comparison false.
    if !ranges.into_iter().all(|[low, high]| low <= high) {
        return Err(Error::out_of_range("rules", 1.0, 5.0));
    }
    // 1 stays 1, the highest bin becomes 5; rounded to tenths so that ends of ranges can be said.
    let fifths = |score: f64| {
        let at = 1.0 + (score - 1.0) * 4.0 / f64::from(bins - 1);
        (at * 10.0 + 1e-9).floor() / 10.0
    };
    let of = |c: &Rfm| {
        if c.r == 0 || c.f == 0 || c.m == 0 {
            return None;
        }
        let r = fifths(f64::from(c.r));
        let worth = fifths((f64::from(c.f) + f64::from(c.m)) / 2.0);
        let holds = |rule: &Named| {
            let within = |v: f64, [low, high]: [f64; 2]| low <= v && v <= high;
            within(r, rule.r) && within(worth, rule.worth)
        };
        rules.iter().position(holds).map(|i| i as u32)
    };
    Ok(customers.iter().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_equal_scores() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let got = scores(&values, 5, false).unwrap();
        assert!((1..=5).all(|s| got.iter().filter(|g| **g == s).count() == 20));
        assert_eq!(scores(&values, 5, true).unwrap()[0], 5);
        let once = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 9.0];
        assert_eq!(
            scores(&once, 5, false).unwrap(),
            [2, 2, 2, 2, 2, 2, 2, 4, 5, 5]
        );
        assert_eq!(scores(&[4.0; 3], 5, false).unwrap(), [3; 3]);
        assert_eq!(scores(&[f64::NAN, 1.0], 5, true).unwrap(), [0, 3]);
        assert_eq!(scores(&[0.0, -0.0], 2, false).unwrap(), [2, 2]);
        assert!(scores(&[], 5, false).unwrap().is_empty());
        assert_eq!(scores(&[], 1, false).unwrap_err().code(), "param");
    }

    #[test]
    fn every_customer_has_one_name() {
        for bins in [2, 3, 4, 5, 7, 10, 100] {
            let all = (1..=bins).flat_map(|r| (1..=bins).map(move |f| (r, f)));
            let all: Vec<Rfm> = all
                .flat_map(|(r, f)| (1..=bins.min(12)).map(move |m| Rfm { r, f, m }))
                .collect();
            let got = name(&all, bins, &rules()).unwrap();
            assert!(got.iter().all(Option::is_some), "{bins}");
        }
        let of = |r, f, m| {
            let at = name(&[Rfm { r, f, m }], 5, &rules()).unwrap()[0];
            at.map(|i| GROUPS[i as usize])
        };
        assert_eq!(of(5, 5, 5), Some("champions"));
        assert_eq!(of(4, 4, 5), Some("loyal"));
        assert_eq!(of(5, 1, 1), Some("new"));
        assert_eq!(of(1, 5, 5), Some("cannot_lose"));
        assert_eq!(of(2, 3, 4), Some("at_risk"));
        assert_eq!(of(2, 2, 1), Some("hibernating"));
        assert_eq!(of(1, 1, 1), Some("lost"));
        assert_eq!(of(0, 1, 1), None);
        let mut bad = rules();
        bad[0].r = [2.0, f64::NAN];
        assert_eq!(name(&[], 5, &bad).unwrap_err().code(), "param");
    }
}
