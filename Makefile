# What can be done with a checkout; `make` alone lists it.
# Needs: make, Python 3.11 or newer with venv and pip; the newest there is taken, see
# scripts/find_python.sh. Node and Chromium are fetched where they are missing (Chromium
# only by root on Debian).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

VENV := .venv
OLDEST := .venv-oldest
PY311 := .venv-py311
HOME_OF_TESTS := $(CURDIR)/build/home
BUNDLE := unflax_viz/widget/static/index.js
BUNDLE_SOURCES := $(wildcard js/*.json js/*.js js/*.ts) \
  $(shell find js/src -type f 2>/dev/null)
INSTALLED := $(VENV)/installed.stamp
PIP := -m pip --disable-pip-version-check install --quiet
# The newest Flax needs Python 3.12.
NEWEST = constraints/$(shell $(VENV)/bin/python -c \
  'import sys; print("newest" if sys.version_info >= (3, 12) else "newest-py311")').txt

export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

RUNS := demo test check test-oldest test-py311 screenshots
# Settings, kernels and history in the home of whoever runs this must not reach a test.
$(RUNS): export JUPYTER_CONFIG_DIR := $(HOME_OF_TESTS)/config
$(RUNS): export JUPYTER_DATA_DIR := $(HOME_OF_TESTS)/data
$(RUNS): export JUPYTER_RUNTIME_DIR := $(HOME_OF_TESTS)/runtime
$(RUNS): export JUPYTERLAB_SETTINGS_DIR := $(HOME_OF_TESTS)/settings
$(RUNS): export JUPYTERLAB_WORKSPACES_DIR := $(HOME_OF_TESTS)/workspaces
$(RUNS): export IPYTHONDIR := $(HOME_OF_TESTS)/ipython
$(RUNS): export JAX_PLATFORMS ?= cpu

.PHONY: help demo lab test check test-oldest test-py311 screenshots bench format clean \
  static-checks js-checks browser-tests unit-tests quick-tests

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' Makefile | sed -E 's/^([a-z0-9-]+):.*## /make \1\t/' | \
	  expand -t 18

demo: $(INSTALLED) $(BUNDLE) | $(HOME_OF_TESTS) ## run the first notebook, leave build/first_look.html
	python scripts/demo.py

lab: $(INSTALLED) $(BUNDLE) ## open the notebooks in JupyterLab
	jupyter lab --ip 127.0.0.1 --notebook-dir notebooks \
	  $$(test "$$(id -u)" != 0 || echo --allow-root)

# The two longest come first and share the two cores; the others fill in at the end.
test: $(INSTALLED) $(BUNDLE) ## everything, with notebooks and a real browser, on two cores
	$(MAKE) --jobs=2 --output-sync=target browser-tests unit-tests static-checks js-checks

check: $(INSTALLED) $(BUNDLE) ## the quick part of `make test`, on two cores
	$(MAKE) --jobs=2 --output-sync=target static-checks js-checks quick-tests

browser-tests: $(INSTALLED) $(BUNDLE) | $(HOME_OF_TESTS)
	CHROMIUM="$$(scripts/chromium.sh)"; export CHROMIUM; \
	  python -m pytest -p no:cacheprovider -m "browser or notebook"

unit-tests: $(INSTALLED) $(BUNDLE) | $(HOME_OF_TESTS)
	python -m pytest -m "not browser and not notebook"

quick-tests: $(INSTALLED) $(BUNDLE) | $(HOME_OF_TESTS)
	python -m pytest --numprocesses 2 -m "not browser and not notebook and not slow"

test-oldest: $(OLDEST)/installed.stamp | $(HOME_OF_TESTS) ## pytest with the oldest versions supported
	$(OLDEST)/bin/python -m pytest -p no:cacheprovider \
	  -m "not browser and not notebook"

test-py311: $(PY311)/installed.stamp | $(HOME_OF_TESTS) ## the same with the newest versions for Python 3.11
	$(PY311)/bin/python -m pytest -p no:cacheprovider \
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
	rm -rf $(VENV) $(OLDEST) $(PY311) build dist js/node_modules $(dir $(BUNDLE)) \
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
	python="$$(scripts/find_python.sh)"; "$$python" -m venv $(VENV)

$(VENV)/node.stamp: hatch_build.py scripts/link_node.py | $(VENV)/bin/python
	python $(PIP) --constraint $(NEWEST) hatchling editables
	python scripts/link_node.py $(NEWEST)
	touch $@

js/node_modules/.package-lock.json: js/package.json js/package-lock.json \
  | $(VENV)/node.stamp
	cd js && npm ci --no-audit --no-fund
	touch $@

$(BUNDLE): $(BUNDLE_SOURCES) js/node_modules/.package-lock.json
	cd js && npm run build
	touch $@

$(INSTALLED): pyproject.toml hatch_build.py $(wildcard constraints/newest*) | $(BUNDLE)
	python $(PIP) --constraint $(NEWEST) --no-build-isolation --editable '.[lab,test,docs]'
	touch $@

$(OLDEST)/installed.stamp: CONSTRAINTS := constraints/oldest.txt
$(PY311)/installed.stamp: CONSTRAINTS := constraints/newest-py311.txt
$(OLDEST)/installed.stamp $(PY311)/installed.stamp: pyproject.toml \
  $(wildcard constraints/*) | $(BUNDLE)
	python="$$(scripts/find_python.sh 3.11)"; "$$python" -m venv --clear $(@D)
	$(@D)/bin/python $(PIP) --constraint $(CONSTRAINTS) hatchling editables
	$(@D)/bin/python $(PIP) --constraint $(CONSTRAINTS) --no-build-isolation \
	  --editable '.[test]'
	touch $@
