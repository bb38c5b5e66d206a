//! Messages between page and engine: `[id, postcard bytes, buffers…]`, in both directions.
//!
//! Bulk bytes and file handles travel beside the message, never inside it.
pub mod desk;
mod helper;
pub mod private;
mod reading;

pub use desk::{Appended, Desk, DeskAnswer};
pub use helper::{HelperEvent, HelperRequest};
pub use private::{GroupTerms, Groups, Ids, Pseudonyms};
pub use reading::decode;

use crate::{
    base::{DatasetProfile, Error, LoadOptions, Params, Progress, Recipe, Roles, Trace},
    report::{Catalog, Report, ReportTable},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Raised whenever a message changes its layout: page and engine of different builds refuse each other.
pub const PROTOCOL: u16 = 7;

/// Names a job; 0 is kept for events that belong to none.
pub type JobId = u32;

macro_rules! id {
    ($name:ident, $prefix:literal) => {
        #[doc = concat!("Written `", $prefix, "1`, `", $prefix, "2`, … in the public interface.")]
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
        )]
        pub struct $name(pub u32);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
        impl FromStr for $name {
            type Err = Error;
            fn from_str(s: &str) -> Result<Self, Error> {
                let unknown = || Error::Unknown {
                    what: stringify!($name)
                        .trim_end_matches("Id")
                        .to_ascii_lowercase()
                        .into(),
                    id: s.to_owned(),
                };
                s.strip_prefix($prefix)
                    .and_then(|n| n.parse().ok())
                    .map(Self)
                    .ok_or_else(unknown)
            }
        }
    };
}
id!(DatasetId, "d");
id!(ModelId, "m");

/// What the page asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Import the `Blob` beside the message.
    Load {
        /// Id to give it; an existing dataset of that id is replaced.
        dataset: DatasetId,
        /// How to read it.
        options: LoadOptions,
    },
    /// A demo file, generated from a seed; its bytes come back beside the answer.
    Demo {
        /// Rows.
        n_rows: u32,
        /// Seed.
        seed: u64,
    },
    /// A recipe that suits the dataset and roles.
    Suggest {
        /// The dataset.
        dataset: DatasetId,
        /// Its roles.
        roles: Roles,
    },
    /// Run an analysis.
    Run {
        /// Registry id.
        analysis: String,
        /// The dataset.
        dataset: DatasetId,
        /// Its roles.
        roles: Roles,
        /// Parameters.
        params: Params,
        /// Preparation; suggested when absent.
        recipe: Option<Recipe>,
        /// Id to give the model; its bytes come back beside the answer.
        model: ModelId,
    },
    /// Score a dataset.
    Predict {
        /// The model.
        model: ModelId,
        /// The dataset.
        dataset: DatasetId,
        /// How many rows of the table `predictions` to send; all when absent.
        n_rows: Option<u32>,
        /// Whether to send the whole table as CSV bytes beside the answer.
        csv: bool,
    },
    /// Take up the model whose bytes are beside the message.
    LoadModel {
        /// Id to give it.
        model: ModelId,
    },
    /// Free a dataset.
    Forget {
        /// The dataset.
        dataset: DatasetId,
    },
    /// A question about a book of customers.
    Desk(Box<Desk>),
    /// Adds the rows of the `Blob` beside the message to a dataset, read with its kinds and formats. Open books follow.
    /// `Load` and then the same `Append`s in order give the same dataset again.
    Append {
        /// The dataset.
        dataset: DatasetId,
        /// Column of the role `id`, to tell new customers from known ones.
        id: Option<String>,
        /// Columns that the rows may lack, such as the target; any other that lacks is an error.
        optional: Vec<String>,
        /// A book that is opened first where the model has none of the dataset, so that whoever crosses its threshold is
        /// known. A model that does not fit the dataset is no error.
        book: Option<(ModelId, Box<desk::Terms>)>,
    },
    /// Pseudonyms for ids, under a key that is nowhere kept.
    Pseudonyms {
        /// A key the browser made, or a passphrase.
        key: String,
        /// Which ids.
        of: Ids,
    },
    /// Figures of groups, with noise.
    Groups {
        /// The dataset.
        dataset: DatasetId,
        /// What is asked.
        terms: Box<GroupTerms>,
    },
}

