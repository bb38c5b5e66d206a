//! What the engine holds, and what each request does to it. Nothing changes unless the request succeeds.
use super::{
    collector::{Collector, Sink},
    csv::to_csv,
    desk::Desks,
    held::{Held, aligned, load},
    memory, pseudonyms,
};
use crate::{
    analyses::{
        self, Job,
        aggregates::{Asked, aggregates},
    },
    artifact::{Artifact, Opened},
    base::{Error, Executor, Result, Run},
    learn::LEARNERS,
    prepare::{FittedPipeline, TRANSFORMS, suggest},
    protocol::{
        DatasetId, GroupTerms, Groups, Ids, ModelCard, ModelId, Output, Pseudonyms, Request,
    },
    report::{AnalysisCard, Catalog, LearnerCard, Module, TransformCard},
    table::{demo, read},
};
use std::collections::HashMap;

/// Seed where a request brings none.
pub(super) const SEED: i64 = 42;

/// Whether this is the first engine: the one that has books of customers.
pub(super) const FIRST: bool = analyses::is_here(Module::Engine);

/// An answer with the bytes that travel beside it.
#[derive(Debug)]
pub struct Answer {
    /// The message.
    pub output: Output,
    /// Bulk bytes.
    pub bytes: Option<Vec<u8>>,
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        Self {
            output,
            bytes: None,
        }
    }
}

/// Datasets and models, all of which the page can bring back after a restart.
#[derive(Default)]
pub struct State {
    pub(super) datasets: HashMap<DatasetId, Held>,
    pub(super) models: HashMap<ModelId, Opened>,
    executor: Option<Box<dyn Executor>>,
    /// Memory that may be taken in all; the allocator's limit when absent.
    memory: Option<u64>,
    pub(super) desks: Desks,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("n_datasets", &self.datasets.len())
            .field("n_models", &self.models.len())
            .finish()
    }
}

/// What this build can do.
pub fn catalog() -> Catalog {
    let analysis = |e: &analyses::Entry| AnalysisCard {
        id: e.id.into(),
        module: e.module,
        roles: (e.roles)(),
        params: (e.params)(),
    };
    Catalog {
        analyses: analyses::ANALYSES.iter().map(analysis).collect(),
        learners: LEARNERS
            .iter()
            .map(|e| LearnerCard {
                id: e.id.into(),
                by_default: e.by_default,
                params: e.params.to_vec(),
            })
            .collect(),
        transforms: TRANSFORMS
            .iter()
            .map(|e| TransformCard {
                id: e.id.into(),
                params: e.params.to_vec(),
                n_columns: e.n_columns,
            })
            .collect(),
    }
}

/// What travels beside a request.
#[derive(Default)]
pub struct Beside {
    /// The file of `Load`.
    pub source: Option<Box<dyn read::Source>>,
    /// The bytes of `LoadModel`.
    pub bytes: Option<Vec<u8>>,
}

impl State {
    /// A state that spreads work over `executor`.
    pub fn with_executor(executor: Box<dyn Executor>) -> Self {
        Self {
            executor: Some(executor),
            ..Self::default()
        }
    }

    /// A state that refuses what would take more than so many bytes.
    #[must_use]
    pub fn with_memory(self, bytes: u64) -> Self {
        Self {
            memory: Some(bytes),
            ..self
        }
    }

    /// Memory that is left.
    fn room(&self) -> Option<u64> {
        let limit = memory::allowed();
        let all = self.memory.or((limit < usize::MAX).then_some(limit as u64));
        all.map(|all| all.saturating_sub(memory::live() as u64))
    }

