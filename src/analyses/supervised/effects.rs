//! Coefficients of a linear model as a person reads them: numbers per step of the file's own scale, each category compared
//! with the most frequent one of its column.
//!
//! A penalised model has a coefficient for every category. By itself none of them says anything, because all of them
//! could be moved by the same amount and the intercept back; their differences do: `b_a − b_r` is the log-odds ratio of
//! category a against the reference r. Its variance is `Var b_a + Var b_r − 2 Cov(b_a, b_r)`, from the model's full
//! covariance. A category left out of the coding (`drop`) has coefficient 0. Where columns were chosen and only some of
//! a column's categories are left, each is compared with all that were left out, whose coefficients are 0.
use super::train::Fitted;
use crate::base::order::Ordered;
use crate::{
    base::special::{NORMAL_975, normal_two_sided},
    charts::{CoefficientRow, Coefficients},
    learn::{Coefficient, Dataset, Insight},
    prepare::Meaning,
    report::ReportTable,
};
use std::collections::{BTreeMap, HashMap};

/// One effect.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Effect {
    column: String,
    /// What a number's effect is per.
    step: Option<f64>,
    level: Option<String>,
    /// What the level is compared with; nothing where it is all others.
    reference: Option<String>,
    /// Difference of log-odds, or of the decision.
    value: f64,
    standard_error: Option<f64>,
    interval: Option<(f64, f64)>,
    p_value: Option<f64>,
}

/// Mean of each column, where `insights` has coefficients.
pub(super) fn means(insights: &[Insight], real: &Dataset) -> Vec<f64> {
    let has = |i: &Insight| matches!(i, Insight::Coefficients { .. });
    if !insights.iter().any(has) {
        return Vec::new();
    }
    let mut sums = vec![0.0; real.x.ncols()];
    for row in real.x.rows() {
        for (sum, v) in sums.iter_mut().zip(row) {
            *sum += f64::from(*v);
        }
    }
    let n = real.x.nrows().max(1) as f64;
    sums.into_iter().map(|s| s / n).collect()
}

/// A category of a column.
struct Member<'a> {
    /// Place of its coefficient; none for one that is left out of the coding.
    at: Option<usize>,
    level: &'a str,
    share: f64,
}

/// Effects from the strongest to the weakest.
pub(super) fn of(
    fitted: &Fitted,
    rows: &[Coefficient],
    meanings: &HashMap<String, Meaning>,
) -> Vec<Effect> {
    let error_of = |a: usize, b: usize| fitted.model.fitted().difference_error(a, b);
    compared(rows, &fitted.means, meanings, &error_of)
}

/// The same with standard errors of differences from `error_of`.
fn compared(
    rows: &[Coefficient],
    means: &[f64],
    meanings: &HashMap<String, Meaning>,
    error_of: &dyn Fn(usize, usize) -> Option<f64>,
) -> Vec<Effect> {
    let mut out = Vec::with_capacity(rows.len());
    let mut columns: BTreeMap<&str, (Vec<Member<'_>>, Option<&str>, usize)> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        match meanings.get(&row.feature) {
            Some(Meaning::Level {
                column,
                level,
                dropped,
                n_columns,
            }) => {
                let entry = columns.entry(column).or_default();
                (entry.1, entry.2) = (dropped.as_deref(), *n_columns);
                entry.0.push(Member {
                    at: Some(at),
                    level,
                    share: means.get(at).copied().unwrap_or(0.0),
                });
            }
            Some(Meaning::Number { column, scale, .. }) => {
                out.push(Effect::own(column, Some(*scale), row));
            }
            Some(Meaning::Flag { column, no, yes }) => out.push(Effect {
                level: Some(yes.clone()),
                reference: Some(no.clone()),
                ..Effect::own(column, None, row)
            }),
            None => out.push(Effect::own(&row.feature, None, row)),
        }
    }
    for (column, (mut members, dropped, n_columns)) in columns {
        let is_whole = members.len() == n_columns;
        if let (Some(level), true) = (dropped, is_whole) {
            let share = 1.0 - members.iter().map(|m| m.share).sum::<f64>();
            let at = None;
            members.insert(0, Member { at, level, share });
        }
        // The first of several.
        let reference = members.iter().enumerate().reduce(|best, one| {
            if one.1.share > best.1.share {
                one
            } else {
                best
            }
        });
        let reference = reference.filter(|_| is_whole && members.len() > 1);
        for (i, member) in members.iter().enumerate() {
            let row = |m: &Member<'_>| m.at.and_then(|at| rows.get(at));
            let (value, error, other) = match reference {
                Some((r, _)) if r == i => continue,
                Some((_, other)) => {
                    let value = |m| row(m).map_or(0.0, |r| r.value);
                    let error = match (row(member), row(other)) {
                        (Some(a), Some(b)) if a.standard_error.is_some() => b
                            .standard_error
                            .and(member.at.zip(other.at))
                            .and_then(|(a, b)| error_of(a, b)),
                        (Some(one), None) | (None, Some(one)) => one.standard_error,
                        _ => None,
                    };
                    (value(member) - value(other), error, Some(other.level))
                }
                None => match row(member) {
                    Some(row) => (row.value, row.standard_error, None),
                    None => continue,
                },
            };
            out.push(Effect {
                column: column.to_owned(),
                step: None,
                level: Some(member.level.to_owned()),
                reference: other.map(str::to_owned),
                value,
                standard_error: error,
                interval: error.map(|e| (value - NORMAL_975 * e, value + NORMAL_975 * e)),
                p_value: error.map(|e| normal_two_sided(value / e)),
            });
        }
    }
    out.order_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
    out
}

