//! Questions about what may be handed on: pseudonyms for ids, and figures of groups with noise.
use crate::report::ReportTable;
use serde::{Deserialize, Serialize};

/// Where the ids are that get pseudonyms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ids {
    /// These.
    Listed(Vec<String>),
    /// In these columns of the CSV beside the message, which is of our own writing.
    Csv(Vec<String>),
}

/// Pseudonyms in the order of the ids; of a CSV, the file is beside the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pseudonyms {
    /// Of [`Ids::Listed`].
    pub names: Vec<String>,
    /// Of [`Ids::Csv`]: the first so many bytes beside the message are the file, the rest is the lookup.
    pub n_bytes: u64,
}

/// What is asked about groups of customers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct GroupTerms {
    /// Column whose levels are the groups.
    pub by: String,
    /// Column and level of an outcome: how many have it.
    pub outcome: Option<(String, String)>,
    /// A column of numbers with the bounds that each is clamped to: its sum and mean.
    pub value: Option<(String, f64, f64)>,
    /// Column of the ids: of several rows of a customer the first counts.
    pub id: Option<String>,
    /// Privacy spent, in millionths.
    pub epsilon: u32,
    /// Chance that the bound does not hold.
    pub delta: f64,
    /// Gaussian noise in place of Laplace's.
    pub gaussian: bool,
    /// Groups whose noisy count is below it are left out.
    pub min_size: u32,
    /// 32 bytes from the browser's generator; the noise is drawn from them.
    pub seed: Vec<u8>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Groups {
    /// Columns `group`, `customers`, with an outcome `with_outcome` and `rate`, with a value `total` and `mean`, with both
    /// `total_with_outcome`. All but the group are noisy.
    pub table: ReportTable,
    /// Half the width of a 95% interval around each count, and around each total where there are some.
    pub within: Vec<f64>,
    /// Noisy count from which a group is shown.
    pub shown_from: u64,
}
