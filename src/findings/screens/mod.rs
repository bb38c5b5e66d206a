//! One file per screen, drawn where the page leaves a place for it.
mod leaderboard;
mod result;
mod scored;
mod tables;
mod threshold;

use super::Pane;
use crate::report::Report;
use leptos::prelude::*;
use std::sync::Arc;

/// The screen `which`, of the file `name`; nothing where there is none, or nothing to show in it.
pub(super) fn screen(pane: Pane, which: &str, name: &str, report: Option<Arc<Report>>) -> AnyView {
    match (which, report) {
        ("result", Some(report)) => result::result(pane, &report),
        ("scored", Some(report)) => scored::scored(pane, &report, name),
        _ => ().into_any(),
    }
}
