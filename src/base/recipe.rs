//! The preparation as the person sees and edits it: a list of steps, before anything is fitted.
use super::Params;
use serde::{Deserialize, Serialize};

/// One step. Its `kind` is a transform of the catalogue.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Step {
    /// Registry id of the transform.
    pub kind: String,
    /// Columns it works on; empty means every column it fits.
    pub columns: Vec<String>,
    /// Its parameters.
    pub params: Params,
    /// Switched off steps stay visible and do nothing.
    pub enabled: bool,
}

/// Steps in the order in which they are applied.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Recipe {
    /// The steps.
    pub steps: Vec<Step>,
}

impl Step {
    /// A step that is on.
    pub fn new(kind: &str, columns: Vec<String>, params: Params) -> Self {
        Self {
            kind: kind.to_owned(),
            columns,
            params,
            enabled: true,
        }
    }
}
