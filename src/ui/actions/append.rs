//! Rows that come in.
use super::Actions;
use crate::{
    base::{DatasetProfile, Error, Result, Role},
    protocol::{Appended, DatasetId},
    ui::{root::Notice, state::Loaded},
};
use leptos::prelude::*;
use std::sync::Arc;
use web_sys::Blob;

impl Actions {
    /// Adds rows to the customers that are listed; what is shown follows.
    ///
    /// # Errors
    /// [`Error::Unknown`] without an open file, what reading and scoring the rows said, [`Error::Cancelled`].
    pub async fn append(self, blob: Blob) -> Result<(DatasetId, DatasetProfile, Appended)> {
        let client = self.client()?;
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
        let terms = (id, target.into_iter().collect());
        let (profile, appended) = client
            .append(client.begin(), dataset, blob, terms, |_| ())
            .await?;
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
