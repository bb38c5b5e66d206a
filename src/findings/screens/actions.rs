//! The action list: customers in the order in which a contact is expected to save most.
//!
//! The engine holds the list; here is a window of it. What lies above and below is two empty rows, as high as the lines they
//! stand for, so a million customers scroll like twenty.
use super::{
    costs,
    customer::customer,
    export::{self, save_list},
    health,
    money::{is_money, money},
    playbook, refusal,
    rows::{self, Lines},
};
use crate::{
    base::{Costs, Filter, Key, Mark, Op},
    findings::{Pane, book::Book, hosted},
    protocol::{
        DeskAnswer,
        desk::{Ask, BookCard, Counts, Effect as Measured, Window},
    },
    ui::{
        i18n::{Arg, Style, count, fill, number},
        parts::{button, follow, opening, parse_number, warning_list},
        plain,
    },
};
use leptos::{html::Div, prelude::*};

/// Height of a line, in pixels; the style sheet knows it too.
const LINE_PX: f64 = 44.0;
/// Lines asked for at once.
const CHUNK: u64 = 60;
/// Browsers draw nothing much higher than 16 million pixels; longer lists scroll faster than their lines.
const MOST_PX: f64 = 12_000_000.0;

fn sort_id(key: &Key) -> &str {
    match key {
        Key::Probability => "#probability",
        Key::Value => "#value",
        Key::AtRisk => "#at_risk",
        Key::Trend => "#trend",
        Key::Health => "#health",
        Key::HealthTrend => "#health_trend",
        Key::Id => "#id",
        Key::Owner => "#owner",
        Key::Done => "#done",
        Key::Column(name) => name,
        _ => "#gain",
    }
}

fn sort_key(id: &str) -> Key {
    match id {
        "#probability" => Key::Probability,
        "#value" => Key::Value,
        "#at_risk" => Key::AtRisk,
        "#trend" => Key::Trend,
        "#health" => Key::Health,
        "#health_trend" => Key::HealthTrend,
        "#id" => Key::Id,
        "#owner" => Key::Owner,
        "#done" => Key::Done,
        "#gain" => Key::Gain,
        name => Key::Column(name.to_owned()),
    }
}

fn select(
    label: &'static str,
    options: Vec<(String, String)>,
    now: impl Fn() -> String + Copy + Send + Sync + 'static,
    set: impl Fn(String) + 'static,
) -> AnyView {
    let options = options.into_iter().map(|(value, label)| {
        let mine = value.clone();
        view! { <option value=value selected=move || now() == mine>{label}</option> }.into_any()
    });
    view! {
        <label class="field"><span>{label}</span><select on:change=move |e| set(event_target_value(&e))>{options.collect_view()}</select></label>
    }
    .into_any()
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

/// The filters in force, each with a way out of it.
fn chips(pane: Pane, book: Book) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let name = move |key: &Key| match key {
        Key::Probability => t.col_probability.to_owned(),
        Key::Value => t.worth.to_owned(),
        Key::AtRisk => t.money_at_risk.to_owned(),
        Key::Gain => t.gain.to_owned(),
        Key::Done => t.done.to_owned(),
        Key::Arm => t.kept_back.to_owned(),
        Key::Column(name) => name.clone(),
        Key::Trend => t.trend.to_owned(),
        Key::Health => t.health.to_owned(),
        Key::HealthTrend => t.health_trend.to_owned(),
        Key::Owner => t.owner.to_owned(),
        Key::Note => t.note.to_owned(),
        Key::Id => t.customer.to_owned(),
        Key::OverThreshold => t.over_threshold.to_owned(),
        Key::Reason => t.reasons.to_owned(),
    };
    let written = move |key: &Key, v: f64| match key {
        Key::Probability => number(lang, v, Style::Percent1),
        Key::Health | Key::HealthTrend => number(lang, v, Style::Count),
        _ => money(lang, v),
    };
    follow(move || {
        let filters = book.query.with(|q| q.filters.clone());
        filters
            .iter()
            .enumerate()
            .map(|(i, f)| {
                let what = match &f.op {
                    Op::Present => t.chip_present.to_owned(),
                    Op::Missing => t.chip_missing.to_owned(),
                    Op::Contains(text) => text.clone(),
                    Op::OneOf(levels) => fill(lang, "{l}", &[("l", Arg::List(levels))]),
                    Op::Range { min, max } => match (min, max) {
                        (Some(min), None) => format!("≥ {}", written(&f.key, *min)),
                        (None, Some(max)) => format!("≤ {}", written(&f.key, *max)),
                        (Some(min), Some(max)) => format!("{} – {}", written(&f.key, *min), written(&f.key, *max)),
                        (None, None) => String::new(),
                    },
                };
                let text = format!("{}: {what}", name(&f.key));
                let label = fill(lang, t.chip_remove, &[("name", Arg::Text(&text))]);
                let remove = move |_| book.query.update(|q| {
                    if i < q.filters.len() {
                        q.filters.remove(i);
                    }
                });
                view! { <button type="button" class="chip" aria-label=label on:click=remove>{text}<span aria-hidden="true">"×"</span></button> }.into_any()
            })
            .collect_view()
            .into_any()
    })
}

