//! Which columns the model leans on: how far ROC-AUC falls when one is shuffled among the held-out rows.
//!
//! Source: Breiman (2001), Random Forests, Machine Learning 45, doi:10.1023/A:1010933404324, section 10; shuffling on
//! held-out rows as in scikit-learn's `permutation_importance`.
use super::{
    request::{Data, Request},
    stream,
    train::Fitted,
};
use crate::{
    base::{Quiet, Result, Run, Test, Warning, random},
    charts::{Importance, ImportanceRow},
    evaluate::{
        importance::{Fall, permutation_importance},
        metrics,
    },
    prepare::Design,
    table::Table,
};

/// Rows beyond which a random part is used.
const MAX_ROWS: usize = 10_000;

/// `table` with one column's cells in the order `order`.
fn shuffled(table: &Table, column: &str, order: &[u32]) -> Result<Table> {
    let field = table.schema().field(column)?.clone();
    table.with(vec![(field, table.column(column)?.take(order))])
}

/// The matrix that shuffling `column` would give. Every step works row by row, so columns made from this one alone
/// can be shuffled where they stand; where one is made from several, the preparation is applied again.
fn shuffled_design(
    best: &Fitted,
    table: &Table,
    base: &Design,
    column: &str,
    order: &[u32],
) -> Result<Design> {
    let mine: Vec<usize> = (0..base.origins.len())
        .filter(|j| base.origins[*j].iter().any(|o| o == column))
        .collect();
    if mine.iter().all(|j| base.origins[*j].len() == 1) {
        let mut x = base.x.clone();
        for (to, from) in order.iter().enumerate() {
            for j in &mine {
                x[[to, *j]] = base.x[[*from as usize, *j]];
            }
        }
        return Ok(Design { x, ..base.clone() });
    }
    // Findings about shuffled rows are nobody's business.
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 0);
    let table = shuffled(table, column, order)?;
    best.pipeline.design(&table, &mut run)
}

/// Mean fall of ROC-AUC and its standard deviation over the repeats, per column that reaches the model, largest first.
pub(super) fn permutation(
    request: &Request,
    best: &Fitted,
    test: &Test<Data>,
    run: &mut Run<'_>,
) -> Result<Importance> {
    let mut rng = run.rng(stream::IMPORTANCE);
    let n_rows = test.get().codes.len();
    let data = if n_rows > MAX_ROWS {
        let mut rows = random::permutation(&mut rng, n_rows);
        rows.truncate(MAX_ROWS);
        rows.sort_unstable();
        run.warn(Warning::Sampled {
            what: "importance".into(),
            n_used: MAX_ROWS as u64,
            n_rows: n_rows as u64,
        });
        test.get().take(&rows)
    } else {
        test.get().clone()
    };
    let truth = data.truth();
    let base = run.quietly(|run| best.pipeline.design(&data.table, run))?;
    let score = |x: &Design| -> Result<f64> { metrics::roc_auc(&truth, &best.positive(x)?, None) };
    let reference = score(&base)?;
    let reaches = |name: &&str| base.origins.iter().any(|o| o.iter().any(|o| o == name));
    let columns: Vec<&str> = best
        .pipeline
        .input()
        .fields
        .iter()
        .map(|f| f.name.as_str())
        .filter(reaches)
        .collect();
    let mut score_of = |column: usize, order: &[u32]| {
        score(&shuffled_design(
            best,
            &data.table,
            &base,
            columns[column],
            order,
        )?)
    };
    let falls = permutation_importance(
        columns.len(),
        data.codes.len(),
        request.n_repeats,
        reference,
        &mut score_of,
        &mut rng,
        run,
    )?;
    let row = |(column, fall): (&&str, &Fall)| ImportanceRow {
        column: (*column).to_owned(),
        mean: fall.mean,
        sd: fall.sd,
    };
    let mut rows: Vec<ImportanceRow> = columns.iter().zip(&falls).map(row).collect();
    rows.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    Ok(Importance {
        rows,
        scoring: "roc_auc".to_owned(),
    })
}
