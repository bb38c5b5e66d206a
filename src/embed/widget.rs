//! The element's inside: the interface, mounted over an engine, and its events.
use super::{core::Core, core::name_of, events, values};
use crate::{
    base::{Error, Result},
    client::Client,
    protocol::DatasetId,
    ui::{self, Actions, Context, Mounted, Notice, i18n::Lang},
};
use js_sys::{Function, Promise};
use leptos::prelude::{RwSignal, Set as _};
use std::{cell::Cell, rc::Rc};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{Blob, CustomEvent, CustomEventInit, HtmlElement};

/// One mounted interface. Freeing it unmounts, ends the engine and removes every listener.
#[wasm_bindgen]
pub struct Widget {
    mounted: Option<Mounted>,
    client: Rc<Client>,
    lang: Rc<Cell<Lang>>,
    lang_signal: RwSignal<Lang>,
    theme_signal: RwSignal<String>,
    analyses_signal: RwSignal<Option<Vec<String>>>,
}

impl std::fmt::Debug for Widget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Widget")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
