//! Figures of groups that can be handed on: counts and bounded sums with noise that hides every single customer.
//!
//! What is protected is a customer's whole row, its presence included. One customer changes one group alone, so all
//! groups are answered at the price of one. A group is shown by its noisy count alone, and only from a size at which a
//! group of one is shown with probability δ at most: which levels there are is data, too.
use crate::{
    base::{ColumnKind, Error, ParamReason, Result, Run, Stage, order::Ordered as _},
    evaluate::privacy::{
        discrete_gaussian, discrete_laplace, gaussian_tail, gaussian_variance, laplace_tail,
    },
    report::ReportTable,
    table::{Column, Table, cell_text},
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use std::collections::{HashMap, HashSet};

/// Steps of the grid from 0 to the largest size of a value: sums are whole numbers of steps.
const GRID: i64 = 1 << 16;
/// Epsilon in millionths.
const MICRO: u64 = 1_000_000;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Column whose levels are the groups.
    pub by: &'a str,
    /// Column and level of the outcome.
    pub outcome: Option<(&'a str, &'a str)>,
    /// Column of numbers and its bounds.
    pub value: Option<(&'a str, f64, f64)>,
    /// Column of the ids.
    pub id: Option<&'a str>,
    /// In millionths.
    pub epsilon: u32,
    /// Chance that the bound does not hold.
    pub delta: f64,
    /// Gaussian noise.
    pub gaussian: bool,
    /// Smallest noisy count that is shown.
    pub min_size: u32,
    /// What the noise is drawn from.
    pub seed: &'a [u8],
}

/// What can be handed on.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregates {
    /// The groups, by name.
    pub table: ReportTable,
    /// Half the width of a 95% interval around counts, and around sums where there are some.
    pub within: Vec<f64>,
    /// Noisy count from which a group is shown.
    pub shown_from: u64,
}

/// True sums of a group, in whole numbers.
#[derive(Default, Clone, Copy)]
struct Sums {
    n: i64,
    with_outcome: i64,
    total: i64,
    lost: i64,
}

fn check(asked: &Asked<'_>) -> Result<[u8; 32]> {
    if !(1_000..=20_000_000).contains(&asked.epsilon) {
        return Err(Error::out_of_range("epsilon", 0.001, 20.0));
    }
    if !(1e-12..=1e-3).contains(&asked.delta) {
        return Err(Error::out_of_range("delta", 1e-12, 1e-3));
    }
    if !(2..=1_000_000).contains(&asked.min_size) {
        return Err(Error::out_of_range("minSize", 2.0, 1e6));
    }
    if let Some((_, low, high)) = asked.value {
        let sound = low.abs() <= 1e15 && high.abs() <= 1e15 && low < high;
        if !sound {
            return Err(Error::out_of_range("bounds", -1e15, 1e15));
        }
    }
    asked.seed.try_into().map_err(|_| Error::Protocol)
}

/// The column `name`, whose cells repeat.
fn levels<'a>(table: &'a Table, name: &str) -> Result<(&'a crate::base::Field, &'a Column)> {
    let at = table.schema().position(name)?;
    let (field, column) = table.at(at).ok_or(Error::Protocol)?;
    let repeats = !matches!(
        field.kind,
        ColumnKind::Float | ColumnKind::Date | ColumnKind::DateTime | ColumnKind::Id
    );
    if repeats {
        return Ok((field, column));
    }
    Err(Error::ColumnKind {
        name: name.to_owned(),
        expected: ColumnKind::Category,
        found: field.kind,
    })
}

/// Noise of one kind for all answers.
struct Noise {
    rng: ChaCha20Rng,
    /// Numerator and denominator of Laplace's scale, or the variance, for a sensitivity of 1.
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Laplace(u64, u64),
    Gaussian(f64),
}

impl Kind {
    /// Half the width of a 95% interval.
    fn within(self) -> f64 {
        match self {
            Self::Laplace(num, den) => 20_f64.ln() * num as f64 / den as f64,
            Self::Gaussian(variance) => 1.96 * variance.sqrt(),
        }
    }
}

impl Noise {
    /// `value` with noise that hides a change of `most`.
    fn on(&mut self, value: i64, most: i64) -> f64 {
        let drawn = match self.kind {
            Kind::Laplace(num, den) => discrete_laplace(&mut self.rng, num * most as u64, den),
            Kind::Gaussian(variance) => {
                let variance = (variance * (most as f64).powi(2)).ceil();
                discrete_gaussian(&mut self.rng, variance as u64)
            }
        };
        (i128::from(value) + drawn) as f64
    }
}

