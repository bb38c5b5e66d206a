//! Time cut into periods, so that any classifier can learn the hazard.
//!
//! Source: Singer & Willett (1993), It's about time, doi:10.3102/10769986018002155.
use super::Spells;
use crate::base::{Error, Result};

/// Most rows that are made.
const MOST_ROWS: usize = 50_000_000;

/// One row for each period that a row was watched in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PersonPeriods {
    /// The row it was made of.
    pub row: Vec<u32>,
    /// The period, from 0; it begins at `period · width`.
    pub period: Vec<u32>,
    /// Whether the event came in it.
    pub event: Vec<bool>,
}

impl PersonPeriods {
    /// Cuts time into periods of `width`. An event at `t` belongs to the period `(k · width, (k + 1) · width]` with `t`
    /// in it, one at 0 to the first. Of rows without the event only periods they were watched through to the end count;
    /// of rows that start later only those from the start on. Periods from `most` on are left out.
    ///
    /// # Errors
    /// Those of [`Spells::check`]; [`Error::Param`] for a width that is not above 0 or a `most` of 0; [`Error::Memory`]
    /// for more than 50 million rows; [`Error::TooFewRows`] when none is left.
    pub fn of(spells: &Spells<'_>, width: f64, most: u32) -> Result<Self> {
        spells.check()?;
        if !(width > 0.0 && width <= 1e12) {
            return Err(Error::out_of_range("width", f64::MIN_POSITIVE, 1e12));
        }
        if most == 0 {
            return Err(Error::out_of_range("periods", 1.0, f64::from(u32::MAX)));
        }
        let most = f64::from(most);
        let span = |i: usize| {
            let t = spells.stop[i] / width;
            // Rounding of a division does not make a period.
            let near = |v: f64| {
                if (v - v.round()).abs() < 1e-9 * v.abs().max(1.0) {
                    v.round()
                } else {
                    v
                }
            };
            let t = near(t);
            let first = spells.start.map_or(0.0, |s| near(s[i] / width).ceil());
            let last = if spells.event[i] {
                t.ceil().max(1.0)
            } else {
                t.floor()
            };
            (first, last)
        };
        let mut total = 0.0;
        for i in 0..spells.len() {
            let (first, last) = span(i);
            total += (last.min(most) - first).max(0.0);
        }
        if total > MOST_ROWS as f64 {
            return Err(Error::memory((total * 9.0) as u64));
        }
        let mut out = Self::default();
        out.row.reserve(total as usize);
        out.period.reserve(total as usize);
        out.event.reserve(total as usize);
        for i in 0..spells.len() {
            let (first, last) = span(i);
            let mut k = first;
            while k < last.min(most) {
                out.row.push(i as u32);
                out.period.push(k as u32);
                out.event.push(spells.event[i] && k + 1.0 == last);
                k += 1.0;
            }
        }
        if out.row.is_empty() {
            return Err(Error::TooFewRows {
                needed: 1,
                found: 0,
            });
        }
        Ok(out)
    }
}

/// Shares still there after each period, from hazards of the periods, each between 0 and 1.
pub fn survival_of_hazards(hazards: &[f64]) -> Vec<f64> {
    let mut share = 1.0;
    let after = |h: &f64| {
        share *= 1.0 - if *h > 0.0 { h.min(1.0) } else { 0.0 };
        share
    };
    hazards.iter().map(after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hazards_of_whole_periods_make_the_curve_of_kaplan_and_meier() {
        let stop: Vec<f64> = (0..80_u32).map(|i| f64::from(1 + i * 37 % 9)).collect();
        let event: Vec<bool> = (0..80_u32).map(|i| i * 31 % 5 < 3).collect();
        let spells = Spells::new(&stop, &event);
        let all = PersonPeriods::of(&spells, 1.0, 100).unwrap();
        let km = crate::learn::survival::KaplanMeier::fit(&spells, 0.95).unwrap();
        let hazards: Vec<f64> = (0..9)
            .map(|k| {
                let at = (0..all.row.len()).filter(|i| all.period[*i] == k);
                let events: Vec<bool> = at.map(|i| all.event[i]).collect();
                events.iter().filter(|e| **e).count() as f64 / events.len() as f64
            })
            .collect();
        for (k, s) in survival_of_hazards(&hazards).iter().enumerate() {
            assert!((s - km.at(k as f64 + 1.0)).abs() < 1e-12);
        }
    }

    #[test]
    fn a_case_by_hand() {
        let stop = [3.0, 2.5, 2.0, 0.0, 0.5, 4.2];
        let event = [true, true, false, true, false, false];
        let start = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        let mut spells = Spells::new(&stop, &event);
        let all = PersonPeriods::of(&spells, 1.0, 100).unwrap();
        let of = |p: &PersonPeriods, row: u32| -> Vec<(u32, bool)> {
            let at = (0..p.row.len()).filter(|i| p.row[*i] == row);
            at.map(|i| (p.period[i], p.event[i])).collect()
        };
        let three = [(0, false), (1, false), (2, true)];
        assert_eq!(of(&all, 0), three);
        assert_eq!(of(&all, 1), three);
        assert_eq!(of(&all, 2), [(0, false), (1, false)]);
        assert_eq!(of(&all, 3), [(0, true)]);
        assert_eq!(of(&all, 4), []);
        let short = PersonPeriods::of(&spells, 1.0, 2).unwrap();
        assert_eq!(of(&short, 0), [(0, false), (1, false)]);
        let event = [false; 6];
        spells = Spells {
            start: Some(&start),
            stop: &[1.0, 1.0, 1.0, 1.0, 1.0, 4.2],
            event: &event,
        };
        let late = PersonPeriods::of(&spells, 1.0, 100).unwrap();
        assert_eq!(of(&late, 5), [(1, false), (2, false), (3, false)]);
        assert_eq!(
            survival_of_hazards(&[0.5, 0.5, 2.0, f64::NAN]),
            [0.5, 0.25, 0.0, 0.0]
        );
        let long = Spells::new(&[1e12], &[true]);
        assert_eq!(
            PersonPeriods::of(&long, 1.0, u32::MAX).unwrap_err().code(),
            "memory"
        );
        assert!(PersonPeriods::of(&long, 0.0, 1).is_err());
    }
}
