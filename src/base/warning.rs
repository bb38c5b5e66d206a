//! What was repaired or looks suspicious: never silent, never fatal.
use super::ColumnKind;
use serde::{Deserialize, Serialize};

/// A finding the person should know about. Counts are exact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Warning {
    // -- import --
    /// Rows with fewer cells than the header: filled with missing.
    ShortRows {
        /// How many.
        count: u64,
        /// The first of them, data row from 1.
        first_row: u64,
    },
    /// Rows with more cells than the header: the extra cells were left out.
    LongRows {
        /// How many.
        count: u64,
        /// The first of them, data row from 1.
        first_row: u64,
    },
    /// Bytes that do not fit the encoding were replaced by U+FFFD.
    BadBytes {
        /// How many replacement characters.
        count: u64,
        /// Encoding used.
        encoding: String,
    },
    /// A column without a name was given one.
    EmptyName {
        /// The name given.
        name: String,
    },
    /// A column with the name of an earlier one was renamed.
    DuplicateName {
        /// The name in the file.
        name: String,
        /// The name given.
        renamed: String,
    },
    /// Cells that do not fit the column's kind were taken as missing.
    StrangeCells {
        /// Column name.
        column: String,
        /// How many.
        count: u64,
        /// The first of them, data row from 1.
        first_row: u64,
        /// The column's kind.
        kind: ColumnKind,
    },
    /// Day-first and month-first fit equally well; day-first was taken.
    AmbiguousDates {
        /// Column name.
        column: String,
    },
    /// Blank lines were skipped.
    BlankLines {
        /// How many.
        count: u64,
    },
    // -- profile --
    /// A column with one value.
    ConstantColumn {
        /// Column name.
        column: String,
    },
    /// A column whose values are nearly all different.
    IdLikeColumn {
        /// Column name.
        column: String,
    },
    /// Two columns that say the same.
    NearDuplicateColumns {
        /// The column.
        column: String,
        /// The one it repeats.
        other: String,
        /// Share of rows that agree, or absolute correlation.
        agreement: f64,
    },
    /// A very skewed number column.
    SkewedColumn {
        /// Column name.
        column: String,
        /// Sample skewness (g1).
        skewness: f64,
    },
    /// A category column with very many levels.
    HighCardinality {
        /// Column name.
        column: String,
        /// Number of levels.
        n_levels: u64,
    },
    /// A column that is mostly missing.
    MostlyMissing {
        /// Column name.
        column: String,
        /// Share missing, 0 to 1.
        share: f64,
    },
    // -- preparation, training --
    /// Rows without a target were left out.
    TargetMissing {
        /// How many.
        count: u64,
    },
    /// Rows without a value in the column that the split goes by were left out.
    SplitMissing {
        /// Column name.
        column: String,
        /// How many.
        count: u64,
    },
    /// One column alone gives the target away.
    Leak {
        /// Column name.
        column: String,
        /// ROC-AUC of that column alone.
        roc_auc: f64,
    },
    /// Columns dropped because nothing can be learned from them.
    ColumnsDropped {
        /// Their names.
        columns: Vec<String>,
    },
    /// Rare levels were merged.
    LevelsMerged {
        /// Column name.
        column: String,
        /// How many levels.
        count: u64,
    },
    /// A fit stopped at its iteration limit.
    NotConverged {
        /// Learner.
        algorithm: String,
        /// Iterations spent.
        iterations: u64,
    },
    /// The held-out part is small: figures are uncertain.
    SmallTest {
        /// Rows of the rarer class in the held-out part.
        n_rarer: u64,
    },
    /// A figure was computed on a random sample.
    Sampled {
        /// What was computed.
        what: String,
        /// Rows used.
        n_used: u64,
        /// Rows there are.
        n_rows: u64,
    },
    /// No learner is better than guessing.
    NoSignal,
    /// Classes were evened out for training; probabilities were taken back to the true shares.
    Recalibrated {
        /// `prior` (exact correction of the shares) or `sigmoid` (fitted on rows held out).
        method: String,
        /// Training rows before.
        n_before: u64,
        /// Training rows after.
        n_after: u64,
    },
    // -- prediction --
    /// Columns the model does not use.
    ExtraColumns {
        /// Their names.
        columns: Vec<String>,
    },
    /// Levels the model has not seen.
    UnseenLevels {
        /// Column name.
        column: String,
        /// Rows concerned.
        count: u64,
    },
    /// The target is in the file and was not used.
    TargetIgnored {
        /// Column name.
        column: String,
    },
    /// A parameter was larger than the rows there are; the largest possible value was used.
    ParamLowered {
        /// Parameter name.
        param: String,
        /// Value asked for.
        asked: u64,
        /// Value used.
        used: u64,
    },
    // -- behaviour --
    /// Classes of the target with too few rows to learn from and to measure: their rows were left out.
    RareClasses {
        /// Target column.
        column: String,
        /// How many classes.
        n_classes: u64,
        /// Rows left out.
        count: u64,
    },
    /// The held-out part is small: figures are uncertain.
    FewTestRows {
        /// Its rows.
        n_test: u64,
    },
    /// The error relative to the target leaves out rows whose target is 0.
    ZeroTargets {
        /// Target column.
        column: String,
        /// How many of the held-out rows.
        count: u64,
    },
    /// Too few rows for intervals around predictions that hold so much.
    NoIntervals {
        /// Share of rows they were to hold.
        level: f64,
    },
}
