//! Reasons: how far each column of the file moves a row's probability away from the mean of the rows it is compared with.
//!
//! The rows to compare with are drawn from the training rows when a model is fitted and kept in its file, as the extra part
//! `background`. Contributions are worked out per column of the matrix and added up by the column of the file it was made from:
//! all levels of a category are one reason. What was made from several columns counts in equal parts for each.
use crate::{
    artifact::Opened,
    base::{ArtifactReason, Error, Part, Result, Run, TargetReason, random},
    learn::{
        Dataset, Model,
        explain::{Contributions, Explained, contributions, effort},
    },
    table::Table,
};
use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

/// Kind of the extra part of a model file.
pub const BACKGROUND: &str = "background";
const VERSION: u16 = 1;
/// Most rows to compare with.
const MAX_ROWS: usize = 100;
/// Rows of a picture of the whole.
const MANY_ROWS: usize = 300;
/// Fewest rows of one, and fewest others they are compared with, where reasons are sampled.
const FEWEST_ROWS: usize = 30;
const FEWEST_COMPARED: usize = 10;
/// Nodes of trees walked for one, as far as it has more than the fewest rows.
const MOST_NODES: usize = 300_000_000;
/// Streams of the draws.
const STREAM: u64 = 0x6267;
const MANY: u64 = 0x6d61;

/// Rows of the matrix to compare with, as they are saved.
#[derive(Debug, Serialize, Deserialize)]
struct Background {
    n_columns: u64,
    /// Row by row.
    values: Vec<f32>,
}

/// At most 100 of the rows a model learned from, drawn by the run's seed, as an extra part of its file.
///
/// # Errors
/// [`Error::Artifact`] when they cannot be encoded.
pub fn background(train: &Dataset, run: &Run<'_>) -> Result<Part> {
    let n = train.x.nrows();
    let mut rows = random::permutation(&mut run.rng(STREAM), n);
    rows.truncate(MAX_ROWS);
    rows.sort_unstable();
    let rows: Vec<usize> = rows.into_iter().map(|r| r as usize).collect();
    let values = train.x.select(Axis(0), &rows);
    let saved = Background {
        n_columns: train.x.ncols() as u64,
        values: values.into_iter().collect(),
    };
    Part::encode(BACKGROUND, VERSION, &saved)
}

/// The rows that `model` compares with, `(n_rows, n_columns)` of its matrix.
///
/// # Errors
/// [`Error::Artifact`] when the model has none, as those of earlier versions, or they do not fit it.
pub fn compared_with(model: &Opened) -> Result<Array2<f32>> {
    let absent = || Error::Artifact {
        reason: ArtifactReason::Invalid {
            detail: "no rows to compare with: fit the model again".into(),
        },
    };
    let part = model.artifact.extra(BACKGROUND).ok_or_else(absent)?;
    let saved: Background = part.decode(VERSION)?;
    let bad = || Error::invalid_artifact("background: inconsistent state");
    let d = explained(model)?.n_features();
    if saved.n_columns != d as u64 || d == 0 || saved.values.is_empty() {
        return Err(bad());
    }
    Array2::from_shape_vec((saved.values.len() / d, d), saved.values).map_err(|_| bad())
}

fn explained(model: &Opened) -> Result<Explained<'_>> {
    match &model.model {
        Model::Classifier(m) => Ok(Explained::Classifier(m.as_ref())),
        Model::Regressor(m) => Ok(Explained::Regressor(m.as_ref())),
        Model::Clusterer(_) => Err(Error::invalid_artifact(
            "a model with a target was expected",
        )),
    }
}

/// Why rows are predicted as they are: in probability from 0 to 1, or for numbers in the unit of the target.
#[derive(Debug, Clone, PartialEq)]
pub struct Reasons {
    /// Mean prediction of the rows compared with.
    pub base: f64,
    /// Prediction per row: the probability of the class explained, or the number.
    pub predictions: Vec<f64>,
    /// Columns of the file that reach the model, in its order.
    pub columns: Vec<String>,
    /// `(n_rows, n_columns)`: `base` and a row's sum make its prediction.
    pub points: Array2<f64>,
    /// Standard errors of the points, where they were sampled; from few draws, so rough for a single column.
    pub errors: Option<Array2<f64>>,
}

/// The reasons for the rows of `table`: for the probability of the second of two classes, or for the number predicted.
///
/// # Errors
/// [`Error::Target`] with more than two classes, see [`reasons_for`]; else as there.
pub fn reasons(model: &Opened, table: &Table, run: &mut Run<'_>) -> Result<Reasons> {
    let n_classes = model.artifact.classes.len();
    if n_classes > 2 {
        return Err(Error::Target {
            name: model.artifact.target.clone(),
            reason: TargetReason::TooManyClasses {
                found: n_classes as u64,
            },
        });
    }
    reasons_for(model, n_classes.saturating_sub(1), table, run)
}

