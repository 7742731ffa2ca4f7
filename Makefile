# One virtual environment for everything: .venv. `make demo` and `make test` set it up themselves.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help demo test test-fast lint format bench lab clean

help:            ## what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 16

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

demo: $(STAMP)   ## explain the demo incident: a service whose database dies under load
	@$(BIN)/diagnose scan fixtures/demo --exclude '*.yaml' --fail-on never

test: $(STAMP) lint   ## all tests
	$(BIN)/python -m pytest -n auto

test-fast: $(STAMP)   ## the quick ones, under a minute
	$(BIN)/python -m pytest -n auto -m "not slow and not server"

lint: $(STAMP)   ## ruff, mypy --strict, and the rules' own lint
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/diagnose rules lint

format: $(STAMP)
	$(BIN)/ruff format diagnose tests benchmarks
	$(BIN)/ruff check --fix diagnose tests benchmarks

bench: $(STAMP)   ## speed against wc and ripgrep, as ratios; writes docs/performance.md
	$(BIN)/python -m benchmarks.scan

lab:             ## capture the fixtures anew from real programs (needs servers, node, java)
	$(MAKE) -C fixtures/lab

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
