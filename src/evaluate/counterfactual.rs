//! Counterfactuals: the smallest changes to one row that move its prediction past a limit.
//!
//! 1. Every single change on offer is scored; then pairs of columns, then three together. A change is kept only when no part of
//!    it would do alone.
//! 2. Fewer columns come before more, then the smaller sum of costs. Of several changes to the same columns the cheapest one
//!    stands for all, so that the answers differ in what they change.
//! 3. A number found between two values on offer is moved back towards the row as far as the prediction allows.
//!
//! Where combinations are more than the budget, each column keeps those of its values that are cheap for what they do: none
//! is both dearer and weaker, alone, than another. Up to the budget the search is complete.
//!
//! Source: Wachter, Mittelstadt and Russell (2018), Counterfactual explanations without opening the black box, Harvard
//! Journal of Law & Technology 31(2); sparsity and diversity as in Mothilal, Sharma and Tan (2020),
//! doi:10.1145/3351095.3372850. The search itself is plain enumeration.
use crate::base::Result;
use crate::base::order::Ordered;
use std::cmp::Ordering;

/// A value on offer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Offer {
    /// The value: a number, or the code of a category.
    pub value: f64,
    /// How large the change to it is; positive.
    pub cost: f64,
}

/// A column that may change.
#[derive(Debug, Clone, Default)]
pub struct Lever {
    /// Values other than the row's.
    pub offers: Vec<Offer>,
    /// The row's number, where values between it and an offer are values too.
    pub from: Option<f64>,
    /// Values between are whole numbers.
    pub is_whole: bool,
}

/// Where the prediction should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// The limit.
    pub limit: f64,
    /// Below the limit; else at it or above.
    pub below: bool,
}

/// What a search may do.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Columns changed together, at most 3.
    pub n_columns: usize,
    /// Answers wanted.
    pub n_answers: usize,
    /// Predictions for each number of columns.
    pub budget: usize,
}

/// A change that reaches the goal.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Place of each column with its new value, by place.
    pub changes: Vec<(usize, f64)>,
    /// The prediction then.
    pub prediction: f64,
    /// Sum of the costs.
    pub cost: f64,
}

/// Predictions of the row under each of several sets of changes, `(sets.len(),)`.
pub type ScoreSets<'a> = dyn FnMut(&[Vec<(usize, f64)>]) -> Result<Vec<f64>> + 'a;

impl Goal {
    /// Whether a prediction is where it should be.
    pub fn is_met(&self, prediction: f64) -> bool {
        if self.below {
            prediction < self.limit
        } else {
            prediction >= self.limit
        }
    }

    /// How far a prediction has come; more is better.
    fn reached(&self, prediction: f64) -> f64 {
        if self.below { -prediction } else { prediction }
    }
}

/// A column's offer, with what it does alone.
#[derive(Debug, Clone, Copy)]
struct Single {
    place: usize,
    offer: Offer,
    prediction: f64,
}

