//! What an error says, and what to do about it.
use super::{Arg, Lang, Style, Texts, bytes, fill, kind, learner, param, param_in};
use crate::base::{ArtifactReason, Error, FormatReason, ParamReason, TargetReason};

fn param_reason(lang: Lang, name: &str, reason: &ParamReason) -> String {
    let t = lang.texts();
    match reason {
        ParamReason::OutOfRange { min, max } => {
            let args = [
                ("min", Arg::Number(*min, Style::Short)),
                ("max", Arg::Number(*max, Style::Short)),
            ];
            fill(lang, t.reason_out_of_range, &args)
        }
        ParamReason::NotAChoice { options } => {
            let options: Vec<String> = options
                .iter()
                .map(|o| super::option(lang, name, o).to_owned())
                .collect();
            fill(
                lang,
                t.reason_not_a_choice,
                &[("options", Arg::List(&options))],
            )
        }
        ParamReason::WrongType { expected } => fill(
            lang,
            t.reason_wrong_type,
            &[(
                "expected",
                Arg::Text(super::option(lang, "expected", expected)),
            )],
        ),
        ParamReason::NotKnown => t.reason_not_known.to_owned(),
        ParamReason::Required => t.reason_required.to_owned(),
        ParamReason::TooShort { least } => {
            let least = [("least", Arg::Count(u64::from(*least)))];
            fill(lang, t.reason_too_short, &least)
        }
    }
}

fn format_reason(lang: Lang, reason: &FormatReason) -> String {
    let t = lang.texts();
    match reason {
        FormatReason::Empty => t.format_empty.to_owned(),
        FormatReason::NoRows => t.format_no_rows.to_owned(),
        FormatReason::Binary => t.format_binary.to_owned(),
        FormatReason::Encoding { encoding } => fill(
            lang,
            t.format_encoding,
            &[("encoding", Arg::Text(encoding))],
        ),
        FormatReason::UnterminatedQuote => t.format_quote.to_owned(),
        FormatReason::TooManyColumns { limit } => fill(
            lang,
            t.format_columns,
            &[("limit", Arg::Count(u64::from(*limit)))],
        ),
        FormatReason::CellTooLarge { limit_bytes } => {
            let size = bytes(lang, *limit_bytes);
            fill(lang, t.format_cell, &[("size", Arg::Text(&size))])
        }
        FormatReason::Unreadable => t.format_unreadable.to_owned(),
        FormatReason::Unsupported => t.format_unsupported.to_owned(),
    }
}

fn target_reason(lang: Lang, reason: &TargetReason) -> String {
    let t = lang.texts();
    match reason {
        TargetReason::SingleClass => t.target_single.to_owned(),
        TargetReason::TooManyClasses { found } => {
            fill(lang, t.target_many, &[("n", Arg::Count(*found))])
        }
        TargetReason::RareClass { found, needed } => {
            let args = [
                ("found", Arg::Count(*found)),
                ("needed", Arg::Count(*needed)),
            ];
            fill(lang, t.target_rare, &args)
        }
        TargetReason::NeedsClasses => t.target_needs_classes.to_owned(),
        TargetReason::NeedsNumbers => t.target_needs_numbers.to_owned(),
        TargetReason::SingleClassPart => t.target_single_part.to_owned(),
        TargetReason::NoPositive => t.target_no_positive.to_owned(),
        TargetReason::TooManyLevels { most } => {
            fill(lang, t.target_levels, &[("n", Arg::Count(*most))])
        }
        TargetReason::Constant => t.target_constant.to_owned(),
        TargetReason::TooLarge => t.target_large.to_owned(),
    }
}

fn artifact_reason(lang: Lang, reason: &ArtifactReason) -> String {
    let t = lang.texts();
    match reason {
        ArtifactReason::NotAModel => t.artifact_not.to_owned(),
        ArtifactReason::Truncated => t.artifact_truncated.to_owned(),
        ArtifactReason::Altered => t.artifact_altered.to_owned(),
        ArtifactReason::Newer { found, supported } => {
            let args = [
                ("found", Arg::Count(u64::from(*found))),
                ("supported", Arg::Count(u64::from(*supported))),
            ];
            fill(lang, t.artifact_newer, &args)
        }
        ArtifactReason::Invalid { .. } => t.artifact_invalid.to_owned(),
    }
}

