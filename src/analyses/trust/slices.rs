//! How the model does on groups of the held-out rows, and which it serves clearly worse than the rest.
//!
//! Groups are the levels of every column, quarters of its numbers, and pairs of these. A group counts as clearly worse when
//! its difference from the rest stays significant with all groups looked at taken into account.
use crate::base::order::Ordered;
use crate::{
    base::{ColumnKind, Field, Result, Role, Roles, Run, Stage, Warning, random},
    charts::{SliceRow, Slices},
    evaluate::slices::{self, Figure, MIN_ROWS, Measured, benjamini_hochberg},
    prepare::MISSING_LEVEL,
    report::{ReportTable, Sentence},
    table::{Column, Table, dates},
};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Rows beyond which a random part is used.
const MAX_ROWS: usize = 10_000;
/// Levels of a column beyond which the rarer ones are left out.
const MAX_LEVELS: usize = 12;
/// Different numbers up to which each is a group.
const FEW_NUMBERS: usize = 6;
/// Columns of which pairs are made, those that show differences first.
const MAX_PAIRED: usize = 10;
/// Rows from which on a group is shown.
const SHOWN_ROWS: usize = 20;
/// Adjusted p-value below which a group is clearly worse; half of 0.05, as two metrics are looked at.
const CLEAR: f64 = 0.025;
/// Standard errors below the whole from which on a pair is compared with the rest in full.
const GLANCE: f64 = 1.5;
/// Pairs and rows of the figure that are kept.
const MAX_PAIRS: usize = 5;
const MAX_DRAWN: usize = 16;

/// What was found.
#[derive(Debug)]
pub(in crate::analyses) struct Found {
    pub(in crate::analyses) table: ReportTable,
    pub(in crate::analyses) figure: Slices,
    pub(in crate::analyses) sentence: Sentence,
}

/// A group of rows.
#[derive(Debug, Clone)]
struct Part {
    column: String,
    level: String,
    rows: Vec<u32>,
    figures: Vec<Figure>,
    adjusted: Vec<f64>,
}

/// The metrics by which a group may be clearly worse.
fn deciding(measured: Measured<'_>) -> [&'static str; 2] {
    match measured {
        Measured::Binary { .. } => ["roc_auc", "calibration_gap"],
        Measured::Classes { .. } => ["accuracy", "log_loss"],
        Measured::Numbers { .. } => ["mae", "bias"],
    }
}

/// Looks at all groups of `table`, whose rows `measured` is about.
pub(in crate::analyses) fn find(
    table: &Table,
    roles: &Roles,
    measured: Measured<'_>,
    rng: &mut ChaCha8Rng,
    run: &mut Run<'_>,
) -> Result<Found> {
    let n_rows = table.n_rows();
    let mut rows: Vec<u32> = (0..n_rows as u32).collect();
    if n_rows > MAX_ROWS {
        rows = random::permutation(rng, n_rows);
        rows.truncate(MAX_ROWS);
        rows.sort_unstable();
        run.warn(Warning::Sampled {
            what: "slices".into(),
            n_used: MAX_ROWS as u64,
            n_rows: n_rows as u64,
        });
    }
    let usable = |f: &Field| {
        !matches!(f.kind, ColumnKind::Id | ColumnKind::Text)
            && !matches!(roles.of(&f.name), Some(Role::Id | Role::Text))
    };
    let columns: Vec<(&Field, &Column)> = table.iter().filter(|(f, _)| usable(f)).collect();
    let mut of_column: Vec<Vec<Part>> = Vec::with_capacity(columns.len());
    let total = columns.len() as u64 + 1;
    for (i, (field, column)) in columns.iter().enumerate() {
        run.step(Stage::Explaining, i as u64, total)?;
        let mut parts = parts(field, column, &rows);
        // One group that is all there is says nothing.
        parts.retain(|p| p.rows.len() < rows.len());
        for part in &mut parts {
            part.compare(measured, &rows)?;
        }
        of_column.push(parts);
    }
    adjust(&mut of_column);
    let overall = slices::overall(measured, &rows)?;
    let mut pairs = pairs(&of_column, measured, &rows, &overall, run)?;
    let mut parts: Vec<Part> = of_column.into_iter().flatten().collect();
    parts.append(&mut pairs);
    run.step(Stage::Explaining, total, total)?;

    let [main, second] = deciding(measured);
    let of = |metric: &str| overall.iter().find(|(m, _)| *m == metric);
    let whole = of(main).map_or(f64::NAN, |(_, v)| *v);
    let worst = worst(&parts, main).or_else(|| worst(&parts, second));
    let sentence = match worst {
        Some((part, figure)) => Sentence::SliceWorst {
            column: part.column.clone(),
            level: part.level.clone(),
            n_rows: part.rows.len() as u64,
            metric: figure.metric.to_owned(),
            value: figure.value,
            overall: of(figure.metric).map_or(f64::NAN, |(_, v)| *v),
        },
        None => Sentence::SlicesAlike {
            n_slices: parts.iter().filter(|p| p.rows.len() >= MIN_ROWS).count() as u64,
        },
    };
    Ok(Found {
        table: written(&parts, measured),
        figure: figure(&parts, main, whole),
        sentence,
    })
}

