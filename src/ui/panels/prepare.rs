//! Prepare: the recipe, step by step, to be read and changed.
use crate::{
    base::{Recipe, Step as RecipeStep, Value},
    report::TransformCard,
    ui::{
        i18n::{Arg, fill, transform, transform_why},
        parts::{Choice, Form, button, failure_card, focus, held, job_card, notice, opening, pick},
        state::{EngineState, JobKind, Step, Ui},
    },
};
use leptos::prelude::*;

fn transforms(ui: Ui) -> Vec<TransformCard> {
    match ui.engine.get_untracked() {
        EngineState::Ready(catalog) => catalog.transforms.clone(),
        _ => Vec::new(),
    }
}

/// Columns a step can name, all or numbers only; without the target.
fn columns(ui: Ui, numbers: bool) -> Vec<String> {
    let roles = ui.data.roles.get_untracked();
    let target = roles.get(crate::base::Role::Target);
    let fits = |c: &&crate::base::ColumnProfile| {
        Some(c.field.name.as_str()) != target && (!numbers || c.field.kind.is_number())
    };
    let loaded = ui.data.loaded.get_untracked();
    let all = loaded.iter().flat_map(|l| &l.profile.columns);
    all.filter(fits).map(|c| c.field.name.clone()).collect()
}

/// The Prepare panel.
pub fn prepare(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    Effect::new(move |_| {
        ui.data.roles.track();
        ui.data.loaded.track();
        // Not from inside the effect: a job in front would be read and written at once.
        leptos::task::spawn_local(ui.act.suggest());
    });
    let count = Memo::new(move |_| {
        ui.data.recipe.with(|r| {
            r.as_ref()
                .map(|r| r.steps.iter().filter(|s| s.enabled).count())
        })
    });
    let edited = Memo::new(move |_| {
        ui.data.recipe.with(|r| {
            ui.data
                .suggested
                .with(|s| r.is_some() && s.is_some() && r != s)
        })
    });
    let head = move || {
        let n = [("n", Arg::Count(count.get().unwrap_or(0) as u64))];
        let template = if edited.get() {
            t.prepare_edited
        } else {
            t.prepare_title
        };
        let unedited =
            Signal::derive(move || !edited.get() || ui.view.host.with(|h| h.locks("recipe")));
        let acts = view! {
            {button(t.back_to_suggested, false, unedited, move || ui.act.reset_recipe())}
            {button(t.next_train, true, Signal::stored(false), move || ui.act.go(Step::Churn))}
        }
        .into_any();
        let title = if count.get().is_some() {
            fill(ui.lang, template, &n)
        } else {
            t.prepare_loading.to_owned()
        };
        opening(title, t.prepare_lede, acts.into_any())
    };
    // Drawn anew when steps come, go or change places; not when their settings change.
    let shape = Memo::new(move |_| {
        let kind = |s: &RecipeStep| {
            (
                s.kind.clone(),
                if s.kind == "ratio" {
                    s.columns.clone()
                } else {
                    Vec::new()
                },
            )
        };
        ui.data.recipe.with(|r| {
            r.as_ref()
                .map(|r| r.steps.iter().map(kind).collect::<Vec<_>>())
        })
    });
    let steps = move || {
        let shape = shape.get()?;
        let recipe = ui.data.recipe.get_untracked()?;
        if shape.is_empty() {
            return Some(notice(t.step_add, t.recipe_empty));
        }
        let n = recipe.steps.len();
        let cards = recipe
            .steps
            .iter()
            .enumerate()
            .map(|(i, s)| step_card(ui, i, n, s))
            .collect_view();
        Some(view! { <ol class="recipe">{cards}</ol> }.into_any())
    };
    // Where nothing can be added, no form offers it.
    let adds = move || count.get().is_some() && !ui.view.host.with(|h| h.locks("recipe"));
    view! {
        {move || head()}
        {failure_card(ui, &[JobKind::Suggest])}
        {job_card(ui)}
        {held(ui, "recipe", view! { {move || steps()}{move || adds().then(|| add_card(ui))} }.into_any())}
    }
    .into_any()
}

/// After a move the same button of the same step keeps the focus.
fn refocus(index: usize, class: &'static str, from: web_sys::EventTarget) {
    use wasm_bindgen::JsCast as _;
    let root = from
        .dyn_ref::<web_sys::Element>()
        .map(|e| e.get_root_node());
    request_animation_frame(move || {
        let root = root.and_then(|r| r.dyn_into::<web_sys::ShadowRoot>().ok());
        let found = root.and_then(|r| {
            r.query_selector(&format!("[data-index=\"{index}\"] .{class}"))
                .ok()
                .flatten()
        });
        if let Some(found) = found {
            focus(&found);
        }
    });
}

