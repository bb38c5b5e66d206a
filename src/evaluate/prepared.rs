//! A fold made ready: its training and its held-out side as matrices, and what was done to the class shares.
use super::{
    imbalance::{Calibration, Resampler},
    select::{Selection, Selector},
};
use crate::base::{Error, Portable, Result, Run, Test, Train};
use crate::learn::{Dataset, Target};
use ndarray::Array2;
use std::sync::Arc;

/// One fold, ready to fit and to score. Steps take the training side only and are applied to both.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Rows to learn from.
    pub train: Train<Dataset>,
    /// Rows held out.
    pub test: Test<Dataset>,
    /// Takes probabilities back to the class shares from before a resampling.
    pub calibration: Calibration,
}

impl From<(Train<Dataset>, Test<Dataset>)> for Prepared {
    fn from((train, test): (Train<Dataset>, Test<Dataset>)) -> Self {
        Self {
            train,
            test,
            calibration: Calibration::None,
        }
    }
}

impl Prepared {
    /// Chooses columns on the training side and keeps them on both.
    ///
    /// # Errors
    /// Those of [`Selector::fit`].
    pub fn select(self, selector: &Selector, run: &mut Run<'_>) -> Result<(Self, Selection)> {
        let selection = selector.fit(&self.train, run)?;
        let train = self.train.try_map(|d| selection.apply(&d))?;
        let test = self.test.try_map(|d| selection.apply(&d))?;
        let kept = Self {
            train,
            test,
            calibration: self.calibration,
        };
        Ok((kept, selection))
    }

    /// Evens classes out on the training side; the held-out side stays as it is. Probabilities are then corrected for
    /// the changed class shares when they are scored.
    ///
    /// # Errors
    /// Those of [`Resampler::resample`].
    pub fn resample(self, resampler: &Resampler, run: &mut Run<'_>) -> Result<Self> {
        let resampled = resampler.resample(&self.train, run)?;
        Ok(Self {
            train: resampled.train,
            test: self.test,
            calibration: resampled.calibration,
        })
    }

    /// Memory of both matrices with their targets, in bytes.
    pub fn n_bytes(&self) -> usize {
        let of = |d: &Dataset| d.x.len() * 4 + d.x.nrows() * 16;
        of(self.train.get()) + of(self.test.get())
    }
}

impl Portable for Prepared {
    fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(self.n_bytes() + 4096);
        put_value(&mut out, &self.calibration)?;
        put_dataset(&mut out, self.train.get())?;
        put_dataset(&mut out, self.test.get())?;
        Ok(out)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut from = Reader(bytes);
        let calibration = from.value()?;
        let train = from.dataset()?;
        let test = from.dataset()?;
        if !from.0.is_empty() {
            return Err(Error::Protocol);
        }
        Ok(Self {
            train: Train::all(train),
            test: Test::all(test),
            calibration,
        })
    }
}

/// Everything but the bulk goes through `postcard`, with its length before it.
fn put_value<T: serde::Serialize>(out: &mut Vec<u8>, value: &T) -> Result<()> {
    let bytes = postcard::to_stdvec(value).map_err(|_| Error::Protocol)?;
    out.extend((bytes.len() as u64).to_le_bytes());
    out.extend(bytes);
    Ok(())
}

/// Kinds of target.
const CLASSES: u8 = 0;
const NUMBERS: u8 = 1;
const NOTHING: u8 = 2;

