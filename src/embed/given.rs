//! What a host gives, read from its values by hand: anything else than what is expected is named.
use crate::base::{
    ColumnKind, Error, LoadOptions, Named, ParamReason, Params, Recipe, Result, Role, Roles, Step,
    Value,
};
use js_sys::{Array, JsString, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

pub(super) fn wrong(param: &str, expected: &'static str) -> Error {
    Error::Param {
        param: param.to_owned().into(),
        reason: ParamReason::WrongType {
            expected: expected.into(),
        },
    }
}

pub(super) fn get(object: &JsValue, key: &str) -> Option<JsValue> {
    if !object.is_object() {
        return None;
    }
    Reflect::get(object, &key.into())
        .ok()
        .filter(|v| !v.is_undefined() && !v.is_null())
}

pub(super) fn get_text(object: &JsValue, key: &str) -> Result<Option<String>> {
    get(object, key)
        .map(|v| v.as_string().ok_or_else(|| wrong(key, "text")))
        .transpose()
}

fn get_count(object: &JsValue, key: &str) -> Result<Option<u64>> {
    let Some(value) = get(object, key) else {
        return Ok(None);
    };
    match value.as_f64() {
        Some(v) if v >= 1.0 && v.fract() == 0.0 => Ok(Some(v as u64)),
        _ => Err(wrong(key, "a whole number from 1")),
    }
}

pub(super) fn entries(object: &JsValue) -> Vec<(String, JsValue)> {
    let Some(object) = object.dyn_ref::<Object>() else {
        return Vec::new();
    };
    let pair = |e: JsValue| {
        e.dyn_into::<Array>()
            .ok()
            .and_then(|e| Some((e.get(0).as_string()?, e.get(1))))
    };
    Object::entries(object).iter().filter_map(pair).collect()
}

/// Each item of an array, up to the first that is wrong.
fn each<T>(list: &Array, one: impl Fn(JsValue) -> Result<T>) -> Result<Vec<T>> {
    let mut all = Vec::new();
    for item in list.iter() {
        all.push(one(item)?);
    }
    Ok(all)
}

fn named(pairs: Vec<(String, JsValue)>) -> Result<Named> {
    let mut all = Vec::new();
    for (k, v) in pairs {
        let value = from_value(&k, &v)?;
        all.push((k, value));
    }
    Ok(all.into_iter().collect())
}

fn from_value(name: &str, v: &JsValue) -> Result<Value> {
    if let Some(v) = v.as_bool() {
        return Ok(Value::Flag(v));
    }
    if let Some(v) = v.as_f64() {
        let whole = v.fract() == 0.0 && v.abs() < 9e15;
        return Ok(if whole {
            Value::Int(v as i64)
        } else {
            Value::Float(v)
        });
    }
    if let Some(v) = v.dyn_ref::<JsString>() {
        return Ok(Value::Text(String::from(v)));
    }
    if let Some(v) = v.dyn_ref::<Array>() {
        return each(v, |v| from_value(name, &v)).map(Value::List);
    }
    if v.is_object() && !v.is_function() {
        return named(entries(v)).map(Value::Map);
    }
    Err(wrong(name, "a plain value"))
}

pub(super) fn params(object: Option<JsValue>) -> Result<Params> {
    let Some(object) = object else {
        return Ok(Params::default());
    };
    let mut given = entries(&object);
    given.retain(|(_, v)| !v.is_undefined() && !v.is_null());
    named(given).map(Params)
}

fn text_list(name: &str, v: &JsValue) -> Result<Vec<String>> {
    if let Some(one) = v.as_string() {
        return Ok(vec![one]);
    }
    let list = v.dyn_ref::<Array>().ok_or_else(|| wrong(name, "text"))?;
    each(list, |v| v.as_string().ok_or_else(|| wrong(name, "text")))
}

pub(super) fn roles(object: Option<JsValue>) -> Result<Roles> {
    let mut roles = Roles::default();
    for (name, columns) in object.map(|o| entries(&o)).unwrap_or_default() {
        if columns.is_undefined() || columns.is_null() {
            continue;
        }
        let role = Role::from_id(&name).ok_or_else(|| Error::Unknown {
            what: "role".into(),
            id: name.clone(),
        })?;
        for column in text_list(&name, &columns)? {
            roles.0.push((role, column));
        }
    }
    Ok(roles)
}

pub(super) fn recipe(object: Option<JsValue>) -> Result<Option<Recipe>> {
    let Some(object) = object else {
        return Ok(None);
    };
    let steps = get(&object, "steps")
        .and_then(|s| s.dyn_into::<Array>().ok())
        .ok_or_else(|| wrong("recipe", "a list of steps"))?;
    let step = |s: JsValue| {
        Ok(Step {
            kind: get_text(&s, "kind")?.ok_or_else(|| wrong("kind", "text"))?,
            columns: get(&s, "columns")
                .map(|c| text_list("columns", &c))
                .transpose()?
                .unwrap_or_default(),
            params: params(get(&s, "params"))?,
            enabled: get(&s, "enabled").and_then(|e| e.as_bool()).unwrap_or(true),
        })
    };
    Ok(Some(Recipe {
        steps: each(&steps, step)?,
    }))
}

pub(super) fn get_texts(object: &JsValue, key: &str) -> Result<Option<Vec<String>>> {
    get(object, key).map(|v| text_list(key, &v)).transpose()
}

pub(super) fn load_options(object: &JsValue, fallback_name: Option<String>) -> Result<LoadOptions> {
    let delimiter = match get_text(object, "delimiter")? {
        None => None,
        Some(text) => {
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) => Some(c),
                _ => return Err(wrong("delimiter", "one character")),
            }
        }
    };
    let mut kinds = Vec::new();
    for (column, kind) in get(object, "kinds")
        .map(|k| entries(&k))
        .unwrap_or_default()
    {
        let kind = kind
            .as_string()
            .and_then(|k| ColumnKind::from_id(&k))
            .ok_or_else(|| wrong("kinds", "a column kind"))?;
        kinds.push((column, kind));
    }
    Ok(LoadOptions {
        name: get_text(object, "name")?
            .or(fallback_name)
            .unwrap_or_default(),
        format: get_text(object, "format")?,
        encoding: get_text(object, "encoding")?,
        delimiter,
        kinds,
        hide: get_texts(object, "hide")?.unwrap_or_default(),
        only: get_texts(object, "columns")?,
        sample: get_count(object, "sample")?,
    })
}
