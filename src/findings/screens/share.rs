//! Figures of groups that can be handed on: what is asked, what it costs, what came of it.
use crate::{
    findings::{Pane, bridge::event, chart::save_csv, shown::to_csv},
    protocol::{Event, Groups, Output},
    ui::{
        i18n::{Arg, Lang, Style, fill, number},
        parts::{Choice, Col, button, data_table, follow, parse_number, pick},
        plain,
    },
};
use js_sys::{Array, Float64Array, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};

/// What the page says of the open file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::findings) struct Open {
    pub(in crate::findings) dataset: u32,
    /// Columns that group, and columns of numbers.
    pub(in crate::findings) groups: Vec<String>,
    pub(in crate::findings) numbers: Vec<String>,
    /// Column of the ids, and the outcome: column and level.
    pub(in crate::findings) id: Option<String>,
    pub(in crate::findings) outcome: Option<(String, String)>,
}

/// What the person has set.
#[derive(Clone, Copy)]
struct Form {
    by: RwSignal<String>,
    value: RwSignal<String>,
    low: RwSignal<Option<f64>>,
    high: RwSignal<Option<f64>>,
    epsilon: RwSignal<Option<f64>>,
    size: RwSignal<Option<f64>>,
    kind: RwSignal<String>,
    outcome: RwSignal<bool>,
}

impl Form {
    fn asked(self, open: &Open) -> Object {
        let asked = Object::new();
        let set = |to: &Object, key: &str, value: JsValue| {
            // Setting a key of a fresh object cannot fail.
            let _ = Reflect::set(to, &key.into(), &value);
        };
        let number = |v: Option<f64>| v.map_or(JsValue::UNDEFINED, JsValue::from);
        set(&asked, "by", self.by.get_untracked().into());
        if let Some((column, label)) = open
            .outcome
            .as_ref()
            .filter(|_| self.outcome.get_untracked())
        {
            let it = Object::new();
            set(&it, "column", column.as_str().into());
            set(&it, "label", label.as_str().into());
            set(&asked, "outcome", it.into());
        }
        let column = self.value.get_untracked();
        if !column.is_empty() {
            let it = Object::new();
            set(&it, "column", column.into());
            set(&it, "low", number(self.low.get_untracked()));
            set(&it, "high", number(self.high.get_untracked()));
            set(&asked, "value", it.into());
        }
        set(&asked, "id", open.id.clone().unwrap_or_default().into());
        set(&asked, "epsilon", number(self.epsilon.get_untracked()));
        set(&asked, "minSize", number(self.size.get_untracked()));
        set(
            &asked,
            "gaussian",
            (self.kind.get_untracked() == "gaussian").into(),
        );
        asked
    }
}

fn amount(label: &'static str, name: &'static str, now: RwSignal<Option<f64>>) -> AnyView {
    let set = move |e: leptos::ev::Event| now.set(parse_number(event_target_value(&e).trim()));
    view! {
        <label class="field" data-share=name><span>{label}</span>
            <input type="number" step="any" inputmode="decimal" prop:value=move || now.get().map(plain).unwrap_or_default() on:change=set/></label>
    }
    .into_any()
}

fn chosen(label: &'static str, choices: Vec<Choice>, now: RwSignal<String>) -> AnyView {
    let select = pick(None, choices, now.into(), Signal::stored(false), move |v| {
        now.set(v)
    });
    view! { <label class="field"><span>{label}</span>{select}</label> }.into_any()
}

/// Spent and in all, of epsilon.
fn budget(pane: Pane, dataset: u32) -> Option<(f64, f64)> {
    let found = pane
        .bridge
        .ask_now("budget", &Array::of1(&dataset.into()))?;
    let found: Float64Array = found.dyn_into().ok()?;
    (found.length() == 4).then(|| (found.get_index(0), found.get_index(1)))
}

