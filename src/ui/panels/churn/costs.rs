//! What a contact costs and brings, stated before a run: it goes to `costs`, by name.
use super::members::map_of;
use crate::{
    base::{COSTS, ColumnKind, Error, ParamReason, Params, Value},
    ui::{
        i18n::error,
        parts::{follow, parse_number},
        plain,
        state::Ui,
    },
};
use leptos::prelude::*;

/// What keeps nonsense out; the engine has the same.
const MOST: f64 = 1e12;

/// A number somebody states: its name, what it is multiplied by where it is shown, and how large it may be there.
#[derive(Clone, Copy)]
struct Amount {
    name: &'static str,
    param: &'static str,
    scale: f64,
    max: f64,
}

const CONTACT: Amount = Amount {
    name: "contact",
    param: "costs.contact",
    scale: 1.0,
    max: MOST,
};
const SUCCESS: Amount = Amount {
    name: "success",
    param: "costs.success",
    scale: 100.0,
    max: 100.0,
};
const VALUE: Amount = Amount {
    name: "value",
    param: "costs.value",
    ..CONTACT
};
const CAPACITY: Amount = Amount {
    name: "capacity",
    param: "costs.capacity",
    max: 9e15,
    ..CONTACT
};

impl Amount {
    /// What was typed as a value; none where nothing was.
    fn read(self, text: &str) -> Result<Option<Value>, Error> {
        let wrong = |expected: &'static str| Error::Param {
            param: self.param.into(),
            reason: ParamReason::WrongType {
                expected: expected.into(),
            },
        };
        if text.is_empty() {
            return Ok(None);
        }
        let v = parse_number(text).ok_or_else(|| wrong("number"))?;
        if !(v >= 0.0 && v <= self.max) {
            return Err(Error::out_of_range(self.param, 0.0, self.max));
        }
        if self.name != CAPACITY.name {
            return Ok(Some(Value::Float(v / self.scale)));
        }
        if v % 1.0 != 0.0 {
            return Err(wrong("whole number"));
        }
        Ok(Some(Value::Int(v as i64)))
    }

    fn written(self, params: &Params) -> Option<String> {
        let v = match map_of(params.get(COSTS)).get(self.name)? {
            Value::Float(v) => *v,
            Value::Int(v) => *v as f64,
            _ => return None,
        };
        Some(plain((v * self.scale * 1e6).round() / 1e6))
    }
}

/// Sets `costs[name]`; what is empty then goes.
fn set(params: RwSignal<Params>, name: &str, value: Option<Value>) {
    params.update(|p| {
        let mut costs = map_of(p.get(COSTS));
        match value {
            Some(value) => costs.insert(name.to_owned(), value),
            None => costs.remove(name),
        };
        if costs.is_empty() {
            p.0.remove(COSTS);
        } else {
            p.0.insert(COSTS.to_owned(), Value::Map(costs));
        }
    });
}

/// A field that says beside itself what is wrong with it. What is wrong counts as not stated.
fn number(ui: Ui, of: Amount, label: &'static str, why: &'static str) -> AnyView {
    let params = ui.data.params;
    let refused = RwSignal::new(None::<String>);
    // What was typed stays where it was refused.
    let typed = RwSignal::new(String::new());
    let shown = move || {
        let given = params.with(|p| of.written(p));
        match refused.with(Option::is_some) {
            true => typed.get(),
            false => given.unwrap_or_default(),
        }
    };
    let change = move |e: leptos::ev::Event| {
        let text = event_target_value(&e).trim().to_owned();
        let read = of.read(&text);
        typed.set(text);
        refused.set(read.as_ref().err().map(|e| error(ui.lang, e)));
        set(params, of.name, read.ok().flatten());
    };
    let invalid = move || refused.with(Option::is_some).then_some("true");
    view! {
        <label class="field" data-cost=of.name><span>{label}</span>
            <input type="text" inputmode="decimal" aria-invalid=invalid prop:value=shown on:change=change/>
            <span>{why}</span>
            {follow(move || refused.get().map(|said| view! { <span class="wrong" role="alert">{said}</span> }.into_any()))}
        </label>
    }
    .into_any()
}

/// What a customer is worth: a column, or the same for everybody.
fn value(ui: Ui) -> AnyView {
    const SAME: &str = "#";
    let t = ui.lang.texts();
    let params = ui.data.params;
    let chosen = Memo::new(move |_| {
        params.with(|p| match map_of(p.get(COSTS)).get(VALUE.name) {
            Some(Value::Text(column)) => column.clone(),
            Some(_) => SAME.to_owned(),
            None => String::new(),
        })
    });
    // A number that is refused counts as not stated; its field stays.
    let same = RwSignal::new(chosen.get_untracked() == SAME);
    // A view that is restored brings another.
    Effect::new(move |_| match chosen.get().as_str() {
        "" => {}
        column => same.set(column == SAME),
    });
    let columns = ui.data.loaded.with_untracked(|l| {
        let of = |l: &std::sync::Arc<crate::ui::state::Loaded>| -> Vec<String> {
            let is_number = |kind| matches!(kind, ColumnKind::Float | ColumnKind::Int);
            let all = l.profile.columns.iter();
            all.filter(|c| is_number(c.field.kind))
                .map(|c| c.field.name.clone())
                .collect()
        };
        l.as_ref().map(of).unwrap_or_default()
    });
    let options = [
        (String::new(), t.cost_value_guess.to_owned()),
        (SAME.to_owned(), t.cost_value_same.to_owned()),
    ];
    let options = options
        .into_iter()
        .chain(columns.into_iter().map(|c| (c.clone(), c)));
    let options = options.map(|(value, label)| {
        let mine = value.clone();
        let is = move || match same.get() {
            true => mine == SAME,
            false => chosen.with(|c| *c == mine),
        };
        view! { <option value=value selected=is>{label}</option> }.into_any()
    });
    let change = move |e: leptos::ev::Event| {
        let to = event_target_value(&e);
        same.set(to == SAME);
        let value = match to.as_str() {
            "" => None,
            SAME => Some(Value::Float(1.0)),
            _ => Some(Value::Text(to)),
        };
        set(params, VALUE.name, value);
    };
    let amount = follow(move || same.get().then(|| number(ui, VALUE, t.cost_amount, "")));
    view! {
        <label class="field" data-cost="value-of"><span>{t.cost_value}</span>
            <select on:change=change>{options.collect_view()}</select>
            <span>{t.cost_value_why}</span>
        </label>
        {amount}
    }
    .into_any()
}

/// The group of them; nothing where the target is known not to have two classes.
pub(super) fn costs(ui: Ui, analysis: &'static str) -> Option<AnyView> {
    if analysis != "churn" && ui.data.classes().len() != 2 {
        return None;
    }
    let t = ui.lang.texts();
    let group = view! {
        <fieldset class="group"><legend>{t.costs_title}</legend>
            <div class="controls costs">
                {number(ui, CONTACT, t.cost_contact, t.cost_contact_why)}
                {number(ui, SUCCESS, t.cost_success, t.cost_success_why)}
                {value(ui)}
                {number(ui, CAPACITY, t.cost_capacity, t.cost_capacity_why)}
            </div>
        </fieldset>
    };
    Some(group.into_any())
}
