//! Scoring.
use super::Actions;
use crate::{
    base::{Error, LoadOptions, Result},
    client::Answer,
    protocol::{DatasetId, ModelId, Output, Request},
    ui::{
        root::{Notice, Reported},
        state::{JobKind, Scored, Step},
    },
};
use leptos::prelude::*;
use std::sync::Arc;
use web_sys::File;

/// Rows shown; the CSV has all of them.
const SHOWN: u32 = 200;

impl Actions {
    /// Scores a dataset of the engine.
    ///
    /// # Errors
    /// What the engine said, such as [`Error::MissingColumns`].
    pub async fn predict(self, model: ModelId, dataset: DatasetId) -> Result<()> {
        let name = self
            .data
            .loaded
            .try_get_untracked()
            .flatten()
            .filter(|l| l.dataset == dataset)
            .map(|l| l.profile.name.clone())
            .unwrap_or_default();
        let request = predict_request(model, dataset);
        let answer = self
            .job(JobKind::Predict, name.clone(), async |client, progress| {
                client.request(request, progress).await
            })
            .await?;
        self.scored(name, answer)
    }

    /// Scores the dataset the model learned from, or whichever is open.
    pub(in crate::ui) async fn score_open(self) {
        let (Some(model), Some(loaded)) = (
            self.data.model.get_untracked(),
            self.data.loaded.get_untracked(),
        ) else {
            return;
        };
        // A failure is on the screen already.
        let _ = self.predict(model.id, loaded.dataset).await;
    }

    /// Reads a file, scores it and lets go of it.
    pub(in crate::ui) async fn score_file(self, file: File) {
        let Some(model) = self.data.model.get_untracked() else {
            return;
        };
        let name = file.name();
        let mut options = LoadOptions {
            name: name.clone(),
            ..LoadOptions::default()
        };
        options.hide = self.view.host.with_untracked(|h| h.hide.clone());
        let answer = self
            .job(JobKind::Predict, name.clone(), async |client, progress| {
                let dataset = client.new_dataset();
                let progress: std::rc::Rc<dyn Fn(crate::client::Update)> = progress.into();
                let also = progress.clone();
                client
                    .load(dataset, file.into(), options, move |p| also(p))
                    .await?;
                let request = predict_request(model.id, dataset);
                let answer = client.request(request, move |p| progress(p)).await;
                // Its customers are listed from now on, those of the file before no more.
                let gone = match &answer {
                    Ok(_) => self.data.scored_file.get_untracked().map(|f| f.0),
                    Err(_) => Some(dataset),
                };
                if let Some(dataset) = gone {
                    // Freeing is a courtesy: a failure changes nothing for the person.
                    let _ = client.request(Request::Forget { dataset }, |_| {}).await;
                }
                answer.map(|answer| (answer, dataset))
            })
            .await;
        if let Ok((answer, dataset)) = answer {
            self.data.scored_file.set(Some((dataset, name.clone())));
            let _ = self.scored(name, answer);
        }
    }

    /// Lets go of a scored file, so that the customers of the open one are listed.
    pub(super) fn list_the_open_one(self) {
        let Some((dataset, _)) = self.data.scored_file.get_untracked() else {
            return;
        };
        self.data.scored_file.set(None);
        self.forget(dataset);
    }

    fn scored(self, name: String, answer: Answer) -> Result<()> {
        let Output::Predicted(report) = answer.output else {
            self.fail(JobKind::Predict, &Error::Protocol);
            return Err(Error::Protocol);
        };
        let report = Arc::new(report);
        self.data.csv.set_value(answer.buffer);
        self.data
            .bodies
            .update_value(|b| b[1] = Some(answer.body.clone()));
        self.data.scored.set(Some(Arc::new(Scored {
            name: name.clone(),
            report: report.clone(),
        })));
        self.view.step.set(Step::Predict);
        self.tell(Notice::Report(Reported {
            report,
            body: answer.body,
            name,
        }));
        Ok(())
    }
}

fn predict_request(model: ModelId, dataset: DatasetId) -> Request {
    Request::Predict {
        model,
        dataset,
        n_rows: Some(SHOWN),
        csv: true,
    }
}
