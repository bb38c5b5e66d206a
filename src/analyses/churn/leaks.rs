//! Columns that give the target away.
use super::{request::Data, stream};
use crate::{
    base::{ColumnKind, Quiet, Result, Run, Stage, Train, Warning},
    evaluate::leak,
    table::Column,
};

/// ROC-AUC of one column alone at or above which it is called a leak.
const TOO_GOOD: f64 = 0.97;

/// Warns of every column that alone ranks the training rows nearly perfectly.
pub(super) fn warn(train: &Train<Data>, run: &mut Run<'_>) -> Result<()> {
    let data = train.get();
    let truth = data.truth();
    let n = data.table.n_columns() as u64;
    let folds_seed = run.rng(stream::LEAKS);
    for (i, (field, column)) in data.table.iter().enumerate() {
        run.step(Stage::Explaining, i as u64, n)?;
        if matches!(field.kind, ColumnKind::Id | ColumnKind::Text) {
            continue;
        }
        let roc_auc = match column {
            Column::Category(c) | Column::Text(c) => {
                let codes: Vec<Option<u32>> = c.codes.iter().collect();
                leak::category(&codes, &truth, &mut folds_seed.clone())
            }
            _ => {
                let Some(values) = column.numbers() else {
                    continue;
                };
                leak::number(&values, &truth)
            }
        };
        if roc_auc >= TOO_GOOD {
            run.warn(Warning::Leak {
                column: field.name.clone(),
                roc_auc,
            });
        }
    }
    let _ = Quiet;
    Ok(())
}
