//! Opening a file.
use super::Actions;
use crate::{
    base::{ColumnKind, DatasetProfile, Error, LoadOptions, Result, Role, Roles, Warning},
    protocol::{DatasetId, Output, Request},
    ui::{
        root::Notice,
        state::{JobKind, Loaded, Step},
    },
};
use leptos::prelude::*;
use std::sync::Arc;
use web_sys::{Blob, File};

/// Rows of the demo file.
const DEMO_ROWS: u32 = 5000;
/// Its seed.
const DEMO_SEED: u64 = 42;

impl Actions {
    /// Opens a file. On an error everything stays as it was.
    ///
    /// # Errors
    /// What the import said, or [`Error::Cancelled`].
    pub async fn load(
        self,
        blob: Blob,
        options: LoadOptions,
    ) -> Result<(DatasetId, DatasetProfile)> {
        let options = self.hosted(options);
        let mut loaded = self.import(blob.clone(), options, None).await?;
        if let Some(kinds) = self.pending_kinds(&loaded) {
            let first = loaded.dataset;
            let options = LoadOptions {
                kinds,
                ..loaded.options.clone()
            };
            if let Ok(again) = self.import(blob.clone(), options, None).await {
                loaded = again;
                self.forget(first);
            }
        }
        self.adopt(blob, &loaded);
        self.data.roles.set(guessed(&loaded.profile));
        self.data.positive.set(None);
        self.data.recipe.set(None);
        self.data.suggested.set(None);
        let warnings = self.preset(&loaded.profile, false);
        self.warn(warnings);
        self.apply_pending();
        self.start_history();
        self.view.step.set(Step::Data);
        // With what was said about presets.
        let loaded = self.data.loaded.get_untracked().unwrap_or(loaded);
        self.tell(Notice::Data(loaded.dataset, loaded.profile.clone()));
        Ok((loaded.dataset, loaded.profile.clone()))
    }

    /// Opens a file the person chose.
    pub(in crate::ui) async fn load_file(self, file: File) {
        let options = LoadOptions {
            name: file.name(),
            ..LoadOptions::default()
        };
        // A failure is on the screen already.
        let _ = self.load(file.into(), options).await;
    }

    /// Does again what needed too much memory, with so many rows drawn at random.
    pub(in crate::ui) fn use_sample(self, kind: JobKind, n_rows: u64) {
        leptos::task::spawn_local(async move {
            let is_study = self.view.step.get_untracked() == Step::Segments;
            if kind == JobKind::Train && !is_study {
                let n = i64::try_from(n_rows).unwrap_or(i64::MAX);
                self.data
                    .params
                    .update(|p| *p = std::mem::take(p).with("max_rows", n));
                let analysis = match self.view.step.get_untracked() {
                    Step::Behaviour => super::run::BEHAVIOUR,
                    _ => "churn",
                };
                return self.train(analysis).await;
            }
            let Some((blob, options)) = self.data.asked.get_value() else {
                return;
            };
            let options = LoadOptions {
                sample: Some(n_rows),
                ..options
            };
            // A failure is on the screen already.
            let _ = self.load(blob, options).await;
        });
    }

    /// Makes the demo file and opens it like any other.
    pub(in crate::ui) async fn load_demo(self) {
        let request = Request::Demo {
            n_rows: DEMO_ROWS,
            seed: DEMO_SEED,
        };
        let made = self
            .job(JobKind::Demo, String::new(), async |client, progress| {
                let answer = client.request(request, progress).await?;
                match (answer.output, answer.buffer) {
                    (Output::Demo { name }, Some(bytes)) => Ok((name, bytes)),
                    _ => Err(Error::Protocol),
                }
            })
            .await;
        let Ok((name, bytes)) = made else { return };
        let Ok(blob) = Blob::new_with_buffer_source_sequence(&js_sys::Array::of1(&bytes)) else {
            return;
        };
        let options = LoadOptions {
            name,
            ..LoadOptions::default()
        };
        let _ = self.load(blob, options).await;
    }

    /// Reads the open file again with another kind for one column; roles and the edited recipe stay where they still
    /// fit.
    pub(in crate::ui) async fn set_kind(self, column: String, kind: ColumnKind) {
        let Some(old) = self.data.loaded.get_untracked() else {
            return;
        };
        let mut kinds = old.options.kinds.clone();
        kinds.retain(|(c, _)| *c != column);
        kinds.push((column, kind));
        self.read_again(kinds).await;
    }

