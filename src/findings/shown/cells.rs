//! Heads and cells of a report's tables in the reader's language, and the tables as CSV.
use crate::{
    base::Role,
    charts::Grid,
    report::{Cells, ReportTable},
    ui::{
        i18n::{
            Arg, Lang, Style, action, fill, head, learner, metric, number, option, param, role,
            segment, transform,
        },
        plain,
    },
};

/// A time as people say it.
pub(in crate::findings) fn duration(lang: Lang, ms: f64) -> String {
    let t = lang.texts();
    let (n, template) = if ms < 1000.0 {
        (number(lang, ms.round(), Style::Count), t.milliseconds)
    } else {
        (number(lang, ms / 1000.0, Style::Short), t.seconds)
    };
    fill(lang, template, &[("n", Arg::Text(&n))])
}

/// `C=1, penalty=l1` in words. What is switched off is not worth reading.
fn settings(lang: Lang, text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    for part in text.split(", ") {
        match (part.split_once('='), out.last_mut()) {
            (Some((_, "none")), _) => {}
            (Some((name, value)), _) => {
                out.push(format!(
                    "{} {}",
                    param(lang, name),
                    option(lang, name, value)
                ));
            }
            // The rest of a list.
            (None, Some(last)) => *last = format!("{last} {part}"),
            (None, None) => out.push(part.to_owned()),
        }
    }
    out.join(" · ")
}

/// Head of a column: its own name, a metric's, or that of a metric on folds or on the test part.
pub(in crate::findings) fn column_head(lang: Lang, key: &str) -> String {
    let named = head(lang, key);
    if named != key {
        return named.to_owned();
    }
    if let Some(class) = key.strip_prefix("probability:") {
        return format!("{} · {class}", head(lang, "probability"));
    }
    let t = lang.texts();
    let ends = [
        ("_mean", ""),
        ("_sd", "sd"),
        ("_low", "low"),
        ("_high", "high"),
    ];
    let of_folds = key.strip_prefix("cv_").and_then(|rest| {
        let found = |(end, name)| rest.strip_suffix(end).map(|score| (score, name));
        ends.into_iter().find_map(found)
    });
    if let Some((score, end)) = of_folds {
        let end = if end.is_empty() { "" } else { head(lang, end) };
        let text = format!("{} · {} {end}", metric(lang, score), t.col_cv);
        return text.trim_end().to_owned();
    }
    match key.strip_prefix("test_") {
        Some(score) => format!("{} · {}", metric(lang, score), t.col_test),
        None => metric(lang, key).to_owned(),
    }
}

/// A number in a column.
pub(in crate::findings) fn number_cell(lang: Lang, key: &str, v: f64) -> String {
    match key {
        "ms" | "fit_ms" => duration(lang, v),
        "rows" | "n_rows" | "rank" | "round" | "n_folds" | "support" => {
            number(lang, v, Style::Count)
        }
        "p_value" if v < 0.001 => format!("< {}", number(lang, 0.001, Style::Score)),
        "step" | "value" | "at_risk" | "expected_gain" | "psi" | "lift" | "edge" | "threshold" => {
            number(lang, v, Style::Short)
        }
        "share" | "value_share" => number(lang, v, Style::Percent1),
        "value_mean" | "target_mean" | "in_segment" | "elsewhere" | "bic" | "inertia" => {
            number(lang, v, Style::Short)
        }
        "n" | "positives" | "decile" | "health" | "count" | "k" | "r" | "f" | "m" => {
            number(lang, v, Style::Count)
        }
        "probability" => number(lang, v, Style::Percent1),
        _ if key.starts_with("probability:") => number(lang, v, Style::Percent1),
        // Sums of money and the like have no use for decimals.
        _ if v.abs() >= 1000.0 => number(lang, v, Style::Short),
        _ => number(lang, v, Style::Score),
    }
}