impl Part {
    fn compare(&mut self, measured: Measured<'_>, all: &[u32]) -> Result<()> {
        // Both are in order.
        let mut mine = self.rows.iter().peekable();
        let rest: Vec<u32> = (all.iter().copied())
            .filter(|r| mine.next_if(|m| **m == *r).is_none())
            .collect();
        self.figures = slices::compare(measured, &self.rows, &rest)?;
        self.adjusted = vec![f64::NAN; self.figures.len()];
        Ok(())
    }

    fn figure(&self, metric: &str) -> Option<(&Figure, f64)> {
        let at = self.figures.iter().position(|f| f.metric == metric)?;
        Some((self.figures.get(at)?, *self.adjusted.get(at)?))
    }

    fn is_clear(&self, metric: &str) -> bool {
        (self.figure(metric)).is_some_and(|(f, p)| p < CLEAR && f.is_worse())
    }
}

/// Adjusts every metric's p-values over all groups.
fn adjust(of_column: &mut [Vec<Part>]) {
    let n = (of_column.iter().flatten()).map(|p| p.figures.len()).max();
    for j in 0..n.unwrap_or(0) {
        let p_of = |p: &Part| p.figures.get(j).map_or(f64::NAN, |f| f.p_value);
        let p_values: Vec<f64> = of_column.iter().flatten().map(p_of).collect();
        let adjusted = benjamini_hochberg(&p_values);
        for (part, p) in of_column.iter_mut().flatten().zip(adjusted) {
            if let Some(slot) = part.adjusted.get_mut(j) {
                *slot = p;
            }
        }
    }
}

