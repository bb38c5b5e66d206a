//! Entry of the module that shows what was found: its exports are what `kept.js` uses.
#[cfg(target_arch = "wasm32")]
pub use kept::findings::{Desk, Place, explain, report, take_up_texts};

fn main() {
    #[cfg(target_arch = "wasm32")]
    console_error_panic_hook::set_once();
}
