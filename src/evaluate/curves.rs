//! ROC and precision-recall curves with scikit-learn's points, and thinner ones to draw.
use super::metrics::Ranked;
use crate::charts::{PrecisionRecallSeries, RocSeries};

/// Most points a drawn curve has.
pub const MAX_POINTS: usize = 1_000;

/// Points of a ROC curve.
#[derive(Debug, Clone, PartialEq)]
pub struct RocCurve {
    /// False positive rate, rising from 0.
    pub fpr: Vec<f64>,
    /// True positive rate, rising from 0.
    pub tpr: Vec<f64>,
    /// Score at or above which a row counts as positive; the first is infinite.
    pub thresholds: Vec<f64>,
}

/// The ROC curve; with `drop_intermediate` without points that lie on the line between their neighbours.
pub fn roc_curve(ranked: &Ranked, drop_intermediate: bool) -> RocCurve {
    let n = ranked.thresholds.len();
    let bends = |v: &[f64], i: usize| v[i + 1] - 2.0 * v[i] + v[i - 1] != 0.0;
    let keep = |i: usize| {
        !drop_intermediate || i == 0 || i + 1 == n || bends(&ranked.fps, i) || bends(&ranked.tps, i)
    };
    let mut out = RocCurve {
        fpr: vec![0.0],
        tpr: vec![0.0],
        thresholds: vec![f64::INFINITY],
    };
    for i in (0..n).filter(|&i| keep(i)) {
        out.fpr.push(ranked.fps[i] / ranked.n_negative());
        out.tpr.push(ranked.tps[i] / ranked.n_positive());
        out.thresholds.push(ranked.thresholds[i]);
    }
    out
}

/// Points of a precision-recall curve.
#[derive(Debug, Clone, PartialEq)]
pub struct PrecisionRecallCurve {
    /// Precision; the last is 1.
    pub precision: Vec<f64>,
    /// Recall, falling to 0.
    pub recall: Vec<f64>,
    /// Score at or above which a row counts as positive, rising; one shorter.
    pub thresholds: Vec<f64>,
}

/// The precision-recall curve.
pub fn precision_recall_curve(ranked: &Ranked) -> PrecisionRecallCurve {
    let n = ranked.thresholds.len();
    let mut out = PrecisionRecallCurve {
        precision: Vec::with_capacity(n + 1),
        recall: Vec::with_capacity(n + 1),
        thresholds: Vec::with_capacity(n),
    };
    for i in (0..n).rev() {
        let (tp, fp) = (ranked.tps[i], ranked.fps[i]);
        out.precision.push(tp / (tp + fp));
        out.recall.push(tp / ranked.n_positive());
        out.thresholds.push(ranked.thresholds[i]);
    }
    out.precision.push(1.0);
    out.recall.push(0.0);
    out
}

/// The ROC curve to draw: at most [`MAX_POINTS`] points, the area from all of them.
pub fn roc_series(learner: &str, ranked: &Ranked) -> RocSeries {
    let full = roc_curve(ranked, true);
    let way: Vec<f64> = full.fpr.iter().zip(&full.tpr).map(|(a, b)| a + b).collect();
    let kept = spread(&way, MAX_POINTS);
    RocSeries {
        learner: learner.to_owned(),
        roc_auc: ranked.roc_auc(),
        fpr: pick(&full.fpr, &kept),
        tpr: pick(&full.tpr, &kept),
        thresholds: pick(&full.thresholds, &kept),
    }
}

/// The precision-recall curve to draw: at most [`MAX_POINTS`] points, the average precision from all of them.
pub fn precision_recall_series(learner: &str, ranked: &Ranked) -> PrecisionRecallSeries {
    let full = precision_recall_curve(ranked);
    let way: Vec<f64> = full.recall.iter().map(|r| 1.0 - r).collect();
    let mut kept = spread(&way, MAX_POINTS - 1);
    // The closing point has no threshold; the one before it must stay for the lengths to agree.
    let last = full.thresholds.len() - 1;
    if !kept.contains(&last) {
        kept.insert(kept.len() - 1, last);
    }
    PrecisionRecallSeries {
        learner: learner.to_owned(),
        average_precision: ranked.average_precision(),
        precision: pick(&full.precision, &kept),
        recall: pick(&full.recall, &kept),
        thresholds: pick(&full.thresholds, &kept[..kept.len() - 1]),
    }
}

fn pick(values: &[f64], at: &[usize]) -> Vec<f64> {
    at.iter().map(|&i| values[i]).collect()
}

/// Indices of at most `limit` places evenly spread along a way that never falls; first and last included.
fn spread(way: &[f64], limit: usize) -> Vec<usize> {
    let n = way.len();
    if n <= limit {
        return (0..n).collect();
    }
    let stride = (way[n - 1] - way[0]) / (limit - 2) as f64;
    let mut kept = vec![0];
    let mut at = way[0];
    for (i, &w) in way.iter().enumerate().take(n - 1).skip(1) {
        if w - at >= stride {
            kept.push(i);
            at = w;
        }
    }
    kept.push(n - 1);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_curves_are_thinned_without_moving_the_area() {
        let n = 50_000u32;
        let score: Vec<f64> = (0..n)
            .map(|i| f64::from(i.wrapping_mul(2_654_435_761) >> 8))
            .collect();
        let y: Vec<bool> = (0..n)
            .map(|i| {
                f64::from(i.wrapping_mul(2_654_435_761) >> 8) + f64::from(i % 97) * 1e5 > 1.2e7
            })
            .collect();
        let ranked = Ranked::new(&y, &score, None).unwrap();
        let roc = roc_series("x", &ranked);
        assert!(
            roc.fpr.len() <= MAX_POINTS && roc.fpr.len() > 300,
            "{}",
            roc.fpr.len()
        );
        assert_eq!(roc.roc_auc, ranked.roc_auc());
        let drawn: f64 = (1..roc.fpr.len())
            .map(|i| (roc.fpr[i] - roc.fpr[i - 1]) * (roc.tpr[i] + roc.tpr[i - 1]) * 0.5)
            .sum();
        assert!((drawn - roc.roc_auc).abs() < 1e-3);
        let pr = precision_recall_series("x", &ranked);
        assert!(pr.recall.len() <= MAX_POINTS);
        assert_eq!(pr.thresholds.len() + 1, pr.recall.len());
        assert_eq!((pr.recall[0], pr.recall[pr.recall.len() - 1]), (1.0, 0.0));
        assert!(pr.recall.windows(2).all(|w| w[0] >= w[1]));
    }

    #[test]
    fn one_threshold_is_enough() {
        let ranked = Ranked::new(&[true, false], &[0.5, 0.5], None).unwrap();
        assert_eq!(roc_curve(&ranked, true).fpr, [0.0, 1.0]);
        let pr = precision_recall_series("x", &ranked);
        assert_eq!((pr.recall, pr.thresholds), (vec![1.0, 0.0], vec![0.5]));
    }
}
