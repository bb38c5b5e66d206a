//! What sets a segment apart: every column compared between its rows and all others.
//!
//! | Column | Effect | p-value |
//! |---|---|---|
//! | numbers | Cohen's d: difference of means in pooled standard deviations | Welch's t-test |
//! | categories | Cramér's V: from 0, the same shares, to 1 | chi-squared without continuity correction |
//!
//! p-values are adjusted over all segments and columns together (Benjamini & Hochberg). Segments made from the very columns
//! they are compared on differ by construction: their p-values say how large a difference is beside chance, not that the
//! segments exist. Around 0.2 an effect is small, around 0.5 medium, from 0.8 on large; of V 0.1, 0.3 and 0.5.
//!
//! Source: Cohen (1988), *Statistical Power Analysis*; Cramér (1946), *Mathematical Methods of Statistics*; Welch (1947),
//! doi:10.1093/biomet/34.1-2.28; Benjamini & Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x.
use super::{same_length, slices::benjamini_hochberg, special::chi2_tail};
use crate::base::{Result, order::Ordered, special::student_two_sided};

/// Code of a category cell without a value.
pub const MISSING: u32 = u32::MAX;

/// A column to compare; its length is that of the labels.
#[derive(Debug, Clone, Copy)]
pub enum Column<'a> {
    /// Numbers, NaN where one is missing; infinite ones count as missing.
    Numbers(&'a [f64]),
    /// Codes of categories, [`MISSING`] where one is missing.
    Levels(&'a [u32]),
}

/// How a column differs between a segment and all other rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Contrast {
    /// Place of the column.
    pub column: usize,
    /// Cohen's d, above 0 where the segment's values are higher; or Cramér's V. Finite.
    pub effect: f64,
    /// p-value.
    pub p: f64,
    /// p-value, adjusted.
    pub adjusted: f64,
    /// Rows of the segment, and of the others, that have a value.
    pub n: [u64; 2],
    /// How.
    pub kind: ContrastKind,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ContrastKind {
    /// Means of the segment and of the others.
    Means([f64; 2]),
    /// The level whose share differs most in favour of the segment, with its shares.
    Level {
        /// Its code; [`MISSING`] where one side has no values.
        level: u32,
        /// Its share in the segment and among the others.
        shares: [f64; 2],
    },
}

#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: f64,
    mean: f64,
    /// Sum of squared distances from the mean.
    squares: f64,
}

impl Moments {
    fn add(&mut self, v: f64) {
        self.n += 1.0;
        let away = v - self.mean;
        self.mean += away / self.n;
        self.squares += away * (v - self.mean);
    }

    fn with(self, other: Self) -> Self {
        let n = self.n + other.n;
        if n == 0.0 {
            return self;
        }
        let away = other.mean - self.mean;
        Self {
            n,
            mean: self.mean + away * other.n / n,
            squares: self.squares + other.squares + away * away * self.n * other.n / n,
        }
    }
}

/// Cohen's d and Welch's p-value. Where neither side varies but the means differ, the spread of all rows takes the place of the
/// pooled one and the p-value is 0; with fewer than two values on a side there is no p-value and 1 is given.
fn means(a: Moments, b: Moments) -> (f64, f64) {
    if a.n == 0.0 || b.n == 0.0 {
        return (0.0, 1.0);
    }
    let away = a.mean - b.mean;
    if away == 0.0 {
        return (0.0, 1.0);
    }
    let pooled = ((a.squares + b.squares) / (a.n + b.n - 2.0).max(1.0)).sqrt();
    let spread = if pooled > 0.0 {
        pooled
    } else {
        (a.with(b).squares / (a.n + b.n)).sqrt()
    };
    let effect = (away / spread).clamp(-1e6, 1e6);
    if a.n < 2.0 || b.n < 2.0 {
        return (effect, 1.0);
    }
    let (u, v) = (a.squares / (a.n - 1.0) / a.n, b.squares / (b.n - 1.0) / b.n);
    if u + v == 0.0 {
        return (effect, 0.0);
    }
    let df = (u + v).powi(2) / (u * u / (a.n - 1.0) + v * v / (b.n - 1.0));
    (effect, student_two_sided(away / (u + v).sqrt(), df))
}

/// Cramér's V, the p-value of chi-squared, the level most in favour of the first side and its shares.
fn levels(counts: &[[f64; 2]]) -> (f64, f64, u32, [f64; 2]) {
    let n = counts
        .iter()
        .fold([0.0, 0.0], |s, c| [s[0] + c[0], s[1] + c[1]]);
    let all = n[0] + n[1];
    if n[0] == 0.0 || n[1] == 0.0 {
        return (0.0, 1.0, MISSING, [0.0; 2]);
    }
    let (mut chi2, mut used) = (0.0, 0.0);
    let mut best = (f64::NEG_INFINITY, 0, [0.0; 2]);
    for (l, c) in counts.iter().enumerate() {
        let row = c[0] + c[1];
        if row == 0.0 {
            continue;
        }
        used += 1.0;
        for side in 0..2 {
            let expected = row * n[side] / all;
            chi2 += (c[side] - expected).powi(2) / expected;
        }
        let shares = [c[0] / n[0], c[1] / n[1]];
        if shares[0] - shares[1] > best.0 {
            best = (shares[0] - shares[1], l as u32, shares);
        }
    }
    let p = if used > 1.0 {
        chi2_tail(chi2, used - 1.0)
    } else {
        1.0
    };
    ((chi2 / all).sqrt().min(1.0), p, best.1, best.2)
}