/// A new filter: a column, then what it must be.
fn add_filter(pane: Pane, book: Book, card: &BookCard) -> AnyView {
    let t = pane.lang.texts();
    let columns = StoredValue::new(card.columns.clone());
    let chosen = RwSignal::new(String::new());
    let options = card
        .columns
        .iter()
        .map(|c| (c.name.clone(), c.name.clone()));
    let options = std::iter::once((String::new(), t.filter_none.to_owned()))
        .chain(options)
        .collect();
    let add = move |op: Op| {
        let name = chosen.get_untracked();
        book.query.update(|q| {
            q.filters.push(Filter {
                key: Key::Column(name),
                op,
            });
        });
        chosen.set(String::new());
    };
    let what = follow(move || {
        let name = chosen.get();
        let column = columns.with_value(|all| all.iter().find(|c| c.name == name).cloned())?;
        if !column.levels.is_empty() && column.range.is_none() {
            let levels = column
                .levels
                .iter()
                .map(|(level, n)| (level.clone(), format!("{level} ({})", count(pane.lang, *n))));
            let options = std::iter::once((String::new(), t.filter_none.to_owned()))
                .chain(levels)
                .collect();
            let set = move |level: String| {
                if !level.is_empty() {
                    add(Op::OneOf(vec![level]));
                }
            };
            return Some(select(t.filter_is, options, String::new, set));
        }
        if column.range.is_some() && column.kind.is_number() {
            let bound = move |label: &'static str, is_min: bool| {
                let set = move |e: leptos::ev::Event| {
                    if let Some(v) = parse_number(event_target_value(&e).trim()) {
                        let (min, max) = if is_min {
                            (Some(v), None)
                        } else {
                            (None, Some(v))
                        };
                        add(Op::Range { min, max });
                    }
                };
                view! { <label class="field"><span>{label}</span><input type="number" step="any" on:change=set/></label> }.into_any()
            };
            return Some(
                view! { {bound(t.filter_from, true)}{bound(t.filter_to, false)} }.into_any(),
            );
        }
        let set = move |e: leptos::ev::Event| {
            let text = event_target_value(&e);
            if !text.trim().is_empty() {
                add(Op::Contains(text));
            }
        };
        Some(view! { <label class="field"><span>{t.filter_contains}</span><input type="text" on:change=set/></label> }.into_any())
    });
    view! { {select(t.filter_add, options, move || chosen.get(), move |name| chosen.set(name))}{what} }.into_any()
}

