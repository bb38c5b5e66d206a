//! Rows of a table with some columns set to other values, prepared and scored again: what effects, counterfactuals and
//! what-if controls are made of.
use crate::{
    artifact::{Opened, Predictions},
    base::{Cell, Error, Field, Format, Result, Run},
    table::{Coded, Column, Table, Values, cell_text},
};

/// A cell as it is shown: numbers as such, everything else as the person reads it.
pub fn cell(field: &Field, column: &Column, i: usize) -> Cell {
    let is_percent = matches!(field.format, Format::Number { percent: true, .. });
    let number = match column {
        Column::Float(_) | Column::Int(_) if !is_percent => column.number(i),
        _ => None,
    };
    match number {
        Some(v) => Cell::Number(v),
        None => cell_text(field, column, i).map_or(Cell::Missing, Cell::Text),
    }
}

/// All cells as numbers, as [`Column::numbers`]; of categories and texts their codes.
pub fn numbers(column: &Column) -> Vec<f64> {
    match column {
        Column::Category(c) | Column::Text(c) => c
            .codes
            .iter()
            .map(|code| code.map_or(f64::NAN, f64::from))
            .collect(),
        _ => column.numbers().unwrap_or_default(),
    }
}

fn values<T: Copy>(numbers: &[f64], fill: T, of: impl Fn(f64) -> T) -> Values<T> {
    let cells: Vec<Option<T>> = numbers
        .iter()
        .map(|v| v.is_finite().then(|| of(*v)))
        .collect();
    Values::from_options(&cells, fill)
}

/// `like` with other cells: what [`numbers`] gives of them, NaN for missing. Whole numbers are rounded.
fn with_cells(like: &Column, cells: &[f64]) -> Column {
    let coded = |c: &Coded| Coded {
        codes: values(cells, 0, |v| v as u32),
        levels: c.levels.clone(),
    };
    match like {
        Column::Float(_) => Column::Float(values(cells, 0.0, |v| v)),
        Column::Int(_) => Column::Int(values(cells, 0, |v| v.round() as i64)),
        Column::Bool(_) => Column::Bool(values(cells, false, |v| v >= 0.5)),
        Column::Date(_) => Column::Date(values(cells, 0, |v| v.round() as i32)),
        Column::DateTime(_) => Column::DateTime(values(cells, 0, |v| v.round() as i64)),
        Column::Text(c) => Column::Text(coded(c)),
        Column::Category(c) => Column::Category(coded(c)),
    }
}

/// Base rows of a model, any of which can be scored with some columns set.
#[derive(Debug)]
pub struct Base<'m> {
    model: &'m Opened,
    table: Table,
    columns: Vec<String>,
    /// Class whose probability is scored; numbers have none.
    output: usize,
}

impl<'m> Base<'m> {
    /// The rows of `table`, of which `columns` can be set, in this order. `output` is the class whose probability is
    /// scored, and says nothing where the model predicts numbers.
    ///
    /// # Errors
    /// [`Error::MissingColumns`], [`Error::MissingColumn`] when `table` lacks a column.
    pub fn new(
        model: &'m Opened,
        table: &Table,
        columns: Vec<String>,
        output: usize,
    ) -> Result<Self> {
        let input = model.pipeline.input();
        table.schema().require(input)?;
        for name in &columns {
            input.position(name)?;
        }
        let n_classes = model.artifact.classes.len();
        if n_classes > 0 && output >= n_classes {
            return Err(Error::Shape {
                what: "class".into(),
                expected: n_classes,
                found: output,
            });
        }
        let table = table.filter_columns(|f| input.position(&f.name).is_ok());
        Ok(Self {
            model,
            table,
            columns,
            output,
        })
    }

    /// The rows.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Predictions of `rows` with columns set; see [`crate::evaluate::effects::Score`].
    ///
    /// # Errors
    /// Those of preparation and model; [`Error::Cancelled`].
    pub fn score(
        &self,
        rows: &[u32],
        set: &[(usize, &[f64])],
        run: &mut Run<'_>,
    ) -> Result<Vec<f64>> {
        Ok(match self.predictions(rows, set, run)? {
            Predictions::Numbers(v) => v,
            Predictions::Proba(p) => p.column(self.output).to_vec(),
        })
    }

    /// The same for all classes.
    ///
    /// # Errors
    /// As there.
    pub fn predictions(
        &self,
        rows: &[u32],
        set: &[(usize, &[f64])],
        run: &mut Run<'_>,
    ) -> Result<Predictions> {
        run.check()?;
        let mut changed = Vec::with_capacity(set.len());
        for (place, cells) in set {
            let name = self.columns.get(*place).ok_or_else(|| Error::Shape {
                what: "columns set".into(),
                expected: self.columns.len(),
                found: *place,
            })?;
            let field = self.table.schema().field(name)?.clone();
            changed.push((field, with_cells(self.table.column(name)?, cells)));
        }
        let table = self.table.take(rows).with(changed)?;
        // Findings about rows that nobody has are nobody's business.
        let design =
            run.within(|run| run.quietly(|run| self.model.pipeline.design(&table, run)))?;
        self.model.of_matrix(design.x.view())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_set_in_the_kind_of_their_column() {
        let coded = || Coded::from_cells([Some("a"), None, Some("b")]);
        let columns = [
            Column::Float(Values::new(vec![1.5], None)),
            Column::Int(Values::new(vec![3], None)),
            Column::Bool(Values::new(vec![true], None)),
            Column::Date(Values::new(vec![9], None)),
            Column::DateTime(Values::new(vec![9], None)),
            Column::Category(coded()),
            Column::Text(coded()),
        ];
        for column in columns {
            let set = with_cells(&column, &[1.0, f64::NAN, 0.0, 1.0]);
            assert_eq!(set.storage(), column.storage());
            let back = numbers(&set);
            assert!(back[1].is_nan() && set.is_missing(1), "{column:?}");
            assert_eq!([back[0], back[2], back[3]], [1.0, 0.0, 1.0]);
        }
        assert_eq!(numbers(&Column::Category(coded()))[2], 1.0);
    }
}
