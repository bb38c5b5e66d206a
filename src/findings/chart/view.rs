//! Paints a figure: SVG at the real width of its place, tooltips for pointer and keyboard, table, saving.
use super::export::{palette_of, save_csv, save_png, save_text};
use crate::charts::measure::width_px;
use crate::charts::svg::{anchor_name, opacity, path, px};
use crate::charts::{Chart, Figure, Ink, Mark, Scene, Size, Words, to_svg};
use crate::findings::hosted::exports;
use crate::ui::parts::follow;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::svg::Svg;
use std::sync::Arc;
use wasm_bindgen::prelude::*;

/// Texts around a figure, in the reader's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChartTexts {
    /// Button that shows the table.
    pub table: &'static str,
    /// Button that hides it.
    pub hide_table: &'static str,
    /// Name of the group of saving buttons.
    pub save: &'static str,
    /// Saves as SVG.
    pub save_svg: &'static str,
    /// Saves as PNG.
    pub save_png: &'static str,
    /// Saves as CSV.
    pub save_csv: &'static str,
}

/// What a figure is drawn with; everything but its data, its title and the threshold stays as it is.
pub struct Around {
    /// Language and number formats of the figure.
    pub words: Arc<Words>,
    /// The finding.
    pub title: Signal<String>,
    /// Small print under the title; nothing is shown for an empty one.
    pub note: String,
    /// Texts of the buttons.
    pub texts: ChartTexts,
    /// Saved files are called this, with an ending.
    pub name: String,
    /// Decision threshold to mark.
    pub threshold: Signal<Option<f64>>,
}

/// A figure with everything around it.
pub fn chart_view(figure: Signal<Figure>, around: Around) -> AnyView {
    let Around {
        words,
        title,
        note,
        texts,
        name,
        threshold,
    } = around;
    let place = NodeRef::<Div>::new();
    let picture = NodeRef::<Svg>::new();
    let width = observed_width(place);
    let drawn = words.clone();
    let scene = Memo::new(move |_| {
        let width_px = width.get();
        if width_px < 1.0 {
            return Scene::default();
        }
        figure.with(|f| {
            let height_px = f.height_px(width_px);
            let size = Size {
                width_px,
                height_px,
            };
            f.draw_at(size, &drawn, threshold.get())
        })
    });
    let current = RwSignal::new(None::<usize>);
    let announced = RwSignal::new(String::new());
    let is_table = RwSignal::new(false);
    // Another picture has other spots.
    Effect::new(move |_| {
        scene.track();
        current.set(None);
    });

    let on_pointer = move |ev: web_sys::PointerEvent| {
        let Some(svg) = picture.get_untracked() else {
            return;
        };
        let rect = svg.get_bounding_client_rect();
        let at = (
            f64::from(ev.client_x()) - rect.left(),
            f64::from(ev.client_y()) - rect.top(),
        );
        current.set(scene.with_untracked(|s| nearest(s, at)));
    };
    let on_key = move |ev: web_sys::KeyboardEvent| {
        let n = scene.with_untracked(|s| s.spots.len());
        let last = n.saturating_sub(1);
        let now = current.get_untracked();
        let next = match ev.key().as_str() {
            "ArrowRight" | "ArrowDown" => now.map_or(0, |i| (i + 1).min(last)),
            "ArrowLeft" | "ArrowUp" => now.map_or(last, |i| i.saturating_sub(1)),
            "Home" => 0,
            "End" => last,
            "Escape" => {
                current.set(None);
                announced.set(String::new());
                return;
            }
            _ => return,
        };
        ev.prevent_default();
        if n > 0 {
            current.set(Some(next));
            announced.set(scene.with_untracked(|s| s.spots[next].text.clone()));
        }
    };
    let hide = move || {
        current.set(None);
        announced.set(String::new());
    };

    let file = StoredValue::new(name);
    let file_name = move |ending: &str| file.with_value(|n| format!("{n}.{ending}"));
    let svg_text = move || {
        let svg = picture.get_untracked()?;
        let scene = scene.get_untracked();
        Some(to_svg(&scene, palette_of(&svg), &title.get_untracked()))
    };
    let on_svg = move |_| {
        if let Some(text) = svg_text() {
            let _ = save_text(&text, "image/svg+xml;charset=utf-8", &file_name("svg"));
        }
    };
    let on_png = move |_| {
        if let Some(text) = svg_text() {
            let size = scene.with_untracked(|s| (s.width_px, s.height_px));
            let _ = save_png(&text, size, file_name("png"));
        }
    };
    let grid = {
        let words = words.clone();
        move || figure.with(|f| f.grid(&words))
    };
    let on_csv = move |_| {
        let _ = save_csv(
            &untrack(|| figure.with(|f| f.grid(&words))).to_csv(),
            &file_name("csv"),
        );
    };

    let note =
        (!note.is_empty()).then(|| view! { <p class="kept-figure-note">{note}</p> }.into_any());
    let shown = follow(move || {
        is_table.get().then(|| {
            let grid = grid.clone();
            view! {
                <div
                    class="kept-chart-table"
                    role="region"
                    tabindex="0"
                    aria-label=move || title.get()
                >
                    {move || table(&grid())}
                </div>
            }
            .into_any()
        })
    });
    let saves = exports("figures").then(|| {
        view! {
            <span class="kept-figure-save" role="group" aria-label=texts.save>
                <button type="button" class="kept-link" on:click=on_svg>{texts.save_svg}</button>
                <button type="button" class="kept-link" on:click=on_png>{texts.save_png}</button>
                <button type="button" class="kept-link" on:click=on_csv>{texts.save_csv}</button>
            </span>
        }
        .into_any()
    });
    view! {
        <figure class="kept-figure">
            <figcaption class="kept-figure-title">{move || title.get()}</figcaption>
            {note}
            <div class="kept-chart-place" node_ref=place>
                <svg
                    node_ref=picture
                    class="kept-chart"
                    role="img"
                    tabindex="0"
                    aria-label=move || scene.with(|s| s.summary.clone())
                    width=move || scene.with(|s| px(s.width_px))
                    height=move || scene.with(|s| px(s.height_px))
                    on:pointermove=on_pointer
                    on:pointerdown=on_pointer
                    on:pointerleave=move |_| hide()
                    on:blur=move |_| hide()
                    on:keydown=on_key
                >
                    {move || scene.with(|s| s.marks.iter().map(paint).collect_view()).into_any()}
                    {move || {
                        let i = current.get()?;
                        scene.with(|s| s.spots.get(i).map(|_| tooltip(s, i)))
                    }}
                </svg>
            </div>
            <p class="kept-visually-hidden" aria-live="polite">{move || announced.get()}</p>
            {shown}
            <div class="kept-figure-foot">
                <button
                    type="button"
                    class="kept-link"
                    aria-expanded=move || is_table.get().to_string()
                    on:click=move |_| is_table.update(|on| *on = !*on)
                >
                    {move || {
                        let text = if is_table.get() { texts.hide_table } else { texts.table };
                        text.to_owned()
                    }}
                </button>
                {saves}
            </div>
        </figure>
    }
    .into_any()
}