/// Cheapest changes first, at most `bounds.n_answers`; none when nothing on offer reaches the goal. `cost` gives the size of
/// a change of a column to a value, as in its offers.
///
/// # Errors
/// Whatever `score` returns.
pub fn search(
    levers: &[Lever],
    goal: Goal,
    bounds: Bounds,
    cost: &dyn Fn(usize, f64) -> f64,
    score: &mut ScoreSets<'_>,
) -> Result<Vec<Found>> {
    let mut singles: Vec<Single> = Vec::new();
    for (place, lever) in levers.iter().enumerate() {
        singles.extend(lever.offers.iter().map(|offer| Single {
            place,
            offer: *offer,
            prediction: f64::NAN,
        }));
    }
    let sets: Vec<Vec<(usize, f64)>> = singles
        .iter()
        .map(|s| vec![(s.place, s.offer.value)])
        .collect();
    for (single, prediction) in singles.iter_mut().zip(score(&sets)?) {
        single.prediction = prediction;
    }
    let mut answers: Vec<Found> = Vec::new();
    for single in singles.iter().filter(|s| goal.is_met(s.prediction)) {
        answers.push(Found {
            changes: vec![(single.place, single.offer.value)],
            prediction: single.prediction,
            cost: single.offer.cost,
        });
    }
    let mut out = cheapest(answers, bounds.n_answers);
    // What does it alone is part of no larger answer.
    singles.retain(|s| s.prediction.is_finite() && !goal.is_met(s.prediction));
    let mut pairs_met: Vec<[(usize, f64); 2]> = Vec::new();
    for n in 2..=bounds.n_columns.min(3) {
        if out.len() >= bounds.n_answers {
            break;
        }
        let parts = within_budget(&singles, levers.len(), n, bounds.budget, goal);
        let sets = if n == 2 {
            pairs(&parts)
        } else {
            triples(&parts, &pairs_met)
        };
        let predictions = score(&sets.iter().map(|s| changes(s)).collect::<Vec<_>>())?;
        let mut answers = Vec::new();
        for (set, prediction) in sets.into_iter().zip(predictions) {
            if !goal.is_met(prediction) {
                continue;
            }
            let changes = changes(&set);
            if let [a, b] = changes.as_slice() {
                pairs_met.push([*a, *b]);
            }
            answers.push(Found {
                changes,
                prediction,
                cost: set.iter().map(|s| s.offer.cost).sum(),
            });
        }
        let left = bounds.n_answers - out.len();
        out.extend(cheapest(answers, left));
    }
    for found in &mut out {
        refine(found, levers, goal, cost, score)?;
    }
    out.order_by(order);
    Ok(out)
}

fn changes(set: &[Single]) -> Vec<(usize, f64)> {
    set.iter().map(|s| (s.place, s.offer.value)).collect()
}

/// Fewer columns, then cheaper, then by place and value, so that the order is one.
fn order(a: &Found, b: &Found) -> Ordering {
    let by_changes = || {
        a.changes
            .iter()
            .zip(&b.changes)
            .map(|(x, y)| x.0.cmp(&y.0).then(x.1.total_cmp(&y.1)))
            .find(|o| o.is_ne())
            .unwrap_or(Ordering::Equal)
    };
    a.changes
        .len()
        .cmp(&b.changes.len())
        .then(a.cost.total_cmp(&b.cost))
        .then_with(by_changes)
}

/// The cheapest answer for each set of columns, the cheapest of all first.
fn cheapest(mut answers: Vec<Found>, n: usize) -> Vec<Found> {
    answers.order_by(order);
    let mut out: Vec<Found> = Vec::new();
    let columns = |f: &Found| f.changes.iter().map(|c| c.0).collect::<Vec<_>>();
    for answer in answers {
        if out.len() >= n {
            break;
        }
        if out.iter().all(|o| columns(o) != columns(&answer)) {
            out.push(answer);
        }
    }
    out
}

/// Offers by column, thinned until `n` columns together have no more than `budget` combinations.
fn within_budget(
    singles: &[Single],
    n_levers: usize,
    n: usize,
    budget: usize,
    goal: Goal,
) -> Vec<Vec<Single>> {
    let mut parts: Vec<Vec<Single>> = vec![Vec::new(); n_levers];
    for single in singles {
        if let Some(part) = parts.get_mut(single.place) {
            part.push(*single);
        }
    }
    parts.retain(|p| !p.is_empty());
    if combinations(&parts, n) > budget {
        for part in &mut parts {
            let all = part.clone();
            part.retain(|s| {
                !all.iter().any(|o| {
                    o.offer.cost <= s.offer.cost
                        && goal.reached(o.prediction) >= goal.reached(s.prediction)
                        && (o.offer.cost < s.offer.cost
                            || goal.reached(o.prediction) > goal.reached(s.prediction))
                })
            });
        }
    }
    // Every second of the longest list goes, its strongest value stays; at last whole columns, the weakest first.
    while combinations(&parts, n) > budget {
        let longest = parts.iter().enumerate().max_by_key(|(_, p)| p.len());
        let strength = |p: &Vec<Single>| {
            p.iter()
                .map(|s| goal.reached(s.prediction))
                .fold(f64::NEG_INFINITY, f64::max)
        };
        match longest.map(|(i, p)| (i, p.len())) {
            Some((i, len)) if len > 1 => {
                if let Some(part) = parts.get_mut(i) {
                    part.order_by(|a, b| {
                        goal.reached(b.prediction)
                            .total_cmp(&goal.reached(a.prediction))
                    });
                    let mut nth = 0;
                    part.retain(|_| {
                        nth += 1;
                        nth % 2 == 1
                    });
                }
            }
            _ => {
                let weakest = (0..parts.len())
                    .min_by(|a, b| strength(&parts[*a]).total_cmp(&strength(&parts[*b])));
                match weakest {
                    Some(i) => drop(parts.remove(i)),
                    None => break,
                }
            }
        }
    }
    parts
}

