//! What an engine is given again: files by their `Blob`, models by their bytes. Which worker holds what is known for each
//! module.
use super::few::Few;
use crate::{
    base::{DatasetProfile, LoadOptions, Role},
    protocol::{DatasetId, ModelId, Request},
    report::Module,
};
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::Blob;

/// Something a request needs to be in the engine.
#[derive(Debug, Clone, Copy)]
pub(super) enum Need {
    Dataset(DatasetId),
    Model(ModelId),
}

/// Which worker of each module holds a thing; they are counted from 1.
type Holders = [u32; 2];

struct Kept<T> {
    what: T,
    holders: Holders,
}

/// Files above this size are not held by two engines at a time.
const BIG: f64 = 200e6;

struct File {
    blob: Blob,
    options: LoadOptions,
    /// Rows added since, in order, with the columns they may lack.
    rows: Vec<(Blob, Vec<String>)>,
    columns: Vec<String>,
    /// Column guessed to name the customer.
    id: Option<String>,
}

#[derive(Default)]
pub(super) struct Store {
    datasets: Few<DatasetId, Kept<File>>,
    models: Few<ModelId, Kept<(Uint8Array, Module)>>,
    /// Those that answered last.
    fresh: Holders,
}

impl Store {
    /// What `request` needs.
    pub(super) fn needs(request: &Request) -> Vec<Need> {
        match request {
            Request::Suggest { dataset, .. }
            | Request::Run { dataset, .. }
            | Request::Groups { dataset, .. } => {
                vec![Need::Dataset(*dataset)]
            }
            Request::Predict { model, dataset, .. } => {
                vec![Need::Dataset(*dataset), Need::Model(*model)]
            }
            _ => Vec::new(),
        }
    }

    /// The worker of `module` that answered last.
    pub(super) fn fresh_in(&mut self, module: Module, generation: u32) {
        self.fresh[module as usize] = generation;
    }

    /// The holders of what the worker of `module` that answered last has alone.
    fn only_in(&self, module: Module) -> Holders {
        let mut holders = [0; 2];
        holders[module as usize] = self.fresh[module as usize];
        holders
    }

    /// Where requests about a model go.
    pub(super) fn module_of(&self, needs: &[Need]) -> Module {
        let of = |need: &Need| match need {
            Need::Model(id) => self.models.get(*id).map(|k| k.what.1),
            Need::Dataset(_) => None,
        };
        needs.iter().find_map(of).unwrap_or_default()
    }

    /// Whether a dataset is too large for two engines.
    pub(super) fn is_big(&self, need: &Need) -> bool {
        match need {
            Need::Dataset(id) => self.datasets.get(*id).is_some_and(|kept| {
                let rows = kept.what.rows.iter().map(|(blob, _)| blob.size());
                kept.what.blob.size() + rows.sum::<f64>() > BIG
            }),
            Need::Model(_) => false,
        }
    }

    /// Whether the worker `generation` of the second module holds a dataset.
    pub(super) fn is_also_in_second(&self, id: DatasetId, generation: u32) -> bool {
        let kept = self.datasets.get(id);
        kept.is_some_and(|k| k.holders[Module::Studies as usize] == generation)
    }

    pub(super) fn keep_dataset(&mut self, id: DatasetId, blob: Blob, options: LoadOptions) {
        self.datasets.insert(
            id,
            Kept {
                what: File {
                    blob,
                    options,
                    rows: Vec::new(),
                    columns: Vec::new(),
                    id: None,
                },
                holders: self.only_in(Module::Engine),
            },
        );
    }

    /// Takes note of what a dataset is about.
    pub(super) fn describe(&mut self, id: DatasetId, profile: &DatasetProfile) {
        if let Some(kept) = self.datasets.get_mut(id) {
            let columns = profile.columns.iter().map(|c| c.field.name.clone());
            kept.what.columns = columns.collect();
            let guess = profile.roles.iter().find(|g| g.role == Role::Id);
            kept.what.id = guess.map(|g| g.column.clone());
        }
    }

