//! Projects: what of the work is remembered, and where to go on.
use super::{history::local, start::blocked};
use crate::ui::{
    i18n::{Arg, bytes, fill, trouble},
    parts::{button, file_button, follow, notice},
    state::{Remembered, Shelved, Ui},
};
use js_sys::{Object, Reflect};
use leptos::{html::Dialog, prelude::*};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::Element;

/// Project files.
const ACCEPT: &str = ".kept";
/// Shortest passphrase for something new, in characters.
const SHORTEST: usize = 8;

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let made = Object::new();
    for (key, value) in fields {
        // Setting a key of a fresh object cannot fail.
        let _ = Reflect::set(&made, &(*key).into(), value);
    }
    made.into()
}

/// What the rail says of the project; opens the dialog.
pub fn project_state(ui: Ui, dialog: NodeRef<Dialog>) -> AnyView {
    let t = ui.lang.texts();
    let status = move || {
        ui.view
            .shelf
            .with(|s| match s.current.as_ref().map(|c| c.status.as_str()) {
                None => (t.project_off, "off"),
                Some("saved") => (t.project_saved, "saved"),
                Some("saving") => (t.project_saving, "saving"),
                Some("readonly") => (t.project_readonly, "readonly"),
                Some("taken") => (t.project_taken, "taken"),
                Some(_) => (t.project_failed, "failed"),
            })
    };
    let open = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            // Fails only when it is open already.
            let _ = dialog.show_modal();
        }
    };
    view! {
        <button type="button" class="kept-state" part="project" data-status=move || status().1 title=t.project_open on:click=open>
            <i></i><span>{move || status().0}</span>
        </button>
    }
    .into_any()
}

/// One project in a list.
fn shelved(ui: Ui, it: &Shelved, is_open: bool) -> AnyView {
    let t = ui.lang.texts();
    let of = |template| fill(ui.lang, template, &[("name", Arg::Text(&it.name))]);
    let id = StoredValue::new(it.id.clone());
    let renames = RwSignal::new(false);
    let sure = RwSignal::new(false);
    let mut facts = vec![local(ui, it.changed), bytes(ui.lang, it.size as u64)];
    facts.extend(it.data.then(|| t.project_with_data.to_owned()));
    facts.extend(it.locked.then(|| t.project_locked.to_owned()));
    facts.extend(is_open.then(|| t.project_is_open.to_owned()));
    let name = it.name.clone();
    let label = of(t.project_rename_of);
    let given = move || match renames.get() {
        false => view! { <b class="name">{name.clone()}</b> }.into_any(),
        true => {
            let rename = move |e: leptos::ev::Event| {
                renames.set(false);
                let name = event_target_value(&e);
                let value = object(&[("id", id.get_value().into()), ("name", name.into())]);
                ui.act.keep("rename", value);
            };
            view! { <input type="text" maxlength="120" aria-label=label.clone() prop:value=name.clone() autofocus on:change=rename/> }.into_any()
        }
    };
    let link = |text: &'static str, label: String, press: Box<dyn Fn()>| {
        view! { <button type="button" class="kept-link" aria-label=label on:click=move |_| press()>{text}</button> }.into_any()
    };
    let delete_of = of(t.project_delete_of);
    let delete = follow(move || {
        let text = if sure.get() {
            t.project_delete_sure
        } else {
            t.project_delete
        };
        let press = move |_| match sure.get_untracked() {
            true => ui.act.keep("delete", id.get_value()),
            false => sure.set(true),
        };
        view! {
            <button type="button" class="kept-link" class:danger=move || sure.get() aria-label=format!("{text}: {delete_of}")
                on:click=press on:blur=move |_| { sure.try_set(false); }>{text}</button>
        }
        .into_any()
    });
    let open = (!is_open).then(|| {
        let off = blocked(ui);
        view! {
            <button type="button" part="button" aria-label=of(t.project_open_of) disabled=move || off.get()
                on:click=move |_| ui.act.keep("open", id.get_value())>{t.project_open_do}</button>
        }
        .into_any()
    });
    let export = object(&[("id", it.id.as_str().into())]);
    let export = StoredValue::new_local(export);
    let exported = exports(ui).then(|| {
        let out = move || ui.act.keep("export", export.get_value());
        link(t.project_export, of(t.project_export_of), Box::new(out))
    });
    view! {
        <li data-project=it.id.clone()>
            <div class="what">{given}<span class="small">{facts.join(" · ")}</span></div>
            <div class="acts">
                {link(t.project_rename, of(t.project_rename_of), Box::new(move || renames.update(|r| *r = !*r)))}
                {exported}
                {delete}
                {open}
            </div>
        </li>
    }
    .into_any()
}

