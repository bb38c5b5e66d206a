//! The page of one customer: what is known, the score, similar customers; what another cell would change is in `what_if`.
use super::{
    health,
    money::{money, risk, trend},
    rows::mark,
    what_if::what_if,
    why,
};
use crate::{
    findings::{Pane, book::Book},
    protocol::{
        DeskAnswer,
        desk::{Ask, BookCard, CustomerPage},
    },
    ui::{
        i18n::{Arg, Style, fill, number},
        parts::{button, follow, opening},
    },
};
use leptos::prelude::*;

/// Similar customers shown.
const N_SIMILAR: u32 = 6;

fn fields(pane: Pane, page: &CustomerPage) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let none = || "–".to_owned();
    let row = |used: bool| {
        page.fields
            .iter()
            .filter(|f| f.is_used == used)
            .map(|f| {
                let text = f.text.clone().unwrap_or_else(none);
                let share = f.share.map(|s| {
                    let share = number(lang, s, Style::Percent);
                    let is_order = f.number.is_some();
                    let template = if is_order { t.share_above } else { t.share_alike };
                    fill(lang, template, &[("share", Arg::Text(&share))])
                });
                view! {
                    <tr><th scope="row">{f.name.clone()}</th><td>{text}</td><td class="opt">{f.typical.clone().unwrap_or_else(none)}</td><td class="n opt">{share}</td></tr>
                }
                .into_any()
            })
            .collect_view()
    };
    view! {
        <section class="card w7" part="card"><h2>{t.customer_fields}</h2><p class="why">{t.customer_fields_why}</p>
            <div class="scroll" tabindex="0" role="region" aria-label=t.customer_fields>
                <table><thead><tr><th scope="col">{t.col_name}</th><th scope="col">{t.customer_value}</th><th scope="col" class="opt">{t.customer_typical}</th><th scope="col" class="n opt">{t.customer_share}</th></tr></thead>
                <tbody>{row(true)}{row(false)}</tbody></table>
            </div>
        </section>
    }
    .into_any()
}

fn similar(pane: Pane, book: Book, page: &CustomerPage) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    if page.similar.is_empty() {
        return ().into_any();
    }
    let (happened, known) = page.similar_outcomes;
    let args = [("n", Arg::Count(happened)), ("total", Arg::Count(known))];
    let title = if known > 0 {
        fill(lang, t.similar_title, &args)
    } else {
        t.similar_plain.to_owned()
    };
    let rows = page.similar.iter().map(|s| {
        let row = s.row;
        let differs = s.differences.iter().map(|(name, cell)| {
            format!("{name}: {}", cell.as_deref().unwrap_or("–"))
        });
        let differs = differs.collect::<Vec<_>>().join(" · ");
        let outcome = s.outcome.clone().unwrap_or_else(|| "–".to_owned());
        view! {
            <tr><th scope="row"><button type="button" class="kept-link open" on:click=move |_| book.open.set(Some(row))>{s.id.clone()}</button></th>
                <td class="n">{number(lang, s.probability, Style::Percent)}</td><td>{outcome}</td><td class="opt small">{differs}</td></tr>
        }
        .into_any()
    });
    view! {
        <section class="card w12" part="card"><h2>{title}</h2><p class="why">{t.similar_why}</p>
            <div class="scroll" tabindex="0" role="region" aria-label=t.similar_plain>
                <table><thead><tr><th scope="col">{t.customer}</th><th scope="col" class="n">{t.risk}</th><th scope="col">{t.outcome}</th><th scope="col" class="opt">{t.differs}</th></tr></thead>
                <tbody>{rows.collect_view()}</tbody></table>
            </div>
        </section>
    }
    .into_any()
}

fn history(pane: Pane, page: &CustomerPage) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    if page.history.len() < 2 {
        return ().into_any();
    }
    let rows = page.history.iter().rev().map(|s| {
        let when = s.date.clone().unwrap_or_else(|| s.row.to_string());
        let changes = s.changes.iter().map(|(name, from, to)| {
            let cell = |c: &Option<String>| c.clone().unwrap_or_else(|| "–".to_owned());
            format!("{name}: {} → {}", cell(from), cell(to))
        });
        let changes = changes.collect::<Vec<_>>().join(" · ");
        let health = s.health.map(|h| {
            view! { <td class="n">{number(lang, h, Style::Count)}</td> }.into_any()
        });
        view! { <tr><th scope="row">{when}</th><td class="n">{number(lang, s.probability, Style::Percent)}</td>{health}<td class="small">{changes}</td></tr> }.into_any()
    });
    let head = page
        .customer
        .health
        .map(|_| view! { <th scope="col" class="n">{t.health}</th> }.into_any());
    view! {
        <section class="card w12" part="card"><h2>{t.history_title}</h2>
            <div class="scroll" tabindex="0" role="region" aria-label=t.history_title>
                <table><thead><tr><th scope="col">{t.when}</th><th scope="col" class="n">{t.risk}</th>{head}<th scope="col">{t.changed}</th></tr></thead><tbody>{rows.collect_view()}</tbody></table>
            </div>
        </section>
    }
    .into_any()
}

