//! Projects of this device, what keeps the work from being saved, and what is asked before a project opens.
use crate::{
    findings::{Pane, fields::object, hosted, shelf::Shelved},
    ui::{
        i18n::{Arg, Lang, bytes, date_time, fill, trouble},
        parts::{button, focus, follow},
    },
};
use leptos::{html, prelude::*};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::Element;

/// When, on the person's own clock.
pub(super) fn local(lang: Lang, ms: f64) -> String {
    let offset = js_sys::Date::new(&ms.into()).get_timezone_offset();
    date_time(lang, ms / 1000.0 - offset * 60.0)
}

/// Whether the host lets a project out.
fn exports() -> bool {
    hosted::exports("project")
}

/// A field for a passphrase.
pub(super) fn secret(value: RwSignal<String>, field: NodeRef<html::Input>) -> AnyView {
    view! {
        <input type="password" autocomplete="off" spellcheck="false" node_ref=field prop:value=move || value.get()
            on:input=move |e| value.set(event_target_value(&e))/>
    }
    .into_any()
}

/// The title of a dialog, which takes the focus when it is drawn: screen readers start there, and so does Tab.
pub(super) fn title(id: &'static str, text: String) -> AnyView {
    let heading = NodeRef::<html::H2>::new();
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            focus(&heading);
        }
    });
    view! { <h2 id=id tabindex="-1" node_ref=heading>{text}</h2> }.into_any()
}

/// Puts the focus on the heading of a list whose row is about to go.
fn home(e: &leptos::ev::MouseEvent) {
    let pressed = e.target().and_then(|t| t.dyn_into::<Element>().ok());
    let place = pressed.and_then(|t| t.closest(".findings").ok().flatten());
    if let Some(Some(heading)) = place.map(|p| p.query_selector("[data-home]").ok().flatten()) {
        focus(&heading);
    }
}

fn link(text: &'static str, label: String, press: impl Fn() + 'static) -> AnyView {
    view! { <button type="button" class="kept-link" aria-label=label on:click=move |_| press()>{text}</button> }.into_any()
}

/// What is known of a project, in a line.
fn facts(lang: Lang, it: &Shelved, is_open: bool) -> String {
    let t = lang.texts();
    let mut facts = vec![local(lang, it.changed), bytes(lang, it.size as u64)];
    facts.extend(it.data.then(|| t.project_with_data.to_owned()));
    facts.extend(it.locked.then(|| t.project_locked.to_owned()));
    facts.extend(is_open.then(|| t.project_is_open.to_owned()));
    facts.join(" · ")
}

