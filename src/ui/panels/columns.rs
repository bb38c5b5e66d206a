//! The table of columns.
use super::start::blocked;
use crate::{
    base::{ColumnKind, ColumnProfile, DatasetProfile, Format},
    ui::{
        i18n::{Arg, Style, count, date, date_time, fill, kind, number},
        parts::{Choice, follow, lower, pick, spark},
        plain,
        state::Ui,
    },
};
use leptos::prelude::*;
use std::time::Duration;

/// Above this many columns a search field helps.
const MANY: usize = 12;

/// Rows drawn at a time: a wide table must not hold the page up.
const PIECE: usize = 6;

/// Draws one piece more with every turn of the page, until all are there.
fn grow(n_shown: RwSignal<usize>, n_pieces: usize) {
    let next = move || {
        let now = n_shown.try_update(|n| {
            *n += 1;
            *n
        });
        if now.is_some_and(|n| n < n_pieces) {
            grow(n_shown, n_pieces);
        }
    };
    if n_pieces > 1 {
        set_timeout(next, Duration::ZERO);
    }
}

/// Card with one row per column; what does not fit a narrow place stands in the row's detail.
pub fn columns(ui: Ui, profile: &DatasetProfile) -> AnyView {
    let t = ui.lang.texts();
    let wanted = RwSignal::new(String::new());
    let names: Vec<String> = profile
        .columns
        .iter()
        .map(|c| lower(&c.field.name))
        .collect();
    let search = (names.len() > MANY).then(|| {
        view! {
            <input type="search" class="find" aria-label=t.filter_columns placeholder=t.filter_columns
                on:input=move |e| wanted.set(lower(&event_target_value(&e)))/>
        }.into_any()
    });
    let none = move || {
        let wanted = wanted.get();
        (!names.iter().any(|n| n.contains(&wanted)))
            .then(|| view! { <p class="small" role="status">{t.no_columns_match}</p> }.into_any())
    };
    let n_rows = profile.n_rows;
    let n_pieces = profile.columns.len().div_ceil(PIECE);
    let n_shown = RwSignal::new(1_usize);
    grow(n_shown, n_pieces);
    let rows = profile
        .columns
        .chunks(PIECE)
        .enumerate()
        .map(|(k, piece)| {
            let piece = piece.to_vec();
            let due = Memo::new(move |_| n_shown.get() > k);
            follow(move || {
                let rows = || {
                    piece
                        .iter()
                        .map(|c| row(ui, c, n_rows, wanted))
                        .collect_view()
                };
                due.get().then(|| rows().into_any())
            })
        })
        .collect_view();
    let busy = move || (n_shown.get() < n_pieces).then(|| "true".to_owned());
    let why = move || {
        if ui.view.host.with(|h| h.locks("kinds")) {
            t.locked_note
        } else {
            t.columns_why
        }
    };
    view! {
        <section class="card columns" part="card columns">
            <div class="head"><h2>{t.columns_title}</h2>{search}</div>
            <p class="why">{why}</p>
            <table aria-busy=busy>
                <caption class="hidden">{t.columns_title}</caption>
                <thead><tr>
                    <th scope="col">{t.col_name}</th>
                    <th scope="col">{t.col_kind}</th>
                    <th scope="col" class="n opt">{t.col_missing}</th>
                    <th scope="col" class="n opt">{t.col_distinct}</th>
                    <th scope="col" class="opt">{t.col_range}</th>
                    <th scope="col" class="opt">{t.col_spread}</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
            {move || none()}
        </section>
    }
    .into_any()
}

/// Writes a value of the column: as date where it is one, with the currency it was written in.
fn value(ui: Ui, column: &ColumnProfile, v: f64) -> String {
    match (column.field.kind, &column.field.format) {
        (ColumnKind::Date, _) => date(ui.lang, v),
        (ColumnKind::DateTime, _) => date_time(ui.lang, v),
        (ColumnKind::Bool, _) => number(ui.lang, v, Style::Percent),
        (_, Format::Number { percent: true, .. }) => number(ui.lang, v, Style::Percent1),
        (
            _,
            Format::Number {
                currency: Some(sign),
                ..
            },
        ) => format!("{sign}\u{a0}{}", number(ui.lang, v, Style::Short)),
        _ => number(ui.lang, v, Style::Short),
    }
}