/// What happened, as one sentence.
pub fn error(lang: Lang, error: &Error) -> String {
    let t: &Texts = lang.texts();
    match error {
        Error::MissingColumn { name } => {
            fill(lang, t.err_missing_column, &[("name", Arg::Text(name))])
        }
        Error::MissingColumns { names } => {
            let args = [
                ("n", Arg::Count(names.len() as u64)),
                ("names", Arg::List(names)),
            ];
            fill(lang, t.err_missing_columns, &args)
        }
        Error::ColumnKind {
            name,
            expected,
            found,
        } => {
            let args = [
                ("name", Arg::Text(name)),
                ("expected", Arg::Text(kind(lang, *expected))),
                ("found", Arg::Text(kind(lang, *found))),
            ];
            fill(lang, t.err_column_kind, &args)
        }
        Error::Negative { row, name } => {
            let args = [("row", Arg::Count(*row)), ("name", Arg::Text(name))];
            fill(lang, t.err_negative, &args)
        }
        Error::Currencies { row, name } => {
            let args = [("row", Arg::Count(*row)), ("name", Arg::Text(name))];
            fill(lang, t.err_currencies, &args)
        }
        Error::Cell { row, name, kind: k } => {
            let args = [
                ("row", Arg::Count(*row)),
                ("name", Arg::Text(name)),
                ("kind", Arg::Text(kind(lang, *k))),
            ];
            fill(lang, t.err_cell, &args)
        }
        Error::Param {
            param: name,
            reason,
        } => {
            // `learner_params.mlp.alpha` is about a parameter of one learner.
            let inner = name.strip_prefix("learner_params.");
            let (shown, name) = match inner.and_then(|i| i.split_once('.')) {
                Some((id, own)) => (
                    format!("{}: {}", learner(lang, id), param_in(lang, id, own)),
                    own,
                ),
                None => (param(lang, name).to_owned(), name.as_ref()),
            };
            let reason = param_reason(lang, name, reason);
            let args = [("param", Arg::Text(&shown)), ("reason", Arg::Text(&reason))];
            fill(lang, t.err_param, &args)
        }
        Error::Shape {
            what,
            expected,
            found,
        } => {
            let args = [
                ("what", Arg::Text(what)),
                ("expected", Arg::Count(*expected as u64)),
                ("found", Arg::Count(*found as u64)),
            ];
            fill(lang, t.err_shape, &args)
        }
        Error::NotConverged {
            algorithm,
            iterations,
        } => {
            let args = [
                ("algorithm", Arg::Text(learner(lang, algorithm))),
                ("n", Arg::Count(*iterations as u64)),
            ];
            fill(lang, t.err_not_converged, &args)
        }
        Error::Format { row, reason, .. } => {
            let reason = format_reason(lang, reason);
            match row {
                Some(row) => {
                    let args = [("row", Arg::Count(*row)), ("reason", Arg::Text(&reason))];
                    fill(lang, t.err_format_row, &args)
                }
                None => fill(lang, t.err_format, &[("reason", Arg::Text(&reason))]),
            }
        }
        Error::Target { name, reason } => {
            let reason = target_reason(lang, reason);
            let args = [("name", Arg::Text(name)), ("reason", Arg::Text(&reason))];
            fill(lang, t.err_target, &args)
        }
        Error::TooFewRows { needed, found } => {
            let args = [
                ("needed", Arg::Count(*needed)),
                ("found", Arg::Count(*found)),
            ];
            fill(lang, t.err_too_few_rows, &args)
        }
        Error::TooFewDistinct {
            name,
            needed,
            found,
        } => {
            let args = [
                ("name", Arg::Text(name)),
                ("needed", Arg::Count(*needed)),
                ("found", Arg::Count(*found)),
            ];
            fill(lang, t.err_too_few_distinct, &args)
        }
        Error::NoFeatures => t.err_no_features.to_owned(),
        Error::Artifact { reason } => {
            let reason = artifact_reason(lang, reason);
            fill(lang, t.err_artifact, &[("reason", Arg::Text(&reason))])
        }
        Error::Memory {
            needed_bytes,
            available_bytes,
            rows,
        } => {
            let size = bytes(lang, *needed_bytes);
            let left = bytes(lang, *available_bytes);
            let args = [
                ("size", Arg::Text(&size)),
                ("left", Arg::Text(&left)),
                ("rows", Arg::Count(rows.unwrap_or(0))),
            ];
            let text = match rows {
                Some(_) => t.err_memory_rows,
                None => t.err_memory,
            };
            fill(lang, text, &args)
        }
        Error::Unknown { what, id } => fill(
            lang,
            t.err_unknown,
            &[("what", Arg::Text(what)), ("id", Arg::Text(id))],
        ),
        Error::Cancelled => t.err_cancelled.to_owned(),
        Error::Crashed => t.err_crashed.to_owned(),
        Error::Start => t.err_start.to_owned(),
        Error::Protocol => t.err_protocol.to_owned(),
        Error::Language => t.err_language.to_owned(),
        Error::Budget { left } => {
            let left = [("left", Arg::Number(*left, Style::Short))];
            fill(lang, t.err_budget, &left)
        }
    }
}

