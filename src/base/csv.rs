//! The one way in which a cell is written into a CSV file.
use super::is_number;

/// What a spreadsheet takes for the beginning of a formula; the wide forms where Chinese or Japanese is typed.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Writes a cell (RFC 4180). One that a spreadsheet would run as a formula gets an apostrophe in front; numbers, also with
/// separators or a percent mark, stay numbers.
pub fn csv_cell(out: &mut String, cell: &str) {
    let runs =
        cell.starts_with(FORMULA) && !is_number(&cell.trim_end_matches('%').replace(',', ""));
    let quoted = runs || cell.contains([',', '"', '\n', '\r', ';', '\t']);
    if !quoted {
        return out.push_str(cell);
    }
    out.push('"');
    if runs {
        out.push('\'');
    }
    for (i, part) in cell.split('"').enumerate() {
        if i > 0 {
            out.push_str("\"\"");
        }
        out.push_str(part);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cell: &str) -> String {
        let mut out = String::new();
        csv_cell(&mut out, cell);
        out
    }

    #[test]
    fn formulas_are_defused_and_numbers_are_left() {
        for cell in [
            "=1+1",
            "+1 555 0100",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "＝1+1",
            "＠x",
            "-inf",
            "-",
            "--5",
            "-1e",
        ] {
            assert_eq!(written(cell), format!("\"'{cell}\""), "{cell:?}");
        }
        for cell in ["-5", "+5", "-0.5e-3", "-12%", "a=b", "", "1", "-.5", "’"] {
            assert_eq!(written(cell), cell);
        }
        assert_eq!(written("-1,234.5"), "\"-1,234.5\"");
    }

    #[test]
    fn separators_and_quotes_are_quoted() {
        assert_eq!(written("a,b"), "\"a,b\"");
        assert_eq!(written("a;=1"), "\"a;=1\"");
        assert_eq!(written("say \"hi\""), "\"say \"\"hi\"\"\"");
        assert_eq!(written("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
    }
}
