# Each command makes what it needs: an environment of its own in .venv-<version>, with pinned packages.

PYTHON ?= python3
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
VENV := .venv-$(VERSION)
BIN := $(VENV)/bin
PORT ?= 5006
ADDRESS ?= localhost
FOLDER ?= site
OPTIONS ?=

.PHONY: serve export test lint bench soak chromium node clean

serve: $(VENV)/app
	$(BIN)/dl-workshop serve --port $(PORT) --address $(ADDRESS) $(OPTIONS)

export: $(VENV)/app
	$(BIN)/dl-workshop export $(FOLDER)

test: chromium node node_modules/.package-lock.json
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/test node_modules/.package-lock.json
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python tests/find_node.py run --silent lint

bench: chromium node
	$(BIN)/python -m tests.bench

soak: $(VENV)/test
	$(BIN)/python -m tests.soak

chromium: $(VENV)/test
	$(BIN)/python tests/find_chromium.py

node: $(VENV)/test
	$(BIN)/python tests/find_node.py

node_modules/.package-lock.json: package.json package-lock.json | $(VENV)/test
	$(BIN)/python tests/find_node.py ci --silent
	touch $@

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
	rm -rf .venv-* node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
