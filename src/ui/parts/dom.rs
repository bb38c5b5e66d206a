//! The few things that only the browser can do.
use js_sys::{Array, Object};
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast as _;
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
