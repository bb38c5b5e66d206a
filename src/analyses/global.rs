//! What a model does as a whole, on held-out rows: effects of single columns, pairs that act together, contributions of
//! many customers at once. Figures `ale:COLUMN`, `interactions`, `beeswarm`, `dependence:COLUMN`; with more than two classes
//! `ale:CLASS:COLUMN`, `interactions:CLASS`, `beeswarm:CLASS`.
//!
//! Cost is bounded by sampling, not by a clock, so that the same seed gives the same figures: at most about 100,000
//! predictions, a tenth of what permutation importance takes.
use super::{
    vary::{Base, cell, numbers},
    why,
};
use crate::base::order::Ordered;
use crate::{
    artifact::{Opened, Predictions},
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
/// Of these, columns that a class of several shows: those over which its probability moves furthest.
const N_OF_CLASS: usize = 3;
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

/// Predictions of base rows that are asked for once and then given for every class: what is asked depends on the rows
/// alone, so that every class asks for the same, one after the other.
struct Answers<'b, 'm> {
    base: &'b Base<'m>,
    outputs: &'b [usize],
    /// By question and class.
    given: Vec<Vec<Vec<f64>>>,
    /// Place of the class among `outputs`, and of its next question.
    class: usize,
    next: usize,
}

impl<'b, 'm> Answers<'b, 'm> {
    fn new(base: &'b Base<'m>, outputs: &'b [usize]) -> Self {
        Self {
            base,
            outputs,
            given: Vec::new(),
            class: 0,
            next: 0,
        }
    }

    fn turn_to(&mut self, class: usize) {
        (self.class, self.next) = (class, 0);
    }

    fn score(
        &mut self,
        rows: &[u32],
        set: &[(usize, &[f64])],
        run: &mut Run<'_>,
    ) -> Result<Vec<f64>> {
        if self.next == self.given.len() {
            let all = match self.base.predictions(rows, set, run)? {
                Predictions::Numbers(v) => vec![v],
                Predictions::Proba(p) => {
                    let kept = self.outputs.iter().filter(|o| **o < p.ncols());
                    kept.map(|o| p.column(*o).to_vec()).collect()
                }
            };
            self.given.push(all);
        }
        let answer = self.given.get(self.next).and_then(|a| a.get(self.class));
        self.next += 1;
        Ok(answer.cloned().unwrap_or_default())
    }
}

/// The effect of column `place`, named `name`, as a figure; none where its values are too alike.
fn effect(
    answers: &mut Answers<'_, '_>,
    place: usize,
    name: &str,
    is_share: bool,
    run: &mut Run<'_>,
) -> Result<Option<Dependence>> {
    let base = answers.base;
    let (field, column) = (
        base.table().schema().field(name)?,
        base.table().column(name)?,
    );
    let mut out = why::empty(name, EffectKind::Accumulated, is_share);
    let values = numbers(column);
    let mut score = |rows: &[u32], set: &[(usize, &[f64])]| answers.score(rows, set, run);
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

/// How far a prediction moves over the values of a column.
fn reach(it: &Dependence) -> f64 {
    let finite = || it.mean.iter().copied().filter(|v| v.is_finite());
    finite().fold(f64::NEG_INFINITY, f64::max) - finite().fold(f64::INFINITY, f64::min)
}

/// Effects and interactions of the columns `important`, the most important first, of which the first few are looked at.
/// `table` has the held-out rows; `outputs` are the classes whose probabilities are explained, where there are classes.
/// More than one are shown each by itself, with the columns that move it most.
///
/// # Errors
/// Those of preparation and model; [`crate::base::Error::Cancelled`].
pub fn effects(
    model: &Opened,
    table: &Table,
    important: &[String],
    outputs: &[usize],
    run: &mut Run<'_>,
) -> Result<Vec<(String, Figure)>> {
    let classes = &model.artifact.classes;
    let is_share = !classes.is_empty();
    let mut columns = Vec::new();
    for name in important {
        if can_vary(table.column(name)?) {
            columns.push(name.clone());
        }
    }
    columns.truncate(N_COLUMNS);
    let rows = sample(table, run);
    let first = outputs.first().copied().unwrap_or(0);
    let base = Base::new(model, &rows, columns.clone(), first)?;
    let mut by_class: Vec<Vec<Dependence>> = vec![Vec::new(); outputs.len()];
    for (place, name) in columns.iter().enumerate() {
        let mut answers = Answers::new(&base, outputs);
        for (class, figures) in by_class.iter_mut().enumerate() {
            answers.turn_to(class);
            figures.extend(effect(&mut answers, place, name, is_share, run)?);
        }
    }
    let paired = columns.get(..N_PAIRED).unwrap_or(&columns);
    let mut answers = Answers::new(&base, outputs);
    let mut figures: Vec<(String, Figure)> = Vec::new();
    for (class, (output, mut effects)) in outputs.iter().zip(by_class).enumerate() {
        let label = classes.get(*output).filter(|_| outputs.len() > 1);
        if label.is_some() {
            effects.order_by(|a, b| reach(b).total_cmp(&reach(a)));
            effects.truncate(N_OF_CLASS);
        }
        for mut it in effects {
            let key = key("ale", label, Some(&it.column));
            it.class = label.cloned();
            figures.push((key, it.into()));
        }
        answers.turn_to(class);
        let mut pairs = pairs(&mut answers, paired, is_share, run)?;
        if !pairs.pairs.is_empty() {
            pairs.class = label.cloned();
            figures.push((key("interactions", label, None), pairs.into()));
        }
    }
    Ok(figures)
}

/// The key of a figure of a class and a column.
fn key(kind: &str, class: Option<&String>, column: Option<&String>) -> String {
    let mut key = kind.to_owned();
    for part in [class, column].into_iter().flatten() {
        key.push(':');
        key.push_str(part);
    }
    key
}

/// Interactions of all pairs of `columns`, which are the first of the base.
fn pairs(
    answers: &mut Answers<'_, '_>,
    columns: &[String],
    is_share: bool,
    run: &mut Run<'_>,
) -> Result<Interactions> {
    let base = answers.base;
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
    let mut score = |rows: &[u32], set: &[(usize, &[f64])]| answers.score(rows, set, run);
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
        class: None,
        is_share,
    })
}

/// Contributions `points`, `(n_rows, columns.len())`, of the rows of `table`: all of them at once, and by the values of the
/// columns that contribute most. Of a `class` of several there are all at once alone.
///
/// # Errors
/// [`crate::base::Error::MissingColumn`] when `table` lacks one of `columns`.
pub fn contributions(
    table: &Table,
    columns: &[String],
    points: ArrayView2<'_, f64>,
    class: Option<&String>,
    is_share: bool,
) -> Result<Vec<(String, Figure)>> {
    let mut swarm = why::beeswarm(table, columns, points, is_share)?;
    swarm.rows.truncate(MOST_SWARMS);
    if swarm.rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut figures: Vec<(String, Figure)> = Vec::new();
    swarm.class = class.cloned();
    let n_dependences = if class.is_some() { 0 } else { N_COLUMNS };
    for row in swarm.rows.iter().take(n_dependences) {
        let found = why::dependence(table, &row.column, &row.points, is_share)?;
        if let Some(figure) = found {
            figures.push((format!("dependence:{}", row.column), figure.into()));
        }
    }
    figures.insert(0, (key("beeswarm", class, None), thinned(swarm).into()));
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
