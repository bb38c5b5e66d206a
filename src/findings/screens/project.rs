//! Everything about the project, in a dialog.
use super::projects::{list, secret, title};
use crate::{
    findings::{
        Pane,
        fields::{inner, number, object},
        hosted,
    },
    ui::{
        i18n::{Arg, bytes, fill, trouble},
        parts::{button, file_button, follow},
    },
};
use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// Project files.
const ACCEPT: &str = ".kept";
/// Shortest passphrase for something new, in characters.
const SHORTEST: usize = 8;

/// Size of the open file, in bytes; asked for anew whenever something is told of projects.
fn size(pane: Pane) -> Memo<Option<u64>> {
    Memo::new(move |_| {
        pane.shelf.track();
        let holds = pane.bridge.ask_now("holds", &Array::new())?;
        let blob = inner(&inner(&holds, "data")?, "blob")?;
        Some(number(&blob, "size") as u64)
    })
}

/// Two fields for a new passphrase.
fn new_passphrase(pane: Pane, label: &'static str, done: impl Fn(String) + 'static) -> AnyView {
    let t = pane.lang.texts();
    let (first, second) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let wrong = RwSignal::new(None::<String>);
    let submit = move |e: leptos::ev::SubmitEvent| {
        e.prevent_default();
        let given = first.get_untracked();
        if given.chars().count() < SHORTEST {
            let n = [("n", Arg::Count(SHORTEST as u64))];
            return wrong.set(Some(fill(pane.lang, t.lock_short, &n)));
        }
        if given != second.get_untracked() {
            return wrong.set(Some(t.lock_differ.to_owned()));
        }
        wrong.set(None);
        first.set(String::new());
        second.set(String::new());
        done(given);
    };
    let field = |label: &'static str, value| {
        view! { <label class="field"><span>{label}</span>{secret(value, NodeRef::new())}</label> }
            .into_any()
    };
    view! {
        <form class="passphrase" on:submit=submit>
            {field(t.lock_new, first)}
            {field(t.lock_again, second)}
            <button type="submit" part="button">{label}</button>
            {move || wrong.get().map(|w| view! { <p class="small wrong" role="alert">{w}</p> })}
        </form>
    }
    .into_any()
}

fn check(
    label: String,
    why: &'static str,
    on: Signal<bool>,
    off: Signal<bool>,
    set: impl Fn(bool) + 'static,
) -> AnyView {
    view! {
        <label class="check">
            <input type="checkbox" prop:checked=move || on.get() disabled=move || off.get() on:change=move |e| set(event_target_checked(&e))/>
            <span>{label}<span class="small">{why}</span></span>
        </label>
    }
    .into_any()
}

/// A label with the size of the open file, where one is open.
fn with_size(pane: Pane, size: Option<u64>, plain: &'static str, template: &'static str) -> String {
    size.map_or_else(
        || plain.to_owned(),
        |n| {
            let size = bytes(pane.lang, n);
            fill(pane.lang, template, &[("size", Arg::Text(&size))])
        },
    )
}

/// Settings of the project that is remembered.
fn remembered(pane: Pane, size: Memo<Option<u64>>) -> AnyView {
    let t = pane.lang.texts();
    let never = Signal::stored(false);
    let now = Memo::new(move |_| {
        pane.shelf.with(|s| {
            let c = s.current.as_ref()?;
            let saves = !matches!(c.status.as_str(), "readonly" | "taken");
            Some((c.it.locked, s.can_lock, saves))
        })
    });
    let name = Memo::new(move |_| pane.shelf.with(|s| s.name.clone()));
    let data = Signal::derive(move || {
        pane.shelf
            .with(|s| s.current.as_ref().is_some_and(|c| c.it.data))
    });
    let no_data = Signal::derive(move || size.get().is_none());
    let keeps = move || {
        check(
            with_size(pane, size.get(), t.remember_data, t.remember_data_size),
            t.remember_data_why,
            data,
            no_data,
            move |on| pane.bridge.keep("data", on),
        )
    };
    follow(move || {
        let (locked, can_lock, saves) = now.get()?;
        if !saves {
            return None;
        }
        let rename = move |e: leptos::ev::Event| {
            let name = event_target_value(&e);
            pane.bridge.keep("rename", object(&[("name", name.into())]));
        };
        let lock = move |key: String| pane.bridge.keep("lock", key);
        let lock = match (can_lock, locked) {
            (false, _) => view! { <p class="why">{t.lock_cannot}</p> }.into_any(),
            (true, false) => view! { <p class="why">{t.lock_clear}</p>{new_passphrase(pane, t.lock_set, lock)} }.into_any(),
            (true, true) => view! {
                <p class="why" role="status">{t.lock_closed}</p>
                <details><summary>{t.lock_change}</summary>
                    {new_passphrase(pane, t.lock_change, lock)}
                    <div class="acts">{button(t.lock_remove, false, never, move || pane.bridge.keep("lock", ""))}</div>
                </details>
            }.into_any(),
        };
        Some(view! {
            <label class="field"><span>{t.project_name}</span><input type="text" maxlength="120" prop:value=move || name.get() on:change=rename/></label>
            {follow(keeps)}
            <h3>{t.lock}</h3>
            {lock}
        }.into_any())
    })
}

