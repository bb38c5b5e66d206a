//! Association rules: who has these, has that as well.
//!
//! Sets of up to four items that occur together in `min_support` of the baskets, found depth first along the lists of
//! baskets; a rule for every set and every one of its items as what follows.
//!
//! `support = P(A ∪ c)`, `confidence = P(c | A)`, `lift = P(c | A) / P(c)`.
//!
//! Source: Agrawal, Imieliński & Swami (1993), doi:10.1145/170035.170072; Zaki (2000), Scalable algorithms for
//! association mining, doi:10.1109/69.846291.
use super::{Reason, Recommender, factors::check_within, interactions::Interactions};
use crate::base::{Result, Run, Stage, order::Ordered};
use serde::{Deserialize, Serialize};

/// Sets after which the search ends.
const MOST_SETS: usize = 200_000;

/// Settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Share of baskets that a set must be in, 0 to 1; two baskets at least.
    pub min_support: f64,
    /// Least confidence of a rule, 0 to 1.
    pub min_confidence: f64,
    /// Items of a set, what follows included, 2 to 4.
    pub largest: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            min_support: 0.01,
            min_confidence: 0.1,
            largest: 3,
        }
    }
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Items that are there, rising.
    pub given: Vec<u32>,
    /// The item that follows.
    pub then: u32,
    /// Baskets that have all.
    pub count: u32,
    /// Share of baskets that have all.
    pub support: f64,
    /// Share of the baskets with what is given that have what follows.
    pub confidence: f64,
    /// Confidence in parts of the share of baskets that have what follows; above 1 where they go together.
    pub lift: f64,
}

/// Rules, by falling confidence, then lift.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    rules: Vec<Rule>,
    n_users: u64,
    n_items: u64,
    is_cut: bool,
}

struct Search<'a> {
    data: &'a Interactions,
    least: usize,
    largest: usize,
    /// Sets and the number of baskets they are in, in the order of their lists.
    found: Vec<(Vec<u32>, u32)>,
    /// A list of counts per depth.
    counts: Vec<Vec<u32>>,
    is_cut: bool,
}

impl Search<'_> {
    /// Sets that begin with `set`, which is in `baskets`.
    fn grow(&mut self, set: &mut Vec<u32>, baskets: &[u32], run: &Run<'_>) -> Result<()> {
        if self.found.len() >= MOST_SETS {
            self.is_cut = true;
            return Ok(());
        }
        self.found.push((set.clone(), baskets.len() as u32));
        if set.len() >= self.largest {
            return Ok(());
        }
        run.check()?;
        let last = set.last().copied().unwrap_or(0);
        let depth = set.len() - 1;
        let after = |b: u32| {
            let items = self.data.by_user().row(b as usize).0;
            &items[items.partition_point(|i| *i <= last)..]
        };
        let counts = &mut self.counts[depth];
        for b in baskets {
            for item in after(*b) {
                counts[*item as usize] += 1;
            }
        }
        let mut next = Vec::new();
        for b in baskets {
            for item in after(*b) {
                let n = std::mem::take(&mut counts[*item as usize]);
                if n as usize >= self.least {
                    next.push(*item);
                }
            }
        }
        next.sort_unstable();
        for item in next {
            let of = self.data.by_item().row(item as usize).0;
            let both = both(baskets, of);
            set.push(item);
            self.grow(set, &both, run)?;
            set.pop();
        }
        Ok(())
    }

    fn count(&self, set: &[u32]) -> Option<u32> {
        let at = self.found.binary_search_by(|f| f.0.as_slice().cmp(set));
        at.ok().map(|at| self.found[at].1)
    }
}

/// What is in both of two rising lists.
fn both(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut out = Vec::with_capacity(a.len().min(b.len()));
    let mut rest = b;
    for x in a {
        let skip = if rest.len() > 32 * a.len() {
            rest.partition_point(|y| y < x)
        } else {
            rest.iter().take_while(|y| *y < x).count()
        };
        rest = &rest[skip..];
        match rest.first() {
            Some(y) if y == x => out.push(*x),
            Some(_) => {}
            None => break,
        }
    }
    out
}

