//! What the numbers say, as sentences.
use super::train::Fitted;
use crate::base::order::Ordered;
use crate::{
    base::Result,
    charts::{CalibrationBin, Importance},
    evaluate::{
        calibration::expected_calibration_error,
        interval::{Auc, delong_test},
    },
    report::Sentence,
};

/// p-value at or above which two learners count as equally good.
const CLOSE: f64 = 0.05;
const N_DRIVERS: usize = 3;

fn top_tenth(scores: &[f64], truth: &[bool]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.order_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let n = (scores.len() / 10).max(1);
    order[..n].iter().filter(|i| truth[**i]).count() as f64 / n as f64
}

/// Findings, most important first.
pub(super) fn sentences(
    best: &Fitted,
    others: &[Fitted],
    truth: &[bool],
    area: &Auc,
    importance: &Importance,
    bins: &[CalibrationBin],
    base_rate: f64,
) -> Result<Vec<Sentence>> {
    let tested = Sentence::Tested {
        learner: best.learner.id.to_owned(),
        n_test: truth.len() as u64,
        roc_auc: area.roc_auc,
        low: area.low,
        high: area.high,
    };
    if area.low <= 0.5 {
        return Ok(vec![Sentence::NoSignal, tested]);
    }
    let mut out = vec![
        Sentence::TopTenth {
            precision: top_tenth(&best.scores, truth),
            base_rate,
        },
        tested,
    ];
    let rivals: Vec<&Fitted> = others.iter().filter(|f| !f.is_baseline()).collect();
    if !rivals.is_empty() {
        let mut simpler: Option<&Fitted> = None;
        let mut clear = true;
        for rival in &rivals {
            if delong_test(truth, &best.scores, &rival.scores)?.p_value < CLOSE {
                continue;
            }
            clear = false;
            if rival.learner.complexity < best.learner.complexity
                && simpler.is_none_or(|s| rival.learner.complexity < s.learner.complexity)
            {
                simpler = Some(rival);
            }
        }
        if let Some(simpler) = simpler {
            out.push(Sentence::CloseRace {
                best: best.learner.id.to_owned(),
                simpler: simpler.learner.id.to_owned(),
            });
        } else if clear {
            out.push(Sentence::ClearWinner {
                best: best.learner.id.to_owned(),
            });
        }
    }
    // A driver stands out from the noise of its own shuffling.
    let drivers = importance
        .rows
        .iter()
        .filter(|r| r.mean > 2.0 * r.sd && r.mean > 0.0);
    let columns: Vec<String> = drivers.take(N_DRIVERS).map(|r| r.column.clone()).collect();
    if !columns.is_empty() {
        out.push(Sentence::Drivers { columns });
    }
    let n_off = bins
        .iter()
        .filter(|b| b.predicted < b.low || b.predicted > b.high)
        .count() as u64;
    out.push(Sentence::Calibrated {
        error: expected_calibration_error(bins),
        n_off,
        n_bins: bins.len() as u64,
    });
    Ok(out)
}
