//! What this module asks of the page's own.
use js_sys::{Array, ArrayBuffer, Function, Promise, Reflect, Uint8Array};
use leptos::prelude::{LocalStorage, StoredValue, WithValue as _};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::{
    base::Error,
    protocol::{Event, Output, Request, decode, encode},
};

/// An object of functions of the page's module; freely copied.
#[derive(Clone, Copy)]
pub(super) struct Bridge(StoredValue<JsValue, LocalStorage>);

/// What went wrong with a question, told in the reader's language already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Stable code.
    pub(super) code: String,
    /// What happened, as a sentence.
    pub(super) message: String,
}

impl Refusal {
    fn of(error: &JsValue) -> Self {
        let text = |key: &str| {
            let value = Reflect::get(error, &key.into()).ok();
            value.and_then(|v| v.as_string()).unwrap_or_default()
        };
        Self {
            code: text("code"),
            message: text("message"),
        }
    }

    pub(super) fn internal(error: &Error) -> Self {
        Self {
            code: error.code().to_owned(),
            message: String::new(),
        }
    }
}

impl Bridge {
    pub(super) fn new(functions: JsValue) -> Self {
        Self(StoredValue::new_local(functions))
    }

    /// Something of the page that has functions of its own.
    pub(super) fn get(self, name: &str) -> JsValue {
        let found = self
            .0
            .try_with_value(|functions| Reflect::get(functions, &name.into()).ok());
        found.flatten().unwrap_or_default()
    }

    fn function(self, name: &str) -> Option<Function> {
        self.get(name).dyn_into().ok()
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

    /// Has the script that keeps projects do something.
    pub(super) fn keep(self, what: &str, value: impl Into<JsValue>) {
        if let Some(keep) = self.function("keep") {
            // It tells of its failures through the shelf.
            let _ = keep.call2(&JsValue::NULL, &what.into(), &value.into());
        }
    }

    /// What a function of the page gives at once.
    pub(super) fn ask_now(self, name: &str, args: &Array) -> Option<JsValue> {
        self.function(name)?.apply(&JsValue::NULL, args).ok()
    }

    /// What a function of the page gives in the end.
    pub(super) async fn call(self, name: &str, args: &Array) -> Result<JsValue, Refusal> {
        let promise = self
            .ask_now(name, args)
            .and_then(|promise| promise.dyn_into::<Promise>().ok())
            .ok_or_else(|| Refusal::internal(&Error::Cancelled))?;
        JsFuture::from(promise).await.map_err(|e| Refusal::of(&e))
    }

    /// Asks the engine; `dataset` and `model` are what it needs for the answer.
    pub(super) async fn ask(
        self,
        request: &Request,
        dataset: Option<u32>,
        model: Option<u32>,
    ) -> Result<(Output, Option<ArrayBuffer>), Refusal> {
        let bytes = encode(request).map_err(|e| Refusal::internal(&e))?;
        let number = |n: Option<u32>| n.map_or(JsValue::UNDEFINED, JsValue::from);
        let bytes = Uint8Array::from(bytes.as_slice());
        let promise = self
            .function("ask")
            .and_then(|ask| {
                let (dataset, model) = (number(dataset), number(model));
                ask.call3(&JsValue::NULL, &bytes, &dataset, &model).ok()
            })
            .and_then(|answer| answer.dyn_into::<Promise>().ok())
            .ok_or_else(|| Refusal::internal(&Error::Cancelled))?;
        let answer = JsFuture::from(promise).await;
        let parts: Array = answer.map_err(|e| Refusal::of(&e))?.unchecked_into();
        match event(&parts.get(0)) {
            Some(Event::Done(output)) => Ok((*output, parts.get(1).dyn_into().ok())),
            _ => Err(Refusal::internal(&Error::Protocol)),
        }
    }
}

/// The event in a message of the engine.
pub(super) fn event(body: &JsValue) -> Option<Event> {
    let body = body.dyn_ref::<ArrayBuffer>()?;
    decode(&Uint8Array::new(body).to_vec()).ok()
}
