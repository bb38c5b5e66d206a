//! Whether the model may be trusted: leaks of the target, and what the score is without them.
use super::{
    super::trust::{
        drift,
        leaks::{self, Known, Leak},
        slices,
    },
    fold,
    request::{Data, Request},
    splits, stream,
    train::Fitted,
};
use crate::{
    base::{Error, Params, Part, Quiet, Result, Roles, Run, Stage, Test, Train, random},
    evaluate::{
        leak::Outcome,
        metrics,
        scoring::Scoring,
        search::{Candidate, cross_validate},
        slices::Measured,
        split::{self, Fold, Splits},
    },
    learn,
    report::{Report, ReportTable},
    table::{Column, Table},
};

const N_FOLDS: usize = 5;
/// Rows and folds on which the score with and without a column is measured: enough to tell a leak.
const MAX_ROWS: usize = 3_000;
const REFITS: usize = 3;
/// Columns for which it is measured.
const MAX_MEASURED: usize = 10;
/// Learners from this complexity on are too slow for it; a simple one stands in.
const SLOW: u8 = 12;
const STAND_IN: &str = "logistic";

/// What looks suspicious before anything is fitted.
pub(super) struct Suspects {
    columns: Vec<Leak>,
    /// Held-out rows that are copies of training rows.
    copies: Option<(Leak, Vec<u32>)>,
}

/// Looks at every column, and for rows on both sides.
pub(super) fn suspects(
    roles: &Roles,
    train: &Train<Data>,
    test: &Test<Data>,
    run: &mut Run<'_>,
) -> Result<Suspects> {
    let (data, held) = (train.get(), test.get());
    let mut rng = run.rng(stream::LEAKS);
    let n_positive = data.codes.iter().filter(|c| **c == 1).count();
    let n_rarer = n_positive.min(data.codes.len() - n_positive);
    let n_folds = N_FOLDS.min(n_rarer).max(2);
    let folds = split::stratified_folds(&data.codes, 2, n_folds, Some(&mut rng))?;
    let known = Known {
        table: &data.table,
        outcome: Outcome::Classes {
            codes: &data.codes,
            n_classes: 2,
        },
        folds: &folds,
        roles,
    };
    let columns = leaks::columns(&known, &mut rng, run)?;
    let same = |i: usize, j: usize| data.codes.get(i) == held.codes.get(j);
    let copies = leaks::copies(&known, &held.table, &same, run)?;
    Ok(Suspects { columns, copies })
}

impl Suspects {
    /// Measures the score without each of them, warns of those that hold, and adds table `leaks`.
    pub(super) async fn add_to(
        self,
        report: &mut Report,
        request: &Request,
        best: &Fitted,
        train: &Train<Data>,
        test: &Test<Data>,
        run: &mut Run<'_>,
    ) -> Result<()> {
        let candidate = candidate(best)?;
        let mut found = self.columns;
        if !found.is_empty() {
            // The fits are those of a search, which is over.
            run.mute(Some(Stage::Searching));
            let measured = measure(request, &candidate, train, &mut found, run).await;
            run.mute(None);
            measured?;
        }
        found.retain(Leak::holds);
        if let Some((mut leak, rows)) = self.copies {
            leak.scores = without_rows(&test.get().truth(), &best.scores, &rows)?;
            found.push(leak);
        }
        for leak in &found {
            run.warn(leak.warning(best.scores.len() as u64));
        }
        let table: ReportTable = leaks::table(&found, candidate.learner.id);
        report.tables.push(("leaks".to_owned(), table));
        Ok(())
    }
}

/// How the model does on groups of the held-out rows: table and figure `slices`, and a sentence.
pub(super) fn add_slices(
    report: &mut Report,
    request: &Request,
    roles: &Roles,
    best: &Fitted,
    test: &Test<Data>,
    run: &mut Run<'_>,
) -> Result<()> {
    let measured = Measured::Binary {
        truth: &test.get().truth(),
        scores: &best.scores,
        threshold: request.threshold,
    };
    let mut rng = run.rng(stream::SLICES);
    let found = slices::find(&test.get().table, roles, measured, &mut rng, run)?;
    report.tables.push(("slices".to_owned(), found.table));
    report
        .figures
        .push(("slices".to_owned(), found.figure.into()));
    report.sentences.push(found.sentence);
    Ok(())
}

