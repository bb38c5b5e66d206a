//! What a tree sums over its rows, in whole numbers: sums are exact and the same in any order.
//!
//! Classes: per class the packed sum `weight << 32 | rows`. Numbers: the weighted residuals `(y − ȳ)·w` in units that
//! let all of them sum to 2⁶⁰, and `weight << 32 | rows`. Whole weights are kept as they are; others become multiples
//! of a unit of which all rows together have 2³⁰.
use std::f64::consts::LOG2_E;

/// What quantised weights sum to at most, but for rounding; half of what the packed field holds.
const WEIGHT_SUM: f64 = (1u64 << 30) as f64;
/// What the absolute values of quantised residuals sum to.
const RESIDUAL_SUM: f64 = (1u64 << 60) as f64;
const WEIGHT: u64 = 0xFFFF_FFFF << 32;

/// How the impurity of rows is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Criterion {
    /// `1 − Σ pₖ²`, for classes.
    Gini,
    /// `−Σ pₖ log₂ pₖ`, for classes.
    Entropy,
    /// Mean squared distance from the mean, for numbers.
    SquaredError,
}

/// The packed weight of a sum.
#[inline(always)]
pub fn weight_of(packed: i64) -> f64 {
    f64::from((packed >> 32) as i32)
}

/// The packed number of rows of a sum.
#[inline(always)]
pub fn rows_of(packed: i64) -> i64 {
    packed & 0xFFFF_FFFF
}

/// Weights of rows as whole multiples of a unit; 0 leaves a row out.
#[derive(Debug, Clone)]
pub struct Weights {
    units: Vec<u32>,
    unit: f64,
    /// As given, where they had to be rounded.
    exact: Option<Vec<f64>>,
}

impl Weights {
    /// The same weight for `n` rows.
    pub fn ones(n: usize) -> Self {
        Self {
            units: vec![1; n],
            unit: 1.0,
            exact: None,
        }
    }

    /// How often each row counts.
    pub fn counts(counts: Vec<u32>) -> Self {
        Self {
            units: counts,
            unit: 1.0,
            exact: None,
        }
    }

    /// Weights, positive and finite, with a finite sum.
    pub fn new(weight: &[f64]) -> Self {
        let sum: f64 = weight.iter().sum();
        let whole = sum <= WEIGHT_SUM && weight.iter().all(|w| w.fract() == 0.0);
        // A power of two, so that weights of few binary digits stay exact.
        let scale = if whole {
            1.0
        } else {
            2f64.powi(log2(WEIGHT_SUM / sum).floor().clamp(-1000.0, 1000.0) as i32)
        };
        // However light, a row that is there has some weight.
        let units = weight.iter().map(|w| (w * scale).round().max(1.0) as u32);
        Self {
            units: units.collect(),
            unit: 1.0 / scale,
            exact: (!whole).then(|| weight.to_vec()),
        }
    }

    /// Total per class of rows with classes `codes`, all below `n_classes`.
    pub fn totals(&self, codes: &[u32], n_classes: usize) -> Vec<f64> {
        let mut totals = vec![0.0; n_classes];
        for (c, u) in codes.iter().zip(&self.units) {
            totals[*c as usize] += f64::from(*u);
        }
        totals
    }

    /// Rows of positive weight, in order.
    pub fn rows(&self) -> Vec<u32> {
        let counted = self.units.iter().enumerate().filter(|(_, u)| **u > 0);
        counted.map(|(i, _)| i as u32).collect()
    }
}

/// Values of rows to sum.
#[derive(Debug)]
pub enum Rows {
    /// Per row `weight << 32 | class`.
    Classes(Vec<u64>),
    /// Per row the quantised weighted residual and `weight << 32 | 1`.
    Numbers(Vec<[i64; 2]>),
}

/// The target of one tree.
#[derive(Debug)]
pub struct Sums {
    rows: Rows,
    /// Words per bin and sum: the number of classes, or 2.
    width: usize,
    criterion: Criterion,
    weight_unit: f64,
    /// Weights per row where `rows` holds rounded ones: splits are found by these, values come from the exact ones.
    exact: Option<Vec<f64>>,
    /// Factor per class.
    factor: Vec<f64>,
    /// Distances from `mean`, numbers only.
    residual: Vec<f64>,
    mean: f64,
    residual_unit: f64,
}