/// A text in a column.
pub(in crate::findings) fn text_cell(lang: Lang, key: &str, cell: &str) -> String {
    match key {
        "learner" => learner(lang, cell).to_owned(),
        "params" => settings(lang, cell),
        "action" => action(lang, cell).to_owned(),
        "metric" => metric(lang, cell).to_owned(),
        "segment" => segment(lang, cell),
        "picked_by" => {
            let all: Vec<&str> = cell.split(", ").map(|k| metric(lang, k)).collect();
            all.join(", ")
        }
        "verdict" | "kept" | "reason" | "part" | "effect_kind" => {
            option(lang, key, cell).to_owned()
        }
        _ => cell.to_owned(),
    }
}

/// An item of a model card.
fn item(lang: Lang, id: &str) -> String {
    let known = |id| match option(lang, "item", id) {
        name if name == id => metric(lang, id).to_owned(),
        name => name.to_owned(),
    };
    let Some((kind, rest)) = id.split_once(':') else {
        return known(id);
    };
    match kind {
        "role" => Role::from_id(rest).map_or_else(|| id.to_owned(), |r| role(lang, r).to_owned()),
        "leak" => option(lang, "reason", rest).to_owned(),
        _ => format!("{} · {}", known(kind), metric(lang, rest)),
    }
}

/// What a model card says of an item.
fn value(lang: Lang, item: &str, text: &str) -> String {
    match item {
        "learner" => learner(lang, text).to_owned(),
        "params" => settings(lang, text),
        "analysis" => match text {
            "churn" => lang.texts().step_churn.to_owned(),
            "behaviour" => lang.texts().step_behaviour.to_owned(),
            other => other.to_owned(),
        },
        "intended_use" => option(lang, item, text).to_owned(),
        "split" => match text.split_once(": ") {
            Some((way, column)) => format!("{} ({column})", option(lang, item, way)),
            None => option(lang, item, text).to_owned(),
        },
        "preparation" => {
            let steps = text.split(", ").map(|step| transform(lang, step));
            steps.collect::<Vec<_>>().join(" · ")
        }
        _ => text.to_owned(),
    }
}

/// A reason as a person reads it: column, cell, points.
pub(in crate::findings) fn reason(
    lang: Lang,
    column: &str,
    cell: Option<&str>,
    points: f64,
) -> String {
    let signed = number(lang, points * 100.0, Style::Count);
    let plus = if points > 0.0 { "+" } else { "" };
    let value = cell.unwrap_or(lang.texts().value_missing);
    let args = [
        ("column", Arg::Text(column)),
        ("value", Arg::Text(value)),
        ("points", Arg::Text(&signed)),
        ("plus", Arg::Text(plus)),
    ];
    fill(lang, "{column}: {value} {plus}{points}", &args)
}

/// The list with each reason in one cell; beside each other they would be three.
fn with_reasons(lang: Lang, table: &ReportTable) -> ReportTable {
    let told = |k: u8| -> Option<Vec<Option<String>>> {
        let (Cells::Text(column), Cells::Text(cell), Cells::Number(points)) = (
            table.column(&format!("reason_{k}"))?,
            table.column(&format!("value_{k}"))?,
            table.column(&format!("points_{k}"))?,
        ) else {
            return None;
        };
        let pairs = column.iter().zip(cell).zip(points);
        let one = |((column, cell), points): ((&Option<String>, &Option<String>), &f64)| {
            let column = column.as_deref()?;
            Some(reason(lang, column, cell.as_deref(), *points))
        };
        Some(pairs.map(one).collect())
    };
    let mut out = table.clone();
    for (k, told) in [(1, told(1)), (2, told(2))] {
        let Some(told) = told else { continue };
        let own = |key: &str| key == format!("value_{k}") || key == format!("points_{k}");
        out.columns.retain(|c| !own(&c.key));
        for c in &mut out.columns {
            if c.key == format!("reason_{k}") {
                c.cells = Cells::Text(told.clone());
            }
        }
    }
    out
}

