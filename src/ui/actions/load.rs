//! Opening a file.
use super::Actions;
use crate::{
    base::{ColumnKind, DatasetProfile, Error, LoadOptions, Result, Role, Roles},
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
        self.apply_pending();
        self.start_history();
        self.view.step.set(Step::Data);
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
        let (Some(old), Some(blob)) = (
            self.data.loaded.get_untracked(),
            self.data.source.get_value(),
        ) else {
            return;
        };
        let options = LoadOptions {
            kinds,
            ..old.options.clone()
        };
        let import = self.import(blob.clone(), options, Some(old.dataset));
        let Ok(loaded) = import.await else {
            // Shows the old kind again.
            self.data.loaded.set(Some(old));
            return;
        };
        self.adopt(blob, &loaded);
        self.data.suggested.set(None);
        self.tell(Notice::Data(loaded.dataset, loaded.profile.clone()));
    }

    /// Reads a file, and after it the rows that were added to `like`.
    async fn import(
        self,
        blob: Blob,
        options: LoadOptions,
        like: Option<DatasetId>,
    ) -> Result<Arc<Loaded>> {
        let name = options.name.clone();
        self.job(JobKind::Load, name, async |client, progress| {
            let dataset = client.new_dataset();
            let mut profile = client
                .load(dataset, blob, options.clone(), progress)
                .await?;
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
