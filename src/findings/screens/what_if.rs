//! What another cell would change: the smallest changes that turn a prediction, and controls to try any.
use crate::{
    base::ColumnKind,
    findings::{Pane, book::Book},
    protocol::{
        DeskAnswer,
        desk::{Ask, BookCard, Change, Control, Instead, WhatIf},
    },
    report::WhyOf,
    ui::{
        i18n::{Arg, Lang, Style, fill, number},
        parts::{button, follow, parse_number},
        plain,
    },
};
use leptos::prelude::*;

type Cells = Vec<(String, Option<String>)>;

/// What is tried, and how often the controls were set from elsewhere.
#[derive(Clone, Copy)]
struct Trial {
    record: RwSignal<Cells>,
    drawn: RwSignal<u32>,
}

impl Trial {
    fn set(self, column: &str, value: Option<String>) {
        self.record.update(|r| {
            r.retain(|(name, _)| name != column);
            r.push((column.to_owned(), value));
        });
    }

    /// Sets all of it, the controls too.
    fn start(self, record: Cells) {
        self.record.set(record);
        self.drawn.update(|n| *n += 1);
    }
}

/// A prediction: a probability, or a number in its own unit.
fn predicted(lang: Lang, of: &WhyOf, v: f64) -> String {
    let style = match of {
        WhyOf::Number { .. } => Style::Short,
        _ => Style::Percent1,
    };
    number(lang, v, style)
}

/// A cell as it is read; a number without the digits that say nothing.
fn shown(lang: Lang, cell: Option<&String>) -> String {
    match cell {
        Some(text) => match parse_number(text) {
            Some(v) if text.contains('.') => number(lang, v, Style::Short),
            _ => text.clone(),
        },
        None => "–".to_owned(),
    }
}

fn control(pane: Pane, trial: Trial, c: &Control) -> AnyView {
    let t = pane.lang.texts();
    let name = c.column.clone();
    let label = c.column.clone();
    let tried = trial.record.with_untracked(|r| {
        let mine = r.iter().find(|(column, _)| *column == c.column);
        mine.map(|(_, cell)| cell.clone())
    });
    if let (Some((min, max)), true) = (c.range, c.kind.is_number()) {
        let whole = c.kind == ColumnKind::Int;
        let step = if whole { 1.0 } else { (max - min) / 200.0 };
        let start = match &tried {
            Some(cell) => cell.as_deref().and_then(parse_number),
            None => c.number,
        };
        let now = start.unwrap_or(min);
        let shown = RwSignal::new(now);
        let moved = move |e: leptos::ev::Event| {
            let text = event_target_value(&e);
            if let Some(v) = parse_number(&text) {
                shown.set(v);
                trial.set(&name, Some(text));
            }
        };
        let said = move || number(pane.lang, shown.get(), Style::Short);
        return view! {
            <label class="field" data-what-if=label.clone()><span>{label.clone()}" "<b class="n">{said}</b></span>
                <input type="range" min=plain(min) max=plain(max) step=plain(step) prop:value=plain(now) aria-valuetext=said on:input=moved/></label>
        }
        .into_any();
    }
    let now = tried.unwrap_or_else(|| c.text.clone());
    let mut levels = c.levels.clone();
    for level in [&c.text, &now].into_iter().flatten() {
        if !levels.contains(level) {
            levels.push(level.clone());
        }
    }
    let options = levels.into_iter().map(|level| {
        let mine = now.as_deref() == Some(level.as_str());
        view! { <option value=level.clone() selected=mine>{level.clone()}</option> }.into_any()
    });
    let picked = move |e: leptos::ev::Event| {
        let text = event_target_value(&e);
        trial.set(&name, (!text.is_empty()).then_some(text));
    };
    let missing = now.is_none();
    view! {
        <label class="field" data-what-if=label.clone()><span>{label.clone()}</span>
            <select on:change=picked><option value="" selected=missing>{t.value_missing}</option>{options.collect_view()}</select></label>
    }
    .into_any()
}

fn take(answer: DeskAnswer) -> Option<WhatIf> {
    match answer {
        DeskAnswer::WhatIf(it) => Some(it),
        _ => None,
    }
}

/// One of the changes that are enough: said, and a way to try it.
fn way(pane: Pane, trial: Trial, it: &WhatIf, instead: &Instead) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let one = |c: &Change| {
        let (from, to) = (shown(lang, c.from.as_ref()), shown(lang, c.to.as_ref()));
        let template = match c.from {
            Some(_) => t.changed_now,
            None => t.changed_unknown,
        };
        let args = [
            ("column", Arg::Text(c.column.as_str())),
            ("to", Arg::Text(&to)),
            ("from", Arg::Text(&from)),
        ];
        fill(lang, template, &args)
    };
    let changes: Vec<String> = instead.changes.iter().map(one).collect();
    let (before, after) = (
        predicted(lang, &it.of, it.prediction),
        predicted(lang, &it.of, instead.prediction),
    );
    let args = [
        ("changes", Arg::List(&changes)),
        ("before", Arg::Text(&before)),
        ("after", Arg::Text(&after)),
    ];
    let said = fill(lang, t.said_would_change, &args);
    let label = fill(lang, t.turn_try_of, &[("changes", Arg::List(&changes))]);
    let cells = instead
        .changes
        .iter()
        .map(|c| (c.column.clone(), c.to.clone()));
    let cells: Cells = cells.collect();
    let run = move |_| trial.start(cells.clone());
    view! { <li><span>{said}</span><button type="button" part="button" aria-label=label on:click=run>{t.turn_try}</button></li> }
        .into_any()
}

