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

/// What the script that keeps projects tells, as far as the page shows it; the other module shows the rest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shelf {
    /// Whether there are projects on this device.
    pub any: bool,
    /// Name of the work that is open, where it has one.
    pub name: String,
    /// Of the project that is remembered: `saved`, `saving`, `failed`, `readonly` or `taken`.
    pub status: Option<String>,
    /// Whether the person is asked something.
    pub asks: bool,
    /// Whether something is wrong that is to be shown.
    pub trouble: bool,
}
