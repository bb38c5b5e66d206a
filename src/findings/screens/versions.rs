//! Models side by side.
use super::projects::local;
use crate::{
    charts::Grid,
    findings::{
        Pane,
        chart::save_csv,
        fields::{get, list, number, some_text, text},
    },
    ui::{
        i18n::{self, Arg, Style, count, fill, learner, metric},
        parts::button,
        plain,
    },
};
use js_sys::{Array, Object};
use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};

/// Figures that are worth a column, where any model has them.
const FIGURES: [&str; 6] = [
    "roc_auc",
    "average_precision",
    "brier_score",
    "balanced_accuracy",
    "r2",
    "rmse",
];

/// A model, as `Widget::holds` has it.
struct Version {
    key: String,
    name: String,
    /// In milliseconds since 1970.
    created: f64,
    analysis: String,
    learner: String,
    dataset: String,
    rows: u64,
    threshold: f64,
    /// Figures on rows that it has not seen.
    metrics: Vec<(String, f64)>,
}

impl Version {
    fn read(v: &JsValue) -> Self {
        let metrics = get(v, "metrics").dyn_into::<Object>();
        let metrics = metrics.map(|all| Object::entries(&all));
        let metrics = metrics.iter().flat_map(|all| all.iter());
        let metrics = metrics.filter_map(|pair| {
            let pair: Array = pair.dyn_into().ok()?;
            Some((pair.get(0).as_string()?, pair.get(1).as_f64()?))
        });
        Self {
            key: text(v, "key"),
            name: text(v, "name"),
            created: number(v, "created"),
            analysis: text(v, "analysis"),
            learner: text(v, "learner"),
            dataset: text(v, "dataset"),
            rows: number(v, "rows") as u64,
            threshold: number(v, "threshold"),
            metrics: metrics.collect(),
        }
    }

    fn metric(&self, key: &str) -> Option<f64> {
        self.metrics.iter().find(|m| m.0 == key).map(|m| m.1)
    }
}

/// All models with all their figures, for a spreadsheet.
fn to_csv(all: &[Version]) -> String {
    let mut columns = [
        "created",
        "name",
        "analysis",
        "learner",
        "dataset",
        "rows",
        "threshold",
    ]
    .map(str::to_owned)
    .to_vec();
    let first = columns.len();
    for (key, _) in all.iter().flat_map(|v| &v.metrics) {
        if !columns[first..].contains(key) {
            columns.push(key.clone());
        }
    }
    let row = |v: &Version| {
        let created = js_sys::Date::new(&v.created.into()).to_iso_string();
        let mut row = vec![
            created.into(),
            v.name.clone(),
            v.analysis.clone(),
            v.learner.clone(),
            v.dataset.clone(),
            v.rows.to_string(),
            plain(v.threshold),
        ];
        let figures = columns[first..].iter();
        row.extend(figures.map(|key| v.metric(key).map(plain).unwrap_or_default()));
        row
    };
    let rows = all.iter().map(row).collect();
    Grid { columns, rows }.to_csv()
}

fn style(key: &str) -> Style {
    if key == "rmse" {
        Style::Short
    } else {
        Style::Score
    }
}

fn row(pane: Pane, v: &Version, figures: &[&'static str], in_use: bool) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let when = local(lang, v.created);
    let of = |template| fill(lang, template, &[("when", Arg::Text(&when))]);
    let cells = figures
        .iter()
        .map(|key| {
            let text = v.metric(key).map(|x| i18n::number(lang, x, style(key)));
            view! { <td class="n">{text.unwrap_or_else(|| "–".to_owned())}</td> }.into_any()
        })
        .collect_view();
    let key = StoredValue::new(v.key.clone());
    let rename = move |e: leptos::ev::Event| {
        let pair = Array::of2(&key.get_value().into(), &event_target_value(&e).into());
        pane.bridge.tell("name_version", pair);
    };
    let acts = if in_use {
        view! { <span class="pill">{t.versions_in_use}</span> }.into_any()
    } else {
        let act = move |text: &'static str, label: String, what: &'static str| {
            let press = move |_| pane.bridge.tell(what, key.get_value());
            view! { <button type="button" class="kept-link" aria-label=label on:click=press>{text}</button> }.into_any()
        };
        view! {
            {act(t.versions_use, of(t.versions_use_of), "use_version")}
            " "
            {act(t.project_delete, of(t.versions_delete_of), "drop_version")}
        }
        .into_any()
    };
    view! {
        <tr data-version=v.key.clone()>
            <th scope="row">{when.clone()}</th>
            <td>{learner(lang, &v.learner).to_owned()}</td>
            <td class="acts-of">{acts}</td>
            <td><input type="text" maxlength="80" aria-label=of(t.versions_name_of) prop:value=v.name.clone() on:change=rename/></td>
            <td>{v.dataset.clone()}</td>
            <td class="n">{count(lang, v.rows)}</td>
            <td class="n">{i18n::number(lang, v.threshold, Style::Percent1)}</td>
            {cells}
        </tr>
    }
    .into_any()
}

/// All models of the project; nothing while there is none. The page has it drawn anew when they change.
pub(super) fn versions(pane: Pane) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let holds = pane.bridge.ask_now("holds", &Array::new());
    let holds = holds.unwrap_or_default();
    let all = list(&holds, "models", Version::read);
    if all.is_empty() {
        return ().into_any();
    }
    let used = some_text(&holds, "inUse");
    let n = [("n", Arg::Count(all.len() as u64))];
    let heading = fill(lang, t.versions_title, &n);
    let has = |key: &&'static str| all.iter().any(|v| v.metric(key).is_some());
    let figures: Vec<_> = FIGURES.into_iter().filter(has).collect();
    let head = |text: &str, class: &'static str| {
        view! { <th scope="col" class=class>{text.to_owned()}</th> }.into_any()
    };
    let heads = figures
        .iter()
        .map(|key| head(metric(lang, key), "n"))
        .collect_view();
    let rows = all
        .iter()
        .rev()
        .map(|v| row(pane, v, &figures, used.as_ref() == Some(&v.key)))
        .collect_view();
    let file = to_csv(&all);
    let csv = button(t.versions_csv, false, Signal::stored(false), move || {
        // A browser that saves nothing says so itself.
        let _ = save_csv(&file, "models.csv");
    });
    view! {
        <section class="card versions" part="card">
            <div class="head"><h2>{heading.clone()}</h2><div class="acts">{csv}</div></div>
            <p class="why">{t.versions_why}</p>
            <div class="scroll" tabindex="0" role="region" aria-label=heading>
                <table>
                    <thead><tr>
                        {head(t.versions_when, "")}{head(t.versions_learner, "")}<td></td>{head(t.versions_name, "")}{head(t.versions_data, "")}
                        {head(t.versions_rows, "n")}{head(t.versions_threshold, "n")}{heads}
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}
