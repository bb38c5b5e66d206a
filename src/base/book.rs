//! The vocabulary of books of customers that page and engine share: whom to list, in which order, what a person noted.
use serde::{Deserialize, Serialize};

/// Who is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Scope {
    /// Customers whose target is missing or another class; everybody where the data have no target.
    #[default]
    StillThere,
    /// Everybody.
    Everybody,
}

/// Whom, in which order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// Part of an id or of any text cell, letter case aside; empty finds everybody.
    pub search: String,
    /// All of them must hold.
    pub filters: Vec<Filter>,
    /// What orders the list.
    pub sort: Key,
    /// Largest first. Customers without a value come last either way, equal ones keep their order in the data.
    pub descending: bool,
    /// Customers of one group stand together; groups with most money at risk first.
    pub group: Option<Key>,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            search: String::new(),
            filters: Vec::new(),
            sort: Key::Gain,
            descending: true,
            group: None,
        }
    }
}

/// Something known about every customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Key {
    /// Probability, 0 to 1.
    Probability,
    /// What the customer is worth, in money.
    Value,
    /// Probability × value.
    AtRisk,
    /// Chance that an offer works × money at risk − cost of the offer.
    Gain,
    /// Probability now − probability of the customer's row before; missing where there is none.
    Trend,
    /// The id, or the number of the row.
    Id,
    /// Whether the probability reaches the threshold.
    OverThreshold,
    /// Mark: who looks after the customer.
    Owner,
    /// Mark: free text.
    Note,
    /// Mark: done.
    Done,
    /// Mark: left alone, or treated, where drawn.
    Arm,
    /// A column of the data.
    Column(String),
    /// The column that raises the probability most. Known of those at or over the threshold with most money at risk.
    Reason,
    /// Health, 0 to 100; missing where the model has no score of it.
    Health,
    /// Health now − health on the customer's row before; missing where there is none.
    HealthTrend,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Filter {
    /// On what.
    pub key: Key,
    /// Which.
    pub op: Op,
}

/// What must hold. Dates are days since 1970-01-01, points in time seconds, yes is 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Op {
    /// There is a value.
    Present,
    /// There is none.
    Missing,
    /// A number within limits, both included.
    Range {
        /// Lower limit.
        min: Option<f64>,
        /// Upper limit.
        max: Option<f64>,
    },
    /// One of these levels, as they are shown; `done` and yes/no columns: as the group's level says.
    OneOf(Vec<String>),
    /// A text that contains this, letter case aside.
    Contains(String),
}

/// What a person has noted about a customer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Mark {
    /// Id of the customer, or the number of the row where the data have no ids.
    pub id: String,
    /// Who looks after the customer; empty for nobody.
    pub owner: String,
    /// Free text.
    pub note: String,
    /// What will be done, where it is not what the playbook says.
    pub action: Option<String>,
    /// Whether it is done.
    pub done: bool,
    /// Whether the customer was drawn to be left alone (`true`) or to be treated (`false`).
    pub held_out: Option<bool>,
    /// What became of the customer, where it is known: whether it happened.
    pub outcome: Option<bool>,
}