/// Width of `place`, kept up to date; 0 until it is shown.
fn observed_width(place: NodeRef<Div>) -> RwSignal<f64> {
    let width = RwSignal::new(0.0);
    type Held = (web_sys::ResizeObserver, Closure<dyn FnMut(js_sys::Array)>);
    let held: StoredValue<Option<Held>, LocalStorage> = StoredValue::new_local(None);
    Effect::new(move |_| {
        let Some(element) = place.get() else { return };
        let callback = Closure::new(move |entries: js_sys::Array| {
            let entry = entries
                .get(0)
                .unchecked_into::<web_sys::ResizeObserverEntry>();
            let now = entry.content_rect().width().floor();
            // Hidden places have no width; the last picture stays until they are shown again.
            if now > 0.0 && width.get_untracked() != now {
                width.set(now);
            }
        });
        if let Ok(observer) = web_sys::ResizeObserver::new(callback.as_ref().unchecked_ref()) {
            observer.observe(&element);
            held.set_value(Some((observer, callback)));
        }
    });
    on_cleanup(move || {
        if let Some(Some((observer, _))) = held.try_update_value(Option::take) {
            observer.disconnect();
        }
    });
    width
}

/// The spot nearest to a point.
fn nearest(scene: &Scene, (x, y): (f64, f64)) -> Option<usize> {
    let far = |i: &usize| {
        let spot = &scene.spots[*i];
        (spot.x - x).powi(2) + (spot.y - y).powi(2)
    };
    (0..scene.spots.len()).min_by(|a, b| far(a).total_cmp(&far(b)))
}

fn ink_class(ink: Ink) -> &'static str {
    match ink {
        Ink::Series(2) => "ink-series-2",
        Ink::Series(3) => "ink-series-3",
        Ink::Series(4) => "ink-series-4",
        Ink::Series(5) => "ink-series-5",
        Ink::Series(6) => "ink-series-6",
        Ink::Series(_) => "ink-series-1",
        Ink::Muted => "ink-muted",
        Ink::Grid => "ink-grid",
        Ink::Axis => "ink-axis",
        Ink::Strong => "ink-strong",
        Ink::Band => "ink-band",
        Ink::RiskHigh => "ink-risk-high",
        Ink::RiskLow => "ink-risk-low",
        Ink::Accent => "ink-accent",
        Ink::Surface => "ink-surface",
    }
}