    /// Carries out one request.
    ///
    /// # Errors
    /// Those of the job; the state is then as before.
    pub async fn handle(
        &mut self,
        request: Request,
        beside: Beside,
        sink: &dyn Sink,
    ) -> Result<Answer> {
        let mut collector = Collector::new(sink);
        let room = self.room();
        match request {
            // Asked of the first engine alone.
            Request::Demo { .. }
            | Request::Suggest { .. }
            | Request::Desk(_)
            | Request::Pseudonyms { .. }
            | Request::Groups { .. }
                if !FIRST =>
            {
                Err(Error::Protocol)
            }
            Request::Load { dataset, options } => {
                let source = beside.source.ok_or(Error::Protocol)?;
                let mut run = Run::new(&mut collector, SEED as u64).with_room(room);
                let (held, profile) = load(options, source, &mut run)?;
                self.datasets.insert(dataset, held);
                self.desks.forget_dataset(dataset);
                Ok(Output::Loaded(profile).into())
            }
            Request::Demo { n_rows, seed } => {
                let demo = demo::generate(n_rows, seed);
                Ok(Answer {
                    output: Output::Demo {
                        name: "demo-customers.csv".into(),
                    },
                    bytes: Some(demo.csv),
                })
            }
            Request::Suggest { dataset, roles } => Ok(Output::Suggested(suggest(
                held(&self.datasets, dataset)?.table.schema(),
                &roles,
            ))
            .into()),
            Request::Run {
                analysis,
                dataset,
                roles,
                params,
                recipe,
                model,
            } => {
                let entry = analyses::entry(&analysis)?;
                let held = held(&self.datasets, dataset)?;
                let seed = params.int(
                    &[crate::base::ParamSpec::int("seed", 0, i64::MAX >> 11, SEED)],
                    "seed",
                )? as u64;
                let job = Job {
                    table: &held.table,
                    dataset: &held.profile.name,
                    roles: &roles,
                    params: &params,
                    recipe: recipe.as_ref(),
                };
                let mut run = Run::new(&mut collector, seed).with_room(room);
                let mut executor = self.executor.take();
                if let Some(executor) = executor.as_deref_mut() {
                    run = run.with_executor(executor);
                }
                let outcome = (entry.run)(&job, &mut run).await;
                if let Some(executor) = executor.as_deref_mut() {
                    executor.rest();
                }
                self.executor = executor;
                let mut outcome = outcome?;
                outcome.report.seed = seed;
                outcome.report.warnings = collector.into_warnings();
                let mut bytes = None;
                if let Some(artifact) = outcome.artifact {
                    bytes = Some(artifact.to_bytes()?);
                    self.models.insert(model, artifact.open()?);
                    self.desks.forget_model(model);
                    outcome.report.model = Some(model.to_string());
                }
                Ok(Answer {
                    output: Output::Report(outcome.report),
                    bytes,
                })
            }
            Request::Predict {
                model,
                dataset,
                n_rows,
                csv,
            } => self.predict(model, dataset, n_rows, csv, collector),
            Request::LoadModel { model } => {
                let artifact = Artifact::from_bytes(&beside.bytes.ok_or(Error::Protocol)?)?;
                let entry = analyses::entry(&artifact.analysis);
                if entry.is_ok_and(|e| !analyses::is_here(e.module)) {
                    // It says what it is; whoever uses it is the other module.
                    let pipeline = FittedPipeline::load(&artifact.pipeline)?;
                    return Ok(Output::Model(card(model, &artifact, &pipeline)?).into());
                }
                let opened = artifact.open()?;
                let card = card(model, &opened.artifact, &opened.pipeline)?;
                self.models.insert(model, opened);
                self.desks.forget_model(model);
                Ok(Output::Model(card).into())
            }
            Request::Forget { dataset } => {
                self.datasets.remove(&dataset);
                self.desks.forget_dataset(dataset);
                Ok(Output::Forgotten.into())
            }
            Request::Desk(desk) => self.desk(*desk, collector),
            Request::Pseudonyms { key, of } => rename(&key, of, beside.bytes),
            Request::Groups { dataset, terms } => {
                let mut run = Run::new(&mut collector, SEED as u64);
                let found = groups(held(&self.datasets, dataset)?, &terms, &mut run)?;
                Ok(Output::Groups(found).into())
            }
            Request::Append {
                dataset,
                id,
                optional,
                book,
            } => {
                if let Some((model, terms)) = book
                    && FIRST
                {
                    self.have_book(model, dataset, &terms, &mut collector);
                }
                let source = beside.source.ok_or(Error::Protocol)?;
                self.append(dataset, id.as_deref(), &optional, source, collector)
            }
        }
    }

