//! What a restarted engine is given again: files by their `Blob`, models by their bytes.
use super::few::Few;
use crate::{
    base::LoadOptions,
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

#[derive(Default)]
pub(super) struct Store {
    datasets: Few<DatasetId, Kept<(Blob, LoadOptions)>>,
    models: Few<ModelId, Kept<Uint8Array>>,
    generation: u32,
}

impl Store {
    /// What `request` needs.
    pub(super) fn needs(request: &Request) -> Vec<Need> {
        match request {
            Request::Suggest { dataset, .. } | Request::Run { dataset, .. } => {
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
                what: (blob, options),
                generation: self.generation,
            },
        );
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

    pub(super) fn forget(&mut self, id: DatasetId) {
        self.datasets.remove(id);
    }

    pub(super) fn model(&self, id: ModelId) -> Option<Uint8Array> {
        self.models
            .get(id)
            .map(|k| k.what.slice(0, k.what.length()))
    }

    /// The request that brings `need` back, when the engine `generation` does not hold it.
    pub(super) fn lost(&self, need: &Need, generation: u32) -> Option<(Request, JsValue)> {
        match need {
            Need::Dataset(id) => {
                let kept = self
                    .datasets
                    .get(*id)
                    .filter(|k| k.generation != generation)?;
                let (blob, options) = &kept.what;
                Some((
                    Request::Load {
                        dataset: *id,
                        options: options.clone(),
                    },
                    blob.clone().into(),
                ))
            }
            Need::Model(id) => {
                let kept = self
                    .models
                    .get(*id)
                    .filter(|k| k.generation != generation)?;
                Some((
                    Request::LoadModel { model: *id },
                    kept.what.slice(0, kept.what.length()).buffer().into(),
                ))
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
