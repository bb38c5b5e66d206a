//! Answers about a book. They travel as bytes inside [`super::super::Output::Desk`], so that a page that asks nothing
//! about books need not know them.
use super::{Mark, Query};
use crate::{
    base::{ActionText, ColumnKind, Costs, Warning, order},
    protocol::ModelId,
    report::WhyOf,
};
use serde::{Deserialize, Serialize};

/// An answer about a book.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum DeskAnswer {
    /// The engine has other marks than the page: send all of them, then ask again.
    Behind {
        /// What the engine has; 0 for nothing.
        revision: u64,
    },
    /// Of `Open`.
    Book(BookCard),
    /// Of `Rows`.
    Rows(Window),
    /// Of `Mark`.
    Marked {
        /// Customers of the book that have a mark.
        n_marked: u64,
        /// Marks whose id is not in the data.
        n_unknown: u64,
    },
    /// Of `HoldOut`: marks of everybody drawn, what they said before kept.
    Drawn {
        /// In the order of the list.
        marks: Vec<Mark>,
        /// Of them left alone.
        n_held_out: u64,
        /// Rows of the data when it was drawn; see `Ask::Effect`.
        n_rows: u64,
    },
    /// Of `Effect`.
    Effect(Effect),
    /// Of `Customer`.
    Customer(Box<CustomerPage>),
    /// Of `WhatIf`.
    WhatIf(WhatIf),
    /// Of `Overview`.
    Overview(Overview),
    /// Of `Health`; nothing where the model has no health score.
    Health(Option<HealthCard>),
    /// Of `Export`; the CSV is beside the message.
    Exported {
        /// Customers in it.
        n: u64,
    },
}

/// Customers and money.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Customers.
    pub n: u64,
    /// What they are worth.
    pub value: f64,
    /// Money at risk.
    pub at_risk: f64,
    /// Expected gain of an offer to those for whom it is positive.
    pub gain: f64,
}

/// What a book is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookCard {
    /// Rows of the data.
    pub n_rows: u64,
    /// Customers in the data.
    pub n_customers: u64,
    /// Listed customers.
    pub listed: Counts,
    /// Listed customers at or over the threshold.
    pub over: Counts,
    /// Listed customers without a value; they count as worth nothing.
    pub n_without_value: u64,
    /// Column of the ids.
    pub id: Option<String>,
    /// The class whose probability counts; none where the model predicts a number, which then stands for `probability`
    /// and `value`, and where nothing is at risk.
    pub class: Option<String>,
    /// Probability from which a customer is at risk.
    pub threshold: f64,
    /// Costs as they were understood.
    pub costs: Costs,
    /// Whether customers have several rows, so that there is a trend.
    pub has_history: bool,
    /// Whether the model has a health score.
    pub has_health: bool,
    /// Whether the data have the target.
    pub has_outcomes: bool,
    /// Whether the model can be explained; models of earlier versions cannot.
    pub has_reasons: bool,
    /// What the list can be filtered, sorted and grouped by.
    pub columns: Vec<FilterColumn>,
    /// Strange cells, levels that the model does not know.
    pub warnings: Vec<Warning>,
}

/// A column the list can be filtered by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FilterColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Smallest and largest, for numbers and dates.
    pub range: Option<(f64, f64)>,
    /// Different values.
    pub n_distinct: u64,
    /// Most frequent levels with their rows; at most ten.
    pub levels: Vec<(String, u64)>,
    /// Whether the model uses it.
    pub is_used: bool,
    /// Whether the list can be grouped by it.
    pub groups: bool,
}

/// A window of the list.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Window {
    /// Customers that match.
    pub matching: Counts,
    /// Groups in the order in which they stand in the list, where the query has them.
    pub groups: Vec<Group>,
    /// Customers before the window.
    pub offset: u64,
    /// The window.
    pub rows: Vec<CustomerRow>,
}

/// Customers with the same level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The level as it is shown; `None` for those without one.
    pub level: Option<String>,
    /// Its customers.
    pub counts: Counts,
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CustomerRow {
    /// The customer's last data row, from 1.
    pub row: u64,
    /// Id, or the number of the row.
    pub id: String,
    /// Probability, 0 to 1.
    pub probability: f64,
    /// What the customer is worth.
    pub value: Option<f64>,
    /// Probability × value.
    pub at_risk: f64,
    /// Expected gain of an offer.
    pub gain: f64,
    /// Probability of the row before.
    pub before: Option<f64>,
    /// Health, 0 to 100, where the model has a score of it.
    pub health: Option<f64>,
    /// Health on the row before.
    pub health_before: Option<f64>,
    /// What a person noted.
    pub mark: Option<Mark>,
    /// What raises the probability most, as many as were asked for.
    pub reasons: Vec<Why>,
    /// What the playbook says about them; a mark may say otherwise.
    pub action: Option<ActionText>,
}

/// A reason.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Why {
    /// Column.
    pub column: String,
    /// The customer's cell as it is shown.
    pub value: Option<String>,
    /// How far it moves the probability away from the base: 0.23 is 23 percentage points.
    pub points: f64,
    /// Standard error of the points, where they were sampled.
    pub error: Option<f64>,
    /// Median, or the most frequent level.
    pub typical: Option<String>,
}

