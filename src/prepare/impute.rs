//! Fills in what is missing, as scikit-learn's `SimpleImputer` does.
use super::{Entry, FittedTransform, Transform, columns::Names, select};
use crate::{
    base::{ColumnKind, Error, Field, ParamSpec, Part, Result, Run, Step, Train},
    table::{Among, Coded, Column, Levels, Schema, Table, Values},
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::HashMap, sync::Arc};

/// The level that stands for a missing category.
pub const MISSING_LEVEL: &str = "(missing)";

static STRATEGIES: &[Cow<'static, str>] = &[
    Cow::Borrowed("mean"),
    Cow::Borrowed("median"),
    Cow::Borrowed("most_frequent"),
    Cow::Borrowed("constant"),
];
static CATEGORY_STRATEGIES: &[Cow<'static, str>] =
    &[Cow::Borrowed("own_level"), Cow::Borrowed("most_frequent")];
static PARAMS: &[ParamSpec] = &[
    ParamSpec::choice("strategy", STRATEGIES),
    ParamSpec::float("fill_value", -1e15, 1e15, 0.0),
    ParamSpec::choice("category_strategy", CATEGORY_STRATEGIES),
    ParamSpec::flag("add_indicator", false),
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Strategy {
    Mean,
    Median,
    MostFrequent,
    Constant(f64),
}

#[derive(Debug)]
struct Impute {
    columns: Vec<String>,
    strategy: Strategy,
    own_level: bool,
    add_indicator: bool,
}

/// What goes into a column's gaps.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Fill {
    Number(f64),
    Flag(bool),
    Level(String),
}

#[derive(Debug, Serialize, Deserialize)]
struct FittedImpute {
    /// Column, filling, and whether it gets an indicator.
    columns: Vec<(String, Fill, bool)>,
}

fn fits(field: &Field) -> bool {
    matches!(
        field.kind,
        ColumnKind::Float | ColumnKind::Int | ColumnKind::Bool | ColumnKind::Category
    )
}

fn build(step: &Step) -> Result<Box<dyn Transform>> {
    step.params.deny_unknown(PARAMS)?;
    let strategy = match step.params.choice(PARAMS, "strategy")?.as_str() {
        "median" => Strategy::Median,
        "most_frequent" => Strategy::MostFrequent,
        "constant" => Strategy::Constant(step.params.float(PARAMS, "fill_value")?),
        _ => Strategy::Mean,
    };
    Ok(Box::new(Impute {
        columns: step.columns.clone(),
        strategy,
        own_level: step.params.choice(PARAMS, "category_strategy")? == "own_level",
        add_indicator: step.params.flag(PARAMS, "add_indicator")?,
    }))
}

/// The filling of a number column; 0 where every cell is missing.
fn number_fill(values: &mut [f64], strategy: Strategy) -> f64 {
    if let Strategy::Constant(v) = strategy {
        return v;
    }
    if values.is_empty() {
        return 0.0;
    }
    match strategy {
        Strategy::Mean => values.iter().sum::<f64>() / values.len() as f64,
        Strategy::Median => {
            let n = values.len();
            let (_, &mut upper, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
            if n % 2 == 1 {
                return upper;
            }
            let lower = values[..n / 2]
                .iter()
                .copied()
                .fold(f64::NEG_INFINITY, f64::max);
            (lower + upper) / 2.0
        }
        _ => {
            values.sort_unstable_by(f64::total_cmp);
            // Ties go to the smallest value, as in scikit-learn.
            let (mut best, mut best_n, mut start) = (values[0], 0, 0);
            for i in 1..=values.len() {
                if i == values.len() || values[i] != values[start] {
                    if i - start > best_n {
                        (best, best_n) = (values[start], i - start);
                    }
                    start = i;
                }
            }
            best
        }
    }
}

/// The most frequent level, ties to the alphabetically first.
fn most_frequent_level(column: &Coded) -> Option<String> {
    let mut counts: HashMap<u32, u64> = HashMap::new();
    for code in column.codes.iter().flatten() {
        *counts.entry(code).or_default() += 1;
    }
    let named = counts
        .into_iter()
        .filter_map(|(c, n)| column.levels.get(c).map(|l| (n, l)));
    named
        .max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(a.1)))
        .map(|(_, l)| l.to_owned())
}

impl Transform for Impute {
    fn fit(&self, train: &Train<Table>, run: &mut Run<'_>) -> Result<Box<dyn FittedTransform>> {
        let table = train.get();
        let mut columns = Vec::new();
        for name in select(table.schema(), &self.columns, ColumnKind::Float, fits)? {
            run.check()?;
            let column = table.column(&name)?;
            let fill = match column {
                Column::Bool(v) => {
                    let yes = v.iter().flatten().filter(|v| *v).count();
                    Fill::Flag(yes * 2 > v.len() - v.n_missing())
                }
                Column::Category(c) | Column::Text(c) => {
                    let frequent = if self.own_level {
                        None
                    } else {
                        most_frequent_level(c)
                    };
                    Fill::Level(frequent.unwrap_or_else(|| MISSING_LEVEL.to_owned()))
                }
                _ => {
                    let mut values: Vec<f64> =
                        (0..column.len()).filter_map(|i| column.number(i)).collect();
                    Fill::Number(number_fill(&mut values, self.strategy))
                }
            };
            columns.push((name, fill, self.add_indicator && column.n_missing() > 0));
        }
        Ok(Box::new(FittedImpute { columns }))
    }
}

