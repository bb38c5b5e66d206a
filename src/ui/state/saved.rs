//! The view as plain data, to keep and to bring back.
use super::{Step, Theme};
use crate::{
    base::{ColumnKind, Params, Recipe, Role},
    ui::i18n::Lang,
};

/// What [`crate::ui::Actions::snapshot`] gives. Holds choices, never data.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ViewState {
    /// Language.
    pub lang: Lang,
    /// Colours, where chosen.
    pub theme: Option<Theme>,
    /// Step.
    pub step: Step,
    /// Columns by role.
    pub roles: Vec<(Role, String)>,
    /// The class that means "left".
    pub positive: Option<String>,
    /// Kinds set by hand.
    pub kinds: Vec<(String, ColumnKind)>,
    /// The recipe, where there is one.
    pub recipe: Option<Recipe>,
    /// Parameters that differ from their defaults.
    pub params: Params,
    /// Costs and notes, as the module of findings wants them kept.
    pub kept: Option<String>,
    /// The movable threshold.
    pub threshold: Option<f64>,
}