    fn predict(
        &mut self,
        model: ModelId,
        dataset: DatasetId,
        n_rows: Option<u32>,
        csv: bool,
        mut collector: Collector<'_>,
    ) -> Result<Answer> {
        let opened = opened(&self.models, model)?;
        let held = held_mut(&mut self.datasets, dataset)?;
        let mut run = Run::new(&mut collector, opened.artifact.seed);
        let own = aligned(held, opened, &mut run)?;
        let table = own.unwrap_or_else(|| held.table.clone());
        let mut report = analyses::score(opened, &table, &mut run)?;
        report.model = Some(model.to_string());
        report.warnings = collector.into_warnings();
        let full = report
            .tables
            .iter_mut()
            .find(|(key, _)| key == "predictions")
            .map(|(_, t)| t);
        let mut bytes = None;
        if let Some(predictions) = full {
            bytes = csv.then(|| to_csv(predictions));
            if let Some(n) = n_rows {
                *predictions = predictions.head(n as usize);
            }
        }
        Ok(Answer {
            output: Output::Predicted(report),
            bytes,
        })
    }
}

fn rename(key: &str, of: Ids, csv: Option<Vec<u8>>) -> Result<Answer> {
    let made = pseudonyms::Pseudonyms::new(key)?;
    match of {
        Ids::Listed(ids) => {
            let names = ids.iter().map(|id| made.of(id)).collect();
            Ok(Output::Pseudonyms(Pseudonyms { names, n_bytes: 0 }).into())
        }
        Ids::Csv(columns) => {
            let (mut csv, lookup) = made.rewrite(&csv.ok_or(Error::Protocol)?, &columns)?;
            let n_bytes = csv.len() as u64;
            csv.extend(lookup);
            Ok(Answer {
                output: Output::Pseudonyms(Pseudonyms {
                    names: Vec::new(),
                    n_bytes,
                }),
                bytes: Some(csv),
            })
        }
    }
}

fn groups(held: &Held, terms: &GroupTerms, run: &mut Run<'_>) -> Result<Groups> {
    let asked = Asked {
        by: &terms.by,
        outcome: terms.outcome.as_ref().map(|o| (o.0.as_str(), o.1.as_str())),
        value: terms.value.as_ref().map(|v| (v.0.as_str(), v.1, v.2)),
        id: terms.id.as_deref(),
        epsilon: terms.epsilon,
        delta: terms.delta,
        gaussian: terms.gaussian,
        min_size: terms.min_size,
        seed: &terms.seed,
    };
    let found = aggregates(&held.table, &asked, run)?;
    Ok(Groups {
        table: found.table,
        within: found.within,
        shown_from: found.shown_from,
    })
}

/// A model that is here.
pub(super) fn opened(models: &HashMap<ModelId, Opened>, id: ModelId) -> Result<&Opened> {
    models.get(&id).ok_or_else(|| Error::Unknown {
        what: "model".into(),
        id: id.to_string(),
    })
}

/// A dataset that is here, to be changed.
pub(super) fn held_mut(
    datasets: &mut HashMap<DatasetId, Held>,
    id: DatasetId,
) -> Result<&mut Held> {
    datasets.get_mut(&id).ok_or_else(|| Error::Unknown {
        what: "dataset".into(),
        id: id.to_string(),
    })
}

fn held(datasets: &HashMap<DatasetId, Held>, id: DatasetId) -> Result<&Held> {
    datasets.get(&id).ok_or_else(|| Error::Unknown {
        what: "dataset".into(),
        id: id.to_string(),
    })
}

fn card(model: ModelId, artifact: &Artifact, pipeline: &FittedPipeline) -> Result<ModelCard> {
    Ok(ModelCard {
        model,
        analysis: artifact.analysis.clone(),
        learner: artifact.learner.clone(),
        dataset: artifact.dataset.clone(),
        n_rows: artifact.n_rows,
        columns: pipeline
            .input()
            .fields
            .iter()
            .map(|f| f.name.clone())
            .collect(),
        target: artifact.target.clone(),
        classes: artifact.classes.clone(),
        threshold: artifact.threshold,
        metrics: artifact.metrics.clone(),
        recipe: artifact.recipe.clone(),
        card: analyses::model_card(artifact)?,
    })
}