fn toolbar(pane: Pane, book: Book, card: &BookCard) -> AnyView {
    let t = pane.lang.texts();
    let search = move |e: leptos::ev::Event| {
        let text = event_target_value(&e);
        book.query.update(|q| q.search = text);
    };
    let mut sorts = named(&[
        ("#gain", t.gain),
        ("#at_risk", t.money_at_risk),
        ("#probability", t.risk),
        ("#value", t.worth),
        ("#id", t.customer),
        ("#owner", t.owner),
    ]);
    if card.has_health {
        sorts.extend(named(&[("#health", t.health)]));
        if card.has_history {
            sorts.extend(named(&[("#health_trend", t.health_trend)]));
        }
    }
    if card.has_history {
        sorts.extend(named(&[("#trend", t.trend)]));
    }
    sorts.extend(
        card.columns
            .iter()
            .map(|c| (c.name.clone(), c.name.clone())),
    );
    let sorted = move || book.query.with(|q| sort_id(&q.sort).to_owned());
    let sort = move |id: String| {
        book.query.update(|q| {
            q.sort = sort_key(&id);
            // Names read best from A; of health the poorest and those who fall most come first.
            let rises = matches!(
                q.sort,
                Key::Id | Key::Owner | Key::Health | Key::HealthTrend
            );
            q.descending = !rises;
        });
    };
    let mut groups = named(&[("", t.group_none), ("#owner", t.owner), ("#done", t.done)]);
    let grouping = card.columns.iter().filter(|c| c.groups);
    groups.extend(grouping.map(|c| (c.name.clone(), c.name.clone())));
    let grouped = move || {
        book.query.with(|q| {
            q.group
                .as_ref()
                .map(|g| sort_id(g).to_owned())
                .unwrap_or_default()
        })
    };
    let group = move |id: String| {
        book.query
            .update(|q| q.group = (!id.is_empty()).then(|| sort_key(&id)));
    };
    let found = book.query.with_untracked(|q| q.search.clone());
    let turn = move |_| book.query.update(|q| q.descending = !q.descending);
    let arrow = move || {
        if book.query.with(|q| q.descending) {
            t.sort_down
        } else {
            t.sort_up
        }
    };
    view! {
        <div class="toolbar">
            <label class="field"><span>{t.search}</span><input type="search" prop:value=found on:change=search/></label>
            {select(t.sort_by, sorts, sorted, sort)}
            <button type="button" part="button" on:click=turn>{arrow}</button>
            {select(t.group_by, groups, grouped, group)}
            {add_filter(pane, book, card)}
        </div>
        <div class="chips">{chips(pane, book)}</div>
    }
    .into_any()
}

