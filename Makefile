# Two commands matter: `make up` (everything, on a fresh machine) and `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help up test lint lab dashboard clean bench surface

help: ## Show the commands
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

up: $(VENV)/ready ## Bring everything up: database, seed, gates, dbt, notebooks
	@$(RUN) -m loaders up

test: $(VENV)/ready lint ## Run lints and all tests, on a server and data of their own
	@$(RUN) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/ready ## Check style and formatting
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

lab: $(VENV)/ready ## Open JupyterLab on notebooks/, connected (PORT=8888)
	@exec $(RUN) -m loaders serve lab $(if $(PORT),--port $(PORT))

dashboard: $(VENV)/ready ## Serve the live dashboard on this machine, print its address (PORT=8866)
	@exec $(RUN) -m loaders serve dashboard $(if $(PORT),--port $(PORT))

bench: $(VENV)/ready ## Measure speed, as ratios to plain PostgreSQL (takes long)
	@for bench in tests/benchmarks/bench_*.py; do echo "== $$bench"; $(RUN) $$bench || exit 1; done

surface: $(VENV)/ready ## Write the snapshot of the public surface again
	@$(RUN) -m tests.support.public_surface

clean: ## Say what would be deleted; YES=1 deletes it
	@if [ -x $(RUN) ]; then $(RUN) -m loaders clean $(if $(YES),--yes); else echo "Nothing was installed here; nothing to delete."; fi

$(VENV)/ready: requirements.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12 up" if sys.version_info < (3, 11) else 0)'
	@echo "Installing requirements into $(VENV) (once; about a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --use-pep517 --requirement requirements.txt --requirement requirements-dev.txt
	@$(RUN) -m pip install --quiet --no-deps --editable .
	@touch $@
