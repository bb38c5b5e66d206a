//! What `options` of the element says, once `options.js` has checked it.
use super::values;
use crate::{
    base::{COSTS, Result},
    ui::{Host, Preset},
};
use wasm_bindgen::JsValue;

pub(super) fn host(given: &JsValue) -> Result<Host> {
    let list = |key: &str| values::get_texts(given, key);
    let preset = values::get(given, "preset").unwrap_or(JsValue::UNDEFINED);
    let kinds = values::load_options(&preset, None)?.kinds;
    let mut params = values::params(values::get(&preset, "params"))?;
    let costs = values::params(values::get(&preset, "costs"))?;
    if !costs.0.is_empty() {
        params = params.with(COSTS, crate::base::Value::Map(costs.0));
    }
    Ok(Host {
        steps: list("steps")?,
        exports: list("exports")?,
        hide: list("hideColumns")?.unwrap_or_default(),
        locked: list("locked")?.unwrap_or_default(),
        preset: Preset {
            roles: values::roles(values::get(&preset, "roles"))?.0,
            kinds,
            recipe: values::recipe(values::get(&preset, "recipe"))?,
            params,
        },
    })
}
