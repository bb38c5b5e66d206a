//! Small pictures: of a column's values, of a loss while it falls.
use crate::base::{ColumnProfile, Trace};
use crate::charts::svg::px;
use leptos::prelude::*;

const WIDTH: f64 = 88.0;
const HEIGHT: f64 = 22.0;

/// Bars of a histogram, or of the most frequent levels. Decoration: the numbers stand in the row's detail.
pub fn spark(column: &ColumnProfile) -> AnyView {
    let counts: Vec<u64> = match &column.numbers {
        Some(numbers) => numbers.histogram.counts.clone(),
        None => column.top.iter().map(|b| b.count).collect(),
    };
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let step = WIDTH / counts.len().max(1) as f64;
    let step = step.min(12.0);
    let bars = counts
        .iter()
        .enumerate()
        .map(|(i, n)| {
            let height = (*n as f64 / most * HEIGHT).max(if *n > 0 { 1.0 } else { 0.0 });
            view! {
                <rect x=px(i as f64 * step) y=px(HEIGHT - height)
                    width=px((step - 1.0).max(0.5)) height=px(height)/>
            }
            .into_any()
        })
        .collect_view();
    view! { <svg class="spark" width=px(WIDTH) height=px(HEIGHT) aria-hidden="true">{bars}</svg> }
        .into_any()
}

const LOSS_WIDTH: f64 = 320.0;
const LOSS_HEIGHT: f64 = 48.0;
/// Points drawn of a curve; a pixel has no room for more.
const LOSS_POINTS: usize = 160;

/// The loss so far as lines: on the rows learned from, and on those kept aside where there are any.
pub fn loss_spark(traces: &[Trace], label: String) -> AnyView {
    let every = traces.len().div_ceil(LOSS_POINTS).max(1);
    let last = traces.len().saturating_sub(1);
    let shown: Vec<&Trace> = traces
        .iter()
        .enumerate()
        .filter(|(i, _)| i % every == 0 || *i == last)
        .map(|(_, t)| t)
        .collect();
    let losses = shown
        .iter()
        .flat_map(|t| [Some(t.train_loss), t.validation_loss])
        .flatten()
        .filter(|v| v.is_finite());
    let (low, high) = losses.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    let spread = (high - low).max(1e-12);
    let steps = shown.last().map_or(1, |t| t.step).max(2) - 1;
    let line = |class: &'static str, of: fn(&Trace) -> Option<f64>| {
        let points: Vec<String> = shown
            .iter()
            .filter_map(|t| {
                let v = of(t).filter(|v| v.is_finite())?;
                let x = t.step.saturating_sub(1) as f64 / steps as f64 * LOSS_WIDTH;
                let y = 2.0 + (high - v) / spread * (LOSS_HEIGHT - 4.0);
                Some(format!("{},{}", px(x), px(y)))
            })
            .collect();
        view! { <polyline class=class points=points.join(" ")/> }.into_any()
    };
    view! {
        <svg class="loss" viewBox=format!("0 0 {} {}", px(LOSS_WIDTH), px(LOSS_HEIGHT)) preserveAspectRatio="none" role="img" aria-label=label>
            {line("train", |t| Some(t.train_loss))}
            {line("kept", |t| t.validation_loss)}
        </svg>
    }
    .into_any()
}
