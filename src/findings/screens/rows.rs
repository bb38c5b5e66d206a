//! Lines of customers.
use super::{
    health,
    money::{money, risk, trend},
    why::short,
};
use crate::{
    base::{ActionText, Mark},
    findings::{Pane, book::Book},
    protocol::desk::CustomerRow,
    ui::i18n::{Arg, action as action_name, fill},
};
use leptos::prelude::*;

/// How lines are drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines {
    /// Whether values are money.
    pub(super) with_money: bool,
    /// Whether the model has a health score.
    pub(super) with_health: bool,
    /// Whether customers have several rows, so that figures have moved.
    pub(super) with_history: bool,
    /// Customers before the first line, for who cannot see the whole.
    pub(super) first: u64,
}

/// The mark of a customer, as it is now.
pub(super) fn mark(book: Book, id: &str) -> Mark {
    let marks = book.marks.get_untracked();
    let mine = marks.into_iter().find(|m| m.id == id);
    mine.unwrap_or_else(|| Mark {
        id: id.to_owned(),
        ..Mark::default()
    })
}

/// The heads of the columns.
pub(super) fn head(pane: Pane, lines: Lines) -> AnyView {
    let t = pane.lang.texts();
    let money = lines.with_money.then(|| {
        view! { <th scope="col" class="n opt">{t.worth}</th><th scope="col" class="n">{t.money_at_risk}</th> }.into_any()
    });
    let class = if lines.with_history {
        "health moves"
    } else {
        "health"
    };
    let health = lines
        .with_health
        .then(|| view! { <th scope="col" class=class>{t.health}</th> }.into_any());
    view! {
        <thead><tr>
            <th scope="col">{t.customer}</th><th scope="col">{t.risk}</th>{health}{money}
            <th scope="col" class="n">{t.gain}</th><th scope="col" class="opt wide">{t.reasons}</th><th scope="col" class="opt">{t.next_step}</th><th scope="col">{t.done}</th>
        </tr></thead>
    }
    .into_any()
}

/// One line.
pub(super) fn line(
    pane: Pane,
    book: Book,
    customer: &CustomerRow,
    at: u64,
    lines: Lines,
    open: impl Fn(u64) + 'static,
) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let row = customer.row;
    let now = customer.mark.clone().unwrap_or_default();
    let held = (now.held_out == Some(true))
        .then(|| view! { <span class="pill">{t.kept_back}</span> }.into_any());
    let amounts = lines.with_money.then(|| {
        let worth = customer.value.map(|v| money(lang, v));
        view! {
            <td class="n opt">{worth.unwrap_or_else(|| "–".to_owned())}</td>
            <td class="n">{money(lang, customer.at_risk)}</td>
        }
        .into_any()
    });
    let health = lines
        .with_health
        .then(|| view! { <td class="health">{health::cell(pane, customer)}</td> }.into_any());
    let gain = money(lang, customer.gain);
    let (id, name) = (customer.id.clone(), customer.id.clone());
    let label = fill(lang, t.done_of, &[("name", Arg::Text(&name))]);
    let tick = move |e: leptos::ev::Event| {
        let mut changed = mark(book, &id);
        changed.done = event_target_checked(&e);
        book.note(vec![changed]);
    };
    let reasons = customer
        .reasons
        .iter()
        .map(|w| short(pane, w))
        .collect_view();
    let next = now.action.clone().or_else(|| {
        let action = customer.action.as_ref()?;
        Some(match action {
            ActionText::Known(id) => action_name(lang, id).to_owned(),
            ActionText::Own(text) => text.clone(),
        })
    });
    let class = if now.done { "is-done" } else { "" };
    view! {
        <tr class=class aria-rowindex=(at + 2).to_string()>
            <th scope="row"><button type="button" class="kept-link open" on:click=move |_| open(row)>{name.clone()}</button>{held}</th>
            <td>{risk(pane, customer)}{trend(pane, customer)}</td>
            {health}{amounts}
            <td class="n">{gain}</td>
            <td class="opt reasons">{reasons}</td>
            <td class="opt">{next}<span class="label owner">{now.owner.clone()}</span></td>
            <td><input type="checkbox" aria-label=label prop:checked=now.done on:change=tick/></td>
        </tr>
    }
    .into_any()
}

/// A whole table of few lines.
pub(super) fn table(
    pane: Pane,
    book: Book,
    rows: &[CustomerRow],
    lines: Lines,
    open: impl Fn(u64) + Copy + 'static,
) -> AnyView {
    let body = rows
        .iter()
        .zip(lines.first..)
        .map(|(c, i)| line(pane, book, c, i, lines, open));
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=pane.lang.texts().customers>
            <table class="customers">{head(pane, lines)}<tbody>{body.collect_view()}</tbody></table>
        </div>
    }
    .into_any()
}