/// What a saved model says about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Its id.
    pub model: ModelId,
    /// Analysis that made it.
    pub analysis: String,
    /// Learner id.
    pub learner: String,
    /// Name of the data it learned from.
    pub dataset: String,
    /// Rows it learned from.
    pub n_rows: u64,
    /// Columns it needs.
    pub columns: Vec<String>,
    /// Target column.
    pub target: String,
    /// Class labels, the positive one second.
    pub classes: Vec<String>,
    /// Decision threshold.
    pub threshold: f64,
    /// Metrics on the held-out part.
    pub metrics: Vec<(String, f64)>,
    /// The preparation.
    pub recipe: Recipe,
    /// What it is, how good it is and where it should not be used: columns `section`, `item`, `value`. Models of earlier
    /// versions have none.
    pub card: Option<ReportTable>,
}

/// Answers to requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Output {
    /// Of `Load`.
    Loaded(DatasetProfile),
    /// Of `Demo`; the file is beside the message.
    Demo {
        /// Suggested file name.
        name: String,
    },
    /// Of `Suggest`.
    Suggested(Recipe),
    /// Of `Run`; the model's bytes are beside the message when there is one.
    Report(Report),
    /// Of `Predict`; the CSV is beside the message when asked for.
    Predicted(Report),
    /// Of `LoadModel`.
    Model(ModelCard),
    /// Of `Forget`.
    Forgotten,
    /// Of `Desk`: a [`DeskAnswer`], encoded.
    Desk(Vec<u8>),
    /// Of `Append`.
    Appended {
        /// The dataset as it is now.
        profile: DatasetProfile,
        /// What came in.
        appended: Appended,
    },
    /// Of `Pseudonyms`.
    Pseudonyms(Pseudonyms),
    /// Of `Groups`.
    Groups(Groups),
}

/// What the engine says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// It is up.
    Ready {
        /// Its protocol version.
        protocol: u16,
        /// What it can do.
        catalog: Catalog,
    },
    /// A job moved on.
    Progress(Progress),
    /// A fit reached another point of its learning curve.
    Trace(Trace),
    /// A job ended well.
    Done(Box<Output>),
    /// A job ended badly.
    Failed(Error),
}

/// Bytes of a message.
///
/// # Errors
/// [`Error::Protocol`] when it cannot be encoded.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, Error> {
    crate::base::pack(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_survive_the_trip() {
        let request = Request::Run {
            analysis: "churn".into(),
            dataset: DatasetId(3),
            roles: Roles::default(),
            params: Params::default()
                .with("C", vec![0.1, 1.0])
                .with("cv", 5_i64),
            recipe: None,
            model: ModelId(1),
        };
        assert_eq!(
            decode::<Request>(&encode(&request).unwrap()).unwrap(),
            request
        );
        let event = Event::Failed(Error::out_of_range("cv", 2.0, 20.0));
        assert_eq!(decode::<Event>(&encode(&event).unwrap()).unwrap(), event);
        assert_eq!(decode::<Event>(&[250, 1]), Err(Error::Protocol));
    }

    #[test]
    fn a_question_survives_the_trip_and_no_bytes_stop_the_reader() {
        let desk = Desk {
            model: ModelId(2),
            dataset: Some(DatasetId(1)),
            terms: desk::Terms::default(),
            revision: 7,
            ask: desk::Ask::Rows {
                query: desk::Query {
                    search: "张".into(),
                    filters: vec![desk::Filter {
                        key: desk::Key::Column("Contract".into()),
                        op: desk::Op::OneOf(vec!["Month-to-month".into()]),
                    }],
                    ..desk::Query::default()
                },
                offset: 100,
                n: 50,
                n_reasons: 2,
            },
        };
        let request = Request::Desk(Box::new(desk));
        let bytes = encode(&request).unwrap();
        assert_eq!(decode::<Request>(&bytes).as_ref(), Ok(&request));
        let answer = DeskAnswer::Rows(desk::Window {
            rows: vec![desk::CustomerRow::default()],
            ..desk::Window::default()
        });
        let inner = encode(&answer).unwrap();
        assert_eq!(decode::<DeskAnswer>(&inner).as_ref(), Ok(&answer));
        for n in 0..inner.len() {
            assert_eq!(decode::<DeskAnswer>(&inner[..n]), Err(Error::Protocol));
        }
    }

    #[test]
    fn ids_are_written_with_a_letter() {
        assert_eq!("d12".parse::<DatasetId>().unwrap(), DatasetId(12));
        assert_eq!(ModelId(4).to_string(), "m4");
        assert_eq!("x1".parse::<ModelId>().unwrap_err().code(), "unknown");
    }
}
