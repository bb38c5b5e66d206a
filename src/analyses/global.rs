//! What a model does as a whole, on held-out rows: effects of single columns, pairs that act together, contributions of
//! many customers at once. Figures `ale:COLUMN`, `interactions`, `beeswarm`, `dependence:COLUMN`.
//!
//! Cost is bounded by sampling, not by a clock, so that the same seed gives the same figures: at most about 100,000
//! predictions, a tenth of what permutation importance takes.
use super::{
    vary::{Base, cell, numbers},
    why,
};
use crate::base::order::Ordered;
use crate::{
    artifact::Opened,
    base::{Cell, Result, Run, Warning, random},
    charts::{Dependence, EffectKind, EffectPlaces, Figure, InteractionPair, Interactions},
    evaluate::effects::{Effect, Sampling, ale_categories, ale_numbers, cut_points, interactions},
    table::{Column, Table},
};
use ndarray::ArrayView2;

/// Held-out rows looked at, at most.
pub const MAX_ROWS: usize = 1_000;
/// Columns with an effect of their own.
const N_COLUMNS: usize = 8;
/// Bins of a number.
const N_BINS: usize = 20;
/// Categories of a column; rows of rarer ones are left out.
const MAX_LEVELS: usize = 12;
/// Columns whose pairs are looked at.
const N_PAIRED: usize = 6;
/// Columns of a beeswarm: of a wide table the last ones would weigh in a report and say nothing.
const MOST_SWARMS: usize = 30;
const N_POINTS: usize = 48;
const N_BACKGROUND: usize = 48;
const N_BOOT: usize = 200;
/// Streams of the draws.
const ROWS: u64 = 0x6701;
const PAIRS: u64 = 0x6702;

/// At most [`MAX_ROWS`] rows of `table`, drawn by the run's seed, in their order.
pub fn sample(table: &Table, run: &mut Run<'_>) -> Table {
    let n_rows = table.n_rows();
    if n_rows <= MAX_ROWS {
        return table.clone();
    }
    let mut rows = random::permutation(&mut run.rng(ROWS), n_rows);
    rows.truncate(MAX_ROWS);
    rows.sort_unstable();
    run.warn(Warning::Sampled {
        what: "explanation".into(),
        n_used: MAX_ROWS as u64,
        n_rows: n_rows as u64,
    });
    table.take(&rows)
}

/// Whether effects can be worked out over its values.
fn can_vary(column: &Column) -> bool {
    matches!(
        column,
        Column::Float(_) | Column::Int(_) | Column::Bool(_) | Column::Category(_)
    )
}

