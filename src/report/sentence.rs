//! Findings as data. The words are made at the edge, in the reader's language.
use serde::{Deserialize, Serialize};

/// One finding. Shares run from 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Sentence {
    /// How well the model ranks: of the riskiest tenth, how many really are positive.
    TopTenth {
        /// Share of the riskiest tenth that is positive.
        precision: f64,
        /// Share of positives overall.
        base_rate: f64,
    },
    /// What was tested and how.
    Tested {
        /// Learner id.
        learner: String,
        /// Held-out rows.
        n_test: u64,
        /// ROC-AUC there.
        roc_auc: f64,
        /// Lower end of its 95 % interval.
        low: f64,
        /// Upper end of its 95 % interval.
        high: f64,
    },
    /// The best learners cannot be told apart; the simpler one is a fair choice.
    CloseRace {
        /// Learner id of the best.
        best: String,
        /// Learner id of a simpler one within one standard error.
        simpler: String,
    },
    /// The learner differs clearly from the next.
    ClearWinner {
        /// Learner id.
        best: String,
    },
    /// What the model leans on most.
    Drivers {
        /// Columns, most important first.
        columns: Vec<String>,
    },
    /// Whether probabilities can be taken at their word.
    Calibrated {
        /// Expected calibration error.
        error: f64,
        /// Bins whose interval misses the diagonal.
        n_off: u64,
        /// Bins in all.
        n_bins: u64,
    },
    /// No learner beats guessing.
    NoSignal,
    /// What scoring a file gave.
    Scored {
        /// Rows.
        n_rows: u64,
        /// Rows at or above the threshold.
        n_positive: u64,
        /// Mean probability.
        mean: f64,
    },
    /// The group of rows that the model serves worst, by more than chance.
    SliceWorst {
        /// Column, or two.
        column: String,
        /// Level, or range, in it.
        level: String,
        /// Rows.
        n_rows: u64,
        /// Metric key.
        metric: String,
        /// The metric there.
        value: f64,
        /// The metric of all rows.
        overall: f64,
    },
    /// No group of rows is clearly worse off than the rest.
    SlicesAlike {
        /// Groups looked at.
        n_slices: u64,
    },
    /// What was tested with more than two classes.
    TestedClasses {
        /// Learner id.
        learner: String,
        /// Held-out rows.
        n_test: u64,
        /// Share of rows whose class was named right.
        accuracy: f64,
        /// Lower end of its 95 % interval.
        low: f64,
        /// Upper end of its 95 % interval.
        high: f64,
        /// Share of the commonest class: what naming it always would reach.
        commonest: f64,
    },
    /// What was tested with a number as target.
    TestedNumbers {
        /// Learner id.
        learner: String,
        /// Held-out rows.
        n_test: u64,
        /// Root mean squared error there, in the unit of the target.
        rmse: f64,
        /// Lower end of its 95 % interval.
        low: f64,
        /// Upper end of its 95 % interval.
        high: f64,
        /// That of always saying the mean.
        baseline: f64,
        /// Share of the variance explained.
        r2: f64,
    },
    /// Whether prediction intervals hold what they promise.
    Covered {
        /// Share promised.
        level: f64,
        /// Share of held-out rows inside.
        coverage: f64,
        /// Distance from the prediction to either end.
        half_width: f64,
    },
    /// No learner beats guessing, whatever the target.
    NothingLearned {
        /// Target column.
        column: String,
    },
    /// What scoring a file gave, with more than two classes.
    ScoredClasses {
        /// Rows.
        n_rows: u64,
        /// Label predicted most often.
        commonest: String,
        /// Share of rows it is predicted for.
        share: f64,
    },
    /// What scoring a file gave, with a number as target.
    ScoredNumbers {
        /// Rows.
        n_rows: u64,
        /// Mean prediction.
        mean: f64,
    },
    /// A file to score looks like what the model learned from.
    NoDrift {
        /// Columns compared.
        n_columns: u64,
    },
    /// A file to score differs from what the model learned from.
    Drifted {
        /// Columns that changed, most first.
        columns: Vec<String>,
        /// Whether what the model says changed as well.
        scores_moved: bool,
    },
}
