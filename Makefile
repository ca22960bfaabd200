# Seaport. `make run` starts everything on this machine; `make test` runs the whole suite. Both set up what they need.

.DEFAULT_GOAL := run
.PHONY: run test check check-full bench shown i18n setup setup-test again

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --root-user-action=ignore
NPM := $(BIN)/python -m saas.run.npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
SOURCES := saas migrations bench tests wsgi.py

run: setup
	@exec $(BIN)/saas up

# Compiled modules are kept whatever the shell says: the tests start some hundred processes, which would compile all anew.
test: setup-test
	@exec env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n 3 --dist worksteal $(TESTS)

check: setup-test
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py
	$(BIN)/djlint --lint --quiet saas
	$(BIN)/python -m saas.i18n check

check-full: setup-test
	@exec env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n 2 -m full --timeout 3600

bench: setup
	@exec $(BIN)/python -m bench

shown: setup-test
	@exec $(BIN)/python -m tests.shown

i18n: setup-test
	@$(BIN)/python -m saas.i18n update
	@$(BIN)/python -m saas.i18n compile

setup: $(VENV)/.run node_modules/.run $(VENV)/.i18n
	@$(BIN)/saas doctor --install --once

setup-test: $(VENV)/.test node_modules/.test $(VENV)/.i18n
	@$(BIN)/saas doctor --install --once --tests

# The programs of a virtual environment know its path: in a checkout that was moved or copied it is made anew.
$(VENV)/.made: $(if $(filter $(CURDIR),$(shell cat $(VENV)/.made 2>/dev/null)),,again)
	@if head -n 2 $(BIN)/pip 2>/dev/null | grep -q "$(CURDIR)/$(BIN)/"; then echo "$(CURDIR)" > $@; exit; fi; \
	for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "Seaport needs Python 3.11 or newer. Install python3 of that age first." >&2; exit 1; fi; \
	if ! $$found -c 'import venv, ensurepip' 2>/dev/null; then \
	  echo "This Python can't make virtual environments. Install that first: apt-get install python3-venv" >&2; exit 1; fi; \
	echo "Making $(VENV) with $$($$found --version)."; \
	rm -rf $(VENV) && $$found -m venv $(VENV) && echo "$(CURDIR)" > $@

$(VENV)/.run: pyproject.toml $(VENV)/.made
	@echo "Installing Seaport's packages; the first time this takes a minute."
	@$(PIP) --editable .
	@touch $@

$(VENV)/.test: pyproject.toml $(VENV)/.made
	@echo "Installing Seaport's packages and those of its tests; the first time this takes a minute."
	@$(PIP) --editable '.[test]'
	@touch $(VENV)/.run $@

node_modules/.run: package-lock.json | $(VENV)/.run
	@echo "Fetching the front-end packages."
	@$(NPM) --omit=dev >/dev/null
	@touch $@

node_modules/.test: package-lock.json | $(VENV)/.test
	@echo "Fetching the front-end packages and those of the tests."
	@$(NPM) >/dev/null
	@touch node_modules/.run $@

$(VENV)/.i18n: $(wildcard saas/translations/*/*.po) | $(VENV)/.run
	@$(BIN)/python -m saas.i18n compile
	@touch $@