/// The window of the list that is in sight.
fn list(pane: Pane, book: Book, lines: Lines) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let place = NodeRef::<Div>::new();
    let offset = RwSignal::new(0_u64);
    let total = RwSignal::new(0_u64);
    // Another query is read from its top.
    Effect::new(move |_| {
        book.query.track();
        offset.set(0);
        if let Some(place) = place.get_untracked() {
            place.set_scroll_top(0);
        }
    });
    let window = book.answered(
        move || {
            book.marks.track();
            Some(Ask::Rows {
                query: book.query.get(),
                offset: offset.get(),
                n: CHUNK as u32,
                n_reasons: 2,
            })
        },
        |answer| match answer {
            DeskAnswer::Rows(it) => Some(it),
            _ => None,
        },
    );
    Effect::new(move |_| {
        if let Some(n) = window.with(|w| w.as_ref().map(|w| w.matching.n)) {
            total.set(n);
        }
    });
    let height = move || (total.get() as f64 * LINE_PX).min(MOST_PX);
    // Pixels of scrolling per line.
    let step = move || {
        let n = total.get_untracked().max(1) as f64;
        (n * LINE_PX).min(MOST_PX) / n
    };
    let scrolled = move |_| {
        let Some(place) = place.get_untracked() else {
            return;
        };
        let first = (f64::from(place.scroll_top()) / step()) as u64;
        let (before, n) = (offset.get_untracked(), total.get_untracked());
        let in_sight = (f64::from(place.client_height()) / LINE_PX) as u64 + 1;
        let far = first < before + 5 && before > 0
            || first + in_sight + 5 > before + CHUNK && before + CHUNK < n;
        if far || first < before {
            offset.set(first.saturating_sub((CHUNK - in_sight.min(CHUNK)) / 2));
        }
    };
    let open = move |row| book.open.set(Some(row));
    let body = follow(move || {
        let window: Window = window.get()?;
        let lines = Lines {
            first: window.offset,
            ..lines
        };
        let n = window.rows.len() as f64;
        let above = window.offset as f64 * step();
        let below = (height() - above - n * LINE_PX).max(0.0);
        let gap = |px: f64| {
            let px = format!("{}px", plain(px.round()));
            view! { <tr class="gap" aria-hidden="true"><td style:height=px></td></tr> }.into_any()
        };
        let mut groups = Vec::new();
        let mut start = 0;
        for g in &window.groups {
            groups.push((start, g.clone()));
            start += g.counts.n;
        }
        let rows = window.rows.iter().zip(window.offset..).map(|(c, i)| {
            let head = groups.iter().find(|(from, _)| *from == i).map(|(_, g)| {
                let level = g.level.clone().unwrap_or_else(|| t.group_without.to_owned());
                let at_risk = money(lang, g.counts.at_risk);
                let args = [("n", Arg::Count(g.counts.n)), ("money", Arg::Text(&at_risk))];
                let said = fill(lang, if lines.with_money { t.group_sum } else { t.group_sum_plain }, &args);
                view! { <tr class="group-row"><th scope="rowgroup" colspan="4">{level}<span class="small">{said}</span></th></tr> }.into_any()
            });
            view! { {head}{rows::line(pane, book, c, i, lines, open)} }.into_any()
        });
        let none = window.rows.is_empty().then(|| {
            view! { <tr><td colspan="4"><p class="why">{t.no_customers}</p></td></tr> }.into_any()
        });
        Some(
            view! {
                <table class="customers" aria-rowcount=(window.matching.n + 1).to_string()>
                    {rows::head(pane, lines)}
                    <tbody>{gap(above)}{rows.collect_view()}{none}{gap(below)}</tbody>
                </table>
            }
            .into_any(),
        )
    });
    let said = follow(move || {
        let window = window.get()?;
        let at_risk = money(lang, window.matching.at_risk);
        let args = [
            ("n", Arg::Count(window.matching.n)),
            ("money", Arg::Text(&at_risk)),
        ];
        let said = fill(
            lang,
            if lines.with_money {
                t.matching
            } else {
                t.matching_plain
            },
            &args,
        );
        Some(view! { <p class="why" role="status">{said}</p> }.into_any())
    });
    view! {
        {said}
        <div class="scroll window" tabindex="0" role="region" aria-label=t.customers node_ref=place on:scroll=scrolled>{body}</div>
    }
    .into_any()
}

/// Drawing customers who are left alone, and what came of it.
fn trial(pane: Pane, book: Book) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let share = RwSignal::new(10.0);
    let drawn = Memo::new(move |_| {
        book.marks
            .with(|m| m.iter().filter(|m| m.held_out.is_some()).count())
    });
    let draw = move || {
        leptos::task::spawn_local(async move {
            let ask = Ask::HoldOut {
                query: book.query.get_untracked(),
                n: book.cost("capacity").map(|n| n as u64),
                share: share.get_untracked() / 100.0,
                seed: 42,
            };
            match book.ask(ask).await {
                Ok((DeskAnswer::Drawn { marks, .. }, _)) => book.note(marks),
                Ok(_) => {}
                Err(refusal) => {
                    book.refusal.try_set(Some(refusal));
                }
            }
        });
    };
    let undo = move || {
        let marks = book
            .marks
            .get_untracked()
            .into_iter()
            .filter(|m| m.held_out.is_some());
        book.note(
            marks
                .map(|m| Mark {
                    held_out: None,
                    ..m
                })
                .collect(),
        );
    };
    let measured = book.answered(
        move || (drawn.get() > 0).then_some(Ask::Effect { since_row: 0 }),
        |answer| match answer {
            DeskAnswer::Effect(it) => Some(it),
            _ => None,
        },
    );
    let never = Signal::stored(false);
    let state = follow(move || {
        if drawn.get() == 0 {
            return view! {
                <div class="controls">
                    <label class="field"><span>{t.trial_share}</span>
                        <input type="number" min="1" max="90" step="1" prop:value=move || plain(share.get()) on:change=move |e| {
                            if let Some(v) = parse_number(event_target_value(&e).trim()).filter(|v| *v >= 1.0 && *v <= 90.0) { share.set(v) }
                        }/></label>
                </div>
                <div class="acts">{button(t.trial_draw, false, never, draw)}</div>
            }
            .into_any();
        }
        let effect: Option<Measured> = measured.get();
        let said = effect.map(|e| {
            let (n, of) = (e.held_out.n, e.treated.n);
            let args = [("n", Arg::Count(n)), ("treated", Arg::Count(of))];
            let first = fill(lang, t.trial_drawn, &args);
            let then = match e.difference {
                Some((d, low, high)) => {
                    let (d, low, high) = (
                        number(lang, d, Style::Percent1),
                        number(lang, low, Style::Percent1),
                        number(lang, high, Style::Percent1),
                    );
                    let args = [
                        ("by", Arg::Text(&d)),
                        ("low", Arg::Text(&low)),
                        ("high", Arg::Text(&high)),
                    ];
                    fill(lang, t.trial_effect, &args)
                }
                None => t.trial_wait.to_owned(),
            };
            let needed = e
                .n_needed
                .map(|n| fill(lang, t.trial_needed, &[("n", Arg::Count(n))]));
            view! { <p>{first}</p><p class="why">{then}" "{needed}</p> }.into_any()
        });
        view! { {said}<div class="acts">{button(t.trial_undo, false, never, undo)}</div> }
            .into_any()
    });
    view! {
        <details class="card settings trial" part="card"><summary>{t.trial_title}</summary><p class="why">{t.trial_why}</p>{state}</details>
    }
    .into_any()
}

