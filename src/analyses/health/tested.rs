//! How well weights tell who leaves, on rows that nothing was learned from. What it takes is kept in the model file, so that
//! weights that a person tries later are tested on the same rows.
use super::{Health, mixed, normal};
use crate::{
    artifact::Artifact,
    base::{Error, Part, Result, random::shuffle, special::NORMAL_975},
    evaluate::interval::{delong, delong_test},
    table::Table,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Visitor};

/// Kind of the extra part of a model file.
pub const KIND: &str = "health_test";
const VERSION: u16 = 1;
/// Most rows kept.
const MOST_ROWS: usize = 4_000;
/// A score is a byte: steps of 0.4 move no area by more than a thousandth.
const STEPS_PER_POINT: f64 = 2.5;

/// Bytes that are written as such: as a list of numbers they would take twice the room.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = Bytes;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, v: &[u8]) -> std::result::Result<Bytes, E> {
                Ok(Bytes(v.to_vec()))
            }
        }
        from.deserialize_bytes(Read)
    }
}

/// Held-out rows: what each part says of them, and what became of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBack {
    /// Per part the rows' scores.
    parts: Vec<Bytes>,
    /// Per row 1 where it happened.
    truth: Bytes,
}

/// A figure with the ends of its 95 % interval.
pub type Interval = (f64, f64, f64);

/// ROC-AUC of each set of weights on held-out rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BackTest {
    /// With the weights learned.
    pub learned: Interval,
    /// With a person's weights, where they gave some.
    pub by_hand: Option<Interval>,
    /// With equal weights.
    pub equal: Interval,
    /// The person's − the learned ones' (paired DeLong).
    pub difference: Option<Interval>,
}

impl HeldBack {
    /// What `health` says of `rows`, and what became of them.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths disagree.
    pub fn new(health: &Health, table: &Table, rows: &[u32], truth: &[bool]) -> Result<Self> {
        if rows.len() != truth.len() {
            return Err(Error::Shape {
                what: "outcomes".into(),
                expected: rows.len(),
                found: truth.len(),
            });
        }
        let parts = health.part_scores(table, rows).into_iter();
        let step = |score: f64| (score * STEPS_PER_POINT).round() as u8;
        Ok(Self {
            parts: parts
                .map(|scores| Bytes(scores.into_iter().map(step).collect()))
                .collect(),
            truth: Bytes(truth.iter().map(|t| u8::from(*t)).collect()),
        })
    }

    /// Rows.
    pub fn n_rows(&self) -> usize {
        self.truth.0.len()
    }

    /// Rows to which it happened.
    pub fn n_happened(&self) -> usize {
        self.truth.0.iter().filter(|t| **t == 1).count()
    }

    /// At most a few thousand of the rows, drawn by `rng`, as many of the rarer class as there is room for: an area knows
    /// no shares of the classes, and the rarer one is what it is uncertain by.
    #[must_use]
    pub fn some(&self, rng: &mut impl rand_chacha::rand_core::Rng) -> Self {
        let n = self.n_rows();
        if n <= MOST_ROWS {
            return self.clone();
        }
        let mut drawn = [Vec::new(), Vec::new()];
        for (i, truth) in self.truth.0.iter().enumerate() {
            if let Some(of) = drawn.get_mut(usize::from(*truth)) {
                of.push(i);
            }
        }
        let half = MOST_ROWS / 2;
        let [no, yes] = [&drawn[0], &drawn[1]].map(Vec::len);
        let room = [MOST_ROWS - yes.min(half), MOST_ROWS - no.min(half)];
        for (of, room) in drawn.iter_mut().zip(room) {
            shuffle(rng, of);
            of.truncate(room);
        }
        let mut kept = drawn.concat();
        kept.sort_unstable();
        let of = |all: &Bytes| {
            let some = kept.iter().filter_map(|i| all.0.get(*i)).copied();
            Bytes(some.collect())
        };
        Self {
            parts: self.parts.iter().map(of).collect(),
            truth: of(&self.truth),
        }
    }

