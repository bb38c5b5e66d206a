//! The manager's overview: what is at risk, who first, each number a way to its list.
use super::{
    costs, health,
    money::{is_money, money},
    refusal,
    rows::{self, Lines},
};
use crate::{
    base::Query,
    findings::{Pane, book::Book},
    protocol::{
        DeskAnswer,
        desk::{Ask, Band, BookCard, Overview, Window},
    },
    ui::{
        i18n::{Arg, Lang, Style, count, fill, number},
        parts::{button, follow, opening, warning_list},
        plain,
    },
};
use leptos::prelude::*;

/// Customers shown at once.
const FIRST: u32 = 5;

fn between(lang: Lang, (low, high): (f64, f64), write: fn(Lang, f64) -> String) -> String {
    let (low, high) = (write(lang, low), write(lang, high));
    let args = [("low", Arg::Text(&low)), ("high", Arg::Text(&high))];
    fill(lang, lang.texts().from_to, &args)
}

fn tally(lang: Lang, v: f64) -> String {
    number(lang, v, Style::Count)
}

/// Opens the list with that query.
fn list(pane: Pane, book: Book, query: Query) {
    book.open.set(None);
    book.query.set(query);
    pane.go("actions");
}

fn over_query(card: &BookCard) -> Query {
    let filter = crate::base::Filter {
        key: crate::base::Key::Probability,
        op: crate::base::Op::Range {
            min: Some(card.threshold),
            max: None,
        },
    };
    Query {
        filters: vec![filter],
        ..Query::default()
    }
}

fn title(pane: Pane, o: &Overview) -> String {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let at_risk = money(lang, o.over.at_risk);
    let args = [("n", Arg::Count(o.over.n)), ("money", Arg::Text(&at_risk))];
    if is_money(&o.listed) {
        fill(lang, t.overview_title, &args)
    } else {
        fill(lang, t.overview_title_plain, &args)
    }
}

fn strip(pane: Pane, book: Book, o: &Overview, card: &BookCard) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let cell = |label: &'static str, value: String, small: String, query: Query| {
        let open = move |_| list(pane, book, query.clone());
        view! {
            <div><dt class="label">{label}</dt>
                <dd><button type="button" class="num go" title=t.overview_open on:click=open>{value}</button><span class="label">{small}</span></dd></div>
        }
        .into_any()
    };
    let share = |part: f64, of: f64| {
        let share = number(
            lang,
            if of > 0.0 { part / of } else { 0.0 },
            Style::Percent1,
        );
        fill(lang, t.share_of_all, &[("share", Arg::Text(&share))])
    };
    let expected = o.expected;
    let rate = number(
        lang,
        expected.0 / (o.listed.n.max(1) as f64),
        Style::Percent1,
    );
    let flagged = over_query(card);
    let worth = money(lang, o.worth_it.gain);
    let worth_args = [("n", Arg::Count(o.worth_it.n))];
    let first = if is_money(&o.listed) {
        cell(
            t.money_at_risk,
            money(lang, o.listed.at_risk),
            share(o.listed.at_risk, o.listed.value),
            Query::default(),
        )
    } else {
        cell(
            t.listed,
            count(lang, o.listed.n),
            String::new(),
            Query::default(),
        )
    };
    let range = between(lang, (expected.1, expected.2), tally);
    view! {
        <dl class="strip four" part="strip">
            {first}
            {cell(t.expected_leavers, tally(lang, expected.0), format!("{range} · {rate}"), Query::default())}
            {cell(t.over_threshold, count(lang, o.over.n), share(o.over.n as f64, o.listed.n as f64), flagged)}
            {cell(t.worth_it, worth, fill(lang, t.worth_it_n, &worth_args), Query::default())}
        </dl>
    }
    .into_any()
}

fn bands(pane: Pane, book: Book, o: &Overview) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let with_money = is_money(&o.listed);
    let size = |b: &Band| {
        if with_money {
            b.counts.at_risk
        } else {
            b.counts.n as f64
        }
    };
    let most = o.risk.iter().map(size).fold(0.0, f64::max);
    let row = |b: &Band| {
        let query = b.query.clone();
        let open = move |_| list(pane, book, query.clone());
        let range = between(lang, (b.from, b.to), |lang, v| {
            number(lang, v, Style::Percent)
        });
        let share = if most > 0.0 { size(b) / most } else { 0.0 };
        let at_risk = with_money.then(|| money(lang, b.counts.at_risk));
        view! {
            <tr on:click=open>
                <th scope="row"><button type="button" class="kept-link">{range}</button></th>
                <td class="n">{count(lang, b.counts.n)}</td>
                <td class="n">{at_risk}</td>
                <td class="bar"><meter min="0" max="1" value=plain(share) aria-hidden="true"></meter></td>
            </tr>
        }
        .into_any()
    };
    let rows = o.risk.iter().map(row).collect_view();
    let money_head = with_money.then_some(t.money_at_risk);
    view! {
        <section class="card w6" part="card"><h2>{t.risk_bands}</h2><p class="why">{t.risk_bands_why}</p>
            <table class="bands ways-in"><thead><tr><th scope="col">{t.col_probability}</th><th scope="col" class="n">{t.listed}</th><th scope="col" class="n">{money_head}</th><td></td></tr></thead>
            <tbody>{rows}</tbody></table>
        </section>
    }
    .into_any()
}