/// The projects of this device.
fn list(ui: Ui) -> AnyView {
    let all = Memo::new(move |_| {
        ui.view.shelf.with(|s| {
            let open = s.current.as_ref().map(|c| c.it.id.clone());
            (s.list.clone(), open)
        })
    });
    follow(move || {
        let (all, open) = all.get();
        let rows = all
            .iter()
            .map(|it| shelved(ui, it, open.as_deref() == Some(&it.id)))
            .collect_view();
        view! { <ul class="projects">{rows}</ul> }.into_any()
    })
}

/// On the start screen: where the person left off.
pub fn go_on(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    let any = Memo::new(move |_| ui.view.shelf.with(|s| !s.list.is_empty()));
    follow(move || {
        any.get().then(|| {
            view! { <section class="card" part="card"><h2>{t.projects_title}</h2>{list(ui)}</section> }.into_any()
        })
    })
}

/// A project is open and its data is not.
pub fn waiting(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    let name = Memo::new(move |_| {
        let any = ui.data.versions.with(|v| !v.is_empty());
        ui.view
            .shelf
            .with(|s| (any || s.current.is_some()).then(|| s.name.clone()))
    });
    follow(move || {
        let name = name.get()?;
        Some(notice(
            fill(
                ui.lang,
                t.project_waits_title,
                &[("name", Arg::Text(&name))],
            ),
            t.project_waits_why,
        ))
    })
}

/// Whether the host lets a project out.
fn exports(ui: Ui) -> bool {
    ui.view.host.with(|h| h.exports("project"))
}

fn save_file(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    if !exports(ui) {
        return ().into_any();
    }
    button(t.file_save, false, Signal::stored(false), move || {
        ui.act.keep("export", object(&[]))
    })
}

/// Over every screen: what keeps the work from being saved, and what went wrong with a project.
pub fn troubles(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    let wrong = Memo::new(move |_| ui.view.shelf.with(|s| s.trouble.clone()));
    let state = Memo::new(move |_| {
        ui.view.shelf.with(|s| {
            s.current
                .as_ref()
                .map(|c| (c.status.clone(), c.code.clone()))
        })
    });
    let never = Signal::stored(false);
    let failed = move || {
        let (code, message) = wrong.get()?;
        let said = trouble(ui.lang, &code);
        let said = if said.is_empty() {
            message
        } else {
            said.to_owned()
        };
        Some(view! {
            <section class="card bad" part="card error" role="alert" data-code=code>
                <h2>{t.trouble_title}</h2>
                <p>{said}</p>
                <div class="acts">{button(t.dismiss, false, never, move || ui.act.keep("dismiss", JsValue::UNDEFINED))}</div>
            </section>
        }.into_any())
    };
    let saving = move || {
        let (status, code) = state.get()?;
        let copy = move || {
            button(t.project_copy, false, never, move || {
                ui.act.keep("copy", JsValue::UNDEFINED)
            })
        };
        let over = move |primary| {
            button(t.busy_over, primary, never, move || {
                ui.act.keep("over", JsValue::UNDEFINED)
            })
        };
        let (title, why, acts) = match status.as_str() {
            "failed" => (
                t.trouble_failed_title,
                trouble(ui.lang, &code),
                save_file(ui),
            ),
            "taken" => (
                t.trouble_taken_title,
                t.trouble_taken,
                view! { {copy()}{over(false)}{save_file(ui)} }.into_any(),
            ),
            "readonly" => (
                t.trouble_readonly_title,
                t.trouble_readonly,
                view! { {over(false)}{copy()} }.into_any(),
            ),
            _ => return None,
        };
        Some(view! {
            <section class="card note" part="card note" role="status" data-saving=status data-code=code>
                <h2>{title}</h2><p class="why">{why}</p><div class="acts">{acts}</div>
            </section>
        }.into_any())
    };
    view! { {follow(failed)}{follow(saving)} }.into_any()
}

