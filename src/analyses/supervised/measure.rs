//! Everything that is measured on the held-out part, as a report.
use super::{findings, request::Request, search::Found, train::Fitted, tried};
use crate::{
    base::{Result, Unit},
    charts::{Calibration, Confusion, Importance, PrecisionRecall, Roc},
    evaluate::{
        calibration::calibration_bins,
        curves::{precision_recall_series, roc_series},
        interval::Auc,
        metrics::{self, Counts, Ranked},
        report::{ReportRow, classification_report},
        scoring::Scoring,
        thresholds::{ladder, score_histogram},
    },
    report::{Metric, Report, ReportTable},
};

const N_CALIBRATION_BINS: usize = 10;
const N_SCORE_BINS: usize = 20;

/// What every learner reached: on the folds of the search, and `tests` on the held-out part, by name.
pub(super) fn leaderboard(
    all: &[&Fitted],
    scoring: Scoring,
    tests: Vec<(String, Vec<f64>)>,
) -> ReportTable {
    let (metric, sign) = (tried::shown(scoring), tried::sign(scoring));
    let number = |of: &dyn Fn(&Fitted) -> f64| all.iter().map(|f| of(f)).collect::<Vec<f64>>();
    let ends = |f: &Fitted| f.cv_interval.map(|ends| tried::interval(scoring, ends));
    let mut table = ReportTable::default()
        .text("learner", all.iter().map(|f| f.learner.id).collect())
        .number(&format!("cv_{metric}_mean"), number(&|f| sign * f.cv_mean))
        .number(&format!("cv_{metric}_sd"), number(&|f| f.cv_sd));
    if all.iter().any(|f| f.cv_interval.is_some()) {
        let low = number(&|f| ends(f).map_or(f64::NAN, |e| e.0));
        let high = number(&|f| ends(f).map_or(f64::NAN, |e| e.1));
        table = table
            .number(&format!("cv_{metric}_low"), low)
            .number(&format!("cv_{metric}_high"), high);
    }
    for (name, values) in tests {
        table = table.number(&name, values);
    }
    table.number("fit_ms", number(&|f| f.fit_ms))
}

/// The held-out scores of every learner: ROC-AUC, and what models are compared by.
fn tests(all: &[&Fitted], truth: &[bool], scoring: Scoring) -> Result<Vec<(String, Vec<f64>)>> {
    let codes: Vec<u32> = truth.iter().map(|t| u32::from(*t)).collect();
    let mut out = Vec::new();
    for (i, scoring) in [Scoring::RocAuc, scoring].into_iter().enumerate() {
        if i > 0 && scoring == Scoring::RocAuc {
            continue;
        }
        let of = |f: &&Fitted| scoring.of_positive(&codes, &f.scores);
        let values: Vec<f64> = all.iter().map(of).collect::<Result<_>>()?;
        let values = values.into_iter().map(|v| tried::sign(scoring) * v);
        out.push((format!("test_{}", tried::shown(scoring)), values.collect()));
    }
    Ok(out)
}

/// What the search chose.
pub(super) fn chosen(all: &[&Fitted]) -> ReportTable {
    let params = |f: &&Fitted| tried::params_text(&f.params);
    ReportTable::default()
        .text("learner", all.iter().map(|f| f.learner.id).collect())
        .text("params", all.iter().map(params).collect::<Vec<_>>())
}

impl Found {
    /// Adds what the search has to show: what was tried, the score of the search as a whole, curves.
    pub(super) fn add_to(self, report: &mut Report, request: &Request) {
        let scoring = request.options.scoring;
        if let Some(nested) = self.nested {
            report.metrics.push(Metric {
                key: format!("nested_{}", tried::shown(scoring)),
                value: tried::sign(scoring) * nested.mean,
                interval: Some(tried::interval(scoring, nested.interval)),
                unit: Unit::None,
            });
        }
        let figure = tried::figure(&self.searched, scoring, request.cv);
        report.figures.push(("search".to_owned(), figure.into()));
        report.figures.extend(self.curves);
        let table = tried::table(&self.searched, scoring);
        report.tables.push(("tried".to_owned(), table));
    }
}

fn confusion_table(request: &Request, counts: &Counts) -> ReportTable {
    let [no, yes] = [request.classes[0].as_str(), request.classes[1].as_str()];
    ReportTable::default()
        .text("actual", vec![no, no, yes, yes])
        .text("predicted", vec![no, yes, no, yes])
        .number("count", vec![counts.tn, counts.fp, counts.fn_, counts.tp])
}

