# Two commands matter: `make up` (everything, on a fresh machine) and `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
DJANGO := $(VENV)/django_rest
RUN := $(VENV)/bin/python
LOCK := $(RUN) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
# uv installs the packages of the lock in a fifth of pip's time. The index that pip is set to is the index of uv, too, and the
# certificates are those of the machine.
INDEX = $(or $(UV_DEFAULT_INDEX),$(PIP_INDEX_URL),$(shell $(RUN) -m pip config get global.index-url 2>/dev/null))
INSTALL = $(if $(INDEX),UV_DEFAULT_INDEX='$(INDEX)') UV_SYSTEM_CERTS=1 UV_CACHE_DIR=$(VENV)/downloads \
	$(VENV)/bin/uv pip install --quiet --no-deps
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The integration tests on a server of your own: make test PG=postgresql://superuser:password@host/postgres
ifdef PG
export WAREHOUSE_TEST_DSN := $(PG)
endif
# Each command of the tests is a process of its own; without compiled modules each compiles them again.
unexport PYTHONDONTWRITEBYTECODE

TOGETHER := --numprocesses 2 --dist loadfile --no-loadscope-reorder

.PHONY: help up test check pytest sql citus lint types lab dashboard api live clean bench scale surface docs lock

help: ## Show the commands
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

up: $(VENV)/ready ## Bring everything up: database, seed, gates, dbt, notebooks (UNTIL=yesterday: sample data until then)
	@$(RUN) -m loaders up $(if $(UNTIL),--until $(UNTIL))

test: lint pytest ## Run lints and all tests, on a server and data of their own

check: lint ## Run lints and the unit tests: the daily round
	@$(RUN) -m pytest tests/unit --numprocesses 2 --quiet

pytest: $(VENV)/dev-ready .venv-live/ready ## Run all tests without the lints
	@$(RUN) -m pytest $(TOGETHER)

sql: $(VENV)/dev-ready ## Run one test of each SQL statement, on a server of your own (PG=postgresql://...)
	@$(RUN) -m pytest tests/integration -m sql $(TOGETHER)

citus: $(VENV)/dev-ready .venv-live/ready ## Run the integration tests on a Citus cluster (PG=postgresql://..., its coordinator)
	@$(RUN) -m pytest tests/integration $(TOGETHER)

lint: $(VENV)/dev-ready ## Check style, formatting, types, the layers of the packages, and SQL
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(VENV)/bin/lint-imports
	@$(MAKE) --no-print-directory --jobs=2 types $(VENV)/dbt-sql-linted $(VENV)/package-sql-linted

types: $(VENV)/dev-ready
	@$(RUN) -m mypy

lab: $(VENV)/ready ## Open JupyterLab on notebooks/, connected (PORT=8888)
	@exec $(RUN) -m loaders serve lab $(if $(PORT),--port $(PORT))

dashboard: $(VENV)/ready ## Serve the live dashboard on this machine, print its address (PORT=8866)
	@exec $(RUN) -m loaders serve dashboard $(if $(PORT),--port $(PORT))

api: $(VENV)/ready ## Serve the HTTP service on this machine, print its address (PORT=8800)
	@exec $(RUN) -m loaders serve api $(if $(PORT),--port $(PORT))

live: .venv-live/ready ## Install gridstatus, which `warehouse pull` of a market needs, into an environment of its own

# Each with its arguments; those of the last three make them short.
BENCHES := loading files marts reading summaries archive "api $(DJANGO)/bin/python 5" "api_memory 500000" "upkeep small"

bench: $(VENV)/dev-ready $(if $(SIZE),,$(DJANGO)/ready) ## Measure speed, as ratios to plain PostgreSQL (takes long; SIZE=100M: what grows, in at most 90 minutes)
	@missed=0; for bench in $(if $(SIZE),,$(BENCHES)) "growth $(SIZE)"; do echo "== $$bench"; $(RUN) -m tests.benchmarks.bench_$$bench || missed=1; done; exit $$missed

scale: $(VENV)/dev-ready ## Let readers, loaders and builds work at once for five minutes, and show how long answers take
	@WAREHOUSE_TEST_SCALE_SECONDS=300 $(RUN) -m pytest tests/integration/operations/test_scale_of_use.py