/// Two fields for a new passphrase.
fn new_passphrase(ui: Ui, label: &'static str, done: impl Fn(String) + 'static) -> AnyView {
    let t = ui.lang.texts();
    let (first, second) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let wrong = RwSignal::new(None::<String>);
    let submit = move |e: leptos::ev::SubmitEvent| {
        e.prevent_default();
        let given = first.get_untracked();
        if given.chars().count() < SHORTEST {
            let n = [("n", Arg::Count(SHORTEST as u64))];
            return wrong.set(Some(fill(ui.lang, t.lock_short, &n)));
        }
        if given != second.get_untracked() {
            return wrong.set(Some(t.lock_differ.to_owned()));
        }
        wrong.set(None);
        first.set(String::new());
        second.set(String::new());
        done(given);
    };
    view! {
        <form class="passphrase" on:submit=submit>
            <label class="field"><span>{t.lock_new}</span>{secret(first)}</label>
            <label class="field"><span>{t.lock_again}</span>{secret(second)}</label>
            <button type="submit" part="button">{label}</button>
            {move || wrong.get().map(|w| view! { <p class="small wrong" role="alert">{w}</p> })}
        </form>
    }
    .into_any()
}

fn secret(value: RwSignal<String>) -> AnyView {
    view! {
        <input type="password" autocomplete="off" spellcheck="false" prop:value=move || value.get()
            on:input=move |e| value.set(event_target_value(&e))/>
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
fn with_size(ui: Ui, plain: &'static str, template: &'static str) -> String {
    let size = ui
        .data
        .loaded
        .with(|l| l.as_ref().map(|l| l.profile.n_bytes));
    match size {
        Some(n) => fill(
            ui.lang,
            template,
            &[("size", Arg::Text(&bytes(ui.lang, n)))],
        ),
        None => plain.to_owned(),
    }
}

/// Settings of the project that is remembered.
fn remembered(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    let never = Signal::stored(false);
    let now = Memo::new(move |_| {
        ui.view.shelf.with(|s| {
            let c: &Remembered = s.current.as_ref()?;
            let saves = !matches!(c.status.as_str(), "readonly" | "taken");
            Some((c.it.locked, s.can_lock, saves))
        })
    });
    let name = Memo::new(move |_| ui.view.shelf.with(|s| s.name.clone()));
    let data = Signal::derive(move || {
        ui.view
            .shelf
            .with(|s| s.current.as_ref().is_some_and(|c| c.it.data))
    });
    follow(move || {
        let (locked, can_lock, saves) = now.get()?;
        if !saves {
            return None;
        }
        let rename = move |e: leptos::ev::Event| {
            ui.act
                .keep("rename", object(&[("name", event_target_value(&e).into())]));
        };
        let no_data = Signal::derive(move || ui.data.loaded.with(Option::is_none));
        let keeps = check(
            with_size(ui, t.remember_data, t.remember_data_size),
            t.remember_data_why,
            data,
            no_data,
            move |on| ui.act.keep("data", on),
        );
        let lock = move |key: String| ui.act.keep("lock", key);
        let lock = match (can_lock, locked) {
            (false, _) => view! { <p class="why">{t.lock_cannot}</p> }.into_any(),
            (true, false) => view! { <p class="why">{t.lock_clear}</p>{new_passphrase(ui, t.lock_set, lock)} }.into_any(),
            (true, true) => view! {
                <p class="why">{t.lock_closed}</p>
                <details><summary>{t.lock_change}</summary>
                    {new_passphrase(ui, t.lock_change, lock)}
                    <div class="acts">{button(t.lock_remove, false, never, move || ui.act.keep("lock", ""))}</div>
                </details>
            }.into_any(),
        };
        Some(view! {
            <label class="field"><span>{t.project_name}</span><input type="text" maxlength="120" prop:value=move || name.get() on:change=rename/></label>
            {keeps}
            <h3>{t.lock}</h3>
            {lock}
        }.into_any())
    })
}

/// The project as a file, and back.
fn file(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    let (key, data) = (RwSignal::new(String::new()), RwSignal::new(false));
    let can_lock = Memo::new(move |_| ui.view.shelf.with(|s| s.can_lock));
    let save = move |e: leptos::ev::SubmitEvent| {
        e.prevent_default();
        let fields = [
            ("passphrase", key.get_untracked().into()),
            ("data", data.get_untracked().into()),
        ];
        ui.act.keep("export", object(&fields));
        key.set(String::new());
    };
    let open = file_button(t.file_open, ACCEPT, false, blocked(ui), move |file| {
        ui.act.keep("import", file)
    });
    let no_data = Signal::derive(move || ui.data.loaded.with(Option::is_none));
    let data_field = move || {
        check(
            with_size(ui, t.file_data, t.file_data_size),
            "",
            data.into(),
            no_data,
            move |on| data.set(on),
        )
    };
    let key_field = move || {
        can_lock.get().then(|| view! {
            <label class="field"><span>{t.file_passphrase}</span>{secret(key)}<span class="small">{t.file_passphrase_why}</span></label>
        }.into_any())
    };
    view! {
        <h3>{t.file_title}</h3>
        <p class="why">{t.file_why}</p>
        <form class="project-file" on:submit=save>
            {follow(key_field)}
            {follow(data_field)}
            <div class="acts"><button type="submit" part="button">{t.file_save}</button>{open}</div>
        </form>
    }
    .into_any()
}

/// Everything about the project, in a dialog.
pub fn project(ui: Ui, dialog: NodeRef<Dialog>) -> AnyView {
    let t = ui.lang.texts();
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let backdrop = move |e: leptos::ev::MouseEvent| {
        let target = e.target().and_then(|t| t.dyn_into::<Element>().ok());
        if target.is_some_and(|t| t.tag_name() == "DIALOG") {
            close();
        }
    };
    let never = Signal::stored(false);
    let on = Signal::derive(move || ui.view.shelf.with(|s| s.current.is_some()));
    let remember = check(
        t.remember.to_owned(),
        t.remember_why,
        on,
        never,
        move |on| ui.act.keep("remember", on),
    );
    let cannot = move || {
        let code = ui.view.shelf.with(|s| s.cannot.clone())?;
        Some(
            view! { <p class="small wrong" role="status">{trouble(ui.lang, &code)}</p> }.into_any(),
        )
    };
    let leave = move || {
        close();
        ui.act.keep("leave", JsValue::UNDEFINED);
    };
    let others = Memo::new(move |_| ui.view.shelf.with(|s| s.list.is_empty()));
    let others = move || match others.get() {
        true => view! { <p class="why">{t.projects_none}</p> }.into_any(),
        false => list(ui),
    };
    view! {
        <dialog class="privacy project" part="dialog" aria-labelledby="project-title" node_ref=dialog on:click=backdrop>
            <div class="inner">
                <h2 id="project-title">{t.project}</h2>
                <p class="why">{t.project_why}</p>
                {remember}
                {follow(cannot)}
                {remembered(ui)}
                {file(ui)}
                <h3>{t.projects_here}</h3>
                {follow(others)}
                <div class="acts">
                    {button(t.close, true, never, close)}
                    <span title=t.project_leave_why>{button(t.project_leave, false, never, leave)}</span>
                </div>
            </div>
        </dialog>
    }
    .into_any()
}

/// What the person is asked before a project opens: its passphrase, or what becomes of the other tab.
pub fn ask(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    let dialog = NodeRef::<Dialog>::new();
    let question = Memo::new(move |_| ui.view.shelf.with(|s| s.ask.clone()));
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match question.with(Option::is_some) {
            // It refuses when it is open already.
            true => drop(dialog.show_modal()),
            false => dialog.close(),
        }
    });
    let answer = move |with: JsValue| ui.act.keep("answer", with);
    let inside = move || {
        let q = question.get()?;
        let name = [("name", Arg::Text(&q.name))];
        let never = Signal::stored(false);
        let cancel = button(t.cancel, false, never, move || answer(JsValue::UNDEFINED));
        if q.is_busy {
            return Some(
                view! {
                    <h2 id="ask-title">{fill(ui.lang, t.busy_title, &name)}</h2>
                    <p class="why">{t.busy_why}</p>
                    <div class="acts">
                        {button(t.busy_read, true, never, move || answer("read".into()))}
                        {button(t.busy_over, false, never, move || answer("over".into()))}
                        {cancel}
                    </div>
                }
                .into_any(),
            );
        }
        let key = RwSignal::new(String::new());
        let submit = move |e: leptos::ev::SubmitEvent| {
            e.prevent_default();
            answer(key.get_untracked().into());
        };
        let wrong = q
            .is_wrong
            .then(|| view! { <p class="small wrong" role="alert">{t.ask_wrong}</p> }.into_any());
        Some(view! {
            <form on:submit=submit>
                <h2 id="ask-title">{fill(ui.lang, t.ask_title, &name)}</h2>
                <label class="field"><span>{t.ask_why}</span>{secret(key)}</label>
                {wrong}
                <div class="acts"><button type="submit" part="button" class="primary">{t.project_open_do}</button>{cancel}</div>
            </form>
        }.into_any())
    };
    view! {
        <dialog class="privacy ask" part="dialog" aria-labelledby="ask-title" node_ref=dialog
            on:cancel=move |_: web_sys::Event| answer(JsValue::UNDEFINED)>
            <div class="inner">{follow(inside)}</div>
        </dialog>
    }
    .into_any()
}
