//! Random search: parameters drawn from ranges.
//!
//! Source: Bergstra & Bengio (2012), Random search for hyper-parameter optimization, JMLR 13.
use super::Candidate;
use crate::base::order::Ordered;
use crate::base::{Error, ParamSpec, Params, Range, Result, Value, random::below};
use crate::learn::{Entry, kernels::exp::exp_f64};
use rand_chacha::{ChaCha8Rng, rand_core::Rng as _};

/// How one parameter is drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Draw {
    /// Any number between two bounds, evenly.
    Uniform {
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
    },
    /// Any number between two positive bounds, its logarithm evenly.
    LogUniform {
        /// Smallest, above 0.
        min: f64,
        /// Largest.
        max: f64,
    },
    /// A whole number between two bounds, both included, evenly.
    Int {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// A whole number between two positive bounds, its logarithm about evenly.
    LogInt {
        /// Smallest, above 0.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// One of several values.
    Choice(Vec<Value>),
}

/// Ranges to draw from, per parameter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ParamRanges(Vec<(String, Draw)>);

/// Even in [0, 1), 53 bits.
fn share(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

impl Draw {
    fn check(&self) -> bool {
        match self {
            Self::Uniform { min, max } => min.is_finite() && max.is_finite() && min <= max,
            Self::LogUniform { min, max } => *min > 0.0 && max.is_finite() && min <= max,
            Self::Int { min, max } => min <= max && max.checked_sub(*min).is_some(),
            Self::LogInt { min, max } => *min > 0 && min <= max,
            Self::Choice(values) => !values.is_empty(),
        }
    }

    fn draw(&self, rng: &mut ChaCha8Rng) -> Value {
        match self {
            Self::Uniform { min, max } => {
                Value::Float((min + share(rng) * (max - min)).clamp(*min, *max))
            }
            Self::LogUniform { min, max } => Value::Float(log_uniform(*min, *max, rng)),
            Self::Int { min, max } => {
                let width = max.wrapping_sub(*min) as u64;
                let offset = (share(rng) * (width as f64 + 1.0)) as u64;
                Value::Int(min.wrapping_add(offset.min(width) as i64))
            }
            Self::LogInt { min, max } => {
                let drawn = log_uniform(*min as f64, *max as f64 + 1.0, rng);
                Value::Int((drawn as i64).clamp(*min, *max))
            }
            Self::Choice(values) => {
                let at = below(rng, u32::try_from(values.len()).unwrap_or(u32::MAX));
                values
                    .get(at as usize)
                    .cloned()
                    .unwrap_or(Value::Flag(false))
            }
        }
    }
}

fn log_uniform(min: f64, max: f64, rng: &mut ChaCha8Rng) -> f64 {
    let (a, b) = (min.ln(), max.ln());
    exp_f64(a + share(rng) * (b - a)).clamp(min, max)
}

impl ParamRanges {
    /// The same with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, draw: Draw) -> Self {
        self.0.retain(|(n, _)| n != name);
        self.0.push((name.to_owned(), draw));
        self
    }

    /// Ranges around what a learner's own candidates try: numbers between the smallest and the largest of them (by
    /// their logarithm where all are positive), other values one of those tried. Numbers never tried in more than one
    /// value are drawn within a factor of four around the one tried, inside what the learner takes.
    pub fn around(learner: &Entry) -> Self {
        let tried = (learner.candidates)();
        let mut out = Self::default();
        let mut names: Vec<&String> = tried.iter().flat_map(|p| p.0.keys()).collect();
        names.order_by(Ord::cmp);
        names.dedup();
        for name in names {
            let mut values: Vec<Value> = Vec::new();
            for value in tried.iter().filter_map(|p| p.get(name)) {
                if !values.contains(value) {
                    values.push(value.clone());
                }
            }
            let spec = learner.params.iter().find(|s| s.name == name.as_str());
            out = out.with(name, spread(&values, spec));
        }
        out
    }

    /// `n` combinations; the same seed gives the same ones.
    ///
    /// # Errors
    /// [`Error::Param`] for a range that is empty, or not positive where its logarithm is taken.
    pub fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Result<Vec<Params>> {
        if let Some((name, _)) = self.0.iter().find(|(_, d)| !d.check()) {
            return Err(Error::Param {
                param: name.clone().into(),
                reason: crate::base::ParamReason::OutOfRange {
                    min: f64::MIN,
                    max: f64::MAX,
                },
            });
        }
        let one = |_| {
            let drawn = self.0.iter().map(|(name, d)| (name.clone(), d.draw(rng)));
            Params(drawn.collect())
        };
        Ok((0..n).map(one).collect())
    }

    /// `n` candidates of `learner`, parameters checked.
    ///
    /// # Errors
    /// As [`ParamRanges::draw`]; [`Error::Param`] for a value the learner refuses.
    pub fn candidates(
        &self,
        learner: &'static Entry,
        n: usize,
        rng: &mut ChaCha8Rng,
    ) -> Result<Vec<Candidate>> {
        let of = |params: Params| {
            (learner.build)(&params)?;
            Ok(Candidate { learner, params })
        };
        self.draw(n, rng)?.into_iter().map(of).collect()
    }
}

fn spread(values: &[Value], spec: Option<&ParamSpec>) -> Draw {
    let choice = || Draw::Choice(values.to_vec());
    let number = |v: &Value| match v {
        Value::Float(v) => Some(*v),
        Value::Int(v) => Some(*v as f64),
        _ => None,
    };
    let numbers: Option<Vec<f64>> = values.iter().map(number).collect();
    let Some(numbers) = numbers.filter(|n| !n.is_empty()) else {
        return choice();
    };
    let mut min = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let mut max = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (low, high, whole) = match spec.map(|s| &s.range) {
        Some(Range::Float { min, max, .. }) => (*min, *max, false),
        Some(Range::Int { min, max, .. }) => (*min as f64, *max as f64, true),
        _ => return choice(),
    };
    if min == max && min > 0.0 {
        (min, max) = (min / 4.0, max * 4.0);
    }
    let (min, max) = (min.clamp(low, high), max.clamp(low, high));
    match (whole, min > 0.0) {
        (true, true) => Draw::LogInt {
            min: (min.ceil() as i64).max(1),
            max: (max.floor() as i64).max(1),
        },
        (true, false) => Draw::Int {
            min: min.ceil() as i64,
            max: max.floor() as i64,
        },
        (false, true) => Draw::LogUniform { min, max },
        (false, false) => Draw::Uniform { min, max },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::LEARNERS;
    use rand_chacha::rand_core::SeedableRng;

    fn rng() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(5)
    }

    #[test]
    fn draws_stay_inside_and_repeat() {
        let ranges = ParamRanges::default()
            .with(
                "u",
                Draw::Uniform {
                    min: -1.0,
                    max: 3.0,
                },
            )
            .with(
                "l",
                Draw::LogUniform {
                    min: 1e-3,
                    max: 1e3,
                },
            )
            .with("i", Draw::Int { min: -2, max: 2 })
            .with("k", Draw::LogInt { min: 1, max: 100 })
            .with("c", Draw::Choice(vec!["a".into(), "b".into()]));
        let all = ranges.draw(4000, &mut rng()).unwrap();
        assert_eq!(all, ranges.draw(4000, &mut rng()).unwrap());
        let of = |name: &str| -> Vec<f64> {
            let number = |p: &Params| match p.get(name) {
                Some(Value::Float(v)) => *v,
                Some(Value::Int(v)) => *v as f64,
                other => f64::from(u8::from(other == Some(&Value::from("b")))),
            };
            all.iter().map(number).collect()
        };
        let below = |name: &str, limit: f64| of(name).iter().filter(|v| **v < limit).count();
        let even = |n: usize, of: f64| assert!((n as f64 / 4000.0 - of).abs() < 0.04, "{n}");
        even(below("u", 1.0), 0.5);
        even(below("l", 1.0), 0.5);
        even(below("k", 10.0), 0.5);
        even(below("i", -1.0), 0.2);
        even(below("c", 0.5), 0.5);
        assert!(of("u").iter().all(|v| (-1.0..=3.0).contains(v)));
        assert!(of("l").iter().all(|v| (1e-3..=1e3).contains(v)));
        assert!(of("i").contains(&2.0) && of("i").iter().all(|v| v.abs() <= 2.0));
    }

    #[test]
    fn every_learner_takes_what_is_drawn_around_its_candidates() {
        for learner in LEARNERS {
            let drawn = ParamRanges::around(learner).candidates(learner, 50, &mut rng());
            assert_eq!(drawn.unwrap().len(), 50, "{}", learner.id);
        }
    }

    #[test]
    fn empty_ranges_are_errors() {
        for bad in [
            Draw::Uniform { min: 1.0, max: 0.0 },
            Draw::LogUniform { min: 0.0, max: 1.0 },
            Draw::Int { min: 3, max: 2 },
            Draw::LogInt { min: 0, max: 2 },
            Draw::Choice(vec![]),
            Draw::Uniform {
                min: f64::NAN,
                max: 0.0,
            },
        ] {
            let e = ParamRanges::default().with("p", bad).draw(1, &mut rng());
            assert_eq!(e.unwrap_err().param(), Some("p"));
        }
    }
}
