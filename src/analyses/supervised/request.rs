//! What is asked for, checked; and the rows that can answer it.
use super::{
    learners,
    options::{FeatureSelection, LEARNER_PARAMS, Options, Resampling, SplitBy, specs},
    splits::{self, Keys},
};
use crate::{
    analyses::{Job, decide},
    base::{Error, ParamReason, Recipe, Result, Role, Run, TargetReason, Warning},
    evaluate::search::Space,
    prepare::{Pipeline, suggest},
    table::{Column, Table, cell_text, roles as guesses},
};
use std::sync::Arc;

/// Always on the leaderboard, so that a useless model is seen as such.
pub(super) const BASELINE: &str = "baseline";
/// A checked request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) target: String,
    /// The positive class is the second.
    pub(super) classes: Arc<[String]>,
    pub(super) recipe: Recipe,
    pub(super) pipeline: Pipeline,
    /// The same for learners that take missing values and categories as they are.
    pub(super) native: Option<Pipeline>,
    /// What is tried of each learner, the baseline last.
    pub(super) spaces: Vec<Space>,
    pub(super) options: Options,
    /// The column that a split by group or time goes by.
    pub(super) split_column: Option<String>,
    pub(super) test_size: f64,
    pub(super) cv: usize,
    pub(super) threshold: f64,
    pub(super) n_repeats: usize,
    pub(super) seed: u64,
}

/// Feature columns and a class per row.
#[derive(Debug, Clone)]
pub(super) struct Data {
    pub(super) table: Table,
    /// Row of the file, from 0, per row.
    pub(super) rows: Vec<u32>,
    /// 1 is the positive class.
    pub(super) codes: Vec<u32>,
    pub(super) keys: Keys,
}

impl Data {
    pub(super) fn take(&self, rows: &[u32]) -> Self {
        let of = |all: &[u32]| rows.iter().map(|r| all[*r as usize]).collect();
        Self {
            table: self.table.take(rows),
            rows: of(&self.rows),
            codes: of(&self.codes),
            keys: self.keys.take(rows),
        }
    }

    pub(super) fn truth(&self) -> Vec<bool> {
        self.codes.iter().map(|c| *c == 1).collect()
    }
}

pub(super) fn required(param: &'static str) -> Error {
    Error::Param {
        param: param.into(),
        reason: ParamReason::Required,
    }
}

impl Request {
    pub(super) fn parse(job: &Job<'_>) -> Result<Self> {
        let specs = specs();
        let mut params = decide::without(job.params.clone());
        params.0.remove(LEARNER_PARAMS);
        params.deny_unknown(&specs)?;
        let target = job
            .roles
            .get(Role::Target)
            .ok_or_else(|| required("target"))?
            .to_owned();
        for (_, column) in &job.roles.0 {
            job.table.schema().position(column)?;
        }
        let options = Options::parse(job.params, &specs)?;
        // Time runs once: there is one deal of windows.
        if options.split == SplitBy::Time && options.cv_repeats > 1 {
            return Err(Error::out_of_range("cv_repeats", 1.0, 1.0));
        }
        let classes = classes(job, &target)?;
        let recipe = job
            .recipe
            .cloned()
            .unwrap_or_else(|| suggest(job.table.schema(), job.roles));
        let is_native = options.native_features
            && options.feature_selection == FeatureSelection::None
            && options.resampling != Resampling::Smote;
        let native = if is_native {
            Pipeline::native(&recipe)?
        } else {
            None
        };
        Ok(Self {
            pipeline: Pipeline::new(&recipe)?,
            native,
            spaces: learners::spaces(job.params, &specs)?,
            split_column: splits::column(job, options.split)?.map(str::to_owned),
            options,
            test_size: job.params.float(&specs, "test_size")?,
            cv: job.params.int(&specs, "cv")? as usize,
            threshold: job.params.float(&specs, "threshold")?,
            n_repeats: job.params.int(&specs, "n_repeats")? as usize,
            seed: job.params.int(&specs, "seed")? as u64,
            target,
            classes,
            recipe,
        })
    }

