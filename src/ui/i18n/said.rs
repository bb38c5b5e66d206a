//! Findings, stages, kinds, roles and reasons in words.
use super::{Arg, Lang, Style, fill, learner, metric, option, option_why, segments, why};
use crate::{
    base::{ColumnKind, Reason, Role, Stage, Unit},
    report::Sentence,
};

/// Mean calibration error up to which probabilities are called trustworthy, when no group is clearly off.
const WELL_CALIBRATED: f64 = 0.03;

/// Money: whole from a thousand on.
fn money(v: f64) -> Arg<'static> {
    let style = if v.abs() >= 1000.0 {
        Style::Count
    } else {
        Style::Short
    };
    Arg::Number(v, style)
}

/// A finding as one sentence.
pub fn sentence(lang: Lang, sentence: &Sentence) -> String {
    let t = lang.texts();
    let name = |id| Arg::Text(learner(lang, id));
    match sentence {
        Sentence::TopTenth {
            precision,
            base_rate,
        } => fill(
            lang,
            t.said_top_tenth,
            &[
                ("precision", Arg::Number(*precision, Style::Percent)),
                ("base", Arg::Number(*base_rate, Style::Percent)),
            ],
        ),
        Sentence::Tested {
            learner: id,
            n_test,
            roc_auc,
            low,
            high,
        } => fill(
            lang,
            t.said_tested,
            &[
                ("learner", name(id)),
                ("n", Arg::Count(*n_test)),
                ("auc", Arg::Number(*roc_auc, Style::Score)),
                ("low", Arg::Number(*low, Style::Score)),
                ("high", Arg::Number(*high, Style::Score)),
            ],
        ),
        Sentence::CloseRace { best, simpler } => fill(
            lang,
            t.said_close_race,
            &[("best", name(best)), ("simpler", name(simpler))],
        ),
        Sentence::ClearWinner { best } => fill(lang, t.said_clear_winner, &[("best", name(best))]),
        Sentence::Drivers { columns } => {
            fill(lang, t.said_drivers, &[("columns", Arg::List(columns))])
        }
        Sentence::Calibrated {
            error,
            n_off,
            n_bins,
        } => {
            if *n_off == 0 || *error <= WELL_CALIBRATED {
                fill(
                    lang,
                    t.said_calibrated,
                    &[("error", Arg::Number(*error, Style::Percent1))],
                )
            } else {
                fill(
                    lang,
                    t.said_off,
                    &[("off", Arg::Count(*n_off)), ("bins", Arg::Count(*n_bins))],
                )
            }
        }
        Sentence::NoSignal => t.said_no_signal.to_owned(),
        Sentence::SegmentsFound { .. }
        | Sentence::SegmentIs { .. }
        | Sentence::SegmentsOfOneCloud
        | Sentence::MixedColumns { .. } => segments::said(lang, sentence),
        Sentence::TestedClasses {
            learner: id,
            n_test,
            accuracy,
            low,
            high,
            commonest,
        } => fill(
            lang,
            t.said_tested_classes,
            &[
                ("learner", name(id)),
                ("n", Arg::Count(*n_test)),
                ("accuracy", Arg::Number(*accuracy, Style::Percent1)),
                ("low", Arg::Number(*low, Style::Percent1)),
                ("high", Arg::Number(*high, Style::Percent1)),
                ("commonest", Arg::Number(*commonest, Style::Percent1)),
            ],
        ),
        Sentence::TestedNumbers {
            learner: id,
            n_test,
            rmse,
            low,
            high,
            baseline,
            r2,
        } => fill(
            lang,
            t.said_tested_numbers,
            &[
                ("learner", name(id)),
                ("n", Arg::Count(*n_test)),
                ("rmse", Arg::Number(*rmse, Style::Short)),
                ("low", Arg::Number(*low, Style::Short)),
                ("high", Arg::Number(*high, Style::Short)),
                ("baseline", Arg::Number(*baseline, Style::Short)),
                ("r2", Arg::Number(*r2, Style::Score)),
            ],
        ),
        Sentence::Covered {
            level,
            coverage,
            half_width,
        } => fill(
            lang,
            t.said_covered,
            &[
                ("level", Arg::Number(*level, Style::Percent)),
                ("coverage", Arg::Number(*coverage, Style::Percent1)),
                ("width", Arg::Number(*half_width, Style::Short)),
            ],
        ),
        Sentence::NothingLearned { column } => fill(
            lang,
            t.said_nothing_learned,
            &[("column", Arg::Text(column))],
        ),
        Sentence::ScoredClasses {
            n_rows,
            commonest,
            share,
        } => fill(
            lang,
            t.said_scored_classes,
            &[
                ("n", Arg::Count(*n_rows)),
                ("label", Arg::Text(commonest)),
                ("share", Arg::Number(*share, Style::Percent)),
            ],
        ),
        Sentence::ScoredNumbers { n_rows, mean } => fill(
            lang,
            t.said_scored_numbers,
            &[
                ("n", Arg::Count(*n_rows)),
                ("mean", Arg::Number(*mean, Style::Short)),
            ],
        ),
        Sentence::Scored {
            n_rows,
            n_positive,
            mean,
        } => fill(
            lang,
            t.said_scored,
            &[
                ("n", Arg::Count(*n_positive)),
                ("total", Arg::Count(*n_rows)),
                ("mean", Arg::Number(*mean, Style::Percent1)),
            ],
        ),
        Sentence::Contact {
            n,
            n_rows,
            threshold,
            is_money,
            gain,
            low,
            high,
            everybody,
        } => {
            let (template, threshold) = if *is_money {
                (t.said_contact_money, money(*threshold))
            } else {
                (t.said_contact, Arg::Number(*threshold, Style::Percent))
            };
            let values = [
                ("n", Arg::Count(*n)),
                ("total", Arg::Count(*n_rows)),
                ("threshold", threshold),
                ("gain", money(*gain)),
                ("low", money(*low)),
                ("high", money(*high)),
                ("everybody", money(*everybody)),
            ];
            fill(lang, template, &values)
        }
        Sentence::ContactEverybody {
            n_rows,
            gain,
            low,
            high,
        } => fill(
            lang,
            t.said_contact_all,
            &[
                ("n", Arg::Count(*n_rows)),
                ("gain", money(*gain)),
                ("low", money(*low)),
                ("high", money(*high)),
            ],
        ),
        Sentence::ContactNobody { n_rows, everybody } => fill(
            lang,
            t.said_contact_none,
            &[("n", Arg::Count(*n_rows)), ("everybody", money(*everybody))],
        ),
        Sentence::WorthContacting {
            n,
            n_rows,
            at_risk,
            gain,
        } => fill(
            lang,
            t.said_worth_contacting,
            &[
                ("n", Arg::Count(*n)),
                ("total", Arg::Count(*n_rows)),
                ("at_risk", money(*at_risk)),
                ("gain", money(*gain)),
            ],
        ),
        Sentence::HealthTells {
            learned,
            by_hand,
            equal,
            part,
        } => {
            let template = if by_hand.is_some() {
                t.said_health_hand
            } else {
                t.said_health
            };
            let values = [
                ("learned", Arg::Number(*learned, Style::Score)),
                ("hand", Arg::Number(by_hand.unwrap_or(*equal), Style::Score)),
                ("equal", Arg::Number(*equal, Style::Score)),
                ("part", Arg::Text(option(lang, "part", part))),
            ];
            fill(lang, template, &values)
        }
        Sentence::SliceWorst {
            column,
            level,
            n_rows,
            metric: key,
            value,
            overall,
        } => {
            let (template, style) = match key.as_str() {
                "roc_auc" | "accuracy" => (t.said_slice_worst, Style::Score),
                "calibration_gap" => (t.said_slice_gap, Style::Percent1),
                "bias" => (t.said_slice_gap, Style::Short),
                _ => (t.said_slice_worst, Style::Short),
            };
            let args = [
                ("column", Arg::Text(column)),
                ("level", Arg::Text(level)),
                ("n", Arg::Count(*n_rows)),
                ("metric", Arg::Text(metric(lang, key))),
                ("value", Arg::Number(*value, style)),
                ("overall", Arg::Number(*overall, style)),
            ];
            fill(lang, template, &args)
        }
        Sentence::Told {
            what,
            texts,
            numbers,
        } => {
            let number = |(name, v, unit): &(String, f64, Unit)| {
                let arg = match unit {
                    Unit::Count | Unit::Days => Arg::Count(v.max(0.0).round() as u64),
                    Unit::Ratio => Arg::Number(*v, Style::Percent1),
                    _ => Arg::Number(*v, Style::Short),
                };
                (name.clone(), arg)
            };
            let mut args: Vec<(String, Arg<'_>)> = numbers.iter().map(number).collect();
            args.extend(texts.iter().map(|(k, v)| (k.clone(), Arg::Text(v))));
            let args: Vec<(&str, Arg<'_>)> = args.iter().map(|(k, v)| (k.as_str(), *v)).collect();
            fill(lang, option(lang, "told", what), &args)
        }
        Sentence::NoDrift { n_columns } => {
            fill(lang, t.said_no_drift, &[("n", Arg::Count(*n_columns))])
        }
        Sentence::Drifted {
            columns,
            scores_moved,
        } => {
            let template = match (columns.is_empty(), scores_moved) {
                (true, _) => t.said_drift_scores,
                (false, true) => t.said_drift_both,
                (false, false) => t.said_drift,
            };
            let args = [
                ("n", Arg::Count(columns.len() as u64)),
                ("columns", Arg::List(columns)),
            ];
            fill(lang, template, &args)
        }
        Sentence::SlicesAlike { n_slices } => {
            fill(lang, t.said_slices_alike, &[("n", Arg::Count(*n_slices))])
        }
        Sentence::WhyScore {
            of,
            prediction,
            base,
            reasons,
        } => why::score(lang, of, (*prediction, *base), reasons),
        Sentence::WouldChange {
            changes,
            before,
            after,
            is_share,
        } => why::would_change(lang, changes, (*before, *after), *is_share),
        Sentence::NothingWouldChange { limit, is_share } => {
            why::nothing_would(lang, *limit, *is_share)
        }
        Sentence::CalibrationKept => t.said_calibration_kept.to_owned(),
        Sentence::CalibrationApplied {
            method,
            brier_before,
            brier_after,
            error_before,
            error_after,
            helped,
        } => fill(
            lang,
            match helped {
                Some(true) => t.said_calibration_helped,
                Some(false) => t.said_calibration_hurt,
                None => t.said_calibration_even,
            },
            &[
                ("method", Arg::Text(option(lang, "calibrate", method))),
                ("brier", Arg::Number(*brier_before, Style::Score)),
                ("brier_after", Arg::Number(*brier_after, Style::Score)),
                ("error", Arg::Number(*error_before, Style::Percent1)),
                ("error_after", Arg::Number(*error_after, Style::Percent1)),
            ],
        ),
    }
}

/// What a job is doing.
pub fn stage(lang: Lang, stage: Stage) -> &'static str {
    let t = lang.texts();
    match stage {
        Stage::Reading => t.stage_reading,
        Stage::Inferring => t.stage_inferring,
        Stage::Profiling => t.stage_profiling,
        Stage::Preparing => t.stage_preparing,
        Stage::Searching => t.stage_searching,
        Stage::Fitting => t.stage_fitting,
        Stage::Evaluating => t.stage_evaluating,
        Stage::Explaining => t.stage_explaining,
        Stage::Predicting => t.stage_predicting,
        Stage::Writing => t.stage_writing,
    }
}

/// What a column holds.
pub fn kind(lang: Lang, kind: ColumnKind) -> &'static str {
    let t = lang.texts();
    match kind {
        ColumnKind::Float => t.kind_float,
        ColumnKind::Int => t.kind_int,
        ColumnKind::Bool => t.kind_bool,
        ColumnKind::Date => t.kind_date,
        ColumnKind::DateTime => t.kind_datetime,
        ColumnKind::Category => t.kind_category,
        ColumnKind::Text => t.kind_text,
        ColumnKind::Id => t.kind_id,
    }
}

