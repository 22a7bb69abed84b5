# Everything a newcomer needs: `make demo` and `make test` set themselves up on a machine that has Python 3.11 only.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(if $(shell command -v uv),uv pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check)

.PHONY: demo airflow test check mutants bench bench-text faults clean

demo: $(VENV)/.run
	$(BIN)/xuanpin demo --home .demo

# Airflow on the demo's drops, at http://127.0.0.1:8080, until Ctrl-C.
airflow: $(VENV)/.dev | .demo/sources
	$(BIN)/python -m tools.airflow_local

.demo/sources:
	$(MAKE) demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint --disable-progress-bar sql
	$(BIN)/python -m tools.sql_lint
	$(BIN)/mypy

# Small wrong changes, of which the tests must notice all but a few; takes minutes.
mutants: $(VENV)/.dev
	$(BIN)/python -m tools.mutants

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.bench_night

bench-text: $(VENV)/.bench
	$(BIN)/python -m benchmarks.bench_text --data ../shared/data

faults: $(VENV)/.dev
	$(BIN)/python -m benchmarks.bench_faults
	$(BIN)/python -m benchmarks.bench_fault_steps

clean:
	rm -rf $(VENV) .demo build *.egg-info

$(VENV)/bin/python:
	$(or $(shell command -v $(PYTHON)),python3) -m venv $(VENV)

$(VENV)/.run: setup.cfg pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) --constraint constraints.txt --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(INSTALL) --constraint constraints.txt --editable '.[dev]'
	touch $@

# The tools that ours are measured beside.
$(VENV)/.bench: $(VENV)/.dev
	$(INSTALL) --constraint constraints.txt --editable '.[dev,bench]'
	touch $@
