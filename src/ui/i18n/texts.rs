//! The list of every text: a new one is a key here and a line in each language's file.
use crate::{charts::Said, texts};

/// All of one language.
#[derive(Debug)]
pub(super) struct Language {
    pub(super) texts: Texts,
    pub(super) charts: Said,
    /// The whole file; names of learners, parameters and the like are looked up in it.
    pub(super) file: &'static str,
}

impl Language {
    /// Nothing said.
    pub(super) const EMPTY: Self = Self {
        texts: Texts::EMPTY,
        charts: Said::EMPTY,
        file: "",
    };

    /// A language from its file; none when it is of another build.
    pub(super) fn parse(file: &'static str) -> Option<Self> {
        let (texts, charts) = (Texts::parse(file)?, Said::parse(file)?);
        Some(Self {
            texts,
            charts,
            file,
        })
    }
}

texts! {
/// Every text of the interface in one language. `{name}` is filled in; `{name?one|many}` picks by count.
#[allow(missing_docs, reason = "each field is named after the text it holds")]
Texts of "text" {
// shell
app_name, language, theme, theme_auto, theme_light, theme_dark, on_this_device, steps, skip,
step_data, step_prepare, step_churn, step_predict, no_file_yet, n_customers, n_columns, n_rows,
why_no_data, why_no_target, why_no_model, engine_starting, engine_failed, reload_hint,
cancel, close, working, elapsed, dismiss, list_and,
// privacy
privacy_title, privacy_lede, privacy_read, privacy_compute, privacy_store, privacy_check,
room_starting, room_sealed, room_url,
// data
start_title, start_lede, start_demo, start_demo_why, start_drop, start_drop_why, choose_file, drop_now,
formats, change_file, data_ready, data_ready_checked, data_lede, data_lede_plain, warnings_title, warnings_more, roles_title, roles_why, role_none, guessed, chosen_by_hand, positive_label, positive_why,
no_target, columns_title, columns_why, col_name, col_kind, col_missing, col_distinct, col_range,
col_spread, col_min, col_mean, col_median, col_max, col_sd, col_top, kind_of,
preview_title, next_prepare, target_missing_title, target_missing_why, few_rows_title, few_rows_why,
filter_columns, no_columns_match,
// prepare
prepare_title, prepare_edited, prepare_lede, prepare_loading, step_on, step_off, step_remove, step_up, step_down,
step_all_columns, step_columns, step_columns_edit, step_add, step_add_why, step_kind, add, ratio_top, ratio_bottom,
ratio_name, ratio_missing, ratio_reads, suggested, back_to_suggested, next_train,
recipe_empty, step_settings, moved_to, removed,
// churn form
train_title, train_lede, train_settings, train_advanced, group_validation, group_search, group_imbalance, group_features, group_other, n_changed,
train, train_again, training_title, numbers_hint, between,
// churn result
result_no_sentence, save_model, score_file, metrics_title, metric_interval, metrics_more, leaderboard_title,
leaderboard_why, leaderboard_nested, col_interval, col_learner, col_cv, col_test, col_time, seconds, milliseconds, fig_roc, fig_roc_why, fig_pr, fig_pr_why, fig_calibration, fig_calibration_plain, fig_calibration_good, fig_calibration_why,
fig_importance, fig_importance_plain, fig_importance_why, fig_scores, fig_scores_plain, fig_scores_why,
fig_thresholds, fig_thresholds_why, threshold_title, threshold_label, threshold_why, flagged, flagged_of,
matrix_title, predicted, report_title, report_why, macro_avg, weighted_avg, model_warnings, count,
in_words,
// predict
predict_title, predict_lede, model_title, model_trained, model_opened, model_none, open_model, open_model_why,
model_needs, score_drop, score_drop_why, score_training, scored_title, scored_flagged, scored_mean,
scored_rows, scored_head, download_csv, predictions_title, predictions_first, col_id,
col_probability, col_class, start_over, scored_threshold, scored_why, train_first,
// jobs
job_load, job_demo, job_suggest, job_predict, job_model, share_done, fits_done, model_of, time_used, live_step, live_loss, live_kept, live_curve,
// tables of figures
show_numbers, hide_numbers, save_figure,
// errors: what happened
err_missing_column, err_missing_columns, err_column_kind, err_cell, err_negative, err_param, err_shape, err_not_converged,
err_format, err_format_row, err_target, err_too_few_rows, err_too_few_distinct, err_no_features, err_artifact, err_memory, err_unknown,
err_cancelled, err_crashed, err_start, err_protocol, err_language, reason_out_of_range, reason_not_a_choice, reason_wrong_type, reason_not_known, reason_required,
format_empty, format_no_rows, format_binary, format_encoding, format_quote, format_columns, format_cell,
format_unreadable, format_unsupported,
target_single, target_single_part, target_many, target_rare, target_no_positive, target_needs_classes, target_needs_numbers,
artifact_not, artifact_truncated, artifact_altered, artifact_newer, artifact_invalid,
// errors: what to do
do_missing_column, do_column_kind, do_cell, do_negative, do_param, do_not_converged, do_format, do_quote, do_unsupported,
do_target, do_too_few_rows, do_too_few_distinct, do_no_features, do_artifact, do_newer, do_memory, do_unknown, do_cancelled,
do_crashed, do_start, do_protocol, do_language, do_other,
err_title, err_title_data, err_title_train, err_title_predict, err_title_model, go_on,
// warnings
warn_short_rows, warn_long_rows, warn_bad_bytes, warn_empty_name, warn_duplicate_name, warn_strange_cells,
warn_ambiguous_dates, warn_blank_lines, warn_constant, warn_id_like, warn_near_duplicate, warn_skewed,
warn_cardinality, warn_mostly_missing, warn_target_missing, warn_split_missing, warn_leak, warn_dropped, warn_merged,
warn_not_converged, warn_small_test, warn_sampled, warn_no_signal, warn_recalibrated_prior, warn_recalibrated_sigmoid, warn_extra, warn_unseen, warn_target_ignored, warn_param_lowered,
// sentences
said_top_tenth, said_tested, said_close_race, said_clear_winner, said_drivers, said_calibrated,
said_off, said_no_signal, said_scored,
// stages
stage_reading, stage_inferring, stage_profiling, stage_preparing, stage_searching, stage_fitting,
stage_evaluating, stage_explaining, stage_predicting, stage_writing,
// kinds
kind_float, kind_int, kind_bool, kind_date, kind_datetime, kind_category, kind_text, kind_id,
// roles and reasons
role_id, role_target, role_value, role_date, role_text, role_group, role_id_why, role_target_why, role_value_why, role_date_why, role_text_why, role_group_why,
because_name, because_unique, because_two_classes, because_money, because_dates, because_long_text,
// trust
warn_leak_id, warn_leak_renamed, warn_leak_filled, warn_leak_after, warn_leak_text, warn_leak_level, warn_leak_scores, warn_copied,
// trust
said_slice_worst, said_slice_gap, said_slices_alike,
// behaviour
target_levels, target_constant, target_large, warn_rare_classes, warn_few_test, warn_zero_targets, warn_no_intervals,
said_tested_classes, said_tested_numbers, said_covered, said_nothing_learned, said_scored_classes, said_scored_numbers,
// calibration
said_calibration_kept, said_calibration_helped, said_calibration_hurt, said_calibration_even,
// reasons
said_why_leaving, said_why_class, said_why_number, said_why_above, said_why_below, said_why_against, said_why_none,
why_is, why_is_usual, why_missing, why_points,
said_would_change, said_would_not, changed_now, changed_unknown,
// overview, action list, customer
step_overview, step_actions, overview_title, overview_title_plain, overview_lede, overview_open, money_at_risk, share_of_all,
listed, expected_leavers, over_threshold, worth_it, worth_it_n, risk_bands, risk_bands_why, call_first,
call_first_why, open_list, costs_title, costs_why, cost_contact, cost_contact_why, cost_success, cost_success_why,
cost_value, cost_value_why, cost_value_guess, cost_value_same, cost_amount, cost_capacity, cost_capacity_why, customer,
customers, risk, worth, gain, owner, note, done, done_of,
kept_back, trend, trend_why, actions_title, actions_lede, without_value, search, sort_by,
sort_down, sort_up, group_by, group_none, group_without, group_sum, group_sum_plain, filter_add,
filter_none, filter_is, filter_from, filter_to, filter_contains, chip_present, chip_missing, chip_remove,
no_customers, matching, matching_plain, trial_title, trial_why, trial_share, trial_draw, trial_undo,
trial_drawn, trial_wait, trial_effect, trial_needed, customer_title, customer_lede, customer_fields, customer_fields_why,
customer_value, customer_typical, customer_share, similar_title, similar_plain, similar_why, outcome, differs,
history_title, when, changed, notes_title, value_missing, what_if_title, what_if_now, what_if_why,
what_if_back, back_to_list,
// decisions
said_contact, said_contact_money, said_contact_all, said_contact_none,
said_worth_contacting, said_health, said_health_hand, warn_no_value,
// trust
// reasons
// calibration
// reasons and worth
reasons, next_step, causes_title, causes_title_plain, causes_why, causes_some, worth_title, worth_nobody,
// trust
said_no_drift, said_drift, said_drift_both, said_drift_scores,
// shares
from_to, share_above, share_alike,
// leaks
leaks_title, leaks_why, leave_out,
// behaviour step
step_behaviour, behaviour_title, behaviour_lede,
// what would change it
turn_title, turn_why, turn_columns, turn_found, turn_found_number, turn_met, turn_met_number, turn_try, turn_try_of, what_if_now_number,
// playbook
playbook_title, playbook_why, playbook_about, playbook_when, playbook_any, playbook_high, playbook_low, playbook_subjects, playbook_columns, playbook_add, playbook_reset, playbook_remove_of, playbook_up_of, playbook_empty,
// saved report
save_report, save_report_why, doc_made, doc_charts, doc_tables, doc_first, doc_numbers, doc_metric, doc_meaning, doc_footer, doc_privacy, doc_private,
// Rows that are added.
added_title, added_why, added_crossed, added_see, add_rows, add_rows_why, drop_title, drop_why, drop_add, drop_open, err_title_add, job_add,
// the health score
health, health_trend, health_title, health_why, health_part, health_columns, health_learned, health_by_hand, health_in_use, health_weight_of, health_reset, health_zero, health_none, health_untested, health_said_learned, health_said_worse, health_said_same, health_said_better, health_tested, health_difference, health_weights, health_yours, health_from_data, health_equal, health_bands, health_bands_title, health_bands_plain, health_bands_why, health_poor, health_watch, health_good, health_up, health_down, health_up_why, health_down_why, health_steady, health_page, health_page_why, health_score,
// The privacy dialog.
privacy_since, privacy_no_data, privacy_refusals, privacy_loaded, privacy_policies, privacy_from_meta, privacy_from_refusal, privacy_unread, privacy_test_title, privacy_test_lede, privacy_test, privacy_testing, privacy_way, privacy_engine, privacy_room, privacy_page, privacy_image, privacy_form, privacy_worker, privacy_script, privacy_try_refused, privacy_try_open, privacy_try_absent, privacy_try_unknown, privacy_closed, privacy_page_open, privacy_engine_open, privacy_engine_busy, privacy_resources, privacy_resources_note, privacy_time, privacy_file, privacy_kind, privacy_size, privacy_by, licences,
// What a host hides and presets
err_budget, err_budget_do, reason_too_short, warn_not_hidden, warn_not_preset,
// Exports: what they hold, pseudonyms, figures with noise
locked_note, holds_report, holds_report_plain, holds_model, holds_scores, holds_list, holds_table, holds_table_plain, holds_groups, pseudonyms_open, pseudonyms_title, pseudonyms_why, pseudonyms_save, key_label, key_make, key_short, key_keep, lookup_too, share_title, share_why, share_by, share_value, share_no_value, share_low, share_high, share_bounds_why, share_epsilon, share_size, share_kind, share_laplace, share_gaussian, share_outcome, share_budget, share_go, share_said, share_said_value, share_none, share_with_outcome, share_rate, share_total, share_mean, share_lost, doc_holds_ids, doc_holds_plain, doc_holds_pseudonyms,
// memory
err_memory_rows, do_memory_rows, use_sample,
// projects, undo, versions
project, project_open, project_off, project_saved, project_saving, project_failed, project_readonly, project_taken, project_why, project_name, remember, remember_why, remember_data, remember_data_size, remember_data_why, lock, lock_clear, lock_closed, lock_cannot, lock_new, lock_again, lock_differ, lock_short, lock_set, lock_change, lock_remove, file_title, file_why, file_passphrase, file_passphrase_why, file_data, file_data_size, file_save, file_open, projects_title, projects_here, projects_none, project_open_do, project_open_of, project_rename, project_rename_of, project_delete, project_delete_of, project_delete_sure, project_export, project_export_of, project_locked, project_with_data, project_is_open, project_leave, project_leave_why, ask_title, ask_why, ask_wrong, busy_title, busy_why, busy_read, busy_over, trouble_title, trouble_passphrase, trouble_damaged, trouble_newer, trouble_insecure, trouble_quota, trouble_storage, trouble_file, trouble_busy, trouble_failed_title, trouble_taken_title, trouble_taken, trouble_readonly_title, trouble_readonly, project_copy, project_waits_title, project_waits_why, undo, redo, undo_of, redo_of, undo_roles, undo_positive, undo_kind, undo_kinds, undo_settings, undo_costs, undo_added, undo_removed, undo_edited, undo_recipe, versions_title, versions_why, versions_when, versions_name, versions_learner, versions_data, versions_rows, versions_threshold, versions_use, versions_use_of, versions_in_use, versions_name_of, versions_delete_of, versions_csv,
// storage that another tab keeps closed
trouble_blocked,
// Segments.
step_segments, segments_title, segments_lede, segments_find, segments_again, segments_first, said_segments_found, said_segments_measured, said_segments_nobody, said_segment, said_segment_value, said_trait_higher, said_trait_lower, said_trait_level, said_trait_with, said_segments_cloud, said_mixed_encoded, said_mixed_gower, role_feature,
// Segments.
segment_named,
// currencies
err_currencies, do_currencies,
// studies
study_settings,
}}
