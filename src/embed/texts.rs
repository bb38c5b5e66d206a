//! The script's part in loading texts.
use crate::ui::i18n::{self, Lang};
use js_sys::Function;
use wasm_bindgen::prelude::*;

/// `fetch(tag)` gives a promise that settles after [`take_up_texts`] of that language.
#[wasm_bindgen(js_name = fetchTextsWith)]
pub fn fetch_texts_with(fetch: Function) {
    i18n::fetch_with(fetch);
}

/// Takes up a language's file; false when it is of another build.
#[wasm_bindgen(js_name = takeUpTexts)]
pub fn take_up_texts(lang: &str, file: String) -> bool {
    i18n::take_up(Lang::from_tag(lang), file)
}
