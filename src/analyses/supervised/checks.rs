//! Whether the model may be trusted: leaks of the target, and what the score is without them.
use super::{
    super::trust::{
        drift,
        leaks::{self, Known, Leak},
        slices,
    },
    fold,
    goal::Goal,
    request::{Data, Request},
    splits, stream,
    train::Fitted,
};
use crate::{
    base::{Error, Params, Part, Quiet, Result, Roles, Run, Stage, Test, Train, random},
    evaluate::{
        leak::Outcome,
        metrics::{self, multiclass::decide},
        scoring::Scoring,
        search::{Candidate, cross_validate},
        slices::Measured,
        split::{self, Fold, Splits},
    },
    learn,
    report::{Report, ReportTable},
    table::{Column, Table},
};
use ndarray::Axis;

const N_FOLDS: usize = 5;
/// Rows and folds on which the score with and without a column is measured: enough to tell a leak.
const MAX_ROWS: usize = 3_000;
const REFITS: usize = 3;
/// Columns for which it is measured.
const MAX_MEASURED: usize = 10;
/// Learners from this complexity on are too slow for it; a simple one stands in.
const SLOW: u8 = 12;
const STAND_IN: [&str; 2] = ["logistic", "linear"];

/// What looks suspicious before anything is fitted.
pub(super) struct Suspects {
    columns: Vec<Leak>,
    /// Held-out rows that are copies of training rows.
    copies: Option<(Leak, Vec<u32>)>,
}

/// Looks at every column, and for rows on both sides.
pub(super) fn suspects(
    request: &Request,
    roles: &Roles,
    train: &Train<Data>,
    test: &Test<Data>,
    run: &mut Run<'_>,
) -> Result<Suspects> {
    let (data, held) = (train.get(), test.get());
    let mut rng = run.rng(stream::LEAKS);
    let n_kinds = request.n_kinds();
    let count = |kind: u32| data.codes.iter().filter(|c| **c == kind).count();
    let n_rarer = (0..n_kinds as u32).map(count).min().unwrap_or(0);
    let n_folds = N_FOLDS.min(n_rarer).max(2);
    let folds = match request.goal {
        Goal::Number => split::k_folds(data.codes.len(), n_folds, Some(&mut rng))?,
        Goal::Binary | Goal::Multiclass => {
            split::stratified_folds(&data.codes, n_kinds, n_folds, Some(&mut rng))?
        }
    };
    let known = Known {
        table: &data.table,
        outcome: match request.goal {
            Goal::Number => Outcome::Numbers(&data.numbers),
            Goal::Binary | Goal::Multiclass => Outcome::Classes {
                codes: &data.codes,
                n_classes: n_kinds,
            },
        },
        folds: &folds,
        roles,
    };
    let columns = leaks::columns(&known, &mut rng, run)?;
    let same = |i: usize, j: usize| match request.goal {
        Goal::Number => data.numbers.get(i) == held.numbers.get(j),
        Goal::Binary | Goal::Multiclass => data.codes.get(i) == held.codes.get(j),
    };
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
        let candidate = candidate(request, best)?;
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
            leak.scores = without_rows(request, best, test.get(), &rows)?;
            found.push(leak);
        }
        for leak in &found {
            run.warn(leak.warning(test.get().rows.len() as u64));
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
    let data = test.get();
    let truth = data.truth();
    let (mut said, mut of_truth) = (Vec::new(), Vec::new());
    let measured = match (request.goal, &best.proba) {
        (Goal::Binary, _) => Measured::Binary {
            truth: &truth,
            scores: &best.scores,
            threshold: request.threshold,
        },
        (Goal::Number, _) => Measured::Numbers {
            truth: &data.numbers,
            said: &best.scores,
        },
        (Goal::Multiclass, Some(proba)) => {
            said.extend(decide(proba.view()));
            let rows = proba.rows().into_iter().zip(&data.codes);
            of_truth.extend(rows.map(|(p, c)| p.get(*c as usize).copied().unwrap_or(0.0)));
            Measured::Classes {
                truth: &data.codes,
                said: &said,
                of_truth: &of_truth,
            }
        }
        (Goal::Multiclass, None) => return Ok(()),
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

fn candidate(request: &Request, best: &Fitted) -> Result<Candidate> {
    if best.learner.complexity < SLOW {
        return Ok(Candidate {
            learner: best.learner,
            params: best.params.clone(),
        });
    }
    Ok(Candidate {
        learner: learn::entry(match request.goal {
            Goal::Number => STAND_IN[1],
            Goal::Binary | Goal::Multiclass => STAND_IN[0],
        })?,
        params: Params::default(),
    })
}

/// What leaks are measured by.
fn scoring(request: &Request) -> Scoring {
    match request.goal {
        Goal::Binary => Scoring::RocAuc,
        Goal::Multiclass => Scoring::RocAucOvr,
        Goal::Number => Scoring::R2,
    }
}

/// Cross-validated score with all columns, and without each that is suspected.
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
    let scored = cross_validate(candidates, splits, scoring(request), &mut prepare, run).await;
    match scored {
        Ok(scored) => Ok(scored.first().map_or(f64::NAN, |s| s.mean)),
        Err(Error::Cancelled) => Err(Error::Cancelled),
        // Without the column nothing may be left to learn from: the score of a guess.
        Err(Error::NoFeatures) => Ok(match request.goal {
            Goal::Number => 0.0,
            Goal::Binary | Goal::Multiclass => 0.5,
        }),
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

/// The score on all held-out rows, and on those that are no copies.
fn without_rows(request: &Request, best: &Fitted, test: &Data, rows: &[u32]) -> Result<[f64; 2]> {
    let n_rows = test.rows.len();
    let mut is_copy = vec![false; n_rows];
    for row in rows {
        if let Some(is_copy) = is_copy.get_mut(*row as usize) {
            *is_copy = true;
        }
    }
    let all: Vec<usize> = (0..n_rows).collect();
    let rest: Vec<usize> = (all.iter().copied())
        .filter(|i| is_copy.get(*i) == Some(&false))
        .collect();
    Ok([
        score_of(request, best, test, &all)?,
        score_of(request, best, test, &rest)?,
    ])
}

/// The score on some held-out rows; NaN where it takes more classes, or more rows.
fn score_of(request: &Request, best: &Fitted, test: &Data, rows: &[usize]) -> Result<f64> {
    fn taken<T: Copy>(all: &[T], rows: &[usize]) -> Vec<T> {
        rows.iter().filter_map(|i| all.get(*i).copied()).collect()
    }
    let codes = taken(&test.codes, rows);
    if !(0..request.classes.len() as u32).all(|k| codes.contains(&k)) || rows.len() < 2 {
        return Ok(f64::NAN);
    }
    match (request.goal, &best.proba) {
        (Goal::Binary, _) => {
            let truth: Vec<bool> = codes.iter().map(|c| *c == 1).collect();
            metrics::roc_auc(&truth, &taken(&best.scores, rows), None)
        }
        (Goal::Multiclass, Some(proba)) => {
            let proba = proba.select(Axis(0), rows);
            scoring(request).of_proba(&codes, &proba, None)
        }
        (Goal::Multiclass, None) => Ok(f64::NAN),
        (Goal::Number, _) => {
            let (truth, said) = (taken(&test.numbers, rows), taken(&best.scores, rows));
            scoring(request).of_numbers(&truth, &said, None)
        }
    }
}