/// Per segment its contrasts, the largest effect first. A column without a value on one side has effect 0 and p-value 1.
///
/// # Errors
/// [`crate::base::Error::Shape`] when lengths disagree.
pub fn contrasts(
    columns: &[Column<'_>],
    labels: &[u32],
    n_segments: usize,
) -> Result<Vec<Vec<Contrast>>> {
    let mut out: Vec<Vec<Contrast>> = vec![Vec::with_capacity(columns.len()); n_segments];
    for (column, values) in columns.iter().enumerate() {
        match values {
            Column::Numbers(values) => {
                same_length("labels", values.len(), labels.len())?;
                let mut of = vec![Moments::default(); n_segments];
                for (v, l) in values.iter().zip(labels) {
                    if let Some(of) = of.get_mut(*l as usize).filter(|_| v.is_finite()) {
                        of.add(*v);
                    }
                }
                for (s, to) in out.iter_mut().enumerate() {
                    let rest = of.iter().enumerate().filter(|(o, _)| *o != s);
                    let rest = rest.fold(Moments::default(), |a, (_, b)| a.with(*b));
                    let (effect, p) = means(of[s], rest);
                    to.push(Contrast {
                        column,
                        effect,
                        p,
                        adjusted: p,
                        n: [of[s].n as u64, rest.n as u64],
                        kind: ContrastKind::Means([of[s].mean, rest.mean]),
                    });
                }
            }
            Column::Levels(codes) => {
                same_length("labels", codes.len(), labels.len())?;
                let mut names: Vec<u32> = codes.iter().copied().filter(|c| *c != MISSING).collect();
                names.sort_unstable();
                names.dedup();
                let n_levels = names.len();
                let mut counts = vec![0.0; n_segments * n_levels];
                for (c, l) in codes.iter().zip(labels) {
                    let l = *l as usize;
                    if let Some(c) = names.binary_search(c).ok().filter(|_| l < n_segments) {
                        counts[l * n_levels + c] += 1.0;
                    }
                }
                let mut all = vec![0.0; n_levels];
                for of in counts.chunks_exact(n_levels.max(1)) {
                    all.iter_mut().zip(of).for_each(|(a, c)| *a += c);
                }
                for (s, to) in out.iter_mut().enumerate() {
                    let own = &counts[s * n_levels..(s + 1) * n_levels];
                    let table: Vec<[f64; 2]> =
                        own.iter().zip(&all).map(|(c, a)| [*c, a - c]).collect();
                    let (effect, p, level, shares) = levels(&table);
                    let n = table
                        .iter()
                        .fold([0, 0], |n, c| [n[0] + c[0] as u64, n[1] + c[1] as u64]);
                    to.push(Contrast {
                        column,
                        effect,
                        p,
                        adjusted: p,
                        n,
                        kind: ContrastKind::Level {
                            level: names.get(level as usize).copied().unwrap_or(MISSING),
                            shares,
                        },
                    });
                }
            }
        }
    }
    let p: Vec<f64> = out.iter().flatten().map(|c| c.p).collect();
    for (c, adjusted) in out.iter_mut().flatten().zip(benjamini_hochberg(&p)) {
        c.adjusted = adjusted;
    }
    for of in &mut out {
        of.order_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dull_columns_and_perfect_ones() {
        let labels = [0, 0, 0, 1, 1, 1];
        let same = [3.0; 6];
        let apart = [1.0, 1.0, 1.0, 2.0, 2.0, 2.0];
        let gone = [f64::NAN, f64::INFINITY, f64::NAN, 1.0, 2.0, 3.0];
        let level = [5, 5, 5, MISSING, 0, 0];
        let columns = [
            Column::Numbers(&same),
            Column::Numbers(&apart),
            Column::Numbers(&gone),
            Column::Levels(&level),
        ];
        let got = contrasts(&columns, &labels, 2).unwrap();
        let of = |c: usize| got[0].iter().find(|g| g.column == c).unwrap();
        assert_eq!((of(0).effect, of(0).p), (0.0, 1.0));
        assert_eq!((of(1).effect, of(1).p), (-2.0, 0.0));
        assert_eq!((of(2).effect, of(2).p, of(2).n), (0.0, 1.0, [0, 3]));
        assert!((of(3).effect - 1.0).abs() < 1e-12);
        let ContrastKind::Level { level, shares } = of(3).kind else {
            panic!("numbers");
        };
        assert_eq!((level, shares), (5, [1.0, 0.0]));
        assert_eq!(got[0][0].column, 1);
        let all = contrasts(&columns, &[0; 6], 1).unwrap();
        assert!(all[0].iter().all(|c| c.effect == 0.0 && c.p == 1.0));
        assert_eq!(contrasts(&columns, &[0], 1).unwrap_err().code(), "shape");
        assert!(contrasts(&[], &[], 2).unwrap().iter().all(Vec::is_empty));
    }
}
