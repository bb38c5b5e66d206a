//! Figures of groups, as JavaScript asks for them and gets them.
use super::{
    given::{get, get_text, wrong},
    values::{Fields, table},
};
use crate::{
    base::{Error, ParamReason, Result},
    protocol::{GroupTerms, Groups},
};
use wasm_bindgen::JsValue;

fn get_number(object: &JsValue, key: &str) -> Result<Option<f64>> {
    get(object, key)
        .map(|v| v.as_f64().ok_or_else(|| wrong(key, "number")))
        .transpose()
}

/// What `aggregate` asks.
pub(super) fn group_terms(object: &JsValue) -> Result<GroupTerms> {
    let required = |v: Option<String>, param: &'static str| {
        v.ok_or(Error::Param {
            param: param.into(),
            reason: ParamReason::Required,
        })
    };
    let outcome = get(object, "outcome");
    let outcome = outcome.map(|o| -> Result<_> {
        let column = required(get_text(&o, "column")?, "outcome.column")?;
        Ok((column, required(get_text(&o, "label")?, "outcome.label")?))
    });
    let value = get(object, "value");
    let value = value.map(|v| -> Result<_> {
        let column = required(get_text(&v, "column")?, "value.column")?;
        let bound = |key| Ok(get_number(&v, key)?.unwrap_or(f64::NAN));
        Ok((column, bound("low")?, bound("high")?))
    });
    let number = |key, otherwise| Ok::<f64, Error>(get_number(object, key)?.unwrap_or(otherwise));
    // What is no number, or beyond its range, is refused by the engine as 0 is.
    let micro = (number("epsilon", 0.0)? * 1e6).round();
    Ok(GroupTerms {
        by: required(get_text(object, "by")?, "by")?,
        outcome: outcome.transpose()?,
        value: value.transpose()?,
        id: get_text(object, "id")?,
        epsilon: if micro < 4e9 { micro as u32 } else { 0 },
        delta: number("delta", 1e-6)?,
        gaussian: get(object, "gaussian").is_some_and(|v| v.is_truthy()),
        min_size: number("minSize", 10.0)? as u32,
        seed: Vec::new(),
    })
}

pub(super) fn groups(it: &Groups) -> JsValue {
    let names = ["customers", "total"];
    let within = names.iter().zip(&it.within);
    let within = within.fold(Fields::new(), |f, (key, v)| f.set(key, *v));
    Fields::new()
        .set("table", table(&it.table))
        .set("within", within.done())
        .set("shownFrom", it.shown_from as f64)
        .done()
}
