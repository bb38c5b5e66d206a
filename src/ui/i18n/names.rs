//! Names of things the engine lists by id. An id without a name shows as itself, so a new registry entry needs no edit here.
//!
//! A language is one text: lines of `kind id|name|explanation`. The id of a parameter may be qualified by the learner or
//! analysis it belongs to (`mlp.alpha`), that of an option by its parameter (`penalty:none`).
use super::Lang;

fn find(lang: Lang, kind: &str, scope: &str, joint: &str, id: &str) -> Option<[&'static str; 2]> {
    lang.names().lines().find_map(|line| {
        let rest = line.strip_prefix(kind)?.strip_prefix(' ')?;
        let rest = rest.strip_prefix(scope)?.strip_prefix(joint)?;
        let (name, why) = rest.strip_prefix(id)?.strip_prefix('|')?.split_once('|')?;
        Some([name, why])
    })
}

fn look_up<'a>(lang: Lang, kind: &str, id: &'a str) -> [&'a str; 2] {
    find(lang, kind, "", "", id).unwrap_or([id, ""])
}

fn look_up_in<'a>(lang: Lang, kind: &str, scope: &str, joint: &str, id: &'a str) -> [&'a str; 2] {
    find(lang, kind, scope, joint, id).unwrap_or_else(|| look_up(lang, kind, id))
}

/// A learner's name.
pub fn learner(lang: Lang, id: &str) -> &str {
    look_up(lang, "learner", id)[0]
}

/// What a learner does; empty when unknown.
pub fn learner_why(lang: Lang, id: &str) -> &str {
    look_up(lang, "learner", id)[1]
}

/// A metric's name.
pub fn metric(lang: Lang, key: &str) -> &str {
    look_up(lang, "metric", key)[0]
}

/// What a metric means; empty when unknown.
pub fn metric_why(lang: Lang, key: &str) -> &str {
    look_up(lang, "metric", key)[1]
}

/// A parameter's name, wherever it belongs.
pub fn param(lang: Lang, name: &str) -> &str {
    look_up(lang, "param", name)[0]
}

/// The name of a parameter of a learner or analysis.
pub fn param_in<'a>(lang: Lang, owner: &str, name: &'a str) -> &'a str {
    look_up_in(lang, "param", owner, ".", name)[0]
}

/// What it does; empty when unknown.
pub fn param_why<'a>(lang: Lang, owner: &str, name: &'a str) -> &'a str {
    look_up_in(lang, "param", owner, ".", name)[1]
}

/// Name of a choice of the parameter `param`; learners are choices too.
pub fn option<'a>(lang: Lang, param: &str, id: &'a str) -> &'a str {
    find(lang, "option", param, ":", id).map_or_else(|| learner(lang, id), |[name, _]| name)
}

/// What a choice means; empty when there is nothing to say.
pub fn option_why(lang: Lang, param: &str, id: &str) -> &'static str {
    find(lang, "option", param, ":", id).map_or("", |[_, why]| why)
}

/// Head of a report's column.
pub fn head(lang: Lang, key: &str) -> &str {
    look_up(lang, "head", key)[0]
}

/// Title of a report's table.
pub fn table(lang: Lang, key: &str) -> &str {
    look_up(lang, "table", key)[0]
}

/// What it holds; empty when unknown.
pub fn table_why(lang: Lang, key: &str) -> &str {
    look_up(lang, "table", key)[1]
}

/// What a figure is for; empty when unknown.
pub fn figure_why(lang: Lang, kind: &str) -> &'static str {
    find(lang, "figure", "", "", kind).map_or("", |[_, why]| why)
}

/// An action of a playbook in words; a person's own words stay as they are.
pub fn action(lang: Lang, id: &str) -> &str {
    look_up(lang, "action", id)[0]
}

/// What it means; empty for a person's own words.
pub fn action_why(lang: Lang, id: &str) -> &str {
    look_up(lang, "action", id)[1]
}

/// Name of a recipe step.
pub fn transform(lang: Lang, id: &str) -> &str {
    look_up(lang, "transform", id)[0]
}