/// What belongs in the model file: the reference that files to score are compared with.
pub(super) fn parts(best: &Fitted, train: &Train<Data>) -> Result<Vec<Part>> {
    let rows: Vec<u32> = (0..train.get().table.n_rows().min(1) as u32).collect();
    let first = train.get().table.take(&rows);
    let mut quiet = Quiet;
    let design = best.pipeline.design(&first, &mut Run::new(&mut quiet, 0))?;
    let used = |name: &str| design.origins.iter().any(|o| o.iter().any(|o| o == name));
    let (table, input) = (&train.get().table, best.pipeline.input());
    Ok(vec![drift::reference(table, input, &used, &best.scores)?])
}

fn candidate(best: &Fitted) -> Result<Candidate> {
    if best.learner.complexity < SLOW {
        return Ok(Candidate {
            learner: best.learner,
            params: best.params.clone(),
        });
    }
    Ok(Candidate {
        learner: learn::entry(STAND_IN)?,
        params: Params::default(),
    })
}

/// Cross-validated ROC-AUC with all columns, and without each that is suspected.
async fn measure(
    request: &Request,
    candidate: &Candidate,
    train: &Train<Data>,
    found: &mut [Leak],
    run: &mut Run<'_>,
) -> Result<()> {
    let mut rng = run.rng(stream::REFITS);
    let n_rows = train.get().codes.len();
    let data = if n_rows > MAX_ROWS {
        let mut rows = random::permutation(&mut rng, n_rows);
        rows.truncate(MAX_ROWS);
        rows.sort_unstable();
        train.get().take(&rows)
    } else {
        train.get().clone()
    };
    // Of few rows, or few groups, there may be no such folds: then the score stays unknown.
    let Ok(splits) = splits::folds(request, &data.codes, &data.keys, 1, &mut rng) else {
        return Ok(());
    };
    let mut folds = splits.folds();
    // Of windows in time the last ones have the most to learn from.
    folds.reverse();
    folds.truncate(REFITS);
    let splits = Splits::listed(folds);
    let with = refit(request, candidate, &data, &splits, run).await?;
    for leak in found.iter_mut().take(MAX_MEASURED) {
        let Some(column) = leak.column.as_deref() else {
            continue;
        };
        let is_left_out = request
            .recipe
            .steps
            .iter()
            .any(|s| s.enabled && s.kind == "drop" && s.columns.iter().any(|c| c == column));
        let without = if is_left_out {
            with
        } else {
            let blank = Data {
                table: blank(&data.table, column)?,
                ..data.clone()
            };
            refit(request, candidate, &blank, &splits, run).await?
        };
        leak.scores = [with, without];
    }
    Ok(())
}

async fn refit(
    request: &Request,
    candidate: &Candidate,
    data: &Data,
    splits: &Splits,
    run: &mut Run<'_>,
) -> Result<f64> {
    let mut prepare = |fold: &Fold, run: &mut Run<'_>| fold::prepared(request, data, fold, run);
    let candidates = std::slice::from_ref(candidate);
    let scored = cross_validate(candidates, splits, Scoring::RocAuc, &mut prepare, run).await;
    match scored {
        Ok(scored) => Ok(scored.first().map_or(f64::NAN, |s| s.mean)),
        Err(Error::Cancelled) => Err(Error::Cancelled),
        // Without the column nothing may be left to learn from: the score of a guess.
        Err(Error::NoFeatures) => Ok(0.5),
        // A preparation that cannot do without the column.
        Err(_) => Ok(f64::NAN),
    }
}

/// The table with the same cell in every row of `column`, of which nothing can be learned; every step of a recipe can go on.
fn blank(table: &Table, name: &str) -> Result<Table> {
    let column: &Column = table.column(name)?;
    let first = (0..column.len())
        .find(|i| !column.is_missing(*i))
        .unwrap_or(0);
    let field = table.schema().field(name)?.clone();
    let same = column.take(&vec![first as u32; column.len()]);
    table.with(vec![(field, same)])
}

/// ROC-AUC on all held-out rows, and on those that are no copies.
fn without_rows(truth: &[bool], scores: &[f64], rows: &[u32]) -> Result<[f64; 2]> {
    let mut is_copy = vec![false; truth.len()];
    for row in rows {
        if let Some(is_copy) = is_copy.get_mut(*row as usize) {
            *is_copy = true;
        }
    }
    let rest = truth.iter().zip(scores).zip(&is_copy).filter(|(_, c)| !**c);
    let (y, s): (Vec<bool>, Vec<f64>) = rest.map(|((y, s), _)| (*y, *s)).unzip();
    let without = if y.contains(&true) && y.contains(&false) {
        metrics::roc_auc(&y, &s, None)?
    } else {
        f64::NAN
    };
    Ok([metrics::roc_auc(truth, scores, None)?, without])
}
