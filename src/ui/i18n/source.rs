//! Where the texts are: each language is a file of its own beside the module, so that a page loads only what it shows.
use super::{Lang, texts::Language};

/// A language's file as it speaks of other outcomes than leaving: a line `other kind id|…` stands for `kind id|…`.
fn other(file: &'static str) -> &'static str {
    let others = || file.lines().filter_map(|l| l.strip_prefix("other "));
    let mut all = String::with_capacity(file.len());
    for line in file.lines() {
        let key = line.split_once('|').map(|(key, _)| key);
        let instead = others().find(|o| o.split_once('|').map(|(key, _)| key) == key);
        all.push_str(instead.unwrap_or(line));
        all.push('\n');
    }
    all.leak()
}

#[cfg(not(target_arch = "wasm32"))]
mod held {
    use super::*;
    use std::sync::LazyLock;

    /// The files themselves, for tests outside a browser.
    pub fn language(lang: Lang) -> &'static Language {
        static EN: LazyLock<Language> =
            LazyLock::new(|| parsed(include_str!("../../../www/texts/en.txt")));
        static ZH: LazyLock<Language> =
            LazyLock::new(|| parsed(include_str!("../../../www/texts/zh.txt")));
        static EN_OTHER: LazyLock<Language> = LazyLock::new(|| parsed(other(EN.file)));
        static ZH_OTHER: LazyLock<Language> = LazyLock::new(|| parsed(other(ZH.file)));
        match lang {
            Lang::En => &EN,
            Lang::Zh => &ZH,
            Lang::EnOther => &EN_OTHER,
            Lang::ZhOther => &ZH_OTHER,
        }
    }

    fn parsed(file: &'static str) -> Language {
        Language::parse(file).unwrap_or(Language::EMPTY)
    }
}

#[cfg(target_arch = "wasm32")]
mod held {
    use super::*;
    use crate::base::{Error, Result};
    use js_sys::{Function, Promise};
    use std::cell::{Cell, RefCell};
    use wasm_bindgen::{JsCast as _, JsValue};
    use wasm_bindgen_futures::JsFuture;

    thread_local! {
        static HELD: [Cell<Option<&'static Language>>; 2 * Lang::ALL.len()] = Default::default();
        static FETCH: RefCell<Option<Function>> = const { RefCell::new(None) };
    }

    static EMPTY: Language = Language::EMPTY;

    fn held(lang: Lang) -> Option<&'static Language> {
        HELD.with(|held| held[lang as usize].get())
    }

    fn hold(lang: Lang, made: Language) -> &'static Language {
        let made = &*Box::leak(Box::new(made));
        HELD.with(|held| held[lang as usize].set(Some(made)));
        made
    }

    /// A language; another one while its file is not there. What it says of other outcomes is made when it is first said.
    pub fn language(lang: Lang) -> &'static Language {
        let made = || {
            let here = held(lang.about("churn"))?;
            Language::parse(other(here.file)).map(|made| hold(lang, made))
        };
        held(lang)
            .or_else(made)
            .or_else(|| Lang::ALL.into_iter().find_map(held))
            .unwrap_or(&EMPTY)
    }

    /// Takes up a language's file. It stays for as long as the page. False when it is of another build.
    pub fn take_up(lang: Lang, file: String) -> bool {
        if held(lang).is_some() {
            return true;
        }
        let made = Language::parse(file.leak());
        made.map(|made| hold(lang, made)).is_some()
    }

    /// Sets the script's way to fetch a language: it gives a promise that settles after [`take_up`].
    pub fn fetch_with(fetch: Function) {
        FETCH.with(|held| *held.borrow_mut() = Some(fetch));
    }

    /// Whether a language can be shown at once.
    pub fn is_held(lang: Lang) -> bool {
        held(lang).is_some()
    }

    /// Fetches a language unless it is there.
    ///
    /// # Errors
    /// [`Error::Language`] when it cannot be had.
    pub async fn ensure(lang: Lang) -> Result<()> {
        if is_held(lang) {
            return Ok(());
        }
        let fetch = FETCH.with(|held| held.borrow().clone());
        let promise = fetch
            .and_then(|fetch| fetch.call1(&JsValue::NULL, &lang.tag().into()).ok())
            .and_then(|answer| answer.dyn_into::<Promise>().ok());
        if let Some(promise) = promise {
            // Why it failed is for the network tab; here it counts whether the texts came.
            let _ = JsFuture::from(promise).await;
        }
        is_held(lang).then_some(()).ok_or(Error::Language)
    }
}

pub(super) use held::language;
#[cfg(target_arch = "wasm32")]
pub use held::{ensure, fetch_with, is_held, take_up};
