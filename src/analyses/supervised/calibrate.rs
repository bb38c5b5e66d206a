//! Makes the probabilities of the best learner happen, where that is worth it, and says what came of it.
//!
//! What is done is chosen on the training part alone, from predictions of the folds of the search; the held-out part then
//! shows what became of it, for better or worse. The other learners stay as they are: they are there to be compared, and
//! every correction but one that levels scores leaves their order alone.
use super::{
    options::SplitBy,
    request::{Data, Request},
    search::Found,
    train::Fitted,
};
use crate::{
    base::{Result, Run, Stage, Train, Unit},
    charts::{CalibrationBin, Figure},
    evaluate::{
        calibrate::{Choice, Held, Method, choose},
        calibration::{BrierParts, calibration_bins, expected_calibration_error},
        importance::mean_sd,
        metrics::{brier_score, log_loss},
        search::{PrepareFold, out_of_fold},
    },
    learn::Calibration,
    report::{Metric, Report, ReportTable, Sentence},
};

/// Groups of similar predictions, as in the figure.
const N_BINS: usize = 10;

/// What is asked for: a method, or whichever is worth it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Auto,
    One(Method),
}

impl Wish {
    /// Of an option of the parameter `calibrate`.
    pub(super) fn parse(id: &str) -> Self {
        let named = Method::ALL.into_iter().find(|m| m.id() == id);
        named.map_or(Self::Auto, Self::One)
    }
}

