# What can be done with a checkout; `make` alone lists it.
# Needs: make, Python 3.11 or newer with venv and pip. Node and Chromium are fetched
# where they are missing (Chromium only by root on Debian).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
OLDEST := .venv-oldest
HOME_OF_TESTS := $(CURDIR)/build/home
BUNDLE := unflax_viz/widget/static/index.js
BUNDLE_SOURCES := $(wildcard js/*.json js/*.js js/*.ts) \
  $(shell find js/src -type f 2>/dev/null)
INSTALLED := $(VENV)/installed.stamp
PIP := -m pip --disable-pip-version-check install --quiet

export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

# Settings, kernels and history in the home of whoever runs this must not reach a test.
demo test check test-oldest screenshots: export JUPYTER_CONFIG_DIR := $(HOME_OF_TESTS)/config
demo test check test-oldest screenshots: export JUPYTER_DATA_DIR := $(HOME_OF_TESTS)/data
demo test check test-oldest screenshots: export JUPYTER_RUNTIME_DIR := $(HOME_OF_TESTS)/runtime
demo test check test-oldest screenshots: export JUPYTERLAB_SETTINGS_DIR := $(HOME_OF_TESTS)/settings
demo test check test-oldest screenshots: export JUPYTERLAB_WORKSPACES_DIR := \
  $(HOME_OF_TESTS)/workspaces
demo test check test-oldest screenshots: export IPYTHONDIR := $(HOME_OF_TESTS)/ipython
demo test check test-oldest screenshots: export JAX_PLATFORMS ?= cpu

.PHONY: help demo lab test check test-oldest screenshots bench format clean \
  static-checks js-checks quick-tests

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /make \1\t/' | \
	  expand -t 18

demo: $(INSTALLED) $(BUNDLE) | $(HOME_OF_TESTS) ## run the first notebook, leave build/first_look.html
	python scripts/demo.py

lab: $(INSTALLED) $(BUNDLE) ## open the notebooks in JupyterLab
	jupyter lab --ip 127.0.0.1 --notebook-dir notebooks \
	  $$(test "$$(id -u)" != 0 || echo --allow-root)

test: static-checks js-checks | $(HOME_OF_TESTS) ## everything, with notebooks and a real browser
	CHROMIUM="$$(scripts/chromium.sh)"; export CHROMIUM; python -m pytest

check: $(INSTALLED) $(BUNDLE) ## the quick part of `make test`, on two cores
	$(MAKE) --jobs=2 --output-sync=target static-checks js-checks quick-tests

quick-tests: $(INSTALLED) $(BUNDLE) | $(HOME_OF_TESTS)
	python -m pytest --numprocesses 2 -m "not browser and not notebook and not slow"

test-oldest: $(OLDEST)/installed.stamp | $(HOME_OF_TESTS) ## pytest with the oldest versions supported
	$(OLDEST)/bin/python -m pytest -p no:cacheprovider \
	  -m "not browser and not notebook"

screenshots: $(INSTALLED) $(BUNDLE) | $(HOME_OF_TESTS) ## leave pictures of every panel in build/screenshots
	CHROMIUM="$$(scripts/chromium.sh)"; export CHROMIUM; \
	  python scripts/take_screenshots.py

bench: $(INSTALLED) $(BUNDLE) ## measure the figures that the README quotes
	python -m benchmarks

format: $(INSTALLED) js/node_modules/.package-lock.json ## rewrite in the house style
	ruff format
	ruff check --fix
	cd js && npm run format

clean: ## remove whatever make made
	rm -rf $(VENV) $(OLDEST) build dist js/node_modules $(dir $(BUNDLE)) \
	  .pytest_cache .ruff_cache

static-checks: $(INSTALLED)
	ruff format --check
	ruff check
	pyright --pythonpath $(VENV)/bin/python

js-checks: js/node_modules/.package-lock.json $(BUNDLE)
	cd js && npm run lint && npm run typecheck && npm test

# IPython wants its folder to be there, else it warns.
$(HOME_OF_TESTS):
	mkdir -p $@/ipython

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed: make PYTHON=/path/to/it" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/node.stamp: hatch_build.py scripts/link_node.py | $(VENV)/bin/python
	python $(PIP) --constraint constraints/newest.txt hatchling editables
	python scripts/link_node.py
	touch $@

js/node_modules/.package-lock.json: js/package.json js/package-lock.json \
  | $(VENV)/node.stamp
	cd js && npm ci --no-audit --no-fund
	touch $@

$(BUNDLE): $(BUNDLE_SOURCES) js/node_modules/.package-lock.json
	cd js && npm run build
	touch $@

$(INSTALLED): pyproject.toml hatch_build.py constraints/newest.txt | $(BUNDLE)
	python $(PIP) --constraint constraints/newest.txt --no-build-isolation \
	  --editable '.[lab,test,docs]'
	touch $@

$(OLDEST)/installed.stamp: pyproject.toml constraints/oldest.txt | $(BUNDLE)
	$(PYTHON) -m venv --clear $(OLDEST)
	$(OLDEST)/bin/python $(PIP) --constraint constraints/oldest.txt hatchling editables
	$(OLDEST)/bin/python $(PIP) --constraint constraints/oldest.txt \
	  --no-build-isolation --editable '.[test]'
	touch $@
