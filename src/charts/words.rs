//! The words and number formats a figure needs, handed in by the caller.

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberStyle {
    /// A share as percent, no decimals.
    Percent,
    /// A share as percent, one decimal.
    Percent1,
    /// A count, grouped.
    Count,
    /// Three decimals, as for an AUC.
    Score,
    /// As few digits as tell it apart.
    Short,
}

/// Words of one language. Placeholders in braces are filled by the figure.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// Writes a number.
    pub number: fn(f64, NumberStyle) -> String,
    /// Name of a learner by its id.
    pub learner: fn(&str) -> String,
    /// Axis.
    pub false_positive_rate: &'static str,
    /// Axis.
    pub true_positive_rate: &'static str,
}

/// English, for tests and as a pattern for other languages.
pub const EN: Words = Words {
    number: plain_number,
    learner: str::to_owned,
    false_positive_rate: "False alarms",
    true_positive_rate: "Leavers found",
};

fn plain_number(v: f64, style: NumberStyle) -> String {
    match style {
        NumberStyle::Percent => format!("{:.0}%", v * 100.0),
        NumberStyle::Percent1 => format!("{:.1}%", v * 100.0),
        NumberStyle::Count => format!("{v:.0}"),
        NumberStyle::Score => format!("{v:.3}"),
        NumberStyle::Short => format!("{v}"),
    }
}