/// What the customers over the threshold have in common, in money.
fn causes(pane: Pane, book: Book, o: &Overview) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let Some(first) = o.causes.first() else {
        return ().into_any();
    };
    let with_money = is_money(&o.listed);
    let at_risk = money(lang, first.counts.at_risk);
    let args = [
        ("n", Arg::Count(first.counts.n)),
        ("money", Arg::Text(&at_risk)),
        ("column", Arg::Text(first.column.as_str())),
    ];
    let template = if with_money {
        t.causes_title
    } else {
        t.causes_title_plain
    };
    let most = first.counts.at_risk.max(1e-300);
    let rows = o.causes.iter().map(|c| {
        let query = c.query.clone();
        let open = move |_| list(pane, book, query.clone());
        let at_risk = with_money.then(|| money(lang, c.counts.at_risk));
        view! {
            <tr on:click=open>
                <th scope="row"><button type="button" class="kept-link open">{c.column.clone()}</button></th>
                <td class="n">{count(lang, c.counts.n)}</td><td class="n">{at_risk}</td>
                <td class="bar"><meter min="0" max="1" value=plain(c.counts.at_risk / most) aria-hidden="true"></meter></td>
            </tr>
        }
        .into_any()
    });
    let some = (o.explained.n < o.over.n).then(|| {
        let args = [
            ("n", Arg::Count(o.explained.n)),
            ("total", Arg::Count(o.over.n)),
        ];
        fill(lang, t.causes_some, &args)
    });
    view! {
        <section class="card w12" part="card"><h2>{fill(lang, template, &args)}</h2><p class="why">{t.causes_why}" "{some}</p>
            <table class="bands ways-in"><thead><tr><th scope="col">{t.col_name}</th><th scope="col" class="n">{t.listed}</th><th scope="col" class="n">{with_money.then_some(t.money_at_risk)}</th><td></td></tr></thead>
            <tbody>{rows.collect_view()}</tbody></table>
        </section>
    }
    .into_any()
}

/// The screen.
pub(super) fn overview(pane: Pane, book: Book) -> AnyView {
    let t = pane.lang.texts();
    let card = book.card();
    let o = book.answered(
        || Some(Ask::Overview),
        |answer| match answer {
            DeskAnswer::Overview(it) => Some(it),
            _ => None,
        },
    );
    let first = book.answered(
        || {
            Some(Ask::Rows {
                query: Query::default(),
                offset: 0,
                n: FIRST,
                n_reasons: 2,
            })
        },
        |answer| match answer {
            DeskAnswer::Rows(it) => Some(it),
            _ => None,
        },
    );
    let top = follow(move || {
        let (Some(o), Some(card)) = (o.get(), card.get()) else {
            return view! { <h1 tabindex="-1">{t.step_overview}</h1><p class="small" role="status">{t.working}</p> }.into_any();
        };
        let never = Signal::stored(false);
        let open = move || list(pane, book, Query::default());
        let acts = button(t.open_list, true, never, open);
        let threshold = number(pane.lang, card.threshold, Style::Percent1);
        let args = [
            ("threshold", Arg::Text(&threshold)),
            ("n", Arg::Count(o.listed.n)),
        ];
        let lede = fill(pane.lang, t.overview_lede, &args);
        view! {
            {opening(title(pane, &o), lede, acts)}
            {warning_list(pane.lang, t.warnings_title, &card.warnings)}
            {strip(pane, book, &o, &card)}
        }
        .into_any()
    });
    let cards = follow(move || {
        let o = o.get()?;
        let window: Window = first.get()?;
        let lines = Lines {
            with_money: is_money(&o.listed),
            with_health: !o.health.is_empty(),
            with_history: card.get_untracked().is_some_and(|c| c.has_history),
            first: 0,
        };
        let open = move |row| {
            book.open.set(Some(row));
            pane.go("actions");
        };
        Some(view! {
            <div class="grid">
                <section class="card w12" part="card"><h2>{t.call_first}</h2><p class="why">{t.call_first_why}</p>
                    {rows::table(pane, book, &window.rows, lines, open)}
                </section>
                {health::bands(pane, &o.health, &o.listed, move |query| list(pane, book, query))}
                {bands(pane, book, &o)}
                {causes(pane, book, &o)}
            </div>
        }.into_any())
    });
    view! { {refusal(pane, book)}{top}{costs::card(pane, book, card)}{health::card(pane, book)}{cards} }.into_any()
}