/// What a column is for.
pub fn role(lang: Lang, role: Role) -> &'static str {
    let t = lang.texts();
    match role {
        Role::Id => t.role_id,
        Role::Target => t.role_target,
        Role::Value => t.role_value,
        Role::Date => t.role_date,
        Role::Text => t.role_text,
        Role::Group => t.role_group,
        Role::Feature => t.role_feature,
        other => option(lang, "role", other.id()),
    }
}

/// What a role does.
pub fn role_why(lang: Lang, role: Role) -> &'static str {
    let t = lang.texts();
    match role {
        Role::Id => t.role_id_why,
        Role::Target => t.role_target_why,
        Role::Value => t.role_value_why,
        Role::Date => t.role_date_why,
        Role::Text => t.role_text_why,
        Role::Group => t.role_group_why,
        other => option_why(lang, "role", other.id()),
    }
}

/// Why a role was guessed.
pub fn reason(lang: Lang, reason: Reason) -> &'static str {
    let t = lang.texts();
    match reason {
        Reason::Name => t.because_name,
        Reason::Unique => t.because_unique,
        Reason::TwoClasses => t.because_two_classes,
        Reason::Money => t.because_money,
        Reason::Dates => t.because_dates,
        Reason::LongText => t.because_long_text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(is_money: bool) -> Sentence {
        Sentence::Contact {
            n: 420,
            n_rows: 1409,
            threshold: 0.31,
            is_money,
            gain: 12_400.0,
            low: 8_000.0,
            high: 16_900.0,
            everybody: 3_100.0,
        }
    }

    fn health(by_hand: Option<f64>) -> Sentence {
        Sentence::HealthTells {
            learned: 0.8,
            by_hand,
            equal: 0.7,
            part: "usage".into(),
        }
    }

    fn applied(helped: Option<bool>) -> Sentence {
        Sentence::CalibrationApplied {
            method: "beta".into(),
            brier_before: 0.2,
            brier_after: 0.1,
            error_before: 0.08,
            error_after: 0.01,
            helped,
        }
    }

    #[test]
    fn findings_read_as_sentences() {
        assert_eq!(
            sentence(Lang::En, &contact(false)),
            "Contact the 420 of 1,409 test customers above 31%: expected gain 12,400 (8,000 to 16,900), against 3,100 when \
             everybody is contacted."
        );
        let top = Sentence::TopTenth {
            precision: 0.74,
            base_rate: 0.27,
        };
        assert_eq!(
            sentence(Lang::En, &top),
            "Of the riskiest tenth, 74% really left, against 27% of all customers"
        );
        let worst = |metric: &str| Sentence::SliceWorst {
            column: "plan".into(),
            level: "b".into(),
            n_rows: 90,
            metric: metric.into(),
            value: 0.6,
            overall: 0.8,
        };
        let cases = [
            top,
            Sentence::Tested {
                learner: "boosting".into(),
                n_test: 1409,
                roc_auc: 0.846,
                low: 0.824,
                high: 0.867,
            },
            Sentence::CloseRace {
                best: "boosting".into(),
                simpler: "logistic".into(),
            },
            Sentence::ClearWinner {
                best: "boosting".into(),
            },
            Sentence::Drivers {
                columns: vec!["tenure".into()],
            },
            Sentence::Calibrated {
                error: 0.02,
                n_off: 0,
                n_bins: 10,
            },
            Sentence::Calibrated {
                error: 0.2,
                n_off: 4,
                n_bins: 10,
            },
            Sentence::NoSignal,
            contact(false),
            contact(true),
            Sentence::ContactEverybody {
                n_rows: 9,
                gain: 5.0,
                low: 1.0,
                high: 7.0,
            },
            Sentence::ContactNobody {
                n_rows: 9,
                everybody: -4.0,
            },
            Sentence::WorthContacting {
                n: 4,
                n_rows: 9,
                at_risk: 80.0,
                gain: 12.0,
            },
            health(None),
            health(Some(0.6)),
            Sentence::TestedClasses {
                learner: "logistic".into(),
                n_test: 100,
                accuracy: 0.8,
                low: 0.7,
                high: 0.85,
                commonest: 0.4,
            },
            Sentence::TestedNumbers {
                learner: "linear".into(),
                n_test: 100,
                rmse: 12.0,
                low: 10.0,
                high: 14.0,
                baseline: 20.0,
                r2: 0.6,
            },
            Sentence::Covered {
                level: 0.9,
                coverage: 0.89,
                half_width: 17.0,
            },
            Sentence::NothingLearned {
                column: "spend".into(),
            },
            Sentence::ScoredClasses {
                n_rows: 10,
                commonest: "a".into(),
                share: 0.5,
            },
            Sentence::ScoredNumbers {
                n_rows: 10,
                mean: 3.5,
            },
            Sentence::Scored {
                n_rows: 100,
                n_positive: 20,
                mean: 0.25,
            },
            worst("roc_auc"),
            worst("calibration_gap"),
            worst("bias"),
            Sentence::SlicesAlike { n_slices: 12 },
            Sentence::CalibrationKept,
            applied(Some(true)),
            applied(Some(false)),
            applied(None),
            Sentence::told(
                "value_month",
                &[("churn", 0.1, Unit::Ratio), ("month", 1.0, Unit::Count)],
            ),
            Sentence::NoDrift { n_columns: 12 },
            Sentence::Drifted {
                columns: vec!["tenure".into()],
                scores_moved: true,
            },
            Sentence::Drifted {
                columns: vec![],
                scores_moved: true,
            },
            Sentence::Drifted {
                columns: vec!["tenure".into()],
                scores_moved: false,
            },
        ];
        for case in &cases {
            for lang in Lang::ALL {
                assert!(!sentence(lang, case).contains(['{', '}']));
            }
        }
    }
}