/// Sets of one offer from each of `n` columns.
fn combinations(parts: &[Vec<Single>], n: usize) -> usize {
    // Elementary symmetric sums of the lengths.
    let mut sums = [1_usize, 0, 0, 0];
    for part in parts {
        for k in (1..=3).rev() {
            sums[k] = sums[k].saturating_add(sums[k - 1].saturating_mul(part.len()));
        }
    }
    sums.get(n).copied().unwrap_or(0)
}

fn pairs(parts: &[Vec<Single>]) -> Vec<Vec<Single>> {
    let mut out = Vec::new();
    for (i, first) in parts.iter().enumerate() {
        for second in parts.iter().skip(i + 1) {
            for a in first {
                out.extend(second.iter().map(|b| vec![*a, *b]));
            }
        }
    }
    out
}

/// Three together of which no two would do.
fn triples(parts: &[Vec<Single>], met: &[[(usize, f64); 2]]) -> Vec<Vec<Single>> {
    let key = |s: &Single| (s.place, s.offer.value);
    let does = |a: &Single, b: &Single| met.contains(&[key(a), key(b)]);
    let mut out = Vec::new();
    for (i, first) in parts.iter().enumerate() {
        for (j, second) in parts.iter().enumerate().skip(i + 1) {
            for a in first {
                for b in second.iter().filter(|b| !does(a, b)) {
                    for third in parts.iter().skip(j + 1) {
                        let left = third.iter().filter(|c| !does(a, c) && !does(b, c));
                        out.extend(left.map(|c| vec![*a, *b, *c]));
                    }
                }
            }
        }
    }
    out
}

/// Moves numbers back towards the row while the goal stays met.
fn refine(
    found: &mut Found,
    levers: &[Lever],
    goal: Goal,
    cost: &dyn Fn(usize, f64) -> f64,
    score: &mut ScoreSets<'_>,
) -> Result<()> {
    const HALVINGS: usize = 8;
    for i in 0..found.changes.len() {
        let (place, value) = found.changes[i];
        let Some((lever, from)) = levers.get(place).and_then(|l| Some((l, l.from?))) else {
            continue;
        };
        // The next offer on the way back did not do; between the two the limit lies.
        let is_between =
            |v: f64| (v - from) * (value - from) > 0.0 && (v - from).abs() < (value - from).abs();
        let nearer = lever
            .offers
            .iter()
            .map(|o| o.value)
            .filter(|v| is_between(*v));
        let mut least = nearer.fold(from, |m, v| {
            if (v - from).abs() > (m - from).abs() {
                v
            } else {
                m
            }
        });
        let mut most = value;
        for _ in 0..HALVINGS {
            let mut middle = (least + most) / 2.0;
            if lever.is_whole {
                middle = middle.round();
            }
            if middle == least || middle == most {
                break;
            }
            let mut tried = found.changes.clone();
            tried[i].1 = middle;
            let prediction = score(std::slice::from_ref(&tried))?.first().copied();
            match prediction.filter(|p| goal.is_met(*p)) {
                Some(prediction) => {
                    found.changes = tried;
                    found.prediction = prediction;
                    most = middle;
                }
                None => least = middle,
            }
        }
        // A number a person would name, where it does as well.
        if let Some(short) = shortest(least, most, lever.is_whole).filter(|s| *s != most) {
            let mut tried = found.changes.clone();
            tried[i].1 = short;
            let prediction = score(std::slice::from_ref(&tried))?.first().copied();
            if let Some(prediction) = prediction.filter(|p| goal.is_met(*p)) {
                found.changes = tried;
                found.prediction = prediction;
            }
        }
    }
    found.cost = found.changes.iter().map(|(p, v)| cost(*p, *v)).sum();
    Ok(())
}

