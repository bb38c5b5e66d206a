//! Fields of plain objects that scripts give.
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};

pub(super) fn get(of: &JsValue, key: &str) -> JsValue {
    Reflect::get(of, &key.into()).unwrap_or(JsValue::UNDEFINED)
}

pub(super) fn some_text(of: &JsValue, key: &str) -> Option<String> {
    get(of, key).as_string()
}

pub(super) fn text(of: &JsValue, key: &str) -> String {
    some_text(of, key).unwrap_or_default()
}

pub(super) fn some_number(of: &JsValue, key: &str) -> Option<f64> {
    get(of, key).as_f64().filter(|n| n.is_finite())
}

pub(super) fn number(of: &JsValue, key: &str) -> f64 {
    some_number(of, key).unwrap_or_default()
}

pub(super) fn flag(of: &JsValue, key: &str) -> bool {
    get(of, key).is_truthy()
}

/// The object behind a key, where there is one.
pub(super) fn inner(of: &JsValue, key: &str) -> Option<JsValue> {
    Some(get(of, key)).filter(JsValue::is_object)
}

pub(super) fn list<T>(of: &JsValue, key: &str, each: fn(&JsValue) -> T) -> Vec<T> {
    let list = get(of, key).dyn_into::<Array>();
    list.map_or_else(|_| Vec::new(), |l| l.iter().map(|v| each(&v)).collect())
}

/// A plain object.
pub(super) fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let made = Object::new();
    for (key, value) in fields {
        // Setting a key of a fresh object cannot fail.
        let _ = Reflect::set(&made, &(*key).into(), value);
    }
    made.into()
}
