//! Model files.
use super::Actions;
use crate::{
    base::{ArtifactReason, Error, Result},
    protocol::{ModelCard, ModelId},
    ui::{
        parts::download,
        state::{JobKind, ModelInUse, Step, Version, now_ms},
    },
};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

/// How files of our own begin.
const PROJECT: &[u8] = b"KEPTPROJ";
const MODEL: &[u8] = b"KEPTMODL";

async fn beginning(file: &File) -> Option<Vec<u8>> {
    let start = file.slice_with_i32_and_i32(0, PROJECT.len() as i32).ok()?;
    let bytes = JsFuture::from(start.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&bytes).to_vec())
}

/// Whether a file is a project or a model.
pub(in crate::ui) async fn is_own(file: &File) -> bool {
    matches!(beginning(file).await.as_deref(), Some(PROJECT | MODEL))
        || file.name().ends_with(".kept-model")
}

impl Actions {
    /// Takes up a saved model.
    ///
    /// # Errors
    /// [`Error::Artifact`] when it cannot be used; the model before stays.
    pub async fn open_model(self, bytes: ArrayBuffer) -> Result<ModelCard> {
        let id = self.client()?.new_model();
        let card = self.use_model(id, bytes).await?;
        self.note_version(Version {
            key: self.version_key(id),
            id,
            name: String::new(),
            created: now_ms(),
            analysis: card.analysis.clone(),
            learner: card.learner.clone(),
            dataset: card.dataset.clone(),
            rows: card.n_rows,
            threshold: card.threshold,
            metrics: card.metrics.clone(),
        });
        Ok(card)
    }

    /// Takes up a model as `id`.
    pub(super) async fn use_model(self, id: ModelId, bytes: ArrayBuffer) -> Result<ModelCard> {
        let (card, body) = self
            .job(JobKind::Model, String::new(), async |client, _| {
                client.load_model(id, bytes).await
            })
            .await?;
        self.data.model.set(Some(Arc::new(ModelInUse {
            id: card.model,
            analysis: card.analysis.clone(),
            learner: card.learner.clone(),
            dataset: card.dataset.clone(),
            threshold: card.threshold,
            card: Some(card.clone()),
        })));
        self.data.bodies.update_value(|b| b[2] = Some(body));
        self.data.scored.set(None);
        self.list_the_open_one();
        self.data.csv.set_value(None);
        self.view.step.set(Step::Predict);
        Ok(card)
    }

    /// Opens a file the person chose: a project, a model, or data, by how it begins.
    pub(in crate::ui) async fn open_any(self, file: File) {
        match beginning(&file).await.as_deref() {
            Some(PROJECT) => self.keep("import", file),
            Some(MODEL) => self.open_model_file(file).await,
            // One that was cut short before its first word.
            _ if file.name().ends_with(".kept-model") => self.open_model_file(file).await,
            _ => self.load_file(file).await,
        }
    }

    /// Opens a model file the person chose.
    pub(in crate::ui) async fn open_model_file(self, file: File) {
        let bytes = JsFuture::from(file.array_buffer()).await;
        match bytes.ok().and_then(|b| b.dyn_into::<ArrayBuffer>().ok()) {
            // A failure is on the screen already.
            Some(bytes) => drop(self.open_model(bytes).await),
            None => self.fail(
                JobKind::Model,
                &Error::Artifact {
                    reason: ArtifactReason::Truncated,
                },
            ),
        }
    }

    /// Saves the model in use as a file.
    pub(in crate::ui) fn save_model(self) {
        let (Some(model), Ok(client)) = (self.data.model.get_untracked(), self.client()) else {
            return;
        };
        if !self.exports("model") {
            return;
        }
        if let Some(bytes) = client.model_bytes(model.id) {
            let stem = model.dataset.trim_end_matches(".csv");
            let name = format!("{stem}-{}.kept-model", model.learner);
            download(&name, "application/octet-stream", &bytes);
        }
    }

    /// Whether the page around offers an export.
    fn exports(self, what: &str) -> bool {
        self.view.host.with_untracked(|h| h.exports(what))
    }

    /// Saves the scores as a file; with `[key, lookup]` with pseudonyms in place of ids, and what they stand for in a file
    /// of its own.
    pub(in crate::ui) fn save_scores(self, how: &JsValue) {
        if !self.exports("csv") {
            return;
        }
        let (Some(scored), Some(csv)) =
            (self.data.scored.get_untracked(), self.data.csv.get_value())
        else {
            return;
        };
        let stem = scored.name.trim_end_matches(".csv");
        let name = format!("{stem}-scores");
        let Some(how) = how.dyn_ref::<Array>() else {
            return download(&format!("{name}.csv"), "text/csv", &csv);
        };
        let key = how.get(0).as_string().unwrap_or_default();
        let (lookup, kind) = (how.get(1).is_truthy(), JobKind::Predict);
        leptos::task::spawn_local(async move {
            let renamed = self.job(kind, scored.name.clone(), async |client, _| {
                client.rename(&csv, key).await
            });
            // A failure is on the screen already.
            let Ok((file, meaning)) = renamed.await else {
                return;
            };
            download(&format!("{name}-pseudonyms.csv"), "text/csv", &file);
            if lookup {
                download(&format!("{name}-lookup.csv"), "text/csv", &meaning);
            }
        });
    }
}
