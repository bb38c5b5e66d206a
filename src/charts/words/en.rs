//! English.
use super::{Words, in_units, number};

/// English.
pub const EN: Words = Words {
    number,
    compact,
    learner,
    score,
    nothing: "Nothing to draw: no data",
    threshold_infinite: "above every score",
    false_positive_rate: "False alarms among all negatives (false positive rate)",
    false_positive_rate_short: "False alarms",
    true_positive_rate: "Found of all positives (true positive rate)",
    true_positive_rate_short: "Positives found",
    roc_spot: "{learner}, threshold {threshold}: {tpr} of positives found, {fpr} false alarms",
    roc_label: "{learner} {roc_auc}",
    roc_summary: "{learner} ranks best, with an area under the ROC curve of {roc_auc}: at {fpr} false alarms it finds {tpr} of the positives.",
    guessing: "Guessing",
    guessing_rate: "Guessing {rate}",
    recall: "Found of all positives (recall)",
    recall_short: "Positives found",
    precision: "Right among those flagged (precision)",
    precision_short: "Flags that are right",
    precision_recall_spot: "{learner}, threshold {threshold}: {recall} of positives found, {precision} of flags are right",
    precision_recall_label: "{learner} {average_precision}",
    precision_recall_summary: "{learner} does best, with an average precision of {average_precision}, where guessing reaches {rate}.",
    predicted: "Said (mean predicted probability)",
    predicted_short: "Said",
    observed: "Happened (share of positives)",
    observed_short: "Happened",
    calibration_note: "Vertical lines: 95% intervals. Dashed: said equals happened.",
    calibration_note_short: "Lines: 95% intervals",
    calibration_spot: "Said {predicted}, happened {observed} (95% interval {low} to {high}), {count} rows",
    calibration_summary: "In {bins} groups of rows, what the model said and what happened differ by {gap} on average.",
    predicted_class: "Predicted",
    actual_class: "Actual",
    confusion_share: "{share} of row",
    confusion_note: "Rows, and their share of the actual class",
    confusion_note_short: "Rows, share of class",
    confusion_spot: "Actual {actual}, predicted {predicted}: {count} rows, {share} of all {actual}",
    confusion_summary: "{right} of {total} rows are classified correctly ({share}); {missed} positives are missed and {alarms} flags are false alarms.",
    importance_axis: "Fall of {score} when the column is shuffled (permutation importance)",
    importance_axis_short: "Fall of {score}",
    importance_note: "Lines: one standard deviation over repeats",
    importance_note_short: "Lines: ± 1 SD",
    importance_spot: "{column}: {score} falls by {mean} ± {sd}",
    importance_summary: "{column} matters most of {n} columns: shuffling it lowers {score} by {mean}.",
    shown_of: "{shown} of {total} shown",
    threshold_axis: "Decision threshold (flagged at or above it)",
    threshold_axis_short: "Decision threshold",
    metrics_axis: "Precision, recall and F1 at each threshold",
    metrics_axis_short: "Metric",
    precision_name: "Precision",
    recall_name: "Recall",
    f1_name: "F1",
    thresholds_spot: "Threshold {threshold}: precision {precision}, recall {recall}, F1 {f1}; {flagged} of rows flagged",
    threshold_marker: "Threshold {threshold}",
    thresholds_summary: "F1 is highest, {f1}, at threshold {threshold}: there {recall} of positives are found and {precision} of flags are right.",
    score_axis: "Predicted probability of the positive class",
    score_axis_short: "Predicted probability",
    class_share: "Share of each class, positives up, negatives down",
    class_share_short: "Share of class",
    rows: "Rows",
    positives: "Positives ({count})",
    negatives: "Negatives ({count})",
    scores_spot: "{from} to {to}: {positive} positives ({positive_share} of them), {negative} negatives ({negative_share})",
    scores_spot_all: "{from} to {to}: {count} rows",
    scores_summary: "Positives score {positive} on average, negatives {negative}.",
    scores_summary_all: "{count} rows score {mean} on average.",
    value: "Value",
    histogram_spot: "{from} to {to}: {count} rows ({share})",
    histogram_summary: "{count} rows; the fullest bin holds {share} of them, from {from} to {to}.",
    bars_spot: "{label}: {value}",
    bars_summary: "{label} is the largest of {n}, at {value}.",
    learner_head: "Model",
    threshold_head: "Threshold",
    low_head: "95% from",
    high_head: "95% to",
    from_head: "From",
    to_head: "To",
    share_head: "Share",
    column_head: "Column",
    fall_head: "Fall of {score}",
    sd_head: "Standard deviation",
    label_head: "Label",
    flagged_head: "Rows flagged",
    positive_rows_head: "Positives",
    negative_rows_head: "Negatives",
};

fn compact(v: f64) -> String {
    in_units(v, &[(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")])
}

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
