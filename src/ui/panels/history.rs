//! Models side by side, and the way back from a change.
use crate::ui::{
    i18n::{Arg, Style, count, date_time, fill, learner, metric, number, param, transform},
    parts::{button, follow, lower},
    state::{Ui, Version},
    undo::Change,
};
use leptos::prelude::*;

/// Figures that are worth a column, where any model has them.
const FIGURES: [&str; 6] = [
    "roc_auc",
    "average_precision",
    "brier_score",
    "balanced_accuracy",
    "r2",
    "rmse",
];

/// When, on the person's own clock.
pub(super) fn local(ui: Ui, ms: f64) -> String {
    let offset = js_sys::Date::new(&ms.into()).get_timezone_offset();
    date_time(ui.lang, ms / 1000.0 - offset * 60.0)
}

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

fn row(ui: Ui, v: &Version, figures: &[&'static str], in_use: bool) -> AnyView {
    let t = ui.lang.texts();
    let when = local(ui, v.created);
    let of = |template| fill(ui.lang, template, &[("when", Arg::Text(&when))]);
    let cells = figures
        .iter()
        .map(|key| {
            let text = v.metric(key).map(|x| number(ui.lang, x, style(key)));
            view! { <td class="n">{text.unwrap_or_else(|| "–".to_owned())}</td> }.into_any()
        })
        .collect_view();
    let (key, id) = (v.key.clone(), v.id);
    let rename = move |e: leptos::ev::Event| ui.act.name_version(&key, event_target_value(&e));
    let key = v.key.clone();
    let acts = if in_use {
        view! { <span class="pill">{t.versions_in_use}</span> }.into_any()
    } else {
        view! {
            <button type="button" class="kept-link" aria-label=of(t.versions_use_of)
                on:click=move |_| leptos::task::spawn_local(ui.act.open_version(id))>{t.versions_use}</button>
            " "
            <button type="button" class="kept-link" aria-label=of(t.versions_delete_of)
                on:click=move |_| ui.act.drop_version(&key)>{t.project_delete}</button>
        }
        .into_any()
    };
    view! {
        <tr data-version=v.key.clone()>
            <th scope="row">{when.clone()}</th>
            <td>{learner(ui.lang, &v.learner).to_owned()}</td>
            <td class="acts-of">{acts}</td>
            <td><input type="text" maxlength="80" aria-label=of(t.versions_name_of) prop:value=v.name.clone() on:change=rename/></td>
            <td>{v.dataset.clone()}</td>
            <td class="n">{count(ui.lang, v.rows)}</td>
            <td class="n">{number(ui.lang, v.threshold, Style::Percent1)}</td>
            {cells}
        </tr>
    }
    .into_any()
}

fn style(key: &str) -> Style {
    if key == "rmse" {
        Style::Short
    } else {
        Style::Score
    }
}

/// All models of the project, side by side; nothing while there is none.
pub fn versions(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    follow(move || {
        let all = ui.data.versions.get();
        let used = ui.data.model.with(|m| m.as_ref().map(|m| m.id));
        if all.is_empty() {
            return None;
        }
        let n = [("n", Arg::Count(all.len() as u64))];
        let has = |key: &&'static str| all.iter().any(|v| v.metric(key).is_some());
        let figures: Vec<_> = FIGURES.into_iter().filter(has).collect();
        let head = |text: &str, class: &'static str| {
            view! { <th scope="col" class=class>{text.to_owned()}</th> }.into_any()
        };
        let heads = figures
            .iter()
            .map(|key| head(metric(ui.lang, key), "n"))
            .collect_view();
        let rows = all
            .iter()
            .rev()
            .map(|v| row(ui, v, &figures, used == Some(v.id)))
            .collect_view();
        let csv = button(t.versions_csv, false, Signal::stored(false), move || {
            ui.act.save_versions()
        });
        Some(view! {
            <section class="card versions" part="card">
                <div class="head"><h2>{fill(ui.lang, t.versions_title, &n)}</h2><div class="acts">{csv}</div></div>
                <p class="why">{t.versions_why}</p>
                <div class="scroll" tabindex="0" role="region" aria-label=fill(ui.lang, t.versions_title, &n)>
                    <table>
                        <thead><tr>
                            {head(t.versions_when, "")}{head(t.versions_learner, "")}<td></td>{head(t.versions_name, "")}{head(t.versions_data, "")}
                            {head(t.versions_rows, "n")}{head(t.versions_threshold, "n")}{heads}
                        </tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
        }.into_any())
    })
}
