//! From the unit of a model's sums to that of its answer.
//!
//! A row differs from the one it is compared with by `Δz` in a sum and by `Δp` in the answer. With one sum every contribution
//! is multiplied by `Δp / Δz`, as the package `shap` does for probabilities; where both are 0 by the slope there. With a sum per
//! class each sum's contributions are multiplied by the mean slope `∫₀¹ ∂p/∂zₘ dt` on the straight way between the two rows, whose
//! products with `Δzₘ` sum to `Δp` (Aumann & Shapley 1974, Values of non-atomic games; for one sum it is the same rule).
//! A correction of probabilities is followed by the ratio of the differences after and before it. As a correction may be steep
//! or jump, the factor is bounded; what is then left over is divided by the size of the contributions.
use super::form::{Link, softmax};

/// Bounds of the factor with a correction, for sums that are log-odds and for those that are probabilities.
const MOST: [f64; 2] = [1.0, 10.0];

/// Nodes and weights on 0 to 1 of Gauss and Legendre's rule for 8 points.
const RULE: [(f64, f64); 8] = [
    (0.019_855_071_751_231_912, 0.050_614_268_145_188_13),
    (0.101_666_761_293_186_63, 0.111_190_517_226_687_2),
    (0.237_233_795_041_835_5, 0.156_853_322_938_943_64),
    (0.408_282_678_752_175_1, 0.181_341_891_689_181),
    (0.591_717_321_247_825, 0.181_341_891_689_181),
    (0.762_766_204_958_164_5, 0.156_853_322_938_943_64),
    (0.898_333_238_706_813_4, 0.111_190_517_226_687_2),
    (0.980_144_928_248_768_1, 0.050_614_268_145_188_13),
];

/// Where a row stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The model's sums.
    pub sums: &'a [f64],
    /// Its answer before a correction.
    pub raw: f64,
    /// Its answer.
    pub value: f64,
}

/// A factor per sum, into `factors`; the part of the difference that the factors do not account for.
pub(super) fn factors(
    link: Link,
    corrected: bool,
    from: Place<'_>,
    to: Place<'_>,
    factors: &mut [f64],
) -> f64 {
    let change = to.value - from.value;
    if let ([factor], [a], [b]) = (&mut *factors, from.sums, to.sums) {
        let moved = b - a;
        *factor = match link {
            Link::Identity if !corrected => 1.0,
            // Too close for a ratio to be of use.
            _ if moved.abs() <= 1e-7 * (1.0 + a.abs()) => link.slope(0.5 * (a + b)),
            _ => change / moved,
        };
        if corrected {
            let most = MOST[usize::from(link == Link::Identity)];
            *factor = factor.clamp(-most, most);
        }
        return change - *factor * moved;
    }
    mean_slopes(link, from.sums, to.sums, to.raw - from.raw, factors);
    if corrected {
        let moved = to.raw - from.raw;
        let most = MOST[1];
        let ratio = if moved.abs() <= 1e-9 {
            1.0
        } else {
            (change / moved).clamp(-most, most)
        };
        factors.iter_mut().for_each(|f| *f *= ratio);
    }
    let accounted = factors.iter().zip(from.sums).zip(to.sums);
    change - accounted.map(|((f, a), b)| f * (b - a)).sum::<f64>()
}

/// The mean slope of one class's share along each sum, made to account for `change`.
fn mean_slopes(link: Link, from: &[f64], to: &[f64], change: f64, slopes: &mut [f64]) {
    let Link::Softmax { output } = link else {
        slopes.fill(0.0);
        return;
    };
    slopes.fill(0.0);
    let mut shares = vec![0.0; from.len()];
    for (t, weight) in RULE {
        for ((s, a), b) in shares.iter_mut().zip(from).zip(to) {
            *s = a + t * (b - a);
        }
        softmax(&mut shares);
        let own = shares.get(output).copied().unwrap_or_default();
        for (m, (slope, share)) in slopes.iter_mut().zip(&shares).enumerate() {
            *slope += weight * own * (f64::from(u8::from(m == output)) - share);
        }
    }
    // What the rule misses goes where the sums moved.
    let moves = || from.iter().zip(to).map(|(a, b)| b - a);
    let square: f64 = moves().map(|m| m * m).sum();
    let missed = change - slopes.iter().zip(moves()).map(|(s, m)| s * m).sum::<f64>();
    if square > 1e-20 {
        for (slope, m) in slopes.iter_mut().zip(moves()) {
            *slope += missed * m / square;
        }
    }
}

/// Divides `rest` among contributions by their size, evenly where all are 0.
pub(super) fn divide(rest: f64, values: &mut [f64]) {
    if rest == 0.0 {
        return;
    }
    let size: f64 = values.iter().map(|v| v.abs()).sum();
    let n = values.len().max(1) as f64;
    for v in values {
        *v += rest * if size > 0.0 { v.abs() / size } else { 1.0 / n };
    }
}
