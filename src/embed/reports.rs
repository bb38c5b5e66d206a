//! Where reports came from: what `Engine.report` needs to write one as a file.
use super::values;
use crate::ui::{Reported, i18n::Lang};
use js_sys::{Array, Object, WeakMap};
use wasm_bindgen::prelude::*;

thread_local! {
    /// A report as a host page has it, with the bytes that brought it and the name of the file it is about. Gone as
    /// soon as the page lets go of the report.
    static PARTS: WeakMap = WeakMap::new();
}

/// The report as JavaScript sees it.
pub(super) fn report(it: &Reported, lang: Lang) -> JsValue {
    let seen = values::report(&it.report, lang);
    let parts = Array::of2(&it.body, &it.name.as_str().into());
    PARTS.with(|all| all.set(seen.unchecked_ref::<Object>(), &parts));
    seen
}

/// `[bytes, name]` of a report that this page was given; undefined for any other object.
#[wasm_bindgen(js_name = partsOfReport)]
pub fn parts_of_report(report: &JsValue) -> JsValue {
    match report.dyn_ref::<Object>() {
        Some(report) => PARTS.with(|all| all.get(report)),
        None => JsValue::UNDEFINED,
    }
}