/// scikit-learn's classification report of class codes.
pub(super) fn report_table(
    request: &Request,
    truth: &[u32],
    predicted: &[u32],
) -> Result<ReportTable> {
    let report = classification_report(truth, predicted, request.classes.len(), None)?;
    let n = truth.len() as f64;
    // scikit-learn's layout: accuracy stands in the F1 column of a row of its own.
    let accuracy = ReportRow {
        precision: f64::NAN,
        recall: f64::NAN,
        f1: report.accuracy,
        support: n,
    };
    let mut labels: Vec<&str> = request.classes.iter().map(String::as_str).collect();
    labels.extend(["accuracy", "macro avg", "weighted avg"]);
    let rows: Vec<ReportRow> = report
        .classes
        .iter()
        .copied()
        .chain([accuracy, report.macro_avg, report.weighted_avg])
        .collect();
    Ok(ReportTable::default()
        .text("label", labels)
        .number("precision", rows.iter().map(|r| r.precision).collect())
        .number("recall", rows.iter().map(|r| r.recall).collect())
        .number("f1", rows.iter().map(|r| r.f1).collect())
        .number("support", rows.iter().map(|r| r.support).collect()))
}

pub(super) fn importance_table(importance: &Importance) -> ReportTable {
    ReportTable::default()
        .text(
            "column",
            importance.rows.iter().map(|r| r.column.as_str()).collect(),
        )
        .number(
            "importance",
            importance.rows.iter().map(|r| r.mean).collect(),
        )
        .number("sd", importance.rows.iter().map(|r| r.sd).collect())
}

/// The report of the best learner, the others beside it.
pub(super) fn report(
    request: &Request,
    best: &Fitted,
    others: &[Fitted],
    truth: &[bool],
    area: &Auc,
    importance: &Importance,
) -> Result<Report> {
    let all: Vec<&Fitted> = std::iter::once(best).chain(others).collect();
    let counts = Counts::at(truth, &best.scores, request.threshold)?;
    let predicted = best.scores.iter();
    let predicted: Vec<u32> = predicted
        .map(|p| u32::from(*p >= request.threshold))
        .collect();
    let codes: Vec<u32> = truth.iter().map(|t| u32::from(*t)).collect();
    let n = truth.len() as f64;
    let base_rate = truth.iter().filter(|t| **t).count() as f64 / n;
    let metric = |key: &str, value: f64| Metric {
        key: key.to_owned(),
        value,
        interval: None,
        unit: Unit::None,
    };
    let count = |key: &str, value: f64| Metric {
        unit: Unit::Count,
        ..metric(key, value)
    };
    let metrics = vec![
        Metric {
            interval: Some((area.low, area.high)),
            ..metric("roc_auc", area.roc_auc)
        },
        metric(
            "average_precision",
            metrics::average_precision(truth, &best.scores, None)?,
        ),
        metric("log_loss", metrics::log_loss(truth, &best.scores, None)?),
        metric(
            "brier_score",
            metrics::brier_score(truth, &best.scores, None)?,
        ),
        metric("accuracy", counts.accuracy()),
        metric("balanced_accuracy", counts.balanced_accuracy()),
        metric("precision", counts.precision()),
        metric("recall", counts.recall()),
        metric("f1", counts.f1()),
        metric("mcc", counts.mcc()),
        Metric {
            unit: Unit::Ratio,
            ..metric("base_rate", base_rate)
        },
        Metric {
            unit: Unit::Ratio,
            ..metric("threshold", request.threshold)
        },
        count("n_test", n),
    ];

    let bins = calibration_bins(truth, &best.scores, N_CALIBRATION_BINS)?;
    let curves = all.iter().filter(|f| !f.is_baseline());
    let (mut roc, mut precision_recall) = (Vec::new(), Vec::new());
    for learner in curves {
        let ranked = Ranked::new(truth, &learner.scores, None)?;
        roc.push(roc_series(learner.learner.id, &ranked));
        precision_recall.push(precision_recall_series(learner.learner.id, &ranked));
    }
    let as_count = |v: f64| v as u64;
    let confusion = Confusion {
        labels: [request.classes[0].clone(), request.classes[1].clone()],
        counts: [
            [as_count(counts.tn), as_count(counts.fp)],
            [as_count(counts.fn_), as_count(counts.tp)],
        ],
    };
    let sentences = findings::sentences(best, others, truth, area, importance, &bins, base_rate)?;
    Ok(Report {
        metrics,
        figures: vec![
            ("roc".into(), Roc { series: roc }.into()),
            (
                "precision_recall".into(),
                PrecisionRecall {
                    series: precision_recall,
                    base_rate,
                }
                .into(),
            ),
            ("calibration".into(), Calibration::new(bins).into()),
            ("confusion_matrix".into(), confusion.into()),
            ("thresholds".into(), ladder(truth, &best.scores)?.into()),
            (
                "scores".into(),
                score_histogram(Some(truth), &best.scores, N_SCORE_BINS)?.into(),
            ),
            ("importance".into(), importance.clone().into()),
        ],
        tables: vec![
            (
                "leaderboard".into(),
                leaderboard(
                    &all,
                    request.options.scoring,
                    tests(&all, truth, request.options.scoring)?,
                ),
            ),
            ("best_params".into(), chosen(&all)),
            (
                "classification_report".into(),
                report_table(request, &codes, &predicted)?,
            ),
            ("confusion_matrix".into(), confusion_table(request, &counts)),
            ("importance".into(), importance_table(importance)),
        ],
        sentences,
        ..Report::default()
    })
}
