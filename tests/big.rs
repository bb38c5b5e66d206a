//! Memory of large files, measured: `KEPT_BIG=FILE cargo test --release --test big -- --ignored --nocapture`.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
#[path = "common/engine.rs"]
mod engine;

use engine::guessed;
use kept::{
    base::{LoadOptions, Params, Progress, Value, block_on},
    engine::{Beside, Sink, State, memory},
    protocol::{DatasetId, ModelId, Output, Request},
    table::read::Disk,
};
use std::cell::RefCell;

#[global_allocator]
static MEMORY: memory::Counted = memory::Counted;

/// Says the peak of each stage.
#[derive(Default)]
struct Watch(RefCell<(String, usize)>);

impl Sink for Watch {
    fn progress(&self, progress: Progress) {
        let mut last = self.0.borrow_mut();
        let now = format!("{:?}", progress.stage);
        if now != last.0 {
            println!(
                "  {:12} peak {:>6} MB live {:>6} MB",
                last.0,
                memory::peak() >> 20,
                memory::live() >> 20
            );
            memory::reset_peak();
            last.0 = now;
        }
    }
    fn now_ms(&self) -> f64 {
        0.0
    }
}

impl Watch {
    fn end(&self) {
        println!(
            "  {:12} peak {:>6} MB live {:>6} MB",
            self.0.borrow().0,
            memory::peak() >> 20,
            memory::live() >> 20
        );
        memory::reset_peak();
    }
}

#[test]
#[ignore = "measures"]
fn measured() {
    let path = std::env::var_os("KEPT_BIG").unwrap();
    let mut state = State::default();
    let watch = Watch::default();
    let request = Request::Load {
        dataset: DatasetId(1),
        options: LoadOptions::default(),
    };
    let beside = Beside {
        source: Some(Box::new(Disk::open(&path).unwrap())),
        bytes: None,
    };
    let start = std::time::Instant::now();
    let Output::Loaded(profile) = block_on(state.handle(request, beside, &watch))
        .unwrap()
        .output
    else {
        panic!()
    };
    watch.end();
    println!("{} rows in {:?}", profile.n_rows, start.elapsed());
    for c in &profile.columns {
        println!("  {} {:?}", c.field.name, c.field.kind);
    }
    for learners in std::env::var("KEPT_LEARNERS")
        .unwrap_or_default()
        .split(',')
        .filter(|l| !l.is_empty())
    {
        let params = Params::default()
            .with("learners", vec![Value::Text(learners.into())])
            .with("cv", 3_i64)
            .with("n_repeats", 1_i64);
        let request = Request::Run {
            analysis: "churn".into(),
            dataset: DatasetId(1),
            roles: guessed(&profile),
            params,
            recipe: None,
            model: ModelId(1),
        };
        let watch = Watch::default();
        let start = std::time::Instant::now();
        let done = block_on(state.handle(request, Beside::default(), &watch));
        watch.end();
        println!(
            "{learners}: {:?} in {:?}",
            done.map(|_| ()),
            start.elapsed()
        );
    }
}
