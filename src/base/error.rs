//! Errors as data. The sentence a person reads is made at the edge, in their language.
use super::ColumnKind;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Shorthand for a result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong. Errors name columns and rows, never a cell's value.
///
/// Rows are counted from 1 for the first data row below the header.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Error {
    /// A column that is needed is not in the data.
    #[error("column {name:?} is missing")]
    MissingColumn {
        /// Column name.
        name: String,
    },
    /// Several columns that are needed are not in the data.
    #[error("columns are missing: {}", names.join(", "))]
    MissingColumns {
        /// Column names, in the order of the model's schema.
        names: Vec<String>,
    },
    /// A column holds another kind of data than is needed.
    #[error("column {name:?}: expected {expected}, found {found}")]
    ColumnKind {
        /// Column name.
        name: String,
        /// What was asked for.
        expected: ColumnKind,
        /// What the column is.
        found: ColumnKind,
    },
    /// A cell cannot be read as the kind the person asked for.
    #[error("row {row}, column {name:?}: not a valid {kind}")]
    Cell {
        /// Data row, from 1.
        row: u64,
        /// Column name.
        name: String,
        /// What the cell should have been.
        kind: ColumnKind,
    },
    /// A value below 0 where only counts and shares make sense.
    #[error("row {row}, column {name:?}: must not be negative")]
    Negative {
        /// Data row, from 1.
        row: u64,
        /// Column name.
        name: String,
    },
    /// Amounts in several currencies, which cannot be added up.
    #[error("row {row}, column {name:?}: another currency than above")]
    Currencies {
        /// First data row with another one, from 1.
        row: u64,
        /// Column name.
        name: String,
    },
    /// A parameter is unknown, out of range or of the wrong type.
    #[error("parameter {param}: {reason}")]
    Param {
        /// Parameter name.
        param: Cow<'static, str>,
        /// What is wrong with it.
        reason: ParamReason,
    },
    /// Two lengths that must agree do not.
    #[error("{what}: expected {expected}, found {found}")]
    Shape {
        /// What was measured.
        what: Cow<'static, str>,
        /// Length asked for.
        #[serde(deserialize_with = "super::saturating")]
        expected: usize,
        /// Length found.
        #[serde(deserialize_with = "super::saturating")]
        found: usize,
    },
    /// An iterative fit stopped before it reached its tolerance.
    #[error("{algorithm} did not converge in {iterations} iterations")]
    NotConverged {
        /// Learner or solver.
        algorithm: Cow<'static, str>,
        /// Iterations spent.
        #[serde(deserialize_with = "super::saturating")]
        iterations: usize,
    },
    /// The file cannot be read as a table.
    #[error("file cannot be read{}: {reason}", row.map(|r| format!(" at row {r}")).unwrap_or_default())]
    Format {
        /// Data row, from 1; absent where the whole file is meant.
        row: Option<u64>,
        /// Column name where one is to blame.
        column: Option<String>,
        /// What is wrong.
        reason: FormatReason,
    },
    /// The target column cannot be used.
    #[error("target {name:?}: {reason}")]
    Target {
        /// Column name.
        name: String,
        /// What is wrong.
        reason: TargetReason,
    },
    /// Fewer usable rows than the analysis needs.
    #[error("needs {needed} rows, found {found}")]
    TooFewRows {
        /// Rows needed.
        needed: u64,
        /// Rows found.
        found: u64,
    },
    /// A column has fewer different values than a split by it needs.
    #[error("column {name:?}: {found} different values, {needed} are needed")]
    TooFewDistinct {
        /// Column name.
        name: String,
        /// Different values needed.
        needed: u64,
        /// Different values found.
        found: u64,
    },
    /// After preparation no column is left to learn from.
    #[error("no usable feature column is left")]
    NoFeatures,
    /// A model file cannot be used.
    #[error("model file: {reason}")]
    Artifact {
        /// What is wrong.
        reason: ArtifactReason,
    },
    /// Not enough memory for the task.
    #[error("needs about {needed_bytes} bytes of memory{}", rows.map(|n| format!(", {n} rows would fit")).unwrap_or_default())]
    Memory {
        /// Estimate of what would be needed, in bytes.
        needed_bytes: u64,
        /// What there is, in bytes; 0 where that is not known.
        available_bytes: u64,
        /// Rows that would fit, where fewer rows help.
        rows: Option<u64>,
    },
    /// A dataset, model, analysis or format that is not known.
    #[error("{what} {id:?} is not known")]
    Unknown {
        /// `dataset`, `model`, `analysis`, `learner`, `transform`, `format`.
        what: Cow<'static, str>,
        /// What was asked for.
        id: String,
    },
    /// The person cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The engine stopped unexpectedly and was started again.
    #[error("the engine stopped unexpectedly and was restarted")]
    Crashed,
    /// The engine could not be started at all.
    #[error("the engine could not be started")]
    Start,
    /// A message between page and engine could not be read.
    #[error("page and engine do not understand each other")]
    Protocol,
    /// The texts of a language could not be fetched, or are of another build.
    #[error("the texts of this language could not be loaded")]
    Language,
    /// What a dataset may give away is used up, or nearly.
    #[error("privacy budget: epsilon {left} is left")]
    Budget {
        /// Epsilon that is left.
        left: f64,
    },
}

