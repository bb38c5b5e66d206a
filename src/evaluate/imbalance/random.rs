//! Rows left out or repeated at random, class by class.
use crate::base::random::{below, shuffle};
use crate::learn::Dataset;
use rand_chacha::ChaCha8Rng;

/// Rows of each class, rising.
pub(super) fn rows_by_class(codes: &[u32], n_classes: usize) -> Vec<Vec<u32>> {
    let mut rows = vec![Vec::new(); n_classes];
    for (i, &c) in codes.iter().enumerate() {
        if let Some(of) = rows.get_mut(c as usize) {
            of.push(i as u32);
        }
    }
    rows
}

/// At most `most` rows of each class; those kept stay in their order.
pub(super) fn under(
    data: &Dataset,
    codes: &[u32],
    counts: &[usize],
    most: usize,
    rng: &mut ChaCha8Rng,
) -> Dataset {
    let mut kept = Vec::new();
    for mut rows in rows_by_class(codes, counts.len()) {
        if rows.len() > most {
            shuffle(rng, &mut rows);
            rows.truncate(most);
        }
        kept.extend(rows);
    }
    kept.sort_unstable();
    data.take(&kept)
}

/// At least `least` rows of each class that occurs; the repeated ones come last.
pub(super) fn over(
    data: &Dataset,
    codes: &[u32],
    counts: &[usize],
    least: usize,
    rng: &mut ChaCha8Rng,
) -> Dataset {
    let mut rows: Vec<u32> = (0..codes.len() as u32).collect();
    for of in rows_by_class(codes, counts.len()) {
        let n = of.len() as u32;
        for _ in of.len()..least {
            if let Some(&row) = of.get(below(rng, n) as usize) {
                rows.push(row);
            }
        }
    }
    data.take(&rows)
}
