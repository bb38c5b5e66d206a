//! The words and number formats a figure needs, handed in by the caller.
#[cfg(not(target_arch = "wasm32"))]
mod en;
mod written;
#[cfg(not(target_arch = "wasm32"))]
mod zh;

use crate::texts;
#[cfg(not(target_arch = "wasm32"))]
pub use en::EN;
pub(super) use written::fill;
#[cfg(not(target_arch = "wasm32"))]
pub use zh::ZH;

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

/// Words of one language. A caller with number formats or names of its own writes `Words { number, ..*EN }`.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// Writes a number.
    pub number: fn(f64, NumberStyle) -> String,
    /// Name of a learner by its id.
    pub learner: fn(&str) -> String,
    /// Name of a score by its metric key.
    pub score: fn(&str) -> String,
    /// Name of a parameter of a learner.
    pub param: fn(&str) -> String,
    /// The templates.
    pub said: &'static Said,
}

impl Words {
    /// A large number as on an axis, such as 1.2M.
    pub fn compact(&self, v: f64) -> String {
        written::compact(v, self.large_units)
    }
}

impl std::ops::Deref for Words {
    type Target = Said;

    fn deref(&self) -> &Said {
        self.said
    }
}

texts! {
/// The templates of one language. Placeholders in braces are filled by the figure.
#[allow(missing_docs, reason = "each field is named after the text it holds; what fills its placeholders stands beside it")]
Said of "chart" {
    large_units, // Large units and their powers of ten, largest first.
    nothing, // Instead of a figure without data.
    threshold_infinite, // Threshold above every score.
    false_positive_rate, // Axis: false positive rate.
    false_positive_rate_short, // The same, short.
    true_positive_rate, // Axis: true positive rate.
    true_positive_rate_short, // The same, short.
    roc_spot, // Tooltip: `learner threshold tpr fpr`.
    roc_label, // Label at the curve: `learner roc_auc`.
    roc_summary, // Summary: `learner roc_auc tpr fpr`.
    guessing, // Reference of guessing.
    guessing_rate, // Reference of guessing: `rate`.
    recall, // Axis: recall.
    recall_short, // The same, short.
    precision, // Axis: precision.
    precision_short, // The same, short.
    precision_recall_spot, // Tooltip: `learner threshold precision recall`.
    precision_recall_label, // Label at the curve: `learner average_precision`.
    precision_recall_summary, // Summary: `learner average_precision rate`.
    predicted, // Axis: mean predicted probability.
    predicted_short, // The same, short.
    observed, // Axis: observed share of positives.
    observed_short, // The same, short.
    calibration_note, // Small print of the calibration figure.
    calibration_note_short, // The same, short.
    calibration_spot, // Tooltip: `predicted observed low high count`.
    calibration_summary, // Summary: `bins gap`.
    predicted_class, // Head over predicted classes.
    actual_class, // Head beside actual classes.
    confusion_share, // Under a count: `share`.
    confusion_note, // Small print.
    confusion_note_short, // The same, short.
    confusion_spot, // Tooltip: `actual predicted count share`.
    confusion_summary, // Summary: `right total share missed alarms`.
    importance_axis, // Axis: `score`.
    importance_axis_short, // The same, short: `score`.
    importance_note, // Small print.
    importance_note_short, // The same, short.
    importance_spot, // Tooltip: `column score mean low high`.
    importance_summary, // Summary: `column score mean n`.
    threshold_axis, // Axis: decision threshold.
    threshold_axis_short, // The same, short.
    metrics_axis, // Axis of the three metrics.
    metrics_axis_short, // The same, short.
    precision_name, // Name of precision.
    recall_name, // Name of recall.
    f1_name, // Name of F1.
    thresholds_spot, // Tooltip: `threshold precision recall f1 flagged`.
    threshold_marker, // At the marker: `threshold`.
    thresholds_summary, // Summary: `f1 threshold precision recall`.
    score_axis, // Axis: predicted probability.
    score_axis_short, // The same, short.
    class_share, // Axis: share of its class.
    class_share_short, // The same, short.
    rows, // Rows.
    positives, // Rows of the positive class, with `count`.
    negatives, // Rows of the negative class, with `count`.
    scores_spot, // Tooltip: `from to positive positive_share negative negative_share`.
    scores_spot_all, // Tooltip where the truth is unknown: `from to count`.
    scores_summary, // Summary: `positive negative`, the mean scores.
    scores_summary_all, // Summary where the truth is unknown: `count mean`.
    value, // Axis: value.
    histogram_spot, // Tooltip: `from to count share`.
    histogram_summary, // Summary: `count share from to`.
    bars_spot, // Tooltip: `label value`.
    bars_summary, // Summary: `label value n`.
    learner_head, // Table head.
    threshold_head, // Table head.
    low_head, // Table head: lower end of the interval.
    high_head, // Table head: upper end of the interval.
    from_head, // Table head.
    to_head, // Table head.
    share_head, // Table head.
    column_head, // Table head.
    fall_head, // Table head: `score`.
    sd_head, // Table head.
    label_head, // Table head.
    flagged_head, // Table head: share flagged.
    positive_rows_head, // Table head.
    negative_rows_head, // Table head.
    yes, // Answer.
    no, // Answer.
    list_joint, // Between the parts of a list.
    n_more, // Instead of what does not fit: `n`.
    tree_title, // Title of a tree: `column`.
    tree_title_leaf, // Title of a tree without questions.
    tree_summary, // Summary: `column n rule`.
    tree_summary_leaf, // Summary of a tree without questions: `rule`.
    tree_note_share, // Small print: `label`.
    tree_note_share_short, // The same, short: `label`.
    tree_note_winner, // Small print: `label`.
    tree_note_winner_short, // The same, short: `label`.
    tree_note_mean, // Small print: `label`.
    tree_note_mean_short, // The same, short: `label`.
    tree_rows, // In a node: `n`.
    tree_value_rows, // In a node: `value rows`.
    tree_n_values, // In a node, for a list that does not fit: `n`.
    tree_more_spot, // Tooltip of what does not fit: `n`.
    tree_spot, // Tooltip of a node with a question: `rule question`.
    tree_share, // What a rule leads to: `value n`.
    tree_winner, // What a rule leads to: `label value n`.
    tree_mean, // What a rule leads to: `value n`.
    tree_rule, // A rule: `conditions outcome`.
    tree_and, // Between conditions.
    tree_all, // The condition that always holds.
    tree_between, // Condition: `column low high`.
    tree_above, // Condition: `column low`.
    tree_at_most, // Condition: `column high`.
    tree_is, // Condition: `column values`.
    tree_one_of, // Condition: `column values`.
    tree_is_not, // Condition: `column values`.
    tree_none_of, // Condition: `column values`.
    tree_or_missing, // A condition that holds for missing values too: `condition`.
    rule_head, // Table head.
    train_name, // Name of a line.
    validation_name, // Name of a line.
    band_note, // Small print.
    band_note_short, // The same, short.
    band_spot, // Tooltip of a point with a band: `series at score mean sd`.
    line_spot, // Tooltip of a point: `series at score mean`.
    log_scale, // Title of an axis by logarithm: `axis`.
    chosen, // At the marker: `value`.
    best, // At the marker: `value`.
    train_sizes, // Axis.
    learning_at, // A place of a learning curve: `n`.
    learning_title, // Title: `score`.
    learning_title_level, // Title where the last points differ by less than their spread: `score`.
    learning_title_moving, // Title where they differ by more: `score`.
    learning_summary, // Summary: `score first_n first n validation train`.
    validation_title, // Title: `score param`.
    validation_title_chosen, // Title: `param value`.
    validation_summary, // Summary: `score param n low high`.
    validation_summary_chosen, // Summary: `score param n low high value validation train`.
    epoch_axis, // Axis.
    round_axis, // Axis.
    step_epoch, // A step: `n`.
    step_round, // A step: `n`.
    loss_title, // Title: `series score best_step best`.
    loss_title_running, // Title while it runs: `series score last_step last`.
    loss_summary, // Summary: `series score best_step best last_step last`.
    alpha_axis, // Axis.
    alpha_axis_short, // The same, short.
    coef_axis, // Axis.
    path_none, // Title where every coefficient is zero.
    path_title, // Title: `first`.
    path_title_chosen, // Title: `n total`.
    path_spot, // Tooltip: `column alpha coef`.
    path_summary, // Summary: `from to first total`.
    path_summary_chosen, // Summary: `from to first n total alpha largest coef`.
    bar_note, // Small print.
    bar_note_short, // The same, short.
    value_interval, // A value with its interval: `value low high`.
    coef_name, // In a sentence.
    odds_name, // In a sentence.
    coefficients_axis, // Axis.
    odds_axis, // Axis.
    odds_axis_short, // The same, short.
    coefficients_note, // Small print.
    coefficients_note_short, // The same, short.
    coefficients_level, // A category: `name level reference`.
    coefficients_level_rest, // A category that is compared with no other one: `name level`.
    coefficients_level_short, // The same as the first where there is less room: `name level reference`.
    coefficients_level_narrow, // The same where there is little: `name level`.
    coefficients_spot, // Tooltip: `name kind value low high`.
    coefficients_spot_plain, // Tooltip without an interval: `name kind value`.
    coefficients_title, // Title: `name kind value`.
    coefficients_summary, // Summary: `name kind value clear n none`.
    search_name, // A candidate: `learner params`.
    search_axis, // Axis: `score`.
    search_note, // Small print.
    search_note_short, // The same, short.
    search_rung, // Head over the candidates that were last scored on so many rows: `rows n`.
    search_spot, // Tooltip: `rank name score value`.
    search_spot_rung, // Tooltip with rungs: `rank name score value rows`.
    search_title, // Title: `n learner score value`.
    search_summary, // Summary: `n name score value next next_value`.
    search_summary_one, // Summary for one learner: `n name score value`.
    params_head, // Table head.
    interval_from_head, // Table head.
    interval_to_head, // Table head.
    confusion_classes_title, // Title: `actual predicted count part`.
    confusion_classes_clean, // Title without a mistake.
    confusion_classes_summary, // Summary: `right total share actual predicted count part`.
    cloud_spot, // Tooltip of a point: `x y`.
    cloud_cell_spot, // Tooltip of a cell: `x_from x_to y_from y_to count`.
    predicted_value, // Axis and table head.
    actual_value, // Axis and table head.
    predicted_from_head, // Table head.
    predicted_to_head, // Table head.
    actual_from_head, // Table head.
    actual_to_head, // Table head.
    predicted_actual_title, // Title: `column share`.
    predicted_actual_summary, // Summary: `n column r2 rmse`.
    predicted_actual_note, // Small print.
    predicted_actual_note_short, // The same, short.
    residual_axis, // Axis.
    residual_axis_short, // The same, short; also table head.
    residuals_title_even, // Title without a trend.
    residuals_title_low, // Title where predictions are too low: `at by column`.
    residuals_title_high, // Title where predictions are too high: `at by column`.
    residuals_note, // Small print.
    residuals_note_short, // The same, short.
    residuals_trend_spot, // Tooltip of the trend: `at mean low high`.
    residuals_summary, // Summary: `n sd`.
    calibration_corrected_note, // Small print of the calibration figure where probabilities were corrected.
    calibration_corrected_note_short, // The same, short.
    calibration_before_spot, // Tooltip of a group without the correction: `predicted observed low high count`.
    calibration_corrected_summary, // Summary where probabilities were corrected: `bins gap before`.
    calibration_head, // Table head: with or without the correction.
    calibration_after, // With it.
    calibration_before, // Without it.
    contacted_axis, // Axis: share of customers contacted, from the top of the list.
    contacted_axis_short, // The same, short.
    contacted_head, // Table head.
    profit_axis, // Axis.
    profit_axis_short, // The same, short.
    profit_model, // Name of a line.
    profit_expected, // Name of a line.
    profit_by_value, // Name of a line.
    profit_random, // Name of a line.
    profit_marker, // At the marker: `n`.
    profit_note, // Small print.
    profit_note_short, // The same, short.
    profit_note_expected, // Small print where nobody knows yet who leaves.
    profit_note_expected_short, // The same, short.
    profit_note_assumed, // Small print where nothing was said about costs.
    profit_note_assumed_short, // The same, short.
    profit_spot, // Tooltip: `n share gain low high`.
    profit_title, // Title: `n gain`.
    profit_title_none, // Title where no contact pays: `n gain`.
    profit_summary, // Summary: `n total gain low high everybody random`.
    profit_summary_none, // Summary where no contact pays: `n total gain low high everybody random`.
    gains_axis, // Axis.
    gains_axis_short, // The same, short.
    gains_perfect, // Name of a line.
    gains_note, // Small print.
    gains_note_short, // The same, short.
    gains_spot, // Tooltip: `share value low high`.
    gains_title, // Title: `share value low high`.
    gains_summary, // Summary: `share value low high`.
    lift_axis, // Axis.
    lift_axis_short, // The same, short.
    lift_spot, // Tooltip: `share value low high`.
    lift_title, // Title: `share value low high`.
    lift_summary, // Summary: `share value low high`.
    part_usage, // Part of a health score.
    part_support, // Part of a health score.
    part_billing, // Part of a health score.
    part_sentiment, // Part of a health score.
    part_engagement, // Part of a health score.
    part_other, // Part of a health score.
    part_head, // Table head.
    health_axis, // Axis.
    health_axis_short, // The same, short.
    health_learned, // Table head.
    health_note, // Small print.
    health_note_short, // The same, short.
    health_spot, // Tooltip: `part weight learned n`.
    health_title, // Title: `part weight roc_auc equal`.
    health_summary, // Summary: `part weight roc_auc equal`.
    importance_spot_plain, // Tooltip without an interval: `column score mean`.
    points_value, // A contribution in percentage points: `value`.
    cell_label, // A column with what it holds: `column value`.
    missing_cell, // Instead of a cell that is missing.
    contribution_points, // Axis: contribution in percentage points.
    contribution_points_short, // The same, short.
    contribution, // Axis: contribution in the unit of the target.
    contribution_short, // The same, short.
    average_name, // The average prediction.
    customer_name, // The prediction taken apart.
    other_columns, // Columns without a row of their own: `n`.
    waterfall_axis, // Axis.
    waterfall_axis_short, // The same, short.
    waterfall_note, // Small print.
    waterfall_note_short, // The same, short.
    waterfall_spot, // Tooltip: `name points after`.
    waterfall_spot_error, // Tooltip of a sampled contribution: `name points error after`.
    waterfall_title, // Title: `name points`.
    waterfall_summary, // Summary: `name points base prediction`.
    swarm_note, // Small print.
    swarm_note_short, // The same, short.
    swarm_spot, // Tooltip: `column size`.
    swarm_spot_raises, // Tooltip where higher values raise: `column size`.
    swarm_spot_lowers, // Tooltip where higher values lower: `column size`.
    swarm_title, // Title: `column size`.
    swarm_summary, // Summary: `column size n`.
    mean_size_head, // Table head: mean size of contributions.
    lowest_head, // Table head.
    highest_head, // Table head.
    higher_values_head, // Table head: what higher values do.
    raises, // Answer: it raises the prediction.
    lowers, // Answer: it lowers the prediction.
    partial_axis, // Axis.
    partial_axis_short, // The same, short.
    ale_axis_points, // Axis.
    ale_axis_points_short, // The same, short.
    ale_axis, // Axis.
    ale_axis_short, // The same, short.
    effect_text, // A value with its interval: `effect low high`.
    effect_spot, // Tooltip: `column at effect low high`.
    effect_spot_plain, // Tooltip without an interval: `column at effect`.
    effect_spot_count, // Tooltip of a category: `at effect low high count`.
    effect_spot_count_plain, // The same without an interval: `at effect count`.
    effect_note, // Small print.
    effect_note_short, // The same, short.
    effect_note_dots, // Small print with single customers.
    effect_note_dots_short, // The same, short.
    effect_note_plain, // Small print where customers are not counted.
    effect_note_plain_short, // The same, short.
    effect_note_names, // Small print for categories.
    effect_note_names_short, // The same, short.
    effect_title, // Title: `column highest highest_at lowest lowest_at`.
    effect_summary, // Summary: `column highest highest_at lowest lowest_at`.
    pair_label, // A pair: `first second`.
    pair_axis_points, // Axis.
    pair_axis_points_short, // The same, short.
    pair_axis, // Axis.
    pair_axis_short, // The same, short.
    pair_note, // Small print.
    pair_note_short, // The same, short.
    pair_spot, // Tooltip: `first second size low high share`.
    pair_title, // Title: `first second size`.
    pair_summary, // Summary: `first second size share n`.
    of_class, // Title about one class of several: `class text`.
    of_class_summary, // Summary about one class of several: `class text`.
    second_column_head, // Table head.
    strength_head, // Table head: size of the joint effect.
    h_head, // Table head: Friedman's H².
    slices_name, // A group: `column level`.
    slices_title, // Title: `score name value overall`.
    slices_title_none, // Title where none is clearly worse.
    slices_axis, // Axis title: `score`.
    slices_note, // Small print.
    slices_note_short, // Small print, short.
    slices_spot, // Tooltip: `name score value low high count`.
    slices_summary, // Summary: `score n clear name value overall`.
    level_head, // Table head.
    drift_scores, // Words of drift: `column psi verdict changed n`.
    drift_stable, // Words of drift: `column psi verdict changed n`.
    drift_moderate, // Words of drift: `column psi verdict changed n`.
    drift_large, // Words of drift: `column psi verdict changed n`.
    drift_axis, // Words of drift: `column psi verdict changed n`.
    drift_axis_short, // Words of drift: `column psi verdict changed n`.
    drift_note, // Words of drift: `column psi verdict changed n`.
    drift_note_short, // Words of drift: `column psi verdict changed n`.
    drift_spot, // Words of drift: `column psi verdict changed n`.
    drift_head, // Words of drift: `column psi verdict changed n`.
    drift_title, // Words of drift: `column psi verdict changed n`.
    drift_title_none, // Words of drift: `column psi verdict changed n`.
    drift_summary, // Words of drift: `column psi verdict changed n`.
    segment_head, // Head: segment.
    segment_named, // A segment by its number: `n`.
    segment_rest, // Customers of no segment.
    rfm_champions, // Group of customers.
    rfm_loyal, // Group of customers.
    rfm_potential_loyalists, // Group of customers.
    rfm_new, // Group of customers.
    rfm_promising, // Group of customers.
    rfm_need_attention, // Group of customers.
    rfm_about_to_sleep, // Group of customers.
    rfm_cannot_lose, // Group of customers.
    rfm_at_risk, // Group of customers.
    rfm_hibernating, // Group of customers.
    rfm_lost, // Group of customers.
    map_title, // Title: `n`.
    map_summary, // Summary: `n shown total`.
    map_first, // Axis: first principal component.
    map_second, // Axis: second principal component.
    map_place, // Axis of a map by neighbours.
    map_note, // Small print: `shown total share`.
    map_note_neighbours, // Small print: `shown total`.
    map_note_short, // The same, short.
    map_spot, // Tooltip: `name count`.
    count_title, // Title: `k`.
    count_summary, // Summary: `k first last`.
    count_axis, // Axis: number of segments.
    count_scale, // Axis: from worst to best.
    count_scale_short, // The same, short.
    count_note, // Small print.
    count_note_short, // The same, short.
    count_marker, // At the marker: `k`.
    count_spot, // Tooltip: `name k value`.
    silhouette_name, // Name of a line.
    stability_name, // Name of a line.
    gap_name, // Name of a line.
    bic_name, // Name of a line.
    cohorts_axis, // Axis.
    cohorts_axis_short, // The same, short; also table head.
    cohorts_all, // The row of all cohorts.
    cohorts_customers, // Table head and axis.
    cohort_head, // Table head.
    cohorts_spot, // Tooltip: `cohort n share age`.
    cohorts_title, // Title: `n first last age`.
    cohorts_title_new, // Title where there is one month only.
    cohorts_summary, // Summary: `n first last age`.
    survival_axis, // Axis and table head.
    survival_share, // Axis.
    survival_share_short, // The same, short; also table head.
    survival_note, // Small print: `level`.
    survival_note_short, // The same, short: `level`.
    survival_spot, // Tooltip: `name days share low high`.
    survival_spot_plain, // Tooltip without a group: `days share low high`.
    survival_title, // Title: `days`.
    survival_title_left, // Title where fewer than half have left: `share days`.
    survival_title_groups, // Title with groups: `n`.
    survival_summary, // Summary: `days`.
    survival_summary_left, // Summary where fewer than half have left: `share days low high`.
    survival_summary_group, // Summary with groups: `n name days`.
    survival_summary_group_left, // Summary with groups: `n name days share low high`.
    group_head, // Table head.
    purchases_axis, // Axis.
    purchases_axis_short, // The same, short; also table head.
    purchases_mean, // Axis.
    purchases_mean_short, // The same, short.
    purchases_expected, // Name of a line.
    purchases_actual, // Name of a line.
    purchases_note, // Small print.
    purchases_note_short, // The same, short.
    purchases_spot, // Tooltip: `n frequency expected actual`.
    purchases_title, // Title: `expected actual days`.
    purchases_summary, // Summary: `expected actual days`.
    revenue_axis, // Axis.
    month_head, // Table head.
    revenue_money, // Axis and table head.
    revenue_note, // Small print: `level`.
    revenue_spot, // Tooltip: `month value low high`.
    revenue_title, // Title: `value month`.
    revenue_title_customers, // Title without money: `value month`.
    revenue_summary, // Summary: `month start value low high`.
    revenue_summary_customers, // Summary without money: `month start value low high`.
}}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_use_the_same_placeholders() {
        fn names(template: &str) -> Vec<&str> {
            let mut names: Vec<&str> = template
                .split('{')
                .skip(1)
                .filter_map(|s| s.split('}').next())
                .collect();
            names.sort_unstable();
            names.dedup();
            names
        }
        for ((name, en), (_, zh)) in EN.said.all().into_iter().zip(ZH.said.all()) {
            assert!(!en.is_empty() && !zh.is_empty(), "{name}");
            assert_eq!(names(en), names(zh), "{name}");
        }
    }
}
