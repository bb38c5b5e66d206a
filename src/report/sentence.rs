//! Findings as data. The words are made at the edge, in the reader's language.
use crate::base::{Cell, Unit};
use serde::{Deserialize, Serialize};

impl Sentence {
    /// A [`Sentence::Told`] of numbers alone.
    pub fn told(what: &str, numbers: &[(&str, f64, Unit)]) -> Self {
        let own = |(name, v, unit): &(&str, f64, Unit)| ((*name).to_owned(), *v, *unit);
        Self::Told {
            what: what.to_owned(),
            texts: Vec::new(),
            numbers: numbers.iter().map(own).collect(),
        }
    }
}

/// One reason for a prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// Column of the file.
    pub column: String,
    /// What it holds for this customer.
    pub value: Cell,
    /// What is usual, where it differs: the median, or the most frequent category.
    pub typical: Option<Cell>,
    /// What it adds to the prediction, in its unit: 0.23 is 23 percentage points.
    pub points: f64,
}

/// A column that would change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    /// Column of the file.
    pub column: String,
    /// What it holds now.
    pub from: Cell,
    /// What it would hold.
    pub to: Cell,
}

/// What sets a segment apart in one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentTrait {
    /// Column of the file.
    pub column: String,
    /// Of a category the level that is more frequent than elsewhere.
    pub level: Option<String>,
    /// Mean in the segment, or share of the level.
    pub value: f64,
    /// The same among all other customers.
    pub others: f64,
}

/// What a prediction is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum WhyOf {
    /// The probability that the customer leaves.
    Leaving,
    /// The probability of a class.
    Class {
        /// Its label.
        label: String,
    },
    /// A number, in its own unit.
    Number {
        /// Target column.
        column: String,
    },
}

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
    /// Whom to contact, and what that brings on held-out customers, in money.
    Contact {
        /// Customers to contact.
        n: u64,
        /// Held-out customers.
        n_rows: u64,
        /// What the last of them is ranked by: money at risk, or a probability.
        threshold: f64,
        /// Whether it is money.
        is_money: bool,
        /// Profit of contacting them.
        gain: f64,
        /// Lower end of its 95 % interval.
        low: f64,
        /// Upper end of its 95 % interval.
        high: f64,
        /// Profit of contacting everybody.
        everybody: f64,
    },
    /// Every contact pays.
    ContactEverybody {
        /// Held-out customers.
        n_rows: u64,
        /// Profit of contacting them.
        gain: f64,
        /// Lower end of its 95 % interval.
        low: f64,
        /// Upper end of its 95 % interval.
        high: f64,
    },
    /// No contact pays.
    ContactNobody {
        /// Held-out customers.
        n_rows: u64,
        /// Profit of contacting them all.
        everybody: f64,
    },
    /// How many of the customers who are still there a contact pays for.
    WorthContacting {
        /// Customers to contact.
        n: u64,
        /// Customers who are still there.
        n_rows: u64,
        /// Their money at risk.
        at_risk: f64,
        /// What contacting them brings by the probabilities.
        gain: f64,
    },
    /// How well the health score tells who leaves, on held-out customers.
    HealthTells {
        /// ROC-AUC with the weights learned.
        learned: f64,
        /// With the weights in use, where they are a person's.
        by_hand: Option<f64>,
        /// With equal weights.
        equal: f64,
        /// The part of the largest weight, by id.
        part: String,
    },
    /// Why one customer has this prediction, in two sentences.
    WhyScore {
        /// What is predicted.
        of: WhyOf,
        /// The prediction.
        prediction: f64,
        /// The average prediction that the reasons start from.
        base: f64,
        /// Reasons that lead where the prediction lies, the strongest first; then, if any, one that speaks against.
        reasons: Vec<Why>,
    },
    /// What would change one customer's prediction.
    WouldChange {
        /// What changes together.
        changes: Vec<Changed>,
        /// The prediction now.
        before: f64,
        /// The prediction then.
        after: f64,
        /// The prediction is a probability.
        is_share: bool,
    },
    /// No change that the data hold brings a prediction past a limit.
    NothingWouldChange {
        /// The limit.
        limit: f64,
        /// The prediction is a probability.
        is_share: bool,
    },
    /// Probabilities stayed as they were: on folds no correction was clearly better.
    CalibrationKept,
    /// Probabilities were corrected, and what that did on the held-out part.
    CalibrationApplied {
        /// `sigmoid`, `isotonic` or `beta`.
        method: String,
        /// Brier score there without the correction.
        brier_before: f64,
        /// Brier score there with it.
        brier_after: f64,
        /// Expected calibration error there without it.
        error_before: f64,
        /// Expected calibration error there with it.
        error_after: f64,
        /// Whether the Brier score fell or rose by more than its standard error; `None` when neither.
        helped: Option<bool>,
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
    /// How many segments there are, and how they were found.
    SegmentsFound {
        /// Segments.
        n_segments: u64,
        /// Customers.
        n_rows: u64,
        /// Id of the way they were found.
        method: String,
        /// The measures chose the number.
        by_measures: bool,
    },
    /// What one segment is.
    SegmentIs {
        /// Its name: a number, or the id of a group.
        segment: String,
        /// Customers.
        n: u64,
        /// Share of all customers.
        share: f64,
        /// Share of all value, where it is known.
        value_share: Option<f64>,
        /// What sets it apart, most first.
        traits: Vec<SegmentTrait>,
    },
    /// The gap statistic sees one cloud of customers.
    SegmentsOfOneCloud,
    /// How numbers and categories were compared together.
    MixedColumns {
        /// Number columns.
        n_numbers: u64,
        /// Categories.
        n_categories: u64,
        /// By Gower's distance; else categories were encoded.
        gower: bool,
    },
    /// A finding whose words are found by its name.
    Told {
        /// Which.
        what: String,
        /// Texts that fill it.
        texts: Vec<(String, String)>,
        /// Numbers that fill it.
        numbers: Vec<(String, f64, Unit)>,
    },
}