/// Pairs of groups that are clearly worse than either alone.
fn pairs(
    of_column: &[Vec<Part>],
    measured: Measured<'_>,
    rows: &[u32],
    overall: &[(&'static str, f64)],
    run: &mut Run<'_>,
) -> Result<Vec<Part>> {
    let [main, _] = deciding(measured);
    let whole = overall.iter().find(|(m, _)| *m == main);
    let whole = whole.map_or(f64::NAN, |(_, v)| *v);
    let least = |parts: &[Part]| {
        let p_values = parts.iter().filter_map(|p| p.figure(main));
        p_values
            .map(|(f, _)| f.p_value)
            .fold(f64::INFINITY, f64::min)
    };
    let mut chosen: Vec<&Vec<Part>> = of_column.iter().filter(|c| c.len() > 1).collect();
    chosen.order_by(|a, b| least(a).total_cmp(&least(b)));
    chosen.truncate(MAX_PAIRED);
    let mut found: Vec<(Part, f64)> = Vec::new();
    let mut p_values = Vec::new();
    let last = rows.last().map_or(0, |r| *r as usize + 1);
    let mut level_of = vec![u32::MAX; last];
    for (i, first) in chosen.iter().enumerate() {
        run.check()?;
        level_of.fill(u32::MAX);
        for (k, part) in first.iter().enumerate() {
            for row in &part.rows {
                if let Some(level) = level_of.get_mut(*row as usize) {
                    *level = k as u32;
                }
            }
        }
        for other in chosen.iter().skip(i + 1).flat_map(|c| c.iter()) {
            let mut both = vec![Vec::new(); first.len()];
            for row in &other.rows {
                let level = level_of.get(*row as usize).copied().unwrap_or(u32::MAX);
                if let Some(rows) = both.get_mut(level as usize) {
                    rows.push(*row);
                }
            }
            for (part, rows_of) in first.iter().zip(both) {
                if rows_of.len() < MIN_ROWS {
                    continue;
                }
                let Some((value, se)) = slices::glance(measured, main, &rows_of)? else {
                    continue;
                };
                let worse = |a: f64, b: f64| match main {
                    "mae" => a - b,
                    _ => b - a,
                };
                p_values.push(1.0);
                let parents = [part, other].map(|p| p.figure(main).map_or(f64::NAN, |f| f.0.value));
                let is_worst = parents.iter().all(|p| p.is_nan() || worse(value, *p) > 0.0);
                if !is_worst || worse(value, whole) < GLANCE * se {
                    continue;
                }
                let mut pair = Part {
                    column: format!("{} × {}", part.column, other.column),
                    level: format!("{} × {}", part.level, other.level),
                    rows: rows_of,
                    figures: Vec::new(),
                    adjusted: Vec::new(),
                };
                pair.compare(measured, rows)?;
                let p = pair.figure(main).map_or(f64::NAN, |f| f.0.p_value);
                if let (Some(slot), false) = (p_values.last_mut(), p.is_nan()) {
                    *slot = p;
                    found.push((pair, p_values.len() as f64 - 1.0));
                }
            }
        }
    }
    let adjusted = benjamini_hochberg(&p_values);
    let mut out: Vec<Part> = Vec::new();
    for (mut pair, at) in found {
        let p = adjusted.get(at as usize).copied().unwrap_or(f64::NAN);
        if let Some(j) = pair.figures.iter().position(|f| f.metric == main)
            && let Some(slot) = pair.adjusted.get_mut(j)
        {
            *slot = p;
        }
        if pair.is_clear(main) {
            out.push(pair);
        }
    }
    let p_of = |p: &Part| p.figure(main).map_or(f64::NAN, |f| f.0.p_value);
    out.order_by(|a, b| p_of(a).total_cmp(&p_of(b)));
    out.truncate(MAX_PAIRS);
    Ok(out)
}

/// The group that is worse by most, the uncertainty of the difference taken off.
fn worst<'p>(parts: &'p [Part], metric: &str) -> Option<(&'p Part, &'p Figure)> {
    let surely = |f: &Figure| f.difference.abs() - 2.0 * f.standard_error;
    let clear = parts.iter().filter(|p| p.is_clear(metric));
    let all = clear.filter_map(|p| p.figure(metric).map(|(f, _)| (p, f)));
    all.max_by(|a, b| surely(a.1).total_cmp(&surely(b.1)))
}

fn written(parts: &[Part], measured: Measured<'_>) -> ReportTable {
    let base = |rows: &[u32]| {
        let of = |r: &u32| match measured {
            Measured::Binary { truth, .. } => {
                let y = truth.get(*r as usize).copied();
                f64::from(u8::from(y.unwrap_or(false)))
            }
            Measured::Numbers { truth, .. } => truth.get(*r as usize).copied().unwrap_or(f64::NAN),
            Measured::Classes { .. } => f64::NAN,
        };
        rows.iter().map(of).sum::<f64>() / rows.len().max(1) as f64
    };
    let mut texts: [Vec<String>; 3] = Default::default();
    let mut numbers: [Vec<f64>; 8] = Default::default();
    for part in parts {
        let base_rate = base(&part.rows);
        for (f, adjusted) in part.figures.iter().zip(&part.adjusted) {
            let cells = [&part.column, &part.level, f.metric];
            for (column, cell) in texts.iter_mut().zip(cells) {
                column.push(cell.to_owned());
            }
            let n = part.rows.len() as f64;
            let cells = [
                n,
                base_rate,
                f.value,
                f.low,
                f.high,
                f.difference,
                f.p_value,
                *adjusted,
            ];
            for (column, cell) in numbers.iter_mut().zip(cells) {
                column.push(cell);
            }
        }
    }
    let [column, level, metric] = texts;
    let [
        n,
        base_rate,
        value,
        low,
        high,
        difference,
        p_value,
        p_adjusted,
    ] = numbers;
    ReportTable::default()
        .text("column", column)
        .text("level", level)
        .number("n", n)
        .number("base_rate", base_rate)
        .text("metric", metric)
        .number("value", value)
        .number("low", low)
        .number("high", high)
        .number("difference", difference)
        .number("p_value", p_value)
        .number("p_adjusted", p_adjusted)
}

fn figure(parts: &[Part], main: &str, overall: f64) -> Slices {
    let more_is_better = main != "mae";
    let mut rows: Vec<SliceRow> = (parts.iter())
        .filter_map(|p| {
            let (f, _) = p.figure(main)?;
            (!f.p_value.is_nan()).then(|| SliceRow {
                column: p.column.clone(),
                level: p.level.clone(),
                count: p.rows.len() as u64,
                value: f.value,
                low: f.low,
                high: f.high,
                is_clear: p.is_clear(main),
            })
        })
        .collect();
    let bad = |r: &SliceRow| if more_is_better { r.value } else { -r.value };
    rows.order_by(|a, b| (b.is_clear.cmp(&a.is_clear)).then(bad(a).total_cmp(&bad(b))));
    rows.truncate(MAX_DRAWN);
    Slices {
        metric: main.to_owned(),
        more_is_better,
        overall,
        rows,
    }
}

/// The groups of a column.
fn parts(field: &Field, column: &Column, rows: &[u32]) -> Vec<Part> {
    let mut groups: Vec<(String, Vec<u32>)> = Vec::new();
    let mut missing = Vec::new();
    match column {
        Column::Category(c) | Column::Text(c) => {
            let mut of: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for row in rows {
                match c.codes.get(*row as usize) {
                    Some(code) => of.entry(code).or_default().push(*row),
                    None => missing.push(*row),
                }
            }
            let name = |code| c.levels.get(code).unwrap_or_default().to_owned();
            groups.extend(of.into_iter().map(|(code, rows)| (name(code), rows)));
            groups.order_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.0.cmp(&b.0)));
            groups.truncate(MAX_LEVELS);
        }
        _ => {
            let mut cells: Vec<(f64, u32)> = Vec::with_capacity(rows.len());
            for row in rows {
                match column.number(*row as usize) {
                    Some(v) if !v.is_nan() => cells.push((v, *row)),
                    _ => missing.push(*row),
                }
            }
            cells.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            for of_range in ranges(&cells) {
                let ends = of_range.first().zip(of_range.last());
                let name = ends.map_or(String::new(), |(a, b)| span(field, column, *a, *b));
                let mut rows: Vec<u32> = of_range.iter().map(|c| c.1).collect();
                rows.sort_unstable();
                groups.push((name, rows));
            }
        }
    }
    if !missing.is_empty() {
        groups.push((MISSING_LEVEL.to_owned(), missing));
    }
    groups.retain(|(_, rows)| rows.len() >= SHOWN_ROWS);
    let part = |(level, rows)| Part {
        column: field.name.clone(),
        level,
        rows,
        figures: Vec::new(),
        adjusted: Vec::new(),
    };
    groups.into_iter().map(part).collect()
}

