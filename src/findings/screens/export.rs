//! What a file will hold, said beside its button, and pseudonyms in place of ids. The key is made here or given, shown to be
//! kept, and kept nowhere.
use crate::{
    base::{Error, csv_cell},
    findings::{Bridge, Pane, book::Book, bridge::Refusal},
    protocol::desk::Ask,
    report::{Cells, Report, WhyOf},
    ui::{
        i18n::phrases,
        parts::{button, download, focus, random_bytes},
    },
};
use js_sys::{Array, ArrayBuffer, Object, Uint8Array};
use leptos::{html, prelude::*};
use std::fmt::Write as _;
use wasm_bindgen::{JsCast as _, JsValue};

/// Shortest passphrase; the engine asks for the same.
const SHORTEST: usize = 12;

/// Reasons that the file has of each customer.
const N_REASONS: u32 = 3;

/// A fresh key, as the engine knows it: 32 bytes from the browser's generator.
fn make_key() -> Option<String> {
    let mut key = String::from("kept1-");
    for byte in random_bytes()? {
        let _ = write!(key, "{byte:02x}");
    }
    Some(key)
}

/// How the person wants the ids.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    /// Key or passphrase.
    pub(super) key: String,
    /// Whether a file that says whose pseudonym is whose is wanted, too.
    pub(super) lookup: bool,
}

/// A line that says what the file holds, and a way to save it with pseudonyms, where it has ids.
pub(super) fn holds(pane: Pane, said: &'static str, save: Option<Callback<Chosen>>) -> AnyView {
    let t = pane.lang.texts();
    let dialog = NodeRef::<html::Dialog>::new();
    let more = save.map(|save| {
        let open = move |_| {
            if let Some(dialog) = dialog.get_untracked() {
                // Fails only when it is open already.
                let _ = dialog.show_modal();
            }
        };
        view! {
            " "<button type="button" class="kept-link" aria-haspopup="dialog" on:click=open>{t.pseudonyms_open}</button>
            {ask(pane, dialog, said, save)}
        }
        .into_any()
    });
    view! { <p class="holds" part="holds">{said}{more}</p> }.into_any()
}

fn ask(
    pane: Pane,
    dialog: NodeRef<html::Dialog>,
    said: &'static str,
    save: Callback<Chosen>,
) -> AnyView {
    let t = pane.lang.texts();
    let key = RwSignal::new(String::new());
    let lookup = RwSignal::new(false);
    let field = NodeRef::<html::Textarea>::new();
    let short = Signal::derive(move || key.with(|k| k.trim().chars().count() < SHORTEST));
    let never = Signal::stored(false);
    // The key stays nowhere, however the dialog was closed.
    let gone = move |_: web_sys::Event| {
        key.set(String::new());
        lookup.set(false);
    };
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let make = move || {
        let Some(made) = make_key() else { return };
        key.set(made);
        // Ready to be copied once it is there.
        request_animation_frame(move || {
            if let Some(field) = field.get_untracked() {
                focus(&field);
                field.select();
            }
        });
    };
    let go = move || {
        let chosen = Chosen {
            key: key.get_untracked(),
            lookup: lookup.get_untracked(),
        };
        // What goes wrong is shown where the export belongs.
        save.run(chosen);
        close();
    };
    let hint = move || if short.get() { t.key_short } else { t.key_keep };
    view! {
        <dialog class="pseudonyms" part="dialog" aria-label=t.pseudonyms_title node_ref=dialog on:close=gone>
            <div class="inner">
                <h2>{t.pseudonyms_title}</h2>
                <p class="why">{said}" "{t.pseudonyms_why}</p>
                <label class="field"><span>{t.key_label}</span>
                    <textarea rows="2" node_ref=field spellcheck="false" autocomplete="off" prop:value=move || key.get()
                        on:input=move |e| key.set(event_target_value(&e))></textarea>
                    <span role="status">{hint}</span></label>
                <div class="acts start">{button(t.key_make, false, never, make)}</div>
                <label class="check"><input type="checkbox" prop:checked=move || lookup.get()
                    on:change=move |e| lookup.set(event_target_checked(&e))/><span>{t.lookup_too}</span></label>
                <div class="acts">{button(t.cancel, false, never, close)}{button(t.pseudonyms_save, true, short, go)}</div>
            </div>
        </dialog>
    }
    .into_any()
}

