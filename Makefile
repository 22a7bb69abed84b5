# Everything a newcomer needs: `make demo` and `make test` set themselves up on a machine that has Python 3.11 only.
# The words after ## are what `make help` prints.
PYTHON ?= python3.11
IS_RIGHT := -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'
VENV := .venv
BIN := $(VENV)/bin
SPARK := .venv-spark
CONTRACTS := .venv-contracts
INSTALL_INTO = $(if $(shell command -v uv),uv pip install --quiet --python $(1)/bin/python,$(1)/bin/python -m pip install --quiet --disable-pip-version-check)
INSTALL := $(call INSTALL_INTO,$(VENV))

.PHONY: demo airflow spark-server spark-demo test test-fast cover check contracts mutants parity wheel pins bench bench-guard bench-text faults fuzz clean help

demo: $(VENV)/.run ## Build a platform from a seed and run a week of nights on it, in .demo (FORM=community …: one night on a form's example)
	$(BIN)/xuanpin demo --home .demo $(if $(FORM),--form $(FORM))
	$(if $(FORM),,touch .demo/.whole)

PORT ?= 8080
SIZE ?= S
airflow: $(VENV)/.dev | .demo/.whole ## Run Airflow on the demo's drops, at http://127.0.0.1:8080 (PORT=…), until Ctrl-C
	$(BIN)/python -m tools.airflow_local --port $(PORT)

# A demo that was interrupted lacks it.
.demo/.whole:
	$(MAKE) demo

# SERVER=sail takes the server of pysail, which needs no Java.
SERVER ?= spark
MASTER ?= local[2]
SERVED := $(if $(filter sail,$(SERVER)),$(VENV)/.dev,$(VENV)/.spark $(SPARK)/.run)
spark-server: $(SERVED) ## Serve Spark on this machine at sc://127.0.0.1:15002, until Ctrl-C (MASTER=local[2]; SERVER=sail without Java)
	$(BIN)/python -m tools.spark_server $(SERVER) --master "$(MASTER)" --port 15002

spark-demo: $(SERVED) | .demo/.whole ## Run the demo's last night on Spark and on DuckDB, and compare what they publish (SERVER=sail without Java)
	$(BIN)/python -m tools.spark_demo $(SERVER) --master "$(MASTER)"

# Two processes; the tests of one file stay together, so that what they share is made once. Files go in order, those of
# whole nights first: by the number of their tests, which the library goes by, a few slow files would end the run on one
# process. COVER=1 also counts branches.
SPREAD := --numprocesses 2 --dist loadscope --no-loadscope-reorder
test: $(VENV)/.dev ## Run the test suite
	$(BIN)/python -m pytest -rs $(SPREAD) $(if $(COVER),--cov --cov-report=)
	$(if $(COVER),$(BIN)/python -m tools.cover_rooms)

# Rules and mathematics alone, for the time between two edits; files of tests that read whole drops are left to `make test`.
test-fast: $(VENV)/.dev ## Run the rules and the mathematics alone, in a minute and a half
	$(BIN)/python -m pytest $(SPREAD) -m "not whole and not standalone" tests/property tests/spec tests/unit

# What the tests go through, by room, held to the floors in setup.cfg.
cover: ## Run the test suite, count branches by room and hold them to their floors
	$(MAKE) test COVER=1

# Pre-commit calls this target too, so that there is one definition of what is checked.
check: $(VENV)/.dev ## Check style, types, SQL, pins and generated pages, as pre-commit does
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint --disable-progress-bar sql
	$(BIN)/python -m tools.sql_lint
	$(BIN)/mypy
	$(BIN)/python -m tools.api_page --check
	$(BIN)/python -m tools.night_picture --check
	$(BIN)/python -m tools.lineage_page --check
	$(BIN)/python -m tools.inner_page docs/tables-inside.md --check
	$(BIN)/python -m tools.bill_of_materials --check
	$(BIN)/python -m tools.contract_changes

contracts: $(VENV)/.dev $(CONTRACTS)/.run | .demo/.whole ## Have the contract standard's own tool lint every contract and test the demo's published tables
	$(BIN)/python -m tools.contract_standard .demo

# XUANPIN_PARITY=sc://… names another server. `make test` runs the same tests on Sail.
parity: export XUANPIN_PARITY ?= $(SERVER)
parity: $(VENV)/.dev $(SERVED) ## Hold every SQL file's answers on Spark against DuckDB's, and print a line for each (SERVER=sail without Java)
	$(BIN)/python -m pytest -m parity tests/parity
	$(BIN)/python -m tests.parity.table

