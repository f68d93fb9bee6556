# Two commands: `make demo` shows what this does, `make test` proves it. Both install what they need into .venv first.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
BENCHMARKS := $(filter-out table, $(basename $(notdir $(wildcard benchmarks/*.py))))
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

.PHONY: demo test test-fast lint bench selftest selftest-long rehearsal clean

demo: .venv/installed
	$(BIN)/gradmark build assignments/recurrent --out dist
	$(BIN)/gradmark grade assignments/recurrent tests/submissions/recurrent --gradebook gradebook --accept-tier reduced; \
	  status=$$?; test $$status -le 1

test: .venv/installed-for-tests lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-fast: .venv/installed-for-tests
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

lint: .venv/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

selftest: .venv/installed
	$(BIN)/gradmark selftest assignments --accept-tier reduced

selftest-long: .venv/installed
	$(BIN)/gradmark selftest assignments --long --report docs/selftest --accept-tier reduced

rehearsal: .venv/installed
	rm -rf rehearsal
	$(BIN)/python tests/rehearsal.py rehearsal

bench: .venv/installed-for-tests
	for each in $(BENCHMARKS); do $(BIN)/python benchmarks/$$each.py --readme || exit 1; done

clean:
	rm -rf .venv dist gradebook rehearsal

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer with venv is needed: apt install python3 python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(PIP) --editable '.[students]'
	touch $@

.venv/installed-for-tests: .venv/installed
	$(PIP) --editable '.[students,test]'
	touch $@
