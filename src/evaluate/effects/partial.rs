//! Partial dependence: the mean prediction if every row had a value.
//!
//! Source: Friedman (2001), Greedy function approximation, Annals of Statistics 29(5), doi:10.1214/aos/1013203451, section
//! 8.2; as scikit-learn's `partial_dependence` with `method="brute"`.
use super::{NORMAL_975, Score, ale::Effect};
use crate::base::Result;

/// The mean prediction of `n_rows` base rows with the column set to each of `places`, with a 95 % interval of that mean.
///
/// # Errors
/// Whatever `score` returns.
pub fn partial_dependence(
    column: usize,
    places: &[f64],
    n_rows: usize,
    score: &mut Score<'_>,
) -> Result<Effect> {
    let rows: Vec<u32> = (0..n_rows as u32).collect();
    let mut out = Effect {
        places: places.to_vec(),
        ..Effect::default()
    };
    for place in places {
        let scores = score(&rows, &[(column, &vec![*place; n_rows])])?;
        let n = n_rows.max(1) as f64;
        let mean = scores.iter().sum::<f64>() / n;
        let square: f64 = scores.iter().map(|s| (s - mean).powi(2)).sum();
        let half = NORMAL_975 * (square / (n - 1.0).max(1.0) / n).sqrt();
        out.mean.push(mean);
        out.low.push(mean - half);
        out.high.push(mean + half);
    }
    Ok(out)
}
