//! The vocabulary of health scores that page and engine share: parts, weights, bands.
use super::{Error, ParamReason, Result};

/// Name of the parameter: a map of `parts` (column to part) and `weights` (part to number).
pub const HEALTH: &str = "health";

/// The parts of a health score, in the order in which they are shown.
pub const HEALTH_PARTS: &[&str] = &[
    "usage",
    "support",
    "billing",
    "sentiment",
    "engagement",
    "other",
];

/// Where the bands of health begin, poor ones first; each goes up to the next. Half of the scale is the middle of the
/// customers that were learned from.
pub const HEALTH_BANDS: [(&str, f64); 3] = [("poor", 0.0), ("watch", 40.0), ("good", 60.0)];

/// The band of a health.
pub fn health_band(health: f64) -> &'static str {
    let [(poor, _), (watch, from_watch), (good, from_good)] = HEALTH_BANDS;
    if health >= from_good {
        good
    } else if health >= from_watch {
        watch
    } else {
        poor
    }
}

/// Refuses weights that make no score.
///
/// # Errors
/// [`Error::Param`] naming `health.weights.PART` where the part is not one of [`HEALTH_PARTS`] or the weight is negative,
/// `health.weights` where all of several are 0.
pub fn check_health_weights(weights: &[(String, f64)]) -> Result<()> {
    let refused = |part: &str, reason| {
        let path = [HEALTH, "weights", part].join(".");
        Err(Error::Param {
            param: path.trim_end_matches('.').to_owned().into(),
            reason,
        })
    };
    for (part, weight) in weights {
        if !HEALTH_PARTS.contains(&part.as_str()) {
            let options = HEALTH_PARTS.iter().map(|p| (*p).to_owned()).collect();
            return refused(part, ParamReason::NotAChoice { options });
        }
        let (min, max) = (0.0, 1e6);
        if !(min..=max).contains(weight) {
            return refused(part, ParamReason::OutOfRange { min, max });
        }
    }
    let is_nothing = weights.iter().all(|(_, w)| *w == 0.0);
    if !weights.is_empty() && is_nothing {
        return refused("", ParamReason::Required);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_begin_where_they_say() {
        for (i, (id, from)) in HEALTH_BANDS.iter().enumerate() {
            assert_eq!(health_band(*from), *id);
            let next = HEALTH_BANDS.get(i + 1).map_or(100.0, |n| n.1.next_down());
            assert_eq!(health_band(next), *id);
        }
    }
}
