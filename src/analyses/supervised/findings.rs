//! What the numbers say, as sentences.
use super::train::Fitted;
use crate::base::order::Ordered;
use crate::{
    base::Result,
    charts::{CalibrationBin, Importance},
    evaluate::{
        bootstrap::paired_p_value,
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
    let p_value =
        |rival: &Fitted| delong_test(truth, &best.scores, &rival.scores).map(|c| c.p_value);
    out.extend(compared(best, others, &p_value)?);
    out.extend(drivers(importance));
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

/// Whether another learner is as good as the best, where `p_value` is that of no difference.
fn compared(
    best: &Fitted,
    others: &[Fitted],
    p_value: &dyn Fn(&Fitted) -> Result<f64>,
) -> Result<Option<Sentence>> {
    let rivals: Vec<&Fitted> = others.iter().filter(|f| !f.is_baseline()).collect();
    let mut simpler: Option<&Fitted> = None;
    let mut clear = !rivals.is_empty();
    for rival in &rivals {
        if p_value(rival)? < CLOSE {
            continue;
        }
        clear = false;
        if rival.learner.complexity < best.learner.complexity
            && simpler.is_none_or(|s| rival.learner.complexity < s.learner.complexity)
        {
            simpler = Some(rival);
        }
    }
    let best = best.learner.id.to_owned();
    Ok(match simpler {
        Some(simpler) => Some(Sentence::CloseRace {
            best,
            simpler: simpler.learner.id.to_owned(),
        }),
        None => clear.then_some(Sentence::ClearWinner { best }),
    })
}

/// The same by the losses of each row, less being better.
pub(super) fn race(
    best: &Fitted,
    others: &[Fitted],
    losses: &dyn Fn(&Fitted) -> Vec<f64>,
) -> Option<Sentence> {
    let own = losses(best);
    let p_value = |rival: &Fitted| Ok(paired_p_value(&own, &losses(rival)));
    compared(best, others, &p_value).ok().flatten()
}

/// The columns that stand out from the noise of their own shuffling.
pub(super) fn drivers(importance: &Importance) -> Option<Sentence> {
    let drivers = importance
        .rows
        .iter()
        .filter(|r| r.mean > 2.0 * r.sd && r.mean > 0.0);
    let columns: Vec<String> = drivers.take(N_DRIVERS).map(|r| r.column.clone()).collect();
    (!columns.is_empty()).then_some(Sentence::Drivers { columns })
}