/// The project as a file, and back.
fn file(pane: Pane, size: Memo<Option<u64>>) -> AnyView {
    let t = pane.lang.texts();
    let (key, data) = (RwSignal::new(String::new()), RwSignal::new(false));
    let can_lock = Memo::new(move |_| pane.shelf.with(|s| s.can_lock));
    let off = Signal::derive(move || pane.shelf.with(|s| s.blocked));
    let save = move |e: leptos::ev::SubmitEvent| {
        e.prevent_default();
        let fields = [
            ("passphrase", key.get_untracked().into()),
            ("data", data.get_untracked().into()),
        ];
        pane.bridge.keep("export", object(&fields));
        key.set(String::new());
    };
    let open = file_button(t.file_open, ACCEPT, false, off, move |file| {
        pane.bridge.keep("import", file)
    });
    let no_data = Signal::derive(move || size.get().is_none());
    let data_field = move || {
        check(
            with_size(pane, size.get(), t.file_data, t.file_data_size),
            "",
            data.into(),
            no_data,
            move |on| data.set(on),
        )
    };
    let key_field = move || {
        can_lock.get().then(|| view! {
            <label class="field"><span>{t.file_passphrase}</span>{secret(key, NodeRef::new())}<span class="small">{t.file_passphrase_why}</span></label>
        }.into_any())
    };
    let saves = hosted::exports("project")
        .then(|| view! { {follow(key_field)}{follow(data_field)} }.into_any());
    let button = saves
        .is_some()
        .then(|| view! { <button type="submit" part="button">{t.file_save}</button> }.into_any());
    view! {
        <h3>{t.file_title}</h3>
        <p class="why">{t.file_why}</p>
        <form class="project-file" on:submit=save>
            {saves}
            <div class="acts">{button}{open}</div>
        </form>
    }
    .into_any()
}

/// The dialog's inside.
pub(super) fn project(pane: Pane) -> AnyView {
    let t = pane.lang.texts();
    let close = move || pane.bridge.act("close");
    let never = Signal::stored(false);
    let size = size(pane);
    let on = Signal::derive(move || pane.shelf.with(|s| s.current.is_some()));
    let remember = check(
        t.remember.to_owned(),
        t.remember_why,
        on,
        never,
        move |on| pane.bridge.keep("remember", on),
    );
    let cannot = move || {
        let code = pane.shelf.with(|s| s.cannot.clone())?;
        Some(
            view! { <p class="small wrong" role="status">{trouble(pane.lang, &code)}</p> }
                .into_any(),
        )
    };
    let leave = move || {
        close();
        pane.bridge.keep("leave", JsValue::UNDEFINED);
    };
    let none = Memo::new(move |_| pane.shelf.with(|s| s.list.is_empty()));
    let others = move || match none.get() {
        true => view! { <p class="why">{t.projects_none}</p> }.into_any(),
        false => list(pane),
    };
    view! {
        {title("project-title", t.project.to_owned())}
        <p class="why">{t.project_why}</p>
        {remember}
        {follow(cannot)}
        {remembered(pane, size)}
        {file(pane, size)}
        <h3 tabindex="-1" data-home="">{t.projects_here}</h3>
        {follow(others)}
        <div class="acts">
            {button(t.close, true, never, close)}
            <span title=t.project_leave_why>{button(t.project_leave, false, never, leave)}</span>
        </div>
    }
    .into_any()
}
