//! Cells as a person reads them.
use super::{Column, dates};
use crate::base::{Field, Format};

/// A cell as text, none where missing: yes/no in the file's spelling, dates as ISO, shares with a percent mark.
pub fn cell_text(field: &Field, column: &Column, i: usize) -> Option<String> {
    Some(match column {
        Column::Float(v) => {
            let v = v.get(i)?;
            match field.format {
                Format::Number { percent: true, .. } => {
                    // Dividing by 100 on reading left a rounding error that nobody wrote.
                    format!("{}%", (v * 100.0 * 1e10).round() / 1e10)
                }
                _ => v.to_string(),
            }
        }
        Column::Int(v) => v.get(i)?.to_string(),
        Column::Bool(v) => match (&field.format, v.get(i)?) {
            (Format::Bool { truthy, .. }, true) => truthy.clone(),
            (Format::Bool { falsy, .. }, false) => falsy.clone(),
            (_, yes) => yes.to_string(),
        },
        Column::Date(v) => dates::date_text(v.get(i)?),
        Column::DateTime(v) => dates::datetime_text(v.get(i)?),
        Column::Text(c) | Column::Category(c) => c.get(i)?.to_owned(),
    })
}
