//! Names of things the engine lists by id. An id without a name shows as itself, so a new registry entry needs no edit here.
use super::Lang;

/// Id, name, explanation.
type Named = (&'static str, &'static str, &'static str);

/// Names of one language.
#[derive(Debug)]
pub struct Names {
    /// Learners.
    pub learners: &'static [Named],
    /// Metrics.
    pub metrics: &'static [Named],
    /// Parameters.
    pub params: &'static [Named],
    /// Choices of parameters: id and name.
    pub options: &'static [(&'static str, &'static str)],
    /// Steps of a recipe.
    pub transforms: &'static [Named],
}

fn look_up<'a>(list: &'static [Named], id: &'a str) -> (&'a str, &'static str) {
    list.iter()
        .find(|(i, ..)| *i == id)
        .map_or((id, ""), |(_, name, why)| (*name, *why))
}

/// A learner's name.
pub fn learner(lang: Lang, id: &str) -> &str {
    look_up(lang.names().learners, id).0
}

/// What a learner does; empty when unknown.
pub fn learner_why(lang: Lang, id: &str) -> &'static str {
    look_up(lang.names().learners, id).1
}

/// A metric's name.
pub fn metric(lang: Lang, key: &str) -> &str {
    look_up(lang.names().metrics, key).0
}

/// What a metric means; empty when unknown.
pub fn metric_why(lang: Lang, key: &str) -> &'static str {
    look_up(lang.names().metrics, key).1
}

/// A parameter's name.
pub fn param(lang: Lang, name: &str) -> &str {
    look_up(lang.names().params, name).0
}

/// What a parameter does; empty when unknown.
pub fn param_why(lang: Lang, name: &str) -> &'static str {
    look_up(lang.names().params, name).1
}

/// Name of a choice.
pub fn option(lang: Lang, id: &str) -> &str {
    lang.names()
        .options
        .iter()
        .find(|(i, _)| *i == id)
        .map_or_else(|| learner(lang, id), |(_, name)| *name)
}

/// Name of a recipe step.
pub fn transform(lang: Lang, id: &str) -> &str {
    look_up(lang.names().transforms, id).0
}

/// What a recipe step does; empty when unknown.
pub fn transform_why(lang: Lang, id: &str) -> &'static str {
    look_up(lang.names().transforms, id).1
}
