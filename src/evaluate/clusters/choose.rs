//! How many groups: all measures at every number, and what each of them would choose.
//!
//! k-means is fitted for each `k`; silhouette, Caliński–Harabasz and Davies–Bouldin judge its groups, the gap statistic its
//! inertia, resampling whether they come back, and BIC a Gaussian mixture of as many components. No measure is right for all
//! data: the choice is the `k` with the best mean rank among silhouette, gap, BIC and stability, of equal ones the smallest, and
//! the report should show all of them. A single group cannot be judged by most measures and is never chosen; where the gap
//! statistic alone would choose it ([`Picks::gap`] is 1), the groups are cut through one cloud.
use super::{
    gap::{self, gaps},
    indices::{calinski_harabasz, davies_bouldin, ranks},
    silhouette::silhouette,
    stability::stability,
};
use crate::{
    base::{Error, Params, Result, Run, Stage, Train},
    learn::{
        Clusterer as _, Dataset, Target,
        gaussian_mixture::GaussianMixture,
        k_means::{FittedKMeans, KMeans},
        kernels::space::{Euclid, Rows},
    },
};
use ndarray::{Array2, ArrayView2, Axis};

/// How the search is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Least number of groups, at least 2.
    pub least: usize,
    /// Most groups.
    pub most: usize,
    /// Starts of k-means.
    pub n_init: usize,
    /// Drawn sets of the gap statistic.
    pub n_references: usize,
    /// Draws of the stability.
    pub n_draws: usize,
    /// Rows whose silhouettes are looked at.
    pub silhouette_rows: usize,
    /// Covariance of the mixtures, see [`GaussianMixture`].
    pub covariance_type: &'static str,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            least: 2,
            most: 10,
            n_init: 3,
            n_references: 10,
            n_draws: 20,
            silhouette_rows: 2_000,
            covariance_type: "full",
        }
    }
}

/// All measures at one number of groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Groups.
    pub k: usize,
    /// Sum of squared distances to the centres.
    pub inertia: f64,
    /// Mean silhouette.
    pub silhouette: f64,
    /// Its standard error where only some rows were looked at.
    pub silhouette_error: f64,
    /// Spread between groups against spread within.
    pub calinski_harabasz: f64,
    /// How alike groups are; the lower, the better.
    pub davies_bouldin: f64,
    /// Gap statistic.
    pub gap: f64,
    /// Its error.
    pub gap_error: f64,
    /// BIC of a mixture; the lower, the better. NaN where none could be fitted.
    pub bic: f64,
    /// Mean adjusted Rand index over draws.
    pub stability: f64,
    /// Its standard deviation.
    pub stability_deviation: f64,
}

/// What each measure would choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picks {
    /// Highest silhouette.
    pub silhouette: usize,
    /// Highest Caliński–Harabasz.
    pub calinski_harabasz: usize,
    /// Lowest Davies–Bouldin.
    pub davies_bouldin: usize,
    /// The gap statistic's own rule; 1 where the data look like one cloud.
    pub gap: usize,
    /// Lowest BIC.
    pub bic: usize,
    /// Highest stability.
    pub stability: usize,
}

/// The measures and the choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Per number of groups.
    pub table: Vec<Measured>,
    /// What each measure would choose.
    pub picks: Picks,
    /// The best mean rank.
    pub k: usize,
}

fn fit(x: Array2<f32>, k: usize, n_init: usize, run: &mut Run<'_>) -> Result<FittedKMeans> {
    let params = Params::default()
        .with("n_clusters", k as i64)
        .with("n_init", n_init as i64);
    let data = Train::all(Dataset::new(x, Target::None));
    KMeans::new(&params)?.fit_k_means(&data, run)
}

