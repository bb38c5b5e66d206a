//! The share still there, and the hazard so far, without any assumption on their shape.
//!
//! Source: Kaplan & Meier (1958), doi:10.1080/01621459.1958.10501452; variance by Greenwood (1926), intervals on the
//! scale of `ln(−ln S)` after Kalbfleisch & Prentice (1980), median after Brookmeyer & Crowley (1982),
//! doi:10.2307/2530286; Nelson (1972), Aalen (1978), doi:10.1214/aos/1176344247.
use super::{Spells, normal_quantile};
use crate::base::Result;

/// The state of a group at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Time.
    pub time: f64,
    /// Rows watched just before it.
    pub at_risk: u64,
    /// Events at it.
    pub events: u64,
    /// Rows last seen at it without the event.
    pub censored: u64,
    /// The estimate after it: share still there, or hazard so far.
    pub estimate: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Times at which rows end, rising, with counts; estimates still 0.
pub(super) fn table(spells: &Spells<'_>, rows: &[u32]) -> Vec<Point> {
    let mut ends: Vec<(u64, bool)> = rows
        .iter()
        .map(|i| {
            (
                spells.stop[*i as usize].abs().to_bits(),
                spells.event[*i as usize],
            )
        })
        .collect();
    // Bits of numbers from 0 on rise as the numbers do.
    ends.sort_unstable();
    let mut starts: Vec<f64> = spells.start.map_or_else(Vec::new, |start| {
        rows.iter().map(|i| start[*i as usize]).collect()
    });
    starts.sort_unstable_by(f64::total_cmp);
    let mut gone = 0;
    let mut out = Vec::new();
    for same in ends.chunk_by(|a, b| a.0 == b.0) {
        let time = f64::from_bits(same[0].0);
        let events = same.iter().filter(|e| e.1).count();
        let come = match spells.start {
            Some(_) => starts.partition_point(|s| *s < time),
            None => ends.len(),
        };
        out.push(Point {
            time,
            at_risk: come.saturating_sub(gone) as u64,
            events: events as u64,
            censored: (same.len() - events) as u64,
            estimate: 0.0,
            low: 0.0,
            high: 0.0,
        });
        gone += same.len();
    }
    out
}

pub(super) fn all_rows(spells: &Spells<'_>) -> Vec<u32> {
    (0..spells.len() as u32).collect()
}

/// Share still there over time. Before the first point all are.
#[derive(Debug, Clone, PartialEq)]
pub struct KaplanMeier {
    /// By time, rising.
    pub points: Vec<Point>,
}

impl KaplanMeier {
    /// Of all rows, with intervals of `level` (0.95).
    ///
    /// # Errors
    /// Those of [`Spells::check`]; [`Error::Param`](crate::base::Error::Param) for a level that is not between 0 and 1.
    pub fn fit(spells: &Spells<'_>, level: f64) -> Result<Self> {
        spells.check()?;
        Self::of_rows(spells, &all_rows(spells), level)
    }

    /// Of each group `0..n_groups`; rows of groups beyond are left out, groups without rows have no points.
    ///
    /// # Errors
    /// As [`KaplanMeier::fit`]; [`Error::Shape`](crate::base::Error::Shape) when lengths disagree.
    pub fn by_group(
        spells: &Spells<'_>,
        group: &[u32],
        n_groups: usize,
        level: f64,
    ) -> Result<Vec<Self>> {
        spells.check()?;
        super::same_length("groups", spells.len(), group.len())?;
        let mut rows = vec![Vec::new(); n_groups];
        for (i, g) in group.iter().enumerate() {
            if let Some(rows) = rows.get_mut(*g as usize) {
                rows.push(i as u32);
            }
        }
        rows.iter()
            .map(|rows| Self::of_rows(spells, rows, level))
            .collect()
    }

    fn of_rows(spells: &Spells<'_>, rows: &[u32], level: f64) -> Result<Self> {
        let z = normal_quantile(level)?;
        let mut points = table(spells, rows);
        let (mut survival, mut sum) = (1.0_f64, 0.0_f64);
        for p in &mut points {
            let (n, d) = (p.at_risk as f64, p.events as f64);
            if d > 0.0 && n > 0.0 {
                survival *= ((n - d) / n).max(0.0);
                if n > d {
                    sum += d / (n * (n - d));
                }
            }
            p.estimate = survival;
            (p.low, p.high) = if survival <= 0.0 {
                (0.0, 0.0)
            } else if sum <= 0.0 {
                (1.0, 1.0)
            } else {
                let ln = survival.ln();
                let middle = (-ln).ln();
                let half = z * sum.sqrt() / -ln;
                let back = |v: f64| (-v.exp()).exp();
                (back(middle + half), back(middle - half))
            };
        }
        Ok(Self { points })
    }