/// The number with the fewest digits between two, the second included and the nearest to it; none where whole numbers are
/// asked for, which are short.
fn shortest(least: f64, most: f64, is_whole: bool) -> Option<f64> {
    if is_whole || least == most || !least.is_finite() || !most.is_finite() {
        return None;
    }
    let (low, high) = (least.min(most), least.max(most));
    (-12..=12).rev().find_map(|power| {
        let unit = 10_f64.powi(power);
        // Divided rather than multiplied: tenths are not exact.
        let place = |v: f64| {
            if power < 0 {
                v * 10_f64.powi(-power)
            } else {
                v / unit
            }
        };
        let value = |n: f64| {
            if power < 0 {
                n / 10_f64.powi(-power)
            } else {
                n * unit
            }
        };
        let at = if most == high {
            place(most).floor()
        } else {
            place(most).ceil()
        };
        let v = value(at);
        (v >= low && v <= high && v != least).then_some(v)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levers(sizes: &[usize]) -> Vec<Lever> {
        let offer = |i: usize| Offer {
            value: (i + 1) as f64,
            cost: (i + 1) as f64 * 0.1,
        };
        let lever = |n: &usize| Lever {
            offers: (0..*n).map(offer).collect(),
            from: None,
            is_whole: true,
        };
        sizes.iter().map(lever).collect()
    }

    const ALL: Bounds = Bounds {
        n_columns: 3,
        n_answers: 5,
        budget: 100_000,
    };

    type Changes<'a> = &'a [(usize, f64)];

    /// Tries everything.
    fn brute(
        levers: &[Lever],
        goal: Goal,
        f: &dyn Fn(Changes<'_>) -> f64,
    ) -> Vec<(Vec<usize>, f64)> {
        let mut sets: Vec<Vec<(usize, f64)>> = vec![vec![]];
        for (place, lever) in levers.iter().enumerate() {
            for set in sets.clone() {
                for offer in &lever.offers {
                    let mut more = set.clone();
                    more.push((place, offer.value));
                    sets.push(more);
                }
            }
        }
        let met = |s: &[(usize, f64)]| goal.is_met(f(s));
        let has_smaller = |s: &[(usize, f64)]| {
            (1..(1_u32 << s.len()) - 1).any(|mask| {
                let part: Vec<_> = (0..s.len())
                    .filter(|i| mask >> i & 1 == 1)
                    .map(|i| s[i])
                    .collect();
                met(&part)
            })
        };
        let mut best: Vec<(Vec<usize>, f64)> = Vec::new();
        for set in sets.iter().filter(|s| !s.is_empty() && s.len() <= 3) {
            if !met(set) || has_smaller(set) {
                continue;
            }
            let columns: Vec<usize> = set.iter().map(|c| c.0).collect();
            let cost: f64 = set.iter().map(|c| c.1 * 0.1).sum();
            match best.iter_mut().find(|b| b.0 == columns) {
                Some(b) => b.1 = b.1.min(cost),
                None => best.push((columns, cost)),
            }
        }
        best.sort_by(|a, b| {
            a.0.len()
                .cmp(&b.0.len())
                .then(a.1.total_cmp(&b.1))
                .then(a.0.cmp(&b.0))
        });
        best.truncate(5);
        best
    }

    #[test]
    fn the_search_is_as_good_as_trying_everything() {
        let mut state = 3_u64;
        let mut next = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut n_found = [0; 4];
        for trial in 0..200 {
            let levers = levers(&[3, 2, 4, 1, 3]);
            // In every other trial one change can be enough.
            let scale = if trial % 2 == 0 { 0.5 } else { 0.9 };
            let own: Vec<Vec<f64>> = (0..5)
                .map(|_| (0..5).map(|_| scale * next() - 0.1).collect())
                .collect();
            let joint: Vec<f64> = (0..25).map(|_| 0.6 * next() - 0.3).collect();
            // The last lever turns things round, so that the effect of two is not the sum of both.
            let f = |set: &[(usize, f64)]| {
                let mut p = 0.9;
                for (i, (a, v)) in set.iter().enumerate() {
                    p -= own[*a][*v as usize - 1];
                    for (b, _) in &set[i + 1..] {
                        p += joint[a * 5 + b];
                    }
                }
                p
            };
            let goal = Goal {
                limit: 0.3,
                below: true,
            };
            let mut score = |sets: &[Vec<(usize, f64)>]| Ok(sets.iter().map(|s| f(s)).collect());
            let found = search(&levers, goal, ALL, &|_, v| v * 0.1, &mut score).unwrap();
            let expected = brute(&levers, goal, &f);
            let got: Vec<(Vec<usize>, f64)> = found
                .iter()
                .map(|f| (f.changes.iter().map(|c| c.0).collect(), f.cost))
                .collect();
            assert_eq!(got.len(), expected.len());
            for (g, e) in got.iter().zip(&expected) {
                // Of equally dear ones either will do.
                let is_as_good = g.0.len() == e.0.len() && (g.1 - e.1).abs() < 1e-9;
                assert!(is_as_good, "{got:?} {expected:?}");
            }
            for it in &found {
                assert!(goal.is_met(it.prediction));
                assert!((f(&it.changes) - it.prediction).abs() < 1e-12);
                n_found[it.changes.len()] += 1;
            }
        }
        assert!(n_found[1..].iter().all(|n| *n > 20), "{n_found:?}");
    }

    #[test]
    fn numbers_move_no_further_than_needed() {
        let lever = Lever {
            offers: [20.0, 40.0, 60.0]
                .map(|value| Offer {
                    value,
                    cost: value / 100.0,
                })
                .to_vec(),
            from: Some(0.0),
            is_whole: true,
        };
        let goal = Goal {
            limit: 0.5,
            below: true,
        };
        let run = |is_whole: bool| {
            let lever = Lever {
                is_whole,
                ..lever.clone()
            };
            let mut score =
                |sets: &[Vec<(usize, f64)>]| Ok(sets.iter().map(|s| 1.0 - s[0].1 / 62.7).collect());
            let found = search(&[lever], goal, ALL, &|_, v| v / 100.0, &mut score).unwrap();
            (found[0].changes[0].1, found[0].cost)
        };
        assert_eq!(run(true), (32.0, 0.32));
        let (value, cost) = run(false);
        assert!(
            value > 31.35 && value < 31.45 && cost == value / 100.0,
            "{value}"
        );
    }

    #[test]
    fn a_budget_bounds_the_predictions() {
        let levers = levers(&[20; 12]);
        let n_most = std::cell::Cell::new(0);
        let mut score = |sets: &[Vec<(usize, f64)>]| {
            n_most.set(n_most.get().max(sets.len()));
            let of = |s: &Vec<(usize, f64)>| 1.0 - s.iter().map(|c| 0.01 * c.1).sum::<f64>();
            Ok(sets.iter().map(of).collect())
        };
        let goal = Goal {
            limit: 0.45,
            below: true,
        };
        let bounds = Bounds {
            budget: 2_000,
            ..ALL
        };
        let found = search(&levers, goal, bounds, &|_, v| v * 0.1, &mut score).unwrap();
        assert_eq!(found.len(), 5);
        assert!(found.iter().all(|f| f.changes.len() == 3));
        assert!(n_most.get() <= 2_000, "{n_most:?}");
        let never = Goal {
            limit: -5.0,
            below: true,
        };
        let none = search(&levers, never, bounds, &|_, v| v * 0.1, &mut score).unwrap();
        assert!(none.is_empty());
    }

    #[test]
    fn short_numbers_are_preferred() {
        assert_eq!(shortest(31.2, 31.47, false), Some(31.4));
        assert_eq!(shortest(87.9, 31.23, false), Some(40.0));
        assert_eq!(shortest(-0.0034, -0.0071, false), Some(-0.007));
        assert_eq!(shortest(1.0, 2.0, true), None);
    }
}
