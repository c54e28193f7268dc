# Each command makes what it needs: an environment of its own in .venv-<version>, with pinned packages.

PYTHON ?= python3
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
VENV := .venv-$(VERSION)
BIN := $(VENV)/bin
PORT ?= 5006
ADDRESS ?= localhost

.PHONY: serve test lint bench chromium clean

serve: $(VENV)/app
	$(BIN)/dl-workshop serve --port $(PORT) --address $(ADDRESS)

test: chromium
	$(BIN)/python -m pytest $(ARGS)

lint: chromium
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_javascript_syntax.py

bench: chromium
	$(BIN)/python -m tests.bench

chromium: $(VENV)/test
	$(BIN)/python tests/find_chromium.py

$(VENV)/app: pyproject.toml constraints.txt | $(VENV)/pip
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/test: $(VENV)/app
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@

$(VENV)/pip:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "dl-workshop needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	touch $@

clean:
	rm -rf .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis
