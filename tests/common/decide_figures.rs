//! Figures of decisions over plain and odd data, for the tests of figures.
use kept::base::{Costs, ValueOf};
use kept::charts::*;

/// `n` customers whose chances fall from `top`, those worth more riskier, and what happened near the chances.
fn profit(n: u64, top: f64, scale: f64, costs: Costs, is_known: bool) -> Profit {
    let share = |i: u64| i as f64 / n.max(1) as f64;
    let mut ladder = Ladder::default();
    let (mut risk, mut left) = (0.0, 0.0);
    for i in 0..=n {
        if i > 0 {
            let p = top * (1.0 - share(i - 1)).powi(2);
            risk += p * scale;
            left += (p * 0.94 + 0.02 * (i as f64 * 1.7).sin()).max(0.0) * scale;
        }
        ladder.n.push(i);
        let last = top * (1.0 - share(i.saturating_sub(1))).powi(2) * scale;
        ladder
            .threshold
            .push(if i == 0 { f64::INFINITY } else { last });
        ladder.risk.push(risk);
        let half = 0.12 * scale * (i as f64).sqrt();
        ladder.low.push((left - half).max(0.0));
        ladder.high.push(left + half);
        if is_known {
            ladder.observed.push(left);
        }
    }
    let by_value = matches!(costs.value, ValueOf::Column(_)).then(|| {
        let weaker = |v: &f64| v * 0.8;
        Ladder {
            observed: ladder.observed.iter().map(weaker).collect(),
            risk: ladder.risk.iter().map(weaker).collect(),
            ..ladder.clone()
        }
    });
    Profit {
        n_rows: n,
        by_risk: ladder,
        by_value,
        costs,
    }
}

fn costs(contact: f64, value: ValueOf) -> Costs {
    Costs {
        contact,
        success: 0.3,
        value,
        assumed: Default::default(),
        capacity: None,
    }
}

fn depths(n: usize, power: i32) -> Depths {
    let share: Vec<f64> = (0..=n).map(|i| i as f64 / n as f64).collect();
    let value: Vec<f64> = share.iter().map(|s| 1.0 - (1.0 - s).powi(power)).collect();
    let end = |way: f64| {
        let of = |v: &f64| v + way * 0.15 * v * (1.0 - v);
        value.iter().map(of).collect()
    };
    Depths {
        low: end(-1.0),
        high: end(1.0),
        share,
        value,
    }
}

fn lift(of: &Depths) -> Lift {
    let over = |v: &[f64]| (1..v.len()).map(|i| v[i] / of.share[i]).collect();
    Lift {
        depths: Depths {
            share: of.share[1..].to_vec(),
            value: over(&of.value),
            low: over(&of.low),
            high: over(&of.high),
        },
    }
}

fn health(parts: &[(&str, f64)]) -> HealthParts {
    let part = |(id, weight): &(&str, f64)| HealthPart {
        id: (*id).to_owned(),
        weight: *weight,
        learned: weight * 0.9,
        n_columns: 3,
    };
    HealthParts {
        parts: parts.iter().map(part).collect(),
        roc_auc: 0.81,
        equal_roc_auc: 0.74,
    }
}

/// One of each.
pub fn plain() -> Vec<Figure> {
    let found = depths(100, 3);
    vec![
        profit(
            280,
            0.8,
            64.0,
            costs(5.0, ValueOf::Column("fee".into())),
            true,
        )
        .into(),
        lift(&found).into(),
        health(&[
            ("usage", 0.31),
            ("support", 0.0),
            ("billing", 0.55),
            ("other", 0.14),
        ])
        .into(),
        Gains {
            depths: found,
            base_rate: 0.27,
        }
        .into(),
    ]
}

/// What may come: nothing, one customer, no known outcome, huge and impossible numbers.
pub fn odd() -> Vec<Figure> {
    let nan = f64::NAN;
    let number = ValueOf::Number;
    let mut torn = profit(9, 0.9, 1.0, costs(0.1, number(4.0)), true);
    torn.by_risk.low.truncate(3);
    torn.by_risk.risk[1] = nan;
    let mut infinite = profit(9, 0.9, f64::MAX, costs(f64::MAX, number(f64::MAX)), false);
    infinite.n_rows = u64::MAX;
    vec![
        profit(0, 0.5, 1.0, Costs::default(), true).into(),
        profit(1, 0.5, 1.0, costs(1e9, number(3.0)), false).into(),
        profit(
            300,
            0.01,
            1e9,
            costs(1e5, ValueOf::Column("c".repeat(300))),
            true,
        )
        .into(),
        profit(400, 0.6, 50.0, Costs::default(), false).into(),
        Profit {
            n_rows: 3,
            by_risk: Ladder::default(),
            by_value: Some(Ladder::default()),
            costs: Costs::default(),
        }
        .into(),
        torn.into(),
        infinite.into(),
        Gains {
            depths: Depths::default(),
            base_rate: nan,
        }
        .into(),
        Gains {
            depths: Depths {
                share: vec![0.0, nan, 7.0],
                value: vec![0.0, 1.0, -3.0],
                low: vec![],
                high: vec![nan],
            },
            base_rate: 9.0,
        }
        .into(),
        lift(&depths(1, 9)).into(),
        health(&[]).into(),
        health(&[
            ("usage", nan),
            ("", f64::MAX),
            ("一个名字非常非常长的部分", -1.0),
        ])
        .into(),
        Lift {
            depths: Depths {
                share: vec![nan],
                value: vec![nan],
                low: vec![],
                high: vec![],
            },
        }
        .into(),
    ]
}