/// What is known of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Rows.
    pub n_rows: u64,
    /// Their weight.
    pub weight: f64,
    /// Their impurity.
    pub impurity: f64,
    /// Share of each class, or the mean.
    pub value: Vec<f64>,
}

impl Sums {
    /// For classes `codes`, all below `factor.len()`, the weights of whose rows are multiplied by `factor`.
    pub fn classes(
        codes: &[u32],
        weights: &Weights,
        factor: Vec<f64>,
        criterion: Criterion,
    ) -> Self {
        let keys = codes.iter().zip(&weights.units);
        Self {
            rows: Rows::Classes(
                keys.map(|(c, w)| u64::from(*w) << 32 | u64::from(*c))
                    .collect(),
            ),
            width: factor.len(),
            criterion,
            weight_unit: weights.unit,
            exact: weights.exact.clone(),
            factor,
            residual: Vec::new(),
            mean: 0.0,
            residual_unit: 1.0,
        }
    }

    /// For finite numbers `y`.
    pub fn numbers(y: &[f64], weights: &Weights) -> Self {
        let total: f64 = weights.units.iter().map(|w| f64::from(*w)).sum();
        let weighted = || {
            y.iter()
                .zip(&weights.units)
                .map(|(y, w)| (y, f64::from(*w)))
        };
        let mean = weighted().map(|(y, w)| y * (w / total)).sum::<f64>();
        let residual: Vec<f64> = y.iter().map(|y| y - mean).collect();
        let all: f64 = residual
            .iter()
            .zip(&weights.units)
            .map(|(r, w)| (r * f64::from(*w)).abs())
            .sum();
        let scale = RESIDUAL_SUM / all;
        // Nothing differs, or by less than can be told.
        let scale = if scale.is_finite() { scale } else { 0.0 };
        let pairs = residual.iter().zip(&weights.units).map(|(r, w)| {
            let r = (r * f64::from(*w) * scale).round() as i64;
            [r, ((u64::from(*w) << 32) + 1) as i64]
        });
        Self {
            rows: Rows::Numbers(pairs.collect()),
            width: 2,
            criterion: Criterion::SquaredError,
            weight_unit: weights.unit,
            exact: weights.exact.clone(),
            factor: Vec::new(),
            residual_unit: if scale > 0.0 { 1.0 / scale } else { 0.0 },
            mean,
            residual,
        }
    }

    /// Words of a sum.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Values of rows.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// How impurity is measured.
    pub fn criterion(&self) -> Criterion {
        self.criterion
    }

    /// Factor per class; empty for numbers.
    pub fn factor(&self) -> &[f64] {
        &self.factor
    }

    /// Values of a node: one per class, or the mean.
    pub fn n_values(&self) -> usize {
        self.factor.len().max(1)
    }

    /// The sums over `rows`.
    pub fn total(&self, rows: &[u32]) -> Vec<i64> {
        let mut sums = vec![0i64; self.width];
        match &self.rows {
            Rows::Classes(keys) => {
                for key in rows.iter().map(|r| keys[*r as usize]) {
                    sums[key as u32 as usize] += (key & WEIGHT) as i64 + 1;
                }
            }
            Rows::Numbers(pairs) => {
                for pair in rows.iter().map(|r| pairs[*r as usize]) {
                    sums[0] += pair[0];
                    sums[1] += pair[1];
                }
            }
        }
        sums
    }

    /// Rows of a sum.
    pub fn n_rows(&self, sums: &[i64]) -> i64 {
        match self.rows {
            Rows::Classes(_) => sums.iter().map(|s| rows_of(*s)).sum(),
            Rows::Numbers(_) => rows_of(sums[1]),
        }
    }

    /// How good it is to have the rows of a sum together; a split gains the children's scores minus the parent's.
    pub fn score(&self, sums: &[i64]) -> f64 {
        match self.criterion {
            Criterion::Gini => gini_score(sums, &self.factor),
            Criterion::Entropy => entropy_score(sums, &self.factor),
            Criterion::SquaredError => squares_score([sums[0], sums[1]]),
        }
    }

