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
Said of "chart" {
    /// Large units and their powers of ten, largest first.
    large_units,
    /// Instead of a figure without data.
    nothing,
    /// Threshold above every score.
    threshold_infinite,
    /// Axis: false positive rate.
    false_positive_rate,
    /// The same, short.
    false_positive_rate_short,
    /// Axis: true positive rate.
    true_positive_rate,
    /// The same, short.
    true_positive_rate_short,
    /// Tooltip: `learner threshold tpr fpr`.
    roc_spot,
    /// Label at the curve: `learner roc_auc`.
    roc_label,
    /// Summary: `learner roc_auc tpr fpr`.
    roc_summary,
    /// Reference of guessing.
    guessing,
    /// Reference of guessing: `rate`.
    guessing_rate,
    /// Axis: recall.
    recall,
    /// The same, short.
    recall_short,
    /// Axis: precision.
    precision,
    /// The same, short.
    precision_short,
    /// Tooltip: `learner threshold precision recall`.
    precision_recall_spot,
    /// Label at the curve: `learner average_precision`.
    precision_recall_label,
    /// Summary: `learner average_precision rate`.
    precision_recall_summary,
    /// Axis: mean predicted probability.
    predicted,
    /// The same, short.
    predicted_short,
    /// Axis: observed share of positives.
    observed,
    /// The same, short.
    observed_short,
    /// Small print of the calibration figure.
    calibration_note,
    /// The same, short.
    calibration_note_short,
    /// Tooltip: `predicted observed low high count`.
    calibration_spot,
    /// Summary: `bins gap`.
    calibration_summary,
    /// Head over predicted classes.
    predicted_class,
    /// Head beside actual classes.
    actual_class,
    /// Under a count: `share`.
    confusion_share,
    /// Small print.
    confusion_note,
    /// The same, short.
    confusion_note_short,
    /// Tooltip: `actual predicted count share`.
    confusion_spot,
    /// Summary: `right total share missed alarms`.
    confusion_summary,
    /// Axis: `score`.
    importance_axis,
    /// The same, short: `score`.
    importance_axis_short,
    /// Small print.
    importance_note,
    /// The same, short.
    importance_note_short,
    /// Tooltip: `column score mean low high`.
    importance_spot,
    /// Summary: `column score mean n`.
    importance_summary,
    /// Axis: decision threshold.
    threshold_axis,
    /// The same, short.
    threshold_axis_short,
    /// Axis of the three metrics.
    metrics_axis,
    /// The same, short.
    metrics_axis_short,
    /// Name of precision.
    precision_name,
    /// Name of recall.
    recall_name,
    /// Name of F1.
    f1_name,
    /// Tooltip: `threshold precision recall f1 flagged`.
    thresholds_spot,
    /// At the marker: `threshold`.
    threshold_marker,
    /// Summary: `f1 threshold precision recall`.
    thresholds_summary,
    /// Axis: predicted probability.
    score_axis,
    /// The same, short.
    score_axis_short,
    /// Axis: share of its class.
    class_share,
    /// The same, short.
    class_share_short,
    /// Rows.
    rows,
    /// Rows of the positive class, with `count`.
    positives,
    /// Rows of the negative class, with `count`.
    negatives,
    /// Tooltip: `from to positive positive_share negative negative_share`.
    scores_spot,
    /// Tooltip where the truth is unknown: `from to count`.
    scores_spot_all,
    /// Summary: `positive negative`, the mean scores.
    scores_summary,
    /// Summary where the truth is unknown: `count mean`.
    scores_summary_all,
    /// Axis: value.
    value,
    /// Tooltip: `from to count share`.
    histogram_spot,
    /// Summary: `count share from to`.
    histogram_summary,
    /// Tooltip: `label value`.
    bars_spot,
    /// Summary: `label value n`.
    bars_summary,
    /// Table head.
    learner_head,
    /// Table head.
    threshold_head,
    /// Table head: lower end of the interval.
    low_head,
    /// Table head: upper end of the interval.
    high_head,
    /// Table head.
    from_head,
    /// Table head.
    to_head,
    /// Table head.
    share_head,
    /// Table head.
    column_head,
    /// Table head: `score`.
    fall_head,
    /// Table head.
    sd_head,
    /// Table head.
    label_head,
    /// Table head: share flagged.
    flagged_head,
    /// Table head.
    positive_rows_head,
    /// Table head.
    negative_rows_head,
    /// Answer.
    yes,
    /// Answer.
    no,
    /// Between the parts of a list.
    list_joint,
    /// Instead of what does not fit: `n`.
    n_more,
    /// Title of a tree: `column`.
    tree_title,
    /// Title of a tree without questions.
    tree_title_leaf,
    /// Summary: `column n rule`.
    tree_summary,
    /// Summary of a tree without questions: `rule`.
    tree_summary_leaf,
    /// Small print: `label`.
    tree_note_share,
    /// The same, short: `label`.
    tree_note_share_short,
    /// Small print: `label`.
    tree_note_winner,
    /// The same, short: `label`.
    tree_note_winner_short,
    /// Small print: `label`.
    tree_note_mean,
    /// The same, short: `label`.
    tree_note_mean_short,
    /// In a node: `n`.
    tree_rows,
    /// In a node: `value rows`.
    tree_value_rows,
    /// In a node, for a list that does not fit: `n`.
    tree_n_values,
    /// Tooltip of what does not fit: `n`.
    tree_more_spot,
    /// Tooltip of a node with a question: `rule question`.
    tree_spot,
    /// What a rule leads to: `value n`.
    tree_share,
    /// What a rule leads to: `label value n`.
    tree_winner,
    /// What a rule leads to: `value n`.
    tree_mean,
    /// A rule: `conditions outcome`.
    tree_rule,
    /// Between conditions.
    tree_and,
    /// The condition that always holds.
    tree_all,
    /// Condition: `column low high`.
    tree_between,
    /// Condition: `column low`.
    tree_above,
    /// Condition: `column high`.
    tree_at_most,
    /// Condition: `column values`.
    tree_is,
    /// Condition: `column values`.
    tree_one_of,
    /// Condition: `column values`.
    tree_is_not,
    /// Condition: `column values`.
    tree_none_of,
    /// A condition that holds for missing values too: `condition`.
    tree_or_missing,
    /// Table head.
    rule_head,
    /// Name of a line.
    train_name,
    /// Name of a line.
    validation_name,
    /// Small print.
    band_note,
    /// The same, short.
    band_note_short,
    /// Tooltip of a point with a band: `series at score mean sd`.
    band_spot,
    /// Tooltip of a point: `series at score mean`.
    line_spot,
    /// Title of an axis by logarithm: `axis`.
    log_scale,
    /// At the marker: `value`.
    chosen,
    /// At the marker: `value`.
    best,
    /// Axis.
    train_sizes,
    /// A place of a learning curve: `n`.
    learning_at,
    /// Title: `score`.
    learning_title,
    /// Title where the last points differ by less than their spread: `score`.
    learning_title_level,
    /// Title where they differ by more: `score`.
    learning_title_moving,
    /// Summary: `score first_n first n validation train`.
    learning_summary,
    /// Title: `score param`.
    validation_title,
    /// Title: `param value`.
    validation_title_chosen,
    /// Summary: `score param n low high`.
    validation_summary,
    /// Summary: `score param n low high value validation train`.
    validation_summary_chosen,
    /// Axis.
    epoch_axis,
    /// Axis.
    round_axis,
    /// A step: `n`.
    step_epoch,
    /// A step: `n`.
    step_round,
    /// Title: `series score best_step best`.
    loss_title,
    /// Title while it runs: `series score last_step last`.
    loss_title_running,
    /// Summary: `series score best_step best last_step last`.
    loss_summary,
    /// Axis.
    alpha_axis,
    /// The same, short.
    alpha_axis_short,
    /// Axis.
    coef_axis,
    /// Title where every coefficient is zero.
    path_none,
    /// Title: `first`.
    path_title,
    /// Title: `n total`.
    path_title_chosen,
    /// Tooltip: `column alpha coef`.
    path_spot,
    /// Summary: `from to first total`.
    path_summary,
    /// Summary: `from to first n total alpha largest coef`.
    path_summary_chosen,
    /// Small print.
    bar_note,
    /// The same, short.
    bar_note_short,
    /// A value with its interval: `value low high`.
    value_interval,
    /// In a sentence.
    coef_name,
    /// In a sentence.
    odds_name,
    /// Axis.
    coefficients_axis,
    /// Axis.
    odds_axis,
    /// The same, short.
    odds_axis_short,
    /// Small print.
    coefficients_note,
    /// The same, short.
    coefficients_note_short,
    /// A category: `name level reference`.
    coefficients_level,
    /// A category that is compared with no other one: `name level`.
    coefficients_level_rest,
    /// The same as the first where there is less room: `name level reference`.
    coefficients_level_short,
    /// The same where there is little: `name level`.
    coefficients_level_narrow,
    /// Tooltip: `name kind value low high`.
    coefficients_spot,
    /// Tooltip without an interval: `name kind value`.
    coefficients_spot_plain,
    /// Title: `name kind value`.
    coefficients_title,
    /// Summary: `name kind value clear n none`.
    coefficients_summary,
    /// A candidate: `learner params`.
    search_name,
    /// Axis: `score`.
    search_axis,
    /// Small print.
    search_note,
    /// The same, short.
    search_note_short,
    /// Head over the candidates that were last scored on so many rows: `rows n`.
    search_rung,
    /// Tooltip: `rank name score value`.
    search_spot,
    /// Tooltip with rungs: `rank name score value rows`.
    search_spot_rung,
    /// Title: `n learner score value`.
    search_title,
    /// Summary: `n name score value next next_value`.
    search_summary,
    /// Summary for one learner: `n name score value`.
    search_summary_one,
    /// Table head.
    params_head,
    /// Table head.
    interval_from_head,
    /// Table head.
    interval_to_head,
    /// Small print of the calibration figure where probabilities were corrected.
    calibration_corrected_note,
    /// The same, short.
    calibration_corrected_note_short,
    /// Tooltip of a group without the correction: `predicted observed low high count`.
    calibration_before_spot,
    /// Summary where probabilities were corrected: `bins gap before`.
    calibration_corrected_summary,
    /// Table head: with or without the correction.
    calibration_head,
    /// With it.
    calibration_after,
    /// Without it.
    calibration_before,
    /// Axis: share of customers contacted, from the top of the list.
    contacted_axis,
    /// The same, short.
    contacted_axis_short,
    /// Table head.
    contacted_head,
    /// Axis.
    profit_axis,
    /// The same, short.
    profit_axis_short,
    /// Name of a line.
    profit_model,
    /// Name of a line.
    profit_expected,
    /// Name of a line.
    profit_by_value,
    /// Name of a line.
    profit_random,
    /// At the marker: `n`.
    profit_marker,
    /// Small print.
    profit_note,
    /// The same, short.
    profit_note_short,
    /// Small print where nobody knows yet who leaves.
    profit_note_expected,
    /// The same, short.
    profit_note_expected_short,
    /// Small print where nothing was said about costs.
    profit_note_assumed,
    /// The same, short.
    profit_note_assumed_short,
    /// Tooltip: `n share gain low high`.
    profit_spot,
    /// Title: `n gain`.
    profit_title,
    /// Title where no contact pays: `n gain`.
    profit_title_none,
    /// Summary: `n total gain low high everybody random`.
    profit_summary,
    /// Summary where no contact pays: `n total gain low high everybody random`.
    profit_summary_none,
    /// Axis.
    gains_axis,
    /// The same, short.
    gains_axis_short,
    /// Name of a line.
    gains_perfect,
    /// Small print.
    gains_note,
    /// The same, short.
    gains_note_short,
    /// Tooltip: `share value low high`.
    gains_spot,
    /// Title: `share value low high`.
    gains_title,
    /// Summary: `share value low high`.
    gains_summary,
    /// Axis.
    lift_axis,
    /// The same, short.
    lift_axis_short,
    /// Tooltip: `share value low high`.
    lift_spot,
    /// Title: `share value low high`.
    lift_title,
    /// Summary: `share value low high`.
    lift_summary,
    /// Part of a health score.
    part_usage,
    /// Part of a health score.
    part_support,
    /// Part of a health score.
    part_billing,
    /// Part of a health score.
    part_sentiment,
    /// Part of a health score.
    part_engagement,
    /// Part of a health score.
    part_other,
    /// Table head.
    part_head,
    /// Axis.
    health_axis,
    /// The same, short.
    health_axis_short,
    /// Table head.
    health_learned,
    /// Small print.
    health_note,
    /// The same, short.
    health_note_short,
    /// Tooltip: `part weight learned n`.
    health_spot,
    /// Title: `part weight roc_auc equal`.
    health_title,
    /// Summary: `part weight roc_auc equal`.
    health_summary,
    /// Tooltip without an interval: `column score mean`.
    importance_spot_plain,
    /// A contribution in percentage points: `value`.
    points_value,
    /// A column with what it holds: `column value`.
    cell_label,
    /// Instead of a cell that is missing.
    missing_cell,
    /// Axis: contribution in percentage points.
    contribution_points,
    /// The same, short.
    contribution_points_short,
    /// Axis: contribution in the unit of the target.
    contribution,
    /// The same, short.
    contribution_short,
    /// The average prediction.
    average_name,
    /// The prediction taken apart.
    customer_name,
    /// Columns without a row of their own: `n`.
    other_columns,
    /// Axis.
    waterfall_axis,
    /// The same, short.
    waterfall_axis_short,
    /// Small print.
    waterfall_note,
    /// The same, short.
    waterfall_note_short,
    /// Tooltip: `name points after`.
    waterfall_spot,
    /// Tooltip of a sampled contribution: `name points error after`.
    waterfall_spot_error,
    /// Title: `name points`.
    waterfall_title,
    /// Summary: `name points base prediction`.
    waterfall_summary,
    /// Small print.
    swarm_note,
    /// The same, short.
    swarm_note_short,
    /// Tooltip: `column size`.
    swarm_spot,
    /// Tooltip where higher values raise: `column size`.
    swarm_spot_raises,
    /// Tooltip where higher values lower: `column size`.
    swarm_spot_lowers,
    /// Title: `column size`.
    swarm_title,
    /// Summary: `column size n`.
    swarm_summary,
    /// Table head: mean size of contributions.
    mean_size_head,
    /// Table head.
    lowest_head,
    /// Table head.
    highest_head,
    /// Table head: what higher values do.
    higher_values_head,
    /// Answer: it raises the prediction.
    raises,
    /// Answer: it lowers the prediction.
    lowers,
    /// Axis.
    partial_axis,
    /// The same, short.
    partial_axis_short,
    /// Axis.
    ale_axis_points,
    /// The same, short.
    ale_axis_points_short,
    /// Axis.
    ale_axis,
    /// The same, short.
    ale_axis_short,
    /// A value with its interval: `effect low high`.
    effect_text,
    /// Tooltip: `column at effect low high`.
    effect_spot,
    /// Tooltip without an interval: `column at effect`.
    effect_spot_plain,
    /// Tooltip of a category: `at effect low high count`.
    effect_spot_count,
    /// The same without an interval: `at effect count`.
    effect_spot_count_plain,
    /// Small print.
    effect_note,
    /// The same, short.
    effect_note_short,
    /// Small print with single customers.
    effect_note_dots,
    /// The same, short.
    effect_note_dots_short,
    /// Small print where customers are not counted.
    effect_note_plain,
    /// The same, short.
    effect_note_plain_short,
    /// Small print for categories.
    effect_note_names,
    /// The same, short.
    effect_note_names_short,
    /// Title: `column highest highest_at lowest lowest_at`.
    effect_title,
    /// Summary: `column highest highest_at lowest lowest_at`.
    effect_summary,
    /// A pair: `first second`.
    pair_label,
    /// Axis.
    pair_axis_points,
    /// The same, short.
    pair_axis_points_short,
    /// Axis.
    pair_axis,
    /// The same, short.
    pair_axis_short,
    /// Small print.
    pair_note,
    /// The same, short.
    pair_note_short,
    /// Tooltip: `first second size low high share`.
    pair_spot,
    /// Title: `first second size`.
    pair_title,
    /// Summary: `first second size share n`.
    pair_summary,
    /// Table head.
    second_column_head,
    /// Table head: size of the joint effect.
    strength_head,
    /// Table head: Friedman's H².
    h_head,
    /// A group: `column level`.
    slices_name,
    /// Title: `score name value overall`.
    slices_title,
    /// Title where none is clearly worse.
    slices_title_none,
    /// Axis title: `score`.
    slices_axis,
    /// Small print.
    slices_note,
    /// Small print, short.
    slices_note_short,
    /// Tooltip: `name score value low high count`.
    slices_spot,
    /// Summary: `score n clear name value overall`.
    slices_summary,
    /// Table head.
    level_head,
    /// Words of drift: `column psi verdict changed n`.
    drift_scores,
    /// Words of drift: `column psi verdict changed n`.
    drift_stable,
    /// Words of drift: `column psi verdict changed n`.
    drift_moderate,
    /// Words of drift: `column psi verdict changed n`.
    drift_large,
    /// Words of drift: `column psi verdict changed n`.
    drift_axis,
    /// Words of drift: `column psi verdict changed n`.
    drift_axis_short,
    /// Words of drift: `column psi verdict changed n`.
    drift_note,
    /// Words of drift: `column psi verdict changed n`.
    drift_note_short,
    /// Words of drift: `column psi verdict changed n`.
    drift_spot,
    /// Words of drift: `column psi verdict changed n`.
    drift_head,
    /// Words of drift: `column psi verdict changed n`.
    drift_title,
    /// Words of drift: `column psi verdict changed n`.
    drift_title_none,
    /// Words of drift: `column psi verdict changed n`.
    drift_summary,
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