impl Rules {
    /// Looks for rules; a basket is what one user of `data` has, which may be an order instead of a customer.
    ///
    /// # Errors
    /// [`crate::base::Error::Param`]; [`crate::base::Error::Cancelled`].
    pub fn fit(data: &Interactions, options: &Options, run: &mut Run<'_>) -> Result<Self> {
        check_within("min_support", options.min_support, 0.0, 1.0)?;
        check_within("min_confidence", options.min_confidence, 0.0, 1.0)?;
        check_within("largest", options.largest as f64, 2.0, 4.0)?;
        let n_baskets = data.n_users() as f64;
        // Rounding must not ask for one basket more.
        let least = (options.min_support * n_baskets - 1e-9).ceil().max(2.0) as usize;
        let n_items = data.n_items();
        let mut search = Search {
            data,
            least,
            largest: options.largest,
            found: Vec::new(),
            counts: vec![vec![0; n_items]; options.largest - 1],
            is_cut: false,
        };
        let mut set = Vec::new();
        for item in 0..n_items as u32 {
            run.step(Stage::Fitting, u64::from(item), n_items as u64)?;
            let baskets = data.by_item().row(item as usize).0;
            if baskets.len() >= least {
                set.push(item);
                search.grow(&mut set, baskets, run)?;
                set.pop();
            }
        }
        run.step(Stage::Fitting, n_items as u64, n_items as u64)?;
        let mut rules = Vec::new();
        for (set, count) in search.found.iter().filter(|f| f.0.len() > 1) {
            for (k, then) in set.iter().enumerate() {
                let mut given = set.clone();
                given.remove(k);
                let (Some(of_given), Some(of_then)) =
                    (search.count(&given), search.count(&[*then]))
                else {
                    continue;
                };
                let confidence = f64::from(*count) / f64::from(of_given);
                if confidence >= options.min_confidence {
                    rules.push(Rule {
                        given,
                        then: *then,
                        count: *count,
                        support: f64::from(*count) / n_baskets,
                        confidence,
                        lift: confidence * n_baskets / f64::from(of_then),
                    });
                }
            }
        }
        rules.order_by(|a, b| {
            let falling = (b.confidence.total_cmp(&a.confidence)).then(b.lift.total_cmp(&a.lift));
            falling.then_with(|| (&a.given, a.then).cmp(&(&b.given, b.then)))
        });
        Ok(Self {
            rules,
            n_users: data.n_users() as u64,
            n_items: n_items as u64,
            is_cut: search.is_cut,
        })
    }

    /// All rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether there were more sets than are looked at: a higher support is called for.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The first rule for each item whose given items are all in `owned`, which rises.
    fn first(&self, owned: &[u32]) -> Vec<Option<&Rule>> {
        let n = usize::try_from(self.n_items).unwrap_or(0);
        let mut out: Vec<Option<&Rule>> = vec![None; n];
        for rule in &self.rules {
            if let Some(to @ None) = out.get_mut(rule.then as usize)
                && rule.given.iter().all(|g| owned.binary_search(g).is_ok())
            {
                *to = Some(rule);
            }
        }
        out
    }
}

impl Recommender for Rules {
    fn n_users(&self) -> usize {
        usize::try_from(self.n_users).unwrap_or(usize::MAX)
    }

    fn n_items(&self) -> usize {
        usize::try_from(self.n_items).unwrap_or(usize::MAX)
    }

    /// The highest confidence of a rule that applies.
    fn predict(&self, data: &Interactions, user: u32, item: u32) -> f64 {
        let of = self.first(data.by_user().row(user as usize).0);
        let rule = of.get(item as usize).copied().flatten();
        rule.map_or(0.0, |r| r.confidence)
    }

    fn scores(&self, data: &Interactions, user: u32, out: &mut Vec<f32>) {
        let of = self.first(data.by_user().row(user as usize).0);
        out.clear();
        out.extend(of.iter().map(|r| r.map_or(0.0, |r| r.confidence as f32)));
    }

    /// The rarest of what the rule is given: the others say less.
    fn reasons(&self, data: &Interactions, user: u32, items: &[u32]) -> Vec<Option<Reason>> {
        let of = self.first(data.by_user().row(user as usize).0);
        let reason = |item: &u32| {
            let rule = of.get(*item as usize).copied().flatten()?;
            let count = |i: &u32| data.by_item().row(*i as usize).0.len();
            let item = rule.given.iter().copied().min_by_key(count)?;
            Some(Reason::Item {
                item,
                weight: rule.confidence as f32,
            })
        };
        items.iter().map(reason).collect()
    }
}