    /// The unit of [`Sums::score`]: times the weight for classes, times weight and squared target for numbers.
    pub fn score_unit(&self) -> f64 {
        match self.criterion {
            Criterion::SquaredError => self.residual_unit * self.residual_unit,
            _ => 1.0,
        }
    }

    /// Weight of a sum in units of [`Weights`], class factors included.
    pub fn weight(&self, sums: &[i64]) -> f64 {
        match self.criterion {
            Criterion::SquaredError => weight_of(sums[1]),
            _ => sums
                .iter()
                .zip(&self.factor)
                .map(|(s, f)| weight_of(*s) * f)
                .sum(),
        }
    }

    /// What is known of a node that holds `rows` with the sums `sums`.
    pub fn summary(&self, sums: &[i64], rows: &[u32]) -> Summary {
        let (weight, impurity, value) = match &self.rows {
            Rows::Classes(keys) => {
                let totals = match &self.exact {
                    None => sums
                        .iter()
                        .map(|s| weight_of(*s) * self.weight_unit)
                        .collect(),
                    Some(exact) => {
                        let mut totals = vec![0.0; self.width];
                        for &r in rows {
                            totals[keys[r as usize] as u32 as usize] += exact[r as usize];
                        }
                        totals
                    }
                };
                let totals: Vec<f64> = totals
                    .iter()
                    .zip(&self.factor)
                    .map(|(t, f)| t * f)
                    .collect();
                let weight: f64 = totals.iter().sum();
                let share: Vec<f64> = totals.iter().map(|t| t / weight).collect();
                (weight, self.impurity(&share), share)
            }
            Rows::Numbers(pairs) => {
                let (weight, offset) = match &self.exact {
                    None => {
                        let weight = weight_of(sums[1]);
                        let offset = sums[0] as f64 * self.residual_unit / weight;
                        (weight * self.weight_unit, offset)
                    }
                    Some(exact) => {
                        let weight: f64 = rows.iter().map(|r| exact[*r as usize]).sum();
                        let share =
                            |r: &u32| self.residual[*r as usize] * (exact[*r as usize] / weight);
                        (weight, rows.iter().map(share).sum())
                    }
                };
                let impurity = match &self.exact {
                    None => self.variance(rows, offset, weight, |r| {
                        weight_of(pairs[r][1]) * self.weight_unit
                    }),
                    Some(exact) => self.variance(rows, offset, weight, |r| exact[r]),
                };
                (weight, impurity, vec![self.mean + offset])
            }
        };
        Summary {
            n_rows: rows.len() as u64,
            weight,
            impurity,
            value,
        }
    }

    fn impurity(&self, share: &[f64]) -> f64 {
        if share.iter().filter(|p| **p > 0.0).count() < 2 {
            return 0.0;
        }
        if self.criterion == Criterion::Entropy {
            let terms = share.iter().filter(|p| **p > 0.0);
            return -terms.map(|p| p * log2(*p)).sum::<f64>();
        }
        1.0 - share.iter().map(|p| p * p).sum::<f64>()
    }

    fn variance(
        &self,
        rows: &[u32],
        offset: f64,
        weight: f64,
        weight_of: impl Fn(usize) -> f64,
    ) -> f64 {
        let (mut sum, mut low, mut high) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
        for &r in rows {
            let value = self.residual[r as usize];
            low = value.min(low);
            high = value.max(high);
            let distance = value - offset;
            sum += distance * distance * (weight_of(r as usize) / weight);
        }
        if low < high { sum } else { 0.0 }
    }
}

/// `Σ wₖ² / Σ wₖ`: the weight minus Gini impurity times weight.
#[inline(always)]
pub fn gini_score(sums: &[i64], factor: &[f64]) -> f64 {
    let (mut squares, mut weight) = (0.0, 0.0);
    for (s, f) in sums.iter().zip(factor) {
        let w = weight_of(*s) * f;
        squares += w * w;
        weight += w;
    }
    if weight > 0.0 { squares / weight } else { 0.0 }
}