fn put_dataset(out: &mut Vec<u8>, data: &Dataset) -> Result<()> {
    let (n, d) = data.x.dim();
    let kind = match &data.y {
        Target::Class { .. } => CLASSES,
        Target::Number(_) => NUMBERS,
        Target::None => NOTHING,
    };
    let classes = match &data.y {
        Target::Class { classes, .. } => classes.to_vec(),
        _ => Vec::new(),
    };
    let weighted = data.sample_weight.is_some();
    put_value(out, &(n as u64, d as u64, kind, weighted))?;
    put_value(
        out,
        &(classes, data.features.to_vec(), data.n_levels.to_vec()),
    )?;
    // Row after row, whatever the layout in memory.
    for row in data.x.rows() {
        out.extend(row.iter().flat_map(|v| v.to_le_bytes()));
    }
    match &data.y {
        Target::Class { codes, .. } => out.extend(codes.iter().flat_map(|v| v.to_le_bytes())),
        Target::Number(y) => out.extend(y.iter().flat_map(|v| v.to_le_bytes())),
        Target::None => {}
    }
    let weights = data.sample_weight.iter().flatten();
    out.extend(weights.flat_map(|v| v.to_le_bytes()));
    Ok(())
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, n: usize) -> Result<&[u8]> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(Error::Protocol)?;
        self.0 = rest;
        Ok(taken)
    }

    /// `n` values of `N` bytes each.
    fn values<const N: usize, T>(&mut self, n: usize, of: fn([u8; N]) -> T) -> Result<Vec<T>> {
        let bytes = self.take(n.checked_mul(N).ok_or(Error::Protocol)?)?;
        let (chunks, _) = bytes.as_chunks::<N>();
        Ok(chunks.iter().map(|c| of(*c)).collect())
    }

    fn value<T: serde::de::DeserializeOwned>(&mut self) -> Result<T> {
        let n = self.values(1, u64::from_le_bytes)?;
        let n = n.first().copied().and_then(|n| usize::try_from(n).ok());
        let bytes = self.take(n.ok_or(Error::Protocol)?)?;
        postcard::from_bytes(bytes).map_err(|_| Error::Protocol)
    }

    fn dataset(&mut self) -> Result<Dataset> {
        let (n, d, kind, weighted): (u64, u64, u8, bool) = self.value()?;
        let wide = |v: u64| usize::try_from(v).map_err(|_| Error::Protocol);
        let (n, d) = (wide(n)?, wide(d)?);
        let (classes, features, n_levels): (Vec<String>, Vec<String>, Vec<u32>) = self.value()?;
        let cells = n.checked_mul(d).ok_or(Error::Protocol)?;
        let x = self.values(cells, f32::from_le_bytes)?;
        let y = match kind {
            CLASSES => Target::Class {
                codes: self.values(n, u32::from_le_bytes)?,
                classes: classes.into(),
            },
            NUMBERS => Target::Number(self.values(n, f64::from_le_bytes)?),
            NOTHING => Target::None,
            _ => return Err(Error::Protocol),
        };
        let sample_weight = if weighted {
            Some(self.values(n, f64::from_le_bytes)?)
        } else {
            None
        };
        Ok(Dataset {
            x: Array2::from_shape_vec((n, d), x).map_err(|_| Error::Protocol)?,
            y,
            features: Arc::from(features),
            n_levels: Arc::from(n_levels),
            sample_weight,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &Dataset, b: &Dataset) {
        let bits = |d: &Dataset| d.x.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(a.x.dim(), b.x.dim());
        assert_eq!(bits(a), bits(b));
        assert_eq!(format!("{:?}", a.y), format!("{:?}", b.y));
        assert_eq!((&a.features, &a.n_levels), (&b.features, &b.n_levels));
        assert_eq!(a.sample_weight, b.sample_weight);
    }

    #[test]
    fn what_is_sent_arrives() {
        let x = Array2::from_shape_fn((5, 3), |(i, j)| (i * 3 + j) as f32 / 7.0);
        let mut with_gap = x.clone();
        with_gap[[2, 1]] = f32::NAN;
        let a = Dataset::new(
            with_gap.reversed_axes().as_standard_layout().into_owned(),
            Target::Number(vec![0.5, -1.0, 2.0]),
        )
        .with_weights(vec![1.0, 0.0, 2.5]);
        let b = Dataset::new(x, Target::class(vec![0, 2, 1, 1, 0], &["a", "b", "c"]))
            .with_levels([0, 4, 0].into());
        let sent = Prepared {
            train: Train::all(a),
            test: Test::all(b),
            calibration: Calibration::Prior {
                factors: vec![0.5, 2.0],
            },
        };
        let bytes = sent.to_bytes().unwrap();
        let got = Prepared::from_bytes(&bytes).unwrap();
        same(sent.train.get(), got.train.get());
        same(sent.test.get(), got.test.get());
        assert_eq!(sent.calibration, got.calibration);
        for n in 0..bytes.len() {
            assert_eq!(
                Prepared::from_bytes(&bytes[..n]).unwrap_err(),
                Error::Protocol
            );
        }
        let mut longer = bytes;
        longer.push(0);
        assert_eq!(Prepared::from_bytes(&longer).unwrap_err(), Error::Protocol);
    }
}
