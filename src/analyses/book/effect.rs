//! Whether offers work: some customers are left alone at random, and later both halves are compared as they were drawn,
//! whether or not everybody was reached.
use super::{Book, Marks};
use crate::base::order::Ordered;
use crate::{
    base::{Error, Result, Run, random::below, special::NORMAL_975},
    evaluate::interval::wilson,
    table::Table,
};

/// Customers of about equal probability among whom is drawn together.
const STRATUM: usize = 20;
/// Stream of the seed.
const DRAW: u64 = 40;
/// 80 % point of the normal distribution.
const NORMAL_80: f64 = 0.841_621_233_572_914_4;

/// Who was drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Drawn {
    /// Customers, in the order of the list.
    pub customers: Vec<u32>,
    /// Whether they are left alone.
    pub held_out: Vec<bool>,
}

/// Draws a share of `among` to be left alone, in groups of twenty of about the same probability, so that both halves are
/// alike. Customers drawn before are left out.
///
/// # Errors
/// [`Error::Param`] for a share that is not between 0 and 1, [`Error::TooFewRows`] when one half would be empty.
pub fn draw(book: &Book, marks: &Marks, among: &[u32], share: f64, seed: u64) -> Result<Drawn> {
    if !(share > 0.0 && share < 1.0) {
        return Err(Error::out_of_range("share", 0.0, 1.0));
    }
    let is_new = |c: &&u32| marks.get(**c as usize).is_none_or(|m| m.held_out.is_none());
    let customers: Vec<u32> = among.iter().filter(is_new).copied().collect();
    let mut order: Vec<usize> = (0..customers.len()).collect();
    let risk = |i: &usize| {
        let customer = customers.get(*i).map_or(usize::MAX, |c| *c as usize);
        book.probability(customer)
    };
    order.order_by(|a, b| risk(b).total_cmp(&risk(a)));
    let mut quiet = crate::base::Quiet;
    let mut rng = Run::new(&mut quiet, seed).rng(DRAW);
    let mut held_out = vec![false; customers.len()];
    // What a stratum gets beyond or short of its share the next ones make good.
    let (mut wanted, mut given) = (0.0, 0);
    for stratum in order.chunks_mut(STRATUM) {
        wanted += share * stratum.len() as f64;
        let here = (wanted.round() as usize)
            .saturating_sub(given)
            .min(stratum.len());
        for i in 0..here {
            let left = stratum.len() - i;
            let at = i + below(&mut rng, left as u32) as usize;
            stratum.swap(i, at);
            if let Some(slot) = stratum.get(i).and_then(|c| held_out.get_mut(*c)) {
                *slot = true;
            }
        }
        given += here;
    }
    if given == 0 || given == customers.len() {
        return Err(Error::TooFewRows {
            needed: (1.0 / share.min(1.0 - share)).ceil() as u64,
            found: customers.len() as u64,
        });
    }
    Ok(Drawn {
        customers,
        held_out,
    })
}

/// A value with its 95 % interval.
type Interval = (f64, f64, f64);

/// One half.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Half {
    /// Customers.
    pub n: u64,
    /// Of them with a known outcome.
    pub n_known: u64,
    /// Of them to whom it happened.
    pub n_happened: u64,
    /// Their share, by Wilson's interval.
    pub rate: Option<Interval>,
    /// Mean probability of those with a known outcome.
    pub expected: f64,
}

/// Both halves compared.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Compared {
    /// Those left alone.
    pub held_out: Half,
    /// The others.
    pub treated: Half,
    /// Rate left alone − rate treated.
    pub difference: Option<Interval>,
    /// The difference × treated customers with a known outcome.
    pub kept: Option<Interval>,
    /// Mean value of the treated with a known outcome.
    pub mean_value: f64,
    /// Customers needed in both halves together to see what the costs assume.
    pub n_needed: Option<u64>,
}

/// Newcombe's interval of a difference of two independent shares.
///
/// Source: Newcombe (1998), Interval estimation for the difference between independent proportions, method 10,
/// doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
pub fn newcombe(first: (f64, f64), second: (f64, f64)) -> Interval {
    let (p1, p2) = (first.0 / first.1, second.0 / second.1);
    let ((l1, u1), (l2, u2)) = (wilson(first.0, first.1), wilson(second.0, second.1));
    let d = p1 - p2;
    let low = d - ((p1 - l1).powi(2) + (u2 - p2).powi(2)).sqrt();
    let high = d + ((u1 - p1).powi(2) + (p2 - l2).powi(2)).sqrt();
    (d, low, high)
}

