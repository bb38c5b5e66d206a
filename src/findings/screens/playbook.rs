//! What is done about each reason: the rules behind the suggested next steps, as a person edits them.
use crate::{
    base::{ACTIONS, ActionText, Direction, LONGEST_TEXT, MOST_RULES, Playbook, Rule, SUBJECTS},
    findings::{Pane, book::Book},
    protocol::desk::BookCard,
    ui::{
        i18n::{Arg, action, fill, option},
        parts::{button, focus, follow, lower},
    },
};
use leptos::{html::Div, prelude::*};

/// Stands before the name of a column among the subjects.
const COLUMN: &str = "column:";
/// List of the known actions.
const KNOWN: &str = "kept-playbook-actions";

/// What a rule is about, as the value of its choice.
fn about(rule: &Rule) -> String {
    match (&rule.about, rule.columns.first()) {
        (Some(about), _) => about.clone(),
        (None, Some(column)) => format!("{COLUMN}{column}"),
        (None, None) => rule.words.join(", "),
    }
}

fn direction(pane: Pane, it: Direction) -> &'static str {
    let t = pane.lang.texts();
    match it {
        Direction::Any => t.playbook_any,
        Direction::High => t.playbook_high,
        Direction::Low => t.playbook_low,
    }
}

fn words(pane: Pane, said: &ActionText) -> String {
    match said {
        ActionText::Known(id) => action(pane.lang, id).to_owned(),
        ActionText::Own(text) => text.clone(),
    }
}

/// What was typed: the words of a known action are that action in every language. Nothing where nothing was said.
fn read(pane: Pane, text: &str) -> Option<ActionText> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let typed = lower(text);
    let known = ACTIONS
        .iter()
        .find(|id| lower(action(pane.lang, id)) == typed);
    Some(match known {
        Some(id) => ActionText::Known((*id).to_owned()),
        None => ActionText::Own(text.to_owned()),
    })
}

fn change(book: Book, at: usize, with: impl FnOnce(&mut Rule)) {
    let mut now = book.playbook.get_untracked().unwrap_or_default();
    if let Some(rule) = now.rules.get_mut(at) {
        with(rule);
    }
    book.set_playbook(Some(now));
}

fn subjects(pane: Pane, columns: &[String], rule: &Rule) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let now = about(rule);
    let one = |value: String, label: String| {
        let mine = value == now;
        view! { <option value=value selected=mine>{label}</option> }.into_any()
    };
    let known = SUBJECTS
        .iter()
        .map(|s| one((*s).to_owned(), option(lang, "about", s).to_owned()));
    let of_file = columns
        .iter()
        .map(|c| one(format!("{COLUMN}{c}"), c.clone()));
    // What neither list has stays as it is until another is chosen.
    let column = now.strip_prefix(COLUMN);
    let is_listed = match column {
        Some(column) => columns.iter().any(|c| c == column),
        None => SUBJECTS.contains(&now.as_str()),
    };
    let other = (!is_listed).then(|| one(now.clone(), column.unwrap_or(&now).to_owned()));
    view! {
        {other}
        <optgroup label=t.playbook_subjects>{known.collect_view()}</optgroup>
        <optgroup label=t.playbook_columns>{of_file.collect_view()}</optgroup>
    }
    .into_any()
}

/// Where the lines are, and a count that draws them anew. What is typed into a line draws nothing anew, so that the focus
/// goes on where the person takes it.
#[derive(Clone, Copy)]
struct Place {
    lines: NodeRef<Div>,
    drawn: RwSignal<u32>,
}

impl Place {
    /// Another list of rules, with the focus on the one at `at`.
    fn set(self, book: Book, rules: Option<Playbook>, at: usize) {
        book.set_playbook(rules);
        self.drawn.update(|n| *n += 1);
        request_animation_frame(move || {
            let Some(lines) = self.lines.try_get_untracked().flatten() else {
                return;
            };
            let wanted = format!("li:nth-child({}) select", at + 1);
            let last = "li:last-child select";
            for selector in [wanted.as_str(), last] {
                if let Ok(Some(field)) = lines.query_selector(selector) {
                    focus(&field);
                    return;
                }
            }
        });
    }
}

