//! What a warning says.
use super::{Arg, Lang, Style, fill, kind, learner, option, param as param_name};
use crate::base::{LeakReason, Warning};

/// A warning as one sentence, with its counts.
pub fn warning(lang: Lang, warning: &Warning) -> String {
    let t = lang.texts();
    let say = |template, args: &[(&str, Arg<'_>)]| fill(lang, template, args);
    match warning {
        Warning::ShortRows { count, first_row } => say(
            t.warn_short_rows,
            &[("n", Arg::Count(*count)), ("row", Arg::Count(*first_row))],
        ),
        Warning::LongRows { count, first_row } => say(
            t.warn_long_rows,
            &[("n", Arg::Count(*count)), ("row", Arg::Count(*first_row))],
        ),
        Warning::BadBytes { count, encoding } => say(
            t.warn_bad_bytes,
            &[("n", Arg::Count(*count)), ("encoding", Arg::Text(encoding))],
        ),
        Warning::EmptyName { name } => say(t.warn_empty_name, &[("name", Arg::Text(name))]),
        Warning::DuplicateName { name, renamed } => say(
            t.warn_duplicate_name,
            &[("name", Arg::Text(name)), ("renamed", Arg::Text(renamed))],
        ),
        Warning::StrangeCells {
            column,
            count,
            first_row,
            kind: k,
        } => say(
            t.warn_strange_cells,
            &[
                ("column", Arg::Text(column)),
                ("n", Arg::Count(*count)),
                ("row", Arg::Count(*first_row)),
                ("kind", Arg::Text(kind(lang, *k))),
            ],
        ),
        Warning::AmbiguousDates { column } => {
            say(t.warn_ambiguous_dates, &[("column", Arg::Text(column))])
        }
        Warning::NotHidden { column } => say(t.warn_not_hidden, &[("column", Arg::Text(column))]),
        Warning::NotPreset { column } => say(t.warn_not_preset, &[("column", Arg::Text(column))]),
        Warning::BlankLines { count } => say(t.warn_blank_lines, &[("n", Arg::Count(*count))]),
        Warning::ConstantColumn { column } => {
            say(t.warn_constant, &[("column", Arg::Text(column))])
        }
        Warning::IdLikeColumn { column } => say(t.warn_id_like, &[("column", Arg::Text(column))]),
        Warning::NearDuplicateColumns {
            column,
            other,
            agreement,
        } => say(
            t.warn_near_duplicate,
            &[
                ("column", Arg::Text(column)),
                ("other", Arg::Text(other)),
                ("agreement", Arg::Number(*agreement, Style::Percent1)),
            ],
        ),
        Warning::SkewedColumn { column, skewness } => say(
            t.warn_skewed,
            &[
                ("column", Arg::Text(column)),
                ("skewness", Arg::Number(*skewness, Style::Short)),
            ],
        ),
        Warning::HighCardinality { column, n_levels } => say(
            t.warn_cardinality,
            &[("column", Arg::Text(column)), ("n", Arg::Count(*n_levels))],
        ),
        Warning::MostlyMissing { column, share } => say(
            t.warn_mostly_missing,
            &[
                ("column", Arg::Text(column)),
                ("share", Arg::Number(*share, Style::Percent)),
            ],
        ),
        Warning::TargetMissing { count } => {
            say(t.warn_target_missing, &[("n", Arg::Count(*count))])
        }
        Warning::SplitMissing { column, count } => say(
            t.warn_split_missing,
            &[("column", Arg::Text(column)), ("n", Arg::Count(*count))],
        ),
        Warning::Leak {
            column,
            reason,
            evidence,
            score_with,
            score_without,
        } => {
            let (template, style) = match reason {
                LeakReason::TooGood => (t.warn_leak, Style::Score),
                LeakReason::IdOrder => (t.warn_leak_id, Style::Score),
                LeakReason::Renamed => (t.warn_leak_renamed, Style::Percent1),
                LeakReason::DateFilled | LeakReason::Filled => {
                    (t.warn_leak_filled, Style::Percent1)
                }
                LeakReason::DateAfter => (t.warn_leak_after, Style::Percent1),
                LeakReason::Text => (t.warn_leak_text, Style::Percent1),
                LeakReason::Level | LeakReason::Copies => (t.warn_leak_level, Style::Percent1),
            };
            let why = say(
                template,
                &[
                    ("column", Arg::Text(column)),
                    ("evidence", Arg::Number(*evidence, style)),
                ],
            );
            if score_with.is_nan() || score_without.is_nan() {
                return why;
            }
            say(
                t.warn_leak_scores,
                &[
                    ("why", Arg::Text(&why)),
                    ("with", Arg::Number(*score_with, Style::Score)),
                    ("without", Arg::Number(*score_without, Style::Score)),
                ],
            )
        }
        Warning::CopiedRows { count, n_rows } => say(
            t.warn_copied,
            &[("n", Arg::Count(*count)), ("total", Arg::Count(*n_rows))],
        ),
        Warning::ColumnsDropped { columns } => {
            say(t.warn_dropped, &[("columns", Arg::List(columns))])
        }
        Warning::LevelsMerged { column, count } => say(
            t.warn_merged,
            &[("column", Arg::Text(column)), ("n", Arg::Count(*count))],
        ),
        Warning::NotConverged {
            algorithm,
            iterations,
        } => say(
            t.warn_not_converged,
            &[
                ("algorithm", Arg::Text(learner(lang, algorithm))),
                ("n", Arg::Count(*iterations)),
            ],
        ),
        Warning::SmallTest { n_rarer } => say(t.warn_small_test, &[("n", Arg::Count(*n_rarer))]),
        Warning::Sampled {
            what,
            n_used,
            n_rows,
        } => say(
            t.warn_sampled,
            &[
                ("what", Arg::Text(option(lang, "sampled", what))),
                ("used", Arg::Count(*n_used)),
                ("total", Arg::Count(*n_rows)),
            ],
        ),
        Warning::NoSignal => t.warn_no_signal.to_owned(),
        Warning::RareClasses {
            column,
            n_classes,
            count,
        } => say(
            t.warn_rare_classes,
            &[
                ("column", Arg::Text(column)),
                ("classes", Arg::Count(*n_classes)),
                ("n", Arg::Count(*count)),
            ],
        ),
        Warning::FewTestRows { n_test } => say(t.warn_few_test, &[("n", Arg::Count(*n_test))]),
        Warning::NoIntervals { level } => say(
            t.warn_no_intervals,
            &[("level", Arg::Number(*level, Style::Percent))],
        ),
        Warning::ZeroTargets { column, count } => say(
            t.warn_zero_targets,
            &[("column", Arg::Text(column)), ("n", Arg::Count(*count))],
        ),
        Warning::Recalibrated {
            method,
            n_before,
            n_after,
        } => say(
            if method == "prior" {
                t.warn_recalibrated_prior
            } else {
                t.warn_recalibrated_sigmoid
            },
            &[
                ("before", Arg::Count(*n_before)),
                ("after", Arg::Count(*n_after)),
            ],
        ),
        Warning::ExtraColumns { columns } => say(
            t.warn_extra,
            &[
                ("n", Arg::Count(columns.len() as u64)),
                ("columns", Arg::List(columns)),
            ],
        ),
        Warning::UnseenLevels { column, count } => say(
            t.warn_unseen,
            &[("column", Arg::Text(column)), ("n", Arg::Count(*count))],
        ),
        Warning::TargetIgnored { column } => {
            say(t.warn_target_ignored, &[("column", Arg::Text(column))])
        }
        Warning::ParamLowered { param, asked, used } => say(
            t.warn_param_lowered,
            &[
                ("param", Arg::Text(param_name(lang, param))),
                ("asked", Arg::Count(*asked)),
                ("used", Arg::Count(*used)),
            ],
        ),
        Warning::NoValue { column, count } => say(
            t.warn_no_value,
            &[("column", Arg::Text(column)), ("n", Arg::Count(*count))],
        ),
        Warning::Remark {
            what,
            column,
            count,
            first_row,
            value,
        } => say(
            option(lang, "remark", what),
            &[
                ("column", Arg::Text(column)),
                ("n", Arg::Count(*count)),
                ("row", Arg::Count(*first_row)),
                ("value", Arg::Number(*value, Style::Score)),
            ],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ColumnKind;

    #[test]
    fn warnings_count_and_leave_no_placeholder() {
        let c = || "c".to_owned();
        let leak = |reason, score_without| Warning::Leak {
            column: c(),
            reason,
            evidence: 0.999,
            score_with: 0.99,
            score_without,
        };
        let one = Warning::BlankLines { count: 1 };
        assert_eq!(warning(Lang::En, &one), "1 blank line was skipped.");
        let cases = [
            one,
            Warning::ShortRows {
                count: 2,
                first_row: 3,
            },
            Warning::LongRows {
                count: 2,
                first_row: 3,
            },
            Warning::BadBytes {
                count: 2,
                encoding: c(),
            },
            Warning::EmptyName { name: c() },
            Warning::DuplicateName {
                name: c(),
                renamed: c(),
            },
            Warning::StrangeCells {
                column: c(),
                count: 11,
                first_row: 489,
                kind: ColumnKind::Float,
            },
            Warning::AmbiguousDates { column: c() },
            Warning::ConstantColumn { column: c() },
            Warning::IdLikeColumn { column: c() },
            Warning::NotHidden { column: c() },
            Warning::NotPreset { column: c() },
            Warning::NearDuplicateColumns {
                column: c(),
                other: c(),
                agreement: 0.999,
            },
            Warning::SkewedColumn {
                column: c(),
                skewness: 8.2,
            },
            Warning::HighCardinality {
                column: c(),
                n_levels: 300,
            },
            Warning::MostlyMissing {
                column: c(),
                share: 0.9,
            },
            Warning::TargetMissing { count: 4 },
            Warning::SplitMissing {
                column: c(),
                count: 4,
            },
            leak(LeakReason::TooGood, 0.8),
            leak(LeakReason::TooGood, f64::NAN),
            leak(LeakReason::IdOrder, 0.8),
            leak(LeakReason::Renamed, 0.8),
            leak(LeakReason::Filled, 0.8),
            leak(LeakReason::DateAfter, 0.8),
            leak(LeakReason::Text, 0.8),
            leak(LeakReason::Level, 0.8),
            Warning::CopiedRows {
                count: 12,
                n_rows: 90,
            },
            Warning::ColumnsDropped { columns: vec![c()] },
            Warning::LevelsMerged {
                column: c(),
                count: 4,
            },
            Warning::NotConverged {
                algorithm: "logistic".into(),
                iterations: 100,
            },
            Warning::SmallTest { n_rarer: 8 },
            Warning::Sampled {
                what: c(),
                n_used: 1,
                n_rows: 2,
            },
            Warning::NoSignal,
            Warning::NoValue {
                column: c(),
                count: 3,
            },
            Warning::RareClasses {
                column: c(),
                n_classes: 2,
                count: 7,
            },
            Warning::FewTestRows { n_test: 12 },
            Warning::about_rows("refunds", "c", 3, 7),
            Warning::remark("one_purchase"),
            Warning::NoIntervals { level: 0.99 },
            Warning::ZeroTargets {
                column: c(),
                count: 3,
            },
            Warning::Recalibrated {
                method: "prior".into(),
                n_before: 5_000,
                n_after: 2_000,
            },
            Warning::Recalibrated {
                method: "sigmoid".into(),
                n_before: 5_000,
                n_after: 8_000,
            },
            Warning::ExtraColumns {
                columns: vec![c(), c()],
            },
            Warning::UnseenLevels {
                column: c(),
                count: 4,
            },
            Warning::TargetIgnored { column: c() },
            Warning::ParamLowered {
                param: "n_neighbors".into(),
                asked: 45,
                used: 20,
            },
        ];
        for case in &cases {
            for lang in Lang::ALL {
                let said = warning(lang, case);
                assert!(!said.is_empty() && !said.contains(['{', '}']), "{said}");
            }
        }
    }
}