/// Codes of the most frequent levels as they are, the others missing; and how many rows each code has.
fn frequent(codes: &[f64]) -> (Vec<f64>, Vec<u64>) {
    let n = codes.iter().fold(0.0, |m: f64, c| m.max(*c + 1.0)) as usize;
    let mut counts = vec![0_u64; n];
    for code in codes.iter().filter(|c| c.is_finite()) {
        if let Some(count) = counts.get_mut(*code as usize) {
            *count += 1;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.order_by(|a, b| counts.get(*b).cmp(&counts.get(*a)));
    for code in order.into_iter().skip(MAX_LEVELS) {
        if let Some(count) = counts.get_mut(code) {
            *count = 0;
        }
    }
    let kept = |code: &f64| match counts.get(*code as usize) {
        Some(count) if *count > 0 && code.is_finite() => *code,
        _ => f64::NAN,
    };
    (codes.iter().map(kept).collect(), counts)
}

/// The effect of column `place`, named `name`, as a figure; none where its values are too alike.
fn effect(
    base: &Base<'_>,
    place: usize,
    name: &str,
    is_share: bool,
    run: &mut Run<'_>,
) -> Result<Option<Dependence>> {
    let (field, column) = (
        base.table().schema().field(name)?,
        base.table().column(name)?,
    );
    let mut out = why::empty(name, EffectKind::Accumulated, is_share);
    let values = numbers(column);
    let mut score = |rows: &[u32], set: &[(usize, &[f64])]| base.score(rows, set, run);
    let found: Effect;
    if matches!(column, Column::Float(_) | Column::Int(_)) {
        let cuts = cut_points(&values, N_BINS);
        found = ale_numbers(place, &values, &cuts, &mut score)?;
        why::count(&mut out, &values);
        out.places = EffectPlaces::Numbers(found.places);
    } else {
        let (codes, counts) = frequent(&values);
        found = ale_categories(place, &codes, counts.len(), &mut score)?;
        let name_of = |code: &f64| {
            let row = codes.iter().position(|c| c == code);
            match row.map(|i| cell(field, column, i)) {
                Some(Cell::Text(text)) => text,
                _ => String::new(),
            }
        };
        let count = |code: &f64| counts.get(*code as usize).copied().unwrap_or(0);
        out.counts = found.places.iter().map(count).collect();
        out.places = EffectPlaces::Names(found.places.iter().map(name_of).collect());
    }
    (out.mean, out.low, out.high) = (found.mean, found.low, found.high);
    Ok(Some(out).filter(|d| d.mean.len() > 1))
}

/// Effects and interactions of the columns `important`, the most important first, of which the first few are looked at.
/// `table` has the held-out rows; `output` is the class whose probability is explained, where there are classes.
///
/// # Errors
/// Those of preparation and model; [`crate::base::Error::Cancelled`].
pub fn effects(
    model: &Opened,
    table: &Table,
    important: &[String],
    output: usize,
    run: &mut Run<'_>,
) -> Result<Vec<(String, Figure)>> {
    let is_share = !model.artifact.classes.is_empty();
    let mut columns = Vec::new();
    for name in important {
        if can_vary(table.column(name)?) {
            columns.push(name.clone());
        }
    }
    columns.truncate(N_COLUMNS);
    let rows = sample(table, run);
    let base = Base::new(model, &rows, columns.clone(), output)?;
    let mut figures: Vec<(String, Figure)> = Vec::new();
    for (place, name) in columns.iter().enumerate() {
        if let Some(figure) = effect(&base, place, name, is_share, run)? {
            figures.push((format!("ale:{name}"), figure.into()));
        }
    }
    let pairs = pairs(
        &base,
        columns.get(..N_PAIRED).unwrap_or(&columns),
        is_share,
        run,
    )?;
    if !pairs.pairs.is_empty() {
        figures.push(("interactions".to_owned(), pairs.into()));
    }
    Ok(figures)
}

/// Interactions of all pairs of `columns`, which are the first of `base`.
fn pairs(
    base: &Base<'_>,
    columns: &[String],
    is_share: bool,
    run: &mut Run<'_>,
) -> Result<Interactions> {
    let mut rng = run.rng(PAIRS);
    let n = base.table().n_rows();
    let mut drawn = |most: usize| {
        let mut rows = random::permutation(&mut rng, n);
        rows.truncate(most);
        rows
    };
    let sampling = Sampling {
        points: drawn(N_POINTS),
        background: drawn(N_BACKGROUND),
        n_boot: N_BOOT,
    };
    let mut values = Vec::with_capacity(columns.len());
    for name in columns {
        values.push(numbers(base.table().column(name)?));
    }
    let mut score = |rows: &[u32], set: &[(usize, &[f64])]| base.score(rows, set, run);
    let found = interactions(&values, &sampling, &mut score, &mut rng)?;
    let name = |place: usize| columns.get(place).cloned().unwrap_or_default();
    Ok(Interactions {
        pairs: found
            .into_iter()
            .map(|it| InteractionPair {
                first: name(it.first),
                second: name(it.second),
                strength: it.strength,
                low: it.low,
                high: it.high,
                share: it.share,
            })
            .collect(),
        is_share,
    })
}

/// Contributions `points`, `(n_rows, columns.len())`, of the rows of `table`: all of them at once, and by the values of the
/// columns that contribute most.
///
/// # Errors
/// [`crate::base::Error::MissingColumn`] when `table` lacks one of `columns`.
pub fn contributions(
    table: &Table,
    columns: &[String],
    points: ArrayView2<'_, f64>,
    is_share: bool,
) -> Result<Vec<(String, Figure)>> {
    let mut swarm = why::beeswarm(table, columns, points, is_share)?;
    swarm.rows.truncate(MOST_SWARMS);
    if swarm.rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut figures: Vec<(String, Figure)> = Vec::new();
    for row in swarm.rows.iter().take(N_COLUMNS) {
        let found = why::dependence(table, &row.column, &row.points, is_share)?;
        if let Some(figure) = found {
            figures.push((format!("dependence:{}", row.column), figure.into()));
        }
    }
    figures.insert(0, ("beeswarm".to_owned(), thinned(swarm).into()));
    Ok(figures)
}

/// As many dots as are drawn; the means stay those of all rows.
fn thinned(mut swarm: crate::charts::Beeswarm) -> crate::charts::Beeswarm {
    const MOST: usize = 300;
    for row in &mut swarm.rows {
        let n = row.points.len();
        if n > MOST {
            let kept = || (0..MOST).map(|i| i * (n - 1) / (MOST - 1));
            row.points = kept().filter_map(|i| row.points.get(i).copied()).collect();
            row.values = kept().filter_map(|i| row.values.get(i).copied()).collect();
        }
    }
    swarm
}
