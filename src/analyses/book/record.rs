//! A record that is not in the data: one row in the columns a model reads, some of them set by hand.
use crate::{
    artifact::Opened,
    base::{ColumnKind, Error, Field, Format, LoadOptions, Quiet, Result, Run},
    table::{
        Coded, Column, Mask, Schema, Table, Values,
        read::{self, Bytes},
    },
};

/// A column of one missing cell.
fn gap(kind: ColumnKind) -> Column {
    fn one<T: Copy>(fill: T) -> Values<T> {
        Values::new(vec![fill], Mask::from_fn(1, |_| true))
    }
    match kind {
        ColumnKind::Float => Column::Float(one(0.0)),
        ColumnKind::Int => Column::Int(one(0)),
        ColumnKind::Bool => Column::Bool(one(false)),
        ColumnKind::Date => Column::Date(one(0)),
        ColumnKind::DateTime => Column::DateTime(one(0)),
        ColumnKind::Category => Column::Category(Coded::from_cells([None::<&str>])),
        _ => Column::Text(Coded::from_cells([None::<&str>])),
    }
}

/// A cell as a person wrote it, read with the kind and format of its column. A plain number with a decimal point is taken
/// as it is whatever the file's own style.
fn cell(field: &Field, text: &str) -> Result<Column> {
    let refused = || Error::Cell {
        row: 1,
        name: field.name.clone(),
        kind: field.kind,
    };
    if text.trim().is_empty() {
        return Ok(gap(field.kind));
    }
    if field.kind.is_number()
        && let Ok(number) = text.trim().parse::<f64>()
    {
        return match field.kind {
            _ if !number.is_finite() => Err(refused()),
            ColumnKind::Int if number.fract() != 0.0 || number.abs() >= 9e15 => Err(refused()),
            ColumnKind::Int => Ok(Column::Int(Values::new(vec![number as i64], None))),
            _ => Ok(Column::Float(Values::new(vec![number], None))),
        };
    }
    // A share is shown with a point and a percent mark.
    if let Format::Number { percent: true, .. } = field.format
        && let Some(Ok(number)) = text.trim().strip_suffix('%').map(str::parse::<f64>)
        && number.is_finite()
    {
        return Ok(Column::Float(Values::new(vec![number / 100.0], None)));
    }
    // Everything else is read as the file is: as one of one column and one row.
    const NAME: &str = "x";
    let file = format!("{NAME}\n\"{}\"\n", text.replace('"', "\"\""));
    let schema = Schema::new(vec![Field {
        name: NAME.into(),
        ..field.clone()
    }]);
    let options = LoadOptions {
        format: Some("csv".into()),
        encoding: Some("utf-8".into()),
        delimiter: Some(','),
        ..LoadOptions::default()
    };
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 0);
    let loaded = read::read_as(&mut Bytes(file), &options, &schema, &mut run);
    let loaded = loaded.map_err(|_| refused())?;
    let column = loaded.table.column(NAME).map_err(|_| refused())?.clone();
    if column.len() == 1 {
        Ok(column)
    } else {
        Err(refused())
    }
}

/// The row that `record` makes of `start`; without `start` columns that are not named are missing. The target and the id
/// may be named, they change nothing.
///
/// # Errors
/// [`Error::Unknown`] naming a column the model does not read, [`Error::Cell`] naming one whose text is of another kind,
/// [`Error::MissingColumn`] for a start that lacks a column.
pub fn record(
    model: &Opened,
    start: Option<&Table>,
    record: &[(String, Option<String>)],
) -> Result<Table> {
    let inputs = model.pipeline.input();
    let mut columns = Vec::with_capacity(inputs.fields.len());
    for field in &inputs.fields {
        let column = match start {
            Some(start) => start.column(&field.name)?.take(&[0]),
            None => gap(field.kind),
        };
        columns.push((field.clone(), column));
    }
    for (name, text) in record {
        let Some((field, slot)) = columns.iter_mut().find(|(f, _)| f.name == *name) else {
            let artifact = &model.artifact;
            if *name == artifact.target || artifact.id.as_ref() == Some(name) {
                continue;
            }
            return Err(Error::Unknown {
                what: "column".into(),
                id: name.clone(),
            });
        };
        *slot = match text {
            Some(text) => cell(field, text)?,
            None => gap(field.kind),
        };
    }
    Table::new(columns, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::DateOrder, table::cell_text};

    #[test]
    fn cells_are_read_as_their_column() {
        let field = |kind, format| Field {
            format,
            ..Field::new("a \"b\", c", kind)
        };
        let comma = |percent| Format::Number {
            percent,
            currency: None,
            decimal_comma: true,
        };
        let day = Format::Date {
            order: DateOrder::DayMonthYear,
        };
        let yes_no = Format::Bool {
            falsy: "nein".into(),
            truthy: "ja".into(),
        };
        let (float, int) = (ColumnKind::Float, ColumnKind::Int);
        for (kind, format, text, shown) in [
            (float, Format::Plain, "1.5", Some("1.5")),
            (float, comma(false), "1,5", Some("1.5")),
            (float, comma(false), "1.5", Some("1.5")),
            (float, comma(true), "15%", Some("15%")),
            (float, comma(true), "0.15", Some("15%")),
            (int, Format::Plain, " 7 ", Some("7")),
            (int, Format::Plain, "", None),
            (
                ColumnKind::Date,
                day.clone(),
                "24.12.2026",
                Some("2026-12-24"),
            ),
            (ColumnKind::Date, day, "2026-12-24", Some("2026-12-24")),
            (ColumnKind::Bool, yes_no.clone(), "JA", Some("ja")),
            (
                ColumnKind::Category,
                Format::Plain,
                "a \"x\",\nb",
                Some("a \"x\",\nb"),
            ),
            (ColumnKind::Category, Format::Plain, "n/a", None),
        ] {
            let field = field(kind, format);
            let column = cell(&field, text).unwrap();
            assert_eq!(cell_text(&field, &column, 0).as_deref(), shown, "{text}");
        }
        for (kind, format, text) in [
            (int, Format::Plain, "1.5"),
            (int, Format::Plain, "many"),
            (float, Format::Plain, "inf"),
            (float, Format::Plain, "NaN"),
            (ColumnKind::Bool, yes_no, "perhaps"),
            (ColumnKind::Date, Format::Plain, "soon"),
        ] {
            let refused = cell(&field(kind, format), text).unwrap_err();
            assert_eq!(refused.code(), "cell", "{text}");
            assert_eq!(refused.column(), Some("a \"b\", c"));
        }
    }
}
