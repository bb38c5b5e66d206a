//! Which columns the model leans on: how far the score falls when one is shuffled among the held-out rows. Of two classes
//! it is ROC-AUC, else the score that the run compares models by.
//!
//! Source: Breiman (2001), Random Forests, Machine Learning 45, doi:10.1023/A:1010933404324, section 10; shuffling on
//! held-out rows as in scikit-learn's `permutation_importance`.
use super::{
    goal::Goal,
    request::{Data, Request},
    stream,
    train::Fitted,
    tried::shown,
};
use crate::base::order::Ordered;
use crate::{
    artifact::Predictions,
    base::{Quiet, Result, Run, Test, Warning, random},
    charts::{Importance, ImportanceRow},
    evaluate::{
        importance::{Fall, permutation_importance},
        metrics,
        scoring::Scoring,
    },
    prepare::Design,
    table::Table,
};
use std::collections::HashMap;

/// Rows beyond which a random part is used.
const MAX_ROWS: usize = 10_000;

/// `table` with one column's cells in the order `order`.
fn shuffled(table: &Table, column: &str, order: &[u32]) -> Result<Table> {
    let field = table.schema().field(column)?.clone();
    table.with(vec![(field, table.column(column)?.take(order))])
}

/// Where each of `columns` stands in the matrix. Every step works row by row, so what is made from one column alone can
/// be shuffled where it stands; none for a column of which something is made together with others.
fn places(base: &Design, columns: &[&str]) -> Vec<Option<Vec<usize>>> {
    let at: HashMap<&str, usize> = columns.iter().enumerate().map(|(i, c)| (*c, i)).collect();
    let mut out = vec![Some(Vec::new()); columns.len()];
    for (j, origins) in base.origins.iter().enumerate() {
        for origin in origins {
            let Some(place) = at.get(origin.as_str()).and_then(|i| out.get_mut(*i)) else {
                continue;
            };
            match place {
                Some(mine) if origins.len() == 1 => mine.push(j),
                _ => *place = None,
            }
        }
    }
    out
}

/// The score with `column` in the order `order`, its preparation applied again.
fn prepared_again(
    best: &Fitted,
    table: &Table,
    column: &str,
    order: &[u32],
    score: &dyn Fn(&Design) -> Result<f64>,
) -> Result<f64> {
    // Findings about shuffled rows are nobody's business.
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 0);
    let table = shuffled(table, column, order)?;
    score(&best.pipeline.design(&table, &mut run)?)
}

/// Mean fall of the score and its standard deviation over the repeats, per column that reaches the model, largest first.
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
        let left_out = rows.split_off(MAX_ROWS);
        // The score may need a row of every class.
        for class in 0..request.classes.len() as u32 {
            let is_it = |r: &&u32| test.get().codes.get(**r as usize) == Some(&class);
            if !rows.iter().any(|r| is_it(&r)) {
                rows.extend(left_out.iter().find(is_it));
            }
        }
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
    let scoring = match request.goal {
        Goal::Binary => Scoring::RocAuc,
        _ => request.options.scoring,
    };
    let base = run.quietly(|run| best.pipeline.design(&data.table, run))?;
    let score = |x: &Design| -> Result<f64> {
        match (request.goal, best.predictions(x)?) {
            (Goal::Binary, said) => metrics::roc_auc(&truth, &said.single(&request.target)?, None),
            (_, Predictions::Proba(proba)) => scoring.of_proba(&data.codes, &proba, None),
            (_, Predictions::Numbers(said)) => scoring.of_numbers(&data.numbers, &said, None),
        }
    };
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
    let places = places(&base, &columns);
    let mut design = base.clone();
    let mut score_of = |column: usize, order: &[u32]| {
        let Some(mine) = &places[column] else {
            return prepared_again(best, &data.table, columns[column], order, &score);
        };
        for (to, from) in order.iter().enumerate() {
            for j in mine {
                design.x[[to, *j]] = base.x[[*from as usize, *j]];
            }
        }
        let result = score(&design);
        for j in mine {
            design.x.column_mut(*j).assign(&base.x.column(*j));
        }
        result
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
    let row = |(column, fall): (&&str, &Fall)| {
        let (low, high) = fall.interval(request.n_repeats);
        ImportanceRow {
            column: (*column).to_owned(),
            mean: fall.mean,
            sd: fall.sd,
            low,
            high,
        }
    };
    let mut rows: Vec<ImportanceRow> = columns.iter().zip(&falls).map(row).collect();
    rows.order_by(|a, b| b.mean.total_cmp(&a.mean));
    Ok(Importance {
        rows,
        scoring: shown(scoring).to_owned(),
    })
}
