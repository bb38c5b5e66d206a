//! What `options` of the element says, once `options.js` has checked it.
use super::given;
use crate::{
    base::{COSTS, Result},
    ui::{Host, Preset},
};
use wasm_bindgen::JsValue;

pub(super) fn host(given: &JsValue) -> Result<Host> {
    let list = |key: &str| given::get_texts(given, key);
    let preset = given::get(given, "preset").unwrap_or(JsValue::UNDEFINED);
    let kinds = given::load_options(&preset, None)?.kinds;
    let mut params = given::params(given::get(&preset, "params"))?;
    let costs = given::params(given::get(&preset, "costs"))?;
    if !costs.0.is_empty() {
        params = params.with(COSTS, crate::base::Value::Map(costs.0));
    }
    Ok(Host {
        steps: list("steps")?,
        exports: list("exports")?,
        hide: list("hideColumns")?.unwrap_or_default(),
        locked: list("locked")?.unwrap_or_default(),
        preset: Preset {
            roles: given::roles(given::get(&preset, "roles"))?.0,
            kinds,
            recipe: given::recipe(given::get(&preset, "recipe"))?,
            params,
        },
    })
}