/// Saves a CSV of Kept's own with pseudonyms in its column `id`.
pub(super) async fn save_renamed(
    bridge: Bridge,
    csv: &JsValue,
    name: &str,
    chosen: Chosen,
) -> Result<(), Refusal> {
    let args = Array::of2(csv, &chosen.key.as_str().into());
    let files = bridge.call("rename", &args).await?;
    let files: Array = files.unchecked_into();
    let save = |at: u32, what: &str| {
        let bytes: Object = files.get(at).unchecked_into();
        download(&format!("{name}-{what}.csv"), "text/csv", &bytes);
    };
    save(0, "pseudonyms");
    if chosen.lookup {
        save(1, "lookup");
    }
    Ok(())
}

/// Saves the list as it is, or with pseudonyms.
pub(super) fn save_list(pane: Pane, book: Book, chosen: Option<Chosen>) {
    leptos::task::spawn_local(async move {
        let ask = Ask::Export {
            query: book.query.get_untracked(),
            n_reasons: N_REASONS,
            phrases: Some(Box::new(phrases(pane.lang, &WhyOf::Leaving))),
        };
        match book.ask(ask).await {
            Ok((_, Some(csv))) => {
                let Some(chosen) = chosen else {
                    return download("kept-actions.csv", "text/csv", &csv);
                };
                let saved = save_renamed(pane.bridge, &csv, "kept-actions", chosen).await;
                if let Err(refusal) = saved {
                    book.refusal.try_set(Some(refusal));
                }
            }
            Ok(_) => {}
            Err(refusal) => {
                book.refusal.try_set(Some(refusal));
            }
        }
    });
}

/// Text as bytes that can be handed over.
pub(super) fn bytes_of(text: &str) -> ArrayBuffer {
    Uint8Array::from(text.as_bytes()).buffer()
}

/// Columns of ids in a report's tables.
fn ids(report: &mut Report) -> impl Iterator<Item = &mut Option<String>> {
    let columns = report.tables.iter_mut().flat_map(|(_, t)| &mut t.columns);
    columns
        .filter(|c| c.key == "id")
        .flat_map(|c| match &mut c.cells {
            Cells::Text(cells) => cells.iter_mut(),
            Cells::Number(_) => [].iter_mut(),
        })
}

/// Whether a report names customers.
pub(super) fn names_customers(report: &Report) -> bool {
    let mut columns = report.tables.iter().flat_map(|(_, t)| &t.columns);
    columns.any(|c| c.key == "id")
}

/// The report with pseudonyms in place of ids, and the lookup as CSV.
pub(super) async fn renamed(
    bridge: Bridge,
    mut report: Report,
    key: &str,
) -> Result<(Report, String), Refusal> {
    let all: Vec<String> = ids(&mut report).filter_map(|id| id.clone()).collect();
    let list: Array = all.iter().map(|id| JsValue::from_str(id)).collect();
    let names = bridge
        .call("pseudonyms", &Array::of2(&list, &key.into()))
        .await?;
    let names: Array = names.unchecked_into();
    if names.length() as usize != all.len() {
        return Err(Refusal::internal(&Error::Protocol));
    }
    let (mut at, mut lookup) = (0, String::from("pseudonym,id\r\n"));
    let mut told: Vec<String> = Vec::new();
    for id in ids(&mut report).flatten() {
        let name = names.get(at).as_string().unwrap_or_default();
        if !told.contains(&name) {
            lookup.push_str(&name);
            lookup.push(',');
            csv_cell(&mut lookup, id);
            lookup.push_str("\r\n");
            told.push(name.clone());
        }
        *id = name;
        at += 1;
    }
    Ok((report, lookup))
}
