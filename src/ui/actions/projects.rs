//! Projects: what of the work is kept, and the way back into it. Keeping is the script's affair.
use super::Actions;
use crate::{
    base::{Result, Roles},
    client::RowTerms,
    protocol::{Event, ModelId, Output, decode},
    report::Report,
    ui::state::{Held, Loaded, Project, Shelf, Step, Trained, Version, ViewState, now_ms},
};
use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsValue;

/// The report in the event that brought it.
fn report_of(body: &ArrayBuffer) -> Option<Report> {
    match decode(&Uint8Array::new(body).to_vec()).ok()? {
        Event::Done(output) => match *output {
            Output::Report(report) => Some(report),
            _ => None,
        },
        _ => None,
    }
}

impl Actions {
    /// Has the script that keeps projects do something.
    pub(in crate::ui) fn keep(self, what: &str, value: impl Into<JsValue>) {
        if let Some(keep) = self.script.try_get_value().map(|s| s.keep) {
            // It tells of its failures through the shelf.
            let _ = keep.call2(&JsValue::NULL, &what.into(), &value.into());
        }
    }

    /// Something changed that is to be kept.
    pub(in crate::ui) fn changed(self) {
        self.keep("changed", JsValue::UNDEFINED);
    }

    /// Takes note of what the script that keeps projects tells.
    pub fn set_shelf(self, shelf: Shelf) {
        self.view.shelf.try_update(|now| {
            if **now != shelf {
                *now = Arc::new(shelf);
            }
        });
    }

    pub(super) fn version_key(self, id: ModelId) -> String {
        format!("{}-{}", now_ms() as u64, id.0)
    }

    pub(super) fn note_version(self, version: Version) {
        self.data.versions.update(|all| all.push(version));
    }

    /// Changes one of the models that are kept.
    pub(super) fn name_version(self, key: &str, name: String) {
        self.data.versions.update(|all| {
            if let Some(it) = all.iter_mut().find(|v| v.key == key) {
                it.name = name;
            }
        });
    }

    /// Lets go of a model.
    pub(super) fn drop_version(self, key: &str) {
        self.data
            .versions
            .update(|all| all.retain(|v| v.key != key));
    }

    /// Uses a model that was made before.
    pub(super) async fn open_version(self, key: String) {
        let id = self.versions().into_iter().find(|v| v.key == key);
        let Some(id) = id.map(|v| v.id) else { return };
        let bytes = self.client().ok().and_then(|c| c.model_bytes(id));
        if let Some(bytes) = bytes {
            // A failure is on the screen already.
            let _ = self.use_model(id, bytes.buffer()).await;
        }
    }

    /// The file that is open, with the rows that were added to it.
    pub fn held(self) -> Option<Held> {
        let loaded = self.data.loaded.try_get_untracked().flatten()?;
        let rows = self.client().ok()?.rows(loaded.dataset);
        Some(Held {
            dataset: loaded.dataset,
            blob: self.data.source.get_value()?,
            options: loaded.options.clone(),
            rows,
        })
    }

    /// The models that were trained or opened.
    pub fn versions(self) -> Vec<Version> {
        self.data.versions.try_get_untracked().unwrap_or_default()
    }

    /// Key of the model in use.
    pub fn version_in_use(self) -> Option<String> {
        let id = self.data.model.try_get_untracked().flatten()?.id;
        let all = self.versions();
        all.into_iter().find(|v| v.id == id).map(|v| v.key)
    }

    /// The bytes of a model.
    pub fn version_bytes(self, key: &str) -> Option<Uint8Array> {
        let id = self.versions().into_iter().find(|v| v.key == key)?.id;
        self.client().ok()?.model_bytes(id)
    }

    /// The event that brought the last training.
    pub fn report_body(self) -> Option<ArrayBuffer> {
        let trained = self.data.trained.try_with_untracked(Option::is_some);
        self.data
            .bodies
            .try_with_value(|b| b[0].clone())
            .flatten()
            .filter(|_| trained == Some(true))
    }

    /// As at the start: nothing open, nothing chosen.
    pub fn clear(self) {
        if self.view.lang.try_get_untracked().is_none() {
            return;
        }
        let data = self.data;
        self.list_the_open_one();
        if let Some(loaded) = data.loaded.get_untracked() {
            self.forget(loaded.dataset);
        }
        self.pending.set_value(None);
        data.loaded.set(None);
        data.source.set_value(None);
        data.roles.set(Roles::default());
        data.positive.set(None);
        data.suggested.set(None);
        data.recipe.set(None);
        data.params.set(crate::base::Params::default());
        data.trained.set(None);
        data.studies.set(Vec::new());
        data.study_params.set(Vec::new());
        data.model.set(None);
        data.scored.set(None);
        data.added.set(None);
        data.versions.set(Vec::new());
        data.csv.set_value(None);
        data.bodies.set_value([None, None, None]);
        self.jobs.failure.set(None);
        // An empty text: the other module lets go of costs and notes, too.
        self.view.kept.set_value(Some(String::new()));
        self.view.restored.update(|n| *n = n.wrapping_add(1));
        self.view.threshold.set(0.5);
        self.view.step.set(Step::Data);
        self.start_history();
    }

    /// Puts a project in the place of what is open.
    ///
    /// # Errors
    /// Those of reading its data; what was open before is gone then.
    pub async fn take_up(self, it: Project) -> Result<()> {
        let client = self.client()?;
        if self.jobs.running.with_untracked(Option::is_some) {
            self.cancel();
        }
        self.clear();
        let wanted = it.state.step;
        let kept = it.state.kept.clone();
        self.restore(ViewState {
            kept: Some(kept.unwrap_or_default()),
            ..it.state
        });
        let mut versions = Vec::new();
        for (version, bytes) in it.versions {
            let id = client.adopt_model(bytes);
            versions.push(Version { id, ..version });
        }
        self.data.versions.set(versions);
        let mut is_open = false;
        if let Some(held) = it.data {
            self.load(held.blob, held.options).await?;
            for (blob, optional) in held.rows {
                let loaded = self.data.loaded.get_untracked();
                let Some(loaded) = loaded else { break };
                let terms = RowTerms {
                    optional,
                    ..RowTerms::default()
                };
                let added = client.append(client.begin(), loaded.dataset, blob, terms, |_| ());
                let (profile, _) = added.await?;
                self.data.loaded.set(Some(Arc::new(Loaded {
                    profile,
                    ..(*loaded).clone()
                })));
            }
            is_open = true;
        }
        // A report of another build is not shown; training again makes it anew.
        if let Some((body, report)) = it.report.and_then(|b| report_of(&b).map(|r| (b, r))) {
            self.data.bodies.update_value(|b| b[0] = Some(body));
            self.data.trained.set(Some(Arc::new(Trained {
                report: Arc::new(report),
            })));
        }
        if let Some(used) = it.in_use {
            self.open_version(used).await;
        }
        // Without its data a project waits for that first, unless it never had any.
        let is_bare = self
            .pending
            .with_value(|p| p.as_ref().is_none_or(|p| p.roles.is_empty()));
        let ready = is_open || (is_bare && wanted == Step::Predict);
        self.view.step.set(if ready { wanted } else { Step::Data });
        self.start_history();
        Ok(())
    }
}
