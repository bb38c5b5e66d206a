//! Columns that give the target away.
use super::{request::Data, stream};
use crate::{
    base::{ColumnKind, Result, Run, Stage, Train, Warning},
    evaluate::{leak, split},
    table::Column,
};

/// ROC-AUC of one column alone at or above which it is called a leak.
const TOO_GOOD: f64 = 0.97;
const N_FOLDS: usize = 5;

/// Warns of every column that alone ranks the training rows nearly perfectly.
pub(super) fn warn(train: &Train<Data>, run: &mut Run<'_>) -> Result<()> {
    let data = train.get();
    let truth = data.truth();
    let n_rarer = truth
        .iter()
        .filter(|t| **t)
        .count()
        .min(truth.iter().filter(|t| !**t).count());
    let n_folds = N_FOLDS.min(n_rarer).max(2);
    let folds =
        split::stratified_folds(&data.codes, 2, n_folds, Some(&mut run.rng(stream::LEAKS)))?;
    let n = data.table.n_columns() as u64;
    for (i, (field, column)) in data.table.iter().enumerate() {
        run.step(Stage::Explaining, i as u64, n)?;
        if matches!(field.kind, ColumnKind::Id | ColumnKind::Text) {
            continue;
        }
        let roc_auc = match column {
            Column::Category(c) | Column::Text(c) => {
                let n_levels = c.levels.len();
                let codes: Vec<u32> = c
                    .codes
                    .iter()
                    .map(|c| c.unwrap_or(n_levels as u32))
                    .collect();
                leak::category_score(&truth, &codes, n_levels, &folds)?
            }
            _ => match column.numbers() {
                Some(values) => leak::number_score(&truth, &values)?,
                None => continue,
            },
        };
        if roc_auc >= TOO_GOOD {
            run.warn(Warning::Leak {
                column: field.name.clone(),
                roc_auc,
            });
        }
    }
    Ok(())
}
