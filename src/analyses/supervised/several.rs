//! What is measured on the held-out part with more than two classes, as a report.
use super::{
    findings::{drivers, race},
    measure::{chosen, importance_table, leaderboard, report_table},
    request::{Data, Request},
    train::Fitted,
    tried,
};
use crate::{
    base::{Result, Run, Unit, Warning},
    charts::{Calibration, ConfusionClasses, Importance, Roc},
    evaluate::{
        bootstrap::auc_ovr_interval,
        calibration::calibration_bins,
        curves::roc_series,
        interval::wilson,
        metrics::{
            Ranked,
            multiclass::{self, ConfusionMatrix, decide},
        },
        scoring::Scoring,
    },
    report::{Metric, Report, ReportTable, Sentence},
};
use ndarray::Array2;

const N_CALIBRATION_BINS: usize = 10;
/// Classes that have a curve of their own, the most frequent first.
const N_CURVES: usize = 6;
/// Streams of the seed.
const BOOTSTRAP: u64 = 0x626f_6f74;

fn tests(all: &[&Fitted], codes: &[u32], scoring: Scoring) -> Result<Vec<(String, Vec<f64>)>> {
    let mut scores = vec![Scoring::RocAucOvr, Scoring::Accuracy];
    if !scores.contains(&scoring) {
        scores.push(scoring);
    }
    let mut out = Vec::new();
    for scoring in scores {
        let of = |f: &&Fitted| match &f.proba {
            Some(proba) => scoring.of_proba(codes, proba, None),
            None => Ok(f64::NAN),
        };
        let values: Vec<f64> = all.iter().map(of).collect::<Result<_>>()?;
        let values = values.into_iter().map(|v| tried::sign(scoring) * v);
        out.push((format!("test_{}", tried::shown(scoring)), values.collect()));
    }
    Ok(out)
}

/// `−ln p(truth)` of each row.
fn losses(proba: &Array2<f64>, codes: &[u32]) -> Vec<f64> {
    let rows = proba.rows().into_iter().zip(codes);
    rows.map(|(row, code)| {
        let p = row.get(*code as usize).copied().unwrap_or(0.0);
        -p.max(f64::EPSILON).ln()
    })
    .collect()
}

fn confusion_table(request: &Request, matrix: &ConfusionMatrix) -> ReportTable {
    let n = request.classes.len();
    let pairs = || (0..n).flat_map(|a| (0..n).map(move |p| (a, p)));
    let label = |k: usize| request.classes.get(k).cloned().unwrap_or_default();
    ReportTable::default()
        .text("actual", pairs().map(|(a, _)| label(a)).collect::<Vec<_>>())
        .text(
            "predicted",
            pairs().map(|(_, p)| label(p)).collect::<Vec<_>>(),
        )
        .number("count", pairs().map(|(a, p)| matrix.at(a, p)).collect())
}

/// The report of the best learner, the others beside it.
pub(super) fn report(
    request: &Request,
    best: &Fitted,
    others: &[Fitted],
    test: &Data,
    importance: &Importance,
    run: &mut Run<'_>,
) -> Result<Report> {
    let all: Vec<&Fitted> = std::iter::once(best).chain(others).collect();
    let (codes, n_classes) = (test.codes.as_slice(), request.classes.len());
    let none = Array2::zeros((0, n_classes));
    let proba = best.proba.as_ref().unwrap_or(&none);
    let said = decide(proba.view());
    let matrix = ConfusionMatrix::new(codes, &said, n_classes, None)?;
    let area = multiclass::roc_auc_ovr(codes, proba.view(), None)?;
    let ends = auc_ovr_interval(codes, proba.view(), &mut run.rng(BOOTSTRAP), run)?;
    if ends.0 <= 0.5 {
        run.warn(Warning::NoSignal);
    }
    let n = codes.len() as f64;
    let mut counts = vec![0_u64; n_classes];
    for code in codes {
        if let Some(n) = counts.get_mut(*code as usize) {
            *n += 1;
        }
    }
    let commonest = counts.iter().copied().max().unwrap_or(0) as f64 / n.max(1.0);
    let right = wilson(matrix.accuracy() * n, n);
    let metric = |key: &str, value: f64, interval| Metric {
        key: key.to_owned(),
        value,
        interval,
        unit: Unit::None,
    };
    let log_loss = multiclass::log_loss(codes, proba.view(), None)?;
    let metrics = vec![
        metric("roc_auc_ovr", area, Some(ends)),
        metric("accuracy", matrix.accuracy(), Some(right)),
        metric("balanced_accuracy", matrix.balanced_accuracy(), None),
        metric("log_loss", log_loss, None),
        metric("f1_macro", matrix.f1_macro(), None),
        metric("mcc", matrix.mcc(), None),
        Metric {
            unit: Unit::Ratio,
            ..metric("commonest_share", commonest, None)
        },
        Metric {
            unit: Unit::Count,
            ..metric("n_classes", n_classes as f64, None)
        },
        Metric {
            unit: Unit::Count,
            ..metric("n_test", n, None)
        },
    ];

    let mut order: Vec<usize> = (0..n_classes).collect();
    order.sort_by_key(|k| std::cmp::Reverse(counts.get(*k).copied()));
    order.truncate(N_CURVES);
    let (mut roc, mut calibrations) = (Vec::new(), Vec::new());
    for k in order {
        let Some(label) = request.classes.get(k) else {
            continue;
        };
        let truth: Vec<bool> = codes.iter().map(|c| *c as usize == k).collect();
        let scores = proba.column(k).to_vec();
        roc.push(roc_series(label, &Ranked::new(&truth, &scores, None)?));
        let bins = calibration_bins(&truth, &scores, N_CALIBRATION_BINS)?;
        let figure = Calibration {
            bins,
            before: Vec::new(),
        };
        calibrations.push((format!("calibration:{label}"), figure.into()));
    }
    let mut figures = vec![("roc".to_owned(), Roc { series: roc }.into())];
    let confusion = ConfusionClasses {
        labels: request.classes.to_vec(),
        counts: (0..n_classes)
            .map(|a| (0..n_classes).map(|p| matrix.at(a, p) as u64).collect())
            .collect(),
    };
    figures.push(("confusion_matrix".to_owned(), confusion.into()));
    figures.push(("importance".to_owned(), importance.clone().into()));
    figures.extend(calibrations);

    let scoring = request.options.scoring;
    let tables = vec![
        (
            "leaderboard".to_owned(),
            leaderboard(&all, scoring, tests(&all, codes, scoring)?),
        ),
        ("best_params".to_owned(), chosen(&all)),
        (
            "classification_report".to_owned(),
            report_table(request, codes, &said)?,
        ),
        (
            "confusion_matrix".to_owned(),
            confusion_table(request, &matrix),
        ),
        ("importance".to_owned(), importance_table(importance)),
    ];

    let tested = Sentence::TestedClasses {
        learner: best.learner.id.to_owned(),
        n_test: codes.len() as u64,
        accuracy: matrix.accuracy(),
        low: right.0,
        high: right.1,
        commonest,
    };
    let sentences = if ends.0 <= 0.5 {
        let column = request.target.clone();
        vec![Sentence::NothingLearned { column }, tested]
    } else {
        let mut out = vec![tested];
        let loss = |f: &Fitted| f.proba.as_ref().map_or(Vec::new(), |p| losses(p, codes));
        out.extend(race(best, others, &loss));
        out.extend(drivers(importance));
        out
    };
    Ok(Report {
        metrics,
        figures,
        tables,
        sentences,
        ..Report::default()
    })
}