surface: $(VENV)/dev-ready ## Write the snapshot of the public surface again
	@$(RUN) -m tests.support.public_surface

docs: $(VENV)/dev-ready ## Write the generated pages of docs/reference/ again
	@$(RUN) -m tests.support.reference

clean: ## Say what would be deleted; YES=1 deletes it
	@if [ -x $(RUN) ]; then $(RUN) -m loaders clean $(if $(YES),--yes); else echo "Nothing was installed here; nothing to delete."; fi

lock: ## Resolve requirements*.txt again, with all packages and their hashes
	@$(LOCK) requirements.txt requirements-dev.txt --output-file requirements-dev.lock
	@$(LOCK) requirements.txt --constraint requirements-dev.lock --output-file requirements.lock
	@$(LOCK) requirements-live.txt --output-file requirements-live.lock
	@$(LOCK) tests/benchmarks/django_rest/requirements.txt --output-file tests/benchmarks/django_rest/requirements.lock

# SQL is linted without a database: the dbt project by Jinja, that of the packages by placeholders. It takes half a minute, so
# only files that changed since the last clean run are linted; all of them after a change of the rules or of a macro.
DBT_SQL = $(shell find dbt_project -name '*.sql' -not -path '*/target/*' -not -path '*/dbt_packages/*')
PACKAGE_SQL = $(shell find loaders notebooks -name '*.sql')
SQL_RULES = pyproject.toml $(shell find dbt_project loaders notebooks tests/support/sql_lint -name '.sqlfluff*' -o -path '*/dbt_names/*.py')

$(VENV)/dbt-sql-linted: $(DBT_SQL) $(SQL_RULES)
	@$(RUN) -m sqlfluff lint --processes 0 $(if $(filter $(SQL_RULES) dbt_project/macros/%,$?),dbt_project,$?)
	@touch $@

$(VENV)/package-sql-linted: $(PACKAGE_SQL) $(SQL_RULES)
	@$(RUN) -m sqlfluff lint --processes 0 --templater placeholder $(if $(filter $(SQL_RULES),$?),loaders notebooks,$?)
	@touch $@

# What `make up` needs: uv by its own lines of the lock, then the packages of the lock. It has all of them, so nothing is resolved.
$(VENV)/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12 up" if sys.version_info < (3, 11) else 0)'
	@echo "Installing the packages of requirements.lock into $(VENV) (once, less than a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock >$(VENV)/uv.lock
	@$(RUN) -m pip install --quiet --quiet --no-deps --require-hashes --requirement $(VENV)/uv.lock
	@$(INSTALL) --python $(RUN) --require-hashes --requirement requirements.lock
	@$(INSTALL) --python $(RUN) --editable .
	@rm -rf $(VENV)/downloads
	@touch $@

# gridstatus needs an older pandas.
.venv-live/ready: requirements-live.lock | $(VENV)/ready
	@echo "Installing the packages of requirements-live.lock into .venv-live (once) ..."
	@$(PYTHON) -m venv --clear .venv-live
	@$(INSTALL) --python .venv-live/bin/python --require-hashes --requirement requirements-live.lock
	@rm -rf $(VENV)/downloads
	@touch $@

# The system that the HTTP service is compared with.
$(DJANGO)/ready: tests/benchmarks/django_rest/requirements.lock | $(VENV)/ready
	@echo "Installing the packages of tests/benchmarks/django_rest into $(DJANGO) (once) ..."
	@$(PYTHON) -m venv --clear $(DJANGO)
	@$(INSTALL) --python $(DJANGO)/bin/python --require-hashes --requirement $<
	@rm -rf $(VENV)/downloads
	@touch $@

# And what tests and lints need.
$(VENV)/dev-ready: $(VENV)/ready requirements-dev.lock
	@echo "Installing the tools of requirements-dev.lock into $(VENV) (once) ..."
	@$(INSTALL) --python $(RUN) --require-hashes --requirement requirements-dev.lock
	@rm -rf $(VENV)/downloads
	@touch $@
