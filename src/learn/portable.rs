//! A training set as bytes, for helper engines: numbers as they lie in memory, little-endian, behind a short header.
use super::{Dataset, Target};
use crate::base::{Error, Portable, Result};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Header {
    n_rows: u64,
    n_columns: u64,
    features: Vec<String>,
    n_levels: Vec<u32>,
    /// Labels of a class target.
    classes: Option<Vec<String>>,
    has_numbers: bool,
    has_weights: bool,
}

fn put<const N: usize, T: Copy>(out: &mut Vec<u8>, values: &[T], bytes: impl Fn(T) -> [u8; N]) {
    out.reserve(values.len() * N);
    for v in values {
        out.extend_from_slice(&bytes(*v));
    }
}

/// Takes `n` values of `N` bytes off the front.
fn take<const N: usize, T>(
    bytes: &mut &[u8],
    n: u64,
    value: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>> {
    let n = usize::try_from(n).map_err(|_| Error::Protocol)?;
    let len = n.checked_mul(N).ok_or(Error::Protocol)?;
    let (head, rest) = bytes.split_at_checked(len).ok_or(Error::Protocol)?;
    *bytes = rest;
    Ok(head.as_chunks::<N>().0.iter().map(|c| value(*c)).collect())
}

impl Portable for Dataset {
    fn to_bytes(&self) -> Result<Vec<u8>> {
        let header = Header {
            n_rows: self.x.nrows() as u64,
            n_columns: self.x.ncols() as u64,
            features: self.features.to_vec(),
            n_levels: self.n_levels.to_vec(),
            classes: match &self.y {
                Target::Class { classes, .. } => Some(classes.to_vec()),
                _ => None,
            },
            has_numbers: matches!(self.y, Target::Number(_)),
            has_weights: self.sample_weight.is_some(),
        };
        let head = crate::base::pack(&header)?;
        let mut out = Vec::with_capacity(8 + head.len() + self.x.len() * 4 + self.x.nrows() * 16);
        put(&mut out, &[head.len() as u64], u64::to_le_bytes);
        out.extend(head);
        match self.x.as_slice() {
            Some(x) => put(&mut out, x, f32::to_le_bytes),
            None => {
                let x: Vec<f32> = self.x.iter().copied().collect();
                put(&mut out, &x, f32::to_le_bytes);
            }
        }
        match &self.y {
            Target::Class { codes, .. } => put(&mut out, codes, u32::to_le_bytes),
            Target::Number(v) => put(&mut out, v, f64::to_le_bytes),
            Target::None => {}
        }
        if let Some(w) = &self.sample_weight {
            put(&mut out, w, f64::to_le_bytes);
        }
        Ok(out)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut rest = bytes;
        let len = take(&mut rest, 1, u64::from_le_bytes)?[0];
        let len = usize::try_from(len).map_err(|_| Error::Protocol)?;
        let (head, body) = rest.split_at_checked(len).ok_or(Error::Protocol)?;
        let mut rest = body;
        let header: Header = postcard::from_bytes(head).map_err(|_| Error::Protocol)?;
        let n = header.n_rows;
        let cells = n.checked_mul(header.n_columns).ok_or(Error::Protocol)?;
        let x = take(&mut rest, cells, f32::from_le_bytes)?;
        let y = match header.classes {
            Some(classes) => Target::Class {
                codes: take(&mut rest, n, u32::from_le_bytes)?,
                classes: classes.into(),
            },
            None if header.has_numbers => Target::Number(take(&mut rest, n, f64::from_le_bytes)?),
            None => Target::None,
        };
        let sample_weight = if header.has_weights {
            Some(take(&mut rest, n, f64::from_le_bytes)?)
        } else {
            None
        };
        if !rest.is_empty() {
            return Err(Error::Protocol);
        }
        let shape = (n as usize, header.n_columns as usize);
        Ok(Self {
            x: Array2::from_shape_vec(shape, x).map_err(|_| Error::Protocol)?,
            y,
            features: header.features.into(),
            n_levels: header.n_levels.into(),
            sample_weight,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &Dataset, b: &Dataset) -> bool {
        let bits = |d: &Dataset| d.x.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        bits(a) == bits(b)
            && format!("{:?}", (&a.y, &a.features, &a.n_levels, &a.sample_weight))
                == format!("{:?}", (&b.y, &b.features, &b.n_levels, &b.sample_weight))
    }

    #[test]
    fn every_kind_of_training_set_survives_and_damage_is_noticed() {
        let x = Array2::from_shape_fn((3, 2), |(i, j)| if i == j { f32::NAN } else { i as f32 });
        let targets = [
            Target::class(vec![1, 0, 1], &["no", "yes"]),
            Target::Number(vec![0.5, -1.0, 7.0]),
            Target::None,
        ];
        for y in targets {
            let plain = Dataset::new(x.clone(), y.clone());
            let turned = Dataset::new(x.t().to_owned().reversed_axes(), y);
            let rich = plain
                .clone()
                .with_weights(vec![1.0, 2.0, 0.0])
                .with_levels([0, 3].into());
            for data in [plain, turned, rich] {
                let bytes = data.to_bytes().unwrap();
                assert!(same(&data, &Dataset::from_bytes(&bytes).unwrap()));
                for n in 0..bytes.len() {
                    assert!(Dataset::from_bytes(&bytes[..n]).is_err(), "{n}");
                }
            }
        }
    }
}
