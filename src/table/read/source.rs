//! Where bytes come from: anything that can be read in pieces from any place.
use crate::base::Result;
#[cfg(not(target_arch = "wasm32"))]
use crate::base::{Error, FormatReason};

/// A file, or something like one.
pub trait Source {
    /// Its length in bytes.
    fn len(&self) -> u64;

    /// Whether it has no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Empties `buf`, then fills it with up to `max` bytes from `offset`. Fewer only at the end.
    ///
    /// # Errors
    /// `Error::Format` with `Unreadable` when the file changed or vanished.
    fn read(&mut self, offset: u64, buf: &mut Vec<u8>, max: usize) -> Result<()>;
}

/// Bytes in memory.
#[derive(Debug, Clone)]
pub struct Bytes<T>(pub T);

impl<T: AsRef<[u8]>> Source for Bytes<T> {
    fn len(&self) -> u64 {
        self.0.as_ref().len() as u64
    }

    fn read(&mut self, offset: u64, buf: &mut Vec<u8>, max: usize) -> Result<()> {
        let all = self.0.as_ref();
        let start = usize::try_from(offset).map_or(all.len(), |o| o.min(all.len()));
        let end = start.saturating_add(max).min(all.len());
        buf.clear();
        buf.extend_from_slice(&all[start..end]);
        Ok(())
    }
}

/// A file on disk, for tests and measurements.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug)]
pub struct Disk {
    file: std::fs::File,
    len: u64,
}

#[cfg(not(target_arch = "wasm32"))]
impl Disk {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::Format`] with `Unreadable` when that is not possible.
    pub fn open(path: impl AsRef<std::path::Path>) -> Result<Self> {
        let file = std::fs::File::open(path).map_err(|_| unreadable())?;
        let len = file.metadata().map_err(|_| unreadable())?.len();
        Ok(Self { file, len })
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn unreadable() -> Error {
    Error::Format {
        row: None,
        column: None,
        reason: FormatReason::Unreadable,
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Source for Disk {
    fn len(&self) -> u64 {
        self.len
    }

    fn read(&mut self, offset: u64, buf: &mut Vec<u8>, max: usize) -> Result<()> {
        use std::io::{Read as _, Seek as _, SeekFrom};
        buf.clear();
        self.file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| (&self.file).take(max as u64).read_to_end(buf))
            .map_err(|_| unreadable())?;
        Ok(())
    }
}
