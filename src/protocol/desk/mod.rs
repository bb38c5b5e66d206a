//! Questions about a *book*: the customers of a dataset, scored by a model, weighed with costs.
//!
//! A book is made by the first question that names it and made again whenever it is gone, so every question says in full
//! which book it means. Only marks (who looks after a customer, what was agreed) cannot be worked out again: the page
//! keeps them, counts its changes, and sends all of them again when it is told [`DeskAnswer::Behind`].
mod answer;

pub use answer::{
    Appended, Arm, Band, BookCard, Cause, Change, Control, Counts, Crossed, CustomerPage,
    CustomerRow, DeskAnswer, Effect, Explanation, FilterColumn, Group, HealthCard, HealthPart,
    HealthTest, Instead, LEAST_SHARE, Neighbour, Overview, PageField, PartScore, Snapshot, Turn,
    WhatIf, Why, Window,
};

pub use crate::base::{Filter, Key, Mark, Op, Query, Scope};

use super::{DatasetId, ModelId};
use crate::base::{Params, Phrases, Value};
use serde::{Deserialize, Serialize};

/// A question about a book.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Desk {
    /// Scores the customers.
    pub model: ModelId,
    /// The customers; only [`Ask::WhatIf`] does without.
    pub dataset: Option<DatasetId>,
    /// Whom the book lists, and how it weighs them.
    pub terms: Terms,
    /// How often the page has changed its marks.
    pub revision: u64,
    /// What is asked.
    pub ask: Ask,
}

/// Whom a book lists, and how it weighs them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Terms {
    /// The parameter `costs` of a run: `contact`, `success`, `value`, `capacity`.
    pub costs: Params,
    /// The parameter `playbook` of a run; the one that ships when absent.
    pub playbook: Option<Value>,
    /// Weights of the parts of the health score, as in the parameter `health` of a run; the model's where none are named
    /// that it has.
    pub weights: Vec<(String, f64)>,
    /// Column of the role `value`, for costs that name none.
    pub value: Option<String>,
    /// Who is listed.
    pub scope: Scope,
    /// The class whose probability counts; the positive one when absent.
    pub class: Option<String>,
    /// Probability from which a customer counts as at risk; the model's when absent.
    pub threshold: Option<f64>,
    /// Column that orders the rows of one customer; their order in the data when absent. The last one counts.
    pub date: Option<String>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Ask {
    /// The book's totals and what it can be filtered by: [`DeskAnswer::Book`].
    Open,
    /// A window of the list: [`DeskAnswer::Rows`].
    Rows {
        /// Whom, in which order.
        query: Query,
        /// Customers before the window.
        offset: u64,
        /// Customers in it, at most [`MAX_WINDOW`].
        n: u32,
        /// Reasons per customer, the strongest first.
        n_reasons: u32,
    },
    /// Takes up marks; does not look at the revision: [`DeskAnswer::Marked`].
    Mark {
        /// The marks that changed, or all of them.
        marks: Vec<Mark>,
        /// Whether marks that are not among them are gone.
        all: bool,
    },
    /// Draws customers who are left alone, so that the effect of an offer can be measured: [`DeskAnswer::Drawn`]. The
    /// answer changes nothing; the page sends it back as marks.
    HoldOut {
        /// Among whom.
        query: Query,
        /// Among the first so many of them; all when absent. At most [`MAX_DRAWN`].
        n: Option<u64>,
        /// Share left alone, between 0 and 1.
        share: f64,
        /// Seed of the draw.
        seed: u64,
    },
    /// What the offers have changed: [`DeskAnswer::Effect`].
    Effect {
        /// Rows of the data from which on a target is an outcome and no longer the state at the draw; 0 in a new file.
        since_row: u64,
    },
    /// Everything about one customer: [`DeskAnswer::Customer`].
    Customer {
        /// Data row, from 1: any row of the customer.
        row: u64,
        /// Similar customers wanted.
        n_similar: u32,
        /// Columns that counterfactuals may change; none are looked for where it is empty.
        actionable: Vec<String>,
    },
    /// A record that is not in the data: [`DeskAnswer::WhatIf`].
    WhatIf {
        /// Data row to start from, from 1; without it columns that are not named are missing.
        row: Option<u64>,
        /// Columns with their value as a person writes it; `None` is missing.
        record: Vec<(String, Option<String>)>,
        /// Columns that counterfactuals may change; none are looked for where it is empty.
        actionable: Vec<String>,
    },
    /// The whole at a glance: [`DeskAnswer::Overview`].
    Overview,
    /// What the health score is made of, and how well its weights tell who leaves: [`DeskAnswer::Health`].
    Health,
    /// The list as CSV beside the answer: [`DeskAnswer::Exported`].
    Export {
        /// Whom, in which order.
        query: Query,
        /// Reasons per customer.
        n_reasons: u32,
        /// Where given, a column `why` has each customer's reasons in these words.
        phrases: Option<Box<Phrases>>,
    },
}

/// Most customers in one window.
pub const MAX_WINDOW: u32 = 1_000;
/// Most customers among whom is drawn.
pub const MAX_DRAWN: u64 = 100_000;