/// Owner, note, done.
fn notes(pane: Pane, book: Book, id: &str) -> AnyView {
    let t = pane.lang.texts();
    let now = mark(book, id);
    let id = StoredValue::new(id.to_owned());
    let owner = move |e: leptos::ev::Event| {
        let mut changed = id.with_value(|id| mark(book, id));
        changed.owner = event_target_value(&e);
        book.note(vec![changed]);
    };
    let note = move |e: leptos::ev::Event| {
        let mut changed = id.with_value(|id| mark(book, id));
        changed.note = event_target_value(&e);
        book.note(vec![changed]);
    };
    let done = move |e: leptos::ev::Event| {
        let mut changed = id.with_value(|id| mark(book, id));
        changed.done = event_target_checked(&e);
        book.note(vec![changed]);
    };
    view! {
        <section class="card w5 notes" part="card"><h2>{t.notes_title}</h2>
            <label class="field"><span>{t.owner}</span><input type="text" prop:value=now.owner on:change=owner/></label>
            <label class="field"><span>{t.note}</span><textarea rows="3" prop:value=now.note on:change=note></textarea></label>
            <label class="check"><input type="checkbox" prop:checked=now.done on:change=done/><span>{t.done}</span></label>
        </section>
    }
    .into_any()
}

/// The page of the customer in `row`.
pub(super) fn customer(
    pane: Pane,
    book: Book,
    card: RwSignal<Option<BookCard>>,
    row: u64,
) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let page = book.answered(
        move || {
            Some(Ask::Customer {
                row,
                n_similar: N_SIMILAR,
                actionable: Vec::new(),
            })
        },
        |answer| match answer {
            DeskAnswer::Customer(it) => Some(*it),
            _ => None,
        },
    );
    let back = move || book.open.set(None);
    let never = Signal::stored(false);
    let top = follow(move || {
        let Some(page) = page.get() else {
            return view! { <p class="small" role="status">{t.working}</p> }.into_any();
        };
        let probability = number(lang, page.customer.probability, Style::Percent);
        let args = [
            ("name", Arg::Text(page.customer.id.as_str())),
            ("probability", Arg::Text(&probability)),
        ];
        let title = fill(lang, t.customer_title, &args);
        let rank = number(lang, page.percentile, Style::Percent);
        let lede = fill(lang, t.customer_lede, &[("share", Arg::Text(&rank))]);
        let health = page.customer.health.map(|_| {
            view! { <div data-fact="health"><dt>{t.health}</dt><dd>{health::cell(pane, &page.customer)}</dd></div> }.into_any()
        });
        let facts = [
            (t.worth, page.customer.value.map(|v| money(lang, v))),
            (t.money_at_risk, Some(money(lang, page.customer.at_risk))),
            (t.gain, Some(money(lang, page.customer.gain))),
            (t.outcome, page.outcome.clone()),
        ];
        let facts = facts.into_iter().filter_map(|(head, value)| {
            let value = value?;
            Some(view! { <div><dt>{head}</dt><dd>{value}</dd></div> }.into_any())
        });
        view! {
            {opening(title, lede, button(t.back_to_list, false, never, back))}
            <dl class="facts"><div><dt>{t.risk}</dt><dd>{risk(pane, &page.customer)}{trend(pane, &page.customer)}</dd></div>{health}{facts.collect_view()}</dl>
            {page.explanation.as_ref().map(|e| why::card(pane, e, page.customer.probability))}
            <div class="grid">
                {fields(pane, &page)}
                {notes(pane, book, &page.customer.id)}
                {health::parts(pane, &page)}
                {similar(pane, book, &page)}
                {history(pane, &page)}
            </div>
        }
        .into_any()
    });
    view! { <div class="customer">{top}{what_if(pane, book, card, row)}</div> }.into_any()
}
