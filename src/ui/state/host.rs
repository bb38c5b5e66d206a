//! What the page around offers, presets and locks.
use crate::base::{ColumnKind, Params, Recipe, Role};

/// As `options` of the element says; checked by `www/options.js`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Host {
    /// Steps offered; all when absent.
    pub steps: Option<Vec<String>>,
    /// Exports offered; all when absent.
    pub exports: Option<Vec<String>>,
    /// Columns that are as if not in any file.
    pub hide: Vec<String>,
    /// What cannot be changed here.
    pub locked: Vec<String>,
    /// What holds from the start.
    pub preset: Preset,
}

/// What holds for a file from the start.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Preset {
    /// Columns by role, in place of what is guessed.
    pub roles: Vec<(Role, String)>,
    /// Kinds by column.
    pub kinds: Vec<(String, ColumnKind)>,
    /// The recipe.
    pub recipe: Option<Recipe>,
    /// Parameters, costs among them.
    pub params: Params,
}

impl Host {
    /// Whether an export is offered.
    pub fn exports(&self, what: &str) -> bool {
        let all = self.exports.as_ref();
        all.is_none_or(|all| all.iter().any(|e| e == what))
    }

    /// Whether the person must leave something as it is.
    pub fn locks(&self, what: &str) -> bool {
        self.locked.iter().any(|l| l == what)
    }
}
