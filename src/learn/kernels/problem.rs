//! A training set, checked once against what a learner takes, so that kernels can trust it.
use super::{
    super::{Dataset, Takes, Target},
    input::{ClassWeight, MAX_ROWS, class_codes, class_totals, row_major},
};
use crate::base::{ColumnKind, Error, ParamReason, Result, TargetReason};
use std::{borrow::Cow, sync::Arc};

/// A checked training set. Rows of weight 0 are left out: they are as good as absent.
#[derive(Debug, Clone)]
pub struct Problem<'a> {
    /// `n_rows × n_columns`, row-major; finite, or NaN where the learner takes missing values.
    pub x: Cow<'a, [f32]>,
    /// Rows, at least 1.
    pub n_rows: usize,
    /// Columns, at least 1.
    pub n_columns: usize,
    /// What is to be learned.
    pub goal: Goal<'a>,
    /// Weights per row, positive; absent when none were given.
    pub sample_weight: Option<Cow<'a, [f64]>>,
    /// Names of the columns.
    pub features: Arc<[String]>,
    /// Levels per column, 0 for numbers; `n_columns` long.
    pub n_levels: Vec<u32>,
}

/// The checked target.
#[derive(Debug, Clone)]
pub enum Goal<'a> {
    /// Classes, all of which occur; at least two.
    Classes {
        /// Codes below the number of classes.
        codes: Cow<'a, [u32]>,
        /// Labels.
        classes: Arc<[String]>,
        /// Factor per class.
        class_weight: Vec<f64>,
    },
    /// Finite numbers.
    Numbers(Cow<'a, [f64]>),
    /// Nothing.
    Nothing,
}

fn shape(what: &'static str, expected: usize, found: usize) -> Error {
    Error::Shape {
        what: what.into(),
        expected,
        found,
    }
}

fn target(reason: TargetReason) -> Error {
    Error::Target {
        name: "target".into(),
        reason,
    }
}

/// Length and values of the weights.
fn check_weights(data: &Dataset, takes: Takes) -> Result<()> {
    let Some(w) = &data.sample_weight else {
        return Ok(());
    };
    if !takes.sample_weight {
        return Err(Error::Param {
            param: "sample_weight".into(),
            reason: ParamReason::NotKnown,
        });
    }
    if w.len() != data.x.nrows() {
        return Err(shape("sample weights", data.x.nrows(), w.len()));
    }
    let sum: f64 = w.iter().sum();
    if w.iter().any(|w| !w.is_finite() || *w < 0.0) || !sum.is_finite() {
        return Err(Error::out_of_range("sample_weight", 0.0, f64::MAX));
    }
    if sum <= 0.0 {
        return Err(Error::TooFewRows {
            needed: 2,
            found: 0,
        });
    }
    Ok(())
}

fn classes_goal<'a>(data: &'a Dataset, takes: Takes, weighting: ClassWeight) -> Result<Goal<'a>> {
    let (codes, classes) = class_codes(data)?;
    let n_classes = classes.len();
    let totals = class_totals(codes, n_classes, data.sample_weight.as_deref())?;
    let present = totals.iter().filter(|t| **t > 0.0).count();
    if present < 2 {
        return Err(target(TargetReason::SingleClass));
    }
    if n_classes > 2 && !takes.multiclass {
        return Err(target(TargetReason::TooManyClasses {
            found: n_classes as u64,
        }));
    }
    if present < n_classes {
        return Err(target(TargetReason::RareClass {
            found: 0,
            needed: 1,
        }));
    }
    let all: f64 = totals.iter().sum();
    let class_weight = match weighting {
        ClassWeight::None => vec![1.0; n_classes],
        ClassWeight::Balanced => totals
            .iter()
            .map(|t| all / (n_classes as f64 * t))
            .collect(),
    };
    Ok(Goal::Classes {
        codes: codes.into(),
        classes: classes.clone(),
        class_weight,
    })
}

fn numbers_goal(data: &Dataset, values: &[f64]) -> Result<()> {
    if values.len() != data.x.nrows() {
        return Err(shape("rows of the target", data.x.nrows(), values.len()));
    }
    match values.iter().position(|v| !v.is_finite()) {
        Some(i) => Err(Error::Cell {
            row: i as u64 + 1,
            name: "target".into(),
            kind: ColumnKind::Float,
        }),
        None => Ok(()),
    }
}

