//! Values as JavaScript sees them: plain objects, no Map, no BigInt; missing numbers are null.
use super::plain::plain;
use crate::{
    base::{
        DatasetProfile, Error, ParamSpec, Progress, Range, Recipe, RoleSpec, Stage, Step, Unit,
        Value, Warning,
    },
    charts::Figure,
    client::Update,
    protocol::{Appended, DatasetId, ModelCard},
    report::{Catalog, Cells, Report, ReportTable},
    ui::i18n::{self, Lang},
};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// An object built key by key.
pub(super) struct Fields(Object);

impl Fields {
    pub(super) fn new() -> Self {
        Self(Object::new())
    }
    pub(super) fn set(self, key: &str, value: impl Into<JsValue>) -> Self {
        self.put(key, value.into());
        self
    }
    // Apart from `set`, so that it is compiled once and not once for each type of a value.
    fn put(&self, key: &str, value: JsValue) {
        // Defining a property cannot fail on a fresh plain object.
        let descriptor = Object::new();
        for (k, v) in [
            ("value", value),
            ("enumerable", true.into()),
            ("writable", true.into()),
            ("configurable", true.into()),
        ] {
            let _ = Reflect::set(&descriptor, &k.into(), &v);
        }
        // `defineProperty` and not assignment: a column named `__proto__` is data too.
        let _ = Reflect::define_property(&self.0, &key.into(), &descriptor);
    }
    pub(super) fn set_some(self, key: &str, value: Option<impl Into<JsValue>>) -> Self {
        match value {
            Some(value) => self.set(key, value),
            None => self,
        }
    }
    pub(super) fn done(self) -> JsValue {
        self.0.into()
    }
}

fn number(v: f64) -> JsValue {
    if v.is_finite() {
        v.into()
    } else {
        JsValue::NULL
    }
}

pub(super) fn list<T>(items: &[T], each: impl Fn(&T) -> JsValue) -> JsValue {
    items.iter().map(each).collect::<Array>().into()
}

pub(super) fn texts<S: AsRef<str>>(items: &[S]) -> JsValue {
    list(items, |s| s.as_ref().into())
}

pub(super) fn error(error: &Error, lang: Lang) -> JsValue {
    let (rows, needed) = match error {
        Error::Memory {
            rows, needed_bytes, ..
        } => (*rows, Some(*needed_bytes)),
        _ => (None, None),
    };
    Fields::new()
        .set("code", error.code())
        .set("message", i18n::error(lang, error))
        .set_some("column", error.column())
        .set_some("row", error.row().map(|r| r as f64))
        .set_some("param", error.param())
        .set_some("rows", rows.map(|n| n as f64))
        .set_some("needed", needed.map(|n| n as f64))
        .done()
}

pub(super) fn progress(progress: &Progress) -> JsValue {
    Fields::new()
        .set("stage", progress.stage.id())
        .set("done", progress.done as f64)
        .set("total", progress.total as f64)
        .done()
}

/// As `onProgress` gets it: progress, with the point of a learning curve where a fit reached one.
pub(super) fn update(update: &Update) -> JsValue {
    match update {
        Update::Progress(at) => progress(at),
        Update::Trace(trace) => {
            let point = Fields::new()
                .set("learner", trace.learner.as_str())
                .set("step", trace.step as f64)
                .set("train_loss", trace.train_loss)
                .set_some("validation_loss", trace.validation_loss);
            Fields::new()
                .set("stage", Stage::Fitting.id())
                .set("done", trace.step as f64)
                .set("total", trace.total as f64)
                .set("trace", point.done())
                .done()
        }
    }
}

/// `ShortRows` becomes `short_rows`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn warning(warning: &Warning, lang: Lang) -> JsValue {
    // An enum is written as its name, or as an object with its name as only key.
    let written = plain(warning);
    let (code, fields) = match written.as_string() {
        Some(name) => (snake(&name), Object::new()),
        None => {
            let entries = written
                .dyn_ref::<Object>()
                .map(Object::entries)
                .unwrap_or_default();
            let entry: Array = entries.get(0).dyn_into().unwrap_or_default();
            (
                snake(&entry.get(0).as_string().unwrap_or_default()),
                entry.get(1).dyn_into().unwrap_or_default(),
            )
        }
    };
    let head = Fields::new()
        .set("code", code)
        .set("message", i18n::warning(lang, warning))
        .done();
    head.dyn_into::<Object>()
        .map_or(JsValue::NULL, |head| Object::assign(&head, &fields).into())
}

