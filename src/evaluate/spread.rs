//! How numbers spread, as a figure.
use crate::charts::Histogram;

/// Rows in `n_bins` equal bins from the smallest to the largest finite value; no bin without one.
pub fn histogram(values: &[f64], n_bins: usize) -> Histogram {
    let finite = || values.iter().copied().filter(|v| v.is_finite());
    let low = finite().fold(f64::INFINITY, f64::min);
    let high = finite().fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        return Histogram {
            edges: Vec::new(),
            counts: Vec::new(),
        };
    }
    let n_bins = n_bins.max(1);
    // One value alone gets a bin of some width, which no value of its size is too large for.
    let width = if high > low {
        (high - low) / n_bins as f64
    } else {
        (low.abs() * 1e-3).max(1.0) / n_bins as f64
    };
    let mut counts = vec![0_u64; n_bins];
    for v in finite() {
        let bin = (((v - low) / width) as usize).min(n_bins - 1);
        if let Some(n) = counts.get_mut(bin) {
            *n += 1;
        }
    }
    Histogram {
        edges: (0..=n_bins).map(|i| low + width * i as f64).collect(),
        counts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finite_value_is_counted_once() {
        let got = histogram(&[0.0, 1.0, 4.0, 2.0, f64::NAN, f64::INFINITY, 3.9], 4);
        assert_eq!(got.edges, [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(got.counts, [1, 1, 1, 2]);
        assert_eq!(histogram(&[7.0; 3], 2).counts, [3, 0]);
        assert!(histogram(&[f64::NAN], 3).edges.is_empty());
        let wide = histogram(&[-1e300, 1e300], 2);
        assert_eq!(wide.counts.iter().sum::<u64>(), 2);
    }
}