/// The correction for the winner of the search; `fitted` has it with what takes back its resampling, which comes first.
/// `None` when probabilities are to stay.
///
/// # Errors
/// Those of fitting on folds, and of the method asked for.
pub(super) async fn choice(
    request: &Request,
    train: &Train<Data>,
    found: &Found,
    fitted: &[Fitted],
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Option<Choice>> {
    let wanted = match request.options.calibrate {
        Wish::Auto => None,
        Wish::One(Method::None) => return Ok(None),
        Wish::One(method) => Some(method),
    };
    let winner = found.searched.winner()?.candidate.clone();
    let Some(fitted) = fitted.iter().find(|f| f.learner.id == winner.learner.id) else {
        return Ok(None);
    };
    // It fits on folds once more; the search is over all the same.
    run.mute(Some(Stage::Searching));
    let held = out_of_fold(&winner, &found.folds, prepare, run).await;
    run.mute(None);
    let mut held = held?;
    for row in &mut held.proba {
        fitted.calibration.apply_row(row);
    }
    let sizes: Vec<usize> = found.folds.folds().iter().map(|f| f.test.len()).collect();
    let rows = Held {
        codes: &held.codes(&train.get().codes)?,
        proba: &held.proba,
        n_classes: request.classes.len(),
    };
    let forward = request.options.split == SplitBy::Time;
    choose(rows, &sizes, forward, wanted, run).map(Some)
}

/// A correction, done.
pub(super) struct Corrected {
    choice: Choice,
    was_asked: bool,
    /// Held-out probabilities without it.
    before: Vec<f64>,
}

impl Corrected {
    /// Corrects `best`, whose held-out rows have been scored without.
    pub(super) fn new(request: &Request, choice: Choice, best: &mut Fitted) -> Self {
        let before = best.scores.clone();
        if choice.method != Method::None {
            for p in &mut best.scores {
                *p = choice.calibration.apply(*p);
            }
            let first = std::mem::replace(&mut best.calibration, Calibration::None);
            best.calibration = first.then(choice.calibration.clone());
        }
        Self {
            choice,
            was_asked: request.options.calibrate != Wish::Auto,
            before,
        }
    }

    /// Adds what was chosen, what it did on the held-out part, and both curves.
    fn add_to(&self, report: &mut Report, after: &[f64], truth: &[bool]) -> Result<()> {
        let bins = calibration_bins(truth, &self.before, N_BINS)?;
        let method = self.choice.method;
        report.tables.push((
            "calibration_methods".to_owned(),
            self.methods(after, truth)?,
        ));
        if method == Method::None {
            if !self.was_asked {
                report.sentences.push(Sentence::CalibrationKept);
            }
            return Ok(());
        }
        let of = |p: &[f64]| -> Result<(f64, f64)> {
            let error = expected_calibration_error(&calibration_bins(truth, p, N_BINS)?);
            Ok((brier_score(truth, p, None)?, error))
        };
        let (was, is) = (of(&self.before)?, of(after)?);
        report.sentences.push(Sentence::CalibrationApplied {
            method: method.id().to_owned(),
            brier_before: was.0,
            brier_after: is.0,
            error_before: was.1,
            error_after: is.1,
            helped: helped(&self.before, after, truth),
        });
        for (_, figure) in &mut report.figures {
            if let Figure::Calibration(figure) = figure {
                figure.before = bins.clone();
            }
        }
        Ok(())
    }

    /// What each method promised on folds, and what was chosen; held-out losses of what came before and after.
    fn methods(&self, after: &[f64], truth: &[bool]) -> Result<ReportTable> {
        let judged = &self.choice.judged;
        let number = |of: &dyn Fn(usize) -> f64| (0..judged.len()).map(of).collect::<Vec<f64>>();
        let chosen = |i: usize| judged[i].method == self.choice.method;
        let verdict = |i: usize| if chosen(i) { "chosen" } else { "left_out" };
        let losses = |p: &[f64]| -> Result<(f64, f64)> {
            Ok((log_loss(truth, p, None)?, brier_score(truth, p, None)?))
        };
        let (was, is) = (losses(&self.before)?, losses(after)?);
        // Of those not chosen nothing is shown there: what they would have done is no reason to take them.
        let tested = |i: usize| match judged[i].method {
            _ if chosen(i) => is,
            Method::None => was,
            _ => (f64::NAN, f64::NAN),
        };
        Ok(ReportTable::default()
            .text("method", judged.iter().map(|j| j.method.id()).collect())
            .number("cv_log_loss", number(&|i| judged[i].log_loss))
            .number("cv_brier_score", number(&|i| judged[i].brier_score))
            .number("gain", number(&|i| judged[i].gain))
            .number("standard_error", number(&|i| judged[i].gain_error))
            .number("test_log_loss", number(&|i| tested(i).0))
            .number("test_brier_score", number(&|i| tested(i).1))
            .text("verdict", (0..judged.len()).map(verdict).collect()))
    }
}

/// Whether the squared distance of held-out rows fell (or rose) by more than its standard error, over the rows in pairs;
/// `None` when it can not be told.
fn helped(before: &[f64], after: &[f64], truth: &[bool]) -> Option<bool> {
    let square = |p: f64, y: bool| (p - f64::from(u8::from(y))).powi(2);
    let rows = before.iter().zip(after).zip(truth);
    let falls: Vec<f64> = rows
        .map(|((b, a), y)| square(*b, *y) - square(*a, *y))
        .collect();
    let (mean, sd) = mean_sd(&falls);
    let error = sd / (falls.len().max(1) as f64).sqrt();
    (mean.abs() > error).then_some(mean > 0.0)
}

/// Adds how far the probabilities of `best` can be trusted on the held-out part: ECE, the parts of the Brier score, the
/// groups of the figure as a table; and what a correction did.
pub(super) fn add_to(
    report: &mut Report,
    best: &Fitted,
    corrected: Option<&Corrected>,
    truth: &[bool],
) -> Result<()> {
    let after = best.scores.as_slice();
    let bins = calibration_bins(truth, after, N_BINS)?;
    let parts = BrierParts::new(truth, after, N_BINS)?;
    let values = [
        ("ece", expected_calibration_error(&bins)),
        ("brier_reliability", parts.reliability),
        ("brier_resolution", parts.resolution),
        ("brier_uncertainty", parts.uncertainty),
    ];
    report
        .metrics
        .extend(values.map(|(key, value)| number(key, value)));
    let mut groups = Vec::new();
    match corrected {
        Some(c) if c.choice.method != Method::None => {
            groups.push(("none", calibration_bins(truth, &c.before, N_BINS)?));
            groups.push((c.choice.method.id(), bins));
        }
        _ => groups.push(("none", bins)),
    }
    let table = table(&groups);
    report.tables.push(("calibration".to_owned(), table));
    match corrected {
        Some(corrected) => corrected.add_to(report, after, truth),
        None => Ok(()),
    }
}

fn number(key: &str, value: f64) -> Metric {
    Metric {
        key: key.to_owned(),
        value,
        interval: None,
        unit: Unit::None,
    }
}

/// A row per group of similar predictions, by method.
fn table(groups: &[(&str, Vec<CalibrationBin>)]) -> ReportTable {
    let all: Vec<(&str, usize, &CalibrationBin)> = groups
        .iter()
        .flat_map(|(method, bins)| bins.iter().enumerate().map(|(i, b)| (*method, i, b)))
        .collect();
    let number = |of: &dyn Fn(&CalibrationBin) -> f64| {
        let values = all.iter().map(|(_, _, b)| of(b));
        values.collect::<Vec<f64>>()
    };
    ReportTable::default()
        .text("method", all.iter().map(|(m, _, _)| *m).collect())
        .number("bin", all.iter().map(|(_, i, _)| *i as f64 + 1.0).collect())
        .number("predicted", number(&|b| b.predicted))
        .number("observed", number(&|b| b.observed))
        .number("low", number(&|b| b.low))
        .number("high", number(&|b| b.high))
        .number("n", number(&|b| b.count as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_said_only_where_it_can_be_told() {
        let truth: Vec<bool> = (0..200).map(|i| i % 5 == 0).collect();
        let (bold, fair) = (vec![0.5; 200], vec![0.2; 200]);
        assert_eq!(helped(&bold, &fair, &truth), Some(true));
        assert_eq!(helped(&fair, &bold, &truth), Some(false));
        assert_eq!(helped(&fair, &[0.21; 200], &truth), None);
        assert_eq!(helped(&fair, &fair, &truth), None);
        assert_eq!(Wish::parse("beta"), Wish::One(Method::Beta));
        assert_eq!(Wish::parse("auto"), Wish::Auto);
    }
}