/// `Σ wₖ log₂ wₖ − w log₂ w`: minus entropy times weight.
#[inline(always)]
pub fn entropy_score(sums: &[i64], factor: &[f64]) -> f64 {
    let (mut score, mut weight) = (0.0, 0.0);
    for (s, f) in sums.iter().zip(factor) {
        let w = weight_of(*s) * f;
        if w > 0.0 {
            score += w * log2(w);
        }
        weight += w;
    }
    if weight > 0.0 {
        score - weight * log2(weight)
    } else {
        0.0
    }
}

/// `(Σ r)² / w`: a constant minus squared error times weight.
#[inline(always)]
pub fn squares_score(sums: [i64; 2]) -> f64 {
    let (sum, weight) = (sums[0] as f64, weight_of(sums[1]));
    if weight > 0.0 {
        sum * sum / weight
    } else {
        0.0
    }
}

/// Binary logarithm of a positive normal number: the same bits natively and in the browser.
///
/// `x = 2^e · m` with `m` within `√2` of 1, and `ln m = 2 artanh((m − 1)/(m + 1))` by its series.
pub fn log2(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut m = f64::from_bits(bits & 0x000F_FFFF_FFFF_FFFF | 1023 << 52);
    if m > std::f64::consts::SQRT_2 {
        m *= 0.5;
        exponent += 1;
    }
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let mut p = 1.0 / 21.0;
    for odd in [19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0] {
        p = p * z + 1.0 / odd;
    }
    exponent as f64 + 2.0 * s * p * LOG2_E
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_agree_with_the_standard_library() {
        for i in 1..20_000u32 {
            for x in [f64::from(i), f64::from(i) / 20_000.0] {
                let want = x.log2();
                assert!((log2(x) - want).abs() <= 4e-16 * want.abs().max(1.0), "{x}");
            }
        }
        assert_eq!(log2(1.0), 0.0);
        assert_eq!(log2(1024.0), 10.0);
    }

    #[test]
    fn impurities_are_those_of_their_definitions() {
        let codes = [0, 1, 1, 2, 2, 2];
        let rows = [0, 1, 2, 3, 4, 5];
        let of = |criterion| {
            let sums = Sums::classes(&codes, &Weights::ones(6), vec![1.0; 3], criterion);
            sums.summary(&sums.total(&rows), &rows)
        };
        let gini = of(Criterion::Gini);
        assert!((gini.impurity - (1.0 - (1.0 + 4.0 + 9.0) / 36.0)).abs() < 1e-15);
        assert_eq!((gini.n_rows, gini.weight), (6, 6.0));
        let want = [1.0f64, 2.0, 3.0].map(|k| -k / 6.0 * (k / 6.0).log2());
        let want: f64 = want.iter().sum();
        assert!((of(Criterion::Entropy).impurity - want).abs() < 1e-15);
        let y = [1e6, 1e6 + 1.0, 1e6 + 3.0];
        let sums = Sums::numbers(&y, &Weights::new(&[1.0, 0.5, 0.25]));
        let s = sums.summary(&sums.total(&[0, 1, 2]), &[0, 1, 2]);
        let mean = (0.5 + 0.75) / 1.75;
        let want =
            (mean * mean + 0.5 * (1.0f64 - mean).powi(2) + 0.25 * (3.0f64 - mean).powi(2)) / 1.75;
        assert!((s.value[0] - 1e6 - mean).abs() < 1e-8 && (s.impurity - want).abs() < 1e-7);
        assert!((s.weight - 1.75).abs() < 1e-9);
        assert_eq!(sums.summary(&sums.total(&[1]), &[1]).impurity, 0.0);
    }

    #[test]
    fn odd_weights_and_targets_stay_within_their_fields() {
        let weights = Weights::new(&[1e-300, 1.0, 1e300]);
        let sums = Sums::classes(&[0, 1, 1], &weights, vec![1.0; 2], Criterion::Gini);
        let total = sums.total(&[0, 1, 2]);
        assert!(total.iter().all(|s| *s > 0) && sums.n_rows(&total) == 3);
        for y in [[1e-310, 0.0], [1e149, -1e149], [0.0, 0.0]] {
            let sums = Sums::numbers(&y, &Weights::ones(2));
            let s = sums.summary(&sums.total(&[0]), &[0]);
            assert!(s.value[0].is_finite(), "{y:?}");
        }
    }
}
