//! One fit, spread over helper engines where the learner can be divided.
use super::{Dataset, Entry, Model, entry};
use crate::base::{Error, Job, Params, Part, Result, Run, Shared, Span, Stage, Task, Train};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Tasks of this room that helper engines do.
pub const TASKS: &[&Task] = &[&FIT_PART];

static FIT_PART: Task = Task {
    id: "fit_part",
    run: fit_part,
};

/// Parts per helper: enough that they end at about the same time, few enough that sending them costs nothing.
const PARTS_PER_WORKER: usize = 4;

#[derive(Serialize, Deserialize)]
struct Input {
    learner: String,
    params: Params,
}

fn fit_part(input: &[u8], shared: &[Arc<Shared>], run: &mut Run<'_>) -> Result<Vec<u8>> {
    let input: Input = postcard::from_bytes(input).map_err(|_| Error::Protocol)?;
    let data: &Dataset = shared.first().ok_or(Error::Protocol)?.get()?;
    let estimator = (entry(&input.learner)?.build)(&input.params)?;
    let part = estimator
        .fit(&Train::all(data.clone()), run)?
        .fitted()
        .save()?;
    crate::base::pack(&part)
}

/// Fits `entry` with `params`. The model does not depend on how many helpers there are.
/// Where it is divided, the training set is copied once.
///
/// # Errors
/// Those of the fit.
pub async fn fit(
    entry: &'static Entry,
    params: &Params,
    train: &Train<Dataset>,
    run: &mut Run<'_>,
) -> Result<Model> {
    let estimator = (entry.build)(params)?;
    let n_workers = run.n_workers();
    let (Some(divide), true) = (entry.divide, n_workers > 1) else {
        return estimator.fit(train, run);
    };
    let n_units = (divide.n_units)(params)?;
    let n_parts = (n_workers * PARTS_PER_WORKER).min(n_units);
    if n_parts < 2 {
        return estimator.fit(train, run);
    }
    let shared = Shared::new(train.get().clone());
    let job = |k: usize| {
        let range = k * n_units / n_parts..(k + 1) * n_units / n_parts;
        let input = Input {
            learner: entry.id.to_owned(),
            params: (divide.part)(params, range.clone()),
        };
        Ok(Job {
            task: &FIT_PART,
            input: crate::base::pack(&input)?,
            shared: vec![shared.clone()],
            cost: range.len() as f64,
        })
    };
    let jobs = (0..n_parts).map(job).collect::<Result<Vec<_>>>()?;
    let total = n_parts as u64;
    let stage = Stage::Fitting;
    run.step(stage, 0, total)?;
    let span = Span {
        stage,
        done: 0,
        total,
    };
    let saved = run.parallel(jobs, span).await?;
    let decode = |bytes: &Vec<u8>| postcard::from_bytes(bytes).map_err(|_| Error::Protocol);
    let parts = saved.iter().map(decode).collect::<Result<Vec<Part>>>()?;
    (divide.merge)(params, &parts)
}