/// Sorted cells cut in single values where there are few, in quarters otherwise; equal values stay together.
fn ranges(cells: &[(f64, u32)]) -> Vec<&[(f64, u32)]> {
    let values: Vec<&[(f64, u32)]> = cells.chunk_by(|a, b| a.0 == b.0).collect();
    if values.len() <= FEW_NUMBERS {
        return values;
    }
    let n = cells.len();
    let mut cuts: Vec<usize> = Vec::new();
    for k in 1..4 {
        let limit = cells.get(k * n / 4).map_or(f64::NAN, |c| c.0);
        let below = cells.partition_point(|c| c.0 < limit);
        let upto = cells.partition_point(|c| c.0 <= limit);
        // Whichever side of the value is nearer to the quarter.
        let target = k * n / 4;
        let cut = if target - below <= upto - target {
            below
        } else {
            upto
        };
        if cut > cuts.last().copied().unwrap_or(0) && cut < n {
            cuts.push(cut);
        }
    }
    let mut out = Vec::new();
    let mut rest = cells;
    let mut before = 0;
    for cut in cuts {
        let (part, after) = rest.split_at(cut - before);
        out.push(part);
        (rest, before) = (after, cut);
    }
    out.push(rest);
    out
}

/// A range as a person reads it.
fn span(field: &Field, column: &Column, a: (f64, u32), b: (f64, u32)) -> String {
    let text = |(v, row): (f64, u32)| match column {
        Column::Date(_) => dates::date_text(v as i32),
        Column::DateTime(_) => dates::date_text((v / 86_400.0).floor() as i32),
        Column::Float(_) => short(v),
        _ => crate::table::cell_text(field, column, row as usize).unwrap_or_default(),
    };
    let (low, high) = (text(a), text(b));
    if low == high {
        low
    } else {
        format!("{low} – {high}")
    }
}

