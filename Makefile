# Everything starts here: `make` alone lists the targets. Needs git, make, python3 (3.11 or later), python3-venv.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=

BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
OPENEDX_VENV ?= .venv-openedx
OPENEDX_STAMP := $(OPENEDX_VENV)/.installed
# Three processes for two cores, since a third of the time is spent waiting for processes that the tests start;
# tests/conftest.py shares the tests out, file by file, and puts the longest first.
PYTEST := $(BIN)/pytest -n 3 --dist loadscope --no-loadscope-reorder

FUZZ_SEED := $(or $(SEED),$(shell od -An -N3 -tu4 /dev/urandom | tr -d ' '))

# Tests start hundreds of processes: each would compile the project anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup demo demo-clean test check lint format lock browser coverage fuzz openedx-env bench soak soak-quick

help: ## list these targets
	@echo "make TARGET, where TARGET is one of:"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(STAMP) ## install what is needed into .venv (again only when the requirements change)

$(STAMP): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or later is needed: make PYTHON=python3.x ...")'
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV) || { \
		rm -rf $(VENV); \
		echo "No virtual environment could be made: sudo apt-get install python3-venv" >&2; \
		exit 1; }
	@echo "Installing the requirements into $(VENV)..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@touch $(STAMP)

demo: setup ## the tool, its worker and a small LMS with a course, on this machine (Ctrl-C ends it)
	@$(BIN)/python -m demo $(ARGS)

demo-clean: ## forget what the demo stored
	rm -rf .demo

test: setup browser openedx-env $(if $(ARGS),,coverage) ## every test, PostgreSQL, browser and Open edX included (ARGS="tests/lti -x": some)
	$(PYTEST) $(ARGS)

check: setup ## the quick tests: no browser, no PostgreSQL, no Open edX, no long story
	$(PYTEST) -m "not browser and not postgres and not openedx and not slow" $(ARGS)

fuzz: setup ## nonsense at random, much longer than in the tests (SEED=... repeats a run)
	@echo "seed: $(FUZZ_SEED) (make fuzz SEED=$(FUZZ_SEED) repeats it)"
	$(PYTEST) tests/fuzz --hypothesis-profile=fuzz --hypothesis-seed=$(FUZZ_SEED) $(ARGS)

coverage: setup
	@# The rules decide marks: every branch of them is walked by their own tests.
	$(BIN)/pytest tests/grading tests/config -q -m "not postgres" --cov=grading --cov-branch --cov-fail-under=100

browser: setup ## find a Chromium for the tests, or install one
	@$(BIN)/python -m tests.chromium

openedx-env: setup $(OPENEDX_STAMP) ## the environment of the tests' Open edX (AGPL, hence its own), in .venv-openedx

$(OPENEDX_STAMP): requirements-openedx.txt
	@test -x $(OPENEDX_VENV)/bin/pip || $(PYTHON) -m venv --clear $(OPENEDX_VENV)
	@echo "Installing Open edX's LTI platform into $(OPENEDX_VENV)..."
	@$(OPENEDX_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-openedx.txt
	@touch $(OPENEDX_STAMP)

bench: setup ## what it costs, beside a bare PyLTI1p3 application: 7 minutes (ARGS="--quick", ARGS="launches pushes")
	@$(BIN)/python -m bench $(ARGS)

soak: setup ## kill everything 200 times before an LMS that fails, and see that nothing is lost: 10 minutes (SEED=... repeats)
	@$(BIN)/python -m soak $(if $(SEED),--seed $(SEED)) $(ARGS)

soak-quick: setup ## the same in 2 minutes: 20 kills
	@$(BIN)/python -m soak --quick $(if $(SEED),--seed $(SEED)) $(ARGS)

lint: setup ## style, types, import directions, units, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/flask --app app units check
	$(BIN)/flask --app app db check

format: setup ## put the code in the house's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup ## pin again every version of requirements.txt, requirements-dev.txt and requirements-openedx.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header requirements-openedx.in -o requirements-openedx.txt
