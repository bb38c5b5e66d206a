//! A table of a report.
use crate::report::{Cells, ReportTable};
use crate::ui::plain;
use leptos::prelude::*;
use std::sync::Arc;

/// How a column of a report is shown.
#[derive(Clone)]
pub struct Col {
    /// Key in the report.
    pub key: String,
    /// Head.
    pub head: String,
    /// Writes a number.
    pub number: Arc<dyn Fn(f64) -> String + Send + Sync>,
    /// Writes a text.
    pub text: Arc<dyn Fn(&str) -> String + Send + Sync>,
    /// Left out where there is little room.
    pub optional: bool,
}

impl Col {
    /// Text as it is.
    pub fn text(key: impl Into<String>, head: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            head: head.into(),
            number: Arc::new(plain),
            text: Arc::new(str::to_owned),
            optional: false,
        }
    }

    /// Numbers, written by `number`.
    pub fn number(
        key: impl Into<String>,
        head: impl Into<String>,
        number: impl Fn(f64) -> String + Send + Sync + 'static,
    ) -> Self {
        Self {
            number: Arc::new(number),
            ..Self::text(key, head)
        }
    }

    /// Translated text.
    pub fn named(mut self, text: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.text = Arc::new(text);
        self
    }

    /// Less important.
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

/// Draws the columns that the table has, in the order given. `best` marks the first row.
pub fn data_table(table: &ReportTable, columns: &[Col], caption: String, best: bool) -> AnyView {
    let shown: Vec<(&Col, &Cells)> = columns
        .iter()
        .filter_map(|c| Some((c, table.column(&c.key)?)))
        .collect();
    let class = |col: &Col, cells: &Cells| {
        let number = matches!(cells, Cells::Number(_));
        match (number, col.optional) {
            (true, true) => "n opt",
            (true, false) => "n",
            (false, true) => "opt",
            (false, false) => "",
        }
    };
    let heads = shown
        .iter()
        .map(|(col, cells)| {
            view! { <th scope="col" class=class(col, cells)>{col.head.clone()}</th> }.into_any()
        })
        .collect_view();
    let cell = |col: &Col, cells: &Cells, i: usize| match cells {
        Cells::Number(v) => v.get(i).filter(|v| v.is_finite()).map(|v| (col.number)(*v)),
        Cells::Text(v) => v.get(i).and_then(Option::as_deref).map(|s| (col.text)(s)),
    };
    let rows = (0..table.n_rows())
        .map(|i| {
            let cells = shown
                .iter()
                .enumerate()
                .map(|(j, (col, cells))| {
                    let text = cell(col, cells, i).unwrap_or_else(|| "–".to_owned());
                    if j == 0 {
                        view! { <th scope="row" class=class(col, cells)>{text}</th> }.into_any()
                    } else {
                        view! { <td class=class(col, cells)>{text}</td> }.into_any()
                    }
                })
                .collect_view();
            view! { <tr class:best=best && i == 0>{cells}</tr> }.into_any()
        })
        .collect_view();
    let label = caption.clone();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=label>
            <table>
                <caption class="hidden">{caption}</caption>
                <thead><tr>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