/// Answers with noise.
///
/// # Errors
/// [`Error::MissingColumn`], [`Error::ColumnKind`] for a column that does not group, [`Error::Param`] for what is out of
/// range, [`Error::Cancelled`].
pub fn aggregates(table: &Table, asked: &Asked<'_>, run: &mut Run<'_>) -> Result<Aggregates> {
    let seed = check(asked)?;
    let (groups, step) = sums(table, asked, run)?;
    let (outcome, value) = (asked.outcome.is_some(), asked.value.is_some());
    let n_answers = 1 + u32::from(outcome) + u32::from(value) + u32::from(outcome && value);
    let epsilon = f64::from(asked.epsilon) / MICRO as f64;
    let (kind, tail) = if asked.gaussian {
        let variance = gaussian_variance(epsilon, asked.delta / 2.0, n_answers);
        let tail = gaussian_tail(variance.ceil(), asked.delta / 2.0);
        (Kind::Gaussian(variance), tail)
    } else {
        let each = epsilon / f64::from(n_answers);
        let scale = (u64::from(n_answers) * MICRO, u64::from(asked.epsilon));
        (
            Kind::Laplace(scale.0, scale.1),
            laplace_tail(each, asked.delta),
        )
    };
    let shown_from = (1 + tail).max(u64::from(asked.min_size));
    let rng = ChaCha20Rng::from_seed(seed);
    let mut noise = Noise { rng, kind };
    let mut names = Vec::new();
    let mut columns: [Vec<f64>; 6] = Default::default();
    let [n, with, rate, total, mean, lost] = &mut columns;
    let (low, high) = asked
        .value
        .map_or((0.0, 0.0), |(_, low, high)| (low.min(0.0), high.max(0.0)));
    for (name, sums) in groups {
        // Everything is drawn for every group, shown or not, so that the time taken tells nothing either.
        let count = noise.on(sums.n, 1);
        let having = if outcome {
            noise.on(sums.with_outcome, 1)
        } else {
            0.0
        };
        let sum = if value {
            noise.on(sums.total, GRID) * step
        } else {
            0.0
        };
        let sum_lost = if outcome && value {
            noise.on(sums.lost, GRID) * step
        } else {
            0.0
        };
        if count < shown_from as f64 {
            continue;
        }
        // What follows is arithmetic on noisy numbers.
        names.push(name);
        n.push(count);
        with.push(having.max(0.0).min(count));
        rate.push((having / count).clamp(0.0, 1.0));
        total.push(sum);
        mean.push((sum / count).max(low).min(high));
        lost.push(sum_lost);
    }
    let [n, with, rate, total, mean, lost] = columns;
    let mut table = ReportTable::default()
        .optional_text("group", names)
        .number("customers", n);
    if outcome {
        table = table.number("with_outcome", with).number("rate", rate);
    }
    if value {
        table = table.number("total", total).number("mean", mean);
    }
    if outcome && value {
        table = table.number("total_with_outcome", lost);
    }
    let mut within = vec![kind.within()];
    if value {
        within.push(kind.within() * GRID as f64 * step);
    }
    Ok(Aggregates {
        table,
        within,
        shown_from,
    })
}

/// Levels, a missing one among them, and their sums.
type Groups = Vec<(Option<String>, Sums)>;

/// True sums by level, ordered by the level's name, and what a step of the grid is worth.
fn sums(table: &Table, asked: &Asked<'_>, run: &mut Run<'_>) -> Result<(Groups, f64)> {
    let (field, by) = levels(table, asked.by)?;
    let outcome = asked
        .outcome
        .map(|(column, level)| levels(table, column).map(|it| (it, level)))
        .transpose()?;
    let value = match asked.value {
        Some((column, low, high)) => {
            let at = table.schema().position(column)?;
            let (field, cells) = table.at(at).ok_or(Error::Protocol)?;
            if !field.kind.is_number() {
                return Err(Error::ColumnKind {
                    name: column.to_owned(),
                    expected: ColumnKind::Float,
                    found: field.kind,
                });
            }
            Some((cells, low, high))
        }
        None => None,
    };
    let id = asked.id.map(|id| table.schema().position(id)).transpose()?;
    let id = id.and_then(|at| table.at(at));
    if asked.outcome.is_some_and(|(column, _)| column == asked.by) {
        return Err(Error::Param {
            param: "by".into(),
            reason: ParamReason::NotKnown,
        });
    }
    let step = value.map_or(1.0, |(_, low, high)| {
        low.abs().max(high.abs()) / GRID as f64
    });
    let mut seen = HashSet::new();
    let mut found: HashMap<Option<String>, Sums> = HashMap::new();
    let n_rows = table.n_rows();
    for i in 0..n_rows {
        if i % 65_536 == 0 {
            run.step(Stage::Writing, i as u64, n_rows as u64)?;
        }
        if let Some((field, column)) = id
            && let Some(id) = cell_text(field, column, i)
            && !seen.insert(id)
        {
            continue;
        }
        let sums = found.entry(cell_text(field, by, i)).or_default();
        sums.n += 1;
        let has = outcome.is_some_and(|((field, column), level)| {
            cell_text(field, column, i).is_some_and(|cell| cell == level)
        });
        sums.with_outcome += i64::from(has);
        if let Some((cells, low, high)) = value {
            // Nothing where there is no number: it is within every bound's size.
            let number = cells.number(i).filter(|v| v.is_finite());
            let steps = number.map_or(0, |v| (v.max(low).min(high) / step).round() as i64);
            sums.total += steps;
            sums.lost += if has { steps } else { 0 };
        }
    }
    let mut groups: Groups = found.into_iter().collect();
    groups.order_by(|a, b| a.0.cmp(&b.0));
    Ok((groups, step))
}
