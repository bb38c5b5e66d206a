//! The way back from a change.
use crate::ui::{
    i18n::{Arg, fill, param, transform},
    parts::{follow, lower},
    state::Ui,
    undo::Change,
};
use leptos::prelude::*;

/// What a change was about.
fn about(ui: Ui, change: &Change) -> String {
    let t = ui.lang.texts();
    let step = |template, kind: &str| {
        fill(
            ui.lang,
            template,
            &[("step", Arg::Text(transform(ui.lang, kind)))],
        )
    };
    match change {
        Change::Roles => t.undo_roles.to_owned(),
        Change::Positive => t.undo_positive.to_owned(),
        Change::Kind(column) if column.is_empty() => t.undo_kinds.to_owned(),
        Change::Kind(column) => fill(ui.lang, t.undo_kind, &[("column", Arg::Text(column))]),
        Change::Setting(name) if name.is_empty() => t.undo_settings.to_owned(),
        Change::Setting(name) if name == "costs" => t.undo_costs.to_owned(),
        Change::Setting(name) => lower_first(param(ui.lang, name)),
        Change::Added(kind) => step(t.undo_added, kind),
        Change::Removed(kind) => step(t.undo_removed, kind),
        Change::Edited(kind) => step(t.undo_edited, kind),
        Change::Recipe => t.undo_recipe.to_owned(),
    }
}

/// A name as it stands inside a sentence; abbreviations stay as they are.
fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            let mut out = lower(first.encode_utf8(&mut [0; 4]));
            out.push_str(chars.as_str());
            out
        }
        _ => name.to_owned(),
    }
}

/// Undo and redo, with what they are about.
pub fn undo_buttons(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    let next = move || {
        ui.data.history.with(|h| {
            let (back, forth) = h.next();
            (back.cloned(), forth.cloned())
        })
    };
    follow(move || {
        let (back, forth) = next();
        if back.is_none() && forth.is_none() {
            return None;
        }
        let one = |of: Option<Change>,
                   name: &'static str,
                   template: &'static str,
                   path: &'static str,
                   act: fn(Ui)| {
            let what = of.as_ref().map(|c| about(ui, c));
            let label = what.as_ref().map_or_else(
                || name.to_owned(),
                |what| fill(ui.lang, template, &[("what", Arg::Text(what))]),
            );
            let none = of.is_none();
            let title = label.clone();
            view! {
                <button type="button" class="back" part="undo" aria-disabled=none.then_some("true") title=title on:click=move |_| act(ui)>
                    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d=path fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/></svg>
                    <span>{label}</span>
                </button>
            }
            .into_any()
        };
        let undo = one(
            back,
            t.undo,
            t.undo_of,
            "M6 3 2.5 6.5 6 10M3 6.5h6a4 4 0 0 1 0 8H7",
            |ui| ui.act.undo(),
        );
        let redo = one(
            forth,
            t.redo,
            t.redo_of,
            "M10 3l3.5 3.5L10 10M13 6.5H7a4 4 0 0 0 0 8h2",
            |ui| ui.act.redo(),
        );
        Some(view! { <div class="backs" role="group">{undo}{redo}</div> }.into_any())
    })
}
