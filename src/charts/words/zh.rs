//! Simplified Chinese, where there is no page with its language file and catalogue.
use super::{
    Said, Words,
    written::{number, param},
};
use std::sync::LazyLock;

/// Simplified Chinese.
pub static ZH: LazyLock<Words> = LazyLock::new(|| {
    static SAID: LazyLock<Said> = LazyLock::new(|| {
        let file = include_str!("../../../www/texts/zh.txt");
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

/// Names of common learners; the page knows the rest from the catalogue.
fn learner(id: &str) -> String {
    match id {
        "logistic" | "logistic_regression" => "逻辑回归",
        "tree" | "decision_tree" => "决策树",
        "boosting" | "gradient_boosting" => "梯度提升",
        other => return other.replace('_', " "),
    }
    .to_owned()
}

fn score(key: &str) -> String {
    match key {
        "roc_auc" => " ROC-AUC ",
        "average_precision" => "平均精确率",
        "log_loss" | "neg_log_loss" => "对数损失",
        "brier_score" | "neg_brier_score" => " Brier 分数",
        "accuracy" => "准确率",
        "balanced_accuracy" => "平衡准确率",
        "precision" => "精确率",
        "recall" => "召回率",
        "f1" => " F1 ",
        "mcc" => " MCC ",
        other => return other.replace('_', " "),
    }
    .to_owned()
}
