//! A fold made ready: its training and its held-out side as matrices, and what was done to the class shares.
use super::{
    imbalance::{Calibration, Resampler},
    select::{Selection, Selector},
};
use crate::base::{Error, Portable, Result, Run, Test, Train};
use crate::learn::{Dataset, Entry};

/// One fold, ready to fit and to score. Steps take the training side only and are applied to both.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Rows to learn from.
    pub train: Train<Dataset>,
    /// Rows held out.
    pub test: Test<Dataset>,
    /// Takes probabilities back to the class shares from before a resampling.
    pub calibration: Calibration,
    /// The same rows for learners that take missing values and categories as they are, where that is another matrix.
    pub native: Option<Box<Prepared>>,
}

impl From<(Train<Dataset>, Test<Dataset>)> for Prepared {
    fn from((train, test): (Train<Dataset>, Test<Dataset>)) -> Self {
        Self {
            train,
            test,
            calibration: Calibration::None,
            native: None,
        }
    }
}

impl Prepared {
    /// The same with `native` for learners that take missing values and categories.
    #[must_use]
    pub fn with_native(self, native: Self) -> Self {
        Self {
            native: Some(Box::new(native)),
            ..self
        }
    }

    /// What `learner` is given.
    pub fn side_of(&self, learner: &Entry) -> &Self {
        match &self.native {
            Some(native) if learner.takes.as_they_are() => native,
            _ => self,
        }
    }

    /// Chooses columns on the training side and keeps them on both; the native matrix is left out.
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
            native: None,
        };
        Ok((kept, selection))
    }

    /// Evens classes out on the training side; the held-out side stays as it is. Probabilities are then corrected for
    /// the changed class shares when they are scored. The native matrix is left out.
    ///
    /// # Errors
    /// Those of [`Resampler::resample`].
    pub fn resample(self, resampler: &Resampler, run: &mut Run<'_>) -> Result<Self> {
        let resampled = resampler.resample(&self.train, run)?;
        Ok(Self {
            train: resampled.train,
            test: self.test,
            calibration: resampled.calibration,
            native: None,
        })
    }

    /// Memory of all matrices with their targets, in bytes.
    pub fn n_bytes(&self) -> usize {
        let of = |d: &Dataset| d.x.len() * 4 + d.x.nrows() * 16;
        let native = self.native.as_ref().map_or(0, |n| n.n_bytes());
        of(self.train.get()) + of(self.test.get()) + native
    }
}

/// The calibration, both sides and the native matrix (nothing where there is none), each with its length before it.
impl Portable for Prepared {
    fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(self.n_bytes() + 4096);
        let calibration = crate::base::pack(&self.calibration)?;
        let native = match &self.native {
            Some(native) => native.to_bytes()?,
            None => Vec::new(),
        };
        let sides = [
            self.train.get().to_bytes()?,
            self.test.get().to_bytes()?,
            native,
        ];
        for part in [calibration].iter().chain(&sides) {
            out.extend((part.len() as u64).to_le_bytes());
            out.extend(part);
        }
        Ok(out)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut rest = bytes;
        let calibration = postcard::from_bytes(part(&mut rest)?).map_err(|_| Error::Protocol)?;
        let train = Dataset::from_bytes(part(&mut rest)?)?;
        let test = Dataset::from_bytes(part(&mut rest)?)?;
        let native = match part(&mut rest)? {
            [] => None,
            native => Some(Box::new(Self::from_bytes(native)?)),
        };
        if !rest.is_empty() {
            return Err(Error::Protocol);
        }
        Ok(Self {
            train: Train::all(train),
            test: Test::all(test),
            calibration,
            native,
        })
    }
}

/// Takes the next part off the front.
fn part<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8]> {
    let (len, rest) = bytes.split_first_chunk().ok_or(Error::Protocol)?;
    let len = usize::try_from(u64::from_le_bytes(*len)).map_err(|_| Error::Protocol)?;
    let (part, rest) = rest.split_at_checked(len).ok_or(Error::Protocol)?;
    *bytes = rest;
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Target;
    use ndarray::Array2;

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
        let native = Prepared::from((Train::all(b.clone()), Test::all(a.clone())));
        let sent = Prepared {
            train: Train::all(a),
            test: Test::all(b),
            calibration: Calibration::Prior {
                factors: vec![0.5, 2.0],
            },
            native: None,
        }
        .with_native(native);
        let bytes = sent.to_bytes().unwrap();
        let got = Prepared::from_bytes(&bytes).unwrap();
        same(sent.train.get(), got.train.get());
        same(sent.test.get(), got.test.get());
        assert_eq!(sent.calibration, got.calibration);
        let (there, here) = (sent.native.unwrap(), got.native.unwrap());
        same(there.train.get(), here.train.get());
        assert!(here.native.is_none());
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
