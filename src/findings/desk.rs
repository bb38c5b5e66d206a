//! Mounting: the desk of one element, which lives as long as the element, and the places it draws into.
use super::{Bridge, Pane, book::Book, bridge::event, hosted::Hosted, screens, shelf::Shelf};
use crate::{
    protocol::{Event, Output},
    report::Report,
    ui::{
        i18n::{self, Lang},
        parts::focus,
    },
};
use js_sys::{Array, Object, Reflect};
use leptos::{mount::mount_to, prelude::*};
use std::{any::Any, cell::RefCell, sync::Arc};
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

/// Said by the page where a new heading shall take the focus.
const FOCUS: &str = "data-focus";

/// Takes up a language's file; false when it is of another build.
#[wasm_bindgen(js_name = takeUpTexts)]
pub fn take_up_texts(lang: &str, file: String) -> bool {
    i18n::take_up(Lang::from_tag(lang), file)
}

/// What one element shows of its findings.
#[wasm_bindgen]
pub struct Desk {
    owner: Owner,
    bridge: Bridge,
    threshold: RwSignal<f64>,
    book: Book,
    hosted: Hosted,
    shelf: RwSignal<Shelf>,
    /// Reports read before, with the bytes they were read from.
    read: RefCell<Vec<(JsValue, Arc<Report>)>>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

/// A screen in its place. Freeing it unmounts it.
#[wasm_bindgen]
pub struct Place {
    _view: Box<dyn Any>,
    owner: Owner,
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place").finish_non_exhaustive()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.owner.cleanup();
    }
}

/// Reports kept read; going to and fro between two screens reads neither again.
const KEPT: usize = 3;

#[wasm_bindgen]
impl Desk {
    /// A desk over the page's functions, `ask(request, dataset, model)`, `act(name, value)` and `keep(what, value)` among
    /// them.
    #[wasm_bindgen(constructor)]
    pub fn new(functions: JsValue) -> Self {
        let owner = Owner::new();
        let (bridge, threshold, book, hosted, shelf) = owner.with(|| {
            let (bridge, hosted) = (Bridge::new(functions), Hosted::new());
            provide_context(hosted);
            let shelf = RwSignal::new(Shelf::default());
            (bridge, RwSignal::new(0.5), Book::new(bridge), hosted, shelf)
        });
        Self {
            owner,
            bridge,
            threshold,
            book,
            hosted,
            shelf,
            read: RefCell::default(),
        }
    }

    /// Takes note of what the script that keeps projects tells.
    pub fn projects(&self, shelf: &JsValue) {
        let shelf = Shelf::read(shelf);
        if self.shelf.with_untracked(|now| *now != shelf) {
            self.shelf.set(shelf);
        }
    }

    /// Draws a screen into `root`. `about` says what of: `{ screen, lang, analysis, name, body, threshold, model, dataset,
    /// kept, value, date, steps, exports, locked }`; for `share` also `{ groups, numbers, id, outcome, label }`.
    pub fn show(&self, root: HtmlElement, about: &JsValue) -> Place {
        self.hosted.take(about);
        let get = |key: &str| Reflect::get(about, &key.into()).unwrap_or_default();
        let text = |key: &str| get(key).as_string().unwrap_or_default();
        let report = self.report(&get("body"));
        let own = report.as_ref().map(|r| r.analysis.clone());
        let analysis = own.filter(|a| !a.is_empty());
        let analysis = analysis.unwrap_or_else(|| text("analysis"));
        let lang = Lang::from_tag(&text("lang")).about(&analysis);
        if let Some(threshold) = get("threshold").as_f64() {
            self.threshold.set(threshold);
        }
        let pane = Pane {
            lang,
            threshold: self.threshold,
            bridge: self.bridge,
            has_model: get("model").as_f64().is_some(),
            shelf: self.shelf,
        };
        let id = |key: &str| get(key).as_f64().map(|n| n as u32);
        self.book.set_of(id("dataset").zip(id("model")));
        if let Some(kept) = get("kept").as_string() {
            self.book.take_up(&kept);
        }
        let book = self.book;
        book.value.set(get("value").as_string());
        book.date.set(get("date").as_string());
        if let Some(report) = &report {
            book.take_stated(report);
        }
        let (screen, name) = (text("screen"), text("name"));
        let texts = |key: &str| -> Vec<String> {
            let list = get(key).dyn_into::<Array>().unwrap_or_default();
            list.iter().filter_map(|it| it.as_string()).collect()
        };
        let some = |key: &str| get(key).as_string();
        let open = screens::Open {
            dataset: id("dataset").unwrap_or_default(),
            groups: texts("groups"),
            numbers: texts("numbers"),
            id: some("id"),
            outcome: some("outcome").zip(some("label")),
        };
        let owner = self.owner.with(Owner::new);
        let place = root.clone();
        let view: Box<dyn Any> = owner.with(|| {
            Box::new(mount_to(root, move || {
                screens::screen(pane, book, &screen, &name, report, open)
            }))
        });
        if place.has_attribute(FOCUS)
            && let Ok(Some(heading)) = place.query_selector("h1")
        {
            // It is there.
            let _ = place.remove_attribute(FOCUS);
            focus(&heading);
        }
        Place { _view: view, owner }
    }
}

impl Desk {
    fn report(&self, body: &JsValue) -> Option<Arc<Report>> {
        let mut read = self.read.borrow_mut();
        if let Some((_, report)) = read.iter().find(|(b, _)| Object::is(b, body)) {
            return Some(report.clone());
        }
        let report = match event(body)? {
            Event::Done(output) => match *output {
                Output::Report(report) | Output::Predicted(report) => Arc::new(report),
                // A model's card is shown as a table like any other.
                Output::Model(card) => Arc::new(Report {
                    tables: card
                        .card
                        .map(|t| ("model_card".to_owned(), t))
                        .into_iter()
                        .collect(),
                    ..Report::default()
                }),
                _ => return None,
            },
            _ => return None,
        };
        if read.len() == KEPT {
            read.remove(0);
        }
        read.push((body.clone(), report.clone()));
        Some(report)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.owner.cleanup();
    }
}
