//! Forms drawn from the catalogue's parameter descriptions.
use super::{Choice, pick};
use crate::{
    base::{ParamSpec, Params, Range, Value},
    ui::{
        i18n::{Arg, Lang, Style, fill, number, option, param, param_why},
        state::Ui,
    },
};
use leptos::prelude::*;

/// Takes a changed value; `None` is the default again.
type Set = std::rc::Rc<dyn Fn(&str, Option<Value>)>;

/// Fields for `specs`, reading `params` and writing through `set`.
pub fn param_form(
    ui: Ui,
    specs: &[ParamSpec],
    params: Signal<Params>,
    set: impl Fn(&str, Option<Value>) + 'static,
) -> AnyView {
    let set: Set = std::rc::Rc::new(set);
    let fields = specs
        .iter()
        .map(|spec| field(ui, spec.clone(), params, set.clone()))
        .collect_view();
    view! { <div class="controls">{fields}</div> }.into_any()
}

fn plain(v: f64) -> String {
    v.to_string()
}

fn text_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Flag(v) => Some(v.to_string()),
        Value::Int(v) => Some(v.to_string()),
        Value::Float(v) => Some(plain(*v)),
        Value::Text(v) => Some(v.clone()),
        Value::List(vs) => Some(
            vs.iter()
                .filter_map(|v| text_of(Some(v)))
                .collect::<Vec<_>>()
                .join(" "),
        ),
        Value::Map(_) => None,
    }
}

/// Numbers of a list typed with spaces or commas between them; a decimal comma is not one.
fn parse_list(text: &str) -> Vec<f64> {
    text.split([' ', ',', ';', '，', '、'])
        .filter_map(|s| s.trim().parse().ok())
        .collect()
}

fn hint(lang: Lang, range: &Range) -> Option<String> {
    let short = |v: f64| number(lang, v, Style::Short);
    let bounds = |min: f64, max: f64| {
        // Bounds that only keep nonsense out are not worth reading.
        (max.abs() < 1e9).then(|| {
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

fn field(ui: Ui, spec: ParamSpec, params: Signal<Params>, set: Set) -> AnyView {
    let lang = ui.lang;
    let name = spec.name.to_string();
    let label = param(lang, &name).to_owned();
    let why = param_why(lang, owner, &name);
    let key = name.clone();
    let value = Signal::derive(move || params.with(|p| p.get(&key).cloned()));
    let small = [
        Some(why.to_owned()).filter(|w| !w.is_empty()),
        hint(lang, &spec.range),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(" ");
    let small = (!small.is_empty()).then(|| view! { <span class="small">{small}</span> });
    let never = Signal::stored(false);
    match spec.range {
        Range::Flag { default } => {
            let on = move || match value.get() {
                Some(Value::Flag(v)) => v,
                _ => default,
            };
            let change = move |e| {
                let v = event_target_checked(&e);
                set(&name, (v != default).then_some(Value::Flag(v)));
            };
            view! {
                <label class="check"><input type="checkbox" prop:checked=on on:change=change/><span>{label}{small}</span></label>
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
                .map(|o| Choice::new(o.to_string(), option(lang, o)))
                .collect();
            let first = default.clone();
            let shown = Signal::derive(move || {
                text_of(value.get().as_ref()).unwrap_or_else(|| first.clone())
            });
            let change = move |v: String| set(&name, (v != default).then_some(Value::Text(v)));
            view! { <label class="field"><span>{label}</span>{pick(None, choices, shown, never, change)}{small}</label> }
                .into_any()
        }
        Range::Choices { options } => {
            let all: Vec<String> = options.iter().map(|o| o.to_string()).collect();
            let chosen = {
                let all = all.clone();
                Signal::derive(move || match value.get() {
                    Some(Value::List(vs)) => vs.iter().filter_map(|v| text_of(Some(v))).collect(),
                    _ => all.clone(),
                })
            };
            let boxes = all
                .iter()
                .map(|id| {
                    let (all, id, set, name) = (all.clone(), id.clone(), set.clone(), name.clone());
                    let mine = id.clone();
                    let on = move || chosen.with(|c: &Vec<String>| c.contains(&mine));
                    let text = option(lang, &id).to_owned();
                    let change = move |e| {
                        let v = event_target_checked(&e);
                        let mut now = chosen.get_untracked();
                        now.retain(|c| *c != id);
                        if v {
                            now.push(id.clone());
                        }
                        let kept: Vec<Value> = all
                            .iter()
                            .filter(|a| now.contains(a))
                            .map(|a| Value::Text(a.clone()))
                            .collect();
                        set(&name, (kept.len() < all.len()).then_some(Value::List(kept)));
                    };
                    view! { <label class="check"><input type="checkbox" prop:checked=on on:change=change/><span>{text}</span></label> }
                })
                .collect_view();
            view! { <fieldset class="field wide"><legend>{label}</legend>{small}<div class="checks">{boxes}</div></fieldset> }
                .into_any()
        }
        Range::Float { min, max, default } => {
            let shown = move || text_of(value.get().as_ref()).unwrap_or_else(|| plain(default));
            let change = move |e| {
                let v = event_target_value(&e)
                    .parse::<f64>()
                    .ok()
                    .filter(|v| v.is_finite());
                set(
                    &name,
                    v.filter(|v| *v != default)
                        .map(|v| Value::Float(v.clamp(min, max))),
                );
            };
            view! {
                <label class="field"><span>{label}</span>
                    <input type="number" step="any" min=min.to_string() max=max.to_string() prop:value=shown on:change=change/>{small}</label>
            }
            .into_any()
        }
        Range::Int { min, max, default } => {
            let shown =
                move || text_of(value.get().as_ref()).unwrap_or_else(|| default.to_string());
            let change = move |e| {
                let v = event_target_value(&e).parse::<i64>().ok();
                set(
                    &name,
                    v.filter(|v| *v != default)
                        .map(|v| Value::Int(v.clamp(min, max))),
                );
            };
            view! {
                <label class="field"><span>{label}</span>
                    <input type="number" step="1" min=min.to_string() max=max.to_string() prop:value=shown on:change=change/>{small}</label>
            }
            .into_any()
        }
        Range::Text => {
            let shown = move || text_of(value.get().as_ref()).unwrap_or_default();
            let change = move |e| {
                let v = event_target_value(&e).trim().to_owned();
                set(&name, (!v.is_empty()).then_some(Value::Text(v)));
            };
            view! {
                <label class="field"><span>{label}</span><input type="text" prop:value=shown on:change=change/>{small}</label>
            }
            .into_any()
        }
        Range::Floats { min, max } => {
            let shown = move || text_of(value.get().as_ref()).unwrap_or_default();
            let change = move |e| {
                let list: Vec<f64> = parse_list(&event_target_value(&e))
                    .into_iter()
                    .map(|v| v.clamp(min, max))
                    .collect();
                set(&name, (!list.is_empty()).then(|| Value::from(list)));
            };
            view! {
                <label class="field"><span>{label}</span><input type="text" inputmode="decimal" prop:value=shown on:change=change/>{small}</label>
            }
            .into_any()
        }
    }
}
