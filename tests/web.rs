//! The engine's rooms as wasm, in a browser.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)]
#[path = "common/engine.rs"]
mod engine;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
fn the_journey_gives_the_same_numbers_as_natively() {
    engine::check_fingerprint(include_str!("reference/journey.json"));
}

#[wasm_bindgen_test]
fn the_same_seed_gives_the_same_journey() {
    assert_eq!(engine::fingerprint(), engine::fingerprint());
}

#[wasm_bindgen_test]
fn far_more_columns_than_rows_are_survived() {
    engine::far_more_columns_than_rows();
}

#[path = "common/contract.rs"]
mod contract;

macro_rules! in_browser {
    ($name:ident) => {
        #[wasm_bindgen_test]
        fn $name() {
            contract::$name();
        }
    };
}
contract!(in_browser);

#[wasm_bindgen_test]
fn every_learner_gives_the_same_numbers_as_natively() {
    contract::check_fingerprint(include_str!("reference/fingerprint.json"));
}
