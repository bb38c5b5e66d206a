//! Settings of each model that is trained: they go to `learner_params`, by learner and name.
use crate::{
    base::{Named, ParamSpec, Params, Range, Value},
    report::{Catalog, LearnerCard},
    ui::{
        i18n::{Arg, fill, learner, param, param_why},
        parts::Form,
        relevance::text_of,
        state::Ui,
    },
};
use leptos::prelude::*;
use std::{borrow::Cow, sync::Arc};

const LEARNER_PARAMS: &str = "learner_params";
/// Set for all models at once, by the engine itself, or without a meaning for two classes.
const NOT_HERE: &[&str] = &[
    "class_weight",
    "first_estimator",
    "partial",
    "objective",
    "probability",
    "cache_size",
    // One number per column after preparation, whose order nobody sees.
    "monotone_constraints",
];
const NOT_OF: &[(&str, &str)] = &[("boosting", "alpha"), ("svm", "epsilon")];
/// Learners that ask others.
const TEAMS: &[&str] = &["voting", "stacking"];

fn choosable(catalog: &Catalog, analysis: &str) -> Vec<Cow<'static, str>> {
    let analysis = catalog.analyses.iter().find(|a| a.id == analysis);
    let spec = analysis.and_then(|a| a.params.iter().find(|p| p.name == "learners"));
    match spec.map(|s| &s.range) {
        Some(Range::Choices { options }) => options.to_vec(),
        _ => Vec::new(),
    }
}

/// Learners that will be trained.
fn chosen(catalog: &Catalog, analysis: &str, params: &Params) -> Vec<String> {
    match params.get("learners") {
        Some(Value::List(ids)) => ids.iter().filter_map(text_of).collect(),
        _ => {
            let options = choosable(catalog, analysis);
            let cards = catalog.learners.iter();
            let cards = cards.filter(|l| l.by_default && options.iter().any(|o| *o == l.id));
            cards.map(|l| l.id.clone()).collect()
        }
    }
}

/// A learner's parameters as a person may set them here.
fn specs(catalog: &Catalog, analysis: &str, card: &LearnerCard) -> Vec<ParamSpec> {
    let here = card.params.iter().filter(|s| {
        let name = s.name.as_ref();
        !NOT_HERE.contains(&name) && !NOT_OF.contains(&(card.id.as_str(), name))
    });
    let solo = || -> Cow<'static, [Cow<'static, str>]> {
        let all = choosable(catalog, analysis).into_iter();
        all.filter(|o| !TEAMS.contains(&o.as_ref())).collect()
    };
    let suited = |mut spec: ParamSpec| {
        match (spec.name.as_ref(), &mut spec.range) {
            ("estimators", range) => *range = Range::Choices { options: solo() },
            ("final_estimator", range) => {
                let options = solo();
                let default = options.iter().position(|o| o == "logistic");
                *range = Range::Choice {
                    default: default.unwrap_or(0),
                    options,
                };
            }
            // For numbers only.
            ("criterion", Range::Choice { options, .. }) => {
                options.to_mut().retain(|o| o != "squared_error");
            }
            _ => {}
        }
        spec
    };
    here.cloned().map(suited).collect()
}

/// A map, empty where there is none.
pub(super) fn map_of(value: Option<&Value>) -> Named {
    match value {
        Some(Value::Map(map)) => map.clone(),
        _ => Named::new(),
    }
}

/// Sets `learner_params[id][name]`; what is empty then goes.
fn set(params: &mut Params, id: &str, name: &str, value: Option<Value>) {
    let mut all = map_of(params.get(LEARNER_PARAMS));
    let mut own = map_of(all.get(id));
    match value {
        Some(value) => own.insert(name.to_owned(), value),
        None => own.remove(name),
    };
    if own.is_empty() {
        all.remove(id);
    } else {
        all.insert(id.to_owned(), Value::Map(own));
    }
    if all.is_empty() {
        params.0.remove(LEARNER_PARAMS);
    } else {
        params.0.insert(LEARNER_PARAMS.to_owned(), Value::Map(all));
    }
}

fn one(ui: Ui, catalog: &Catalog, analysis: &'static str, card: &LearnerCard) -> AnyView {
    let t = ui.lang.texts();
    let (params, id) = (ui.data.params, card.id.clone());
    let own = {
        let id = id.clone();
        Memo::new(move |_| {
            let all = params.with(|p| map_of(p.get(LEARNER_PARAMS)));
            Params(map_of(all.get(&id)))
        })
    };
    let changed = move || {
        let n = own.with(|p| p.0.len());
        (n > 0).then(|| fill(ui.lang, t.n_changed, &[("n", Arg::Count(n as u64))]))
    };
    let name = learner(ui.lang, &id).to_owned();
    let form = Form::new(
        ui,
        &card.id,
        specs(catalog, analysis, card),
        own.into(),
        move |name, value| {
            params.update(|p| set(p, &id, name, value));
        },
    );
    // Folded fields are many: they are made when they are first looked at.
    let opened = RwSignal::new(false);
    view! {
        <details class="member" on:toggle=move |_| opened.set(true)>
            <summary>{name}{move || changed().map(|c| view! { <span class="pill">{c}</span> }.into_any())}</summary>
            {move || opened.get().then(|| form.all())}
        </details>
    }
    .into_any()
}

/// One fold per learner that will be trained and has something to set.
pub(super) fn members(ui: Ui, catalog: &Arc<Catalog>, analysis: &'static str) -> AnyView {
    let (params, lang) = (ui.data.params, ui.lang);
    let learners = {
        let catalog = catalog.clone();
        Memo::new(move |_| params.with(|p| chosen(&catalog, analysis, p)))
    };
    let catalog = catalog.clone();
    let folds = move || {
        let ids = learners.get();
        let cards = catalog.learners.iter();
        let cards =
            cards.filter(|l| ids.contains(&l.id) && !specs(&catalog, analysis, l).is_empty());
        cards
            .map(|l| one(ui, &catalog, analysis, l))
            .collect_view()
            .into_any()
    };
    view! {
        <fieldset class="group"><legend>{param(lang, LEARNER_PARAMS).to_owned()}</legend>
            <p class="small">{param_why(lang, "", LEARNER_PARAMS).to_owned()}</p>
            <div class="members">{move || folds()}</div>
        </fieldset>
    }
    .into_any()
}
