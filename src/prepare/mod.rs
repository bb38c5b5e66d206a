//! Preparation: one file per transform, and the recipe that chains them.
//!
//! Unfitted and fitted are different types, and fitting takes [`Train`] data only, so nothing about the held-out
//! part can leak into a transform. A transform is chosen by the `kind` of a recipe step; adding one is a file and a
//! line in [`TRANSFORMS`].
mod columns;
mod dates;
mod drop;
mod impute;
mod keep;
mod levels;
mod matrix;
mod meaning;
mod native;
mod one_hot;
mod pipeline;
mod ratio;
mod standardize;
mod suggest;

pub use columns::select;
pub use impute::MISSING_LEVEL;
pub use matrix::{Design, design};
pub use meaning::{Meaning, Source};
pub use one_hot::OTHER_LEVEL;
pub use pipeline::{FittedPipeline, Pipeline};
pub use suggest::suggest;

use crate::{
    base::{Error, ParamSpec, Part, Result, Run, Step, Train},
    table::{Schema, Table},
};
use std::{collections::HashMap, fmt};

/// Shown by their names in messages for developers: their numbers say little there, and writing them out would be code
/// for each type in the module.
macro_rules! opaque {
    ($($part:ident)+) => {$(
        impl fmt::Debug for dyn $part + '_ {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($part))
            }
        }
    )+};
}

opaque! { Transform FittedTransform }

/// A step whose parameters have been checked.
pub trait Transform {
    /// Learns from training rows only.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] or [`Error::ColumnKind`] when a named column is absent or does not fit.
    fn fit(&self, train: &Train<Table>, run: &mut Run<'_>) -> Result<Box<dyn FittedTransform>>;
}

/// A fitted step.
pub trait FittedTransform {
    /// The fields that come out when `input` goes in.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] when `input` lacks a column.
    fn output(&self, input: &Schema) -> Result<Schema>;

    /// Transforms any rows; never changes their number or order.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] when `table` lacks a column.
    fn apply(&self, table: &Table, run: &mut Run<'_>) -> Result<Table>;

    /// What the columns of its output were made from, where that can be undone: another scale, or one level. Columns that
    /// are passed on, or stand for themselves, are not among them.
    fn sources(&self, _input: &Schema) -> HashMap<String, Source> {
        HashMap::new()
    }

    /// Its state.
    ///
    /// # Errors
    /// [`Error::Artifact`] when it cannot be encoded.
    fn save(&self) -> Result<Part>;
}

/// A transform of the registry.
#[derive(Debug)]
pub struct Entry {
    /// Stable id: `kind` of a step and of a saved part.
    pub id: &'static str,
    /// Its parameters.
    pub params: &'static [ParamSpec],
    /// Columns a step must name; 0 means any number, none meaning all that fit.
    pub n_columns: u32,
    /// Checks a step.
    pub build: fn(&Step) -> Result<Box<dyn Transform>>,
    /// Takes up a saved part.
    pub load: fn(&Part) -> Result<Box<dyn FittedTransform>>,
}

/// All transforms, in the order in which a recipe usually has them.
pub static TRANSFORMS: &[Entry] = &[
    drop::ENTRY,
    ratio::ENTRY,
    dates::ENTRY,
    impute::ENTRY,
    one_hot::ENTRY,
    standardize::ENTRY,
];

/// The transform with that id.
///
/// # Errors
/// [`Error::Unknown`] when there is none.
pub fn entry(id: &str) -> Result<&'static Entry> {
    TRANSFORMS
        .iter()
        .find(|e| e.id == id)
        .ok_or_else(|| Error::Unknown {
            what: "transform".into(),
            id: id.to_owned(),
        })
}

/// Takes up a saved step, one that no recipe can name among them.
///
/// # Errors
/// [`Error::Artifact`].
fn load_step(part: &Part) -> Result<Box<dyn FittedTransform>> {
    match part.kind.as_str() {
        levels::ID => levels::load(part),
        keep::ID => keep::load(part),
        kind => {
            let known = entry(kind).map_err(|_| Error::invalid_artifact("unknown transform"))?;
            (known.load)(part)
        }
    }
}