fn step_card(ui: Ui, i: usize, n: usize, step: &RecipeStep) -> AnyView {
    let t = ui.lang.texts();
    let name = transform(ui.lang, &step.kind).to_owned();
    let said_name = StoredValue::new(name.clone());
    let current = Signal::derive(move || {
        ui.data
            .recipe
            .with(|r| r.as_ref().and_then(|r| r.steps.get(i).cloned()))
            .unwrap_or_default()
    });
    let on = Memo::new(move |_| current.get().enabled);
    let label = fill(ui.lang, t.step_on, &[("step", Arg::Text(&name))]);
    let toggle = move |e| {
        let enabled = event_target_checked(&e);
        ui.act.edit_step(i, |s| s.enabled = enabled);
    };
    let shift = move |to: usize, class: &'static str, e: leptos::ev::MouseEvent| {
        ui.act.edit_recipe(|r| {
            if i < r.steps.len() && to < r.steps.len() {
                r.steps.swap(i, to);
            }
        });
        let place = (to + 1).to_string();
        let args = said_name.with_value(|name| {
            fill(
                ui.lang,
                t.moved_to,
                &[("step", Arg::Text(name)), ("n", Arg::Text(&place))],
            )
        });
        ui.view.said.set(args);
        if let Some(target) = e.current_target() {
            refocus(to, class, target);
        }
    };
    let remove = move |_| {
        ui.act.edit_recipe(|r| {
            if i < r.steps.len() {
                r.steps.remove(i);
            }
        });
        let said =
            said_name.with_value(|name| fill(ui.lang, t.removed, &[("step", Arg::Text(name))]));
        ui.view.said.set(said);
    };
    let is_suggested = step.kind == "ratio"
        && ui
            .data
            .suggested
            .with_untracked(|s| s.as_ref().is_some_and(|s| s.steps.contains(step)));
    let pill = is_suggested.then(|| view! { <span class="pill">{t.suggested}</span> }.into_any());
    view! {
        <li class="card step-card" part="card step-card" class:off=move || !on.get() data-index=i.to_string() data-kind=step.kind.clone()>
            <div class="head">
                <label class="check title"><input type="checkbox" aria-label=label prop:checked=move || on.get() on:change=toggle/>
                    <span><b>{name}</b>{pill}{move || (!on.get()).then(|| view! { <span class="small">{t.step_off}</span> }.into_any())}</span></label>
                <div class="acts small-acts">
                    <button type="button" part="button" class="up icon" aria-label=t.step_up title=t.step_up disabled={i == 0} on:click=move |e| shift(i.saturating_sub(1), "up", e)>"↑"</button>
                    <button type="button" part="button" class="down icon" aria-label=t.step_down title=t.step_down disabled={i + 1 == n} on:click=move |e| shift(i + 1, "down", e)>"↓"</button>
                    <button type="button" part="button" class="icon" aria-label=t.step_remove title=t.step_remove on:click=remove>"×"</button>
                </div>
            </div>
            <p class="why">{transform_why(ui.lang, &step.kind)}</p>
            {settings(ui, i, step, current)}
        </li>
    }
    .into_any()
}

fn reads(ui: Ui, step: &RecipeStep) -> Option<String> {
    let [top, bottom] = step.columns.as_slice() else {
        return None;
    };
    let name = match step.params.get("name") {
        Some(Value::Text(name)) => name.clone(),
        _ => format!("{top} / {bottom}"),
    };
    let args = [
        ("name", Arg::Text(&name)),
        ("top", Arg::Text(top)),
        ("bottom", Arg::Text(bottom)),
    ];
    Some(fill(ui.lang, ui.lang.texts().ratio_reads, &args))
}

fn settings(ui: Ui, i: usize, step: &RecipeStep, current: Signal<RecipeStep>) -> AnyView {
    let t = ui.lang.texts();
    let card = transforms(ui).into_iter().find(|c| c.id == step.kind);
    let fixed = card.as_ref().is_some_and(|c| c.n_columns > 0);
    let summary = move || {
        let step = current.get();
        match reads(ui, &step).filter(|_| fixed) {
            Some(text) => text,
            None if step.columns.is_empty() => t.step_all_columns.to_owned(),
            None => fill(
                ui.lang,
                t.step_columns,
                &[("columns", Arg::List(&step.columns))],
            ),
        }
    };
    let specs = card.map(|c| c.params).unwrap_or_default();
    let params = Signal::derive(move || current.get().params);
    let set = move |name: &str, value: Option<Value>| {
        ui.act.edit_step(i, |s| {
            match value {
                Some(value) => s.params.0.insert(name.to_owned(), value),
                None => s.params.0.remove(name),
            };
        });
    };
    let form = (!specs.is_empty()).then(|| {
        view! { <details><summary>{t.step_settings}</summary>{Form::new(ui, &step.kind, specs, params, set).all()}</details> }.into_any()
    });
    let chooser = (!fixed).then(|| chooser(ui, i, current));
    view! { <p class="small">{move || summary()}</p>{form}{chooser} }.into_any()
}