/// The reasons for the probability of the class at place `output` among the model's; 0 where a number is predicted.
///
/// # Errors
/// [`Error::MissingColumns`], [`Error::ColumnKind`] when `table` lacks columns of the model; those of [`compared_with`] and
/// [`of_rows`]. Reports [`crate::base::Stage::Explaining`].
pub fn reasons_for(
    model: &Opened,
    output: usize,
    table: &Table,
    run: &mut Run<'_>,
) -> Result<Reasons> {
    let background = compared_with(model)?;
    let design = model.design(table, run)?;
    let of_matrix = of_rows(model, output, background.view(), design.x.view(), run)?;
    Ok(by_column(model, &design.origins, of_matrix))
}

/// What the pictures of a whole may take together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Predictions, where reasons are sampled.
    pub predictions: usize,
    /// Pictures: one for each class that is explained.
    pub pictures: usize,
}

/// The reasons for as many rows of `table` as make a picture of the whole, drawn by the run's seed, with these rows. Where
/// reasons are sampled they take no more predictions than `most` leaves them, by fewer rows compared with fewer others; none where that is
/// too few to show anything, or the model has no rows to compare with. Of large forests there are fewer rows, too.
///
/// # Errors
/// As of [`reasons_for`].
pub fn of_many(
    model: &Opened,
    output: usize,
    table: &Table,
    most: Budget,
    run: &mut Run<'_>,
) -> Result<Option<(Table, Reasons)>> {
    if model.artifact.extra(BACKGROUND).is_none() {
        return Ok(None);
    }
    let mut background = compared_with(model)?;
    let explained = explained(model)?;
    let one = effort(explained, output, 1);
    let mut n_rows = MANY_ROWS;
    let mut n_compared = background.nrows();
    let of_each = most.predictions / most.pictures.max(1);
    // None where nothing is sampled.
    if let Some(pairs) = of_each.checked_div(one.predictions) {
        // Most of the background where there is room, and never so little that the mean it stands for is chance.
        n_compared = n_compared.min((pairs / MANY_ROWS).max(FEWEST_COMPARED));
        let step = |i: usize| i * background.nrows() / n_compared;
        let kept: Vec<usize> = (0..n_compared).map(step).collect();
        background = background.select(Axis(0), &kept);
        n_rows = n_rows.min(pairs / n_compared);
        if n_rows < FEWEST_ROWS {
            return Ok(None);
        }
    }
    let nodes = one.nodes.saturating_mul(n_compared);
    let nodes = nodes.saturating_mul(most.pictures).max(1);
    n_rows = n_rows.min((MOST_NODES / nodes).max(FEWEST_ROWS));
    let mut rows = random::permutation(&mut run.rng(MANY), table.n_rows());
    rows.truncate(n_rows);
    rows.sort_unstable();
    let table = table.take(&rows);
    // Its progress would begin anew in a stage that is over.
    let found = run.quietly(|run| -> Result<Reasons> {
        let design = model.design(&table, run)?;
        let of_matrix = of_rows(model, output, background.view(), design.x.view(), run)?;
        Ok(by_column(model, &design.origins, of_matrix))
    })?;
    Ok(Some((table, found)))
}

/// Contributions of the columns of a model's matrix to what it predicts for the class at place `output`.
///
/// # Errors
/// Those of [`contributions`].
pub fn of_rows(
    model: &Opened,
    output: usize,
    background: ArrayView2<'_, f32>,
    x: ArrayView2<'_, f32>,
    run: &mut Run<'_>,
) -> Result<Contributions> {
    let calibration = &model.artifact.calibration;
    contributions(explained(model)?, output, calibration, background, x, run)
}

/// Adds up what was made from the same column of the file.
fn by_column(model: &Opened, origins: &[Vec<String>], of_matrix: Contributions) -> Reasons {
    let reaches = |name: &String| origins.iter().any(|o| o.contains(name));
    let fields = model.pipeline.input().fields.iter().map(|f| &f.name);
    let mut columns: Vec<String> = fields.filter(|n| reaches(n)).cloned().collect();
    for origin in origins.iter().flatten() {
        if !columns.contains(origin) {
            columns.push(origin.clone());
        }
    }
    let place = |name: &String| columns.iter().position(|c| c == name);
    let places: Vec<Vec<usize>> = origins
        .iter()
        .map(|o| o.iter().filter_map(place).collect())
        .collect();
    let grouped = |values: &Array2<f64>| {
        let mut out = Array2::zeros((values.nrows(), columns.len()));
        for (j, places) in places.iter().enumerate() {
            let share = 1.0 / places.len().max(1) as f64;
            for &place in places {
                out.column_mut(place).scaled_add(share, &values.column(j));
            }
        }
        out
    };
    Reasons {
        base: of_matrix.base,
        points: grouped(&of_matrix.values),
        // Draws are shared by all columns: their errors may go together.
        errors: of_matrix.errors.as_ref().map(grouped),
        predictions: of_matrix.predictions,
        columns,
    }
}
