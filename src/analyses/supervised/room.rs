//! How much memory a run takes, told before it starts; and fewer rows, where there is not enough.
use super::request::Request;
use crate::{
    base::{ColumnKind, random},
    table::{Column, Table},
};
use rand_chacha::ChaCha8Rng;

/// What does not depend on the rows: models, trees, figures.
pub(super) const FIXED: u64 = 48 << 20;

/// Bytes of a cell in its column, and whether it reaches a matrix.
fn cell(kind: ColumnKind, column: &Column) -> (f64, bool) {
    let bytes = match column {
        Column::Float(_) | Column::Int(_) | Column::DateTime(_) => 8.0,
        Column::Bool(_) => 1.0,
        Column::Date(_) | Column::Text(_) | Column::Category(_) => 4.0,
    };
    (bytes, !matches!(kind, ColumnKind::Id | ColumnKind::Text))
}

/// Bytes that a run takes per row of the file, beside the table itself.
///
/// The training and the held-out part are a copy of the table, and a fold is another one; while a matrix is made the
/// prepared columns lie beside it, eight bytes each. Learners bin it, or copy it. A helper has the fold once more.
pub(super) fn per_row(request: &Request, table: &Table, n_workers: usize) -> u64 {
    let (mut bytes, mut n_native, mut n_plain) = (0.0, 0.0, 0.0);
    for (field, column) in table.iter() {
        let (of_cell, is_used) = cell(field.kind, column);
        bytes += of_cell;
        if !is_used || field.name == request.target {
            continue;
        }
        n_native += 1.0;
        n_plain += match column {
            Column::Category(c) => (c.levels.len() as f64).clamp(1.0, 30.0),
            _ => 1.0,
        };
    }
    let (_, second) = request.matrices();
    let is_native = request.native.is_some() && second.is_none();
    let width = match (is_native, second) {
        (true, _) => n_native,
        (false, Some(_)) => n_native + n_plain,
        (false, None) => n_plain,
    };
    let prepared = if is_native { n_native } else { n_plain } * PREPARED;
    let fold = width * MATRIX + ROW;
    let helped = (n_workers.saturating_sub(1)) as f64 * fold;
    (COPIES * bytes + prepared + fold + width * LEARNER + helped).ceil() as u64
}

/// The table in its two parts, and a fold of it.
const COPIES: f64 = 2.0;
/// A column while it is prepared: the step before and the one after.
const PREPARED: f64 = 8.0;
/// A cell of a matrix.
const MATRIX: f64 = 4.0;
/// What learners make of a cell: a bin, or a copy.
const LEARNER: f64 = 4.0;
/// Rows of parts and folds, classes, probabilities, gradients.
const ROW: f64 = 64.0;

/// Leaves `n` of `rows` in their order, drawn at random, with the class shares of all: `rows` are row and class.
pub(super) fn thin(rows: &mut Vec<(u32, u32)>, n_classes: usize, n: usize, rng: &mut ChaCha8Rng) {
    let mut left = vec![0_u64; n_classes.max(1)];
    for (_, class) in rows.iter() {
        if let Some(of_class) = left.get_mut(*class as usize) {
            *of_class += 1;
        }
    }
    // Ends of the classes, scaled: their shares are then off by less than one row.
    let (all, mut before, mut given) = (rows.len().max(1) as u64, 0, 0);
    let mut wanted: Vec<u64> = Vec::with_capacity(left.len());
    for of_class in &left {
        before += of_class;
        let end = before * n as u64 / all;
        wanted.push(end - given);
        given = end;
    }
    rows.retain(|(_, class)| {
        let at = *class as usize;
        let (Some(left), Some(wanted)) = (left.get_mut(at), wanted.get_mut(at)) else {
            return false;
        };
        let is_taken = u64::from(random::below(rng, *left as u32)) < *wanted;
        *left -= 1;
        *wanted -= u64::from(is_taken);
        is_taken
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn shares_of_classes_stay() {
        let all: Vec<(u32, u32)> = (0..10_000).map(|i| (i, u32::from(i % 20 == 0))).collect();
        let draw = |seed| {
            let mut rows = all.clone();
            thin(&mut rows, 2, 1_000, &mut ChaCha8Rng::seed_from_u64(seed));
            rows
        };
        let rows = draw(1);
        assert_eq!(rows.len(), 1_000);
        assert_eq!(rows.iter().filter(|r| r.1 == 1).count(), 50);
        assert!(rows.windows(2).all(|w| w[0].0 < w[1].0));
        assert_eq!(rows, draw(1));
        assert_ne!(rows, draw(2));
    }
}
