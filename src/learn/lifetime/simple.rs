//! What stands in where no model can be fitted.
use super::{counting::History, summary::Summary};

/// Everybody goes on buying at their own rate, drawn towards that of all as if they had been seen for one mean age
/// longer: `(frequency + R · T̄) / (age + T̄)` with the rate `R` of all customers together and their mean age `T̄`. A
/// purchase is worth `(frequency · monetary + M) / (frequency + 1)` with the mean amount `M` of all repeat purchases.
/// Nobody is taken to have stopped, so it is rather too high.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Simple {
    /// Repeat purchases of all per unit of time.
    pub rate: f64,
    /// Mean age.
    pub mean_age: f64,
    /// Mean amount of a repeat purchase; 0 where there is none.
    pub amount: f64,
}

impl Simple {
    /// From a summary that was checked.
    pub(super) fn of(summary: &Summary) -> Self {
        let n = summary.len().max(1) as f64;
        let ages: f64 = summary.age.iter().sum();
        let bought: f64 = summary.frequency.iter().map(|x| f64::from(*x)).sum();
        let amounts = summary.frequency.iter().zip(&summary.monetary);
        let spent: f64 = amounts.map(|(x, m)| f64::from(*x) * m).sum();
        let over = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
        Self {
            rate: over(bought, ages),
            mean_age: ages / n,
            amount: over(spent, bought),
        }
    }

    /// Shape and rate of what is believed of a customer's rate of buying; `None` where nobody ever bought again.
    pub(super) fn belief(&self, h: History) -> Option<(f64, f64)> {
        let of = self.rate * self.mean_age;
        (of > 0.0).then(|| (f64::from(h.frequency) + of, h.age + self.mean_age))
    }

    /// Expected purchases of a customer per unit of time.
    pub fn rate_of(&self, h: History) -> f64 {
        self.belief(h).map_or(0.0, |(shape, time)| shape / time)
    }

    /// Expected amount of a purchase.
    pub fn amount_of(&self, x: u32, m: f64) -> f64 {
        let x = f64::from(x);
        (x * m.max(0.0) + self.amount) / (x + 1.0)
    }
}
