//! English, where there is no page with its language file and catalogue.
use super::{
    Said, Words,
    written::{number, param},
};
use std::sync::LazyLock;

/// English.
pub static EN: LazyLock<Words> = LazyLock::new(|| {
    static SAID: LazyLock<Said> = LazyLock::new(|| {
        let file = include_str!("../../../www/texts/en.txt");
        Said::parse(file).unwrap_or(Said::EMPTY)
    });
    Words {
        number,
        learner,
        score,
        param,
        said: &SAID,
    }
});

/// The id as words; the page knows proper names from the catalogue.
fn learner(id: &str) -> String {
    let text = id.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn score(key: &str) -> String {
    match key {
        "roc_auc" => "ROC-AUC",
        "average_precision" => "average precision",
        "log_loss" | "neg_log_loss" => "log loss",
        "brier_score" | "neg_brier_score" => "Brier score",
        "f1" => "F1",
        "mcc" => "MCC",
        "r2" => "R²",
        "rmse" => "RMSE",
        "mae" => "MAE",
        other => return other.replace('_', " "),
    }
    .to_owned()
}
