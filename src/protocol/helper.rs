//! Messages between the engine and its helper engines: `[postcard bytes, buffers…]`, in both directions.
use crate::base::{Error, Warning};
use serde::{Deserialize, Serialize};

/// What the engine asks of a helper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum HelperRequest {
    /// Keep the bytes beside the message for jobs to come.
    Share {
        /// Its id.
        id: u64,
    },
    /// Free shared data.
    Forget {
        /// Their ids.
        ids: Vec<u64>,
    },
    /// Do a job; its input is beside the message.
    Job {
        /// Comes back with the answer.
        serial: u32,
        /// Task id.
        task: String,
        /// Seed of the run.
        seed: u64,
        /// Ids of the shared data, in the task's order.
        shared: Vec<u64>,
    },
}

/// What a helper says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum HelperEvent {
    /// It is still at work.
    Beat,
    /// A job ended well; its output is beside the message.
    Done {
        /// The job's.
        serial: u32,
        /// What the job had to say.
        warnings: Vec<Warning>,
    },
    /// A job ended badly.
    Failed {
        /// The job's.
        serial: u32,
        /// Why.
        error: Error,
    },
}