impl<'a> Problem<'a> {
    /// Checks `data` against what the learner takes.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths disagree or a code has no label; [`Error::NoFeatures`] without columns;
    /// [`Error::TooFewRows`] without rows of positive weight; [`Error::Memory`] beyond [`MAX_ROWS`];
    /// [`Error::Negative`] at the first value below 0 where `takes.non_negative`;
    /// [`Error::Param`] for weights where they are not taken;
    /// [`Error::Cell`] at the first value that is not finite (NaN is let through where `takes.missing`), at a code
    /// outside its levels, and at a target that is not finite (row from 1, name of the feature);
    /// [`Error::Target`] for a target the learner does not take, for fewer than two classes with weight, and for a
    /// class without rows; [`Error::Param`] for `sample_weight` that is negative or not finite.
    pub fn check(data: &'a Dataset, takes: Takes, weighting: ClassWeight) -> Result<Self> {
        let (n_rows, n_columns) = data.x.dim();
        let classes = takes.binary || takes.multiclass;
        let goal = match &data.y {
            Target::Class { .. } if classes => {
                if n_rows > 0 && n_columns == 0 {
                    class_codes(data)?;
                    return Err(Error::NoFeatures);
                }
                classes_goal(data, takes, weighting)?
            }
            Target::Class { .. } if takes.clustering => Goal::Nothing,
            Target::Class { .. } => return Err(target(TargetReason::NeedsNumbers)),
            Target::Number(v) if takes.regression => {
                numbers_goal(data, v)?;
                Goal::Numbers(v.as_slice().into())
            }
            Target::Number(_) | Target::None if takes.clustering => Goal::Nothing,
            Target::None if !classes => return Err(target(TargetReason::NeedsNumbers)),
            Target::Number(_) | Target::None => return Err(target(TargetReason::NeedsClasses)),
        };
        if n_rows == 0 {
            return Err(Error::TooFewRows {
                needed: 2,
                found: 0,
            });
        }
        if n_columns == 0 {
            return Err(Error::NoFeatures);
        }
        if n_rows > MAX_ROWS {
            return Err(Error::memory(n_rows as u64 * 64));
        }
        check_weights(data, takes)?;
        let n_levels = (0..n_columns)
            .map(|j| data.levels_of(j))
            .collect::<Vec<_>>();
        let x = row_major(data.x.view());
        check_cells(&x, data, &n_levels, takes)?;
        let whole = Self {
            x,
            n_rows,
            n_columns,
            goal,
            sample_weight: data.sample_weight.as_deref().map(Cow::Borrowed),
            features: data.features.clone(),
            n_levels,
        };
        Ok(whole.without_weightless())
    }

    fn without_weightless(self) -> Self {
        let Some(weight) = self.sample_weight.as_ref() else {
            return self;
        };
        let kept: Vec<usize> = (0..self.n_rows).filter(|&i| weight[i] > 0.0).collect();
        if kept.len() == self.n_rows {
            return self;
        }
        let d = self.n_columns;
        let rows = kept.iter().flat_map(|&i| &self.x[i * d..(i + 1) * d]);
        let goal = match &self.goal {
            Goal::Classes {
                codes,
                classes,
                class_weight,
            } => Goal::Classes {
                codes: kept.iter().map(|&i| codes[i]).collect(),
                classes: classes.clone(),
                class_weight: class_weight.clone(),
            },
            Goal::Numbers(v) => Goal::Numbers(kept.iter().map(|&i| v[i]).collect()),
            Goal::Nothing => Goal::Nothing,
        };
        Self {
            x: rows.copied().collect(),
            n_rows: kept.len(),
            goal,
            sample_weight: Some(kept.iter().map(|&i| weight[i]).collect()),
            ..self
        }
    }

    /// Weight of each row, class weight included; absent when all are 1.
    pub fn row_weights(&self) -> Option<Vec<f64>> {
        let plain = self.sample_weight.as_ref();
        match &self.goal {
            Goal::Classes {
                codes,
                class_weight,
                ..
            } if class_weight.iter().any(|w| *w != 1.0) => {
                let factor = |i: usize| class_weight[codes[i] as usize];
                let of = |i: usize| plain.map_or(1.0, |w| w[i]) * factor(i);
                Some((0..self.n_rows).map(of).collect())
            }
            _ => plain.map(|w| w.to_vec()),
        }
    }
}

/// Cells looked at together.
const CHUNK: usize = 1024;