/// Why a parameter was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ParamReason {
    /// Outside its range.
    #[error("must be between {min} and {max}")]
    OutOfRange {
        /// Smallest allowed value.
        min: f64,
        /// Largest allowed value.
        max: f64,
    },
    /// Not one of the allowed choices.
    #[error("must be one of {}", options.join(", "))]
    NotAChoice {
        /// The allowed choices.
        options: Vec<String>,
    },
    /// Another type than asked for.
    #[error("must be {expected}")]
    WrongType {
        /// `number`, `whole number`, `text`, `flag`, `list`.
        expected: Cow<'static, str>,
    },
    /// No such parameter.
    #[error("is not known here")]
    NotKnown,
    /// Must be given.
    #[error("must be given")]
    Required,
    /// A text with too few characters.
    #[error("must have at least {least} characters")]
    TooShort {
        /// Fewest characters.
        least: u32,
    },
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum FormatReason {
    /// No bytes, or nothing but blank lines.
    #[error("the file is empty")]
    Empty,
    /// A header and nothing below it.
    #[error("there is a header but no rows")]
    NoRows,
    /// Not text.
    #[error("the file is not text")]
    Binary,
    /// Bytes that do not fit the encoding.
    #[error("the text is not valid {encoding}")]
    Encoding {
        /// Name of the encoding.
        encoding: String,
    },
    /// A quote that was opened is never closed.
    #[error("a quote is opened and never closed")]
    UnterminatedQuote,
    /// More cells than a row may have.
    #[error("more than {limit} columns")]
    TooManyColumns {
        /// The limit.
        limit: u32,
    },
    /// One cell larger than a cell may be.
    #[error("a cell is larger than {limit_bytes} bytes")]
    CellTooLarge {
        /// The limit, in bytes.
        limit_bytes: u64,
    },
    /// The file changed or vanished while it was read.
    #[error("the file can no longer be read")]
    Unreadable,
    /// No importer for this kind of file.
    #[error("files of this kind cannot be read yet")]
    Unsupported,
}

/// Why a target column cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum TargetReason {
    /// One class only.
    #[error("has one class only")]
    SingleClass,
    /// More than two classes where two are needed.
    #[error("has {found} classes where two are needed")]
    TooManyClasses {
        /// Distinct values found.
        found: u64,
    },
    /// A class with fewer rows than folds.
    #[error("the rarer class has {found} rows, {needed} are needed")]
    RareClass {
        /// Rows of the class.
        found: u64,
        /// Rows needed.
        needed: u64,
    },
    /// Numbers where classes are needed, or nothing at all.
    #[error("must be classes")]
    NeedsClasses,
    /// Classes where numbers are needed, or nothing at all.
    #[error("must be numbers")]
    NeedsNumbers,
    /// A part of a split by group or time lacks one of the classes.
    #[error("a part of the split has one class only")]
    SingleClassPart,
    /// The class named as positive does not occur.
    #[error("the positive class does not occur")]
    NoPositive,
    /// More classes than a model of classes is made for.
    #[error("has more than {most} classes")]
    TooManyLevels {
        /// Most classes.
        most: u64,
    },
    /// A number that is the same in every row.
    #[error("is the same in every row")]
    Constant,
    /// Numbers whose squares cannot be added up.
    #[error("has numbers beyond ±1e100")]
    TooLarge,
}