fn line(
    pane: Pane,
    (book, place): (Book, Place),
    columns: &[String],
    at: usize,
    rule: &Rule,
) -> AnyView {
    let t = pane.lang.texts();
    let name = match &rule.about {
        Some(about) => option(pane.lang, "about", about).to_owned(),
        None => about(rule).trim_start_matches(COLUMN).to_owned(),
    };
    let remove_label = fill(
        pane.lang,
        t.playbook_remove_of,
        &[("name", Arg::Text(&name))],
    );
    let up_label = fill(pane.lang, t.playbook_up_of, &[("name", Arg::Text(&name))]);
    let set_about = move |e: leptos::ev::Event| {
        let chosen = event_target_value(&e);
        change(book, at, |rule| {
            rule.words = Vec::new();
            match chosen.strip_prefix(COLUMN) {
                Some(column) => {
                    rule.about = None;
                    rule.columns = vec![column.to_owned()];
                }
                None => {
                    rule.about = Some(chosen.clone());
                    rule.columns = Vec::new();
                }
            }
        });
    };
    let choices = Direction::ALL.into_iter().map(|it| {
        let mine = it == rule.direction;
        view! { <option value=it.as_str() selected=mine>{direction(pane, it)}</option> }.into_any()
    });
    let set_direction = move |e: leptos::ev::Event| {
        if let Some(chosen) = Direction::parse(&event_target_value(&e)) {
            change(book, at, |rule| rule.direction = chosen);
        }
    };
    let empty = RwSignal::new(false);
    let set_action = move |e: leptos::ev::Event| match read(pane, &event_target_value(&e)) {
        Some(said) => {
            empty.set(false);
            change(book, at, |rule| rule.action = said);
        }
        None => empty.set(true),
    };
    let refused = follow(move || {
        empty.get().then(|| {
            view! { <span class="small" role="alert">{t.playbook_empty}</span> }.into_any()
        })
    });
    let remove = move |_| {
        let mut now = book.playbook.get_untracked().unwrap_or_default();
        if at < now.rules.len() {
            now.rules.remove(at);
        }
        place.set(book, Some(now), at);
    };
    let up = move |_| {
        let mut now = book.playbook.get_untracked().unwrap_or_default();
        if at > 0 && at < now.rules.len() {
            now.rules.swap(at - 1, at);
        }
        place.set(book, Some(now), at.saturating_sub(1));
    };
    view! {
        <li data-rule=rule.id.clone()>
            <label class="field"><span>{t.playbook_about}</span><select on:change=set_about>{subjects(pane, columns, rule)}</select></label>
            <label class="field"><span>{t.playbook_when}</span><select on:change=set_direction>{choices.collect_view()}</select></label>
            <label class="field act"><span>{t.next_step}</span>
                <input type="text" list=KNOWN maxlength=LONGEST_TEXT.to_string() aria-invalid=move || empty.get().to_string() prop:value=words(pane, &rule.action) on:change=set_action/>{refused}</label>
            <span class="acts small-acts">
                <button type="button" part="button" class="icon" aria-label=up_label disabled=at == 0 on:click=up>"↑"</button>
                <button type="button" part="button" class="icon" aria-label=remove_label on:click=remove>"×"</button>
            </span>
        </li>
    }
    .into_any()
}

/// A rule at the top, for the first subject; its id is one that no other has.
fn add(book: Book, place: Place) {
    let mut now = book.playbook.get_untracked().unwrap_or_default();
    let n = now.rules.len();
    let id = (1..=n + 1)
        .map(|i| format!("own_{i}"))
        .find(|id| now.rules.iter().all(|r| r.id != *id));
    let (Some(id), Some(subject), Some(last)) = (id, SUBJECTS.last(), ACTIONS.last()) else {
        return;
    };
    let rule = Rule {
        id,
        about: Some((*subject).to_owned()),
        words: Vec::new(),
        columns: Vec::new(),
        direction: Direction::Any,
        action: ActionText::Known((*last).to_owned()),
    };
    now.rules.insert(0, rule);
    place.set(book, Some(now), 0);
}

/// The panel, folded until somebody wants it.
pub(super) fn card(pane: Pane, book: Book, of: RwSignal<Option<BookCard>>) -> AnyView {
    let t = pane.lang.texts();
    let columns = Memo::new(move |_| {
        of.with(|c| {
            let all = c.iter().flat_map(|c| &c.columns).filter(|c| c.is_used);
            all.map(|c| c.name.clone()).collect::<Vec<_>>()
        })
    });
    let rules = Memo::new(move |_| book.playbook.with(|p| p.clone().unwrap_or_default().rules));
    let place = Place {
        lines: NodeRef::new(),
        drawn: RwSignal::new(0),
    };
    let lines = follow(move || {
        place.drawn.track();
        let columns = columns.get();
        let all = rules.get_untracked();
        let all = all.iter().enumerate();
        let lines = all.map(|(at, rule)| line(pane, (book, place), &columns, at, rule));
        view! { <ol class="rules">{lines.collect_view()}</ol> }.into_any()
    });
    let known = ACTIONS
        .iter()
        .map(|id| view! { <option value=action(pane.lang, id)></option> }.into_any());
    let full = Signal::derive(move || rules.with(|r| r.len() >= MOST_RULES));
    let usual = Signal::derive(move || book.playbook.with(Option::is_none));
    view! {
        <details class="card settings playbook" part="card">
            <summary>{t.playbook_title}</summary>
            <p class="why">{t.playbook_why}</p>
            <datalist id=KNOWN>{known.collect_view()}</datalist>
            <div node_ref=place.lines>{lines}</div>
            <div class="acts">{button(t.playbook_add, false, full, move || add(book, place))}{button(t.playbook_reset, false, usual, move || place.set(book, None, 0))}</div>
        </details>
    }
    .into_any()
}
