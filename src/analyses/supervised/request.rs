//! What is asked for, checked; and the rows that can answer it.
use super::{
    goal::{self, Goal, MAX_CLASSES, Scope},
    learners,
    options::{FeatureSelection, LEARNER_PARAMS, Options, Resampling, SplitBy},
    room,
    splits::{self, Keys},
    stream,
};
use crate::{
    analyses::{Job, decide},
    base::{Error, ParamReason, Recipe, Result, Role, Run, TargetReason, Warning},
    evaluate::search::Space,
    prepare::{Pipeline, suggest},
    table::{Column, Table, cell_text, roles as guesses},
};
use std::sync::Arc;

/// Fewest rows to learn a number from.
const FEWEST_NUMBERS: u64 = 20;
/// Always on the leaderboard, so that a useless model is seen as such.
pub(super) const BASELINE: &str = "baseline";
/// A checked request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) target: String,
    pub(super) goal: Goal,
    /// Of two the positive class is the second; none where the target is a number.
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
    /// Share of rows that intervals of numbers are to hold.
    pub(super) interval_level: f64,
    pub(super) seed: u64,
    /// Most rows that are learned from and measured on; 0 for all.
    max_rows: usize,
    rare: Rare,
}

/// Classes too rare to be learned, and their rows.
#[derive(Debug, Clone, Copy, Default)]
struct Rare {
    n_classes: u64,
    n_rows: u64,
}

/// Feature columns and a target per row.
#[derive(Debug, Clone)]
pub(super) struct Data {
    pub(super) table: Table,
    /// Row of the file, from 0, per row.
    pub(super) rows: Vec<u32>,
    /// The class of each row, by which rows are dealt; of two 1 is the positive one. All 0 where the target is a number.
    pub(super) codes: Vec<u32>,
    /// The number of each row, where the target is one.
    pub(super) numbers: Vec<f64>,
    pub(super) keys: Keys,
}

impl Data {
    pub(super) fn take(&self, rows: &[u32]) -> Self {
        let of = |all: &[u32]| rows.iter().map(|r| all[*r as usize]).collect();
        Self {
            table: self.table.take(rows),
            rows: of(&self.rows),
            codes: of(&self.codes),
            numbers: match self.numbers.as_slice() {
                [] => Vec::new(),
                all => rows.iter().map(|r| all[*r as usize]).collect(),
            },
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
    pub(super) fn parse(job: &Job<'_>, scope: Scope) -> Result<Self> {
        let specs = goal::specs_of(scope);
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
        let (field, column) = (
            job.table.schema().field(&target)?,
            job.table.column(&target)?,
        );
        let mut goal = Goal::of(scope, job.params, &specs, field, column)?;
        let test_size = job.params.float(&specs, "test_size")?;
        let cv = job.params.int(&specs, "cv")? as usize;
        let mut rare = Rare::default();
        let mut common = Vec::new();
        if goal == Goal::Multiclass {
            (common, rare) = several(job, &target, fewest(cv, test_size))?;
            if common.len() == 2 {
                goal = Goal::Binary;
            }
        }
        let options = Options::parse(job.params, &specs, scope, goal)?;
        goal.check(&options, &job.params.choice(&specs, "class_weight")?)?;
        // Time runs once: there is one deal of windows.
        if options.split == SplitBy::Time && options.cv_repeats > 1 {
            return Err(Error::out_of_range("cv_repeats", 1.0, 1.0));
        }
        let classes = match goal {
            Goal::Binary if common.is_empty() => classes(job, &target, labels_of(job, &target)?)?,
            Goal::Binary => classes(job, &target, common)?,
            Goal::Multiclass => common.into(),
            Goal::Number => Arc::new([]),
        };
        let interval_level = match scope {
            Scope::TwoClasses => 0.9,
            Scope::Any => job.params.float(&specs, "interval_level")?,
        };
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
            spaces: learners::spaces(job.params, &specs, goal)?,
            split_column: splits::column(job, options.split)?.map(str::to_owned),
            options,
            test_size,
            cv,
            rare,
            threshold: job.params.float(&specs, "threshold")?,
            n_repeats: job.params.int(&specs, "n_repeats")? as usize,
            seed: job.params.int(&specs, "seed")? as u64,
            max_rows: job.params.int(&specs, "max_rows")? as usize,
            interval_level,
            target,
            goal,
            classes,
            recipe,
        })
    }

    /// The preparation for all learners, and the one for those that take gaps and categories as they are where that is
    /// another. With none but such learners theirs is the only one: the other would take twice its room for nothing.
    pub(super) fn matrices(&self) -> (&Pipeline, Option<&Pipeline>) {
        let takes_any = |s: &Space| s.learner.takes.as_they_are() || s.learner.id == BASELINE;
        match &self.native {
            Some(native) if self.spaces.iter().all(takes_any) => (native, None),
            native => (&self.pipeline, native.as_ref()),
        }
    }

    /// Most rows that are learned from and measured on, where not all are.
    pub(super) fn most_rows(&self) -> Option<usize> {
        (self.max_rows > 0).then_some(self.max_rows)
    }

    /// Kinds of rows that every part of a split needs: classes, or one kind of all.
    pub(super) fn n_kinds(&self) -> usize {
        self.classes.len().max(1)
    }