/// Rows needed in two halves of sizes `share` and `1 - share` to see a fall of a rate from `rate` by the factor
/// `1 - success` with 80 % power at the 5 % level: the normal approximation.
///
/// Source: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, section 4.2.
pub fn rows_needed(rate: f64, success: f64, share: f64) -> Option<u64> {
    let (p1, p2) = (rate, rate * (1.0 - success));
    let gap = p1 - p2;
    if !(gap > 0.0 && share > 0.0 && share < 1.0) {
        return None;
    }
    let mean = share * p1 + (1.0 - share) * p2;
    let under_none = (mean * (1.0 - mean) * (1.0 / share + 1.0 / (1.0 - share))).sqrt();
    let under_some = (p1 * (1.0 - p1) / share + p2 * (1.0 - p2) / (1.0 - share)).sqrt();
    let n = ((NORMAL_975 * under_none + NORMAL_80 * under_some) / gap).powi(2);
    n.is_finite().then(|| n.ceil() as u64)
}

/// Compares those left alone with the others. An outcome is known from the mark, or from the class in the data where the
/// customer's row that counts is one of `since..`.
pub fn effect(book: &Book, table: &Table, marks: &Marks, since: usize) -> Compared {
    let mut halves = [Half::default(); 2];
    let mut sums = [(0.0, 0.0); 2];
    for (customer, mark) in marks.iter() {
        let Some(held_out) = mark.held_out else {
            continue;
        };
        let at = usize::from(held_out);
        let (Some(half), Some(sum)) = (halves.get_mut(at), sums.get_mut(at)) else {
            continue;
        };
        half.n += 1;
        let in_data = || {
            let class = book.outcome(table, customer)?;
            (book.row(customer) >= since).then(|| Some(&class) == book.plan.label.as_ref())
        };
        if let Some(happened) = mark.outcome.or_else(in_data) {
            half.n_known += 1;
            half.n_happened += u64::from(happened);
            sum.0 += book.before(customer).unwrap_or(book.probability(customer));
            sum.1 += book.value(customer).unwrap_or(0.0);
        }
    }
    for (half, sum) in halves.iter_mut().zip(sums) {
        if half.n_known > 0 {
            let (hits, n) = (half.n_happened as f64, half.n_known as f64);
            let (low, high) = wilson(hits, n);
            half.rate = Some((hits / n, low, high));
            half.expected = sum.0 / n;
        }
    }
    let [treated, held_out] = halves;
    let pair = |h: &Half| (h.n_happened as f64, h.n_known as f64);
    let both = treated.n_known > 0 && held_out.n_known > 0;
    let difference = both.then(|| newcombe(pair(&held_out), pair(&treated)));
    let n = treated.n_known as f64;
    let (all, alone) = ((treated.n + held_out.n) as f64, held_out.n as f64);
    let of_all = |h: &Half| h.rate.map_or(0.0, |r| r.0 * h.n_known as f64);
    let n_known = (treated.n_known + held_out.n_known) as f64;
    let rate = match held_out.rate {
        Some((rate, ..)) => rate,
        None => (of_all(&treated) + of_all(&held_out)) / n_known.max(1.0),
    };
    Compared {
        difference,
        kept: difference.map(|(d, low, high)| (d * n, low * n, high * n)),
        mean_value: if n > 0.0 { sums[0].1 / n } else { 0.0 },
        n_needed: rows_needed(rate, book.plan.costs.success, alone / all.max(1.0)),
        held_out,
        treated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_paper() {
        // Newcombe (1998), table II: 56/70 - 48/80 and 9/10 - 3/10, method 10.
        for ((a, b), (low, high)) in [
            (((56.0, 70.0), (48.0, 80.0)), (0.0524, 0.3339)),
            (((9.0, 10.0), (3.0, 10.0)), (0.1705, 0.8090)),
        ] {
            let (_, l, h) = newcombe(a, b);
            assert!((l - low).abs() < 5e-5 && (h - high).abs() < 5e-5, "{l} {h}");
        }
    }

    #[test]
    fn the_size_is_that_of_the_textbook() {
        // 60 % and 70 % in equal halves: 356 each without the correction for continuity.
        let n = rows_needed(0.7, 1.0 / 7.0, 0.5).unwrap();
        assert!((711..=713).contains(&n), "{n}");
        assert_eq!(rows_needed(0.3, 0.0, 0.5), None);
        assert_eq!(rows_needed(0.3, 0.5, 0.0), None);
    }
}