fn check_cells(x: &[f32], data: &Dataset, n_levels: &[u32], takes: Takes) -> Result<()> {
    let d = n_levels.len();
    let bad = |at: usize, kind| {
        let name = data.features.get(at % d).cloned();
        Err(Error::Cell {
            row: (at / d) as u64 + 1,
            name: name.unwrap_or_else(|| (at % d).to_string()),
            kind,
        })
    };
    let odd = |v: &f32| {
        if takes.missing {
            v.is_infinite()
        } else {
            !v.is_finite()
        }
    };
    // By chunks without a branch per value, which vectorises.
    let clean = |c: &&[f32]| !c.iter().fold(false, |any, v| any | odd(v));
    let before = CHUNK * x.chunks(CHUNK).take_while(clean).count();
    if let Some(at) = x.iter().skip(before).position(odd) {
        return bad(before + at, ColumnKind::Float);
    }
    if takes.non_negative
        && let Some(at) = x.iter().position(|v| *v < 0.0)
    {
        let name = data.features.get(at % d).cloned();
        return Err(Error::Negative {
            row: (at / d) as u64 + 1,
            name: name.unwrap_or_else(|| (at % d).to_string()),
        });
    }
    if !takes.categories {
        return Ok(());
    }
    for (j, &levels) in n_levels.iter().enumerate().filter(|(_, l)| **l > 0) {
        let is_code = |v: f32| v >= 0.0 && v < levels as f32 && v.fract() == 0.0;
        let odd = |row: &[f32]| !(row[j].is_nan() || is_code(row[j]));
        if let Some(i) = x.chunks_exact(d).position(odd) {
            return bad(i * d + j, ColumnKind::Category);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    const ALL: Takes = Takes {
        binary: true,
        multiclass: true,
        regression: true,
        missing: true,
        categories: true,
        sample_weight: true,
        ..Takes::NOTHING
    };

    fn data() -> Dataset {
        Dataset::new(
            array![[1.0, 0.0], [2.0, 1.0], [f32::NAN, 2.0], [4.0, 0.0]],
            Target::class(vec![0, 1, 2, 0], &["a", "b", "c"]),
        )
        .with_levels([0, 3].into())
        .with_weights(vec![1.0, 0.5, 1.0, 0.0])
    }

    #[test]
    fn weightless_rows_go_and_the_rest_is_checked() {
        let data = data();
        let p = Problem::check(&data, ALL, ClassWeight::Balanced).unwrap();
        assert_eq!((p.n_rows, p.n_columns), (3, 2));
        let w = p.row_weights().unwrap();
        let all = 2.5 / 3.0;
        assert!(w.iter().all(|w| (w - all).abs() < 1e-12), "{w:?}");
        let no_missing = Takes {
            missing: false,
            ..ALL
        };
        let e = Problem::check(&data, no_missing, ClassWeight::None).unwrap_err();
        assert_eq!((e.row(), e.column()), (Some(3), Some("x0")));
        let mut wrong = data.clone();
        wrong.x[[1, 1]] = 3.0;
        let e = Problem::check(&wrong, ALL, ClassWeight::None).unwrap_err();
        assert_eq!((e.row(), e.column()), (Some(2), Some("x1")));
        wrong.x[[1, 1]] = 1.5;
        assert!(Problem::check(&wrong, ALL, ClassWeight::None).is_err());
    }

    #[test]
    fn targets_must_suit() {
        let code = |y, takes| {
            let d = Dataset { y, ..data() };
            Problem::check(&d, takes, ClassWeight::None)
                .map(|_| ())
                .map_err(|e| e.code())
        };
        let numbers = || Target::Number(vec![0.5, 1.0, 2.0, 3.0]);
        let binary = Takes {
            multiclass: false,
            regression: false,
            ..ALL
        };
        let number_only = Takes {
            binary: false,
            multiclass: false,
            ..ALL
        };
        assert_eq!(code(numbers(), ALL), Ok(()));
        assert_eq!(code(numbers(), binary), Err("target"));
        assert_eq!(code(data().y, binary), Err("target"));
        assert_eq!(code(data().y, number_only), Err("target"));
        assert_eq!(code(Target::None, ALL), Err("target"));
        assert_eq!(code(Target::Number(vec![1.0]), ALL), Err("shape"));
        assert_eq!(
            code(Target::Number(vec![1.0, f64::NAN, 1.0, 1.0]), ALL),
            Err("cell")
        );
        // A class whose only row has no weight.
        let lone = Target::class(vec![0, 1, 0, 2], &["a", "b", "c"]);
        assert_eq!(code(lone, ALL), Err("target"));
    }
}
