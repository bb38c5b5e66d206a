//! The one place where screens meet the chart component.
use super::view::{Around, ChartTexts, chart_view};
use crate::{
    charts::{Chart as _, Figure},
    findings::shown::words,
    ui::i18n::{self, Lang},
};
use leptos::prelude::*;
use std::sync::Arc;

/// A card with a figure: `title` states the finding, `caption` says what is drawn, `name` names saved files and the
/// card itself.
pub fn figure(
    lang: Lang,
    name: &'static str,
    class: &'static str,
    title: Signal<String>,
    caption: &'static str,
    figure: Signal<Figure>,
    threshold: Signal<Option<f64>>,
) -> AnyView {
    let t = lang.texts();
    let texts = ChartTexts {
        table: t.show_numbers,
        hide_table: t.hide_numbers,
        save: t.save_figure,
        save_svg: "SVG",
        save_png: "PNG",
        save_csv: "CSV",
    };
    let around = Around {
        words: Arc::new(words(lang)),
        title,
        note: caption.to_owned(),
        texts,
        name: name.to_owned(),
        threshold,
    };
    view! {
        <section class=format!("card {class}") part="card figure" data-figure=name>
            {chart_view(figure, around)}
        </section>
    }
    .into_any()
}

/// Whether a figure needs a row of its own: side by side stand the leaves of a tree, and names with their parameters.
pub fn is_wide(it: &Figure) -> bool {
    matches!(it, Figure::TreePicture(_) | Figure::Search(_))
}

/// A card with a figure that says everything itself: the page adds only what it is for.
pub fn plain_figure(lang: Lang, it: &Figure, class: &'static str) -> AnyView {
    let title = it.title(&words(lang));
    figure(
        lang,
        it.kind(),
        class,
        Signal::stored(title),
        i18n::figure_why(lang, it.kind()),
        Signal::stored(it.clone()),
        Signal::stored(None),
    )
}
