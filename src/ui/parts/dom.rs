//! The few things that only the browser can do.
use crate::base::is_number;
use js_sys::{Array, Function, JsString, Object, Reflect, Uint8Array};
use leptos::prelude::*;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Blob, BlobPropertyBag, Element, HtmlAnchorElement, HtmlElement, Url};

/// How long a download may take to start before its address is let go.
const ADDRESS_LIVES: Duration = Duration::from_secs(20);

/// Puts the focus on an element.
pub fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        // An element that left the page meanwhile cannot take it: nothing to do.
        let _ = element.focus();
    }
}

/// A decimal number as a person types it, see [`is_number`]; beyond what a float holds it is infinite. The browser's own
/// parser: that of the standard library would bring its tables into the page.
pub fn parse_number(text: &str) -> Option<f64> {
    is_number(text).then(|| JsValue::from_str(text).unchecked_into_f64())
}

/// Text in small letters, of whatever language. The browser's own way: that of the standard library would bring its tables
/// into the page.
pub fn lower(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

/// A view drawn anew whenever what `draw` reads changes. Boxed, so that the way there is compiled once for each kind of
/// view and not once for each closure.
pub fn follow<V: RenderHtml + 'static>(draw: impl FnMut() -> V + Send + 'static) -> AnyView {
    let draw: Arc<Mutex<dyn FnMut() -> V + Send>> = Arc::new(Mutex::new(draw));
    draw.into_any()
}

/// 32 bytes from the browser's generator, which is there without https, too.
pub fn random_bytes() -> Option<[u8; 32]> {
    let crypto = Reflect::get(&window(), &"crypto".into()).ok()?;
    let draw = Reflect::get(&crypto, &"getRandomValues".into()).ok()?;
    let bytes = Uint8Array::new_with_length(32);
    draw.dyn_ref::<Function>()?.call1(&crypto, &bytes).ok()?;
    bytes.to_vec().try_into().ok()
}

/// Saves bytes (an `ArrayBuffer` or a typed array) as a file.
pub fn download(name: &str, mime: &str, bytes: &Object) {
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    let parts = Array::of1(bytes);
    let Ok(blob) = Blob::new_with_buffer_source_sequence_and_options(&parts, &options) else {
        return;
    };
    let Ok(address) = Url::create_object_url_with_blob(&blob) else {
        return;
    };
    if let Some(link) = document()
        .create_element("a")
        .ok()
        .and_then(|a| a.dyn_into::<HtmlAnchorElement>().ok())
    {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    set_timeout(
        move || {
            // An address already let go is fine.
            let _ = Url::revoke_object_url(&address);
        },
        ADDRESS_LIVES,
    );
}