/// What a recipe step does; empty when unknown.
pub fn transform_why(lang: Lang, id: &str) -> &str {
    look_up(lang, "transform", id)[1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Lines of names alone.
    fn lines(lang: Lang) -> impl Iterator<Item = &'static str> {
        let is_name = |l: &&str| {
            !["text ", "chart ", "other "]
                .iter()
                .any(|k| l.starts_with(k))
        };
        lang.names().lines().filter(is_name)
    }

    fn ids(lang: Lang) -> Vec<&'static str> {
        lines(lang).map(|l| l.split('|').next().unwrap()).collect()
    }

    #[test]
    fn every_language_names_the_same_things_once() {
        assert_eq!(ids(Lang::En), ids(Lang::Zh));
        let all = ids(Lang::En);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        for line in Lang::ALL.into_iter().flat_map(lines) {
            let parts: Vec<&str> = line.split('|').collect();
            assert_eq!(parts.len(), 3, "{line}");
            assert!(!parts[1].is_empty(), "{line}");
            assert!(
                line.starts_with("option ") || line.starts_with("head ") || !parts[2].is_empty(),
                "{line}"
            );
        }
    }

    #[test]
    fn a_name_of_its_own_comes_before_the_common_one() {
        assert_eq!(param_in(Lang::En, "mlp", "alpha"), "Weight decay");
        assert_eq!(param_in(Lang::En, "linear", "alpha"), "Penalty alpha");
        assert_eq!(option(Lang::En, "penalty", "none"), "None");
        assert_eq!(option(Lang::En, "drop", "none"), "No");
        assert_eq!(
            option(Lang::En, "learners", "logistic"),
            "Logistic regression"
        );
        assert_eq!(option(Lang::En, "activation", "logistic"), "Sigmoid");
    }

    #[test]
    fn playbooks_have_words() {
        for lang in Lang::ALL {
            for id in crate::base::ACTIONS {
                assert_ne!(action(lang, id), *id);
                assert_ne!(action_why(lang, id), "");
            }
            for id in crate::base::SUBJECTS {
                assert_ne!(option(lang, "about", id), *id);
            }
        }
        assert_eq!(action(Lang::En, "Ring twice"), "Ring twice");
    }

    #[test]
    fn unknown_ids_show_as_themselves() {
        assert_eq!(learner(Lang::Zh, "oracle"), "oracle");
        assert_eq!(metric_why(Lang::En, "new_metric"), "");
        // No prefix of an id is taken for it.
        assert_eq!(param(Lang::En, "n"), "n");
        assert_eq!(param(Lang::En, "learn"), "learn");
    }
}

#[cfg(all(test, feature = "engine"))]
mod catalogue {
    use super::*;
    use crate::{
        base::{ParamSpec, Range},
        engine::catalog,
        evaluate::scoring::Scoring,
    };

    /// Set by the engine alone, never by a person.
    const INTERNAL: &[&str] = &["first_estimator", "partial"];

    fn unnamed(lang: Lang, owner: &str, specs: &[ParamSpec]) -> Vec<String> {
        let mut missing = Vec::new();
        for spec in specs
            .iter()
            .filter(|s| !INTERNAL.contains(&s.name.as_ref()))
        {
            let name = spec.name.as_ref();
            let known =
                find(lang, "param", owner, ".", name).or_else(|| find(lang, "param", "", "", name));
            if known.is_none() {
                missing.push(format!("{} {owner}.{name}", lang.tag()));
            }
            let options = match &spec.range {
                Range::Choice { options, .. } | Range::Choices { options } => options.as_ref(),
                _ => &[],
            };
            for id in options {
                let option = find(lang, "option", name, ":", id)
                    .or_else(|| find(lang, "learner", "", "", id));
                if option.is_none() {
                    missing.push(format!("{} {owner}.{name}: {id}", lang.tag()));
                }
            }
        }
        missing
    }

    #[test]
    fn everything_in_the_catalogue_has_a_name() {
        let catalog = catalog();
        let mut missing = Vec::new();
        for lang in Lang::ALL {
            for card in &catalog.analyses {
                missing.extend(unnamed(lang, &card.id, &card.params));
            }
            for card in &catalog.learners {
                missing.extend(unnamed(lang, &card.id, &card.params));
                if find(lang, "learner", "", "", &card.id).is_none() {
                    missing.push(format!("{} learner {}", lang.tag(), card.id));
                }
            }
            for card in &catalog.transforms {
                missing.extend(unnamed(lang, &card.id, &card.params));
                if find(lang, "transform", "", "", &card.id).is_none() {
                    missing.push(format!("{} transform {}", lang.tag(), card.id));
                }
            }
            for score in Scoring::ALL {
                if find(lang, "metric", "", "", score.id()).is_none() {
                    missing.push(format!("{} metric {}", lang.tag(), score.id()));
                }
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
        assert!(catalog.learners.len() > 10 && catalog.analyses.len() > 1);
    }
}
