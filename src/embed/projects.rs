//! Projects as the script keeps them: plain objects beside blobs and bytes.
use super::{
    given::{self, entries},
    state::{self, each, field},
    values::{Fields, list, texts},
};
use crate::{
    base::{Error, ParamReason, Result},
    protocol::{DatasetId, ModelId, PROTOCOL},
    ui::{Actions, Held, Project, Shelf, Version},
};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::Blob;

fn version(v: &Version) -> JsValue {
    let metrics = v.metrics.iter();
    let metrics = metrics.fold(Fields::new(), |f, (k, v)| f.set(k, *v));
    Fields::new()
        .set("key", v.key.as_str())
        .set("name", v.name.as_str())
        .set("created", v.created)
        .set("analysis", v.analysis.as_str())
        .set("learner", v.learner.as_str())
        .set("dataset", v.dataset.as_str())
        .set("rows", v.rows as f64)
        .set("threshold", v.threshold)
        .set("metrics", metrics.done())
        .done()
}

fn held(it: &Held) -> JsValue {
    let o = &it.options;
    let kinds = o.kinds.iter();
    let kinds = kinds.fold(Fields::new(), |f, (column, kind)| f.set(column, kind.id()));
    let options = Fields::new()
        .set("name", o.name.as_str())
        .set_some("format", o.format.as_deref())
        .set_some("encoding", o.encoding.as_deref())
        .set_some("delimiter", o.delimiter.map(String::from))
        .set("kinds", kinds.done());
    let rows = list(&it.rows, |(blob, optional)| {
        Fields::new()
            .set("blob", blob)
            .set("optional", texts(optional))
            .done()
    });
    Fields::new()
        .set("blob", &it.blob)
        .set("options", options.done())
        .set("rows", rows)
        .done()
}

/// What the element holds: `{ state, inUse, models, report, protocol, data }`.
pub(super) fn written(actions: Actions) -> JsValue {
    Fields::new()
        .set("state", state::written(&actions.snapshot()))
        .set_some("inUse", actions.version_in_use())
        .set("models", list(&actions.versions(), version))
        .set_some("report", actions.report_body())
        .set("protocol", f64::from(PROTOCOL))
        .set_some("data", actions.held().as_ref().map(held))
        .done()
}

fn text(object: &JsValue, key: &str) -> Option<String> {
    field(object, key).as_string()
}

fn finite(v: &JsValue) -> Option<f64> {
    v.as_f64().filter(|v| v.is_finite())
}

fn read_version(v: &JsValue) -> Option<(Version, Uint8Array)> {
    let number = |key| finite(&field(v, key));
    let metrics = entries(&field(v, "metrics")).into_iter();
    let version = Version {
        key: text(v, "key")?,
        // Given by the engine's end of the page.
        id: ModelId(0),
        name: text(v, "name")?,
        created: number("created").filter(|v| v.abs() < 8.64e15)?,
        analysis: text(v, "analysis")?,
        learner: text(v, "learner")?,
        dataset: text(v, "dataset")?,
        rows: number("rows").filter(|v| *v >= 0.0)? as u64,
        threshold: number("threshold").unwrap_or(0.5),
        metrics: metrics
            .filter_map(|(k, v)| Some((k, finite(&v)?)))
            .collect(),
    };
    Some((version, field(v, "bytes").dyn_into().ok()?))
}

fn read_held(v: &JsValue) -> Option<Held> {
    Some(Held {
        dataset: DatasetId(0),
        blob: field(v, "blob").dyn_into::<Blob>().ok()?,
        options: given::load_options(&field(v, "options"), None).ok()?,
        rows: each(&field(v, "rows"), |v| {
            let optional = each(&field(v, "optional"), JsValue::as_string)?;
            Some((field(v, "blob").dyn_into::<Blob>().ok()?, optional))
        })?,
    })
}

/// What [`written`] gave, with `bytes` in each model.
///
/// # Errors
/// [`Error::Param`] where it is not.
pub(super) fn read(object: &JsValue) -> Result<Project> {
    let wrong = || Error::Param {
        param: "project".into(),
        reason: ParamReason::WrongType {
            expected: "what a project of this version holds".into(),
        },
    };
    let some = |key: &str| Some(field(object, key)).filter(|v| !v.is_undefined() && !v.is_null());
    let data = some("data").map(|v| read_held(&v).ok_or_else(wrong));
    // A report of another build means something else.
    let is_ours = field(object, "protocol").as_f64() == Some(f64::from(PROTOCOL));
    let report = some("report").filter(|_| is_ours);
    Ok(Project {
        state: state::read(&field(object, "state"))?,
        versions: each(&field(object, "models"), read_version).ok_or_else(wrong)?,
        in_use: text(object, "inUse"),
        report: report.and_then(|v| v.dyn_into::<ArrayBuffer>().ok()),
        data: data.transpose()?,
    })
}

/// What the script tells of projects, as far as the page shows it.
pub(super) fn shelf(v: &JsValue) -> Shelf {
    let has = |key: &str| field(v, key).is_object();
    let status = text(&field(v, "current"), "status");
    let halted = matches!(status.as_deref(), Some("failed" | "taken" | "readonly"));
    Shelf {
        any: field(v, "list")
            .dyn_ref::<Array>()
            .is_some_and(|all| all.length() > 0),
        name: text(v, "name").unwrap_or_default(),
        status,
        asks: has("ask"),
        trouble: has("trouble") || halted,
    }
}
