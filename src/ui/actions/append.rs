//! Rows that come in.
use super::Actions;
use crate::{
    base::{DatasetProfile, Error, Result, Role},
    client::{self, Client, RowTerms},
    protocol::{Appended, DatasetId, JobId, desk::Terms},
    ui::{
        root::Notice,
        state::{Added, JobKind, Loaded},
    },
};
use leptos::prelude::*;
use std::sync::Arc;
use web_sys::{Blob, File};

impl Actions {
    /// Adds rows to the customers that are listed; what is shown follows.
    ///
    /// # Errors
    /// [`Error::Unknown`] without an open file, what reading and scoring the rows said, [`Error::Cancelled`].
    pub async fn append(self, blob: Blob) -> Result<(DatasetId, DatasetProfile, Appended)> {
        let client = self.client()?;
        let job = client.begin();
        self.add(&client, job, blob, |_| ()).await
    }

    /// Adds the rows of a file the person chose, and says what came of them.
    pub(in crate::ui) async fn add_file(self, file: File) {
        let name = file.name();
        let kind = JobKind::Append;
        let added = self
            .job(kind, name.clone(), async |client, progress| {
                let job = client.begin();
                self.add(&client, job, file.into(), progress).await
            })
            .await;
        // A failure is on the screen already.
        if let Ok((_, _, appended)) = added {
            self.data
                .added
                .set(Some(Arc::new(Added { name, appended })));
        }
    }

    async fn add(
        self,
        client: &Client,
        job: JobId,
        blob: Blob,
        on_progress: impl Fn(client::Update) + 'static,
    ) -> Result<(DatasetId, DatasetProfile, Appended)> {
        let loaded = self.data.loaded.get_untracked();
        let scored = self.data.scored_file.get_untracked().map(|s| s.0);
        let dataset = scored.or_else(|| loaded.as_ref().map(|l| l.dataset));
        let dataset = dataset.ok_or_else(|| Error::Unknown {
            what: "dataset".into(),
            id: String::new(),
        })?;
        let column = |role| {
            self.data
                .roles
                .with_untracked(|r| r.get(role).map(str::to_owned))
        };
        let is_open = loaded.as_ref().is_some_and(|l| l.dataset == dataset);
        // The roles are of the open file; the book of another knows its own.
        let (id, target) = if is_open {
            (column(Role::Id), column(Role::Target))
        } else {
            (None, None)
        };
        // Lists may not have been looked at yet; who crosses is to be told all the same.
        let model = self.data.model.get_untracked();
        let book = model.map(|model| {
            let terms = Terms {
                value: column(Role::Value),
                date: column(Role::Date),
                ..Terms::default()
            };
            (model.id, Box::new(terms))
        });
        let terms = RowTerms {
            id,
            optional: target.into_iter().collect(),
            book,
        };
        let added = client.append(job, dataset, blob, terms, on_progress);
        let (profile, appended) = added.await?;
        if let Some(old) = loaded.filter(|_| is_open) {
            self.data.loaded.set(Some(Arc::new(Loaded {
                dataset,
                options: old.options.clone(),
                profile: profile.clone(),
            })));
        }
        // The lists are drawn anew.
        self.view.restored.update(|n| *n = n.wrapping_add(1));
        if appended.n_crossed > 0 {
            self.tell(Notice::Alert(dataset, profile.clone(), appended.clone()));
        }
        Ok((dataset, profile, appended))
    }
}
