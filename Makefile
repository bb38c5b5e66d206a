# Two commands are enough: `make run` builds and serves the app, `make test` checks everything.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
export PATH := $(CURDIR)/.tools/bin:$(PATH)
export TRUNK_SKIP_VERSION_CHECK := true
WASM := --target wasm32-unknown-unknown --no-default-features
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
CHROMEDRIVER ?= $(shell command -v chromedriver)
FIREFOX ?= $(shell command -v firefox-esr || command -v firefox)
export CHROMIUM CHROMEDRIVER FIREFOX
PORT ?= 8080

.PHONY: run build package test bench bench-engine fuzz cv clean tools test-tools lint lint-native lint-web lint-dependencies ready-web test-native test-web test-e2e run-e2e screenshots

run: build
	node .ci/serve.mjs $(PORT)

tools:
	.ci/tools build

test-tools:
	.ci/tools test

# Static files in dist/.
build: tools
	cargo fetch --locked --target wasm32-unknown-unknown
	trunk build

# The npm package, in dist/npm.
package: build
	node .ci/package.mjs

# Two at a time, because linking one module leaves a core idle; what looks at the clock then runs alone.
test: test-tools
	$(MAKE) --no-print-directory -j2 --output-sync=line test-native ready-web
	$(MAKE) --no-print-directory test-web run-e2e
	@echo "make test: everything passed"

lint: lint-native lint-web lint-dependencies

lint-native:
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings

# Licences, sources, withdrawn versions, pins: from the lock file and what cargo has fetched.
lint-dependencies:
	cargo fetch --locked --target wasm32-unknown-unknown --target $$(rustc -vV | sed -n 's/^host: //p')
	node .ci/dependencies.mjs

# All modules at once; what only one of them leaves unused, its own build refuses (KEPT_STRICT, .ci/rustc).
lint-web:
	cargo clippy --release --locked $(WASM) --features page,findings,engine,studies,bench --lib --bins -- -D warnings

test-native: lint-native lint-dependencies
	cargo test --locked --no-fail-fast

# All that the browser's tests need, built.
ready-web: export KEPT_STRICT := 1
ready-web: lint-web build
	cargo test --release --locked $(WASM) --features engine --test web --no-run

# Every learner on real files, beside scikit-learn and LightGBM: one table.
cv:
	cargo test --locked --test cv_auc -- --nocapture

# In headless Chromium: the engine's rooms as wasm, with the flags of .cargo/config.toml as shipped. The runner's own
# limit is 20 seconds for all tests together.
test-web: test-tools
	WASM_BINDGEN_TEST_TIMEOUT=600 \
	CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
	WASM_BINDGEN_TEST_WEBDRIVER_JSON=$(CURDIR)/.tools/webdriver.json cargo test --release --locked $(WASM) --features engine --test web

test-e2e: test-tools build
	$(MAKE) --no-print-directory run-e2e

# On what is built already.
run-e2e:
	node --test --test-concurrency=1 tests/e2e/*.test.mjs

screenshots: test-tools build
	node tests/e2e/screenshots.mjs

# ONLY=boosting,forest runs some rows, FAST=1 with fewer runs, STRICT=1 fails on a missed limit or an absent learner.
bench: test-tools build bench-engine
	node benches/run.mjs $(if $(ONLY),--only=$(ONLY)) $(if $(FAST),--fast) $(if $(STRICT),--strict)

# The learners alone, built as the engine is.
bench-engine: tools
	cargo build --locked --release $(WASM) --features bench --bin bench
	wasm-bindgen --target web --no-typescript --out-dir target/bench/www --out-name bench target/wasm32-unknown-unknown/release/bench.wasm
	wasm-opt -O3 --output target/bench/www/bench_bg.wasm target/bench/www/bench_bg.wasm

# Every fuzz target for TIME seconds, or those of ONLY; what is new and worth keeping goes to target/fuzz.
fuzz:
	.ci/fuzz $(or $(TIME),600) $(ONLY)

clean:
	rm -rf target dist
