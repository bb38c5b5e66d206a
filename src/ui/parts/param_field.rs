//! Forms drawn from the catalogue's parameter descriptions.
use super::{Choice, Item, checklist, follow, parse_number, pick};
use crate::{
    base::{ParamSpec, Params, Range, Value},
    ui::{
        i18n::{
            Arg, Lang, Style, fill, learner_why, number, option, option_why, param_in, param_why,
        },
        plain,
        relevance::{default_of, matters, text_of},
        state::{EngineState, Ui},
    },
};
use leptos::prelude::*;
use std::sync::Arc;

/// Takes a changed value; `None` is the default again.
type Set = StoredValue<Box<dyn Fn(&str, Option<Value>)>, LocalStorage>;

/// A form: fields of an owner's parameters, which may be drawn in several places.
#[derive(Clone)]
pub struct Form {
    ui: Ui,
    owner: Arc<str>,
    specs: Arc<[ParamSpec]>,
    params: Signal<Params>,
    set: Set,
}

impl Form {
    /// A form for the parameters `specs` of `owner`, reading `params` and writing through `set`.
    pub fn new(
        ui: Ui,
        owner: &str,
        specs: Vec<ParamSpec>,
        params: Signal<Params>,
        set: impl Fn(&str, Option<Value>) + 'static,
    ) -> Self {
        Self {
            ui,
            owner: owner.into(),
            specs: specs.into(),
            params,
            set: StoredValue::new_local(Box::new(set)),
        }
    }

    /// All fields.
    pub fn all(&self) -> AnyView {
        self.some(|_| true)
    }

    /// The fields of some parameters, in the order of the catalogue. One that does nothing with the present values of
    /// the others is not shown.
    pub fn some(&self, which: impl Fn(&str) -> bool) -> AnyView {
        let fields = self
            .specs
            .iter()
            .filter(|s| which(&s.name))
            .map(|spec| self.field(spec.clone()))
            .collect_view();
        view! { <div class="controls">{fields}</div> }.into_any()
    }

    fn field(&self, spec: ParamSpec) -> AnyView {
        let form = self.clone();
        let (name, specs, params) = (spec.name.clone(), self.specs.clone(), self.params);
        let shown = Memo::new(move |_| params.with(|p| matters(&name, &specs, p)));
        follow(move || shown.get().then(|| field(&form, spec.clone())))
    }
}

/// Numbers of a list typed with spaces or commas between them; a decimal comma is not one.
fn parse_list(text: &str) -> Vec<f64> {
    text.split([' ', ',', ';', '，', '、'])
        .filter_map(|s| parse_number(s.trim()))
        .collect()
}

fn hint(lang: Lang, range: &Range) -> Option<String> {
    let short = |v: f64| number(lang, v, Style::Short);
    let bounds = |min: f64, max: f64| {
        // Bounds that only keep nonsense out are not worth reading.
        (max.abs() < 1e4).then(|| {
            let (min, max) = (short(min), short(max));
            let args = [("min", Arg::Text(&min)), ("max", Arg::Text(&max))];
            fill(lang, lang.texts().between, &args)
        })
    };
    match range {
        Range::Float { min, max, .. } => bounds(*min, *max),
        Range::Int { min, max, .. } => bounds(*min as f64, *max as f64),
        Range::Floats { .. } => Some(lang.texts().numbers_hint.to_owned()),
        _ => None,
    }
}

/// Who is in a team of learners when nobody is chosen.
const TEAM: &[&str] = &["logistic", "forest", "boosting"];

/// What is checked when nothing was chosen.
fn default_choices(ui: Ui, name: &str, options: &[String]) -> Vec<String> {
    match (name, ui.engine.get_untracked()) {
        ("learners", EngineState::Ready(catalog)) => {
            let is_default = |id: &&String| {
                let card = catalog.learners.iter().find(|l| l.id == **id);
                card.is_some_and(|l| l.by_default)
            };
            options.iter().filter(is_default).cloned().collect()
        }
        ("estimators", _) => {
            let in_team = |id: &&String| TEAM.contains(&id.as_str());
            options.iter().filter(in_team).cloned().collect()
        }
        _ => options.to_vec(),
    }
}

