//! A column's score from 0 to 100: where a value stands among the training rows, the good end up.
use crate::{
    base::Result,
    evaluate::interval::delong,
    table::{Column, Table},
};
use serde::{Deserialize, Serialize};

/// Quantiles that stand for a column of numbers.
const N_KNOTS: usize = 201;
/// Levels beyond which a category says who rather than how.
const MOST_LEVELS: usize = 50;
/// Rows that the overall rate counts for in a level's rate.
const PRIOR_ROWS: f64 = 10.0;
/// What stands in for a value that is missing or new.
pub(super) const NEUTRAL: f64 = 50.0;

/// How a column is scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Scale {
    /// By the share of training rows with a smaller value, equal ones counting half.
    Number {
        /// Evenly spread quantiles of the training rows, rising.
        knots: Vec<f64>,
        /// Whether large values are the bad ones.
        is_falling: bool,
    },
    /// By the share of training rows at levels that leave more often.
    Level {
        /// The levels.
        levels: Vec<String>,
        /// Their scores.
        scores: Vec<f64>,
    },
}

/// A scale and how well it alone tells who leaves: `2 · |ROC-AUC − 0.5|`, none where that may be chance.
pub(super) struct Learned {
    pub(super) scale: Scale,
    pub(super) strength: f64,
}

fn strength(truth: &[bool], risk: &[f64]) -> Result<Option<(f64, bool)>> {
    let n_yes = truth.iter().filter(|t| **t).count() as f64;
    let n_no = truth.len() as f64 - n_yes;
    if n_yes < 2.0 || n_no < 2.0 {
        return Ok(None);
    }
    let area = delong(truth, risk)?.roc_auc;
    // Spread of the area of a column that says nothing (Mann–Whitney), two of it.
    let chance = 2.0 * ((n_yes + n_no + 1.0) / (12.0 * n_yes * n_no)).sqrt();
    Ok(((area - 0.5).abs() > chance).then_some((2.0 * (area - 0.5).abs(), area > 0.5)))
}

/// Learns the scale of a column from training `rows` of its table.
pub(super) fn learn(column: &Column, rows: &[u32], truth: &[bool]) -> Result<Option<Learned>> {
    match column {
        Column::Text(_) => Ok(None),
        Column::Category(c) => {
            let n_levels = c.levels.len();
            if n_levels > MOST_LEVELS {
                return Ok(None);
            }
            let (mut n, mut left) = (vec![0.0; n_levels], vec![0.0; n_levels]);
            let mut seen = Vec::new();
            for (row, gone) in rows.iter().zip(truth) {
                let code = c.codes.get(*row as usize).map(|code| code as usize);
                let Some(code) = code.filter(|code| *code < n_levels) else {
                    continue;
                };
                n[code] += 1.0;
                left[code] += f64::from(u8::from(*gone));
                seen.push((code, *gone));
            }
            let all: f64 = n.iter().sum();
            let overall = left.iter().sum::<f64>() / all.max(1.0);
            let of = |i: usize| (left[i] + PRIOR_ROWS * overall) / (n[i] + PRIOR_ROWS);
            let rate: Vec<f64> = (0..n_levels).map(of).collect();
            let (risk, gone): (Vec<f64>, Vec<bool>) = seen
                .into_iter()
                .map(|(code, gone)| (rate[code], gone))
                .unzip();
            let Some((strength, true)) = strength(&gone, &risk)? else {
                return Ok(None);
            };
            let score = |i: usize| {
                let (mut worse, mut even) = (0.0, 0.0);
                for j in 0..n_levels {
                    if rate[j] > rate[i] {
                        worse += n[j];
                    } else if rate[j] == rate[i] {
                        even += n[j];
                    }
                }
                100.0 * (worse + even / 2.0) / all.max(1.0)
            };
            let kept: Vec<usize> = (0..n_levels).filter(|i| n[*i] > 0.0).collect();
            let name = |i: &usize| c.levels.get(*i as u32).unwrap_or_default().to_owned();
            Ok(Some(Learned {
                scale: Scale::Level {
                    levels: kept.iter().map(name).collect(),
                    scores: kept.iter().map(|i| score(*i)).collect(),
                },
                strength,
            }))
        }
        _ => {
            let pairs = rows.iter().zip(truth).filter_map(|(row, gone)| {
                let value = column.number(*row as usize).filter(|v| v.is_finite())?;
                Some((value, *gone))
            });
            let (mut values, gone): (Vec<f64>, Vec<bool>) = pairs.unzip();
            let Some((strength, is_falling)) = strength(&gone, &values)? else {
                return Ok(None);
            };
            values.sort_unstable_by(f64::total_cmp);
            let last = values.len() - 1;
            let n = N_KNOTS.min(values.len());
            let knots = (0..n).map(|i| values[i * last / (n - 1).max(1)]).collect();
            Ok(Some(Learned {
                scale: Scale::Number { knots, is_falling },
                strength,
            }))
        }
    }
}

