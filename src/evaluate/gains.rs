//! How many of those who left stand at the top of a ranking: cumulative gains, lift, deciles.
//!
//! With `n` rows of which `P` are positive and `tpₖ` positives among the first `k`: the gain is `tpₖ / P`, the lift
//! `(tpₖ / P) / (k / n)`. Rows of equal scores stand in the order of the file.
//!
//! Source: Vuk & Curk (2006), ROC curve, lift chart and calibration plot, Metodološki zvezki 3(1), section 3.
use super::{
    interval::wilson,
    ranking::{self, Of},
    same_length, target,
};
use crate::{
    base::{Result, Run, TargetReason},
    charts::{Depths, Gains, Lift},
};

/// Depths of the figures, beside none.
const N_DEPTHS: u64 = 100;
const N_DECILES: usize = 10;

/// One tenth of the rows, the riskiest first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decile {
    /// Rows.
    pub n: u64,
    /// Those of them that are positive.
    pub positives: u64,
    /// Share of positives.
    pub rate: f64,
    /// Lower end of its 95 % Wilson interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Share of positives over that of all rows.
    pub lift: f64,
    /// Share of all positives in this tenth and those before.
    pub cumulative_gain: f64,
}

fn order(truth: &[bool], proba: &[f64]) -> Result<(Vec<u32>, f64)> {
    same_length("scores", truth.len(), proba.len())?;
    let n_positive = truth.iter().filter(|t| **t).count();
    if n_positive == 0 {
        return Err(target(TargetReason::NoPositive));
    }
    let order = ranking::ranked(|i| proba[i], proba.len(), "probability")?;
    Ok((order, n_positive as f64))
}

/// The figures of gains and of lift, with 95 % intervals by the bootstrap; `stream` names the randomness.
///
/// # Errors
/// [`crate::base::Error::Shape`] when lengths disagree; [`crate::base::Error::Target`] without positives;
/// [`crate::base::Error::Param`] for a score that is not finite; [`crate::base::Error::Cancelled`].
pub fn gains(truth: &[bool], proba: &[f64], stream: u64, run: &Run<'_>) -> Result<(Gains, Lift)> {
    let (order, n_positive) = order(truth, proba)?;
    let n = order.len();
    let values: Vec<f64> = order
        .iter()
        .map(|i| f64::from(u8::from(truth[*i as usize])))
        .collect();
    let steps = N_DEPTHS.min(n as u64);
    let mut depths: Vec<u64> = (0..=steps)
        .map(|i| (i as f64 / steps as f64 * n as f64).round() as u64)
        .collect();
    depths.dedup();
    let mut rng = run.rng(stream);
    let (low, high) = ranking::interval(&values, &depths, Of::Share, &mut rng, run)?;
    let found = ranking::sums(values.into_iter(), &depths);
    let gains = Depths {
        share: depths.iter().map(|d| *d as f64 / n as f64).collect(),
        value: found.iter().map(|f| f / n_positive).collect(),
        low,
        high,
    };
    // Of no rows there is no lift.
    let over = |v: &[f64]| {
        let pairs = v.iter().zip(&gains.share).skip(1);
        pairs.map(|(v, s)| v / s).collect()
    };
    let lift = Depths {
        share: gains.share.iter().skip(1).copied().collect(),
        value: over(&gains.value),
        low: over(&gains.low),
        high: over(&gains.high),
    };
    let base_rate = n_positive / n as f64;
    Ok((
        Gains {
            depths: gains,
            base_rate,
        },
        Lift { depths: lift },
    ))
}

/// Tenths of the rows by falling score; the first ones have a row more where ten does not divide. Fewer than ten rows make
/// as many groups of one.
///
/// # Errors
/// As [`gains`].
pub fn deciles(truth: &[bool], proba: &[f64]) -> Result<Vec<Decile>> {
    let (order, n_positive) = order(truth, proba)?;
    let n = order.len();
    let groups = N_DECILES.min(n);
    let overall = n_positive / n as f64;
    let (mut rest, mut found) = (order.as_slice(), 0.0);
    let mut out = Vec::with_capacity(groups);
    for i in 0..groups {
        let size = n / groups + usize::from(i < n % groups);
        let (group, after) = rest.split_at(size.min(rest.len()));
        rest = after;
        let positives = group.iter().filter(|i| truth[**i as usize]).count() as f64;
        let (low, high) = wilson(positives, size as f64);
        found += positives;
        let rate = positives / size as f64;
        out.push(Decile {
            n: size as u64,
            positives: positives as u64,
            rate,
            low,
            high,
            lift: rate / overall,
            cumulative_gain: found / n_positive,
        });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;

    #[test]
    fn a_case_by_hand() {
        // 12 rows; those who left are the first, second, fifth and ninth of the ranking.
        let proba: Vec<f64> = (0..12).map(|i| 1.0 - f64::from(i) / 12.0).collect();
        let truth: Vec<bool> = (0..12).map(|i| [0, 1, 4, 8].contains(&i)).collect();
        let tenths = deciles(&truth, &proba).unwrap();
        let got: Vec<(u64, u64)> = tenths.iter().map(|d| (d.n, d.positives)).collect();
        let rest = [
            (1, 1),
            (1, 0),
            (1, 0),
            (1, 0),
            (1, 1),
            (1, 0),
            (1, 0),
            (1, 0),
        ];
        assert_eq!(got[..2], [(2, 2), (2, 0)]);
        assert_eq!(got[2..], rest);
        assert_eq!((tenths[0].rate, tenths[0].lift), (1.0, 3.0));
        assert_eq!(
            (tenths[2].cumulative_gain, tenths[6].cumulative_gain),
            (0.75, 1.0)
        );
        let mut quiet = Quiet;
        let run = Run::new(&mut quiet, 7);
        let (gains, lift) = gains(&truth, &proba, 1, &run).unwrap();
        assert_eq!(gains.depths.value[..3], [0.0, 0.25, 0.5]);
        assert_eq!(lift.depths.value[0], 3.0);
        assert_eq!(lift.depths.value[11], 1.0);
        for (d, one) in [(&gains.depths, 1.0), (&lift.depths, 1.0)] {
            assert_eq!(d.value.last(), Some(&one));
            for i in 0..d.value.len() {
                assert!(d.low[i] <= d.value[i] + 1e-12 && d.value[i] <= d.high[i] + 1e-12);
            }
        }
        assert_eq!(deciles(&[false], &[0.1]).unwrap_err().code(), "target");
        assert_eq!(deciles(&[true], &[]).unwrap_err().code(), "shape");
    }
}