fn typical(ui: Ui, column: &ColumnProfile) -> String {
    match &column.numbers {
        Some(n) if column.field.kind != ColumnKind::Bool => format!(
            "{} – {}",
            value(ui, column, n.min),
            value(ui, column, n.max)
        ),
        _ => column
            .top
            .iter()
            .take(3)
            .map(|b| b.label.as_str())
            .collect::<Vec<_>>()
            .join(ui.lang.texts().list_and),
    }
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn missing(ui: Ui, column: &ColumnProfile, n_rows: u64) -> String {
    if column.n_missing == 0 {
        "0".to_owned()
    } else {
        number(ui.lang, share(column.n_missing, n_rows), Style::Percent1)
    }
}

fn row(ui: Ui, column: &ColumnProfile, n_rows: u64, wanted: RwSignal<String>) -> AnyView {
    let t = ui.lang.texts();
    let name = column.field.name.clone();
    let low = lower(&name);
    let hidden = move || !wanted.with(|w| low.contains(w.as_str()));
    let choices = ColumnKind::ALL
        .into_iter()
        .map(|k| Choice::new(k.id(), kind(ui.lang, k)))
        .collect();
    let id = column.field.kind.id().to_owned();
    // Follows the dataset, so that a kind that was refused shows as it was.
    let now = Signal::derive(move || {
        ui.data.loaded.track();
        id.clone()
    });
    let off = blocked(ui);
    let fixed = Signal::derive(move || off.get() || ui.view.host.with(|h| h.locks("kinds")));
    let change = {
        let name = name.clone();
        move |id: String| {
            if let Some(kind) = ColumnKind::from_id(&id) {
                leptos::task::spawn_local(ui.act.set_kind(name.clone(), kind));
            }
        }
    };
    let label = fill(ui.lang, t.kind_of, &[("column", Arg::Text(&name))]);
    view! {
        <tr hidden=hidden>
            <th scope="row"><details><summary>{name}</summary>{detail(ui, column, n_rows)}</details></th>
            <td class="kind">{pick(Some(label), choices, now, fixed, change)}</td>
            <td class="n opt">{missing(ui, column, n_rows)}</td>
            <td class="n opt">{count(ui.lang, column.n_distinct)}</td>
            <td class="opt typical">{typical(ui, column)}</td>
            <td class="opt">{spark(column)}</td>
        </tr>
    }
    .into_any()
}

fn detail(ui: Ui, column: &ColumnProfile, n_rows: u64) -> AnyView {
    let t = ui.lang.texts();
    let mut facts = vec![
        (t.col_missing, missing(ui, column, n_rows)),
        (t.col_distinct, count(ui.lang, column.n_distinct)),
    ];
    if let Some(n) = &column.numbers
        && column.field.kind != ColumnKind::Bool
    {
        let sd = match column.field.kind {
            ColumnKind::Date | ColumnKind::DateTime => None,
            _ => Some((t.col_sd, value(ui, column, n.sd))),
        };
        facts.extend([
            (t.col_min, value(ui, column, n.min)),
            (t.col_mean, value(ui, column, n.mean)),
            (t.col_median, value(ui, column, n.median)),
            (t.col_max, value(ui, column, n.max)),
        ]);
        facts.extend(sd);
    }
    let facts = facts
        .into_iter()
        .map(|(head, fact)| view! { <div><dt>{head}</dt><dd>{fact}</dd></div> }.into_any())
        .collect_view();
    let levels = (!column.top.is_empty()).then(|| {
        let items = column
            .top
            .iter()
            .map(|bar| {
                let share = share(bar.count, n_rows);
                let text = number(ui.lang, share, Style::Percent1);
                view! {
                    <li><span class="level">{bar.label.clone()}</span>
                        <meter min="0" max="1" value=plain(share) aria-label=bar.label.clone()></meter>
                        <span class="n">{text}</span></li>
                }.into_any()
            })
            .collect_view();
        view! { <p class="small">{t.col_top}</p><ul class="levels">{items}</ul> }.into_any()
    });
    view! { <div class="detail"><dl>{facts}</dl>{levels}{spark(column)}</div> }.into_any()
}