/// Why a prediction is what it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Explanation {
    /// Mean prediction of the rows compared with; with the points of all reasons it makes the prediction.
    pub base: f64,
    /// All columns, the largest points first, whichever way.
    pub reasons: Vec<Why>,
}

/// A reason that moves a probability by less than half a percentage point is not worth a word.
pub const LEAST_SHARE: f64 = 0.005;

/// Reasons told that lead where the prediction lies.
const LEADING: usize = 2;

impl Explanation {
    /// The reasons worth telling of `prediction`: the strongest that lead to it, and one that speaks against. Those that move
    /// it by less than `least` are not.
    pub fn told(&self, prediction: f64, least: f64) -> Vec<&Why> {
        let raises = prediction >= self.base;
        let all = &self.reasons;
        let falling = order::sorted(all.len(), &mut |a, b| {
            all[b].points.abs().total_cmp(&all[a].points.abs())
        });
        let worth = |w: &&Why| w.points.abs() >= least;
        let sorted = || falling.iter().filter_map(|i| all.get(*i)).filter(worth);
        let leads = |w: &&Why| (w.points > 0.0) == raises;
        let against = sorted().filter(|w| !leads(w)).take(1);
        sorted()
            .filter(leads)
            .take(LEADING)
            .chain(against)
            .collect()
    }
}

/// One customer in full.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CustomerPage {
    /// As in the list.
    pub customer: CustomerRow,
    /// Whether the list has the customer.
    pub is_listed: bool,
    /// Share of listed customers with a lower probability.
    pub percentile: f64,
    /// What became of the customer as the data say: the class.
    pub outcome: Option<String>,
    /// Every column, in file order.
    pub fields: Vec<PageField>,
    /// Why the probability is what it is, where the model can be explained.
    pub explanation: Option<Explanation>,
    /// What the health is made of; empty where the model has no score of it.
    pub health: Vec<PartScore>,
    /// All rows of the customer, oldest first.
    pub history: Vec<Snapshot>,
    /// Nearest customers, nearest first.
    pub similar: Vec<Neighbour>,
    /// Customers among which was searched.
    pub n_searched: u64,
    /// What would bring the prediction past the limit, where columns that may change were named.
    pub turn: Option<Turn>,
    /// Rates of the class among `similar` whose outcome is known: how many happened, of how many.
    pub similar_outcomes: (u64, u64),
}

/// A cell with what is usual.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PageField {
    /// Column.
    pub name: String,
    /// What it holds.
    pub kind: Option<ColumnKind>,
    /// The cell as it is shown.
    pub text: Option<String>,
    /// The cell as a number, where it is one.
    pub number: Option<f64>,
    /// Median, or the most frequent level.
    pub typical: Option<String>,
    /// Share of the listed customers below, half of the equal ones counted; or with the same level.
    pub share: Option<f64>,
    /// Whether the model uses it.
    pub is_used: bool,
}

/// A row of a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Data row, from 1.
    pub row: u64,
    /// The date cell, where the book has a date column.
    pub date: Option<String>,
    /// Probability on that row.
    pub probability: f64,
    /// Health on that row.
    pub health: Option<f64>,
    /// Columns that differ from the row before: name, then and now.
    pub changes: Vec<(String, Option<String>, Option<String>)>,
}

/// A similar customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Data row, from 1.
    pub row: u64,
    /// Id, or the number of the row.
    pub id: String,
    /// Probability.
    pub probability: f64,
    /// Distance, 0 for equal to 1 for different in every column.
    pub distance: f64,
    /// What became of the customer: the class.
    pub outcome: Option<String>,
    /// Columns of the model in which both differ most: name and the neighbour's cell.
    pub differences: Vec<(String, Option<String>)>,
}

/// What a record comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WhatIf {
    /// What is predicted.
    pub of: WhyOf,
    /// Probability of the record.
    pub prediction: f64,
    /// Probability of the row it starts from.
    pub before: Option<f64>,
    /// Columns that the record changes, with their cell then and now.
    pub changes: Vec<Change>,
    /// What can be set, in the model's order.
    pub controls: Vec<Control>,
    /// Why the prediction is what it is, where the model can be explained.
    pub explanation: Option<Explanation>,
    /// What would bring the prediction past the limit, where columns that may change were named.
    pub turn: Option<Turn>,
}

/// What would bring a prediction to the other side of a limit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Turn {
    /// The threshold, or where a number is predicted the mean prediction. The risk of leaving shall be below it; any other
    /// prediction shall be on the side where it is not now.
    pub limit: f64,
    /// Whether the prediction is there already.
    pub is_met: bool,
    /// The smallest changes first; empty where nothing that the data hold is enough.
    pub found: Vec<Instead>,
}

/// Changes that are enough.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Instead {
    /// What changes together.
    pub changes: Vec<Change>,
    /// The prediction then.
    pub prediction: f64,
}

/// A changed column.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Change {
    /// Column.
    pub column: String,
    /// Cell of the row it starts from.
    pub from: Option<String>,
    /// Cell of the record.
    pub to: Option<String>,
}

