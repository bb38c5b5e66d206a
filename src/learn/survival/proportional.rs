//! Whether the effect of a column stays the same over time, as proportional hazards assume.
//!
//! At each event the column's value is compared with its mean over those at risk, weighted by their hazards (Schoenfeld's
//! residual). Where the effect does not change, these do not go with time.
//!
//! Source: Schoenfeld (1982), doi:10.1093/biomet/69.1.239; Grambsch & Therneau (1994), doi:10.1093/biomet/81.3.515, in the
//! form with the mean covariance.
use super::{Cox, KaplanMeier, Spells, Ties, check_matrix, cox_sums::Sorted, same_length};
use crate::base::{Result, special::chi2_tail};

/// The time that residuals are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeScale {
    /// Rank among the times of events, ties at their mean.
    #[default]
    Rank,
    /// As it is.
    Identity,
    /// Its logarithm; a time of 0 counts as half the least other one.
    Log,
    /// Share of all that is gone by then.
    KaplanMeier,
}

/// The test, column by column.
#[derive(Debug, Clone, PartialEq)]
pub struct Proportional {
    /// Chi-squared statistics with one degree of freedom; 0 for constant columns.
    pub statistic: Vec<f64>,
    /// Chance of one as large where effects stay the same; 1 for constant columns.
    pub p: Vec<f64>,
    /// Correlation of residuals and time: above 0 where the effect grows.
    pub correlation: Vec<f64>,
    /// Times of the events, `(n_events,)`, rising within strata.
    pub time: Vec<f64>,
    /// Schoenfeld's residuals, `(n_events, n_columns)`, in the order of `time`.
    pub residuals: Vec<f64>,
}

impl Proportional {
    /// Tests a model on the data it was fitted to.
    ///
    /// # Errors
    /// Those of [`Cox::fit`] for data that do not fit the model.
    pub fn test(
        model: &Cox,
        x: &[f64],
        spells: &Spells<'_>,
        strata: Option<&[u32]>,
        scale: TimeScale,
    ) -> Result<Self> {
        spells.check_events()?;
        let d = model.coefficients.len();
        check_matrix(x, spells.len(), d)?;
        if let Some(strata) = strata {
            same_length("strata", spells.len(), strata.len())?;
        }
        let centred: Vec<f64> = x
            .chunks_exact(d)
            .flat_map(|row| row.iter().zip(&model.mean).map(|(v, m)| v - m))
            .collect();
        let sorted = Sorted::new(&centred, d, spells, strata);
        let mut time = Vec::new();
        let mut residuals = Vec::new();
        sorted.times(&model.coefficients, false, |at| {
            let m = at.tied.count;
            let s = at.gather(model.ties);
            let part = match model.ties {
                Ties::Efron => s.part,
                Ties::Breslow => 0.0,
            };
            for i in at.rows.clone().filter(|i| sorted.event[*i]) {
                time.push(at.time);
                for j in 0..d {
                    let mean = (at.all.wz[j] * s.inverse - at.tied.wz[j] * part) / m;
                    residuals.push(sorted.z[i * d + j] - mean);
                }
            }
        });
        let g = transformed(&time, spells, scale)?;
        let n = time.len() as f64;
        let centre = g.iter().sum::<f64>() / n;
        let spread: f64 = g.iter().map(|v| (v - centre) * (v - centre)).sum();
        let (mut statistic, mut correlation) = (vec![0.0; d], vec![0.0; d]);
        for j in 0..d {
            // Scaled: residuals times the covariance of the coefficients, times the number of events.
            let row = &model.covariance[j * d..(j + 1) * d];
            let (mut with_time, mut own, mut sum) = (0.0, 0.0, 0.0);
            for (r, g) in residuals.chunks_exact(d).zip(&g) {
                let scaled = n * r.iter().zip(row).map(|(a, b)| a * b).sum::<f64>();
                with_time += (g - centre) * scaled;
                own += scaled * scaled;
                sum += scaled;
            }
            let variance = n * row[j] * spread;
            if variance > 0.0 {
                statistic[j] = with_time * with_time / variance;
                let own = own - sum * sum / n;
                if own > 0.0 {
                    correlation[j] = (with_time / (own * spread).sqrt()).clamp(-1.0, 1.0);
                }
            }
        }
        let of = |(s, c): (&f64, &bool)| if *c { 1.0 } else { chi2_tail(*s, 1.0) };
        let p = statistic.iter().zip(&model.constant).map(of).collect();
        Ok(Self {
            statistic,
            p,
            correlation,
            time,
            residuals,
        })
    }
}

fn transformed(time: &[f64], spells: &Spells<'_>, scale: TimeScale) -> Result<Vec<f64>> {
    Ok(match scale {
        TimeScale::Identity => time.to_vec(),
        TimeScale::Log => {
            let least = time.iter().copied().filter(|t| *t > 0.0);
            let least = 0.5 * least.fold(f64::MAX, f64::min);
            time.iter()
                .map(|t| if *t > 0.0 { t.ln() } else { least.ln() })
                .collect()
        }
        TimeScale::KaplanMeier => {
            let km = KaplanMeier::fit(spells, 0.95)?;
            time.iter().map(|t| 1.0 - km.at(*t)).collect()
        }
        TimeScale::Rank => {
            let mut all = time.to_vec();
            all.sort_unstable_by(f64::total_cmp);
            let rank = |t: &f64| {
                let below = all.partition_point(|v| v < t);
                let up_to = all.partition_point(|v| v <= t);
                0.5 * (below + up_to + 1) as f64
            };
            time.iter().map(rank).collect()
        }
    })
}
