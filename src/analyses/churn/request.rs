//! What is asked for, checked; and the rows that can answer it.
use super::options::{LEARNER_PARAMS, Options, specs};
use crate::{
    analyses::Job,
    base::{
        Error, ParamReason, ParamSpec, Params, Recipe, Result, Role, Run, TargetReason, Warning,
    },
    evaluate::search::Candidate,
    learn::{self, LEARNERS},
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
    pub(super) candidates: Vec<Candidate>,
    pub(super) options: Options,
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
}

impl Data {
    pub(super) fn take(&self, rows: &[u32]) -> Self {
        let of = |all: &[u32]| rows.iter().map(|r| all[*r as usize]).collect();
        Self {
            table: self.table.take(rows),
            rows: of(&self.rows),
            codes: of(&self.codes),
        }
    }

    pub(super) fn truth(&self) -> Vec<bool> {
        self.codes.iter().map(|c| *c == 1).collect()
    }
}

fn required(param: &'static str) -> Error {
    Error::Param {
        param: param.into(),
        reason: ParamReason::Required,
    }
}

impl Request {
    pub(super) fn parse(job: &Job<'_>) -> Result<Self> {
        let specs = specs();
        let mut params = job.params.clone();
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
        let classes = classes(job, &target)?;
        let recipe = job
            .recipe
            .cloned()
            .unwrap_or_else(|| suggest(job.table.schema(), job.roles));
        Ok(Self {
            pipeline: Pipeline::new(&recipe)?,
            candidates: candidates(job.params, &specs)?,
            options: Options::parse(job.params, &specs)?,
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

    /// Rows with a target, without the target column.
    pub(super) fn data(&self, job: &Job<'_>, run: &mut Run<'_>) -> Result<Data> {
        let cells = class_codes(job, &self.target, &self.classes)?;
        let present = cells.iter().enumerate();
        let (rows, codes): (Vec<u32>, Vec<u32>) =
            present.filter_map(|(i, c)| Some((i as u32, (*c)?))).unzip();
        let missing = (job.table.n_rows() - rows.len()) as u64;
        if missing > 0 {
            run.warn(Warning::TargetMissing { count: missing });
        }
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
        let table = if missing == 0 {
            features
        } else {
            features.take(&rows)
        };
        Ok(Data { table, rows, codes })
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

fn candidates(params: &Params, specs: &[ParamSpec]) -> Result<Vec<Candidate>> {
    let not_a_choice = || {
        let options = LEARNERS
            .iter()
            .filter(|e| e.id != BASELINE && e.takes.binary)
            .map(|e| e.id.to_owned())
            .collect();
        Error::Param {
            param: "learners".into(),
            reason: ParamReason::NotAChoice { options },
        }
    };
    let mut named = match params.texts("learners")? {
        Some(ids) => ids
            .iter()
            .map(|id| {
                learn::entry(id)
                    .ok()
                    .filter(|e| e.takes.binary)
                    .ok_or_else(not_a_choice)
            })
            .collect::<Result<Vec<_>>>()?,
        None => LEARNERS
            .iter()
            .filter(|e| e.by_default && e.takes.binary)
            .collect(),
    };
    named.retain(|e| e.id != BASELINE);
    if named.is_empty() {
        return Err(required("learners"));
    }
    named.sort_by_key(|e| e.complexity);
    named.dedup_by_key(|e| e.id);
    named.push(learn::entry(BASELINE)?);
    let grid_c = params.floats("C")?;
    if grid_c.iter().flatten().any(|c| !(1e-6..=1e6).contains(c)) {
        return Err(Error::out_of_range("C", 1e-6, 1e6));
    }
    let class_weight = params.choice(specs, "class_weight")?;
    let mut out = Vec::new();
    for learner in named {
        let takes = |name: &str| learner.params.iter().any(|p| p.name == name);
        let mut grid = match &grid_c {
            Some(values) if takes("C") && !values.is_empty() => values
                .iter()
                .map(|c| Params::default().with("C", *c))
                .collect(),
            _ => (learner.candidates)(),
        };
        if grid.is_empty() {
            grid.push(Params::default());
        }
        for params in grid {
            let params = if takes("class_weight") {
                params.with("class_weight", class_weight.as_str())
            } else {
                params
            };
            // Refuses bad parameters before anything is fitted.
            (learner.build)(&params)?;
            out.push(Candidate { learner, params });
        }
    }
    Ok(out)
}
