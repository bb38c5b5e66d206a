//! Prediction intervals of a model for numbers, as they are saved with it: a part of kind `intervals`.
use super::Artifact;
use crate::base::{Error, Part, Result};
use serde::{Deserialize, Serialize};

const KIND: &str = "intervals";
const VERSION: u16 = 1;

/// An interval around every prediction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Intervals {
    /// Share of rows whose truth lies inside, 0 to 1.
    pub level: f64,
    /// Distance from the prediction to either end, in the unit of the target.
    pub half_width: f64,
}

impl Intervals {
    /// The interval of a prediction.
    pub fn around(&self, prediction: f64) -> (f64, f64) {
        (prediction - self.half_width, prediction + self.half_width)
    }

    /// The part to save.
    ///
    /// # Errors
    /// [`Error::Artifact`] when it cannot be encoded.
    pub fn save(&self) -> Result<Part> {
        Part::encode(KIND, VERSION, self)
    }

    /// Those saved with a model; none where it has none.
    ///
    /// # Errors
    /// [`Error::Artifact`] when the part cannot be read.
    pub fn of(artifact: &Artifact) -> Result<Option<Self>> {
        let Some(part) = artifact.extra(KIND) else {
            return Ok(None);
        };
        let read: Self = part.decode(VERSION)?;
        if read.half_width.is_finite()
            && read.half_width >= 0.0
            && (0.0..=1.0).contains(&read.level)
        {
            Ok(Some(read))
        } else {
            Err(Error::invalid_artifact("intervals: inconsistent state"))
        }
    }
}
