//! Projects: what is kept of the work, and what the script that keeps it tells.
use super::ViewState;
use crate::{
    base::LoadOptions,
    protocol::{DatasetId, ModelId},
};
use js_sys::{ArrayBuffer, Uint8Array};
use web_sys::Blob;

/// A model that was trained or opened here.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Tells it from the others of its project.
    pub key: String,
    /// Its id in the engine.
    pub id: ModelId,
    /// What the person calls it; empty where it has no name.
    pub name: String,
    /// When it came, in milliseconds since 1970.
    pub created: f64,
    /// The analysis that made it.
    pub analysis: String,
    /// Learner id.
    pub learner: String,
    /// Name of the data it learned from.
    pub dataset: String,
    /// Rows of it.
    pub rows: u64,
    /// Decision threshold.
    pub threshold: f64,
    /// Figures on rows that it has not seen, by key.
    pub metrics: Vec<(String, f64)>,
}

impl Version {
    /// A figure.
    pub fn metric(&self, key: &str) -> Option<f64> {
        self.metrics.iter().find(|m| m.0 == key).map(|m| m.1)
    }
}

/// A file with the rows that were added to it.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its id in the engine, once it is there.
    pub dataset: DatasetId,
    /// The file.
    pub blob: Blob,
    /// How it is read.
    pub options: LoadOptions,
    /// Rows, in order, with the columns they may lack.
    pub rows: Vec<(Blob, Vec<String>)>,
}

/// All that makes a project.
#[derive(Debug)]
pub struct Project {
    /// Choices.
    pub state: ViewState,
    /// Models, with their bytes.
    pub versions: Vec<(Version, Uint8Array)>,
    /// Key of the one in use.
    pub in_use: Option<String>,
    /// The event that brought the last training.
    pub report: Option<ArrayBuffer>,
    /// The data.
    pub data: Option<Held>,
}

/// A project of this device, as it is listed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shelved {
    /// Tells it from others.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was saved last, in milliseconds since 1970.
    pub changed: f64,
    /// What it takes, in bytes.
    pub size: f64,
    /// Whether a passphrase is needed.
    pub locked: bool,
    /// Whether the data is kept with it, or is to be.
    pub data: bool,
}

/// The project that is remembered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Remembered {
    /// As it is listed.
    pub it: Shelved,
    /// `saved`, `saving`, `failed`, `readonly` or `taken`.
    pub status: String,
    /// Why it could not be saved.
    pub code: String,
}

/// What the person is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    /// Whether another tab has the project; a passphrase is asked for otherwise.
    pub is_busy: bool,
    /// Name of the project, or of the file.
    pub name: String,
    /// Whether the last answer did not open it.
    pub is_wrong: bool,
}

/// What the script that keeps projects tells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shelf {
    /// Projects of this device, the latest first.
    pub list: Vec<Shelved>,
    /// Why there can be none.
    pub cannot: Option<String>,
    /// Whether this page can lock.
    pub can_lock: bool,
    /// Name of the work that is open, where it has one.
    pub name: String,
    /// The project that is remembered.
    pub current: Option<Remembered>,
    /// What the person is asked.
    pub ask: Option<Question>,
    /// What went wrong last: code and message.
    pub trouble: Option<(String, String)>,
}
