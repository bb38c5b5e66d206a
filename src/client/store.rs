//! What a restarted engine is given again: files by their `Blob`, models by their bytes.
use super::few::Few;
use crate::{
    base::{DatasetProfile, LoadOptions, Role},
    protocol::{DatasetId, ModelId, Request},
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

struct Kept<T> {
    what: T,
    /// The engine that holds it; engines are counted from 1.
    generation: u32,
}

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
    models: Few<ModelId, Kept<Uint8Array>>,
    generation: u32,
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

    /// The engine that answered last.
    pub(super) fn fresh_in(&mut self, generation: u32) {
        self.generation = generation;
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
                generation: self.generation,
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
        }
    }

    pub(super) fn keep_model(&mut self, id: ModelId, bytes: Uint8Array) {
        self.models.insert(
            id,
            Kept {
                what: bytes,
                generation: self.generation,
            },
        );
    }

    /// A model that no engine holds yet.
    pub(super) fn adopt_model(&mut self, id: ModelId, bytes: Uint8Array) {
        let kept = Kept {
            what: bytes,
            generation: 0,
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
            .map(|k| k.what.slice(0, k.what.length()))
    }

    /// The requests that bring `need` back, when the engine `generation` does not hold it.
    pub(super) fn lost(&self, need: &Need, generation: u32) -> Vec<(Request, JsValue)> {
        match need {
            Need::Dataset(id) => {
                let kept = self.datasets.get(*id);
                let Some(kept) = kept.filter(|k| k.generation != generation) else {
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
                let lost = kept.filter(|k| k.generation != generation).map(|kept| {
                    let bytes = kept.what.slice(0, kept.what.length()).buffer();
                    (Request::LoadModel { model: *id }, bytes.into())
                });
                lost.into_iter().collect()
            }
        }
    }

    /// `need` was brought back.
    pub(super) fn restored(&mut self, need: &Need, generation: u32) {
        match need {
            Need::Dataset(id) => {
                if let Some(kept) = self.datasets.get_mut(*id) {
                    kept.generation = generation;
                }
            }
            Need::Model(id) => {
                if let Some(kept) = self.models.get_mut(*id) {
                    kept.generation = generation;
                }
            }
        }
    }
}
