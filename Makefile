# What people run. `make demo` tries tlsfleet out, `make test` and `make lint` are what CI runs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
RUN := .venv/run.stamp
DEV := .venv/dev.stamp
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --use-pep517 \
	--no-build-isolation --requirement

.DEFAULT_GOAL := help
.PHONY: help setup demo audit test lint bench docs requirements clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 14

setup: $(RUN) ## make .venv from the pinned requirements

demo: $(RUN) ## audit a fleet of real servers in namespaces of this machine (as root), and leave the report
	$(BIN)/python -m lab demo

audit: $(RUN) ## audit the hosts of inventory.ini; make audit HOSTS=web audits some
	$(BIN)/pytest $(if $(HOSTS),--hosts='$(HOSTS)')

test: $(DEV) ## run the suite's own tests
	$(BIN)/pytest tests

lint: $(DEV) ## what CI asks of the code
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tlsfleet.catalogue --check

docs: $(RUN) ## make docs/checks.md of the checks and policies
	$(BIN)/python -m tlsfleet.catalogue

bench: $(DEV) ## measure the collection (as root)
	$(BIN)/python -m benchmarks

requirements: $(DEV) ## pin requirements/*.in anew
	cd requirements && for set in build run dev; do \
		CUSTOM_COMPILE_COMMAND="make requirements" ../$(BIN)/pip-compile --quiet --upgrade --generate-hashes --strip-extras \
		--allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
		--output-file $$set.txt $$set.in || exit 1; done

clean: ## remove .venv and all caches; reports stay
	rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit("tlsfleet needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

$(RUN): requirements/build.txt requirements/run.txt | .venv/bin/pip
	$(INSTALL) requirements/build.txt
	$(INSTALL) requirements/run.txt
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(DEV): requirements/dev.txt $(RUN)
	$(INSTALL) $<
	@touch $@