/// One project in a list.
fn shelved(pane: Pane, id: String) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let id = StoredValue::new(id);
    let it = Memo::new(move |_| {
        pane.shelf.with(|s| {
            let found = id.with_value(|id| s.list.iter().find(|p| p.id == *id).cloned());
            let open = s.current.as_ref().map(|c| &c.it.id);
            let is_open = id.with_value(|id| open == Some(id));
            (found.unwrap_or_default(), is_open)
        })
    });
    let name = Memo::new(move |_| it.with(|it| it.0.name.clone()));
    let renames = RwSignal::new(false);
    let sure = RwSignal::new(false);
    let of = move |template| name.with(|name| fill(lang, template, &[("name", Arg::Text(name))]));
    let field = NodeRef::<html::Input>::new();
    let back = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            focus(&field);
            field.select();
        }
    });
    let done = move || {
        renames.set(false);
        if let Some(back) = back.get_untracked() {
            focus(&back);
        }
    };
    let given = follow(move || {
        if !renames.get() {
            return view! { <b class="name">{name.get()}</b> }.into_any();
        }
        let rename = move |e: leptos::ev::Event| {
            let name = event_target_value(&e);
            done();
            let fields = [("id", id.get_value().into()), ("name", name.into())];
            pane.bridge.keep("rename", object(&fields));
        };
        // Escape gives the renaming up, not the dialog.
        let key = move |e: leptos::ev::KeyboardEvent| match e.key().as_str() {
            "Escape" => {
                e.prevent_default();
                done();
            }
            "Enter" => {
                if let Some(field) = field.get_untracked()
                    && name.with_untracked(|name| field.value() == *name)
                {
                    done();
                }
            }
            _ => {}
        };
        view! {
            <input type="text" maxlength="120" aria-label=of(t.project_rename_of) prop:value=name.get_untracked() node_ref=field
                on:keydown=key on:change=rename/>
        }
        .into_any()
    });
    let delete = move || {
        if sure.get() {
            t.project_delete_sure
        } else {
            t.project_delete
        }
    };
    let delete_label = move || format!("{}: {}", delete(), of(t.project_delete_of));
    let press = move |e: leptos::ev::MouseEvent| match sure.get_untracked() {
        true => {
            home(&e);
            pane.bridge.keep("delete", id.get_value());
        }
        false => sure.set(true),
    };
    let is_open = Memo::new(move |_| it.with(|it| it.1));
    let off = Signal::derive(move || pane.shelf.with(|s| s.blocked));
    let open = follow(move || {
        (!is_open.get()).then(|| {
            view! {
                <button type="button" part="button" aria-label=of(t.project_open_of) disabled=move || off.get()
                    on:click=move |_| pane.bridge.keep("open", id.get_value())>{t.project_open_do}</button>
            }
            .into_any()
        })
    });
    let exported = exports().then(|| {
        let out = move || {
            let about = object(&[("id", id.get_value().into())]);
            pane.bridge.keep("export", about);
        };
        link(t.project_export, of(t.project_export_of), out)
    });
    let all = follow(move || it.with(|it| facts(lang, &it.0, it.1)));
    view! {
        <li data-project=id.get_value()>
            <div class="what">{given}<span class="small">{all}</span></div>
            <div class="acts">
                <button type="button" class="kept-link" aria-label=move || of(t.project_rename_of) aria-expanded=move || renames.get().to_string()
                    node_ref=back on:click=move |_| renames.update(|r| *r = !*r)>{t.project_rename}</button>
                {exported}
                <button type="button" class="kept-link" class:danger=move || sure.get() aria-label=delete_label
                    on:click=press on:blur=move |_| { sure.try_set(false); }>{delete}</button>
                {open}
            </div>
        </li>
    }
    .into_any()
}

/// The projects of this device. Rows stay while they are the same projects, so that the focus stays where it is.
pub(super) fn list(pane: Pane) -> AnyView {
    let ids = Memo::new(move |_| {
        pane.shelf
            .with(|s| s.list.iter().map(|it| it.id.clone()).collect::<Vec<_>>())
    });
    follow(move || {
        let rows = ids.get().into_iter().map(|id| shelved(pane, id));
        view! { <ul class="projects">{rows.collect_view()}</ul> }.into_any()
    })
}

/// On the start screen: where the person left off.
pub(super) fn go_on(pane: Pane) -> AnyView {
    let t = pane.lang.texts();
    view! { <section class="card" part="card"><h2 tabindex="-1" data-home="">{t.projects_title}</h2>{list(pane)}</section> }.into_any()
}

/// A button that saves the open project as a file, where the host lets it.
fn save_file(pane: Pane) -> Option<AnyView> {
    let t = pane.lang.texts();
    exports().then(|| {
        button(t.file_save, false, Signal::stored(false), move || {
            pane.bridge.keep("export", object(&[]))
        })
    })
}

