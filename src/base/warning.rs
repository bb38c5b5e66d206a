//! What was repaired or looks suspicious: never silent, never fatal.
use super::ColumnKind;
use serde::{Deserialize, Serialize};

/// Why a column, or a set of rows, is taken for a leak of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum LeakReason {
    /// Its levels are the target's under other names. Evidence: share of rows on which they agree.
    Renamed,
    /// A date filled in for one outcome only. Evidence: share of such rows that have it.
    DateFilled,
    /// A date after the row was observed, for one outcome only. Evidence: share of such rows that have it.
    DateAfter,
    /// Filled in, or left out, for one outcome only. Evidence: share of such rows that have it.
    Filled,
    /// A word of the text that occurs with one outcome only. Evidence: share of such rows that have it.
    Text,
    /// It alone tells the target too well. Evidence: its score alone, ROC-AUC or R².
    TooGood,
    /// One value that occurs with one outcome only. Evidence: share of such rows that have it.
    Level,
    /// An id whose order is that of the outcome. Evidence: its score alone.
    IdOrder,
    /// Held-out rows that are copies of training rows. Evidence: their share.
    Copies,
}

impl LeakReason {
    /// Stable name of the public interface.
    pub fn id(self) -> &'static str {
        match self {
            Self::Renamed => "renamed",
            Self::DateFilled => "date_filled",
            Self::DateAfter => "date_after",
            Self::Filled => "filled",
            Self::Text => "text",
            Self::TooGood => "too_good",
            Self::Level => "level",
            Self::IdOrder => "id_order",
            Self::Copies => "copies",
        }
    }
}

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
    /// A column that was to be hidden is not in the file.
    NotHidden {
        /// Its name.
        column: String,
    },
    /// Something was preset for a column that is not in the file, or is hidden: it was left out.
    NotPreset {
        /// Its name.
        column: String,
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
    /// One column gives the target away.
    Leak {
        /// Column name.
        column: String,
        /// Why it is suspicious.
        reason: LeakReason,
        /// How well it tells the target alone, or the share of rows it decides, 0.5 to 1; see [`LeakReason`].
        evidence: f64,
        /// Cross-validated score with it; NaN where it was not measured.
        score_with: f64,
        /// The same without it.
        score_without: f64,
    },
    /// Rows of the held-out part are copies of training rows.
    CopiedRows {
        /// How many.
        count: u64,
        /// Held-out rows in all.
        n_rows: u64,
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
    // -- decisions --
    /// Customers without a value, or with a negative one, count as worth nothing.
    NoValue {
        /// Column of the values.
        column: String,
        /// How many.
        count: u64,
    },
    // -- customers over time --
    /// Something about rows or a model that figures must be read with; the words of it are found by its name.
    Remark {
        /// Which, such as `refunds`.
        what: String,
        /// Column concerned; empty where there is none.
        column: String,
        /// Rows, customers or the like.
        count: u64,
        /// The first of the rows, data row from 1; 0 where that says nothing.
        first_row: u64,
        /// A number that goes with it; 0 where there is none.
        value: f64,
    },
}

impl Warning {
    /// A [`Warning::Remark`] about nothing but itself.
    pub fn remark(what: &str) -> Self {
        Self::about_rows(what, "", 0, 0)
    }

    /// A [`Warning::Remark`] about rows.
    pub fn about_rows(what: &str, column: &str, count: u64, first_row: u64) -> Self {
        Self::Remark {
            what: what.to_owned(),
            column: column.to_owned(),
            count,
            first_row,
            value: 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_have_ids_of_their_own() {
        use LeakReason::{
            Copies, DateAfter, DateFilled, Filled, IdOrder, Level, Renamed, Text, TooGood,
        };
        let all = [
            Renamed, DateFilled, DateAfter, Filled, Text, TooGood, Level, IdOrder, Copies,
        ];
        let mut ids: Vec<&str> = all.iter().map(|r| r.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all.len());
    }
}