impl Scale {
    fn of_number(&self, v: f64) -> f64 {
        match self {
            Self::Number { knots, is_falling } if !knots.is_empty() && v.is_finite() => {
                let below = knots.partition_point(|k| *k < v) as f64;
                let up_to = knots.partition_point(|k| *k <= v) as f64;
                let share = (below + up_to) / 2.0 / knots.len() as f64;
                100.0 * if *is_falling { 1.0 - share } else { share }
            }
            _ => NEUTRAL,
        }
    }

    fn of_level(&self, level: &str) -> f64 {
        match self {
            Self::Level { levels, scores } => {
                let at = levels.iter().position(|l| l == level);
                at.and_then(|i| scores.get(i)).copied().unwrap_or(NEUTRAL)
            }
            Self::Number { .. } => NEUTRAL,
        }
    }

    /// Scores of `rows` of the column `name`; the middle where the column or a value is missing.
    pub(super) fn scores(&self, table: &Table, name: &str, rows: &[u32]) -> Vec<f64> {
        let Ok(column) = table.column(name) else {
            return vec![NEUTRAL; rows.len()];
        };
        match column {
            Column::Category(c) | Column::Text(c) => {
                // Once per level, not once per row.
                let of_level: Vec<f64> = c.levels.iter().map(|l| self.of_level(l)).collect();
                let of = |row: &u32| {
                    let code = c.codes.get(*row as usize);
                    code.and_then(|code| of_level.get(code as usize)).copied()
                };
                rows.iter().map(|r| of(r).unwrap_or(NEUTRAL)).collect()
            }
            _ => {
                let of = |row: &u32| column.number(*row as usize).map(|v| self.of_number(v));
                rows.iter().map(|r| of(r).unwrap_or(NEUTRAL)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Coded, Values};

    #[test]
    fn numbers_and_levels_stand_with_the_good_end_up() {
        let n = 400;
        let rows: Vec<u32> = (0..n).collect();
        // Small values leave.
        let gone: Vec<bool> = (0..n).map(|i| i < 100 || i % 7 == 0).collect();
        let column = Column::Int(Values::new((0..i64::from(n)).collect(), None));
        let learned = learn(&column, &rows, &gone).unwrap().unwrap();
        assert!(learned.strength > 0.5);
        assert!(learned.scale.of_number(-5.0) == 0.0 && learned.scale.of_number(1e9) == 100.0);
        assert!((learned.scale.of_number(200.0) - 50.0).abs() < 1.0);
        assert_eq!(learned.scale.of_number(f64::NAN), NEUTRAL);
        // Half of them at the level that leaves: it stands at a quarter, the other at three quarters.
        let cells = (0..n).map(|i| Some(if i < 200 { "month" } else { "year" }));
        let column = Column::Category(Coded::from_cells(cells));
        let learned = learn(&column, &rows, &gone).unwrap().unwrap();
        assert_eq!(learned.scale.of_level("month"), 25.0);
        assert_eq!(learned.scale.of_level("year"), 75.0);
        assert_eq!(learned.scale.of_level("week"), NEUTRAL);
        // What may be chance is left out.
        let noise = Values::new((0..i64::from(n)).map(|i| i * 7919 % 401).collect(), None);
        assert!(learn(&Column::Int(noise), &rows, &gone).unwrap().is_none());
    }
}