fn fill_column(column: &Column, fill: &Fill, name: &str, found: ColumnKind) -> Result<Column> {
    if column.n_missing() == 0 {
        return Ok(column.clone());
    }
    let mismatch = |expected| Error::ColumnKind {
        name: name.to_owned(),
        expected,
        found,
    };
    match (column, fill) {
        (Column::Bool(v), Fill::Flag(fill)) => Ok(Column::Bool(Values::new(
            v.iter().map(|v| v.unwrap_or(*fill)).collect(),
            None,
        ))),
        (Column::Category(c), Fill::Level(level)) => {
            let known = c.levels.iter().position(|l| l == level);
            let (levels, code) = match known {
                Some(code) => (c.levels.clone(), code as u32),
                None => {
                    let mut levels: Levels = (*c.levels).clone();
                    let code = levels.push(level);
                    (Arc::new(levels), code)
                }
            };
            let codes = c.codes.iter().map(|c| c.unwrap_or(code)).collect();
            Ok(Column::Category(Coded {
                codes: Values::new(codes, None),
                levels,
            }))
        }
        (Column::Text(_) | Column::Category(_) | Column::Bool(_), Fill::Number(_)) => {
            Err(mismatch(ColumnKind::Float))
        }
        (_, Fill::Number(fill)) => {
            let values = (0..column.len())
                .map(|i| column.number(i).unwrap_or(*fill))
                .collect();
            Ok(Column::Float(Values::new(values, None)))
        }
        (_, Fill::Flag(_)) => Err(mismatch(ColumnKind::Bool)),
        (_, Fill::Level(_)) => Err(mismatch(ColumnKind::Category)),
    }
}

impl FittedImpute {
    fn indicators(&self, input: &Schema) -> Result<Vec<Field>> {
        let mut made: Vec<Field> = Vec::new();
        let mut names = Names::of(input);
        for (name, _, _) in self.columns.iter().filter(|c| c.2) {
            let origins = input.field(name)?.origins.clone();
            let free = names.take(&format!("{name}: missing"));
            made.push(Field::derived(free, ColumnKind::Bool, origins));
        }
        Ok(made)
    }

    /// A whole-number column becomes a decimal one, so that its filling need not be whole.
    fn filled_field(field: &Field) -> Field {
        let kind = if field.kind == ColumnKind::Int {
            ColumnKind::Float
        } else {
            field.kind
        };
        Field {
            kind,
            ..field.clone()
        }
    }
}

impl FittedTransform for FittedImpute {
    fn output(&self, input: &Schema) -> Result<Schema> {
        let mine = Among::new(self.columns.iter().map(|c| &c.0));
        let filled = |f: &Field| {
            if mine.has(&f.name) {
                Self::filled_field(f)
            } else {
                f.clone()
            }
        };
        let mut fields: Vec<Field> = input.fields.iter().map(filled).collect();
        fields.extend(self.indicators(input)?);
        Ok(Schema::new(fields))
    }

    fn apply(&self, table: &Table, _run: &mut Run<'_>) -> Result<Table> {
        let mut made = Vec::new();
        for (name, fill, _) in &self.columns {
            let field = table.schema().field(name)?;
            let filled = fill_column(table.column(name)?, fill, name, field.kind)?;
            made.push((Self::filled_field(field), filled));
        }
        let with_indicator = self.columns.iter().filter(|c| c.2);
        for ((name, _, _), field) in with_indicator.zip(self.indicators(table.schema())?) {
            let column = table.column(name)?;
            let flags = (0..column.len()).map(|i| column.is_missing(i)).collect();
            made.push((field, Column::Bool(Values::new(flags, None))));
        }
        table.with(made)
    }

    fn save(&self) -> Result<Part> {
        Part::encode(ENTRY.id, 1, self)
    }
}

/// Numbers by `strategy`, yes/no columns by the more frequent value, categories by `category_strategy`.
pub const ENTRY: Entry = Entry {
    id: "impute",
    params: PARAMS,
    n_columns: 0,
    build,
    load: |part| Ok(Box::new(part.decode::<FittedImpute>(1)?)),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fillings_follow_the_strategy() {
        let fill = |s| number_fill(&mut [4.0, 1.0, 2.0, 1.0], s);
        assert_eq!(fill(Strategy::Mean), 2.0);
        assert_eq!(fill(Strategy::Median), 1.5);
        assert_eq!(fill(Strategy::MostFrequent), 1.0);
        assert_eq!(fill(Strategy::Constant(9.0)), 9.0);
        assert_eq!(number_fill(&mut [], Strategy::Mean), 0.0);
        assert_eq!(
            number_fill(&mut [3.0, 2.0, 3.0, 2.0], Strategy::MostFrequent),
            2.0
        );
    }
}