/// What a person can do about it.
pub fn advice(lang: Lang, error: &Error) -> &'static str {
    let t = lang.texts();
    match error {
        Error::MissingColumn { .. } | Error::MissingColumns { .. } => t.do_missing_column,
        Error::ColumnKind { .. } => t.do_column_kind,
        Error::Cell { .. } => t.do_cell,
        Error::Negative { .. } => t.do_negative,
        Error::Currencies { .. } => t.do_currencies,
        Error::Param { .. } => t.do_param,
        Error::NotConverged { .. } => t.do_not_converged,
        Error::Format { reason, .. } => match reason {
            FormatReason::UnterminatedQuote => t.do_quote,
            FormatReason::Unsupported | FormatReason::Binary => t.do_unsupported,
            _ => t.do_format,
        },
        Error::Target { .. } => t.do_target,
        Error::TooFewRows { .. } => t.do_too_few_rows,
        Error::TooFewDistinct { .. } => t.do_too_few_distinct,
        Error::NoFeatures => t.do_no_features,
        Error::Artifact {
            reason: ArtifactReason::Newer { .. },
        } => t.do_newer,
        Error::Artifact { .. } => t.do_artifact,
        Error::Memory { rows: Some(_), .. } => t.do_memory_rows,
        Error::Memory { .. } => t.do_memory,
        Error::Unknown { .. } => t.do_unknown,
        Error::Cancelled => t.do_cancelled,
        Error::Crashed => t.do_crashed,
        Error::Start => t.do_start,
        Error::Protocol => t.do_protocol,
        Error::Language => t.do_language,
        Error::Budget { .. } => t.err_budget_do,
        Error::Shape { .. } => t.do_other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ColumnKind;

    #[test]
    fn what_was_expected_is_said_in_the_readers_language() {
        for expected in [
            "number",
            "whole number",
            "text",
            "flag",
            "map",
            "number or text",
        ] {
            let wrong = Error::Param {
                param: "costs.contact".into(),
                reason: ParamReason::WrongType {
                    expected: expected.into(),
                },
            };
            assert!(error(Lang::En, &wrong).contains(expected));
            let said = error(Lang::Zh, &wrong);
            assert!(!said.bytes().any(|b| b.is_ascii_alphabetic()), "{said}");
        }
    }

    #[test]
    fn errors_name_column_and_row_and_leave_no_placeholder() {
        let cell = Error::Cell {
            row: 1204,
            name: "paid".into(),
            kind: ColumnKind::Date,
        };
        assert_eq!(
            error(Lang::En, &cell),
            "Row 1,204, column “paid”: the cell is not a valid date."
        );
        let deep = Error::out_of_range("learner_params.mlp.alpha", 0.0, 1.0);
        assert_eq!(
            error(Lang::En, &deep),
            "Neural network: Weight decay must be between 0 and 1."
        );
        let cases = [
            cell,
            Error::MissingColumn { name: "a".into() },
            Error::MissingColumns {
                names: vec!["a".into(), "b".into()],
            },
            Error::ColumnKind {
                name: "a".into(),
                expected: ColumnKind::Int,
                found: ColumnKind::Text,
            },
            Error::out_of_range("cv", 2.0, 20.0),
            Error::Param {
                param: "x".into(),
                reason: ParamReason::NotAChoice {
                    options: vec!["mean".into()],
                },
            },
            Error::Param {
                param: "x".into(),
                reason: ParamReason::WrongType {
                    expected: "number".into(),
                },
            },
            Error::Param {
                param: "x".into(),
                reason: ParamReason::NotKnown,
            },
            Error::Param {
                param: "x".into(),
                reason: ParamReason::Required,
            },
            Error::Shape {
                what: "rows".into(),
                expected: 1,
                found: 2,
            },
            Error::NotConverged {
                algorithm: "logistic".into(),
                iterations: 100,
            },
            Error::Format {
                row: Some(7),
                column: None,
                reason: FormatReason::UnterminatedQuote,
            },
            Error::Format {
                row: None,
                column: None,
                reason: FormatReason::CellTooLarge {
                    limit_bytes: 1 << 20,
                },
            },
            Error::Format {
                row: None,
                column: None,
                reason: FormatReason::TooManyColumns { limit: 9 },
            },
            Error::Format {
                row: None,
                column: None,
                reason: FormatReason::Encoding {
                    encoding: "utf-8".into(),
                },
            },
            Error::Target {
                name: "y".into(),
                reason: TargetReason::TooManyClasses { found: 3 },
            },
            Error::Target {
                name: "y".into(),
                reason: TargetReason::RareClass {
                    found: 3,
                    needed: 5,
                },
            },
            Error::TooFewRows {
                needed: 50,
                found: 3,
            },
            Error::TooFewDistinct {
                name: "household".into(),
                needed: 7,
                found: 3,
            },
            Error::NoFeatures,
            Error::Artifact {
                reason: ArtifactReason::Newer {
                    found: 9,
                    supported: 1,
                },
            },
            Error::invalid_artifact("x"),
            Error::memory(3_000_000_000),
            Error::Memory {
                needed_bytes: 3_000_000_000,
                available_bytes: 1_000_000_000,
                rows: Some(1_000_000),
            },
            Error::Unknown {
                what: "model".into(),
                id: "m9".into(),
            },
            Error::Currencies {
                row: 4,
                name: "c".into(),
            },
            Error::Cancelled,
            Error::Crashed,
            Error::Start,
            Error::Protocol,
            Error::Language,
            Error::Budget { left: 0.25 },
            Error::Param {
                param: "key".into(),
                reason: ParamReason::TooShort { least: 12 },
            },
        ];
        for case in &cases {
            for lang in Lang::ALL {
                let said = error(lang, case);
                assert!(!said.contains(['{', '}']), "{said}");
                assert!(!advice(lang, case).is_empty());
            }
        }
    }
}
