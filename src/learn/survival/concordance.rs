//! How often, of two rows, the one with the higher risk ends first.
//!
//! Source: Harrell, Lee & Mark (1996), doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4.
use super::{Spells, same_length};
use crate::base::{Error, Result, order::rising};

/// Harrell's C: of the pairs of which one is known to have ended first, the share in which it had the higher `risk`,
/// equal risks counting half. Pairs are made within strata; starts are not looked at. 0.5 where there is no pair.
///
/// # Errors
/// Those of [`Spells::check`]; [`Error::Shape`] when lengths disagree; [`Error::Param`] for a risk that is not a
/// number.
pub fn concordance(spells: &Spells<'_>, risk: &[f64], strata: Option<&[u32]>) -> Result<f64> {
    spells.check()?;
    let n = spells.len();
    same_length("risks", n, risk.len())?;
    if risk.iter().any(|r| r.is_nan()) {
        return Err(Error::out_of_range("risk", f64::MIN, f64::MAX));
    }
    if let Some(strata) = strata {
        same_length("strata", n, strata.len())?;
    }
    // Places of the risks among the different ones, from 1.
    let order = rising(risk);
    let mut rank = vec![0_u32; n];
    let mut last = 0;
    for same in order.chunk_by(|a, b| risk[*a as usize] == risk[*b as usize]) {
        last += 1;
        same.iter().for_each(|i| rank[*i as usize] = last);
    }
    // By stratum and time, events before those last seen at the same time.
    let stratum = |i: usize| strata.map_or(0, |s| s[i]);
    let mut rows: Vec<(u32, u64, bool, u32)> = (0..n)
        .map(|i| {
            (
                stratum(i),
                spells.stop[i].abs().to_bits(),
                !spells.event[i],
                i as u32,
            )
        })
        .collect();
    rows.sort_unstable();
    let (mut pairs, mut right, mut equal) = (0_u64, 0_u64, 0_u64);
    let mut ended = Counts::new(last as usize);
    for rows in rows.chunk_by(|a, b| a.0 == b.0) {
        for same in rows.chunk_by(|a, b| (a.1, a.2) == (b.1, b.2)) {
            for (.., i) in same {
                let at = rank[*i as usize];
                let up_to = ended.up_to(at);
                let below = ended.up_to(at - 1);
                // Those that ended before this one should have had the higher risk.
                pairs += ended.total;
                right += ended.total - up_to;
                equal += up_to - below;
            }
            if !same[0].2 {
                same.iter().for_each(|(.., i)| ended.add(rank[*i as usize]));
            }
        }
        rows.iter()
            .for_each(|(.., i)| ended.clear(rank[*i as usize]));
        ended.total = 0;
    }
    if pairs == 0 {
        return Ok(0.5);
    }
    Ok((right as f64 + 0.5 * equal as f64) / pairs as f64)
}

/// Counts by place whose sums up to a place take few steps (Fenwick's tree).
struct Counts {
    tree: Vec<u64>,
    total: u64,
}

impl Counts {
    fn new(n: usize) -> Self {
        Self {
            tree: vec![0; n + 1],
            total: 0,
        }
    }

    fn add(&mut self, place: u32) {
        self.total += 1;
        let mut i = place as usize;
        while i < self.tree.len() && i > 0 {
            self.tree[i] += 1;
            i += i & i.wrapping_neg();
        }
    }

    /// Forgets all that was counted at the place; to be called for every place.
    fn clear(&mut self, place: u32) {
        let mut i = place as usize;
        while i < self.tree.len() && i > 0 {
            self.tree[i] = 0;
            i += i & i.wrapping_neg();
        }
    }

    fn up_to(&self, place: u32) -> u64 {
        let (mut i, mut sum) = (place as usize, 0);
        while i > 0 {
            sum += self.tree[i];
            i &= i - 1;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_counting_pairs_gives() {
        let stop: Vec<f64> = (0..60_u32).map(|i| f64::from(i * 37 % 17)).collect();
        let event: Vec<bool> = (0..60_u32).map(|i| i * 31 % 5 != 0).collect();
        let risk: Vec<f64> = (0..60_u32).map(|i| f64::from(i * 13 % 11)).collect();
        let strata: Vec<u32> = (0..60_u32).map(|i| i % 3).collect();
        let spells = Spells::new(&stop, &event);
        for strata in [None, Some(&*strata)] {
            let (mut pairs, mut sum) = (0.0, 0.0);
            for i in 0..60 {
                for j in 0..60 {
                    let alike = strata.is_none_or(|s| s[i] == s[j]);
                    let first = stop[i] < stop[j] || (stop[i] == stop[j] && !event[j]);
                    if i != j && alike && event[i] && first {
                        pairs += 1.0;
                        sum += if risk[i] > risk[j] {
                            1.0
                        } else if risk[i] == risk[j] {
                            0.5
                        } else {
                            0.0
                        };
                    }
                }
            }
            let got = concordance(&spells, &risk, strata).unwrap();
            assert!((got - sum / pairs).abs() < 1e-12, "{got}");
        }
        assert_eq!(
            concordance(&Spells::new(&[1.0], &[false]), &[1.0], None),
            Ok(0.5)
        );
    }
}