/// The screen.
pub(super) fn share(pane: Pane, open: Open) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let named = |list: &[String]| -> Vec<Choice> {
        list.iter()
            .map(|c| Choice::new(c.clone(), c.clone()))
            .collect()
    };
    let form = Form {
        by: RwSignal::new(open.groups.first().cloned().unwrap_or_default()),
        value: RwSignal::new(String::new()),
        low: RwSignal::new(Some(0.0)),
        high: RwSignal::new(None),
        epsilon: RwSignal::new(Some(1.0)),
        size: RwSignal::new(Some(10.0)),
        kind: RwSignal::new("laplace".to_owned()),
        outcome: RwSignal::new(open.outcome.is_some()),
    };
    let (answer, refused) = (RwSignal::new(None::<Groups>), RwSignal::new(None::<String>));
    let (busy, spent) = (RwSignal::new(false), RwSignal::new(0_u32));
    let dataset = open.dataset;
    let left = move || {
        spent.track();
        let (used, total) = budget(pane, dataset)?;
        let score = |v| number(lang, v, Style::Short);
        let (used, total) = (score(used), score(total));
        let args = [("spent", Arg::Text(&used)), ("total", Arg::Text(&total))];
        Some(fill(lang, t.share_budget, &args))
    };
    let outcome = open.outcome.clone().map(|(column, label)| {
        let args = [("column", Arg::Text(&column)), ("label", Arg::Text(&label))];
        let said = fill(lang, t.share_outcome, &args);
        view! {
            <label class="check"><input type="checkbox" prop:checked=move || form.outcome.get()
                on:change=move |e| form.outcome.set(event_target_checked(&e))/><span>{said}</span></label>
        }
        .into_any()
    });
    let mut values = vec![Choice::new("", t.share_no_value)];
    values.extend(named(&open.numbers));
    let bounds = follow(move || {
        form.value.with(|v| !v.is_empty()).then(|| {
            view! { {amount(t.share_low, "low", form.low)}{amount(t.share_high, "high", form.high)}<p class="small wide">{t.share_bounds_why}</p> }
                .into_any()
        })
    });
    let kinds = vec![
        Choice::new("laplace", t.share_laplace),
        Choice::new("gaussian", t.share_gaussian),
    ];
    let groups = named(&open.groups);
    let go = move || {
        let asked = form.asked(&open);
        busy.set(true);
        refused.set(None);
        leptos::task::spawn_local(async move {
            let args = Array::of2(&dataset.into(), &asked);
            let found = pane.bridge.call("groups", &args).await;
            busy.try_set(false);
            spent.try_update(|n| *n += 1);
            match found.map(|body| event(&body)) {
                Ok(Some(Event::Done(output))) => {
                    if let Output::Groups(groups) = *output {
                        answer.try_set(Some(groups));
                    }
                }
                Ok(_) => {}
                Err(refusal) => {
                    refused.try_set(Some(refusal.message));
                }
            }
        });
    };
    let off = Signal::derive(move || busy.get() || form.by.with(String::is_empty));
    let failed = follow(move || {
        let said = refused.get()?;
        Some(view! { <p class="bad" role="alert">{said}</p> }.into_any())
    });
    let found = follow(move || Some(result(lang, form.by.get_untracked(), &answer.get()?)));
    view! {
        <div class="share" part="share">
            <p class="why">{t.share_why}</p>
            <div class="controls">
                {chosen(t.share_by, groups, form.by)}
                {chosen(t.share_value, values, form.value)}
                {bounds}
                {amount(t.share_epsilon, "epsilon", form.epsilon)}
                {amount(t.share_size, "size", form.size)}
                {chosen(t.share_kind, kinds, form.kind)}
            </div>
            {outcome}
            <p class="small" role="status">{left}</p>
            <div class="acts">{button(t.share_go, true, off, go)}</div>
            {failed}
            {found}
        </div>
    }
    .into_any()
}

fn result(lang: Lang, by: String, groups: &Groups) -> AnyView {
    let t = lang.texts();
    let table = groups.table.clone();
    let about = |v: Option<&f64>| {
        v.map(|v| number(lang, *v, Style::Short))
            .unwrap_or_default()
    };
    // Customers are whole; rounded up, what is said of them still holds.
    let n = about(groups.within.first().map(|n| n.ceil()).as_ref());
    let money = about(groups.within.get(1));
    let args = [
        ("from", Arg::Count(groups.shown_from)),
        ("n", Arg::Text(&n)),
        ("money", Arg::Text(&money)),
    ];
    let template = if groups.within.len() > 1 {
        t.share_said_value
    } else {
        t.share_said
    };
    let said = fill(lang, template, &args);
    if table.n_rows() == 0 {
        return view! { <p class="why" role="status">{t.share_none}" "{said}</p> }.into_any();
    }
    let style = |key: &str| match key {
        "rate" => Style::Percent1,
        "mean" => Style::Short,
        _ => Style::Count,
    };
    let name = |key: &str| match key {
        "group" => by.clone(),
        "customers" => t.customers.to_owned(),
        "with_outcome" => t.share_with_outcome.to_owned(),
        "rate" => t.share_rate.to_owned(),
        "total" => t.share_total.to_owned(),
        "mean" => t.share_mean.to_owned(),
        _ => t.share_lost.to_owned(),
    };
    let columns: Vec<Col> = table
        .columns
        .iter()
        .map(|c| match c.key.as_str() {
            "group" => Col::text("group", name("group")).named(move |l| {
                if l.is_empty() {
                    "–".to_owned()
                } else {
                    l.to_owned()
                }
            }),
            key => {
                let style = style(key);
                Col::number(key.to_owned(), name(key), move |v| number(lang, v, style))
            }
        })
        .collect();
    let shown = data_table(&table, &columns, t.share_title.to_owned(), false);
    let file = format!("{by}-with-noise.csv");
    // A browser that refuses a download has said so itself.
    let save = move || drop(save_csv(&to_csv(&table), &file));
    view! {
        <p class="why" role="status">{said}</p>
        {shown}
        <p class="holds" part="holds">{t.holds_groups}</p>
        <div class="acts">{button(t.download_csv, false, Signal::stored(false), save)}</div>
    }
    .into_any()
}
