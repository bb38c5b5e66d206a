//! Several of several.
use leptos::prelude::*;

/// One line of a checklist.
#[derive(Debug, Clone)]
pub struct Item {
    /// What is handed back.
    pub id: String,
    /// What is read.
    pub name: String,
    /// What it means; may be empty.
    pub why: String,
}

/// Boxes under a legend. What is checked is handed back in the order of `items`.
pub fn checklist(
    legend: String,
    why: String,
    items: Vec<Item>,
    chosen: Signal<Vec<String>>,
    change: impl Fn(Vec<String>) + 'static,
) -> AnyView {
    let change = StoredValue::new_local(change);
    let ids: Vec<String> = items.iter().map(|i| i.id.clone()).collect();
    let ids = StoredValue::new(ids);
    let explained = items.iter().any(|i| !i.why.is_empty());
    let boxes = items
        .into_iter()
        .map(|item| {
            let (mine, id) = (item.id.clone(), item.id);
            let on = move || chosen.with(|c| c.contains(&mine));
            let tick = move |e| {
                let mut now = chosen.get_untracked();
                now.retain(|c| *c != id);
                if event_target_checked(&e) {
                    now.push(id.clone());
                }
                let kept = ids.with_value(|ids| {
                    ids.iter().filter(|i| now.contains(i)).cloned().collect()
                });
                change.with_value(|change| change(kept));
            };
            let why = (!item.why.is_empty()).then(|| view! { <span class="small">{item.why}</span> }.into_any());
            view! {
                <label class="check"><input type="checkbox" prop:checked=on on:change=tick/><span>{item.name}{why}</span></label>
            }.into_any()
        })
        .collect_view();
    let why = (!why.is_empty()).then(|| view! { <span class="small">{why}</span> }.into_any());
    view! {
        <fieldset class="field wide"><legend>{legend}</legend>{why}<div class="checks" class:explained=explained>{boxes}</div></fieldset>
    }
    .into_any()
}
