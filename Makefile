# Everything a contributor runs. `make help` lists it.

PYTHON ?= python3
BROKER ?= embedded
ONLY ?= fold
# Most of a test's time is waiting for real components: more of them at once than there are cores.
JOBS ?= 4
VENV := .venv
BIN := $(VENV)/bin
KAFKA_JARS := .cache/kafka

# SECONDS is a clock of its own in bash: taken from make's command line only, never from the environment.
ifeq ($(origin SECONDS),command line)
DEMO_SECONDS := --seconds $(SECONDS)
endif
unexport SECONDS

.DEFAULT_GOAL := help
.PHONY: help demo check check-format check-lint check-types check-imports format test test-long bench \
        kafka-jars lock clean

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---------------------------------------------------------------- the virtual environment, from the locks

# One line each: a machine that lacks something is told what, not shown a stack trace.
# The line that asks is short on purpose: it runs on Pythons older than the one we want.
python_is_new = $(shell $(PYTHON) -c 'import sys; print(int(sys.version_info >= (3, 11)))' 2>/dev/null)
python_has_venv = $(shell $(PYTHON) -c 'import venv, ensurepip; print(1)' 2>/dev/null)
python_version = $(shell command -v $(PYTHON) >/dev/null && $(PYTHON) --version 2>&1 | head -n 1)
too_old = Python 3.11 or newer is needed, but `$(PYTHON)` is $(or $(python_version),not found). \
Install one, or name another: make PYTHON=python3.12
no_venv = `$(PYTHON)` has no venv module. Install the package python3-venv (Debian, Ubuntu: apt install python3-venv)

$(VENV)/.made:
	$(if $(filter 1,$(python_is_new)),,$(error $(too_old)))
	$(if $(filter 1,$(python_has_venv)),,$(error $(no_venv)))
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

# $(1): the lock to install. The project itself is a link to this checkout and needs nothing but the lock.
define install
@echo "installing $(1), once; this takes about a minute"
@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endef

$(VENV)/.demo: $(VENV)/.made requirements/demo.txt pyproject.toml
	$(call install,requirements/demo.txt)
	@touch $@

$(VENV)/.dev: $(VENV)/.made requirements/dev.txt pyproject.toml
	$(call install,requirements/dev.txt)
	@touch $(VENV)/.demo $@

# ---------------------------------------------------------------- for everybody

demo: $(VENV)/.demo ## run the whole product on this machine: SECONDS=60 ends by itself, BROKER=kafka
	@$(if $(filter kafka,$(BROKER)),$(MAKE) --no-print-directory kafka-jars)
	@$(BIN)/tokonomics demo $(DEMO_SECONDS) --broker $(BROKER)

kafka-jars: $(KAFKA_JARS)/.fetched ## fetch Apache Kafka (needs Maven), for BROKER=kafka and the tests

$(KAFKA_JARS)/.fetched: deploy/kafka/pom.xml
	@command -v mvn >/dev/null || { echo 'error: Maven is needed for Apache Kafka (Debian: apt install maven)' >&2; exit 1; }
	@rm -rf $(KAFKA_JARS)
	@mvn -q -B -Dstyle.color=never -f $< dependency:copy-dependencies -DoutputDirectory='$(CURDIR)/$(KAFKA_JARS)'
	@touch $@

# ---------------------------------------------------------------- for contributors

check: check-format check-lint check-types check-imports ## format, lint, types, imports

check-format: $(VENV)/.dev
	@$(BIN)/ruff format --no-cache --check --quiet . || { echo 'error: run `make format`' >&2; exit 1; }

check-lint: $(VENV)/.dev
	@$(BIN)/ruff check --no-cache --quiet . # a cache does not notice that a module which others import has come

check-types: $(VENV)/.dev
	@$(BIN)/mypy

check-imports: $(VENV)/.dev
	@$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev ## write the house's format into every file
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix --select I,UP,RUF100 .

test: $(VENV)/.dev ## all tests that take seconds; says at its end what did not run and why
	@$(BIN)/pytest -q --durations=20 -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

test-long: $(VENV)/.dev ## the tests that take minutes
	@$(BIN)/pytest -q --durations=20 -m long $(ARGS)

bench: $(VENV)/.dev ## measure: ONLY=fold, exposition, ledger, sdk or spool
	@$(BIN)/python -m tests.bench $(ONLY)

# Present pins are kept where they still fit: UPGRADE=--upgrade asks for the newest of everything,
# UPGRADE='--upgrade-package numpy' for one.
compile = $(BIN)/uv pip compile pyproject.toml --quiet --universal --generate-hashes --python-version 3.11 \
          --no-emit-index-url --custom-compile-command 'make lock' --extra server --extra embedded --group build

lock: $(VENV)/.made ## write requirements/ anew from pyproject.toml: UPGRADE=--upgrade
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(compile) --group dev $(UPGRADE) -o requirements/dev.txt
	@cp requirements/dev.txt $(VENV)/constraints.txt
	@$(compile) --no-annotate --constraint $(VENV)/constraints.txt $(UPGRADE) -o requirements/demo.txt

clean: ## remove what was made here: environment, jars, caches
	@rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
