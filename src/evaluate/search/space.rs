//! What a search may try of one learner: a list of candidates, and ranges to draw others from.
use super::{Candidate, Draw, ParamRanges};
use crate::base::{Error, ParamReason, Params, Result, Value};
use crate::learn::Entry;
use rand_chacha::ChaCha8Rng;

/// Candidates and ranges of one learner.
#[derive(Debug, Clone)]
pub struct Space {
    /// The learner.
    pub learner: &'static Entry,
    own: Vec<Params>,
    ranges: ParamRanges,
}

impl Space {
    /// The learner's own candidates and [`ParamRanges::of`] it.
    pub fn of(learner: &'static Entry) -> Self {
        let mut own = (learner.candidates)();
        if own.is_empty() {
            own.push(Params::default());
        }
        Self {
            learner,
            own,
            ranges: ParamRanges::of(learner),
        }
    }

    /// Tries these values of a parameter and no other: every candidate with every one of them, and draws among them.
    ///
    /// # Errors
    /// [`Error::Param`] without a value.
    pub fn set(self, name: &str, values: &[Value]) -> Result<Self> {
        if values.is_empty() {
            return Err(Error::Param {
                param: name.to_owned().into(),
                reason: ParamReason::Required,
            });
        }
        let mut stripped: Vec<Params> = Vec::new();
        for mut params in self.own {
            params.0.remove(name);
            if !stripped.contains(&params) {
                stripped.push(params);
            }
        }
        let with = |p: &Params| {
            values
                .iter()
                .map(|v| p.clone().with(name, v.clone()))
                .collect()
        };
        Ok(Self {
            own: stripped
                .iter()
                .flat_map(|p| -> Vec<Params> { with(p) })
                .collect(),
            ranges: self.ranges.with(name, Draw::Choice(values.to_vec())),
            ..self
        })
    }

    /// All candidates.
    ///
    /// # Errors
    /// [`Error::Param`] for a value the learner refuses.
    pub fn candidates(&self) -> Result<Vec<Candidate>> {
        let of = |params: &Params| {
            (self.learner.build)(params)?;
            Ok(Candidate {
                learner: self.learner,
                params: params.clone(),
            })
        };
        self.own.iter().map(of).collect()
    }

    /// The candidate in the middle of the list: the one to begin with when there is time for one only.
    pub fn middle(&self) -> Params {
        self.own
            .get(self.own.len() / 2)
            .cloned()
            .unwrap_or_default()
    }

    /// At most `n` different candidates, drawn; fewer where the ranges do not hold more. The same seed gives the same
    /// ones.
    ///
    /// # Errors
    /// Those of [`ParamRanges::candidates`].
    pub fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Result<Vec<Candidate>> {
        let mut out: Vec<Candidate> = Vec::new();
        for candidate in self.ranges.candidates(self.learner, n, rng)? {
            if !out.iter().any(|c| c.params == candidate.params) {
                out.push(candidate);
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::learn::{LEARNERS, entry};
    use rand_chacha::rand_core::SeedableRng;

    fn rng() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(5)
    }

    #[test]
    fn every_learner_takes_what_is_drawn() {
        for learner in LEARNERS {
            let space = Space::of(learner);
            assert!(!space.candidates().unwrap().is_empty(), "{}", learner.id);
            let drawn = space.draw(200, &mut rng()).unwrap();
            assert!((1..=200).contains(&drawn.len()), "{}", learner.id);
            assert!(!learner.by_default || learner.id == "baseline" || drawn.len() > 20);
        }
    }

    #[test]
    fn values_that_are_set_are_the_only_ones_tried() {
        let of = |c: &[Candidate], name: &str| -> Vec<Value> {
            c.iter()
                .filter_map(|c| c.params.get(name).cloned())
                .collect()
        };
        let space = Space::of(entry("forest").unwrap());
        let n = space.candidates().unwrap().len();
        let depths: Vec<Value> = vec![3_i64.into(), 5_i64.into()];
        let space = space.set("max_depth", &depths).unwrap();
        let space = space.set("n_estimators", &[Value::Int(7)]).unwrap();
        let all = space.candidates().unwrap();
        // What the list had beside the depth stays, each once: leaves of 5 and of 2 rows.
        assert_eq!((n, all.len()), (3, 4));
        assert_eq!(of(&all, "n_estimators"), vec![Value::Int(7); 4]);
        let drawn = space.draw(50, &mut rng()).unwrap();
        assert!(of(&drawn, "max_depth").iter().all(|v| depths.contains(v)));
        assert_eq!(of(&drawn, "n_estimators").len(), drawn.len());
        let tree = Space::of(entry("tree").unwrap());
        let refused = tree.clone().set("max_depth", &[Value::Int(-1)]).unwrap();
        assert_eq!(refused.candidates().unwrap_err().param(), Some("max_depth"));
        assert!(refused.draw(1, &mut rng()).is_err());
        assert_eq!(
            tree.set("max_depth", &[]).unwrap_err().param(),
            Some("max_depth")
        );
    }
}
