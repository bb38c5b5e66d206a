//! The contract of all learners, natively; `tests/web.rs` runs the same in the browser.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
#[path = "common/contract.rs"]
mod contract;

macro_rules! native {
    ($name:ident) => {
        #[test]
        fn $name() {
            contract::$name();
        }
    };
}
contract!(native);

/// `KEPT_BLESS=1` writes the numbers that the browser is compared with.
#[test]
fn the_same_numbers_as_ever() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/reference/fingerprint.json"
    );
    if std::env::var_os("KEPT_BLESS").is_some() {
        let text = serde_json::to_string(&contract::fingerprint()).unwrap();
        std::fs::write(path, text + "\n").unwrap();
    }
    contract::check_fingerprint(&std::fs::read_to_string(path).unwrap());
}
