//! What is to be expected of all customers together.
use super::Book;
use crate::base::special::NORMAL_975;

/// A value with its 95 % interval.
type Interval = (f64, f64, f64);

/// What may be said of the sum.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Expected {
    /// Customers to whom it happens.
    pub n: Interval,
    /// Money lost with them.
    pub money: Interval,
}

/// Expected number of customers to whom it happens, and their money.
///
/// With probabilities pᵢ and values vᵢ the sum Σ vᵢ·Xᵢ of independent outcomes has the variance Σ vᵢ²·pᵢ(1−pᵢ), and is
/// nearly normal (for vᵢ = 1 it is Poisson-binomial). To it comes that the model itself may be off by the same amount for
/// everybody: on `n_test` held-out rows the mean of outcome − probability is known to √(`brier` / `n_test`), which counts
/// Σ vᵢ times. Both are independent, so their variances add. Limits below 0 and beyond all are cut.
///
/// Source: Hong (2013), On computing the distribution function for the Poisson binomial distribution,
/// doi:10.1016/j.csda.2012.10.006, section 2.4 (normal approximation).
pub fn expected(
    book: &Book,
    customers: impl Iterator<Item = usize>,
    brier: f64,
    n_test: f64,
) -> Expected {
    let (mut n, mut p_sum, mut p_var) = (0.0, 0.0, 0.0);
    let (mut v_sum, mut m_sum, mut m_var) = (0.0, 0.0, 0.0);
    for customer in customers {
        let p = book.probability(customer);
        let v = book.value(customer).unwrap_or(0.0);
        n += 1.0;
        p_sum += p;
        p_var += p * (1.0 - p);
        v_sum += v;
        m_sum += v * p;
        m_var += v * v * p * (1.0 - p);
    }
    let off = if n_test > 0.0 && brier.is_finite() {
        brier / n_test
    } else {
        0.0
    };
    let interval = |sum: f64, var: f64, all: f64| {
        let half = NORMAL_975 * (var + off * all * all).sqrt();
        (
            sum,
            (sum - half).max(all.min(0.0)),
            (sum + half).min(all.max(0.0)),
        )
    };
    Expected {
        n: interval(p_sum, p_var, n),
        money: interval(m_sum, m_var, v_sum),
    }
}