fn figure(figure: &Figure) -> JsValue {
    let inner = plain(figure)
        .dyn_into::<Object>()
        .map(|o| Object::values(&o).get(0))
        .unwrap_or(JsValue::NULL);
    match inner.dyn_into::<Object>() {
        Ok(inner) => {
            let _ = Reflect::set(&inner, &"kind".into(), &figure.kind().into());
            inner.into()
        }
        Err(other) => other,
    }
}

pub(super) fn table(table: &ReportTable) -> JsValue {
    let cell = |cells: &Cells, row: usize| match cells {
        Cells::Number(v) => v.get(row).copied().map_or(JsValue::NULL, number),
        Cells::Text(v) => v
            .get(row)
            .and_then(|t| t.as_deref())
            .map_or(JsValue::NULL, JsValue::from_str),
    };
    let rows = (0..table.n_rows()).map(|i| {
        table
            .columns
            .iter()
            .map(|c| cell(&c.cells, i))
            .collect::<Array>()
    });
    Fields::new()
        .set("columns", list(&table.columns, |c| c.key.as_str().into()))
        .set("rows", rows.collect::<Array>())
        .done()
}

pub(super) fn report(report: &Report, lang: Lang) -> JsValue {
    let metrics = report
        .metrics
        .iter()
        .fold(Fields::new(), |f, m| f.set(&m.key, number(m.value)));
    let intervals = report
        .metrics
        .iter()
        .filter_map(|m| m.interval.map(|i| (&m.key, i)));
    let intervals = intervals.fold(Fields::new(), |f, (key, (low, high))| {
        f.set(key, Array::of2(&number(low), &number(high)))
    });
    let figures = report
        .figures
        .iter()
        .fold(Fields::new(), |f, (key, it)| f.set(key, figure(it)));
    let tables = report
        .tables
        .iter()
        .fold(Fields::new(), |f, (key, it)| f.set(key, table(it)));
    Fields::new()
        .set("analysis", report.analysis.as_str())
        .set("seed", report.seed as f64)
        .set_some("model", report.model.as_deref())
        .set("metrics", metrics.done())
        .set("intervals", intervals.done())
        .set("figures", figures.done())
        .set("tables", tables.done())
        .set(
            "sentences",
            list(&report.sentences, |s| i18n::sentence(lang, s).into()),
        )
        .set("warnings", list(&report.warnings, |w| warning(w, lang)))
        .done()
}

/// What `append` gives. Rows are counted from 0.
pub(super) fn appended(
    id: DatasetId,
    profile: &DatasetProfile,
    appended: &Appended,
    lang: Lang,
) -> JsValue {
    let crossed = list(&appended.crossed, |c| {
        Fields::new()
            .set("model", c.model.to_string())
            .set("id", c.id.as_str())
            .set("row", c.row.saturating_sub(1) as f64)
            .set("before", c.before.map_or(JsValue::NULL, number))
            .set("after", number(c.after))
            .set("at_risk", number(c.at_risk))
            .done()
    });
    Fields::new()
        .set("n_rows", appended.n_rows as f64)
        .set("n_new", appended.n_new as f64)
        .set("n_updated", appended.n_updated as f64)
        .set("n_crossed", appended.n_crossed as f64)
        .set("crossed", crossed)
        .set("dataset", dataset(id, profile, lang))
        .done()
}

pub(super) fn dataset(id: DatasetId, profile: &DatasetProfile, lang: Lang) -> JsValue {
    let columns = list(&profile.columns, |c| {
        let head = Fields::new()
            .set("name", c.field.name.as_str())
            .set("kind", c.field.kind.id())
            .set("n_missing", c.n_missing as f64)
            .set("n_distinct", c.n_distinct as f64)
            .set("top", plain(&c.top));
        match &c.numbers {
            Some(n) => head
                .set("min", number(n.min))
                .set("mean", number(n.mean))
                .set("median", number(n.median))
                .set("max", number(n.max))
                .set("sd", number(n.sd))
                .set("skewness", number(n.skewness))
                .set("histogram", plain(&n.histogram))
                .done(),
            None => head.done(),
        }
    });
    let roles = list(&profile.roles, |g| {
        Fields::new()
            .set("role", g.role.id())
            .set("column", g.column.as_str())
            .set(
                "reasons",
                list(&g.reasons, |r| i18n::reason(lang, *r).into()),
            )
            .set("classes", texts(&g.classes))
            .done()
    });
    Fields::new()
        .set("id", id.to_string())
        .set("name", profile.name.as_str())
        .set("n_rows", profile.n_rows as f64)
        .set("n_bytes", profile.n_bytes as f64)
        .set("encoding", profile.encoding.as_str())
        .set_some("delimiter", profile.delimiter.map(String::from))
        .set("columns", columns)
        .set("roles", roles)
        .set("warnings", list(&profile.warnings, |w| warning(w, lang)))
        .done()
}

