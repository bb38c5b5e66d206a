//! The module that shows what was found: figures, lists, the pages of customers. It is fetched behind the first screen and
//! mounted into places that the page's own module leaves for it.
//!
//! It has no engine of its own: questions go over a [`Bridge`] to the page's module, which keeps the order of requests and
//! brings back what an engine has lost. Reports come as the bytes of the event that brought them.
mod book;
mod bridge;
mod chart;
mod desk;
mod explain;
mod pane;
mod screens;

pub use desk::{Desk, Place, take_up_texts};
pub use explain::explain;

use bridge::Bridge;
use pane::Pane;
