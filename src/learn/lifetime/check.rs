//! What the models assume, and whether it holds.
use super::{counting::FEWEST, gamma_gamma::GammaGamma, summary::Summary};
use crate::base::{order::rising, special::student_two_sided};

/// Beyond this rank correlation of frequency and amount the Gamma-Gamma model is not used.
pub const MOST_CORRELATED: f64 = 0.3;

/// Why a result should be looked at with care, or a model was not used.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Doubt {
    /// Too few customers for a model of purchases: the simple estimate stands in.
    FewCustomers {
        /// Customers found.
        found: u64,
        /// Customers needed.
        needed: u64,
    },
    /// Nobody bought a second time: the simple estimate stands in, and says 0.
    OnePurchase,
    /// No time passed since the first purchases: the simple estimate stands in.
    NoTime,
    /// The model of purchases did not come to rest: the simple estimate stands in.
    NotConverged,
    /// A parameter of the model of purchases ran to 0 or infinity. Forecasts hold; the parameter says little.
    Edge,
    /// The data do not tell the parameters apart. Forecasts hold; ranges are rather too narrow.
    Undetermined,
    /// How often customers buy goes with how much they spend: the simple estimate of amounts stands in.
    Correlated {
        /// Spearman's rank correlation among customers who bought again.
        spearman: f64,
        /// Chance of one as strong where there is none.
        p: f64,
    },
    /// Too few customers with repeat purchases above 0 for a model of amounts: the simple estimate stands in.
    FewAmounts {
        /// Customers found.
        found: u64,
    },
    /// The model of amounts did not come to rest, or has no mean: the simple estimate stands in.
    NoMeanAmount,
}

impl Doubt {
    /// Stable name of the public interface.
    pub fn id(self) -> &'static str {
        match self {
            Self::FewCustomers { .. } => "few_customers",
            Self::OnePurchase => "one_purchase",
            Self::NoTime => "no_time",
            Self::NotConverged => "not_converged",
            Self::Edge => "edge",
            Self::Undetermined => "undetermined",
            Self::Correlated { .. } => "correlated",
            Self::FewAmounts { .. } => "few_amounts",
            Self::NoMeanAmount => "no_mean_amount",
        }
    }

    /// Whether the model of purchases is not used.
    pub fn forbids_counting(self) -> bool {
        matches!(
            self,
            Self::FewCustomers { .. } | Self::OnePurchase | Self::NoTime | Self::NotConverged
        )
    }

    /// Whether the model of amounts is not used.
    pub fn forbids_amounts(self) -> bool {
        matches!(
            self,
            Self::Correlated { .. } | Self::FewAmounts { .. } | Self::NoMeanAmount
        )
    }
}

/// What can be doubted before anything is fitted.
pub fn doubts(summary: &Summary) -> Vec<Doubt> {
    let mut out = Vec::new();
    let n = summary.len();
    if n < FEWEST {
        out.push(Doubt::FewCustomers {
            found: n as u64,
            needed: FEWEST as u64,
        });
    }
    if summary.frequency.iter().all(|x| *x == 0) {
        out.push(Doubt::OnePurchase);
    } else if summary.age.iter().all(|t| *t <= 0.0) {
        out.push(Doubt::NoTime);
    }
    if let Some(amounts) = summary.amounts() {
        let rows = summary.frequency.iter().zip(amounts);
        let (x, m): (Vec<f64>, Vec<f64>) = rows
            .filter(|(x, m)| **x > 0 && **m > 0.0)
            .map(|(x, m)| (f64::from(*x), *m))
            .unzip();
        if x.len() < FEWEST {
            out.push(Doubt::FewAmounts {
                found: x.len() as u64,
            });
        } else if let Some((spearman, p)) = spearman(&x, &m)
            && spearman.abs() > MOST_CORRELATED
            && p < 0.05
        {
            out.push(Doubt::Correlated { spearman, p });
        }
    }
    out
}

/// What the fitted model of amounts makes doubtful.
pub(super) fn of_amounts(model: &GammaGamma) -> Option<Doubt> {
    (!model.converged || model.heavy_tailed()).then_some(Doubt::NoMeanAmount)
}

/// Spearman's rank correlation, ties at their mean rank, and its p-value by Student's t; `None` where one of the lists
/// is constant or both are shorter than 3.
pub fn spearman(a: &[f64], b: &[f64]) -> Option<(f64, f64)> {
    let n = a.len().min(b.len());
    if n < 3 {
        return None;
    }
    let (ra, rb) = (ranks(&a[..n]), ranks(&b[..n]));
    let middle = 0.5 * (n as f64 + 1.0);
    let (mut saa, mut sbb, mut sab) = (0.0, 0.0, 0.0);
    for (x, y) in ra.iter().zip(&rb) {
        let (x, y) = (x - middle, y - middle);
        saa += x * x;
        sbb += y * y;
        sab += x * y;
    }
    if saa <= 0.0 || sbb <= 0.0 {
        return None;
    }
    let r = (sab / (saa * sbb).sqrt()).clamp(-1.0, 1.0);
    let df = n as f64 - 2.0;
    let rest = 1.0 - r * r;
    let p = if rest > 0.0 {
        student_two_sided(r * (df / rest).sqrt(), df)
    } else {
        0.0
    };
    Some((r, p))
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let order = rising(values);
    let mut out = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|a, b| values[*a as usize] == values[*b as usize]) {
        let rank = before as f64 + 0.5 * (tied.len() as f64 + 1.0);
        for i in tied {
            out[*i as usize] = rank;
        }
        before += tied.len();
    }
    out
}
