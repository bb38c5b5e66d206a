//! What this module asks of the page's own.
use js_sys::{ArrayBuffer, Function, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::protocol::{Event, decode};

/// An object of functions of the page's module; freely copied.
#[derive(Clone, Copy)]
pub(super) struct Bridge(StoredValue<JsValue, LocalStorage>);

impl Bridge {
    pub(super) fn new(functions: JsValue) -> Self {
        Self(StoredValue::new_local(functions))
    }

    fn function(self, name: &str) -> Option<Function> {
        self.0.try_with_value(|functions| {
            let found = Reflect::get(functions, &name.into()).ok()?;
            found.dyn_into::<Function>().ok()
        })?
    }

    /// Tells the page what the person did here.
    pub(super) fn act(self, name: &str) {
        self.tell(name, JsValue::UNDEFINED);
    }

    /// The same, with what it is about.
    pub(super) fn tell(self, name: &str, value: impl Into<JsValue>) {
        if let Some(act) = self.function("act") {
            // The element may be gone by now.
            let _ = act.call2(&JsValue::NULL, &name.into(), &value.into());
        }
    }
}

/// The event in a message of the engine.
pub(super) fn event(body: &JsValue) -> Option<Event> {
    let body = body.dyn_ref::<ArrayBuffer>()?;
    decode(&Uint8Array::new(body).to_vec()).ok()
}
