//! Writes a report's table as CSV (RFC 4180), safe to open in a spreadsheet.
use crate::report::{Cells, ReportTable};
use std::fmt::Write as _;

/// A cell that a spreadsheet would run as a formula gets a leading apostrophe.
pub(super) fn escape(out: &mut String, cell: &str) {
    let formula =
        cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    let guard = if formula { "'" } else { "" };
    if formula || cell.contains([',', '"', '\n', '\r']) {
        let _ = write!(out, "\"{guard}{}\"", cell.replace('"', "\"\""));
    } else {
        out.push_str(cell);
    }
}

/// Lines that are written cell by cell, so that a long list needs no table of texts.
pub(super) struct Lines {
    out: String,
    is_first: bool,
}

impl Lines {
    /// A file with these columns.
    pub(super) fn new(columns: &[&str]) -> Self {
        let mut lines = Self {
            out: String::from("\u{feff}"),
            is_first: true,
        };
        for column in columns {
            lines.text(column);
        }
        lines.end();
        lines
    }

    fn comma(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(',');
        }
    }

    /// A cell of text.
    pub(super) fn text(&mut self, cell: &str) {
        self.comma();
        escape(&mut self.out, cell);
    }

    /// A number in full precision; nothing where there is none.
    pub(super) fn number(&mut self, value: f64) {
        self.comma();
        if value.is_finite() {
            let _ = write!(self.out, "{value}");
        }
    }

    /// Ends the line.
    pub(super) fn end(&mut self) {
        self.out.push_str("\r\n");
        self.is_first = true;
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out.into_bytes()
    }
}

/// UTF-8 with a byte order mark, so that spreadsheets read Chinese right; numbers in full precision.
pub fn to_csv(table: &ReportTable) -> Vec<u8> {
    let mut out = String::from("\u{feff}");
    for (i, column) in table.columns.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        escape(&mut out, &column.key);
    }
    out.push_str("\r\n");
    for row in 0..table.n_rows() {
        for (i, column) in table.columns.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            match &column.cells {
                Cells::Number(v) if v[row].is_finite() => {
                    let _ = write!(out, "{}", v[row]);
                }
                Cells::Number(_) => {}
                Cells::Text(v) => escape(&mut out, v[row].as_deref().unwrap_or_default()),
            }
        }
        out.push_str("\r\n");
    }
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_are_defused() {
        let table = ReportTable::default()
            .text("id", vec!["a,b", "=HYPERLINK(\"x\")", "-5", "say \"hi\""])
            .number("p", vec![0.1, f64::NAN, 1.0, 2.5e-7]);
        let text = String::from_utf8(to_csv(&table)).unwrap();
        let expected = "\u{feff}id,p\r\n\"a,b\",0.1\r\n\"'=HYPERLINK(\"\"x\"\")\",\r\n-5,1\r\n\"say \"\"hi\"\"\",0.00000025\r\n";
        assert_eq!(text, expected);
    }
}