/// Why a model file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ArtifactReason {
    /// Not a model file at all.
    #[error("is not a Kept model")]
    NotAModel,
    /// Ends too early.
    #[error("is incomplete")]
    Truncated,
    /// Bytes differ from what was saved.
    #[error("was changed after it was saved")]
    Altered,
    /// Saved by a later version.
    #[error("was saved by a newer version (format {found}, this one reads up to {supported})")]
    Newer {
        /// Format in the file.
        found: u16,
        /// Newest format this build reads.
        supported: u16,
    },
    /// Inner parts do not fit together.
    #[error("is inconsistent: {detail}")]
    Invalid {
        /// For the log.
        detail: String,
    },
}

impl Error {
    /// Stable code of the public interface.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingColumn { .. } | Self::MissingColumns { .. } => "missing_column",
            Self::ColumnKind { .. } => "column_kind",
            Self::Cell { .. } => "cell",
            Self::Negative { .. } => "negative",
            Self::Currencies { .. } => "currencies",
            Self::Param { .. } => "param",
            Self::Shape { .. } => "shape",
            Self::NotConverged { .. } => "not_converged",
            Self::Format { .. } => "format",
            Self::Target { .. } => "target",
            Self::TooFewRows { .. } => "too_few_rows",
            Self::TooFewDistinct { .. } => "too_few_distinct",
            Self::NoFeatures => "no_features",
            Self::Artifact { .. } => "artifact",
            Self::Memory { .. } => "memory",
            Self::Unknown { .. } => "unknown",
            Self::Cancelled => "cancelled",
            Self::Crashed => "crashed",
            Self::Start => "start",
            Self::Protocol => "protocol",
            Self::Language => "language",
            Self::Budget { .. } => "budget",
        }
    }

    /// The column to blame, where there is one.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::MissingColumn { name }
            | Self::ColumnKind { name, .. }
            | Self::Cell { name, .. }
            | Self::Negative { name, .. }
            | Self::Currencies { name, .. }
            | Self::TooFewDistinct { name, .. }
            | Self::Target { name, .. } => Some(name),
            Self::MissingColumns { names } => names.first().map(String::as_str),
            Self::Format { column, .. } => column.as_deref(),
            _ => None,
        }
    }

    /// The data row to blame, from 1, where there is one.
    pub fn row(&self) -> Option<u64> {
        match self {
            Self::Cell { row, .. } | Self::Negative { row, .. } | Self::Currencies { row, .. } => {
                Some(*row)
            }
            Self::Format { row, .. } => *row,
            _ => None,
        }
    }

    /// The parameter to blame, where there is one.
    pub fn param(&self) -> Option<&str> {
        match self {
            Self::Param { param, .. } => Some(param),
            _ => None,
        }
    }

    /// A parameter outside `min..=max`.
    pub fn out_of_range(param: &'static str, min: f64, max: f64) -> Self {
        Self::Param {
            param: Cow::Borrowed(param),
            reason: ParamReason::OutOfRange { min, max },
        }
    }

    /// Something that needs more memory than there can be.
    pub fn memory(needed_bytes: u64) -> Self {
        Self::Memory {
            needed_bytes,
            available_bytes: 0,
            rows: None,
        }
    }

    /// A part of a model file that does not fit.
    pub fn invalid_artifact(detail: impl Into<String>) -> Self {
        Self::Artifact {
            reason: ArtifactReason::Invalid {
                detail: detail.into(),
            },
        }
    }
}

#[cfg(feature = "worker")]
/// Refuses a length that is not the expected one.
///
/// # Errors
/// [`Error::Shape`], about `what`.
pub fn same_length(what: &'static str, expected: usize, found: usize) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    Err(Error::Shape {
        what: what.into(),
        expected,
        found,
    })
}