/// A number with four digits or so.
fn short(v: f64) -> String {
    let size = v.abs();
    let decimals = match size {
        s if s >= 100.0 || s == s.trunc() => 0,
        s if s >= 10.0 => 1,
        s if s >= 1.0 => 2,
        _ => 3,
    };
    format!("{v:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use crate::table::{Coded, Values};
    use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

    fn unit(rng: &mut ChaCha8Rng) -> f64 {
        f64::from(rng.next_u32()) / 4_294_967_296.0
    }

    /// Scores that rank well, but for customers of `plan` b older than 40 where `planted`.
    fn made(n: usize, planted: bool) -> (Table, Vec<bool>, Vec<f64>) {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let (mut truth, mut scores, mut plan, mut age) = (vec![], vec![], vec![], vec![]);
        for _ in 0..n {
            let y = unit(&mut rng) < 0.4;
            let (b, old) = (unit(&mut rng) < 0.4, 20.0 + 40.0 * unit(&mut rng));
            let noise = unit(&mut rng);
            let is_bad = planted && b && old > 40.0;
            let p = if is_bad {
                noise
            } else {
                0.65 * noise + if y { 0.35 } else { 0.0 }
            };
            truth.push(y);
            scores.push(p);
            plan.push(Some(if b { "b" } else { "a" }));
            age.push((unit(&mut rng) > 0.02).then_some(old));
        }
        let columns = vec![
            (
                Field::new("plan", ColumnKind::Category),
                Column::Category(Coded::from_cells(plan)),
            ),
            (
                Field::new("age", ColumnKind::Float),
                Column::Float(Values::from_options(&age, 0.0)),
            ),
        ];
        (Table::new(columns, n).unwrap(), truth, scores)
    }

    fn found(n: usize, planted: bool) -> Found {
        let (table, truth, scores) = made(n, planted);
        let measured = Measured::Binary {
            truth: &truth,
            scores: &scores,
            threshold: 0.5,
        };
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, 1);
        let mut rng = run.rng(0);
        find(&table, &Roles::default(), measured, &mut rng, &mut run).unwrap()
    }

    #[test]
    fn a_bad_pair_is_found_and_named() {
        let found = found(3_000, true);
        let Sentence::SliceWorst {
            column,
            level,
            metric,
            value,
            overall,
            ..
        } = &found.sentence
        else {
            panic!("{:?}", found.sentence)
        };
        assert_eq!(
            (column.as_str(), metric.as_str()),
            ("plan × age", "roc_auc")
        );
        assert!(
            level.starts_with("b × 4") || level.starts_with("b × 5"),
            "{level}"
        );
        assert!(*value < 0.6 && *overall > 0.8);
        assert!(found.figure.rows[0].is_clear);
    }

    #[test]
    fn alike_groups_are_left_in_peace_and_small_ones_too() {
        for n in [150, 600, 3_000] {
            let found = found(n, false);
            assert!(
                matches!(found.sentence, Sentence::SlicesAlike { .. }),
                "{n}: {:?}",
                found.sentence
            );
            assert!(found.figure.rows.iter().all(|r| !r.is_clear));
        }
    }

    #[test]
    fn numbers_fall_into_quarters_and_gaps_are_a_group() {
        let found = found(3_000, false);
        let Some(crate::report::Cells::Text(levels)) = found.table.column("level") else {
            panic!()
        };
        let all: std::collections::BTreeSet<&str> =
            levels.iter().flatten().map(String::as_str).collect();
        // Two plans, four quarters, and the gaps.
        assert_eq!(all.len(), 7, "{all:?}");
        assert!(all.contains(MISSING_LEVEL));
        let few: Vec<(f64, u32)> = (0..90).map(|i| (f64::from(i / 30), i)).collect();
        assert_eq!(ranges(&few).len(), 3);
        assert!(ranges(&[]).is_empty());
    }
}
