//! What the segments are: shares, what sets them apart, how they compare on target and value, rules.
use super::data::Cells;
use crate::{
    analyses::Job,
    base::{Result, Role, Run},
    evaluate::{
        apart::{self, Contrast, ContrastKind, MISSING, contrasts},
        clusters::rules::{Rule, rules},
    },
    report::{ReportTable, SegmentTrait},
    table::{Column, Table, roles as guesses},
};
use ndarray::ArrayView2;

/// p-value, adjusted, up to which a difference is spoken of.
const LEVEL: f64 = 0.05;
/// Effects below these are too small to describe anybody by.
const LEAST: [f64; 2] = [0.2, 0.1];
/// Traits said of a segment.
const MOST_TRAITS: usize = 3;
/// Rows a tree is grown on.
const MOST_RULE_ROWS: usize = 50_000;

/// Segments by falling size, the rows of none last.
pub(super) struct Segments {
    pub(super) names: Vec<String>,
    /// The segment of each row, as a place in `names`.
    pub(super) labels: Vec<u32>,
    pub(super) sizes: Vec<u64>,
    /// Whether the last one is of the rows without a segment.
    pub(super) has_rest: bool,
}

impl Segments {
    pub(super) fn n_rows(&self) -> usize {
        self.labels.len()
    }

    pub(super) fn share(&self, s: usize) -> f64 {
        self.sizes[s] as f64 / self.n_rows().max(1) as f64
    }
}

/// Money of each segment: its mean and its share of all. None where the column holds no numbers, or a share means nothing
/// because some are below 0.
pub(super) struct Money {
    pub(super) mean: Vec<f64>,
    pub(super) share: Option<Vec<f64>>,
}

pub(super) fn money(job: &Job<'_>, it: &Segments) -> Result<Option<Money>> {
    let Some(name) = job.roles.get(Role::Value) else {
        return Ok(None);
    };
    let Some(values) = job.table.column(name)?.numbers() else {
        return Ok(None);
    };
    let n = it.names.len();
    let (mut sums, mut counts) = (vec![0.0; n], vec![0.0; n]);
    let mut is_signed = false;
    for (v, l) in values.iter().zip(&it.labels) {
        if v.is_finite() {
            sums[*l as usize] += v;
            counts[*l as usize] += 1.0;
            is_signed |= *v < 0.0;
        }
    }
    let whole: f64 = sums.iter().sum();
    let share = (!is_signed && whole > 0.0).then(|| sums.iter().map(|s| s / whole).collect());
    let mean = sums.iter().zip(&counts).map(|(s, c)| s / c).collect();
    Ok(Some(Money { mean, share }))
}

/// Mean of the target per segment: of two classes the share of the second, as the file's words say it.
pub(super) fn target(job: &Job<'_>, it: &Segments) -> Result<Option<Vec<f64>>> {
    let Some(name) = job.roles.get(Role::Target) else {
        return Ok(None);
    };
    let (field, column) = (job.table.schema().field(name)?, job.table.column(name)?);
    let labels = guesses::class_labels(field, column).filter(|l| l.len() == 2);
    let value: Box<dyn Fn(usize) -> Option<f64>> = match labels {
        Some(labels) => {
            let positive = labels
                .get(guesses::positive_class(field, column, &labels))
                .cloned();
            Box::new(move |i| {
                let cell = crate::table::cell_text(field, column, i)?;
                Some(f64::from(u8::from(Some(&cell) == positive.as_ref())))
            })
        }
        None if field.kind.is_number() => Box::new(move |i| column.number(i)),
        None => return Ok(None),
    };
    let n = it.names.len();
    let (mut sums, mut counts) = (vec![0.0; n], vec![0.0; n]);
    for (i, l) in it.labels.iter().enumerate() {
        if let Some(v) = value(i) {
            sums[*l as usize] += v;
            counts[*l as usize] += 1.0;
        }
    }
    Ok(Some(sums.iter().zip(&counts).map(|(s, c)| s / c).collect()))
}

/// What sets every segment apart from all other rows, the largest effect first, with the columns' names and levels.
pub(super) struct Apart {
    columns: Vec<String>,
    levels: Vec<Vec<String>>,
    /// By segment.
    all: Vec<Vec<Contrast>>,
}

