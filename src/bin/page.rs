//! Entry of the page module: its exports are what `kept.js` uses.
#[cfg(target_arch = "wasm32")]
pub use kept::embed::{Core, Widget, fetch_texts_with, take_up_texts};

fn main() {
    #[cfg(target_arch = "wasm32")]
    console_error_panic_hook::set_once();
}