/// A table whose cells are words of each other, such as the model card, put in the reader's language.
pub(in crate::findings) fn worded(lang: Lang, key: &str, table: &ReportTable) -> ReportTable {
    if key == "actions" {
        return with_reasons(lang, table);
    }
    if key != "model_card" {
        return table.clone();
    }
    let (Some(Cells::Text(sections)), Some(Cells::Text(items)), Some(Cells::Text(values))) = (
        table.column("section"),
        table.column("item"),
        table.column("value"),
    ) else {
        return table.clone();
    };
    let text = |cell: &Option<String>| cell.clone().unwrap_or_default();
    let in_words =
        |(id, said): (&Option<String>, &Option<String>)| value(lang, &text(id), &text(said));
    ReportTable::default()
        .text(
            "section",
            sections
                .iter()
                .map(|s| option(lang, "section", &text(s)).to_owned())
                .collect::<Vec<String>>(),
        )
        .text(
            "item",
            items
                .iter()
                .map(|i| item(lang, &text(i)))
                .collect::<Vec<String>>(),
        )
        .text(
            "value",
            items
                .iter()
                .zip(values)
                .map(in_words)
                .collect::<Vec<String>>(),
        )
}

/// A whole table as CSV: stable keys as heads, numbers in full precision, formulas defused.
pub(in crate::findings) fn to_csv(table: &ReportTable) -> String {
    let cell = |cells: &Cells, i: usize| match cells {
        Cells::Number(v) => v.get(i).filter(|v| v.is_finite()).map(|v| plain(*v)),
        Cells::Text(v) => v.get(i).cloned().flatten(),
    };
    let row = |i| {
        let cells = table.columns.iter().map(|c| cell(&c.cells, i));
        cells.map(Option::unwrap_or_default).collect()
    };
    Grid {
        columns: table.columns.iter().map(|c| c.key.clone()).collect(),
        rows: (0..table.n_rows()).map(row).collect(),
    }
    .to_csv()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_name_metrics_wherever_they_were_measured() {
        let en = |key| column_head(Lang::En, key);
        assert_eq!(en("cv_roc_auc_mean"), "ROC-AUC · Cross-validation");
        assert_eq!(en("test_roc_auc"), "ROC-AUC · Test");
        assert_eq!(en("learner"), "Model");
        assert_eq!(en("__proto__"), "__proto__");
        assert!(column_head(Lang::Zh, "cv_roc_auc_low").contains("95%"));
    }

    #[test]
    fn a_model_card_is_in_words() {
        let card = ReportTable::default()
            .text("section", vec!["model", "data", "limits"])
            .text("item", vec!["learner", "role:target", "leak:filled"])
            .text("value", vec!["logistic", "Churn", "closed_on"]);
        let text = to_csv(&worded(Lang::En, "model_card", &card));
        assert!(text.contains("Model,Model,Logistic regression"), "{text}");
        assert!(text.contains("Limits,Filled in for one outcome only,closed_on"));
        assert_eq!(worded(Lang::Zh, "actions", &card), card);
        assert_ne!(worded(Lang::Zh, "model_card", &card), card);
    }

    #[test]
    fn a_reason_is_one_cell() {
        let list = ReportTable::default()
            .text("id", vec!["a", "b"])
            .optional_text("reason_1", vec![Some("plan".into()), None])
            .number("points_1", vec![0.104, f64::NAN])
            .optional_text("value_1", vec![Some("free".into()), None]);
        let it = worded(Lang::En, "actions", &list);
        assert_eq!(to_csv(&it), "id,reason_1\r\na,plan: free +10\r\nb,\r\n");
    }

    #[test]
    fn csv_is_whole_and_defused() {
        let table = ReportTable::default()
            .optional_text("id", vec![Some("=1+1".into()), None])
            .number("p", vec![2.5e-7, f64::NAN]);
        assert_eq!(to_csv(&table), "id,p\r\n\"'=1+1\",0.00000025\r\n,\r\n");
    }
}