fn spec(spec: &ParamSpec) -> JsValue {
    let options = |o: &[std::borrow::Cow<'static, str>]| texts(o);
    let head = Fields::new().set("name", spec.name.as_ref());
    let head = match &spec.range {
        Range::Float { min, max, default } => head
            .set("type", "float")
            .set("min", *min)
            .set("max", *max)
            .set("default", *default),
        Range::Int { min, max, default } => head
            .set("type", "int")
            .set("min", *min as f64)
            .set("max", *max as f64)
            .set("default", *default as f64),
        Range::Choice {
            options: all,
            default,
        } => head
            .set("type", "choice")
            .set("options", options(all))
            .set_some("default", all.get(*default).map(|d| d.as_ref())),
        Range::Flag { default } => head.set("type", "flag").set("default", *default),
        Range::Text => head.set("type", "text"),
        Range::Choices { options: all } => head.set("type", "choices").set("options", options(all)),
        Range::Floats { min, max } => head.set("type", "floats").set("min", *min).set("max", *max),
    };
    let unit = match spec.unit {
        Unit::None => None,
        Unit::Count => Some("count"),
        Unit::Ratio => Some("ratio"),
        Unit::Days => Some("days"),
        Unit::Milliseconds => Some("milliseconds"),
        Unit::Currency => Some("currency"),
    };
    head.set_some("unit", unit).done()
}

pub(super) fn catalog(catalog: &Catalog) -> JsValue {
    let role = |r: &RoleSpec| {
        Fields::new()
            .set("role", r.role.id())
            .set("required", r.required)
            .set("kinds", list(&r.kinds, |k| k.id().into()))
            .done()
    };
    let analyses = list(&catalog.analyses, |a| {
        Fields::new()
            .set("id", a.id.as_str())
            .set("module", a.module.id())
            .set("roles", list(&a.roles, role))
            .set("params", list(&a.params, spec))
            .done()
    });
    let learners = list(&catalog.learners, |l| {
        Fields::new()
            .set("id", l.id.as_str())
            .set("by_default", l.by_default)
            .set("params", list(&l.params, spec))
            .done()
    });
    let transforms = list(&catalog.transforms, |t| {
        Fields::new()
            .set("id", t.id.as_str())
            .set("params", list(&t.params, spec))
            .set("n_columns", t.n_columns)
            .done()
    });
    Fields::new()
        .set("analyses", analyses)
        .set("learners", learners)
        .set("transforms", transforms)
        .done()
}

pub(super) fn model(card: &ModelCard) -> JsValue {
    let metrics = card
        .metrics
        .iter()
        .fold(Fields::new(), |f, (key, value)| f.set(key, number(*value)));
    Fields::new()
        .set("id", card.model.to_string())
        .set("analysis", card.analysis.as_str())
        .set("learner", card.learner.as_str())
        .set("dataset", card.dataset.as_str())
        .set("n_rows", card.n_rows as f64)
        .set("columns", texts(&card.columns))
        .set("target", card.target.as_str())
        .set("classes", texts(&card.classes))
        .set("threshold", card.threshold)
        .set("metrics", metrics.done())
        .set("recipe", recipe_object(&card.recipe))
        .set("card", card.card.as_ref().map_or(JsValue::NULL, table))
        .done()
}

fn value(v: &Value) -> JsValue {
    match v {
        Value::Flag(v) => (*v).into(),
        Value::Int(v) => (*v as f64).into(),
        Value::Float(v) => number(*v),
        Value::Text(v) => v.as_str().into(),
        Value::List(v) => list(v, value),
        Value::Map(v) => v
            .iter()
            .fold(Fields::new(), |f, (k, v)| f.set(k, value(v)))
            .done(),
    }
}

pub(super) fn recipe_object(recipe: &Recipe) -> JsValue {
    let step = |s: &Step| {
        let params = s
            .params
            .0
            .iter()
            .fold(Fields::new(), |f, (k, v)| f.set(k, value(v)));
        Fields::new()
            .set("kind", s.kind.as_str())
            .set("columns", texts(&s.columns))
            .set("params", params.done())
            .set("enabled", s.enabled)
            .done()
    };
    Fields::new().set("steps", list(&recipe.steps, step)).done()
}

// -- from JavaScript --
