//! One yes/no column per level, as scikit-learn's `OneHotEncoder` with infrequent levels merged.
use super::{
    Entry, FittedTransform, Source, Transform, columns::Names, impute::MISSING_LEVEL, select,
};
use crate::base::order::Ordered;
use crate::{
    base::{ColumnKind, Field, ParamSpec, Part, Result, Run, Step, Train, Warning},
    table::{Among, Coded, Column, Schema, Table, Values},
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::HashMap};

/// The level that takes the rare ones, and those never seen in training.
pub const OTHER_LEVEL: &str = "(other)";

static DROP: &[Cow<'static, str>] = &[
    Cow::Borrowed("none"),
    Cow::Borrowed("if_binary"),
    Cow::Borrowed("first"),
];
static PARAMS: &[ParamSpec] = &[
    ParamSpec::float("min_frequency", 0.0, 0.5, 0.005),
    ParamSpec::int("max_categories", 2, 1000, 50),
    ParamSpec::choice("drop", DROP),
];

/// Which levels get a column of their own.
#[derive(Debug)]
pub(super) struct OneHot {
    columns: Vec<String>,
    min_frequency: f64,
    max_categories: usize,
    drop: String,
}

/// The levels of a column.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FittedLevels {
    /// The column.
    pub(super) name: String,
    /// Levels with a column of their own, alphabetical.
    pub(super) levels: Vec<String>,
    /// Rare levels of the training rows; they share the column [`OTHER_LEVEL`], which exists when there are any.
    pub(super) rare: Vec<String>,
    /// Leading levels without a column (`drop`).
    n_dropped: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct FittedOneHot {
    columns: Vec<FittedLevels>,
}

fn build(step: &Step) -> Result<Box<dyn Transform>> {
    Ok(Box::new(OneHot::parse(step)?))
}

fn is_category(field: &Field) -> bool {
    field.kind == ColumnKind::Category
}

/// The codes of a category column.
pub(super) fn coded(column: &Column) -> Option<&Coded> {
    match column {
        Column::Category(c) | Column::Text(c) => Some(c),
        _ => None,
    }
}

impl OneHot {
    /// Checks a step.
    ///
    /// # Errors
    /// [`crate::base::Error::Param`].
    pub(super) fn parse(step: &Step) -> Result<Self> {
        step.params.deny_unknown(PARAMS)?;
        Ok(Self {
            columns: step.columns.clone(),
            min_frequency: step.params.float(PARAMS, "min_frequency")?,
            max_categories: step.params.int(PARAMS, "max_categories")? as usize,
            drop: step.params.choice(PARAMS, "drop")?,
        })
    }

    /// The levels of one column of the training rows.
    pub(super) fn fit_column(&self, name: String, column: &Coded) -> FittedLevels {
        let mut counts = vec![0_u64; column.levels.len()];
        for code in column.codes.iter().flatten() {
            counts[code as usize] += 1;
        }
        let n = column.codes.len() as f64;
        let mut seen: Vec<(u64, &str)> = counts
            .iter()
            .copied()
            .zip(column.levels.iter())
            .filter(|(n, _)| *n > 0)
            .collect();
        seen.order_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        let frequent = seen
            .iter()
            .filter(|(c, _)| *c as f64 >= self.min_frequency * n)
            .count();
        // One place is kept for the shared column when levels have to be merged.
        let n_kept = if seen.len() <= self.max_categories {
            frequent
        } else {
            frequent.min(self.max_categories - 1)
        };
        // A single rare level gains nothing from being renamed.
        let n_kept = if seen.len() - n_kept == 1 && seen.len() <= self.max_categories {
            seen.len()
        } else {
            n_kept
        };
        let mut levels: Vec<String> = seen[..n_kept]
            .iter()
            .map(|(_, l)| (*l).to_owned())
            .collect();
        // A column that is nothing but rare levels, such as surnames, would give one constant column: it gives none.
        let merged = if n_kept == 0 { &[] } else { &seen[n_kept..] };
        let rare: Vec<String> = merged.iter().map(|(_, l)| (*l).to_owned()).collect();
        levels.order_by(Ord::cmp);
        let n_columns = levels.len() + usize::from(!rare.is_empty());
        let n_dropped = usize::from(match self.drop.as_str() {
            "first" => n_columns > 1,
            "if_binary" => n_columns == 2,
            _ => false,
        });
        FittedLevels {
            name,
            levels,
            rare,
            n_dropped,
        }
    }
}

impl Transform for OneHot {
    fn fit(&self, train: &Train<Table>, run: &mut Run<'_>) -> Result<Box<dyn FittedTransform>> {
        let table = train.get();
        let mut columns = Vec::new();
        for name in select(
            table.schema(),
            &self.columns,
            ColumnKind::Category,
            is_category,
        )? {
            run.check()?;
            if let Some(column) = coded(table.column(&name)?) {
                columns.push(self.fit_column(name, column));
            }
        }
        Ok(Box::new(FittedOneHot { columns }))
    }
}

