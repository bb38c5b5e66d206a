//! The view as `save` gives it and `restore` takes it: enums by their names, a parameter's value as an object with its
//! type as only key.
use super::{
    given::entries,
    values::{Fields, list, texts},
};
use crate::{
    base::{ColumnKind, Error, Named, ParamReason, Params, Recipe, Result, Role, Step, Value},
    ui::{Step as ViewStep, Theme, ViewState, i18n::Lang},
};
use js_sys::{Array, Reflect};
use std::fmt::Debug;
use wasm_bindgen::{JsCast, JsValue};

fn lang_id(lang: Lang) -> &'static str {
    lang.tag().split('-').next().unwrap_or_default()
}

/// Pairs as arrays of two.
fn pairs<A, B>(
    items: &[(A, B)],
    first: impl Fn(&A) -> String,
    second: impl Fn(&B) -> String,
) -> JsValue {
    list(items, |(a, b)| {
        Array::of2(&first(a).into(), &second(b).into()).into()
    })
}

fn name(it: &impl Debug) -> String {
    format!("{it:?}")
}

fn value(v: &Value) -> JsValue {
    let (kind, inner): (_, JsValue) = match v {
        Value::Flag(v) => ("Flag", (*v).into()),
        Value::Int(v) => ("Int", (*v as f64).into()),
        Value::Float(v) => ("Float", (*v).into()),
        Value::Text(v) => ("Text", v.as_str().into()),
        Value::List(v) => ("List", list(v, value)),
        Value::Map(v) => ("Map", named(v)),
    };
    Fields::new().set(kind, inner).done()
}

fn named(values: &Named) -> JsValue {
    let all = values.iter();
    all.fold(Fields::new(), |f, (k, v)| f.set(k, value(v)))
        .done()
}

fn step(step: &Step) -> JsValue {
    Fields::new()
        .set("kind", step.kind.as_str())
        .set("columns", texts(&step.columns))
        .set("params", named(&step.params.0))
        .set("enabled", step.enabled)
        .done()
}

fn or_null(value: Option<JsValue>) -> JsValue {
    value.unwrap_or(JsValue::NULL)
}

/// The view as a plain object.
pub(super) fn written(state: &ViewState) -> JsValue {
    let recipe = state.recipe.as_ref();
    let recipe = recipe.map(|r| Fields::new().set("steps", list(&r.steps, step)).done());
    Fields::new()
        .set("lang", lang_id(state.lang))
        .set("theme", or_null(state.theme.map(|t| t.id().into())))
        .set("step", state.step.id())
        .set("roles", pairs(&state.roles, name, String::clone))
        .set(
            "positive",
            or_null(state.positive.as_deref().map(JsValue::from)),
        )
        .set("kinds", pairs(&state.kinds, String::clone, name))
        .set("recipe", or_null(recipe))
        .set("params", named(&state.params.0))
        .set("kept", or_null(state.kept.as_deref().map(JsValue::from)))
        .set("threshold", or_null(state.threshold.map(JsValue::from)))
        .done()
}

/// What the object says; what it leaves out is as at the start.
///
/// # Errors
/// [`Error::Param`] when it is not what [`written`] gives.
pub(super) fn read(object: &JsValue) -> Result<ViewState> {
    view(object).ok_or_else(|| Error::Param {
        param: "state".into(),
        reason: ParamReason::WrongType {
            expected: "what save() gave".into(),
        },
    })
}

pub(super) fn field(object: &JsValue, key: &str) -> JsValue {
    // Only a getter that throws fails, and then there is nothing to take up.
    Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED)
}

/// One of `all`, by its name.
fn pick<T: Copy>(all: &[T], id: impl Fn(T) -> String, v: &JsValue) -> Option<T> {
    let wanted = v.as_string()?;
    all.iter().copied().find(|t| id(*t) == wanted)
}

/// Each item of an array; nothing when one of them is wrong.
pub(super) fn each<T>(v: &JsValue, one: impl Fn(&JsValue) -> Option<T>) -> Option<Vec<T>> {
    let list = v.dyn_ref::<Array>()?;
    let mut all = Vec::new();
    for item in list.iter() {
        all.push(one(&item)?);
    }
    Some(all)
}

fn pair(v: &JsValue) -> Option<(JsValue, JsValue)> {
    let pair = v.dyn_ref::<Array>().filter(|p| p.length() == 2)?;
    Some((pair.get(0), pair.get(1)))
}

fn read_value(v: &JsValue) -> Option<Value> {
    let mut all = entries(v).into_iter();
    let (Some((kind, v)), None) = (all.next(), all.next()) else {
        return None;
    };
    Some(match kind.as_str() {
        "Flag" => Value::Flag(v.as_bool()?),
        "Int" => Value::Int(
            v.as_f64()
                .filter(|v| v.fract() == 0.0 && v.abs() < 9.1e15)? as i64,
        ),
        // What is no number is written as none.
        "Float" if v.is_null() => Value::Float(f64::NAN),
        "Float" => Value::Float(v.as_f64()?),
        "Text" => Value::Text(v.as_string()?),
        "List" => Value::List(each(&v, read_value)?),
        "Map" => Value::Map(read_named(&v)?),
        _ => return None,
    })
}

fn read_named(v: &JsValue) -> Option<Named> {
    if !v.is_object() {
        return None;
    }
    let mut all = Vec::new();
    for (k, v) in entries(v) {
        all.push((k, read_value(&v)?));
    }
    Some(all.into_iter().collect())
}

fn read_step(v: &JsValue) -> Option<Step> {
    Some(Step {
        kind: field(v, "kind").as_string()?,
        columns: each(&field(v, "columns"), JsValue::as_string)?,
        params: Params(read_named(&field(v, "params"))?),
        enabled: field(v, "enabled").as_bool()?,
    })
}

fn view(object: &JsValue) -> Option<ViewState> {
    if !object.is_object() {
        return None;
    }
    let mut state = ViewState::default();
    let given = |key| Some(field(object, key)).filter(|v| !v.is_undefined());
    let some = |key| given(key).filter(|v| !v.is_null());
    if let Some(v) = given("lang") {
        state.lang = pick(&Lang::ALL, |l| lang_id(l).to_owned(), &v)?;
    }
    if let Some(v) = some("theme") {
        state.theme = Some(pick(&Theme::ALL, |t| t.id().to_owned(), &v)?);
    }
    if let Some(v) = given("step") {
        state.step = pick(&ViewStep::ALL, |s| s.id().to_owned(), &v)?;
    }
    if let Some(v) = given("roles") {
        state.roles = each(&v, |v| {
            let (role, column) = pair(v)?;
            let role = pick(&Role::ALL, |r| name(&r), &role)?;
            Some((role, column.as_string()?))
        })?;
    }
    if let Some(v) = some("positive") {
        state.positive = Some(v.as_string()?);
    }
    if let Some(v) = given("kinds") {
        state.kinds = each(&v, |v| {
            let (column, kind) = pair(v)?;
            let kind = pick(&ColumnKind::ALL, |k| name(&k), &kind)?;
            Some((column.as_string()?, kind))
        })?;
    }
    if let Some(v) = some("recipe") {
        let steps = each(&field(&v, "steps"), read_step)?;
        state.recipe = Some(Recipe { steps });
    }
    if let Some(v) = given("params") {
        state.params = Params(read_named(&v)?);
    }
    if let Some(v) = some("kept") {
        state.kept = Some(v.as_string()?);
    }
    if let Some(v) = some("threshold") {
        state.threshold = Some(v.as_f64()?);
    }
    Some(state)
}
