//! A saved piece of something fitted: its kind, its version, its bytes.
use super::{Error, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// One fitted thing inside a model file. What the bytes mean is private to the file that wrote them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Registry id of what wrote it.
    pub kind: String,
    /// Version of its own layout.
    pub version: u16,
    /// CBOR.
    pub body: Vec<u8>,
}

impl Part {
    /// Encodes `value` as CBOR (RFC 8949).
    ///
    /// # Errors
    /// [`Error::Artifact`] when `value` cannot be encoded.
    pub fn encode<T: Serialize>(kind: &str, version: u16, value: &T) -> Result<Self> {
        let body = super::cbor_writer::encode(value)
            .ok_or_else(|| Error::invalid_artifact("a list of unknown length"))?;
        Ok(Self {
            kind: kind.to_owned(),
            version,
            body,
        })
    }

    /// Decodes the bytes, refusing layouts newer than `newest`.
    ///
    /// # Errors
    /// [`Error::Artifact`] when the bytes do not hold a `T`, or come from a later version.
    pub fn decode<T: DeserializeOwned>(&self, newest: u16) -> Result<T> {
        if self.version > newest {
            let reason = super::ArtifactReason::Newer {
                found: self.version,
                supported: newest,
            };
            return Err(Error::Artifact { reason });
        }
        super::cbor::decode(&self.body)
            .map_err(|e| Error::invalid_artifact(format!("{}: {e}", self.kind)))
    }
}
