//! The numbers a result opens with.
use crate::ui::i18n::{Arg, Lang, Style, fill, number};

/// Shown in the strip, in this order.
pub(in crate::findings) const STRIP: &[&str] = &[
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier_score",
    "f1",
    "mcc",
    "roc_auc_ovr",
    "f1_macro",
    "r2",
    "rmse",
    "mae",
    "mape",
    "median_absolute_error",
    "coverage",
    "k",
    "silhouette",
    "n_unassigned",
    "bic",
    "inertia",
];

/// Metrics in the unit of the target, or in money.
const IN_UNITS: &[&str] = &[
    "rmse",
    "mae",
    "median_absolute_error",
    "expected_profit",
    "bic",
    "inertia",
];

/// How a metric is written.
pub(in crate::findings) fn metric_style(key: &str) -> Style {
    if IN_UNITS.contains(&key) {
        Style::Short
    } else if key.starts_with("n_") || key == "k" {
        Style::Count
    } else {
        Style::Score
    }
}

/// An interval.
pub(in crate::findings) fn between(lang: Lang, (low, high): (f64, f64), style: Style) -> String {
    let (low, high) = (number(lang, low, style), number(lang, high, style));
    let args = [("low", Arg::Text(&low)), ("high", Arg::Text(&high))];
    fill(lang, lang.texts().metric_interval, &args)
}
