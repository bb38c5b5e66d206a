//! Explanations for scripts: the public `explain` and `whatIf` of an engine, whose sentences this module has.
use super::{bridge::event, screens::finding};
use crate::{
    base::{Cell, Error, Result},
    protocol::{
        DatasetId, Desk, DeskAnswer, Event, ModelId, Output, Request, decode,
        desk::{Ask, Change, Terms, Turn, WhatIf},
        encode,
    },
    report::{Changed, Sentence, WhyOf},
    ui::i18n::{self, Lang, sentence},
};
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (key, value) in fields {
        // Setting a property of a plain object cannot fail.
        let _ = Reflect::set(&object, &(*key).into(), value);
    }
    object.into()
}

/// What a script is told of an error: `{ code, message }`.
pub(super) fn refused(lang: Lang, error: &Error) -> JsValue {
    object(&[
        ("code", error.code().into()),
        ("message", i18n::error(lang, error).into()),
    ])
}

fn list(items: impl Iterator<Item = JsValue>) -> JsValue {
    items.collect::<Array>().into()
}

fn text(text: Option<&String>) -> JsValue {
    text.map_or(JsValue::NULL, JsValue::from)
}

/// What a script asked: `{ model, dataset, row, record, actionable, class, threshold, lang }`.
struct About<'a>(&'a JsValue);

impl About<'_> {
    fn get(&self, key: &str) -> JsValue {
        Reflect::get(self.0, &key.into()).unwrap_or_default()
    }
    fn text(&self, key: &str) -> Option<String> {
        self.get(key).as_string()
    }
    fn list(&self, key: &str) -> Vec<JsValue> {
        let list = self.get(key);
        list.dyn_ref::<Array>()
            .map(Array::to_vec)
            .unwrap_or_default()
    }

    /// The question, with the dataset and the model it needs.
    fn question(&self) -> Result<(Vec<u8>, Option<u32>, u32)> {
        let model: ModelId = self.text("model").unwrap_or_default().parse()?;
        let dataset = self.text("dataset").map(|d| d.parse::<DatasetId>());
        let dataset = dataset.transpose()?;
        let texts = |key| -> Vec<String> {
            let all = self.list(key).into_iter();
            all.filter_map(|v| v.as_string()).collect()
        };
        let cell = |pair: JsValue| {
            let pair: Array = pair.dyn_into().ok()?;
            Some((pair.get(0).as_string()?, pair.get(1).as_string()))
        };
        let ask = if self.text("kind").as_deref() == Some("open") {
            Ask::Open
        } else {
            Ask::WhatIf {
                // Rows are counted from 0 in scripts, from 1 in the engine.
                row: self.get("row").as_f64().map(|row| row as u64 + 1),
                record: self.list("record").into_iter().filter_map(cell).collect(),
                actionable: texts("actionable"),
            }
        };
        let desk = Desk {
            model,
            dataset,
            terms: Terms {
                class: self.text("class"),
                threshold: self.get("threshold").as_f64(),
                value: self.text("value"),
                ..Terms::default()
            },
            revision: 0,
            ask,
        };
        let bytes = encode(&Request::Desk(Box::new(desk)))?;
        Ok((bytes, dataset.map(|d| d.0), model.0))
    }
}

fn change(c: &Change) -> JsValue {
    object(&[
        ("column", c.column.as_str().into()),
        ("from", text(c.from.as_ref())),
        ("to", text(c.to.as_ref())),
    ])
}

/// The counterfactuals, each with its sentence, and the sentence where there are none.
fn counterfactuals(lang: Lang, it: &WhatIf, turn: Option<&Turn>) -> (JsValue, JsValue) {
    let is_share = !matches!(it.of, WhyOf::Number { .. });
    let cell = |c: &Option<String>| c.as_deref().map_or(Cell::Missing, Cell::from);
    let found = turn.map(|t| t.found.as_slice()).unwrap_or_default();
    let all = found.iter().map(|f| {
        let changes = f.changes.iter().map(|c| Changed {
            column: c.column.clone(),
            from: cell(&c.from),
            to: cell(&c.to),
        });
        let said = Sentence::WouldChange {
            changes: changes.collect(),
            before: it.prediction,
            after: f.prediction,
            is_share,
        };
        object(&[
            ("changes", list(f.changes.iter().map(change))),
            ("prediction", f.prediction.into()),
            ("sentence", sentence(lang, &said).into()),
        ])
    });
    let nothing = turn.filter(|t| !t.is_met && t.found.is_empty());
    let nothing = nothing.map(|t| {
        let limit = t.limit;
        sentence(lang, &Sentence::NothingWouldChange { limit, is_share })
    });
    (list(all), text(nothing.as_ref()))
}

fn explained(lang: Lang, it: &WhatIf) -> JsValue {
    let unit = match it.of {
        WhyOf::Number { .. } => 1.0,
        _ => 100.0,
    };
    let why = it.explanation.as_ref();
    let reasons = why.map(|w| w.reasons.as_slice()).unwrap_or_default();
    let contributions = reasons.iter().map(|w| {
        object(&[
            ("column", w.column.as_str().into()),
            ("value", text(w.value.as_ref())),
            ("points", (w.points * unit).into()),
        ])
    });
    let said = why.map(|w| sentence(lang, &finding(it.of.clone(), w, it.prediction)));
    let (counterfactuals, nothing) = counterfactuals(lang, it, it.turn.as_ref());
    object(&[
        ("base", why.map_or(JsValue::NULL, |w| w.base.into())),
        ("prediction", it.prediction.into()),
        ("contributions", list(contributions)),
        ("sentence", text(said.as_ref())),
        ("counterfactuals", counterfactuals),
        ("nothing_changes", nothing),
    ])
}

async fn answer(ask: &Function, about: &JsValue) -> std::result::Result<JsValue, JsValue> {
    let about = About(about);
    let lang = Lang::from_tag(&about.text("lang").unwrap_or_default());
    let refused = |error: Error| refused(lang, &error);
    let (bytes, dataset, model) = about.question().map_err(refused)?;
    let number = |n: Option<u32>| n.map_or(JsValue::UNDEFINED, JsValue::from);
    let bytes = Uint8Array::from(bytes.as_slice());
    let (dataset, model) = (number(dataset), number(Some(model)));
    let promise = ask.call3(&JsValue::NULL, &bytes, &dataset, &model)?;
    let parts = JsFuture::from(Promise::resolve(&promise)).await?;
    let parts: Array = parts.dyn_into().map_err(|_| refused(Error::Protocol))?;
    let answer: DeskAnswer = match event(&parts.get(0)) {
        Some(Event::Done(output)) => match *output {
            Output::Desk(bytes) => decode(&bytes).map_err(refused)?,
            _ => return Err(refused(Error::Protocol)),
        },
        _ => return Err(refused(Error::Protocol)),
    };
    match answer {
        DeskAnswer::WhatIf(it) => Ok(explained(lang, &it)),
        // The book is open, or is so with marks that the page has.
        DeskAnswer::Book(card) => Ok(object(&[("id", text(card.id.as_ref()))])),
        DeskAnswer::Behind { .. } => Ok(object(&[])),
        _ => Err(refused(Error::Protocol)),
    }
}

/// Explains a row or a record, or opens the book that `append` compares with: a promise of a plain object. `ask` is the
/// page's way to the engine.
#[wasm_bindgen]
pub fn explain(ask: Function, about: JsValue) -> Promise {
    future_to_promise(async move { answer(&ask, &about).await })
}