fn paint(mark: &Mark) -> AnyView {
    match mark {
        Mark::Rect {
            x,
            y,
            width,
            height,
            radius,
            ink,
            strength,
        } => view! {
            <rect
                class=format!("mark-fill {}", ink_class(*ink))
                x=px(*x)
                y=px(*y)
                width=px(*width)
                height=px(*height)
                rx=px(*radius)
                fill-opacity=opacity(*strength)
            />
        }
        .into_any(),
        Mark::Line {
            points,
            ink,
            width,
            dashed,
        } => view! {
            <path
                class=format!("mark-line {}", ink_class(*ink))
                d=path(points, false)
                stroke-width=px(*width)
                stroke-dasharray=dashed.then_some("4 4")
            />
        }
        .into_any(),
        Mark::Area {
            points,
            ink,
            strength,
        } => view! {
            <path
                class=format!("mark-fill {}", ink_class(*ink))
                d=path(points, true)
                fill-opacity=opacity(*strength)
            />
        }
        .into_any(),
        Mark::Dot {
            x,
            y,
            radius,
            ink,
            hollow,
        } => {
            let kind = if *hollow { "mark-ring" } else { "mark-dot" };
            let class = format!("{kind} {}", ink_class(*ink));
            view! { <circle class=class cx=px(*x) cy=px(*y) r=px(*radius) /> }.into_any()
        }
        Mark::Text {
            x,
            y,
            text,
            ink,
            anchor,
            strong,
        } => {
            let weight = if *strong {
                "mark-text mark-strong"
            } else {
                "mark-text"
            };
            let class = format!("{weight} {}", ink_class(*ink));
            let (x, y, text) = (px(*x), px(*y), text.clone());
            view! { <text class=class x=x y=y text-anchor=anchor_name(*anchor)>{text}</text> }
                .into_any()
        }
    }
}

/// Marker and tooltip inside the picture, so that no style attribute is needed to place them.
fn tooltip(scene: &Scene, i: usize) -> AnyView {
    const ROW: f64 = 16.0;
    let (x, y) = (scene.spots[i].x, scene.spots[i].y);
    let lines = wrapped(&scene.spots[i].text, (scene.width_px - 28.0).min(260.0));
    let widest = lines.iter().map(|l| width_px(l, false)).fold(0.0, f64::max);
    let (w, h) = (widest + 16.0, lines.len() as f64 * ROW + 10.0);
    let left = if x + 12.0 + w <= scene.width_px {
        x + 12.0
    } else {
        x - 12.0 - w
    };
    let left = left.min(scene.width_px - w - 1.0).max(1.0);
    let above = y - h - 10.0;
    let top = if above >= 1.0 { above } else { y + 12.0 };
    let top = top.min(scene.height_px - h - 1.0).max(1.0);
    let lines = lines.into_iter().enumerate().map(|(n, line)| {
        let y = px(top + 16.0 + n as f64 * ROW);
        view! { <text class="mark-text tip-text" x=px(left + 8.0) y=y>{line}</text> }.into_any()
    });
    view! {
        <g class="kept-chart-tip">
            <circle class="tip-marker" cx=px(x) cy=px(y) r="5" />
            <rect class="tip-box" x=px(left) y=px(top) width=px(w) height=px(h) rx="4" />
            {lines.collect_view()}
        </g>
    }
    .into_any()
}

/// Lines of at most `max_px`, broken at spaces and around full-width characters.
fn wrapped(text: &str, max_px: f64) -> Vec<String> {
    let mut pieces: Vec<String> = vec![String::new()];
    for c in text.chars() {
        let breaks = pieces.last().is_some_and(|p| {
            p.ends_with(' ') || p.ends_with(|l: char| l > '\u{2e80}') || c > '\u{2e80}'
        });
        // Punctuation never starts a line.
        let is_closing = "，。；：、）！？”…".contains(c);
        if breaks && !is_closing {
            pieces.push(String::new());
        }
        if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
    }
    let mut lines: Vec<String> = vec![String::new()];
    for piece in pieces {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && width_px(&format!("{line}{}", piece.trim_end()), false) > max_px {
            lines.push(piece);
        } else {
            line.push_str(&piece);
        }
    }
    lines.into_iter().map(|l| l.trim_end().to_owned()).collect()
}

fn table(grid: &crate::charts::Grid) -> AnyView {
    let heads = grid
        .columns
        .iter()
        .map(|c| view! { <th scope="col">{c.clone()}</th> }.into_any());
    let rows = grid.rows.iter().map(|row| {
        let cells = row
            .iter()
            .map(|c| view! { <td>{c.clone()}</td> }.into_any());
        view! { <tr>{cells.collect_view()}</tr> }.into_any()
    });
    view! {
        <table>
            <thead>
                <tr>{heads.collect_view()}</tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}
