# The whole development workflow. A bare machine needs Python 3.11 or later and make; nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH := .venv-bench
# The slow tests wait more than they work.
WORKERS := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
FUZZ := .venv-fuzz
HOMESERVER := .venv-homeserver
SECONDS ?= 45
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Tests start a hundred processes of the program; without the code that Python keeps, each would compile it anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run demo test test-all lint check clean lock letters bench-match bench-poll fuzz homeserver

run: $(STAMP)      ## start the daemon with the starter configuration; state lives in data/
	$(BIN)/monitor run --config deploy/monitor.yaml

demo: $(STAMP)     ## the same daemon on a bundled day of news, with no internet and no accounts
	$(BIN)/monitor demo

test: $(STAMP)     ## all tests but the slow ones, in some two minutes on two cores
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow" --hypothesis-profile=quick

test-all: $(STAMP) ## all tests, in some minutes
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

lint: $(STAMP)     ## style, types, layers, watchlists
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

$(STAMP): requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Event Monitor needs Python 3.11 or later, this is " + sys.version.split()[0] + "; name another one with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $(STAMP)

bench-match: $(BENCH)/.installed   ## documents per second beside other matchers; see benchmarks/README.md
	$(BENCH)/bin/python -m benchmarks.match
	$(BENCH)/bin/python -m benchmarks.rules

bench-poll: $(BENCH)/.installed    ## what polling costs beside other pollers, and how it holds at size
	$(BENCH)/bin/python -m benchmarks.poll
	$(BENCH)/bin/python -m benchmarks.poll_memory
	$(BENCH)/bin/python -m benchmarks.poll_store
	$(BENCH)/bin/python -m benchmarks.poll_crowd

$(BENCH)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip --disable-pip-version-check --quiet install "pip>=25.1"   # the first that knows --group
	$(BENCH)/bin/python -m pip --quiet install --require-hashes -r requirements.lock
	$(BENCH)/bin/python -m pip --quiet install --group bench
	touch $@

fuzz: $(FUZZ)/.installed   ## break good feeds for SECONDS, guided by coverage, until one is read as none should be
	$(FUZZ)/bin/python -m tools.fuzz --seconds $(SECONDS)

homeserver: $(STAMP) $(HOMESERVER)/.installed   ## send messages to a real Matrix homeserver
	MONITOR_TEST_SYNAPSE=$(HOMESERVER)/bin/python $(BIN)/python -m pytest tests/channels/test_homeserver.py

$(HOMESERVER)/.installed: pyproject.toml
	$(PYTHON) -m venv $(HOMESERVER)
	$(HOMESERVER)/bin/python -m pip --disable-pip-version-check --quiet install "pip>=25.1"   # the first that knows --group
	$(HOMESERVER)/bin/python -m pip --quiet install --group homeserver
	touch $@

$(FUZZ)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(FUZZ)
	$(FUZZ)/bin/python -m pip --disable-pip-version-check --quiet install "pip>=25.1"   # the first that knows --group
	$(FUZZ)/bin/python -m pip --quiet install --require-hashes -r requirements.lock
	$(FUZZ)/bin/python -m pip --quiet install --group fuzz
	touch $@

lock:              ## pin the newest releases that pyproject.toml allows, with hashes and without addresses (needs uv)
	uv pip compile pyproject.toml --extra article --extra apprise --extra cluster --extra dkim --extra nats --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --upgrade --output-file requirements.lock
	uv pip compile pyproject.toml --extra article --extra apprise --extra cluster --extra dkim --extra nats --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --upgrade --output-file requirements-dev.lock

letters: $(STAMP)  ## make the folding table anew from its rules and the newest Unicode
	$(BIN)/python -m tools.make_letters

clean:             ## forget the environment and the caches, never data/
	rm -rf $(VENV) $(BENCH) $(FUZZ) $(HOMESERVER) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