    /// Rows with a target, and with a value in the column that the split goes by; without the target column.
    pub(super) fn data(&self, job: &Job<'_>, run: &mut Run<'_>) -> Result<Data> {
        let cells = class_codes(job, &self.target, &self.classes)?;
        let present = cells.iter().enumerate();
        let mut rows: Vec<(u32, u32)> = present
            .filter_map(|(i, c)| Some((i as u32, (*c)?)))
            .collect();
        let missing = (job.table.n_rows() - rows.len()) as u64;
        if missing > 0 {
            run.warn(Warning::TargetMissing { count: missing });
        }
        if let Some(name) = &self.split_column {
            let column = job.table.column(name)?;
            let n_before = rows.len();
            rows.retain(|(row, _)| !column.is_missing(*row as usize));
            let count = (n_before - rows.len()) as u64;
            if count > 0 {
                run.warn(Warning::SplitMissing {
                    column: name.clone(),
                    count,
                });
            }
        }
        let (rows, codes): (Vec<u32>, Vec<u32>) = rows.into_iter().unzip();
        let n_positive = codes.iter().filter(|c| **c == 1).count();
        let rarer = n_positive.min(codes.len() - n_positive) as u64;
        // Every fold of the training part needs a row of each class, and the held-out part one too.
        let needed = (self.cv as f64 / (1.0 - self.test_size)).ceil() as u64 + 1;
        if rarer < needed {
            return Err(Error::Target {
                name: self.target.clone(),
                reason: TargetReason::RareClass {
                    found: rarer,
                    needed,
                },
            });
        }
        let features = job.table.filter_columns(|f| f.name != self.target);
        // Most files have no gap in the target: then nothing needs to be copied.
        let is_whole = rows.len() == job.table.n_rows();
        let kept = |table: Table| if is_whole { table } else { table.take(&rows) };
        let split_by = self.options.split;
        let by = self.split_column.as_deref();
        let keys = match by {
            Some(name) => {
                let column = kept(job.table.filter_columns(|f| f.name == name));
                splits::keys(&column, by, split_by)?
            }
            None => Keys::Class,
        };
        let table = kept(features);
        Ok(Data {
            table,
            rows,
            codes,
            keys,
        })
    }

    /// Errors about classes name the person's target column.
    pub(super) fn name_target(&self, error: Error) -> Error {
        match error {
            Error::Target { reason, .. } => Error::Target {
                name: self.target.clone(),
                reason,
            },
            other => other,
        }
    }
}

fn labels_of(job: &Job<'_>, target: &str) -> Result<Vec<String>> {
    let (field, column) = (job.table.schema().field(target)?, job.table.column(target)?);
    let too_many = || Error::Target {
        name: target.to_owned(),
        reason: TargetReason::TooManyClasses {
            found: column.len() as u64,
        },
    };
    guesses::class_labels(field, column).ok_or_else(too_many)
}

/// A class code per row, `None` where the target is missing; 1 is the positive class.
fn class_codes(job: &Job<'_>, target: &str, classes: &[String]) -> Result<Vec<Option<u32>>> {
    let (field, column) = (job.table.schema().field(target)?, job.table.column(target)?);
    let code = |label: &str| classes.iter().position(|c| c == label).map(|c| c as u32);
    Ok(match column {
        // Once per level, not once per row.
        Column::Text(c) | Column::Category(c) => {
            let of_level: Vec<Option<u32>> = c.levels.iter().map(code).collect();
            let of_cell = |cell: Option<u32>| of_level.get(cell? as usize).copied().flatten();
            c.codes.iter().map(of_cell).collect()
        }
        _ => {
            let label = |i| cell_text(field, column, i);
            (0..column.len())
                .map(|i| label(i).and_then(|l| code(&l)))
                .collect()
        }
    })
}

fn classes(job: &Job<'_>, target: &str) -> Result<Arc<[String]>> {
    let fail = |reason| {
        Err(Error::Target {
            name: target.to_owned(),
            reason,
        })
    };
    let labels = labels_of(job, target)?;
    match labels.len() {
        2 => {}
        0 | 1 => return fail(TargetReason::SingleClass),
        n => return fail(TargetReason::TooManyClasses { found: n as u64 }),
    }
    let positive = match job.params.text("positive")?.filter(|p| !p.is_empty()) {
        Some(named) => match labels.iter().position(|l| *l == named) {
            Some(i) => i,
            None => return fail(TargetReason::NoPositive),
        },
        None => guesses::positive_class(
            job.table.schema().field(target)?,
            job.table.column(target)?,
            &labels,
        ),
    };
    Ok([labels[1 - positive].clone(), labels[positive].clone()].into())
}
