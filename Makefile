# make demo | dev | test | slow | torture | coverage | lint | format | generate | docs | bench | lock | audit | sbom: each sets up .venv
# first when it is missing or older than the lock.
# Nothing here needs a variable, a server or an account.

# Tests start many processes: without bytecode on disk each of them compiles the whole package anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
RUNNABLE := $(filter-out sql/steps/,$(wildcard sql/*/))

.PHONY: demo dev test slow torture coverage lint format generate docs bench lock audit sbom

demo: $(READY)
	@$(BIN)/clarity-pipeline demo

# Of every room what takes seconds; the rest is in `make slow`. CI runs both.
test: $(READY)
	$(BIN)/pytest --numprocesses auto --dist worksteal

# Both together, a fifth slower, with what they cover.
coverage: $(READY)
	@rm -f .coverage .coverage.*
	$(BIN)/pytest -m "" --numprocesses auto --dist worksteal --cov --cov-report=term

# What takes long, each for the reason in its mark: whole days in a row, processes killed by the dozen, a browser through every page,
# the same test on the other database, the whole demo.
slow: $(READY)
	$(BIN)/pytest -m slow --timeout 600 --numprocesses auto --dist worksteal

# Random faults on random nights of a real home, each survivor held against the truth; `make torture MINUTES=5 SEED=7`.
MINUTES ?= 60
SEED ?= 1
torture: $(READY)
	$(BIN)/python -m clarity_pipeline_tests.torture --minutes $(MINUTES) --seed $(SEED) --keep

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m generate --check
	$(BIN)/sqlfluff lint --disable-progress-bar $(RUNNABLE)
	$(BIN)/pytest -n 0 clarity_pipeline_tests/house clarity_pipeline_tests/docs
	@env -i PATH="$$PATH" HOME="$$HOME" $(BIN)/dagster definitions validate -w workspace.yaml --log-level error
	@echo "Dagster definitions load with an empty environment."

# Everything that follows from the code and stands in a file: steps, SQL, kept files of each layout, reference pages.
generate: $(READY)
	@$(BIN)/python -m generate

# The whole site, in build/docs.
docs: $(READY)
	@$(BIN)/properdocs build --strict --quiet
	@echo "The documentation is in build/docs; open build/docs/index.html."

dev: $(READY)
	@$(BIN)/python -m clarity_pipeline.cli.demo.dev

bench: $(READY)
	$(BIN)/python -m benchmarks.lane_load
	$(BIN)/python -m benchmarks.against_dlt
	$(BIN)/python -m benchmarks.old_duckdb_opens_the_copy
	$(BIN)/python -m benchmarks.accuracy --quick
	$(BIN)/python -m benchmarks.alerts --quick
	$(BIN)/python -m benchmarks.rule_speed --businesses 60
	$(BIN)/python -m benchmarks.panel_list
	$(BIN)/python -m benchmarks.sweep --businesses 10
	$(BIN)/python -m benchmarks.replay_speed

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Newest releases that fit pyproject.toml, with hashes and no index address. What develops (requirements-dev.lock) is chosen first; what
# runs (requirements.lock) and what builds the wheel (requirements-build.lock) are parts of it. `make lock UPGRADE=` adds what is new in
# pyproject.toml and leaves the rest as it is.
UPGRADE ?= --upgrade
COMPILE := .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

lock:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet uv
	$(COMPILE) $(UPGRADE) --extra dev --extra postgres --extra panel pyproject.toml --output-file requirements-dev.lock
	rm -f requirements.lock requirements-build.lock
	$(COMPILE) --constraint requirements-dev.lock --extra postgres --extra panel pyproject.toml --output-file requirements.lock
	sed -n 's/^requires = \["\(.*\)"\]$$/\1/p' pyproject.toml \
		| $(COMPILE) --constraint requirements-dev.lock --output-file requirements-build.lock -
	rm -rf .venv-lock

# Known holes in what runs and in what builds it. Without a way to a database of them it says so, and is no failure.
audit:
	@$(PYTHON) .ci/audit.py

# What runs, with versions, licences and hashes, as CycloneDX.
sbom: $(READY)
	@$(BIN)/python -m generate.sbom build/sbom.cdx.json

$(READY): requirements-dev.lock pyproject.toml
	@echo "Setting up .venv (about a minute, once) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
