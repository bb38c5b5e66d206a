//! How contributions and what they belong to are written: signed, in percentage points where the prediction is a share.
use super::decimal::fixed;
use super::words::fill;
use super::{NumberStyle, Words};
use crate::base::Cell;

/// A contribution on an axis: shares count in percentage points.
pub fn place(v: f64, is_share: bool) -> f64 {
    if is_share { v * 100.0 } else { v }
}

/// Its size, without a sign of its own and without a unit.
pub fn plain(v: f64, is_share: bool, words: &Words) -> String {
    if !is_share || !v.is_finite() {
        return (words.number)(v, NumberStyle::Short);
    }
    fixed(v * 100.0, 1)
}

/// `+23.1`, `-4.0`, `0.0`.
pub fn signed(v: f64, is_share: bool, words: &Words) -> String {
    let size = plain(v.abs(), is_share, words);
    let is_zero = !size.bytes().any(|b| (b'1'..=b'9').contains(&b));
    let sign = match v {
        _ if is_zero => "",
        v if v > 0.0 => "+",
        _ => "-",
    };
    format!("{sign}{size}")
}

/// `+23.1 points`, or the number alone where it has the target's unit.
pub fn with_unit(v: f64, is_share: bool, words: &Words) -> String {
    named(&signed(v, is_share, words), is_share, words)
}

/// `6.1 points`: a size.
pub fn size(v: f64, is_share: bool, words: &Words) -> String {
    named(&plain(v.abs(), is_share, words), is_share, words)
}

fn named(text: &str, is_share: bool, words: &Words) -> String {
    if is_share {
        fill(words.points_value, &[("value", text)])
    } else {
        text.to_owned()
    }
}

/// A prediction: percent, or the target's unit.
pub fn prediction(v: f64, is_share: bool, words: &Words) -> String {
    let style = if is_share {
        NumberStyle::Percent1
    } else {
        NumberStyle::Short
    };
    (words.number)(v, style)
}

/// Axis titles of contributions, long to short.
pub fn titles(is_share: bool, words: &Words) -> [&'static str; 2] {
    if is_share {
        [
            words.said.contribution_points,
            words.said.contribution_points_short,
        ]
    } else {
        [words.said.contribution, words.said.contribution_short]
    }
}

/// What a column holds, in words.
pub fn cell(cell: &Cell, words: &Words) -> String {
    match cell {
        Cell::Missing => words.missing_cell.to_owned(),
        Cell::Number(v) => (words.number)(*v, NumberStyle::Short),
        Cell::Text(text) => text.clone(),
    }
}

/// "Contract: Month-to-month".
pub fn label(column: &str, value: &Cell, words: &Words) -> String {
    let values = [("column", column), ("value", &cell(value, words))];
    fill(words.cell_label, &values)
}

/// What is said of one class of several, by `template`; of anything else as it is.
pub fn of_class(class: Option<&str>, template: &str, said: String) -> String {
    match class {
        Some(class) => fill(template, &[("class", class), ("text", &said)]),
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{EN, ZH};
    use super::*;

    #[test]
    fn points_are_signed_and_rounded() {
        assert_eq!(with_unit(0.2312, true, &EN), "+23.1 points");
        assert_eq!(with_unit(-0.04, true, &ZH), "-4.0 个百分点");
        assert_eq!(signed(-0.0001, true, &EN), "0.0");
        assert_eq!(with_unit(-1234.5, false, &EN), "-1,234");
        assert_eq!(with_unit(f64::NAN, true, &EN), "– points");
        assert_eq!(size(-0.061, true, &EN), "6.1 points");
        assert_eq!(label("tenure", &Cell::Missing, &EN), "tenure: not known");
    }
}
