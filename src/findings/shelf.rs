//! What the script that keeps projects tells, see `view()` in `www/projects.js`.
use super::fields::{flag, inner, list, number, some_text, text};
use wasm_bindgen::JsValue;

/// A project of this device, as it is listed.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Shelved {
    /// Tells it from others.
    pub(super) id: String,
    pub(super) name: String,
    /// When it was saved last, in milliseconds since 1970.
    pub(super) changed: f64,
    /// What it takes, in bytes.
    pub(super) size: f64,
    /// Whether a passphrase is needed.
    pub(super) locked: bool,
    /// Whether the data is kept with it, or is to be.
    pub(super) data: bool,
}

/// The project that is remembered.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Remembered {
    /// As it is listed.
    pub(super) it: Shelved,
    /// `saved`, `saving`, `failed`, `readonly` or `taken`.
    pub(super) status: String,
    /// Why it could not be saved.
    pub(super) code: String,
}

/// What the person is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Question {
    /// Whether another tab has the project; a passphrase is asked for otherwise.
    pub(super) is_busy: bool,
    /// Name of the project, or of the file.
    pub(super) name: String,
    /// Whether the last answer did not open it.
    pub(super) is_wrong: bool,
    /// Whether an answer is being tried.
    pub(super) is_tried: bool,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Shelf {
    /// Projects of this device, the latest first.
    pub(super) list: Vec<Shelved>,
    /// Why there can be none.
    pub(super) cannot: Option<String>,
    /// Whether this page can lock.
    pub(super) can_lock: bool,
    /// Whether none can be opened now.
    pub(super) blocked: bool,
    /// Name of the work that is open, where it has one.
    pub(super) name: String,
    /// The project that is remembered.
    pub(super) current: Option<Remembered>,
    /// What the person is asked.
    pub(super) ask: Option<Question>,
    /// What went wrong last: code and message.
    pub(super) trouble: Option<(String, String)>,
}

fn shelved(v: &JsValue) -> Shelved {
    Shelved {
        id: text(v, "id"),
        name: text(v, "name"),
        changed: number(v, "changed"),
        size: number(v, "size"),
        locked: flag(v, "locked"),
        data: flag(v, "data"),
    }
}

impl Shelf {
    pub(super) fn read(v: &JsValue) -> Self {
        Self {
            list: list(v, "list", shelved),
            cannot: some_text(v, "cannot"),
            can_lock: flag(v, "canLock"),
            blocked: flag(v, "blocked"),
            name: text(v, "name"),
            current: inner(v, "current").map(|v| Remembered {
                it: shelved(&v),
                status: text(&v, "status"),
                code: text(&v, "code"),
            }),
            ask: inner(v, "ask").map(|v| Question {
                is_busy: text(&v, "kind") == "busy",
                name: text(&v, "name"),
                is_wrong: flag(&v, "wrong"),
                is_tried: flag(&v, "tried"),
            }),
            trouble: inner(v, "trouble").map(|v| (text(&v, "code"), text(&v, "message"))),
        }
    }
}
