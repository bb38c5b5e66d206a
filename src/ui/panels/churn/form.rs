//! How to train: the models, how their settings are found, and the rest, grouped and folded.
use super::{costs::costs, members::members};
use crate::ui::{
    i18n::Texts,
    parts::{Form, held},
    state::{EngineState, Ui},
};
use leptos::prelude::*;

/// Chosen with the target on the Data page.
const ELSEWHERE: &[&str] = &["positive"];
/// Always in sight, below the models.
const PLAIN: &[&str] = &["search", "n_iter", "time_budget"];

type Group = (fn(&Texts) -> &'static str, &'static [&'static str]);

/// What is folded, in groups; what is in none of them comes last.
const GROUPS: &[Group] = &[
    (
        |t| t.group_validation,
        &["test_size", "split", "cv", "cv_repeats", "nested", "curves"],
    ),
    (|t| t.group_search, &["scoring", "C"]),
    (|t| t.group_imbalance, &["class_weight", "resampling"]),
    (
        |t| t.group_features,
        &[
            "feature_selection",
            "n_features_to_select",
            "native_features",
        ],
    ),
];

fn is_loose(name: &str) -> bool {
    let grouped = |g: &Group| g.1.contains(&name);
    name != "learners" && !PLAIN.contains(&name) && !GROUPS.iter().any(grouped)
}

/// The form; empty until the engine has said what it can do.
pub(super) fn form(ui: Ui, analysis: &'static str) -> AnyView {
    let t = ui.lang.texts();
    let EngineState::Ready(catalog) = ui.engine.get() else {
        return ().into_any();
    };
    let Some(card) = catalog.analyses.iter().find(|a| a.id == analysis) else {
        return ().into_any();
    };
    let here = card.params.iter();
    let here = here.filter(|s| !ELSEWHERE.contains(&s.name.as_ref()));
    let specs: Vec<_> = here.cloned().collect();
    let params = ui.data.params;
    let form = Form::new(ui, analysis, specs, params.into(), move |name, value| {
        params.update(|p| {
            match value {
                Some(value) => p.0.insert(name.to_owned(), value),
                None => p.0.remove(name),
            };
        });
    });
    let group = |title: &'static str, fields: AnyView| {
        view! { <fieldset class="group"><legend>{title}</legend>{fields}</fieldset> }.into_any()
    };
    let groups = GROUPS
        .iter()
        .map(|(title, names)| group(title(t), form.some(|n| names.contains(&n))))
        .collect_view();
    let first = view! { {form.some(|n| n == "learners")}{form.some(|n| PLAIN.contains(&n))} };
    let more = view! { {groups}{group(t.group_other, form.some(is_loose))}{members(ui, &catalog, analysis)} };
    view! {
        {held(ui, "params", first.into_any())}
        {costs(ui, analysis).map(|it| held(ui, "costs", it))}
        <details class="more"><summary>{t.train_advanced}</summary>{held(ui, "params", more.into_any())}</details>
    }
    .into_any()
}