    /// Rows with a target, and with a value in the column that the split goes by; without the target column.
    pub(super) fn data(&self, job: &Job<'_>, run: &mut Run<'_>) -> Result<Data> {
        let (cells, all_numbers) = match self.goal {
            Goal::Number => {
                let numbers = goal::numbers(&self.target, job.table.column(&self.target)?)?;
                let cells = numbers.iter().map(|v| v.map(|_| 0)).collect();
                (cells, numbers)
            }
            _ => (class_codes(job, &self.target, &self.classes)?, Vec::new()),
        };
        let present = cells.iter().enumerate();
        let mut rows: Vec<(u32, u32)> = present
            .filter_map(|(i, c)| Some((i as u32, (*c)?)))
            .collect();
        let absent = (job.table.n_rows() - rows.len()) as u64;
        if self.rare.n_rows > 0 {
            run.warn(Warning::RareClasses {
                column: self.target.clone(),
                n_classes: self.rare.n_classes,
                count: self.rare.n_rows,
            });
        }
        let missing = absent.saturating_sub(self.rare.n_rows);
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
        let n_usable = rows.len();
        if self.max_rows > 0 && self.max_rows < n_usable {
            let rng = &mut run.rng(stream::SAMPLE);
            room::thin(&mut rows, self.n_kinds(), self.max_rows, rng);
            run.warn(Warning::Sampled {
                what: "run".into(),
                n_used: rows.len() as u64,
                n_rows: n_usable as u64,
            });
        }
        let n_workers = run.n_workers();
        run.demand(
            rows.len() as u64,
            room::per_row(self, job.table, n_workers),
            room::FIXED,
        )?;
        let (rows, codes): (Vec<u32>, Vec<u32>) = rows.into_iter().unzip();
        let numbers: Vec<f64> = rows
            .iter()
            .filter_map(|r| *all_numbers.get(*r as usize)?)
            .collect();
        self.check_enough(&codes, &numbers)?;
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
            numbers,
            keys,
        })
    }

    /// Every fold of the training part needs a row of each class, and the held-out part one too.
    fn check_enough(&self, codes: &[u32], numbers: &[f64]) -> Result<()> {
        let needed = self.fewest();
        if self.goal == Goal::Number {
            let found = numbers.len() as u64;
            if found < needed.max(FEWEST_NUMBERS) {
                return Err(Error::TooFewRows {
                    needed: needed.max(FEWEST_NUMBERS),
                    found,
                });
            }
            let first = numbers.first();
            return if numbers.iter().all(|v| Some(v) == first) {
                Err(self.refused(TargetReason::Constant))
            } else {
                Ok(())
            };
        }
        let mut counts = vec![0_u64; self.classes.len()];
        for code in codes {
            if let Some(n) = counts.get_mut(*code as usize) {
                *n += 1;
            }
        }
        let found = counts.into_iter().min().unwrap_or(0);
        if found < needed {
            return Err(self.refused(TargetReason::RareClass { found, needed }));
        }
        Ok(())
    }

    fn fewest(&self) -> u64 {
        fewest(self.cv, self.test_size)
    }

    pub(super) fn refused(&self, reason: TargetReason) -> Error {
        Error::Target {
            name: self.target.clone(),
            reason,
        }
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

/// Rows of a class that a run needs.
fn fewest(cv: usize, test_size: f64) -> u64 {
    (cv as f64 / (1.0 - test_size)).ceil() as u64 + 1
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

fn classes(job: &Job<'_>, target: &str, labels: Vec<String>) -> Result<Arc<[String]>> {
    let fail = |reason| {
        Err(Error::Target {
            name: target.to_owned(),
            reason,
        })
    };
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

/// The labels of several classes, sorted as the file's values are, without those of fewer than `needed` rows.
fn several(job: &Job<'_>, target: &str, needed: u64) -> Result<(Vec<String>, Rare)> {
    let (field, column) = (job.table.schema().field(target)?, job.table.column(target)?);
    let fail = |reason| {
        Err(Error::Target {
            name: target.to_owned(),
            reason,
        })
    };
    let Some(labels) = guesses::class_labels(field, column) else {
        return fail(TargetReason::TooManyLevels { most: MAX_CLASSES });
    };
    let mut counts = vec![0_u64; labels.len()];
    for code in class_codes(job, target, &labels)?.into_iter().flatten() {
        if let Some(n) = counts.get_mut(code as usize) {
            *n += 1;
        }
    }
    let is_common = |n: &u64| *n >= needed;
    let rare = Rare {
        n_classes: counts.iter().filter(|n| !is_common(n)).count() as u64,
        n_rows: counts.iter().filter(|n| !is_common(n)).sum(),
    };
    let common: Vec<String> = labels
        .into_iter()
        .zip(&counts)
        .filter(|(_, n)| is_common(n))
        .map(|(label, _)| label)
        .collect();
    match (common.len(), counts.len()) {
        (_, 0 | 1) => fail(TargetReason::SingleClass),
        (0 | 1, _) => {
            // The second most frequent one is the one that falls short.
            counts.sort_unstable();
            let found = counts.iter().rev().nth(1).copied().unwrap_or(0);
            fail(TargetReason::RareClass { found, needed })
        }
        _ => Ok((common, rare)),
    }
}