    /// Its columns, and the one that names the customer.
    pub(super) fn description(&self, id: DatasetId) -> (Vec<String>, Option<String>) {
        let kept = self.datasets.get(id);
        kept.map(|k| (k.what.columns.clone(), k.what.id.clone()))
            .unwrap_or_default()
    }

    /// Rows were added to a dataset.
    pub(super) fn keep_rows(&mut self, id: DatasetId, blob: Blob, optional: Vec<String>) {
        if let Some(kept) = self.datasets.get_mut(id) {
            kept.what.rows.push((blob, optional));
            kept.holders[Module::Studies as usize] = 0;
        }
    }

    /// A model that the engine of `module` has made or taken up.
    pub(super) fn keep_model(&mut self, id: ModelId, bytes: Uint8Array, module: Module) {
        let kept = Kept {
            what: (bytes, module),
            holders: self.only_in(module),
        };
        self.models.insert(id, kept);
    }

    /// A model of `module` that no engine holds yet.
    pub(super) fn adopt_model(&mut self, id: ModelId, bytes: Uint8Array, module: Module) {
        let kept = Kept {
            what: (bytes, module),
            holders: [0; 2],
        };
        self.models.insert(id, kept);
    }

    /// Rows that were added to a dataset, in order, with the columns they may lack.
    pub(super) fn rows(&self, id: DatasetId) -> Vec<(Blob, Vec<String>)> {
        let kept = self.datasets.get(id);
        kept.map_or_else(Vec::new, |k| k.what.rows.clone())
    }

    pub(super) fn dataset_name(&self, id: DatasetId) -> String {
        let kept = self.datasets.get(id);
        kept.map_or_else(String::new, |k| k.what.options.name.clone())
    }

    pub(super) fn forget(&mut self, id: DatasetId) {
        self.datasets.remove(id);
    }

    pub(super) fn model(&self, id: ModelId) -> Option<Uint8Array> {
        self.models
            .get(id)
            .map(|k| k.what.0.slice(0, k.what.0.length()))
    }

    /// The requests that bring `need` back, when the worker `generation` of `module` does not hold it.
    pub(super) fn lost(
        &self,
        need: &Need,
        module: Module,
        generation: u32,
    ) -> Vec<(Request, JsValue)> {
        let module = module as usize;
        match need {
            Need::Dataset(id) => {
                let kept = self.datasets.get(*id);
                let Some(kept) = kept.filter(|k| k.holders[module] != generation) else {
                    return Vec::new();
                };
                let load = Request::Load {
                    dataset: *id,
                    options: kept.what.options.clone(),
                };
                let mut all = vec![(load, kept.what.blob.clone().into())];
                for (blob, optional) in &kept.what.rows {
                    let append = Request::Append {
                        dataset: *id,
                        id: None,
                        optional: optional.clone(),
                        book: None,
                    };
                    all.push((append, blob.clone().into()));
                }
                all
            }
            Need::Model(id) => {
                let kept = self.models.get(*id);
                let lost = kept
                    .filter(|k| k.holders[module] != generation)
                    .map(|kept| {
                        let bytes = kept.what.0.slice(0, kept.what.0.length()).buffer();
                        (Request::LoadModel { model: *id }, bytes.into())
                    });
                lost.into_iter().collect()
            }
        }
    }

    /// `need` was brought back.
    pub(super) fn restored(&mut self, need: &Need, module: Module, generation: u32) {
        let module = module as usize;
        match need {
            Need::Dataset(id) => {
                if let Some(kept) = self.datasets.get_mut(*id) {
                    kept.holders[module] = generation;
                }
            }
            Need::Model(id) => {
                if let Some(kept) = self.models.get_mut(*id) {
                    kept.holders[module] = generation;
                }
            }
        }
    }
}