impl Effect {
    /// What a coefficient says by itself.
    fn own(column: &str, step: Option<f64>, row: &Coefficient) -> Self {
        Self {
            column: column.to_owned(),
            step,
            level: None,
            reference: None,
            value: row.value,
            standard_error: row.standard_error,
            interval: row.interval,
            p_value: row.p_value,
        }
    }

    /// Low end, value and high end as they are shown; ends that are not known are not numbers.
    fn shown(&self, odds: bool) -> [f64; 3] {
        let (low, high) = self.interval.unwrap_or((f64::NAN, f64::NAN));
        [low, self.value, high].map(|v| if odds { v.exp() } else { v })
    }
}

/// Effects as a figure.
pub(super) fn figure(effects: &[Effect], odds: bool) -> Coefficients {
    let row = |e: &Effect| {
        let [low, estimate, high] = e.shown(odds);
        CoefficientRow {
            name: match e.step {
                Some(step) => per(&e.column, step),
                None => e.column.clone(),
            },
            level: e.level.clone(),
            reference: e.reference.clone(),
            estimate,
            low,
            high,
        }
    };
    Coefficients {
        rows: effects.iter().map(row).collect(),
        is_odds_ratio: odds,
    }
}

/// Effects as a table.
pub(super) fn table(learner: &str, effects: &[Effect], odds: bool) -> ReportTable {
    let number = |of: &dyn Fn(&Effect) -> f64| effects.iter().map(of).collect::<Vec<f64>>();
    let text = |of: &dyn Fn(&Effect) -> Option<String>| effects.iter().map(of).collect();
    let estimate = if odds { "odds_ratio" } else { "estimate" };
    ReportTable::default()
        .text("learner", vec![learner; effects.len()])
        .text(
            "column",
            effects.iter().map(|e| e.column.clone()).collect::<Vec<_>>(),
        )
        .optional_text("level", text(&|e| e.level.clone()))
        .optional_text("reference", text(&|e| e.reference.clone()))
        .number("step", number(&|e| e.step.unwrap_or(1.0)))
        .number("coefficient", number(&|e| e.value))
        .number(
            "standard_error",
            number(&|e| e.standard_error.unwrap_or(f64::NAN)),
        )
        .number(estimate, number(&|e| e.shown(odds)[1]))
        .number("low", number(&|e| e.shown(odds)[0]))
        .number("high", number(&|e| e.shown(odds)[2]))
        .number("p_value", number(&|e| e.p_value.unwrap_or(f64::NAN)))
}

/// A column and the step that its effect is per: "tenure + 24.6".
pub(super) fn per(column: &str, step: f64) -> String {
    format!("{column} + {}", short(step))
}