pub(super) fn apart(table: &Table, it: &Segments) -> Result<Apart> {
    let cells: Vec<Cells> = table.iter().map(|(_, c)| Cells::of(c)).collect();
    let columns: Vec<apart::Column<'_>> = cells
        .iter()
        .map(|c| match c {
            Cells::Numbers(v) => apart::Column::Numbers(v),
            Cells::Levels(v) => apart::Column::Levels(v),
        })
        .collect();
    let levels = |c: &Column| match c {
        Column::Category(c) | Column::Text(c) => c.levels.iter().map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    Ok(Apart {
        columns: table.iter().map(|(f, _)| f.name.clone()).collect(),
        levels: table.iter().map(|(_, c)| levels(c)).collect(),
        all: contrasts(&columns, &it.labels, it.names.len())?,
    })
}

impl Apart {
    fn level(&self, column: usize, code: u32) -> Option<String> {
        let known = code != MISSING;
        let levels = self.levels.get(column).filter(|_| known)?;
        levels.get(code as usize).cloned()
    }

    fn said(&self, c: &Contrast) -> SegmentTrait {
        let (level, value, others) = match c.kind {
            ContrastKind::Means([value, others]) => (None, value, others),
            ContrastKind::Level { level, shares } => {
                (self.level(c.column, level), shares[0], shares[1])
            }
        };
        SegmentTrait {
            column: self.columns.get(c.column).cloned().unwrap_or_default(),
            level,
            value,
            others,
        }
    }

    /// What a segment is described by.
    pub(super) fn traits(&self, segment: usize) -> Vec<SegmentTrait> {
        let all = self.all.get(segment).into_iter().flatten();
        let tells = |c: &&Contrast| {
            let least = match c.kind {
                ContrastKind::Means(_) => LEAST[0],
                ContrastKind::Level { .. } => LEAST[1],
            };
            c.adjusted < LEVEL && c.effect.abs() >= least
        };
        let said = all.filter(tells).map(|c| (c.kind, self.said(c)));
        // A level that is no more frequent than elsewhere describes nobody.
        let said = said.filter(|(kind, t)| {
            matches!(kind, ContrastKind::Means(_)) || t.level.is_some() && t.value > t.others
        });
        said.map(|(_, t)| t).take(MOST_TRAITS).collect()
    }

    /// The table `segment_traits`.
    pub(super) fn table(&self, names: &[String]) -> ReportTable {
        let rows: Vec<(&String, &Contrast)> = names
            .iter()
            .zip(&self.all)
            .flat_map(|(name, all)| all.iter().map(move |c| (name, c)))
            .collect();
        let said: Vec<SegmentTrait> = rows.iter().map(|(_, c)| self.said(c)).collect();
        let kind = |c: &Contrast| match c.kind {
            ContrastKind::Means(_) => "cohens_d",
            ContrastKind::Level { .. } => "cramers_v",
        };
        ReportTable::default()
            .text("segment", rows.iter().map(|(n, _)| n.as_str()).collect())
            .text("column", said.iter().map(|t| t.column.as_str()).collect())
            .optional_text("level", said.iter().map(|t| t.level.clone()).collect())
            .number("in_segment", said.iter().map(|t| t.value).collect())
            .number("elsewhere", said.iter().map(|t| t.others).collect())
            .text("effect_kind", rows.iter().map(|(_, c)| kind(c)).collect())
            .number("effect", rows.iter().map(|(_, c)| c.effect).collect())
            .number("p_value", rows.iter().map(|(_, c)| c.adjusted).collect())
    }
}

/// A few signs that need no language: `tenure ↓, Contract = Two year`.
pub(super) fn signs(traits: &[SegmentTrait]) -> String {
    let one = |t: &SegmentTrait| match &t.level {
        Some(level) => format!("{} = {level}", t.column),
        None if t.value > t.others => format!("{} ↑", t.column),
        None => format!("{} ↓", t.column),
    };
    let all: Vec<String> = traits.iter().map(one).collect();
    all.join(", ")
}

/// The table `segment_rules`: paths of a small tree over the columns as they are, categories as one column per level.
pub(super) fn rule_table(
    table: &Table,
    it: &Segments,
    depth: usize,
    run: &mut Run<'_>,
) -> Result<Option<ReportTable>> {
    if it.sizes.iter().filter(|n| **n > 0).count() < 2 {
        return Ok(None);
    }
    let rows = super::methods::sample(it.n_rows(), MOST_RULE_ROWS, run);
    let (features, x) = plain(table, &rows);
    let labels: Vec<u32> = rows.iter().map(|r| it.labels[*r as usize]).collect();
    let view = ArrayView2::from_shape((rows.len(), features.len()), &x);
    let view = view.map_err(|_| crate::base::Error::NoFeatures)?;
    let found = run.quietly(|run| rules(view, &features, &labels, depth, run))?;
    let words = |r: &Rule| {
        let all: Vec<String> = r.conditions.iter().map(condition).collect();
        all.join(" & ")
    };
    let name = |r: &Rule| {
        it.names
            .get(r.segment as usize)
            .cloned()
            .unwrap_or_default()
    };
    Ok(Some(
        ReportTable::default()
            .text("segment", found.iter().map(name).collect())
            .text("rule", found.iter().map(words).collect())
            .number("n", found.iter().map(|r| r.n as f64).collect())
            .number("precision", found.iter().map(|r| r.share).collect())
            .number("recall", found.iter().map(|r| r.covers).collect()),
    ))
}

/// Four digits at most: a rule is to be read.
fn short(v: f64) -> String {
    let digits = if v == 0.0 {
        0
    } else {
        (3 - v.abs().log10().floor() as i32).clamp(0, 6)
    };
    crate::charts::fixed(v, digits as usize)
}

fn condition(c: &crate::evaluate::clusters::rules::Condition) -> String {
    if c.feature.contains(" = ") {
        // A level: 1 where it is that, 0 elsewhere.
        return match c.above {
            Some(_) => c.feature.clone(),
            None => c.feature.replacen(" = ", " ≠ ", 1),
        };
    }
    match (c.above, c.up_to) {
        (Some(a), Some(b)) => format!("{} < {} ≤ {}", short(a), c.feature, short(b)),
        (Some(a), None) => format!("{} > {}", c.feature, short(a)),
        (None, Some(b)) => format!("{} ≤ {}", c.feature, short(b)),
        (None, None) => c.feature.clone(),
    }
}

/// Levels of a category that have a column of their own.
const MOST_LEVELS: usize = 20;

/// Numbers as they are, gaps as the column's mean; categories as a column of 0 and 1 for each of their first levels.
fn plain(table: &Table, rows: &[u32]) -> (Vec<String>, Vec<f32>) {
    let mut columns: Vec<(String, Vec<f32>)> = Vec::new();
    for (field, column) in table.iter() {
        match column {
            Column::Category(c) | Column::Text(c) => {
                for (code, level) in c.levels.iter().enumerate().take(MOST_LEVELS) {
                    let is_it = |r: &u32| c.codes.get(*r as usize) == Some(code as u32);
                    let cells = rows.iter().map(|r| f32::from(u8::from(is_it(r))));
                    columns.push((format!("{} = {level}", field.name), cells.collect()));
                }
            }
            _ => {
                let cells: Vec<Option<f64>> =
                    rows.iter().map(|r| column.number(*r as usize)).collect();
                let known: Vec<f64> = cells.iter().flatten().copied().collect();
                let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
                let cells = cells.iter().map(|v| v.unwrap_or(mean) as f32);
                columns.push((field.name.clone(), cells.collect()));
            }
        }
    }
    let mut x = Vec::with_capacity(rows.len() * columns.len());
    for i in 0..rows.len() {
        x.extend(columns.iter().map(|(_, c)| c[i]));
    }
    (columns.into_iter().map(|(name, _)| name).collect(), x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_need_no_language() {
        let t = |column: &str, level: Option<&str>, value, others| SegmentTrait {
            column: column.into(),
            level: level.map(str::to_owned),
            value,
            others,
        };
        let all = [
            t("tenure", None, 3.0, 30.0),
            t("spend", None, 9.0, 1.0),
            t("Contract", Some("Two year"), 0.9, 0.1),
        ];
        assert_eq!(signs(&all), "tenure ↓, spend ↑, Contract = Two year");
        assert_eq!(
            (short(0.0), short(123.456), short(0.012_34)),
            ("0".into(), "123.5".into(), "0.01234".into())
        );
    }
}