/// Measures all numbers of groups of `x` (`n_samples × n_features`); draw a sample first where there are more than some ten
/// thousand rows.
///
/// # Errors
/// [`Error::Param`] unless `2 ≤ least ≤ most`; [`Error::TooFewRows`] unless there are more rows than `most`;
/// [`Error::NoFeatures`]; [`Error::Cell`] for a value that is not finite; [`Error::Cancelled`].
pub fn choose(x: ArrayView2<'_, f32>, plan: &Plan, run: &mut Run<'_>) -> Result<Choice> {
    if plan.least < 2 || plan.most < plan.least {
        return Err(Error::out_of_range("k", 2.0, plan.most.max(2) as f64));
    }
    let rows = Rows::check(x, plan.most + 1)?;
    let ks: Vec<usize> = (plan.least..=plan.most).collect();
    let total = 2 * ks.len() as u64 + 2;
    run.step(Stage::Evaluating, 0, total)?;
    let with_one: Vec<usize> = std::iter::once(1).chain(ks.iter().copied()).collect();
    let gaps = run.within(|run| gaps(&rows, &with_one, plan.n_references, plan.n_init, run))?;
    let euclid = Euclid::new(rows.clone());
    let mut table = Vec::with_capacity(ks.len());
    for (i, k) in ks.iter().enumerate() {
        run.step(Stage::Evaluating, 2 + 2 * i as u64, total)?;
        let fitted = run.quietly(|run| fit(x.to_owned(), *k, plan.n_init, run))?;
        let labels = fitted.predict(x)?;
        // Fewer groups than asked for, where rows are alike: most measures have nothing to say.
        let or_nan = |found: Result<f64>| match found {
            Err(Error::Param { .. }) => Ok(f64::NAN),
            other => other,
        };
        let shape = silhouette(&euclid, &labels, plan.silhouette_rows, run);
        let error = shape.as_ref().map_or(f64::NAN, |s| s.error);
        let mut again = |drawn: &[u32], run: &mut Run<'_>| {
            let drawn: Vec<usize> = drawn.iter().map(|i| *i as usize).collect();
            let drawn = x.select(Axis(0), &drawn);
            run.quietly(|run| fit(drawn, *k, 1, run))?.predict(x)
        };
        let stable = run.within(|run| stability(&labels, plan.n_draws, run, &mut again))?;
        run.step(Stage::Evaluating, 3 + 2 * i as u64, total)?;
        let params = Params::default()
            .with("n_components", *k as i64)
            .with("covariance_type", plan.covariance_type);
        let mixture = GaussianMixture::new(&params)?;
        let data = Train::all(Dataset::new(x.to_owned(), Target::None));
        let bic = match run.quietly(|run| mixture.fit_mixture(&data, run)) {
            Ok(fitted) => fitted.bic(),
            Err(Error::NotConverged { .. }) => f64::NAN,
            Err(e) => return Err(e),
        };
        let gap = gaps.get(i + 1);
        table.push(Measured {
            k: *k,
            inertia: fitted.inertia(),
            silhouette: or_nan(shape.map(|s| s.mean))?,
            silhouette_error: error,
            calinski_harabasz: or_nan(calinski_harabasz(&rows, &labels))?,
            davies_bouldin: or_nan(davies_bouldin(&rows, &labels))?,
            gap: gap.map_or(f64::NAN, |g| g.gap),
            gap_error: gap.map_or(f64::NAN, |g| g.error),
            bic,
            stability: stable.mean,
            stability_deviation: stable.deviation,
        });
    }
    run.step(Stage::Evaluating, total, total)?;
    Ok(decide(table, gap::choice(&gaps).unwrap_or(1)))
}

fn decide(table: Vec<Measured>, gap: usize) -> Choice {
    let of = |value: fn(&Measured) -> f64, higher| {
        let values: Vec<f64> = table.iter().map(value).collect();
        ranks(&values, higher)
    };
    let first = |ranks: &[f64]| {
        let best = (1..ranks.len()).fold(0, |b, i| if ranks[i] < ranks[b] { i } else { b });
        table.get(best).map_or(1, |m| m.k)
    };
    let silhouette = of(|m| m.silhouette, true);
    let bic = of(|m| m.bic, false);
    let stability = of(|m| m.stability, true);
    let gaps = of(|m| m.gap, true);
    let mean: Vec<f64> = (0..table.len())
        .map(|i| silhouette[i] + bic[i] + stability[i] + gaps[i])
        .collect();
    Choice {
        picks: Picks {
            silhouette: first(&silhouette),
            calinski_harabasz: first(&of(|m| m.calinski_harabasz, true)),
            davies_bouldin: first(&of(|m| m.davies_bouldin, false)),
            gap,
            bic: first(&bic),
            stability: first(&stability),
        },
        k: first(&mean),
        table,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;

    #[test]
    fn four_heaps_are_four() {
        let mut s = 5u32;
        let x = Array2::from_shape_fn((200, 2), |(i, j)| {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let heap = if j == 0 { i % 2 } else { i / 2 % 2 };
            (s >> 8) as f32 / (1 << 24) as f32 + 2.0 * heap as f32
        });
        let plan = Plan {
            most: 6,
            n_draws: 5,
            n_references: 5,
            ..Plan::default()
        };
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        let got = choose(x.view(), &plan, run).unwrap();
        assert_eq!(got.k, 4, "{got:?}");
        assert_eq!((got.picks.silhouette, got.picks.stability), (4, 4));
        assert_eq!(got.table.len(), 5);
        let same = choose(Array2::ones((20, 2)).view(), &plan, run).unwrap();
        assert!((2..=6).contains(&same.k));
        let mut code = |least, most| {
            let plan = Plan {
                least,
                most,
                ..plan.clone()
            };
            choose(x.view(), &plan, run).unwrap_err().code()
        };
        assert_eq!(code(1, 3), "param");
        assert_eq!(code(3, 2), "param");
        assert_eq!(code(2, 300), "too_few_rows");
    }
}