/// Three significant digits.
fn short(v: f64) -> String {
    if !v.is_finite() || v == 0.0 {
        return v.to_string();
    }
    let digits = (2 - v.abs().log10().floor() as i64).clamp(0, 12) as usize;
    let text = format!("{v:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(feature: &str, value: f64) -> Coefficient {
        Coefficient {
            feature: feature.to_owned(),
            value,
            standard_error: Some(0.5),
            interval: Some((value - 1.0, value + 1.0)),
            p_value: Some(0.1),
        }
    }

    /// Columns of one category column.
    fn levels(names: &[&str], dropped: Option<&str>, n_columns: usize) -> HashMap<String, Meaning> {
        let one = |name: &&str| {
            let level = Meaning::Level {
                column: "c".to_owned(),
                level: (*name).to_owned(),
                dropped: dropped.map(str::to_owned),
                n_columns,
            };
            ((*name).to_owned(), level)
        };
        names.iter().map(one).collect()
    }

    type Said = (String, Option<String>, f64, Option<f64>);

    fn said(effects: Vec<Effect>) -> Vec<Said> {
        let one = |e: Effect| {
            assert_eq!((e.column.as_str(), e.step), ("c", None));
            assert_eq!(e.interval.is_some(), e.standard_error.is_some());
            (e.level.unwrap(), e.reference, e.value, e.standard_error)
        };
        effects.into_iter().map(one).collect()
    }

    fn effect(level: &str, reference: Option<&str>, value: f64, error: Option<f64>) -> Said {
        let reference = reference.map(str::to_owned);
        (level.to_owned(), reference, value, error)
    }

    #[test]
    fn categories_are_compared_with_the_most_frequent_one() {
        let error_of = |a: usize, b: usize| Some((10 * a + b) as f64);
        let rows = [row("a", 0.25), row("b", -0.5), row("d", 1.5)];
        let names = ["a", "b", "d"];
        let all = levels(&names, None, 3);
        let got = compared(&rows, &[0.2, 0.5, 0.3], &all, &error_of);
        assert_eq!(
            said(got),
            [
                effect("d", Some("b"), 2.0, Some(21.0)),
                effect("a", Some("b"), 0.75, Some(1.0))
            ]
        );
        // The one without a column of its own is the most frequent one, and is not.
        let dropped = levels(&names, Some("z"), 3);
        let got = compared(&rows, &[0.2, 0.1, 0.2], &dropped, &error_of);
        assert_eq!(
            said(got),
            [
                effect("d", Some("z"), 1.5, Some(0.5)),
                effect("b", Some("z"), -0.5, Some(0.5)),
                effect("a", Some("z"), 0.25, Some(0.5))
            ]
        );
        let got = compared(&rows, &[0.2, 0.5, 0.2], &dropped, &error_of);
        assert_eq!(got.len(), 3);
        assert!(said(got).contains(&effect("z", Some("b"), 0.5, Some(0.5))));
        // Some categories were not chosen, or there is one only.
        for n_columns in [4, 9] {
            let some = levels(&names, Some("z"), n_columns);
            let got = said(compared(&rows, &[0.2, 0.5, 0.3], &some, &error_of));
            assert_eq!(got[0], effect("d", None, 1.5, Some(0.5)));
            assert_eq!(got.len(), 3);
        }
        let got = compared(&rows[..1], &[1.0], &levels(&["a"], None, 1), &error_of);
        assert_eq!(said(got), [effect("a", None, 0.25, Some(0.5))]);
    }

    #[test]
    fn what_has_no_errors_gets_none_by_comparing() {
        let mut rows = [row("a", 1.0), row("b", 0.0)];
        let both = levels(&["a", "b"], None, 2);
        let error_of = |rows: &[Coefficient], known: Option<f64>| {
            let got = compared(rows, &[0.2, 0.8], &both, &|_, _| known);
            said(got)[0].3
        };
        assert_eq!(error_of(&rows, Some(0.7)), Some(0.7));
        assert_eq!(error_of(&rows, None), None);
        rows[1].standard_error = None;
        assert_eq!(error_of(&rows, Some(0.7)), None);
    }

    #[test]
    fn steps_have_three_digits() {
        assert_eq!(
            [24.559_3, 0.001_234, 30_090.0, 2.0].map(short),
            ["24.6", "0.00123", "30090", "2"]
        );
    }
}
