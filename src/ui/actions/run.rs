//! Running an analysis.
use super::Actions;
use crate::{
    base::{COSTS, Error, Params, Range, Recipe, Result, Roles, Value},
    protocol::{Output, Request},
    report::{AnalysisCard, Cells, Module, Report},
    ui::{
        relevance::matters,
        root::{Notice, Reported},
        state::{EngineState, JobKind, ModelInUse, Step, Trained, Version, now_ms},
    },
};
use leptos::prelude::*;
use std::sync::Arc;

/// Any other target than who left.
pub(in crate::ui) const BEHAVIOUR: &str = "behaviour";
/// Settings of single learners, by learner.
const LEARNER_PARAMS: &str = "learner_params";

impl Actions {
    /// Runs an analysis on the open dataset. What is given here becomes what the forms show.
    ///
    /// # Errors
    /// What the analysis said, or [`Error::Unknown`] when no dataset is open.
    pub async fn run(
        self,
        analysis: String,
        roles: Option<Roles>,
        params: Params,
        recipe: Option<Recipe>,
    ) -> Result<Reported> {
        let loaded = self
            .data
            .loaded
            .try_get_untracked()
            .flatten()
            .ok_or_else(|| Error::Unknown {
                what: "dataset".into(),
                id: String::new(),
            })?;
        if let Some(roles) = roles {
            self.data.roles.set(roles);
        }
        let roles = self.data.roles.get_untracked();
        // A recipe on the screen is for the outcome that is learned.
        let is_study = self.is_study(&analysis);
        let recipe = if is_study {
            recipe
        } else {
            if recipe.is_some() {
                self.data.recipe.set(recipe);
            }
            self.data.recipe.get_untracked()
        };
        let name = loaded.profile.name.clone();
        let (report, model, body) = self
            .job(JobKind::Train, name.clone(), async |client, progress| {
                let model = client.new_model();
                let request = Request::Run {
                    analysis,
                    dataset: loaded.dataset,
                    roles,
                    params,
                    recipe,
                    model,
                };
                let answer = client.request(request, progress).await?;
                match answer.output {
                    Output::Report(report) => Ok((report, model, answer.body)),
                    _ => Err(Error::Protocol),
                }
            })
            .await?;
        let report = Arc::new(report);
        if is_study {
            let (id, body_of) = (report.analysis.clone(), body.clone());
            self.data.studies.update(|all| {
                all.retain(|s| s.0 != id);
                all.push((id, body_of));
            });
            let of = |s: &Step| s.id() == report.analysis;
            if let Some(step) = Step::ALL.into_iter().find(of) {
                self.view.step.set(step);
            }
            let reported = Reported { report, body, name };
            self.tell(Notice::Report(reported.clone()));
            return Ok(reported);
        }
        let threshold = report.threshold();
        self.view.threshold.set(threshold);
        if report.model.is_some() {
            self.data.model.set(Some(Arc::new(ModelInUse {
                id: model,
                analysis: report.analysis.clone(),
                learner: best_learner(&report),
                dataset: name.clone(),
                threshold,
                card: None,
            })));
            self.note_version(Version {
                key: self.version_key(model),
                id: model,
                name: String::new(),
                created: now_ms(),
                analysis: report.analysis.clone(),
                learner: best_learner(&report),
                dataset: name.clone(),
                rows: loaded.profile.n_rows,
                threshold,
                metrics: report
                    .metrics
                    .iter()
                    .map(|m| (m.key.clone(), m.value))
                    .collect(),
            });
            self.data.scored.set(None);
            self.list_the_open_one();
            self.data.csv.set_value(None);
        }
        self.data.bodies.update_value(|b| b[0] = Some(body.clone()));
        self.data.trained.set(Some(Arc::new(Trained {
            report: report.clone(),
        })));
        let step = if report.analysis == BEHAVIOUR {
            Step::Behaviour
        } else {
            Step::Churn
        };
        self.view.step.set(step);
        let reported = Reported { report, body, name };
        self.tell(Notice::Report(reported.clone()));
        Ok(reported)
    }

    /// Whether an analysis needs no outcome, and is of the second module.
    fn is_study(self, analysis: &str) -> bool {
        self.engine.with_untracked(|engine| match engine {
            EngineState::Ready(catalog) => {
                let card = catalog.analyses.iter().find(|a| a.id == analysis);
                card.is_some_and(|a| a.module == Module::Studies)
            }
            _ => false,
        })
    }

    /// Runs a study with what its form says.
    pub(in crate::ui) async fn study(self, analysis: &'static str) {
        let all = self.data.study_params.get_untracked();
        let mine = all.into_iter().find(|p| p.0 == analysis);
        let mut params = mine.map(|p| p.1).unwrap_or_default();
        if let EngineState::Ready(catalog) = self.engine.get_untracked()
            && let Some(card) = catalog.analyses.iter().find(|a| a.id == analysis)
        {
            let given = params.clone();
            params
                .0
                .retain(|name, _| matters(name, &card.params, &given));
        }
        // A failure is on the screen already.
        let _ = self.run(analysis.to_owned(), None, params, None).await;
    }

    /// Trains with what the forms say.
    pub(in crate::ui) async fn train(self, analysis: &'static str) {
        let mut params = self.data.params.get_untracked();
        if let Some(positive) = self.data.positive.get_untracked() {
            params = params.with("positive", positive);
        }
        // What was set for another choice and is out of sight now shall not count.
        if let EngineState::Ready(catalog) = self.engine.get_untracked()
            && let Some(card) = catalog.analyses.iter().find(|a| a.id == analysis)
        {
            let given = params.clone();
            params.0.retain(|name, value| {
                takes(card, name, value) && matters(name, &card.params, &given)
            });
        }
        // A failure is on the screen already.
        let _ = self.run(analysis.to_owned(), None, params, None).await;
    }
}

/// Whether an analysis takes a setting: both share what the person has set.
fn takes(card: &AnalysisCard, name: &str, value: &Value) -> bool {
    let spec = card.params.iter().find(|s| s.name == name);
    match (spec.map(|s| &s.range), value) {
        (Some(Range::Choice { options, .. }), Value::Text(v)) => options.iter().any(|o| o == v),
        (Some(_), _) => true,
        // Maps of their own, beside the catalogue's list.
        (None, _) => name == LEARNER_PARAMS || name == COSTS,
    }
}

/// Learner in the first row of the leaderboard.
pub(in crate::ui) fn best_learner(report: &Report) -> String {
    let cells = report
        .table("leaderboard")
        .and_then(|t| t.column("learner"));
    match cells {
        Some(Cells::Text(ids)) => ids.iter().flatten().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}
