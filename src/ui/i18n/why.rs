//! Reasons for a prediction, and what would change it, in words.
use super::{Arg, Lang, Style, fill, number};
use crate::{
    base::{Cell, Phrases, Told, isolated},
    report::{Changed, Why, WhyOf},
};

/// "With Contract at One year (now Month-to-month): 31% instead of 82%."
pub(super) fn would_change(
    lang: Lang,
    changes: &[Changed],
    (before, after): (f64, f64),
    is_share: bool,
) -> String {
    let changes: Vec<String> = changes.iter().map(|c| changed(lang, c)).collect();
    let style = prediction_style(is_share);
    fill(
        lang,
        lang.texts().said_would_change,
        &[
            ("changes", Arg::List(&changes)),
            ("before", Arg::Number(before, style)),
            ("after", Arg::Number(after, style)),
        ],
    )
}

/// Nothing reaches the limit.
pub(super) fn nothing_would(lang: Lang, limit: f64, is_share: bool) -> String {
    let args = [("limit", Arg::Number(limit, prediction_style(is_share)))];
    fill(lang, lang.texts().said_would_not, &args)
}

fn prediction_style(is_share: bool) -> Style {
    if is_share {
        Style::Percent
    } else {
        Style::Short
    }
}

fn cell_text(lang: Lang, cell: &Cell) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Number(v) => number(lang, *v, Style::Short),
        Cell::Text(text) => text.clone(),
    }
}

/// "Contract at One year (now Month-to-month)".
fn changed(lang: Lang, it: &Changed) -> String {
    let t = lang.texts();
    let template = match it.from {
        Cell::Missing => t.changed_unknown,
        _ => t.changed_now,
    };
    fill(
        lang,
        template,
        &[
            ("column", Arg::Text(&it.column)),
            ("to", Arg::Text(&cell_text(lang, &it.to))),
            ("from", Arg::Text(&cell_text(lang, &it.from))),
        ],
    )
}

/// The phrases that say why `of` is predicted.
pub fn phrases(lang: Lang, of: &WhyOf) -> Phrases {
    let t = lang.texts();
    let first = match of {
        WhyOf::Leaving => t.said_why_leaving,
        WhyOf::Class { .. } => t.said_why_class,
        WhyOf::Number { .. } => t.said_why_number,
    };
    let [first, above, below, against, none] = [
        first,
        t.said_why_above,
        t.said_why_below,
        t.said_why_against,
        t.said_why_none,
    ]
    .map(str::to_owned);
    let [is, is_usual, missing, points, and] = [
        t.why_is,
        t.why_is_usual,
        t.why_missing,
        t.why_points,
        t.list_and,
    ]
    .map(str::to_owned);
    Phrases {
        first,
        above,
        below,
        against,
        none,
        is,
        is_usual,
        missing,
        points,
        and,
    }
}

/// A prediction and its reasons as two sentences.
pub(super) fn score(
    lang: Lang,
    of: &WhyOf,
    (prediction, base): (f64, f64),
    reasons: &[Why],
) -> String {
    let is_share = !matches!(of, WhyOf::Number { .. });
    let style = prediction_style(is_share);
    let name = match of {
        WhyOf::Leaving => "",
        WhyOf::Class { label: name } | WhyOf::Number { column: name } => name.as_str(),
    };
    let name = isolated(name);
    let (prediction_text, base_text) = (number(lang, prediction, style), number(lang, base, style));
    let named = [
        ("prediction", prediction_text.as_str()),
        ("base", &base_text),
        ("label", &name),
        ("column", &name),
    ];
    let written: Vec<[String; 3]> = reasons
        .iter()
        .map(|why| {
            let typical = why.typical.as_ref().map(|cell| cell_text(lang, cell));
            let size = if is_share {
                number(lang, 100.0 * why.points.abs(), Style::Count)
            } else {
                number(lang, why.points.abs(), Style::Short)
            };
            [
                cell_text(lang, &why.value),
                typical.unwrap_or_default(),
                size,
            ]
        })
        .collect();
    let told: Vec<Told<'_>> = reasons
        .iter()
        .zip(&written)
        .map(|(why, [value, typical, size])| Told {
            column: &why.column,
            value: (why.value != Cell::Missing).then_some(value.as_str()),
            typical: Some(typical.as_str()).filter(|t| !t.is_empty()),
            size,
            lowers: why.points < 0.0,
        })
        .collect();
    phrases(lang, of).say(&named, &told, prediction >= base, is_share)
}

#[cfg(test)]
mod tests {
    use super::super::sentence;
    use super::*;
    use crate::report::Sentence;

    #[test]
    fn reasons_read_as_two_sentences() {
        let why = |column: &str, value: Cell, typical: Option<Cell>, points: f64| Why {
            column: column.to_owned(),
            value,
            typical,
            points,
        };
        let contract = || why("Contract", "Month-to-month".into(), None, 0.2312);
        let days = || {
            why(
                "active days",
                Cell::Number(3.0),
                Some(Cell::Number(14.0)),
                0.106,
            )
        };
        let older = || why("tenure", Cell::Number(60.0), None, -0.08);
        let of = |of, prediction, base, reasons| Sentence::WhyScore {
            of,
            prediction,
            base,
            reasons,
        };
        let high = of(
            WhyOf::Leaving,
            0.824,
            0.266,
            vec![contract(), days(), older()],
        );
        assert_eq!(
            sentence(Lang::En, &high),
            "82% likely to leave, against 27% on average. Mostly because Contract is Month-to-month \
             (+23 points), active days is 3, usually 14 (+11); against it, tenure is 60 (-8)."
        );
        assert_eq!(
            sentence(Lang::Zh, &high),
            "流失可能性 82%，平均为 27%。主要因为Contract为 Month-to-month（+23 个百分点）、active days为 3，通常为 \
             14（+11）；相反的因素：tenure为 60（-8）。"
        );
        let low = of(WhyOf::Leaving, 0.04, 0.266, vec![older()]);
        assert_eq!(
            sentence(Lang::En, &low),
            "4% likely to leave, against 27% on average. It is low mostly because tenure is 60 (-8 points)."
        );
        let label = "Premium".to_owned();
        let class = of(WhyOf::Class { label }, 0.3, 0.3, vec![]);
        assert_eq!(
            sentence(Lang::En, &class),
            "30% likely to be “Premium”, against 30% on average. No single column stands out."
        );
        let column = "spend".to_owned();
        let unknown = why("region", Cell::Missing, None, 12.5);
        let number = of(WhyOf::Number { column }, 120.0, 100.0, vec![unknown]);
        assert_eq!(
            sentence(Lang::En, &number),
            "spend is predicted to be 120, against 100 on average. Mostly because region is not known (+12.5)."
        );
    }

    #[test]
    fn changes_read_as_a_sentence() {
        let change = |from: Cell| Changed {
            column: "Contract".to_owned(),
            from,
            to: "One year".into(),
        };
        let said = Sentence::WouldChange {
            changes: vec![change("Month-to-month".into()), change(Cell::Missing)],
            before: 0.82,
            after: 0.314,
            is_share: true,
        };
        assert_eq!(
            sentence(Lang::En, &said),
            "With Contract at One year (now Month-to-month), Contract at One year (now not known): 31% \
             instead of 82%."
        );
        let none = Sentence::NothingWouldChange {
            limit: 0.5,
            is_share: true,
        };
        assert!(sentence(Lang::En, &none).ends_with("past 50%."));
        assert!(sentence(Lang::Zh, &none).contains("50%"));
    }
}
