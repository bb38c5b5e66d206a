//! Demo data with known truth: customers of a made-up software company.
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};
use std::fmt::Write as _;

/// A generated file with the truth behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Demo {
    /// The file.
    pub csv: Vec<u8>,
    /// Probability of having churned with which each row was drawn: no model can rank better than this.
    pub probability: Vec<f64>,
    /// Whether each row churned.
    pub churned: Vec<bool>,
}

const HEADER: &str = "account_id,company,plan,region,industry,seats,signup_date,login_days,total_days,login_trend,\
support_tickets,total_purchases,purchase_amount,invoices_overdue,satisfaction,monthly_revenue,auto_renew,churned";
const REGIONS: [&str; 5] = [
    "North America",
    "Europe",
    "Asia-Pacific",
    "Latin America",
    "Middle East",
];
const INDUSTRIES: [&str; 7] = [
    "Software",
    "Retail",
    "Finance",
    "Healthcare",
    "Education",
    "Manufacturing",
    "Media",
];
const PLANS: [(&str, f64); 4] = [
    ("Starter", 19.0),
    ("Team", 49.0),
    ("Business", 99.0),
    ("Enterprise", 199.0),
];
const FIRST: [&str; 16] = [
    "Alder", "Blue", "Cedar", "Delta", "Ember", "Fjord", "Granite", "Harbor", "Indigo", "Juniper",
    "Kestrel", "Lumen", "Maple", "North", "Orchid", "Prairie",
];
const SECOND: [&str; 12] = [
    "Works",
    "Labs",
    "Systems",
    "Foods",
    "Health",
    "Media",
    "Logistics",
    "Partners",
    "Studio",
    "Energy",
    "Bank",
    "Tools",
];

struct Dice(ChaCha8Rng);

impl Dice {
    /// Uniform in 0..1, from the upper 53 bits.
    fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// Nearly normal: twelve uniforms need no logarithm, whose last bits differ between platforms.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    fn below(&mut self, n: usize) -> usize {
        ((self.unit() * n as f64) as usize).min(n - 1)
    }

    fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One of several, by weight.
    fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (i, w) in weights.iter().enumerate() {
            left -= w;
            if left < 0.0 {
                return i;
            }
        }
        weights.len() - 1
    }
}

/// Generates `n_rows` customers from a seed.
///
/// Churn is drawn from a logistic model of the share of days with a login, its trend, plan, tenure, tickets per
/// seat (beyond a bend), overdue invoices and satisfaction, with interactions of usage and renewal and of plan and
/// tickets. About a quarter churns; the best possible ROC-AUC is about 0.88. Satisfaction is missing more often for
/// customers who are about to leave; a few cells are dirty, as in files people have.
pub fn generate(n_rows: u32, seed: u64) -> Demo {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
    let n = n_rows as usize;
    let mut csv = String::with_capacity(150 * (n + 1));
    csv.push_str(HEADER);
    csv.push('\n');
    let (mut probability, mut churned) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for row in 0..n {
        let (p, gone) = customer(&mut dice, row, &mut csv);
        probability.push(p);
        churned.push(gone);
    }
    Demo {
        csv: csv.into_bytes(),
        probability,
        churned,
    }
}

