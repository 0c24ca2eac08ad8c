# Two commands: `make run` builds the warehouse, `make test` proves it.
.DEFAULT_GOAL := help
.PHONY: help setup run test lint check bench ui lock clean
PYTHON ?= python3
BIN := .venv/bin
SETUP := .venv/setup-complete

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Everything comes from the hashes of requirements.lock. uv (itself pinned there) installs in seconds; where it cannot
# reach the index that pip is configured for, plain pip installs the same files.
$(SETUP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	$(PYTHON) -m venv --clear .venv
	awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.lock > .venv/uv.lock.txt
	$(BIN)/pip install --quiet --require-hashes --requirement .venv/uv.lock.txt
	index=$$($(BIN)/pip config get global.index-url 2>/dev/null); \
	UV_DEFAULT_INDEX=$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$${index:-}}}; \
	if [ -n "$$UV_DEFAULT_INDEX" ]; then export UV_DEFAULT_INDEX; else unset UV_DEFAULT_INDEX; fi; \
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode --requirement requirements.lock \
	|| { $(BIN)/pip install --quiet --no-deps --require-hashes --requirement requirements.lock && $(BIN)/python -m compileall -q .venv; }
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@

setup: $(SETUP) ## make .venv from requirements.lock

run: $(SETUP) ## build the warehouse and publish it to data/warehouse.duckdb
	@$(BIN)/aicost run

test: $(SETUP) ## run the tests
	@$(BIN)/python -m pytest

lint: $(SETUP) ## style, types, SQL, and the loading of the Dagster definitions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar sql
	$(BIN)/python -W error::DeprecationWarning:pipelines -c 'import pipelines.definitions as d; d.defs.get_repository_def()'

check: test lint ## both

bench: $(SETUP) ## measure the price history at 1, 10 and 50 million observations (about half an hour)
	@$(BIN)/python tests/bench/bench.py

ui: $(SETUP) ## serve the Dagster UI on 127.0.0.1:3000
	@$(BIN)/aicost ui

lock: $(SETUP) ## resolve requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header --quiet --output-file requirements.lock

clean: ## remove what `make` built (published releases stay)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis data/build.duckdb data/dagster
