# Every target makes .venv by itself, with the pinned versions. Nothing but make and Python 3.11+ is assumed.
# Another interpreter: make test PYTHON=/opt/python/bin/python3

PYTHON ?= python3
PYTEST_WORKERS ?= 2
# How the package comes into a new .venv: editable, or from a wheel as CI has it, which hides nothing that a wheel lacks.
INSTALL ?= editable
DEMO = runs/demo
BIN = .venv/bin
# The linter and formatter of JavaScript: asks nobody whether there is a newer one.
DENO = DENO_NO_UPDATE_CHECK=1 $(BIN)/deno
READY = .venv/.ready

.PHONY: help demo test browser nightly lowest lint types format docs clean

help:
	@echo "make demo        compare seven encodings of real equations; leaves $(DEMO)/report.html"
	@echo "make test        the test suite"
	@echo "make browser     the pages, in a headless Chromium; installs one where it may"
	@echo "make nightly     every test, with new examples each time; hours"
	@echo "make lowest      tests of every room with the oldest versions allowed"
	@echo "make lint        ruff, and Deno for the pages' scripts: rules and format, changes nothing"
	@echo "make format      the same: mends what it can"
	@echo "make types       mypy on what a wheel holds"
	@echo "make docs        the documentation, into build/docs; every warning is an error"

$(READY): pyproject.toml constraints.txt .ci/environment.py
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "error: $(PYTHON) not found; Python 3.11 or newer is needed: make PYTHON=/path/to/python3" >&2; exit 1; }
	PYTHON=$(PYTHON) bash .ci/install $(INSTALL)
	@touch $@

# A run that was interrupted is taken up again; one that is complete is only shown again.
demo: $(READY)
	$(BIN)/kappabar compare --out $(DEMO) --resume
	@echo "The report: $(DEMO)/report.html"

test: $(READY)
	PYTEST_WORKERS=$(PYTEST_WORKERS) bash .ci/suite

# Part of `make test` too, which skips it, and says so, where there is no Chromium. Screenshots are kept beside the tests.
browser: $(READY)
	bash .ci/chromium
	CI=true OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m browser tests/browser

# Everything, with new examples each time: hours on two cores.
nightly: $(READY)
	OMP_NUM_THREADS=1 HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -n $(PYTEST_WORKERS) -m "nightly or not nightly"

# The oldest versions that pyproject.toml allows, in an environment of their own; some GB where only PyPI is in reach.
lowest: $(READY)
	PYTEST_WORKERS=$(PYTEST_WORKERS) PYTHON=$(PYTHON) bash .ci/lowest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(DENO) lint
	$(DENO) fmt --check

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(DENO) lint --fix
	$(DENO) fmt

types: $(READY)
	bash .ci/types

# Every warning is an error, and a page that would load something from elsewhere as well (docs/conf.py).
docs: $(READY)
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs
	@echo "The pages: build/docs/index.html"

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
