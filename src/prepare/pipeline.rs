//! A recipe, checked and fitted.
use super::{
    Design, FittedTransform, Meaning, Transform, entry, keep, load_step,
    matrix::matrix,
    meaning::{made_from, meaning},
    native,
};
use crate::{
    base::{Error, Part, Recipe, Result, Run, Train},
    table::{Schema, Table},
};
use serde::{Deserialize, Serialize};

/// The steps of a recipe that are switched on, their parameters checked.
#[derive(Debug)]
pub struct Pipeline {
    steps: Vec<Box<dyn Transform>>,
    native: bool,
}

/// A fitted recipe.
#[derive(Debug)]
pub struct FittedPipeline {
    input: Schema,
    steps: Vec<Box<dyn FittedTransform>>,
    native: bool,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    input: Schema,
    steps: Vec<Part>,
    /// Since layout 2.
    #[serde(default)]
    native: bool,
}

const KIND: &str = "pipeline";
/// Layout 2 has native matrices and steps that no recipe names; readers of layout 1 would take them wrongly.
const NEWEST: u16 = 2;

impl Pipeline {
    /// Checks every step that is switched on.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a kind that is not registered, [`Error::Param`] for a parameter out of range.
    pub fn new(recipe: &Recipe) -> Result<Self> {
        let build = |step: &crate::base::Step| (entry(&step.kind)?.build)(step);
        let steps = recipe
            .steps
            .iter()
            .filter(|s| s.enabled)
            .map(build)
            .collect::<Result<_>>()?;
        Ok(Self {
            steps,
            native: false,
        })
    }

    /// The same preparation for learners that take missing values and categories as they are: gaps are not filled,
    /// categories become codes, numbers are not standardized. `None` where `recipe` does not end with these three as they
    /// are suggested: then the person has a wish that this would not heed.
    ///
    /// # Errors
    /// As [`Pipeline::new`].
    pub fn native(recipe: &Recipe) -> Result<Option<Self>> {
        let Some((kept, levels)) = native::steps(recipe)? else {
            return Ok(None);
        };
        let mut pipeline = Self::new(&Recipe { steps: kept })?;
        pipeline.steps.push(levels);
        pipeline.native = true;
        Ok(Some(pipeline))
    }

    /// Fits step by step, each on what the one before makes of the training rows. Returns the transformed rows too.
    ///
    /// # Errors
    /// Those of the steps.
    pub fn fit(
        &self,
        train: &Train<Table>,
        run: &mut Run<'_>,
    ) -> Result<(FittedPipeline, Train<Table>)> {
        let input = train.get().schema().clone();
        let mut table = train.clone();
        let mut steps = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            run.check()?;
            let fitted = step.fit(&table, run)?;
            table = table.try_map(|t| fitted.apply(&t, run))?;
            steps.push(fitted);
        }
        let native = self.native;
        Ok((
            FittedPipeline {
                input,
                steps,
                native,
            },
            table,
        ))
    }
}

impl FittedPipeline {
    /// The fields it was fitted on.
    pub fn input(&self) -> &Schema {
        &self.input
    }

    /// Whether its matrices have gaps and category codes.
    pub fn is_native(&self) -> bool {
        self.native
    }

    /// The matrix of rows it has transformed.
    ///
    /// # Errors
    /// Those of [`super::design`].
    pub fn matrix(&self, prepared: &Table, run: &mut Run<'_>) -> Result<Design> {
        matrix(prepared, self.native, run)
    }

    /// The matrix of any rows.
    ///
    /// # Errors
    /// Those of [`FittedPipeline::apply`] and [`super::design`].
    pub fn design(&self, table: &Table, run: &mut Run<'_>) -> Result<Design> {
        let prepared = self.apply(table, run)?;
        self.matrix(&prepared, run)
    }

    /// Leaves out every column of its output but `columns`.
    pub fn keep(&mut self, columns: Vec<String>) {
        self.steps.push(keep::fitted(columns));
    }

    /// What the columns `features` of the matrix stand for, in the units of the file.
    pub fn meanings(&self, features: &[String]) -> Vec<Meaning> {
        let mut schemas = vec![self.input.clone()];
        for step in &self.steps {
            let output = schemas.last().map(|s| step.output(s));
            match output {
                Some(Ok(output)) => schemas.push(output),
                _ => break,
            }
        }
        let steps = self.steps.get(..schemas.len() - 1).unwrap_or_default();
        let sources = made_from(steps, &schemas);
        features
            .iter()
            .map(|f| meaning(&sources, &schemas, f))
            .collect()
    }

    /// Transforms any rows. Columns it was not fitted on are left out first.
    ///
    /// # Errors
    /// [`Error::MissingColumns`] naming every absent column.
    pub fn apply(&self, table: &Table, run: &mut Run<'_>) -> Result<Table> {
        table.schema().require(&self.input)?;
        let mut columns = Vec::with_capacity(self.input.fields.len());
        for field in &self.input.fields {
            columns.push((field.clone(), table.column(&field.name)?.clone()));
        }
        let mut table = Table::new(columns, table.n_rows())?;
        for step in &self.steps {
            run.check()?;
            table = step.apply(&table, run)?;
        }
        Ok(table)
    }

    /// Its state.
    ///
    /// # Errors
    /// [`Error::Artifact`] when it cannot be encoded.
    pub fn save(&self) -> Result<Part> {
        let steps: Vec<Part> = self.steps.iter().map(|s| s.save()).collect::<Result<_>>()?;
        // What an earlier version can apply is written as it was then.
        let is_first = !self.native && steps.iter().all(|s| entry(&s.kind).is_ok());
        Part::encode(
            KIND,
            if is_first { 1 } else { NEWEST },
            &Saved {
                input: self.input.clone(),
                steps,
                native: self.native,
            },
        )
    }

    /// Takes up a saved state.
    ///
    /// # Errors
    /// [`Error::Artifact`] when the bytes do not hold one.
    pub fn load(part: &Part) -> Result<Self> {
        let saved: Saved = part.decode(NEWEST)?;
        let steps: Vec<Box<dyn FittedTransform>> =
            saved.steps.iter().map(load_step).collect::<Result<_>>()?;
        // Runs the schema through, so that parts that do not fit together are refused now.
        let mut schema = saved.input.clone();
        for step in &steps {
            let output = step.output(&schema);
            schema = output.map_err(|_| Error::invalid_artifact("steps do not fit together"))?;
        }
        Ok(Self {
            input: saved.input,
            steps,
            native: saved.native,
        })
    }
}
