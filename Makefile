# Each target sets up what it needs, once, and then runs. Needs Python 3.11 or newer.

# The first Python here that is new enough; `make PYTHON=/path/to/python3.12 …` chooses another.
NEW_ENOUGH := import sys, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$each && break; done)

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --quiet --extra install

# What reads our calendars and structured data in the tests besides Python, where there is Node.
READERS := $(if $(shell command -v npm),$(addsuffix /node_modules/.ready,tests/calendars tests/structured))

# Without their bytecode the tests would compile themselves, and the bot, in each process that they start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup sandbox test chaos simulate mutate check lint bench messages release-check requirements
.DELETE_ON_ERROR:

help:
	@echo "make sandbox       talk to the bot on this machine, no account needed"
	@echo "make setup         install the htg command: $(BIN)/htg"
	@echo "make check         the checks, and every test that needs nothing but this process: about a minute"
	@echo "make test          every check and every test"
	@echo "make chaos         200 rounds with real processes that are killed, frozen and cut off"
	@echo "make mutate        how many small changes of the code the tests notice: a night; SAMPLE=300 SEED=1 estimates it"
	@echo "make simulate      10,000 random stories on a virtual clock, in a night; SEEDS=1..500 tells these"
	@echo "make lint          the checks alone"
	@echo "make bench         measure the speed"
	@echo "make messages      bring the languages, zone names and README's commands up to date"
	@echo "make release-check what is left to do before a release: translations, the wheel, the version"
	@echo "make requirements  pin the newest dependencies again"

setup: .venv/.ready
	@echo "Ready: $(BIN)/htg --help"

sandbox: .venv/.ready
	@$(BIN)/htg sandbox

check: lint
	$(BIN)/pytest --numprocesses logical --dist worksteal -m "not (browser or loopback or process or server or slow)"

test: lint $(READERS)
	$(BIN)/pytest --numprocesses auto --dist worksteal

chaos: .venv/.ready-to-develop
	$(BIN)/python -m tests.chaos --rounds 200

SEEDS = 1..10000
JOBS = $(shell getconf _NPROCESSORS_ONLN)
simulate: .venv/.ready-to-develop
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --jobs $(JOBS)

# In a sample a mutant that lives through 12 seconds of tests counts as a survivor.
mutate: .venv/.ready-to-develop
	nice -n 10 $(BIN)/python -m tests.mutation $(if $(SAMPLE),--sample $(SAMPLE) --budget 12) --seed $(or $(SEED),1) $(FILES)

lint: .venv/.ready-to-develop
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.ready-to-develop
	$(BIN)/python -m bench

messages: .venv/.ready-to-develop
	@$(BIN)/python -m tests.messages

release-check: .venv/.ready-to-develop
	@$(BIN)/python -m tests.release

requirements: .venv/.ready-to-develop
	$(PIP) uv
	$(COMPILE) --upgrade --output-file requirements.txt
	$(COMPILE) --upgrade --extra dev --constraint requirements.txt --output-file requirements-dev.txt

.venv/bin/python:
	@"$(or $(PYTHON),false)" -c '$(NEW_ENOUGH)' || { \
		echo "This needs Python 3.11 or newer, and none was found here. Install one (Debian, Ubuntu:" \
		     "apt install python3 python3-venv), or name one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "Setting up .venv, once …"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/.ready: requirements.txt pyproject.toml | .venv/bin/python
	@echo "Installing what the bot needs, once …"
	@$(PIP) --require-hashes -r requirements.txt
	@PYTHONWARNINGS=ignore $(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.ready-to-develop: requirements-dev.txt .venv/.ready
	@echo "Installing what the tests need, once …"
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

tests/%/node_modules/.ready: tests/%/npm-shrinkwrap.json
	@echo "Installing what tests/$* needs, once …"
	@cd tests/$* && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@
