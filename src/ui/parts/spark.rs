//! A small picture of a column's values.
use crate::base::ColumnProfile;
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
                <rect x=format!("{:.1}", i as f64 * step) y=format!("{:.1}", HEIGHT - height)
                    width=format!("{:.1}", (step - 1.0).max(0.5)) height=format!("{height:.1}")/>
            }
        })
        .collect_view();
    view! { <svg class="spark" width=WIDTH.to_string() height=HEIGHT.to_string() aria-hidden="true">{bars}</svg> }
        .into_any()
}