fn chooser(ui: Ui, i: usize, current: Signal<RecipeStep>) -> AnyView {
    let t = ui.lang.texts();
    let boxes = columns(ui, false)
        .into_iter()
        .map(|column| {
            let (mine, label) = (column.clone(), column.clone());
            let on = move || current.with(|s| s.columns.contains(&mine));
            let change = move |e| {
                let on = event_target_checked(&e);
                ui.act.edit_step(i, |s| {
                    s.columns.retain(|c| *c != column);
                    if on {
                        s.columns.push(column.clone());
                    }
                });
            };
            view! { <label class="check"><input type="checkbox" prop:checked=on on:change=change/><span>{label}</span></label> }.into_any()
        })
        .collect_view();
    let title = move || {
        let n = current.with(|s| s.columns.len() as u64);
        fill(ui.lang, t.step_columns_edit, &[("n", Arg::Count(n))])
    };
    view! { <details><summary>{move || title()}</summary><div class="checks">{boxes}</div></details> }
        .into_any()
}

/// Puts a step where steps of its kind usually stand: before the first that the catalogue lists later.
fn insert(recipe: &mut Recipe, order: &[TransformCard], step: RecipeStep) {
    let rank = |kind: &str| {
        order
            .iter()
            .position(|c| c.id == kind)
            .unwrap_or(order.len())
    };
    let mine = rank(&step.kind);
    let at = recipe
        .steps
        .iter()
        .position(|s| rank(&s.kind) > mine)
        .unwrap_or(recipe.steps.len());
    recipe.steps.insert(at, step);
}

fn add_card(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    let order = transforms(ui);
    let first = order
        .iter()
        .find(|c| c.n_columns > 0)
        .or(order.first())
        .map(|c| c.id.clone())
        .unwrap_or_default();
    let kind = RwSignal::new(first);
    let (top, bottom, name) = (
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
    );
    let kinds = order
        .iter()
        .map(|c| Choice::new(c.id.clone(), transform(ui.lang, &c.id)))
        .collect();
    let never = Signal::stored(false);
    let two = {
        let order = order.clone();
        Memo::new(move |_| kind.with(|k| order.iter().any(|c| c.id == *k && c.n_columns == 2)))
    };
    let pair = move || {
        two.get().then(|| {
            let numbers = || {
                let mut all = vec![Choice::new("", "–")];
                all.extend(columns(ui, true).into_iter().map(|c| Choice::new(c.clone(), c)));
                all
            };
            view! {
                <label class="field"><span>{t.ratio_top}</span>{pick(None, numbers(), top.into(), never, move |v| top.set(v))}</label>
                <label class="field"><span>{t.ratio_bottom}</span>{pick(None, numbers(), bottom.into(), never, move |v| bottom.set(v))}</label>
                <label class="field"><span>{t.ratio_name}</span><input type="text" prop:value=move || name.get() on:input=move |e| name.set(event_target_value(&e))/></label>
            }.into_any()
        })
    };
    let incomplete = Signal::derive(move || {
        two.get()
            && (top.with(String::is_empty)
                || bottom.with(String::is_empty)
                || top.get() == bottom.get()
                || name.with(|n| n.trim().is_empty()))
    });
    let add = move || {
        let mut step = RecipeStep {
            kind: kind.get_untracked(),
            enabled: true,
            ..RecipeStep::default()
        };
        if two.get_untracked() {
            step.columns = vec![top.get_untracked(), bottom.get_untracked()];
            step.params = step.params.with("name", name.get_untracked().trim());
            name.set(String::new());
        }
        ui.act.edit_recipe(|r| insert(r, &order, step));
    };
    view! {
        <section class="card add-step" part="card">
            <h2>{t.step_add}</h2>
            <p class="why">{t.step_add_why}</p>
            <div class="controls">
                <label class="field"><span>{t.step_kind}</span>{pick(None, kinds, kind.into(), never, move |v| kind.set(v))}</label>
                {move || pair()}
            </div>
            {move || incomplete.get().then(|| view! { <p class="small">{t.ratio_missing}</p> }.into_any())}
            <div class="acts">{button(t.add, false, incomplete, add)}</div>
        </section>
    }
    .into_any()
}