/// What can be set of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// Column.
    pub column: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// The record's cell.
    pub text: Option<String>,
    /// The record's cell as a number.
    pub number: Option<f64>,
    /// Smallest and largest in the data, where there are data.
    pub range: Option<(f64, f64)>,
    /// Its levels, most frequent first.
    pub levels: Vec<String>,
}

/// The whole at a glance.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Overview {
    /// Listed customers.
    pub listed: Counts,
    /// At or over the threshold.
    pub over: Counts,
    /// Expected number of customers to whom it happens, with a 95 % interval.
    pub expected: (f64, f64, f64),
    /// Expected money lost, with a 95 % interval.
    pub expected_money: (f64, f64, f64),
    /// By probability, the highest first.
    pub risk: Vec<Band>,
    /// By health, the poorest first; empty where the model has no score of it.
    pub health: Vec<Band>,
    /// Offers that pay, most first, as many as the team can make: customers, cost, gain.
    pub worth_it: Counts,
    /// Customers at or over the threshold by their strongest reason, most money at risk first.
    pub causes: Vec<Cause>,
    /// Of the customers at or over the threshold, those with most money at risk, whose reasons were worked out.
    pub explained: Counts,
}

/// Customers with the same strongest reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// Column.
    pub column: String,
    /// Its customers.
    pub counts: Counts,
    /// Lists them.
    pub query: Query,
}

/// Customers of one band, with the query that lists them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// From, included.
    pub from: f64,
    /// To, excluded but in the last band.
    pub to: f64,
    /// Its customers.
    pub counts: Counts,
    /// Lists them.
    pub query: Query,
}

/// What one part of the health score says of a customer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PartScore {
    /// Which.
    pub part: String,
    /// Its share of the whole, 0 to 1.
    pub weight: f64,
    /// 0 to 100.
    pub score: f64,
    /// On the row before.
    pub before: Option<f64>,
}

/// What the health score is made of.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HealthCard {
    /// Its parts.
    pub parts: Vec<HealthPart>,
    /// How well weights tell who leaves; none for models of earlier versions, which keep no held-out rows.
    pub test: Option<HealthTest>,
}

/// A part of the health score. Weights are shares that sum to 1.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HealthPart {
    /// Which.
    pub part: String,
    /// Its columns, the weightiest first.
    pub columns: Vec<String>,
    /// Weight learned.
    pub learned: f64,
    /// The model's weight, which a person may have given when it was made.
    pub own: f64,
    /// Weight in use.
    pub weight: f64,
}

/// ROC-AUC with its 95 % interval of each set of weights, on rows that nothing was learned from.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct HealthTest {
    /// Rows.
    pub n: u64,
    /// Of them those to whom it happened.
    pub n_happened: u64,
    /// Weights learned.
    pub learned: (f64, f64, f64),
    /// Weights in use, where they are others.
    pub by_hand: Option<(f64, f64, f64)>,
    /// Equal weights.
    pub equal: (f64, f64, f64),
    /// In use − learned, with its 95 % interval, where they are others.
    pub difference: Option<(f64, f64, f64)>,
}

/// What became of one half of those drawn.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Arm {
    /// Customers drawn for it.
    pub n: u64,
    /// Of them with a known outcome.
    pub n_known: u64,
    /// Of them to whom it happened.
    pub n_happened: u64,
    /// Share to whom it happened, with Wilson's 95 % interval; none without a known outcome.
    pub rate: Option<(f64, f64, f64)>,
    /// Mean probability that the model gave those with a known outcome.
    pub expected: f64,
}

/// What the offers have changed.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Effect {
    /// Those left alone.
    pub held_out: Arm,
    /// Those treated.
    pub treated: Arm,
    /// Rate of those left alone − rate of those treated, with Newcombe's 95 % interval: above 0 the offers help.
    pub difference: Option<(f64, f64, f64)>,
    /// Customers kept by the offers, with interval: the difference × those treated with a known outcome.
    pub kept: Option<(f64, f64, f64)>,
    /// What they are worth on average, the treated with a known outcome.
    pub mean_value: f64,
    /// Customers to draw in all to see a difference as large as the costs assume (80 % power, 5 % level), if any.
    pub n_needed: Option<u64>,
}

/// Of `Append`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Appended {
    /// Rows read.
    pub n_rows: u64,
    /// Customers who were not there before; rows without an id are one each.
    pub n_new: u64,
    /// Customers who were there and have another row now.
    pub n_updated: u64,
    /// Listed customers of open books who crossed the threshold upwards, or came in above it; most money at risk first, at
    /// most 1,000.
    pub crossed: Vec<Crossed>,
    /// All who crossed.
    pub n_crossed: u64,
}

/// A customer who crossed the threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Crossed {
    /// Model of the book.
    pub model: ModelId,
    /// Data row, from 1.
    pub row: u64,
    /// Id, or the number of the row.
    pub id: String,
    /// Probability before; none for a new customer.
    pub before: Option<f64>,
    /// Probability now.
    pub after: f64,
    /// Money at risk now.
    pub at_risk: f64,
}