    /// Reads the open file again with these kinds.
    pub(super) async fn read_again(self, kinds: Vec<(String, ColumnKind)>) {
        let Some(old) = self.data.loaded.get_untracked() else {
            return;
        };
        let options = LoadOptions {
            kinds,
            ..old.options.clone()
        };
        if self.reload(old.dataset, options).await.is_err() {
            // Shows the old kind again.
            self.data.loaded.set(Some(old));
        }
    }

    /// Reads the open file again in another way. On an error everything stays as it was.
    ///
    /// # Errors
    /// Those of the import; [`Error::Unknown`] without an open file.
    pub(super) async fn reload(self, dataset: DatasetId, options: LoadOptions) -> Result<()> {
        let blob = self.data.source.get_value().ok_or_else(|| Error::Unknown {
            what: "dataset".into(),
            id: dataset.to_string(),
        })?;
        let loaded = self.import(blob.clone(), options, Some(dataset)).await?;
        self.adopt(blob, &loaded);
        self.data.suggested.set(None);
        // Columns that are gone have no role.
        let columns = &loaded.profile.columns;
        let gone = |name: &String| !columns.iter().any(|c| c.field.name == *name);
        if self
            .data
            .roles
            .with_untracked(|r| r.0.iter().any(|(_, c)| gone(c)))
        {
            self.data.roles.update(|r| r.0.retain(|(_, c)| !gone(c)));
        }
        let warnings = self.preset(&loaded.profile, false);
        self.warn(warnings);
        let loaded = self.data.loaded.get_untracked().unwrap_or(loaded);
        self.tell(Notice::Data(loaded.dataset, loaded.profile.clone()));
        Ok(())
    }

    /// Reads a file, and after it the rows that were added to `like`.
    async fn import(
        self,
        blob: Blob,
        mut options: LoadOptions,
        like: Option<DatasetId>,
    ) -> Result<Arc<Loaded>> {
        let name = options.name.clone();
        self.data
            .asked
            .set_value(Some((blob.clone(), options.clone())));
        self.job(JobKind::Load, name, async |client, progress| {
            let dataset = client.new_dataset();
            let progress: std::rc::Rc<dyn Fn(crate::client::Update)> = progress.into();
            let mut missed = Vec::new();
            let mut profile = loop {
                let also = progress.clone();
                let (file, options_now) = (blob.clone(), options.clone());
                match client
                    .load(dataset, file, options_now, move |p| also(p))
                    .await
                {
                    // A preset is for many files, and this one lacks a column of it: that is refused before reading.
                    Err(Error::MissingColumn { name }) if self.has_preset_kind(&name) => {
                        options.kinds.retain(|(n, _)| *n != name);
                        missed.push(Warning::NotPreset { column: name });
                    }
                    done => break done?,
                }
            };
            if let Some(like) = like {
                match client.append_again(like, dataset).await {
                    Ok(more) => profile = more.unwrap_or(profile),
                    Err(error) => {
                        // Freeing is a courtesy: the error is what the person has to know.
                        let _ = client.request(Request::Forget { dataset }, |_| {}).await;
                        return Err(error);
                    }
                }
            }
            profile.warnings.extend(missed);
            Ok(Arc::new(Loaded {
                dataset,
                options,
                profile,
            }))
        })
        .await
    }

    /// Puts a dataset in place of the one before, all at once.
    fn adopt(self, blob: Blob, loaded: &Arc<Loaded>) {
        let before = self.data.loaded.get_untracked();
        self.data.source.set_value(Some(blob));
        self.data.loaded.set(Some(loaded.clone()));
        self.data.trained.set(None);
        self.data.studies.set(Vec::new());
        self.data.added.set(None);
        if let Some(before) = before {
            self.forget(before.dataset);
        }
    }

    /// Frees a dataset.
    pub(super) fn forget(self, dataset: DatasetId) {
        if let Ok(client) = self.client() {
            leptos::task::spawn_local(async move {
                // Freeing is a courtesy: a failure changes nothing for the person.
                let _ = client.request(Request::Forget { dataset }, |_| {}).await;
            });
        }
    }
}

fn guessed(profile: &DatasetProfile) -> Roles {
    let mut roles = Roles::default();
    for guess in &profile.roles {
        let free = roles.get(guess.role).is_none() || guess.role == Role::Text;
        if free && roles.of(&guess.column).is_none() {
            roles.0.push((guess.role, guess.column.clone()));
        }
    }
    roles
}