mutants: $(VENV)/.dev ## Make small wrong changes one at a time and say which of them no test notices (minutes)
	$(BIN)/python -m tools.mutants

pins: $(VENV)/bin/python ## Renew constraints.txt with the newest versions that setup.cfg admits
	$(BIN)/python -m tools.renew_pins

# Into dist/, from a clean copy, and held against the tree in both directions.
wheel: $(VENV)/.dev ## Build the wheel and hold it against the tree
	$(BIN)/python -m tools.wheel

bench: $(VENV)/.dev ## Measure speed and memory of a night, by step, beside pandas and Spark (SIZE=S, M or L)
	$(BIN)/python -m benchmarks.bench_night --size $(SIZE) --baselines

# Counts, not seconds, so that a regression shows on any machine.
bench-guard: $(VENV)/.dev ## Hold the rows and bytes that each step reads to their budget
	$(BIN)/python -m benchmarks.guard

bench-text: $(VENV)/.bench ## Measure the reading of chat on public texts
	$(BIN)/python -m benchmarks.bench_text --data ../shared/data

faults: $(VENV)/.dev ## Interrupt nights and commands, and check what readers find
	$(BIN)/python -m benchmarks.bench_faults
	$(BIN)/python -m benchmarks.bench_fault_steps
	$(BIN)/python -m benchmarks.bench_kills

# Each failure is printed with the command that repeats it; FUZZ="--seed 20000" takes other cases.
fuzz: $(VENV)/.dev ## Try 20,000 randomly damaged drops, settings, sheets and command lines
	$(BIN)/python -m tools.fuzz $(FUZZ)

clean: ## Delete the environment, the demo and build folders
	rm -rf $(VENV) $(SPARK) $(CONTRACTS) .demo build dist *.egg-info

help: ## Print this list
	@awk -F ' *:.* ## ' '/^[a-z-]+:.* ## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# An environment that is made in part would be taken for whole by the next `make`.
$(VENV)/bin/python:
	@for name in "$(PYTHON)" python3 python; do "$$name" $(IS_RIGHT) 2> /dev/null || continue; \
	  echo "$$name -m venv $(VENV)"; "$$name" -m venv $(VENV) && exit; rm -rf $(VENV); exit 1; done; \
	echo "Python 3.11 is needed, and none of $(PYTHON), python3 and python is one. Install it, or name one that is there:" \
	  "make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1

$(VENV)/.run: setup.cfg pyproject.toml constraints.txt | $(VENV)/bin/python
	@$(BIN)/python $(IS_RIGHT) || { echo "$(VENV) has `$(BIN)/python --version`, Xuanpin needs 3.11: run \`rm -rf $(VENV)\`, then" \
	  "make again" >&2; exit 1; }
	@echo "Installing what Xuanpin needs into $(VENV): a minute or two"
	$(INSTALL) --constraint constraints.txt --editable .
# As pip does with what it installs: where Python may write no bytecode, each command would compile 300 modules again.
	$(BIN)/python -m compileall -q dags models pipelines
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(INSTALL) --constraint constraints.txt --editable '.[dev]'
	touch $@

$(VENV)/.spark: $(VENV)/.run
	$(INSTALL) --constraint constraints.txt --editable '.[spark]'
	touch $@

# Spark itself and its client are both imported as pyspark and cannot be in one environment.
$(SPARK)/.run: constraints-spark.txt | $(VENV)/bin/python
	@$(BIN)/python -m tools.spark_server check
	@echo "Installing Spark into $(SPARK): half a gigabyte"
	$(BIN)/python -m venv $(SPARK)
	$(call INSTALL_INTO,$(SPARK)) --constraint constraints-spark.txt pyspark
	touch $@

# The tool needs an older DuckDB than ours.
$(CONTRACTS)/.run: constraints-contracts.txt | $(VENV)/bin/python
	@echo "Installing the contract standard's tool into $(CONTRACTS): half a gigabyte"
	$(BIN)/python -m venv $(CONTRACTS)
	$(call INSTALL_INTO,$(CONTRACTS)) --constraint constraints-contracts.txt 'datacontract-cli[duckdb]'
	touch $@

# The tools that ours are measured beside.
$(VENV)/.bench: $(VENV)/.dev
	$(INSTALL) --constraint constraints.txt --editable '.[dev,bench]'
	touch $@
