# Every target makes .venv by itself, with the pinned versions. Nothing but make and Python 3.11+ is assumed.
# Another interpreter: make test PYTHON=/opt/python/bin/python3

PYTHON ?= python3
PYTEST_WORKERS ?= 2
DEMO = runs/demo
BIN = .venv/bin
READY = .venv/.ready

.PHONY: help demo test nightly lint types format wheel-test clean

help:
	@echo "make demo        compare seven encodings of real equations; leaves $(DEMO)/report.html"
	@echo "make test        the test suite"
	@echo "make nightly     every test, with new examples each time; hours"
	@echo "make lint        ruff: rules and format, changes nothing"
	@echo "make format      ruff: mends what it can"
	@echo "make types       mypy on the installed wheel"
	@echo "make wheel-test  the suite against the installed wheel, from outside the checkout"

$(READY): pyproject.toml constraints.txt .ci/environment.py
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "error: $(PYTHON) not found; Python 3.11 or newer is needed: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) .ci/environment.py .venv -e ".[dev]"
	@touch $@

# A run that was interrupted is taken up again; one that is complete is only shown again.
demo: $(READY)
	$(BIN)/kappabar compare --out $(DEMO) --resume
	@echo "The report: $(DEMO)/report.html"

# One thread per worker: the numerical libraries would otherwise each start as many as there are cores.
test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(PYTEST_WORKERS)

# Everything, with new examples each time: hours on two cores.
nightly: $(READY)
	OMP_NUM_THREADS=1 HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -n $(PYTEST_WORKERS) -m "nightly or not nightly"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(READY)
	bash .ci/wheel types

wheel-test: $(READY)
	bash .ci/wheel suite

clean:
	rm -rf .venv .venv-wheel build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
