//! The file for the person's button and for scripts.
use super::{About, html};
use crate::{
    base::Error,
    findings::{bridge::event, chart::save_text, explain::refused},
    protocol::{Event, Output},
    report::Report,
    ui::i18n::{Lang, date_time},
};
use js_sys::Date;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

/// Now, by the clock of the place.
fn now(lang: Lang) -> String {
    let date = Date::new_0();
    let seconds = date.get_time() / 1000.0 - date.get_timezone_offset() * 60.0;
    date_time(lang, seconds)
}

/// Hands the report to the browser as a download.
pub(in crate::findings) fn save(report: &Report, lang: Lang, name: &str, threshold: f64) {
    let date = now(lang);
    let about = About {
        name,
        date: &date,
        threshold,
    };
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let stem = if stem.is_empty() { "kept" } else { stem };
    let file = format!("{stem}-report.html");
    // A browser that refuses a download has said so itself.
    let _ = save_text(&html(report, lang, about), "text/html;charset=utf-8", &file);
}

/// The report in the bytes of the event that brought it, as one HTML file. `name` is the file it is about.
///
/// # Errors
/// `{ code, message }` when the bytes hold no report.
#[wasm_bindgen]
pub fn report(body: &JsValue, lang: &str, name: &str) -> Result<String, JsValue> {
    let lang = Lang::from_tag(lang);
    let output = match event(body) {
        Some(Event::Done(output)) => *output,
        _ => return Err(refused(lang, &Error::Protocol)),
    };
    let report = match output {
        Output::Report(report) | Output::Predicted(report) => report,
        _ => return Err(refused(lang, &Error::Protocol)),
    };
    let date = now(lang);
    let about = About {
        name,
        date: &date,
        threshold: report.threshold(),
    };
    Ok(html(&report, lang, about))
}