/// The smallest changes that turn the prediction, over columns that the person marks as changeable.
fn turn(
    pane: Pane,
    book: Book,
    card: RwSignal<Option<BookCard>>,
    row: u64,
    trial: Trial,
) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let columns = Memo::new(move |_| {
        card.with(|c| {
            let columns = c.iter().flat_map(|c| &c.columns);
            let used = columns.filter(|c| c.is_used).map(|c| c.name.clone());
            used.collect::<Vec<String>>()
        })
    });
    // Another file may lack what was marked for this one.
    let marked = Memo::new(move |_| {
        let is_marked = |c: &&String| book.actionable.with(|a| a.contains(c));
        columns.with(|all| all.iter().filter(is_marked).cloned().collect::<Vec<_>>())
    });
    let answer = book.answered(
        move || {
            let actionable = marked.get();
            (!actionable.is_empty()).then(|| Ask::WhatIf {
                row: Some(row),
                record: Vec::new(),
                actionable,
            })
        },
        take,
    );
    let boxes = follow(move || {
        let all = columns.get();
        let all = all.into_iter().map(|name| {
            let mine = name.clone();
            let on = move || book.actionable.with(|a| a.contains(&mine));
            let column = name.clone();
            let tick = move |e| book.set_actionable(&column, event_target_checked(&e));
            view! { <label class="check"><input type="checkbox" prop:checked=on on:change=tick/><span>{name}</span></label> }
                .into_any()
        });
        all.collect_view()
    });
    let current = move || answer.get().filter(|_| marked.with(|m| !m.is_empty()));
    let title = move || {
        let Some((it, turn)) = current().and_then(|it| Some((it.clone(), it.turn?))) else {
            return t.turn_title.to_owned();
        };
        let is_number = matches!(it.of, WhyOf::Number { .. });
        let limit = predicted(lang, &it.of, turn.limit);
        let args = [
            ("limit", Arg::Text(&limit)),
            ("n", Arg::Count(turn.found.len() as u64)),
        ];
        let template = match (turn.is_met, turn.found.is_empty(), is_number) {
            (true, _, false) => t.turn_met,
            (true, _, true) => t.turn_met_number,
            (false, true, _) => t.said_would_not,
            (false, false, false) => t.turn_found,
            (false, false, true) => t.turn_found_number,
        };
        fill(lang, template, &args)
    };
    let found = follow(move || {
        if marked.with(Vec::is_empty) {
            return None;
        }
        let Some(it) = answer.get() else {
            return Some(view! { <p class="small" role="status">{t.working}</p> }.into_any());
        };
        let turn = it.turn.clone().filter(|turn| !turn.found.is_empty())?;
        let ways = turn.found.iter().map(|f| way(pane, trial, &it, f));
        Some(view! { <ol class="ways">{ways.collect_view()}</ol> }.into_any())
    });
    view! {
        <section class="card w12 turn" part="card"><h2 aria-live="polite">{title}</h2><p class="why">{t.turn_why}</p>
            {found}
            <fieldset class="field wide"><legend>{t.turn_columns}</legend><div class="checks">{boxes}</div></fieldset>
        </section>
    }
    .into_any()
}

/// Controls that score again as they move.
fn controls(pane: Pane, book: Book, row: u64, trial: Trial) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let answer = book.answered(
        move || {
            Some(Ask::WhatIf {
                row: Some(row),
                record: trial.record.get(),
                actionable: Vec::new(),
            })
        },
        take,
    );
    // Controls stay as the person moves them; what is set from elsewhere draws them anew.
    let start = RwSignal::new(None::<Vec<Control>>);
    Effect::new(move |_| {
        let controls = answer.with(|a| a.as_ref().map(|a| a.controls.clone()));
        if start.with_untracked(Option::is_none) && controls.is_some() {
            start.set(controls);
        }
    });
    let controls = follow(move || {
        trial.drawn.track();
        let controls = start.get()?;
        let all = controls.iter().map(|c| control(pane, trial, c));
        Some(view! { <div class="controls">{all.collect_view()}</div> }.into_any())
    });
    let title = move || {
        let it: Option<WhatIf> = answer.get();
        let Some(it) = it.filter(|it| !it.changes.is_empty()) else {
            return t.what_if_title.to_owned();
        };
        let (before, now) = (
            predicted(lang, &it.of, it.before.unwrap_or(f64::NAN)),
            predicted(lang, &it.of, it.prediction),
        );
        let args = [("before", Arg::Text(&before)), ("now", Arg::Text(&now))];
        let template = match it.of {
            WhyOf::Number { .. } => t.what_if_now_number,
            _ => t.what_if_now,
        };
        fill(lang, template, &args)
    };
    let changes = follow(move || {
        let it: WhatIf = answer.get()?;
        let list = it.changes.iter().map(|c| {
            let (from, to) = (shown(lang, c.from.as_ref()), shown(lang, c.to.as_ref()));
            view! { <li>{format!("{}: {from} → {to}", c.column)}</li> }.into_any()
        });
        Some(view! { <ul class="small">{list.collect_view()}</ul> }.into_any())
    });
    let untouched = Signal::derive(move || trial.record.with(Vec::is_empty));
    let back = move || trial.start(Vec::new());
    view! {
        <section class="card w12 what-if" part="card"><h2 aria-live="polite">{title}</h2><p class="why">{t.what_if_why}</p>
            {changes}{controls}
            <div class="acts">{button(t.what_if_back, false, untouched, back)}</div>
        </section>
    }
    .into_any()
}

/// Both cards, about the customer in `row`.
pub(super) fn what_if(
    pane: Pane,
    book: Book,
    card: RwSignal<Option<BookCard>>,
    row: u64,
) -> AnyView {
    let trial = Trial {
        record: RwSignal::new(Vec::new()),
        drawn: RwSignal::new(0),
    };
    view! { {turn(pane, book, card, row, trial)}{controls(pane, book, row, trial)} }.into_any()
}