    /// Share still there at `time`.
    pub fn at(&self, time: f64) -> f64 {
        let i = self.points.partition_point(|p| p.time <= time);
        i.checked_sub(1).map_or(1.0, |i| self.points[i].estimate)
    }

    /// The first time at which no more than `share` is left, and the interval of that time; `None` where it is not
    /// reached, as may be so for the upper end alone.
    pub fn quantile(&self, share: f64) -> (Option<f64>, Option<f64>, Option<f64>) {
        let first = |of: fn(&Point) -> f64| {
            let reached = |p: &&Point| of(p) <= share + 1e-12;
            self.points.iter().find(reached).map(|p| p.time)
        };
        (first(|p| p.estimate), first(|p| p.low), first(|p| p.high))
    }

    /// The median time with its interval; see [`KaplanMeier::quantile`].
    pub fn median(&self) -> (Option<f64>, Option<f64>, Option<f64>) {
        self.quantile(0.5)
    }

    /// Mean time up to `time`: the area below the curve.
    pub fn restricted_mean(&self, time: f64) -> f64 {
        let (mut area, mut before, mut share) = (0.0, 0.0, 1.0);
        for p in self.points.iter().take_while(|p| p.time < time) {
            area += share * (p.time - before);
            (before, share) = (p.time, p.estimate);
        }
        area + share * (time - before).max(0.0)
    }
}

/// Hazard so far over time. Before the first point it is 0.
#[derive(Debug, Clone, PartialEq)]
pub struct NelsonAalen {
    /// By time, rising.
    pub points: Vec<Point>,
}

impl NelsonAalen {
    /// Of all rows, with intervals of `level` on the logarithmic scale; ties are events at one time.
    ///
    /// # Errors
    /// As [`KaplanMeier::fit`].
    pub fn fit(spells: &Spells<'_>, level: f64) -> Result<Self> {
        spells.check()?;
        let z = normal_quantile(level)?;
        let mut points = table(spells, &all_rows(spells));
        let (mut hazard, mut variance) = (0.0_f64, 0.0_f64);
        for p in &mut points {
            let (n, d) = (p.at_risk as f64, p.events as f64);
            if d > 0.0 && n > 0.0 {
                hazard += d / n;
                variance += (n - d) * d / (n * n * n);
            }
            p.estimate = hazard;
            if hazard > 0.0 {
                let half = z * variance.max(0.0).sqrt() / hazard;
                (p.low, p.high) = (hazard * (-half).exp(), hazard * half.exp());
            }
        }
        Ok(Self { points })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_by_hand() {
        let spells = Spells::new(
            &[1.0, 2.0, 2.0, 3.0, 5.0],
            &[true, true, false, false, true],
        );
        let km = KaplanMeier::fit(&spells, 0.95).unwrap();
        let got: Vec<f64> = km.points.iter().map(|p| p.estimate).collect();
        for (g, w) in got.iter().zip([0.8, 0.6, 0.6, 0.0]) {
            assert!((g - w).abs() < 1e-15);
        }
        assert_eq!(km.median().0, Some(5.0));
        assert_eq!((km.at(0.5), km.at(4.9)), (1.0, got[2]));
        assert!((km.restricted_mean(4.0) - (1.0 + 0.8 + 2.0 * 0.6)).abs() < 1e-12);
        let na = NelsonAalen::fit(&spells, 0.95).unwrap();
        assert!((na.points[3].estimate - (0.2 + 0.25 + 1.0)).abs() < 1e-15);
    }

    #[test]
    fn odd_input_has_an_outcome() {
        let none = Spells::new(&[], &[]);
        assert_eq!(
            KaplanMeier::fit(&none, 0.95).unwrap_err().code(),
            "too_few_rows"
        );
        let nan = Spells::new(&[f64::NAN], &[true]);
        assert_eq!(KaplanMeier::fit(&nan, 0.95).unwrap_err().code(), "param");
        let one = Spells::new(&[0.0], &[true]);
        assert_eq!(KaplanMeier::fit(&one, 0.95).unwrap().median().0, Some(0.0));
        assert!(KaplanMeier::fit(&one, 1.0).is_err());
        let never = Spells::new(&[3.0, 4.0], &[false, false]);
        let km = KaplanMeier::fit(&never, 0.95).unwrap();
        assert_eq!((km.at(9.0), km.median().0), (1.0, None));
        let turned = Spells {
            start: Some(&[3.0]),
            stop: &[3.0],
            event: &[true],
        };
        assert_eq!(KaplanMeier::fit(&turned, 0.95).unwrap_err().code(), "param");
    }
}
