//! Categories as codes, for learners that take them as they are: each column gets the dictionary of the training rows,
//! rare levels merged as in [`super::one_hot`]; a level never seen there is missing.
//!
//! Not a step a person puts into a recipe: [`super::Pipeline::native`] puts it at the end.
use super::{
    FittedTransform, Transform,
    one_hot::{FittedLevels, OTHER_LEVEL, OneHot, coded},
    select,
};
use crate::{
    base::{ColumnKind, Field, Part, Result, Run, Step, Train, Warning},
    table::{Coded, Column, Levels, Schema, Table, Values},
};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, sync::Arc};

/// Kind of its saved part.
pub(super) const ID: &str = "levels";

#[derive(Debug)]
struct LevelCodes {
    merge: OneHot,
}

#[derive(Debug, Serialize, Deserialize)]
struct FittedCodes {
    columns: Vec<Dictionary>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Dictionary {
    name: String,
    /// Levels with a code of their own, which is their place.
    levels: Vec<String>,
    /// Rare levels of the training rows; they share the code behind, which exists when there are any.
    rare: Vec<String>,
}

/// The step, merging levels as the step `one_hot` does.
///
/// # Errors
/// [`crate::base::Error::Param`].
pub(super) fn build(one_hot: &Step) -> Result<Box<dyn Transform>> {
    Ok(Box::new(LevelCodes {
        merge: OneHot::parse(one_hot)?,
    }))
}

/// Takes up a saved part.
///
/// # Errors
/// [`crate::base::Error::Artifact`].
pub(super) fn load(part: &Part) -> Result<Box<dyn FittedTransform>> {
    Ok(Box::new(part.decode::<FittedCodes>(1)?))
}

fn is_category(field: &Field) -> bool {
    field.kind == ColumnKind::Category
}

impl From<FittedLevels> for Dictionary {
    fn from(it: FittedLevels) -> Self {
        Self {
            name: it.name,
            levels: it.levels,
            rare: it.rare,
        }
    }
}

impl Dictionary {
    fn names(&self) -> Arc<Levels> {
        let mut levels = Levels::default();
        for level in &self.levels {
            levels.push(level);
        }
        if !self.rare.is_empty() {
            levels.push(OTHER_LEVEL);
        }
        Arc::new(levels)
    }

    fn encode(&self, column: &Coded, run: &mut Run<'_>) -> Column {
        let own = self.levels.iter().enumerate();
        let mut codes: HashMap<&str, u32> = own.map(|(i, l)| (l.as_str(), i as u32)).collect();
        let other = self.levels.len() as u32;
        codes.extend(self.rare.iter().map(|l| (l.as_str(), other)));
        let known: Vec<Option<u32>> = column
            .levels
            .iter()
            .map(|l| codes.get(l).copied())
            .collect();
        let mut n_unseen = 0;
        let cells: Vec<Option<u32>> = column
            .codes
            .iter()
            .map(|cell| {
                let code = known.get(cell? as usize).copied().flatten();
                n_unseen += u64::from(code.is_none());
                code
            })
            .collect();
        if n_unseen > 0 {
            run.warn(Warning::UnseenLevels {
                column: self.name.clone(),
                count: n_unseen,
            });
        }
        Column::Category(Coded {
            codes: Values::from_options(&cells, 0),
            levels: self.names(),
        })
    }
}

impl Transform for LevelCodes {
    fn fit(&self, train: &Train<Table>, run: &mut Run<'_>) -> Result<Box<dyn FittedTransform>> {
        let table = train.get();
        let mut columns = Vec::new();
        for name in select(table.schema(), &[], ColumnKind::Category, is_category)? {
            run.check()?;
            if let Some(column) = coded(table.column(&name)?) {
                columns.push(self.merge.fit_column(name, column).into());
            }
        }
        Ok(Box::new(FittedCodes { columns }))
    }
}

impl FittedCodes {
    /// A column that is nothing but rare levels says nothing and is left out.
    fn is_left_out(&self, field: &Field) -> bool {
        let mine = self.columns.iter().find(|c| c.name == field.name);
        mine.is_some_and(|c| c.levels.is_empty())
    }
}

impl FittedTransform for FittedCodes {
    fn output(&self, input: &Schema) -> Result<Schema> {
        for column in &self.columns {
            input.position(&column.name)?;
        }
        Ok(input.replace(|f| self.is_left_out(f), []))
    }

    fn apply(&self, table: &Table, run: &mut Run<'_>) -> Result<Table> {
        let mut made = Vec::new();
        for fitted in self.columns.iter().filter(|c| !c.levels.is_empty()) {
            let field = table.schema().field(&fitted.name)?.clone();
            if let Some(column) = coded(table.column(&fitted.name)?) {
                made.push((field, fitted.encode(column, run)));
            }
        }
        table.filter_columns(|f| !self.is_left_out(f)).with(made)
    }

    fn save(&self) -> Result<Part> {
        Part::encode(ID, 1, self)
    }
}