fn choices(form: &Form, name: String, options: Vec<String>) -> AnyView {
    let (lang, params, set) = (form.ui.lang, form.params, form.set);
    let default = default_choices(form.ui, &name, &options);
    let (mut first, rest): (Vec<_>, Vec<_>) =
        options.into_iter().partition(|o| default.contains(o));
    first.extend(rest);
    let items = first.into_iter().map(|id| Item {
        name: option(lang, &name, &id).to_owned(),
        why: if name == "learners" {
            learner_why(lang, &id).to_owned()
        } else {
            String::new()
        },
        id,
    });
    let items = items.collect();
    let label = param_in(lang, &form.owner, &name).to_owned();
    let why = param_why(lang, &form.owner, &name).to_owned();
    let (key, otherwise) = (name.clone(), default.clone());
    let chosen = Signal::derive(move || match params.with(|p| p.get(&key).cloned()) {
        Some(Value::List(vs)) => vs.iter().filter_map(text_of).collect(),
        Some(Value::Text(v)) => v.split(',').map(str::to_owned).collect(),
        _ => otherwise.clone(),
    });
    checklist(label, why, items, chosen, move |kept: Vec<String>| {
        let same = kept.len() == default.len() && kept.iter().all(|k| default.contains(k));
        // A list would be several values to try, one after the other; a team is one value.
        let value = if name == "estimators" {
            Value::from(kept.join(","))
        } else {
            Value::from(kept)
        };
        set.with_value(|set| set(&name, (!same).then_some(value)));
    })
}

fn field(form: &Form, spec: ParamSpec) -> AnyView {
    let (lang, params, put) = (form.ui.lang, form.params, form.set);
    let set = move |name: &str, value: Option<Value>| put.with_value(|set| set(name, value));
    let name = spec.name.to_string();
    let owner = &form.owner;
    let label = param_in(lang, owner, &name).to_owned();
    let why = param_why(lang, owner, &name).to_owned();
    let (key, default) = (name.clone(), default_of(&spec.range));
    let value = Signal::derive(move || {
        let given = params.with(|p| p.get(&key).and_then(text_of));
        given.unwrap_or_else(|| default.clone())
    });
    let shown = move || value.get();
    let key = name.clone();
    let small = [
        Some(why.clone()).filter(|w| !w.is_empty()),
        hint(lang, &spec.range),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(" ");
    let small =
        (!small.is_empty()).then(|| view! { <span class="small">{small}</span> }.into_any());
    match spec.range {
        Range::Flag { default } => {
            let on = move || value.with(|v| v == "true");
            let change = move |e| {
                let v = event_target_checked(&e);
                set(&name, (v != default).then_some(Value::Flag(v)));
            };
            view! {
                <label class="check" data-param=key><input type="checkbox" prop:checked=on on:change=change/><span>{label}{small}</span></label>
            }
            .into_any()
        }
        Range::Choice { options, default } => {
            let default = options
                .get(default)
                .map(|o| o.to_string())
                .unwrap_or_default();
            let choices = options
                .iter()
                .map(|o| Choice::new(o.to_string(), option(lang, &name, o)))
                .collect();
            let of = name.clone();
            let small = move || {
                let of_choice = value.with(|v| option_why(lang, &of, v));
                if of_choice.is_empty() {
                    why.clone()
                } else {
                    of_choice.to_owned()
                }
            };
            let change = move |v: String| set(&name, (v != default).then_some(Value::Text(v)));
            let never = Signal::stored(false);
            view! { <label class="field" data-param=key><span>{label}</span>{pick(None, choices, value, never, change)}<span class="small">{move || small()}</span></label> }
                .into_any()
        }
        Range::Choices { options } => {
            choices(form, name, options.iter().map(|o| o.to_string()).collect())
        }
        Range::Float { min, max, default } => {
            let change = move |e| {
                let v = parse_number(&event_target_value(&e)).filter(|v| v.is_finite());
                set(
                    &name,
                    v.filter(|v| *v != default)
                        .map(|v| Value::Float(v.max(min).min(max))),
                );
            };
            view! {
                <label class="field" data-param=key><span>{label}</span>
                    <input type="number" step="any" min=plain(min) max=plain(max) prop:value=shown on:change=change/>{small}</label>
            }
            .into_any()
        }
        Range::Int { min, max, default } => {
            let change = move |e| {
                let v = event_target_value(&e).parse::<i64>().ok();
                set(
                    &name,
                    v.filter(|v| *v != default)
                        .map(|v| Value::Int(v.clamp(min, max))),
                );
            };
            view! {
                <label class="field" data-param=key><span>{label}</span>
                    <input type="number" step="1" min=min.to_string() max=max.to_string() prop:value=shown on:change=change/>{small}</label>
            }
            .into_any()
        }
        Range::Text => {
            let change = move |e| {
                let v = event_target_value(&e).trim().to_owned();
                set(&name, (!v.is_empty()).then_some(Value::Text(v)));
            };
            view! {
                <label class="field" data-param=key><span>{label}</span><input type="text" prop:value=shown on:change=change/>{small}</label>
            }
            .into_any()
        }
        Range::Floats { min, max } => {
            let change = move |e| {
                let list: Vec<f64> = parse_list(&event_target_value(&e))
                    .into_iter()
                    .map(|v| v.max(min).min(max))
                    .collect();
                set(&name, (!list.is_empty()).then(|| Value::from(list)));
            };
            view! {
                <label class="field" data-param=key><span>{label}</span><input type="text" inputmode="decimal" prop:value=shown on:change=change/>{small}</label>
            }
            .into_any()
        }
    }
}
