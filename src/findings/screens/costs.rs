//! What a contact costs and brings: the controls of every list and curve of money.
use crate::{
    base::{ColumnKind, Value},
    findings::{Pane, book::Book, hosted},
    protocol::desk::BookCard,
    ui::{
        parts::{follow, parse_number},
        plain,
    },
};
use leptos::prelude::*;

/// A number with a name; empty is what holds by default.
fn number_field(
    book: Book,
    name: &'static str,
    label: &'static str,
    why: &'static str,
    scale: f64,
    max: f64,
) -> AnyView {
    let written = move || {
        book.cost(name)
            .map(|v| plain((v * scale * 1e6).round() / 1e6))
    };
    let set = move |e: leptos::ev::Event| {
        let text = event_target_value(&e);
        let number = parse_number(text.trim()).filter(|v| *v >= 0.0 && *v <= max);
        let value = number.map(|v| match name {
            "capacity" => Value::Int(v as i64),
            _ => Value::Float(v / scale),
        });
        book.set_cost(name, value);
    };
    view! {
        <label class="field" data-cost=name><span>{label}</span>
            <input type="number" min="0" max=plain(max) step="any" inputmode="decimal" prop:value=move || written().unwrap_or_default() on:change=set/>
            <span>{why}</span>
        </label>
    }
    .into_any()
}

/// What a customer is worth: a column, or the same for everybody.
fn value_field(pane: Pane, book: Book, columns: &[String]) -> AnyView {
    let t = pane.lang.texts();
    let chosen = Memo::new(move |_| {
        book.costs.with(|costs| match costs.get("value") {
            Some(Value::Text(column)) => column.clone(),
            Some(_) => "#".to_owned(),
            None => String::new(),
        })
    });
    let options = [
        (String::new(), t.cost_value_guess.to_owned()),
        ("#".to_owned(), t.cost_value_same.to_owned()),
    ];
    let columns = columns.iter().map(|c| (c.clone(), c.clone()));
    let options = options.into_iter().chain(columns).map(|(value, label)| {
        let mine = value.clone();
        view! { <option value=value selected=move || chosen.with(|c| *c == mine)>{label}</option> }
            .into_any()
    });
    let set = move |e: leptos::ev::Event| {
        let value = match event_target_value(&e).as_str() {
            "" => None,
            "#" => Some(Value::Float(book.cost("value").unwrap_or(1.0))),
            column => Some(Value::Text(column.to_owned())),
        };
        book.set_cost("value", value);
    };
    let amount = follow(move || {
        (chosen.get() == "#").then(|| number_field(book, "value", t.cost_amount, "", 1.0, 1e12))
    });
    view! {
        <label class="field" data-cost="value-of"><span>{t.cost_value}</span>
            <select on:change=set>{options.collect_view()}</select>
            <span>{t.cost_value_why}</span>
        </label>
        {amount}
    }
    .into_any()
}

/// All of them.
pub(super) fn controls(pane: Pane, book: Book, columns: &[String]) -> AnyView {
    let t = pane.lang.texts();
    view! {
        <div class="controls costs">
            {number_field(book, "contact", t.cost_contact, t.cost_contact_why, 1.0, 1e12)}
            {number_field(book, "success", t.cost_success, t.cost_success_why, 100.0, 100.0)}
            {value_field(pane, book, columns)}
            {number_field(book, "capacity", t.cost_capacity, t.cost_capacity_why, 1.0, 9e15)}
        </div>
    }
    .into_any()
}

/// Columns that can say what a customer is worth.
pub(super) fn worths(card: &BookCard) -> Vec<String> {
    let is_number = |kind| matches!(kind, ColumnKind::Float | ColumnKind::Int);
    let columns = card.columns.iter().filter(|c| is_number(c.kind));
    columns.map(|c| c.name.clone()).collect()
}

/// The controls in a card, folded until somebody wants them.
pub(super) fn card(pane: Pane, book: Book, of: RwSignal<Option<BookCard>>) -> AnyView {
    let t = pane.lang.texts();
    let locked = hosted::locks("costs");
    let note = locked.then(|| view! { <p class="small">{t.locked_note}</p> }.into_any());
    let columns = Memo::new(move |_| of.with(|c| c.as_ref().map(worths).unwrap_or_default()));
    view! {
        <details class="card settings" part="card">
            <summary>{t.costs_title}</summary>
            <p class="why">{t.costs_why}</p>
            <fieldset class="held" disabled=locked>{note}{follow(move || columns.with(|c| controls(pane, book, c)))}</fieldset>
        </details>
    }
    .into_any()
}