/// Over every screen: what keeps the work from being saved, and what went wrong with a project.
pub(super) fn troubles(pane: Pane) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let wrong = Memo::new(move |_| pane.shelf.with(|s| s.trouble.clone()));
    let state = Memo::new(move |_| {
        pane.shelf.with(|s| {
            let current = s.current.as_ref()?;
            Some((current.status.clone(), current.code.clone()))
        })
    });
    let never = Signal::stored(false);
    let failed = move || {
        let (code, message) = wrong.get()?;
        let said = trouble(lang, &code);
        let said = if said.is_empty() {
            message
        } else {
            said.to_owned()
        };
        let dismiss = move || pane.bridge.keep("dismiss", JsValue::UNDEFINED);
        Some(
            view! {
                <section class="card bad" part="card error" role="alert" data-code=code>
                    <h2>{t.trouble_title}</h2>
                    <p>{said}</p>
                    <div class="acts">{button(t.dismiss, false, never, dismiss)}</div>
                </section>
            }
            .into_any(),
        )
    };
    let saving = move || {
        let (status, code) = state.get()?;
        let act = move |label, what: &'static str| {
            button(label, false, never, move || {
                pane.bridge.keep(what, JsValue::UNDEFINED)
            })
        };
        let copy = move || act(t.project_copy, "copy");
        let over = move || act(t.busy_over, "over");
        let (title, why, acts) = match status.as_str() {
            "failed" => (
                t.trouble_failed_title,
                trouble(lang, &code),
                save_file(pane).into_any(),
            ),
            "taken" => (
                t.trouble_taken_title,
                t.trouble_taken,
                view! { {copy()}{over()}{save_file(pane)} }.into_any(),
            ),
            "readonly" => (
                t.trouble_readonly_title,
                t.trouble_readonly,
                view! { {over()}{copy()} }.into_any(),
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

/// What the person is asked before a project opens: its passphrase, or what becomes of the other tab.
pub(super) fn ask(pane: Pane) -> AnyView {
    let question = Memo::new(move |before: Option<&Option<(bool, String)>>| {
        let asked = pane.shelf.with(|s| {
            let q = s.ask.as_ref()?;
            Some((q.is_busy, q.name.clone()))
        });
        // While the dialog closes, it says what it said.
        asked.or_else(|| before.cloned().flatten())
    });
    follow(move || {
        let (is_busy, name) = question.get()?;
        let inside = if is_busy { elsewhere } else { unlock };
        Some(inside(pane, &name))
    })
}

fn answer(pane: Pane, with: impl Into<JsValue>) {
    pane.bridge.keep("answer", with);
}

/// Another tab has it.
fn elsewhere(pane: Pane, name: &str) -> AnyView {
    let t = pane.lang.texts();
    let never = Signal::stored(false);
    let act = move |label, primary, with: &'static str| {
        button(label, primary, never, move || answer(pane, with))
    };
    let heading = fill(pane.lang, t.busy_title, &[("name", Arg::Text(name))]);
    view! {
        {title("ask-title", heading)}
        <p class="why">{t.busy_why}</p>
        <div class="acts">{act(t.busy_read, true, "read")}{act(t.busy_over, false, "over")}{act(t.cancel, false, "")}</div>
    }
    .into_any()
}

/// It is locked.
fn unlock(pane: Pane, name: &str) -> AnyView {
    let t = pane.lang.texts();
    let key = RwSignal::new(String::new());
    let field = NodeRef::<html::Input>::new();
    let said = Memo::new(move |_| {
        pane.shelf.with(|s| {
            let q = s.ask.as_ref();
            q.map_or((false, false), |q| (q.is_wrong, q.is_tried))
        })
    });
    let is_tried = Signal::derive(move || said.get().1);
    let is_wrong = Signal::derive(move || said.get().0);
    Effect::new(move |_| {
        let (is_wrong, is_tried) = said.get();
        let Some(field) = field.get().filter(|_| !is_tried) else {
            return;
        };
        // A passphrase that was wrong is typed anew, not mended: it cannot be seen.
        if is_wrong {
            field.select();
        }
        focus(&field);
    });
    let submit = move |e: leptos::ev::SubmitEvent| {
        e.prevent_default();
        let given = key.get_untracked();
        if !given.is_empty() && !is_tried.get_untracked() {
            answer(pane, given);
        }
    };
    let wrong = move || {
        is_wrong.get().then(|| {
            view! { <p class="small wrong" id="ask-wrong" role="alert">{t.ask_wrong}</p> }
                .into_any()
        })
    };
    let label = move || {
        if is_tried.get() {
            t.working
        } else {
            t.project_open_do
        }
    };
    let cancel = button(t.cancel, false, Signal::stored(false), move || {
        answer(pane, "")
    });
    let heading = fill(pane.lang, t.ask_title, &[("name", Arg::Text(name))]);
    view! {
        <form on:submit=submit aria-busy=move || is_tried.get().to_string()>
            <h2 id="ask-title">{heading}</h2>
            <label class="field"><span>{t.ask_why}</span>{secret(key, field)}</label>
            {follow(wrong)}
            <div class="acts"><button type="submit" part="button" class="primary" disabled=move || is_tried.get()>{label}</button>{cancel}</div>
        </form>
    }
    .into_any()
}
