//! Whether the effect of a column stays the same over time, as proportional hazards assume.
//!
//! At each event the column's value is compared with its mean over those at risk, weighted by their hazards
//! (Schoenfeld's residual). Where the effect does not change, these do not go with time.
//!
//! Source: Schoenfeld (1982), doi:10.1093/biomet/69.1.239; Grambsch & Therneau (1994), doi:10.1093/biomet/81.3.515, in
//! the form with the mean covariance.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Error, Quiet, Run, random::below};
    use crate::learn::survival::{
        Aft, CoxOptions, Law, LogRank, NelsonAalen, PersonPeriods, concordance,
    };

    /// Whatever the data, there is a sound model or a typed error.
    #[test]
    fn odd_rows_have_an_outcome() {
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, 5);
        let mut rng = run.rng(1);
        let mut fitted = 0;
        for case in 0..400_u32 {
            let n = 1 + below(&mut rng, 25) as usize;
            let d = 1 + below(&mut rng, 3) as usize;
            let longest = [1, 3, 20, 1_000_000][below(&mut rng, 4) as usize];
            let scale = [1e-9, 1.0, 1e12][below(&mut rng, 3) as usize];
            let x: Vec<f64> = (0..n * d)
                .map(|_| scale * f64::from(below(&mut rng, 4)))
                .collect();
            let stop: Vec<f64> = (0..n)
                .map(|_| f64::from(below(&mut rng, longest + 1)))
                .collect();
            let event: Vec<bool> = (0..n).map(|_| below(&mut rng, 3) > 0).collect();
            let strata: Vec<u32> = (0..n).map(|_| below(&mut rng, 2)).collect();
            let start: Vec<f64> = stop.iter().map(|t| (0.5 * t).floor()).collect();
            let late = case % 2 == 1 && stop.iter().all(|t| *t > 0.0);
            let spells = Spells {
                start: late.then_some(&*start),
                stop: &stop,
                event: &event,
            };
            let strata = (case % 3 == 0).then_some(&*strata);
            let ties = if case % 5 == 0 {
                Ties::Breslow
            } else {
                Ties::Efron
            };
            let options = CoxOptions {
                ties,
                ..CoxOptions::default()
            };
            let sound = |v: &f64| v.is_finite();
            match Cox::fit(&x, d, &spells, strata, options, &mut run) {
                Ok(m) => {
                    fitted += 1;
                    assert!(
                        m.coefficients.iter().chain(&m.covariance).all(sound),
                        "{case} {m:?}"
                    );
                    assert!((0.0..=1.0).contains(&m.concordance) && m.log_likelihood.is_finite());
                    for b in &m.baselines {
                        assert!(
                            b.hazard.iter().all(sound) && b.hazard.is_sorted(),
                            "{case} {b:?}"
                        );
                    }
                    let stratum = strata.map_or(0, |s| s[0]);
                    let s = m.survival(&x, stratum, 0.5, &[0.0, 1.0, 50.0]).unwrap();
                    assert!(s.iter().all(|v| (0.0..=1.0).contains(v)), "{case} {s:?}");
                    let scale = [TimeScale::Rank, TimeScale::Log, TimeScale::KaplanMeier]
                        [case as usize % 3];
                    let t = Proportional::test(&m, &x, &spells, strata, scale).unwrap();
                    assert!(t.p.iter().all(|p| (0.0..=1.0).contains(p)), "{case} {t:?}");
                }
                Err(e) => assert!(!matches!(e, Error::Crashed | Error::Cancelled)),
            }
            for law in [Law::Weibull, Law::LogNormal] {
                if let Ok(m) = Aft::fit(law, &x, d, &spells, &mut run) {
                    assert!(
                        m.coefficients.iter().chain(&m.covariance).all(sound),
                        "{case} {m:?}"
                    );
                    assert!(m.sigma > 0.0 && m.median(&x, n).unwrap().iter().all(sound));
                    let s = m.survival(&x, n, 1.0, &[0.0, 2.0, 1e9]).unwrap();
                    assert!(s.iter().all(|v| (0.0..=1.0).contains(v)), "{case} {s:?}");
                }
            }
            let km = KaplanMeier::fit(&spells, 0.9).unwrap();
            let within = |p: &crate::learn::survival::Point| {
                0.0 <= p.low && p.low <= p.estimate && p.estimate <= p.high && p.high <= 1.0
            };
            assert!(km.points.iter().all(within), "{case} {km:?}");
            let na = NelsonAalen::fit(&spells, 0.9).unwrap();
            assert!(
                na.points
                    .iter()
                    .all(|p| p.low <= p.estimate && p.estimate <= p.high)
            );
            let group: Vec<u32> = (0..n as u32).map(|i| i % 3).collect();
            if let Ok(t) = LogRank::of(&spells, &group, 3) {
                assert!(
                    t.statistic.is_finite() && (0.0..=1.0).contains(&t.p),
                    "{case} {t:?}"
                );
            }
            assert!(concordance(&spells, &x[..n], strata).is_ok());
            let _ = PersonPeriods::of(&spells, 1.0, 100);
        }
        assert!(fitted > 200, "{fitted}");
    }
}
