//! Whether groups differ in the time to the event.
//!
//! Source: Mantel (1966); Peto & Peto (1972), doi:10.2307/2344317.
use super::{
    Spells,
    kaplan_meier::{Point, table},
    same_length,
};
use crate::base::{Error, Result, special::chi2_tail};
use crate::learn::kernels::linear::{cholesky, cholesky_solve};

/// The log-rank test of two or more groups.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRank {
    /// Chi-squared statistic.
    pub statistic: f64,
    /// Degrees of freedom: groups with anything to expect, less one.
    pub df: usize,
    /// Chance of a statistic as large where groups do not differ.
    pub p: f64,
    /// Events of each group.
    pub observed: Vec<f64>,
    /// Events of each group to be expected if they did not differ.
    pub expected: Vec<f64>,
}

impl LogRank {
    /// Compares groups `0..n_groups`; rows of groups beyond are left out.
    ///
    /// # Errors
    /// Those of [`Spells::check`]; [`Error::Shape`] when lengths disagree; [`Error::TooFewDistinct`] where fewer than
    /// two groups can be compared.
    pub fn of(spells: &Spells<'_>, group: &[u32], n_groups: usize) -> Result<Self> {
        spells.check()?;
        same_length("groups", spells.len(), group.len())?;
        let mut rows = vec![Vec::new(); n_groups];
        for (i, g) in group.iter().enumerate() {
            if let Some(rows) = rows.get_mut(*g as usize) {
                rows.push(i as u32);
            }
        }
        let tables: Vec<Vec<Point>> = rows.iter().map(|rows| table(spells, rows)).collect();
        let mut times: Vec<f64> = tables
            .iter()
            .flatten()
            .filter(|p| p.events > 0)
            .map(|p| p.time)
            .collect();
        times.sort_unstable_by(f64::total_cmp);
        times.dedup();
        let (mut observed, mut expected) = (vec![0.0; n_groups], vec![0.0; n_groups]);
        let mut variance = vec![0.0; n_groups * n_groups];
        let mut starts: Vec<Vec<f64>> = rows.iter().map(|_| Vec::new()).collect();
        if let Some(start) = spells.start {
            for (to, rows) in starts.iter_mut().zip(&rows) {
                to.extend(rows.iter().map(|i| start[*i as usize]));
                to.sort_unstable_by(f64::total_cmp);
            }
        }
        // Where each table stands, and the rows of it that are gone.
        let mut at = vec![0; n_groups];
        let mut gone = vec![0_u64; n_groups];
        let (mut n, mut d) = (vec![0.0; n_groups], vec![0.0; n_groups]);
        for time in times {
            for g in 0..n_groups {
                while let Some(p) = tables[g].get(at[g]).filter(|p| p.time < time) {
                    gone[g] += p.events + p.censored;
                    at[g] += 1;
                }
                let come = match spells.start {
                    Some(_) => starts[g].partition_point(|s| *s < time),
                    None => rows[g].len(),
                };
                n[g] = (come as u64).saturating_sub(gone[g]) as f64;
                let here = tables[g].get(at[g]).filter(|p| p.time == time);
                d[g] = here.map_or(0.0, |p| p.events as f64);
            }
            let (all, events) = (n.iter().sum::<f64>(), d.iter().sum::<f64>());
            let spread = if all > 1.0 {
                events * (all - events) / (all - 1.0)
            } else {
                0.0
            };
            for g in 0..n_groups {
                let share = n[g] / all;
                observed[g] += d[g];
                expected[g] += events * share;
                for k in 0..n_groups {
                    let own = if k == g { share } else { 0.0 };
                    variance[g * n_groups + k] += spread * (own - share * n[k] / all);
                }
            }
        }
        let used: Vec<usize> = (0..n_groups).filter(|g| expected[*g] > 0.0).collect();
        let df = used.len().saturating_sub(1);
        // One group follows from the others.
        let kept = &used[..df];
        let mut v = Vec::with_capacity(df * df);
        for a in kept {
            v.extend(kept.iter().map(|b| variance[a * n_groups + b]));
        }
        if df == 0 || !cholesky(&mut v, df) {
            return Err(Error::TooFewDistinct {
                name: "group".into(),
                needed: 2,
                found: used.len() as u64,
            });
        }
        let off: Vec<f64> = kept.iter().map(|g| observed[*g] - expected[*g]).collect();
        let solved = cholesky_solve(&v, df, &off);
        let statistic: f64 = off.iter().zip(&solved).map(|(a, b)| a * b).sum();
        let statistic = statistic.max(0.0);
        Ok(Self {
            statistic,
            df,
            p: chi2_tail(statistic, df as f64),
            observed,
            expected,
        })
    }
}
