//! Columns as numbers: those of a category as one for each level but the commonest.
use crate::{
    analyses::{
        Job,
        rows::{Coding, MISSING, Named},
    },
    base::{ColumnKind, Error, Result, Role, Run, Warning, order::Ordered},
    table::Column,
};

/// Levels of a category with a column of their own; the rest goes with the commonest.
const MOST_LEVELS: usize = 20;

/// What a column of the matrix says.
#[derive(Debug, Clone)]
pub(super) struct Meaning {
    pub(super) column: String,
    pub(super) level: Option<String>,
    pub(super) reference: Option<String>,
}

/// `(n_rows, d)`, row-major, finite.
#[derive(Debug, Clone, Default)]
pub(super) struct Matrix {
    pub(super) x: Vec<f64>,
    pub(super) columns: Vec<Meaning>,
}

impl Matrix {
    pub(super) fn d(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn row(&self, i: usize) -> &[f64] {
        let d = self.d();
        &self.x[i * d..(i + 1) * d]
    }

    /// The same of some of its rows.
    pub(super) fn take(&self, which: &[usize]) -> Self {
        Self {
            x: which.iter().flat_map(|i| self.row(*i)).copied().collect(),
            columns: self.columns.clone(),
        }
    }
}

/// The columns with the role `features`, of the rows `rows`.
///
/// # Errors
/// [`Error::ColumnKind`] for dates, and for texts of many different values.
pub(super) fn matrix(job: &Job<'_>, rows: &[u32], run: &mut Run<'_>) -> Result<Matrix> {
    let mut made: Vec<(Meaning, Vec<f64>)> = Vec::new();
    for name in job.roles.all(Role::Feature) {
        let of = (job.table.schema().field(name)?, job.table.column(name)?);
        match of.1 {
            Column::Float(_) | Column::Int(_) | Column::Bool(_) => made.push(plain(of, rows, run)),
            Column::Category(_) | Column::Text(_) => levels(of, rows, &mut made, run)?,
            Column::Date(_) | Column::DateTime(_) => return Err(wrong(of, ColumnKind::Float)),
        }
    }
    let mut x = Vec::with_capacity(rows.len() * made.len());
    for i in 0..rows.len() {
        x.extend(made.iter().map(|(_, v)| v[i]));
    }
    Ok(Matrix {
        x,
        columns: made.into_iter().map(|(m, _)| m).collect(),
    })
}

fn wrong((field, _): Named<'_>, expected: ColumnKind) -> Error {
    Error::ColumnKind {
        name: field.name.clone(),
        expected,
        found: field.kind,
    }
}

fn warn_filled(name: &str, count: usize, run: &mut Run<'_>) {
    if count > 0 {
        run.warn(Warning::about_rows("filled", name, count as u64, 0));
    }
}

/// Missing ones are the mean.
fn plain((field, column): Named<'_>, rows: &[u32], run: &mut Run<'_>) -> (Meaning, Vec<f64>) {
    let good = |v: &f64| v.abs() <= 1e100;
    let cell = |r: &u32| column.number(*r as usize).filter(good);
    let known: Vec<f64> = rows.iter().filter_map(cell).collect();
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    warn_filled(&field.name, rows.len() - known.len(), run);
    let meaning = Meaning {
        column: field.name.clone(),
        level: None,
        reference: None,
    };
    (
        meaning,
        rows.iter().map(|r| cell(r).unwrap_or(mean)).collect(),
    )
}

/// Missing ones count as the commonest.
fn levels(
    of: Named<'_>,
    rows: &[u32],
    made: &mut Vec<(Meaning, Vec<f64>)>,
    run: &mut Run<'_>,
) -> Result<()> {
    let coding = Coding::of(of.1);
    if coding.len() > 1_000 || matches!(of.1, Column::Text(_)) && coding.len() > 50 {
        return Err(wrong(of, ColumnKind::Category));
    }
    let codes: Vec<u32> = rows.iter().map(|r| coding.codes[*r as usize]).collect();
    let mut counts = vec![0_u64; coding.len()];
    for code in &codes {
        if let Some(n) = counts.get_mut(*code as usize) {
            *n += 1;
        }
    }
    warn_filled(
        &of.0.name,
        codes.iter().filter(|c| **c == MISSING).count(),
        run,
    );
    let mut order: Vec<u32> = (0..counts.len() as u32)
        .filter(|c| counts[*c as usize] > 0)
        .collect();
    order.order_by(|a, b| counts[*b as usize].cmp(&counts[*a as usize]).then(a.cmp(b)));
    if order.len() > MOST_LEVELS + 1 {
        run.warn(Warning::LevelsMerged {
            column: of.0.name.clone(),
            count: (order.len() - MOST_LEVELS - 1) as u64,
        });
    }
    let Some((reference, others)) = order.split_first() else {
        return Ok(());
    };
    for code in others.iter().take(MOST_LEVELS) {
        let meaning = Meaning {
            column: of.0.name.clone(),
            level: Some(coding.name(of, *code)),
            reference: Some(coding.name(of, *reference)),
        };
        let is_in = |c: &u32| f64::from(u8::from(c == code));
        made.push((meaning, codes.iter().map(is_in).collect()));
    }
    Ok(())
}