impl FittedLevels {
    /// Levels, the shared one last.
    fn all(&self) -> impl Iterator<Item = &str> {
        let other = (!self.rare.is_empty()).then_some(OTHER_LEVEL);
        self.levels.iter().map(String::as_str).chain(other)
    }

    /// Names of the columns made, in order.
    fn made(&self) -> Vec<&str> {
        self.all().skip(self.n_dropped).collect()
    }

    fn encode(&self, column: &Coded, run: &mut Run<'_>) -> Vec<Column> {
        let n_made = self.made().len();
        let index: HashMap<&str, usize> = self
            .levels
            .iter()
            .enumerate()
            .map(|(i, l)| (l.as_str(), i))
            .collect();
        let rare: HashMap<&str, ()> = self.rare.iter().map(|l| (l.as_str(), ())).collect();
        let other = (!self.rare.is_empty()).then_some(self.levels.len());
        let mut unseen = vec![false; column.levels.len()];
        let slots: Vec<Option<usize>> = column
            .levels
            .iter()
            .enumerate()
            .map(|(code, level)| {
                let slot = index
                    .get(level)
                    .copied()
                    .or_else(|| rare.get(level).and(other));
                unseen[code] = slot.is_none();
                slot.or(other).and_then(|s| s.checked_sub(self.n_dropped))
            })
            .collect();
        let mut made = vec![vec![false; column.codes.len()]; n_made];
        let mut n_unseen = 0;
        for (row, code) in column.codes.iter().enumerate() {
            let Some(code) = code else { continue };
            // A gap that was filled after training had none is missing, not a new level.
            n_unseen +=
                u64::from(unseen[code as usize] && column.levels.get(code) != Some(MISSING_LEVEL));
            if let Some(slot) = slots[code as usize] {
                made[slot][row] = true;
            }
        }
        if n_unseen > 0 && n_made > 0 {
            run.warn(Warning::UnseenLevels {
                column: self.name.clone(),
                count: n_unseen,
            });
        }
        made.into_iter()
            .map(|flags| Column::Bool(Values::new(flags, None)))
            .collect()
    }
}

impl FittedOneHot {
    fn fields(&self, input: &Schema) -> Result<Vec<Vec<Field>>> {
        let mut names = Names::of(input);
        let mut all = Vec::new();
        for column in &self.columns {
            let origins = &input.field(&column.name)?.origins;
            let mut fields = Vec::new();
            for level in column.made() {
                let name = names.take(&format!("{} = {level}", column.name));
                fields.push(Field::derived(name, ColumnKind::Bool, origins.clone()));
            }
            all.push(fields);
        }
        Ok(all)
    }

    fn encoded(&self) -> Among<'_> {
        Among::new(self.columns.iter().map(|c| &c.name))
    }
}

impl FittedTransform for FittedOneHot {
    fn output(&self, input: &Schema) -> Result<Schema> {
        let made = self.fields(input)?.into_iter().flatten();
        let encoded = self.encoded();
        Ok(input.replace(|f| encoded.has(&f.name), made))
    }

    fn apply(&self, table: &Table, run: &mut Run<'_>) -> Result<Table> {
        let mut made = Vec::new();
        for (fitted, fields) in self.columns.iter().zip(self.fields(table.schema())?) {
            if let Some(column) = coded(table.column(&fitted.name)?) {
                made.extend(fields.into_iter().zip(fitted.encode(column, run)));
            }
        }
        let encoded = self.encoded();
        table.replace(|f| encoded.has(&f.name), made)
    }

    fn sources(&self, input: &Schema) -> HashMap<String, Source> {
        let mut out = HashMap::new();
        let Ok(made) = self.fields(input) else {
            return out;
        };
        for (source, fields) in self.columns.iter().zip(made) {
            let levels = source.made();
            let dropped = source.all().take(source.n_dropped).next();
            for (field, level) in fields.into_iter().zip(&levels) {
                let of = Source::Level {
                    column: source.name.clone(),
                    level: (*level).to_owned(),
                    dropped: dropped.map(str::to_owned),
                    n_columns: levels.len(),
                };
                out.insert(field.name, of);
            }
        }
        out
    }

    fn save(&self) -> Result<Part> {
        Part::encode(ENTRY.id, 1, self)
    }
}

/// Levels rarer than `min_frequency` share one column, as do those beyond `max_categories`; a level never seen in
/// training joins them, or has no column set where nothing was merged.
pub const ENTRY: Entry = Entry {
    id: "one_hot",
    params: PARAMS,
    n_columns: 0,
    build,
    load: |part| Ok(Box::new(part.decode::<FittedOneHot>(1)?)),
};