/// The screen: the list, or the page of one customer.
pub(super) fn actions(pane: Pane, book: Book) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let card = book.card();
    let head = follow(move || {
        let Some(card_now) = card.get() else {
            return view! { <h1 tabindex="-1">{t.step_actions}</h1><p class="small" role="status">{t.working}</p> }.into_any();
        };
        let never = Signal::stored(false);
        let title = fill(
            lang,
            t.actions_title,
            &[("n", Arg::Count(card_now.listed.n))],
        );
        let acts = hosted::exports("csv").then(|| {
            button(t.download_csv, true, never, move || {
                save_list(pane, book, None)
            })
        });
        let said = hosted::exports("csv").then(|| {
            let save = Callback::new(move |chosen| save_list(pane, book, Some(chosen)));
            export::holds(pane, t.holds_list, Some(save))
        });
        let without = (card_now.n_without_value > 0).then(|| {
            fill(
                lang,
                t.without_value,
                &[("n", Arg::Count(card_now.n_without_value))],
            )
        });
        let lede = format!("{} {}", t.actions_lede, without.unwrap_or_default());
        view! {
            {opening(title, lede, acts.into_any())}
            {said}
            {warning_list(lang, t.warnings_title, &card_now.warnings)}
        }
        .into_any()
    });
    // What the list is drawn from; other costs or rules change the totals alone, and draw none of it anew.
    let drawn = Memo::new(move |_| {
        let now = card.get()?;
        let with_money = is_money(&now.listed);
        let totals = Counts::default();
        let card = BookCard {
            listed: totals,
            over: totals,
            n_without_value: 0,
            costs: Costs::default(),
            warnings: Vec::new(),
            ..now
        };
        Some((card, with_money))
    });
    let listed = follow(move || {
        let (card, with_money) = drawn.get()?;
        let lines = Lines {
            with_money,
            with_health: card.has_health,
            with_history: card.has_history,
            first: 0,
        };
        Some(view! {
            <section class="card" part="card list">{toolbar(pane, book, &card)}{list(pane, book, lines)}</section>
            {trial(pane, book)}
        }.into_any())
    });
    let page = follow(move || {
        let row = book.open.get()?;
        Some(customer(pane, book, card, row))
    });
    // The list stays as it was under the page of a customer.
    view! {
        {refusal(pane, book)}
        {page}
        <div class="under" hidden=move || book.open.with(Option::is_some)>
            {head}{costs::card(pane, book, card)}{health::card(pane, book)}{playbook::card(pane, book, card)}{listed}
        </div>
    }
    .into_any()
}