    /// How well the weights `learned`, those `in_use` and equal ones tell to whom it happened.
    ///
    /// # Errors
    /// Those of [`delong`].
    pub fn test(&self, learned: &[f64], in_use: &[f64]) -> Result<BackTest> {
        let truth: Vec<bool> = self.truth.0.iter().map(|t| *t == 1).collect();
        let scores = |of: &Bytes| of.0.iter().map(|s| f64::from(*s)).collect();
        let parts: Vec<Vec<f64>> = self.parts.iter().map(scores).collect();
        let risk = |weights: &[f64]| -> Vec<f64> {
            let health = mixed(&parts, weights, truth.len());
            health.iter().map(|h| -h).collect()
        };
        let (by_learned, by_hand) = (risk(learned), risk(in_use));
        let is_by_hand = learned != in_use;
        let difference = || {
            let found = delong_test(&truth, &by_hand, &by_learned)?;
            let half = NORMAL_975 * found.standard_error;
            let d = found.difference;
            Ok::<_, Error>((d, d - half, d + half))
        };
        let area = |risk: &[f64]| {
            let found = delong(&truth, risk)?;
            Ok::<_, Error>((found.roc_auc, found.low, found.high))
        };
        Ok(BackTest {
            learned: area(&by_learned)?,
            by_hand: is_by_hand.then(|| area(&by_hand)).transpose()?,
            equal: area(&risk(&normal(&vec![0.0; parts.len()])))?,
            difference: is_by_hand.then(difference).transpose()?,
        })
    }

    /// As an extra part of a model file.
    ///
    /// # Errors
    /// [`Error::Artifact`] when it cannot be encoded.
    pub fn save(&self) -> Result<Part> {
        Part::encode(KIND, VERSION, self)
    }

    /// Those of a model whose health score is `health`; nothing in models of earlier builds.
    ///
    /// # Errors
    /// [`Error::Artifact`] when they are of another score.
    pub fn of(artifact: &Artifact, health: &Health) -> Result<Option<Self>> {
        let Some(part) = artifact.extra(KIND) else {
            return Ok(None);
        };
        let held_back: Self = part.decode(VERSION)?;
        let n = held_back.n_rows();
        let n_happened = held_back.n_happened();
        let is_whole = held_back.parts.len() == health.parts.len()
            && held_back.parts.iter().all(|p| p.0.len() == n)
            && n_happened > 0
            && n_happened < n;
        if is_whole {
            Ok(Some(held_back))
        } else {
            Err(Error::invalid_artifact("health test: inconsistent state"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    fn sample(n: usize, rare: usize) -> HeldBack {
        let part = |k: usize| Bytes((0..n).map(|i| (i * k % 251) as u8).collect());
        HeldBack {
            parts: vec![part(7919), part(104_729)],
            truth: Bytes((0..n).map(|i| u8::from(i % rare == 0)).collect()),
        }
    }

    #[test]
    fn few_rows_are_kept_and_of_the_rarer_class_all() {
        let all = sample(40_000, 100);
        let some = all.some(&mut ChaCha8Rng::seed_from_u64(1));
        assert_eq!((some.n_rows(), some.n_happened()), (MOST_ROWS, 400));
        assert_eq!(some, all.some(&mut ChaCha8Rng::seed_from_u64(1)));
        assert_ne!(some, all.some(&mut ChaCha8Rng::seed_from_u64(2)));
        let even = sample(40_000, 2).some(&mut ChaCha8Rng::seed_from_u64(1));
        assert_eq!((even.n_rows(), even.n_happened()), (MOST_ROWS, 2_000));
        let small = sample(500, 3);
        assert_eq!(small, small.some(&mut ChaCha8Rng::seed_from_u64(1)));
        // A byte a score, one for what became of the row.
        let body = some.save().unwrap().body;
        assert!(body.len() < MOST_ROWS * 3 + 40, "{}", body.len());
        let back: HeldBack = some.save().unwrap().decode(VERSION).unwrap();
        assert_eq!(back, some);
    }

    #[test]
    fn weights_are_tested_side_by_side() {
        // The first part says all, the second nothing.
        let mut rows = sample(600, 2);
        rows.parts[0] = Bytes(rows.truth.0.iter().map(|t| 250 * (1 - t)).collect());
        let same = rows.test(&[1.0, 0.0], &[1.0, 0.0]).unwrap();
        assert_eq!((same.learned.0, same.by_hand), (1.0, None));
        assert_eq!(same.difference, None);
        let worse = rows.test(&[1.0, 0.0], &[0.0, 1.0]).unwrap();
        let by_hand = worse.by_hand.unwrap();
        assert!((by_hand.0 - 0.5).abs() < 0.1);
        let (difference, low, high) = worse.difference.unwrap();
        assert!((difference - (by_hand.0 - 1.0)).abs() < 1e-12);
        assert!(low < difference && difference < high && high < 0.0);
        assert!(worse.equal.0 > by_hand.0);
    }
}