/// Writes one customer and returns the probability of churn with its outcome.
fn customer(dice: &mut Dice, row: usize, csv: &mut String) -> (f64, bool) {
    let plan = dice.weighted(&[0.4, 0.3, 0.2, 0.1]);
    let region = dice.weighted(&[0.4, 0.3, 0.15, 0.1, 0.05]);
    let industry = dice.below(INDUSTRIES.len());
    let seats = (2.0 + (plan as f64 * 6.0 + 3.0) * (1.0 + dice.normal().abs())).round();
    let total_days = 30 + dice.below(1070);
    let usage = (0.45 + 0.22 * dice.normal()).clamp(0.01, 0.98);
    let login_days = (usage * total_days as f64).round();
    let usage = login_days / total_days as f64;
    let trend = (dice.normal() * 15.0).round();
    let tickets = (seats.sqrt() * (0.3 + dice.normal().abs())).round();
    let n_purchases = dice.below(2 + total_days / 60);
    let per_purchase = 40.0 + 25.0 * dice.normal().abs() + 30.0 * plan as f64;
    let amount = (n_purchases as f64 * per_purchase * 100.0).round() / 100.0;
    let overdue = dice.weighted(&[0.7, 0.17, 0.08, 0.05]);
    let satisfaction = (7.0 + 1.8 * dice.normal()).round().clamp(0.0, 10.0);
    let revenue = (PLANS[plan].1 * seats * (0.9 + 0.2 * dice.unit()) * 100.0).round() / 100.0;
    let renews = dice.chance(0.6);

    let burden = (tickets / seats.sqrt() - 1.0).max(0.0);
    let value = if n_purchases == 0 {
        0.0
    } else {
        amount / n_purchases as f64
    };
    let score = -2.55 + 7.0 * (0.45 - usage) - 0.035 * trend
        + [0.7, 0.1, -0.3, -0.9][plan]
        + if total_days < 120 { 1.0 } else { 0.0 }
        + 1.1 * burden * if plan < 2 { 1.5 } else { 0.6 }
        + 0.75 * overdue as f64
        - 0.4 * (satisfaction - 7.0)
        - 0.008 * (value - 70.0)
        + if renews { -0.6 } else { 0.5 }
        + if !renews && usage < 0.3 { 1.1 } else { 0.0 };
    // Rounded, so that the last bits of the exponential cannot decide who churns.
    let p = (1e9 / (1.0 + (-score).exp())).round() / 1e9;
    let gone = dice.chance(p);

    let company = format!(
        "{} {}",
        FIRST[dice.below(FIRST.len())],
        SECOND[dice.below(SECOND.len())]
    );
    let company = if dice.chance(0.02) {
        format!("\"{company}, Inc.\"")
    } else {
        company
    };
    let plan_text = match dice.below(100) {
        0 => format!(" {} ", PLANS[plan].0),
        _ => PLANS[plan].0.to_owned(),
    };
    let industry = if dice.chance(0.03) {
        ["", "n/a", "N/A"][dice.below(3)]
    } else {
        INDUSTRIES[industry]
    };
    let tickets = if dice.chance(0.002) {
        "see CRM".to_owned()
    } else {
        tickets.to_string()
    };
    let quiet = dice.chance(if gone { 0.3 } else { 0.1 });
    let satisfaction = if quiet {
        String::new()
    } else {
        satisfaction.to_string()
    };
    let trend = if dice.chance(0.02) {
        "NA".to_owned()
    } else {
        trend.to_string()
    };
    let days = 20_453 - total_days as i32;
    // Writing to a String cannot fail.
    let _ = writeln!(
        csv,
        "AC-{:06},{company},{plan_text},{},{industry},{seats},{},{login_days},{total_days},{trend},{tickets},\
         {n_purchases},{amount:.2},{overdue},{satisfaction},${revenue:.2},{},{}",
        100_000 + row,
        REGIONS[region],
        super::dates::date_text(days),
        if renews { "yes" } else { "no" },
        if gone { "Yes" } else { "No" },
    );
    (p, gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auc(score: &[f64], truth: &[bool]) -> f64 {
        let mut order: Vec<usize> = (0..score.len()).collect();
        order.sort_by(|a, b| score[*a].total_cmp(&score[*b]));
        let n_yes = truth.iter().filter(|t| **t).count() as f64;
        let ranks: f64 = order
            .iter()
            .enumerate()
            .filter(|(_, i)| truth[**i])
            .map(|(r, _)| r as f64 + 1.0)
            .sum();
        (ranks - n_yes * (n_yes + 1.0) / 2.0) / (n_yes * (truth.len() as f64 - n_yes))
    }

    #[test]
    fn the_truth_is_learnable_but_not_trivial() {
        let demo = generate(20_000, 42);
        let share = demo.churned.iter().filter(|c| **c).count() as f64 / 20_000.0;
        assert!((0.2..0.3).contains(&share), "{share}");
        let best = auc(&demo.probability, &demo.churned);
        assert!((0.85..0.905).contains(&best), "{best}");
        let mean = demo.probability.iter().sum::<f64>() / 20_000.0;
        assert!((mean - share).abs() < 0.015, "{mean} {share}");
    }

    #[test]
    fn a_seed_gives_one_file() {
        assert_eq!(generate(50, 7), generate(50, 7));
        assert_ne!(generate(50, 7), generate(50, 8));
    }
}
